//! `report.html` of the answer: one page whose title is the answer. It needs no network and no script.

use minijinja::{Value, context};

use super::Answered;
use super::phrases::{name, of_quota, share};
use super::pictures::Pictures;
use super::sentences::{
    assumed, fit, missing, outage, quota, room as room_left, rule, situation, stalls, sum_of_single, title, turns,
    verb, waits,
};
use super::supply::{amount_of, binds, called, demand_of, most_needed, unit};
use super::table::rows;
use super::workloads::workloads;
use crate::analysis::capacity::{Capacity, Demand, Fit, Supply, Trial};
use crate::report::chart::Chart;
use crate::report::html::{STAR, assumptions, origin, sections, style, template::render};
use crate::report::provenance::Provenance;
use crate::report::{caveats, format, words};
use crate::scenario::Room;
use crate::stats::Estimate;

const TEMPLATE: &str = include_str!("page.html");
/// Trials with a figure of their own at the head of the page.
const TILES: usize = 3;

/// The page.
pub(super) fn page(one: Answered<'_>, pictures: &Pictures) -> Vec<u8> {
    let Answered { plan, world, capacity } = one;
    let provenance = Provenance::of(plan);
    let conditions = caveats::parts(&plan.caveats, None).into_iter();
    let values = context! {
        command => "capacity",
        star => Value::from_safe_string(STAR.into()),
        style => style(),
        title => title(capacity).trim_end_matches('.'),
        lead => lead(one),
        situation => situation(one),
        best => capacity.best.is_some(),
        tiles => tiles(capacity),
        outages => capacity.outages.iter().map(|own| outage(one, own)).collect::<Vec<_>>(),
        keep => tight(&[slower(capacity), waits(one), stalls(capacity), nothing_else(capacity)]),
        buy => tight(&[missing(capacity), quota(capacity)]),
        buys => capacity.missing.is_some(),
        change => tight(&[turns(capacity), assumed(one)]),
        pictures => parts_with_pictures(capacity, pictures),
        workloads => workloads(world, capacity),
        what_if => what_if(capacity),
        assumed => assumed(one),
        numbers => numbers(capacity),
        supplies => supplies(capacity),
        rule => rule(capacity),
        assumptions => assumptions::table(&provenance, None),
        notes => plan.notes.iter().map(|note| format::printable(note)).collect::<Vec<_>>(),
        caveats => conditions.map(|(heading, sentences)| context!(heading, sentences)).collect::<Vec<_>>(),
        conditional => plan.caveats.is_conditional(None),
        provenance => origin(&provenance),
    };
    render(TEMPLATE, values)
}

/// Sentences that are there, with percentages as pages write them.
fn tight(sentences: &[Option<String>]) -> Vec<String> {
    sentences.iter().flatten().map(|sentence| words::tight(sentence)).collect()
}

/// The questions that have a picture.
fn parts_with_pictures(capacity: &Capacity, pictures: &Pictures) -> Vec<Value> {
    let first = capacity.trials.first();
    let binds = first.and_then(|trial| binds(capacity, trial));
    let most = first.and_then(|trial| most_needed(capacity, trial));
    let turns = "The fewer roll together, the lower the peak and the longer the release.".to_owned();
    let parts = [
        ("room", "Room", "How many can roll at a time?", [binds, sum_of_single(capacity)], &pictures.by_number),
        ("drives", "What needs it", "What needs the room, and when?", [most, busy(capacity)], &pictures.drivers),
        ("turns", "Turns", "What do turns cost in time?", [Some(turns), None], &pictures.turns),
    ];
    let part = |(id, short, heading, sentences, chart): (&str, &str, &str, [Option<String>; 2], &Option<Chart>)| {
        let chart = sections::figure(chart.as_ref()?);
        Some(context!(id, short, heading, sentences => tight(&sentences), chart))
    };
    parts.into_iter().filter_map(part).collect()
}

/// What all at once need, what there is, and how much longer the recommended number takes.
fn lead(one: Answered<'_>) -> String {
    let capacity = one.capacity;
    let mut sentences: Vec<String> = match capacity.trials.first().and_then(|trial| binds(capacity, trial)) {
        Some(binds) => vec![binds],
        None => vec![room_left(capacity)],
    };
    sentences.extend(slower(capacity));
    let outages: Vec<String> = capacity.outages.iter().map(|own| format::printable(&own.workload)).collect();
    match outages.len() {
        0 => {}
        1 => sentences.push(format!("One rollout is an outage: {}.", outages[0])),
        count @ 2..=5 => {
            sentences.push(format!("{} rollouts are outages: {}.", words::counted(count), words::listed(&outages)))
        }
        count => sentences.push(format!("{} rollouts are outages.", words::counted(count))),
    }
    sentences.join(" ")
}

/// When the recommended trial is done, and how much later than the one with the most at once.
fn slower(capacity: &Capacity) -> Option<String> {
    let (best, first) = (capacity.best()?, capacity.trials.first()?);
    let done = best.done_p95.value?;
    let than = match first.done_p95.value.map(|first| done - first) {
        Some(more) if more >= 0.5 => format!(", {} later than {}", format::time(more), name(first)),
        _ => String::new(),
    };
    let verb = if best.at_once == 1 { "is" } else { "are" };
    Some(format!("{} {verb} done within {} (p95){than}.", format::capital(&name(best)), format::time(done)))
}

/// Why nothing is recommended.
fn nothing_else(capacity: &Capacity) -> Option<String> {
    capacity.best.is_none().then(|| title(capacity))
}

/// Until when more is asked for than is left.
fn busy(capacity: &Capacity) -> Option<String> {
    let (trial, supply) = (capacity.trials.first()?, capacity.driven());
    let course = trial.course()?;
    let found = match supply {
        Supply::Resource(place) => capacity.resources.get(place)?.found,
        Supply::Quota(place) => capacity.quotas.get(place)?.found,
    } as f64;
    let left = demand_of(capacity, trial, supply).1?.max(0) as f64;
    let over =
        course.seconds.iter().zip(&course.p95).filter(|(_, level)| level.is_some_and(|level| level - found > left));
    let last = over.map(|(at, _)| *at).next_back()?;
    Some(format!(
        "In 5 of 100 releases or more there is more asked for than is left until {} after the start.",
        format::time(last)
    ))
}

/// The room, the most at once, what is recommended, one at a time.
fn tiles(capacity: &Capacity) -> Vec<Value> {
    let last = capacity.trials.len().saturating_sub(1);
    let mut shown: Vec<usize> =
        [Some(0), capacity.best, capacity.without_wait, Some(last)].into_iter().flatten().collect();
    shown.extend(1..last);
    let mut places: Vec<usize> = Vec::new();
    for place in shown {
        if places.len() < TILES && place < capacity.trials.len() && !places.contains(&place) {
            places.push(place);
        }
    }
    places.sort_unstable();
    std::iter::once(room_tile(capacity)).chain(places.into_iter().map(|place| tile(capacity, place))).collect()
}

fn room_tile(capacity: &Capacity) -> Value {
    let supply = capacity.driven();
    let left = capacity.trials.first().and_then(|trial| demand_of(capacity, trial, supply).1);
    let others = capacity.resources.iter().enumerate().filter(|(place, _)| Supply::Resource(*place) != supply);
    let others = others.filter(|(_, resource)| resource.place != Room::PODS);
    let others = others.filter_map(|(place, resource)| {
        Some(format!("{} left", amount_of(capacity, Supply::Resource(place), resource.left? as f64)))
    });
    let steady = capacity.resources.iter().enumerate().take(Room::PODS + 1);
    let steady: Vec<String> =
        steady.map(|(place, resource)| amount_of(capacity, Supply::Resource(place), resource.found as f64)).collect();
    let (big, small) = parts(capacity, supply, left.map(|left| left.max(0) as f64));
    let label = match supply {
        Supply::Quota(_) => format!("What {} leaves", called(capacity, supply)),
        Supply::Resource(_) => format!("Room left on {}", format::plural(capacity.nodes as u64, "node")),
    };
    let lines: Vec<String> = others.chain([format!("runs: {}", steady.join(", "))]).collect();
    context!(label, big, small, lines)
}

/// An amount as a large number and its unit.
fn parts(capacity: &Capacity, supply: Supply, value: Option<f64>) -> (String, String) {
    let (one, word) = unit(capacity, supply);
    match value {
        Some(value) => (format::number(value / one), word),
        None => ("?".into(), format!("{word}, nobody wrote it")),
    }
}

fn tile(capacity: &Capacity, place: usize) -> Value {
    let (trial, supply) = (&capacity.trials[place], capacity.driven());
    let need = demand_of(capacity, trial, supply).0.and_then(|demand| demand.p99.value);
    let (big, mut small) = parts(capacity, supply, need);
    if need.is_none() {
        small = "too few releases".into();
    } else if let Some(pods) = trial.demand.get(Room::PODS).and_then(|pods| pods.p99.value)
        && supply != Supply::Resource(Room::PODS)
    {
        small = format!("{small}, {}", format::plural(pods.round() as u64, "pod"));
    }
    let needs = if trial.at_once == 1 { "needs" } else { "need" };
    let (verdict, class) = match &trial.fit {
        Fit::Fits => ("✓ fits".to_owned(), "yes"),
        Fit::Waits => ("✓ fits".to_owned(), "yes"),
        Fit::Not(_) => (format!("✗ {}", fit(capacity, trial)), "no"),
        Fit::Open(_) => ("the releases cannot tell".into(), "open"),
        Fit::Unknown => (String::new(), "open"),
    };
    let done = match trial.done_p95.value {
        Some(done) => format!("all done within {} (p95)", format::time(done)),
        None => "too few releases are all done".into(),
    };
    let waits = (trial.fit == Fit::Waits)
        .then(|| format!("pods wait for a node in {} of the releases", share(&trial.troubles.waits)));
    let lines: Vec<String> = waits.into_iter().chain([done]).collect();
    let label = format!("{} {needs} more (p99)", format::capital(&name(trial)));
    context!(label, big, small, verdict, class, lines, is_best => capacity.best == Some(place))
}

fn what_if(capacity: &Capacity) -> Option<Value> {
    let (best, first) = (capacity.best()?, capacity.turns.first()?);
    let at_once = format::count(best.at_once as u64);
    let mut rows = vec![context!(what => "as written", then => at_once.as_str())];
    for turn in &capacity.turns {
        let what = format!("pods take {} times as long to {}", format::number(turn.times), verb(turn.assumption));
        let then = match (turn.turns, turn.then) {
            (false, _) => format!("still {at_once}"),
            (true, Some(then)) => format::count(then as u64),
            (true, None) => "not even one".into(),
        };
        rows.push(context!(what, then, turns => turn.turns));
    }
    Some(context!(rows, releases => format::plural(first.releases, "release")))
}

fn numbers(capacity: &Capacity) -> Value {
    let all = rows(capacity, false);
    let mut group = "";
    let mut header: Vec<String> = Vec::new();
    for [above, own] in all.headings {
        group = if above.is_empty() { group } else { above };
        header.push(if matches!(own, "rollouts" | "room") { own.to_owned() } else { format!("{group} {own}") });
    }
    let row = |(place, cells): (usize, Vec<String>)| context!(cells, is_best => capacity.best == Some(place));
    context!(header, rows => all.rows.into_iter().enumerate().map(row).collect::<Vec<_>>())
}

/// Every resource and quota of every trial.
fn supplies(capacity: &Capacity) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for trial in &capacity.trials {
        for (place, (resource, demand)) in capacity.resources.iter().zip(&trial.demand).enumerate() {
            let supply = Supply::Resource(place);
            rows.push(supply_row(
                trial,
                &called(capacity, supply),
                (resource.found, resource.left),
                demand,
                &|value| amount_of(capacity, supply, value),
            ));
        }
        for (place, (quota, demand)) in capacity.quotas.iter().zip(&trial.charged).enumerate() {
            let name = called(capacity, Supply::Quota(place));
            let amount = |value: f64| of_quota(&quota.resource, value.max(0.0).round() as u64);
            rows.push(supply_row(trial, &name, (quota.found, Some(quota.left)), demand, &amount));
        }
    }
    rows
}

fn supply_row(
    trial: &Trial,
    called: &str,
    (found, left): (u64, Option<i64>),
    demand: &Demand,
    amount: &dyn Fn(f64) -> String,
) -> Vec<String> {
    let or_dash = |value: Option<f64>| value.map_or("–".to_owned(), amount);
    let limits = match demand.p99 {
        Estimate { low: Some(low), high: Some(high), .. } if low < high => {
            format!("{} to {}", amount(low), amount(high))
        }
        _ => "–".into(),
    };
    let left = match left {
        Some(left) if left < 0 => "none".into(),
        left => or_dash(left.map(|left| left as f64)),
    };
    let [p50, p95, p99] = [demand.p50, demand.p95, demand.p99].map(|one| or_dash(one.value));
    vec![name(trial), called.to_owned(), amount(found as f64), left, p50, p95, p99, limits]
}
