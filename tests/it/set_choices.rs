//! What is recommended for StatefulSets and DaemonSets, and what the live page moves of them.

use serde_json::{Value, json};

use crate::cli::{refuses, rollcast, succeeds, text};
use crate::serve::{Server, printed_by};

const LEDGER: &str = "experiments/manifests/ledger.yaml";
const AGENT: &str = "experiments/manifests/agent.yaml";
const GATE: [&str; 2] = ["--set", "featureGates={MaxUnavailableStatefulSet: true}"];
const NODES: [&str; 2] = ["--set", "cluster.nodes=8"];

fn recommend(file: &str, more: &[&str]) -> Value {
    let arguments = [
        &[
            "recommend",
            file,
            "--set",
            "pods.crash=0",
            "--replications",
            "200",
            "--ceiling",
            "400",
            "--quiet",
            "--what-if",
            "none",
        ],
        more,
    ]
    .concat();
    let found = rollcast(&[&arguments[..], &["--format", "json"]].concat());
    serde_json::from_str(&text(&found.stdout)).unwrap_or_else(|error| panic!("{error}: {}", text(&found.stderr)))
}

#[test]
fn a_stateful_set_without_the_gate_keeps_its_policy() {
    let answer = recommend(LEDGER, &[]);
    let case = &answer["cases"][0];
    assert_eq!(
        (&case["kind"], &case["deployment"], &case["namespace"]),
        (&json!("StatefulSet"), &json!("ledger"), &json!("shop"))
    );
    let names: Vec<&Value> =
        case["strategies"].as_array().expect("a list").iter().map(|one| &one["parameters"]).collect();
    assert_eq!(names, [&json!({"podManagementPolicy": "OrderedReady"}), &json!({"podManagementPolicy": "Parallel"})]);
    assert_eq!(case["strategies"][0]["stalled_rate"]["value"], Value::Null);
    assert_eq!(case["recommended"]["strategy"], 0, "a new object gains nothing: {case}");
    assert_eq!(answer["default_objectives"], json!(["p05 min_available >= 4", "completed_rate >= 95%"]));
    let said = succeeds(&[
        "recommend",
        LEDGER,
        "--set",
        "pods.crash=0",
        "--replications",
        "200",
        "--ceiling",
        "400",
        "--quiet",
        "--method",
        "--what-if",
        "none",
    ]);
    for part in [
        "ledger, 5 replicas.",
        "unfinished",
        "there is nothing to change",
        "maxUnavailable has no effect, because its feature gate MaxUnavailableStatefulSet is off",
        "takes a new object, because nobody can change podManagementPolicy",
    ] {
        assert!(said.split_whitespace().collect::<Vec<_>>().join(" ").contains(part), "{part}: {said}");
    }
    assert!(!said.contains("stall more"), "{said}");
}

#[test]
fn what_is_patched_of_a_stateful_set_has_its_path_and_its_policy_has_none() {
    let wanted =
        ["--set", "objectives=[availability: 40%, completed_rate >= 90%]", "--set", "sweep={maxUnavailable: [1, 2]}"];
    let answer = recommend(LEDGER, &[&GATE[..], &wanted].concat());
    let best = &answer["cases"][0]["recommended"];
    assert_eq!(best["patch"], json!({"spec": {"updateStrategy": {"rollingUpdate": {"maxUnavailable": 2}}}}), "{best}");
    assert_eq!(best["yaml"], json!(["updateStrategy:", "  rollingUpdate:", "    maxUnavailable: 2"]));
    assert!(
        best["command"].as_str().is_some_and(|text| text.starts_with("kubectl patch statefulset ledger -n shop -p '{"))
    );
    let swept = [
        "--set",
        "sweep={podManagementPolicy: [Parallel]}",
        "--set",
        "objectives=[completed_rate >= 90%, availability: 50%]",
    ];
    let answer = recommend(LEDGER, &swept);
    let best = &answer["cases"][0]["recommended"];
    assert_eq!(
        (&best["patch"], &best["command"], &best["yaml"]),
        (&Value::Null, &Value::Null, &json!(["podManagementPolicy: Parallel"]))
    );
    assert!(
        best["by_hand"]
            .as_str()
            .is_some_and(|text| text.contains("kubectl delete statefulset ledger -n shop --cascade=orphan"))
    );
    let printed = [
        "recommend",
        LEDGER,
        "--set",
        "pods.crash=0",
        "--replications",
        "200",
        "--ceiling",
        "400",
        "--quiet",
        "--format",
        "patch",
    ];
    let printed = succeeds(&[&printed[..], &swept].concat());
    assert!(printed.lines().all(|line| line.starts_with('#')) && printed.contains("--cascade=orphan"), "{printed}");
}

#[test]
fn a_daemon_set_is_told_to_surge_where_its_nodes_have_room() {
    let answer = recommend(AGENT, &NODES);
    let case = &answer["cases"][0];
    assert_eq!((&case["kind"], &case["replicas"]), (&json!("DaemonSet"), &json!(8)));
    let best = &case["recommended"];
    assert_eq!(
        best["patch"],
        json!({"spec": {"updateStrategy": {"rollingUpdate": {"maxSurge": "100%", "maxUnavailable": 0}}}}),
        "{best}"
    );
    let markdown = [
        "recommend",
        AGENT,
        "--set",
        "pods.crash=0",
        NODES[0],
        NODES[1],
        "--replications",
        "200",
        "--ceiling",
        "400",
        "--quiet",
        "--format",
        "markdown",
    ];
    let said = succeeds(&markdown);
    assert!(
        said.contains("updateStrategy:\n    rollingUpdate:\n      maxSurge: 100%") && said.contains("8 nodes"),
        "{said}"
    );
    // Two pods that ask for the same port are never on one node.
    let port = "daemonSet={metadata: {name: agent}, spec: {template: {spec: {containers: [{name: app, image: app, ports: [{containerPort: 9100, hostPort: 9100}]}]}}}}";
    let folder = tempfile::tempdir().expect("a temporary directory");
    let file = folder.path().join("experiment.yaml");
    std::fs::write(&file, format!("{}\n", port.replacen('=', ": ", 1))).expect("room on the disk");
    let answer = recommend(&file.display().to_string(), &NODES);
    assert_eq!(answer["default_objectives"], json!(["p05 min_available >= 7", "completed_rate >= 95%"]));
    let best = &answer["cases"][0]["recommended"];
    assert_eq!(best["parameters"], json!({"maxSurge": "0", "maxUnavailable": "1"}), "{answer}");
}

#[test]
fn a_set_that_waits_for_somebody_has_no_strategy() {
    for command in ["recommend", "why", "serve"] {
        refuses(&[command, LEDGER, "--set", "updateStrategy=OnDelete"], &["updateStrategy is OnDelete"]);
    }
}

/// The page asks about a set what `run` would, and has the controls that its kind has.
#[test]
fn the_live_page_moves_what_a_set_has() {
    for (more, names, values, word) in [
        (
            &[LEDGER][..],
            &["podManagementPolicy", "partition", "minReadySeconds", "replicas", "startUp", "nodes"][..],
            &[("podManagementPolicy", "Parallel"), ("partition", "2")][..],
            "5 replicas",
        ),
        (
            &[LEDGER, GATE[0], GATE[1]],
            &["podManagementPolicy", "maxUnavailable", "partition", "minReadySeconds", "replicas", "startUp", "nodes"],
            &[("maxUnavailable", "2")],
            "5 replicas",
        ),
        (
            &[AGENT, NODES[0], NODES[1]],
            &["maxSurge", "maxUnavailable", "minReadySeconds", "startUp", "nodes"],
            &[("maxUnavailable", "3"), ("nodes", "9")],
            "9 nodes",
        ),
    ] {
        let server = Server::start(&[more, &["--replications", "50"]].concat());
        let start = server.begin();
        let controls = start["controls"].as_array().expect("a list");
        let known: Vec<&str> = controls.iter().filter_map(|one| one["name"].as_str()).collect();
        assert_eq!(known, names);
        let (status, answer) = server.ask("page", 1, values);
        assert_eq!(status, 200, "{answer}");
        assert!(answer["title"].as_str().is_some_and(|title| title.starts_with(word)), "{}", answer["title"]);
        assert_eq!(answer["figures"][2]["name"], "Rollouts that are not complete at the horizon");
        let command = answer["command"].as_str().expect("a command");
        assert_eq!(answer["result"], printed_by(command), "{command}");
        let (_, wrong) = server.ask("page", 2, &[("minReadySeconds", "soon")]);
        assert!(wrong["error"]["message"].is_string(), "{wrong}");
    }
    let (_, wrong) =
        Server::start(&[LEDGER, "--replications", "20"]).ask("page", 1, &[("podManagementPolicy", "Both")]);
    assert_eq!(
        wrong["error"],
        json!({"control": "podManagementPolicy", "message": "expected OrderedReady or Parallel"})
    );
}

/// The parts of the time of an update are the whole time, whether its nodes have one pod at a time or two.
#[test]
fn why_explains_a_daemon_set() {
    for (more, part, line) in [
        (
            &[][..],
            "until old pods had ended",
            "maxUnavailable 1 let 7 of these pods go only after another one was available",
        ),
        (&["--set", "maxSurge=2", "--set", "maxUnavailable=0"], "pulling the image", "maxSurge, which is 2 here, lets"),
    ] {
        let arguments = [&["why", AGENT, "--replications", "40", "--quiet"], &NODES[..], more].concat();
        let said = succeeds(&arguments).replace('\n', " ");
        for part in [part, line, "What helps, tried in the same 40 rollouts:", "maxSurge 100% instead of"] {
            assert!(said.contains(part), "{part}: {said}");
        }
        assert!(!said.contains("one more node") && !said.contains("Recreate"), "{said}");
        let answer: Value =
            serde_json::from_str(&succeeds(&[&arguments[..], &["--format", "json"]].concat())).expect("JSON");
        assert_eq!(answer["stalled"], Value::Null);
        for shown in answer["shown"].as_array().expect("a list") {
            let sum: f64 =
                shown["parts"].as_array().expect("a list").iter().filter_map(|part| part["seconds"].as_f64()).sum();
            let whole = shown["duration_s"].as_f64().expect("a duration");
            assert!((sum - whole).abs() < 1e-6, "{sum} {whole}");
            let controllers =
                shown["parts"].as_array().expect("a list").iter().find(|part| part["part"] == "controllers");
            let share = controllers.and_then(|part| part["seconds"].as_f64()).unwrap_or(0.0) / whole;
            assert!(share < 0.2, "pods decide, and not controllers: {share}");
        }
    }
}

/// Two points of a sweep over a set are compared by what has a meaning for it, and one that updates fewer pods is told from one that is
/// faster.
#[test]
fn points_of_a_set_are_compared() {
    let compare = |file: &str, second: &str, more: &[&str]| {
        succeeds(&[&["compare", file, "0", second, "--replications", "20", "--quiet"], more].concat())
    };
    let canary = compare("experiments/statefulset-canary.yaml", "2", &[]);
    let said = canary.replace('\n', " ");
    assert!(
        said.contains("partition, which decides how many pods are updated") && !canary.contains("stalled_rate"),
        "{canary}"
    );
    assert!(!compare("experiments/statefulset-canary.yaml", "1", &[]).contains("partition, which"));
    let swept = ["--set", "sweep={maxUnavailable: [1, 2]}", "--set", "cluster.nodes=6"];
    let json = compare(AGENT, "1", &[&swept[..], &["--format", "json"]].concat());
    let json: Value = serde_json::from_str(&json).expect("JSON");
    let rows = json["differences"].as_array().expect("a list");
    let of = |metric: &str| rows.iter().find(|row| row["metric"] == metric).expect("a row");
    assert_eq!((&of("stalled_rate")["difference"], &of("stalled_rate")["n"]), (&Value::Null, &json!(0)));
    assert!(of("duration_s")["difference"].as_f64().is_some_and(|less| less < 0.0), "{json}");
}
