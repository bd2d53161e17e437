//! The grid of a sweep: axes that advance alone, and axes that advance together.

use crate::input::experiment::path::keys;
use crate::input::keys::root::RANGE;
use crate::input::kubernetes::excerpt::swept_text;
use crate::input::tree::error::{InputError, quoted};
use crate::input::tree::near::unknown;
use crate::input::tree::yaml::{At, Entry, Node, Value};

/// Most points of a grid.
const MAX_POINTS: usize = 20_000;

/// A swept parameter.
#[derive(Clone, Debug)]
pub(crate) struct Axis {
    /// Path as the user wrote it.
    pub(crate) path: String,
    /// The same from the root of the experiment.
    pub(crate) keys: Vec<String>,
    /// Where it was written.
    pub(crate) at: At,
    pub(crate) values: Vec<Node>,
    /// Which axes advance together: equal numbers do.
    group: usize,
}

/// The axes of a sweep.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sweep {
    pub(crate) axes: Vec<Axis>,
}

impl Sweep {
    /// Reads `sweep`; `roots` are the parts of the experiment that can be swept.
    pub(crate) fn read(node: &Node, roots: &[&str]) -> Result<Self, InputError> {
        let mut axes = Vec::new();
        for entry in node.map()?.entries.iter().filter(|entry| entry.key != "zip") {
            axes.push(Axis {
                path: entry.key.clone(),
                keys: keys(&entry.key, roots, &entry.at)?,
                at: entry.at.clone(),
                values: values(entry)?,
                group: axes.len(),
            });
        }
        refuse_overlap(&axes)?;
        let mut sweep = Self { axes };
        for zipped in node.map()?.list("zip")? {
            sweep.zip(zipped)?;
        }
        let points = sweep.lengths().into_iter().try_fold(1_usize, usize::checked_mul);
        if points.is_none_or(|points| points > MAX_POINTS) {
            return Err(node
                .at
                .error(format!("the sweep has more than {MAX_POINTS} points: leave out values, or zip")));
        }
        Ok(sweep)
    }

    fn zip(&mut self, list: &Node) -> Result<(), InputError> {
        let paths: Vec<String> = self.axes.iter().map(|axis| axis.path.clone()).collect();
        let names: Vec<&str> = paths.iter().map(String::as_str).collect();
        let mut first: Option<(usize, usize)> = None;
        for node in list.list().map_err(|_| list.wrong("a list of parameters such as [maxSurge, maxUnavailable]"))? {
            let path = node.text()?;
            let Some(axis) = self.axes.iter_mut().find(|axis| axis.path == path) else {
                return Err(node.at.error(unknown("swept parameter", path, &names)));
            };
            let (group, length) = *first.get_or_insert((axis.group, axis.values.len()));
            if axis.values.len() != length {
                let found = axis.values.len();
                let message =
                    format!("{} has {found} values, the first of the zip {length}: make them equal", quoted(path));
                return Err(node.at.error(message));
            }
            axis.group = group;
        }
        Ok(())
    }

    /// Lengths of the groups, in the order of their first axes.
    fn lengths(&self) -> Vec<usize> {
        self.leaders().map(|axis| axis.values.len()).collect()
    }

    fn leaders(&self) -> impl Iterator<Item = &Axis> {
        let first = |index: usize, group: usize| self.axes[..index].iter().all(|axis| axis.group != group);
        self.axes.iter().enumerate().filter(move |(index, axis)| first(*index, axis.group)).map(|(_, axis)| axis)
    }

    /// How many points there are.
    pub(crate) fn points(&self) -> usize {
        self.lengths().iter().product()
    }

    /// The value of every axis at a point, as text.
    pub(crate) fn texts(&self, number: usize) -> impl Iterator<Item = String> {
        self.axes.iter().zip(self.point(number)).map(|(axis, value)| swept_text(&axis.path, value))
    }

    /// The value of every axis at a point; the last group varies fastest.
    pub(crate) fn point(&self, number: usize) -> Vec<&Node> {
        let mut rest = number;
        let mut positions = Vec::new();
        for axis in self.leaders().collect::<Vec<_>>().into_iter().rev() {
            positions.push((axis.group, rest % axis.values.len()));
            rest /= axis.values.len();
        }
        let position =
            |group: usize| positions.iter().find(|(known, _)| *known == group).map_or(0, |(_, index)| *index);
        self.axes.iter().map(|axis| &axis.values[position(axis.group)]).collect()
    }
}

fn refuse_overlap(axes: &[Axis]) -> Result<(), InputError> {
    for (index, axis) in axes.iter().enumerate() {
        let before =
            axes[..index].iter().find(|other| axis.keys.starts_with(&other.keys) || other.keys.starts_with(&axis.keys));
        if let Some(other) = before {
            let message = format!("{} and {} set the same thing: sweep one", quoted(&other.path), quoted(&axis.path));
            return Err(axis.at.error(message));
        }
    }
    Ok(())
}

fn values(entry: &Entry) -> Result<Vec<Node>, InputError> {
    let node = &entry.value;
    let values = match &node.value {
        Value::List(items) => items.clone(),
        Value::Map(_) => range(node)?,
        _ => return Err(node.wrong("a list of values, or a range {from, to, step}")),
    };
    match values.len() {
        1..=MAX_POINTS => Ok(values),
        0 => Err(node.at.error("no values to sweep: write at least one")),
        _ => Err(node.at.error(format!("more than {MAX_POINTS} values: widen the step"))),
    }
}

/// `{from, to, step}`, both ends included, all three with the same unit.
fn range(node: &Node) -> Result<Vec<Node>, InputError> {
    let map = node.map()?.of(&RANGE)?;
    let texts = [map.require("from")?, map.require("to")?, map.require("step")?];
    let parts = [split(texts[0])?, split(texts[1])?, split(texts[2])?];
    let unit = parts.iter().map(|part| part.unit).find(|unit| !unit.is_empty()).unwrap_or("");
    if let Some(index) = parts.iter().position(|part| part.unit != unit && !(part.unit.is_empty() && part.digits == 0))
    {
        return Err(texts[index]
            .at
            .error(format!("from, to and step must have the same unit: write {}", quoted(unit))));
    }
    let decimals = parts.iter().map(|part| part.decimals).max().unwrap_or(0);
    let [from, to, step] = parts.map(|part| part.digits * 10_i128.pow(decimals - part.decimals));
    if step <= 0 || to < from {
        return Err(node.at.error("a range needs from <= to and a step greater than 0"));
    }
    if (to - from) / step >= MAX_POINTS as i128 {
        return Err(node.at.error(format!("more than {MAX_POINTS} values: widen the step")));
    }
    let count = (to - from) / step + 1;
    Ok((0..count)
        .map(|k| Node::plain(node.at.clone(), format!("{}{unit}", decimal(from + k * step, decimals))))
        .collect())
}

/// A decimal number without its point, how many digits stood behind it, and a unit.
struct Part<'a> {
    digits: i128,
    decimals: u32,
    unit: &'a str,
}

fn split(node: &Node) -> Result<Part<'_>, InputError> {
    let text = node.text()?;
    let number = text.trim_end_matches(|c: char| c == '%' || c.is_alphabetic());
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = format!("{whole}{fraction}").parse().ok().filter(|_| whole.len() < 16 && fraction.len() < 10);
    let digits = digits.ok_or_else(|| node.wrong("a number, perhaps with a unit, such as 5, 25% or 10s"))?;
    Ok(Part { digits, decimals: fraction.len() as u32, unit: &text[number.len()..] })
}

fn decimal(digits: i128, decimals: u32) -> String {
    let power = 10_i128.pow(decimals);
    let (sign, digits) = (if digits < 0 { "-" } else { "" }, digits.abs());
    let fraction = format!("{:0width$}", digits % power, width = decimals as usize);
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{}{point}{fraction}", digits / power)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::tree::yaml::node;
    use proptest::prelude::*;

    fn read(text: &str) -> Result<Sweep, InputError> {
        Sweep::read(&node(text), &["pods", "cluster", "deployment"])
    }

    fn points(text: &str) -> Vec<String> {
        let sweep = read(text).unwrap();
        let point = |k| sweep.point(k).into_iter().map(Node::flow).collect::<Vec<_>>().join(" ");
        (0..sweep.points()).map(point).collect()
    }

    #[test]
    fn a_grid_of_four_varies_the_last_fastest() {
        let all = points("{maxSurge: [1, 25%], replicas: [4, 8], minReadySeconds: [0], pods.new.crash: [0, 1%, 2%]}");
        assert_eq!(all.len(), 12);
        assert_eq!(all[..4], ["1 4 0 0", "1 4 0 1%", "1 4 0 2%", "1 8 0 0"]);
        assert_eq!(all[11], "25% 8 0 2%");
    }

    #[test]
    fn zipped_axes_advance_together() {
        let text = "{maxSurge: [0, 1], replicas: [4, 8], maxUnavailable: [1, 0], zip: [[maxSurge, maxUnavailable]]}";
        assert_eq!(points(text), ["0 4 1", "0 8 1", "1 4 0", "1 8 0"]);
    }

    #[test]
    fn ranges_are_exact_and_keep_their_unit() {
        assert_eq!(points("maxSurge: {from: 0%, to: 100%, step: 25%}"), ["0%", "25%", "50%", "75%", "100%"]);
        assert_eq!(points("pods.crash: {from: 0, to: 0.3, step: 0.1}"), ["0", "0.1", "0.2", "0.3"]);
        assert_eq!(points("pods.start: {from: 0, to: 1.5s, step: 0.5s}"), ["0s", "0.5s", "1s", "1.5s"]);
    }

    #[test]
    fn mistakes_are_reported() {
        let cases = [
            ("maxSurg: [1]", "test.yaml:1:1: unknown parameter `maxSurg`; did you mean `maxSurge`?"),
            ("maxSurge: []", "no values to sweep"),
            ("maxSurge: 3", "expected a list of values"),
            (
                "{maxSurge: [1, 2], replicas: [1], zip: [[maxSurge, replicas]]}",
                "`replicas` has 1 values, the first of the zip 2",
            ),
            ("{maxSurge: [1], zip: [[maxSurg]]}", "did you mean `maxSurge`?"),
            ("{maxSurge: [1], deployment.maxSurge: [2]}", "set the same thing"),
            ("replicas: {from: 1, to: 1000000, step: 1}", "more than 20000 values"),
            ("replicas: {from: 1, to: 5, step: 0}", "a step greater than 0"),
            ("pods.start: {from: 1s, to: 1m, step: 1s}", "the same unit"),
            (
                "{replicas: {from: 1, to: 1000, step: 1}, maxSurge: {from: 1, to: 1000, step: 1}}",
                "more than 20000 points",
            ),
        ];
        for (text, expected) in cases {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    proptest! {
        #[test]
        fn no_range_panics(from in "[-0-9.]{0,20}[a-z%]?", to in "[-0-9.]{0,20}[a-z%]?", step in "[-0-9.]{0,20}[a-z%]?") {
            drop(read(&format!("replicas: {{from: '{from}', to: '{to}', step: '{step}'}}")));
        }
    }
}
