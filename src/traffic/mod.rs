//! Requests as a continuous flow: how many arrive, which pods they are sent to, and how many of them no pod answers.
//!
//! Requests are not events. Between two changes of which pods get requests and which pods answer, every rate is a
//! straight line in time, so the lost requests are summed exactly, piece by piece ([`Flow`]).

mod flow;
mod rate;

use crate::distribution::Distribution;
use crate::time::SimDuration;

pub use flow::{Flow, Listed, Lost};
pub use rate::{Piece, Rate, RateError};

/// The requests to a Deployment's pods, and how the pods answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Traffic {
    /// Requests per second, all pods together.
    pub rate: Rate,
    /// Requests per second that one warm pod answers; those above it are lost.
    pub capacity: f64,
    /// How a pod that has just become Ready reaches that capacity; `None`: at once.
    pub warm_up: Option<WarmUp>,
    /// Whether a pod with a deletion timestamp continues to answer.
    pub on_sigterm: OnSigterm,
    /// A load balancer that sends requests to pods directly; `None`: kube-proxy does.
    pub load_balancer: Option<LoadBalancer>,
    /// Share of its CPU request that a pod uses when it answers at its capacity.
    pub cpu_at_capacity: f64,
}

/// A pod's capacity rises in a straight line after it has become Ready.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WarmUp {
    /// How long the rise takes.
    pub length: SimDuration,
    /// Share of the full capacity that it starts from, in [0, 1].
    pub from: f64,
}

/// How an application reacts to SIGTERM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnSigterm {
    /// It stops taking requests.
    Stop,
    /// It continues until its containers are gone.
    Serve,
}

impl OnSigterm {
    /// The value in files.
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
    /// Until it sends requests to a pod that is Ready.
    pub registration: Distribution,
    /// Until it sends no more requests to a pod that is not Ready or has a deletion timestamp.
    pub deregistration: Distribution,
}
