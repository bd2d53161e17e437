//! Heat maps: `maxSurge` x `maxUnavailable`, a panel for each combination of the other swept parameters.

use super::axis::{Axis, Quantity};
use super::canvas::{Anchor, Canvas, LABEL, Look, picture, text_width};
use super::colour::{EMPTY, GREY, INK, PAPER, ink_on, scale};
use super::drawn::Chart;
use super::names::replications;
use crate::analysis::headlines::{DIP_MEAN, DURATION_P95, Headline, STALLED};
use crate::analysis::{ScenarioResult, spread};
use crate::report::doubt::no_p95;
use crate::report::format;
use crate::report::provenance::Provenance;

const PANELS: usize = 24;
/// Values of a parameter; more are thinned.
const LEVELS: usize = 30;
const GAP: i32 = 28;
const LEFT: i32 = 84;
const BAR: i32 = 100;
const PAGE: i32 = 1240;
/// Least width of a cell, in which a number can be read.
const CELL: i32 = 38;
/// Least width of a panel, which has a title.
const NARROWEST: i32 = 150;

/// A figure that has a heat map.
struct Mapped {
    file: &'static str,
    title: &'static str,
    headline: Headline,
}

impl Mapped {
    const fn quantity(&self) -> Quantity {
        Quantity::of(self.headline.figure.unit())
    }
}

const MAPPED: [Mapped; 3] = [
    Mapped { file: "heat-map-duration.svg", title: "Rollout duration, 95th percentile", headline: DURATION_P95 },
    Mapped {
        file: "heat-map-dip.svg",
        title: "Deepest dip in availability, mean share of desired pods",
        headline: DIP_MEAN,
    },
    Mapped { file: "heat-map-stalled.svg", title: "Share of rollouts that stalled", headline: STALLED },
];

/// What is known of a point of the grid.
#[derive(Clone, Copy, PartialEq)]
enum Cell {
    Value(f64),
    /// Run, but the data cannot support a value.
    NoValue,
    /// Kubernetes would refuse it.
    Refused,
    /// Not in the sweep.
    Absent,
}

/// The grid that a sweep spans.
struct Grid<'a> {
    surges: Vec<&'a str>,
    unavailables: Vec<&'a str>,
    /// The other parameters' combinations.
    panels: Vec<Vec<&'a (String, String)>>,
    points: Vec<Point<'a>>,
    /// Whether there are more values than are drawn.
    thinned: bool,
}

struct Point<'a> {
    surge: &'a str,
    unavailable: &'a str,
    others: Vec<&'a (String, String)>,
    /// `None`: refused.
    result: Option<&'a ScenarioResult>,
}

/// Heat maps of the figures that vary over both parameters.
pub(super) fn charts(provenance: &Provenance, results: &[ScenarioResult]) -> Vec<Chart> {
    let Some(grid) = Grid::of(provenance, results) else { return Vec::new() };
    MAPPED.iter().filter_map(|mapped| chart(mapped, &grid, provenance.seed, results)).collect()
}

fn chart(mapped: &Mapped, grid: &Grid<'_>, seed: u64, results: &[ScenarioResult]) -> Option<Chart> {
    let shown = &grid.panels[..grid.panels.len().min(PANELS)];
    let cells: Vec<Vec<Cell>> = shown.iter().map(|panel| grid.cells(panel, mapped.headline)).collect();
    // Parameters that are the same in all panels are named once, in the subtitle.
    let differs = |pair: &&(String, String)| shown.len() == 1 || values(shown, &pair.0) > 1;
    let same: Vec<_> = shown[0].iter().filter(|pair| !differs(pair)).map(|pair| (*pair).clone()).collect();
    let titles: Vec<Vec<_>> = shown.iter().map(|panel| panel.iter().copied().filter(differs).collect()).collect();
    let (low, high) = range(&cells)?;
    // Where nothing stalled, the terminal and the page say so in a sentence.
    if mapped.headline == STALLED && high <= 0.0 {
        return None;
    }
    let (layout, quantity) = (Layout::of(grid, &titles), mapped.quantity());
    let mut subtitle = subtitle(grid, seed, results);
    // On a linear scale a few slow scenarios would leave all others in one colour.
    let wide = quantity == Quantity::Time && low > 0.0 && high > 12.0 * low;
    if wide {
        subtitle.push_str(" Colours on a logarithmic scale.");
    }
    if !same.is_empty() {
        subtitle.push_str(&format!(" All with {}.", format::parameters(&same)));
    }
    if low >= high {
        subtitle.push_str(&format!(" The same everywhere: {}.", texts(low, quantity)[0]));
    }
    let drawing = picture(layout.width(), layout.height(), mapped.title, &subtitle, |canvas, top| {
        let first = layout.corner(0, top).1;
        let ends = (first + layout.panel_height().clamp(150, 260), first);
        let bar = if wide { Axis::logarithmic } else { Axis::new }(quantity, low, high, ends);
        let size = layout.size(&cells, quantity);
        for (number, (panel, cells)) in (0..).zip(titles.iter().zip(&cells)) {
            layout.panel(canvas, (number, layout.corner(number, top)), grid, panel, cells, (&bar, size));
        }
        if low < high {
            colour_bar(canvas, layout.bar(), &bar);
        }
        let unknown = results.iter().find_map(no_p95).unwrap_or_default();
        key(canvas, LEFT, top + layout.height() - 18, &cells, &unknown);
    });
    Some(Chart::of(mapped.file, mapped.title, drawing))
}

fn range(cells: &[Vec<Cell>]) -> Option<(f64, f64)> {
    let values = || cells.iter().flatten().filter_map(|c| if let Cell::Value(v) = c { Some(*v) } else { None });
    let low = values().min_by(f64::total_cmp)?;
    let high = values().max_by(f64::total_cmp)?;
    Some((low, high))
}

fn subtitle(grid: &Grid<'_>, seed: u64, results: &[ScenarioResult]) -> String {
    let mut text = format!("maxSurge by maxUnavailable; {}.", replications(&results.iter().collect::<Vec<_>>(), seed));
    if grid.thinned {
        text.push_str(&format!(" {LEVELS} values of a parameter, evenly spaced; all are in summary.csv."));
    }
    if grid.panels.len() > PANELS {
        let all = grid.panels.len();
        text.push_str(&format!(
            " The first {PANELS} of {all} combinations of the other parameters; all are in summary.csv."
        ));
    }
    text
}

impl<'a> Grid<'a> {
    /// `None` unless both parameters are swept over at least two values.
    fn of(provenance: &'a Provenance, results: &'a [ScenarioResult]) -> Option<Self> {
        let mut points = Vec::new();
        for result in results {
            points.push(Point::of(&result.parameters, Some(result))?);
        }
        for skipped in &provenance.skipped {
            points.push(Point::of(&skipped.parameters, None)?);
        }
        let replicas = results.first().map_or(0, |result| result.replicas);
        let all_surges = levels(points.iter().map(|point| point.surge), replicas);
        let all_unavailables = levels(points.iter().map(|point| point.unavailable), replicas);
        let (surges, unavailables) = (spread(&all_surges, LEVELS), spread(&all_unavailables, LEVELS));
        let thinned = surges.len() < all_surges.len() || unavailables.len() < all_unavailables.len();
        let mut panels: Vec<Vec<_>> = Vec::new();
        for point in points.iter().filter(|point| point.result.is_some()) {
            if !panels.contains(&point.others) {
                panels.push(point.others.clone());
            }
        }
        (surges.len() > 1 && unavailables.len() > 1).then_some(Self { surges, unavailables, panels, points, thinned })
    }

    /// Cells of a panel, row by row.
    fn cells(&self, panel: &[&(String, String)], headline: Headline) -> Vec<Cell> {
        let points: Vec<_> = self.points.iter().filter(|point| point.others == panel).collect();
        let mut cells = Vec::new();
        for unavailable in &self.unavailables {
            for surge in &self.surges {
                let point = points.iter().find(|p| p.surge == *surge && p.unavailable == *unavailable);
                cells.push(match point {
                    None => Cell::Absent,
                    Some(Point { result: None, .. }) => Cell::Refused,
                    Some(Point { result: Some(result), .. }) => {
                        result.value(headline.figure).map_or(Cell::NoValue, Cell::Value)
                    }
                });
            }
        }
        cells
    }
}

impl<'a> Point<'a> {
    fn of(parameters: &'a [(String, String)], result: Option<&'a ScenarioResult>) -> Option<Self> {
        let is = |path: &str, name: &str| path == name || path.rsplit('.').next() == Some(name);
        let find = |name| parameters.iter().find(|(path, _)| is(path, name)).map(|(_, value)| value.as_str());
        let others = parameters.iter().filter(|(path, _)| !is(path, "maxSurge") && !is(path, "maxUnavailable"));
        Some(Self { surge: find("maxSurge")?, unavailable: find("maxUnavailable")?, others: others.collect(), result })
    }
}

/// Distinct values: ascending in pods where all are counts or percentages of `replicas`, else as the sweep lists them.
fn levels<'a>(values: impl Iterator<Item = &'a str>, replicas: u32) -> Vec<&'a str> {
    let mut levels: Vec<&str> = Vec::new();
    for value in values {
        if !levels.contains(&value) {
            levels.push(value);
        }
    }
    let pods = |level: &&str| match level.strip_suffix('%') {
        Some(percent) => percent.parse::<f64>().ok().map(|percent| percent / 100.0 * f64::from(replicas)),
        None => level.parse::<f64>().ok(),
    };
    if let Some(keys) = levels.iter().map(pods).collect::<Option<Vec<_>>>() {
        let mut keyed: Vec<_> = keys.into_iter().zip(levels).collect();
        keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
        return keyed.into_iter().map(|(_, level)| level).collect();
    }
    levels
}

/// Sizes, in pixels. Panels share the names of their rows, which stand at the left of the first.
struct Layout {
    cell: (i32, i32),
    columns: i32,
    rows: i32,
    across: i32,
    panels: i32,
    /// Lines above a panel.
    lines: i32,
}

/// How many values a parameter takes.
fn values(panels: &[Vec<&(String, String)>], path: &str) -> usize {
    let mut values: Vec<_> = panels.iter().flatten().filter(|(other, _)| other == path).collect();
    values.sort();
    values.dedup();
    values.len()
}

impl Layout {
    fn of(grid: &Grid<'_>, shown: &[Vec<&(String, String)>]) -> Self {
        let (columns, rows) = (grid.surges.len() as i32, grid.unavailables.len() as i32);
        let panels = shown.len() as i32;
        let room = PAGE - BAR - LEFT;
        let most = ((room + GAP) / ((columns * CELL).max(NARROWEST) + GAP)).clamp(1, panels);
        // Where the values of the last parameters fit side by side, each row of panels is one of the others.
        let paths = shown.first().into_iter().flatten().rev().map(|(path, _)| path);
        let products = paths.scan(1, |product, path| {
            *product *= values(shown, path) as i32;
            Some(*product)
        });
        let whole = products.filter(|product| (2..=most).contains(product) && panels % product == 0).max();
        let across = whole.unwrap_or(most.min(4));
        let width = ((room + GAP) / across - GAP) / columns;
        let height = if panels > 6 { 26 } else { (480 / rows).clamp(24, 40).max(112 / rows) };
        let this = Self { cell: (width.clamp(24, 76), height), columns, rows, across, panels, lines: 1 };
        let lines = shown.iter().map(|panel| this.title(panel).len()).max().unwrap_or(1).max(1);
        Self { lines: lines as i32, ..this }
    }

    const fn panel_width(&self) -> i32 {
        let width = self.columns * self.cell.0;
        if width > NARROWEST { width } else { NARROWEST }
    }

    const fn panel_height(&self) -> i32 {
        self.rows * self.cell.1
    }

    const fn width(&self) -> i32 {
        let width = LEFT + self.across * (self.panel_width() + GAP) + BAR;
        if width > 640 { width } else { 640 }
    }

    const fn bar(&self) -> i32 {
        LEFT + self.across * (self.panel_width() + GAP)
    }

    /// From the cells of a panel to those of the one below.
    const fn step(&self) -> i32 {
        self.panel_height() + 36 + 18 * self.lines
    }

    const fn height(&self) -> i32 {
        (self.panels + self.across - 1) / self.across * self.step() + 60
    }

    /// Upper left corner of the cells of a panel.
    const fn corner(&self, number: i32, top: i32) -> (i32, i32) {
        let (column, row) = (number % self.across, number / self.across);
        (LEFT + column * (self.panel_width() + GAP), top + 6 + 18 * self.lines + row * self.step())
    }

    /// The other parameters in one line where they fit, else each in a line of its own. Of a line that is still too
    /// long only the end is shown.
    fn title(&self, others: &[&(String, String)]) -> Vec<String> {
        let others: Vec<_> = others.iter().map(|pair| (*pair).clone()).collect();
        let limit = ((self.panel_width() + GAP) as f64 / 7.9) as usize;
        let whole = format::parameters(&others);
        if whole.chars().count() <= limit {
            return vec![whole];
        }
        let names = format::names(others.iter().map(|(path, _)| path.as_str()));
        let line = |(name, (_, value)): (&&str, &(String, String))| {
            let text = format::printable(&format!("{name} {value}"));
            let over = text.chars().count().saturating_sub(limit);
            if over == 0 { text } else { format!("…{}", text.chars().skip(over + 1).collect::<String>()) }
        };
        names.iter().zip(&others).map(line).collect()
    }

    fn panel(
        &self,
        canvas: &mut Canvas,
        (number, (left, top)): (i32, (i32, i32)),
        grid: &Grid<'_>,
        others: &[&(String, String)],
        cells: &[Cell],
        (bar, size): (&Axis, u32),
    ) {
        let (width, height) = (self.columns * self.cell.0, self.panel_height());
        for (line, text) in (0..).zip(self.title(others).iter().rev()) {
            canvas.text((left, top - 12 - 18 * line), text, LABEL.bold());
        }
        for (number, cell) in (0..).zip(cells) {
            let from = (left + number % self.columns * self.cell.0, top + number / self.columns * self.cell.1);
            self.cell(canvas, from, *cell, bar, size);
        }
        let middle = LABEL.at(Anchor::Middle);
        for (number, surge) in (0..).zip(&grid.surges) {
            let x = left + number * self.cell.0 + self.cell.0 / 2;
            canvas.text((x, top + height + 14), &format::shorten(surge, (self.cell.0 / 6) as usize), middle.size(12));
        }
        if number + self.across >= self.panels {
            canvas.text((left + width / 2, top + height + 36), "maxSurge", middle);
        }
        if number % self.across > 0 {
            return;
        }
        for (number, unavailable) in (0..).zip(&grid.unavailables) {
            let y = top + number * self.cell.1 + self.cell.1 / 2;
            canvas.text((left - 8, y), &format::shorten(unavailable, 6), LABEL.at(Anchor::Right).size(12));
        }
        canvas.upright((left - 64, top + height / 2), "maxUnavailable", middle);
    }

    fn cell(&self, canvas: &mut Canvas, from: (i32, i32), cell: Cell, bar: &Axis, size: u32) {
        let to = (from.0 + self.cell.0 - 1, from.1 + self.cell.1 - 1);
        let centre = (i32::midpoint(from.0, to.0), i32::midpoint(from.1, to.1));
        match cell {
            Cell::Value(value) => {
                let colour = scale(bar.share(value));
                canvas.rectangle(from, to, colour);
                let text = self.fitting(value, bar.quantity()).0;
                let look = Look { size, colour: ink_on(colour), anchor: Anchor::Middle, bold: false };
                canvas.text(centre, &text, look);
            }
            Cell::NoValue => {
                canvas.rectangle(from, to, EMPTY);
                canvas.text(centre, "–", LABEL.at(Anchor::Middle));
            }
            Cell::Refused => refused(canvas, from, to),
            Cell::Absent => {}
        }
    }

    /// The size of the numbers, the same in all cells.
    fn size(&self, cells: &[Vec<Cell>], quantity: Quantity) -> u32 {
        let values = cells.iter().flatten().filter_map(|c| if let Cell::Value(v) = c { Some(*v) } else { None });
        values.map(|value| self.fitting(value, quantity).1).min().unwrap_or(LABEL.size)
    }

    /// The most precise text that fits into a cell, and its size.
    fn fitting(&self, value: f64, quantity: Quantity) -> (String, u32) {
        for text in texts(value, quantity) {
            for size in [13, 12, 11, 10] {
                if text_width(&text, size) + 2 <= self.cell.0 {
                    return (text, size);
                }
            }
        }
        (String::new(), 10)
    }
}

/// The most precise one first.
fn texts(value: f64, quantity: Quantity) -> [String; 2] {
    match quantity {
        Quantity::Time => [format::duration(value), format!("{}m", (value / 60.0).round())],
        Quantity::Share => [format::percent(value), format!("{:.0}", value * 100.0)],
        Quantity::Number | Quantity::Count => [format::number(value), format::number(value)],
    }
}

fn refused(canvas: &mut Canvas, from: (i32, i32), to: (i32, i32)) {
    canvas.rectangle(from, to, PAPER);
    canvas.hatch(from, to, GREY);
    canvas.frame(from, to, GREY);
}

fn colour_bar(canvas: &mut Canvas, left: i32, bar: &Axis) {
    let (bottom, top) = (bar.first(), bar.last());
    let steps = 64;
    for step in 0..steps {
        let y = |step: i32| bottom + (top - bottom) * step / steps;
        canvas.rectangle((left, y(step + 1)), (left + 16, y(step)), scale(f64::from(step) / f64::from(steps - 1)));
    }
    for (value, label) in bar.ticks(((bottom - top) / 30).max(4) as u32) {
        let y = bar.at(value);
        canvas.line(&[(left + 16, y), (left + 21, y)], INK, 1);
        canvas.text((left + 26, y), &label, LABEL);
    }
}

/// Says what cells without a number mean, where there are any.
fn key(canvas: &mut Canvas, left: i32, y: i32, cells: &[Vec<Cell>], unknown: &str) {
    let mut x = left;
    if cells.iter().flatten().any(|cell| *cell == Cell::Refused) {
        refused(canvas, (x, y - 8), (x + 24, y + 8));
        let text = "refused by Kubernetes";
        canvas.text((x + 32, y), text, LABEL.colour(GREY));
        x += 48 + text_width(text, LABEL.size);
    }
    if cells.iter().flatten().any(|cell| *cell == Cell::NoValue) {
        canvas.rectangle((x, y - 8), (x + 24, y + 8), EMPTY);
        canvas.text((x + 12, y), "–", LABEL.at(Anchor::Middle));
        canvas.text((x + 32, y), unknown, LABEL.colour(GREY));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_ascending_where_they_compare() {
        assert_eq!(levels(["10", "2", "10", "0"].into_iter(), 20), ["0", "2", "10"]);
        assert_eq!(levels(["100%", "3", "25%"].into_iter(), 20), ["3", "25%", "100%"]);
        assert_eq!(levels(["b", "3", "a"].into_iter(), 20), ["b", "3", "a"]);
    }
}
