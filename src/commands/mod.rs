//! What each command does, from the plan to the last line printed: one file for each subcommand, named as it.

mod answer;
mod check;
mod files;
mod interrupt;
mod output;
mod progress;
mod result_directory;
mod source;
mod terminal;

mod compare;
mod completions;
mod defaults;
mod fit;
mod man;
mod merge;
mod new;
mod recommend;
mod replay;
mod report;
mod run;
mod schema;
mod sweep;
mod trace;
mod verify;

pub use answer::{Answer, CommandError};
pub use compare::compare;
pub use completions::completions;
pub use defaults::defaults;
pub use fit::fit;
pub use interrupt::listen;
pub use man::man;
pub use merge::merge;
pub use new::new;
pub use recommend::recommend;
pub use replay::replay;
pub use report::report;
pub use run::run;
pub use schema::schema;
pub use sweep::sweep;
pub use trace::trace;
pub use verify::verify;
