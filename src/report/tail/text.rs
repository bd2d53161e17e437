//! The answer for people.

use super::Answered;
use super::causes::sentence;
use crate::report::{caveats, format};
use crate::tail::{Tail, Way};

/// The relative error that the advice aims at.
const AIM: f64 = 0.1;

/// Below this a probability rests on more of a distribution's tail than measurements have.
const EXTRAPOLATED: f64 = 1e-4;

/// The answer in lines of at most `width` characters.
#[must_use]
pub fn text(answered: Answered<'_>, width: u16) -> String {
    let Answered { tail, event, scenario, plan } = answered;
    let columns = usize::from(width);
    let mut text = wrapped(&format!("`{}`: {}", format::printable(&event.text), answer(tail)), columns);
    text.push('\n');
    for (name, value) in rows(tail) {
        text.push_str(&format!("  {name:<17}{value}\n"));
    }
    if !tail.causes.is_empty() {
        text.push_str("\nIt comes about where\n");
        for one in &tail.causes {
            text.push_str(&format!("  {:>6}  {}\n", format::share(one.part), sentence(one, scenario)));
        }
        text.push_str("These are the parts of its probability in which that is so.\n");
    }
    let remarks = remarks(tail);
    if !remarks.is_empty() {
        text.push('\n');
        remarks.iter().for_each(|remark| text.push_str(&wrapped(remark, columns)));
    }
    text.push_str(&caveats::text(&plan.caveats, Some(scenario.id), width));
    text
}

fn wrapped(text: &str, columns: usize) -> String {
    format::wrap(text, columns).iter().map(|line| format!("{line}\n")).collect()
}

/// The probability and its limits in one sentence.
fn answer(tail: &Tail) -> String {
    let estimate = &tail.rare.probability;
    let shown = |value: Option<f64>| value.map_or_else(|| "?".into(), format::probability);
    match estimate.value.filter(|value| *value > 0.0) {
        None => format!("not seen. It is less probable than {} (95% confidence).", shown(estimate.high)),
        Some(value) => format!(
            "{} of rollouts (95% confidence: {} to {}), 1 in {}.",
            format::probability(value),
            shown(estimate.low),
            shown(estimate.high),
            format::rough(1.0 / value)
        ),
    }
}

/// What the answer rests on.
fn rows(tail: &Tail) -> Vec<(&'static str, String)> {
    let rare = &tail.rare;
    let pilots = match tail.pilots {
        0 => String::new(),
        pilots => format!(", and {} to find what brings it about", format::count(pilots.into())),
    };
    let mut rows = vec![("rollouts", format!("{}{pilots}", format::count(tail.n.into())))];
    rows.push(("with the event", format::count(rare.hits)));
    if tail.way == Way::Weighted {
        rows.push(("worth", format!("{} hits of equal weight", format::number(rare.effective))));
    }
    if let Some(error) = rare.relative_error {
        rows.push(("relative error", format::share(error)));
    }
    if tail.way == Way::Staged {
        rows.push(("stages", tail.stages.to_string()));
    }
    if let Some(plain) = rare.plain.filter(|_| matches!(tail.way, Way::Weighted | Way::Staged)) {
        let all = f64::from(tail.n + tail.pilots);
        let times = format!("{} times as many", format::rough(plain / all));
        rows.push(("as sure as", format!("{} plain rollouts, {times}", format::rough(plain))));
    }
    rows
}

/// What the reader must know beside it.
fn remarks(tail: &Tail) -> Vec<String> {
    let rare = &tail.rare;
    let mut remarks = Vec::new();
    match tail.way {
        Way::Weighted => {}
        Way::Staged => remarks.push(
            "Several things come together in it: rollouts came nearer to it in stages, each of which some rollouts of the one before \
             reached. The limits are those of 25 independent runs through the stages; a cause that begins suddenly, without coming \
             nearer first, may be missing."
                .into(),
        ),
        Way::NotRare => remarks.push("It is frequent enough for plain rollouts: nothing was made more frequent.".into()),
        Way::NoCause => remarks.push(format!(
            "No single pod or node, and no few of them, made it frequent in {} rollouts that tried each: these are plain rollouts, and \
             the limits are all that is known.",
            format::count(tail.pilots.into())
        )),
        Way::NothingDrawn => remarks.push(
            "Nothing about these rollouts is both random and seldom: give times as distributions, or probabilities such as pods.crash."
                .into(),
        ),
    }
    if let (Way::Weighted, Some(most)) = (tail.way, rare.unseen) {
        remarks.push(format!(
            "The limits are about what brought it about here. It never came about in a rollout without anything unusual, which these \
             rollouts show to be less probable than {} (95% confidence), and no more.",
            format::probability(most)
        ));
    }
    if rare.probability.value < Some(EXTRAPOLATED) && tail.causes.iter().any(|one| one.cause.is_long()) {
        remarks.push(
            "Times as rare as these are the far tails of the distributions in the input, which no measurement shows: another family \
             with the same median may give another power of ten."
                .into(),
        );
    }
    if let Some(error) = rare.relative_error.filter(|error| *error > AIM) {
        let needed = f64::from(tail.n) * error * error / (AIM * AIM);
        remarks.push(format!(
            "For a relative error of {} it takes about --replications {:.0}.",
            format::share(AIM),
            round_up(needed)
        ));
    }
    remarks
}

/// A number of at least this size with one digit that is not 0.
fn round_up(number: f64) -> f64 {
    let size = libm::pow(10.0, libm::floor(libm::log10(number.max(1.0))));
    (number / size).ceil() * size
}
