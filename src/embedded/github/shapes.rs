//! What answers hold of users, repositories and commits, with everything that GitHub's OpenAPI description requires.

use serde_json::{Value, json};

/// The parts of an API that a repository has an address for (`minimal-repository`).
const OF_REPOSITORY: [&str; 36] = [
    "archive",
    "assignees",
    "blobs",
    "branches",
    "collaborators",
    "comments",
    "commits",
    "compare",
    "contents",
    "contributors",
    "deployments",
    "downloads",
    "events",
    "forks",
    "git_commits",
    "git_refs",
    "git_tags",
    "hooks",
    "issue_comment",
    "issue_events",
    "issues",
    "keys",
    "labels",
    "languages",
    "merges",
    "milestones",
    "notifications",
    "pulls",
    "releases",
    "stargazers",
    "statuses",
    "subscribers",
    "subscription",
    "tags",
    "teams",
    "trees",
];

/// The parts that a user has an address for (`simple-user`).
const OF_USER: [&str; 9] = [
    "followers",
    "following",
    "gists",
    "starred",
    "subscriptions",
    "organizations",
    "repos",
    "events",
    "received_events",
];

/// A user (`simple-user`).
pub(super) fn user(base: &str, login: &str) -> Value {
    let url = format!("{base}/users/{login}");
    let mut user = json!({
        "login": login,
        "id": 1,
        "node_id": "MDQ6VXNlcjE=",
        "avatar_url": format!("{base}/images/{login}.gif"),
        "gravatar_id": "",
        "url": url,
        "html_url": format!("{base}/{login}"),
        "type": "User",
        "site_admin": false,
    });
    addresses(&mut user, &OF_USER, &url);
    user
}

/// A repository by its full name (`minimal-repository`).
pub(super) fn repository(base: &str, full_name: &str) -> Value {
    let url = format!("{base}/repos/{full_name}");
    let (owner, name) = full_name.split_once('/').unwrap_or(("", full_name));
    let mut repository = json!({
        "id": 1_296_269,
        "node_id": "MDEwOlJlcG9zaXRvcnkxMjk2MjY5",
        "name": name,
        "full_name": full_name,
        "owner": user(base, owner),
        "private": false,
        "html_url": format!("{base}/{full_name}"),
        "description": null,
        "fork": false,
        "url": url,
    });
    addresses(&mut repository, &OF_REPOSITORY, &url);
    repository
}

/// A commit (`simple-commit`).
pub(super) fn commit(sha: &str) -> Value {
    let who = json!({ "name": "Octo Cat", "email": "octocat@github.com" });
    json!({
        "id": sha,
        "tree_id": "d23f6eedb1e1b9610bbc754ddb5197bfe7271223",
        "message": "release",
        "timestamp": "2026-11-27T09:59:59Z",
        "author": who,
        "committer": who,
    })
}

fn addresses(value: &mut Value, parts: &[&str], url: &str) {
    for part in parts {
        value[format!("{part}_url")] = json!(format!("{url}/{part}"));
    }
}
