//! Measures what several workloads take of their cluster together.

use crate::metrics::cluster_record::{ClusterRecord, ReleaseOutcome, StallForRoom};
use crate::metrics::curve::Curve;
use crate::metrics::quota_use::QuotaUse;
use crate::scenario::{Change, Found, Room, Start, Target, Template, WorkloadId, World};
use crate::sim::{Fact, OwnerId, PodId, StallCause, WorldSpan};
use crate::time::{SimDuration, SimTime};

/// Amounts that pods ask for together, or that nodes have for them: CPU in thousandths of a core and memory in bytes.
type Amounts = [u64; 2];

/// A pod that has not gone.
#[derive(Clone, Copy, Debug)]
struct Pod {
    owner: OwnerId,
    template: Template,
    placed: bool,
    /// It has no deletion timestamp, so that its ReplicaSet counts it.
    counted: bool,
    unschedulable: bool,
    gone: bool,
}

/// A ReplicaSet.
#[derive(Clone, Copy, Debug)]
struct Owner {
    workload: WorkloadId,
    size: i32,
    pods: i32,
    /// A quota has refused pods that it lacks since then.
    blocked: bool,
}

/// A node.
#[derive(Clone, Copy, Debug)]
struct Node {
    there: bool,
    free: Amounts,
}

/// A workload.
#[derive(Clone, Copy, Debug)]
struct Workload {
    pods: u32,
    found: u32,
    stalled: bool,
    /// The version that is asked for is not the one that was to be rolled out.
    undone: bool,
    rolls_out: bool,
    new: Template,
    /// It is no Deployment, and its only owner of pods has the workload's number.
    owns_pods: bool,
}

/// Measures one replication after the other. Only states that last count: one that begins and ends in the same instant is in no sum
/// and no extreme, but in those of quotas, whose admission decides at instants.
#[derive(Debug, Default)]
pub struct ClusterMeter {
    last: SimTime,
    /// The instant of the first fact, and whether more was asked for until then than the nodes have.
    first: SimTime,
    over_at_first: bool,
    /// By pod of the world.
    pods: Vec<Pod>,
    /// By owner of the world.
    owners: Vec<Owner>,
    /// How many of them lack pods that a quota has refused.
    blocked: u32,
    nodes: Vec<Node>,
    workloads: Vec<Workload>,
    /// What one pod asks for, by template and resource.
    asked: Vec<u64>,
    resources: usize,
    /// What all pods ask for, and those on nodes, by resource.
    all: Vec<u64>,
    placed: Amounts,
    placed_pods: u32,
    pending_pods: u32,
    available: u32,
    quotas: QuotaUse,
    curve: Curve<Vec<u64>>,
    sample: Vec<u64>,
    /// What the nodes that are there have for these pods, and how many of them have no limit.
    room: Amounts,
    unlimited: [u32; 2],
    nodes_there: u32,
    sums: ClusterRecord,
}

impl ClusterMeter {
    /// Gets ready for a replication of `world`.
    pub fn begin(&mut self, world: &World) {
        let room = &world.room;
        (self.last, self.first) = (SimTime::NEVER, SimTime::NEVER);
        self.resources = room.resources.len();
        self.asked.clone_from(&room.asked);
        self.all.clear();
        self.all.resize(self.resources, 0);
        (self.placed, self.placed_pods, self.pending_pods, self.blocked) = ([0; 2], 0, 0, 0);
        self.available = 0;
        self.quotas.begin(&world.quotas);
        self.sums = ClusterRecord::default();
        self.pods.clear();
        self.owners.clear();
        self.workloads.clear();
        self.begin_nodes(world);
        for (w, workload) in (0..).zip(&world.workloads) {
            let found = world.found(w);
            self.owners.push(Owner { workload: w, size: found as i32, pods: 0, blocked: false });
            self.workloads.push(Workload {
                pods: 0,
                found,
                stalled: false,
                undone: false,
                rolls_out: workload.change == Change::Rollout,
                new: workload.new,
                owns_pods: !workload.has_replica_sets(),
            });
            let steady = if world.shared.found(w).is_some() { 0 } else { found };
            for _ in 0..steady {
                let pod = self.pods.len() as PodId;
                self.create(w, w, workload.old);
                self.place(pod);
                self.available += 1;
            }
        }
        if let Start::Found(found) = &world.shared.start {
            self.take_found(found);
        }
        self.begin_sums();
    }

    /// Takes up the owners and the pods that a snapshot shows.
    fn take_found(&mut self, found: &Found) {
        self.owners.resize(usize::from(found.owners()), Owner { workload: 0, size: 0, pods: 0, blocked: false });
        for (w, own) in (0..).zip(&found.workloads) {
            for place in 0..own.owners() {
                let owner = &mut self.owners[usize::from(found.owner(w, place))];
                (owner.workload, owner.size) = (w, own.size_of(place));
            }
            for one in own.standing() {
                let pod = self.pods.len() as PodId;
                self.create(w, found.owner_of(w, one), own.template_of(one));
                if one.node.is_some() {
                    self.place(pod);
                }
                if one.is_terminating() {
                    self.uncount(pod);
                }
                self.available += u32::from(one.is_available(own.window_of(one)));
            }
        }
    }

    fn begin_nodes(&mut self, world: &World) {
        (self.room, self.unlimited, self.nodes_there) = ([0; 2], [0; 2], 0);
        self.nodes.clear();
        let at_start = world.shared.cluster.nodes_at_start();
        for number in 0..world.shared.cluster.nodes.len() {
            let free = world.room.free_on(number);
            self.nodes.push(Node { there: false, free: [free[Room::CPU], free[Room::MEMORY]] });
            if number < at_start {
                self.node_comes(number);
            }
        }
    }

    fn begin_sums(&mut self) {
        let sums = &mut self.sums;
        sums.found_pods = self.pods.len() as u32;
        sums.found_cpu_millis = self.all.get(Room::CPU).copied().unwrap_or(0);
        sums.found_memory_bytes = self.all.get(Room::MEMORY).copied().unwrap_or(0);
        sums.peak_others = self.all.get(Room::PODS + 1..).unwrap_or_default().to_vec();
        sums.pods_at_peak = self.workloads.iter().map(|workload| workload.pods).collect();
        // What the run finds lasts until the first fact, however soon that comes.
        (sums.peak_pods, sums.peak_placed, sums.peak_nodes) = (sums.found_pods, sums.found_pods, self.nodes_there);
        (sums.peak_cpu_millis, sums.peak_placed_cpu_millis) = (sums.found_cpu_millis, sums.found_cpu_millis);
        (sums.peak_memory_bytes, sums.peak_placed_memory_bytes) = (sums.found_memory_bytes, sums.found_memory_bytes);
        self.over_at_first = self.is_over_room();
    }

    fn is_over_room(&self) -> bool {
        let over = |(resource, asked): (usize, u64)| self.unlimited[resource] == 0 && asked > self.room[resource];
        self.asked_now().into_iter().enumerate().any(over)
    }

    /// Takes note of a fact with the numbers of the world.
    pub fn fact(&mut self, at: SimTime, fact: Fact) {
        // Most facts change nothing that is measured here.
        if !changes(&fact) {
            return self.start_at(at);
        }
        self.advance(at);
        self.available = self.available.saturating_add_signed(fact.more_available().unwrap_or(0));
        match fact {
            Fact::Target { workload, target } => self.target(workload, target),
            Fact::Stalled { workload, cause, .. } => self.stalled(workload, cause),
            Fact::QuotaRefused { owner, pods, .. } => self.refused(owner, pods),
            Fact::ReplicaSetCreated { workload, replicas, .. } => {
                self.owners.push(Owner { workload, size: replicas, pods: 0, blocked: false });
            }
            Fact::ReplicaSetScaled { id, from, to } => self.resize(id, to - from),
            Fact::PodCreated { workload, owner, template, .. } => self.create(workload, owner, template),
            Fact::PodScheduled { pod, .. } => self.place(pod),
            Fact::PodUnschedulable { pod, .. } => self.unschedulable(pod),
            Fact::PodTerminating { pod, .. } => self.uncount(pod),
            // A pod that has failed takes no room any more.
            Fact::PodFailed { pod, .. } | Fact::PodGone(pod) => self.remove(pod),
            Fact::NodeLost(node) => {
                self.sums.nodes_lost += 1;
                self.node_goes(node as usize);
            }
            Fact::NodeAdded(node) => {
                self.sums.nodes_added += 1;
                self.node_comes(node as usize);
            }
            Fact::NodeBack(node) => self.node_comes(node as usize),
            Fact::NodeRemoved(node) => self.node_goes(node as usize),
            _ => {}
        }
    }

    /// Ends the replication: its record.
    pub fn finish(&mut self, world: &World, span: &WorldSpan) -> ClusterRecord {
        let unfinished = world.workloads.iter().zip(&span.workloads).zip(&self.workloads);
        let unfinished = unfinished.filter(|((workload, own), measured)| {
            let complete = own.end.is_some() && !measured.undone;
            workload.moves() && !complete
        });
        let unfinished = unfinished.count() as u32;
        let outcome = match unfinished {
            0 => ReleaseOutcome::AllDone,
            _ if span.stopped => ReleaseOutcome::Stopped,
            _ => ReleaseOutcome::Unfinished,
        };
        let end = span.end.filter(|_| unfinished == 0).unwrap_or(span.followed_until);
        self.start_at(span.start);
        if self.over_at_first {
            self.sums.over_room += self.first.since(span.start);
        }
        self.advance(end);
        if outcome == ReleaseOutcome::AllDone {
            self.forget_leaving();
        }
        self.take_sample();
        self.curve.last.clone_from(&self.sample);
        let stalled_workloads = self.workloads.iter().filter(|workload| workload.stalled).count() as u32;
        ClusterRecord {
            outcome,
            duration: end.since(span.start),
            stalled_workloads,
            unfinished_workloads: unfinished,
            peak_quotas: self.quotas.most().to_vec(),
            ..std::mem::take(&mut self.sums)
        }
    }

    /// Takes the pods away that are on their way out: nobody sees them go when all is done, and a curve must not keep them for ever.
    fn forget_leaving(&mut self) {
        for pod in 0..self.pods.len() {
            let Pod { counted, gone, .. } = self.pods[pod];
            if !counted && !gone {
                self.remove(pod as PodId);
            }
        }
    }

    /// The run starts at its first fact, or where there was none at `at`.
    fn start_at(&mut self, at: SimTime) {
        if self.last.is_never() {
            (self.last, self.first) = (at, at);
            self.curve.reset(at);
        }
    }

    /// What is asked for over time in the replication that was finished last.
    #[must_use]
    pub fn curve(&self) -> &Curve<Vec<u64>> {
        &self.curve
    }

    /// Puts what is asked for now into [`Self::sample`], in the order of [`cluster_series`](super::cluster_series).
    fn take_sample(&mut self) {
        let [placed, pending] = [self.placed_pods, self.pending_pods];
        let counts = [placed + pending, self.available, placed, pending, self.nodes_there].map(u64::from);
        let others = self.all.iter().skip(Room::PODS + 1).chain(self.quotas.used());
        let asked = self.asked_now();
        self.sample.clear();
        self.sample.extend(counts.into_iter().chain(asked).chain(others.copied()));
    }

    /// Adds up the time since the last change.
    fn advance(&mut self, at: SimTime) {
        self.start_at(at);
        if at <= self.last {
            return;
        }
        if self.curve.is_due(at) {
            self.take_sample();
            self.curve.sample(at, &self.sample);
        }
        let time = at.since(self.last);
        let length = u128::from(time.as_nanos());
        let (over_room, [cpu, memory]) = (self.is_over_room(), self.asked_now());
        let sums = &mut self.sums;
        sums.peak_pods = sums.peak_pods.max(self.placed_pods + self.pending_pods);
        sums.peak_placed = sums.peak_placed.max(self.placed_pods);
        sums.peak_pending = sums.peak_pending.max(self.pending_pods);
        sums.pending_pod_nanos += u128::from(self.pending_pods) * length;
        if cpu > sums.peak_cpu_millis {
            sums.peak_cpu_millis = cpu;
            sums.pods_at_peak.clear();
            sums.pods_at_peak.extend(self.workloads.iter().map(|workload| workload.pods));
        }
        sums.peak_placed_cpu_millis = sums.peak_placed_cpu_millis.max(self.placed[Room::CPU]);
        sums.extra_cpu_milli_nanos += u128::from(cpu.saturating_sub(sums.found_cpu_millis)) * length;
        sums.peak_memory_bytes = sums.peak_memory_bytes.max(memory);
        sums.peak_placed_memory_bytes = sums.peak_placed_memory_bytes.max(self.placed[Room::MEMORY]);
        for (peak, amount) in sums.peak_others.iter_mut().zip(self.all.iter().skip(Room::PODS + 1)) {
            *peak = (*peak).max(*amount);
        }
        sums.peak_nodes = sums.peak_nodes.max(self.nodes_there);
        sums.over_room += if over_room { time } else { SimDuration::ZERO };
        if self.blocked > 0 {
            sums.quota_blocked += time;
        }
        self.last = at;
    }

    fn asked_now(&self) -> Amounts {
        [Room::CPU, Room::MEMORY].map(|resource| self.all.get(resource).copied().unwrap_or(0))
    }

    fn of(&mut self, workload: WorkloadId) -> &mut Workload {
        &mut self.workloads[usize::from(workload)]
    }

    /// A workload asks for a version: another than the new one where its rollout is undone.
    fn target(&mut self, w: WorkloadId, target: Target) {
        let workload = self.of(w);
        workload.undone = workload.rolls_out && target.version != workload.new;
        if workload.owns_pods {
            self.owners[usize::from(w)].size = target.desired as i32;
            self.look_at_quota(w);
        }
    }

    fn stalled(&mut self, workload: WorkloadId, cause: StallCause) {
        self.of(workload).stalled = true;
        if matches!(cause, StallCause::Capacity | StallCause::Quota) {
            let more = |(other, own): (WorkloadId, &Workload)| {
                let more = own.pods.saturating_sub(own.found);
                (other != workload && more > 0).then_some((other, more))
            };
            let mut others: Vec<_> = (0..).zip(&self.workloads).filter_map(more).collect();
            let more = others.iter().map(|(_, more)| more).sum();
            others.sort_by_key(|(other, more)| (std::cmp::Reverse(*more), *other));
            others.truncate(StallForRoom::MOST);
            self.sums.stalls.push(StallForRoom { workload, cause, more, others });
        }
    }

    fn refused(&mut self, owner: OwnerId, pods: u32) {
        self.sums.quota_refused_pods += pods;
        let owner = &mut self.owners[usize::from(owner)];
        self.blocked += u32::from(!std::mem::replace(&mut owner.blocked, true));
    }

    /// Looks whether a ReplicaSet whose pods a quota has refused still lacks some.
    fn look_at_quota(&mut self, owner: OwnerId) {
        let owner = &mut self.owners[usize::from(owner)];
        if owner.blocked && owner.pods >= owner.size {
            owner.blocked = false;
            self.blocked -= 1;
        }
    }

    fn resize(&mut self, owner: OwnerId, by: i32) {
        self.owners[usize::from(owner)].size += by;
        self.look_at_quota(owner);
    }

    fn create(&mut self, workload: WorkloadId, owner: OwnerId, template: Template) {
        self.pods.push(Pod { owner, template, placed: false, counted: true, unschedulable: false, gone: false });
        self.owners[usize::from(owner)].pods += 1;
        self.of(workload).pods += 1;
        self.pending_pods += 1;
        let asked = &self.asked[usize::from(template) * self.resources..][..self.resources];
        self.all.iter_mut().zip(asked).for_each(|(all, asked)| *all += asked);
        self.quotas.add(template);
        self.look_at_quota(owner);
    }

    fn place(&mut self, pod: PodId) {
        let pod = &mut self.pods[pod as usize];
        pod.placed = true;
        self.pending_pods -= 1;
        self.placed_pods += 1;
        let asked = &self.asked[usize::from(pod.template) * self.resources..][..self.resources];
        self.placed.iter_mut().zip(asked).for_each(|(placed, asked)| *placed += asked);
    }

    fn unschedulable(&mut self, pod: PodId) {
        let pod = &mut self.pods[pod as usize];
        self.sums.unschedulable_pods += u32::from(!pod.unschedulable && !pod.placed);
        pod.unschedulable = true;
    }

    /// Its ReplicaSet does not count a pod any more.
    fn uncount(&mut self, pod: PodId) {
        let pod = &mut self.pods[pod as usize];
        if std::mem::replace(&mut pod.counted, false) {
            self.owners[usize::from(pod.owner)].pods -= 1;
        }
    }

    fn remove(&mut self, pod: PodId) {
        self.uncount(pod);
        let pod = &mut self.pods[pod as usize];
        if std::mem::replace(&mut pod.gone, true) {
            return;
        }
        let asked = &self.asked[usize::from(pod.template) * self.resources..][..self.resources];
        self.all.iter_mut().zip(asked).for_each(|(all, asked)| *all -= asked);
        self.quotas.remove(pod.template);
        if pod.placed {
            self.placed_pods -= 1;
            self.placed.iter_mut().zip(asked).for_each(|(placed, asked)| *placed -= asked);
        } else {
            self.pending_pods -= 1;
        }
        let workload = self.owners[usize::from(pod.owner)].workload;
        self.workloads[usize::from(workload)].pods -= 1;
    }

    fn node_comes(&mut self, number: usize) {
        if let Some(node) = self.nodes.get_mut(number)
            && !std::mem::replace(&mut node.there, true)
        {
            self.nodes_there += 1;
            for (resource, free) in node.free.into_iter().enumerate() {
                match free {
                    Room::UNLIMITED => self.unlimited[resource] += 1,
                    free => self.room[resource] += free,
                }
            }
        }
    }

    fn node_goes(&mut self, number: usize) {
        if let Some(node) = self.nodes.get_mut(number)
            && std::mem::replace(&mut node.there, false)
        {
            self.nodes_there -= 1;
            for (resource, free) in node.free.into_iter().enumerate() {
                match free {
                    Room::UNLIMITED => self.unlimited[resource] -= 1,
                    free => self.room[resource] -= free,
                }
            }
        }
    }
}

/// Whether a fact changes what is measured here.
fn changes(fact: &Fact) -> bool {
    matches!(
        fact,
        Fact::Target { .. }
            | Fact::Stalled { .. }
            | Fact::QuotaRefused { .. }
            | Fact::ReplicaSetCreated { .. }
            | Fact::ReplicaSetScaled { .. }
            | Fact::PodCreated { .. }
            | Fact::PodScheduled { .. }
            | Fact::PodUnschedulable { .. }
            | Fact::PodTerminating { .. }
            | Fact::PodFailed { .. }
            | Fact::PodGone(_)
            | Fact::NodeLost(_)
            | Fact::NodeAdded(_)
            | Fact::NodeBack(_)
            | Fact::NodeRemoved(_)
    ) || fact.more_available().is_some()
}
