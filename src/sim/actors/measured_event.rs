//! The event that is measured: how it begins, and what is followed after its end.

use crate::scenario::{MeasuredEvent, NEW_TEMPLATE, Observe, SUBJECT, Target};
use crate::sim::actors::{api_server, drain, node_loss};
use crate::sim::observation::{Fact, Observer};
use crate::sim::run::Run;
use crate::time::SimTime;

/// The event begins.
pub(crate) fn begin<O: Observer>(run: &mut Run<'_, O>) {
    let scenario = run.scenario;
    match &scenario.event {
        MeasuredEvent::Rollout if run.deployment(SUBJECT).spec.template == NEW_TEMPLATE => go_on(run),
        MeasuredEvent::Rollout => api_server::change_spec(run, SUBJECT, |spec| spec.template = NEW_TEMPLATE),
        MeasuredEvent::Scale { .. } => {
            api_server::change_spec(run, SUBJECT, |spec| spec.replicas = scenario.deployment.replicas);
        }
        MeasuredEvent::Drain { nodes } => {
            run.state.outstanding = nodes.len() as u32;
            ask_for_the_same(run);
            drain::drain_in_turn(run, nodes);
        }
        MeasuredEvent::Upgrade => {
            run.state.outstanding = scenario.cluster.nodes_at_start() as u32;
            ask_for_the_same(run);
        }
        MeasuredEvent::Reclaim { nodes, notice } => {
            run.state.outstanding = *nodes;
            ask_for_the_same(run);
            node_loss::reclaim(run, *nodes, *notice);
        }
        MeasuredEvent::Nothing => ask_for_the_same(run),
    }
}

/// The rollout has begun before the run: it goes on.
#[cold]
fn go_on<O: Observer>(run: &mut Run<'_, O>) {
    let spec = run.deployment(SUBJECT).spec;
    api_server::emit_spec(run, SUBJECT, spec);
}

/// Nobody changes the Deployment: it asks for what it has asked for all the time.
fn ask_for_the_same<O: Observer>(run: &mut Run<'_, O>) {
    let target = Target::of_deployment(&run.deployment(SUBJECT).spec);
    run.emit(Fact::Target { workload: SUBJECT, target });
}

/// What is measured is over, and the run is followed for some time; gives the end of that time.
pub(crate) fn observe<O: Observer>(run: &mut Run<'_, O>) -> SimTime {
    let scenario = run.scenario;
    let spec = run.deployment(SUBJECT).spec;
    run.state.leaving.wait_for(&run.state.pods, spec.template);
    if matches!(scenario.event, MeasuredEvent::Scale { from } if from > spec.replicas) {
        run.state.leaving.most = Some(spec.replicas.max(0) as u32);
    }
    look_for_old_pods(run);
    run.now() + scenario.longest_window()
}

/// Whether the run, which is followed after its end, has something left to be followed before the time is over.
pub(crate) fn is_observed<O: Observer>(run: &mut Run<'_, O>) -> bool {
    match run.scenario.observe() {
        Observe::Not => false,
        Observe::For(_) => {
            look_for_old_pods(run);
            true
        }
        Observe::OldPodsGone => {
            look_for_old_pods(run);
            !run.state.leaving.settled
        }
    }
}

/// Reports once when the last pod was gone that the event replaced or removed.
fn look_for_old_pods<O: Observer>(run: &mut Run<'_, O>) {
    if run.state.leaving.settled || !run.state.leaving.are_gone(&run.state.pods) {
        return;
    }
    run.state.leaving.settled = true;
    let kept = (run.scenario.event == MeasuredEvent::Rollout).then(|| run.deployment(SUBJECT).spec.template);
    let when = run.state.leaving.last_gone(kept).unwrap_or(run.state.start);
    run.emit(Fact::OldPodsGone { workload: SUBJECT, when });
}
