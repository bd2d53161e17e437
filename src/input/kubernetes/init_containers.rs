//! The init containers of a pod template: those that end before the others start, and sidecars.

use crate::input::kubernetes::hook::{Hook, handler, hook};
use crate::input::kubernetes::label_selector::{maps, text};
use crate::input::kubernetes::probe::probe;
use crate::input::tree::error::InputError;
use crate::input::tree::fields::Map;
use crate::input::tree::yaml::Node;
use crate::scenario::{Probe, Probes};
use crate::time::SimDuration;

/// A container of `spec.initContainers`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WrittenInitContainer {
    pub(crate) name: String,
    pub(crate) kind: Kind,
}

/// What the kubelet waits for before it starts the next container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Its end.
    Plain {
        /// How long its command takes at least, and whether that is all.
        least: SimDuration,
        known: bool,
    },
    /// Its start (`restartPolicy: Always`).
    Sidecar {
        probes: Probes,
        pre_stop: SimDuration,
        /// A sentence where the length of its preStop hook is not known.
        doubt: Option<String>,
    },
}

/// Reads `spec.initContainers`.
pub(crate) fn init_containers(spec: &Map<'_>) -> Result<Vec<WrittenInitContainer>, InputError> {
    maps(spec.list("initContainers")?)?.iter().map(container).collect()
}

fn container(map: &Map<'_>) -> Result<WrittenInitContainer, InputError> {
    let name = text(map, "name").unwrap_or("init").to_owned();
    let kind = if text(map, "restartPolicy") == Some("Always") { sidecar(map, &name)? } else { plain(map)? };
    Ok(WrittenInitContainer { name, kind })
}

/// Without a command the image's own runs, which no manifest shows.
fn plain(map: &Map<'_>) -> Result<Kind, InputError> {
    let words = |key: &str| map.list(key)?.iter().map(Node::text).collect::<Result<Vec<_>, _>>();
    let (mut command, args) = (words("command")?, words("args")?);
    if command.is_empty() {
        return Ok(Kind::Plain { least: SimDuration::ZERO, known: false });
    }
    command.extend(args);
    let Hook { least, known } = hook(&command);
    Ok(Kind::Plain { least, known })
}

fn sidecar(map: &Map<'_>, name: &str) -> Result<Kind, InputError> {
    let of = |key: &str| map.map(key)?.map(|map| probe(&map)).transpose();
    let startup: Option<Probe> = of("startupProbe")?;
    // Its liveness probe is taken to succeed always: the border of the model says so.
    let probes = Probes { startup, readiness: of("readinessProbe")?, liveness: None };
    let Some(read) = handler(map, "preStop")? else {
        return Ok(Kind::Sidecar { probes, pre_stop: SimDuration::ZERO, doubt: None });
    };
    let doubt = (!read.known).then(|| {
        format!(
            "the preStop hook of the sidecar {name} is counted as {} s, since what else it does is not known; it runs beside \
             the shutdown of the other containers",
            read.least.as_secs_f64()
        )
    });
    Ok(Kind::Sidecar { probes, pre_stop: read.least, doubt })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::tree::yaml::node;

    fn kinds(containers: &str) -> Vec<Kind> {
        let spec = node(&format!("initContainers: [{containers}]"));
        init_containers(&spec.map().unwrap()).unwrap().into_iter().map(|container| container.kind).collect()
    }

    #[test]
    fn a_command_s_sleeps_are_its_least() {
        for (container, seconds, known) in [
            ("{command: [sleep, \"20\"]}", 20.0, true),
            ("{command: [sh, -c], args: [sleep 3 && ./migrate]}", 3.0, false),
            ("{command: [sh, -c, \"until nc -z db 5432; do sleep 1; done\"]}", 0.0, false),
            ("{command: [\"true\"]}", 0.0, false),
            ("{image: migrate, args: [sleep 9]}", 0.0, false),
        ] {
            let read = kinds(container);
            assert_eq!(read, [Kind::Plain { least: SimDuration::from_secs_f64(seconds), known }], "{container}");
        }
    }

    #[test]
    fn a_sidecar_is_what_restarts_always() {
        let read = kinds("{restartPolicy: Always, startupProbe: {periodSeconds: 1}, livenessProbe: {}}");
        let [Kind::Sidecar { probes, pre_stop: SimDuration::ZERO, doubt: None }] = &read[..] else {
            panic!("{read:?}")
        };
        assert_eq!(probes.startup.unwrap().period, SimDuration::from_secs(1));
        assert_eq!((probes.readiness, probes.liveness), (None, None));
        let hook = "{restartPolicy: Always, name: proxy, lifecycle: {preStop: {exec: {command: [drain]}}}}";
        let [Kind::Sidecar { doubt: Some(doubt), .. }] = &kinds(hook)[..] else { panic!("no doubt") };
        assert!(doubt.starts_with("the preStop hook of the sidecar proxy is counted as 0 s"), "{doubt}");
    }
}
