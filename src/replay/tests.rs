use super::*;
use proptest::prelude::*;
use serde_json::{Value, json};

fn minimal() -> Value {
    json!({
        "deployment": {"replicas": 2},
        "cluster": {"nodes": 2, "mode": "fast"},
        "pods": {"default_ready_after_seconds": {"v1": 1, "v2": 3}, "terminate_after_seconds": {"default": 1}},
        "actions": [
            {"at": 0, "do": "create", "template": "v1"},
            {"at": 5, "do": "set-template", "template": "v2"},
        ],
        "ended_at": 30,
    })
}

fn read(value: &Value) -> Result<Recording, ReplayError> {
    parse(Path::new("folder/incident.json"), &value.to_string())
}

fn answered(value: &Value) -> Answer {
    answer(&read(value).unwrap())
}

#[test]
fn a_byte_order_mark_is_passed_over() {
    assert!(parse(Path::new("folder/incident.json"), &format!("\u{feff}{}", minimal())).is_ok());
}

#[test]
fn what_is_not_known_is_only_simulated() {
    let answer = answered(&minimal());
    assert_eq!((answer.name.as_str(), answer.matched), ("incident", None));
    let sizes: Vec<_> = answer.scaling.got.iter().map(|s| (s.1.as_str(), s.2, s.3)).collect();
    assert_eq!(sizes, [("v1", 0, 2), ("v2", 0, 1), ("v1", 2, 1), ("v2", 1, 2), ("v1", 1, 0)]);
    let json = serde_json::to_value(&answer).unwrap();
    assert_eq!(json["outcome"], json!({"got": "complete"}));
    assert_eq!(json["min_ready"], json!({"got": 2}));
    assert_eq!(json["matched"], Value::Null);
}

#[test]
fn a_proposal_is_what_would_have_happened() {
    // The second new pod may be created when the first old one, deleted at 8 s, is gone a second later.
    for (proposals, second) in [
        (json!({}), 8.0),
        (json!({"podReplacementPolicy": "TerminationStarted"}), 8.0),
        (json!({"podReplacementPolicy": "TerminationComplete"}), 9.0),
    ] {
        let mut recording = minimal();
        recording["proposals"] = proposals.clone();
        let got = answered(&recording).scaling.got;
        let at = got.iter().find(|s| (s.1.as_str(), s.2, s.3) == ("v2", 1, 2)).unwrap().0;
        assert!((second..second + 0.5).contains(&at), "{proposals}: {at}");
    }
}

/// A deadline is shortened while the controller waits for a longer one.
#[test]
fn a_shortened_deadline_is_looked_at() {
    let mut recording = minimal();
    recording["deployment"]["progressDeadlineSeconds"] = json!(600);
    recording["pods"]["default_ready_after_seconds"]["v2"] = json!("never");
    let list = recording["actions"].as_array_mut().unwrap();
    list.push(json!({"at": 8, "do": "patch-spec", "spec": {"progressDeadlineSeconds": 15}}));
    assert_eq!(answered(&recording).outcome.got, "progress-deadline-exceeded");
}

/// Thirty pods, where the scheduler may bind ten at once and five a second.
#[test]
fn the_schedulers_client_is_throttled() {
    let mut recording = minimal();
    recording["deployment"]["replicas"] = json!(30);
    recording["cluster"]["scheduler_client_qps_burst"] = json!([5, 10]);
    recording["actions"].as_array_mut().unwrap().truncate(1);
    let complete = answered(&recording).complete_at.got.unwrap();
    assert!((5.0..5.2).contains(&complete), "{complete}");
}

/// When pods of lost nodes are deleted, with a toleration of 5 s: `(pods, instant)` by instant.
fn evictions(period: u64, actions: Value) -> Vec<(usize, f64)> {
    let mut recording = minimal();
    recording["deployment"]["replicas"] = json!(8);
    let cluster = recording["cluster"].as_object_mut().unwrap();
    cluster.insert("nodes".into(), json!(4));
    cluster.insert("toleration_seconds".into(), json!(5));
    cluster.insert("node_monitor_grace_period_seconds".into(), json!(8));
    cluster.insert("node_monitor_period_seconds".into(), json!(period));
    recording["actions"].as_array_mut().unwrap().truncate(1);
    recording["actions"].as_array_mut().unwrap().extend(actions.as_array().unwrap().iter().cloned());
    recording["ended_at"] = json!(90);
    let mut found: Vec<(usize, f64)> = Vec::new();
    for (at, _) in run(&read(&recording).unwrap()).unwrap().deletions {
        match found.last_mut() {
            Some((pods, last)) if *last == at => *pods += 1,
            _ => found.push((1, at)),
        }
    }
    found
}

/// Evictions that had been stopped resume one interval after the zone is normal again, not at once.
#[test]
fn evictions_that_were_stopped_begin_with_an_empty_bucket() {
    let down = |node| json!({"at": 4, "do": "node-down", "node": node});
    let up = json!({"at": 30, "do": "node-up", "node": 0});
    let found = evictions(1, json!([down(0), down(1), down(2), up]));
    assert_eq!(found, [(2, 45.5), (2, 55.5)]);
}

#[test]
fn a_node_is_noticed_when_the_controller_looks() {
    let down = json!([{"at": 4, "do": "node-down", "node": 0}]);
    assert_eq!(evictions(1, down.clone()), [(2, 17.5)]);
    assert_eq!(evictions(5, down), [(2, 22.5)], "8 s of grace end between two looks");
}

/// The API server refuses the new version's second pod. While the ReplicaSet's syncs fail, only the back-off brings
/// its key back, so an available pod is counted later than `minReadySeconds` requires.
#[test]
fn failing_syncs_delay_what_min_ready_seconds_awaits() {
    let first_step = |quota: u32| {
        let mut recording = minimal();
        recording["deployment"] = json!({
            "replicas": 4, "minReadySeconds": 3,
            "strategy": {"rollingUpdate": {"maxSurge": 2, "maxUnavailable": 0}},
        });
        recording["pods"]["default_ready_after_seconds"]["v2"] = json!(2);
        recording["actions"] = json!([
            {"at": 0, "do": "quota", "pods": quota},
            {"at": 2, "do": "create", "template": "v1"},
            {"at": 12, "do": "set-template", "template": "v2"},
        ]);
        recording["ended_at"] = json!(100);
        let got = answered(&recording).scaling.got;
        got.iter().find(|step| (step.1.as_str(), step.2) == ("v1", 4)).unwrap().0
    };
    assert!((17.0..17.1).contains(&first_step(6)), "{}", first_step(6));
    assert!((19.0..25.0).contains(&first_step(5)), "{}", first_step(5));
}

/// The template that an undo found is a recorded fact, which holds also where kubectl would have refused the undo.
#[test]
fn an_undo_takes_the_template_that_was_recorded() {
    for (resolved, expected) in [(json!(null), "2"), (json!("v1"), "3")] {
        let mut recording = minimal();
        let list = recording["actions"].as_array_mut().unwrap();
        list.push(json!({"at": 15, "do": "pause"}));
        list.push(json!({"at": 16, "do": "undo", "resolved_template": resolved}));
        list.push(json!({"at": 17, "do": "resume"}));
        assert_eq!(answered(&recording).revision.got.as_deref(), Some(expected));
    }
}

#[test]
fn an_expectation_of_nothing_matches_nothing() {
    let mut recording = minimal();
    recording["expect"] = json!({});
    assert_eq!(answered(&recording).matched, None);
    recording["expect"] = json!({"instants_within_s": 2});
    assert_eq!(answered(&recording).matched, None);
    recording["expect"] = json!({"outcome": "complete"});
    assert_eq!(answered(&recording).matched, Some(true));
}

#[test]
fn the_first_difference_is_reported() {
    let mut recording = minimal();
    recording["expect"] = json!({"scaling": [[0.005, "v1", 0, 2]], "outcome": "complete", "revision": "2"});
    let answer = answered(&recording);
    assert_eq!(answer.matched, Some(false));
    let difference = answer.first_difference.clone().unwrap();
    assert!(difference.contains("v2 0 -> 1") && difference.contains("not observed"), "{difference}");
    assert!(answer.to_text().starts_with("incident: differed\n"));
    recording["repeatable"] = json!(false);
    assert_eq!(answered(&recording).matched, Some(true), "only extremes and outcome count");
    recording["expect"]["min_ready"] = json!([3, 4]);
    assert_eq!(answered(&recording).first_difference.unwrap(), "min_ready: observed 3 to 4, simulated 2");
}

/// Three old pods, one unready and one with a low deletion cost, and a scale-down to one.
fn scaled_down() -> Value {
    let mut recording = minimal();
    recording["deployment"]["replicas"] = json!(4);
    recording["actions"][1] = json!({"at": 5, "do": "pod-unready", "template": "v1", "index": 2});
    let cost = json!({"controller.kubernetes.io/pod-deletion-cost": "-5"});
    let list = recording["actions"].as_array_mut().unwrap();
    list.push(json!({"at": 6, "do": "annotate-pod", "template": "v1", "index": 1, "annotations": cost}));
    list.push(json!({"at": 8, "do": "scale", "replicas": 3}));
    list.push(json!({"at": 12, "do": "scale", "replicas": 2}));
    list.push(json!({"at": 16, "do": "scale", "replicas": 1}));
    recording["expect"] = json!({
        "outcome": "complete", "min_ready": [1, 1], "revision": "1",
        "scaling": [[0, "v1", 0, 4], [8, "v1", 4, 3], [12, "v1", 3, 2], [16, "v1", 2, 1]],
        "deletions": [[8.02, "v1-2"], [12.02, "v1-1"], [16.02, "v1-3"]],
    });
    recording
}

#[test]
fn chance_is_as_recorded_and_a_wrong_ranking_is_reported() {
    let recording = read(&scaled_down()).unwrap();
    let observed = run(&recording).unwrap();
    let pods: Vec<_> = observed.deletions.iter().map(|(_, pod)| pod.as_str()).collect();
    assert_eq!(pods, ["v1-2", "v1-1", "v1-3"], "of v1-0 and v1-3 only the UID decides");
    assert_eq!(compare(&recording, &observed).first_difference, None);
    let deleting = |pods: [&str; 3]| {
        let mut wrong = observed.clone();
        wrong.deletions.iter_mut().zip(pods).for_each(|((_, pod), other)| *pod = other.into());
        compare(&recording, &wrong).first_difference
    };
    assert_eq!(deleting(["v1-2", "v1-1", "v1-0"]), None, "a random UID decides");
    let ready_first = deleting(["v1-0", "v1-1", "v1-2"]).unwrap();
    assert_eq!(ready_first, "deletions of v1 from 8.020 s: observed 1 unready pods going, simulated 0");
    let cost_ignored = deleting(["v1-2", "v1-3", "v1-0"]).unwrap();
    assert_eq!(cost_ignored, "deletions of v1 from 12.020 s: observed 1 Ready pods of cost -5 going, simulated 0");
    let mut fewer = observed.clone();
    fewer.deletions.pop();
    let fewer = compare(&recording, &fewer).first_difference.unwrap();
    assert_eq!(fewer, "deletions: observed 3 of v1, simulated 2, the first more at 16.020 s");
}

#[test]
fn a_deletion_cost_that_the_api_refuses_changes_nothing() {
    for cost in ["", "abc", "+20", "007", "2147483648"] {
        let mut recording = scaled_down();
        let annotations = json!({"controller.kubernetes.io/pod-deletion-cost": cost});
        let action = json!({"at": 7, "do": "annotate-pod", "template": "v1", "index": 1, "annotations": annotations});
        recording["actions"].as_array_mut().unwrap().insert(3, action);
        let observed = run(&read(&recording).unwrap()).unwrap();
        assert_eq!(observed.deletions[1].1, "v1-1", "{cost}");
    }
}

#[test]
fn what_is_not_modelled_is_named() {
    let mut recording = minimal();
    recording["actions"][1] = json!({"at": 5, "do": "restart-kubelet", "node": 1});
    let answer = answered(&recording);
    assert_eq!(
        serde_json::to_string(&answer).unwrap(),
        r#"{"name":"incident","unsupported":"action restart-kubelet"}"#
    );
    let mut summary = Summary::default();
    summary.add(&answer);
    assert_eq!(summary.to_string(), "0 matched, 0 differed, 1 unsupported");
}

#[test]
fn errors_name_file_and_field() {
    let table = [
        ("/actions/1/at", json!(-1), "actions[1].at"),
        ("/pods/default_ready_after_seconds", json!({"v1": "soon"}), "pods.default_ready_after_seconds"),
        ("/cluster/nodes", json!("many"), "cluster.nodes"),
        ("/cluster/mode", json!("slow"), "cluster.mode"),
        ("/pods/terminate_after_seconds", json!({"v1": {"first": 1}}), "pods.terminate_after_seconds"),
        ("/deployment/replicas", json!("2"), "deployment.replicas"),
        ("/deployment", Value::Null, "deployment"),
        ("/proposals", json!({"podReplacementPolicy": "Later"}), "proposals"),
        ("/proposals", json!({"replacementPolicy": "none"}), "proposals"),
    ];
    for (pointer, wrong, field) in table {
        let mut recording = minimal();
        recording["proposals"] = json!({});
        *recording.pointer_mut(pointer).unwrap() = wrong;
        let error = read(&recording).unwrap_err().to_string();
        assert!(error.starts_with(&format!("folder/incident.json: {field}: ")), "{error}");
    }
    assert!(parse(Path::new("x.json"), "{").unwrap_err().to_string().starts_with("x.json is not JSON"));
}

#[test]
fn fields_that_an_action_needs_are_asked_for() {
    let table = [
        (json!({"at": 5, "do": "scale"}), "actions[1].replicas: is missing"),
        (json!({"at": 5, "do": "delete-pod", "template": "v1"}), "actions[1].index: is missing"),
        (json!({"at": 5, "do": "patch-spec"}), "actions[1].spec: is missing"),
        (json!({"at": 5, "do": "annotate-pod", "template": "v1", "index": 0}), "actions[1].annotations: is missing"),
        (json!({"at": 5, "do": "node-down", "node": 2}), "actions[1].node: there is no node 2"),
        (
            json!({"at": 5, "do": "patch-spec", "spec": {"replica": 3}}),
            "actions[1].spec.replica: unknown key `replica`; did you mean `replicas`?",
        ),
        (json!({"at": 5, "do": "patch-spec", "spec": {"replicas": "3"}}), "actions[1].spec.replicas: \"3\" is no"),
        (json!({"do": "pause"}), "actions[1].at: is missing"),
    ];
    for (action, message) in table {
        let mut recording = minimal();
        recording["actions"][1] = action;
        let error = read(&recording).unwrap_err().to_string();
        assert!(error.starts_with(&format!("folder/incident.json: {message}")), "{error}");
    }
    let mut recording = minimal();
    recording["actions"].as_array_mut().unwrap().remove(0);
    assert!(read(&recording).unwrap_err().to_string().ends_with("actions: has no create action"));
}

#[test]
fn what_the_api_server_refuses_is_rejected() {
    let strategies = [
        json!({"type": "Recreate", "rollingUpdate": {"maxSurge": 1}}),
        json!({"type": "Recreate", "rollingUpdate": {}}),
        json!({"type": "BlueGreen"}),
        json!({"rollingUpdate": {"maxSurge": "25"}}),
        json!({"rollingUpdate": {"maxUnavailable": "101%"}}),
        json!({"rollingUpdate": {"maxSurge": -1}}),
    ];
    for strategy in strategies {
        let mut recording = minimal();
        recording["deployment"]["strategy"] = strategy.clone();
        let answer = answered(&recording);
        assert_eq!((answer.outcome.got.as_str(), answer.unsupported), ("rejected", None), "{strategy}");
    }
    let mut recording = minimal();
    recording["deployment"]["strategy"] = json!({"type": "Recreate", "rollingUpdate": null});
    assert_eq!(answered(&recording).outcome.got, "complete");
}

/// Changes of ReplicaSets' sizes, without instants.
fn sizes(value: &Value) -> Vec<(String, i32, i32)> {
    answered(value).scaling.got.into_iter().map(|(_, template, from, to)| (template, from, to)).collect()
}

#[test]
fn a_patch_is_merged_with_what_is_stored() {
    let patched = |spec: Value| {
        let mut recording = minimal();
        let list = recording["actions"].as_array_mut().unwrap();
        list.insert(1, json!({"at": 4, "do": "patch-spec", "spec": spec}));
        sizes(&recording)
    };
    let unchanged = sizes(&minimal());
    // The API server stores the rolling update's block even where nobody wrote it, so it refuses this patch.
    assert_eq!(patched(json!({"strategy": {"type": "Recreate"}})), unchanged);
    let recreated = patched(json!({"strategy": {"type": "Recreate", "rollingUpdate": null}}));
    assert_eq!(recreated, [("v1".into(), 0, 2), ("v1".into(), 2, 0), ("v2".into(), 0, 2)]);
    let surging = patched(json!({"strategy": {"rollingUpdate": {"maxSurge": 2, "maxUnavailable": 0}}}));
    assert_eq!(surging[1..2], [("v2".into(), 0, 2)]);
    let paused = patched(json!({"paused": true}));
    assert_eq!(paused, [("v1".into(), 0, 2)]);
    assert_eq!(patched(json!({"revisionHistoryLimit": 0, "progressDeadlineSeconds": 30})), unchanged);
}

#[test]
fn patches_build_on_each_other_in_order_of_time_and_a_refused_one_leaves_nothing() {
    let mut recording = minimal();
    let list = recording["actions"].as_array_mut().unwrap();
    // An action that is later in time and earlier in the file.
    list.push(json!({"at": 4, "do": "patch-spec", "spec": {"strategy": {"rollingUpdate": {"maxUnavailable": 0}}}}));
    list.push(json!({"at": 2, "do": "patch-spec", "spec": {"strategy": {"rollingUpdate": {"maxSurge": 0}}}}));
    list.push(json!({"at": 3, "do": "patch-spec", "spec": {"minReadySeconds": 700}}));
    // maxSurge 0 remains; with maxUnavailable 0 beside it no pod could be replaced, so the API server refuses that
    // patch.
    let steps = [("v2".into(), 0, 0), ("v1".into(), 2, 1), ("v2".into(), 0, 1), ("v1".into(), 1, 0)];
    assert_eq!(sizes(&recording)[1..5], steps);
}

#[test]
fn the_example_of_the_documentation() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let path = folder.join("fixtures/incident.json");
    let documentation = std::fs::read_to_string(folder.join("recordings/README.md")).unwrap();
    assert!(documentation.contains(std::fs::read_to_string(&path).unwrap().trim()), "it shows another file");
    let answer = answer(&load(&path).unwrap());
    let steps: Vec<_> = answer.scaling.got.iter().map(|s| (s.0.floor(), s.1.as_str(), s.2, s.3)).collect();
    let first = [
        (0.0, "v1", 0, 4),
        (30.0, "v2", 0, 1),
        (47.0, "v1", 4, 3),
        (47.0, "v2", 1, 2),
        (130.0, "v2", 2, 1),
        (130.0, "v1", 3, 4),
        (143.0, "v2", 1, 0),
        (160.0, "v3", 0, 2),
    ];
    assert_eq!(steps[..8], first);
    let deleted: Vec<_> = answer.deletions.got.iter().take(3).map(|(_, pod)| pod.as_str()).collect();
    assert_eq!(deleted, ["v1-2", "v2-1", "v2-0"], "by deletion cost, then the unready one");
    assert!(answer.progressing.got.contains(&("False".into(), "ProgressDeadlineExceeded".into())));
    assert_eq!((answer.outcome.got.as_str(), answer.revision.got.as_deref()), ("complete", Some("5")));
}

#[test]
fn a_refused_deployment_is_rejected_and_a_refused_patch_changes_nothing() {
    let mut recording = minimal();
    recording["deployment"]["strategy"] =
        json!({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": "0%"}});
    assert_eq!(answered(&recording).outcome.got, "rejected");
    let mut recording = minimal();
    recording["actions"][1] =
        json!({"at": 5, "do": "patch-spec", "spec": {"progressDeadlineSeconds": 0, "replicas": 9}});
    assert_eq!(answered(&recording).scaling.got.len(), 1);
}

proptest! {
    #[test]
    fn no_input_panics(
        text in "\\PC*",
        replicas in -3i32..30,
        node in 0u32..4,
        nodes in 0u32..4,
        index in 0u32..40,
        at in prop::collection::vec(0.0f64..20.0, 6),
        what in prop::collection::vec(0usize..10, 6),
    ) {
        let _ = parse(Path::new("x"), &text);
        let names = ["create", "scale", "pause", "resume", "undo", "delete-pod", "pod-unready", "node-down", "node-up", "quota"];
        let actions = at.iter().zip(&what).map(|(at, &what)| {
            json!({"at": at, "do": names[what], "template": "v1", "replicas": replicas, "index": index, "node": node, "pods": node})
        });
        let mut recording = minimal();
        recording["cluster"]["nodes"] = json!(nodes);
        recording["deployment"]["replicas"] = json!(replicas);
        let list = recording["actions"].as_array_mut().unwrap();
        list.extend(actions);
        if let Ok(recording) = read(&recording) {
            let _ = answer(&recording);
        }
    }
}

/// All facts, told by the simulator's way for one workload (false) or for several.
#[derive(Default)]
struct Facts<const MANY: bool>(Vec<String>);

impl<const MANY: bool> crate::sim::Observer for Facts<MANY> {
    const DETAIL: bool = true;
    const MANY: bool = MANY;

    fn fact(&mut self, at: crate::time::SimTime, fact: crate::sim::Fact) {
        self.0.push(format!("{at:?} {fact:?}"));
    }
}

/// The same facts come of every recording whether the simulator may have several workloads or not.
#[test]
fn recordings_come_out_the_same_among_several_and_alone() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let Ok(world) = world::build(&load(&path).unwrap()) else { continue };
        if world.world.is_some() {
            continue;
        }
        let (mut alone, mut among) = (Facts::<false>::default(), Facts::<true>::default());
        Simulator::new(SEED).run(&world.scenario, 0, &mut alone);
        Simulator::new(SEED).run(&world.scenario, 0, &mut among);
        assert!(alone.0 == among.0, "{}", path.display());
        count += 1;
    }
    assert!(count > 250, "{count} recordings");
}
