//! What the scenarios of a plan rest on. What several of them share stands once.

use std::collections::BTreeMap;

use crate::input::{Premise, RankedPremise};

/// What distinguishes two values: the place of the key in the table of keys, the key, the value, and the file that has it. Of
/// several lines of a sweep with the same value the first one counts.
type Identity = (usize, String, String, String);

/// The values of the scenarios that were read so far.
#[derive(Debug, Default)]
pub(super) struct Premises {
    found: BTreeMap<Identity, Premise>,
}

impl Premises {
    /// Adds those of scenario `id`.
    pub(super) fn take(&mut self, id: u32, premises: Vec<RankedPremise>) {
        for RankedPremise { rank, premise } in premises {
            let identity = (rank, premise.key.clone(), premise.value.clone(), premise.from.clone());
            self.found.entry(identity).or_insert(premise).scenarios.push(id);
        }
    }

    /// All of them in the order of the table of keys, for a plan of this number of scenarios.
    pub(super) fn of_all(self, scenarios: usize) -> Vec<Premise> {
        let mut all: Vec<Premise> = self.found.into_values().collect();
        for one in all.iter_mut().filter(|one| one.scenarios.len() == scenarios) {
            one.scenarios = Vec::new();
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::PremiseSource;

    fn one(rank: usize, value: &str) -> RankedPremise {
        let premise = Premise {
            key: "k".into(),
            value: value.into(),
            seconds: None,
            source: PremiseSource::Written,
            from: "a.yaml".into(),
            line: Some(1),
            measured: None,
            off: false,
            scenarios: Vec::new(),
        };
        RankedPremise { rank, premise }
    }

    #[test]
    fn what_all_share_stands_once_and_what_differs_names_its_scenarios() {
        let mut premises = Premises::default();
        premises.take(0, vec![one(2, "x"), one(1, "1s")]);
        premises.take(1, vec![one(2, "x"), one(1, "2s")]);
        let all = premises.of_all(2);
        let found: Vec<_> = all.iter().map(|one| (one.value.as_str(), one.scenarios.as_slice())).collect();
        assert_eq!(found, [("1s", &[0][..]), ("2s", &[1]), ("x", &[])]);
        assert!(all[2].is_of(1) && !all[0].is_of(1));
    }
}
