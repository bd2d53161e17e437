//! Surfaces that are known.

use super::cholesky::Cholesky;
use super::*;
use crate::distribution::normal;
use crate::stats::sequence::Sequence;

#[test]
fn factors_solve_by_hand() {
    // [[4, 2], [2, 5]] has the factor [[2, 0], [1, 2]], the determinant 16 and the inverse [[5, -2], [-2, 4]] / 16.
    let matrix = [[4.0, 2.0], [2.0, 5.0]];
    let factor = Cholesky::of(2, |i, j| matrix[i][j]).expect("positive definite");
    assert_eq!(factor.solve(&[8.0, 14.0]), [0.75, 2.5]);
    assert!((factor.log_determinant() - libm::log(16.0)).abs() < 1e-12);
    let diagonal = factor.inverse_diagonal();
    assert!((diagonal[0] - 5.0 / 16.0).abs() < 1e-12 && (diagonal[1] - 0.25).abs() < 1e-12, "{diagonal:?}");
    assert_eq!(Cholesky::of(2, |_, _| 1.0), None, "not positive definite");
}

#[test]
fn chosen_points_are_spread_out() {
    let line: Vec<Vec<f64>> = (0..=10).map(|number| vec![f64::from(number) / 10.0]).collect();
    assert_eq!(spread_out(&line, &[], 3), [0, 5, 10]);
    assert_eq!(spread_out(&line, &[3], 2), [3, 10]);
    assert_eq!(spread_out(&line, &[], 99), (0..=10).collect::<Vec<_>>());
    let same = vec![vec![0.5]; 3];
    assert_eq!(spread_out(&same, &[], 2), [0, 1]);
}

fn surface(point: &[f64]) -> f64 {
    libm::sin(4.0 * point[0]) + point[1] * point[1] + 0.5 * point[0] * point[1]
}

fn grid(steps: u32) -> Vec<Vec<f64>> {
    let each = || (0..=steps).map(move |step| f64::from(step) / f64::from(steps));
    each().flat_map(|x| each().map(move |y| vec![x, y])).collect()
}

fn observed(points: &[Vec<f64>], chosen: &[usize], sd: f64, seed: u64) -> Vec<Observed> {
    let mut numbers = Sequence::new(seed, 9);
    let one = |place: &usize| {
        let at = points[*place].clone();
        let value = surface(&at) + sd * normal::quantile(numbers.uniform());
        Observed { at, value, variance: sd * sd }
    };
    chosen.iter().map(one).collect()
}

#[test]
fn a_smooth_surface_is_found_between_its_points() {
    let points = grid(12);
    let chosen = spread_out(&points, &[], points.len() / 5);
    let found = Surface::of(observed(&points, &chosen, 0.0, 1)).expect("a surface");
    let worst = points.iter().map(|at| (found.at(at).value - surface(at)).abs()).fold(0.0, f64::max);
    assert!(worst < 0.03, "{worst}");
    for one in found.observed() {
        let off = (found.at(&one.at).value - one.value).abs();
        assert!(off < 1e-3, "what is known without error stays: {off}");
    }
}

/// Limits of the surface where nothing was simulated hold it in about 95 of 100 points, and those of a point that is left out hold
/// what was simulated there.
#[test]
fn limits_hold_what_they_are_about() {
    let points = grid(12);
    let chosen = spread_out(&points, &[], points.len() / 5);
    let (mut held, mut all, mut again, mut of) = (0, 0, 0, 0);
    for seed in 0..40 {
        let found = Surface::of(observed(&points, &chosen, 0.1, seed)).expect("a surface");
        for (place, at) in points.iter().enumerate().filter(|(place, _)| !chosen.contains(place)) {
            let predicted = found.at(at);
            held += u32::from((predicted.low..=predicted.high).contains(&surface(&points[place])));
            all += 1;
        }
        for (one, predicted) in found.observed().iter().zip(found.left_out()) {
            again += u32::from((predicted.low..=predicted.high).contains(&one.value));
            of += 1;
        }
    }
    let (held, again) = (f64::from(held) / f64::from(all), f64::from(again) / f64::from(of));
    println!("predicted {held}, left out {again}");
    assert!(held > 0.88 && again > 0.9, "{held} {again}");
}

/// Drawn surfaces spread around the estimate as its limits say, and hardly at all where something was simulated without error.
#[test]
fn drawn_surfaces_spread_as_the_limits_say() {
    let points = grid(12);
    let chosen = spread_out(&points, &[], 12);
    let found = Surface::of(observed(&points, &chosen, 0.0, 1)).expect("a surface");
    let drawn = Drawn::new(&found, 400, 7);
    for (place, at) in points.iter().enumerate() {
        let (values, predicted) = (drawn.at(at), found.at(at));
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let spread =
            (values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / values.len() as f64).sqrt();
        let expected = (predicted.high - predicted.low) / 3.92;
        assert!((mean - predicted.value).abs() < 0.5 * expected + 0.02, "{place}: {mean} for {predicted:?}");
        // The mean counts as known in a surface that is drawn, so that these spread a little less; and some surfaces have waves that
        // are much shorter than others, so that few of them carry the spread.
        assert!((0.4 * expected - 0.02..2.0 * expected + 0.02).contains(&spread), "{place}: {spread} for {expected}");
    }
}

/// The closed form of leaving one out is what a surface with the same lengths through the others says.
#[test]
fn what_is_left_out_is_predicted_by_the_others() {
    let points = grid(4);
    let all: Vec<usize> = (0..points.len()).collect();
    let found = Surface::of(observed(&points, &all, 0.05, 3)).expect("a surface");
    let predicted = found.left_out();
    for place in [0, 7, 24] {
        let mut rest = found.observed().to_vec();
        rest.remove(place);
        let others = Surface::with(&rest, &found.lengths, found.variance).expect("a surface");
        let there = others.at(&points[place]);
        assert!((there.value - predicted[place].value).abs() < 1e-6, "{there:?} {:?}", predicted[place]);
    }
}

#[test]
fn too_little_gives_no_surface() {
    let points = grid(1);
    assert!(Surface::of(observed(&points, &[0, 1, 2, 3], 0.1, 1)).is_none(), "four points");
    let flat: Vec<Observed> = (0..9).map(|n| Observed { at: vec![f64::from(n)], value: 2.0, variance: 0.1 }).collect();
    assert!(Surface::of(flat).is_none(), "one value");
}
