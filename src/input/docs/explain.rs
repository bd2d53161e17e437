//! One key of the experiment file, or a group of keys, explained from its row.

use crate::input::docs::reference::{all_inside, form_text, unit};
use crate::input::experiment::near::unknown_in_experiment;
use crate::input::keys::deployment::{DEPLOYMENT_FIELDS, STATEFUL_SET_FIELDS};
use crate::input::keys::distributions::DISTRIBUTION;
use crate::input::keys::key::{Form, Given, Key, Section};
use crate::input::keys::root::{RANGE, ROOT};
use crate::input::tree::near::unknown;

/// What is known of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The path from the top of an experiment, as `--set` takes it; a list has `[]`.
    pub path: String,
    /// What its value looks like, in words.
    pub form: String,
    /// The unit; empty where it has none.
    pub unit: &'static str,
    /// What it means, in a sentence.
    pub meaning: &'static str,
    /// What holds where it is not written, each with the path that it is of and its source.
    pub defaults: Vec<DefaultOf>,
    /// A value as it could be written; `None` for groups.
    pub example: Option<String>,
    /// Whether `--set` and a sweep reach it by its path.
    pub set: bool,
    /// The keys inside, each with its sentence.
    pub keys: Vec<(String, &'static str)>,
}

/// A default, and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DefaultOf {
    /// The path of the key; a part of a rule that cannot be set stands in brackets.
    pub path: String,
    /// The value, as it would be written.
    pub value: &'static str,
    /// Where it comes from.
    pub source: &'static str,
}

/// Explains the key at `path`, such as `pods.warmUp`, `maxSurge` or `cluster.nodes[].used`; an empty path is the top of the file.
///
/// # Errors
/// In a sentence that names the nearest key, when there is none at `path`.
pub fn explain(path: &str) -> Result<Explanation, String> {
    let path = path.trim();
    if path.is_empty() || path == "." {
        return Ok(Explanation {
            path: String::new(),
            form: "map".into(),
            unit: "",
            meaning: "The keys at the top of an experiment.",
            defaults: Vec::new(),
            example: None,
            set: false,
            keys: listed(&[&ROOT]),
        });
    }
    let whole = if DEPLOYMENT_FIELDS.key(path).is_some() {
        format!("deployment.{path}")
    } else if STATEFUL_SET_FIELDS.key(path).is_some() {
        format!("statefulSet.{path}")
    } else {
        path.to_owned()
    };
    let found = find(&whole)?;
    Ok(found.explanation())
}

/// A key that was found, and the way to it.
struct Found {
    key: &'static Key,
    path: String,
    /// Inside a list, or inside a distribution.
    inside: bool,
}

fn find(path: &str) -> Result<Found, String> {
    let mut sections: Vec<&'static Section> = vec![&ROOT];
    let (mut rest, mut way, mut inside) = (path, String::new(), false);
    loop {
        let (name, below) = first_key(rest, &sections);
        let bare = name.split('[').next().unwrap_or(name);
        let key = sections.iter().flat_map(|section| section.keys()).find(|key| key.is(bare));
        let Some(key) = key else { return Err(no_key(bare, &way, &sections)) };
        way = if way.is_empty() { bare.to_owned() } else { format!("{way}.{bare}") };
        let is_list = matches!(key.form, Form::List(_) | Form::FilledList(_) | Form::Steps(_) | Form::Components(_));
        let below = below.map(without_index).filter(|below| !below.is_empty());
        let in_map = key.form.inside().iter().any(|section| starts_in(section, below));
        let in_list = is_list || name.contains('[') || (holds_a_list(&key.form) && !in_map);
        match below {
            None => return Ok(Found { key, path: way, inside }),
            Some(below) => {
                sections = below_of(key);
                if sections.is_empty() {
                    return Err(format!("`{way}` has no keys inside: its value is {}", form_text(&key.form)));
                }
                inside |= in_list || is_distribution(&key.form);
                if in_list {
                    way.push_str("[]");
                }
                rest = below;
            }
        }
    }
}

/// The first key of a path and the rest of it. Names of resources have dots of their own.
fn first_key<'p>(path: &'p str, sections: &[&'static Section]) -> (&'p str, Option<&'p str>) {
    let is_whole = |name: &str| sections.iter().flat_map(|section| section.keys()).any(|key| key.is(name));
    match path.split_once('.') {
        Some(_) if is_whole(path) => (path, None),
        Some((first, rest)) => (first, Some(rest)),
        None => (path, None),
    }
}

/// The path behind the number of an item of a list.
fn without_index(path: &str) -> &str {
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    let is_index = !first.is_empty() && first.chars().all(|one| one.is_ascii_digit());
    if is_index || first == "[]" { rest } else { path }
}

/// Whether the first key of a path is one of a section.
fn starts_in(section: &Section, path: Option<&str>) -> bool {
    let first = path.and_then(|path| path.split('.').next());
    first.is_some_and(|first| section.keys().any(|key| key.is(first)))
}

fn holds_a_list(form: &Form) -> bool {
    match form {
        Form::List(_) | Form::FilledList(_) | Form::Steps(_) | Form::Components(_) => true,
        Form::Either(forms) => forms.iter().any(holds_a_list),
        _ => false,
    }
}

fn is_distribution(form: &Form) -> bool {
    matches!(form, Form::Distribution | Form::DistributionOrNever | Form::PerContainer)
}

/// The keys inside the value of a key.
fn below_of(key: &'static Key) -> Vec<&'static Section> {
    match &key.form {
        form if is_distribution(form) => vec![&DISTRIBUTION],
        Form::Version(section, _) => vec![*section],
        Form::Sweep(section) => vec![*section, &RANGE],
        form => all_inside(form),
    }
}

fn no_key(name: &str, way: &str, sections: &[&'static Section]) -> String {
    let names: Vec<&str> = sections.iter().flat_map(|section| section.names()).collect();
    if way.is_empty() {
        let all: Vec<&str> = DEPLOYMENT_FIELDS.names().into_iter().chain(names).collect();
        return unknown_in_experiment("key", name, &all);
    }
    format!("`{way}`: {}", unknown("key", name, &names))
}

fn listed(sections: &[&'static Section]) -> Vec<(String, &'static str)> {
    sections.iter().flat_map(|section| section.keys()).map(|key| (key.name.to_owned(), key.about)).collect()
}

impl Found {
    fn explanation(self) -> Explanation {
        let Self { key, path, inside } = self;
        let of_key = key.default.map(|Given { value, source }| DefaultOf { path: path.clone(), value, source });
        let more = key.more.iter().map(|(field, Given { value, source })| DefaultOf {
            path: (*field).to_owned(),
            value,
            source,
        });
        let of_api = key.api_default.map(|value| DefaultOf { path: path.clone(), value, source: "Kubernetes default" });
        let defaults: Vec<DefaultOf> = of_key.into_iter().chain(more).chain(of_api).collect();
        let below = if is_distribution(&key.form) { Vec::new() } else { below_of(key) };
        let set = !inside && path != "sweep" && !path.starts_with("sweep.");
        Explanation {
            form: form_text(&key.form),
            unit: unit(key),
            meaning: key.about,
            example: example(key).filter(|_| below.is_empty() || key.example.is_some()),
            set,
            keys: listed(&below),
            defaults,
            path,
        }
    }
}

/// A value as it could be written: one that is no default where there is a form for it.
fn example(key: &Key) -> Option<String> {
    let of_form = match &key.form {
        Form::Distribution | Form::PerContainer | Form::DistributionOrNever => "{lognormal: {p50: 8s, p99: 30s}}",
        Form::Duration => "30s",
        Form::Share => "2%",
        Form::Ratio => "20%",
        Form::IntOrPercent => "25%",
        _ => "",
    };
    let api = key.api_default.or(key.default.map(|given| given.value));
    let text = key.example.or(Some(of_form).filter(|text| !text.is_empty())).or(api);
    text.map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::keys::paths::paths;

    #[test]
    fn every_key_is_explained() {
        for (path, key) in paths() {
            let found = explain(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
            assert_eq!((found.path.as_str(), found.meaning), (path.as_str(), key.about));
            assert!(!found.form.is_empty() && !found.meaning.is_empty(), "{path}");
            assert!(found.keys.iter().all(|(name, about)| !name.is_empty() && !about.is_empty()), "{path}");
        }
    }

    #[test]
    fn paths_lead_into_versions_lists_and_distributions() {
        for (path, meaning) in [
            ("maxSurge", "beyond replicas"),
            ("pods.new.warmUp", "readiness probe would succeed"),
            ("cluster.nodes[].used", "in place of cluster.used"),
            ("cluster.nodes.0.used.cpu", "CPU"),
            ("cluster.allocatable.nvidia.com/gpu", "Any other resource"),
            ("pods.start.lognormal", "A lognormal distribution"),
            ("timeline[].at", ""),
            ("sweep.zip", ""),
        ] {
            let found = explain(path).unwrap_or_else(|error| panic!("{path}: {error}"));
            assert!(found.meaning.contains(meaning), "{path}: {}", found.meaning);
        }
        assert!(explain("pods").unwrap().keys.iter().any(|(name, _)| name == "warmUp"));
        assert_eq!(explain("cluster.nodes[].used").unwrap().path, "cluster.nodes[].used");
        assert!(explain("").unwrap().keys.iter().any(|(name, _)| name == "cluster"));
    }

    #[test]
    fn near_misses_are_named() {
        for (path, message) in [
            ("warmUp", "did you mean `pods.warmUp`?"),
            ("pods.warmup", "`pods`: unknown key `warmup`; did you mean `warmUp`?"),
            ("pods.start.lognorml", "did you mean `lognormal`?"),
            ("seed.x", "`seed` has no keys inside: its value is whole number from 0"),
            ("replicsa", "did you mean `replicas`?"),
        ] {
            let error = explain(path).unwrap_err();
            assert!(error.contains(message), "{path}: {error}");
        }
    }
}
