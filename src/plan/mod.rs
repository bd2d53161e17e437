//! From an experiment to the scenarios it asks for.

mod caveats;
mod cells;
mod chosen;
mod lint;
mod premises;

mod present;

mod load;

mod baselines;
mod built;
mod choices;

mod beyond;

mod read_once;

mod asked;

mod seen;
mod sides;

pub use asked::Asked;
pub use caveats::Caveats;
pub use cells::Cells;
pub use choices::{Case, Decision};
pub use chosen::{is_chosen, limits, strategy_of};
pub use lint::room;
pub use load::{Overrides, Plan, Runs, Shard, Skipped, WORKLOAD};
pub use present::Present;
pub use read_once::{NodesAsWritten, ReadOnce};
pub use seen::Seen;
pub use sides::{Change, Side, changes, is_same_forecast};

pub(crate) use crate::input::{BATCH, FEWEST_GROUPS, MAX_REPLICATIONS};
pub use crate::input::{
    ClusterObjective, Direction, Input, InputCopy, InputError, Objective, ObjectiveError, PodRequests, Precision,
    Premise, PremiseSource, Role, Target, Unmodelled, Width, Written,
};

#[cfg(test)]
mod tests;
