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

use super::{output, temporary};
use crate::report::format::listed;
use crate::time::SimDuration;

/// Exit code of a program that was interrupted.
const INTERRUPTED: u8 = 3;
/// Exit code of a program that was interrupted, or found its place taken, and does the rest when it is started again: EX_TEMPFAIL in
/// `sysexits.h`, which engines of jobs take for a reason to try again.
pub(super) const RUN_AGAIN: u8 = 75;
/// Signals often come twice: to the process and to its group. Within this time they are one.
#[cfg(unix)]
const TWICE: Duration = Duration::from_secs(2);
/// How long a command may take to stop by itself.
const PATIENCE: Duration = Duration::from_millis(600);

static STOP: AtomicBool = AtomicBool::new(false);
static GOES_ON_LATER: AtomicBool = AtomicBool::new(false);
static TASK: Mutex<Option<Task>> = Mutex::new(None);

/// What a command has to do before the process may end.
#[derive(Debug, Default)]
struct Task {
    /// Where finished rollouts are kept.
    kept: Option<PathBuf>,
    /// What is finished and not kept.
    finished: Vec<String>,
    /// The first interrupt ends a part of the work, not the command.
    goes_on: bool,
}

/// As long as this value exists, an interrupt first waits for the command to stop by itself.
#[derive(Debug)]
pub(super) struct Deferred(());

/// Commands that do the rest when they are started again after an interrupt, whatever they were doing.
const GO_ON: [&str; 3] = ["part", "merge", "sweep"];

/// Does the same as [`goes_on_later`] where `words`, those of the command line, name such a command: an interrupt can come before
/// they are read.
fn look_at(words: impl Iterator<Item = std::ffi::OsString>) {
    let command = words.skip(1).find(|word| !word.to_string_lossy().starts_with('-'));
    if command.is_some_and(|command| GO_ON.iter().any(|name| command == *name)) {
        goes_on_later();
    }
}

/// Handles interrupts from now on. Where the system installs no handler, an interrupt ends the program in the usual way.
pub fn listen() {
    look_at(std::env::args_os());
    #[cfg(unix)]
    if let Ok(mut signals) =
        signal_hook::iterator::Signals::new([signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM])
    {
        std::thread::spawn(move || {
            loop {
                if signals.wait().next().is_some() {
                    interrupted();
                    std::thread::sleep(TWICE);
                    signals.pending().for_each(drop);
                }
            }
        });
    }
    #[cfg(not(unix))]
    let _ = ctrlc::set_handler(interrupted);
}

/// The first interrupt sets this where a command has something to do before the end: the command must stop.
pub(super) fn stop() -> &'static AtomicBool {
    &STOP
}

/// Says that whoever starts the same command again after an interrupt gets on: it keeps what is finished, or does nothing twice.
fn goes_on_later() {
    GOES_ON_LATER.store(true, Ordering::Relaxed);
}

/// The exit code of a command that was interrupted.
pub(super) fn exit_code() -> u8 {
    if GOES_ON_LATER.load(Ordering::Relaxed) { RUN_AGAIN } else { INTERRUPTED }
}

/// Stops the command by itself after some time, as an interrupt does.
pub(super) fn stop_after(time: Option<SimDuration>) {
    let Some(time) = time else { return };
    std::thread::spawn(move || {
        std::thread::sleep(Duration::from_nanos(time.as_nanos()));
        output::note(format_args!("--stop-after: {time} are over"));
        interrupted();
    });
}

/// Begins work that must be finished or cleaned up before the process may end.
pub(super) fn defer() -> Deferred {
    *task() = Some(Task::default());
    Deferred(())
}

impl Deferred {
    /// The first interrupt sets [`stop`] and nothing else: what was gathered until then is still worked on.
    pub(super) fn go_on(&self) {
        if let Some(task) = &mut *task() {
            task.goes_on = true;
        }
    }

    /// Notes that finished rollouts are kept in `place`, so that the message can say it.
    pub(super) fn note_kept(&self, place: &Path) {
        if let Some(task) = &mut *task() {
            task.kept = Some(place.into());
        }
    }

    /// Notes that a part of the answer is finished, so that the message can say it.
    pub(super) fn note_finished(&self, part: String) {
        if let Some(task) = &mut *task() {
            task.finished.push(part);
        }
    }

    /// What is finished, in words.
    pub(super) fn finished(&self) -> String {
        task().as_ref().map_or(String::new(), |task| finished(&task.finished))
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

/// `; simulated until then: all 5 at once and 1 at a time; nothing is kept`; nothing where nothing is finished.
fn finished(parts: &[String]) -> String {
    if parts.is_empty() {
        return String::new();
    }
    format!("; simulated until then: {}; nothing is kept", listed(parts))
}

fn interrupted() {
    let goes_on = task().as_ref().map(|task| task.goes_on);
    if let Some(goes_on) = goes_on
        && !STOP.swap(true, Ordering::Relaxed)
    {
        if goes_on {
            return;
        }
        std::thread::sleep(PATIENCE);
    }
    temporary::clean_up();
    let done = task().as_ref().map_or(String::new(), |task| finished(&task.finished));
    let kept = task().as_ref().and_then(|task| task.kept.clone());
    let kept = kept.map_or(done, |place| {
        format!("; finished rollouts are kept in {}: the same command goes on from there", place.display())
    });
    // Where standard error fails, the program cannot report that to anybody.
    let _ = writeln!(anstream::stderr(), "rollcast: interrupted{kept}");
    std::process::exit(i32::from(exit_code()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_finished_is_said() {
        assert_eq!(finished(&[]), "");
        let parts = ["all 5 at once", "1 at a time", "3 at a time"].map(String::from);
        assert_eq!(
            finished(&parts),
            "; simulated until then: all 5 at once, 1 at a time and 3 at a time; nothing is kept"
        );
    }
}
