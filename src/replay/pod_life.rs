//! The life of a pod of a run.

/// The properties of a pod that the ranking for deletion compares. Instants are in seconds from the start.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct PodLife {
    /// When it was created.
    pub(super) created: f64,
    /// When it was bound to its node.
    pub(super) bound: Option<f64>,
    /// Changes of its readiness.
    pub(super) ready: Vec<(f64, bool)>,
    /// When it got its deletion timestamp.
    pub(super) deleted: Option<f64>,
}
