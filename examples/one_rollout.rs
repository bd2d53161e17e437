//! One rollout, event by event: `cargo run --example one_rollout`.
//!
//! The scenario is built in code. The log is the one that `rollcast trace` prints.

use std::error::Error;

use rollcast::{Distribution, Experiment, IntOrPercent, Scenario, SimDuration, Strategy};

fn main() -> Result<(), Box<dyn Error>> {
    let strategy = Strategy::RollingUpdate { max_surge: IntOrPercent::Int(1), max_unavailable: IntOrPercent::Int(0) };
    let scenario = Scenario::builder(3)?
        .strategy(strategy)
        .pods(|pods| {
            pods.pull = Distribution::constant(SimDuration::from_secs(2));
            pods.start = Distribution::constant(SimDuration::from_secs(5));
        })
        .build();
    let experiment = Experiment::from_scenarios("one rollout", [scenario])?;

    for line in experiment.trace(0, 0)? {
        println!("{line}");
    }
    let record = experiment.record(0, 0)?;
    println!("{:?} after {:.1} s", record.outcome, record.duration.as_secs_f64());
    println!("at least {} pods were available, at most {} existed", record.min_available, record.peak_footprint);
    Ok(())
}
