use super::*;
use crate::distribution::{Distribution, Shape};
use crate::input::experiment::beside::Beside;
use crate::input::experiment::fields::Context;
use crate::input::kubernetes::admission::Admission;
use crate::input::kubernetes::amounts::{Amounts, CPU, MEMORY, PODS, written};
use crate::input::kubernetes::machine::{Machine, Taint};
use crate::input::kubernetes::node_affinity::NodeChoice;
use crate::input::kubernetes::pod_template::PodTemplate;
use crate::input::kubernetes::requests::PodResources;
use crate::input::tree::files::Files;
use crate::input::tree::yaml::node;
use crate::k8s::fenceposts::IntOrPercent;
use crate::scenario::{Budget, SlowNodes, UnhealthyPodEvictionPolicy};
use crate::time::SimDuration;
use serde_json::{Value, json};
use std::path::Path;

fn read(text: &str, replicas: u64, machines: &[Machine]) -> Result<Cluster, String> {
    read_for(&PodTemplate::default(), text, replicas, machines)
}

fn read_for(template: &PodTemplate, text: &str, replicas: u64, machines: &[Machine]) -> Result<Cluster, String> {
    let spec =
        node("{containers: [{name: a, resources: {requests: {cpu: 500m, memory: 1Gi}, limits: {nvidia.com/gpu: 1}}}]}");
    let resources = PodResources::read(&spec.map().unwrap()).unwrap();
    let requests = Amounts::from([(CPU, 500), (MEMORY, 1 << 30)]);
    let template = PodTemplate { resources, requests, ..template.clone() };
    read_of(&template, text, replicas, machines)
}

fn read_of(template: &PodTemplate, text: &str, replicas: u64, machines: &[Machine]) -> Result<Cluster, String> {
    let (defaults, files, tree) = (Defaults::read().unwrap(), Files::new(Path::new(".")), node(text));
    let reader = Reader {
        template,
        machines,
        found_on: &[],
        admission: &Admission::default(),
        budget: None,
        replicas,
        most: replicas,
        beside: &Beside::default(),
        context: Context { defaults: &defaults, files: &files },
    };
    reader.read(Some(tree.map().unwrap())).map(|nodes| nodes.cluster).map_err(|problem| problem.to_string())
}

#[test]
fn default_nodes_hold_twice_the_replicas() {
    let nodes = |replicas| read("{}", replicas, &[]).unwrap().nodes;
    assert_eq!(nodes(1).len(), 3);
    assert_eq!(nodes(100).len(), 25);
    assert_eq!(nodes(1)[1], Node { zone: 1, slots: 8, base_load: 0.0, pod_load: 0.09375 });
}

#[test]
fn a_default_node_is_large_enough_for_the_pod_and_a_written_one_stays() {
    let template = PodTemplate { requests: Amounts::from([(CPU, 3000), (MEMORY, 40 << 30)]), ..PodTemplate::default() };
    let (defaults, files) = (Defaults::read().unwrap(), Files::new(Path::new(".")));
    let of = |text: &str| {
        let tree = node(text);
        let reader = Reader {
            template: &template,
            machines: &[],
            found_on: &[],
            admission: &Admission::default(),
            budget: None,
            replicas: 1,
            most: 1,
            beside: &Beside::default(),
            context: Context { defaults: &defaults, files: &files },
        };
        let map = Some(tree.map().unwrap());
        let slots = reader.read(map).map(|nodes| nodes.cluster.nodes.iter().map(|node| node.slots).collect::<Vec<_>>());
        (slots.map_err(|problem| problem.to_string()), reader.assumed(map).unwrap())
    };
    let (slots, message) = of("{}");
    assert_eq!(slots, Ok(vec![1, 1, 1]), "as many as the CPU holds");
    assert_eq!(
        message,
        ["cluster.allocatable.memory 128Gi: a pod asks for 40Gi, more than the 16Gi of the default node; write your \
          nodes' own with --set cluster.allocatable.memory=64Gi"]
    );
    assert_eq!(of("{nodes: 5, allocatable: {cpu: 8}}").0, Ok(vec![2; 5]));
    let (refused, message) = of("{allocatable: {memory: 32Gi}}");
    let expected = "each asks for CPU 3 and memory 40Gi; write larger nodes, --set cluster.allocatable.memory=64Gi, or";
    assert!(refused.as_ref().unwrap_err().contains(expected), "{refused:?}");
    assert!(message.is_empty());
    assert!(of("{nodes: [{allocatable: {memory: 64Gi}}]}").1.is_empty());
}

#[test]
fn pools_and_what_runs_there() {
    let text =
        "{nodes: [{count: 2, zone: a, used: {cpu: 50%}}, {zone: b, allocatable: {cpu: 1}}], used: {memory: 4Gi}}";
    let nodes = read(text, 3, &[]).unwrap().nodes;
    let slots: Vec<(u16, u32)> = nodes.iter().map(|node| (node.zone, node.slots)).collect();
    assert_eq!(slots, [(0, 4), (1, 2), (0, 4)]);
    assert_eq!((nodes[0].base_load, nodes[1].base_load, nodes[1].pod_load), (0.375, 0.125, 0.28125));
}

#[test]
fn node_objects_are_used_unless_nodes_are_written() {
    let capacity = Amounts::from([(CPU, 1000), (MEMORY, 8 << 30), (PODS, 110)]);
    let machine = |zone: &str| Machine {
        labels: [("topology.kubernetes.io/zone".to_owned(), zone.to_owned())].into(),
        capacity: capacity.clone(),
        ..Machine::default()
    };
    let machines = [machine("x"), machine("y")];
    let nodes = read("{}", 1, &machines).unwrap().nodes;
    assert_eq!(nodes.iter().map(|node| (node.zone, node.slots)).collect::<Vec<_>>(), [(0, 2), (1, 2)]);
    assert_eq!(read("nodes: 7", 1, &machines).unwrap().nodes.len(), 7);
}

#[test]
fn nodes_that_do_not_take_the_pods_are_left_out() {
    let taint = Taint { key: "gpu".into(), value: String::new(), effect: "NoSchedule".into() };
    let capacity = Amounts::from([(CPU, 1000), (MEMORY, 8 << 30), (PODS, 110)]);
    let machine =
        |taints: &[Taint]| Machine { taints: taints.to_vec(), capacity: capacity.clone(), ..Machine::default() };
    let (open, tainted) = (machine(&[]), machine(&[taint]));
    assert_eq!(read("{}", 1, &[open.clone(), tainted.clone()]).unwrap().nodes.len(), 1);
    let mut spread = PodTemplate::default();
    spread.placement.counts_closed_nodes = true;
    let cordoned = Machine { cordoned: true, ..open.clone() };
    let tolerates = node("{tolerations: [{key: node.kubernetes.io/unschedulable, operator: Exists}]}");
    let node_choice = NodeChoice::read(&tolerates.map().unwrap()).unwrap();
    let tolerant = PodTemplate { node_choice, ..PodTemplate::default() };
    assert_eq!(read_for(&tolerant, "{}", 1, std::slice::from_ref(&cordoned)).unwrap().nodes.len(), 1);
    let nodes = read_for(&spread, "{}", 1, &[tainted.clone(), open, cordoned]).unwrap().nodes;
    assert_eq!(nodes.iter().map(|node| node.slots).collect::<Vec<_>>(), [0, 2, 0], "a domain to be spread over");
    let none = read("{}", 1, std::slice::from_ref(&tainted)).unwrap_err();
    let expected = "none of the Nodes takes these pods (Node  was left out: its taint gpu is not tolerated)";
    assert!(none.contains(expected), "{none}");
    assert_eq!(read("nodes: 2", 1, &[tainted]).unwrap().nodes.len(), 2);
}

#[test]
fn nodes_come_zone_by_zone_in_turn() {
    let nodes = read("{nodes: [{count: 3, zone: a}, {zone: b}, {count: 2, zone: c}]}", 3, &[]).unwrap().nodes;
    assert_eq!(nodes.iter().map(|node| node.zone).collect::<Vec<_>>(), [0, 1, 2, 0, 2, 0]);
}

#[test]
fn default_spread_is_the_scheduler_s() {
    let of = |text: &str| default_spread(Some(node(text).map().unwrap()), &Defaults::read().unwrap());
    assert!(of("{}").unwrap() && of("{defaultSpread: system}").unwrap() && !of("{defaultSpread: none}").unwrap());
    assert!(of("{defaultSpread: even}").unwrap_err().message.contains("none or system"));
}

#[test]
fn too_small_and_too_large_are_refused() {
    let small = read("nodes: 2", 20, &[]).unwrap_err();
    assert!(small.starts_with("2 nodes have room for 16 of these pods, fewer than replicas 20"), "{small}");
    assert!(read("{}", 1_000_000, &[]).unwrap_err().contains("250000 nodes, more than 20000"));
    assert!(read("nodes: 20001", 1, &[]).unwrap_err().contains("a whole number from 1 to 20000"));
}

#[test]
fn loss() {
    assert_eq!(read("loss: none", 1, &[]).unwrap().loss, None);
    let loss = read("loss: {meanTimeToLoss: 30d, recovery: 2m}", 1, &[]).unwrap().loss.unwrap();
    let mean = Distribution::new(Shape::Exponential { mean: 2_592_000.0 }, 0.0, None).unwrap();
    assert_eq!((loss.time_to_loss, loss.time_to_zone_loss), (mean, None));
    assert_eq!(loss.toleration, SimDuration::from_secs(300));
    assert_eq!(loss.recovery, Some(Distribution::constant(SimDuration::from_secs(120))));
    assert!(read("loss: {detection: 1s}", 1, &[]).unwrap_err().contains("add meanTimeToLoss"));
    for short in [
        "timeToLoss: 200ms",
        "meanTimeToLoss: 999ms",
        "timeToZoneLoss: 0s",
        "meanTimeToZoneLoss: 500ms",
        "timeToLoss: {uniform: {low: 0s, high: 1900ms}}",
        "timeToLoss: {exponential: {mean: 1m}, truncate: {high: 1s}}",
    ] {
        let refused = read(&format!("loss: {{{short}}}"), 1, &[]).unwrap_err();
        assert!(refused.contains("at least 1s on average"), "{short}: {refused}");
    }
    for kept in [
        "meanTimeToLoss: 1s",
        "timeToLoss: {uniform: {low: 0s, high: 2s}}",
        "timeToLoss: never, meanTimeToZoneLoss: 1h",
    ] {
        assert!(read(&format!("loss: {{{kept}}}"), 1, &[]).is_ok(), "{kept}");
    }
}

#[test]
fn lower_priority() {
    let lower = |text: &str| read(&format!("{{lowerPriority: {text}}}"), 3, &[]).map(|cluster| cluster.lower_priority);
    assert_eq!(lower("none").unwrap(), None);
    let placeholders = lower("{pods: 2, termination: 0s}").unwrap().unwrap();
    assert_eq!((placeholders.pods, placeholders.termination), (2, Distribution::constant(SimDuration::ZERO)));
    assert!(lower("{termination: 1s}").unwrap_err().contains("`pods` is missing"));
    assert!(lower("{pods: -1}").unwrap_err().contains("a whole number from 0 to 10000"));
}

#[test]
fn an_autoscaler_upgrades_and_budgets() {
    let cluster = read("{nodes: 4, zones: 2, autoscaler: {maxNodes: 7, provisioning: 90s}}", 3, &[]).unwrap();
    assert_eq!((cluster.nodes.len(), cluster.nodes_at_start()), (7, 4));
    assert_eq!(cluster.nodes[5].zone, 1);
    assert_eq!(cluster.autoscaler.unwrap().scan_interval, SimDuration::from_secs(10));
    assert!(read("{nodes: 4, autoscaler: {maxNodes: 3}}", 3, &[]).unwrap_err().contains("there are 4 nodes already"));
    assert!(read("{autoscaler: {}}", 3, &[]).unwrap_err().contains("maxNodes"));
    let upgrade = read("{upgrade: {atOnce: 2, takes: 3m}}", 3, &[]).unwrap().upgrade.unwrap();
    assert_eq!((upgrade.start, upgrade.at_once), (SimDuration::ZERO, 2));
    let budget = |text: &str| read(&format!("{{disruptionBudget: {text}}}"), 3, &[]).map(|c| c.disruption_budget);
    assert_eq!(budget("{minAvailable: 2}"), Ok(Some(Budget::min_available(IntOrPercent::Int(2)))));
    let always = budget("{maxUnavailable: 1, unhealthyPodEvictionPolicy: AlwaysAllow}").unwrap().unwrap();
    assert_eq!(always.unhealthy, UnhealthyPodEvictionPolicy::AlwaysAllow);
    let slip = budget("{maxUnavailable: 1, unhealthyPodEvictionPolicy: AlwaysAlow}").unwrap_err();
    assert!(slip.contains("did you mean `AlwaysAllow`?"), "{slip}");
    assert_eq!(budget("none"), Ok(None));
    assert!(budget("{}").unwrap_err().contains("add minAvailable or maxUnavailable"));
}

#[test]
fn slow_and_bad_nodes() {
    let cluster = read("{badNodes: 5%, slowNodes: {share: 10%, factor: 3}, maxParallelImagePulls: 4}", 3, &[]).unwrap();
    assert_eq!((cluster.bad_nodes, cluster.parallel_pulls), (0.05, 4));
    assert_eq!(cluster.slow_nodes, Some(SlowNodes { share: 0.1, factor: 3.0 }));
    assert!(read("slowNodes: {share: 10%}", 3, &[]).unwrap_err().contains("factor"));
    assert!(read("slowNodes: {share: 10%, factor: 0.5}", 3, &[]).unwrap_err().contains("from 1 to 1000"));
    assert!(read("maxParallelImagePulls: 0", 3, &[]).unwrap_err().contains("from 1 to 100"));
}

#[test]
fn quotas_are_counted_in_pods() {
    let quota = |text: &str| read(text, 3, &[]).map(|cluster| cluster.pod_quota);
    assert_eq!(quota("{}"), Ok(None));
    assert_eq!(quota("quota: none"), Ok(None));
    assert_eq!(quota("quota: {pods: 5}"), Ok(Some(5)));
    assert_eq!(quota("quota: {pods: 9, cpu: 2250m, memory: 7Gi}"), Ok(Some(4)));
    assert_eq!(quota("quota: {pods: 2}"), Ok(Some(2)), "the pods that run are more and run on");
    assert_eq!(
        quota("quota: {requests.nvidia.com/gpu: 7, limits.memory: 1Gi}"),
        Ok(Some(0)),
        "no container has the limit"
    );
    assert_eq!(quota("quota: {requests.nvidia.com/gpu: 7, limits.ephemeral-storage: 1Gi}"), Ok(Some(7)));
    assert!(quota("quota: {pod: 2}").unwrap_err().contains("did you mean `pods`?"));
}

/// What the containers of a pod of upstream's table ask for, as a manifest writes it.
fn spec_of(pod: &Value) -> Value {
    let resources = |asked: &Value| {
        let unit = |(name, amount): (&String, &Value)| match name.as_str() {
            "milliCPU" => (CPU.to_owned(), json!(format!("{amount}m"))),
            _ => (name.clone(), amount.clone()),
        };
        let requests: serde_json::Map<_, _> = asked.as_object().unwrap().iter().map(unit).collect();
        json!({"resources": {"requests": requests}})
    };
    let all = |key: &str| pod[key].as_array().unwrap().iter().map(resources).collect::<Vec<_>>();
    let mut spec = json!({
        "containers": all("containers"), "initContainers": all("initContainers"), "overhead": pod["overhead"],
    });
    if !pod["podRequests"].is_null() {
        spec["resources"] = json!({"requests": pod["podRequests"]});
    }
    spec
}

fn requests_of(pod: &Value) -> Amounts {
    PodResources::read(&node(&spec_of(pod).to_string()).map().unwrap()).unwrap().requests()
}

/// Upstream's own table (`fit_test.go: TestEnoughRequests`): whether one more pod fits on a Node on which others run.
#[test]
fn upstreams_table_of_fits() {
    let file: Value = serde_json::from_str(include_str!("../../../../tests/vectors/node_resources_fit.json")).unwrap();
    let cases = file["cases"].as_array().unwrap();
    for case in cases {
        let input = &case["input"];
        let unit = |(name, amount): (&String, &Value)| {
            (if name == "milliCPU" { CPU.to_owned() } else { name.clone() }, amount.as_u64().unwrap())
        };
        let capacity = input["nodeAllocatable"].as_object().unwrap().iter().map(unit).collect();
        let machine = Machine { capacity, ..Machine::default() };
        let there = input["podsOnNode"].as_array().unwrap();
        let mut used = Amounts::from([(PODS, there.len() as u64)]);
        there.iter().for_each(|pod| used.add(&requests_of(pod)));
        let used: Vec<String> =
            used.iter().map(|(name, amount)| format!("{name}: {}", written(name, amount))).collect();
        let template = PodTemplate { requests: requests_of(&input["pod"]), ..PodTemplate::default() };
        let cluster = read_of(&template, &format!("{{used: {{{}}}}}", used.join(", ")), 0, &[machine]).unwrap();
        let fits = case["expected"]["status"] == "fits";
        assert_eq!(cluster.nodes[0].slots > 0, fits, "{}: {:?}", case["name"], cluster.nodes[0]);
    }
    assert_eq!(cases.len(), 41);
}

#[test]
fn devices_are_counted_where_somebody_says_how_many_there_are() {
    let template = PodTemplate { requests: Amounts::from([("nvidia.com/gpu", 2)]), ..PodTemplate::default() };
    let slots = |text: &str, machines: &[Machine]| {
        let cluster = read_of(&template, text, 1, machines);
        cluster.map(|cluster| cluster.nodes.iter().map(|node| node.slots).collect::<Vec<_>>())
    };
    assert_eq!(slots("{nodes: 1}", &[]), Ok(vec![110]), "nobody does");
    assert_eq!(slots("{nodes: 1, allocatable: {nvidia.com/gpu: 5}}", &[]), Ok(vec![2]));
    assert_eq!(slots("{nodes: 1, allocatable: {nvidia.com/gpu: 8}, used: {nvidia.com/gpu: 50%}}", &[]), Ok(vec![2]));
    assert_eq!(slots("{nodes: [{allocatable: {nvidia.com/gpu: 4}}, {}]}", &[]), Ok(vec![2, 0]), "one pool has them");
    let refused = slots("{nodes: 1, allocatable: {nvidia.com/gpu: 1}}", &[]).unwrap_err();
    let advice = "each asks for CPU 0, memory 0 and nvidia.com/gpu 2; write larger nodes, --set cluster.allocatable.nvidia.com/gpu=2";
    assert!(refused.contains(advice), "{refused}");
    let with = Machine { capacity: Amounts::from([(PODS, 9), ("nvidia.com/gpu", 3)]), ..Machine::default() };
    let without = Machine { capacity: Amounts::from([(PODS, 9)]), ..Machine::default() };
    let refused = slots("{}", std::slice::from_ref(&without)).unwrap_err();
    assert!(refused.contains("and no Node has that much nvidia.com/gpu; correct the Nodes"), "{refused}");
    assert_eq!(slots("{}", &[with, without]), Ok(vec![1, 0]), "a Node without any has none");
    assert!(slots("{allocatable: {gpus: 1}}", &[]).unwrap_err().contains("unknown key `gpus`"));
}

#[test]
fn spare_nodes_come_besides_those_that_today_s_pods_fill() {
    let slots = |text: &str, replicas| {
        let cluster = read(text, replicas, &[])?;
        let mut slots: Vec<u32> = cluster.nodes.iter().map(|node| node.slots).collect();
        slots.sort_unstable();
        Ok::<_, String>(slots)
    };
    assert_eq!(slots("{spare: 3}", 20), Ok(vec![4, 8, 8, 8, 8, 8]), "20 pods on 3 nodes, and 3 free ones");
    assert_eq!(slots("{spare: 0}", 16), Ok(vec![8, 8]));
    assert_eq!(slots("{spare: 1, used: {cpu: 50%}}", 3), Ok(vec![3, 4]));
    assert_eq!(slots("{spare: 2}", 0), Ok(vec![8, 8]));
    for (text, message) in [
        ("{spare: 1, nodes: 4}", "write either `nodes`"),
        ("{spare: 1, nodes: [{count: 4}]}", "write either `nodes`"),
        ("{spare: -1}", "a whole number from 0"),
    ] {
        let error = slots(text, 8).unwrap_err();
        assert!(error.contains(message), "{text}: {error}");
    }
    let machine = Machine { capacity: Amounts::from([(CPU, 4000), (PODS, 10)]), ..Machine::default() };
    let error = read("{spare: 1}", 8, &[machine]).unwrap_err();
    assert!(error.contains("the Node objects say what room there is"), "{error}");
}
