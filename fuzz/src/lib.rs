//! What is done with the bytes of a fuzzer: each target reads them as a user's file, and holds what comes of it to what must
//! always be true. A target panics where that breaks; it returns whether the bytes were accepted, so that a run that only tried
//! refusals is noticed.

pub mod corpus;
pub mod mutate;

use std::fs;
use std::path::{Path, PathBuf};

use rollcast::eta::{Effort, Eta};
use rollcast::input::measured::{Choice, measured};
use rollcast::input::snapshot;
use rollcast::metrics::{Meter, Record};
use rollcast::plan::{Overrides, Plan, Seen};
use rollcast::report::package::Package;
use rollcast::report::redraw::redraw;
use rollcast::report::{eta as sentences, recording as account};
use rollcast::scenario::Scenario;
use rollcast::sim::{Fact, Observer, Simulator};
use rollcast::time::{SimDuration, SimTime};
use rollcast::{record as incident, replay, stats};

/// Scenarios of a plan that are simulated, and replications of each.
const SIMULATED: (usize, u32) = (2, 3);
/// Larger scenarios are read, and not simulated: a fuzzer looks for mistakes, not for patience.
const LARGEST: (u32, usize) = (60, 200);
/// The horizon of what is simulated.
const LONGEST: SimDuration = SimDuration::from_secs(4 * 3600);
/// Columns of a terminal for what is written there.
const WIDTH: u16 = 80;

/// A target by its name, which is also that of its corpus.
pub type Target = (&'static str, fn(&[u8]) -> bool);

/// All targets.
pub const TARGETS: [Target; 9] = [
    ("experiment", experiment),
    ("manifest", manifest),
    ("snapshot", snapshot),
    ("record", record),
    ("recording", recording),
    ("csv", measurements),
    ("exposition", measurements),
    ("objects", measurements),
    ("result", result),
];

/// Does with `bytes` what the target of this name does.
///
/// # Panics
/// When there is no such target, or what must always be true is not.
pub fn run(name: &str, bytes: &[u8]) -> bool {
    let (_, target) = TARGETS.into_iter().find(|(target, _)| *target == name).expect("a target");
    target(bytes)
}

/// Where the files are that the bundled experiments name.
fn folder() -> PathBuf {
    corpus::root().join("experiments")
}

/// An experiment: read into a plan, of which some scenarios are simulated.
pub fn experiment(bytes: &[u8]) -> bool {
    let Ok(text) = str::from_utf8(bytes) else { return false };
    simulated(text, &Overrides::default())
}

/// Manifests: the same of the Deployment that is chosen, and of all Deployments together.
pub fn manifest(bytes: &[u8]) -> bool {
    let Ok(text) = str::from_utf8(bytes) else { return false };
    let together = Overrides { world: true, ..Overrides::default() };
    let alone = simulated(text, &Overrides::default());
    Plan::parse(text, &folder(), &together).is_ok() || alone
}

/// Reads a plan and simulates some scenarios of it; whether it is one.
fn simulated(text: &str, overrides: &Overrides) -> bool {
    let Ok(plan) = Plan::parse(text, &folder(), overrides) else { return false };
    for scenario in plan.scenarios.iter().filter(|scenario| is_small(scenario)).take(SIMULATED.0) {
        let mut scenario = scenario.clone();
        scenario.horizon = scenario.horizon.min(LONGEST);
        (0..SIMULATED.1).for_each(|replication| replicated(&scenario, replication));
    }
    true
}

fn is_small(scenario: &Scenario) -> bool {
    scenario.target().desired <= LARGEST.0 && scenario.cluster.nodes.len() <= LARGEST.1 && scenario.world.is_none()
}

/// What a cluster shows of a rollout: how long it still takes, in every form of the answer, and a rollout of the same Deployment.
pub fn snapshot(bytes: &[u8]) -> bool {
    let Ok(text) = str::from_utf8(bytes) else { return false };
    let asked = snapshot::Asked::default();
    let Ok(seen) = Seen::of_text(text, &folder(), &Overrides::default(), &asked) else { return false };
    let scenario = seen.plan.as_ref().ok().and_then(|plan| plan.scenarios.first());
    if seen.snapshot.target() > LARGEST.0 || scenario.is_some_and(|scenario| !is_small(scenario)) {
        return true;
    }
    let effort = Effort { threads: 1, replications: Some(SIMULATED.1), course: true };
    let [eta, again] = [(), ()].map(|()| Eta::answer(&seen, effort).expect("a thread"));
    assert_eq!(eta, again, "the same snapshot gives the same answer");
    let caveats = seen.plan.as_ref().ok().map(|plan| &plan.caveats);
    let answered = sentences::Answered { eta: &eta, caveats };
    assert!(sentences::json(answered).is_object() && !sentences::page(answered).is_empty());
    assert!(!sentences::text(answered, WIDTH).is_empty() && !sentences::markdown(answered).is_empty());
    let name = Some(seen.snapshot.workload.full_name());
    simulated(text, &Overrides { deployment: name, ..Overrides::default() });
    true
}

/// What a cluster logged: a recording is made of it, which must be one that can be read again.
pub fn record(bytes: &[u8]) -> bool {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let file = folder.path().join("seen.log");
    fs::write(&file, bytes).expect("room on the disk");
    let mut accepted = false;
    for [namespace, kind, name] in corpus::WORKLOADS.into_iter().filter(|[_, _, name]| holds(bytes, name)) {
        let mut target: incident::Target = format!("{kind}/{name}").parse().expect("a workload");
        target.namespace = namespace.into();
        let asked = incident::Asked { target: target.clone(), beside: Vec::new(), since: None, until: None };
        let Ok(recorded) = incident::record(std::slice::from_ref(&file), &asked) else { continue };
        let text = incident::text(&recorded.recording);
        assert!(!account::text(&target, &recorded, WIDTH).is_empty() && account::json(&target, &recorded).is_object());
        accepted |= replay::parse(Path::new("recording.json"), &text).is_ok();
    }
    accepted
}

fn holds(bytes: &[u8], name: &str) -> bool {
    bytes.windows(name.len()).any(|part| part == name.as_bytes())
}

/// One replication, twice: the records are equal and hold together.
fn replicated(scenario: &Scenario, replication: u32) {
    let first = recorded(scenario, replication);
    assert_eq!(first, recorded(scenario, replication), "the same replication gives the same record");
    assert!(first.duration <= scenario.horizon, "a rollout longer than the horizon: {first:?}");
    assert!(first.min_available <= first.min_ready, "more available than Ready: {first:?}");
    assert!(first.dip <= first.duration, "missing pods for longer than the rollout: {first:?}");
}

fn recorded(scenario: &Scenario, replication: u32) -> Record {
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

/// Measured latencies, of whatever kind their content says: read, and fitted.
pub fn measurements(bytes: &[u8]) -> bool {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let file = folder.path().join("measured");
    fs::write(&file, bytes).expect("room on the disk");
    let Ok(found) = measured(&file, &Choice::default()) else { return false };
    for sample in found.samples.iter().filter(|sample| sample.lengths.count() <= 2_000) {
        let _ = stats::fit::fit(&sample.lengths);
    }
    true
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
