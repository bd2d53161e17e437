//! Measured latencies: pods as kubectl prints them, CSV, and Prometheus histograms.

mod sample;

mod instants;
mod percentiles;
mod pods;

mod metrics;
mod stages;

mod columns;
mod exposition;
mod json;

use std::path::Path;
use std::rc::Rc;

use crate::input::tables::programs;
use crate::input::tree::documents::documents;
use crate::input::tree::error::InputError;
use crate::input::tree::files::Files;
use crate::input::tree::yaml::Source;

pub use sample::{Choice, Column, Measurements, Sample};

/// Reads the latencies in a file, whose kind is seen from its content; `-` is standard input.
///
/// # Errors
/// When the file cannot be read or holds none, with its line where one is to blame.
pub fn measured(path: &Path, choice: &Choice<'_>) -> Result<Measurements, InputError> {
    let files = Files::of_any_text(Path::new(""));
    let source = files.root(path, &path.display().to_string())?;
    let mut found = match kind(&source) {
        Kind::Objects => objects(&source, choice),
        Kind::Exposition => {
            choice.only(&source.name, "a Prometheus exposition", &["--metric", "--unit"])?;
            metrics::read(&source.name, exposition::read(&source)?, choice)
        }
        Kind::Csv => {
            choice.only(&source.name, "CSV", &["--column", "--censored", "--whole-seconds", "--unit"])?;
            let origin =
                columns::Origin { name: &source.name, readable: source.name != "-" && files.decoded().is_none() };
            columns::read(&origin, &programs::read(&source.name, &source.text)?, choice)
        }
    }?;
    found.notes.extend(files.decoded().map(|encoding| format!("the file is read as {encoding}")));
    Ok(found)
}

/// Reads YAML and JSON: objects of Kubernetes, metrics, and what tools for load tests write.
fn objects(source: &Rc<Source>, choice: &Choice<'_>) -> Result<Measurements, InputError> {
    let joined = json::joined(source);
    let source = joined.as_ref().unwrap_or(source);
    let documents = documents(source)?;
    match json::shape(&documents) {
        json::Shape::Metrics => {
            choice.only(&source.name, "metrics", &["--metric", "--unit"])?;
            metrics::read(&source.name, json::metrics(&source.name, &documents)?, choice)
        }
        json::Shape::Percentiles => {
            choice.only(&source.name, "percentiles", &["--metric"])?;
            json::percentiles(&source.name, &documents, choice)
        }
        json::Shape::Records => {
            choice.only(&source.name, "JSON records", &["--column", "--censored", "--whole-seconds", "--unit"])?;
            let origin = columns::Origin { name: &source.name, readable: false };
            let table = json::table(&source.name, &documents)?;
            columns::read(&origin, &table, choice)
        }
        json::Shape::Events => {
            choice.only(&source.name, "events", &[])?;
            stages::read(source, &documents)
        }
        json::Shape::Objects => {
            json::refuse_object(&documents)?;
            choice.only(&source.name, "pods", &[])?;
            pods::read(source, &documents)
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Objects,
    Exposition,
    Csv,
}

fn kind(source: &Source) -> Kind {
    let text = source.text.trim_start();
    let mut lines = text.lines();
    let object =
        |line: &str| ["apiVersion:", "kind:", "items:", "- apiVersion:"].iter().any(|key| line.starts_with(key));
    // A line of UTF-8 metrics begins with a brace too, and then a quoted name without a colon after it.
    if exposition::is_utf8_sample(text.lines().next().unwrap_or("")) {
        Kind::Exposition
    } else if text.starts_with(['{', '[']) || lines.clone().take(50).any(object) {
        Kind::Objects
    } else if lines.any(exposition::belongs_to_format) {
        Kind::Exposition
    } else {
        Kind::Csv
    }
}

#[cfg(test)]
mod tests {
    use super::sample::field;
    use super::*;

    fn kind_of(text: &str) -> &'static str {
        match kind(&Source { name: "test".into(), text: text.into() }) {
            Kind::Objects => "pods",
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
