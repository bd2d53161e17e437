//! HorizontalPodAutoscalers: `spec` of an `autoscaling/v2` object, in an experiment or in the manifest.

use std::rc::Rc;

use crate::input::keys::defaults::Defaults;
use crate::input::keys::horizontal::{BEHAVIOR, HORIZONTAL, MOST_PODS, POLICY, POLICY_TYPES, RULES, SELECT};
use crate::input::tree::error::{InputError, Problem};
use crate::input::tree::fields::Map;
use crate::input::tree::near::unknown;
use crate::input::tree::yaml::{self, Node, Source};
use crate::k8s::horizontal::{AutoscalerSpec, Behavior, Change, Policy, Rules, SelectPolicy};
use crate::time::SimDuration;

/// The autoscaler of a scenario, and the sentences that an answer must have about it.
pub(crate) struct Horizontal {
    pub(crate) spec: Option<AutoscalerSpec>,
    pub(crate) notes: Vec<String>,
}

/// What is known of the Deployment that is scaled.
pub(crate) struct Target<'a> {
    /// The HorizontalPodAutoscaler object in the manifest, if there is one.
    pub(crate) object: Option<&'a Node>,
    /// There is traffic to scale by.
    pub(crate) traffic: bool,
    /// The pods have a CPU request.
    pub(crate) cpu_request: bool,
}

/// As written under `horizontalPodAutoscaler`, or the object beside the Deployment.
pub(crate) fn horizontal(
    written: Option<&Node>,
    target: &Target<'_>,
    defaults: &Defaults,
) -> Result<Horizontal, Problem> {
    let nothing = |notes| Ok(Horizontal { spec: None, notes });
    if let Some(node) = written {
        if node.plain_text() == Some("none") {
            return nothing(Vec::new());
        }
        let spec = spec(&node.map()?, defaults)?;
        let Some(spec) = spec else { return Err(node.at.error(NO_METRIC).into()) };
        if !target.traffic {
            return Err(node.at.error("there is no `traffic` to scale by: add it").into());
        }
        if !target.cpu_request {
            let advice = "the pods have no CPU request, of which utilisation is a share: add resources.requests.cpu";
            return Err(node.at.error(advice).into());
        }
        return Ok(Horizontal { spec: Some(spec), notes: Vec::new() });
    }
    let Some(object) = target.object else { return nothing(Vec::new()) };
    let name = object.map()?.map("metadata")?.map(|metadata| metadata.read("name", Node::text)).transpose()?.flatten();
    let ignored =
        |why: &str| nothing(vec![format!("HorizontalPodAutoscaler {} was ignored: {why}", name.unwrap_or(""))]);
    if !target.traffic {
        return ignored("there is no traffic to scale by; give `traffic`, such as traffic: {rate: 400, capacity: 100}");
    }
    if !target.cpu_request {
        return ignored("the pods have no CPU request, of which utilisation is a share");
    }
    match spec(&object.map()?.require("spec")?.map()?, defaults)? {
        None => ignored(NO_METRIC),
        spec => Ok(Horizontal { spec, notes: Vec::new() }),
    }
}

const NO_METRIC: &str = "only CPU utilisation is modelled (a metric of type Resource, cpu, averageUtilization)";

/// The `spec` of an autoscaler as JSON; `None`: none of its metrics is CPU utilisation.
pub(crate) fn from_json(text: &str) -> Result<Option<AutoscalerSpec>, String> {
    let source = Rc::new(Source { name: String::new(), text: text.to_owned() });
    let documents = yaml::documents(&source).map_err(|error| error.message)?;
    let defaults = Defaults::read().map_err(|error| error.message)?;
    let root = documents.first().ok_or("is empty")?;
    root.map().and_then(|map| spec(&map, &defaults)).map_err(|error| error.message)
}

/// `None`: none of its metrics is CPU utilisation.
fn spec(map: &Map<'_>, defaults: &Defaults) -> Result<Option<AutoscalerSpec>, InputError> {
    let map = map.of(&HORIZONTAL)?;
    let default = |key: &str| defaults.get(&format!("horizontalPodAutoscaler.{key}"));
    let whole = |key: &str, node: &Node| {
        let (least, most) = HORIZONTAL.bounds(key);
        node.integer(least, most).map(|number| number as i32)
    };
    let most = map.require("maxReplicas")?;
    let min_replicas = whole("minReplicas", map.get("minReplicas").unwrap_or_else(|| default("minReplicas")))?;
    let max_replicas = whole("maxReplicas", most)?;
    if max_replicas < min_replicas {
        return Err(most.at.error(format!("maxReplicas is {max_replicas}, less than minReplicas {min_replicas}")));
    }
    let percent = |node: &Node| whole("targetCPUUtilizationPercentage", node);
    let target = match (map.get("targetCPUUtilizationPercentage"), map.list("metrics")?) {
        (Some(node), _) => Some(percent(node)?),
        (None, []) => Some(percent(default("targetCPUUtilizationPercentage"))?),
        (None, metrics) => cpu_utilization(metrics)?.map(percent).transpose()?,
    };
    let behavior = map.map("behavior")?.map(|map| behavior(&map)).transpose()?;
    Ok(target.map(|target| AutoscalerSpec { min_replicas, max_replicas, target, behavior }))
}

/// `averageUtilization` of the metric on the pods' CPU.
fn cpu_utilization(metrics: &[Node]) -> Result<Option<&Node>, InputError> {
    for metric in metrics {
        let Some(resource) = metric.map()?.map("resource")? else { continue };
        let target = resource.map("target")?.and_then(|target| target.get("averageUtilization"));
        if resource.read("name", Node::text)? == Some("cpu") && target.is_some() {
            return Ok(target);
        }
    }
    Ok(None)
}

fn behavior(map: &Map<'_>) -> Result<Behavior, InputError> {
    let map = map.of(&BEHAVIOR)?;
    let read = |key: &str, usual: Rules| map.map(key)?.map_or(Ok(usual.clone()), |own| rules(&own, usual));
    Ok(Behavior { scale_up: read("scaleUp", Rules::up())?, scale_down: read("scaleDown", Rules::down())? })
}

fn rules(map: &Map<'_>, usual: Rules) -> Result<Rules, InputError> {
    let map = map.of(&RULES)?;
    let window = map.read("stabilizationWindowSeconds", |node| {
        let (least, most) = RULES.bounds("stabilizationWindowSeconds");
        node.integer(least, most)
    })?;
    let policies = match map.get("policies") {
        Some(list) => list.list()?.iter().map(policy).collect::<Result<Vec<_>, _>>()?,
        None => usual.policies,
    };
    if policies.is_empty() {
        return Err(map.at.error("policies must not be empty: leave it out for the default"));
    }
    Ok(Rules {
        stabilization: window.map_or(usual.stabilization, SimDuration::from_secs),
        select: map.read("selectPolicy", select)?.unwrap_or(usual.select),
        policies,
        tolerance: map.read("tolerance", tolerance)?.unwrap_or(usual.tolerance),
    })
}

fn select(node: &Node) -> Result<SelectPolicy, InputError> {
    match node.text()? {
        "Max" => Ok(SelectPolicy::Max),
        "Min" => Ok(SelectPolicy::Min),
        "Disabled" => Ok(SelectPolicy::Disabled),
        other => Err(node.at.error(unknown("selectPolicy", other, SELECT))),
    }
}

fn policy(node: &Node) -> Result<Policy, InputError> {
    let map = node.map()?.of(&POLICY)?;
    let value = map.require("value")?.integer(1, MOST_PODS)? as i32;
    let kind = map.require("type")?;
    let change = match kind.text()? {
        "Pods" => Change::Pods(value),
        "Percent" => Change::Percent(value),
        other => return Err(kind.at.error(unknown("type of policy", other, POLICY_TYPES))),
    };
    let period = map.require("periodSeconds")?.integer(1, 1800)?;
    Ok(Policy { change, period: SimDuration::from_secs(period) })
}

/// A quantity such as 0.05 or 50m.
fn tolerance(node: &Node) -> Result<f64, InputError> {
    let text = node.text()?;
    let (number, divisor) = text.strip_suffix('m').map_or((text, 1.0), |thousandths| (thousandths, 1000.0));
    let read = number.parse::<f64>().ok().map(|number| number / divisor);
    read.filter(|share| (0.0..=100.0).contains(share)).ok_or_else(|| node.wrong("a tolerance such as 0.05"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::tree::yaml::node;

    fn read(text: &str) -> Result<Option<AutoscalerSpec>, String> {
        spec(&node(text).map().unwrap(), &Defaults::read().unwrap()).map_err(|error| error.message)
    }

    #[test]
    fn a_spec_and_its_defaults() {
        let least = read("{maxReplicas: 9}").unwrap().unwrap();
        assert_eq!(least, AutoscalerSpec { min_replicas: 1, max_replicas: 9, target: 80, behavior: None });
        let metrics = "metrics: [{type: External, external: {}}, {type: Resource, resource: {name: cpu, target: \
                       {type: Utilization, averageUtilization: 65}}}]";
        assert_eq!(read(&format!("{{maxReplicas: 9, {metrics}}}")).unwrap().unwrap().target, 65);
        assert_eq!(read("{maxReplicas: 9, targetCPUUtilizationPercentage: 50}").unwrap().unwrap().target, 50);
        let memory =
            "{maxReplicas: 9, metrics: [{type: Resource, resource: {name: memory, target: {averageUtilization: 5}}}]}";
        assert_eq!(read(memory), Ok(None));
        let rules = "{maxReplicas: 9, behavior: {scaleDown: {stabilizationWindowSeconds: 60, selectPolicy: Min, tolerance: 50m, \
                     policies: [{type: Pods, value: 2, periodSeconds: 30}]}}}";
        let behavior = read(rules).unwrap().unwrap().behavior.unwrap();
        assert_eq!(behavior.scale_up, Rules::up());
        let policy = Policy { change: Change::Pods(2), period: SimDuration::from_secs(30) };
        let expected = Rules {
            stabilization: SimDuration::from_secs(60),
            select: SelectPolicy::Min,
            policies: vec![policy],
            tolerance: 0.05,
        };
        assert_eq!(behavior.scale_down, expected);
    }

    #[test]
    fn mistakes_are_reported() {
        for (text, message) in [
            ("{}", "the key `maxReplicas` is missing"),
            ("{maxReplicas: 2, minReplicas: 3}", "less than minReplicas 3"),
            ("{maxReplicas: 2, minReplicas: 0}", "from 1 to"),
            ("{maxReplica: 2}", "did you mean `maxReplicas`?"),
            ("{maxReplicas: 2, behavior: {scaleUp: {policies: []}}}", "must not be empty"),
            ("{maxReplicas: 2, behavior: {scaleUp: {selectPolicy: max}}}", "did you mean `Max`?"),
            ("{maxReplicas: 2, behavior: {scaleUp: {policies: [{type: Pods, value: 1}]}}}", "periodSeconds"),
            ("{maxReplicas: 2, behavior: {scaleUp: {stabilizationWindowSeconds: 3601}}}", "from 0 to 3600"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(message), "{text}: {error}");
        }
    }
}
