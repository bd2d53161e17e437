//! The pods of one replication: what each was doing when.

use plotters::style::RGBColor;

use super::axis::{Axis, Plot, Quantity};
use super::canvas::{Anchor, Canvas, LABEL, picture, text_width};
use super::colour::{BLUE, GREY, VERMILLION};
use super::drawn::Chart;
use crate::report::format;
use crate::trace::Line;

const TITLE: &str = "Pods of one rollout";
/// Of more pods than this the first ones are drawn.
const ROWS: usize = 80;
const ROW: i32 = 16;
const WIDTH: i32 = 980;

/// What a pod is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Created; not yet bound to a node.
    Pending,
    /// Bound; its image is not there yet.
    Pulling,
    /// Its image is there; its containers do not run yet.
    Starting,
    Running,
    Ready,
    Available,
    Terminating,
    Gone,
}

const STATES: [(State, &str, RGBColor); 7] = [
    (State::Pending, "waiting for a node", RGBColor(0xdd, 0xdd, 0xdd)),
    (State::Pulling, "waiting for its image", RGBColor(0xb3, 0xb3, 0xb3)),
    (State::Starting, "starting", RGBColor(0x88, 0x88, 0x88)),
    (State::Running, "running, not Ready", RGBColor(0xe6, 0x9f, 0x00)),
    (State::Ready, "Ready", RGBColor(0x56, 0xb4, 0xe9)),
    (State::Available, "available", BLUE),
    (State::Terminating, "Terminating", VERMILLION),
];

/// A pod with the instants at which its state changes.
struct Row<'a> {
    name: &'a str,
    changes: Vec<(f64, State)>,
}

/// The chart of a log; `about` says which replication it is. `None` where the log has no pods.
#[must_use]
pub fn chart(lines: &[Line], about: &str) -> Option<Chart> {
    let rows = rows(lines);
    let end = lines.last()?.t;
    if rows.is_empty() {
        return None;
    }
    let shown = &rows[..rows.len().min(ROWS)];
    let mut subtitle = about.to_owned();
    if shown.len() < rows.len() {
        subtitle.push_str(&format!(" The first {ROWS} of {} pods.", format::count(rows.len() as u64)));
    }
    let height = ROW * shown.len() as i32 + 110;
    let drawing = picture(WIDTH, height, TITLE, &subtitle, |canvas, top| {
        let widest = shown.iter().map(|row| text_width(row.name, 11)).max().unwrap_or(0);
        let (first, last) = (top + 30, top + 30 + ROW * shown.len() as i32);
        let plot = Plot {
            x: Axis::new(Quantity::Time, 0.0, end, (30 + widest, WIDTH - 30)),
            y: Axis::new(Quantity::Number, 0.0, 1.0, (last, first)),
        };
        key(canvas, top + 12);
        plot.x_frame(canvas, "time since the rollout's start");
        for (number, row) in (0..).zip(shown) {
            bars(canvas, &plot, first + ROW * number, row, end);
        }
    });
    Some(Chart::of("pods.svg", TITLE, drawing))
}

fn rows(lines: &[Line]) -> Vec<Row<'_>> {
    let mut rows: Vec<Row<'_>> = Vec::new();
    for line in lines {
        let Some(name) = line.object.strip_prefix("pod/") else { continue };
        let place = rows.iter().position(|row| row.name == name).unwrap_or_else(|| {
            // Where the log does not have a pod's creation, the pod was there before the rollout, and available.
            let changes = if line.event == "Created" { Vec::new() } else { vec![(0.0, State::Available)] };
            rows.push(Row { name, changes });
            rows.len() - 1
        });
        let before = rows[place].changes.last().map(|change| change.1);
        let state = match line.event {
            "Created" => State::Pending,
            "Scheduled" => State::Pulling,
            "Pulled" => State::Starting,
            "Started" | "NotReady" | "ContainerExited" | "ContainerRestarted" => State::Running,
            "Ready" | "Unavailable" => State::Ready,
            "Available" => State::Available,
            "Terminating" => State::Terminating,
            "Gone" => State::Gone,
            _ => continue,
        };
        // A terminating pod is shown as such until it is gone.
        if before != Some(State::Terminating) || state == State::Gone {
            rows[place].changes.push((line.t, state));
        }
    }
    rows
}

fn bars(canvas: &mut Canvas, plot: &Plot, top: i32, row: &Row<'_>, end: f64) {
    canvas.text((plot.x.first() - 8, top + ROW / 2), row.name, LABEL.at(Anchor::Right).size(11));
    for (number, (from, state)) in row.changes.iter().enumerate() {
        let until = row.changes.get(number + 1).map_or(end, |next| next.0);
        let colour = STATES.iter().find(|known| known.0 == *state).map(|known| known.2);
        if let Some(colour) = colour.filter(|_| until > *from) {
            let (left, right) = (plot.x.at(*from), plot.x.at(until));
            canvas.rectangle((left, top + 2), (right.max(left + 1), top + ROW - 2), colour);
        }
    }
}

fn key(canvas: &mut Canvas, y: i32) {
    let mut x = 20;
    for (_, text, colour) in STATES {
        canvas.rectangle((x, y - 6), (x + 18, y + 6), colour);
        canvas.text((x + 25, y), text, LABEL.colour(GREY));
        x += 40 + text_width(text, LABEL.size);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(t: f64, object: &str, event: &'static str) -> Line {
        Line { t, object: object.into(), event, detail: String::new() }
    }

    #[test]
    fn pods_go_through_their_states() {
        let lines = [
            line(0.0, "deployment", "SpecChanged"),
            line(0.1, "pod/v2-0", "Created"),
            line(0.2, "pod/v2-0", "Scheduled"),
            line(0.3, "pod/v2-0", "Pulling"),
            line(0.7, "pod/v2-0", "Pulled"),
            line(1.0, "pod/v2-0", "Started"),
            line(2.0, "pod/v2-0", "Ready"),
            line(2.0, "pod/v2-0", "Available"),
            line(2.5, "pod/v1-3", "Terminating"),
            line(3.0, "pod/v1-3", "NotReady"),
            line(4.0, "pod/v1-3", "Gone"),
        ];
        use State::{Available, Gone, Pending, Pulling, Ready, Running, Starting, Terminating};
        let rows = rows(&lines);
        let waiting = [(0.1, Pending), (0.2, Pulling), (0.7, Starting)];
        assert_eq!(rows[0].changes[..3], waiting);
        assert_eq!(rows[0].changes[3..], [(1.0, Running), (2.0, Ready), (2.0, Available)]);
        assert_eq!(
            (rows[1].name, rows[1].changes.as_slice()),
            ("v1-3", &[(0.0, Available), (2.5, Terminating), (4.0, Gone)][..])
        );
        let chart = chart(&lines, "Replication 0.").unwrap();
        assert!(chart.svg.contains("v1-3") && chart.svg.ends_with("</svg>\n"));
    }

    #[test]
    fn no_pods_no_chart_and_many_are_cut() {
        assert_eq!(chart(&[line(0.0, "deployment", "SpecChanged")], ""), None);
        let lines: Vec<_> = (0..2000).map(|n| line(f64::from(n), &format!("pod/v2-{n}"), "Created")).collect();
        assert!(chart(&lines, "").unwrap().svg.contains("The first 80 of 2,000 pods."));
    }
}
