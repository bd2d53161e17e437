//! Pods that waited for their volumes go on.

use crate::scenario::VolumeId;
use crate::sim::actors::{kubelet, volume_attachment};
use crate::sim::observation::{Observer, PodId};
use crate::sim::run::Run;

/// A pod's volumes are attached: its kubelet goes on, unless the event has been overtaken.
pub(crate) fn mounted<O: Observer>(run: &mut Run<'_, O>, id: PodId, epoch: u16) {
    if run.state.pods[id as usize].epoch == epoch {
        let now = run.now();
        kubelet::start_pod(run, id, now);
    }
}

/// A volume is attached to no node any more: the pods that wait for it are started, as far as they are on one node.
pub(crate) fn free<O: Observer>(run: &mut Run<'_, O>, volume: VolumeId, epoch: u32) {
    let now = run.now();
    let state = &mut run.state.volumes.states[usize::from(volume)];
    if !state.leaving || state.epoch != epoch {
        return;
    }
    state.leaving = false;
    state.attached = None;
    for id in 0..run.state.pods.len() {
        let pod = &run.state.pods[id];
        let waits =
            run.state.stages.of(id as PodId).mounted_at.is_never() && !pod.gone && !pod.terminating && !pod.lost;
        if waits && volume_attachment::uses(run, pod, volume) {
            kubelet::start_pod(run, id as PodId, now);
        }
    }
}
