//! Deployments that stand beside the StatefulSet or the DaemonSet that a recording is about.

use super::deployments::{self, Creation, Written};
use super::recording::{Action, Recording};
use super::steps::Reader;
use super::stop::{Result, Templates};
use crate::k8s::objects::DeploymentSpec;
use crate::scenario::StepAction;

/// The Deployments beside a set, whose specs change as the actions are read.
pub(super) struct Beside<'a> {
    creations: &'a [Creation],
    written: Vec<Written>,
}

impl<'a> Beside<'a> {
    /// Those of a recording; the first of `creations` is that of the set.
    pub(super) fn of(recording: &Recording, creations: &'a [Creation]) -> Result<Self> {
        Ok(Self { creations, written: deployments::written(recording)? })
    }

    /// Their specs as they are created; the first one stands for the set and means nothing.
    pub(super) fn specs(&self) -> Vec<DeploymentSpec> {
        self.written.iter().map(|one| one.spec).collect()
    }

    /// Converts an action about one of them; `None`: it changes nothing, or is about the set.
    pub(super) fn step(
        &mut self,
        recording: &Recording,
        path: &str,
        (action, templates): (&Action, &mut Templates),
    ) -> Result<Option<StepAction>> {
        if action.name.is_none() {
            return Ok(None);
        }
        let mut reader = Reader::new(recording, self.creations, std::mem::take(&mut self.written), templates);
        let step = reader.read(path, action);
        self.written = reader.into_written();
        step
    }
}
