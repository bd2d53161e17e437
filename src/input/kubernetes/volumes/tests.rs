use super::*;
use crate::input::kubernetes::machine::Machine;
use crate::input::tree::yaml::{documents, node, source};
use std::collections::BTreeMap;

const POD: &str = "{volumes: [{name: a, persistentVolumeClaim: {claimName: data}}]}";

/// The volumes of pods with this spec in the namespace `shop`, where these objects are.
fn volumes(pod: &str, objects: &str) -> PodVolumes {
    let mut storage = Storage::default();
    for object in documents(&source(objects)).unwrap() {
        let kind = object.map().unwrap().require("kind").unwrap().text().unwrap().to_owned();
        assert!(storage.take(&kind, &object), "{kind}");
    }
    storage.volumes_of(&node(pod).map().unwrap(), "shop").unwrap()
}

fn claim(spec: &str, status: &str) -> String {
    format!(
        "---\nkind: PersistentVolumeClaim\nmetadata: {{name: data, namespace: shop}}\nspec: {{{spec}}}\nstatus: {{{status}}}\n"
    )
}

fn volume(spec: &str, labels: &str) -> String {
    format!(
        "---\nkind: PersistentVolume\nmetadata: {{name: pv, labels: {{{labels}}}}}\n\
         spec: {{claimRef: {{name: data, namespace: shop}}, {spec}}}\n"
    )
}

fn the_claim(objects: &str) -> Claim {
    volumes(POD, objects).claims.remove(0)
}

#[test]
fn a_claim_is_found_once_and_in_its_own_namespace() {
    let twice = "{volumes: [{persistentVolumeClaim: {claimName: data}}, {persistentVolumeClaim: {claimName: data}}, {emptyDir: {}}]}";
    let modes = claim("accessModes: [ReadWriteMany]", "phase: Bound");
    let found = volumes(twice, &modes);
    assert_eq!((found.claims.len(), found.claims[0].access), (1, Some(Access::Many)));
    let other = the_claim(&modes.replace("shop", "other"));
    assert_eq!((other.access, other.state), (None, ClaimState::Missing));
}

/// The modes of the volume count, except that the scheduler reads ReadWriteOncePod from the claim.
#[test]
fn the_volume_says_how_many_nodes_can_have_it_and_the_claim_whether_one_pod_alone_can() {
    let access = |by_claim: &str, by_volume: &str| {
        let beside =
            if by_volume.is_empty() { String::new() } else { volume(&format!("accessModes: [{by_volume}]"), "") };
        the_claim(&(claim(&format!("accessModes: [{by_claim}]"), "") + &beside)).access
    };
    for (by_claim, by_volume, expected) in [
        ("ReadWriteOnce", "", Some(Access::OneNode)),
        ("ReadOnlyMany", "", Some(Access::Many)),
        ("ReadWriteOncePod", "", Some(Access::OnePod)),
        ("", "", None),
        ("ReadWriteOnce", "ReadWriteOnce, ReadWriteMany", Some(Access::Many)),
        ("ReadWriteOncePod", "ReadWriteOncePod", Some(Access::OnePod)),
        ("", "ReadWriteOnce", Some(Access::OneNode)),
    ] {
        assert_eq!(access(by_claim, by_volume), expected, "{by_claim}, {by_volume}");
    }
}

#[test]
fn the_status_and_the_class_of_a_claim_say_whether_it_is_bound() {
    let class = |mode: &str, provisioner: &str| {
        format!(
            "---\nkind: StorageClass\nmetadata: {{name: fast}}\nprovisioner: {provisioner}\nvolumeBindingMode: {mode}\n"
        )
    };
    let delayed = class("WaitForFirstConsumer", "ebs.csi.aws.com");
    let by_default = delayed
        .replace("name: fast", "name: fast, annotations: {storageclass.kubernetes.io/is-default-class: \"true\"}");
    for (spec, status, beside, expected) in [
        ("", "", String::new(), ClaimState::Unsaid),
        ("", "phase: Bound", delayed.clone(), ClaimState::Bound),
        ("", "phase: Lost", String::new(), ClaimState::Lost),
        ("storageClassName: fast", "phase: Pending", delayed.clone(), ClaimState::WaitsForConsumer),
        ("storageClassName: fast", "phase: Pending", class("Immediate", "a"), ClaimState::Pending),
        (
            "storageClassName: fast",
            "phase: Pending",
            class("WaitForFirstConsumer", "kubernetes.io/no-provisioner"),
            ClaimState::Pending,
        ),
        ("storageClassName: slow", "phase: Pending", delayed.clone(), ClaimState::OfUnknownClass),
        ("", "phase: Pending", delayed, ClaimState::OfUnknownClass),
        ("", "phase: Pending", by_default, ClaimState::WaitsForConsumer),
    ] {
        assert_eq!(the_claim(&(claim(spec, status) + &beside)).state, expected, "{spec}, {status}");
    }
}

#[test]
fn a_volume_is_where_its_attachment_says() {
    let attachment = |attached: &str| {
        format!(
            "---\nkind: VolumeAttachment\nmetadata: {{name: x}}\nspec: {{attacher: d, nodeName: n1, source: \
             {{persistentVolumeName: pv}}}}\nstatus: {{attached: {attached}}}\n"
        )
    };
    let of = |beside: &str| the_claim(&(claim("", "") + &volume("csi: {driver: d}", "") + beside));
    assert_eq!(of(&attachment("true")).attached_to.as_deref(), Some("n1"));
    assert_eq!(of(&attachment("false")).attached_to, None);
    assert_eq!(of("").driver.as_deref(), Some("d"));
    // A claim that names another volume is not this one's.
    let named = claim("volumeName: other", "") + &volume("", "") + &attachment("true");
    assert_eq!((the_claim(&named).attached_to, the_claim(&named).reach), (None, None));
}

fn machine(labels: &[(&str, &str)]) -> Machine {
    let labels: BTreeMap<String, String> = labels.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect();
    Machine { labels, ..Machine::default() }
}

#[test]
fn the_zone_of_a_volume_limits_its_nodes() {
    const ZONE: &str = "topology.kubernetes.io/zone";
    let affinity = |key: &str| {
        volume(
            &format!(
                "nodeAffinity: {{required: {{nodeSelectorTerms: [{{matchExpressions: [{{key: {key}, operator: In, values: [b]}}]}}]}}}}"
            ),
            "",
        )
    };
    let machines = [machine(&[(ZONE, "a"), ("rack", "b")]), machine(&[(ZONE, "b"), ("rack", "c")])];
    let labels = NodeLabels::of(&machines);
    let on = |volume: &str| {
        let reach = the_claim(&(claim("", "") + volume)).reach.unwrap();
        machines.each_ref().map(|machine| reach.contains(machine, &labels))
    };
    assert_eq!(on(&affinity(ZONE)), [false, true]);
    assert_eq!(on(&affinity("rack")), [true, false]);
    // A label that only the driver knows: the zone where its name says so, and else nothing that could be compared.
    assert_eq!(on(&affinity("topology.ebs.csi.aws.com/zone")), [false, true]);
    assert_eq!(on(&affinity("example.com/pod")), [true, true]);
    assert_eq!(on(&volume("", "topology.kubernetes.io/zone: b__c")), [false, true]);
    assert_eq!(on(&volume("", "")), [true, true]);
    let unlimited = the_claim(&(claim("", "") + &volume("", ""))).reach.unwrap();
    assert!(!unlimited.is_limited() && !unlimited.names_nodes());
}

/// A limit of 5, of which another volume takes one, and a claim that all pods share another: three pods with one volume each,
/// or one with two.
#[test]
fn a_node_attaches_as_many_volumes_as_its_csi_node_says() {
    let attachment = |name: &str, volume: &str| {
        format!(
            "---\nkind: VolumeAttachment\nmetadata: {{name: {name}}}\nspec: {{attacher: d, nodeName: n1, source: \
             {{persistentVolumeName: {volume}}}}}\n"
        )
    };
    let objects = claim("", "")
        + &volume("csi: {driver: d}", "")
        + "---\nkind: StorageClass\nmetadata: {name: fast}\nprovisioner: d\n\
           ---\nkind: CSINode\nmetadata: {name: n1}\nspec: {drivers: [{name: e}, {name: d, allocatable: {count: 5}}]}\n"
        + &attachment("x", "other")
        + &attachment("y", "pv");
    let own = "{ephemeral: {volumeClaimTemplate: {spec: {storageClassName: fast}}}}";
    let with =
        |own: &str| volumes(&format!("{{volumes: [{{persistentVolumeClaim: {{claimName: data}}}}{own}]}}"), &objects);
    assert_eq!(with("").pods_on("n1"), u64::MAX);
    assert_eq!(with(&format!(", {own}")).pods_on("n1"), 3);
    assert_eq!(with(&format!(", {own}, {own}")).pods_on("n1"), 1);
    assert_eq!(with(&format!(", {own}")).pods_on("n2"), u64::MAX);
}
