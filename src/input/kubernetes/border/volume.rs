//! Volumes of a pod, and claims.

use super::metadata::{METADATA, status};
use super::table::{Gap, Rule, Standing, row};
use super::table::{Object, decides, harmless, inner, modelled, moves, refers};
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
        decides(
            "ephemeral",
            "each pod waits for a claim of its own to be provisioned and attached, which nodes and storage may not allow",
        ),
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
        row(
            "persistentVolumeClaim",
            Rule::Whole(Standing::Gap(Gap { effect: DISK, direction: Direction::TooGood, decides: true, unless: &[] })),
        ),
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

const OF_CLAIM: &str = "it says which volume is bound; the claim is taken as bound";

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

/// The volume that names a claim reports it, with its access modes.
const CLAIM_SPEC: Object = Object::new(
    "PersistentVolumeClaimSpec",
    &[
        modelled("accessModes"),
        harmless("dataSource", OF_CLAIM),
        harmless("dataSourceRef", OF_CLAIM),
        harmless("resources", OF_CLAIM),
        harmless("selector", OF_CLAIM),
        moves(
            "storageClassName",
            Direction::TooGood,
            "its class says in which zones and on which nodes the volume can be attached",
        ),
        harmless("volumeAttributesClassName", OF_CLAIM),
        harmless("volumeMode", OF_CLAIM),
        moves(
            "volumeName",
            Direction::TooGood,
            "the volume is in one zone or on one node, to which the pods are bound",
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
        row(
            "phase",
            Rule::Whole(Standing::Gap(Gap {
                effect: "pods wait until the claim is bound; it is taken as bound",
                direction: Direction::TooGood,
                decides: true,
                unless: &["Bound"],
            })),
        ),
    ],
);
