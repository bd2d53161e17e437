//! From an experiment to the scenarios it asks for.

mod caveats;
mod cells;
mod chosen;
mod cost;
mod lint;
mod piece;
mod premises;

mod present;

mod load;

mod coordinates;
mod fill;

mod baselines;
mod built;
mod choices;
mod part;
mod size;

mod beyond;

mod read_once;

mod asked;

mod seen;
mod sides;

pub use asked::Asked;
pub use caveats::Caveats;
pub use cells::Cells;
pub use choices::{Case, Decision, world_of};
pub use chosen::{
    POLICIES, POLICY, WORKLOAD, chosen_of, is_chosen, limits, max_unavailable_of, policy_of, strategy_of,
};
#[cfg(feature = "cli")]
pub(crate) use coordinates::coordinates;
pub(crate) use coordinates::{ranks, scaled};
pub use cost::{Cost, Costs};
pub use fill::WHOLE;
pub use lint::room;
pub use load::{Overrides, Plan, Runs, Shard, Skipped};
pub use piece::{MAX_AT_ONCE, Piece};
pub use present::Present;
pub use read_once::{NodesAsWritten, ReadOnce};
pub use seen::Seen;
pub use sides::{Change, Side, changes, is_same_forecast};
pub use size::Size;

pub(crate) use crate::input::{BATCH, FEWEST_GROUPS};
pub use crate::input::{
    ClusterObjective, Direction, Input, InputCopy, InputError, NoFloor, Objective, ObjectiveError, PodRequests,
    Precision, Premise, PremiseSource, Role, Target, Unmodelled, Width, Written,
};

#[cfg(test)]
mod tests;
