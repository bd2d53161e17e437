//! Over which range a factor is varied.

use super::factor::{DAYS, Factor};
use crate::analysis::Assumption;
use crate::distribution::Distribution;
use crate::k8s::int_or_percent::IntOrPercent;
use crate::k8s::objects::Strategy;
use crate::scenario::{MeasuredEvent, NEW_TEMPLATE, Scenario, Start};
use crate::what_if;

/// What is written is varied from a half to twice as much.
const TIMES: (f64, f64) = (0.5, 2.0);

/// Share of pods and starts up to which a failure is varied that is written as never.
const RARE: f64 = 0.001;

/// Losses of each node in 30 days up to which they are varied where none are written.
const LOSSES: f64 = 1.0;

/// Seconds up to which `minReadySeconds` is varied where it is 0.
const MIN_READY: f64 = 10.0;

/// Percent of the replicas up to which a limit is varied that is 0: the default of Kubernetes.
const LIMIT: f64 = 25.0;

/// The range of a factor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// What is varied.
    pub factor: Factor,
    /// The level that is written.
    pub given: f64,
    /// The least level.
    pub low: f64,
    /// The greatest level.
    pub high: f64,
    /// Whether levels are percentages, as they are written.
    pub is_percent: bool,
}

impl Range {
    /// The level at `place`, from 0 (the least) to 1 (the greatest). Equal ratios have equal room, unless the least is 0 or the
    /// levels are whole numbers, of which each has the same room.
    #[must_use]
    pub fn level(&self, place: f64) -> f64 {
        let (low, high) = (self.low, self.high);
        if self.factor.is_whole() {
            return (low + (place * (high - low + 1.0)).floor()).clamp(low, high);
        }
        if self.is_ratio() {
            return (low * libm::pow(high / low, place)).clamp(low, high);
        }
        (low + place * (high - low)).clamp(low, high)
    }

    /// Whether equal ratios have equal room.
    #[must_use]
    pub fn is_ratio(&self) -> bool {
        !self.factor.is_whole() && self.low > 0.0
    }
}

/// The usual range of a factor, or why it cannot be varied in `scenario`.
pub(super) fn usual(factor: Factor, scenario: &Scenario) -> Result<Range, String> {
    let (given, is_percent) = given(factor, scenario)?;
    let of = |low: f64, high: f64| Range { factor, given, low, high, is_percent };
    let around = |never: f64| if given > 0.0 { of(given * TIMES.0, given * TIMES.1) } else { of(0.0, never) };
    let range = match factor {
        Factor::Of(Assumption::NeverReady | Assumption::Crash) => {
            Range { high: around(RARE).high.min(1.0), ..around(RARE) }
        }
        Factor::Of(Assumption::NodeLoss) => around(LOSSES),
        Factor::Of(Assumption::SpareNodes) => of(0.0, given),
        Factor::Of(Assumption::Quota) => of(f64::from(scenario.found_replicas().max(0)), given),
        Factor::MaxSurge | Factor::MaxUnavailable => {
            limit(factor, scenario, around(most_of_none(scenario, is_percent)))
        }
        Factor::MinReadySeconds => {
            let deadline = scenario.deployment.progress_deadline_seconds.map_or(f64::INFINITY, f64::from);
            let around = around(MIN_READY);
            of(around.low.ceil(), around.high.min(deadline - 1.0))
        }
        Factor::Replicas => of((given * TIMES.0).ceil().max(1.0), given * TIMES.1),
        _ => of(TIMES.0, TIMES.1),
    };
    if range.low < range.high { Ok(range) } else { Err(format!("{} has only one level here", factor.key())) }
}

/// What a limit is varied up to that is 0.
fn most_of_none(scenario: &Scenario, is_percent: bool) -> f64 {
    if is_percent {
        return LIMIT;
    }
    (f64::from(scenario.deployment.replicas) * LIMIT / 100.0).ceil().max(1.0)
}

/// Whole numbers, and never both limits 0.
fn limit(factor: Factor, scenario: &Scenario, range: Range) -> Range {
    let Strategy::RollingUpdate { max_surge, max_unavailable } = scenario.deployment.strategy else { return range };
    let (other, most) = if factor == Factor::MaxSurge {
        (max_unavailable, f64::INFINITY)
    } else {
        (max_surge, if range.is_percent { 100.0 } else { f64::INFINITY })
    };
    let least = if other.literal() == 0 || range.given > 0.0 { 1.0 } else { 0.0 };
    Range { low: range.low.ceil().max(least), high: range.high.min(most), ..range }
}

/// What is written, and whether it is a percentage; or why the factor cannot be varied.
fn given(factor: Factor, scenario: &Scenario) -> Result<(f64, bool), String> {
    let no = |why: &str| Err(format!("{} cannot be varied here: {why}", factor.key()));
    let Some(model) = scenario.pods.get(usize::from(NEW_TEMPLATE)) else { return no("there is no new version") };
    let takes_time = |one: &Distribution| one.as_constant().is_none_or(|time| !time.is_zero());
    match factor {
        Factor::Start if takes_time(&model.start) || !model.init_containers.is_empty() => Ok((1.0, false)),
        Factor::WarmUp if takes_time(&model.warm_up) => Ok((1.0, false)),
        Factor::Start | Factor::WarmUp => no("it takes no time as written"),
        Factor::Of(Assumption::NodeLoss) => {
            let Some(loss) = &scenario.cluster.loss else { return Ok((0.0, false)) };
            Ok((DAYS * 86_400.0 / loss.time_to_loss.usual(), false))
        }
        Factor::Of(one) if one == Assumption::NeverReady || one == Assumption::Crash => {
            Ok((what_if::given(one, scenario).unwrap_or(0.0), false))
        }
        Factor::Of(one) => match what_if::given(one, scenario) {
            Some(given) if what_if::assumptions(scenario).contains(&one) => Ok((given, false)),
            _ => no("nothing would change"),
        },
        Factor::MaxSurge | Factor::MaxUnavailable => {
            let Strategy::RollingUpdate { max_surge, max_unavailable } = scenario.deployment.strategy else {
                return no("the strategy is Recreate");
            };
            if scenario.kind() != "Deployment" {
                return no("it can be varied for Deployments only");
            }
            let own = if factor == Factor::MaxSurge { max_surge } else { max_unavailable };
            Ok((f64::from(own.literal()), matches!(own, IntOrPercent::Percent(_))))
        }
        Factor::MinReadySeconds if scenario.kind() == "DaemonSet" => no("it can be varied for other kinds only"),
        Factor::MinReadySeconds => Ok((f64::from(scenario.deployment.min_ready_seconds), false)),
        Factor::Replicas => {
            let is_plain = scenario.start == Start::Steady && scenario.event == MeasuredEvent::Rollout;
            if scenario.kind() != "Deployment" || !is_plain || scenario.world.is_some() {
                return no("it can be varied for a rollout of one Deployment only");
            }
            Ok((f64::from(scenario.deployment.replicas), false))
        }
    }
}
