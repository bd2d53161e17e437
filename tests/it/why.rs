//! Where the time of a rollout goes and what stalls it, computed by hand, and as the program says it.

use rollcast::diagnosis::{Account, Doing, Part, Phase, Role, rows};
use rollcast::k8s::objects::Strategy;
use rollcast::metrics::StallCause;
use rollcast::scenario::{Cluster, InitContainer, Node, Scenario};
use rollcast::sim::Simulator;

use crate::cli::{rollcast, succeeds, text};
use crate::world::{ROLLING, scenario, seconds};

const FIRST_LOOK: &str = "experiments/first-look.yaml";

fn account(scenario: &Scenario) -> Account {
    Account::of(&mut Simulator::new(1), scenario, 0)
}

/// The parts of the time in seconds, and the names of the pods that decided.
fn told(scenario: &Scenario) -> (Vec<(Part, f64)>, Vec<String>) {
    let account = account(scenario);
    let parts = account.parts().into_iter().map(|(part, length)| (part, length.as_secs_f64())).collect();
    let pods = account.deciding().iter().filter_map(|pod| Some(account.pod(*pod)?.name())).collect();
    (parts, pods)
}

#[test]
fn one_pod_after_the_other() {
    let world = scenario(3, ROLLING(1, 0));
    assert_eq!(told(&world), (vec![(Part::Start, 30.0)], vec!["v2-0".into(), "v2-1".into(), "v2-2".into()]));
}

#[test]
fn every_phase_has_its_part() {
    let mut world = scenario(1, ROLLING(1, 0));
    world.deployment.min_ready_seconds = 7;
    let model = &mut world.pods[1];
    (model.pull, model.cached) = (seconds(20.0), 0.0);
    model.init_containers = vec![InitContainer::Plain { run: seconds(4.0) }];
    let (parts, _) = told(&world);
    let length = |part| parts.iter().find(|(known, _)| *known == part).map(|(_, length)| *length);
    assert_eq!((length(Part::Pull), length(Part::Start)), (Some(20.0), Some(10.0)));
    // The kubelet notices the end of an init container within a second; availability begins at a full second.
    assert!(length(Part::InitContainers).is_some_and(|length| (4.0..=5.0).contains(&length)), "{parts:?}");
    assert!(length(Part::MinReady).is_some_and(|length| (6.0..=7.0).contains(&length)), "{parts:?}");
}

#[test]
fn recreate_waits_for_old_pods() {
    let world = scenario(2, Strategy::Recreate);
    let (parts, pods) = told(&world);
    assert_eq!(parts, [(Part::OldPods, 2.0), (Part::Start, 10.0)]);
    assert!(pods[0].starts_with("v1-") && pods[1].starts_with("v2-"), "{pods:?}");
}

#[test]
fn a_wait_for_room_is_divided_where_the_old_pod_begins_to_end() {
    let mut world = scenario(2, ROLLING(1, 1));
    world.cluster = Cluster::of(vec![Node { zone: 0, slots: 2, base_load: 0.0, pod_load: 0.1 }]);
    let (parts, pods) = told(&world);
    // The first new pod gets the room of an old one after 2 s and is available after 12 s. Then the other old one has to go.
    assert_eq!(parts, [(Part::Node, 12.0), (Part::OldPods, 2.0), (Part::Start, 10.0)]);
    assert_eq!(pods, ["v2-1"]);
}

#[test]
fn a_stall_names_the_pods_that_hold_it_up() {
    let mut world = scenario(2, ROLLING(1, 0));
    world.pods[1].never_ready = 1.0;
    let account = account(&world);
    let stalled = account.stalled.expect("a stall");
    assert_eq!((stalled.cause, stalled.held, stalled.of), (StallCause::Readiness, 1, 1));
    assert_eq!(stalled.at.since(stalled.progress).as_secs_f64().round(), 600.0);
    assert!(account.chain.is_empty() && account.duration().is_none());
    let holding: Vec<String> = account.holding().iter().map(|pod| account.pods[*pod as usize].name()).collect();
    assert_eq!(holding, ["v2-0"]);
    let table = rows(&account, 3, 0, Role::Stalled);
    let of_pod: Vec<_> = table.iter().filter(|row| row.pod == "v2-0").collect();
    assert!(
        of_pod.iter().all(|row| row.deciding) && of_pod.iter().any(|row| row.phase == Doing::Pod(Phase::WarmingUp))
    );
    assert!(table.iter().filter(|row| row.pod.starts_with("v1-")).all(|row| !row.deciding));
}

#[test]
fn of_many_pods_a_few_have_rows_and_all_are_counted() {
    let world = scenario(400, ROLLING(100, 0));
    let account = account(&world);
    let table = rows(&account, 0, 0, Role::Typical);
    let mut names: Vec<&str> = table.iter().map(|row| row.pod.as_str()).filter(|pod| !pod.is_empty()).collect();
    names.dedup();
    assert!(names.len() <= 40 + account.deciding().len(), "{}", names.len());
    let counted: Vec<_> = table.iter().filter(|row| row.pod.is_empty() && row.version == Some(2)).collect();
    let last = counted.iter().map(|row| row.to_s).fold(0.0, f64::max);
    let at_last: u32 = counted.iter().filter(|row| row.to_s == last).map(|row| row.pods).sum();
    assert_eq!(at_last, 400);
}

#[test]
fn the_answer_measures_what_helps() {
    let ask = ["why", FIRST_LOOK, "--scenario", "3", "--quiet", "--replications", "120"];
    let said = succeeds(&ask);
    for words in
        ["where the time went", "the pods that decided", "a warm-up half as long: ", "Whole log: rollcast trace"]
    {
        assert!(said.contains(words), "{words}: {said}");
    }
    let said = succeeds(&[&ask[..], &["--stalled", "--set", "pods.new.neverReady=5%"]].concat());
    for words in
        ["without progress since", "never became Ready", "How often:", "What helps", "half as many pods that never"]
    {
        assert!(said.contains(words), "{words}: {said}");
    }
    let said = succeeds(&[&ask[..], &["--where", "duration_s > 1m"]].concat());
    assert!(said.contains("rollouts have duration_s > 1m. Shown: the median of them"), "{said}");
    assert!(said.lines().all(|line| line.chars().count() <= 100), "{said}");
}

#[test]
fn questions_without_an_answer_are_refused() {
    let refused = |arguments: &[&str], words: &str| {
        let output = rollcast(&[&["why", FIRST_LOOK, "--replications", "30"], arguments].concat());
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(said.contains(words), "{arguments:?}: {said}");
    };
    refused(&["--stalled"], "none of 30 rollouts stalled: ask with --slowest");
    refused(&["--replication", "30"], "there is no replication 30: the experiment has 30, counted from 0");
    refused(&["--where", "duration_s > 2h"], "none of 30 rollouts has `duration_s > 2h`");
    refused(&["--where", "p95 duration"], "did you mean `duration_s`?");
    refused(&["--slowest", "--stalled"], "cannot be used with");
    refused(&["--set", "event={drain: 0}"], "`why` explains rollouts only");
}

#[test]
fn a_log_leaves_out_the_chatter_and_says_where_the_time_went() {
    let ask = ["trace", FIRST_LOOK, "--slowest"];
    let short = succeeds(&ask);
    assert!(!short.contains(" Status ") && short.contains("Where the time went: "), "{short}");
    assert!(short.contains("of the controllers' status and refused writes (--verbose)."), "{short}");
    let long = succeeds(&[&ask[..], &["--verbose"]].concat());
    assert!(long.contains(" Status ") && !long.contains("--verbose"), "{long}");
    let programs = succeeds(&[&ask[..], &["--format", "json"]].concat());
    assert_eq!(programs.lines().count(), long.lines().filter(|line| line.starts_with(' ')).count());
    let output = rollcast(&["trace", FIRST_LOOK, "--replication", "5000"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("--set replications=5001"));
}
