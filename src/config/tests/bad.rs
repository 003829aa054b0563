use insta::assert_snapshot;
use proptest::prelude::*;

use super::{SMALL, complaint, load};

#[test]
fn an_unknown_key_is_said_with_what_was_probably_meant() {
    assert_snapshot!(complaint(&SMALL.replace("repositories", "repositorys")));
}

#[test]
fn every_unknown_key_of_every_table_is_said_at_once() {
    let text = format!(
        "color = \"red\"\n{}budgets = \"1MB\"\nbuild = {{ docker_file = \"a\" }}\n[singature]\nkey = \"k\"\n[items.size_bugdet]\noff = \"no\"\n[[waiver]]\nitm = \"sbom\"\n",
        SMALL.replace("version", "verison")
    );
    assert_snapshot!(complaint(&text));
}

#[test]
fn every_bad_value_is_said_at_once() {
    let text = format!(
        "{SMALL}budget = \"12 parsecs\"\nlimit = 5\nplatforms = [\"linux\", \"linux/arm64\", \"linux/arm64/v8\"]\n\
         local = \"dist/app\"\nmoving_tags = [\"lat est\", \"{{major}}\"]\nprivate = \"yes\"\n\
         [vulnerabilities]\nthreshold = \"hgih\"\nscan_max_age = \"7 parrots\"\nignore = [\"all of them\"]\n\
         sources = [\"trvy\"]\nscans = [\"a.json\"]\nosv = \"http://osv.example.org\"\n\
         [audit]\nrun = [\"versoin\"]\nfresh_for = \"soon\"\n[items.signed]\nclass = \"maybe\"\n\
         [[engine]]\nhost = \"/var/run/docker.sock\"\n[registry.\"ghcr.oi\"]\nplain_http = true\n"
    );
    assert_snapshot!(complaint(&text));
}

#[test]
fn bad_references_are_refused() {
    let text = SMALL.replace(
        "\"acme/app\"",
        "\"ghcr.io/acme/app:1\", \"https://ghcr.io/acme/app\", \"ghcr.io/Acme/app\", \"ghcr.io/acme/app\", 5",
    );
    assert_snapshot!(complaint(&text));
}

#[test]
fn what_cannot_be_done_without_is_named() {
    assert_snapshot!(complaint(""));
    assert_snapshot!(complaint("[release]\n[[image]]\n"));
    assert_snapshot!(complaint("image = []\n[release]\nname = \"\"\nversion = \"1 2\"\n"));
    assert_snapshot!(complaint(&SMALL.replace("[\"ghcr.io/acme/app\", \"acme/app\"]", "[]")));
    assert_snapshot!(complaint(&SMALL.replace("\"1.2.3+5\"", "{}")));
}

#[test]
fn contradictions_are_named() {
    let text = format!(
        "{SMALL}budget = \"2GB\"\nlimit = \"1GB\"\nbuild = {{ command = [\"make\"] }}\n\
         [[image]]\nname = \"app\"\nrepositories = [\"docker.io/acme/app\"]\n\
         example = {{ command = [], outputs = [\"../x\"], platforms = [\"linux/s390x\"] }}\n\
         version = {{ pattern = \"[0-9.]+\" }}\n\
         [signature]\nidentity = \"a\"\nidentity_regexp = \"b(\"\nkey = \"c\"\n\
         [attestations]\nissuer = \"https://example.org\"\n\
         [items.sbom]\noff = \"no\"\nclass = \"must\"\n\
         [[waiver]]\nitem = \"sbomb\"\nimage = \"ap\"\nplatform = \"linux/s390x\"\nuntil = 2026-12-31T00:00:00Z\n\
         [keys]\naudit = \"a\"\nbuild = \"a\"\n"
    );
    assert_snapshot!(complaint(&text));
}

#[test]
fn a_waiver_whose_reason_was_not_filled_in_is_refused() {
    let with = |reason: &str| {
        let lines = format!("[[waiver]]\nitem = \"sbom\"\nuntil = 2026-12-31\nreason = \"{reason}\"\n");
        complaint(&format!("{SMALL}{lines}"))
    };
    assert_snapshot!(with(crate::model::Waiver::FILL_IN));
    assert!(with(" fill in ").contains("not filled in"));
    assert!(with(" ").contains("`reason`"));
    assert!(with("filled by hand in 0.3").contains("no complaint"));
}

#[test]
fn what_is_wrong_with_a_build_is_named() {
    assert_snapshot!(complaint(&format!(
        "{SMALL}[image.build]\ndockerfile = \"Dockerfile\"\nargs = [\"A\"]\nlabels = {{ a = 1 }}\n\
         source_date_epoch = -1\n[image.build.secrets]\na = \"hunter2\"\nb = {{ env = \"B\", file = \"b\" }}\nc = {{}}\n\
         d = {{ environment = \"D\" }}\n"
    )));
}

#[test]
fn broken_toml_is_said_with_its_line() {
    assert_snapshot!(complaint("[release]\nname = \"app\nversion = 1\n"));
    assert_snapshot!(complaint("[release]\nname = \"app\"\nname = \"app\"\n"));
}

#[test]
fn a_line_with_wide_and_hostile_characters_keeps_its_caret_in_place() {
    let error = complaint(&SMALL.replace("name = \"app\"", "\"日本\u{1b}[2J\" = 1\nname = \"é\u{202e}\""));
    assert!(!error.contains('\u{1b}') && !error.contains('\u{202e}'), "{error}");
    assert_snapshot!(complaint("release = { name = \"日本\", vresion = \"1\" }\n"));
}

#[test]
fn a_url_with_credentials_is_refused_without_repeating_them() {
    let text = SMALL.replace(
        "name = \"app\"\nversion",
        "source = \"https://me:hunter2@example.org/x\"\nname = \"app\"\nversion",
    );
    let error = load(&text).unwrap_err().to_string();
    assert!(error.contains("holds credentials"), "{error}");
}

proptest! {
    #[test]
    fn no_text_makes_reading_panic(text in "([a-z\\[\\]{}=\"\n. #0-9é]|name|release|image|\\[\\[image\\]\\]){0,60}") {
        let _ = load(&text).map_err(|error| error.to_string());
    }
}
