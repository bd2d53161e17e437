//! One Deployment in both inputs, or in the later one alone.

use super::runs::{Ran, notes, of_scenario, other_files, prepare, size};
use crate::analysis::{WhatIfRow, before_after};
use crate::cli;
use crate::commands::answer::CommandError;
use crate::commands::check;
use crate::commands::source::choose;
use crate::plan::{Asked, Plan, Side, changes, is_same_forecast};
use crate::recommend::{self, Criterion, Question, Replicator};
use crate::report::before_after::{self as report, Instead, Versions};
use crate::report::event;
use crate::scenario::{MeasuredEvent, Scenario};
use crate::stats::CONFIDENCE;
use crate::what_if;

/// An input, its plan, and the Deployment that was chosen in it.
pub(super) type Part<'a> = (&'a Side, Plan, Option<&'a str>);

/// A Deployment in both inputs, or in the later one alone.
pub(super) struct Pair<'a> {
    pub(super) old: Option<Part<'a>>,
    pub(super) new: Part<'a>,
}

impl Pair<'_> {
    /// Runs the scenarios that belong together and adds what comes of it.
    pub(super) fn answer(&self, options: &cli::Compare, versions: &mut Versions) -> Result<(), CommandError> {
        let new = &self.new.1;
        let Some((_, old, _)) = &self.old else {
            let scenario = one(new, options.scenario, &versions.labels[1])?;
            return self.compared(None, &scenario, options, versions);
        };
        if options.scenario.is_none() && new.scenarios.len() > 1 && old.scenarios.len() > 1 {
            for scenario in &new.scenarios {
                let same = old.scenarios.iter().find(|other| other.parameters == scenario.parameters);
                if let Some(same) = same {
                    self.compared(Some(same), scenario, options, versions)?;
                }
            }
            return match versions.answers.is_empty() {
                false => Ok(()),
                true => Err(CommandError::Input(
                    "both versions sweep, and no scenario has the same parameters in both: name one with --scenario ID"
                        .into(),
                )),
            };
        }
        let before = one(old, options.scenario, &versions.labels[0])?;
        let after = one(new, options.scenario, &versions.labels[1])?;
        self.compared(Some(&before), &after, options, versions)
    }

    fn compared(
        &self,
        before: Option<&Scenario>,
        after: &Scenario,
        options: &cli::Compare,
        versions: &mut Versions,
    ) -> Result<(), CommandError> {
        let (side, plan, name) = &self.new;
        let mut new = Plan { scenarios: vec![after.clone()], ..plan.clone() };
        let (mut old, mut found) = (None, Vec::new());
        if let (Some(before), Some((earlier, plan, of_old))) = (before, &self.old) {
            let written = [earlier.written(*of_old, before)?, side.written(*name, after)?];
            found = changes((before, &written[0]), (after, &written[1]), [&plan.caveats, &new.caveats]);
            found.extend(other_files(plan, &new));
            old = Some(Plan { scenarios: vec![before.clone()], ..plan.clone() });
        }
        let asked = prepare(old.as_mut(), &mut new);
        notes(&new, options);
        let first = old.as_ref().map(|old| Ran::of(old, options)).transpose()?;
        let second = Ran::of(&new, options)?;
        let rows = before_after::rows(first.as_ref().map(Ran::version), second.version(), &asked.objectives);
        let statistics = [first.as_ref().map(|first| &first.statistics), Some(&second.statistics)];
        let held = before_after::held(&asked.objectives, statistics);
        let misses = held.iter().any(|one| one.met[1] != Some(true));
        let what_if = self.what_if(&asked, &new, options)?;
        let instead = if options.instead && misses { self.instead(&asked, options)? } else { None };
        versions.remark = check::sentence(&asked, "");
        versions.noun = event::noun(&new).into();
        versions.answers.push(report::Answer {
            name: name.map_or_else(|| new.name.clone(), str::to_owned),
            old: first.as_ref().map(Ran::described),
            new: second.described(),
            changes: found,
            is_same_forecast: before.is_some_and(|before| is_same_forecast(before, after)),
            rows,
            held,
            written: asked.written,
            caveats: of_scenario(&new, after.id),
            what_if,
            premises: new.premises.iter().filter(|one| one.is_of(after.id)).cloned().collect(),
            instead,
        });
        Ok(())
    }

    /// What would change the answer about the later version, which programs and comments say.
    fn what_if(&self, asked: &Asked, new: &Plan, options: &cli::Compare) -> Result<Vec<WhatIfRow>, CommandError> {
        let (Some(scenario), false) = (new.scenarios.first(), options.format == cli::AnswerFormat::Text) else {
            return Ok(Vec::new());
        };
        let threads = |error: rayon::ThreadPoolBuildError| CommandError::Threads(error.to_string());
        let run = Replicator::new(new.seed, options.threads, 1, new.replications).map_err(threads)?;
        Ok(what_if::of_one((new, &asked.objectives), scenario, &run))
    }

    /// The strategy that `rollcast recommend` finds for the later version, where there is one.
    fn instead(&self, asked: &Asked, options: &cli::Compare) -> Result<Option<Instead>, CommandError> {
        let (side, plan, name) = &self.new;
        if plan.scenarios.iter().any(|scenario| scenario.event != MeasuredEvent::Rollout) {
            return Ok(None);
        }
        let (mut plan, mut decisions) = side.cases(*name)?;
        plan.objectives.clone_from(&asked.objectives);
        plan.look_beyond_success(&mut decisions);
        let [decision] = &decisions[..] else { return Ok(None) };
        let threads = |error: rayon::ThreadPoolBuildError| CommandError::Threads(error.to_string());
        let most = recommend::most_strategies(decision);
        let run = Replicator::new(plan.seed, options.threads, most, plan.replications).map_err(threads)?;
        let found = recommend::recommend(decision, &plan.objectives, &question(&plan), &run);
        let best = found.choice.as_ref().map(|choice| &found.strategies[choice.best]);
        Ok(best.map(|best| Instead {
            parameters: best.parameters.clone(),
            figures: report::figures_of(&best.statistics, decision.scenarios().next().map_or(0, size)),
        }))
    }
}

/// What `rollcast recommend` asks where nothing else is said.
fn question(plan: &Plan) -> Question {
    Question {
        criterion: Criterion::Duration,
        confidence: CONFIDENCE,
        indifference: None,
        replications: plan.replications,
        ceiling: 100_000,
    }
}

/// The scenario of a plan that is compared: the only one, or the one that was named.
fn one(plan: &Plan, named: Option<u32>, label: &str) -> Result<Scenario, CommandError> {
    match (&plan.scenarios[..], named) {
        ([only], _) => Ok(only.clone()),
        (_, Some(id)) => choose(plan, id).cloned(),
        (several, None) => Err(CommandError::Input(format!(
            "{label} has {} scenarios, and the other version has not the same: name one with --scenario ID (0 to {})",
            several.len(),
            several.len() - 1
        ))),
    }
}
