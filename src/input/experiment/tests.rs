//! Every key that has a row is read: a value that no key can have is refused wherever a user may write it.

use std::path::Path;

use crate::input::experiment::Experiment;
use crate::input::keys::deployment::{DAEMON_SET, STATEFUL_SET};
use crate::input::keys::distributions::{FAMILIES, MODIFIERS};
use crate::input::keys::key::{Form, Key, Section};
use crate::input::keys::root::{RANGE, ROOT};
use crate::input::keys::workloads::{ENTRY, OF_FILES, RELEASE};
use crate::input::tree::error::Problem;
use crate::input::tree::files::Files;
use crate::input::tree::yaml::{Entry, Node, Value, node};

/// An experiment that reads as much as one experiment can.
const EXPERIMENT: &str = "{deployment: {spec: {selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: a}}, spec: {\
    containers: [{name: a, image: 'a:1', resources: {requests: {cpu: 100m}}}], initContainers: [{name: b, image: 'b:1'}, {name: c, image: 'c:1', \
    restartPolicy: Always}]}}}}, traffic: {rate: 400, capacity: 100}}";
/// An experiment of several workloads.
const WORLD: &str = "{workloads: {manifest: shop.yaml}}";
/// No key can have this value.
const IMPOSSIBLE: &str = "[[[{}]]]";
/// Keys of Kubernetes objects that an experiment may have and that decide nothing. Their rows say so.
const NOT_READ: [&str; 3] = ["deployment.apiVersion", "deployment.kind", "horizontalPodAutoscaler.scaleTargetRef"];

#[test]
fn every_key_that_has_a_row_is_read() {
    let mut walk = Walk::default();
    walk.section(&ROOT, &node(EXPERIMENT), &Node::clone, "");
    let swept = |value: Node| with(&node(EXPERIMENT), "sweep", with(&node("{}"), "maxSurge", value));
    walk.section(&RANGE, &node("{from: 0%, to: 50%, step: 25%}"), &|value| swept(value.clone()), "sweep.maxSurge");
    let start = |value: &Node| with(&node(EXPERIMENT), "pods", with(&node("{}"), "start", value.clone()));
    walk.section(&MODIFIERS, &node("{exponential: {mean: 1m}}"), &start, "pods.start");
    for family in FAMILIES.keys() {
        walk.inside(family, &node("{}"), &start, &format!("pods.start.{}", family.name));
    }
    assert_eq!(walk.ignored, NOT_READ);
    let mut walk = Walk::default();
    let of = |key: &'static str| move |value: &Node| with(&node(WORLD), key, value.clone());
    walk.section(&OF_FILES, &node("{manifest: shop.yaml}"), &of("workloads"), "workloads");
    let own = node(EXPERIMENT).map().unwrap().get("deployment").unwrap().clone();
    let entry = |value: &Node| {
        let list = Node { at: value.at.clone(), value: Value::List(vec![value.clone()]) };
        // A DaemonSet has as many pods as there are nodes.
        with(&of("workloads")(&list), "cluster", node("{nodes: 20}"))
    };
    walk.section(&ENTRY, &with(&node("{}"), "deployment", own.clone()), &entry, "workloads");
    let pod = own.map().unwrap().get("spec").unwrap().map().unwrap().get("template").unwrap().clone();
    let set = with(&node("{}"), "spec", with(&node("{selector: {matchLabels: {app: a}}}"), "template", pod));
    let alone = |value: &Node| with(&node("{}"), "statefulSet", value.clone());
    walk.section(&STATEFUL_SET, &set, &alone, "statefulSet");
    let alone = |value: &Node| with(&node("{cluster: {nodes: 20}}"), "daemonSet", value.clone());
    walk.section(&DAEMON_SET, &set, &alone, "daemonSet");
    walk.section(&RELEASE, &node("{order: {atOnce: 2}}"), &of("release"), "release");
    let nothing = ["workloads.deployment", "workloads.statefulSet", "workloads.daemonSet", "statefulSet", "daemonSet"]
        .map(|above| [format!("{above}.apiVersion"), format!("{above}.kind")]);
    assert_eq!(walk.ignored, nothing.concat());
    assert!(walk.rows > 150, "only {} rows were looked at", walk.rows);
}

/// What has been found of the keys below the top of an experiment.
#[derive(Default)]
struct Walk {
    rows: usize,
    /// Paths of the keys whose values nobody reads.
    ignored: Vec<String>,
}

impl Walk {
    /// Looks at the keys of the map `base`, which `place` puts into an experiment.
    fn section(&mut self, section: &'static Section, base: &Node, place: &dyn Fn(&Node) -> Node, path: &str) {
        read(place(base)).unwrap_or_else(|error| panic!("{path}: {error}"));
        let elsewhere =
            |key: &&Key| path.is_empty() && matches!(key.name, "workloads" | "release" | "statefulSet" | "daemonSet");
        for key in section.keys().filter(|key| !elsewhere(key)) {
            let path = if path.is_empty() { key.name.to_owned() } else { format!("{path}.{}", key.name) };
            let base = &without_rivals(base, &path);
            self.rows += 1;
            if read(place(&with(base, key.name, node(IMPOSSIBLE)))).is_ok() {
                self.ignored.push(path.clone());
            }
            self.inside(key, base, place, &path);
        }
    }

    /// Looks at the keys inside the value of `key`, which stands in the map `base`.
    fn inside(&mut self, key: &Key, base: &Node, place: &dyn Fn(&Node) -> Node, path: &str) {
        for (section, is_list) in sections(&key.form) {
            let shown = node(valid_inside(path).or(key.example).unwrap_or("{}"));
            let written = base.map().unwrap().get(key.name).filter(|value| matches!(value.value, Value::Map(_)));
            let own = match (written, &shown.value) {
                (Some(written), _) => written.clone(),
                (None, Value::Map(_)) => shown,
                (None, Value::List(items)) if is_list => items[0].clone(),
                _ => node("{}"),
            };
            let within = |value: &Node| {
                let items = Value::List(vec![value.clone()]);
                let value = if is_list { Node { at: value.at.clone(), value: items } } else { value.clone() };
                place(&with(base, key.name, value))
            };
            self.section(section, &own, &within, path);
        }
    }
}

/// What a map needs so that it is valid and so that all of its keys count, where the row has no such example.
fn valid_inside(path: &str) -> Option<&'static str> {
    match path {
        "pods" | "pods.old" | "pods.new" | "timeline.template" | "workloads.pods" => Some("{pullPolicy: Always}"),
        "replications" => Some("{targets: [duration_s p95 ±2%]}"),
        "traffic.rate" => Some("{curve: [[0h, 120], [14h, 700]]}"),
        "statefulSet.updateStrategy"
        | "workloads.statefulSet.updateStrategy"
        | "daemonSet.updateStrategy"
        | "workloads.daemonSet.updateStrategy" => Some("{type: RollingUpdate}"),
        "workloads.statefulSet" | "workloads.daemonSet" => Some(
            "{spec: {selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: a}}, spec: {containers: [{name: a, image: 'a:1'}]}}}}",
        ),
        "deployment.strategy" | "timeline.strategy" => Some("{type: RollingUpdate}"),
        "event" => Some("{drain: 0}"),
        "workloads.pods.old" | "workloads.pods.new" => Some("{pullPolicy: Always}"),
        "workloads.rest" => Some("{manifest: shop.yaml}"),
        "workloads.deployment.strategy" => Some("{type: RollingUpdate}"),
        "workloads.event" => Some("{scale: {from: 0}}"),
        "event.scale" => Some("{from: 0}"),
        "event.reclaim" => Some("{nodes: 1}"),
        "pods.start.empirical" => Some("{csv: waits.csv, column: seconds}"),
        _ => None,
    }
}

/// A step has one action, and there is one event, so that of the example makes way for another one.
fn without_rivals(base: &Node, path: &str) -> Node {
    let mut base = base.clone();
    let rival = match path {
        "workloads.rest" | "workloads.statefulSet" | "workloads.daemonSet" => "deployment",
        "release.order.atOnce" => "waves",
        "release.order.waves" => "atOnce",
        _ => "",
    };
    if let Value::Map(entries) = &mut base.value {
        entries.retain(|entry| entry.key != rival);
    }
    if let Value::Map(entries) = &mut base.value
        && path.rsplit_once('.').is_some_and(|(above, key)| above == "timeline" && key != "at")
    {
        entries.retain(|entry| entry.key == "at");
    }
    if let Value::Map(entries) = &mut base.value
        && path.rsplit_once('.').is_some_and(|(above, _)| above == "event")
    {
        entries.clear();
    }
    base
}

/// The keys inside a value, and whether they are those of the items of a list.
fn sections(form: &Form) -> Vec<(&'static Section, bool)> {
    match form {
        Form::Map(section)
        | Form::MapOrNone(section)
        | Form::Deployment(section)
        | Form::RequestRate(section)
        | Form::Sweep(section)
        | Form::Objectives(section)
        | Form::Version(section, _)
        | Form::Family(section, _) => vec![(section, false)],
        Form::List(section) | Form::FilledList(section) | Form::Steps(section) | Form::Components(section) => {
            vec![(section, true)]
        }
        Form::Either(forms) => forms.iter().flat_map(sections).collect(),
        Form::Text
        | Form::Texts
        | Form::KubernetesVersion
        | Form::Flag
        | Form::True
        | Form::Duration
        | Form::Distribution
        | Form::PerContainer
        | Form::DistributionOrNever
        | Form::Share
        | Form::Ratio
        | Form::Utilisation
        | Form::Weight
        | Form::Size
        | Form::Amount
        | Form::IntOrPercent
        | Form::Whole(..)
        | Form::WholeOrNone(..)
        | Form::Numbers(..)
        | Form::Factor(..)
        | Form::Number
        | Form::Rate
        | Form::RequestCapacity
        | Form::Curve
        | Form::Words(_)
        | Form::Object
        | Form::Objects
        | Form::Zip
        | Form::Baseline
        | Form::Targets
        | Form::Values
        | Form::Waves => Vec::new(),
    }
}

/// The map with `value` under `key`, in place of what stood there.
fn with(map: &Node, key: &str, value: Node) -> Node {
    let mut map = map.clone();
    let Value::Map(entries) = &mut map.value else { panic!("{} is no map", map.flow()) };
    entries.retain(|entry| entry.key != key);
    entries.push(Entry { key: key.into(), at: value.at.clone(), value });
    map
}

/// Reads the experiment, and the scenario at the first point of its sweep.
fn read(tree: Node) -> Result<(), Problem> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("waits.csv"), "seconds\n1\n2\n").unwrap();
    let own = node(EXPERIMENT).map().unwrap().get("deployment").unwrap().map().unwrap().get("spec").unwrap().flow();
    let object = format!("{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: a}}, spec: {own}}}\n");
    std::fs::write(folder.path().join("shop.yaml"), object).unwrap();
    let files = Files::new(Path::new(folder.path()));
    let mut experiment = Experiment::new(tree, &files)?;
    let frame = experiment.frame()?;
    experiment.move_to(&frame.sweep, 0)?;
    experiment.members(None).map(|_| ())
}
