//! The answer of `rollcast run` about a world: its workloads, what they take together, and what that rests on.

use crate::analysis::{ScenarioResult, Verdict};
use crate::plan::{Plan, Premise};
use crate::report::{caveats, format, single, text};

/// What is answered: the workloads of one world in its order.
#[derive(Clone, Copy, Debug)]
pub struct Release<'a> {
    /// The plan, which has these workloads alone.
    pub plan: &'a Plan,
    /// Their results.
    pub results: &'a [ScenarioResult],
    /// The objectives, held against each.
    pub verdicts: &'a [Verdict<'a>],
    /// What is said of objectives that nobody wrote.
    pub remark: &'a str,
}

/// The answer, `width` columns wide where words allow.
#[must_use]
pub fn text(release: &Release<'_>, width: u16) -> String {
    let Release { plan, results, verdicts, remark } = *release;
    let columns = usize::from(width);
    let mut text = title(release, columns);
    text.push_str(&format!("\n{}", text::summary(plan, results, verdicts, width)));
    if verdicts.is_empty() && plan.cluster_objectives.is_empty() {
        text.push_str("No objective is set: --check holds the answer against a default floor.\n");
    }
    text.push_str(remark);
    let told = results.first().map(|first| single::told(&of_all(release), first.scenario, &plan.notes, columns));
    text.push_str(&told.filter(|told| !told.is_empty()).map_or_else(String::new, |told| format!("\n{told}")));
    text.push_str(&caveats::text(&plan.caveats, None, width));
    text
}

/// What rolls, and at the right how often it was simulated.
fn title(release: &Release<'_>, width: usize) -> String {
    let workloads = format::plural(release.results.len() as u64, "workload");
    let pods: u64 = release.results.iter().map(|result| u64::from(result.replicas)).sum();
    let left = format!("{}: {workloads}, {}", format::printable(&release.plan.name), format::plural(pods, "replica"));
    let n = release.results.first().map_or(0, |first| first.statistics.n);
    let right = format::plural(n, "simulated release");
    let gap = width.saturating_sub(left.chars().count() + right.chars().count());
    if gap >= 2 { format!("{left}{}{right}\n", " ".repeat(gap)) } else { format!("{left}\n{right}\n") }
}

/// What holds for every workload; what differs between them is in the answer about one.
fn of_all(release: &Release<'_>) -> Vec<Premise> {
    let is_of_all = |premise: &&Premise| release.results.iter().all(|result| premise.is_of(result.scenario));
    release.plan.premises.iter().filter(is_of_all).cloned().collect()
}
