//! Which strategies meet the objectives: how long rollouts take against how many pods are available at worst.

use plotters::style::RGBColor;

use super::axis::{Axis, Plot, Quantity};
use super::canvas::{Anchor, Canvas, LABEL, text_width};
use super::colour::{BAD, GREY, GRID, INK, MEETS, PAPER};
use super::drawn::{Chart, ChartTable};
use super::marks::{Marks, PANELS, Role, legend, mark};
use super::names::replications;
use super::objectives::{TOO_SLOW, available, limit, too_slow};
use super::scene::{Point, Scene};
use super::sheet::{SMALL, Sheet, Sign};
use crate::analysis::headlines::DURATION_P95;
use crate::analysis::{ScenarioResult, Verdict, cases, spread};
use crate::plan::Objective;
use crate::report::doubt::unknown;
use crate::report::format;
use crate::report::provenance::Provenance;

const TITLE: &str = "Duration against the pods available at worst";
/// Points that have their maxSurge beside them.
const NAMED: usize = 16;
/// Lines that have their names beside them.
const LINES: usize = 5;
/// Rows of the table.
const ROWS: usize = 40;

/// What all panels share.
struct Shared {
    /// Whether pods are counted, or are a share of those wanted because their numbers differ.
    counts: Option<u32>,
    durations: (f64, f64),
    available: (f64, f64),
    limit: Option<f64>,
    /// What each panel asks to be available at worst, because numbers of pods differ between worlds.
    floors: Vec<Option<f64>>,
    asked: bool,
}

/// The chart, with a panel for each world in which there is a choice, and what it shows in sentences.
pub(super) fn chart(
    provenance: &Provenance,
    results: &[ScenarioResult],
    verdicts: &[Verdict<'_>],
    marks: &Marks,
) -> Option<(Chart, Vec<String>)> {
    let all: Vec<_> = results.iter().collect();
    let scenes: Vec<Scene<'_>> = cases(&all)
        .into_iter()
        .filter(|case| case.alternatives.len() > 1)
        .map(|case| Scene::of(case.parameters, &case.alternatives, verdicts, marks))
        .filter(|scene| scene.points().count() > 2)
        .collect();
    let shown = spread(&scenes.iter().collect::<Vec<_>>(), PANELS);
    let shared = Shared::of(&shown, &provenance.objectives)?;
    let counted: Vec<_> = shown.iter().flat_map(|scene| scene.points()).map(|point| point.result).collect();
    let mut note =
        format!("p95: 95 of 100 rollouts take at most so long; {}.", replications(&counted, provenance.seed));
    for sentence in unknown(&all) {
        note.push_str(&format!(" {sentence}"));
    }
    if shown.len() < scenes.len() {
        note.push_str(&format!(" {} of {} worlds to choose in.", shown.len(), format::count(scenes.len() as u64)));
    }
    let chart = Chart::sheet("decision.svg", TITLE, table(&shown, &shared), |sheet| {
        sheet.heading(TITLE);
        sheet.legend(&key(&shown, &shared));
        panels(sheet, &shown, &shared);
        sheet.note(&note);
    });
    let tallies = if shared.asked { scenes.iter().map(Scene::tally).collect() } else { Vec::new() };
    Some((chart, if scenes.len() > PANELS { Vec::new() } else { tallies }))
}

impl Shared {
    fn of(scenes: &[&Scene<'_>], objectives: &[Objective]) -> Option<Self> {
        let points = || scenes.iter().flat_map(|scene| scene.points());
        let first = points().next()?.result.replicas;
        let counts = points().all(|point| point.result.replicas == first).then_some(first);
        let limit = limit(objectives, DURATION_P95.figure).filter(|limit| limit.1).map(|limit| limit.0);
        let of = |point: &Point<'_>, pods: f64| {
            if counts.is_some() { pods } else { pods / f64::from(point.result.replicas.max(1)) }
        };
        let floor = |scene: &&Scene<'_>| {
            let floors = scene.points().filter_map(|point| Some(of(point, available(objectives, point.result)?)));
            floors.max_by(f64::total_cmp)
        };
        let floors: Vec<_> = scenes.iter().map(floor).collect();
        let durations = || points().filter_map(|point| point.duration).chain(limit);
        let (fast, slow) = (durations().fold(f64::INFINITY, f64::min), durations().fold(0.0, f64::max));
        let pods = || points().map(|point| of(point, point.available)).chain(floors.iter().copied().flatten());
        let (few, many) = (pods().fold(f64::INFINITY, f64::min), pods().fold(0.0, f64::max));
        let durations = if slow > 0.0 { (fast * 0.85, slow * 1.2) } else { (1.0, 60.0) };
        Some(Self { counts, durations, available: (few, many), limit, floors, asked: !objectives.is_empty() })
    }

    fn pods(&self, point: &Point<'_>) -> f64 {
        if self.counts.is_some() { point.available } else { point.available / f64::from(point.result.replicas.max(1)) }
    }

    fn label(&self, pods: f64) -> String {
        match self.counts {
            Some(all) => format!("{} of {}", format::number(pods), format::count(all.into())),
            None => format::share(pods),
        }
    }
}

fn key(scenes: &[&Scene<'_>], shared: &Shared) -> Vec<(Sign, String)> {
    let points = || scenes.iter().flat_map(|scene| scene.points());
    let mut entries = legend(points().map(|point| point.role));
    if shared.asked {
        entries.push((Sign::Disc(INK), "meets all objectives".into()));
        entries.push((Sign::Hollow(GREY), "not shown to meet all".into()));
    } else {
        entries.push((Sign::Disc(INK), "strategy".into()));
    }
    if shared.limit.is_some() || shared.floors.iter().any(Option::is_some) {
        entries.push((Sign::Dashes, "objective".into()));
    }
    entries
}

fn panels(sheet: &mut Sheet, scenes: &[&Scene<'_>], shared: &Shared) {
    let narrow = sheet.is_narrow();
    let across = match scenes.len() {
        _ if narrow => 1,
        4 => 2,
        count => count.min(3) as i32,
    };
    let gutter = 68;
    let named = across == 1 && !narrow && scenes[0].lines.len() <= LINES;
    let right = if named { 150 } else { 14 };
    let width = (sheet.width - gutter - right + 16) / across - 16;
    let height = if across == 1 && !narrow { 230 } else { 170 };
    let axis = "p95 of the duration, logarithmic";
    sheet.canvas.text((4, sheet.y), "available at worst", LABEL.size(SMALL).colour(GREY));
    sheet.y += 16;
    for (scenes, floors) in scenes.chunks(across as usize).zip(shared.floors.chunks(across as usize)) {
        let titles = scenes.iter().any(|scene| !scene.parameters.is_empty());
        let top = sheet.y + if titles { 18 } else { 4 };
        for (column, (scene, floor)) in (0..).zip(scenes.iter().zip(floors)) {
            let left = gutter + column * (width + 16);
            let columns = (f64::from(width) / 7.4) as usize;
            let title = format::shorten(&format::parameters(&scene.parameters), columns);
            sheet.canvas.text((left, sheet.y), &title, LABEL.size(SMALL).bold());
            let plot = shared.plot((left, left + width), (top + height, top));
            shared.frame(&mut sheet.canvas, &plot, *floor, column == 0);
            scene.draw(&mut sheet.canvas, &plot, shared, named);
        }
        sheet.y = top + height + 32;
    }
    let middle = gutter + (sheet.width - gutter - right) / 2;
    sheet.canvas.text((middle, sheet.y), axis, LABEL.size(SMALL).at(Anchor::Middle).colour(GREY));
    sheet.y += 22;
}

impl Shared {
    fn plot(&self, x: (i32, i32), y: (i32, i32)) -> Plot {
        let (low, high) = self.available;
        let room = ((high - low) * 0.12).max(if self.counts.is_some() { 0.6 } else { 0.02 });
        Plot {
            x: Axis::logarithmic(Quantity::Time, self.durations.0, self.durations.1, x),
            y: Axis::new(Quantity::Number, low - room, high + room, y),
        }
    }

    /// The region that meets the objectives, the lines of these, and the axes.
    fn frame(&self, canvas: &mut Canvas, plot: &Plot, floor: Option<f64>, labels: bool) {
        let (left, right, bottom, top) = (plot.x.first(), plot.x.last(), plot.y.first(), plot.y.last());
        let limit = self.limit.map(|limit| plot.x.at(limit));
        // The line lies below the points that are just good enough.
        let pod = plot.y.at(self.available.1 - 1.0) - plot.y.at(self.available.1);
        let below = if self.counts.is_some() { (pod / 2).clamp(3, 9) } else { 3 };
        let floor = floor.map(|floor| (plot.y.at(floor) + below).min(bottom));
        if limit.is_some() || floor.is_some() {
            canvas.rectangle((left, top), (limit.unwrap_or(right), floor.unwrap_or(bottom)), MEETS);
        }
        for (value, label) in self.rows(plot) {
            let y = plot.y.at(value);
            canvas.line(&[(left, y), (right, y)], GRID, 1);
            if labels {
                canvas.text((left - 6, y), &label, LABEL.size(SMALL).at(Anchor::Right).colour(GREY));
            }
        }
        for (value, label) in plot.x.ticks(((right - left) / 60).clamp(2, 7) as u32) {
            canvas.line(&[(plot.x.at(value), bottom), (plot.x.at(value), bottom + 4)], INK, 1);
            canvas.text((plot.x.at(value), bottom + 14), &label, LABEL.size(SMALL).at(Anchor::Middle).colour(GREY));
        }
        canvas.line(&[(left, top), (left, bottom), (right, bottom)], INK, 1);
        if let Some(x) = limit {
            canvas.dashes((x, bottom), (x, top), INK);
        }
        if let Some(y) = floor {
            canvas.dashes((left, y), (right, y), INK);
        }
    }

    /// Where there are few numbers of pods each has its line.
    fn rows(&self, plot: &Plot) -> Vec<(f64, String)> {
        let (low, high) = self.available;
        let step = ((high - low) / 6.0).ceil().max(1.0);
        if self.counts.is_some() {
            let count = ((high - low) / step).floor().max(0.0) as i32;
            return (0..=count)
                .map(|number| high - f64::from(number) * step)
                .map(|pods| (pods, self.label(pods)))
                .collect();
        }
        plot.y
            .ticks(6)
            .into_iter()
            .filter(|(value, _)| (0.0..=1.0).contains(value))
            .map(|(value, _)| (value, self.label(value)))
            .collect()
    }
}

impl Scene<'_> {
    fn draw(&self, canvas: &mut Canvas, plot: &Plot, shared: &Shared, named: bool) {
        let count = self.lines.len() as i32;
        // Lines that have the same pods available lie a little apart.
        let apart = if self.points().count() > 60 { 0 } else { (14 / count.max(1)).min(5) };
        let at = |number: i32, point: &Point<'_>| {
            let shift = (2 * number - count + 1) * apart / 2;
            let x = point.duration.map_or(plot.x.last() - 6, |duration| plot.x.at(duration));
            (x, plot.y.at(shared.pods(point)) + shift)
        };
        for (number, (_, points)) in (0..).zip(&self.lines) {
            let line: Vec<_> =
                points.iter().filter(|point| point.duration.is_some()).map(|point| at(number, point)).collect();
            canvas.line(&line, GRID, 2);
        }
        let mut marked = Vec::new();
        let mut never = false;
        for (number, (_, points)) in (0..).zip(&self.lines) {
            for point in points {
                never |= point.duration.is_none();
                match (point.role, point.met) {
                    (Role::Other, Some(true)) => canvas.disc(at(number, point), 4, INK),
                    (Role::Other, None) if !shared.asked => canvas.disc(at(number, point), 4, INK),
                    (Role::Other, _) => canvas.hollow(at(number, point), 4, GREY),
                    _ => marked.push((at(number, point), point)),
                }
            }
        }
        for (place, point) in &marked {
            mark(canvas, *place, point.role, PAPER);
        }
        if never {
            let corner = (plot.x.last() - 2, plot.y.last() - 8);
            canvas.text(corner, TOO_SLOW, LABEL.size(11).bold().at(Anchor::Right).colour(BAD));
        }
        self.names(canvas, plot, &marked, named);
        if named && self.points().count() <= NAMED {
            self.surges(canvas, plot, &at, &marked);
        }
    }

    /// The marked points are named, and lines of a single panel at its right edge.
    fn names(&self, canvas: &mut Canvas, plot: &Plot, marked: &[((i32, i32), &Point<'_>)], named: bool) {
        for ((x, y), point) in marked {
            let text = match point.role {
                Role::Now => "now",
                Role::Both => "now and recommended",
                _ => "recommended",
            };
            let colour = role_colour(point.role);
            let width = text_width(text, SMALL);
            let below = if point.role == Role::Now { 17 } else { -17 };
            let left = (x - width / 2).clamp(plot.x.first() + 2, (plot.x.last() - width).max(plot.x.first() + 2));
            let y = if y + below < plot.y.last() || y + below > plot.y.first() { y - below } else { y + below };
            canvas.tag((left, y), text, LABEL.size(SMALL).bold().colour(colour));
        }
        if !named || self.lines.len() < 2 {
            return;
        }
        let mut free = i32::MIN;
        let mut ends: Vec<(i32, &str)> = self
            .lines
            .iter()
            .map(|(name, points)| {
                (
                    points.iter().map(|point| plot.y.at(point.available)).sum::<i32>() / points.len().max(1) as i32,
                    name.as_str(),
                )
            })
            .collect();
        ends.sort_unstable();
        for (y, name) in ends {
            let y = y.max(free);
            canvas.text((plot.x.last() + 8, y), &format::shorten(name, 19), LABEL.size(SMALL).colour(GREY));
            free = y + 15;
        }
    }

    /// maxSurge at each point, where there is room.
    fn surges(
        &self,
        canvas: &mut Canvas,
        plot: &Plot,
        at: &dyn Fn(i32, &Point<'_>) -> (i32, i32),
        marked: &[((i32, i32), &Point<'_>)],
    ) {
        let mut taken: Vec<(i32, i32)> = marked.iter().map(|(place, _)| *place).collect();
        for (number, (_, points)) in (0..).zip(&self.lines) {
            for point in points.iter().filter(|point| point.role == Role::Other) {
                let surge = point.result.parameters.iter().find(|(path, _)| path.ends_with("maxSurge"));
                let (x, y) = at(number, point);
                let place = (x, y - 13);
                let free = taken.iter().all(|(a, b)| (a - x).abs() > 34 || (b - place.1).abs() > 12);
                if let (Some((_, value)), true, true) = (surge, free, place.1 > plot.y.last()) {
                    canvas.text(place, value, LABEL.size(11).at(Anchor::Middle).colour(GREY));
                    taken.push(place);
                }
            }
        }
    }
}

const fn role_colour(role: Role) -> RGBColor {
    match role {
        Role::Now => super::colour::NOW,
        Role::Recommended | Role::Both => super::colour::RECOMMENDED,
        Role::Other => INK,
    }
}

fn table(scenes: &[&Scene<'_>], shared: &Shared) -> ChartTable {
    let mut table = ChartTable::new(["strategy", "duration, p95", "available at worst", "objectives"]);
    let mut points: Vec<_> = scenes.iter().flat_map(|scene| scene.points()).collect();
    let duration = |point: &Point<'_>| point.duration.unwrap_or(f64::INFINITY);
    points.sort_by(|a, b| duration(a).total_cmp(&duration(b)));
    for point in points.into_iter().take(ROWS) {
        let role = match point.role {
            Role::Recommended => "recommended: ",
            Role::Now => "now: ",
            Role::Both => "now and recommended: ",
            Role::Other => "",
        };
        let met = match point.met {
            _ if !shared.asked => "none written",
            Some(true) => "met",
            Some(false) => "not met",
            None => "undecided",
        };
        table.rows.push(vec![
            format!("{role}{}", format::parameters(&point.result.parameters)),
            point.duration.map_or(too_slow(point.result).unwrap_or("–").to_owned(), format::time),
            format!("{} of {}", format::number(point.available), format::count(point.result.replicas.into())),
            met.to_owned(),
        ]);
    }
    table
}
