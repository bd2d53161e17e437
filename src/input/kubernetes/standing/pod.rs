//! A pod of others on a Node.

use crate::input::kubernetes::amounts::{Amounts, PODS};
use crate::input::kubernetes::requests::PodResources;
use crate::input::tree::error::InputError;
use crate::input::tree::fields::Map;

/// A pod of another workload.
#[derive(Clone)]
pub(crate) struct StandingPod<'n> {
    pub(crate) namespace: &'n str,
    pub(crate) labels: Option<Map<'n>>,
    pub(crate) spec: Map<'n>,
    /// What it takes of its node, one of the places for pods included.
    pub(crate) request: Amounts,
    /// Its node's position among the Nodes of the input.
    pub(crate) machine: usize,
    /// It has a deletion timestamp.
    pub(crate) terminating: bool,
}

/// The pods of others, and what the answer must say about them.
#[derive(Default)]
pub(crate) struct StandingPods<'n> {
    pub(crate) pods: Vec<StandingPod<'n>>,
    /// By subject: the nodes of its own pods, by position among the Nodes of the input.
    pub(crate) own: Vec<Vec<usize>>,
    /// What is taken to be so where the input does not tell, in sentences that every answer repeats.
    pub(crate) assumed: Vec<String>,
}

/// What a pod takes of its node.
pub(super) fn request_of(spec: &Map<'_>) -> Result<Amounts, InputError> {
    let mut request = PodResources::read(spec)?.requests();
    request.set(PODS, 1);
    Ok(request)
}

/// A number of pods as the subject of a sentence.
pub(super) fn pods_of_others(count: usize) -> String {
    if count == 1 { "1 pod of others is".into() } else { format!("{count} pods of others are") }
}
