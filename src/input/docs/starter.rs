//! A commented experiment to start from, made from the rows of the keys, so that it shows every key.

use crate::input::keys::defaults::TABLE;
use crate::input::keys::deployment::DEPLOYMENT_FIELDS;
use crate::input::keys::key::{Form, Given, Key, Section};
use crate::input::keys::root::ROOT;

/// Widest line of a comment.
const WIDTH: usize = 118;

const HEAD: &str = "\
# yaml-language-server: $schema=schema.json
# The line above gives an editor the keys: rollcast schema > schema.json
#
# An experiment for rollcast: one Deployment, one world, and what to try in it.
#
#   rollcast run FILE                    one scenario, summarised
#   rollcast sweep FILE --out results    every scenario, with tables and charts
#   rollcast recommend FILE              the best strategy that meets the objectives, as a patch
#
# It runs as it is. Take the # away in front of a key, such as #start: ..., to change what it says. What follows behind it is where
# the default comes from, or the word example. What is off by default stands there as a whole, such as
# #autoscaler: {maxNodes: 12, scanInterval: 10s}: one line of these is enough, with all that you want of it between the braces.
# Latencies are distributions: a duration such as 8s, or exponential, uniform, triangular, normal, lognormal, gamma,
# weibull, pareto (by their parameters, two percentiles: {lognormal: {p50: 8s, p99: 30s}}, or mean and standard deviation:
# {lognormal: {mean: 10s, sd: 4s}}), empirical or mixture.
name: my-service
";

const DEPLOYMENT: &str = "
# The Deployment: its spec, or better a real manifest: deployment: deployment.yaml, or {manifest: FILE, name: [NS/]NAME}
# where it holds several. Beside either, these override it:
deployment:
";

const SPEC: &str = "  metadata: {name: my-service}
  spec:
    replicas: 10
    template:
      spec:
        terminationGracePeriodSeconds: 30
        containers:
          - name: app
            image: registry.example/my-service:1
            resources: {requests: {cpu: 500m, memory: 512Mi}}
            readinessProbe: {httpGet: {path: /ready, port: 8080}, periodSeconds: 5}
";

const SWEEP: &str = "
# Full grid; any path of this file may be swept, as a list or {from: 1, to: 5, step: 1}. zip: [[a, b]] moves two together.
sweep:
  maxSurge: [0, 25%, 100%]
  maxUnavailable: [0, 25%]
";

const OBJECTIVES: &str = "
# What the results must meet: STATISTIC METRIC <= LIMIT, a rate, or the least share of available replicas.
objectives:
  - availability: 90%
  - p95 duration_s <= 10m
  - stalled_rate <= 1%
";

/// The experiment, with every key, its default and where that comes from.
#[must_use]
pub fn starter() -> String {
    let mut out = String::from(HEAD);
    for key in ROOT.keys() {
        match key.name {
            "name" => {}
            "deployment" => {
                out.push_str(DEPLOYMENT);
                write_section(&mut out, &DEPLOYMENT_FIELDS, "deployment", "  ");
                out.push_str(SPEC);
            }
            "sweep" => out.push_str(SWEEP),
            "objectives" => out.push_str(OBJECTIVES),
            name => {
                out.push('\n');
                write_key(&mut out, key, name, "");
            }
        }
    }
    out
}

fn write_section(out: &mut String, section: &Section, path: &str, indent: &str) {
    for key in section.keys() {
        write_key(out, key, &format!("{path}.{}", key.name), indent);
    }
}

/// Examples that hold only where something else is written too.
const NEEDS: &[(&str, &str)] = &[
    ("horizontalPodAutoscaler", "it needs traffic, and a CPU request of the pods"),
    ("pods.gatesLifted", "it needs schedulingGates in the template"),
    ("workloads", "it needs the file, and stands in place of deployment"),
    ("release", "it needs workloads"),
    ("statefulSet", "it needs the file, and stands in place of deployment"),
    ("daemonSet", "it needs the file, and stands in place of deployment"),
];

/// Writes a key. What is inside a map that is off by default is shown with the map around it, so that each line can stand alone.
fn write_key(out: &mut String, key: &'static Key, path: &str, indent: &str) {
    write_comment(out, key.about, indent);
    match &key.form {
        Form::Map(section) if key.default.is_none() && key.example.is_none() => {
            out.push_str(&format!("{indent}{}:\n", key.name));
            write_section(out, section, path, &format!("{indent}  "));
        }
        Form::Version(_, path) if key.example.is_none() => {
            out.push_str(&format!("{indent}{}:\n", key.name));
            write_version(out, path, &format!("{indent}  "));
        }
        form => {
            write_value(out, key, path, indent);
            let needs = NEEDS.iter().find(|(needy, _)| *needy == path).map(|(_, needs)| *needs);
            let around = Around { name: key.name, with: example_of(key, path), open: "{", close: "}", needs };
            shown_below(form).into_iter().for_each(|section| write_inside(out, section, path, indent, &around));
        }
    }
}

/// What stands around a key that is shown inside a value.
#[derive(Clone)]
struct Around<'a> {
    name: &'a str,
    /// An example of the whole value, whose keys a key inside needs beside it.
    with: &'a str,
    open: &'a str,
    close: &'a str,
    /// What must be written elsewhere too, so that no line can stand alone.
    needs: Option<&'a str>,
}

/// Values of which some keys cannot stand without others.
const TOGETHER: &[(&str, &str)] =
    &[("replications", "{targets: [duration_s p95 ±2%]}"), ("traffic.rate", "{curve: [[0h, 120], [14h, 700]]}")];

/// An example of the whole value of a key, as far as others need it.
fn example_of(key: &Key, path: &str) -> &'static str {
    let together = TOGETHER.iter().find(|(whole, _)| *whole == path).map(|(_, example)| *example);
    together.or(key.example).unwrap_or_default()
}

/// Writes the keys inside a value, each as a line that stands alone.
fn write_inside(out: &mut String, section: &'static Section, path: &str, indent: &str, around: &Around<'_>) {
    for key in section.keys().filter(|key| !key.name.contains('*')) {
        let path = format!("{path}.{}", key.name);
        let needed = needed_beside(around.with, key.name, &path);
        write_comment(out, &format!("{}: {}", key.name, key.about), indent);
        if let Some((value, source)) = value_of(key) {
            let own = format!("{}: {value}", key.name);
            let inner = if needed.is_empty() { own } else { format!("{needed}, {own}") };
            let (sign, remark) = match around.needs {
                Some(needs) => ("# ", format!("  ({needs})")),
                None => ("#", "  # example".to_owned()),
            };
            let line = format!("{indent}{sign}{}: {}{inner}{}{remark}", around.name, around.open, around.close);
            out.push_str(&if source.is_empty() { format!("{line}\n") } else { format!("{line}; {value}: {source}\n") });
        }
        for section in shown_below(&key.form) {
            let beside = if needed.is_empty() { String::new() } else { format!("{needed}, ") };
            let open = format!("{}{beside}{}: {{", around.open, key.name);
            let close = format!("}}{}", around.close);
            let with = example_of(key, &path);
            write_inside(out, section, &path, indent, &Around { with, open: &open, close: &close, ..around.clone() });
        }
    }
}

/// A value of a key in flow style, and its source where it is a default.
fn value_of(key: &Key) -> Option<(String, &'static str)> {
    let flow = |value: &str| {
        if value.contains(": ") && !value.starts_with('{') && !value.starts_with('[') {
            format!("{{{value}}}")
        } else {
            value.to_owned()
        }
    };
    if let Some(Given { value, source }) = key.default.filter(|given| given.value != "none") {
        return Some((flow(value), source));
    }
    key.api_default.map(|value| (value.to_owned(), "Kubernetes default")).or(key.example.map(|value| (flow(value), "")))
}

/// Keys that one cannot stand beside, although the example has them.
const APART: &[(&str, &str)] =
    &[("cluster.loss.timeToLoss", "meanTimeToLoss"), ("cluster.disruptionBudget.maxUnavailable", "minAvailable")];

/// What of an example, a map in braces, stands beside the key `name` in it.
fn needed_beside(example: &str, name: &str, path: &str) -> String {
    let inner = example.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or_default();
    let is_apart =
        |entry: &str| APART.iter().any(|(one, other)| *one == path && entry.starts_with(&format!("{other}:")));
    let others = entries(inner)
        .into_iter()
        .filter(|entry| !entry.is_empty() && !entry.starts_with(&format!("{name}:")) && !is_apart(entry));
    others.collect::<Vec<_>>().join(", ")
}

/// The entries of a map in flow style, without its braces.
fn entries(inner: &str) -> Vec<&str> {
    let (mut found, mut start, mut depth) = (Vec::new(), 0, 0_i32);
    for (at, one) in inner.char_indices() {
        match one {
            '[' | '{' => depth += 1,
            ']' | '}' => depth -= 1,
            ',' if depth == 0 => {
                found.push(inner[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    found.push(inner[start..].trim());
    found
}

/// The keys inside a value that are shown by themselves. Where a word does as well, as for a strategy, and in lists, the example is
/// enough.
fn shown_below(form: &Form) -> Vec<&'static Section> {
    match form {
        Form::List(_) | Form::Steps(_) | Form::Either([Form::Words(_), ..]) => Vec::new(),
        Form::Either(forms) => forms.iter().flat_map(shown_below).collect(),
        form => form.inside(),
    }
}

/// The defaults that only one version of the pods has.
fn write_version(out: &mut String, path: &str, indent: &str) {
    let own = TABLE.iter().filter_map(|row| Some((row.field.strip_prefix(path)?.strip_prefix('.')?, row)));
    for (name, row) in own {
        out.push_str(&format!("{indent}#{name}: {}  # {}\n", row.value, row.source));
    }
}

/// The default of a key with its source, and an example.
fn write_value(out: &mut String, key: &Key, path: &str, indent: &str) {
    let name = key.name;
    if let Some(Given { value, source }) = key.default {
        let value = if value.contains(": ") { format!("{{{value}}}") } else { value.to_owned() };
        out.push_str(&format!("{indent}#{name}: {value}  # {source}\n"));
    } else if let Some(value) = key.api_default {
        out.push_str(&format!("{indent}#{name}: {value}  # Kubernetes default\n"));
    }
    let needs = NEEDS.iter().find(|(needy, _)| *needy == path).map(|(_, needs)| needs);
    match (key.example, needs) {
        (Some(example), None) => out.push_str(&format!("{indent}#{name}: {example}  # example\n")),
        (Some(example), Some(needs)) => out.push_str(&format!("{indent}# {name}: {example}  ({needs})\n")),
        (None, _) => {}
    }
}

/// A sentence in lines that are not too wide.
fn write_comment(out: &mut String, text: &str, indent: &str) {
    let mut line = format!("{indent}#");
    for word in text.split(' ') {
        if line.chars().count() + 1 + word.chars().count() > WIDTH {
            out.push_str(&line);
            out.push('\n');
            line = format!("{indent}#");
        }
        line.push(' ');
        line.push_str(word);
    }
    out.push_str(&line);
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::keys::paths::paths;
    use crate::plan::{Overrides, Plan};

    fn load(text: &str) -> Plan {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("new.yaml");
        std::fs::write(&file, text).unwrap();
        let plan = Plan::load(&file, &Overrides::default()).unwrap_or_else(|error| panic!("{error}"));
        // What is written is no default any more, though it has the same value.
        Plan { inputs: Vec::new(), premises: Vec::new(), ..plan }
    }

    /// A line without its sign, where it is a key.
    fn taken_away(line: &str) -> Option<String> {
        let bare = line.trim_start();
        let key = bare.strip_prefix('#').filter(|rest| rest.starts_with(|one: char| one.is_ascii_lowercase()))?;
        Some(line.replacen(bare, key, 1))
    }

    #[test]
    fn what_it_shows_as_defaults_are_the_defaults() {
        let text = starter();
        // The spec below says how many replicas there are.
        let is_default = |line: &str| !line.contains("  # example") && !line.contains("#replicas");
        let written: String = text
            .lines()
            .map(|line| {
                Some(line).filter(|line| is_default(line)).and_then(taken_away).unwrap_or(line.to_owned()) + "\n"
            })
            .collect();
        assert!(written.matches("\n  start: {lognormal").count() == 1 && written.contains("\nseed: 1"), "{written}");
        assert_eq!(load(&written), load(&text));
    }

    #[test]
    fn the_sign_in_front_of_every_key_can_be_taken_away() {
        let text = starter();
        let lines: Vec<&str> = text.lines().collect();
        let mut keys = 0;
        for (number, line) in lines.iter().enumerate() {
            let Some(key) = taken_away(line) else { continue };
            let mut with_key = lines.clone();
            with_key[number] = &key;
            let loaded = Plan::parse(&with_key.join("\n"), std::path::Path::new(""), &Overrides::default());
            assert!(loaded.is_ok(), "line {}: {key}\n{}", number + 1, loaded.unwrap_err());
            keys += 1;
        }
        assert!(keys > 150, "{keys}");
    }

    #[test]
    fn every_key_of_a_scenario_is_shown_with_its_sentence() {
        let lines: Vec<String> = starter().lines().map(|line| line.trim_start_matches([' ', '#']).to_owned()).collect();
        let text = lines.join(" ");
        let by_hand = |path: &str| {
            ["name", "deployment", "sweep", "objectives"].contains(&path)
                || ["deployment.", "sweep.", "objectives."].iter().any(|start| path.starts_with(start))
        };
        for (path, key) in paths().into_iter().filter(|(path, key)| !by_hand(path) && !key.name.contains('*')) {
            let shown = text.contains(&format!("{}: ", key.name)) || key.name == "cached";
            assert!(shown && text.contains(key.about), "{path}");
        }
        assert!(DEPLOYMENT_FIELDS.keys().all(|key| text.contains(key.about)));
    }
}
