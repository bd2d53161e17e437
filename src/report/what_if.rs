//! What would change an answer: in words, as `what-if.csv`, and for programs.

use serde_json::{Value, json};

use super::datapackage::{Field, FieldType};
use super::markdown::escaped;
use super::table::Table;
use super::{format, premises};
use crate::analysis::headlines::COMPLETED;
use crate::analysis::{Assumption, Change, ScenarioResult, WhatIfRow};
use crate::metrics::{Measure, RolloutRate, Unit};
use crate::plan::{Objective, Premise, PremiseSource};

/// What the rows are of in the first column but one of the table.
const AS_WRITTEN: &str = "as_written";

/// What was changed, in words: `fewer than 2 spare nodes`, `start-up 2.1 times as slow`, `0.2% of pods never Ready`.
#[must_use]
pub fn words(row: &WhatIfRow) -> String {
    let Some(change) = &row.changed else { return "as written".into() };
    let level = change.level;
    match change.assumption {
        Assumption::SpareNodes => spare_nodes(change, row.turns()),
        Assumption::StartUp => format!("start-up {} times as slow", format::number(level)),
        Assumption::Pull => format!("image pulls {} times as slow", format::number(level)),
        Assumption::Stopping => format!("pods {} times as slow to stop", format::number(level)),
        Assumption::NeverReady => format!("{} of pods never Ready", format::share(level)),
        Assumption::Crash => format!("{} of starts crash", format::share(level)),
        Assumption::NodeLoss => format!("each node lost once in {}", days(level)),
        Assumption::Quota => format!("a quota of {}", format::plural(level as u64, "pod")),
    }
}

/// Where the answer turns, the number that does not turn it any more says more than the one that does.
fn spare_nodes(change: &Change, turns: bool) -> String {
    let kept =
        if turns { change.before.or(change.given).unwrap_or(change.level + 1.0) as u64 } else { change.level as u64 };
    match (turns, kept) {
        (true, 1) | (false, 0) => "no spare node".into(),
        (true, kept) => format!("fewer than {kept} spare nodes"),
        (false, kept) => format::plural(kept, "spare node"),
    }
}

fn days(days: f64) -> String {
    if days == 1.0 { "a day".into() } else { format!("{} days", format::number(days)) }
}

/// What is written, with where it comes from: `given: 3, orders.yaml`, `assumed: p50 5s p99 24s`.
#[must_use]
pub fn given(change: &Change, with_source: bool) -> String {
    let own = |given: f64| match change.assumption {
        Assumption::SpareNodes | Assumption::Quota => Some(format::number(given)),
        Assumption::NeverReady | Assumption::Crash => Some(format::share(given)),
        Assumption::NodeLoss => Some(format!("once in {}", days(given))),
        Assumption::StartUp | Assumption::Pull | Assumption::Stopping => None,
    };
    let value = match change.given {
        None => "never".to_owned(),
        Some(given) => own(given).or(change.premise.as_ref().map(premises::value)).unwrap_or_else(|| "as built".into()),
    };
    let Some(premise) = &change.premise else { return format!("given: {value}") };
    match premise.source {
        PremiseSource::Assumed => format!("assumed: {value}"),
        _ if with_source && !premise.from.is_empty() => format!("given: {value}, {}", premises::source(premise)),
        _ => format!("given: {value}"),
    }
}

/// What happens then: `no rollout completes`, `p95 5m 15s`, `2.3% stall`.
#[must_use]
pub fn outcome(row: &WhatIfRow) -> String {
    if !row.completes {
        return "no rollout completes".into();
    }
    let Some(text) = &row.objective else { return "still met".into() };
    let known = Objective::parse(text).ok().filter(|objective| !objective.is_availability());
    let happens = match (known, row.value) {
        (Some(objective), Some(value)) => {
            let shown = format::shown(objective.figure.unit(), value);
            match objective.figure.measure {
                Measure::Rate(RolloutRate::Stalled) => format!("{shown} stall"),
                _ if objective.figure == COMPLETED.figure => format!("{shown} complete"),
                _ if objective.figure.unit() == Unit::Seconds && text.contains("duration_s") => {
                    format!("{} {shown}", objective.figure.statistic.as_str())
                }
                _ => format!("{} {shown}", objective.figure.text()),
            }
        }
        (Some(objective), None) => format!("no {}", objective.figure.text()),
        (None, _) => format!("{}: not met", format::printable(text)),
    };
    if row.missed { happens } else { format!("{happens}, not shown to be met") }
}

/// What would change an answer that holds, as a block of text; empty where no runs were made.
#[must_use]
pub fn text(rows: &[WhatIfRow], width: usize) -> String {
    let Some((as_written, changed)) = rows.split_first().filter(|(_, changed)| !changed.is_empty()) else {
        return String::new();
    };
    let turning: Vec<&WhatIfRow> = changed.iter().filter(|row| row.turns()).collect();
    let mut text = match (turning.is_empty(), as_written.met) {
        (true, _) => "Nothing that was tried changes the answer.\n".to_owned(),
        (false, Some(true)) => "It would not hold with\n".to_owned(),
        (false, _) => "Objectives that are met now would not be with\n".to_owned(),
    };
    text.push_str(&lines(&turning, width));
    let still: Vec<String> = changed.iter().filter(|row| !row.turns()).map(words).collect();
    if !still.is_empty() {
        let sentence = format!("Still met with {}.", still.join(", "));
        format::wrap(&sentence, width).iter().for_each(|line| text.push_str(&format!("{line}\n")));
    }
    let method = format!(
        "Each row changes one thing: {} with the same random numbers.",
        format::plural(as_written.replications, "rollout")
    );
    format::wrap(&method, width).iter().for_each(|line| text.push_str(&format!("{line}\n")));
    text
}

/// What would change an answer that holds, as Markdown; empty where nothing does.
#[must_use]
pub fn markdown(rows: &[WhatIfRow]) -> String {
    let turning: Vec<&WhatIfRow> = rows.iter().filter(|row| row.turns()).collect();
    if turning.is_empty() {
        return String::new();
    }
    let mut text = "\n| it would not hold with | given | then |\n|---|---|---|\n".to_owned();
    for row in turning {
        let given = row.changed.as_ref().map_or(String::new(), |change| given(change, true));
        let cells = [words(row), given, outcome(row)].map(|cell| escaped(&cell));
        text.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
    text
}

/// A line for each row in three columns. Where that is too wide the files are left out, and then the outcome goes to a line of
/// its own.
fn lines(rows: &[&WhatIfRow], width: usize) -> String {
    let cells = |with_source: bool| -> Vec<[String; 3]> {
        let of = |row: &&WhatIfRow| {
            let given =
                row.changed.as_ref().map_or(String::new(), |change| format!("({})", given(change, with_source)));
            [words(row), given, outcome(row)]
        };
        rows.iter().map(of).collect()
    };
    let in_columns = |cells: &[[String; 3]]| -> Vec<String> {
        let widest = |column: usize| cells.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let (first, second) = (widest(0), widest(1));
        cells.iter().map(|[what, given, then]| format!("  {what:<first$}  {given:<second$}  {then}")).collect()
    };
    let fits = |lines: &[String]| lines.iter().all(|line| line.chars().count() <= width);
    for with_source in [true, false] {
        let lines = in_columns(&cells(with_source));
        if fits(&lines) {
            return joined(&lines);
        }
    }
    let narrow = |[what, given, then]: &[String; 3]| {
        let first = format::wrap(&format!("{what} {given}"), width.saturating_sub(4)).join("\n    ");
        format!("  {first}\n    {then}")
    };
    joined(&cells(false).iter().map(narrow).collect::<Vec<_>>())
}

/// Lines, each with its end.
fn joined(lines: &[String]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// All rows for programs.
#[must_use]
pub fn json(rows: &[WhatIfRow]) -> Value {
    rows.iter().map(object).collect()
}

fn object(row: &WhatIfRow) -> Value {
    let change = row.changed.as_ref();
    let premise = change.and_then(|change| change.premise.as_ref());
    json!({
        "assumption": change.map_or(AS_WRITTEN, |change| change.assumption.as_str()),
        "text": words(row),
        "key": premise.map(|premise| &premise.key),
        "source": premise.map(|premise| premise.source.as_str()),
        "from": premise.map(|premise| &premise.from),
        "given": change.and_then(|change| change.given),
        "level": change.map(|change| change.level),
        "before": change.and_then(|change| change.before),
        "turns": row.turns(),
        "met": row.met,
        "completes": row.completes,
        "objective": row.objective,
        "missed": row.missed,
        "value": row.value,
        "low": row.low,
        "high": row.high,
        "outcome": change.map(|_| outcome(row)),
        "duration_p95_s": row.duration_p95_s,
        "stalled_rate": row.stalled_rate,
        "replications": row.replications,
    })
}

/// The columns of `what-if.csv`.
#[must_use]
pub fn fields() -> Vec<Field> {
    let text = |name: &str, about: &str| Field::new(name, FieldType::String, "", about);
    let number = |name: &str, unit: &str, about: &str| Field::new(name, FieldType::Number, unit, about);
    let flag = |name: &str, about: &str| Field::new(name, FieldType::Integer, "", about);
    vec![
        Field::new(
            "scenario",
            FieldType::Integer,
            "",
            "Number of the scenario, from 0: the recommended one, or what runs now",
        ),
        text("assumption", "What was changed; as_written: nothing"),
        text("key", "The key whose value it is about; empty where nothing was changed"),
        text("value", "The value of that key as it is written"),
        number("p50_s", "s", "The median of a length of time that varies"),
        number("p99_s", "s", "Its 99th percentile"),
        text("source", "Where the value comes from: written, measured, read or assumed"),
        text("from", "The file or option that has it, or why the default was chosen"),
        number(
            "given",
            "",
            "What is written in the unit of the level: a number of nodes or pods, a share, days, or 1 for a factor",
        ),
        number("level", "", "What was run: the nearest level that turns the answer, else the farthest that was tried"),
        number("before", "", "The level before it, which does not turn the answer; empty: what is written"),
        number("times", "", "How many times as much, or as little, as is written the level is"),
        Field::new("met", FieldType::String, "", "Whether all objectives are shown to be met")
            .one_of(&["met", "missed", "open"]),
        flag("completes", "1: some rollouts complete; 0: none"),
        text("objective", "The objective that turns; empty: none"),
        flag("missed", "1: it is shown not to be met; 0: the rollouts leave it open"),
        number("figure", "", "What the objective is about, in its unit"),
        number("low", "", "Lower 95 % limit"),
        number("high", "", "Upper 95 % limit"),
        number("duration_p95_s", "s", "p95 of the duration; empty where fewer complete"),
        number("stalled_rate", "", "Share of rollouts that stall"),
        Field::new("replications", FieldType::Integer, "", "Rollouts of this run"),
    ]
}

/// `what-if.csv`; `None` where no what-if runs were made.
#[must_use]
pub fn table(results: &[ScenarioResult]) -> Option<Vec<u8>> {
    let mut table = Table::header(&fields());
    let rows = results.iter().flat_map(|result| result.what_if.iter().map(|row| (result.scenario, row)));
    let mut any = false;
    for (scenario, row) in rows {
        any = true;
        table.integer(scenario.into());
        change_cells(&mut table, row.changed.as_ref());
        table.text(met(row.met));
        table.integer(row.completes.into());
        table.text(row.objective.as_deref().unwrap_or_default());
        table.integer(row.missed.into());
        for value in [row.value, row.low, row.high, row.duration_p95_s, row.stalled_rate] {
            table.optional(value);
        }
        table.integer(row.replications);
        table.end_row();
    }
    any.then(|| table.into_bytes())
}

fn change_cells(table: &mut Table, change: Option<&Change>) {
    let premise = change.and_then(|change| change.premise.as_ref());
    table.text(change.map_or(AS_WRITTEN, |change| change.assumption.as_str()));
    let seconds = premise.and_then(|premise| premise.seconds);
    table.text(premise.map_or("", |premise| &premise.key));
    table.text(premise.map_or("", |premise| &premise.value));
    table.optional(seconds.map(|seconds| seconds[0]));
    table.optional(seconds.map(|seconds| seconds[1]));
    table.text(premise.map_or("", |premise| premise.source.as_str()));
    table.text(premise.map_or("", |premise| &premise.from));
    table.optional(change.and_then(|change| change.given));
    table.optional(change.map(|change| change.level));
    table.optional(change.and_then(|change| change.before));
    table.optional(change.map(|change| change.times));
}

const fn met(met: Option<bool>) -> &'static str {
    match met {
        Some(true) => "met",
        Some(false) => "missed",
        None => "open",
    }
}

/// Reads a row of `what-if.csv` back; `field` gives the text of a column by its name. `None` where a text has no meaning.
pub(super) fn read<'r>(field: impl Fn(&str) -> &'r str) -> Option<WhatIfRow> {
    let number = |name: &str| match field(name) {
        "" => Some(None),
        text => text.parse::<f64>().ok().map(Some),
    };
    let flag = |name: &str| match field(name) {
        "1" => Some(true),
        "0" => Some(false),
        _ => None,
    };
    let some = |name: &str| Some(field(name).to_owned()).filter(|text| !text.is_empty());
    let changed = match field("assumption") {
        AS_WRITTEN => None,
        name => Some(Change {
            assumption: Assumption::named(name)?,
            given: number("given")?,
            premise: premise(&field, &number)?,
            level: number("level")??,
            before: number("before")?,
            times: number("times")??,
        }),
    };
    Some(WhatIfRow {
        changed,
        met: match field("met") {
            "met" => Some(true),
            "missed" => Some(false),
            "open" => None,
            _ => return None,
        },
        completes: flag("completes")?,
        objective: some("objective"),
        missed: flag("missed")?,
        value: number("figure")?,
        low: number("low")?,
        high: number("high")?,
        duration_p95_s: number("duration_p95_s")?,
        stalled_rate: number("stalled_rate")?,
        replications: field("replications").parse().ok()?,
    })
}

/// The key of a row; `Some(None)` where it has none, `None` where a text has no meaning.
fn premise<'r>(
    field: &impl Fn(&str) -> &'r str,
    number: &impl Fn(&str) -> Option<Option<f64>>,
) -> Option<Option<Premise>> {
    if field("key").is_empty() {
        return Some(None);
    }
    Some(Some(Premise {
        key: field("key").to_owned(),
        value: field("value").to_owned(),
        seconds: number("p50_s")?.zip(number("p99_s")?).map(|(p50, p99)| [p50, p99]),
        source: PremiseSource::named(field("source"))?,
        from: field("from").to_owned(),
        line: None,
        measured: None,
        off: false,
        scenarios: Vec::new(),
    }))
}
