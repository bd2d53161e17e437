//! The JSON Schema of experiments compared with the reader of experiments: both accept every bundled experiment, and
//! both refuse the same mistakes.

use std::fs;
use std::path::{Path, PathBuf};

use boon::{Compiler, SchemaIndex, Schemas};
use rollcast::input::{schema, starter};
use rollcast::plan::{Overrides, Plan};
use serde_json::Value;

struct Validator {
    schemas: Schemas,
    index: SchemaIndex,
}

impl Validator {
    fn new() -> Self {
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        compiler.add_resource("experiment.json", schema()).expect("a name");
        let index = compiler.compile("experiment.json", &mut schemas).expect("a valid schema");
        Self { schemas, index }
    }

    fn errors(&self, text: &str) -> Option<String> {
        let value: Value = serde_saphyr::from_str(text).expect("YAML");
        self.schemas.validate(&value, self.index).err().map(|error| format!("{error:#}"))
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn reader_refuses(text: &str) -> Option<String> {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let file = folder.path().join("experiment.yaml");
    fs::write(&file, text).expect("room on the disk");
    Plan::load(&file, &Overrides::default()).err().map(|error| error.to_string())
}

fn experiments(folder: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    files.filter(|path| path.extension().is_some_and(|extension| extension == "yaml")).collect()
}

#[test]
fn every_bundled_experiment_is_valid() {
    let validator = Validator::new();
    let (main, validation) = (root().join("experiments"), root().join("experiments/validation"));
    let files = [experiments(&main), experiments(&validation)].concat();
    assert!(files.len() > 10);
    for file in files {
        let text = fs::read_to_string(&file).expect("readable");
        assert_eq!(validator.errors(&text), None, "{}", file.display());
    }
    assert_eq!(validator.errors(&starter()), None);
}

#[test]
fn the_shipped_schema_is_the_code_s() {
    let text = serde_json::to_string_pretty(&schema()).expect("JSON") + "\n";
    crate::golden_file::golden("experiments/schema.json", &text);
}

/// The properties below a schema without a sentence, by their paths: where an editor would show nothing.
fn untold(schema: &Value, path: &str, found: &mut Vec<String>) {
    match schema {
        Value::Object(object) => {
            for (key, value) in object {
                let is_listed = ["properties", "patternProperties"].contains(&key.as_str());
                for (name, property) in value.as_object().filter(|_| is_listed).into_iter().flatten() {
                    if property["description"].as_str().is_none_or(|text| text.len() < 5) {
                        found.push(format!("{path}.{name}"));
                    }
                }
                untold(value, &format!("{path}.{key}"), found);
            }
        }
        Value::Array(list) => list.iter().for_each(|value| untold(value, path, found)),
        _ => {}
    }
}

#[test]
fn an_editor_has_a_sentence_for_every_key() {
    let mut found = Vec::new();
    untold(&schema(), "", &mut found);
    assert_eq!(found, Vec::<String>::new());
}

const WORLD: &str = "deployment: {spec: {replicas: 2, template: {spec: {containers: [{name: app, image: app}]}}}}\n";

#[test]
fn both_take_the_same_forms() {
    let validator = Validator::new();
    for text in [
        "pods: {start: 0, warmUp: {lognormal: {median: 1s, sigma: 0.5}, shift: 1s, truncate: {high: 1m30s}}}",
        "pods: {start: {mixture: [{weight: 90%, of: 2s}, {weight: 0.1, of: {gamma: {p50: 8s, p99.9: 30s}}}]}}",
        "pods: {start: {empirical: {values: [1s, 250ms]}}, new: {crash: 0.02, cached: 100%}}",
        "pods: {start: {lognormal: {mean: 2s, sd: 1s}}, warmUp: {gamma: {mean: 8s, stddev: 2s}}, pull: {weibull: {mean: 1s, std: 500ms}}}",
        "pods: {start: {lognormal: {median: 2s, sd: 1s}}, warmUp: {lognormal: {mean: 8s, sigma: 0.5}}, pull: {normal: {mean: 3s, stddev: 1s}}}",
        "cluster: {nodes: [{count: 3, zone: a, used: {cpu: 50%}}], loss: {meanTimeToLoss: 30d, recovery: never}}",
        "cluster: {nodes: 5, loss: none}\nrollback: {afterStall: 2m}\nproposals:",
        "timeline: [{at: 5s, scale: 4}, {at: 1m, strategy: {rollingUpdate: {maxSurge: 1}}}, {at: 2m, template: {crash: 1%}}]",
        "sweep: {maxSurge: [1, 25%], replicas: {from: 2, to: 4, step: 1}, pods.new.crash: [0, 1%, 2%]}",
        "sweep: {maxSurge: [1, 0], maxUnavailable: [0, 1], zip: [[maxSurge, maxUnavailable]]}",
        "objectives: {availability: 90%, p95 duration_s: <= 10m, stalled_rate: <= 1%}",
        "objectives: [mean dip_depth <= 5%, min min_available >= 1]",
    ] {
        let text = format!("{WORLD}{text}\n");
        assert_eq!(reader_refuses(&text), None, "{text}");
        assert_eq!(validator.errors(&text), None, "{text}");
    }
}

#[test]
fn both_refuse_the_same_slips() {
    let validator = Validator::new();
    for slip in [
        "horizn: 1h",
        "pods: {crahs: 1%}",
        "pods: {new: {strat: 2s}}",
        "pods: {start: {logNormal: {p50: 1s, p99: 2s}}}",
        "pods: {start: {lognormal: {p50: 1s, p99: 2s}, exponential: {mean: 1s}}}",
        "pods: {start: {exponential: {maen: 1s}}}",
        "pods: {start: 8}",
        "pods: {crash: 2}",
        "pods: {start: {uniform: {low: 1s, high: 2s}, truncate: {hihg: 1s}}}",
        "cluster: {node: 3}",
        "cluster: {nodes: 0}",
        "cluster: {nodes: [{cuont: 3}]}",
        "cluster: {allocatable: {gpu: 1}}",
        "cluster: {loss: {meanTimeToLos: 30d}}",
        "controlPlane: {controllerQqs: 20}",
        "controlPlane: {controllerBurst: 0}",
        "proposals: {podReplacementPolicy: Never}",
        "rollback: {afterStal: 1m}",
        "timeline: [{at: 1m, scael: 3}]",
        "sweep: {maxSurg: [1]}",
        "sweep: {maxSurge: 1}",
        "sweep: {maxSurge: {from: 1, to: 2, stpe: 1}}",
        "objectives: [p94 duration_s <= 1m]",
        "objectives: [stall_rate <= 1%]",
        "replications: 0",
        "seed: -1",
    ] {
        let text = format!("{WORLD}{slip}\n");
        assert!(reader_refuses(&text).is_some(), "the reader takes {slip}");
        assert!(validator.errors(&text).is_some(), "the schema takes {slip}");
    }
    let override_slip = WORLD.replace("{spec:", "{replics: 2, spec:");
    assert!(reader_refuses(&override_slip).is_some() && validator.errors(&override_slip).is_some());
}
