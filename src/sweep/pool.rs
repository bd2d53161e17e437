//! The number of worker threads.

use std::thread::available_parallelism;

use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};

/// The most worker threads: more than machines have cores. The memory for blocks that wait for their turn grows with the
/// number of threads.
pub const MOST_THREADS: usize = 1024;

/// The variable that rayon reads its number of threads from.
const VARIABLE: &str = "RAYON_NUM_THREADS";

/// A pool of `threads` threads (0: the number in `RAYON_NUM_THREADS`, else one for each core), but no more threads than there
/// are `blocks` of work, and no more than [`MOST_THREADS`].
///
/// # Errors
/// When the operating system does not give that many.
pub fn pool(threads: usize, blocks: usize) -> Result<ThreadPool, ThreadPoolBuildError> {
    let variable = std::env::var(VARIABLE).ok();
    ThreadPoolBuilder::new().num_threads(number(threads, variable.as_deref(), blocks)).build()
}

fn number(threads: usize, variable: Option<&str>, blocks: usize) -> usize {
    let set = || variable.and_then(|text| text.parse::<usize>().ok()).filter(|number| *number > 0);
    let cores = || available_parallelism().map_or(1, std::num::NonZero::get);
    let wanted = if threads > 0 { threads } else { set().unwrap_or_else(cores) };
    wanted.min(blocks).clamp(1, MOST_THREADS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_work_nor_bound_is_exceeded() {
        for (threads, variable, blocks, wanted) in [
            (4, None, 100, 4),
            (4, Some("100000"), 100, 4),
            (4, None, 3, 3),
            (1024, None, 1_000_000, 1024),
            (0, Some("7"), 100, 7),
            (0, Some("100000"), 12, 12),
            (0, Some("100000"), 1_000_000, 1024),
            (5000, None, 1_000_000, 1024),
            (3, None, 0, 1),
        ] {
            assert_eq!(number(threads, variable, blocks), wanted, "{threads} {variable:?} {blocks}");
        }
        let cores = number(0, None, usize::MAX);
        for unusable in ["0", "", "-1", "abc", "99999999999999999999999"] {
            assert_eq!(number(0, Some(unusable), usize::MAX), cores, "{unusable}");
        }
    }
}
