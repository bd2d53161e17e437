//! Text in lines.

use crate::report::format;

/// `text` after `head`, wrapped; what does not fit the first line goes on below its beginning.
pub(super) fn block(head: &str, text: &str, width: usize) -> String {
    let indent = head.chars().count();
    let lines = format::wrap(text, width.saturating_sub(indent));
    let line = |(number, line): (usize, &String)| {
        if number == 0 { format!("{head}{line}\n") } else { format!("{}{line}\n", " ".repeat(indent)) }
    };
    lines.iter().enumerate().map(line).collect()
}
