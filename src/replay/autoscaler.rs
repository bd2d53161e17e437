//! The HorizontalPodAutoscaler of a recording.

use serde_json::Value;

use super::cluster;
use super::recording::Recording;
use super::stop::{Result, unsupported, wrong};
use crate::input::autoscaler_from_json;
use crate::scenario::AutoscalerSpec;

/// The autoscaler of the first Deployment; `None`: there is none.
pub(super) fn read(recording: &Recording) -> Result<Option<AutoscalerSpec>> {
    let mut actions = recording.actions.iter().enumerate().filter(|(_, action)| action.what == "hpa");
    let Some((place, action)) = actions.next() else { return Ok(None) };
    if actions.next().is_some() {
        return unsupported("more than one action hpa");
    }
    if action.name.is_some() {
        return unsupported("an action hpa for another Deployment than the first");
    }
    let path = format!("actions[{place}].spec");
    let Some(spec) = action.spec.clone() else { return wrong(path, "is missing: write {\"maxReplicas\": 10}") };
    let spec = match autoscaler_from_json(&Value::Object(spec).to_string()) {
        Err(reason) => return wrong(path, reason),
        Ok(None) => return unsupported("an autoscaler by something else than CPU utilisation"),
        Ok(Some(spec)) => spec,
    };
    if cluster::pod_size(&recording.cluster)?.cpu == 0 {
        return wrong("cluster.pod_cpu_request", "is missing: utilisation is a share of what pods ask for");
    }
    if recording.beside.cpu.is_empty() {
        let advice = "is missing: write what all pods use together, such as [[0, 4000]], in thousandths of a core";
        return wrong("extra.cpu", advice);
    }
    Ok(Some(spec))
}
