//! The objects of the input that describe persistent volumes.

use std::collections::BTreeMap;

use super::{AttachLimit, Claim, ClaimState, OwnVolume, PodVolumes, Reach};
use crate::input::kubernetes::label_selector::{maps, text};
use crate::input::kubernetes::object::{name_of, namespace_of};
use crate::input::tree::error::InputError;
use crate::input::tree::fields::Map;
use crate::input::tree::yaml::Node;
use crate::scenario::Access;

/// A class that makes no volumes.
const NO_PROVISIONER: &str = "kubernetes.io/no-provisioner";
/// What marks the class of claims that name none.
pub(crate) const DEFAULT_CLASS: &str = "storageclass.kubernetes.io/is-default-class";

/// The objects of the input that describe persistent volumes.
#[derive(Debug, Default)]
pub(crate) struct Storage {
    claims: Vec<Node>,
    volumes: Vec<Node>,
    classes: Vec<Node>,
    csi_nodes: Vec<Node>,
    attachments: Vec<Node>,
}

impl Storage {
    /// Keeps an object of a kind that matters here; false: it is of none.
    pub(crate) fn take(&mut self, kind: &str, node: &Node) -> bool {
        let kept = match kind {
            "PersistentVolumeClaim" => &mut self.claims,
            "PersistentVolume" => &mut self.volumes,
            "StorageClass" => &mut self.classes,
            "CSINode" => &mut self.csi_nodes,
            "VolumeAttachment" => &mut self.attachments,
            _ => return false,
        };
        kept.push(node.clone());
        true
    }

    /// The volumes of pods with this spec in a namespace.
    pub(crate) fn volumes_of(&self, pod: &Map<'_>, namespace: &str) -> Result<PodVolumes, InputError> {
        let mut volumes = PodVolumes::default();
        let mut names = Vec::new();
        for volume in maps(pod.list("volumes")?)? {
            if let Some(source) = volume.map("persistentVolumeClaim")?
                && let Some(name) = text(&source, "claimName")
                && volumes.claims.iter().all(|known| known.name != name)
            {
                let claim = self.claim(name, namespace)?.map(Node::map).transpose()?;
                let bound = claim.as_ref().map(|claim| self.volume_of(claim, namespace)).transpose()?.flatten();
                names.extend(bound.as_ref().and_then(name_of).map(str::to_owned));
                volumes.claims.push(self.read(name, claim, bound)?);
            }
            if let Some(source) = volume.map("ephemeral")? {
                let template = source.map("volumeClaimTemplate")?;
                let spec = template.map(|template| template.map("spec")).transpose()?.flatten();
                volumes.own.push(self.own(spec)?);
            }
        }
        if !volumes.claims.is_empty() || !volumes.own.is_empty() {
            volumes.limits = self.limits(&names)?;
        }
        Ok(volumes)
    }

    /// The objects that say something about the volumes of pods with this spec, each with its kind.
    pub(crate) fn objects_of(&self, pod: &Map<'_>, namespace: &str) -> Result<Vec<(&'static str, &Node)>, InputError> {
        let mut objects = Vec::new();
        for volume in maps(pod.list("volumes")?)? {
            let source = volume.map("persistentVolumeClaim")?;
            let name = source.as_ref().and_then(|source| text(source, "claimName"));
            let Some(claim) = name.map(|name| self.claim(name, namespace)).transpose()?.flatten() else { continue };
            objects.push(("PersistentVolumeClaim", claim));
            let object = claim.map()?;
            for volume in &self.volumes {
                if is_volume_of(&volume.map()?, &object, namespace)? {
                    objects.push(("PersistentVolume", volume));
                }
            }
        }
        Ok(objects)
    }

    fn claim(&self, name: &str, namespace: &str) -> Result<Option<&Node>, InputError> {
        for claim in &self.claims {
            let object = claim.map()?;
            if name_of(&object) == Some(name) && namespace_of(&object)? == namespace {
                return Ok(Some(claim));
            }
        }
        Ok(None)
    }

    /// The PersistentVolume of a claim.
    fn volume_of<'s>(&'s self, claim: &Map<'_>, namespace: &str) -> Result<Option<Map<'s>>, InputError> {
        for volume in &self.volumes {
            let volume = volume.map()?;
            if is_volume_of(&volume, claim, namespace)? {
                return Ok(Some(volume));
            }
        }
        Ok(None)
    }

    fn read(&self, name: &str, claim: Option<Map<'_>>, volume: Option<Map<'_>>) -> Result<Claim, InputError> {
        let of_claim = claim.map(|claim| claim.map("spec")).transpose()?.flatten();
        let of_volume = volume.map(|volume| volume.map("spec")).transpose()?.flatten();
        let modes = |spec: Option<&Map<'_>>| access(spec.map_or(Ok(&[][..]), |spec| spec.list("accessModes"))?);
        let by_claim = modes(of_claim.as_ref())?;
        let by_volume = modes(of_volume.as_ref())?;
        let class = self.class(of_claim.as_ref())?;
        let csi = of_volume.map(|spec| spec.map("csi")).transpose()?.flatten();
        let driver = csi.as_ref().and_then(|csi| text(csi, "driver"));
        let provisioner = class.as_ref().and_then(|class| text(class, "provisioner"));
        Ok(Claim {
            name: name.to_owned(),
            access: if by_claim == Some(Access::OnePod) { by_claim } else { by_volume.or(by_claim) },
            state: claim.map_or(Ok(ClaimState::Missing), |claim| state(&claim, class.as_ref()))?,
            names_volume: of_claim.is_some_and(|spec| text(&spec, "volumeName").is_some_and(|named| !named.is_empty())),
            reach: volume.as_ref().map(Reach::read).transpose()?,
            attached_to: volume.as_ref().map(|volume| self.node_of(volume)).transpose()?.flatten(),
            driver: driver.or(provisioner).map(str::to_owned),
        })
    }

    fn own(&self, spec: Option<Map<'_>>) -> Result<OwnVolume, InputError> {
        let class = self.class(spec.as_ref())?;
        let driver = class.as_ref().and_then(|class| text(class, "provisioner"));
        Ok(OwnVolume { driver: driver.map(str::to_owned), is_never_made: driver == Some(NO_PROVISIONER) })
    }

    /// The class of a claim; of one that names none the default class.
    fn class(&self, claim: Option<&Map<'_>>) -> Result<Option<Map<'_>>, InputError> {
        let name = claim.and_then(|claim| text(claim, "storageClassName"));
        for class in &self.classes {
            let class = class.map()?;
            let annotations = class.map("metadata")?.map(|metadata| metadata.map("annotations")).transpose()?.flatten();
            let is_default = annotations.is_some_and(|annotations| text(&annotations, DEFAULT_CLASS) == Some("true"));
            if name.map_or(is_default, |name| name_of(&class) == Some(name)) {
                return Ok(Some(class));
            }
        }
        Ok(None)
    }

    /// The node that a volume is attached to.
    fn node_of(&self, volume: &Map<'_>) -> Result<Option<String>, InputError> {
        for attachment in &self.attachments {
            let attachment = Attachment::read(&attachment.map()?)?;
            if attachment.volume.as_deref() == name_of(volume) && attachment.volume.is_some() && attachment.is_there {
                return Ok(attachment.node);
            }
        }
        Ok(None)
    }

    /// What CSINode objects allow, less what is attached that is none of `own` volumes.
    fn limits(&self, own: &[String]) -> Result<Vec<AttachLimit>, InputError> {
        let mut used: BTreeMap<(String, String), u64> = BTreeMap::new();
        for attachment in &self.attachments {
            let attachment = Attachment::read(&attachment.map()?)?;
            let is_own = attachment.volume.is_some_and(|volume| own.contains(&volume));
            if let (false, Some(node), Some(driver)) = (is_own, attachment.node, attachment.driver) {
                *used.entry((node, driver)).or_default() += 1;
            }
        }
        let mut limits = Vec::new();
        for csi_node in &self.csi_nodes {
            let object = csi_node.map()?;
            let node = name_of(&object).unwrap_or_default().to_owned();
            let spec = object.map("spec")?;
            for driver in maps(spec.map_or(Ok(&[][..]), |spec| spec.list("drivers"))?)? {
                let Some(allocatable) = driver.map("allocatable")? else { continue };
                let Some(count) = allocatable.get("count") else { continue };
                let driver = text(&driver, "name").unwrap_or_default().to_owned();
                let used = used.get(&(node.clone(), driver.clone())).copied().unwrap_or(0);
                let left = count.integer(0, i32::MAX as u64)?.saturating_sub(used);
                limits.push(AttachLimit { node: node.clone(), driver, left });
            }
        }
        Ok(limits)
    }
}

/// A VolumeAttachment.
struct Attachment {
    volume: Option<String>,
    node: Option<String>,
    driver: Option<String>,
    is_there: bool,
}

impl Attachment {
    fn read(object: &Map<'_>) -> Result<Self, InputError> {
        let spec = object.map("spec")?;
        let source = spec.map(|spec| spec.map("source")).transpose()?.flatten();
        let owned = |map: Option<&Map<'_>>, key: &str| map.and_then(|map| text(map, key)).map(str::to_owned);
        let status = object.map("status")?;
        let attached = status.map(|status| status.read("attached", Node::bool)).transpose()?.flatten();
        Ok(Self {
            volume: owned(source.as_ref(), "persistentVolumeName"),
            node: owned(spec.as_ref(), "nodeName"),
            driver: owned(spec.as_ref(), "attacher"),
            is_there: attached != Some(false),
        })
    }
}

/// Whether a claim and a PersistentVolume belong together: one names the other.
fn is_volume_of(volume: &Map<'_>, claim: &Map<'_>, namespace: &str) -> Result<bool, InputError> {
    let wanted = claim.map("spec")?.and_then(|spec| text(&spec, "volumeName").map(str::to_owned));
    if wanted.as_deref().is_some_and(|wanted| !wanted.is_empty()) {
        return Ok(name_of(volume) == wanted.as_deref());
    }
    let named = volume.map("spec")?.map(|spec| spec.map("claimRef")).transpose()?.flatten();
    Ok(named.is_some_and(|named| {
        text(&named, "name") == name_of(claim) && text(&named, "namespace").unwrap_or("default") == namespace
    }))
}

/// By whom a volume with these access modes can be used at the same time.
///
/// Upstream: `pkg/volume/util/util.go: IsMultiAttachAllowed`.
fn access(modes: &[Node]) -> Result<Option<Access>, InputError> {
    let modes = modes.iter().map(Node::text).collect::<Result<Vec<_>, _>>()?;
    Ok(if modes.iter().any(|mode| matches!(*mode, "ReadWriteMany" | "ReadOnlyMany")) {
        Some(Access::Many)
    } else if modes.contains(&"ReadWriteOncePod") {
        Some(Access::OnePod)
    } else {
        (!modes.is_empty()).then_some(Access::OneNode)
    })
}

fn state(claim: &Map<'_>, class: Option<&Map<'_>>) -> Result<ClaimState, InputError> {
    let status = claim.map("status")?;
    let phase = status.as_ref().and_then(|status| text(status, "phase"));
    let delayed = class.map(|class| {
        text(class, "provisioner") != Some(NO_PROVISIONER)
            && text(class, "volumeBindingMode") == Some("WaitForFirstConsumer")
    });
    Ok(match (phase, delayed) {
        (Some("Bound"), _) => ClaimState::Bound,
        (Some("Lost"), _) => ClaimState::Lost,
        (Some(_), Some(true)) => ClaimState::WaitsForConsumer,
        (Some(_), Some(false)) => ClaimState::Pending,
        (Some(_), None) => ClaimState::OfUnknownClass,
        (None, _) => ClaimState::Unsaid,
    })
}
