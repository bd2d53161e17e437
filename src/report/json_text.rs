//! JSON as text that is safe to show.

use crate::input::steers;

/// JSON text in which characters that would steer a terminal, or turn the direction of what follows, stand as escapes. To a reader of JSON
/// it says the same.
#[must_use]
pub(super) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if steers(c) && c != '\n' {
            safe.extend(c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            safe.push(c);
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn what_turns_the_direction_of_text_is_escaped_and_means_the_same() {
        let name = "a\u{202e}b\u{9b}c\u{2066}d é\n";
        let value = json!({"name": name, "list": [1, "x"]});
        let text = escaped(&format!("{value:#}"));
        assert!(text.contains(r"a\u202eb\u009bc\u2066d é\n") && text.lines().count() > 3, "{text}");
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
    }
}
