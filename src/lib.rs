//! Forecasts of Kubernetes Deployment rollouts: the Deployment and ReplicaSet controllers' own rules in virtual time, with
//! sampled pod behaviour, many times over.
//!
//! # A first forecast
//!
//! [`Experiment::from_yaml`] reads what the command `rollcast` reads: an experiment, or a Kubernetes manifest with a
//! Deployment. [`Experiment::run`] runs every scenario of it, here two strategies, on all cores.
//!
//! ```
//! use rollcast::metrics::metric;
//! use rollcast::{Experiment, Figure, RunOptions, Statistic};
//!
//! let experiment = Experiment::from_yaml(
//!     "
//! deployment:
//!   spec:
//!     replicas: 10
//!     template:
//!       spec:
//!         containers: [{name: app, image: example/app}]
//! pods:
//!   start: {lognormal: {median: 8s, sigma: 0.4}}
//! sweep:
//!   maxSurge: [1, 25%]
//! ",
//! )?;
//! let forecasts = experiment.run_with(RunOptions::new().replications(200))?;
//!
//! for forecast in &forecasts {
//!     let p95 = forecast.figure(Figure::of(&metric::DURATION, Statistic::P95)).ok_or("no such figure")?;
//!     println!("{:?}: 95 of 100 rollouts take at most {:?} s", forecast.result.parameters, p95.value);
//! }
//! let median = Figure::of(&metric::DURATION, Statistic::P50);
//! assert!(forecasts[0].value(median) > forecasts[1].value(median), "more surge is faster");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A [`Figure`] is a [`Statistic`] of one of the [`METRICS`], or a rate such as the share of rollouts that stall; its
//! [`Unit`] says what it is counted in. An [`Estimate`] is a value with the limits of its 95 % interval. A value is missing where the replications cannot support
//! one: the 95th percentile of durations, for example, when 10 of 100 rollouts never complete.
//!
//! # From figures to single rollouts
//!
//! A [`Forecast`] holds one [`Record`] for each replication. A replication depends on the seed and its number alone, so that
//! [`Experiment::trace`] and [`Experiment::replicate`] repeat exactly the rollout that a record is about.
//!
//! ```
//! # use rollcast::{Experiment, RunOptions};
//! # let text = "
//! # deployment: {spec: {replicas: 10, template: {spec: {containers: [{name: app, image: example/app}]}}}}
//! # pods: {start: {lognormal: {median: 8s, sigma: 0.4}}}";
//! # let experiment = Experiment::from_yaml(text)?;
//! let forecasts = experiment.run_with(RunOptions::new().replications(200))?;
//! let records = forecasts[0].records.iter().enumerate();
//! let (slowest, record) = records.max_by_key(|(_, record)| record.duration).ok_or("no record")?;
//!
//! assert_eq!(experiment.record(0, slowest as u32)?, *record);
//! for line in experiment.trace(0, slowest as u32)? {
//!     println!("{line}");
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Your own observer
//!
//! Everything that happens in a replication is a [`Fact`] with its instant. An [`Observer`] counts what no metric counts.
//!
//! ```
//! use rollcast::{Experiment, Fact, Observer, SimTime};
//!
//! /// Counts writes that were refused because the object had changed.
//! #[derive(Default)]
//! struct Conflicts(u32);
//!
//! impl Observer for Conflicts {
//!     const DETAIL: bool = false;
//!
//!     fn fact(&mut self, _at: SimTime, fact: Fact) {
//!         if let Fact::Conflict = fact {
//!             self.0 += 1;
//!         }
//!     }
//! }
//!
//! # let text = "
//! # deployment: {spec: {replicas: 10, template: {spec: {containers: [{name: app, image: example/app}]}}}}";
//! # let experiment = Experiment::from_yaml(text)?;
//! let mut conflicts = Conflicts::default();
//! let span = experiment.replicate(0, 7, &mut conflicts)?;
//! println!("{} conflicts, over: {}", conflicts.0, span.end.is_some());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Scenarios without YAML
//!
//! [`Scenario::builder`] begins with the defaults of an experiment, which `rollcast defaults` lists with their sources.
//!
//! ```
//! use rollcast::{Distribution, Experiment, IntOrPercent, Scenario, Shape, SimDuration, Strategy};
//!
//! let start = Distribution::new(Shape::Exponential { mean: 12.0 }, 0.0, None)?;
//! let strategies = [0, 2].map(|surge| Strategy::RollingUpdate {
//!     max_surge: IntOrPercent::Int(surge),
//!     max_unavailable: IntOrPercent::Int(1),
//! });
//! let mut scenarios = Vec::new();
//! for strategy in strategies {
//!     let builder = Scenario::builder(6)?.strategy(strategy).horizon(SimDuration::from_secs(1800));
//!     scenarios.push(builder.pods(|pods| pods.start = start.clone()).build());
//! }
//! let experiment = Experiment::from_scenarios("two strategies", scenarios)?.with_seed(42);
//! assert_eq!(experiment.scenarios().len(), 2);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The order of the modules
//!
//! The path of the data is the order of the modules: an experiment names scenarios, a scenario is replicated, a replication
//! runs events, events give facts, facts become numbers, numbers become statistics, statistics become files. Every module
//! imports only those above it. Modules that this page does not list serve the command and its tests, and may change in any
//! version.
//!
//! # Features
//!
//! `cli`, on by default, carries what the command `rollcast` needs beside the library: the command line, terminal tables,
//! charts and pages. A program that uses the library alone writes `default-features = false` and gets half the dependencies.
//! `parquet` adds `rollcast sweep --format parquet`.

#[cfg(test)]
#[path = "../tests/support/golden_file.rs"]
mod golden_file;

pub mod time;

pub mod distribution;

#[doc(hidden)]
pub mod random;

#[doc(hidden)]
pub mod engine;

pub mod stats;

pub mod k8s;

#[doc(hidden)]
pub mod script;

pub mod traffic;

pub mod scenario;

#[doc(hidden)]
pub mod approximation;

pub mod sim;

pub mod trace;

pub mod metrics;

#[doc(hidden)]
pub mod diagnosis;

#[doc(hidden)]
pub mod input;

pub mod replay;

#[doc(hidden)]
pub mod record;

#[doc(hidden)]
pub mod plan;

#[doc(hidden)]
pub mod blocks;

pub mod analysis;

#[doc(hidden)]
pub mod sweep;

pub mod recommend;

#[doc(hidden)]
pub mod what_if;

#[doc(hidden)]
pub mod capacity;

pub mod experiment;

#[doc(hidden)]
pub mod validate;

#[doc(hidden)]
pub mod why;

#[doc(hidden)]
pub mod tail;

#[doc(hidden)]
pub mod eta;

#[doc(hidden)]
pub mod sensitivity;

#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod report;

#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod serve;

#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;

#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod commands;

pub use analysis::{Difference, ScenarioResult, Statistics};
pub use distribution::{Distribution, Shape};
pub use experiment::{Experiment, Forecast, Progress, RunError, RunOptions, ScenarioBuilder};
#[doc(inline)]
pub use input::{InputError, Objective};
pub use k8s::int_or_percent::IntOrPercent;
pub use k8s::objects::{DeploymentSpec, Strategy};
pub use metrics::{Figure, METRICS, Metric, Outcome, Record, RolloutRate, StallCause, Statistic, Unit};
#[doc(inline)]
pub use plan::Overrides;
pub use recommend::{Criterion, Recommendation};
pub use scenario::{
    AutoscalerSpec, Cluster, ControlPlane, Node, PodModel, Rollback, Scenario, ScenarioError, Step, StepAction,
    Traffic, WorkloadId,
};
pub use sim::{Fact, NodeId, Observer, PodId, Simulator, Span};
pub use stats::Estimate;
pub use time::{SimDuration, SimTime};
pub use trace::{Line, Trace};
