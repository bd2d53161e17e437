//! Ctrl-C and SIGTERM, which end the program within a second whatever it is doing.
//!
//! A command that keeps finished work or has temporary files to remove is asked to stop, and gets a short time for it. Where
//! it needs longer, or where no command has anything to do before the end, this module ends the process. That is safe,
//! because the files on the disk are complete at any moment. No handler is installed for SIGHUP, so that
//! `nohup` works as usual.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Exit code of a program that was interrupted.
const EXIT_CODE: i32 = 3;
/// How long a command may take to stop by itself.
const PATIENCE: Duration = Duration::from_millis(600);

static STOP: AtomicBool = AtomicBool::new(false);
static TASK: Mutex<Option<Task>> = Mutex::new(None);

/// What a command has to do before the process may end.
#[derive(Debug, Default)]
struct Task {
    /// Where finished rollouts are kept.
    kept: Option<PathBuf>,
}

/// As long as this value exists, an interrupt first waits for the command to stop by itself.
#[derive(Debug)]
pub(super) struct Deferred(());

/// Handles interrupts from now on. Where the system installs no handler, an interrupt ends the program in the usual way.
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

/// The first interrupt sets this where a command has something to do before the end: the command must stop.
pub(super) fn stop() -> &'static AtomicBool {
    &STOP
}

/// Begins work that must be finished or cleaned up before the process may end.
pub(super) fn defer() -> Deferred {
    *task() = Some(Task::default());
    Deferred(())
}

impl Deferred {
    /// Notes that finished rollouts are kept in `place`, so that the message can say it.
    pub(super) fn note_kept(&self, place: &Path) {
        if let Some(task) = &mut *task() {
            task.kept = Some(place.into());
        }
    }
}

impl Drop for Deferred {
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
    // Where standard error fails, the program cannot report that to anybody.
    let _ = writeln!(anstream::stderr(), "rollcast: interrupted{kept}");
    std::process::exit(EXIT_CODE);
}
