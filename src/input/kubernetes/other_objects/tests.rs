use super::*;
use crate::input::kubernetes::manifest::Manifest;
use crate::input::tree::yaml::{documents, source};

const WEB: &str = "kind: Deployment\nmetadata: {name: web, namespace: shop}\nspec: {selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: ";

fn report_on(spec: &str, beside: &str) -> Report {
    let text = format!("{WEB}{spec}}}}}\n{beside}");
    let documents = documents(&source(&text)).unwrap();
    let manifest = Manifest::read(&documents).unwrap();
    manifest.others.report(&documents[0], None).unwrap()
}

fn fields(report: &Report) -> Vec<String> {
    report.unmodelled.iter().map(|one| format!("{}: {} {}", one.object, one.field, one.decides)).collect()
}

const CLAIMING: &str = "{volumes: [{name: a, persistentVolumeClaim: {claimName: data}}]}";

#[test]
fn a_claim_decides_unless_the_input_shows_that_it_is_shared() {
    let claim = |modes: &str, namespace: &str| {
        format!(
            "---\nkind: PersistentVolumeClaim\nmetadata: {{name: data, namespace: {namespace}}}\nspec: {{accessModes: [{modes}]}}\n"
        )
    };
    let decides = ["Deployment shop/web: spec.template.spec.volumes.persistentVolumeClaim true"];
    assert_eq!(fields(&report_on(CLAIMING, "")), decides);
    assert_eq!(fields(&report_on(CLAIMING, &claim("ReadWriteOnce", "shop"))), decides);
    assert_eq!(fields(&report_on(CLAIMING, &claim("ReadWriteMany", "other"))), decides);
    assert!(fields(&report_on(CLAIMING, &claim("ReadWriteMany", "shop"))).is_empty());
}

#[test]
fn quotas_and_limits_hold_in_their_own_namespace() {
    let beside = |namespace: &str| {
        format!(
            "---\nkind: ResourceQuota\nmetadata: {{name: q, namespace: {namespace}}}\nspec: {{hard: {{limits.cpu: 4}}}}\n\
             ---\nkind: LimitRange\nmetadata: {{name: l, namespace: {namespace}}}\nspec: {{limits: [{{type: Container, default: {{cpu: 1}}}}]}}\n"
        )
    };
    let expected = ["ResourceQuota shop/q: spec.hard.limits.cpu true", "LimitRange shop/l: spec.limits.default true"];
    assert_eq!(fields(&report_on("{containers: [{name: a}]}", &beside("shop"))), expected);
    assert!(fields(&report_on("{}", &beside("other"))).is_empty());
}

#[test]
fn pods_of_others_decide_where_the_nodes_are_given() {
    let pod = |name: &str, app: &str, rest: &str| {
        format!("---\nkind: Pod\nmetadata: {{name: {name}, namespace: shop, labels: {{app: {app}}}}}\n{rest}\n")
    };
    let there = "spec: {nodeName: n1}";
    let pods = pod("a", "web", there)
        + &pod("b", "db", there)
        + &pod("c", "job", "spec: {nodeName: n1}\nstatus: {phase: Succeeded}")
        + &pod("d", "new", "spec: {}");
    let node = "---\nkind: Node\nmetadata: {name: n1}\nstatus: {allocatable: {cpu: 4}}\n";
    assert!(fields(&report_on("{}", &pods)).is_empty());
    let report = report_on("{}", &(pods + node));
    assert_eq!(fields(&report), ["Nodes of the input: pods true"]);
    assert!(report.unmodelled[0].effect.starts_with("1 pods of others"), "{:?}", report.unmodelled);
}

#[test]
fn what_is_named_and_missing_is_taken_to_exist_and_other_workloads_are_reported() {
    let spec =
        "{serviceAccountName: web, volumes: [{name: a, secret: {secretName: tls}}, {name: b, configMap: {name: env}}]}";
    let beside = "---\nkind: Secret\nmetadata: {name: tls, namespace: shop}\n---\nkind: Secret\nmetadata: {name: env, namespace: shop}\n\
                  ---\nkind: StatefulSet\nmetadata: {name: db}\n---\nkind: ReplicaSet\nmetadata: {name: web-1, ownerReferences: [{kind: Deployment}]}\n";
    assert_eq!(
        report_on(spec, beside).assumed,
        [
            "ConfigMap env and ServiceAccount web are not in the input: they are taken to exist",
            "other workloads of the input (1 StatefulSet) are no part of this forecast: their pods take no room",
        ]
    );
    assert_eq!(
        report_on("{serviceAccountName: web}", "").assumed,
        ["ServiceAccount web is not in the input: it is taken to exist"]
    );
}

#[test]
fn a_field_of_many_objects_is_reported_once() {
    let node = |name: &str| {
        format!(
            "---\nkind: Node\nmetadata: {{name: {name}}}\nspec: {{taints: [{{key: a, effect: PreferNoSchedule}}]}}\n"
        )
    };
    assert_eq!(fields(&report_on("{}", &(node("n1") + &node("n2")))), ["Node n1: spec.taints.effect false"]);
}

#[test]
fn terms_about_the_pods_of_others_are_reported() {
    let term = |labels: &str, rest: &str| {
        format!(
            "{{affinity: {{podAntiAffinity: {{requiredDuringSchedulingIgnoredDuringExecution: [{{labelSelector: {{matchLabels: \
             {{app: {labels}}}}}, topologyKey: kubernetes.io/hostname{rest}}}]}}}}}}"
        )
    };
    let field = "spec.template.spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution";
    let fields_of = |spec: &str| fields(&report_on(spec, ""));
    assert!(fields_of(&term("web", "")).is_empty());
    assert!(fields_of(&term("web", ", namespaces: [shop, other]")).is_empty());
    assert_eq!(fields_of(&term("db", "")), [format!("Deployment shop/web: {field} true")]);
    assert_eq!(fields_of(&term("web", ", namespaces: [other]")), [format!("Deployment shop/web: {field} true")]);
    let spread =
        "{topologySpreadConstraints: [{topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: db}}}]}";
    assert_eq!(fields_of(spread), ["Deployment shop/web: spec.template.spec.topologySpreadConstraints false"]);
}

#[test]
fn quotas_that_every_container_must_state_decide_where_one_does_not() {
    let quota = |hard: &str| {
        format!("---\nkind: ResourceQuota\nmetadata: {{name: q, namespace: shop}}\nspec: {{hard: {{{hard}}}}}\n")
    };
    let asks = "{containers: [{name: a, resources: {requests: {cpu: 1}}}]}";
    let of = |spec: &str, hard: &str| fields(&report_on(spec, &quota(hard)));
    assert!(of(asks, "requests.cpu: 9").is_empty());
    assert_eq!(of(asks, "memory: 9Gi"), ["ResourceQuota shop/q: spec.hard.memory true"]);
    assert_eq!(
        of("{containers: [{name: a}]}", "requests.cpu: 9"),
        ["ResourceQuota shop/q: spec.hard.requests.cpu true"]
    );
    let init = "{containers: [{name: a, resources: {limits: {cpu: 1}}}], initContainers: [{name: b}]}";
    assert_eq!(of(init, "cpu: 9"), ["ResourceQuota shop/q: spec.hard.cpu true"]);
    let of_pod = "{containers: [{name: a}], resources: {requests: {cpu: 1}}}";
    assert!(of(of_pod, "cpu: 9").is_empty());
}

#[test]
fn what_the_pods_use_themselves_is_used_by_nobody_else() {
    let quota = |pods: u32, cpu: &str| {
        format!(
            "---\nkind: ResourceQuota\nmetadata: {{name: q, namespace: shop}}\nspec: {{hard: {{pods: 9, requests.cpu: 9}}}}\n\
             status: {{used: {{pods: {pods}, requests.cpu: {cpu}}}}}\n"
        )
    };
    let asks = "{containers: [{name: a, resources: {requests: {cpu: 500m}}}]}";
    assert!(fields(&report_on(asks, &quota(1, "500m"))).is_empty());
    assert_eq!(fields(&report_on(asks, &quota(2, "500m"))), ["ResourceQuota shop/q: status.used.pods true"]);
    assert_eq!(fields(&report_on(asks, &quota(1, "501m"))), ["ResourceQuota shop/q: status.used.requests.cpu true"]);
}

#[test]
fn defaults_of_a_limit_range_matter_where_a_container_writes_less() {
    let range = |fields: &str| {
        format!("---\nkind: LimitRange\nmetadata: {{name: l, namespace: shop}}\nspec: {{limits: [{{{fields}}}]}}\n")
    };
    let whole = "{containers: [{name: a, resources: {requests: {cpu: 1}, limits: {cpu: 2}}}]}";
    let of = |spec: &str, limits: &str| fields(&report_on(spec, &range(limits)));
    let defaults = "type: Container, default: {cpu: 1}, defaultRequest: {cpu: 1}";
    assert!(of(whole, defaults).is_empty());
    let asks = "{containers: [{name: a, resources: {requests: {cpu: 1}}}]}";
    assert_eq!(of(asks, defaults), ["LimitRange shop/l: spec.limits.default true"]);
    assert_eq!(of(whole, "type: Container, max: {cpu: 1}"), ["LimitRange shop/l: spec.limits.max true"]);
    assert!(of(asks, "type: PersistentVolumeClaim, max: {storage: 1Gi}").is_empty());
}

#[test]
fn ports_namespaces_and_domains_that_are_not_known() {
    let probe = |port: &str| {
        format!(
            "{{containers: [{{name: a, ports: [{{name: web, containerPort: 80}}], readinessProbe: {{httpGet: {{port: {port}}}}}}}]}}"
        )
    };
    assert!(fields(&report_on(&probe("web"), "")).is_empty() && fields(&report_on(&probe("80"), "")).is_empty());
    assert_eq!(
        fields(&report_on(&probe("nope"), "")),
        ["Deployment shop/web: spec.template.spec.containers.readinessProbe.httpGet.port true"]
    );
    let term = "{affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{labelSelector: {matchLabels: {app: web}}, \
                topologyKey: kubernetes.io/hostname, namespaceSelector: {matchLabels: {team: x}}}]}}}";
    let field = "requiredDuringSchedulingIgnoredDuringExecution.namespaceSelector";
    assert_eq!(
        fields(&report_on(term, "")),
        [format!("Deployment shop/web: spec.template.spec.affinity.podAntiAffinity.{field} true")]
    );
    let namespace = "---\nkind: Namespace\nmetadata: {name: shop, labels: {istio-injection: enabled}}\n";
    assert_eq!(fields(&report_on(term, namespace)), ["Namespace shop: metadata.labels.istio-injection false"]);
    let spread = |otherwise: &str| {
        let text = format!(
            "{{topologySpreadConstraints: [{{topologyKey: rack, whenUnsatisfiable: {otherwise}, labelSelector: {{}}}}]}}"
        );
        fields(&report_on(&text, ""))
    };
    let key = "Deployment shop/web: spec.template.spec.topologySpreadConstraints.topologyKey";
    assert_eq!(spread("ScheduleAnyway"), [format!("{key} false")]);
    assert_eq!(spread("DoNotSchedule"), [format!("{key} true")]);
}

#[test]
fn workloads_of_an_operator_count_and_those_of_another_workload_do_not() {
    let owned = |kind: &str, name: &str, owner: &str| {
        format!(
            "---\nkind: {kind}\nmetadata: {{name: {name}, namespace: shop, ownerReferences: [{{kind: {owner}, name: x}}]}}\n"
        )
    };
    let others = owned("Deployment", "kibana", "Kibana")
        + &owned("ReplicaSet", "web-1", "Deployment")
        + &owned("StatefulSet", "search", "Elasticsearch")
        + &owned("Job", "backup-1", "CronJob");
    let report = report_on("{}", &others);
    let counted = "other workloads of the input (1 Deployment, 1 StatefulSet) are no part";
    assert!(report.assumed.iter().any(|sentence| sentence.starts_with(counted)), "{:?}", report.assumed);
}
