//! What may be unusual about a rollout: the random numbers that are drawn in their tails, and which tails.

use crate::distribution::Distribution;
use crate::random::{Also, End, Group, Jump, Purpose};
use crate::scenario::{Change, MeasuredEvent, PodModel, Scenario, Template};

/// Tails of lengths of time: so many powers of one half. Each is the share of the longest. The next one is a quarter, so that of
/// what the narrower one leaves out the wider one shows much.
const TAILS: [i32; 15] = [2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30];

/// Of several very long times at once each is not as long: longer ones together are rarer than one that is longer still.
const WIDE: f64 = 0.01;

/// Numbers of pods or nodes that are unusual together.
const TOGETHER: [u32; 7] = [1, 2, 3, 4, 6, 8, 12];

/// Numbers of times in a row that what may fail again does.
const IN_A_ROW: [u32; 10] = [1, 2, 3, 4, 5, 6, 7, 8, 10, 12];

/// Which tails of lengths of time are tried in pairs, by their places: 1/4, 1/64 and 1/4096.
const OF_PAIRS: [usize; 3] = [0, 2, 5];

/// Most pairs that are tried.
const MOST_PAIRS: usize = 600;

/// More is not rare.
const COMMON: f64 = 0.5;

/// Less has no tail that a number with 53 bits shows well.
const LEAST: f64 = 1e-12;

/// Least probability of what a jump puts into tails.
const SELDOM: f64 = 1e-60;

/// Whose numbers they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Those of pods of a workload of this number that are made during what is measured.
    New(u16),
    /// Those of the pods of a workload that are there before.
    Old(u16),
    /// Those of nodes or zones.
    Cluster,
}

/// What is unusual.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Pods never become Ready.
    NeverReady,
    /// The whole new version is bad.
    BadVersion,
    /// Containers exit.
    Crash,
    /// Image pulls fail.
    PullFailure,
    /// The kubelet refuses pods.
    Refused,
    /// The kubelet evicts pods.
    Evicted,
    /// Pods lose readiness again.
    Flap,
    /// Pods need long until they are Ready again.
    FlapFor,
    /// Containers start very slowly.
    Start,
    /// Pods warm up very slowly.
    WarmUp,
    /// Image pulls take very long.
    Pull,
    /// The registry answers very slowly.
    PullCheck,
    /// postStart hooks take very long.
    PostStart,
    /// Readiness gates take very long.
    ReadinessGate,
    /// Pods take very long to end.
    Termination,
    /// Nodes are bad.
    BadNode,
    /// Nodes are slow.
    SlowNode,
    /// Nodes are lost.
    NodeLoss,
    /// Zones are lost.
    ZoneLoss,
    /// New nodes take very long to come.
    Provisioning,
}

impl Kind {
    /// What it is that numbers drawn for a purpose make unusual; `None`: nothing that is looked for.
    const fn of(purpose: Purpose) -> Option<Self> {
        Some(match purpose {
            Purpose::NeverReady => Self::NeverReady,
            Purpose::BadVersion => Self::BadVersion,
            Purpose::Crash => Self::Crash,
            Purpose::PullFailure => Self::PullFailure,
            Purpose::Refused => Self::Refused,
            Purpose::Evicted => Self::Evicted,
            Purpose::Flap => Self::Flap,
            Purpose::FlapFor => Self::FlapFor,
            Purpose::Start => Self::Start,
            Purpose::WarmUp => Self::WarmUp,
            Purpose::Pull => Self::Pull,
            Purpose::PullCheck => Self::PullCheck,
            Purpose::PostStart => Self::PostStart,
            Purpose::ReadinessGate => Self::ReadinessGate,
            Purpose::Termination => Self::Termination,
            Purpose::BadNode => Self::BadNode,
            Purpose::SlowNode => Self::SlowNode,
            Purpose::NodeLoss => Self::NodeLoss,
            Purpose::ZoneLoss => Self::ZoneLoss,
            Purpose::Provisioning => Self::Provisioning,
            _ => return None,
        })
    }
}

/// One kind of numbers that may be unusual.
#[derive(Clone, Debug, PartialEq)]
pub struct Cause {
    /// What they make unusual.
    pub kind: Kind,
    /// Whose they are.
    pub whose: Whose,
    /// The numbers.
    pub group: Group,
    /// The probability that a number lies in a tail, of each of its tails, the longest first.
    tails: Vec<f64>,
    /// Whether it may happen to an entity several times in a row.
    again: bool,
}

/// Everything that may be unusual about a rollout of `scenario`: the start-up of pods that it makes, as far as it is drawn, how
/// they fail, how long old pods take to end, and the nodes. What a pod that replaces one that failed does, and requests to the
/// API server, are none of it.
#[must_use]
pub fn causes(scenario: &Scenario) -> Vec<Cause> {
    let mut causes = Vec::new();
    let shared = scenario.world.as_ref().map_or(scenario, |own| &own.world.shared);
    for (workload, moved) in moved(scenario) {
        if let Some(model) = shared.pods.get(usize::from(moved.new)) {
            of_pods(&mut causes, (Whose::New(workload), &moved), model);
        }
        if let Some(model) = shared.pods.get(usize::from(moved.old)) {
            let group = pods(moved.old, Purpose::Termination, End::High, (0, moved.found));
            causes.extend(long(Whose::Old(workload), group, &model.termination));
        }
    }
    of_nodes(&mut causes, shared);
    causes
}

/// A workload that something happens to.
struct Moved {
    old: Template,
    new: Template,
    /// Pods at first.
    found: u32,
    /// The first new pod of its template, and how many there are.
    made: (u32, u32),
}

impl Moved {
    fn of((old, new): (Template, Template), found: i32, desired: i32, is_rollout: bool) -> Self {
        let (found, desired) = (found.max(0) as u32, desired.max(0) as u32);
        match is_rollout {
            true => Self { old, new, found, made: (0, desired) },
            // Replacements have the old template too, and come after the pods that are there.
            false => Self { old, new: old, found, made: (found, desired) },
        }
    }
}

/// The workloads that something happens to, with their numbers.
fn moved(scenario: &Scenario) -> Vec<(u16, Moved)> {
    use crate::scenario::{NEW_TEMPLATE, OLD_TEMPLATE};
    let Some(own) = &scenario.world else {
        let is_rollout = scenario.event == MeasuredEvent::Rollout;
        let templates = (OLD_TEMPLATE, NEW_TEMPLATE);
        return vec![(0, Moved::of(templates, scenario.found_replicas(), scenario.deployment.replicas, is_rollout))];
    };
    let of = |(number, one): (u16, &crate::scenario::Workload)| {
        let is_rollout = one.change == Change::Rollout;
        let moved = Moved::of((one.old, one.new), one.found_replicas(), one.deployment.replicas, is_rollout);
        (number, moved)
    };
    (0..).zip(&own.world.workloads).filter(|(_, one)| one.moves()).map(of).collect()
}

const fn pods(template: Template, purpose: Purpose, end: End, (first, count): (u32, u32)) -> Group {
    Group { template, purpose, end, first, count }
}

fn of_pods(causes: &mut Vec<Cause>, (whose, moved): (Whose, &Moved), model: &PodModel) {
    let group = |purpose, end| pods(moved.new, purpose, end, moved.made);
    let mut often = |purpose, share: f64, again| causes.extend(chance(whose, group(purpose, End::Low), share, again));
    often(Purpose::NeverReady, model.never_ready, false);
    often(Purpose::Crash, model.crash, true);
    often(Purpose::PullFailure, model.pull_failure, true);
    often(Purpose::Refused, model.refused, false);
    often(Purpose::Evicted, model.evicted, false);
    often(Purpose::Flap, model.flap, false);
    let version = pods(moved.new, Purpose::BadVersion, End::Low, (0, 1));
    causes.extend(chance(whose, version, model.bad_version, false));
    let times = [
        (Purpose::Start, Some(&model.start)),
        (Purpose::WarmUp, model.probes.any().then_some(&model.warm_up)),
        (Purpose::Pull, (model.cached < 1.0).then_some(&model.pull)),
        (Purpose::PullCheck, model.pull_check.as_ref()),
        (Purpose::PostStart, model.post_start.as_ref()),
        (Purpose::ReadinessGate, model.readiness_gate.as_ref()),
        (Purpose::FlapFor, (model.flap > 0.0).then_some(&model.flap_for)),
    ];
    for (purpose, length) in times {
        causes.extend(length.and_then(|length| long(whose, group(purpose, End::High), length)));
    }
}

fn of_nodes(causes: &mut Vec<Cause>, scenario: &Scenario) {
    let cluster = &scenario.cluster;
    let nodes = cluster.nodes_at_start() as u32;
    let of = |purpose, end, entities| pods(0, purpose, end, entities);
    causes.extend(chance(Whose::Cluster, of(Purpose::BadNode, End::Low, (0, nodes)), cluster.bad_nodes, false));
    if let Some(slow) = cluster.slow_nodes {
        causes.extend(chance(Whose::Cluster, of(Purpose::SlowNode, End::Low, (0, nodes)), slow.share, false));
    }
    if let Some(loss) = &cluster.loss {
        let within = (scenario.horizon + scenario.longest_window()).as_secs_f64();
        let zones = cluster.nodes.iter().map(|node| u32::from(node.zone) + 1).max().unwrap_or(0);
        let lost = [
            (Purpose::NodeLoss, Some(&loss.time_to_loss), nodes),
            (Purpose::ZoneLoss, loss.time_to_zone_loss.as_ref(), zones),
        ];
        for (purpose, length, count) in lost {
            let group = of(purpose, End::Low, (0, count));
            causes.extend(length.and_then(|length| soon(group, length, within)));
        }
    }
    if let Some(autoscaler) = &cluster.autoscaler {
        let group = of(Purpose::Provisioning, End::High, (nodes, autoscaler.nodes));
        causes.extend(long(Whose::Cluster, group, &autoscaler.provisioning));
    }
}

/// Something that befalls an entity with a probability.
fn chance(whose: Whose, group: Group, probability: f64, again: bool) -> Option<Cause> {
    let is_rare = (LEAST..=COMMON).contains(&probability) && group.count > 0;
    let kind = Kind::of(group.purpose).filter(|_| is_rare)?;
    Some(Cause { kind, whose, group, tails: vec![probability], again })
}

/// A length of time that may be long.
fn long(whose: Whose, group: Group, length: &Distribution) -> Option<Cause> {
    let tails = TAILS.map(|power| libm::ldexp(1.0, -power)).to_vec();
    let kind = Kind::of(group.purpose).filter(|_| length.as_constant().is_none() && group.count > 0)?;
    Some(Cause { kind, whose, group, tails, again: false })
}

/// Something that happens at some time, and may happen while a rollout is watched, soon or later.
fn soon(group: Group, length: &Distribution, within: f64) -> Option<Cause> {
    let tails = TAILS.iter().map(|power| length.cdf(within * libm::ldexp(4.0, -power)));
    let tails: Vec<f64> = tails.filter(|tail| (LEAST..=COMMON).contains(tail)).collect();
    let kind = Kind::of(group.purpose).filter(|_| !tails.is_empty() && group.count > 0)?;
    Some(Cause { kind, whose: Whose::Cluster, group, tails, again: false })
}

impl Cause {
    /// Whether a length of time is very long, and not something that happens or does not.
    #[must_use]
    pub fn is_long(&self) -> bool {
        self.group.end == End::High
    }

    /// The ways in which numbers of this kind can be unusual, without a share yet; `place` is that of its group.
    pub(super) fn jumps(&self, place: usize) -> impl Iterator<Item = Jump> {
        let shapes = TOGETHER.into_iter().flat_map(|entities| IN_A_ROW.map(|times| (entities, times)));
        let again = self.again;
        let shapes = shapes.filter(move |(entities, times)| *times == 1 || again && *entities <= 3);
        let all = shapes.flat_map(move |(entities, times)| {
            self.tails.iter().map(move |tail| Jump {
                group: place,
                tail: *tail,
                entities,
                times,
                also: None,
                share: 0.0,
            })
        });
        let sensible = |jump: &Jump| jump.entities == 1 || self.tails.len() == 1 || jump.tail > WIDE;
        let count = self.group.count;
        all.filter(move |jump| jump.entities <= count && sensible(jump) && jump.probability() >= SELDOM)
    }
}

/// The ways in which one entity of each of two kinds is unusual, for all pairs of `causes`. Where these are too many, lengths of time
/// have one tail each, and none where they are still too many.
pub(super) fn pairs(causes: &[Cause]) -> Vec<Jump> {
    let of = |tails: &[usize]| {
        let mut pairs = Vec::new();
        for (first, one) in causes.iter().enumerate() {
            for (second, other) in causes.iter().enumerate().skip(first + 1) {
                for tail in one.some_tails(tails) {
                    let also = |tail| Also { group: second, tail, entities: 1 };
                    let jump = |also| Jump { group: first, tail, entities: 1, times: 1, also: Some(also), share: 0.0 };
                    pairs.extend(other.some_tails(tails).map(also).map(jump));
                }
            }
        }
        pairs.retain(|pair| pair.probability() >= SELDOM);
        pairs
    };
    [&OF_PAIRS[..], &OF_PAIRS[1..2]].into_iter().map(of).find(|pairs| pairs.len() <= MOST_PAIRS).unwrap_or_default()
}

impl Cause {
    /// Some of its tails, by their places; the only one, where there is no other.
    fn some_tails(&self, places: &[usize]) -> impl Iterator<Item = f64> {
        let single = self.tails.first().copied().filter(|_| self.tails.len() == 1);
        let some = places.iter().filter(|_| self.tails.len() > 1).filter_map(|place| self.tails.get(*place));
        some.copied().chain(single).collect::<Vec<_>>().into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Scenario;

    #[test]
    fn only_what_is_drawn_and_rare_is_a_cause() {
        let exponential = Distribution::new(crate::Shape::Exponential { mean: 10.0 }, 0.0, None).unwrap();
        let builder = Scenario::builder(4).unwrap();
        let build = builder.pods(|pods| {
            (pods.start, pods.never_ready, pods.crash) = (exponential.clone(), 0.01, 0.7);
            pods.warm_up = Distribution::constant(crate::SimDuration::from_secs(5));
        });
        let causes = causes(&build.build());
        let found: Vec<(Purpose, u32)> = causes
            .iter()
            .filter(|cause| cause.whose == Whose::New(0))
            .map(|one| (one.group.purpose, one.group.count))
            .collect();
        assert!(found.contains(&(Purpose::NeverReady, 4)) && found.contains(&(Purpose::Start, 4)), "{found:?}");
        assert!(!found.iter().any(|(purpose, _)| matches!(purpose, Purpose::Crash | Purpose::WarmUp)), "{found:?}");
        let of = |purpose: Purpose| causes.iter().find(|cause| cause.group.purpose == purpose).expect("a cause");
        let never: Vec<u32> = of(Purpose::NeverReady).jumps(0).map(|jump| jump.entities).collect();
        assert_eq!(never, [1, 2, 3, 4]);
        let start: Vec<Jump> = of(Purpose::Start).jumps(1).collect();
        assert_eq!(start.iter().filter(|jump| jump.entities == 1).count(), TAILS.len());
        assert!(start.iter().filter(|jump| jump.entities > 1).all(|jump| jump.tail > WIDE));
    }
}
