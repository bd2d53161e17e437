//! Which scenarios are chosen and which stand for the rest.

use crate::analysis::headlines::{DIP_POD_SECONDS, DURATION_P95, Headline, LOST_P95};
use crate::analysis::{
    ScenarioResult, Statistics, StatisticsLine, TradeOff, Verdict, cases, fastest_that_meets, front, least, most,
    spread,
};
use crate::metrics::Bounds;
use crate::plan::Objective;
use crate::stats::Estimate;

/// The result of a scenario of which these figures are known.
fn result(scenario: u32, parameters: &[(&str, &str)], known: &[(Headline, f64)]) -> ScenarioResult {
    let line =
        |(one, value): &(Headline, f64)| StatisticsLine { figure: one.figure, estimate: Estimate::point(*value, 1000) };
    ScenarioResult {
        scenario,
        parameters: parameters.iter().map(|(path, value)| ((*path).into(), (*value).into())).collect(),
        replicas: 20,
        bounds: Bounds::default(),
        statistics: Statistics { n: 1000, lines: known.iter().map(line).collect(), completion: Vec::new() },
        timeline: Vec::new(),
        levels: Vec::new(),
        achieved: Vec::new(),
        differences: Vec::new(),
        no_node: None,
        inputs: None,
        what_if: Vec::new(),
        chosen: Default::default(),
        pods: Vec::new(),
        cluster: None,
    }
}

/// Three scenarios, the last of which is the fastest; none of them dips.
fn three() -> [ScenarioResult; 3] {
    [(0, "1", 90.0), (1, "2", 60.0), (2, "100%", 30.0)].map(|(id, surge, duration)| {
        result(id, &[("maxSurge", surge)], &[(DURATION_P95, duration), (DIP_POD_SECONDS, 0.0)])
    })
}

#[test]
fn front_holds_what_nothing_beats() {
    let any = result(0, &[], &[]);
    let point = |(duration, dip)| TradeOff { result: &any, duration, dip };
    let points = [(3.0, 0.0), (1.0, 9.0), (2.0, 9.0), (2.0, 4.0), (4.0, 0.0), (2.0, 4.0)].map(point);
    let front: Vec<_> = front(&points).iter().map(|p| (p.duration, p.dip)).collect();
    assert_eq!(front, [(1.0, 9.0), (2.0, 4.0), (3.0, 0.0)]);
}

#[test]
fn cases_differ_in_more_than_strategy() {
    let swept = |other: &str| -> Vec<_> {
        let points = [(0, "1", "0"), (1, "2", "0"), (2, "1", "30"), (3, "2", "30")];
        points.iter().map(|(id, surge, value)| result(*id, &[("maxSurge", surge), (other, value)], &[])).collect()
    };
    let (strategies, worlds) = (swept("minReadySeconds"), swept("replicas"));
    assert_eq!(cases(&strategies.iter().collect::<Vec<_>>()).len(), 1);
    let all: Vec<_> = worlds.iter().collect();
    let cases = cases(&all);
    assert_eq!(cases.len(), 2);
    assert_eq!(cases[1].parameters, [("replicas".into(), "30".into())]);
    assert_eq!(cases[1].alternatives.iter().map(|result| result.scenario).collect::<Vec<_>>(), [2, 3]);
}

#[test]
fn the_fastest_that_meets_all_is_shown_to() {
    let results = three();
    let all: Vec<_> = results.iter().collect();
    let objective = Objective::parse("p95 duration_s <= 1m").expect("an objective");
    let verdicts = |met: [Option<bool>; 3]| -> Vec<_> {
        (0..).zip(met).map(|(scenario, met)| Verdict { objective: &objective, scenario, met }).collect()
    };
    let found = |met| fastest_that_meets(&all, &verdicts(met)).map(|result| result.scenario);
    assert_eq!(found([Some(true); 3]), Some(2));
    assert_eq!(found([Some(true), Some(false), None]), Some(0));
    assert_eq!(found([None; 3]), None);
    assert!(fastest_that_meets(&all, &[]).is_none());
}

#[test]
fn spread_keeps_both_ends() {
    assert_eq!(spread(&[1, 2, 3], 3), [1, 2, 3]);
    assert_eq!(spread(&[1, 2, 3, 4, 5], 3), [1, 3, 5]);
    assert_eq!(spread(&[1, 2, 3], 1), [1]);
    assert!(spread::<u8>(&[], 3).is_empty());
}

#[test]
fn extremes_prefer_the_faster_of_equals() {
    let results = three();
    let all: Vec<_> = results.iter().collect();
    assert_eq!(least(&all, DIP_POD_SECONDS.figure).map(|r| r.scenario), Some(2));
    assert_eq!(most(&all, DURATION_P95.figure).map(|r| r.scenario), Some(0));
    assert!(least(&all, LOST_P95.figure).is_none());
}
