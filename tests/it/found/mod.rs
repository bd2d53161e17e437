//! Runs that start from a snapshot of a rollout in progress.

mod forecast;

mod phases;

mod snapshot;

mod start;
