//! What surrounded the workload: nodes, what others take of them, and quotas.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::amount;
use super::begin::Beginning;
use super::history::History;
use super::names::{Named, appeared};
use super::node_choice;
use super::object_seen::ObjectSeen;
use super::source::{At, text_at};
use super::target::Kind;

/// The nodes of a recording: numbered in the order of their names.
#[derive(Clone, Debug, Default)]
pub(super) struct Nodes {
    names: Vec<String>,
}

impl Nodes {
    /// All nodes that were seen, without those that were gone by the instant 0, those that pods were bound to, and `more`.
    pub(super) fn of(history: &History, pods: &[Named<'_>], (zero, more): (i64, &[String])) -> Self {
        let mut last: BTreeMap<&str, &ObjectSeen> = BTreeMap::new();
        last.extend(history.nodes.iter().map(|seen| (seen.name.as_str(), seen)));
        let is_gone = |seen: &ObjectSeen| seen.object.is_none() && seen.at.nanos < zero;
        let seen = last.into_iter().filter(|(_, seen)| !is_gone(seen)).map(|(name, _)| name.to_owned());
        let bound = pods.iter().filter_map(|pod| Some(pod.life.bound.as_ref()?.1.clone()));
        let names: BTreeSet<String> = seen.chain(bound).chain(more.iter().cloned()).collect();
        Self { names: names.into_iter().collect() }
    }

    /// The number of a node.
    pub(super) fn number(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|known| known == name)
    }

    /// Their names, in order.
    pub(super) fn names(&self) -> &[String] {
        &self.names
    }
}

/// The processors that a pod asks for, in thousandths.
pub(super) fn cpu_of(spec: &Value) -> i64 {
    let sum = |list: &str| -> Vec<i64> {
        let containers = spec.get(list).and_then(Value::as_array).into_iter().flatten();
        containers.map(|one| text_at(one, "/resources/requests/cpu").and_then(amount::millis).unwrap_or(0)).collect()
    };
    let first = sum("initContainers").into_iter().max().unwrap_or(0);
    sum("containers").iter().sum::<i64>().max(first)
}

/// The bytes of memory that a pod asks for.
fn memory_of(spec: &Value) -> i64 {
    let sum = |list: &str| -> Vec<i64> {
        let containers = spec.get(list).and_then(Value::as_array).into_iter().flatten();
        let asked = |one: &Value| text_at(one, "/resources/requests/memory").and_then(amount::millis);
        containers.map(|one| asked(one).unwrap_or(0) / 1000).collect()
    };
    let first = sum("initContainers").into_iter().max().unwrap_or(0);
    sum("containers").iter().sum::<i64>().max(first)
}

/// What each node has left of a resource beside the pods of others; `None`: of some node that is not known.
fn rooms(
    history: &History,
    nodes: &Nodes,
    (resource, unit): (&str, i64),
    asked: impl Fn(&Value) -> i64,
) -> Option<Vec<i64>> {
    let objects: BTreeMap<&str, &Value> =
        history.nodes.iter().filter_map(|seen| Some((seen.name.as_str(), seen.object.as_ref()?))).collect();
    let room = |name: &String| {
        let path = format!("/status/allocatable/{resource}");
        let whole = text_at(objects.get(name.as_str())?, &path).and_then(amount::millis)? / unit;
        let beside = history.others.iter().filter(|pod| takes_room(pod, name));
        let taken: i64 = beside.map(|pod| pod.get("spec").map_or(0, &asked)).sum();
        Some((whole - taken).max(0))
    };
    let rooms: Option<Vec<i64>> = nodes.names.iter().map(room).collect();
    rooms.filter(|rooms| !rooms.is_empty())
}

/// The most that any of the pods asks for; different amounts are told.
fn largest(pods: &[Named<'_>], what: &str, asked: impl Fn(&Value) -> i64, remarks: &mut Vec<String>) -> i64 {
    let amounts: BTreeSet<i64> = pods.iter().filter_map(|pod| pod.life.spec.as_ref()).map(asked).collect();
    if amounts.len() > 1 {
        remarks.push(format!("pods asked for different amounts of {what}: the largest stands for all"));
    }
    amounts.into_iter().max().unwrap_or(0)
}

/// The object `cluster` of a recording, and remarks on what is not known of it.
pub(super) fn cluster(history: &History, nodes: &Nodes, pods: &[Named<'_>]) -> (Map<String, Value>, Vec<String>) {
    let mut cluster = Map::new();
    let mut remarks = Vec::new();
    cluster.insert("nodes".into(), json!(nodes.names.len().max(1)));
    let objects: BTreeMap<&str, &Value> =
        history.nodes.iter().filter_map(|seen| Some((seen.name.as_str(), seen.object.as_ref()?))).collect();
    zones(&mut cluster, nodes, &objects);
    let asked = largest(pods, "CPU", cpu_of, &mut remarks);
    if asked > 0 {
        cluster.insert("pod_cpu_request".into(), json!(format!("{asked}m")));
    }
    match rooms(history, nodes, ("cpu", 1), cpu_of) {
        Some(rooms) if asked > 0 => {
            let rooms: Vec<String> = rooms.iter().map(|millis| format!("{millis}m")).collect();
            cluster.insert("node_cpu".into(), json!(rooms));
            if history.others.is_empty() {
                remarks.push("no pods of others were given: all of each node's CPU is taken as free".into());
            }
        }
        Some(_) => {}
        None => remarks.push(
            "how much room the nodes had is not known: replay takes it as enough (give `kubectl get nodes,pods -A -o json`)".into(),
        ),
    }
    let asked = largest(pods, "memory", memory_of, &mut remarks);
    if let Some(rooms) = rooms(history, nodes, ("memory", 1000), memory_of).filter(|_| asked > 0) {
        cluster.insert("pod_memory_request".into(), json!(asked.to_string()));
        cluster.insert("node_memory".into(), rooms.iter().map(ToString::to_string).collect());
    }
    (cluster, remarks)
}

fn zones(cluster: &mut Map<String, Value>, nodes: &Nodes, objects: &BTreeMap<&str, &Value>) {
    let label = "/metadata/labels/topology.kubernetes.io~1zone";
    let zones: Option<Vec<&str>> = nodes.names.iter().map(|name| text_at(objects.get(name.as_str())?, label)).collect();
    let Some(zones) = zones.filter(|zones| !zones.is_empty()) else { return };
    let known: BTreeSet<&str> = zones.iter().copied().collect();
    let number = |zone: &&str| known.iter().position(|known| known == zone);
    if known.len() > 1 {
        cluster.insert("node_zones".into(), json!(zones.iter().map(number).collect::<Vec<_>>()));
    }
}

/// Whether somebody else's pod takes room on a node.
fn takes_room(pod: &Value, node: &str) -> bool {
    let ended = matches!(text_at(pod, "/status/phase"), Some("Succeeded" | "Failed"));
    !ended && text_at(pod, "/spec/nodeName") == Some(node)
}

/// Where pods may go, from the template: spread and anti-affinity among the workload's own pods, ports of the host, and the labels of
/// nodes.
pub(super) fn placing(template: &Value, history: &History, nodes: &Nodes) -> (Map<String, Value>, Vec<String>) {
    let mut extra = Map::new();
    let mut remarks = Vec::new();
    let labels = template.pointer("/metadata/labels").cloned().unwrap_or(Value::Null);
    let is_own = |term: &Value| {
        let wanted = term.pointer("/labelSelector/matchLabels").and_then(Value::as_object);
        wanted.is_some_and(|wanted| wanted.iter().all(|(name, value)| labels.get(name) == Some(value)))
    };
    let spread = template.pointer("/spec/topologySpreadConstraints").and_then(Value::as_array).into_iter().flatten();
    let known = ["maxSkew", "topologyKey", "whenUnsatisfiable", "minDomains", "matchLabelKeys"];
    let spread: Vec<Value> = spread
        .filter(|one| is_own(one))
        .map(|one| {
            known
                .iter()
                .filter_map(|name| Some(((*name).to_owned(), one.get(*name)?.clone())))
                .collect::<Map<_, _>>()
                .into()
        })
        .collect();
    if !spread.is_empty() {
        extra.insert("spread".into(), spread.into());
    }
    let anti = "/spec/affinity/podAntiAffinity";
    let required = template.pointer(&format!("{anti}/requiredDuringSchedulingIgnoredDuringExecution/0"));
    let preferred =
        template.pointer(&format!("{anti}/preferredDuringSchedulingIgnoredDuringExecution/0/podAffinityTerm"));
    let term = required.map(|term| (term, "required")).or(preferred.map(|term| (term, "preferred")));
    if let Some((term, kind)) = term.filter(|(term, _)| is_own(term)) {
        let mut apart = json!({"type": kind, "topologyKey": term["topologyKey"]});
        if let Some(keys) = term.get("matchLabelKeys") {
            apart["matchLabelKeys"] = keys.clone();
        }
        extra.insert("anti_affinity".into(), apart);
    }
    let ports = node_choice::host_ports(template);
    if !ports.is_empty() {
        extra.insert("host_ports".into(), json!(ports));
    }
    if node_choice::is_choosy(template) {
        let objects: BTreeMap<&str, &Value> =
            history.nodes.iter().filter_map(|seen| Some((seen.name.as_str(), seen.object.as_ref()?))).collect();
        let has_labels =
            |name: &String| objects.get(name.as_str()).is_some_and(|node| node.pointer("/metadata/labels").is_some());
        if nodes.names.iter().all(has_labels) {
            let takes = |name: &&str| node_choice::takes(template, objects[name]);
            let names = nodes.names.iter().map(String::as_str);
            let allowed: Vec<usize> =
                names.enumerate().filter(|(_, name)| takes(name)).map(|(place, _)| place).collect();
            extra.insert("allowed_nodes".into(), json!(allowed));
        } else {
            remarks.push(
                "which nodes the template's node selector or affinity chooses is not known: give `kubectl get nodes -o json`".into(),
            );
        }
    }
    (extra, remarks)
}

/// When what was seen came about, in seconds from the beginning on.
pub(super) fn instant(seen: &ObjectSeen, zero: i64) -> f64 {
    if seen.since_before { 0.0 } else { seen.at.since(zero).max(0.0) }
}

/// Changes of the nodes that decide where pods may go: as it was at the instant 0, and from then on.
pub(super) fn about_nodes(history: &History, nodes: &Nodes, zero: i64) -> Vec<(At, Value)> {
    let mut before: BTreeMap<&str, (bool, bool, bool)> = BTreeMap::new();
    let mut actions = Vec::new();
    for seen in &history.nodes {
        let Some(number) = nodes.number(&seen.name) else { continue };
        let at = instant(seen, zero);
        let push = |actions: &mut Vec<(At, Value)>, what: &str| {
            actions.push((seen.at, json!({"at": at, "do": what, "node": number})));
        };
        let Some(object) = &seen.object else {
            push(&mut actions, "node-remove");
            continue;
        };
        let (closed, evicts, silent) = state(object);
        let was = before.insert(&seen.name, (closed, evicts, silent)).unwrap_or_default();
        if closed != was.0 {
            push(&mut actions, if closed { "cordon" } else { "uncordon" });
        }
        if evicts && !was.1 {
            actions.push((seen.at, json!({"at": at, "do": "taint", "node": number, "effect": "NoExecute"})));
        }
        if silent != was.2 {
            push(&mut actions, if silent { "node-down" } else { "node-up" });
        }
    }
    actions
}

/// Whether no new pod may come, whether pods have to go, and whether the node is silent. A taint that pods do not tolerate closes a
/// node as `kubectl cordon` does.
fn state(node: &Value) -> (bool, bool, bool) {
    let taints = node.pointer("/spec/taints").and_then(Value::as_array).into_iter().flatten();
    let own = taints.filter(|taint| text_at(taint, "/key").is_some_and(|key| !key.starts_with("node.kubernetes.io/")));
    let effects: Vec<&str> = own.filter_map(|taint| text_at(taint, "/effect")).collect();
    let cordoned = node.pointer("/spec/unschedulable") == Some(&Value::Bool(true));
    let conditions = node.pointer("/status/conditions").and_then(Value::as_array).into_iter().flatten();
    let mut ready = conditions.filter(|one| text_at(one, "/type") == Some("Ready"));
    let silent = ready.next().and_then(|one| text_at(one, "/status")) == Some("Unknown");
    let evicts = effects.contains(&"NoExecute");
    (cordoned || evicts || effects.contains(&"NoSchedule"), evicts, silent)
}

/// What the quotas leave to the workload, as a number of pods: what a pod is charged for, and what others used when the recording
/// began, tell it.
pub(super) fn about_quotas(history: &History, pods: &[Named<'_>], zero: i64) -> (Vec<(At, Value)>, Vec<String>) {
    let mut limits: BTreeMap<&str, (i64, String)> = BTreeMap::new();
    let (mut actions, mut remarks) = (Vec::new(), Vec::new());
    let mut last = None;
    let charged: Vec<&Value> = pods.iter().filter_map(|pod| pod.life.spec.as_ref()).collect();
    for seen in &history.quotas {
        match &seen.object {
            None => {
                limits.remove(seen.name.as_str());
            }
            Some(object) => {
                let used = used_by_others(history, &seen.name, pods, &charged, zero);
                limits.extend(
                    used.and_then(|used| pods_under(object, &used, &charged)).map(|limit| (seen.name.as_str(), limit)),
                );
            }
        }
        let tightest = limits.iter().min_by_key(|(_, (pods, _))| *pods);
        let now = tightest.map(|(_, (pods, _))| *pods);
        if now != last {
            let why = tightest.map(|(name, (_, why))| format!("{name}: {why}")).unwrap_or_default();
            let action = json!({"at": instant(seen, zero), "do": "quota", "pods": now, "note": why});
            // Of several states before the beginning the last one holds.
            if seen.at.nanos < zero || seen.since_before {
                actions.clear();
            }
            actions.push((seen.at, action));
            last = now;
        }
    }
    if !actions.is_empty() {
        remarks.push(
            "quotas are written as the number of pods that they leave to the workload; what others use is taken as it was at the beginning"
                .into(),
        );
    }
    (actions, remarks)
}

/// What others used of a quota when the recording began, in thousandths.
fn used_by_others(
    history: &History,
    name: &str,
    pods: &[Named<'_>],
    charged: &[&Value],
    zero: i64,
) -> Option<BTreeMap<String, i64>> {
    let states = history.quotas.iter().filter(|seen| seen.name == name);
    let with_use = states.filter_map(|seen| Some((seen.at.nanos, seen.object.as_ref()?.pointer("/status/used")?)));
    let counted: Vec<(i64, &Value)> = with_use.collect();
    let (at, used) = counted.iter().rfind(|(at, _)| *at <= zero).or(counted.first())?;
    // The pods that were there then; those that came since the recording began were not.
    let was_there = |pod: &&Named<'_>| appeared(pod.life).0 <= *at && pod.life.gone.is_none_or(|gone| gone.nanos > *at);
    let there = pods.iter().filter(was_there).count() as i64;
    let own = |resource: &str| charge(resource, charged).unwrap_or(0) * there;
    let of_others =
        |(resource, value): (&String, &Value)| Some((resource.clone(), (amount::of(value)? - own(resource)).max(0)));
    Some(used.as_object()?.iter().filter_map(of_others).collect())
}

/// How many pods of the workload a quota has room for, and which of its resources says so.
fn pods_under(quota: &Value, used: &BTreeMap<String, i64>, charged: &[&Value]) -> Option<(i64, String)> {
    let hard = quota.pointer("/spec/hard").or(quota.pointer("/status/hard"))?.as_object()?;
    let mut tightest: Option<(i64, String)> = None;
    for (resource, limit) in hard {
        let charge = charge(resource, charged)?;
        if charge == 0 {
            continue;
        }
        let room = ((amount::of(limit)? - used.get(resource).copied().unwrap_or(0)) / charge).max(0);
        if tightest.as_ref().is_none_or(|(pods, _)| room < *pods) {
            tightest = Some((room, format!("{resource} {}", limit.as_str().unwrap_or_default())));
        }
    }
    tightest
}

/// What one pod is charged for of a resource, in thousandths; `None`: pods are charged for different amounts.
fn charge(resource: &str, charged: &[&Value]) -> Option<i64> {
    let of = |spec: &&Value| -> i64 {
        let (group, name) = match resource.split_once('.') {
            Some((group @ ("requests" | "limits"), name)) => (group, name),
            _ if resource == "pods" || resource == "count/pods" => return 1000,
            _ => ("requests", resource),
        };
        let containers = spec.get("containers").and_then(Value::as_array).into_iter().flatten();
        containers.map(|one| one.pointer(&format!("/resources/{group}/{name}")).and_then(amount::of).unwrap_or(0)).sum()
    };
    let amounts: BTreeSet<i64> = charged.iter().map(of).collect();
    if amounts.len() > 1 { None } else { Some(amounts.into_iter().next().unwrap_or(0)) }
}

/// On which node each pod was, as `expect.placement` has it.
pub(super) fn placement(kind: Kind, nodes: &Nodes, pods: &[Named<'_>], beginning: &Beginning) -> Vec<Value> {
    let line = |pod: &Named<'_>| {
        let (at, node) = pod.life.bound.as_ref()?;
        let name = if kind == Kind::Deployment { pod.name() } else { pod.life.name.split(' ').next()?.to_owned() };
        let at = (at.nanos >= beginning.zero).then(|| at.since(beginning.zero));
        Some(json!([name, at, nodes.number(node)?]))
    };
    pods.iter().filter_map(line).collect()
}
