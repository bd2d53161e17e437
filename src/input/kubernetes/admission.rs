//! What the API server makes of a Deployment's pods before it stores them: defaults of LimitRanges, overhead of a RuntimeClass,
//! and the pods that LimitRanges and ResourceQuotas refuse.
//!
//! Upstream: `pkg/kubeapiserver/options/plugins.go: AllOrderedPlugins` has the order.

use crate::input::kubernetes::amounts::{Amounts, written};
use crate::input::kubernetes::limit_range::LimitRange;
use crate::input::kubernetes::object::{in_namespace, name_of, title};
use crate::input::kubernetes::other_objects::OtherObjects;
use crate::input::kubernetes::pod_template::PodTemplate;
use crate::input::kubernetes::requests::PodResources;
use crate::input::kubernetes::resource_quota::{Quota, Traits};
use crate::input::tree::error::InputError;
use crate::input::tree::fields::Map;

/// What the admission of the API server does with every pod that a Deployment's controllers ask for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Admission {
    pub(crate) quotas: ByQuotas,
    /// Why it refuses each of them, quotas aside, in sentences.
    pub(crate) refused: Vec<String>,
    /// What is assumed besides.
    pub(crate) assumed: Vec<String>,
    /// The ResourceQuotas of the namespace that count the pods, each with its title.
    pub(crate) counting: Vec<(String, Quota)>,
}

/// What ResourceQuotas do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ByQuotas {
    /// How many of the pods they allow at a time; `None`: any number.
    pub(crate) pods: Option<u64>,
    /// Why they refuse every pod, in sentences.
    pub(crate) refused: Vec<String>,
    /// What is assumed about their use.
    pub(crate) assumed: Vec<String>,
}

impl Admission {
    /// Of the objects beside a Deployment in `namespace`, of whose pods `running` run. What they fill in goes into `template`.
    pub(crate) fn of(
        objects: &OtherObjects,
        namespace: &str,
        spec: &Map<'_>,
        template: &mut PodTemplate,
        running: u64,
    ) -> Result<Self, InputError> {
        let mut admission = Self::default();
        let pod = &mut template.resources;
        admission.limit(objects, namespace, pod)?;
        admission.add_overhead(objects, spec, template)?;
        let pod = &template.resources;
        let traits = Traits::read(spec, pod)?;
        for node in in_namespace(&objects.quotas, namespace)? {
            let quota = Quota::read(&node.map()?)?;
            let title = title("ResourceQuota", node)?;
            admission.quotas.take(&quota, &title, pod, &traits, running);
            if quota.counts(&traits) {
                admission.counting.push((title, quota));
            }
        }
        template.requests = pod.requests();
        Ok(admission)
    }

    /// LimitRanges fill in what containers leave out, and then look at the result.
    fn limit(&mut self, objects: &OtherObjects, namespace: &str, pod: &mut PodResources) -> Result<(), InputError> {
        let mut ranges = Vec::new();
        for node in in_namespace(&objects.limit_ranges, namespace)? {
            ranges.push((title("LimitRange", node)?, LimitRange::read(&node.map()?)?));
        }
        let mut filling = Vec::new();
        for (title, range) in &ranges {
            if range.fill(pod) {
                filling.push(title.as_str());
            }
        }
        if ranges.len() > 1 && !filling.is_empty() {
            self.assumed.push(format!(
                "of several LimitRanges the first in the file fills in what containers leave out ({}): the API server takes \
                 them in any order",
                filling.join(", ")
            ));
        }
        if !filling.is_empty() {
            let whose = filling.join(" and ");
            self.refused.extend(above_limits(pod).into_iter().map(|why| format!("{why}, with what {whose} fills in")));
        }
        for (title, range) in &ranges {
            self.refused
                .extend(range.refusals(pod).into_iter().map(|why| format!("{title} refuses every new pod: {why}")));
        }
        Ok(())
    }

    /// The RuntimeClass that the pods name says what it takes beside the containers, and where such pods run.
    ///
    /// Upstream: `plugin/pkg/admission/runtimeclass/admission.go: setOverhead`, `setScheduling`.
    fn add_overhead(
        &mut self,
        objects: &OtherObjects,
        spec: &Map<'_>,
        template: &mut PodTemplate,
    ) -> Result<(), InputError> {
        let Some(class) = objects.runtime_class_of(spec)? else { return Ok(()) };
        let overhead =
            class.map("overhead")?.map(|map| Amounts::under(&map, "podFixed")).transpose()?.unwrap_or_default();
        let own = &mut template.resources.overhead;
        if !own.is_empty() && *own != overhead {
            let name = name_of(&class).unwrap_or_default();
            self.refused.push(format!(
                "RuntimeClass {name} refuses every new pod: spec.overhead of the template is not the overhead of the class"
            ));
        }
        *own = overhead;
        if let Some(scheduling) = class.map("scheduling")? {
            template.node_choice.restrict(&scheduling)?;
        }
        Ok(())
    }
}

/// Requests that are more than what limits them, which the API server refuses.
///
/// Upstream: `pkg/apis/core/validation/validation.go: ValidateContainerResourceRequirements`, `validatePodResourceConsistency`.
fn above_limits(pod: &PodResources) -> Vec<String> {
    let mut found = Vec::new();
    for container in &pod.containers {
        let own = &container.resources;
        for (name, request) in own.requests.iter() {
            if let Some(limit) = own.limits.written(name).filter(|limit| request > *limit) {
                let (request, limit) = (written(name, request), written(name, limit));
                found.push(format!(
                    "the API server refuses every new pod: container {} asks for {name} {request}, more than its limit {limit}",
                    container.name
                ));
            }
        }
        for (name, limit) in own.limits.iter() {
            let whole = pod.own.as_ref().and_then(|own| own.limits.written(name));
            if let Some(whole) = whole.filter(|whole| limit > *whole) {
                let (limit, whole) = (written(name, limit), written(name, whole));
                found.push(format!(
                    "the API server refuses every new pod: container {} has the limit {name} {limit}, more than the {whole} of \
                     the pod",
                    container.name
                ));
            }
        }
    }
    let containers = PodResources { own: None, ..pod.clone() }.requests_without_overhead();
    for (name, own) in pod.own.iter().flat_map(|own| own.requests.iter()) {
        let sum = containers.get(name);
        if sum > own {
            let (sum, own) = (written(name, sum), written(name, own));
            found.push(format!(
                "the API server refuses every new pod: its containers ask for {name} {sum}, more than the {own} of the pod"
            ));
        }
    }
    found
}

impl ByQuotas {
    /// Adds what the quota called `title` does with the pods, `running` of which run.
    pub(crate) fn take(&mut self, quota: &Quota, title: &str, pod: &PodResources, traits: &Traits, running: u64) {
        if quota.asks_for_a_priority_class() && traits.priority_class.is_none() {
            self.assumed
                .push(format!("{title}: no PriorityClass is taken to be the default, so that the pods have none"));
        }
        if !quota.counts(traits) {
            return;
        }
        let missing: Vec<String> =
            quota.missing(pod).into_iter().map(|(name, whose)| format!("{name} ({})", whose.join(", "))).collect();
        if !missing.is_empty() {
            self.refused.push(format!(
                "{title} refuses every new pod: each container must state what it counts, and some do not state {}",
                missing.join(" and ")
            ));
        }
        if let Some(allowance) = quota.allows(pod, running) {
            self.assumed.push(allowance.assumed(title, running));
            self.pods = Some(self.pods.map_or(allowance.pods, |pods| pods.min(allowance.pods)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::kubernetes::machine::Machine;
    use crate::input::kubernetes::manifest::Manifest;
    use crate::input::kubernetes::namespaces::Namespaces;
    use crate::input::kubernetes::placement::PodNamespace;
    use crate::input::tree::yaml::{documents, node, source};

    /// Of 4 running pods with this spec in the namespace `shop`.
    fn admit(spec: &str, beside: &str) -> (Admission, PodTemplate) {
        let (spec, documents) = (node(spec), documents(&source(beside)).unwrap());
        let manifest = Manifest::read(vec![documents.into()]).unwrap();
        let spec = spec.map().unwrap();
        let mut template =
            PodTemplate::read(&spec, None, PodNamespace { name: "shop", all: &Namespaces::default() }).unwrap();
        let admission = Admission::of(&manifest.others, "shop", &spec, &mut template, 4).unwrap();
        (admission, template)
    }

    fn quota(rest: &str) -> String {
        format!("---\nkind: ResourceQuota\nmetadata: {{name: q, namespace: shop}}\n{rest}\n")
    }

    fn range(namespace: &str, item: &str) -> String {
        format!("---\nkind: LimitRange\nmetadata: {{name: l, namespace: {namespace}}}\nspec: {{limits: [{item}]}}\n")
    }

    const ASKS: &str = "{containers: [{name: web, resources: {requests: {cpu: 1}}}]}";

    #[test]
    fn a_container_that_does_not_state_what_a_quota_counts_is_refused_unless_a_limit_range_states_it() {
        let spec = "{containers: [{name: web, resources: {requests: {cpu: 1}}}], initContainers: [{name: first}, {name: early}]}";
        let hard = quota("spec: {hard: {requests.cpu: 10, limits.cpu: 20, pods: 9}}");
        let (refused, _) = admit(spec, &hard);
        assert_eq!(
            refused.quotas.refused,
            [
                "ResourceQuota shop/q refuses every new pod: each container must state what it counts, and some do not state \
              limits.cpu (early, first, web) and requests.cpu (early, first)"
            ]
        );
        let default = range("shop", "{type: Container, default: {cpu: 2}, defaultRequest: {cpu: 500m}}");
        let (stated, template) = admit(spec, &(hard.clone() + &default));
        assert_eq!((stated.quotas.refused, stated.refused, stated.quotas.pods), (vec![], vec![], Some(9)));
        assert_eq!(template.requests.get("cpu"), 1000);
        let (elsewhere, template) = admit(spec, &(hard + &range("other", "{type: Container, max: {cpu: 2}}")));
        assert_eq!((elsewhere.quotas.refused.len(), template.requests.get("cpu")), (1, 1000));
    }

    #[test]
    fn the_smallest_quota_that_counts_the_pods_decides() {
        let beside = quota("spec: {hard: {pods: 7}}")
            + &quota("spec: {hard: {requests.cpu: 5}}\nstatus: {used: {requests.cpu: 4500m}}")
            + &quota("spec: {hard: {pods: 0}, scopes: [BestEffort]}");
        let (admission, _) = admit(ASKS, &beside);
        assert_eq!(admission.quotas.pods, Some(4));
        assert_eq!(
            admission.quotas.assumed,
            [
                "ResourceQuota shop/q has no status.used: nothing but this Deployment is taken to use it",
                "ResourceQuota shop/q: of the 4500m of requests.cpu in use, the 4 running pods are taken to use 4; that leaves \
                 room for 4 of these pods at a time"
            ]
        );
        assert_eq!(admit("{containers: [{name: web}]}", &beside).0.quotas.pods, Some(0), "these are BestEffort");
    }

    #[test]
    fn a_request_above_the_limit_that_a_limit_range_gives_is_refused() {
        let (admission, _) = admit(ASKS, &range("shop", "{type: Container, default: {cpu: 500m}}"));
        let expected = "the API server refuses every new pod: container web asks for cpu 1, more than its limit 500m, with what \
                        LimitRange shop/l fills in";
        assert_eq!(admission.refused, [expected]);
        let (admission, _) = admit(ASKS, &range("shop", "{type: Pod, min: {cpu: 2}}"));
        assert_eq!(
            admission.refused,
            ["LimitRange shop/l refuses every new pod: min cpu is 2, and the pod asks for 1"]
        );
        let own = "{containers: [{name: web}, {name: log}], resources: {requests: {cpu: 300m}}}";
        let (admission, _) = admit(own, &range("shop", "{type: Container, defaultRequest: {cpu: 200m}}"));
        assert_eq!(
            admission.refused,
            [
                "the API server refuses every new pod: its containers ask for cpu 400m, more than the 300m of the pod, with what \
              LimitRange shop/l fills in"
            ]
        );
    }

    #[test]
    fn a_limit_above_the_pods_own_is_refused() {
        let own = "{containers: [{name: web}], resources: {limits: {cpu: 300m}}}";
        let item = "{type: Container, default: {cpu: 1}, defaultRequest: {cpu: 1m}}";
        let expected = "the API server refuses every new pod: container web has the limit cpu 1, more than the 300m of the pod, \
                        with what LimitRange shop/l fills in";
        assert_eq!(admit(own, &range("shop", item)).0.refused, [expected]);
    }

    #[test]
    fn a_runtime_class_adds_its_overhead() {
        let class = "kind: RuntimeClass\nmetadata: {name: kata}\nhandler: kata\noverhead: {podFixed: {cpu: 250m, memory: 120Mi}}\n";
        let of = |rest: &str| admit(&format!("{{containers: [], runtimeClassName: kata{rest}}}"), class);
        let (admission, template) = of("");
        assert_eq!((admission.refused.len(), template.requests.get("cpu")), (0, 250));
        assert_eq!(of(", overhead: {cpu: 250m, memory: 120Mi}").0.refused.len(), 0);
        assert!(of(", overhead: {cpu: 1}").0.refused[0].starts_with("RuntimeClass kata refuses every new pod"));
        assert_eq!(admit("{runtimeClassName: gvisor}", class).1.requests.get("cpu"), 0);
        let choosy = format!("{class}scheduling: {{nodeSelector: {{kata: yes-please}}}}\n");
        let (_, template) = admit("{runtimeClassName: kata}", &choosy);
        assert!(template.node_choice.does_not_match(&Machine::default()).is_some());
    }
}
