//! `cargo run --release --bin ratios [tries]`: both engines and the floors side by side, as a Markdown table of ratios.

use rollcast_peers::{EVENTS, Job, clock, floor, on_nexosim, on_rollcast};

const SEED: u64 = 1;
/// Each figure is the best of this many tries, because disturbances only ever add time.
const TRIES: u32 = 9;

const ROLLCAST: Job = ("M/M/1 on rollcast's agenda", |seed| on_rollcast::run(seed).checked().events);
const NEXOSIM: Job = ("M/M/1 on NeXosim", |seed| on_nexosim::run(seed).checked().events);

fn seconds(job: fn(u64) -> u64) -> f64 {
    clock::seconds(|| assert_eq!(job(SEED), EVENTS))
}

fn main() {
    let tries = std::env::args().nth(1).map_or(Ok(TRIES), |tries| tries.parse());
    let Ok(tries @ 1..) = tries else {
        eprintln!("usage: ratios [tries], a whole number from 1");
        std::process::exit(2);
    };
    let jobs: Vec<Job> = [ROLLCAST, NEXOSIM].into_iter().chain(floor::ALL).collect();
    let mut best = vec![f64::INFINITY; jobs.len()];
    // The jobs run in turn, so that a disturbance of some length affects all of them.
    for _ in 0..tries {
        for (best, (_, job)) in best.iter_mut().zip(&jobs) {
            *best = best.min(seconds(*job));
        }
    }
    println!("| {EVENTS} events, best of {tries} | ns per event | rollcast = 1 |");
    println!("|---|---:|---:|");
    for ((name, _), time) in jobs.iter().zip(&best) {
        println!("| {name} | {:.0} | {:.2} |", time / EVENTS as f64 * 1e9, time / best[0]);
    }
}
