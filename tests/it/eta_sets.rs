//! StatefulSets and DaemonSets in the middle of their rollouts: recorded snapshots, changed by hand.

use serde_json::{Value, json};

use crate::eta_kinds::{changed, eta, stays};

/// `18-sts-partition` with the StatefulSet changed: five replicas, of which `ledger-4` is new and Ready, `ledger-3` new and starting.
fn ledger(change: impl Fn(&mut Value)) -> Value {
    changed("18-sts-partition", |item| {
        if item["kind"] == "StatefulSet" && item["metadata"]["name"] == "ledger" {
            change(item);
        }
    })
}

/// `19-daemonset` with the DaemonSet changed: six nodes, of which three have the new version, one of them starting.
fn agent(change: impl Fn(&mut Value)) -> Value {
    changed("19-daemonset", |item| {
        if item["kind"] == "DaemonSet" {
            change(item);
        }
    })
}

fn change_each(list: &mut Value, is_meant: impl Fn(&Value) -> bool, change: impl Fn(&mut Value)) {
    let items = list["items"].as_array_mut().expect("a list");
    items.iter_mut().filter(|item| is_meant(item)).for_each(change);
}

fn is_pod(item: &Value, name: &str) -> bool {
    item["kind"] == "Pod" && item["metadata"]["name"] == name
}

fn of_ledger(list: &Value) -> Value {
    eta(list, &["sts/ledger", "-n", "payments"])
}

fn of_agent(list: &Value) -> Value {
    eta(list, &["ds/node-agent", "-n", "kube-system"])
}

/// The 5th, 50th and 95th percentile of what is left.
#[track_caller]
fn times(answer: &Value) -> [f64; 3] {
    ["p05_s", "p50_s", "p95_s"].map(|key| {
        answer["forecast"][key]["value"].as_f64().unwrap_or_else(|| panic!("it does not complete: {answer}"))
    })
}

#[track_caller]
fn cause<'a>(answer: &'a Value, word: &str) -> &'a Value {
    let all = answer["waits_for"].as_array().expect("a list");
    all.iter().find(|cause| cause["cause"] == word).unwrap_or_else(|| panic!("{word} is not in {answer}"))
}

/// A pod's status where its image is not there.
fn without_image(pod: &mut Value) {
    let status = &mut pod["status"]["containerStatuses"][0];
    let message = "Back-off pulling image \"ledger:4.1.0\": not found";
    status["state"] = json!({"waiting": {"reason": "ImagePullBackOff", "message": message}});
    (status["started"], status["ready"]) = (json!(false), json!(false));
}

#[test]
fn a_set_that_replaces_nothing_by_itself_says_so() {
    let on_delete = |item: &mut Value| item["spec"]["updateStrategy"] = json!({"type": "OnDelete"});
    let answers = [of_ledger(&ledger(on_delete)), of_agent(&agent(on_delete))];
    for answer in answers {
        assert_eq!((&answer["state"], &answer["waits_for"][0]["cause"]), (&json!("on_delete"), &json!("on_delete")));
        assert!(answer["answer"].as_str().expect("text").contains("3 pods of an older version stay"), "{answer}");
        assert_eq!(answer["help"][0]["action"], "delete_pods");
        assert_eq!((&answer["forecast"], &answer["remark"]), (&Value::Null, &Value::Null), "{answer}");
        assert_eq!(answer.get("assumed"), None, "{answer}");
    }
}

#[test]
fn a_partition_that_is_reached_is_no_rollout_in_progress() {
    let answer = of_ledger(&ledger(|item| {
        item["spec"]["updateStrategy"]["rollingUpdate"]["partition"] = json!(3);
        for key in ["availableReplicas", "readyReplicas"] {
            item["status"][key] = json!(5);
        }
    }));
    assert_eq!(answer["state"], "at_rest");
    assert!(times(&answer)[1] > 0.0, "how long a rollout of two pods takes: {answer}");
}

#[test]
fn each_ordinal_above_the_partition_takes_its_time() {
    let [few, all] = [2, 0].map(|partition| {
        of_ledger(&ledger(|item| item["spec"]["updateStrategy"]["rollingUpdate"]["partition"] = json!(partition)))
    });
    assert_eq!((&few["target"], &all["target"]), (&json!(3), &json!(5)));
    // Two pods more, one after the other, although the policy is Parallel: that is about pods that are missing.
    assert!(times(&all)[1] > 1.5 * times(&few)[1], "{few} {all}");
}

#[test]
fn pods_count_only_after_min_ready_seconds() {
    let [none, some] = [0, 20].map(|seconds| of_agent(&agent(|item| item["spec"]["minReadySeconds"] = json!(seconds))));
    // The one that starts and the three old ones.
    assert!(times(&some)[0] > times(&none)[0] + 60.0, "{none} {some}");
    let answer = of_agent(&agent(|item| {
        item["spec"]["minReadySeconds"] = json!(20);
        item["spec"]["updateStrategy"]["rollingUpdate"]["maxUnavailable"] = json!(4);
    }));
    assert!(times(&answer)[2] < times(&some)[0], "together: {answer}");
}

#[test]
fn no_replicas_are_complete_at_once() {
    let answer = of_ledger(&ledger(|item| item["spec"]["replicas"] = json!(0)));
    assert_eq!(answer["state"], "rolling", "five pods are to go: {answer}");
    assert!(times(&answer)[2] < 1.0, "{answer}");
    let mut empty = ledger(|item| {
        item["spec"]["replicas"] = json!(0);
        for key in ["replicas", "availableReplicas", "readyReplicas", "currentReplicas", "updatedReplicas"] {
            item["status"][key] = json!(0);
        }
    });
    let is_own = |item: &Value| {
        item["kind"] == "Pod" && item["metadata"]["name"].as_str().is_some_and(|name| name.starts_with("ledger-"))
    };
    empty["items"].as_array_mut().expect("a list").retain(|item| !is_own(item));
    assert_eq!(of_ledger(&empty)["state"], "at_rest");
}

#[test]
fn a_version_without_an_image_keeps_a_stateful_set_from_ending_in_any_order() {
    for policy in ["OrderedReady", "Parallel"] {
        let mut list = ledger(|item| item["spec"]["podManagementPolicy"] = json!(policy));
        change_each(&mut list, |item| is_pod(item, "ledger-3") || is_pod(item, "ledger-4"), without_image);
        change_each(
            &mut list,
            |item| is_pod(item, "ledger-4"),
            |pod| pod["status"]["conditions"][0]["status"] = json!("False"),
        );
        let answer = of_ledger(&list);
        stays(&answer, "image", "not found");
        assert_eq!(answer["help"][0]["action"], "undo", "{answer}");
    }
}

/// `kubectl rollout undo` of a StatefulSet that is stuck does not touch the broken pod where pods come in order: somebody has to delete it.
#[test]
fn going_back_replaces_a_broken_pod_only_where_pods_come_in_parallel() {
    let back = |policy: &str| {
        let mut list = ledger(|item| {
            item["spec"]["podManagementPolicy"] = json!(policy);
            item["spec"]["updateStrategy"]["rollingUpdate"]["partition"] = json!(0);
            item["status"]["updateRevision"] = json!("ledger-54f6c99ddd");
            (item["status"]["updatedReplicas"], item["status"]["currentReplicas"]) = (json!(3), json!(3));
        });
        change_each(&mut list, |item| is_pod(item, "ledger-3"), without_image);
        let renumbered = |item: &Value| item["metadata"]["name"] == "ledger-54f6c99ddd";
        change_each(&mut list, renumbered, |item| item["revision"] = json!(3));
        of_ledger(&list)
    };
    let [ordered, parallel] = ["OrderedReady", "Parallel"].map(back);
    assert_eq!(ordered["forecast"]["p50_s"]["value"], Value::Null, "{ordered}");
    assert!(times(&parallel)[1] > 1.0, "{parallel}");
}

#[test]
fn a_pod_that_is_stopping_is_waited_for() {
    let mut list = ledger(|item| item["status"]["readyReplicas"] = json!(3));
    change_each(
        &mut list,
        |item| is_pod(item, "ledger-2"),
        |pod| {
            let metadata = pod["metadata"].as_object_mut().expect("a map");
            metadata.insert("deletionTimestamp".into(), json!("2026-11-29T12:09:03Z"));
            metadata.insert("deletionGracePeriodSeconds".into(), json!(60));
        },
    );
    change_each(
        &mut list,
        |item| is_pod(item, "ledger-3"),
        |pod| {
            pod["status"]["conditions"][0] =
                json!({"type": "Ready", "status": "True", "lastTransitionTime": "2026-11-29T12:08:13Z"});
        },
    );
    let answer = of_ledger(&list);
    assert_eq!(cause(&answer, "stopping")["pods"], json!(["ledger-2"]));
    // Its stop and one start-up.
    assert!((1.0..60.0).contains(&times(&answer)[1]), "{answer}");
}

fn silent(list: &mut Value, name: &str) {
    change_each(
        list,
        |item| item["kind"] == "Node" && item["metadata"]["name"] == name,
        |node| {
            node["status"]["conditions"] =
                json!([{"type": "Ready", "status": "Unknown", "reason": "NodeStatusUnknown"}]);
            let taint = |effect: &str| json!({"key": "node.kubernetes.io/unreachable", "effect": effect, "timeAdded": "2026-11-29T12:08:00Z"});
            node["spec"]["taints"] = json!([taint("NoSchedule"), taint("NoExecute")]);
        },
    );
    let on_it = |item: &Value| item["kind"] == "Pod" && item["spec"]["nodeName"] == name;
    change_each(list, on_it, |pod| {
        pod["status"]["conditions"][0] =
            json!({"type": "Ready", "status": "False", "lastTransitionTime": "2026-11-29T12:08:00Z"});
    });
}

/// Pods that tolerate every taint are wanted on a node that does not report, and none of them gets Ready there. The pod of any other
/// DaemonSet there is asked to go, stays, and counts as one that is missing for ever.
#[test]
fn a_node_that_does_not_report_holds_up_those_who_want_a_pod_there_or_may_miss_one_alone() {
    let with = |tolerations: Value, most: u32| {
        let mut list = agent(|item| {
            item["spec"]["template"]["spec"]["tolerations"] = tolerations.clone();
            item["spec"]["updateStrategy"]["rollingUpdate"]["maxUnavailable"] = json!(most);
        });
        silent(&mut list, "node-a2");
        of_agent(&list)
    };
    let every = json!([{"operator": "Exists"}]);
    let stuck = [with(every.clone(), 1), with(every, 2), with(json!([]), 1)];
    let ends = with(json!([]), 2);
    for answer in stuck.iter().chain([&ends]) {
        assert!(cause(answer, "lost_node")["evidence"].to_string().contains("node-a2"), "{answer}");
    }
    for answer in stuck {
        assert_eq!(answer["forecast"]["p50_s"]["value"], Value::Null, "{answer}");
    }
    assert!(times(&ends)[1] > 5.0, "five nodes are left: {ends}");
}

/// Two pods are on a node while `maxSurge` lets the new one come first.
#[test]
fn a_second_pod_on_a_node_comes_first() {
    let rolling = json!({"maxSurge": 1, "maxUnavailable": 0});
    let mut list = agent(|item| {
        item["spec"]["updateStrategy"]["rollingUpdate"] = rolling.clone();
        (item["status"]["numberAvailable"], item["status"]["numberReady"]) = (json!(6), json!(6));
    });
    // The pod before the one that starts on node-b2 is still there.
    let items = list["items"].as_array_mut().expect("a list");
    let mut before = items.iter().find(|item| is_pod(item, "node-agent-89t5z")).expect("a pod").clone();
    before["metadata"]["name"] = json!("node-agent-aaaaa");
    before["metadata"]["uid"] = json!("00000000-0000-4000-8000-000000000001");
    before["spec"]["nodeName"] = json!("node-b2");
    items.push(before);
    let answer = of_agent(&list);
    assert_eq!((&answer["state"], &answer["updated"]), (&json!("rolling"), &json!(3)));
    assert!(times(&answer)[0] > 5.0, "{answer}");
}

/// A pod that no scheduler has placed says in its affinity which node it is for.
#[test]
fn a_pod_without_room_on_its_node_keeps_a_daemon_set_from_ending() {
    let mut list = agent(|_| ());
    change_each(
        &mut list,
        |item| is_pod(item, "node-agent-nnjmq"),
        |pod| {
            pod["spec"].as_object_mut().expect("a map").remove("nodeName");
            let field = json!({"key": "metadata.name", "operator": "In", "values": ["node-b2"]});
            pod["spec"]["affinity"] = json!({"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution":
            {"nodeSelectorTerms": [{"matchFields": [field]}]}}});
            let message =
                "0/6 nodes are available: 1 Insufficient cpu, 5 node(s) didn't satisfy plugin(s) [NodeAffinity].";
            pod["status"] = json!({"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "False",
            "reason": "Unschedulable", "message": message, "lastTransitionTime": "2026-11-29T12:08:45Z"}]});
        },
    );
    change_each(
        &mut list,
        |item| item["kind"] == "Node" && item["metadata"]["name"] == "node-b2",
        |node| {
            node["status"]["allocatable"]["cpu"] = json!("50m");
        },
    );
    let answer = of_agent(&list);
    stays(&answer, "no_node", "1 Insufficient cpu");
    assert_eq!(answer["help"][0]["action"], "make_room", "{answer}");
}

#[test]
fn a_stateful_set_whose_pods_the_api_server_refuses_says_so() {
    let mut list = ledger(|item| {
        (item["status"]["replicas"], item["status"]["readyReplicas"]) = (json!(4), json!(4));
        item["status"]["updatedReplicas"] = json!(1);
    });
    let items = list["items"].as_array_mut().expect("a list");
    items.retain(|item| !is_pod(item, "ledger-3"));
    items.push(json!({
        "kind": "Event", "apiVersion": "v1", "metadata": {"name": "ledger.1", "namespace": "payments"}, "count": 3,
        "involvedObject": {"kind": "StatefulSet", "name": "ledger", "namespace": "payments"},
        "firstTimestamp": "2026-11-29T12:08:12Z", "lastTimestamp": "2026-11-29T12:08:13Z", "type": "Warning", "reason": "FailedCreate",
        "message": "create Pod ledger-3 in StatefulSet ledger failed error: pods \"ledger-3\" is forbidden: exceeded quota: few",
    }));
    let answer = of_ledger(&list);
    stays(&answer, "quota", "exceeded quota: few");
    assert_eq!(answer["help"][0]["action"], "raise_quota");
    assert!(answer["help"][0]["forecast"]["p50_s"]["value"].as_f64().is_some(), "{answer}");
}

/// The ControllerRevision of the newest template is not there yet.
#[test]
fn a_change_that_the_controller_of_a_set_has_not_seen_is_in_progress() {
    let renewed = |item: &mut Value| {
        item["metadata"]["generation"] = json!(9);
        item["spec"]["template"]["spec"]["containers"][0]["image"] = json!("registry.example.com/new:9");
    };
    for (answer, known) in [
        (of_ledger(&ledger(renewed)), of_ledger(&ledger(|_| ()))),
        (of_agent(&agent(renewed)), of_agent(&agent(|_| ()))),
    ] {
        assert_eq!(answer["state"], "rolling");
        cause(&answer, "not_seen");
        assert!(times(&answer)[1] > times(&known)[1], "all pods are to be replaced: {answer}");
    }
}

/// Without Node objects a DaemonSet has as many nodes as its status wants, and its pods are on those that they name.
#[test]
fn a_daemon_set_is_followed_without_node_objects() {
    let mut list = agent(|_| ());
    let known = of_agent(&list);
    list["items"].as_array_mut().expect("a list").retain(|item| item["kind"] != "Node");
    let answer = of_agent(&list);
    let [known, without] = [&known, &answer].map(|answer| times(answer)[1]);
    assert!((known - without).abs() < 0.2 * known, "{known} {without}");
    assert!(answer["missing"].to_string().contains("kubectl get nodes"), "{answer}");
}
