use std::collections::BTreeSet;
use std::fmt::Write;

use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, StatefulSet};
use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;
use k8s_openapi::api::core::v1::{LimitRange, Node as ApiNode, PersistentVolume, PersistentVolumeClaim, ResourceQuota};
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use k8s_openapi::api::storage::v1::{CSINode, StorageClass, VolumeAttachment};
use schemars::generate::{SchemaGenerator, SchemaSettings};
use serde_json::Value as Json;

use super::*;
use crate::input::tree::yaml::node;

const ROOTS: [&Object; 13] = [
    &DEPLOYMENT,
    &STATEFUL_SET,
    &DAEMON_SET,
    &CLAIM,
    &PERSISTENT_VOLUME,
    &STORAGE_CLASS,
    &CSI_NODE,
    &VOLUME_ATTACHMENT,
    &QUOTA,
    &LIMIT_RANGE,
    &BUDGET,
    &AUTOSCALER,
    &NODE,
];

/// The API's own schemas of the objects in [`ROOTS`].
fn schemas() -> SchemaGenerator {
    let mut schemas = SchemaSettings::openapi3().into_generator();
    schemas.subschema_for::<Deployment>();
    schemas.subschema_for::<StatefulSet>();
    schemas.subschema_for::<DaemonSet>();
    schemas.subschema_for::<PersistentVolumeClaim>();
    schemas.subschema_for::<PersistentVolume>();
    schemas.subschema_for::<StorageClass>();
    schemas.subschema_for::<CSINode>();
    schemas.subschema_for::<VolumeAttachment>();
    schemas.subschema_for::<ResourceQuota>();
    schemas.subschema_for::<LimitRange>();
    schemas.subschema_for::<PodDisruptionBudget>();
    schemas.subschema_for::<HorizontalPodAutoscaler>();
    schemas.subschema_for::<ApiNode>();
    schemas
}

/// The definition of a type by its short name; the API has no two of one name below these objects.
fn definition<'s>(schemas: &'s SchemaGenerator, name: &str) -> &'s Json {
    let ending = format!(".{name}");
    let mut found = schemas.definitions().iter().filter(|(full, _)| full.ends_with(&ending));
    let (_, schema) = found.next().unwrap_or_else(|| panic!("the API has no {name}"));
    assert!(found.next().is_none(), "several types are called {name}");
    schema
}

/// The short name of the type that a field, or the items of a list, refer to; `None` for plain values and free maps.
fn refers_to(schema: &Json) -> Option<&str> {
    let of_items = schema.get("items").unwrap_or(schema);
    let direct = of_items.get("$ref").or_else(|| of_items.get("allOf")?.get(0)?.get("$ref"))?;
    direct.as_str()?.rsplit('.').next()
}

fn has_free_keys(schema: &Json) -> bool {
    schema.get("additionalProperties").is_some()
}

/// Every field below `object` that the API has, as (path, row or what is wrong).
fn walk(schemas: &SchemaGenerator, object: &'static Object, path: &str, rows: &mut Vec<Result<String, String>>) {
    let schema = definition(schemas, object.name);
    let fields = schema["properties"].as_object().expect("an object with fields");
    for (name, schema) in fields {
        let path = format!("{path}.{name}");
        let Some(field) = object.field(name) else {
            rows.push(Err(format!("{path} is missing")));
            continue;
        };
        match &field.rule {
            Rule::Inner(inner) => match refers_to(schema) {
                Some(name) if name == inner.name => walk(schemas, inner, &path, rows),
                other => rows.push(Err(format!("{path} is {other:?} in the API, {} here", inner.name))),
            },
            Rule::Keys(keys) if has_free_keys(schema) && keys.last().is_some_and(|key| key.pattern == "*") => {
                rows.extend(keys.iter().map(|key| Ok(line(&format!("{path}.{}", key.pattern), &key.standing))));
            }
            Rule::Keys(_) => rows.push(Err(format!("{path} has no free keys, or not all of them stand here"))),
            Rule::Whole(standing) => rows.push(Ok(line(&path, standing))),
        }
    }
    for field in object.fields {
        if !fields.contains_key(field.name) {
            rows.push(Err(format!("{path}.{} is no field of the API", field.name)));
        }
    }
}

/// A row of the document.
fn line(path: &str, standing: &Standing) -> String {
    let path = path.trim_start_matches('.');
    let text = match standing {
        Standing::Modelled => "modelled | ".into(),
        Standing::ModelledBy { rule, test } => format!("modelled | `{rule}`, held by `{test}`"),
        Standing::Harmless(why) => format!("cannot change a rollout | {why}"),
        Standing::Refers { kind, .. } => {
            format!("cannot change a rollout | the {kind} is taken to exist, and every answer says so")
        }
        Standing::ModelledWhere { known, rule, test, gap } => {
            let otherwise = missing(gap);
            format!(
                "modelled where {known}, otherwise {} | `{rule}`, held by `{test}`; otherwise {otherwise}",
                word(gap)
            )
        }
        Standing::Gap(gap) => format!("{} | {}", word(gap), missing(gap)),
    };
    format!("| `{path}` | {text} |")
}

fn word(gap: &Gap) -> &'static str {
    if gap.decides { "**not modelled, decides**" } else { "not modelled" }
}

fn missing(gap: &Gap) -> String {
    let unless = match gap.unless {
        [] => String::new(),
        values => format!(" (not where it is {})", values.join(" or ")),
    };
    format!("{}{unless}; {}", gap.effect, gap.direction.sentence())
}

#[test]
fn every_field_of_the_api_has_its_row_and_every_row_is_a_field_of_the_api() {
    let schemas = schemas();
    let mut document = String::from(HEAD);
    let mut count = 0;
    for root in ROOTS {
        let mut rows = Vec::new();
        walk(&schemas, root, "", &mut rows);
        let faults: Vec<_> = rows.iter().filter_map(|row| row.as_ref().err()).collect();
        assert!(faults.is_empty(), "{}: {faults:#?}", root.name);
        let _ =
            write!(document, "\n## {}\n\n| field | standing | why, or what is missing |\n|---|---|---|\n", root.name);
        for row in rows.iter().flatten() {
            document.push_str(row);
            document.push('\n');
        }
        count += rows.len();
    }
    assert!(count > 400, "{count} rows");
    crate::golden_file::golden("docs/reference/border.md", &document);
}

/// Where the rows of an object and of all below it stand.
fn standings(object: &'static Object) -> Vec<&'static Standing> {
    let of_field = |rule: &'static Rule| match rule {
        Rule::Inner(inner) => standings(inner),
        Rule::Whole(standing) => vec![standing],
        Rule::Keys(keys) => keys.iter().map(|key| &key.standing).collect(),
    };
    object.fields.iter().flat_map(|field| of_field(&field.rule)).collect()
}

#[test]
fn every_test_that_a_row_names_is_there() {
    for standing in ROOTS.into_iter().flat_map(standings) {
        let (Standing::ModelledBy { rule, test } | Standing::ModelledWhere { rule, test, .. }) = standing else {
            continue;
        };
        assert!(rule.contains(".go: "), "{rule} is no upstream file and function");
        let (file, function) = test.split_once(": ").expect("a file and a function");
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        let source = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{file}: {error}"));
        let lines: Vec<&str> = source.lines().map(str::trim).collect();
        let is_it = |pair: &[&str]| pair[0] == "#[test]" && pair[1] == format!("fn {function}() {{");
        assert!(lines.windows(2).any(is_it), "{file} has no test {function}");
    }
}

const HEAD: &str = "# The border of the model

What becomes of every field that Kubernetes knows of the objects that rollcast reads. A row stands for the field and all \
that is below it; `*` stands for any other key. *Modelled* fields shape the forecast; \
beside some stand Kubernetes' own rule and the test that holds it. What is *not modelled* and set in the \
input is named under every answer, with the direction in which it may then be wrong; a field that **decides** can turn the answer \
around, so that the answer is conditional: `recommend` and `--check` end with 1, unless `--assume FIELD` accepts it.

This page is made from the table in `src/input/kubernetes/border/` by a test that compares it with the API's own types \
(`UPDATE_EXPECT=1 cargo test border`).
";

fn caveats_of(text: &str) -> Vec<String> {
    let tree = node(text);
    let found = examine(&tree, &SPEC, "spec");
    assert!(found.unknown.is_empty(), "{:?}", found.unknown);
    let mark = |decides| if decides { "!" } else { "" };
    found.gaps.iter().map(|found| format!("{}{}", mark(found.gap.decides), found.path)).collect()
}

fn in_pod(text: &str) -> Vec<String> {
    let caveats = caveats_of(&format!("{{template: {{spec: {text}}}}}"));
    caveats.iter().map(|path| path.replacen("spec.template.spec.", "", 1)).collect()
}

#[test]
fn what_decides_and_is_set_is_found() {
    let cases = [
        ("{containers: [{resources: {limits: {nvidia.com/gpu: 1}}}]}", "!containers.resources.limits.nvidia.com/gpu"),
        (
            "{containers: [{resources: {requests: {ephemeral-storage: 1Gi}}}]}",
            "!containers.resources.requests.ephemeral-storage",
        ),
        (
            "{initContainers: [{resources: {limits: {hugepages-2Mi: 4Mi}}}]}",
            "!initContainers.resources.limits.hugepages-2Mi",
        ),
        (
            "{volumes: [{name: a, emptyDir: {}}, {name: b, persistentVolumeClaim: {claimName: c}}]}",
            "!volumes.persistentVolumeClaim.claimName",
        ),
        ("{volumes: [{name: a, gcePersistentDisk: {pdName: x}}]}", "!volumes.gcePersistentDisk"),
        ("{readinessGates: [{conditionType: x}]}", "!readinessGates"),
        ("{resourceClaims: [{name: x}]}", "!resourceClaims"),
        ("{schedulerName: volcano}", "!schedulerName"),
        ("{priorityClassName: system-cluster-critical}", "priorityClassName"),
        ("{containers: [{lifecycle: {stopSignal: SIGQUIT}}]}", "containers.lifecycle.stopSignal"),
    ];
    for (text, path) in cases {
        assert_eq!(in_pod(text), [path], "{text}");
    }
    let injected = "{template: {metadata: {annotations: {linkerd.io/inject: enabled, other: x}}}}";
    assert_eq!(caveats_of(injected), ["spec.template.metadata.annotations.linkerd.io/inject"]);
}

/// As the API server writes them into every live object.
#[test]
fn what_says_nothing_is_not_reported() {
    let live = "{restartPolicy: Always, schedulerName: default-scheduler, dnsPolicy: ClusterFirst, securityContext: {}, \
                readinessGates: [], nodeName: null, priority: 0, preemptionPolicy: PreemptLowerPriority, hostNetwork: false, \
                containers: [{terminationMessagePath: /dev/x, resources: {limits: {nvidia.com/gpu: 0, cpu: 1}}}], \
                topologySpreadConstraints: [{topologyKey: kubernetes.io/hostname, nodeAffinityPolicy: Honor}]}";
    assert_eq!(in_pod(live), Vec::<String>::new());
    assert_eq!(
        caveats_of("{template: {metadata: {annotations: {linkerd.io/inject: disabled}}}}"),
        Vec::<String>::new()
    );
}

#[test]
fn objects_that_are_named_are_found_once_and_without_the_optional_ones() {
    let text = "{serviceAccountName: web, imagePullSecrets: [{name: pull}], volumes: [{name: a, secret: {secretName: tls}}, \
                {name: b, projected: {sources: [{configMap: {name: shared}}, {secret: {name: maybe, optional: true}}]}}], \
                containers: [{env: [{name: A, valueFrom: {secretKeyRef: {name: tls, key: x}}}], envFrom: [{configMapRef: {name: env}}]}]}";
    let tree = node(text);
    let found = examine(&tree, &super::pod::POD_SPEC, "");
    let named: BTreeSet<_> = found.references.iter().map(|one| format!("{} {}", one.kind, one.name)).collect();
    let expected = ["ConfigMap env", "ConfigMap shared", "Secret pull", "Secret tls", "ServiceAccount web"];
    assert_eq!(named, expected.map(str::to_owned).into());
    assert!(examine(&node("{serviceAccountName: default}"), &super::pod::POD_SPEC, "").references.is_empty());
}

#[test]
fn quotas_limit_ranges_and_claims_are_read_by_their_keys() {
    let gaps = |text: &str, object| -> Vec<String> {
        examine(&node(text), object, "").gaps.iter().map(|found| found.path.clone()).collect()
    };
    let quota = "{spec: {hard: {pods: 5, limits.cpu: 0, requests.cpu: 1, count/services: 2, requests.nvidia.com/gpu: 1, count/replicasets.apps: 1}}, \
                 status: {used: {pods: 3, requests.cpu: 0}}}";
    assert_eq!(gaps(quota, &QUOTA), ["spec.hard.count/replicasets.apps"]);
    let range = "{spec: {limits: [{type: Container, defaultRequest: {cpu: 1}}]}}";
    assert!(gaps(range, &LIMIT_RANGE).is_empty());
    assert!(gaps("{spec: {accessModes: [ReadWriteOnce]}, status: {phase: Pending}}", &CLAIM).is_empty());
    assert_eq!(gaps("{spec: {hostPath: {path: /a}}}", &PERSISTENT_VOLUME), ["spec.hostPath"]);
}

#[test]
fn keys_that_the_api_does_not_know_are_found_with_their_object() {
    let tree = node("{replcias: 3, template: {spec: {containers: [{readinesProbe: {}}]}}}");
    let found = examine(&tree, &SPEC, "spec");
    let unknown: Vec<_> = found.unknown.iter().map(|one| (one.path.as_str(), one.key, one.object.name)).collect();
    assert_eq!(
        unknown,
        [("spec", "replcias", "DeploymentSpec"), ("spec.template.spec.containers", "readinesProbe", "Container")]
    );
}
