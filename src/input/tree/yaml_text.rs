//! Trees of nodes as YAML text, which reads back as the same trees.
//!
//! Scalars keep their text and whether they are quoted, since `3` and `"3"` mean different things to readers. No crate that
//! writes YAML keeps that.

use std::borrow::Borrow;
use std::rc::Rc;

use crate::input::tree::yaml::{Entry, Node, Source, Value, documents};

/// Longest key that YAML takes without a `?` before it is 1,024 characters.
const LONGEST_KEY: usize = 1000;

/// The text of `documents`, parted by `---`.
pub(crate) fn text(documents: impl IntoIterator<Item = impl Borrow<Node>>) -> String {
    let mut out = String::new();
    for (number, document) in documents.into_iter().enumerate() {
        out.push_str(if number > 0 { "---\n" } else { "" });
        write(&mut out, document.borrow(), 0);
    }
    out
}

/// The same of `count` objects as one value of JSON, several as a `List`; `None` where JSON cannot say it as it is written.
pub(crate) fn json(count: usize, objects: impl IntoIterator<Item = impl Borrow<Node>>) -> Option<String> {
    let mut out = String::new();
    let indent = if count == 1 { 0 } else { 4 };
    out.push_str(if count == 1 { "" } else { "{\n  \"apiVersion\": \"v1\",\n  \"kind\": \"List\",\n  \"items\": [" });
    for (number, object) in objects.into_iter().enumerate() {
        if count > 1 {
            out.push_str(if number > 0 { ",\n    " } else { "\n    " });
        }
        write_json(&mut out, object.borrow(), indent)?;
    }
    out.push_str(match count {
        0 => "]\n}\n",
        1 => "\n",
        _ => "\n  ]\n}\n",
    });
    Some(out)
}

/// Writes a value of JSON, whose first line is indented by `indent` already.
fn write_json(out: &mut String, node: &Node, indent: usize) -> Option<()> {
    match &node.value {
        Value::Null => out.push_str("null"),
        Value::Scalar(scalar) if !scalar.plain => out.push_str(&serde_json::to_string(&scalar.text).ok()?),
        Value::Scalar(scalar) => {
            let value: serde_json::Value = serde_json::from_str(&scalar.text).ok()?;
            let says_the_same = serde_json::to_string(&value).is_ok_and(|text| text == scalar.text);
            out.push_str(says_the_same.then_some(&scalar.text)?);
        }
        Value::List(items) if items.is_empty() => out.push_str("[]"),
        Value::Map(entries) if entries.is_empty() => out.push_str("{}"),
        Value::List(items) => {
            for (number, item) in items.iter().enumerate() {
                out.push_str(if number > 0 { ",\n" } else { "[\n" });
                begin_line(out, indent + 2);
                write_json(out, item, indent + 2)?;
            }
            out.push('\n');
            begin_line(out, indent);
            out.push(']');
        }
        Value::Map(entries) => {
            for (number, entry) in entries.iter().enumerate() {
                out.push_str(if number > 0 { ",\n" } else { "{\n" });
                begin_line(out, indent + 2);
                out.push_str(&serde_json::to_string(&entry.key).ok()?);
                out.push_str(": ");
                write_json(out, &entry.value, indent + 2)?;
            }
            out.push('\n');
            begin_line(out, indent);
            out.push('}');
        }
    }
    Some(())
}

/// Writes a value whose first line is begun already and is indented by `indent`.
fn write(out: &mut String, node: &Node, indent: usize) {
    match &node.value {
        Value::Map(entries) if !entries.is_empty() => write_map(out, entries, indent),
        Value::List(items) if !items.is_empty() => write_list(out, items, indent),
        _ => {
            out.push_str(&leaf(node));
            out.push('\n');
        }
    }
}

fn write_map(out: &mut String, entries: &[Entry], indent: usize) {
    for (number, entry) in entries.iter().enumerate() {
        if number > 0 {
            begin_line(out, indent);
        }
        let key = if is_plain_key(&entry.key) { entry.key.clone() } else { quoted(&entry.key) };
        if key.len() > LONGEST_KEY {
            out.push_str("? ");
            out.push_str(&key);
            out.push('\n');
            begin_line(out, indent);
        } else {
            out.push_str(&key);
        }
        out.push(':');
        if is_leaf(&entry.value) {
            out.push(' ');
        } else {
            out.push('\n');
            begin_line(out, indent + 2);
        }
        write(out, &entry.value, indent + 2);
    }
}

fn write_list(out: &mut String, items: &[Node], indent: usize) {
    for (number, item) in items.iter().enumerate() {
        if number > 0 {
            begin_line(out, indent);
        }
        out.push_str("- ");
        write(out, item, indent + 2);
    }
}

fn begin_line(out: &mut String, indent: usize) {
    out.extend(std::iter::repeat_n(' ', indent));
}

fn is_leaf(node: &Node) -> bool {
    match &node.value {
        Value::Map(entries) => entries.is_empty(),
        Value::List(items) => items.is_empty(),
        _ => true,
    }
}

/// A value that has nothing inside, on one line.
fn leaf(node: &Node) -> String {
    match &node.value {
        Value::Null => "null".into(),
        Value::List(_) => "[]".into(),
        Value::Map(_) => "{}".into(),
        Value::Scalar(scalar) if scalar.plain && is_plain(&scalar.text) => scalar.text.clone(),
        Value::Scalar(scalar) => quoted(&scalar.text),
    }
}

fn is_plain_key(key: &str) -> bool {
    is_word(key) && key.len() <= LONGEST_KEY
}

/// Letters, digits and what never has a meaning of its own inside a word.
fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '/' | '%' | '+' | '-'))
}

/// Whether `text` without quotes reads as itself.
fn is_plain(text: &str) -> bool {
    if is_word(text) {
        return true;
    }
    let source = Rc::new(Source { name: String::new(), text: format!("- {text}\n- end\n") });
    let read = documents(&source);
    let Ok([Node { value: Value::List(items), .. }]) = read.as_deref() else { return false };
    matches!(&items[..], [Node { value: Value::Scalar(read), .. }, _] if read.plain && read.text == text)
}

/// `text` between double quotes; what is not printable is escaped.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            ' '..='~' => out.push(c),
            _ if c.is_alphanumeric() => out.push(c),
            _ => out.push_str(&format!("\\U{:08X}", u32::from(c))),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::tree::yaml::{At, Scalar, node, source};
    use proptest::prelude::*;

    #[test]
    fn maps_and_lists_are_blocks_and_scalars_keep_their_quotes() {
        let tree =
            node("{a: 3, b: \"3\", c: [x, {d: [], e: {}, f: ~}, [1, 2]], \"k: v\": p95 x <= 5m, g: {h: \"a\\nb\"}}");
        let expected = "a: 3\nb: \"3\"\nc:\n  - x\n  - d: []\n    e: {}\n    f: null\n  - - 1\n    - 2\n\
                        \"k: v\": p95 x <= 5m\ng:\n  h: \"a\\nb\"\n";
        assert_eq!(text([tree]), expected);
        assert_eq!(text([node("a: 1"), node("b: 2")]), "a: 1\n---\nb: 2\n");
    }

    #[test]
    fn json_is_written_where_it_says_the_same() {
        let one = node("{\"a\": [1, 0.5, true, null, \"3\", \"\u{e9}\\n\"], \"b\": {}}");
        let text = json(1, [&one]).unwrap();
        assert!(text.starts_with("{\n  \"a\": [\n    1,\n"), "{text}");
        assert_eq!(seen(&node(&text)), seen(&one));
        let list = "{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[{\"a\":1},{\"b\":2}]}";
        let text = json(2, [node("{\"a\": 1}"), node("{\"b\": 2}")]).unwrap();
        assert_eq!(seen(&node(&text)), seen(&node(list)));
        for other in ["{a: 25%}", "{a: 1e3}", "{a: yes}", "{a: 0x1f}"] {
            assert_eq!(json(1, [node(other)]), None, "{other}");
        }
    }

    /// The properties that the readers of a tree can distinguish.
    fn seen(node: &Node) -> String {
        match &node.value {
            Value::Null => "null".into(),
            Value::Scalar(scalar) => format!("{:?}/{}", scalar.text, scalar.plain),
            Value::List(items) => format!("[{}]", items.iter().map(seen).collect::<Vec<_>>().join(",")),
            Value::Map(entries) => {
                let entry = |entry: &Entry| format!("{:?}={}", entry.key, seen(&entry.value));
                format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(","))
            }
        }
    }

    fn nodes() -> impl Strategy<Value = Node> {
        let at = |value| Node { at: At::start(&source("")), value };
        let string = prop_oneof!["\\PC{0,8}", "[-a0 :{}\\[\\]&*!<>|%@`\"'\n\t,#?\\\\~.]{0,8}", any::<String>()];
        let leaf = prop_oneof![
            Just(at(Value::Null)),
            string.clone().prop_map(move |text| at(Value::Scalar(Scalar { text, plain: false }))),
            "[a-z0-9.%:-]{1,6}|[a-z0-9]{1,3} [<=~±(]{1,2} [a-z0-9]{1,3}".prop_filter_map("not plain", move |text| {
                let plain = is_plain(&text);
                plain.then(|| at(Value::Scalar(Scalar { text, plain: true })))
            }),
        ];
        leaf.prop_recursive(4, 24, 4, move |inner| {
            let key = string.clone().prop_filter("merges", |key| key != "<<");
            let entry = move |(key, value): (String, Node)| Entry { key, at: At::start(&source("")), value };
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(move |items| at(Value::List(items))),
                proptest::collection::btree_map(key, inner, 0..4)
                    .prop_map(move |map| at(Value::Map(map.into_iter().map(entry).collect()))),
            ]
        })
    }

    proptest! {
        #[test]
        fn whatever_is_written_reads_back(tree in nodes()) {
            let written = text([&tree]);
            let read = documents(&source(&written)).unwrap();
            if matches!(tree.value, Value::Null) {
                prop_assert!(read.is_empty());
            } else {
                prop_assert_eq!(read.len(), 1, "{}", &written);
                prop_assert_eq!(seen(&read[0]), seen(&tree), "{}", &written);
            }
        }
    }

    #[test]
    fn long_keys_read_back() {
        let key = "k".repeat(3000);
        let tree = node(&format!("? {key}\n: {{a: [1]}}\n"));
        assert_eq!(seen(&documents(&source(&text([&tree]))).unwrap()[0]), seen(&tree));
    }
}
