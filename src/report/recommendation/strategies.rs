//! The table of the strategies.

use comfy_table::{CellAlignment, LineStyle, Table, TableStyle};

use super::report::{Report, criterion, name, word};
use crate::analysis::headlines::{DIP_MEAN, DIP_POD_SECONDS, DURATION_P95, Headline, SURGE};
use crate::analysis::spread;
use crate::recommend::{Assessment, Standing, Strategy};
use crate::report::format;

/// More strategies than this are cut to the trade-off front, the recommended one and the manifest's own.
const ROWS: usize = 20;
/// Strategies of the front that are then shown.
const FRONT: usize = 15;

/// A column between the names of the strategies and the marks.
#[derive(Clone, Copy, PartialEq)]
enum StrategyColumn {
    Figure(Headline),
    Cost,
    Objectives,
}

impl StrategyColumn {
    const fn heading(self) -> &'static str {
        match self {
            Self::Figure(headline) => headline.column,
            Self::Cost => "cost",
            Self::Objectives => "objectives",
        }
    }

    fn cell(self, one: &Strategy) -> String {
        match self {
            Self::Figure(Headline { figure, .. }) => {
                one.statistics.value(figure).map_or("–".into(), |value| format::value(figure.unit(), value))
            }
            Self::Cost => format::number(one.criterion),
            Self::Objectives => standing(&one.assessments).into(),
        }
    }
}

impl Report<'_> {
    fn rows(&self) -> Vec<usize> {
        let strategies = &self.recommendation.strategies;
        if strategies.len() <= ROWS {
            return (0..strategies.len()).collect();
        }
        let front: Vec<usize> = (0..strategies.len()).filter(|&n| strategies[n].on_front).collect();
        let mut rows = spread(&front, FRONT);
        rows.extend(self.recommendation.own);
        rows.extend(self.recommendation.choice.as_ref().map(|choice| choice.best));
        rows.sort_unstable();
        rows.dedup();
        rows
    }

    /// The table, without its less important columns where it would not fit otherwise.
    pub(super) fn table(&self, width: usize) -> String {
        let mut columns = [DURATION_P95, DIP_MEAN, DIP_POD_SECONDS, SURGE].map(StrategyColumn::Figure).to_vec();
        columns.extend((criterion(&self.question.criterion).name == "cost").then_some(StrategyColumn::Cost));
        columns.extend((!self.objectives().is_empty()).then_some(StrategyColumn::Objectives));
        let mut text = self.table_of(&columns);
        for less in [DIP_MEAN, SURGE, DIP_POD_SECONDS] {
            if text.lines().all(|line| line.chars().count() <= width) {
                break;
            }
            columns.retain(|column| *column != StrategyColumn::Figure(less));
            text = self.table_of(&columns);
        }
        text
    }

    fn table_of(&self, columns: &[StrategyColumn]) -> String {
        let mut table = Table::new();
        table.load_style(TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─')));
        let headings = columns.iter().map(|column| column.heading());
        table.set_header(["strategy"].into_iter().chain(headings).chain(["front", ""]).collect::<Vec<_>>());
        for n in self.rows() {
            let one = &self.recommendation.strategies[n];
            let cells = columns.iter().map(|column| column.cell(one));
            let front = if one.on_front { "*" } else { "" };
            let ends = [front.to_owned(), self.mark(n).to_owned()];
            table.add_row([name(one)].into_iter().chain(cells).chain(ends).collect::<Vec<_>>());
        }
        for (index, column) in table.column_iter_mut().enumerate() {
            let left = index == 0;
            column.set_cell_alignment(if left { CellAlignment::Left } else { CellAlignment::Right });
            column.set_padding((1, 0));
        }
        table.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
    }

    fn mark(&self, n: usize) -> &'static str {
        let best = self.recommendation.choice.as_ref().is_some_and(|choice| choice.best == n);
        match (best, self.recommendation.own == Some(n)) {
            (true, true) => "best, now",
            (true, false) => "best",
            (false, true) => "now",
            (false, false) => "",
        }
    }

    /// What the marks in the table mean.
    pub(super) fn legend(&self) -> String {
        let shown = self.rows().len();
        let all = self.recommendation.strategies.len();
        let cut = if shown < all { format!(" {shown} of {all} strategies are shown.") } else { String::new() };
        let whose = if self.recommendation.choice.is_some() { " of those that qualify" } else { "" };
        format!("* no other{whose} beats it in p95 duration, dip and surge at once.{cut}")
    }
}

fn standing(assessments: &[Assessment]) -> &'static str {
    let any = |standing| assessments.iter().any(|one| one.standing == standing);
    word(if any(Standing::Missed) {
        Standing::Missed
    } else if any(Standing::Open) {
        Standing::Open
    } else {
        Standing::Met
    })
}
