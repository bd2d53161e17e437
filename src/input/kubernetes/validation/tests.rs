//! What is refused, and with which words.

use super::*;
use crate::input::tree::yaml::node;

const GOOD: &str = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {selector: {matchLabels: {app: web}}, \
                    template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web, image: 'web:1'}]}}}}";

fn checked(text: &str) -> Result<(), String> {
    check(&node(text).map().unwrap()).map_err(|error| error.message)
}

/// The error where `part` of a good Deployment is replaced.
fn error(part: &str, by: &str) -> String {
    assert!(GOOD.contains(part), "{part}");
    checked(&GOOD.replacen(part, by, 1)).expect_err(by)
}

#[test]
fn a_deployment_as_kubectl_takes_it_passes() {
    assert_eq!(checked(GOOD), Ok(()));
    assert_eq!(
        checked(&GOOD.replacen("apiVersion: apps/v1, kind: Deployment, ", "", 1)),
        Ok(()),
        "an item of a typed list"
    );
    assert_eq!(checked(&GOOD.replacen("{name: web}", "{generateName: web-, namespace: ''}", 1)), Ok(()));
}

#[test]
fn fragments_are_distinguished_from_deployments() {
    for (part, by, field) in [
        ("selector: {matchLabels: {app: web}}, ", "", "spec.selector is missing"),
        ("selector: {matchLabels: {app: web}}", "selector: {}", "spec.selector is missing"),
        (
            "containers: [{name: web, image: 'web:1'}]",
            "nodeSelector: {a: b}",
            "spec.template.spec.containers is missing",
        ),
        (", image: 'web:1'", "", "spec.template.spec.containers[0].image is missing"),
        (
            ", template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web, image: 'web:1'}]}}",
            "",
            "spec.template is",
        ),
    ] {
        let message = error(part, by);
        assert!(message.starts_with(field) && message.contains("`kustomize build`"), "{message}");
    }
    assert!(checked("{kind: Deployment, replicaCount: 3}").unwrap_err().contains("helm template"));
}

#[test]
fn the_rules_of_deployments() {
    for (part, by, expected) in [
        ("apps/v1", "extensions/v1beta1", "write apps/v1, and a spec.selector"),
        ("apiVersion: apps/v1, ", "", "apiVersion is missing"),
        ("{name: web}", "{}", "metadata.name is missing"),
        ("{name: web}", "{name: Web_1}", "metadata.name is `Web_1`"),
        ("{name: web}", "{name: 12}", "write \"12\""),
        ("{name: web}", "{name: web, namespace: a.b}", "metadata.namespace is `a.b`"),
        ("{name: web}", "{name: web, labels: {version: 1.0}}", "metadata.labels.version is `1.0` without quotes"),
        ("{name: web}", "{name: web, annotations: {a: true}}", "write \"true\""),
        ("labels: {app: web}", "labels: {app: other}", "spec.selector does not match"),
        ("labels: {app: web}", "labels: {app: web, b: -x}", "labels.b is `-x`"),
        (
            "{matchLabels: {app: web}}",
            "{matchExpressions: [{key: app, operator: Is, values: [web]}]}",
            "unknown spec.selector",
        ),
        ("{matchLabels: {app: web}}", "{matchExpressions: [{key: app, operator: In}]}", "takes at least one value"),
    ] {
        let message = error(part, by);
        assert!(message.contains(expected), "{by}: {message}");
    }
}

#[test]
fn the_rules_of_pods() {
    for (fields, expected) in [
        ("restartPolicy: OnFailure", "takes only Always"),
        ("activeDeadlineSeconds: 5", "refused in a Deployment"),
        ("ephemeralContainers: []", "refused in a Deployment"),
        ("volumes: [{name: a}, {name: a}]", "another volume is called `a`"),
        ("initContainers: [{name: web, image: a}]", "another container is called `web`"),
        ("initContainers: [{name: a, image: a, livenessProbe: {exec: {command: [a]}}}]", "no probes and hooks unless"),
        ("terminationGracePeriodSeconds: -1", "a whole number from 0"),
        ("dnsPolicy: Clusterfirst", "did you mean `ClusterFirst`?"),
        ("tolerations: [{key: a, operator: Exist}]", "did you mean `Exists`?"),
        ("tolerations: [{operator: Equal}]", "the operator must be Exists"),
        ("tolerations: [{key: a, operator: Exists, value: b}]", "takes no value"),
        ("tolerations: [{key: a, tolerationSeconds: 5}]", "NoExecute alone"),
        ("nodeSelector: {gpu: true}", "nodeSelector.gpu is `true` without quotes"),
        ("topologySpreadConstraints: [{maxSkew: 1, topologyKey: a}]", "whenUnsatisfiable is missing"),
        (
            "topologySpreadConstraints: [{maxSkew: 1, topologyKey: a, whenUnsatisfiable: ScheduleAnyway, minDomains: 2}]",
            "minDomains goes with",
        ),
        (
            "affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{}]}}",
            "topologyKey is missing",
        ),
        (
            "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: []}}}",
            "nodeSelectorTerms is empty",
        ),
    ] {
        let message = error("spec: {containers", &format!("spec: {{{fields}, containers"));
        assert!(message.contains(expected), "{fields}: {message}");
    }
}

#[test]
fn the_rules_of_containers() {
    for (fields, expected) in [
        ("imagePullPolicy: always", "did you mean `Always`?"),
        ("command: [sleep, 5]", "write \"5\""),
        ("env: [{name: A, value: 1}]", "env[0].value is `1` without quotes"),
        ("env: [{value: a}]", "env[0].name is missing"),
        ("ports: [{containerPort: 0}]", "from 1 to 65535"),
        ("ports: [{hostPort: 80}]", "containerPort is missing"),
        ("ports: [{containerPort: 80, name: HTTP}]", "ports[0].name is `HTTP`"),
        ("ports: [{containerPort: 80, hostPort: 80}, {containerPort: 81, hostPort: 80}]", "is taken by another port"),
        ("volumeMounts: [{name: data, mountPath: /data}]", "there is no volume `data`"),
        ("resources: {requests: {cpu: 2}, limits: {cpu: 1500m}}", "more than its limit `1500m`"),
        ("resources: {requests: {cpus: 2}}", "a resource is cpu, memory"),
        ("resources: {requests: {memory: 1GB}}", "requests.memory: expected an amount"),
        ("readinessProbe: {periodSeconds: 5}", "must have one of exec, httpGet, tcpSocket, grpc, and none is there"),
        ("readinessProbe: {exec: {command: [a]}, tcpSocket: {port: 1}}", "exec and tcpSocket are there"),
        ("readinessProbe: {httpGet: {path: /}}", "port is missing"),
        ("readinessProbe: {tcpSocket: {port: 70000}}", "from 1 to 65535"),
        ("readinessProbe: {tcpSocket: {port: 80}, periodSeconds: -1}", "periodSeconds: expected"),
        ("livenessProbe: {tcpSocket: {port: 80}, successThreshold: 2}", "must be 1"),
        ("readinessProbe: {tcpSocket: {port: 80}, terminationGracePeriodSeconds: 2}", "kills nothing"),
        ("lifecycle: {preStop: {}}", "must have one of exec, httpGet, tcpSocket, sleep"),
        ("lifecycle: {preStop: {sleep: {seconds: 31}}}", "more than terminationGracePeriodSeconds 30"),
    ] {
        let message = error("image: 'web:1'", &format!("image: 'web:1', {fields}"));
        assert!(message.contains(expected), "{fields}: {message}");
    }
    let host = error(
        "spec: {containers: [{",
        "spec: {hostNetwork: true, containers: [{ports: [{containerPort: 80, hostPort: 81}], ",
    );
    assert!(host.contains("must be containerPort 80"), "{host}");
    let good = "readinessProbe: {httpGet: {port: http, path: /}, successThreshold: 2}, env: [{name: A, value: \"1\"}], resources: \
                {requests: {cpu: 1, nvidia.com/gpu: 1}, limits: {cpu: \"1\", nvidia.com/gpu: 1}}";
    assert_eq!(checked(&GOOD.replacen("image: 'web:1'", &format!("image: 'web:1', {good}"), 1)), Ok(()));
}
