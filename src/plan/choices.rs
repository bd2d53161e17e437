//! A plan to choose a strategy from: its scenarios in groups that differ in nothing else, and what runs now.

use std::path::{Path, PathBuf};

use super::chosen::{WORKLOAD, chosen_of, is_chosen};
use super::load::{Overrides, Plan};
use crate::input::{Experiment, InputError, InputFile, PodRequests, Problem, Resolved};
use crate::k8s::objects::DeploymentSpec;
use crate::scenario::Scenario;

/// The namespace of what writes none.
const NO_NAMESPACE: &str = "default";

/// What a person can choose between: alternatives that differ in strategy alone. They are scenarios to be run, or
/// results.
#[derive(Clone, Debug, PartialEq)]
pub struct Case<T> {
    /// The other swept parameters, which all alternatives share: path and value as written.
    pub parameters: Vec<(String, String)>,
    /// The alternatives.
    pub alternatives: Vec<T>,
}

/// A case before it is run, with the strategy that runs now.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// The strategies of the sweep; none where it sweeps none. Their parameters are those of the strategy alone.
    pub case: Case<Scenario>,
    /// Its kind, such as `Deployment`.
    pub kind: &'static str,
    /// Name of the Deployment, or of the set.
    pub deployment: String,
    /// Its namespace; `default` where none is written.
    pub namespace: String,
    /// What one of its pods requests.
    pub requests: PodRequests,
    /// With the strategy of the manifest; `None` where Kubernetes or the cluster would refuse that.
    pub own: Option<Scenario>,
}

impl Decision {
    /// The scenarios to choose among, and the one that runs now.
    pub fn scenarios(&self) -> impl Iterator<Item = &Scenario> {
        self.case.alternatives.iter().chain(&self.own)
    }

    /// The decisions between `scenarios` that were built in code, which all have parameters with the same paths, for a
    /// Deployment of this name. A scenario that is alone in its world has the strategy that runs now, unless the parameters name
    /// a strategy. Alternatives whose parameters name none get parameters that do.
    ///
    /// # Errors
    /// In a sentence, when scenarios of one case differ in more than the strategy.
    pub fn between(deployment: &str, scenarios: &[Scenario]) -> Result<Vec<Self>, String> {
        let swept = scenarios.iter().flat_map(|one| &one.parameters).any(|(path, _)| is_chosen(path));
        let cases = Case::group(scenarios, |one| one.parameters.as_slice());
        cases.into_iter().map(|case| Self::of_built(deployment, case, swept)).collect()
    }

    fn of_built(deployment: &str, case: Case<&Scenario>, swept: bool) -> Result<Self, String> {
        let Case { parameters, alternatives: built } = case;
        if let Some(first) = built.first() {
            built.iter().try_for_each(|other| same_world(first, other))?;
        }
        let mut own = None;
        let mut alternatives = Vec::new();
        match built[..] {
            [only] if !swept => own = Some(Scenario { parameters: Vec::new(), ..only.clone() }),
            _ => {
                let named = |one: &Scenario| {
                    if swept { split(&one.parameters).0 } else { strategy_parameters(one, &built) }
                };
                let named = |one: &&Scenario| Scenario { parameters: named(one), ..(*one).clone() };
                alternatives.extend(built.iter().map(named));
            }
        }
        let case = Case { parameters, alternatives };
        let requests = PodRequests::default();
        let kind = built.first().map_or("Deployment", |one| one.kind());
        Ok(Self { case, kind, deployment: deployment.to_owned(), namespace: NO_NAMESPACE.into(), requests, own })
    }
}

/// Checks that two scenarios of one case differ in the strategy alone.
fn same_world(first: &Scenario, other: &Scenario) -> Result<(), String> {
    let deployment = DeploymentSpec {
        strategy: first.deployment.strategy,
        min_ready_seconds: first.deployment.min_ready_seconds,
        progress_deadline_seconds: first.deployment.progress_deadline_seconds,
        ..other.deployment
    };
    let parameters = first.parameters.clone();
    let other = match (first.set(), other.set()) {
        (Some(first), Some(set)) => &other.with_set(set.with_strategy_of(&first)),
        _ => &Scenario { deployment, ..other.clone() },
    };
    let chosen_alike = Scenario { id: first.id, parameters, ..other.clone() };
    if chosen_alike == *first {
        return Ok(());
    }
    Err(format!(
        "scenario {} and scenario {} differ in more than the strategy, and their parameters give them the same world: give \
         both a parameter that names the difference, such as .parameter(\"start\", \"fast\") and .parameter(\"start\", \"slow\")",
        first.id, other.id
    ))
}

/// Parameters that name the strategy of `one` among `all`: the limits of the rolling update, and the other fields of a strategy
/// where `all` differ in them.
fn strategy_parameters(one: &Scenario, all: &[&Scenario]) -> Parameters {
    let spec = &one.deployment;
    let differs = |field: &dyn Fn(&DeploymentSpec) -> Option<i32>| {
        all.iter().any(|other| field(&other.deployment) != field(spec))
    };
    let mut parameters = chosen_of(spec, one.set().as_ref());
    if differs(&|spec| Some(spec.min_ready_seconds)) {
        parameters.push(("minReadySeconds".into(), spec.min_ready_seconds.to_string()));
    }
    if differs(&|spec| spec.progress_deadline_seconds) {
        let deadline = spec.progress_deadline_seconds.unwrap_or(i32::MAX);
        parameters.push(("progressDeadlineSeconds".into(), deadline.to_string()));
    }
    parameters
}

impl<T> Case<T> {
    /// Groups `alternatives` with these swept `parameters` into cases, in order of the first of each.
    pub fn group<'a>(
        alternatives: impl IntoIterator<Item = T>,
        parameters: impl Fn(&T) -> &'a [(String, String)],
    ) -> Vec<Self> {
        let mut cases: Vec<Self> = Vec::new();
        for one in alternatives {
            let shared = split(parameters(&one)).1;
            match cases.iter_mut().find(|case| case.parameters == shared) {
                Some(case) => case.alternatives.push(one),
                None => cases.push(Self { parameters: shared, alternatives: vec![one] }),
            }
        }
        cases
    }
}

/// Swept parameters: path and value of each.
type Parameters = Vec<(String, String)>;

/// The parameters of a scenario that describe the world in which a strategy is chosen. The name of the only workload says nothing.
#[must_use]
pub fn world_of(scenario: &Scenario) -> Vec<(String, String)> {
    let mut others = split(&scenario.parameters).1;
    others.retain(|(path, _)| path != WORKLOAD || scenario.has_neighbours());
    others
}

/// The parameters of the strategy, and the others.
fn split(parameters: &[(String, String)]) -> (Parameters, Parameters) {
    parameters.iter().cloned().partition(|(path, _)| is_chosen(path))
}

impl Plan {
    /// Reads an experiment, or a bare manifest, like [`Plan::load`], and its cases to choose in.
    ///
    /// # Errors
    /// See [`Plan::load`].
    pub fn load_cases(path: &Path, overrides: &Overrides) -> Result<(Self, Vec<Decision>), InputError> {
        Self::load_cases_of_all(&[path.into()], overrides)
    }

    /// As [`Plan::load_cases`], from several files, as for [`Plan::load_all`].
    ///
    /// # Errors
    /// See [`Plan::load_all`].
    pub fn load_cases_of_all(paths: &[PathBuf], overrides: &Overrides) -> Result<(Self, Vec<Decision>), InputError> {
        Self::decisions_of(&InputFile::read(paths)?, overrides)
    }

    /// As [`Plan::load_cases`], from `text`; files that it names are looked for in `folder`.
    ///
    /// # Errors
    /// See [`Plan::load`].
    pub fn parse_cases(text: &str, folder: &Path, overrides: &Overrides) -> Result<(Self, Vec<Decision>), InputError> {
        Self::decisions_of(&InputFile::of_text(text, folder)?, overrides)
    }

    pub(super) fn decisions_of(root: &InputFile, overrides: &Overrides) -> Result<(Self, Vec<Decision>), InputError> {
        root.read_all(|| Self::decisions_of_root(root, overrides))
    }

    fn decisions_of_root(root: &InputFile, overrides: &Overrides) -> Result<(Self, Vec<Decision>), InputError> {
        let read = || Self::experiment(root, overrides);
        let mut experiment = read()?;
        let mut plan = Self::resolve(&mut experiment)?;
        plan.inputs = experiment.inputs()?;
        plan.assume(overrides);
        plan.overrides.files = root.names();
        let mut decisions = decisions(&mut read()?)?;
        for scenario in plan.scenarios.iter().filter(|one| one.parameters.iter().any(|(path, _)| is_chosen(path))) {
            let (strategy, shared) = (split(&scenario.parameters).0, world_of(scenario));
            if let Some(one) = decisions.iter_mut().find(|one| one.case.parameters == shared) {
                one.case.alternatives.push(Scenario { parameters: strategy, ..scenario.clone() });
            }
        }
        decisions.retain(|one| !one.case.alternatives.is_empty() || one.own.is_some());
        Ok((plan, decisions))
    }
}

/// Every point of the sweep without its strategies.
fn decisions(experiment: &mut Experiment<'_>) -> Result<Vec<Decision>, InputError> {
    let mut frame = experiment.frame()?;
    frame.sweep.axes.retain(|axis| !is_chosen(&axis.path));
    let mut decisions = Vec::new();
    let kind = experiment.kind();
    for number in 0..frame.sweep.points() {
        experiment.move_to(&frame.sweep, number)?;
        let values = frame.sweep.texts(number);
        let parameters = frame.sweep.axes.iter().map(|axis| axis.path.clone()).zip(values).collect();
        let case = Case { parameters, alternatives: Vec::new() };
        decisions.push(match experiment.only(frame.objectives.availability) {
            Ok(Resolved { scenario, name: deployment, namespace, requests, .. }) => {
                Decision { case, kind: scenario.kind(), deployment, namespace, requests, own: Some(scenario) }
            }
            Err(Problem::Refused(_)) => {
                let (deployment, namespace) = ("NAME".into(), NO_NAMESPACE.into());
                Decision { case, kind, deployment, namespace, requests: PodRequests::default(), own: None }
            }
            Err(Problem::Input(error)) => return Err(error),
        });
    }
    Ok(decisions)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn load(text: &str) -> Vec<Decision> {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let file = folder.path().join("experiment.yaml");
        let template = "{template: {spec: {containers: [{name: app, image: app}]}}, minReadySeconds: 7}";
        fs::write(&file, format!("deployment: {{metadata: {{name: web}}, spec: {template}}}\n{text}")).expect("room");
        Plan::load_cases(&file, &Overrides::default()).expect("a valid experiment").1
    }

    #[test]
    fn strategies_are_grouped_by_what_is_not_chosen() {
        let cases = load("sweep: {replicas: [4, 8], maxSurge: [1, 2], deployment.minReadySeconds: [0]}");
        assert_eq!(cases.len(), 2);
        assert_eq!(cases[1].case.parameters, [("replicas".into(), "8".into())]);
        assert_eq!(cases[1].case.alternatives.len(), 2);
        assert_eq!(cases[1].case.alternatives[1].parameters[0], ("maxSurge".into(), "2".into()));
        let own = cases[1].own.as_ref().expect("the manifest is valid");
        assert_eq!((own.deployment.replicas, own.deployment.min_ready_seconds), (8, 7));
        assert_eq!(cases[1].deployment, "web");
    }

    #[test]
    fn without_a_swept_strategy_there_is_the_own_one_alone() {
        let cases = load("sweep: {pods.new.crash: [0, 1%]}");
        assert_eq!(cases.len(), 2);
        assert!(cases.iter().all(|case| case.case.alternatives.is_empty() && case.own.is_some()));
        assert_eq!(load("").len(), 1);
    }
}
