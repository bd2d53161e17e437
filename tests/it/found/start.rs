//! What a run makes of a snapshot at its start.

use rollcast::metrics::{Meter, Outcome, Record};
use rollcast::scenario::{MeasuredEvent, Scenario};
use rollcast::sim::{Fact, Observer, Simulator};
use rollcast::time::{SimDuration, SimTime};

use super::snapshot::{Camera, from, photograph};
use crate::world::{ROLLING, exponential, pods, replicate, scenario, seconds};

/// The steady state as a snapshot of which nothing is left out: the nodes of its pods, and long ago.
fn steady_as_found(world: &Scenario) -> Scenario {
    let mut at_rest = world.clone();
    at_rest.event = MeasuredEvent::Nothing;
    let mut camera = Camera::new(&at_rest, SimDuration::ZERO);
    Simulator::new(1).run(&at_rest, 0, &mut camera);
    let mut found = camera.found();
    found.within_second = None;
    from(world, found)
}

fn worlds() -> Vec<Scenario> {
    let mut plain = scenario(6, ROLLING(2, 1));
    plain.pods[1] = pods(exponential(8.0), seconds(2.0));
    let mut waits = scenario(5, ROLLING(1, 1));
    waits.deployment.min_ready_seconds = 7;
    waits.control_plane.api_latency = seconds(0.02);
    waits.control_plane.watch_latency = seconds(0.01);
    let mut troubles = scenario(4, ROLLING(1, 1));
    let mut model = pods(exponential(5.0), exponential(3.0));
    (model.crash, model.never_ready) = (0.2, 0.05);
    troubles.pods[1] = model;
    troubles.deployment.progress_deadline_seconds = Some(60);
    troubles.horizon = SimDuration::from_secs(600);
    vec![plain, waits, troubles]
}

/// The instants count from the start: those since the epoch are not the same.
#[derive(Default)]
struct Facts {
    start: Option<SimTime>,
    all: Vec<(SimDuration, Fact)>,
}

impl Observer for Facts {
    const DETAIL: bool = false;

    fn fact(&mut self, at: SimTime, fact: Fact) {
        let start = *self.start.get_or_insert(at);
        let fact = match fact {
            Fact::DeploymentStatus { workload, mut status, progress } => {
                status.progressing = None;
                Fact::DeploymentStatus { workload, status, progress }
            }
            fact => fact,
        };
        self.all.push((at.since(start), fact));
    }
}

#[test]
fn the_steady_state_as_a_snapshot_gives_the_same_rollouts() {
    for world in worlds() {
        let found = steady_as_found(&world);
        assert_eq!(replicate(&world, 100), replicate(&found, 100));
        for replication in 0..20 {
            let [steady, found] = [&world, &found].map(|world| {
                let mut facts = Facts::default();
                Simulator::new(1).run(world, replication, &mut facts);
                facts.all
            });
            assert_eq!(steady, found);
        }
    }
}

/// One replication that goes on from a picture.
fn go_on(world: &Scenario, replication: u32) -> Record {
    let mut meter = Meter::default();
    meter.begin(world);
    let span = Simulator::new(3).run(world, replication, &mut meter);
    meter.finish(world, span)
}

/// From every second of small rollouts: the run goes on, ends, and keeps to the limits of its strategy.
#[test]
fn a_rollout_goes_on_from_every_state() {
    let mut states = 0;
    let mut simulator = Simulator::new(1);
    for replicas in 1..=4 {
        for (surge, unavailable) in [(0, 1), (1, 0), (1, 1), (2, 0), (0, 2), (3, 2)] {
            for window in [0, 4] {
                let mut world = scenario(replicas, ROLLING(surge, unavailable));
                world.pods = vec![pods(seconds(1.0), exponential(4.0)), pods(exponential(4.0), seconds(1.0))];
                world.deployment.min_ready_seconds = window;
                for (replication, millis) in (0..).zip((0..20_000).step_by(500)) {
                    let after = SimDuration::from_millis(millis);
                    let Some((found, ..)) = photograph(&mut simulator, &world, replication, after) else { continue };
                    let found = from(&world, found);
                    let record = go_on(&found, replication);
                    let case = format!(
                        "{replicas}, {surge}/{unavailable}, {window} s, at {millis} ms: {record:?}\n{:?}",
                        found.start
                    );
                    assert_eq!(record.outcome, Outcome::Completed, "{case}");
                    assert!(record.min_available as i32 >= replicas - unavailable.min(replicas), "{case}");
                    assert!(record.peak_pods as i32 <= replicas + surge, "{case}");
                    states += 1;
                }
            }
        }
    }
    assert!(states > 500, "{states} states");
}
