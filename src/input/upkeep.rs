//! What else changes a cluster or limits what it takes: autoscaler, upgrades, budgets, quotas.

use crate::input::cluster::{CAPACITY_FIELDS, MAX_NODES, Reader};
use crate::input::distribution::distribution;
use crate::input::error::{InputError, Problem};
use crate::input::fields::{Map, unknown};
use crate::input::manifest::Quota;
use crate::input::quantity::{cpu_millis, duration, int_or_percent, memory_bytes, share};
use crate::input::yaml::Node;
use crate::scenario::{Amount, Autoscaler, Budget, LowerPriority, SlowNodes, UnhealthyPodEvictionPolicy, Upgrade};
use crate::time::SimDuration;

/// Most pods of lower priority on a node.
pub(crate) const MAX_LOWER: u64 = 10_000;

pub(crate) const SLOW_FIELDS: &[&str] = &["share", "factor"];
pub(crate) const AUTOSCALER_FIELDS: &[&str] = &["maxNodes", "scanInterval", "provisioning"];
pub(crate) const UPGRADE_FIELDS: &[&str] = &["start", "atOnce", "takes"];
pub(crate) const LOWER_FIELDS: &[&str] = &["pods", "termination"];
pub(crate) const BUDGET_FIELDS: &[&str] = &["minAvailable", "maxUnavailable", "unhealthyPodEvictionPolicy"];
pub(crate) const EVICTION_POLICIES: &[&str] = &["IfHealthyBudget", "AlwaysAllow"];

impl Reader<'_> {
    /// The part of `cluster` under `key`, if it is there and not `none`.
    fn part<'m>(map: Option<Map<'m>>, key: &str) -> Result<Option<Map<'m>>, InputError> {
        match map.and_then(|map| map.get(key)) {
            Some(node) if node.plain_text() != Some("none") => node.map().map(Some),
            _ => Ok(None),
        }
    }

    pub(super) fn slow_nodes(&self, map: Option<Map<'_>>) -> Result<Option<SlowNodes>, InputError> {
        let Some(own) = Self::part(map, "slowNodes")? else { return Ok(None) };
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
        let Some(own) = Self::part(map, "autoscaler")? else { return Ok(None) };
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
        let Some(own) = Self::part(map, "upgrade")? else { return Ok(None) };
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
        let Some(own) = Self::part(map, "lowerPriority")? else { return Ok(None) };
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

    /// How many pods quotas leave to the Deployment: `quota` as written, or the objects beside it.
    pub(super) fn pod_quota(&self, map: Option<Map<'_>>) -> Result<Option<u32>, Problem> {
        let most = match map.and_then(|map| map.get("quota")) {
            Some(node) if node.plain_text() == Some("none") => None,
            Some(node) => {
                let quota = node.map()?;
                quota.only(CAPACITY_FIELDS)?;
                self.pods_within(&Quota {
                    pods: quota.read("pods", |node| node.integer(0, u64::from(u32::MAX)))?,
                    cpu_millis: quota.read("cpu", cpu_millis)?,
                    memory_bytes: quota.read("memory", memory_bytes)?,
                })
            }
            None => self.quotas.iter().filter_map(|quota| self.pods_within(quota)).min(),
        };
        match most {
            Some(most) if most < self.replicas => Err(Problem::Refused(format!(
                "the quota allows {most} of these pods, fewer than replicas {}: write a larger quota, or fewer replicas.",
                self.replicas
            ))),
            most => Ok(most.map(|most| u32::try_from(most).unwrap_or(u32::MAX))),
        }
    }

    fn pods_within(&self, quota: &Quota) -> Option<u64> {
        let within = |hard: Option<u64>, each: u64| hard.and_then(|hard| hard.checked_div(each));
        let limits = [
            quota.pods,
            within(quota.cpu_millis, self.template.cpu_millis),
            within(quota.memory_bytes, self.template.memory_bytes),
        ];
        limits.into_iter().flatten().min()
    }
}

/// The spec of a PodDisruptionBudget, or what an experiment writes in its place.
pub(crate) fn budget(map: &Map<'_>) -> Result<Budget, InputError> {
    map.only(&["minAvailable", "maxUnavailable", "selector", "unhealthyPodEvictionPolicy"])?;
    let amount = match (map.read("minAvailable", int_or_percent)?, map.read("maxUnavailable", int_or_percent)?) {
        (Some(_), Some(_)) => return Err(map.at.error("write either `minAvailable` or `maxUnavailable`, not both")),
        (Some(amount), None) => Amount::MinAvailable(amount),
        (None, Some(amount)) => Amount::MaxUnavailable(amount),
        (None, None) => return Err(map.at.error("the budget is missing: add minAvailable or maxUnavailable")),
    };
    Ok(Budget { amount, unhealthy: map.read("unhealthyPodEvictionPolicy", eviction_policy)?.unwrap_or_default() })
}

fn eviction_policy(node: &Node) -> Result<UnhealthyPodEvictionPolicy, InputError> {
    match node.text()? {
        "IfHealthyBudget" => Ok(UnhealthyPodEvictionPolicy::IfHealthyBudget),
        "AlwaysAllow" => Ok(UnhealthyPodEvictionPolicy::AlwaysAllow),
        other => Err(node.at.error(unknown("unhealthyPodEvictionPolicy", other, EVICTION_POLICIES))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::Distribution;
    use crate::input::cluster::tests::read;
    use crate::k8s::fenceposts::IntOrPercent;

    #[test]
    fn lower_priority() {
        let lower =
            |text: &str| read(&format!("{{lowerPriority: {text}}}"), 3, &[]).map(|cluster| cluster.lower_priority);
        assert_eq!(lower("none").unwrap(), None);
        let placeholders = lower("{pods: 2, termination: 0s}").unwrap().unwrap();
        assert_eq!((placeholders.pods, placeholders.termination), (2, Distribution::constant(SimDuration::ZERO)));
        assert!(lower("{termination: 1s}").unwrap_err().contains("`pods` is missing"));
        assert!(lower("{pods: -1}").unwrap_err().contains("a whole number from 0 to 10000"));
    }

    #[test]
    fn an_autoscaler_upgrades_and_budgets() {
        let cluster = read("{nodes: 4, zones: 2, autoscaler: {maxNodes: 7, provisioning: 90s}}", 3, &[]).unwrap();
        assert_eq!((cluster.nodes.len(), cluster.nodes_at_start()), (7, 4));
        assert_eq!(cluster.nodes[5].zone, 1);
        assert_eq!(cluster.autoscaler.unwrap().scan_interval, SimDuration::from_secs(10));
        assert!(
            read("{nodes: 4, autoscaler: {maxNodes: 3}}", 3, &[]).unwrap_err().contains("there are 4 nodes already")
        );
        assert!(read("{autoscaler: {}}", 3, &[]).unwrap_err().contains("maxNodes"));
        let upgrade = read("{upgrade: {atOnce: 2, takes: 3m}}", 3, &[]).unwrap().upgrade.unwrap();
        assert_eq!((upgrade.start, upgrade.at_once), (SimDuration::ZERO, 2));
        let budget = |text: &str| read(&format!("{{disruptionBudget: {text}}}"), 3, &[]).map(|c| c.disruption_budget);
        assert_eq!(budget("{minAvailable: 2}"), Ok(Some(Budget::min_available(IntOrPercent::Int(2)))));
        let always = budget("{maxUnavailable: 1, unhealthyPodEvictionPolicy: AlwaysAllow}").unwrap().unwrap();
        assert_eq!(always.unhealthy, UnhealthyPodEvictionPolicy::AlwaysAllow);
        let slip = budget("{maxUnavailable: 1, unhealthyPodEvictionPolicy: AlwaysAlow}").unwrap_err();
        assert!(slip.contains("did you mean `AlwaysAllow`?"), "{slip}");
        assert_eq!(budget("none"), Ok(None));
        assert!(budget("{}").unwrap_err().contains("add minAvailable or maxUnavailable"));
    }

    #[test]
    fn slow_and_bad_nodes() {
        let cluster =
            read("{badNodes: 5%, slowNodes: {share: 10%, factor: 3}, maxParallelImagePulls: 4}", 3, &[]).unwrap();
        assert_eq!((cluster.bad_nodes, cluster.parallel_pulls), (0.05, 4));
        assert_eq!(cluster.slow_nodes, Some(SlowNodes { share: 0.1, factor: 3.0 }));
        assert!(read("slowNodes: {share: 10%}", 3, &[]).unwrap_err().contains("factor"));
        assert!(read("slowNodes: {share: 10%, factor: 0.5}", 3, &[]).unwrap_err().contains("from 1 to 1000"));
        assert!(read("maxParallelImagePulls: 0", 3, &[]).unwrap_err().contains("from 1 to 100"));
    }

    #[test]
    fn quotas_are_counted_in_pods() {
        let quota = |text: &str| read(text, 3, &[]).map(|cluster| cluster.pod_quota);
        assert_eq!(quota("{}"), Ok(None));
        assert_eq!(quota("quota: none"), Ok(None));
        assert_eq!(quota("quota: {pods: 5}"), Ok(Some(5)));
        assert_eq!(quota("quota: {pods: 9, cpu: 2250m, memory: 7Gi}"), Ok(Some(4)));
        assert!(quota("quota: {pods: 2}").unwrap_err().starts_with("the quota allows 2 of these pods, fewer than"));
        assert!(quota("quota: {pod: 2}").unwrap_err().contains("did you mean `pods`?"));
    }
}
