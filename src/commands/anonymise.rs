//! `--anonymise`: the input is replaced by one with hashes in place of names, before anything else reads it.

use std::path::PathBuf;
use std::sync::{Mutex, OnceLock, PoisonError};

use super::temporary;
use crate::input::{InputError, Names, anonymised};

/// Bytes of a key that nobody gave.
const RANDOM: usize = 32;

static KEY: OnceLock<Vec<u8>> = OnceLock::new();
/// Files that were given, and those that stand for them.
type Replaced = (Vec<PathBuf>, Vec<PathBuf>);

static FILES: Mutex<Vec<Replaced>> = Mutex::new(Vec::new());

/// The files that stand for `paths`; they are written once.
///
/// # Errors
/// When one cannot be read or written, or when there is no key.
pub(super) fn files(key: &str, paths: Vec<PathBuf>) -> Result<Vec<PathBuf>, InputError> {
    let mut known = FILES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, files)) = known.iter().find(|(given, _)| *given == paths) {
        return Ok(files.clone());
    }
    let unwritable = |error: std::io::Error| InputError::new(format!("a temporary file cannot be written: {error}"));
    let folder = temporary::folder().map_err(unwritable)?;
    let mut files = Vec::new();
    for (name, text) in anonymised(&paths, &names(key)?)? {
        let file = folder.join(name);
        std::fs::write(&file, text).map_err(unwritable)?;
        files.push(file);
    }
    known.push((paths, files.clone()));
    Ok(files)
}

/// What stands for `[NAMESPACE/]NAME`.
///
/// # Errors
/// When there is no key.
pub(super) fn path(key: &str, path: &str) -> Result<String, InputError> {
    Ok(names(key)?.of_path(path))
}

fn names(key: &str) -> Result<Names, InputError> {
    if !key.is_empty() {
        return Ok(Names::new(key.as_bytes()));
    }
    if KEY.get().is_none() {
        let random = random().map_err(|_| {
            InputError::new("this system gives no random numbers: write a key, --anonymise=KEY, and keep it secret")
        })?;
        // Only one thread asks.
        let _ = KEY.set(random);
    }
    Ok(Names::new(KEY.get().map_or(&[], Vec::as_slice)))
}

/// A key that is kept nowhere. No figure depends on it.
fn random() -> std::io::Result<Vec<u8>> {
    use std::io::Read;

    let mut bytes = vec![0; RANDOM];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes)
}
