//! Item 6: a user that is not root, and a healthcheck that the image can run.

use crate::model::{Dockerfile, Image, ImageConfig, Outcome, Platform, Reason, ReasonKind};

use super::super::context::{Context, place};
use super::super::rootfs::Runs;
use super::super::sight::Sight;
use super::super::subject::Subject;
use super::Checked;
use super::dockerfile::none_built;
use super::healthcheck_run;
use super::judgement::Judgement;
use super::platforms::{no_cell, required};

/// Judges item 6.
pub(super) fn check(context: &Context) -> Checked {
    let mut checked = Checked::default();
    let judge = |image: &Image, platform: &Platform, subject: &Subject| {
        let judged = one(context, platform, subject);
        Some(match image.healthcheck {
            Some(_) => healthcheck_run::judge(context, platform, subject, judged),
            None => judged,
        })
    };
    checked.per_platform(context, required, no_cell, judge);
    checked.beyond(context, judge);
    let all_well = checked.cells.iter().find(|cell| cell.outcome == Outcome::Pass && !cell.beyond);
    let all_well = all_well.map_or_else(|| "nothing to look at".to_owned(), |cell| cell.reason.clone());
    checked.note = checked.summary(all_well);
    if let Some(instead) = none_built(context, &mut checked, declares) {
        checked.note.clone_from(&instead.note);
        checked.instead = Some(instead);
    }
    checked
}

/// What the Dockerfile declares, in words; why it is not enough otherwise.
fn declares(dockerfile: &Dockerfile) -> Result<String, String> {
    let file = dockerfile.file.display();
    let user = dockerfile.user.as_ref().ok_or_else(|| format!("{file} sets no USER"))?;
    if is_root(&user.value) {
        return Err(format!("{} sets USER {}", place(&user.at), user.value));
    }
    let healthcheck = dockerfile.healthcheck.as_ref().ok_or_else(|| format!("{file} sets no HEALTHCHECK"))?;
    match healthcheck.value.first().map(String::as_str) {
        Some("CMD" | "CMD-SHELL") => Ok(format!(
            "{} sets USER {}, {} a HEALTHCHECK",
            place(&user.at),
            user.value,
            place(&healthcheck.at)
        )),
        _ => Err(format!("{} sets HEALTHCHECK NONE", place(&healthcheck.at))),
    }
}

/// Whether `USER` is root by itself: not set, uid 0, or that name.
fn is_root(user: &str) -> bool {
    let user = user_part(user);
    user.is_empty() || user.eq_ignore_ascii_case("root") || user.parse::<u32>() == Ok(0)
}

/// The user of `user:group`.
fn user_part(user: &str) -> &str {
    user.split(':').next().unwrap_or_default().trim()
}

fn one(context: &Context, platform: &Platform, subject: &Subject) -> Judgement {
    let config = match subject.config(context.facts) {
        Sight::Pending => return Judgement::pending(),
        Sight::Unknown(reason) => return Judgement::unknown(&reason).because(subject.because(context.facts)),
        Sight::Seen(config) => config,
    };
    let user = user(context, platform, subject, config);
    let healthcheck = healthcheck(context, platform, subject, config);
    both(user, healthcheck)
        .because(subject.because(context.facts))
        .seen_at(subject.level(), subject.in_registry())
}

/// Both have to hold: the first trouble is said, a second one after it.
fn both(user: Judgement, healthcheck: Judgement) -> Judgement {
    let rank = |judged: &Judgement| match judged.outcome {
        Outcome::Fail => 0,
        Outcome::Pending => 1,
        Outcome::Unknown => 2,
        _ => 3,
    };
    let trouble = |judged: &Judgement| judged.outcome != Outcome::Pass;
    let reason = match (trouble(&user), trouble(&healthcheck)) {
        (true, false) => user.reason.clone(),
        (false, true) => healthcheck.reason.clone(),
        _ => format!("{}, {}", user.reason, healthcheck.reason),
    };
    let warnings = user.warnings.iter().chain(&healthcheck.warnings).cloned().collect();
    let because = user.because.iter().chain(&healthcheck.because).cloned().collect();
    let worst = if rank(&user) <= rank(&healthcheck) { user } else { healthcheck };
    Judgement { reason, because, warnings, ..worst }
}

fn user(context: &Context, platform: &Platform, subject: &Subject, config: &ImageConfig) -> Judgement {
    let user = user_part(&config.user);
    if platform.os() == "windows" {
        return match user.rsplit('\\').next().unwrap_or_default() {
            "" => Judgement::fail("no USER: it runs as ContainerAdministrator"),
            name if name.eq_ignore_ascii_case("ContainerAdministrator") => {
                Judgement::fail("runs as ContainerAdministrator")
            }
            name => Judgement::pass(format!("user {name}")),
        };
    }
    if user.is_empty() {
        return Judgement::fail("no USER: it runs as root");
    }
    if is_root(user) {
        return Judgement::fail(format!("runs as root (USER {})", config.user));
    }
    match user.parse::<u32>() {
        Ok(uid) => Judgement::pass(format!("UID {uid}")),
        Err(_) => named(context, subject, user),
    }
}

/// A name counts as what the image's own `/etc/passwd` makes of it.
fn named(context: &Context, subject: &Subject, user: &str) -> Judgement {
    let judged = match subject.rootfs(context.facts) {
        None => Judgement::unknown(&layers_not_read(&format!("USER {user} is a name"))),
        Some(Sight::Pending) => Judgement::pending(),
        Some(Sight::Unknown(reason)) => Judgement::unknown(&reason),
        Some(Sight::Seen(rootfs)) => match rootfs.uid(user) {
            Some(0) => Judgement::fail(format!("USER {user} is uid 0 in /etc/passwd")),
            Some(uid) => Judgement::pass(format!("user {user} (UID {uid})"))
                .warn(format!("USER is the name {user}: Kubernetes' runAsNonRoot wants a number")),
            None => Judgement::fail(format!("USER {user} is not in the image's /etc/passwd")),
        },
    };
    judged.because(subject.layer_keys(context.facts))
}

fn layers_not_read(what: &str) -> Reason {
    Reason::new(ReasonKind::NotSupported, format!("{what}, and the layers were not read"))
        .cure("audit an OCI layout, or the image in a registry")
}

fn healthcheck(context: &Context, platform: &Platform, subject: &Subject, config: &ImageConfig) -> Judgement {
    let test = config.healthcheck.as_ref().map(|healthcheck| healthcheck.test.as_slice()).unwrap_or_default();
    match test {
        [kind, command @ ..] if kind == "CMD" && !command.is_empty() => {
            let found = Judgement::pass("healthcheck defined");
            match missing_program(context, platform, subject, config, command) {
                Some(program) => found.warn(format!("the healthcheck's `{program}` is not in the image")),
                None => found,
            }
        }
        [kind, command] if kind == "CMD-SHELL" && !command.trim().is_empty() => {
            shell_form(context, platform, subject)
        }
        [kind, ..] if kind == "NONE" => Judgement::fail("healthcheck switched off (NONE)"),
        [] => Judgement::fail("no healthcheck"),
        other => Judgement::fail(format!("a healthcheck that runs nothing: {}", other.join(" "))),
    }
}

/// The shell form needs a shell.
fn shell_form(context: &Context, platform: &Platform, subject: &Subject) -> Judgement {
    if platform.os() == "windows" {
        return Judgement::pass("healthcheck defined");
    }
    let judged = match subject.rootfs(context.facts) {
        None => Judgement::unknown(&layers_not_read("the healthcheck needs a shell")),
        Some(Sight::Pending) => Judgement::pending(),
        Some(Sight::Unknown(reason)) => Judgement::unknown(&reason),
        Some(Sight::Seen(rootfs)) if rootfs.has_bin_sh() => Judgement::pass("healthcheck defined"),
        Some(Sight::Seen(_)) => {
            Judgement::fail("the healthcheck needs a shell (CMD-SHELL), and the image has none")
        }
    };
    judged.because(subject.layer_keys(context.facts))
}

fn missing_program(
    context: &Context,
    platform: &Platform,
    subject: &Subject,
    config: &ImageConfig,
    command: &[String],
) -> Option<String> {
    if platform.os() == "windows" {
        return None;
    }
    let Sight::Seen(rootfs) = subject.rootfs(context.facts)? else { return None };
    match rootfs.runs(command, config) {
        Runs::Missing(program) => Some(program),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
