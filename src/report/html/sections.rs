//! The pictures, each under the question that it answers, with what the results say to it.

use minijinja::{Value, context};

use crate::report::chart::{Chart, ChartTable, Section, Topic};
use crate::report::findings::Finding;
use crate::report::{event, format, words};

/// Rows of a table behind a picture; more are in the files of the result.
const ROWS: usize = 60;

/// Topics in the order of the page, each with its anchor, its name in the list of parts, and its question where no picture asks
/// one.
const TOPICS: [(Topic, &str, &str, &str); 8] = [
    (Topic::Release, "together", "All together", "What do all workloads ask for together, and when?"),
    (Topic::Decision, "which", "Strategies", "Which scenarios meet the objectives?"),
    (Topic::Settings, "settings", "Settings", "How do the settings act?"),
    (Topic::Numbers, "numbers", "Numbers", "What does each number do?"),
    (Topic::Availability, "time", "Available pods", "How many pods are available, and when?"),
    (Topic::Pods, "why", "Where the time goes", "Why does it take so long?"),
    (Topic::Stalls, "stalls", "Stalls", "How often does it stall, and why?"),
    (Topic::Room, "room", "Room", "How much room does it take?"),
];

/// The parts that have a picture or a sentence. The pods of the scenario `first` come before those of others.
pub(super) fn sections(pictures: &[Section], findings: &[Finding], noun: &str, first: Option<u32>) -> Vec<Value> {
    let section = |(topic, id, short, heading): (Topic, &str, &str, &str)| {
        let drawn = || pictures.iter().filter(|section| section.topic == topic);
        let heading = drawn().next().map_or(heading, |section| section.question);
        let mut charts: Vec<_> = drawn().flat_map(|section| &section.charts).collect();
        charts.sort_by_key(|chart| topic == Topic::Pods && !is_of(chart, first));
        let parts = charts.first().filter(|_| topic == Topic::Pods).map(|chart| table(&chart.table));
        let figures: Vec<_> = charts.into_iter().map(figure).collect();
        let mine = findings.iter().filter(|one| one.topic == topic).map(|one| &one.sentence);
        let sentences: Vec<_> = drawn().flat_map(|section| &section.takeaways).chain(mine).collect();
        let is_empty = figures.is_empty() && sentences.is_empty();
        let sentences: Vec<_> = sentences.iter().map(|sentence| event::say(words::tight(sentence), noun)).collect();
        (!is_empty)
            .then(|| context!(id, short, heading => event::say(heading.to_owned(), noun), sentences, parts, figures))
    };
    // A topic without a place of its own follows those that have one.
    let has_a_place = |section: &&Section| TOPICS.iter().any(|(topic, ..)| *topic == section.topic);
    let others = pictures.iter().filter(|one| !has_a_place(one) && one.topic != Topic::WhatIf);
    let others = others.map(|section| (section.topic, "more", "More", section.question));
    TOPICS.into_iter().chain(others).filter_map(section).collect()
}

/// The pictures of one topic.
pub(super) fn pictures_of(pictures: &[Section], topic: Topic, first: Option<u32>) -> Vec<Value> {
    let drawn = pictures.iter().filter(|section| section.topic == topic);
    let mut charts: Vec<&Chart> = drawn.flat_map(|section| &section.charts).collect();
    charts.sort_by_key(|chart| !is_of(chart, first));
    charts.into_iter().map(figure).collect()
}

/// Whether the pods of a picture are those of this scenario.
fn is_of(chart: &Chart, scenario: Option<u32>) -> bool {
    let stem = chart.file.trim_end_matches(".svg");
    scenario.is_some_and(|id| stem.rsplit('-').next() == Some(&id.to_string()))
}

/// The picture as part of the page, with its title and its numbers for those who cannot see it.
pub(in crate::report) fn figure(chart: &Chart) -> Value {
    let inside = |svg: &str| Value::from_safe_string(svg.strip_prefix("<svg").unwrap_or(svg).to_owned());
    context! {
        title => format::printable(&chart.title),
        wide => inside(&chart.in_page()),
        narrow => chart.in_narrow_page().map(|svg| inside(&svg)),
        table => (!chart.table.rows.is_empty()).then(|| table(&chart.table)),
    }
}

fn table(table: &ChartTable) -> Value {
    let text = |cells: &[String]| cells.iter().map(|cell| format::printable(cell)).collect::<Vec<_>>();
    let more = table.rows.len().saturating_sub(ROWS);
    context! {
        header => text(&table.header),
        rows => table.rows.iter().take(ROWS).map(|row| text(row)).collect::<Vec<_>>(),
        more => (more > 0).then(|| format::plural(more as u64, "more row")),
    }
}
