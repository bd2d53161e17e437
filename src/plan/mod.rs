//! From an experiment to the scenarios it asks for.

mod caveats;
mod lint;

mod load;

mod built;
mod choices;

mod beyond;

pub use caveats::Caveats;
pub use choices::{Case, Decision, is_chosen, limits};
pub use load::{Overrides, Plan, Shard, Skipped};

pub(crate) use crate::input::{BATCH, FEWEST_GROUPS, MAX_REPLICATIONS};
pub use crate::input::{
    Direction, Input, InputCopy, InputError, Objective, ObjectiveError, Precision, Target, Unmodelled, Width,
};

#[cfg(test)]
mod tests;
