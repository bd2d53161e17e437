//! What two inputs are called, and the command that compares them again.

use std::path::{Component, Path};

use crate::cli;
use crate::report::format;

/// What two inputs are called: by the first part of their paths that differs, without the ending of a file.
pub(super) fn labels(inputs: [&str; 2]) -> [String; 2] {
    const LONGEST: usize = 24;
    let parts = inputs.map(|input| {
        let path = Path::new(input).with_extension("");
        let name = |part: Component<'_>| part.as_os_str().to_string_lossy().into_owned();
        path.components().map(name).collect::<Vec<_>>()
    });
    let differing = parts[0].iter().zip(&parts[1]).find(|(old, new)| old != new);
    let fits = |name: &str| !matches!(name, "." | ".." | "/" | "-") && name.chars().count() <= LONGEST;
    match differing {
        Some((old, new)) if fits(old) && fits(new) => [old.clone(), new.clone()],
        _ => ["old".into(), "new".into()],
    }
}

/// The command that gives the same answer.
pub(super) fn command(options: &cli::Compare) -> String {
    // The command stands between backticks in Markdown.
    let quoted = |text: &str| format::shell_word(&text.replace(['\'', '`'], "?"));
    let mut words = vec!["rollcast".to_owned(), "compare".to_owned()];
    words.extend(options.inputs.iter().map(|input| quoted(input)));
    let mut option = |name: &str, value: Option<String>| {
        words.extend(value.map(|value| format!("--{name} {}", quoted(&value))));
    };
    option("namespace", options.namespace.clone());
    option("deployment", options.deployment.clone());
    option("scenario", options.scenario.map(|id| id.to_string()));
    option("seed", options.seed.map(|seed| seed.to_string()));
    options.set.iter().for_each(|(path, value)| option("set", Some(format!("{path}={value}"))));
    options.assume.iter().for_each(|field| option("assume", Some(field.clone())));
    option("replications", options.replications.map(|count| count.to_string()));
    words.join(" ")
}
