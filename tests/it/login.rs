//! A person signs: the login in a browser, at the terminal and in the cockpit, with an HTTP client as the browser.

use exitbar::embedded::Registry;

use crate::screen::Screen;
use crate::signing::{ours, stranger};
use crate::unsigned::{Unsigned, embedded};

/// Wide enough for an address in one line.
const WIDE: u16 = 600;

fn unsigned() -> (Registry, Unsigned) {
    let registry = embedded(true);
    let unsigned = Unsigned::in_registries(&[registry.host()]);
    unsigned.no_token();
    (registry, unsigned)
}

/// The first word of the screen that begins so, once it is there.
fn shown(screen: &mut Screen, what: &str, begins: &str) -> String {
    let find = |text: &str| {
        let word = text.split_whitespace().find(|word| word.starts_with(begins));
        word.map(str::to_owned)
    };
    let text = screen.until(what, |text| find(text).is_some());
    find(&text).expect("it was there")
}

/// Opens an address as a browser does, through to the page at its end.
fn browse(address: &str) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let page = reqwest::get(address).await.expect("a page");
        page.text().await.expect("its text")
    })
}

pub fn a_person_at_the_terminal_logs_in_with_a_browser_and_signs() {
    let (_registry, unsigned) = unsigned();
    unsigned.services.at_the_page(Some(ours()));
    let mut screen = Screen::start(WIDE, 40, &["sign", "--yes"], unsigned.folder.path());
    let provider = format!("{}/auth?", unsigned.services.addresses().oidc);
    let address = shown(&mut screen, "the address", &provider);
    assert!(browse(&address).contains("you are logged in"));
    let text = screen.until("it signs", |text| text.contains("signed 3 digests as repo:acme/app"));
    assert!(!text.contains("eyJ"), "the token is a secret: {text}");
    assert_eq!(screen.end(), 0);
    assert_eq!(unsigned.folder.audit().status("signed"), "COMPLETE");
}

pub fn a_login_that_is_refused_signs_nothing() {
    let (_registry, unsigned) = unsigned();
    unsigned.services.at_the_page(None);
    let mut screen = Screen::start(WIDE, 40, &["sign", "--yes"], unsigned.folder.path());
    let provider = format!("{}/auth?", unsigned.services.addresses().oidc);
    let address = shown(&mut screen, "the address", &provider);
    assert!(browse(&address).contains("refused"));
    screen.until("why", |text| text.contains("access_denied: the person said no"));
    assert_eq!(screen.end(), 1);
    assert_ne!(unsigned.folder.audit().status("signed"), "COMPLETE");
}

/// Presses `s` and `y`, and logs in at the short address that the job shows.
fn sign_in_the_cockpit(screen: &mut Screen) {
    screen.until("the first audit", |text| text.contains("/100") && !text.contains("looking"));
    screen.press("s");
    let plan = screen.until("the plan", |text| text.contains("as whoever logs in with a browser"));
    assert!(!plan.contains("localhost:"), "nobody is asked before yes: {plan}");
    screen.press("y");
    screen.press("J");
    let address = shown(screen, "the address", "http://localhost:");
    browse(&address);
}

pub fn a_person_in_the_cockpit_logs_in_once_and_signs() {
    let (_registry, unsigned) = unsigned();
    unsigned.services.at_the_page(Some(ours()));
    let mut screen = Screen::start(120, 40, &[], unsigned.folder.path());
    sign_in_the_cockpit(&mut screen);
    let text = screen.until("it signs", |text| text.contains("signed 3 digests as"));
    assert!(text.contains("logged in as repo:acme/app") && !text.contains("eyJ"), "{text}");
    screen.press("q");
    assert_eq!(screen.end(), 0);
    assert_eq!(unsigned.folder.audit().status("signed"), "COMPLETE");
}

pub fn a_stranger_who_logs_in_in_the_cockpit_signs_nothing() {
    let (_registry, unsigned) = unsigned();
    unsigned.services.at_the_page(Some(stranger()));
    let mut screen = Screen::start(120, 40, &[], unsigned.folder.path());
    sign_in_the_cockpit(&mut screen);
    screen.until("why", |text| text.contains("this signature would not do"));
    screen.press("q");
    assert_eq!(screen.end(), 0);
    assert_eq!(unsigned.folder.audit().status("signed"), "NOT STARTED");
}
