//! Where scenarios lie in the grid that their parameters span.

use crate::input::InputError;
use crate::k8s::objects::Strategy;
use crate::scenario::Scenario;

/// Where scenarios lie in the grid that their parameters span: the rank of each value among those of its parameter, from 0 to 1.
///
/// # Errors
/// When a parameter has values that are no numbers of one unit.
pub(crate) fn coordinates(scenarios: &[Scenario]) -> Result<Vec<Vec<f64>>, InputError> {
    let parameters = scenarios.first().map_or(0, |scenario| scenario.parameters.len());
    for place in 0..parameters {
        if numbers(scenarios, place).is_none() {
            let path = &scenarios[0].parameters[place].0;
            return Err(InputError::new(format!("--fill: {path} has values that are no numbers: sweep numbers alone")));
        }
    }
    Ok(scaled(&ranks(scenarios)))
}

/// For each scenario the rank of each parameter's value among those that the parameter has, from 0. Values that are no numbers count
/// in the order in which they come first.
pub(crate) fn ranks(scenarios: &[Scenario]) -> Vec<Vec<u32>> {
    let mut points = vec![Vec::new(); scenarios.len()];
    let parameters = scenarios.first().map_or(0, |scenario| scenario.parameters.len());
    for place in 0..parameters {
        let values = numbers(scenarios, place).unwrap_or_else(|| in_order(scenarios, place));
        let mut distinct = values.clone();
        distinct.sort_by(f64::total_cmp);
        distinct.dedup();
        for (point, value) in points.iter_mut().zip(&values) {
            point.push(distinct.partition_point(|known| known < value) as u32);
        }
    }
    points
}

/// The same, each parameter from 0 to 1.
pub(crate) fn scaled(ranks: &[Vec<u32>]) -> Vec<Vec<f64>> {
    let parameters = ranks.first().map_or(0, Vec::len);
    let last: Vec<u32> =
        (0..parameters).map(|place| ranks.iter().map(|point| point[place]).max().unwrap_or(0).max(1)).collect();
    let of =
        |point: &Vec<u32>| point.iter().zip(&last).map(|(rank, last)| f64::from(*rank) / f64::from(*last)).collect();
    ranks.iter().map(of).collect()
}

/// A parameter's values, where all are numbers.
fn numbers(scenarios: &[Scenario], place: usize) -> Option<Vec<f64>> {
    scenarios.iter().map(|scenario| number(scenario, place)).collect()
}

/// The places of a parameter's values in the order in which they come first.
fn in_order(scenarios: &[Scenario], place: usize) -> Vec<f64> {
    let text =
        |scenario: &'_ Scenario| scenario.parameters.get(place).map(|(_, text)| text.clone()).unwrap_or_default();
    let mut known: Vec<String> = Vec::new();
    let rank = |scenario: &Scenario| {
        let own = text(scenario);
        let found = known.iter().position(|one| *one == own);
        found.unwrap_or_else(|| {
            known.push(own);
            known.len() - 1
        }) as f64
    };
    scenarios.iter().map(rank).collect()
}

/// The value of a parameter as a number: of limits the pods that it means, as a share of the replicas.
fn number(scenario: &Scenario, place: usize) -> Option<f64> {
    let (path, text) = scenario.parameters.get(place)?;
    let replicas = scenario.deployment.replicas.max(1);
    let share = |pods: i32| f64::from(pods) / f64::from(replicas);
    match (path.rsplit('.').next(), scenario.deployment.strategy) {
        (Some("maxSurge"), Strategy::RollingUpdate { max_surge, .. }) => Some(share(max_surge.scaled(replicas, true))),
        (Some("maxUnavailable"), Strategy::RollingUpdate { max_unavailable, .. }) => {
            Some(share(max_unavailable.scaled(replicas, false)))
        }
        _ => {
            let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
            let factor = match &text[end..] {
                "" | "s" => 1.0,
                "ms" => 0.001,
                "m" => 60.0,
                "h" => 3600.0,
                "%" => 0.01,
                _ => return None,
            };
            Some(text[..end].parse::<f64>().ok()? * factor)
        }
    }
}
