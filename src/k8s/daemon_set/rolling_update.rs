//! The pods of old revisions that are replaced.
//!
//! Upstream: `update.go: rollingUpdate, findUpdatedPodsOnNode`.

use super::limits::Limits;
use super::view::{Action, DaemonPod, DaemonSetView};

/// The pods of a node that neither terminate nor are superfluous.
struct OnNode<'a> {
    new: Option<(usize, &'a DaemonPod)>,
    old: Option<(usize, &'a DaemonPod)>,
}

impl<'a> OnNode<'a> {
    /// `None`: two or more of one kind.
    fn of(view: &DaemonSetView<'a>, node: usize) -> Option<Self> {
        let mut found = Self { new: None, old: None };
        for pod in view.pods_on(node).filter(|(_, pod)| !pod.terminating) {
            let place = if pod.1.template == view.spec.template { &mut found.new } else { &mut found.old };
            if place.replace(pod).is_some() {
                return None;
            }
        }
        Some(found)
    }
}

/// Replaces pods within the limits.
pub(super) fn nodes(view: &DaemonSetView<'_>, actions: &mut Vec<Action>) {
    let limits = Limits::of(view.spec.max_surge, view.spec.max_unavailable, view.desired());
    if limits.max_surge == 0 {
        delete_first(view, limits.max_unavailable, actions);
    } else {
        create_first(view, limits.max_surge, actions);
    }
}

/// The nodes that an update looks at: those that should run a pod, and those that have one.
fn looked_at<'v>(view: &'v DaemonSetView<'_>) -> impl Iterator<Item = usize> + 'v {
    let is_looked_at = |&node: &usize| view.nodes[node].should_run || view.pods_on(node).next().is_some();
    view.order.iter().copied().filter(is_looked_at)
}

/// Old pods are deleted, and their successors are created in later syncs. Old pods that are not available go at once, whatever the
/// limit.
fn delete_first(view: &DaemonSetView<'_>, max_unavailable: i32, actions: &mut Vec<Action>) {
    let mut unavailable = 0;
    let mut candidates = Vec::new();
    for node in looked_at(view) {
        match OnNode::of(view, node) {
            None | Some(OnNode { new: None, old: None } | OnNode { new: Some(_), old: Some(_) }) => unavailable += 1,
            Some(OnNode { new: Some((_, new)), .. }) => unavailable += i32::from(!new.available),
            Some(OnNode { old: Some((pod, old)), .. }) if !old.available => {
                actions.push(Action::DeletePod { pod });
                unavailable += 1;
            }
            Some(OnNode { old: Some((pod, _)), .. }) if unavailable < max_unavailable => candidates.push(pod),
            Some(_) => {}
        }
    }
    let more = (max_unavailable - unavailable).max(0) as usize;
    actions.extend(candidates.into_iter().take(more).map(|pod| Action::DeletePod { pod }));
}

/// What an update that creates new pods first has found.
#[derive(Default)]
struct Found {
    /// Nodes whose new pod is not available yet.
    surge: i32,
    /// Nodes with an available pod.
    available: i32,
    /// Nodes that get a new pod within the limit.
    candidates: Vec<usize>,
    /// Available pods on nodes that should not run one.
    leaving: Vec<usize>,
}

/// New pods are created beside old ones, and these are deleted when the new ones are available. Nodes whose old pod is not available
/// get a new one at once, whatever the limit.
fn create_first(view: &DaemonSetView<'_>, max_surge: i32, actions: &mut Vec<Action>) {
    let mut found = Found::default();
    for node in looked_at(view) {
        let Some(pods) = OnNode::of(view, node) else {
            found.surge += 1;
            continue;
        };
        found.available += i32::from(pods.old.or(pods.new).is_some_and(|(_, pod)| pod.available));
        if let Some(old) = pods.old {
            with_old_pod(view, node, old, pods.new.map(|(_, new)| new), max_surge, &mut found, actions);
        }
    }
    let deletable = (found.available - view.desired()).max(0) as usize;
    actions.extend(found.leaving.into_iter().take(deletable).map(|pod| Action::DeletePod { pod }));
    let more = (max_surge - found.surge).max(0) as usize;
    actions.extend(found.candidates.into_iter().take(more).map(|node| Action::CreatePod { node }));
}

/// A node that has an old pod.
fn with_old_pod(
    view: &DaemonSetView<'_>,
    node: usize,
    (pod, old): (usize, &DaemonPod),
    new: Option<&DaemonPod>,
    max_surge: i32,
    found: &mut Found,
    actions: &mut Vec<Action>,
) {
    let should_run = view.nodes[node].should_run;
    match new {
        Some(new) if new.available => actions.push(Action::DeletePod { pod }),
        Some(_) => found.surge += 1,
        None if !old.available && should_run => actions.push(Action::CreatePod { node }),
        None if !old.available => actions.push(Action::DeletePod { pod }),
        None if !should_run => found.leaving.push(pod),
        None if found.surge < max_surge => found.candidates.push(node),
        None => {}
    }
}
