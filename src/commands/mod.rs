//! What each command does, from the plan to the last line printed: one file for each subcommand, named as it.

mod temporary;

mod anonymise;
mod answer;
mod check;
mod files;
mod interrupt;
mod output;
mod progress;
mod rows_in_order;

mod result_directory;
mod source;
mod terminal;
mod versions;

mod capacity;
mod compare;
mod completions;
mod defaults;
mod eta;
mod explain;
mod fit;
mod kubectl;
mod man;
mod merge;
mod new;
mod recommend;
mod record;
mod replay;
mod report;
mod run;
mod schema;
mod serve;
mod sweep;
mod trace;
mod validate;
mod verify;
mod why;

pub use answer::{Answer, CommandError};
pub use capacity::capacity;
pub use compare::compare;
pub use completions::completions;
pub use defaults::defaults;
pub use eta::eta;
pub use explain::explain;
pub use fit::fit;
pub use interrupt::listen;
pub use kubectl::{Asked, kubectl};
pub use man::man;
pub use merge::merge;
pub use new::new;
pub use recommend::recommend;
pub use record::record;
pub use replay::replay;
pub use report::report;
pub use run::run;
pub use schema::schema;
pub use serve::serve;
pub use sweep::sweep;
pub use temporary::clean_up;
pub use trace::trace;
pub use validate::validate;
pub use verify::verify;
pub use why::why;
