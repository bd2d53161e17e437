//! Which strategies of a StatefulSet and of a DaemonSet are tried, and which of them are the same.

use super::super::candidates;
use super::*;
use crate::plan::Decision;

fn decision(text: &str, set: &[(&str, &str)]) -> Decision {
    let set = set.iter().map(|(path, value)| ((*path).to_owned(), (*value).to_owned())).collect();
    let overrides = Overrides { set, ..Overrides::default() };
    let (_, mut decisions) = Plan::parse_cases(text, Path::new(""), &overrides).expect("an experiment");
    assert_eq!(decisions.len(), 1);
    decisions.remove(0)
}

fn names(decision: &Decision) -> Vec<String> {
    let set = candidates::of(decision);
    assert!(set.scenarios.len() <= candidates::most(decision));
    let name = |scenario: &Scenario| {
        let values: Vec<&str> = scenario.parameters.iter().map(|(_, value)| value.as_str()).collect();
        values.join(" ")
    };
    set.scenarios.iter().map(name).collect()
}

const DB: &str = "statefulSet: {metadata: {name: db}, spec: {replicas: 8, serviceName: db, updateStrategy: {type: RollingUpdate, rollingUpdate: \
                  {partition: 2}}, template: {spec: {containers: [{name: app, image: app}]}}}}";
const AGENT: &str = "daemonSet: {metadata: {name: agent}, spec: {template: {spec: {containers: [{name: app, image: app}]}}}}\ncluster: {nodes: 8}";

#[test]
fn a_stateful_set_has_its_policy_and_where_the_gate_is_on_a_limit() {
    assert_eq!(names(&decision(DB, &[])), ["OrderedReady", "Parallel"]);
    let gate = [("featureGates", "{MaxUnavailableStatefulSet: true}")];
    let of = |policy: &str| ["1", "25%", "50%", "100%"].map(|limit| format!("{policy} {limit}"));
    // 2 of 8 and 25% of 8 are the same, rounded down.
    let tried = [&of("OrderedReady")[..1], &["OrderedReady 2".into()], &of("OrderedReady")[2..]].concat();
    let both = [tried.clone(), tried.iter().map(|one| one.replace("OrderedReady", "Parallel")).collect()].concat();
    assert_eq!(names(&decision(DB, &gate)), both);
    let own = decision(DB, &[gate[0], ("maxUnavailable", "3")]);
    assert_eq!(names(&own)[0], "OrderedReady 3");
    let set = candidates::of(&own);
    let partitions = set.scenarios.iter().filter_map(Scenario::stateful_set).map(|set| set.spec.partition());
    assert!(partitions.eq(std::iter::repeat_n(2, set.scenarios.len())), "partition is no strategy");
}

#[test]
fn a_daemon_set_has_two_limits_of_which_one_is_0() {
    let tried = ["0 1", "0 25%", "0 50%", "0 100%", "1 0", "25% 0", "50% 0", "100% 0"];
    assert_eq!(names(&decision(AGENT, &[])), tried);
    let own = names(&decision(AGENT, &[("maxUnavailable", "2")]));
    assert_eq!(own, ["0 2", "0 1", "0 50%", "0 100%", "1 0", "25% 0", "50% 0", "100% 0"]);
}

#[test]
fn a_swept_field_of_a_set_is_a_strategy_and_its_partition_a_world() {
    let swept = decision(&format!("{DB}\nsweep: {{minReadySeconds: [0, 10], podManagementPolicy: [Parallel]}}"), &[]);
    assert_eq!(swept.case.parameters, []);
    assert_eq!(names(&swept), ["0 Parallel", "10 Parallel", "OrderedReady"]);
    let set = candidates::of(&swept);
    assert_eq!((set.eligible, set.own), (2, Some(2)));
    let text = format!("{DB}\nsweep: {{partition: [0, 4], daemonSet.maxSurge: [1]}}");
    assert!(Plan::parse_cases(&text, Path::new(""), &Overrides::default()).is_err(), "there is no DaemonSet");
    let (_, worlds) =
        Plan::parse_cases(&format!("{DB}\nsweep: {{partition: [0, 4]}}"), Path::new(""), &Overrides::default())
            .expect("an experiment");
    assert_eq!(worlds.len(), 2);
    assert_eq!(worlds[1].case.parameters, [("partition".to_owned(), "4".to_owned())]);
}

#[test]
fn another_strategy_is_simulated_and_not_only_named() {
    let decision = decision(AGENT, &[]);
    let set = candidates::of(&decision);
    let run = Replicator::new(1, 1, 1, 40).expect("threads");
    let peaks: Vec<u32> = set.scenarios.iter().map(|one| run.records_of(one, 0..40)[0].min_available).collect();
    assert_eq!(peaks, [7, 6, 4, 0, 8, 8, 8, 8]);
}
