//! `datapackage.json`: the Frictionless description of a result folder, with everything that is needed to repeat it.
//!
//! Source: Data Package v2 (<https://datapackage.org/standard/data-package/>). `unit` of a field and the object
//! `rollcast` are additions, which the standard allows.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::build::Build;
use super::event;
use super::hash::sha256;
use super::inputs;
use super::json_text::escaped;
use crate::k8s::version::Version;
use crate::metrics::Metric;
use crate::plan::{Input, Plan, Skipped};

/// Type of a CSV column, as Table Schema names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldType {
    /// `integer`
    Integer,
    /// `number`
    Number,
    /// `string`
    String,
    /// `boolean`
    Boolean,
}

/// A CSV column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Column name.
    pub name: String,
    /// Type of its values.
    pub kind: FieldType,
    /// Unit; empty where there is none.
    pub unit: String,
    /// One sentence; may be empty.
    pub description: String,
    /// The only values it takes; empty: any.
    pub values: Vec<&'static str>,
}

/// What a file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Contents {
    /// CSV with these columns.
    Table(Vec<Field>),
    /// Parquet with these columns.
    Parquet(Vec<Field>),
    /// An SVG picture.
    Image,
    /// A PNG picture. The same picture is there as SVG.
    Png,
    /// A page in HTML.
    Page,
    /// Finished blocks, for `rollcast merge`.
    Blocks,
}

/// A file of the result folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// Path in the folder, with `/`.
    pub path: String,
    /// What it shows.
    pub title: String,
    /// What it holds.
    pub contents: Contents,
    /// Size.
    pub bytes: u64,
    /// SHA-256 in hexadecimal.
    pub sha256: String,
    /// The file was left out because of its size, and only its description is there.
    pub omitted: bool,
}

impl Field {
    /// A column; `unit` and `description` may be empty.
    #[must_use]
    pub fn new(name: &str, kind: FieldType, unit: &str, description: &str) -> Self {
        Self { name: name.into(), kind, unit: unit.into(), description: description.into(), values: Vec::new() }
    }

    /// The same column, confined to `values`.
    #[must_use]
    pub fn one_of(mut self, values: &[&'static str]) -> Self {
        self.values = values.to_vec();
        self
    }

    pub(super) fn of_metric(metric: &Metric) -> Self {
        let kind = if metric.unit.is_whole() { FieldType::Integer } else { FieldType::Number };
        Self::new(metric.name, kind, metric.unit.as_str(), metric.description)
    }

    fn json(&self) -> Value {
        let mut field = Map::new();
        field.insert("name".into(), json!(self.name));
        field.insert("type".into(), json!(self.kind.as_str()));
        if !self.unit.is_empty() {
            field.insert("unit".into(), json!(self.unit));
        }
        if !self.description.is_empty() {
            field.insert("description".into(), json!(self.description));
        }
        if !self.values.is_empty() {
            field.insert("constraints".into(), json!({ "enum": self.values }));
        }
        Value::Object(field)
    }
}

impl FieldType {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Integer => "integer",
            Self::Number => "number",
            Self::String => "string",
            Self::Boolean => "boolean",
        }
    }
}

/// The columns of the swept parameters: numbers where every scenario has one, else text such as `25%`.
#[must_use]
pub fn parameter_fields(plan: &Plan) -> Vec<Field> {
    let column = |(position, path): (usize, &String)| {
        let values = || plan.scenarios.iter().filter_map(move |s| s.parameters.get(position)).map(|(_, value)| value);
        let kind = if values().all(|value| value.parse::<i64>().is_ok()) {
            FieldType::Integer
        } else if values().all(|value| value.parse::<f64>().is_ok_and(f64::is_finite)) {
            FieldType::Number
        } else {
            FieldType::String
        };
        Field::new(path, kind, "", "Swept parameter, as written")
    };
    plan.parameters.iter().enumerate().map(column).collect()
}

/// What a command other than a sweep was asked, so that its result can be repeated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Asked {
    /// `rollcast capacity`: how many roll at once, each to be tried; none: they are searched.
    Capacity(Vec<u32>),
    /// `rollcast sensitivity`.
    Sensitivity(AskedSensitivity),
}

/// What `rollcast sensitivity` was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AskedSensitivity {
    /// The scenario.
    pub scenario: u32,
    /// What is varied, as it was written; none: everything that can be.
    pub factors: Vec<String>,
    /// Trajectories of the screening.
    pub trajectories: u32,
    /// Rows of the design for the indices.
    pub rows: u32,
}

impl Asked {
    /// The command.
    #[must_use]
    pub const fn command(&self) -> &'static str {
        match self {
            Self::Capacity(_) => "capacity",
            Self::Sensitivity(_) => "sensitivity",
        }
    }
}

/// `datapackage.json` for the files `resources`; `asked`: what a command other than a sweep was asked.
#[must_use]
pub fn datapackage(plan: &Plan, resources: &[Resource], asked: Option<&Asked>) -> Vec<u8> {
    let present: Vec<_> = resources.iter().filter(|r| !r.omitted).map(resource).collect();
    let mut package = json!({
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": slug(&plan.name),
        "title": plan.name,
        "resources": present,
        "rollcast": provenance(plan, resources),
    });
    if let Some(asked) = asked {
        package["rollcast"]["asked"] = json!(asked);
    }
    written(&package)
}

pub(super) fn written(package: &Value) -> Vec<u8> {
    format!("{}\n", escaped(&format!("{package:#}"))).into_bytes()
}

/// A `datapackage.json` as another build would have written it. `None` is a build that says nothing of itself.
///
/// # Errors
/// When `bytes` are no JSON.
pub fn as_of(bytes: &[u8], build: Option<&Build>) -> serde_json::Result<Vec<u8>> {
    let mut package: Value = serde_json::from_slice(bytes)?;
    if let Some(rollcast) = package["rollcast"].as_object_mut() {
        match build {
            Some(build) => drop(rollcast.insert("build".into(), json!(build))),
            None => drop(rollcast.shift_remove("build")),
        }
    }
    Ok(written(&package))
}

/// Whether `bytes` are a `datapackage.json` that rollcast wrote.
#[must_use]
pub fn is_ours(bytes: &[u8]) -> bool {
    serde_json::from_slice::<Value>(bytes).is_ok_and(|package| package["rollcast"]["version"].is_string())
}

/// Paths of the files that a `datapackage.json` lists. There are none where rollcast did not write it.
#[must_use]
pub(super) fn files(bytes: &[u8]) -> BTreeSet<String> {
    let package: Value = serde_json::from_slice(bytes).unwrap_or_default();
    let rollcast = &package["rollcast"];
    if !is_ours(bytes) {
        return BTreeSet::new();
    }
    let lists = [(&package["resources"], "path"), (&rollcast["omitted"], "path"), (&rollcast["inputs"], "copy")];
    let paths = lists.into_iter().flat_map(|(list, key)| {
        list.as_array().into_iter().flatten().filter_map(move |file| file[key].as_str().map(str::to_owned))
    });
    paths.collect()
}

/// The version of Kubernetes whose rules were taken; several where scenarios differ in it.
fn kubernetes(plan: &Plan) -> String {
    let versions: BTreeSet<Version> =
        plan.scenarios.iter().map(|scenario| scenario.control_plane.kubernetes.version()).collect();
    if versions.is_empty() {
        return Version::NEWEST.to_string();
    }
    versions.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn provenance(plan: &Plan, resources: &[Resource]) -> Value {
    let skipped: Vec<_> = plan.skipped.iter().map(skipped).collect();
    let mut rollcast = json!({
        "version": env!("CARGO_PKG_VERSION"),
        "build": Build::this(),
        "kubernetes": kubernetes(plan),
        "overrides": plan.overrides,
        "seed": plan.seed,
        "replications": plan.replications,
        "scenarios": plan.scenarios.len(),
        "skipped": skipped,
        "inputs": plan.inputs.iter().zip(inputs::places(&plan.inputs)).map(input).collect::<Vec<_>>(),
        "objectives": plan.objectives.iter().map(|o| &o.text).collect::<Vec<_>>(),
        "notes": plan.notes,
    });
    if !plan.cluster_objectives.is_empty() {
        let texts = plan.cluster_objectives.iter().map(|one| &one.text);
        rollcast["clusterObjectives"] = json!(texts.collect::<Vec<_>>());
    }
    let (noun, titles) = (event::noun(plan), event::titles(plan));
    if !titles.is_empty() {
        rollcast["event"] = json!({ "noun": noun, "titles": titles });
    }
    if plan.columns().after {
        rollcast["observed"] = json!(true);
    }
    if !plan.caveats.is_empty() {
        rollcast["caveats"] = json!(plan.caveats);
    }
    if !plan.premises.is_empty() {
        rollcast["sources"] = json!(plan.premises);
    }
    if let Some(group) = plan.sampling.group() {
        rollcast["sampling"] = json!({ "stratified": { "group": group } });
    } else if plan.sampling.is_controlled() {
        rollcast["sampling"] = json!({ "controlled": true });
    }
    if let Some(precision) = &plan.precision {
        rollcast["precision"] = json!({
            "confidence": precision.confidence.level(),
            "targets": precision.targets.iter().map(|target| &target.text).collect::<Vec<_>>(),
            "looks": precision.looks(plan.replications),
        });
    }
    if let Some(baseline) = plan.baseline {
        rollcast["baseline"] = json!(baseline);
    }
    if let Some(present) = &plan.present {
        rollcast["present"] = json!(present);
    }
    if let Some(cells) = &plan.cells {
        rollcast["baselines"] = json!(cells.ids());
    }
    if let Some(shard) = plan.shard {
        rollcast["shard"] = json!(shard);
    }
    let omitted: Vec<_> = resources.iter().filter(|r| r.omitted).map(resource).collect();
    if !omitted.is_empty() {
        rollcast["omitted"] = Value::Array(omitted);
    }
    rollcast
}

/// An input. Where its copy has only a part of it, the size and hash of the copy are added.
fn input((input, copy): (&Input, String)) -> Value {
    let mut json = json!({ "path": input.path, "copy": copy, "bytes": input.bytes, "sha256": input.sha256 });
    if input.reduced {
        json["copyBytes"] = json!(input.copy.len());
        json["copySha256"] = json!(sha256(&input.copy));
    }
    json
}

fn skipped(point: &Skipped) -> Value {
    let parameters: Map<_, _> = point.parameters.iter().map(|(path, value)| (path.clone(), json!(value))).collect();
    json!({ "parameters": parameters, "reason": point.reason })
}

pub(super) fn resource(resource: &Resource) -> Value {
    let stem = resource.path.rsplit_once('.').map_or(&*resource.path, |(stem, _)| stem);
    // The standard wants unique names. The SVG has the name without an ending.
    let name = if resource.contents == Contents::Png { format!("{stem}-png") } else { stem.to_owned() };
    let mut json = json!({
        "name": slug(&name),
        "title": resource.title,
        "path": resource.path,
    });
    let (format, mediatype, schema) = match &resource.contents {
        Contents::Table(fields) => ("csv", "text/csv", Some(fields)),
        Contents::Parquet(fields) => ("parquet", "application/vnd.apache.parquet", Some(fields)),
        Contents::Image => ("svg", "image/svg+xml", None),
        Contents::Png => ("png", "image/png", None),
        Contents::Page => ("html", "text/html", None),
        Contents::Blocks => ("bin", "application/octet-stream", None),
    };
    if schema.is_some() {
        json["type"] = json!("table");
    }
    json["format"] = json!(format);
    json["mediatype"] = json!(mediatype);
    if !matches!(resource.contents, Contents::Blocks | Contents::Parquet(_) | Contents::Png) {
        json["encoding"] = json!("utf-8");
    }
    json["bytes"] = json!(resource.bytes);
    json["hash"] = json!(format!("sha256:{}", resource.sha256));
    if let Some(fields) = schema {
        json["schema"] = json!({ "fields": fields.iter().map(Field::json).collect::<Vec<_>>() });
    }
    json
}

/// A name as the standard wants it: lower case, digits, `.`, `_` and `-`.
fn slug(name: &str) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '_') { c.to_ascii_lowercase() } else { '-' };
    let slug: String = name.chars().map(safe).collect();
    let slug = slug.trim_matches('-');
    if slug.is_empty() { "experiment".into() } else { slug.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::fixture::{self, golden};
    use crate::report::{replications, summary};

    fn resources(plan: &Plan) -> Vec<Resource> {
        let file = |path: &str, contents, omitted| Resource {
            path: path.into(),
            title: "Title".into(),
            contents,
            bytes: 12,
            sha256: "ab".repeat(32),
            omitted,
        };
        vec![
            file(
                "replications.csv",
                Contents::Table(replications::fields(parameter_fields(plan), plan.columns())),
                true,
            ),
            file("summary.csv", Contents::Table(summary::summary_fields(plan)), false),
            file("charts/ecdf.svg", Contents::Image, false),
        ]
    }

    #[test]
    fn describes_files_and_what_repeats_them() {
        let (plan, _) = fixture::sweep(&["0", "25%"], &["0", "1"], &[]);
        let bytes = datapackage(&plan, &resources(&plan), None);
        assert!(is_ours(&bytes));
        let [commit, toolchain, lock_file] = ["COMMIT", "TOOLCHAIN", "LOCK FILE"].map(str::to_owned);
        let bytes = as_of(&bytes, Some(&Build { commit, toolchain, lock_file })).unwrap();
        let version = format!("\"version\": \"{}\"", env!("CARGO_PKG_VERSION"));
        let text = String::from_utf8(bytes).unwrap().replace(&version, "\"version\": \"VERSION\"");
        golden("datapackage.json", text.as_bytes());
    }

    #[test]
    fn another_build_changes_its_own_block_alone() {
        let (plan, _) = fixture::sweep(&["0", "25%"], &["0", "1"], &[]);
        let ours = datapackage(&plan, &resources(&plan), None);
        let other = Build { commit: "x".into(), ..Build::this() };
        let theirs = as_of(&ours, Some(&other)).unwrap();
        assert_ne!(ours, theirs);
        assert_eq!(as_of(&theirs, Some(&Build::this())).unwrap(), ours);
        let silent = as_of(&ours, None).unwrap();
        let lines = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap().lines().count();
        assert_eq!(lines(&ours) - lines(&silent), 5);
        assert_eq!(as_of(&silent, None).unwrap(), silent);
    }

    #[test]
    fn foreign_packages_are_not_ours() {
        for foreign in ["", "{}", "[]", r#"{"rollcast": 1}"#, r#"{"name": "rollcast"}"#] {
            assert!(!is_ours(foreign.as_bytes()), "{foreign}");
        }
    }

    #[test]
    fn columns_are_numbers_only_where_all_values_are() {
        let kinds = |values: &[&str]| {
            let (plan, _) = fixture::sweep(values, &["2"], &[]);
            parameter_fields(&plan)[0].kind
        };
        assert_eq!(kinds(&["1", "3"]), FieldType::Integer);
        assert_eq!(kinds(&["1", "0.5"]), FieldType::Number);
        assert_eq!(kinds(&["1", "25%"]), FieldType::String);
        assert_eq!(kinds(&["1", "inf"]), FieldType::String);
    }

    #[test]
    fn names_are_what_the_standard_allows() {
        for (name, expected) in
            [("Web API (v2)", "web-api--v2"), ("../x", "..-x"), ("日本", "experiment"), ("", "experiment")]
        {
            assert_eq!(slug(name), expected);
        }
    }
}
