//! `rollcast plan`: divides an experiment into parts for many machines.

use std::io::Write;

use super::answer::{Answer, CommandError};
use super::output::{self, print_notes};
use super::source::load_to_divide;
use super::{check, interrupt};
use crate::plan::{Costs, Piece, Plan};
use crate::report::format;
use crate::report::study::{self, Engine, Foreseen, ScriptFile, Study};
use crate::{cli, sweep};

/// `rollcast plan`: writes the directory of a study.
///
/// # Errors
/// When the input is unusable, another study is there, or something cannot be written. See [`CommandError`].
pub fn plan(options: &cli::Plan) -> Result<Answer, CommandError> {
    let mut plan = load_to_divide(&options.source, options.replications, None)?;
    check::look_beyond_success(&mut plan, options.check);
    plan.overrides.what_if = options.what_if.into();
    print_notes(&plan.notes, options.quiet);
    let costs = sweep::costs(&plan, options.threads, interrupt::stop())?;
    let pieces = sweep::divide(&plan, &costs, &sweep::first_round(&plan), options.parts);
    let foreseen: Vec<Foreseen> = pieces.iter().map(|pieces| foreseen(&plan, &costs, pieces)).collect();
    let study = Study::new(&plan, costs, pieces, foreseen);
    let scripts = options.engine.map_or_else(Vec::new, |engine| study::files(engine.into(), &study, most_pods(&plan)));
    study::write(&options.out, &study, &plan.inputs, &scripts)?;
    write!(output::out(), "{}", summary(options, &study, &scripts))?;
    Ok(Answer::Yes)
}

/// What some pieces of a plan will take.
pub(super) fn foreseen(plan: &Plan, costs: &Costs, pieces: &[Piece]) -> Foreseen {
    let (events, bytes) = sweep::foreseen(costs, pieces);
    Foreseen { rollouts: plan.rollouts_of(pieces), events, bytes }
}

/// The most pods of a scenario, with those that it may have beside its desired ones.
fn most_pods(plan: &Plan) -> u64 {
    let of = |desired: i32| 2 * u64::from(desired.max(0).unsigned_abs());
    let pods = plan.scenarios.iter().map(|scenario| match &scenario.world {
        Some(own) => own.world.workloads.len() as u64 * of(scenario.deployment.replicas),
        None => of(scenario.deployment.replicas),
    });
    pods.max().unwrap_or(0)
}

fn summary(options: &cli::Plan, study: &Study, scripts: &[ScriptFile]) -> String {
    let place = options.out.display();
    let rollouts: u64 = study.foreseen.iter().map(|part| part.rollouts).sum();
    let empty = study.pieces.iter().filter(|pieces| pieces.is_empty()).count() as u64;
    let parts = format::plural(u64::from(study.parts), "part");
    let scenarios = format::plural(u64::from(study.scenarios), "scenario");
    let rollouts = format::plural(rollouts, "rollout");
    let mut text = format!("{place}/plan.json: {scenarios}, {rollouts} in {parts}.\n");
    let events = |pick: fn(&[Foreseen]) -> Option<u64>| pick(&study.foreseen).unwrap_or(0);
    let most = events(|parts| parts.iter().map(|part| part.events).max());
    let least = events(|parts| parts.iter().map(|part| part.events).filter(|events| *events > 0).min());
    if least > 0 {
        let ratio = most as f64 / least as f64;
        text.push_str(&format!("By events, the largest part is {ratio:.2} times the smallest.\n"));
    }
    if empty > 0 {
        let have = if empty == 1 { "has" } else { "have" };
        text.push_str(&format!("{} {have} nothing to do: fewer would do as well.\n", format::plural(empty, "part")));
    }
    let next = match (options.engine.map(Engine::from), scripts.first()) {
        (Some(Engine::Slurm | Engine::Parallel), Some(first)) => format!("Start: {place}/{}", first.path),
        (Some(Engine::Dask), Some(first)) => format!("Start: python {place}/{}", first.path),
        (Some(Engine::Kubernetes), Some(first)) => {
            format!("Look at {place}/{}, bring this directory to its volume, and apply it.", first.path)
        }
        _ => format!("Run every part, 0 to {}: rollcast part {place}/plan.json K", study.parts - 1),
    };
    format!("{text}{next}\nThen: rollcast merge {place} --out DIR\n")
}
