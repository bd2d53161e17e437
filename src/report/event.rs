//! How texts speak of what is measured. They are written for rollouts; where something else is measured, its name stands in
//! their place.

use super::format;
use crate::analysis::ScenarioResult;
use crate::analysis::headlines::UNFINISHED;
use crate::k8s::disruption::{Amount, Budget};
use crate::plan::Plan;
use crate::scenario::{MeasuredEvent, Node, Observe, Scenario, Until, room_of};
use crate::time::SimDuration;

/// What texts are written about.
pub const ROLLOUT: &str = "rollout";

/// What one run of `event` is called. Every name begins with a consonant and has its plural with `s`, so that it can stand where
/// texts have `rollout`.
pub(super) fn noun_of(event: &MeasuredEvent) -> &'static str {
    match event {
        MeasuredEvent::Rollout => ROLLOUT,
        MeasuredEvent::Scale { .. } => "scaling",
        MeasuredEvent::Drain { .. } => "drain",
        MeasuredEvent::Upgrade => "node upgrade",
        MeasuredEvent::Reclaim { .. } => "reclaim",
        _ => "run",
    }
}

/// What one run of the scenarios of `plan` is called.
#[must_use]
pub fn noun(plan: &Plan) -> &'static str {
    let mut nouns = plan.scenarios.iter().filter(|one| !is_bystander(one)).map(|scenario| noun_of(&scenario.event));
    let Some(first) = nouns.next() else { return ROLLOUT };
    if nouns.all(|noun| noun == first) { first } else { "run" }
}

/// Whether nothing happens to a workload whose neighbours roll: it is measured beside them.
fn is_bystander(scenario: &Scenario) -> bool {
    scenario.world.is_some() && scenario.event == MeasuredEvent::Nothing
}

/// A sentence about rollouts as one about what is called `noun`. The command `kubectl rollout` keeps its name.
#[must_use]
pub fn say(sentence: String, noun: &str) -> String {
    if noun == ROLLOUT {
        return sentence;
    }
    let mut text = String::with_capacity(sentence.len());
    let mut rest = sentence.as_str();
    while let Some(at) = rest.find(ROLLOUT) {
        let (before, from) = rest.split_at(at);
        let after = &from[ROLLOUT.len()..];
        let alone = |c: char| c.is_alphanumeric() || matches!(c, '/' | '-' | '_' | '.');
        let begins = text.chars().chain(before.chars()).next_back().is_none_or(|c| !alone(c));
        let named = ["kubectl ", "event "].iter().any(|word| before.ends_with(word));
        let ends = after.strip_prefix('s').unwrap_or(after).chars().next().is_none_or(|c| !c.is_alphanumeric());
        text.push_str(before);
        text.push_str(if begins && ends && !named { noun } else { ROLLOUT });
        rest = after;
    }
    text.push_str(rest);
    text
}

/// What happens in `scenario`, as a heading; `None` for a rollout.
#[must_use]
pub fn title(scenario: &Scenario) -> Option<String> {
    Some(match &scenario.event {
        MeasuredEvent::Scale { from } => format!("Scaling from {from} to {}", scenario.deployment.replicas),
        MeasuredEvent::Drain { nodes } => match nodes.as_slice() {
            [node] => format!("Drain of node {node}"),
            nodes => {
                let numbers: Vec<String> = nodes.iter().map(u32::to_string).collect();
                format!("Drain of nodes {}", listed(&numbers))
            }
        },
        MeasuredEvent::Upgrade => "Upgrade of all nodes".into(),
        MeasuredEvent::Reclaim { nodes, notice } => {
            format!("Reclaim of {}, announced {} before", format::plural(u64::from(*nodes), "node"), length(*notice))
        }
        MeasuredEvent::Nothing => format!("No event, watched for {}", length(scenario.horizon)),
        _ => return None,
    })
}

/// The headings of all events of `plan`, each once; empty where all are rollouts.
#[must_use]
pub fn titles(plan: &Plan) -> Vec<String> {
    let mut titles: Vec<String> = Vec::new();
    let titled = plan.scenarios.iter().filter(|one| !is_bystander(one)).filter_map(|one| Some((one, title(one)?)));
    for (scenario, title) in titled {
        let title = scenario.workload().map_or(title.clone(), |workload| format!("{workload}: {title}"));
        if !titles.contains(&title) {
            titles.push(title);
        }
    }
    titles
}

/// What completed means in `scenario`, and for how long it is followed then, in a sentence; `None` for a rollout that is not.
pub(super) fn meaning(scenario: &Scenario) -> Option<String> {
    let completed = match (&scenario.event, scenario.until) {
        (MeasuredEvent::Rollout, _) => None,
        (MeasuredEvent::Scale { .. }, _) => Some("kubectl rollout status reports success".to_owned()),
        (MeasuredEvent::Drain { .. }, Until::Settled { .. }) => {
            Some("the nodes are drained and all wanted pods are available".into())
        }
        (MeasuredEvent::Upgrade, Until::Settled { .. }) => {
            Some("all nodes are back and all wanted pods are available".into())
        }
        (MeasuredEvent::Reclaim { .. }, Until::Settled { .. }) => {
            Some("the nodes are gone and all wanted pods are available".into())
        }
        _ => Some("the time is over".into()),
    };
    let followed = match scenario.observe() {
        Observe::Not => None,
        Observe::OldPodsGone => Some("until the last pod is gone that was to go".to_owned()),
        Observe::For(time) => Some(format!("for {}", length(time))),
    };
    match (completed, followed) {
        (None, None) => None,
        (Some(completed), None) => Some(format!("Completed: {completed}.")),
        (None, Some(followed)) => Some(format!("Followed after success {followed}.")),
        (Some(completed), Some(followed)) => Some(format!("Completed: {completed}. Followed then {followed}.")),
    }
}

/// Why the event of `scenario` does not end, where that is seen: nodes are not drained, or pods find no place.
pub(super) fn refusal(scenario: &Scenario, result: &ScenarioResult) -> Option<String> {
    if !result.value(UNFINISHED.figure).is_some_and(|share| share > 0.0) {
        return None;
    }
    no_eviction(scenario, result).or_else(|| no_place(scenario))
}

/// Why an event never ends: fewer pods than are wanted have a place, on the nodes that are left or in the quota.
fn no_place(scenario: &Scenario) -> Option<String> {
    let is_taken = |number: u32| match &scenario.event {
        MeasuredEvent::Drain { nodes } => nodes.contains(&number),
        MeasuredEvent::Reclaim { nodes, .. } => number < *nodes,
        _ => false,
    };
    let place = match scenario.event {
        MeasuredEvent::Scale { .. } => "the nodes have",
        MeasuredEvent::Drain { .. } | MeasuredEvent::Reclaim { .. } => "the other nodes have",
        _ => return None,
    };
    let wanted = u64::try_from(scenario.deployment.replicas).unwrap_or(0);
    let left = |(number, node): (u32, &Node)| Node { slots: if is_taken(number) { 0 } else { node.slots }, ..*node };
    let left: Vec<Node> = (0..).zip(&scenario.cluster.nodes).map(left).collect();
    let found_on = &scenario.cluster.found_on;
    let stay: Vec<u32> = found_on.iter().copied().filter(|number| !is_taken(*number)).collect();
    let on_nodes = (room_of(&left, &stay), place);
    let in_quota = scenario.cluster.pod_quota.map(|quota| (u64::from(quota), "the quota has"));
    let (room, place) = in_quota.into_iter().fold(on_nodes, |least, one| if one.0 < least.0 { one } else { least });
    (room < wanted).then(|| format!("Unfinished: {place} room for {room} of the {wanted} pods."))
}

fn no_eviction(scenario: &Scenario, result: &ScenarioResult) -> Option<String> {
    let drains = matches!(scenario.event, MeasuredEvent::Drain { .. } | MeasuredEvent::Upgrade);
    let budget = scenario.cluster.disruption_budget.filter(|_| drains)?;
    let replicas = result.replicas;
    let (healthy, written) = (budget.desired_healthy(replicas), written(budget));
    Some(if budget.allows(replicas, replicas, true) {
        format!(
            "Unfinished: the PodDisruptionBudget ({written}) refuses evictions while fewer than {} of {replicas} pods are Ready.",
            healthy + 1
        )
    } else {
        format!(
            "Unfinished: the PodDisruptionBudget ({written}) asks for {healthy} of {replicas} Ready pods and refuses every \
             eviction, so that no such node is ever drained."
        )
    })
}

fn written(budget: Budget) -> String {
    match budget.amount {
        Amount::MinAvailable(amount) => format!("minAvailable: {amount}"),
        Amount::MaxUnavailable(amount) => format!("maxUnavailable: {amount}"),
    }
}

/// `0, 1 and 2`
pub(super) fn listed(items: &[String]) -> String {
    match items {
        [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        items => items.concat(),
    }
}

fn length(time: SimDuration) -> String {
    format::duration(time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_about_rollouts_are_said_of_other_events() {
        let table = [
            ("None of 5 rollouts stalled.", "None of 5 scalings stalled."),
            ("the rollout's start; kubectl rollout status", "the scaling's start; kubectl rollout status"),
            ("deployment/rollout, my-rollout, event rollout", "deployment/rollout, my-rollout, event rollout"),
            ("rollout", "scaling"),
        ];
        for (sentence, expected) in table {
            assert_eq!(say(sentence.into(), "scaling"), expected);
            assert_eq!(say(sentence.into(), "rollout"), sentence);
        }
    }
}
