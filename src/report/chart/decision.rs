//! Which strategies meet the objectives: how long rollouts take against how many pods are available at worst.

use super::canvas::{Anchor, LABEL};
use super::colour::{GREY, INK};
use super::drawn::{Chart, ChartTable};
use super::marks::{Marks, PANELS, Role, legend};
use super::names::replications;
use super::objectives::too_slow;
use super::plane::Shared;
use super::scene::{Point, Scene};
use super::sheet::{SMALL, Sheet, Sign};
use crate::analysis::{ScenarioResult, Verdict, cases, spread};
use crate::report::doubt::unknown;
use crate::report::format;
use crate::report::provenance::Provenance;

const TITLE: &str = "Duration against the pods available at worst";
/// Lines that have their names beside them.
const LINES: usize = 5;
/// Rows of the table.
const ROWS: usize = 40;

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
