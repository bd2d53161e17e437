//! Estimates between simulated points: stochastic kriging (Ankenman, Nelson and Staum, "Stochastic kriging for simulation
//! metamodeling", Operations Research 58 (2010), 371-382).
//!
//! What is simulated at a point is a smooth surface and the error of that simulation, whose variance is known there. The surface is
//! a Gaussian process with a constant mean, whose correlation is that of Matérn with 5/2 and a length for each coordinate. Lengths and
//! variance are those of the greatest likelihood.

mod cholesky;
mod design;
mod drawn;
mod fit;
#[cfg(test)]
mod tests;

pub use design::spread_out;
pub use drawn::Drawn;
pub use fit::{Observed, Predicted, Surface};
