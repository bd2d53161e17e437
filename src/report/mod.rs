//! From results to files and sentences: CSV, a Frictionless data package, charts, and the terminal.
//!
//! Every writer turns data into bytes and touches no disk; [`folder`], [`redraw`] and their helpers alone write files.
//! Nothing here depends on the clock, the machine or the terminal, so equal results give equal bytes.

pub mod before_after;
pub mod build;
pub mod capacity;
pub mod caveats;
pub mod chart;
pub mod cluster;
pub mod comparison;
pub mod datapackage;
pub mod diff;
mod doubt;
pub mod eta;
pub mod event;
mod findings;
mod finish;
pub mod fit;
pub mod folder;
pub mod format;
pub mod hash;
pub mod html;
mod input_uncertainty;
mod inputs;
pub mod json;
mod json_text;
mod kubectl;
pub(crate) mod limits;
mod links;
mod loaded_table;
pub mod markdown;
pub mod marks;
mod no_node;
mod overview;
pub mod package;
#[cfg(feature = "parquet")]
pub mod parquet;
mod pictures;
mod placement;
mod pods;
pub mod precision;
pub mod predicted;
pub mod premises;
pub mod provenance;
pub mod recommendation;
pub mod recording;
pub mod redraw;
pub mod release;
pub mod replications;
pub mod sensitivity;
pub mod single;
pub mod sparkline;
mod staging;
mod stall;
pub mod study;
mod subject;
pub mod summary;
mod table;
pub mod tail;
pub mod text;
mod tools;
mod trust;
pub mod validation;
pub mod what_if;
pub mod why;
mod words;

#[cfg(test)]
mod tests;

pub use finish::finish;
