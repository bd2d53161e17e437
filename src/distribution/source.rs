//! What a distribution was fitted to.

/// Measurements that a distribution was fitted to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// How many values were measured to their end.
    pub values: u32,
    /// How well they know the parameters. `None`: as well as that many exact values do.
    pub errors: Option<ParameterErrors>,
}

/// Standard errors of the logarithms of parameters, which are about the relative errors of the parameters themselves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ParameterErrors {
    /// Of the parameter that is a time: mean, median or scale.
    pub scale: f64,
    /// Of sigma or of the shape; 0 where the family has neither.
    pub width: f64,
    /// The correlation of both, in [-1, 1].
    pub correlation: f64,
}

/// Measurements with the number of what they measured: distributions with the same measurements are drawn together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Source {
    pub(super) measured: Measured,
    pub(super) key: u64,
}

/// The fewest values: two parameters leave one of them to tell how large the errors are.
pub const FEWEST_VALUES: u32 = 3;

/// Most values of a measurement.
pub const MOST_MEASURED: u32 = 1_000_000_000;
