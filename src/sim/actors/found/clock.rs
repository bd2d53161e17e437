//! Stamps of a snapshot as instants of a run.

use crate::random::Purpose;
use crate::scenario::{Stamp, Template};
use crate::sim::observation::Observer;
use crate::sim::run::Run;
use crate::time::{NANOS_PER_SECOND, SimDuration, SimTime};

/// The second of a snapshot begins this long after the simulation's epoch, so that what is years old has its own time too.
pub(crate) const BEFORE_SNAPSHOT: SimTime = SimTime::from_secs(20 * 365 * 86_400);

/// Which stamp of a pod it is: the place of its random number.
#[derive(Clone, Copy, Debug)]
pub(super) enum Which {
    /// Its creation.
    Created,
    /// The beginning of what it does: bound, started, exited, told to go.
    Begun,
    /// Since when it is Ready, or not.
    Since,
}

/// Stamps of one pod have places next to each other.
const STAMPS: u64 = 4;

/// The second of a stamp, counted from the simulation's epoch. What is older than that is taken to be as old as the epoch.
pub(super) fn whole_second(second: i64) -> u64 {
    BEFORE_SNAPSHOT.whole_seconds().saturating_add_signed(second)
}

/// The instant of a pod's stamp, which is not later than now. The part of a second that is not known is drawn, evenly from what
/// is possible.
pub(super) fn instant<O: Observer>(
    run: &mut Run<'_, O>,
    (template, number): (Template, u32),
    stamp: Stamp,
    which: Which,
) -> SimTime {
    let from = SimTime::from_secs(whole_second(stamp.second));
    let now = run.now();
    let part = match stamp.nanos {
        Some(nanos) => SimDuration::from_nanos(u64::from(nanos)),
        None => {
            let position = u64::from(number) * STAMPS + which as u64;
            let most = now.since(from).min(SimDuration::from_nanos(NANOS_PER_SECOND - 1));
            most.stretched(run.draws.uniform(template, Purpose::StampPart, position))
        }
    };
    (from + part).min(now)
}
