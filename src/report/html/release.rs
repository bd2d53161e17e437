//! The answer about workloads that roll on one cluster: when all is done, what it asks for together, and what there is.

use minijinja::{Value, context};

use crate::analysis::{ClusterResult, ScenarioResult, Verdict, all_met, cluster_verdicts};
use crate::metrics::Statistic;
use crate::metrics::cluster_metric::{ALL_DONE_RATE, DURATION, EXTRA_CPU, EXTRA_MEMORY};
use crate::report::cluster::words::{COMPARED, Demand, amount, called, compared, demands, sentences, verdicts};
use crate::report::format;
use crate::report::html::statement::Title;
use crate::report::provenance::Provenance;
use crate::report::words::{all_objectives, tight};

/// Releases with a table of their own; those beyond are in the tables of the result.
const SHOWN: usize = 12;

/// Releases in the table that compares them.
const COMPARED_AT_MOST: usize = 100;

/// The releases, each with its first workload.
fn releases<'a>(all: &[&'a ScenarioResult]) -> Vec<(&'a ScenarioResult, &'a ClusterResult)> {
    all.iter().filter_map(|result| Some((*result, result.cluster.as_deref()?))).collect()
}

/// The title: what comes of the release, or that several are compared.
pub(super) fn title(all: &[&ScenarioResult], provenance: &Provenance, verdicts: &[Verdict<'_>]) -> Title {
    let releases = releases(all);
    // A title that has no time holds for all releases.
    let is_known =
        |(_, cluster): &(&ScenarioResult, &ClusterResult)| cluster.value(DURATION.name, Statistic::P95).is_some();
    let so = if releases.iter().any(is_known) { "So it is in 95 of 100 releases. " } else { "" };
    let asked = [objectives(all, provenance, verdicts), of_cluster(all, provenance)].join(" ");
    let lead = format!("{so}{}", asked.trim()).trim_end().to_owned();
    match &releases[..] {
        [(_, cluster)] => Title { title: outcome(cluster), lead },
        several => Title { title: range(several), lead },
    }
}

/// `all rollouts complete within 36s, with up to 3.75 CPU and 3.75 GiB beside what runs`
fn outcome(cluster: &ClusterResult) -> String {
    let done = cluster.value(ALL_DONE_RATE.name, Statistic::Rate);
    let extra = [EXTRA_CPU, EXTRA_MEMORY]
        .map(|metric| cluster.value(metric.name, Statistic::P95).map(|value| amount(metric.unit, value)));
    let asked = match extra {
        [Some(cpu), Some(memory)] => format!(", with up to {cpu} and {memory} beside what runs"),
        _ => String::new(),
    };
    match (cluster.value(DURATION.name, Statistic::P95), done) {
        (Some(p95), _) => format!("all rollouts complete within {}{asked}", amount(DURATION.unit, p95)),
        (None, Some(0.0)) => "in no release do all rollouts complete".into(),
        (None, Some(share)) if share < 0.95 => {
            format!("in only {} of the releases do all rollouts complete", format::share(share))
        }
        _ => "too few releases for a duration".into(),
    }
}

/// From the shortest to the longest of several releases.
fn range(releases: &[(&ScenarioResult, &ClusterResult)]) -> String {
    let count = format::count(releases.len() as u64);
    let p95 = releases.iter().filter_map(|(_, cluster)| cluster.value(DURATION.name, Statistic::P95));
    let (least, most) = p95.fold((f64::INFINITY, 0.0_f64), |(least, most), value| (least.min(value), most.max(value)));
    if least > most {
        return format!("{count} releases compared");
    }
    format!("{count} releases compared, complete within {} to {}", format::time(least), format::time(most))
}

fn objectives(all: &[&ScenarioResult], provenance: &Provenance, verdicts: &[Verdict<'_>]) -> String {
    if provenance.objectives.is_empty() {
        return String::new();
    }
    let names = all_objectives(provenance.objectives.len());
    let met = all.iter().filter(|result| all_met(result, verdicts) == Some(true)).count();
    match met {
        0 => format!("No rollout is shown to meet {names}."),
        met if met == all.len() => format!("Every rollout is shown to meet {names}."),
        met => {
            let (met, of) = (format::count(met as u64), format::count(all.len() as u64));
            format!("{met} of {of} rollouts are shown to meet {names}.")
        }
    }
}

/// Whether the cluster meets what is asked of it.
fn of_cluster(all: &[&ScenarioResult], provenance: &Provenance) -> String {
    let verdicts: Vec<Option<bool>> = all
        .iter()
        .flat_map(|result| cluster_verdicts(&provenance.cluster_objectives, std::slice::from_ref(*result)))
        .map(|verdict| verdict.met)
        .collect();
    match verdicts.iter().filter(|met| **met == Some(true)).count() {
        _ if verdicts.is_empty() => String::new(),
        met if met == verdicts.len() => "What is asked of the cluster is shown to be met.".into(),
        met => {
            let (met, of) = (format::count(met as u64), format::count(verdicts.len() as u64));
            format!("Of what is asked of the cluster {met} of {of} are shown to be met.")
        }
    }
}

/// A table of each release; before these, where there are several, one with a row for each.
pub(super) fn answer(all: &[&ScenarioResult], provenance: &Provenance) -> Value {
    let releases = releases(all);
    let several = releases.len() > 1;
    let one = |(first, cluster): &(&ScenarioResult, &ClusterResult)| {
        let rows: Vec<Value> = demands(cluster).iter().map(row).collect();
        let has_limits = demands(cluster).iter().any(|row| !row.limits().is_empty());
        context! {
            name => several.then(|| called(first)),
            rows,
            has_limits,
            sentences => verdicts(&cluster_verdicts(&provenance.cluster_objectives, std::slice::from_ref(*first))).iter().chain(&sentences(cluster)).map(|sentence| tight(sentence)).collect::<Vec<_>>(),
        }
    };
    let compare = |(first, cluster): &(&ScenarioResult, &ClusterResult)| context!(name => called(first), cells => compared(cluster).to_vec(), scenario => first.scenario);
    let more = releases.len().saturating_sub(SHOWN);
    context! {
        compared => several.then(|| COMPARED.to_vec()),
        compare => releases.iter().take(COMPARED_AT_MOST).map(compare).collect::<Vec<_>>(),
        tables => releases.iter().take(SHOWN).map(one).collect::<Vec<_>>(),
        more => (more > 0).then(|| format::plural(more as u64, "more release")),
    }
}

fn row(demand: &Demand) -> Value {
    let [p50, p95, p99] = demand.cells();
    let or_dash = |text: String| if text.is_empty() { "–".to_owned() } else { text };
    context!(label => demand.label.as_str(), p50, p95, p99, left => or_dash(demand.room()), limits => or_dash(demand.limits()))
}
