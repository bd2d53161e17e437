//! How a swept number acts: duration, stalled rollouts and available pods against it, with the limits of each.

use plotters::style::RGBColor;

use super::axis::{Axis, Plot, Quantity};
use super::canvas::{Anchor, Canvas, LABEL};
use super::colour::{BAD, GREY, GRID, INK, LINES};
use super::drawn::{Chart, ChartTable};
use super::marks::{Marks, Role, mark};
use super::names::replications;
use super::objectives::{available, limit, too_slow};
use super::order::{numbers, unit};
use super::sheet::{SMALL, Sheet, Sign};
use crate::analysis::headlines::{AVAILABLE_P05, DURATION_P95, Headline, STALLED};
use crate::analysis::{ScenarioResult, spread};
use crate::plan::{Objective, is_chosen};
use crate::report::format;
use crate::report::provenance::Provenance;

/// Lines at most.
const MOST: usize = 5;
/// Swept numbers that have a chart.
const CHARTS: usize = 4;
const LEFT: i32 = 54;

const FIGURES: [(Headline, &str); 3] = [
    (DURATION_P95, "Duration, 95 of 100 rollouts"),
    (STALLED, "Stalled rollouts"),
    (AVAILABLE_P05, "Available at worst, pods"),
];

/// A line: the scenarios that share the other parameters, by the number.
struct Line<'a> {
    others: Vec<(String, String)>,
    points: Vec<(f64, &'a ScenarioResult)>,
    colour: RGBColor,
}

/// A chart for each swept number.
pub(super) fn charts(provenance: &Provenance, results: &[ScenarioResult], marks: &Marks) -> Vec<Chart> {
    let paths = provenance.parameters.iter().enumerate();
    paths.filter_map(|(place, path)| chart(provenance, results, marks, place, path)).take(CHARTS).collect()
}

fn chart(
    provenance: &Provenance,
    results: &[ScenarioResult],
    marks: &Marks,
    place: usize,
    path: &str,
) -> Option<Chart> {
    let field = path.rsplit('.').next().unwrap_or(path);
    if is_chosen(path) && ["maxSurge", "maxUnavailable"].contains(&field) {
        return None;
    }
    let texts: Vec<&str> =
        results.iter().filter_map(|one| one.parameters.get(place)).map(|pair| pair.1.as_str()).collect();
    let values = numbers(&texts).filter(|values| values.len() == results.len())?;
    let mut distinct = values.clone();
    distinct.sort_by(f64::total_cmp);
    distinct.dedup();
    let all = lines(results, &values, place);
    let mut shown = chosen(&all, marks);
    if distinct.len() < 3 || FIGURES.iter().all(|(headline, _)| !varies(&shown, *headline)) {
        return None;
    }
    let colours = [LINES[6], LINES[2], LINES[5], LINES[1], LINES[7]];
    shown.iter_mut().zip(colours).for_each(|(line, colour)| line.colour = colour);
    let name = format::names(provenance.parameters.iter().map(String::as_str))[place];
    let title = format!("What {path} does");
    let unit = unit(&texts);
    let axis = if unit.is_empty() { name.to_owned() } else { format!("{name} [{unit}]") };
    let mut note =
        format!("Bands: 95% limits; {}.", replications(&results.iter().collect::<Vec<_>>(), provenance.seed));
    if shown.len() < all.len() {
        note.push_str(&format!(" {} of {} combinations of the other parameters.", shown.len(), all.len()));
    }
    note.push_str(&constants(&shown));
    let file = format!("number-{}.svg", slug(path));
    let log = distinct[0] > 0.0 && distinct[distinct.len() - 1] > 20.0 * distinct[0];
    Some(Chart::sheet(&file, &title, table(name, &shown, place), |sheet| {
        sheet.heading(&title);
        sheet.legend(&key(&shown, marks));
        draw(sheet, &shown, &distinct, (&axis, log), (&provenance.objectives, marks));
        sheet.note(&note);
    }))
}

/// A name for a file.
fn slug(path: &str) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' };
    path.chars().map(safe).collect()
}

fn lines<'a>(results: &'a [ScenarioResult], values: &[f64], place: usize) -> Vec<Line<'a>> {
    let mut lines: Vec<Line<'a>> = Vec::new();
    for (result, value) in results.iter().zip(values) {
        let mut others = result.parameters.clone();
        others.remove(place);
        match lines.iter_mut().find(|line| line.others == others) {
            Some(line) => line.points.push((*value, result)),
            None => lines.push(Line { others, points: vec![(*value, result)], colour: INK }),
        }
    }
    lines.retain(|line| line.points.len() > 1);
    lines.iter_mut().for_each(|line| line.points.sort_by(|a, b| a.0.total_cmp(&b.0)));
    lines
}

/// At most [`MOST`] lines: those with the most marks on them, then an even selection.
fn chosen<'a>(all: &[Line<'a>], marks: &Marks) -> Vec<Line<'a>> {
    let mut places: Vec<usize> = (0..all.len()).collect();
    if all.len() > MOST {
        let marked =
            |place: usize| all[place].points.iter().filter(|(_, one)| marks.role(one.scenario) != Role::Other).count();
        places.sort_by_key(|place| std::cmp::Reverse(marked(*place)));
        let first: Vec<usize> = places.iter().copied().take_while(|place| marked(*place) > 0).take(3).collect();
        let rest: Vec<usize> = (0..all.len()).filter(|place| !first.contains(place)).collect();
        places = first.iter().copied().chain(spread(&rest, MOST - first.len())).collect();
        places.sort_unstable();
    }
    places
        .into_iter()
        .map(|place| Line { others: all[place].others.clone(), points: all[place].points.clone(), colour: INK })
        .collect()
}

fn key(lines: &[Line<'_>], marks: &Marks) -> Vec<(Sign, String)> {
    let roles = lines.iter().flat_map(|line| &line.points).map(|(_, result)| marks.role(result.scenario));
    let mut entries = super::marks::legend(roles);
    let named = lines.iter().filter(|line| !line.others.is_empty());
    entries
        .extend(named.map(|line| (Sign::Line(line.colour), format::shorten(&format::parameters(&line.others), 100))));
    entries
}

fn draw(
    sheet: &mut Sheet,
    lines: &[Line<'_>],
    distinct: &[f64],
    (name, log): (&str, bool),
    (objectives, marks): (&[Objective], &Marks),
) {
    let figures: Vec<_> = FIGURES.iter().filter(|(headline, _)| varies(lines, *headline)).collect();
    let across = if sheet.is_narrow() { 1 } else { figures.len().max(1) as i32 };
    let width = (sheet.right() + 8) / across;
    let height = if sheet.is_narrow() { 140 } else { 200 };
    for (number, (headline, title)) in (0..).zip(figures.iter().copied()) {
        let left = number % across * width;
        let top = sheet.y + 16;
        sheet.canvas.text((left + 4, sheet.y), title, LABEL.size(SMALL).bold());
        let (low, high) = ends(distinct, log);
        let pixels = (left + LEFT, left + width - 18);
        let x = if log { Axis::logarithmic } else { Axis::new }(Quantity::Number, low, high, pixels);
        let limit = panel_limit(*headline, lines, objectives);
        let plot = Plot { x, y: scale(*headline, lines, limit, (top + height, top)) };
        frame(&mut sheet.canvas, &plot, distinct, name);
        if let Some(limit) = limit {
            sheet.canvas.dashes((plot.x.first(), plot.y.at(limit)), (plot.x.last(), plot.y.at(limit)), INK);
        }
        for line in lines {
            line.draw(&mut sheet.canvas, &plot, *headline, marks);
        }
        if number % across == across - 1 || sheet.is_narrow() {
            sheet.y = top + height + 54;
        }
    }
}

/// Whether the figure is not the same at all points.
fn varies(lines: &[Line<'_>], headline: Headline) -> bool {
    let mut values = lines.iter().flat_map(|line| &line.points).map(|(_, one)| one.value(headline.figure));
    let first = values.next();
    values.any(|value| Some(value) != first)
}

/// A sentence for each figure that is the same at all points, and therefore not drawn.
fn constants(lines: &[Line<'_>]) -> String {
    let sentence = |(headline, title): &(Headline, &str)| {
        let value = lines.first()?.points.first()?.1.value(headline.figure)?;
        Some(format!(" {title}: {} everywhere.", format::shown(headline.figure.unit(), value)))
    };
    FIGURES.iter().filter(|(headline, _)| !varies(lines, *headline)).filter_map(sentence).collect()
}

/// The ends of the axis, a little beyond the values.
fn ends(distinct: &[f64], log: bool) -> (f64, f64) {
    let (low, high) = (distinct[0], distinct[distinct.len() - 1]);
    if log { (low * 0.8, high * 1.1) } else { (low - 0.06 * (high - low), high + 0.03 * (high - low)) }
}

/// What the objectives ask of the figure; nothing where it differs from scenario to scenario.
fn panel_limit(headline: Headline, lines: &[Line<'_>], objectives: &[Objective]) -> Option<f64> {
    if headline != AVAILABLE_P05 {
        return limit(objectives, headline.figure).map(|limit| limit.0);
    }
    let mut limits = lines.iter().flat_map(|line| &line.points).map(|(_, one)| available(objectives, one));
    let first = limits.next()?;
    limits.all(|limit| limit == first).then_some(first)?
}

fn scale(headline: Headline, lines: &[Line<'_>], limit: Option<f64>, pixels: (i32, i32)) -> Axis {
    let estimates =
        || lines.iter().flat_map(|line| &line.points).filter_map(|(_, one)| one.statistics.get(headline.figure));
    let finite = |value: Option<f64>| value.filter(|value| value.is_finite());
    let high = estimates().filter_map(|one| finite(one.high).or(finite(one.value))).chain(limit).fold(0.0, f64::max);
    let low = estimates().filter_map(|one| finite(one.value)).fold(f64::INFINITY, f64::min);
    let quantity = if headline == AVAILABLE_P05 { Quantity::Count } else { Quantity::of(headline.figure.unit()) };
    if headline == DURATION_P95 && low > 0.0 && high > 12.0 * low {
        return Axis::logarithmic(quantity, low * 0.8, high * 1.1, pixels);
    }
    Axis::new(quantity, 0.0, high * 1.08, pixels)
}

fn frame(canvas: &mut Canvas, plot: &Plot, distinct: &[f64], name: &str) {
    let (left, right, bottom, top) = (plot.x.first(), plot.x.last(), plot.y.first(), plot.y.last());
    for (value, label) in plot.y.ticks(5) {
        canvas.line(&[(left, plot.y.at(value)), (right, plot.y.at(value))], GRID, 1);
        canvas.text((left - 6, plot.y.at(value)), &label, LABEL.size(SMALL).at(Anchor::Right).colour(GREY));
    }
    canvas.line(&[(left, top), (left, bottom), (right, bottom)], INK, 1);
    // A label at every value that was simulated, where there is room.
    let mut free = i32::MIN;
    for value in distinct {
        let (x, label) = (plot.x.at(*value), format::number(*value));
        canvas.line(&[(x, bottom), (x, bottom + 4)], INK, 1);
        let half = super::canvas::text_width(&label, SMALL) / 2;
        if x - half > free {
            canvas.text((x, bottom + 14), &label, LABEL.size(SMALL).at(Anchor::Middle).colour(GREY));
            free = x + half + 6;
        }
    }
    let name = format::shorten(name, ((right - left + LEFT) as f64 / 7.4) as usize);
    canvas.text((i32::midpoint(left, right), bottom + 31), &name, LABEL.size(SMALL).at(Anchor::Middle).colour(GREY));
}

impl Line<'_> {
    fn draw(&self, canvas: &mut Canvas, plot: &Plot, headline: Headline, marks: &Marks) {
        let known = |one: &ScenarioResult| one.value(headline.figure);
        // What has no value, because too few rollouts complete, interrupts the line.
        for run in self.points.chunk_by(|a, b| known(a.1).is_some() == known(b.1).is_some()) {
            if known(run[0].1).is_none() {
                let Some(text) = too_slow(run[0].1).filter(|_| headline == DURATION_P95) else { continue };
                let x = i32::midpoint(plot.x.at(run[0].0), plot.x.at(run[run.len() - 1].0));
                let x = x.max(plot.x.first() + 22);
                canvas.text((x, plot.y.last() + 6), text, LABEL.size(11).bold().at(Anchor::Middle).colour(BAD));
                continue;
            }
            let at = |value: Option<f64>, number: f64| Some((plot.x.at(number), plot.y.at(value?)));
            let estimate = |one: &ScenarioResult| one.statistics.get(headline.figure).copied();
            let low = run.iter().filter_map(|(number, one)| at(estimate(one)?.low, *number));
            let high: Vec<_> = run.iter().filter_map(|(number, one)| at(estimate(one)?.high, *number)).collect();
            let outline: Vec<_> = low.chain(high.into_iter().rev()).collect();
            canvas.area(&outline, self.colour, 0.18);
            let line: Vec<_> = run.iter().filter_map(|(number, one)| at(known(one), *number)).collect();
            canvas.line(&line, self.colour, 2);
        }
        for (number, one) in &self.points {
            if let Some(value) = known(one) {
                mark(canvas, (plot.x.at(*number), plot.y.at(value)), marks.role(one.scenario), self.colour);
            }
        }
    }
}

fn table(name: &str, lines: &[Line<'_>], place: usize) -> ChartTable {
    let figures = FIGURES.iter().map(|(_, title)| (*title).to_owned());
    let mut table = ChartTable::new([name.to_owned(), "with".to_owned()].into_iter().chain(figures));
    for line in lines {
        for (_, one) in &line.points {
            let text = |(headline, _): &(Headline, &str)| {
                let none = too_slow(one).filter(|_| *headline == DURATION_P95).unwrap_or("–");
                one.value(headline.figure).map_or(none.to_owned(), |value| format::shown(headline.figure.unit(), value))
            };
            let value = one.parameters.get(place).map_or(String::new(), |pair| format::printable(&pair.1));
            table
                .rows
                .push([value, format::parameters(&line.others)].into_iter().chain(FIGURES.iter().map(text)).collect());
        }
    }
    table
}
