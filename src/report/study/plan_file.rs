//! `plan.json`: what is divided, into which parts, and by which build.

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::blocks::PartHeader;
use crate::plan::{Caveats, Costs, Overrides, Piece, Plan, Premise};
use crate::report::build::Build;
use crate::report::hash::sha256;
use crate::report::inputs;
use crate::report::json::FORMAT;
use crate::report::package::PackageInput;

/// The most parts of a study.
pub const MOST_PARTS: u32 = 100_000;

/// Digits of the digest in the name of a part.
const DIGITS: usize = 12;

/// The plan of a study.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Study {
    /// The format, which grows when a field goes or changes its meaning.
    pub format: u32,
    /// SHA-256 of everything that the numbers and the division depend on, in hexadecimal. Every part carries it.
    pub digest: String,
    /// Version of the program that made it.
    pub version: String,
    /// The build of rollcast that runs it ([`Build::id`]).
    pub build: String,
    /// Name of the experiment.
    pub name: String,
    /// The round, from 1. More than one comes where precision targets decide how often a scenario is replicated.
    pub round: u32,
    /// How many parts there are.
    pub parts: u32,
    /// Number of scenarios.
    pub scenarios: u32,
    /// Replications of each scenario; the most where precision targets decide.
    pub replications: u32,
    /// What the command line changed in the experiment.
    pub overrides: Overrides,
    /// The inputs, the file on the command line first.
    pub inputs: Vec<PackageInput>,
    /// The notes of the plan.
    pub notes: Vec<String>,
    /// The caveats of the answer.
    pub caveats: Caveats,
    /// The values that the results rest on.
    pub sources: Vec<Premise>,
    /// What each scenario costs, by its number.
    pub costs: Costs,
    /// What each part of this round will take.
    pub foreseen: Vec<Foreseen>,
    /// What each part of this round runs.
    pub pieces: Vec<Vec<Piece>>,
}

/// What a part will take, as far as a few replications tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Foreseen {
    /// Rollouts.
    pub rollouts: u64,
    /// Events in them, to which the time is about proportional.
    pub events: u64,
    /// Bytes of the finished part, at most.
    pub bytes: u64,
}

impl Study {
    /// The first round of a study of `plan`, whose parts run `pieces`.
    #[must_use]
    pub fn new(plan: &Plan, costs: Costs, pieces: Vec<Vec<Piece>>, foreseen: Vec<Foreseen>) -> Self {
        let places = inputs::places(&plan.inputs);
        let inputs = plan.inputs.iter().zip(places).map(|(input, copy)| PackageInput {
            path: input.path.clone(),
            copy,
            sha256: input.sha256.clone(),
            bytes: input.bytes,
            copy_sha256: input.reduced.then(|| sha256(&input.copy)),
        });
        let mut study = Self {
            format: FORMAT,
            digest: String::new(),
            version: env!("CARGO_PKG_VERSION").into(),
            build: Build::id().into(),
            name: plan.name.clone(),
            round: 1,
            parts: u32::try_from(pieces.len()).unwrap_or(u32::MAX),
            scenarios: u32::try_from(plan.scenarios.len()).unwrap_or(u32::MAX),
            replications: plan.replications,
            overrides: plan.overrides.clone(),
            inputs: inputs.collect(),
            notes: plan.notes.clone(),
            caveats: plan.caveats.clone(),
            sources: plan.premises.clone(),
            costs,
            foreseen,
            pieces,
        };
        study.digest = study.own_digest();
        study
    }

    /// The same study with what its next round runs.
    #[must_use]
    pub fn next_round(&self, pieces: Vec<Vec<Piece>>, foreseen: Vec<Foreseen>) -> Self {
        Self { round: self.round + 1, pieces, foreseen, ..self.clone() }
    }

    /// The digest of what is written here. It is the same in all rounds.
    pub(super) fn own_digest(&self) -> String {
        let inputs: Vec<_> = self.inputs.iter().map(|input| json!([input.path, input.sha256, input.copy])).collect();
        let all = json!([self.format, self.version, self.build, self.parts, self.overrides, inputs, self.costs]);
        sha256(all.to_string().as_bytes())
    }

    /// What a part of this round says of itself.
    #[must_use]
    pub fn header(&self, part: u32) -> PartHeader {
        PartHeader {
            plan: self.digest.clone(),
            build: self.build.clone(),
            round: self.round,
            part,
            parts: self.parts,
            pieces: self.pieces.get(part as usize).cloned().unwrap_or_default(),
        }
    }

    /// The name of the file of a part of this round.
    #[must_use]
    pub fn part_name(&self, part: u32) -> String {
        self.name_of(self.round, part)
    }

    /// The name of the file of a part of a round.
    #[must_use]
    pub fn name_of(&self, round: u32, part: u32) -> String {
        format!("{}-r{round}-{part:04}.blocks", self.digest.get(..DIGITS).unwrap_or(&self.digest))
    }
}
