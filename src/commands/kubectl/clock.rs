//! The one place that reads the machine's clock: what kubectl prints is stamped with the instant at which it came.

use std::time::{SystemTime, UNIX_EPOCH};

/// Microseconds since 1970.
#[expect(
    clippy::disallowed_methods,
    reason = "a recording of a real cluster has its instants; no forecast reads this clock"
)]
pub(super) fn microseconds() -> u64 {
    let passed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(passed.as_micros()).unwrap_or(u64::MAX)
}
