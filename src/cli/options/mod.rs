//! The options of each command.

mod forms;

mod forecasts;
mod questions;
mod recordings;
mod studies;
mod tools;

pub use forecasts::{Advice, By, Compare, Recommend, Report, Run, Sweep, Verify};
pub use forms::{AnswerFormat, TableFormat};
pub use questions::{Capacity, Eta, Sensitivity, Tail, TailMethod, Trace, Why};
pub use recordings::{Record, Replay, Validate};
pub use studies::{Merge, Part, Plan, Status};
pub use tools::{Completions, Defaults, Explain, Fit, FitFormat, Man, New, Schema, Serve};
