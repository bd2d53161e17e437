//! Observed rollouts against their forecast, on the terminal and for programs.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::format;
use super::json::versioned;
use crate::validate::{Coverage, Judged, StartUp, Verdict};

/// The judgements as text.
#[must_use]
pub fn text(experiment: &str, judged: &[Judged]) -> String {
    let mut text = String::new();
    for one in judged {
        let name = one.workload.as_deref().unwrap_or(experiment);
        let open =
            if one.not_complete > 0 { format!(", {} of them not complete", one.not_complete) } else { String::new() };
        let _ = writeln!(text, "{name}: {} observed rollouts{open}", one.n);
        let _ = writeln!(text, "  {}", verdict(one));
        let _ = writeln!(text, "  {}", covered("half of them", &one.p50));
        let _ = writeln!(text, "  {}", covered("95 of 100", &one.p95));
        if let Some(start) = &one.start_up {
            let _ = writeln!(text, "  {}", start_up(one.verdict, start));
        }
    }
    text
}

fn verdict(one: &Judged) -> String {
    let p = one.p.map_or_else(String::new, |p| format!(" (distance {:.2}, p {})", one.distance, p_text(p)));
    match one.verdict {
        Verdict::TooFew => "There are too few to judge the forecast: at least 5 are needed, better 20.".into(),
        Verdict::NotContradicted => format!("They do not contradict the forecast{p}."),
        Verdict::Slower => format!("The forecast is off{p}: they took longer than forecast."),
        Verdict::Quicker => format!("The forecast is off{p}: they took less time than forecast."),
        Verdict::VariesMore => format!("The forecast is off{p}: they varied more than forecast."),
        Verdict::VariesLess => format!("The forecast is off{p}: they varied less than forecast."),
    }
}

fn p_text(p: f64) -> String {
    if p < 0.001 { "below 0.001".into() } else { format!("{p:.3}") }
}

fn covered(expected: &str, coverage: &Coverage) -> String {
    let percent = format::share;
    let share = coverage.share.map_or_else(|| "a share that is not known".to_owned(), percent);
    let limit = coverage.forecast_s.map_or_else(|| "what the forecast cannot say".to_owned(), format::duration);
    let limits = format!("{} to {}", percent(coverage.low), percent(coverage.high));
    format!(
        "Forecast: {expected} take at most {limit}. Observed: {share} did (95 % limits of the share behind it: {limits})."
    )
}

fn start_up(verdict: Verdict, start: &StartUp) -> String {
    let StartUp { n, observed_s, model_s, longer, off } = start;
    let seen = format!(
        "Start-up of new pods (bound to Ready): {} observed in {n} rollouts, {} in the model",
        format::duration(*observed_s),
        format::duration(*model_s)
    );
    let is_off = !matches!(verdict, Verdict::NotContradicted | Verdict::TooFew);
    match (off, is_off) {
        (true, _) => format!(
            "{seen}, longer in {longer} of them. That input is off: fit pods.pull, pods.start and pods.warmUp anew (rollcast fit)."
        ),
        (false, true) => format!(
            "{seen}, longer in {longer} of them: that does not show that this input is off. Look also at nodes, termination and the control plane."
        ),
        (false, false) => format!("{seen}, longer in {longer} of them."),
    }
}

/// The judgements for programs.
#[must_use]
pub fn json(experiment: &str, replications: usize, judged: &[Judged]) -> Value {
    versioned(json!({"experiment": experiment, "replications": replications, "workloads": judged}))
}
