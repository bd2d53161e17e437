//! Events as `kubectl get events -o json` prints them: when pods were scheduled, pulled images and started.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::input::measured::pods::{identity, watched};
use crate::input::measured::sample::{Measurements, Sample};
use crate::input::tables::instant::instant;
use crate::input::tables::pulled::pull_seconds;
use crate::input::tree::error::InputError;
use crate::input::tree::fields::Map;
use crate::input::tree::yaml::{Node, Source, Value};
use crate::stats::fit::{Lengths, Resolution, Seen};

/// What the events say about one pod; instants in seconds since 1970.
#[derive(Debug, Default)]
struct Pod {
    scheduled: Option<i64>,
    /// The last of its containers.
    started: Option<i64>,
    /// Lengths of its pulls in seconds, by their events.
    pulls: BTreeMap<String, f64>,
    /// An event that stands for several, or is about a second attempt.
    repeated: bool,
}

pub(super) fn read(source: &Rc<Source>, documents: &[Node]) -> Result<Measurements, InputError> {
    let mut pods = BTreeMap::new();
    documents.iter().try_for_each(|document| take(document, &mut pods))?;
    let (mut start, mut pull) = (Vec::new(), Vec::new());
    let (mut repeated, mut unfinished) = (0_u64, 0_u64);
    for pod in pods.values() {
        match (pod.scheduled, pod.started) {
            _ if pod.repeated => repeated += 1,
            (Some(scheduled), Some(started)) if started >= scheduled => {
                start.push((Seen::Whole((started - scheduled) as f64), 1))
            }
            _ => unfinished += 1,
        }
        if !pod.repeated {
            pull.extend(pod.pulls.values().map(|length| (Seen::Exactly(*length), 1)));
        }
    }
    if start.is_empty() && pull.is_empty() {
        let problem = format!(
            "no pod has both a Scheduled and a Started event here ({repeated} with repeated events, {unfinished} with one of both missing): \
             events are kept for an hour; give what `kubectl get pods -l app=NAME -o json` prints"
        );
        return Err(InputError::in_file(&source.name, problem));
    }
    let mut notes = vec![
        "events do not tell when a pod became Ready, so warmUp is not known: `kubectl get pods -o json` tells"
            .to_owned(),
        "start (Scheduled to the last container's Started) contains image pulls, so pull is 0s beside it".to_owned(),
    ];
    if repeated + unfinished > 0 {
        notes.push(format!(
            "{} pods used; left out: {repeated} with repeated events, {unfinished} without both a Scheduled and a Started event",
            start.len()
        ));
    }
    let mut samples = Vec::new();
    if !start.is_empty() {
        samples.push(Sample {
            field: Some("start"),
            ..Sample::new("start", Lengths::new(Resolution::WholeSeconds, start))
        });
    }
    if !pull.is_empty() {
        samples.push(Sample { field: Some("pull"), ..Sample::new("pull", Lengths::new(Resolution::Exact, pull)) });
    }
    Ok(Measurements { samples, of_pods: true, notes })
}

fn take(node: &Node, pods: &mut BTreeMap<String, Pod>) -> Result<(), InputError> {
    if let Value::List(items) = &node.value {
        return items.iter().try_for_each(|item| take(item, pods));
    }
    let event = node.map().map_err(|_| node.wrong("events as `kubectl get events -o json` prints them"))?;
    if event.get("items").is_some() {
        return event.list("items")?.iter().try_for_each(|item| take(item, pods));
    }
    if let Some(changed) = watched(&event) {
        return take(changed, pods);
    }
    let Some(of) = event.map("involvedObject")?.or(event.map("regarding")?) else { return Ok(()) };
    if of.read("kind", Node::text)? != Some("Pod") {
        return Ok(());
    }
    let part = |key: &str| of.read(key, Node::text).map(|text| text.unwrap_or("").to_owned());
    let pod = pods.entry(format!("{}/{}/{}", part("namespace")?, part("name")?, part("uid")?)).or_default();
    let reason = event.read("reason", Node::text)?.unwrap_or("");
    let message = event.read("message", Node::text)?.or(event.read("note", Node::text)?).unwrap_or("");
    let count = event
        .read("count", |node| node.integer(0, u64::MAX))?
        .or(event.read("deprecatedCount", |node| node.integer(0, u64::MAX))?);
    let series =
        event.map("series")?.map_or(Ok(None), |series| series.read("count", |node| node.integer(0, u64::MAX)))?;
    let count = count.max(series);
    let at = when(&event)?;
    match (reason, at) {
        ("Scheduled", Some(at)) => pod.scheduled = Some(at),
        ("Started", Some(at)) => {
            pod.repeated |= count.is_some_and(|count| count > 1);
            pod.started = pod.started.max(Some(at));
        }
        ("BackOff" | "Failed", _) => pod.repeated = true,
        ("Pulled", _) => {
            let identity = identity(&event)?.unwrap_or_else(|| pod.pulls.len().to_string());
            pod.pulls.extend(pull_seconds(message).map(|length| (identity, length)));
        }
        _ => {}
    }
    Ok(())
}

/// When an event was first seen, in seconds.
fn when(event: &Map<'_>) -> Result<Option<i64>, InputError> {
    for key in ["firstTimestamp", "eventTime", "deprecatedFirstTimestamp", "lastTimestamp"] {
        if let Some(at) = event.read(key, instant)? {
            return Ok(Some(at));
        }
    }
    Ok(None)
}
