//! How nodes and zones are lost.

use crate::distribution::{Distribution, Shape};
use crate::input::experiment::cluster::reader::Reader;
use crate::input::experiment::distribution::distribution;
use crate::input::experiment::fields::Fields;
use crate::input::keys::cluster::LOSS;
use crate::input::tree::error::InputError;
use crate::input::tree::quantity::{duration, seconds};
use crate::input::tree::yaml::Node as Tree;
use crate::scenario::NodeLoss;

impl Reader<'_> {
    pub(super) fn loss(&self, cluster: &Fields<'_>) -> Result<Option<NodeLoss>, InputError> {
        let Some(loss) = cluster.part("loss", &LOSS, "cluster.loss")? else { return Ok(None) };
        let node_loss = self.time_to(&loss, "timeToLoss", "meanTimeToLoss")?;
        let zone_loss = self.time_to(&loss, "timeToZoneLoss", "meanTimeToZoneLoss")?;
        if node_loss.is_none() && zone_loss.is_none() {
            return Err(loss.error("how often nodes are lost is missing: add meanTimeToLoss, such as 30d"));
        }
        let recovery = loss.or_default("recovery");
        Ok(Some(NodeLoss {
            time_to_loss: node_loss.unwrap_or_else(|| Distribution::constant(crate::time::SimDuration::MAX)),
            time_to_zone_loss: zone_loss,
            notice: loss.get("notice").map(duration).transpose()?,
            detection: loss.distribution("detection")?,
            toleration: loss.duration("toleration")?,
            recovery: match recovery.plain_text() {
                Some("never") => None,
                _ => Some(loss.distribution("recovery")?),
            },
        }))
    }

    /// A distribution under `key`, or an exponential one by its mean, which is a second at least: what is lost more often
    /// than that is no machine, and a rollout on it has no end.
    fn time_to(&self, loss: &Fields<'_>, key: &str, mean: &str) -> Result<Option<Distribution>, InputError> {
        match (loss.get(key), loss.get(mean)) {
            (Some(_), Some(second)) => Err(second.at.error(format!("write either `{key}` or `{mean}`, not both"))),
            (Some(node), None) if node.plain_text() == Some("never") => Ok(None),
            (Some(node), None) => seldom(node, distribution(node, self.context.files)?).map(Some),
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
