//! The HorizontalPodAutoscaler at work: what is measured of the pods, and when it looks. Rules are [`crate::k8s::horizontal`].
//!
//! The CPU that a pod uses is taken to follow the requests that it answers. As metrics-server does, the mean of the last 15 s
//! is taken every 15 s, of containers that have run for so long.

use crate::k8s::horizontal::{Memory, SYNC_PERIOD};
use crate::k8s::replica_calculator::{PodView, Sample};
use crate::random::Purpose;
use crate::sim::event::Event;
use crate::sim::observation::{Fact, Observer, PodId};
use crate::sim::pods::Pod;
use crate::sim::run::Run;
use crate::time::{SimDuration, SimTime};
use crate::traffic::{Flow, Listed};

/// metrics-server's `--metric-resolution`, as its manifest has it.
const WINDOW: SimDuration = SimDuration::from_secs(15);

/// The autoscaler.
#[derive(Debug, Default)]
pub(super) struct HorizontalAutoscaler {
    /// Requests as they come to be answered; `None`: there is no autoscaler.
    flow: Option<Flow>,
    memory: Memory,
    /// By pod.
    measured: Vec<Measured>,
}

/// What is known of a pod.
#[derive(Clone, Copy, Debug, Default)]
struct Measured {
    /// Requests answered until the last time that was measured.
    answered: f64,
    sample: Option<Sample>,
}

impl HorizontalAutoscaler {
    pub(super) fn reset(&mut self) {
        self.flow = None;
        self.measured.clear();
    }

    pub(super) fn take_note(&mut self, at: SimTime, fact: &Fact) {
        if let Some(flow) = &mut self.flow {
            fact.pass_to(flow, at);
        }
    }
}

impl<O: Observer> Run<'_, O> {
    /// The autoscaler has been there for long and has nothing to change; all its pods have had the same requests.
    pub(super) fn start_horizontal_autoscaler(&mut self) {
        let (Some(traffic), Some(_)) = (&self.scenario.traffic, &self.scenario.horizontal_autoscaler) else { return };
        let (start, pods) = (self.state.start, self.state.pods.len() as u32);
        let mut within = |purpose, period: SimDuration| {
            SimDuration::from_nanos((self.draws.uniform(0, purpose, 0) * period.as_nanos() as f64) as u64)
        };
        let scrape = start + within(Purpose::ScrapePhase, WINDOW);
        let sync = start + within(Purpose::AutoscalerPhase, SYNC_PERIOD);
        let each = (traffic.rate.at(SimDuration::ZERO) / f64::from(pods.max(1))).min(traffic.capacity);
        let at = SimTime::ZERO + scrape.since(SimTime::ZERO + WINDOW);
        let sample = Sample { usage: self.usage(each), at, window: WINDOW };
        let before = each * start.since(at).as_secs_f64();
        let horizontal = &mut self.state.horizontal;
        horizontal.flow = Some(Flow::new(traffic, start, pods));
        horizontal.memory = Memory::new(self.scenario.deployment.replicas, start);
        // What was answered between the last measurement and the start counts at the next.
        horizontal.measured.resize(pods as usize, Measured { answered: -before, sample: Some(sample) });
        self.schedule(scrape, Event::Scrape);
        self.schedule(sync, Event::AutoscalerSync);
    }

    /// CPU used at so many requests per second, in thousandths of a pod's request.
    fn usage(&self, rate: f64) -> i64 {
        let Some(traffic) = &self.scenario.traffic else { return 0 };
        (rate / traffic.capacity * traffic.cpu_at_capacity * 1e3).round() as i64
    }

    /// All pods are measured.
    pub(super) fn scrape(&mut self) {
        let now = self.now();
        let Some(mut flow) = self.state.horizontal.flow.take() else { return };
        flow.until(now);
        self.state.horizontal.measured.resize(self.state.pods.len(), Measured::default());
        for id in 0..self.state.pods.len() {
            let answered = flow.answered(id as PodId);
            let rate = (answered - self.state.horizontal.measured[id].answered) / WINDOW.as_secs_f64();
            let sample = Sample { usage: self.usage(rate), at: now, window: WINDOW };
            let sample = runs_long_enough(&self.state.pods[id], now).then_some(sample);
            self.state.horizontal.measured[id] = Measured { answered, sample };
        }
        self.state.horizontal.flow = Some(flow);
        self.schedule(now + WINDOW, Event::Scrape);
    }

    pub(super) fn autoscaler_sync(&mut self) {
        let Some(spec) = &self.scenario.horizontal_autoscaler else { return };
        if self.state.endpoints.is_over() {
            return;
        }
        let now = self.now();
        let current = self.deployment().spec.replicas;
        let pods: Vec<PodView> = (0..self.state.pods.len() as PodId)
            .filter(|id| !self.state.pods[*id as usize].gone)
            .map(|id| self.as_autoscaler_sees(id))
            .collect();
        let decision = spec.decide(&self.state.horizontal.memory, current, &pods, now);
        self.state.horizontal.memory.note(spec, current, &decision, now);
        let wanted = decision.proposal.map_or(decision.replicas, |proposal| proposal.replicas);
        if decision.replicas != current || (O::DETAIL && wanted != current) {
            self.tell(Fact::Autoscaled { from: current, decision });
        }
        self.change_spec(|deployment| deployment.replicas = decision.replicas);
        self.schedule(now + SYNC_PERIOD, Event::AutoscalerSync);
    }

    fn as_autoscaler_sees(&self, id: PodId) -> PodView {
        let pod = &self.state.pods[id as usize];
        let endpoint = self.state.endpoints.of(id);
        let started = if pod.seen_at.is_never() { pod.created } else { pod.seen_at };
        PodView {
            leaving: pod.terminating,
            pending: !pod.bound || pod.started_at > self.now(),
            ready: endpoint.published == Listed::Ready,
            ready_changed: endpoint.published_at.max(started).truncated(),
            started: started.truncated(),
            sample: self.state.horizontal.measured.get(id as usize).and_then(|measured| measured.sample),
        }
    }
}

/// A whole window lies in the life of a pod's containers, and its node answers.
fn runs_long_enough(pod: &Pod, now: SimTime) -> bool {
    !pod.gone && !pod.lost && !pod.backing_off && pod.started_at <= now && now.since(pod.started_at) >= WINDOW
}
