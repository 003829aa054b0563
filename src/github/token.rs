//! The token: of the environment, else the one that GitHub's own program keeps.

use std::ffi::OsString;
use std::time::Duration;

use crate::model::{Reason, ReasonKind};
use crate::registry::Secret;
use crate::runner::Tool;

/// The longest that `gh` may take.
const TIME: Duration = Duration::from_secs(10);

/// What `gh` needs to find what it keeps, in its files or in the keyring.
const ENVIRONMENT: [&str; 4] =
    ["GH_CONFIG_DIR", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS", "XDG_STATE_HOME"];

/// The token for a host. A company's own GitHub has variables of its own, as `gh` has it.
pub(super) async fn find(host: &str) -> Result<Secret, Reason> {
    let is_cloud = host == "github.com" || host.ends_with(".ghe.com");
    let own: &[&str] = if is_cloud { &[] } else { &["GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"] };
    let set = own.iter().chain(&["GITHUB_TOKEN", "GH_TOKEN"]).find_map(|name| {
        let value = std::env::var(name).ok()?;
        let value = value.trim();
        (!value.is_empty()).then(|| Secret::new(value.to_owned()))
    });
    match set {
        Some(token) => Ok(token),
        None => of_program(host).await,
    }
}

async fn of_program(host: &str) -> Result<Secret, Reason> {
    let own = [("GH_PROMPT_DISABLED", "1"), ("GH_NO_UPDATE_NOTIFIER", "1"), ("NO_COLOR", "1")];
    let own = own.into_iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
    let inherited = ENVIRONMENT.iter().filter_map(|name| Some((name.into(), std::env::var_os(name)?)));
    let tool = Tool {
        program: "gh".into(),
        arguments: ["auth", "token", "--hostname", host].map(Into::into).to_vec(),
        folder: std::env::temp_dir(),
        environment: inherited.chain(own).collect(),
        time: TIME,
        output: 64 << 10,
    };
    let why = match tool.run().await {
        Ok(run) if run.exit == 0 => {
            let token = String::from_utf8_lossy(&run.stdout).trim().to_owned();
            if !token.is_empty() {
                return Ok(Secret::new(token));
            }
            "`gh auth token` printed none".to_owned()
        }
        Ok(run) => format!("`gh auth token` ended with {}", run.exit),
        Err(reason) => reason.text,
    };
    let text = format!("there is no token for {host}: neither GITHUB_TOKEN nor GH_TOKEN is set, and {why}");
    Err(Reason::new(ReasonKind::NoCredentials, text).cure("set GITHUB_TOKEN, or `gh auth login`"))
}
