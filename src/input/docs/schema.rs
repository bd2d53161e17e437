//! The JSON Schema of experiments, made from the rows of the keys.

use serde_json::{Map, Value, json};

use crate::input::experiment::objective;
use crate::input::keys::defaults::TABLE;
use crate::input::keys::deployment::{DEPLOYMENT_FIELDS, STATEFUL_SET_FIELDS};
use crate::input::keys::distributions::DISTRIBUTION;
use crate::input::keys::distributions::FAMILIES;
use crate::input::keys::key::{Form, Key, Section};
use crate::input::keys::paths::swept;
use crate::input::keys::root::{RANGE, ROOT};
use crate::metrics::{CLUSTER_RATES, RolloutRate, Statistic};

/// The schema (JSON Schema 2020-12). It knows every key, and the form of every value; what depends on other values (two
/// percentiles, a path that a sweep names, room on the nodes) is checked when the experiment is read.
#[must_use]
pub fn schema() -> Value {
    let mut schema = object(&ROOT, "");
    schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    schema["title"] = json!("rollcast experiment");
    schema["type"] = json!("object");
    schema["anyOf"] = json!([{"required": ["deployment"]}, {"required": ["statefulSet"]}, {"required": ["daemonSet"]}, {"required": ["workloads"]}]);
    schema["$defs"] = json!({"duration": duration(), "distribution": latency(), "share": share()});
    schema
}

/// The form of a key's value. `path` is the key's from the top of an experiment.
fn form(form: &Form, path: &str) -> Value {
    match form {
        Form::Text => json!({"type": "string"}),
        Form::KubernetesVersion => json!({"type": ["string", "number"]}),
        Form::Texts => json!({"type": "array", "minItems": 1, "items": {"type": "string"}}),
        Form::Flag => json!({"type": "boolean"}),
        Form::True => json!({"const": true}),
        Form::Duration => reference("duration"),
        Form::Distribution => reference("distribution"),
        Form::PerContainer => json!({"anyOf": [
            reference("distribution"), {"type": "object", "additionalProperties": reference("distribution")},
        ]}),
        Form::DistributionOrNever => json!({"anyOf": [{"const": "never"}, reference("distribution")]}),
        Form::Share => reference("share"),
        Form::Ratio => json!({"type": ["number", "string"], "examples": ["20%"]}),
        Form::Utilisation => json!({"type": ["string", "number"], "examples": ["80%"]}),
        Form::Weight => json!({"type": ["number", "string"]}),
        Form::Size => json!({"type": ["string", "integer"], "examples": ["150MB", "1.2GiB"]}),
        Form::Amount => json!({"type": ["string", "number"]}),
        Form::IntOrPercent => json!({"type": ["integer", "string"], "minimum": 0, "pattern": "^[0-9]+%$"}),
        Form::Whole(least, most) => whole(*least, *most),
        Form::WholeOrNone(least, most) => unless_none(whole(*least, *most)),
        Form::Numbers(least, most) => json!({"type": "array", "minItems": 1, "items": whole(*least, *most)}),
        Form::Factor(least, most) => json!({"type": "number", "minimum": least, "maximum": most}),
        Form::Number => json!({"type": "number"}),
        Form::Rate => json!({"type": "number", "minimum": 1e-6, "maximum": 1e6}),
        Form::RequestCapacity => {
            json!({"type": "number", "minimum": 0, "description": "Requests per second of one warm pod"})
        }
        Form::RequestRate(section) => {
            let forms = [requests(), object(section, path)];
            json!({"anyOf": forms, "description": "Requests per second, all pods together"})
        }
        Form::Curve => {
            let point = json!({"type": "array", "prefixItems": [reference("duration"), requests()], "minItems": 2});
            json!({"type": "array", "minItems": 1, "items": point})
        }
        Form::Words(words) => json!({"enum": words}),
        Form::Map(section) => object(section, path),
        Form::MapOrNone(section) => unless_none(object(section, path)),
        Form::Version(section, path) => object(section, path),
        Form::Deployment(section) => {
            json!({"anyOf": [{"type": "string", "description": "Path of a manifest"}, object(section, path)]})
        }
        Form::List(section) => json!({"type": "array", "items": object(section, "")}),
        Form::FilledList(section) => json!({"type": "array", "minItems": 1, "items": object(section, "")}),
        Form::Steps(section) => json!({"type": ["array", "null"], "items": object(section, "")}),
        Form::Object => json!({"type": "object"}),
        Form::Objects => json!({"type": "array", "items": {"type": "object"}}),
        Form::Either(forms) => {
            json!({"anyOf": forms.iter().map(|one| self::form(one, path)).collect::<Vec<_>>()})
        }
        Form::Sweep(section) => sweep(section),
        Form::Zip => json!({"type": "array", "items": {"type": "array", "items": {"type": "string"}}}),
        Form::Baseline => {
            json!({"type": ["integer", "object"], "minimum": 0, "description": "Scenario to compare with"})
        }
        Form::Objectives(section) => objectives(section),
        Form::Targets => json!({"type": ["array", "object", "string"]}),
        Form::Family(section, percentiles) => family(section, *percentiles),
        Form::Components(section) => json!({"type": "array", "minItems": 1, "items": object(section, "")}),
        Form::Waves => {
            let names = json!({"type": "array", "minItems": 1, "items": {"type": "string"}});
            json!({"type": "array", "minItems": 1, "items": names})
        }
        Form::Values => json!({"type": "array", "minItems": 1, "items": {"type": ["string", "number"]}}),
    }
}

/// A map of these keys and no others; without a value it is absent. `above` is its path.
fn object(section: &Section, above: &str) -> Value {
    let (patterns, properties): (Map<_, _>, Map<_, _>) =
        properties(section, above).into_iter().partition(|(name, _)| name.contains('*'));
    let mut object = json!({"type": ["object", "null"], "properties": properties, "additionalProperties": false});
    if !patterns.is_empty() {
        let expression = |name: String| format!("^{}$", name.replace('*', ".+"));
        object["patternProperties"] = patterns.into_iter().map(|(name, form)| (expression(name), form)).collect();
    }
    object
}

fn properties(section: &Section, above: &str) -> Map<String, Value> {
    let property = |key: &'static Key| {
        let path = if above.is_empty() { key.name.to_owned() } else { format!("{above}.{}", key.name) };
        (key.name.to_owned(), described(form(&key.form, &path), key, &path))
    };
    section.keys().map(property).collect()
}

/// With the sentence of the key at `path`, and its default with the source, where it has one: what an editor shows of it.
fn described(mut form: Value, key: &Key, path: &str) -> Value {
    let row = TABLE.iter().find(|row| row.field == path);
    let default = match (row, key.api_default) {
        (Some(row), _) => format!(" Default {}. {}", row.value, row.source),
        (None, Some(value)) => format!(" Default {value}. Kubernetes default"),
        (None, None) => String::new(),
    };
    if let Some(map) = form.as_object_mut() {
        map.insert("description".into(), json!(format!("{}{default}", key.about)));
    }
    form
}

fn unless_none(form: Value) -> Value {
    json!({"anyOf": [{"const": "none"}, form]})
}

fn requests() -> Value {
    json!({"type": "number", "minimum": 0, "maximum": 1e9})
}

fn whole(least: u64, most: u64) -> Value {
    match most {
        u64::MAX => json!({"type": "integer", "minimum": least}),
        most => json!({"type": "integer", "minimum": least, "maximum": most}),
    }
}

fn sweep(section: &Section) -> Value {
    let literal = |names: &[&str]| names.join("|");
    let mut bare = DEPLOYMENT_FIELDS.names();
    bare.extend(STATEFUL_SET_FIELDS.names().into_iter().filter(|name| DEPLOYMENT_FIELDS.key(name).is_none()));
    let path = format!("^(({})|({})(\\..+)?)$", literal(&bare), literal(&swept()));
    let about = "The values that the key at this path takes, as a list or a range.";
    let values = json!({"anyOf": [{"type": "array", "minItems": 1}, object(&RANGE, "")], "description": about});
    json!({
        "type": ["object", "null"],
        "properties": properties(section, ""),
        "patternProperties": {path: values},
        "additionalProperties": false,
    })
}

fn objectives(section: &Section) -> Value {
    let statistics = objective::STATISTICS.map(Statistic::as_str).join("|");
    let rates = RolloutRate::ASKED.map(RolloutRate::name).join("|");
    let of_cluster = CLUSTER_RATES.iter().map(|rate| rate.name).collect::<Vec<_>>().join("|");
    let of_cluster = format!("cluster +(({statistics}) +[a-z_]+|({of_cluster}))");
    let left = format!("^(({statistics}) +[a-z_]+|({rates})|{of_cluster})");
    let text = json!({"type": "string", "pattern": format!("{left} *(<=|>=) *[^ ]+$")});
    let about = "The limit of this figure, such as <= 10m.";
    let limit = json!({"type": "string", "pattern": "^ *(<=|>=) *[^ ]+$", "description": about});
    let map = json!({
        "type": "object",
        "properties": properties(section, ""),
        "patternProperties": {format!("{left}$"): limit},
        "additionalProperties": false,
    });
    json!({"anyOf": [text, map, {"type": "array", "items": {"anyOf": [text, map]}}, {"type": "null"}]})
}

/// A distribution: a plain length of time, or a map of one family and what may modify it.
fn latency() -> Value {
    let mut map = object(&DISTRIBUTION, "");
    map["oneOf"] = FAMILIES.names().iter().map(|name| json!({ "required": [name] })).collect();
    map["type"] = json!("object");
    json!({"anyOf": [reference("duration"), map]})
}

fn family(section: &Section, percentiles: bool) -> Value {
    let mut family = object(section, "");
    if percentiles {
        let mut percentile = reference("duration");
        percentile["description"] = json!("The value of this percentile.");
        family["patternProperties"] = json!({"^p[0-9.]+$|^median$": percentile});
    }
    family
}

fn duration() -> Value {
    let pattern = "^ *(0|([0-9.]+(d|h|m|s|ms|us|µs|ns) *)+)$";
    json!({"type": ["string", "number"], "pattern": pattern, "minimum": 0, "maximum": 0, "examples": ["8s", "1h30m"]})
}

fn share() -> Value {
    json!({"type": ["string", "number"], "pattern": "^[0-9.eE-]+ *%?$", "minimum": 0, "maximum": 1, "examples": ["2%", 0.02]})
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/$defs/{name}")})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_reported() {
        let text = schema().to_string();
        let fields = TABLE.iter().filter(|row| !row.field.starts_with('['));
        let untold: Vec<_> = fields
            .filter(|row| !text.contains(&json!(row.source).to_string().trim_matches('"').to_owned()))
            .map(|row| row.field.as_str())
            .collect();
        assert_eq!(untold, ["objectives.availability"]);
    }
}
