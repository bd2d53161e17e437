//! Pods of others that stand on the Nodes of the input, each alone deciding whether a rollout completes.

use crate::admission::{manifest, outcome, output, says};

/// Four nodes with 4 CPU; three of them have a pod of the Deployment, and the fourth has room for the surge.
fn nodes(count: usize) -> String {
    (1..=count).map(|number| {
        format!(
            "---\napiVersion: v1\nkind: Node\nmetadata: {{name: n{number}, labels: {{kubernetes.io/hostname: n{number}}}}}\nstatus: \
             {{allocatable: {{cpu: \"4\", memory: 8Gi, pods: \"10\"}}}}\n"
        )
    }).collect()
}

fn pod(name: &str, node: &str, cpu: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: data, labels: {{app: {name}}}}}\nspec: {{nodeName: {node}, \
         containers: [{{name: a, resources: {{requests: {{cpu: {cpu}}}}}}}]}}\nstatus: {{phase: Running}}\n"
    )
}

const THREE_CPU: &str = ", resources: {requests: {cpu: 3}}";
const SPREAD_BESIDE_DB: &str = ", affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{labelSelector: \
                                {matchLabels: {app: db}}, namespaces: [data], topologyKey: kubernetes.io/hostname}]}}";

#[test]
fn what_they_ask_for_is_not_free() {
    let with = |pods: &str| outcome(&manifest(THREE_CPU, "", &(nodes(4) + pods)), &[]);
    assert_eq!(with(""), None);
    assert_eq!(with(&pod("db", "n4", "1")), None, "3 CPU are left");
    assert_eq!(with(&pod("db", "n4", "1500m")), Some("capacity"));
    assert_eq!(with(&pod("db", "n4", "1500m").replace("Running", "Failed")), None, "it has ended");
    assert_eq!(
        with(&pod("web", "n4", "3").replace("namespace: data", "namespace: shop")),
        None,
        "its own are not others'"
    );
}

#[test]
fn workloads_that_no_pod_shows_are_spread_over_the_nodes() {
    let set = |replicas: u32, cpu: &str| {
        format!(
            "---\napiVersion: apps/v1\nkind: StatefulSet\nmetadata: {{name: db, namespace: data}}\nspec: {{replicas: {replicas}, template: \
             {{metadata: {{labels: {{app: db}}}}, spec: {{containers: [{{name: a, resources: {{requests: {{cpu: {cpu}}}}}}}]}}}}}}\n"
        )
    };
    let with = |beside: String| outcome(&manifest(THREE_CPU, "", &(nodes(5) + &beside)), &[]);
    assert_eq!(with(set(2, "1")), None);
    assert_eq!(with(set(2, "2")), Some("capacity"), "two of the five nodes are too full");
    assert_eq!(
        with(set(2, "2") + &pod("db", "n4", "2")),
        None,
        "Pods of the namespace are there, and only one of them takes room"
    );
    let told = manifest(THREE_CPU, "", &(nodes(5) + &set(2, "1")));
    says(&told, "2 pods of others are taken to be spread over the Nodes");
}

#[test]
fn terms_about_their_labels_count_them() {
    let with = |pods: &str| outcome(&manifest("", SPREAD_BESIDE_DB, &(nodes(4) + pods)), &[]);
    assert_eq!(with(&pod("cache", "n1", "1")), None);
    let everywhere: String = ["n1", "n2", "n3"].iter().map(|node| pod("db", node, "1")).collect();
    assert_eq!(with(&everywhere), None, "the fourth node takes them all");
    // Its own pods run, and no new one fits beside a database on each node.
    assert_eq!(with(&(everywhere + &pod("db", "n4", "1"))), Some("capacity"));
}

#[test]
fn written_nodes_and_written_use_take_their_place() {
    let full = manifest(THREE_CPU, "", &(nodes(4) + &pod("db", "n4", "1500m")));
    assert_eq!(outcome(&full, &["--set", "cluster.used.cpu=0"]), None);
    assert_eq!(outcome(&full, &["--set", "cluster.nodes=4"]), None);
}

#[test]
fn a_port_of_the_node_that_one_of_them_has_is_taken() {
    let ports = ", ports: [{containerPort: 80, hostPort: 80}]";
    let with = |port: &str| {
        let ingress = pod("ingress", "n4", "1")
            .replace("[{name: a,", &format!("[{{name: a, ports: [{{containerPort: 80, hostPort: {port}}}],"));
        outcome(&manifest(ports, "", &(nodes(4) + &ingress)), &[])
    };
    assert_eq!(with("8080"), None);
    assert_eq!(with("80"), Some("capacity"));
}

/// Three nodes are tainted after pods of the Deployment came to them, and three others are free.
#[test]
fn its_own_pods_run_where_the_input_shows_them() {
    let all = nodes(6);
    let (first, rest) = all.split_at(all.find("name: n4").expect("six nodes"));
    let taint = "}}\nspec: {taints: [{key: maintenance, effect: NoSchedule}]}\nstatus";
    let tainted = first.replace("}}\nstatus", taint) + rest;
    assert_eq!(
        outcome(&manifest(THREE_CPU, "", &tainted), &[]),
        Some("capacity"),
        "three nodes for three pods and a surge"
    );
    let own = |nodes: [&str; 3]| -> String {
        nodes.iter().map(|node| pod("web", node, "3").replace("namespace: data", "namespace: shop")).collect()
    };
    let with = |nodes| outcome(&manifest(THREE_CPU, "", &(tainted.clone() + &own(nodes))), &[]);
    let free = ["n1", "n2", "n3"];
    assert_eq!(with(free), None, "the others are free");
    let (_, told) = output(&manifest(THREE_CPU, "", &(tainted.clone() + &own(free))));
    assert!(!told.contains("cannot roll"), "the old pods take no room on the others: {told}");
    assert_eq!(with(["n4", "n5", "n6"]), Some("capacity"));
    // Fewer run than are wanted, and there is no room for the others.
    let two = nodes(4).replacen("}}\nstatus", taint, 2);
    let (code, told) = output(&manifest(THREE_CPU, "", &two));
    let reason = "fewer than replicas 3 (2 Nodes were left out, n1 among them: its taint maintenance is not tolerated)";
    assert!(code == Some(2) && told.contains(reason), "{code:?} {told}");
}
