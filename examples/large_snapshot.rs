//! Writes a list of the objects of a large cluster, as `kubectl get ... -A -o json` prints it, to measure with.
//!
//! `cargo run --release --example large_snapshot -- 5000 20000 > snap.json` writes 5,000 Nodes and 20,000 Pods of 2,000 Deployments,
//! each with its ReplicaSet and an Event. Every object has what a server adds: `managedFields`, environments, images on nodes. With a
//! third number a DaemonSet is there too, in the middle of its rollout: so many of the nodes have its new version.

use std::io::{BufWriter, Write};

/// What the API server mounts into every pod.
const TOKEN: &str =
    "{\"mountPath\":\"/var/run/secrets/kubernetes.io/serviceaccount\",\"name\":\"token\",\"readOnly\":true}";
/// Pods of a Deployment.
const REPLICAS: usize = 10;

fn main() -> std::io::Result<()> {
    let numbers: Vec<usize> = std::env::args().skip(1).filter_map(|word| word.parse().ok()).collect();
    let (nodes, pods, updated) = match numbers[..] {
        [nodes, pods] => (nodes, pods, None),
        [nodes, pods, updated] => (nodes, pods, Some(updated)),
        _ => {
            eprintln!("usage: large_snapshot NODES PODS [UPDATED]");
            return Ok(());
        }
    };
    let mut out = BufWriter::new(std::io::stdout().lock());
    out.write_all(b"{\n    \"apiVersion\": \"v1\",\n    \"items\": [\n")?;
    let deployments = pods.div_ceil(REPLICAS);
    for number in 0..deployments {
        out.write_all(object(&deployment(number)).as_bytes())?;
        out.write_all(object(&replica_set(number)).as_bytes())?;
        out.write_all(object(&event(number)).as_bytes())?;
    }
    for number in 0..pods {
        out.write_all(object(&pod(number, nodes)).as_bytes())?;
    }
    if let Some(updated) = updated {
        out.write_all(object(&daemon_set(nodes, updated)).as_bytes())?;
        out.write_all(object(&revision(1)).as_bytes())?;
        out.write_all(object(&revision(2)).as_bytes())?;
        for number in 0..nodes {
            out.write_all(object(&daemon_pod(number, if number < updated { 2 } else { 1 })).as_bytes())?;
        }
    }
    for number in 0..nodes {
        let text = object(&node(number));
        let last = number + 1 == nodes;
        out.write_all(if last { text.trim_end().trim_end_matches(',') } else { &text }.as_bytes())?;
    }
    out.write_all(b"\n    ],\n    \"kind\": \"List\",\n    \"metadata\": {\"resourceVersion\": \"\"}\n}\n")?;
    out.flush()
}

/// An object as an item of a list, indented as kubectl does it: every value on a line of its own.
fn object(flat: &str) -> String {
    let (mut out, mut depth, mut in_string) = (String::from("        "), 2_usize, false);
    let begin_line = |out: &mut String, depth: usize| {
        out.push('\n');
        out.extend(std::iter::repeat_n(' ', 4 * depth));
    };
    let mut before = ' ';
    for c in flat.chars() {
        let is_empty = matches!((before, c), ('{', '}') | ('[', ']'));
        if matches!(before, '{' | '[' | ',') && !in_string && !is_empty {
            begin_line(&mut out, depth);
        }
        match c {
            '"' => in_string = !in_string,
            '{' | '[' if !in_string => depth += 1,
            '}' | ']' if !in_string => {
                depth -= 1;
                if !is_empty {
                    begin_line(&mut out, depth);
                }
            }
            _ => {}
        }
        out.push(c);
        if c == ':' && !in_string {
            out.push(' ');
        }
        // Within a text no character counts.
        before = if in_string { ' ' } else { c };
    }
    out + ",\n"
}

fn app(number: usize) -> (String, String) {
    (format!("team-{}", number % 50), format!("app-{number}"))
}

/// The list of who wrote which field, which `--show-managed-fields` prints.
fn managed(fields: usize) -> String {
    let field = |number: usize| format!("\"f:field{number}\":{{\".\":{{}},\"f:name\":{{}},\"f:value\":{{}}}}");
    let fields: Vec<String> = (0..fields).map(field).collect();
    format!(
        "\"managedFields\":[{{\"apiVersion\":\"v1\",\"fieldsType\":\"FieldsV1\",\"fieldsV1\":{{{}}},\"manager\":\"kubelet\",\"operation\":\"Update\",\
         \"subresource\":\"status\",\"time\":\"2026-03-01T10:00:00Z\"}}]",
        fields.join(",")
    )
}

fn container(name: &str, mounts: &str) -> String {
    let variable = |number: usize| format!("{{\"name\":\"SETTING_{number}\",\"value\":\"value of setting {number}\"}}");
    let env: Vec<String> = (0..20).map(variable).collect();
    format!(
        "{{\"env\":[{}],\"image\":\"registry.example/{name}:1.4.2\",\"imagePullPolicy\":\"IfNotPresent\",\"name\":\"app\",\
         \"ports\":[{{\"containerPort\":8080,\"name\":\"http\",\"protocol\":\"TCP\"}}],\"readinessProbe\":{{\"failureThreshold\":3,\
         \"httpGet\":{{\"path\":\"/ready\",\"port\":\"http\",\"scheme\":\"HTTP\"}},\"periodSeconds\":5,\"successThreshold\":1,\"timeoutSeconds\":1}},\
         \"resources\":{{\"limits\":{{\"memory\":\"512Mi\"}},\"requests\":{{\"cpu\":\"250m\",\"memory\":\"512Mi\"}}}},\
         \"terminationMessagePath\":\"/dev/termination-log\",\"terminationMessagePolicy\":\"File\",\
         \"volumeMounts\":[{mounts}]}}",
        env.join(",")
    )
}

fn template(number: usize) -> String {
    let (_, name) = app(number);
    format!(
        "{{\"metadata\":{{\"labels\":{{\"app\":\"{name}\"}}}},\"spec\":{{\"containers\":[{}],\"dnsPolicy\":\"ClusterFirst\",\
         \"restartPolicy\":\"Always\",\"schedulerName\":\"default-scheduler\",\"securityContext\":{{}},\"terminationGracePeriodSeconds\":30}}}}",
        container(&name, "")
    )
}

fn deployment(number: usize) -> String {
    let (namespace, name) = app(number);
    format!(
        "{{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":{{\"annotations\":{{\"deployment.kubernetes.io/revision\":\"3\"}},\
         \"creationTimestamp\":\"2026-01-01T10:00:00Z\",\"generation\":4,{},\"name\":\"{name}\",\"namespace\":\"{namespace}\",\"uid\":\"d-{number}\"}},\
         \"spec\":{{\"progressDeadlineSeconds\":600,\"replicas\":{REPLICAS},\"revisionHistoryLimit\":10,\
         \"selector\":{{\"matchLabels\":{{\"app\":\"{name}\"}}}},\"strategy\":{{\"rollingUpdate\":{{\"maxSurge\":\"25%\",\"maxUnavailable\":\"25%\"}},\
         \"type\":\"RollingUpdate\"}},\"template\":{}}},\"status\":{{\"availableReplicas\":{REPLICAS},\"conditions\":[\
         {{\"lastTransitionTime\":\"2026-01-01T10:01:00Z\",\"lastUpdateTime\":\"2026-01-01T10:01:00Z\",\"message\":\"ok\",\"reason\":\"MinimumReplicasAvailable\",\
         \"status\":\"True\",\"type\":\"Available\"}},{{\"lastTransitionTime\":\"2026-01-01T10:00:00Z\",\"lastUpdateTime\":\"2026-02-01T10:01:00Z\",\
         \"message\":\"ok\",\"reason\":\"NewReplicaSetAvailable\",\"status\":\"True\",\"type\":\"Progressing\"}}],\"observedGeneration\":4,\
         \"readyReplicas\":{REPLICAS},\"replicas\":{REPLICAS},\"updatedReplicas\":{REPLICAS}}}}}",
        managed(10),
        template(number)
    )
}

fn replica_set(number: usize) -> String {
    let (namespace, name) = app(number);
    format!(
        "{{\"apiVersion\":\"apps/v1\",\"kind\":\"ReplicaSet\",\"metadata\":{{\"annotations\":{{\"deployment.kubernetes.io/desired-replicas\":\"{REPLICAS}\",\
         \"deployment.kubernetes.io/max-replicas\":\"13\",\"deployment.kubernetes.io/revision\":\"3\"}},\"creationTimestamp\":\"2026-02-01T10:00:00Z\",\
         \"labels\":{{\"app\":\"{name}\",\"pod-template-hash\":\"5d9c7b\"}},{},\"name\":\"{name}-5d9c7b\",\"namespace\":\"{namespace}\",\
         \"ownerReferences\":[{{\"apiVersion\":\"apps/v1\",\"controller\":true,\"kind\":\"Deployment\",\"name\":\"{name}\",\"uid\":\"d-{number}\"}}],\
         \"uid\":\"r-{number}\"}},\"spec\":{{\"replicas\":{REPLICAS},\"selector\":{{\"matchLabels\":{{\"app\":\"{name}\",\"pod-template-hash\":\"5d9c7b\"}}}},\
         \"template\":{}}},\"status\":{{\"availableReplicas\":{REPLICAS},\"readyReplicas\":{REPLICAS},\"replicas\":{REPLICAS}}}}}",
        managed(10),
        template(number)
    )
}

fn event(number: usize) -> String {
    let (namespace, name) = app(number);
    format!(
        "{{\"apiVersion\":\"v1\",\"count\":1,\"firstTimestamp\":\"2026-02-01T10:00:00Z\",\"involvedObject\":{{\"kind\":\"Deployment\",\"name\":\"{name}\",\
         \"namespace\":\"{namespace}\",\"uid\":\"d-{number}\"}},\"kind\":\"Event\",\"lastTimestamp\":\"2026-02-01T10:00:00Z\",\
         \"message\":\"Scaled up replica set {name}-5d9c7b from 0 to {REPLICAS}\",\"metadata\":{{{},\"name\":\"{name}.1\",\"namespace\":\"{namespace}\"}},\
         \"reason\":\"ScalingReplicaSet\",\"source\":{{\"component\":\"deployment-controller\"}},\"type\":\"Normal\"}}",
        managed(3)
    )
}

fn pod(number: usize, nodes: usize) -> String {
    let of = number / REPLICAS;
    let (namespace, name) = app(of);
    let condition = |kind: &str| {
        format!(
            "{{\"lastProbeTime\":null,\"lastTransitionTime\":\"2026-02-01T10:00:2{}Z\",\"observedGeneration\":1,\"status\":\"True\",\"type\":\"{kind}\"}}",
            number % 10
        )
    };
    let conditions = ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"]
        .map(condition)
        .join(",");
    format!(
        "{{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{{\"creationTimestamp\":\"2026-02-01T10:00:00Z\",\"generateName\":\"{name}-5d9c7b-\",\
         \"labels\":{{\"app\":\"{name}\",\"pod-template-hash\":\"5d9c7b\"}},{},\"name\":\"{name}-5d9c7b-{number}\",\"namespace\":\"{namespace}\",\
         \"ownerReferences\":[{{\"apiVersion\":\"apps/v1\",\"blockOwnerDeletion\":true,\"controller\":true,\"kind\":\"ReplicaSet\",\"name\":\"{name}-5d9c7b\",\
         \"uid\":\"r-{of}\"}}],\"resourceVersion\":\"{number}\",\"uid\":\"p-{number}\"}},\"spec\":{{\"containers\":[{}],\"dnsPolicy\":\"ClusterFirst\",\
         \"enableServiceLinks\":true,\"nodeName\":\"node-{}\",\"preemptionPolicy\":\"PreemptLowerPriority\",\"priority\":0,\"restartPolicy\":\"Always\",\
         \"schedulerName\":\"default-scheduler\",\"securityContext\":{{}},\"serviceAccountName\":\"default\",\"terminationGracePeriodSeconds\":30,\
         \"tolerations\":[{{\"effect\":\"NoExecute\",\"key\":\"node.kubernetes.io/not-ready\",\"operator\":\"Exists\",\"tolerationSeconds\":300}},\
         {{\"effect\":\"NoExecute\",\"key\":\"node.kubernetes.io/unreachable\",\"operator\":\"Exists\",\"tolerationSeconds\":300}}],\
         \"volumes\":[{{\"name\":\"token\",\"projected\":{{\"defaultMode\":420,\"sources\":[{{\"serviceAccountToken\":{{\"expirationSeconds\":3607,\
         \"path\":\"token\"}}}},{{\"configMap\":{{\"items\":[{{\"key\":\"ca.crt\",\"path\":\"ca.crt\"}}],\"name\":\"kube-root-ca.crt\"}}}}]}}}}]}},\
         \"status\":{{\"conditions\":[{conditions}],\"containerStatuses\":[{{\"containerID\":\"containerd://{number}\",\"image\":\"registry.example/{name}:1.4.2\",\
         \"imageID\":\"registry.example/{name}@sha256:{number:064}\",\"lastState\":{{}},\"name\":\"app\",\"ready\":true,\"restartCount\":0,\"started\":true,\
         \"state\":{{\"running\":{{\"startedAt\":\"2026-02-01T10:00:1{}Z\"}}}}}}],\"hostIP\":\"10.0.0.1\",\"phase\":\"Running\",\"podIP\":\"10.1.0.1\",\
         \"podIPs\":[{{\"ip\":\"10.1.0.1\"}}],\"qosClass\":\"Burstable\",\"startTime\":\"2026-02-01T10:00:00Z\"}}}}",
        managed(10),
        container(&name, TOKEN),
        number % nodes.max(1),
        number % 10
    )
}

fn node(number: usize) -> String {
    let image = |of: usize| {
        format!(
            "{{\"names\":[\"registry.example/image-{of}@sha256:{of:064}\",\"registry.example/image-{of}:1.4.2\"],\"sizeBytes\":{}}}",
            100_000 + of
        )
    };
    let images: Vec<String> = (0..50).map(image).collect();
    let condition = |kind: &str, status: &str| {
        format!(
            "{{\"lastHeartbeatTime\":\"2026-03-01T10:00:00Z\",\"lastTransitionTime\":\"2026-01-01T10:00:00Z\",\"message\":\"ok\",\
             \"reason\":\"KubeletReady\",\"status\":\"{status}\",\"type\":\"{kind}\"}}"
        )
    };
    let conditions =
        [("MemoryPressure", "False"), ("DiskPressure", "False"), ("PIDPressure", "False"), ("Ready", "True")]
            .map(|(kind, status)| condition(kind, status))
            .join(",");
    let offer = "\"cpu\":\"8\",\"ephemeral-storage\":\"95491281146\",\"memory\":\"32Gi\",\"pods\":\"110\"";
    format!(
        "{{\"apiVersion\":\"v1\",\"kind\":\"Node\",\"metadata\":{{\"annotations\":{{\"node.alpha.kubernetes.io/ttl\":\"0\"}},\
         \"creationTimestamp\":\"2026-01-01T10:00:00Z\",\"labels\":{{\"kubernetes.io/arch\":\"amd64\",\"kubernetes.io/hostname\":\"node-{number}\",\
         \"kubernetes.io/os\":\"linux\",\"topology.kubernetes.io/zone\":\"zone-{}\"}},{},\"name\":\"node-{number}\",\"uid\":\"n-{number}\"}},\
         \"spec\":{{\"podCIDR\":\"10.1.0.0/24\",\"providerID\":\"example://{number}\"}},\"status\":{{\"addresses\":[{{\"address\":\"10.0.0.1\",\
         \"type\":\"InternalIP\"}}],\"allocatable\":{{{offer}}},\"capacity\":{{{offer}}},\"conditions\":[{conditions}],\"images\":[{}],\
         \"nodeInfo\":{{\"architecture\":\"amd64\",\"kubeletVersion\":\"v1.36.2\",\"operatingSystem\":\"linux\"}}}}}}",
        number % 3,
        managed(10),
        images.join(",")
    )
}

/// A DaemonSet whose new version is on the first `updated` nodes.
fn daemon_set(nodes: usize, updated: usize) -> String {
    format!(
        "{{\"apiVersion\":\"apps/v1\",\"kind\":\"DaemonSet\",\"metadata\":{{\"creationTimestamp\":\"2026-01-01T10:00:00Z\",\"generation\":2,{},\
         \"name\":\"agent\",\"namespace\":\"ops\",\"uid\":\"ds\"}},\"spec\":{{\"selector\":{{\"matchLabels\":{{\"app\":\"agent\"}}}},\"template\":{},\
         \"updateStrategy\":{{\"rollingUpdate\":{{\"maxSurge\":0,\"maxUnavailable\":\"10%\"}},\"type\":\"RollingUpdate\"}}}},\
         \"status\":{{\"currentNumberScheduled\":{nodes},\"desiredNumberScheduled\":{nodes},\"numberAvailable\":{nodes},\
         \"numberMisscheduled\":0,\"numberReady\":{nodes},\"observedGeneration\":2,\"updatedNumberScheduled\":{updated}}}}}",
        managed(10),
        agent_template(2)
    )
}

fn agent_template(revision: usize) -> String {
    format!(
        "{{\"metadata\":{{\"labels\":{{\"app\":\"agent\"}}}},\"spec\":{{\"containers\":[{{\"image\":\"registry.example/agent:{revision}\",\
         \"name\":\"app\",\"readinessProbe\":{{\"httpGet\":{{\"path\":\"/ready\",\"port\":8080}},\"periodSeconds\":5}},\
         \"resources\":{{\"requests\":{{\"cpu\":\"50m\",\"memory\":\"64Mi\"}}}}}}]}}}}"
    )
}

fn revision(number: usize) -> String {
    format!(
        "{{\"apiVersion\":\"apps/v1\",\"data\":{{\"spec\":{{\"template\":{}}}}},\"kind\":\"ControllerRevision\",\
         \"metadata\":{{\"creationTimestamp\":\"2026-0{number}-01T10:00:00Z\",\"labels\":{{\"app\":\"agent\",\"controller-revision-hash\":\"hash{number}\"}},\
         \"name\":\"agent-hash{number}\",\"namespace\":\"ops\",\"ownerReferences\":[{}],\"uid\":\"cr-{number}\"}},\"revision\":{number}}}",
        agent_template(number),
        owned_by_agent()
    )
}

fn owned_by_agent() -> &'static str {
    "{\"apiVersion\":\"apps/v1\",\"blockOwnerDeletion\":true,\"controller\":true,\"kind\":\"DaemonSet\",\"name\":\"agent\",\"uid\":\"ds\"}"
}

/// The pod of a revision on a node; those of the second one came at ten in the morning of the last day.
fn daemon_pod(number: usize, revision: usize) -> String {
    let minute = if revision == 2 { "2026-03-01T09:59" } else { "2026-01-01T10:00" };
    let condition = |kind: &str, second: usize| {
        format!("{{\"lastTransitionTime\":\"{minute}:{second:02}Z\",\"status\":\"True\",\"type\":\"{kind}\"}}")
    };
    let ready = 20 + number % 20;
    format!(
        "{{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{{\"creationTimestamp\":\"{minute}:10Z\",\
         \"labels\":{{\"app\":\"agent\",\"controller-revision-hash\":\"hash{revision}\"}},{},\"name\":\"agent-{number}\",\"namespace\":\"ops\",\
         \"ownerReferences\":[{}],\"uid\":\"dp-{number}\"}},\"spec\":{{\"containers\":[{}],\"nodeName\":\"node-{number}\",\
         \"terminationGracePeriodSeconds\":30}},\"status\":{{\"conditions\":[{},{}],\"containerStatuses\":[{{\"name\":\"app\",\"ready\":true,\
         \"restartCount\":0,\"started\":true,\"state\":{{\"running\":{{\"startedAt\":\"{minute}:{:02}Z\"}}}}}}],\"phase\":\"Running\"}}}}",
        managed(10),
        owned_by_agent(),
        container("agent", TOKEN),
        condition("PodScheduled", 10),
        condition("Ready", ready),
        ready - 5
    )
}
