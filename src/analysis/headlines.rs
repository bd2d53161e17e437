//! The headline figures: those that answers are given in, each with its names and the places where it stands.
//!
//! The terminal's table, the page, `summary.csv`, findings, recommendations and charts choose from this table, so that
//! a figure has the same name and the same way of being written everywhere.

use crate::metrics::{Figure, Measure, Outcome, RolloutRate, Statistic, metric, rows};

/// A headline figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Headline {
    /// The figure.
    pub figure: Figure,
    /// What sentences call it: `p95 duration`.
    pub phrase: &'static str,
    /// Heading of its column in tables on the terminal, in two lines at most; empty where it stands in none.
    pub column: &'static str,
    /// In which order the table of a sweep loses columns where the terminal is narrow, the least first; `None` where
    /// that table does not have it.
    pub importance: Option<u8>,
    /// Heading of its column on the page; empty where the page does not have it.
    pub heading: &'static str,
    /// What a row of a table calls it, statistic last; empty where no such table has it.
    pub row: &'static str,
    /// Whether `summary.csv` has it.
    pub in_summary: bool,
}

impl Headline {
    const fn new(figure: Figure, phrase: &'static str) -> Self {
        Self { figure, phrase, column: "", importance: None, heading: "", row: "", in_summary: false }
    }

    const fn column(self, column: &'static str) -> Self {
        Self { column, ..self }
    }

    const fn importance(self, importance: u8) -> Self {
        Self { importance: Some(importance), ..self }
    }

    const fn heading(self, heading: &'static str) -> Self {
        Self { heading, ..self }
    }

    const fn row(self, row: &'static str) -> Self {
        Self { row, ..self }
    }

    const fn in_summary(self) -> Self {
        Self { in_summary: true, ..self }
    }

    /// Whether it describes an end that few experiments have. Its column is left out where no rollout ended so.
    #[must_use]
    pub fn is_rare(&self) -> bool {
        let rare = [Outcome::RolledBack, Outcome::Superseded].map(RolloutRate::Ended);
        rare.into_iter().any(|rate| self.figure.measure == Measure::Rate(rate))
    }
}

const fn rate(rate: RolloutRate) -> Figure {
    Figure::rate(rate)
}

rows! {
    /// Every headline figure, in the order of columns.
    HEADLINES: Headline;

    COMPLETED = Headline::new(rate(RolloutRate::Ended(Outcome::Completed)), "completed").row("completed");
    STALLED = Headline::new(rate(RolloutRate::Stalled), "share of stalled rollouts")
        .row("stalled")
        .column("stalled")
        .importance(3)
        .heading("stalled")
        .in_summary();
    UNFINISHED = Headline::new(rate(RolloutRate::Ended(Outcome::Unfinished)), "share of unfinished rollouts")
        .column("unfinished")
        .importance(1)
        .heading("unfinished")
        .in_summary();
    ROLLED_BACK = Headline::new(rate(RolloutRate::Ended(Outcome::RolledBack)), "share of rollouts rolled back")
        .column("rolled\nback")
        .importance(3)
        .heading("rolled back");
    SUPERSEDED = Headline::new(rate(RolloutRate::Ended(Outcome::Superseded)), "share of superseded rollouts")
        .column("superseded")
        .importance(3)
        .heading("superseded");
    DURATION_P50 = Headline::new(Figure::of(&metric::DURATION, Statistic::P50), "median duration")
        .column("p50\nduration")
        .importance(0)
        .heading("duration, median")
        .in_summary();
    DURATION_P95 = Headline::new(Figure::of(&metric::DURATION, Statistic::P95), "p95 duration")
        .row("duration, p95")
        .column("p95\nduration")
        .importance(3)
        .heading("duration, p95")
        .in_summary();
    DIP_MEAN = Headline::new(Figure::of(&metric::DIP_DEPTH, Statistic::Mean), "mean share of missing pods")
        .column("missing,\nmean")
        .in_summary();
    DIP_P95 = Headline::new(Figure::of(&metric::DIP_DEPTH, Statistic::P95), "p95 share of missing pods")
        .row("missing pods at worst")
        .in_summary();
    DIP_MAX = Headline::new(Figure::of(&metric::DIP_DEPTH, Statistic::Max), "largest share of missing pods");
    DIP_POD_SECONDS = Headline::new(Figure::of(&metric::DIP_POD_SECONDS, Statistic::Mean), "mean of missing pod-seconds")
        .column("missing,\npod-s")
        .heading("missing pod-minutes")
        .in_summary();
    AVAILABLE_P05 = Headline::new(Figure::of(&metric::MIN_AVAILABLE, Statistic::P05), "available at worst")
        .row("available at worst")
        .column("available\nat worst")
        .importance(3)
        .heading("available at worst");
    PODS_P95 = Headline::new(Figure::of(&metric::PEAK_FOOTPRINT, Statistic::P95), "p95 of pods on nodes")
        .row("pods at once, p95")
        .column("pods\nat once")
        .importance(3)
        .heading("pods at once, p95")
        .in_summary();
    SURGE = Headline::new(Figure::of(&metric::SURGE_POD_SECONDS, Statistic::Mean), "mean of extra pod-seconds")
        .row("extra pods, pod-minutes")
        .column("extra,\npod-s")
        .heading("extra pod-minutes")
        .in_summary();
    LOST_REQUESTS = Headline::new(Figure::of(&metric::LOST_REQUESTS, Statistic::Mean), "mean lost requests")
        .row("lost requests, mean")
        .column("lost\nrequests")
        .importance(3)
        .heading("lost requests, mean")
        .in_summary();
    LOST_MEAN = Headline::new(Figure::of(&metric::LOST_FRACTION, Statistic::Mean), "mean share of lost requests")
        .in_summary();
    LOST_P95 = Headline::new(Figure::of(&metric::LOST_FRACTION, Statistic::P95), "p95 share of lost requests")
        .column("p95\nlost")
        .importance(2)
        .in_summary();
}
