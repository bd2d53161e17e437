//! How the cost of a rollout grows with its size, as ratios measured in one process.
//!
//! `cargo bench --bench growth` prints a table. Beside each rollout stands a floor: the same number of events pushed
//! and popped, and two numbers drawn for every pod, without any decision. The ratios of the two can be compared between
//! machines. A second floor draws all of the rollouts' numbers and computes their metrics from events recorded
//! beforehand: no simulator that gives the same results could be faster than that.
//!
//! `cargo bench --bench growth -- --agenda` compares the agenda with the standard library's heap.
//!
//! `cargo bench --bench growth -- --check` is the guard against regressions of speed: it fails where a rollout takes
//! another number of events than before, where the ratios have grown, or, where valgrind is installed to count them,
//! the instructions. With `--profile test` it does the same with the program that the tests build, which has limits of its own.

#![allow(clippy::disallowed_methods, reason = "a benchmark measures time")]

mod clock;

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hint::black_box;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Instant;

use rollcast::engine::Agenda;
use rollcast::metrics::Meter;
use rollcast::plan::{Overrides, Plan};
use rollcast::random::{Draws, Purpose};
use rollcast::scenario::Scenario;
use rollcast::sim::{Fact, Observer, Simulator};
use rollcast::time::{SimDuration, SimTime};

/// Pods simulated for one figure.
const PODS: u32 = 400_000;
/// Each figure is the best of this many tries, because disturbances only ever add time.
const TRIES: u32 = 5;

fn scenario(replicas: u32) -> Scenario {
    spread_scenario(replicas, "system")
}

fn spread_scenario(replicas: u32, spread: &str) -> Scenario {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/workload.yaml");
    let set = vec![("replicas".into(), replicas.to_string()), ("cluster.defaultSpread".into(), spread.to_owned())];
    let overrides = Overrides { set, ..Overrides::default() };
    let plan = Plan::load(&file, &overrides).expect("the workload is valid");
    plan.scenarios[0].clone()
}

/// Seconds on the core.
fn best(mut run: impl FnMut()) -> f64 {
    (0..TRIES).map(|_| clock::seconds(&mut run)).fold(f64::INFINITY, f64::min)
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
    let mut ahead = ahead();
    for _ in 0..events.saturating_sub(u64::from(waiting)) {
        if let Some(event) = agenda.pop() {
            agenda.schedule(agenda.now() + SimDuration::from_nanos(ahead()), event);
        }
    }
    black_box(agenda.len());
}

/// Times up to ten seconds ahead, as those of most events of a rollout.
fn ahead() -> impl FnMut() -> u64 {
    let mut state = 1_u64;
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 34) * 10_000_000_000) >> 30
    }
}

/// Takes the next event out and schedules another, again and again, while `waiting` events wait; returns nanoseconds
/// per exchange.
fn hold(waiting: u32, mut exchange: impl FnMut(Option<u64>, u64)) -> f64 {
    const EXCHANGES: u32 = 100_000;
    let mut ahead = ahead();
    (0..waiting).for_each(|_| exchange(Some(ahead()), 0));
    // Many short tries, because other processes disturb only some of them.
    let times = (0..100).map(|_| {
        let start = Instant::now();
        (0..EXCHANGES).for_each(|_| exchange(None, ahead()));
        start.elapsed().as_secs_f64()
    });
    times.fold(f64::INFINITY, f64::min) / f64::from(EXCHANGES) * 1e9
}

/// The cost of an event on the agenda and in a binary heap with the same order, by the number of events that wait.
fn agenda_table() {
    println!("| events waiting | agenda, ns per event | binary heap, ns per event |");
    println!("|---:|---:|---:|");
    for waiting in [10, 30, 100, 1_000, 10_000, 100_000, 1_000_000] {
        let mut agenda = Agenda::default();
        agenda.reset(SimTime::ZERO);
        let on_agenda = hold(waiting, |first, ahead| {
            let ahead = first.or_else(|| agenda.pop().map(|_| ahead)).unwrap_or(ahead);
            agenda.schedule(SimTime::from_nanos(agenda.now().as_nanos() + ahead), 0_u64);
        });
        let (mut heap, mut number, mut now) = (BinaryHeap::new(), 0_u32, 0_u64);
        let in_heap = hold(waiting, |first, ahead| {
            let popped = if first.is_none() { heap.pop() } else { None };
            if let Some(Reverse((at, _, _))) = popped {
                now = at;
            }
            number += 1;
            heap.push(Reverse((now + first.unwrap_or(ahead), number, 0_u64)));
        });
        println!("| {waiting} | {on_agenda:.0} | {in_heap:.0} |");
    }
}

/// Records the events of a rollout.
#[derive(Default)]
struct Recorder(Vec<(SimTime, Fact)>);

impl Observer for Recorder {
    const DETAIL: bool = Meter::DETAIL;

    fn fact(&mut self, at: SimTime, fact: Fact) {
        self.0.push((at, fact));
    }
}

/// Seconds that `count` rollouts take where only their numbers are drawn and their metrics computed.
fn without_simulation(scenario: &Scenario, count: u32) -> f64 {
    // A few rollouts are repeated: reading many from memory would take longer than the work that is measured.
    let recorded = count.min(50);
    let facts: Vec<_> = (0..recorded)
        .map(|replication| {
            let mut recorder = Recorder::default();
            let span = Simulator::new(1).run(scenario, replication, &mut recorder);
            (recorder.0, span)
        })
        .collect();
    let (mut meter, mut draws) = (Meter::default(), Draws::new(1));
    best(|| {
        for replication in 0..count {
            let (facts, span) = &facts[(replication % recorded) as usize];
            draw_all(&mut draws, scenario, replication);
            meter.begin(scenario);
            facts.iter().for_each(|(at, fact)| meter.fact(*at, *fact));
            black_box(meter.finish(scenario, *span));
        }
    })
}

/// Draws the numbers that a rollout of the workload draws.
fn draw_all(draws: &mut Draws, scenario: &Scenario, replication: u32) {
    draws.start(replication);
    let new = &scenario.pods[1];
    if let Some(loss) = &scenario.cluster.loss {
        for node in 0..scenario.cluster.nodes.len() {
            black_box(draws.duration(&loss.time_to_loss, 0, Purpose::NodeLoss, node as u64));
        }
    }
    for pod in 0..scenario.deployment.replicas as u64 {
        black_box(draws.bits(0, Purpose::Uid, pod));
        black_box(draws.bits(1, Purpose::Uid, pod));
        black_box(draws.duration(&new.start, 1, Purpose::Start, pod));
        black_box(draws.chance(new.crash, 1, Purpose::Crash, pod));
    }
}

/// A measured size.
struct Cost {
    replicas: u32,
    rollouts_per_second: f64,
    nanos_per_pod: f64,
    events_per_pod: f64,
    times_the_floor: f64,
    /// Nanoseconds for drawing the numbers and computing the metrics.
    nanos_without_simulation: f64,
}

fn measure(replicas: u32) -> Cost {
    let scenario = scenario(replicas);
    let count = (PODS / replicas).max(1);
    let events = rollouts(&scenario, count);
    let time = best(|| {
        rollouts(&scenario, count);
    });
    let bare = best(|| floor(replicas * count, events, replicas.min(50_000), &scenario));
    let pods = f64::from(replicas * count);
    Cost {
        replicas,
        rollouts_per_second: f64::from(count) / time,
        nanos_per_pod: time / pods * 1e9,
        events_per_pod: events as f64 / pods,
        times_the_floor: time / bare,
        nanos_without_simulation: without_simulation(&scenario, count) / pods * 1e9,
    }
}

fn table() {
    println!(
        "| replicas | rollouts/s | ns per pod | of it draws and metrics | cost per pod, 10 replicas = 1 | events per pod | times the floor |"
    );
    println!("|---:|---:|---:|---:|---:|---:|---:|");
    let mut first = None;
    for replicas in [10, 100, 1_000, 10_000, 100_000] {
        let cost = measure(replicas);
        let base = *first.get_or_insert(cost.nanos_per_pod);
        println!(
            "| {} | {:.0} | {:.0} | {:.0} | {:.2} | {:.1} | {:.1} |",
            cost.replicas,
            cost.rollouts_per_second,
            cost.nanos_per_pod,
            cost.nanos_without_simulation,
            cost.nanos_per_pod / base,
            cost.events_per_pod,
            cost.times_the_floor,
        );
    }
}

/// Replicas, replications, and the number of their events.
const EVENTS: [(u32, u32, u64); 3] = [(10, 1_000, 437_589), (1_000, 10, 121_598), (20_000, 1, 212_510)];
/// The most that a pod among 10,000 may cost, as a multiple of a pod among 10.
const MOST_GROWTH: f64 = 2.5;
/// The most that a rollout of 10 pods may cost, as a multiple of its floor.
const MOST_TIMES_THE_FLOOR: f64 = 6.0;
/// Most instructions of a rollout: replicas, number of rollouts, `cluster.defaultSpread`, and the limit in an optimised build and in one of
/// the tests' profile. Each limit is 0.5 % above what was measured (198,235, 7,104,135, 190,481 and 6,418,237 optimised; 286,620,
/// 10,075,088, 276,405 and 9,177,902 in the tests' profile).
const MOST_INSTRUCTIONS: [(u32, u32, &str, [u64; 2]); 4] = [
    (10, 200, "system", [199_200, 288_050]),
    (1_000, 10, "system", [7_139_700, 10_125_400]),
    (10, 200, "none", [191_400, 277_790]),
    (1_000, 10, "none", [6_450_300, 9_223_800]),
];

fn check() -> Result<(), String> {
    for (replicas, count, expected) in EVENTS {
        let events = rollouts(&scenario(replicas), count);
        println!("{count} rollouts of {replicas}: {events} events");
        if events != expected {
            return Err(format!("{expected} events were expected; if the change is meant, say so in {}", file!()));
        }
    }
    let (small, large) = (measure(10), measure(10_000));
    let growth = large.nanos_per_pod / small.nanos_per_pod;
    println!("a pod among 10,000 costs {growth:.2} times one among 10");
    println!("a rollout of 10 costs {:.1} times its floor", small.times_the_floor);
    if growth > MOST_GROWTH || small.times_the_floor > MOST_TIMES_THE_FLOOR {
        return Err(format!("at most {MOST_GROWTH} times and {MOST_TIMES_THE_FLOOR} times are allowed"));
    }
    for (replicas, count, spread, limits) in MOST_INSTRUCTIONS {
        let most = limits[usize::from(cfg!(debug_assertions))];
        let Some(none) = instructions(replicas, 0, spread) else {
            println!("instructions are not counted: there is no valgrind here");
            return Ok(());
        };
        let all = instructions(replicas, count, spread).ok_or("valgrind gave no count")?;
        let each = (all - none) / u64::from(count);
        println!("a rollout of {replicas}, default spread {spread}: {each} instructions");
        if each > most {
            return Err(format!("at most {most} are allowed"));
        }
    }
    Ok(())
}

/// Number of instructions that this program executes for `count` rollouts; `None`: valgrind cannot count them.
fn instructions(replicas: u32, count: u32, spread: &str) -> Option<u64> {
    let program = std::env::current_exe().ok()?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args(["--rollouts", &replicas.to_string(), &count.to_string(), spread])
        .output()
        .ok()?;
    let text = String::from_utf8(output.stderr).ok()?;
    let collected = text.lines().find_map(|line| line.split("Collected :").nth(1))?;
    collected.trim().parse().ok()
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["--rollouts", replicas, count, spread] => {
            let number = |text: &str| text.parse().expect("a number");
            rollouts(&spread_scenario(number(replicas), spread), number(count));
        }
        arguments if arguments.contains(&"--check") => {
            if let Err(message) = check() {
                eprintln!("{message}");
                return ExitCode::FAILURE;
            }
        }
        arguments if arguments.contains(&"--agenda") => agenda_table(),
        _ => table(),
    }
    ExitCode::SUCCESS
}
