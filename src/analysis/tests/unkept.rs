//! Statistics of records that are not kept, against those of records that are.

use std::path::Path;
use std::sync::Arc;

use super::super::unkept::{Gathered, Unkept};
use super::super::{NoNode, Scope, Statistics};
use crate::diagnosis::Chosen;
use crate::metrics::{Meter, Record};
use crate::plan::{Overrides, Plan};
use crate::sim::Simulator;
use crate::stats::Scratch;

fn gathered(records: &[Record], scope: &Scope, resources: &[String], bytes: u64) -> (Gathered, u64) {
    let folder = tempfile::tempdir().unwrap();
    let scratch = Arc::new(Scratch::new(folder.path().to_owned()));
    let mut first = Unkept::new(scope.clone(), &scratch, bytes);
    records.chunks(37).for_each(|block| first.take(block).unwrap());
    let mut again = first.close().unwrap();
    records.chunks(41).for_each(|block| again.take(block));
    (again.finish(resources), scratch.bytes())
}

/// Every experiment that is bundled, with its stalls, censored rollouts, traffic and tools: each number is the same to the last bit
/// whether all records are sorted in memory or most of them on disk.
#[test]
fn statistics_are_the_same_with_and_without_the_records() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("experiments");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|ending| ending == "yaml"));
    files.sort();
    let (mut compared, mut spilled) = (0, 0);
    for path in files {
        let Ok(plan) = Plan::load(&path, &Overrides::default()) else { continue };
        let few = plan.scenarios.len().div_ceil(2);
        for scenario in plan.scenarios.iter().filter(|one| one.world.is_none()).step_by(few) {
            let mut simulator = Simulator::sampled(plan.seed, plan.sampling);
            let mut meter = Meter::default();
            let records: Vec<Record> = (0..120)
                .map(|number| {
                    meter.begin(scenario);
                    let span = simulator.run(scenario, number, &mut meter);
                    meter.finish(scenario, span)
                })
                .collect();
            let (scope, resources) = (Scope::of(scenario), &scenario.cluster.explanation.resources);
            for records in [&records[..], &records[..1], &[]] {
                let wanted = Gathered {
                    statistics: Statistics::of(records, &scope),
                    chosen: Chosen::of(records),
                    no_node: NoNode::of(records, resources),
                };
                for bytes in [0, u64::MAX] {
                    let (got, on_disk) = gathered(records, &scope, resources, bytes);
                    let differ = wanted.statistics.lines.iter().zip(&got.statistics.lines).find(|(a, b)| a != b);
                    assert_eq!(differ, None, "{} {}: {} records", path.display(), scenario.id, records.len());
                    assert_eq!(got, wanted, "{} {}: {} records", path.display(), scenario.id, records.len());
                    spilled += u64::from(on_disk > 0);
                }
            }
            compared += 1;
        }
    }
    assert!(compared > 20 && spilled > 20, "{compared} scenarios, {spilled} on disk");
}
