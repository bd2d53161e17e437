//! Which points are simulated.

/// `count` of the `points`, spread out as evenly as going on allows: the first one, and then again and again the one that is farthest
/// from all that are chosen (Johnson, Moore and Ylvisaker, "Minimax and maximin distance designs", Journal of Statistical Planning and
/// Inference 26 (1990), 131-148; of equals the first). Those that `must` be among them come first. In ascending order.
#[must_use]
pub fn spread_out(points: &[Vec<f64>], must: &[usize], count: usize) -> Vec<usize> {
    let mut chosen: Vec<usize> = Vec::new();
    let mut nearest = vec![f64::INFINITY; points.len()];
    let choose = |place: usize, chosen: &mut Vec<usize>, nearest: &mut [f64]| {
        for (own, point) in nearest.iter_mut().zip(points) {
            *own = own.min(distance(point, &points[place]));
        }
        chosen.push(place);
    };
    for place in must.iter().copied().filter(|place| *place < points.len()) {
        if !chosen.contains(&place) {
            choose(place, &mut chosen, &mut nearest);
        }
    }
    while chosen.len() < count.min(points.len()) {
        let farthest =
            (0..points.len()).fold(0, |best, place| if nearest[place] > nearest[best] { place } else { best });
        if nearest[farthest] <= 0.0 {
            // What is left stands where others are: the first of those that are not chosen.
            let Some(other) = (0..points.len()).find(|place| !chosen.contains(place)) else { break };
            choose(other, &mut chosen, &mut nearest);
        } else {
            choose(farthest, &mut chosen, &mut nearest);
        }
    }
    chosen.sort_unstable();
    chosen
}

/// The square of the distance.
fn distance(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(a, b)| (a - b) * (a - b)).sum()
}
