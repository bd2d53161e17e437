//! What of an input is copied to a result: all of it, or, of a file that holds more than a forecast can depend on, only that.
//!
//! Manifests hold secrets: values of environment variables, command lines, headers of probes, annotations (one of which
//! repeats the whole object) and objects of other kinds. None of them changes a rollout, so none is copied.

mod fields;
mod metadata;

mod container;
mod volume;

mod standing;

use std::borrow::Borrow;
use std::cell::Cell;
use std::collections::BTreeSet;

use container::{reduce_command, reduce_container, reduce_lifecycle};
use fields::{entries, field, is_empty, items, keep_only, remove, retain};
use metadata::{METADATA, reduce_metadata};
use volume::reduce_volume;

use crate::input::kubernetes::border::remove_unknown;
use crate::input::kubernetes::manifest::{READ, full_name, identity, is_rolled};
use crate::input::kubernetes::object::{is_manifest, objects};
use crate::input::kubernetes::volumes::DEFAULT_CLASS;
use crate::input::tree::error::InputError;
use crate::input::tree::files::Input;
use crate::input::tree::yaml::{Entry, Node, Value};
use crate::input::tree::yaml_text::{json, text};

/// A manifest that holds nothing.
const NO_OBJECT: &str = "apiVersion: v1\nkind: List\nitems: []\n";

/// Fields of an object that are read.
const OBJECT: &[&str] =
    &["apiVersion", "kind", "metadata", "overhead", "provisioner", "scheduling", "spec", "status", "volumeBindingMode"];
/// Fields of a Node's spec that keep pods off it.
const NODE: &[&str] = &["taints", "unschedulable"];
/// Fields of the status of objects that count or limit something.
const STATUS: &[&str] = &[
    "allocatable",
    "attached",
    "availableReplicas",
    "capacity",
    "collisionCount",
    "conditions",
    "currentHealthy",
    "currentReplicas",
    "desiredHealthy",
    "desiredReplicas",
    "disruptionsAllowed",
    "expectedPods",
    "hard",
    "nodeInfo",
    "observedGeneration",
    "phase",
    "readyReplicas",
    "replicas",
    "terminatingReplicas",
    "unavailableReplicas",
    "updatedReplicas",
    "used",
];
const CONDITION: &[&str] = &["type", "status", "reason", "lastUpdateTime", "lastTransitionTime"];
/// Fields of a claim, and of a PersistentVolume, that say who can use it and where.
const CLAIM: &[&str] = &["accessModes", "storageClassName", "volumeName"];
const VOLUME: &[&str] = &["accessModes", "claimRef", "csi", "hostPath", "nodeAffinity"];

/// What was used of the manifest with these `documents`, whose Deployments `used` are simulated; `None`: all that is in it. `beside_nodes`: Node
/// objects of other files are taken together with it.
///
/// # Errors
/// When it cannot be read; it was read before.
pub(crate) fn of_manifest(
    documents: &[Node],
    used: &BTreeSet<String>,
    beside_nodes: bool,
    input: &Input,
) -> Result<Option<String>, InputError> {
    let objects = objects(documents)?;
    let has_nodes = beside_nodes || objects.iter().any(|(kind, _)| *kind == "Node");
    let mut kept = Vec::new();
    for (kind, object) in &objects {
        let is_simulated = is_rolled(kind) && used.contains(&identity(kind, &full_name(object)?));
        let stands = has_nodes && !is_simulated && standing::is_read(kind, object);
        if is_simulated || stands || !is_rolled(kind) && READ.contains(kind) {
            kept.push((*kind, *object, stands));
        }
    }
    let left_out = Cell::new(input.reduced || kept.len() < objects.len());
    // One after the other: of a large file there are many.
    let reduced = || {
        kept.iter().map(|(kind, object, stands)| {
            let mut object = (*object).clone();
            let less = if *stands { standing::reduce(&mut object, kind) } else { reduce_object(&mut object, kind) };
            left_out.set(left_out.get() | less);
            name_kind(&mut object, kind);
            object
        })
    };
    let text = written(kept.len(), &reduced, input);
    Ok(match (left_out.get(), kept.is_empty()) {
        (false, _) => None,
        (true, true) => Some(heading(input) + NO_OBJECT),
        (true, false) => Some(text),
    })
}

/// What was used of `documents`, the file of the command line: of an experiment all, but of a Deployment in it only what is used
/// of a manifest's; of a manifest that no scenario uses none of its Deployments.
///
/// # Errors
/// When it cannot be read; it was read before.
pub(crate) fn of_root(documents: &[Node], input: &Input) -> Result<Option<String>, InputError> {
    if is_manifest(documents) {
        return of_manifest(documents, &BTreeSet::new(), false, input);
    }
    let mut documents = documents.to_vec();
    let mut left_out = false;
    for document in &mut documents {
        left_out |= reduce_workload(document);
        for entry in items(field(document, "workloads")) {
            left_out |= reduce_workload(entry);
        }
        for (path, value) in entries(field(document, "sweep")) {
            for value in items(Some(value)) {
                left_out |= reduce_at(path, value);
            }
        }
        for (path, value) in entries(field(document, "baseline")) {
            left_out |= reduce_at(path, value);
        }
    }
    Ok(left_out.then(|| written(documents.len(), &|| documents.iter(), input)))
}

/// The keys of workloads, with their kinds.
const ROLLED: [(&str, &str); 3] =
    [("deployment", "Deployment"), ("statefulSet", "StatefulSet"), ("daemonSet", "DaemonSet")];

/// Reduces the Deployment, the StatefulSet or the DaemonSet of an experiment or of an entry of its workloads.
fn reduce_workload(map: &mut Node) -> bool {
    let reduce = |(key, kind): &(&str, &str)| field(map, key).is_some_and(|node| reduce_deployment(node, kind));
    ROLLED.iter().map(reduce).fold(false, |one, other| one | other)
}

/// The value of a swept parameter as text, in which a Deployment is as it is copied.
pub(crate) fn swept_text(path: &str, value: &Node) -> String {
    let mut value = value.clone();
    reduce_at(path, &mut value);
    value.flow()
}

/// Reduces what a sweep puts at `path`. Says whether anything was left out.
fn reduce_at(path: &str, value: &mut Node) -> bool {
    let mut found = ROLLED.iter().filter_map(|(key, kind)| Some((path.strip_prefix(key)?, *kind)));
    let Some((inside, kind)) = found.next() else { return false };
    let keys: Vec<&str> = inside.split('.').skip(1).collect();
    let null = Node { at: value.at.clone(), value: Value::Null };
    let mut deployment = nested(&keys, std::mem::replace(value, null.clone()));
    let left_out = reduce_deployment(&mut deployment, kind);
    *value = unnested(deployment, &keys).unwrap_or(null);
    left_out
}

/// `value` under `keys`. Numbers among them stand for items of lists.
fn nested(keys: &[&str], value: Node) -> Node {
    let Some((key, rest)) = keys.split_first() else { return value };
    let (at, inner) = (value.at.clone(), nested(rest, value));
    let value = match key.parse::<usize>() {
        Ok(_) => Value::List(vec![inner]),
        Err(_) => Value::Map(vec![Entry { key: (*key).into(), at: at.clone(), value: inner }]),
    };
    Node { at, value }
}

/// What [`nested`] put under `keys`, if it is still there.
fn unnested(node: Node, keys: &[&str]) -> Option<Node> {
    let Some((_, rest)) = keys.split_first() else { return Some(node) };
    let inner = match node.value {
        Value::List(items) => items.into_iter().next(),
        Value::Map(entries) => entries.into_iter().next().map(|entry| entry.value),
        _ => None,
    };
    unnested(inner?, rest)
}

/// JSON as JSON, which has no comments; all else as YAML.
fn written<N: Borrow<Node>, I: Iterator<Item = N>>(count: usize, documents: &impl Fn() -> I, input: &Input) -> String {
    let json = input.path.ends_with(".json").then(|| json(count, documents())).flatten();
    json.unwrap_or_else(|| heading(input) + &text(documents()))
}

fn heading(input: &Input) -> String {
    let name: String = input.path.chars().map(|c| if c.is_control() { '?' } else { c }).collect();
    let sha256 = &input.sha256;
    format!(
        "# This is what rollcast used of {name}, a file with the SHA-256\n# {sha256}.\n\
         # Objects and fields that no forecast depends on were left out, such as the environment of containers; so were comments.\n"
    )
}

/// Reduces an object of a manifest. Says whether anything was left out.
fn reduce_object(object: &mut Node, kind: &str) -> bool {
    let mut left_out = keep_only(object, OBJECT);
    if let Some(status) = field(object, "status") {
        left_out |= keep_only(status, STATUS);
        for condition in items(field(status, "conditions")) {
            left_out |= keep_only(condition, CONDITION);
        }
    }
    left_out
        | match kind {
            "Deployment" | "StatefulSet" | "DaemonSet" => reduce_deployment(object, kind),
            "Node" => {
                let info = field(object, "status").and_then(|status| field(status, "nodeInfo"));
                info.is_some_and(|info| keep_only(info, &["kubeletVersion"]))
                    | reduce_metadata(field(object, "metadata"))
                    | field(object, "spec").is_some_and(|spec| keep_only(spec, NODE))
            }
            "StorageClass" => field(object, "metadata").is_some_and(reduce_class),
            _ => reduce_metadata(field(object, "metadata")) | reduce_storage(object, kind),
        }
}

/// Of the annotations of a StorageClass the one that makes it the default class is kept.
fn reduce_class(metadata: &mut Node) -> bool {
    let left_out = retain(metadata, |key| METADATA.contains(&key) || key == "annotations");
    left_out | field(metadata, "annotations").is_some_and(|annotations| keep_only(annotations, &[DEFAULT_CLASS]))
}

/// Of a StatefulSet's claims nothing is read but that there are some.
fn reduce_claims(spec: &mut Node) -> bool {
    let mut left_out = false;
    for claim in items(field(spec, "volumeClaimTemplates")) {
        left_out |= keep_only(claim, &["metadata", "spec"]) | reduce_metadata(field(claim, "metadata"));
        left_out |= field(claim, "spec").is_some_and(|spec| keep_only(spec, CLAIM));
    }
    left_out
}

/// Of claims and volumes only what says who can use them, and where, is kept.
fn reduce_storage(object: &mut Node, kind: &str) -> bool {
    let Some(spec) = field(object, "spec") else { return false };
    match kind {
        "PersistentVolumeClaim" => keep_only(spec, CLAIM),
        "PersistentVolume" => {
            let mut left_out = keep_only(spec, VOLUME);
            left_out |= field(spec, "csi").is_some_and(|csi| keep_only(csi, &["driver"]));
            left_out |= field(spec, "claimRef").is_some_and(|claim| keep_only(claim, &["name", "namespace"]));
            if let Some(path) = field(spec, "hostPath").filter(|path| !is_empty(path)) {
                path.value = Value::Map(Vec::new());
                left_out = true;
            }
            left_out
        }
        "CSINode" => items(field(spec, "drivers"))
            .iter_mut()
            .fold(false, |left_out, driver| keep_only(driver, &["allocatable", "name"]) | left_out),
        "VolumeAttachment" => {
            let source = field(spec, "source").is_some_and(|source| keep_only(source, &["persistentVolumeName"]));
            keep_only(spec, &["attacher", "nodeName", "source"]) | source
        }
        _ => false,
    }
}

/// Items of a typed list need not say their kind; by themselves they must.
fn name_kind(object: &mut Node, kind: &str) {
    let at = object.at.clone();
    if let Value::Map(entries) = &mut object.value {
        let is_said = |entry: &Entry| entry.key == "kind" && !is_empty(&entry.value);
        if !entries.iter().any(is_said) {
            entries.retain(|entry| entry.key != "kind");
            entries.insert(0, Entry { key: "kind".into(), at: at.clone(), value: Node::plain(at, kind) });
        }
    }
}

/// Reduces what is around the spec of a Deployment or a StatefulSet, and that.
fn reduce_deployment(deployment: &mut Node, kind: &str) -> bool {
    let mut left_out = reduce_metadata(field(deployment, "metadata"));
    let Some(spec) = field(deployment, "spec") else { return left_out };
    left_out |= remove_unknown(spec, kind);
    if kind == "StatefulSet" {
        left_out |= reduce_claims(spec);
    }
    let Some(template) = field(spec, "template") else { return left_out };
    left_out |= reduce_metadata(field(template, "metadata"));
    let Some(pod) = field(template, "spec") else { return left_out };
    for container in items(field(pod, "initContainers")) {
        left_out |= reduce_command(container);
        left_out |= reduce_lifecycle(container) | remove(container, &["env", "envFrom"]);
    }
    for key in ["containers", "ephemeralContainers"] {
        for container in items(field(pod, key)) {
            left_out |= reduce_container(container);
        }
    }
    for volume in items(field(pod, "volumes")) {
        left_out |= reduce_volume(volume);
    }
    left_out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::tree::documents::documents;
    use crate::input::tree::yaml::source;

    fn input() -> Input {
        Input { path: "web\n.yaml".into(), sha256: "ab".into(), bytes: 1, copy: b"".as_slice().into(), reduced: false }
    }

    /// What is copied of a manifest whose Deployments `used` are used, without its heading; `None`: all of it.
    fn excerpt(manifest: &str, used: &[&str]) -> Option<String> {
        let used = used.iter().map(|name| (*name).to_owned()).collect();
        let text = of_manifest(&documents(&source(manifest)).unwrap(), &used, false, &input()).unwrap()?;
        let body = text.strip_prefix(&heading(&input())).expect("a heading");
        assert_eq!(
            of_manifest(&documents(&source(&text)).unwrap(), &used, false, &input()).unwrap(),
            None,
            "nothing more is left out of {text}"
        );
        Some(body.to_owned())
    }

    fn deployment(container: &str) -> String {
        format!(
            "kind: Deployment\nmetadata: {{name: web}}\nspec: {{template: {{spec: {{containers: [{container}]}}}}}}\n"
        )
    }

    /// The container that is copied, on one line; `None`: all of the manifest.
    fn container(container: &str) -> Option<String> {
        let text = excerpt(&deployment(container), &["default/web"])?;
        let tree = documents(&source(&text)).unwrap().remove(0);
        let spec = tree.map().unwrap().map("spec").unwrap().unwrap();
        let pod = spec.map("template").unwrap().unwrap().map("spec").unwrap().unwrap();
        Some(pod.list("containers").unwrap()[0].flow())
    }

    #[test]
    fn a_manifest_of_which_all_is_used_is_copied_whole() {
        let whole = "# Mine.\nkind: Deployment\nmetadata: {name: web, creationTimestamp: null, labels: {env: prod}}\n\
                     spec: {replicas: 2, selector: {matchLabels: {env: prod}}, template: {metadata: {annotations: {}}, spec: \
                     {containers: [{name: a, image: b, env: [], args: null, readinessProbe: {httpGet: {path: /ready}}, \
                     lifecycle: {preStop: {exec: {command: [/bin/sh, -c, sleep 5]}}}}]}}}\nstatus: {}\n---\nkind: Node\n\
                     status: {allocatable: {cpu: 1}}\n";
        assert_eq!(excerpt(whole, &["default/web"]), None);
    }

    #[test]
    fn objects_that_are_not_used_are_left_out_and_lists_opened() {
        let list = "kind: List\nitems:\n- {kind: Secret, stringData: {a: x}}\n- kind: DeploymentList\n  items: [{metadata: {name: a}}, \
                    {metadata: {name: b, namespace: shop}}]\n- {kind: Node, metadata: {name: n}}\n";
        let used = "kind: Deployment\nmetadata:\n  name: b\n  namespace: shop\n---\nkind: Node\nmetadata:\n  name: n\n";
        // Pods of a Deployment that is not used may stand on the Nodes; its name is nobody's business.
        let nameless = format!("kind: Deployment\nmetadata: {{}}\n---\n{used}");
        assert_eq!(excerpt(list, &["shop/b"]).unwrap(), nameless);
        let both = format!("kind: Deployment\nmetadata:\n  name: a\n---\n{used}");
        assert_eq!(excerpt(list, &["shop/b", "default/a"]).unwrap(), both);
        let without_nodes =
            "{kind: List, items: [{kind: Deployment, metadata: {name: a}}, {kind: Secret}, {kind: StatefulSet}]}";
        assert_eq!(excerpt(without_nodes, &["default/a"]).unwrap(), "kind: Deployment\nmetadata:\n  name: a\n");
        assert_eq!(excerpt("kind: Secret\n", &[]).unwrap(), NO_OBJECT);
    }

    #[test]
    fn of_pods_on_the_nodes_their_place_and_what_they_take_there_are_copied() {
        let pod = "{kind: Pod, metadata: {name: db-0, namespace: data, uid: x, labels: {app: db}, annotations: {a: x}}, spec: \
                   {nodeName: n, priority: 5, containers: [{name: db, image: x, env: [{name: a, value: x}], resources: {requests: {cpu: 1}}}]}, \
                   status: {phase: Running, podIP: 10.0.0.1}}\n---\n{kind: Node, metadata: {name: n}}\n";
        let copied = "kind: Pod\nmetadata:\n  namespace: data\n  labels:\n    app: db\nspec:\n  nodeName: n\n  containers:\n    - name: \
                      db\n      resources:\n        requests:\n          cpu: 1\nstatus:\n  phase: Running\n---\nkind: Node\nmetadata:\n  name: n\n";
        assert_eq!(excerpt(pod, &[]).unwrap(), copied);
    }

    #[test]
    fn what_is_left_of_json_is_json() {
        let of = |path: &str, text: &str| {
            let used = ["default/web".to_owned()].into();
            of_manifest(&documents(&source(text)).unwrap(), &used, false, &Input { path: path.into(), ..input() })
                .unwrap()
                .unwrap()
        };
        let list = r#"{"kind": "List", "items": [{"kind": "Deployment", "metadata": {"name": "web", "uid": "x"}}, {"kind": "Secret"}]}"#;
        let left = "{\n  \"kind\": \"Deployment\",\n  \"metadata\": {\n    \"name\": \"web\"\n  }\n}\n";
        assert_eq!(of("web.json", list), left);
        assert!(of("web.yaml", list).starts_with("# This is what rollcast used"));
        let yaml = "{kind: Deployment, metadata: {name: web, uid: x}}";
        assert!(of("web.json", yaml).starts_with("# This is what rollcast used"));
    }

    #[test]
    fn of_metadata_and_status_the_names_and_numbers_are_kept() {
        let object = "kind: Node\nmetadata: {name: n, uid: 1, managedFields: [x], annotations: {a: b}, labels: {zone: a}}\n\
                      spec: {taints: [{key: a}], providerID: cloud}\nstatus: {allocatable: {cpu: 2}, images: [{names: [a]}], conditions: [{type: Ready, \
                      message: long}]}\ndata: {a: b}\n";
        let kept = "kind: Node\nmetadata:\n  name: n\n  labels:\n    zone: a\nspec:\n  taints:\n    - key: a\nstatus:\n  \
                    allocatable:\n    cpu: 2\n  conditions:\n    - type: Ready\n";
        assert_eq!(excerpt(object, &[]).unwrap(), kept);
    }

    #[test]
    fn containers_are_copied_without_what_configures_the_program() {
        let cases = [
            (
                "{name: a, env: [{name: b, value: x}], envFrom: [{}], args: [x], command: [x], image: b}",
                "{name: a, image: b}",
            ),
            ("{envv: [{value: x}], image: b}", "{image: b}"),
            (
                "{startupProbe: {exec: {command: [x]}, periodSeconds: 2}}",
                "{startupProbe: {exec: {command: [left-out]}, periodSeconds: 2}}",
            ),
            (
                "{livenessProbe: {httpGet: {path: \"/live?token=x\", port: 80, httpHeaders: [{name: a, value: x}]}}}",
                "{livenessProbe: {httpGet: {path: /live, port: 80}}}",
            ),
            (
                "{lifecycle: {postStart: {exec: {command: [notify, token]}}}}",
                "{lifecycle: {postStart: {exec: {command: [left-out]}}}}",
            ),
        ];
        for (written, copied) in cases {
            assert_eq!(container(written).as_deref(), Some(copied));
        }
    }

    #[test]
    fn of_a_command_before_the_stop_its_sleep_is_copied() {
        let hook = |command: &str| format!("{{lifecycle: {{preStop: {{exec: {command}}}}}}}");
        for whole in ["[sleep, \"5\"]", "[/bin/sleep, 5s]", "[/bin/bash, -c, sleep 2.5]"] {
            assert_eq!(container(&hook(&format!("{{command: {whole}}}"))), None, "{whole}");
        }
        let cases = [
            ("[sh, -c, sleep 2.5 && curl -d x localhost]", "{command: [sleep, 2.5]}"),
            ("[sh, -c, \"sleep 30; x\"]", "{command: [sleep, 30]}"),
            ("[sh, -c, sleep 0.000000001; x]", "{command: [sleep, 0.000000001]}"),
            ("[/x]", "{command: [left-out]}"),
        ];
        for (written, copied) in cases {
            assert_eq!(container(&hook(&format!("{{command: {written}}}"))), Some(hook(copied)), "{written}");
        }
    }

    #[test]
    fn volumes_are_copied_as_references() {
        let pod = "kind: Deployment\nspec: {template: {spec: {volumes: [{name: a, secret: {secretName: b}}, {name: c, csi: {driver: d, \
                   volumeAttributes: {password: x}}}]}}}\n";
        let copied = excerpt(pod, &["default/unnamed"]).unwrap();
        assert!(
            copied.ends_with(
                "- name: a\n          secret:\n            secretName: b\n        - name: c\n          csi: {}\n"
            ),
            "{copied}"
        );
    }

    #[test]
    fn an_experiment_is_copied_without_the_environment_of_its_own_deployment() {
        let of = |text: &str| of_root(&documents(&source(text)).unwrap(), &input()).unwrap();
        assert_eq!(of("# Mine.\ndeployment: web.yaml\nsweep: {maxSurge: [1, 2]}\n"), None);
        let own = "deployment:\n  maxSurge: 25%\n  spec: {template: {spec: {containers: [{name: a, env: [{value: x}]}]}}}\n\
                   objectives: [p95 duration_s <= 5m]\n";
        let copied = "deployment:\n  maxSurge: 25%\n  spec:\n    template:\n      spec:\n        containers:\n          - name: a\n\
                      objectives:\n  - p95 duration_s <= 5m\n";
        assert_eq!(of(own).unwrap(), heading(&input()) + copied);
        let swept = "deployment: {}\nsweep: {deployment: [{spec: {template: {spec: {containers: [{env: [x], image: a}]}}}}], \
                     deployment.spec.template.spec.containers.0.env: [[x], [y]], maxSurge: [1]}\nbaseline: \
                     {deployment.spec.template.spec.containers.0.env: [x]}\n";
        let copied = of(swept).unwrap();
        let sweep = documents(&source(&copied)).unwrap()[0].flow();
        let expected = "{deployment: {}, sweep: {deployment: [{spec: {template: {spec: {containers: [{image: a}]}}}}], \
                        deployment.spec.template.spec.containers.0.env: [null, null], maxSurge: [1]}, baseline: \
                        {deployment.spec.template.spec.containers.0.env: null}}";
        assert_eq!(sweep, expected);
        assert_eq!(of(&copied), None);
        // A manifest that the command line replaces by another.
        assert_eq!(of(&deployment("{}")).unwrap(), heading(&input()) + NO_OBJECT);
    }

    /// What is copied of a Deployment whose pod template has this metadata and these init containers; `None`: all of it.
    fn template(metadata: &str, init: &str) -> Option<String> {
        let text = format!(
            "kind: Deployment\nmetadata: {{name: web}}\nspec: {{template: {{metadata: {{{metadata}}}, spec: {{containers: [], \
             initContainers: [{init}]}}}}}}\n"
        );
        let copied = excerpt(&text, &["default/web"])?;
        Some(documents(&source(&copied)).unwrap().remove(0).flow())
    }

    /// What a copied command says is what the whole one did.
    #[test]
    fn of_an_init_container_s_command_only_its_sleep_is_copied() {
        for (command, copied) in [
            ("command: [sleep, '5']", None),
            ("command: [sh, -c, 'sleep 5; left-out']", None),
            ("image: 'a:1'", None),
            (
                "command: [sh, -c], args: [sleep 5; ./migrate --password=x]",
                Some("command: [sh, -c, sleep 5; left-out]"),
            ),
            ("command: ['true']", None),
            ("command: [./migrate, --password=x]", Some("initContainers: [{}]")),
            (
                "restartPolicy: Always, command: [./proxy, --password=x]",
                Some("initContainers: [{restartPolicy: Always}]"),
            ),
        ] {
            let found = template("", &format!("{{{command}}}"));
            let Some(copied) = copied else {
                assert!(found.is_none_or(|text| !text.contains("password") && text.contains("[{}]")), "{command}");
                continue;
            };
            let found = found.expect(command);
            assert!(found.contains(copied) && !found.contains("password"), "{command}: {found}");
        }
    }

    #[test]
    fn annotations_about_proxies_are_copied() {
        let found = template("annotations: {secret: x, sidecar.istio.io/proxyCPU: 250m}", "").expect("less");
        assert!(found.contains("sidecar.istio.io/proxyCPU: 250m") && !found.contains("secret"), "{found}");
        assert!(!template("annotations: {secret: x}", "").expect("less").contains("annotations"));
    }
}
