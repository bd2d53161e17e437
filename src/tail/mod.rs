//! How probable a rare event is, which a sweep sees seldom or never.
//!
//! What is rare about a rollout is mostly one thing: one pod that takes very long, or a few that fail ("one big jump"; Asmussen
//! and Kroese, Advances in Applied Probability 38 (2006), 545-558). Pilots find which random numbers bring the event about when
//! they lie in their tails. Then most rollouts are drawn with such numbers there, a share as they are, and each counts as much as
//! its numbers are less probable in truth. Where no jump brings it about, rollouts come nearer to it in stages. Whatever the pilots
//! choose, the estimate has no bias; only its error depends on it.

mod cause;
mod event;
mod stages;
mod trials;

pub use cause::{Cause, Kind, Whose, causes};
pub use event::{Event, Nearness};
pub use trials::Watch;

use std::sync::Arc;

use crate::experiment::{Effort, RunError};
use crate::random::{Jump, Tilt};
use crate::scenario::Scenario;
use crate::stats::rare::{Adaptation, Rare, Weighted, weight};
use crate::stats::{Confidence, proportion};
use stages::{Staged, staged};
use trials::Trials;

/// Rollouts where nobody asks for another number.
pub const ROLLOUTS: u32 = 10_000;

/// The share of rollouts that are drawn as they are (Hesterberg 1995): none counts more than ten.
const PLAIN: f64 = 0.1;

/// The share for all jumps alike, whatever the pilots have shown.
const EVEN: f64 = 0.15;

/// The part of a jump's share that goes to those which are a little less unusual: they show what it leaves out.
const SPREAD: f64 = 1.0 / 3.0;

/// Pilots after the first, and the rollouts of one: a tenth of the others, within bounds.
const PILOTS: u32 = 3;
const OF_PILOT: (u32, u32) = (500, 10_000);

/// The first pilot has this many times as many rollouts: it tries everything alike.
const OF_FIRST: u32 = 4;

/// The numbers of the pilots' replications begin here, beyond those of any experiment.
const OF_PILOTS: u32 = 1 << 31;

/// What is more probable than this in a pilot is not rare: plain rollouts see enough of it, and weights would only add to the error.
const FREQUENT: f64 = 0.02;

/// What is less probable than this and no jump makes more frequent is too rare for plain rollouts: several things come together in it.
const SELDOM: f64 = 0.002;

/// Parts of the probability below this are not shown.
const LEAST_PART: f64 = 0.01;

/// How the rollouts were drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// So that what brings the event about is frequent.
    Weighted,
    /// In stages, each of which comes nearer to the event.
    Staged,
    /// As they are: the event is not so rare that anything else is better.
    NotRare,
    /// As they are: no pilot saw the event, or none made it more frequent.
    NoCause,
    /// As they are: nothing that is drawn can be unusual.
    NothingDrawn,
}

/// Which way is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// The one that the pilots recommend: jumps; stages where no jump brings the event about.
    #[default]
    Auto,
    /// Jumps, or plain rollouts where they do not help.
    Jumps,
    /// Stages.
    Stages,
}

/// What brings the event about.
#[derive(Clone, Debug, PartialEq)]
pub struct Caused {
    /// The numbers that are unusual.
    pub cause: Cause,
    /// Of how many pods or nodes.
    pub entities: u32,
    /// How many times in a row.
    pub times: u32,
    /// What is unusual besides, and of how many pods or nodes.
    pub also: Option<(Cause, u32)>,
    /// The part of the event's probability that comes with it, from 0 to 1.
    pub part: f64,
}

/// The answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Tail {
    /// The probability.
    pub rare: Rare,
    /// Rollouts that it is computed from.
    pub n: u32,
    /// Rollouts of the pilots.
    pub pilots: u32,
    /// How they were drawn.
    pub way: Way,
    /// The share of rollouts that were drawn as they are.
    pub plain: f64,
    /// What brings the event about, the largest part first.
    pub causes: Vec<Caused>,
    /// Stages up to the event, itself included; 0 where it was not reached in stages.
    pub stages: u32,
}

impl Tail {
    /// How probable `event` is in a rollout of `scenario`, from `n` rollouts beside those of the pilots.
    ///
    /// # Errors
    /// When the run was stopped, or the operating system gives no threads.
    pub fn answer(
        (scenario, seed): (&Scenario, u64),
        event: &Event,
        (n, method): (u32, Method),
        effort: Effort<'_>,
        watch: Watch<'_>,
    ) -> Result<Self, RunError> {
        let trials = Trials::new((scenario, seed), event, effort, watch)?;
        if method == Method::Stages {
            let found = staged(&trials, n)?;
            return found
                .map_or_else(|| Self::plain(&trials, n, (Way::NoCause, 0)), |found| Ok(Self::staged(found, 0)));
        }
        let mut search = Search::of(causes(scenario));
        let (mut way, mut shares) = search.pilots(&trials, n)?;
        let of_one = (OF_FIRST + PILOTS) * of_pilot(n);
        let mut pilots = if way == Way::NothingDrawn { 0 } else { of_one };
        if way == Way::NoCause && search.causes.len() > 1 {
            search.jumps = cause::pairs(&search.causes);
            (way, shares) = search.pilots(&trials, n)?;
            pilots += if way == Way::NothingDrawn { 0 } else { of_one };
            way = if way == Way::NothingDrawn { Way::NoCause } else { way };
        }
        if way == Way::NoCause
            && method == Method::Auto
            && let Some(found) = staged(&trials, n)?
        {
            return Ok(Self::staged(found, pilots));
        }
        match search.tilt(&shares).filter(|_| way == Way::Weighted) {
            Some(tilt) => {
                let (weighted, adaptation) = weigh(&trials.run(Some(&tilt), 0..n)?, shares);
                let rare = weighted.rare(tilt.plain(), Confidence::USUAL);
                let causes = search.caused(&adaptation.parts().unwrap_or_default());
                Ok(Self { rare, n, pilots, way, plain: tilt.plain(), causes, stages: 0 })
            }
            None => Self::plain(&trials, n, (way, pilots)),
        }
    }

    /// By rollouts that are drawn as they are.
    fn plain(trials: &Trials<'_>, n: u32, (way, pilots): (Way, u32)) -> Result<Self, RunError> {
        let (weighted, _) = weigh(&trials.run(None, 0..n)?, Vec::new());
        let rare = weighted.rare(1.0, Confidence::USUAL);
        let rare = Rare { probability: proportion(rare.hits, n.into()), unseen: None, ..rare };
        Ok(Self { rare, n, pilots, way, plain: 1.0, causes: Vec::new(), stages: 0 })
    }

    fn staged(found: Staged, pilots: u32) -> Self {
        let Staged { rare, n, pilots: own, stages } = found;
        Self { rare, n, pilots: pilots + own, way: Way::Staged, plain: 1.0, causes: Vec::new(), stages }
    }
}

/// Rollouts of a pilot after the first for `n` others.
fn of_pilot(n: u32) -> u32 {
    (n / 10).clamp(OF_PILOT.0, OF_PILOT.1)
}

/// What trials say that were drawn with these shares of jumps.
fn weigh(trials: &[Option<Vec<f64>>], shares: Vec<f64>) -> (Weighted, Adaptation) {
    let mut weighted = Weighted::default();
    let mut adaptation = Adaptation::of(shares.clone());
    for trial in trials {
        match trial {
            Some(ratios) => {
                weighted.hit(weight(&shares, ratios));
                adaptation.hit(ratios);
            }
            None => weighted.miss(),
        }
    }
    (weighted, adaptation)
}

/// All jumps of all causes.
struct Search {
    causes: Vec<Cause>,
    jumps: Vec<Jump>,
}

impl Search {
    fn of(causes: Vec<Cause>) -> Self {
        let jumps = causes.iter().enumerate().flat_map(|(place, cause)| cause.jumps(place)).collect();
        Self { causes, jumps }
    }

    fn tilt(&self, shares: &[f64]) -> Option<Arc<Tilt>> {
        let groups = self.causes.iter().map(|cause| cause.group).collect();
        let jumps = self.jumps.iter().zip(shares).map(|(jump, share)| Jump { share: *share, ..*jump }).collect();
        Tilt::new(groups, jumps).map(Arc::new)
    }

    /// How the rollouts should be drawn, and the share of each jump.
    fn pilots(&self, trials: &Trials<'_>, n: u32) -> Result<(Way, Vec<f64>), RunError> {
        let mut shares = Adaptation::of(vec![0.0; self.jumps.len()]).next(PLAIN, EVEN);
        if shares.is_empty() {
            return Ok((Way::NothingDrawn, shares));
        }
        let (size, mut first) = (of_pilot(n), OF_PILOTS);
        let (mut last, mut largest) = (Weighted::default(), 0.0_f64);
        for pilot in 0..=PILOTS {
            let next = first + if pilot == 0 { OF_FIRST * size } else { size };
            let Some(tilt) = self.tilt(&shares) else { return Ok((Way::NothingDrawn, shares)) };
            let (weighted, adaptation) = weigh(&trials.run(Some(&tilt), first..next)?, shares);
            (shares, last, first) = (self.spread(&adaptation.next(PLAIN, EVEN)), weighted, next);
            largest = largest.max(weighted.mean());
        }
        // A sample that is drawn as it is counts 1 or nothing: then the mean of the squares is the mean.
        let way = match last.mean() {
            // What the last pilot did not see has not become frequent, whatever one before has seen.
            0.0 => Way::NoCause,
            mean if largest < FREQUENT && last.mean_square() < mean.max(largest) => Way::Weighted,
            _ if largest < SELDOM => Way::NoCause,
            _ => Way::NotRare,
        };
        Ok((way, shares))
    }

    /// The shares, of which each gives a part to its neighbours: the next wider tail, and the next smaller numbers of entities and of
    /// times.
    fn spread(&self, shares: &[f64]) -> Vec<f64> {
        let mut spread = shares.to_vec();
        for (jump, share) in shares.iter().enumerate() {
            let neighbours = self.neighbours(jump);
            for neighbour in &neighbours {
                let part = share * SPREAD / neighbours.len() as f64;
                spread[jump] -= part;
                spread[*neighbour] += part;
            }
        }
        spread
    }

    /// The places of the jumps that are a little less unusual than one.
    fn neighbours(&self, place: usize) -> Vec<usize> {
        let own = self.jumps[place];
        let other = |jump: &Jump| jump.also.map(|also| also.group);
        let in_group = |jump: &Jump| jump.group == own.group && other(jump) == other(&own);
        let nearest = |is_less: &dyn Fn(&Jump) -> bool| {
            let less = self.jumps.iter().enumerate().filter(|(_, jump)| in_group(jump) && is_less(jump));
            less.min_by(|one, other| one.1.probability().total_cmp(&other.1.probability())).map(|found| found.0)
        };
        let also = |jump: &Jump| jump.also.map_or(0.0, |also| also.tail);
        let is_wider = |jump: &Jump| {
            jump.tail >= own.tail && also(jump) >= also(&own) && (jump.tail, also(jump)) != (own.tail, also(&own))
        };
        let wider = nearest(&|jump| is_wider(jump) && (jump.entities, jump.times) == (own.entities, own.times));
        let fewer = nearest(&|jump| jump.entities < own.entities && (jump.tail, jump.times) == (own.tail, own.times));
        let shorter = nearest(&|jump| jump.times < own.times && (jump.tail, jump.entities) == (own.tail, own.entities));
        [wider, fewer, shorter].into_iter().flatten().collect()
    }

    /// The causes by the parts of their jumps, whatever the tail.
    fn caused(&self, parts: &[f64]) -> Vec<Caused> {
        let kind =
            |jump: &Jump| (jump.group, jump.entities, jump.times, jump.also.map(|also| (also.group, also.entities)));
        let mut all: Vec<(Jump, f64)> = Vec::new();
        for (jump, part) in self.jumps.iter().zip(parts) {
            match all.iter_mut().find(|one| kind(&one.0) == kind(jump)) {
                Some(one) => one.1 += part,
                None => all.push((*jump, *part)),
            }
        }
        all.retain(|one| one.1 >= LEAST_PART);
        all.sort_by(|one, other| other.1.total_cmp(&one.1));
        let caused = |(jump, part): (Jump, f64)| Caused {
            cause: self.causes[jump.group].clone(),
            entities: jump.entities,
            times: jump.times,
            also: jump.also.map(|also| (self.causes[also.group].clone(), also.entities)),
            part,
        };
        all.into_iter().map(caused).collect()
    }
}
