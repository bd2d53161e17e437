//! What changes a cluster during a rollout, and what it must leave: autoscaler, upgrade, slow nodes, pods of lower priority, and
//! the budget of disruptions.

use crate::input::experiment::cluster::reader::Reader;
use crate::input::experiment::fields::Fields;
use crate::input::keys::cluster::{
    AUTOSCALER, BUDGET, CLUSTER, LOWER_PRIORITY, SCALE_DOWN, SLOW_NODES, UPGRADE, VOLUMES,
};
use crate::input::kubernetes::disruption_budget::budget;
use crate::input::tree::error::InputError;
use crate::input::tree::fields::Map;
use crate::input::tree::quantity::share;
use crate::input::tree::yaml::Node;
use crate::scenario::{Autoscaler, Budget, LowerPriority, ScaleDown, SlowNodes, Upgrade, Volumes};
use crate::time::SimDuration;

impl Reader<'_> {
    /// How long volumes take; there are none in it.
    pub(crate) fn volume_latencies(&self, map: Option<Map<'_>>) -> Result<Volumes, InputError> {
        let cluster = Fields::read(map, &CLUSTER, "cluster", self.context)?;
        let own = cluster.get("volumes").map(Node::map).transpose()?;
        let own = Fields::read(own, &VOLUMES, "cluster.volumes", self.context)?;
        Ok(Volumes {
            list: Vec::new(),
            attach: own.distribution("attach")?,
            detach: own.distribution("detach")?,
            provision: own.distribution("provision")?,
            force_detach: own.duration("forceDetach")?,
        })
    }

    pub(super) fn slow_nodes(&self, cluster: &Fields<'_>) -> Result<Option<SlowNodes>, InputError> {
        let Some(own) = cluster.part("slowNodes", &SLOW_NODES, "cluster.slowNodes")? else { return Ok(None) };
        let written = own.require("factor")?;
        let factor = written.number()?;
        if !(1.0..=1000.0).contains(&factor) {
            return Err(written.wrong("a number from 1 to 1000"));
        }
        Ok(Some(SlowNodes { share: share(own.require("share")?)?, factor }))
    }

    /// The autoscaler that may add nodes to the `there` that there are. `little_used` is for each of them and for a node that it
    /// adds, by the share of it below which it is little used.
    pub(super) fn autoscaler(
        &self,
        cluster: &Fields<'_>,
        there: usize,
        little_used: impl Fn(f64) -> Vec<Option<u32>>,
    ) -> Result<Option<Autoscaler>, InputError> {
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
        let scale_down = own.part("scaleDown", &SCALE_DOWN, "cluster.autoscaler.scaleDown")?;
        let scale_down = scale_down.map(|own| {
            let least = own.get("minNodes").map(|node| own.whole_in("minNodes", node)).transpose()?;
            let nodes = usize::try_from(more).unwrap_or(usize::MAX);
            let mut little_used = little_used(own.share("utilizationThreshold")?);
            let added = little_used.pop().flatten();
            little_used.extend(std::iter::repeat_n(added, nodes));
            Ok::<_, InputError>(ScaleDown {
                unneeded_time: own.duration("unneededTime")?,
                delay_after_add: own.duration("delayAfterAdd")?,
                least_nodes: least.unwrap_or(there as u64) as u32,
                little_used,
            })
        });
        Ok(Some(Autoscaler {
            nodes: u32::try_from(more).unwrap_or(u32::MAX),
            scan_interval,
            provisioning,
            scale_down: scale_down.transpose()?,
        }))
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
