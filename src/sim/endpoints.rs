//! Who is sent requests and who answers them: Services' endpoints, as the pods' own state comes to be known.
//!
//! Upstream: `staging/src/k8s.io/endpointslice/utils.go: podToEndpoint`; a pod is ready in its slice while it is Ready
//! without deletion timestamp, serving while it is Ready. All who send requests learn of a change at the same moment. Where
//! there is no traffic none of this happens.

use crate::random::Purpose;
use crate::sim::event::Event;
use crate::sim::observation::{Fact, Observer, PodId};
use crate::sim::run::Run;
use crate::time::SimTime;
use crate::traffic::{Listed, OnSigterm};

/// The endpoints of a run.
#[derive(Debug, Default)]
pub(super) struct Endpoints {
    pods: Vec<Endpoint>,
    /// After the rollout's end: what is still to come of it, see [`Run::wait_for_endpoints`].
    open: Option<u32>,
}

/// A pod as an endpoint.
#[derive(Clone, Copy, Debug)]
pub(super) struct Endpoint {
    /// As the API server has it, and since when.
    pub(super) published: Listed,
    pub(super) published_at: SimTime,
    /// As those know it who send requests.
    known: Listed,
    /// When the last change becomes known; none overtakes another.
    arrives: SimTime,
    changes: u32,
    answers: bool,
    answers_since: SimTime,
    /// The rollout is over, and what it did to this one is not known yet.
    open: bool,
}

const UNKNOWN: Endpoint = Endpoint {
    published: Listed::No,
    published_at: SimTime::ZERO,
    known: Listed::No,
    arrives: SimTime::ZERO,
    changes: 0,
    answers: false,
    answers_since: SimTime::ZERO,
    open: false,
};

impl Endpoints {
    pub(super) fn reset(&mut self) {
        self.pods.clear();
        self.open = None;
    }

    pub(super) fn of(&self, id: PodId) -> Endpoint {
        self.pods.get(id as usize).copied().unwrap_or(UNKNOWN)
    }

    fn of_mut(&mut self, id: PodId) -> &mut Endpoint {
        if self.pods.len() <= id as usize {
            self.pods.resize(id as usize + 1, UNKNOWN);
        }
        &mut self.pods[id as usize]
    }

    /// Whether the rollout is over.
    pub(super) fn is_over(&self) -> bool {
        self.open.is_some()
    }

    /// Whether nothing is to come any more of what the rollout did.
    pub(super) fn settled(&self) -> bool {
        self.open == Some(0)
    }
}

impl<O: Observer> Run<'_, O> {
    /// The old pods have been known for long.
    pub(super) fn start_endpoints(&mut self) {
        if self.scenario.traffic.is_some() {
            let old = Endpoint { published: Listed::Ready, known: Listed::Ready, answers: true, ..UNKNOWN };
            self.state.endpoints.pods.extend(self.state.pods.iter().map(|_| old));
        }
    }

    /// A container that has become Ready for the first time answers requests.
    pub(super) fn pod_answers(&mut self, id: PodId) {
        if self.scenario.traffic.is_some() {
            let now = self.now();
            let endpoint = self.state.endpoints.of_mut(id);
            endpoint.answers = true;
            endpoint.answers_since = now;
            self.pass_on(Fact::PodAnswers(id));
        }
    }

    /// A pod answers no more, whoever still sends it requests.
    pub(super) fn pod_falls_silent(&mut self, id: PodId) {
        if self.scenario.traffic.is_some() && self.state.endpoints.of(id).answers {
            self.state.endpoints.of_mut(id).answers = false;
            self.pass_on(Fact::PodSilent(id));
        }
    }

    /// A pod that is told to go gets SIGTERM at `sigterm`; its containers are gone at `gone`.
    pub(super) fn plan_silence(&mut self, id: PodId, sigterm: SimTime, gone: SimTime) {
        let Some(traffic) = &self.scenario.traffic else { return };
        let at = match traffic.on_sigterm {
            OnSigterm::Stop => sigterm,
            OnSigterm::Serve => gone,
        };
        self.schedule(at, Event::Silent { pod: id });
    }

    /// The API server learns at `at` what a pod's endpoint is; those who send requests do after that.
    pub(super) fn publish(&mut self, at: SimTime, id: PodId, listed: Listed) {
        let Some(traffic) = &self.scenario.traffic else { return };
        let endpoint = self.state.endpoints.of_mut(id);
        if endpoint.published == listed {
            return;
        }
        endpoint.published = listed;
        endpoint.published_at = at;
        endpoint.changes += 1;
        let pod = &self.state.pods[id as usize];
        let position = u64::from(endpoint.changes) << 32 | u64::from(pod.number);
        let propagation = &self.scenario.control_plane.endpoint_propagation;
        let mut known = at + self.draws.duration(propagation, pod.template, Purpose::Endpoint, position);
        if let Some(balancer) = &traffic.load_balancer {
            let later = if listed == Listed::Ready { &balancer.registration } else { &balancer.deregistration };
            known += self.draws.duration(later, pod.template, Purpose::LoadBalancer, position);
        }
        let endpoint = self.state.endpoints.of_mut(id);
        endpoint.arrives = endpoint.arrives.max(known);
        let at = endpoint.arrives;
        self.schedule(at, Event::Endpoint { pod: id, listed });
    }

    /// A pod gets its deletion timestamp.
    pub(super) fn publish_termination(&mut self, id: PodId) {
        if self.state.endpoints.of(id).published == Listed::Ready {
            let now = self.now();
            self.publish(now, id, Listed::Terminating);
        }
    }

    pub(super) fn endpoint_known(&mut self, id: PodId, listed: Listed) {
        let endpoint = self.state.endpoints.of_mut(id);
        endpoint.known = listed;
        if endpoint.open && endpoint.published == listed {
            endpoint.open = false;
            self.one_less_open();
        }
        self.pass_on(Fact::Endpoint { pod: id, listed });
    }

    pub(super) fn one_less_open(&mut self) {
        let open = &mut self.state.endpoints.open;
        *open = open.map(|count| count - 1);
    }

    /// The rollout is over, but those who send requests may not know all that it did, and its last pods may still warm up:
    /// counts what is to be waited for.
    pub(super) fn wait_for_endpoints(&mut self) {
        let Some(traffic) = &self.scenario.traffic else { return };
        let now = self.now();
        let mut open = 0;
        for endpoint in &mut self.state.endpoints.pods {
            endpoint.open = endpoint.published != endpoint.known;
            open += u32::from(endpoint.open);
        }
        let answering = self.state.endpoints.pods.iter().filter(|endpoint| endpoint.answers);
        let last = answering.map(|endpoint| endpoint.answers_since).max().unwrap_or(now);
        let warm = traffic.warm_up.map_or(now, |warm_up| last + warm_up.length);
        if warm > now {
            open += 1;
            self.schedule(warm, Event::Warm);
        }
        self.state.endpoints.open = Some(open);
        self.tell(Fact::RolloutOver);
    }

    /// Tells a fact about requests, which the horizontal autoscaler measures too.
    fn pass_on(&mut self, fact: Fact) {
        let now = self.now();
        self.state.horizontal.take_note(now, &fact);
        self.tell(fact);
    }
}
