//! The front door of the library: an experiment is read or built, run, and looked into replication by replication.

mod builder;
mod collect;
mod control;
mod effort;
mod gather;
mod inputs;
mod options;
mod pods;
mod run;

use std::convert::Infallible;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

pub use builder::ScenarioBuilder;
pub use collect::Forecast;
#[doc(hidden)]
pub use effort::Effort;
#[doc(hidden)]
pub use inputs::widen_differences;
pub use options::{Progress, RunError, RunOptions};
#[doc(hidden)]
pub use pods::add_pods;
#[doc(hidden)]
pub use run::{records, run_plan};

use crate::analysis::{self, Difference, Scope};
use crate::metrics::{Meter, Record};
use crate::plan::{Decision, FEWEST_GROUPS, InputError, MAX_AT_ONCE, Objective, Overrides, Plan};
use crate::recommend::{self, Criterion, Question, Recommendation, Replicator};
use crate::scenario::Scenario;
use crate::sim::{Observer, Simulator, Span};
use crate::stats::CONFIDENCE;
use crate::sweep::KnownBlocks;
use crate::trace::{Line, Trace};

/// Replications of a strategy after which a recommendation gives up the choice.
const CEILING: u32 = 100_000;

/// Scenarios with a seed, a number of replications and objectives: everything that a run depends on. Two runs of equal
/// experiments give equal results to the last bit, on any machine and any number of threads.
#[derive(Clone, Debug)]
pub struct Experiment {
    plan: Plan,
    /// The same scenarios in groups that differ in the strategy alone; an error where they cannot be grouped so.
    decisions: Result<Vec<Decision>, RunError>,
}

impl Experiment {
    /// Reads an experiment, or a Kubernetes manifest with a Deployment, from YAML text. Files that the text names are looked
    /// for in the current directory.
    ///
    /// # Errors
    /// When the text or a file that it names cannot be read or has no meaning, or when no scenario is valid. The message
    /// names line and column.
    pub fn from_yaml(text: &str) -> Result<Self, InputError> {
        Self::from_yaml_in(text, Path::new(""), &Overrides::default())
    }

    /// Reads YAML text as [`from_yaml`](Self::from_yaml) does. Files that the text names are looked for in `folder`, and
    /// `overrides` change the experiment as `--set` and its like do on the command line.
    ///
    /// # Errors
    /// As for [`from_yaml`](Self::from_yaml).
    pub fn from_yaml_in(text: &str, folder: &Path, overrides: &Overrides) -> Result<Self, InputError> {
        let (plan, decisions) = Plan::parse_cases(text, folder, overrides)?;
        Ok(Self { plan, decisions: Ok(decisions) })
    }

    /// Reads an experiment, or a Kubernetes manifest with a Deployment, from a file. Other files are looked for beside it.
    ///
    /// # Errors
    /// As for [`from_yaml`](Self::from_yaml).
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, InputError> {
        Self::from_file_with(path, &Overrides::default())
    }

    /// Reads a file as [`from_file`](Self::from_file) does; `overrides` change the experiment as `--set` and its like do on
    /// the command line.
    ///
    /// # Errors
    /// As for [`from_yaml`](Self::from_yaml).
    pub fn from_file_with(path: impl AsRef<Path>, overrides: &Overrides) -> Result<Self, InputError> {
        let (plan, decisions) = Plan::load_cases(path.as_ref(), overrides)?;
        Ok(Self { plan, decisions: Ok(decisions) })
    }

    /// An experiment of scenarios that were built in code; they are numbered from 0 in their order. Seed and replications are
    /// those of an experiment that writes neither: 1 and 1000.
    ///
    /// # Errors
    /// When there is no scenario, when Kubernetes would refuse a Deployment, when [`Scenario::check`] finds a fault, when the
    /// scenarios have parameters with different paths, or when some have traffic and others have none.
    pub fn from_scenarios(
        name: impl Into<String>,
        scenarios: impl IntoIterator<Item = Scenario>,
    ) -> Result<Self, InputError> {
        let plan = Plan::of_scenarios(name.into(), scenarios.into_iter().collect())?;
        let decisions = Decision::between(&plan.name, &plan.scenarios).map_err(RunError::NoChoice);
        Ok(Self { plan, decisions })
    }

    /// Takes another seed. Experiments with different seeds use independent random numbers.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.plan.seed = seed;
        self
    }

    /// Stratifies the random numbers in groups of replications, as `sampling: stratified` does in an experiment
    /// (Latin hypercube sampling): most means and rates then have narrower limits, which come from the spread of the groups.
    /// Recommendations have independent replications all the same.
    ///
    /// The size of a group follows from the experiment's replications. [`RunOptions::replications`] does not change it, so that
    /// [`record`](Self::record) and [`trace`](Self::trace) repeat the rollouts of every run.
    ///
    /// # Errors
    /// When the experiment has too few replications.
    pub fn with_stratified_sampling(mut self) -> Result<Self, InputError> {
        self.plan.stratify()?;
        Ok(self)
    }

    /// Adds an objective, such as `p95 duration_s <= 600` or `availability: 90%`, as an experiment writes it. The second one
    /// also sets the least share of the replicas that should be available in every scenario.
    ///
    /// # Errors
    /// When the text is no objective, when it is a second one of availability, or when it is about requests and the experiment
    /// has no traffic.
    pub fn with_objective(mut self, text: &str) -> Result<Self, InputError> {
        if let Some(share) = self.plan.add_objective(text)? {
            let decisions = self.decisions.iter_mut().flatten();
            let decided = decisions.flat_map(|one| one.case.alternatives.iter_mut().chain(&mut one.own));
            self.plan.scenarios.iter_mut().chain(decided).for_each(|one| one.availability_objective = share);
        }
        Ok(self)
    }

    /// The name of the experiment; without one, that of the Deployment.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.plan.name
    }

    /// The scenarios in the order of their numbers.
    #[must_use]
    pub fn scenarios(&self) -> &[Scenario] {
        &self.plan.scenarios
    }

    /// What the results are held against.
    #[must_use]
    pub fn objectives(&self) -> &[Objective] {
        &self.plan.objectives
    }

    /// What a reader should know before trusting the numbers, in sentences.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.plan.notes
    }

    /// Everything that was read, as the commands of `rollcast` use it.
    #[doc(hidden)]
    #[must_use]
    pub const fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Runs every scenario on all cores with the default options.
    ///
    /// # Errors
    /// When the operating system gives no threads.
    pub fn run(&self) -> Result<Vec<Forecast>, RunError> {
        self.run_with(RunOptions::default())
    }

    /// Runs every scenario. Where the experiment names a baseline, the other scenarios are compared with it under common
    /// random numbers.
    ///
    /// # Errors
    /// When the progress function asks for the end, when the number of replications is out of range, or when the operating
    /// system gives no threads.
    pub fn run_with(&self, options: RunOptions<'_>) -> Result<Vec<Forecast>, RunError> {
        let plan = self.plan_for(options.replications)?;
        let stop = AtomicBool::new(false);
        let effort = Effort { threads: options.threads, stop: &stop };
        let mut watch = options.watch;
        let mut progress = Progress { done: 0, most: plan.scenarios.len() as u64 * u64::from(plan.replications) };
        let mut forecasts = Vec::with_capacity(plan.scenarios.len());
        run_plan(
            &plan,
            effort,
            KnownBlocks::default(),
            |_, _, _| Vec::new(),
            |block| {
                progress.done += block.records.len() as u64;
                if watch.as_mut().is_some_and(|watch| watch(progress).is_break()) {
                    stop.store(true, Ordering::Relaxed);
                }
                Ok::<(), Infallible>(())
            },
            |mut forecast| {
                if options.drop_records {
                    forecast.records = Vec::new();
                }
                forecasts.push(forecast);
            },
        )?;
        Ok(forecasts)
    }

    /// Runs replication number `replication` (from 0) of a scenario and reports every fact to `observer`. Every
    /// replication has random numbers of its own that depend on the seed and its number alone, so this repeats the
    /// replication that [`run`](Self::run) made.
    ///
    /// # Errors
    /// When there is no scenario of that number.
    pub fn replicate<O: Observer>(&self, scenario: u32, replication: u32, observer: &mut O) -> Result<Span, RunError> {
        Ok(self.simulator().run(self.scenario(scenario)?, replication, observer))
    }

    /// The record of one replication, as in [`Forecast::records`].
    ///
    /// # Errors
    /// When there is no scenario of that number.
    pub fn record(&self, scenario: u32, replication: u32) -> Result<Record, RunError> {
        let scenario = self.scenario(scenario)?;
        let mut meter = Meter::default();
        meter.begin(scenario);
        let span = self.simulator().run(scenario, replication, &mut meter);
        Ok(meter.finish(scenario, span))
    }

    /// The event log of one replication, as `rollcast trace` prints it: until the rollout is over and the last pod that it
    /// asked to go is gone.
    ///
    /// # Errors
    /// When there is no scenario of that number.
    pub fn trace(&self, scenario: u32, replication: u32) -> Result<Vec<Line>, RunError> {
        let scenario = self.scenario(scenario)?;
        let mut trace = Trace::of(scenario);
        self.simulator().run_until_drained(scenario, replication, &mut trace);
        Ok(trace.into_lines())
    }

    /// The differences of scenario `second` from scenario `first`, replication by replication under common random numbers.
    ///
    /// # Errors
    /// When there is no scenario of one of the numbers, or when the operating system gives no threads.
    pub fn compare(&self, first: u32, second: u32) -> Result<Vec<Difference>, RunError> {
        let scenarios = vec![self.scenario(first)?.clone(), self.scenario(second)?.clone()];
        let scopes = [Scope::of(&scenarios[0]), Scope::of(&scenarios[1])];
        let plan = Plan { scenarios, ..self.plan.clone() };
        let stop = AtomicBool::new(false);
        let effort = Effort { threads: 0, stop: &stop };
        let records = records(&plan, effort, |_| ())?;
        let group = plan.sampling.group();
        let mut differences =
            analysis::sampled_differences((&records[0], &scopes[0]), (&records[1], &scopes[1]), group);
        widen_differences(&plan, effort, &mut differences)?;
        Ok(differences)
    }

    /// The best strategy that meets the objectives, for every world that the experiment sweeps. The strategies are those that
    /// it sweeps, or some around the manifest's own where it sweeps none. Without an objective about available pods, that 95 of 100
    /// rollouts keep 90 % of them is asked for besides, except where a volume keeps new pods from running beside old ones; without
    /// any objective also that rollouts complete and do not stall. Where available pods may fail after a rollout has
    /// succeeded, the objectives include what comes then.
    ///
    /// Scenarios that were built in code belong to the same world when they have the same values of all parameters that name
    /// no strategy (see [`ScenarioBuilder::parameter`]). A scenario that is alone in its world counts as the manifest's own,
    /// unless the parameters name a strategy.
    ///
    /// # Errors
    /// When scenarios that were built in code have the same world by their parameters and differ in more than the strategy, or
    /// when the operating system gives no threads.
    pub fn recommend(&self, criterion: Criterion) -> Result<Vec<Recommendation>, RunError> {
        let question = Question {
            criterion,
            confidence: CONFIDENCE,
            indifference: None,
            replications: self.plan.replications,
            ceiling: CEILING,
            exhaustive: false,
        };
        let mut decisions = self.decisions.clone()?;
        let mut plan = self.plan.clone();
        plan.look_beyond_success(&mut decisions);
        let objectives = plan.ask(&decisions).objectives;
        let strategies = decisions.iter().map(recommend::most_strategies).max().unwrap_or(1);
        let replicator = Replicator::new(self.plan.seed, 0, strategies, question.replications)
            .map_err(|error| RunError::Threads(error.to_string()))?;
        Ok(decisions
            .iter()
            .map(|decision| recommend::recommend(decision, &objectives, &question, &replicator))
            .collect())
    }

    fn simulator(&self) -> Simulator {
        Simulator::sampled(self.plan.seed, self.plan.sampling)
    }

    fn scenario(&self, number: u32) -> Result<&Scenario, RunError> {
        self.plan.scenarios.iter().find(|known| known.id == number).ok_or(RunError::NoScenario(number))
    }

    fn plan_for(&self, replications: Option<u32>) -> Result<Plan, RunError> {
        match replications {
            None if self.plan.replications > MAX_AT_ONCE => Err(RunError::Replications(self.plan.replications)),
            None => Ok(self.plan.clone()),
            Some(count) if count > 0 && count <= MAX_AT_ONCE => {
                if let Some(group) = self.plan.sampling.group().filter(|group| count / group < FEWEST_GROUPS) {
                    return Err(RunError::Groups { replications: count, least: FEWEST_GROUPS * group });
                }
                Ok(Plan { replications: count, precision: None, ..self.plan.clone() })
            }
            Some(count) => Err(RunError::Replications(count)),
        }
    }
}
