//! What was measured of a latency, and what a user may say about a file of measurements.

use crate::input::keys::key::{Form, Key};
use crate::input::keys::pods::POD;
use crate::input::tables::table::UnitFrom;
use crate::input::tables::unit::Unit;
use crate::input::tables::unit_name::without_unit;
use crate::input::tree::error::InputError;
use crate::stats::fit::Lengths;

/// Longest length of time that is taken for one, in seconds: 31 years.
const LONGEST: f64 = 1e9;
/// What the longest of a sample must reach.
const SHORTEST: f64 = 1e-6;

/// What was measured of one latency.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// What the file calls it.
    pub name: String,
    /// The field of `pods:` that it is of, where that is known.
    pub field: Option<&'static str>,
    /// The lengths of time.
    pub lengths: Lengths,
    /// Where an experiment finds the values, if they are exact and none is missing an end.
    pub column: Option<Column>,
    /// Unit of the plain numbers, and where it is from; `None` where the lengths say their own.
    pub unit: Option<(Unit, UnitFrom)>,
    /// Whether it is the whole time until a pod is Ready, which holds start, pull and warm-up.
    pub to_ready: bool,
    /// The shares in percent whose percentiles are all that is known; `lengths` has a thousand for all.
    pub percentiles: Vec<f64>,
}

impl Sample {
    pub(super) fn new(name: &str, lengths: Lengths) -> Self {
        Self {
            name: name.into(),
            field: None,
            lengths,
            column: None,
            unit: None,
            to_ready: false,
            percentiles: Vec::new(),
        }
    }
}

/// A column of a CSV file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The file as it was named; `-` where an experiment cannot read it, such as standard input.
    pub file: String,
    /// Its header.
    pub name: String,
    /// Unit of plain numbers.
    pub unit: Unit,
}

/// What a file holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measurements {
    /// The latencies, in the order of the file.
    pub samples: Vec<Sample>,
    /// Whether they are from pods, so that the start contains what comes before it.
    pub of_pods: bool,
    /// What was left out, and what the numbers contain.
    pub notes: Vec<String>,
}

/// Which part of a file is asked for, and how it was measured.
#[derive(Clone, Copy, Debug, Default)]
pub struct Choice<'a> {
    /// Columns of a CSV file; none: all that are lengths of time.
    pub columns: &'a [String],
    /// Column of a CSV file that marks lower bounds.
    pub censored: Option<&'a str>,
    /// Whether the lengths of a CSV file are differences of instants in whole seconds.
    pub whole_seconds: bool,
    /// A histogram of an exposition.
    pub metric: Option<&'a str>,
    /// Unit of plain numbers; where none is given, that of the name, else seconds.
    pub unit: Option<Unit>,
}

impl Choice<'_> {
    /// The unit that the user wrote.
    ///
    /// # Errors
    /// When there is no such unit.
    pub fn unit_of(word: &str) -> Result<Unit, InputError> {
        Unit::parse(word).ok_or_else(|| InputError::new("--unit is one of ns, us, ms, s, m, h or d"))
    }

    /// Refuses an option that says nothing about this kind of file.
    pub(super) fn only(&self, name: &str, kind: &str, allowed: &[&str]) -> Result<(), InputError> {
        let given = [
            ("--column", !self.columns.is_empty()),
            ("--censored", self.censored.is_some()),
            ("--whole-seconds", self.whole_seconds),
            ("--metric", self.metric.is_some()),
            ("--unit", self.unit.is_some()),
        ];
        match given.iter().find(|(option, given)| *given && !allowed.contains(option)) {
            Some((option, _)) => {
                Err(InputError::in_file(name, format!("{option} does not go with {kind}: leave it out")))
            }
            None => Ok(()),
        }
    }
}

/// Whether a name says that it counts until a pod is Ready.
pub(super) fn is_time_to_ready(name: &str) -> bool {
    without_unit(name).split('_').any(|word| matches!(word, "ready" | "readiness" | "podready"))
}

/// The field that a name stands for, whatever its spelling: `warm_up_seconds` is `warmUp`.
pub(super) fn field(name: &str) -> Option<&'static str> {
    let plain = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
    let name = plain(&without_unit(name));
    let is_latency = |key: &&Key| matches!(key.form, Form::Distribution);
    let is_named =
        |field: &str| name == plain(field) || name == plain(field) + "time" || name == plain(field) + "duration";
    POD.keys().filter(is_latency).map(|key| key.name).find(|field| is_named(field))
}

/// Refuses lengths that are no latencies, whatever their unit.
pub(super) fn plausible(longest: f64) -> Result<(), String> {
    if longest > LONGEST {
        return Err(format!(
            "values up to {longest:.0} s are longer than 31 years: say their unit with --unit, such as ms"
        ));
    }
    if longest > 0.0 && longest < SHORTEST {
        return Err("all values are below a microsecond, which no rollout can tell: check the unit".into());
    }
    Ok(())
}
