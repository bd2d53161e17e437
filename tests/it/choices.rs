//! What `rollcast recommend` answers to the questions that people arrive with.

use std::fs;

use serde_json::Value;

use crate::cli::{rollcast, succeeds, text};

/// A service of 12 pods that take 45 s to start. Six nodes are full, three are spare with room for six pods each.
const ORDERS: &str = "
deployment:
  metadata: {name: orders, namespace: shop}
  spec:
    replicas: 12
    selector: {matchLabels: {app: orders}}
    template:
      metadata: {labels: {app: orders}}
      spec:
        containers:
          - name: app
            image: example/orders
            resources: {requests: {cpu: 600m, memory: 1152Mi}}
            readinessProbe: {httpGet: {port: 80}, periodSeconds: 5}
pods: {warmUp: {lognormal: {p50: 45s, p99: 70s}}}
cluster: {nodes: [{count: 6, used: {cpu: 2600m}}, {count: 3}]}
sweep: {maxSurge: [0, 1, 25%, 50%, 100%], maxUnavailable: [0, 1, 25%]}
objectives: [availability: 90%, p95 duration_s <= 10m]
replications: 400
";

/// A Deployment as `kubectl` prints it, without any word about rollouts.
const LIVE: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: live}
spec:
  replicas: 8
  selector: {matchLabels: {app: live}}
  template:
    metadata: {labels: {app: live}}
    spec:
      containers: [{name: app, image: example/live, readinessProbe: {httpGet: {port: 80}}}]
";

struct Question {
    place: tempfile::TempDir,
}

impl Question {
    fn of(text: &str) -> Self {
        let place = tempfile::tempdir().expect("a temporary directory");
        fs::write(place.path().join("input.yaml"), text).expect("room on the disk");
        Self { place }
    }

    fn arguments<'a>(file: &'a str, rest: &[&'a str]) -> Vec<&'a str> {
        [&["recommend", file, "--quiet", "--what-if", "none"], rest].concat()
    }

    fn file(&self) -> String {
        self.place.path().join("input.yaml").display().to_string()
    }

    fn text(&self, rest: &[&str]) -> String {
        succeeds(&Self::arguments(&self.file(), rest))
    }

    /// The only case of the JSON answer.
    fn case(&self, rest: &[&str]) -> Value {
        let mut answer: Value =
            serde_json::from_str(&self.text(&[rest, &["--format", "json"]].concat())).expect("valid JSON");
        answer["cases"][0].take()
    }
}

fn strategy(case: &Value, place: &Value) -> Value {
    case["strategies"][place.as_u64().expect("a place") as usize].clone()
}

fn chosen(case: &Value) -> Value {
    strategy(case, &case["recommended"]["strategy"])
}

/// With 45 s of start-up, three spare nodes, ten minutes and 90 %, no answer takes a pod away.
#[test]
fn the_recommended_strategy_keeps_every_pod_where_that_costs_no_time_that_matters() {
    let case = Question::of(ORDERS).case(&[]);
    let best = chosen(&case);
    assert_eq!(
        (best["parameters"]["maxSurge"].as_str(), best["parameters"]["maxUnavailable"].as_str()),
        (Some("50%"), Some("0"))
    );
    assert_eq!(best["min_available_p05"]["value"], 12.0);
    assert_eq!((case["zone_s"].as_f64(), case["namespace"].as_str()), (Some(60.0), Some("shop")));
    let fastest = strategy(&case, &case["fastest"]);
    let p95 = |one: &Value| one["duration_s_p95"]["value"].as_f64().expect("a p95");
    assert!(p95(&best) <= p95(&fastest) + 60.0 && fastest["min_available_p05"]["value"] == 11.0);
    // Six fewer pods at once would do, for a service that is slower by minutes.
    assert!(p95(&strategy(&case, &case["least_room"])) > p95(&best) + 60.0);
    assert!(case["recommended"]["available"].as_f64() >= Some(12.0), "{}", case["recommended"]);
    assert!(
        case["recommended"]["gains"][0].as_str().is_some_and(|text| text.starts_with("12 of 12 pods stay available"))
    );
}

/// On three nodes in all there is room for six pods more: twelve would only wait for a node.
#[test]
fn pods_for_which_there_is_no_room_are_not_recommended() {
    let question = Question::of(ORDERS);
    let three = ["--set", "cluster.nodes=3"];
    let case = question.case(&three);
    let best = chosen(&case);
    assert_eq!((best["parameters"]["maxSurge"].as_str(), best["has_room"].as_bool()), (Some("50%"), Some(true)));
    let without = case["strategies"].as_array().expect("a list").iter().filter(|one| one["has_room"] == false).count();
    assert_eq!(without, 3, "those with maxSurge 100%");
    // Where only such a strategy is fast enough, the answer says what the nodes take.
    let all = question.text(&[&three[..], &["--set", "sweep={maxSurge: [100%], maxUnavailable: [0]}"]].concat());
    assert!(all.contains("! maxSurge 100%, maxUnavailable 0: the nodes have room for 6 of the 12 extra pods"), "{all}");
    // Where nothing is swept, as many pods as the nodes have room for are among the strategies.
    let unswept = ["--set", "sweep=null", "--set", "cluster.nodes=[{count: 2}, {count: 1, used: {cpu: 2300m}}]"];
    let case = question.case(&unswept);
    let surges: Vec<_> =
        case["strategies"].as_array().expect("a list").iter().map(|one| &one["parameters"]["maxSurge"]).collect();
    assert!(surges.iter().any(|surge| **surge == "2") && chosen(&case)["has_room"] == true, "{surges:?}");
}

/// The most natural first objective on a bare manifest does not halve the service: the floor of 90 % stays.
#[test]
fn an_objective_of_time_alone_keeps_the_default_floor() {
    let question = Question::of(LIVE);
    let fast = ["--set", "objectives=[p95 duration_s <= 10m]"];
    let out = question.text(&fast);
    assert!(out.contains(
        "! No objective is about available pods: the default floor is asked for besides, availability: 90%."
    ));
    assert!(out.contains("at least 90% available in 95 of 100 rollouts") && out.contains("maxUnavailable 0."), "{out}");
    let case = question.case(&fast);
    assert_eq!(chosen(&case)["min_available_p05"]["value"], 8.0);
    let by_default: Vec<bool> = case["strategies"][0]["objectives"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|one| one["default"].as_bool())
        .collect();
    assert_eq!(by_default, [false, true]);
    // A written share replaces it, also a lower one, and with 0 availability is no objective; yet pods are not given away.
    for (share, most) in [("50%", 10), ("0", 10)] {
        let objectives = format!("objectives=[availability: {share}, p95 duration_s <= {most}m]");
        let case = question.case(&["--set", &objectives]);
        assert_eq!(chosen(&case)["min_available_p05"]["value"], 8.0, "{share}");
        assert!(case["remarks"].as_array().is_some_and(Vec::is_empty), "{share}");
        let unavailable = |one: &&Value| one["parameters"]["maxUnavailable"] == "50%" && one["qualifies"] == true;
        assert!(case["strategies"].as_array().expect("a list").iter().find(unavailable).is_some(), "{share}");
    }
}

/// What is to be pasted carries the namespace, and nothing else is on standard output.
#[test]
fn lines_patch_and_markdown_can_be_pasted() {
    let question = Question::of(ORDERS);
    let patch = question.text(&["--format", "patch"]);
    let wanted = "kubectl patch deployment orders -n shop -p \
                  '{\"spec\":{\"strategy\":{\"rollingUpdate\":{\"maxSurge\":\"50%\",\"maxUnavailable\":0}}}}'\n";
    assert_eq!(patch, wanted);
    let yaml = question.text(&["--format", "yaml"]);
    assert!(
        yaml.ends_with("spec:\n  strategy:\n    rollingUpdate:\n      maxSurge: 50%\n      maxUnavailable: 0\n"),
        "{yaml}"
    );
    let markdown = question.text(&["--format", "markdown"]);
    for part in [
        "### orders: use maxSurge 50%, maxUnavailable 0\n",
        "| ★ recommended |",
        "```yaml\nspec:\n",
        "**Gain:** 12 of 12",
    ] {
        assert!(markdown.contains(part), "{part}: {markdown}");
    }
    let file = question.file();
    let never = ["--set", "objectives=[p95 duration_s <= 1s]", "--format", "patch"];
    let none = rollcast(&Question::arguments(&file, &never));
    assert_eq!(none.status.code(), Some(1));
    assert!(
        text(&none.stdout).starts_with("# Deployment orders, namespace shop: no strategy"),
        "{}",
        text(&none.stdout)
    );
}
