//! Objectives: limits of figures that the results are compared with.

use crate::input::keys::defaults;
use crate::input::tree::error::{InputError, quoted};
use crate::input::tree::near::unknown;
use crate::input::tree::quantity::{parse_duration, parse_share, share};
use crate::input::tree::yaml::{At, Node, Value};
use crate::metrics::{Bounds, Figure, METRICS, Measure, Metric, RolloutRate, Statistic, Unit, metric};
use crate::scenario::Scenario;

/// `p95 duration_s <= 600`: a figure and its limit.
#[derive(Clone, Debug, PartialEq)]
pub struct Objective {
    /// As the user wrote it.
    pub text: String,
    /// The figure that the limit is for.
    pub figure: Figure,
    /// The value must be at most (true) or at least (false) the limit.
    pub at_most: bool,
    /// The limit, in the figure's unit.
    pub limit: f64,
}

/// Why a text is no objective, in a sentence for its author.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ObjectiveError(String);

impl ObjectiveError {
    pub(crate) const fn new(problem: String) -> Self {
        Self(problem)
    }
}

/// Why no strategy keeps the default floor of availability, so that it is not asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoFloor {
    /// A volume keeps new pods from running beside old ones.
    Volume,
    /// A pod goes before the one in its place comes, which leaves so many pods. That many are asked for.
    InPlace(u32),
}

impl NoFloor {
    fn of(scenario: &Scenario) -> Option<Self> {
        if scenario.exclusive_volume().is_some() {
            return Some(Self::Volume);
        }
        let left = scenario.target().desired.saturating_sub(1);
        let is_too_few = Bounds::of(scenario).objective > left;
        (is_too_few && scenario.replaces_in_place()).then_some(Self::InPlace(left))
    }

    /// What is asked for in the place of the floor.
    fn instead(self) -> Option<Objective> {
        match self {
            Self::Volume | Self::InPlace(0) => None,
            Self::InPlace(left) => Some(Objective {
                text: format!("p05 min_available >= {left}"),
                figure: Figure::of(&metric::MIN_AVAILABLE, Statistic::P05),
                at_most: false,
                limit: f64::from(left),
            }),
        }
    }
}

impl Objective {
    /// The objective that 95 of 100 rollouts never go below a share of available replicas. `share` is its text.
    #[must_use]
    pub fn availability(share: &str) -> Self {
        Self {
            text: format!("availability: {share}"),
            figure: Figure::of(&metric::BELOW_OBJECTIVE, Statistic::P95),
            at_most: true,
            limit: 0.0,
        }
    }

    /// The objective that 95 of 100 rollouts never go below the share of available replicas after they have ended.
    pub(crate) fn available_after() -> Self {
        let figure = Figure::of(&metric::AFTER_BELOW_OBJECTIVE, Statistic::P95);
        Self { text: format!("{} <= 0s", figure.text()), figure, at_most: true, limit: 0.0 }
    }

    /// Has the objective of [`Self::availability`] ask for what follows the rollout's end too.
    pub fn include_what_follows(&mut self) {
        if self.is_availability() {
            self.figure = Figure::of(&metric::WATCHED_BELOW_OBJECTIVE, Statistic::P95);
        }
    }

    /// The objectives of an experiment that writes none and scales a Deployment up: some of its pods are missing at first.
    #[must_use]
    pub fn defaults_of_scaling() -> Vec<Self> {
        Self::defaults().into_iter().filter(|objective| !objective.is_availability()).collect()
    }

    /// The objectives of an experiment that writes none. Without an availability floor the fastest strategy would be
    /// one that takes all pods down at once. Rollouts must also complete and not stall, because a rollout that is stuck
    /// may keep all pods available.
    ///
    /// # Panics
    /// Never: the texts are tested.
    #[must_use]
    pub fn defaults() -> Vec<Self> {
        let row = defaults::TABLE.iter().find(|row| row.field == "objectives.availability");
        let floor = Self::availability(row.map_or("90%", |row| row.value));
        let rates = ["completed_rate >= 95%", "stalled_rate <= 5%"];
        let rates = rates.map(|text| Self::parse(text).expect("an objective"));
        std::iter::once(floor).chain(rates).collect()
    }
}

/// The statistics that an objective may be about.
pub(crate) const STATISTICS: [Statistic; 7] =
    [Statistic::P05, Statistic::P50, Statistic::P95, Statistic::P99, Statistic::Mean, Statistic::Min, Statistic::Max];

impl Objective {
    /// Takes the availability floor away where no strategy keeps it in one of `scenarios`, and puts in its place what the best of them
    /// keeps. Gives why, where it was there.
    pub fn relax_availability<'s>(
        objectives: &mut Vec<Self>,
        scenarios: impl Iterator<Item = &'s Scenario>,
    ) -> Option<NoFloor> {
        let reason = scenarios.filter_map(NoFloor::of).min()?;
        let place = objectives.iter().position(Self::is_availability)?;
        match reason.instead() {
            Some(instead) => objectives[place] = instead,
            None => drop(objectives.remove(place)),
        }
        Some(reason)
    }

    /// Whether it is about rollouts that stall, which none does without a progress deadline.
    #[must_use]
    pub fn is_about_stalls(&self) -> bool {
        matches!(self.figure.measure, Measure::Rate(rate) if rate.is_of_stalls())
    }

    /// Reads [`Self::text`] again.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, ObjectiveError> {
        Self::parse_with_floor(text).map(|(objective, _)| objective)
    }

    /// Reads an objective, and for `availability: 90%` the least share of the replicas that should be available.
    ///
    /// # Errors
    /// As for [`Self::parse`].
    pub(crate) fn parse_with_floor(text: &str) -> Result<(Self, Option<f64>), ObjectiveError> {
        let read = match text.split_once(':') {
            Some(("availability", level)) => {
                parse_share(level.trim()).map(|share| (Self::availability(level.trim()), Some(share)))
            }
            _ => objective(text).map(|objective| (objective, None)),
        };
        read.map_err(ObjectiveError)
    }

    /// Whether it is the objective of [`Self::availability`].
    pub(crate) fn is_availability(&self) -> bool {
        matches!(Self::parse_with_floor(&self.text), Ok((_, Some(_))))
    }

    /// Whether it limits, in whatever figure, how many pods are available during the rollout.
    pub(crate) fn is_about_availability(&self) -> bool {
        matches!(self.figure.measure, Measure::Metric(metric) if AVAILABILITY.contains(&metric))
    }
}

/// The metrics of available pods.
const AVAILABILITY: [&Metric; 6] = [
    &metric::BELOW_OBJECTIVE,
    &metric::WATCHED_BELOW_OBJECTIVE,
    &metric::MIN_AVAILABLE,
    &metric::DIP_DEPTH,
    &metric::DIP_POD_SECONDS,
    &metric::DIP_TIME,
];

/// The word that an objective about a cluster begins with.
pub(crate) const CLUSTER: &str = "cluster ";

/// What an experiment asks of its results.
#[derive(Clone, Debug, Default)]
pub(crate) struct Objectives {
    /// Least share of the replicas that should be available, where it is written.
    pub(crate) availability: Option<f64>,
    pub(crate) list: Vec<Objective>,
    /// What is asked of the cluster that several workloads share, as it is written, with its place.
    pub(crate) of_cluster: Vec<(String, At)>,
}

/// Reads `objectives`: a list of texts and maps, or a map of statistic and metric to limit.
pub(crate) fn objectives(node: &Node) -> Result<Objectives, InputError> {
    let mut objectives = Objectives::default();
    let items = match &node.value {
        Value::List(items) => items.as_slice(),
        _ => std::slice::from_ref(node),
    };
    for item in items {
        match &item.value {
            Value::Map(entries) => {
                for entry in entries {
                    objectives.take(&entry.key, Some(&entry.value), &entry.value)?;
                }
            }
            _ => objectives.take(item.text()?, None, item)?,
        }
    }
    Ok(objectives)
}

impl Objectives {
    fn take(&mut self, key: &str, value: Option<&Node>, place: &Node) -> Result<(), InputError> {
        if key == "availability" {
            return self.take_availability(place);
        }
        let text = match value {
            Some(value) => format!("{key} {}", value.text()?),
            None => key.to_owned(),
        };
        if text.starts_with(CLUSTER) {
            self.of_cluster.push((text.trim().to_owned(), place.at.clone()));
            return Ok(());
        }
        self.list.push(objective(&text).map_err(|problem| place.at.error(problem))?);
        Ok(())
    }

    /// There can be only one, because a record has one time below the objective.
    fn take_availability(&mut self, node: &Node) -> Result<(), InputError> {
        if self.availability.is_some() {
            return Err(node
                .at
                .error("a second availability objective; write one, and the others with `rollcast run` each"));
        }
        self.availability = Some(share(node)?);
        self.list.push(Objective::availability(&node.flow()));
        Ok(())
    }
}

fn objective(text: &str) -> Result<Objective, String> {
    let (left, at_most, right) = match (text.split_once("<="), text.split_once(">=")) {
        (Some((left, right)), None) => (left, true, right.trim()),
        (None, Some((left, right))) => (left, false, right.trim()),
        _ => return Err(no_objective(text)),
    };
    let words: Vec<&str> = left.split_whitespace().collect();
    let limited = text[left.len()..].trim();
    if words == ["availability"] || words == ["available"] {
        return Err(as_availability(right));
    }
    if let [metric, word] = words[..]
        && statistic(word).is_some()
    {
        return Err(format!("{} is the wrong way round: write `{word} {metric} {limited}`", quoted(text)));
    }
    let (word, name) = match words[..] {
        [word, name] => (word, name),
        [rate] => (Statistic::Rate.as_str(), rate),
        _ => return Err(format!("{} needs a statistic and a metric, such as p95 duration_s", quoted(left.trim()))),
    };
    if let Some(advice) = in_seconds(word, name, at_most, right) {
        return Err(advice);
    }
    let figure = figure(word, name, limited)?;
    Ok(Objective { text: text.trim().into(), figure, at_most, limit: limit(figure.unit(), right)? })
}

/// The statistic that `word` names, where objectives know it.
fn statistic(word: &str) -> Option<Statistic> {
    STATISTICS.into_iter().find(|known| known.as_str() == word)
}

/// The figure that the words of an objective name; `limited` is the rest of its text.
fn figure(word: &str, name: &str, limited: &str) -> Result<Figure, String> {
    let words = STATISTICS.map(Statistic::as_str);
    match (Metric::named(name), RolloutRate::named(name)) {
        // A metric without its statistic is the more common mistake.
        (Some(_), _) if word == Statistic::Rate.as_str() => {
            Err(format!("{name} needs a statistic before it: one of {}", words.join(", ")))
        }
        (_, Some(rate)) if word == Statistic::Rate.as_str() => Ok(Figure::rate(rate)),
        (_, None) if word == Statistic::Rate.as_str() => {
            Err(unknown("rate", name, &RolloutRate::ASKED.map(RolloutRate::name)))
        }
        (_, Some(_)) => Err(format!("{name} is one number, without a statistic: write `{name} {limited}`")),
        (metric, None) => match (statistic(word), metric) {
            (None, _) => Err(unknown("statistic", word, &words)),
            (Some(statistic), Some(metric)) => Ok(Figure::of(metric, statistic)),
            (Some(_), None) => Err(unknown_metric(name)),
        },
    }
}

fn unknown_metric(name: &str) -> String {
    let names: Vec<&str> = METRICS.iter().map(|known| known.name).collect();
    unknown("metric", name, &names)
}

/// What to write instead of a metric that is counted in milliseconds, where there is the same in seconds.
fn in_seconds(word: &str, name: &str, at_most: bool, right: &str) -> Option<String> {
    let name = Metric::named(&format!("{}_s", name.strip_suffix("_ms")?))?.name;
    let statistic = if word == Statistic::Rate.as_str() { Statistic::P95.as_str() } else { word };
    let sign = if at_most { "<=" } else { ">=" };
    let number = right.trim_end_matches("ms").trim().parse::<f64>();
    let limit = number.map_or("5s".into(), |number| format!("{}s", number / 1e3));
    Some(format!("{} is counted in seconds: write `{statistic} {name} {sign} {limit}`", quoted(name)))
}

/// The message for a text without `<=` or `>=`, with what was probably meant.
fn no_objective(text: &str) -> String {
    let Some(at) = text.find(['<', '>', '=', '\u{2264}', '\u{2265}']) else {
        return format!("{} is no objective: write such as `p95 duration_s <= 10m`", quoted(text));
    };
    let (left, rest) = text.split_at(at);
    let sign = if rest.starts_with(['>', '\u{2265}']) { ">=" } else { "<=" };
    let right = rest.trim_start_matches(['<', '>', '=', '\u{2264}', '\u{2265}', ' ']);
    if left.trim() == "availability" {
        return as_availability(right);
    }
    let seconds = left.trim().ends_with("_s") && right.trim().parse::<f64>().is_ok();
    let unit = if seconds { "s" } else { "" };
    format!(
        "{} is no objective: limits are written with <= or >=, such as `{} {sign} {}{unit}`",
        quoted(text),
        left.trim(),
        right.trim()
    )
}

fn as_availability(right: &str) -> String {
    let share = right.trim().trim_end_matches('%');
    let share = match share.parse::<f64>() {
        Ok(number) if number <= 1.0 && !right.contains('%') => share.to_owned(),
        _ => format!("{share}%"),
    };
    format!(
        "availability is written as a key of its own: `availability: {share}` (95 in 100 rollouts never go below it)"
    )
}

fn limit(unit: Unit, text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
    match unit {
        Unit::Share => parse_share(text),
        // The column's name has the unit, so a bare number is clear.
        Unit::Seconds => number.map_or_else(|| parse_duration(text).map(|time| time.as_secs_f64()), Ok),
        Unit::Pods | Unit::PodSeconds | Unit::Nodes | Unit::Requests | Unit::Count(_) => {
            number.ok_or_else(|| format!("{} is no number", quoted(text)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::tree::yaml::node;

    fn read(text: &str) -> Result<Vec<(String, bool, f64)>, InputError> {
        let list = objectives(&node(text))?.list;
        Ok(list.into_iter().map(|o| (o.figure.text(), o.at_most, o.limit)).collect())
    }

    #[test]
    fn lists_and_maps() {
        let expected = [
            ("p95 below_objective_s".to_owned(), true, 0.0),
            ("p95 duration_s".to_owned(), true, 600.0),
            ("stalled_rate".to_owned(), true, 0.001),
            ("min min_available".to_owned(), false, 3.0),
        ];
        let list = "- availability: 90%\n- p95 duration_s <= 10m\n- stalled_rate <= 0.1%\n- min min_available >= 3\n";
        assert_eq!(read(list).unwrap(), expected);
        let map = "availability: 90%\np95 duration_s: <= 600\nstalled_rate: <= 0.1%\nmin min_available: '>= 3'\n";
        assert_eq!(read(map).unwrap(), expected);
        assert_eq!(objectives(&node(list)).unwrap().availability, Some(0.9));
    }

    #[test]
    fn texts_read_back() {
        for text in
            ["[availability: 90%]", "[availability: 0.9]", "[p95 duration_s <= 10m]", "[{stalled_rate: <= 0.1%}]"]
        {
            for objective in objectives(&node(text)).unwrap().list {
                assert_eq!(Objective::parse(&objective.text), Ok(objective));
            }
        }
        assert!(Objective::parse("availability: much").is_err());
    }

    #[test]
    fn mistakes_are_reported() {
        let cases = [
            (
                "[duration_ms <= 5000]",
                "test.yaml:1:2: `duration_s` is counted in seconds: write `p95 duration_s <= 5s`",
            ),
            (
                "[p50 duration_ms <= 250ms]",
                "test.yaml:1:2: `duration_s` is counted in seconds: write `p50 duration_s <= 0.25s`",
            ),
            ("[p90 duration_s <= 10m]", "test.yaml:1:2: unknown statistic `p90`; valid here: p05, p50"),
            ("[p95 duraton_s <= 10m]", "test.yaml:1:2: unknown metric `duraton_s`; did you mean `duration_s`?"),
            ("[p94 duration_s <= 10m]", "unknown statistic `p94`"),
            ("[stall_rate <= 1%]", "unknown rate `stall_rate`; did you mean `stalled_rate`?"),
            ("[duration_s <= 1m]", "duration_s needs a statistic before it"),
            ("[p95 stalled_rate <= 1%]", "stalled_rate is one number, without a statistic: write `stalled_rate <= 1%`"),
            (
                "[p95 duration_s < 10m]",
                "is no objective: limits are written with <= or >=, such as `p95 duration_s <= 10m`",
            ),
            ("[p95 duration_s < 600]", "such as `p95 duration_s <= 600s`"),
            ("[min min_available > 3]", "such as `min min_available >= 3`"),
            ("[availability >= 99.9%]", "`availability: 99.9%`"),
            ("[availability > 0.9]", "`availability: 0.9`"),
            ("{availability: 99.9}", "`99.9` is not between 0 and 1: write 99.9% for that percentage"),
            ("[duration_s p95 <= 10m]", "write `p95 duration_s <= 10m`"),
            ("[p95 dip_depth <= 20]", "is not between 0 and 1"),
            ("[availability: 90%, availability: 70%]", "test.yaml:1:35: a second availability objective"),
        ];
        for (text, expected) in cases {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
