use super::*;
use crate::input::kubernetes::amounts::{Amounts, CPU, MEMORY, PODS};
use crate::input::kubernetes::manifest::Manifest;
use crate::input::tree::yaml::{documents, source};

const NODES: &str = "\
    {kind: Node, metadata: {name: n1}, status: {allocatable: {cpu: 4, memory: 8Gi, pods: 10}}}\n---\n\
    {kind: Node, metadata: {name: n2}, status: {allocatable: {cpu: 4, memory: 8Gi, pods: 10}}}\n---\n\
    {kind: Node, metadata: {name: n3}, spec: {taints: [{key: gpu, effect: NoSchedule}]}, status: {allocatable: {cpu: 4, memory: 8Gi, pods: 10}}}\n";

/// How many pods of others stand on each Node, what they take of its CPU, and the sentences; the subject is shop/web.
fn found(objects: &str) -> (Vec<usize>, Vec<u64>, Vec<String>) {
    let manifest = Manifest::read(vec![documents(&source(&format!("{NODES}---\n{objects}"))).unwrap().into()]).unwrap();
    let selector = crate::input::tree::yaml::node("{matchLabels: {app: web}}");
    let subject =
        Subject { kind: "Deployment", namespace: "shop", name: "web", selector: Some(selector.map().unwrap()) };
    let standing = manifest.standing(&[subject]).unwrap();
    let on = |number: usize| standing.pods.iter().filter(move |pod| pod.machine == number);
    let counts = (0..3).map(|number| on(number).count()).collect();
    let cpu = (0..3).map(|number| on(number).map(|pod| pod.request.get(CPU)).sum()).collect();
    (counts, cpu, standing.assumed)
}

fn pod(name: &str, rest: &str) -> String {
    format!(
        "{{kind: Pod, metadata: {{name: {name}, namespace: shop, labels: {{app: {name}}}}}, spec: {{containers: [{{resources: \
         {{requests: {{cpu: 500m, memory: 1Gi}}}}}}], {rest}\n---\n"
    )
}

#[test]
fn bound_pods_that_have_not_ended_and_are_not_its_own_stand_where_they_are() {
    let pods = pod("db", "nodeName: n1}}")
        + &pod("web", "nodeName: n1}}")
        + &pod("job", "nodeName: n1}, status: {phase: Succeeded}}")
        + &pod("gone", "nodeName: n9}}")
        + &pod("new", "}, status: {phase: Pending}}")
        + &pod("cache", "nodeName: n3}}");
    let (counts, cpu, assumed) = found(&pods);
    assert_eq!((counts, cpu), (vec![1, 0, 1], vec![500, 0, 500]));
    assert_eq!(assumed, ["1 pod of others is bound to no node and left out: they compete for room"]);
}

fn workload(kind: &str, name: &str, namespace: &str, rest: &str) -> String {
    format!(
        "{{kind: {kind}, metadata: {{name: {name}, namespace: {namespace}}}, spec: {{{rest}, template: {{spec: {{containers: \
         [{{resources: {{requests: {{cpu: 1, memory: 1Gi}}}}}}]}}}}}}}}\n---\n"
    )
}

#[test]
fn pods_that_are_not_shown_are_spread_over_the_nodes_that_take_them() {
    let others = workload("StatefulSet", "db", "data", "replicas: 3")
        + &workload("DaemonSet", "agent", "system", "minReadySeconds: 0");
    let (counts, cpu, assumed) = found(&others);
    assert_eq!((counts, cpu), (vec![3, 2, 0], vec![3000, 2000, 0]));
    let sentence = "5 pods of others are taken to be spread over the Nodes that take them: no Pods of their namespaces are in the input";
    assert_eq!(assumed, [sentence]);
    // Its own pods are not others', and where Pods of a namespace are there, they are all that it has.
    let own = workload("Deployment", "web", "shop", "replicas: 3");
    assert_eq!(found(&own).0, [0, 0, 0]);
    assert_eq!(
        found(&(workload("Deployment", "api", "shop", "replicas: 3") + &pod("db", "nodeName: n2}}"))).0,
        [0, 1, 0]
    );
}

#[test]
fn what_finds_no_room_is_left_out_and_the_order_of_the_file_does_not_matter() {
    let (a, b) = (workload("Deployment", "a", "x", "replicas: 5"), workload("Deployment", "b", "x", "replicas: 5"));
    let (one, other) = (found(&(a.clone() + &b)), found(&(b + &a)));
    assert_eq!(one, other);
    assert_eq!(one.0, [4, 4, 0]);
    assert_eq!(one.2[1], "2 pods of others are left out: no Node of the input has room for them");
}

#[test]
fn nodes_without_pods_are_told_to_be_empty() {
    let (counts, _, assumed) = found("");
    assert_eq!(counts, [0, 0, 0]);
    assert!(assumed[0].starts_with("the Nodes of the input carry nothing else"), "{assumed:?}");
    let manifest = Manifest::read(vec![documents(&source(&pod("db", "nodeName: n1}}"))).unwrap().into()]).unwrap();
    let standing =
        manifest.standing(&[Subject { kind: "Deployment", namespace: "shop", name: "web", selector: None }]).unwrap();
    assert!(standing.pods.is_empty(), "no Node objects");
}

#[test]
fn a_pod_takes_its_request_and_a_place() {
    let text = format!("{NODES}---\n{}", pod("db", "overhead: {cpu: 100m}, nodeName: n1}}"));
    let manifest = Manifest::read(vec![documents(&source(&text)).unwrap().into()]).unwrap();
    let standing =
        manifest.standing(&[Subject { kind: "Deployment", namespace: "shop", name: "web", selector: None }]).unwrap();
    assert_eq!(standing.pods[0].request, Amounts::from([(CPU, 600), (MEMORY, 1 << 30), (PODS, 1)]));
}
