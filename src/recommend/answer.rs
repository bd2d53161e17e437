//! What is asked, and what is answered.

use std::ops::Range;

use super::candidates::{Origin, does_the_same, is_of_another_policy};
use super::criterion::Criterion;
use super::objectives::{Assessment, Standing};
use crate::analysis::headlines::COMPLETED;
use crate::analysis::{Pick, Statistics};
use crate::k8s::objects::DeploymentSpec;
use crate::metrics::{Bounds, Figure, Statistic, metric};
use crate::plan::PodRequests;
use crate::scenario::{MeasuredLatency, Scenario, SetSpec};
use crate::stats::Paired;

/// Mean time to completion, where rollouts that do not complete count with the horizon.
pub const TIME_TO_COMPLETE: Figure = Figure::of(&metric::DURATION, Statistic::RestrictedMean);

/// What is asked.
#[doc(hidden)]
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// How the best of those that qualify is chosen.
    pub criterion: Criterion,
    /// Probability that all that is claimed holds.
    pub confidence: f64,
    /// A difference of the criterion that is too small to matter; `None`: one twentieth of the least, of a surge at least 1;
    /// of a duration see [`zone_s`](crate::analysis::pick::zone_s).
    pub indifference: Option<f64>,
    /// Replications of each strategy for the objectives and for the evidence.
    pub replications: u32,
    /// Replications of a strategy at which the choice is given up.
    pub ceiling: u32,
    /// Whether every strategy is simulated to the end, however many there are.
    pub exhaustive: bool,
}

/// The answer for one case.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Recommendation {
    /// The swept parameters that are no strategy.
    pub case: Vec<(String, String)>,
    /// The kind of the workload, such as `Deployment`.
    pub kind: &'static str,
    /// Name of the Deployment, or of the set.
    pub deployment: String,
    /// Its namespace; `default` where none is written.
    pub namespace: String,
    /// What one pod requests.
    pub requests: PodRequests,
    /// Where the strategies come from.
    pub origin: Origin,
    /// How the strategies were found, where there are too many to simulate each to the end; `None`: all are in
    /// [`Self::strategies`].
    pub search: Option<Search>,
    /// Every strategy that was simulated to the end.
    pub strategies: Vec<Strategy>,
    /// Which of them the manifest has; it may be none of those to choose from.
    pub own: Option<usize>,
    /// What the rule of choice picks among them, whatever the criterion; all are places in [`Self::strategies`].
    pub pick: Pick,
    /// The choice; `None` where no strategy qualifies.
    pub choice: Option<Choice>,
    /// Probability with which any one objective of one strategy is taken for met though it is not.
    pub tail: f64,
    /// Whether the choice stands with latencies that the measurements allow as well; `None`: they are taken to be known, or nothing is
    /// chosen.
    pub drawn: Option<DrawnChoice>,
}

/// A choice that is made again with latencies that their measurements allow as well.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct DrawnChoice {
    /// The measurements.
    pub measurements: Vec<MeasuredLatency>,
    /// How often the latencies were drawn.
    pub draws: u32,
    /// Replications of each strategy in each draw.
    pub replications: u32,
    /// Draws in which the estimates of the chosen strategy meet every objective.
    pub meets: u32,
    /// What the estimates of a draw make the choice, with the number of draws, the most frequent first; `None`: nothing meets every
    /// objective.
    pub picked: Vec<(Option<usize>, u32)>,
}

impl DrawnChoice {
    /// In how many draws this strategy is the choice.
    #[must_use]
    pub fn picks(&self, strategy: usize) -> u32 {
        self.picked.iter().find(|(place, _)| *place == Some(strategy)).map_or(0, |(_, count)| *count)
    }
}

/// A search that was made.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Search {
    /// Strategies to choose from that differ in what the controllers do.
    pub candidates: usize,
    /// Those that had a look.
    pub looks: usize,
    /// Replications of a look.
    pub replications: u32,
    /// Those that were simulated to the end.
    pub finalists: usize,
    /// Of the surfaces drawn at the end, the share whose pick is among the finalists: what the surfaces say of the search, and no more.
    pub held: f64,
}

/// A strategy and what was found of it in the first stage.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Strategy {
    /// What sets it apart: path and value.
    pub parameters: Vec<(String, String)>,
    /// Its spec; of a set what a Deployment has too.
    pub spec: DeploymentSpec,
    /// The StatefulSet or DaemonSet with the strategy; `None`: it is one of a Deployment.
    pub set: Option<SetSpec>,
    /// How many pods it may ask for, and how many the nodes take.
    pub bounds: Bounds,
    /// What is said where there is no room for all its extra pods; `None`: there is.
    pub no_room: Option<String>,
    /// Whether it is one to choose from, or only compared with.
    pub eligible: bool,
    /// Its statistics.
    pub statistics: Statistics,
    /// Of the experiment's objectives, in their order.
    pub assessments: Vec<Assessment>,
    /// Mean of the criterion.
    pub criterion: f64,
    /// Whether no other strategy that is as good for the objectives beats it in duration, dip and surge at once.
    pub on_front: bool,
}

/// How the best was chosen.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Choice {
    /// Which strategy.
    pub best: usize,
    /// Strategies that qualified, the best included.
    pub qualified: usize,
    /// Other strategies that were not distinguished from the best: those left at the ceiling, those of [`Self::alike`], and
    /// those with the same numbers of pods, which are not simulated a second time.
    pub undecided: Vec<usize>,
    /// Others that were dropped although they behaved exactly like the best in every replication of both, with the number of
    /// these. A difference of the indifference zone would have shown with the probability of correct selection; that there
    /// is none is not shown.
    pub alike: Vec<(usize, u32)>,
    /// Whether the procedure came to its end; otherwise no probability is guaranteed. By duration: whether no other that
    /// qualifies is shown to be faster by more than the zone.
    pub decided: bool,
    /// The indifference zone; by duration, a difference of the p95 of the duration that does not matter.
    pub indifference: f64,
    /// Probability that the best was selected, if it is better by the indifference zone than every other that
    /// qualified. By duration: probability that what [`Self::slower_s`] and [`Self::available`] say is true.
    pub probability: f64,
    /// The most by which the criterion is reckoned to differ between two rollouts.
    pub bound: Bound,
    /// Replications of the strategy simulated longest; 0 where only one qualified.
    pub replications: u32,
    /// By duration, with that probability: no other that qualifies has a p95 of the duration that is less by more than this
    /// many seconds. `None` where nothing is shown, or where no other qualified.
    pub slower_s: Option<f64>,
    /// By duration, with that probability: 95 of 100 rollouts keep so many pods available at worst, or more. `None` where
    /// nothing is shown.
    pub available: Option<f64>,
    /// The comparison with the manifest's own strategy.
    pub evidence: Evidence,
}

/// The most by which the criterion is reckoned to differ between two rollouts.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Bound {
    /// In the criterion's unit.
    pub value: f64,
    /// Whether it follows from the experiment; otherwise it is ten times the most that was seen.
    pub known: bool,
    /// Whether a rollout went beyond it, so that nothing is guaranteed.
    pub exceeded: bool,
}

/// What the chosen strategy gains and gives up.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Evidence {
    /// Replications it rests on.
    pub replications: Range<u32>,
    /// Of the chosen strategy.
    pub best: Statistics,
    /// Of the manifest's own, where that is another.
    pub own: Option<Statistics>,
    /// Chosen less own, pair by pair: [`TIME_TO_COMPLETE`], and the means of surge, missing pods over time and deepest
    /// dip. Empty where the two are one.
    pub differences: Vec<(Figure, Paired)>,
    /// The time to which durations are restricted, in seconds.
    pub horizon_s: f64,
}

impl Strategy {
    /// Whether any of its rollouts completed.
    #[must_use]
    pub fn completes(&self) -> bool {
        self.statistics.value(COMPLETED.figure) > Some(0.0)
    }

    /// Whether the controllers treat it like `other`: the numbers of pods and the times are the same.
    #[must_use]
    pub fn does_the_same(&self, other: &Self) -> bool {
        does_the_same((&self.spec, self.set.as_ref()), (&other.spec, other.set.as_ref()))
    }

    /// The scenario of another strategy with this one in its place.
    #[must_use]
    pub fn of(&self, scenario: &Scenario) -> Scenario {
        match self.set {
            Some(set) => scenario.with_set(set),
            None => Scenario { deployment: self.spec, ..scenario.clone() },
        }
    }

    /// Whether the object must be deleted and created again to get from `now` to this strategy, because the API server lets nobody
    /// change its `podManagementPolicy`.
    #[must_use]
    pub fn needs_new_object(&self, now: &Self) -> bool {
        is_of_another_policy(self.set.as_ref(), now.set.as_ref())
    }

    /// Whether it may be chosen.
    #[must_use]
    pub fn qualifies(&self) -> bool {
        self.eligible && self.completes() && self.assessments.iter().all(|one| one.standing == Standing::Met)
    }
}
