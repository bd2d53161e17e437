//! Keys of `traffic`: requests to the pods.

use super::key::{Form, Key, Section};
use crate::traffic::OnSigterm;

/// What an application may do at SIGTERM.
pub(crate) const ON_SIGTERM: &[&str] = &[OnSigterm::Stop.as_str(), OnSigterm::Serve.as_str()];

pub(crate) const TRAFFIC: Section = Section::new(&[
    Key::new("rate", Form::RequestRate(&RATE), "Requests per second to all pods together, or a daily curve of them.")
        .noun("requests per second")
        .example("400"),
    Key::new("capacity", Form::RequestCapacity, "Requests per second that one warm pod answers.")
        .noun("requests per second of a pod")
        .example("100"),
    Key::new(
        "warmUp",
        Form::MapOrNone(&WARM_UP),
        "How the capacity of a pod grows, in a straight line, after it is Ready.",
    )
    .default("none", "Chosen: a pod that is Ready has its full capacity")
    .example("{for: 1m, from: 20%}"),
    Key::new("onSigterm", Form::Words(ON_SIGTERM), "Whether a pod still answers requests after SIGTERM.").default(
        "stop",
        "The same lab: requests are lost without preStop and none with it, so the server stops accepting at SIGTERM",
    ),
    Key::new(
        "loadBalancer",
        Form::MapOrNone(&LOAD_BALANCER),
        "A load balancer that knows each pod as a target of its own.",
    )
    .default("none", "Chosen: kube-proxy sends requests to the pods")
    .example("{registration: 10s}"),
    Key::new("cpuAtCapacity", Form::Utilisation, "Share of its CPU request that a pod uses at full capacity.")
        .noun("CPU at full capacity")
        .default("100%", "Chosen: pods that ask for the CPU that their capacity takes"),
]);

pub(crate) const RATE: Section = Section::new(&[
    Key::new("curve", Form::Curve, "Points of the curve, between which the rate changes in straight lines.")
        .example("[[0h, 120], [14h, 700]]"),
    Key::new("period", Form::Duration, "After which time the curve repeats; a day where it is left out.")
        .example("24h"),
    Key::new("startAt", Form::Duration, "The time within the period at which the rollout starts.").example("13h"),
]);

pub(crate) const WARM_UP: Section = Section::new(&[
    Key::new("for", Form::Duration, "Time until a pod has its full capacity.").example("1m"),
    Key::new("from", Form::Share, "Share of the capacity that a pod has when it becomes Ready.").example("20%"),
]);

pub(crate) const LOAD_BALANCER: Section = Section::new(&[
    Key::new("registration", Form::Distribution, "Time until the load balancer sends requests to a new pod.")
        .default("10s", "Chosen: two health checks, 5 s apart; not published"),
    Key::new("deregistration", Form::Distribution, "Time until it sends none any more to a pod that goes.")
        .default("5s", "Chosen: the least of the usual 5 to 30 s; not published"),
]);
