//! Persistent volumes, one rule at a time, against times computed by hand.
//!
//! Everywhere a volume is detached in 8 s and attached in 9 s, a pod starts in 10 s and ends in 2 s.

use std::fs;

use rollcast::k8s::objects::Strategy;
use rollcast::scenario::{Access, Autoscaler, Binding, NodeLoss, Scenario, Step, StepAction, Volume, Volumes};
use rollcast::sim::{Fact, NodeId, Observer, PodId, Simulator, StallCause};
use rollcast::time::{SimDuration, SimTime};

use crate::cli::{rollcast, text};

use crate::world::{ROLLING, assert_takes, exponential, replicate, scenario, seconds};

/// A claim of the old and the new version, on the nodes of [`scenario`]; `attached` is its node at the start.
fn sharing(replicas: i32, strategy: Strategy, access: Access, attached: Option<NodeId>) -> Scenario {
    let mut world = scenario(replicas, strategy);
    let volume = Volume { claim: "data".into(), access, binding: Binding::Anywhere, attached };
    world.volumes = Volumes { list: vec![volume], attach: seconds(9.0), detach: seconds(8.0), ..Volumes::none() };
    world.pods.iter_mut().for_each(|model| model.volumes = vec![0]);
    world
}

/// What happened to pods and nodes, in seconds since the start.
#[derive(Debug, Default)]
struct Seen {
    start: Option<SimTime>,
    nodes: Vec<Option<NodeId>>,
    ready: Vec<(f64, PodId)>,
    gone: Vec<(f64, PodId)>,
    elsewhere: Vec<(f64, PodId, NodeId)>,
    lost: Vec<(f64, NodeId)>,
    evicted: Vec<f64>,
    back: Vec<f64>,
}

impl Observer for Seen {
    const DETAIL: bool = false;

    fn fact(&mut self, at: SimTime, fact: Fact) {
        let at = at.since(*self.start.get_or_insert(at)).as_secs_f64();
        match fact {
            Fact::PodScheduled { pod, node } => {
                self.nodes.resize(self.nodes.len().max(pod as usize + 1), None);
                self.nodes[pod as usize] = Some(node);
            }
            Fact::PodReady(pod) => self.ready.push((at, pod)),
            Fact::PodGone(pod) => self.gone.push((at, pod)),
            Fact::VolumeElsewhere { pod, node } => self.elsewhere.push((at, pod, node)),
            Fact::NodeLost(node) => self.lost.push((at, node)),
            Fact::NodeEvicted(_) => self.evicted.push(at),
            Fact::NodeBack(_) => self.back.push(at),
            _ => {}
        }
    }
}

/// The old pods can all run.
fn assert_possible(world: &Scenario) {
    assert!(world.deployment.replicas as u32 <= world.most_that_volumes_let_stand(), "a possible world");
}

fn see(world: &Scenario, replication: u32) -> Seen {
    assert_possible(world);
    let mut seen = Seen::default();
    Simulator::new(1).run(world, replication, &mut seen);
    seen
}

fn stall_of(world: &Scenario) -> Option<StallCause> {
    assert_possible(world);
    replicate(world, 1)[0].stall.map(|(_, cause)| cause)
}

/// The surge pod is on another node and waits for the volume, which stays with the old pod: a deadlock. On one node, or with
/// a volume that several nodes can have, the pods stand beside each other.
#[test]
fn a_surge_pod_on_another_node_waits_for_the_volume_for_ever() {
    let world = sharing(1, ROLLING(1, 0), Access::OneNode, Some(0));
    assert_eq!(stall_of(&world), Some(StallCause::Volume));
    let seen = see(&world, 0);
    assert_eq!((seen.elsewhere.as_slice(), seen.ready.as_slice()), (&[(0.0, 1, 0)][..], &[][..]));
    let mut alone = world;
    alone.cluster.nodes.truncate(1);
    assert_takes(&alone, 10.0);
    assert_takes(&sharing(1, ROLLING(1, 0), Access::Many, None), 10.0);
}

/// The volume is on node 3, and the new pod goes to node 0: 2 s until the old pod is gone, 8 s to detach, 9 s to attach, 10 s
/// to start, whether the new pod waits for the volume (maxSurge 0) or comes when the old one is gone (Recreate).
#[test]
fn a_volume_that_moves_is_detached_and_attached() {
    for strategy in [Strategy::Recreate, ROLLING(0, 1)] {
        assert_takes(&sharing(1, strategy, Access::OneNode, Some(3)), 29.0);
    }
    // The new pod comes to the node that still has the volume: it is not detached.
    assert_takes(&sharing(1, Strategy::Recreate, Access::OneNode, Some(0)), 12.0);
}

/// Which of the four nodes has the volume is drawn, where it is not known: under Recreate the new pod, which goes to node 0, finds
/// it there in about one rollout of four, and moves it in the others.
#[test]
fn the_node_that_has_the_volume_is_drawn() {
    let records = replicate(&sharing(1, Strategy::Recreate, Access::OneNode, None), 400);
    let stays = |seconds: f64| (seconds - 12.0).abs() < 0.3;
    let moves = |seconds: f64| (seconds - 29.0).abs() < 0.3;
    let seconds: Vec<f64> = records.iter().map(|record| record.duration.as_secs_f64()).collect();
    assert!(seconds.iter().all(|&one| stays(one) || moves(one)), "{seconds:?}");
    let share = seconds.iter().filter(|&&one| stays(one)).count() as f64 / 400.0;
    assert!((share - 0.25).abs() < 0.09, "{share} is more than four standard errors off");
}

/// Three old pods share the volume, so they stand on one node, where there is room for three. The new pods are spread; the
/// volume goes to the first of them, and the other two wait for ever.
#[test]
fn pods_that_share_a_volume_of_one_node_stand_on_it() {
    let mut world = sharing(3, Strategy::Recreate, Access::OneNode, None);
    for (node, slots) in world.cluster.nodes.iter_mut().zip([1, 2, 3, 2]) {
        node.slots = slots;
    }
    assert_eq!(world.most_that_volumes_let_stand(), 3);
    let seen = see(&world, 0);
    assert_eq!(seen.ready.len(), 1);
    assert_eq!(stall_of(&world), Some(StallCause::Volume));
    world.volumes.list[0].attached = Some(1);
    assert_eq!(world.most_that_volumes_let_stand(), 2, "node 1 has room for two");
}

/// While one pod uses the volume no other is scheduled; when it is gone the volume moves as usual.
#[test]
fn a_volume_of_one_pod_keeps_the_others_pending() {
    let world = sharing(1, ROLLING(1, 0), Access::OnePod, None);
    assert_eq!(stall_of(&world), Some(StallCause::Volume));
    assert!(see(&world, 0).nodes.is_empty(), "the new pod gets no node");
    // The new pod is scheduled when the old one is gone, to node 0.
    for strategy in [Strategy::Recreate, ROLLING(0, 1)] {
        assert_takes(&sharing(1, strategy, Access::OnePod, Some(3)), 29.0);
    }
    assert_eq!(sharing(2, Strategy::Recreate, Access::OnePod, None).most_that_volumes_let_stand(), 1);
}

/// Nodes 2 and 3 alone can have the volume and are full: that the others have room does not help. Where none has room the
/// cause is capacity.
#[test]
fn a_pod_whose_volume_is_out_of_reach_waits_for_room_there() {
    let mut world = sharing(2, ROLLING(1, 0), Access::Many, None);
    world.volumes.list[0].binding = Binding::Nodes(vec![false, false, true, true]);
    world.cluster.nodes.iter_mut().for_each(|node| node.slots = 1);
    assert_eq!(stall_of(&world), Some(StallCause::Volume));
    world.cluster.nodes.iter_mut().take(2).for_each(|node| node.slots = 0);
    assert_eq!(stall_of(&world), Some(StallCause::Capacity));
    // One of them goes first: its room is free after 2 s, and the new pod in it starts in 10 s; twice.
    world.deployment.strategy = ROLLING(0, 1);
    assert_takes(&world, 24.0);
}

/// The autoscaler adds a node that can have the volume: the third one for two pods.
#[test]
fn the_autoscaler_makes_room_for_a_volume() {
    let mut world = sharing(2, ROLLING(1, 0), Access::Many, None);
    world.volumes.list[0].binding = Binding::Nodes(vec![false, true, true, true]);
    world.cluster.nodes.iter_mut().for_each(|node| node.slots = 1);
    world.cluster.autoscaler = Some(Autoscaler {
        nodes: 1,
        scan_interval: SimDuration::from_secs(10),
        provisioning: seconds(60.0),
        scale_down: None,
    });
    assert_eq!(stall_of(&world), None);
    // No node helps a pod whose volume another pod has for itself.
    let mut alone = sharing(1, ROLLING(1, 0), Access::OnePod, None);
    alone.cluster.autoscaler = world.cluster.autoscaler;
    assert!(see(&alone, 0).nodes.is_empty());
}

/// A claim that nothing binds keeps new pods from every node.
#[test]
fn a_claim_that_is_not_bound_keeps_its_pods_pending() {
    let mut world = sharing(1, ROLLING(1, 0), Access::OneNode, None);
    world.volumes.list[0].binding = Binding::Unbound;
    world.pods[0].volumes.clear();
    assert_eq!(stall_of(&world), Some(StallCause::Volume));
}

/// A volume is made in 5 s for the first new pod, which starts in 10 s. The second new pod is kept on that pod's node until
/// then, and all others in its zone.
#[test]
fn a_volume_is_made_where_its_first_pod_is() {
    let mut world = sharing(2, ROLLING(2, 0), Access::Many, None);
    world.volumes.list[0].binding = Binding::FirstConsumer;
    world.volumes.provision = seconds(5.0);
    world.pods[0].volumes.clear();
    for (node, zone) in world.cluster.nodes.iter_mut().zip([0, 1, 1, 0]) {
        (node.zone, node.slots) = (zone, 2);
    }
    assert_takes(&world, 15.0);
    let seen = see(&world, 0);
    assert_eq!(seen.nodes[2], seen.nodes[3]);
    // With room for one pod on each node the second new pod waits 5 s, and then takes the other free node of the zone.
    let more: Vec<_> = world.cluster.nodes[..2].to_vec();
    world.cluster.nodes.extend(more);
    for (node, zone) in world.cluster.nodes.iter_mut().zip([0, 1, 1, 0, 1, 0]) {
        (node.zone, node.slots) = (zone, 1);
    }
    assert_takes(&world, 15.0);
    let seen = see(&world, 0);
    assert_eq!((seen.nodes[2], seen.nodes[3]), (Some(2), Some(4)));
}

/// Each pod has a volume of its own, which is made in 5 s and attached in 9 s before the pod starts in 10 s.
#[test]
fn a_volume_of_each_pod_is_made_and_attached_for_it() {
    let mut world = scenario(3, ROLLING(3, 0));
    world.volumes = Volumes { attach: seconds(9.0), provision: seconds(5.0), ..Volumes::none() };
    world.pods.iter_mut().for_each(|model| model.own_volumes = 2);
    assert_takes(&world, 24.0);
}

/// A pod that waits for its volume and is deleted goes at once, and asks for the volume no more.
#[test]
fn a_pod_that_waits_for_its_volume_goes_at_once() {
    let mut world = sharing(1, ROLLING(1, 0), Access::OneNode, None);
    world.timeline = vec![Step { at: SimDuration::from_secs(20), action: StepAction::Undo }];
    let seen = see(&world, 0);
    assert_eq!(seen.gone, [(20.0, 1)]);
}

/// A drain evicts the old pod at 10 s. It is gone at 12 s, and its replacement, on another node, is Ready after 8 s, 9 s and
/// 10 s.
#[test]
fn after_a_drain_the_volume_moves_with_its_pod() {
    let mut world = sharing(1, ROLLING(1, 0), Access::OneNode, Some(3));
    world.deployment.paused = true;
    world.timeline = vec![Step { at: SimDuration::from_secs(10), action: StepAction::Drain(3) }];
    let seen = see(&world, 0);
    assert_eq!((seen.gone.as_slice(), seen.ready.as_slice()), (&[(12.0, 0)][..], &[(39.0, 1)][..]));
}

/// A paused Deployment whose only pod's node is lost, and no other for a long time; pods of lost nodes are evicted after
/// 300 s.
fn with_loss(grace: u64, recovery: Option<f64>) -> (Scenario, Seen) {
    let mut world = sharing(1, ROLLING(1, 0), Access::OneNode, Some(3));
    world.deployment.paused = true;
    world.horizon = SimDuration::from_secs(7200);
    world.pods.iter_mut().for_each(|model| model.grace = SimDuration::from_secs(grace));
    world.cluster.loss = Some(NodeLoss {
        time_to_loss: exponential(20_000.0),
        time_to_zone_loss: None,
        notice: None,
        detection: seconds(50.0),
        toleration: SimDuration::from_secs(300),
        recovery: recovery.map(seconds),
    });
    let alone = |seen: &Seen| {
        let others = || seen.lost.iter().skip(1);
        seen.lost.first().is_some_and(|(at, node)| *node == 3 && *at < 5000.0) && others().count() == 0
    };
    let found = (0..200).map(|replication| see(&world, replication)).find(alone);
    (world, found.expect("a rollout in which node 3 alone is lost"))
}

/// The node is back 600 s after its loss. Until then its pod, though deleted after 350 s, wants the volume; then it is gone at
/// once, and the volume moves in 8 s and 9 s.
#[test]
fn a_pod_on_a_lost_node_keeps_its_volume_until_it_is_gone() {
    let (_, seen) = with_loss(30, Some(600.0));
    let lost = seen.lost[0].0;
    let close = |a: f64, b: f64| assert!((a - b).abs() < 0.01, "{a}, not {b}: {seen:?}");
    close(seen.evicted[0], lost + 350.0);
    close(seen.elsewhere[0].0, lost + 350.0);
    close(seen.back[0], lost + 600.0);
    close(seen.gone[0].0, lost + 600.0);
    close(seen.ready[0].0, lost + 600.0 + 8.0 + 9.0 + 10.0);
    // Nobody is there to say that the pod is gone: the new pod waits to the end.
    assert!(with_loss(30, None).1.ready.is_empty());
}

/// Without a grace period the deleted pod is gone at once, and the volume is taken from its lost node 6 minutes later: 50 s of
/// detection, 300 s of toleration, 360 s, 9 s to attach and 10 s to start.
#[test]
fn a_volume_is_taken_from_a_lost_node_by_force() {
    let (world, seen) = with_loss(0, None);
    let (lost, ready) = (seen.lost[0].0, seen.ready[0].0);
    assert!((ready - (lost + 50.0 + 300.0 + 360.0 + 9.0 + 10.0)).abs() < 0.01, "{ready}: {seen:?}");
    assert_eq!(world.volumes.force_detach, SimDuration::from_secs(360));
    // A node that is back before that gives the volume back as usual.
    let (_, seen) = with_loss(0, Some(400.0));
    let (lost, ready) = (seen.lost[0].0, seen.ready[0].0);
    assert!((ready - (lost + 400.0 + 8.0 + 9.0 + 10.0)).abs() < 0.01, "{ready}: {seen:?}");
}

/// The file of a Deployment with one pod and a claim, as people write it.
const APP: &str = "apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: uploads}
spec: {accessModes: [MODE], resources: {requests: {storage: 10Gi}}}
STATUS
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: docs}
spec:
  replicas: REPLICAS
  selector: {matchLabels: {app: docs}}
  template:
    metadata: {labels: {app: docs}}
    spec:
      containers: [{name: docs, image: 'docs:2', volumeMounts: [{name: uploads, mountPath: /data}]}]
      volumes: [{name: uploads, persistentVolumeClaim: {claimName: uploads}}]
";

fn run(arguments: &[&str]) -> (i32, String, String) {
    let output = rollcast(arguments);
    (output.status.code().expect("an exit code"), text(&output.stdout), text(&output.stderr))
}

/// Runs the program on [`APP`] with these words in it, and more objects beside it; gives its exit code and output.
fn ask(command: &[&str], mode: &str, replicas: u32, beside: &str) -> (i32, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("app.yaml");
    let text = APP.replace("MODE", mode).replace("REPLICAS", &replicas.to_string()).replace("STATUS\n", "");
    fs::write(&file, text + beside).expect("room");
    let file = file.to_str().expect("a plain name");
    let count: &[&str] = if command[0] == "trace" { &[] } else { &["--replications", "100"] };
    let (code, out, err) = run(&[&command[..1], &[file], count, &command[1..]].concat());
    (code, (out + &err).split_whitespace().collect::<Vec<_>>().join(" "))
}

/// The most frequent deadlock of a single replica, as a user sees it: the stall and its cause, why, and what to do.
#[test]
fn a_claim_on_one_node_stalls_its_rollout_and_the_recommendation_says_what_to_do() {
    let (_, out) = ask(&["run"], "ReadWriteOnce", 1, "");
    for words in [
        "stalled 100%",
        "waits for the volume of claim uploads, which is attached to the old pod's node",
        "maxUnavailable 25% (25% of 1, rounded down) keeps it",
        "the old pod runs on the same node, which is drawn for each rollout, when the rollout starts",
        "it is taken as bound",
        "no PersistentVolume in the input says in which zone or on which node the volume of claim uploads is",
    ] {
        assert!(out.contains(words), "{words}: {out}");
    }
    assert!(!out.contains("spec.volumeName"), "the claim names no volume: {out}");
    let (_, out) = ask(&["run", "--format", "json"], "ReadWriteOnce", 1, "");
    assert!(out.contains("\"stall_cause_volume\""), "{out}");
    let (code, out) = ask(&["recommend"], "ReadWriteOnce", 1, "");
    assert_eq!(code, 0, "{out}");
    assert!(out.contains("Recommended: strategy Recreate.") && out.contains("3 of 4 strategies meet both"), "{out}");
    assert!(!out.contains("nothing to change") && out.contains("and no availability, because a volume"), "{out}");
    // Strategies that never complete keep the old pod available, which must not look like an answer.
    let (code, out) = ask(&["recommend", "--set", "objectives=[availability: 90%]"], "ReadWriteOnce", 1, "");
    assert!(code == 1 && out.contains("availability: 90%: met by 0 of the 3 that complete."), "{code} {out}");
    // A gate without objectives says that it does not ask for what no strategy can keep.
    let (code, out) = ask(&["run", "--check", "--set", "strategy=Recreate"], "ReadWriteOnce", 1, "");
    assert_eq!(code, 0, "{out}");
    assert!(out.contains("and no availability, because a volume"), "{out}");
    let (_, out) = ask(&["run"], "ReadWriteMany", 3, "");
    assert!(out.contains("stalled none of 100"), "{out}");
}

/// What could not run even without a rollout is refused, with advice.
#[test]
fn more_replicas_than_a_claim_lets_run_are_refused() {
    let (_, out) = ask(&["trace"], "ReadWriteOncePod", 1, "");
    assert!(out.contains("0/3 nodes are available: 3 node has pod using PersistentVolumeClaim"), "{out}");
    let (code, out) = ask(&["run"], "ReadWriteOncePod", 2, "");
    assert_eq!(code, 2, "{out}");
    assert!(out.contains("one pod alone can use it") && out.contains("replicas: 1"), "{out}");
    let (code, out) = ask(&["run", "--set", "cluster.allocatable.pods=2"], "ReadWriteOnce", 3, "");
    assert_eq!(code, 2, "{out}");
    assert!(out.contains("room for 2 of the pods") && out.contains("ReadWriteMany"), "{out}");
}

/// Two nodes in each of two zones; the volume is in zone b, attached to node b2.
const CLUSTER: &str = "---
apiVersion: v1
kind: PersistentVolume
metadata: {name: pv-1}
spec:
  accessModes: [ReadWriteOnce]
  claimRef: {name: uploads, namespace: default}
  csi: {driver: ebs.csi.aws.com, volumeHandle: vol-secret}
  nodeAffinity: {required: {nodeSelectorTerms: [{matchExpressions: [{key: topology.ebs.csi.aws.com/zone, operator: In, values: [b]}]}]}}
---
apiVersion: storage.k8s.io/v1
kind: VolumeAttachment
metadata: {name: csi-1}
spec: {attacher: ebs.csi.aws.com, nodeName: b2, source: {persistentVolumeName: pv-1}}
status: {attached: true}
";

fn nodes() -> String {
    let node = |name: &str, zone: &str| {
        format!(
            "---\napiVersion: v1\nkind: Node\nmetadata: {{name: {name}, labels: {{topology.kubernetes.io/zone: {zone}}}}}\n\
             status: {{allocatable: {{cpu: 4, memory: 16Gi, pods: 110}}}}\n"
        )
    };
    [("a1", "a"), ("a2", "a"), ("b1", "b"), ("b2", "b")].map(|(name, zone)| node(name, zone)).concat()
}

/// The volume's zone and node are read from its PersistentVolume and its VolumeAttachment, and a result that is verified from its
/// own copies finds them again, without what is private in them.
#[test]
fn the_zone_and_the_node_of_a_volume_are_those_of_the_input() {
    let beside = CLUSTER.to_owned() + &nodes();
    let (_, out) = ask(&["run"], "ReadWriteOnce", 1, &beside);
    assert!(out.contains("the old pod runs on Node b2 when the rollout starts"), "{out}");
    assert!(!out.contains("PersistentVolume, which says"), "{out}");
    let named = "ReadWriteOnce], volumeName: elsewhere, selector: {}, storageClassName: fast, finalizers: [a";
    let (_, out_of_sight) = ask(&["run"], named, 1, "");
    assert!(out_of_sight.contains("PersistentVolumeClaim uploads: spec.volumeName is not modelled"), "{out_of_sight}");
    let (_, out) = ask(&["trace", "--set", "strategy=Recreate"], "ReadWriteOnce", 1, &beside);
    let places: Vec<&str> = out.split("Scheduled node-").skip(1).filter_map(|rest| rest.split(' ').next()).collect();
    assert!(!places.is_empty(), "{out}");
    // Nodes are numbered by zones in turn: a1, b1, a2, b2.
    assert!(places.iter().all(|node| ["1", "3"].contains(node)), "{places:?}: {out}");
    let folder = tempfile::tempdir().expect("a folder");
    let result = folder.path().join("out");
    let result = result.to_str().expect("a plain name");
    let (code, out) = ask(&["sweep", "--out", result, "--quiet"], "ReadWriteOnce", 1, &beside);
    assert_eq!(code, 0, "{out}");
    let (code, out, err) = run(&["verify", result, "--quiet"]);
    assert_eq!(code, 0, "{out}{err}");
    let copies = fs::read_dir(folder.path().join("out/inputs")).expect("copies of the input");
    for copy in copies {
        let text = fs::read_to_string(copy.expect("a file").path()).expect("text");
        assert!(text.contains("nodeName: b2") && !text.contains("vol-secret"), "{text}");
    }
}

/// A node that can attach one more volume takes one pod that has a volume of its own.
#[test]
fn a_node_takes_as_many_pods_as_it_can_attach_volumes_for() {
    let own = "volumes: [{name: uploads, ephemeral: {volumeClaimTemplate: {spec: {storageClassName: fast}}}}]";
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("app.yaml");
    let app = APP.replace("volumes: [{name: uploads, persistentVolumeClaim: {claimName: uploads}}]", own);
    let app = app.replace("MODE", "ReadWriteOnce").replace("REPLICAS", "4").replace("STATUS\n", "");
    let class = "---\nkind: StorageClass\nmetadata: {name: fast}\nprovisioner: ebs.csi.aws.com\nvolumeBindingMode: WaitForFirstConsumer\n";
    let limit = |node: &str| {
        format!(
            "---\nkind: CSINode\nmetadata: {{name: {node}}}\nspec: {{drivers: [{{name: ebs.csi.aws.com, allocatable: {{count: 1}}}}]}}\n"
        )
    };
    let limits = ["a1", "a2", "b1", "b2"].map(limit).concat();
    let run_with = |limits: &str| {
        fs::write(&file, app.clone() + class + &nodes() + limits).expect("room");
        let (_, out, err) = run(&["run", file.to_str().expect("a plain name"), "--replications", "20"]);
        (out + &err).split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let free = run_with("");
    assert!(free.contains("stalled none of 20") && free.contains("no CSINode objects"), "{free}");
    let full = run_with(&limits);
    assert!(full.contains("the nodes have no room for the extra pod"), "{full}");
}
