//! What is needed to read a cluster.

use crate::input::experiment::beside::Beside;
use crate::input::experiment::fields::Context;
use crate::input::kubernetes::admission::Admission;
use crate::input::kubernetes::border::{Direction, Unmodelled};
use crate::input::kubernetes::machine::Machine;
use crate::input::kubernetes::pod_template::PodTemplate;
use crate::input::tree::error::Problem;
use crate::input::tree::fields::Map;
use crate::scenario::Budget;

/// What is needed to read a cluster.
pub(crate) struct Reader<'a> {
    pub(crate) template: &'a PodTemplate,
    /// Node objects of the manifest.
    pub(crate) machines: &'a [Machine],
    /// Where the Deployment's pods are, by the position of the Node object.
    pub(crate) found_on: &'a [usize],
    /// What the API server does with the pods.
    pub(crate) admission: &'a Admission,
    /// The PodDisruptionBudget of the manifest that selects the pods.
    pub(crate) budget: Option<Budget>,
    /// Most replicas the Deployment is scaled to.
    pub(crate) replicas: u64,
    /// The same with what a HorizontalPodAutoscaler may do.
    pub(crate) most: u64,
    /// What is simulated together with the Deployment.
    pub(crate) beside: &'a Beside,
    pub(crate) context: Context<'a>,
}

impl Reader<'_> {
    /// What an answer must say about nodes and about admission. Of the resources that the pods of `deployment` ask for only
    /// those remain unmodelled of which nobody says how much a node has.
    pub(crate) fn report(
        &self,
        deployment: &str,
        map: Option<Map<'_>>,
        unmodelled: &mut Vec<Unmodelled>,
        assumed: &mut Vec<String>,
    ) -> Result<(), Problem> {
        assumed.extend(self.assumed(map)?);
        assumed.extend(self.assumed_of_admission(map)?);
        let unknown = self.unknown(map)?;
        unmodelled.retain(|one| resource_of(one).is_none_or(|resource| unknown.contains(&resource)));
        for resource in unknown {
            if !unmodelled.iter().any(|one| resource_of(one) == Some(resource)) {
                unmodelled.push(filled_in(deployment, resource));
            }
        }
        Ok(())
    }
}

/// A resource that no container of the template asks for: a LimitRange fills it in, or the pod's overhead has it.
fn filled_in(deployment: &str, resource: &str) -> Unmodelled {
    let effect = "the pods ask for it by a LimitRange or as overhead, and neither a Node object nor cluster.allocatable says \
                  how much of it a node has; the pods are taken to find enough";
    let field = format!("spec.template.spec.containers.resources.requests.{resource}");
    Unmodelled::new(&format!("Deployment {deployment}"), &field, effect.into(), Direction::TooGood, true)
}

/// The resource that a container, or a pod as a whole, asks for in the field.
fn resource_of(one: &Unmodelled) -> Option<&str> {
    let (_, asked) = one.field.split_once(".resources.")?;
    asked.strip_prefix("requests.").or(asked.strip_prefix("limits."))
}
