//! What stalled rollouts wait for.

use super::format;
use crate::analysis::ScenarioResult;
use crate::metrics::{Figure, RolloutRate, StallCause};

/// `None`: none stalled, or most wait for a node, of which the scheduler's message tells more.
pub(super) fn sentence(result: &ScenarioResult) -> Option<String> {
    let rate = |rate: RolloutRate| result.value(Figure::rate(rate)).filter(|value| *value > 0.0);
    let stalled = rate(RolloutRate::Stalled)?;
    let share = |cause: StallCause| Some((cause, rate(RolloutRate::StalledBy(cause))?));
    // Of equals the first one counts, as in a rollout.
    let causes = StallCause::ALL.into_iter().rev().filter_map(share);
    let (cause, most) = causes.max_by(|one, other| one.1.total_cmp(&other.1))?;
    let told = cause == StallCause::Capacity && result.no_node.is_some();
    (!told).then(|| format!("{} of the stalled rollouts {}.", format::share(most / stalled), predicate(cause)))
}

/// How many of the stalled rollouts have which cause, the most frequent first: `24 have new pods that keep exiting`.
pub(super) fn causes(result: &ScenarioResult) -> Vec<String> {
    let n = result.statistics.n as f64;
    let count = |cause: &StallCause| {
        let share = result.value(Figure::rate(RolloutRate::StalledBy(*cause))).unwrap_or(0.0);
        (share * n).round() as u64
    };
    let mut counted: Vec<(u64, StallCause)> = StallCause::ALL.iter().map(|cause| (count(cause), *cause)).collect();
    // Of equals the first one counts, as in a rollout.
    counted.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    let said = |(count, cause): (u64, StallCause)| {
        let predicate = predicate(cause);
        let (verb, rest) = predicate.split_once(' ').unwrap_or((predicate, ""));
        let verb = match (count, verb) {
            (1, "have") => "has".to_owned(),
            (1, verb) => format!("{verb}s"),
            (_, verb) => verb.to_owned(),
        };
        format!("{} {verb} {rest}", format::count(count))
    };
    counted.into_iter().filter(|(count, _)| *count > 0).map(said).collect()
}

const fn predicate(cause: StallCause) -> &'static str {
    match cause {
        StallCause::Capacity => "wait for a node",
        StallCause::Quota => "lack pods that the API server refuses",
        StallCause::Volume => "wait for a volume that another node or another pod has",
        StallCause::ImagePull => "wait for an image",
        StallCause::Crash => "have new pods that keep exiting",
        StallCause::StartupProbe => "have new pods that fail their startup probe",
        StallCause::LivenessProbe => "have new pods that fail their liveness probe",
        StallCause::Readiness => "have new pods that run and are not Ready",
        StallCause::NodeLoss => "wait for pods on lost nodes",
        StallCause::ControlPlane => "wait for controllers, with nothing wrong with their pods",
    }
}
