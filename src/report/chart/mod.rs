//! The charts of a sweep, as SVG and as PNG. A chart that would say nothing about the data is left out.

mod axis;
mod canvas;
mod colour;
mod drawn;
mod ecdf;
mod fan;
pub mod gantt;
mod heat_map;
mod names;
mod png;
mod stalled;
mod svg;
mod trade_off;

use super::provenance::Provenance;
use crate::analysis::{ScenarioResult, verdicts};

pub use drawn::Chart;

/// Every chart that makes sense for `results`.
#[must_use]
pub fn charts(provenance: &Provenance, results: &[ScenarioResult]) -> Vec<Chart> {
    let seed = provenance.seed;
    let mut charts = heat_map::charts(provenance, results);
    charts.extend(ecdf::chart(seed, results));
    charts.extend(fan::charts(seed, results));
    charts.extend(stalled::chart(seed, results));
    charts.extend(trade_off::chart(provenance, results, &verdicts(&provenance.objectives, results)));
    charts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Plan;
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
                let path = std::path::Path::new(&directory).join(format!("{size}-{}", chart.file));
                std::fs::write(path, &chart.svg).unwrap();
            }
        }
    }

    #[test]
    fn charts_are_as_they_were() {
        let (plan, results) = fixture::sweep(&["0", "25%", "100%"], &["0", "25%"], &[]);
        let charts = charts(&Provenance::of(&plan), &results);
        show("6", &charts);
        for chart in &charts {
            golden(&chart.file, chart.svg.as_bytes());
        }
    }

    #[test]
    fn charts_fit_the_data() {
        let (plan, results) = fixture::one();
        let one = charts(&Provenance::of(&plan), &results);
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
        let forty = charts(&Provenance::of(&plan), &results);
        show("40", &forty);
        assert_eq!(files(&forty), all);

        let (plan, results) = many();
        let many = charts(&Provenance::of(&plan), &results);
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
        let charts = charts(&Provenance::of(&plan), &results);
        show("crowded", &charts);
        let svg = |file| &charts.iter().find(|chart| chart.file == file).unwrap().svg;
        assert!(svg("heat-map-dip.svg").contains("initialDelaySeconds 0"));
        assert!(svg("durations.svg").contains("8 of 312 scenarios"));
        assert!(svg("stalled.svg").contains("The 20 highest; 140 more scenarios"));
        assert!(svg("heat-map-dip.svg").contains("initialDelaySeconds 5"));
    }

    #[test]
    fn nothing_known_draws_nothing() {
        let (plan, mut results) = fixture::sweep(&["0", "1"], &["0", "1"], &[]);
        for result in &mut results {
            result.statistics.lines.clear();
            result.statistics.completion.clear();
            result.timeline.clear();
        }
        assert!(charts(&Provenance::of(&plan), &results).is_empty());
        assert!(charts(&Provenance::of(&plan), &[]).is_empty());
    }

    #[test]
    fn names_from_outside_are_escaped() {
        let (mut plan, mut results) = fixture::sweep(&["0", "1"], &["0", "1"], &[]);
        plan.name = "<&>".into();
        for result in &mut results {
            result.parameters.push(("<script>".into(), "&\"'".into()));
        }
        for chart in charts(&Provenance::of(&plan), &results) {
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
        for chart in charts(&Provenance::of(&plan), &results) {
            assert!(chart.svg.ends_with("</svg>\n"), "{}", chart.file);
        }
    }
}
