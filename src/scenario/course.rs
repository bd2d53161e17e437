//! What a run of a scenario finds, and how long it may last.

use crate::k8s::objects::Template;
use crate::scenario::{
    FoundCounts, FoundWorkload, MeasuredEvent, NEW_TEMPLATE, OLD_TEMPLATE, Observe, Scenario, Start, Step, StepAction,
    Until, WorkloadId,
};
use crate::time::SimDuration;

impl Scenario {
    /// For how long a run is followed after what is measured is over.
    #[must_use]
    pub const fn observe(&self) -> Observe {
        match self.until {
            Until::Success { observe } | Until::Settled { observe } => observe,
            Until::Horizon => Observe::Not,
        }
    }

    /// Whether a run is followed after what is measured is over.
    #[must_use]
    pub const fn observes(&self) -> bool {
        !matches!(self.observe(), Observe::Not)
    }

    /// The longest time for which a run is followed after what is measured is over.
    #[must_use]
    pub const fn longest_window(&self) -> SimDuration {
        match self.observe() {
            Observe::Not => SimDuration::ZERO,
            Observe::OldPodsGone => self.horizon,
            Observe::For(length) => length,
        }
    }

    /// Replicas before the event.
    #[must_use]
    pub const fn found_replicas(&self) -> i32 {
        match self.event {
            MeasuredEvent::Scale { from } => from,
            _ => self.deployment.replicas,
        }
    }

    /// Whether its rollout can stall: it has a progress deadline, now or after a change of the timeline.
    #[must_use]
    pub fn can_stall(&self) -> bool {
        let sets_one = |step: &Step| match &step.action {
            StepAction::Patch(patch) => patch.progress_deadline_seconds.flatten().is_some(),
            _ => false,
        };
        self.deployment.progress_deadline_seconds.is_some() || self.timeline.iter().any(sets_one)
    }

    /// The name of the workload that it is, in a world of several.
    #[must_use]
    pub fn workload(&self) -> Option<&str> {
        let own = self.world.as_ref()?;
        own.world.workloads.get(usize::from(own.workload)).map(|workload| workload.name.as_str())
    }

    /// The version that all pods have when everything has gone as it should.
    #[must_use]
    pub const fn version(&self) -> Template {
        match self.event {
            MeasuredEvent::Rollout => NEW_TEMPLATE,
            _ => OLD_TEMPLATE,
        }
    }
    /// The number of the point of the sweep that the scenario belongs to: the workloads of one world are one point.
    #[must_use]
    pub fn point(&self) -> u32 {
        self.world.as_ref().map_or(self.id, |own| {
            self.id.saturating_sub(u32::from(own.workload)) / (own.world.workloads.len() as u32).max(1)
        })
    }
}

impl Scenario {
    /// What the run finds of a workload, where it starts from a snapshot.
    #[must_use]
    pub fn found(&self, workload: WorkloadId) -> Option<&FoundWorkload> {
        match &self.start {
            Start::Found(found) => found.workloads.get(usize::from(workload)),
            Start::Steady | Start::Nothing => None,
        }
    }

    /// The same of the workload that the scenario is about.
    #[must_use]
    pub fn found_here(&self) -> Option<&FoundWorkload> {
        match &self.world {
            None => self.found(0),
            Some(own) => own.world.shared.found(own.workload),
        }
    }

    /// The pods that the run finds of the workload that the scenario is about, in numbers.
    #[must_use]
    pub fn counts_at_start(&self) -> FoundCounts {
        match self.found_here() {
            Some(found) => found.counts(),
            None => FoundCounts::steady(self.found_replicas().max(0) as u32, self.ready_at_start()),
        }
    }
}
