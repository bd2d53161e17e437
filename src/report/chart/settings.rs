//! How `maxSurge` and `maxUnavailable` act: maps of numbers that turn colour at the limit of an objective.

use plotters::style::RGBColor;

use super::colour::{BEYOND, NEUTRAL, WITHIN};
use super::drawn::{Chart, ChartTable};
use super::map::{Cell, Map, Sides, Value, draw};
use super::marks::{Marks, PANELS, Role, legend};
use super::names::replications;
use super::objectives::{TOO_SLOW, available, limit, too_slow};
use super::order::ordered;
use super::sheet::Sign;
use crate::analysis::headlines::{AVAILABLE_P05, DURATION_P95, Headline, PODS_P95, STALLED};
use crate::analysis::{ScenarioResult, Verdict, all_met, spread};
use crate::plan::Objective;
use crate::report::format;
use crate::report::provenance::Provenance;

/// Values of a parameter; more are thinned.
const LEVELS: usize = 30;

/// A figure that has a map.
struct Mapped {
    stem: &'static str,
    title: &'static str,
    headline: Headline,
}

const MAPPED: [Mapped; 4] = [
    Mapped { stem: "duration", title: "Duration, 95 of 100 rollouts", headline: DURATION_P95 },
    Mapped { stem: "available", title: "Available at worst", headline: AVAILABLE_P05 },
    Mapped { stem: "pods", title: "Pods on nodes at once", headline: PODS_P95 },
    Mapped { stem: "stalled", title: "Stalled rollouts", headline: STALLED },
];

/// The grid that a sweep spans.
struct Grid<'a> {
    surges: Vec<&'a str>,
    unavailables: Vec<&'a str>,
    /// The other parameters' combinations.
    worlds: Vec<Vec<(String, String)>>,
    points: Vec<Point<'a>>,
    thinned: bool,
}

struct Point<'a> {
    surge: &'a str,
    unavailable: &'a str,
    others: Vec<(String, String)>,
    /// `None`: refused.
    result: Option<&'a ScenarioResult>,
}

/// What colours and marks depend on.
struct Context<'a> {
    objectives: &'a [Objective],
    verdicts: &'a [Verdict<'a>],
    marks: &'a Marks,
}

/// The maps: all figures in one picture where there is one world, else a picture for each figure. Figures that are the same
/// everywhere are said in sentences.
pub(super) fn charts(
    provenance: &Provenance,
    results: &[ScenarioResult],
    verdicts: &[Verdict<'_>],
    marks: &Marks,
) -> (Vec<Chart>, Vec<String>) {
    let Some(grid) = Grid::of(provenance, results) else { return Default::default() };
    let context = Context { objectives: &provenance.objectives, verdicts, marks };
    let worlds = grid.chosen(marks);
    let mut sentences = Vec::new();
    let mut maps: Vec<(&Mapped, Vec<Map>)> = Vec::new();
    for mapped in &MAPPED {
        match constant(mapped, results) {
            Some(sentence) => sentences.extend(sentence),
            None => maps.push((mapped, worlds.iter().map(|world| grid.map(world, mapped, &context)).collect())),
        }
    }
    let mut note = note(&grid, provenance.seed, results);
    if worlds.len() < grid.worlds.len() {
        note.push_str(&format!(" {} of {} combinations of the other parameters.", worlds.len(), grid.worlds.len()));
    }
    let sheet = |file: &str, title: &str, maps: &[&Map], colours: &[&Mapped]| {
        Chart::sheet(file, title, table(&grid, maps), |sheet| {
            sheet.heading(title);
            sheet.legend(&key(maps, colours, &context, results));
            draw(sheet, &Sides { surges: &grid.surges, unavailables: &grid.unavailables }, maps, grid.worlds.len() > 1);
            sheet.note(&note);
        })
    };
    if maps.is_empty() {
        return (Vec::new(), sentences);
    }
    let charts = if worlds.len() == 1 {
        let figures: Vec<_> = maps.iter().map(|(mapped, _)| *mapped).collect();
        let all: Vec<_> = maps.iter().flat_map(|(_, maps)| maps).collect();
        vec![sheet("settings.svg", "maxSurge by maxUnavailable", &all, &figures)]
    } else {
        let one = |(mapped, maps): &(&Mapped, Vec<Map>)| {
            let title = format!("{}, by maxSurge and maxUnavailable", mapped.title);
            sheet(&format!("settings-{}.svg", mapped.stem), &title, &maps.iter().collect::<Vec<_>>(), &[mapped])
        };
        maps.iter().map(one).collect()
    };
    (charts, sentences)
}

/// A sentence where the figure has the same value everywhere; an empty one where nobody needs it.
fn constant(mapped: &Mapped, results: &[ScenarioResult]) -> Option<Option<String>> {
    let mut values = results.iter().map(|result| result.value(mapped.headline.figure));
    let first = values.next()?;
    if !values.all(|value| value == first) {
        return None;
    }
    if mapped.headline == STALLED && first == Some(0.0) {
        return Some(None);
    }
    let value = first.map(|value| format::shown(mapped.headline.figure.unit(), value));
    Some(value.map(|value| format!("{}: {value} everywhere.", mapped.title)))
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
        let mut replicas: Vec<u32> = results.iter().map(|result| result.replicas).collect();
        replicas.sort_unstable();
        replicas.dedup();
        let all_surges = ordered(points.iter().map(|point| point.surge), &replicas);
        let all_unavailables = ordered(points.iter().map(|point| point.unavailable), &replicas);
        let (surges, unavailables) = (spread(&all_surges, LEVELS), spread(&all_unavailables, LEVELS));
        let thinned = surges.len() < all_surges.len() || unavailables.len() < all_unavailables.len();
        let mut worlds: Vec<Vec<_>> = Vec::new();
        for point in points.iter().filter(|point| point.result.is_some()) {
            if !worlds.contains(&point.others) {
                worlds.push(point.others.clone());
            }
        }
        (surges.len() > 1 && unavailables.len() > 1).then_some(Self { surges, unavailables, worlds, points, thinned })
    }

    /// At most [`PANELS`] worlds, those with a mark first.
    fn chosen(&self, marks: &Marks) -> Vec<Vec<(String, String)>> {
        let places: Vec<usize> = (0..self.worlds.len()).collect();
        let is_marked = |place: &usize| {
            let mut own = self.points.iter().filter(|point| point.others == self.worlds[*place]);
            own.any(|point| point.result.is_some_and(|result| marks.role(result.scenario) != Role::Other))
        };
        let (marked, rest): (Vec<_>, Vec<_>) = places.into_iter().partition(is_marked);
        let mut chosen = spread(&marked, PANELS);
        chosen.extend(spread(&rest, PANELS - chosen.len()));
        chosen.sort_unstable();
        chosen.into_iter().map(|place| self.worlds[place].clone()).collect()
    }

    fn map(&self, world: &[(String, String)], mapped: &Mapped, context: &Context<'_>) -> Map {
        let points: Vec<_> = self.points.iter().filter(|point| point.others == world).collect();
        let values = self.points.iter().filter_map(|point| point.result?.value(mapped.headline.figure));
        let (low, high) = values.fold((f64::INFINITY, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)));
        let mut cells = Vec::new();
        for unavailable in &self.unavailables {
            for surge in &self.surges {
                let point = points.iter().find(|p| p.surge == *surge && p.unavailable == *unavailable);
                cells.push(match point.map(|point| point.result) {
                    None => Cell::Absent,
                    Some(None) => Cell::Refused,
                    Some(Some(result)) => Cell::Value(value(result, mapped, context, (low, high))),
                });
            }
        }
        let title = if self.worlds.len() == 1 { mapped.title.to_owned() } else { format::parameters(world) };
        Map { title, cells }
    }
}

impl<'a> Point<'a> {
    fn of(parameters: &'a [(String, String)], result: Option<&'a ScenarioResult>) -> Option<Self> {
        let is = |path: &str, name: &str| path.rsplit('.').next() == Some(name);
        let find = |name| parameters.iter().find(|(path, _)| is(path, name)).map(|(_, value)| value.as_str());
        let others = parameters.iter().filter(|(path, _)| !is(path, "maxSurge") && !is(path, "maxUnavailable"));
        let others = others.cloned().collect();
        Some(Self { surge: find("maxSurge")?, unavailable: find("maxUnavailable")?, others, result })
    }
}

fn value(result: &ScenarioResult, mapped: &Mapped, context: &Context<'_>, range: (f64, f64)) -> Value {
    let figure = mapped.headline.figure;
    let known = result.value(figure);
    let slow = too_slow(result).filter(|_| figure == DURATION_P95.figure);
    let text = match known {
        None => slow.unwrap_or("–").into(),
        Some(value) if figure == DURATION_P95.figure => minutes(value),
        Some(value) => format::shown(figure.unit(), value),
    };
    Value {
        text,
        colour: match known.or(slow.map(|_| f64::INFINITY)) {
            None => NEUTRAL[0],
            known => colour(known, limit_of(mapped, context, result), range, f64::from(result.replicas)),
        },
        role: context.marks.role(result.scenario),
        met: all_met(result, context.verdicts) == Some(true),
    }
}

/// The limit of the objective about the figure in a scenario, and whether values must be at most that.
fn limit_of(mapped: &Mapped, context: &Context<'_>, result: &ScenarioResult) -> Option<(f64, bool)> {
    if mapped.headline == AVAILABLE_P05 {
        return available(context.objectives, result).map(|least| (least, false));
    }
    limit(context.objectives, mapped.headline.figure)
}

/// `2:15`, `0:43`, `1h 05m`
fn minutes(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    if whole >= 3600 { format::time(seconds) } else { format!("{}:{:02}", whole / 60, whole % 60) }
}

/// Blue within the limit, orange beyond, the stronger the further away; grey without a limit.
fn colour(value: Option<f64>, limit: Option<(f64, bool)>, (low, high): (f64, f64), wanted: f64) -> RGBColor {
    let third = |share: f64| if share < 1.0 / 3.0 { 0 } else { 1 + usize::from(share >= 2.0 / 3.0) };
    match (value, limit) {
        (None, _) => NEUTRAL[0],
        (Some(value), None) => NEUTRAL[third((value - low) / (high - low).max(1e-12))],
        (Some(value), Some((limit, true))) if value <= limit => WITHIN[third(1.0 - value / limit.max(1e-12))],
        (Some(value), Some((limit, true))) => BEYOND[usize::from(value > 2.0 * limit)],
        (Some(value), Some((limit, false))) if value >= limit => {
            WITHIN[third((value - limit) / (wanted - limit).max(1e-12))]
        }
        (Some(value), Some((limit, false))) => BEYOND[usize::from(value < limit / 2.0)],
    }
}

fn note(grid: &Grid<'_>, seed: u64, results: &[ScenarioResult]) -> String {
    let all: Vec<_> = results.iter().collect();
    let mut note = format!(
        "Down: maxUnavailable. Across: maxSurge. p95 or p05 of the rollouts, times as min:s; {}.",
        replications(&all, seed)
    );
    if grid.thinned {
        note.push_str(&format!(" {LEVELS} values of a parameter, evenly spaced; all are in summary.csv."));
    }
    note
}

/// Explains marks and colours that are there.
fn key(maps: &[&Map], figures: &[&Mapped], context: &Context<'_>, results: &[ScenarioResult]) -> Vec<(Sign, String)> {
    let cells = || maps.iter().flat_map(|map| &map.cells);
    let values = || cells().filter_map(|cell| if let Cell::Value(value) = cell { Some(value) } else { None });
    let mut entries = legend(values().map(|value| value.role));
    if values().any(|value| value.met) {
        entries.push((Sign::Outline, "meets all objectives".into()));
    }
    let has_limit =
        figures.iter().any(|mapped| results.first().is_some_and(|one| limit_of(mapped, context, one).is_some()));
    if has_limit {
        entries.push((Sign::Patch(WITHIN[1]), "within the limit, stronger: better".into()));
        entries.push((Sign::Patch(BEYOND[1]), "beyond the limit".into()));
    }
    if values().any(|value| value.text == "<95%" || value.text == "never") {
        entries.push((Sign::Patch(BEYOND[1]), format!("never, <95%: {TOO_SLOW}")));
    }
    if cells().any(|cell| *cell == Cell::Refused) {
        entries.push((Sign::Hatch, "refused by Kubernetes".into()));
    }
    entries
}

/// A row for each map and value of maxUnavailable.
fn table(grid: &Grid<'_>, maps: &[&Map]) -> ChartTable {
    let surges = grid.surges.iter().map(|surge| format!("maxSurge {surge}"));
    let header = ["map".to_owned(), "maxUnavailable".to_owned()].into_iter().chain(surges);
    let mut table = ChartTable::new(header);
    for map in maps {
        for (cells, unavailable) in map.cells.chunks(grid.surges.len()).zip(&grid.unavailables) {
            let text = |cell: &Cell| match cell {
                Cell::Value(value) => value.text.clone(),
                Cell::Refused => "refused".into(),
                Cell::Absent => "–".into(),
            };
            let row = [map.title.clone(), (*unavailable).to_owned()].into_iter().chain(cells.iter().map(text));
            table.rows.push(row.collect());
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_turn_at_the_limit() {
        let of = |value: f64, limit: Option<(f64, bool)>| colour(Some(value), limit, (0.0, 90.0), 10.0);
        assert_eq!((of(300.0, Some((300.0, true))), of(301.0, Some((300.0, true)))), (WITHIN[0], BEYOND[0]));
        assert_eq!((of(30.0, Some((300.0, true))), of(700.0, Some((300.0, true)))), (WITHIN[2], BEYOND[1]));
        assert_eq!((of(9.0, Some((9.0, false))), of(10.0, Some((9.0, false)))), (WITHIN[0], WITHIN[2]));
        assert_eq!((of(8.0, Some((9.0, false))), of(0.0, Some((9.0, false)))), (BEYOND[0], BEYOND[1]));
        assert_eq!((of(0.0, None), of(90.0, None)), (NEUTRAL[0], NEUTRAL[2]));
        assert_eq!(of(f64::INFINITY, Some((300.0, true))), BEYOND[1], "what never completes is beyond");
        assert_eq!(colour(None, Some((300.0, true)), (0.0, 1.0), 10.0), NEUTRAL[0], "nobody knows");
    }

    #[test]
    fn times_in_cells_are_short() {
        assert_eq!((minutes(43.2), minutes(135.0), minutes(4000.0)), ("0:43".into(), "2:15".into(), "1h 06m".into()));
    }
}
