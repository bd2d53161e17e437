//! What is left of a plan in one part of a divided sweep.

use std::collections::BTreeSet;

use super::load::{Plan, Shard};
use super::piece::Piece;

impl Plan {
    /// Leaves what one part of a divided sweep runs, and the scenarios that this is about.
    pub fn keep(&mut self, pieces: Vec<Piece>) {
        let named: BTreeSet<u32> = pieces.iter().map(|piece| piece.scenario).collect();
        let kept = self.scenarios.iter().filter(|scenario| named.contains(&scenario.id));
        let points: BTreeSet<u32> = kept.map(|scenario| scenario.point()).collect();
        self.scenarios.retain(|scenario| points.contains(&scenario.point()));
        if let Some(present) = &mut self.present {
            let ids: BTreeSet<u32> = self.scenarios.iter().map(|scenario| scenario.id).collect();
            present.scenarios.retain(|id| ids.contains(id));
        }
        // What compares scenarios is for `merge`, which has all of them.
        self.baseline = None;
        self.cells = None;
        self.pieces = Some(pieces);
    }

    /// Leaves what a shard runs. Where precision targets decide how often a scenario is replicated, `pieces` are whole scenarios, and
    /// the records of each decide as they do in an undivided sweep.
    pub fn keep_shard(&mut self, shard: Shard, pieces: Vec<Piece>) {
        self.keep(pieces);
        if self.precision.is_some() {
            self.pieces = None;
        }
        self.shard = Some(shard);
    }

    /// Rollouts that are simulated; the most where precision targets decide.
    #[must_use]
    pub fn rollouts(&self) -> u64 {
        match &self.pieces {
            None => self.scenarios.len() as u64 * u64::from(self.replications),
            Some(pieces) => self.rollouts_of(pieces),
        }
    }

    /// Rollouts in some pieces; those of several workloads of a world count for each of them.
    #[must_use]
    pub fn rollouts_of(&self, pieces: &[Piece]) -> u64 {
        let members = |piece: &Piece| {
            let place = self.scenarios.binary_search_by_key(&piece.scenario, |scenario| scenario.id);
            let first = place.ok().and_then(|place| self.scenarios.get(place));
            first.map_or(0, |first| first.world.as_ref().map_or(1, |own| own.world.workloads.len() as u64))
        };
        pieces.iter().map(|piece| members(piece) * u64::from(piece.replications())).sum()
    }
}
