//! What an answer must say about the other objects of a manifest: claims, limits, other pods and workloads, and objects that
//! the pods name. None of them is modelled.

use super::kept::OtherObjects;
use super::limits::Pods;
use super::selectors::{Own, terms_about_others};
use crate::input::kubernetes::border::{
    AUTOSCALER, BUDGET, CLAIM, DEPLOYMENT, Direction, Examined, LIMIT_RANGE_ITEM, NODE, Object, QUOTA, Reference, SPEC,
    Unmodelled, UnmodelledField, examine, unknown_keys,
};
use crate::input::kubernetes::label_selector::{selects, text};
use crate::input::kubernetes::object::{name_of, namespace_of};
use crate::input::tree::error::InputError;
use crate::input::tree::fields::Map;
use crate::input::tree::yaml::Node;

/// What an answer must say about a Deployment and the other objects of its manifest.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) unmodelled: Vec<Unmodelled>,
    pub(crate) assumed: Vec<String>,
}

impl OtherObjects {
    /// Compares a Deployment, and the other objects of its manifest, with the table of what is modelled.
    ///
    /// `autoscaler` is the object that scales it.
    pub(crate) fn report(&self, deployment: &Node, autoscaler: Option<&Node>) -> Result<Report, InputError> {
        let object = deployment.map()?;
        let namespace = namespace_of(&object)?;
        let examined = examine(deployment, &DEPLOYMENT, "");
        let mut report = Report { assumed: unknown_keys(&examined.unknown), ..Report::default() };
        let title = title("Deployment", deployment)?;
        let own = Own { namespace, known: self.namespaces_called(namespace).next().is_some() };
        terms_about_others(&object.require("spec")?.map()?, &own)?
            .into_iter()
            .for_each(|one| report.add(one.report(&title)));
        for found in &examined.gaps {
            match self.claim_of(found, namespace)? {
                Some(claim) if is_shared(claim)? => report.examine("PersistentVolumeClaim", claim, &CLAIM)?,
                Some(claim) => {
                    report.add(found.report(&title));
                    report.examine("PersistentVolumeClaim", claim, &CLAIM)?;
                }
                None => report.add(found.report(&title)),
            }
        }
        if let Some(pods) = Pods::of(&object)? {
            self.report_limits(&pods, namespace, &mut report)?;
            for field in pods.unnamed_ports()? {
                report.add(unnamed_port(&title, &field));
            }
        }
        let rows: [(&str, Vec<&Node>, &'static Object); 3] = [
            ("PodDisruptionBudget", in_namespace(&self.budgets, namespace)?, &BUDGET),
            ("HorizontalPodAutoscaler", autoscaler.into_iter().collect(), &AUTOSCALER),
            ("Node", self.nodes.iter().collect(), &NODE),
        ];
        for (kind, nodes, table) in rows {
            nodes.into_iter().try_for_each(|node| report.examine(kind, node, table))?;
        }
        if self.injects_containers(namespace) {
            report.add(injected(namespace));
        }
        report.unmodelled.extend(self.other_pods(&object)?);
        report.assumed.extend(self.missing(&examined, namespace));
        report.assumed.extend(self.other_workloads());
        Ok(report)
    }

    fn namespaces_called<'a>(&'a self, name: &'a str) -> impl Iterator<Item = Map<'a>> {
        let objects = self.namespaces.iter().filter_map(|node| node.map().ok());
        objects.filter(move |object| name_of(object).unwrap_or_default() == name)
    }

    /// Whether a webhook adds containers to the pods of a namespace.
    fn injects_containers(&self, namespace: &str) -> bool {
        let enabled = |object: Map<'_>| {
            let labels = object.map("metadata").ok()??.map("labels").ok()??;
            Some(text(&labels, "istio-injection") == Some("enabled"))
        };
        self.namespaces_called(namespace).any(|object| enabled(object) == Some(true))
    }

    /// Quotas and limit ranges of the namespace, without what the pods make harmless by what they write.
    fn report_limits(&self, pods: &Pods<'_>, namespace: &str, report: &mut Report) -> Result<(), InputError> {
        for quota in in_namespace(&self.quotas, namespace)? {
            let title = title("ResourceQuota", quota)?;
            pods.unspecified(&quota.map()?, &title)?.into_iter().for_each(|one| report.add(one));
            for found in &examine(quota, &QUOTA, "").gaps {
                let used = found.path.strip_prefix("status.used.");
                if !used.map(|key| pods.uses(key, found.value)).transpose()?.unwrap_or(false) {
                    report.add(found.report(&title));
                }
            }
        }
        for range in in_namespace(&self.limit_ranges, namespace)? {
            let title = title("LimitRange", range)?;
            let spec = range.map()?.map("spec")?;
            for item in spec.map_or(Ok(&[][..]), |spec| spec.list("limits"))? {
                if item.map()?.get("type").is_some_and(|kind| kind.text() == Ok("PersistentVolumeClaim")) {
                    continue;
                }
                for found in &examine(item, &LIMIT_RANGE_ITEM, "spec.limits").gaps {
                    let field = found.path.rsplit('.').next().unwrap_or_default();
                    if !pods.need_no_default(field, found.value)? {
                        report.add(found.report(&title));
                    }
                }
            }
        }
        Ok(())
    }

    /// The claim of the input that a volume names.
    fn claim_of(&self, found: &UnmodelledField<'_>, namespace: &str) -> Result<Option<&Node>, InputError> {
        if !found.path.ends_with(".persistentVolumeClaim") {
            return Ok(None);
        }
        let wanted = found.value.map().ok().and_then(|map| map.get("claimName")).and_then(|name| name.text().ok());
        let claims = in_namespace(&self.claims, namespace)?;
        Ok(claims.into_iter().find(|claim| claim.map().is_ok_and(|claim| name_of(&claim) == wanted)))
    }

    /// Pods of others that run on the nodes of the input.
    fn other_pods(&self, deployment: &Map<'_>) -> Result<Option<Unmodelled>, InputError> {
        let namespace = namespace_of(deployment)?;
        let spec = deployment.require("spec")?.map()?;
        let selector = spec.map("selector")?;
        let is_own = |pod: &Map<'_>| {
            let labels = pod.map("metadata").ok().flatten().and_then(|metadata| metadata.map("labels").ok().flatten());
            namespace_of(pod) == Ok(namespace) && selector.as_ref().is_some_and(|selector| selects(selector, labels))
        };
        let mut others = 0;
        for pod in &self.pods {
            let pod = pod.map()?;
            others += u64::from(takes_room(&pod)? && !is_own(&pod));
        }
        Ok((others > 0 && !self.nodes.is_empty()).then(|| {
            Unmodelled::new(
                "Nodes of the input",
                "pods",
                format!("{others} pods of others run on them already; the forecast takes the nodes as empty"),
                Direction::TooGood,
                true,
            )
        }))
    }

    /// Objects that the pods name and that are not in the input.
    fn missing(&self, examined: &Examined<'_>, namespace: &str) -> Option<String> {
        let is_missing =
            |one: &&Reference| !self.named.contains(&(one.kind.to_owned(), namespace.to_owned(), one.name.clone()));
        taken_to_exist(examined.references.iter().filter(is_missing))
    }

    /// Their number and kinds; their names are not the forecast's business and stay out of results.
    fn other_workloads(&self) -> Option<String> {
        let others = self.workloads.iter().map(|(kind, count)| (kind, count - usize::from(kind == "Deployment")));
        let listed: Vec<String> =
            others.filter(|(_, count)| *count > 0).map(|(kind, count)| format!("{count} {kind}")).collect();
        (!listed.is_empty()).then(|| {
            format!(
                "other workloads of the input ({}) are no part of this forecast: their pods take no room",
                listed.join(", ")
            )
        })
    }
}

fn unnamed_port(title: &str, field: &str) -> Unmodelled {
    Unmodelled::new(
        title,
        &format!("spec.template.spec.containers.{field}"),
        "the container has no port of this name, so that the kubelet cannot ask and the probe never passes".into(),
        Direction::TooGood,
        true,
    )
}

fn injected(namespace: &str) -> Unmodelled {
    Unmodelled::new(
        &format!("Namespace {namespace}"),
        "metadata.labels.istio-injection",
        "a webhook adds a container to each pod, with requests, probes and a start of its own".into(),
        Direction::TooGood,
        false,
    )
}

impl Report {
    /// What an answer must say about a spec that an experiment writes itself, without other objects.
    pub(crate) fn of_spec(name: &str, spec: &Node) -> Self {
        let examined = examine(spec, &SPEC, "spec");
        let mut report = Self { assumed: unknown_keys(&examined.unknown), ..Self::default() };
        let title = format!("Deployment {name}");
        if let Ok(Ok(terms)) =
            spec.map().map(|spec| terms_about_others(&spec, &Own { namespace: "default", known: false }))
        {
            terms.into_iter().for_each(|one| report.add(one.report(&title)));
        }
        examined.gaps.iter().for_each(|found| report.add(found.report(&title)));
        report.assumed.extend(taken_to_exist(examined.references.iter()));
        report
    }

    fn examine(&mut self, kind: &str, node: &Node, table: &'static Object) -> Result<(), InputError> {
        let title = title(kind, node)?;
        examine(node, table, "").gaps.iter().for_each(|found| self.add(found.report(&title)));
        Ok(())
    }

    /// Each field once, whatever number of objects of the kind have it; of a resource's request and limit the one that comes first.
    fn add(&mut self, one: Unmodelled) {
        let identity = |one: &Unmodelled| {
            let kind = one.object.split(' ').next().unwrap_or_default();
            format!("{kind} {}", one.field.replace(".resources.limits.", ".resources.requests."))
        };
        if self.unmodelled.iter().all(|known| identity(known) != identity(&one)) {
            self.unmodelled.push(one);
        }
    }
}

fn taken_to_exist<'r>(missing: impl Iterator<Item = &'r Reference>) -> Option<String> {
    let names: Vec<_> = missing.map(|one| format!("{} {}", one.kind, one.name)).collect();
    match names.as_slice() {
        [] => None,
        [one] => Some(format!("{one} is not in the input: it is taken to exist")),
        [first @ .., last] => {
            Some(format!("{} and {last} are not in the input: they are taken to exist", first.join(", ")))
        }
    }
}

/// Whether a claim may be mounted on several nodes at once.
fn is_shared(claim: &Node) -> Result<bool, InputError> {
    let Some(spec) = claim.map()?.map("spec")? else { return Ok(false) };
    let modes = spec.list("accessModes")?;
    Ok(modes.iter().any(|mode| matches!(mode.text(), Ok("ReadWriteMany" | "ReadOnlyMany"))))
}

/// Whether a pod is on a node and has not ended.
fn takes_room(pod: &Map<'_>) -> Result<bool, InputError> {
    let of = |part: &str, field: &str| -> Result<Option<String>, InputError> {
        let part = pod.map(part)?;
        Ok(part.map(|part| part.read(field, Node::text)).transpose()?.flatten().map(str::to_owned))
    };
    let ended = matches!(of("status", "phase")?.as_deref(), Some("Succeeded" | "Failed"));
    Ok(of("spec", "nodeName")?.is_some() && !ended)
}

fn in_namespace<'n>(nodes: &'n [Node], namespace: &str) -> Result<Vec<&'n Node>, InputError> {
    let mut found = Vec::new();
    for node in nodes {
        if namespace_of(&node.map()?)? == namespace {
            found.push(node);
        }
    }
    Ok(found)
}

fn title(kind: &str, node: &Node) -> Result<String, InputError> {
    let object = node.map()?;
    let name = name_of(&object).unwrap_or_default();
    let namespace = object.map("metadata")?.and_then(|metadata| metadata.get("namespace"));
    Ok(match namespace.and_then(|namespace| namespace.text().ok()) {
        Some(namespace) => format!("{kind} {namespace}/{name}"),
        None => format!("{kind} {name}"),
    })
}
