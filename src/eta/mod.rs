//! When a rollout that a snapshot shows in progress completes: what is simulated from there, what holds it up, and what would help.

mod cause;
mod count;
mod course;
mod evidence;
mod forecast;
mod help;
mod hypotheses;
mod likely;
mod start_up;
mod state;

pub use cause::{Cause, CauseKind};
pub use course::{Course, LEVELS};
pub use forecast::Forecast;
pub use help::{Action, Help};
pub use start_up::StartUp;
pub use state::State;

use hypotheses::Worlds;

use crate::input::snapshot::{Rule, Snapshot};
use crate::plan::{Plan, Seen};
use crate::recommend::Replicator;
use crate::scenario::Scenario;

/// The answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Eta {
    /// What the snapshot shows.
    pub snapshot: Snapshot,
    /// What is under way.
    pub state: State,
    /// When it completes; of a workload at rest how long a rollout takes. `None`: that is not simulated.
    pub forecast: Option<Forecast>,
    /// Why it is not, or what the forecast leaves out.
    pub remark: Option<String>,
    /// Where the start-up times come from; `None`: nothing was simulated.
    pub start_up: Option<StartUp>,
    /// What it waits for, that first which ends by nothing that the cluster does by itself.
    pub causes: Vec<Cause>,
    /// What would help.
    pub help: Vec<Help>,
    /// How the new version's pods become available; `None`: nobody asked for it, or nothing was simulated.
    pub course: Option<Course>,
}

/// How much is simulated.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Number of worker threads; 0 means one for each core.
    pub threads: usize,
    /// Simulated rollouts, instead of the experiment's.
    pub replications: Option<u32>,
    /// Whether the course over time is asked for.
    pub course: bool,
}

impl Eta {
    /// Answers for the workload of a snapshot.
    ///
    /// # Errors
    /// When the operating system gives no threads.
    pub fn answer(seen: &Seen, effort: Effort) -> Result<Self, String> {
        let snapshot = &seen.snapshot;
        let state = State::of(snapshot);
        let causes = cause::causes(snapshot, state);
        let mut eta = Self {
            snapshot: snapshot.clone(),
            state,
            forecast: None,
            remark: None,
            start_up: None,
            causes,
            help: Vec::new(),
            course: None,
        };
        match (&seen.plan, scenario(&seen.plan)) {
            // When somebody deletes its pods is not known.
            _ if snapshot.workload.rule == Rule::OnDelete => {}
            (Ok(plan), Some(scenario)) => eta.simulate(plan, scenario, effort)?,
            (Err(error), _) => eta.remark = Some(error.to_string()),
            (Ok(_), None) => {}
        }
        eta.help.extend(help::advice(&eta.causes));
        Ok(eta)
    }

    fn simulate(&mut self, plan: &Plan, scenario: &Scenario, effort: Effort) -> Result<(), String> {
        let world = evidence::as_seen(scenario, &self.snapshot);
        let start_up = StartUp::of(&self.snapshot, &plan.premises, self.state);
        let worlds = Worlds::of(&world, &self.snapshot, &start_up, plan.seed);
        let count = effort.replications.unwrap_or_else(|| count::affordable(&worlds, plan)).max(1);
        self.remark = count::remark(count, plan).filter(|_| effort.replications.is_none());
        let run = Replicator::new(plan.seed, effort.threads, count as usize, 1).map_err(|error| error.to_string())?;
        let records = worlds.records(count, &run, |scenario| scenario);
        let mut forecast = Forecast::of(&records, worlds.horizon(), &self.snapshot, self.state);
        forecast.stuck = worlds.stuck();
        self.help = help::tried((&worlds, count), &self.snapshot, (self.state, &self.causes), &run);
        self.forecast = Some(forecast);
        self.course = effort.course.then(|| Course::of(&worlds, count, plan.seed));
        self.start_up = Some(start_up);
        Ok(())
    }
}

fn scenario(plan: &Result<Plan, crate::plan::InputError>) -> Option<&Scenario> {
    plan.as_ref().ok()?.scenarios.first()
}
