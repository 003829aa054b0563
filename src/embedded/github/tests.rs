use super::*;
use crate::github::Github as Client;

/// What GitHub's OpenAPI description (version 2022-11-28) requires of each schema.
const RUN: [&str; 26] = [
    "id",
    "node_id",
    "head_branch",
    "run_number",
    "display_title",
    "event",
    "status",
    "conclusion",
    "head_sha",
    "path",
    "workflow_id",
    "url",
    "html_url",
    "created_at",
    "updated_at",
    "head_commit",
    "head_repository",
    "repository",
    "jobs_url",
    "logs_url",
    "check_suite_url",
    "cancel_url",
    "rerun_url",
    "artifacts_url",
    "workflow_url",
    "pull_requests",
];
const COMMIT: [&str; 6] = ["id", "tree_id", "message", "timestamp", "author", "committer"];
const USER: [&str; 18] = [
    "login",
    "id",
    "node_id",
    "avatar_url",
    "gravatar_id",
    "url",
    "html_url",
    "followers_url",
    "following_url",
    "gists_url",
    "starred_url",
    "subscriptions_url",
    "organizations_url",
    "repos_url",
    "events_url",
    "received_events_url",
    "type",
    "site_admin",
];
/// `minimal-repository`, which has an address for 36 more of its parts.
const REPOSITORY: [&str; 10] =
    ["id", "node_id", "name", "full_name", "owner", "private", "html_url", "description", "fork", "url"];
const JOB: [&str; 21] = [
    "id",
    "node_id",
    "run_id",
    "run_url",
    "head_sha",
    "name",
    "url",
    "html_url",
    "status",
    "conclusion",
    "started_at",
    "completed_at",
    "check_run_url",
    "labels",
    "runner_id",
    "runner_name",
    "runner_group_id",
    "runner_group_name",
    "workflow_name",
    "head_branch",
    "created_at",
];
const STEP: [&str; 4] = ["name", "status", "conclusion", "number"];
const SECRET: [&str; 3] = ["name", "created_at", "updated_at"];
const VARIABLE: [&str; 4] = ["name", "value", "created_at", "updated_at"];
const PACKAGE: [&str; 9] = [
    "id",
    "name",
    "package_type",
    "url",
    "html_url",
    "version_count",
    "visibility",
    "created_at",
    "updated_at",
];
const DISPATCHED: [&str; 3] = ["workflow_run_id", "run_url", "html_url"];

fn has_all(value: &Value, required: &[&str]) {
    for field in required {
        assert!(value.get(field).is_some(), "no {field} in {value}");
    }
}

#[tokio::test]
async fn answers_have_what_the_published_description_requires() {
    let name = || vec!["A".to_owned()];
    let holds = Holds {
        repository: "acme/greenlang".to_owned(),
        names: [("actions/secrets".to_owned(), name()), ("actions/variables".to_owned(), name())].into(),
        packages: [("greenlang".to_owned(), "private".to_owned())].into(),
        ..Holds::default()
    };
    let server = Github::start(holds).unwrap();
    let client = Client::at("github.com", Some(&server.url())).unwrap().with_token(TOKEN);
    let get =
        async |path: &str| -> Value { serde_json::from_slice(&client.get(path).await.unwrap()).unwrap() };
    let at = "repos/acme/greenlang/actions";
    let body = json!({ "ref": "main", "inputs": {}, "return_run_details": true });
    let dispatched = client.post(&format!("{at}/workflows/release.yml/dispatches"), &body).await.unwrap();
    let dispatched: Value = serde_json::from_slice(&dispatched).unwrap();
    has_all(&dispatched, &DISPATCHED);
    let runs = get(&format!("{at}/workflows/release.yml/runs")).await;
    has_all(&runs, &["total_count", "workflow_runs"]);
    let first = &runs["workflow_runs"][0];
    has_all(first, &RUN);
    has_all(&first["head_commit"], &COMMIT);
    has_all(&first["actor"], &USER);
    has_all(&first["repository"], &REPOSITORY);
    let addresses = first["repository"].as_object().unwrap().keys().filter(|key| key.ends_with("_url"));
    assert_eq!(addresses.count(), 36 + 1);
    let run = dispatched["workflow_run_id"].as_u64().unwrap();
    has_all(&get(&format!("{at}/runs/{run}")).await, &RUN);
    let jobs = get(&format!("{at}/runs/{run}/jobs")).await;
    has_all(&jobs, &["total_count", "jobs"]);
    has_all(&jobs["jobs"][0], &JOB);
    has_all(&jobs["jobs"][0]["steps"][1], &STEP);
    has_all(&get(&format!("{at}/secrets")).await["secrets"][0], &SECRET);
    has_all(&get(&format!("{at}/variables")).await["variables"][0], &VARIABLE);
    has_all(&get("orgs/acme/packages/container/greenlang").await, &PACKAGE);
}
