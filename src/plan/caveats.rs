//! What every answer repeats: what is set in the input and not modelled, and what the forecast assumes.

use serde::{Deserialize, Serialize};

use crate::input::Unmodelled;

/// Caveats of a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Caveats {
    /// Fields that are set in the input and not modelled.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unmodelled: Vec<Unmodelled>,
    /// What the input does not say and the forecast assumes, in sentences.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub assumed: Vec<String>,
}

impl Caveats {
    /// Adds those of scenario `id`; what several scenarios share stands once.
    pub(super) fn take(&mut self, id: u32, unmodelled: Vec<Unmodelled>, assumed: Vec<String>) {
        for mut one in unmodelled {
            match self.unmodelled.iter_mut().find(|known| (&known.object, &known.field) == (&one.object, &one.field)) {
                Some(known) => {
                    known.scenarios.push(id);
                    known.decides |= one.decides;
                }
                None => {
                    one.scenarios = vec![id];
                    self.unmodelled.push(one);
                }
            }
        }
        for sentence in assumed {
            if !self.assumed.contains(&sentence) {
                self.assumed.push(sentence);
            }
        }
    }

    /// Accepts the fields that are named; returns the names that match no field.
    pub(super) fn assume<'f>(&mut self, fields: &'f [String]) -> Vec<&'f str> {
        let mut idle = Vec::new();
        for field in fields {
            let mut meant = self.unmodelled.iter_mut().filter(|one| one.is_named(field)).peekable();
            if meant.peek().is_none() {
                idle.push(field.as_str());
            }
            meant.for_each(|one| one.assumed = true);
        }
        idle
    }

    /// Fields that can turn the answer of `scenario` around and that the user has not accepted; for `None` those of all
    /// scenarios.
    pub fn open(&self, scenario: Option<u32>) -> impl Iterator<Item = &Unmodelled> {
        self.of(scenario).filter(|one| one.is_open())
    }

    /// Fields that are not modelled in `scenario`; of all scenarios for `None`.
    pub fn of(&self, scenario: Option<u32>) -> impl Iterator<Item = &Unmodelled> {
        self.unmodelled.iter().filter(move |one| scenario.is_none_or(|id| one.scenarios.contains(&id)))
    }

    /// Whether the answer for `scenario` holds only if fields that are not modelled do not decide.
    #[must_use]
    pub fn is_conditional(&self, scenario: Option<u32>) -> bool {
        self.open(scenario).next().is_some()
    }

    /// Whether there are no caveats.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.unmodelled.is_empty() && self.assumed.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::Direction;

    fn one(field: &str, decides: bool) -> Unmodelled {
        Unmodelled {
            object: "Deployment web".into(),
            field: field.into(),
            effect: "x".into(),
            direction: Direction::TooGood,
            decides,
            assumed: false,
            scenarios: Vec::new(),
        }
    }

    #[test]
    fn what_scenarios_share_stands_once_and_only_what_decides_makes_an_answer_conditional() {
        let mut caveats = Caveats::default();
        caveats.take(0, vec![one("spec.a", false)], vec!["s".into()]);
        caveats.take(1, vec![one("spec.a", false), one("spec.b", true)], vec!["s".into()]);
        assert_eq!(caveats.assumed, ["s"]);
        assert_eq!(caveats.unmodelled.len(), 2);
        assert_eq!(caveats.unmodelled[0].scenarios, [0, 1]);
        let conditional = [None, Some(0), Some(1)].map(|scenario| caveats.is_conditional(scenario));
        assert_eq!(conditional, [true, false, true]);
    }

    #[test]
    fn what_is_accepted_is_no_condition_and_names_that_mean_nothing_are_reported() {
        let mut caveats = Caveats::default();
        caveats.take(0, vec![one("spec.a", false), one("spec.b", true)], Vec::new());
        assert_eq!(caveats.assume(&["b".into(), "c".into()]), ["c"]);
        assert!(!caveats.is_conditional(None));
        assert!(caveats.unmodelled[1].assumed);
    }
}
