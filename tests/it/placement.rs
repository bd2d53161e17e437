//! Where pods may go and why they do not: labels of nodes, affinity, taints, and the reason that the scheduler gives. In each
//! world one rule alone decides.

use std::fs;

use crate::cli::{rollcast, text};

/// A Deployment whose pods ask for little, with more of its spec.
fn deployment(replicas: u32, spec: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web, namespace: shop}}\nspec:\n  replicas: {replicas}\n  \
         selector: {{matchLabels: {{app: web}}}}\n  template:\n    metadata: {{labels: {{app: web}}}}\n    spec:\n      \
         containers: [{{name: web, image: \"web:1\", resources: {{requests: {{cpu: 100m, memory: 64Mi}}}}}}]\n      {spec}\n"
    )
}

/// A Node with room for many pods, with labels and a spec.
fn node(name: &str, labels: &str, spec: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: Node\nmetadata: {{name: {name}, labels: {{{labels}}}}}\nspec: {{{spec}}}\nstatus: {{allocatable: \
         {{cpu: \"8\", memory: 32Gi, pods: \"110\"}}}}\n"
    )
}

/// Two nodes in each of two racks.
fn racks() -> String {
    (0..4).map(|number| node(&format!("n{number}"), ["rack: a", "rack: b"][number / 2], "")).collect()
}

fn answer(command: &[&str], manifest: &str) -> String {
    let place = tempfile::tempdir().expect("a temporary directory");
    let path = place.path().join("given.yaml");
    fs::write(&path, manifest).expect("room on the disk");
    let name = path.display().to_string();
    let output = rollcast(&[&command[..1], &[&name], &command[1..]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    text(&output.stdout) + &text(&output.stderr)
}

fn run(manifest: &str) -> String {
    answer(&["run", "--replications", "10"], manifest)
}

fn completes(manifest: &str) {
    let answer = run(manifest);
    assert!(
        answer.contains("none of 10") && !answer.contains("completed") && !answer.contains("CONDITIONAL"),
        "{answer}"
    );
}

/// Every rollout stalls, and the scheduler says why.
fn stalls(manifest: &str, message: &str) {
    let answer = run(manifest);
    let words = answer.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("stalled 100%") && !answer.contains("CONDITIONAL"), "{answer}");
    let sentence = format!("100% of the stalled rollouts wait for a node: {message}.");
    assert!(words.contains(&sentence), "{answer}");
    let trace = answer_lines(manifest, "Unschedulable");
    assert!(trace.iter().all(|line| line.ends_with(message)) && !trace.is_empty(), "{trace:?}");
}

fn answer_lines(manifest: &str, word: &str) -> Vec<String> {
    answer(&["trace"], manifest).lines().filter(|line| line.contains(word)).map(str::to_owned).collect()
}

/// The nodes that the pods of the new version are bound to, in order.
fn nodes_of(manifest: &str) -> Vec<String> {
    let lines = answer_lines(manifest, "  Scheduled ");
    lines.iter().map(|line| line.rsplit(' ').next().expect("a node").to_owned()).collect()
}

fn term(kind: &str, fields: &str) -> String {
    format!(
        "affinity: {{{kind}: {{requiredDuringSchedulingIgnoredDuringExecution: [{{labelSelector: {{matchLabels: {{app: web}}}}, \
         {fields}}}]}}}}"
    )
}

fn spread(fields: &str) -> String {
    format!(
        "topologySpreadConstraints: [{{maxSkew: 1, whenUnsatisfiable: DoNotSchedule, labelSelector: {{matchLabels: {{app: web}}}}, \
         {fields}}}]"
    )
}

/// Two pods in two racks keep a third one out of both; by node there would be two nodes without one.
#[test]
fn anti_affinity_holds_by_any_label() {
    let by_rack = deployment(2, &term("podAntiAffinity", "topologyKey: rack")) + &racks();
    stalls(&by_rack, "0/4 nodes are available: 4 node(s) didn't match pod anti-affinity rules");
    completes(&(deployment(2, &term("podAntiAffinity", "topologyKey: kubernetes.io/hostname")) + &racks()));
    let by_template = "topologyKey: rack, matchLabelKeys: [pod-template-hash]";
    completes(&(deployment(2, &term("podAntiAffinity", by_template)) + &racks()));
}

/// All old pods are in one rack, which the new ones must share. The first pods choose it.
#[test]
fn affinity_keeps_pods_in_the_domain_of_the_first() {
    let spec = term("podAffinity", "topologyKey: rack");
    let nodes = nodes_of(&(deployment(4, &spec) + &racks()));
    assert!(nodes.iter().all(|node| ["node-0", "node-1"].contains(&node.as_str())), "{nodes:?}");
    assert_eq!(nodes.len(), 4);
    let free = nodes_of(&(deployment(4, "") + &racks()));
    assert!(free.iter().any(|node| ["node-2", "node-3"].contains(&node.as_str())), "{free:?}");
}

/// The third rack has one node, which is tainted: it counts as an empty rack unless the constraint honours taints.
#[test]
fn a_spread_by_any_label_names_the_tainted_domain() {
    let nodes = racks() + &node("n4", "rack: c", "taints: [{key: gpu, effect: NoSchedule}]");
    let tainted = deployment(2, &spread("topologyKey: rack")) + &nodes;
    stalls(
        &tainted,
        "0/5 nodes are available: 1 node(s) had untolerated taint(s), 4 node(s) didn't match pod topology spread constraints",
    );
    completes(&(deployment(2, &spread("topologyKey: rack, nodeTaintsPolicy: Honor")) + &nodes));
}

/// A rack that the pods do not choose counts only where the constraint ignores what they choose.
#[test]
fn a_spread_may_count_nodes_that_the_pods_do_not_choose() {
    let nodes =
        (0..4).map(|number| node(&format!("n{number}"), ["rack: a, disk: ssd", "rack: b, disk: ssd"][number / 2], ""));
    let nodes = nodes.collect::<String>() + &node("n4", "rack: c", "");
    let of = |policy: &str| {
        let spread = spread(&format!("topologyKey: rack{policy}"));
        deployment(2, &format!("nodeSelector: {{disk: ssd}}\n      {spread}")) + &nodes
    };
    completes(&of(""));
    stalls(
        &of(", nodeAffinityPolicy: Ignore"),
        "0/5 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, 4 node(s) didn't match pod topology \
         spread constraints",
    );
}

/// Two pods on the node that has the label; the other, with room for ten, has none.
#[test]
fn a_node_without_the_label_takes_no_pod_that_is_spread_by_it() {
    let nodes = node("n0", "rack: a", "").replace("pods: \"110\"", "pods: \"2\"") + &node("n1", "disk: ssd", "");
    stalls(
        &(deployment(2, &spread("topologyKey: rack")) + &nodes),
        "0/2 nodes are available: 1 Too many pods, 1 node(s) didn't match pod topology spread constraints (missing required \
         label)",
    );
}

#[test]
fn preferred_nodes_and_untainted_ones_come_first() {
    let preferred = "affinity: {nodeAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [{weight: 1, preference: \
        {matchExpressions: [{key: rack, operator: In, values: [b]}]}}]}}";
    let nodes = nodes_of(&(deployment(4, preferred) + &racks()));
    assert!(nodes.len() == 4 && nodes.iter().all(|node| ["node-2", "node-3"].contains(&node.as_str())), "{nodes:?}");
    let discouraging = |number: usize| if number == 2 { "" } else { "taints: [{key: spot, effect: PreferNoSchedule}]" };
    let tainted: String = (0..4).map(|number| node(&format!("n{number}"), "", discouraging(number))).collect();
    assert_eq!(nodes_of(&(deployment(4, "") + &tainted)), ["node-2"; 4]);
    let tolerant = nodes_of(&(deployment(4, "tolerations: [{key: spot, operator: Exists}]") + &tainted));
    assert_eq!(tolerant.iter().filter(|node| *node == "node-2").count(), 1, "{tolerant:?}");
}

/// What a label says cannot be known of nodes that the experiment writes itself.
#[test]
fn a_label_that_nobody_knows_is_told() {
    let by_rack = deployment(2, &term("podAntiAffinity", "topologyKey: rack"));
    let answer = run(&by_rack);
    assert!(answer.contains("CONDITIONAL") && answer.contains("it is about the label `rack` of the nodes"), "{answer}");
    assert!(answer.contains("podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution.topologyKey"), "{answer}");
}

#[test]
fn a_full_node_names_what_it_has_too_little_of() {
    let small = |amounts: &str| node("n0", "", "").replace("cpu: \"8\", memory: 32Gi, pods: \"110\"", amounts);
    let message = |what: &str| format!("0/1 nodes are available: 1 {what}");
    stalls(&(deployment(2, "") + &small("cpu: 200m, memory: 1Gi, pods: 9")), &message("Insufficient cpu"));
    stalls(&(deployment(2, "") + &small("cpu: 1, memory: 128Mi, pods: 9")), &message("Insufficient memory"));
    stalls(&(deployment(2, "") + &small("cpu: 1, memory: 1Gi, pods: 2")), &message("Too many pods"));
    let port =
        deployment(1, "").replace("image: \"web:1\",", "image: \"web:1\", ports: [{containerPort: 80, hostPort: 80}],");
    stalls(
        &(port + &small("cpu: 1, memory: 1Gi, pods: 9")),
        &message("node(s) didn't have free ports for the requested pod ports"),
    );
}

/// The page, the table and the answer for programs have the message too.
#[test]
fn every_form_of_the_answer_has_the_message() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let path = place.path().join("given.yaml");
    let manifest = deployment(2, &term("podAntiAffinity", "topologyKey: rack")) + &racks();
    fs::write(&path, manifest).expect("room on the disk");
    let (name, to) = (path.display().to_string(), place.path().join("result").display().to_string());
    let json = rollcast(&["run", &name, "--replications", "10", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).expect("an object");
    let message = "0/4 nodes are available: 4 node(s) didn't match pod anti-affinity rules";
    assert_eq!(json["no_node"], serde_json::json!({"message": message, "stalled_rollouts": 10, "of": 10}));
    let sweep = rollcast(&["sweep", &name, "--replications", "10", "--out", &to]);
    assert_eq!(sweep.status.code(), Some(0), "{}", text(&sweep.stderr));
    let read = |file: &str| fs::read_to_string(place.path().join("result").join(file)).expect("a file of the result");
    assert_eq!(read("stalls.csv"), format!("scenario,message,rollouts,stalled\n0,{message},10,10\n"));
    let page = read("report.html");
    assert!(page.contains("of the stalled rollouts wait for a node: "), "the page lacks the message");
    let redrawn = rollcast(&["report", &to]);
    assert_eq!(redrawn.status.code(), Some(0), "{}", text(&redrawn.stderr));
    assert_eq!(read("report.html"), page);
}

/// A pod of another owner on a node.
fn standing(name: &str, node: &str, spec: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: shop, labels: {{app: db}}}}\nspec: {{nodeName: {node}, \
         containers: [{{name: db, image: \"db:1\"}}]{spec}}}\nstatus: {{phase: Running}}\n"
    )
}

fn about(app: &str, kind: &str) -> String {
    term(kind, "topologyKey: rack").replace("app: web", &format!("app: {app}"))
}

/// The database is in rack b. Pods that want to be beside it go there, those that do not want it go elsewhere, and those that
/// it does not want itself go nowhere near it either.
#[test]
fn pods_of_others_attract_and_repel() {
    let db = standing("db-0", "n2", "");
    let in_rack = |manifest: &str, rack: [&str; 2]| {
        let nodes = nodes_of(manifest);
        assert!(nodes.len() == 4 && nodes.iter().all(|node| rack.contains(&node.as_str())), "{nodes:?}");
    };
    in_rack(&(deployment(4, &about("db", "podAffinity")) + &racks() + &db), ["node-2", "node-3"]);
    in_rack(&(deployment(4, &about("db", "podAntiAffinity")) + &racks() + &db), ["node-0", "node-1"]);
    let jealous = standing("db-0", "n2", &format!(", {}", about("web", "podAntiAffinity")));
    in_rack(&(deployment(4, "") + &racks() + &jealous), ["node-0", "node-1"]);
    // Weight 1 is enough where nothing but the neighbourhood differs: 200 points.
    let rather = "affinity: {podAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [{weight: 1, podAffinityTerm: \
        {labelSelector: {matchLabels: {app: db}}, topologyKey: rack}}]}}";
    in_rack(&(deployment(4, rather) + &racks() + &db), ["node-2", "node-3"]);
}

/// A node in each of two racks has a database that keeps the web away: no node is left once the old pods are to be replaced.
#[test]
fn neighbours_are_named_as_the_reason() {
    let away = format!(", {}", about("web", "podAntiAffinity"));
    let databases = standing("db-0", "n0", &away) + &standing("db-1", "n2", &away);
    stalls(
        &(deployment(2, "") + &racks() + &databases),
        "0/4 nodes are available: 4 node(s) didn't satisfy existing pods anti-affinity rules",
    );
    let alone = about("db", "podAffinity");
    let elsewhere = standing("cache-0", "n0", "").replace("app: db", "app: cache");
    stalls(
        &(deployment(2, &alone) + &racks() + &elsewhere),
        "0/4 nodes are available: 4 node(s) didn't match pod affinity rules",
    );
}

/// A pod of another owner counts for a spread that selects it: two in rack a leave room in rack b only.
#[test]
fn a_spread_counts_the_pods_of_others() {
    let spread = spread("topologyKey: rack")
        .replace("matchLabels: {app: web}", "matchExpressions: [{key: app, operator: Exists}]");
    let databases = standing("db-0", "n0", "") + &standing("db-1", "n1", "");
    let nodes = nodes_of(&(deployment(1, &spread) + &racks() + &databases));
    assert!(nodes.iter().all(|node| ["node-2", "node-3"].contains(&node.as_str())) && nodes.len() == 1, "{nodes:?}");
}

#[test]
fn gates_hold_pods_back_until_they_are_lifted() {
    let gated = deployment(2, "schedulingGates: [{name: example.com/wait}]") + &racks();
    stalls(&gated, "Scheduling is blocked due to non-empty scheduling gates");
    let lifted = answer(&["trace", "--set", "pods.gatesLifted=30s"], &gated);
    let times = lifted.lines().filter(|line| line.contains("  Scheduled "));
    let times: Vec<f64> = times.map(|line| line.trim().split(' ').next().unwrap().parse().expect("seconds")).collect();
    assert!(times.len() == 2 && times[0] > 30.0 && times[0] < 31.0 && times[1] > 60.0, "{times:?}");
    let without = answer_refused(&["run", "--set", "pods.gatesLifted=30s"], &(deployment(2, "") + &racks()));
    assert!(without.contains("the pod template has no schedulingGates"), "{without}");
}

fn answer_refused(command: &[&str], manifest: &str) -> String {
    let place = tempfile::tempdir().expect("a temporary directory");
    let path = place.path().join("given.yaml");
    fs::write(&path, manifest).expect("room on the disk");
    let output = rollcast(&[&command[..1], &[&path.display().to_string()], &command[1..]].concat());
    assert_ne!(output.status.code(), Some(0));
    text(&output.stderr)
}

/// All go to the node that they name, though it is cordoned; where it has room for the old ones only, its kubelet refuses every
/// new one, and each refused pod is replaced at once.
#[test]
fn pods_that_name_their_node_pass_the_scheduler_by() {
    let cordoned = node("n4", "rack: c", "unschedulable: true");
    let named = deployment(4, "nodeName: n4") + &racks() + &cordoned;
    assert_eq!(nodes_of(&named), ["node-0"; 4], "the one node that is left");
    completes(&named);
    let full = deployment(2, "nodeName: n4") + &racks() + &cordoned.replace("pods: \"110\"", "pods: \"2\"");
    let refused = answer(&["run", "--replications", "5", "--set", "horizon=1m"], &full);
    let words = refused.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("unfinished 100%"), "{refused}");
    let pods = answer(&["trace", "--set", "horizon=10s"], &full)
        .lines()
        .filter(|line| line.contains("its kubelet refused it"))
        .count();
    assert!(pods > 20, "{pods} pods were refused");
    completes(&full.replacen(
        "  replicas: 2",
        "  strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 1}}\n  replicas: 2",
        1,
    ));
}

/// Two Deployments that one spread is about, in a file without Nodes: where the other one's pods are nobody can know.
#[test]
fn another_deployment_that_a_spread_is_about_is_named() {
    let spread = spread("topologyKey: topology.kubernetes.io/zone").replace("app: web", "role: primary");
    let of = |name: &str, role: &str| {
        deployment(1, &spread)
            .replace("name: web, namespace", &format!("name: {name}, namespace"))
            .replace("app: web}", &format!("app: {name}, role: {role}}}"))
    };
    let both = |role: &str| of("one", "primary") + "---\n" + &of("two", role);
    let named = answer(&["run", "--deployment", "one", "--replications", "5"], &both("primary"));
    assert!(named.contains("Deployment two: the pods' topology spread or affinity is about its pods too"), "{named}");
    let other = answer(&["run", "--deployment", "one", "--replications", "5"], &both("replica"));
    assert!(!other.contains("Deployment two:"), "{other}");
}
