//! Time on the core, which other processes do not lengthen.

#![allow(clippy::disallowed_methods, reason = "a benchmark measures time")]
#![allow(unreachable_pub, reason = "the crate of the peers hands it on")]

use std::time::Instant;

/// Seconds that `work` takes: of the core where Linux counts them for this thread, else of the clock on the wall.
pub fn seconds(work: impl FnOnce()) -> f64 {
    let (wall, core) = (Instant::now(), on_the_core());
    work();
    match (core, on_the_core()) {
        (Some(before), Some(after)) => (after - before) as f64 / 1e9,
        _ => wall.elapsed().as_secs_f64(),
    }
}

/// Nanoseconds that this thread has been on a core. The kernel brings the number up to date a few hundred times a second.
fn on_the_core() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split(' ').next()?.parse().ok()
}
