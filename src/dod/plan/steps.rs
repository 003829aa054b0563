//! Which steps a plan has, and what must come before each.

use std::collections::BTreeSet;

use crate::model::{
    Action, Cell, Check, Facts, Finding, Item, Outcome, PlanPart, PlanStep, Platform, Scope, SignaturePolicy,
    Stage, Status, StepKey, StepKind,
};

use super::super::blocker::{is_open, unknown_credentials};
use super::super::checks::listed;
use super::super::commands;
use super::super::context::{Context, Reach};
use super::super::stage::Holds;
use super::super::start;
use super::super::suppose;
use super::{Draft, Judged, of};

/// Everything that is left to do, in the order of release.
pub(super) fn drafts<'a>(context: &'a Context<'a>, judged: &'a [Judged]) -> Vec<Draft<'a>> {
    let outline = Outline::of(context, judged);
    let mut drafts: Vec<Draft> = Vec::new();
    drafts.extend(MENDABLE.into_iter().filter_map(|item| mend(context, of(judged, item))));
    drafts.extend(mend(context, of(judged, Item::Published)));
    drafts.extend(settings(context, judged));
    drafts.extend(log_in(context, outline.has(Big::Push)));
    drafts.extend(look_again(judged));
    drafts.extend(outline.has(Big::Build).then(|| build(context, judged)));
    drafts.extend(run(context, judged, &outline, Action::RunVersion));
    drafts.extend(run(context, judged, &outline, Action::RunExample));
    drafts.extend(outline.has(Big::Push).then(|| push(context, &outline)));
    drafts.extend(attach(context, judged, &outline));
    drafts.extend(outline.has(Big::Publish).then(|| publish(context, judged, &outline)));
    drafts.extend(outline.has(Big::Publish).then(|| verify(context)));
    drafts
}

/// The items whose trouble is mended in the source.
const MENDABLE: [Item; 6] = [
    Item::VersionCommand,
    Item::NonRootHealthcheck,
    Item::OciLabels,
    Item::Vulnerabilities,
    Item::SizeBudget,
    Item::ExamplePipeline,
];

/// One of the big steps of a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Big {
    Build,
    Push,
    Sign,
    Sbom,
    Scan,
    Publish,
}

/// Which of the big steps are needed.
struct Outline(BTreeSet<Big>);

impl Outline {
    fn of(context: &Context, judged: &[Judged]) -> Self {
        let counts = |item: Item| of(judged, item).finding.status != Status::Off;
        let open = |item: Item| is_open(&of(judged, item).finding);
        let build = is_unbuilt(context) || wants_a_new_build(judged);
        let attach = |item: Item| open(item) || (build && counts(item));
        let steps = [
            (Big::Build, build),
            (Big::Push, build || is_missing_somewhere(context)),
            (Big::Sign, attach(Item::Signed)),
            (Big::Sbom, attach(Item::Sbom)),
            (Big::Scan, attach(Item::Vulnerabilities)),
            (Big::Publish, build || wants_tags(context, judged)),
        ];
        Self(steps.into_iter().filter(|(_, needed)| *needed).map(|(step, _)| step).collect())
    }

    fn has(&self, step: Big) -> bool {
        self.0.contains(&step)
    }

    /// What comes between staging and the tags.
    fn before_tags(&self) -> Vec<String> {
        let word = |step: &Big| match step {
            Big::Build | Big::Publish => None,
            Big::Push => Some("push"),
            Big::Sign => Some("sign"),
            Big::Sbom => Some("attest SBOMs"),
            Big::Scan => Some("scan"),
        };
        self.0.iter().filter_map(word).map(str::to_owned).collect()
    }
}

/// Whether a repository authoritatively lacks what is to be released.
fn is_missing_somewhere(context: &Context) -> bool {
    let nothing = |(_, holds): &(_, Holds)| matches!(holds, Holds::Nothing(_));
    context.release.images.iter().any(|image| context.standing(image).held.iter().any(nothing))
}

/// Whether a tag is missing or has to be set to another digest.
fn wants_tags(context: &Context, judged: &[Judged]) -> bool {
    let finding = &of(judged, Item::Published).finding;
    let missing = |cell: &Cell| cell.outcome == Outcome::Absent || cell.hard_stop;
    let wrong = is_open(finding) && finding.cells.iter().any(missing);
    wrong || context.stages.values().any(|stage| matches!(stage, Stage::Staged(_)))
}

/// Whether an image that is in no registry is not built for every platform.
fn is_unbuilt(context: &Context) -> bool {
    context.release.images.iter().any(|image| {
        let Reach::Nowhere = context.reach(image) else { return false };
        // What is built cannot be seen: building it here makes it so.
        let Some(local) = context.local(image).seen() else { return image.build.is_some() };
        !image.platforms.iter().all(|platform| local.images.iter().any(|found| found.platform == *platform))
    })
}

/// Whether what is wrong is wrong in the bytes.
fn wants_a_new_build(judged: &[Judged]) -> bool {
    MENDABLE.into_iter().chain([Item::MultiArch]).any(|item| {
        let finding = &of(judged, item).finding;
        is_open(finding) && finding.cells.iter().any(|cell| is_wrong(item, cell))
    })
}

/// A cell that another build mends; an old scan only wants a new scan.
fn is_wrong(item: Item, cell: &Cell) -> bool {
    // Digests that differ want other tags.
    !cell.beyond
        && !cell.hard_stop
        && (cell.outcome == Outcome::Fail || (cell.outcome == Outcome::Soft && item != Item::Vulnerabilities))
}

fn step(
    part: PlanPart,
    key: StepKey,
    title: impl Into<String>,
    why: impl Into<String>,
    items: &[Item],
) -> PlanStep {
    PlanStep {
        key,
        part,
        action: None,
        title: title.into(),
        why: why.into(),
        commands: Vec::new(),
        items: items.to_vec(),
        points: 0,
        after: None,
    }
}

/// A step of which nothing is supposed: by itself it moves no item.
fn preparing(step: PlanStep) -> Draft<'static> {
    Draft { step, possible: true, supposed: Box::new(Facts::clone) }
}

/// An action of exitbar's own.
fn action<'a>(context: &'a Context<'a>, action: Action, step: PlanStep, possible: bool) -> Draft<'a> {
    Draft {
        step: PlanStep { action: Some(action), ..step },
        possible,
        supposed: Box::new(move |facts| {
            suppose(action, context.release, context.policy, &Scope::default(), facts)
        }),
    }
}

/// Mends in the source what the cells contradict.
fn mend<'a>(context: &'a Context<'a>, judged: &'a Judged) -> Option<Draft<'a>> {
    let finding = &judged.finding;
    let item = finding.item;
    let wrong: Vec<&Cell> = finding.cells.iter().filter(|cell| is_wrong(item, cell)).collect();
    let first = wrong.first().filter(|_| is_open(finding))?;
    let title = match item {
        Item::VersionCommand => "Mend the version command",
        Item::NonRootHealthcheck => "Set a non-root user and a healthcheck",
        Item::OciLabels => "Set the OCI labels",
        Item::Vulnerabilities => "Update what is vulnerable",
        Item::SizeBudget => "Make the image smaller",
        Item::Published => "Make the package public, or mark the image as private",
        _ => "Mend the example pipeline",
    };
    let mut step = step(PlanPart::Immediate, StepKey::Mend(item), title, first.reason.clone(), &[item]);
    if item == Item::VersionCommand {
        step.commands =
            context.release.images.iter().filter_map(|image| commands::try_version(context, image)).collect();
    }
    let supposed =
        move |facts: &Facts| suppose::mend(item, &finding.cells, context.release, context.policy, facts);
    Some(Draft { step, possible: true, supposed: Box::new(supposed) })
}

/// Settings without which an item cannot be judged, or only weakly.
fn settings(context: &Context, judged: &[Judged]) -> Vec<Draft<'static>> {
    let mut drafts = Vec::new();
    let mut set = |item: Item, missing: bool, what: &str, why: &str| {
        if missing && is_open(&of(judged, item).finding) {
            drafts.push(preparing(step(PlanPart::Immediate, StepKey::Set(item), what, why, &[item])));
        }
    };
    let no_rule = |policy: &SignaturePolicy| {
        policy.key.is_none() && (policy.identity.is_none() || policy.issuer.is_none())
    };
    let images = &context.release.images;
    set(
        Item::Signed,
        no_rule(&context.policy.signature),
        "Say who has to have signed: [signature] identity and issuer",
        "without a rule a signature is only PARTIAL",
    );
    set(
        Item::VersionCommand,
        images.iter().all(|image| image.version.is_none()),
        "Name the command that prints the version: [[image]] version",
        "no image has one, so there is nothing to run",
    );
    set(
        Item::SizeBudget,
        images.iter().any(|image| image.budget.is_none() && image.limit.is_none()),
        "Set a size budget: [[image]] budget",
        "an image without a budget cannot keep it",
    );
    set(
        Item::ExamplePipeline,
        images.iter().all(|image| image.example.is_none()),
        "Name an example pipeline, [[image]] example, or switch the item off with a reason",
        "no image has one, so there is nothing to run",
    );
    drafts
}

fn log_in(context: &Context, push: bool) -> Option<Draft<'static>> {
    let registries = unknown_credentials(context);
    if registries.is_empty() || !push {
        return None;
    }
    let title = format!("Configure credentials for {}", listed(&registries));
    let mut step = step(
        PlanPart::Immediate,
        StepKey::LogIn,
        title,
        "nothing can be pushed there without",
        &[Item::Published],
    );
    step.commands = registries.iter().map(|registry| commands::log_in(registry)).collect();
    Some(preparing(step))
}

/// What could not be seen has to be seen; a run that could not be made is the runs' own step.
fn look_again(judged: &[Judged]) -> Option<Draft<'static>> {
    let unseen = |finding: &&Finding| {
        is_open(finding) && finding.cells.iter().any(|cell| !cell.beyond && cell.outcome == Outcome::Unknown)
    };
    let runs = [Item::VersionCommand, Item::ExamplePipeline];
    let findings: Vec<&Finding> = judged
        .iter()
        .map(|judged| &judged.finding)
        .filter(unseen)
        .filter(|finding| !runs.contains(&finding.item))
        .collect();
    let first =
        findings.iter().flat_map(|finding| &finding.cells).find(|cell| cell.outcome == Outcome::Unknown)?;
    let items: Vec<Item> = findings.iter().map(|finding| finding.item).collect();
    let mut step = step(
        PlanPart::Immediate,
        StepKey::LookAgain,
        "See what could not be seen",
        first.reason.clone(),
        &items,
    );
    step.commands = vec!["exitbar audit".to_owned()];
    Some(preparing(step))
}

fn build<'a>(context: &'a Context<'a>, judged: &[Judged]) -> Draft<'a> {
    let wrong = MENDABLE.into_iter().chain([Item::MultiArch]).map(|item| &of(judged, item).finding);
    let mut wrong = wrong.filter(|finding| finding.cells.iter().any(|cell| is_wrong(finding.item, cell)));
    let why = match wrong.rfind(|finding| is_open(finding)) {
        _ if is_unbuilt(context) => of(judged, Item::MultiArch).finding.note.clone(),
        Some(finding) => format!("{}: mended by a new build", finding.note),
        None => "the images have to be built".to_owned(),
    };
    let items: Vec<Item> = [Item::MultiArch]
        .into_iter()
        .chain(MENDABLE)
        .filter(|item| is_open(&of(judged, *item).finding))
        .collect();
    let title = Action::Build.title();
    let step = PlanStep {
        commands: commands::build(context),
        ..step(PlanPart::BuildAndRelease, StepKey::Do(Action::Build), title, why, &items)
    };
    if context.release.images.iter().any(|image| image.build.is_some() && image.local.is_some()) {
        action(context, Action::Build, step, true)
    } else {
        preparing(step)
    }
}

/// Runs `--version` or the example, now where something waits for a run, else after the build.
fn run<'a>(
    context: &'a Context<'a>,
    judged: &[Judged],
    outline: &Outline,
    which: Action,
) -> Option<Draft<'a>> {
    let (item, configured) = match which {
        Action::RunVersion => {
            (Item::VersionCommand, context.release.images.iter().any(|image| image.version.is_some()))
        }
        _ => (Item::ExamplePipeline, context.release.images.iter().any(|image| image.example.is_some())),
    };
    let finding = &of(judged, item).finding;
    if !configured || matches!(finding.status, Status::Off | Status::Waived) {
        return None;
    }
    let waits = |cell: &&Cell| !cell.beyond && matches!(cell.outcome, Outcome::Untried | Outcome::Unknown);
    let waiting = finding.cells.iter().find(waits);
    let possible = is_open(finding) && waiting.is_some();
    if !possible && !outline.has(Big::Build) {
        return None;
    }
    let why = match waiting.filter(|_| possible) {
        Some(cell) => cell.reason.clone(),
        None => "a new build has to be run again".to_owned(),
    };
    let why = format!("{why}{}", not_promised(context, which));
    let mut step = step(PlanPart::BuildAndRelease, StepKey::Do(which), which.title(), why, &[item]);
    step.commands = vec![format!("exitbar {}", which.name())];
    step.after = (!possible).then(|| "build".to_owned());
    Some(action(context, which, step, possible))
}

/// The platforms whose run is not promised, because none was seen to run here.
fn not_promised(context: &Context, which: Action) -> String {
    let native = &context.policy.native;
    let platforms: BTreeSet<Platform> = context
        .release
        .images
        .iter()
        .flat_map(|image| match which {
            Action::RunVersion if image.version.is_none() => Vec::new(),
            Action::RunVersion => image.platforms.clone(),
            _ => image.example_platforms(native),
        })
        .collect();
    let foreign = platforms.iter().filter(|one| !suppose::runs_here(one, context.policy, context.facts));
    let foreign: Vec<String> = foreign.map(ToString::to_string).collect();
    if foreign.is_empty() {
        return String::new();
    }
    format!("; {} was not seen to run on this {native} machine", listed(&foreign))
}

fn push<'a>(context: &'a Context<'a>, outline: &Outline) -> Draft<'a> {
    let also = context.declared(StepKind::Push).filter(|_| context.nothing_staged).map(|by| {
        let starts: Vec<String> =
            start::how(context).into_iter().map(|how| format!("`{}`", how.command)).collect();
        let start =
            if starts.is_empty() { String::new() } else { format!(", started by {}", starts.join(" or ")) };
        format!("; {} does it too{start}", by.at)
    });
    let why = format!(
        "signatures and scans need the digest in the registries, not the tag{}",
        also.unwrap_or_default()
    );
    let items = [Item::Published, Item::MultiArch];
    let mut step =
        step(PlanPart::BuildAndRelease, StepKey::Do(Action::Push), Action::Push.title(), why, &items);
    step.commands = vec!["exitbar push".to_owned()];
    step.after = outline.has(Big::Build).then(|| "build".to_owned());
    let built = context
        .release
        .images
        .iter()
        .any(|image| context.local(image).seen().is_some_and(|local| !local.images.is_empty()));
    // Half a build can be pushed, and should not be.
    action(context, Action::Push, step, built && !outline.has(Big::Build))
}

/// Sign, attest, scan: what comes between staging and the tags.
fn attach<'a>(context: &'a Context<'a>, judged: &[Judged], outline: &Outline) -> Vec<Draft<'a>> {
    let steps = [
        (Big::Sign, Action::Sign, Item::Signed),
        (Big::Sbom, Action::AttestSbom, Item::Sbom),
        (Big::Scan, Action::Scan, Item::Vulnerabilities),
    ];
    let needed = steps.into_iter().filter(|(step, ..)| outline.has(*step));
    needed.map(|(_, which, item)| vouch(context, judged, outline, which, item)).collect()
}

/// An action on what is in the registries.
fn vouch<'a>(
    context: &'a Context<'a>,
    judged: &[Judged],
    outline: &Outline,
    which: Action,
    item: Item,
) -> Draft<'a> {
    let finding = &of(judged, item).finding;
    let open = is_open(finding);
    let why = if open { finding.note.clone() } else { "a new build has new digests".to_owned() };
    let mut step = step(PlanPart::BuildAndRelease, StepKey::Do(which), which.title(), why, &[item]);
    step.commands = vec![which.command()];
    step.after = outline.has(Big::Push).then(|| "push".to_owned());
    action(context, which, step, open && !context.nothing_staged && !outline.has(Big::Push))
}

/// The tags come last: nobody ever pulls an unsigned one.
fn publish<'a>(context: &'a Context<'a>, judged: &[Judged], outline: &Outline) -> Draft<'a> {
    let why = of(judged, Item::Published).finding.note.clone();
    let mut step = step(
        PlanPart::BuildAndRelease,
        StepKey::Do(Action::Publish),
        Action::Publish.title(),
        why,
        &[Item::Published],
    );
    step.commands = vec!["exitbar publish".to_owned()];
    let before = outline.before_tags();
    step.after = (!before.is_empty()).then(|| listed(&before));
    action(context, Action::Publish, step, !outline.has(Big::Push))
}

fn verify(context: &Context) -> Draft<'static> {
    let mut step = step(
        PlanPart::Validation,
        StepKey::Check(Check::Audit),
        "Verify what was published",
        "what others pull has to be what was judged",
        &[Item::Published, Item::Signed, Item::VersionCommand],
    );
    step.commands = commands::verify(context);
    step.after = Some("publish".to_owned());
    preparing_after(step)
}

/// A step that only looks, when its turn has come.
fn preparing_after(step: PlanStep) -> Draft<'static> {
    Draft { possible: false, ..preparing(step) }
}
