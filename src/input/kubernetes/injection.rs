//! Proxies that the webhooks of Istio and Linkerd add to each pod, as far as what they ask for is public.
//!
//! Istio: `manifests/charts/istio-control/istio-discovery`, `values.yaml` (100m and 128Mi, limits of 2 CPU and 1Gi) and
//! `files/injection-template.yaml`, where one annotation about resources puts all of the chart's aside. Linkerd:
//! `charts/linkerd-control-plane/values.yaml`, where the proxy asks for nothing, and the annotations of
//! linkerd.io/2/reference/proxy-configuration.

use crate::input::kubernetes::amounts::{Amounts, CPU, MEMORY, amount_of};
use crate::input::kubernetes::namespaces::{Labels, owned};
use crate::input::kubernetes::placement::PodNamespace;
use crate::input::kubernetes::requests::{Container, Resources, Role};
use crate::input::tree::error::InputError;
use crate::input::tree::fields::Map;
use crate::input::tree::yaml::Node;

/// What decides whether a pod gets a proxy.
struct Pod<'a> {
    annotations: Option<Map<'a>>,
    labels: Labels,
    /// Annotations and labels of its namespace, where they are known.
    of_namespace: (&'a Labels, &'a Labels),
}

/// The containers that are added to a pod with this metadata, each with a sentence where its amounts are only usual ones.
pub(crate) fn proxies(
    metadata: Option<Map<'_>>,
    home: &PodNamespace<'_>,
) -> Result<Vec<(Container, Option<String>)>, InputError> {
    let nothing = Labels::new();
    let under = |key: &str| metadata.map(|metadata| metadata.map(key)).transpose().map(Option::flatten);
    let of_namespace =
        (home.all.annotations(home.name).unwrap_or(&nothing), home.all.labels(home.name).unwrap_or(&nothing));
    let pod = Pod { annotations: under("annotations")?, labels: owned(under("labels")?), of_namespace };
    let mut found = Vec::new();
    if pod.gets_istio() {
        found.push(pod.istio()?);
    }
    if pod.gets_linkerd() {
        found.extend(pod.linkerd()?.map(|proxy| (proxy, None)));
    }
    Ok(found)
}

impl Pod<'_> {
    fn annotation(&self, key: &str) -> Option<&Node> {
        self.annotations?.get(key)
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.annotation(key)?.text().ok()
    }

    /// A namespace that is disabled overrules the pod; otherwise the pod overrules its namespace.
    fn gets_istio(&self) -> bool {
        const INJECT: &str = "sidecar.istio.io/inject";
        const REVISION: &str = "istio.io/rev";
        let of_namespace = self.of_namespace.1.get("istio-injection").map(String::as_str);
        let own = self.labels.get(INJECT).map(String::as_str).or_else(|| self.text(INJECT));
        match (of_namespace, own) {
            (Some("disabled"), _) | (_, Some("false")) => false,
            (Some("enabled"), _) | (_, Some("true")) => true,
            _ => self.of_namespace.1.contains_key(REVISION) || self.labels.contains_key(REVISION),
        }
    }

    fn istio(&self) -> Result<(Container, Option<String>), InputError> {
        let of = |cpu: &str, memory: &str| {
            let key = |name: &str| format!("sidecar.istio.io/{name}");
            amounts(self.annotation(&key(cpu)), self.annotation(&key(memory)))
        };
        let written =
            Resources { requests: of("proxyCPU", "proxyMemory")?, limits: of("proxyCPULimit", "proxyMemoryLimit")? };
        if !written.requests.is_empty() || !written.limits.is_empty() {
            return Ok((proxy("istio-proxy", written), None));
        }
        let requests = [(CPU, 100), (MEMORY, 128 << 20)].into();
        let usual = Resources { requests, limits: [(CPU, 2000), (MEMORY, 1 << 30)].into() };
        let sentence = "a webhook adds Istio's proxy to each pod, which is taken to ask for its chart's 100m CPU and 128Mi memory: \
                        the annotations sidecar.istio.io/proxyCPU and sidecar.istio.io/proxyMemory say other amounts";
        Ok((proxy("istio-proxy", usual), Some(sentence.into())))
    }

    fn gets_linkerd(&self) -> bool {
        const INJECT: &str = "linkerd.io/inject";
        let of_namespace = self.of_namespace.0.get(INJECT).map(String::as_str);
        matches!(self.text(INJECT).or(of_namespace), Some("enabled" | "ingress"))
    }

    /// `None`: nothing says that it asks for anything.
    fn linkerd(&self) -> Result<Option<Container>, InputError> {
        let of = |kind: &str| {
            let key = |resource: &str| format!("config.linkerd.io/proxy-{resource}-{kind}");
            amounts(self.annotation(&key(CPU)), self.annotation(&key(MEMORY)))
        };
        let written = Resources { requests: of("request")?, limits: of("limit")? };
        let asks = !written.requests.is_empty() || !written.limits.is_empty();
        Ok(asks.then(|| proxy("linkerd-proxy", written)))
    }
}

fn proxy(name: &str, resources: Resources) -> Container {
    Container { name: name.into(), role: Role::Main, resources }
}

fn amounts(cpu: Option<&Node>, memory: Option<&Node>) -> Result<Amounts, InputError> {
    let written = [(CPU, cpu), (MEMORY, memory)];
    let written = written.into_iter().filter_map(|(resource, node)| Some((resource, node?)));
    written.map(|(resource, node)| Ok((resource.to_owned(), amount_of(resource, node)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::kubernetes::namespaces::Namespaces;
    use crate::input::tree::yaml::node;

    /// CPU in thousandths and memory in MiB that the proxies of a pod ask for, and the number of sentences.
    fn asked(metadata: &str, namespace: &str) -> (u64, u64, usize) {
        let all = Namespaces::read(&[node(&format!("metadata: {{name: shop, {namespace}}}"))]).unwrap();
        let metadata = node(metadata);
        let home = PodNamespace { name: "shop", all: &all };
        let found = proxies(Some(metadata.map().unwrap()), &home).unwrap();
        let sum = |resource: &str| found.iter().map(|(one, _)| one.resources.requests.get(resource)).sum::<u64>();
        (sum(CPU), sum(MEMORY) >> 20, found.iter().filter(|(_, sentence)| sentence.is_some()).count())
    }

    #[test]
    fn who_gets_a_proxy_and_what_it_asks_for() {
        let (usual, none) = ((100, 128, 1), (0, 0, 0));
        let enabled = "labels: {istio-injection: enabled}";
        for (metadata, namespace, expected) in [
            ("{}", "", none),
            ("{}", enabled, usual),
            ("{labels: {sidecar.istio.io/inject: \"true\"}}", "", usual),
            ("{annotations: {sidecar.istio.io/inject: \"true\"}}", "", usual),
            ("{labels: {sidecar.istio.io/inject: \"false\"}}", enabled, none),
            ("{labels: {sidecar.istio.io/inject: \"true\"}}", "labels: {istio-injection: disabled}", none),
            ("{}", "labels: {istio.io/rev: canary}", usual),
            // One annotation about resources puts all of the chart's aside.
            ("{annotations: {sidecar.istio.io/proxyCPU: 250m}}", enabled, (250, 0, 0)),
            (
                "{annotations: {sidecar.istio.io/proxyMemory: 1Gi, sidecar.istio.io/proxyCPU: 2}}",
                enabled,
                (2000, 1024, 0),
            ),
            ("{annotations: {linkerd.io/inject: enabled}}", "", none),
            ("{annotations: {linkerd.io/inject: enabled, config.linkerd.io/proxy-cpu-request: 300m}}", "", (300, 0, 0)),
            (
                "{annotations: {config.linkerd.io/proxy-memory-request: 64Mi}}",
                "annotations: {linkerd.io/inject: enabled}",
                (0, 64, 0),
            ),
            ("{annotations: {linkerd.io/inject: disabled, config.linkerd.io/proxy-cpu-request: 1}}", "", none),
        ] {
            assert_eq!(asked(metadata, namespace), expected, "{metadata} {namespace}");
        }
    }
}
