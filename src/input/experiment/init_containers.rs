//! How long the init containers of the pods take, and the sidecars among them to start and to end.

use crate::distribution::{Distribution, Shape};
use crate::input::experiment::distribution::distribution;
use crate::input::experiment::layers::Layers;
use crate::input::kubernetes::init_containers::{Kind, WrittenInitContainer};
use crate::input::tree::error::InputError;
use crate::input::tree::near::unknown;
use crate::input::tree::yaml::Node;
use crate::scenario::{InitContainer, Probes, Sidecar};
use crate::time::SimDuration;

/// Keys of init containers, and of sidecars.
const PLAIN: &str = "initContainers";
const OF_SIDECARS: [&str; 3] = ["sidecarStart", "sidecarWarmUp", "sidecarTermination"];

/// The init containers of a template, by the keys of one version.
pub(super) fn init_containers(
    layers: &Layers<'_, '_>,
    template: &[WrittenInitContainer],
) -> Result<Vec<InitContainer>, InputError> {
    check_names(layers, template)?;
    template.iter().map(|container| init_container(layers, container)).collect()
}

fn init_container(layers: &Layers<'_, '_>, container: &WrittenInitContainer) -> Result<InitContainer, InputError> {
    let files = layers.context.files;
    let written = |key: &str| layers.of_container(key, &container.name);
    let time = |key: &str| distribution(written(key).unwrap_or_else(|| layers.default(key)), files);
    Ok(match &container.kind {
        Kind::Plain { least, known } => InitContainer::Plain {
            run: match written(PLAIN) {
                Some(node) => distribution(node, files)?,
                None if *known => Distribution::constant(*least),
                None => at_least(layers.default(PLAIN), *least)?,
            },
        },
        Kind::Sidecar { probes, pre_stop, .. } => {
            let [start, warm_up, termination] = OF_SIDECARS;
            let is_written = written(warm_up).is_some();
            InitContainer::Sidecar(Box::new(Sidecar {
                start: time(start)?,
                warm_up: if is_written { time(warm_up)? } else { patient(layers.default(warm_up), probes)? },
                probes: *probes,
                pre_stop: *pre_stop,
                termination: time(termination)?,
            }))
        }
    })
}

/// A lognormal default after `least`, which is certain.
fn at_least(default: &Node, least: SimDuration) -> Result<Distribution, InputError> {
    let (shape, _) = log_normal(default)?;
    Distribution::new(shape, least.as_secs_f64(), None).map_err(|error| default.at.error(error.to_string()))
}

/// A lognormal default, cut where the startup probe would give the sidecar up: sidecars pass it every day.
fn patient(default: &Node, probes: &Probes) -> Result<Distribution, InputError> {
    let (shape, _) = log_normal(default)?;
    let looks = |probe: &crate::scenario::Probe| probe.period.times(u64::from(probe.failure_threshold.max(1)) - 1);
    let limit = probes.startup.map(|probe| (probe.initial_delay + looks(&probe)).as_secs_f64().max(0.1));
    Distribution::new(shape, 0.0, limit.map(|limit| (0.0, limit))).map_err(|error| default.at.error(error.to_string()))
}

fn log_normal(default: &Node) -> Result<(Shape, f64), InputError> {
    let own = default.map()?.require("lognormal")?.map()?;
    let median = crate::input::tree::quantity::seconds(own.require("median")?)?;
    let sigma = own.require("sigma")?.number()?;
    Ok((Shape::LogNormal { mu: libm::log(median), sigma }, median))
}

/// Refuses names that no container of the kind has.
fn check_names(layers: &Layers<'_, '_>, template: &[WrittenInitContainer]) -> Result<(), InputError> {
    let names = |of: fn(&Kind) -> bool| {
        template.iter().filter(move |one| of(&one.kind)).map(|one| &one.name[..]).collect::<Vec<_>>()
    };
    let plain = names(|kind| matches!(kind, Kind::Plain { .. }));
    let sidecars = names(|kind| matches!(kind, Kind::Sidecar { .. }));
    for (key, valid) in [(PLAIN, &plain)].into_iter().chain(OF_SIDECARS.map(|key| (key, &sidecars))) {
        if let Some((name, node)) = layers.containers(key).find(|(name, _)| !valid.contains(name)) {
            return Err(node.at.error(unknown("container", name, valid)));
        }
    }
    Ok(())
}

/// What is taken of init containers where nothing is written, in sentences for every answer.
pub(super) fn assumed(layers: &Layers<'_, '_>, template: &[WrittenInitContainer]) -> Vec<String> {
    let lacks = |key: &str, name: &str| layers.of_container(key, name).is_none();
    let mut sentences = Vec::new();
    for WrittenInitContainer { name, kind } in template {
        match kind {
            Kind::Plain { known: true, .. } => {}
            Kind::Plain { least, .. } if lacks(PLAIN, name) => sentences.push(format!(
                "the init container {name} takes pods.initContainers {}{}, since nothing says how long it runs, and its \
                 image is on the nodes: write yours with --set pods.initContainers.{name}=30s",
                layers.default(PLAIN).flow(),
                if least.is_zero() { String::new() } else { format!(" after {} s", least.as_secs_f64()) }
            )),
            Kind::Plain { .. } => {}
            Kind::Sidecar { doubt, .. } => {
                if OF_SIDECARS[..2].iter().any(|key| lacks(key, name)) {
                    sentences.push(sidecar_sentence(layers, name));
                }
                sentences.extend(doubt.clone());
            }
        }
    }
    sentences
}

fn sidecar_sentence(layers: &Layers<'_, '_>, name: &str) -> String {
    let [start, warm_up, _] = OF_SIDECARS.map(|key| layers.default(key).flow());
    format!(
        "the sidecar {name} starts in pods.sidecarStart {start} and answers its probes after pods.sidecarWarmUp {warm_up} \
         where nothing else is written, and its image is on the nodes: write --set pods.sidecarStart.{name}=..., \
         pods.sidecarWarmUp.{name}=..."
    )
}

/// Keys that are written for containers which the template does not have, in sentences.
pub(super) fn idle_keys(layers: &Layers<'_, '_>, template: &[WrittenInitContainer]) -> Vec<String> {
    let has = |of: fn(&Kind) -> bool| template.iter().any(|one| of(&one.kind));
    let plain = has(|kind| matches!(kind, Kind::Plain { .. }));
    let sidecars = has(|kind| matches!(kind, Kind::Sidecar { .. }));
    let keys = [(PLAIN, plain)].into_iter().chain(OF_SIDECARS.map(|key| (key, sidecars)));
    let is_own = |key: &str| layers.field(key).is_some_and(|written| written.flow() != layers.default(key).flow());
    keys.filter(|(key, counts)| !counts && is_own(key))
        .map(|(key, _)| format!("pods.{key} changes nothing: the pod template has no such init container"))
        .collect()
}
