//! Looking beyond success: `kubectl rollout status` reports success as soon as all pods are available, and pods may fail later.
//!
//! Whoever asks which strategy is good enough must not get an answer that ends there: without this, a version whose pods all die
//! a minute after they were Ready completes every rollout.

use super::choices::Decision;
use super::load::Plan;
use crate::distribution::Distribution;
use crate::input::Objective;
use crate::k8s::kubelet::CRASH_BACKOFF;
use crate::scenario::{MeasuredEvent, Observe, PodModel, Scenario, Until};
use crate::time::SimDuration;

/// Pods that fail late are looked for where more than this share of them does: the share of crashes that is the default.
const SELDOM: f64 = 0.002;

/// The share of late failures that the time after success covers.
const COVERED: f64 = 0.999;

/// Most such sentences.
const LATE_NOTES: usize = 5;

/// No run is followed for longer by itself.
const LONGEST_LOOK: SimDuration = SimDuration::from_secs(3600);

/// What the pods of a version may do when they have been available for some time.
#[derive(Clone, Debug, PartialEq)]
struct LateFailure {
    /// Share of the pods that do so.
    share: f64,
    /// When half of them have, after their start or since they are Ready.
    after: SimDuration,
    /// What they do: `exit`, or `lose their readiness`.
    what: &'static str,
    /// What [`Self::after`] counts from.
    from: &'static str,
    /// The key of the time.
    key: &'static str,
    /// How long a run has to be followed to see it.
    window: SimDuration,
}

/// What pods that start during the event may do only when they are available, the worst first.
fn late_failures(scenario: &Scenario) -> Vec<LateFailure> {
    let started = match scenario.event {
        MeasuredEvent::Rollout => &scenario.pods[1..],
        MeasuredEvent::Nothing => &[],
        _ => &scenario.pods[..1],
    };
    let window = SimDuration::from_secs(u64::try_from(scenario.deployment.min_ready_seconds).unwrap_or(0));
    let mut found: Vec<_> =
        started.iter().flat_map(|model| [crash(model, window), flap(model, window)]).flatten().collect();
    found.sort_by(|one, other| other.share.total_cmp(&one.share));
    found
}

/// Pods that fail when they are available, which may be after the rollout has succeeded.
fn sentence(scenario: &Scenario) -> Option<String> {
    let LateFailure { share, after, what, from, key, .. } = late_failures(scenario).into_iter().next()?;
    let who = match share {
        0.995.. => format!(
            "every pod {} {:.0} s {}",
            third_person(what),
            after.as_secs_f64(),
            from.replace("their", "its").replace("they are", "it is")
        ),
        _ => format!("{} % of the pods {what} {:.0} s {from}", (1000.0 * share).round() / 10.0, after.as_secs_f64()),
    };
    let rest = if scenario.observes() {
        "what comes after success is in the columns after_*".to_owned()
    } else {
        "what is measured ends with success: --set observe=DURATION shows what comes then, and recommend and --check look there \
         by themselves"
            .to_owned()
    };
    Some(format!("{who} (pods.{key}, median), when the rollout may have succeeded already: {rest}"))
}

fn third_person(what: &str) -> String {
    let (verb, rest) = what.split_once(' ').unwrap_or((what, ""));
    format!("{verb}s {rest}").trim_end().replace("their", "its")
}

fn crash(model: &PodModel, window: SimDuration) -> Option<LateFailure> {
    let waits = model.probes.readiness.is_some() || model.probes.startup.is_some();
    let ready = |after: f64| if waits { model.warm_up.cdf(after) } else { 1.0 };
    let available = |after: SimDuration| {
        let left = after.saturating_sub(window);
        if left.is_zero() { 0.0 } else { ready(left.as_secs_f64()) }
    };
    let share = model.crash * mean(&model.crash_after, available);
    (share > SELDOM).then(|| LateFailure {
        share,
        after: model.crash_after.quantile(0.5),
        what: "exit",
        from: "after their start",
        key: "crashAfter",
        window: model.crash_after.quantile(COVERED)
            + CRASH_BACKOFF
            + model.start.quantile(COVERED)
            + if waits { model.warm_up.quantile(COVERED) } else { SimDuration::ZERO },
    })
}

fn flap(model: &PodModel, window: SimDuration) -> Option<LateFailure> {
    let share = model.flap * mean(&model.flap_after, |after| if after > window { 1.0 } else { 0.0 });
    (share > SELDOM).then(|| LateFailure {
        share,
        after: model.flap_after.quantile(0.5),
        what: "lose their readiness",
        from: "after they are Ready",
        key: "flapAfter",
        window: model.flap_after.quantile(COVERED) + model.flap_for.quantile(COVERED),
    })
}

/// The mean of a function of a length of time.
fn mean(times: &Distribution, of: impl Fn(SimDuration) -> f64) -> f64 {
    const PARTS: u32 = 500;
    let at = |part: u32| of(times.quantile((f64::from(part) + 0.5) / f64::from(PARTS)));
    (0..PARTS).map(at).sum::<f64>() / f64::from(PARTS)
}

impl Plan {
    /// Follows every scenario of this plan and of `decisions` beyond its end for as long as pods may fail that were available,
    /// if they may, and has the objectives include that time. Gives the length where it is not what was written.
    pub fn look_beyond_success(&mut self, decisions: &mut [Decision]) -> Option<SimDuration> {
        if self.scenarios.iter().any(|scenario| scenario.world.is_some()) {
            // Several workloads are followed until the last one is over.
            return None;
        }
        let length = self.needed_look(decisions).filter(|length| !self.is_followed_for(*length, decisions));
        if let Some(length) = length {
            let decided = decisions.iter_mut().flat_map(|one| one.case.alternatives.iter_mut().chain(&mut one.own));
            self.scenarios.iter_mut().chain(decided).for_each(|scenario| follow(scenario, length));
            self.caveats.assumed.push(format!(
                "every rollout is followed for {length} after its end, since available pods may fail then, and the objectives \
                 include that time: --set observe=DURATION follows it for another time"
            ));
        }
        self.include_what_follows();
        length
    }

    /// What available pods may do after a rollout has succeeded, in sentences. They are for whoever watches a command, and are no
    /// part of a result.
    #[must_use]
    pub fn late_notes(&self) -> Vec<String> {
        let mut notes: Vec<String> = Vec::new();
        for note in self.scenarios.iter().filter_map(sentence) {
            if !notes.contains(&note) && notes.len() < LATE_NOTES {
                notes.push(note);
            }
        }
        notes
    }

    /// What must be asked besides where available pods may fail and no objective is about availability.
    #[must_use]
    pub fn missing_objective(&self, decisions: &[Decision]) -> Option<Objective> {
        self.missing_among(&self.objectives, decisions)
    }

    /// [`Self::missing_objective`] where `objectives` are asked for.
    pub(super) fn missing_among(&self, objectives: &[Objective], decisions: &[Decision]) -> Option<Objective> {
        let asked = objectives.is_empty() || objectives.iter().any(Objective::is_availability);
        let missing = self.columns().after && !asked && self.may_fail_late(decisions).next().is_some();
        missing.then(Objective::available_after)
    }

    fn may_fail_late<'a>(&'a self, decisions: &'a [Decision]) -> impl Iterator<Item = LateFailure> + 'a {
        let decided = decisions.iter().flat_map(|one| one.case.alternatives.iter().chain(&one.own));
        self.scenarios.iter().chain(decided).flat_map(late_failures)
    }

    /// Whether runs are followed for long enough. Where no strategy is chosen, what is written is; a choice must not rest on a
    /// time that is too short.
    fn is_followed_for(&self, length: SimDuration, decisions: &[Decision]) -> bool {
        let enough = |scenario: &Scenario| match scenario.observe() {
            Observe::Not => false,
            Observe::OldPodsGone => decisions.is_empty(),
            Observe::For(written) => decisions.is_empty() || written >= length,
        };
        self.scenarios.iter().all(enough)
    }

    /// The longest time that pods of a scenario need to fail and to come back.
    fn needed_look(&self, decisions: &[Decision]) -> Option<SimDuration> {
        let longest = self.may_fail_late(decisions).map(|failure| failure.window).max()?.min(LONGEST_LOOK);
        Some(SimDuration::from_secs(longest.as_secs_f64().ceil() as u64))
    }

    /// Where runs are followed beyond their end, availability is asked for until then.
    pub fn include_what_follows(&mut self) {
        if self.columns().after {
            self.objectives.iter_mut().for_each(Objective::include_what_follows);
        }
    }
}

fn follow(scenario: &mut Scenario, length: SimDuration) {
    let observe = Observe::For(length);
    match &mut scenario.until {
        Until::Success { observe: known } | Until::Settled { observe: known } => *known = observe,
        Until::Horizon => {}
    }
}
