//! What is measured, and for how long a run is followed then.

use crate::distribution::Distribution;
use crate::input::experiment::deployment::check_size;
use crate::input::experiment::fields::{Context, Fields};
use crate::input::keys::cluster::LOSS as LOSS_KEYS;
use crate::input::keys::event::{EVENT, EVENTS, OBSERVED, RECLAIM, SCALE, UPGRADE};
use crate::input::tree::error::{InputError, Problem};
use crate::input::tree::fields::Map;
use crate::input::tree::near::unknown;
use crate::input::tree::quantity::duration;
use crate::input::tree::yaml::{Node, Value};
use crate::k8s::objects::DeploymentSpec;
use crate::scenario::{
    Cluster, LONGEST_HORIZON, MeasuredEvent, NodeLoss, OLD_TEMPLATE, Observe, Rollback, Until, Upgrade,
};
use crate::time::SimDuration;

/// The event of an experiment.
pub(super) struct Event<'a> {
    pub(super) event: MeasuredEvent,
    /// Where it is written.
    node: Option<&'a Node>,
    upgrade: Option<Upgrade>,
    context: Context<'a>,
}

impl<'a> Event<'a> {
    /// Reads `event`. A scaling gives the Deployment its replicas.
    pub(super) fn read(
        node: Option<&'a Node>,
        spec: &mut DeploymentSpec,
        context: Context<'a>,
    ) -> Result<Self, Problem> {
        let mut upgrade = None;
        let event = match node.map(|node| (node, node.plain_text())) {
            None | Some((_, Some("rollout"))) => MeasuredEvent::Rollout,
            Some((_, Some("none"))) => MeasuredEvent::Nothing,
            Some((_, Some("upgrade"))) => {
                upgrade = Some(upgraded(None, context)?);
                MeasuredEvent::Upgrade
            }
            Some((node, Some(word))) => {
                let valid: Vec<&str> = EVENTS.iter().copied().chain(EVENT.names()).collect();
                return Err(node.at.error(unknown("event", word, &valid)).into());
            }
            Some((node, None)) => {
                let map = node.map()?.of(&EVENT)?;
                let [entry] = map.entries else {
                    let names = EVENT.names().join(", ");
                    return Err(map.at.error(format!("an event is one of {names}, or a word such as none")).into());
                };
                match entry.key.as_str() {
                    "scale" => scale(map.require("scale")?.map()?, spec)?,
                    "drain" => MeasuredEvent::Drain { nodes: drained(map.require("drain")?)? },
                    "upgrade" => {
                        upgrade = Some(upgraded(map.map("upgrade")?, context)?);
                        MeasuredEvent::Upgrade
                    }
                    _ => reclaim(map.require("reclaim")?.map()?, context)?,
                }
            }
        };
        if event != MeasuredEvent::Rollout {
            spec.template = OLD_TEMPLATE;
        }
        Ok(Self { event, node, upgrade, context })
    }

    /// Replicas before the event.
    pub(super) fn found(&self, spec: &DeploymentSpec) -> i32 {
        match self.event {
            MeasuredEvent::Scale { from } => from,
            _ => spec.replicas,
        }
    }

    /// Adds to the cluster what the event does to it.
    pub(super) fn change(&self, cluster: &mut Cluster) -> Result<(), Problem> {
        let Some(node) = self.node else { return Ok(()) };
        let there = cluster.nodes_at_start();
        let refuse = |text: String| Err(Problem::Refused(text));
        match &self.event {
            MeasuredEvent::Upgrade if cluster.upgrade.is_some() => {
                Err(node.at.error("the upgrade is the event: leave cluster.upgrade out"))?
            }
            MeasuredEvent::Upgrade => cluster.upgrade.clone_from(&self.upgrade),
            MeasuredEvent::Drain { nodes } => {
                if let Some(missing) = nodes.iter().find(|&&node| node as usize >= there) {
                    let last = there.saturating_sub(1);
                    return refuse(format!(
                        "the event drains node {missing}, but there are {there}: write 0 to {last}"
                    ));
                }
            }
            MeasuredEvent::Reclaim { nodes, .. } if *nodes as usize > there => {
                return refuse(format!(
                    "the event takes {nodes} nodes away, but there are {there}: write 1 to {there}"
                ));
            }
            MeasuredEvent::Reclaim { notice, .. } => {
                if cluster.loss.is_none() {
                    cluster.loss = Some(self.loss(*notice)?);
                }
            }
            MeasuredEvent::Rollout | MeasuredEvent::Scale { .. } | MeasuredEvent::Nothing => {}
        }
        Ok(())
    }

    /// How nodes are lost that are lost only by the event.
    fn loss(&self, notice: SimDuration) -> Result<NodeLoss, InputError> {
        let defaults = Fields::read(None, &LOSS_KEYS, "cluster.loss", self.context)?;
        Ok(NodeLoss {
            time_to_loss: Distribution::constant(SimDuration::MAX),
            time_to_zone_loss: None,
            notice: Some(notice),
            detection: defaults.distribution("detection")?,
            toleration: defaults.duration("toleration")?,
            recovery: None,
        })
    }

    /// When the event is over, and how long the run is followed then; with the horizon, which `observe` sets where nothing
    /// happens.
    pub(super) fn until(
        &self,
        observe: Option<&Node>,
        horizon: SimDuration,
    ) -> Result<(Until, SimDuration), InputError> {
        let length = observe.map_or(Ok(Observe::Not), self::observe)?;
        Ok(match (&self.event, length) {
            (MeasuredEvent::Rollout | MeasuredEvent::Scale { .. }, observe) => (Until::Success { observe }, horizon),
            (MeasuredEvent::Nothing, Observe::Not) => (Until::Horizon, horizon),
            (MeasuredEvent::Nothing, Observe::For(length)) => (Until::Horizon, length),
            (MeasuredEvent::Nothing, Observe::OldPodsGone) => {
                let at = &observe.unwrap_or(self.node.unwrap_or(observe_default(self.context))).at;
                return Err(at.error("nothing happens, so that no pod goes: write a duration, such as observe: 1h"));
            }
            (_, observe) => (Until::Settled { observe }, horizon),
        })
    }

    /// Refuses what is about rollouts where there is none, and says what describes nothing.
    pub(super) fn check(&self, rollback: Rollback, experiment: &Map<'_>) -> Result<Option<String>, InputError> {
        if self.event == MeasuredEvent::Rollout {
            return Ok(None);
        }
        if let (Some(node), true) = (experiment.get("rollback"), rollback != Rollback::default()) {
            return Err(node.at.error("the event is no rollout, so that there is nothing to undo: leave rollback out"));
        }
        let pods = experiment.map("pods")?;
        let new = pods.is_some_and(|pods| pods.get("new").is_some());
        Ok(new.then(|| {
            "pods.new describes a version that the event does not roll out: all pods are as pods and pods.old have it".into()
        }))
    }
}

fn observe_default(context: Context<'_>) -> &Node {
    context.defaults.get("observe")
}

/// Reads `observe`.
fn observe(node: &Node) -> Result<Observe, InputError> {
    if node.plain_text().is_some_and(|word| OBSERVED.contains(&word)) {
        return Ok(Observe::OldPodsGone);
    }
    let length = duration(node).map_err(|_| node.wrong("a duration such as 10m, or oldPodsGone"))?;
    match length {
        length if length.is_zero() => Ok(Observe::Not),
        length if length > LONGEST_HORIZON => Err(node.wrong("a duration up to 30d, or oldPodsGone")),
        length => Ok(Observe::For(length)),
    }
}

fn scale(map: Map<'_>, spec: &mut DeploymentSpec) -> Result<MeasuredEvent, Problem> {
    let map = map.of(&SCALE)?;
    let from = map.require("from")?;
    check_size(from.i32()?, from)?;
    if let Some(to) = map.get("to") {
        check_size(to.i32()?, to)?;
        spec.replicas = to.i32()?;
    }
    let (from, to) = (from.i32()?, spec.replicas);
    if from < 0 || to < 0 {
        return Err(map.at.error("replicas are 0 or more").into());
    }
    if from == to {
        return Err(Problem::Refused(format!("the event scales from {from} to {to}, which changes nothing")));
    }
    Ok(MeasuredEvent::Scale { from })
}

fn drained(node: &Node) -> Result<Vec<u32>, InputError> {
    let (least, most) = EVENT.bounds("drain");
    let number = |node: &Node| node.integer(least, most).map(|number| number as u32);
    let Value::List(items) = &node.value else { return Ok(vec![number(node)?]) };
    let mut nodes = Vec::new();
    for item in items {
        let number = number(item)?;
        if nodes.contains(&number) {
            return Err(item.at.error(format!("node {number} is drained already: write it once")));
        }
        nodes.push(number);
    }
    if nodes.is_empty() { Err(node.at.error("no node is named: write one at least, such as [0]")) } else { Ok(nodes) }
}

fn upgraded(map: Option<Map<'_>>, context: Context<'_>) -> Result<Upgrade, InputError> {
    let own = Fields::read(map, &UPGRADE, "event.upgrade", context)?;
    Ok(Upgrade { start: SimDuration::ZERO, at_once: own.whole("atOnce")? as u32, takes: own.distribution("takes")? })
}

fn reclaim(map: Map<'_>, context: Context<'_>) -> Result<MeasuredEvent, InputError> {
    let own = Fields::read(Some(map), &RECLAIM, "event.reclaim", context)?;
    let nodes = own.whole_in("nodes", own.require("nodes")?)? as u32;
    Ok(MeasuredEvent::Reclaim { nodes, notice: own.duration("notice")? })
}
