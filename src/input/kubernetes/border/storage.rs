//! Persistent volumes, their classes, and where they are attached.

use super::metadata::{METADATA, status};
use super::table::{Object, harmless, inner, modelled_by, moves};
use super::unmodelled::Direction;

const VERSION: &str = "it says which version of the API the object is written in";
const KIND: &str = "it says which object this is";
const SOURCE: &str = "how the storage is reached; that pods can reach it is taken for granted";
const GONE: &str = "Kubernetes has no such volume any more";
const INSIDE: &str = "it changes how the storage is used, not when a pod has it";

pub(crate) const PERSISTENT_VOLUME: Object = Object::new(
    "PersistentVolume",
    &[
        harmless("apiVersion", VERSION),
        harmless("kind", KIND),
        inner("metadata", &METADATA),
        inner("spec", &VOLUME_SPEC),
        status("status"),
    ],
);

const VOLUME_SPEC: Object = Object::new(
    "PersistentVolumeSpec",
    &[
        modelled_by(
            "accessModes",
            "pkg/volume/util/util.go: IsMultiAttachAllowed",
            "src/input/kubernetes/volumes/tests.rs: the_volume_says_how_many_nodes_can_have_it_and_the_claim_whether_one_pod_alone_can",
        ),
        harmless("awsElasticBlockStore", SOURCE),
        harmless("azureDisk", SOURCE),
        harmless("azureFile", SOURCE),
        harmless("capacity", INSIDE),
        harmless("cephfs", SOURCE),
        harmless("cinder", SOURCE),
        modelled_by(
            "claimRef",
            "pkg/controller/volume/persistentvolume/pv_controller.go: syncVolume",
            "tests/it/volumes.rs: the_zone_and_the_node_of_a_volume_are_those_of_the_input",
        ),
        inner("csi", &CSI),
        harmless("fc", SOURCE),
        harmless("flexVolume", SOURCE),
        harmless("flocker", GONE),
        harmless("gcePersistentDisk", SOURCE),
        harmless("glusterfs", GONE),
        moves(
            "hostPath",
            Direction::Either,
            "its data are on the node that the pod is on; it is moved like a disk here",
        ),
        harmless("iscsi", SOURCE),
        harmless("local", "its nodes are in nodeAffinity"),
        harmless("mountOptions", INSIDE),
        harmless("nfs", SOURCE),
        modelled_by(
            "nodeAffinity",
            "pkg/scheduler/framework/plugins/volumebinding/volume_binding.go: Filter",
            "tests/it/volumes.rs: the_zone_and_the_node_of_a_volume_are_those_of_the_input",
        ),
        harmless("persistentVolumeReclaimPolicy", "it says what becomes of the volume after the claim"),
        harmless("photonPersistentDisk", GONE),
        harmless("portworxVolume", SOURCE),
        harmless("quobyte", GONE),
        harmless("rbd", SOURCE),
        harmless("scaleIO", GONE),
        harmless("storageClassName", "the volume is bound"),
        harmless("storageos", GONE),
        harmless("volumeAttributesClassName", INSIDE),
        harmless("volumeMode", INSIDE),
        harmless("vsphereVolume", SOURCE),
    ],
);

const CSI: Object = Object::new(
    "CSIPersistentVolumeSource",
    &[
        harmless("controllerExpandSecretRef", SOURCE),
        harmless("controllerPublishSecretRef", SOURCE),
        modelled_by(
            "driver",
            "pkg/scheduler/framework/plugins/nodevolumelimits/csi.go: Filter",
            "src/input/kubernetes/volumes/tests.rs: a_node_attaches_as_many_volumes_as_its_csi_node_says",
        ),
        harmless("fsType", INSIDE),
        harmless("nodeExpandSecretRef", SOURCE),
        harmless("nodePublishSecretRef", SOURCE),
        harmless("nodeStageSecretRef", SOURCE),
        harmless("readOnly", INSIDE),
        harmless("volumeAttributes", SOURCE),
        harmless("volumeHandle", SOURCE),
    ],
);

#[cfg(test)]
pub(super) const STORAGE_CLASS: Object = Object::new(
    "StorageClass",
    &[
        harmless("allowVolumeExpansion", INSIDE),
        moves("allowedTopologies", Direction::TooGood, "new volumes are made in these zones only"),
        harmless("apiVersion", VERSION),
        harmless("kind", KIND),
        inner("metadata", &METADATA),
        harmless("mountOptions", INSIDE),
        harmless("parameters", SOURCE),
        modelled_by(
            "provisioner",
            "pkg/scheduler/framework/plugins/nodevolumelimits/csi.go: Filter",
            "tests/it/volumes.rs: a_node_takes_as_many_pods_as_it_can_attach_volumes_for",
        ),
        harmless("reclaimPolicy", "it says what becomes of a volume after its claim"),
        modelled_by(
            "volumeBindingMode",
            "pkg/scheduler/framework/plugins/volumebinding/volume_binding.go: PreFilter",
            "src/input/kubernetes/volumes/tests.rs: the_status_and_the_class_of_a_claim_say_whether_it_is_bound",
        ),
    ],
);

#[cfg(test)]
pub(super) const CSI_NODE: Object = Object::new(
    "CSINode",
    &[
        harmless("apiVersion", VERSION),
        harmless("kind", KIND),
        inner("metadata", &METADATA),
        inner("spec", &CSI_NODE_SPEC),
        status("status"),
    ],
);

#[cfg(test)]
const CSI_NODE_SPEC: Object = Object::new("CSINodeSpec", &[inner("drivers", &CSI_NODE_DRIVER)]);

#[cfg(test)]
const CSI_NODE_DRIVER: Object = Object::new(
    "CSINodeDriver",
    &[
        inner("allocatable", &NODE_RESOURCES),
        modelled_by(
            "name",
            "pkg/scheduler/framework/plugins/nodevolumelimits/csi.go: Filter",
            "src/input/kubernetes/volumes/tests.rs: a_node_attaches_as_many_volumes_as_its_csi_node_says",
        ),
        harmless("nodeID", "it is a name"),
        harmless("topologyKeys", "the PersistentVolume names the labels"),
    ],
);

#[cfg(test)]
const NODE_RESOURCES: Object = Object::new(
    "VolumeNodeResources",
    &[modelled_by(
        "count",
        "pkg/scheduler/framework/plugins/nodevolumelimits/csi.go: Filter",
        "tests/it/volumes.rs: a_node_takes_as_many_pods_as_it_can_attach_volumes_for",
    )],
);

#[cfg(test)]
pub(super) const VOLUME_ATTACHMENT: Object = Object::new(
    "VolumeAttachment",
    &[
        harmless("apiVersion", VERSION),
        harmless("kind", KIND),
        inner("metadata", &METADATA),
        inner("spec", &ATTACHMENT_SPEC),
        inner("status", &ATTACHMENT_STATUS),
    ],
);

#[cfg(test)]
const ATTACHMENT_SPEC: Object = Object::new(
    "VolumeAttachmentSpec",
    &[
        modelled_by(
            "attacher",
            "pkg/scheduler/framework/plugins/nodevolumelimits/csi.go: Filter",
            "src/input/kubernetes/volumes/tests.rs: a_node_attaches_as_many_volumes_as_its_csi_node_says",
        ),
        modelled_by(
            "nodeName",
            "pkg/controller/volume/attachdetach/attach_detach_controller.go: processVolumeAttachments",
            "tests/it/volumes.rs: the_zone_and_the_node_of_a_volume_are_those_of_the_input",
        ),
        inner("source", &ATTACHMENT_SOURCE),
    ],
);

#[cfg(test)]
const ATTACHMENT_SOURCE: Object = Object::new(
    "VolumeAttachmentSource",
    &[
        harmless("inlineVolumeSpec", "only volumes of claims are followed"),
        modelled_by(
            "persistentVolumeName",
            "pkg/controller/volume/attachdetach/attach_detach_controller.go: processVolumeAttachments",
            "tests/it/volumes.rs: the_zone_and_the_node_of_a_volume_are_those_of_the_input",
        ),
    ],
);

#[cfg(test)]
const ATTACHMENT_STATUS: Object = Object::new(
    "VolumeAttachmentStatus",
    &[
        status("attachError"),
        modelled_by(
            "attached",
            "pkg/controller/volume/attachdetach/attach_detach_controller.go: processVolumeAttachments",
            "src/input/kubernetes/volumes/tests.rs: a_volume_is_where_its_attachment_says",
        ),
        status("attachmentMetadata"),
        status("detachError"),
    ],
);
