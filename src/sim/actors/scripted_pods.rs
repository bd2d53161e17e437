//! Pods that follow a script instead of drawing what happens to them.

use crate::script::Script;
use crate::sim::actors::{api_server, pod_lifecycle};
use crate::sim::observation::{Observer, PodId};
use crate::sim::run::Run;
use crate::sim::state::event::Event;
use crate::sim::state::pods::Next;
use crate::time::SimTime;

/// A pod has been bound to a node that works.
pub(crate) fn start<O: Observer>(run: &mut Run<'_, O>, script: &Script, id: PodId) {
    let now = run.now();
    let pod = &mut run.state.pods[id as usize];
    pod.pulled_at = now;
    let running = script.pods.get(usize::from(pod.template)).and_then(|pods| pods.running.of(pod.number));
    pod.started_at = running.map_or(SimTime::NEVER, |running| now + running);
    api_server::send_pod_update(run, id);
    follow(run, id);
}

/// A pod that the run finds on its node goes on.
pub(crate) fn go_on<O: Observer>(run: &mut Run<'_, O>, id: PodId) {
    let pod = run.state.pods[id as usize];
    let own = run.scenario.script.as_ref().and_then(|script| script.pods.get(usize::from(pod.template)));
    let Some(own) = own else { return };
    let age = own.bound.get(&pod.number).copied().unwrap_or_default();
    let bound = SimTime::ZERO + run.now().since(SimTime::ZERO + age);
    let running = own.running.of(pod.number);
    let pod = &mut run.state.pods[id as usize];
    pod.pulled_at = bound;
    pod.started_at = running.map_or(SimTime::NEVER, |running| bound + running);
    if pod.ready {
        pod.started_at = pod.started_at.min(pod.ready_at);
    }
    follow(run, id);
}

/// A pod that the run finds on its way out is gone when its script says so.
pub(crate) fn go_on_ending<O: Observer>(run: &mut Run<'_, O>, id: PodId) {
    let pod = run.state.pods[id as usize];
    let own = run.scenario.script.as_ref().and_then(|script| script.pods.get(usize::from(pod.template)));
    let length = own.and_then(|own| own.termination.of(pod.number)).unwrap_or_default();
    let due = (pod.exits_at + length).max(run.now());
    run.state.pods[id as usize].exits_at = due;
    run.schedule(due, Event::PodGone { pod: id });
}

/// Puts a pod into the state that its script has now, and plans its next change.
pub(crate) fn follow<O: Observer>(run: &mut Run<'_, O>, id: PodId) {
    let now = run.now();
    let pod = run.state.pods[id as usize];
    let script = run.scenario.script.as_ref();
    let Some(script) = script.and_then(|script| script.pods.get(usize::from(pod.template))) else { return };
    if pod.lost || pod.terminating || !pod.is_scheduled() || pod.pulled_at.is_never() {
        return;
    }
    let state = script.state(pod.number, now.since(pod.pulled_at));
    let ready = pod.ready_by_hand.unwrap_or(state.ready);
    if state.running && pod.started_at == now {
        api_server::send_pod_update(run, id);
    }
    if ready && pod.started_at > now {
        run.state.pods[id as usize].started_at = now;
    }
    if ready != pod.ready {
        if ready {
            pod_lifecycle::set_ready(run, id);
        } else {
            pod_lifecycle::set_not_ready(run, id);
        }
    }
    if let Some(age) = state.until {
        pod_lifecycle::plan_step(run, id, Next::Script, pod.pulled_at + age);
    }
}

/// Sets a pod's readiness by hand, which overrules the script; `None`: the script holds again.
pub(crate) fn set_by_hand<O: Observer>(run: &mut Run<'_, O>, id: PodId, ready: Option<bool>) {
    run.state.pods[id as usize].ready_by_hand = ready;
    follow_anew(run, id);
}

/// Drops the planned change and follows the script again.
pub(crate) fn follow_anew<O: Observer>(run: &mut Run<'_, O>, id: PodId) {
    let pod = &mut run.state.pods[id as usize];
    // One that waits for its volumes is told that it has them by its epoch.
    if !pod.pulled_at.is_never() {
        pod.epoch = pod.epoch.wrapping_add(1);
    }
    follow(run, id);
}
