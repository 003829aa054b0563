//! What is different between two times, in sentences. Pure.

use jiff::Timestamp;
use serde::Serialize;

use crate::model::text;

use super::known::{Concern, Kind, Known, Loudness, Presence, Subject};

/// Something that changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// When it was seen.
    pub at: Timestamp,
    /// Of what.
    pub subject: String,
    /// Which of its properties.
    pub about: Kind,
    /// How.
    pub change: Phase,
    /// How loud it is.
    pub level: Loudness,
    /// What it was: a digest, a signer, a verdict.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// What it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// All of it in one sentence.
    pub text: String,
}

/// How something changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// It points elsewhere.
    Moved,
    /// It is not there any more.
    Gone,
    /// It is there.
    Appeared,
    /// It was not so before.
    Began,
    /// It is otherwise than before.
    Changed,
    /// It is so no more.
    Ended,
}

impl Change {
    /// Whether what is watched changed; not only whether it could be looked at.
    pub fn counts(&self) -> bool {
        !matches!(
            self.about,
            Kind::Registry | Kind::SignatureUnseen | Kind::SbomUnseen | Kind::ScanUnseen | Kind::Freshness
        )
    }
}

/// What is different in `after`. A first look compares with nothing: it tells only what is not as it should be.
pub fn changes(before: &Known, after: &Known, at: Timestamp) -> Vec<Change> {
    let none = Subject::default();
    let mut changes = Vec::new();
    for (name, now) in &after.subjects {
        let was = before.subjects.get(name).unwrap_or(&none);
        let differ = Differ { name, was, now, at };
        changes.extend(differ.tag());
        changes.extend(differ.signer());
        changes.extend(differ.verdict());
        differ.concerns(&mut changes);
    }
    changes.sort_by_key(|change| std::cmp::Reverse(change.level));
    changes
}

struct Differ<'a> {
    name: &'a str,
    was: &'a Subject,
    now: &'a Subject,
    at: Timestamp,
}

impl Differ<'_> {
    fn change(&self, about: Kind, change: Phase, level: Loudness, text: &str) -> Change {
        let subject = text::clean_line(self.name).into_owned();
        let text = joined(&subject, text);
        Change { at: self.at, subject, about, change, level, from: None, to: None, text }
    }

    fn tag(&self) -> Option<Change> {
        let presence = |subject: &Subject| subject.tag.as_ref().and_then(|tag| tag.presence.clone());
        let (was, now) = (presence(self.was), presence(self.now)?);
        let (change, text, from, to) = match (was, now) {
            (Some(Presence::At(from)), Presence::At(to)) if from != to => {
                let text = format!("moved from {} to {}", from.short(), to.short());
                (Phase::Moved, text, Some(from), Some(to))
            }
            (Some(Presence::At(from)), Presence::Gone(why)) => {
                let text = format!("is gone: {why}; it was {}", from.short());
                (Phase::Gone, text, Some(from), None)
            }
            (Some(Presence::Gone(_)), Presence::At(to)) => {
                (Phase::Appeared, format!("is there again, at {}", to.short()), None, Some(to))
            }
            (None, Presence::Gone(why)) => (Phase::Gone, format!("is not there: {why}"), None, None),
            _ => return None,
        };
        let named = |digest: Option<crate::model::Digest>| digest.map(|digest| digest.to_string());
        let moving = self.now.tag.as_ref().is_some_and(|tag| tag.moving);
        let level = match change {
            Phase::Moved if moving => Loudness::Notice,
            Phase::Appeared => Loudness::Notice,
            _ => Loudness::Alarm,
        };
        let change = self.change(Kind::Tag, change, level, &text);
        Some(Change { from: named(from), to: named(to), ..change })
    }

    /// Another who is allowed to sign, signed: no trouble, and worth knowing.
    fn signer(&self) -> Option<Change> {
        let (was, now) = (self.was.signer.as_ref()?, self.now.signer.as_ref()?);
        let concerned = |subject: &Subject| subject.concerns.contains_key(&Kind::Signature);
        // Where one of the two was not as it should be, that is what is said.
        if was == now || concerned(self.now) || concerned(self.was) {
            return None;
        }
        let change = self.change(
            Kind::Signature,
            Phase::Changed,
            Loudness::Notice,
            &format!("is signed by {now}, and was by {was}"),
        );
        Some(Change { from: Some(was.clone()), to: Some(now.clone()), ..change })
    }

    fn verdict(&self) -> Option<Change> {
        let (was, now) = (self.was.verdict.as_ref()?, self.now.verdict.as_ref()?);
        if was == now {
            return None;
        }
        let level = if now.starts_with("GO") { Loudness::Well } else { Loudness::Alarm };
        let text = format!("is {now}, and was {was}");
        let change = self.change(Kind::Verdict, Phase::Changed, level, &text);
        Some(Change { from: Some(was.clone()), to: Some(now.clone()), ..change })
    }

    fn concerns(&self, changes: &mut Vec<Change>) {
        for (kind, concern) in &self.now.concerns {
            let began = match self.was.concerns.get(kind) {
                None => Phase::Began,
                Some(was) if (was.loudness, &was.state) != (concern.loudness, &concern.state) => {
                    Phase::Changed
                }
                Some(_) => continue,
            };
            changes.push(self.change(*kind, began, concern.loudness, &words(*kind, concern)));
        }
        for (kind, concern) in &self.was.concerns {
            if self.now.concerns.contains_key(kind) {
                continue;
            }
            let since = super::deadline::span(self.at.duration_since(concern.since));
            let Some(ended) = self.ended(*kind) else { continue };
            let text = format!("{ended}, after {since}");
            changes.push(self.change(*kind, Phase::Ended, Loudness::Well, &text));
        }
    }

    /// What is so again; nothing where the tag itself is gone, which is said already.
    fn ended(&self, kind: Kind) -> Option<String> {
        let gone = self.now.tag.as_ref().is_some_and(|tag| matches!(tag.presence, Some(Presence::Gone(_))));
        let by = self.now.signer.as_ref().map_or(String::new(), |who| format!(" by {who}"));
        Some(match kind {
            _ if gone => return None,
            Kind::Tag | Kind::Verdict => return None,
            Kind::Hidden => "can be read by strangers again".to_owned(),
            Kind::Registry => "answers again".to_owned(),
            Kind::Signature => format!("is signed as it should be{by}"),
            Kind::SignatureUnseen => "could be verified again".to_owned(),
            Kind::Sbom => "has its SBOM".to_owned(),
            Kind::SbomUnseen => "let its SBOM be read again".to_owned(),
            Kind::Scan => "has a scan that passes".to_owned(),
            Kind::ScanUnseen => "let its scan be read again".to_owned(),
            Kind::ScanAge => "is old no more: another scan counts".to_owned(),
            Kind::Waiver => "ends later now".to_owned(),
            Kind::TrustRoot => "is fresh again".to_owned(),
            Kind::Freshness => "was read lately again".to_owned(),
        })
    }
}

impl Concern {
    /// All of it in one sentence.
    pub fn sentence(&self, subject: &str, kind: Kind) -> String {
        joined(subject, &words(kind, self))
    }
}

/// A name, and what is said of it.
fn joined(subject: &str, words: &str) -> String {
    let space = if words.starts_with(':') { "" } else { " " };
    format!("{}{space}{}", text::clean_line(subject), text::clean_line(words))
}

/// What follows the subject's name.
fn words(kind: Kind, concern: &Concern) -> String {
    let text = &concern.text;
    match kind {
        Kind::Registry => format!("could not be looked at: {text}"),
        Kind::Signature if concern.loudness == Loudness::Alarm => {
            format!("is not signed as it should be: {text}")
        }
        Kind::Signature => format!("is {text}"),
        Kind::SignatureUnseen => format!("could not be verified: {text}"),
        Kind::Sbom => format!("lacks an SBOM that counts: {text}"),
        Kind::SbomUnseen => format!("did not let its SBOM be read: {text}"),
        Kind::Scan => format!("has no scan that passes: {text}"),
        Kind::ScanUnseen => format!("did not let its scan be read: {text}"),
        Kind::TrustRoot => format!("is not fresh: {text}"),
        Kind::ScanAge | Kind::Waiver => text.clone(),
        Kind::Tag | Kind::Hidden | Kind::Verdict | Kind::Freshness => format!(": {text}"),
    }
}
