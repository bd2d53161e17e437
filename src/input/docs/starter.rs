//! A commented experiment to start from, made from the rows of the keys, so that it shows every key.

use crate::input::keys::defaults::TABLE;
use crate::input::keys::deployment::DEPLOYMENT_FIELDS;
use crate::input::keys::key::{Form, Given, Key, Section};
use crate::input::keys::root::ROOT;

/// Widest line of a comment.
const WIDTH: usize = 118;

const HEAD: &str = "\
# An experiment for rollcast: one Deployment, one world, and what to try in it.
#
#   rollcast run FILE                    one scenario, summarised
#   rollcast sweep FILE --out results    every scenario, with tables and charts
#   rollcast recommend FILE              the best strategy that meets the objectives, as a patch
#
# It runs as it is. A line such as #start: ... shows a default and where it comes from: take the # away to change it.
# A line such as # preStop: ... is an example of a key that has no default.
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

/// Writes a key. What is inside a map that is not there by default is a comment.
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
            write_value(out, key, indent);
            let inner = format!("{}#  ", indent.trim_end_matches('#'));
            shown_below(form).into_iter().for_each(|section| write_section(out, section, path, &inner));
        }
    }
}

/// The keys inside a value that are shown by themselves. Where a word does as well, as for a strategy, the example is enough.
fn shown_below(form: &Form) -> Vec<&'static Section> {
    match form {
        Form::List(section) | Form::Steps(section) => vec![section],
        Form::Either([Form::Words(_), ..]) => Vec::new(),
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

/// The default of a key with its source, or an example.
fn write_value(out: &mut String, key: &Key, indent: &str) {
    let name = key.name;
    let sign = if indent.contains('#') { "" } else { "#" };
    if let Some(Given { value, source }) = key.default {
        let value = if value.contains(": ") { format!("{{{value}}}") } else { value.to_owned() };
        out.push_str(&format!("{indent}{sign}{name}: {value}  # {source}\n"));
    } else if let Some(value) = key.api_default {
        out.push_str(&format!("{indent}{sign}{name}: {value}  # Kubernetes default\n"));
    }
    if let Some(example) = key.example {
        out.push_str(&format!("{indent}# {name}: {example}\n"));
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
        Plan { inputs: Vec::new(), ..plan }
    }

    #[test]
    fn what_it_shows_as_defaults_are_the_defaults() {
        let text = starter();
        let written: String = text
            .lines()
            .map(|line| {
                let bare = line.trim_start();
                let key = bare.strip_prefix('#').filter(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase()));
                // The spec below says how many replicas there are.
                key.filter(|key| !key.starts_with("replicas")).map_or(line.to_owned(), |key| line.replace(bare, key))
                    + "\n"
            })
            .collect();
        assert!(written.matches("\n  start: {lognormal").count() == 1 && written.contains("\nseed: 1"), "{written}");
        assert_eq!(load(&written), load(&text));
    }

    #[test]
    fn every_key_of_a_scenario_is_shown_with_its_sentence() {
        let lines: Vec<String> = starter().lines().map(|line| line.trim_start_matches([' ', '#']).to_owned()).collect();
        let text = lines.join(" ");
        let by_hand = |path: &str| {
            ["name", "deployment", "sweep", "objectives"].contains(&path)
                || ["deployment.", "sweep.", "objectives."].iter().any(|start| path.starts_with(start))
        };
        for (path, key) in paths().into_iter().filter(|(path, _)| !by_hand(path)) {
            let shown = lines.iter().any(|line| line.starts_with(&format!("{}:", key.name)));
            assert!((shown || key.name == "cached") && text.contains(key.about), "{path}");
        }
        assert!(DEPLOYMENT_FIELDS.keys().all(|key| text.contains(key.about)));
    }
}
