//! The rule of choice, step by step.

use crate::analysis::headlines::{AVAILABLE_P05, COMPLETED, DURATION_P95, PODS_P95, STALLED, SURGE};
use crate::analysis::pick::{Contender, pick, zone_s};
use crate::analysis::{Pick, Statistics, StatisticsLine};
use crate::metrics::Bounds;
use crate::plan::Objective;
use crate::stats::{Estimate, proportion};

const ROLLOUTS: u64 = 1000;
const DESIRED: u32 = 12;
const ROOM: u64 = 18;

/// A strategy that qualifies: its p95, the pods available at worst, pods at once, extra pod-seconds, and the pods that it may
/// ask for beyond the desired ones.
struct Known {
    duration: f64,
    available: f64,
    pods: f64,
    extra: f64,
    surge: u32,
    stalled: u64,
    qualifies: bool,
    anew: bool,
}

const fn known(duration: f64, available: f64, pods: f64, extra: f64, surge: u32) -> Known {
    Known { duration, available, pods, extra, surge, stalled: 0, qualifies: true, anew: false }
}

fn picked(all: &[Known], now: Option<usize>, zone: f64) -> Pick {
    let statistics: Vec<Statistics> = all.iter().map(statistics).collect();
    let contenders: Vec<Contender<'_>> = all
        .iter()
        .zip(&statistics)
        .map(|(one, statistics)| Contender {
            statistics,
            bounds: Bounds { ceiling: DESIRED + one.surge, capacity: ROOM, ..Bounds::default() },
            qualifies: one.qualifies,
            needs_new_object: one.anew,
        })
        .collect();
    pick(&contenders, now, zone)
}

fn statistics(one: &Known) -> Statistics {
    let point = |value| Estimate::point(value, ROLLOUTS);
    let lines = [
        (DURATION_P95, point(one.duration)),
        (AVAILABLE_P05, point(one.available)),
        (PODS_P95, point(one.pods)),
        (SURGE, point(one.extra)),
        (STALLED, proportion(one.stalled, ROLLOUTS)),
        (COMPLETED, proportion(ROLLOUTS - one.stalled, ROLLOUTS)),
    ];
    let lines = lines.map(|(one, estimate)| StatisticsLine { figure: one.figure, estimate }).to_vec();
    Statistics { n: ROLLOUTS, lines, completion: Vec::new() }
}

/// The six strategies of a service of 12 pods that takes 45 s to start, and the objective of ten minutes.
fn six() -> Vec<Known> {
    vec![
        known(341.0, 11.0, 14.0, 90.0, 1),
        known(270.0, 9.0, 17.0, 400.0, 3),
        known(134.0, 12.0, 18.0, 801.0, 6),
        known(119.0, 12.0, 24.0, 958.0, 12),
        known(117.0, 11.0, 23.0, 803.0, 12),
        Known { qualifies: false, ..known(60.0, 6.0, 18.0, 500.0, 6) },
    ]
}

#[test]
fn the_most_available_of_the_equally_fast_with_the_fewest_extra_pods_wins() {
    let pick = picked(&six(), Some(1), 60.0);
    assert_eq!((pick.recommended, pick.least_room, pick.fastest, pick.now), (Some(2), Some(0), Some(4), Some(1)));
    assert_eq!(pick.qualified, [0, 1, 2, 3, 4]);
    assert_eq!((&pick.equally_fast[..], &pick.most_available[..]), (&[2, 3, 4][..], &[2, 3][..]));
    assert_eq!(pick.with_room, [2], "24 pods do not fit where there is room for 18");
}

#[test]
fn a_narrow_zone_leaves_the_fastest() {
    assert_eq!(picked(&six(), None, 1.9).recommended, Some(4));
    assert_eq!(picked(&six(), None, 2.0).recommended, Some(3), "the limit of the zone belongs to it");
}

/// More pods available at worst are worth more than room; of equally available ones that with room wins.
#[test]
fn pods_that_would_only_wait_for_a_node_are_not_asked_for() {
    let same = [known(127.0, 11.0, 23.0, 700.0, 12), known(127.0, 11.0, 18.0, 706.0, 6)];
    assert_eq!(picked(&same, None, 5.0).recommended, Some(1));
    let alone = [known(127.0, 12.0, 23.0, 700.0, 12), known(127.0, 11.0, 18.0, 706.0, 6)];
    let pick = picked(&alone, None, 5.0);
    assert_eq!((pick.recommended, &pick.with_room[..]), (Some(0), &[0][..]));
}

#[test]
fn what_is_shown_to_stall_more_often_is_left_out() {
    let mut two = [known(100.0, 12.0, 18.0, 500.0, 6), known(100.0, 12.0, 18.0, 400.0, 6)];
    for (stalled, wanted) in [(0, 1), (4, 1), (30, 0)] {
        two[1].stalled = stalled;
        assert_eq!(picked(&two, None, 5.0).recommended, Some(wanted), "{stalled} of {ROLLOUTS} stalled");
    }
}

#[test]
fn where_none_qualifies_none_is_recommended() {
    let none: Vec<Known> = six().into_iter().map(|one| Known { qualifies: false, ..one }).collect();
    let pick = picked(&none, Some(0), 5.0);
    assert_eq!((pick.recommended, pick.least_room, pick.fastest, pick.now), (None, None, None, Some(0)));
}

/// Where more than one rollout in twenty does not complete there is no p95, and speed decides nothing.
#[test]
fn without_a_p95_all_are_equally_fast() {
    let two = [known(f64::INFINITY, 11.0, 13.0, 10.0, 1), known(f64::INFINITY, 12.0, 18.0, 400.0, 6)];
    let pick = picked(&two, None, 5.0);
    assert_eq!((pick.recommended, &pick.equally_fast[..]), (Some(1), &[0, 1][..]));
}

#[test]
fn the_zone_follows_from_the_limit_or_from_the_fastest() {
    let found = statistics(&known(134.0, 12.0, 18.0, 801.0, 6));
    let contender =
        |qualifies| Contender { statistics: &found, bounds: Bounds::default(), qualifies, needs_new_object: false };
    let zone = |texts: &[&str], written| {
        let objectives: Vec<_> = texts.iter().map(|text| Objective::parse(text).expect("an objective")).collect();
        zone_s(&objectives, &[contender(true)], written)
    };
    assert_eq!(zone(&["p95 duration_s <= 10m"], None), 60.0);
    assert_eq!(zone(&["p99 duration_s <= 10m", "mean duration_s <= 5m", "p95 below_objective_s <= 1s"], None), 30.0);
    assert_eq!(zone(&["p95 duration_s <= 10m"], Some(3.0)), 3.0);
    assert!((zone(&["p95 duration_s >= 10m", "stalled_rate <= 1%"], None) - 6.7).abs() < 1e-9);
    assert_eq!(zone_s(&[], &[contender(false)], None), 1.0);
}
