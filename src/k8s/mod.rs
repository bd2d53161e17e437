//! Kubernetes 1.36, as pure functions: a view goes in, actions come out. No clock, no randomness, no queue.
//!
//! Files are named after the upstream files they mirror, and each names the upstream functions it restates. A file
//! imports only files above it in this list.

pub mod int_or_percent;

pub mod objects;

pub mod fenceposts;

pub mod validation;

pub mod backoff;

pub mod deployment;

pub mod replica_set;

pub mod pod_rank;

pub mod scheduler;

pub mod prober;

pub mod kubelet;

pub mod node_lifecycle;

pub mod autoscaler;

pub mod disruption;

pub mod replica_calculator;

pub mod horizontal;

pub mod kubectl;

#[cfg(test)]
pub(crate) mod tests;
