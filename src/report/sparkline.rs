//! Small plots in one line of text.

use crate::analysis::headlines::{DURATION_P50, DURATION_P95};
use crate::analysis::{ScenarioResult, TimelineRow, Verdict};
use crate::report::format;

/// The characters that the columns of a plot are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Glyphs {
    /// Block characters, one eighth higher each.
    Blocks,
    /// For terminals without them.
    Ascii,
}

const COLUMNS: usize = 40;

/// The share of the rollouts that complete which the plots show.
const NEARLY_ALL: f64 = 0.99;

/// A limit so many times as far as the plots would reach is not shown.
const FAR: f64 = 2.5;

impl Glyphs {
    const fn levels(self) -> [char; 9] {
        match self {
            Self::Blocks => [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
            Self::Ascii => [' ', '.', ':', '-', '=', '+', '*', '#', '@'],
        }
    }

    /// A piece of a line between the heading and the rows of a table.
    pub(super) const fn rule(self) -> &'static str {
        match self {
            Self::Blocks => "─",
            Self::Ascii => "-",
        }
    }

    /// A column for each of `values`. Only a value that reaches `top` is a full column, and only 0 is an empty one.
    pub(super) fn plot(self, values: &[f64], top: f64) -> String {
        let level = |value: &f64| match value / top {
            share if share >= 1.0 => 8,
            share if share > 0.0 => ((share * 8.0) as usize).clamp(1, 7),
            _ => 0,
        };
        values.iter().map(|value| self.levels()[level(value)]).collect()
    }
}

/// Availability, pods and completions of one scenario over time, a line for each with the value of a full column. There
/// is a line of Ready pods where fewer pods are available than desired. Without a timeline there are no lines.
///
/// The lines end where 99 of 100 of the rollouts that complete have completed, so that a few that never end do not squeeze all
/// others into the first columns; or at the limit of the duration, where that is not far beyond.
pub(super) fn lines(result: &ScenarioResult, verdicts: &[Verdict<'_>], glyphs: Glyphs) -> Vec<(&'static str, String)> {
    let watched = result.timeline.last().map_or(0.0, |row| row.at_s);
    if result.timeline.len() < 2 || watched <= 0.0 {
        return Vec::new();
    }
    let limit = limit_s(result, verdicts);
    let most = last_s(result).unwrap_or(watched);
    let end = limit.filter(|limit| (most..most * FAR).contains(limit)).unwrap_or(most.min(watched));
    let rows: Vec<TimelineRow> = result.timeline.iter().filter(|row| row.at_s <= end).cloned().collect();
    let column = |at: f64| ((at / end * COLUMNS as f64) as usize).min(COLUMNS - 1);
    let mut plots = Vec::new();
    let desired = f64::from(result.replicas);
    let mut add = |name, values: Vec<f64>, most: f64, unit: &str| {
        let top = most.max(1.0);
        let full = if glyphs == Glyphs::Blocks { '█' } else { '@' };
        let plot = glyphs.plot(&values, top);
        plots.push((name, format!("|{plot}| {full} {}{unit}", format::number(most))));
    };
    let over = |pick: fn(&TimelineRow) -> f64, worse: fn(f64, f64) -> f64| {
        let mut columns = vec![None; COLUMNS];
        let mut last = None;
        for row in &rows {
            let known: &mut Option<f64> = &mut columns[column(row.at_s)];
            *known = Some(known.map_or(pick(row), |value| worse(value, pick(row))));
        }
        // Where a rollout is short, some columns have no row of the timeline and repeat the one before.
        columns
            .into_iter()
            .map(|value| {
                last = value.or(last);
                last.unwrap_or(0.0)
            })
            .collect::<Vec<f64>>()
    };
    add("available, median", over(|row| row.available[2], f64::min), desired, " desired");
    add("available, p05", over(|row| row.available[0], f64::min), desired, " desired");
    // Above the desired number of pods the two lines would look the same.
    if rows.iter().any(|row| row.ready[2] != row.available[2] && row.available[2] < desired) {
        add("Ready, median", over(|row| row.ready[2], f64::min), desired, " desired");
    }
    let footprint = over(|row| row.footprint[4], f64::max);
    let most = footprint.iter().copied().fold(0.0, f64::max);
    add("pods on nodes, p95", footprint, most, " pods");
    let mut completed = vec![0.0; COLUMNS];
    let mut before = 0.0;
    for (time, share) in result.statistics.completion.iter().filter(|(time, _)| *time <= end) {
        completed[column(*time)] += share - before;
        before = *share;
    }
    let most = completed.iter().copied().fold(0.0, f64::max);
    if most > 0.0 {
        let plot = glyphs.plot(&completed, most);
        let n = result.statistics.n;
        let beyond = n - ((before * n as f64).round() as u64).min(n);
        let rest = if beyond == 0 { "all in it".into() } else { format!("{} beyond", format::count(beyond)) };
        plots.push(("completions", format!("|{plot}| {rest}")));
    }
    let median = result.value(DURATION_P50.figure).filter(|median| *median < end);
    let name = if limit == Some(end) { format!("{} limit", format::time(end)) } else { format::time(end) };
    plots.push(("", axis(median.map(|median| (column(median), format::time(median))), &name)));
    plots
}

/// The axis: 0, a mark below a column where it does not run into the others, and what stands at the end.
fn axis(mark: Option<(usize, String)>, end: &str) -> String {
    let last = (COLUMNS + 1).saturating_sub(end.chars().count());
    // The plots begin one column later.
    let fits = |(at, text): &(usize, String)| *at > 2 && at + 1 + text.chars().count() + 2 <= last;
    let line = match mark.filter(fits) {
        Some((at, text)) => format!("0{}{text}", " ".repeat(at)),
        None => "0".to_owned(),
    };
    format!("{line}{}{end}", " ".repeat(last.saturating_sub(line.chars().count())))
}

/// When 99 of 100 of the rollouts that complete have completed.
fn last_s(result: &ScenarioResult) -> Option<f64> {
    let completion = &result.statistics.completion;
    let all = completion.last()?.1;
    let (time, _) = completion.iter().find(|(_, share)| *share >= NEARLY_ALL * all)?;
    (*time > 0.0).then_some(*time)
}

/// The limit that an objective sets to the duration.
fn limit_s(result: &ScenarioResult, verdicts: &[Verdict<'_>]) -> Option<f64> {
    let own = verdicts.iter().filter(|verdict| verdict.scenario == result.scenario);
    let mut limits = own.filter(|one| one.objective.at_most && one.objective.figure == DURATION_P95.figure);
    limits.next().map(|verdict| verdict.objective.limit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::fixture;

    #[test]
    fn only_what_is_whole_looks_whole_and_what_is_rare_is_seen() {
        assert_eq!(Glyphs::Blocks.plot(&[0.0, 0.01, 0.5, 0.99, 1.0, 2.0], 1.0), " ▁▄▇██");
        assert_eq!(Glyphs::Ascii.plot(&[0.0, 0.01, 0.5, 0.99, 1.0, f64::NAN], 1.0), " .=#@ ");
        assert_eq!(Glyphs::Blocks.plot(&[0.0, 1.0], 0.0), " █");
    }

    #[test]
    fn plots_are_of_one_width_and_nothing_known_gives_none() {
        let (_, mut results) = fixture::one();
        let lines = super::lines(&results[0], &[], Glyphs::Ascii);
        assert_eq!(lines.len(), 6);
        for (_, line) in &lines[..5] {
            assert!(line.is_ascii() && line.matches('|').count() == 2, "{line}");
            assert_eq!(line.rfind('|'), Some(COLUMNS + 1), "{line}");
        }
        results[0].timeline.iter_mut().for_each(|row| row.ready = row.available);
        assert!(super::lines(&results[0], &[], Glyphs::Ascii).iter().all(|(name, _)| *name != "Ready, median"));
        results[0].replicas = 0;
        results[0].timeline.iter_mut().for_each(|row| [row.available, row.ready, row.footprint] = [[0.0; 5]; 3]);
        let none = super::lines(&results[0], &[], Glyphs::Ascii);
        assert!(none[0].1.ends_with("@ 0 desired") && none[2].1.ends_with("@ 0 pods"), "{none:?}");
        results[0].timeline.truncate(1);
        assert!(super::lines(&results[0], &[], Glyphs::Blocks).is_empty());
    }
}
