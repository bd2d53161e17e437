//! Measured latencies: pods as kubectl prints them, CSV, and Prometheus histograms.

mod columns;
mod histogram;
mod instant;
mod pods;

use std::path::Path;

use crate::input::error::InputError;
use crate::input::files::Files;
use crate::input::quantity::parse_duration;
use crate::input::yaml::Source;
use crate::stats::fit::Lengths;

/// Fields of `pods:` that a latency can be of.
const FIELDS: &[&str] = &["start", "warmUp", "pull", "pullCheck", "termination", "crashAfter", "flapAfter", "flapFor"];

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
}

/// A column of a CSV file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The file as it was named; `-` is standard input.
    pub file: String,
    /// Its header.
    pub name: String,
    /// Unit of plain numbers.
    pub unit: String,
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
    /// Unit of plain numbers; seconds where none is given.
    pub unit: Option<&'a str>,
}

impl Choice<'_> {
    fn unit(&self) -> &str {
        self.unit.unwrap_or("s")
    }

    /// Refuses an option that says nothing about this kind of file.
    fn only(&self, name: &str, kind: &str, allowed: &[&str]) -> Result<(), InputError> {
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

/// Reads the latencies in a file, whose kind is seen from its content; `-` is standard input.
///
/// # Errors
/// When the file cannot be read or holds none, with its line where one is to blame.
pub fn measured(path: &Path, choice: &Choice<'_>) -> Result<Measurements, InputError> {
    if parse_duration(&format!("1{}", choice.unit())).is_err() {
        return Err(InputError::new("--unit is one of ns, us, ms, s, m, h or d"));
    }
    let source = Files::new(Path::new("")).root(path)?;
    match kind(&source) {
        Kind::Pods => {
            choice.only(&source.name, "pods", &[])?;
            pods::read(&source)
        }
        Kind::Exposition => {
            choice.only(&source.name, "a Prometheus histogram", &["--metric", "--unit"])?;
            histogram::read(&source, choice)
        }
        Kind::Csv => {
            choice.only(&source.name, "CSV", &["--column", "--censored", "--whole-seconds", "--unit"])?;
            columns::read(&source, choice)
        }
    }
}

enum Kind {
    Pods,
    Exposition,
    Csv,
}

fn kind(source: &Source) -> Kind {
    let text = source.text.trim_start();
    let mut lines = text.lines();
    let object =
        |line: &str| ["apiVersion:", "kind:", "items:", "- apiVersion:"].iter().any(|key| line.starts_with(key));
    if text.starts_with(['{', '[']) || lines.clone().take(50).any(object) {
        Kind::Pods
    } else if lines.any(|line| line.starts_with("# TYPE ") || line.starts_with("# HELP ") || histogram::is_bucket(line))
    {
        Kind::Exposition
    } else {
        Kind::Csv
    }
}

/// The field that a name stands for, whatever its spelling: `warm_up_seconds` is `warmUp`.
fn field(name: &str) -> Option<&'static str> {
    let plain = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
    let name = ["_seconds", "_s", "_ms"].iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name);
    FIELDS.iter().find(|field| plain(field) == plain(name)).copied()
}

/// Refuses lengths that are no latencies, whatever their unit.
fn plausible(longest: f64) -> Result<(), String> {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn kind_of(text: &str) -> &'static str {
        match kind(&Source { name: "test".into(), text: text.into() }) {
            Kind::Pods => "pods",
            Kind::Exposition => "exposition",
            Kind::Csv => "csv",
        }
    }

    #[test]
    fn the_kind_is_seen_from_the_content() {
        for (text, kind) in [
            ("\n {\"kind\": \"List\"}", "pods"),
            ("apiVersion: v1\nitems: []\n", "pods"),
            ("---\nkind: Pod\n", "pods"),
            ("# HELP a b\n# TYPE a histogram\n", "exposition"),
            ("a_bucket{le=\"1\"} 3\n", "exposition"),
            ("start,kind\n1,a\n", "csv"),
            ("", "csv"),
        ] {
            assert_eq!(kind_of(text), kind, "{text}");
        }
    }

    #[test]
    fn names_of_fields() {
        for (name, expected) in [
            ("start", Some("start")),
            ("warm_up_seconds", Some("warmUp")),
            ("WarmUp", Some("warmUp")),
            ("pull_s", Some("pull")),
            ("ready", None),
        ] {
            assert_eq!(field(name), expected, "{name}");
        }
    }

    #[test]
    fn options_of_another_kind_are_refused() {
        let choice = Choice { metric: Some("a"), ..Choice::default() };
        let error = choice.only("a.csv", "CSV", &["--column"]).unwrap_err().to_string();
        assert_eq!(error, "a.csv: --metric does not go with CSV: leave it out");
    }
}
