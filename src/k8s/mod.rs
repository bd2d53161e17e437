//! Kubernetes 1.36, as pure functions: a view goes in, actions come out. No clock, no randomness, no queue.
//!
//! Files are named after the upstream files they mirror, and each names the upstream functions it restates. A file
//! imports only files above it in this list.

pub mod int_or_percent;

pub mod objects;

pub mod version;

#[doc(hidden)]
pub mod fenceposts;

#[doc(hidden)]
pub mod validation;

#[doc(hidden)]
pub mod backoff;

#[doc(hidden)]
pub mod deployment;

#[doc(hidden)]
pub mod replica_set;

#[doc(hidden)]
pub mod controller_revision;

#[doc(hidden)]
pub mod stateful_set;

#[doc(hidden)]
pub mod daemon_set;

#[doc(hidden)]
pub mod pod_rank;

#[doc(hidden)]
pub mod scheduler;

pub mod prober;

#[doc(hidden)]
pub mod kubelet;

#[doc(hidden)]
pub mod node_lifecycle;

#[doc(hidden)]
pub mod autoscaler;

#[doc(hidden)]
pub mod disruption;

#[doc(hidden)]
pub mod replica_calculator;

pub mod horizontal;

#[doc(hidden)]
pub mod kubectl;

pub mod tools;

#[cfg(test)]
pub(crate) mod tests;
