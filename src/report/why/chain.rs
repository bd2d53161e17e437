//! The chain of pods that decided, in sentences.

use super::page::{listed, wrapped};
use crate::diagnosis::{Account, Life, Part, Phase, PodId, Release};
use crate::k8s::objects::Strategy;
use crate::report::format;
use crate::scenario::{DaemonSet, Scenario, SetSpec, StatefulSet};

/// Of more pods than this the first and the last ones are named.
const NAMED: usize = 6;

/// The pods that decided, one line each, and what let each come.
pub(super) fn text(account: &Account, scenario: &Scenario, width: usize) -> String {
    let deciding = account.deciding();
    if deciding.is_empty() {
        return String::new();
    }
    let mut text = String::from("the pods that decided\n");
    let left_out = deciding.len().saturating_sub(NAMED);
    for (place, pod) in deciding.iter().enumerate() {
        if left_out > 0 && (NAMED / 2..NAMED / 2 + left_out).contains(&place) {
            if place == NAMED / 2 {
                text.push_str(&format!("  ... {} more, one after the other\n", format::count(left_out as u64)));
            }
            continue;
        }
        if let Some(life) = account.pod(*pod) {
            text.push_str(&line((account, scenario), *pod, life, width));
        }
    }
    if let Some(binding) = binding(account, scenario) {
        text.push_str(&wrapped(&binding, width));
    }
    text.push('\n');
    text
}

fn line((account, scenario): (&Account, &Scenario), id: PodId, life: &Life, width: usize) -> String {
    let after = |at: crate::time::SimTime| format::time(at.since(account.start).as_secs_f64());
    let came = match life.released {
        _ if life.found => "was there before".to_owned(),
        Release::Start => "came at the start".to_owned(),
        Release::Changed(_) => format!("came when the {} was changed", scenario.kind()),
        Release::Available(pod, _) => format!("came when {} was available", name(account, pod)),
        Release::Gone(pod, _) => format!("came when {} was gone", name(account, pod)),
        Release::Replaced(pod, _) => format!("came in place of {}", name(account, pod)),
    };
    let last = account.chain.iter().rev().find(|piece| piece.pod == Some(id)).map(|piece| piece.to);
    let until = match last {
        Some(at)
            if account.chain.iter().any(|piece| piece.pod == Some(id) && piece.part == Part::OldPods && life.found) =>
        {
            format!(", gone after {}", after(at))
        }
        Some(at) if life.phase_at(at) == Some(Phase::Ready) => format!(", Ready after {}", after(at)),
        Some(at) => format!(", available after {}", after(at)),
        None => String::new(),
    };
    let node = life.node.map_or(String::new(), |node| format!(" on node-{node}"));
    let line = format!("{}{node}: {came}{until}", life.name());
    format::wrap(&line, width.saturating_sub(2)).iter().map(|line| format!("  {line}\n")).collect()
}

fn name(account: &Account, pod: PodId) -> String {
    account.pod(pod).map_or_else(|| "another pod".to_owned(), Life::name)
}

/// Which limit kept pods of the chain from coming earlier.
pub(super) fn binding(account: &Account, scenario: &Scenario) -> Option<String> {
    match scenario.set() {
        Some(SetSpec::StatefulSet(set)) => return in_order(account, &set),
        Some(SetSpec::DaemonSet(set)) if !set.spec.allows_surge() => return on_nodes(account, &set),
        _ => {}
    }
    let after_another = |life: &Life| matches!(life.released, Release::Available(..)) && !life.found;
    let deciding = account.deciding();
    let follows = deciding.iter().filter_map(|pod| account.pod(*pod)).filter(|life| after_another(life)).count();
    if follows == 0 {
        return None;
    }
    match scenario.deployment.strategy {
        Strategy::RollingUpdate { max_surge, .. } if scenario.daemon_set().is_some() => Some(format!(
            "maxSurge, which is {max_surge} here, lets {} of these pods come only after another one was available; an old pod goes when the \
             new one on its node is available.",
            format::count(follows as u64)
        )),
        Strategy::RollingUpdate { max_surge, max_unavailable } => Some(format!(
            "maxSurge {max_surge} and maxUnavailable {max_unavailable} let {} of these pods come only after another one was available.",
            format::count(follows as u64)
        )),
        Strategy::Recreate => None,
    }
}

/// What kept pods of a StatefulSet from being replaced earlier.
fn in_order(account: &Account, set: &StatefulSet) -> Option<String> {
    let deciding = account.deciding();
    let after_another = |life: &&Life| matches!(life.dismissed, Release::Available(..));
    let follows = deciding.iter().filter_map(|pod| account.pod(*pod)).filter(after_another).count();
    let policy = if set.spec.is_ordered() { "OrderedReady" } else { "Parallel" };
    (follows > 0).then(|| {
        format!(
            "podManagementPolicy {policy} and maxUnavailable {} let {} of these pods go only after another one was available; the pod \
             that takes the place of one comes when that one is gone.",
            set.max_unavailable(),
            format::count(follows as u64)
        )
    })
}

/// What kept pods of a DaemonSet from being replaced earlier, where a node has one pod at a time.
fn on_nodes(account: &Account, set: &DaemonSet) -> Option<String> {
    let deciding = account.deciding();
    let after_another = |life: &&Life| matches!(life.dismissed, Release::Available(..));
    let follows = deciding.iter().filter_map(|pod| account.pod(*pod)).filter(after_another).count();
    (follows > 0).then(|| {
        format!(
            "maxUnavailable {} let {} of these pods go only after another one was available; the pod that takes the place of one on its \
             node comes when that one is gone.",
            set.spec.max_unavailable,
            format::count(follows as u64)
        )
    })
}

/// One sentence on where the time of a rollout went, for the end of its log; `None` where it did not end.
#[must_use]
pub fn closing(account: &Account) -> Option<String> {
    let whole = account.duration()?.as_secs_f64();
    let mut parts = account.parts();
    parts.sort_by_key(|(_, length)| std::cmp::Reverse(*length));
    let shown: Vec<String> = parts
        .iter()
        .filter(|(_, length)| length.as_secs_f64() >= 0.05 * whole)
        .map(|(part, length)| format!("{} {}", part.words(), format::time(length.as_secs_f64())))
        .collect();
    let pods: Vec<String> = account.deciding().iter().filter_map(|pod| Some(account.pod(*pod)?.name())).collect();
    let decided = match pods.len() {
        0 => String::new(),
        1..=4 => format!(" {} decided.", listed(&pods)),
        many => format!(" {} pods, one after the other, decided.", format::count(many as u64)),
    };
    (!shown.is_empty()).then(|| format!("Where the time went: {}.{decided}", shown.join("; ")))
}
