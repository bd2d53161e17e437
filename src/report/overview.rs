//! The table of a sweep on the terminal: a row for each scenario that is shown, and no wider than the terminal.

use anstream::adapter::strip_str;
use comfy_table::{Attribute, Cell, CellAlignment, LineStyle, Table, TableStyle};

use super::{format, trust};
use crate::analysis::headlines::{AVAILABLE_P05, HEADLINES, Headline, LOST_REQUESTS, STALLED};
use crate::analysis::{ScenarioResult, Verdict, all_met};
use crate::metrics::{About, Figure};
use crate::plan::Plan;

/// What stands where there is no figure.
pub(super) const NOTHING: &str = "–";

/// How wide the table is.
#[derive(Clone, Copy)]
struct Layout {
    /// Whether names wrap in the header.
    wraps: bool,
    /// The least importance of a column; one of the greatest importance always stands.
    importance: u8,
    /// Whether columns are one space apart, and cells as narrow as they can be.
    is_tight: bool,
    /// Whether the values of parameters stand in lines below the table, by the numbers of the scenarios.
    lists: bool,
}

impl Layout {
    const fn new(wraps: bool, importance: u8) -> Self {
        Self { wraps, importance, is_tight: false, lists: false }
    }
}

/// How the table is made narrower, one step after another.
const LAYOUTS: [Layout; 7] = [
    Layout::new(false, 0),
    Layout::new(false, 1),
    Layout::new(true, 1),
    Layout::new(true, 2),
    Layout::new(true, 3),
    Layout { is_tight: true, ..Layout::new(true, 3) },
    Layout { is_tight: true, lists: true, ..Layout::new(true, 3) },
];

/// The table, in the first of its layouts that is no wider than `width` columns, else in the last.
pub(super) fn table(plan: &Plan, rows: &[&ScenarioResult], verdicts: &[Verdict<'_>], width: usize) -> String {
    let mut text = String::new();
    for layout in LAYOUTS {
        text = laid_out(plan, rows, verdicts, layout);
        let fits = text.lines().all(|line| strip_str(line).to_string().chars().count() <= width);
        if layout.lists {
            text.push_str(&listed(rows, width));
        }
        if fits {
            break;
        }
    }
    text
}

fn laid_out(plan: &Plan, rows: &[&ScenarioResult], verdicts: &[Verdict<'_>], layout: Layout) -> String {
    let wanted = |headline: &&Headline| headline.importance.is_some_and(|own| own >= layout.importance);
    let columns: Vec<_> = shown_headlines(rows).into_iter().filter(wanted).collect();
    // Where all have as many replicas, the header says how many.
    let first = rows.first().map(|result| result.replicas);
    let replicas = first.filter(|first| layout.is_tight && rows.iter().all(|result| result.replicas == *first));
    let mut table = Table::new();
    table.load_style(TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─')));
    let names = header(plan, &columns, verdicts, layout, replicas);
    table.set_header(names.into_iter().map(|name| if layout.wraps { wrapped(&name) } else { name }));
    table.add_rows(rows.iter().map(|result| row(result, &columns, verdicts, layout, replicas)));
    table.enforce_styling();
    for column in table.column_iter_mut() {
        column.set_cell_alignment(CellAlignment::Right);
        column.set_padding((u16::from(!layout.is_tight), 0));
    }
    table.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}

/// The values of the parameters of each scenario, in lines.
fn listed(rows: &[&ScenarioResult], width: usize) -> String {
    let mut text = String::from("\n");
    let numbers: Vec<String> = rows.iter().map(|result| result.scenario.to_string()).collect();
    let widest = numbers.iter().map(String::len).max().unwrap_or(0);
    for (number, result) in numbers.iter().zip(rows) {
        let values = format::parameters(&result.parameters);
        for (place, line) in format::wrap(&values, width.saturating_sub(widest + 1)).iter().enumerate() {
            text.push_str(&format!("{:>widest$} {line}\n", if place == 0 { number } else { "" }));
        }
    }
    text
}

/// Whether a column is shown: rare ends are left out where no rollout ended so.
pub(super) fn is_worth<'a>(headline: &Headline, mut results: impl Iterator<Item = &'a ScenarioResult>) -> bool {
    !headline.is_rare() || results.any(|result| result.value(headline.figure) > Some(0.0))
}

/// Without a progress deadline, as of StatefulSets and DaemonSets, no rollout stalls, and the rate of those that do has no value.
fn has_meaning(headline: &Headline, results: &[&ScenarioResult]) -> bool {
    headline.figure != STALLED.figure || results.iter().any(|result| result.value(STALLED.figure).is_some())
}

/// A figure of `result` as it is written; `None` where there is none.
pub(super) fn shown(result: &ScenarioResult, figure: Figure) -> Option<String> {
    let value = format::value(figure.unit(), result.value(figure)?);
    let of_all = figure == AVAILABLE_P05.figure;
    Some(if of_all { format!("{value} of {}", format::count(result.replicas.into())) } else { value })
}

/// The headline figures that a table of `results` has where there is room for all.
pub(super) fn shown_headlines(results: &[&ScenarioResult]) -> Vec<&'static Headline> {
    let requests = results.iter().any(|result| result.statistics.get(LOST_REQUESTS.figure).is_some());
    let shown = |headline: &&Headline| {
        headline.importance.is_some()
            && (requests || headline.figure.measure.about() != About::Traffic)
            && is_worth(headline, results.iter().copied())
            && has_meaning(headline, results)
    };
    HEADLINES.iter().filter(shown).collect()
}

pub(super) const fn word(met: Option<bool>) -> &'static str {
    match met {
        Some(true) => "met",
        Some(false) => "not met",
        None => "cannot tell",
    }
}

fn header(
    plan: &Plan,
    columns: &[&Headline],
    verdicts: &[Verdict<'_>],
    layout: Layout,
    replicas: Option<u32>,
) -> Vec<String> {
    let mut header = vec![if layout.is_tight { "#" } else { "scenario" }.to_owned()];
    if !layout.lists {
        header.extend(format::names(plan.parameters.iter().map(String::as_str)).into_iter().map(heading));
    }
    let of = |column: &Headline| match replicas {
        Some(all) if *column == AVAILABLE_P05 => format!("{}, of {}", column.column, format::count(all.into())),
        _ => column.column.to_owned(),
    };
    header.extend(columns.iter().map(|column| of(column)));
    if !verdicts.is_empty() {
        header.push("objectives".into());
    }
    header
}

/// A long name in two lines: `minReady` `Seconds`.
fn heading(name: &str) -> String {
    match name.rfind(|c: char| c.is_ascii_uppercase()) {
        Some(at) if at > 0 && name.len() > 8 => format!("{}\n{}", &name[..at], &name[at..]),
        _ => name.to_owned(),
    }
}

/// A name in lines as short as they can be: parts of it that begin with a capital, and halves of long ones.
fn wrapped(name: &str) -> String {
    const LONGEST: usize = 8;
    let mut lines = Vec::new();
    for word in name.split_whitespace() {
        let starts = word.char_indices().filter(|(at, one)| *at == 0 || one.is_ascii_uppercase()).map(|(at, _)| at);
        let starts: Vec<usize> = starts.collect();
        for (number, start) in starts.iter().enumerate() {
            let part = &word[*start..starts.get(number + 1).copied().unwrap_or(word.len())];
            let letters = part.chars().count();
            let half = part.char_indices().nth(letters.div_ceil(2)).map(|(at, _)| at);
            match half.filter(|_| letters > LONGEST) {
                Some(half) => lines.extend([format!("{}-", &part[..half]), part[half..].to_owned()]),
                None => lines.push(part.to_owned()),
            }
        }
    }
    lines.join("\n")
}

fn row(
    result: &ScenarioResult,
    columns: &[&Headline],
    verdicts: &[Verdict<'_>],
    layout: Layout,
    replicas: Option<u32>,
) -> Vec<Cell> {
    let text = |figure: Figure| match replicas {
        Some(_) if figure == AVAILABLE_P05.figure => {
            result.value(figure).map(|value| format::value(figure.unit(), value))
        }
        _ => shown(result, figure),
    };
    let figure = |column: &&Headline| {
        let cell = Cell::new(text(column.figure).unwrap_or(NOTHING.into()));
        if trust::is_carried_by_few(result, column.figure) { cell.add_attribute(Attribute::Dim) } else { cell }
    };
    let mut row = vec![Cell::new(result.scenario)];
    if !layout.lists {
        row.extend(result.parameters.iter().map(|(_, value)| Cell::new(format::printable(value))));
    }
    row.extend(columns.iter().map(figure));
    if !verdicts.is_empty() {
        let verdict = word(all_met(result, verdicts));
        row.push(Cell::new(if layout.is_tight { verdict.replace(' ', "\n") } else { verdict.to_owned() }));
    }
    row
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::verdicts;
    use crate::plan::Objective;
    use crate::report::tests::fixture;

    /// The table of a sweep with so many parameters beside those of the strategy.
    fn with_parameters(more: usize, width: usize) -> String {
        let (mut plan, mut results) = fixture::sweep(&["0", "25%", "100%"], &["0", "25%"], &[]);
        plan.objectives = vec![Objective::parse("p95 duration_s <= 1m").unwrap()];
        let names =
            ["minReadySeconds", "progressDeadlineSeconds", "pods.new.neverReady", "pods.new.crash", "cluster.nodes"];
        for name in names.iter().take(more) {
            plan.parameters.push((*name).into());
            results.iter_mut().for_each(|result| result.parameters.push(((*name).into(), "0.1%".into())));
        }
        let verdicts = verdicts(&plan.objectives, &results);
        table(&plan, &results.iter().collect::<Vec<_>>(), &verdicts, width)
    }

    #[test]
    fn names_wrap_at_their_capitals() {
        assert_eq!(wrapped("maxUnavailable"), "max\nUnavai-\nlable");
        assert_eq!(wrapped("pods\nat once"), "pods\nat\nonce");
    }

    #[test]
    fn the_table_of_many_parameters_fits_and_says_all_that_decides() {
        for (more, width) in [(3, 80), (4, 80), (5, 80), (5, 60)] {
            let text = with_parameters(more, width);
            assert!(text.lines().all(|line| line.chars().count() <= width), "{more} in {width}:\n{text}");
            for word in ["stalled", "duration", "once", "not", "met"] {
                assert!(text.contains(word), "{word}:\n{text}");
            }
        }
        let tight = with_parameters(3, 80);
        assert!(tight.contains(" of") && tight.contains(" 20") && !tight.contains("15 of 20"), "{tight}");
        let listed = with_parameters(5, 60);
        let line = "0 maxSurge 0, maxUnavailable 25%, minReadySeconds 0.1%,";
        assert!(listed.contains(line), "{listed}");
    }
}
