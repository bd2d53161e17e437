//! Where the time of one rollout went: the chain of pods that decided, and the parts of its time.

use std::collections::BTreeMap;

use super::life::{Life, Release};
use super::lives::{Lives, Stalled};
use super::phase::{Part, Phase};
use crate::scenario::Scenario;
use crate::sim::{NodeId, PodId, Simulator, Span};
use crate::time::{SimDuration, SimTime};

/// A piece of the chain that decided how long a rollout took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The pod; `None`: controllers, or what came before a change.
    pub pod: Option<PodId>,
    /// What it did.
    pub part: Part,
    /// From when on.
    pub from: SimTime,
    /// Until when.
    pub to: SimTime,
}

impl Piece {
    /// Its length.
    #[must_use]
    pub const fn length(&self) -> SimDuration {
        self.to.since(self.from)
    }
}

/// What one replication did, pod by pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The start of the rollout.
    pub start: SimTime,
    /// Its end; `None`: it was not over at the horizon.
    pub end: Option<SimTime>,
    /// The last instant that was simulated.
    pub until: SimTime,
    /// The version that was wanted at last.
    pub version: u16,
    /// Every pod, by its number in order of creation.
    pub pods: Vec<Life>,
    /// The chain that decided, in order of time. Its pieces follow each other without a gap from the start to the end of the
    /// rollout. Empty where there was no end.
    pub chain: Vec<Piece>,
    /// The first stall.
    pub stalled: Option<Stalled>,
}

impl Account {
    /// The account of one replication, which is followed until its last deleted pod is gone.
    #[must_use]
    pub fn of(simulator: &mut Simulator, scenario: &Scenario, replication: u32) -> Self {
        let mut lives = Lives::of(scenario);
        let span = simulator.run_until_drained(scenario, replication, &mut lives);
        Self::from_lives(lives, span)
    }

    fn from_lives(lives: Lives<'_>, span: Span) -> Self {
        let mut account = Self {
            start: lives.start.unwrap_or(span.start),
            end: span.end,
            until: span.followed_until,
            version: lives.version,
            pods: lives.pods,
            chain: Vec::new(),
            stalled: lives.stalled.filter(|stalled| span.end.is_none_or(|end| stalled.at <= end)),
        };
        account.split_waits();
        if let Some(end) = span.end {
            let known = lives.ends.iter().rev();
            let last = known
                .filter(|(at, ..)| *at <= end)
                .find(|(_, version, release)| *version == account.version || matches!(release, Release::Changed(_)));
            account.chain = account.chain(end, last.map_or(Release::Start, |(.., release)| *release));
        }
        account
    }

    /// How long the rollout took; `None`: it was not over at the horizon.
    #[must_use]
    pub fn duration(&self) -> Option<SimDuration> {
        self.end.map(|end| end.since(self.start))
    }

    /// How much of the rollout's time each part took, without parts that took none. Together they are the duration.
    #[must_use]
    pub fn parts(&self) -> Vec<(Part, SimDuration)> {
        let mut sums = BTreeMap::new();
        for piece in &self.chain {
            let sum: &mut SimDuration = sums.entry(piece.part).or_default();
            *sum += piece.length();
        }
        sums.into_iter().filter(|(_, length)| !length.is_zero()).collect()
    }

    /// The pods of the chain, in order of time.
    #[must_use]
    pub fn deciding(&self) -> Vec<PodId> {
        let mut pods: Vec<PodId> = self.chain.iter().filter_map(|piece| piece.pod).collect();
        pods.dedup();
        pods
    }

    /// The pods that hold up a rollout that stalled: those of the wanted version that were not available then.
    #[must_use]
    pub fn holding(&self) -> Vec<PodId> {
        let Some(stalled) = self.stalled else { return Vec::new() };
        let holds = |life: &Life| {
            let phase = life.phase_at(stalled.at);
            life.version == self.version
                && phase.is_some_and(|phase| phase != Phase::Available && phase < Phase::Terminating)
        };
        (0..).zip(&self.pods).filter(|(_, life)| holds(life)).map(|(id, _)| id).collect()
    }

    /// A pod by its number; an id of this account always has one.
    #[must_use]
    pub fn pod(&self, id: PodId) -> Option<&Life> {
        self.pods.get(id as usize)
    }

    /// Where a pod waited for room that the end of another one on its node made, the wait is divided at that one's deletion.
    fn split_waits(&mut self) {
        let mut ended: BTreeMap<NodeId, Vec<(SimTime, SimTime)>> = BTreeMap::new();
        for life in &self.pods {
            if let (Some(node), Some(going), Some(gone)) =
                (life.node, life.first(Phase::Terminating), life.first(Phase::Gone))
            {
                ended.entry(node).or_default().push((gone, going));
            }
        }
        ended.values_mut().for_each(|ends| ends.sort_unstable());
        for life in &mut self.pods {
            let waits = life.changes.first().is_some_and(|change| change.phase == Phase::Waiting);
            if let (true, Some(node), Some(next)) = (waits, life.node, life.changes.get(1)) {
                let ends = ended.get(&node).map_or(&[][..], Vec::as_slice);
                let before = ends.partition_point(|(gone, _)| *gone <= next.at);
                if let Some((gone, going)) = before.checked_sub(1).map(|last| ends[last]) {
                    split_wait(life, going, gone);
                }
            }
        }
    }

    /// The chain of an end that follows from `release`.
    fn chain(&self, end: SimTime, mut release: Release) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let mut cursor = end;
        loop {
            let (pod, at) = match release {
                Release::Start => (None, self.start),
                Release::Changed(at) => (None, at),
                Release::Available(pod, at) | Release::Gone(pod, at) | Release::Replaced(pod, at) => (Some(pod), at),
            };
            add(&mut pieces, Piece { pod: None, part: Part::Controllers, from: at, to: cursor });
            let life = pod.and_then(|pod| Some((pod, self.pod(pod)?)));
            let next = match (release, life) {
                (Release::Gone(..), Some((pod, life))) => {
                    let going = life.first(Phase::Terminating).unwrap_or(at).min(at);
                    add(&mut pieces, Piece { pod: Some(pod), part: Part::OldPods, from: going, to: at });
                    Some((going, life.dismissed))
                }
                (_, Some((pod, life))) if !life.found => {
                    let phases: Vec<_> = life.intervals(at).collect();
                    for (phase, from, to) in phases.into_iter().rev() {
                        add(&mut pieces, Piece { pod: Some(pod), part: Part::of(phase), from, to });
                    }
                    Some((life.created(), life.released))
                }
                _ => None,
            };
            let Some((before, cause)) = next else {
                add(&mut pieces, Piece { pod: None, part: Part::Before, from: self.start, to: at });
                break;
            };
            (cursor, release) = (before, cause);
        }
        pieces.reverse();
        pieces
    }
}

/// Adds a piece that comes before those that are there, if it lasts.
fn add(pieces: &mut Vec<Piece>, piece: Piece) {
    if piece.to > piece.from {
        pieces.push(piece);
    }
}

/// The first phase of a pod, a wait, is one for an old pod from the instant on at which that one got its deletion timestamp,
/// and one for the scheduler from the instant on at which it was gone.
fn split_wait(life: &mut Life, going: SimTime, gone: SimTime) {
    let created = life.created();
    if gone <= created {
        return;
    }
    let mut change = life.changes[0];
    change.phase = Phase::WaitingForOld;
    if going <= created {
        life.changes[0] = change;
    } else {
        change.at = going;
        life.changes.insert(1, change);
    }
}
