//! The same amount over time under several choices, one below the other, on the same axes and against what there is.

use super::axis::{Axis, Plot, Quantity};
use super::canvas::{Anchor, LABEL};
use super::colour::{BLUE, GREY, GRID, INK};
use super::drawn::{Chart, ChartTable};
use super::over_time::{LEFT, times};
use super::sheet::{SMALL, Sheet, Sign};

const HEIGHT: i32 = 70;
const NEAR: f64 = 1.8;

/// One choice.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::report) struct Course {
    pub(in crate::report) name: String,
    pub(in crate::report) seconds: Vec<f64>,
    pub(in crate::report) p50: Vec<f64>,
    pub(in crate::report) p95: Vec<f64>,
}

/// What is drawn.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::report) struct Courses {
    pub(in crate::report) title: String,
    pub(in crate::report) courses: Vec<Course>,
    pub(in crate::report) room: Option<f64>,
    /// What the room is called, with its amount.
    pub(in crate::report) room_label: String,
    pub(in crate::report) note: String,
    pub(in crate::report) table: ChartTable,
}

/// The chart; `None` where there are not two to compare.
pub(in crate::report) fn chart(file: &str, one: &Courses) -> Option<Chart> {
    let levels = || one.courses.iter().flat_map(|course| &course.p95).copied();
    let (most, end) = (
        levels().fold(0.0, f64::max),
        one.courses.iter().filter_map(|course| course.seconds.last()).copied().fold(0.0, f64::max),
    );
    if one.courses.len() < 2 || most <= 0.0 {
        return None;
    }
    let near = one.room.filter(|room| *room > 0.0 && *room <= NEAR * most);
    Some(Chart::sheet(file, &one.title, one.table.clone(), |sheet| {
        sheet.heading(&one.title);
        let mut legend = vec![(Sign::Line(BLUE), "median".to_owned()), (Sign::Band(BLUE), "95 of 100 releases".into())];
        if near.is_some() {
            legend.push((Sign::Dashes, one.room_label.clone()));
        }
        sheet.legend(&legend);
        let top = 1.08 * near.map_or(most, |room| room.max(most));
        one.courses.iter().for_each(|course| draw(sheet, course, (end, top), near));
        sheet.note(&one.note);
    }))
}

fn draw(sheet: &mut Sheet, course: &Course, (end, most): (f64, f64), room: Option<f64>) {
    sheet.subheading(&course.name, INK);
    let (top, bottom) = (sheet.y - 4, sheet.y - 4 + HEIGHT);
    let plot = Plot {
        x: Axis::new(Quantity::Time, 0.0, end, (LEFT, sheet.right())),
        y: Axis::new(Quantity::Number, 0.0, most, (bottom, top)),
    };
    let canvas = &mut sheet.canvas;
    for (value, label) in plot.y.ticks(3) {
        let y = plot.y.at(value);
        canvas.line(&[(LEFT, y), (plot.x.last(), y)], GRID, 1);
        canvas.text((LEFT - 6, y), &label, LABEL.size(SMALL).at(Anchor::Right).colour(GREY));
    }
    let points = |levels: &[f64]| -> Vec<(i32, i32)> {
        course.seconds.iter().zip(levels).map(|(second, level)| (plot.x.at(*second), plot.y.at(*level))).collect()
    };
    let mut outline = points(&course.p95);
    if let (Some(first), Some(last)) = (outline.first().copied(), outline.last().copied()) {
        outline.extend([(last.0, bottom), (first.0, bottom)]);
    }
    canvas.area(&outline, BLUE, 0.25);
    canvas.line(&points(&course.p50), BLUE, 2);
    canvas.line(&[(LEFT, top), (LEFT, bottom), (plot.x.last(), bottom)], INK, 1);
    if let Some(room) = room {
        canvas.dashes((LEFT, plot.y.at(room)), (plot.x.last(), plot.y.at(room)), INK);
    }
    times(canvas, &plot);
    sheet.y = bottom + 34;
}
