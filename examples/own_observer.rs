//! A metric of the user's own: how long each node had two or more pods of the rollout that were not Ready. `cargo run
//! --release --example own_observer`
//!
//! An observer gets every fact of a replication in order of time.

use std::collections::BTreeMap;
use std::error::Error;

use rollcast::sim::{NodeId, PodId};
use rollcast::{Experiment, Fact, Observer, SimTime};

const EXPERIMENT: &str = "
deployment:
  spec:
    replicas: 8
    strategy: {rollingUpdate: {maxSurge: 100%}}
    template: {spec: {containers: [{name: app, image: example/app}]}}
cluster: {nodes: 4}
pods:
  start: {lognormal: {median: 10s, sigma: 0.5}}
";

/// Follows the pods that were bound to a node and are not Ready yet.
#[derive(Default)]
struct Crowds {
    starting: BTreeMap<PodId, NodeId>,
    crowded_since: BTreeMap<NodeId, SimTime>,
    seconds: BTreeMap<NodeId, f64>,
}

impl Crowds {
    fn count(&mut self, at: SimTime, node: NodeId) {
        let crowded = self.starting.values().filter(|other| **other == node).count() >= 2;
        match (crowded, self.crowded_since.get(&node).copied()) {
            (true, None) => {
                self.crowded_since.insert(node, at);
            }
            (false, Some(since)) => {
                *self.seconds.entry(node).or_default() += at.since(since).as_secs_f64();
                self.crowded_since.remove(&node);
            }
            _ => {}
        }
    }

    fn leaves(&mut self, at: SimTime, pod: PodId) {
        if let Some(node) = self.starting.remove(&pod) {
            self.count(at, node);
        }
    }
}

impl Observer for Crowds {
    /// The observer needs no facts except those that the metrics need.
    const DETAIL: bool = false;

    fn fact(&mut self, at: SimTime, fact: Fact) {
        match fact {
            Fact::PodScheduled { pod, node } => {
                self.starting.insert(pod, node);
                self.count(at, node);
            }
            Fact::PodReady(pod) | Fact::PodGone(pod) => self.leaves(at, pod),
            Fact::PodTerminating { pod, .. } => self.leaves(at, pod),
            _ => {}
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let experiment = Experiment::from_yaml(EXPERIMENT)?;
    let mut longest = Vec::new();
    for replication in 0..100 {
        let mut crowds = Crowds::default();
        experiment.replicate(0, replication, &mut crowds)?;
        longest.push(crowds.seconds.values().copied().fold(0.0, f64::max));
    }
    longest.sort_by(f64::total_cmp);
    println!("100 rollouts; the most crowded node had two or more starting pods");
    println!("for {:.1} s in half of them, and for {:.1} s in 95 of them", longest[49], longest[94]);
    Ok(())
}
