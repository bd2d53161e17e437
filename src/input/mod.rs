//! From files to typed input: YAML and Kubernetes manifests are read here and nowhere else.
//!
//! Every file becomes a tree of located nodes (`yaml`); sweeps and `--set` write into that tree (`path`); typed
//! readers turn it into the parts of a scenario. So every error, also of a swept value, names the place it came from.

pub mod defaults;

mod baseline;
mod beside;
pub(crate) mod border;
mod cluster;
mod control_plane;
mod deployment;
mod distribution;
mod error;
mod excerpt;
mod experiment;
mod fields;
mod files;
mod hook;
mod horizontal;
mod kinds;
mod length;
mod live;
mod manifest;
pub mod measured;
mod node_choice;
mod objective;
mod path;
mod pieces;
mod placement;
mod plain;
mod pod_template;
mod pods;
mod precision;
mod programs;
mod proposals;
mod quantity;
mod replicas;
mod requests;
mod root;
mod schema;
mod selector;
mod starter;
mod sweep;
mod table;
mod timeline;
mod traffic;
mod upkeep;
mod validation;
mod yaml;
mod yaml_text;

pub(crate) use border::unknown_field;
pub use border::{Direction, Unmodelled};
pub use error::{InputError, Place};
pub use files::{Input, InputCopy};
pub use length::Unit;
pub use objective::{Objective, ObjectiveError};
pub use precision::{Precision, Target, Width};
pub use schema::schema;
pub use starter::starter;
pub use table::UnitFrom;

pub(crate) use baseline::Baseline;
pub(crate) use error::Problem;
pub(crate) use experiment::{Experiment, Resolved};
pub(crate) use fields::unknown as unknown_word;
pub(crate) use files::read_text;
pub(crate) use precision::BATCH;
pub(crate) use root::Root;
