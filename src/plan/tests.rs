use std::path::{Path, PathBuf};

use super::*;
use crate::k8s::int_or_percent::IntOrPercent;
use crate::k8s::objects::Strategy;
use crate::scenario::StepAction;
use crate::time::SimDuration;
use proptest::prelude::*;

/// A folder with the fixtures and an experiment.
fn folder(experiment: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("web.yaml"), include_str!("../../tests/fixtures/web.yaml")).unwrap();
    std::fs::write(folder.path().join("shop.yaml"), include_str!("../../tests/fixtures/shop-list.yaml")).unwrap();
    let path = folder.path().join("exp.yaml");
    std::fs::write(&path, experiment).unwrap();
    (folder, path)
}

fn load_with(experiment: &str, overrides: &Overrides) -> Result<Plan, InputError> {
    let (_folder, path) = folder(experiment);
    Plan::load(&path, overrides)
}

fn load(experiment: &str) -> Result<Plan, InputError> {
    load_with(experiment, &Overrides::default())
}

/// The error's text without the temporary folder.
fn error(experiment: &str) -> String {
    let (folder, path) = folder(experiment);
    let text = Plan::load(&path, &Overrides::default()).expect_err("an error").to_string();
    text.replace(&format!("{}/", folder.path().display()), "")
}

fn set(path: &str, value: &str) -> Overrides {
    Overrides { set: vec![(path.into(), value.into())], ..Overrides::default() }
}

#[test]
fn a_bare_manifest_runs_with_the_defaults() {
    let (folder, _) = folder("");
    let plan = Plan::load(&folder.path().join("web.yaml"), &Overrides::default()).unwrap();
    assert_eq!((plan.name.as_str(), plan.replications, plan.seed), ("web", 1000, 1));
    assert_eq!(plan.notes, ["ignored: 1 ServiceAccount"]);
    assert_eq!(plan.inputs.len(), 1);
    let [scenario] = &plan.scenarios[..] else { panic!("one scenario") };
    assert_eq!((scenario.deployment.replicas, scenario.deployment.min_ready_seconds), (10, 10));
    assert_eq!(scenario.cluster.nodes.len(), 5);
    assert_eq!(scenario.cluster.nodes[0].slots, 4);
    assert_eq!(scenario.horizon, SimDuration::from_secs(3600));
    assert_eq!(scenario.availability_objective, 0.9);
}

#[test]
fn proposals_stand_outside_the_spec() {
    use crate::k8s::objects::PodReplacementPolicy::{TerminationComplete, TerminationStarted};
    let policies = |plan: &Plan| -> Vec<_> {
        plan.scenarios.iter().map(|scenario| scenario.deployment.pod_replacement_policy).collect()
    };
    let experiment = "deployment: web.yaml\nsweep: {proposals.podReplacementPolicy: [none, TerminationStarted, \
                      TerminationComplete]}\n";
    let plan = load(experiment).unwrap();
    assert_eq!(policies(&plan), [None, Some(TerminationStarted), Some(TerminationComplete)]);
    assert_eq!(plan.parameters, ["proposals.podReplacementPolicy"]);
    assert_eq!(plan.scenarios[2].parameters[0].1, "TerminationComplete");
    let count = plan.notes.iter().filter(|note| note.contains("is a proposal (KEP-5882)")).count();
    assert_eq!(count, 2, "{:?}", plan.notes);
    let one =
        load_with("deployment: web.yaml\n", &set("proposals.podReplacementPolicy", "TerminationComplete")).unwrap();
    assert_eq!(policies(&one), [Some(TerminationComplete)]);
    let off = load("deployment: web.yaml\n").unwrap();
    assert_eq!((policies(&off), off.notes.len()), (vec![None], 1));
    let spelt = error("deployment: web.yaml\nproposals: {podReplacementPolicy: TerminationCompleted}\n");
    assert!(spelt.contains("did you mean `TerminationComplete`?"), "{spelt}");
    let unknown = error("deployment: web.yaml\nproposals: {replacementPolicy: none}\n");
    assert!(unknown.contains("unknown key `replacementPolicy`"), "{unknown}");
    let inside = error("deployment: {manifest: web.yaml, podReplacementPolicy: TerminationComplete}\n");
    assert!(inside.contains("unknown key `podReplacementPolicy`"), "{inside}");
}

/// The API server would drop the field, and so do we, but not silently.
#[test]
fn a_manifest_with_the_proposed_field_runs_without_it() {
    let (folder, _) = folder("");
    let manifest = include_str!("../../tests/fixtures/web.yaml");
    let changed = manifest.replacen("\nspec:\n", "\nspec:\n  podReplacementPolicy: TerminationComplete\n", 1);
    assert_ne!(changed, manifest);
    let path = folder.path().join("web.yaml");
    std::fs::write(&path, changed).unwrap();
    let plan = Plan::load(&path, &Overrides::default()).unwrap();
    assert_eq!(plan.scenarios[0].deployment.pod_replacement_policy, None);
    assert!(plan.notes.iter().any(|note| note.contains("podReplacementPolicy was ignored")), "{:?}", plan.notes);
}

#[test]
fn several_deployments_need_a_choice() {
    let (folder, _) = folder("");
    let path = folder.path().join("shop.yaml");
    let error = Plan::load(&path, &Overrides::default()).unwrap_err().to_string();
    assert!(error.contains("several Deployments match: shop/front, shop/cart"), "{error}");
    let choice = Overrides { deployment: Some("shop/front".into()), ..Overrides::default() };
    let small = Plan::load(&path, &choice).unwrap_err().to_string();
    assert!(small.starts_with("1 nodes have room for 1 of these pods, fewer than replicas 6"), "{small}");
    let choice = Overrides { set: set("cluster.nodes", "20").set, ..choice };
    let plan = Plan::load(&path, &choice).unwrap();
    assert_eq!(plan.scenarios[0].deployment.progress_deadline_seconds, None);
    assert_eq!(plan.scenarios[0].pods[1].pre_stop, SimDuration::from_secs(5));
    let wrong = Overrides { deployment: Some("shop/frnt".into()), ..Overrides::default() };
    let error = Plan::load(&path, &wrong).unwrap_err().to_string();
    assert!(error.starts_with("--deployment:1:1: no Deployment `shop/frnt` is there; did you mean `shop/front`?"));
}

const GRID: &str = "\
name: grid
deployment: web.yaml
pods: {start: 2s, new: {crash: 1%}}
cluster: {nodes: 10}
sweep:
  maxSurge: [0, 25%]
  maxUnavailable: [0, 1]
  minReadySeconds: {from: 0, to: 10, step: 10}
  pods.new.crash: [0, 2%, 4%]
objectives:
  - availability: 95%
  - p95 duration_s <= 10m
replications: 50
seed: 7
";

#[test]
fn a_grid_of_four_parameters() {
    let plan = load(GRID).unwrap();
    assert_eq!(plan.parameters, ["maxSurge", "maxUnavailable", "minReadySeconds", "pods.new.crash"]);
    assert_eq!((plan.scenarios.len(), plan.skipped.len()), (18, 6));
    assert_eq!(plan.scenarios.iter().map(|scenario| scenario.id).collect::<Vec<_>>(), (0..18).collect::<Vec<_>>());
    let values: Vec<&str> = plan.scenarios[7].parameters.iter().map(|(_, value)| value.as_str()).collect();
    assert_eq!(values, ["25%", "0", "0", "2%"]);
    assert_eq!(plan.scenarios[7].pods[1].crash, 0.02);
    assert_eq!(plan.scenarios[7].pods[0].crash, 0.002);
    let limits =
        Strategy::RollingUpdate { max_surge: IntOrPercent::Percent(25), max_unavailable: IntOrPercent::Int(0) };
    assert_eq!(plan.scenarios[7].deployment.strategy, limits);
    assert_eq!(plan.scenarios[7].availability_objective, 0.95);
    assert!(plan.skipped[0].reason.contains("both 0"));
    assert_eq!(plan.objectives.len(), 2);
    assert_eq!((plan.replications, plan.seed), (50, 7));
    assert_eq!(plan.inputs.iter().map(|input| input.path.ends_with("yaml")).collect::<Vec<_>>(), [true, true]);
    assert_eq!(plan.inputs[1].path, "web.yaml");
}

#[test]
fn settings_win_over_the_file_and_its_sweep() {
    let plan = load_with(GRID, &set("maxSurge", "3")).unwrap();
    assert_eq!(plan.parameters, ["maxUnavailable", "minReadySeconds", "pods.new.crash"]);
    assert_eq!(plan.scenarios.len(), 12);
    let all = Overrides { seed: Some(9), replications: Some(3), ..set("sweep", "{cluster.nodes: [4, 5]}") };
    let plan = load_with(GRID, &all).unwrap();
    assert_eq!((plan.seed, plan.replications, plan.scenarios.len()), (9, 3, 2));
    let error = load_with(GRID, &set("pods.new.crsh", "1%")).unwrap_err().to_string();
    assert!(error.starts_with("--set pods.new.crsh=1%:1:1: unknown key `crsh`; did you mean `crash`?"), "{error}");
    let error = load_with(GRID, &set("maxSurge", "\"3\"")).unwrap_err().to_string();
    assert!(error.starts_with("--set maxSurge=\"3\":1:1: `\"3\"` in quotes is refused by Kubernetes"), "{error}");
}

#[test]
fn a_setting_leaves_the_rest_of_a_zip() {
    let zipped = "deployment: web.yaml\nsweep: {maxSurge: [1, 2], replicas: [4, 8], zip: [[maxSurge, replicas]]}\n";
    assert_eq!(load(zipped).unwrap().scenarios.len(), 2);
    assert_eq!(load_with(zipped, &set("maxSurge", "3")).unwrap().parameters, ["replicas"]);
}

#[test]
fn too_much_memory_is_refused() {
    let text = "deployment: web.yaml\ncluster: {nodes: 20000}\nsweep: {replicas: {from: 1, to: 2000, step: 1}}\n";
    assert!(error(text).contains("too much memory"));
}

#[test]
fn errors_name_file_line_column_and_the_nearest_key() {
    let cases = [
        (
            "deployment:\n  manifest: web.yaml\n  maxSurg: 1\n",
            "exp.yaml:3:3: unknown key `maxSurg`; did you mean `maxSurge`?\n  |\n3 |   maxSurg: 1\n  |   ^^^^^^^",
        ),
        (
            "deployment: web.yaml\npods:\n  start: 8\n",
            "exp.yaml:3:10: the duration `8` has no unit: write 8s for seconds\n  |\n3 |   start: 8\n  |          ^",
        ),
        (
            "deployment: web.yaml\nsweep:\n  pods.new.crsh: [1%]\n",
            "exp.yaml:3:3: unknown key `crsh`; did you mean `crash`?\n  |\n3 |   pods.new.crsh: [1%]\n  |   ^^^^^^^^^^^^^",
        ),
        (
            "deployment: web.yaml\nsweep: {maxSurge: [1, x]}\n",
            "exp.yaml:2:23: expected a count such as 3 or a percentage such as 25%, found `x`\n  |\n2 | sweep: \
             {maxSurge: [1, x]}\n  |                       ^",
        ),
        (
            "deployment: webb.yaml\n",
            "exp.yaml:1:13: `webb.yaml`: cannot be read (No such file or directory (os error 2)): check the path\n  \
             |\n1 | deployment: webb.yaml\n  |             ^^^^^^^^^",
        ),
        (
            "deployment: web.yaml\nreplications: 0\n",
            "exp.yaml:2:15: replications: expected a whole number from 1 to 4000000000, found `0`; 1000 show a rate of \
             1 %, 100000 one of 0.01 %\n  |\n2 | replications: 0\n  |               ^",
        ),
    ];
    for (experiment, expected) in cases {
        assert_eq!(error(experiment), expected);
    }
}

#[test]
fn wrong_types_in_a_manifest_are_located_in_it() {
    let (folder, path) = folder("deployment: bad.yaml\n");
    let bad = include_str!("../../tests/fixtures/web.yaml").replace("replicas: 10", "replicas: \"10\"");
    std::fs::write(folder.path().join("bad.yaml"), bad).unwrap();
    let error = Plan::load(&path, &Overrides::default()).unwrap_err().to_string();
    assert!(error.starts_with("bad.yaml:12:13: expected a whole number"), "{error}");
}

#[test]
fn the_sweep_reaches_every_part() {
    let plan = load(
        "deployment: {manifest: shop.yaml, name: front}\ncluster: {nodes: 20}\nsweep:\n  deployment.name: [front, \
         shop/cart]\n  cluster.nodes: [20, 30]\n  controlPlane.watchLatency: [10ms]\n",
    )
    .unwrap();
    let sizes: Vec<(i32, usize)> =
        plan.scenarios.iter().map(|s| (s.deployment.replicas, s.cluster.nodes.len())).collect();
    assert_eq!(sizes, [(6, 20), (6, 30), (1, 20), (1, 30)]);
    assert_eq!(plan.scenarios[2].deployment.strategy, Strategy::Recreate);
    assert!(plan.scenarios[2].pods[1].probes.startup.is_some());
    let half = Some(crate::scenario::Budget::min_available(crate::k8s::fenceposts::IntOrPercent::Percent(50)));
    let budgets: Vec<_> = plan.scenarios.iter().map(|scenario| scenario.cluster.disruption_budget).collect();
    assert_eq!(budgets, [half, half, None, None], "the one that selects the pods");
}

#[test]
fn the_timeline_is_read_in_order_of_time() {
    let text = "deployment: web.yaml\nrollback: {afterStall: 5s}\ntimeline:\n- {at: 5m, scale: 20}\n- {at: 1m, template: \
                {crash: 50%}}\n- {at: 2m, undo: true}\n- {at: 3m, strategy: {type: Recreate}}\n";
    let scenario = load(text).unwrap().scenarios.remove(0);
    let actions: Vec<StepAction> = scenario.timeline.iter().map(|step| step.action).collect();
    let expected = [
        StepAction::SetTemplate(2),
        StepAction::Undo,
        StepAction::SetStrategy(Strategy::Recreate),
        StepAction::Scale(20),
    ];
    assert_eq!(actions, expected);
    assert_eq!(scenario.pods[2].crash, 0.5);
    assert_eq!(scenario.rollback.after_stall, Some(SimDuration::from_secs(5)));
    let two = error("deployment: web.yaml\ntimeline: [{at: 1m, undo: true, scale: 3}]\n");
    assert!(two.contains("a step has `at` and one action"), "{two}");
    let negative = error("deployment: web.yaml\ntimeline: [{at: 1m, scale: -3}]\n");
    assert!(negative.contains("-3"), "{negative}");
}

/// The notes on one scenario of three replicas before it runs.
fn notes_of(more: &str, spec: &str) -> Vec<String> {
    let container = "{name: a, resources: {requests: {cpu: '1'}}, PROBE}";
    let (spec, probe) = spec.split_once('|').unwrap_or((spec, ""));
    let container = container.replace(", PROBE", &if probe.is_empty() { String::new() } else { format!(", {probe}") });
    let text = format!(
        "deployment: {{spec: {{replicas: 3, {spec}template: {{spec: {{containers: [{container}]}}}}}}}}\n\
         pods: {{start: 10s, warmUp: 50s}}\n{more}\n"
    );
    let mut notes = load(&text).unwrap().notes;
    notes.retain(|note| !note.starts_with("no readinessProbe"));
    notes
}

#[test]
fn what_cannot_roll_is_noted_before_it_runs() {
    let surge = "strategy: {rollingUpdate: {maxSurge: 2, maxUnavailable: 1}}, ";
    let table = [
        ("", "", ""),
        // 25 % of three replicas are one extra pod and none that may be missing.
        ("cluster: {nodes: [{allocatable: {cpu: 3}}]}", "", "cannot roll: the nodes have no room for an extra pod"),
        ("cluster: {nodes: [{allocatable: {cpu: 4}}]}", "", ""),
        ("cluster: {quota: {pods: 3}}", "", "cannot roll: the quota has no room"),
        ("cluster: {quota: {cpu: '4'}}", "", ""),
        ("cluster: {quota: {limits.cpu: '4'}}", surge, "cannot roll: the API server admits none of the new pods"),
        ("cluster: {quota: {pods: 2}}", surge, "the quota has room for 0 of the 2 extra pods"),
        ("cluster: {quota: {pods: 4}}", surge, "the quota has room for 1 of the 2 extra pods"),
        ("cluster: {quota: {pods: 3}}", surge, "the quota has room for 0 of the 2 extra pods"),
        ("", "progressDeadlineSeconds: 59, |readinessProbe: {}", "most rollouts will stall: a pod takes 60 s"),
        ("", "progressDeadlineSeconds: 60, |readinessProbe: {}", ""),
        ("", "strategy: {rollingUpdate: {maxUnavailable: 2}}, ", ""),
        (
            "",
            "strategy: {rollingUpdate: {maxUnavailable: 3}}, ",
            "the strategy keeps no pod: maxUnavailable 3 of 3 comes to 3",
        ),
        ("", "strategy: {type: Recreate}, ", ""),
        (
            "",
            "|lifecycle: {preStop: {sleep: {seconds: 30}}}",
            "the preStop hook takes 30 s and terminationGracePeriodSeconds is 30: the kubelet cuts it after 30 s",
        ),
        ("", "|lifecycle: {preStop: {sleep: {seconds: 29}}}", ""),
        (
            "",
            "progressDeadlineSeconds: 60, |readinessProbe: {}, lifecycle: {postStart: {sleep: {seconds: 1}}}",
            "most rollouts will stall: a pod takes 61 s at the median until it is Ready (start and warmUp, init containers",
        ),
        ("", "|startupProbe: {periodSeconds: 5, failureThreshold: 9}", "most containers will be killed"),
        ("", "|startupProbe: {periodSeconds: 5}, livenessProbe: {}", "most containers will be killed"),
        ("", "|startupProbe: {periodSeconds: 5, failureThreshold: 12}, livenessProbe: {}", ""),
        ("", "|livenessProbe: {}", "most containers will be killed before they are up: warmUp takes 50 s at the"),
        ("traffic: {rate: 60, capacity: 20}", "", ""),
        (
            "traffic: {rate: 61, capacity: 20}",
            "",
            "traffic: 3 pods answer 60 requests/s at full strength, up to 61 come",
        ),
        ("traffic: {rate: 60, capacity: 20}", surge, "traffic: the strategy leaves as few as 2 pods, which answer 40"),
        (
            "traffic: {rate: 90, capacity: 20}\nhorizontalPodAutoscaler: {maxReplicas: 5, targetCPUUtilizationPercentage: 100}",
            "",
            "",
        ),
        (
            "traffic: {rate: 30, capacity: 20}\nhorizontalPodAutoscaler: {maxReplicas: 5}",
            "",
            "horizontalPodAutoscaler: 3 replicas use 50 % of their CPU requests when the rollout starts, 80 % is the",
        ),
        ("traffic: {rate: 48, capacity: 20}\nhorizontalPodAutoscaler: {maxReplicas: 5}", "", ""),
    ];
    for (more, spec, expected) in table {
        let notes = notes_of(more, spec);
        assert_eq!(notes.len(), usize::from(!expected.is_empty()), "{more} {spec}: {notes:?}");
        assert!(notes.iter().all(|note| note.starts_with(expected)), "{more} {spec}: {notes:?}");
    }
    let deadline = "deployment: web.yaml\nsweep: {minReadySeconds: [700]}\n";
    assert!(error(deadline).contains("progressDeadlineSeconds"), "Kubernetes itself refuses it");
}

#[test]
fn a_leader_that_holds_a_rollout_up_is_noted_before_it_runs() {
    let notes_of = |replicas: u32, strategy: &str| {
        let text = format!(
            "deployment: {{spec: {{replicas: {replicas}, strategy: {strategy}, template: {{spec: {{containers: [{{name: a, \
             image: 'a:1', readinessProbe: {{}}}}]}}}}}}}}\npods: {{onlyLeaderReady: true}}\n"
        );
        load(&text).unwrap().notes
    };
    let goes_first = "{rollingUpdate: {maxSurge: 0, maxUnavailable: 1}}";
    assert!(
        notes_of(1, "{type: RollingUpdate}")[0].starts_with("cannot roll: the new pod is Ready when it has the old")
    );
    assert!(notes_of(3, goes_first)[0].starts_with("cannot complete: only one of the 3 pods is ever Ready"));
    assert!(notes_of(1, goes_first)[0].starts_with("the strategy keeps no pod: maxUnavailable 1 of 1"));
    assert!(notes_of(1, "{type: Recreate}").is_empty());
}

#[test]
fn too_few_zones_are_noted_before_it_runs() {
    let zone = "topologyKey: topology.kubernetes.io/zone, labelSelector: {matchLabels: {app: a}}";
    let notes_of = |zones: u32, pods: &str| {
        let template = format!("{{metadata: {{labels: {{app: a}}}}, spec: {{containers: [{{name: a}}], {pods}}}}}");
        let text = format!(
            "deployment: {{spec: {{replicas: 3, template: {template}}}}}\ncluster: {{nodes: 6, zones: {zones}}}\n"
        );
        let mut notes = load(&text).unwrap().notes;
        notes.retain(|note| !note.starts_with("no readinessProbe"));
        notes
    };
    let apart =
        format!("affinity: {{podAntiAffinity: {{requiredDuringSchedulingIgnoredDuringExecution: [{{{zone}}}]}}}}");
    let found = notes_of(3, &apart);
    assert!(found[0].starts_with("cannot roll: the anti-affinity leaves no room for an extra pod"), "{found:?}");
    assert!(notes_of(4, &apart).is_empty());
    let spread =
        format!("topologySpreadConstraints: [{{maxSkew: 1, minDomains: 3, whenUnsatisfiable: DoNotSchedule, {zone}}}]");
    let found = notes_of(2, &spread);
    assert!(found[0].starts_with("minDomains is 3 and there are 2 zones"), "{found:?}");
    assert!(notes_of(3, &spread).is_empty());
}

#[test]
fn findings_of_a_sweep_are_noted_once() {
    let plan = load("deployment: web.yaml\ncluster: {quota: {pods: 10}}\nsweep: {maxSurge: [1, 2, 3]}\n").unwrap();
    let found: Vec<_> = plan.notes.iter().filter(|note| note.starts_with("scenario ")).collect();
    assert_eq!(found.len(), 3, "{:?}", plan.notes);
}

#[test]
fn rollback_policies() {
    let rollback =
        |text: &str| load(&format!("deployment: web.yaml\nrollback: {text}\n")).unwrap().scenarios[0].rollback;
    let seconds = |seconds| Some(SimDuration::from_secs(seconds));
    let expected = crate::scenario::Rollback { after_stall: None, after: seconds(600), after_breach: seconds(30) };
    assert_eq!(rollback("{after: 10m, afterBreach: 30s}"), expected);
    assert!(error("deployment: web.yaml\nrollback: {}\n").contains("when to roll back is missing"));
}

#[test]
fn an_inline_spec_and_json() {
    let json = r#"{"deployment": {"spec": {"replicas": 2, "template": {"spec": {"containers": [{"name": "a"}]}}}}}"#;
    let plan = load(json).unwrap();
    assert_eq!(plan.scenarios[0].deployment.replicas, 2);
    assert!(plan.notes[0].starts_with("no readinessProbe"));
}

#[test]
fn unusable_roots_are_refused() {
    assert!(error("").contains("the file is empty"));
    assert!(error("- a\n").contains("expected an experiment"));
    assert!(error("pods: {}\n").contains("the key `deployment` is missing"));
    assert!(error("deployment: web.yaml\n---\nseed: 1\n").contains("an experiment is one document"));
    assert!(error("deployment: {manifest: web.yaml, maxSurge: 0, maxUnavailable: 0}\n").contains("both 0"));
    assert!(error("deployment: {manifest: web.yaml, replicas: 1000001}\n").contains("are more than 1000000"));
    assert!(
        Plan::load(Path::new("nowhere.yaml"), &Overrides::default())
            .unwrap_err()
            .to_string()
            .contains("cannot be read")
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let (folder, _) = folder("");
        let path = folder.path().join("bytes.yaml");
        std::fs::write(&path, bytes).unwrap();
        drop(Plan::load(&path, &Overrides::default()));
    }

    #[test]
    fn no_value_anywhere_panics(
        path in "(deployment|pods|cluster|controlPlane|timeline|rollback|proposals|sweep|objectives|replications|seed|horizon|maxSurge|strategy)(\\.(new|start|nodes|loss|apiLatency|name|0))?",
        value in "(\\[|\\{a: |)(-?[0-9]{1,20}(s|%|Gi)?|x|~|\\{\\}|\\[\\])(\\]|\\}|)",
    ) {
        drop(load_with(GRID, &set(&path, &value)));
    }
}

/// An experiment on a manifest with a HorizontalPodAutoscaler for `target` beside the Deployment.
fn beside(target: &str, more: &str) -> Result<Plan, InputError> {
    let (folder, path) = folder(&format!("deployment: {{manifest: both.yaml}}\n{more}\n"));
    let autoscaler = format!(
        "---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {{name: scaler}}\nspec: {{scaleTargetRef: \
         {{kind: Deployment, name: {target}}}, maxReplicas: 30, minReplicas: 4}}\n"
    );
    let both = include_str!("../../tests/fixtures/web.yaml").to_owned() + &autoscaler;
    std::fs::write(folder.path().join("both.yaml"), both).unwrap();
    Plan::load(&path, &Overrides::default())
}

#[test]
fn the_autoscaler_beside_the_deployment_is_used_where_there_is_traffic() {
    let traffic = "traffic: {rate: 800, capacity: 100}";
    let plan = beside("web", traffic).unwrap();
    let autoscaler = plan.scenarios[0].horizontal_autoscaler.as_ref().unwrap();
    assert_eq!((autoscaler.min_replicas, autoscaler.max_replicas, autoscaler.target), (4, 30, 80));
    assert_eq!(plan.scenarios[0].cluster.nodes.len(), 15, "room for twice as many as it may ask for");
    let without = beside("web", "").unwrap();
    assert_eq!(without.scenarios[0].horizontal_autoscaler, None);
    let note = "HorizontalPodAutoscaler scaler was ignored: there is no traffic to scale by";
    assert!(without.caveats.assumed.iter().any(|one| one.starts_with(note)), "{:?}", without.caveats);
    let off = beside("web", &format!("{traffic}\nhorizontalPodAutoscaler: none")).unwrap();
    assert_eq!(off.scenarios[0].horizontal_autoscaler, None);
    let own = beside("web", &format!("{traffic}\nhorizontalPodAutoscaler: {{maxReplicas: 11}}")).unwrap();
    assert_eq!(own.scenarios[0].horizontal_autoscaler.as_ref().unwrap().max_replicas, 11);
    let other = beside("shop", traffic).unwrap();
    assert_eq!(other.scenarios[0].horizontal_autoscaler, None);
    let error = beside("web", "horizontalPodAutoscaler: {maxReplicas: 11}").unwrap_err().to_string();
    assert!(error.contains("there is no `traffic` to scale by"), "{error}");
}

#[test]
fn traffic_is_for_all_scenarios_or_none() {
    let mixed = error("deployment: web.yaml\nsweep: {traffic: [none, {rate: 1, capacity: 1}]}\n");
    assert!(mixed.contains("some scenarios have `traffic` and some have none"), "{mixed}");
    let objective = error("deployment: web.yaml\nobjectives: [p95 lost_fraction <= 1%]\n");
    assert!(
        objective.contains("`p95 lost_fraction <= 1%` is about requests, but there is no `traffic`"),
        "{objective}"
    );
    let target = error("deployment: web.yaml\nreplications: {targets: [lost_requests mean ±5%]}\n");
    assert!(target.contains("is about requests"), "{target}");
    let curve = "rate: {curve: [[0s, 1], [1ms, 2]], period: 2ms}";
    let many = error(&format!("deployment: web.yaml\ntraffic: {{capacity: 9, {curve}}}\n"));
    assert!(many.contains("too many points within the horizon"), "{many}");
    let plan = load("deployment: web.yaml\ntraffic: {capacity: 9}\nsweep: {traffic.rate: [1, 2]}\n").unwrap();
    assert!(plan.has_traffic());
    let rates: Vec<f64> = plan.scenarios.iter().filter_map(|s| Some(s.traffic.as_ref()?.rate.most())).collect();
    assert_eq!(rates, [1.0, 2.0]);
}

/// Every file of YAML under a folder of the repository.
fn committed(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).expect("a folder") {
        let path = entry.expect("an entry").path();
        found.extend(path.extension().is_some_and(|extension| extension == "yaml").then_some(path));
    }
    found.sort();
    found
}

/// What is copied of an input gives the scenarios of the whole.
#[test]
fn copies_give_what_the_inputs_gave() {
    let scratch = tempfile::tempdir().unwrap();
    let (mut reduced, mut read) = (0, 0);
    let folders = ["experiments", "experiments/manifests", "experiments/validation", "tests/fixtures"];
    for path in folders.into_iter().flat_map(committed) {
        let text = std::fs::read_to_string(&path).unwrap();
        // Something to leave out of each: an object that is not used, or an annotation of the experiment's own Deployment.
        let text = match text.contains("\nkind: ") || text.starts_with("kind: ") || text.starts_with("apiVersion: ") {
            true => format!("{text}\n---\nkind: Secret\nstringData: {{a: hunter2}}\n"),
            false => text.replacen("\n  spec:\n", "\n  metadata: {annotations: {a: hunter2}}\n  spec:\n", 1),
        };
        std::fs::create_dir_all(scratch.path().join("manifests")).unwrap();
        for manifest in committed("experiments/manifests") {
            let text = std::fs::read_to_string(&manifest).unwrap() + "\n---\nkind: ConfigMap\ndata: {a: hunter2}\n";
            std::fs::write(scratch.path().join("manifests").join(manifest.file_name().unwrap()), text).unwrap();
        }
        let file = scratch.path().join(path.file_name().unwrap());
        std::fs::write(&file, &text).unwrap();
        let Ok(plan) = Plan::load(&file, &Overrides::default()) else { continue };
        read += 1;
        let copies = plan.inputs.iter().enumerate().map(|(number, input)| {
            let place = scratch.path().join(format!("copy-{number}"));
            std::fs::write(&place, &input.copy).unwrap();
            assert!(!String::from_utf8_lossy(&input.copy).contains("hunter2"), "{} holds a secret", input.path);
            let whole = input.reduced.then(|| (input.sha256.clone(), input.bytes));
            InputCopy { path: input.path.clone(), place, whole }
        });
        let again = Plan::reload(&copies.collect::<Vec<_>>(), &Overrides::default()).unwrap();
        reduced += usize::from(plan.inputs.iter().any(|input| input.reduced));
        let notes_of =
            |plan: &Plan| plan.notes.iter().filter(|note| !note.starts_with("ignored: ")).cloned().collect::<Vec<_>>();
        assert_eq!(notes_of(&again), notes_of(&plan), "{}", path.display());
        // A copy has other lines, and no comments.
        let values = |plan: &Plan| -> Vec<(String, String)> {
            plan.premises.iter().map(|one| (one.key.clone(), one.value.clone())).collect()
        };
        assert_eq!(values(&again), values(&plan), "{}", path.display());
        assert!(
            again == Plan { notes: again.notes.clone(), premises: again.premises.clone(), ..plan },
            "{} gives another plan from its copies",
            path.display()
        );
    }
    assert!(read >= 30 && reduced >= 25, "{reduced} of {read} plans were read from less than all");
}

#[test]
fn the_strategy_that_runs_now_is_found_in_a_sweep() {
    let present = |text: &str| load(&format!("deployment: web.yaml\n{text}")).unwrap().present.unwrap();
    let own = present("");
    assert_eq!((own.deployment.as_str(), own.scenarios.as_slice()), ("web", [0].as_slice()));
    let written = own.strategy.iter().map(|(name, value)| format!("{name}: [1, '{value}']"));
    let axes = format!("sweep: {{{}}}", written.collect::<Vec<_>>().join(", "));
    assert_eq!(present(&axes).scenarios, [3]);
    // One for each world.
    assert_eq!(present(&axes.replace("sweep: {", "sweep: {replicas: [4, 8], ")).scenarios, [3, 7]);
    // Not among those that are swept, and not the only one that is.
    assert_eq!(present("sweep: {maxSurge: [7, 8]}").scenarios, [0; 0]);
    assert_eq!(present("sweep: {replicas: [4, 8]}").scenarios, [0; 0]);
}
