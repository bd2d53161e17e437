//! What came of it, as `expect` of a recording.

use serde_json::{Map, Value, json};

use super::begin::Beginning;
use super::history::{History, StatusSeen};
use super::names::{Named, appeared};
use super::sighting::By;
use super::source::{At, SECOND, nanos_at};
use super::surroundings::Nodes;
use super::target::Kind;
use super::versions::key;

/// By how many seconds instants may differ where they are known to the second.
const WHOLE_SECONDS: f64 = 2.0;

/// How it ended.
#[derive(Clone, Debug, Default)]
pub(super) struct Ending {
    pub(super) outcome: &'static str,
    /// When the status last became complete.
    pub(super) complete_at: Option<At>,
}

/// How the workload ended, as its status tells; `None`: no source has the status.
pub(super) fn ending(kind: Kind, history: &History, beginning: &Beginning) -> Option<Ending> {
    let from = beginning.changes.first().map_or(beginning.zero, |change| change.at.nanos);
    let mut complete_at: Option<At> = None;
    let mut last = None;
    for seen in &history.statuses {
        let spec = history.specs.iter().rfind(|spec| spec.at <= seen.at).map(|spec| &spec.spec);
        if is_complete(kind, seen, spec?) {
            complete_at = complete_at.or(Some(seen.at));
        } else {
            complete_at = None;
        }
        last = Some(seen);
    }
    // What was complete before and stayed so is complete from the beginning on.
    let complete_at = complete_at.map(|at| if at.nanos < from { At { nanos: beginning.zero, ..at } } else { at });
    let complete_at = complete_at.filter(|_| beginning.changes.is_empty() || last_change_seen(history, beginning));
    let exceeded = last.is_some_and(|seen| reason(&seen.status) == Some("ProgressDeadlineExceeded"));
    let outcome = match (complete_at, exceeded) {
        (Some(_), _) => "complete",
        (None, true) => "progress-deadline-exceeded",
        (None, false) => "incomplete",
    };
    last.map(|_| Ending { outcome, complete_at })
}

/// Whether the status was seen after the last change of the spec.
fn last_change_seen(history: &History, beginning: &Beginning) -> bool {
    let last = beginning.changes.last().map(|change| change.at);
    history.statuses.last().is_some_and(|seen| last.is_none_or(|last| seen.at > last))
}

/// What `kubectl rollout status` calls complete.
fn is_complete(kind: Kind, seen: &StatusSeen, spec: &Value) -> bool {
    let count = |name: &str| seen.status.get(name).and_then(Value::as_i64).unwrap_or(0);
    if count("observedGeneration") < seen.generation {
        return false;
    }
    let replicas = spec.get("replicas").and_then(Value::as_i64).unwrap_or(1);
    match kind {
        Kind::Deployment => {
            count("updatedReplicas") == replicas
                && count("replicas") == replicas
                && count("availableReplicas") == replicas
        }
        Kind::StatefulSet => {
            let partition =
                spec.pointer("/updateStrategy/rollingUpdate/partition").and_then(Value::as_i64).unwrap_or(0);
            let revision = |name: &str| seen.status.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            let updated = count("updatedReplicas") >= replicas - partition;
            count("readyReplicas") == replicas
                && (revision("updateRevision") == revision("currentRevision") || partition > 0 && updated)
        }
        Kind::DaemonSet => {
            let wanted = count("desiredNumberScheduled");
            count("updatedNumberScheduled") == wanted && count("numberAvailable") == wanted
        }
    }
}

/// Status and reason of the condition Progressing.
fn progressing(status: &Value) -> Option<(String, String)> {
    let conditions = status.get("conditions")?.as_array()?;
    let condition = conditions.iter().find(|one| one.get("type").and_then(Value::as_str) == Some("Progressing"))?;
    let text = |name: &str| condition.get(name).and_then(Value::as_str).map(str::to_owned);
    Some((text("status")?, text("reason")?))
}

/// When the condition Progressing was last updated, its status and its reason.
pub(super) fn progressed(status: &Value) -> Option<(i64, String, String)> {
    let conditions = status.get("conditions")?.as_array()?;
    let condition = conditions.iter().find(|one| one.get("type").and_then(Value::as_str) == Some("Progressing"))?;
    let at = nanos_at(condition, "/lastUpdateTime").or(nanos_at(condition, "/lastTransitionTime"))?;
    let (status, reason) = progressing(status)?;
    Some((at, status, reason))
}

fn reason(status: &Value) -> Option<&str> {
    let conditions = status.get("conditions")?.as_array()?;
    let condition = conditions.iter().find(|one| one.get("type").and_then(Value::as_str) == Some("Progressing"))?;
    condition.get("reason")?.as_str()
}

/// Everything that came of it.
pub(super) fn expect(
    kind: Kind,
    history: &History,
    beginning: &mut Beginning,
    pods: &[Named<'_>],
    (ending, nodes): (Option<&Ending>, &Nodes),
) -> Map<String, Value> {
    let zero = beginning.zero;
    let mut expect = Map::new();
    let exact = match kind {
        Kind::Deployment => history.resized.iter().all(|one| one.at.exact),
        _ => pods.iter().filter(|pod| !pod.found).all(|pod| pod.life.created.is_some_and(|at| at.exact)),
    };
    if !exact {
        expect.insert("instants_within_s".into(), json!(WHOLE_SECONDS));
    }
    match kind {
        Kind::Deployment if history.sizes_from.is_some() => {
            expect.insert("scaling".into(), scaling(history, beginning).into());
        }
        Kind::Deployment => {}
        _ => {
            expect.insert("moves".into(), moves(kind, zero, pods, nodes).into());
        }
    }
    if let Some(ending) = ending {
        expect.insert("outcome".into(), json!(ending.outcome));
        let at = ending.complete_at.map(|at| at.since(zero));
        expect.insert("complete_at".into(), at.map_or(Value::Null, |at| json!([at, at])));
        let has_condition = history.statuses.iter().any(|seen| progressing(&seen.status).is_some());
        if kind == Kind::Deployment && has_condition {
            expect.insert("progressing".into(), conditions(history, beginning).into());
        }
    }
    // Of pods that were there an audit log may not tell whether they were Ready.
    let is_seen = !beginning.is_mid_rollout || history.watch_began.is_some();
    if exact && is_seen && knows_all(beginning, pods) {
        let (ready, available) = least(beginning, pods, history, ending);
        expect.insert("min_ready".into(), json!([ready, ready]));
        expect.insert("min_available".into(), json!([available, available]));
    }
    if kind == Kind::Deployment {
        let gone = pods.iter().filter_map(|pod| Some((pod.life.asked.filter(|at| at.nanos >= zero)?, pod)));
        let mut deletions: Vec<(At, String)> = gone.map(|(at, pod)| (at, pod.name())).collect();
        deletions.sort();
        let lines = deletions.iter().map(|(at, name)| json!([at.since(zero), name]));
        expect.insert("deletions".into(), lines.collect());
    }
    expect
}

/// Changes of ReplicaSets' sizes from the instant 0 on.
fn scaling(history: &History, beginning: &mut Beginning) -> Vec<Value> {
    let zero = beginning.zero;
    let start = key(&beginning.spec["template"]);
    let mut lines = Vec::new();
    for one in history.resized.iter().filter(|one| one.at.nanos >= zero) {
        let key = history.templates.get(&one.set).unwrap_or(&start).clone();
        let version = beginning.versions.name(&key);
        lines.push(json!([one.at.since(zero), version, one.from.unwrap_or(one.to), one.to]));
    }
    lines
}

/// Pods that were created or deleted, with their ordinal or node.
fn moves(kind: Kind, zero: i64, pods: &[Named<'_>], nodes: &Nodes) -> Vec<Value> {
    let mut moves: Vec<(At, &str, &Named<'_>)> = Vec::new();
    for pod in pods {
        let created = pod.life.created.filter(|at| at.nanos >= zero);
        moves.extend(created.map(|at| (at, "create", pod)));
        moves.extend(pod.life.asked.filter(|at| at.nanos >= zero).map(|at| (at, "delete", pod)));
    }
    moves.sort_by_key(|one| one.0);
    let line = |(at, what, pod): (At, &str, &Named<'_>)| {
        let place = match kind {
            Kind::DaemonSet => pod.life.bound.as_ref().map_or(Value::Null, |(_, node)| json!(nodes.number(node))),
            _ => json!(pod.index),
        };
        json!([at.since(zero), what, place, pod.version])
    };
    moves.into_iter().map(line).collect()
}

/// Changes of the condition Progressing from the instant 0 on.
fn conditions(history: &History, beginning: &Beginning) -> Vec<Value> {
    let zero = beginning.zero;
    let mut last = None;
    let mut lines = Vec::new();
    for seen in &history.statuses {
        let now = progressing(&seen.status);
        if now != last
            && seen.at.nanos >= zero
            && (!beginning.is_mid_rollout || seen.at.nanos > beginning.settled())
            && let Some((status, reason)) = &now
        {
            lines.push(json!([seen.at.since(zero), status, reason]));
        }
        last = now;
    }
    lines
}

/// Whether all pods that the workload had at the instant 0 were seen.
fn knows_all(beginning: &Beginning, pods: &[Named<'_>]) -> bool {
    let wanted: i32 = beginning.sizes.values().sum();
    let found = pods.iter().filter(|pod| appeared(pod.life).0 < beginning.zero).count();
    beginning.is_created || (wanted > 0 && found as i32 == wanted)
}

/// The least number of Ready and of available pods from the first change to completion or the end.
fn least(beginning: &Beginning, pods: &[Named<'_>], history: &History, ending: Option<&Ending>) -> (i64, i64) {
    let from = beginning.changes.first().map_or(beginning.zero, |change| change.at.nanos);
    let end = ending.and_then(|ending| ending.complete_at).map(|at| at.nanos).or(history.last).unwrap_or(from);
    let wait = beginning.spec.get("minReadySeconds").and_then(Value::as_i64).unwrap_or(0) * SECOND;
    let mut instants = vec![from];
    for pod in pods {
        let life = pod.life;
        let ready = life.ready.iter().map(|(at, _)| at.nanos);
        let over = [life.asked, life.gone, life.failed].into_iter().flatten().map(|at| at.nanos);
        instants.extend(ready.chain(over));
    }
    instants.retain(|at| (from..=end).contains(at));
    let is_ready = |pod: &&Named<'_>, at: i64| pod.life.is_active(at) && pod.life.ready_since(at).is_some();
    let is_available = |pod: &&Named<'_>, at: i64| {
        let since = pod.life.ready_since(at).filter(|_| pod.life.is_active(at));
        since.is_some_and(|since| wait == 0 || since - since.rem_euclid(SECOND) + wait <= at)
    };
    let count = |is: &dyn Fn(&&Named<'_>, i64) -> bool| {
        instants.iter().map(|at| pods.iter().filter(|pod| is(pod, *at)).count() as i64).min().unwrap_or(0)
    };
    (count(&is_ready), count(&is_available))
}

/// Who deleted which pods by hand, who was evicted and what failed: actions about pods.
pub(super) fn about_pods(kind: Kind, zero: i64, pods: &[Named<'_>]) -> Vec<(At, Value)> {
    let mut actions = Vec::new();
    for pod in pods {
        let action = |at: At, what: &str| {
            let mut action =
                json!({"at": at.since(zero).max(0.0), "do": what, "template": pod.version, "index": pod.index});
            if kind != Kind::Deployment {
                action.as_object_mut().map(|fields| fields.remove("template"));
            }
            action
        };
        for (at, code) in pod.life.evicted.iter().filter(|(at, _)| at.nanos >= zero) {
            let mut evicted = action(*at, "evict-pod");
            evicted["code"] = json!(code);
            actions.push((*at, evicted));
        }
        let by_hand = pod.life.asked.filter(|at| at.nanos >= zero && pod.life.asked_by == Some(By::Person));
        actions.extend(by_hand.map(|at| (at, action(at, "delete-pod"))));
        actions.extend(pod.life.failed.filter(|at| at.nanos >= zero).map(|at| (at, action(at, "fail-pod"))));
        for (at, cost) in pod.life.costs.iter().filter(|(at, _)| at.nanos >= zero) {
            let mut annotated = action(*at, "annotate-pod");
            annotated["annotations"] = json!({"controller.kubernetes.io/pod-deletion-cost": cost});
            actions.push((*at, annotated));
        }
    }
    actions
}
