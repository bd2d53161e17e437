//! What changes a cluster during a rollout, and what it must leave: autoscaler, upgrade, slow nodes, pods of lower priority, and
//! the budget of disruptions.

use crate::input::experiment::cluster::reader::Reader;
use crate::input::experiment::fields::Fields;
use crate::input::keys::cluster::{AUTOSCALER, BUDGET, LOWER_PRIORITY, SLOW_NODES, UPGRADE};
use crate::input::kubernetes::disruption_budget::budget;
use crate::input::tree::error::InputError;
use crate::input::tree::quantity::share;
use crate::scenario::{Autoscaler, Budget, LowerPriority, SlowNodes, Upgrade};
use crate::time::SimDuration;

impl Reader<'_> {
    pub(super) fn slow_nodes(&self, cluster: &Fields<'_>) -> Result<Option<SlowNodes>, InputError> {
        let Some(own) = cluster.part("slowNodes", &SLOW_NODES, "cluster.slowNodes")? else { return Ok(None) };
        let written = own.require("factor")?;
        let factor = written.number()?;
        if !(1.0..=1000.0).contains(&factor) {
            return Err(written.wrong("a number from 1 to 1000"));
        }
        Ok(Some(SlowNodes { share: share(own.require("share")?)?, factor }))
    }

    /// The autoscaler that may add nodes to the `there` that there are.
    pub(super) fn autoscaler(&self, cluster: &Fields<'_>, there: usize) -> Result<Option<Autoscaler>, InputError> {
        let Some(own) = cluster.part("autoscaler", &AUTOSCALER, "cluster.autoscaler")? else { return Ok(None) };
        let most = own.require("maxNodes")?;
        let more = own.whole_in("maxNodes", most)?.checked_sub(there as u64);
        let Some(more) = more else {
            return Err(most.at.error(format!("there are {there} nodes already: write at least as many")));
        };
        let scan_interval = own.duration("scanInterval")?;
        if scan_interval < SimDuration::from_secs(1) {
            return Err(own.or_default("scanInterval").wrong("a duration of at least 1s"));
        }
        let provisioning = own.distribution("provisioning")?;
        Ok(Some(Autoscaler { nodes: u32::try_from(more).unwrap_or(u32::MAX), scan_interval, provisioning }))
    }

    pub(super) fn upgrade(&self, cluster: &Fields<'_>) -> Result<Option<Upgrade>, InputError> {
        let Some(own) = cluster.part("upgrade", &UPGRADE, "cluster.upgrade")? else { return Ok(None) };
        Ok(Some(Upgrade {
            start: own.duration("start")?,
            at_once: own.whole("atOnce")? as u32,
            takes: own.distribution("takes")?,
        }))
    }

    /// Pods of lower priority, each as large as one of the Deployment's.
    pub(super) fn lower_priority(&self, cluster: &Fields<'_>) -> Result<Option<LowerPriority>, InputError> {
        let Some(own) = cluster.part("lowerPriority", &LOWER_PRIORITY, "cluster.lowerPriority")? else {
            return Ok(None);
        };
        if self.template.one_per_node {
            let message =
                "pods that each want a node to themselves make no use of others' room: leave lowerPriority out";
            return Err(own.error(message));
        }
        Ok(Some(LowerPriority {
            pods: own.whole_in("pods", own.require("pods")?)? as u32,
            termination: own.distribution("termination")?,
        }))
    }

    /// As written, or the PodDisruptionBudget of the manifest that selects the pods.
    pub(super) fn disruption_budget(&self, cluster: &Fields<'_>) -> Result<Option<Budget>, InputError> {
        let Some(node) = cluster.get("disruptionBudget") else { return Ok(self.budget) };
        match node.plain_text() {
            Some("none") => Ok(None),
            _ => budget(&node.map()?.with_names(&BUDGET)).map(Some),
        }
    }
}
