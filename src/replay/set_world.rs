//! The world of a StatefulSet or a DaemonSet: what is the same for both.

use super::deployments::{self, AllTemplates, Creation};
use super::deployments_beside::Beside;
use super::found::There;
use super::head;
use super::pod_times;
use super::recording::{Action, Recording};
use super::stop::{Result, Templates};
use super::world::{self, World};
use crate::k8s::objects::DeploymentSpec;
use crate::scenario::{self, Change, PodModel, Scenario, Step, Workload};
use crate::script::PodScript;

/// What is read of a set's recording before the set itself.
pub(super) struct Parts {
    pub(super) recording: Recording,
    pub(super) templates: AllTemplates,
    /// The specs of the Deployments beside it; the first one stands for the set and means nothing.
    pub(super) specs: Vec<DeploymentSpec>,
    creations: Vec<Creation>,
}

/// The parts that make a scenario.
pub(super) struct Played {
    pub(super) timeline: Vec<Step>,
    pub(super) scripts: Vec<PodScript>,
    pub(super) models: Vec<PodModel>,
}

impl Parts {
    /// Reads a recording; `read` makes the timeline of its actions.
    pub(super) fn read(
        recording: &Recording,
        read: impl FnOnce(&Recording, (&mut Templates, &mut Beside<'_>)) -> Result<Vec<Step>>,
    ) -> Result<(Self, Played)> {
        let recording = head::checked(recording)?;
        let creations = deployments::creations(&recording)?;
        let mut templates = deployments::templates(&recording, &creations)?;
        let mut beside = Beside::of(&recording, &creations)?;
        let specs = beside.specs();
        let timeline = read(&recording, (&mut templates.all, &mut beside))?;
        let (scripts, models) = head::pods(&recording, &templates, |name| pod_times::read(&recording.pods, name))?;
        Ok((Self { recording, templates, specs, creations }, Played { timeline, scripts, models }))
    }

    /// The world of the set, with the Deployments beside it. `there`: what was there, where the run finds it; `prepares`: whether an action
    /// belongs to what comes before the rollout.
    pub(super) fn world(
        self,
        (scenario, mut workload): (Scenario, Workload),
        there: Option<There>,
        prepares: impl Fn(&Action) -> bool,
    ) -> Result<World> {
        let Self { recording, templates, specs, creations } = &self;
        let own = templates.own();
        workload.new = (own - 1) as u16;
        // It does not exist before it is created, or is there and nobody changes it but the actions.
        workload.change = if there.is_some() { Change::Nothing } else { Change::Scale { from: 0 } };
        let room = deployments::room(recording, scenario.pods.len(), |number| number < own)?;
        let workloads = std::iter::once(workload).chain(deployments::beside(recording, specs, templates)).collect();
        let world = scenario::World::new(scenario.clone(), workloads, room);
        let later = recording.actions.iter().filter(|action| !prepares(action) && action.at >= creations[0].at);
        let watched_from = world::first_instant(later);
        Ok(World { scenario, world: Some(world), templates: self.templates.all.names, watched_from, lead: 0.0, there })
    }
}
