//! The actors of a run: what each part of the control plane, each node and each person does when its events come.
//!
//! An actor is a module of functions over the [`Run`](crate::sim::run::Run) in progress; what it remembers is in
//! [`crate::sim::state`]. The modules are listed so that each one calls only those above it. A call names the actor that
//! answers, as in `scheduler::room_appeared(run)`.

pub(crate) mod tools;

pub(crate) mod daemon_nodes;

pub(crate) mod api_server;

pub(crate) mod endpoints;

pub(crate) mod outages;

pub(crate) mod cluster_autoscaler;

pub(crate) mod volume_binding;

pub(crate) mod bare_pods;

pub(crate) mod preemption;

pub(crate) mod scheduler;

pub(crate) mod no_node;

pub(crate) mod leader;

pub(crate) mod final_placement;

pub(crate) mod init_containers;

pub(crate) mod volume_attachment;

pub(crate) mod pod_lifecycle;

pub(crate) mod scripted_pods;

pub(crate) mod kubelet;

pub(crate) mod waiting_for_volumes;

pub(crate) mod schedule_one;

pub(crate) mod past_scheduler;

pub(crate) mod replica_set_controller;

pub(crate) mod kubectl;

pub(crate) mod release;

pub(crate) mod stall_cause;

pub(crate) mod pipeline;

pub(crate) mod deployment_controller;

pub(crate) mod stateful_set_controller;

pub(crate) mod daemon_set_controller;

pub(crate) mod pod_garbage;

pub(crate) mod node_lifecycle;

pub(crate) mod node_loss;

pub(crate) mod drain;

pub(crate) mod found;

pub(crate) mod measured_event;

pub(crate) mod node_removal;

pub(crate) mod scale_down;

pub(crate) mod horizontal_autoscaler;

pub(crate) mod script_actions;

pub(crate) mod timeline;
