//! `rollcast explain`.

use std::io::Write;

use serde_json::{Value, json};

use super::answer::{Answer, CommandError};
use super::output;
use super::terminal::terminal_width;
use crate::cli;
use crate::input::{Explanation, explain as explanation_of};
use crate::report::format::wrap;
use crate::report::json::versioned;
use crate::what_if::larger;

/// Columns of the names of what is said of a key.
const LABEL: usize = 10;

/// `rollcast explain`: what a key of an experiment means.
///
/// # Errors
/// When there is no such key. See [`CommandError`].
pub fn explain(options: &cli::Explain) -> Result<Answer, CommandError> {
    let found = explanation_of(options.key.as_deref().unwrap_or_default()).map_err(CommandError::Input)?;
    let mut out = output::out();
    match options.format {
        cli::Format::Text => write!(out, "{}", text(&found, usize::from(terminal_width())))?,
        cli::Format::Json => writeln!(out, "{}", versioned(json(&found)))?,
    }
    Ok(Answer::Yes)
}

fn json(found: &Explanation) -> Value {
    let defaults = found.defaults.iter().map(|one| json!({"key": one.path, "value": one.value, "source": one.source}));
    let keys = found.keys.iter().map(|(name, meaning)| json!({"key": name, "meaning": meaning}));
    json!({
        "key": found.path,
        "form": found.form,
        "unit": found.unit,
        "meaning": found.meaning,
        "defaults": defaults.collect::<Vec<_>>(),
        "larger": larger(&found.path),
        "example": found.example,
        "set": found.set,
        "keys": keys.collect::<Vec<_>>(),
    })
}

fn text(found: &Explanation, width: usize) -> String {
    let mut text = String::new();
    if !found.path.is_empty() {
        text.push_str(&format!("{}\n\n", found.path));
    }
    text.push_str(&indented(found.meaning, 2, width));
    text.push('\n');
    let mut line = |label: &str, value: &str| text.push_str(&labelled(label, value, LABEL, width));
    line("form", &found.form);
    if !found.unit.is_empty() {
        line("unit", found.unit);
    }
    if let Some(sentence) = larger(&found.path) {
        line("larger", sentence);
    }
    for one in &found.defaults {
        let of = if one.path == found.path { String::new() } else { format!("{}: ", one.path) };
        line("default", &format!("{of}{}", one.value));
        line("from", one.source);
    }
    if let Some(example) = &found.example {
        let name = found.path.rsplit('.').next().unwrap_or(&found.path);
        line("example", &format!("{name}: {example}"));
        if found.set {
            let path = found.path.strip_prefix("deployment.").filter(|_| found.defaults.iter().any(is_of_api));
            line("", &format!("--set '{}={example}'", path.unwrap_or(&found.path)));
        }
    }
    if !found.keys.is_empty() {
        let widest = found.keys.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
        text.push_str("\nKeys inside:\n");
        for (name, meaning) in &found.keys {
            text.push_str(&labelled(name, meaning, widest + 2, width));
        }
    }
    text
}

fn is_of_api(one: &crate::input::DefaultOf) -> bool {
    one.source == "Kubernetes default" && one.path.starts_with("deployment.")
}

/// `value` in lines behind a label of `column` columns.
fn labelled(label: &str, value: &str, column: usize, width: usize) -> String {
    let mut text = String::new();
    for (number, line) in wrap(value, width.saturating_sub(column + 2).max(20)).iter().enumerate() {
        text.push_str(&format!("  {:<column$}{line}\n", if number == 0 { label } else { "" }));
    }
    text
}

fn indented(value: &str, indent: usize, width: usize) -> String {
    wrap(value, width.saturating_sub(indent)).iter().map(|line| format!("{:indent$}{line}\n", "")).collect()
}
