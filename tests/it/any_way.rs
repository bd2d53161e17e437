//! The bytes of a sweep depend on the experiment alone: random small experiments, on any number of threads, divided in
//! any way and interrupted anywhere.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use proptest::prelude::*;
use proptest::sample::Index;
use rollcast::blocks::{Saved, Writer};
use rollcast::plan::{Overrides, Plan, Shard};
use rollcast::report::replications;
use rollcast::sweep::{self, KnownBlocks};

use crate::cli::{files, succeeds};

/// A service, its failures and four strategies; replications are either fixed or as many as the targets need.
#[derive(Clone, Debug)]
struct Small {
    replicas: u32,
    crash: u32,
    loss: bool,
    seed: u32,
    replications: String,
    stratified: bool,
    baseline: bool,
}

impl Small {
    fn yaml(&self) -> String {
        let Self { replicas, crash, seed, replications, .. } = self;
        let loss = if self.loss { "{meanTimeToLoss: 30m, recovery: 90s}" } else { "none" };
        let baseline = if self.baseline { "baseline: 1\n" } else { "" };
        let sampling = if self.stratified { "stratified" } else { "plain" };
        format!(
            "name: small\n\
             deployment: {{spec: {{replicas: {replicas}, progressDeadlineSeconds: 60, template: {{spec: {{containers: [{{name: a}}]}}}}}}}}\n\
             pods: {{start: {{exponential: {{mean: 4s}}}}, termination: {{exponential: {{mean: 9s}}}}, new: {{crash: {crash}%, badVersion: 10%}}}}\n\
             cluster: {{nodes: 3, loss: {loss}}}\n\
             sweep: {{maxSurge: [0, 1, 50%], maxUnavailable: [0, 1]}}\n\
             horizon: 10m\nseed: {seed}\nreplications: {replications}\nsampling: {sampling}\n{baseline}"
        )
    }
}

fn small() -> impl Strategy<Value = Small> {
    let fixed =
        prop::sample::select(vec![1_u32, 255, 256, 257, 600, 1030]).prop_map(|count| (count.to_string(), count >= 40));
    let targets =
        ["duration_s restricted_mean ±4%", "stalled_rate ±4%", "dip_pod_seconds mean ±5", "duration_s p50 ±1s"];
    let adaptive = (prop::sample::subsequence(targets.to_vec(), 1..=3), 1_u32..600, 600_u32..2500).prop_map(
        |(targets, min, max)| (format!("{{min: {min}, max: {max}, targets: [{}]}}", targets.join(", ")), max >= 1280),
    );
    let replications = prop_oneof![1 => fixed, 2 => adaptive];
    (1_u32..8, 0_u32..30, any::<bool>(), 0_u32..1000, (replications, any::<bool>()), any::<bool>()).prop_map(
        |(replicas, crash, loss, seed, ((replications, enough), stratified), baseline)| Small {
            replicas,
            crash,
            loss,
            seed,
            replications,
            stratified: stratified && enough,
            baseline,
        },
    )
}

fn load(folder: &Path, small: &Small) -> Plan {
    let path = folder.join("small.yaml");
    fs::write(&path, small.yaml()).expect("room on the disk");
    Plan::load(&path, &Overrides::default()).unwrap_or_else(|error| panic!("{error}\n{}", small.yaml()))
}

/// Runs the plan from the blocks in `saved` on, and returns everything that the sweep hands over; it also saves the
/// blocks to `file`.
fn run(plan: &Plan, threads: usize, saved: &Saved, mut file: Writer) -> Vec<u8> {
    let mut bytes = Vec::new();
    let stop = AtomicBool::new(false);
    let result = sweep::resume(
        plan,
        threads,
        &stop,
        KnownBlocks { saved: &[saved], ..KnownBlocks::default() },
        replications::rows,
        |block| {
            let id = plan.scenarios[block.scenario].id;
            if !saved.holds(id, block.first, block.records.len() as u32) {
                file.write((id, block.first), &block.records, &block.bands, &block.cluster).expect("room on the disk");
            }
            bytes.extend_from_slice(&block.text);
            bytes.extend_from_slice(format!("{:?} {}", block.bands.rows(), block.last).as_bytes());
            if let Some(bands) = &block.cluster.bands {
                bytes.extend_from_slice(format!("{:?} {:?}", block.cluster.records, bands.rows()).as_bytes());
            }
            Ok::<(), Infallible>(())
        },
    );
    assert!(result.is_ok());
    bytes
}

fn anew(plan: &Plan, threads: usize, path: &Path) -> Vec<u8> {
    run(plan, threads, &Saved::default(), Writer::create(path).expect("room on the disk"))
}

/// The state of a file after a crash before all of it had reached the disk.
#[derive(Clone, Debug)]
enum Damage {
    CutOff(Index),
    Zeros(Index),
    Flipped(Index, u8),
    Garbage(Vec<u8>),
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        any::<Index>().prop_map(Damage::CutOff),
        any::<Index>().prop_map(Damage::Zeros),
        (any::<Index>(), 0_u8..8).prop_map(|(at, bit)| Damage::Flipped(at, bit)),
        prop::collection::vec(any::<u8>(), 1..200).prop_map(Damage::Garbage),
    ]
}

impl Damage {
    fn of(&self, whole: &[u8]) -> Vec<u8> {
        let mut bytes = whole.to_vec();
        match self {
            Self::CutOff(at) => bytes.truncate(at.index(whole.len())),
            Self::Zeros(at) => bytes[at.index(whole.len())..].fill(0),
            Self::Flipped(at, bit) => bytes[at.index(whole.len())] ^= 1 << bit,
            Self::Garbage(more) => bytes.extend_from_slice(more),
        }
        bytes
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn threads_shards_and_crashes_change_nothing(
        small in small(),
        of in 1_u32..=5,
        crashes in prop::collection::vec((damage(), 1_usize..=3), 1..6),
    ) {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let path = |name: &str| folder.path().join(name);
        let plan = load(folder.path(), &small);
        let whole = anew(&plan, 1, &path("whole"));
        let file = fs::read(path("whole")).expect("the blocks");
        for threads in [2, 3] {
            prop_assert!(anew(&plan, threads, &path("threads")) == whole, "{} threads", threads);
            prop_assert!(fs::read(path("threads")).expect("the blocks") == file);
        }
        let mut joined = Saved::default();
        for number in 0..of {
            let mut part = plan.clone();
            sweep::keep_shard(&mut part, Shard { number, of }, 2, &AtomicBool::new(false)).expect("a part");
            anew(&part, 1 + number as usize % 3, &path("part"));
            fs::rename(path("part"), path(&format!("part-{number}"))).expect("a file");
            joined.add(&path(&format!("part-{number}"))).expect("the blocks");
        }
        let looks = plan.looks();
        prop_assert!(plan.scenarios.iter().all(|scenario| looks.contains(&joined.reaches(scenario.id))));
        let merged = run(&plan, 2, &joined, Writer::create(&path("merged")).expect("room on the disk"));
        prop_assert!(merged == whole, "of {} shards", of);
        prop_assert_eq!(Saved::default().add(&path("merged")).map_err(|error| error.to_string()), Ok(()));
        prop_assert_eq!(fs::metadata(path("merged")).expect("a file").len(), 18, "something was simulated again");
        for (damage, threads) in crashes {
            fs::write(path("crashed"), damage.of(&file)).expect("room on the disk");
            let mut saved = Saved::default();
            let writer = match saved.add(&path("crashed")) {
                Ok(()) => Writer::append(&path("crashed"), &saved),
                Err(_) => Writer::create(&path("crashed")),
            };
            let again = run(&plan, threads, &saved, writer.expect("room on the disk"));
            prop_assert!(again == whole, "{:?}", damage);
            prop_assert!(fs::read(path("crashed")).expect("the blocks") == file, "{:?}", damage);
        }
    }
}

/// Three workloads in two worlds, which roll together and in turn.
fn worlds(folder: &Path) -> Plan {
    let deployment = |name: &str, replicas: u32| {
        format!(
            "---\nkind: Deployment\napiVersion: apps/v1\nmetadata: {{name: {name}}}\nspec: {{replicas: {replicas}, selector: {{matchLabels: {{a: \
             {name}}}}}, template: {{metadata: {{labels: {{a: {name}}}}}, spec: {{containers: [{{name: a, image: \"x/y:1\"}}]}}}}}}\n"
        )
    };
    let manifest = [("one", 3), ("two", 1), ("three", 5)].map(|(name, replicas)| deployment(name, replicas)).concat();
    fs::write(folder.join("three.yaml"), manifest).expect("room on the disk");
    let experiment = "workloads: {manifest: three.yaml}\npods: {start: {exponential: {mean: 4s}}, new: {crash: 20%}}\n\
                      cluster: {nodes: 3}\nsweep: {release.atOnce: [1, 3]}\nreplications: 200\n";
    let path = folder.join("worlds.yaml");
    fs::write(&path, experiment).expect("room on the disk");
    Plan::load(&path, &Overrides::default()).unwrap_or_else(|error| panic!("{error}"))
}

/// The same for worlds of several workloads, which are simulated together and stay together in a shard.
#[test]
fn worlds_are_the_same_on_any_threads_from_any_shards_and_after_any_crash() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let path = |name: &str| folder.path().join(name);
    let plan = worlds(folder.path());
    assert_eq!(plan.scenarios.len(), 6);
    let whole = anew(&plan, 1, &path("whole"));
    assert!(String::from_utf8_lossy(&whole).contains("ClusterRecord {"), "the cluster is among what is compared");
    let file = fs::read(path("whole")).expect("the blocks");
    assert!(anew(&plan, 3, &path("threads")) == whole && fs::read(path("threads")).expect("the blocks") == file);
    let mut joined = Saved::default();
    for number in 0..2 {
        let mut part = plan.clone();
        sweep::keep_shard(&mut part, Shard { number, of: 2 }, 2, &AtomicBool::new(false)).expect("a part");
        assert!(part.scenarios.len().is_multiple_of(3), "a world stays together");
        anew(&part, 2, &path("part"));
        fs::rename(path("part"), path(&format!("part-{number}"))).expect("a file");
        joined.add(&path(&format!("part-{number}"))).expect("the blocks");
    }
    let merged = run(&plan, 2, &joined, Writer::create(&path("merged")).expect("room on the disk"));
    assert!(merged == whole);
    for part in 1..8 {
        fs::write(path("crashed"), &file[..file.len() * part / 8]).expect("room on the disk");
        let mut saved = Saved::default();
        saved.add(&path("crashed")).expect("its beginning is whole");
        let writer = Writer::append(&path("crashed"), &saved).expect("room on the disk");
        assert!(run(&plan, 2, &saved, writer) == whole, "cut at {part} eighths");
    }
}

/// Sweeps the experiment into directories in `place` in every way, and holds them to be the same.
fn same_directories(place: &Path, experiment: &str, shards: &[u32]) -> Vec<String> {
    let at = |name: &str| place.join(name).display().to_string();
    let sweep = |name: &str, more: &[&str]| {
        let out = at(name);
        succeeds(&[&["sweep", experiment, "--quiet", "--out", &out], more].concat());
        out
    };
    let whole = sweep("whole", &["--threads", "1"]);
    let names = files(Path::new(&whole));
    let same = |other: &str| {
        assert_eq!(files(Path::new(other)), names);
        for name in &names {
            let bytes = |place: &str| fs::read(Path::new(place).join(name)).expect("a file");
            assert!(bytes(&whole) == bytes(other), "{name} of {other} differs");
        }
    };
    same(&sweep("threads", &["--threads", "3"]));
    for of in shards {
        let parts: Vec<String> =
            (0..*of).map(|k| sweep(&format!("part-{k}-{of}"), &["--shard", &format!("{k}/{of}")])).collect();
        let joined = at(&format!("joined-{of}"));
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        succeeds(&[&["merge", "--quiet", "--out", &joined], &parts[..]].concat());
        same(&joined);
        succeeds(&["verify", "--quiet", parts[0]]);
    }
    succeeds(&["verify", "--quiet", &whole]);
    succeeds(&["verify", "--quiet", "--sample", "1", &whole]);
    let drawn: Vec<_> =
        names.iter().map(|name| (name, fs::read(Path::new(&whole).join(name)).expect("a file"))).collect();
    succeeds(&["report", &whole]);
    for (name, bytes) in drawn {
        assert!(fs::read(Path::new(&whole).join(name)).expect("a file") == bytes, "{name} is drawn another way");
    }
    succeeds(&["verify", "--quiet", &whole]);
    names
}

/// The same for whole directories of worlds, drawn again from their tables too.
#[test]
fn directories_of_worlds_are_the_same_on_any_threads_and_from_any_shards() {
    let place = tempfile::tempdir().expect("a temporary directory");
    worlds(place.path());
    let experiment = place.path().join("worlds.yaml").display().to_string();
    let names = same_directories(place.path(), &experiment, &[2]);
    for file in ["cluster.csv", "cluster-statistics.csv", "cluster-timeline.csv", "cluster-room.csv"] {
        assert!(names.contains(&file.into()), "{names:?}");
    }
}

/// The same for whole directories, with precision, comparisons and charts.
#[test]
fn directories_are_the_same_on_any_threads_and_from_any_shards() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let at = |name: &str| place.path().join(name).display().to_string();
    let adaptive = "{min: 100, max: 2000, targets: [stalled_rate ±4%, dip_pod_seconds mean ±5]}";
    let sweeps = [(adaptive, false), ("300", false), ("300", true)];
    for (number, (replications, stratified)) in sweeps.into_iter().enumerate() {
        let small = Small {
            replicas: 4,
            crash: 10,
            loss: true,
            seed: 3,
            replications: replications.into(),
            stratified,
            baseline: true,
        };
        let experiment = at(&format!("small-{number}.yaml"));
        fs::write(&experiment, small.yaml()).expect("room on the disk");
        let sweep = |name: String, more: &[&str]| {
            let out = at(&name);
            succeeds(&[&["sweep", &experiment, "--quiet", "--out", &out], more].concat());
            out
        };
        let whole = sweep(format!("whole-{number}"), &["--threads", "1"]);
        let names = files(Path::new(&whole));
        assert!(names.contains(&"comparisons.csv".into()), "{names:?}");
        if replications == adaptive {
            let rows = fs::read_to_string(Path::new(&whole).join("precision.csv")).expect("a table");
            let counts: BTreeSet<_> = rows.lines().skip(1).filter_map(|row| row.rsplit(',').next()).collect();
            assert!(counts.len() > 1, "every scenario has {counts:?}");
        }
        let same = |other: &str| {
            assert_eq!(files(Path::new(other)), names);
            for name in &names {
                let bytes = |place: &str| fs::read(Path::new(place).join(name)).expect("a file");
                assert!(bytes(&whole) == bytes(other), "{name} of {other} differs");
            }
        };
        same(&sweep(format!("two-{number}"), &["--threads", "2"]));
        same(&sweep(format!("three-{number}"), &["--threads", "3"]));
        for of in [2, 5] {
            let part = |k| sweep(format!("part-{number}-{k}-{of}"), &["--shard", &format!("{k}/{of}")]);
            let parts: Vec<String> = (0..of).map(part).collect();
            let joined = at(&format!("joined-{number}-{of}"));
            let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
            succeeds(&[&["merge", "--quiet", "--out", &joined], &parts[..]].concat());
            same(&joined);
            succeeds(&["verify", "--quiet", parts[0]]);
        }
        succeeds(&["verify", "--quiet", &whole]);
        succeeds(&["verify", "--quiet", "--sample", "2", &whole]);
    }
}
