//! The JSON Schema of answers, made from the tables of `docs/reference/json.md`. Every answer that a test here asks for is
//! validated against it.

use std::collections::BTreeMap;
use std::fs;

use boon::{Compiler, Schemas};
use serde_json::{Map, Value, json};

use crate::cli::{root, succeeds};

const PAGE: &str = "docs/reference/json.md";
const SCHEMA: &str = "docs/reference/answers.schema.json";
/// The section of fields that several answers have.
const CAVEATS: &str = "What the answer rests on";

/// A part of an answer: what may stand there, and what is below it.
#[derive(Default)]
struct Part {
    /// The types that the page gives it; empty for a list or an object that is described below.
    types: Vec<String>,
    meaning: String,
    fields: BTreeMap<String, Part>,
    items: Option<Box<Part>>,
    any: Option<Box<Part>>,
    optional: bool,
    nullable: bool,
}

impl Part {
    fn add(&mut self, path: &str, kind: &str, meaning: &str, all_optional: bool) {
        let tokens = tokens(path);
        let leaf = tokens.iter().rposition(|token| !matches!(token.as_str(), "[]" | "*"));
        let mut part = self;
        for (place, token) in tokens.iter().enumerate() {
            part = match token.as_str() {
                "[]" => part.items.get_or_insert_default(),
                "*" => part.any.get_or_insert_default(),
                field => {
                    let below = part.fields.entry(field.to_owned()).or_default();
                    let says = |what: &str| meaning.contains(&format!("`{field}` is {what}"));
                    let is_absent = leaf == Some(place) && without_others(meaning).contains("absent");
                    below.optional |= all_optional || is_absent || says("absent") || says("there only");
                    below.nullable |= says("`null`") || meaning.contains("whole is `null`");
                    below
                }
            };
        }
        part.types = kind.replace("true or false", "boolean").split(" or ").map(str::to_owned).collect();
        part.meaning = meaning.replace("\\|", "|");
    }

    fn schema(&self) -> Value {
        let mut schema = Map::new();
        let mut types: Vec<&str> = Vec::new();
        for kind in &self.types {
            match kind.as_str() {
                "estimate" => {
                    let estimate = json!({"$ref": "#/$defs/estimate"});
                    return match self.types.len() {
                        1 => estimate,
                        _ => json!({"anyOf": [estimate, {"type": "null"}]}),
                    };
                }
                "text" => types.push("string"),
                "list" => types.push("array"),
                "number" | "boolean" | "null" | "object" => types.push(kind),
                other => panic!("no type of the page: {other}"),
            }
        }
        if !self.meaning.is_empty() {
            schema.insert("description".into(), json!(self.meaning));
        }
        if let Some(items) = &self.items {
            types.push("array");
            schema.insert("items".into(), items.schema());
        }
        if let Some(any) = &self.any {
            types.push("object");
            schema.insert("additionalProperties".into(), any.schema());
        }
        if !self.fields.is_empty() {
            types.push("object");
            let fields: Map<String, Value> =
                self.fields.iter().map(|(name, part)| (name.clone(), part.schema())).collect();
            schema.insert("properties".into(), json!(fields));
            let required: Vec<&String> =
                self.fields.iter().filter(|(_, part)| !part.optional).map(|(name, _)| name).collect();
            schema.insert("required".into(), json!(required));
        }
        if self.nullable && !types.contains(&"null") {
            types.push("null");
        }
        schema.insert("type".into(), if let [only] = types[..] { json!(only) } else { json!(types) });
        Value::Object(schema)
    }
}

/// What a row says of its own field: without the parts such as "`rows` is absent for other files".
fn without_others(meaning: &str) -> String {
    meaning.replace("` is absent", "` is")
}

/// `a[].b.*` is `a`, `[]`, `b`, `*`.
fn tokens(path: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    for part in path.split('.') {
        let name = part.trim_end_matches("[]");
        if !name.is_empty() {
            tokens.push(name.to_owned());
        }
        tokens.extend(std::iter::repeat_n("[]".to_owned(), (part.len() - name.len()) / 2));
    }
    tokens
}

/// The name of a section's definition: `compare_old_new` of `rollcast compare OLD NEW`.
fn definition(section: &str) -> String {
    section.trim_start_matches("rollcast ").to_lowercase().replace(' ', "_")
}

/// The definitions of all sections of the page.
fn definitions() -> Map<String, Value> {
    let page = fs::read_to_string(root().join(PAGE)).expect("the page");
    let mut definitions = Map::new();
    definitions.insert(
        "estimate".into(),
        json!({
            "type": "object",
            "properties": {
                "value": {"type": ["number", "null"]}, "low": {"type": ["number", "null"]},
                "high": {"type": ["number", "null"]}, "n": {"type": "number"},
            },
            "required": ["value", "low", "high", "n"],
        }),
    );
    for section in page.split("\n## ").skip(1) {
        let (heading, body) = section.split_once('\n').expect("a body");
        if !body.contains("| field | type | meaning |") {
            continue;
        }
        let (intro, _) = body.split_once("| field |").expect("a table");
        let all_optional = intro.contains("absent") || intro.contains("has only") || intro.contains("instead of");
        let mut part = Part::default();
        for line in body.lines().filter(|line| line.starts_with("| `")) {
            let mut cells = line.trim_start_matches("| ").trim_end_matches(" |").splitn(3, " | ");
            let mut cell = || cells.next().unwrap_or_else(|| panic!("three cells: {line}"));
            let (path, kind, meaning) = (cell(), cell(), cell());
            part.add(path.trim_matches('`'), kind, meaning, all_optional);
        }
        definitions.insert(definition(heading), part.schema());
    }
    let has_caveats = ["run", "compare", "recommend", "why"];
    let caveats = definition(CAVEATS);
    for (name, schema) in definitions.iter_mut().filter(|(name, _)| **name != "estimate" && **name != caveats) {
        let object = schema.as_object_mut().expect("an object");
        let format = json!({"const": 1, "description": "The format of the answer"});
        object.entry("properties").or_insert_with(|| json!({}))["format"] = format;
        let required = object.entry("required").or_insert_with(|| json!([])).as_array_mut().expect("a list");
        required.insert(0, json!("format"));
        if has_caveats.contains(&name.as_str()) {
            object.insert("allOf".into(), json!([{"$ref": format!("#/$defs/{caveats}")}]));
        }
    }
    definitions
}

fn schema() -> Value {
    let definitions = definitions();
    let own = ["estimate".to_owned(), definition(CAVEATS)];
    let answers: Vec<Value> = definitions
        .keys()
        .filter(|name| !own.contains(name))
        .map(|name| json!({"$ref": format!("#/$defs/{name}")}))
        .collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Answers of rollcast",
        "description": "What the commands of rollcast print under --format json: one object, or one on each line. \
                        $defs has a definition for each command. New fields may come in any version; the number in `format` \
                        grows when a field goes or changes its meaning.",
        "anyOf": answers,
        "$defs": definitions,
    })
}

/// Panics unless `answers` are as the section of the page says.
pub(super) fn validate(section: &str, answers: &[Value]) {
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    compiler.add_resource("answers.json", schema()).expect("a name");
    let place = format!("answers.json#/$defs/{}", definition(section));
    let index = compiler.compile(&place, &mut schemas).expect("a valid schema");
    for answer in answers {
        if let Err(error) = schemas.validate(answer, index) {
            panic!("{section}: {error:#}\n{answer}");
        }
    }
}

#[test]
fn the_shipped_schema_is_that_of_the_page() {
    let text = serde_json::to_string_pretty(&schema()).expect("JSON") + "\n";
    crate::golden_file::golden(SCHEMA, &text);
    // A program that was built before the file was written anew has the old one.
    if std::env::var_os("UPDATE_EXPECT").is_none() {
        assert_eq!(succeeds(&["schema", "--answers"]), text);
    }
}

#[test]
fn what_is_no_answer_is_refused() {
    let refused = |answer: Value| std::panic::catch_unwind(|| validate("rollcast report", &[answer])).is_err();
    let answer = json!({"format": 1, "directory": "out", "files": ["a"], "changed": []});
    assert!(!refused(answer.clone()));
    for (field, value) in
        [("format", json!(2)), ("directory", json!(3)), ("files", json!([1])), ("changed", Value::Null)]
    {
        let mut wrong = answer.clone();
        wrong[field] = value;
        assert!(refused(wrong), "{field}");
    }
    assert!(refused(json!({"format": 1, "directory": "out", "files": []})), "a field is missing");
}
