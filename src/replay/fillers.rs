//! Gives a scenario what a recording has beside its workloads: pods without an owner, priorities, the CPU that is used.

use serde_json::Value;

use super::cluster::{self, Size};
use super::placing;
use super::pod_times;
use super::recording::Recording;
use super::stop::{MOST_PODS, Result, wrong};
use crate::scenario::{Room, Scenario, Template};
use crate::script::BarePod;
use crate::time::SimDuration;

/// What the times of pods without an owner are called.
const FILLER: &str = "filler";

/// Priority classes: those of the control plane that was recorded, and those that each one has.
const CLASSES: [(&str, i32); 5] = [
    ("prio-low", -100),
    ("prio-mid", 1000),
    ("prio-high", 100_000),
    ("system-cluster-critical", 2_000_000_000),
    ("system-node-critical", 2_000_001_000),
];

/// Gives a scenario what stands beside its workloads.
pub(super) fn fill(recording: &Recording, scenario: &mut Scenario) -> Result<()> {
    let beside = &recording.beside;
    let Some(script) = &mut scenario.script else { return Ok(()) };
    script.priority = priority(beside.priority.as_ref(), "extra.priority")?;
    script.cpu = beside.cpu.iter().map(|(at, millis)| (SimDuration::from_secs_f64(*at), *millis)).collect();
    script.cpu.sort_by_key(|(at, _)| *at);
    script.cpu_request = cluster::pod_size(&recording.cluster)?.cpu;
    if beside.fillers.is_empty() {
        return Ok(());
    }
    let total: i64 = beside.fillers.iter().map(|filler| i64::from(filler.count)).sum();
    if total > MOST_PODS {
        return wrong("extra.fillers", format!("{total} pods are too many: at most {MOST_PODS}"));
    }
    let own = scenario.pods.len() as Template;
    let times = pod_times::read(&recording.pods, FILLER).termination;
    for (number, filler) in beside.fillers.iter().enumerate() {
        let path = format!("extra.fillers[{number}]");
        let priority = priority(filler.priority.as_ref(), &format!("{path}.priority"))?;
        if filler.node.is_some_and(|node| node >= recording.cluster.nodes) {
            return wrong(format!("{path}.node"), "there is no such node");
        }
        for _ in 0..filler.count {
            let place = script.bare.len();
            let node = filler.node.or_else(|| seen_on(recording, place));
            let termination = times.of(place as u32).unwrap_or(SimDuration::ZERO);
            script.bare.push(BarePod { template: own + number as Template, node, priority, termination });
        }
    }
    script.kept = own + beside.fillers.len() as Template;
    let sizes = beside.fillers.len() + 1;
    scenario.pods.extend((0..sizes).map(|_| placing::unused_model()));
    Ok(())
}

/// The node on which a pod without an owner was seen.
fn seen_on(recording: &Recording, place: usize) -> Option<u32> {
    let seen = recording.expect.as_ref()?.fillers.as_ref()?.get(place)?;
    seen.node.filter(|node| *node < recording.cluster.nodes)
}

/// Says how large the pods without an owner are, and the room that is kept for one of the others. Their templates are the last ones.
pub(super) fn size(recording: &Recording, room: &mut Room) -> Result<()> {
    let fillers = &recording.beside.fillers;
    if fillers.is_empty() {
        return Ok(());
    }
    let first = room.scored.len() - fillers.len() - 1;
    for (number, filler) in fillers.iter().enumerate() {
        let path = format!("extra.fillers[{number}]");
        let size = Size {
            cpu: cluster::cpu_of(filler.cpu.as_ref(), &format!("{path}.cpu"))?,
            memory: cluster::memory_of(filler.memory.as_ref(), &format!("{path}.memory"))?,
        };
        set(room, first + number, size, size.scored());
    }
    set(room, first + fillers.len(), cluster::pod_size(&recording.cluster)?, [0; 2]);
    Ok(())
}

fn set(room: &mut Room, template: usize, size: Size, scored: [u64; 2]) {
    let width = room.resources.len();
    let asked = &mut room.asked[template * width..][..width];
    (asked[Room::CPU], asked[Room::MEMORY]) = (size.cpu, size.memory);
    room.scored[template] = scored;
}

/// A priority as a number or by the name of its class; without one it is 0.
fn priority(written: Option<&Value>, path: &str) -> Result<i32> {
    let Some(value) = written.filter(|value| !value.is_null()) else { return Ok(0) };
    let number = value.as_i64().and_then(|number| i32::try_from(number).ok());
    let named = || CLASSES.iter().find(|(name, _)| value == name).map(|(_, priority)| *priority);
    match number.or_else(named) {
        Some(priority) => Ok(priority),
        None => wrong(path, format!("{value} is no priority: write a whole number, such as 1000")),
    }
}
