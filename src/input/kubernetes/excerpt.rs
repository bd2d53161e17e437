//! What of an input is copied to a result: all of it, or, of a file that holds more than a forecast can depend on, only that.
//!
//! Manifests hold secrets: values of environment variables, command lines, headers of probes, annotations (one of which
//! repeats the whole object) and objects of other kinds. None of them changes a rollout, so none is copied.

use std::collections::BTreeSet;
use std::rc::Rc;

use crate::input::kubernetes::border::remove_unknown;
use crate::input::kubernetes::hook::hook;
use crate::input::kubernetes::manifest::{READ, full_name};
use crate::input::kubernetes::object::{is_manifest, objects};
use crate::input::tree::error::InputError;
use crate::input::tree::fields::Map;
use crate::input::tree::files::Input;
use crate::input::tree::yaml::{Entry, Node, Source, Value, documents};
use crate::input::tree::yaml_text::{json, text};
use crate::time::SimDuration;

/// What stands in a copy for a command that no forecast depends on.
const LEFT_OUT: &str = "left-out";
/// A manifest that holds nothing.
const NO_OBJECT: &str = "apiVersion: v1\nkind: List\nitems: []\n";

/// Fields of an object that are read.
const OBJECT: &[&str] = &["apiVersion", "kind", "metadata", "spec", "status"];
/// Fields of metadata that name an object or say how old it is.
const METADATA: &[&str] =
    &["name", "generateName", "namespace", "labels", "generation", "creationTimestamp", "deletionTimestamp"];
/// Fields of a Node's spec that keep pods off it.
const NODE: &[&str] = &["taints", "unschedulable"];
/// Fields of the status of objects that count or limit something.
const STATUS: &[&str] = &[
    "allocatable",
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
    "observedGeneration",
    "readyReplicas",
    "replicas",
    "terminatingReplicas",
    "unavailableReplicas",
    "updatedReplicas",
    "used",
];
const CONDITION: &[&str] = &["type", "status", "reason", "lastUpdateTime", "lastTransitionTime"];
/// Fields of a container that carry the program's own configuration.
const CONFIGURATION: &[&str] = &["args", "command", "env", "envFrom"];
/// Sources of volumes that only refer to something; of others their kind is kept.
const REFERRING: &[&str] = &[
    "configMap",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "hostPath",
    "image",
    "name",
    "nfs",
    "persistentVolumeClaim",
    "projected",
    "secret",
];

/// What was used of the manifest `source`, whose Deployments `used` are simulated; `None`: all that is in it.
///
/// # Errors
/// When it cannot be read; it was read before.
pub(crate) fn of_manifest(
    source: &Rc<Source>,
    used: &BTreeSet<String>,
    input: &Input,
) -> Result<Option<String>, InputError> {
    let documents = documents(source)?;
    let mut kept = Vec::new();
    let mut left_out = false;
    for (kind, object) in objects(&documents)? {
        let is_used = READ.contains(&kind) && (kind != "Deployment" || used.contains(&full_name(object)?));
        if !is_used {
            left_out = true;
            continue;
        }
        let mut object = object.clone();
        left_out |= reduce_object(&mut object, kind);
        name_kind(&mut object, kind);
        kept.push(object);
    }
    Ok(match (left_out, kept.is_empty()) {
        (false, _) => None,
        (true, true) => Some(heading(input) + NO_OBJECT),
        (true, false) => Some(written(&kept, input)),
    })
}

/// What was used of `source`, the file of the command line: of an experiment all, but of a Deployment in it only what is used
/// of a manifest's; of a manifest that no scenario uses none of its Deployments.
///
/// # Errors
/// When it cannot be read; it was read before.
pub(crate) fn of_root(source: &Rc<Source>, input: &Input) -> Result<Option<String>, InputError> {
    let mut documents = documents(source)?;
    if is_manifest(&documents) {
        return of_manifest(source, &BTreeSet::new(), input);
    }
    let mut left_out = false;
    for document in &mut documents {
        left_out |= field(document, "deployment").is_some_and(reduce_deployment);
        for (path, value) in entries(field(document, "sweep")) {
            for value in items(Some(value)) {
                left_out |= reduce_at(path, value);
            }
        }
        for (path, value) in entries(field(document, "baseline")) {
            left_out |= reduce_at(path, value);
        }
    }
    Ok(left_out.then(|| written(&documents, input)))
}

/// The value of a swept parameter as text, in which a Deployment is as it is copied.
pub(crate) fn swept_text(path: &str, value: &Node) -> String {
    let mut value = value.clone();
    reduce_at(path, &mut value);
    value.flow()
}

/// Reduces what a sweep puts at `path`. Says whether anything was left out.
fn reduce_at(path: &str, value: &mut Node) -> bool {
    let Some(inside) = path.strip_prefix("deployment") else { return false };
    let keys: Vec<&str> = inside.split('.').skip(1).collect();
    let null = Node { at: value.at.clone(), value: Value::Null };
    let mut deployment = nested(&keys, std::mem::replace(value, null.clone()));
    let left_out = reduce_deployment(&mut deployment);
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
fn written(documents: &[Node], input: &Input) -> String {
    let json = input.path.ends_with(".json").then(|| json(documents)).flatten();
    json.unwrap_or_else(|| heading(input) + &text(documents))
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
            "Deployment" => reduce_deployment(object),
            "Node" => {
                reduce_metadata(field(object, "metadata"))
                    | field(object, "spec").is_some_and(|spec| keep_only(spec, NODE))
            }
            _ => reduce_metadata(field(object, "metadata")),
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

fn reduce_metadata(metadata: Option<&mut Node>) -> bool {
    metadata.is_some_and(|metadata| keep_only(metadata, METADATA))
}

/// Reduces what is around a Deployment's spec, and that.
fn reduce_deployment(deployment: &mut Node) -> bool {
    let mut left_out = reduce_metadata(field(deployment, "metadata"));
    let Some(spec) = field(deployment, "spec") else { return left_out };
    left_out |= remove_unknown(spec);
    let Some(template) = field(spec, "template") else { return left_out };
    left_out |= reduce_metadata(field(template, "metadata"));
    let Some(pod) = field(template, "spec") else { return left_out };
    for key in ["containers", "initContainers", "ephemeralContainers"] {
        for container in items(field(pod, key)) {
            left_out |= reduce_container(container);
        }
    }
    for volume in items(field(pod, "volumes")) {
        left_out |= reduce_volume(volume);
    }
    left_out
}

fn reduce_container(container: &mut Node) -> bool {
    let mut left_out = remove(container, CONFIGURATION);
    for key in ["startupProbe", "readinessProbe", "livenessProbe"] {
        left_out |= reduce_handler(field(container, key));
    }
    let Some(lifecycle) = field(container, "lifecycle") else { return left_out };
    left_out |= reduce_handler(field(lifecycle, "postStart"));
    left_out | field(lifecycle, "preStop").is_some_and(reduce_pre_stop)
}

/// Of what a probe or a hook does only its kind is kept: no command, no header, and no query after the path.
fn reduce_handler(handler: Option<&mut Node>) -> bool {
    let Some(handler) = handler else { return false };
    field(handler, "exec").is_some_and(leave_command_out) | reduce_request(handler)
}

/// The request that a probe or a hook sends.
fn reduce_request(handler: &mut Node) -> bool {
    let Some(get) = field(handler, "httpGet") else { return false };
    let left_out = remove(get, &["httpHeaders"]);
    let Some(Value::Scalar(path)) = field(get, "path").map(|path| &mut path.value) else { return left_out };
    let Some(query) = path.text.find('?') else { return left_out };
    path.text.truncate(query);
    true
}

/// A hook before the stop: the sleep of its command is used, so that stays.
fn reduce_pre_stop(hook: &mut Node) -> bool {
    let left_out = reduce_request(hook);
    let Some(exec) = field(hook, "exec") else { return left_out };
    let read = |exec: &Node| Some((only_sleeps(&exec.map().ok()?).ok()?, least(&exec.map().ok()?).ok()?));
    let (only, least) = read(exec).unwrap_or_default();
    if only {
        return left_out;
    }
    if least.is_zero() {
        return leave_command_out(exec) | left_out;
    }
    remove(exec, &["command"]);
    set_command(exec, &["sleep".to_owned(), in_seconds(least)]);
    true
}

/// How long a command takes at least.
fn least(exec: &Map<'_>) -> Result<SimDuration, InputError> {
    Ok(hook(&exec.list("command")?.iter().map(Node::text).collect::<Result<Vec<_>, _>>()?).least)
}

/// Whether a command is `sleep N`, run directly or by a shell, and nothing else.
fn only_sleeps(exec: &Map<'_>) -> Result<bool, InputError> {
    let command = exec.list("command")?.iter().map(Node::text).collect::<Result<Vec<_>, _>>()?.join(" ");
    let mut words = command.split(' ').peekable();
    let name = |word: &str| word.strip_prefix("/usr/bin/").or(word.strip_prefix("/bin/")).unwrap_or(word).to_owned();
    if words.next_if(|word| ["sh", "bash", "ash", "dash"].contains(&name(word).as_str())).is_some() {
        words.next_if(|word| ["-c", "-ec", "-lc"].contains(word));
    }
    let sleeps = words.next().is_some_and(|word| name(word) == "sleep");
    let length = words.next().is_some_and(|word| {
        word.len() <= 20 && word.strip_suffix('s').unwrap_or(word).chars().all(|c| c.is_ascii_digit() || c == '.')
    });
    Ok(sleeps && length && words.next().is_none())
}

/// Puts a word in the place of a command, which the API server requires.
fn leave_command_out(exec: &mut Node) -> bool {
    let words = items(field(exec, "command")).iter().map(|word| word.text().map(str::to_owned));
    if words.collect::<Vec<_>>() == [Ok(LEFT_OUT.to_owned())] {
        return false;
    }
    let is_there = remove(exec, &["command"]);
    if is_there {
        set_command(exec, &[LEFT_OUT.to_owned()]);
    }
    is_there
}

fn in_seconds(length: SimDuration) -> String {
    let seconds = format!("{}.{:09}", length.as_nanos() / 1_000_000_000, length.as_nanos() % 1_000_000_000);
    seconds.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn set_command(exec: &mut Node, words: &[String]) {
    let at = exec.at.clone();
    let words = words.iter().map(|word| {
        let mut node = Node::plain(at.clone(), word.as_str());
        if let Value::Scalar(scalar) = &mut node.value {
            scalar.plain = false;
        }
        node
    });
    let words = words.collect();
    if let Value::Map(entries) = &mut exec.value {
        entries.push(Entry { key: "command".into(), at: at.clone(), value: Node { at, value: Value::List(words) } });
    }
}

fn reduce_volume(volume: &mut Node) -> bool {
    let mut left_out = false;
    if let Value::Map(entries) = &mut volume.value {
        for entry in entries.iter_mut().filter(|entry| !REFERRING.contains(&entry.key.as_str())) {
            left_out |= !is_empty(&entry.value);
            entry.value.value = Value::Map(Vec::new());
        }
    }
    let claim = field(volume, "ephemeral").and_then(|source| field(source, "volumeClaimTemplate"));
    left_out | claim.is_some_and(|claim| reduce_metadata(field(claim, "metadata")))
}

/// The value under a key of a map.
fn field<'n>(node: &'n mut Node, key: &str) -> Option<&'n mut Node> {
    let Value::Map(entries) = &mut node.value else { return None };
    entries.iter_mut().find(|entry| entry.key == key).map(|entry| &mut entry.value)
}

fn entries(node: Option<&mut Node>) -> impl Iterator<Item = (&str, &mut Node)> {
    let entries = match node.map(|node| &mut node.value) {
        Some(Value::Map(entries)) => &mut entries[..],
        _ => &mut [],
    };
    entries.iter_mut().map(|entry| (entry.key.as_str(), &mut entry.value))
}

fn items(node: Option<&mut Node>) -> &mut [Node] {
    match node.map(|node| &mut node.value) {
        Some(Value::List(items)) => items,
        _ => &mut [],
    }
}

/// Keeps the fields `kept` of a map. Says whether others had values.
fn keep_only(node: &mut Node, kept: &[&str]) -> bool {
    retain(node, |key| kept.contains(&key))
}

/// Removes the fields `removed` of a map. Says whether they had values.
fn remove(node: &mut Node, removed: &[&str]) -> bool {
    retain(node, |key| !removed.contains(&key))
}

fn retain(node: &mut Node, is_kept: impl Fn(&str) -> bool) -> bool {
    let Value::Map(entries) = &mut node.value else { return false };
    let before = entries.len();
    entries.retain(|entry| is_kept(&entry.key) || is_empty(&entry.value));
    entries.len() < before
}

fn is_empty(node: &Node) -> bool {
    match &node.value {
        Value::Null => true,
        Value::Scalar(_) => false,
        Value::List(items) => items.is_empty(),
        Value::Map(entries) => entries.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::tree::yaml::source;

    fn input() -> Input {
        Input { path: "web\n.yaml".into(), sha256: "ab".into(), bytes: 1, copy: b"".as_slice().into(), reduced: false }
    }

    /// What is copied of a manifest whose Deployments `used` are used, without its heading; `None`: all of it.
    fn excerpt(manifest: &str, used: &[&str]) -> Option<String> {
        let used = used.iter().map(|name| (*name).to_owned()).collect();
        let text = of_manifest(&source(manifest), &used, &input()).unwrap()?;
        let body = text.strip_prefix(&heading(&input())).expect("a heading");
        assert_eq!(of_manifest(&source(&text), &used, &input()).unwrap(), None, "nothing more is left out of {text}");
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
        assert_eq!(excerpt(list, &["shop/b"]).unwrap(), used);
        let both = format!("kind: Deployment\nmetadata:\n  name: a\n---\n{used}");
        assert_eq!(excerpt(list, &["shop/b", "default/a"]).unwrap(), both);
        assert_eq!(excerpt("kind: Secret\n", &[]).unwrap(), NO_OBJECT);
    }

    #[test]
    fn what_is_left_of_json_is_json() {
        let of = |path: &str, text: &str| {
            let used = ["default/web".to_owned()].into();
            of_manifest(&source(text), &used, &Input { path: path.into(), ..input() }).unwrap().unwrap()
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
                "{lifecycle: {postStart: {exec: {command: [sleep, 5]}}}}",
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
        let of = |text: &str| of_root(&source(text), &input()).unwrap();
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
}
