//! ResourceQuotas of a recording: all its pods are alike, so that a limit of any resource is a number of pods.

use serde_json::{Map, Value};

use super::cluster;
use super::recording::{Action, Recording};
use super::stop::{Result, unsupported, wrong};
use crate::input::nano_units;

/// One of a whole, in billionths.
const WHOLE: u128 = 1_000_000_000;

/// How many pods the quota of an action has room for; `None`: as many as are wanted.
pub(super) fn pods(recording: &Recording, path: &str, action: &Action) -> Result<Option<u32>> {
    let by_resource = match &action.hard {
        None => None,
        Some(hard) => tightest(recording, &format!("{path}.hard"), hard)?,
    };
    Ok([action.pods, by_resource].into_iter().flatten().min())
}

fn tightest(recording: &Recording, path: &str, hard: &Map<String, Value>) -> Result<Option<u32>> {
    let size = cluster::pod_size(&recording.cluster)?;
    let mut least = None;
    for (resource, limit) in hard {
        let each = match resource.as_str() {
            "pods" | "count/pods" => WHOLE,
            "cpu" | "requests.cpu" => u128::from(size.cpu) * WHOLE / 1000,
            "memory" | "requests.memory" => u128::from(size.memory) * WHOLE,
            other => return unsupported(format!("a quota on {other}")),
        };
        let text = limit.as_str().map_or_else(|| limit.to_string(), str::to_owned);
        let Some(limit) = nano_units(&text) else {
            return wrong(format!("{path}.{resource}"), format!("{limit} is no quantity such as \"4\" or \"8Gi\""));
        };
        // A pod that does not say what it asks for is refused by a quota on it.
        let pods = limit.checked_div(each).map_or(0, |pods| u32::try_from(pods).unwrap_or(u32::MAX));
        least = Some(least.map_or(pods, |least: u32| least.min(pods)));
    }
    Ok(least)
}
