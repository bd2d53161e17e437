//! Who takes how much at the instant at which all workloads together take most, of each resource and of what each quota counts.

use crate::scenario::{Template, WorkloadId, World};
use crate::sim::{Fact, PodId};
use crate::time::SimTime;

/// Follows one release after the other. Of a resource only states that last count; of what a quota counts every instant does, because
/// admission decides at instants.
#[derive(Debug, Default)]
pub(super) struct Peaks {
    last: SimTime,
    /// Whether pods were created since time passed last.
    has_grown: bool,
    workloads: usize,
    /// How many of what is followed are resources; what quotas count comes after them.
    resources: usize,
    /// What one pod takes, by template, then by what is followed.
    each: Vec<Vec<u64>>,
    /// By pod of the world: whose it is, until it takes nothing any more.
    pods: Vec<Option<(WorkloadId, Template)>>,
    /// By what is followed, then by workload.
    now: Vec<u64>,
    at_most: Vec<u64>,
    /// By what is followed.
    total: Vec<u64>,
    most: Vec<u64>,
}

impl Peaks {
    /// Gets ready for a release of `world`.
    pub(super) fn begin(&mut self, world: &World) {
        (self.last, self.has_grown) = (SimTime::ZERO, false);
        (self.workloads, self.resources) = (world.workloads.len(), world.room.resources.len());
        let templates = world.room.asked.len() / self.resources.max(1);
        self.each.clear();
        self.each.extend((0..templates).map(|template| each(world, template)));
        let followed = self.each.first().map_or(0, Vec::len);
        self.pods.clear();
        self.now.clear();
        self.now.resize(followed * self.workloads, 0);
        self.total.clear();
        self.total.resize(followed, 0);
        for (number, workload) in (0..).zip(&world.workloads) {
            (0..world.found(number)).for_each(|_| self.create(number, workload.old));
        }
        // What the release finds lasts until the first fact, however soon that comes.
        self.at_most.clone_from(&self.now);
        self.most.clone_from(&self.total);
    }

    pub(super) fn fact(&mut self, at: SimTime, fact: Fact) {
        match fact {
            Fact::PodCreated { workload, template, .. } => {
                self.advance(at);
                self.create(workload, template);
                self.has_grown = true;
                (self.resources..self.total.len()).for_each(|followed| self.keep(followed));
            }
            // A pod that has failed takes no room any more.
            Fact::PodFailed { pod, .. } | Fact::PodGone(pod) => {
                self.advance(at);
                self.remove(pod);
            }
            _ => {}
        }
    }

    /// What each workload took at the peak of each.
    pub(super) fn finish(&mut self) -> Vec<u64> {
        self.advance(SimTime::NEVER);
        std::mem::take(&mut self.at_most)
    }

    /// What was until `at` has lasted.
    fn advance(&mut self, at: SimTime) {
        if at > self.last {
            if self.has_grown {
                (0..self.resources).for_each(|followed| self.keep(followed));
            }
            (self.last, self.has_grown) = (at, false);
        }
    }

    fn keep(&mut self, followed: usize) {
        if self.total[followed] > self.most[followed] {
            self.most[followed] = self.total[followed];
            let own = followed * self.workloads..(followed + 1) * self.workloads;
            self.at_most[own.clone()].copy_from_slice(&self.now[own]);
        }
    }

    fn create(&mut self, workload: WorkloadId, template: Template) {
        self.pods.push(Some((workload, template)));
        self.change(workload, template, |amount, each| *amount += each);
    }

    fn remove(&mut self, pod: PodId) {
        if let Some((workload, template)) = self.pods.get_mut(pod as usize).and_then(Option::take) {
            self.change(workload, template, |amount, each| *amount -= each);
        }
    }

    fn change(&mut self, workload: WorkloadId, template: Template, by: impl Fn(&mut u64, u64)) {
        let own = self.now.chunks_mut(self.workloads).filter_map(|all| all.get_mut(usize::from(workload)));
        for ((amount, total), each) in own.zip(&mut self.total).zip(&self.each[usize::from(template)]) {
            by(amount, *each);
            by(total, *each);
        }
    }
}

/// What one pod of a template takes of each resource, and of what each quota counts.
fn each(world: &World, template: usize) -> Vec<u64> {
    let asked = world.room.asked_by(template as Template).iter().copied();
    let charged = world.quotas.iter().flat_map(|quota| {
        let own = quota.charged.get(template).map_or(&[][..], Vec::as_slice);
        (0..quota.resources.len()).map(move |place| own.get(place).copied().unwrap_or(0))
    });
    asked.chain(charged).collect()
}
