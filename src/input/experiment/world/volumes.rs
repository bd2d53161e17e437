//! The volumes of all workloads, numbered through. Workloads of one namespace that name the same claim share its volume.

use crate::input::experiment::world::member::Member;
use crate::input::tree::error::Problem;
use crate::scenario::{VolumeId, Volumes};

/// The volumes of the world, and by member the number there of each of its own.
pub(super) fn volumes(members: &[Member<'_>]) -> Result<(Volumes, Vec<Vec<VolumeId>>), Problem> {
    let latencies = members.first().map_or_else(Volumes::none, |first| first.resolved.scenario.volumes.clone());
    let mut all = Volumes { list: Vec::new(), ..latencies };
    let mut named: Vec<(&str, &str)> = Vec::new();
    let mut numbers = Vec::new();
    for member in members {
        let namespace = member.part.workload.namespace.as_str();
        let mut of_member = Vec::new();
        for volume in &member.resolved.scenario.volumes.list {
            let known = named.iter().position(|known| *known == (namespace, volume.claim.as_str()));
            let place = known.unwrap_or(all.list.len());
            if place == all.list.len() {
                named.push((namespace, &volume.claim));
                all.list.push(volume.clone());
            }
            let number = VolumeId::try_from(place);
            of_member.push(number.map_err(|_| {
                Problem::Refused("the workloads have more than 65,536 claims: choose some of them by `names`".into())
            })?);
        }
        numbers.push(of_member);
    }
    Ok((all, numbers))
}
