//! The report on a field of the input that may change the answer and is not modelled.

use serde::{Deserialize, Serialize};

/// In which direction an answer may be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// The real rollout may be slower, dip deeper or stall.
    TooGood,
    /// The real rollout may be faster, or complete where the forecast stalls.
    TooBad,
    /// The real rollout may be better or worse.
    Either,
}

impl Direction {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::TooGood, Self::TooBad, Self::Either];

    /// What it means for the reader of an answer.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::TooGood => "the real rollout may be slower, dip deeper or stall",
            Self::TooBad => "the real rollout may be faster, or complete where the forecast stalls",
            Self::Either => "the real rollout may be better or worse",
        }
    }
}

/// A field that is set in the input and not modelled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unmodelled {
    /// Kind and name of the object, such as `Deployment shop/web`.
    pub object: String,
    /// Path of the field in it, without the numbers of list items, such as `spec.template.spec.hostNetwork`.
    pub field: String,
    /// What Kubernetes does with it, and the forecast does not.
    pub effect: String,
    /// In which direction the answer may be wrong.
    pub direction: Direction,
    /// It alone can turn the answer around, so that the answer is conditional.
    pub decides: bool,
    /// The user has accepted it (`--assume`).
    pub assumed: bool,
    /// Numbers of the scenarios that it is about, ascending.
    pub scenarios: Vec<u32>,
}

impl Unmodelled {
    /// A field of `object` that nobody has accepted yet, in a scenario that is still to be numbered.
    pub(crate) fn new(object: &str, field: &str, effect: String, direction: Direction, decides: bool) -> Self {
        let (object, field) = (object.into(), field.into());
        Self { object, field, effect, direction, decides, assumed: false, scenarios: Vec::new() }
    }

    /// Whether the answer is conditional on it.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.decides && !self.assumed
    }

    /// Whether `--assume` with this text means the field: its path, or the end of it from a dot on.
    #[must_use]
    pub fn is_named(&self, text: &str) -> bool {
        self.field.strip_suffix(text).is_some_and(|before| before.is_empty() || before.ends_with('.'))
    }

    /// One sentence for a reader.
    #[must_use]
    pub fn sentence(&self) -> String {
        let Self { object, field, effect, direction, .. } = self;
        format!("{object}: {field} is not modelled: {effect}; {}", direction.sentence())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_named_by_its_path_or_the_end_of_it() {
        let one = Unmodelled {
            object: "Deployment web".into(),
            field: "spec.template.spec.containers.resources.limits.nvidia.com/gpu".into(),
            effect: "it is counted by the scheduler".into(),
            direction: Direction::TooGood,
            decides: true,
            assumed: false,
            scenarios: vec![0],
        };
        for name in ["nvidia.com/gpu", "limits.nvidia.com/gpu", &one.field] {
            assert!(one.is_named(name), "{name}");
        }
        for name in ["gpu", "vidia.com/gpu", "", "spec", "nvidia.com"] {
            assert!(!one.is_named(name), "{name}");
        }
        assert!(one.sentence().ends_with("the scheduler; the real rollout may be slower, dip deeper or stall"));
    }
}
