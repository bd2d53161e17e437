//! The facts of a world of several workloads, told apart by workload, with the numbers that each would have if it were alone.

use crate::scenario::{Found, Start, Target, Template, WorkloadId, World};
use crate::sim::observation::{Fact, Observer, OwnerId, PodId, WorldObserver};
use crate::time::{SimDuration, SimTime};

/// Which workload things belong to, and their numbers there.
#[derive(Debug, Default)]
pub(crate) struct Numbers {
    /// By pod of the world.
    pods: Vec<(WorkloadId, PodId)>,
    /// By owner of the world.
    owners: Vec<(WorkloadId, OwnerId)>,
    /// By workload: how many pods and owners it has had so far, and whether it is over.
    had: Vec<Had>,
    /// By template of the world: its number in its workload.
    templates: Vec<Template>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Had {
    pods: PodId,
    owners: OwnerId,
    over: bool,
}

impl Numbers {
    /// Begins a run.
    pub(crate) fn reset(&mut self, world: &World) {
        self.pods.clear();
        self.owners.clear();
        self.had.clear();
        self.templates.clear();
        self.templates.extend(0..world.shared.pods.len() as Template);
        let has_sets = world.workloads.iter().any(|workload| !workload.has_replica_sets());
        for (w, workload) in (0..).zip(&world.workloads) {
            let pods = world.found(w);
            // A run that starts from nothing finds no ReplicaSet. A StatefulSet or a DaemonSet is one owner from its creation on.
            let owners = OwnerId::from(world.shared.start != Start::Nothing || !workload.has_replica_sets());
            self.had.push(Had { pods, owners, over: false });
            self.pods.extend((0..pods).map(|pod| (w, pod)));
            // Where a workload is one owner, each has the number of its workload, and ReplicaSets come behind all of them.
            if owners > 0 || has_sets {
                self.owners.push((w, 0));
            }
            for (local, template) in (0..).zip(workload.templates()) {
                self.templates[usize::from(template)] = local;
            }
        }
        if let Start::Found(found) = &world.shared.start {
            self.take_owners(found);
        }
    }

    /// The owners of a snapshot beyond the first one of each workload have their numbers behind all workloads.
    fn take_owners(&mut self, found: &Found) {
        for (w, own) in (0..).zip(&found.workloads) {
            for place in 1..own.owners() {
                self.owners.push((w, place));
                self.had[usize::from(w)].owners += 1;
            }
        }
    }

    fn add_pod(&mut self, workload: WorkloadId) -> PodId {
        let had = &mut self.had[usize::from(workload)];
        self.pods.push((workload, had.pods));
        had.pods += 1;
        had.pods - 1
    }

    fn add_owner(&mut self, workload: WorkloadId) -> OwnerId {
        let had = &mut self.had[usize::from(workload)];
        self.owners.push((workload, had.owners));
        had.owners += 1;
        had.owners - 1
    }

    fn template(&self, template: Template) -> Template {
        self.templates.get(usize::from(template)).copied().unwrap_or(template)
    }

    /// The workload that a fact is about, and the fact with the numbers of that workload; `None`: it is about the cluster.
    fn of(&mut self, fact: Fact) -> Option<(WorkloadId, Fact)> {
        Some(match fact {
            Fact::Target { workload, target } => {
                let version = self.template(target.version);
                (workload, Fact::Target { workload: 0, target: Target { version, ..target } })
            }
            Fact::DeploymentSpec { workload, mut spec } => {
                spec.template = self.template(spec.template);
                (workload, Fact::DeploymentSpec { workload: 0, spec })
            }
            Fact::DeploymentStatus { workload, status, progress } => {
                (workload, Fact::DeploymentStatus { workload: 0, status, progress })
            }
            Fact::Stalled { workload, cause, held, of, refusals } => {
                (workload, Fact::Stalled { workload: 0, cause, held, of, refusals })
            }
            Fact::ReplicaSetCreated { workload, template, replicas, .. } => {
                let id = self.add_owner(workload);
                (workload, Fact::ReplicaSetCreated { workload: 0, id, template: self.template(template), replicas })
            }
            Fact::ReplicaSetScaled { id, from, to } => {
                let (workload, id) = self.owners[usize::from(id)];
                (workload, Fact::ReplicaSetScaled { id, from, to })
            }
            Fact::ReplicaSetDeleted(id) => {
                let (workload, id) = self.owners[usize::from(id)];
                (workload, Fact::ReplicaSetDeleted(id))
            }
            Fact::ReplicaSetStatus { id, status } => {
                let (workload, id) = self.owners[usize::from(id)];
                (workload, Fact::ReplicaSetStatus { id, status })
            }
            Fact::StatefulSetSpec { workload, mut spec } => {
                spec.template = self.template(spec.template);
                (workload, Fact::StatefulSetSpec { workload: 0, spec })
            }
            Fact::StatefulSetStatus { workload, mut status } => {
                status.current_revision = status.current_revision.map(|template| self.template(template));
                status.update_revision = status.update_revision.map(|template| self.template(template));
                (workload, Fact::StatefulSetStatus { workload: 0, status })
            }
            Fact::Said { workload, tool, verdict } => (workload, Fact::Said { workload: 0, tool, verdict }),
            Fact::DaemonSetSpec { workload, mut spec } => {
                spec.template = self.template(spec.template);
                (workload, Fact::DaemonSetSpec { workload: 0, spec })
            }
            Fact::DaemonSetStatus { workload, status } => (workload, Fact::DaemonSetStatus { workload: 0, status }),
            Fact::Begun(workload) => (workload, Fact::Begun(0)),
            Fact::RolloutOver(workload) => (workload, Fact::RolloutOver(0)),
            Fact::QuotaRefused { workload, owner, pods } => {
                let owner = self.owners[usize::from(owner)].1;
                (workload, Fact::QuotaRefused { workload: 0, owner, pods })
            }
            Fact::PodCreated { workload, owner, template, ordinal, .. } => {
                let pod = self.add_pod(workload);
                let owner = self.owners[usize::from(owner)].1;
                (workload, Fact::PodCreated { pod, workload: 0, owner, template: self.template(template), ordinal })
            }
            _ => return self.of_pod(fact),
        })
    }

    /// The same for facts about one pod.
    fn of_pod(&self, fact: Fact) -> Option<(WorkloadId, Fact)> {
        let own = |pod: PodId, fact: &dyn Fn(PodId) -> Fact| {
            let (workload, pod) = self.pods[pod as usize];
            Some((workload, fact(pod)))
        };
        match fact {
            Fact::PodScheduled { pod, node } => own(pod, &|pod| Fact::PodScheduled { pod, node }),
            Fact::PodReady(pod) => own(pod, &Fact::PodReady),
            Fact::PodAvailable(pod) => own(pod, &Fact::PodAvailable),
            Fact::PodNotReady { pod, was_available } => own(pod, &|pod| Fact::PodNotReady { pod, was_available }),
            Fact::PodUnavailable(pod) => own(pod, &Fact::PodUnavailable),
            Fact::PodTerminating { pod, was } => own(pod, &|pod| Fact::PodTerminating { pod, was }),
            Fact::PodGone(pod) => own(pod, &Fact::PodGone),
            Fact::FailedPodDeleted(pod) => own(pod, &Fact::FailedPodDeleted),
            Fact::PodFailed { pod, was, first, reason } => own(pod, &|pod| Fact::PodFailed { pod, was, first, reason }),
            Fact::PodUnschedulable { pod, refusals } => own(pod, &|pod| Fact::PodUnschedulable { pod, refusals }),
            Fact::NodeGiven(pod) => own(pod, &Fact::NodeGiven),
            Fact::Preempted { pod, node } => own(pod, &|pod| Fact::Preempted { pod, node }),
            Fact::VolumeElsewhere { pod, node } => own(pod, &|pod| Fact::VolumeElsewhere { pod, node }),
            Fact::PodFound { pod, node } => own(pod, &|pod| Fact::PodFound { pod, node }),
            Fact::Initializing(pod) => own(pod, &Fact::Initializing),
            Fact::Pulling(pod) => own(pod, &Fact::Pulling),
            Fact::Pulled { pod, present } => own(pod, &|pod| Fact::Pulled { pod, present }),
            Fact::ContainersStarted(pod) => own(pod, &Fact::ContainersStarted),
            Fact::ContainerKilled { pod, by } => own(pod, &|pod| Fact::ContainerKilled { pod, by }),
            Fact::ContainerExited { pod, first, killed_by } => {
                own(pod, &|pod| Fact::ContainerExited { pod, first, killed_by })
            }
            Fact::ContainerRestarted(pod) => own(pod, &Fact::ContainerRestarted),
            Fact::PodAnswers(pod) => own(pod, &Fact::PodAnswers),
            Fact::PodSilent(pod) => own(pod, &Fact::PodSilent),
            Fact::Endpoint { pod, listed } => own(pod, &|pod| Fact::Endpoint { pod, listed }),
            _ => None,
        }
    }
}

/// Hands facts to an observer of the world.
pub(crate) struct Split<'a> {
    pub(crate) numbers: &'a mut Numbers,
    pub(crate) observer: &'a mut dyn WorldObserver,
    /// What happens to a workload is reported also after it is over.
    pub(crate) beyond: bool,
    /// Only facts that some metric needs are reported.
    pub(crate) measures: bool,
}

impl Split<'_> {
    /// Reports a fact to those whom it is about.
    #[inline(never)]
    fn report(&mut self, at: SimTime, fact: Fact) {
        match self.numbers.of(fact) {
            Some((workload, own)) => {
                let had = &mut self.numbers.had[usize::from(workload)];
                if !had.over || self.beyond {
                    had.over |= matches!(fact, Fact::RolloutOver(_));
                    self.observer.of_workload(at, workload, own);
                }
            }
            None => {
                for workload in 0..self.numbers.had.len() {
                    if !self.numbers.had[workload].over || self.beyond {
                        self.observer.of_workload(at, workload as WorkloadId, fact);
                    }
                }
            }
        }
        self.observer.of_world(at, fact);
    }
}

impl Observer for Split<'_> {
    const COMPILED_IN: bool = true;
    const DETAIL: bool = false;
    const MANY: bool = true;

    #[inline(always)]
    fn fact(&mut self, at: SimTime, fact: Fact) {
        if !self.measures || fact.is_measured() {
            self.report(at, fact);
        }
    }
}

/// An observer of one workload of a world.
pub(crate) struct OneOfMany<'a, O> {
    pub(crate) observer: &'a mut O,
    pub(crate) workload: WorkloadId,
    /// Where the workload is followed beyond its end until the pods are gone that were told to go.
    pub(crate) followed: Option<Followed>,
}

/// How far a workload is that is followed beyond its end.
#[derive(Debug)]
pub(crate) struct Followed {
    /// For so long it is watched from its beginning on.
    horizon: SimDuration,
    begun: SimTime,
    /// Pods that were told to go and are not gone.
    going: u32,
    over: bool,
    /// Nothing is reported any more.
    done: bool,
}

impl Followed {
    pub(crate) const fn new(horizon: SimDuration) -> Self {
        Self { horizon, begun: SimTime::ZERO, going: 0, over: false, done: false }
    }

    /// Whether a fact is reported.
    fn takes(&mut self, at: SimTime, fact: Fact) -> bool {
        if self.done {
            return false;
        }
        match fact {
            Fact::Begun(_) => self.begun = at,
            Fact::PodTerminating { .. } => self.going += 1,
            Fact::PodGone(_) => self.going -= 1,
            Fact::RolloutOver(_) => self.over = true,
            _ => {}
        }
        // Of a workload that is not complete when nobody watches it any longer, nothing more is told.
        let unfinished = matches!(fact, Fact::RolloutOver(_)) && at.since(self.begun) >= self.horizon;
        self.done = self.over && self.going == 0 || unfinished;
        !unfinished
    }
}

impl<O: Observer> WorldObserver for OneOfMany<'_, O> {
    fn of_workload(&mut self, at: SimTime, workload: WorkloadId, fact: Fact) {
        // An observer of one workload alone knows its beginning by its target, and its end by the span of the run.
        let told = |followed: &mut Option<Followed>| match followed {
            Some(followed) => followed.takes(at, fact),
            None => !matches!(fact, Fact::RolloutOver(_)),
        };
        if workload == self.workload && told(&mut self.followed) {
            self.observer.fact(at, fact);
        }
    }

    fn of_world(&mut self, _: SimTime, _: Fact) {}
}
