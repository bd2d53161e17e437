//! Small plots in one line of text.

use crate::analysis::ScenarioResult;
use crate::report::format;

/// The characters that the columns of a plot are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Glyphs {
    /// Block characters, one eighth higher each.
    Blocks,
    /// For terminals without them.
    Ascii,
}

const COLUMNS: usize = 48;

impl Glyphs {
    const fn levels(self) -> [char; 9] {
        match self {
            Self::Blocks => [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
            Self::Ascii => [' ', '.', ':', '-', '=', '+', '*', '#', '@'],
        }
    }

    /// A column for each of `values`. Only a value that reaches `top` is a full column, and only 0 is an empty one.
    fn plot(self, values: &[f64], top: f64) -> String {
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
pub(super) fn lines(result: &ScenarioResult, glyphs: Glyphs) -> Vec<(&'static str, String)> {
    let rows = &result.timeline;
    let end = rows.last().map_or(0.0, |row| row.at_s);
    if rows.len() < 2 || end <= 0.0 {
        return Vec::new();
    }
    let column = |at: f64| ((at / end * COLUMNS as f64) as usize).min(COLUMNS - 1);
    let mut plots = Vec::new();
    let desired = f64::from(result.replicas);
    let mut add = |name, values: Vec<f64>, most: f64, unit: &str| {
        let top = most.max(1.0);
        let full = if glyphs == Glyphs::Blocks { '█' } else { '@' };
        let plot = glyphs.plot(&values, top);
        plots.push((name, format!("|{plot}| {full} {}{unit}", format::number(most))));
    };
    let over = |pick: fn(&crate::analysis::TimelineRow) -> f64, worse: fn(f64, f64) -> f64| {
        let mut columns = vec![None; COLUMNS];
        let mut last = None;
        for row in rows {
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
        plots.push(("completions", format!("|{plot}| {} in it", format::percent(before))));
    }
    plots.push(("", format!("0{:>COLUMNS$}", format::duration(end))));
    plots
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
        let lines = super::lines(&results[0], Glyphs::Ascii);
        assert_eq!(lines.len(), 6);
        for (_, line) in &lines[..5] {
            assert!(line.is_ascii() && line.matches('|').count() == 2, "{line}");
            assert_eq!(line.rfind('|'), Some(COLUMNS + 1), "{line}");
        }
        results[0].timeline.iter_mut().for_each(|row| row.ready = row.available);
        assert!(super::lines(&results[0], Glyphs::Ascii).iter().all(|(name, _)| *name != "Ready, median"));
        results[0].replicas = 0;
        results[0].timeline.iter_mut().for_each(|row| [row.available, row.ready, row.footprint] = [[0.0; 5]; 3]);
        let none = super::lines(&results[0], Glyphs::Ascii);
        assert!(none[0].1.ends_with("@ 0 desired") && none[2].1.ends_with("@ 0 pods"), "{none:?}");
        results[0].timeline.truncate(1);
        assert!(super::lines(&results[0], Glyphs::Blocks).is_empty());
    }
}
