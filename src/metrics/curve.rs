//! Pods over time in one replication.
//!
//! A curve is sampled on a grid whose step doubles when it outgrows it, and holds the changes from one point to the next: counts
//! of pods stay the same over most of them.

use crate::time::{SimDuration, SimTime};

/// Grid points of a curve.
pub(super) const POINTS: usize = 128;
/// Step of a grid that has not been doubled.
pub(super) const FINEST: SimDuration = SimDuration::from_millis(250);
/// Counts of a sample.
pub(super) const COUNTS: usize = 3;

/// Available pods, Ready ones, and those on nodes at one instant.
pub(super) type Sample = [u32; COUNTS];

/// One replication's curve of samples `S`.
#[derive(Debug)]
pub struct Curve<S = Sample> {
    start: SimTime,
    pub(super) step: SimDuration,
    /// Samples that differ from the one before, with their grid points.
    pub(super) changes: Vec<(usize, S)>,
    /// Grid points passed.
    pub(super) sampled: usize,
    next: SimTime,
    /// From the end on.
    pub(super) last: S,
    /// Samples of earlier replications, whose memory is used again. Those that need none are not kept.
    spare: Vec<S>,
}

impl<S: Default> Default for Curve<S> {
    fn default() -> Self {
        Self {
            start: SimTime::ZERO,
            step: FINEST,
            changes: Vec::with_capacity(POINTS),
            sampled: 0,
            next: SimTime::ZERO,
            last: S::default(),
            spare: Vec::new(),
        }
    }
}

impl Curve {
    /// The counts held until `until`, not included.
    #[inline(always)]
    pub fn hold(&mut self, until: SimTime, available: u32, ready: u32, footprint: u32) {
        // Most changes fall between two points.
        if self.is_due(until) {
            self.sample(until, &[available, ready, footprint]);
        }
    }

    /// The counts from the run's end on.
    pub fn end(&mut self, available: u32, ready: u32, footprint: u32) {
        self.last = [available, ready, footprint];
    }
}

impl<S: Clone + PartialEq> Curve<S> {
    /// Starts over.
    pub fn reset(&mut self, start: SimTime) {
        self.start = start;
        self.step = FINEST;
        if std::mem::needs_drop::<S>() {
            self.spare.extend(self.changes.drain(..).map(|(_, sample)| sample));
        }
        self.changes.clear();
        self.sampled = 0;
        self.next = start;
    }

    /// Whether a point of the grid lies before `until`.
    pub(super) fn is_due(&self, until: SimTime) -> bool {
        self.next < until
    }

    /// What was the case until `until`, not included.
    #[inline(never)]
    pub(super) fn sample(&mut self, until: SimTime, sample: &S) {
        while self.next < until {
            if self.sampled == POINTS {
                self.double();
                continue;
            }
            if self.changes.last().is_none_or(|(_, last)| last != sample) {
                let kept = match self.spare.pop() {
                    None => sample.clone(),
                    Some(mut spare) => {
                        spare.clone_from(sample);
                        spare
                    }
                };
                self.changes.push((self.sampled, kept));
            }
            let points = until.since(self.next).as_nanos().div_ceil(self.step.as_nanos());
            let points = points.min((POINTS - self.sampled) as u64);
            self.sampled += points as usize;
            self.next += self.step.times(points);
        }
    }

    /// Leaves every other point out; what was sampled at one of those is seen at the next, if it lasts until then.
    #[cold]
    #[inline(never)]
    fn double(&mut self) {
        self.sampled = self.sampled.div_ceil(2);
        self.step = self.step.times(2);
        self.next = self.start + self.step.times(self.sampled as u64);
        self.changes.iter_mut().for_each(|(point, _)| *point = point.div_ceil(2));
        self.changes.dedup_by(|later, kept| {
            let same = later.0 == kept.0;
            if same {
                kept.1 = later.1.clone();
            }
            same
        });
        self.changes.pop_if(|(point, _)| *point == self.sampled);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_curves_double_the_step_and_stay_on_the_grid() {
        let mut long = Curve::default();
        long.reset(SimTime::from_secs(100));
        long.hold(SimTime::from_secs(100 + 3600), 3, 4, 12);
        assert_eq!(long.step, SimDuration::from_secs(32));
        assert_eq!((long.sampled, long.changes.as_slice()), (113, &[(0, [3, 4, 12])][..]));
    }
}
