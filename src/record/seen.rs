//! Objects that `kubectl` printed, one after another or as a list: each as it was at one resource version.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde_json::Value;

use super::sighting::{By, Happening, Of, Sighting, asked, goes_now, latest_stamp, reduce, version};
use super::source::{At, SECOND, Source, nanos, text_at};
use super::target::Target;
use super::within_second::{self, Step};

/// An object that was printed.
#[derive(Clone, Debug)]
pub(super) struct Printed {
    pub(super) of: Of,
    pub(super) name: String,
    pub(super) version: u64,
    /// When it was printed; `None`: the file does not say.
    arrived: Option<i64>,
    /// The latest instant that it tells.
    pub(super) stamp: Option<i64>,
    pub(super) gone: bool,
    /// The line says that it is there, or has come.
    pub(super) added: bool,
    source: Source,
    /// The object; nothing where the line is kept for its stamp alone.
    pub(super) object: Value,
}

impl Printed {
    /// Whether it is about the workload itself, and not only about what surrounds it.
    pub(super) fn is_own(&self) -> bool {
        !self.of.is_elsewhere()
    }

    /// When it was printed, or at least.
    pub(super) fn told(&self) -> Option<i64> {
        self.arrived.or(self.stamp)
    }

    /// The same line with its stamp alone.
    pub(super) fn clock(self) -> Self {
        Self { of: Of::OtherPod, name: String::new(), object: Value::Null, ..self }
    }

    /// What it is about, and how it was changed against the state `before` of the same object.
    fn step(&self, before: Option<&Self>) -> Step {
        let is_new = |path: &str| before.is_none_or(|before| before.object.pointer(path) != self.object.pointer(path));
        if self.source != Source::Watch || self.arrived.is_some() {
            return Step::Elsewhere;
        }
        match self.of {
            Of::OtherPod => Step::Elsewhere,
            Of::Node | Of::Quota | Of::Budget => Step::Own,
            Of::Workload if is_new("/metadata/generation") => Step::Own,
            Of::Workload | Of::ReplicaSet | Of::Revision => Step::Reaction,
            Of::Claim | Of::Volume | Of::Attachment => Step::Reaction,
            Of::Pod => match before {
                // A kubelet deletes the object as soon as the containers have ended.
                Some(before) if self.gone && !before.gone && !before.has_ended() => Step::Own,
                Some(before) if !self.gone && before.course() != self.course() => Step::Own,
                _ => Step::Reaction,
            },
        }
    }

    /// Of a pod: its phase, whether it is Ready, how many of its containers run, and how often they were started again.
    fn course(&self) -> (Option<&str>, bool, usize, i64) {
        let list = |path: &str| self.object.pointer(path).and_then(Value::as_array).into_iter().flatten();
        let is_ready = |one: &Value| text_at(one, "/type") == Some("Ready") && text_at(one, "/status") == Some("True");
        let all = || list("/status/containerStatuses");
        let running = all().filter(|status| status.pointer("/state/running").is_some()).count();
        let restarts = all().filter_map(|status| status.get("restartCount").and_then(Value::as_i64)).sum();
        (text_at(&self.object, "/status/phase"), list("/status/conditions").any(is_ready), running, restarts)
    }

    /// Of a pod: its containers have ended for good.
    fn has_ended(&self) -> bool {
        matches!(text_at(&self.object, "/status/phase"), Some("Succeeded" | "Failed"))
    }

    /// The object, as no other one is called.
    fn key(&self) -> (Of, &str) {
        (self.of, &self.name)
    }

    /// It is of a watch, which tells every state.
    pub(super) fn is_watched(&mut self) {
        self.source = Source::Watch;
    }
}

/// What kind of line of a watch it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// It is there when the watch begins, or it was created.
    Added,
    /// It was deleted.
    Deleted,
    /// It is as printed.
    Other,
}

/// Takes an object that belongs to the recording.
pub(super) fn printed(
    mut object: Value,
    line: Line,
    arrived: Option<i64>,
    source: Source,
    target: &Target,
) -> Option<Printed> {
    let of = kind_of(&object, target)?;
    let name = text_at(&object, "/metadata/name")?.to_owned();
    let stamp = latest_stamp(&object);
    let gone = line == Line::Deleted || (of == Of::Pod && goes_now(&object));
    let version = version(&object).unwrap_or(0);
    reduce(&mut object);
    let added = line == Line::Added;
    Some(Printed { of, name, version, arrived, stamp, gone, added, source, object })
}

/// When a line of a watch arrived: `at` beside `type` and `object`, as text or as seconds since 1970.
pub(super) fn arrival(line: &Value) -> Option<i64> {
    match line.get("at")? {
        Value::String(text) => nanos(text),
        other => other.as_f64().map(|seconds| (seconds * SECOND as f64) as i64),
    }
}

fn kind_of(object: &Value, target: &Target) -> Option<Of> {
    let beside = target.is_beside(object);
    Some(match text_at(object, "/kind")? {
        _ if target.is(object) => Of::Workload,
        "ReplicaSet" if target.owns(object) => Of::ReplicaSet,
        "ControllerRevision" if target.owns(object) => Of::Revision,
        "Pod" if target.owner_of_pod(object).is_some() => Of::Pod,
        "Pod" => Of::OtherPod,
        "Node" => Of::Node,
        "ResourceQuota" if beside => Of::Quota,
        "PodDisruptionBudget" if beside => Of::Budget,
        "PersistentVolumeClaim" if beside => Of::Claim,
        "PersistentVolume" => Of::Volume,
        "VolumeAttachment" => Of::Attachment,
        _ => return None,
    })
}

/// All that was printed, in the order of the cluster's resource versions. An instant that no line tells is the latest one that was
/// told up to there: what happened then lies in that second or later. Where in that second, [`within_second`] estimates.
pub(super) fn sightings(mut printed: Vec<Printed>, changes: &FirstChanges) -> Vec<Sighting> {
    printed.sort_by(order);
    let mut before: Option<(String, u64)> = None;
    let mut sightings = Vec::new();
    let seconds = seconds(&printed);
    let parts = within_second::parts(&steps(&printed), &seconds);
    for ((one, second), part) in
        printed.into_iter().zip(seconds).zip(parts).filter(|((one, _), _)| !one.object.is_null())
    {
        let listed = one.added && one.source == Source::Watch && changes.are_later(&one);
        let key = (format!("{:?}/{}", one.of, one.name), one.version);
        if !one.gone && before.as_ref() == Some(&key) {
            continue;
        }
        before = Some(key);
        let nanos = one.arrived.unwrap_or(second + part);
        let at = At { nanos, order: one.version, exact: one.arrived.is_some(), source: one.source };
        sightings.push(Sighting {
            at,
            of: one.of,
            name: one.name,
            what: what(one.of, one.gone, &one.object),
            by: By::Unknown,
            object: one.object,
            listed,
            patch: Value::Null,
        });
    }
    sightings
}

/// How each line changes its object.
fn steps(printed: &[Printed]) -> Vec<Step> {
    let mut known: BTreeMap<(Of, &str), &Printed> = BTreeMap::new();
    let step = |one| {
        let before = known.insert(Printed::key(one), one);
        Printed::step(one, before)
    };
    printed.iter().map(step).collect()
}

/// By kind of object, the version of the first change that a watch tells: what it lists with a lower one was there when it began.
#[derive(Debug, Default)]
pub(super) struct FirstChanges(BTreeMap<Of, u64>);

impl FirstChanges {
    /// Notes a line.
    pub(super) fn note(&mut self, line: &Printed) {
        if !line.added {
            let first = self.0.entry(kind(line.of)).or_insert(line.version);
            *first = line.version.min(*first);
        }
    }

    fn are_later(&self, line: &Printed) -> bool {
        self.0.get(&kind(line.of)).is_none_or(|first| line.version < *first)
    }
}

/// All pods are of one stream.
fn kind(of: Of) -> Of {
    if of == Of::OtherPod { Of::Pod } else { of }
}

/// The order of the cluster, whatever the order of files and streams was. Of two prints of one state the more trusted one comes first.
fn order(one: &Printed, other: &Printed) -> Ordering {
    let of_same = |line: &Printed| (line.of, line.gone, line.source, line.arrived.is_none(), line.arrived);
    let same = || one.name.cmp(&other.name).then_with(|| of_same(one).cmp(&of_same(other)));
    // Without versions the order of the lines is the only one.
    one.version.cmp(&other.version).then_with(|| if one.version == 0 { Ordering::Equal } else { same() })
}

/// The latest instant that was told up to each line.
fn seconds(printed: &[Printed]) -> Vec<i64> {
    let mut latest = i64::MIN;
    let soon = bear_fruit(printed);
    let second = |(one, soon): (&Printed, Option<i64>)| {
        latest = latest.max(one.stamp.unwrap_or(i64::MIN)).max(soon.unwrap_or(i64::MIN));
        if latest == i64::MIN { 0 } else { latest }
    };
    printed.iter().zip(soon).map(second).collect()
}

/// A change of the workload's spec that bears no stamp of its own is followed at once by what controllers do about it: the next instant
/// that is told. `None`: it has a stamp, or it is no such change.
fn bear_fruit(printed: &[Printed]) -> Vec<Option<i64>> {
    let mut generation = None;
    let mut latest = i64::MIN;
    let mut soon = Vec::new();
    for (place, one) in printed.iter().enumerate() {
        let own = one.object.pointer("/metadata/generation").and_then(Value::as_i64).filter(|_| one.of == Of::Workload);
        let is_change = own.is_some() && generation.is_some() && own > generation;
        generation = own.or(generation);
        let is_stamped = one.stamp.is_some_and(|stamp| stamp > latest);
        latest = latest.max(one.stamp.unwrap_or(i64::MIN));
        let next = || printed[place + 1..].iter().filter_map(|later| later.stamp).find(|stamp| *stamp > latest);
        // What is told a second later may be of the same instant: stamps are cut to whole seconds.
        let next = || next().filter(|stamp| stamp - latest > SECOND);
        soon.push(if is_change && !is_stamped { next() } else { None });
    }
    soon
}

fn what(of: Of, gone: bool, object: &Value) -> Happening {
    // A ReplicaSet that its controller has not looked at is new.
    let is_new = || of == Of::ReplicaSet && object.pointer("/status/observedGeneration").is_none();
    match gone {
        true => Happening::Gone,
        false if is_new() => Happening::Created,
        false if of == Of::Pod && asked(object).is_some() => Happening::DeletionAsked,
        false => Happening::Seen,
    }
}
