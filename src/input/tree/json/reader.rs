//! Trees of JSON, object by object.

use std::io::Read;
use std::rc::Rc;

use super::scanner::{Fault, Scanner, Spot};
use super::unread::{Fields, Unread};
use crate::input::tree::error::InputError;
use crate::input::tree::yaml::{At, Entry, MAX_DEPTH, Node, Scalar, Source, Value, merged};

/// The most that is kept of a text.
#[derive(Clone, Copy)]
pub(crate) struct Most {
    pub(crate) objects: usize,
    pub(crate) values: usize,
}

/// Reads the documents of JSON, one or several in a row, without what is `unread` of their objects.
///
/// # Errors
/// When it is no JSON, or holds too much.
pub(crate) fn read(
    source: &Rc<Source>,
    bytes: impl Read,
    unread: &Unread,
    most: Most,
) -> Result<Vec<Node>, InputError> {
    let mut reader = Reader {
        scanner: Scanner::new(bytes),
        source,
        unread,
        most,
        objects: 0,
        values: 0,
        depth: 0,
        entries: Vec::new(),
        items: Vec::new(),
    };
    let mut documents = Vec::new();
    loop {
        match reader.scanner.next() {
            Ok(None) => return Ok(documents),
            Ok(Some(_)) => documents.push(reader.objects_in(None).map_err(|stop| reader.error(stop))?),
            Err(fault) => return Err(reader.error(fault.into())),
        }
    }
}

/// Why reading stops.
enum Stop {
    Fault(Fault),
    Error(Box<InputError>),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

struct Reader<'a, R> {
    scanner: Scanner<R>,
    source: &'a Rc<Source>,
    unread: &'a Unread,
    most: Most,
    objects: usize,
    values: usize,
    depth: usize,
    /// What the maps and the lists that are open have so far, the innermost one last. Each takes its own off when it is closed, so that
    /// it gets memory once and of its size.
    entries: Vec<Entry>,
    items: Vec<Node>,
}

impl<R: Read> Reader<'_, R> {
    /// An object, a list of objects, or what else stands here. `of_list`: the kind of the items of the list that it stands in.
    fn objects_in(&mut self, of_list: Option<&str>) -> Result<Node, Stop> {
        match self.scanner.next()? {
            Some(b'[') => self.list(|reader| reader.objects_in(of_list)),
            Some(b'{') => self.object(of_list),
            _ => self.value(&Fields::default()),
        }
    }

    fn object(&mut self, of_list: Option<&str>) -> Result<Node, Stop> {
        self.objects += 1;
        if self.objects > self.most.objects {
            let message = format!("the file holds more than {} objects: split it", self.most.objects);
            return Err(self.scanner.wrong(message).into());
        }
        let mut kind = of_list.map(str::to_owned);
        let mut node = self.map(|reader, key| {
            if key == "items" {
                let items = kind.as_deref().and_then(|kind| kind.strip_suffix("List")).filter(|kind| !kind.is_empty());
                return reader.objects_in(items).map(Some);
            }
            let Some(below) = reader.unread.of(kind.as_deref()).below(key) else {
                reader.scanner.skip()?;
                return Ok(None);
            };
            let value = reader.value(below)?;
            if let ("kind", Value::Scalar(scalar)) = (key, &value.value) {
                kind = Some(scalar.text.clone());
            }
            Ok(Some(value))
        })?;
        self.unread.of(kind.as_deref()).remove_from(&mut node);
        Ok(node)
    }

    fn value(&mut self, unread: &Fields) -> Result<Node, Stop> {
        match self.scanner.next()? {
            Some(b'{') => self.map(|reader, key| match unread.below(key) {
                Some(below) => reader.value(below).map(Some),
                None => Ok(reader.scanner.skip().map(|()| None)?),
            }),
            Some(b'[') => self.list(|reader| reader.value(unread)),
            Some(b'"') => {
                let spot = self.scanner.spot();
                let (text, length) = self.scanner.string()?;
                self.node(spot, length, Value::Scalar(Scalar { text, plain: false }))
            }
            Some(_) => {
                let spot = self.scanner.spot();
                let text = self.scanner.bare()?;
                let length = u32::try_from(text.len()).unwrap_or(1);
                let value = if text == "null" { Value::Null } else { Value::Scalar(Scalar { text, plain: true }) };
                self.node(spot, length, value)
            }
            None => Err(self.scanner.wrong("a value is missing here").into()),
        }
    }

    /// A map, of whose fields `read` gives the values; `None` where one is not kept.
    fn map(&mut self, mut read: impl FnMut(&mut Self, &str) -> Result<Option<Node>, Stop>) -> Result<Node, Stop> {
        let spot = self.open()?;
        let first = self.entries.len();
        let mut is_first = true;
        while !self.ends(b'}', is_first)? {
            is_first = false;
            if self.scanner.next()? != Some(b'"') {
                return Err(self.scanner.wrong("expected a key between quotes").into());
            }
            let start = self.scanner.spot();
            let (key, length) = self.scanner.string()?;
            self.scanner.expect(b':', "`:` behind a key")?;
            if let Some(value) = read(self, &key)? {
                let at = self.at(start, length);
                self.entries.push(Entry { key, at, value });
            }
        }
        self.depth -= 1;
        let mut entries: Vec<Entry> = self.entries.drain(first..).collect();
        if needs_care(&entries) {
            entries = merged(entries).map_err(|error| Stop::Error(Box::new(error)))?;
        }
        self.node(spot, 1, Value::Map(entries))
    }

    fn list(&mut self, mut read: impl FnMut(&mut Self) -> Result<Node, Stop>) -> Result<Node, Stop> {
        let spot = self.open()?;
        let first = self.items.len();
        while !self.ends(b']', self.items.len() == first)? {
            let item = read(self)?;
            self.items.push(item);
        }
        self.depth -= 1;
        let items = self.items.drain(first..).collect();
        self.node(spot, 1, Value::List(items))
    }

    /// Takes the bracket that opens a list or a map.
    fn open(&mut self) -> Result<Spot, Stop> {
        let spot = self.scanner.spot();
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            let message = format!("lists and maps are nested more than {MAX_DEPTH} deep: flatten them");
            return Err(self.scanner.wrong(message).into());
        }
        self.scanner.take();
        Ok(spot)
    }

    /// Takes the bracket `close` if it is next, or else the comma before the next item, which is missing before the first.
    fn ends(&mut self, close: u8, is_first: bool) -> Result<bool, Stop> {
        match self.scanner.next()? {
            Some(byte) if byte == close => {
                self.scanner.take();
                return Ok(true);
            }
            Some(_) if is_first => return Ok(false),
            _ => {}
        }
        self.scanner.expect(b',', &format!("`,` or `{}`", char::from(close)))?;
        Ok(false)
    }

    fn node(&mut self, spot: Spot, length: u32, value: Value) -> Result<Node, Stop> {
        self.values += 1;
        if self.values > self.most.values {
            let message = format!("the file holds more than {} values: split it", self.most.values);
            return Err(Fault::Wrong(spot, message).into());
        }
        Ok(Node { at: self.at(spot, length), value })
    }

    fn at(&self, spot: Spot, length: u32) -> At {
        At::new(self.source, spot.line, spot.column, length.max(1))
    }

    fn error(&self, stop: Stop) -> InputError {
        match stop {
            Stop::Error(error) => *error,
            Stop::Fault(Fault::Wrong(spot, message)) => self.at(spot, 1).error(message),
            Stop::Fault(Fault::Unreadable(error)) => {
                InputError::in_file(&self.source.name, format!("cannot be read ({error}): check the path"))
            }
        }
    }
}

/// Whether a key stands twice, or is a merge key.
fn needs_care(entries: &[Entry]) -> bool {
    const FEW: usize = 16;
    if entries.iter().any(|entry| entry.key == "<<") {
        return true;
    }
    if entries.len() <= FEW {
        return entries.iter().enumerate().any(|(at, entry)| entries[..at].iter().any(|other| other.key == entry.key));
    }
    let mut keys: Vec<&str> = entries.iter().map(|entry| entry.key.as_str()).collect();
    keys.sort_unstable();
    keys.windows(2).any(|pair| pair[0] == pair[1])
}
