//! Lines of the API server's audit log.

use serde_json::Value;

use super::account::Missing;
use super::sighting::{By, Happening, Of, Sighting, reduce, version};
use super::source::{At, Source, nanos, text_at};
use super::target::{Kind, Target};

/// Codes from here on are refusals.
const REFUSED: u64 = 400;
const FORBIDDEN: u64 = 403;

/// Resources that lie in no namespace.
const OF_THE_CLUSTER: [&str; 3] = ["nodes", "persistentvolumes", "volumeattachments"];

/// Who writes on behalf of the cluster itself.
const MACHINES: [&str; 5] = [
    "system:kube-controller-manager",
    "system:serviceaccount:kube-system:",
    "system:kube-scheduler",
    "system:node:",
    "system:apiserver",
];

/// Whether a value is a line of an audit log.
pub(super) fn is_audit(value: &Value) -> bool {
    text_at(value, "/apiVersion").is_some_and(|version| version.starts_with("audit.k8s.io/"))
}

/// Reads a line; `None`: it changes nothing that the recording needs. What the policy kept back is counted.
pub(super) fn sighting(line: &mut Value, target: &Target, missing: &mut Missing) -> Option<Sighting> {
    let verb = text_at(line, "/verb")?.to_owned();
    let stage = text_at(line, "/stage")?;
    let is_write = matches!(verb.as_str(), "create" | "update" | "patch" | "delete" | "deletecollection");
    let is_dry = text_at(line, "/requestURI").is_some_and(|uri| uri.contains("dryRun=All"));
    if !is_write || is_dry || stage != "ResponseComplete" {
        return None;
    }
    let reference = line.get("objectRef")?;
    let resource = text_at(reference, "/resource")?.to_owned();
    let subresource = text_at(reference, "/subresource").unwrap_or("").to_owned();
    let beside = text_at(reference, "/namespace") == Some(&target.namespace);
    if !beside && !OF_THE_CLUSTER.contains(&resource.as_str()) {
        return None;
    }
    let of = kind_of(&resource, target.kind)?;
    let named = text_at(reference, "/name").map(str::to_owned);
    let code = line.pointer("/responseStatus/code").and_then(Value::as_u64).unwrap_or(200);
    let exact = text_at(line, "/stageTimestamp").or(text_at(line, "/requestReceivedTimestamp"))?;
    let at = At { nanos: nanos(exact)?, order: 0, exact: true, source: Source::Audit };
    let by = writer(line);
    let has_response = !line["responseObject"].is_null();
    if code >= REFUSED {
        return refusal(line, target, &subresource, (of, named, at, by, code));
    }
    let change = Change { verb: &verb, subresource: &subresource, named, at, by };
    let sighting = change.read(line, of, target)?;
    let is_empty = match sighting.what {
        Happening::Seen => sighting.object.is_null(),
        Happening::Patched => sighting.patch.is_null(),
        _ => false,
    };
    if !has_response && is_empty {
        missing.without_body(&resource, &subresource);
        return None;
    }
    if !has_response {
        missing.without_response(&resource, &subresource);
    }
    Some(sighting)
}

fn kind_of(resource: &str, kind: Kind) -> Option<Of> {
    Some(match resource {
        "pods" => Of::Pod,
        "replicasets" => Of::ReplicaSet,
        "controllerrevisions" => Of::Revision,
        "nodes" => Of::Node,
        "resourcequotas" => Of::Quota,
        "poddisruptionbudgets" => Of::Budget,
        "persistentvolumeclaims" => Of::Claim,
        "persistentvolumes" => Of::Volume,
        "volumeattachments" => Of::Attachment,
        own if own == kind.resource() => Of::Workload,
        _ => return None,
    })
}

/// Who wrote. In some clusters all controllers are one user; the name of the program then ends with that of the controller.
fn writer(line: &Value) -> By {
    let user = text_at(line, "/user/username").unwrap_or_default();
    let agent = text_at(line, "/userAgent").unwrap_or_default();
    let is_machine = MACHINES.iter().any(|machine| user.starts_with(machine)) || agent.ends_with("-controller");
    if is_machine { By::Machine } else { By::Person }
}

/// What a refused request tells: a creation that a quota forbade, or an eviction that a budget forbade.
fn refusal(
    line: &Value,
    target: &Target,
    subresource: &str,
    (of, named, at, by, code): (Of, Option<String>, At, By, u64),
) -> Option<Sighting> {
    if of != Of::Pod {
        return None;
    }
    let refused = |name: String, what| Sighting {
        at,
        of,
        name,
        what,
        by,
        object: Value::Null,
        listed: false,
        patch: Value::Null,
    };
    if subresource == "eviction" {
        return own(named?, target).map(|name| refused(name, Happening::Evicted(code as u16)));
    }
    let message = text_at(line, "/responseStatus/message").unwrap_or_default();
    let asked = &line["requestObject"];
    let is_own = target.owner_of_pod(asked).is_some() || message.contains(&format!("\"{}-", target.name));
    let is_quota = subresource.is_empty() && code == FORBIDDEN;
    (is_own && is_quota).then(|| refused(String::new(), Happening::Refused(message.to_owned())))
}

fn own(name: String, target: &Target) -> Option<String> {
    target.owner_by_name(&name).is_some().then_some(name)
}

/// A write that was taken.
struct Change<'a> {
    verb: &'a str,
    subresource: &'a str,
    named: Option<String>,
    at: At,
    by: By,
}

impl Change<'_> {
    fn read(self, line: &mut Value, of: Of, target: &Target) -> Option<Sighting> {
        let is_patch = self.verb == "patch" && self.subresource.is_empty();
        let mut object = line["responseObject"].take();
        let mut what = match (self.verb, self.subresource) {
            ("create", "") => Happening::Created,
            ("create", "binding") => Happening::Bound(text_at(line, "/requestObject/target/name")?.to_owned()),
            ("create", "eviction") => Happening::Evicted(201),
            (_, "scale") => {
                let replicas = object.pointer("/spec/replicas").or(line.pointer("/requestObject/spec/replicas"));
                Happening::Scaled(replicas?.as_i64()?)
            }
            ("delete", "") => deletion(of, line, &object),
            ("update" | "patch", "" | "status") => Happening::Seen,
            _ => return None,
        };
        if matches!(what, Happening::Bound(_) | Happening::Scaled(_) | Happening::Evicted(_)) {
            object = Value::Null;
        } else if object.is_null() && (is_patch || of == Of::Node && self.verb == "patch") {
            what = Happening::Patched;
        } else if object.is_null() && self.verb != "delete" {
            object = line["requestObject"].take();
        }
        let order = version(&object).unwrap_or(0);
        let name = text_at(&object, "/metadata/name").map(str::to_owned).or(self.named).unwrap_or_default();
        if !is_of(of, &name, &object, target) {
            return None;
        }
        reduce(&mut object);
        let has_patch = is_patch && of == Of::Workload || of == Of::Node && self.verb == "patch";
        let patch = if has_patch { line["requestObject"].take() } else { Value::Null };
        Some(Sighting { at: At { order, ..self.at }, of, name, what, by: self.by, object, listed: false, patch })
    }
}

/// A pod's deletion is asked for first; with a grace period of 0 its kubelet has done with it.
fn deletion(of: Of, line: &Value, object: &Value) -> Happening {
    let asked = line.pointer("/requestObject/gracePeriodSeconds").and_then(Value::as_i64);
    let answered = object.pointer("/metadata/deletionGracePeriodSeconds").and_then(Value::as_i64);
    let is_kubelet = text_at(line, "/user/username").is_some_and(|user| user.starts_with("system:node:"));
    let gone = of != Of::Pod || is_kubelet || asked == Some(0) || answered == Some(0);
    if gone { Happening::Gone } else { Happening::DeletionAsked }
}

/// Whether an object is the workload's, or one of those that decide about its pods.
fn is_of(of: Of, name: &str, object: &Value, target: &Target) -> bool {
    match of {
        Of::Workload => name == target.name,
        Of::ReplicaSet | Of::Revision => {
            target.owns(object) || (name.rsplit_once('-')).is_some_and(|(of, _)| of == target.name)
        }
        Of::Pod => target.owner_of_pod(object).is_some() || target.owner_by_name(name).is_some(),
        Of::Node | Of::Quota | Of::Budget | Of::Claim | Of::Volume | Of::Attachment => true,
        Of::OtherPod => false,
    }
}
