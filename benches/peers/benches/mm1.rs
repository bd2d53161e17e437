//! `cargo bench`: the queue on both engines and the floors, timed by criterion.

use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use rollcast_peers::{EVENTS, floor, on_nexosim, on_rollcast};

const SEED: u64 = 1;

/// Runs take a tenth of a second and more, so there are few samples, each of as many runs.
fn group<'a>(criterion: &'a mut Criterion, name: &str) -> BenchmarkGroup<'a, WallTime> {
    let mut group = criterion.benchmark_group(name);
    group.throughput(Throughput::Elements(EVENTS)).sampling_mode(SamplingMode::Flat).sample_size(10);
    group.warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(12));
    group
}

fn queue(criterion: &mut Criterion) {
    let mut group = group(criterion, "mm1");
    group.bench_function("rollcast", |bencher| bencher.iter(|| on_rollcast::run(SEED).checked()));
    group.bench_function("nexosim", |bencher| bencher.iter(|| on_nexosim::run(SEED).checked()));
    group.finish();
}

fn floors(criterion: &mut Criterion) {
    let mut group = group(criterion, "floor");
    for (name, pass) in floor::ALL {
        group.bench_function(name, |bencher| bencher.iter(|| assert_eq!(pass(SEED), EVENTS)));
    }
    group.finish();
}

criterion_group!(benches, queue, floors);
criterion_main!(benches);
