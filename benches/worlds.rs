//! What a world of several workloads costs: worlds a second on one core, seconds to read it, and memory.
//!
//! `cargo bench --bench worlds` prints a table. Each row is measured in a process of its own, so that its memory is its own.
//! `-- --world NAME COUNT` simulates one of them so often, for callgrind.

#![allow(clippy::disallowed_methods, reason = "a benchmark measures time")]

mod clock;

use std::fmt::Write as _;
use std::hint::black_box;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::sync::atomic::AtomicBool;

use rollcast::metrics::WorldMeter;
use rollcast::plan::{Overrides, Plan};
use rollcast::sim::Simulator;

/// Each figure is the best of this many tries, because disturbances only ever add time.
const TRIES: u32 = 5;

/// A world, and how often it is simulated for one figure.
struct Case {
    name: &'static str,
    about: &'static str,
    count: u32,
}

const CASES: [Case; 4] = [
    Case { name: "shop", about: "12 Deployments, 66 pods, 12 nodes", count: 2_000 },
    Case { name: "hundred", about: "100 Deployments of 30 pods, 100 nodes", count: 60 },
    Case { name: "fleet", about: "100 Deployments of 30 pods, 5,000 nodes", count: 10 },
    Case { name: "cluster", about: "1,000 Deployments of 30 pods, 5,000 nodes, 20 at a time", count: 1 },
];

/// Latencies of pods as `experiments/fleet-capacity.yaml` has them.
const PODS: &str = "pods:
  start: {lognormal: {p50: 2s, p99: 4500ms}}
  warmUp: {lognormal: {p50: 5s, p99: 24s}}
  termination: {lognormal: {p50: 3s, p99: 25s}}
  new: {imageSize: 200MB, crash: 0.5%, crashAfter: {uniform: {low: 1s, high: 20s}}}
";

fn experiment(name: &str) -> String {
    let nodes = |count: u32| {
        format!("cluster: {{nodes: {count}, zones: 3, allocatable: {{cpu: \"8\", memory: 32Gi, pods: 110}}}}\n")
    };
    let many = |count: u32| {
        let containers = "[{name: app, image: app, resources: {requests: {cpu: 200m, memory: 512Mi}}}]";
        let strategy = "replicas: 30, maxSurge: 25%, maxUnavailable: 25%";
        (0..count).fold("workloads:\n".to_owned(), |mut text, number| {
            let spec = format!("spec: {{template: {{spec: {{containers: {containers}}}}}}}");
            let _ = writeln!(text, "  - deployment: {{name: w{number}, {strategy}, {spec}}}\n    event: rollout");
            text
        })
    };
    let world = match name {
        "shop" => {
            "workloads: {manifest: manifests/shop.yaml}\ncluster: {nodes: 12, zones: 3, allocatable: {cpu: \"8\", memory: 32Gi, pods: 110}, \
             used: {cpu: \"5\", memory: 20Gi, pods: 30}}\n"
                .to_owned()
        }
        "hundred" => many(100) + &nodes(100),
        "fleet" => many(100) + &nodes(5_000),
        _ => many(1_000) + &nodes(5_000) + "release: {order: {atOnce: 20}}\n",
    };
    format!("name: {name}\nreplications: 1\n{world}{PODS}")
}

fn read(name: &str) -> Plan {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("experiments");
    Plan::parse(&experiment(name), &folder, &Overrides::default()).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Simulates the world of a plan so often.
fn simulate(plan: &Plan, count: u32) {
    let world = plan.world(0).expect("a world");
    let (mut simulator, mut meter, stop) = (Simulator::new(1), WorldMeter::default(), AtomicBool::new(false));
    for replication in 0..count {
        meter.begin(world, &plan.scenarios);
        let span = simulator.run_world(&stop, world, replication, &mut meter).expect("nobody stops it");
        black_box(meter.finish(world, &plan.scenarios, &span));
    }
}

/// The most memory that this process has had [MiB]; `None`: only Linux says so.
fn memory() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").trim().parse::<u64>().ok().map(|kib| kib / 1024)
}

fn measure(case: &Case) {
    let mut plan = None;
    let reading = clock::seconds(|| plan = Some(read(case.name)));
    let plan = plan.expect("a plan");
    let time = (0..TRIES).map(|_| clock::seconds(|| simulate(&plan, case.count))).fold(f64::INFINITY, f64::min);
    let memory = memory().map_or_else(|| "?".to_owned(), |mib| mib.to_string());
    let pods: i32 = plan.world(0).map_or(0, |world| world.workloads.iter().map(|own| own.deployment.replicas).sum());
    println!(
        "| {} | {:.1} | {:.0} | {reading:.2} | {memory} |",
        case.about,
        f64::from(case.count) / time,
        time / f64::from(case.count) / f64::from(pods.max(1)) * 1e9
    );
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["--world", name, count] => simulate(&read(name), count.parse().expect("a number")),
        ["--row", name] => {
            if let Some(case) = CASES.iter().find(|case| case.name == *name) {
                measure(case);
            }
        }
        _ => {
            println!("| world | worlds/s | ns per pod | s to read it | most MiB |");
            println!("|---|---:|---:|---:|---:|");
            for case in &CASES {
                let row = std::env::current_exe()
                    .and_then(|program| Command::new(program).args(["--row", case.name]).status());
                if !row.is_ok_and(|status| status.success()) {
                    eprintln!("{}: it could not be measured", case.name);
                    return ExitCode::FAILURE;
                }
            }
        }
    }
    ExitCode::SUCCESS
}
