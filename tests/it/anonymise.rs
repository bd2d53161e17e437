//! A result under `--anonymise` has none of the names of the manifests, in no byte of any file.

use std::fs;

use crate::cli::{files, refuses, succeeds};

/// Names that stand in the manifest and must not stand in a result. Each is long enough not to stand there by chance.
const NAMES: [&str; 14] = [
    "payments-prod",
    "checkout-api",
    "acme-registry",
    "team-platypus",
    "rack-aurora",
    "ip-10-11-12-13",
    "sidecar-otter",
    "batch-walrus",
    "ledger-vole",
    "quota-lynx",
    "eu-hidden-1a",
    "volume-newt",
    "claim-heron",
    "svc-badger",
];

const MANIFEST: &str = r#"
apiVersion: v1
kind: List
items:
- apiVersion: apps/v1
  kind: Deployment
  metadata: {name: checkout-api, namespace: payments-prod, labels: {owner: team-platypus}}
  spec:
    replicas: 4
    selector: {matchLabels: {app: checkout-api}}
    template:
      metadata: {labels: {app: checkout-api, owner: team-platypus}}
      spec:
        serviceAccountName: svc-badger
        nodeSelector: {rack: rack-aurora}
        containers:
        - name: checkout-api
          image: acme-registry.example/team-platypus/checkout-api:1.4.2
          resources: {requests: {cpu: 500m, memory: 256Mi}}
          ports: [{name: http, containerPort: 8080}]
          readinessProbe: {httpGet: {path: /checkout-api/ready, port: http}, periodSeconds: 2}
        - {name: sidecar-otter, image: "acme-registry.example/sidecar-otter:latest", lifecycle: {preStop: {exec: {command: [sleep, "3"]}}}}
        volumes: [{name: volume-newt, persistentVolumeClaim: {claimName: claim-heron}}]
        affinity:
          podAntiAffinity:
            requiredDuringSchedulingIgnoredDuringExecution:
            - {topologyKey: kubernetes.io/hostname, labelSelector: {matchExpressions: [{key: app, operator: In, values: [batch-walrus]}]}}
- {apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: claim-heron, namespace: payments-prod}, spec: {accessModes: [ReadWriteMany], volumeName: pv-claim-heron}}
- {apiVersion: v1, kind: PersistentVolume, metadata: {name: pv-claim-heron}, spec: {accessModes: [ReadWriteMany], nfs: {server: ip-10-11-12-13}, claimRef: {name: claim-heron, namespace: payments-prod}}}
- {apiVersion: v1, kind: ResourceQuota, metadata: {name: quota-lynx, namespace: payments-prod}, spec: {hard: {pods: "6"}}, status: {used: {pods: "4"}, hard: {pods: "6"}}}
- {apiVersion: v1, kind: Node, metadata: {name: ip-10-11-12-13.internal, labels: {rack: rack-aurora, topology.kubernetes.io/zone: eu-hidden-1a}}, status: {allocatable: {cpu: 8, memory: 16Gi, pods: 110}}}
- {apiVersion: v1, kind: Node, metadata: {name: ip-10-11-12-13-b, labels: {rack: rack-aurora, topology.kubernetes.io/zone: eu-hidden-1b}}, status: {allocatable: {cpu: 8, memory: 16Gi, pods: 110}}}
- {apiVersion: v1, kind: Pod, metadata: {name: batch-walrus-1, namespace: ledger-vole, labels: {app: batch-walrus}}, spec: {nodeName: ip-10-11-12-13.internal, containers: [{name: a, resources: {requests: {cpu: 1}}}]}}
"#;

fn sweep(folder: &std::path::Path, out: &str, options: &[&str]) -> std::path::PathBuf {
    let (manifest, out) = (folder.join("checkout-api.yaml"), folder.join(out));
    fs::write(&manifest, MANIFEST).unwrap();
    let (manifest, directory) = (manifest.display().to_string(), out.display().to_string());
    let common = [
        "sweep",
        &manifest,
        "-q",
        "--replications",
        "40",
        "--what-if",
        "none",
        "--deployment",
        "payments-prod/checkout-api",
    ];
    succeeds(&[&common[..], &["--out", &directory, "--set", "sweep={maxSurge: [1, 2]}"], options].concat());
    out
}

#[test]
fn no_name_is_in_any_byte_of_a_result_and_the_figures_are_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let plain = sweep(folder.path(), "plain", &[]);
    let hashed = sweep(folder.path(), "hashed", &["--anonymise=secret"]);
    let holds = |bytes: &[u8], name: &str| bytes.windows(name.len()).any(|window| window == name.as_bytes());
    let mut found_in_plain = 0;
    for name in NAMES {
        for file in files(&plain) {
            found_in_plain += usize::from(holds(&fs::read(plain.join(file)).unwrap(), name));
        }
        for file in files(&hashed) {
            assert!(!file.contains(name), "{file} has the name {name}");
            assert!(!holds(&fs::read(hashed.join(&file)).unwrap(), name), "{file} holds the name {name}");
        }
    }
    assert!(found_in_plain > 10, "the names are not in a result anyway");
    for table in ["replications.csv", "summary.csv", "timeline.csv"] {
        let read = |folder: &std::path::Path| fs::read_to_string(folder.join(table)).unwrap();
        assert_eq!(read(&hashed), read(&plain), "{table}");
    }
    succeeds(&["verify", &hashed.display().to_string(), "-q"]);
}

#[test]
fn a_key_gives_the_same_bytes_and_no_key_gives_new_ones() {
    let folder = tempfile::tempdir().unwrap();
    let copies = |out: &str, option: &str| {
        let out = sweep(folder.path(), out, &[option]);
        fs::read_to_string(out.join("inputs/input-0.yaml"))
            .or_else(|_| fs::read_to_string(out.join("inputs/input-0.json")))
            .unwrap()
    };
    let [one, again, other] = [("a", "--anonymise=k"), ("b", "--anonymise=k"), ("c", "--anonymise=l")]
        .map(|(out, option)| copies(out, option));
    assert!(one == again && one != other);
    if cfg!(unix) {
        let [first, second] = ["d", "e"].map(|out| copies(out, "--anonymise"));
        assert!(first != second && first != one);
    }
}

#[test]
fn what_would_keep_a_name_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = folder.path().join("m.yaml");
    fs::write(&manifest, MANIFEST).unwrap();
    let experiment = folder.path().join("e.yaml");
    fs::write(&experiment, "deployment: m.yaml\n").unwrap();
    refuses(
        &["run", &experiment.display().to_string(), "--anonymise=k"],
        &["e.yaml:1:1: names in an experiment are not replaced"],
    );
    let manifest = manifest.display().to_string();
    let set = "workloads.payments-prod/checkout-api.maxSurge=1";
    refuses(
        &["run", &manifest, "--deployment", "payments-prod/checkout-api", "--anonymise=k", "--set", set],
        &["--anonymise does not replace the name in --set workloads.payments-prod/checkout-api.maxSurge"],
    );
}
