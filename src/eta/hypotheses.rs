//! How far assumed times may be off, and what the snapshot says about that.
//!
//! Nothing in a snapshot tells how long a new version takes to start before some of its pods have started. The defaults are then
//! taken to be right to within a factor, and the times of one version to differ as much as the default has it, or less. Each
//! possibility is weighed by how well it explains what the pods show (Bayes): those that are Ready, those that are not yet, those that
//! are still stopping. The same for a version whose pods never become Ready. Each replication has one possibility of each.
//!
//! Times that were fitted to measurements, or to pods of the snapshot, are known as well as so few values tell: the replications share
//! draws of other parameters that the values allow, so that what they measure is a prediction (A. Gelman and others, Bayesian Data
//! Analysis, 3rd ed. 2013, section 1.3).

use std::ops::Range;

use super::evidence::{ever_ready, new_pods};
use super::likely::{Factor, Likely, Span, Times, uniform};
use super::start_up::StartUp;
use crate::analysis::DRAWS;
use crate::distribution::{Distribution, Shape};
use crate::input::snapshot::{PullSeen, Snapshot, StartUpSeen};
use crate::metrics::Record;
use crate::recommend::Replicator;
use crate::scenario::{NEW_TEMPLATE, PodModel, Scenario, drawn};
use crate::time::SimDuration;

/// The probability, before anything is seen, that no pod of a version ever becomes Ready.
const STUCK: f64 = 0.02;

/// Most replications that one worker runs without others looking for work.
const TOGETHER: usize = 32;

/// The shortest period of a probe, in seconds.
const PROBE_S: f64 = 1.0;

/// What is possible of a scenario's times, with how likely it is.
#[derive(Clone, Debug)]
pub(super) struct Worlds {
    base: Scenario,
    start: Likely,
    warm_up: Likely,
    stop: Likely,
    /// The probability that the new version's pods never become Ready.
    stuck: f64,
    /// The medians of the new version's start and warm-up and of the old one's stop by default, in seconds.
    medians: [f64; 3],
    /// What one half of the replications have of the present pods.
    present: Option<StartUp>,
    /// The pulls that events tell of: no factor counts for them.
    pull: Option<Distribution>,
    /// The seed of the draws; `None`: no time was fitted to measurements.
    draws: Option<u64>,
}

/// What one or several replications have.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
struct Choice {
    start: Factor,
    warm_up: Factor,
    stop: Factor,
    is_stuck: bool,
    is_present: bool,
    /// 0: the parameters that were fitted.
    draw: u32,
}

impl Worlds {
    /// What is possible where a run starts from a snapshot.
    pub(super) fn of(scenario: &Scenario, snapshot: &Snapshot, start_up: &StartUp, seed: u64) -> Self {
        let mut base = scenario.clone();
        let at_rest = matches!(start_up, StartUp::Present { .. } | StartUp::Assumed { complete: 0, running: 0 });
        let model = base.simulated_mut().pods.get_mut(usize::from(NEW_TEMPLATE));
        if let Some(model) = model.filter(|_| matches!(start_up, StartUp::Fitted { .. })) {
            start_up.apply(model);
        }
        let nothing = StartUpSeen::default();
        let seen = if at_rest { &nothing } else { &snapshot.start_up };
        let pull = matches!(start_up, StartUp::Assumed { .. }).then(|| seen.fitted_pull()).flatten();
        let mut model = base.simulated().pods.get(usize::from(NEW_TEMPLATE)).cloned();
        if let (Some(model), true) = (&mut model, pull.is_some()) {
            model.pull = Distribution::constant(SimDuration::from_nanos(0));
        }
        let start = |factor: f64| model.as_ref().map_or_else(Times::default, |model| Times::of_start(model, factor));
        let warm_up =
            |factor: f64| model.as_ref().map_or_else(Times::default, |model| Times::of_warm_up(model, factor));
        let complete = |value: fn(&(u32, u32)) -> u32| seen.complete.iter().map(move |own| Span::whole(value(own)));
        let starts = seen.running.iter().map(|(start, since)| match since {
            Some(_) => Span::whole(*start),
            None => Span::at_least(*start),
        });
        let mut starts: Vec<Span> = complete(|own| own.0).chain(starts).collect();
        if pull.is_some() {
            starts = seen.pulls.iter().filter_map(PullSeen::rest).map(Span::about).collect();
        }
        let warm = seen.running.iter().filter_map(|(_, since)| since.map(Span::at_least));
        let warm = complete(|own| own.1).chain(warm);
        let is_assumed = matches!(start_up, StartUp::Assumed { .. } | StartUp::Present { .. });
        let of_start = Likely::of(start, &starts, is_assumed);
        let of_warm_up = Likely::of(warm_up, &warm.collect::<Vec<_>>(), is_assumed);
        let may_be_stuck = !at_rest && !ever_ready(snapshot) && new_pods(snapshot).next().is_some();
        let stuck = if may_be_stuck { STUCK / (STUCK + (1.0 - STUCK) * of_warm_up.evidence) } else { 0.0 };
        let (stop, stops) = stopping(&base, snapshot);
        let medians = [start(1.0).median(), warm_up(1.0).median(), stops];
        let present = matches!(start_up, StartUp::Present { .. }).then(|| start_up.clone());
        let is_measured = present.is_some() || pull.is_some() || base.is_measured();
        let draws = is_measured.then_some(seed);
        Self { base, start: of_start, warm_up: of_warm_up, stop, stuck, medians, present, pull, draws }
    }

    /// The probability that the new version's pods never become Ready.
    pub(super) const fn stuck(&self) -> f64 {
        self.stuck
    }

    /// How long a rollout is followed.
    pub(super) fn horizon(&self) -> SimDuration {
        self.base.simulated().horizon
    }

    /// Gives each of `count` replications its possibility, and `each` one scenario after the other with its replications.
    pub(super) fn each(&self, count: u32, mut each: impl FnMut(&Scenario, Range<u32>)) {
        for (choice, range) in self.parts(count) {
            each(&self.scenario(choice), range);
        }
    }

    /// What `count` replications measure, where `change` makes of each scenario the one that is simulated.
    pub(super) fn records(
        &self,
        count: u32,
        run: &Replicator,
        change: impl Fn(Scenario) -> Scenario + Sync,
    ) -> Vec<Record> {
        run.records_of_parts(&self.parts(count), |choice| change(self.scenario(*choice)))
    }

    /// The possibilities of `count` replications, with those that have each of them: at most [`TOGETHER`] at a time.
    fn parts(&self, count: u32) -> Vec<(Choice, Range<u32>)> {
        let mut choices: Vec<Choice> = (0..count).map(|number| self.choice(number)).collect();
        choices.sort_by(|one, other| one.partial_cmp(other).unwrap_or(std::cmp::Ordering::Equal));
        let mut parts = Vec::new();
        let mut first = 0;
        while let Some(choice) = choices.get(first) {
            let alike = choices[first..].iter().take(TOGETHER).take_while(|other| *other == choice).count();
            parts.push((*choice, first as u32..(first + alike) as u32));
            first += alike;
        }
        parts
    }

    fn choice(&self, number: u32) -> Choice {
        let [start, warm_up, stop, stuck] = uniform(number);
        Choice {
            start: self.start.at(start),
            warm_up: self.warm_up.at(warm_up),
            stop: self.stop.at(stop),
            is_stuck: stuck < self.stuck,
            is_present: self.present.is_some() && stuck >= 0.5,
            draw: if self.draws.is_some() { 1 + number % DRAWS } else { 0 },
        }
    }

    fn scenario(&self, choice: Choice) -> Scenario {
        let mut scenario = self.base.clone();
        let world = scenario.simulated_mut();
        if let Some(model) = world.pods.get_mut(usize::from(NEW_TEMPLATE)) {
            match self.present.as_ref().filter(|_| choice.is_present) {
                Some(present) => present.apply(model),
                None => {
                    self.change(model, choice);
                    if let Some(pull) = &self.pull {
                        model.pull = pull.clone();
                    }
                }
            }
        }
        let narrow = narrow(self.medians[2] * choice.stop.times).filter(|_| choice.stop.narrow);
        for model in world.pods.iter_mut().filter(|_| !choice.stop.is_usual()) {
            model.termination = narrow.clone().unwrap_or_else(|| model.termination.scaled(choice.stop.times));
        }
        let Some(seed) = self.draws else { return scenario };
        // Times that a pod has already exceeded are none that what was seen allows.
        let is_possible = |other: &Scenario| other.doubts().len() <= scenario.doubts().len();
        drawn(std::slice::from_ref(&scenario), seed, choice.draw).pop().filter(is_possible).unwrap_or(scenario)
    }

    fn change(&self, model: &mut PodModel, Choice { start, warm_up, is_stuck, .. }: Choice) {
        let nothing = Distribution::constant(SimDuration::from_nanos(0));
        if start.narrow
            && let Some(times) = narrow(self.medians[0] * start.times)
        {
            (model.pull, model.start) = (nothing, times);
        } else if !start.is_usual() {
            model.pull = model.pull.scaled(start.times);
            model.start = model.start.scaled(start.times);
            model.init_containers.iter_mut().for_each(|container| container.scale(start.times));
        }
        if warm_up.narrow
            && let Some(times) = narrow((self.medians[1] * warm_up.times - PROBE_S / 2.0).max(PROBE_S / 20.0))
        {
            model.warm_up = times;
            // The wait for a probe is in it: half of the shortest period is taken off, which that has in the mean.
            for probe in [&mut model.probes.startup, &mut model.probes.readiness].into_iter().flatten() {
                probe.initial_delay = SimDuration::from_nanos(0);
                probe.period = SimDuration::from_secs(1);
            }
        } else if !warm_up.is_usual() {
            model.warm_up = model.warm_up.scaled(warm_up.times);
        }
        if is_stuck {
            model.never_ready = 1.0;
        }
    }
}

/// Times around a median that differ little.
fn narrow(median: f64) -> Option<Distribution> {
    let shape = Shape::LogNormal { mu: libm::log(median.max(1e-3)), sigma: Likely::NARROW };
    Distribution::new(shape, 0.0, None).ok()
}

/// How likely each factor of the time to stop is, and the middle of that time; where nothing was seen to stop it is as it is assumed.
fn stopping(scenario: &Scenario, snapshot: &Snapshot) -> (Likely, f64) {
    let span = |(least, most): &(u32, Option<u32>)| Span { least: f64::from(*least), most: most.map(f64::from) };
    let seen: Vec<Span> = snapshot.start_up.stopping.iter().map(span).collect();
    match scenario.simulated().pods.first() {
        Some(model) if !seen.is_empty() => {
            let times = |factor: f64| Times::of_stop(model, factor);
            (Likely::of(times, &seen, true), times(1.0).median())
        }
        _ => (Likely::usual(), 0.0),
    }
}
