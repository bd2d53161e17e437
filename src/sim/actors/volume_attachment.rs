//! The controller that attaches and detaches persistent volumes.
//!
//! Upstream: `pkg/controller/volume/attachdetach/reconciler/reconciler.go: reconcile`,
//! `pkg/controller/volume/attachdetach/util/util.go: DetermineVolumeAction`.

use crate::random::Purpose;
use crate::scenario::{Access, VolumeId};
use crate::sim::observation::{Fact, NodeId, Observer, PodId};
use crate::sim::run::Run;
use crate::sim::state::event::Event;
use crate::sim::state::nodes::Health;
use crate::sim::state::pods::Pod;
use crate::sim::state::volumes::{address, own_volume};
use crate::time::{SimDuration, SimTime};

/// Whether a pod that its kubelet sees at `seen` has all its volumes. If not, its kubelet starts it when it has.
#[inline(always)]
pub(crate) fn has_volumes<O: Observer>(run: &mut Run<'_, O>, id: PodId, seen: SimTime) -> bool {
    let template = run.state.pods[id as usize].template;
    !run.scenario.pods[usize::from(template)].uses_volumes() || attach_all(run, id, seen)
}

fn attach_all<O: Observer>(run: &mut Run<'_, O>, id: PodId, seen: SimTime) -> bool {
    let pod = run.state.pods[id as usize];
    let model = &run.scenario.pods[usize::from(pod.template)];
    let stages = run.state.stages.of(id);
    let mut mounted = stages.own_volumes_at.max(seen);
    if stages.own_volumes_at == SimTime::ZERO {
        for own in 0..model.own_volumes {
            mounted = mounted.max(seen + attached_in(run, &pod, own_volume(own)));
        }
        run.state.stages.of_mut(id).own_volumes_at = mounted;
    }
    let mut elsewhere = None;
    for &volume in &model.volumes {
        match attach(run, volume, &pod, seen) {
            Ok(usable) => mounted = mounted.max(usable),
            Err(node) => elsewhere = Some(node),
        }
    }
    let first_look = !stages.mounted_at.is_never();
    run.state.stages.of_mut(id).mounted_at = if elsewhere.is_some() { SimTime::NEVER } else { mounted };
    match elsewhere {
        Some(node) if first_look => run.emit(Fact::VolumeElsewhere { pod: id, node }),
        Some(_) => {}
        None if mounted <= seen => return true,
        None => run.schedule(mounted, Event::Mounted { pod: id, epoch: pod.epoch }),
    }
    false
}

/// How long a volume takes to be attached for a pod: as its script says, or drawn.
fn attached_in<O: Observer>(run: &mut Run<'_, O>, pod: &Pod, volume: VolumeId) -> SimDuration {
    let script = run.scenario.script.as_ref().and_then(|script| script.pods.get(usize::from(pod.template)));
    if let Some(length) = script.and_then(|own| own.attach.get(&pod.number)) {
        return *length;
    }
    let position = address(volume, pod.number);
    run.draws.duration(&run.scenario.volumes.attach, pod.template, Purpose::VolumeAttach, position)
}

/// Whether a pod that a run finds waits for a volume that is on another node: it is started when it has it.
pub(crate) fn found_waiting<O: Observer>(run: &mut Run<'_, O>, id: PodId) -> bool {
    let pod = run.state.pods[id as usize];
    let elsewhere = |volume: &VolumeId| {
        let attached = run.state.volumes.states[usize::from(*volume)].attached;
        attached.is_some_and(|node| node != pod.node)
    };
    let waits = run.scenario.pods[usize::from(pod.template)].volumes.iter().any(elsewhere);
    if waits {
        let now = run.now();
        attach_all(run, id, now);
    }
    waits
}

/// Attaches a volume to a pod's node, if no other node has it: when the pod can use it, or which node has it.
fn attach<O: Observer>(run: &mut Run<'_, O>, volume: VolumeId, pod: &Pod, seen: SimTime) -> Result<SimTime, NodeId> {
    let place = usize::from(volume);
    if run.scenario.volumes.list[place].access == Access::Many {
        return Ok(seen);
    }
    let state = &mut run.state.volumes.states[place];
    match state.attached {
        Some(node) if node != pod.node => return Err(node),
        Some(_) => {
            // The controller detaches nothing that is wanted where it is.
            state.leaving = false;
            state.epoch += 1;
        }
        None => {
            state.attached = Some(pod.node);
            let usable = seen + attached_in(run, pod, volume);
            run.state.volumes.states[place].usable_at = usable;
        }
    }
    Ok(run.state.volumes.states[place].usable_at)
}

/// Volumes that a run finds on nodes where no pod wants them leave these, if a pod elsewhere waits for them.
pub(crate) fn leave_unwanted<O: Observer>(run: &mut Run<'_, O>) {
    for volume in 0..run.state.volumes.states.len() as VolumeId {
        let Some(node) = run.state.volumes.states[usize::from(volume)].attached else { continue };
        let waiting =
            run.state.pods.iter().find(|pod| pod.node != node && pod.bound && uses(run, pod, volume)).copied();
        if let Some(waiting) = waiting.filter(|_| !is_wanted(run, volume, node)) {
            detach(run, volume, &Pod { node, ..waiting });
        }
    }
}

/// A pod is gone. Volumes that no other pod on its node wants leave the node.
#[inline(always)]
pub(crate) fn pod_ended<O: Observer>(run: &mut Run<'_, O>, id: PodId) {
    let template = run.state.pods[id as usize].template;
    if !run.scenario.pods[usize::from(template)].volumes.is_empty() {
        give_back(run, id);
    }
}

fn give_back<O: Observer>(run: &mut Run<'_, O>, id: PodId) {
    let pod = run.state.pods[id as usize];
    for &volume in &run.scenario.pods[usize::from(pod.template)].volumes {
        let on_its_node = run.state.volumes.states[usize::from(volume)].attached == Some(pod.node);
        if on_its_node && !is_wanted(run, volume, pod.node) {
            detach(run, volume, &pod);
        }
    }
}

/// Whether a pod on a node wants a volume. A pod with a deletion timestamp wants it as long as containers run, and on a lost
/// node nobody can tell that they do not.
fn is_wanted<O: Observer>(run: &Run<'_, O>, volume: VolumeId, node: NodeId) -> bool {
    let now = run.now();
    (0..).zip(&run.state.pods).any(|(id, pod)| {
        let uses = pod.node == node && pod.bound && !pod.gone && uses(run, pod, volume);
        uses && !(pod.terminating && run.state.stages.of(id).mounted_at > now)
    })
}

/// Whether a pod uses a volume.
pub(crate) fn uses<O: Observer>(run: &Run<'_, O>, pod: &Pod, volume: VolumeId) -> bool {
    run.scenario.pods[usize::from(pod.template)].volumes.iter().copied().any(|own| own == volume)
}

/// Begins to detach a volume; `last` is the pod that used it last.
fn detach<O: Observer>(run: &mut Run<'_, O>, volume: VolumeId, last: &Pod) {
    let healthy = run.state.nodes.states[last.node as usize].health == Health::Up;
    let length = if healthy {
        run.draws.duration(
            &run.scenario.volumes.detach,
            last.template,
            Purpose::VolumeDetach,
            address(volume, last.number),
        )
    } else {
        run.scenario.volumes.force_detach
    };
    let state = &mut run.state.volumes.states[usize::from(volume)];
    state.leaving = true;
    state.epoch += 1;
    let epoch = state.epoch;
    let at = run.now() + length;
    run.schedule(at, Event::VolumeFree { volume, epoch });
}

/// A node is back: its kubelet says that no container uses the volumes that were to be taken from it by force.
pub(crate) fn node_back<O: Observer>(run: &mut Run<'_, O>, node: NodeId) {
    for volume in 0..run.state.volumes.states.len() {
        let state = &run.state.volumes.states[volume];
        let last = run.state.pods.iter().rev().find(|pod| pod.node == node && uses(run, pod, volume as VolumeId));
        if let Some(last) = last.copied().filter(|_| state.attached == Some(node) && state.leaving) {
            detach(run, volume as VolumeId, &last);
        }
    }
}
