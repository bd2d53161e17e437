//! The table of the strategies: those with a part in the answer, or all.

use comfy_table::{CellAlignment, LineStyle, Table, TableStyle};

use super::report::{Report, criterion, short, word};
use crate::analysis::headlines::{AVAILABLE_P05, DURATION_P95, Headline, PODS_P95, STALLED, SURGE, UNFINISHED};
use crate::analysis::spread;
use crate::recommend::{Criterion, Standing, Strategy};
use crate::report::format;
use crate::report::marks::Marks;

/// Where no strategy is recommended, more than this are cut to the trade-off front and the manifest's own.
const ROWS: usize = 20;
/// Strategies of the front that are then shown.
const FRONT: usize = 15;

/// A column behind the parts and the parameters.
#[derive(Clone, Copy, PartialEq)]
enum StrategyColumn {
    Figure(Headline),
    Cost,
    Objectives,
}

/// How a table is laid out.
#[derive(Clone, Copy)]
struct Layout<'a> {
    columns: &'a [StrategyColumn],
    /// Whether there is room for names in one line and for the words of objectives.
    wide: bool,
    /// Blanks between columns, at least 1.
    gap: u16,
    marks: Marks,
}

impl Report<'_> {
    /// The strategies that have a part in the answer, each once: the recommended one first.
    pub(super) fn parts(&self) -> Vec<usize> {
        let pick = &self.recommendation.pick;
        let best = self.recommendation.choice.as_ref().map(|choice| choice.best);
        let mut rows: Vec<usize> = Vec::new();
        for row in [best, pick.least_room, pick.fastest, pick.now].into_iter().flatten() {
            if !rows.contains(&row) {
                rows.push(row);
            }
        }
        rows
    }

    /// What part a strategy has in the answer: `★ recommended`; empty where it has none.
    pub(super) fn part(&self, strategy: usize, marks: Marks) -> String {
        let pick = &self.recommendation.pick;
        let best = self.recommendation.choice.as_ref().map(|choice| choice.best);
        let parts = [
            (best, marks.star, "recommended"),
            (pick.least_room, "", "least room"),
            (pick.fastest, "", "fastest"),
            (pick.now, marks.ring, "now"),
        ];
        let mine: Vec<_> = parts.into_iter().filter(|(place, ..)| *place == Some(strategy)).collect();
        let mark = mine.iter().map(|(_, mark, _)| *mark).find(|mark| !mark.is_empty()).unwrap_or(" ");
        let words: Vec<_> = mine.iter().map(|(.., word)| *word).collect();
        if words.is_empty() { String::new() } else { format!("{mark} {}", words.join(", ")) }
    }

    /// The table of the strategies with a part in the answer; `all`: of every strategy. Names are written in two lines where
    /// it would not fit `width` otherwise; a column that no objective is about is then left out, and no other.
    pub(super) fn table(&self, all: bool, width: usize, marks: Marks) -> String {
        let rows = if all { (0..self.recommendation.strategies.len()).collect() } else { self.shown() };
        let all = self.columns();
        let failed = self.failed();
        let is_asked = self.objectives().iter().any(|objective| objective.figure == failed.figure);
        let fewer: Vec<StrategyColumn> =
            all.iter().copied().filter(|column| is_asked || *column != StrategyColumn::Figure(failed)).collect();
        let layouts = [(&all, true, 2), (&all, false, 2), (&fewer, false, 2), (&fewer, false, 1)];
        let mut tables =
            layouts.into_iter().map(|(columns, wide, gap)| self.table_of(&rows, Layout { columns, wide, gap, marks }));
        let mut text = tables.next().unwrap_or_default();
        while !fits(&text, width) {
            let Some(narrower) = tables.next() else { break };
            text = narrower;
        }
        text
    }

    /// The strategies that are shown without being asked for.
    pub(super) fn shown(&self) -> Vec<usize> {
        let strategies = &self.recommendation.strategies;
        if self.recommendation.choice.is_some() {
            return self.parts();
        }
        if strategies.len() <= ROWS {
            return (0..strategies.len()).collect();
        }
        let front: Vec<usize> = (0..strategies.len()).filter(|&n| strategies[n].on_front).collect();
        let mut rows = spread(&front, FRONT);
        rows.extend(self.recommendation.own);
        rows.sort_unstable();
        rows.dedup();
        rows
    }

    fn columns(&self) -> Vec<StrategyColumn> {
        let mut columns = [DURATION_P95, AVAILABLE_P05, PODS_P95].map(StrategyColumn::Figure).to_vec();
        match self.question.criterion {
            Criterion::Surge => columns.push(StrategyColumn::Figure(SURGE)),
            Criterion::Cost(_) => columns.push(StrategyColumn::Cost),
            _ => {}
        }
        columns.push(StrategyColumn::Figure(self.failed()));
        columns.extend((!self.objectives().is_empty()).then_some(StrategyColumn::Objectives));
        columns
    }

    fn table_of(&self, rows: &[usize], layout: Layout<'_>) -> String {
        let paths = self.paths();
        let mut table = Table::new();
        let rule = layout.marks.rule;
        table.load_style(TableStyle::new().header_separator(LineStyle::none().fill(rule).junction(rule)));
        let parameters = format::names(paths.iter().map(String::as_str));
        let parameters = parameters.iter().map(|name| if layout.wide { (*name).to_owned() } else { halves(name) });
        let figures = layout.columns.iter().map(|column| self.heading(*column, layout.wide));
        table.set_header(std::iter::once(String::new()).chain(parameters).chain(figures).collect::<Vec<_>>());
        for &row in rows {
            let one = &self.recommendation.strategies[row];
            let parameters = paths.iter().map(|path| value_of(one, path));
            let cells = layout.columns.iter().map(|column| self.cell(*column, row, layout));
            let part = self.part(row, layout.marks);
            let part = std::iter::once(if layout.wide { part } else { part.replace(", ", "\n  ") });
            table.add_row(part.chain(parameters).chain(cells).collect::<Vec<_>>());
        }
        let last = paths.len() + layout.columns.len();
        let objectives = layout.columns.last() == Some(&StrategyColumn::Objectives);
        for (index, column) in table.column_iter_mut().enumerate() {
            let left = index == 0 || index == last && objectives;
            column.set_cell_alignment(if left { CellAlignment::Left } else { CellAlignment::Right });
            column.set_padding((0, if index == last { 0 } else { layout.gap - 1 }));
        }
        let lines: Vec<String> = table.lines().map(|line| line.trim_end().to_owned()).collect();
        let width = lines.iter().map(|line| line.chars().count()).max().unwrap_or(0);
        let mut text = lines.join("\n") + "\n";
        text.push_str(&rule.to_string().repeat(width));
        text.push('\n');
        text
    }

    /// The paths of all parameters that set strategies apart, in the order in which they come.
    fn paths(&self) -> Vec<String> {
        let mut paths: Vec<String> = Vec::new();
        for (path, _) in self.recommendation.strategies.iter().flat_map(|one| &one.parameters) {
            if !paths.contains(path) {
                paths.push(path.clone());
            }
        }
        paths
    }

    fn heading(&self, column: StrategyColumn, wide: bool) -> String {
        let text = match column {
            StrategyColumn::Figure(headline) => headline.column,
            StrategyColumn::Cost => criterion(&self.question.criterion).name,
            StrategyColumn::Objectives => "objectives",
        };
        if wide { text.replace('\n', " ") } else { text.to_owned() }
    }

    fn cell(&self, column: StrategyColumn, row: usize, layout: Layout<'_>) -> String {
        let one = &self.recommendation.strategies[row];
        match column {
            StrategyColumn::Figure(headline) => figure(headline, one).unwrap_or_else(|| layout.marks.nothing.into()),
            StrategyColumn::Cost => format::number(one.criterion),
            StrategyColumn::Objectives if layout.wide => self.standing_in_words(row),
            StrategyColumn::Objectives => match self.standing(one) {
                (Standing::Met, _) => word(Standing::Met).into(),
                (Standing::Missed, names) => format!("{} {}", layout.marks.cross, names.join(", ")),
                (Standing::Open, names) => format!("? {}", names.join(", ")),
            },
        }
    }

    /// `met`, or `availability not met`.
    pub(super) fn standing_in_words(&self, strategy: usize) -> String {
        let one = &self.recommendation.strategies[strategy];
        match self.standing(one) {
            (standing, names) if names.is_empty() => word(standing).into(),
            (standing, names) => format!("{} {}", names.join(", "), word(standing)),
        }
    }

    /// How the objectives stand of which it depends whether a strategy qualifies, and which they are.
    fn standing(&self, one: &Strategy) -> (Standing, Vec<String>) {
        let named = |standing: Standing| -> Vec<String> {
            let each = self.objectives().iter().zip(&one.assessments);
            let those = each.filter(|(_, assessment)| assessment.standing == standing);
            those.map(|(objective, _)| short(objective)).collect()
        };
        let (missed, open) = (named(Standing::Missed), named(Standing::Open));
        match (missed.is_empty(), open.is_empty()) {
            (false, _) => (Standing::Missed, missed),
            (true, false) => (Standing::Open, open),
            (true, true) => (Standing::Met, Vec::new()),
        }
    }
}

/// A figure of a strategy as tables have it: `12 of 12` pods, `2m 15s`; `None` where it is not known.
pub(super) fn figure(headline: Headline, one: &Strategy) -> Option<String> {
    let (figure, value) = (headline.figure, one.statistics.value(headline.figure));
    let value = value.filter(|value| value.is_finite())?;
    if [STALLED, UNFINISHED].contains(&headline) && value == 0.0 {
        return Some("none".into());
    }
    Some(if headline == AVAILABLE_P05 { of_desired(value, one) } else { format::shown(figure.unit(), value) })
}

/// A number of pods among those that are wanted: `12 of 12`.
pub(super) fn of_desired(pods: f64, one: &Strategy) -> String {
    format!("{} of {}", format::number(pods), format::count(u64::try_from(one.spec.replicas).unwrap_or(0)))
}

fn value_of(one: &Strategy, path: &str) -> String {
    let known = one.parameters.iter().find(|(known, _)| known == path);
    known.map_or(String::new(), |(_, value)| format::printable(value))
}

/// A name in short lines: `maxSurge` is `max` and `Surge`; the end of a long word stands below it.
fn halves(name: &str) -> String {
    const LONGEST: usize = 9;
    let at = name.rfind(|c: char| c.is_ascii_uppercase()).unwrap_or(0);
    let (start, end) = name.split_at(at);
    let start = if start.is_empty() { String::new() } else { format!("{start}\n") };
    match end.strip_suffix("able").filter(|_| end.len() > LONGEST) {
        Some(cut) => format!("{start}{cut}-\nable"),
        None => format!("{start}{end}"),
    }
}

fn fits(text: &str, width: usize) -> bool {
    text.lines().all(|line| line.chars().count() <= width)
}
