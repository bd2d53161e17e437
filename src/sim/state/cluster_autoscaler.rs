//! What the cluster autoscaler has asked for.

/// The cluster autoscaler's state.
#[derive(Debug, Default)]
pub(crate) struct Autoscaler {
    /// The next scan is scheduled.
    pub(crate) scanning: bool,
    /// Nodes asked for so far.
    pub(crate) asked: u32,
    /// Those of them that have come.
    pub(crate) there: u32,
}

impl Autoscaler {
    /// Begins a run.
    pub(crate) fn reset(&mut self) {
        *self = Self::default();
    }
}
