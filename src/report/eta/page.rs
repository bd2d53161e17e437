//! The answer as one page, whose title is the answer. It needs no network and no script.

use minijinja::{Value, context};

use super::Answered;
use super::causes::of_cause;
use super::sentences::{help, missing, range, read_at, start_up, subject, title};
use super::table::deadline;
use super::text::noted;
use crate::eta::{Course, Eta, Forecast, State};
use crate::report::chart::remaining::{self, Remaining};
use crate::report::chart::{Chart, ChartTable};
use crate::report::html::{sections, style, template::render};
use crate::report::{caveats, format, words};

const TEMPLATE: &str = include_str!("page.html");

/// Rows of the table behind the picture.
const ROWS: usize = 20;

/// The page.
#[must_use]
pub fn page(one: Answered<'_>) -> Vec<u8> {
    let eta = one.eta;
    let tight = |sentences: Vec<String>| sentences.iter().map(|one| words::tight(one)).collect::<Vec<_>>();
    let rests = start_up(eta).into_iter().chain(eta.remark.as_deref().map(noted)).chain(missing(eta)).collect();
    let conditions = one.caveats.map_or_else(Vec::new, |caveats| caveats::parts(caveats, None)).into_iter();
    let waits = eta.causes.iter().map(|cause| {
        let (sentence, evidence) = of_cause(eta, cause);
        context!(sentence => format::capital(&sentence), evidence)
    });
    let values = context! {
        command => "eta",
        style => style(),
        title => words::tight(title(eta).trim_end_matches('.')),
        lead => format!("{}.", read_at(eta)),
        situation => subject(eta),
        tiles => tiles(eta),
        waits => waits.collect::<Vec<_>>(),
        help => eta.help.iter().map(|one| with_code(&words::tight(&help(eta, one)))).collect::<Vec<_>>(),
        rests => tight(rests),
        chart => chart(eta).map(|chart| sections::figure(&chart)),
        rollouts => eta.forecast.as_ref().map(|forecast| format::count(u64::from(forecast.n))),
        caveats => conditions.map(|(heading, sentences)| context!(heading, sentences)).collect::<Vec<_>>(),
        version => env!("CARGO_PKG_VERSION"),
    };
    render(TEMPLATE, values)
}

/// A sentence in pieces, each with whether it stands between backquotes.
fn with_code(sentence: &str) -> Vec<Value> {
    let piece = |(place, text): (usize, &str)| context!(text, is_code => place % 2 == 1);
    sentence.split('`').enumerate().map(piece).collect()
}

/// When it is complete, the risk of the deadline, what is available now, and how often it does not complete.
fn tiles(eta: &Eta) -> Vec<Value> {
    let workload = &eta.snapshot.workload;
    let mut tiles = Vec::new();
    if let Some(forecast) = &eta.forecast {
        tiles.push(time_tile(eta, forecast));
        if let Some(words) = deadline(eta, forecast) {
            let (big, rest) = match words.split_once(' ') {
                Some((big, rest)) => (big.to_owned(), rest.to_owned()),
                None => (words, String::new()),
            };
            tiles.push(context!(label => "Progress deadline", big, small => "", lines => [rest]));
        }
    }
    tiles.push(context! {
        label => "Available now, old and new",
        big => format::count(u64::from(workload.available)),
        small => format!("of {}", format::count(u64::from(workload.desired))),
        lines => [format!("{} of {} pods are of the new version", workload.updated, eta.snapshot.target())],
    });
    if let Some(forecast) = &eta.forecast {
        let never = forecast.never.value.map_or_else(|| "–".to_owned(), format::share);
        let within =
            format!("of {} rollouts within {}", format::count(u64::from(forecast.n)), format::time(forecast.horizon_s));
        tiles.push(context!(label => "Does not complete", big => never, small => "", lines => [within]));
    }
    tiles
}

fn time_tile(eta: &Eta, forecast: &Forecast) -> Value {
    let label = if eta.state == State::AtRest { "A rollout takes" } else { "Time left" };
    let big = forecast.p50.value.map_or_else(|| "–".to_owned(), format::time);
    let clock = |seconds: f64| format::clock(eta.snapshot.at + seconds.round() as i64);
    let mut lines: Vec<String> =
        range(forecast).map(|range| format!("90 of 100 rollouts: {range}")).into_iter().collect();
    if let (Some(low), Some(high), true) = (forecast.p05.value, forecast.p95.value, eta.state != State::AtRest) {
        lines.push(format!("so between {} and {} UTC", clock(low), clock(high)));
    }
    context!(label, big, small => "", lines)
}

fn chart(eta: &Eta) -> Option<Chart> {
    let course = eta.course.as_ref()?;
    let since = match eta.state {
        State::AtRest => "time since the rollout's start".to_owned(),
        _ => format!("time since the snapshot, {} UTC", format::clock(eta.snapshot.at)),
    };
    let remaining = Remaining {
        seconds: course.seconds.clone(),
        levels: course.levels.clone(),
        wanted: course.wanted,
        since,
        note: format!(
            "{} in the state that the snapshot shows.",
            format::plural(u64::from(course.rollouts), "rollout")
        ),
        table: table(course),
    };
    remaining::chart("remaining.svg", &remaining)
}

fn table(course: &Course) -> ChartTable {
    let mut table = ChartTable::new(["after", "5 of 100 have at most", "median", "95 of 100 have at most"]);
    let every = course.seconds.len().div_ceil(ROWS).max(1);
    for (place, second) in course.seconds.iter().enumerate().step_by(every) {
        let level = |level: usize| format::number(course.levels[level][place]);
        table.rows.push(vec![format::time(*second), level(0), level(2), level(4)]);
    }
    table
}
