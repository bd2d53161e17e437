//! From files to typed input: YAML and Kubernetes manifests are read here and nowhere else.
//!
//! Every file becomes a tree of located nodes (`yaml`); sweeps and `--set` write into that tree (`path`); typed
//! readers turn it into the parts of a scenario. So every error, also of a swept value, names the place it came from.

pub mod defaults;

mod api_fields;
mod baseline;
mod cluster;
mod control_plane;
mod deployment;
mod distribution;
mod error;
mod experiment;
mod fields;
mod files;
mod horizontal;
mod length;
mod manifest;
pub mod measured;
mod node_choice;
mod objective;
mod path;
mod placement;
mod pod_template;
mod pods;
mod precision;
mod proposals;
mod quantity;
mod root;
mod schema;
mod selector;
mod starter;
mod sweep;
mod table;
mod timeline;
mod traffic;
mod upkeep;
mod yaml;

pub use error::{InputError, Place};
pub use files::Input;
pub use length::Unit;
pub use objective::Objective;
pub use precision::{Precision, Target, Width};
pub use schema::schema;
pub use starter::starter;
pub use table::UnitFrom;

pub(crate) use baseline::Baseline;
pub(crate) use error::Problem;
pub(crate) use experiment::{Experiment, Resolved};
pub(crate) use precision::BATCH;
pub(crate) use root::Root;
