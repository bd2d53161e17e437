//! The reference page of the keys of the experiment file, made from their rows.

use std::fmt::Write as _;

use crate::input::keys::distributions::DISTRIBUTION;
use crate::input::keys::key::{Form, Given, Key, Section};
use crate::input::keys::root::{RANGE, ROOT};
use crate::k8s::version::Version;

const HEAD: &str = "\
# Keys of the experiment file

Every key with the form of its value, its unit, its default, where the default comes from, and what it means. A key without a
default is either required or has no effect until it is written. Values in brackets in the table of `rollcast defaults` are
parts of a rule and cannot be set.

A *duration* is a number and one of ns, us, ms, s, m, h and d, such as `250ms` or `1h30m`; 0 needs no unit. A *distribution* is a
duration, or a map of one family of distributions (see the last sections). A *share* is a percentage such as `2%`, or a number
from 0 to 1. A *quantity* is written as in Kubernetes, such as `500m` or `4Gi`.

This page is made from the rows in `src/input/keys/` by a test that compares it with them (`UPDATE_EXPECT=1 cargo test key_reference`).
";

/// The page in Markdown.
#[must_use]
pub fn key_reference() -> String {
    let mut out = String::from(HEAD);
    write_section(&mut out, &ROOT, "");
    write_table(&mut out, "Ranges of a sweep", &RANGE);
    write_table(&mut out, "Distributions", &DISTRIBUTION);
    for key in DISTRIBUTION.keys() {
        for section in all_inside(&key.form) {
            write_table(&mut out, &format!("`{}`", key.name), section);
        }
    }
    out
}

/// A table of the keys, and one for each map below them.
fn write_section(out: &mut String, section: &'static Section, path: &str) {
    let title = if path.is_empty() { "Top of the file".to_owned() } else { format!("`{path}`") };
    write_table(out, &title, section);
    for key in section.keys() {
        let below = if path.is_empty() { key.name.to_owned() } else { format!("{path}.{}", key.name) };
        for section in all_inside(&key.form) {
            write_section(out, section, &below);
        }
    }
}

fn write_table(out: &mut String, title: &str, section: &Section) {
    let _ = write!(out, "\n## {title}\n\n| key | form | unit | default | meaning |\n|---|---|---|---|---|\n");
    for key in section.keys() {
        let default = default(key).replace('|', "\\|");
        let _ =
            writeln!(out, "| `{}` | {} | {} | {default} | {} |", key.name, form_text(&key.form), unit(key), key.about);
    }
}

/// The sections that have a table of their own: the keys of a version of the pods have theirs under `pods`.
pub(super) fn all_inside(form: &Form) -> Vec<&'static Section> {
    match form {
        Form::List(section)
        | Form::FilledList(section)
        | Form::Steps(section)
        | Form::Family(section, _)
        | Form::Components(section) => vec![section],
        Form::Either(forms) => forms.iter().flat_map(all_inside).collect(),
        form => form.inside(),
    }
}

fn default(key: &Key) -> String {
    let given = |Given { value, source }: &Given| format!("`{value}`: {source}");
    let mut parts: Vec<String> = key.default.iter().map(given).collect();
    parts.extend(key.more.iter().map(|(field, own)| format!("{field} {}", given(own))));
    parts.extend(key.api_default.map(|value| format!("`{value}`: Kubernetes default")));
    parts.join("<br>")
}

/// The form of a value in words.
pub(super) fn form_text(form: &Form) -> String {
    match form {
        Form::Text => "text".into(),
        Form::KubernetesVersion => format!("`{}` to `{}`, also with a patch", Version::OLDEST, Version::NEWEST),
        Form::Texts => "list of texts".into(),
        Form::Flag => "`true` or `false`".into(),
        Form::True => "`true`".into(),
        Form::Duration => "duration".into(),
        Form::Distribution => "distribution".into(),
        Form::PerContainer => "distribution, or map of container names to distributions".into(),
        Form::DistributionOrNever => "distribution or `never`".into(),
        Form::Share => "share".into(),
        Form::Ratio | Form::Utilisation => "share, which may be more than 100%".into(),
        Form::Weight => "number or percentage".into(),
        Form::Size => "size such as `150MB` or `1.2GiB`".into(),
        Form::Amount => "quantity".into(),
        Form::IntOrPercent => "count or percentage".into(),
        Form::Whole(least, u64::MAX) => format!("whole number from {least}"),
        Form::Whole(least, most) => format!("whole number from {least} to {most}"),
        Form::WholeOrNone(least, most) => format!("whole number from {least} to {most}, or `none`"),
        Form::Numbers(..) => "list of such numbers".into(),
        Form::Factor(least, most) => format!("number from {least} to {most}"),
        Form::Number => "number".into(),
        Form::Rate => "number from 0.000001 to 1000000".into(),
        Form::RequestCapacity => "number above 0".into(),
        Form::RequestRate(_) => "number from 0 to 1e9, or a map".into(),
        Form::Curve => "list of a time and a rate each".into(),
        Form::Words(words) => words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", "),
        Form::Map(_) | Form::Object => "map".into(),
        Form::MapOrNone(_) => "map or `none`".into(),
        Form::Version(..) => "map with the keys of one version of `pods`".into(),
        Form::Deployment(_) => "path or map".into(),
        Form::List(_) | Form::FilledList(_) | Form::Steps(_) | Form::Objects => "list of maps".into(),
        Form::Either(forms) => forms.iter().map(form_text).collect::<Vec<_>>().join(", or "),
        Form::Sweep(_) => "map of paths to values, as lists or ranges".into(),
        Form::Zip => "list of lists of paths".into(),
        Form::Baseline => "whole number, or map of swept paths to values".into(),
        Form::Objectives(_) => "list of texts, or map".into(),
        Form::Targets => "list of texts, or map".into(),
        Form::Family(_, false) => "map of its parameters".into(),
        Form::Family(_, true) => "map of its parameters, or of two percentiles".into(),
        Form::Components(_) => "list of maps".into(),
        Form::Values => "list of durations".into(),
        Form::Waves => "list of lists of names".into(),
    }
}

/// The unit of a value; empty where it has none.
pub(super) fn unit(key: &Key) -> &'static str {
    match key.form {
        Form::Duration | Form::Distribution | Form::PerContainer | Form::DistributionOrNever | Form::Values => "time",
        Form::Share | Form::Ratio | Form::Utilisation => "share",
        Form::Size => "bytes",
        Form::Rate => "1/s",
        Form::RequestCapacity | Form::RequestRate(_) | Form::Curve => "requests/s",
        Form::IntOrPercent => "pods",
        Form::Whole(..) if key.name.ends_with("Seconds") => "s",
        Form::Whole(..) if key.name.ends_with("Percentage") => "%",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_reference_is_the_table() {
        crate::golden_file::golden("docs/reference/keys.md", &key_reference());
    }
}
