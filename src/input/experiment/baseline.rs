//! `baseline`: the scenario that all others are compared with.

use crate::input::kubernetes::excerpt::swept_text;
use crate::input::tree::error::{InputError, quoted};
use crate::input::tree::near::unknown;
use crate::input::tree::yaml::{Node, Value};
use crate::scenario::Scenario;

/// What a baseline means in a sweep.
pub(crate) enum Chosen {
    /// The scenario of this number.
    One(u32),
    /// In each cell of the other parameters the scenario with these values: path and value as written.
    InEachCell(Vec<(String, String)>),
}

/// A scenario by its number, or by values of the swept parameters.
pub(crate) struct Baseline(Node);

impl Baseline {
    pub(crate) fn read(node: &Node) -> Result<Self, InputError> {
        if !matches!(node.value, Value::Map(_)) {
            node.integer(0, u64::from(u32::MAX)).map_err(|_| {
                node.wrong("the number of a scenario, or values of swept parameters such as {maxSurge: 25%}")
            })?;
        }
        Ok(Self(node.clone()))
    }

    /// The only scenario that fits; where several do, one in each cell of the parameters that it does not name.
    pub(crate) fn choose(&self, parameters: &[String], scenarios: &[Scenario]) -> Result<Chosen, InputError> {
        let chosen = self.chosen(parameters, scenarios)?;
        let Chosen::One(id) = chosen else { return Ok(chosen) };
        let own = scenarios.iter().find(|scenario| scenario.id == id).and_then(Scenario::workload);
        let has_others = scenarios.iter().any(|scenario| scenario.workload() != own);
        match own.filter(|_| has_others) {
            None => Ok(chosen),
            Some(workload) => Err(self.0.at.error(format!(
                "scenario {id} is workload {workload}, which is no alternative to the others that roll with it: name a value of what is \
                 swept, such as {{release.atOnce: 1}}, and each workload is compared with itself"
            ))),
        }
    }

    fn chosen(&self, parameters: &[String], scenarios: &[Scenario]) -> Result<Chosen, InputError> {
        let Value::Map(entries) = &self.0.value else {
            let id = self.0.integer(0, u64::from(u32::MAX))?;
            let last = scenarios.len().saturating_sub(1);
            let chosen = scenarios.iter().map(|scenario| scenario.id).find(|known| u64::from(*known) == id);
            return chosen
                .map(Chosen::One)
                .ok_or_else(|| self.0.at.error(format!("no scenario {id}: there are 0 to {last}")));
        };
        let names: Vec<&str> = parameters.iter().map(String::as_str).collect();
        for entry in entries {
            let place = names.iter().position(|name| *name == entry.key);
            let Some(place) = place else {
                return Err(entry.at.error(unknown("swept parameter", &entry.key, &names)));
            };
            let value = swept_text(&entry.key, &entry.value);
            let known = scenarios.iter().filter_map(|scenario| scenario.parameters.get(place));
            if !known.clone().any(|(_, known)| *known == value) {
                let mut values: Vec<&str> = known.map(|(_, value)| value.as_str()).collect();
                values.dedup();
                values.sort_unstable();
                values.dedup();
                let values = values.join(", ");
                return Err(entry
                    .value
                    .at
                    .error(format!("no scenario has {} here; there are {values}", quoted(&value))));
            }
        }
        let named: Vec<(String, String)> =
            entries.iter().map(|entry| (entry.key.clone(), swept_text(&entry.key, &entry.value))).collect();
        let meant = |scenario: &&Scenario| named.iter().all(|wanted| scenario.parameters.contains(wanted));
        match scenarios.iter().filter(meant).map(|scenario| scenario.id).collect::<Vec<_>>()[..] {
            [one] => Ok(Chosen::One(one)),
            [] => Err(self.0.at.error("no scenario has all of these values: Kubernetes would refuse that point")),
            _ => Ok(Chosen::InEachCell(named)),
        }
    }
}
