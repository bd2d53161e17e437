//! The rows of `pods.csv`: what the pods of chosen replications did, few enough to draw.

use std::collections::{BTreeMap, BTreeSet};

use super::account::Account;
use super::life::Life;
use super::phase::{Part, Phase};
use crate::sim::{NodeId, PodId};
use crate::time::SimTime;

/// Of the pods of the wanted version, and of the others, at most so many have rows of their own.
pub const DRAWN_PODS: usize = 20;

/// Of more pods, so many that took longest have rows of their own in any case.
const SLOWEST: usize = 5;

/// Into so many intervals of equal length the time is divided where pods are counted by phase.
const INTERVALS: u64 = 120;

/// Why a replication is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// The median of those that completed.
    Typical,
    /// The slowest of those that completed.
    Slowest,
    /// One that stalled.
    Stalled,
    /// It was asked for by its number or by a condition.
    Asked,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 4] = [Self::Typical, Self::Slowest, Self::Stalled, Self::Asked];

    /// The word in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Typical => "typical",
            Self::Slowest => "slowest",
            Self::Stalled => "stalled",
            Self::Asked => "asked",
        }
    }

    /// The role of a word in a file.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }
}

/// What a row of `pods.csv` is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Doing {
    /// The whole rollout, from its start to its end; where it did not end, to the horizon.
    Rollout,
    /// From the last progress to the report that there is none (`ProgressDeadlineExceeded`).
    NoProgress,
    /// A part of the deciding chain in which no pod was waited for.
    Between(Part),
    /// A pod, or so many pods, in a phase.
    Pod(Phase),
}

impl Doing {
    /// The word in the column `phase`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rollout => "rollout",
            Self::NoProgress => "no_progress",
            Self::Between(part) => part.as_str(),
            Self::Pod(phase) => phase.as_str(),
        }
    }

    /// What a word in the column `phase` says.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        match word {
            "rollout" => Some(Self::Rollout),
            "no_progress" => Some(Self::NoProgress),
            "controllers" => Some(Self::Between(Part::Controllers)),
            "before" => Some(Self::Between(Part::Before)),
            _ => Phase::named(word).map(Self::Pod),
        }
    }
}

/// A row of `pods.csv`.
#[derive(Clone, Debug, PartialEq)]
pub struct PodRow {
    /// The scenario.
    pub scenario: u32,
    /// The replication.
    pub replication: u32,
    /// Why it is shown.
    pub role: Role,
    /// The pod's name, such as `v2-0`; empty where the row is not about one pod.
    pub pod: String,
    /// The version, counted from 1; `None` where the row is about no pods.
    pub version: Option<u32>,
    /// The pod's node.
    pub node: Option<NodeId>,
    /// What it is or does.
    pub phase: Doing,
    /// From when on, in seconds since the rollout's start.
    pub from_s: f64,
    /// Until when.
    pub to_s: f64,
    /// The row belongs to the chain that decided how long the rollout took. Such rows follow each other without a gap from the
    /// start to the end; of a rollout that stalled, they are those of the pods that held it up.
    pub deciding: bool,
    /// For how many pods the row stands: 1 for a pod, 0 where it is about none. A row of several pods counts those of a version in a
    /// phase at the middle of the interval.
    pub pods: u32,
}

/// The rows of one replication.
#[must_use]
pub fn rows(account: &Account, scenario: u32, replication: u32, role: Role) -> Vec<PodRow> {
    let holding: BTreeSet<PodId> = account.holding().into_iter().collect();
    let writer = Writer { account, scenario, replication, role, holding };
    let end = account.end.unwrap_or(account.until);
    let mut rows = vec![writer.row("", None, Doing::Rollout, (account.start, end), 0)];
    if let Some(stalled) = account.stalled {
        rows.push(writer.row("", None, Doing::NoProgress, (stalled.progress, stalled.at), 0));
    }
    for piece in account.chain.iter().filter(|piece| piece.pod.is_none()) {
        let between = writer.row("", None, Doing::Between(piece.part), (piece.from, piece.to), 0);
        rows.push(PodRow { deciding: true, ..between });
    }
    let shown = shown(account);
    for (id, life) in (0..).zip(&account.pods) {
        if shown.contains(&id) {
            writer.pod(id, life, &mut rows);
        }
    }
    if shown.len() < account.pods.len() {
        writer.counts(&mut rows);
    }
    rows
}

/// The pods with rows of their own: those of the deciding chain, and of the others the slowest and some evenly spaced ones.
#[must_use]
pub fn shown(account: &Account) -> BTreeSet<PodId> {
    let deciding = account.deciding();
    let mut shown: BTreeSet<PodId> = deciding.iter().copied().collect();
    shown.extend(account.holding().into_iter().take(DRAWN_PODS));
    let wanted = |life: &Life| life.version == account.version && !life.found;
    for new in [true, false] {
        let ids: Vec<PodId> =
            (0..).zip(&account.pods).filter(|(_, life)| wanted(life) == new).map(|(id, _)| id).collect();
        if new && ids.len() > DRAWN_PODS {
            let mut slow: Vec<PodId> = ids.clone();
            slow.sort_by_key(|id| std::cmp::Reverse(account.pods[*id as usize].time_to_availability(account.until)));
            shown.extend(slow.into_iter().take(SLOWEST));
        }
        let there = ids.iter().filter(|id| shown.contains(id)).count();
        let more = DRAWN_PODS.saturating_sub(there);
        let rest: Vec<PodId> = ids.into_iter().filter(|id| !shown.contains(id)).collect();
        let every = rest.len().div_ceil(more.max(1)).max(1);
        shown.extend(rest.into_iter().step_by(every).take(more));
    }
    shown
}

struct Writer<'a> {
    account: &'a Account,
    scenario: u32,
    replication: u32,
    role: Role,
    holding: BTreeSet<PodId>,
}

impl Writer<'_> {
    fn row(&self, pod: &str, life: Option<&Life>, phase: Doing, (from, to): (SimTime, SimTime), pods: u32) -> PodRow {
        let seconds = |at: SimTime| at.since(self.account.start).as_secs_f64();
        PodRow {
            scenario: self.scenario,
            replication: self.replication,
            role: self.role,
            pod: pod.to_owned(),
            version: life.map(|life| u32::from(life.version) + 1),
            node: life.and_then(|life| life.node),
            phase,
            from_s: seconds(from),
            to_s: seconds(to),
            deciding: false,
            pods,
        }
    }

    fn pod(&self, id: PodId, life: &Life, rows: &mut Vec<PodRow>) {
        let name = life.name();
        let pieces = &self.account.chain;
        let holds = self.holding.contains(&id);
        let stalled = self.account.stalled.map_or(SimTime::ZERO, |stalled| stalled.at);
        for (phase, from, to) in life.intervals(self.account.until) {
            let of_chain = pieces.binary_search_by_key(&from, |piece| piece.from);
            let of_chain = of_chain.is_ok_and(|place| pieces[place].pod == Some(id) && pieces[place].to == to);
            let row = self.row(&name, Some(life), Doing::Pod(phase), (from, to), 1);
            rows.push(PodRow { deciding: of_chain || holds && self.account.end.is_none() && from < stalled, ..row });
        }
    }

    /// Counts all pods by version and phase.
    fn counts(&self, rows: &mut Vec<PodRow>) {
        let account = self.account;
        let length = account.until.since(account.start).as_nanos().div_ceil(INTERVALS).max(1);
        let mut counts: BTreeMap<(u64, u16, Phase), u32> = BTreeMap::new();
        for life in &account.pods {
            for (phase, from, to) in life.intervals(account.until) {
                let first = (from.since(account.start).as_nanos() + length / 2) / length;
                let after = (to.since(account.start).as_nanos() + length / 2) / length;
                for interval in first..after {
                    *counts.entry((interval, life.version, phase)).or_default() += 1;
                }
            }
        }
        let at = |interval: u64| account.start + crate::time::SimDuration::from_nanos(interval * length);
        for ((interval, version, phase), pods) in counts {
            let row = self.row("", None, Doing::Pod(phase), (at(interval), at(interval + 1)), pods);
            rows.push(PodRow { version: Some(u32::from(version) + 1), ..row });
        }
    }
}
