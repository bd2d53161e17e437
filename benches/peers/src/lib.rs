//! Rollcast beside its peers: one M/M/1 queue on rollcast's event engine and on NeXosim, with the same random numbers; and
//! whole rollouts beside a prototype without a control plane and a SimPy model (`simpy/`).
//!
//! Every run's events are counted and its mean time in system is compared with the closed form, so that a benchmark
//! cannot be fast because it does other work.

pub mod bare;
#[path = "../../clock/mod.rs"]
pub mod clock;
pub mod floor;
pub mod on_nexosim;
pub mod on_rollcast;
mod station;

use rollcast::time::SimDuration;

/// Customers served in one run.
pub const CUSTOMERS: u64 = 1_000_000;
/// Events of one run: every customer arrives once and departs once.
pub const EVENTS: u64 = 2 * CUSTOMERS;
/// Mean time between arrivals in seconds, 1/λ: a load of 0.8.
pub const BETWEEN_ARRIVALS: f64 = 1.25;
/// Mean service time in seconds, 1/μ.
pub const SERVICE: f64 = 1.0;
/// How far the mean of a run may be from the closed form, as a share of it: three standard errors of a million
/// customers at this load, whose times in system are far from independent.
pub const TOLERANCE: f64 = 0.027;

/// Something to time: its name, and a run with the random numbers of a seed that returns how many events it passed.
pub type Job = (&'static str, fn(u64) -> u64);

/// The result of a run, from which it can be checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Events handled.
    pub events: u64,
    /// Time from arrival to departure, all customers together.
    pub in_system: SimDuration,
}

impl Outcome {
    /// Mean time in system, in seconds.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.in_system.as_secs_f64() / CUSTOMERS as f64
    }

    /// This outcome, after a check that it is that of an M/M/1 queue.
    ///
    /// # Panics
    /// When the number of events is not [`EVENTS`] or the mean time in system is not 1/(μ − λ) within [`TOLERANCE`].
    #[must_use]
    pub fn checked(self) -> Self {
        let expected = 1.0 / (1.0 / SERVICE - 1.0 / BETWEEN_ARRIVALS);
        assert_eq!(self.events, EVENTS, "events of {CUSTOMERS} customers");
        let mean = self.mean();
        assert!((mean / expected - 1.0).abs() < TOLERANCE, "mean time in system {mean} s, expected {expected} s");
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_engines_serve_the_same_customers() {
        let ours = on_rollcast::run(1).checked();
        assert_eq!(ours, on_nexosim::run(1).checked());
        assert_ne!(ours, on_rollcast::run(2));
    }

    /// The standard error behind the tolerance, from independent runs.
    #[test]
    fn the_tolerance_is_about_three_standard_errors() {
        let means: Vec<f64> = (1..=40).map(|seed| on_rollcast::run(seed).mean()).collect();
        let centre = means.iter().sum::<f64>() / 40.0;
        let variance = means.iter().map(|mean| (mean - centre).powi(2)).sum::<f64>() / 39.0;
        let errors = TOLERANCE * 5.0 / variance.sqrt();
        assert!((2.0..4.5).contains(&errors), "the tolerance is {errors} standard errors");
        assert!((centre - 5.0).abs() < 3.0 * (variance / 40.0).sqrt(), "the mean of 40 runs is {centre} s");
    }

    /// The prototype is a floor only where its rollouts are those that rollcast simulates: as long and as deep, within 2 %.
    /// Its control plane is a constant, and it has no node losses; the standard errors are about 0.4 %.
    #[test]
    fn the_prototype_models_the_same_rollouts() {
        use rollcast::metrics::Meter;
        use rollcast::plan::{Overrides, Plan};
        const COUNT: u32 = 2_000;
        let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../workload.yaml");
        let plan = Plan::load(&file, &Overrides::default()).expect("the workload is valid");
        let scenario = &plan.scenarios[0];
        let (mut simulator, mut meter) = (rollcast::sim::Simulator::new(1), Meter::default());
        let mut prototype = bare::Bare::new(scenario, 1);
        let (mut ours, mut theirs) = ([0.0; 2], [0.0; 2]);
        for replication in 0..COUNT {
            meter.begin(scenario);
            let span = simulator.run(scenario, replication, &mut meter);
            let record = meter.finish(scenario, span);
            let bare = prototype.run(replication);
            ours[0] += record.duration.as_secs_f64();
            ours[1] += record.dip_pod_nanos as f64 / 1e9;
            theirs[0] += bare.duration.as_secs_f64();
            theirs[1] += bare.dip;
        }
        for (ours, theirs) in ours.into_iter().zip(theirs) {
            assert!((theirs / ours - 1.0).abs() < 0.02, "{ours} and {theirs} in {COUNT} rollouts");
        }
    }

    #[test]
    fn floors_pass_as_many_events() {
        for (name, pass) in floor::ALL {
            assert_eq!(pass(1), EVENTS, "{name}");
        }
    }

    #[test]
    #[should_panic(expected = "mean time in system")]
    fn a_wrong_mean_is_noticed() {
        let _ = Outcome { events: EVENTS, in_system: SimDuration::from_secs(4 * CUSTOMERS) }.checked();
    }
}
