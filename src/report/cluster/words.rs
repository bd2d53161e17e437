//! What is said of a cluster that several workloads share: its demand in rows, and the rest in sentences.

use crate::analysis::{ClusterResult, ClusterStall, ClusterVerdict, ScenarioResult};
use crate::metrics::cluster_metric::{
    ALL_DONE_RATE, DURATION, EXTRA_CPU, EXTRA_MEMORY, EXTRA_PODS, NO_NODE_RATE, NODES_LOST, OVER_ROOM_RATE, PEAK_NODES,
    QUOTA_REFUSED_RATE,
};
use crate::metrics::{ClusterMetric, ClusterRate, ClusterUnit, StallCause, Statistic};
use crate::plan::WORKLOAD;
use crate::report::format;
use crate::stats::{Estimate, OrderStatistic};

/// Limits that are further apart than this share of the value are wide.
const WIDE: f64 = 0.05;

/// The most that all workloads ask for at once beside what runs, or how long all takes.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::report) struct Demand {
    /// What it is of: `extra pods`, `extra CPU`.
    pub(in crate::report) label: String,
    /// The 50th, 95th and 99th percentile over all releases.
    pub(in crate::report) levels: [Option<Estimate>; 3],
    /// What is left of it beside what runs; `None`: nothing says how much, or there is nothing like that.
    pub(in crate::report) left: Option<f64>,
    /// What it is counted in.
    pub(in crate::report) unit: ClusterUnit,
}

/// The rows of the demand: when all are done, then pods, CPU, memory, each other resource and each quota.
pub(in crate::report) fn demands(cluster: &ClusterResult) -> Vec<Demand> {
    let levels = |name: &str, less: f64| {
        [Statistic::P50, Statistic::P95, Statistic::P99]
            .map(|statistic| cluster.get(name, statistic).map(|one| lowered(one, less)))
    };
    let left = |name: &str| {
        let room = cluster.room_of(name)?;
        Some(room.room? - room.found)
    };
    let of_all = [
        ("all done within", DURATION, ""),
        ("extra pods", EXTRA_PODS, "pods"),
        ("extra CPU", EXTRA_CPU, "cpu"),
        ("extra memory", EXTRA_MEMORY, "memory"),
    ];
    let mut rows: Vec<Demand> = of_all
        .into_iter()
        .map(|(label, metric, of)| Demand {
            label: label.into(),
            levels: levels(metric.name, 0.0),
            left: left(of),
            unit: metric.unit,
        })
        .collect();
    let is_known = |name: &str| ["pods", "nodes", "cpu", "memory"].contains(&name);
    rows.extend(cluster.room.iter().filter(|room| !is_known(&room.name)).map(|room| Demand {
        label: format::printable(&format!("extra {}", called_series(&room.name))),
        levels: levels(&format!("peak_{}", room.name), room.found),
        left: left(&room.name),
        unit: room.unit,
    }));
    rows
}

/// A series as people call it: `nvidia.com/gpu`, `pods (ResourceQuota shop/team)`.
pub(in crate::report) fn called_series(series: &str) -> String {
    let of_quota = series.strip_prefix("quota ").and_then(|quota| quota.rsplit_once(' '));
    of_quota.map_or_else(|| series.to_owned(), |(quota, resource)| format!("{resource} ({quota})"))
}

/// What is asked for beside what the found pods ask for.
fn lowered(estimate: &Estimate, less: f64) -> Estimate {
    let lower = |value: Option<f64>| value.map(|value| (value - less).max(0.0));
    Estimate { value: lower(estimate.value), low: lower(estimate.low), high: lower(estimate.high), ..*estimate }
}

/// An amount as it is written in a cell: `2.4 CPU`, `4.5 GiB`, `12`, `1m 05s`.
pub(in crate::report) fn amount(unit: ClusterUnit, value: f64) -> String {
    match unit {
        ClusterUnit::Seconds => format::time(value),
        ClusterUnit::Cores => format::cpu((value * 1000.0).round().max(0.0) as u64),
        ClusterUnit::Bytes => format::memory(value.round().max(0.0) as u64),
        ClusterUnit::Share => format::share(value),
        _ => format::number(value),
    }
}

impl Demand {
    /// Its percentiles as they are written.
    pub(in crate::report) fn cells(&self) -> [String; 3] {
        self.levels
            .map(|level| level.and_then(|one| one.value).map_or_else(|| "–".into(), |value| amount(self.unit, value)))
    }

    /// The 95 % limits of the 99th percentile, of the 95th where there is none, where they are worth showing.
    pub(in crate::report) fn limits(&self) -> String {
        let [_, p95, p99] = self.levels;
        let worth = |one: Estimate| {
            let (value, low, high) = (one.value?, one.low?, one.high?);
            let (from, to) = (amount(self.unit, low), amount(self.unit, high));
            (high - low > WIDE * value && from != to).then(|| format!("{from} to {to}"))
        };
        let has_value = |one: &Estimate| one.value.is_some();
        p99.filter(has_value).or(p95.filter(has_value)).and_then(worth).unwrap_or_default()
    }

    /// What is left, as it is written; empty where nothing says how much.
    pub(in crate::report) fn room(&self) -> String {
        match self.left {
            Some(left) if left < 0.0 => "none".into(),
            Some(left) => amount(self.unit, left),
            None => String::new(),
        }
    }

    /// By how much the 99th percentile is more than what is left; the 95th where there is no 99th.
    fn short(&self) -> Option<(f64, &'static str)> {
        let [_, p95, p99] = self.levels;
        let of = |one: Option<Estimate>, name| Some((one?.value?, name));
        let (value, name) = of(p99, "99th").or_else(|| of(p95, "95th"))?;
        let short = value - self.left?;
        (short > 1e-9).then_some((short, name))
    }
}

/// What several releases are compared by: headings, and for each its 95th percentiles and how often some pod finds no node.
pub(in crate::report) const COMPARED: [&str; 5] =
    ["all done within", "extra pods", "extra CPU", "extra memory", "no node at first"];

/// The cells of a release under [`COMPARED`].
pub(in crate::report) fn compared(cluster: &ClusterResult) -> [String; 5] {
    let p95 = |metric: ClusterMetric| {
        let value = cluster.value(metric.name, Statistic::P95);
        value.map_or_else(|| "–".into(), |value| amount(metric.unit, value))
    };
    let no_node = cluster.value(NO_NODE_RATE.name, Statistic::Rate);
    let no_node = no_node.map_or_else(|| "–".into(), format::share);
    [p95(DURATION), p95(EXTRA_PODS), p95(EXTRA_CPU), p95(EXTRA_MEMORY), no_node]
}

/// What is different of the release that begins with the scenario of these parameters; empty where nothing is swept.
pub(in crate::report) fn called(first: &ScenarioResult) -> String {
    let swept: Vec<_> = first.parameters.iter().filter(|(path, _)| path != WORKLOAD).cloned().collect();
    format::parameters(&swept)
}

/// What the rows do not say, the most important first.
pub(in crate::report) fn sentences(cluster: &ClusterResult) -> Vec<String> {
    let mut sentences: Vec<String> = Vec::new();
    sentences.extend(all_done(cluster));
    sentences.extend(shortage(cluster));
    sentences.extend(no_node(cluster));
    sentences.extend(cluster.stalls.iter().filter(|stall| stall.other.is_none()).map(|stall| who(cluster, stall)));
    let is_some = |rate: &ClusterRate| cluster.value(rate.name, Statistic::Rate) > Some(0.0);
    if is_some(&OVER_ROOM_RATE) {
        let share = with_limits(cluster, &OVER_ROOM_RATE);
        sentences.push(format!(
            "In {share} of the releases all pods together ask for more than the nodes that are there have."
        ));
    }
    if is_some(&QUOTA_REFUSED_RATE) {
        let share = with_limits(cluster, &QUOTA_REFUSED_RATE);
        sentences.push(format!("A quota refuses pods in {share} of the releases."));
    }
    sentences.extend(nodes(cluster));
    sentences.extend(too_few(cluster));
    sentences
}

/// `12% (9.1% to 15%)`
fn with_limits(cluster: &ClusterResult, rate: &ClusterRate) -> String {
    let Some(estimate) = cluster.get(rate.name, Statistic::Rate) else { return "–".into() };
    let share = |value: Option<f64>| value.map_or_else(|| "–".into(), format::share);
    format!("{} ({} to {})", share(estimate.value), share(estimate.low), share(estimate.high))
}

fn all_done(cluster: &ClusterResult) -> Option<String> {
    let estimate = cluster.get(ALL_DONE_RATE.name, Statistic::Rate)?;
    let releases = format::plural(cluster.n, "release");
    if estimate.value == Some(1.0) {
        let others =
            estimate.low.map_or(String::new(), |low| format!("; at most {} end otherwise", format::share(1.0 - low)));
        let all = if cluster.n == 1 { "the one release".to_owned() } else { format!("all {releases}") };
        return Some(format!("Every rollout completed in {all}{others}."));
    }
    Some(format!("All rollouts completed in {} of {releases}.", with_limits(cluster, &ALL_DONE_RATE)))
}

/// What the nodes or quotas lack.
fn shortage(cluster: &ClusterResult) -> Option<String> {
    let rows = demands(cluster);
    let short = rows.iter().filter_map(|row| Some((row, row.short()?)));
    let parts: Vec<String> = short
        .map(|(row, (short, percentile))| {
            let label = row.label.replacen("extra ", "", 1);
            let amount = match row.unit {
                ClusterUnit::Cores | ClusterUnit::Bytes if !label.contains('(') => amount(row.unit, short),
                unit => format!("{} {label}", amount(unit, short)),
            };
            format!("{amount} at the {percentile} percentile")
        })
        .collect();
    if parts.is_empty() {
        let unknown = rows.iter().all(|row| row.left.is_none());
        return unknown.then(|| "Nobody wrote what the nodes have, so that nothing is said of the room.".into());
    }
    Some(format!("There is less room than the release asks for at once; missing: {}.", parts.join(", ")))
}

fn no_node(cluster: &ClusterResult) -> Option<String> {
    let estimate = cluster.get(NO_NODE_RATE.name, Statistic::Rate)?;
    if estimate.value? > 0.0 {
        return Some(format!(
            "In {} of the releases some pod finds no node at first.",
            with_limits(cluster, &NO_NODE_RATE)
        ));
    }
    // Nodes that are guessed are made large enough.
    cluster.room_of("cpu")?.room?;
    let most = estimate
        .high
        .map_or(String::new(), |high| format!("; in at most {} of the releases one does not", format::share(high)));
    Some(format!("Every pod finds a node at once{most}."))
}

/// Who had more pods while the rollout of a workload stalled for want of room.
fn who(cluster: &ClusterResult, stall: &ClusterStall) -> String {
    let name = format::printable(&stall.workload);
    let lack = if stall.cause == StallCause::Quota { "room in a quota" } else { "a node" };
    let releases = format::plural(stall.releases, "release");
    let of_it = |one: &&ClusterStall| one.workload == stall.workload && one.cause == stall.cause && one.other.is_some();
    let mut others: Vec<&ClusterStall> = cluster.stalls.iter().filter(of_it).collect();
    others.sort_by(|one, other| other.more_pods.total_cmp(&one.more_pods).then_with(|| one.other.cmp(&other.other)));
    let named: Vec<String> = others
        .iter()
        .take(3)
        .map(|one| {
            let name = format::printable(one.other.as_deref().unwrap_or_default());
            format!("{name} {}", format::number(one.more_pods))
        })
        .collect();
    if named.is_empty() {
        return format!(
            "{name} stalls for want of {lack} in {releases}; no other workload has more pods then than at the start."
        );
    }
    let rest = if others.len() > named.len() { " and others" } else { "" };
    let which = if stall.with_more == stall.releases {
        "in each".to_owned()
    } else {
        format!("in {}", format::count(stall.with_more))
    };
    format!(
        "{name} stalls for want of {lack} in {releases}; {which} of these others have more pods then than at the start, on average: {}{rest}.",
        named.join(", ")
    )
}

/// Nodes that come and go.
fn nodes(cluster: &ClusterResult) -> Option<String> {
    let start = cluster.room_of("nodes")?.found;
    let most = cluster.value(PEAK_NODES.name, Statistic::P95)?;
    let lost = cluster.value(NODES_LOST.name, Statistic::Mean).filter(|lost| *lost > 0.0);
    let lost = lost.map(|lost| format!("{} nodes are lost a release on average", format::number(lost)));
    let more = (most > start).then(|| {
        format!(
            "In 95 of 100 releases there are up to {} nodes at once, {} at the start",
            format::number(most),
            format::number(start)
        )
    });
    let parts: Vec<String> = more.into_iter().chain(lost).collect();
    (!parts.is_empty()).then(|| format!("{}.", format::capital(&parts.join("; "))))
}

/// How many releases the 99th percentile needs, where there are too few.
fn too_few(cluster: &ClusterResult) -> Option<String> {
    let needed = OrderStatistic::fewest(0.99).filter(|needed| *needed > cluster.n)?;
    let (needed, n) = (format::count(needed), format::count(cluster.n));
    let are = if cluster.n == 1 { "is" } else { "are" };
    Some(format!("A 99th percentile needs at least {needed} releases; there {are} {n}: --replications {needed}."))
}

/// Each objective about the cluster, with what it comes to.
pub(in crate::report) fn verdicts(verdicts: &[ClusterVerdict<'_>]) -> Vec<String> {
    let mut sentences: Vec<String> = Vec::new();
    for (place, first) in verdicts.iter().enumerate() {
        let is_same = |one: &&ClusterVerdict<'_>| one.objective == first.objective;
        if verdicts[..place].iter().any(|one| is_same(&one)) {
            continue;
        }
        let own: Vec<&ClusterVerdict<'_>> = verdicts.iter().filter(is_same).collect();
        let text = format::printable(&first.objective.text);
        sentences.push(match &own[..] {
            [only] => format!("Objective {text}: {}.", held(only)),
            several => {
                let count = |met: Option<bool>| several.iter().filter(|one| one.met == met).count() as u64;
                let of = format::plural(several.len() as u64, "release");
                let open = match count(None) {
                    0 => String::new(),
                    open => format!("; the data cannot tell for {}", format::count(open)),
                };
                format!("Objective {text}: met by {} of {of}{open}.", format::count(count(Some(true))))
            }
        });
    }
    sentences
}

/// `met, 38.2 CPU (95% limits: 37.5 CPU to 39 CPU)`
fn held(verdict: &ClusterVerdict<'_>) -> String {
    let word = match verdict.met {
        Some(true) => "met",
        Some(false) => "not met",
        None => "the data cannot tell",
    };
    let unit = verdict.objective.unit;
    let Some(one) = verdict.estimate else { return format!("{word}, nothing is known of it") };
    let Some(value) = one.value else { return format!("{word}, too few releases") };
    let limits = match (one.low, one.high) {
        (Some(low), Some(high)) if low < high => {
            format!(" (95% limits: {} to {})", amount(unit, low), amount(unit, high))
        }
        _ => String::new(),
    };
    format!("{word}, {}{limits}", amount(unit, value))
}
