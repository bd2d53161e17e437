//! From files to typed input: YAML and Kubernetes manifests are read here and nowhere else.
//!
//! Every file becomes a tree of located nodes (`tree`); sweeps and `--set` write into that tree (`experiment::path`); typed
//! readers turn it into the parts of a scenario. So every error, also of a swept value, names the place it came from.

pub(crate) mod tree;

pub(crate) mod tables;

pub(crate) mod kubernetes;

pub mod snapshot;

mod keys;

pub mod measured;

pub(crate) mod premise;

mod experiment;

mod docs;
mod given;
mod merged;

#[cfg(feature = "cli")]
mod anonymise;
mod source;
mod written;

pub use docs::explain::{DefaultOf, Explanation, explain};
pub use docs::reference::key_reference;
pub use docs::schema::schema;
pub use docs::starter::starter;
pub use experiment::PodRequests;
pub use experiment::cluster_objective::ClusterObjective;
pub use experiment::objective::{NoFloor, Objective, ObjectiveError};
pub use experiment::replications::{Precision, Target, Width};
pub use given::given_files;
pub use keys::defaults;
pub use kubernetes::border::{Direction, Role, Unmodelled};
pub use merged::with_pods;
pub use premise::{Premise, PremiseSource};
pub use tables::table::UnitFrom;
pub use tables::unit::Unit;
pub use tree::error::{InputError, Place, is_passing};
pub use tree::files::{Input, InputCopy};
pub use written::{Written, default_of};

#[cfg(feature = "cli")]
pub(crate) use anonymise::{Names, anonymised};
pub(crate) use experiment::autoscaler_from_json;
pub(crate) use experiment::baseline::Chosen;
pub(crate) use experiment::objective::Objectives;
pub(crate) use experiment::premises::RankedPremise;
pub(crate) use experiment::replications::BATCH;
pub(crate) use experiment::sampling::{FEWEST_GROUPS, stratified};
pub(crate) use experiment::slower::{slower, written as written_time};
#[cfg(feature = "cli")]
pub(crate) use experiment::workload_named;
pub(crate) use experiment::{Experiment, Frame, Resolved};
pub(crate) use kubernetes::border::{METADATA as METADATA_FIELDS, SPEC as SPEC_FIELDS, unknown_field};
pub(crate) use kubernetes::daemon_set_spec;
pub(crate) use kubernetes::deployment_spec::{self, SpecFields, WrittenStrategy};
pub(crate) use kubernetes::stateful_set_spec;
pub(crate) use source::InputFile;
pub(crate) use tables::instant::nanos as nanos_of;
pub(crate) use tree::error::Problem;
#[cfg(feature = "cli")]
pub(crate) use tree::error::steers;
pub(crate) use tree::files::read_text;
pub(crate) use tree::near::unknown as unknown_word;
pub(crate) use tree::quantity::{nano_units, parse_duration, parse_share};
pub(crate) use tree::yaml::{At, Node as Tree};
