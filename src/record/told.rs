//! A recording in words: what happened, and what each part rests on.

use std::collections::{BTreeMap, BTreeSet};

use super::account::Part;
use super::begin::Beginning;
use super::expect::Ending;
use super::history::History;
use super::names::Named;
use super::source::{At, SECOND, Source};
use super::surroundings::Nodes;
use super::tables::Tables;
use super::target::{Kind, Target};
use super::versions::key;

/// An instant as the API writes it, with thousandths.
pub(super) fn clock(nanos: i64) -> String {
    let (second, rest) = (nanos.div_euclid(SECOND), nanos.rem_euclid(SECOND));
    let (days, of_day) = (second.div_euclid(86_400), second.rem_euclid(86_400));
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z", rest / 1_000_000)
}

/// Year, month and day of a day counted from 1970 (the proleptic Gregorian calendar; H. Hinnant, `civil_from_days`).
const fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
    (year, month, day)
}

/// The sources of some instants, and how exact they are.
fn sources(instants: impl Iterator<Item = At>) -> Option<String> {
    let mut counted: BTreeMap<(Source, bool), usize> = BTreeMap::new();
    for at in instants {
        *counted.entry((at.source, at.exact)).or_default() += 1;
    }
    let several = counted.len() > 1;
    let words: Vec<String> = counted
        .iter()
        .map(|((source, exact), count)| {
            let exactness = if *exact { "" } else { ", to the second" };
            if several { format!("{source} ({count}{exactness})") } else { format!("{source}{exactness}") }
        })
        .collect();
    (!words.is_empty()).then(|| words.join(", "))
}

fn part(name: &str, source: Option<String>, found: String, advice: &str) -> Part {
    let remark = if source.is_some() { found } else { advice.to_owned() };
    Part { part: name.into(), source, remark }
}

/// What each part rests on.
pub(super) fn parts(
    target: &Target,
    history: &History,
    beginning: &Beginning,
    pods: &[Named<'_>],
    (tables, nodes, ending): (&Tables, &Nodes, Option<&Ending>),
) -> Vec<Part> {
    let zero = beginning.zero;
    let changes = sources(beginning.changes.iter().map(|change| change.at));
    let count = beginning.changes.len();
    let mut parts = vec![part("changes of the spec", changes, counted(count, "change"), "no change was seen")];
    if target.kind == Kind::Deployment {
        let later: Vec<At> = history.resized.iter().map(|one| one.at).filter(|at| at.nanos >= zero).collect();
        let found = counted(later.len(), "change");
        let source = sources(later.into_iter());
        parts.push(part("sizes of ReplicaSets", source, found, "add an audit log, a watch of ReplicaSets, or events"));
    } else {
        let moved = pods.iter().flat_map(|pod| [pod.life.created, pod.life.asked]).flatten();
        let moved: Vec<At> = moved.filter(|at| at.nanos >= zero).collect();
        let found = counted(moved.len(), "pod created or deleted");
        parts.push(part("pods created and deleted", sources(moved.into_iter()), found, "add a watch of pods"));
    }
    let new = || pods.iter().filter(|pod| !pod.found);
    let bound = sources(new().filter_map(|pod| pod.life.bound.as_ref()).map(|(at, _)| *at));
    let found = format!("{} of {} new pods", new().filter(|pod| pod.life.bound.is_some()).count(), new().count());
    parts.push(part("when pods were bound", bound, found, "add an audit log of pods/binding, or events"));
    let ready = sources(new().filter_map(|pod| pod.life.ready.first()).map(|(at, _)| *at));
    let found = format!("{} of {} new pods became Ready", tables.ready, new().count());
    parts.push(part("when pods became Ready", ready, found, "no new pod was seen Ready"));
    let gone = || pods.iter().filter_map(|pod| pod.life.asked.and(pod.life.gone));
    let asked = pods.iter().filter(|pod| pod.life.asked.is_some()).count();
    let found = format!("{} of {asked} pods that were told to stop", gone().count());
    parts.push(part("how long pods took to stop", sources(gone()), found, "no pod was seen going"));
    let status = sources(history.statuses.iter().map(|seen| seen.at));
    let outcome = ending.map_or_else(String::new, |ending| ending.outcome.replace('-', " "));
    parts.push(part("how it ended", status, outcome, "add a watch of the workload"));
    let placed = pods.iter().filter(|pod| pod.life.bound.is_some()).count();
    let source =
        (placed > 0).then(|| sources(pods.iter().filter_map(|pod| Some(pod.life.bound.as_ref()?.0)))).flatten();
    let named = nodes.names().join(", ");
    parts.push(part(
        "nodes of pods",
        source,
        format!("{placed} pods; nodes from 0: {named}"),
        "no pod was seen on a node",
    ));
    let of_nodes = sources(history.nodes.iter().map(|seen| seen.at));
    let advice = "add `kubectl get nodes,pods -A -o json`: the room on nodes is taken as enough";
    parts.push(part("nodes", of_nodes, counted(nodes.names().len(), "node"), advice));
    parts
}

fn counted(count: usize, what: &str) -> String {
    let many = what.replacen("pod ", "pods ", 1);
    match count {
        1 => format!("1 {what}"),
        _ if many != what => format!("{count} {many}"),
        _ => format!("{count} {what}s"),
    }
}

/// What is not known of pods' times.
pub(super) fn about_times(tables: &Tables) -> Vec<String> {
    let list = |pods: &[(String, f64)]| {
        let shown = pods.iter().take(5).map(|(name, waited)| format!("{name} for {waited:.1} s"));
        let more = if pods.len() > 5 { format!(" and {} more", pods.len() - 5) } else { String::new() };
        format!("{}{more}", shown.collect::<Vec<_>>().join(", "))
    };
    let mut remarks = Vec::new();
    if tables.waiting > 0 {
        remarks.push(format!(
            "why {} found no node is not told by these files: they wait as long as they did, also under other settings (give              `kubectl get nodes,pods -A -o json` of before)",
            counted(tables.waiting, "pod")
        ));
    }
    if !tables.never.is_empty() {
        remarks.push(format!(
            "written as \"never\" Ready, because they were not Ready for as long as they were followed: {}",
            list(&tables.never)
        ));
    }
    if !tables.unknown.is_empty() {
        remarks.push(format!(
            "start-up unknown, because they went too early; replay takes the version's usual time: {}",
            list(&tables.unknown)
        ));
    }
    remarks
}

/// What was seen to happen, in sentences.
pub(super) fn happened(
    target: &Target,
    history: &History,
    beginning: &Beginning,
    pods: &[Named<'_>],
    ending: Option<&Ending>,
) -> Vec<String> {
    let zero = beginning.zero;
    let after = |at: &At| format!("{:.1} s", at.since(zero));
    let mut said = Vec::new();
    said.push(match beginning.is_created {
        true => format!("It begins at {} with the creation of the {}.", clock(zero), target.kind.name()),
        false if beginning.is_mid_rollout => {
            let mut there: BTreeMap<&str, usize> = BTreeMap::new();
            pods.iter().filter(|pod| pod.found).for_each(|pod| *there.entry(&pod.version).or_default() += 1);
            let there: Vec<String> = there.iter().map(|(version, pods)| format!("{pods} of {version}")).collect();
            format!("It begins at {} in the middle of a rollout, with these pods: {}.", clock(zero), there.join(", "))
        }
        false => {
            format!("It begins at {} with {} running as v1.", clock(zero), counted(running(beginning, pods), "pod"))
        }
    });
    for (number, image) in images(beginning) {
        said.push(format!("{number} is {image}."));
    }
    match ending {
        Some(Ending { complete_at: Some(at), .. }) => said.push(format!("It was complete after {}.", after(at))),
        Some(Ending { outcome: "progress-deadline-exceeded", .. }) => {
            said.push("Its progress deadline was exceeded, and it was not complete when the files end.".into());
        }
        Some(_) => said.push("It was not complete when the files end.".into()),
        None => {}
    }
    let refused: Vec<&(At, String)> = history.refused.iter().filter(|(at, _)| at.nanos >= zero).collect();
    if let (Some(first), Some(last)) = (refused.first(), refused.last()) {
        said.push(match refused.iter().all(|(at, _)| at.source == Source::Watch) {
            // A watch shows when refusals begin, and not each of them.
            true => format!("Creations of pods were refused from {} on: {}", after(&first.0), last.1),
            false => format!(
                "{} of pods refused between {} and {}: {}",
                counted(refused.len(), "creation"),
                after(&first.0),
                after(&last.0),
                last.1
            ),
        });
    }
    let stuck: Vec<&Named<'_>> = pods.iter().filter(|pod| pod.life.unschedulable.is_some()).collect();
    if let Some((at, why)) = stuck.first().and_then(|pod| pod.life.unschedulable.as_ref()) {
        said.push(format!("{} found no node at first, from {} on: {why}", counted(stuck.len(), "pod"), after(at)));
    }
    let by_hand = pods.iter().filter(|pod| pod.life.failed.is_some()).count();
    if by_hand > 0 {
        said.push(format!("{} failed.", counted(by_hand, "pod")));
    }
    said
}

fn running(beginning: &Beginning, pods: &[Named<'_>]) -> usize {
    let sizes: i32 = beginning.sizes.values().sum();
    if sizes > 0 { sizes as usize } else { pods.iter().filter(|pod| pod.found).count() }
}

/// The images of each version.
fn images(beginning: &Beginning) -> Vec<(String, String)> {
    let templates = std::iter::once(&beginning.spec["template"]);
    let templates = templates.chain(beginning.changes.iter().map(|change| &change.after["template"]));
    let mut seen = BTreeSet::new();
    let mut images = Vec::new();
    for template in templates {
        let Some(version) = beginning.versions.known(&key(template)) else { continue };
        let containers =
            template.pointer("/spec/containers").and_then(serde_json::Value::as_array).into_iter().flatten();
        let own: Vec<&str> = containers.filter_map(|one| one.get("image")?.as_str()).collect();
        if !own.is_empty() && seen.insert(version.clone()) {
            images.push((version, own.join(", ")));
        }
    }
    images
}
