//! Numbers three lines high.

/// The lines of a number; each figure is three columns wide, with a column between.
pub(super) fn digits(number: u8) -> [String; 3] {
    let figures: Vec<[&str; 3]> = number.to_string().chars().map(figure).collect();
    [0, 1, 2].map(|row| figures.iter().map(|figure| figure[row]).collect::<Vec<_>>().join(" "))
}

fn figure(c: char) -> [&'static str; 3] {
    match c {
        '0' => ["┏━┓", "┃ ┃", "┗━┛"],
        '1' => ["╺┓ ", " ┃ ", "╺┻╸"],
        '2' => ["╺━┓", "┏━┛", "┗━╸"],
        '3' => ["╺━┓", "╺━┫", "╺━┛"],
        '4' => ["╻ ╻", "┗━┫", "  ╹"],
        '5' => ["┏━╸", "┗━┓", "╺━┛"],
        '6' => ["┏━╸", "┣━┓", "┗━┛"],
        '7' => ["╺━┓", "  ┃", "  ╹"],
        '8' => ["┏━┓", "┣━┫", "┗━┛"],
        _ => ["┏━┓", "┗━┫", "╺━┛"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use unicode_width::UnicodeWidthStr as _;

    #[test]
    fn every_number_has_three_lines_of_the_same_width() {
        for number in 0..=100 {
            let lines = digits(number);
            let width = number.to_string().len() * 4 - 1;
            assert!(lines.iter().all(|line| line.width() == width), "{number}: {lines:?}");
        }
    }
}
