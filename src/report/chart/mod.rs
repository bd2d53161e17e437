//! The charts of a sweep, as SVG and as PNG. A chart that would say nothing about the data is left out.

mod axis;
mod bar;
pub(in crate::report) mod by_number;
mod canvas;
mod cluster;
mod colour;
mod completion;
pub(in crate::report) mod courses;
mod decision;
mod drawn;
pub mod gantt;
mod grid;
mod inline;
mod levels;
mod map;
mod mapped;
mod marks;
mod names;
mod numbers;
mod objectives;
mod order;
mod over_time;
mod plane;
mod png;
mod pods_of_rollout;
mod points;
pub(in crate::report) mod predicted;
pub(in crate::report) mod remaining;
mod room;
mod scene;
mod section;
mod settings;
mod sheet;
pub(in crate::report) mod stacked;
mod stalled;
mod svg;
pub(in crate::report) mod tornado;
mod what_if;

use super::format;
use super::provenance::Provenance;
use crate::analysis::{ScenarioResult, verdicts};

pub use colour::dark_rules;
pub use drawn::{Chart, ChartTable};
pub use marks::Marks;
pub use section::{Section, Topic};

/// The questions that `results` answer, in the order in which people ask them.
#[must_use]
pub fn sections(provenance: &Provenance, results: &[ScenarioResult], marks: &Marks) -> Vec<Section> {
    let seed = provenance.seed;
    let verdicts = verdicts(&provenance.objectives, results);
    if marks.of_release {
        return of_release(provenance, results, marks);
    }
    let mut decision = Section::new(Topic::Decision, "Which strategies meet the objectives?");
    if let Some((chart, sentences)) = decision::chart(provenance, results, &verdicts, marks) {
        decision.charts.push(chart);
        decision.takeaways.extend(sentences);
    }
    let mut settings = Section::new(Topic::Settings, "How do the two settings act?");
    let (charts, sentences) = settings::charts(provenance, results, &verdicts, marks);
    settings.charts.extend(charts);
    settings.takeaways.extend(sentences);
    let mut numbers = Section::new(Topic::Numbers, "What does each number do?");
    numbers.charts.extend(numbers::charts(provenance, results, marks));
    let mut when = Section::new(Topic::Availability, "How many pods are available, and when?");
    when.take(levels::chart(seed, results, marks));
    when.charts.extend(completion::chart(seed, results, marks));
    let mut stalls = Section::new(Topic::Stalls, "How often does it stall, and why?");
    stalls.take(stalled::chart(provenance, results, marks));
    let mut room = Section::new(Topic::Room, "How much room does it take?");
    room.take(room::chart(seed, results, marks));
    let mut pods = Section::new(Topic::Pods, "Why does it take so long?");
    pods.charts.extend(pods_of(results));
    let mut wrong = Section::new(Topic::WhatIf, "What if an assumption is wrong?");
    wrong.charts.extend(what_if::charts(provenance, results, marks));
    [decision, settings, numbers, when, pods, stalls, room, wrong].into_iter().filter(Section::says_something).collect()
}

/// The same of workloads that roll on one cluster: nothing is chosen, and the room is that of all of them.
fn of_release(provenance: &Provenance, results: &[ScenarioResult], marks: &Marks) -> Vec<Section> {
    let seed = provenance.seed;
    let mut together = Section::new(Topic::Release, "What do all workloads ask for together, and when?");
    together.charts.extend(cluster::chart(seed, results));
    let mut when = Section::new(Topic::Availability, "How many pods are available, and when?");
    when.take(levels::chart(seed, results, marks));
    // The picture of the available pods has the same lines below it.
    if when.charts.is_empty() {
        when.charts.extend(completion::chart(seed, results, marks));
    }
    let mut stalls = Section::new(Topic::Stalls, "How often does it stall, and why?");
    stalls.take(stalled::chart(provenance, results, marks));
    let mut pods = Section::new(Topic::Pods, "Why does it take so long?");
    pods.charts.extend(pods_of(results));
    [together, when, pods, stalls].into_iter().filter(Section::says_something).collect()
}

/// Pictures of pods have the same axis, unless one of them lasts more than this many times as long as another: bars as short as
/// that cannot be read.
const SAME_AXIS: f64 = 6.0;

/// What the pods of single rollouts did, in the scenarios that are shown.
fn pods_of(results: &[ScenarioResult]) -> Vec<Chart> {
    let ends = || results.iter().map(|result| gantt::end(&result.pods)).filter(|end| *end > 0.0);
    let (least, most) = (ends().fold(f64::INFINITY, f64::min), ends().fold(0.0, f64::max));
    let is_same = most <= SAME_AXIS * least;
    let of_one = |result: &ScenarioResult| {
        let (id, rows) = (result.scenario, &result.pods);
        let parameters = format::parameters(&result.parameters);
        let about = if parameters.is_empty() { String::new() } else { format!("Scenario {id}: {parameters}.") };
        let (until, note) = match is_same {
            true => (most, ""),
            false => (0.0, " The axis is that of this scenario alone."),
        };
        let usual = gantt::pods(rows, &format!("pods-{id}.svg"), &format!("{about}{note}"), until);
        usual.into_iter().chain(gantt::stalled(rows, &format!("pods-stalled-{id}.svg"), &about))
    };
    results.iter().flat_map(of_one).collect()
}

/// The charts of all questions.
#[must_use]
pub fn charts(provenance: &Provenance, results: &[ScenarioResult], marks: &Marks) -> Vec<Chart> {
    sections(provenance, results, marks).into_iter().flat_map(|section| section.charts).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Objective, Plan, Present};
    use crate::report::tests::fixture::{self, golden};

    fn many() -> (Plan, Vec<ScenarioResult>) {
        let counts: Vec<String> = (0..15).map(|n| n.to_string()).collect();
        let counts: Vec<&str> = counts.iter().map(String::as_str).collect();
        fixture::sweep(&counts, &counts, &["0", "30"])
    }

    fn files(charts: &[Chart]) -> Vec<&str> {
        charts.iter().map(|chart| chart.file.as_str()).collect()
    }

    /// With `CHARTS=DIR` in the environment the charts are written there, to be looked at.
    fn show(size: &str, charts: &[Chart]) {
        if let Some(directory) = std::env::var_os("CHARTS") {
            for chart in charts {
                let path = |ending: &str| {
                    let name = format!("{size}-{}", chart.file.replace(".svg", ending));
                    std::path::Path::new(&directory).join(name)
                };
                std::fs::write(path(".svg"), &chart.svg).unwrap();
                std::fs::write(path("-narrow.svg"), svg::svg(&chart.narrow)).unwrap();
            }
        }
    }

    /// The charts of a sweep with objectives, whose second scenario has the strategy that runs now.
    fn drawn(plan: &mut Plan, results: &[ScenarioResult], size: &str) -> Vec<Chart> {
        plan.objectives = ["p95 duration_s <= 2m", "availability: 80%", "stalled_rate <= 2%"]
            .map(|text| match text.split_once(": ") {
                Some((_, share)) => Objective::availability(share),
                None => Objective::parse(text).unwrap(),
            })
            .to_vec();
        let strategy = vec![("maxSurge".into(), "25%".into())];
        plan.present = Some(Present { deployment: "web".into(), strategy, scenarios: vec![2], ..Present::default() });
        let provenance = Provenance::of(plan);
        let marks =
            Marks { recommended: vec![3], now: vec![2], fastest: vec![3], least_room: vec![1], of_release: false };
        let charts = charts(&provenance, results, &marks);
        show(size, &charts);
        charts
    }

    #[test]
    fn charts_are_as_they_were() {
        let (mut plan, results) = fixture::sweep(&["0", "25%", "100%"], &["0", "25%"], &[]);
        for chart in drawn(&mut plan, &results, "6") {
            golden(&chart.file, chart.svg.as_bytes());
            golden(&chart.file.replace(".svg", "-narrow.svg"), svg::svg(&chart.narrow).as_bytes());
        }
    }

    #[test]
    fn charts_fit_the_data() {
        let (mut plan, results) = fixture::one();
        assert_eq!(
            files(&drawn(&mut plan, &results, "1")),
            ["availability.svg", "durations.svg", "stalled.svg", "room.svg"]
        );
        let (mut plan, results) =
            fixture::sweep(&["0", "1", "25%", "50%", "100%"], &["0", "1", "25%", "50%"], &["0", "10", "60"]);
        let all = [
            "decision.svg",
            "settings-duration.svg",
            "settings-available.svg",
            "settings-pods.svg",
            "settings-stalled.svg",
            "number-minReadySeconds.svg",
            "availability.svg",
            "durations.svg",
            "stalled.svg",
            "room.svg",
        ];
        assert_eq!(files(&drawn(&mut plan, &results, "60")), all);
        let (mut plan, results) = many();
        drawn(&mut plan, &results, "450");
    }

    #[test]
    fn every_chart_has_its_numbers_and_both_widths() {
        let (mut plan, results) = fixture::sweep(&["0", "1", "100%"], &["0", "1", "25%"], &["0", "10", "60"]);
        for chart in drawn(&mut plan, &results, "27") {
            assert!(chart.svg.starts_with("<svg width=\"820\""), "{}", chart.file);
            assert!(svg::svg(&chart.narrow).starts_with("<svg width=\"358\""), "{}", chart.file);
            assert!(!chart.table.rows.is_empty(), "{}", chart.file);
            let columns = chart.table.header.len();
            assert!(chart.table.rows.iter().all(|row| row.len() == columns), "{}: {:?}", chart.file, chart.table);
        }
    }

    #[test]
    fn nothing_known_draws_nothing() {
        let (plan, mut results) = fixture::sweep(&["0", "1"], &["0", "1"], &[]);
        for result in &mut results {
            result.statistics.lines.clear();
            result.statistics.completion.clear();
            result.timeline.clear();
            result.levels.clear();
        }
        assert_eq!(files(&charts(&Provenance::of(&plan), &results, &Marks::default())), Vec::<&str>::new());
        assert!(charts(&Provenance::of(&plan), &[], &Marks::default()).is_empty());
    }

    #[test]
    fn names_from_outside_are_escaped() {
        let (mut plan, mut results) = fixture::sweep(&["0", "1"], &["0", "1"], &[]);
        plan.name = "<&>".into();
        for result in &mut results {
            result.parameters.push(("<script>".into(), "&\"'".into()));
        }
        for chart in charts(&Provenance::of(&plan), &results, &Marks::default()) {
            for svg in [Some(chart.svg.clone()), Some(chart.in_page()), chart.in_narrow_page()].into_iter().flatten() {
                assert!(!svg.contains("<script") && !svg.contains("&\""), "{}", chart.file);
            }
        }
    }

    #[test]
    fn strange_numbers_do_not_break_a_chart() {
        let (plan, mut results) = fixture::sweep(&["0", "1"], &["0", "1"], &[]);
        for (position, strange) in [f64::NAN, f64::INFINITY, 1e300].into_iter().enumerate() {
            for line in &mut results[position].statistics.lines {
                line.estimate.value = Some(strange);
            }
            results[position].statistics.completion = vec![(strange, 0.5)];
            results[position].timeline[3].footprint = [strange; 5];
            results[position].levels[3].share = strange;
        }
        for chart in charts(&Provenance::of(&plan), &results, &Marks::default()) {
            assert!(chart.svg.ends_with("</svg>\n") && chart.in_page().ends_with("</svg>"), "{}", chart.file);
        }
    }
}
