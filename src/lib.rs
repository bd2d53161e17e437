//! Forecasts of Kubernetes Deployment rollouts.
//!
//! The path of the data, which is the order of the modules: an experiment names scenarios, a scenario is replicated,
//! a replication runs events, events give facts, facts become numbers, numbers become statistics, statistics become files.
//! Every module imports only those above it.

pub mod time;

pub mod distribution;

pub mod random;

mod queue;

pub mod engine;

pub mod stats;

pub mod k8s;

pub mod script;

pub mod traffic;

pub mod scenario;

pub mod sim;

pub mod trace;

pub mod metrics;

pub mod input;

pub mod replay;

pub mod plan;

pub mod blocks;

pub mod analysis;

pub mod sweep;

pub mod recommend;

pub mod experiment;

#[cfg(feature = "cli")]
pub mod report;

#[cfg(feature = "cli")]
pub mod cli;

#[cfg(feature = "cli")]
pub mod commands;
