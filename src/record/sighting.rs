//! What one line of a file tells about one object.

use serde_json::Value;

use super::source::{At, nanos, nanos_at, text_at};

/// What the object is to the workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Of {
    /// The workload itself.
    Workload,
    /// A ReplicaSet of it.
    ReplicaSet,
    /// A ControllerRevision of it.
    Revision,
    /// A pod of it.
    Pod,
    /// Somebody else's pod.
    OtherPod,
    Node,
    Quota,
    Budget,
    /// A PersistentVolumeClaim.
    Claim,
    /// A PersistentVolume.
    Volume,
    /// A VolumeAttachment.
    Attachment,
}

impl Of {
    /// Whether it is the workload itself, or what it owns.
    pub(super) const fn is_own(self) -> bool {
        matches!(self, Self::Workload | Self::ReplicaSet | Self::Revision | Self::Pod)
    }

    /// Whether it is of the whole cluster, or somebody else's.
    pub(super) const fn is_elsewhere(self) -> bool {
        matches!(self, Self::OtherPod | Self::Node | Self::Claim | Self::Volume | Self::Attachment)
    }
}

/// Who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    /// A controller, a kubelet or the scheduler.
    Machine,
    /// Anybody else: a person or a pipeline.
    Person,
    /// The source does not say.
    Unknown,
}

/// What happened to it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Happening {
    /// It was created.
    Created,
    /// It is as the object says.
    Seen,
    /// A patch of it was taken, whose result is not known.
    Patched,
    /// Its `spec.replicas` was set through the subresource `scale`.
    Scaled(i64),
    /// The pod was bound to this node.
    Bound(String),
    /// Its deletion was asked for.
    DeletionAsked,
    /// It is gone.
    Gone,
    /// An eviction of the pod was answered with this code.
    Evicted(u16),
    /// The creation of one of the workload's pods was refused, with this message.
    Refused(String),
}

/// What one line of a file tells about one object.
#[derive(Clone, Debug)]
pub(super) struct Sighting {
    pub(super) at: At,
    pub(super) of: Of,
    pub(super) name: String,
    pub(super) what: Happening,
    pub(super) by: By,
    /// The object, or what is known of it.
    pub(super) object: Value,
    /// It is of the list that a watch begins with.
    pub(super) listed: bool,
    /// The patch that was sent, where it is one of the workload's own or of a node.
    pub(super) patch: Value,
}

/// The resource version of an object.
pub(super) fn version(object: &Value) -> Option<u64> {
    text_at(object, "/metadata/resourceVersion")?.parse().ok()
}

/// When the deletion of an object was asked for: its deletion timestamp lies in the future by the grace period.
pub(super) fn asked(object: &Value) -> Option<i64> {
    let end = nanos_at(object, "/metadata/deletionTimestamp")?;
    let grace = object.pointer("/metadata/deletionGracePeriodSeconds").and_then(Value::as_i64).unwrap_or(0);
    Some(end - grace * super::source::SECOND)
}

/// Whether nothing is waited for any more: the object goes with this change.
pub(super) fn goes_now(object: &Value) -> bool {
    let grace = object.pointer("/metadata/deletionGracePeriodSeconds").and_then(Value::as_i64);
    object.pointer("/metadata/deletionTimestamp").is_some() && grace == Some(0)
}

/// The latest instant that an object tells, which is no later than when it was seen.
pub(super) fn latest_stamp(object: &Value) -> Option<i64> {
    let fields = ["/metadata/creationTimestamp", "/status/startTime"];
    let listed = [
        ("/metadata/managedFields", &["time"][..]),
        ("/status/conditions", &["lastTransitionTime", "lastUpdateTime"][..]),
        ("/spec/taints", &["timeAdded"][..]),
    ];
    let one = fields.iter().filter_map(|field| nanos_at(object, field));
    let of_list = listed.iter().flat_map(|(list, names)| {
        let items = object.pointer(list).and_then(Value::as_array).into_iter().flatten();
        items.flat_map(|item| names.iter().filter_map(|name| nanos(item.get(*name)?.as_str()?)))
    });
    let containers = object.pointer("/status/containerStatuses").and_then(Value::as_array).into_iter().flatten();
    let of_containers = containers.flat_map(|status| {
        let places = ["/state/running/startedAt", "/state/terminated/finishedAt", "/lastState/terminated/finishedAt"];
        places.into_iter().filter_map(|place| nanos_at(status, place))
    });
    let end = asked(object).filter(|_| !goes_now(object));
    one.chain(of_list).chain(of_containers).chain(end).max()
}

/// Takes out of an object what nothing reads and what is large.
pub(super) fn reduce(object: &mut Value) {
    if let Some(metadata) = object.pointer_mut("/metadata").and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
        if let Some(Value::Object(annotations)) = metadata.get_mut("annotations") {
            annotations.remove("kubectl.kubernetes.io/last-applied-configuration");
        }
    }
}
