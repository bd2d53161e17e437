//! The agenda against the obvious model, a sorted list.

use std::collections::BTreeSet;

use super::Agenda;
use super::agenda::{LIST, LIST_AGAIN};
use crate::time::SimTime;

fn at(seconds: u64) -> SimTime {
    SimTime::from_secs(seconds)
}

#[test]
fn events_of_one_instant_keep_their_order() {
    let mut agenda = Agenda::default();
    for (seconds, name) in [(2, 'c'), (1, 'a'), (2, 'd'), (1, 'b')] {
        agenda.schedule(at(seconds), name);
    }
    let order: String = std::iter::from_fn(|| agenda.pop()).collect();
    assert_eq!(order, "abcd");
    assert_eq!(agenda.now(), at(2));
}

#[test]
fn the_past_is_now_and_never_is_dropped() {
    let mut agenda = Agenda::default();
    agenda.schedule(at(5), 'x');
    agenda.pop();
    agenda.schedule(at(1), 'y');
    agenda.schedule(SimTime::NEVER, 'z');
    assert_eq!(agenda.pop(), Some('y'));
    assert!(agenda.is_empty());
}

#[test]
fn events_of_the_open_slot_may_come_in_any_order() {
    let mut agenda = Agenda::default();
    let mut times: Vec<u64> = (0..1000).map(|number| number * 7919 % 1000).collect();
    for time in &times {
        agenda.schedule(SimTime::from_nanos(1 + time), *time);
    }
    times.sort_unstable();
    let order: Vec<u64> = std::iter::from_fn(|| agenda.pop()).collect();
    assert_eq!(order, times);
}

#[test]
fn a_place_is_kept() {
    let mut agenda = Agenda::default();
    let first = agenda.reserve(at(2));
    agenda.schedule(at(2), 'b');
    agenda.schedule(at(1), 'x');
    assert_eq!(agenda.pop(), Some('x'));
    assert!(!agenda.has_passed(first));
    agenda.schedule_at(first, 'a');
    assert_eq!([agenda.pop_until(at(1)), agenda.pop_until(at(2)), agenda.pop()], [None, Some('a'), Some('b')]);
    assert!(agenda.has_passed(first));
}

#[test]
fn only_events_of_this_instant_are_taken_early() {
    let mut agenda = Agenda::default();
    for (seconds, number) in [(1, 1), (1, 2), (1, 30), (2, 3)] {
        agenda.schedule(at(seconds), number);
    }
    assert_eq!(agenda.pop(), Some(1));
    let small = |number: &i32| (*number < 10).then_some(*number);
    assert_eq!([agenda.next_now(small), agenda.next_now(small)], [Some(2), None]);
    assert_eq!(agenda.pop(), Some(30));
    assert_eq!(agenda.next_now(small), None, "it is later");
}

#[test]
fn an_event_is_taken_at_once_only_where_nothing_comes_before_it() {
    let mut agenda = Agenda::default();
    agenda.schedule(at(1), 'a');
    agenda.schedule(at(2), 'b');
    assert!(!agenda.schedule_or_take(at(1), 'c'), "it is not due yet");
    assert_eq!(agenda.pop(), Some('a'));
    assert!(!agenda.schedule_or_take(at(1), 'd'), "another one is due before it");
    assert_eq!([agenda.pop(), agenda.pop()], [Some('c'), Some('d')]);
    assert!(agenda.schedule_or_take(at(1), 'e'));
    assert!(!agenda.schedule_or_take(SimTime::NEVER, 'f'));
    assert_eq!([agenda.pop(), agenda.pop()], [Some('b'), None]);
    // The same while events are in slots.
    for number in 0..100 * LIST as u64 {
        agenda.schedule(SimTime::from_nanos(3_000_000_000 + number * 20_000_000), 'x');
    }
    agenda.pop();
    assert!(agenda.in_slots && agenda.schedule_or_take(at(3), 'y'));
    agenda.schedule(at(3), 'z');
    assert!(!agenda.schedule_or_take(at(3), 'y'));
    assert_eq!([agenda.pop(), agenda.pop()], [Some('z'), Some('y')]);
}

/// From one instant to ten minutes: the open slot, the ring and the heap.
fn spread(number: u32) -> u64 {
    [1, 50_000_000, 5_000, 30_000_000, 5_000_000_000, 60_000_000_000, 600_000_000_000][number as usize % 7]
}

/// Against the obvious model, a sorted list, under a long run of mixed operations.
#[test]
fn agrees_with_a_sorted_list() {
    let mut agenda = Agenda::default();
    let mut model: BTreeSet<(SimTime, u32)> = BTreeSet::new();
    let mut state = 12_345_u64;
    agenda.schedule(at(1), 0);
    agenda.reset(at(77));
    for number in 0..20_000_u32 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let time = SimTime::from_nanos(agenda.now().as_nanos() + (state >> 20) % spread(number));
        agenda.schedule(time, number);
        model.insert((time, number));
        if state >> 63 == 0 || number > 15_000 {
            let expected = model.pop_first().expect("an event");
            assert_eq!(agenda.pop(), Some(expected.1));
            assert_eq!(agenda.now(), expected.0);
        }
    }
    assert_eq!(agenda.len(), model.len());
    let rest: Vec<_> = std::iter::from_fn(|| agenda.pop().map(|number| (agenda.now(), number))).collect();
    assert_eq!(rest, Vec::from_iter(model));
}

/// The number of events rises and falls, as in a rollout that waits between its steps.
#[test]
fn the_list_and_the_slots_take_turns() {
    let mut agenda = Agenda::default();
    let mut model: Vec<(SimTime, u32)> = Vec::new();
    let (mut state, mut turns, mut in_slots) = (99_u64, 0, false);
    for number in 0..20_000_u32 {
        let wanted = if number / 200 % 2 == 0 { 3 * LIST } else { LIST_AGAIN / 2 };
        while model.len() > wanted {
            let expected = model.remove(0);
            assert_eq!((agenda.pop(), agenda.now()), (Some(expected.1), expected.0));
        }
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let time = SimTime::from_nanos(agenda.now().as_nanos() + (state >> 20) % spread(number));
        agenda.schedule(time, number);
        let place = model.partition_point(|known| *known < (time, number));
        model.insert(place, (time, number));
        turns += u32::from(in_slots != agenda.in_slots);
        in_slots = agenda.in_slots;
    }
    assert!(turns > 50, "{turns}");
}
