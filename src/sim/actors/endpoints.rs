//! The EndpointSlice controller and those who send requests: they learn late which pods answer.
//!
//! Upstream: `staging/src/k8s.io/endpointslice/utils.go: podToEndpoint`; a pod is ready in its slice while it is Ready
//! without deletion timestamp, serving while it is Ready. All who send requests learn of a change at the same moment.
//! Without traffic in the scenario none of this happens.

use crate::random::Purpose;
use crate::scenario::SUBJECT;
use crate::sim::observation::{Fact, Observer, PodId};
use crate::sim::run::Run;
use crate::sim::state::endpoints::{Endpoint, UNKNOWN};
use crate::sim::state::event::Event;
use crate::time::SimTime;
use crate::traffic::{Listed, OnSigterm, Traffic};

/// The old pods have been known for a long time.
pub(crate) fn start<O: Observer>(run: &mut Run<'_, O>) {
    if run.scenario.traffic.is_some() {
        let old = Endpoint { published: Listed::Ready, known: Listed::Ready, answers: true, ..UNKNOWN };
        let endpoints = run.state.pods.iter().map(|pod| if pod.ready { old } else { UNKNOWN });
        run.state.endpoints.pods.extend(endpoints);
    }
}

/// A container that has become Ready for the first time answers requests.
pub(crate) fn pod_answers<O: Observer>(run: &mut Run<'_, O>, id: PodId) {
    if run.scenario.traffic.is_some() {
        let now = run.now();
        let endpoint = run.state.endpoints.of_mut(id);
        endpoint.answers = true;
        endpoint.answers_since = now;
        pass_on(run, Fact::PodAnswers(id));
    }
}

/// A pod stops answering, even if it is still sent requests.
pub(crate) fn pod_falls_silent<O: Observer>(run: &mut Run<'_, O>, id: PodId) {
    if run.scenario.traffic.is_some() && run.state.endpoints.of(id).answers {
        run.state.endpoints.of_mut(id).answers = false;
        pass_on(run, Fact::PodSilent(id));
    }
}

/// A pod with a deletion timestamp gets SIGTERM at `sigterm`; its containers are gone at `gone`.
#[inline(always)]
pub(crate) fn schedule_end_of_answers<O: Observer>(run: &mut Run<'_, O>, id: PodId, sigterm: SimTime, gone: SimTime) {
    if let Some(traffic) = &run.scenario.traffic {
        let at = match traffic.on_sigterm {
            OnSigterm::Stop => sigterm,
            OnSigterm::Serve => gone,
        };
        schedule_silence(run, id, at);
    }
}

#[inline(never)]
fn schedule_silence<O: Observer>(run: &mut Run<'_, O>, id: PodId, at: SimTime) {
    run.schedule(at, Event::Silent { pod: id });
}

/// The API server learns at `at` what a pod's endpoint is; those who send requests learn it later.
#[inline(always)]
pub(crate) fn publish<O: Observer>(run: &mut Run<'_, O>, at: SimTime, id: PodId, listed: Listed) {
    if let Some(traffic) = &run.scenario.traffic {
        publish_if_changed(run, traffic, at, id, listed);
    }
}

#[inline(never)]
fn publish_if_changed<O: Observer>(run: &mut Run<'_, O>, traffic: &Traffic, at: SimTime, id: PodId, listed: Listed) {
    let endpoint = run.state.endpoints.of_mut(id);
    if endpoint.published == listed {
        return;
    }
    endpoint.published = listed;
    endpoint.published_at = at;
    endpoint.changes += 1;
    let pod = &run.state.pods[id as usize];
    let position = u64::from(endpoint.changes) << 32 | u64::from(pod.number);
    let propagation = &run.scenario.control_plane.endpoint_propagation;
    let mut known = at + run.draws.duration(propagation, pod.template, Purpose::Endpoint, position);
    if let Some(balancer) = &traffic.load_balancer {
        let later = if listed == Listed::Ready { &balancer.registration } else { &balancer.deregistration };
        known += run.draws.duration(later, pod.template, Purpose::LoadBalancer, position);
    }
    let endpoint = run.state.endpoints.of_mut(id);
    endpoint.arrives = endpoint.arrives.max(known);
    let at = endpoint.arrives;
    run.schedule(at, Event::Endpoint { pod: id, listed });
}

/// A pod got its deletion timestamp: its endpoint is terminating from now on.
pub(crate) fn publish_termination<O: Observer>(run: &mut Run<'_, O>, id: PodId) {
    if run.state.endpoints.of(id).published == Listed::Ready {
        let now = run.now();
        publish(run, now, id, Listed::Terminating);
    }
}

/// Those who send requests learn how a pod is listed.
pub(crate) fn learn<O: Observer>(run: &mut Run<'_, O>, id: PodId, listed: Listed) {
    let endpoint = run.state.endpoints.of_mut(id);
    endpoint.known = listed;
    if endpoint.unsettled && endpoint.published == listed {
        endpoint.unsettled = false;
        settle_one(run);
    }
    pass_on(run, Fact::Endpoint { pod: id, listed });
}

/// One of the changes that are waited for after the end of the rollout has become known.
pub(crate) fn settle_one<O: Observer>(run: &mut Run<'_, O>) {
    let unsettled = &mut run.state.endpoints.unsettled;
    *unsettled = unsettled.map(|count| count - 1);
}

/// The rollout is over. Those who send requests may not know yet all that it did, and its last pods may still warm up: counts
/// what the run waits for.
pub(crate) fn wait_until_settled<O: Observer>(run: &mut Run<'_, O>) {
    let Some(traffic) = &run.scenario.traffic else { return };
    let now = run.now();
    let mut unsettled = 0;
    for endpoint in &mut run.state.endpoints.pods {
        endpoint.unsettled = endpoint.published != endpoint.known;
        unsettled += u32::from(endpoint.unsettled);
    }
    let answering = run.state.endpoints.pods.iter().filter(|endpoint| endpoint.answers);
    let last = answering.map(|endpoint| endpoint.answers_since).max().unwrap_or(now);
    let warm = traffic.warm_up.map_or(now, |warm_up| last + warm_up.length);
    if warm > now {
        unsettled += 1;
        run.schedule(warm, Event::Warm);
    }
    run.state.endpoints.unsettled = Some(unsettled);
    run.emit(Fact::RolloutOver(SUBJECT));
}

/// Reports a fact about requests, which the horizontal autoscaler measures too.
fn pass_on<O: Observer>(run: &mut Run<'_, O>, fact: Fact) {
    let now = run.now();
    run.state.horizontal.take_note(now, &fact);
    run.emit(fact);
}
