//! Requests as a fluid: how many arrive, which pods they are sent to, and how many of them nobody answers.
//!
//! Nothing here is an event of its own. Between two changes of who is sent requests and who answers them every rate is a
//! straight line in time, so what is lost is summed up exactly, piece by piece ([`Flow`]).

mod flow;
mod rate;

use crate::distribution::Distribution;
use crate::time::SimDuration;

pub use flow::{Flow, Listed, Lost};
pub use rate::{Piece, Rate, RateError};

/// What is asked of a Deployment's pods, and how they answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Traffic {
    /// Requests per second, all pods together.
    pub rate: Rate,
    /// Requests per second that one warm pod answers; what comes beyond that is lost.
    pub capacity: f64,
    /// How a pod that has just become Ready comes to that; `None`: at once.
    pub warm_up: Option<WarmUp>,
    /// How long a pod with a deletion timestamp answers.
    pub on_sigterm: OnSigterm,
    /// A load balancer that sends to pods itself; `None`: kube-proxy does.
    pub load_balancer: Option<LoadBalancer>,
    /// Share of its CPU request that a pod uses when it answers as much as it can.
    pub cpu_at_capacity: f64,
}

/// A pod's capacity rises in a straight line after it has become Ready.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WarmUp {
    /// For how long.
    pub length: SimDuration,
    /// Share of the full capacity that it starts from, in [0, 1].
    pub from: f64,
}

/// What an application does at SIGTERM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnSigterm {
    /// It takes no further request.
    Stop,
    /// It continues until its containers are gone.
    Serve,
}

impl OnSigterm {
    /// The word in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Serve => "serve",
        }
    }
}

/// How much later than the cluster's own proxies a load balancer learns of pods.
#[derive(Clone, Debug, PartialEq)]
pub struct LoadBalancer {
    /// Until it sends to a pod that is Ready.
    pub registration: Distribution,
    /// Until it sends nothing more to a pod that is not Ready or has a deletion timestamp.
    pub deregistration: Distribution,
}
