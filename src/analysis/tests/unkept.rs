//! Statistics of records that are not kept, against those of records that are.

use std::path::Path;
use std::sync::Arc;

use super::super::unkept::{Asked, Gathered, Unkept, UnkeptPairs};
use super::super::{Achieved, NoNode, Scope, Statistics, achieved, sampled_differences};
use crate::diagnosis::Chosen;
use crate::metrics::{Figure, Meter, Record, RolloutRate, Statistic, metric};
use crate::plan::{Overrides, Plan, Precision, Target, Width};
use crate::random::Sampling;
use crate::scenario::Scenario;
use crate::sim::Simulator;
use crate::stats::{Confidence, Scratch};

/// What is made of records that are not kept; `precision` is looked at with limits at another level.
fn gathered(
    records: &[Record],
    scope: &Scope,
    resources: &[String],
    (group, targets, bytes): (Option<u32>, &[Target], u64),
) -> (Gathered, Vec<Achieved>, u64) {
    let folder = tempfile::tempdir().unwrap();
    let scratch = Arc::new(Scratch::new(folder.path().to_owned()));
    let mut unkept = Unkept::new(scope.clone(), Asked::all(group).and_at(level()), &scratch, bytes);
    loop {
        records.chunks(37).for_each(|block| unkept.take(block).unwrap());
        if !unkept.end().unwrap() {
            break;
        }
    }
    (unkept.gathered(resources), unkept.achieved(targets, 1), scratch.bytes())
}

/// A level that is not the usual one.
fn level() -> Confidence {
    Confidence::USUAL.shared_by(3)
}

/// Targets of every kind.
fn targets() -> Vec<Target> {
    let target = |figure: Figure| Target { text: figure.text(), figure, width: Width::Relative(0.02) };
    let of_duration = [Statistic::Mean, Statistic::RestrictedMean, Statistic::P50, Statistic::P95];
    let of_value = [Statistic::Mean, Statistic::P95];
    let rates = RolloutRate::ASKED.into_iter().map(|rate| target(Figure::rate(rate)));
    let durations = of_duration.into_iter().map(|statistic| target(Figure::of(&metric::DURATION, statistic)));
    let values = of_value.into_iter().map(|statistic| target(Figure::of(&metric::PEAK_FOOTPRINT, statistic)));
    rates.chain(durations).chain(values).collect()
}

fn records_of(plan: &Plan, scenario: &Scenario, sampling: Sampling) -> Vec<Record> {
    let mut simulator = Simulator::sampled(plan.seed, sampling);
    let mut meter = Meter::default();
    let one = |number| {
        meter.begin(scenario);
        let span = simulator.run(scenario, number, &mut meter);
        meter.finish(scenario, span)
    };
    (0..120).map(one).collect()
}

fn plans() -> Vec<Plan> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("experiments");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|ending| ending == "yaml"));
    files.sort();
    files.iter().filter_map(|path| Plan::load(path, &Overrides::default()).ok()).collect()
}

/// The sampling of every other scenario, with groups of which the last is not whole.
fn sampling(number: usize) -> Sampling {
    let group = std::num::NonZeroU32::new(25);
    if number.is_multiple_of(2) {
        Sampling::Plain
    } else {
        group.map_or(Sampling::Plain, |group| Sampling::Stratified { group })
    }
}

/// Every experiment that is bundled, with its stalls, censored rollouts, traffic and tools: each number is the same to the last bit
/// whether all records are sorted in memory or most of them on disk.
#[test]
fn statistics_are_the_same_with_and_without_the_records() {
    let (mut compared, mut spilled, targets) = (0, 0, targets());
    for mut plan in plans() {
        let few = plan.scenarios.len().div_ceil(2);
        let precision = Precision { minimum: 1, confidence: Confidence::USUAL, targets: targets.clone() };
        let scenarios = std::mem::take(&mut plan.scenarios);
        for scenario in scenarios.iter().filter(|one| one.world.is_none()).step_by(few) {
            plan.sampling = sampling(compared);
            plan.precision = Some(precision.clone());
            let group = plan.sampling.group();
            let records = records_of(&plan, scenario, plan.sampling);
            let (scope, resources) = (Scope::of(scenario), &scenario.cluster.explanation.resources);
            for records in [&records[..], &records[..1], &[]] {
                let wanted = Gathered {
                    statistics: Statistics::sampled(records, &scope, group),
                    chosen: Chosen::of(records),
                    no_node: NoNode::of(records, resources),
                };
                let wanted_of_targets = achieved(&plan, records, &scope, level());
                for bytes in [0, u64::MAX] {
                    let asked = (group, &targets[..], bytes);
                    let (got, of_targets, on_disk) = gathered(records, &scope, resources, asked);
                    let place = format!("{} {}: {} records, {group:?}", plan.name, scenario.id, records.len());
                    let differ = wanted.statistics.lines.iter().zip(&got.statistics.lines).find(|(a, b)| a != b);
                    assert_eq!(differ, None, "{place}");
                    assert_eq!(got, wanted, "{place}");
                    assert_eq!(of_targets, wanted_of_targets, "{place}");
                    spilled += u64::from(on_disk > 0);
                }
            }
            compared += 1;
        }
    }
    assert!(compared > 20 && spilled > 20, "{compared} scenarios, {spilled} on disk");
}

/// The same of differences, also where one scenario has more replications than the other.
#[test]
fn differences_are_the_same_with_and_without_the_records() {
    let mut compared = 0;
    for plan in plans() {
        let alone: Vec<&Scenario> = plan.scenarios.iter().filter(|one| one.world.is_none()).collect();
        let [first, .., last] = alone[..] else { continue };
        let sampling = sampling(compared);
        let [one, other] = [first, last].map(|scenario| records_of(&plan, scenario, sampling));
        let scopes = [Scope::of(first), Scope::of(last)];
        for (one, other) in [(&one[..], &other[..]), (&one[..90], &other[..]), (&one[..], &other[..1]), (&one, &one)] {
            let wanted = sampled_differences((one, &scopes[0]), (other, &scopes[1]), sampling.group());
            for bytes in [0, u64::MAX] {
                let folder = tempfile::tempdir().unwrap();
                let scratch = Arc::new(Scratch::new(folder.path().to_owned()));
                let mut pairs = UnkeptPairs::new(scopes.clone(), sampling.group(), &scratch, bytes);
                loop {
                    let ends = one.len().max(other.len());
                    for start in (0..ends).step_by(41) {
                        let of = |records: &[Record]| start.min(records.len())..(start + 41).min(records.len());
                        pairs.take(&one[of(one)], &other[of(other)]).unwrap();
                    }
                    if !pairs.end().unwrap() {
                        break;
                    }
                }
                let got = pairs.differences();
                let differ = wanted.iter().zip(&got).find(|(a, b)| a != b);
                assert_eq!(differ, None, "{}: {} and {}, {sampling:?}", plan.name, one.len(), other.len());
                assert_eq!(got.len(), wanted.len());
            }
        }
        compared += 1;
    }
    assert!(compared > 15, "{compared} experiments");
}
