//! Where the start-up times of the new version's pods come from: written, fitted to its pods of the snapshot, or assumed.

use super::State;
use crate::distribution::Distribution;
use crate::input::snapshot::{PullSeen, Snapshot, StartUpSeen, fitted_to};
use crate::plan::{Premise, PremiseSource};
use crate::scenario::PodModel;
use crate::stats::fit::{Lengths, Resolution, Seen};
use crate::time::SimDuration;

/// Keys that say how long a start-up takes.
const KEYS: [&str; 3] = ["start", "warmUp", "pull"];

/// Where the start-up times come from.
#[derive(Clone, Debug, PartialEq)]
pub enum StartUp {
    /// Somebody wrote them.
    Written,
    /// They are fitted to the new version's own pods.
    Fitted {
        /// Pods that were Ready.
        complete: usize,
        /// Pods that were not Ready yet: lower bounds.
        running: usize,
        /// The middle of the time from bound to Ready, in seconds.
        median_s: f64,
        /// The pull, where enough events tell of it.
        pull: Option<Distribution>,
        /// Bound to running, with the pull where that does not stand beside it.
        start: Distribution,
        /// Running to Ready, with the wait for the probe.
        warm_up: Distribution,
    },
    /// Nothing is rolling, and no pod of the next version is there: one half of the rollouts have what the present pods took, fitted, the
    /// other half the defaults.
    Present {
        /// Present pods that were Ready.
        complete: usize,
        /// The middle of their time from bound to Ready, in seconds.
        median_s: f64,
        /// See [`StartUp::Fitted`].
        pull: Option<Distribution>,
        /// See [`StartUp::Fitted`].
        start: Distribution,
        /// See [`StartUp::Fitted`].
        warm_up: Distribution,
    },
    /// They are the defaults; how far these are off is not known, and what the pods show decides how much faster or slower is likely.
    Assumed {
        /// Pods that were Ready.
        complete: usize,
        /// Pods that were not Ready yet.
        running: usize,
    },
}

impl StartUp {
    /// The source for the new version of a snapshot's workload.
    pub(super) fn of(snapshot: &Snapshot, premises: &[Premise], state: State) -> Self {
        let is_written = |premise: &Premise| {
            let key = premise.key.strip_prefix("pods.new.").or(premise.key.strip_prefix("pods.")).unwrap_or_default();
            KEYS.contains(&key) && matches!(premise.source, PremiseSource::Written | PremiseSource::Measured)
        };
        if premises.iter().any(is_written) {
            return Self::Written;
        }
        let seen = &snapshot.start_up;
        match fitted(seen) {
            Some(Self::Fitted { complete, median_s, pull, start, warm_up, .. }) if state == State::AtRest => {
                Self::Present { complete, median_s, pull, start, warm_up }
            }
            Some(fitted) => fitted,
            None if state == State::AtRest => Self::Assumed { complete: 0, running: 0 },
            None => Self::Assumed { complete: seen.complete.len(), running: seen.running.len() },
        }
    }

    /// The word for it in JSON.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Written => "written",
            Self::Fitted { .. } => "fitted",
            Self::Present { .. } => "present",
            Self::Assumed { .. } => "assumed",
        }
    }

    /// Gives a version the fitted times. They hold the wait for a probe, and the pull where it has no time of its own, so that neither
    /// is added again.
    pub(super) fn apply(&self, model: &mut PodModel) {
        let (Self::Fitted { pull, start, warm_up, .. } | Self::Present { pull, start, warm_up, .. }) = self else {
            return;
        };
        model.pull = pull.clone().unwrap_or_else(|| Distribution::constant(SimDuration::from_nanos(0)));
        (model.start, model.warm_up) = (start.clone(), warm_up.clone());
        let probes = [&mut model.probes.startup, &mut model.probes.readiness];
        for probe in probes.into_iter().flatten() {
            probe.initial_delay = SimDuration::from_nanos(0);
            probe.period = SimDuration::from_secs(1);
        }
    }
}

/// The times fitted to what was seen; `None`: too little was.
fn fitted(seen: &StartUpSeen) -> Option<StartUp> {
    if !seen.is_enough() {
        return None;
    }
    let whole = |seconds: u32| (Seen::Whole(f64::from(seconds)), 1);
    // A pod that does not run yet has a start of at least that, one that does not serve yet a warm-up: a second of each may be what
    // the stamps have cut.
    let bound = |seconds: u32| (Seen::at_least((f64::from(seconds) - 1.0).max(0.0)), 1);
    let of_running = seen.running.iter().map(|(start, since)| since.map_or_else(|| bound(*start), |_| whole(*start)));
    let starts = seen.complete.iter().map(|(start, _)| whole(*start)).chain(of_running).collect();
    let start = fitted_to(&Lengths::new(Resolution::WholeSeconds, starts))?;
    let of_both = start.quantile(0.5).as_secs_f64();
    let (pull, start) = match seen.fitted_pull().zip(start_without_pull(seen)) {
        Some((pull, rest)) => (Some(pull), rest),
        None => (None, start),
    };
    let of_running = seen.running.iter().filter_map(|(_, since)| since.map(bound));
    let warm = seen.complete.iter().map(|(_, warm_up)| whole(*warm_up)).chain(of_running).collect();
    let warm_up = fitted_to(&Lengths::new(Resolution::WholeSeconds, warm))?;
    let median_s = of_both + warm_up.quantile(0.5).as_secs_f64();
    let (complete, running) = (seen.complete.len(), seen.running.len());
    Some(StartUp::Fitted { complete, running, median_s, pull, start, warm_up })
}

/// What the pods took from bound to running without the pull.
fn start_without_pull(seen: &StartUpSeen) -> Option<Distribution> {
    let rests = seen.pulls.iter().filter_map(PullSeen::rest).map(|rest| (Seen::Whole(rest), 1)).collect();
    fitted_to(&Lengths::new(Resolution::WholeSeconds, rests))
}
