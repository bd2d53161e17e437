//! A plan: the scenarios of an experiment as they are read, and what the command line changed in it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::caveats::Caveats;
use super::cells::Cells;
use super::chosen::WORKLOAD;
use super::lint;
use super::piece::Piece;
use super::premises::Premises;
use super::present::Present;
use crate::approximation::Approximation;
use crate::input::{
    At, Chosen, ClusterObjective, Experiment, Frame, Input, InputCopy, InputError, InputFile, Objective, Objectives,
    Precision, Premise, Problem, Resolved, Tree, stratified,
};
use crate::metrics::{About, Columns, Figure, Measure};
use crate::random::Sampling;
use crate::scenario::{Scenario, World};
use crate::stats::{Confidence, confidence_of_each};

/// What a reader of rows and statistics must know where a control variate is used.
const CONTROLLED: &str = "sampling: controlled: mean and restricted mean of duration_s are estimated with a control variate where that is \
     better, and are then not the means of the rows";

/// Most findings that are listed one by one.
const MAX_FINDINGS: usize = 10;

/// Most reasons that are listed why no point of a sweep is valid.
const MAX_REASONS: usize = 5;

/// What a sweep will run.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Name of the experiment; without one, that of the Deployment.
    pub name: String,
    /// Paths of the swept parameters, in the order of their CSV columns.
    pub parameters: Vec<String>,
    /// The valid points, in the sweep's order.
    pub scenarios: Vec<Scenario>,
    /// Points that Kubernetes or the cluster would refuse.
    pub skipped: Vec<Skipped>,
    /// Replications of each scenario; the most where a precision is asked for.
    pub replications: u32,
    /// Replicate until the results are as precise as this.
    pub precision: Option<Precision>,
    /// How the random numbers of the replications depend on one another. Recommendations have independent ones in any case.
    pub sampling: Sampling,
    /// Number of the scenario that the others are compared with.
    pub baseline: Option<u32>,
    /// The baseline in each cell, where `baseline` describes one by some of the swept parameters.
    pub cells: Option<Cells>,
    /// The strategy that runs now; `None` where that is not known, as for scenarios that were built in code.
    pub present: Option<Present>,
    /// Seed.
    pub seed: u64,
    /// What the results must meet.
    pub objectives: Vec<Objective>,
    /// What the cluster must meet that several workloads share.
    pub cluster_objectives: Vec<ClusterObjective>,
    /// Files that were read.
    pub inputs: Vec<Input>,
    /// What the user should know before trusting the numbers: defaults that matter, kinds that were ignored.
    pub notes: Vec<String>,
    /// What every answer repeats, however short it is.
    pub caveats: Caveats,
    /// The values that the scenarios rest on, in the order of the table of keys. Scenarios that were built in code have none.
    pub premises: Vec<Premise>,
    /// What the command line changed.
    pub overrides: Overrides,
    /// The part that this is of a divided sweep.
    pub shard: Option<Shard>,
    /// Valid points that are not simulated, but predicted from the others.
    pub predicted: Vec<Scenario>,
    /// What is run, where that is not everything: a part of a divided sweep.
    pub pieces: Option<Vec<Piece>>,
}

/// One of the parts of a divided sweep, which take about as long as each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shard {
    /// Number of the shard, from 0.
    pub number: u32,
    /// How many there are.
    pub of: u32,
}

/// A point of the sweep that Kubernetes or the cluster would refuse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Swept parameters: path and value as written.
    pub parameters: Vec<(String, String)>,
    /// Why it is invalid.
    pub reason: String,
}

/// What the command line changes in an experiment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Overrides {
    /// The names under which several files that were given are among the inputs, in order, which come first there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
    /// `--deployment [NAMESPACE/]NAME`; with nothing after the slash by `--namespace` alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deployment: Option<String>,
    /// `--set path=value`, in order: paths as in a sweep, values as in YAML.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub set: Vec<(String, String)>,
    /// What is taken from the events of the input where nobody writes it: path, value, and what it was fitted to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub told: Vec<(String, String, String)>,
    /// `--seed`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// `--replications`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replications: Option<u64>,
    /// `--assume FIELD`, in order: fields that are not modelled and are accepted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub assume: Vec<String>,
    /// `--what-if`
    #[serde(skip_serializing_if = "Runs::is_auto")]
    pub what_if: Runs,
    /// All Deployments of the input are meant, as workloads of one world.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub world: bool,
    /// `--fill`: the share of the scenarios that is simulated, in thousandths.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fill: Option<u32>,
    /// `--check` has followed runs beyond their end, because available pods may fail.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub beyond_success: bool,
}

/// Which what-if runs are made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Runs {
    /// Those that do not take long.
    #[default]
    Auto,
    /// None.
    None,
    /// All, however long they take.
    All,
}

impl Runs {
    const fn is_auto(&self) -> bool {
        matches!(self, Self::Auto)
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

impl Overrides {
    /// All of them as paths and values.
    fn settings(&self) -> Vec<(String, String, String)> {
        let option = |path: &str, value: Option<String>, name: &str| {
            value.map(|value| (path.to_owned(), value.clone(), format!("--{name} {value}")))
        };
        let mut settings: Vec<_> = self
            .set
            .iter()
            .map(|(path, value)| (path.clone(), value.clone(), format!("--set {path}={value}")))
            .collect();
        settings.extend(option("seed", self.seed.map(|seed| seed.to_string()), "seed"));
        settings.extend(option("replications", self.replications.map(|count| count.to_string()), "replications"));
        settings
    }
}

/// Paths of the swept parameters, and the workload where there are several.
fn parameters(frame: &Frame, is_world: bool) -> Vec<String> {
    let swept = frame.sweep.axes.iter().map(|axis| axis.path.clone());
    swept.chain(is_world.then(|| WORKLOAD.to_owned())).collect()
}

/// Every reason once, with the number of points that it concerns: the first point's may be that point's alone.
fn no_point_is_valid(skipped: &[Skipped]) -> String {
    let mut reasons: Vec<(&str, usize)> = Vec::new();
    for point in skipped {
        match reasons.iter_mut().find(|(known, _)| *known == point.reason) {
            Some((_, points)) => *points += 1,
            None => reasons.push((&point.reason, 1)),
        }
    }
    let more = reasons.len().saturating_sub(MAX_REASONS);
    let mut text = format!("none of the {} points of the sweep is valid", skipped.len());
    for (reason, points) in reasons.iter().take(MAX_REASONS) {
        text.push_str(&format!("\n  {points} of them: {reason}"));
    }
    if more > 0 {
        text.push_str(&format!("\n  and {more} more reasons"));
    }
    text
}

impl Plan {
    /// Reads an experiment, or a bare manifest, which runs with the defaults. `-` is standard input.
    ///
    /// # Errors
    /// Where something cannot be read or has no meaning, or where not a single point of the sweep is valid.
    pub fn load(path: &Path, overrides: &Overrides) -> Result<Self, InputError> {
        Self::load_all(&[path.into()], overrides)
    }

    /// Reads several files as one input: at most one experiment, and manifests, whose objects are taken together.
    ///
    /// # Errors
    /// As for [`Plan::load`], and where no file is given.
    pub fn load_all(paths: &[PathBuf], overrides: &Overrides) -> Result<Self, InputError> {
        Self::of(&InputFile::read(paths)?, overrides)
    }

    /// The same for an answer of which no result is written: [`Plan::inputs`] name the files, without what a result copies of them, which
    /// of a large cluster takes a fifth of the time.
    ///
    /// # Errors
    /// As for [`Plan::load_all`].
    pub fn load_to_answer(paths: &[PathBuf], overrides: &Overrides) -> Result<Self, InputError> {
        let root = InputFile::read(paths)?;
        root.read_all(|| Self::of_root(&root, overrides, |experiment| Ok(experiment.files_read())))
    }

    /// Reads files as a world: an experiment with `workloads`, or manifests, all of whose Deployments roll. Of an experiment about
    /// one Deployment all Deployments of its manifest are meant.
    ///
    /// # Errors
    /// As for [`Plan::load_all`], and where an experiment changes one Deployment alone.
    pub fn load_world(paths: &[PathBuf], overrides: &Overrides) -> Result<Self, InputError> {
        Self::load_all(paths, &Overrides { world: true, ..overrides.clone() })
    }

    /// The world that the scenarios of a point share; `None`: each Deployment is alone, or there is no such point.
    #[must_use]
    pub fn world(&self, point: usize) -> Option<&Arc<World>> {
        let first = |scenario: &&Scenario| scenario.world.as_ref().is_some_and(|own| own.workload == 0);
        let scenario = self.scenarios.iter().filter(first).nth(point)?;
        scenario.world.as_ref().map(|own| &own.world)
    }

    /// Reads an experiment, or a bare manifest, from `text`; files that it names are looked for in `folder`.
    ///
    /// # Errors
    /// As for [`Plan::load`].
    pub fn parse(text: &str, folder: &Path, overrides: &Overrides) -> Result<Self, InputError> {
        Self::of(&InputFile::of_text(text, folder)?, overrides)
    }

    /// Reads an experiment again from `copies` of its files, in the order of [`Plan::inputs`]. Notes on what was left out of
    /// the copies are missing.
    ///
    /// # Errors
    /// As for [`Plan::load`].
    pub fn reload(copies: &[InputCopy], overrides: &Overrides) -> Result<Self, InputError> {
        Self::of(&InputFile::read_again(copies, overrides.files.len().max(1))?, overrides)
    }

    /// Numbers of replications that a scenario may end with, ascending.
    #[must_use]
    pub fn looks(&self) -> Vec<u32> {
        self.precision.as_ref().map_or_else(|| vec![self.replications], |precision| precision.looks(self.replications))
    }

    /// The level of the limits of each look, so that those of all looks hold together with the confidence that precision
    /// targets ask for; the usual one where there are none.
    #[must_use]
    pub fn confidence_of_each_look(&self) -> Confidence {
        let precision = self.precision.as_ref();
        precision.map_or(Confidence::USUAL, |precision| confidence_of_each(&self.looks(), precision.confidence))
    }

    /// Stratifies the random numbers of the replications.
    ///
    /// # Errors
    /// When there are too few replications.
    pub(crate) fn stratify(&mut self) -> Result<(), InputError> {
        self.sampling = stratified(self.replications, self.precision.as_mut()).map_err(InputError::new)?;
        Ok(())
    }

    /// Which columns the results have, which are the same for all scenarios.
    #[must_use]
    pub fn columns(&self) -> Columns {
        self.scenarios.first().map_or(Columns::default(), Columns::of)
    }

    /// Whether requests to the pods are measured: in all scenarios or in none.
    #[must_use]
    pub fn has_traffic(&self) -> bool {
        self.columns().traffic
    }

    pub(super) fn of(root: &InputFile, overrides: &Overrides) -> Result<Self, InputError> {
        root.read_all(|| Self::of_root(root, overrides, |experiment| experiment.inputs()))
    }

    fn of_root(
        root: &InputFile,
        overrides: &Overrides,
        inputs: impl Fn(&Experiment) -> Result<Vec<Input>, InputError>,
    ) -> Result<Self, InputError> {
        let mut experiment = Self::experiment(root, overrides)?;
        let mut plan = Self::resolve(&mut experiment)?;
        plan.inputs = inputs(&experiment)?;
        plan.assume(overrides);
        plan.overrides.files = root.names();
        if let Some(thousandths) = overrides.fill {
            plan.fill(thousandths)?;
        }
        Ok(plan)
    }

    /// Takes up the command line, with what it accepts.
    pub(super) fn assume(&mut self, overrides: &Overrides) {
        let idle = self.caveats.assume(&overrides.assume);
        self.notes.extend(idle.into_iter().map(|field| {
            format!(
                "--assume {field}: no such field is set in the input and not modelled, so that this changes nothing"
            )
        }));
        let told = std::mem::take(&mut self.overrides.told);
        self.overrides = Overrides { told, ..overrides.clone() };
        if overrides.beyond_success {
            self.look_beyond_success(&mut []);
        }
    }

    pub(super) fn experiment<'r>(root: &'r InputFile, overrides: &Overrides) -> Result<Experiment<'r>, InputError> {
        let deployment = overrides.deployment.as_deref();
        let tree = if overrides.world { root.world_tree(deployment) } else { root.tree(deployment) };
        let mut experiment = Self::experiment_of(root, tree?, overrides)?;
        experiment.take_told(&overrides.told)?;
        Ok(experiment)
    }

    /// The experiment of a tree, with what the command line changes in it.
    pub(super) fn experiment_of<'r>(
        root: &'r InputFile,
        tree: Tree,
        overrides: &Overrides,
    ) -> Result<Experiment<'r>, InputError> {
        let mut experiment = Experiment::new(tree, root.files())?;
        for (path, value, origin) in overrides.settings() {
            experiment.set_text(&path, &value, &origin)?;
        }
        Ok(experiment)
    }

    pub(super) fn resolve(experiment: &mut Experiment<'_>) -> Result<Self, InputError> {
        let frame = experiment.frame()?;
        let mut plan = Self {
            name: frame.name.clone().unwrap_or_default(),
            parameters: parameters(&frame, experiment.is_world()),
            scenarios: Vec::new(),
            skipped: Vec::new(),
            replications: frame.replications,
            precision: frame.precision.clone(),
            sampling: frame.sampling,
            baseline: None,
            cells: None,
            present: None,
            seed: frame.seed,
            objectives: frame.objectives.list.clone(),
            cluster_objectives: cluster_objectives(&frame.objectives, experiment.is_world())?,
            inputs: Vec::new(),
            notes: Vec::new(),
            caveats: Caveats::default(),
            premises: Vec::new(),
            overrides: Overrides { told: experiment.told().to_vec(), ..Overrides::default() },
            shard: None,
            predicted: Vec::new(),
            pieces: None,
        };
        let mut premises = Premises::default();
        let several = experiment.is_world() && !experiment.is_one_set();
        let own = if several { None } else { Present::read(experiment, &frame) };
        for number in 0..frame.sweep.points() {
            experiment.move_to(&frame.sweep, number)?;
            let values = frame.sweep.texts(number);
            let mut parameters: Vec<(String, String)> = plan.parameters.iter().cloned().zip(values).collect();
            experiment.charge_parameters(&parameters)?;
            match experiment.members(frame.objectives.availability) {
                Ok(members) => {
                    plan.name_world(&members);
                    for mut resolved in members {
                        premises.take(plan.next_id(), std::mem::take(&mut resolved.premises));
                        plan.take(resolved, parameters.clone());
                    }
                }
                Err(Problem::Refused(reason)) => {
                    if experiment.is_world() {
                        parameters.push((WORKLOAD.to_owned(), "all".to_owned()));
                    }
                    plan.skipped.push(Skipped { parameters, reason });
                }
                Err(Problem::Input(error)) => return Err(error),
            }
        }
        plan.premises = premises.of_all(plan.scenarios.len());
        plan.present = own.map(|own| own.among(&plan.scenarios, &plan.parameters));
        plan.note_findings();
        plan.include_what_follows();
        let mut plan = plan.checked()?;
        if let Some(baseline) = &frame.baseline {
            match baseline.choose(&plan.parameters, &plan.scenarios)? {
                Chosen::One(id) => plan.baseline = Some(id),
                Chosen::InEachCell(named) => plan.cells = Some(Cells::of(named, &plan.scenarios)),
            }
            plan.note_cells();
        }
        Ok(plan)
    }

    /// The number of the scenario that is read next.
    fn next_id(&self) -> u32 {
        u32::try_from(self.scenarios.len()).unwrap_or(u32::MAX)
    }

    /// Several workloads without a name for the experiment are called by their number.
    fn name_world(&mut self, members: &[Resolved]) {
        let world = members.first().and_then(|first| first.scenario.world.as_ref()).map(|own| &own.world);
        if let Some(world) = world.filter(|world| self.name.is_empty() && world.workloads.len() > 1) {
            self.name = format!("{} {}s", world.workloads.len(), world.kind());
        }
    }

    fn take(&mut self, resolved: Resolved, mut parameters: Vec<(String, String)>) {
        let id = self.next_id();
        parameters.extend(resolved.scenario.world.as_ref().map(|membership| {
            let workload = &membership.world.workloads[usize::from(membership.workload)];
            (WORKLOAD.to_owned(), workload.name.clone())
        }));
        let mut scenario = Scenario { id, parameters, ..resolved.scenario };
        self.scenarios.last().into_iter().for_each(|before| scenario.cluster.join(&before.cluster));
        self.scenarios.push(scenario);
        if self.name.is_empty() {
            self.name = resolved.name;
        }
        self.caveats.take(id, resolved.unmodelled, resolved.assumed);
        for note in resolved.notes {
            if !self.notes.contains(&note) {
                self.notes.push(note);
            }
        }
    }

    /// Notes every finding once, with the scenarios that it is about.
    pub(super) fn note_findings(&mut self) {
        if self.sampling.is_controlled() {
            self.notes.push(CONTROLLED.into());
        }
        let mut found: Vec<(String, Vec<u32>)> = Vec::new();
        for scenario in &self.scenarios {
            for text in lint::findings(scenario) {
                match found.iter_mut().find(|(known, _)| *known == text) {
                    Some((_, scenarios)) => scenarios.push(scenario.id),
                    None => found.push((text, vec![scenario.id])),
                }
            }
        }
        let more = found.len().saturating_sub(MAX_FINDINGS);
        let several = self.scenarios.len() > 1;
        self.notes.extend(found.into_iter().take(MAX_FINDINGS).map(|(text, scenarios)| match scenarios[..] {
            [first] if several => format!("scenario {first}: {text}"),
            [first, ..] if several => format!("scenario {first} and {} more: {text}", scenarios.len() - 1),
            _ => text,
        }));
        if more > 0 {
            self.notes.push(format!("{more} more findings like these"));
        }
    }

    pub(super) fn checked(self) -> Result<Self, InputError> {
        match self.skipped.first() {
            Some(first) if self.scenarios.is_empty() && self.parameters.iter().all(|path| path == WORKLOAD) => {
                Err(InputError::new(first.reason.clone()))
            }
            Some(_) if self.scenarios.is_empty() => Err(InputError::new(no_point_is_valid(&self.skipped))),
            _ => self.check_columns().and_then(|()| self.check_sampling()).map(|()| self),
        }
    }

    /// Refuses a control variate where a scenario has none.
    fn check_sampling(&self) -> Result<(), InputError> {
        if self.sampling.is_controlled() && !self.scenarios.iter().all(Approximation::is_for) {
            return Err(InputError::new(
                "`sampling: controlled` is for the rolling update of one Deployment: write `sampling: plain`",
            ));
        }
        Ok(())
    }

    /// Adds an objective, such as `p95 duration_s <= 600` or `availability: 90%`. The second one gives the least share of the
    /// replicas that should be available, which is for the caller to set in the scenarios.
    ///
    /// # Errors
    /// When the text is no objective, when it is a second one of availability, or when it is about requests and there is no
    /// traffic.
    pub(crate) fn add_objective(&mut self, text: &str) -> Result<Option<f64>, InputError> {
        let read = Objective::parse_with_floor(text).map_err(|error| InputError::new(error.to_string()))?;
        let (objective, floor) = read;
        if floor.is_some() && self.objectives.iter().any(Objective::is_availability) {
            return Err(InputError::new(format!("`{text}` is a second availability objective: give one alone")));
        }
        self.objectives.push(objective);
        self.include_what_follows();
        self.check_columns().map(|()| floor)
    }

    /// Nothing is asked about stalled rollouts where there is no progress deadline.
    fn check_stalls(&self) -> Result<(), InputError> {
        let objectives = self.objectives.iter().map(|objective| (objective.figure, &objective.text));
        let targets = self.precision.iter().flat_map(|precision| &precision.targets);
        let mut wanted = objectives.chain(targets.map(|target| (target.figure, &target.text)));
        let of_stalls = |figure: &Figure| matches!(figure.measure, Measure::Rate(rate) if rate.is_of_stalls());
        match wanted.find(|(figure, _)| of_stalls(figure)) {
            Some((_, text)) if !self.scenarios.iter().any(Scenario::can_stall) => Err(InputError::new(format!(
                "`{text}` is about rollouts that stall, and without a progress deadline none does (a StatefulSet has none): ask about \
                 completed_rate or unfinished_rate"
            ))),
            _ => Ok(()),
        }
    }

    /// Columns are the same for all scenarios, and nothing is asked of what is not simulated.
    fn check_columns(&self) -> Result<(), InputError> {
        self.check_stalls()?;
        let Columns { traffic, after, placement, tools, .. } = self.columns();
        if self.scenarios.iter().any(|scenario| scenario.observes() != after) {
            return Err(InputError::new(
                "some scenarios have `observe` and some have none: give it to all, with `observe: 1s` where little is wanted"
                    .to_owned(),
            ));
        }
        if self.scenarios.iter().any(|scenario| scenario.placement.is_some() != placement) {
            return Err(InputError::new("some scenarios have `placement: true` and some have not: give it to all"));
        }
        if self.scenarios.iter().any(|scenario| Columns::of(scenario).tools != tools) {
            return Err(InputError::new(
                "some scenarios ask with `done` for other tools than others: give it to all alike",
            ));
        }
        if self.scenarios.iter().any(|scenario| scenario.traffic.is_some() != traffic) {
            return Err(InputError::new(
                "some scenarios have `traffic` and some have none: give it to all, with `rate: 0` where none is wanted",
            ));
        }
        let objectives = self.objectives.iter().map(|objective| (objective.figure, &objective.text));
        let targets = self.precision.iter().flat_map(|precision| &precision.targets);
        let mut wanted = objectives.chain(targets.map(|target| (target.figure, &target.text)));
        if let Some((_, text)) = wanted.clone().find(|(figure, _)| figure.measure.about() == About::After)
            && !after
        {
            return Err(InputError::new(format!(
                "`{text}` is about what comes after the end, but there is no `observe`: add it, such as observe: 10m"
            )));
        }
        if let Some((_, text)) = wanted.clone().find(|(figure, _)| figure.measure.about() == About::Placement)
            && !placement
        {
            return Err(InputError::new(format!(
                "`{text}` is about where the pods stand at the end, which is not asked for: add placement: true"
            )));
        }
        let is_of_silent = |about| matches!(about, About::Tool(tool) if !tools[tool as usize]);
        if let Some((_, text)) = wanted.clone().find(|(figure, _)| is_of_silent(figure.measure.about())) {
            return Err(InputError::new(format!(
                "`{text}` is about what a tool says, which is not asked for: add it to done, such as done: [helm-3]"
            )));
        }
        match wanted.find(|(figure, _)| figure.measure.about() == About::Traffic) {
            Some((_, text)) if !traffic => Err(InputError::new(format!(
                "`{text}` is about requests, but there is no `traffic`: add it, such as traffic: {{rate: 400, capacity: 100}}",
            ))),
            _ => Ok(()),
        }
    }
}

/// The objectives about the cluster, which only several workloads share.
fn cluster_objectives(objectives: &Objectives, is_world: bool) -> Result<Vec<ClusterObjective>, InputError> {
    let of = |(text, at): &(String, At)| {
        if !is_world {
            return Err(at.error(format!(
                "`{text}` is about a cluster that several workloads share: write `workloads`, or leave `cluster` out for the one \
                 Deployment"
            )));
        }
        ClusterObjective::parse(text).map_err(|problem| at.error(problem.to_string()))
    };
    objectives.of_cluster.iter().map(of).collect()
}
