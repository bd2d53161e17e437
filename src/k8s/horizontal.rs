//! How a HorizontalPodAutoscaler changes a Deployment's size. Its arithmetic is [`super::replica_calculator`].
//!
//! Upstream: `pkg/controller/podautoscaler/horizontal.go: reconcileAutoscaler, stabilizeRecommendation,
//! stabilizeRecommendationWithBehaviors, convertDesiredReplicasWithRules, convertDesiredReplicasWithBehaviorRate,
//! storeScaleEvent`; defaults are those of `pkg/apis/autoscaling/v2/defaults.go`.

use crate::k8s::replica_calculator::{Patience, PodView, Proposal, TOLERANCE, Tolerances, resource_replicas};
use crate::time::{SimDuration, SimTime};

/// `--horizontal-pod-autoscaler-sync-period`
pub const SYNC_PERIOD: SimDuration = SimDuration::from_secs(15);
/// `--horizontal-pod-autoscaler-downscale-stabilization`
pub const DOWNSCALE_STABILIZATION: SimDuration = SimDuration::from_secs(300);
/// Target utilisation in percent of the requests where none is written.
pub const DEFAULT_TARGET: i32 = 80;

/// The spec of a HorizontalPodAutoscaler on CPU utilisation.
#[derive(Clone, Debug, PartialEq)]
pub struct AutoscalerSpec {
    /// `minReplicas`
    pub min_replicas: i32,
    /// `maxReplicas`
    pub max_replicas: i32,
    /// `averageUtilization`, in percent of the pods' CPU requests.
    pub target: i32,
    /// `behavior`; `None`: not written, which has other rules than its defaults written out.
    pub behavior: Option<Behavior>,
}

/// `behavior`
#[derive(Clone, Debug, PartialEq)]
pub struct Behavior {
    /// `scaleUp`
    pub scale_up: Rules,
    /// `scaleDown`
    pub scale_down: Rules,
}

/// Rules for one direction.
#[derive(Clone, Debug, PartialEq)]
pub struct Rules {
    /// `stabilizationWindowSeconds`
    pub stabilization: SimDuration,
    /// `selectPolicy`
    pub select: SelectPolicy,
    /// `policies`
    pub policies: Vec<Policy>,
    /// `tolerance`, as a share: the size stays while the ratio of utilisation to target is this close to 1.
    pub tolerance: f64,
}

/// `selectPolicy`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SelectPolicy {
    /// The policy that allows the largest change.
    Max,
    /// The policy that allows the least.
    Min,
    /// None: no change in this direction.
    Disabled,
}

/// One of `policies`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The largest change within the period.
    pub change: Change,
    /// `periodSeconds`
    pub period: SimDuration,
}

/// `type` and `value` of a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// This many pods.
    Pods(i32),
    /// This many percent of the size.
    Percent(i32),
}

impl Rules {
    /// `scaleUp` where none is written.
    #[must_use]
    pub fn up() -> Self {
        let period = SimDuration::from_secs(15);
        Self {
            stabilization: SimDuration::ZERO,
            select: SelectPolicy::Max,
            policies: vec![Policy { change: Change::Pods(4), period }, Policy { change: Change::Percent(100), period }],
            tolerance: TOLERANCE,
        }
    }

    /// `scaleDown` where none is written.
    #[must_use]
    pub fn down() -> Self {
        Self {
            stabilization: DOWNSCALE_STABILIZATION,
            select: SelectPolicy::Max,
            policies: vec![Policy { change: Change::Percent(100), period: SimDuration::from_secs(15) }],
            tolerance: TOLERANCE,
        }
    }
}

/// The past proposals and changes of an autoscaler, on which its next sync depends.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Memory {
    /// Each proposed size, with its instant.
    proposals: Vec<(SimTime, i32)>,
    /// Each change of size, with its instant; kept only where there is a `behavior`.
    changes: Vec<(SimTime, i32)>,
}

/// The decision of one sync.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The size that the Deployment should have.
    pub replicas: i32,
    /// The size that the metrics ask for; `None`: the autoscaler did not read them, or they give none.
    pub proposal: Option<Proposal>,
}

impl AutoscalerSpec {
    fn tolerances(&self) -> Tolerances {
        match &self.behavior {
            None => Tolerances { scale_down: TOLERANCE, scale_up: TOLERANCE },
            Some(behavior) => {
                Tolerances { scale_down: behavior.scale_down.tolerance, scale_up: behavior.scale_up.tolerance }
            }
        }
    }

    /// One sync of an autoscaler that finds `current` replicas.
    #[must_use]
    pub fn decide(&self, memory: &Memory, current: i32, pods: &[PodView], now: SimTime) -> Decision {
        let bare = |replicas| Decision { replicas, proposal: None };
        if current == 0 {
            return bare(0);
        }
        if current > self.max_replicas {
            return bare(self.max_replicas);
        }
        if current < self.min_replicas {
            return bare(self.min_replicas);
        }
        let proposal = resource_replicas(current, self.target, self.tolerances(), Patience::default(), pods, now);
        let Some(proposal) = proposal else { return bare(current) };
        let replicas = match &self.behavior {
            None => self.by_rules(memory, current, proposal.replicas, now),
            Some(behavior) => self.by_behavior(behavior, memory, current, proposal.replicas, now),
        };
        Decision { replicas, proposal: Some(proposal) }
    }

    /// The size without a `behavior`: downwards the largest proposal of the last five minutes; upwards at most twice
    /// the size, or 4.
    fn by_rules(&self, memory: &Memory, current: i32, proposed: i32, now: SimTime) -> i32 {
        let recent = memory.proposals.iter().filter(|(at, _)| now.since(*at) <= DOWNSCALE_STABILIZATION);
        let stable = recent.map(|(_, replicas)| *replicas).fold(proposed, i32::max);
        let most = self.max_replicas.min(current.saturating_mul(2).max(4));
        // Upstream checks the lower bound first.
        if stable < self.min_replicas { self.min_replicas } else { stable.min(most) }
    }

    fn by_behavior(&self, behavior: &Behavior, memory: &Memory, current: i32, proposed: i32, now: SimTime) -> i32 {
        let within = |window: SimDuration| {
            let recent = memory.proposals.iter().filter(move |(at, _)| now.since(*at) < window);
            recent.map(|(_, replicas)| *replicas)
        };
        let least = within(behavior.scale_up.stabilization).fold(proposed, i32::min);
        let most = within(behavior.scale_down.stabilization).fold(proposed, i32::max);
        let stable = current.max(least).min(most);
        if stable > current {
            let limit = limit(&behavior.scale_up, memory, current, now, true).max(current);
            stable.min(self.max_replicas.min(limit))
        } else if stable < current {
            let limit = limit(&behavior.scale_down, memory, current, now, false).min(current);
            stable.max(self.min_replicas.max(limit))
        } else {
            stable
        }
    }
}

/// The size farthest from `current` that the policies of one direction allow, counted from the size at the start of
/// each policy's period.
fn limit(rules: &Rules, memory: &Memory, current: i32, now: SimTime, up: bool) -> i32 {
    let proposed = rules.policies.iter().map(|policy| {
        let recent = memory.changes.iter().filter(|(at, _)| now.since(*at) < policy.period);
        let before = current - recent.map(|(_, change)| change).sum::<i32>();
        match policy.change {
            Change::Pods(pods) if up => before.saturating_add(pods),
            Change::Pods(pods) => before.saturating_sub(pods),
            Change::Percent(percent) if up => (f64::from(before) * (1.0 + f64::from(percent) / 100.0)).ceil() as i32,
            Change::Percent(percent) => (f64::from(before) * (1.0 - f64::from(percent) / 100.0)) as i32,
        }
    });
    let furthest = match rules.select {
        SelectPolicy::Disabled => None,
        SelectPolicy::Max if up => proposed.max(),
        SelectPolicy::Min if up => proposed.min(),
        SelectPolicy::Max => proposed.min(),
        SelectPolicy::Min => proposed.max(),
    };
    furthest.unwrap_or(current)
}

impl Memory {
    /// The memory of an autoscaler that finds `current` replicas at its first sync.
    #[must_use]
    pub fn new(current: i32, now: SimTime) -> Self {
        Self { proposals: vec![(now, current)], changes: Vec::new() }
    }

    /// Records a decision that was carried out on `current` replicas.
    pub fn note(&mut self, spec: &AutoscalerSpec, current: i32, decision: &Decision, now: SimTime) {
        let rules = spec.behavior.as_ref().map(|behavior| [&behavior.scale_up, &behavior.scale_down]);
        let windows = rules.iter().flatten().map(|rules| rules.stabilization);
        let window = windows.max().unwrap_or(DOWNSCALE_STABILIZATION);
        self.proposals.retain(|(at, _)| now.since(*at) <= window);
        self.proposals.extend(decision.proposal.map(|proposal| (now, proposal.replicas)));
        if let Some(rules) = rules {
            let periods = rules.iter().flat_map(|rules| &rules.policies).map(|policy| policy.period);
            let period = periods.max().unwrap_or(SimDuration::ZERO);
            self.changes.retain(|(at, _)| now.since(*at) <= period);
            if decision.replicas != current {
                self.changes.push((now, decision.replicas - current));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::k8s::replica_calculator::Sample;

    fn at(seconds: u64) -> SimTime {
        SimTime::from_secs(100_000 + seconds)
    }

    /// Pods that have long been Ready and use `percent` percent of their requests.
    fn pods(count: usize, percent: i64) -> Vec<PodView> {
        let sample = Sample { usage: percent * 10, at: at(0), window: SimDuration::from_secs(15) };
        let pod = PodView {
            leaving: false,
            pending: false,
            ready: true,
            ready_changed: SimTime::ZERO,
            started: SimTime::ZERO,
            sample: Some(sample),
        };
        vec![pod; count]
    }

    fn spec(behavior: Option<Behavior>) -> AutoscalerSpec {
        AutoscalerSpec { min_replicas: 2, max_replicas: 30, target: 50, behavior }
    }

    fn usual() -> Behavior {
        Behavior { scale_up: Rules::up(), scale_down: Rules::down() }
    }

    /// Sizes after consecutive syncs, 15 s apart, where the pods use the given percentages.
    fn sizes(spec: &AutoscalerSpec, mut current: i32, usages: &[i64]) -> Vec<i32> {
        let mut memory = Memory::new(current, at(0));
        let sync = |(number, usage): (usize, &i64)| {
            let now = at(15 * number as u64);
            let decision = spec.decide(&memory, current, &pods(current as usize, *usage), now);
            memory.note(spec, current, &decision, now);
            current = decision.replicas;
            current
        };
        usages.iter().enumerate().map(sync).collect()
    }

    #[test]
    fn the_ratio_decides_outside_of_the_tolerance() {
        let table = [(50, 10), (55, 10), (56, 12), (45, 10), (44, 10), (100, 20), (99, 20), (500, 20)];
        for (usage, expected) in table {
            assert_eq!(sizes(&spec(None), 10, &[usage]), [expected], "{usage} %");
        }
        assert_eq!(sizes(&spec(None), 1, &[50]), [2], "below the least");
        assert_eq!(sizes(&spec(None), 40, &[50]), [30], "above the most");
        assert_eq!(sizes(&spec(None), 20, &[100]), [30]);
        assert_eq!(spec(None).decide(&Memory::default(), 0, &[], at(0)).replicas, 0, "switched off");
        assert_eq!(spec(None).decide(&Memory::default(), 7, &[], at(0)).replicas, 7, "nothing is known");
    }

    #[test]
    fn a_size_at_its_limit_can_leave_it_on_the_other_side() {
        let size = |current: i32, usage| {
            let pods = pods(current as usize, usage);
            spec(None).decide(&Memory::default(), current, &pods, at(0)).replicas
        };
        assert_eq!([size(30, 25), size(30, 100)], [15, 30]);
        assert_eq!([size(2, 100), size(2, 25)], [4, 2]);
    }

    /// At 25 % the autoscaler wants half of the pods, but proposals of the last five minutes count: 20 syncs after the
    /// first.
    #[test]
    fn going_down_waits_five_minutes() {
        for behavior in [None, Some(usual())] {
            let written = behavior.is_some();
            let sizes = sizes(&spec(behavior), 10, &[25; 25]);
            // The first proposal is 5 and the size found first is 10, at 0 s. With `behavior` a window ends before its
            // 300th second, without it after that second.
            let first = if written { 20 } else { 21 };
            assert_eq!(sizes.iter().position(|size| *size == 5), Some(first));
            assert!(sizes[..first].iter().all(|size| *size == 10));
        }
    }

    /// From 3 pods at full load: twice the size and at least four more within 15 s, with both rules.
    #[test]
    fn going_up_has_a_limit() {
        assert_eq!(sizes(&spec(None), 3, &[300, 300, 300, 300]), [6, 12, 24, 30]);
        assert_eq!(sizes(&spec(Some(usual())), 3, &[300, 300, 300, 300]), [7, 14, 28, 30]);
    }

    #[test]
    fn policies_count_from_the_start_of_their_period() {
        let minute = SimDuration::from_secs(60);
        let pods = |pods| Policy { change: Change::Pods(pods), period: minute };
        let percent = |percent| Policy { change: Change::Percent(percent), period: minute };
        let rules = |select, policies: &[Policy], stabilization: u64| Rules {
            stabilization: SimDuration::from_secs(stabilization),
            select,
            policies: policies.to_vec(),
            tolerance: TOLERANCE,
        };
        let up = |scale_up| spec(Some(Behavior { scale_up, ..usual() }));
        let down = |scale_down| spec(Some(Behavior { scale_down, ..usual() }));
        let (max, min, no) = (SelectPolicy::Max, SelectPolicy::Min, SelectPolicy::Disabled);
        // Two pods a minute: two at once, then none until a minute has passed.
        assert_eq!(sizes(&up(rules(max, &[pods(2)], 0)), 10, &[100; 6]), [12, 12, 12, 12, 14, 14]);
        assert_eq!(sizes(&up(rules(min, &[pods(2), percent(50)], 0)), 10, &[100]), [12]);
        assert_eq!(sizes(&up(rules(max, &[pods(2), percent(50)], 0)), 10, &[100]), [15]);
        assert_eq!(sizes(&up(rules(max, &[percent(1)], 0)), 10, &[100]), [11], "rounded up");
        assert_eq!(sizes(&up(rules(no, &[pods(2)], 0)), 10, &[100; 3]), [10; 3]);
        // Downwards with no window: 25 % of 10 is 7.5, which is cut to 7.
        assert_eq!(sizes(&down(rules(max, &[percent(25)], 0)), 10, &[10; 6]), [7, 7, 7, 7, 5, 5]);
        assert_eq!(sizes(&down(rules(min, &[percent(25), pods(1)], 0)), 10, &[10]), [9]);
        assert_eq!(sizes(&down(rules(max, &[percent(25), pods(1)], 0)), 10, &[10]), [7]);
        assert_eq!(sizes(&down(rules(no, &[percent(25)], 0)), 10, &[10; 3]), [10; 3]);
        // Upwards only what was proposed for a whole minute: the size 10, found first, counts until then, and so does
        // the 20 proposed next.
        assert_eq!(sizes(&up(rules(max, &[pods(100)], 60)), 10, &[100; 9]), [10, 10, 10, 10, 20, 20, 20, 20, 30]);
    }

    #[test]
    fn tolerance_may_be_written() {
        let exact = Rules { tolerance: 0.0, ..Rules::up() };
        assert_eq!(sizes(&spec(Some(Behavior { scale_up: exact, ..usual() })), 10, &[51]), [11]);
        assert_eq!(sizes(&spec(Some(usual())), 10, &[51]), [10]);
    }
}
