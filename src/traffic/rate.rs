//! Requests per second over time: constant, or straight lines between points that repeat every period.

use crate::time::SimDuration;

/// Requests per second, by the time since the rollout's start.
#[derive(Clone, Debug, PartialEq)]
pub struct Rate {
    /// Time within the period and requests per second, in order of time, each time once.
    points: Vec<(SimDuration, f64)>,
    period: SimDuration,
    /// The time within the period at which the rollout starts.
    start_at: SimDuration,
}

/// Why points do not describe a rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RateError {
    /// There are no points.
    #[error("a curve needs at least one point")]
    Empty,
    /// The points are not in order of time, each once.
    #[error("the points of a curve must be in order of time, each once")]
    Order,
    /// A point lies at or after the period's end.
    #[error("the points of a curve must lie before the end of its period")]
    Period,
    /// A rate is negative or not a number.
    #[error("a rate must be a number from 0")]
    Rate,
}

/// A stretch of time over which the rate is a straight line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Piece {
    /// Requests per second at the start of the piece.
    pub rate: f64,
    /// Change of the rate, in requests per second per second.
    pub slope: f64,
    /// How long the straight line continues from there.
    pub length: SimDuration,
}

impl Rate {
    /// A constant rate of `rate` requests per second.
    #[must_use]
    pub fn constant(rate: f64) -> Self {
        Self {
            points: vec![(SimDuration::ZERO, rate)],
            period: SimDuration::from_secs(86_400),
            start_at: SimDuration::ZERO,
        }
    }

    /// Straight lines between `points`, in requests per second, repeated after each `period`; the rollout starts at
    /// `start_at` within it.
    ///
    /// # Errors
    ///
    /// Where the points are out of order, beyond the period, or negative.
    pub fn curve(
        points: Vec<(SimDuration, f64)>,
        period: SimDuration,
        start_at: SimDuration,
    ) -> Result<Self, RateError> {
        let last = points.last().ok_or(RateError::Empty)?;
        if points.windows(2).any(|pair| pair[0].0 >= pair[1].0) {
            return Err(RateError::Order);
        }
        if last.0 >= period {
            return Err(RateError::Period);
        }
        if points.iter().any(|(_, rate)| !rate.is_finite() || *rate < 0.0) {
            return Err(RateError::Rate);
        }
        let start_at = SimDuration::from_nanos(start_at.as_nanos() % period.as_nanos());
        Ok(Self { points, period, start_at })
    }

    /// The greatest number of requests per second.
    #[must_use]
    pub fn most(&self) -> f64 {
        self.points.iter().fold(0.0, |most, (_, rate)| most.max(*rate))
    }

    /// About how many straight lines the rate has within `time`.
    #[must_use]
    pub fn pieces(&self, time: SimDuration) -> f64 {
        self.points.len() as f64 * (time.as_secs_f64() / self.period.as_secs_f64()).max(1.0)
    }

    /// Requests per second at a time since the rollout's start.
    #[must_use]
    pub fn at(&self, since: SimDuration) -> f64 {
        self.piece(since).rate
    }

    /// The straight line that applies from a time since the rollout's start.
    #[must_use]
    pub fn piece(&self, since: SimDuration) -> Piece {
        if let [(_, rate)] = self.points[..] {
            return Piece { rate, slope: 0.0, length: SimDuration::MAX };
        }
        let period = self.period.as_nanos();
        let at = (since.as_nanos() % period + self.start_at.as_nanos()) % period;
        let next = self.points.partition_point(|(point, _)| point.as_nanos() <= at);
        let last = self.points.len() - 1;
        let (from, before) = self.points[if next == 0 { last } else { next - 1 }];
        let (to, after) = self.points[if next > last { 0 } else { next }];
        let passed = (at + period - from.as_nanos()) % period;
        let left = (to.as_nanos() + period - at - 1) % period + 1;
        let share = passed as f64 / (passed + left) as f64;
        Piece {
            rate: before + (after - before) * share,
            slope: (after - before) / SimDuration::from_nanos(passed + left).as_secs_f64(),
            length: SimDuration::from_nanos(left),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(hours: u64) -> SimDuration {
        SimDuration::from_secs(hours * 3600)
    }

    #[test]
    fn lines_between_points_go_round_the_day() {
        let points = vec![(hours(2), 100.0), (hours(14), 700.0)];
        let table =
            [(0, 200.0), (2, 100.0), (8, 400.0), (14, 700.0), (20, 400.0), (23, 250.0), (24, 200.0), (50, 100.0)];
        let rate = Rate::curve(points.clone(), hours(24), hours(0)).unwrap();
        for (at, expected) in table {
            assert!((rate.at(hours(at)) - expected).abs() < 1e-9, "{at}");
        }
        let late = Rate::curve(points, hours(24), hours(20)).unwrap();
        let piece = late.piece(SimDuration::ZERO);
        assert_eq!((piece.rate, piece.length), (400.0, hours(6)));
        assert!((piece.slope * 3600.0 + 50.0).abs() < 1e-9);
        assert_eq!(late.piece(hours(6)).length, hours(12));
        assert_eq!(late.most(), 700.0);
    }

    #[test]
    fn a_constant_never_ends() {
        let piece = Rate::constant(7.0).piece(hours(999));
        assert_eq!(piece, Piece { rate: 7.0, slope: 0.0, length: SimDuration::MAX });
    }

    #[test]
    fn points_must_make_sense() {
        let curve = |points: &[(u64, f64)]| {
            Rate::curve(points.iter().map(|(at, rate)| (hours(*at), *rate)).collect(), hours(24), hours(0)).err()
        };
        assert_eq!(curve(&[]), Some(RateError::Empty));
        assert_eq!(curve(&[(2, 1.0), (2, 2.0)]), Some(RateError::Order));
        assert_eq!(curve(&[(24, 1.0)]), Some(RateError::Period));
        assert_eq!(curve(&[(2, -1.0)]), Some(RateError::Rate));
        assert_eq!(curve(&[(0, 1.0), (23, 0.0)]), None);
    }
}
