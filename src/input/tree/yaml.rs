//! YAML (and so JSON) text as trees of located nodes. The one module that knows the YAML parser.
//!
//! Scalars keep their text: `25%`, `0.10` and `"3"` mean different things to different readers. Hostile text (alias
//! bombs, deep nesting) is refused by budgets, not by running out of memory.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use serde_saphyr::granit_parser::{ErrorKind, Event, Marker, Parser, ScalarStyle, ScanError, Span, Tag, options};

use crate::input::tree::error::{InputError, Place, quoted};
use crate::input::tree::json_stream::{Piece, pieces};

/// Deepest nesting; Kubernetes objects reach about 15.
pub(crate) const MAX_DEPTH: usize = 64;
/// Most nodes of a file, those that aliases repeat included.
pub(crate) const MAX_NODES: usize = 2_000_000;

/// A text that was read, and what it is called in messages.
#[derive(Debug)]
pub(crate) struct Source {
    /// File as the user wrote it.
    pub(crate) name: String,
    /// Its text.
    pub(crate) text: String,
}

/// A place in a source. Line and column count from 1.
#[derive(Clone, Debug)]
pub(crate) struct At {
    source: Rc<Source>,
    line: u32,
    column: u32,
    length: u32,
}

/// A value and its place.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) at: At,
    pub(crate) value: Value,
}

#[derive(Clone, Debug)]
pub(crate) enum Value {
    Null,
    Scalar(Scalar),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

#[derive(Clone, Debug)]
pub(crate) struct Scalar {
    pub(crate) text: String,
    /// Written without quotes, so that `3` is a number and `yes` a boolean.
    pub(crate) plain: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) at: At,
    pub(crate) value: Node,
}

impl At {
    /// The start of a source.
    pub(crate) fn start(source: &Rc<Source>) -> Self {
        Self { source: Rc::clone(source), line: 1, column: 1, length: 1 }
    }

    /// A place of `length` characters.
    pub(crate) fn new(source: &Rc<Source>, line: u32, column: u32, length: u32) -> Self {
        Self { source: Rc::clone(source), line, column, length }
    }

    /// An error at this place.
    pub(crate) fn error(&self, message: impl Into<String>) -> InputError {
        let mut message = message.into();
        let line = self.source.text.lines().nth(self.line as usize - 1);
        if line.is_some_and(|line| line.contains("{{")) {
            message.push_str(TEMPLATE_ADVICE);
        }
        let position = Some((self.line, self.column, self.length));
        let place = Place { file: self.source.name.clone(), position, line: line.map(str::to_owned) };
        InputError { place: Some(place), message, others: Vec::new(), passing: false }
    }

    /// The line, for mention inside another message.
    pub(crate) fn line(&self) -> u32 {
        self.line
    }

    /// The column in characters.
    pub(crate) fn column(&self) -> u32 {
        self.column
    }

    /// The file's name as the user wrote it.
    pub(crate) fn file(&self) -> &str {
        &self.source.name
    }

    /// The comment at the end of the line.
    pub(crate) fn comment(&self) -> Option<&str> {
        let line = self.source.text.lines().nth(self.line as usize - 1)?;
        line.rsplit_once(" #").map(|(_, comment)| comment)
    }

    fn of(source: &Rc<Source>, piece: Piece<'_>, span: Span) -> Self {
        let (start, end) = (span.start, span.end);
        let length = if start.line() == end.line() { end.col().saturating_sub(start.col()) } else { 1 };
        Self { length: number(length.max(1)), ..Self::marked(source, piece, &start) }
    }

    /// A place in a piece of the source.
    fn marked(source: &Rc<Source>, piece: Piece<'_>, mark: &Marker) -> Self {
        let line = mark.line().max(1);
        let before = if line == 1 { piece.column } else { 0 };
        let (line, column) = (number(piece.line + line), number(before + mark.col()) + 1);
        Self { source: Rc::clone(source), line, column, length: 1 }
    }
}

const TEMPLATE_ADVICE: &str = "\nThe file looks like a template (`{{ … }}`), which is not YAML yet: render it first, \
    for example `helm template CHART | rollcast run -`.";

/// Sources are smaller than 2^32 bytes, so this never saturates.
fn number(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX - 1)
}

impl Node {
    /// A plain scalar at `at`, as if it had been written there.
    pub(crate) fn plain(at: At, text: impl Into<String>) -> Self {
        Self { at, value: Value::Scalar(Scalar { text: text.into(), plain: true }) }
    }

    /// The value on one line, as YAML flow text; a scalar is its own text.
    pub(crate) fn flow(&self) -> String {
        match &self.value {
            Value::Null => "null".into(),
            Value::Scalar(scalar) => scalar.text.clone(),
            Value::List(items) => format!("[{}]", items.iter().map(Self::flow).collect::<Vec<_>>().join(", ")),
            Value::Map(entries) => {
                let entry = |entry: &Entry| format!("{}: {}", entry.key, entry.value.flow());
                format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(", "))
            }
        }
    }

    fn size_and_height(&self) -> (usize, usize) {
        let children: Vec<(usize, usize)> = match &self.value {
            Value::List(items) => items.iter().map(Self::size_and_height).collect(),
            Value::Map(entries) => entries.iter().map(|entry| entry.value.size_and_height()).collect(),
            _ => Vec::new(),
        };
        let height = children.iter().map(|child| child.1).max().unwrap_or(0);
        (1 + children.iter().map(|child| child.0).sum::<usize>(), 1 + height)
    }
}

/// The documents of a source; empty ones are left out. A stream of JSON values is as good as YAML documents.
pub(crate) fn documents(source: &Rc<Source>) -> Result<Vec<Node>, InputError> {
    let whole = Piece::whole(&source.text);
    let mut builder = Builder::new(source);
    if let Err(error) = builder.parse(whole) {
        let pieces = pieces(&source.text);
        if pieces.len() == 1 {
            return Err(error);
        }
        builder = Builder::new(source);
        for piece in pieces {
            builder.parse(piece)?;
        }
    }
    Ok(builder.documents.into_iter().filter(|node| !matches!(node.value, Value::Null)).collect())
}

fn syntax_error(source: &Rc<Source>, piece: Piece<'_>, error: &ScanError) -> InputError {
    let at = At::marked(source, piece, error.marker());
    if *error.kind() == ErrorKind::RecursionLimitExceeded {
        return too_deep(&at);
    }
    let mut failure = at.error(format!("this is not YAML: {}", error.info()));
    if source.text.contains("{{") && !failure.message.ends_with(TEMPLATE_ADVICE) {
        failure.message.push_str(TEMPLATE_ADVICE);
    }
    failure
}

fn too_deep(at: &At) -> InputError {
    at.error(format!("lists and maps are nested more than {MAX_DEPTH} deep: flatten them"))
}

/// A list or map that is not closed yet.
struct Frame {
    at: At,
    anchor: usize,
    content: Content,
}

enum Content {
    List(Vec<Node>),
    Map { entries: Vec<Entry>, key: Option<(String, At)> },
}

struct Builder<'a> {
    source: &'a Rc<Source>,
    piece: Piece<'a>,
    open: Vec<Frame>,
    anchors: BTreeMap<usize, Node>,
    nodes: usize,
    documents: Vec<Node>,
}

impl<'a> Builder<'a> {
    fn new(source: &'a Rc<Source>) -> Self {
        let piece = Piece::whole(&source.text);
        Self { source, piece, open: Vec::new(), anchors: BTreeMap::new(), nodes: 0, documents: Vec::new() }
    }

    fn parse(&mut self, piece: Piece<'a>) -> Result<(), InputError> {
        let options = options! { flow_nesting_limit: 2 * MAX_DEPTH, block_nesting_limit: 2 * MAX_DEPTH };
        self.piece = piece;
        for event in Parser::new_from_str_with_options(piece.text, options) {
            let (event, span) = event.map_err(|error| syntax_error(self.source, piece, &error))?;
            self.take(event, span)?;
        }
        Ok(())
    }

    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), InputError> {
        let at = At::of(self.source, self.piece, span);
        match event {
            Event::DocumentEnd => self.anchors.clear(),
            Event::Scalar(text, style, anchor, tag) => {
                let value = scalar(&at, text.into_owned(), style, tag.as_deref())?;
                self.complete(Node { at, value }, anchor)?;
            }
            Event::SequenceStart(_, anchor, _) => self.open(at, anchor, Content::List(Vec::new()))?,
            Event::MappingStart(_, anchor, _) => {
                self.open(at, anchor, Content::Map { entries: Vec::new(), key: None })?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.close()?,
            Event::Alias(anchor) => self.alias(&at, anchor)?,
            _ => {}
        }
        Ok(())
    }

    fn open(&mut self, at: At, anchor: usize, content: Content) -> Result<(), InputError> {
        self.check_depth(&at, 1)?;
        self.open.push(Frame { at, anchor, content });
        Ok(())
    }

    fn close(&mut self) -> Result<(), InputError> {
        let Some(frame) = self.open.pop() else { return Ok(()) };
        let value = match frame.content {
            Content::List(items) => Value::List(items),
            Content::Map { entries, .. } => Value::Map(merged(entries)?),
        };
        self.complete(Node { at: frame.at, value }, frame.anchor)
    }

    fn alias(&mut self, at: &At, anchor: usize) -> Result<(), InputError> {
        let Some(node) = self.anchors.get(&anchor) else {
            return Err(at.error("this alias stands inside the value that it repeats: write the value out"));
        };
        let (size, height) = node.size_and_height();
        self.check_depth(at, height)?;
        self.spend(at, size)?;
        let node = self.anchors[&anchor].clone();
        self.complete(node, 0)
    }

    /// A finished node takes its place in the open list or map.
    fn complete(&mut self, node: Node, anchor: usize) -> Result<(), InputError> {
        self.spend(&node.at, 1)?;
        if anchor != 0 {
            let (size, _) = node.size_and_height();
            self.spend(&node.at, size)?;
            self.anchors.insert(anchor, node.clone());
        }
        match self.open.last_mut().map(|frame| &mut frame.content) {
            None => self.documents.push(node),
            Some(Content::List(items)) => items.push(node),
            Some(Content::Map { entries, key }) => match key.take() {
                Some((key, at)) => entries.push(Entry { key, at, value: node }),
                None => *key = Some(key_of(node)?),
            },
        }
        Ok(())
    }

    fn check_depth(&self, at: &At, more: usize) -> Result<(), InputError> {
        if self.open.len() + more > MAX_DEPTH {
            return Err(too_deep(at));
        }
        Ok(())
    }

    fn spend(&mut self, at: &At, nodes: usize) -> Result<(), InputError> {
        self.nodes = self.nodes.saturating_add(nodes);
        if self.nodes > MAX_NODES {
            let message = format!("the file holds more than {MAX_NODES} values, repeated ones included: split it");
            return Err(at.error(message));
        }
        Ok(())
    }
}

fn scalar(at: &At, text: String, style: ScalarStyle, tag: Option<&Tag>) -> Result<Value, InputError> {
    let plain = match tag.map(|tag| (tag.core_suffix(), tag.original())) {
        None => style == ScalarStyle::Plain,
        Some((Some("str" | "binary" | "timestamp"), _)) => false,
        Some((Some(_), _)) => true,
        Some((None, tag)) if tag == "!" => false,
        Some((None, tag)) => {
            return Err(at.error(format!("the tag {} has no meaning here: leave it out", quoted(&tag))));
        }
    };
    let null = plain && matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL");
    Ok(if null { Value::Null } else { Value::Scalar(Scalar { text, plain }) })
}

fn key_of(node: Node) -> Result<(String, At), InputError> {
    match node.value {
        Value::Scalar(scalar) => Ok((scalar.text, node.at)),
        Value::Null => Ok(("null".into(), node.at)),
        _ => Err(node.at.error("a key must be plain text, not a list or a map")),
    }
}

/// `entries` with merge keys (`<<`) applied; what is written out wins over what is merged in.
pub(crate) fn merged(entries: Vec<Entry>) -> Result<Vec<Entry>, InputError> {
    let (merges, mut entries): (Vec<Entry>, Vec<Entry>) = entries.into_iter().partition(|entry| entry.key == "<<");
    refuse_duplicates(&entries)?;
    for merge in merges {
        let maps = match merge.value.value {
            Value::List(items) => items,
            _ => vec![merge.value],
        };
        for map in maps {
            let Value::Map(inherited) = map.value else {
                return Err(map.at.error("a merge key (`<<`) takes a map or a list of maps"));
            };
            let known: BTreeSet<String> = entries.iter().map(|entry| entry.key.clone()).collect();
            entries.extend(inherited.into_iter().filter(|entry| !known.contains(&entry.key)));
        }
    }
    Ok(entries)
}

fn refuse_duplicates(entries: &[Entry]) -> Result<(), InputError> {
    let mut first: BTreeMap<&str, &At> = BTreeMap::new();
    for entry in entries {
        if let Some(before) = first.insert(&entry.key, &entry.at) {
            let mut message =
                format!("the key {} stands here twice, first in line {}", quoted(&entry.key), before.line());
            if ["apiVersion", "kind"].contains(&entry.key.as_str()) {
                message.push_str(": between two objects put a line `---`");
            }
            return Err(entry.at.error(message));
        }
    }
    Ok(())
}

#[cfg(test)]
pub(crate) fn source(text: &str) -> Rc<Source> {
    Rc::new(Source { name: "test.yaml".into(), text: text.into() })
}

/// The only document of `text`.
#[cfg(test)]
pub(crate) fn node(text: &str) -> Node {
    documents(&source(text)).expect("valid YAML").remove(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn error(text: &str) -> String {
        documents(&source(text)).expect_err("an error").to_string()
    }

    #[test]
    fn scalars_keep_their_text() {
        let tree = node("a: 25%\nb: 0.10\nc: \"3\"\nd: [1, {e: ~}]\n");
        assert_eq!(tree.flow(), "{a: 25%, b: 0.10, c: 3, d: [1, {e: null}]}");
    }

    #[test]
    fn documents_json_merge_keys_and_crlf() {
        assert_eq!(documents(&source("# only a comment\n---\na: 1\n---\n---\nb: 2\n")).unwrap().len(), 2);
        assert_eq!(node("{\n\t\"a\": [1,2],\n\t\"b\": \"x\"\n}").flow(), "{a: [1, 2], b: x}");
        assert_eq!(node("a: &x {b: 1, c: 2}\nd: {<<: *x, c: 3}\r\n").flow(), "{a: {b: 1, c: 2}, d: {c: 3, b: 1}}");
    }

    #[test]
    fn streams_of_json_are_documents_and_keep_their_places() {
        let stream = "{\"a\": 1}\n{\"a\":\n 2}\n---\nb: 3\n---\n[{}]\n[]\n";
        let flows = |text: &str| documents(&source(text)).unwrap().iter().map(Node::flow).collect::<Vec<_>>();
        assert_eq!(flows(stream), ["{a: 1}", "{a: 2}", "{b: 3}", "[{}]", "[]"]);
        assert_eq!(flows("{\"a\": \"\\ud83d\\ude00\\/\"} {}"), ["{a: \u{1f600}/}", "{}"]);
        assert!(
            error("{\"a\": 1}\n{\"b\": 1} {\"c\": 1,\n \"c\": 2}").starts_with("test.yaml:3:2: the key `c` stands")
        );
        assert!(error("{\"a\": 1}\n{\"b\": 1} {\"c\": 1, \"c\": 2}").starts_with("test.yaml:2:19: the key `c`"));
        assert!(error("{\"a\": 1}\n{\"b\": [}").starts_with("test.yaml:2:"));
    }

    #[test]
    fn errors_name_the_place() {
        assert_eq!(
            error("a: 1\nb: 2\na: 3\n"),
            "test.yaml:3:1: the key `a` stands here twice, first in line 1\n  |\n3 | a: 3\n  | ^"
        );
        assert!(error("a: [1, 2\nb: 3").starts_with("test.yaml:2:"));
        assert!(error("a: !Ref x").contains("the tag `!Ref` has no meaning here"));
    }

    #[test]
    fn templates_get_advice() {
        assert!(error("replicas: {{ .Values.replicas }}").contains("helm template"));
        assert!(error("{{- if .Values.x }}\na: 1\n{{- end }}").contains("helm template"));
    }

    #[test]
    fn bombs_are_refused() {
        let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for level in 1..12 {
            let alias = format!("*a{}", level - 1);
            bomb.push_str(&format!("a{level}: &a{level} [{}]\n", vec![alias; 10].join(", ")));
        }
        assert!(error(&bomb).contains("more than 2000000 values"));
        assert!(error(&"[".repeat(20_000)).contains("nest"));
        let mut chain = String::from("a0: &a0 [x]\n");
        for level in 1..100 {
            chain.push_str(&format!("a{level}: &a{level} [*a{}]\n", level - 1));
        }
        assert!(error(&chain).contains("nested more than 64 deep"));
        assert!(error("a: &a [*a]").contains("alias"));
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC*") {
            drop(documents(&source(&text)));
        }

        #[test]
        fn no_yaml_like_text_panics(text in "[-a0 :{}\\[\\]&*!<>|%@`\"'\n\t,#?]{0,60}") {
            drop(documents(&source(&text)));
        }
    }
}
