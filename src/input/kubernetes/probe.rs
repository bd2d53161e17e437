//! A probe as a manifest writes it.

use crate::input::tree::error::InputError;
use crate::input::tree::fields::Map;
use crate::scenario::Probe;
use crate::time::SimDuration;

/// A probe with the API's defaults, which also stand for 0.
pub(crate) fn probe(map: &Map<'_>) -> Result<Probe, InputError> {
    let number = |key: &str, default: u64| {
        let written = map.get(key).map(|node| node.integer(0, i32::MAX as u64)).transpose()?;
        Ok::<u64, InputError>(written.filter(|number| *number > 0).unwrap_or(default))
    };
    let count = |key: &str, default: u64| number(key, default).map(|count| u32::try_from(count).unwrap_or(u32::MAX));
    Ok(Probe {
        initial_delay: SimDuration::from_secs(number("initialDelaySeconds", 0)?),
        period: SimDuration::from_secs(number("periodSeconds", 10)?),
        success_threshold: count("successThreshold", 1)?,
        failure_threshold: count("failureThreshold", 3)?,
        grace: map
            .get("terminationGracePeriodSeconds")
            .map(|node| node.integer(0, i32::MAX as u64).map(SimDuration::from_secs))
            .transpose()?,
    })
}
