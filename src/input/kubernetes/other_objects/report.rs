//! What an answer must say about the other objects of a manifest: claims, limits, other pods and workloads, and objects that
//! the pods name. None of them is modelled.

use super::kept::OtherObjects;
use super::probes::unnamed_ports;
use super::selectors::{Own, Term, terms_about_others};
use crate::input::kubernetes::border::{
    AUTOSCALER, BUDGET, CLAIM, Direction, Examined, NODE, Object, PERSISTENT_VOLUME, QUOTA, Reference, Unmodelled,
    examine, object_of, spec_of, unknown_keys,
};
use crate::input::kubernetes::label_selector::text;
use crate::input::kubernetes::object::{in_namespace, name_of, namespace_of, title};
use crate::input::kubernetes::standing::OtherWorkload;
use crate::input::tree::error::InputError;
use crate::input::tree::fields::Map;
use crate::input::tree::quantity::amount;
use crate::input::tree::yaml::Node;

/// What an answer must say about a Deployment and the other objects of its manifest.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) unmodelled: Vec<Unmodelled>,
    /// What is not modelled unless the pods of others are known.
    pub(crate) about_others: Vec<Unmodelled>,
    pub(crate) assumed: Vec<String>,
}

impl OtherObjects {
    /// Compares a Deployment, and the other objects of its manifest, with the table of what is modelled.
    ///
    /// `autoscaler` is the object that scales it, `simulated` how many Deployments, StatefulSets and DaemonSets are.
    pub(crate) fn report(
        &self,
        (kind, deployment): (&str, &Node),
        autoscaler: Option<&Node>,
        simulated: [usize; 3],
    ) -> Result<Report, InputError> {
        let object = deployment.map()?;
        let namespace = namespace_of(&object)?;
        let examined = examine(deployment, object_of(kind), "");
        let mut report = Report { assumed: unknown_keys(&examined.unknown), ..Report::default() };
        let title = title(kind, deployment)?;
        let own = Own { namespace, known: self.namespaces_called(namespace).next().is_some() };
        report.add_terms(terms_about_others(&object.require("spec")?.map()?, &own)?, &title);
        let pod = pod_spec(&object)?;
        let class = pod.map(|pod| self.runtime_class_of(&pod)).transpose()?.flatten();
        for found in &examined.gaps {
            if class.is_none() || !found.path.ends_with(".runtimeClassName") {
                report.add(found.report(&title));
            }
        }
        if let Some(pod) = &pod {
            for (kind, node) in self.storage.objects_of(pod, namespace)? {
                report.examine(kind, node, if kind == "PersistentVolume" { &PERSISTENT_VOLUME } else { &CLAIM })?;
            }
        }
        for field in pod.iter().map(unnamed_ports).collect::<Result<Vec<_>, _>>()?.concat() {
            report.add(unnamed_port(&title, &field));
        }
        self.report_quotas(namespace, &mut report)?;
        let rows: [(&str, Vec<&Node>, &'static Object); 3] = [
            ("PodDisruptionBudget", in_namespace(&self.budgets, namespace)?, &BUDGET),
            ("HorizontalPodAutoscaler", autoscaler.into_iter().collect(), &AUTOSCALER),
            ("Node", self.nodes.iter().collect(), &NODE),
        ];
        for (kind, nodes, table) in rows {
            nodes.into_iter().try_for_each(|node| report.examine(kind, node, table))?;
        }
        if let Some(field) = self.injects_containers(namespace) {
            report.add(injected(namespace, field));
        }
        report.assumed.extend(self.missing(&examined, namespace));
        report.assumed.extend(self.other_workloads(simulated));
        report.assumed.extend(self.of_other_namespaces(&object)?);
        Ok(report)
    }

    /// What holds in other namespaces than `default`, where the Deployment names none: it may be meant for theirs.
    fn of_other_namespaces(&self, deployment: &Map<'_>) -> Result<Option<String>, InputError> {
        let metadata = deployment.map("metadata")?;
        if metadata.is_some_and(|metadata| text(&metadata, "namespace").is_some_and(|name| !name.is_empty())) {
            return Ok(None);
        }
        let kinds = [
            ("ResourceQuota", &self.quotas),
            ("LimitRange", &self.limit_ranges),
            ("PodDisruptionBudget", &self.budgets),
        ];
        let mut elsewhere = Vec::new();
        for (kind, objects) in kinds {
            match objects.len() - in_namespace(objects, "default")?.len() {
                0 => {}
                count => elsewhere.push(format!("{count} {kind}")),
            }
        }
        Ok((!elsewhere.is_empty()).then(|| {
            format!(
                "the Deployment names no namespace and is taken to be in default: what the input has in other namespaces ({}) does \
                 not hold for it; write metadata.namespace",
                elsewhere.join(", ")
            )
        }))
    }

    fn namespaces_called<'a>(&'a self, name: &'a str) -> impl Iterator<Item = Map<'a>> {
        let objects = self.namespaces.iter().filter_map(|node| node.map().ok());
        objects.filter(move |object| name_of(object).unwrap_or_default() == name)
    }

    /// The field of a Namespace that makes a webhook add containers to its pods.
    fn injects_containers(&self, namespace: &str) -> Option<&'static str> {
        let under = |object: &Map<'_>, key: &str, name: &str| {
            let map = object.map("metadata").ok()??.map(key).ok()??;
            text(&map, name).map(str::to_owned)
        };
        self.namespaces_called(namespace).find_map(|object| {
            if under(&object, "labels", "istio-injection").as_deref() == Some("enabled") {
                return Some("metadata.labels.istio-injection");
            }
            let linkerd = under(&object, "annotations", "linkerd.io/inject");
            if matches!(linkerd.as_deref(), Some("enabled" | "ingress")) {
                return Some("metadata.annotations.linkerd.io/inject");
            }
            under(&object, "labels", "istio.io/rev").map(|_| "metadata.labels.istio.io/rev")
        })
    }

    /// What quotas of the namespace count beside pods. A quota of ReplicaSets that is not full has room for that of a rollout.
    fn report_quotas(&self, namespace: &str, report: &mut Report) -> Result<(), InputError> {
        for quota in in_namespace(&self.quotas, namespace)? {
            let title = title("ResourceQuota", quota)?;
            for found in &examine(quota, &QUOTA, "").gaps {
                let name = found.path.strip_prefix("spec.hard.");
                if !name.map(|name| has_room(&quota.map()?, name)).transpose()?.unwrap_or(false) {
                    report.add(found.report(&title));
                }
            }
        }
        Ok(())
    }

    /// Objects that the pods name and that are not in the input.
    fn missing(&self, examined: &Examined<'_>, namespace: &str) -> Option<String> {
        let is_missing =
            |one: &&Reference| !self.named.contains(&(one.kind.to_owned(), namespace.to_owned(), one.name.clone()));
        taken_to_exist(examined.references.iter().filter(is_missing))
    }

    /// Number and kinds of the workloads whose pods do not stand on the Nodes; their names are not the forecast's business and
    /// stay out of results.
    fn other_workloads(&self, simulated: [usize; 3]) -> Option<String> {
        let stands = |kind: &str| !self.nodes.is_empty() && OtherWorkload::keeps_pods(kind);
        let others = self.workloads.iter().filter(|(kind, _)| !stands(kind));
        let of_kind = |kind: &str| match kind {
            "Deployment" => simulated[0],
            "StatefulSet" => simulated[1],
            "DaemonSet" => simulated[2],
            _ => 0,
        };
        let others = others.map(|(kind, count)| (kind, count.saturating_sub(of_kind(kind))));
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

fn injected(namespace: &str, field: &str) -> Unmodelled {
    Unmodelled::new(
        &format!("Namespace {namespace}"),
        field,
        "a webhook adds a proxy to each pod: what it asks for is counted, its probes and a start of its own are not (write it into \
         the template as a sidecar)"
            .into(),
        Direction::TooGood,
        false,
    )
}

impl Report {
    /// What an answer must say about a spec that an experiment writes itself, without other objects.
    pub(crate) fn of_spec(kind: &str, name: &str, spec: &Node) -> Self {
        let examined = examine(spec, spec_of(kind), "spec");
        let mut report = Self { assumed: unknown_keys(&examined.unknown), ..Self::default() };
        let title = format!("{kind} {name}");
        if let Ok(Ok(terms)) =
            spec.map().map(|spec| terms_about_others(&spec, &Own { namespace: "default", known: false }))
        {
            report.add_terms(terms, &title);
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
        add_once(&mut self.unmodelled, one);
    }

    /// Terms about pods of others and about namespaces.
    fn add_terms(&mut self, terms: Vec<Term>, title: &str) {
        for term in terms {
            let list = if term.lacks_pods() { &mut self.about_others } else { &mut self.unmodelled };
            add_once(list, term.report(title));
        }
    }
}

fn add_once(list: &mut Vec<Unmodelled>, one: Unmodelled) {
    let identity = |one: &Unmodelled| {
        let kind = one.object.split(' ').next().unwrap_or_default();
        format!("{kind} {}", one.field.replace(".resources.limits.", ".resources.requests."))
    };
    if list.iter().all(|known| identity(known) != identity(&one)) {
        list.push(one);
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

fn pod_spec<'a>(deployment: &Map<'a>) -> Result<Option<Map<'a>>, InputError> {
    let template = deployment.require("spec")?.map()?.map("template")?;
    template.map(|template| template.map("spec")).transpose().map(Option::flatten)
}

/// Whether a quota has room for one more of what it counts under `name`.
fn has_room(quota: &Map<'_>, name: &str) -> Result<bool, InputError> {
    let of = |part: &str, key: &str| {
        let map = quota.map(part)?.map(|part| part.map(key)).transpose()?.flatten();
        map.map(|map| map.read(name, amount)).transpose().map(Option::flatten)
    };
    let (hard, used) = (of("spec", "hard")?, of("status", "used")?);
    Ok(hard.zip(used).is_some_and(|(hard, used)| used < hard))
}
