//! The one error of everything that is read.

use std::fmt;

/// Why input is unusable: where, what is wrong, and what to do.
///
/// Its text starts with `file:line:column:` where there is a place, and shows the line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct InputError {
    /// File and, where known, line and column, both from 1.
    pub place: Option<Place>,
    /// What is wrong and what to do.
    pub message: String,
    /// What else is wrong with the input, in the order of the lines of each file. Errors that may only follow from others are
    /// not among them.
    pub others: Vec<Self>,
    /// Whether the same input may do a moment later, because a file could not be read for a [passing](is_passing) reason.
    pub passing: bool,
}

/// Whether the operating system refused for a reason that passes: too many files are open, or another machine is slow to say what a shared
/// folder holds.
#[must_use]
pub fn is_passing(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{Interrupted, ResourceBusy, StaleNetworkFileHandle, TimedOut, WouldBlock};
    // ENFILE and EMFILE, which have no kind of their own.
    let is_full = cfg!(unix) && matches!(error.raw_os_error(), Some(23 | 24));
    is_full || matches!(error.kind(), Interrupted | ResourceBusy | StaleNetworkFileHandle | TimedOut | WouldBlock)
}

/// Why there is no scenario.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum Problem {
    /// The input is wrong.
    #[error("{0}")]
    Input(#[from] InputError),
    /// Kubernetes or the cluster would refuse this point.
    #[error("{0}")]
    Refused(String),
}

/// Where something was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// File, as the user wrote it; `-` is standard input.
    pub file: String,
    /// Line from 1, column in characters from 1, and how many characters are meant.
    pub position: Option<(u32, u32, u32)>,
    /// The text of that line.
    pub line: Option<String>,
}

/// Longest line of source that is shown; longer ones are machine-made.
const LONGEST_SHOWN: usize = 160;

impl InputError {
    /// An error that no file's content is to blame for.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { place: None, message: message.into(), others: Vec::new(), passing: false }
    }

    /// An error about a file as a whole.
    pub(crate) fn in_file(file: &str, message: impl Into<String>) -> Self {
        let place = Place { file: file.into(), position: None, line: None };
        Self { place: Some(place), message: message.into(), others: Vec::new(), passing: false }
    }

    /// One error of all that is wrong, of which there is at least one: the files in the order in which they came up.
    pub(crate) fn all(mut errors: Vec<Self>) -> Self {
        let files: Vec<Option<String>> = errors.iter().map(Self::file).collect();
        errors.sort_by_key(|error| {
            let position = error.place.as_ref().and_then(|place| place.position);
            (files.iter().position(|file| *file == error.file()), position)
        });
        let others = errors.split_off(1.min(errors.len()));
        match errors.pop() {
            Some(first) => Self { others, ..first },
            None => Self::new("the input cannot be read"),
        }
    }

    fn file(&self) -> Option<String> {
        self.place.as_ref().map(|place| place.file.clone())
    }
}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f)?;
        self.others.iter().try_for_each(|other| write!(f, "\n{other}"))
    }
}

impl InputError {
    /// Writes this one alone.
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(place) = &self.place else { return f.write_str(&self.message) };
        let Some((line, column, length)) = place.position else {
            return write!(f, "{}: {}", place.file, self.message);
        };
        write!(f, "{}:{line}:{column}: {}", place.file, self.message)?;
        match &place.line {
            Some(text) if text.chars().count() <= LONGEST_SHOWN => snippet(f, line, column, length, text),
            _ => Ok(()),
        }
    }
}

fn snippet(f: &mut fmt::Formatter<'_>, line: u32, column: u32, length: u32, text: &str) -> fmt::Result {
    let number = line.to_string();
    let margin = " ".repeat(number.len());
    // A tab before the caret must stay a tab, or the caret stands elsewhere on a terminal.
    let indent: String = text.chars().take(column as usize - 1).map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
    let room = text.chars().count().saturating_sub(column as usize - 1).max(1);
    let carets = "^".repeat((length.max(1) as usize).min(room));
    write!(f, "\n{margin} |\n{number} | {}\n{margin} | {indent}{carets}", printable(text))
}

/// Whether a character steers what shows it instead of being shown: control characters, and those that change the
/// direction of what follows (Unicode's `Bidi_Control`), by which a name can look like another.
pub(crate) fn steers(c: char) -> bool {
    let turns = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    c.is_control() || turns
}

/// `text` with characters that could steer a terminal replaced.
fn printable(text: &str) -> String {
    text.chars().map(|c| if steers(c) && c != '\t' { '\u{fffd}' } else { c }).collect()
}

/// `text` in backticks, fit to stand in a message: short and without control characters.
pub(crate) fn quoted(text: &str) -> String {
    const LONGEST: usize = 60;
    let shown: String = printable(text).replace('\t', " ").chars().take(LONGEST).collect();
    let dots = if text.chars().count() > LONGEST { "…" } else { "" };
    format!("`{shown}{dots}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_file_line_and_column_and_shows_the_line() {
        let place = Place { file: "a.yaml".into(), position: Some((12, 3, 4)), line: Some("  key\u{1b}: 1".into()) };
        let error =
            InputError { place: Some(place), message: "no such key".into(), others: Vec::new(), passing: false };
        assert_eq!(error.to_string(), "a.yaml:12:3: no such key\n   |\n12 |   key\u{fffd}: 1\n   |   ^^^^");
    }

    #[test]
    fn names_in_messages_are_short_and_tame() {
        assert_eq!(quoted("a\u{1b}[31m"), "`a\u{fffd}[31m`");
        assert_eq!(quoted("a\u{202e}cod.txt"), "`a\u{fffd}cod.txt`");
        assert_eq!(quoted(&"x".repeat(70)).chars().count(), 63);
    }
}
