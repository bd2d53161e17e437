//! Persistent volumes of a recording: the claims that pods name, and how long their volumes take.

use super::claims::Claims;
use super::recording::{Recording, Seconds};
use super::stop::{Result, Stop, wrong};
use crate::distribution::Distribution;
use crate::scenario::{PodModel, VolumeId, Volumes};
use crate::time::SimDuration;

/// How long volumes take where a recording does not say [s]: what `cluster.volumes` of an experiment has by default.
const ATTACH: f64 = 9.0;
const DETACH: f64 = 8.0;
const PROVISION: f64 = 5.0;

/// How long volumes take, and those of the claims.
pub(super) fn read(recording: &Recording) -> Result<Volumes> {
    let cluster = &recording.cluster;
    let constant = |written: Option<Seconds>, usual: f64| {
        Distribution::constant(SimDuration::from_secs_f64(written.map_or(usual, |seconds| seconds.0)))
    };
    let claims = recording.volumes.claims.iter().enumerate();
    let zones = cluster.zones();
    let list = claims.map(|(place, claim)| claim.volume(&format!("extra.claims[{place}]"), &zones));
    Ok(Volumes {
        list: list.collect::<std::result::Result<_, _>>().map_err(Stop::Wrong)?,
        attach: constant(cluster.volume_attach_seconds, ATTACH),
        detach: constant(cluster.volume_detach_seconds, DETACH),
        provision: constant(cluster.volume_provision_seconds, PROVISION),
        force_detach: cluster.volume_force_detach_seconds.map_or(Volumes::FORCE_DETACH, Seconds::length),
    })
}

/// Gives pods their volumes. `names` are those of the templates, of which the first `own` are of the workload that the recording is
/// about.
pub(super) fn give(recording: &Recording, (names, own): (&[String], usize), models: &mut [PodModel]) -> Result<()> {
    let Claims { claims, own_volumes } = &recording.volumes;
    for (place, claim) in claims.iter().enumerate() {
        let unknown = claim.templates().iter().find(|name| !names.contains(name));
        if let Some(name) = unknown {
            let reason = format!("{name:?} is a template that nothing of the recording has");
            return wrong(format!("extra.claims[{place}].templates"), reason);
        }
    }
    for (number, (name, model)) in names.iter().zip(models).enumerate() {
        let named = claims.iter().enumerate().filter(|(_, claim)| claim.is_named_by(name, number < own));
        model.volumes = named.map(|(place, _)| place as VolumeId).collect();
        model.own_volumes = if number < own { *own_volumes } else { 0 };
    }
    Ok(())
}

/// How many volumes that are made for single pods each node can attach: by node what the claims that all share leave; an empty list:
/// any number.
pub(super) fn left_on_nodes(recording: &Recording) -> Vec<u64> {
    let Some(written) = &recording.cluster.volumes_per_node else { return Vec::new() };
    let shared = recording.volumes.claims.len() as u64;
    (0..recording.cluster.nodes as usize).map(|node| written.of(node).saturating_sub(shared)).collect()
}
