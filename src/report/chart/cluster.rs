//! What the workloads of a release ask for together over time, against what the cluster has.

use super::axis::{Axis, Plot, Quantity};
use super::canvas::{Anchor, Canvas, LABEL};
use super::colour::{BLUE, GREY, GRID, INK, VERMILLION};
use super::drawn::{Chart, ChartTable};
use super::marks::PANELS;
use super::over_time::{LEFT, held, times};
use super::sheet::{SMALL, Sheet, Sign};
use crate::analysis::{ClusterResult, ScenarioResult, spread};
use crate::metrics::cluster_metric::DURATION;
use crate::metrics::{ClusterUnit, Statistic};
use crate::report::cluster::words::{called, called_series};
use crate::report::format;
use crate::stats::OrderStatistic;

const TITLE: &str = "What all workloads ask for together over time";
const HEIGHT: i32 = 120;
/// Bytes of a GiB.
const GIB: f64 = 1_073_741_824.0;
/// The places of the quantiles that are drawn.
const P05: usize = 0;
const P50: usize = 2;
const P95: usize = 4;
const P99: usize = 5;

/// One series of one release.
struct Panel<'a> {
    title: String,
    cluster: &'a ClusterResult,
    place: usize,
    /// One unit of the picture.
    unit: f64,
    found: Option<f64>,
    room: Option<f64>,
}

/// The chart: of one release each resource, of several the CPU of each.
pub(super) fn chart(seed: u64, results: &[ScenarioResult]) -> Option<Chart> {
    let drawable = |cluster: &&ClusterResult| cluster.timeline.len() > 1;
    let worlds: Vec<(&ScenarioResult, &ClusterResult)> =
        results.iter().filter_map(|result| Some((result, result.cluster.as_deref().filter(drawable)?))).collect();
    let panels: Vec<Panel<'_>> = match &worlds[..] {
        [] => return None,
        [(_, only)] => of_one(only),
        several => spread(several, PANELS)
            .into_iter()
            .filter_map(|(first, cluster)| panel(cluster, "cpu", &called(first)))
            .collect(),
    };
    let end = panels.iter().map(|panel| end(panel.cluster)).fold(1.0, f64::max);
    let n = worlds.iter().map(|(_, cluster)| cluster.n).min().unwrap_or(0);
    let has_p99 = OrderStatistic::fewest(0.99).is_some_and(|fewest| n >= fewest);
    let mut note = format!("Quantiles at each time; {} of all workloads, seed {seed}.", format::plural(n, "release"));
    if worlds.len() > panels.len() {
        note.push_str(&format!(" {} of {} points.", panels.len(), format::count(worlds.len() as u64)));
    }
    Some(Chart::sheet("cluster.svg", TITLE, table(&panels), |sheet| {
        sheet.heading(TITLE);
        let mut legend = vec![(Sign::Line(BLUE), "median".to_owned()), (Sign::Band(BLUE), "90 of 100 releases".into())];
        if has_p99 {
            legend.push((Sign::Line(VERMILLION), "99th percentile".into()));
        }
        legend.push((Sign::Dashes, "what runs at the start, and what there is".into()));
        sheet.legend(&legend);
        panels.iter().for_each(|panel| draw(sheet, panel, end, has_p99));
        sheet.note(&note);
    }))
}

/// CPU, memory, pods, and then other resources and quotas.
fn of_one(cluster: &ClusterResult) -> Vec<Panel<'_>> {
    let first = ["cpu", "memory", "pods"];
    let others = cluster.room.iter().map(|room| room.name.as_str());
    let others = others.filter(|name| *name != "nodes" && !first.contains(name));
    first.into_iter().chain(others).filter_map(|name| panel(cluster, name, "")).take(PANELS).collect()
}

fn panel<'a>(cluster: &'a ClusterResult, name: &str, of: &str) -> Option<Panel<'a>> {
    let place = cluster.series.iter().position(|series| series.name == name)?;
    let unit = cluster.series[place].unit;
    let (words, unit) = match (name, unit) {
        ("cpu", _) => ("CPU, in cores".to_owned(), 1.0),
        ("memory", _) => ("Memory, in GiB".to_owned(), GIB),
        (_, ClusterUnit::Bytes) => (format!("{}, in GiB", format::capital(&called_series(name))), GIB),
        _ => (format::capital(&called_series(name)), 1.0),
    };
    let title = if of.is_empty() { words } else { format!("{words}: {of}") };
    let room = cluster.room_of(name);
    Some(Panel {
        title: format::printable(&title),
        cluster,
        place,
        unit,
        found: room.map(|room| room.found / unit),
        room: room.and_then(|room| room.room).map(|room| room / unit),
    })
}

/// Beyond what 99 of 100 releases take, so that the few that never end leave room for the others.
fn end(cluster: &ClusterResult) -> f64 {
    let whole = cluster.timeline.last().map_or(0.0, |last| last.at_s);
    let most = cluster.value(DURATION.name, Statistic::P99).or_else(|| cluster.value(DURATION.name, Statistic::Max));
    most.map_or(whole, |most| whole.min(1.2 * most))
}

impl Panel<'_> {
    fn level(&self, quantile: usize) -> impl Iterator<Item = (f64, f64)> + '_ {
        let level = move |levels: &[f64; 6]| levels[quantile] / self.unit;
        let instants = self.cluster.timeline.iter();
        instants.filter_map(move |instant| Some((instant.at_s, level(instant.series.get(self.place)?))))
    }

    fn most(&self, quantile: usize) -> f64 {
        self.level(quantile).map(|(_, level)| level).fold(0.0, f64::max)
    }
}

fn draw(sheet: &mut Sheet, panel: &Panel<'_>, end: f64, has_p99: bool) {
    sheet.subheading(&panel.title, INK);
    let (top, bottom) = (sheet.y - 4, sheet.y - 4 + HEIGHT);
    let margin = if sheet.is_narrow() { 72 } else { 120 };
    let most = panel.most(P99).max(panel.found.unwrap_or(0.0)).max(1e-9);
    let shown_room = panel.room.filter(|room| *room <= 1.8 * most);
    let plot = Plot {
        x: Axis::new(Quantity::Time, 0.0, end, (LEFT, sheet.right() - margin)),
        y: Axis::new(Quantity::Number, 0.0, 1.08 * shown_room.map_or(most, |room| room.max(most)), (bottom, top)),
    };
    let canvas = &mut sheet.canvas;
    for (value, label) in plot.y.ticks(4) {
        let y = plot.y.at(value);
        canvas.line(&[(LEFT, y), (plot.x.last(), y)], GRID, 1);
        canvas.text((LEFT - 6, y), &label, LABEL.size(SMALL).at(Anchor::Right).colour(GREY));
    }
    let mut outline = held(&plot, panel.level(P05));
    outline.extend(held(&plot, panel.level(P95)).into_iter().rev());
    canvas.area(&outline, BLUE, 0.25);
    if has_p99 {
        canvas.line(&held(&plot, panel.level(P99)), VERMILLION, 1);
    }
    canvas.line(&held(&plot, panel.level(P50)), BLUE, 2);
    canvas.line(&[(LEFT, top), (LEFT, bottom), (plot.x.last(), bottom)], INK, 1);
    bounds(canvas, &plot, panel, shown_room.is_some());
    times(canvas, &plot);
    sheet.y = bottom + 34;
}

/// Dashed lines of what runs and of what there is, with their names at the right edge.
fn bounds(canvas: &mut Canvas, plot: &Plot, panel: &Panel<'_>, is_shown: bool) {
    let (left, right) = (plot.x.first(), plot.x.last());
    let look = LABEL.size(SMALL).colour(GREY);
    let mut lowest = i32::MAX;
    if let Some(room) = panel.room {
        let y = if is_shown { plot.y.at(room) } else { plot.y.last() + 2 };
        if is_shown {
            canvas.dashes((left, y), (right, y), INK);
        }
        let arrow = if is_shown { "" } else { "↑ " };
        canvas.text((right + 6, y), &format!("{arrow}there is {}", format::number(room)), look);
        lowest = y;
    }
    if let Some(found) = panel.found {
        let y = plot.y.at(found);
        canvas.dashes((left, y), (right, y), INK);
        let below = if lowest != i32::MAX && (y - lowest).abs() < 15 { lowest + 15 } else { y };
        canvas.text((right + 6, below), &format!("runs {}", format::number(found)), look);
    }
}

fn table(panels: &[Panel<'_>]) -> ChartTable {
    let mut table = ChartTable::new([
        "what",
        "runs at the start",
        "most in half of the releases",
        "most in 95 of 100, at any one time",
        "there is",
    ]);
    let number = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), format::number);
    for panel in panels {
        table.rows.push(vec![
            panel.title.clone(),
            number(panel.found),
            number(Some(panel.most(P50))),
            number(Some(panel.most(P95))),
            number(panel.room),
        ]);
    }
    table
}
