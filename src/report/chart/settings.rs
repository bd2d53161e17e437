//! How `maxSurge` and `maxUnavailable` act: maps of numbers that turn colour at the limit of an objective.

use super::colour::{BEYOND, WITHIN};
use super::drawn::{Chart, ChartTable};
use super::grid::{Grid, LEVELS};
use super::map::{Cell, Map, Sides, draw};
use super::mapped::{Context, MAPPED, Mapped, limit_of, value};
use super::marks::{Marks, legend};
use super::names::replications;
use super::objectives::TOO_SLOW;
use super::sheet::Sign;
use crate::analysis::headlines::STALLED;
use crate::analysis::{ScenarioResult, Verdict};
use crate::report::format;
use crate::report::provenance::Provenance;

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
            None => maps.push((mapped, worlds.iter().map(|world| map(&grid, world, mapped, &context)).collect())),
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

/// The map of a figure in one combination of the other parameters.
fn map(grid: &Grid<'_>, world: &[(String, String)], mapped: &Mapped, context: &Context<'_>) -> Map {
    let points: Vec<_> = grid.points.iter().filter(|point| point.others == world).collect();
    let values = grid.points.iter().filter_map(|point| point.result?.value(mapped.headline.figure));
    let (low, high) = values.fold((f64::INFINITY, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)));
    let mut cells = Vec::new();
    for unavailable in &grid.unavailables {
        for surge in &grid.surges {
            let point = points.iter().find(|p| p.surge == *surge && p.unavailable == *unavailable);
            cells.push(match point.map(|point| point.result) {
                None => Cell::Absent,
                Some(None) => Cell::Refused,
                Some(Some(result)) => Cell::Value(value(result, mapped, context, (low, high))),
            });
        }
    }
    let title = if grid.worlds.len() == 1 { mapped.title.to_owned() } else { format::parameters(world) };
    Map { title, cells }
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
