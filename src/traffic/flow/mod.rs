//! The sums of requests that came, were answered and were lost, piece by piece.

use crate::time::{SimDuration, SimTime};
use crate::traffic::{Rate, Traffic};

/// What the senders of requests know about a pod.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Listed {
    /// The pod is unknown or not Ready: it gets no requests.
    #[default]
    No,
    /// The pod is Ready: it gets its share.
    Ready,
    /// The pod is Ready and has a deletion timestamp: it gets requests only where no other pod is Ready
    /// (`pkg/proxy/topology.go: CategorizeEndpoints`).
    Terminating,
}

/// Numbers of requests, as expected values, so they are not whole numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Lost {
    /// All requests that came.
    pub asked: f64,
    /// Requests sent to pods that no longer answer.
    pub dead: f64,
    /// Requests that came while no pod was known.
    pub nowhere: f64,
    /// Requests above the capacity of the pod that they were sent to.
    pub over: f64,
}

/// The state of a pod as far as requests are concerned.
#[derive(Clone, Copy, Debug, Default)]
struct Pod {
    listed: Listed,
    /// Since when the pod answers; `None`: it does not.
    serving_since: Option<SimTime>,
    /// Whether the pod answers with its full capacity.
    warm: bool,
    /// Requests answered while it was warming up, or before `mark` was set.
    answered: f64,
    /// The requests that a warm pod had answered when this one became warm.
    mark: f64,
}

/// Pods that are known in the same way.
#[derive(Debug, Default)]
struct Group {
    listed: u32,
    warm: u32,
    warming: Vec<u32>,
}

/// The flow of requests to pods; every listed pod gets an equal share.
#[derive(Debug)]
pub struct Flow {
    rate: Rate,
    capacity: f64,
    /// How long pods warm up, and the capacity that they start from in requests per second.
    warm_up: SimDuration,
    cold: f64,
    /// Whether terminating pods are used where there are no others.
    fallback: bool,
    start: SimTime,
    at: SimTime,
    pods: Vec<Pod>,
    ready: Group,
    terminating: Group,
    lost: Lost,
    /// Number of requests answered by a pod that has been Ready and warm all the time.
    answered_by_warm: f64,
}

impl Flow {
    /// A flow from `start` on, with `pods` pods that are warm and known to be Ready.
    #[must_use]
    pub fn new(traffic: &Traffic, start: SimTime, pods: u32) -> Self {
        let warm = Pod { listed: Listed::Ready, serving_since: Some(start), warm: true, ..Pod::default() };
        let (warm_up, from) = traffic.warm_up.map_or((SimDuration::ZERO, 1.0), |warm| (warm.length, warm.from));
        Self {
            rate: traffic.rate.clone(),
            capacity: traffic.capacity,
            warm_up,
            cold: from * traffic.capacity,
            fallback: traffic.load_balancer.is_none(),
            start,
            at: start,
            pods: vec![warm; pods as usize],
            ready: Group { listed: pods, warm: pods, warming: Vec::new() },
            terminating: Group::default(),
            lost: Lost::default(),
            answered_by_warm: 0.0,
        }
    }

    /// Sets another start, before any change.
    pub fn begin(&mut self, start: SimTime) {
        self.start = start;
        self.at = start;
    }

    /// A pod answers from `at` on.
    pub fn serve(&mut self, at: SimTime, pod: u32) {
        let warm = self.warm_up.is_zero();
        self.change(at, pod, |pod| {
            pod.serving_since = Some(at);
            pod.warm = warm;
        });
    }

    /// A pod does not answer from `at` on.
    pub fn stop(&mut self, at: SimTime, pod: u32) {
        self.change(at, pod, |pod| pod.serving_since = None);
    }

    /// The senders of requests learn the state of a pod at `at`.
    pub fn list(&mut self, at: SimTime, pod: u32, listed: Listed) {
        self.change(at, pod, |pod| pod.listed = listed);
    }

    /// The requests that came and were lost until `at`.
    pub fn until(&mut self, at: SimTime) -> Lost {
        self.advance(at);
        self.lost
    }

    /// Number of requests that a pod has answered so far.
    #[must_use]
    pub fn answered(&self, pod: u32) -> f64 {
        let Some(pod) = self.pods.get(pod as usize) else { return 0.0 };
        let counts = pod.listed == Listed::Ready && pod.serving_since.is_some() && pod.warm;
        pod.answered + if counts { self.answered_by_warm - pod.mark } else { 0.0 }
    }

    fn change(&mut self, at: SimTime, id: u32, change: impl FnOnce(&mut Pod)) {
        self.advance(at);
        if self.pods.len() <= id as usize {
            self.pods.resize(id as usize + 1, Pod::default());
        }
        self.leave(id);
        change(&mut self.pods[id as usize]);
        self.join(id);
    }

    fn group(&mut self, listed: Listed) -> Option<&mut Group> {
        match listed {
            Listed::No => None,
            Listed::Ready => Some(&mut self.ready),
            Listed::Terminating => Some(&mut self.terminating),
        }
    }

    fn leave(&mut self, id: u32) {
        let answered = self.answered(id);
        let pod = self.pods[id as usize];
        self.pods[id as usize].answered = answered;
        let Some(group) = self.group(pod.listed) else { return };
        group.listed -= 1;
        match pod.serving_since {
            None => {}
            Some(_) if pod.warm => group.warm -= 1,
            Some(_) => group.warming.retain(|other| *other != id),
        }
    }

    fn join(&mut self, id: u32) {
        self.pods[id as usize].mark = self.answered_by_warm;
        let pod = self.pods[id as usize];
        let Some(group) = self.group(pod.listed) else { return };
        group.listed += 1;
        match pod.serving_since {
            None => {}
            Some(_) if pod.warm => group.warm += 1,
            Some(_) => group.warming.push(id),
        }
    }

    fn advance(&mut self, to: SimTime) {
        while self.at < to {
            let piece = self.rate.piece(self.at.since(self.start));
            let warm = self.next_warm();
            let end = to.min(self.at + piece.length).min(warm);
            if end > self.at {
                self.hold(piece.rate, piece.slope, end);
                self.at = end;
            }
            if end == warm {
                self.become_warm();
            }
        }
    }

    fn warm_at(&self, id: u32) -> SimTime {
        self.pods[id as usize].serving_since.map_or(SimTime::NEVER, |since| since + self.warm_up)
    }

    /// When the next listed pod becomes warm.
    fn next_warm(&self) -> SimTime {
        let warming = self.ready.warming.iter().chain(&self.terminating.warming);
        warming.map(|id| self.warm_at(*id)).min().unwrap_or(SimTime::NEVER)
    }

    fn become_warm(&mut self) {
        for id in [&self.ready.warming[..], &self.terminating.warming[..]].concat() {
            if self.warm_at(id) <= self.at {
                self.leave(id);
                self.pods[id as usize].warm = true;
                self.join(id);
            }
        }
    }

    /// Adds up the requests until `end`; until then all rates change along straight lines only.
    fn hold(&mut self, rate: f64, slope: f64, end: SimTime) {
        let seconds = end.since(self.at).as_secs_f64();
        let (first, last) = (rate, rate + slope * seconds);
        let all = (first + last) / 2.0 * seconds;
        self.lost.asked += all;
        let is_ready = self.ready.listed > 0;
        let group = if is_ready { &self.ready } else { &self.terminating };
        if !(is_ready || self.fallback && group.listed > 0) {
            self.lost.nowhere += all;
            return;
        }
        let pods = f64::from(group.listed);
        let (first, last, each) = (first / pods, last / pods, all / pods);
        let dead = group.listed - group.warm - group.warming.len() as u32;
        self.lost.dead += f64::from(dead) * each;
        let over = excess(first - self.capacity, last - self.capacity, seconds);
        self.lost.over += f64::from(group.warm) * over;
        if is_ready {
            self.answered_by_warm += each - over;
        }
        for id in &group.warming {
            let since = self.pods[*id as usize].serving_since.unwrap_or(end);
            let capacity = |at: SimTime| {
                let share = at.since(since).as_secs_f64() / self.warm_up.as_secs_f64();
                self.cold + (self.capacity - self.cold) * share.min(1.0)
            };
            let over = excess(first - capacity(self.at), last - capacity(end), seconds);
            self.lost.over += over;
            if is_ready {
                self.pods[*id as usize].answered += each - over;
            }
        }
    }
}

/// The integral of the part above 0 of a straight line from `first` to `last`.
fn excess(first: f64, last: f64, seconds: f64) -> f64 {
    match (first > 0.0, last > 0.0) {
        (false, false) => 0.0,
        (true, true) => (first + last) / 2.0 * seconds,
        (true, false) => first * first / (first - last) / 2.0 * seconds,
        (false, true) => last * last / (last - first) / 2.0 * seconds,
    }
}

#[cfg(test)]
mod tests;
