//! When the pods of a recording become Ready, and how long they take to stop.

use std::collections::BTreeMap;

use super::recording::{ByPod, ByTemplate, Delay, PodsInput, Seconds};
use super::stop::{MOST_PODS, Result, wrong};
use crate::script::{PodScript, Times, Toggles};
use crate::time::SimDuration;

/// Checks what is written about pods.
pub(super) fn check(pods: &PodsInput) -> Result<()> {
    check_places(pods)?;
    check_toggles(pods)
}

/// Checks that pods are counted from 0.
fn check_places(pods: &PodsInput) -> Result<()> {
    let by_pod = |by: &ByPod| match by {
        ByPod::Map(places) => places.keys().cloned().collect(),
        ByPod::All(_) | ByPod::List(_) => Vec::new(),
    };
    let by_template = |by: &Option<ByTemplate>| match by {
        Some(ByTemplate::Map(templates)) => templates.values().flat_map(by_pod).collect(),
        Some(ByTemplate::All(_)) | None => Vec::new(),
    };
    let table: [(&str, Vec<String>); 6] = [
        ("attach_seconds", pods.attach_seconds.values().flat_map(BTreeMap::keys).cloned().collect()),
        ("no_node_for_seconds", pods.no_node_for_seconds.values().flat_map(BTreeMap::keys).cloned().collect()),
        ("readiness_toggles", pods.readiness_toggles.values().flat_map(BTreeMap::keys).cloned().collect()),
        (
            "running_after_by_index",
            pods.running_after_by_index.iter().flat_map(BTreeMap::values).flat_map(by_pod).collect(),
        ),
        ("running_after_seconds", by_template(&pods.running_after_seconds)),
        ("terminate_after_seconds", by_template(&pods.terminate_after_seconds)),
    ];
    for (name, places) in table {
        if let Some(place) =
            places.iter().find(|place| place.parse().map(|place: u32| place.to_string()) != Ok((*place).clone()))
        {
            return wrong(
                format!("pods.{name}"),
                format!("{place:?} is no place in the order of creation, such as \"0\""),
            );
        }
    }
    Ok(())
}

/// Checks that each pod changes between Ready and not Ready, at ascending instants.
fn check_toggles(pods: &PodsInput) -> Result<()> {
    for (template, by_pod) in &pods.readiness_toggles {
        for (place, at) in by_pod {
            let Some(wrong_pair) = at.windows(2).find(|pair| pair[0] >= pair[1]) else { continue };
            let (before, after) = (wrong_pair[0].0, wrong_pair[1].0);
            return wrong(
                format!("pods.readiness_toggles.{template}.{place}"),
                format!(
                    "{after} comes after {before}: write instants that ascend, Ready first, then not Ready and so on"
                ),
            );
        }
    }
    Ok(())
}

/// The course of a template's pods.
pub(super) fn read(input: &PodsInput, template: &str) -> PodScript {
    let rest = input.default_ready_after_seconds.get(template).or(input.default_ready_after_seconds.get("default"));
    let ready = input.ready_after_seconds.get(template).map_or(&[] as &[Delay], Vec::as_slice);
    let indexed = input.running_after_by_index.as_ref().and_then(|by| by.get(template));
    let mut running = by_template(input.running_after_seconds.as_ref(), template);
    if let Some(indexed) = indexed {
        running = by_pod(indexed, running.rest);
    }
    let mut toggles: Vec<Toggles> = input
        .readiness_toggles
        .get(template)
        .into_iter()
        .flatten()
        .filter_map(|(place, at)| {
            Some(Toggles { number: place.parse().ok()?, at: at.iter().copied().map(Seconds::length).collect() })
        })
        .collect();
    toggles.sort_by_key(|toggles| toggles.number);
    let mut termination = by_template(input.terminate_after_seconds.as_ref(), template);
    if let Some(grace) = input.grace_period_seconds.map(Seconds::length) {
        let cut = |time: &mut Option<SimDuration>| *time = Some(time.map_or(grace, |time| time.min(grace)));
        termination.listed.iter_mut().for_each(cut);
        cut(&mut termination.rest);
    }
    PodScript {
        running,
        ready: Times {
            listed: ready.iter().copied().map(Delay::time).collect(),
            rest: rest.copied().and_then(Delay::time),
        },
        termination,
        toggles,
        uids: BTreeMap::new(),
        nodes: BTreeMap::new(),
        held: held(input, template),
        bound: BTreeMap::new(),
        attach: attach(input, template),
    }
}

/// How long volumes take to be attached for pods of a template, by their places.
fn attach(input: &PodsInput, template: &str) -> BTreeMap<u32, SimDuration> {
    let own = input.attach_seconds.get(template).into_iter().flatten();
    own.filter_map(|(place, time)| Some((place.parse().ok()?, time.length()))).collect()
}

/// How long no node takes pods of a template, by their places.
fn held(input: &PodsInput, template: &str) -> BTreeMap<u32, Option<SimDuration>> {
    let own = input.no_node_for_seconds.get(template).into_iter().flatten();
    own.filter_map(|(place, time)| Some((place.parse().ok()?, time.time()))).collect()
}

/// The times of a template; a time that the recording does not give is zero.
fn by_template(input: Option<&ByTemplate>, template: &str) -> Times {
    match input {
        None => Times::same(SimDuration::ZERO),
        Some(ByTemplate::All(delay)) => Times { listed: Vec::new(), rest: delay.time() },
        Some(ByTemplate::Map(templates)) => {
            let rest = templates.get("default").map_or_else(|| Times::same(SimDuration::ZERO), |all| by_pod(all, None));
            templates.get(template).map_or(rest.clone(), |pods| by_pod(pods, rest.rest))
        }
    }
}

fn by_pod(input: &ByPod, rest: Option<SimDuration>) -> Times {
    match input {
        ByPod::All(delay) => Times { listed: Vec::new(), rest: delay.time() },
        ByPod::List(delays) => Times { listed: delays.iter().copied().map(Delay::time).collect(), rest },
        ByPod::Map(places) => {
            let places: BTreeMap<usize, Delay> =
                places.iter().filter_map(|(place, delay)| Some((place.parse().ok()?, *delay))).collect();
            let count = places.keys().next_back().map_or(0, |last| last + 1).min(MOST_PODS as usize);
            let listed = (0..count).map(|place| places.get(&place).map_or(rest, |delay| delay.time())).collect();
            Times { listed, rest }
        }
    }
}
