//! Where the pods may go, found out once the nodes are known.

use std::collections::BTreeSet;

use crate::input::kubernetes::border::{Direction, Unmodelled};
use crate::input::kubernetes::ground::Ground;
use crate::input::kubernetes::machine::Machine;
use crate::input::kubernetes::placement::Placement;
use crate::input::kubernetes::resolve::{UnknownKey, resolve};
use crate::input::tree::error::{InputError, quoted};
use crate::input::tree::yaml::Node;
use crate::scenario::{AskedPlacement, Cluster, PodModel, Preference, Scheduling};

/// What is to be told about it: what is not modelled, and what is assumed.
pub(super) type Told = (Vec<Unmodelled>, Vec<String>);

/// Gives the pods of every version what the nodes and the pods on them make of their terms. `spreads`: the scheduler spreads
/// pods that do not say how they want to be.
pub(super) fn place(
    deployment: &str,
    placement: &Placement,
    spreads: bool,
    ground: &Ground<'_>,
    models: &mut [PodModel],
) -> Told {
    let mut resolved = resolve(placement, ground);
    if placement.spread_by_default && spreads {
        resolved.preferences.extend(Preference::SYSTEM_DEFAULT);
    }
    let unmodelled = resolved.unknown_keys.iter().map(|unknown| unknown_key(deployment, unknown)).collect();
    let mut assumed = Vec::new();
    resolved.fill(models, &mut assumed);
    if let Some(node) = ground.named_node() {
        models.iter_mut().for_each(|model| model.scheduling = Scheduling::Bound(node));
    }
    (unmodelled, assumed)
}

/// Reads `placement`. The zones of Node objects that do not take the pods are counted too, unless the experiment writes nodes of
/// its own.
pub(super) fn asked_placement(
    node: Option<&Node>,
    cluster: &Cluster,
    machines: &[Machine],
    own_nodes: bool,
) -> Result<Option<AskedPlacement>, InputError> {
    if !node.map_or(Ok(false), Node::bool)? {
        return Ok(None);
    }
    let of_nodes: BTreeSet<u16> = cluster.nodes.iter().map(|node| node.zone).collect();
    let of_objects: BTreeSet<&String> = machines.iter().filter(|_| !own_nodes).filter_map(Machine::zone).collect();
    Ok(Some(AskedPlacement { zones: of_nodes.len().max(of_objects.len()) as u32 }))
}

/// About how many nodes take as much memory as a pod model, which has some numbers for each node and domain where it looks at
/// labels.
pub(super) fn size(model: &PodModel) -> usize {
    const NUMBERS_OF_A_NODE: usize = 6;
    let numbers = model.topology.as_ref().map_or(0, |topology| {
        let domains: usize = topology.domains.iter().map(Vec::len).sum();
        let standing: usize = topology.rules.iter().map(|rule| rule.group.standing.len()).sum();
        domains + standing
    });
    32 + numbers / NUMBERS_OF_A_NODE
}

/// Pods that are counted by a label which no Node object says.
fn unknown_key(deployment: &str, unknown: &UnknownKey) -> Unmodelled {
    let effect = format!(
        "it is about the label {} of the nodes; there are no Node objects that say it, and what is written with it is left out",
        quoted(&unknown.key)
    );
    let direction = if unknown.decides { Direction::TooGood } else { Direction::Either };
    let field = format!("spec.template.spec.{}", unknown.field);
    Unmodelled::new(&format!("Deployment {deployment}"), &field, effect, direction, unknown.decides)
}
