//! What the pods of single rollouts did: a bar for each pod, with the chain outlined that decided how long the rollout took.

use plotters::style::RGBColor;

use super::axis::{Axis, Plot, Quantity};
use super::bar::{Look, look};
use super::canvas::{Anchor, Canvas, LABEL, picture, text_width};
use super::colour::{GREY, INK};
use super::drawn::{Chart, ChartTable};
use super::pods_of_rollout::{Bar, Rollout, rollouts};
use crate::diagnosis::{Doing, Part, Phase, PodRow, Role};
use crate::report::format;

const WIDE: i32 = 820;
const NARROW: i32 = 358;
/// Height of a bar and of the room below it.
const BAR: i32 = 9;
const GAP: i32 = 3;
/// Height of the picture of many pods.
const STACK: i32 = 120;
/// Room above the bars of a rollout for its heading, and below for the axis.
const ABOVE: i32 = 34;
const BELOW: i32 = 40;

/// The typical and the slowest rollout of a scenario on the same axis, which ends no earlier than `until` seconds; for a single
/// one, that. `None` where the rows have neither.
#[must_use]
pub fn pods(rows: &[PodRow], file: &str, about: &str, until: f64) -> Option<Chart> {
    drawn(&usual(rows), file, "What the pods did", about, until)
}

/// Until when the rollouts of [`pods`] are seen, in seconds; 0 where there is none.
pub(super) fn end(rows: &[PodRow]) -> f64 {
    usual(rows).iter().map(Rollout::seen_until).fold(0.0, f64::max)
}

fn usual(rows: &[PodRow]) -> Vec<Rollout<'_>> {
    rollouts(rows).into_iter().filter(|one| one.role != Role::Stalled).collect()
}

/// The rollout of a scenario that stalled. `None` where the rows have none.
#[must_use]
pub fn stalled(rows: &[PodRow], file: &str, about: &str) -> Option<Chart> {
    let shown: Vec<Rollout<'_>> = rollouts(rows).into_iter().filter(|one| one.role == Role::Stalled).collect();
    drawn(&shown, file, "What the pods of a stalled rollout did", about, 0.0)
}

fn drawn(shown: &[Rollout<'_>], file: &str, title: &str, about: &str, until: f64) -> Option<Chart> {
    let own = shown.iter().map(Rollout::seen_until).fold(0.0, f64::max);
    if shown.iter().all(|one| one.bars.is_empty()) || own <= 0.0 {
        return None;
    }
    let end = own.max(until);
    let draw = |width: i32| {
        let keys = key_rows(shown, width);
        let whole = keys.len() as i32 * 20 + shown.iter().map(|one| ABOVE + height(one) + BELOW).sum::<i32>();
        picture(width, whole, title, about, |canvas, mut top| {
            for row in &keys {
                key(canvas, top + 8, row);
                top += 20;
            }
            for one in shown {
                rollout(canvas, one, width, top + ABOVE, end);
                top += ABOVE + height(one) + BELOW;
            }
        })
    };
    let mut chart = Chart::of(file, title, draw(WIDE));
    chart.narrow = draw(NARROW);
    chart.table = table(shown);
    Some(chart)
}

fn height(one: &Rollout<'_>) -> i32 {
    let stack = if one.counts.is_empty() { 0 } else { STACK + 12 };
    stack + one.bars.len() as i32 * (BAR + GAP) + 6
}

fn rollout(canvas: &mut Canvas, one: &Rollout<'_>, width: i32, top: i32, end: f64) {
    let names = one.bars.iter().map(|bar| text_width(bar.name, 11)).max().unwrap_or(0).max(30);
    let bottom = top + height(one);
    let plot = Plot {
        x: Axis::new(Quantity::Time, 0.0, end, (names + 14, width - 16)),
        y: Axis::new(Quantity::Number, 0.0, 1.0, (bottom, top)),
    };
    canvas.text((14, top - 18), &heading(one), LABEL.bold());
    plot.x_frame(canvas, "");
    let mut y = top;
    if !one.counts.is_empty() {
        stack(canvas, &plot, one, top);
        y += STACK + 12;
    }
    let mut last_new = None;
    let mut chain = Vec::new();
    for bar in &one.bars {
        if !bar.new && last_new == Some(true) {
            y += 6;
        }
        last_new = Some(bar.new);
        let decides = bar.deciding().map(|(from, to)| (from, to.min(one.decided_at())));
        draw_bar(canvas, &plot, bar, decides, y);
        chain.extend(decides.map(|(from, _)| (from, y)));
        y += BAR + GAP;
    }
    if one.ended {
        arrows(canvas, &plot, chain);
    }
    for (at, text) in one.marks() {
        let x = plot.x.at(at);
        canvas.dashes((x, top - 6), (x, bottom), INK);
        let right = x + text_width(&text, 12) + 10 > width;
        let anchor = if right { Anchor::Right } else { Anchor::Left };
        canvas.text((if right { x - 4 } else { x + 4 }, top - 6), &text, LABEL.at(anchor).size(12).colour(GREY));
    }
}

/// From each pod of the chain to the next one, at the instant at which that one came.
fn arrows(canvas: &mut Canvas, plot: &Plot, mut chain: Vec<(f64, i32)>) {
    chain.sort_by(|one, other| one.0.total_cmp(&other.0));
    for pair in chain.windows(2) {
        let [(_, before), (from, after)] = [pair[0], pair[1]];
        let (x, down) = (plot.x.at(from), after > before);
        let (first, last) = if down { (before + BAR + 2, after - 3) } else { (before - 2, after + BAR + 3) };
        let tail = if down { last - 4 } else { last + 4 };
        canvas.line(&[(x, first), (x, last)], INK, 1);
        canvas.line(&[(x - 3, tail), (x, last), (x + 3, tail)], INK, 1);
    }
}

fn heading(one: &Rollout<'_>) -> String {
    let number = format!("replication {}", one.replication);
    match one.role {
        Role::Typical => format!("Typical rollout (median), {number}"),
        Role::Slowest => format!("Slowest rollout that completed, {number}"),
        Role::Stalled => format!("A stalled rollout, {number}"),
        Role::Asked => format!("R{}", &number[1..]),
    }
}

/// A pod; `decides`: from when to when it belongs to the chain, or holds the rollout up.
fn draw_bar(canvas: &mut Canvas, plot: &Plot, bar: &Bar<'_>, decides: Option<(f64, f64)>, top: i32) {
    let label = LABEL.at(Anchor::Right).size(11);
    let label = if decides.is_some() { label.bold() } else { label.colour(GREY) };
    canvas.text((plot.x.first() - 6, top + BAR / 2), bar.name, label);
    for row in &bar.rows {
        let Doing::Pod(phase) = row.phase else { continue };
        let (left, right) = (plot.x.at(row.from_s), plot.x.at(row.to_s));
        if right > left {
            piece(canvas, look(phase, bar.new), (left, top), (right, top + BAR));
        }
    }
    if let Some((from, to)) = decides {
        let (left, right) = (plot.x.at(from) - 1, plot.x.at(to) + 1);
        for inset in [0, 1] {
            canvas.frame((left - inset, top - 1 - inset), (right + inset, top + BAR + 1 + inset), INK);
        }
    }
}

/// A piece of a bar. Phases differ in form as well as in colour.
fn piece(canvas: &mut Canvas, look: Look, from: (i32, i32), to: (i32, i32)) {
    match look {
        Look::Full(colour) => canvas.rectangle(from, to, colour),
        Look::Thin(colour) => canvas.rectangle((from.0, from.1 + 3), (to.0, to.1 - 3), colour),
        Look::Hatched(ground, lines) => {
            canvas.rectangle(from, to, ground);
            canvas.hatch(from, to, lines);
        }
    }
}

/// All pods by phase, one above the other: available ones of the new version at the bottom, old ones on top.
fn stack(canvas: &mut Canvas, plot: &Plot, one: &Rollout<'_>, top: i32) {
    let most =
        one.counts.iter().map(|column| column.pods.iter().map(|(.., pods)| pods).sum::<u32>()).max().unwrap_or(1);
    for column in &one.counts {
        let (left, right) = (plot.x.at(column.from), plot.x.at(column.to));
        let mut below = 0_u32;
        for (phase, new, pods) in &column.pods {
            let y = |count: u32| {
                top + STACK - (f64::from(count) / f64::from(most.max(1)) * f64::from(STACK)).round() as i32
            };
            let (bottom, upper) = (y(below), y(below + pods));
            below += pods;
            if right > left && bottom > upper {
                let colour = look(*phase, *new).colour();
                canvas.rectangle((left, upper), (right, bottom), colour);
            }
        }
    }
    canvas.text((plot.x.first() - 6, top + 6), &format::count(u64::from(most)), LABEL.at(Anchor::Right).size(11));
    canvas.text((plot.x.first() - 6, top + STACK - 6), "0", LABEL.at(Anchor::Right).size(11));
}

type Entry = (Look, &'static str);

/// What the looks mean that the rollouts have, in rows that fit.
fn key_rows(shown: &[Rollout<'_>], width: i32) -> Vec<Vec<Entry>> {
    let phases = shown.iter().flat_map(Rollout::phases);
    let mut entries: Vec<Entry> = Vec::new();
    let mut known: Vec<(Phase, bool)> = phases.collect();
    known.sort_unstable_by_key(|(phase, new)| (!*new, *phase));
    for (phase, new) in known {
        let words = words(phase, new);
        if !words.is_empty() && entries.iter().all(|(_, other)| *other != words) {
            entries.push((look(phase, new), words));
        }
    }
    let mut rows: Vec<Vec<Entry>> = vec![Vec::new()];
    let mut x = 20;
    for entry in entries {
        let length = 38 + text_width(entry.1, 12);
        if x + length > width && x > 20 {
            rows.push(Vec::new());
            x = 20;
        }
        x += length;
        if let Some(row) = rows.last_mut() {
            row.push(entry);
        }
    }
    rows
}

fn key(canvas: &mut Canvas, y: i32, entries: &[Entry]) {
    let mut x = 20;
    for (look, words) in entries {
        piece(canvas, *look, (x, y - 4), (x + 16, y + 5));
        canvas.text((x + 22, y), words, LABEL.size(12).colour(GREY));
        x += 38 + text_width(words, 12);
    }
}

const fn words(phase: Phase, new: bool) -> &'static str {
    match phase {
        Phase::Available if !new => "old, available",
        phase => phase.words(),
    }
}

/// The parts of each rollout's time.
fn table(shown: &[Rollout<'_>]) -> ChartTable {
    let parts: Vec<_> = shown.iter().map(Rollout::parts).collect();
    let name = |one: &Rollout<'_>| format!("{} (no. {})", one.role.as_str(), one.replication);
    let header = std::iter::once("part of the time".to_owned()).chain(shown.iter().map(name)).collect();
    let seconds = |length: Option<f64>| length.map_or_else(|| "0s".to_owned(), format::time);
    let of_part = |part: Part| {
        let lengths =
            parts.iter().map(|parts| parts.iter().find(|(known, _)| *known == part).map(|(_, length)| *length));
        let lengths: Vec<Option<f64>> = lengths.collect();
        lengths.iter().any(Option::is_some).then(|| {
            std::iter::once(part.words().to_owned()).chain(lengths.into_iter().map(seconds)).collect::<Vec<String>>()
        })
    };
    let whole = shown.iter().map(|one| if one.ended { format::time(one.end) } else { "not over".to_owned() });
    let whole = std::iter::once("in all".to_owned()).chain(whole).collect();
    ChartTable { header, rows: Part::ALL.into_iter().filter_map(of_part).chain([whole]).collect() }
}

impl Look {
    /// The colour that stands for it where there is no room for its form.
    const fn colour(self) -> RGBColor {
        match self {
            Self::Full(colour) | Self::Thin(colour) | Self::Hatched(_, colour) => colour,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(role: Role, pod: &str, version: u32, phase: Doing, (from_s, to_s): (f64, f64), deciding: bool) -> PodRow {
        PodRow {
            scenario: 0,
            replication: 7,
            role,
            pod: pod.into(),
            version: (version > 0).then_some(version),
            node: (version > 0).then_some(3),
            phase,
            from_s,
            to_s,
            deciding,
            pods: u32::from(version > 0),
        }
    }

    fn rows(role: Role, warm: f64) -> Vec<PodRow> {
        let pod = Doing::Pod;
        let end = 13.0 + warm;
        vec![
            row(role, "", 0, Doing::Rollout, (0.0, end + 1.0), false),
            row(role, "", 0, Doing::Between(Part::Controllers), (0.0, 1.0), true),
            row(role, "v1-0", 1, pod(Phase::Available), (0.0, end), false),
            row(role, "v1-0", 1, pod(Phase::Terminating), (end, end + 3.0), false),
            row(role, "v2-0", 2, pod(Phase::Waiting), (1.0, 3.0), true),
            row(role, "v2-0", 2, pod(Phase::Pulling), (3.0, 9.0), true),
            row(role, "v2-0", 2, pod(Phase::Starting), (9.0, 13.0), true),
            row(role, "v2-0", 2, pod(Phase::WarmingUp), (13.0, end), true),
            row(role, "v2-0", 2, pod(Phase::Available), (end, end + 3.0), false),
            row(role, "", 0, Doing::Between(Part::Controllers), (end, end + 1.0), true),
        ]
    }

    #[test]
    fn typical_and_slowest_share_an_axis_and_a_table() {
        let all = [rows(Role::Typical, 20.0), rows(Role::Slowest, 60.0), rows(Role::Stalled, 5.0)].concat();
        let chart = pods(&all, "pods-0.svg", "Scenario 0.", 0.0).unwrap();
        for words in
            ["Typical rollout (median), replication 7", "Slowest rollout that completed", "complete 34s", "pulling"]
        {
            assert!(chart.svg.contains(words), "{words}");
        }
        assert!(
            !chart.svg.contains("A stalled rollout") && chart.in_narrow_page().is_some_and(|svg| svg.contains("v2-0"))
        );
        assert_eq!(chart.table.header, ["part of the time", "typical (no. 7)", "slowest (no. 7)"]);
        let cells = |name: &str| chart.table.rows.iter().find(|row| row[0] == name).unwrap()[1..].to_vec();
        assert_eq!(cells("warming up, until the probe succeeds"), ["20s", "1m 00s"]);
        assert_eq!(cells("controllers and scheduler"), ["2s", "2s"]);
        assert_eq!(cells("in all"), ["34s", "1m 14s"]);
        assert!(stalled(&all, "pods-stalled-0.svg", "").unwrap().svg.contains("A stalled rollout"));
    }

    #[test]
    fn an_axis_can_be_that_of_another_rollout() {
        let drawn = |until: f64| pods(&rows(Role::Typical, 20.0), "pods-0.svg", "", until).unwrap().in_page();
        assert!(!drawn(0.0).contains(">2m</text>") && drawn(150.0).contains(">2m</text>"));
        assert_eq!(drawn(1.0), drawn(0.0), "nothing is cut off");
        assert_eq!(end(&rows(Role::Stalled, 5.0)), 0.0);
    }

    #[test]
    fn no_pods_no_chart_and_many_are_counted() {
        assert_eq!(pods(&[], "pods-0.svg", "", 9.0), None);
        assert_eq!(pods(&rows(Role::Stalled, 5.0), "pods-0.svg", "", 0.0), None);
        let mut many = rows(Role::Typical, 20.0);
        let counted = row(Role::Typical, "", 2, Doing::Pod(Phase::Pulling), (3.0, 9.0), false);
        many.push(PodRow { pods: 1200, ..counted });
        assert!(pods(&many, "pods-0.svg", "", 0.0).unwrap().svg.contains("1,200"));
    }
}
