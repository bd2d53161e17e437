//! What a snapshot shows of pods that cannot start: it holds for those that come too.

use crate::input::snapshot::{Pod, Snapshot};
use crate::scenario::{NEW_TEMPLATE, Scenario};

/// Words in a kubelet's message about an image that no further try gets.
const NO_SUCH_IMAGE: [&str; 8] = [
    "not found",
    "manifest unknown",
    "repository does not exist",
    "does not exist or no pull access",
    "access denied",
    "unauthorized",
    "invalid reference format",
    "InvalidImageName",
];

/// Reasons for which a container is not created, whatever time passes.
const NO_CONFIG: [&str; 4] =
    ["CreateContainerConfigError", "CreateContainerError", "RunContainerError", "ErrImageNeverPull"];

/// Restarts from which on a container that was never Ready is taken to exit each time.
const RESTARTS: u32 = 2;

/// The scenario with what its new pods show: an image that is not there, a container that cannot be made or always exits.
pub(super) fn as_seen(scenario: &Scenario, snapshot: &Snapshot) -> Scenario {
    let mut scenario = scenario.clone();
    let world = scenario.simulated_mut();
    if let Some(most) = refused_beyond(snapshot) {
        let known = world.cluster.pod_quota;
        world.cluster.pod_quota = Some(known.map_or(most, |known| known.min(most)));
    }
    let Some(model) = world.pods.get_mut(usize::from(NEW_TEMPLATE)) else { return scenario };
    if ever_ready(snapshot) {
        return scenario;
    }
    if new_pods(snapshot).any(has_no_image) {
        model.pull_failure = 1.0;
        model.cached = 0.0;
    }
    if new_pods(snapshot).any(has_no_config) {
        model.never_ready = 1.0;
    }
    if new_pods(snapshot).any(always_exits) {
        model.crash = 1.0;
    }
    scenario
}

/// How many pods the API server lets the workload have, where it refuses another one now: those that there are, whatever the quotas of
/// the file leave; none where it refuses what the pods are.
fn refused_beyond(snapshot: &Snapshot) -> Option<u32> {
    let (_, message) = snapshot.refusal()?;
    let is_quota = message.contains("exceeded quota");
    Some(if is_quota { u32::try_from(snapshot.pods.len()).unwrap_or(u32::MAX) } else { 0 })
}

/// The pods of the new version that are not being deleted.
pub(super) fn new_pods(snapshot: &Snapshot) -> impl Iterator<Item = &Pod> {
    snapshot.live().filter(|pod| snapshot.is_new(pod))
}

/// Whether a pod of the new version was Ready.
pub(super) fn ever_ready(snapshot: &Snapshot) -> bool {
    new_pods(snapshot).any(|pod| pod.was_ready)
}

/// Whether its image is not there.
pub(super) fn has_no_image(pod: &Pod) -> bool {
    pod.waiting.as_ref().is_some_and(|waiting| {
        let says = |words: &str| waiting.message.contains(words) || waiting.reason == words;
        waiting.reason.contains("Image") && NO_SUCH_IMAGE.iter().any(|words| says(words))
    })
}

/// Whether its container cannot be made.
pub(super) fn has_no_config(pod: &Pod) -> bool {
    pod.waiting.as_ref().is_some_and(|waiting| NO_CONFIG.contains(&waiting.reason.as_str()))
}

/// Whether its containers exit again and again.
pub(super) fn always_exits(pod: &Pod) -> bool {
    let backs_off = pod.waiting.as_ref().is_some_and(|waiting| waiting.reason == "CrashLoopBackOff");
    !pod.was_ready && (backs_off || pod.restarts >= RESTARTS)
}
