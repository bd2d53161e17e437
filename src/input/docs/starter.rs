//! A commented experiment to start from.

use crate::input::experiment::defaults::TABLE;

const TEMPLATE: &str = include_str!("starter.yaml");

/// The experiment, with the defaults and their sources from the table: a line `@pods.start` becomes `#start: …  # source`.
#[must_use]
pub fn starter() -> String {
    TEMPLATE.lines().map(|line| filled(line) + "\n").collect()
}

fn filled(line: &str) -> String {
    let Some((indent, field)) = line.split_once('@') else { return line.to_owned() };
    let Some(row) = TABLE.iter().find(|row| row.field == field) else { return line.to_owned() };
    let key = field.rsplit('.').next().unwrap_or(field);
    let value = if row.value.contains(": ") { format!("{{{}}}", row.value) } else { row.value.to_owned() };
    let sign = if indent.contains('#') { "" } else { "#" };
    format!("{indent}{sign}{key}: {value}  # {}", row.source)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::experiment::path::DEPLOYMENT_FIELDS;
    use crate::input::experiment::{self as experiment, cluster, control_plane, deployment, pods, proposals, timeline};
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
                // Nodes have no default that could be written, and loss has keys only where there is one.
                key.filter(|key| !key.starts_with("nodes") && !key.starts_with("replicas"))
                    .map_or(line.to_owned(), |key| line.replace(bare, key))
                    + "\n"
            })
            .collect();
        assert!(written.matches("\n  start: {lognormal").count() == 1 && written.contains("\nseed: 1"), "{written}");
        assert_eq!(load(&written), load(&text));
    }

    #[test]
    fn every_key_is_shown() {
        let text = starter();
        assert!(!text.contains('@'), "a default has another name in the table: {text}");
        let whole = ["apiVersion", "kind", "csv", "column"];
        let keys = [
            experiment::KEYS,
            experiment::ROLLBACK_FIELDS,
            deployment::FIELDS,
            DEPLOYMENT_FIELDS,
            pods::FIELDS,
            cluster::FIELDS,
            cluster::POOL_FIELDS,
            cluster::CAPACITY_FIELDS,
            cluster::LOSS_FIELDS,
            control_plane::FIELDS,
            proposals::FIELDS,
            timeline::ACTIONS,
        ]
        .concat();
        let untold: Vec<_> = keys.into_iter().filter(|key| !whole.contains(key) && !text.contains(key)).collect();
        assert_eq!(untold, Vec::<&str>::new());
        for row in TABLE.iter().filter(|row| !row.field.starts_with('[') && row.field != "objectives.availability") {
            assert!(text.contains(row.source), "{}", row.field);
        }
    }
}
