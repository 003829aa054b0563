use std::path::PathBuf;

use super::*;

fn file(name: &str, text: &str) -> ThemeFile {
    ThemeFile {
        file: PathBuf::from(format!("/home/me/.config/exitbar/themes/{name}.toml")),
        text: Ok(text.to_owned()),
    }
}

fn names(themes: &Themes) -> Vec<String> {
    themes.entries().iter().map(|entry| entry.name.clone()).collect()
}

const TEXTS: [Role; 12] = [
    Role::Text,
    Role::Dim,
    Role::Title,
    Role::Accent,
    Role::Key,
    Role::Link,
    Role::Focus,
    Role::Selected,
    Role::Done,
    Role::Partly,
    Role::Question,
    Role::Not,
];

#[test]
fn every_text_of_every_theme_can_be_read_on_its_background() {
    let themes = Themes::default();
    for name in names(&themes).iter().filter(|name| *name != catalogue::MONO) {
        for depth in [Depth::True, Depth::Indexed] {
            let theme = themes.theme(name, depth).unwrap();
            let painted = theme.painted.and_then(rgb).expect("a background");
            for role in TEXTS {
                let style = theme.style(role);
                let color = style.fg.and_then(rgb).unwrap_or_else(|| panic!("{name} {role:?}"));
                let ratio = contrast(color, style.bg.and_then(rgb).unwrap_or(painted));
                assert!(ratio >= READABLE, "{name} {depth:?} {role:?}: {ratio:.2}");
            }
            // Borders say nothing that is not said otherwise; they must be seen all the same.
            let border = theme.style(Role::Border).fg.and_then(rgb).unwrap();
            let ratio = contrast(border, painted);
            assert!(ratio >= 2.0, "{name} {depth:?} borders: {ratio:.2}");
        }
    }
}

#[test]
fn the_four_statuses_look_different_in_every_theme() {
    let themes = Themes::default();
    for name in names(&themes).iter().filter(|name| *name != catalogue::MONO) {
        for depth in [Depth::True, Depth::Indexed, Depth::Basic] {
            let theme = themes.theme(name, depth).unwrap();
            let all = [Role::Done, Role::Partly, Role::Question, Role::Not].map(|role| theme.style(role));
            for (place, style) in all.iter().enumerate() {
                let others = &all[place + 1..];
                assert!(depth == Depth::Basic || !others.contains(style), "{name} {depth:?}: {all:?}");
            }
            assert_ne!(all[0].fg, all[3].fg, "{name} {depth:?}: done and not");
        }
    }
}

/// What somebody without the cones for green, or for red, sees (Machado, Oliveira and Fernandes, 2009, severity 1).
#[test]
fn the_themes_for_colour_blindness_keep_the_statuses_apart() {
    const GREEN: [[f64; 3]; 3] = [
        [0.367_322, 0.860_646, -0.227_968],
        [0.280_085, 0.672_501, 0.047_413],
        [-0.011_820, 0.042_940, 0.968_881],
    ];
    const RED: [[f64; 3]; 3] = [
        [0.152_286, 1.052_583, -0.204_868],
        [0.114_503, 0.786_281, 0.099_216],
        [-0.003_882, -0.048_116, 1.051_998],
    ];
    let seen = |matrix: &[[f64; 3]; 3], (r, g, b): Rgb| {
        let linear = [r, g, b].map(|value| (f64::from(value) / 255.0).powf(2.2));
        let mixed = matrix.map(|row| row.iter().zip(linear).map(|(a, b)| a * b).sum::<f64>());
        mixed.map(|value| value.clamp(0.0, 1.0).powf(1.0 / 2.2) * 255.0)
    };
    for name in ["color-blind", "color-blind-light"] {
        let theme = Theme::named(name, Depth::True).unwrap();
        let colors = [Role::Done, Role::Partly, Role::Question, Role::Not]
            .map(|role| theme.style(role).fg.and_then(rgb).unwrap());
        for matrix in [&GREEN, &RED] {
            for (place, one) in colors.iter().enumerate() {
                for other in &colors[place + 1..] {
                    let (a, b) = (seen(matrix, *one), seen(matrix, *other));
                    let distance = a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
                    assert!(distance > 50.0, "{name}: {one:?} and {other:?} are {distance:.0} apart");
                }
            }
        }
    }
}

#[test]
fn a_role_without_a_style_looks_like_another_one() {
    let themes = Themes::new(vec![file("mine", "text = \"#ffffff\"\naccent = \"#00ffff\"")]);
    let theme = themes.theme("mine", Depth::True).unwrap();
    assert_eq!(theme.style(Role::Key), theme.style(Role::Accent));
    assert_eq!(theme.style(Role::Border), theme.style(Role::Text));
    assert_eq!(theme.painted, None, "it names no background");
}

#[test]
fn a_file_of_the_user_extends_what_it_inherits_or_what_has_its_name() {
    let dark = Theme::named("dark", Depth::True).unwrap();
    let themes = Themes::new(vec![
        file("dark", "done = \"#00ff00\""),
        file("mine", "inherits = \"dark\"\nnot = \"bold #ff0000\"\nbackground = \"terminal\""),
    ]);
    let changed = themes.theme("dark", Depth::True).unwrap();
    assert_eq!(changed.style(Role::Done).fg, Some(Color::Rgb(0, 255, 0)));
    assert_eq!((changed.style(Role::Not), changed.painted), (dark.style(Role::Not), dark.painted));
    let mine = themes.theme("mine", Depth::True).unwrap();
    assert_eq!(mine.style(Role::Done), changed.style(Role::Done), "of the theme as the user changed it");
    assert!(mine.style(Role::Not).add_modifier.contains(Modifier::BOLD));
    assert_eq!((mine.painted, mine.name()), (None, "mine"));
}

#[test]
fn a_theme_that_cannot_be_had_is_told_with_what_would_be_right() {
    let themes = Themes::new(vec![
        file("one", "inherits = \"two\""),
        file("two", "inherits = \"one\""),
        file("bad", "\ntxet = \"red\""),
        file("heir", "inherits = \"drak\""),
        ThemeFile { file: "x/closed.toml".into(), text: Err("cannot read x/closed.toml: denied".to_owned()) },
    ]);
    let told = |name: &str| themes.theme(name, Depth::True).unwrap_err();
    assert_eq!(told("drak"), "no theme is named `drak`; did you mean `dark`?");
    assert!(told("x").starts_with("no theme is named `x`; there are auto, dark, light"), "{}", told("x"));
    assert!(told("one").contains("inherits from itself"), "{}", told("one"));
    assert!(
        told("bad").ends_with("themes/bad.toml:2: unknown role `txet`; did you mean `text`?"),
        "{}",
        told("bad")
    );
    assert!(told("heir").contains("which `heir` inherits"), "{}", told("heir"));
    assert!(told("closed").contains("denied"));
    assert!(themes.theme("dark", Depth::True).is_ok(), "the others are there all the same");
}

#[test]
fn the_terminal_s_background_decides_and_stays_where_it_can_be_read_on() {
    let themes = Themes::default();
    let of = |background| themes.automatic(background, Depth::True).unwrap();
    assert_eq!((of(None).name(), of(None).painted.is_some()), ("dark", true), "nothing is known");
    assert_eq!((of(Some((0, 0, 0))).name(), of(Some((0, 0, 0))).painted), ("dark", None));
    assert_eq!((of(Some((253, 246, 227))).name(), of(Some((253, 246, 227))).painted), ("light", None));
    let grey = of(Some((90, 90, 90)));
    assert_eq!((grey.name(), grey.painted.is_some()), ("dark", true), "its own text is not readable there");
}

#[test]
fn nothing_is_painted_where_colours_cannot_be_relied_on() {
    for name in names(&Themes::default()) {
        for depth in [Depth::None, Depth::Basic] {
            let theme = Theme::named(&name, depth).unwrap();
            assert!(theme.painted.is_none() && theme.styles.iter().all(|style| style.bg.is_none()), "{name}");
        }
    }
}
