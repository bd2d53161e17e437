//! How the cost of a rollout grows with its size, as ratios measured in one run.
//!
//! `cargo bench --bench growth` prints a table. Beside each rollout stands a floor: the same number of events pushed and
//! popped, and two numbers drawn for every pod, with nothing decided. Ratios of the two are what travels from machine to machine.

#![allow(clippy::disallowed_methods, reason = "a benchmark measures time")]

use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use rollcast::engine::Agenda;
use rollcast::metrics::Meter;
use rollcast::plan::{Overrides, Plan};
use rollcast::random::{Draws, Purpose};
use rollcast::scenario::Scenario;
use rollcast::sim::Simulator;
use rollcast::time::{SimDuration, SimTime};

/// Pods simulated for one figure.
const PODS: u32 = 400_000;
/// Each figure is the best of so many tries: noise only ever adds time.
const TRIES: u32 = 5;

fn scenario(replicas: u32) -> Scenario {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/workload.yaml");
    let overrides = Overrides { set: vec![("replicas".into(), replicas.to_string())], ..Overrides::default() };
    let plan = Plan::load(&file, &overrides).expect("the workload is valid");
    plan.scenarios[0].clone()
}

fn best(mut run: impl FnMut()) -> f64 {
    let time = |run: &mut dyn FnMut()| {
        let start = Instant::now();
        run();
        start.elapsed().as_secs_f64()
    };
    (0..TRIES).map(|_| time(&mut run)).fold(f64::INFINITY, f64::min)
}

fn rollouts(scenario: &Scenario, count: u32) -> u64 {
    let mut simulator = Simulator::new(1);
    let mut meter = Meter::default();
    let mut events = 0;
    for replication in 0..count {
        meter.begin(scenario);
        let span = simulator.run(scenario, replication, &mut meter);
        events += u64::from(span.events);
        black_box(meter.finish(scenario, span));
    }
    events
}

/// Draws two numbers for each pod and passes as many events through the agenda, `waiting` of them at a time.
fn floor(pods: u32, events: u64, waiting: u32, scenario: &Scenario) {
    let mut draws = Draws::new(1);
    let mut agenda = Agenda::default();
    agenda.reset(SimTime::ZERO);
    let start = &scenario.pods[1].start;
    for pod in 0..pods {
        black_box(draws.chance(0.02, 1, Purpose::Crash, u64::from(pod)));
        black_box(draws.duration(start, 1, Purpose::Start, u64::from(pod)));
    }
    for event in 0..u64::from(waiting) {
        agenda.schedule(SimTime::from_nanos(event * 1_000), event);
    }
    for _ in 0..events.saturating_sub(u64::from(waiting)) {
        if let Some(event) = agenda.pop() {
            let at = agenda.now() + SimDuration::from_nanos(1 + (event.wrapping_mul(7919)) % 1_000_000);
            agenda.schedule(at, event);
        }
    }
    black_box(agenda.len());
}

fn main() {
    println!(
        "| replicas | rollouts/s | ns per pod | cost per pod, 10 replicas = 1 | events per pod | times the floor |"
    );
    println!("|---:|---:|---:|---:|---:|---:|");
    let mut first = None;
    for replicas in [10, 100, 1_000, 10_000, 100_000] {
        let scenario = scenario(replicas);
        let count = (PODS / replicas).max(1);
        let events = rollouts(&scenario, count);
        let time = best(|| {
            rollouts(&scenario, count);
        });
        let waiting = replicas.min(50_000);
        let bare = best(|| floor(replicas * count, events, waiting, &scenario));
        let pods = f64::from(replicas * count);
        let cost = time / pods * 1e9;
        let base = *first.get_or_insert(cost);
        println!(
            "| {replicas} | {:.0} | {cost:.0} | {:.2} | {:.1} | {:.1} |",
            f64::from(count) / time,
            cost / base,
            events as f64 / pods,
            time / bare,
        );
    }
}
