//! The JSON Schema of experiments, made from the tables of keys that the readers use.

use serde_json::{Map, Value, json};

use crate::input::path::DEPLOYMENT_FIELDS;
use crate::input::pod_template::PullPolicy;
use crate::input::{
    cluster, control_plane, defaults, deployment, distribution, experiment, horizontal, objective, pods, precision,
    proposals, timeline, traffic, upkeep,
};
use crate::metrics::{RolloutRate, Statistic};

/// The schema (JSON Schema 2020-12). It knows every key, and the form of every value; what depends on other values (two
/// percentiles, a path that a sweep names, room on the nodes) is checked when the experiment is read.
#[must_use]
pub fn schema() -> Value {
    let mut schema = object(experiment::KEYS, root);
    let map = schema.as_object_mut().expect("an object");
    map.insert("$schema".into(), json!("https://json-schema.org/draft/2020-12/schema"));
    map.insert("title".into(), json!("rollcast experiment"));
    map.insert("type".into(), json!("object"));
    map.insert("required".into(), json!(["deployment"]));
    map.insert("$defs".into(), json!({"duration": duration(), "distribution": latency(), "share": share()}));
    schema
}

/// Paths of all keys from the top of an experiment, without those inside distributions and lists.
pub(crate) fn paths() -> Vec<String> {
    fn walk(value: &Value, above: &str, found: &mut Vec<String>) {
        if let Some(Value::Object(properties)) = value.get("properties") {
            for (key, inner) in properties {
                let path = if above.is_empty() { key.clone() } else { format!("{above}.{key}") };
                walk(inner, &path, found);
                found.push(path);
            }
        }
        for choice in value.get("anyOf").and_then(Value::as_array).into_iter().flatten() {
            walk(choice, above, found);
        }
    }
    let mut found = Vec::new();
    walk(&schema(), "", &mut found);
    // The same again for each version.
    found.retain(|path| !path.starts_with("pods.old.") && !path.starts_with("pods.new."));
    found.sort();
    found.dedup();
    found
}

fn root(key: &str) -> Value {
    let field = match key {
        "name" => json!({"type": "string"}),
        "deployment" => {
            let keys = [deployment::FIELDS, DEPLOYMENT_FIELDS].concat();
            json!({"anyOf": [{"type": "string", "description": "Path of a manifest"}, object(&keys, deployment_field)]})
        }
        "pods" => {
            let mut pods = object(pods::FIELDS, |key| pod(key, "pods"));
            pods["properties"]["old"] = object(pods::FIELDS, |key| pod(key, "pods.old"));
            pods["properties"]["new"] = object(pods::FIELDS, |key| pod(key, "pods.new"));
            pods
        }
        "cluster" => object(cluster::FIELDS, cluster_field),
        "controlPlane" => object(control_plane::FIELDS, control_plane_field),
        "traffic" => unless_none(object(traffic::FIELDS, traffic_field)),
        "horizontalPodAutoscaler" => unless_none(object(horizontal::FIELDS, autoscaler_field)),
        "timeline" => json!({"type": ["array", "null"], "items": object(&[&["at"], timeline::ACTIONS].concat(), step)}),
        "baseline" => json!({"type": ["integer", "object"], "minimum": 0, "description": "Scenario to compare with"}),
        "rollback" => object(experiment::ROLLBACK_FIELDS, |_| reference("duration")),
        "proposals" => object(proposals::FIELDS, |key| {
            let words = json!({"enum": ["none", "TerminationStarted", "TerminationComplete"]});
            described(words, &format!("proposals.{key}"))
        }),
        "sweep" => sweep(),
        "objectives" => objectives(),
        "replications" => json!({"anyOf": [whole(1, experiment::MAX_REPLICATIONS), precision()]}),
        "seed" => json!({"type": "integer", "minimum": 0}),
        "horizon" => reference("duration"),
        _ => Value::Null,
    };
    described(field, key)
}

fn deployment_field(key: &str) -> Value {
    match key {
        "manifest" | "name" | "apiVersion" | "kind" => json!({"type": "string"}),
        "metadata" | "spec" => json!({"type": "object"}),
        "maxSurge" | "maxUnavailable" => int_or_percent(),
        "replicas" | "minReadySeconds" | "progressDeadlineSeconds" | "revisionHistoryLimit" => {
            whole(0, i32::MAX as u64)
        }
        "paused" => json!({"type": "boolean"}),
        "strategy" => strategy(),
        _ => Value::Null,
    }
}

fn strategy() -> Value {
    let kind = json!({"enum": ["Recreate", "RollingUpdate"]});
    let limits = object(&["maxSurge", "maxUnavailable"], |_| int_or_percent());
    let whole = object(&["type", "rollingUpdate"], |key| if key == "type" { kind.clone() } else { limits.clone() });
    json!({"anyOf": [kind, whole]})
}

fn pod(key: &str, part: &str) -> Value {
    let field = match key {
        "start" | "warmUp" | "pull" | "termination" | "crashAfter" | "flapAfter" | "flapFor" | "pullCheck" => {
            reference("distribution")
        }
        "pullPolicy" => json!({"enum": PullPolicy::NAMES}),
        "crowding" => json!({"type": ["number", "string"], "examples": ["20%"]}),
        "imageSize" | "registryThroughput" => json!({"type": ["string", "integer"], "examples": ["150MB", "1.2GiB"]}),
        "preStop" => reference("duration"),
        "cached" | "pullFailure" | "crash" | "neverReady" | "flap" | "badVersion" => reference("share"),
        _ => Value::Null,
    };
    described(field, &format!("{part}.{key}"))
}

fn cluster_field(key: &str) -> Value {
    let field = match key {
        "nodes" => {
            json!({"anyOf": [whole(1, 20_000), {"type": "array", "items": object(cluster::POOL_FIELDS, pool)}]})
        }
        "zones" => whole(1, 1000),
        "allocatable" | "used" => {
            object(cluster::CAPACITY_FIELDS, |name| described(amount(), &format!("cluster.{key}.{name}")))
        }
        "loss" => unless_none(object(cluster::LOSS_FIELDS, loss)),
        "maxParallelImagePulls" => whole(1, cluster::MAX_PULLS),
        "slowNodes" => unless_none(object(upkeep::SLOW_FIELDS, |key| match key {
            "share" => reference("share"),
            _ => json!({"type": "number", "minimum": 1, "maximum": 1000}),
        })),
        "badNodes" => reference("share"),
        "lowerPriority" => unless_none(object(upkeep::LOWER_FIELDS, |key| match key {
            "pods" => whole(0, upkeep::MAX_LOWER),
            _ => described(reference("distribution"), "cluster.lowerPriority.termination"),
        })),
        "defaultSpread" => json!({"enum": ["none", "system"]}),
        "quota" => unless_none(object(cluster::CAPACITY_FIELDS, |_| amount())),
        "autoscaler" => unless_none(object(upkeep::AUTOSCALER_FIELDS, upkeep_field(key))),
        "upgrade" => unless_none(object(upkeep::UPGRADE_FIELDS, upkeep_field(key))),
        "disruptionBudget" => unless_none(object(upkeep::BUDGET_FIELDS, |key| match key {
            "unhealthyPodEvictionPolicy" => json!({"enum": upkeep::EVICTION_POLICIES}),
            _ => int_or_percent(),
        })),
        _ => Value::Null,
    };
    described(field, &format!("cluster.{key}"))
}

fn unless_none(form: Value) -> Value {
    json!({"anyOf": [{"const": "none"}, form]})
}

fn upkeep_field(part: &str) -> impl Fn(&str) -> Value {
    let part = part.to_owned();
    move |key| {
        let field = match key {
            "maxNodes" | "atOnce" => whole(1, 20_000),
            "provisioning" | "takes" => reference("distribution"),
            _ => reference("duration"),
        };
        described(field, &format!("cluster.{part}.{key}"))
    }
}

/// A precision to reach.
fn precision() -> Value {
    object(precision::KEYS, |key| match key {
        "min" | "max" => whole(1, experiment::MAX_REPLICATIONS),
        "confidence" => reference("share"),
        _ => json!({"type": ["array", "object", "string"]}),
    })
}

fn pool(key: &str) -> Value {
    match key {
        "count" => whole(1, 20_000),
        "zone" => json!({"type": "string"}),
        "allocatable" | "used" => object(cluster::CAPACITY_FIELDS, |_| amount()),
        _ => Value::Null,
    }
}

fn loss(key: &str) -> Value {
    let field = match key {
        "timeToLoss" | "timeToZoneLoss" | "recovery" => {
            json!({"anyOf": [{"const": "never"}, reference("distribution")]})
        }
        "detection" => reference("distribution"),
        "meanTimeToLoss" | "meanTimeToZoneLoss" | "notice" | "toleration" => reference("duration"),
        _ => Value::Null,
    };
    described(field, &format!("cluster.loss.{key}"))
}

fn control_plane_field(key: &str) -> Value {
    let field = match key {
        "apiLatency" | "watchLatency" | "scheduling" | "endpointPropagation" => reference("distribution"),
        "controllerQps" | "schedulerQps" | "nodeEvictionRate" => {
            json!({"type": "number", "minimum": 1e-6, "maximum": 1e6})
        }
        "fleet" => whole(1, control_plane::MAX_FLEET),
        "controllerBurst" | "schedulerBurst" => whole(1, 1_000_000),
        _ => Value::Null,
    };
    described(field, &format!("controlPlane.{key}"))
}

fn traffic_field(key: &str) -> Value {
    let requests = || json!({"type": "number", "minimum": 0, "maximum": 1e9});
    let field = match key {
        "rate" => {
            let curve = || {
                let point = json!({"type": "array", "prefixItems": [reference("duration"), requests()], "minItems": 2});
                json!({"type": "array", "minItems": 1, "items": point})
            };
            let form = object(traffic::RATE_FIELDS, |key| if key == "curve" { curve() } else { reference("duration") });
            json!({"anyOf": [requests(), form], "description": "Requests per second, all pods together"})
        }
        "capacity" => json!({"type": "number", "minimum": 0, "description": "Requests per second of one warm pod"}),
        "warmUp" => unless_none(object(traffic::WARM_UP_FIELDS, |key| {
            reference(if key == "for" { "duration" } else { "share" })
        })),
        "onSigterm" => json!({"enum": traffic::ON_SIGTERM}),
        "loadBalancer" => unless_none(object(traffic::BALANCER_FIELDS, |key| {
            described(reference("distribution"), &format!("traffic.loadBalancer.{key}"))
        })),
        "cpuAtCapacity" => json!({"type": ["string", "number"], "examples": ["80%"]}),
        _ => Value::Null,
    };
    described(field, &format!("traffic.{key}"))
}

fn autoscaler_field(key: &str) -> Value {
    let field = match key {
        "minReplicas" | "maxReplicas" => whole(1, 1_000_000),
        "targetCPUUtilizationPercentage" => whole(1, 10_000),
        "metrics" => json!({"type": "array", "items": {"type": "object"}}),
        "scaleTargetRef" => json!({"type": "object"}),
        "behavior" => object(horizontal::BEHAVIOR_FIELDS, |_| object(horizontal::RULES_FIELDS, scaling_rules)),
        _ => Value::Null,
    };
    described(field, &format!("horizontalPodAutoscaler.{key}"))
}

fn scaling_rules(key: &str) -> Value {
    match key {
        "stabilizationWindowSeconds" => whole(0, 3600),
        "selectPolicy" => json!({"enum": horizontal::SELECT}),
        "policies" => {
            let policy = object(horizontal::POLICY_FIELDS, |key| match key {
                "type" => json!({"enum": horizontal::POLICY_TYPES}),
                "value" => whole(1, 1_000_000),
                _ => whole(1, 1800),
            });
            json!({"type": "array", "minItems": 1, "items": policy})
        }
        "tolerance" => json!({"type": ["string", "number"]}),
        _ => Value::Null,
    }
}

fn step(key: &str) -> Value {
    match key {
        "at" | "controllersDown" | "schedulerDown" => reference("duration"),
        "apiSlow" => object(timeline::SLOW_FIELDS, |_| reference("duration")),
        "scale" | "minReadySeconds" => whole(0, i32::MAX as u64),
        "quota" => unless_none(whole(0, u64::from(u32::MAX))),
        "drain" => whole(0, cluster::MAX_NODES - 1),
        "pause" | "resume" | "undo" => json!({"const": true}),
        "strategy" => strategy(),
        "template" => object(pods::FIELDS, |key| pod(key, "pods.new")),
        _ => Value::Null,
    }
}

fn sweep() -> Value {
    let literal = |names: &[&str]| names.join("|");
    let path = format!("^(({})|({})(\\..+)?)$", literal(DEPLOYMENT_FIELDS), literal(experiment::SWEPT));
    let range = object(&["from", "to", "step"], |_| json!({"type": ["string", "number"]}));
    let values = json!({"anyOf": [{"type": "array", "minItems": 1}, range]});
    json!({
        "type": ["object", "null"],
        "properties": {"zip": {"type": "array", "items": {"type": "array", "items": {"type": "string"}}}},
        "patternProperties": {path: values},
        "additionalProperties": false,
    })
}

fn objectives() -> Value {
    let statistics = objective::STATISTICS.map(Statistic::as_str).join("|");
    let rates = RolloutRate::ASKED.map(RolloutRate::name).join("|");
    let left = format!("^(({statistics}) +[a-z_]+|({rates}))");
    let text = json!({"type": "string", "pattern": format!("{left} *(<=|>=) *[^ ]+$")});
    let limit = json!({"type": "string", "pattern": "^ *(<=|>=) *[^ ]+$"});
    let map = json!({
        "type": "object",
        "properties": {"availability": reference("share")},
        "patternProperties": {format!("{left}$"): limit},
        "additionalProperties": false,
    });
    json!({"anyOf": [text, map, {"type": "array", "items": {"anyOf": [text, map]}}, {"type": "null"}]})
}

fn latency() -> Value {
    let family = |name: &str| match name {
        "mixture" => {
            let component = |key: &str| match key {
                "of" => reference("distribution"),
                _ => json!({"type": ["number", "string"]}),
            };
            json!({"type": "array", "minItems": 1, "items": object(distribution::COMPONENT_FIELDS, component)})
        }
        "empirical" => object(distribution::parameters(name), |key| match key {
            "values" => json!({"type": "array", "minItems": 1, "items": {"type": ["string", "number"]}}),
            _ => json!({"type": "string"}),
        }),
        "exponential" | "triangular" => object(distribution::parameters(name), |_| reference("duration")),
        _ => {
            let mut family = object(distribution::parameters(name), |key| match key {
                "mu" | "sigma" | "shape" => json!({"type": "number"}),
                _ => reference("duration"),
            });
            family["patternProperties"] = json!({"^p[0-9.]+$|^median$": reference("duration")});
            family
        }
    };
    let mut map = object(distribution::FAMILIES, family);
    map["properties"]["shift"] = reference("duration");
    map["properties"]["truncate"] = object(distribution::TRUNCATE_FIELDS, |_| reference("duration"));
    map["oneOf"] = distribution::FAMILIES.iter().map(|name| json!({ "required": [name] })).collect();
    map["type"] = json!("object");
    json!({"anyOf": [reference("duration"), map]})
}

fn duration() -> Value {
    let pattern = "^ *(0|([0-9.]+(d|h|m|s|ms|us|µs|ns) *)+)$";
    json!({"type": ["string", "number"], "pattern": pattern, "minimum": 0, "maximum": 0, "examples": ["8s", "1h30m"]})
}

fn share() -> Value {
    json!({"type": ["string", "number"], "pattern": "^[0-9.eE-]+ *%?$", "minimum": 0, "maximum": 1, "examples": ["2%", 0.02]})
}

fn int_or_percent() -> Value {
    json!({"type": ["integer", "string"], "minimum": 0, "pattern": "^[0-9]+%$"})
}

fn amount() -> Value {
    json!({"type": ["string", "number"]})
}

fn whole(least: u64, most: u64) -> Value {
    json!({"type": "integer", "minimum": least, "maximum": most})
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/$defs/{name}")})
}

/// A map of these keys and no others; without a value it is absent.
fn object(keys: &[&str], field: impl Fn(&str) -> Value) -> Value {
    let properties: Map<String, Value> = keys.iter().map(|key| ((*key).to_owned(), field(key))).collect();
    json!({"type": ["object", "null"], "properties": properties, "additionalProperties": false})
}

/// With the default of the field at `path` and its source, where it has one.
fn described(mut field: Value, path: &str) -> Value {
    let row = defaults::TABLE.iter().find(|row| row.field == path);
    if let (Some(map), Some(row)) = (field.as_object_mut(), row) {
        map.insert("description".into(), json!(format!("Default {}. {}", row.value, row.source)));
    }
    field
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A key that a reader knows and this file does not is null.
    #[test]
    fn every_key_has_a_form() {
        fn nothing(value: &Value, path: &str, found: &mut Vec<String>) {
            match value {
                Value::Null => found.push(path.to_owned()),
                Value::Object(map) => {
                    map.iter().for_each(|(key, value)| nothing(value, &format!("{path}/{key}"), found));
                }
                Value::Array(list) => {
                    list.iter().enumerate().for_each(|(n, value)| nothing(value, &format!("{path}/{n}"), found));
                }
                _ => {}
            }
        }
        let mut found = Vec::new();
        nothing(&schema(), "", &mut found);
        assert_eq!(found, Vec::<String>::new());
    }

    #[test]
    fn defaults_are_told() {
        let text = schema().to_string();
        let fields = defaults::TABLE.iter().filter(|row| !row.field.starts_with('['));
        let untold: Vec<_> = fields
            .filter(|row| !text.contains(&json!(row.source).to_string().trim_matches('"').to_owned()))
            .map(|row| row.field)
            .collect();
        assert_eq!(untold, ["objectives.availability"]);
    }
}
