//! `cargo bench --bench rollout`: whole rollouts of the workload that all speed figures use, timed by criterion.

use std::path::Path;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use rollcast::metrics::Meter;
use rollcast::plan::{Overrides, Plan};
use rollcast::scenario::Scenario;
use rollcast::sim::Simulator;

fn scenario(replicas: u32) -> Scenario {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../workload.yaml");
    let overrides = Overrides { set: vec![("replicas".into(), replicas.to_string())], ..Overrides::default() };
    let plan = Plan::load(&file, &overrides).expect("the workload is valid");
    plan.scenarios[0].clone()
}

/// Each iteration continues with the next replication, so that the benchmark does not time the same rollout repeatedly.
fn rollouts(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("rollout");
    group.warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(8)).sample_size(20);
    for replicas in [10, 100, 1_000, 10_000] {
        let scenario = scenario(replicas);
        let (mut simulator, mut meter, mut replication) = (Simulator::new(1), Meter::default(), 0);
        group.throughput(Throughput::Elements(u64::from(replicas)));
        group.bench_function(BenchmarkId::from_parameter(replicas), |bencher| {
            bencher.iter(|| {
                replication += 1;
                meter.begin(&scenario);
                let span = simulator.run(&scenario, replication, &mut meter);
                meter.finish(&scenario, span)
            });
        });
    }
    group.finish();
}

criterion_group!(benches, rollouts);
criterion_main!(benches);
