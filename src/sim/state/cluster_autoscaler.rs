//! What the cluster autoscaler has asked for.

/// What the autoscaler is at.
#[derive(Debug, Default)]
pub(crate) struct Autoscaler {
    /// The next scan has a date.
    pub(crate) scanning: bool,
    /// Nodes asked for so far, and how many of them are there.
    pub(crate) asked: u32,
    pub(crate) there: u32,
}

impl Autoscaler {
    pub(crate) fn reset(&mut self) {
        *self = Self::default();
    }
}
