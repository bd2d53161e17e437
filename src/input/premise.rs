//! A value that a forecast rests on, and where it comes from.

use serde::{Deserialize, Serialize};

use crate::input::keys::paths::noun;

/// A value that a forecast rests on, and where it comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Premise {
    /// The key of the experiment that it has, such as `pods.warmUp`. In brackets: a part of a rule, which cannot be set.
    pub key: String,
    /// The value as an experiment writes it.
    pub value: String,
    /// Of a length of time that varies, the median and the 99th percentile in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<[f64; 2]>,
    /// Where the value comes from.
    pub source: PremiseSource,
    /// The file or the option that has it; of a value that is assumed, why rollcast has chosen it.
    pub from: String,
    /// The line of that file, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// How many values were measured, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured: Option<u64>,
    /// The value means that something never happens, such as a share of 0.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub off: bool,
    /// Numbers of the scenarios that rest on it; empty: all of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scenarios: Vec<u32>,
}

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PremiseSource {
    /// Somebody wrote it.
    Written,
    /// It is a fit to measured values, or the measured values themselves.
    Measured,
    /// It was read from objects of the cluster in the input.
    Read,
    /// Nobody gave it, so that the default counts.
    Assumed,
}

impl PremiseSource {
    /// The word for it, which is also the one in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Written => "written",
            Self::Measured => "measured",
            Self::Read => "read",
            Self::Assumed => "assumed",
        }
    }
}

impl PremiseSource {
    /// The one that this word is for.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        [Self::Written, Self::Measured, Self::Read, Self::Assumed].into_iter().find(|one| one.as_str() == word)
    }
}

impl Premise {
    /// What a sentence calls it: its noun, or its key where it has none.
    #[must_use]
    pub fn name(&self) -> String {
        let (version, key) = match self.key.strip_prefix("pods.new.").or(self.key.strip_prefix("pods.old.")) {
            Some(rest) => (&self.key[..8], format!("pods.{rest}")),
            None => ("", self.key.clone()),
        };
        match (noun(&key), version) {
            (Some(noun), "pods.old") => format!("old pods' {noun}"),
            (Some(noun), _) => noun.to_owned(),
            (None, _) => self.key.clone(),
        }
    }

    /// Whether sentences have a word for it. Keys without one seldom decide.
    #[must_use]
    pub fn has_noun(&self) -> bool {
        self.name() != self.key
    }

    /// Whether `scenario` rests on it.
    #[must_use]
    pub fn is_of(&self, scenario: u32) -> bool {
        self.scenarios.is_empty() || self.scenarios.contains(&scenario)
    }
}
