//! Keys of a distribution: its family with the parameters, and what may modify a family.

use super::key::{Form, Key, Section};
use crate::distribution::{FEWEST_VALUES, MOST_MEASURED};

/// The families, with what changes any of them after them.
pub(crate) const DISTRIBUTION: Section = FAMILIES.and(&MODIFIERS);

/// The families.
pub(crate) const FAMILIES: Section = Section::new(&[
    Key::new("exponential", Form::Family(&EXPONENTIAL, false), "An exponential distribution.").example("{mean: 1m}"),
    Key::new("uniform", Form::Family(&UNIFORM, true), "A uniform distribution.").example("{low: 1s, high: 3s}"),
    Key::new("triangular", Form::Family(&TRIANGULAR, false), "A triangular distribution.")
        .example("{low: 1s, mode: 2s, high: 5s}"),
    Key::new("normal", Form::Family(&NORMAL, true), "A normal distribution, cut at 0.").example("{mean: 3s, sd: 1s}"),
    Key::new("lognormal", Form::Family(&LOGNORMAL, true), "A lognormal distribution.").example("{p50: 8s, p99: 30s}"),
    Key::new("gamma", Form::Family(&GAMMA, true), "A gamma distribution.").example("{shape: 2, scale: 3s}"),
    Key::new("weibull", Form::Family(&GAMMA, true), "A Weibull distribution.").example("{shape: 1.5, scale: 3s}"),
    Key::new("pareto", Form::Family(&PARETO, true), "A Pareto distribution.").example("{minimum: 1s, shape: 3}"),
    Key::new("empirical", Form::Family(&EMPIRICAL, false), "The distribution of measured values.")
        .example("{values: [1s, 2s]}"),
    Key::new("mixture", Form::Components(&COMPONENT), "A mixture of distributions.")
        .example("[{weight: 0.9, of: 2s}, {weight: 0.1, of: 60s}]"),
]);

/// What may modify a family.
pub(crate) const MODIFIERS: Section = Section::new(&[
    Key::new("shift", Form::Duration, "What is added to every value.").example("1s"),
    Key::new("truncate", Form::Map(&TRUNCATE), "The limits that values are drawn between.").example("{high: 1m}"),
    Key::new(
        "measured",
        Form::Map(&MEASURED),
        "What the distribution was fitted to, so that limits hold what the measurements leave open: of lognormal, gamma, weibull, exponential and empirical distributions. `rollcast fit` writes it.",
    )
    .example("{values: 26}"),
]);

const MEAN: Key = Key::new("mean", Form::Duration, "The mean.");
const SD: Key = Key::new("sd", Form::Duration, "The standard deviation.");
const STDDEV: Key = Key::new("stddev", Form::Duration, "The same as sd.");
const STD: Key = Key::new("std", Form::Duration, "The same as sd.");
const LOW: Key = Key::new("low", Form::Duration, "The smallest value.");
const HIGH: Key = Key::new("high", Form::Duration, "The largest value.");
const SHAPE: Key = Key::new("shape", Form::Number, "The shape parameter.");

/// Spellings of the standard deviation.
pub(crate) const SPREADS: &[&str] = &[SD.name, STDDEV.name, STD.name];

const EXPONENTIAL: Section = Section::new(&[MEAN]);
const UNIFORM: Section = Section::new(&[LOW, HIGH, MEAN, SD, STDDEV, STD]);
const TRIANGULAR: Section = Section::new(&[LOW, Key::new("mode", Form::Duration, "The likeliest value."), HIGH]);
const NORMAL: Section = Section::new(&[MEAN, SD, STDDEV, STD]);
const LOGNORMAL: Section = Section::new(&[
    Key::new("mu", Form::Number, "The mean of the logarithm of seconds."),
    Key::new("sigma", Form::Number, "The standard deviation of that logarithm."),
    Key::new("median", Form::Duration, "The median."),
    MEAN,
    SD,
    STDDEV,
    STD,
]);
const GAMMA: Section =
    Section::new(&[SHAPE, Key::new("scale", Form::Duration, "The scale parameter."), MEAN, SD, STDDEV, STD]);
const PARETO: Section =
    Section::new(&[Key::new("minimum", Form::Duration, "The smallest value."), SHAPE, MEAN, SD, STDDEV, STD]);
const EMPIRICAL: Section = Section::new(&[
    Key::new("values", Form::Values, "The values."),
    Key::new("csv", Form::Text, "The path of a CSV file with the values."),
    Key::new("column", Form::Text, "The column of that file."),
    Key::new("unit", Form::Text, "The unit of plain numbers; without it that of the column's name, else seconds."),
]);

/// Keys of a component of a mixture.
pub(crate) const COMPONENT: Section = Section::new(&[
    Key::new("weight", Form::Weight, "The weight of the component."),
    Key::new("of", Form::Distribution, "The distribution of the component."),
]);

/// Keys of `truncate`.
pub(crate) const TRUNCATE: Section = Section::new(&[
    Key::new("low", Form::Duration, "The lower limit; 0 where it is left out."),
    Key::new("high", Form::Duration, "The upper limit; none where it is left out."),
]);

/// Keys of `measured`.
pub(crate) const MEASURED: Section = Section::new(&[
    Key::new(
        "values",
        Form::Whole(FEWEST_VALUES as u64, MOST_MEASURED as u64),
        "How many values were measured to their end.",
    ),
    Key::new(
        "timeError",
        Form::Ratio,
        "The relative standard error of the parameter that is a time (mean, median or scale); without it that of so many exact values.",
    ),
    Key::new("shapeError", Form::Ratio, "The same of sigma, or of the shape."),
    Key::new("correlation", Form::Number, "The correlation of both errors; 0 where it is left out."),
]);

/// The own parameters of a family that is a map of them.
pub(crate) fn parameters(family: &str) -> Vec<&'static str> {
    own_section(family).map_or(Vec::new(), Section::names)
}

/// The rows of these parameters.
pub(crate) fn own_section(family: &str) -> Option<&'static Section> {
    match FAMILIES.key(family).map(|key| key.form) {
        Some(Form::Family(parameters, _)) => Some(parameters),
        _ => None,
    }
}
