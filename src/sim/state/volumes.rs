//! The persistent volumes of a run: which node each is attached to, and which nodes may have it.
//!
//! Who wants a volume is read from the pods each time: volumes that bind pods to nodes have few pods.

use crate::scenario::{Access, Binding, Refusal, Scenario, Template, Volume, VolumeId};
use crate::sim::observation::NodeId;
use crate::sim::state::nodes::Nodes;
use crate::sim::state::pods::{Pod, UNSCHEDULED};
use crate::time::SimTime;

/// A volume of a run.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct VolumeState {
    /// The node that it is attached to, or is being attached to.
    pub(crate) attached: Option<NodeId>,
    /// When it is attached there.
    pub(crate) usable_at: SimTime,
    /// Counts the detachments that were begun and given up: an event of another number has been overtaken.
    pub(crate) epoch: u32,
    /// A detachment has begun.
    pub(crate) leaving: bool,
    /// The node that a volume was made for, and when it is bound.
    pub(crate) made_for: Option<(NodeId, SimTime)>,
}

/// The nodes that can have all volumes of a pod.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Reachable<'v> {
    /// Those that are true here; all where it is empty.
    Within(&'v [bool]),
    /// None, and why.
    Nowhere(Refusal),
}

/// All volumes that pods share.
#[derive(Debug, Default)]
pub(crate) struct Volumes {
    pub(crate) states: Vec<VolumeState>,
    /// Nodes that can have all volumes of the pod that was looked at last.
    within: Vec<bool>,
}

impl Volumes {
    /// Begins a run.
    pub(crate) fn reset(&mut self, scenario: &Scenario) {
        self.states.clear();
        self.states.extend(scenario.volumes.list.iter().map(|volume| VolumeState {
            attached: volume.attached.filter(|_| volume.access != Access::Many),
            ..VolumeState::default()
        }));
    }

    /// A pod on a node has a volume: it is attached there, where it can be on one node alone.
    pub(crate) fn hold(&mut self, volume: VolumeId, node: NodeId, scenario: &Scenario) {
        let place = usize::from(volume);
        if scenario.volumes.list[place].access != Access::Many {
            self.states[place].attached = Some(node);
        }
    }

    /// Volumes that one node alone can have are where the scenario says, or else with the oldest of the pods that use them: the others
    /// wait. Pods are in order of creation.
    pub(crate) fn stay(&mut self, scenario: &Scenario, pods: &[Pod]) {
        for (number, volume) in (0..).zip(&scenario.volumes.list).filter(|(_, volume)| volume.access != Access::Many) {
            let uses = |pod: &&Pod| pod.bound && scenario.pods[usize::from(pod.template)].volumes.contains(&number);
            let oldest = || pods.iter().find(uses).map(|pod| pod.node);
            self.states[usize::from(number)].attached = volume.attached.or_else(oldest);
        }
    }

    /// The nodes that can have all volumes `of` a pod; `None`: none can, whatever room they have.
    pub(crate) fn within(
        &mut self,
        of: &[VolumeId],
        scenario: &Scenario,
        pods: &[Pod],
        nodes: &Nodes,
        now: SimTime,
    ) -> Option<&[bool]> {
        if any_taken(of, scenario, pods) {
            return None;
        }
        let within = self.reach(of, scenario, nodes, now);
        within.contains(&true).then_some(within)
    }

    /// The nodes that all these volumes may be on, whoever uses them now.
    pub(crate) fn reach(&mut self, of: &[VolumeId], scenario: &Scenario, nodes: &Nodes, now: SimTime) -> &[bool] {
        let Self { states, within } = self;
        within.clear();
        within.resize(nodes.states.len(), true);
        for &number in of {
            let number = usize::from(number);
            restrict(within, &scenario.volumes.list[number], &states[number], nodes, now);
        }
        within
    }

    /// The same, and why there are none.
    pub(crate) fn reachable(
        &mut self,
        of: &[VolumeId],
        scenario: &Scenario,
        pods: &[Pod],
        nodes: &Nodes,
        now: SimTime,
    ) -> Reachable<'_> {
        let volume = |number: &VolumeId| &scenario.volumes.list[usize::from(*number)];
        if of.is_empty() {
            return Reachable::Within(&[]);
        }
        if of.iter().any(|number| volume(number).binding == Binding::Unbound) {
            return Reachable::Nowhere(Refusal::VolumeUnbound);
        }
        if any_taken(of, scenario, pods) {
            return Reachable::Nowhere(Refusal::VolumeInUse);
        }
        self.within(of, scenario, pods, nodes, now)
            .map_or(Reachable::Nowhere(Refusal::VolumeAffinity), Reachable::Within)
    }

    /// The nodes where the first of some old pods can stand so that all of them can, or, where one stands already, its own.
    pub(crate) fn within_at_start(
        &mut self,
        of: &[VolumeId],
        scenario: &Scenario,
        nodes: &Nodes,
        (template, replicas): (Template, u32),
    ) -> &[bool] {
        let Self { states, within } = self;
        within.clear();
        within.resize(nodes.states.len(), true);
        for &number in of {
            let volume = &scenario.volumes.list[usize::from(number)];
            let state = &states[usize::from(number)];
            restrict(within, volume, state, nodes, SimTime::ZERO);
            if volume.access != Access::Many {
                for (node, may) in within.iter_mut().enumerate() {
                    *may &= match state.attached {
                        Some(attached) => attached as usize == node,
                        None => nodes.room(node, template) >= replicas,
                    };
                }
            }
        }
        &self.within
    }

    /// An old pod stands on a node, which has its volumes.
    pub(crate) fn stand(&mut self, of: &[VolumeId], scenario: &Scenario, node: NodeId) {
        for &number in of {
            if scenario.volumes.list[usize::from(number)].access != Access::Many {
                self.states[usize::from(number)].attached = Some(node);
            }
        }
    }
}

fn restrict(within: &mut [bool], volume: &Volume, state: &VolumeState, nodes: &Nodes, now: SimTime) {
    let may = |node: usize| match (&volume.binding, state.made_for) {
        (Binding::FirstConsumer, Some((chosen, bound_at))) if bound_at > now => node == chosen as usize,
        (Binding::FirstConsumer, Some((chosen, _))) => nodes.zone(node) == nodes.zone(chosen as usize),
        (binding, _) => binding.may_take(node),
    };
    within.iter_mut().enumerate().for_each(|(node, within)| *within &= may(node));
}

/// Whether one of these volumes can be attached to one node alone.
pub(crate) fn any_exclusive(of: &[VolumeId], scenario: &Scenario) -> bool {
    of.iter().any(|&number| scenario.volumes.list[usize::from(number)].access != Access::Many)
}

/// Whether a volume is for one pod alone, and another pod has it.
fn any_taken(of: &[VolumeId], scenario: &Scenario, pods: &[Pod]) -> bool {
    let is_alone = |number: VolumeId| scenario.volumes.list[usize::from(number)].access == Access::OnePod;
    of.iter().any(|&number| is_alone(number) && is_placed(number, scenario, pods))
}

/// Whether a pod that has not ended has a node and uses the volume.
fn is_placed(volume: VolumeId, scenario: &Scenario, pods: &[Pod]) -> bool {
    let uses = |pod: &Pod| scenario.pods[usize::from(pod.template)].volumes.iter().copied().any(|own| own == volume);
    pods.iter().any(|pod| !pod.gone && pod.node != UNSCHEDULED && uses(pod))
}

/// The place of the volumes that are made for one pod alone among all volumes: behind those that are shared.
pub(crate) fn own_volume(number: u32) -> VolumeId {
    VolumeId::MAX - number.min(u32::from(VolumeId::MAX / 2)) as VolumeId
}

/// The position of what happens to a volume because of a pod, which has this number among the pods of its template, in a
/// stream of random numbers.
pub(crate) fn address(volume: VolumeId, pod: u32) -> u64 {
    u64::from(volume) << 32 | u64::from(pod)
}
