//! The least value of a function of few variables, without its derivatives.

/// The search ends when the edges of the simplex are shorter than this.
const REST: f64 = 1e-7;
const MOST_STEPS: u32 = 2_000;

/// A corner of the simplex and the value there.
#[derive(Clone, Copy, Debug)]
struct Corner<const N: usize> {
    at: [f64; N],
    value: f64,
}

/// The point at which `f` is least, by the method of Nelder and Mead (The Computer Journal 7 (1965), 308-313) from
/// `start` with first steps of length `step`. The search runs twice, the second time from the first result, so that a
/// collapsed simplex does not end it early. Values that are not finite count as too large.
pub(super) fn least<const N: usize>(start: [f64; N], step: f64, f: impl Fn([f64; N]) -> f64) -> [f64; N] {
    search(search(start, step, &f), step / 4.0, &f)
}

fn search<const N: usize>(start: [f64; N], step: f64, f: &impl Fn([f64; N]) -> f64) -> [f64; N] {
    let corner = |at: [f64; N]| {
        let value = f(at);
        Corner { at, value: if value.is_finite() { value } else { f64::INFINITY } }
    };
    let mut simplex = vec![corner(start)];
    simplex.extend((0..N).map(|axis| {
        let mut at = start;
        at[axis] += step;
        corner(at)
    }));
    for _ in 0..MOST_STEPS {
        simplex.sort_by(|a, b| a.value.total_cmp(&b.value));
        if size(&simplex) < REST {
            break;
        }
        let worst = simplex[N];
        let centre: [f64; N] =
            std::array::from_fn(|i| simplex[..N].iter().map(|one| one.at[i]).sum::<f64>() / N as f64);
        let along = |factor: f64| corner(std::array::from_fn(|i| centre[i] + factor * (centre[i] - worst.at[i])));
        let reflected = along(1.0);
        let better = if reflected.value < simplex[0].value {
            let expanded = along(2.0);
            Some(if expanded.value < reflected.value { expanded } else { reflected })
        } else if reflected.value < simplex[N - 1].value {
            Some(reflected)
        } else {
            let contracted = along(if reflected.value < worst.value { 0.5 } else { -0.5 });
            (contracted.value < worst.value.min(reflected.value)).then_some(contracted)
        };
        match better {
            Some(better) => simplex[N] = better,
            None => {
                let best = simplex[0].at;
                for one in &mut simplex[1..] {
                    *one = corner(std::array::from_fn(|i| (one.at[i] + best[i]) / 2.0));
                }
            }
        }
    }
    simplex.sort_by(|a, b| a.value.total_cmp(&b.value));
    simplex[0].at
}

fn size<const N: usize>(simplex: &[Corner<N>]) -> f64 {
    let best = simplex[0].at;
    simplex.iter().flat_map(|one| (0..N).map(move |i| (one.at[i] - best[i]).abs())).fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parabola_in_one_variable() {
        let [x] = least([10.0], 1.0, |[x]| (x - 3.0) * (x - 3.0));
        assert!((x - 3.0).abs() < 1e-7, "{x}");
    }

    #[test]
    fn a_curved_valley() {
        let [x, y] = least([-1.2, 1.0], 0.5, |[x, y]| {
            let (a, b) = (1.0 - x, y - x * x);
            a * a + 100.0 * b * b
        });
        assert!((x - 1.0).abs() < 1e-6 && (y - 1.0).abs() < 1e-6, "{x} {y}");
    }

    #[test]
    fn what_is_no_number_is_avoided() {
        let [x] = least([2.0], 1.0, |[x]| x - libm::log(x));
        assert!((x - 1.0).abs() < 1e-6, "{x}");
        assert_eq!(least([2.0], 1.0, |_| f64::NAN).len(), 1);
    }
}
