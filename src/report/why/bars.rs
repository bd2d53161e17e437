//! What the pods did over time, one line of text for each.

use super::glyphs::Bars;
use super::page::Page;
use crate::diagnosis::{Account, Life, Phase, PodId, shown};
use crate::report::format;
use crate::time::SimDuration;

/// Columns of the names, where these are not longer.
const NAMES: usize = 9;
/// So many pods are drawn at most.
const ROWS: usize = 6;

/// The new pods that decided, or that hold the rollout up, and some others, up to the end or the stall.
pub(super) fn text(account: &Account, page: Page<'_>) -> String {
    let end = account.end.or(account.stalled.map(|stalled| stalled.at)).unwrap_or(account.until);
    let whole = end.since(account.start).as_nanos();
    let pods = drawn(account);
    let names =
        pods.iter().filter_map(|id| account.pod(*id)).map(|life| life.name().len() + 3).max().unwrap_or(0).max(NAMES);
    let columns = page.width.saturating_sub(names + 1) as u64;
    if pods.is_empty() || whole == 0 || columns < 20 {
        return String::new();
    }
    let mut text =
        format!("{:<names$}{}\n", "new pods", axis(end.since(account.start).as_secs_f64(), columns as usize));
    let mut used: Vec<Phase> = Vec::new();
    for life in pods.iter().filter_map(|id| account.pod(*id)) {
        let mut line = format!("{:<names$}", format!("  {}", life.name()));
        for column in 0..columns {
            let at = account.start + SimDuration::from_nanos(whole / columns * column + whole / columns / 2);
            let phase = life.phase_at(at);
            line.push(phase.map_or(' ', |phase| page.bars.of(phase)));
            used.extend(phase.filter(|phase| !phase.words().is_empty()));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    let new = account.pods.iter().filter(|life| is_new(account, life)).count();
    for line in format::wrap(&key(page.bars, used, new - pods.len()), page.width.saturating_sub(names)) {
        text.push_str(&format!("{:names$}{line}\n", ""));
    }
    text + "\n"
}

/// What the characters mean, and how many pods are not drawn.
fn key(bars: Bars, mut used: Vec<Phase>, others: usize) -> String {
    used.sort_unstable();
    used.dedup_by_key(|phase| phase.words());
    let words: Vec<String> = used.iter().map(|phase| format!("{} {}", bars.of(*phase), phase.words())).collect();
    let words = words.join(", ");
    if others == 0 { words } else { format!("{words}; {} not shown", format::plural(others as u64, "other new pod")) }
}

fn is_new(account: &Account, life: &Life) -> bool {
    life.version == account.version && !life.found
}

fn drawn(account: &Account) -> Vec<PodId> {
    let new = |id: &PodId| account.pod(*id).is_some_and(|life| is_new(account, life));
    let mut pods: Vec<PodId> = account.deciding().into_iter().chain(account.holding()).filter(new).collect();
    let first = pods.len().saturating_sub(ROWS);
    pods.drain(..first);
    let others: Vec<PodId> = shown(account).into_iter().filter(|id| new(id) && !pods.contains(id)).collect();
    pods.extend(others.into_iter().take(ROWS.saturating_sub(pods.len()).min(2)));
    pods.sort_unstable();
    pods.dedup();
    pods
}

/// The instants below which columns stand.
fn axis(seconds: f64, columns: usize) -> String {
    let steps =
        [1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 7200.0, 21_600.0, 86_400.0];
    let step = steps.into_iter().find(|step| seconds / step <= columns as f64 / 14.0).unwrap_or(604_800.0);
    let mut line: Vec<char> = vec![' '; columns];
    let mut at = 0.0;
    while at < seconds {
        let place = (at / seconds * columns as f64) as usize;
        let label = if at == 0.0 { "0".to_owned() } else { format::time(at) };
        if place + label.chars().count() <= columns {
            line.splice(place..place + label.chars().count(), label.chars());
        }
        at += step;
    }
    line.into_iter().collect::<String>().trim_end().to_owned()
}
