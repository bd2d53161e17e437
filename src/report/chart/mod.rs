//! The charts of a sweep, as SVG and as PNG. A chart that would say nothing about the data is left out.

mod axis;
mod canvas;
mod colour;
mod ecdf;
mod fan;
pub mod gantt;
mod heat_map;
mod png;
mod stalled;
mod svg;
mod trade_off;

use super::format;
use super::subject::Subject;
use crate::analysis::{ScenarioResult, verdicts};
use canvas::Drawing;

/// A chart.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    /// File name, such as `durations.svg`.
    pub file: String,
    /// What it shows.
    pub title: String,
    /// The picture.
    pub svg: String,
    drawing: Drawing,
}

impl Chart {
    fn of(file: &str, title: &str, drawing: Drawing) -> Self {
        Self { file: file.into(), title: title.into(), svg: svg::svg(&drawing), drawing }
    }

    /// The same picture as PNG, three times as large: 300 dots an inch where the SVG has 100.
    #[must_use]
    pub fn png(&self) -> Vec<u8> {
        png::png(&self.drawing)
    }
}

/// Every chart that makes sense for `results`.
#[must_use]
pub fn charts(subject: &Subject, results: &[ScenarioResult]) -> Vec<Chart> {
    let seed = subject.seed;
    let mut charts = heat_map::charts(subject, results);
    charts.extend(ecdf::chart(seed, results));
    charts.extend(fan::charts(seed, results));
    charts.extend(stalled::chart(seed, results));
    charts.extend(trade_off::chart(subject, results, &verdicts(&subject.objectives, results)));
    charts
}

/// How scenarios are called in a chart.
struct Names {
    /// What the parts of a name are, where the names alone do not say.
    heading: Option<String>,
    names: Vec<String>,
}

impl Names {
    /// Names of at most `limit` characters: `3: maxSurge 25%, maxUnavailable 0` where all fit, else `3: 25% / 0` under
    /// a heading.
    fn of(results: &[&ScenarioResult], limit: usize) -> Self {
        let names: Vec<_> = results.iter().map(|result| name(result)).collect();
        if names.iter().all(|name| name.chars().count() <= limit) {
            return Self { heading: None, names };
        }
        let paths = results.first().into_iter().flat_map(|result| &result.parameters).map(|(path, _)| path.as_str());
        let heading = format!("scenario: {}", format::names(paths).join(" / "));
        Self { heading: Some(heading), names: results.iter().map(|result| short(result, limit)).collect() }
    }
}

/// `3: 25% / 0` in at most `limit` characters: the longest values are cut first, so that the short ones still tell.
fn short(result: &ScenarioResult, limit: usize) -> String {
    let with = |longest: usize| {
        let values = result.parameters.iter().map(|(_, value)| format::shorten(value, longest)).collect::<Vec<_>>();
        format!("{}: {}", result.scenario, values.join(" / "))
    };
    let fitting = (4..=limit).rev().map(with).find(|name| name.chars().count() <= limit);
    fitting.unwrap_or_else(|| format::shorten(&with(4), limit))
}

fn name(result: &ScenarioResult) -> String {
    if result.parameters.is_empty() {
        return format!("scenario {}", result.scenario);
    }
    format!("{}: {}", result.scenario, format::parameters(&result.parameters))
}

/// `1,000 replications each, seed 42`, or the range where scenarios differ.
fn replications(results: &[&ScenarioResult], seed: u64) -> String {
    let n = || results.iter().map(|result| result.statistics.n);
    let (least, most) = (n().min().unwrap_or(0), n().max().unwrap_or(0));
    let each = match (least == most, results.len()) {
        (true, 1) => format::plural(least, "replication"),
        (true, _) => format!("{} each", format::plural(least, "replication")),
        (false, _) => format!("{} to {} replications each", format::count(least), format::count(most)),
    };
    format!("{each}, seed {seed}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Plan;
    use crate::report::fixture::{self, golden};

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
                let path = std::path::Path::new(&directory).join(format!("{size}-{}", chart.file));
                std::fs::write(path, &chart.svg).unwrap();
            }
        }
    }

    #[test]
    fn charts_are_as_they_were() {
        let (plan, results) = fixture::sweep(&["0", "25%", "100%"], &["0", "25%"], &[]);
        let charts = charts(&Subject::of(&plan), &results);
        show("6", &charts);
        for chart in &charts {
            golden(&chart.file, chart.svg.as_bytes());
        }
    }

    #[test]
    fn charts_fit_the_data() {
        let (plan, results) = fixture::one();
        let one = charts(&Subject::of(&plan), &results);
        show("1", &one);
        assert_eq!(files(&one), ["durations.svg", "availability.svg", "footprint.svg", "stalled.svg"]);

        let all = [
            "heat-map-duration.svg",
            "heat-map-dip.svg",
            "heat-map-stalled.svg",
            "durations.svg",
            "availability.svg",
            "footprint.svg",
            "stalled.svg",
            "trade-off.svg",
        ];
        let (plan, results) =
            fixture::sweep(&["0", "1", "25%", "50%", "100%"], &["0", "1", "25%", "50%"], &["0", "10"]);
        let forty = charts(&Subject::of(&plan), &results);
        show("40", &forty);
        assert_eq!(files(&forty), all);

        let (plan, results) = many();
        let many = charts(&Subject::of(&plan), &results);
        show("450", &many);
        assert_eq!(files(&many), all);
    }

    #[test]
    fn crowded_charts_say_what_they_leave_out() {
        let counts: Vec<String> = (0..20).map(|n| n.to_string()).collect();
        let counts: Vec<&str> = counts.iter().map(String::as_str).collect();
        let (plan, mut results) = fixture::sweep(&["0", "1"], &counts, &counts[..8]);
        for result in &mut results {
            result.parameters[2].0 = "pods.new.readinessProbe.initialDelaySeconds".into();
        }
        let charts = charts(&Subject::of(&plan), &results);
        show("crowded", &charts);
        let svg = |file| &charts.iter().find(|chart| chart.file == file).unwrap().svg;
        assert!(svg("heat-map-dip.svg").contains("initialDelaySeconds 0"));
        assert!(svg("durations.svg").contains("8 of 312 scenarios"));
        assert!(svg("stalled.svg").contains("The 20 highest; 140 more scenarios"));
        assert!(svg("heat-map-dip.svg").contains("initialDelaySeconds 5"));
    }

    #[test]
    fn long_values_are_cut_before_short_ones() {
        let (_, mut results) = fixture::sweep(&["25%"], &["0"], &["0"]);
        results[0].parameters[2].1 = "a value that is far too long for any chart".into();
        assert_eq!(short(&results[0], 30), "0: 25% / 0 / a value that is …");
        results[0].parameters = (0..40).map(|n| (n.to_string(), "12345".into())).collect();
        assert_eq!(short(&results[0], 30).chars().count(), 30);
    }

    #[test]
    fn nothing_known_draws_nothing() {
        let (plan, mut results) = fixture::sweep(&["0", "1"], &["0", "1"], &[]);
        for result in &mut results {
            result.statistics.lines.clear();
            result.statistics.completion.clear();
            result.timeline.clear();
        }
        assert!(charts(&Subject::of(&plan), &results).is_empty());
        assert!(charts(&Subject::of(&plan), &[]).is_empty());
    }

    #[test]
    fn names_from_outside_are_escaped() {
        let (mut plan, mut results) = fixture::sweep(&["0", "1"], &["0", "1"], &[]);
        plan.name = "<&>".into();
        for result in &mut results {
            result.parameters.push(("<script>".into(), "&\"'".into()));
        }
        for chart in charts(&Subject::of(&plan), &results) {
            assert!(!chart.svg.contains("<script"), "{}", chart.file);
            assert!(!chart.svg.contains("&\""), "{}", chart.file);
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
            results[position].timeline[3].available = [strange; 5];
        }
        for chart in charts(&Subject::of(&plan), &results) {
            assert!(chart.svg.ends_with("</svg>\n"), "{}", chart.file);
        }
    }
}
