//! The reader of JSON against the parser of YAML, which every text of JSON is for too.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use proptest::prelude::*;

use super::reader::{Most, read};
use super::unread::Unread;
use crate::input::kubernetes::object::objects;
use crate::input::kubernetes::unread::unread;
use crate::input::tree::yaml::{Node, Source, Value, documents, source};

const MANY: Most = Most { objects: 1_000_000, values: 10_000_000 };

/// Gives one byte at a time, so that every value lies across the ends of what is read at once.
struct Slowly<'a>(&'a [u8]);

impl Read for Slowly<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let Some((first, rest)) = self.0.split_first() else { return Ok(0) };
        buffer[0] = *first;
        self.0 = rest;
        Ok(1)
    }
}

fn from_json(text: &str, unread: &Unread) -> Result<Vec<Node>, String> {
    read(&source(text), Slowly(text.as_bytes()), unread, MANY).map_err(|error| error.to_string())
}

/// All that readers can see of a tree, places included.
fn seen(node: &Node) -> String {
    let at = format!("{}:{}", node.at.line(), node.at.column());
    match &node.value {
        Value::Null => format!("{at} null"),
        Value::Scalar(scalar) => format!("{at} {:?}/{}", scalar.text, scalar.plain),
        Value::List(items) => format!("{at} [{}]", items.iter().map(seen).collect::<Vec<_>>().join(",")),
        Value::Map(entries) => {
            let entries = entries.iter().map(|entry| {
                format!("{}:{} {:?}={}", entry.at.line(), entry.at.column(), entry.key, seen(&entry.value))
            });
            format!("{at} {{{}}}", entries.collect::<Vec<_>>().join(","))
        }
    }
}

fn all_seen(documents: &[Node]) -> Vec<String> {
    documents.iter().filter(|node| !matches!(node.value, Value::Null)).map(seen).collect()
}

/// The files in JSON below a folder.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "json") {
            found.push(path);
        }
    }
}

#[test]
fn both_readers_give_the_same_of_every_json_file_of_the_tests() {
    let mut found = Vec::new();
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests"), &mut found);
    let unread = unread();
    let mut lists = 0;
    for path in &found {
        let text = std::fs::read_to_string(path).unwrap();
        let whole: Rc<Source> = source(&text);
        let mut expected = documents(&whole).unwrap();
        let read_whole = read(&whole, text.as_bytes(), &Unread::default(), MANY).unwrap();
        assert_eq!(all_seen(&read_whole), all_seen(&expected), "{}", path.display());
        let Ok(of_file) = objects(&expected) else { continue };
        lists += usize::from(of_file.len() > 1);
        expected.iter_mut().for_each(|document| remove(document, &unread, None));
        let read_less = read(&whole, text.as_bytes(), &unread, MANY).unwrap();
        assert_eq!(all_seen(&read_less), all_seen(&expected), "{}", path.display());
    }
    assert!(lists > 0, "{lists} of {} files are lists", found.len());
}

/// Takes what is not read out of the objects of a tree that was read whole.
fn remove(node: &mut Node, unread: &Unread, of_list: Option<&str>) {
    match &mut node.value {
        Value::List(items) => items.iter_mut().for_each(|item| remove(item, unread, of_list)),
        Value::Map(entries) => {
            let kind = entries.iter().find(|entry| entry.key == "kind").and_then(|entry| entry.value.text().ok());
            let kind = kind.or(of_list).map(str::to_owned);
            let of_items = kind.as_deref().and_then(|kind| kind.strip_suffix("List")).filter(|item| !item.is_empty());
            let items = entries.iter_mut().find(|entry| entry.key == "items");
            items.into_iter().for_each(|items| remove(&mut items.value, unread, of_items));
            unread.of(kind.as_deref()).remove_from(node);
        }
        _ => {}
    }
}

#[test]
fn json_of_every_form_is_read_as_by_the_parser_of_yaml() {
    for text in [
        "{}",
        "[]",
        "{\"a\": 1} [true, false, null, -0.5e3]\n{\"b\":\"\"}",
        "{\n\t\"a\" : [ 1 ,\n 2 ] ,\r\n \"é\": \"\\u00e9\\ud83d\\ude00 \\\"x\\\" \\/\", \"c\": {\"d\": []}}",
        "{\"a\": \"é\", \"b\": [\"日本\", 3]}",
        "{\"x\": {\"b\": 1}, \"<<\": {\"c\": 2}}",
    ] {
        assert_eq!(
            all_seen(&from_json(text, &Unread::default()).unwrap()),
            all_seen(&documents(&source(text)).unwrap()),
            "{text}"
        );
    }
}

#[test]
fn mistakes_are_told_with_their_place() {
    for (text, message) in [
        ("{\"a\": 1,\n \"a\": 2}", "test.yaml:2:2: the key `a` stands here twice, first in line 1"),
        ("{\"a\": [1,\n 2", "test.yaml:2:3: expected `,` or `]`, and the text ends"),
        ("{\"a\": [1 2]}", "test.yaml:1:10: expected `,` or `]`, found `2`"),
        ("{\"a\": yes}", "test.yaml:1:7: `yes` is neither a number nor true, false or null"),
        ("{\"é\": 01}", "test.yaml:1:7: `01` is neither"),
        ("{a: 1}", "test.yaml:1:2: expected a key between quotes"),
        ("{\"a\" 1}", "test.yaml:1:6: expected `:` behind a key, found `1`"),
        ("{\"a\": \"b\nc\"}", "test.yaml:1:9: a text is not closed by a quote in its line"),
        ("{\"a\": \"b", "test.yaml:1:9: a text is not closed by a quote"),
        ("{\"a\": \"\\ud800\"}", "test.yaml:1:7: this is no text"),
        ("{\"a\": }", "test.yaml:1:7: a value is missing here"),
        ("{\"a\": 1} x", "test.yaml:1:10: `x` is neither"),
    ] {
        let error = from_json(text, &Unread::default()).unwrap_err();
        assert!(error.starts_with(message), "{text}: {error}");
    }
    let deep = "[".repeat(70);
    assert!(from_json(&deep, &Unread::default()).unwrap_err().contains("nested more than 64 deep"));
}

#[test]
fn too_much_is_refused() {
    let of = |objects, values, text: &str| {
        let most = Most { objects, values };
        read(&source(text), text.as_bytes(), &Unread::default(), most)
            .map(|found| found.len())
            .map_err(|error| error.message)
    };
    assert_eq!(of(3, 9, "[{\"a\": 1}, {\"a\": 2}, {\"a\": 3}]"), Ok(1));
    assert_eq!(of(2, 9, "[{\"a\": 1}, {\"a\": 2}, {}]"), Err("the file holds more than 2 objects: split it".into()));
    assert_eq!(of(3, 4, "[{\"a\": 1}, {\"a\": 2}, {}]"), Err("the file holds more than 4 values: split it".into()));
}

#[test]
fn what_nothing_reads_is_not_kept_wherever_the_kind_stands() {
    let flow = |text: &str| from_json(text, &unread()).unwrap().iter().map(Node::flow).collect::<Vec<_>>().join(" ");
    let secret = "\"apiVersion\": \"v1\", \"data\": {\"key\": \"aHVudGVyMg==\"}, \"stringData\": {\"a\": \"hunter2\"}";
    let name = "\"metadata\": {\"managedFields\": [{\"f:data\": {}}], \"name\": \"s\", \"selfLink\": \"/s\"}";
    let expected = "{apiVersion: v1, kind: Secret, metadata: {name: s}}";
    assert_eq!(flow(&format!("{{{secret}, \"kind\": \"Secret\", {name}}}")), expected);
    assert_eq!(
        flow(&format!("{{\"kind\": \"SecretList\", \"items\": [{{{secret}, {name}}}]}}")),
        "{kind: SecretList, items: [{apiVersion: v1, metadata: {name: s}}]}"
    );
    let container =
        "\"containers\": [{\"name\": \"app\", \"env\": [{\"name\": \"A\", \"value\": \"[}\\\"\"}], \"resources\": {}}]";
    for text in [
        format!("{{\"kind\": \"Pod\", \"spec\": {{{container}, \"nodeName\": \"n\"}}}}"),
        format!("{{\"spec\": {{{container}, \"nodeName\": \"n\"}}, \"kind\": \"Pod\"}}"),
    ] {
        assert!(
            flow(&text).contains("spec: {containers: [{name: app, resources: {}}], nodeName: n}"),
            "{}",
            flow(&text)
        );
    }
    let revision =
        "{\"apiVersion\": \"apps/v1\", \"data\": {\"spec\": 1}, \"kind\": \"ControllerRevision\", \"revision\": 2}";
    assert_eq!(flow(revision), "{apiVersion: apps/v1, data: {spec: 1}, kind: ControllerRevision, revision: 2}");
}

proptest! {
    #[test]
    fn no_text_panics_and_what_is_read_is_what_yaml_reads(text in "[-a01 :{}\\[\\]\",.e\\\\\n\té]{0,40}") {
        let found = from_json(&text, &Unread::default());
        // To YAML numbers in a row, such as `0 0`, are one text.
        let is_row = |found: &[Node]| found.len() > 1 && found.iter().any(|one| matches!(one.value, Value::Scalar(_)));
        let found = found.ok().filter(|found| !is_row(found));
        if let (Some(found), Ok(expected)) = (found, documents(&source(&text))) {
            prop_assert_eq!(all_seen(&found), all_seen(&expected));
        }
    }
}
