//! The steps of the repository's own actions.

use super::*;

/// A workflow that uses the action `./ci/release` of the repository, whose text this is.
fn with_action(around: &str, action: &str) -> Workflows {
    let workflow = format!(
        "on: push\njobs:\n  a:\n    steps:\n      - uses: ./ci/release\n        with: {{ code: '1', token: '${{{{ secrets.TOKEN }}}}' }}\n{around}"
    );
    let read = |file: &str, text: &str| Ok((PathBuf::from(file), text.to_owned()));
    let actions = LocalActions::from([
        ("ci/release".into(), read("ci/release/action.yml", action)),
        (
            "ci/sign".into(),
            read(
                "ci/sign/action.yaml",
                "runs:\n  using: composite\n  steps:\n    - run: cosign sign x\n      shell: bash\n",
            ),
        ),
        (
            "ci/loop".into(),
            read("ci/loop/action.yml", "runs:\n  using: composite\n  steps:\n    - uses: ./ci/loop\n"),
        ),
        ("ci/node".into(), read("ci/node/action.yml", "runs:\n  using: node20\n  main: index.js\n")),
    ]);
    parse(&[(PathBuf::from("release.yml"), workflow)], &actions)
}

const ACTION: &str = "inputs:\n  code: {}\n  push:\n    default: true\nruns:\n  using: composite\n  steps:\n    - uses: docker/login-action@v3\n      with: { password: '${{ inputs.token }}' }\n    - uses: docker/build-push-action@v6\n      with: { push: '${{ inputs.push }}' }\n    - uses: aquasecurity/trivy-action@v1\n      with:\n        image-ref: x@${{ inputs.digest }}\n        exit-code: ${{ inputs.code }}\n    - uses: ./ci/sign\n";

#[test]
fn the_steps_of_an_action_of_the_repository_count_where_they_stand() {
    let found = with_action("", ACTION);
    let steps: Vec<String> = found
        .steps
        .iter()
        .map(|step| format!("{:?} {} {}", step.step, step.at, step.disarmed.is_none()))
        .collect();
    assert_eq!(
        steps,
        [
            "Push ci/release/action.yml:10 true",
            "Scan ci/release/action.yml:12 true",
            "Sign ci/sign/action.yaml:4 true"
        ]
    );
    let needs = &found.releasing[0].needs;
    assert_eq!(
        needs.iter().map(|need| format!("{} {}", need.name, need.at)).collect::<Vec<_>>(),
        ["TOKEN release.yml:6"]
    );
    let lenient = with_action("        continue-on-error: true\n", ACTION);
    let at = lenient.steps.iter().map(|step| step.disarmed.as_ref().unwrap().at.to_string());
    assert_eq!(at.collect::<Vec<_>>(), ["release.yml:7"; 3]);
    let toothless =
        with_action("", &ACTION.replace("inputs.code }", "inputs.none }").replace("${{ inputs.none }}", "0"));
    assert_eq!(toothless.steps[1].disarmed.as_ref().unwrap().at.to_string(), "ci/release/action.yml:15");
}

#[test]
fn an_action_that_cannot_be_read_costs_its_own_step() {
    let troubles = |action: &str| {
        let found = with_action("      - run: docker push x\n", action);
        assert_eq!(found.steps.last().map(|step| step.step), Some(Push));
        found.troubles.iter().map(|trouble| format!("{}: {}", trouble.at, trouble.value)).collect::<Vec<_>>()
    };
    let using = |used: &str| format!("runs:\n  using: composite\n  steps:\n    - uses: {used}\n");
    assert!(
        troubles(&using("./ci/none"))[0]
            .starts_with("ci/release/action.yml:4: the action ./ci/none was not found")
    );
    assert!(troubles(&using("./ci/loop"))[0].contains("more than 10 deep"));
    assert_eq!(troubles(&using("./ci/node")), Vec::<String>::new());
    assert_eq!(troubles(&using("./../elsewhere")), Vec::<String>::new());
    assert!(troubles("runs:\n  using: [")[0].starts_with("ci/release/action.yml:"));
}

#[test]
fn an_action_that_cannot_be_looked_into_may_have_done_anything() {
    let claim = "      - run: echo '✅ images signed'\n";
    let after = |uses: &str| {
        let used = format!("      - uses: {uses}\n{claim}");
        let found = with_action(
            &used,
            "runs:\n  using: composite\n  steps:\n    - run: docker push x\n      shell: bash\n",
        );
        let opaque: Vec<String> = found.opaque.iter().map(ToString::to_string).collect();
        (opaque, found.hollow.len())
    };
    let opaque = |at: &str| (vec![at.to_owned()], 0);
    assert_eq!(after("./ci/node"), opaque("release.yml:7"));
    assert_eq!(after("./ci/missing"), opaque("release.yml:7"));
    assert_eq!(after("./ci/loop"), opaque("ci/loop/action.yml:4"), "where it was not followed any more");
    assert_eq!(after("./ci/release"), (vec![], 1), "it was looked into, and signs nothing");
}
