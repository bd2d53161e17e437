//! The whole recommendation, repeated with many seeds in worlds whose answer is known, is right as often as it says.

use super::*;

const EXPERIMENTS: u64 = 100;
/// The least number of right answers out of 100; where 95 % are right, fewer occur once in a hundred times.
const LEAST: usize = 90;
/// Replications from which the truth is known.
const MANY: u32 = 30_000;

const NOISY: &str = "
deployment: {spec: {replicas: 4, template: {spec: {containers: [{name: app, image: app}]}}}}
pods: {start: {exponential: {mean: 10s}}, termination: {exponential: {mean: 8s}}, crash: 0, new: {pull: 1s}}
horizon: 2m
replications: 100
";

struct World {
    decision: Decision,
    objectives: Vec<Objective>,
    /// What every strategy does, from many replications with a seed of their own.
    truth: Vec<Vec<Record>>,
}

impl World {
    fn noisy(more: &str) -> Self {
        Self::new(&format!("{NOISY}{more}"))
    }

    fn new(experiment: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let file = folder.path().join("experiment.yaml");
        std::fs::write(&file, experiment).expect("room on the disk");
        let (plan, mut decisions) = Plan::load_cases(&file, &Overrides::default()).expect("a valid experiment");
        let decision = decisions.remove(0);
        let scenarios: Vec<&Scenario> = decision.case.alternatives.iter().collect();
        let truth =
            Replicator::new(987_654, 0, 100, MANY).expect("threads").each(&scenarios, 0..MANY, |_, records| records);
        Self { decision, objectives: plan.objectives, truth }
    }

    /// The true means of a criterion.
    fn means(&self, criterion: &Criterion) -> Vec<f64> {
        let horizon = self.decision.case.alternatives[0].horizon;
        let mean = |records: &Vec<Record>| {
            records.iter().map(|record| criterion.of(record, horizon)).sum::<f64>() / records.len() as f64
        };
        self.truth.iter().map(mean).collect()
    }

    /// The answers to many seeds.
    fn answers(&self, question: &Question) -> Vec<Recommendation> {
        let one = |seed| {
            recommend(
                &self.decision,
                &self.objectives,
                question,
                &Replicator::new(seed, 0, 100, 1000).expect("threads"),
            )
        };
        (0..EXPERIMENTS).map(one).collect()
    }
}

/// The two least, least first, and their distance.
fn least(means: &[f64]) -> (usize, usize, f64) {
    let mut order: Vec<usize> = (0..means.len()).collect();
    order.sort_by(|a, b| means[*a].total_cmp(&means[*b]));
    (order[0], order[1], means[order[1]] - means[order[0]])
}

fn cost(surge: f64) -> Criterion {
    let weight = |metric, factor| Weight { metric, factor };
    Criterion::Cost(vec![weight(&metric::DURATION, 1.0), weight(&metric::SURGE_POD_SECONDS, surge)])
}

/// The indifference zone is the true distance of the best two, which is all that the promise asks for.
#[test]
fn the_best_is_recommended_as_often_as_promised() {
    let world =
        World::noisy("objectives: [unfinished_rate <= 50%]\nsweep: {maxSurge: [0, 1, 2, 4], maxUnavailable: [1]}");
    // With these prices of surge the best is so by 3 % and by 2 %.
    for price in [0.05, 0.2] {
        let criterion = cost(price);
        let (best, second, distance) = least(&world.means(&criterion));
        let question = Question { criterion, indifference: Some(distance), replications: 100, ..question() };
        let found = world.answers(&question);
        let choices: Vec<&Choice> = found.iter().filter_map(|one| one.choice.as_ref()).collect();
        assert!(choices.len() == 100 && choices.iter().all(|choice| choice.decided && choice.qualified == 4));
        let right = choices.iter().filter(|choice| choice.best == best).count();
        println!(
            "price {price}, means {:.1?}: {best} before {second} by {distance:.2}, recommended {right} times",
            world.means(&question.criterion)
        );
        assert!(right >= LEAST, "price {price}: {right}");
    }
}

/// A pipeline undoes what stalls, and a stall costs the horizon: the short deadline is worse by what one rollout in 170 loses,
/// which the first hundreds of rollouts may not show.
const RARE: &str = "
deployment:
  spec:
    replicas: 4
    template: {spec: {containers: [{name: app, image: app, readinessProbe: {httpGet: {port: 80}, periodSeconds: 1}}]}}
pods:
  start: 2s
  warmUp: {mixture: [{weight: 99.85%, of: {uniform: {low: 5s, high: 15s}}}, {weight: 0.15%, of: {uniform: {low: 60s, high: 90s}}}]}
  termination: 1s
  crash: 0
  new: {pull: 1s}
rollback: {afterStall: 0s}
objectives: [stalled_rate <= 50%]
sweep: {maxSurge: [1], maxUnavailable: [0], progressDeadlineSeconds: [50, 600]}
horizon: 10m
replications: 100
";

#[test]
fn rare_failures_are_reckoned_with() {
    let world = World::new(RARE);
    let means = world.means(&mean_time());
    let (best, _, distance) = least(&means);
    let question = Question { criterion: mean_time(), indifference: Some(distance), replications: 100, ..question() };
    let found = world.answers(&question);
    let choices: Vec<&Choice> = found.iter().filter_map(|one| one.choice.as_ref()).collect();
    let decided = choices.iter().filter(|choice| choice.decided).count();
    let right = choices.iter().filter(|choice| choice.decided && choice.best == best).count();
    let took = choices.iter().map(|choice| choice.replications).max();
    println!("means {means:.1?}: better by {distance:.2}, decided {decided} times, {right} right, {took:?} at most");
    assert!(best == 1 && decided > 90 && right >= LEAST, "{right} of {decided}");
}

/// The cheapest strategy misses the objective by a hair: 51 % of its rollouts take longer.
#[test]
fn what_misses_an_objective_is_not_recommended_more_often_than_promised() {
    let mut world =
        World::noisy("objectives: [p50 duration_s <= 1m]\nsweep: {maxSurge: [1, 2, 4], maxUnavailable: [0]}");
    let (cheapest, ..) = least(&world.means(&Criterion::Surge));
    let mut durations: Vec<f64> = world.truth[cheapest].iter().map(|record| record.duration.as_secs_f64()).collect();
    durations.sort_unstable_by(f64::total_cmp);
    world.objectives[0].limit = durations[(0.49 * f64::from(MANY)) as usize];
    let question = Question { criterion: Criterion::Surge, ..question() };
    let found = world.answers(&question);
    let some = found.iter().filter(|one| one.choice.is_some()).count();
    let wrong = found.iter().filter(|one| one.choice.as_ref().is_some_and(|choice| choice.best == cheapest)).count();
    println!("recommended {some} times, {wrong} times what misses the objective");
    assert!(some > 90 && wrong <= 100 - LEAST, "{wrong} of {some}");
}

/// The rule of choice by an experiment with a p95 that many strategies come close to, and with pods that may fail. Neither does
/// the recommended strategy miss an objective, nor is another that truly meets them faster by more than the answer says, nor do
/// fewer pods stay available than it says, more often than promised.
#[test]
fn what_the_rule_promises_is_true_as_often_as_it_says() {
    let mut world = World::noisy(
        "objectives: [p95 duration_s <= 1m, availability: 50%]\nsweep: {maxSurge: [1, 2, 4], maxUnavailable: [0, 1]}",
    );
    let p95: Vec<f64> = world.truth.iter().map(|records| quantile(records, 0.95, duration)).collect();
    let available: Vec<f64> =
        world.truth.iter().map(|records| quantile(records, 0.05, |record| f64::from(record.min_available))).collect();
    // Two of six miss the objective by a hair: just more than one rollout in twenty takes longer.
    world.objectives[0].limit = p95.iter().copied().filter(|p95| *p95 > 50.0).fold(f64::INFINITY, f64::min) - 0.5;
    let limit = world.objectives[0].limit;
    let question = Question { criterion: Criterion::Duration, replications: 1200, ceiling: 5000, ..question() };
    let found = world.answers(&question);
    let mut wrong = [0; 3];
    let (mut some, mut decided) = (0, 0);
    for one in &found {
        let Some(choice) = &one.choice else { continue };
        some += 1;
        wrong[0] += usize::from(p95[choice.best] > limit);
        let rivals = (0..p95.len()).filter(|&n| one.strategies[n].qualifies() && n != choice.best);
        let slower = rivals.map(|n| p95[choice.best] - p95[n]).fold(0.0, f64::max);
        wrong[1] += usize::from(choice.slower_s.is_some_and(|most| slower > most));
        wrong[2] += usize::from(choice.available.is_some_and(|least| available[choice.best] < least));
        decided += usize::from(choice.decided);
    }
    println!(
        "p95 {p95:.1?}, available {available:?}, limit {limit:.1}: {some} answers, {wrong:?} wrong, {decided} decided"
    );
    assert!(some > 90 && wrong.iter().sum::<usize>() <= 100 - LEAST, "{wrong:?} of {some}");
    // A limit that says nothing would also be true.
    assert!(decided > 50, "{decided} of {some}");
}

fn duration(record: &Record) -> f64 {
    if record.outcome == Outcome::Completed { record.duration.as_secs_f64() } else { f64::INFINITY }
}

fn quantile(records: &[Record], q: f64, value: impl Fn(&Record) -> f64) -> f64 {
    let mut values: Vec<f64> = records.iter().map(value).collect();
    values.sort_unstable_by(f64::total_cmp);
    values[(q * values.len() as f64 - 1e-9).ceil().max(1.0) as usize - 1]
}
