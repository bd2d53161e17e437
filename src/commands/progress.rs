//! The progress bar on standard error.

use std::io::{self, IsTerminal};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use crate::analysis::ScenarioResult;
use crate::plan::Plan;
use crate::report::{format, precision};
use crate::sweep::Block;

/// A progress bar of replications. It is hidden under `--quiet` and where standard error is no terminal.
pub(super) struct Progress {
    bar: ProgressBar,
    /// Replications of each scenario; `None` in a part of a divided sweep, where none is left out.
    replications: Option<u32>,
    /// The relative width of the widest interval of the finished scenarios, and its text.
    widest: Option<(f64, String)>,
}

impl Progress {
    pub(super) fn new(plan: &Plan, quiet: bool) -> Self {
        let replications = plan.pieces.is_none().then_some(plan.replications);
        Self { bar: bar(plan, quiet), replications, widest: None }
    }

    /// Counts a finished block. Where a scenario was precise enough early, the replications that it did not need are taken off
    /// the total.
    pub(super) fn advance(&self, block: &Block) {
        let count = block.records.len() as u32;
        self.bar.inc(u64::from(count));
        let unneeded = self.replications.map_or(0, |all| all.saturating_sub(block.first + count));
        if let Some(length) = self.bar.length().filter(|_| block.last && unneeded > 0) {
            self.bar.set_length(length - u64::from(unneeded));
        }
    }

    /// Counts rollouts that an earlier run has finished.
    pub(super) fn go_on_after(&self, rollouts: u64) {
        self.bar.inc(rollouts);
    }

    /// Shows how precise the least certain finished scenario is, as `; widest p95 duration ±4.2 %`.
    pub(super) fn show_precision(&mut self, result: &ScenarioResult) {
        let own = precision::widest(result);
        if own.as_ref().map(|own| own.0) > self.widest.as_ref().map(|widest| widest.0) {
            self.widest = own;
        }
        let message = self.widest.as_ref().map_or(String::new(), |(_, text)| format!("; widest {text}"));
        self.bar.set_message(message);
    }

    /// Takes the bar away.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// Shows how far each of several runs is, one bar after the other.
pub(super) fn watch(quiet: bool) -> impl Fn(&Plan) -> Box<dyn Fn(&Block)> {
    move |plan| {
        // The bar is taken away with its run.
        let progress = Progress::new(plan, quiet);
        Box::new(move |block| progress.advance(block))
    }
}

/// A count of simulated releases, where nobody knows how many there will be. It is hidden where a [`Progress`] is.
pub(super) fn releases(quiet: bool) -> ProgressBar {
    shown(None, quiet, "{spinner} {human_pos} releases, {rate}")
}

/// A count of simulated rollouts, where nobody knows how many there will be. It is hidden where a [`Progress`] is.
pub(super) fn rollouts(quiet: bool) -> ProgressBar {
    shown(None, quiet, "{spinner} {human_pos} rollouts, {rate}")
}

fn bar(plan: &Plan, quiet: bool) -> ProgressBar {
    shown(Some(plan.rollouts()), quiet, "{bar:20} {human_pos} of {human_len} rollouts, {rate}, {eta} left{msg}")
}

fn shown(total: Option<u64>, quiet: bool, template: &str) -> ProgressBar {
    if quiet || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    let style = style.with_key("rate", |state: &ProgressState, text: &mut dyn std::fmt::Write| {
        // A progress bar that cannot be written is no reason to stop.
        let _ = write!(text, "{}/s", format::count(state.per_sec().round() as u64));
    });
    ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr()).with_style(style)
}
