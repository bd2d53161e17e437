//! What is done with the bytes of a fuzzer: each target reads them as a user's file, and holds what comes of it to what must
//! always be true. A target panics where that breaks; it returns whether the bytes were accepted, so that a run that only tried
//! refusals is noticed.

use std::fs;
use std::path::{Path, PathBuf};

use rollcast::input::measured::{Choice, measured};
use rollcast::metrics::{Meter, Record};
use rollcast::plan::{Overrides, Plan};
use rollcast::report::package::Package;
use rollcast::report::redraw::redraw;
use rollcast::scenario::Scenario;
use rollcast::sim::{Fact, Observer, Simulator};
use rollcast::time::{SimDuration, SimTime};
use rollcast::{replay, stats};

/// Scenarios of a plan that are simulated, and replications of each.
const SIMULATED: (usize, u32) = (2, 3);
/// Larger scenarios are read, and not simulated: a fuzzer looks for mistakes, not for patience.
const LARGEST: (u32, usize) = (60, 200);
/// The horizon of what is simulated.
const LONGEST: SimDuration = SimDuration::from_secs(4 * 3600);

/// A target by its name, which is also that of its corpus.
pub type Target = (&'static str, fn(&[u8]) -> bool);

/// All targets.
pub const TARGETS: [Target; 4] =
    [("experiment", experiment), ("recording", recording), ("measurements", measurements), ("result", result)];

/// Where the files are that the bundled experiments name, for this package and for the tests that use this file.
fn folder() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let beside = package.join("experiments");
    if beside.is_dir() { beside } else { package.join("../experiments") }
}

/// An experiment or a manifest: read into a plan, of which some scenarios are simulated.
pub fn experiment(bytes: &[u8]) -> bool {
    let Ok(text) = str::from_utf8(bytes) else { return false };
    let Ok(plan) = Plan::parse(text, &folder(), &Overrides::default()) else { return false };
    let small = |scenario: &&Scenario| {
        scenario.target().desired <= LARGEST.0 && scenario.cluster.nodes.len() <= LARGEST.1 && scenario.world.is_none()
    };
    for scenario in plan.scenarios.iter().filter(small).take(SIMULATED.0) {
        let mut scenario = scenario.clone();
        scenario.horizon = scenario.horizon.min(LONGEST);
        (0..SIMULATED.1).for_each(|replication| replicated(&scenario, replication));
    }
    true
}

/// One replication, twice: the records are equal and hold together.
fn replicated(scenario: &Scenario, replication: u32) {
    let first = record(scenario, replication);
    assert_eq!(first, record(scenario, replication), "the same replication gives the same record");
    assert!(first.duration <= scenario.horizon, "a rollout longer than the horizon: {first:?}");
    assert!(first.min_available <= first.min_ready, "more available than Ready: {first:?}");
    assert!(first.dip <= first.duration, "missing pods for longer than the rollout: {first:?}");
}

fn record(scenario: &Scenario, replication: u32) -> Record {
    let mut simulator = Simulator::new(7);
    let mut meter = Meter::default();
    meter.begin(scenario);
    let span = simulator.run(scenario, replication, &mut meter);
    let mut order = InOrder::default();
    let again = simulator.run(scenario, replication, &mut order);
    assert_eq!(span.end, again.end, "an observer changes nothing");
    meter.finish(scenario, span)
}

/// Facts come in order of time, and a pod that is gone stays so.
#[derive(Default)]
struct InOrder {
    last: SimTime,
    gone: Vec<u32>,
}

impl Observer for InOrder {
    const DETAIL: bool = true;

    fn fact(&mut self, at: SimTime, fact: Fact) {
        assert!(self.last <= at, "time runs backwards at {fact:?}");
        self.last = at;
        match fact {
            Fact::PodGone(pod) => {
                assert!(!self.gone.contains(&pod), "pod {pod} goes twice");
                self.gone.push(pod);
            }
            Fact::PodReady(pod) | Fact::PodAvailable(pod) => {
                assert!(!self.gone.contains(&pod), "pod {pod} is gone and becomes Ready");
            }
            _ => {}
        }
    }
}

/// A recording of a control plane: read, replayed, and compared with itself.
pub fn recording(bytes: &[u8]) -> bool {
    let Ok(text) = str::from_utf8(bytes) else { return false };
    let Ok(recording) = replay::parse(Path::new("recording.json"), text) else { return false };
    replay::run(&recording).is_ok()
}

/// Measured latencies: read as CSV, JSON, an exposition of Prometheus or text, and fitted.
pub fn measurements(bytes: &[u8]) -> bool {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let mut accepted = false;
    for name in ["measured.csv", "measured.json", "measured.txt"] {
        let file = folder.path().join(name);
        fs::write(&file, bytes).expect("room on the disk");
        let Ok(found) = measured(&file, &Choice::default()) else { continue };
        for sample in found.samples.iter().filter(|sample| sample.lengths.count() <= 2_000) {
            let _ = stats::fit::fit(&sample.lengths);
            accepted = true;
        }
    }
    accepted
}

/// The description of a result, as somebody may have changed it: it is read, checked, and never drawn over other files.
pub fn result(bytes: &[u8]) -> bool {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let place = folder.path().join("result");
    fs::create_dir(&place).expect("room on the disk");
    fs::write(place.join("datapackage.json"), bytes).expect("room on the disk");
    let package = Package::read(&place);
    if let Ok(package) = &package {
        let _ = package.changed_inputs();
        let _ = package.plan();
    }
    let _ = redraw(&place, false);
    let outside = fs::read_dir(folder.path()).expect("a folder").count();
    assert_eq!(outside, 1, "something was written outside the result");
    package.is_ok()
}
