//! What tools say that wait for a rollout, in words, where an experiment asks for it.

use super::format;
use crate::analysis::{ScenarioResult, most};
use crate::metrics::{Figure, Metric, Statistic, metric};

/// A tool of which is asked when it says that a rollout is done.
pub(super) struct AskedTool {
    /// What its line is called.
    pub(super) label: &'static str,
    /// What a sentence calls it.
    name: &'static str,
    /// When it says that the rollout is done.
    pub(super) done: &'static Metric,
    failed: &'static Metric,
}

/// All of them.
pub(super) const TOOLS: [AskedTool; 5] = [
    AskedTool {
        label: "kubectl wait done",
        name: "kubectl wait --for=condition=Available",
        done: &metric::KUBECTL_WAIT_DONE,
        failed: &metric::KUBECTL_WAIT_FAILED,
    },
    AskedTool {
        label: "helm 3 --wait done",
        name: "helm --wait of version 3",
        done: &metric::HELM_3_DONE,
        failed: &metric::HELM_3_FAILED,
    },
    AskedTool {
        label: "helm 4 --wait done",
        name: "helm --wait of version 4",
        done: &metric::HELM_4_DONE,
        failed: &metric::HELM_4_FAILED,
    },
    AskedTool {
        label: "Argo CD Healthy",
        name: "Argo CD",
        done: &metric::ARGO_CD_DONE,
        failed: &metric::ARGO_CD_FAILED,
    },
    AskedTool { label: "Flux done", name: "Flux", done: &metric::FLUX_DONE, failed: &metric::FLUX_FAILED },
];

impl AskedTool {
    /// `12 % (10 % to 14 %)`: how often it reports a failure; `None`: nobody asks.
    pub(super) fn failed(&self, result: &ScenarioResult) -> Option<String> {
        let estimate = result.statistics.get(Figure::of(self.failed, Statistic::Mean))?;
        let share = estimate.value.map_or("–".into(), format::share);
        Some(match (estimate.low, estimate.high) {
            (Some(low), Some(high)) => format!("{share} ({} to {})", format::share(low), format::share(high)),
            _ => share,
        })
    }

    fn sentence(&self, all: &[&ScenarioResult], called: fn(&ScenarioResult) -> String) -> Option<String> {
        let (done, failed) = (Figure::of(self.done, Statistic::P95), Figure::of(self.failed, Statistic::Mean));
        let failing = most(all, failed)?;
        let latest = most(all, done).and_then(|result| Some((result, result.value(done)?)));
        let mut text = match latest {
            Some((result, time)) => {
                format!("{} is done latest in {}: p95 {}", self.name, called(result), format::value(done.unit(), time))
            }
            None => format!("{} is never done", self.name),
        };
        if failing.value(failed) > Some(0.0) {
            text.push_str(&format!(
                "; it fails most often in {}: {} of the rollouts",
                called(failing),
                self.failed(failing)?
            ));
        }
        Some(text + ".")
    }
}

/// Where each tool that was asked about is done latest, and where it fails most often.
pub(super) fn sentences(all: &[&ScenarioResult], called: fn(&ScenarioResult) -> String) -> Vec<String> {
    TOOLS.iter().filter_map(|tool| tool.sentence(all, called)).collect()
}
