//! The status of a Deployment that a cluster has: the forecast starts from a healthy one, so the user must know if it is not.

use crate::input::kubernetes::label_selector::{maps, text};
use crate::input::kubernetes::object::name_of;
use crate::input::tree::error::InputError;
use crate::input::tree::fields::Map;
use crate::input::tree::yaml::Node;

/// A Deployment object as a cluster has it.
struct Live<'a> {
    metadata: Map<'a>,
    spec: Map<'a>,
    status: Map<'a>,
}

/// What the sentence on such a Deployment says of the forecast.
pub(crate) const UNDER_WAY: &str = "as if nothing were under way";

/// The sentence on a Deployment that a cluster is still changing or that lacks pods; `replicas` is how many pods the forecast starts from.
///
/// Upstream: `pkg/controller/deployment/util/deployment_util.go: DeploymentComplete`, `kubectl rollout status`.
pub(crate) fn unfinished_change(
    object: &Map<'_>,
    namespace: &str,
    replicas: i32,
) -> Result<Option<String>, InputError> {
    let (Some(metadata), Some(spec), Some(status)) =
        (object.map("metadata")?, object.map("spec")?, object.map("status")?)
    else {
        return Ok(None);
    };
    let live = Live { metadata, spec, status };
    let Some(state) = live.state()? else { return Ok(None) };
    let name = name_of(object).unwrap_or_default();
    Ok(Some(format!(
        "Deployment {namespace}/{name} {state}: the forecast starts from all {replicas} pods available, {UNDER_WAY}; \
         `rollcast eta` forecasts what is under way"
    )))
}

impl Live<'_> {
    fn state(&self) -> Result<Option<String>, InputError> {
        if let Some(since) = text(&self.metadata, "deletionTimestamp") {
            return Ok(Some(format!("is being deleted since {since}")));
        }
        // `status: {}` and zeros are what tools write for an object that no cluster has seen.
        let conditions = maps(self.status.list("conditions")?)?;
        if conditions.is_empty() && self.count("observedGeneration")? == 0 && self.count("replicas")? == 0 {
            return Ok(None);
        }
        if let Some(condition) = conditions.iter().find(|condition| has_passed_its_deadline(condition)) {
            return Ok(Some(format!("is stalled now (ProgressDeadlineExceeded{})", since(condition))));
        }
        if let Some(condition) = conditions.iter().find(|condition| is(condition, "ReplicaFailure", "True")) {
            let reason = text(condition, "reason").unwrap_or("ReplicaFailure");
            return Ok(Some(format!("cannot create all its pods now ({reason}{})", since(condition))));
        }
        self.counts()
    }

    /// What the numbers of pods say.
    fn counts(&self) -> Result<Option<String>, InputError> {
        let there = self.count("replicas")?;
        let wanted = self.spec.read("replicas", Node::i32)?.map_or(there, i64::from);
        let (updated, available) = (self.count("updatedReplicas")?, self.count("availableReplicas")?);
        let (seen, written) = (self.count("observedGeneration")?, number(&self.metadata, "generation")?);
        let paused = self.spec.read("paused", Node::bool)? == Some(true);
        if updated < there.max(wanted) {
            let state = if paused { "is paused in mid-rollout" } else { "is in mid-rollout now" };
            return Ok(Some(format!("{state} ({updated} of {wanted} pods updated, {available} available)")));
        }
        if seen < written {
            return Ok(Some(format!(
                "has a change that its controller has not seen yet (generation {written}, observed {seen})"
            )));
        }
        let short = available < wanted || self.count("readyReplicas")? < wanted;
        if short || self.count("unavailableReplicas")? > 0 {
            return Ok(Some(format!("has {available} of {wanted} pods available now")));
        }
        Ok((there > wanted).then(|| format!("has {there} pods now, more than its {wanted} replicas")))
    }

    fn count(&self, key: &str) -> Result<i64, InputError> {
        number(&self.status, key)
    }
}

/// A number of the API, which leaves 0 out.
fn number(map: &Map<'_>, key: &str) -> Result<i64, InputError> {
    let read = map.get(key).map(|node| node.integer(0, i64::MAX as u64)).transpose()?;
    Ok(read.map_or(0, |number| i64::try_from(number).unwrap_or(i64::MAX)))
}

fn is(condition: &Map<'_>, kind: &str, status: &str) -> bool {
    text(condition, "type") == Some(kind) && text(condition, "status") == Some(status)
}

fn has_passed_its_deadline(condition: &Map<'_>) -> bool {
    is(condition, "Progressing", "False") && text(condition, "reason") == Some("ProgressDeadlineExceeded")
}

fn since(condition: &Map<'_>) -> String {
    let time = text(condition, "lastTransitionTime").or_else(|| text(condition, "lastUpdateTime"));
    time.map_or(String::new(), |time| format!(" since {time}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::tree::yaml::node;

    fn note_on(metadata: &str, spec: &str, status: &str) -> Option<String> {
        let object = node(&format!("{{metadata: {{name: web, {metadata}}}, spec: {spec}, status: {status}}}"));
        unfinished_change(&object.map().unwrap(), "shop", 8).unwrap()
    }

    #[test]
    fn a_healthy_or_rendered_object_is_not_reported() {
        let healthy = "{observedGeneration: 4, replicas: 8, updatedReplicas: 8, readyReplicas: 8, availableReplicas: 8, \
                       conditions: [{type: Progressing, status: \"True\", reason: NewReplicaSetAvailable}]}";
        for status in ["{}", "{replicas: 0}", healthy] {
            assert_eq!(note_on("generation: 4", "{replicas: 8}", status), None, "{status}");
        }
        assert_eq!(note_on("generation: 1", "{replicas: 0}", "{observedGeneration: 1}"), None, "scaled to 0");
    }

    #[test]
    fn what_is_under_way_is_reported() {
        let all = "replicas: 8, readyReplicas: 8, availableReplicas: 8, observedGeneration: 4";
        let stalled = format!(
            "{{{all}, updatedReplicas: 2, conditions: [{{type: Progressing, status: \"False\", reason: \
             ProgressDeadlineExceeded, lastTransitionTime: \"2026-03-01T14:13:13Z\"}}]}}"
        );
        assert_eq!(
            note_on("generation: 4", "{replicas: 8}", &stalled).unwrap(),
            "Deployment shop/web is stalled now (ProgressDeadlineExceeded since 2026-03-01T14:13:13Z): the forecast starts \
             from all 8 pods available, as if nothing were under way; `rollcast eta` forecasts what is under way"
        );
        let failing = format!(
            "{{{all}, updatedReplicas: 8, conditions: [{{type: ReplicaFailure, status: \"True\", reason: FailedCreate}}]}}"
        );
        let cases = [
            ("generation: 4", "{replicas: 8}", failing, "cannot create all its pods now (FailedCreate)"),
            (
                "generation: 4",
                "{replicas: 8}",
                format!("{{{all}, updatedReplicas: 3}}"),
                "is in mid-rollout now (3 of 8",
            ),
            ("generation: 4", "{replicas: 8, paused: true}", format!("{{{all}, updatedReplicas: 3}}"), "is paused in"),
            ("generation: 5", "{replicas: 8}", format!("{{{all}, updatedReplicas: 8}}"), "(generation 5, observed 4)"),
            (
                "generation: 4",
                "{replicas: 8}",
                "{replicas: 8, updatedReplicas: 8, readyReplicas: 6, availableReplicas: 6, observedGeneration: 4}"
                    .into(),
                "has 6 of 8 pods available now",
            ),
            (
                "generation: 4",
                "{replicas: 8}",
                format!("{{{all}, updatedReplicas: 8, unavailableReplicas: 1}}"),
                "has 8 of 8 pods available now",
            ),
            (
                "generation: 4, deletionTimestamp: \"2026-03-01T14:13:13Z\"",
                "{replicas: 8}",
                format!("{{{all}, updatedReplicas: 8}}"),
                "is being deleted since 2026-03-01T14:13:13Z",
            ),
        ];
        for (metadata, spec, status, expected) in cases {
            let sentence = note_on(metadata, spec, &status).unwrap();
            assert!(sentence.contains(expected), "{status}: {sentence}");
        }
    }
}
