//! `cluster.spare`: nodes that today's pods fill exactly, and free ones of the same size besides.

use crate::input::experiment::cluster::pools::Pool;
use crate::input::experiment::cluster::reader::Reader;
use crate::input::experiment::fields::Fields;
use crate::input::keys::cluster::CLUSTER;
use crate::input::kubernetes::amounts::PODS;
use crate::input::tree::error::{InputError, Problem};
use crate::input::tree::fields::Map;
use crate::input::tree::yaml::Node as Tree;

/// How the pods that run now fill nodes of one size.
struct Filled {
    /// Nodes that hold as many as fit.
    full: u64,
    /// Pods on one node more; 0: there is none.
    rest: u64,
    /// How many fit on a node.
    each: u64,
}

impl Reader<'_> {
    /// Full nodes, at most one that has room for the rest of the pods alone, and `cluster.spare` free ones.
    pub(super) fn filled_and_spare(&self, cluster: &Fields<'_>, nodes: Option<&Tree>) -> Result<Vec<Pool>, Problem> {
        let node = cluster.require("spare")?;
        let spare = cluster.whole_in("spare", node)?;
        if let Some(nodes) = nodes {
            let advice =
                "write either `nodes`, which are all that there are, or `spare`, which come besides the full ones";
            return Err(nodes.at.error(advice).into());
        }
        if !self.machines.is_empty() {
            let advice = "the Node objects say what room there is: leave them out, or write all nodes as a list under \
                          cluster.nodes, such as [{count: 6, used: {cpu: 80%}}, {count: 3}]";
            return Err(node.at.error(advice).into());
        }
        let map = cluster.map();
        let pool = |count: u64, filled: Option<u64>| {
            let capacity = self.capacity(map.into_iter(), "allocatable", None)?;
            let mut used = self.capacity(map.into_iter(), "used", Some(&capacity))?;
            // Other pods take what the rest of today's pods leave of their node.
            used.set(PODS, filled.map_or(used.get(PODS), |pods| capacity.get(PODS).saturating_sub(pods)));
            Ok::<_, InputError>(Pool { count, zone: None, capacity, used, closed: false, machine: None })
        };
        let Filled { full, rest, .. } = self.filled(map)?;
        let mut pools = vec![pool(full, None)?, pool(u64::from(rest > 0), Some(rest))?, pool(spare, None)?];
        pools.retain(|pool| pool.count > 0);
        if pools.is_empty() {
            return Err(node.at.error("there are neither pods to fill nodes nor spare nodes: write 1 or more").into());
        }
        Ok(self.with_unknown(pools))
    }

    /// How the pods that run now fill nodes as `cluster` has them.
    fn filled(&self, map: Option<Map<'_>>) -> Result<Filled, InputError> {
        let capacity = self.capacity(map.into_iter(), "allocatable", None)?;
        let used = self.capacity(map.into_iter(), "used", Some(&capacity))?;
        let pool = Pool { count: 1, zone: None, capacity, used, closed: false, machine: None };
        let pools = self.with_unknown(vec![pool]);
        // Where not even one pod fits, the cluster is refused later.
        let each = pools.first().map_or(1, |pool| u64::from(self.fitted(pool).slots)).max(1);
        Ok(Filled { full: self.replicas / each, rest: self.replicas % each, each })
    }

    /// What is taken to be so of the nodes that `cluster.spare` makes, and what a number of nodes on the command line means.
    pub(super) fn told_of_spare(&self, map: Option<Map<'_>>) -> Result<Option<String>, InputError> {
        let Some(cluster) = map.map(|map| map.with_names(&CLUSTER)) else { return Ok(None) };
        if cluster.get("spare").is_some() && self.machines.is_empty() {
            let Filled { full, rest, each } = self.filled(map)?;
            let nodes = full + u64::from(rest > 0);
            let on_the_rest = if rest > 0 && full > 0 { format!(" but {rest} on the last") } else { String::new() };
            let each = if full > 0 { each } else { rest };
            return Ok(Some(format!(
                "cluster.spare: the {} pods that run now fill {nodes} nodes, {each} on each{on_the_rest}; the spare \
                 nodes are free",
                self.replicas
            )));
        }
        let typed = cluster.get("nodes").filter(|node| node.at.file().starts_with("--set cluster.nodes="));
        Ok(typed.and_then(Tree::plain_text).map(|nodes| {
            format!(
                "cluster.nodes {nodes}: that many nodes in all, today's pods among what they hold; --set cluster.spare={nodes} \
                 makes that many free ones besides"
            )
        }))
    }
}
