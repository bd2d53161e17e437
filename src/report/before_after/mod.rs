//! Two versions of a workload, before and after a change: what changed, what it does, and how sure that is.

mod changed;
mod figures;
mod json;
mod judgement;
mod markdown;
mod release;
mod text;

#[cfg(test)]
mod tests;

pub use figures::figures_of;
pub use json::json;
pub use judgement::{Judgement, judgement};
pub use markdown::markdown;
pub use release::Release;
pub use text::text;

use crate::analysis::WhatIfRow;
use crate::analysis::before_after::{Held, Row};
use crate::plan::{Caveats, Change, Premise};

/// The comparison of two inputs.
#[derive(Clone, Debug, PartialEq)]
pub struct Versions {
    /// What the two are called, the earlier one first.
    pub labels: [String; 2],
    /// One answer for each Deployment that the later input has.
    pub answers: Vec<Answer>,
    /// What the workloads of each world take of their cluster together; empty where there is no world.
    pub releases: Vec<Release>,
    /// Deployments that only the earlier input has.
    pub gone: Vec<String>,
    /// What is said of the objectives that nobody wrote.
    pub remark: Option<String>,
    /// What one run is called.
    pub noun: String,
    /// What a reader should know of how the two were compared, in sentences.
    pub notes: Vec<String>,
    /// How to get the same answer again.
    pub command: String,
}

/// The answer about one Deployment.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// Its name.
    pub name: String,
    /// What the later version is, and the earlier one; `None`: only the later input has the Deployment.
    pub old: Option<Version>,
    /// The later version.
    pub new: Version,
    /// What differs between the inputs.
    pub changes: Vec<Change>,
    /// The two differ in nothing that the forecast uses.
    pub is_same_forecast: bool,
    /// The figures.
    pub rows: Vec<Row>,
    /// The objectives, and who meets them.
    pub held: Vec<Held>,
    /// How many of the objectives are written, the first ones.
    pub written: usize,
    /// The caveats of the later version.
    pub caveats: Caveats,
    /// The values that the forecast of the later version rests on.
    pub premises: Vec<Premise>,
    /// What would change the answer about the later version; empty where nobody asked.
    pub what_if: Vec<WhatIfRow>,
    /// A strategy that meets all objectives where the later version is not shown to; `None`: it is not asked for or there is none.
    pub instead: Option<Instead>,
}

/// One version of a Deployment.
#[derive(Clone, Debug, PartialEq)]
pub struct Version {
    /// Number of the scenario in its experiment.
    pub scenario: u32,
    /// Its swept parameters.
    pub parameters: Vec<(String, String)>,
    /// Desired pods.
    pub replicas: u32,
    /// Simulated rollouts.
    pub replications: u64,
    /// Seed of its random numbers.
    pub seed: u64,
}

/// A strategy that meets all objectives.
#[derive(Clone, Debug, PartialEq)]
pub struct Instead {
    /// Its fields: path and value.
    pub parameters: Vec<(String, String)>,
    /// What it comes to, in words, such as `p95 2m 15s`.
    pub figures: Vec<String>,
}

impl Versions {
    /// Whether the later input is shown to meet every objective, and no answer hangs on a field that is not modelled.
    #[must_use]
    pub fn is_met(&self) -> bool {
        let met = |answer: &Answer| answer.held.iter().all(|one| one.met[1] == Some(true)) && !answer.held.is_empty();
        !self.answers.is_empty()
            && self.answers.iter().all(|answer| met(answer) && !answer.caveats.is_conditional(None))
            && self.releases.iter().all(|release| release.is_met(1))
    }
}
