//! The keys of the experiment file. What is known of a key stands in one row: its name, form, default, source and a sentence.
//!
//! From these rows come the keys that readers take, the bounds of numbers, the keys that an error message suggests, `rollcast
//! defaults`, the JSON Schema, the experiment that `rollcast new` writes, and the reference page of keys.

pub(crate) mod key;

pub(crate) mod cluster;
pub(crate) mod control_plane;
pub(crate) mod deployment;
pub(crate) mod distributions;
pub(crate) mod event;
pub(crate) mod horizontal;
pub(crate) mod pods;
pub(crate) mod traffic;

pub(crate) mod timeline;

pub(crate) mod workloads;

pub(crate) mod root;

pub(crate) mod paths;

pub mod defaults;
