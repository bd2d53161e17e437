//! Where the time of one rollout goes, and what holds one up: an account of the pods of one replication, made from its facts.

mod account;
mod choice;
mod found_lives;
mod life;
mod lives;
mod phase;
mod places;
mod rows;
mod set;

pub use crate::sim::PodId;
pub use account::{Account, Piece};
#[doc(hidden)]
pub use choice::Choosing;
pub use choice::{Chosen, causes};
pub use life::{Change, Incident, Life, Release};
pub use lives::{Lives, Stalled};
pub use phase::{Part, Phase};
pub use rows::{DRAWN_PODS, Doing, PodRow, Role, rows, shown};
