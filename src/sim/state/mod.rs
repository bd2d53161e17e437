//! Everything that changes in a run, and the transitions of each part that need no other part.
//!
//! Nothing here knows an actor. Memory is used again from run to run, so that a run allocates nothing once it has grown.

pub(crate) mod event;

pub(crate) mod watch;

pub(crate) mod throttle;

pub(crate) mod tournament;

pub(crate) mod pods;

pub(crate) mod stages;

pub(crate) mod leader;

pub(crate) mod levels;

pub(crate) mod together;

pub(crate) mod amounts;

pub(crate) mod nodes;

pub(crate) mod by_label;

pub(crate) mod zones;

pub(crate) mod placement;

pub(crate) mod quotas;

pub(crate) mod volumes;

pub(crate) mod budgets;

pub(crate) mod refusals;

pub(crate) mod final_placement;

pub(crate) mod kept_start;

pub(crate) mod latencies;

pub(crate) mod victims;

pub(crate) mod scheduling_queue;

pub(crate) mod scheduler;

pub(crate) mod bare_pods;

pub(crate) mod lower_priority;

pub(crate) mod cluster_autoscaler;

pub(crate) mod endpoints;

pub(crate) mod outages;

pub(crate) mod horizontal_autoscaler;

pub(crate) mod leaving;

pub(crate) mod steady;

pub(crate) mod work_queue;

pub(crate) mod deployment_work;

pub(crate) mod replica_set_work;

pub(crate) mod replica_set_cache;

pub(crate) mod stateful_set_work;

pub(crate) mod daemon_back_off;

pub(crate) mod daemon_set_work;

pub(crate) mod workload;

use crate::engine::Agenda;
use crate::k8s::objects::ReplicaSetId;
use crate::scenario::{Scenario, Start, Until, World};
use crate::sim::state::bare_pods::BarePods;
use crate::sim::state::budgets::Budgets;
use crate::sim::state::cluster_autoscaler::Autoscaler;
use crate::sim::state::daemon_set_work::DaemonSetController;
use crate::sim::state::deployment_work::DeploymentController;
use crate::sim::state::endpoints::Endpoints;
use crate::sim::state::event::Event;
use crate::sim::state::final_placement::FinalPlacement;
use crate::sim::state::horizontal_autoscaler::HorizontalAutoscaler;
use crate::sim::state::kept_start::KeptStart;
use crate::sim::state::latencies::Latencies;
use crate::sim::state::leader::Leader;
use crate::sim::state::leaving::Leaving;
use crate::sim::state::lower_priority::LowerPriority;
use crate::sim::state::nodes::Nodes;
use crate::sim::state::outages::Outages;
use crate::sim::state::placement::Search;
use crate::sim::state::pods::Pod;
use crate::sim::state::quotas::Quotas;
use crate::sim::state::replica_set_cache::ReplicaSetController;
use crate::sim::state::scheduler::Scheduler;
use crate::sim::state::stages::AllStages;
use crate::sim::state::stateful_set_work::StatefulSetController;
use crate::sim::state::together::Together;
use crate::sim::state::volumes::Volumes;
use crate::sim::state::workload::{Release, Workloads};
use crate::sim::state::zones::Zones;
use crate::time::SimTime;

/// Everything that changes in a run.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) agenda: Agenda<Event>,
    pub(crate) start: SimTime,
    pub(crate) latencies: Latencies,
    pub(crate) release: Release,
    pub(crate) workloads: Workloads,
    pub(crate) resource_version: u64,
    pub(crate) next_replica_set: ReplicaSetId,
    pub(crate) deployments: DeploymentController,
    pub(crate) sets: ReplicaSetController,
    /// Only in a world.
    pub(crate) stateful_sets: StatefulSetController,
    /// Only in a world.
    pub(crate) daemon_sets: DaemonSetController,
    pub(crate) scheduler: Scheduler,
    pub(crate) pods: Vec<Pod>,
    pub(crate) stages: AllStages,
    pub(crate) leader: Leader,
    /// Pods created so far, by template.
    pub(crate) pods_of: Vec<u32>,
    pub(crate) bindings: Together,
    pub(crate) departures: Together,
    pub(crate) nodes: Nodes,
    pub(crate) kept_start: KeptStart,
    pub(crate) search: Search,
    pub(crate) volumes: Volumes,
    /// Only in a recorded incident.
    pub(crate) budgets: Budgets,
    pub(crate) zones: Zones,
    pub(crate) lower_priority: LowerPriority,
    pub(crate) bare: BarePods,
    pub(crate) autoscaler: Autoscaler,
    pub(crate) endpoints: Endpoints,
    pub(crate) horizontal: HorizontalAutoscaler,
    /// ResourceQuota on pods.
    pub(crate) quota: Option<u32>,
    /// ResourceQuotas of a world of several workloads.
    pub(crate) quotas: Quotas,
    pub(crate) outages: Outages,
    pub(crate) done: bool,
    /// What is measured is over, its requests too, and the run is followed further.
    pub(crate) followed: bool,
    /// Whether available pods are counted.
    pub(crate) counts_available: bool,
    /// Nodes that the measured event has not done with.
    pub(crate) outstanding: u32,
    pub(crate) leaving: Leaving,
    pub(crate) final_placement: FinalPlacement,
}

impl State {
    /// Begins a run: a world without Deployment and without pods.
    pub(crate) fn reset(&mut self, scenario: &Scenario, world: Option<&World>, start: SimTime) {
        self.agenda.reset(start);
        self.start = start;
        self.latencies = Latencies::of(&scenario.control_plane);
        self.workloads.reset(world.map_or(1, |world| world.workloads.len()));
        self.release = Release::default();
        self.pods.clear();
        self.stages.reset();
        self.leader.reset(scenario.pods.iter().any(|model| model.leader.is_some()));
        self.bindings.reset();
        self.departures.reset();
        self.search.reset(scenario.cluster.nodes.len());
        self.reset_nodes(scenario, world);
        self.volumes.reset(scenario);
        self.budgets.reset();
        self.zones.reset(&scenario.cluster, scenario.control_plane.node_eviction_rate);
        self.lower_priority.reset();
        self.bare.reset();
        self.autoscaler.reset();
        self.endpoints.reset();
        self.horizontal.reset();
        self.scheduler.reset(&scenario.control_plane);
        self.pods_of.clear();
        self.pods_of.resize(scenario.pods.len(), 0);
        self.resource_version = 1;
        self.next_replica_set = 0;
        self.quota = scenario.cluster.pod_quota;
        self.quotas.reset(world.map_or(&[], |world| &world.quotas));
        self.outages = Outages::default();
        self.done = false;
        let settles = matches!(scenario.until, Until::Settled { .. });
        self.followed = false;
        self.counts_available = settles || scenario.rollback.after_breach.is_some();
        self.outstanding = 0;
        self.leaving.reset(scenario);
        self.deployments.reset(&scenario.control_plane);
        self.sets.reset(&scenario.control_plane);
        if let Some(world) = world {
            self.stateful_sets.reset(world.workloads.len(), &scenario.control_plane);
            let nodes = scenario.cluster.nodes.len();
            self.daemon_sets.reset(world.workloads.len(), nodes, &scenario.control_plane);
        }
    }
    /// Nodes as the run before found them, where it began in the same way, and else made anew.
    fn reset_nodes(&mut self, scenario: &Scenario, world: Option<&World>) {
        let Self { kept_start, nodes, search, .. } = self;
        if !matches!(scenario.start, Start::Steady) {
            kept_start.leave();
        } else if kept_start.restore(scenario, world, (nodes, search)) {
            return;
        }
        nodes.reset(&scenario.cluster, &scenario.pods, world);
    }
}
