//! What is read here against what the official types read.

use std::path::Path;

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{Container, Probe as OfficialProbe};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::*;
use crate::input::tree::yaml::{documents, node};
use crate::k8s::prober::Probe;
use crate::k8s::tests::vectors::{cases, deployment};
use crate::time::SimDuration;

fn int_or_string(limit: Option<IntOrString>) -> IntOrPercent {
    match limit {
        None => IntOrPercent::Percent(25),
        Some(IntOrString::Int(count)) => IntOrPercent::Int(count),
        Some(IntOrString::String(text)) => {
            IntOrPercent::Percent(text.strip_suffix('%').and_then(|digits| digits.parse().ok()).expect("a percentage"))
        }
    }
}

fn official_spec(official: &Deployment) -> DeploymentSpec {
    let spec = &official.spec;
    let limits = spec.strategy.as_ref().and_then(|strategy| strategy.rolling_update.clone()).unwrap_or_default();
    let recreate = spec.strategy.as_ref().and_then(|strategy| strategy.type_.as_deref()) == Some("Recreate");
    DeploymentSpec {
        replicas: spec.replicas.unwrap_or(1),
        strategy: if recreate {
            Strategy::Recreate
        } else {
            Strategy::RollingUpdate {
                max_surge: int_or_string(limits.max_surge),
                max_unavailable: int_or_string(limits.max_unavailable),
            }
        },
        min_ready_seconds: spec.min_ready_seconds.unwrap_or(0),
        progress_deadline_seconds: Some(spec.progress_deadline_seconds.unwrap_or(600)).filter(|d| *d != i32::MAX),
        revision_history_limit: Some(spec.revision_history_limit.unwrap_or(10)).filter(|limit| *limit != i32::MAX),
        paused: spec.paused.unwrap_or(false),
        template: NEW_TEMPLATE,
        pod_replacement_policy: None,
    }
}

fn period(probe: &OfficialProbe) -> (u64, u64) {
    (probe.period_seconds.unwrap_or(10) as u64, probe.initial_delay_seconds.unwrap_or(0) as u64)
}

fn requested(containers: &[Container], name: &str) -> Vec<String> {
    let of = |container: &Container| {
        let resources = container.resources.clone().unwrap_or_default();
        let amount = resources.requests.unwrap_or_default().get(name).cloned();
        amount.or_else(|| resources.limits.unwrap_or_default().get(name).cloned()).map(|quantity| quantity.0)
    };
    containers.iter().filter_map(of).collect()
}

/// Compares every Deployment of `text`; returns how many there were.
fn compare(text: &str) -> usize {
    let source = crate::input::tree::yaml::source(text);
    let manifest = Manifest::read(vec![documents(&source).expect("YAML").into()]).expect("a manifest");
    let options = serde_saphyr::options! { legacy_octal_numbers: true };
    let values: Vec<serde_json::Value> = serde_saphyr::from_multiple_with_options(text, options).expect("YAML");
    let objects = values.into_iter().flat_map(|value| match value["items"].as_array() {
        Some(items) => items.clone(),
        None => vec![value],
    });
    let mut compared = 0;
    for object in objects.filter(|object| object["kind"] == "Deployment") {
        let official: Deployment = serde_json::from_value(object).expect("a Deployment");
        let name = official.metadata.name.clone().expect("a name");
        let found = manifest
            .choose_of("Deployment", Some(&name), &crate::input::tree::yaml::At::start(&source))
            .expect("found");
        let home = PodNamespace { name: &found.namespace, all: &Namespaces::default() };
        let spec = found.node.map().unwrap().require("spec").unwrap().map().unwrap();
        let read = read(("Deployment", &name), &spec, None, home, ClusterVersion::default()).expect("read");
        assert_eq!(read.spec, official_spec(&official), "{name}");
        let pod = official.spec.template.spec.expect("a pod spec");
        let grace = pod.termination_grace_period_seconds.unwrap_or(30) as u64;
        assert_eq!(read.template.grace, SimDuration::from_secs(grace), "{name}");
        let seconds = |(period, delay)| (SimDuration::from_secs(period), SimDuration::from_secs(delay));
        let own = |probe: Option<Probe>| probe.map(|probe| (probe.period, probe.initial_delay));
        let slowest = |of: fn(&Container) -> Option<&OfficialProbe>| {
            let probes = pod.containers.iter().filter_map(of).map(period);
            probes.max_by_key(|(period, delay)| (period + delay, *period)).map(seconds)
        };
        assert_eq!(own(read.template.probes.startup), slowest(|c| c.startup_probe.as_ref()), "{name}");
        assert_eq!(own(read.template.probes.readiness), slowest(|c| c.readiness_probe.as_ref()), "{name}");
        let liveness = pod.containers.iter().any(|c| c.liveness_probe.is_some());
        assert_eq!(read.template.probes.liveness.is_some(), liveness, "{name}");
        if pod.init_containers.unwrap_or_default().is_empty() {
            let sum = |name, read: fn(&Node) -> Result<u64, InputError>| {
                requested(&pod.containers, name).iter().map(|q| read(&node(&format!("'{q}'"))).unwrap()).sum::<u64>()
            };
            assert_eq!(
                read.template.requests.get("cpu"),
                sum("cpu", crate::input::tree::quantity::cpu_millis),
                "{name}"
            );
            assert_eq!(
                read.template.requests.get("memory"),
                sum("memory", crate::input::tree::quantity::memory_bytes),
                "{name}"
            );
        }
        compared += 1;
    }
    compared
}

#[test]
fn fixtures_are_read_as_the_official_types_read_them() {
    assert_eq!(compare(include_str!("../../../../tests/fixtures/shop-list.yaml")), 2);
    assert_eq!(compare(include_str!("../../../../tests/fixtures/web.yaml")), 1);
}

#[test]
fn real_manifests_are_read_as_the_official_types_read_them() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/manifests");
    let Ok(files) = std::fs::read_dir(&folder) else {
        eprintln!("skipped: no manifests are beside the project");
        return;
    };
    let mut paths: Vec<_> = files.filter_map(|file| Some(file.ok()?.path())).collect();
    paths.sort();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    let compared: usize = paths.iter().map(|path| compare(&std::fs::read_to_string(path).expect("text"))).sum();
    assert!(compared >= 10, "only {compared} Deployments were compared");
}

fn spec(text: &str, overrides: &str) -> Result<DeploymentSpec, String> {
    let (spec, overrides) = (node(text), node(overrides));
    let fields = Overridden { spec: spec.map().unwrap(), overrides: Some(overrides.map().unwrap()) };
    deployment_spec::read(&fields, NEW_TEMPLATE).map_err(|problem| problem.to_string())
}

#[test]
fn overrides_win_and_a_strategy_replaces_the_whole() {
    let manifest = "{replicas: 3, strategy: {rollingUpdate: {maxSurge: 2, maxUnavailable: 0}}}";
    let rolling = |max_surge, max_unavailable| Strategy::RollingUpdate { max_surge, max_unavailable };
    use IntOrPercent::{Int, Percent};
    let cases = [
        ("{}", rolling(Int(2), Int(0))),
        ("{maxSurge: 50%}", rolling(Percent(50), Int(0))),
        ("{strategy: Recreate}", Strategy::Recreate),
        ("{strategy: {rollingUpdate: {maxUnavailable: 1}}}", rolling(Percent(25), Int(1))),
    ];
    for (overrides, expected) in cases {
        assert_eq!(spec(manifest, overrides).unwrap().strategy, expected, "{overrides}");
    }
    assert!(spec(manifest, "{strategy: Recreate, maxSurge: 1}").unwrap_err().contains("Recreate"));
    assert!(spec("{strategy: {type: Recreate, rollingUpdate: {}}}", "{}").unwrap_err().contains("Recreate"));
    assert!(spec("{strategy: {type: Blue}}", "{}").unwrap_err().contains("unknown strategy type `Blue`"));
}

/// A vector's fields as a manifest's spec; what is null there is left out.
fn written(fields: &serde_json::Value) -> String {
    let pick = |names: &[(&str, &str)]| {
        let given = names.iter().filter(|(name, _)| !fields[*name].is_null());
        given.map(|(name, key)| format!("{key}: {}", fields[*name])).collect::<Vec<_>>().join(", ")
    };
    let limits = match pick(&[("maxSurge", "maxSurge"), ("maxUnavailable", "maxUnavailable")]) {
        none if none.is_empty() => none,
        limits => format!(", rollingUpdate: {{{limits}}}"),
    };
    let strategy = format!("{{{}{limits}}}", pick(&[("strategy", "type")])).replacen("{, ", "{", 1);
    let names = ["replicas", "revisionHistoryLimit", "progressDeadlineSeconds"].map(|name| (name, name));
    format!("{{{}}}", [pick(&names), format!("strategy: {strategy}")].join(", ")).replacen("{, ", "{", 1)
}

#[test]
fn defaults_are_those_of_the_api_server() {
    for case in cases(include_str!("../../../../tests/vectors/deployment_defaults.json")) {
        let expected = deployment(&case["expected"]["spec"]).spec;
        assert_eq!(spec(&written(&case["input"]["spec"]), "{}"), Ok(expected), "{}", case["name"]);
    }
}
