//! What runs before a pod's containers: init containers one after the other, and sidecars, which go on beside the containers.
//!
//! Upstream: `pkg/kubelet/kuberuntime/kuberuntime_container.go: computeInitContainerActions`. An init container never fails here.

use crate::k8s::kubelet::{CrashLoopBackOff, SidecarEnd, containers_gone_at, sidecars_gone_at};
use crate::k8s::prober::{RELIST, Start};
use crate::random::Purpose;
use crate::scenario::{InitContainer, Sidecar};
use crate::sim::observation::{Observer, PodId};
use crate::sim::run::Run;
use crate::time::{SimDuration, SimTime};

/// A container's address in a stream of random numbers: those of one pod lie side by side, later attempts far beyond.
#[derive(Clone, Copy, Debug)]
struct Address {
    template: u16,
    attempt: u32,
    container: u64,
}

impl Address {
    fn position(self) -> u64 {
        u64::from(self.attempt) << 32 | self.container
    }
}

/// When the first of a pod's other containers has its turn, whose kubelet starts the init containers at `from`; never, where a
/// sidecar does not start before the horizon. Start-ups take `slowness` times as long.
pub(crate) fn run_all<O: Observer>(run: &mut Run<'_, O>, id: PodId, from: SimTime, slowness: f64) -> SimTime {
    let pod = run.state.pods[id as usize];
    let model = &run.scenario.pods[usize::from(pod.template)];
    let count = model.init_containers.len() as u64;
    let (mut turn, mut ready_at) = (from, from);
    for (place, container) in model.init_containers.iter().enumerate() {
        let container_of_template = u64::from(pod.number) * count + place as u64;
        let at = Address { template: pod.template, attempt: u32::from(pod.restarts), container: container_of_template };
        match container {
            InitContainer::Plain { run: length } => {
                let length =
                    run.draws.duration(length, at.template, Purpose::InitContainer, at.position()).stretched(slowness);
                let part = run.draws.uniform(at.template, Purpose::InitNotice, at.position());
                turn = turn + length + SimDuration::from_secs_f64(RELIST.as_secs_f64() * part);
            }
            InitContainer::Sidecar(sidecar) => {
                let (started, ready) = run_sidecar(run, sidecar, at, Seen { pod: pod.seen_at, from: turn }, slowness);
                (turn, ready_at) = (started, ready_at.max(ready));
            }
        }
    }
    run.state.stages.of_mut(id).sidecars_ready_at = ready_at;
    turn
}

/// When the kubelet saw the pod, where its probes' periods begin, and when a sidecar has its turn.
#[derive(Clone, Copy, Debug)]
struct Seen {
    pod: SimTime,
    from: SimTime,
}

/// When a sidecar has started, so that the next container has its turn, and when it is Ready. One that fails its startup probe
/// is killed and started again.
fn run_sidecar<O: Observer>(
    run: &mut Run<'_, O>,
    sidecar: &Sidecar,
    mut at: Address,
    seen: Seen,
    slowness: f64,
) -> (SimTime, SimTime) {
    let horizon = run.state.start + run.scenario.horizon;
    let grace = run.scenario.pods[usize::from(at.template)].grace;
    let mut back_off = CrashLoopBackOff::default();
    let mut from = seen.from;
    while from <= horizon {
        let mut drawn = |length, purpose| run.draws.duration(length, at.template, purpose, at.position());
        let running_at = from + drawn(&sidecar.start, Purpose::InitContainer).stretched(slowness);
        let answers_at = running_at + drawn(&sidecar.warm_up, Purpose::SidecarWarmUp).stretched(slowness);
        let start =
            Start { seen_at: seen.pod, started_at: running_at, running_at, answers_at, alive_at: SimTime::ZERO };
        match sidecar.probes.passes_startup(&start) {
            Ok(started) => return (started, sidecar.probes.course(&start).ready_at),
            Err(killed_at) => {
                let shutdown = drawn(&sidecar.termination, Purpose::SidecarKill);
                let grace = sidecar.probes.startup.and_then(|probe| probe.grace).unwrap_or(grace);
                let gone = containers_gone_at(killed_at, grace, sidecar.pre_stop, shutdown);
                let jitter = run.draws.uniform(at.template, Purpose::SidecarRestart, at.position());
                from = back_off.restart_at(gone, jitter);
                at.attempt += 1;
            }
        }
    }
    (SimTime::NEVER, SimTime::NEVER)
}

/// When the sidecars of a pod are gone that is deleted at `deleted_at` and whose other containers are gone at `gone`.
pub(crate) fn end_sidecars<O: Observer>(
    run: &mut Run<'_, O>,
    id: PodId,
    deleted_at: SimTime,
    gone: SimTime,
) -> SimTime {
    let pod = run.state.pods[id as usize];
    let model = &run.scenario.pods[usize::from(pod.template)];
    let count = model.init_containers.len() as u64;
    let sidecars = model.init_containers.iter().enumerate().rev().filter_map(|(place, container)| match container {
        InitContainer::Plain { .. } => None,
        InitContainer::Sidecar(sidecar) => Some((u64::from(pod.number) * count + place as u64, sidecar)),
    });
    let ends = sidecars.map(|(position, sidecar)| SidecarEnd {
        pre_stop: sidecar.pre_stop,
        shutdown: run.draws.duration(&sidecar.termination, pod.template, Purpose::SidecarTermination, position),
    });
    sidecars_gone_at(deleted_at, model.grace, gone, ends)
}
