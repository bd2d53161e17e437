//! The HorizontalPodAutoscaler: what is measured of the pods, and when it decides. The rules are [`crate::k8s::horizontal`].
//!
//! The CPU that a pod uses is taken to follow the requests that it answers. As metrics-server does, the mean of the last 15 s
//! is taken every 15 s, of containers that have run for at least 15 s.

use crate::k8s::horizontal::{Memory, SYNC_PERIOD};
use crate::k8s::replica_calculator::{PodView, Sample};
use crate::random::Purpose;
use crate::scenario::SUBJECT;
use crate::sim::actors::api_server;
use crate::sim::observation::{Fact, Observer, PodId};
use crate::sim::run::Run;
use crate::sim::state::State;
use crate::sim::state::event::Event;
use crate::sim::state::horizontal_autoscaler::Measured;
use crate::sim::state::pods::Pod;
use crate::time::{SimDuration, SimTime};
use crate::traffic::{Flow, Listed};

/// metrics-server's `--metric-resolution`, as its manifest has it.
const WINDOW: SimDuration = SimDuration::from_secs(15);

/// Whether a pod's containers have run for a whole window, and its node answers.
fn runs_long_enough(pod: &Pod, now: SimTime) -> bool {
    !pod.gone && !pod.lost && !pod.backing_off && pod.started_at <= now && now.since(pod.started_at) >= WINDOW
}

/// The autoscaler has existed for a long time and has nothing to change; all its pods have had the same requests.
pub(crate) fn start<O: Observer>(run: &mut Run<'_, O>) {
    let (Some(traffic), Some(_)) = (&run.scenario.traffic, &run.scenario.horizontal_autoscaler) else { return };
    let (start, pods) = (run.state.start, run.state.pods.len() as u32);
    let mut within = |purpose, period: SimDuration| {
        SimDuration::from_nanos((run.draws.uniform(0, purpose, 0) * period.as_nanos() as f64) as u64)
    };
    let scrape = start + within(Purpose::ScrapePhase, WINDOW);
    let sync = start + within(Purpose::AutoscalerPhase, SYNC_PERIOD);
    let each = (traffic.rate.at(SimDuration::ZERO) / f64::from(pods.max(1))).min(traffic.capacity);
    let at = SimTime::ZERO + scrape.since(SimTime::ZERO + WINDOW);
    let sample = Sample { usage: usage(run, each), at, window: WINDOW };
    let before = each * start.since(at).as_secs_f64();
    let horizontal = &mut run.state.horizontal;
    horizontal.flow = Some(Flow::new(traffic, start, pods));
    horizontal.memory = Memory::new(run.scenario.found_replicas(), start);
    // Requests that were answered between the last measurement and the start count in the next one.
    horizontal.measured.resize(pods as usize, Measured { answered: -before, sample: Some(sample) });
    run.schedule(scrape, Event::Scrape);
    run.schedule(sync, Event::AutoscalerSync);
}

/// A recorded autoscaler is created. Its queue holds every key back for a period, the first time too.
pub(crate) fn create<O: Observer>(run: &mut Run<'_, O>) {
    run.state.horizontal.is_new = true;
    let at = run.now() + SYNC_PERIOD + run.watch_latency(SUBJECT);
    run.schedule(at, Event::AutoscalerSync);
}

/// What a script says that pods use: all Ready pods have equal parts of it, others that run use next to nothing.
fn measure_as_recorded<O: Observer>(run: &mut Run<'_, O>) {
    let Some(script) = &run.scenario.script else { return };
    let now = run.now();
    let passed = now.since(run.state.start);
    let all = script.cpu.iter().rev().find(|(at, _)| *at <= passed).map_or(0, |(_, millis)| *millis);
    let ready = run.state.pods.iter().filter(|pod| pod.ready && !pod.gone).count() as u64;
    let request = script.cpu_request.max(1);
    let State { pods, horizontal, .. } = &mut *run.state;
    horizontal.measured.resize(pods.len(), Measured::default());
    for (pod, measured) in pods.iter().zip(&mut horizontal.measured) {
        let millis = if pod.ready { all / ready.max(1) } else { 1 };
        let runs = !pod.gone && !pod.lost && pod.started_at <= now;
        let sample = Sample { usage: (millis * 1000 / request) as i64, at: now, window: WINDOW };
        measured.sample = runs.then_some(sample);
    }
}

/// CPU that a pod uses at a rate of requests per second, in thousandths of a pod's request.
fn usage<O: Observer>(run: &Run<'_, O>, rate: f64) -> i64 {
    let Some(traffic) = &run.scenario.traffic else { return 0 };
    (rate / traffic.capacity * traffic.cpu_at_capacity * 1e3).round() as i64
}

/// All pods are measured.
pub(crate) fn scrape<O: Observer>(run: &mut Run<'_, O>) {
    let now = run.now();
    let Some(mut flow) = run.state.horizontal.flow.take() else { return };
    flow.until(now);
    run.state.horizontal.measured.resize(run.state.pods.len(), Measured::default());
    for id in 0..run.state.pods.len() {
        let answered = flow.answered(id as PodId);
        let rate = (answered - run.state.horizontal.measured[id].answered) / WINDOW.as_secs_f64();
        let sample = Sample { usage: usage(run, rate), at: now, window: WINDOW };
        let sample = runs_long_enough(&run.state.pods[id], now).then_some(sample);
        run.state.horizontal.measured[id] = Measured { answered, sample };
    }
    run.state.horizontal.flow = Some(flow);
    run.schedule(now + WINDOW, Event::Scrape);
}

/// Decides about the number of replicas, and changes it.
pub(crate) fn sync<O: Observer>(run: &mut Run<'_, O>) {
    let Some(spec) = &run.scenario.horizontal_autoscaler else { return };
    if run.state.endpoints.is_over() && !run.is_watching() {
        if run.scenario.observes() {
            let next = run.now() + SYNC_PERIOD;
            run.schedule(next, Event::AutoscalerSync);
        }
        return;
    }
    let now = run.now();
    let current = run.deployment(SUBJECT).spec.replicas;
    if run.scenario.traffic.is_none() {
        measure_as_recorded(run);
        if std::mem::take(&mut run.state.horizontal.is_new) {
            run.state.horizontal.memory = Memory::new(current, now);
        }
    }
    let pods: Vec<PodView> = (0..run.state.pods.len() as PodId)
        .filter(|id| !run.state.pods[*id as usize].gone)
        .map(|id| view_of_pod(run, id))
        .collect();
    let decision = spec.decide(&run.state.horizontal.memory, current, &pods, now);
    run.state.horizontal.memory.note(spec, current, &decision, now);
    let wanted = decision.proposal.map_or(decision.replicas, |proposal| proposal.replicas);
    if decision.replicas != current || (O::DETAIL && wanted != current) {
        run.emit(Fact::Autoscaled { workload: SUBJECT, from: current, decision });
    }
    api_server::change_spec(run, SUBJECT, |deployment| deployment.replicas = decision.replicas);
    run.schedule(now + SYNC_PERIOD, Event::AutoscalerSync);
}

fn view_of_pod<O: Observer>(run: &Run<'_, O>, id: PodId) -> PodView {
    let pod = &run.state.pods[id as usize];
    let endpoint = run.state.endpoints.of(id);
    let started = if pod.seen_at.is_never() { pod.created } else { pod.seen_at };
    if run.scenario.traffic.is_none() {
        let ready_changed = if pod.ready { pod.ready_at } else { started }.truncated();
        let pending = !pod.bound || pod.started_at > run.now();
        let sample = run.state.horizontal.measured.get(id as usize).and_then(|measured| measured.sample);
        return PodView {
            leaving: pod.terminating,
            pending,
            ready: pod.ready,
            ready_changed,
            started: started.truncated(),
            sample,
        };
    }
    PodView {
        leaving: pod.terminating,
        pending: !pod.bound || pod.started_at > run.now(),
        ready: endpoint.published == Listed::Ready,
        ready_changed: endpoint.published_at.max(started).truncated(),
        started: started.truncated(),
        sample: run.state.horizontal.measured.get(id as usize).and_then(|measured| measured.sample),
    }
}
