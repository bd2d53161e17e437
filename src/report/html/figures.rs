//! The figures at the head of the page: how good, against which objective, and what it is now.

use std::fmt::Write;

use minijinja::{Value, context};

use crate::analysis::headlines::{AVAILABLE_P05, DURATION_P95, Headline, PODS_P95, STALLED, SURGE, UNFINISHED};
use crate::analysis::{ScenarioResult, Verdict};
use crate::metrics::{Figure, Unit};
use crate::plan::Objective;
use crate::report::words;
use crate::report::{doubt, event, format, limits, trust};

/// Width of the scale under a figure, in pixels.
const WIDTH: f64 = 180.0;

/// What the figures are of.
pub(super) struct Shown<'a> {
    pub(super) result: &'a ScenarioResult,
    /// What runs now, where that is another scenario.
    pub(super) now: Option<&'a ScenarioResult>,
    /// Whether `result` is recommended; else it is only what was forecast.
    pub(super) is_choice: bool,
    pub(super) verdicts: &'a [Verdict<'a>],
    pub(super) objectives: &'a [Objective],
    pub(super) noun: &'a str,
}

/// A figure of the head of the page.
struct Tile {
    figure: Figure,
    label: String,
    big: String,
    small: String,
    /// What the objective is about that is held against it.
    objective: Option<usize>,
    /// The greatest value that the scale must show.
    most: f64,
}

/// The four figures, and one for each objective that is about none of them.
pub(super) fn tiles(shown: &Shown<'_>) -> Vec<Value> {
    let place = |is: &dyn Fn(&Objective) -> bool| shown.objectives.iter().position(is);
    let mut tiles = vec![
        duration(shown, place(&|one| one.figure == DURATION_P95.figure)),
        available(shown, place(&Objective::is_availability)),
        ends_badly(shown, |figure| place(&|one| one.figure == figure)),
        pods(shown, place(&|one| one.figure == PODS_P95.figure)),
    ];
    let others = (0..shown.objectives.len()).filter(|place| tiles.iter().all(|tile| tile.objective != Some(*place)));
    let others: Vec<_> = others.map(|place| other(shown, place)).collect();
    tiles.extend(others);
    tiles.into_iter().map(|tile| tile.value(shown)).collect()
}

fn duration(shown: &Shown<'_>, objective: Option<usize>) -> Tile {
    let limits = worth(shown, DURATION_P95.figure, objective);
    Tile {
        figure: DURATION_P95.figure,
        label: "Duration: 95 of 100 rollouts complete within".into(),
        big: words::duration(shown.result),
        small: words::no_p95(shown.result).unwrap_or(limits),
        objective,
        most: shown.most(DURATION_P95.figure, objective),
    }
}

fn available(shown: &Shown<'_>, objective: Option<usize>) -> Tile {
    let pods = shown.result.value(AVAILABLE_P05.figure);
    Tile {
        figure: AVAILABLE_P05.figure,
        label: "Available pods at worst, in 95 of 100 rollouts".into(),
        big: pods.map_or("–".into(), format::number),
        small: format!("of {}", format::count(shown.result.replicas.into())),
        objective,
        most: shown.result.replicas.into(),
    }
}

/// Rollouts that stall, or where there is no progress deadline those that are unfinished.
fn ends_badly(shown: &Shown<'_>, place: impl Fn(Figure) -> Option<usize>) -> Tile {
    let of = |headline: Headline, label| rare(shown, (headline, label), place(headline.figure));
    match shown.result.value(STALLED.figure) {
        Some(_) => of(STALLED, "Rollouts that stall: no progress until the deadline"),
        None => of(UNFINISHED, "Rollouts that are not finished at the horizon"),
    }
}

fn rare(shown: &Shown<'_>, (headline, label): (Headline, &str), objective: Option<usize>) -> Tile {
    let figure = headline.figure;
    let estimate = shown.result.statistics.get(figure);
    let rate = shown.result.value(figure);
    let (big, small) = match (rate, estimate.and_then(|one| one.high)) {
        (Some(0.0), high) => {
            let most = high.map_or(String::new(), |high| format!("at most {}", format::share(high)));
            (format!("none of {}", format::count(shown.result.statistics.n)), most)
        }
        (Some(rate), _) => (format::share(rate), worth(shown, figure, objective)),
        (None, _) => ("–".into(), String::new()),
    };
    let most = shown.most(figure, objective);
    Tile { figure, label: label.into(), big, small, objective, most }
}

fn pods(shown: &Shown<'_>, objective: Option<usize>) -> Tile {
    let pods = shown.result.value(PODS_P95.figure);
    let extra = pods.map(|pods| pods - f64::from(shown.result.replicas)).filter(|extra| *extra > 0.0);
    Tile {
        figure: PODS_P95.figure,
        label: "Pods at once, Terminating ones included (p95)".into(),
        big: pods.map_or("–".into(), format::number),
        small: extra.map_or("no extra pods".into(), |extra| format!("{} extra", format::number(extra))),
        objective,
        most: shown.most(PODS_P95.figure, objective).max(shown.result.replicas.into()),
    }
}

fn other(shown: &Shown<'_>, place: usize) -> Tile {
    let figure = shown.objectives[place].figure;
    let value = shown.result.value(figure);
    Tile {
        figure,
        label: format::capital(&format::printable(&figure.text().replace('_', " "))),
        big: value.map_or("–".into(), |value| format::shown(figure.unit(), value)),
        small: worth(shown, figure, Some(place)),
        objective: Some(place),
        most: shown.most(figure, Some(place)),
    }
}

/// `2m 12s to 2m 15s`, where that is worth showing.
fn worth(shown: &Shown<'_>, figure: Figure, objective: Option<usize>) -> String {
    let limit = objective.and_then(|place| shown.objectives.get(place)).map(|objective| objective.limit);
    let limits = shown.result.statistics.get(figure).and_then(|one| limits::worth(figure, one, limit));
    limits.map_or(String::new(), |(low, high)| format!("{low} to {high}"))
}

impl Shown<'_> {
    /// The greatest of the value, what it is now, and the limit of an objective.
    fn most(&self, figure: Figure, objective: Option<usize>) -> f64 {
        let values = [Some(self.result), self.now].into_iter().flatten().filter_map(|result| result.value(figure));
        let limit = objective.and_then(|place| self.objectives.get(place)).map(|objective| objective.limit);
        values.chain(limit).fold(0.0, f64::max) * 1.1
    }
}

impl Tile {
    fn value(&self, shown: &Shown<'_>) -> Value {
        let objective = self.objective.and_then(|place| shown.objectives.get(place));
        let held = objective.map(|objective| self.held(shown, objective));
        let now = shown.now.map(|now| self.now(now, objective, shown));
        let say = |text: &str| event::say(text.to_owned(), shown.noun);
        let is_seen = shown.result.value(self.figure) > Some(0.0);
        context! {
            label => say(&self.label),
            big => self.big.as_str(),
            small => say(&self.small),
            is_long => self.small.chars().count() > 10,
            scale => Value::from_safe_string(self.scale(shown, objective).unwrap_or_default()),
            objective => held,
            room => (self.figure == PODS_P95.figure && objective.is_none()).then(|| room(shown.result)),
            now,
            few => trust::carried(shown.result, self.figure).filter(|_| is_seen).map(|few| say(&few)),
        }
    }

    fn held(&self, shown: &Shown<'_>, objective: &Objective) -> Value {
        let met = words::met(objective, shown.result, shown.verdicts);
        let verdict = shown.verdicts.iter().find(|v| v.scenario == shown.result.scenario && v.objective == objective);
        let needed = verdict.and_then(|verdict| doubt::needed(verdict, shown.result));
        // The number of pods is that of the rollout itself; the objective may be about what follows it too.
        let enough = shown.result.value(AVAILABLE_P05.figure) >= Some(shown.result.bounds.objective.into());
        let later = (objective.is_availability() && met == Some(false) && enough)
            .then(|| shown.result.value(objective.figure))
            .flatten()
            .map(|time| format!("below it for {} at p95, what follows the end included", format::time(time)));
        context! {
            limit => words::limit(objective, Some(shown.result)),
            met => words::verdict(met),
            why => needed.or(later).map(|why| event::say(why, shown.noun)),
        }
    }

    fn now(&self, now: &ScenarioResult, objective: Option<&Objective>, shown: &Shown<'_>) -> Value {
        let text = match self.figure {
            figure if figure == DURATION_P95.figure => words::duration(now),
            figure if figure == AVAILABLE_P05.figure => words::available(now),
            figure => now.value(figure).map_or("–".into(), |value| format::shown(figure.unit(), value)),
        };
        let estimates = shown.result.statistics.get(self.figure).zip(now.statistics.get(self.figure));
        let is_rate = self.figure.unit() == Unit::Share;
        let same = is_rate && estimates.is_some_and(|(one, other)| one.low <= other.high && other.low <= one.high);
        let met = objective.and_then(|objective| words::met(objective, now, shown.verdicts));
        context!(text, missed => met == Some(false), same)
    }

    /// The value, what it is now, and the limit on one line; `None` where there is nothing to compare the value with.
    fn scale(&self, shown: &Shown<'_>, objective: Option<&Objective>) -> Option<String> {
        let value = shown.result.value(self.figure)?;
        if self.most <= 0.0 || (objective.is_none() && shown.now.is_none()) {
            return None;
        }
        let at = |value: f64| 8.0 + (WIDTH - 16.0) * (value / self.most).clamp(0.0, 1.0);
        let mut svg = format!("<svg class=\"scale\" viewBox=\"0 0 {WIDTH} 18\" aria-hidden=\"true\">");
        let _ = write!(svg, "<path class=\"axis\" d=\"M2 9H{}\"/>", WIDTH - 2.0);
        if let Some(objective) = objective {
            let limit =
                if objective.is_availability() { shown.result.bounds.objective.into() } else { objective.limit };
            let _ = write!(svg, "<path class=\"obj\" d=\"M{:.1} 1V17\"/>", at(limit));
        }
        if let Some(now) = shown.now.and_then(|now| now.value(self.figure)) {
            let _ = write!(svg, "<circle class=\"m-now\" cx=\"{:.1}\" cy=\"9\" r=\"4.5\"/>", at(now));
        }
        let mark = if shown.is_choice { "#star" } else { "#dot" };
        let _ = write!(svg, "<use href=\"{mark}\" x=\"{:.1}\" y=\"9\"/></svg>", at(value));
        Some(svg)
    }
}

/// What the nodes have room for.
fn room(result: &ScenarioResult) -> String {
    let capacity = result.bounds.capacity;
    let most = u64::from(result.bounds.ceiling);
    if capacity < most {
        return format!("the nodes have room for {} of {} pods", format::count(capacity), format::count(most));
    }
    let extra = result.value(SURGE.figure).filter(|extra| *extra > 0.0);
    extra.map_or(String::new(), |extra| format!("{} extra pod-minutes a rollout", words::pod_minutes(extra)))
}
