//! What a snapshot says for and against versions, nodes and pods that never become Ready, by Bayes' rule.
//!
//! A pod that has been running for long without being Ready speaks for it: a pod that becomes Ready at last would be so by now with the
//! probability that its distribution gives. One pod that is Ready settles it for its version and its node. A node is bad for what
//! starts there, and so a pod of the old version, which has been running for long, says nothing about it.
//!
//! Versions, nodes and pods are judged one after the other, each with what is known of those before it, which is a draw from all of
//! them together. The numbers drawn are those at the addresses that decide without a snapshot too; where a later pod asks again, it
//! gets the same answer.

use crate::distribution::LEAST_LEFT;
use crate::random::Purpose;
use crate::scenario::{OLD_TEMPLATE, Template, Unready};
use crate::sim::actors::kubelet;
use crate::sim::observation::{NodeId, Observer, PodId};
use crate::sim::run::Run;
use crate::sim::state::pods::{Pod, UNSCHEDULED};

/// How likely it is that a pod looks as it does, where it becomes Ready at last and where it never does.
#[derive(Clone, Copy, Debug)]
struct Likelihood {
    good: f64,
    bad: f64,
}

/// The probability of what had the probability `before`, after something was seen.
fn posterior(before: f64, seen: Likelihood) -> f64 {
    let (bad, good) = (before * seen.bad, (1.0 - before) * seen.good);
    // Where neither can be, nothing has been learned.
    if bad + good > 0.0 { bad / (bad + good) } else { before }
}

/// Decides about the versions, the nodes and the pods of a snapshot.
pub(super) fn judge<O: Observer>(run: &mut Run<'_, O>) {
    for template in 0..run.scenario.pods.len() as Template {
        judge_version(run, template);
    }
    if run.scenario.cluster.bad_nodes > 0.0 {
        for node in nodes_of(run, |pod| was_ready(pod) || warms_up(pod)) {
            judge_node(run, node);
        }
    }
    for id in 0..run.state.pods.len() as PodId {
        judge_pod(run, id);
    }
}

/// Whether a pod says something about what never becomes Ready: it is on a node and stays there.
fn speaks(pod: &Pod) -> bool {
    !pod.terminating && pod.node != UNSCHEDULED
}

/// It has been Ready.
fn was_ready(pod: &Pod) -> bool {
    pod.ready || !pod.ready_at.is_never()
}

/// It runs, and has not been Ready.
fn warms_up(pod: &Pod) -> bool {
    !pod.ready && pod.ready_at.is_never() && !pod.started_at.is_never() && !pod.backing_off
}

/// The nodes of the pods of which something is true, each once.
fn nodes_of<O: Observer>(run: &Run<'_, O>, is_true: impl Fn(&Pod) -> bool) -> Vec<NodeId> {
    let pods = run.state.pods.iter().filter(|pod| speaks(pod) && is_true(pod));
    let mut nodes: Vec<NodeId> = pods.map(|pod| pod.node).collect();
    nodes.sort_unstable();
    nodes.dedup();
    nodes
}

fn judge_version<O: Observer>(run: &mut Run<'_, O>, template: Template) {
    let before = run.scenario.pods[usize::from(template)].bad_version;
    let of = |pod: &&Pod| pod.template == template && speaks(pod);
    if before <= 0.0 || !run.state.pods.iter().any(|pod| of(&pod)) {
        return;
    }
    let mut seen = Likelihood { good: 1.0, bad: 1.0 };
    if run.state.pods.iter().filter(of).any(was_ready) {
        seen.bad = 0.0;
    }
    for node in nodes_of(run, |pod| pod.template == template && warms_up(pod)) {
        let on_node = likelihood_on(run, node, Some(template));
        let before = node_before(run, node);
        seen.good *= (1.0 - before) * on_node.good + before * on_node.bad;
        seen.bad *= on_node.bad;
    }
    decide(run, (template, Purpose::BadVersion, 0), posterior(before, seen));
}

/// The probability that a node is bad, as far as it can be.
fn node_before<O: Observer>(run: &Run<'_, O>, node: NodeId) -> f64 {
    let proof = |pod: &Pod| pod.node == node && pod.template != OLD_TEMPLATE && speaks(pod) && was_ready(pod);
    if run.state.pods.iter().any(proof) { 0.0 } else { run.scenario.cluster.bad_nodes }
}

/// How likely the pods on a node look as they do, of one version or of all that are not bad, where the node is good or bad.
fn likelihood_on<O: Observer>(run: &mut Run<'_, O>, node: NodeId, template: Option<Template>) -> Likelihood {
    let mut all = Likelihood { good: 1.0, bad: 1.0 };
    for id in 0..run.state.pods.len() as PodId {
        let pod = run.state.pods[id as usize];
        let counts = template.is_none_or(|template| template == pod.template);
        if pod.node == node && counts && speaks(&pod) && warms_up(&pod) && (template.is_some() || !is_bad(run, &pod)) {
            let seen = likelihood(run, &pod);
            let never = run.scenario.pods[usize::from(pod.template)].never_ready;
            all.good *= (1.0 - never) * seen.good + never * seen.bad;
            all.bad *= seen.bad;
        }
    }
    all
}

/// Whether a pod's version has been found to be bad.
fn is_bad<O: Observer>(run: &mut Run<'_, O>, pod: &Pod) -> bool {
    let model = &run.scenario.pods[usize::from(pod.template)];
    run.draws.chance(model.bad_version, pod.template, Purpose::BadVersion, 0)
}

fn judge_node<O: Observer>(run: &mut Run<'_, O>, node: NodeId) {
    let before = node_before(run, node);
    let seen = likelihood_on(run, node, None);
    decide(run, (0, Purpose::BadNode, u64::from(node)), posterior(before, seen));
}

/// Draws what is known only with a probability, and keeps the answer for all who ask later.
fn decide<O: Observer>(run: &mut Run<'_, O>, (template, purpose, position): (Template, Purpose, u64), after: f64) {
    let happens = run.draws.chance(after, template, purpose, position);
    // A chance happens where its number is below its probability.
    run.draws.fix(template, purpose, position, if happens { 0.0 } else { 1.0 });
}

fn judge_pod<O: Observer>(run: &mut Run<'_, O>, id: PodId) {
    let pod = run.state.pods[id as usize];
    if !speaks(&pod) || was_ready(&pod) {
        return;
    }
    let model = &run.scenario.pods[usize::from(pod.template)];
    let seen = if warms_up(&pod) { likelihood(run, &pod) } else { Likelihood { good: 1.0, bad: 1.0 } };
    let bad_node = run.draws.chance(run.scenario.cluster.bad_nodes, 0, Purpose::BadNode, u64::from(pod.node));
    let never = posterior(model.never_ready, seen);
    let never_ready = is_bad(run, &pod)
        || bad_node
        || run.draws.chance(never, pod.template, Purpose::NeverReady, u64::from(pod.number))
        || seen.good < LEAST_LEFT;
    run.state.pods[id as usize].never_ready = never_ready;
}

fn likelihood<O: Observer>(run: &mut Run<'_, O>, pod: &Pod) -> Likelihood {
    let state = unready(run, pod);
    let model = &run.scenario.pods[usize::from(pod.template)];
    let good = model.possible_warm_ups(&state).share;
    Likelihood { good, bad: f64::from(u8::from(model.runs_unready(&state))) }
}

/// A pod that runs and is not Ready, as it is now.
pub(super) fn unready<O: Observer>(run: &mut Run<'_, O>, pod: &Pod) -> Unready {
    let slowness = kubelet::slowness(run, pod.node) * kubelet::crowding_factor(run, pod);
    Unready { seen_at: pod.seen_at, started_at: pod.started_at, now: run.now(), slowness }
}
