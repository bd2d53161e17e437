//! Kubernetes objects as manifests write them: what is read of them, what the API server refuses, and what is not modelled.

pub(crate) mod hook;
pub(crate) mod label_selector;
pub(crate) mod probe;

pub(crate) mod init_containers;

pub(crate) mod amounts;
pub(crate) mod host_ports;
pub(crate) mod other_files;
pub(crate) mod requests;

pub(crate) mod namespaces;
pub(crate) mod object;
pub(crate) mod pod_terms;

pub(crate) mod border;
pub(crate) mod machine;
pub(crate) mod stored;
pub(crate) mod unread;

pub(crate) mod disruption_budget;
pub(crate) mod limit_range;
pub(crate) mod node_affinity;
pub(crate) mod resource_quota;
pub(crate) mod volumes;

pub(crate) mod ground;
pub(crate) mod placement;
pub(crate) mod resolve;

pub(crate) mod injection;

pub(crate) mod deployment_spec;

pub(crate) mod deployment_status;
pub(crate) mod other_objects;
pub(crate) mod pod_template;
pub(crate) mod replicas;
pub(crate) mod standing;
pub(crate) mod stateful_set_spec;

pub(crate) mod daemon_set_spec;

pub(crate) mod admission;
pub(crate) mod manifest;
pub(crate) mod validation;

pub(crate) mod excerpt;
