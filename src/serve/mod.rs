//! A page on this machine alone, whose controls change one scenario and show its forecast at once.
//!
//! The page is static. It asks for its controls once and for a forecast whenever one of them moves. The input is read once,
//! and each forecast is made as `rollcast run` makes it, so that the numbers are those of `run` with the settings that the
//! page names.

mod assets;
mod controls;
mod request;

mod settings;

mod answer;
mod turns;

mod forecaster;

mod server;

pub use forecaster::{Basis, Forecaster};
pub use server::{Bound, ServeError, bind};

#[cfg(test)]
mod tests;
