//! The parts of a rollout's time, as a table and as sentences.

use std::collections::BTreeMap;

use super::chain;
use super::page::{Page, listed, wrapped};
use crate::diagnosis::{Account, Incident, Life, Part, Phase, Piece};
use crate::report::format;
use crate::scenario::Scenario;
use crate::time::SimDuration;
use crate::why::Why;

/// Columns of the words and of each length.
const WORDS: usize = 40;
const LENGTH: usize = 10;
/// The widest bar.
const BAR: usize = 48;

/// What took the time, in sentences and a table.
pub(super) fn text(why: &Why, scenario: &Scenario, page: Page<'_>) -> String {
    let Some(asked) = why.asked() else { return String::new() };
    let typical = why.shown.iter().find(|shown| shown.replication != asked.replication).map(|shown| &shown.account);
    let mut text = wrapped(&sentences(&asked.account, typical, scenario), page.width);
    text.push('\n');
    text.push_str(&table(&asked.account, typical, page));
    text.push('\n');
    text.push_str(&chain::text(&asked.account, scenario, page.width));
    text
}

/// What made it longer than a typical one, and what one would see in the cluster.
fn sentences(account: &Account, typical: Option<&Account>, scenario: &Scenario) -> String {
    let mut sentences = Vec::new();
    if let Some(typical) = typical {
        sentences.push(longer(account, typical));
    }
    sentences.extend(seen(account, typical, scenario));
    sentences.join(" ")
}

fn longer(account: &Account, typical: &Account) -> String {
    let (Some(own), Some(other)) = (account.duration(), typical.duration()) else { return String::new() };
    let (own, other) = (own.as_secs_f64(), other.as_secs_f64());
    let mut changes: Vec<(Part, f64)> = by_part(account, typical)
        .into_iter()
        .map(|(part, [own, other])| (part, own.as_secs_f64() - other.as_secs_f64()))
        .collect();
    changes.sort_by(|one, other| other.1.abs().total_cmp(&one.1.abs()));
    // A part that makes up less than a twentieth of the difference explains nothing.
    let worth = changes.iter().filter(|(_, change)| change.abs() >= 0.05 * (own - other).abs() && change.abs() >= 0.05);
    let words: Vec<String> = worth
        .take(3)
        .map(|(part, change)| {
            let more = if *change > 0.0 { "more" } else { "less" };
            format!("{} {} {more}", part.words(), format::time(change.abs()))
        })
        .collect();
    let than = if own >= other { "longer" } else { "less" };
    let reason = if words.is_empty() { String::new() } else { format!(": {}", words.join("; ")) };
    format!("It took {} {than} than the typical one{reason}.", format::time((own - other).abs()))
}

/// The lengths of each part that one of two rollouts has.
fn by_part(account: &Account, typical: &Account) -> BTreeMap<Part, [SimDuration; 2]> {
    let mut lengths: BTreeMap<Part, [SimDuration; 2]> = BTreeMap::new();
    for (place, account) in [account, typical].into_iter().enumerate() {
        for (part, length) in account.parts() {
            lengths.entry(part).or_default()[place] = length;
        }
    }
    lengths
}

/// What stands behind the longest piece of the chain, as far as one would see it in the cluster.
fn seen(account: &Account, typical: Option<&Account>, scenario: &Scenario) -> Option<String> {
    let usual = |part| typical.and_then(|typical| typical.parts().into_iter().find(|(known, _)| *known == part));
    let excess = |(part, length): &(Part, SimDuration)| {
        length.saturating_sub(usual(*part).map_or(SimDuration::ZERO, |(_, usual)| usual))
    };
    let of_pods = |part: Part| account.chain.iter().filter(move |piece| piece.pod.is_some() && piece.part == part);
    let parts = account.parts().into_iter().filter(|(part, _)| of_pods(*part).next().is_some());
    let (part, _) = parts.max_by_key(excess)?;
    let longest = of_pods(part).max_by_key(|piece| piece.length())?;
    let pod = longest.pod?;
    let life = account.pod(pod)?;
    let length = format::time(longest.length().as_secs_f64());
    let (name, node) = (life.name(), life.node.map_or(String::new(), |node| format!("node-{node}")));
    match longest.part {
        Part::Pull => Some(pulled(account, longest, &node, &length)),
        Part::Node | Part::OldPods if !life.found => {
            let refusals = life.incidents.iter().find_map(|(_, incident)| match incident {
                Incident::Unschedulable(refusals) => Some(*refusals),
                _ => None,
            })?;
            let message = refusals.message(&scenario.cluster.explanation.resources);
            Some(format!("{name} waited {length} for a node: {message}."))
        }
        Part::Restart => {
            let times =
                life.incidents.iter().filter(|(_, one)| matches!(one, Incident::Killed(_) | Incident::Exited)).count();
            Some(format!("{name} was restarted {}.", format::plural(times as u64, "time")))
        }
        Part::Lost => Some(format!("{name} was on {node}, which was lost, for {length} before it was replaced.")),
        part => Some(format!("{name} on {node}: {} took {length}.", part.words())),
    }
}

/// Which node pulled for how long, and which pods waited for it.
fn pulled(account: &Account, piece: &Piece, node: &str, length: &str) -> String {
    let waits = |life: &&Life| {
        let until = life.intervals(account.until).find(|(phase, ..)| *phase == Phase::Pulling).map(|(.., to)| to);
        life.node == piece.pod.and_then(|pod| account.pod(pod)?.node) && until == Some(piece.to)
    };
    let waiting: Vec<String> = account.pods.iter().filter(waits).map(Life::name).collect();
    let who = match waiting.len() {
        0 | 1 => String::new(),
        2..=4 => format!("; {} pods, {}, waited for it", waiting.len(), listed(&waiting)),
        many => format!("; {many} pods waited for it"),
    };
    format!("{} pulled the image for {length}{who}.", format::capital(node))
}

/// The parts of one rollout, beside those of a typical one.
fn table(account: &Account, typical: Option<&Account>, page: Page<'_>) -> String {
    let lengths = typical.map_or_else(
        || account.parts().into_iter().map(|(part, length)| (part, [length, SimDuration::ZERO])).collect(),
        |typical| by_part(account, typical),
    );
    let longest = lengths.values().map(|[own, _]| own.as_secs_f64()).fold(1e-9, f64::max);
    let room = page.width.saturating_sub(WORDS + 2 * LENGTH + 3).min(BAR);
    let row = |words: &str, own: &str, other: &str, bar: &str| {
        let other = if typical.is_some() { format!("{other:>LENGTH$}") } else { String::new() };
        format!("{}\n", format!("{words:<WORDS$}{own:>LENGTH$}{other}   {bar}").trim_end())
    };
    let mut text = row("where the time went", "this one", "typical", "");
    for (part, [own, other]) in &lengths {
        let [own, other] = [own, other].map(|length| length.as_secs_f64());
        let bar = page.bars.bar((own / longest * room as f64).round() as usize);
        text.push_str(&row(&format!("  {}", part.words()), &format::time(own), &format::time(other), &bar));
    }
    let whole =
        |account: &Account| account.duration().map_or(String::new(), |length| format::time(length.as_secs_f64()));
    text.push_str(&row("  in all", &whole(account), &typical.map_or(String::new(), whole), ""));
    text
}
