//! The runs of two versions, and what they are held against.

use std::collections::BTreeSet;
use std::convert::Infallible;

use crate::analysis::{ClusterResult, Scope, Statistics, before_after};

use crate::cli;
use crate::commands::answer::CommandError;
use crate::commands::interrupt;
use crate::commands::output::print_notes;
use crate::commands::progress::Progress;
use crate::experiment::{Effort, run_plan};
use crate::metrics::Record;
use crate::plan::{Asked, Caveats, Change, Plan, Role};
use crate::report::before_after as report;
use crate::scenario::Scenario;
use crate::sweep::{Block, KnownBlocks};

/// A scenario of a version whose replications have all been run.
pub(super) struct Ran<'a> {
    scenario: &'a Scenario,
    seed: u64,
    records: Vec<Record>,
    scope: Scope,
    pub(super) statistics: Statistics,
}

/// A version of which every scenario has been run.
pub(super) struct Version<'a> {
    /// Its scenarios, in the order of its plan.
    pub(super) ran: Vec<Ran<'a>>,
    /// What its workloads take of their cluster together, where they are several.
    pub(super) cluster: Option<ClusterResult>,
}

impl<'a> Version<'a> {
    /// Runs the scenarios of `plan`, which are one, or the workloads of one world.
    pub(super) fn of(plan: &'a Plan, options: &cli::Compare) -> Result<Self, CommandError> {
        // What a baseline would be for is asked by the comparison itself.
        let alone = Plan { baseline: None, cells: None, ..plan.clone() };
        let progress = Progress::new(&alone, options.quiet);
        let effort = Effort { threads: options.threads, stop: interrupt::stop() };
        let mut forecasts = Vec::new();
        let each = |block: &Block| {
            progress.advance(block);
            Ok::<(), Infallible>(())
        };
        run_plan(&alone, effort, KnownBlocks::default(), |_, _, _| Vec::new(), each, |one| forecasts.push(one))?;
        progress.finish();
        let cluster = forecasts.iter().find_map(|one| one.result.cluster.as_deref().cloned());
        let ran = plan.scenarios.iter().zip(forecasts).map(|(scenario, one)| Ran {
            scenario,
            seed: plan.seed,
            records: one.records,
            scope: Scope::of(scenario),
            statistics: one.result.statistics,
        });
        Ok(Self { ran: ran.collect(), cluster })
    }
}

impl Ran<'_> {
    /// What the statistics of differences need to know of it.
    pub(super) fn version(&self) -> before_after::Version<'_> {
        let Self { records, scope, statistics, .. } = self;
        before_after::Version { records, scope, statistics, replicas: size(self.scenario) }
    }

    /// What a reader needs to know of it.
    pub(super) fn described(&self) -> report::Version {
        report::Version {
            scenario: self.scenario.id,
            parameters: self.scenario.parameters.clone(),
            replicas: size(self.scenario),
            replications: self.records.len() as u64,
            seed: self.seed,
        }
    }
}

/// Desired pods.
pub(super) fn size(scenario: &Scenario) -> u32 {
    scenario.deployment.replicas.max(0) as u32
}

/// Has both versions held against the objectives of the later one: measured against its floor, and followed for as long as its
/// pods may fail. `before` is the place of each later scenario's counterpart among the earlier ones.
pub(super) fn prepare(old: &mut Plan, new: &mut Plan, before: &[Option<usize>]) -> Asked {
    let mut both = Plan { scenarios: old.scenarios.drain(..).chain(new.scenarios.drain(..)).collect(), ..new.clone() };
    both.look_beyond_success(&mut []);
    let asked = both.ask(&[]);
    new.scenarios = both.scenarios.split_off(both.scenarios.len() - before.len());
    old.scenarios = both.scenarios;
    for (after, place) in new.scenarios.iter().zip(before) {
        let Some(before) = place.and_then(|place| old.scenarios.get_mut(place)) else { continue };
        // A pipeline that undoes rollouts acts by the floor of its own experiment.
        if before.rollback.after_breach.is_none() {
            before.availability_objective = after.availability_objective;
        }
    }
    new.caveats.assumed.clone_from(&both.caveats.assumed);
    asked
}

/// The notes that were printed, each of which is printed once.
#[derive(Default)]
pub(super) struct Notes(BTreeSet<String>);

impl Notes {
    pub(super) fn print(&mut self, plan: &Plan, options: &cli::Compare) {
        for notes in [&plan.notes, &plan.late_notes()] {
            let new: Vec<String> = notes.iter().filter(|note| self.0.insert((*note).clone())).cloned().collect();
            print_notes(&new, options.quiet);
        }
    }
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
