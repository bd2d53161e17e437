//! What is said where no strategy is swept: from which value of a parameter on the objectives are met.

use crate::analysis::headlines::DURATION_P95;
use crate::analysis::{ScenarioResult, Verdict, all_met};
use crate::report::format;
use crate::report::html::data::measured;
use crate::report::html::statement::{Title, binding};
use crate::report::provenance::Provenance;
use crate::report::words;

/// The only parameter whose value changes, with its values as numbers in ascending order.
struct Swept<'a> {
    name: String,
    values: Vec<(f64, &'a str, &'a ScenarioResult)>,
}

impl<'a> Swept<'a> {
    /// `None` where several parameters change, or where values are no numbers of one unit.
    fn of(all: &[&'a ScenarioResult]) -> Option<Self> {
        let first = all.first()?;
        let [(path, _)] = first.parameters.as_slice() else { return None };
        let known: Option<Vec<_>> =
            all.iter().map(|result| Some((measured(&result.parameters.first()?.1)?, *result))).collect();
        let mut values: Vec<_> = known?.into_iter().map(|((number, unit), result)| (number, unit, result)).collect();
        let unit = values.iter().find(|(number, ..)| *number != 0.0)?.1;
        if values.iter().any(|(number, other, _)| *number != 0.0 && *other != unit) {
            return None;
        }
        values.sort_by(|a, b| a.0.total_cmp(&b.0));
        let name = format::names(std::iter::once(path.as_str())).join("");
        Some(Self { name: format::printable(&name), values })
    }

    /// `12 nodes are the least that meet`, `crash 1% is the most that meets`
    fn extreme(&self, place: usize, which: &str) -> String {
        let (is, meet) = if self.is_a_count() { ("are", "meet") } else { ("is", "meets") };
        format!("{} {is} the {which} that {meet}", self.at(place))
    }

    fn is_a_count(&self) -> bool {
        matches!(self.name.as_str(), "nodes" | "replicas" | "zones")
    }

    /// `12 nodes`, `crash 1%`
    fn at(&self, place: usize) -> String {
        let text = format::printable(self.values[place].2.parameters.first().map_or("", |(_, value)| value.as_str()));
        if self.is_a_count() { format!("{text} {}", self.name) } else { format!("{} {text}", self.name) }
    }
}

/// The title where the scenarios differ in no strategy.
pub(super) fn title(all: &[&ScenarioResult], provenance: &Provenance, verdicts: &[Verdict<'_>]) -> Title {
    let count = format::count(all.len() as u64);
    let lead = range(all);
    if verdicts.is_empty() {
        return Title { title: format!("{count} scenarios, and no objective to hold them against"), lead };
    }
    let objectives = words::all_objectives(provenance.objectives.len());
    let is_met = |result: &&ScenarioResult| all_met(result, verdicts) == Some(true);
    let met = all.iter().filter(|result| is_met(result)).count();
    let held = binding(all, provenance, verdicts);
    let title = match met {
        0 if all.iter().all(|result| all_met(result, verdicts) == Some(false)) => {
            format!("none of {count} scenarios meets {objectives}")
        }
        0 => format!("none of {count} scenarios is shown to meet {objectives}"),
        met if met == all.len() => format!("all {count} scenarios meet {objectives}"),
        met => Swept::of(all)
            .and_then(|swept| turn(&swept, &is_met, &objectives))
            .unwrap_or_else(|| format!("{} of {count} scenarios meet {objectives}", words::counted(met))),
    };
    Title { title, lead: format!("{held} {lead}") }
}

/// From which value on, or up to which, all objectives are met; `None` where they are met here and there.
fn turn(swept: &Swept<'_>, is_met: &dyn Fn(&&ScenarioResult) -> bool, objectives: &str) -> Option<String> {
    let met: Vec<bool> = swept.values.iter().map(|(_, _, result)| is_met(result)).collect();
    let first = met.iter().position(|met| *met)?;
    let last = met.iter().rposition(|met| *met)?;
    if met[first..=last].iter().any(|met| !met) {
        return None;
    }
    Some(match (first, last + 1 == met.len()) {
        (0, _) => format!("{} {objectives}", swept.extreme(last, "most")),
        (_, true) => format!("{} {objectives}", swept.extreme(first, "least")),
        _ => format!("{objectives} are met from {} to {}", swept.at(first), swept.at(last)),
    })
}

/// From the fastest to the slowest.
fn range(all: &[&ScenarioResult]) -> String {
    let known: Vec<_> = all.iter().filter_map(|result| result.value(DURATION_P95.figure)).collect();
    let (low, high) = (known.iter().copied().reduce(f64::min), known.iter().copied().reduce(f64::max));
    let open = all.len() - known.len();
    let open = if open == 0 { String::new() } else { format!(" It is open for {}.", words::counted(open)) };
    match (low.map(format::time), high.map(format::time)) {
        (Some(low), Some(high)) if low == high => {
            format!("95 of 100 rollouts complete within {low} in each of them.{open}")
        }
        (Some(low), Some(high)) => format!("95 of 100 rollouts complete within {low} to {high}.{open}"),
        _ => "No scenario has a p95 of the duration.".into(),
    }
}
