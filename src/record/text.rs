//! A recording as text that people can read and change: a line for each field, and in lists a line for each entry.

use serde_json::Value;

/// How deep objects and lists are written over several lines.
const DEPTH: usize = 2;

/// A recording as text.
#[must_use]
pub fn text(recording: &Value) -> String {
    let mut text = String::new();
    write(&mut text, recording, 0);
    text.push('\n');
    text
}

fn write(text: &mut String, value: &Value, depth: usize) {
    let inside = "  ".repeat(depth + 1);
    let end = format!("\n{}", "  ".repeat(depth));
    match value {
        Value::Object(fields) if depth < DEPTH && !fields.is_empty() && is_large(value) => {
            text.push_str("{\n");
            for (place, (name, field)) in fields.iter().enumerate() {
                text.push_str(if place == 0 { "" } else { ",\n" });
                text.push_str(&format!("{inside}{}: ", Value::from(name.as_str())));
                write(text, field, depth + 1);
            }
            text.push_str(&format!("{end}}}"));
        }
        Value::Array(items) if depth <= DEPTH && items.iter().any(|item| item.is_array() || item.is_object()) => {
            text.push_str("[\n");
            for (place, item) in items.iter().enumerate() {
                text.push_str(if place == 0 { "" } else { ",\n" });
                text.push_str(&format!("{inside}{item}"));
            }
            text.push_str(&format!("{end}]"));
        }
        other => text.push_str(&other.to_string()),
    }
}

/// Whether a value is too long for a line.
fn is_large(value: &Value) -> bool {
    value.to_string().len() > 100
}
