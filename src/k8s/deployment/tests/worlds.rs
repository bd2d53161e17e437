//! Whole rollouts in a world without delays: every sync sees the current state, and ReplicaSets follow their specs at
//! once.

use crate::k8s::deployment::*;
use crate::k8s::int_or_percent::IntOrPercent;
use crate::k8s::kubectl::{RolloutPhase, rollout_status, undo_target};
use crate::k8s::objects::{
    ConditionStatus, Deployment, DeploymentSpec, DeploymentStatus, PodReplacementPolicy, ProgressReason, Progressing,
    ReplicaSet, ReplicaSetStatus, Template,
};
use crate::time::SimDuration;

struct World {
    deployment: Deployment,
    sets: Vec<ReplicaSet>,
    now: SimTime,
    /// Sizes after each write of a ReplicaSet: all old ReplicaSets together, and the new one.
    trace: Vec<(i32, i32)>,
    conflicts: u32,
    last: Vec<Action>,
}

impl World {
    fn new(replicas: i32, strategy: Strategy) -> Self {
        let spec = DeploymentSpec {
            replicas,
            strategy,
            min_ready_seconds: 0,
            progress_deadline_seconds: Some(600),
            revision_history_limit: Some(10),
            paused: false,
            template: 0,
            pod_replacement_policy: None,
        };
        let status = DeploymentStatus::default();
        let deployment = Deployment { generation: 1, resource_version: 0, spec, status };
        let now = SimTime::from_secs(100);
        Self { deployment, sets: Vec::new(), now, trace: Vec::new(), conflicts: 0, last: Vec::new() }
    }

    /// A world in which the first template runs and all its pods are available.
    fn running(replicas: i32, strategy: Strategy) -> Self {
        let mut world = Self::new(replicas, strategy);
        world.quiet();
        world.become_available(i32::MAX);
        world.quiet();
        assert_eq!(rollout_status(&world.deployment), RolloutPhase::Done);
        world.trace.clear();
        world.conflicts = 0;
        world
    }

    /// Adds a ReplicaSet as an earlier sync would have left it.
    fn add(&mut self, template: Template, replicas: i32, available: i32) {
        let spec = &self.deployment.spec;
        let id = self.sets.last().map_or(0, |last| last.id + 1);
        self.sets.push(ReplicaSet {
            id,
            template,
            created: u64::from(id),
            generation: 1,
            resource_version: 0,
            deleting: false,
            replicas,
            min_ready_seconds: 0,
            revision: i64::from(id) + 1,
            desired_replicas: Some(spec.replicas),
            max_replicas: Some(crate::k8s::fenceposts::max_replicas(spec)),
            replicas_before_scale: None,
            status: ReplicaSetStatus { available_replicas: available, ..ReplicaSetStatus::default() },
        });
        self.settle();
    }

    fn edit(&mut self, edit: impl FnOnce(&mut DeploymentSpec)) {
        edit(&mut self.deployment.spec);
        self.deployment.generation += 1;
        self.deployment.resource_version += 1;
    }

    fn is_new(&self, set: &ReplicaSet) -> bool {
        set.template == self.deployment.spec.template
    }

    fn sizes(&self) -> (i32, i32) {
        let sum = |new: bool| self.sets.iter().filter(|set| self.is_new(set) == new).map(|set| set.replicas).sum();
        (sum(false), sum(true))
    }

    fn available(&self) -> i32 {
        self.sets.iter().map(|set| set.status.available_replicas.min(set.replicas)).sum()
    }

    /// One sync; returns true if it wrote or has to be retried.
    fn sync(&mut self) -> bool {
        let (deployment, sets) = (self.deployment, self.sets.clone());
        let live: Vec<_> = sets.iter().map(|set| set.status.replicas as u32).collect();
        let mut actions = std::mem::take(&mut self.last);
        let view = DeploymentView::new(&deployment, &sets, &live);
        sync(&view, self.now, &mut actions);
        let (mut wrote, mut skip) = (false, false);
        for &action in &actions {
            if skip && matches!(action, Action::UpdateReplicaSet { .. }) {
                continue;
            }
            let before = self.sizes();
            match self.execute(action, &deployment, &sets) {
                Ok(write) => wrote |= write,
                Err(OnError::SkipScaling) => (self.conflicts, skip) = (self.conflicts + 1, true),
                Err(OnError::Abort) => {
                    self.conflicts += 1;
                    wrote = true;
                    break;
                }
            }
            if self.sizes() != before {
                self.trace.push(self.sizes());
            }
        }
        self.last = actions;
        self.settle();
        wrote
    }

    /// Applies one action to the current state; an error is a conflict.
    fn execute(&mut self, action: Action, cached: &Deployment, cached_sets: &[ReplicaSet]) -> Result<bool, OnError> {
        match action {
            Action::CreateReplicaSet { template, replicas, revision, desired_replicas, max_replicas, .. } => {
                assert!(self.sets.iter().all(|set| set.template != template), "created twice");
                self.add(template, 0, 0);
                let set = self.sets.last_mut().unwrap();
                (set.replicas, set.revision) = (replicas, revision);
                (set.desired_replicas, set.max_replicas) = (Some(desired_replicas), Some(max_replicas));
                // A ReplicaSet that is created empty has also been written: see the trace of 3, 0, 1.
                self.trace.extend((replicas == 0).then(|| self.sizes()));
                Ok(true)
            }
            Action::UpdateReplicaSet {
                id,
                replicas,
                desired_replicas,
                max_replicas,
                replicas_before_scale,
                revision,
                min_ready_seconds,
                held,
                errors,
            } => {
                let cached = cached_sets.iter().find(|set| set.id == id).unwrap().resource_version;
                let set = self.sets.iter_mut().find(|set| set.id == id).unwrap();
                if held == Held::Cached && set.resource_version != cached {
                    return Err(errors);
                }
                let before = *set;
                (set.replicas, set.revision, set.min_ready_seconds) = (replicas, revision, min_ready_seconds);
                (set.desired_replicas, set.max_replicas) = (desired_replicas, max_replicas);
                set.replicas_before_scale = replicas_before_scale;
                set.generation +=
                    i64::from(before.replicas != replicas || before.min_ready_seconds != min_ready_seconds);
                assert_ne!(*set, before, "a write that changes nothing");
                set.resource_version += 1;
                Ok(true)
            }
            Action::DeleteReplicaSet { id } => {
                self.sets.retain(|set| set.id != id);
                Ok(true)
            }
            Action::UpdateStatus { status } => {
                if self.deployment.resource_version != cached.resource_version {
                    return Err(OnError::Abort);
                }
                self.deployment.status = status;
                self.deployment.resource_version += 1;
                Ok(true)
            }
            Action::RequeueAfter(_) | Action::RequeueRateLimited => Ok(false),
        }
    }

    /// ReplicaSets follow their specs: they first delete pods that are not available.
    fn settle(&mut self) {
        for set in &mut self.sets {
            let available = set.status.available_replicas.min(set.replicas);
            let counts = self.deployment.spec.counts_terminating();
            let ending = if counts { (set.status.replicas - set.replicas).max(0) } else { 0 };
            let status = ReplicaSetStatus {
                terminating_replicas: set.status.terminating_replicas + ending,
                observed_generation: set.generation,
                replicas: set.replicas,
                ready_replicas: available,
                available_replicas: available,
                ..set.status
            };
            set.resource_version += u64::from(status != set.status);
            set.status = status;
        }
    }

    /// Syncs until nothing is left to do.
    fn quiet(&mut self) {
        for _ in 0..50 {
            if !self.sync() {
                return;
            }
        }
        panic!("the controller does not come to rest: {:?}", self.trace);
    }

    /// Makes at most `at_most` pods of the new ReplicaSet available, and returns how many.
    fn become_available(&mut self, at_most: i32) -> i32 {
        let template = self.deployment.spec.template;
        let Some(set) = self.sets.iter_mut().find(|set| set.template == template) else { return 0 };
        let count = (set.replicas - set.status.available_replicas).min(at_most);
        set.status.available_replicas += count;
        set.resource_version += 1;
        self.settle();
        count
    }

    /// Removes at most `at_most` terminating pods of the first ReplicaSet that has any, and returns how many.
    fn end(&mut self, at_most: i32) -> i32 {
        let Some(set) = self.sets.iter_mut().find(|set| set.status.terminating_replicas > 0) else { return 0 };
        let count = set.status.terminating_replicas.min(at_most);
        set.status.terminating_replicas -= count;
        set.resource_version += 1;
        count
    }

    /// Runs the rollout to its end while `at_a_time` pods become available at once.
    fn finish(&mut self, at_a_time: i32) {
        self.quiet();
        while self.become_available(at_a_time) > 0 {
            self.quiet();
        }
    }

    fn progressing(&self) -> Progressing {
        self.deployment.status.progressing.unwrap()
    }
}

fn rolling(max_surge: IntOrPercent, max_unavailable: IntOrPercent) -> Strategy {
    Strategy::RollingUpdate { max_surge, max_unavailable }
}

fn counts(surge: i32, unavailable: i32) -> Strategy {
    rolling(IntOrPercent::Int(surge), IntOrPercent::Int(unavailable))
}

#[test]
fn golden_traces_of_healthy_rollouts() {
    let quarter = rolling(IntOrPercent::Percent(25), IntOrPercent::Percent(25));
    let doubled = rolling(IntOrPercent::Percent(100), IntOrPercent::Int(0));
    type Golden = (i32, Strategy, &'static [(i32, i32)]);
    let table: &[Golden] = &[
        (1, quarter, &[(1, 1), (0, 1)]),
        (2, quarter, &[(2, 1), (1, 1), (1, 2), (0, 2)]),
        (3, quarter, &[(3, 1), (2, 1), (2, 2), (1, 2), (1, 3), (0, 3)]),
        (4, quarter, &[(4, 1), (3, 1), (3, 2), (1, 2), (1, 4), (0, 4)]),
        (10, quarter, &[(10, 3), (8, 3), (8, 5), (3, 5), (3, 10), (0, 10)]),
        (15, quarter, &[(15, 4), (12, 4), (12, 7), (5, 7), (5, 14), (0, 14), (0, 15)]),
        (10, doubled, &[(10, 10), (0, 10)]),
        (3, counts(0, 1), &[(3, 0), (2, 0), (2, 1), (1, 1), (1, 2), (0, 2), (0, 3)]),
        (4, counts(2, 2), &[(4, 2), (2, 2), (2, 4), (0, 4)]),
        (5, counts(1, 0), &[(5, 1), (4, 1), (4, 2), (3, 2), (3, 3), (2, 3), (2, 4), (1, 4), (1, 5), (0, 5)]),
        (3, Strategy::Recreate, &[(0, 0), (0, 3)]),
    ];
    for &(replicas, strategy, trace) in table {
        let mut world = World::running(replicas, strategy);
        world.edit(|spec| spec.template = 1);
        world.finish(i32::MAX);
        assert_eq!(world.trace, trace, "{replicas} {strategy:?}");
        assert_eq!(rollout_status(&world.deployment), RolloutPhase::Done);
        assert_eq!(world.progressing().reason, ProgressReason::NewReplicaSetAvailable);
    }
}

#[test]
fn rollouts_of_bad_versions_freeze() {
    let quarter = rolling(IntOrPercent::Percent(25), IntOrPercent::Percent(25));
    let table = [(10, counts(3, 2), (8, 5)), (10, quarter, (8, 5)), (3, counts(1, 0), (3, 1)), (4, quarter, (3, 2))];
    for (replicas, strategy, frozen) in table {
        let mut world = World::running(replicas, strategy);
        world.edit(|spec| spec.template = 1);
        world.quiet();
        assert_eq!(world.sizes(), frozen, "{replicas} {strategy:?}");
    }
}

#[test]
fn the_creating_sync_scales_down_and_then_conflicts_with_itself() {
    let mut world = World::running(10, counts(3, 2));
    world.edit(|spec| spec.template = 1);
    world.sync();
    let [Action::CreateReplicaSet { .. }, Action::UpdateStatus { status }, scale_down, Action::UpdateStatus { .. }] =
        world.last[..]
    else {
        panic!("{:?}", world.last)
    };
    assert_eq!(status.progressing.unwrap().reason, ProgressReason::NewReplicaSetCreated);
    assert_eq!(status.revision, 2);
    assert!(
        matches!(
            scale_down,
            Action::UpdateReplicaSet { replicas: 8, held: Held::Cached, errors: OnError::SkipScaling, .. }
        ),
        "{scale_down:?}"
    );
    assert_eq!((world.conflicts, world.sizes()), (1, (8, 3)));
}

// A rollover in the middle of a rollout: unavailable pods of the version in between go first.
#[test]
fn a_third_version_takes_the_room_of_the_second() {
    let mut world = World::running(10, counts(3, 2));
    world.edit(|spec| spec.template = 1);
    world.quiet();
    assert_eq!(world.sizes(), (8, 5));
    world.trace.clear();
    world.edit(|spec| spec.template = 2);
    world.quiet();
    assert_eq!(world.trace, [(13, 0), (8, 0), (8, 5)]);
    let sizes: Vec<_> = world.sets.iter().map(|set| (set.template, set.replicas)).collect();
    assert_eq!(sizes, [(0, 8), (1, 0), (2, 5)]);
}

// Undo of a frozen rollout that has lost an old pod in the meantime.
#[test]
fn undo_scales_the_old_version_up_again() {
    let mut world = World::running(10, counts(3, 2));
    world.edit(|spec| spec.template = 1);
    world.quiet();
    world.sets[0].status.available_replicas = 7;
    world.settle();
    world.quiet();
    world.trace.clear();
    world.conflicts = 0;
    let target = undo_target(&world.deployment, &world.sets).unwrap();
    assert_eq!(target, 0);
    world.edit(|spec| spec.template = target);
    world.sync();
    // The revision is written twice from one stale copy, and no other write is made.
    assert_eq!((world.last.len(), world.conflicts), (2, 1));
    assert_eq!(world.last[0], world.last[1]);
    assert_eq!((world.sets[0].revision, world.sets[1].revision), (3, 2));
    world.quiet();
    assert_eq!(world.trace, [(1, 8), (1, 10)]);
    // The last bad pod goes when one of the three missing good pods is available.
    world.become_available(1);
    world.quiet();
    assert_eq!(world.sizes(), (0, 10));
    world.finish(1);
    assert_eq!(world.deployment.status.revision, 3);
}

#[test]
fn a_stale_status_of_an_old_replica_set_stops_the_step_down() {
    let mut world = World::new(10, counts(3, 2));
    world.deployment.spec.template = 1;
    world.add(0, 8, 8);
    world.add(1, 5, 1);
    world.sets[0].status.available_replicas = 10;
    let view = DeploymentView::new(&world.deployment, &world.sets, &[8, 5]);
    let mut actions = Vec::new();
    sync(&view, world.now, &mut actions);
    assert!(!actions.iter().any(|action| matches!(action, Action::UpdateReplicaSet { .. })), "{actions:?}");
}

#[test]
fn both_steps_down_can_write_one_replica_set() {
    let mut world = World::new(10, counts(0, 3));
    world.deployment.spec.template = 1;
    world.add(0, 10, 8);
    world.quiet();
    world.become_available(0);
    assert_eq!(world.trace.first(), Some(&(10, 0)));
    assert_eq!(world.trace[1..3], [(8, 0), (7, 0)]);
    assert_eq!(world.conflicts, 1, "only the status write of the creating sync");
}

#[test]
fn scaling_keeps_the_proportions_of_a_rollout_and_a_paused_one_scales_too() {
    for paused in [false, true] {
        let mut world = World::new(10, counts(3, 2));
        world.deployment.spec.template = 1;
        world.add(0, 8, 8);
        world.add(1, 5, 0);
        world.quiet();
        assert_eq!(world.sizes(), (8, 5));
        world.edit(|spec| (spec.replicas, spec.paused) = (15, paused));
        world.sync();
        assert_eq!(world.sizes(), (11, 7), "{paused}");
        assert_eq!(world.sets[0].desired_replicas, Some(15));
        assert_eq!(world.sets[1].max_replicas, Some(18));
    }
}

/// When the controller's own timer fires, if it is set.
fn alarm(world: &World) -> Option<SimTime> {
    world.last.iter().find_map(|action| match action {
        Action::RequeueAfter(delay) => Some(world.now + *delay),
        _ => None,
    })
}

/// A rollout that froze at 100 s and has no work left a little later.
fn frozen() -> World {
    let mut world = World::running(10, counts(3, 2));
    world.edit(|spec| spec.template = 1);
    world.quiet();
    world.now = SimTime::from_nanos(100_300_000_000);
    world.quiet();
    world
}

#[test]
fn the_deadline_counts_from_the_last_progress() {
    let mut world = frozen();
    assert_eq!(world.progressing().last_update, 100);
    assert_eq!(alarm(&world), Some(SimTime::from_secs(701)));
    world.now = SimTime::from_secs(700);
    world.quiet();
    assert!(world.last.contains(&Action::RequeueRateLimited), "{:?}", world.last);
    world.now = SimTime::from_secs(701);
    world.quiet();
    let condition = world.progressing();
    assert_eq!((condition.status, condition.last_update), (ConditionStatus::False, 701));
    assert_eq!(condition.reason, ProgressReason::ProgressDeadlineExceeded);
    assert_eq!(rollout_status(&world.deployment), RolloutPhase::DeadlineExceeded);
    assert_eq!(alarm(&world), None);
    // The exceeded deadline stops nothing, and its condition goes away with the next progress.
    world.now = SimTime::from_secs(800);
    world.finish(i32::MAX);
    assert_eq!(rollout_status(&world.deployment), RolloutPhase::Done);
}

#[test]
fn progress_puts_the_deadline_off() {
    let mut world = frozen();
    world.now = SimTime::from_secs(650);
    world.sets[1].status.ready_replicas = 1;
    let mut actions = Vec::new();
    let mut look = |deployment: &Deployment| {
        let view = DeploymentView::new(deployment, &world.sets, &[8, 5]);
        sync(&view, world.now, &mut actions);
        actions.last().copied()
    };
    let Some(Action::UpdateStatus { status }) = look(&world.deployment) else { panic!("no status") };
    let progressing = status.progressing.unwrap();
    assert_eq!((progressing.reason, progressing.last_update), (ProgressReason::ReplicaSetUpdated, 650));
    assert_eq!(progressing.last_transition, 100);
    let alarm = look(&Deployment { status, ..world.deployment });
    assert_eq!(alarm, Some(Action::RequeueAfter(SimDuration::from_secs(601))));
}

#[test]
fn a_pause_stops_the_deadline() {
    let mut world = frozen();
    world.now = SimTime::from_secs(300);
    world.edit(|spec| spec.paused = true);
    world.quiet();
    assert_eq!(world.progressing().reason, ProgressReason::DeploymentPaused);
    world.now = SimTime::from_secs(1000);
    world.quiet();
    assert_eq!(alarm(&world), None);
    world.edit(|spec| spec.paused = false);
    world.quiet();
    let condition = world.progressing();
    assert_eq!((condition.reason, condition.last_update), (ProgressReason::DeploymentResumed, 1000));
    assert_eq!(alarm(&world), Some(SimTime::from_secs(1601)));
}

#[test]
fn recreate_waits_for_pods_that_are_still_ending() {
    let mut world = World::running(3, Strategy::Recreate);
    world.edit(|spec| spec.template = 1);
    world.sync();
    assert_eq!(world.sizes(), (0, 0));
    let creates = |live: u32| {
        let live = [live];
        let view = DeploymentView::new(&world.deployment, &world.sets, &live);
        let mut actions = Vec::new();
        sync(&view, world.now, &mut actions);
        actions.iter().any(|action| matches!(action, Action::CreateReplicaSet { replicas: 3, .. }))
    };
    assert!(!creates(1));
    assert!(creates(0));
}

#[test]
fn history_is_cleaned_up_when_a_rollout_is_complete() {
    let mut world = World::running(2, counts(1, 0));
    world.edit(|spec| spec.revision_history_limit = Some(1));
    for template in 1..4 {
        world.edit(|spec| spec.template = template);
        world.finish(1);
    }
    let templates: Vec<_> = world.sets.iter().map(|set| set.template).collect();
    assert_eq!(templates, [2, 3]);
}

/// Runs one world to its end and checks every step.
fn check_world(replicas: i32, surge: i32, unavailable: i32, sets: [(i32, i32); 3], at_a_time: i32) {
    let mut world = World::new(replicas, counts(surge, unavailable));
    world.deployment.spec.template = 2;
    for (template, (size, available)) in sets.into_iter().enumerate() {
        if size > 0 {
            world.add(template as Template, size, available);
        }
    }
    let context = || format!("replicas {replicas}, surge {surge}, unavailable {unavailable}, {sets:?}");
    let limit = replicas + surge;
    let floor = replicas - unavailable.min(replicas);
    for _ in 0..100 {
        let (before, available) = (world.sizes(), world.available());
        let goes_on = world.sync();
        let after = world.sizes();
        assert!(after.0 + after.1 <= limit, "too many pods: {after:?}; {}", context());
        assert!(world.available() >= available.min(floor), "below the floor: {after:?}; {}", context());
        assert!(after.0 <= before.0, "old pods came back: {before:?} {after:?}; {}", context());
        let moves_away = (after.1 - replicas).abs() > (before.1 - replicas).abs();
        assert!(!moves_away, "the new size swings: {before:?} {after:?}; {}", context());
        if !goes_on && world.become_available(at_a_time) == 0 {
            assert_eq!(after, (0, replicas), "{}", context());
            assert_eq!(rollout_status(&world.deployment), RolloutPhase::Done, "{}", context());
            return;
        }
    }
    panic!("no end; {}", context());
}

/// Every way to fill two old ReplicaSets and the new one with at most `limit` pods, and to make some of them available.
fn each_filling(limit: i32, mut check: impl FnMut([(i32, i32); 3])) {
    let each = |limit: i32| (0..=limit).flat_map(|size| (0..=size).map(move |available| (size, available)));
    for oldest in each(limit) {
        for old in each(limit - oldest.0) {
            for new in each(limit - oldest.0 - old.0) {
                check([oldest, old, new]);
            }
        }
    }
}

/// Sizes up to 5 with every pair of limits that the API accepts up to a surge of 3.
fn limits() -> impl Iterator<Item = (i32, i32, i32)> {
    let pairs = (0..=3).flat_map(|surge| (0..=5).map(move |unavailable| (surge, unavailable)));
    (0..=5).flat_map(move |replicas| {
        pairs.clone().filter(|&pair| pair != (0, 0)).map(move |(surge, unavailable)| (replicas, surge, unavailable))
    })
}

#[test]
fn every_small_world_rolls_out_within_its_limits() {
    let mut worlds = 0;
    for (replicas, surge, unavailable) in limits() {
        each_filling(replicas + surge, |sets| {
            check_world(replicas, surge, unavailable, sets, 1);
            check_world(replicas, surge, unavailable, sets, i32::MAX);
            worlds += 2;
        });
    }
    assert!(worlds > 10_000, "{worlds}");
}

/// Runs one world under `TerminationComplete` to its end and checks every step.
fn check_terminating(replicas: i32, surge: i32, unavailable: i32, sets: [(i32, i32); 3], ending: i32, portion: i32) {
    let mut world = World::new(replicas, counts(surge, unavailable));
    world.deployment.spec.template = 2;
    world.deployment.spec.pod_replacement_policy = Some(PodReplacementPolicy::TerminationComplete);
    for (template, (size, available)) in sets.into_iter().enumerate() {
        if size > 0 {
            world.add(template as Template, size, available);
        }
    }
    if let Some(first) = world.sets.first_mut() {
        first.status.terminating_replicas = ending;
    }
    let context = || format!("{replicas} replicas, {surge}/{unavailable}, {sets:?}, {ending} ending by {portion}");
    for _ in 0..200 {
        let goes_on = world.sync();
        let statuses = world.sets.iter().map(|set| set.status);
        let pods: i32 = statuses.map(|status| status.replicas + status.terminating_replicas).sum();
        assert!(pods <= replicas + surge, "{pods} pods; {}", context());
        if !goes_on && world.become_available(portion) + world.end(portion) == 0 {
            assert_eq!(world.sizes(), (0, replicas), "{}", context());
            assert_eq!(world.progressing().reason, ProgressReason::NewReplicaSetAvailable, "{}", context());
            return;
        }
    }
    panic!("no end; {}", context());
}

#[test]
fn no_small_world_ever_has_more_pods_than_its_limit_under_termination_complete() {
    let mut worlds = 0;
    for (replicas, surge, unavailable) in limits().filter(|&(replicas, surge, _)| replicas < 5 && surge < 3) {
        let limit = replicas + surge;
        each_filling(limit, |sets| {
            let free = limit - sets.iter().map(|(size, _)| size).sum::<i32>();
            for ending in [0, free] {
                check_terminating(replicas, surge, unavailable, sets, ending, 1);
                check_terminating(replicas, surge, unavailable, sets, ending, i32::MAX);
                worlds += 2;
            }
        });
    }
    assert!(worlds > 10_000, "{worlds}");
}
