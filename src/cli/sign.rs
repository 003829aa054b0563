//! `exitbar sign` and `exitbar attest`: as whom, and then one action like the others.

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use super::act;
use super::args::{ActionArgs, AttestArgs, Attested, Global, ScanArgs, SignArgs, SignerArgs};
use super::failure::Failure;
use super::load::load;
use crate::config::{Loaded, SigningWiring, TokenSource};
use crate::gather;
use crate::model::{Action, Reason, ReasonKind, text};
use crate::sigstore::{Login, Services};

/// Signs.
pub(super) async fn sign(global: &Global, args: &SignArgs) -> Result<u8, Failure> {
    as_somebody(global, &[Action::Sign], &args.action, &args.signer).await
}

/// Attests.
pub(super) async fn attest(global: &Global, args: &AttestArgs) -> Result<u8, Failure> {
    let action = match args.what {
        Attested::Sbom => Action::AttestSbom,
        Attested::TestResult => Action::AttestTests,
        Attested::Scan => Action::AttestScan,
    };
    as_somebody(global, &[action], &args.action, &args.signer).await
}

/// Scans, and attests what was found where that is asked.
pub(super) async fn scan(global: &Global, args: &ScanArgs) -> Result<u8, Failure> {
    if !args.attest {
        return act::act(global, Action::Scan, &args.action, |_| Ok(())).await;
    }
    as_somebody(global, &[Action::Scan, Action::AttestScan], &args.action, &args.signer).await
}

/// Actions of which the last one signs.
async fn as_somebody(
    global: &Global,
    actions: &[Action],
    args: &ActionArgs,
    signer: &SignerArgs,
) -> Result<u8, Failure> {
    let login = login(global, signer).await?;
    act::in_turn(global, actions, args, |loaded| {
        loaded.scope.attest_scan = actions.contains(&Action::Scan);
        take(signer, login, loaded)
    })
    .await
}

/// Puts the flags over what was loaded.
pub(super) fn take(args: &SignerArgs, login: Option<String>, loaded: &mut Loaded) -> Result<(), Failure> {
    let signing = &mut loaded.wiring.signing;
    if let Some(key) = &args.key {
        signing.key = Some(from_here(key)?);
    }
    if let Some(token) = &args.identity_token {
        signing.token = Some(TokenSource::File(from_here(token)?));
        signing.key = None;
    }
    if let Some(config) = &args.signing_config {
        signing.config = Some(from_here(config)?);
    }
    if let Some(token) = login {
        signing.token = Some(TokenSource::Given(token));
    }
    signing.classic |= args.classic;
    Ok(())
}

/// A flag's path starts at the working folder, and not at the configuration's.
fn from_here(path: &Path) -> Result<PathBuf, Failure> {
    std::path::absolute(path).map_err(|error| Failure::usage(format!("{}: {error}", path.display())))
}

/// A login at the terminal, where nothing else says who signs; none where it is not needed or nobody is there.
pub(super) async fn login(global: &Global, args: &SignerArgs) -> Result<Option<String>, Failure> {
    if !std::io::stdin().is_terminal() || args.key.is_some() || args.identity_token.is_some() {
        return Ok(None);
    }
    let mut loaded = load(&Global { quiet: true, ..global.clone() }, None)?;
    take(args, None, &mut loaded)?;
    let SigningWiring { token, key, .. } = &loaded.wiring.signing;
    let in_ci = std::env::var_os("CI").is_some();
    if token.is_some() || key.is_some() || std::env::var_os("SIGSTORE_ID_TOKEN").is_some() || in_ci {
        return Ok(None);
    }
    let services = gather::signing_services(&loaded.wiring).map_err(Failure::usage)?;
    log_in(&services).await.map(Some).map_err(|reason| Failure { code: 1, text: reason.to_string() })
}

/// Lets the person at the terminal log in; where the terminal is another machine's, its browser cannot come back to this one,
/// and the provider shows a code.
async fn log_in(services: &Services) -> Result<String, Reason> {
    let is_far = std::env::var_os("SSH_CONNECTION").is_some();
    let login = if is_far { Login::elsewhere(services).await? } else { Login::here(services).await? };
    eprintln!("To sign, log in with your browser at\n\n  {}\n", text::clean_line(login.address()));
    if !is_far {
        return login.wait(gather::PATIENCE).await;
    }
    let code = tokio::task::spawn_blocking(code).await;
    let unread = |error: String| Reason::new(ReasonKind::ToolFailed, format!("no code was read: {error}"));
    let code = code.map_err(|error| unread(error.to_string()))?.map_err(|error| unread(error.to_string()))?;
    login.typed(&code).await
}

/// The code that the provider shows after the login.
fn code() -> std::io::Result<String> {
    eprint!("The code that it shows: ");
    std::io::stderr().flush()?;
    let mut code = String::new();
    std::io::stdin().lock().read_line(&mut code)?;
    Ok(code)
}
