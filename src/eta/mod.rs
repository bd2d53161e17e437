//! When a rollout that a snapshot shows in progress completes: what is simulated from there, what holds it up, and what would help.

mod cause;
mod course;
mod evidence;
mod forecast;
mod help;
mod hypotheses;
mod in_turn;
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
use in_turn::InTurn;

use crate::input::snapshot::{Kind, Rule, Snapshot};
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

/// Simulated rollouts where nobody says how many.
const REPLICATIONS: u32 = 1000;

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
            (Ok(plan), Some(scenario)) => eta.simulate(plan, scenario, effort)?,
            (Err(error), _) if snapshot.workload.kind == Kind::Deployment => eta.remark = Some(error.to_string()),
            _ => eta.follow_in_turn(effort.course),
        }
        eta.help.extend(help::advice(snapshot, &eta.causes));
        Ok(eta)
    }

    fn simulate(&mut self, plan: &Plan, scenario: &Scenario, effort: Effort) -> Result<(), String> {
        let count = effort.replications.unwrap_or(plan.replications.min(REPLICATIONS)).max(1);
        let run = Replicator::new(plan.seed, effort.threads, 1, count).map_err(|error| error.to_string())?;
        let world = evidence::as_seen(scenario, &self.snapshot);
        let start_up = StartUp::of(&self.snapshot, &plan.premises, self.state);
        let worlds = Worlds::of(&world, &self.snapshot, &start_up);
        let mut records = Vec::new();
        worlds.each(count, |scenario, range| records.extend(run.records_of(scenario, range)));
        let mut forecast = Forecast::of(&records, world.horizon, &self.snapshot, self.state);
        forecast.stuck = worlds.stuck();
        self.help = help::tried((&worlds, count), &self.snapshot, (self.state, &self.causes), &run);
        self.forecast = Some(forecast);
        self.course = effort.course.then(|| Course::of(&worlds, count, plan.seed));
        self.start_up = Some(start_up);
        Ok(())
    }

    /// What is told of a workload whose controller is not simulated from the middle: its pods one after the other.
    fn follow_in_turn(&mut self, with_course: bool) {
        let kind = self.snapshot.workload.kind.as_str();
        self.remark = Some(format!(
            "the {kind}'s controller is not simulated from here: its pods are followed as they are replaced, one after the other, \
             with the time that each takes; what else may hold them up is not in that"
        ));
        if self.state == State::Rolling && self.snapshot.workload.rule != Rule::OnDelete {
            let InTurn { forecast, start_up, course } = in_turn::forecast(&self.snapshot);
            (self.forecast, self.start_up) = (Some(forecast), Some(start_up));
            self.course = with_course.then_some(course);
        }
    }
}

fn scenario(plan: &Result<Plan, crate::plan::InputError>) -> Option<&Scenario> {
    plan.as_ref().ok()?.scenarios.first()
}
