//! The plane of durations and pods available at worst, which all panels of strategies share: its axes, the region that meets the
//! objectives, and their lines.

use super::axis::{Axis, Plot, Quantity};
use super::canvas::{Anchor, Canvas, LABEL};
use super::colour::{GREY, GRID, INK, MEETS};
use super::objectives::{available, limit};
use super::scene::{Point, Scene};
use super::sheet::SMALL;
use crate::analysis::headlines::DURATION_P95;
use crate::plan::Objective;
use crate::report::format;

/// What all panels share.
pub(super) struct Shared {
    /// Whether pods are counted, or are a share of those wanted because their numbers differ.
    counts: Option<u32>,
    durations: (f64, f64),
    available: (f64, f64),
    pub(super) limit: Option<f64>,
    /// What each panel asks to be available at worst, because numbers of pods differ between worlds.
    pub(super) floors: Vec<Option<f64>>,
    pub(super) asked: bool,
}

impl Shared {
    pub(super) fn of(scenes: &[&Scene<'_>], objectives: &[Objective]) -> Option<Self> {
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

    pub(super) fn pods(&self, point: &Point<'_>) -> f64 {
        if self.counts.is_some() { point.available } else { point.available / f64::from(point.result.replicas.max(1)) }
    }

    fn label(&self, pods: f64) -> String {
        match self.counts {
            Some(all) => format!("{} of {}", format::number(pods), format::count(all.into())),
            None => format::share(pods),
        }
    }

    pub(super) fn plot(&self, x: (i32, i32), y: (i32, i32)) -> Plot {
        let (low, high) = self.available;
        let room = ((high - low) * 0.12).max(if self.counts.is_some() { 0.6 } else { 0.02 });
        Plot {
            x: Axis::logarithmic(Quantity::Time, self.durations.0, self.durations.1, x),
            y: Axis::new(Quantity::Number, low - room, high + room, y),
        }
    }

    /// The region that meets the objectives, the lines of these, and the axes.
    pub(super) fn frame(&self, canvas: &mut Canvas, plot: &Plot, floor: Option<f64>, labels: bool) {
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
