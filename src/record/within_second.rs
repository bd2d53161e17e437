//! When in its second something happened that bears whole seconds: the order of the lines tells it in part.
//!
//! What kubelets and people do comes at any instant of the second: one after the other these are taken to be spread evenly over it.
//! What controllers and the scheduler do about it follows within milliseconds. So two pods that become Ready in one second are as
//! far apart as the lines between them say, and a controller that acts between the two does so in the replay as well.

use super::source::SECOND;

/// How long a controller takes for one write after the one before it.
const WRITE: i64 = 5_000_000;

/// What makes an object change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Somebody whom nothing that is seen here causes to do so: a kubelet, a person, the node controller.
    Own,
    /// A controller or the scheduler, because of what came before.
    Reaction,
    /// It says nothing about when the others happened.
    Elsewhere,
}

/// For each line how far its second, which `seconds` has, had gone, in nanoseconds. Lines are in the cluster's order.
pub(super) fn parts(steps: &[Step], seconds: &[i64]) -> Vec<i64> {
    let mut parts = Vec::with_capacity(steps.len());
    let mut first = 0;
    while let Some(second) = seconds.get(first) {
        let end = seconds[first..].iter().position(|other| other != second).map_or(seconds.len(), |many| first + many);
        parts.extend(of_one_second(&steps[first..end]));
        first = end;
    }
    parts
}

/// The parts of one second for the steps in it.
fn of_one_second(steps: &[Step]) -> Vec<i64> {
    let own = steps.iter().filter(|step| **step == Step::Own).count() as i64;
    let apart = SECOND / (own + 1);
    let mut parts = Vec::with_capacity(steps.len());
    let (mut begun, mut place) = (0, 0);
    while place < steps.len() {
        let next = steps[place + 1..].iter().position(|step| *step == Step::Own);
        let end = next.map_or(steps.len(), |many| place + 1 + many);
        begun += i64::from(steps[place] == Step::Own);
        let counts = steps[place..end].iter().filter(|step| **step == Step::Reaction).count() as i64;
        let write = WRITE.min(apart / (counts + 1));
        let mut at = begun * apart;
        for step in &steps[place..end] {
            at += if *step == Step::Reaction { write } else { 0 };
            parts.push(at);
        }
        place = end;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_steps_are_spread_and_reactions_follow_at_once() {
        use Step::{Elsewhere, Own, Reaction};
        let parts = of_one_second(&[Reaction, Own, Reaction, Reaction, Elsewhere, Own]);
        let third = SECOND / 3;
        assert_eq!(parts, [WRITE, third, third + WRITE, third + 2 * WRITE, third + 2 * WRITE, 2 * third]);
        // Many reactions keep before the next step.
        let many: Vec<Step> = [vec![Own], vec![Reaction; 1000], vec![Own]].concat();
        let parts = of_one_second(&many);
        assert!(parts.is_sorted() && parts[1000] < parts[1001] && parts[1001] < SECOND, "{parts:?}");
    }
}
