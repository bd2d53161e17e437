//! Compares files with the program's output: `UPDATE_EXPECT=1 cargo test` writes them anew, and a test that fails shows
//! the difference. The unit tests and the integration tests share this file.

use std::path::Path;

use expect_test::ExpectFile;

/// Compares the file at `path`, relative to the root of the repository, with `text`.
pub(crate) fn golden(path: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    ExpectFile { path, position: file!() }.assert_eq(text);
}
