//! This file becomes `src/mutants.rs` of the copied tree. It says which mutant is switched on, and notes which ones a test reaches.

use std::io::Write;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU8, Ordering};

struct Switch {
    on: u32,
    reached: Option<(std::fs::File, Vec<AtomicU8>)>,
}

static SWITCH: LazyLock<Switch> = LazyLock::new(|| Switch {
    on: std::env::var("MUTANT").ok().and_then(|id| id.parse().ok()).unwrap_or(0),
    reached: std::env::var_os("MUTANTS_REACHED").map(|path| {
        let file = std::fs::File::options().create(true).append(true).open(path).expect("a file for the mutants that are reached");
        (file, (0..100_000).map(|_| AtomicU8::new(0)).collect())
    }),
});

/// The one of `ids` that is switched on by the environment variable MUTANT, or 0.
#[inline]
pub(crate) fn which(ids: &[u32]) -> u32 {
    let switch = &*SWITCH;
    if switch.reached.is_some() {
        note(switch, ids);
    }
    if ids.contains(&switch.on) { switch.on } else { 0 }
}

/// Writes each number once into the file that MUTANTS_REACHED names.
#[cold]
fn note(switch: &Switch, ids: &[u32]) {
    let Some((file, seen)) = &switch.reached else { return };
    for id in ids {
        if seen[*id as usize].swap(1, Ordering::Relaxed) == 0 {
            let _ = (&*file).write_all(format!("{id}\n").as_bytes());
        }
    }
}
