//! `cargo run --release --bin rollouts [tries]`: whole rollouts of `benches/workload.yaml` a second of one core, side by
//! side: SimPy, rollcast, and the bare prototype without a control plane. Time on the core, since the machine may be shared.

use std::hint::black_box;
use std::path::Path;
use std::process::Command;

use rollcast::metrics::Meter;
use rollcast::plan::{Overrides, Plan};
use rollcast::scenario::Scenario;
use rollcast::sim::Simulator;
use rollcast_peers::bare::Bare;
use rollcast_peers::clock;

/// Each figure is the best of this many tries, because disturbances only ever add time.
const TRIES: u32 = 5;
const SIZES: [u32; 3] = [10, 100, 1_000];
/// Pods simulated for one figure of rollcast and of the prototype, and of SimPy.
const PODS: [u32; 2] = [400_000, 100_000];
const NAMES: [&str; 3] = ["SimPy", "rollcast", "prototype without a control plane"];

fn scenario(replicas: u32) -> Scenario {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../workload.yaml");
    let overrides = Overrides { set: vec![("replicas".into(), replicas.to_string())], ..Overrides::default() };
    let plan = Plan::load(&file, &overrides).expect("the workload is valid");
    plan.scenarios[0].clone()
}

fn rollcast(scenario: &Scenario, count: u32) {
    let (mut simulator, mut meter) = (Simulator::new(1), Meter::default());
    for replication in 0..count {
        meter.begin(scenario);
        let span = simulator.run(scenario, replication, &mut meter);
        black_box(meter.finish(scenario, span));
    }
}

fn bare(scenario: &Scenario, count: u32) {
    let mut bare = Bare::new(scenario, 1);
    for replication in 0..count {
        black_box(bare.run(replication));
    }
}

/// CPU seconds of SimPy, as its own process counts them; `None`: there is no Python with SimPy here.
fn simpy(replicas: u32, count: u32) -> Option<f64> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("simpy/rollout.py");
    let mut python = Command::new("python3");
    python.arg(file).args(["workload", "--replicas", &replicas.to_string(), "--rollouts", &count.to_string()]);
    let output = python.output().ok().filter(|output| output.status.success())?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.split("\"cpu_seconds\": ").nth(1)?.split(',').next()?.parse().ok()
}

/// Rollouts a second of each peer.
fn measure(replicas: u32, tries: u32) -> [Option<f64>; 3] {
    let scenario = scenario(replicas);
    let [count, fewer] = PODS.map(|pods| (pods / replicas).max(1));
    let mut best = [None, None, None];
    // The peers run in turn, so that a disturbance of some length affects all of them.
    for _ in 0..tries {
        let rates = [
            simpy(replicas, fewer).map(|seconds| f64::from(fewer) / seconds),
            Some(f64::from(count) / clock::seconds(|| rollcast(&scenario, count))),
            Some(f64::from(count) / clock::seconds(|| bare(&scenario, count))),
        ];
        for (best, rate) in best.iter_mut().zip(rates) {
            *best = rate.map(|rate| best.map_or(rate, |best: f64| best.max(rate))).or(*best);
        }
    }
    best
}

fn main() {
    let tries = std::env::args().nth(1).map_or(Ok(TRIES), |tries| tries.parse());
    let Ok(tries @ 1..) = tries else {
        eprintln!("usage: rollouts [tries], a whole number from 1");
        std::process::exit(2);
    };
    let rates = SIZES.map(|replicas| measure(replicas, tries));
    if rates[0][0].is_none() {
        eprintln!("skipped: no python3 with simpy here (pip install simpy)");
    }
    println!("| rollouts a second of one core, best of {tries} | 10 pods | 100 | 1,000 | rollcast = 1 |");
    println!("|---|---:|---:|---:|---|");
    for (peer, name) in NAMES.iter().enumerate() {
        let or_dash = |value: Option<f64>, digits: usize| value.map_or("-".into(), |value| format!("{value:.digits$}"));
        let cells = rates.map(|rate| or_dash(rate[peer], 0));
        let ratios = rates.map(|rate| or_dash(rate[peer].zip(rate[1]).map(|(peer, ours)| peer / ours), 2));
        println!("| {name} | {} | {} |", cells.join(" | "), ratios.join(", "));
    }
}
