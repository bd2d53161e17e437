//! One Deployment in both inputs, or in the later one alone.

use std::collections::BTreeMap;

use super::runs::{Notes, Ran, Version, of_scenario, other_files, prepare, size};
use crate::analysis::{WhatIfRow, before_after};
use crate::cli;
use crate::commands::answer::CommandError;
use crate::commands::check;
use crate::commands::source::choose;
use crate::plan::{Asked, Plan, Side, WORKLOAD, changes, is_same_forecast};
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

/// Scenarios that are run together: the workloads of one world, or a scenario alone; each of the later version with its counterpart.
type Group = Vec<(Option<Scenario>, Scenario)>;

impl Pair<'_> {
    /// Runs the scenarios that belong together and adds what comes of it.
    pub(super) fn answer(
        &self,
        options: &cli::Compare,
        versions: &mut Versions,
        notes: &mut Notes,
    ) -> Result<(), CommandError> {
        for group in self.groups(options, &versions.labels)? {
            self.compared(&group, options, versions, notes)?;
        }
        Ok(())
    }

    /// The scenarios that belong together, in the order of the later version.
    fn groups(&self, options: &cli::Compare, labels: &[String; 2]) -> Result<Vec<Group>, CommandError> {
        let new = &self.new.1;
        let Some((_, old, _)) = &self.old else {
            return Ok(vec![vec![(None, one(new, options.scenario, &labels[1])?)]]);
        };
        if options.scenario.is_some() || new.scenarios.len() == 1 || old.scenarios.len() == 1 {
            let before = one(old, options.scenario, &labels[0])?;
            return Ok(vec![vec![(Some(before), one(new, options.scenario, &labels[1])?)]]);
        }
        let mut groups: BTreeMap<u32, Group> = BTreeMap::new();
        for after in &new.scenarios {
            let same = old.scenarios.iter().find(|other| other.parameters == after.parameters);
            groups.entry(after.point()).or_default().push((same.cloned(), after.clone()));
        }
        let groups: Vec<Group> =
            groups.into_values().filter(|group| group.iter().any(|(before, _)| before.is_some())).collect();
        if groups.is_empty() {
            return Err(CommandError::Input(
                "both versions sweep, and no scenario has the same parameters in both: name one with --scenario ID"
                    .into(),
            ));
        }
        Ok(groups)
    }

    fn compared(
        &self,
        group: &Group,
        options: &cli::Compare,
        versions: &mut Versions,
        notes: &mut Notes,
    ) -> Result<(), CommandError> {
        let (_, plan, _) = &self.new;
        let mut new = Plan { scenarios: group.iter().map(|(_, after)| after.clone()).collect(), ..plan.clone() };
        let earlier = self.old.as_ref().map_or(plan, |(_, plan, _)| plan);
        let before: Vec<Scenario> = group.iter().filter_map(|(before, _)| before.clone()).collect();
        let places = places(group);
        let mut old = Plan { scenarios: before, ..earlier.clone() };
        let asked = prepare(&mut old, &mut new, &places);
        notes.print(&new, options);
        let first = if old.scenarios.is_empty() { None } else { Some(Version::of(&old, options)?) };
        let second = Version::of(&new, options)?;
        versions.remark = check::sentence(&asked, "");
        versions.noun = event::noun(&new).into();
        for (place, pair) in group.iter().enumerate() {
            let before = places[place].and_then(|place| first.as_ref()?.ran.get(place));
            let answer = self.of_scenario(pair, [before, second.ran.get(place)], (&asked, &new), options)?;
            versions.answers.push(answer);
        }
        let clusters = [first.and_then(|first| first.cluster), second.cluster];
        versions.releases.extend(report::Release::of(&new.scenarios[0], &new.cluster_objectives, clusters));
        Ok(())
    }

    /// The answer about one scenario of the later version and its counterpart; `ran` has the runs of both.
    fn of_scenario(
        &self,
        (before, after): &(Option<Scenario>, Scenario),
        ran: [Option<&Ran<'_>>; 2],
        (asked, new): (&Asked, &Plan),
        options: &cli::Compare,
    ) -> Result<report::Answer, CommandError> {
        let (side, _, name) = &self.new;
        let [first, Some(second)] = ran else { return Err(CommandError::Input("nothing was run".into())) };
        let rows = before_after::rows(first.map(Ran::version), second.version(), &asked.objectives);
        let held =
            before_after::held(&asked.objectives, [first.map(|first| &first.statistics), Some(&second.statistics)]);
        let misses = held.iter().any(|one| one.met[1] != Some(true));
        let mut found = Vec::new();
        if let (Some(before), Some((earlier, plan, of_old))) = (before, &self.old) {
            let written = [earlier.written(*of_old, before)?, side.written(*name, after)?];
            found = changes((before, &written[0]), (after, &written[1]), [&plan.caveats, &self.new.1.caveats]);
            found.extend(other_files(plan, new));
        }
        let workload = after.parameters.iter().find(|(path, _)| path == WORKLOAD).map(|(_, name)| name.clone());
        Ok(report::Answer {
            name: workload.unwrap_or_else(|| name.map_or_else(|| new.name.clone(), str::to_owned)),
            old: first.map(Ran::described),
            new: second.described(),
            changes: found,
            is_same_forecast: before.as_ref().is_some_and(|before| is_same_forecast(before, after)),
            rows,
            held,
            written: asked.written,
            caveats: of_scenario(new, after.id),
            what_if: self.what_if(asked, new, after, options)?,
            premises: new.premises.iter().filter(|one| one.is_of(after.id)).cloned().collect(),
            instead: if options.instead && misses { self.instead(asked, options)? } else { None },
        })
    }

    /// What would change the answer about the later version, which programs and comments say.
    fn what_if(
        &self,
        asked: &Asked,
        new: &Plan,
        scenario: &Scenario,
        options: &cli::Compare,
    ) -> Result<Vec<WhatIfRow>, CommandError> {
        if options.format == cli::AnswerFormat::Text {
            return Ok(Vec::new());
        }
        let threads = |error: rayon::ThreadPoolBuildError| CommandError::Threads(error.to_string());
        let run = Replicator::new(new.seed, options.threads, 1, new.replications).map_err(threads)?;
        Ok(what_if::of_one((new, &asked.objectives), scenario, &run))
    }

    /// The strategy that `rollcast recommend` finds for the later version, where there is one.
    fn instead(&self, asked: &Asked, options: &cli::Compare) -> Result<Option<Instead>, CommandError> {
        let (side, plan, name) = &self.new;
        // The workloads of a world are no alternatives.
        if plan.scenarios.iter().any(|one| one.event != MeasuredEvent::Rollout || one.world.is_some()) {
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

/// The place of each counterpart among the earlier scenarios of the group.
fn places(group: &Group) -> Vec<Option<usize>> {
    let mut next = 0;
    let place = |(before, _): &(Option<Scenario>, Scenario)| {
        before.as_ref().map(|_| {
            next += 1;
            next - 1
        })
    };
    group.iter().map(place).collect()
}

/// What `rollcast recommend` asks where nothing else is said.
fn question(plan: &Plan) -> Question {
    Question {
        criterion: Criterion::Duration,
        confidence: CONFIDENCE,
        indifference: None,
        replications: plan.replications,
        ceiling: 100_000,
        exhaustive: false,
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
