//! What a Dockerfile says of how it is to be run: an image cannot bring that with it, so it is a hint and no evidence.

use crate::model::Hint;

/// Words, in lower case, that hint at something wherever they stand, comments included.
const ANYWHERE: [(&str, Hint); 13] = [
    ("--read-only", Hint::ReadOnly),
    ("read_only: true", Hint::ReadOnly),
    ("readonlyrootfilesystem: true", Hint::ReadOnly),
    ("read-only root", Hint::ReadOnly),
    ("readonly root", Hint::ReadOnly),
    ("read-only file system", Hint::ReadOnly),
    ("--cap-drop", Hint::CapabilitiesDropped),
    ("cap_drop", Hint::CapabilitiesDropped),
    ("dropped capabilities", Hint::CapabilitiesDropped),
    ("drop all capabilities", Hint::CapabilitiesDropped),
    ("no-new-privileges", Hint::NoNewPrivileges),
    ("allowprivilegeescalation: false", Hint::NoNewPrivileges),
    ("--mount=type=cache", Hint::CacheMount),
];

/// Words of a command that is run.
const IN_COMMANDS: [(&str, Hint); 3] = [
    ("setcap ", Hint::FileCapabilities),
    ("--security=insecure", Hint::InsecureBuild),
    ("chmod u+s", Hint::SetUid),
];

/// The hints of a text, each kind once, with the line where it stands first.
pub(super) fn hints(text: &str) -> Vec<(u32, Hint)> {
    let mut found: Vec<(u32, Hint)> = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.to_ascii_lowercase();
        let is_comment = line.trim_start().starts_with('#');
        let commands = IN_COMMANDS.iter().filter(|_| !is_comment);
        for (words, hint) in ANYWHERE.iter().chain(commands) {
            if line.contains(words) && !found.iter().any(|(_, known)| known == hint) {
                found.push((number, *hint));
            }
        }
    }
    found
}
