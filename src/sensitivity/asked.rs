//! Factors and ranges as somebody asks for them.

use super::factor::Factor;
use super::range::{Range, usual};
use crate::analysis::Assumption;
use crate::k8s::int_or_percent::IntOrPercent;
use crate::k8s::objects::Strategy;
use crate::k8s::validation::validate;
use crate::scenario::Scenario;

/// Most times as long as written, or as short, something is varied up to.
const MOST_TIMES_AS_LONG: f64 = 100.0;

/// Most losses of each node in 30 days.
const MOST_LOSSES: f64 = 30.0;

/// Greatest whole number that is a level: of replicas, pods or seconds.
const MOST_OF_A_SETTING: f64 = 100_000.0;

/// A factor with its range, if one is given.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Asked {
    /// What is varied.
    pub factor: Factor,
    /// The least and the greatest level.
    pub ends: Option<[Level; 2]>,
}

/// A level as it is written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Level {
    /// The number before a percent sign, if there is one.
    pub number: f64,
    /// Whether there is one.
    pub is_percent: bool,
}

impl Asked {
    /// Reads `pods.start=0.5..2`, `pods.crash=0..1%` or `maxSurge`.
    ///
    /// # Errors
    /// When there is no such factor, or the range is none.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (key, range) = text.split_once('=').map_or((text, None), |(key, range)| (key, Some(range)));
        let Some(factor) = Factor::named(key.trim()) else {
            let known: Vec<&str> = Factor::ALL.iter().map(|factor| factor.key()).collect();
            return Err(format!("`{}` is no factor: choose among {}", key.trim(), known.join(", ")));
        };
        let Some(range) = range else { return Ok(Self { factor, ends: None }) };
        let ends = range.split_once("..").and_then(|(low, high)| Some([level(low)?, level(high)?]));
        match ends {
            Some(ends) if ends[0].value() < ends[1].value() => Ok(Self { factor, ends: Some(ends) }),
            _ => Err(format!("`{range}` is no range: write the least and the greatest level, such as 0.5..2 or 0..1%")),
        }
    }
}

fn level(text: &str) -> Option<Level> {
    let text = text.trim();
    let (digits, is_percent) = text.strip_suffix('%').map_or((text, false), |digits| (digits, true));
    let number = digits.trim().parse::<f64>().ok().filter(|number| number.is_finite() && *number >= 0.0)?;
    Some(Level { number, is_percent })
}

impl Level {
    fn value(self) -> f64 {
        if self.is_percent { self.number / 100.0 } else { self.number }
    }
}

/// The ranges that are asked for; where none are, the usual range of every factor that can be varied.
///
/// # Errors
/// When one of those that are asked for cannot be varied, or not so far.
pub(super) fn ranges(asked: &[Asked], scenario: &Scenario) -> Result<Vec<Range>, String> {
    if asked.is_empty() {
        return Ok(Factor::ALL.into_iter().filter_map(|factor| usual(factor, scenario).ok()).collect());
    }
    let mut ranges: Vec<Range> = Vec::new();
    for one in asked {
        if ranges.iter().any(|known| known.factor == one.factor) {
            return Err(format!("--factor {} is given twice: leave one of them out", one.factor.key()));
        }
        let own = usual(one.factor, scenario);
        ranges.push(match one.ends {
            None => own.map_err(|problem| format!("--factor {problem}"))?,
            Some(ends) => within(one.factor, ends, own, scenario)?,
        });
    }
    refuse_both_none(&ranges, scenario)?;
    Ok(ranges)
}

/// The range of `ends`, where these levels are possible.
fn within(
    factor: Factor,
    ends: [Level; 2],
    usual: Result<Range, String>,
    scenario: &Scenario,
) -> Result<Range, String> {
    let refused = |what: String| format!("--factor {}: {what}", factor.key());
    let usual = usual.map_err(|problem| format!("--factor {problem}"))?;
    let is_limit = matches!(factor, Factor::MaxSurge | Factor::MaxUnavailable);
    if is_limit && ends.iter().any(|end| end.is_percent != usual.is_percent) {
        let unit = if usual.is_percent { "percent, such as 10%..50%" } else { "pods, such as 1..4" };
        return Err(refused(format!("it is written in {unit}: give the range so too")));
    }
    if !is_limit && !factor.is_share() && ends.iter().any(|end| end.is_percent) {
        return Err(refused("its levels are no percentages".into()));
    }
    let [low, high] = ends.map(|end| if is_limit { end.number } else { end.value() });
    let (least, most) = match factor {
        _ if factor.is_time() => (1.0 / MOST_TIMES_AS_LONG, MOST_TIMES_AS_LONG),
        _ if factor.is_share() => (0.0, 1.0),
        Factor::Of(Assumption::NodeLoss) => (0.0, MOST_LOSSES),
        Factor::Of(Assumption::SpareNodes) => (0.0, usual.high),
        Factor::Of(_) => (1.0, usual.high),
        Factor::MaxUnavailable if usual.is_percent => (0.0, 100.0),
        Factor::Replicas => (1.0, MOST_OF_A_SETTING),
        _ => (0.0, MOST_OF_A_SETTING),
    };
    if low < least || high > most {
        return Err(refused(format!("its levels are from {least} to {most} here")));
    }
    if factor.is_whole() && (low.fract() != 0.0 || high.fract() != 0.0) {
        return Err(refused("its levels are whole numbers".into()));
    }
    let deadline = scenario.deployment.progress_deadline_seconds.map_or(f64::INFINITY, f64::from);
    if factor == Factor::MinReadySeconds && high >= deadline {
        return Err(refused(format!("it must stay below progressDeadlineSeconds, which is {deadline}")));
    }
    Ok(Range { low, high, ..usual })
}

/// Refuses ranges in which both limits can be 0.
fn refuse_both_none(ranges: &[Range], scenario: &Scenario) -> Result<(), String> {
    let Strategy::RollingUpdate { max_surge, max_unavailable } = scenario.deployment.strategy else { return Ok(()) };
    let least = |factor: Factor, given: IntOrPercent| {
        let own = ranges.iter().find(|range| range.factor == factor);
        own.map_or(given, |own| with_number(given, own.low))
    };
    let strategy = Strategy::RollingUpdate {
        max_surge: least(Factor::MaxSurge, max_surge),
        max_unavailable: least(Factor::MaxUnavailable, max_unavailable),
    };
    let mut deployment = scenario.deployment;
    deployment.strategy = strategy;
    validate(&deployment).map_err(|error| format!("--factor: at the least levels {error}"))
}

/// The same unit with another number.
pub(super) fn with_number(given: IntOrPercent, number: f64) -> IntOrPercent {
    match given {
        IntOrPercent::Int(_) => IntOrPercent::Int(number as i32),
        IntOrPercent::Percent(_) => IntOrPercent::Percent(number as i32),
    }
}
