//! Which figures few rollouts carry, and how texts show it.

use crate::analysis::{Headline, ScenarioResult};
use crate::metrics::Figure;
use crate::report::format;
use crate::stats::{self, FEW};

/// Whether fewer than [`FEW`] rollouts carry `figure`.
pub(super) fn is_carried_by_few(result: &ScenarioResult, figure: Figure) -> bool {
    result.statistics.get(figure).is_some_and(|estimate| estimate.is_carried_by_few())
}

/// `text` in grey on a terminal. Streams that are none leave the colour out.
pub(super) fn grey(text: &str) -> String {
    format!("\x1b[2m{text}\x1b[0m")
}

/// `3 of 1,000 rollouts carry this figure`, where they are few.
pub(super) fn carried(result: &ScenarioResult, figure: Figure) -> Option<String> {
    let estimate = result.statistics.get(figure).filter(|estimate| estimate.is_carried_by_few())?;
    let carriers = estimate.carriers.filter(|carriers| *carriers > 0);
    let of = format::plural(estimate.n, "rollout");
    Some(match carriers {
        None => format!("none of {of} carries this figure"),
        Some(carriers) => format!("{} of {of} carry this figure", format::count(carriers)),
    })
}

/// What is said of the grey figures among `headlines`.
pub(super) fn sentences(results: &[&ScenarioResult], headlines: &[&Headline]) -> Vec<String> {
    let carriers = |headline: &Headline, result: &ScenarioResult| {
        result.statistics.get(headline.figure).filter(|one| one.is_carried_by_few()).and_then(|one| one.carriers)
    };
    let few = |headline: &Headline| {
        results.iter().filter(|result| carriers(headline, result).is_some_and(|count| count > 0)).count() as u64
    };
    let named: Vec<String> = headlines
        .iter()
        .filter(|headline| few(headline) > 0)
        .map(|headline| match results.len() {
            1 => headline.phrase.to_owned(),
            all => format!("{} in {} of {}", headline.phrase, format::count(few(headline)), format::count(all as u64)),
        })
        .collect();
    let unseen = headlines.iter().any(|headline| {
        results.iter().any(|result| carriers(headline, result) == Some(0) && result.value(headline.figure) == Some(0.0))
    });
    let n = results.iter().map(|result| result.statistics.n).min().unwrap_or(0);
    let rest = stats::proportion(0, n).high.map_or(String::new(), format::share);
    let first = (!named.is_empty()).then(|| {
        format!(
            "Carried by fewer than {FEW} rollouts, so grey: {}. Trust their limits, not their values, or run more.",
            named.join("; ")
        )
    });
    let second =
        unseen.then(|| format!("A grey 0 was seen in no rollout; up to {rest} of all rollouts may still have it."));
    first.into_iter().chain(second).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::headlines::{DIP_MEAN, STALLED};
    use crate::report::tests::fixture;

    #[test]
    fn figures_that_few_carry_are_named() {
        let (_, mut results) = fixture::sweep(&["1", "2"], &["0"], &[]);
        let headlines = [&STALLED, &DIP_MEAN];
        let said = |results: &[ScenarioResult]| sentences(&results.iter().collect::<Vec<_>>(), &headlines).join(" ");
        assert_eq!(said(&results), "");
        for line in &mut results[1].statistics.lines {
            if line.figure == DIP_MEAN.figure {
                line.estimate.carriers = Some(3);
            }
        }
        let text = said(&results);
        assert!(
            text.starts_with("Carried by fewer than 8 rollouts, so grey: mean share of missing pods in 1 of 2."),
            "{text}"
        );
        assert_eq!(carried(&results[1], DIP_MEAN.figure).as_deref(), Some("3 of 1,000 rollouts carry this figure"));
        assert_eq!(carried(&results[0], DIP_MEAN.figure), None);
        assert!(said(&results[1..]).contains("grey: mean share of missing pods."));
    }
}
