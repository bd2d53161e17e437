//! The limits of the model: every field of the objects that rollcast reads, and whether the forecast uses it.
//!
//! One table, by the API's own types (k8s-openapi, Kubernetes 1.37, which has all fields of 1.36): a field is *modelled*,
//! or it *cannot change a rollout* and the row says why, or it is *not modelled* and the row says in which direction the
//! answer may then be wrong. A test walks the API's schemas, so that no field can be missing, and writes the table out as
//! `docs/reference/border.md`.

mod unmodelled;

mod table;

mod examine;
mod metadata;

mod autoscaling;
mod container;
mod volume;

mod pod;

mod deployment;
mod node;

mod daemon_set;
mod stateful_set;

mod quota;
mod storage;

mod unknown;

mod written;

pub use unmodelled::{Direction, Unmodelled};

pub(crate) use autoscaling::{AUTOSCALER, BUDGET};
#[cfg(test)]
use daemon_set::DAEMON_SET;
pub(crate) use deployment::{DEPLOYMENT, SPEC};
pub(crate) use examine::{Examined, Reference, examine};
pub(crate) use metadata::METADATA;
pub(crate) use node::NODE;
#[cfg(test)]
use quota::LIMIT_RANGE;
pub(crate) use quota::QUOTA;
#[cfg(test)]
use stateful_set::STATEFUL_SET;
pub(crate) use storage::PERSISTENT_VOLUME;
#[cfg(test)]
use storage::{CSI_NODE, STORAGE_CLASS, VOLUME_ATTACHMENT};
pub(crate) use table::{Gap, Object};
#[cfg(test)]
use table::{Rule, Standing};
pub(crate) use unknown::{
    object_of, only_known_in, only_known_in_strategy, remove_unknown, spec_of, unknown_field, unknown_keys,
};
pub(crate) use volume::CLAIM;
pub use written::Role;
pub(crate) use written::{Leaf, leaves, leaves_of};

#[cfg(test)]
mod tests;
