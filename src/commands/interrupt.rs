//! Ctrl-C and SIGTERM, answered within a second whatever the program is at.
//!
//! A command that keeps its work or has something to clear away is asked to stop, and is given a moment for it. Where it
//! takes longer, or where there is nothing to see to, the program is ended here: what is on the disk is sound at any
//! moment. SIGHUP is left alone, so that `nohup` does what it is for.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What a program that was interrupted ends with.
const EXIT_CODE: i32 = 3;
/// How long a command may take to stop.
const PATIENCE: Duration = Duration::from_millis(600);

static STOP: AtomicBool = AtomicBool::new(false);
static TASK: Mutex<Option<Task>> = Mutex::new(None);

/// What a command has to see to before it ends.
#[derive(Debug, Default)]
struct Task {
    /// Where finished rollouts are kept.
    kept: Option<PathBuf>,
}

/// While it lives, an interrupt waits for the command to stop by itself.
#[derive(Debug)]
pub(super) struct Tidying(());

/// Answers interrupts from now on. Where the system gives no handler it ends the program as it does any other.
pub fn listen() {
    #[cfg(unix)]
    if let Ok(mut signals) =
        signal_hook::iterator::Signals::new([signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM])
    {
        std::thread::spawn(move || signals.forever().for_each(|_| interrupted()));
    }
    #[cfg(not(unix))]
    let _ = ctrlc::set_handler(interrupted);
}

/// Set by the first interrupt where something must be seen to: the command is to stop.
pub(super) fn stop() -> &'static AtomicBool {
    &STOP
}

/// Begins work that must be seen to before the program ends.
pub(super) fn tidying() -> Tidying {
    *task() = Some(Task::default());
    Tidying(())
}

impl Tidying {
    /// Finished rollouts are kept at `place`.
    pub(super) fn keeps(&self, place: &Path) {
        if let Some(task) = &mut *task() {
            task.kept = Some(place.into());
        }
    }
}

impl Drop for Tidying {
    fn drop(&mut self) {
        *task() = None;
    }
}

fn task() -> MutexGuard<'static, Option<Task>> {
    TASK.lock().unwrap_or_else(PoisonError::into_inner)
}

fn interrupted() {
    if task().is_some() && !STOP.swap(true, Ordering::Relaxed) {
        std::thread::sleep(PATIENCE);
    }
    let kept = task().as_ref().and_then(|task| task.kept.clone());
    let kept = kept.map_or(String::new(), |place| {
        format!("; finished rollouts are kept in {}: the same command goes on from there", place.display())
    });
    // Nothing is left to do where standard error fails.
    let _ = writeln!(anstream::stderr(), "rollcast: interrupted{kept}");
    std::process::exit(EXIT_CODE);
}
