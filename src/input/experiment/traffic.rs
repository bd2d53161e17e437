//! Requests to the pods.

use crate::input::experiment::fields::{Context, Fields};
use crate::input::keys::traffic::{LOAD_BALANCER, ON_SIGTERM, RATE, TRAFFIC, WARM_UP};
use crate::input::tree::error::InputError;
use crate::input::tree::near::unknown;
use crate::input::tree::quantity::{duration, parse_ratio, share};
use crate::input::tree::yaml::Node;
use crate::scenario::MOST_REQUESTS;
use crate::time::SimDuration;
use crate::traffic::{LoadBalancer, OnSigterm, Rate, Traffic, WarmUp};

const MAX_POINTS: usize = 10_000;

/// Reads `traffic`; `None` and the word `none`: there is none.
pub(crate) fn traffic(node: Option<&Node>, context: Context<'_>) -> Result<Option<Traffic>, InputError> {
    let Some(node) = node.filter(|node| node.plain_text() != Some("none")) else { return Ok(None) };
    let fields = Fields::read(Some(node.map()?), &TRAFFIC, "traffic", context)?;
    let capacity = fields.require("capacity")?;
    Ok(Some(Traffic {
        rate: rate(fields.require("rate")?)?,
        capacity: Some(requests(capacity)?).filter(|rate| *rate > 0.0).ok_or_else(|| capacity.wrong(MORE_THAN_0))?,
        warm_up: warm_up(fields.or_default("warmUp"))?,
        on_sigterm: on_sigterm(fields.or_default("onSigterm"))?,
        load_balancer: load_balancer(&fields)?,
        cpu_at_capacity: percent(fields.or_default("cpuAtCapacity"))?,
    }))
}

const MORE_THAN_0: &str = "requests per second, more than 0";

/// A number, or a curve.
fn rate(node: &Node) -> Result<Rate, InputError> {
    let Ok(map) = node.map() else {
        return requests(node)
            .map(Rate::constant)
            .map_err(|_| node.wrong("requests per second, from 0 to 1e9, or a map with `curve`"));
    };
    let map = map.of(&RATE)?;
    let curve = map.require("curve")?;
    let points = curve.list()?;
    if points.len() > MAX_POINTS {
        return Err(curve.wrong("at most 10000 points"));
    }
    let points = points.iter().map(point).collect::<Result<Vec<_>, _>>()?;
    let period = map.read("period", duration)?.unwrap_or(SimDuration::from_secs(86_400));
    let start_at = map.read("startAt", duration)?.unwrap_or(SimDuration::ZERO);
    if start_at >= period {
        return Err(map.get("startAt").unwrap_or(curve).wrong("a time within the period"));
    }
    Rate::curve(points, period, start_at).map_err(|error| curve.at.error(format!("{error}: {EXAMPLE}")))
}

const EXAMPLE: &str = "write such as curve: [[0h, 120], [14h, 700]], times within the period and requests per second";

fn point(node: &Node) -> Result<(SimDuration, f64), InputError> {
    match node.list()? {
        [at, rate] => Ok((duration(at)?, requests(rate)?)),
        _ => Err(node.wrong("a time and requests per second, such as [14h, 700]")),
    }
}

fn requests(node: &Node) -> Result<f64, InputError> {
    let rate = node.number()?;
    if (0.0..=MOST_REQUESTS).contains(&rate) { Ok(rate) } else { Err(node.wrong("requests per second, from 0 to 1e9")) }
}

fn warm_up(node: &Node) -> Result<Option<WarmUp>, InputError> {
    if node.plain_text() == Some("none") {
        return Ok(None);
    }
    let map = node.map()?.of(&WARM_UP)?;
    let length = duration(map.require("for")?)?;
    let from = share(map.require("from")?)?;
    Ok((!length.is_zero()).then_some(WarmUp { length, from }))
}

fn on_sigterm(node: &Node) -> Result<OnSigterm, InputError> {
    match node.text()? {
        "stop" => Ok(OnSigterm::Stop),
        "serve" => Ok(OnSigterm::Serve),
        other => Err(node.at.error(unknown("word", other, ON_SIGTERM))),
    }
}

fn load_balancer(traffic: &Fields<'_>) -> Result<Option<LoadBalancer>, InputError> {
    let Some(fields) = traffic.part("loadBalancer", &LOAD_BALANCER, "traffic.loadBalancer")? else { return Ok(None) };
    Ok(Some(LoadBalancer {
        registration: fields.distribution("registration")?,
        deregistration: fields.distribution("deregistration")?,
    }))
}

/// A share that may be more than all.
fn percent(node: &Node) -> Result<f64, InputError> {
    let share = parse_ratio(node.text()?);
    share.filter(|share| (0.0..=100.0).contains(share)).ok_or_else(|| node.wrong("a share such as 80% or 0.8"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::keys::defaults::Defaults;
    use crate::input::tree::files::Files;
    use crate::input::tree::yaml::node;

    fn read(text: &str) -> Result<Option<Traffic>, String> {
        let files = Files::new(std::path::Path::new(""));
        traffic(Some(&node(text)), Context { defaults: &Defaults::read().unwrap(), files: &files })
            .map_err(|error| error.message)
    }

    #[test]
    fn rates_and_defaults() {
        let least = read("{rate: 400, capacity: 100}").unwrap().unwrap();
        assert_eq!((least.rate, least.capacity, least.warm_up), (Rate::constant(400.0), 100.0, None));
        assert_eq!((least.on_sigterm, least.load_balancer, least.cpu_at_capacity), (OnSigterm::Stop, None, 1.0));
        assert_eq!(read("none"), Ok(None));
        let day = read("{rate: {curve: [[0h, 0], [12h, 240]], startAt: 6h}, capacity: 1}").unwrap().unwrap();
        assert_eq!((day.rate.at(SimDuration::ZERO), day.rate.most()), (120.0, 240.0));
        let full = "{rate: 1, capacity: 1, warmUp: {for: 30s, from: 20%}, onSigterm: serve, loadBalancer: {}, \
                    cpuAtCapacity: 150%}";
        let full = read(full).unwrap().unwrap();
        assert_eq!(full.warm_up, Some(WarmUp { length: SimDuration::from_secs(30), from: 0.2 }));
        assert_eq!((full.on_sigterm, full.cpu_at_capacity), (OnSigterm::Serve, 1.5));
        assert!(full.load_balancer.is_some());
    }

    #[test]
    fn mistakes_are_reported() {
        for (text, message) in [
            ("{capacity: 1}", "the key `rate` is missing"),
            ("{rate: 1}", "the key `capacity` is missing"),
            ("{rate: 1, capacity: 0}", "more than 0"),
            ("{rate: -1, capacity: 1}", "from 0 to 1e9"),
            ("{rate: lots, capacity: 1}", "or a map with `curve`"),
            ("{rate: {curve: []}, capacity: 1}", "at least one point"),
            ("{rate: {curve: [[2h, 1], [1h, 1]]}, capacity: 1}", "in order of time"),
            ("{rate: {curve: [[25h, 1]]}, capacity: 1}", "before the end of its period"),
            ("{rate: {curve: [[1h]]}, capacity: 1}", "such as [14h, 700]"),
            ("{rate: {curve: [[1h, 2]], startAt: 24h}, capacity: 1}", "a time within the period"),
            ("{rate: {curve: [[0h, 2]], period: 0s}, capacity: 1}", "within the period"),
            ("{rate: 1, capacity: 1, onSigterm: sreve}", "did you mean `serve`?"),
            ("{rate: 1, capacity: 1, warmUp: {for: 3s}}", "the key `from` is missing"),
            ("{rate: 1, capacity: 1, cpuAtCapacity: -5%}", "a share such as 80%"),
            ("{rate: 1, capacty: 1}", "did you mean `capacity`?"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(message), "{text}: {error}");
        }
    }
}
