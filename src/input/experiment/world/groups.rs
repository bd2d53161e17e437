//! Where the pods of each workload may go beside those of the others: terms and constraints by the numbers of templates.

use crate::input::experiment::cluster::default_spread;
use crate::input::experiment::world::member::Member;
use crate::input::keys::defaults::Defaults;
use crate::input::kubernetes::ground::Ground;
use crate::input::kubernetes::resolve::{Among, Other, resolve_versions};
use crate::input::tree::error::InputError;
use crate::input::tree::fields::Map;
use crate::scenario::{PodModel, Preference, Template};

/// Gives the pods of the world, which has two templates of each member, the rules that count by template.
pub(super) fn place(
    members: &[Member<'_>],
    cluster: Option<Map<'_>>,
    defaults: &Defaults,
    pods: &mut [PodModel],
) -> Result<(), InputError> {
    let spreads = default_spread(cluster, defaults)?;
    let Some(first) = members.first() else { return Ok(()) };
    let all: Vec<Other<'_>> = members
        .iter()
        .enumerate()
        .map(|(number, member)| Other {
            placement: &member.part.workload.template.placement,
            templates: [2 * number as Template, 2 * number as Template + 1],
        })
        .collect();
    for (own, member) in members.iter().enumerate() {
        let workload = &member.part.workload;
        let ground = Ground {
            places: &first.part.places,
            machines: if member.part.own_nodes { &[] } else { &workload.machines },
            neighbours: &workload.neighbours,
            namespaces: &workload.namespaces,
            choice: &workload.template.node_choice,
        };
        let placement = &workload.template.placement;
        let versions = resolve_versions(placement, &ground, Among { all: &all, own });
        for (model, mut resolved) in pods[2 * own..].iter_mut().zip(versions) {
            if placement.spread_by_default && spreads {
                resolved.preferences.extend(Preference::SYSTEM_DEFAULT);
            }
            model.constraints = resolved.constraints;
            model.preferences = resolved.preferences;
            model.topology = resolved.topology;
        }
    }
    Ok(())
}
