//! What is particular to a DaemonSet: it has no replicas, and a pod on each node that its pods may go to.

use super::Workload;
use crate::input::keys::cluster::MAX_NODES;
use crate::input::tree::error::{InputError, Problem};
use crate::input::tree::fields::Map;
use crate::input::tree::yaml::{Node, Value};
use crate::k8s::daemon_set::validate;
use crate::scenario::MeasuredEvent;

impl Workload {
    /// Takes up how many nodes there are at most, of those that are `written` or of the Node objects.
    pub(in crate::input::experiment) fn count_nodes(&mut self, written: Option<Map<'_>>) -> Result<(), Problem> {
        let Some(set) = &mut self.daemon_set else { return Ok(()) };
        let nodes = match written.and_then(|cluster| cluster.get("nodes")) {
            Some(nodes) => number(nodes)?,
            None => self.machines.len() as u64,
        };
        if nodes == 0 {
            return Err(Problem::Refused(
                "a DaemonSet has a pod on each node, and nobody says how many nodes there are: write cluster.nodes, such as --set \
                 cluster.nodes=50, or give the Node objects beside it (kubectl get ds,nodes -A -o yaml)."
                    .into(),
            ));
        }
        set.nodes = i32::try_from(nodes).unwrap_or(i32::MAX);
        self.spec = set.as_deployment();
        Ok(())
    }

    /// Takes up the nodes that its pods may go to: of each node whether they may, of which the first `there` are there when a run
    /// starts. Gives what an answer says about that.
    pub(in crate::input::experiment) fn stand_on(
        &mut self,
        nodes: &[bool],
        there: usize,
    ) -> Result<Option<String>, Problem> {
        let Some(set) = &mut self.daemon_set else { return Ok(None) };
        let open = nodes.iter().take(there).filter(|open| **open).count();
        if open == 0 {
            return Err(Problem::Refused(
                "no node takes the pods of this DaemonSet: correct the manifest, or write cluster.nodes.".into(),
            ));
        }
        set.nodes = open as i32;
        set.most = nodes.iter().filter(|open| **open).count() as i32;
        self.spec = set.as_deployment();
        Ok(Some(format!(
            "replicas {open}: a DaemonSet has a pod on each node that its pods may go to, {open} of {there}"
        )))
    }

    /// Checks its spec, and that what happens to it can.
    pub(super) fn settle_daemon_set(&mut self, event: &MeasuredEvent) -> Result<(), Problem> {
        let Some(set) = &self.daemon_set else { return Ok(()) };
        validate(&set.spec).map_err(|(field, reason)| Problem::Refused(format!("{field}: {reason}")))?;
        if matches!(event, MeasuredEvent::Scale { .. }) {
            let advice =
                "a DaemonSet has no replicas that could be changed: it has a pod on each node; leave `event` out";
            return Err(Problem::Refused(advice.into()));
        }
        if set.spec.on_delete && *event == MeasuredEvent::Rollout {
            return Err(Problem::Refused(
                "updateStrategy is OnDelete: no pod gets the new version before somebody deletes it, and `kubectl rollout status` ends \
                 with an error; write updateStrategy: RollingUpdate"
                    .into(),
            ));
        }
        self.assumed.push(
            "a DaemonSet has no progress deadline: its rollout never counts as stalled, and one that gets stuck is unfinished at the \
             horizon"
                .into(),
        );
        Ok(())
    }
}

/// How many nodes `cluster.nodes` stands for.
fn number(nodes: &Node) -> Result<u64, InputError> {
    let Value::List(pools) = &nodes.value else { return nodes.integer(1, MAX_NODES) };
    let count = |pool: &Node| pool.map()?.get("count").map_or(Ok(1), |count| count.integer(1, MAX_NODES));
    pools.iter().map(count).sum()
}
