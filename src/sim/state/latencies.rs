//! How long the control plane's requests and deliveries take, where each takes as long as the others.

use crate::scenario::ControlPlane;
use crate::time::SimDuration;

/// Latencies that are always the same; `None`: each is drawn. A rollout asks for one at almost every event.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Latencies {
    pub(crate) api: Option<SimDuration>,
    pub(crate) watch: Option<SimDuration>,
}

impl Latencies {
    pub(crate) fn of(control_plane: &ControlPlane) -> Self {
        Self { api: control_plane.api_latency.as_constant(), watch: control_plane.watch_latency.as_constant() }
    }
}
