//! The pods of others that stand on the Nodes of the input. They do not move while the Deployment rolls.
//!
//! A Pod object says where it is. The pods of a workload whose namespace has no Pod objects in the input are taken to be spread
//! over the Nodes that take them.

mod pod;

mod spread;

use std::collections::{BTreeMap, BTreeSet};

use crate::input::kubernetes::label_selector::{selects, text};
use crate::input::kubernetes::machine::Machine;
use crate::input::kubernetes::object::namespace_of;
use crate::input::tree::error::InputError;
use crate::input::tree::fields::Map;
use crate::input::tree::yaml::Node;

pub(crate) use pod::{StandingPod, StandingPods};
use pod::{pods_of_others, request_of};
pub(crate) use spread::OtherWorkload;

/// A workload whose pods are not others'.
pub(crate) struct Subject<'a> {
    pub(crate) kind: &'a str,
    pub(crate) namespace: &'a str,
    pub(crate) name: &'a str,
    pub(crate) selector: Option<Map<'a>>,
}

impl Subject<'_> {
    fn owns(&self, pod: &Map<'_>) -> bool {
        self.selector.as_ref().is_some_and(|selector| selects(selector, labels_of(pod)))
    }
}

/// The Deployments whose pods are not others': those that are simulated.
struct Subjects<'s, 'a> {
    all: &'s [Subject<'a>],
    by_namespace: BTreeMap<&'a str, Vec<usize>>,
}

impl<'s, 'a> Subjects<'s, 'a> {
    fn of(all: &'s [Subject<'a>]) -> Self {
        let mut by_namespace: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (number, subject) in all.iter().enumerate() {
            by_namespace.entry(subject.namespace).or_default().push(number);
        }
        Self { all, by_namespace }
    }

    /// The one whose selector selects the pod; of several the first.
    fn owner(&self, pod: &Map<'_>) -> Option<usize> {
        let here = self.by_namespace.get(namespace_of(pod).ok()?)?;
        here.iter().copied().find(|number| self.all[*number].owns(pod))
    }

    fn contain(&self, workload: &OtherWorkload<'_>) -> bool {
        let here = self.by_namespace.get(workload.namespace);
        let is_it = |number: &usize| self.all[*number].name == workload.name && self.all[*number].kind == workload.kind;
        here.is_some_and(|here| here.iter().any(is_it))
    }
}

/// The pods of others than `subjects` on `machines`: those of `pods`, and those of `workloads` in namespaces without any of `pods`.
pub(crate) fn standing<'n>(
    pods: &[&'n Node],
    workloads: &[OtherWorkload<'n>],
    subjects: &[Subject<'_>],
    machines: &[Machine],
) -> Result<StandingPods<'n>, InputError> {
    let mut found = StandingPods { own: vec![Vec::new(); subjects.len()], ..StandingPods::default() };
    let subjects = Subjects::of(subjects);
    let mut waiting = 0_usize;
    let mut seen_namespaces = BTreeSet::new();
    // Of several Nodes with one name the first counts.
    let numbered = machines.iter().enumerate().rev();
    let by_name: BTreeMap<&str, usize> = numbered.map(|(place, machine)| (machine.name(), place)).collect();
    for pod in pods {
        let pod = pod.map()?;
        seen_namespaces.insert(namespace_of(&pod)?);
        if has_ended(&pod)? {
            continue;
        }
        let Some(spec) = pod.map("spec")? else { continue };
        let owner = subjects.owner(&pod);
        let Some(node) = text(&spec, "nodeName") else {
            waiting += usize::from(owner.is_none());
            continue;
        };
        let Some(&machine) = by_name.get(node) else { continue };
        let terminating = pod.map("metadata")?.is_some_and(|metadata| metadata.get("deletionTimestamp").is_some());
        if let Some(owner) = owner {
            found.own[owner].extend((!terminating).then_some(machine));
            continue;
        }
        found.pods.push(StandingPod {
            namespace: namespace_of(&pod)?,
            labels: labels_of(&pod),
            request: request_of(&spec)?,
            spec,
            machine,
            terminating,
        });
    }
    // The order of the file does not matter.
    found.own.iter_mut().for_each(|own| own.sort_unstable());
    if waiting > 0 {
        found.assumed.push(format!("{} bound to no node and left out: they compete for room", pods_of_others(waiting)));
    }
    let mut unseen: Vec<&OtherWorkload<'n>> = workloads.iter().collect();
    unseen.retain(|workload| !subjects.contain(workload) && !seen_namespaces.contains(&workload.namespace));
    spread::add(&unseen, machines, &mut found)?;
    if found.pods.is_empty() && pods.is_empty() && !machines.is_empty() {
        found.assumed.push(
            "the Nodes of the input carry nothing else: there are no Pods in the input (kubectl get nodes,pods -A -o yaml \
             has them)"
                .into(),
        );
    }
    Ok(found)
}

fn labels_of<'n>(pod: &Map<'n>) -> Option<Map<'n>> {
    pod.map("metadata").ok().flatten()?.map("labels").ok().flatten()
}

/// Whether a pod has ended: it takes no room, though its object is still there.
fn has_ended(pod: &Map<'_>) -> Result<bool, InputError> {
    let phase = pod.map("status")?.map(|status| status.read("phase", Node::text)).transpose()?.flatten();
    Ok(matches!(phase, Some("Succeeded" | "Failed")))
}

#[cfg(test)]
mod tests;
