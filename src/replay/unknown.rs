//! Times that nobody saw the end of: `"unknown"`. In their place comes what the template's other pods take, and they are counted.

use serde_json::{Map, Value};

/// What `pods` says with every unknown time filled in, and how many there were.
pub(super) fn filled(pods: &Value) -> (Value, usize) {
    let mut pods = pods.clone();
    let rest = pods.get("default_ready_after_seconds").and_then(Value::as_object).cloned().unwrap_or_default();
    let mut count = 0;
    if let Some(Value::Object(ready)) = pods.get_mut("ready_after_seconds") {
        for (template, times) in ready {
            fill(times, &usual(&rest, template), &mut count);
        }
    }
    (pods, count)
}

/// What a template's pods take that are not listed.
fn usual(rest: &Map<String, Value>, template: &str) -> Value {
    rest.get(template).or(rest.get("default")).cloned().unwrap_or_else(|| "never".into())
}

fn fill(times: &mut Value, usual: &Value, count: &mut usize) {
    match times {
        Value::String(word) if word == "unknown" => {
            *times = usual.clone();
            *count += 1;
        }
        Value::Array(items) => items.iter_mut().for_each(|item| fill(item, usual, count)),
        _ => {}
    }
}
