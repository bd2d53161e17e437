//! The pods of workloads that no Pod objects show, spread over the Nodes that take them.

use super::pod::{StandingPod, StandingPods, pods_of_others, request_of};
use crate::input::kubernetes::amounts::{Amounts, CPU, MEMORY};
use crate::input::kubernetes::machine::Machine;
use crate::input::kubernetes::namespaces::owned;
use crate::input::kubernetes::node_affinity::NodeChoice;
use crate::input::kubernetes::object::{name_of, namespace_of};
use crate::input::kubernetes::replicas::running;
use crate::input::tree::error::InputError;
use crate::input::tree::fields::Map;

/// A workload of the input with a pod template.
#[derive(Clone, Copy)]
pub(crate) struct OtherWorkload<'n> {
    pub(crate) kind: &'n str,
    pub(crate) namespace: &'n str,
    pub(crate) name: &'n str,
    spec: Map<'n>,
    status: Option<Map<'n>>,
}

/// Kinds that keep a number of pods running.
const KEEP_REPLICAS: [&str; 5] = ["Deployment", "StatefulSet", "ReplicaSet", "ReplicationController", "Rollout"];

impl<'n> OtherWorkload<'n> {
    /// Whether pods of a kind stand for as long as the workload does. Jobs end.
    pub(crate) fn keeps_pods(kind: &str) -> bool {
        kind == "DaemonSet" || KEEP_REPLICAS.contains(&kind)
    }

    /// Reads an object; `None`: it has no spec.
    pub(crate) fn read(kind: &'n str, object: &Map<'n>) -> Result<Option<Self>, InputError> {
        let (namespace, name) = (namespace_of(object)?, name_of(object).unwrap_or_default());
        let status = object.map("status")?;
        Ok(object.map("spec")?.map(|spec| Self { kind, namespace, name, spec, status }))
    }

    /// How many pods it has; `None`: one for each node.
    fn replicas(&self) -> Result<Option<usize>, InputError> {
        if self.kind == "DaemonSet" {
            return Ok(None);
        }
        let replicas = running(self.status, &self.spec)?.unwrap_or(1);
        Ok(Some(usize::try_from(replicas).unwrap_or(0)))
    }
}

/// Adds the pods of `workloads` to those that are `found`. DaemonSets come first, whose pods have no choice of node, then the
/// others by what their pods are like, so that neither names nor the order of the file matter.
pub(super) fn add<'n>(
    workloads: &[&OtherWorkload<'n>],
    machines: &[Machine],
    found: &mut StandingPods<'n>,
) -> Result<(), InputError> {
    if machines.is_empty() {
        return Ok(());
    }
    let mut room = Room::of(machines, found);
    let templates = workloads.iter().map(|workload| Template::read(workload));
    let mut templates: Vec<Template<'_>> =
        templates.collect::<Result<Vec<_>, InputError>>()?.into_iter().flatten().collect();
    templates.sort_by(|one, other| one.order().cmp(&other.order()));
    let before = found.pods.len();
    let left_out: usize = templates.iter().map(|template| room.place(template, found)).sum();
    let count = found.pods.len() - before;
    if count > 0 {
        found.assumed.push(format!(
            "{} spread over the Nodes that take them: no Pods of their namespaces are in the input",
            pods_of_others(count).replace(" are", " are taken to be").replace(" is", " is taken to be")
        ));
    }
    if left_out > 0 {
        found.assumed.push(format!("{} left out: no Node of the input has room for them", pods_of_others(left_out)));
    }
    Ok(())
}

/// A workload's pods.
struct Template<'n> {
    kind: &'n str,
    namespace: &'n str,
    labels: Option<Map<'n>>,
    spec: Map<'n>,
    request: Amounts,
    choice: NodeChoice,
    /// How many there are; `None`: one for each node.
    replicas: Option<usize>,
}

impl<'n> Template<'n> {
    /// `None`: the workload has no pod template of its own, as a Rollout that refers to a Deployment.
    fn read(workload: &OtherWorkload<'n>) -> Result<Option<Self>, InputError> {
        let Some(template) = workload.spec.map("template")? else { return Ok(None) };
        let Some(spec) = template.map("spec")? else { return Ok(None) };
        Ok(Some(Self {
            kind: workload.kind,
            namespace: workload.namespace,
            labels: template.map("metadata")?.map(|metadata| metadata.map("labels")).transpose()?.flatten(),
            spec,
            request: request_of(&spec)?,
            choice: NodeChoice::read(&spec)?,
            replicas: workload.replicas()?,
        }))
    }

    fn order(&self) -> impl Ord + use<'n> {
        let request: Vec<(String, u64)> =
            self.request.iter().map(|(resource, amount)| (resource.to_owned(), amount)).collect();
        (self.kind != "DaemonSet", self.namespace, self.kind, owned(self.labels), request, self.replicas)
    }
}

/// What the Nodes have left.
struct Room<'a> {
    machines: &'a [Machine],
    used: Vec<Amounts>,
}

impl<'a> Room<'a> {
    fn of(machines: &'a [Machine], found: &StandingPods<'_>) -> Self {
        let mut room = Self { machines, used: vec![Amounts::default(); machines.len()] };
        found.pods.iter().for_each(|pod| room.used[pod.machine].add(&pod.request));
        room
    }

    /// Places the pods of a workload; gives how many found no room.
    fn place<'n>(&mut self, template: &Template<'n>, found: &mut StandingPods<'n>) -> usize {
        let takes = |machine: &usize| template.choice.refuses(&self.machines[*machine]).is_none();
        let takes: Vec<usize> = (0..self.machines.len()).filter(takes).collect();
        let (wanted, most) = template.replicas.map_or((takes.len(), 1), |replicas| (replicas, usize::MAX));
        let mut own = vec![0_usize; self.machines.len()];
        for placed in 0..wanted {
            let fits = |machine: &usize| own[*machine] < most && self.fits(*machine, &template.request);
            let emptiest = takes
                .iter()
                .copied()
                .filter(fits)
                .min_by(|a, b| own[*a].cmp(&own[*b]).then(self.load(*a).total_cmp(&self.load(*b))).then(a.cmp(b)));
            let Some(machine) = emptiest else { return wanted - placed };
            own[machine] += 1;
            self.used[machine].add(&template.request);
            found.pods.push(StandingPod {
                namespace: template.namespace,
                labels: template.labels,
                spec: template.spec,
                request: template.request.clone(),
                machine,
                terminating: false,
            });
        }
        0
    }

    fn fits(&self, machine: usize, request: &Amounts) -> bool {
        let (capacity, used) = (&self.machines[machine].capacity, &self.used[machine]);
        let mut asked = request.iter().filter(|(_, amount)| *amount > 0);
        asked.all(|(resource, amount)| used.get(resource).saturating_add(amount) <= capacity.get(resource))
    }

    /// The share of a node that is taken, the mean of CPU and memory.
    fn load(&self, machine: usize) -> f64 {
        let share = |resource: &str| match self.machines[machine].capacity.get(resource) {
            0 => 1.0,
            whole => self.used[machine].get(resource) as f64 / whole as f64,
        };
        f64::midpoint(share(CPU), share(MEMORY))
    }
}
