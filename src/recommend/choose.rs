//! The choice among the strategies that qualify, and the evidence for the one chosen.

use super::answer::{Bound, Choice, Evidence, Question, Strategy, TIME_TO_COMPLETE};
use super::confirm::{Claim, confirm};
use super::criterion::Criterion;
use super::reach;
use super::replicate::Replicator;
use crate::analysis::headlines::{DIP_MEAN, DIP_POD_SECONDS, SURGE};
use crate::analysis::{Pick, Scope, Statistics, differences_of};
use crate::metrics::Figure;
use crate::scenario::Scenario;
use crate::stats::{Reach, Selection};
use crate::time::SimDuration;

/// What the choice gains and gives up.
const COMPARED: [Figure; 4] = [TIME_TO_COMPLETE, SURGE.figure, DIP_POD_SECONDS.figure, DIP_MEAN.figure];

/// Least and most replications that are simulated at a time.
const STEP: (usize, usize) = (128, 2048);

/// What the later stages start from.
pub(super) struct Stage<'a> {
    pub(super) scenarios: &'a [&'a Scenario],
    pub(super) strategies: &'a [Strategy],
    pub(super) pick: &'a Pick,
    pub(super) horizon: SimDuration,
    pub(super) question: &'a Question,
    pub(super) run: &'a Replicator,
    /// The most that terms of a cost without a bound came to in a rollout of the first stage.
    pub(super) unbounded: f64,
}

impl Stage<'_> {
    pub(super) fn choose(&self, own: Option<usize>, alpha: f64) -> Option<Choice> {
        let qualified: Vec<usize> = (0..self.strategies.len()).filter(|&n| self.strategies[n].qualifies()).collect();
        let distinct = self.distinct(&qualified);
        let first = *distinct.first()?;
        let start = self.question.replications;
        let reaches: Vec<Reach> = distinct.iter().map(|&n| self.reach(n)).collect();
        let mut choice = Choice {
            best: first,
            qualified: qualified.len(),
            undecided: Vec::new(),
            alike: Vec::new(),
            decided: true,
            indifference: self.indifference(&qualified),
            probability: 1.0,
            bound: self.bound(&distinct, &reaches),
            replications: 0,
            slower_s: None,
            available: None,
            evidence: self.no_evidence(first),
        };
        if self.question.criterion == Criterion::Duration {
            self.by_rule(&distinct, alpha, &mut choice);
        } else if distinct.len() > 1 {
            let before: Vec<f64> = distinct.iter().map(|&n| self.strategies[n].criterion * f64::from(start)).collect();
            let mut selection = Selection::new(&reaches, &before, choice.indifference, alpha);
            self.select(&mut selection, &distinct);
            self.take(&selection, &distinct, &mut choice);
            choice.probability = 1.0 - alpha;
        }
        let same = |&n: &usize| !distinct.contains(&n) && self.are_one(n, choice.best);
        choice.undecided.extend(qualified.iter().copied().filter(same));
        choice.undecided.sort_unstable();
        choice.evidence = self.evidence(choice.best, own, start + choice.replications);
        Some(choice)
    }

    /// The strategy that the rule of choice picks, and what can be promised of it.
    fn by_rule(&self, distinct: &[usize], alpha: f64, choice: &mut Choice) {
        let best = self.pick.recommended.unwrap_or(choice.best);
        (choice.best, choice.indifference, choice.probability) = (best, self.pick.zone_s, 1.0 - alpha);
        let rivals: Vec<&Scenario> =
            distinct.iter().filter(|&&n| !self.are_one(n, best)).map(|&n| self.scenarios[n]).collect();
        let question = self.question;
        let claim = Claim {
            run: self.run,
            start: question.replications,
            first: question.replications,
            ceiling: question.ceiling,
            zone_s: self.pick.zone_s,
            alpha,
        };
        let shown = confirm(&claim, self.scenarios[best], &rivals);
        choice.replications = shown.replications;
        choice.available = shown.available;
        choice.slower_s = shown.slower_s.filter(|_| !rivals.is_empty());
        choice.decided = rivals.is_empty() || shown.slower_s.is_some_and(|slower| slower <= self.pick.zone_s);
    }

    /// What the selection among `distinct` came to.
    fn take(&self, selection: &Selection, distinct: &[usize], choice: &mut Choice) {
        let best = selection.best();
        choice.best = distinct[best];
        choice.replications = selection.observed() as u32;
        choice.bound.exceeded = selection.is_beyond();
        choice.decided = selection.is_over() && !selection.is_beyond();
        for (place, &strategy) in distinct.iter().enumerate().filter(|(place, _)| *place != best) {
            let remains = selection.remaining().contains(&place);
            let alike = selection.alike(best, place).filter(|_| !remains);
            choice.alike.extend(alike.map(|replications| (strategy, replications as u32)));
            if remains || alike.is_some() {
                choice.undecided.push(strategy);
            }
        }
    }

    /// Those of `qualified` that are no repetition of one before.
    fn distinct(&self, qualified: &[usize]) -> Vec<usize> {
        let mut distinct: Vec<usize> = Vec::new();
        for &one in qualified {
            if !distinct.iter().any(|&known| self.are_one(one, known)) {
                distinct.push(one);
            }
        }
        distinct
    }

    fn are_one(&self, a: usize, b: usize) -> bool {
        self.strategies[a].does_the_same(&self.strategies[b])
    }

    fn reach(&self, strategy: usize) -> Reach {
        reach::of(&self.question.criterion, self.scenarios[strategy], self.horizon, self.unbounded)
    }

    fn bound(&self, distinct: &[usize], reaches: &[Reach]) -> Bound {
        let greatest = reaches.iter().map(|reach| reach.greatest).fold(f64::NEG_INFINITY, f64::max);
        let least = reaches.iter().map(|reach| reach.least).fold(f64::INFINITY, f64::min);
        let known = distinct.iter().all(|&n| reach::is_known(&self.question.criterion, self.scenarios[n]));
        Bound { value: greatest - least, known, exceeded: false }
    }

    /// One twentieth of the least that is not 0. A second or a pod-second more or less matters to nobody; what a unit of a
    /// cost is worth is not known.
    fn indifference(&self, qualified: &[usize]) -> f64 {
        let floor = if matches!(self.question.criterion, Criterion::Cost(_)) { 0.0 } else { 1.0 };
        let means = qualified.iter().map(|&n| self.strategies[n].criterion.abs()).filter(|mean| *mean > 0.0);
        let twentieth = means.min_by(f64::total_cmp).map_or(1.0, |least| least / 20.0);
        self.question.indifference.unwrap_or_else(|| twentieth.max(floor))
    }

    /// Runs the procedure to its end or to the ceiling.
    fn select(&self, selection: &mut Selection, distinct: &[usize]) {
        let ceiling = self.question.ceiling as usize;
        while !selection.is_over() && selection.observed() < ceiling {
            let done = selection.observed();
            let step = (done / 8).clamp(STEP.0, STEP.1).min(ceiling - done);
            let start = self.question.replications + done as u32;
            let systems = selection.remaining().to_vec();
            let scenarios: Vec<&Scenario> = systems.iter().map(|&n| self.scenarios[distinct[n]]).collect();
            let values = self.run.each(&scenarios, start..start + step as u32, |_, records| {
                let value = |record| self.question.criterion.of(record, self.horizon);
                records.iter().map(value).collect::<Vec<f64>>()
            });
            let place = |system| systems.iter().position(|known| *known == system).unwrap_or(0);
            let mut observation = 0;
            while observation < step && !selection.is_over() {
                selection.observe(|system| values[place(system)][observation]);
                observation += 1;
            }
        }
    }

    fn no_evidence(&self, strategy: usize) -> Evidence {
        let start = self.question.replications;
        Evidence {
            replications: start..start,
            best: self.strategies[strategy].statistics.clone(),
            own: None,
            differences: Vec::new(),
            horizon_s: self.horizon.as_secs_f64(),
        }
    }

    fn evidence(&self, best: usize, own: Option<usize>, start: u32) -> Evidence {
        let replications = start..start + self.question.replications;
        let other = own.filter(|own| *own != best);
        let scenarios: Vec<&Scenario> = [best].into_iter().chain(other).map(|n| self.scenarios[n]).collect();
        let mut records = self.run.each(&scenarios, replications.clone(), |_, records| records).into_iter();
        let chosen = records.next().unwrap_or_default();
        let present = records.next();
        let scope = |n: usize| Scope::of(self.scenarios[n]).up_to(self.horizon);
        let differences = present.as_ref().zip(other).map_or_else(Vec::new, |(present, other)| {
            differences_of(&COMPARED, (present, &scope(other)), (&chosen, &scope(best)))
        });
        Evidence {
            replications,
            best: Statistics::of(&chosen, &scope(best)),
            own: present.zip(other).map(|(records, other)| Statistics::of(&records, &scope(other))),
            differences: differences.into_iter().map(|one| (one.figure, one.paired)).collect(),
            horizon_s: self.horizon.as_secs_f64(),
        }
    }
}
