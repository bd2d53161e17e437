//! A title with what stands below it, and how many scenarios meet which objective.

use crate::analysis::{ScenarioResult, Tally, Verdict, tally};
use crate::report::provenance::Provenance;
use crate::report::{format, words};

/// A title and the sentences below it.
pub(super) struct Title {
    pub(super) title: String,
    pub(super) lead: String,
}

impl Title {
    pub(super) fn of(title: impl Into<String>, lead: impl Into<String>) -> Self {
        Self { title: title.into(), lead: lead.into() }
    }
}

/// Which objectives are met, how often.
pub(super) fn binding(all: &[&ScenarioResult], provenance: &Provenance, verdicts: &[Verdict<'_>]) -> String {
    let here: Vec<_> =
        verdicts.iter().filter(|one| all.iter().any(|result| result.scenario == one.scenario)).copied().collect();
    let count = all.len() as u64;
    let by = |number: u64| match number {
        0 => "by none".to_owned(),
        number if number == count => format!("by all {}", format::count(count)),
        number => format!("by {} of {}", format::count(number), format::count(count)),
    };
    let parts: Vec<_> = provenance
        .objectives
        .iter()
        .map(|objective| {
            let Tally { met, open, .. } = tally(objective, &here);
            let doubt =
                if open > 0 { format!(" (the data cannot tell for {})", format::count(open)) } else { String::new() };
            format!("{} {} {}{doubt}", words::topic(objective), words::limit(objective, None), by(met))
        })
        .collect();
    format!("Met: {}.", parts.join(", "))
}
