use super::*;
use crate::input::kubernetes::manifest::Manifest;
use crate::input::tree::yaml::{documents, source};

const WEB: &str = "kind: Deployment\nmetadata: {name: web, namespace: shop}\nspec: {selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: ";

fn report_on(spec: &str, beside: &str) -> Report {
    let text = format!("{WEB}{spec}}}}}\n{beside}");
    let documents = std::rc::Rc::new(documents(&source(&text)).unwrap());
    let manifest = Manifest::read(vec![std::rc::Rc::clone(&documents)]).unwrap();
    manifest.others.report(("Deployment", &documents[0]), None, [1, 0, 0]).unwrap()
}

fn fields(report: &Report) -> Vec<String> {
    let all = report.about_others.iter().chain(&report.unmodelled);
    all.map(|one| format!("{}: {} {}", one.object, one.field, one.decides)).collect()
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
    let node = |name: &str| format!("---\nkind: Node\nmetadata: {{name: {name}}}\nspec: {{podPreemptionPolicy: x}}\n");
    assert_eq!(fields(&report_on("{}", &(node("n1") + &node("n2")))), ["Node n1: spec.podPreemptionPolicy false"]);
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
    let beside = term("db", "").replace("podAntiAffinity", "podAffinity");
    let field = field.replace("podAntiAffinity", "podAffinity");
    assert_eq!(fields_of(&beside), [format!("Deployment shop/web: {field} true")]);
    assert!(fields_of(&term("web", "").replace("podAntiAffinity", "podAffinity")).is_empty());
}

#[test]
fn ports_and_namespaces_that_are_not_known() {
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

#[test]
fn a_quota_of_replica_sets_decides_unless_it_has_room() {
    let of = |namespace: &str, status: &str| {
        fields(&report_on(
            "{}",
            &format!(
                "---\nkind: ResourceQuota\nmetadata: {{name: q, namespace: {namespace}}}\nspec: {{hard: {{count/replicasets.apps: 5, \
                 limits.cpu: 4}}}}\nstatus: {status}\n"
            ),
        ))
    };
    let decides = ["ResourceQuota shop/q: spec.hard.count/replicasets.apps true"];
    assert_eq!(of("shop", "{}"), decides);
    assert_eq!(of("shop", "{used: {count/replicasets.apps: 5}}"), decides);
    assert!(of("shop", "{used: {count/replicasets.apps: 4}}").is_empty());
    assert!(of("other", "{}").is_empty());
}

#[test]
fn a_runtime_class_decides_unless_it_is_in_the_input() {
    let class = |name: &str| format!("---\nkind: RuntimeClass\nmetadata: {{name: {name}}}\nhandler: x\n");
    let of = |beside: &str| fields(&report_on("{runtimeClassName: gvisor}", beside));
    assert_eq!(of(&class("kata")), ["Deployment shop/web: spec.template.spec.runtimeClassName true"]);
    assert!(of(&class("gvisor")).is_empty());
}
