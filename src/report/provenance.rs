//! What a report says of a sweep beside its results: whence they come and what they are held against.

use serde_json::{Map, Value};

use crate::plan::{Caveats, Objective, Plan, Skipped};

/// A sweep, as its plan or its `datapackage.json` has it.
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
    /// Paths of the swept parameters.
    pub parameters: Vec<String>,
    /// Points that were refused.
    pub skipped: Vec<Skipped>,
    /// What the results are held against.
    pub objectives: Vec<Objective>,
    /// Files that were read: path and SHA-256.
    pub inputs: Vec<(String, String)>,
    /// What the user should know before trusting the numbers.
    pub notes: Vec<String>,
    /// What stands beside every answer.
    pub caveats: Caveats,
}

impl Provenance {
    /// What `plan` is about.
    #[must_use]
    pub fn of(plan: &Plan) -> Self {
        Self {
            name: plan.name.clone(),
            version: env!("CARGO_PKG_VERSION").into(),
            seed: plan.seed,
            replications: plan.replications.into(),
            parameters: plan.parameters.clone(),
            skipped: plan.skipped.clone(),
            objectives: plan.objectives.clone(),
            inputs: plan.inputs.iter().map(|input| (input.path.clone(), input.sha256.clone())).collect(),
            notes: plan.notes.clone(),
            caveats: plan.caveats.clone(),
        }
    }

    /// What a `datapackage.json` says, of a sweep over `parameters`.
    ///
    /// # Errors
    /// The key that is missing or has no meaning.
    pub fn read(package: &Value, parameters: Vec<String>) -> Result<Self, String> {
        let rollcast = &package["rollcast"];
        Ok(Self {
            name: text(package, "title")?,
            version: text(rollcast, "version")?,
            seed: number(rollcast, "seed")?,
            replications: number(rollcast, "replications")?,
            parameters,
            skipped: list(rollcast, "skipped")?.iter().map(skipped).collect::<Result<_, _>>()?,
            objectives: texts(rollcast, "objectives")?.iter().map(|o| Objective::parse(o)).collect::<Result<_, _>>()?,
            inputs: list(rollcast, "inputs")?
                .iter()
                .map(|input| Ok((text(input, "path")?, text(input, "sha256")?)))
                .collect::<Result<_, String>>()?,
            notes: texts(rollcast, "notes")?,
            caveats: caveats(&rollcast["caveats"])?,
        })
    }
}

fn caveats(value: &Value) -> Result<Caveats, String> {
    if value.is_null() {
        return Ok(Caveats::default());
    }
    serde_json::from_value(value.clone()).map_err(|error| format!("caveats: {error}"))
}

fn text(value: &Value, key: &str) -> Result<String, String> {
    value[key].as_str().map(str::to_owned).ok_or_else(|| format!("{key} is not a text"))
}

fn number(value: &Value, key: &str) -> Result<u64, String> {
    value[key].as_u64().ok_or_else(|| format!("{key} is not a whole number"))
}

fn list<'a>(value: &'a Value, key: &str) -> Result<&'a [Value], String> {
    value[key].as_array().map(Vec::as_slice).ok_or_else(|| format!("{key} is not a list"))
}

fn texts(value: &Value, key: &str) -> Result<Vec<String>, String> {
    let text = |item: &Value| item.as_str().map(str::to_owned).ok_or_else(|| format!("{key} is not a list of texts"));
    list(value, key)?.iter().map(text).collect()
}

fn skipped(value: &Value) -> Result<Skipped, String> {
    let parameters: &Map<String, Value> = value["parameters"].as_object().ok_or("skipped parameters are not a map")?;
    let pair = |(path, value): (&String, &Value)| {
        value.as_str().map(|value| (path.clone(), value.to_owned())).ok_or("skipped parameters are not texts")
    };
    Ok(Skipped { parameters: parameters.iter().map(pair).collect::<Result<_, _>>()?, reason: text(value, "reason")? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Direction, Unmodelled};
    use crate::report::datapackage;
    use crate::report::tests::fixture;

    #[test]
    fn the_data_package_says_all_of_it() {
        let (mut plan, _) = fixture::sweep(&["0", "25%"], &["0", "1"], &[]);
        plan.objectives = vec![Objective::parse("p95 duration_s <= 1m").unwrap()];
        plan.notes.push("<b>&".into());
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
        let package = serde_json::from_slice(&datapackage::datapackage(&plan, &[])).unwrap();
        assert_eq!(Provenance::read(&package, plan.parameters.clone()), Ok(Provenance::of(&plan)));
    }

    #[test]
    fn what_is_missing_is_named() {
        let error = Provenance::read(&serde_json::json!({"title": "x", "rollcast": {"version": "1"}}), Vec::new());
        assert_eq!(error, Err("seed is not a whole number".into()));
    }
}
