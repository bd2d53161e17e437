//! The pods of old revisions that are replaced.
//!
//! Upstream: `update.go: rollingUpdate, findUpdatedPodsOnNode`.

use super::limits::Limits;
use super::view::{Action, DaemonPod, DaemonSetView, NodeAndPods};

/// The pods of a node that neither terminate nor are superfluous.
struct Kept<'a> {
    new: Option<(usize, &'a DaemonPod)>,
    old: Option<(usize, &'a DaemonPod)>,
}

impl<'a> Kept<'a> {
    /// `None`: two or more of one kind.
    fn of(view: &DaemonSetView<'a>, on: NodeAndPods<'a>) -> Option<Self> {
        let mut found = Self { new: None, old: None };
        for pod in on.pods().filter(|(_, pod)| !pod.terminating) {
            let place = if pod.1.template == view.spec.template { &mut found.new } else { &mut found.old };
            if place.replace(pod).is_some() {
                return None;
            }
        }
        Some(found)
    }
}

/// Replaces pods within the limits. Upstream goes through the nodes in an order of chance and counts what it finds on its way. The
/// counts of all nodes decide whether more is replaced, so that the order matters only for which nodes are.
pub(super) fn nodes(view: &DaemonSetView<'_>, actions: &mut Vec<Action>) {
    let limits = Limits::of(view.spec.max_surge, view.spec.max_unavailable, view.desired());
    if limits.max_surge == 0 {
        delete_first(view, limits.max_unavailable, actions);
    } else {
        create_first(view, limits.max_surge, actions);
    }
}

/// The nodes that an update looks at: those that should run a pod, and those that have one.
fn looked_at<'a>(view: &DaemonSetView<'a>) -> impl Iterator<Item = NodeAndPods<'a>> + use<'a> {
    view.by_node().filter(|on| on.node.should_run || on.pods().next().is_some())
}

/// Takes up the first `most` of what may be done, in the order of the nodes.
fn take<T: Copy>(
    view: &DaemonSetView<'_>,
    mut items: Vec<T>,
    most: i32,
    node: impl Fn(&T) -> usize,
    action: fn(T) -> Action,
    actions: &mut Vec<Action>,
) {
    let most = most.max(0) as usize;
    if most > 0 {
        view.sort(&mut items, node);
        actions.extend(items.into_iter().take(most).map(action));
    }
}

/// Old pods are deleted, and their successors are created in later syncs. Old pods that are not available go at once, whatever the
/// limit.
fn delete_first(view: &DaemonSetView<'_>, max_unavailable: i32, actions: &mut Vec<Action>) {
    let mut unavailable = 0;
    let (mut at_once, mut candidates) = (Vec::new(), Vec::new());
    for on in looked_at(view) {
        match Kept::of(view, on) {
            None | Some(Kept { new: None, old: None } | Kept { new: Some(_), old: Some(_) }) => unavailable += 1,
            Some(Kept { new: Some((_, new)), .. }) => unavailable += i32::from(!new.available),
            Some(Kept { old: Some((pod, old)), .. }) if !old.available => {
                at_once.push(pod);
                unavailable += 1;
            }
            Some(Kept { old: Some((pod, _)), .. }) if unavailable < max_unavailable => candidates.push(pod),
            Some(_) => {}
        }
    }
    let node = |pod: &usize| view.pods[*pod].node;
    let delete = |pod| Action::DeletePod { pod };
    take(view, at_once, i32::MAX, node, delete, actions);
    take(view, candidates, max_unavailable - unavailable, node, delete, actions);
}

/// What an update that creates new pods first has found.
#[derive(Default)]
struct Found {
    /// Nodes whose new pod is not available yet.
    surge: i32,
    /// Nodes with an available pod.
    available: i32,
    /// What is done whatever the limit, with its node.
    at_once: Vec<(usize, Action)>,
    /// Nodes that get a new pod within the limit.
    candidates: Vec<usize>,
    /// Available pods on nodes that should not run one.
    leaving: Vec<usize>,
}

/// New pods are created beside old ones, and these are deleted when the new ones are available. Nodes whose old pod is not available
/// get a new one at once, whatever the limit.
fn create_first(view: &DaemonSetView<'_>, max_surge: i32, actions: &mut Vec<Action>) {
    let mut found = Found::default();
    for on in looked_at(view) {
        let Some(kept) = Kept::of(view, on) else {
            found.surge += 1;
            continue;
        };
        found.available += i32::from(kept.old.or(kept.new).is_some_and(|(_, pod)| pod.available));
        if let Some(old) = kept.old {
            with_old_pod(on, old, kept.new.map(|(_, new)| new), max_surge, &mut found);
        }
    }
    let Found { surge, available, at_once, candidates, leaving } = found;
    take(view, at_once, i32::MAX, |(node, _)| *node, |(_, action)| action, actions);
    let node = |pod: &usize| view.pods[*pod].node;
    take(view, leaving, available - view.desired(), node, |pod| Action::DeletePod { pod }, actions);
    take(view, candidates, max_surge - surge, |node| *node, |node| Action::CreatePod { node }, actions);
}

/// A node that has an old pod.
fn with_old_pod(
    on: NodeAndPods<'_>,
    (pod, old): (usize, &DaemonPod),
    new: Option<&DaemonPod>,
    max_surge: i32,
    found: &mut Found,
) {
    let (node, should_run) = (on.number, on.node.should_run);
    match new {
        Some(new) if new.available => found.at_once.push((node, Action::DeletePod { pod })),
        Some(_) => found.surge += 1,
        None if !old.available && should_run => found.at_once.push((node, Action::CreatePod { node })),
        None if !old.available => found.at_once.push((node, Action::DeletePod { pod })),
        None if !should_run => found.leaving.push(pod),
        None if found.surge < max_surge => found.candidates.push(node),
        None => {}
    }
}
