//! The pods that each node should have, whatever their revision.
//!
//! Upstream: `daemon_controller.go: manage, podsShouldBeOnNode`.

use super::view::{Action, DaemonPod, DaemonPodPhase, DaemonSetView, NodeAndPods};

/// Creates what is missing and deletes what should not be there.
pub(super) fn nodes(view: &DaemonSetView<'_>, actions: &mut Vec<Action>) {
    for on in view.by_node() {
        if on.node.should_run && on.pods().next().is_none() {
            actions.push(Action::CreatePod { node: on.number });
        } else if on.node.should_continue {
            on_node(view, on, actions);
        } else {
            let stay = on.pods().filter(|(_, pod)| !pod.terminating);
            actions.extend(stay.map(|(pod, _)| Action::DeletePod { pod }));
        }
    }
}

/// The pods of a node that may keep them.
fn on_node(view: &DaemonSetView<'_>, on: NodeAndPods<'_>, actions: &mut Vec<Action>) {
    let staying = on.pods().filter(|(_, pod)| !pod.terminating);
    for (pod, ended) in staying.clone() {
        let goes = match ended.phase {
            DaemonPodPhase::Live => false,
            DaemonPodPhase::Failed => !on.node.in_backoff,
            DaemonPodPhase::Succeeded => true,
        };
        if goes {
            actions.push(Action::DeletePod { pod });
        }
    }
    let mut live = staying.filter(|(_, pod)| pod.phase == DaemonPodPhase::Live);
    if !view.spec.allows_surge() {
        actions.extend(live.skip(1).map(|(pod, _)| Action::DeletePod { pod }));
    } else if live.clone().next().is_none() {
        // A pod that terminates does not hold its successor where a node may have two.
        if on.node.should_run {
            actions.push(Action::CreatePod { node: on.number });
        }
    } else if live.clone().nth(1).is_some() {
        delete_all_but_two(view, &mut live, actions);
    }
}

/// Of two or more pods the oldest of each revision stay; the old one goes as soon as it is not Ready or the new one is available.
fn delete_all_but_two(
    view: &DaemonSetView<'_>,
    live: &mut dyn Iterator<Item = (usize, &DaemonPod)>,
    actions: &mut Vec<Action>,
) {
    let (mut new, mut old) = (None, None);
    for (number, pod) in live {
        let first = if pod.template == view.spec.template { &mut new } else { &mut old };
        if first.is_none() {
            *first = Some((number, pod));
        } else {
            actions.push(Action::DeletePod { pod: number });
        }
    }
    if let (Some((_, new)), Some((number, old))) = (new, old)
        && (!old.ready || new.available)
    {
        actions.push(Action::DeletePod { pod: number });
    }
}
