//! How much several rollouts need together, by how many roll at once: what is asked for at the same time, whether it fits, and what
//! it is that needs it.
//!
//! Every quantile is one of the joint demand of a simulated release. The quantile of a sum is not the sum of the quantiles: the
//! largest demands of the workloads seldom come at the same instant of the same release.

mod demand;
mod fit;
mod missing;
mod outage;
mod release;
mod room;
mod supply;
mod trial;
mod turn;
mod wait;
mod workload;

pub use demand::{Demand, Share, shares_at_peak};
pub use fit::{Fit, Limit, Troubles};
pub use missing::{Missing, MoreNodes, QuotaNeed, needs_of_quotas};
pub use outage::{Outage, outages};
pub use release::{ReleaseRecord, Releases};
pub use room::{QuotaRoom, Resource, quota_rooms, resources};
pub use supply::{Driver, Supply};
pub use trial::{OverTime, Trial};
pub use turn::Turn;
pub use wait::Wait;
pub use workload::WorkloadResult;

use crate::scenario::World;

/// The answer: how many rollouts may run at once.
#[derive(Clone, Debug, PartialEq)]
pub struct Capacity {
    /// CPU, memory, pods, and every other resource that some pod asks for, in the order of the world's room.
    pub resources: Vec<Resource>,
    /// What each quota counts, quota by quota in the order of the world, each in the order of its resources.
    pub quotas: Vec<QuotaRoom>,
    /// Nobody wrote how many nodes there are or how large they are.
    pub guessed: bool,
    /// Nodes at the start.
    pub nodes: usize,
    /// Nodes that an autoscaler may add.
    pub more_nodes: usize,
    /// Workloads that move.
    pub moving: usize,
    /// What was tried, the most at once first.
    pub trials: Vec<Trial>,
    /// The trial that is recommended: of those that fit the one with the most at once. `None`: none is shown to fit.
    pub best: Option<usize>,
    /// The same of those in which no pod waits for a node.
    pub without_wait: Option<usize>,
    /// Rollouts during which no pod is available, of the recommended trial, or of the first one where none is recommended.
    pub outages: Vec<Outage>,
    /// What would have to be there so that the first trial fits; `None`: it fits, or that was not asked.
    pub missing: Option<Missing>,
    /// What becomes of the recommended trial where an assumption is another one.
    pub turns: Vec<Turn>,
}

impl Capacity {
    /// The answer from all trials, the most at once first. What is missing, and what would turn the answer, is for others to find.
    #[must_use]
    pub fn of(world: &World, tried: &[Releases<'_>]) -> Self {
        let resources = resources(world);
        let trials: Vec<Trial> = tried.iter().map(|releases| Trial::of(world, &resources, releases)).collect();
        let best = widest(&trials, |fit| fit.holds());
        let shown = tried.get(best.unwrap_or(0));
        let cluster = &world.shared.cluster;
        Self {
            resources,
            quotas: quota_rooms(world),
            guessed: world.room.guessed,
            nodes: cluster.nodes_at_start(),
            more_nodes: cluster.nodes.len() - cluster.nodes_at_start(),
            moving: world.workloads.iter().filter(|workload| workload.moves()).count(),
            without_wait: widest(&trials, |fit| *fit == Fit::Fits),
            trials,
            best,
            outages: shown.map(|releases| outages(world, releases.all)).unwrap_or_default(),
            missing: None,
            turns: Vec::new(),
        }
    }

    /// What binds in the trial with the most at once; CPU where nothing does.
    #[must_use]
    pub fn driven(&self) -> Supply {
        self.trials.first().map_or(Supply::CPU, Trial::driven)
    }

    /// The trial that is recommended.
    #[must_use]
    pub fn best(&self) -> Option<&Trial> {
        self.best.and_then(|place| self.trials.get(place))
    }
}

/// Of the trials that fit the one with the most at once; of two with as many the one that is done first at the 95th percentile.
fn widest(trials: &[Trial], fits: impl Fn(&Fit) -> bool) -> Option<usize> {
    let key = |trial: &Trial| (trial.at_once, trial.done_p95.value.unwrap_or(f64::INFINITY));
    let fit = trials.iter().enumerate().filter(|(_, trial)| fits(&trial.fit));
    let most = fit.min_by(|(_, one), (_, other)| {
        let (one, other) = (key(one), key(other));
        other.0.cmp(&one.0).then(one.1.total_cmp(&other.1))
    });
    most.map(|(place, _)| place)
}
