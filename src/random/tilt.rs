//! Numbers of which a few are drawn where they seldom lie, so that what they bring about is seen often, and how much more
//! probable that makes each replication.
//!
//! A [`Tilt`] is a mixture: some replications are drawn as they are, and each other one has a [`Jump`], which puts the numbers
//! of a few entities, chosen by lot, into one of the tails of the unit interval. What a replication brings about can be anything:
//! how much more probable the mixture makes its numbers ([`Draws::ratios`](super::Draws::ratios)) depends on them alone.

use std::sync::Arc;

use rand_chacha::ChaCha8Rng;

use super::purpose::Purpose;
use super::streams::{Streams, as_uniform, base};

/// Where the addresses of the streams begin that decide about jumps: neither a replication nor a group has a number as high.
const CHOICES: u64 = 1 << 62;

const _: () = assert!(base(u32::MAX as u64) < CHOICES, "the streams of replications and choices are apart");

/// A jump that is less probable than this is none: its ratio would be too large a number.
const LEAST: f64 = 1e-100;

/// An end of the unit interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// At 0.
    Low,
    /// At 1.
    High,
}

/// Numbers of one purpose, one for each of several entities (pods of a template, or nodes), and one more for each later time
/// that an entity comes to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Group {
    /// The template; 0 for what belongs to the cluster.
    pub template: u16,
    /// The purpose.
    pub purpose: Purpose,
    /// At which end the tail is.
    pub end: End,
    /// The first entity.
    pub first: u32,
    /// How many entities there are.
    pub count: u32,
}

/// A way in which a replication is unusual: so many entities of a group have their numbers in the tail.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Jump {
    /// The place of the group in the tilt.
    pub group: usize,
    /// The length of the tail, which is the probability that a number lies there.
    pub tail: f64,
    /// How many entities, at least 1.
    pub entities: u32,
    /// How many times in a row each of them, at least 1.
    pub times: u32,
    /// What is unusual besides, in another group.
    pub also: Option<Also>,
    /// The share of replications that have this jump.
    pub share: f64,
}

/// A second group of a jump, whose entities have their first numbers in the tail too.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Also {
    /// The place of the group in the tilt, which is not the first one's.
    pub group: usize,
    /// The length of its tail.
    pub tail: f64,
    /// How many entities, at least 1.
    pub entities: u32,
}

/// A mixture of jumps; the replications that no share is for are drawn as they are.
#[derive(Clone, Debug, PartialEq)]
pub struct Tilt {
    groups: Vec<Group>,
    jumps: Vec<Jump>,
}

impl Group {
    /// The number that a uniform `number` becomes in a tail.
    fn put(self, number: f64, tail: f64) -> f64 {
        match self.end {
            End::Low => tail * number,
            End::High => 1.0 - tail * (1.0 - number),
        }
    }

    /// Whether a number lies in a tail. Whatever [`Self::put`] gives does: both round alike.
    fn has(self, number: f64, tail: f64) -> bool {
        match self.end {
            End::Low => number <= tail,
            End::High => number >= 1.0 - tail,
        }
    }
}

/// What a jump does in one group.
#[derive(Clone, Copy)]
struct Part {
    group: usize,
    tail: f64,
    entities: u32,
    times: u32,
}

impl Part {
    /// The probability that the numbers of chosen entities lie where the jump puts them.
    fn probability(self) -> f64 {
        libm::pow(self.tail, f64::from(self.entities) * f64::from(self.times))
    }

    /// How much more probable it makes numbers of which those of `found` among `count` entities lie in the tail: the
    /// share of choices of entities that are all among those, by the probability of what the jump makes certain.
    fn ratio(self, count: u32, found: u32) -> f64 {
        if found < self.entities {
            return 0.0;
        }
        let chances = (0..self.entities).map(|k| f64::from(found - k) / f64::from(count - k));
        chances.product::<f64>() / self.probability()
    }
}

impl Jump {
    /// The probability that the numbers of chosen entities lie where the jump puts them.
    #[must_use]
    pub fn probability(&self) -> f64 {
        let also = self.second().map_or(1.0, Part::probability);
        self.first().probability() * also
    }

    const fn first(&self) -> Part {
        Part { group: self.group, tail: self.tail, entities: self.entities, times: self.times }
    }

    fn second(&self) -> Option<Part> {
        self.also.map(|also| Part { group: also.group, tail: also.tail, entities: also.entities, times: 1 })
    }

    fn parts(&self) -> impl Iterator<Item = Part> {
        std::iter::once(self.first()).chain(self.second())
    }
}

impl Tilt {
    /// A mixture; `None` where a jump has no group, more entities than that, or no probability, or where the shares leave
    /// nothing for replications that are drawn as they are.
    #[must_use]
    pub fn new(groups: Vec<Group>, jumps: Vec<Jump>) -> Option<Self> {
        let fits_in = |part: Part| {
            let count = groups.get(part.group).map_or(0, |group| group.count);
            (1..=count).contains(&part.entities) && part.times > 0 && part.tail > 0.0 && part.tail <= 1.0
        };
        let fits = |jump: &Jump| {
            let apart = jump.also.is_none_or(|also| also.group != jump.group);
            apart && jump.parts().all(fits_in) && jump.probability() >= LEAST && jump.share >= 0.0
        };
        let tilt = jumps.iter().all(fits).then_some(Self { groups, jumps })?;
        (tilt.plain() > 0.0).then_some(tilt)
    }

    /// The groups.
    #[must_use]
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// The jumps.
    #[must_use]
    pub fn jumps(&self) -> &[Jump] {
        &self.jumps
    }

    /// The share of replications that are drawn as they are.
    #[must_use]
    pub fn plain(&self) -> f64 {
        1.0 - self.jumps.iter().map(|jump| jump.share).sum::<f64>()
    }

    /// The place of the jump that a uniform number chooses; `None`: no jump.
    fn choose(&self, number: f64) -> Option<usize> {
        let mut rest = number;
        self.jumps.iter().position(|jump| {
            let here = rest < jump.share;
            rest -= jump.share;
            here
        })
    }
}

/// A replication under a tilt.
#[derive(Debug)]
pub(super) struct Tilted {
    tilt: Arc<Tilt>,
    choices: Streams,
    /// The jump that the replication has.
    jump: Option<usize>,
    /// The entities that it is about, of the first group and then of the other one.
    chosen: [Vec<u32>; 2],
}

impl Tilted {
    pub(super) fn new(tilt: Arc<Tilt>) -> Self {
        Self { tilt, choices: Streams::default(), jump: None, chosen: Default::default() }
    }

    /// Changes to another replication; `origin` is the generator of the experiment's own numbers.
    pub(super) fn start(&mut self, replication: u32, origin: &mut ChaCha8Rng) {
        let Self { tilt, choices, chosen, .. } = self;
        choices.start(CHOICES | base(u64::from(replication)));
        chosen.iter_mut().for_each(Vec::clear);
        let mut drawn = (0..).map(|position| as_uniform(choices.bits(0, Purpose::Uid, position, (&mut *origin, 0))));
        let mut next = || drawn.next().unwrap_or_default();
        self.jump = tilt.choose(next());
        let Some(jump) = self.jump.map(|place| tilt.jumps[place]) else { return };
        for (part, chosen) in jump.parts().zip(chosen) {
            let group = tilt.groups[part.group];
            while chosen.len() < part.entities as usize {
                let entity = ((next() * f64::from(group.count)) as u32).min(group.count - 1);
                if !chosen.contains(&entity) {
                    chosen.push(entity);
                }
            }
        }
    }

    /// The number at an address, of which `number` is the plain one.
    pub(super) fn within(&self, number: f64, template: u16, purpose: Purpose, position: u64) -> f64 {
        let Some(jump) = self.jump.map(|place| self.tilt.jumps[place]) else { return number };
        let (time, entity) = (position >> 32, (position & u64::from(u32::MAX)) as u32);
        for (part, chosen) in jump.parts().zip(&self.chosen) {
            let group = self.tilt.groups[part.group];
            let concerned = (group.template, group.purpose) == (template, purpose)
                && time < u64::from(part.times)
                && entity.checked_sub(group.first).is_some_and(|entity| chosen.contains(&entity));
            if concerned {
                return group.put(number, part.tail);
            }
        }
        number
    }

    /// The tilt.
    pub(super) fn tilt(&self) -> Arc<Tilt> {
        Arc::clone(&self.tilt)
    }
}

/// For each jump of `tilt`, how much more probable it makes the numbers that `number` has at each address.
pub(super) fn ratios(tilt: &Tilt, mut number: impl FnMut(u16, Purpose, u64) -> f64) -> Vec<f64> {
    let parts: Vec<(usize, Part)> =
        tilt.jumps.iter().enumerate().flat_map(|(jump, one)| one.parts().map(move |part| (jump, part))).collect();
    let mut found = vec![0_u32; parts.len()];
    for (place, group) in tilt.groups.iter().enumerate() {
        let own: Vec<usize> = (0..parts.len()).filter(|part| parts[*part].1.group == place).collect();
        let widest = own.iter().map(|part| parts[*part].1.tail).fold(0.0, f64::max);
        for entity in group.first..group.first + group.count {
            let mut at = |time: u32| number(group.template, group.purpose, u64::from(time) << 32 | u64::from(entity));
            let first = at(0);
            if !group.has(first, widest) {
                continue;
            }
            for &part in &own {
                let Part { tail, times, .. } = parts[part].1;
                let all = group.has(first, tail) && (1..times).all(|time| group.has(at(time), tail));
                found[part] += u32::from(all);
            }
        }
    }
    let mut ratios = vec![1.0; tilt.jumps.len()];
    for ((jump, part), found) in parts.iter().zip(found) {
        ratios[*jump] *= part.ratio(tilt.groups[part.group].count, found);
    }
    ratios
}

#[cfg(test)]
mod tests {
    use super::super::Draws;
    use super::*;

    const GROUP: Group = Group { template: 1, purpose: Purpose::Start, end: End::High, first: 2, count: 5 };

    fn tilt(jumps: &[Jump]) -> Arc<Tilt> {
        let low = Group { purpose: Purpose::Crash, end: End::Low, first: 0, ..GROUP };
        Arc::new(Tilt::new(vec![GROUP, low], jumps.to_vec()).expect("a mixture"))
    }

    const JUMPS: [Jump; 5] = [
        Jump { group: 0, tail: 0.125, entities: 1, times: 1, also: None, share: 0.3 },
        Jump { group: 0, tail: 0.0625, entities: 2, times: 1, also: None, share: 0.2 },
        Jump { group: 1, tail: 0.1, entities: 1, times: 2, also: None, share: 0.3 },
        Jump { group: 1, tail: 0.1, entities: 3, times: 1, also: None, share: 0.05 },
        Jump {
            group: 0,
            tail: 0.0625,
            entities: 1,
            times: 1,
            also: Some(Also { group: 1, tail: 0.1, entities: 1 }),
            share: 0.05,
        },
    ];

    /// The weight of a replication: the probability of its numbers by that under the mixture.
    fn weight(draws: &mut Draws, tilt: &Tilt) -> f64 {
        let parts = draws.ratios().into_iter().zip(tilt.jumps()).map(|(ratio, jump)| jump.share * ratio);
        1.0 / (tilt.plain() + parts.sum::<f64>())
    }

    /// Whatever is counted, weights put it right: here events that a jump makes frequent, that none does, and certainty.
    #[test]
    fn weighted_shares_are_those_of_plain_numbers() {
        const N: u32 = 40_000;
        let tilt = tilt(&JUMPS);
        let mut draws = Draws::tilted(5, Arc::clone(&tilt));
        let mut sums = [(0.0_f64, 0.0_f64); 6];
        for replication in 0..N {
            draws.start(replication);
            let start = |draws: &mut Draws, pod| draws.uniform(1, Purpose::Start, pod);
            let crash = |draws: &mut Draws, pod, time: u64| draws.uniform(1, Purpose::Crash, time << 32 | pod) < 0.1;
            let slow = (2..7).filter(|pod| start(&mut draws, *pod) > 0.95).count();
            let outside = start(&mut draws, 0) > 0.9;
            let crashes = (0..5).filter(|pod| crash(&mut draws, *pod, 0)).count();
            let again = (0..5).any(|pod| crash(&mut draws, pod, 0) && crash(&mut draws, pod, 1));
            let weight = weight(&mut draws, &tilt);
            for ((sum, squares), holds) in
                sums.iter_mut().zip([true, slow >= 2, outside, crashes >= 3, again, slow >= 1 && crashes >= 1])
            {
                let counts = if holds { weight } else { 0.0 };
                *sum += counts;
                *squares += counts * counts;
            }
        }
        // Of 5 at 5 %: at least 2; of 5 at 10 %: at least 3; any of 5 at 1 %.
        let both = (1.0 - 0.95_f64.powi(5)) * (1.0 - 0.9_f64.powi(5));
        let expected = [1.0, 0.022_592_5, 0.1, 0.008_56, 1.0 - 0.99_f64.powi(5), both];
        for ((sum, squares), expected) in sums.into_iter().zip(expected) {
            let (share, square) = (sum / f64::from(N), squares / f64::from(N));
            let error = ((square - share * share) / f64::from(N)).sqrt();
            assert!(
                error < 0.05 * expected && (share - expected).abs() < 4.0 * error,
                "{share} for {expected} ± {error}"
            );
        }
    }

    #[test]
    fn jumps_put_the_numbers_of_chosen_entities_into_the_tail() {
        let tilt = tilt(&[Jump { share: 0.9, ..JUMPS[1] }]);
        let (mut draws, mut plain) = (Draws::tilted(3, Arc::clone(&tilt)), Draws::new(3));
        let mut moved = [0; 3];
        for replication in 0..1000 {
            draws.start(replication);
            plain.start(replication);
            let differ = |pod: &u64| draws.uniform(1, Purpose::Start, *pod) != plain.uniform(1, Purpose::Start, *pod);
            let others: Vec<u64> = (0..10).filter(differ).collect();
            assert!(others.iter().all(|pod| (2..7).contains(pod)), "{others:?}");
            assert!(others.iter().all(|pod| draws.uniform(1, Purpose::Start, *pod) >= 1.0 - 0.0625));
            moved[others.len()] += 1;
            let in_tail = (2..7).filter(|pod| draws.uniform(1, Purpose::Start, *pod) >= 1.0 - 0.0625).count();
            let ratio = draws.ratios()[0];
            let pairs = (in_tail * in_tail.saturating_sub(1)) as f64 / 20.0;
            assert!((ratio - pairs * 256.0).abs() < 1e-9 * ratio.max(1.0), "{ratio} for {in_tail}");
        }
        assert!(moved[1] == 0 && (850..950).contains(&moved[2]), "{moved:?}");
    }

    #[test]
    fn a_mixture_without_meaning_is_none() {
        let one = |jump: Jump| Tilt::new(vec![GROUP], vec![jump]);
        assert!(one(JUMPS[0]).is_some());
        for jump in [
            Jump { group: 1, ..JUMPS[0] },
            Jump { entities: 6, ..JUMPS[0] },
            Jump { entities: 0, ..JUMPS[0] },
            Jump { times: 0, ..JUMPS[0] },
            Jump { tail: 0.0, ..JUMPS[0] },
            Jump { tail: f64::NAN, ..JUMPS[0] },
            Jump { tail: 1e-60, entities: 2, ..JUMPS[0] },
            Jump { share: 1.0, ..JUMPS[0] },
            Jump { share: -0.1, ..JUMPS[0] },
            Jump { also: Some(Also { group: 0, tail: 0.1, entities: 1 }), ..JUMPS[0] },
            Jump { also: Some(Also { group: 1, tail: 0.1, entities: 1 }), ..JUMPS[0] },
        ] {
            assert_eq!(one(jump), None, "{jump:?}");
        }
    }
}
