//! A recording of a StatefulSet: a world of one workload.

use serde_json::{Map, Value};

use super::found_objects;
use super::recording::{Delay, Recording};
use super::set_world::{Parts, Played};
use super::stateful_set_steps::{self, Manifest};
use super::stop::{Result, Stop, unsupported};
use super::world::{self, World};
use crate::scenario::{Scenario, StatefulSet, Workload};
use crate::script::Toggles;

/// Most times that are written out, one for each incarnation of each pod.
const MOST_TIMES: usize = 1 << 20;

/// The feature gate that gives `maxUnavailable` an effect.
const GATE: &str = "MaxUnavailableStatefulSet";

/// The world of a recorded StatefulSet, whose spec is written in `fields`.
pub(super) fn build(recording: &Recording, fields: &Map<String, Value>) -> Result<World> {
    let gate = gate(&recording.feature_gates)?;
    let manifest = Manifest::new(fields.clone(), gate);
    let mut set = StatefulSet::new(manifest.spec("statefulset")?);
    set.max_unavailable_gate = gate;
    let (parts, played) =
        Parts::read(recording, |recording, shared| stateful_set_steps::read(recording, manifest, shared))?;
    let recording = &parts.recording;
    let Played { timeline, scripts, models } = played;
    let mut scenario = world::scenario(recording, set.as_deployment(), timeline, scripts, models)?;
    let start = set.spec.start_ordinal.max(0) as usize;
    follow_ordinals(recording, &mut scenario, (start, &parts.templates.all.names[..parts.templates.own()]))?;
    let there = found_objects::stateful_set(recording, (set.spec, &parts.specs), &parts.templates.all, &mut scenario)?;
    let mut workload = Workload::of_stateful_set("", 0, set, 0);
    workload.open = recording.placing.open(recording.cluster.nodes).map_err(Stop::Wrong)?;
    let has_budget = recording.actions.iter().any(|action| action.what == "pdb");
    parts.world((scenario, workload), there, |action| {
        action.what == "create" || has_budget && matches!(action.what.as_str(), "pdb" | "quota")
    })
}

/// Whether the gate is on. Other gates change what is not modelled.
fn gate(written: &str) -> Result<bool> {
    let mut on = false;
    for one in written.split(',').map(str::trim).filter(|one| !one.is_empty()) {
        match one.split_once('=') {
            Some((GATE, "true")) => on = true,
            Some((GATE, "false")) => on = false,
            _ => return unsupported(format!("feature_gates {one}")),
        }
    }
    Ok(on)
}

/// The times of a StatefulSet's pods are written by ordinal, and in a list within by incarnation of that ordinal. A pod's number is
/// its incarnation times the most pods there are, and its ordinal, counted from the first one, `start`.
fn follow_ordinals(recording: &Recording, scenario: &mut Scenario, (start, names): (usize, &[String])) -> Result<()> {
    let most = scenario.most_desired().max(1) as usize;
    // A pod comes again after an action, and once more after each change of the template.
    let incarnations = 2 * recording.actions.len() + 2;
    if most * incarnations > MOST_TIMES {
        return unsupported(format!("{most} pods of a StatefulSet and {} actions", recording.actions.len()));
    }
    for (pods, name) in scenario.script.iter_mut().flat_map(|script| &mut script.pods).zip(names) {
        for times in [&mut pods.running, &mut pods.ready, &mut pods.termination] {
            let one: Vec<_> = (start..start + most).map(|ordinal| times.of(ordinal as u32)).collect();
            times.listed = one.repeat(incarnations);
        }
        pods.toggles = for_each_incarnation(&pods.toggles, (start, most), incarnations);
        let attach = std::mem::take(&mut pods.attach);
        let of = |ordinal: u32| (ordinal as usize).checked_sub(start).filter(|index| *index < most);
        let by_ordinal = attach.into_iter().filter_map(|(ordinal, time)| Some((of(ordinal)?, time)));
        for (index, time) in by_ordinal {
            pods.attach.extend((0..incarnations).map(|incarnation| ((incarnation * most + index) as u32, time)));
        }
        let by_ordinal = recording.pods.ready_by_incarnation.get(name).map_or(&[] as &[_], Vec::as_slice);
        for (place, time) in pods.ready.listed.iter_mut().enumerate() {
            if let Some(own) = by_ordinal.get(start + place % most) {
                *time = own.get(place / most).or(own.last()).copied().and_then(Delay::time);
            }
        }
    }
    Ok(())
}

/// The changes of readiness of pods by their ordinals, which begin at `start`, for each incarnation of each of them.
fn for_each_incarnation(by_ordinal: &[Toggles], (start, most): (usize, usize), incarnations: usize) -> Vec<Toggles> {
    let of = |incarnation: usize, toggles: &Toggles| {
        let index = (toggles.number as usize).checked_sub(start).filter(|index| *index < most)?;
        Some(Toggles { number: (incarnation * most + index) as u32, at: toggles.at.clone() })
    };
    (0..incarnations).flat_map(|incarnation| by_ordinal.iter().filter_map(move |one| of(incarnation, one))).collect()
}
