//! Reads files: what each holds is seen from its content.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use serde_json::{Deserializer, Value};

use super::account::{FileRead, Missing};
use super::audit::{self, is_audit};
use super::elsewhere::Memory;
use super::event::{self, Hint, is_event};
use super::seen::{self, FirstChanges, Line, Printed};
use super::sighting::{Sighting, version};
use super::source::{Source, text_at};
use super::target::Target;
use crate::input::{InputError, read_text};

/// Most lines and objects about the workload that are kept.
const MOST_SIGHTINGS: usize = 1_000_000;

/// What all files tell.
#[derive(Debug, Default)]
pub(super) struct Files {
    pub(super) audit: Vec<Sighting>,
    pub(super) printed: Vec<Printed>,
    pub(super) hints: Vec<Hint>,
    pub(super) missing: Missing,
    pub(super) memory: Memory,
    /// Workloads that are recorded too: their pods are not others'.
    beside: Vec<Target>,
    pub(super) changes: FirstChanges,
    pub(super) read: Vec<FileRead>,
}

/// What has been found in a file so far.
#[derive(Default)]
struct Found {
    audit: usize,
    watched: usize,
    objects: usize,
    events: usize,
    used: usize,
    /// The objects that were printed one after another, and the versions of each: more than one makes a watch of them.
    versions: std::collections::BTreeMap<String, u64>,
    several: bool,
    /// The object is an item of a list: lists tell states now and then, and not every one.
    in_list: bool,
    first: usize,
}

impl Files {
    /// No file yet. Workloads `beside` are recorded too, and what comes later than `until` is left out.
    pub(super) fn new(beside: &[Target], until: Option<i64>) -> Self {
        Self { beside: beside.to_vec(), memory: Memory::until(until), ..Self::default() }
    }

    /// Reads a file; `-` is standard input.
    ///
    /// # Errors
    /// Where it cannot be read or holds nothing that is understood.
    pub(super) fn read(&mut self, path: &Path, target: &Target) -> Result<(), InputError> {
        let name = path.display().to_string();
        let wrong = |message: String| InputError::in_file(&name, message);
        let unreadable = |error: std::io::Error| wrong(format!("cannot be read ({error}): check the path"));
        let reader: Box<dyn Read> = if name == "-" {
            Box::new(std::io::stdin().lock())
        } else {
            Box::new(File::open(path).map_err(unreadable)?)
        };
        let mut reader = BufReader::with_capacity(1 << 16, reader);
        let start = reader.fill_buf().map_err(unreadable)?;
        if start.starts_with(&[0x1f, 0x8b]) {
            let advice = format!("is compressed: `gunzip -c {name} | rollcast record -f - ...`");
            return Err(wrong(advice));
        }
        let is_json =
            start.iter().find(|byte| !byte.is_ascii_whitespace()).is_some_and(|byte| matches!(byte, b'{' | b'['));
        let mut found = Found { first: self.printed.len(), ..Found::default() };
        if is_json {
            for value in Deserializer::from_reader(reader).into_iter::<Value>() {
                let value = value.map_err(|error| wrong(format!("is no JSON from here on: {error}")))?;
                self.take(value, target, &mut found);
                self.check_size(&name)?;
            }
        } else {
            self.read_yaml(path, reader, target, &mut found).map_err(wrong)?;
        }
        self.close(&name, &found)
    }

    fn read_yaml(
        &mut self,
        path: &Path,
        mut reader: impl Read,
        target: &Target,
        found: &mut Found,
    ) -> Result<(), String> {
        let mut text = String::new();
        if path == Path::new("-") {
            reader.read_to_string(&mut text).map_err(|error| format!("cannot be read ({error})"))?;
        } else {
            text = read_text(path)?;
        }
        let documents: Vec<Value> = serde_saphyr::from_multiple(&text)
            .map_err(|error| format!("is neither JSON nor YAML: {}", error.to_string().lines().next().unwrap_or("")))?;
        documents.into_iter().for_each(|document| self.take(document, target, found));
        Ok(())
    }

    fn check_size(&self, name: &str) -> Result<(), InputError> {
        if self.audit.len() + self.printed.len() + self.hints.len() <= MOST_SIGHTINGS {
            return Ok(());
        }
        let advice = format!(
            "with it there are more than {MOST_SIGHTINGS} lines about the workload: cut the files to the incident"
        );
        Err(InputError::in_file(name, advice))
    }

    /// Takes one document: a line of an audit log or of a watch, an object, or a list of these.
    fn take(&mut self, mut value: Value, target: &Target, found: &mut Found) {
        if let Some(Value::Array(items)) = value.get_mut("items") {
            let before = std::mem::replace(&mut found.in_list, true);
            std::mem::take(items).into_iter().for_each(|item| self.take(item, target, found));
            found.in_list = before;
            return;
        }
        if let Value::Array(items) = value {
            return items.into_iter().for_each(|item| self.take(item, target, found));
        }
        if is_audit(&value) {
            found.audit += 1;
            let sighting = audit::sighting(&mut value, target, &mut self.missing);
            found.used += usize::from(sighting.is_some());
            if let Some(mut sighting) = sighting
                && self.memory.wants(&mut sighting)
            {
                self.audit.push(sighting);
            }
        } else if value.get("object").is_some_and(Value::is_object) && value.get("type").is_some_and(Value::is_string) {
            found.watched += 1;
            let arrived = seen::arrival(&value);
            let line = match text_at(&value, "/type") {
                Some("DELETED") => Line::Deleted,
                Some("ADDED") => Line::Added,
                _ => Line::Other,
            };
            self.print(value["object"].take(), line, arrived, target, found);
        } else if value.get("kind").is_some_and(Value::is_string) {
            found.objects += 1;
            self.print(value, Line::Other, None, target, found);
        }
    }

    fn print(&mut self, object: Value, line: Line, arrived: Option<i64>, target: &Target, found: &mut Found) {
        if is_event(&object) {
            found.events += 1;
            let hints = event::hints(&object, target);
            found.used += usize::from(!hints.is_empty());
            return self.hints.extend(hints);
        }
        let kind = text_at(&object, "/kind").unwrap_or_default();
        let place = ["/metadata/namespace", "/metadata/name"].map(|path| text_at(&object, path).unwrap_or_default());
        // Lines that say what changed are of a watch anyway.
        if found.watched == 0 && !found.several {
            let seen = version(&object).unwrap_or(0);
            let before = found.versions.insert(format!("{kind}/{}/{}", place[0], place[1]), seen);
            found.several |= !found.in_list && before.is_some_and(|before| before != seen);
        }
        let is_recorded_too = self.beside.iter().any(|other| other.owner_of_pod(&object).is_some());
        let source = if arrived.is_some() || line == Line::Deleted { Source::Watch } else { Source::Objects };
        let printed = seen::printed(object, line, arrived, source, target);
        found.used += usize::from(printed.as_ref().is_some_and(Printed::is_own));
        let Some(printed) = printed else { return };
        self.changes.note(&printed);
        self.printed.extend(self.memory.take(printed, is_recorded_too));
    }

    /// Notes what the file was.
    fn close(&mut self, name: &str, found: &Found) -> Result<(), InputError> {
        let is_watch = found.watched > 0 || found.several;
        if is_watch {
            self.printed[found.first..].iter_mut().for_each(Printed::is_watched);
        }
        let objects = found.objects - found.events.min(found.objects);
        let kinds = [
            (found.audit, "audit log"),
            (found.watched, "watch"),
            (if found.several { objects } else { 0 }, "watch without the kind of change"),
            (if is_watch { 0 } else { objects }, "objects"),
            (found.events, "events"),
        ];
        let holds: Vec<&str> = kinds.iter().filter(|(count, _)| *count > 0).map(|(_, what)| *what).collect();
        if holds.is_empty() {
            let advice = "holds no line of an audit log, no object and no event: give what the API server logged or what \
                          `kubectl get -o json` printed";
            return Err(InputError::in_file(name, advice));
        }
        let entries = found.audit + found.watched + found.objects;
        self.read.push(FileRead { file: name.into(), holds: holds.join(", "), entries, used: found.used });
        Ok(())
    }
}
