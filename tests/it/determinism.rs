//! One seed gives one result, for any number of threads and in every run.

use std::convert::Infallible;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use rollcast::blocks::{Saved, Writer};
use rollcast::metrics::Record;
use rollcast::plan::{Caveats, Overrides, Plan};
use rollcast::random::Sampling;
use rollcast::report::replications;
use rollcast::scenario::Scenario;
use rollcast::sim::{Fact, Observer, Simulator};
use rollcast::sweep::{self, KnownBlocks};
use rollcast::time::SimTime;

use crate::world::{ROLLING, exponential, pods, scenario, seconds};

/// A scenario in which everything random that the simulator has is used.
fn lively(id: u32, surge: i32, unavailable: i32) -> Scenario {
    let mut world = scenario(9, ROLLING(surge, unavailable));
    world.id = id;
    world.pods[0].termination = exponential(4.0);
    world.pods[1] = pods(exponential(8.0), exponential(3.0));
    world.pods[1].crash = 0.1;
    world.pods[1].crash_after = exponential(5.0);
    world.pods[1].flap = 0.1;
    world.pods[1].flap_after = exponential(5.0);
    world.pods[1].flap_for = exponential(5.0);
    world.control_plane.api_latency = exponential(0.005);
    world.control_plane.watch_latency = exponential(0.005);
    world.control_plane.scheduling = seconds(0.002);
    world.deployment.min_ready_seconds = 3;
    world
}

fn plan() -> Plan {
    Plan {
        name: "determinism".into(),
        parameters: Vec::new(),
        scenarios: vec![lively(0, 1, 0), lively(1, 0, 2), lively(2, 3, 3)],
        skipped: Vec::new(),
        replications: 700,
        precision: None,
        sampling: Sampling::Plain,
        baseline: None,
        cells: None,
        present: None,
        seed: 11,
        objectives: Vec::new(),
        cluster_objectives: Vec::new(),
        inputs: Vec::new(),
        notes: Vec::new(),
        caveats: Caveats::default(),
        premises: Vec::new(),
        overrides: Overrides::default(),
        shard: None,
        predicted: Vec::new(),
        pieces: None,
    }
}

fn bytes(threads: usize) -> Vec<u8> {
    resumed(threads, &Saved::default())
}

fn resumed(threads: usize, saved: &Saved) -> Vec<u8> {
    let mut bytes = Vec::new();
    let stop = AtomicBool::new(false);
    let result = sweep::resume(
        &plan(),
        threads,
        &stop,
        KnownBlocks { saved: &[saved], ..KnownBlocks::default() },
        replications::rows,
        |block| {
            bytes.extend_from_slice(&block.text);
            bytes.extend_from_slice(format!("{:?}", block.bands.rows()).as_bytes());
            Ok::<(), Infallible>(())
        },
    );
    assert!(result.is_ok());
    bytes
}

#[test]
fn threads_change_nothing() {
    let one = bytes(1);
    assert!(one.len() > 100_000, "{} bytes", one.len());
    assert!(one == bytes(2), "1 and 2 threads differ");
    assert!(one == bytes(3), "1 and 3 threads differ");
}

/// A file of the blocks that `wanted` chooses, each as `change` leaves it.
fn saved(folder: &Path, wanted: impl Fn(usize) -> bool, change: impl Fn(&mut Record)) -> Saved {
    let path = folder.join("blocks.bin");
    let mut writer = Writer::create(&path).expect("room on the disk");
    let (mut number, stop) = (0, AtomicBool::new(false));
    let result = sweep::run(&plan(), 0, &stop, replications::rows, |mut block| {
        block.records.iter_mut().for_each(&change);
        if wanted(number) {
            writer.write((block.scenario as u32, block.first), &block.records, &block.bands, &block.cluster)?;
        }
        number += 1;
        Ok::<(), std::io::Error>(())
    });
    assert!(result.is_ok() && number == 9, "{number} blocks");
    let mut saved = Saved::default();
    saved.add(&path).expect("the blocks");
    saved
}

/// Every part of the work, wherever a sweep was killed and on any number of threads afterwards.
#[test]
fn what_was_done_before_changes_nothing() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let whole = bytes(1);
    for done in 0..=9 {
        let prefix = saved(folder.path(), |number| number < done, |_| {});
        assert!(whole == resumed(1 + done % 3, &prefix), "{done} blocks done");
        let others = saved(folder.path(), |number| number % 3 != done % 3, |_| {});
        assert!(whole == resumed(1 + done % 2, &others), "every third block missing");
    }
}

/// The sweep uses saved blocks as they are, which shows that it runs none of them again.
#[test]
fn nothing_is_done_twice() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let marked = saved(folder.path(), |number| number < 8, |record| record.nodes_lost = 77);
    let text = resumed(2, &marked);
    let text = String::from_utf8_lossy(&text);
    assert_eq!(text.matches(",77,0\n").count(), 2 * 700 + 512);
}

/// Records every fact.
#[derive(Default)]
struct Everything(Vec<(SimTime, Fact)>);

impl Observer for Everything {
    const DETAIL: bool = true;

    fn fact(&mut self, at: SimTime, fact: Fact) {
        self.0.push((at, fact));
    }
}

/// A simulator that has run other scenarios before gives the same run as a fresh one, fact for fact.
#[test]
fn nothing_is_left_over_from_an_earlier_run() {
    let world = lively(0, 2, 1);
    let mut used = Simulator::new(5);
    for replication in 0..20 {
        used.run(&lively(1, 4, 4), replication, &mut Everything::default());
    }
    for replication in [7, 3] {
        let (mut first, mut second) = (Everything::default(), Everything::default());
        used.run(&world, replication, &mut first);
        Simulator::new(5).run(&world, replication, &mut second);
        let difference = first.0.iter().zip(&second.0).find(|(a, b)| a != b);
        assert!(difference.is_none(), "first difference: {difference:?}");
        assert_eq!(first.0.len(), second.0.len());
        assert!(first.0.len() > 100);
    }
}

/// The k-th new pod starts equally fast under every strategy, so strategies are compared on the same random numbers.
#[test]
fn strategies_share_their_random_numbers() {
    let durations = |surge, unavailable| {
        let mut world = scenario(10, ROLLING(surge, unavailable));
        world.pods[1] = pods(exponential(8.0), seconds(1.0));
        let records = crate::world::replicate(&world, 2000);
        records.iter().map(|record| record.duration.as_secs_f64()).collect::<Vec<_>>()
    };
    let pairs: Vec<(f64, f64)> = durations(3, 2).into_iter().zip(durations(2, 2)).collect();
    let paired = rollcast::stats::Paired::of(&pairs, &rollcast::stats::Known::default());
    let ratio = paired.variance_ratio.expect("both vary");
    assert!(ratio > 2.0, "common random numbers cut the variance of the difference only by {ratio}");
}
