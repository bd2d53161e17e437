//! Generated parts of pages, compared with the output of the program.

use std::fs;
use std::sync::{Mutex, PoisonError};

use crate::cli::root;
use crate::golden_file::golden;

/// Parts of one page are written one after the other.
static WRITING: Mutex<()> = Mutex::new(());

/// Compares the part of the file at `path` that stands between `<!-- name -->` and `<!-- end of name -->` with `text`.
#[track_caller]
pub(crate) fn golden_part(path: &str, name: &str, text: &str) {
    let _alone = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
    let mut document = fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    let begin = format!("<!-- {name} -->\n");
    let from = document.find(&begin).unwrap_or_else(|| panic!("{path} has no mark {name}")) + begin.len();
    let length = document[from..].find(&format!("<!-- end of {name} -->"));
    let to = from + length.unwrap_or_else(|| panic!("{path} has no mark end of {name}"));
    document.replace_range(from..to, text);
    golden(path, &document);
}
