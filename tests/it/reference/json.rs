//! The pages of JSON answers and of the files of a result have every field that the commands print and write, and no other.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use super::answers::validate;
use crate::cli::{rollcast, root, succeeds, text};

type Fields = BTreeMap<String, std::collections::BTreeSet<&'static str>>;

/// Objects whose keys are data: names of parameters, metrics and the like.
const MAPS: [&str; 7] = [
    "parameters",
    "standard_errors",
    "overrides",
    "case",
    "left_out",
    "binding[].nearest",
    "differences_from_manifest",
];
/// An object with exactly these keys is called an estimate.
const ESTIMATE: [&str; 4] = ["high", "low", "n", "value"];
/// Fields that every forecast also has, documented in a section of their own.
const CAVEATS: [&str; 4] = ["conditional", "unmodelled", "assumed", "sources"];
/// The field of every answer, documented once.
const FORMAT: &str = "format";
/// Values that have the format of the experiment itself, or are described elsewhere.
const WHOLE: [&str; 7] = [
    "patch",
    "evidence_replications",
    "omitted",
    "overrides.*",
    "deployments[].sources",
    "scenarios[].sources",
    "cases[].sources",
];

const ANSWERS: &str = "docs/reference/json.md";
const FILES: &str = "docs/reference/files.md";

const FIRST_LOOK: &str = "experiments/first-look.yaml";
const SMALL: [&str; 2] = ["--replications", "80"];

fn add(fields: &mut Fields, path: &str, value: &Value) {
    let ends = |names: &[&str]| names.iter().any(|name| path == *name || path.ends_with(&format!(".{name}")));
    match value {
        Value::Object(object) if is_estimate(object) => {
            fields.entry(path.to_owned()).or_default().insert("estimate");
        }
        Value::Object(object) if !ends(&WHOLE) => {
            for (key, value) in object {
                let key = if ends(&MAPS) { "*" } else { key.as_str() };
                let path = if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
                add(fields, &path, value);
            }
        }
        Value::Array(list) if !ends(&WHOLE) => {
            // Several answers form a list.
            let inner = if path.is_empty() { String::new() } else { format!("{path}[]") };
            for value in list {
                add(fields, &inner, value);
            }
            if list.is_empty() {
                fields.entry(format!("{path}[]")).or_default();
            }
        }
        value => {
            let kind = match value {
                Value::Null => "null",
                Value::Bool(_) => "true or false",
                Value::Number(_) => "number",
                Value::String(_) => "text",
                Value::Array(_) => "list",
                Value::Object(_) => "object",
            };
            fields.entry(path.to_owned()).or_default().insert(kind);
        }
    }
}

fn is_estimate(object: &serde_json::Map<String, Value>) -> bool {
    object.len() == ESTIMATE.len() && ESTIMATE.iter().all(|key| object.contains_key(*key))
}

fn is_caveat(path: &str) -> bool {
    CAVEATS.contains(&path.split(['.', '[']).next().expect("a first part"))
}

/// The fields of all answers to these commands. A list that was empty in one answer and not in another has the type of
/// the one that was not.
fn printed(section: &str, commands: &[Vec<&str>]) -> Fields {
    let (mut fields, mut answers) = (Fields::new(), Vec::new());
    for arguments in commands {
        let output = rollcast(&[&arguments[..], &["--format", "json"]].concat());
        assert!(output.status.code() <= Some(1), "{arguments:?}: {}", text(&output.stderr));
        let answer = text(&output.stdout);
        for value in serde_json::Deserializer::from_str(&answer).into_iter::<Value>() {
            let value = value.expect("JSON");
            add(&mut fields, "", &value);
            match value {
                Value::Array(several) => answers.extend(several),
                one => answers.push(one),
            }
        }
    }
    validate(section, &answers);
    fields.remove(FORMAT);
    settle(&mut fields);
    fields
}

/// Leaves out lists and objects that are empty or null in one answer and hold something in another.
fn settle(fields: &mut Fields) {
    let names: Vec<String> = fields.keys().cloned().collect();
    fields.retain(|name, kinds| {
        let inner = [format!("{name}."), format!("{name}[]")];
        kinds.iter().any(|kind| *kind != "null")
            || !names.iter().any(|other| inner.iter().any(|inner| other.starts_with(inner)))
    });
}

/// The rows of a section of the page at `path`: field and type.
fn written(path: &str, section: &str) -> BTreeMap<String, String> {
    let page = fs::read_to_string(root().join(path)).expect("the page");
    let heading = format!("\n## {section}\n");
    let rows = page.split(&heading).nth(1).unwrap_or_else(|| panic!("no section {section}"));
    let rows = rows.split("\n## ").next().expect("a first part");
    let row = |line: &str| {
        let mut cells = line.strip_prefix("| `")?.splitn(3, " | ");
        let (path, kind) = (cells.next()?.trim_end_matches('`').to_owned(), cells.next()?.to_owned());
        (cells.next()?.trim_end_matches(" |").len() > 1).then_some((path, kind))
    };
    rows.lines().filter_map(row).collect()
}

fn compare(section: &str, commands: &[Vec<&str>]) {
    compare_fields(
        ANSWERS,
        section,
        printed(section, commands).into_iter().filter(|(path, _)| !is_caveat(path)).collect(),
    );
}

fn compare_fields(path: &str, section: &str, printed: Fields) {
    let printed: BTreeMap<String, String> = printed
        .into_iter()
        .map(|(path, kinds)| {
            let mut kinds: Vec<_> = kinds.into_iter().filter(|kind| *kind != "null").collect();
            kinds.sort();
            (path, kinds.join(" or "))
        })
        .collect();
    let written = written(path, section);
    let is_same = |path: &String, kind: &String| {
        written.get(path).is_some_and(|other| kind.is_empty() || other.trim_end_matches(" or null") == kind)
    };
    let missing: Vec<String> = printed
        .iter()
        .filter(|(path, kind)| !is_same(path, kind))
        .map(|(path, kind)| format!("| `{path}` | {kind} |  |"))
        .collect();
    let gone: Vec<_> = written.keys().filter(|path| !printed.contains_key(*path)).collect();
    assert!(
        missing.is_empty() && gone.is_empty(),
        "{path}: {section} lacks\n{}\nand has too much {gone:?}",
        missing.join("\n")
    );
}

#[test]
fn answers_of_run_and_sweep() {
    let precise = "replications={min: 100, max: 256, targets: [duration_s p50 ±50%]}";
    let run = ["run", FIRST_LOOK, "--quiet"];
    // Two pods fill the only node, so that a third one finds none.
    let full = [
        "sweep=null",
        "replicas=2",
        "maxUnavailable=0",
        "cluster.nodes=1",
        "cluster.zones=1",
        "cluster.allocatable.pods=14",
    ];
    let full: Vec<&str> = full.iter().flat_map(|setting| ["--set", setting]).collect();
    compare(
        "rollcast run",
        &[
            [&run[..], &["--set", precise]].concat(),
            [&run[..], &["--scenario", "0", "--set", "objectives=null", "--check"], &SMALL].concat(),
            [&run[..], &["--set", "event={drain: 0}"], &SMALL].concat(),
            [&run[..], &["--set", "pods.new.neverReady=0.1%", "--what-if", "auto"], &SMALL].concat(),
            [&run[..], &full, &SMALL].concat(),
            vec!["run", "tests/fixtures/measured.yaml", "--quiet"],
            vec!["run", "tests/fixtures/release/short.yaml", "--quiet"],
            vec![
                "run",
                "tests/fixtures/release/short.yaml",
                "--quiet",
                "--set",
                "objectives=[cluster p95 duration_s <= 30m]",
            ],
        ],
    );
    let caveats = printed(
        "rollcast run",
        &[
            [&["run", "tests/fixtures/unmodelled.yaml", "--quiet"], &SMALL[..]].concat(),
            [&["run", "tests/fixtures/spare-nodes.yaml", "--quiet"], &SMALL[..]].concat(),
        ],
    );
    let caveats = caveats.into_iter().filter(|(path, _)| is_caveat(path)).collect();
    compare_fields(ANSWERS, "What the answer rests on", caveats);
}

#[test]
fn answers_of_compare() {
    compare("rollcast compare", &[[&["compare", FIRST_LOOK, "0", "2", "--quiet"], &SMALL[..]].concat()]);
}

#[test]
fn answers_of_eta() {
    let of = |case: &str, name: &str| {
        let file = format!("tests/recordings/snapshots/{case}.json");
        ["eta", &file, name, "--replications", "200"].map(str::to_owned).to_vec()
    };
    let asked = [
        of("01-steady", "deploy/checkout"),
        of("04-min-ready", "deploy/checkout"),
        of("05-never-ready", "deploy/checkout"),
        of("07-quota", "deploy/checkout"),
        of("11-rollback", "deploy/checkout"),
        of("13-paused", "deploy/checkout"),
        of("18-sts-partition", "sts/ledger"),
    ];
    let asked: Vec<Vec<&str>> = asked.iter().map(|words| words.iter().map(String::as_str).collect()).collect();
    compare("rollcast eta", &asked);
}

#[test]
fn answers_of_capacity() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let quota = place.path().join("quota.yaml");
    let text = "apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: most, namespace: shop}\nspec: {hard: {pods: 20}}\nstatus: {hard: {pods: \
                20}, used: {pods: 18}}\n";
    fs::write(&quota, text).expect("room on the disk");
    let shop = ["capacity", "-f", "tests/fixtures/shop-cluster.yaml", "-n", "shop", "--quiet", "--replications", "400"];
    let quota = ["-f", quota.to_str().expect("a path"), "--at-once", "5"];
    compare("rollcast capacity", &[shop.to_vec(), [&shop[..], &quota].concat()]);
}

#[test]
fn answers_of_sensitivity() {
    let all = ["sensitivity", "experiments/manifests/checkout.yaml", "--quiet", "--replications", "100"];
    let few = ["--trajectories", "2", "--rows", "4"];
    let none = ["--trajectories", "0", "--rows", "0", "--factor", "pods.start"];
    compare("rollcast sensitivity", &[[&all[..], &few].concat(), [&all[..], &none].concat()]);
}

#[test]
fn answers_of_compare_old_new() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let manifest = fs::read_to_string(root().join("experiments/manifests/checkout.yaml")).expect("a manifest");
    let written = |name: &str, text: &str| {
        let file = place.path().join(name);
        fs::write(&file, text).expect("room on the disk");
        file.display().to_string()
    };
    let spec = |field: &str| manifest.replacen("      containers:", &format!("      {field}\n      containers:"), 1);
    let old = written("old.yaml", &manifest);
    let new = written("new.yaml", &spec("schedulingGates: [{name: a}]"));
    let two = written("two.yaml", &format!("{manifest}\n---\n{}", manifest.replace("name: checkout", "name: second")));
    let ask = ["compare", "-q", "--set", "objectives=[availability: 90%, p95 duration_s <= 1h]"];
    let world = |limits: [u32; 3], more: &str| {
        let [first, second, third] = limits.map(|limit| format!("cluster mean peak_cpu_cores <= {limit}"));
        format!(
            "name: shop\nworkloads: {{manifest: two.yaml}}\nsweep: {{release.atOnce: [1, 2]}}\n{more}\nobjectives: [\"{first}\", \
             \"{second}\", \"{third}\", \"cluster p99 peak_cpu_cores <= 9\"]\n"
        )
    };
    let before = written("before.yaml", &world([900, 800, 700], ""));
    let after = written("after.yaml", &world([900, 1, 2], "cluster: {quota: {pods: 900}}"));
    compare(
        "rollcast compare OLD NEW",
        &[
            [&ask[..], &[&old, &new], &SMALL].concat(),
            [&ask[..], &[&old, &old, "--instead", "--replications", "400"]].concat(),
            [&ask[..], &[&old, &two], &SMALL].concat(),
            [&ask[..], &[&two, &new], &SMALL].concat(),
            [&ask[..], &["tests/fixtures/unmodelled.yaml", "tests/fixtures/unmodelled.yaml"], &SMALL].concat(),
            [&ask[..], &[FIRST_LOOK, FIRST_LOOK], &SMALL].concat(),
            [&["compare", "-q"][..], &[&before, &after], &SMALL].concat(),
            [&["compare", "-q"][..], &[&after, &before], &SMALL].concat(),
        ],
    );
}

const MANY: &str = "sweep={maxSurge: [0, 1, 2], maxUnavailable: [0, 1], minReadySeconds: {from: 0, to: 40, step: 1}}";

#[test]
fn answers_of_recommend() {
    let ask = ["recommend", FIRST_LOOK, "--quiet"];
    compare(
        "rollcast recommend",
        &[
            ask.to_vec(),
            [&ask[..], &["--set", "objectives=[p95 duration_s <= 10s]"]].concat(),
            [&ask[..], &["--set", "sweep={maxSurge: [25%, 100%], maxUnavailable: [0], replicas: [8, 10]}"]].concat(),
            // More than 200 strategies are searched.
            [&ask[..], &["--what-if", "none", "--set", "replicas=3", "--set", MANY], &SMALL].concat(),
            vec![
                "recommend",
                "tests/fixtures/measured.yaml",
                "--quiet",
                "--set",
                "sweep={maxSurge: [1, 2]}",
                "--set",
                "objectives=[availability: 50%]",
            ],
        ],
    );
}

#[test]
fn answers_of_why() {
    let ask = ["why", FIRST_LOOK, "--scenario", "3", "--quiet"];
    let full = ["sweep=null", "maxUnavailable=0", "maxSurge=1", "replicas=6", "cluster.nodes=1", "cluster.zones=1"];
    let full: Vec<&str> = full.iter().flat_map(|setting| ["--set", setting]).collect();
    compare(
        "rollcast why",
        &[
            [&ask[..], &["--where", "duration_s > 30s"], &SMALL].concat(),
            [&ask[..], &["--stalled", "--set", "pods.new.neverReady=10%"], &SMALL].concat(),
            [&["why", FIRST_LOOK, "--quiet", "--stalled"][..], &full, &SMALL].concat(),
        ],
    );
}

#[test]
fn answers_of_tail() {
    let ask = ["tail", FIRST_LOOK, "--scenario", "3", "--quiet", "--replications", "100", "--event"];
    compare(
        "rollcast tail",
        &[
            [&ask[..], &["duration_s > 10m"]].concat(),
            [&ask[..], &["duration_s < 1s", "--method", "jumps"]].concat(),
            [&ask[..], &["duration_s > 90", "--method", "stages"]].concat(),
        ],
    );
}

#[test]
fn answers_of_trace() {
    compare("rollcast trace", &[vec!["trace", FIRST_LOOK]]);
}

#[test]
fn answers_of_record() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let out = place.path().join("recording.json").display().to_string();
    let case = |case: &str| {
        let log = format!("tests/recordings/incidents/{case}/audit.log");
        ["record", "deploy/checkout", "-n", "shop", "-f", &log, "--out", &out].map(str::to_owned).to_vec()
    };
    let [one, other] = ["05-never-ready", "02-healthy-early"].map(case);
    compare("rollcast record", &[one.iter().map(String::as_str).collect(), other.iter().map(String::as_str).collect()]);
}

#[test]
fn answers_of_replay() {
    compare(
        "rollcast replay",
        &[
            vec!["replay", "tests/fixtures/incident.json"],
            vec!["replay", "tests/fixtures/unknown-times.json"],
            vec!["replay", "tests/recordings"],
            vec!["replay", "tests/recordings/apart"],
            vec!["replay", "tests/recordings/statefulset"],
            vec!["replay", "tests/recordings/daemonset"],
        ],
    );
}

#[test]
fn answers_of_replay_with_other_settings() {
    let set = ["--set", "maxUnavailable=1"];
    let played = |file: &'static str| [&["replay", file][..], &set].concat();
    compare(
        "rollcast replay --set",
        &[
            played("tests/fixtures/incident.json"),
            played("tests/fixtures/stuck.json"),
            played("tests/recordings/n-spread-anti-one-spare.json"),
        ],
    );
}

#[test]
fn answers_of_validate() {
    let ask = |observed: &'static str| {
        let line =
            ["validate", "--experiment", "experiments/manifests/checkout.yaml", "--observed", observed, "--quiet"];
        [&line[..], &SMALL].concat()
    };
    compare("rollcast validate", &[ask("tests/fixtures/rollouts.csv")]);
}

#[test]
fn answers_of_fit() {
    compare(
        "rollcast fit",
        &[
            vec!["fit", "tests/fixtures/pods.json", "--quiet"],
            vec!["fit", "tests/fixtures/histogram.txt", "--quiet"],
            vec!["fit", "tests/fixtures/latencies.csv", "--quiet", "--column", "warm_up", "--censored", "open"],
        ],
    );
}

#[test]
fn answers_of_defaults() {
    compare("rollcast defaults", &[vec!["defaults"]]);
}

#[test]
fn rollcast_explain_answers_what_is_written() {
    compare("rollcast explain", &[vec!["explain", "pods"], vec!["explain", "pods.warmUp"], vec!["explain"]]);
}

/// A small result.
fn result(place: &tempfile::TempDir) -> String {
    let out = place.path().join("out").display().to_string();
    crate::cli::succeeds(&["sweep", FIRST_LOOK, "--quiet", "--replications", "40", "--out", &out]);
    out
}

#[test]
fn answers_of_report() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let out = result(&place);
    fs::remove_file(place.path().join("out/charts/availability.svg")).expect("a chart");
    compare("rollcast report", &[vec!["report", &out]]);
}

#[test]
fn answers_of_status() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let study = place.path().join("study").display().to_string();
    succeeds(&["plan", FIRST_LOOK, "--replications", "80", "--parts", "2", "--quiet", "--out", &study]);
    let nothing = vec!["status", &study];
    succeeds(&["part", &study, "1", "--quiet"]);
    compare("rollcast status", &[nothing]);
}

#[test]
fn answers_of_verify() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let out = result(&place);
    let rows = fs::read_to_string(place.path().join("out/summary.csv")).expect("a table");
    fs::write(place.path().join("out/summary.csv"), rows.replacen(",40,", ",41,", 1)).expect("room on the disk");
    fs::write(place.path().join("out/charts/availability.svg"), "<svg/>").expect("room on the disk");
    compare("rollcast verify", &[vec!["verify", &out, "--quiet"]]);
}

/// The object `rollcast` of the data packages that these sweeps write: every key that there can be.
#[test]
fn what_a_data_package_says_of_its_sweep() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let precise = "replications={min: 100, max: 256, targets: [duration_s p50 ±50%]}";
    let sweeps: [&[&str]; 7] = [
        &[FIRST_LOOK, "--set", precise, "--set", "baseline=0"],
        &[FIRST_LOOK, "--set", "baseline={maxUnavailable: 25%}", "--replications", "80"],
        &["tests/fixtures/unmodelled.yaml", "--assume", "nvidia.com/gpu", "--replications", "80"],
        &["experiments/manifests/shop.yaml", "--deployment", "shop/checkout", "--replications", "80"],
        &[FIRST_LOOK, "--shard", "0/2", "--replications", "80", "--set", "sampling=stratified"],
        &[FIRST_LOOK, "--replications-limit", "10", "--replications", "80", "--set", "sampling=controlled"],
        &[FIRST_LOOK, "--set", "event={drain: 0}", "--set", "observe=10s", "--replications", "80"],
    ];
    let mut fields = Fields::new();
    for (number, arguments) in sweeps.into_iter().enumerate() {
        let out = place.path().join(number.to_string());
        let out_text = out.display().to_string();
        crate::cli::succeeds(&[&["sweep"], arguments, &["--quiet", "--out", &out_text]].concat());
        let package = fs::read(out.join("datapackage.json")).expect("a description");
        let package: Value = serde_json::from_slice(&package).expect("JSON");
        add(&mut fields, "", &package["rollcast"]);
    }
    settle(&mut fields);
    compare_fields(FILES, "datapackage.json", fields);
}
