//! How precise the results are to be: `replications` as a map.

use serde::{Deserialize, Serialize};

use crate::input::keys::root::REPLICATIONS;
use crate::input::tree::error::{InputError, quoted};
use crate::input::tree::fields::Map;
use crate::input::tree::near::unknown;
use crate::input::tree::quantity::{parse_duration, parse_share, share};
use crate::input::tree::yaml::{Node, Value};
use crate::metrics::{Figure, Kind, METRICS, Metric, RolloutRate, Statistic, Unit};
use crate::stats::Confidence;

/// Replicate until the targets are met, between two numbers of replications.
#[derive(Clone, Debug, PartialEq)]
pub struct Precision {
    /// Fewest replications of a scenario.
    pub minimum: u32,
    /// The confidence of the intervals.
    pub confidence: Confidence,
    /// What is to be met, all of it.
    pub targets: Vec<Target>,
}

/// `duration_s p95 ±2%`: an estimate and its half-width.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Target {
    /// As the user wrote it.
    pub text: String,
    /// What is estimated: a rate, a mean, a restricted mean or a quantile.
    pub figure: Figure,
    /// Greatest distance from the estimate to a limit.
    pub width: Width,
}

/// A half-width.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Width {
    /// In the metric's unit.
    Absolute(f64),
    /// As a share of the true value.
    Relative(f64),
}

/// Scenarios are examined after multiples of this number of replications.
pub(crate) const BATCH: u32 = 256;
const DEFAULT_MAXIMUM: u64 = 100_000;
/// What a target may ask of a time to an event.
const OF_DURATIONS: &[Statistic] = &[
    Statistic::Mean,
    Statistic::RestrictedMean,
    Statistic::P05,
    Statistic::P50,
    Statistic::P75,
    Statistic::P95,
    Statistic::P99,
];
/// What a target may ask of other metrics.
const OF_VALUES: &[Statistic] = &[Statistic::Mean, Statistic::P05, Statistic::P50, Statistic::P95, Statistic::P99];

impl Precision {
    /// Numbers of replications after which a scenario is examined: the minimum, rounded up to whole batches, then about
    /// √2 times as many each time, in whole batches and at least one more, and `maximum` at last. Looks that are farther
    /// apart would make scenarios run longer than they need, and nearer ones cost confidence.
    #[must_use]
    pub fn looks(&self, maximum: u32) -> Vec<u32> {
        let first = self.minimum.max(1).div_ceil(BATCH).saturating_mul(BATCH);
        let mut looks: Vec<u32> =
            std::iter::successors(Some(first), |look| next_look(*look)).take_while(|look| *look < maximum).collect();
        looks.push(maximum);
        looks
    }
}

/// `look` by √2, to the nearest whole batch.
fn next_look(look: u32) -> Option<u32> {
    let batch = u64::from(BATCH);
    let batches = (u64::from(look) * 181 / 128 + batch / 2) / batch;
    u32::try_from((batches * batch).max(u64::from(look) + batch)).ok()
}

/// Reads `{min, max, confidence, targets}`; gives the maximum too.
pub(crate) fn precision(map: Map<'_>, most: u64) -> Result<(u32, Precision), InputError> {
    let map = map.of(&REPLICATIONS)?;
    let maximum = map.read("max", |node| node.integer(1, most))?.unwrap_or(DEFAULT_MAXIMUM);
    let minimum = map.read("min", |node| node.integer(1, most))?.unwrap_or(u64::from(BATCH).min(maximum));
    if let Some(node) = map.get("min").filter(|_| minimum > maximum) {
        return Err(node.at.error(format!("min is {minimum}, more than the max of {maximum}")));
    }
    let confidence = map.read("confidence", confidence)?.unwrap_or(Confidence::USUAL);
    let node = map.require("targets")?;
    let targets = targets(node)?;
    if targets.is_empty() {
        return Err(node.at.error("no targets: write at least one, such as duration_s p95 ±2%"));
    }
    let to_u32 = |count| u32::try_from(count).unwrap_or(u32::MAX);
    Ok((to_u32(maximum), Precision { minimum: to_u32(minimum), confidence, targets }))
}

fn confidence(node: &Node) -> Result<Confidence, InputError> {
    let level = share(node)?;
    let sensible = (0.5..=0.9999).contains(&level);
    sensible.then(|| Confidence::new(level)).flatten().ok_or_else(|| node.wrong("a confidence from 50% to 99.99%"))
}

/// A list of texts, or a map of statistic and metric to half-width.
fn targets(node: &Node) -> Result<Vec<Target>, InputError> {
    let read = |text: &str, place: &Node| target(text).map_err(|problem| place.at.error(problem));
    match &node.value {
        Value::List(items) => items.iter().map(|item| read(item.text()?, item)).collect(),
        Value::Map(entries) => {
            entries.iter().map(|entry| read(&format!("{} {}", entry.key, entry.value.text()?), &entry.value)).collect()
        }
        _ => read(node.text()?, node).map(|target| vec![target]),
    }
}

fn target(text: &str) -> Result<Target, String> {
    let halves = ["+/-", "+-", "±"].iter().find_map(|sign| text.split_once(sign));
    let Some((left, right)) = halves else {
        return Err(format!("{} is no target: write such as `duration_s p95 ±2%`, or +- for ±", quoted(text)));
    };
    let words: Vec<&str> = left.split_whitespace().collect();
    let (name, word) = match words[..] {
        [rate] => (rate, Statistic::Rate.as_str()),
        // Objectives have the statistic first.
        [word, name] if statistic(word, OF_DURATIONS).is_some() => (name, word),
        [name, word] => (name, word),
        _ => return Err(format!("{} needs a metric and a statistic, such as duration_s p95", quoted(left.trim()))),
    };
    let figure = figure(name, word)?;
    Ok(Target { text: text.trim().into(), figure, width: width(figure.unit(), right.trim())? })
}

/// The statistic that `word` names, if it is one of `allowed`.
fn statistic(word: &str, allowed: &[Statistic]) -> Option<Statistic> {
    allowed.iter().copied().find(|known| known.as_str() == word)
}

/// The figure that the words of a target name.
fn figure(name: &str, word: &str) -> Result<Figure, String> {
    let is_rate = word == Statistic::Rate.as_str();
    let Some(metric) = Metric::named(name) else {
        let rate = RolloutRate::named(name).ok_or_else(|| unknown_measure(name))?;
        return match is_rate {
            true => Ok(Figure::rate(rate)),
            false => Err(format!("{name} is a rate and takes no statistic: leave {} out", quoted(word))),
        };
    };
    let allowed = match metric.kind {
        Kind::Duration => OF_DURATIONS,
        Kind::Value | Kind::Conditional | Kind::Watched => OF_VALUES,
    };
    let words: Vec<&str> = allowed.iter().map(|statistic| statistic.as_str()).collect();
    match statistic(word, allowed) {
        Some(statistic) => Ok(Figure::of(metric, statistic)),
        None if is_rate => Err(format!("{name} needs a statistic after it: one of {}", words.join(", "))),
        None => Err(unknown("statistic", word, &words)),
    }
}

fn unknown_measure(name: &str) -> String {
    let rates = RolloutRate::ASKED.into_iter().map(RolloutRate::name);
    let names: Vec<&str> = rates.chain(METRICS.iter().map(|known| known.name)).collect();
    unknown("metric", name, &names)
}

/// Parses a width. A percentage of a share is in percentage points; of any other figure, or with `relative`, it is
/// relative to the figure.
fn width(unit: Unit, text: &str) -> Result<Width, String> {
    let relative = text.strip_suffix("relative").map(str::trim_end);
    let width = match (relative, unit) {
        (Some(share), _) => Width::Relative(parse_share(share)?),
        (None, Unit::Share) => Width::Absolute(parse_share(text)?),
        (None, _) if text.ends_with('%') => Width::Relative(parse_share(text)?),
        (None, _) => Width::Absolute(amount(unit, text)?),
    };
    match width {
        Width::Absolute(amount) | Width::Relative(amount) if amount > 0.0 => Ok(width),
        _ => Err(format!("a half-width of {} can never be met: write more than 0", quoted(text))),
    }
}

fn amount(unit: Unit, text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(number),
        _ if unit == Unit::Seconds => parse_duration(text).map(|time| time.as_secs_f64()),
        _ => Err(format!("{} is no half-width: write such as 2% or 1.5", quoted(text))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::tree::yaml::node;
    use proptest::prelude::*;

    fn read(text: &str) -> Result<(u32, Precision), InputError> {
        precision(node(text).map()?, 1_000_000)
    }

    #[test]
    fn targets_in_every_spelling() {
        for (text, figure, width) in [
            ("stalled_rate ±0.2%", "stalled_rate", Width::Absolute(0.002)),
            ("stalled_rate +- 0.002", "stalled_rate", Width::Absolute(0.002)),
            ("stalled_rate +/-10% relative", "stalled_rate", Width::Relative(0.1)),
            ("duration_s p95 ±2%", "p95 duration_s", Width::Relative(0.02)),
            ("p95 duration_s +-2 %", "p95 duration_s", Width::Relative(0.02)),
            ("duration_s restricted_mean ±1500ms", "restricted_mean duration_s", Width::Absolute(1.5)),
            ("duration_s p50 ±5", "p50 duration_s", Width::Absolute(5.0)),
            ("dip_depth mean ±1%", "mean dip_depth", Width::Absolute(0.01)),
            ("peak_footprint p99 ±1", "p99 peak_footprint", Width::Absolute(1.0)),
            ("surge_pod_seconds mean ±0.05 relative", "mean surge_pod_seconds", Width::Relative(0.05)),
        ] {
            let read = target(text).unwrap();
            assert_eq!((read.text.as_str(), read.figure.text().as_str(), read.width), (text, figure, width));
        }
        let map = read("{max: 5000, targets: {p95 duration_s: ±2%, stalled_rate: +-1%}}").unwrap().1;
        assert_eq!(
            map.targets[0],
            Target { text: "p95 duration_s ±2%".into(), ..target("duration_s p95 ±2%").unwrap() }
        );
        assert_eq!(map.targets.len(), 2);
    }

    #[test]
    fn defaults() {
        let (maximum, precision) = read("targets: [stalled_rate ±1%]").unwrap();
        assert_eq!((maximum, precision.minimum, precision.confidence), (100_000, 256, Confidence::USUAL));
        let (_, precision) = read("{confidence: 99%, targets: stalled_rate ±1%}").unwrap();
        assert_eq!(Some(precision.confidence), Confidence::new(0.99));
    }

    #[test]
    fn looks_grow_by_the_root_of_two_and_end_at_the_maximum() {
        let looks =
            |min, max| read(&format!("{{min: {min}, max: {max}, targets: [stalled_rate ±1%]}}")).unwrap().1.looks(max);
        assert_eq!(
            looks(200, 20_000),
            [256, 512, 768, 1024, 1536, 2048, 2816, 4096, 5888, 8448, 12_032, 16_896, 20_000]
        );
        assert_eq!(looks(257, 1024), [512, 768, 1024]);
        assert_eq!(
            (looks(1, 100), looks(256, 256), looks(1_000_000, 1_000_000)),
            (vec![100], vec![256], vec![1_000_000])
        );
    }

    #[test]
    fn mistakes_are_reported() {
        for (text, expected) in [
            ("targets: [duration_s p95 2%]", "test.yaml:1:11: `duration_s p95 2%` is no target"),
            ("targets: [duraton_s p95 ±2%]", "did you mean `duration_s`?"),
            ("targets: [stall_rate ±2%]", "did you mean `stalled_rate`?"),
            ("targets: [duration_s ±2%]", "duration_s needs a statistic after it"),
            ("targets: [stalled_rate p95 ±2%]", "is a rate and takes no statistic"),
            ("targets: [duration_s max ±2%]", "unknown statistic `max`"),
            ("targets: [dip_depth p75 ±2%]", "unknown statistic `p75`; valid here: mean"),
            ("targets: [duration_s p95 ±0]", "more than 0"),
            ("targets: [stalled_rate ±20]", "is not between 0 and 1"),
            ("targets: [peak_pods mean ±1 pod]", "is no half-width"),
            ("targets: []", "no targets"),
            ("{min: 10}", "`targets` is missing"),
            ("{min: 10, max: 5, targets: [stalled_rate ±1%]}", "test.yaml:1:7: min is 10, more than the max of 5"),
            ("{confidence: 100%, targets: [stalled_rate ±1%]}", "from 50% to 99.99%"),
            ("{mins: 10, targets: [stalled_rate ±1%]}", "unknown key `mins`; did you mean `min`?"),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[a-z_]{0,12} ?[p0-9]{0,3} ?[±+/-]{0,3} ?[-0-9.e%smha ]{0,9}") {
            drop(target(&text));
        }
    }
}
