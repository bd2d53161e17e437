//! The persistent volumes of a scenario: those of the template's claims, on the nodes of the forecast.

use crate::input::experiment::cluster::Reader;
use crate::input::kubernetes::border::{Direction, Unmodelled};
use crate::input::kubernetes::ground::Place;
use crate::input::kubernetes::volumes::{Claim, ClaimState, NodeLabels, PodVolumes, Reach};
use crate::input::tree::error::Problem;
use crate::input::tree::fields::Map;
use crate::k8s::fenceposts::max_surge;
use crate::k8s::objects::Strategy;
use crate::scenario::{Access, Binding, Cluster, OLD_TEMPLATE, PodModel, Scenario, Volume, VolumeId, Volumes};

/// The field of a template that names a claim. What is not known of the claim is reported here, and not where the manifest is
/// read.
pub(super) const CLAIM_FIELD: &str = "spec.template.spec.volumes.persistentVolumeClaim";

/// What is known of a node of the forecast.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct NodeOrigin {
    /// The place of its Node object.
    machine: Option<usize>,
    /// The name of its zone.
    zone: Option<String>,
}

/// What an answer must say about the volumes.
#[derive(Debug, Default)]
pub(super) struct VolumeReport {
    pub(super) unmodelled: Vec<Unmodelled>,
    pub(super) assumed: Vec<String>,
}

impl Reader<'_> {
    /// What is known of each node. A node that an autoscaler adds is known by its zone alone.
    fn origins(&self, map: Option<Map<'_>>, places: &[Place]) -> Result<Vec<NodeOrigin>, Problem> {
        if self.template.volumes.claims.is_empty() {
            return Ok(Vec::new());
        }
        let names = self.zone_names(map)?;
        let origin = |place: &Place| NodeOrigin {
            machine: place.machine.filter(|_| !place.added),
            zone: names.get(usize::from(place.zone)).cloned().flatten(),
        };
        Ok(places.iter().map(origin).collect())
    }

    /// The volumes of the template's claims, in their order, with how long volumes take; and what is known of the nodes. The
    /// pods are given theirs.
    pub(super) fn volumes(
        &self,
        map: Option<Map<'_>>,
        cluster: &Cluster,
        places: &[Place],
        models: &mut [PodModel],
    ) -> Result<(Volumes, Vec<NodeOrigin>), Problem> {
        give(&self.template.volumes, models);
        let origins = &self.origins(map, places)?;
        let claims = self.template.volumes.claims.iter();
        let list = claims
            .map(|claim| {
                let node = |name: &String| {
                    let is_it = |origin: &NodeOrigin| origin.machine.is_some_and(|n| self.machines[n].name() == name);
                    origins.iter().take(cluster.nodes_at_start()).position(is_it).map(|node| node as u32)
                };
                Ok(Volume {
                    claim: claim.name.clone(),
                    access: access(claim, self.replicas),
                    binding: self.binding(claim, cluster, origins)?,
                    attached: claim.attached_to.as_ref().and_then(node),
                })
            })
            .collect::<Result<_, Problem>>()?;
        Ok((Volumes { list, ..self.volume_latencies(map)? }, origins.clone()))
    }

    fn binding(&self, claim: &Claim, cluster: &Cluster, origins: &[NodeOrigin]) -> Result<Binding, Problem> {
        let reach = match (claim.state, &claim.reach) {
            (ClaimState::WaitsForConsumer | ClaimState::OfUnknownClass, _) => return Ok(Binding::FirstConsumer),
            (ClaimState::Pending | ClaimState::Lost, _) => return Ok(Binding::Unbound),
            (ClaimState::Missing | ClaimState::Bound | ClaimState::Unsaid, Some(reach)) if reach.is_limited() => reach,
            _ => return Ok(Binding::Anywhere),
        };
        let allowed = self.nodes_within(reach, cluster, origins);
        if !allowed.contains(&true) {
            return Err(Problem::Refused(format!(
                "the volume of claim {} can be attached to none of the nodes: its PersistentVolume asks for other labels; \
                 correct the manifest, or write cluster.nodes with the zone of the volume.",
                claim.name
            )));
        }
        Ok(Binding::Nodes(allowed))
    }

    /// The nodes that can have a volume. Nodes without names of zones are taken to have the volume's zone first.
    fn nodes_within(&self, reach: &Reach, cluster: &Cluster, origins: &[NodeOrigin]) -> Vec<bool> {
        let has_machines = origins.iter().any(|origin| origin.machine.is_some());
        let labels = NodeLabels::of(if has_machines { self.machines } else { &[] });
        let contains = |origin: &NodeOrigin| match origin.machine {
            Some(machine) => reach.contains(&self.machines[machine], &labels),
            None => reach.contains(&Reach::machine_in(origin.zone.as_ref()), &labels),
        };
        let mut allowed: Vec<bool> = if has_names(origins) {
            origins.iter().map(contains).collect()
        } else {
            cluster.nodes.iter().map(|node| node.zone == 0).collect()
        };
        if !has_machines && reach.names_nodes() {
            let first = allowed.iter().position(|allowed| *allowed);
            allowed.iter_mut().enumerate().for_each(|(node, allowed)| *allowed = Some(node) == first);
        }
        allowed
    }
}

/// Whether anything is known of the nodes by which a volume could choose.
fn has_names(origins: &[NodeOrigin]) -> bool {
    origins.iter().any(|origin| origin.machine.is_some() || origin.zone.is_some())
}

/// By whom a volume can be used. Where the input does not say, one pod alone is most often the sign of a disk, and several
/// are the sign of a volume that they can share.
fn access(claim: &Claim, replicas: u64) -> Access {
    claim.access.unwrap_or(if replicas > 1 { Access::Many } else { Access::OneNode })
}

/// Gives the pods of each version its volumes. The old version is running, so that it has none without a volume.
fn give(volumes: &PodVolumes, models: &mut [PodModel]) {
    let numbers = |kept: fn(&Claim) -> bool| -> Vec<VolumeId> {
        let claims = volumes.claims.iter().enumerate();
        claims.filter(|(_, claim)| kept(claim)).map(|(number, _)| number as VolumeId).collect()
    };
    for (template, model) in models.iter_mut().enumerate() {
        let is_old = template == usize::from(OLD_TEMPLATE);
        model.volumes = numbers(if is_old { is_bound } else { |_| true });
        model.own_volumes = u32::try_from(volumes.own.len()).unwrap_or(u32::MAX);
    }
}

/// Whether a claim is taken to have a volume.
fn is_bound(claim: &Claim) -> bool {
    matches!(claim.state, ClaimState::Missing | ClaimState::Bound | ClaimState::Unsaid)
}

/// Refuses a start at which the old pods could not all run.
fn check(scenario: &Scenario) -> Result<(), Problem> {
    let (most, replicas) = (scenario.most_that_volumes_let_stand(), scenario.found_replicas());
    if i64::from(replicas) <= i64::from(most) {
        return Ok(());
    }
    let of_old = &scenario.pods[usize::from(OLD_TEMPLATE)].volumes;
    let volumes = of_old.iter().map(|number| &scenario.volumes.list[usize::from(*number)]);
    let Some(volume) = volumes.max_by_key(|volume| match volume.access {
        Access::OnePod => 2,
        Access::OneNode => 1,
        Access::Many => 0,
    }) else {
        return Ok(());
    };
    let claim = &volume.claim;
    let message = match volume.access {
        Access::OnePod => format!(
            "replicas {replicas}, but claim {claim} is ReadWriteOncePod: one pod alone can use it, and the others stay Pending \
             even without a rollout: write replicas: 1, or give the pods a claim that several can use (ReadWriteMany)."
        ),
        Access::OneNode => format!(
            "replicas {replicas}, but claim {claim} is ReadWriteOnce: its volume is attached to one node, which has room for \
             {most} of the pods, and the others cannot start even without a rollout: write fewer replicas or larger nodes, or \
             give the pods a claim that several nodes can use (ReadWriteMany)."
        ),
        Access::Many => format!(
            "replicas {replicas}, but the nodes that can have the volume of claim {claim} have room for {most} of the pods: \
             write more or larger nodes in its zone, or fewer replicas."
        ),
    };
    Err(Problem::Refused(message))
}

impl VolumeReport {
    /// What an answer must say about the volumes of a Deployment of this name; an error where the old pods could not all run.
    pub(super) fn of(
        name: &str,
        volumes: &PodVolumes,
        scenario: &Scenario,
        origins: &[NodeOrigin],
    ) -> Result<Self, Problem> {
        check(scenario)?;
        let mut report = Self::default();
        for (claim, volume) in volumes.claims.iter().zip(&scenario.volumes.list) {
            report.access(name, claim, volume, scenario);
            report.state(name, claim);
            report.place(claim, volume, origins);
        }
        if volumes.own.iter().any(|own| own.is_never_made) {
            let effect = "its class makes no volumes: each pod waits until somebody has made one that fits";
            report.deciding(name, "spec.template.spec.volumes.ephemeral", effect.into(), Direction::TooGood);
        }
        if !volumes.own.is_empty() && volumes.limits.is_empty() {
            report.assumed.push(
                "a node can attach any number of volumes: there are no CSINode objects in the input to say how many"
                    .into(),
            );
        }
        Ok(report)
    }

    fn deciding(&mut self, name: &str, field: &str, effect: String, direction: Direction) {
        self.unmodelled.push(Unmodelled::new(&format!("Deployment {name}"), field, effect, direction, true));
    }

    /// Who can use the volume at the same time, and where the old pods stand for that.
    fn access(&mut self, name: &str, claim: &Claim, volume: &Volume, scenario: &Scenario) {
        let replicas = scenario.found_replicas();
        if claim.access.is_none() {
            let (taken, direction) = match volume.access {
                Access::Many => (
                    format!(
                        "pods on several nodes are taken to share it, because there are {replicas} of them; with ReadWriteOnce a \
                         new pod on another node waits until the old pods are gone"
                    ),
                    Direction::TooGood,
                ),
                _ => (
                    "it is taken as ReadWriteOnce: a new pod on another node waits until the old pod is gone".into(),
                    Direction::TooBad,
                ),
            };
            let known = match claim.state {
                ClaimState::Missing => format!("claim {} is not in the input", claim.name),
                _ => format!("claim {} has no accessModes", claim.name),
            };
            self.deciding(name, CLAIM_FIELD, format!("{known}: {taken}"), direction);
            // Where the old pod goes first the two come to the same.
            let spec = &scenario.deployment;
            let goes_first = spec.strategy == Strategy::Recreate || max_surge(spec) == 0;
            if let Some(last) = self.unmodelled.last_mut() {
                last.decides = !(goes_first && replicas <= 1);
            }
        }
        if volume.access != Access::Many && is_bound(claim) && replicas > 0 {
            let where_it_is = match (&claim.attached_to, volume.attached) {
                (Some(node), Some(_)) => format!("Node {node}"),
                _ if !scenario.cluster.found_on.is_empty() => "the node where the input shows it".into(),
                _ => "the same node, which is drawn for each rollout,".into(),
            };
            let pods = if replicas == 1 { "the old pod runs".into() } else { format!("all {replicas} old pods run") };
            self.assumed.push(format!(
                "the volume of claim {} is attached to one node at a time: {pods} on {where_it_is} when the rollout starts",
                claim.name
            ));
        }
    }

    /// Whether the claim has a volume.
    fn state(&mut self, name: &str, claim: &Claim) {
        let called = &claim.name;
        let without = "the old version is taken not to use it";
        match claim.state {
            ClaimState::Missing | ClaimState::Bound => {}
            ClaimState::Unsaid => self.assumed.push(format!(
                "claim {called} has no status in the input: it is taken as bound, and used by the old version"
            )),
            ClaimState::WaitsForConsumer => self
                .assumed
                .push(format!("claim {called} is not bound yet, and is bound when its first pod has a node: {without}")),
            ClaimState::Pending => self.assumed.push(format!(
                "claim {called} is not bound, though its class binds at once: nobody binds it in this forecast, and {without}"
            )),
            ClaimState::Lost => {
                self.assumed.push(format!("claim {called} has lost its volume: no new pod can use it, and {without}"));
            }
            ClaimState::OfUnknownClass => {
                let effect = format!(
                    "claim {called} is not bound, and its StorageClass is not in the input: it is taken to be bound when its \
                     first pod has a node, and {without}"
                );
                self.deciding(name, CLAIM_FIELD, effect, Direction::TooGood);
            }
        }
    }

    /// Which nodes can have the volume.
    fn place(&mut self, claim: &Claim, volume: &Volume, origins: &[NodeOrigin]) {
        let is_there = matches!(claim.state, ClaimState::Bound | ClaimState::Unsaid);
        match &claim.reach {
            None if claim.state == ClaimState::Unsaid && !claim.names_volume && volume.access != Access::Many => {
                self.assumed.push(format!(
                    "no PersistentVolume in the input says in which zone or on which node the volume of claim {} is: all nodes are \
                     taken to be able to have it",
                    claim.name
                ));
            }
            None if is_there && volume.access != Access::Many => self.unmodelled.push(Unmodelled::new(
                &format!("PersistentVolumeClaim {}", claim.name),
                "spec.volumeName",
                "its PersistentVolume, which says in which zone or on which node the volume is, is not in the input: all nodes \
                 are taken to be able to have it"
                    .into(),
                Direction::TooGood,
                false,
            )),
            Some(reach) if reach.is_limited() && !has_names(origins) => self.assumed.push(format!(
                "the volume of claim {} is in one zone or on one node; the nodes of the forecast have no names, and the first \
                 of them are taken to be those",
                claim.name
            )),
            _ => {}
        }
        if claim.attached_to.is_some() && volume.attached.is_none() {
            self.assumed.push(format!(
                "the node that has the volume of claim {} is none of the forecast's: another one is taken to have it",
                claim.name
            ));
        }
    }
}
