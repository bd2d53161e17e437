//! The workloads of an experiment, put together to the world that is simulated.

use crate::input::experiment::distribution::distribution;
use crate::input::experiment::fields::Context;
use crate::input::experiment::world::groups;
use crate::input::experiment::world::member::Member;
use crate::input::experiment::world::quotas::Quotas;
use crate::input::experiment::world::room;
use crate::input::experiment::world::volumes::volumes;
use crate::input::keys::cluster::CLUSTER;
use crate::input::tree::error::{InputError, Problem};
use crate::input::tree::fields::Map;
use crate::scenario::{
    Change, ControlPlane, MeasuredEvent, Observe, PodModel, Refusal, Release, Scenario, Start, Template, Until,
    Workload, World,
};

/// A world, and what is assumed about it.
pub(super) struct Joined {
    pub(super) world: World,
    pub(super) assumed: Vec<String>,
}

/// All workloads stand on the same nodes.
fn check_nodes(members: &[Member<'_>]) -> Result<(), Problem> {
    let nodes = |member: &Member<'_>| member.resolved.scenario.cluster.nodes.len();
    let first = &members[0];
    match members.iter().find(|member| nodes(member) != nodes(first)) {
        None => Ok(()),
        Some(other) => Err(Problem::Refused(format!(
            "{} has {} nodes and {} has {}: a `spec` that is written in the experiment knows no Node objects; put the Deployment \
             into a file with the others, or write cluster.nodes",
            first.entry.name,
            nodes(first),
            other.entry.name,
            nodes(other)
        ))),
    }
}

/// Puts `members` together, which `map` describes.
pub(super) fn join(
    map: &Map<'_>,
    members: &mut [Member<'_>],
    release: Release,
    context: Context<'_>,
) -> Result<Joined, Problem> {
    check_nodes(members)?;
    let cluster = map.map("cluster")?.map(|cluster| cluster.with_names(&CLUSTER));
    let first = &members[0];
    let has_machines = !first.part.own_nodes && !first.part.workload.machines.is_empty();
    let guessed = !first.part.own_nodes && !has_machines;
    let room = room::room(members, guessed);
    name_resources(members, &room.resources[3..]);
    let workloads: Vec<Workload> = members.iter().enumerate().map(|(number, one)| workload(number, one)).collect();
    if members[0].resolved.scenario.start == Start::Steady {
        room::check(&room, &workloads)?;
    }
    let Quotas { list: quotas, mut assumed } = Quotas::of(cluster, members)?;
    let (all_volumes, numbers) = volumes(members)?;
    let mut pods: Vec<PodModel> = Vec::new();
    for (member, numbers) in members.iter().zip(numbers) {
        for model in &member.resolved.scenario.pods[..2] {
            let own = model.volumes.iter().map(|volume| numbers[usize::from(*volume)]).collect();
            pods.push(PodModel { volumes: own, ..model.clone() });
        }
    }
    groups::place(members, cluster, context.defaults, &mut pods)?;
    // Pods of still older versions, which only the snapshot of a workload alone shows, are as those of the one before.
    let others = members[0].others();
    pods.extend(std::iter::repeat_n(pods[0].clone(), usize::from(others)));
    let mut shared = Scenario { pods, volumes: all_volumes, ..members[0].resolved.scenario.clone() };
    shared.deployment = workloads[0].deployment;
    shared.cluster.found_on = Vec::new();
    shared.cluster.disruption_budget = None;
    shared.cluster.pod_quota = None;
    shared.event = MeasuredEvent::Rollout;
    shared.until = Until::Success { observe: Observe::Not };
    shared.control_plane = latencies(map, shared.control_plane, context, &mut assumed)?;
    if guessed {
        assumed.push(format!(
            "nobody wrote the nodes: there are taken to be {}, which is the sum of what each workload would get alone, of the size that \
             the largest pod needs: write cluster.nodes, or give the Node objects (kubectl get nodes -o yaml)",
            shared.cluster.nodes_at_start()
        ));
    }
    Ok(Joined { world: World { shared, workloads, room, quotas, release }, assumed })
}

/// The workload with the templates 2w and 2w + 1 of the world.
fn workload(number: usize, member: &Member<'_>) -> Workload {
    let scenario = &member.resolved.scenario;
    let old = 2 * number as Template;
    let mut deployment = scenario.deployment;
    deployment.template += old;
    let mut stateful_set = member.part.workload.stateful_set;
    if let Some(set) = &mut stateful_set {
        set.spec.template += old;
    }
    let mut found_on = scenario.cluster.found_on.clone();
    let mut daemon_set = member.part.workload.daemon_set;
    if let Some(set) = &mut daemon_set {
        let open = || (0..).zip(&member.open).filter(|(_, open)| **open).map(|(node, _)| node);
        found_on = open().take_while(|node: &u32| (*node as usize) < scenario.cluster.nodes_at_start()).collect();
        set.spec.template += old;
        (set.nodes, set.most) = (found_on.len() as i32, open().count() as i32);
        deployment = set.as_deployment();
    }
    Workload {
        name: member.entry.name.clone(),
        key: member.entry.key(),
        deployment,
        stateful_set,
        daemon_set,
        old,
        new: old + 1,
        others: member.others(),
        change: match scenario.event {
            MeasuredEvent::Scale { from } => Change::Scale { from },
            MeasuredEvent::Rollout => Change::Rollout,
            _ => Change::Nothing,
        },
        at: member.entry.time,
        found_on,
        open: if member.open.contains(&false) { member.open.clone() } else { Vec::new() },
        closed_by: closed_by(member),
        budget: scenario.cluster.disruption_budget,
        rollback: scenario.rollback,
        availability_objective: scenario.availability_objective,
    }
}

/// Why the pods of a workload may not go to each node that is closed to them. Of a node that holds no more volumes nothing is known but
/// what it has too little of, which is not why.
fn closed_by(member: &Member<'_>) -> Vec<Refusal> {
    let closes = |refusal: &Refusal| {
        matches!(refusal, Refusal::Unschedulable | Refusal::Taint | Refusal::NodeAffinity | Refusal::Ports)
    };
    let full = &member.resolved.scenario.cluster.explanation.full;
    if !member.open.contains(&false) {
        return Vec::new();
    }
    full.iter().map(|refusal| if closes(refusal) { *refusal } else { Refusal::NodeAffinity }).collect()
}

/// All workloads count the other resources in the order of the world.
fn name_resources(members: &mut [Member<'_>], names: &[String]) {
    for member in members {
        let explanation = &mut member.resolved.scenario.cluster.explanation;
        let own = std::mem::replace(&mut explanation.resources, names.to_vec());
        let place = |number: u8| {
            let name = own.get(usize::from(number))?;
            u8::try_from(names.iter().position(|known| known == name)?).ok()
        };
        let renamed = |refusal: &mut Refusal| {
            if let Refusal::Other(number) = refusal {
                *number = place(*number).unwrap_or(u8::MAX);
            }
        };
        explanation.full.iter_mut().for_each(renamed);
    }
}

/// Requests and changes that all take the same time would have all controllers move in step.
fn latencies(
    map: &Map<'_>,
    shared: ControlPlane,
    context: Context<'_>,
    assumed: &mut Vec<String>,
) -> Result<ControlPlane, InputError> {
    let mut control_plane = shared;
    let written = map.map("controlPlane")?;
    let keys = [("apiLatency", &mut control_plane.api_latency), ("watchLatency", &mut control_plane.watch_latency)];
    for (key, latency) in keys {
        if written.is_some_and(|own| own.get(key).is_some()) {
            continue;
        }
        let default = context.defaults.get(&format!("[controlPlane.{key}: several workloads]"));
        *latency = distribution(default, context.files)?;
        assumed.push(format!(
            "controlPlane.{key} {}: with a time that never varies all controllers would move in step; write --set \
             controlPlane.{key}=...",
            without_braces(&default.flow())
        ));
    }
    Ok(control_plane)
}

/// A map as `rollcast defaults` writes it.
fn without_braces(map: &str) -> &str {
    map.strip_prefix('{').and_then(|inside| inside.strip_suffix('}')).unwrap_or(map)
}
