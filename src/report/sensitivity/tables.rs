//! The answer as tables of a result folder. The points are written so that other programs read them: SALib takes the columns of
//! places, in this order, with the problem beside them.

use super::words::name;
use crate::report::datapackage::{Field, FieldType};
use crate::report::table::Table;
use crate::sensitivity::{Design, End, Outcome, Sensitivity};
use crate::stats::Estimate;

/// A table with its file, its title and its columns.
pub(super) struct OwnTable {
    pub(super) file: &'static str,
    pub(super) title: &'static str,
    pub(super) fields: Vec<Field>,
    pub(super) bytes: Vec<u8>,
}

/// Files and titles of a design: its points, and its problem.
type Named = [(&'static str, &'static str); 2];

const SCREENING: Named = [
    ("sensitivity-screening.csv", "Points of the screening, trajectory by trajectory"),
    ("sensitivity-screening-problem.csv", "The factors of the screening, as SALib reads them"),
];
const INDICES: Named = [
    ("sensitivity-indices.csv", "Points of the indices, row by row"),
    ("sensitivity-indices-problem.csv", "The factors of the indices, as SALib reads them"),
];

/// Every table.
pub(super) fn tables(found: &Sensitivity) -> Vec<OwnTable> {
    let mut tables = vec![effects(found), factors(found)];
    for (design, named) in [(&found.screening, SCREENING), (&found.indices, INDICES)] {
        if let Some(design) = design {
            tables.push(points(found, design, named[0]));
            tables.push(problem(found, design, named[1]));
        }
    }
    tables
}

fn text(name: &str, what: &str) -> Field {
    Field::new(name, FieldType::String, "", what)
}

fn number(name: &str, what: &str) -> Field {
    Field::new(name, FieldType::Number, "", what)
}

fn limits(name: &str, what: &str) -> [Field; 3] {
    [
        number(name, what),
        number(&format!("{name}_low"), "Lower 95 % limit of it; empty where there is none"),
        number(&format!("{name}_high"), "Upper 95 % limit of it; empty where there is none"),
    ]
}

fn estimate(table: &mut Table, one: Option<&Estimate>) {
    let one = one.copied().unwrap_or(Estimate::unknown(0));
    [one.value, one.low, one.high].into_iter().for_each(|value| table.optional(value));
}

fn made((file, title): (&'static str, &'static str), fields: Vec<Field>, fill: impl FnOnce(&mut Table)) -> OwnTable {
    let mut table = Table::header(&fields);
    fill(&mut table);
    OwnTable { file, title, fields, bytes: table.into_bytes() }
}

fn effects(found: &Sensitivity) -> OwnTable {
    let mut fields = vec![
        text("metric", "What is looked at"),
        text("statistic", "Which statistic of it"),
        text("factor", "What is varied"),
        number("as_written", "The figure as everything is written"),
        number(
            "at_low",
            "The figure with the factor at its least level, all else as written; empty: a length of time that too few rollouts reach",
        ),
    ];
    fields.extend(limits("difference_low", "How far that is from the figure as written"));
    fields.push(number("at_high", "The same at the greatest level"));
    fields.extend(limits("difference_high", "How far that is from the figure as written"));
    fields.push(number("mu", "Mean elementary effect over the whole range, with its sign"));
    fields.extend(limits("mu_star", "Mean size of the elementary effects"));
    fields.push(number("sigma", "Standard deviation of the elementary effects"));
    fields.extend(limits("first", "Share of the variance that the factor explains alone (first-order index)"));
    fields.extend(limits("total", "The same with all that it does together with others (total index)"));
    made(("sensitivity.csv", "One row per figure and factor"), fields, |table| {
        for outcome in &found.outcomes {
            (0..found.ranges.len()).for_each(|place| effect_row(table, found, outcome, place));
        }
    })
}

fn effect_row(table: &mut Table, found: &Sensitivity, outcome: &Outcome, place: usize) {
    let figure = outcome.headline.figure;
    table.text(figure.measure.name());
    table.text(figure.statistic.as_str());
    table.text(found.ranges[place].factor.key());
    table.optional(outcome.as_written.value);
    let mut end = |end: &End| {
        table.optional(end.value);
        estimate(table, end.difference.as_ref());
    };
    outcome.ends[place].iter().for_each(&mut end);
    let effect = outcome.effects.get(place);
    table.optional(effect.map(|effect| effect.mu));
    estimate(table, effect.map(|effect| &effect.mu_star));
    table.optional(effect.and_then(|effect| effect.sigma));
    let index = outcome.indices.get(place).copied().flatten();
    estimate(table, index.as_ref().map(|index| &index.first));
    estimate(table, index.as_ref().map(|index| &index.total));
    table.end_row();
}

fn factors(found: &Sensitivity) -> OwnTable {
    let fields = vec![
        text("factor", "What is varied"),
        text("text", "What texts call it"),
        number("given", "The level that is written; 1 for a length of time, whose levels are multiples of it"),
        number("low", "The least level"),
        number("high", "The greatest level"),
        text("scale", "Which levels have equal room: ratio (equal ratios), linear, or whole (each whole number)")
            .one_of(&["ratio", "linear", "whole"]),
        Field::new("percent", FieldType::Boolean, "", "Whether levels are percentages, as they are written"),
        Field::new(
            "setting",
            FieldType::Boolean,
            "",
            "Whether somebody chooses it; all else is found out by measuring",
        ),
    ];
    made(("sensitivity-factors.csv", "What was varied, and how far"), fields, |table| {
        for range in &found.ranges {
            let scale = match (range.factor.is_whole(), range.is_ratio()) {
                (true, _) => "whole",
                (_, true) => "ratio",
                _ => "linear",
            };
            table.text(range.factor.key());
            table.text(name(range.factor));
            [range.given, range.low, range.high].into_iter().for_each(|value| table.number(value));
            table.text(scale);
            [range.is_percent, range.factor.is_setting()]
                .into_iter()
                .for_each(|flag| table.text(if flag { "true" } else { "false" }));
            table.end_row();
        }
    })
}

/// The points, with the places of the factors, their levels, and the figures.
fn points(found: &Sensitivity, design: &Design, named: (&'static str, &'static str)) -> OwnTable {
    let ranges: Vec<_> = design.varied.iter().map(|place| &found.ranges[*place]).collect();
    let mut fields: Vec<Field> = ranges
        .iter()
        .map(|range| number(range.factor.key(), "Place in the range of the factor, from 0 to 1"))
        .collect();
    fields
        .extend(ranges.iter().map(|range| number(&format!("level.{}", range.factor.key()), "The level that this is")));
    fields.extend(found.outcomes.iter().map(|outcome| {
        let what = "The figure there; a length of time that too few rollouts reach is the horizon";
        number(&outcome.headline.figure.column(), what)
    }));
    made(named, fields, |table| {
        for (number, point) in design.points.iter().enumerate() {
            point.iter().for_each(|place| table.number(*place));
            ranges.iter().zip(point).for_each(|(range, place)| table.number(range.level(*place)));
            design.outputs.iter().for_each(|own| table.number(own[number]));
            table.end_row();
        }
    })
}

fn problem(found: &Sensitivity, design: &Design, named: (&'static str, &'static str)) -> OwnTable {
    let fields = vec![
        text("# name", "A factor, in the order of the columns of the points"),
        number("lower_bound", "The least place in its range"),
        number("upper_bound", "The greatest place in its range"),
    ];
    made(named, fields, |table| {
        for place in &design.varied {
            table.text(found.ranges[*place].factor.key());
            table.integer(0);
            table.integer(1);
            table.end_row();
        }
    })
}
