//! Where the pods stand at the end, where that is asked for: worlds whose counts are known by hand, and through the program.

use std::fs;

use rollcast::k8s::objects::Strategy;
use rollcast::metrics::{Outcome, Placed, Record};
use rollcast::scenario::{
    Access, AskedPlacement, Binding, Constraint, Demand, Domain, Group, Limit, MeasuredEvent, OLD_TEMPLATE, Observe,
    Own, Rollback, Rule, Scenario, Scheduling, Topology, Until, Volume, Volumes,
};
use rollcast::time::SimDuration;

use crate::cli::{rollcast, text};
use crate::world::{ROLLING, assert_units, replicate, scenario};

/// A rollout of pods on nodes in these zones, of which the placement is asked for.
fn world(replicas: i32, zones: &[u16]) -> Scenario {
    let mut world = scenario(replicas, ROLLING(1, 0));
    let node = world.cluster.nodes[0];
    world.cluster.nodes = zones.iter().map(|zone| rollcast::scenario::Node { zone: *zone, ..node }).collect();
    let mut zones = zones.to_vec();
    zones.sort_unstable();
    zones.dedup();
    world.placement = Some(AskedPlacement { zones: zones.len() as u32 });
    world
}

fn constrained(mut world: Scenario, domain: Domain, limit: Limit) -> Scenario {
    let constraint = Constraint { domain, limit, own_revision: true };
    world.pods.iter_mut().for_each(|model| model.constraints = vec![constraint]);
    world
}

/// The same where all nodes are empty before the new pods come, so that the emptier one takes the next. There are two nodes in each
/// of two zones.
fn recreated(replicas: i32) -> Scenario {
    let mut world = world(replicas, &[0, 0, 1, 1]);
    world.deployment.strategy = Strategy::Recreate;
    world.cluster.nodes.iter_mut().for_each(|node| (node.slots, node.pod_load) = (9, 0.01));
    world
}

/// What all of a few rollouts end with.
fn placed(world: &Scenario, outcome: Outcome) -> Option<Placed> {
    let records: Vec<Record> = replicate(world, 5);
    for record in &records {
        assert_units(record, world);
        assert_eq!((record.outcome, record.placed), (outcome, records[0].placed), "{record:?}");
    }
    records[0].placed
}

#[track_caller]
fn ends_with(world: &Scenario, zone_skew: u32, node_skew: u32, one_zone: Option<bool>) {
    let expected = Placed { zone_skew, node_skew, one_zone };
    assert_eq!(placed(world, Outcome::Completed), Some(expected));
}

const SKEW_OF_ONE: Limit = Limit::Skew { most: 1, min_domains: 1 };

/// Four pods in three zones are two, one and one; six are two in each.
#[test]
fn a_spread_leaves_the_rest_of_the_division() {
    ends_with(&constrained(world(4, &[0, 1, 2]), Domain::Zone, SKEW_OF_ONE), 1, 1, Some(false));
    ends_with(&constrained(world(6, &[0, 1, 2]), Domain::Zone, SKEW_OF_ONE), 0, 0, Some(false));
    // Two nodes in zone 0 share its two pods.
    ends_with(&constrained(world(4, &[0, 1, 0]), Domain::Node, SKEW_OF_ONE), 2, 1, Some(false));
}

/// Three of four nodes have a pod each: one zone has two and one has one.
#[test]
fn anti_affinity_leaves_one_pod_on_a_node() {
    ends_with(&constrained(world(3, &[0, 0, 1, 1]), Domain::Node, Limit::One), 1, 1, Some(false));
    ends_with(&constrained(world(1, &[0, 0, 1, 1]), Domain::Zone, Limit::One), 1, 1, Some(true));
}

/// The same three pods in zone 0: because its nodes are emptier, because a volume is there, or because the pods of others keep
/// them out of zone 1. Only in the first world is zone 1 open to them.
#[test]
fn a_zone_that_the_pods_may_not_go_to_does_not_count() {
    let mut emptier = recreated(3);
    emptier.cluster.nodes[2..].iter_mut().for_each(|node| node.base_load = 0.9);
    ends_with(&emptier, 3, 2, Some(true));

    let mut volume = recreated(3);
    let binding = Binding::Nodes(vec![true, true, false, false]);
    let claim = Volume { claim: "data".into(), access: Access::Many, binding, attached: None };
    volume.volumes = Volumes { list: vec![claim], ..Volumes::none() };
    volume.pods.iter_mut().for_each(|model| model.volumes = vec![0]);
    ends_with(&volume, 0, 1, Some(true));

    for demand in [Demand::KeptOut, Demand::Apart] {
        let mut neighbours = recreated(3);
        let group = Group { key: 0, own: Own::None, standing: vec![0, 1], templates: Vec::new() };
        let topology =
            Topology { domains: vec![vec![0, 0, 1, 1]], rules: vec![Rule { group, demand }], ..Topology::default() };
        neighbours.pods.iter_mut().for_each(|model| model.topology = Some(Box::new(topology.clone())));
        ends_with(&neighbours, 0, 1, Some(true));
    }

    let mut named = recreated(3);
    named.pods.iter_mut().for_each(|model| model.scheduling = Scheduling::Bound(1));
    ends_with(&named, 0, 0, Some(true));
}

/// Affinity to pods of others leaves the domains that have one; affinity to the Deployment's own leaves all, since the first
/// pod may go anywhere.
#[test]
fn what_stands_on_the_nodes_opens_and_closes_domains() {
    let open = |demand: Demand, own: Own, standing: &[u32]| -> Vec<bool> {
        let group = Group { key: 0, own, standing: standing.to_vec(), templates: Vec::new() };
        let topology = Topology {
            domains: vec![vec![0, 1, Topology::NO_DOMAIN]],
            rules: vec![Rule { group, demand }],
            ..Topology::default()
        };
        (0..3).map(|node| topology.is_open(node)).collect()
    };
    let skew = || Demand::Skew { most: 1, min_domains: 1, counted: Vec::new(), honors_taints: false };
    assert_eq!(open(Demand::Beside, Own::None, &[0, 2]), [false, true, false]);
    assert_eq!(open(Demand::Beside, Own::None, &[0, 0]), [false; 3]);
    assert_eq!(open(Demand::Beside, Own::All, &[0, 0]), [true, true, false]);
    assert_eq!(open(Demand::Beside, Own::All, &[0, 2]), [false, true, false]);
    assert_eq!(open(Demand::Apart, Own::All, &[0, 2]), [true, false, true]);
    assert_eq!(open(Demand::KeptOut, Own::None, &[1, 0]), [false, true, true]);
    assert_eq!(open(skew(), Own::All, &[5, 0]), [true, true, false]);
}

/// The drained node is closed at the end, and one without room for any pod is none that could hold one.
#[test]
fn a_closed_node_and_one_without_room_do_not_count() {
    let mut drained = constrained(world(4, &[0, 1, 2]), Domain::Node, SKEW_OF_ONE);
    drained.pods.iter_mut().for_each(|model| model.constraints.clear());
    drained.deployment.template = OLD_TEMPLATE;
    drained.event = MeasuredEvent::Drain { nodes: vec![0] };
    drained.until = Until::Settled { observe: Observe::Not };
    ends_with(&drained, 0, 0, Some(false));
    drained.until = Until::Settled { observe: Observe::For(SimDuration::from_secs(60)) };
    ends_with(&drained, 0, 0, Some(false));

    let mut small = world(4, &[0, 1, 2]);
    small.cluster.nodes[2].slots = 0;
    ends_with(&small, 0, 0, Some(false));
}

/// In the one zone that there is, the pods are in one zone: that says nothing.
#[test]
fn one_zone_is_asked_only_where_there_are_several() {
    ends_with(&world(4, &[0, 0]), 0, 0, None);
}

/// A rollout that never ends is looked at at the horizon: one new pod was created, on one of three nodes. Where it finds no
/// node there is nothing to count.
#[test]
fn an_unfinished_rollout_is_looked_at_at_the_horizon() {
    let mut stuck = world(3, &[0, 1, 2]);
    stuck.horizon = SimDuration::from_secs(900);
    stuck.pods[1].never_ready = 1.0;
    let expected = Placed { zone_skew: 1, node_skew: 1, one_zone: Some(true) };
    assert_eq!(placed(&stuck, Outcome::Unfinished), Some(expected));
    stuck.cluster.nodes.iter_mut().for_each(|node| node.slots = 1);
    assert_eq!(placed(&stuck, Outcome::Unfinished), None);
}

/// After an undo the old version is wanted: its four pods are where they were.
#[test]
fn after_an_undo_the_old_version_counts() {
    let mut undone = constrained(world(4, &[0, 1, 2]), Domain::Zone, SKEW_OF_ONE);
    undone.pods[1].never_ready = 1.0;
    undone.rollback = Rollback { after: Some(SimDuration::from_secs(60)), ..Rollback::default() };
    let expected = Placed { zone_skew: 1, node_skew: 1, one_zone: Some(false) };
    assert_eq!(placed(&undone, Outcome::RolledBack), Some(expected));
}

/// Who asks changes nothing else.
#[test]
fn asking_changes_nothing_else() {
    let asked = constrained(world(4, &[0, 1, 2]), Domain::Zone, SKEW_OF_ONE);
    let mut silent = asked.clone();
    silent.placement = None;
    let without = |record: Record| {
        let mut record = record;
        record.placed = None;
        record
    };
    assert_eq!(replicate(&asked, 20).into_iter().map(without).collect::<Vec<_>>(), replicate(&silent, 20));
}

/// Three nodes in three zones, and four pods that choose zone a.
const CHOOSY: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 4
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      nodeSelector: {topology.kubernetes.io/zone: a}
      containers: [{name: web, image: \"web:1\", resources: {requests: {cpu: 100m, memory: 64Mi}}}]
";

fn node(name: &str, zone: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: Node\nmetadata: {{name: {name}, labels: {{topology.kubernetes.io/zone: {zone}}}}}\nstatus: \
         {{allocatable: {{cpu: \"8\", memory: 32Gi, pods: \"110\"}}}}\n"
    )
}

/// The node selector leaves the two nodes of zone a, two pods on each. Without it the default spread has two, one and one in the
/// zones, and no node has more than two.
#[test]
fn every_form_of_the_answer_has_it() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let write = |name: &str, deployment: &str, nodes: &[(&str, &str)]| {
        let path = place.path().join(name).display().to_string();
        let nodes: String = nodes.iter().map(|(name, zone)| node(name, zone)).collect();
        fs::write(&path, deployment.to_owned() + &nodes).expect("room on the disk");
        path
    };
    let choosy = write("choosy.yaml", CHOOSY, &[("n0", "a"), ("n1", "a"), ("n2", "b"), ("n3", "c")]);
    let free = CHOOSY.replace("      nodeSelector: {topology.kubernetes.io/zone: a}\n", "");
    let free = write("free.yaml", &free, &[("n0", "a"), ("n1", "b"), ("n2", "c")]);
    let ask = |path: &str, more: &[&str]| {
        let output = rollcast(&[&["run", path, "--replications", "40"], more].concat());
        (output.status.code(), text(&output.stdout) + &text(&output.stderr))
    };
    let (code, answer) = ask(&choosy, &["--set", "placement=true"]);
    let line = "  at the end          zone skew mean 0, max 0   node skew mean 0, max 0   all in one zone 100% (";
    assert!(code == Some(0) && answer.contains(line), "{answer}");
    let (_, answer) = ask(&free, &["--set", "placement=true"]);
    let line = "  at the end          zone skew mean 1, max 1   node skew mean 1, max 1   all in one zone 0% (";
    assert!(answer.contains(line), "{answer}");
    let (_, answer) = ask(&free, &[]);
    assert!(!answer.contains("at the end  "), "{answer}");

    let (code, answer) =
        ask(&choosy, &["--set", "placement=true", "--set", "objectives=[mean one_zone <= 50%]", "--check"]);
    assert!(code != Some(0) && answer.contains("mean one_zone <= 50%: not met"), "{answer}");
    let (code, answer) = ask(&choosy, &["--set", "objectives=[max zone_skew <= 1]"]);
    assert!(code == Some(2) && answer.contains("add placement: true"), "{answer}");
    let (code, answer) = ask(&choosy, &["--set", "placement=often"]);
    assert!(code == Some(2) && answer.contains("true or false"), "{answer}");

    let json = rollcast(&["run", &free, "--replications", "40", "--set", "placement=true", "--format", "json"]);
    let json = text(&json.stdout);
    assert!(["zone_skew", "node_skew", "one_zone"].iter().all(|name| json.contains(&format!("\"{name}\""))), "{json}");
}

/// The columns of a sweep, and what its text says; drawn again it is the same.
#[test]
fn a_sweep_has_its_columns() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let to = place.path().join("result").display().to_string();
    let settings = ["sweep={cluster.zones: [1, 3]}", "cluster.nodes=3", "placement=true", "replications=30"];
    let settings: Vec<&str> = settings.iter().flat_map(|one| ["--set", one]).collect();
    let manifest = "experiments/manifests/checkout.yaml";
    let output = rollcast(&[&["sweep", manifest, "--out", &to][..], &settings].concat());
    let said = text(&output.stdout).replace('\n', " ");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(
        said.contains("Pods stand least evenly over zones at the end in scenario 1 (zones 3): skew mean "),
        "{said}"
    );
    let read = |file: &str| fs::read_to_string(place.path().join("result").join(file)).expect("a file of the result");
    let rows = read("replications.csv");
    let mut rows = rows.lines();
    assert!(rows.next().expect("a header").ends_with(",zone_skew,node_skew,one_zone"));
    // Ten pods on three nodes: four on one, also where these are the zones. In one zone there is no other.
    assert!(rows.clone().take(30).all(|row| row.ends_with(",0,1,")), "{:?}", rows.next());
    assert!(rows.clone().skip(30).all(|row| row.ends_with(",1,1,0")), "{:?}", rows.last());
    let page = read("report.html");
    let redrawn = rollcast(&["report", &to]);
    assert_eq!(redrawn.status.code(), Some(0), "{}", text(&redrawn.stderr));
    assert_eq!(read("report.html"), page);
    let mixed = rollcast(&["sweep", manifest, "--out", &(to + "-mixed"), "--set", "sweep={placement: [true, false]}"]);
    assert!(text(&mixed.stderr).contains("give it to all"), "{}", text(&mixed.stderr));
}
