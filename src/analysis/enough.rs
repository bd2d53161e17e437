//! How many rollouts are needed to show that an objective is met.

use crate::metrics::Statistic;
use crate::plan::Objective;
use crate::stats::{self, OrderStatistic, proportion};

/// The fewest rollouts of a scenario with which [`super::meets`] can say yes to `objective`, should every one of them
/// be as wished; `None` where no number can.
#[must_use]
pub fn fewest(objective: &Objective) -> Option<u64> {
    let Objective { at_most, limit, .. } = *objective;
    match (objective.figure.statistic, objective.figure.statistic.quantile()) {
        (Statistic::Rate, _) => stats::fewest(|n| {
            let share = proportion(if at_most { 0 } else { n }, n);
            if at_most { share.high <= Some(limit) } else { share.low >= Some(limit) }
        }),
        (Statistic::Mean, _) => Some(2),
        (_, Some(q)) => stats::fewest(|n| OrderStatistic::new(n as usize, q).limits(at_most)),
        (_, None) => Some(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_number_with_which_a_limit_can_be_within() {
        for (objective, wanted) in [
            // log(0.05) / log(0.99), log(0.05) / log(0.95), log(0.025) / log(0.95), log(0.025) / log(0.99)
            ("stalled_rate <= 1%", Some(299)),
            ("completed_rate >= 95%", Some(59)),
            ("stalled_rate <= 0%", None),
            ("p95 duration_s <= 5m", Some(72)),
            ("p99 duration_s <= 5m", Some(368)),
            ("p95 duration_s >= 5m", Some(2)),
            ("mean dip_depth <= 5%", Some(2)),
            ("max duration_s <= 5m", Some(1)),
            ("availability: 90%", Some(72)),
        ] {
            assert_eq!(fewest(&Objective::parse(objective).expect("an objective")), wanted, "{objective}");
        }
    }
}
