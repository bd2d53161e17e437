//! kubectl as a child process, which ends with this one.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::process::{Command, Stdio};
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::commands::answer::CommandError;
use crate::commands::interrupt;

/// How often it is looked at.
const PAUSE: Duration = Duration::from_millis(10);

/// What a call gave.
pub(super) struct Gave {
    /// What it printed, from its beginning.
    pub(super) printed: File,
    /// Why it failed, as kubectl says it; `None` where it did not fail.
    pub(super) failure: Option<String>,
}

/// Runs kubectl with `words` and waits for its end. Where the user interrupts, it is killed.
///
/// # Errors
/// When it cannot be started, and when the user interrupts.
pub(super) fn run(words: &[String]) -> Result<Gave, CommandError> {
    let (mut printed, mut errors) = (tempfile::tempfile()?, tempfile::tempfile()?);
    let child = Command::new("kubectl")
        .args(words)
        .stdin(Stdio::inherit())
        .stdout(printed.try_clone()?)
        .stderr(errors.try_clone()?)
        .spawn();
    let mut child = child.map_err(|error| not_started(&error))?;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if interrupt::stop().load(Ordering::Relaxed) {
            // It may have ended by itself in the meantime.
            let _ = child.kill();
            child.wait()?;
            return Err(CommandError::Interrupted);
        }
        std::thread::sleep(PAUSE);
    };
    printed.seek(SeekFrom::Start(0))?;
    let failure = (!status.success()).then(|| said(&mut errors)).transpose()?;
    Ok(Gave { printed, failure })
}

/// What kubectl says on standard error.
fn said(errors: &mut File) -> io::Result<String> {
    const SHOWN: u64 = 64 << 10;
    errors.seek(SeekFrom::Start(0))?;
    let mut bytes = Vec::new();
    errors.take(SHOWN).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes).trim().to_owned();
    Ok(if text.is_empty() { "it says nothing".into() } else { text })
}

/// Why kubectl cannot be started, and what to do.
pub(super) fn not_started(error: &io::Error) -> CommandError {
    CommandError::Input(format!(
        "kubectl cannot be started ({error}): install it or put it on the PATH; `rollcast` itself reads files that kubectl wrote elsewhere"
    ))
}
