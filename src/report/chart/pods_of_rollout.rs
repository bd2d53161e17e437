//! Rows of `pods.csv` by rollout and by pod.

use crate::diagnosis::{Doing, Part, Phase, PodRow, Role};
use crate::report::format;

/// A pod with its rows, in order of time.
#[derive(Debug)]
pub(super) struct Bar<'a> {
    pub(super) name: &'a str,
    /// It came in the rollout.
    pub(super) new: bool,
    pub(super) rows: Vec<&'a PodRow>,
}

/// Pods by phase in an interval, in the order in which they are stacked.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) from: f64,
    pub(super) to: f64,
    /// Phase, whether the pods are new ones, and how many.
    pub(super) pods: Vec<(Phase, bool, u32)>,
}

/// A rollout as its rows have it.
#[derive(Debug)]
pub(super) struct Rollout<'a> {
    pub(super) role: Role,
    pub(super) replication: u32,
    /// Its end, or the horizon.
    pub(super) end: f64,
    /// It came to its end.
    pub(super) ended: bool,
    /// The last progress before a stall, and the report of it.
    stalled: Option<(f64, f64)>,
    rows: Vec<&'a PodRow>,
    /// New pods first, in order of their creation.
    pub(super) bars: Vec<Bar<'a>>,
    /// All pods by phase, where not all have rows of their own.
    pub(super) counts: Vec<Column>,
}

/// Where all pods are counted, so many have bars at most.
const BARS_BESIDE_COUNTS: usize = 10;
/// How long after its end a rollout is drawn at most, as a share of its time: old pods still terminate then.
const AFTER: f64 = 0.15;

/// The rollouts of the rows, in the order of the roles.
pub(super) fn rollouts(rows: &[PodRow]) -> Vec<Rollout<'_>> {
    let of_role = |role: Role| {
        let rows: Vec<&PodRow> = rows.iter().filter(|row| row.role == role).collect();
        (!rows.is_empty()).then(|| Rollout::of(role, rows))
    };
    Role::ALL.into_iter().filter_map(of_role).collect()
}

impl<'a> Rollout<'a> {
    fn of(role: Role, rows: Vec<&'a PodRow>) -> Self {
        let find = |doing: Doing| rows.iter().find(|row| row.phase == doing).map(|row| (row.from_s, row.to_s));
        let counts = columns(&rows);
        let mut bars = bars(&rows);
        if !counts.is_empty() {
            bars = few(bars);
        }
        let between = rows.iter().any(|row| row.deciding && row.pod.is_empty());
        Self {
            role,
            replication: rows.first().map_or(0, |row| row.replication),
            end: find(Doing::Rollout).map_or(0.0, |(_, end)| end),
            ended: between,
            stalled: find(Doing::NoProgress),
            bars,
            counts,
            rows,
        }
    }

    /// The last instant that is worth drawing: somewhat after the end, or after the report of a stall.
    pub(super) fn seen_until(&self) -> f64 {
        let last = self.rows.iter().map(|row| row.to_s).fold(0.0, f64::max);
        let end = match (self.ended, self.stalled) {
            (false, Some((_, at))) => at,
            _ => self.end,
        };
        last.min(end * (1.0 + AFTER))
    }

    /// When it was decided how the rollout goes: at its end, or at the report of the stall.
    pub(super) fn decided_at(&self) -> f64 {
        self.stalled.filter(|_| !self.ended).map_or(self.end, |(_, at)| at)
    }

    /// Instants that are marked, with their words.
    pub(super) fn marks(&self) -> Vec<(f64, String)> {
        let mut marks = Vec::new();
        if self.ended {
            marks.push((self.end, format!("complete {}", format::time(self.end))));
        }
        if let Some((progress, at)) = self.stalled {
            marks.push((progress, format!("last progress {}", format::time(progress))));
            marks.push((at, format!("stalled {}", format::time(at))));
        }
        marks
    }

    /// Every phase that is drawn, with whether the pod is a new one.
    pub(super) fn phases(&self) -> Vec<(Phase, bool)> {
        let of_bars = self.bars.iter().flat_map(|bar| bar.rows.iter().map(|row| (row.phase, bar.new)));
        let of_bars =
            of_bars.filter_map(|(doing, new)| if let Doing::Pod(phase) = doing { Some((phase, new)) } else { None });
        let of_counts = self.counts.iter().flat_map(|column| &column.pods).map(|(phase, new, _)| (*phase, *new));
        of_bars.chain(of_counts).collect()
    }

    /// The parts of its time, in seconds. Empty where it did not come to its end.
    pub(super) fn parts(&self) -> Vec<(Part, f64)> {
        let deciding = self.rows.iter().filter(|row| row.deciding && self.ended);
        let part = |row: &&&PodRow| match row.phase {
            Doing::Between(part) => Some(part),
            Doing::Pod(phase) => Some(Part::of(phase)),
            Doing::Rollout | Doing::NoProgress => None,
        };
        let mut sums: Vec<(Part, f64)> = Vec::new();
        for row in deciding {
            let (Some(part), length) = (part(&row), row.to_s - row.from_s) else { continue };
            match sums.iter_mut().find(|(known, _)| *known == part) {
                Some((_, sum)) => *sum += length,
                None => sums.push((part, length)),
            }
        }
        sums
    }
}

impl Bar<'_> {
    /// From when to when it belongs to the deciding chain.
    pub(super) fn deciding(&self) -> Option<(f64, f64)> {
        let mut rows = self.rows.iter().filter(|row| row.deciding);
        let from = rows.next()?.from_s;
        Some((from, self.rows.iter().rfind(|row| row.deciding)?.to_s))
    }

    fn begins(&self) -> f64 {
        self.rows.first().map_or(0.0, |row| row.from_s)
    }
}

/// The pods with rows of their own. A pod that was available or not Ready from the start on was there before.
fn bars<'a>(rows: &[&'a PodRow]) -> Vec<Bar<'a>> {
    let mut bars: Vec<Bar<'a>> = Vec::new();
    for row in rows.iter().filter(|row| !row.pod.is_empty()) {
        match bars.last_mut().filter(|bar| bar.name == row.pod) {
            Some(bar) => bar.rows.push(row),
            None => {
                let before = row.from_s == 0.0 && matches!(row.phase, Doing::Pod(Phase::Available | Phase::NotReady));
                bars.push(Bar { name: &row.pod, new: !before, rows: vec![row] });
            }
        }
    }
    bars.sort_by(|one, other| other.new.cmp(&one.new).then(one.begins().total_cmp(&other.begins())));
    bars
}

/// The pods of the chain, the last ones where there are many, and others in the order of their creation.
fn few(bars: Vec<Bar<'_>>) -> Vec<Bar<'_>> {
    let deciding = bars.iter().filter(|bar| bar.deciding().is_some()).count();
    let mut passed = deciding.saturating_sub(BARS_BESIDE_COUNTS);
    let mut others = BARS_BESIDE_COUNTS.saturating_sub(deciding);
    bars.into_iter()
        .filter(|bar| {
            let room = if bar.deciding().is_some() { &mut passed } else { &mut others };
            let left = *room > 0;
            *room = room.saturating_sub(1);
            if bar.deciding().is_some() { !left } else { left && bar.new }
        })
        .collect()
}

/// Counts by interval. Pods of the highest version are the new ones.
fn columns(rows: &[&PodRow]) -> Vec<Column> {
    let counted = || rows.iter().filter(|row| row.pod.is_empty() && row.pods > 0);
    let newest = counted().filter_map(|row| row.version).max();
    let mut columns: Vec<Column> = Vec::new();
    for row in counted() {
        let Doing::Pod(phase) = row.phase else { continue };
        let entry = (phase, row.version == newest && newest > Some(1), row.pods);
        match columns.last_mut().filter(|column| column.from == row.from_s) {
            Some(column) => column.pods.push(entry),
            None => columns.push(Column { from: row.from_s, to: row.to_s, pods: vec![entry] }),
        }
    }
    for column in &mut columns {
        // Available new pods are the ground; what comes later in a pod's life stands below what comes earlier.
        column.pods.sort_by_key(|(phase, new, _)| {
            (!*new, std::cmp::Reverse(*phase <= Phase::Available), std::cmp::Reverse(*phase))
        });
    }
    columns
}
