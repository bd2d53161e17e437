//! Volumes of a pod, and claims.

use super::metadata::{METADATA, status};
use super::table::{Gap, Rule, Standing, row};
use super::table::{Object, decides, harmless, inner, modelled_by, moves, refers};
use super::unmodelled::Direction;

const DISK: &str = "a disk is attached to one node at a time: a new pod on another node waits until the old pod is gone, which \
    a rolling update with maxUnavailable 0 never lets it be";
const SHARED: &str = "it can be mounted on every node at once; the time to mount it is in pods.start";
const GONE: &str = "Kubernetes has no such volume any more";

pub(super) const VOLUME: Object = Object::new(
    "Volume",
    &[
        decides("awsElasticBlockStore", DISK),
        decides("azureDisk", DISK),
        harmless("azureFile", SHARED),
        harmless("cephfs", SHARED),
        decides("cinder", DISK),
        refers("configMap", "ConfigMap", "name"),
        moves("csi", Direction::TooGood, "its driver mounts it, which takes time, and may be missing on a node"),
        harmless("downwardAPI", "it is made of the pod's own fields"),
        inner("emptyDir", &EMPTY_DIR),
        inner("ephemeral", &EPHEMERAL),
        decides("fc", DISK),
        decides("flexVolume", DISK),
        harmless("flocker", GONE),
        decides("gcePersistentDisk", DISK),
        harmless("gitRepo", GONE),
        harmless("glusterfs", GONE),
        moves(
            "hostPath",
            Direction::TooGood,
            "a pod does not start on a node where the path is missing or of another type",
        ),
        moves("image", Direction::TooGood, "the image is pulled before the containers start"),
        decides("iscsi", DISK),
        harmless("name", "it is a name"),
        harmless("nfs", SHARED),
        inner("persistentVolumeClaim", &CLAIM_SOURCE),
        harmless("photonPersistentDisk", GONE),
        decides("portworxVolume", DISK),
        inner("projected", &PROJECTED),
        harmless("quobyte", GONE),
        decides("rbd", DISK),
        harmless("scaleIO", GONE),
        refers("secret", "Secret", "secretName"),
        harmless("storageos", GONE),
        decides("vsphereVolume", DISK),
    ],
);

const EMPTY_DIR: Object = Object::new(
    "EmptyDirVolumeSource",
    &[
        harmless("medium", "memory that it takes counts against the containers' limits"),
        harmless("mode", "it changes permissions inside the pod"),
        harmless("sizeLimit", "a pod that writes more is evicted; say so with pods.new.crash where it happens"),
    ],
);

const PROJECTED: Object = Object::new(
    "ProjectedVolumeSource",
    &[
        harmless("defaultMode", "it changes permissions inside the pod"),
        harmless("defaultUser", "it changes permissions inside the pod"),
        inner("sources", &SOURCE),
    ],
);

const SOURCE: Object = Object::new(
    "VolumeProjection",
    &[
        refers("clusterTrustBundle", "ClusterTrustBundle", "name"),
        refers("configMap", "ConfigMap", "name"),
        harmless("downwardAPI", "it is made of the pod's own fields"),
        moves("podCertificate", Direction::TooGood, "the pod waits until a signer has issued its certificate"),
        refers("secret", "Secret", "name"),
        harmless("serviceAccountToken", "the kubelet asks for it as the pod starts (pods.start)"),
    ],
);

const UNKNOWN_CLAIM: &str = "who can use its volume at the same time is not known: one pod is taken to use it alone \
    (ReadWriteOnce), several to share it";

/// A claim that is not in the input, or does not say who can use it, is reported where the volumes are read.
const CLAIM_SOURCE: Object = Object::new(
    "PersistentVolumeClaimVolumeSource",
    &[
        row(
            "claimName",
            Rule::Whole(Standing::ModelledWhere {
                known: "the claim stands beside the Deployment",
                rule: "pkg/controller/volume/attachdetach/reconciler/reconciler.go: reconcile",
                test: "tests/it/volumes.rs: a_surge_pod_on_another_node_waits_for_the_volume_for_ever",
                gap: Gap { effect: UNKNOWN_CLAIM, direction: Direction::Either, decides: true, unless: &[] },
            }),
        ),
        harmless("readOnly", "the volume is attached to a node in either case"),
    ],
);

const EPHEMERAL: Object = Object::new("EphemeralVolumeSource", &[inner("volumeClaimTemplate", &CLAIM_TEMPLATE)]);

const CLAIM_TEMPLATE: Object =
    Object::new("PersistentVolumeClaimTemplate", &[inner("metadata", &METADATA), inner("spec", &CLAIM_SPEC)]);

const OF_CLAIM: &str = "it says which volume is bound, and the claim's status says whether one is";

pub(crate) const CLAIM: Object = Object::new(
    "PersistentVolumeClaim",
    &[
        harmless("apiVersion", "it must be v1"),
        harmless("kind", "it must be PersistentVolumeClaim"),
        inner("metadata", &METADATA),
        inner("spec", &CLAIM_SPEC),
        inner("status", &CLAIM_STATUS),
    ],
);

const CLAIM_SPEC: Object = Object::new(
    "PersistentVolumeClaimSpec",
    &[
        modelled_by(
            "accessModes",
            "pkg/volume/util/util.go: IsMultiAttachAllowed",
            "tests/it/volumes.rs: a_volume_of_one_pod_keeps_the_others_pending",
        ),
        harmless("dataSource", OF_CLAIM),
        harmless("dataSourceRef", OF_CLAIM),
        harmless("resources", OF_CLAIM),
        harmless("selector", OF_CLAIM),
        modelled_by(
            "storageClassName",
            "pkg/scheduler/framework/plugins/volumebinding/volume_binding.go: PreFilter",
            "src/input/kubernetes/volumes/tests.rs: the_status_and_the_class_of_a_claim_say_whether_it_is_bound",
        ),
        harmless("volumeAttributesClassName", OF_CLAIM),
        harmless("volumeMode", OF_CLAIM),
        modelled_by(
            "volumeName",
            "pkg/scheduler/framework/plugins/volumebinding/volume_binding.go: Filter",
            "tests/it/volumes.rs: the_zone_and_the_node_of_a_volume_are_those_of_the_input",
        ),
    ],
);

const CLAIM_STATUS: Object = Object::new(
    "PersistentVolumeClaimStatus",
    &[
        status("accessModes"),
        status("allocatedResourceStatuses"),
        status("allocatedResources"),
        status("capacity"),
        status("conditions"),
        status("currentVolumeAttributesClassName"),
        status("healthStatus"),
        status("modifyVolumeStatus"),
        modelled_by(
            "phase",
            "pkg/scheduler/framework/plugins/volumebinding/volume_binding.go: PreFilter",
            "tests/it/volumes.rs: a_claim_that_is_not_bound_keeps_its_pods_pending",
        ),
    ],
);
