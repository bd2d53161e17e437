//! Randomness by address: a uniform number is a function of (seed, replication, template, purpose, position).
//!
//! Every purpose has a ChaCha8 stream of its own in every replication, and every entity (the k-th pod of a template, the
//! n-th node) has a fixed position in it. Nothing is drawn in the order of events. Therefore two scenarios give the same
//! entity the same numbers (common random numbers, which make small differences between scenarios visible), and an event
//! that is added to one of them shifts no other numbers. The only exception are the latencies of the control
//! plane, where they are not constant: these belong to the n-th request, delivery or cycle of a run.
//!
//! ChaCha8 was chosen because any stream and any position of it can be looked up directly, and because its numbers are
//! defined bit for bit on every machine. A stream's numbers are kept once drawn: a rollout asks for consecutive positions
//! many times, and a refill of the generator yields 32 numbers at once.
//!
//! Uniform numbers are independent between replications, or [stratified](Sampling::Stratified) over groups of them.

mod hypercube;
mod parameters;
mod permutation;
mod purpose;
mod strata;
mod streams;
mod tilt;
mod walk;

use std::sync::Arc;

use rand_chacha::ChaCha8Rng;

use crate::distribution::Distribution;
use crate::time::SimDuration;

pub use hypercube::Hypercube;
pub use parameters::parameter;
pub use purpose::Purpose;
pub use tilt::{Also, End, Group, Jump, Tilt};
pub use walk::Numbers;

use strata::Strata;
use streams::{Streams, as_uniform, base, keyed};
use tilt::Tilted;
use walk::Walk;

/// How the uniform numbers of an experiment's replications depend on one another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sampling {
    /// Not at all: every replication has numbers of its own.
    #[default]
    Plain,
    /// They are stratified in groups of consecutive replications. At every address the unit interval is cut into as many
    /// equal strata as a group has replications, and each replication of the group has its number in another stratum, so that a
    /// group covers the interval evenly at every address (Latin hypercube sampling; Stein, Technometrics 29 (1987), 143-151).
    /// Each number for itself is uniform as before. Replications of one group depend on one another; groups do not.
    Stratified {
        /// Replications in a group; not 0.
        group: std::num::NonZeroU32,
    },
    /// Not at all, as in [`Self::Plain`], with the same numbers. What an approximation makes of the numbers of a replication is known
    /// beside what the simulator makes of them, and its mean is known better: a control variate.
    Controlled,
}

impl Sampling {
    /// Whether means are estimated with a control variate.
    #[must_use]
    pub const fn is_controlled(self) -> bool {
        matches!(self, Self::Controlled)
    }

    /// Replications in a group; `None` where every replication is independent of the others.
    #[must_use]
    pub const fn group(self) -> Option<u32> {
        match self {
            Self::Plain | Self::Controlled => None,
            Self::Stratified { group } => Some(group.get()),
        }
    }
}

/// Which random numbers a template has: those that it has under its own number in the streams of a key. Key 0 is that of an
/// experiment's own Deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address {
    /// The key.
    pub key: u64,
    /// The number of the template there.
    pub template: u16,
}

#[derive(Debug)]
struct Assigned {
    address: Address,
    origin: ChaCha8Rng,
}

/// The generator whose streams are those of a key.
fn origin(seed: u64, key: u64) -> ChaCha8Rng {
    keyed([seed, key, 0])
}

/// The generator and the number under which a template's numbers for a purpose are. What belongs to the cluster belongs to no
/// workload.
fn at_address<'a>(
    origin: &'a mut ChaCha8Rng,
    addresses: &'a mut [Assigned],
    template: u16,
    purpose: Purpose,
) -> (&'a mut ChaCha8Rng, u16) {
    match addresses.get_mut(usize::from(template)) {
        Some(assigned) if !purpose.is_of_cluster() => (&mut assigned.origin, assigned.address.template),
        _ => (origin, template),
    }
}

/// The random numbers of one replication.
#[derive(Debug)]
pub struct Draws {
    seed: u64,
    origin: ChaCha8Rng,
    /// Where the numbers of each template are, in a world of several workloads; empty: of a workload alone.
    addresses: Vec<Assigned>,
    own: Streams,
    /// Where the uniform numbers are not those of the streams alone.
    special: Option<Special>,
}

/// What makes some uniform numbers others than those of the streams.
#[derive(Debug, Default)]
struct Special {
    /// Where they are stratified.
    strata: Option<Strata>,
    /// Where some are drawn where they seldom lie.
    tilted: Option<Box<Tilted>>,
    /// Where they are those of another replication, moved a little.
    walk: Option<Box<Walk>>,
    /// Numbers of this replication that are known: template, purpose, position, number.
    fixed: Vec<(u16, Purpose, u64, f64)>,
}

impl Draws {
    /// The numbers of `seed`, standing at replication 0 and independent between replications.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self::sampled(seed, Sampling::Plain)
    }

    /// The numbers of `seed`, standing at replication 0.
    #[must_use]
    pub fn sampled(seed: u64, sampling: Sampling) -> Self {
        let strata = sampling.group().map(Strata::new);
        let special = strata.is_some().then(|| Special { strata, ..Special::default() });
        Self { seed, origin: origin(seed, 0), addresses: Vec::new(), own: Streams::default(), special }
    }

    /// The numbers of `seed`, some of them drawn where they seldom lie. The next [`Self::start`] must come before the first
    /// number.
    #[must_use]
    pub fn tilted(seed: u64, tilt: Arc<Tilt>) -> Self {
        let special = Special { tilted: Some(Box::new(Tilted::new(tilt))), ..Special::default() };
        Self { special: Some(special), ..Self::new(seed) }
    }

    /// The numbers of `seed`, each replication of which may be a step away from another one: see [`Self::follow`].
    #[must_use]
    pub fn walking(seed: u64) -> Self {
        let special = Special { walk: Some(Box::default()), ..Special::default() };
        Self { special: Some(special), ..Self::new(seed) }
    }

    /// Has the next replications be a step with this correlation, from 0 to 1, away from the one that drew these numbers; `None`: they
    /// are drawn as they are. The next [`Self::start`] must come before the first number.
    pub fn follow(&mut self, from: Option<(Arc<Numbers>, f64)>) {
        if let Some(Special { walk: Some(walk), .. }) = &mut self.special {
            walk.follow(from);
        }
    }

    /// What the replication has drawn so far, where it may be followed; it is forgotten here.
    pub fn walked(&mut self) -> Numbers {
        let walk = self.special.as_mut().and_then(|special| special.walk.as_mut());
        walk.map_or_else(Numbers::default, |walk| walk.take())
    }

    /// Gives each template the numbers at its address; none: each has those of its own number. The next
    /// [`Self::start`] must come before the next number.
    pub fn assign(&mut self, addresses: impl IntoIterator<Item = Address>) {
        let (mut count, mut changed) = (0, false);
        for address in addresses {
            let known = self.addresses.get(count).is_some_and(|known| known.address == address);
            if !known {
                changed = true;
                self.addresses.truncate(count);
                self.addresses.push(Assigned { address, origin: origin(self.seed, address.key) });
            }
            count += 1;
        }
        changed |= count < self.addresses.len();
        self.addresses.truncate(count);
        if changed && let Some(Special { strata: Some(strata), .. }) = &mut self.special {
            strata.forget();
        }
    }

    /// Changes to another replication.
    pub fn start(&mut self, replication: u32) {
        self.own.start(base(u64::from(replication)));
        if let Some(special) = &mut self.special {
            special.fixed.clear();
            if let Some(tilted) = &mut special.tilted {
                tilted.start(replication, &mut self.origin);
            }
            if let Some(walk) = &mut special.walk {
                walk.start();
            }
            if let Some(strata) = &mut special.strata {
                strata.start(replication);
            }
        }
    }

    /// Has the uniform number at an address be this one until the next replication, because what it decides is known.
    pub fn fix(&mut self, template: u16, purpose: Purpose, position: u64, number: f64) {
        let fixed = &mut self.special.get_or_insert_default().fixed;
        fixed.retain(|known| (known.0, known.1, known.2) != (template, purpose, position));
        fixed.push((template, purpose, position, number));
    }

    /// 64 random bits, independent between replications.
    pub fn bits(&mut self, template: u16, purpose: Purpose, position: u64) -> u64 {
        match self.own.drawn(template, purpose, position) {
            Some(bits) => bits,
            None => self.draw(template, purpose, position),
        }
    }

    /// Numbers that have not been drawn yet.
    #[inline(never)]
    fn draw(&mut self, template: u16, purpose: Purpose, position: u64) -> u64 {
        let Self { origin, addresses, own, .. } = self;
        own.bits(template, purpose, position, at_address(origin, addresses, template, purpose))
    }

    /// A number uniform on the open interval (0, 1).
    pub fn uniform(&mut self, template: u16, purpose: Purpose, position: u64) -> f64 {
        if self.special.is_some() {
            return self.special(template, purpose, position);
        }
        as_uniform(self.bits(template, purpose, position))
    }

    /// The same where some numbers are others than those of the streams. It is kept apart so that a plain number needs few
    /// registers.
    #[inline(never)]
    fn special(&mut self, template: u16, purpose: Purpose, position: u64) -> f64 {
        let number = as_uniform(self.bits(template, purpose, position));
        let Self { origin, addresses, special, .. } = self;
        let Some(Special { strata, fixed, tilted, walk }) = special else { return number };
        let known = fixed.iter().find(|known| (known.0, known.1, known.2) == (template, purpose, position));
        if let Some(known) = known {
            return known.3;
        }
        if let Some(tilted) = tilted {
            return tilted.within(number, template, purpose, position);
        }
        if let Some(walk) = walk {
            return walk.within(number, template, purpose, position);
        }
        let place = at_address(origin, addresses, template, purpose);
        strata.as_mut().map_or(number, |strata| strata.within(number, place, template, purpose, position))
    }

    /// For each jump of the tilt, how much more probable it makes the numbers of this replication; nothing without one.
    pub fn ratios(&mut self) -> Vec<f64> {
        let tilted = |draws: &Self| draws.special.as_ref().and_then(|special| Some(special.tilted.as_ref()?.tilt()));
        let Some(tilt) = tilted(self) else { return Vec::new() };
        tilt::ratios(&tilt, |template, purpose, position| {
            let number = as_uniform(self.bits(template, purpose, position));
            let own = self.special.as_ref().and_then(|special| special.tilted.as_ref());
            own.map_or(number, |tilted| tilted.within(number, template, purpose, position))
        })
    }

    /// True with this probability. Certain answers draw nothing, and most are certain: a caller compares before it calls.
    #[inline(always)]
    pub fn chance(&mut self, probability: f64, template: u16, purpose: Purpose, position: u64) -> bool {
        probability > 0.0 && (probability >= 1.0 || self.uniform(template, purpose, position) < probability)
    }
}

impl Draws {
    /// A length of time. Constant ones draw nothing.
    #[inline]
    pub fn duration(
        &mut self,
        distribution: &Distribution,
        template: u16,
        purpose: Purpose,
        position: u64,
    ) -> SimDuration {
        match distribution.as_constant() {
            Some(length) => length,
            None => distribution.quantile(self.uniform(template, purpose, position)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rand::Rng;

    use super::streams::{KEPT, address, go_to, slot};
    use super::*;

    #[test]
    fn numbers_depend_on_the_address_alone() {
        let mut forwards = Draws::new(7);
        let mut backwards = Draws::new(7);
        forwards.start(3);
        backwards.start(3);
        let ahead: Vec<_> = (0..100).map(|k| forwards.bits(1, Purpose::Start, k)).collect();
        let mut back: Vec<_> = (0..100).rev().map(|k| backwards.bits(1, Purpose::Start, k)).collect();
        back.reverse();
        assert_eq!(ahead, back);
        let far = KEPT + 5;
        assert_eq!(forwards.bits(1, Purpose::Start, far), backwards.bits(1, Purpose::Start, far));
    }

    #[test]
    fn kept_and_looked_up_numbers_are_the_same_stream() {
        let mut draws = Draws::new(7);
        let mut far = origin(7, 0);
        go_to(&mut far, Purpose::Start as u64, 77);
        assert_eq!(draws.bits(0, Purpose::Start, 77), far.next_u64());
    }

    #[test]
    fn a_number_that_is_known_is_known_for_one_replication() {
        let mut draws = Draws::new(7);
        let drawn = draws.uniform(1, Purpose::BadVersion, 0);
        let neighbour = draws.uniform(1, Purpose::BadVersion, 1);
        draws.fix(1, Purpose::BadVersion, 0, 0.25);
        draws.fix(1, Purpose::BadVersion, 0, 0.75);
        assert_eq!(
            (draws.uniform(1, Purpose::BadVersion, 0), draws.uniform(1, Purpose::BadVersion, 1)),
            (0.75, neighbour)
        );
        draws.start(0);
        assert_eq!(draws.uniform(1, Purpose::BadVersion, 0), drawn);
    }

    #[test]
    fn every_part_of_the_address_matters() {
        let mut draws = Draws::new(7);
        let mut seen = vec![draws.bits(0, Purpose::Start, 0), draws.bits(0, Purpose::Start, 1)];
        seen.push(draws.bits(1, Purpose::Start, 0));
        seen.push(draws.bits(0, Purpose::WarmUp, 0));
        draws.start(1);
        seen.push(draws.bits(0, Purpose::Start, 0));
        seen.push(Draws::new(8).bits(0, Purpose::Start, 0));
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 6);
    }

    #[test]
    fn every_purpose_of_every_template_has_a_slot_and_an_address_of_its_own() {
        let pairs = || (0..5).flat_map(|template| Purpose::ALL.map(|purpose| (template, purpose)));
        let slots: BTreeSet<usize> = pairs().map(|(template, purpose)| slot(template, purpose)).collect();
        let addresses: BTreeSet<u64> = (0..3)
            .flat_map(|run| pairs().map(move |(template, purpose)| base(run) | address(template, purpose)))
            .collect();
        assert_eq!((slots.len(), addresses.len()), (5 * Purpose::COUNT, 3 * 5 * Purpose::COUNT));
        let mut draws = Draws::new(1);
        let numbers: BTreeSet<u64> = pairs().map(|(template, purpose)| draws.bits(template, purpose, 0)).collect();
        assert_eq!(numbers.len(), 5 * Purpose::COUNT, "two pairs share a stream");
    }

    /// What results are made of. A new purpose comes last, here and in the enum; nothing before it moves.
    #[test]
    fn the_order_of_purposes_and_their_addresses_are_as_in_all_results() {
        assert_eq!(Purpose::ALL.map(|purpose| format!("{purpose:?}")), ORDER);
        for (number, purpose) in Purpose::ALL.into_iter().enumerate() {
            assert_eq!(base(2) | address(3, purpose), 2 << 24 | 3 << 8 | number as u64, "{purpose:?}");
        }
    }

    const ORDER: [&str; 57] = [
        "ClockPhase",
        "BadVersion",
        "Uid",
        "Start",
        "WarmUp",
        "Crash",
        "CrashAfter",
        "Restart",
        "NeverReady",
        "Flap",
        "FlapAfter",
        "FlapFor",
        "Termination",
        "Pull",
        "Cached",
        "NodeLoss",
        "ZoneLoss",
        "Detection",
        "Recovery",
        "Api",
        "Watch",
        "Scheduling",
        "Kill",
        "PullFailure",
        "PullRetry",
        "ScanPhase",
        "Provisioning",
        "Upgrade",
        "PullCheck",
        "SlowNode",
        "BadNode",
        "Endpoint",
        "LoadBalancer",
        "ScrapePhase",
        "AutoscalerPhase",
        "Preemption",
        "InitContainer",
        "InitNotice",
        "SidecarWarmUp",
        "SidecarTermination",
        "SidecarKill",
        "SidecarRestart",
        "PostStart",
        "ReadinessGate",
        "Refused",
        "Evicted",
        "EvictedAfter",
        "EvictedTermination",
        "LeaseRetry",
        "GatesLifted",
        "VolumeAttach",
        "VolumeDetach",
        "VolumeProvision",
        "VolumeNode",
        "StampPart",
        "Residual",
        "MapOrder",
    ];

    #[test]
    fn values_are_stable() {
        let mut draws = Draws::new(1);
        draws.start(2);
        let numbers: Vec<u64> = (0..3).map(|k| draws.bits(1, Purpose::Start, k)).collect();
        assert_eq!(numbers, VALUES);
    }

    const VALUES: [u64; 3] = [4713356846882057953, 3836671436071007300, 6880248308865706985];

    #[test]
    fn uniforms_are_inside_the_unit_interval_and_certainty_draws_nothing() {
        let mut draws = Draws::new(1);
        assert!(!draws.chance(0.0, 0, Purpose::Crash, 0));
        assert!(draws.chance(1.0, 0, Purpose::Crash, 0));
        assert!(draws.own.kept.is_empty());
        let mean = (0..10_000).map(|k| draws.uniform(0, Purpose::Crash, k)).sum::<f64>() / 10_000.0;
        assert!((mean - 0.5).abs() < 0.01, "{mean}");
    }
}
