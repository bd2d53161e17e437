//! What changes a cluster during a rollout, and what it must leave: autoscaler, upgrade, slow nodes, pods of lower priority, and
//! the budget of disruptions.

use crate::input::experiment::cluster::reader::{MAX_NODES, Reader, part};
use crate::input::experiment::distribution::distribution;
use crate::input::kubernetes::disruption_budget::budget;
use crate::input::tree::error::InputError;
use crate::input::tree::fields::Map;
use crate::input::tree::quantity::{duration, share};
use crate::scenario::{Autoscaler, Budget, LowerPriority, SlowNodes, Upgrade};
use crate::time::SimDuration;

/// Most pods of lower priority on a node.
pub(crate) const MAX_LOWER: u64 = 10_000;

pub(crate) const SLOW_FIELDS: &[&str] = &["share", "factor"];
pub(crate) const AUTOSCALER_FIELDS: &[&str] = &["maxNodes", "scanInterval", "provisioning"];
pub(crate) const UPGRADE_FIELDS: &[&str] = &["start", "atOnce", "takes"];
pub(crate) const LOWER_FIELDS: &[&str] = &["pods", "termination"];
pub(crate) const BUDGET_FIELDS: &[&str] = &["minAvailable", "maxUnavailable", "unhealthyPodEvictionPolicy"];

impl Reader<'_> {
    pub(super) fn slow_nodes(&self, map: Option<Map<'_>>) -> Result<Option<SlowNodes>, InputError> {
        let Some(own) = part(map, "slowNodes")? else { return Ok(None) };
        own.only(SLOW_FIELDS)?;
        let written = own.require("factor")?;
        let factor = written.number()?;
        if !(1.0..=1000.0).contains(&factor) {
            return Err(written.wrong("a number from 1 to 1000"));
        }
        Ok(Some(SlowNodes { share: share(own.require("share")?)?, factor }))
    }

    /// The autoscaler that may add nodes to the `there` that there are.
    pub(super) fn autoscaler(&self, map: Option<Map<'_>>, there: usize) -> Result<Option<Autoscaler>, InputError> {
        let Some(own) = part(map, "autoscaler")? else { return Ok(None) };
        own.only(AUTOSCALER_FIELDS)?;
        let field = |key: &str| own.get(key).unwrap_or_else(|| self.defaults.get(&format!("cluster.autoscaler.{key}")));
        let most = own.require("maxNodes")?;
        let more = most.integer(1, MAX_NODES)?.checked_sub(there as u64);
        let Some(more) = more else {
            return Err(most.at.error(format!("there are {there} nodes already: write at least as many")));
        };
        let scan_interval = duration(field("scanInterval"))?;
        if scan_interval < SimDuration::from_secs(1) {
            return Err(field("scanInterval").wrong("a duration of at least 1s"));
        }
        let provisioning = distribution(field("provisioning"), self.files)?;
        Ok(Some(Autoscaler { nodes: u32::try_from(more).unwrap_or(u32::MAX), scan_interval, provisioning }))
    }

    pub(super) fn upgrade(&self, map: Option<Map<'_>>) -> Result<Option<Upgrade>, InputError> {
        let Some(own) = part(map, "upgrade")? else { return Ok(None) };
        own.only(UPGRADE_FIELDS)?;
        let field = |key: &str| own.get(key).unwrap_or_else(|| self.defaults.get(&format!("cluster.upgrade.{key}")));
        Ok(Some(Upgrade {
            start: duration(field("start"))?,
            at_once: field("atOnce").integer(1, MAX_NODES)? as u32,
            takes: distribution(field("takes"), self.files)?,
        }))
    }

    /// Pods of lower priority, each as large as one of the Deployment's.
    pub(super) fn lower_priority(&self, map: Option<Map<'_>>) -> Result<Option<LowerPriority>, InputError> {
        let Some(own) = part(map, "lowerPriority")? else { return Ok(None) };
        own.only(LOWER_FIELDS)?;
        if self.template.one_per_node {
            let message =
                "pods that each want a node to themselves make no use of others' room: leave lowerPriority out";
            return Err(own.at.error(message));
        }
        let termination =
            own.get("termination").unwrap_or_else(|| self.defaults.get("cluster.lowerPriority.termination"));
        Ok(Some(LowerPriority {
            pods: own.require("pods")?.integer(0, MAX_LOWER)? as u32,
            termination: distribution(termination, self.files)?,
        }))
    }

    /// As written, or the PodDisruptionBudget beside the Deployment that selects its pods.
    pub(super) fn disruption_budget(&self, map: Option<Map<'_>>) -> Result<Option<Budget>, InputError> {
        let Some(node) = map.and_then(|map| map.get("disruptionBudget")) else { return Ok(self.budget) };
        match node.plain_text() {
            Some("none") => Ok(None),
            _ => budget(&node.map()?).map(Some),
        }
    }
}
