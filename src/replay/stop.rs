//! Why a recording cannot be run, and what its readers share: limits, and the numbers of templates.

use crate::k8s::objects::Template;

/// Longer than any recording, and short enough that sums are exact [s].
pub(super) const LONGEST: f64 = 1e8;
/// Most pods of a recording. Larger recordings are refused, because they would run for hours.
pub(super) const MOST_PODS: i64 = 100_000;

/// The field of a recording that is wrong, and why.
#[derive(Debug)]
pub(super) struct FieldError {
    pub(super) field: String,
    pub(super) reason: String,
}

impl FieldError {
    pub(super) fn new(field: impl Into<String>, reason: impl ToString) -> Self {
        Self { field: field.into(), reason: reason.to_string() }
    }
}

/// Why a recording cannot be run.
#[derive(Debug)]
pub(super) enum Stop {
    /// The recording asks for something that is not modelled.
    Unsupported(String),
    /// A field is missing or wrong.
    Wrong(FieldError),
    /// The API server refuses the object.
    Rejected,
}

pub(super) type Result<T> = std::result::Result<T, Stop>;

pub(super) fn unsupported<T>(what: impl Into<String>) -> Result<T> {
    Err(Stop::Unsupported(what.into()))
}

/// A field of the file is missing or wrong.
pub(super) fn wrong<T>(field: impl Into<String>, reason: impl ToString) -> Result<T> {
    Err(Stop::Wrong(FieldError::new(field, reason)))
}

/// Templates by name; numbers are assigned in order of first mention.
#[derive(Debug, Default)]
pub(super) struct Templates {
    pub(super) names: Vec<String>,
}

impl Templates {
    pub(super) fn number(&mut self, name: &str) -> Result<Template> {
        let known = self.names.iter().position(|known| known == name);
        let number = known.unwrap_or_else(|| {
            self.names.push(name.to_owned());
            self.names.len() - 1
        });
        Template::try_from(number).or_else(|_| unsupported("more than 65536 templates"))
    }
}
