//! Scenarios in which factors have other levels.

use super::asked::with_number;
use super::factor::{DAYS, Factor};
use super::range::Range;
use crate::analysis::Assumption;
use crate::k8s::objects::Strategy;
use crate::k8s::validation::validate;
use crate::scenario::Scenario;
use crate::what_if::{self, start_slowly, warm_up_slowly};

/// `base` with each of `ranges` at its level; levels as written change nothing. `base` has the number of replicas of its level
/// already.
///
/// # Errors
/// When Kubernetes would refuse it, or no simulator could run it.
pub(super) fn applied(base: &Scenario, ranges: &[Range], levels: &[f64]) -> Result<Scenario, String> {
    let mut scenario = base.clone();
    for (range, level) in ranges.iter().zip(levels) {
        if *level != range.given && range.factor != Factor::Replicas {
            let changed = changed(&scenario, range, *level);
            scenario = changed.ok_or_else(|| format!("{} cannot be {level} here", range.factor.key()))?;
        }
    }
    validate(&scenario.deployment).map_err(|error| error.to_string())?;
    scenario.check().map_err(|error| error.to_string())?;
    Ok(scenario)
}

fn changed(scenario: &Scenario, range: &Range, level: f64) -> Option<Scenario> {
    let each_pod = |change: fn(&mut crate::scenario::PodModel, f64)| {
        scenario.changed(|world| {
            world.pods.iter_mut().for_each(|model| change(model, level));
            Some(())
        })
    };
    match range.factor {
        Factor::Start => each_pod(start_slowly),
        Factor::WarmUp => each_pod(warm_up_slowly),
        Factor::Of(Assumption::NodeLoss) => lost(scenario, range.given, level),
        Factor::Of(one) => what_if::changed(scenario, one, level),
        Factor::MaxSurge | Factor::MaxUnavailable => scenario.changed(|world| {
            let Strategy::RollingUpdate { max_surge, max_unavailable } = &mut world.deployment.strategy else {
                return None;
            };
            let limit = if range.factor == Factor::MaxSurge { max_surge } else { max_unavailable };
            *limit = with_number(*limit, level);
            Some(())
        }),
        Factor::MinReadySeconds => scenario.changed(|world| {
            world.deployment.min_ready_seconds = level as i32;
            Some(())
        }),
        Factor::Replicas => None,
    }
}

/// Each node is lost `level` times in [`DAYS`] days: by the law that is written, or where none is by an exponential one.
fn lost(scenario: &Scenario, given: f64, level: f64) -> Option<Scenario> {
    if given == 0.0 {
        return what_if::changed(scenario, Assumption::NodeLoss, DAYS / level);
    }
    scenario.changed(|world| {
        let loss = world.cluster.loss.as_mut()?;
        if level > 0.0 {
            loss.time_to_loss = loss.time_to_loss.scaled(given / level);
        } else {
            world.cluster.loss = None;
        }
        Some(())
    })
}
