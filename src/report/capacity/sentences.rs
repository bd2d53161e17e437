//! The sentences of the answer.

use super::Answered;
use super::phrases::{NAMED, amount, is_refused, name, name_of, of_quota, share, short, wait_p99};
use super::supply::binds_and_drives;
use crate::analysis::Assumption;
use crate::analysis::capacity::{Capacity, Demand, Fit, Limit, Outage, Resource, Supply, Trial, Turn};
use crate::k8s::objects::Strategy;
use crate::report::{format, premises, words};
use crate::scenario::{Order, Room};
use crate::stats::OrderStatistic;

/// The keys of the times that decide how long old and new pods are there together.
const TIMES: [&str; 3] = ["pods.start", "pods.warmUp", "pods.termination"];

/// The answer in one sentence.
#[must_use]
pub fn title(capacity: &Capacity) -> String {
    let all = capacity.moving;
    let Some(best) = capacity.best() else { return without_best(capacity) };
    let what = match &best.order {
        _ if all == 1 => "The rollout fits".to_owned(),
        Order::Together => format!("All {all} rollouts fit at once"),
        Order::Waves(_) => "The waves of this release fit".into(),
        _ => format!("Roll at most {} at a time", format::count(best.at_once as u64)),
    };
    if best.fit == Fit::Fits {
        return format!("{what}.");
    }
    let wait = wait_p99(", up to ", best);
    let wait = if wait.is_empty() { wait } else { format!("{wait} (p99)") };
    format!("{what}, but in {} of the releases pods wait for a node{wait}.", share(&best.troubles.waits))
}

fn without_best(capacity: &Capacity) -> String {
    let allowed = capacity.trials.iter().find(|trial| trial.fit == Fit::Unknown);
    if let Some(trial) = allowed {
        let unknown = "nobody wrote what the nodes have, so that nothing is said about what fits";
        return match trial.at_once >= capacity.moving {
            true => format!("{}: this is what the rollouts need.", format::capital(unknown)),
            false => format!("Quotas allow {} at most; {unknown} on the nodes.", name(trial)),
        };
    }
    let open = capacity.trials.iter().find(|trial| matches!(trial.fit, Fit::Open(_)));
    let Some(trial) = open else { return nothing_fits(capacity) };
    let fewest = OrderStatistic::fewest(0.99).unwrap_or_default();
    let wanted = if trial.releases < fewest { fewest } else { 4 * trial.releases };
    format!(
        "No number at a time is shown to fit: {} simulated releases leave it open; give --replications {wanted} or more.",
        format::count(trial.releases)
    )
}

fn nothing_fits(capacity: &Capacity) -> String {
    let Some(trial) = capacity.trials.last() else { return "Nothing was tried.".into() };
    let why = match &trial.fit {
        Fit::Not(Limit::Room { resource, short }) => {
            let amount = capacity.resources.get(*resource).map(|resource| amount(resource, *short));
            format!("the nodes lack {} at the 99th percentile", amount.unwrap_or_default())
        }
        Fit::Not(Limit::Quota(estimate)) => format!("a quota refuses pods in {} of the releases", share(estimate)),
        Fit::Not(Limit::Node(estimate)) => {
            format!("a rollout stalls for want of a node in {} of the releases", share(estimate))
        }
        _ => return "None of the numbers at a time that were tried fits.".into(),
    };
    format!("Not even {} fits: {why}.", name(trial))
}

/// What the answer is about, and what is left on the nodes.
pub(super) fn situation(one: Answered<'_>) -> String {
    let Answered { plan, world, capacity } = one;
    let found: Vec<String> = in_order(capacity).map(|resource| amount(resource, resource.found as f64)).collect();
    let workloads = format::plural(world.workloads.len() as u64, world.kind());
    let name = if plan.name == workloads { String::new() } else { format!("{}: ", format::printable(&plan.name)) };
    let still = match world.workloads.len() - capacity.moving {
        0 => String::new(),
        count => format!(" ({} without a rollout)", format::count(count as u64)),
    };
    format!("{name}{workloads}{still}, {}. {}", found.join(", "), room(capacity))
}

/// What the nodes have left.
pub(super) fn room(capacity: &Capacity) -> String {
    let left = capacity.resources.iter().filter(|resource| resource.place != Room::PODS);
    let left: Vec<String> = left.filter_map(|resource| Some(amount(resource, resource.left? as f64))).collect();
    if left.is_empty() {
        return "Nothing says what the nodes have.".into();
    }
    let nodes = format::plural(capacity.nodes as u64, "node");
    let more = match capacity.more_nodes {
        0 => String::new(),
        more => format!(", with {} that the autoscaler may add,", format::count(more as u64)),
    };
    let verb = if capacity.nodes == 1 && more.is_empty() { "has" } else { "have" };
    format!("{nodes}{more} {verb} {} left.", words::listed(&left))
}

/// Pods first, as people ask for them.
fn in_order(capacity: &Capacity) -> impl Iterator<Item = &Resource> {
    let is_pods = |resource: &&Resource| resource.place == Room::PODS;
    capacity.resources.iter().filter(is_pods).chain(capacity.resources.iter().filter(move |one| !is_pods(one)))
}

/// Whether a trial fits, in few words.
pub(super) fn fit(capacity: &Capacity, trial: &Trial) -> String {
    match &trial.fit {
        Fit::Fits => "fits".into(),
        Fit::Waits => format!("waits{}", wait_p99(" ", trial)),
        Fit::Unknown => "unknown".into(),
        Fit::Open(_) => "open".into(),
        Fit::Not(Limit::Room { resource, short }) => match capacity.resources.get(*resource) {
            Some(resource) => format!("{} short", amount(resource, *short)),
            None => "short".into(),
        },
        Fit::Not(Limit::Node(estimate)) => format!("{} stall", share(estimate)),
        Fit::Not(Limit::Quota(estimate)) => format!("quota: {}", share(estimate)),
    }
}

/// Whose pods wait for a node in the recommended trial, and up to how many at a time none does.
pub(super) fn waits(one: Answered<'_>) -> Option<String> {
    let capacity = one.capacity;
    let trial = capacity.best().or(capacity.trials.first())?;
    if !matches!(trial.fit, Fit::Waits | Fit::Not(Limit::Node(_))) {
        return None;
    }
    let room = &one.world.room;
    let of = |wait: &crate::analysis::capacity::Wait| {
        let share = wait.releases as f64 / trial.releases.max(1) as f64;
        let asked = one.world.workloads.get(wait.place).map(|own| room.asked_by(own.new));
        let asked = asked.map_or(String::new(), |asked| {
            format!(", {} and {} each", format::cpu(asked[Room::CPU]), format::memory(asked[Room::MEMORY]))
        });
        format!("{} (in {}{asked})", short(&wait.workload), format::share(share))
    };
    let named: Vec<String> = trial.waiting.iter().take(NAMED).map(of).collect();
    let fewer = match capacity.without_wait.and_then(|place| capacity.trials.get(place)) {
        Some(fewer) => format!(" With {} none waits.", name(fewer)),
        None if trial.at_once == 1 => String::new(),
        None => without_fewer(capacity),
    };
    let added = if capacity.more_nodes > 0 { " or a node is added" } else { "" };
    Some(format!(
        "{}: pods of {} find no node at first: the room that all nodes have together is in pieces that are too small for them, or not \
         where they may go. They wait until other pods are gone{added}.{fewer}",
        format::capital(&name(trial)),
        words::listed(&named)
    ))
}

fn without_fewer(capacity: &Capacity) -> String {
    match capacity.trials.iter().find(|trial| trial.at_once == 1) {
        Some(one) => format!(" Even with {} pods wait, in {} of the releases.", name(one), share(&one.troubles.waits)),
        None => " No number that was tried is without waiting.".into(),
    }
}

/// A rollout during which no pod is available.
pub(super) fn outage(one: Answered<'_>, outage: &Outage) -> String {
    let often = match outage.share.value {
        Some(share) if share < 0.995 => format!(" in {} of the releases", format::share(share)),
        _ => String::new(),
    };
    let long = match (outage.p50.value, outage.p95.value) {
        (Some(p50), Some(p95)) => format!(" for {} (p50) to {} (p95)", format::time(p50), format::time(p95)),
        _ => String::new(),
    };
    let strategy = one.world.workloads.get(outage.place).map(|workload| workload.deployment.strategy);
    let why = match strategy {
        Some(Strategy::Recreate) => " Its strategy is Recreate.",
        _ => "",
    };
    let pods = format::plural(u64::from(outage.desired), "pod");
    format!(
        "{} is down during its rollout{often}: none of its {pods} is available{long}.{why}",
        short(&outage.workload)
    )
}

/// What would have to be there so that the trial with the most at once fits.
pub(super) fn missing(capacity: &Capacity) -> Option<String> {
    let missing = capacity.missing.as_ref()?;
    let name = name_of(&missing.order, missing.at_once);
    let mut parts: Vec<String> = Vec::new();
    for need in &missing.quotas {
        let more = of_quota(&need.resource, need.more);
        parts.push(format!("{} must allow {more} more", format::printable(&need.quota)));
    }
    if let Some(nodes) = &missing.nodes {
        let size = format!("{} and {}", format::cpu(nodes.cpu_millis), format::memory(nodes.memory_bytes));
        let more = |count: u32| format!("{} of {size}", format::plural(u64::from(count), "more empty node"));
        parts.push(match (nodes.enough, nodes.without_wait) {
            (Some(0), None) | (None, _) => format!("up to {} are not enough", more(nodes.tried)),
            (Some(0), Some(count)) => format!("with {} no pod waits for a node", more(count)),
            (Some(enough), Some(count)) if enough == count => format!("{}; no pod waits for a node then", more(enough)),
            (Some(enough), Some(count)) => {
                format!("{}; with {} no pod waits for a node", more(enough), format::count(count.into()))
            }
            (Some(enough), None) => format!("{}, though pods wait for a node", more(enough)),
        });
    }
    if parts.is_empty() {
        return None;
    }
    let but = if missing.quotas_suffice == Some(false) && missing.nodes.is_none() {
        " That alone is not enough."
    } else {
        ""
    };
    Some(format!("For {name}: {}. This was simulated in the same releases.{but}", parts.join(", and ")))
}

/// What a quota over all workloads must allow; nothing where a quota keeps the releases from needing more.
pub(super) fn quota(capacity: &Capacity) -> Option<String> {
    let trial = capacity.best().or(capacity.trials.first()).filter(|trial| !is_refused(trial))?;
    let total = |(resource, demand): (&Resource, &Demand)| {
        Some(amount(resource, resource.found as f64 + demand.p99.high.or(demand.p99.value)?))
    };
    let total: Option<Vec<String>> = capacity.resources.iter().zip(&trial.demand).map(total).collect();
    Some(format!(
        "A ResourceQuota over all of them, if there is one, must allow {} for {}.",
        words::listed(&total?),
        name(trial)
    ))
}

/// What one would reckon without a joint simulation.
pub(super) fn sum_of_single(capacity: &Capacity) -> Option<String> {
    let trial = capacity.trials.first().filter(|trial| capacity.moving > 1 && !is_refused(trial))?;
    let Supply::Resource(place) = trial.driven() else { return None };
    let (sum, joint) = ((*trial.sum_of_p99.get(place)?)?, trial.demand.get(place)?.p99.value?);
    let resource = capacity.resources.get(place)?;
    let sentence = format!(
        "One by one their 99th percentiles add up to {}; together they need {}, because their largest demands seldom come at the same \
         time.",
        amount(resource, sum),
        amount(resource, joint)
    );
    (sum > joint).then_some(sentence)
}

/// Rollouts that stall, in the recommended trial.
pub(super) fn stalls(capacity: &Capacity) -> Option<String> {
    let trial = capacity.best().or(capacity.trials.first())?;
    trial.stalled.value.filter(|share| *share > 0.0)?;
    let limits = match (trial.stalled.low, trial.stalled.high) {
        (Some(low), Some(high)) => format!(" (95% limits: {} to {})", format::share(low), format::share(high)),
        _ => String::new(),
    };
    let name = format::capital(&name(trial));
    let node = match trial.troubles.no_node.value {
        Some(share) if share > 0.0 => format!(", in {} for want of a node", format::share(share)),
        _ => String::new(),
    };
    Some(format!("{name}: in {}{limits} of the releases a rollout stalls{node}.", share(&trial.stalled)))
}

/// What becomes of the recommended number where an assumption is another one.
pub(super) fn turns(capacity: &Capacity) -> Option<String> {
    let best = capacity.best()?;
    let (turning, others): (Vec<&Turn>, Vec<&Turn>) = capacity.turns.iter().partition(|turn| turn.turns);
    let mut said: Vec<String> = turning.iter().map(|turn| turned(turn)).collect();
    let kept: Vec<String> = others.iter().map(|turn| verb(turn.assumption).to_owned()).collect();
    if let Some(turn) = others.first() {
        said.push(format!(
            "Where pods take {} times as long to {}, {} still fit{}.",
            format::number(turn.times),
            kept.join(" or to "),
            name(best),
            if best.at_once == 1 { "s" } else { "" }
        ));
    }
    (!said.is_empty()).then(|| said.join(" "))
}

pub(super) fn verb(assumption: Assumption) -> &'static str {
    match assumption {
        Assumption::Stopping => "stop",
        Assumption::Pull => "pull their image",
        _ => "start",
    }
}

fn turned(turn: &Turn) -> String {
    let then = match turn.then {
        Some(number) => format!("only {} at a time fit", format::count(number as u64)),
        None => "not even one at a time fits".into(),
    };
    format!("Where pods take {} times as long to {}, {then}.", format::number(turn.times), verb(turn.assumption))
}

/// The times that nobody gave: how long pods overlap follows from them.
pub(super) fn assumed(one: Answered<'_>) -> Option<String> {
    let mut phrases: Vec<String> = Vec::new();
    for premise in premises::assumed(&one.plan.premises, None) {
        let phrase = premises::phrase(premise);
        if TIMES.contains(&premise.key.as_str()) && !phrases.contains(&phrase) {
            phrases.push(phrase);
        }
    }
    (!phrases.is_empty()).then(|| format!("Assumed, because nobody gave it: {}.", words::listed(&phrases)))
}

/// When an order is said to fit.
pub(super) fn rule(capacity: &Capacity) -> Option<String> {
    let releases = capacity.trials.first()?.releases;
    let sentence = format!(
        "An order fits where {} simulated releases show, with 95% limits, that in at least 99 of 100 no more is asked for than the \
         nodes have left, no quota refuses a pod and no rollout stalls for want of a node. Pods that are Terminating or wait for a \
         node are counted.",
        format::count(releases)
    );
    (!capacity.guessed).then_some(sentence)
}

/// The sentences below the table, before and after those of outages.
pub(super) fn below(one: Answered<'_>) -> [Vec<String>; 2] {
    let capacity = one.capacity;
    let before = [binds_and_drives(capacity), sum_of_single(capacity), waits(one), stalls(capacity)];
    let after = [missing(capacity), quota(capacity), assumed(one), turns(capacity), rule(capacity)];
    [before.into_iter().flatten().collect(), after.into_iter().flatten().collect()]
}
