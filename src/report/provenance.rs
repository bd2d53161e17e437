//! What a report says of a sweep besides its results: where they come from and which objectives they are compared with.

use serde_json::Value;

use super::event;
use crate::plan::{Caveats, ClusterObjective, Objective, ObjectiveError, Plan, Premise, Present, Skipped};

/// What a plan or a `datapackage.json` says of a sweep.
#[derive(Clone, Debug, PartialEq)]
pub struct Provenance {
    /// Name of the experiment.
    pub name: String,
    /// Version of rollcast that ran it.
    pub version: String,
    /// Seed.
    pub seed: u64,
    /// Replications of each scenario.
    pub replications: u64,
    /// Replications in a group, where the random numbers are stratified in groups.
    pub group: Option<u64>,
    /// Paths of the swept parameters.
    pub parameters: Vec<String>,
    /// Points that were refused.
    pub skipped: Vec<Skipped>,
    /// The objectives that the results are compared with.
    pub objectives: Vec<Objective>,
    /// Those that a cluster is compared with.
    pub cluster_objectives: Vec<ClusterObjective>,
    /// Files that were read: path and SHA-256.
    pub inputs: Vec<(String, String)>,
    /// What the user should know before trusting the numbers.
    pub notes: Vec<String>,
    /// The caveats of every answer.
    pub caveats: Caveats,
    /// The values that the scenarios rest on.
    pub premises: Vec<Premise>,
    /// The strategy that runs now, and the scenarios that have it.
    pub present: Option<Present>,
    /// What one run is called.
    pub noun: String,
    /// What happens, as headings; empty where all are rollouts.
    pub events: Vec<String>,
}

impl Provenance {
    /// What `plan` says.
    #[must_use]
    pub fn of(plan: &Plan) -> Self {
        Self {
            name: plan.name.clone(),
            version: env!("CARGO_PKG_VERSION").into(),
            seed: plan.seed,
            replications: plan.replications.into(),
            group: plan.sampling.group().map(u64::from),
            parameters: plan.parameters.clone(),
            skipped: plan.skipped.clone(),
            objectives: plan.objectives.clone(),
            cluster_objectives: plan.cluster_objectives.clone(),
            inputs: plan.inputs.iter().map(|input| (input.path.clone(), input.sha256.clone())).collect(),
            notes: plan.notes.clone(),
            caveats: plan.caveats.clone(),
            premises: plan.premises.clone(),
            present: plan.present.clone(),
            noun: event::noun(plan).into(),
            events: event::titles(plan),
        }
    }

    /// What the `datapackage.json` of a sweep over `parameters` says.
    ///
    /// # Errors
    /// The key that is missing or has no meaning.
    pub fn read(package: &Value, parameters: Vec<String>) -> Result<Self, ProvenanceError> {
        let rollcast = &package["rollcast"];
        Ok(Self {
            name: text(package, "title")?,
            version: text(rollcast, "version")?,
            seed: number(rollcast, "seed")?,
            replications: number(rollcast, "replications")?,
            group: group(&rollcast["sampling"])?,
            parameters,
            skipped: list(rollcast, "skipped")?.iter().map(skipped).collect::<Result<_, _>>()?,
            objectives: objectives(rollcast)?,
            cluster_objectives: cluster_objectives(rollcast)?,
            inputs: list(rollcast, "inputs")?
                .iter()
                .map(|input| Ok((text(input, "path")?, text(input, "sha256")?)))
                .collect::<Result<_, ProvenanceError>>()?,
            notes: texts(rollcast, "notes")?,
            caveats: caveats(&rollcast["caveats"])?,
            premises: premises(&rollcast["sources"])?,
            present: present(&rollcast["present"])?,
            noun: rollcast["event"]["noun"].as_str().unwrap_or(event::ROLLOUT).into(),
            events: titles(&rollcast["event"]),
        })
    }
}

/// Why a `datapackage.json` does not say where its results come from.
#[derive(Debug, thiserror::Error)]
pub enum ProvenanceError {
    /// A key is missing, or its value is of another kind.
    #[error("{key} is not {wanted}")]
    Key {
        /// The key.
        key: &'static str,
        /// What its value should be.
        wanted: &'static str,
    },
    /// The swept parameters of a refused point are no map of texts.
    #[error("skipped parameters are not {0}")]
    Skipped(&'static str),
    /// The caveats have another form.
    #[error("caveats: {0}")]
    Caveats(serde_json::Error),
    /// The values that the results rest on have another form.
    #[error("sources: {0}")]
    Sources(serde_json::Error),
    /// The strategy that runs now has another form.
    #[error("present: {0}")]
    Present(serde_json::Error),
    /// A text is no objective.
    #[error(transparent)]
    Objective(#[from] ObjectiveError),
}

/// Replications in a group; a package without `sampling`, or with that of a control variate, has independent replications.
fn group(sampling: &Value) -> Result<Option<u64>, ProvenanceError> {
    match sampling {
        sampling if sampling["stratified"].is_null() => Ok(None),
        sampling => number(&sampling["stratified"], "group").map(Some),
    }
}

fn caveats(value: &Value) -> Result<Caveats, ProvenanceError> {
    if value.is_null() {
        return Ok(Caveats::default());
    }
    serde_json::from_value(value.clone()).map_err(ProvenanceError::Caveats)
}

/// A package of an older rollcast names none.
fn premises(value: &Value) -> Result<Vec<Premise>, ProvenanceError> {
    if value.is_null() {
        return Ok(Vec::new());
    }
    serde_json::from_value(value.clone()).map_err(ProvenanceError::Sources)
}

fn present(value: &Value) -> Result<Option<Present>, ProvenanceError> {
    serde_json::from_value(value.clone()).map_err(ProvenanceError::Present)
}

fn text(value: &Value, key: &'static str) -> Result<String, ProvenanceError> {
    value[key].as_str().map(str::to_owned).ok_or(ProvenanceError::Key { key, wanted: "a text" })
}

fn number(value: &Value, key: &'static str) -> Result<u64, ProvenanceError> {
    value[key].as_u64().ok_or(ProvenanceError::Key { key, wanted: "a whole number" })
}

fn list<'a>(value: &'a Value, key: &'static str) -> Result<&'a [Value], ProvenanceError> {
    value[key].as_array().map(Vec::as_slice).ok_or(ProvenanceError::Key { key, wanted: "a list" })
}

/// The headings of the events; none where all are rollouts.
fn titles(value: &Value) -> Vec<String> {
    let titles = value["titles"].as_array().into_iter().flatten();
    titles.filter_map(|title| title.as_str().map(str::to_owned)).collect()
}

/// The objectives, which are about what follows the end too where runs were followed beyond it.
fn objectives(rollcast: &Value) -> Result<Vec<Objective>, ProvenanceError> {
    let texts = texts(rollcast, "objectives")?;
    let mut objectives: Vec<Objective> = texts.iter().map(|text| Objective::parse(text)).collect::<Result<_, _>>()?;
    if rollcast["observed"] == true {
        objectives.iter_mut().for_each(Objective::include_what_follows);
    }
    Ok(objectives)
}

/// None in a package without a world, or of an older rollcast.
fn cluster_objectives(rollcast: &Value) -> Result<Vec<ClusterObjective>, ProvenanceError> {
    if rollcast["clusterObjectives"].is_null() {
        return Ok(Vec::new());
    }
    let texts = texts(rollcast, "clusterObjectives")?;
    Ok(texts.iter().map(|text| ClusterObjective::parse(text)).collect::<Result<_, _>>()?)
}

fn texts(value: &Value, key: &'static str) -> Result<Vec<String>, ProvenanceError> {
    let wrong = ProvenanceError::Key { key, wanted: "a list of texts" };
    let texts: Option<_> = list(value, key)?.iter().map(|item| item.as_str().map(str::to_owned)).collect();
    texts.ok_or(wrong)
}

fn skipped(value: &Value) -> Result<Skipped, ProvenanceError> {
    let parameters = value["parameters"].as_object().ok_or(ProvenanceError::Skipped("a map"))?;
    let pair = |(path, value): (&String, &Value)| {
        value.as_str().map(|value| (path.clone(), value.to_owned())).ok_or(ProvenanceError::Skipped("texts"))
    };
    Ok(Skipped { parameters: parameters.iter().map(pair).collect::<Result<_, _>>()?, reason: text(value, "reason")? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Direction, PremiseSource, Present, Unmodelled};
    use crate::report::datapackage;
    use crate::report::tests::fixture;

    #[test]
    fn the_data_package_says_all_of_it() {
        let (mut plan, _) = fixture::sweep(&["0", "25%"], &["0", "1"], &[]);
        plan.objectives = vec![Objective::parse("p95 duration_s <= 1m").unwrap()];
        plan.cluster_objectives = vec![ClusterObjective::parse("cluster p99 peak_cpu_cores <= 40").unwrap()];
        plan.notes.push("<b>&".into());
        plan.stratify().unwrap();
        plan.caveats.assumed.push("Secret tls is taken to exist".into());
        plan.caveats.unmodelled.push(Unmodelled {
            object: "Deployment web".into(),
            field: "spec.x".into(),
            effect: "nobody counts it".into(),
            direction: Direction::Either,
            decides: true,
            assumed: false,
            scenarios: vec![0, 2],
        });
        plan.premises.push(Premise {
            key: "pods.warmUp".into(),
            value: "{lognormal: {p50: 38s, p99: 75s}}".into(),
            seconds: Some([38.0, 75.0]),
            source: PremiseSource::Measured,
            from: "a.yaml".into(),
            line: Some(3),
            measured: Some(120),
            off: false,
            scenarios: vec![1],
        });
        let strategy = vec![("maxSurge".into(), "25%".into())];
        plan.present = Some(Present {
            kind: None,
            deployment: "web".into(),
            namespace: "shop".into(),
            cpu_millis: 600,
            memory_bytes: 1 << 30,
            strategy,
            scenarios: vec![2],
        });
        let package = serde_json::from_slice(&datapackage::datapackage(&plan, &[], None)).unwrap();
        assert_eq!(Provenance::read(&package, plan.parameters.clone()).unwrap(), Provenance::of(&plan));
    }

    #[test]
    fn what_is_missing_is_named() {
        let error = Provenance::read(&serde_json::json!({"title": "x", "rollcast": {"version": "1"}}), Vec::new());
        assert_eq!(error.unwrap_err().to_string(), "seed is not a whole number");
    }
}
