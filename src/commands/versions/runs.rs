//! The runs of two versions, and what they are held against.

use crate::analysis::before_after::Version;
use crate::analysis::{Scope, Statistics};
use crate::cli;
use crate::commands::answer::CommandError;
use crate::commands::interrupt;
use crate::commands::output::print_notes;
use crate::commands::progress::Progress;
use crate::experiment::{Effort, records};
use crate::metrics::Record;
use crate::plan::{Asked, Caveats, Change, Plan, Role};
use crate::report::before_after as report;
use crate::scenario::Scenario;

/// A version whose replications have all been run.
pub(super) struct Ran<'a> {
    plan: &'a Plan,
    records: Vec<Record>,
    scope: Scope,
    pub(super) statistics: Statistics,
}

impl<'a> Ran<'a> {
    /// Runs the one scenario of `plan`.
    pub(super) fn of(plan: &'a Plan, options: &cli::Compare) -> Result<Self, CommandError> {
        let progress = Progress::new(plan, options.quiet);
        let effort = Effort { threads: options.threads, stop: interrupt::stop() };
        let records = records(plan, effort, |block| progress.advance(block))?.pop().unwrap_or_default();
        progress.finish();
        let scope = Scope::of(&plan.scenarios[0]);
        let statistics = Statistics::sampled(&records, &scope, plan.sampling.group());
        Ok(Self { plan, records, scope, statistics })
    }

    /// What the statistics of differences need to know of it.
    pub(super) fn version(&self) -> Version<'_> {
        let Self { records, scope, statistics, .. } = self;
        Version { records, scope, statistics, replicas: size(&self.plan.scenarios[0]) }
    }

    /// What a reader needs to know of it.
    pub(super) fn described(&self) -> report::Version {
        let scenario = &self.plan.scenarios[0];
        report::Version {
            scenario: scenario.id,
            parameters: scenario.parameters.clone(),
            replicas: size(scenario),
            replications: self.records.len() as u64,
            seed: self.plan.seed,
        }
    }
}

/// Desired pods.
pub(super) fn size(scenario: &Scenario) -> u32 {
    scenario.deployment.replicas.max(0) as u32
}

/// Has both versions held against the objectives of the later one: measured against its floor, and followed for as long as its
/// pods may fail.
pub(super) fn prepare(old: Option<&mut Plan>, new: &mut Plan) -> Asked {
    let Some(old) = old else {
        new.look_beyond_success(&mut []);
        return new.ask(&[]);
    };
    let scenarios = vec![old.scenarios[0].clone(), new.scenarios[0].clone()];
    let mut both = Plan { scenarios, ..new.clone() };
    both.look_beyond_success(&mut []);
    let asked = both.ask(&[]);
    let [before, after] = &mut both.scenarios[..] else { return asked };
    // A pipeline that undoes rollouts acts by the floor of its own experiment.
    if before.rollback.after_breach.is_none() {
        before.availability_objective = after.availability_objective;
    }
    old.scenarios = vec![before.clone()];
    new.scenarios = vec![after.clone()];
    new.caveats.assumed.clone_from(&both.caveats.assumed);
    asked
}

pub(super) fn notes(plan: &Plan, options: &cli::Compare) {
    print_notes(&plan.notes, options.quiet);
    print_notes(&plan.late_notes(), options.quiet);
}

/// The caveats of one scenario alone.
pub(super) fn of_scenario(plan: &Plan, id: u32) -> Caveats {
    let mut caveats = plan.caveats.clone();
    caveats.unmodelled.retain(|one| one.scenarios.contains(&id));
    caveats
}

/// Files that both inputs name and whose contents differ, but for the inputs themselves and their manifests.
pub(super) fn other_files(old: &Plan, new: &Plan) -> Vec<Change> {
    let is_data = |path: &str| ![".yaml", ".yml", ".json", "-"].iter().any(|ending| path.ends_with(ending));
    let mut found = Vec::new();
    for one in new.inputs.iter().skip(1).filter(|one| is_data(&one.path)) {
        let before = old.inputs.iter().find(|other| other.path == one.path && other.sha256 != one.sha256);
        found.extend(before.map(|before| Change {
            object: format!("file {}", one.path),
            field: String::new(),
            old: Some(format!("SHA-256 {}", &before.sha256[..12])),
            new: Some(format!("SHA-256 {}", &one.sha256[..12])),
            role: Role::Used,
        }));
    }
    found
}
