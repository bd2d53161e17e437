//! A release: somebody who rolls several workloads in an order, and watches each with `kubectl rollout status`.

use crate::scenario::{Change, FoundObject, OnStall, Order, Start, Until, WorkloadId, World};
use crate::sim::actors::{api_server, kubectl};
use crate::sim::observation::{Fact, Observer};
use crate::sim::run::Run;
use crate::sim::state::event::Event;
use crate::sim::state::workload::Course;

/// Begins the workloads whose turn it is at first, and schedules those that have a time of their own.
pub(crate) fn start<O: Observer>(run: &mut Run<'_, O>, world: &World) {
    for (w, workload) in (0..).zip(&world.workloads) {
        match workload.at {
            _ if !exists(world, w) => {}
            _ if !workload.moves() => watch_only(run, w),
            Some(at) => run.schedule(run.state.start + at, Event::Begin { workload: w }),
            None => {}
        }
    }
    go_on(run);
    end_if_all_are_over(run);
}

/// Whether a workload is there when the run starts.
fn exists(world: &World, w: WorkloadId) -> bool {
    let Start::Found(found) = &world.shared.start else { return true };
    found.workloads.get(usize::from(w)).is_none_or(|own| own.object != FoundObject::Nothing)
}

/// Nothing happens to a workload: it is measured from the start.
fn watch_only<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId) {
    let begun = Some(run.now());
    run.workload(w).course = Course { begun, over: true, end: None };
    run.emit(Fact::Begun(w));
    api_server::emit_asked(run, w);
}

/// What happens to a workload happens now.
pub(crate) fn begin<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId) {
    let Some(workload) = run.world.map(|world| &world.workloads[usize::from(w)]) else { return };
    let now = run.now();
    run.workload(w).course.begun = Some(now);
    run.emit(Fact::Begun(w));
    match workload.change {
        // Its rollout has begun before the run, and goes on.
        Change::Rollout if run.wanted(w).1 == workload.new => api_server::emit_asked(run, w),
        Change::Scale { .. } => api_server::change_spec(run, w, |spec| spec.replicas = workload.deployment.replicas),
        Change::Rollout | Change::Nothing => api_server::change_spec(run, w, |spec| spec.template = workload.new),
    }
    if let Some(delay) = workload.rollback.after {
        run.schedule(now + delay, Event::Undo { workload: w, template: workload.new });
    }
    run.schedule(now + run.scenario.horizon, Event::Watched { workload: w });
}

/// The controller of a workload has written its status, by which its rollout is `done` or not.
pub(crate) fn status_written<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId, done: bool) {
    let course = &run.workload(w).course;
    if done && course.begun.is_some() && !course.over {
        let now = run.now();
        run.workload(w).course.end = Some(now);
        end(run, w);
    }
}

/// A workload has been watched for as long as it is.
pub(crate) fn watched<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId) {
    if !run.workload(w).course.over {
        end(run, w);
    }
}

/// A workload is over, complete or not: others may begin.
fn end<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId) {
    run.workload(w).course.over = true;
    run.emit(Fact::RolloutOver(w));
    let pause = run.world.map(|world| world.release.pause).unwrap_or_default();
    if pause.is_zero() {
        go_on(run);
    } else {
        run.state.release.pauses += 1;
        let at = run.now() + pause;
        run.schedule(at, Event::Release);
    }
    end_if_all_are_over(run);
}

/// The pause after a rollout is over.
pub(crate) fn pause_over<O: Observer>(run: &mut Run<'_, O>) {
    run.state.release.pauses -= 1;
    go_on(run);
}

/// A rollout has stalled, for the first time or again.
pub(crate) fn stalled<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId) {
    // Without a release nobody begins, stops or undoes anything.
    let Some(world) = run.world.filter(|world| world.shared.until != Until::Horizon) else { return };
    match world.release.on_stall {
        OnStall::Continue => go_on(run),
        OnStall::Stop => run.state.release.stopped = true,
        OnStall::Undo => {
            run.state.release.stopped = true;
            if !run.workload(w).rolled_back {
                run.workload(w).rolled_back = true;
                kubectl::undo_to(run, w, None);
            }
        }
    }
    end_if_all_are_over(run);
}

/// The next workloads of the release begin, as far as it is their turn.
fn go_on<O: Observer>(run: &mut Run<'_, O>) {
    let Some(world) = run.world else { return };
    if run.state.release.stopped {
        return;
    }
    match &world.release.order {
        Order::Together => begin_all(run, world, |_| true),
        Order::AtOnce(most) => begin_some(run, world, *most),
        Order::Waves(waves) => begin_wave(run, world, waves),
    }
}

/// Whether a workload waits for the release.
fn waits<O: Observer>(run: &mut Run<'_, O>, world: &World, w: WorkloadId) -> bool {
    let workload = &world.workloads[usize::from(w)];
    workload.moves() && workload.at.is_none() && run.workload(w).course.begun.is_none()
}

/// Whether the release waits for a workload: it has begun, is not over, and has not stalled where the release goes on then.
fn is_under_way<O: Observer>(run: &mut Run<'_, O>, world: &World, w: WorkloadId) -> bool {
    let skips_stalled = world.release.on_stall == OnStall::Continue;
    // Nobody waits for what nobody can watch.
    if world.workloads[usize::from(w)].waits_for_deletion() {
        return false;
    }
    let own = run.workload(w);
    let Course { begun, over, .. } = own.course;
    begun.is_some() && !over && !(skips_stalled && own.stalled) && world.workloads[usize::from(w)].at.is_none()
}

fn begin_all<O: Observer>(run: &mut Run<'_, O>, world: &World, chosen: impl Fn(WorkloadId) -> bool) {
    for w in 0..world.workloads.len() as WorkloadId {
        if chosen(w) && waits(run, world, w) {
            begin(run, w);
        }
    }
}

fn begin_some<O: Observer>(run: &mut Run<'_, O>, world: &World, most: u32) {
    let all = 0..world.workloads.len() as WorkloadId;
    let mut under_way = run.state.release.pauses;
    under_way += all.clone().filter(|&w| is_under_way(run, world, w)).count() as u32;
    for w in all {
        if under_way < most && waits(run, world, w) {
            under_way += 1;
            begin(run, w);
        }
    }
}

/// The first wave with a workload that waits begins when those before it are over.
fn begin_wave<O: Observer>(run: &mut Run<'_, O>, world: &World, waves: &[Vec<WorkloadId>]) {
    if run.state.release.pauses > 0 {
        return;
    }
    for wave in waves {
        if wave.iter().any(|&w| is_under_way(run, world, w)) {
            return;
        }
        if wave.iter().any(|&w| waits(run, world, w)) {
            return begin_all(run, world, |w| wave.contains(&w));
        }
    }
}

/// Ends the run where all that move are over or will never begin.
fn end_if_all_are_over<O: Observer>(run: &mut Run<'_, O>) {
    // What is followed until the horizon is not over before.
    let Some(world) = run.world.filter(|world| world.shared.until != Until::Horizon) else { return };
    let all = 0..world.workloads.len() as WorkloadId;
    let stopped = run.state.release.stopped;
    let open = all.into_iter().any(|w| {
        let Course { begun, over, .. } = run.workload(w).course;
        let may_begin = world.workloads[usize::from(w)].at.is_some() || (!stopped && is_in_order(world, w));
        !over && (begun.is_some() || may_begin)
    });
    run.state.done |= !open;
}

/// Whether the release has a place for a workload.
fn is_in_order(world: &World, w: WorkloadId) -> bool {
    match &world.release.order {
        Order::Together | Order::AtOnce(_) => true,
        Order::Waves(waves) => waves.iter().any(|wave| wave.contains(&w)),
    }
}
