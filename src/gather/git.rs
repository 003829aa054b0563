//! What git says of the source: the checkout and the release's tag, here and on the remote.

use super::{World, local_exchange};
use crate::formats::git as printed;
use crate::git::{Git, is_no_repository, without_credentials};
use crate::model::{Answer, Checkout, Exchange, GitRemote, Place, Reason, ReasonKind};

const STATUS: [&str; 5] = ["status", "--porcelain=v2", "--branch", "-z", "--untracked-files=normal"];

/// The repository that the configuration lies in.
pub(super) async fn checkout(world: &World) -> Vec<Exchange> {
    let root = &world.wiring.root;
    let git = Git::at(root);
    let answer = match git.ask(&STATUS).await {
        Ok(run) if is_no_repository(&run) => {
            Answer::Missing(format!("{} is in no git repository", root.display()))
        }
        Ok(run) if run.exit != 0 => Answer::Failed(git.failed(&STATUS, &run)),
        Ok(run) => match around(&git, printed::status(&run.stdout), &world.release.git_tag()).await {
            Ok(checkout) => Answer::Checkout(checkout),
            Err(reason) => Answer::Failed(reason),
        },
        Err(reason) => Answer::Failed(reason),
    };
    vec![local_exchange(Place::Source(root.clone()), "git status --porcelain=v2 --branch", answer)]
}

/// What the status does not say.
async fn around(git: &Git, checkout: Checkout, tag: &str) -> Result<Checkout, Reason> {
    let reference = format!("refs/tags/{tag}^{{commit}}");
    let tag = ["rev-parse", "--verify", "--quiet", "--end-of-options", &reference];
    let (tag, shallow, head_tags, remotes) = tokio::join!(
        git.ask(&tag),
        git.line(&["rev-parse", "--is-shallow-repository"]),
        git.ask(&["tag", "--points-at", "HEAD"]),
        git.ask(&["remote"]),
    );
    let lines =
        |bytes: &[u8]| -> Vec<String> { String::from_utf8_lossy(bytes).lines().map(str::to_owned).collect() };
    let remotes = lines(&remotes?.stdout);
    let head_tags = head_tags?;
    let remote = match remote_of(&checkout, &remotes) {
        Some(name) => {
            let url = git.line(&["remote", "get-url", name]).await?;
            Some(GitRemote { name: name.to_owned(), url: without_credentials(&url) })
        }
        None => None,
    };
    Ok(Checkout {
        shallow: shallow? == "true",
        tag: printed::commit(&String::from_utf8_lossy(&tag?.stdout)),
        head_tags: if head_tags.exit == 0 { lines(&head_tags.stdout) } else { Vec::new() },
        remote,
        ..checkout
    })
}

/// The remote of the upstream branch, else `origin`, else the only one.
fn remote_of<'r>(checkout: &Checkout, remotes: &'r [String]) -> Option<&'r str> {
    let upstream = checkout.upstream.as_ref().map_or("", |upstream| &upstream.name);
    let follows =
        |remote: &&String| upstream.strip_prefix(remote.as_str()).is_some_and(|rest| rest.starts_with('/'));
    let origin = || remotes.iter().find(|remote| *remote == "origin");
    let only = || if let [only] = remotes { Some(only) } else { None };
    remotes.iter().find(follows).or_else(origin).or_else(only).map(String::as_str)
}

/// The commit of a tag on a remote; nobody is asked under `--offline`.
pub(super) async fn remote_tag(remote: &str, tag: &str, world: &World) -> Vec<Exchange> {
    let (light, annotated) = (format!("refs/tags/{tag}"), format!("refs/tags/{tag}^{{}}"));
    let request = format!("git ls-remote {remote} {light}");
    let git = Git::at(&world.wiring.root);
    let arguments = ["ls-remote", "--tags", "--", remote, &light, &annotated];
    let answer = if world.wiring.trust.offline {
        let text = format!("{remote} was not asked for the tag {tag}: --offline");
        Answer::Failed(Reason::new(ReasonKind::NotConfigured, text))
    } else {
        match git.reach(&arguments).await {
            Ok(run) if run.exit != 0 => Answer::Failed(git.failed(&arguments, &run)),
            Ok(run) => match printed::remote_tag(&run.stdout, tag) {
                Some(commit) => Answer::RemoteTag(commit),
                None => Answer::Missing(format!("{remote} has no tag {tag}")),
            },
            Err(reason) => Answer::Failed(reason),
        }
    };
    vec![local_exchange(Place::Source(world.wiring.root.clone()), request, answer)]
}
