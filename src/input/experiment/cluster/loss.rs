//! How nodes and zones are lost.

use crate::distribution::{Distribution, Shape};
use crate::input::experiment::cluster::reader::{LOSS_FIELDS, Reader, part};
use crate::input::experiment::distribution::distribution;
use crate::input::tree::error::InputError;
use crate::input::tree::fields::Map;
use crate::input::tree::quantity::{duration, seconds};
use crate::input::tree::yaml::Node as Tree;
use crate::scenario::NodeLoss;

impl Reader<'_> {
    pub(super) fn loss(&self, map: Option<Map<'_>>) -> Result<Option<NodeLoss>, InputError> {
        let Some(loss) = part(map, "loss")? else { return Ok(None) };
        loss.only(LOSS_FIELDS)?;
        let field = |key: &str| loss.get(key).unwrap_or_else(|| self.defaults.get(&format!("cluster.loss.{key}")));
        let node_loss = self.time_to(&loss, "timeToLoss", "meanTimeToLoss")?;
        let zone_loss = self.time_to(&loss, "timeToZoneLoss", "meanTimeToZoneLoss")?;
        if node_loss.is_none() && zone_loss.is_none() {
            return Err(loss.at.error("how often nodes are lost is missing: add meanTimeToLoss, such as 30d"));
        }
        let recovery = field("recovery");
        Ok(Some(NodeLoss {
            time_to_loss: node_loss.unwrap_or_else(|| Distribution::constant(crate::time::SimDuration::MAX)),
            time_to_zone_loss: zone_loss,
            notice: loss.read("notice", duration)?,
            detection: distribution(field("detection"), self.files)?,
            toleration: duration(field("toleration"))?,
            recovery: match recovery.plain_text() {
                Some("never") => None,
                _ => Some(distribution(recovery, self.files)?),
            },
        }))
    }

    /// A distribution under `key`, or an exponential one by its mean, which is a second at least: what is lost more often
    /// than that is no machine, and a rollout on it has no end.
    fn time_to(&self, loss: &Map<'_>, key: &str, mean: &str) -> Result<Option<Distribution>, InputError> {
        match (loss.get(key), loss.get(mean)) {
            (Some(_), Some(second)) => Err(second.at.error(format!("write either `{key}` or `{mean}`, not both"))),
            (Some(node), None) if node.plain_text() == Some("never") => Ok(None),
            (Some(node), None) => seldom(node, distribution(node, self.files)?).map(Some),
            (None, Some(node)) => {
                let shape = Shape::Exponential { mean: seconds(node)? };
                let times = Distribution::new(shape, 0.0, None).map_err(|error| node.at.error(error.to_string()))?;
                seldom(node, times).map(Some)
            }
            (None, None) => Ok(None),
        }
    }
}

/// Refuses times to loss that are too short on average.
fn seldom(node: &Tree, times: Distribution) -> Result<Distribution, InputError> {
    if times.usual() < 1.0 {
        return Err(node.wrong("a time to loss of at least 1s on average"));
    }
    Ok(times)
}
