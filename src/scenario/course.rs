//! What a run of a scenario finds, and how long it may last.

use crate::k8s::objects::Template;
use crate::scenario::{MeasuredEvent, NEW_TEMPLATE, OLD_TEMPLATE, Observe, Scenario, Until};
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
