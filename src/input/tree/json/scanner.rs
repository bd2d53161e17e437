//! Tokens of JSON with their places.

use std::io::{ErrorKind, Read};

/// Bytes that are asked for at once.
const BUFFER: usize = 256 << 10;

/// Where a token begins: line and column in characters, both from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) line: u32,
    pub(super) column: u32,
}

/// Why the bytes are no JSON.
#[derive(Debug)]
pub(super) enum Fault {
    /// They cannot be read.
    Unreadable(std::io::Error),
    /// What stands at a place.
    Wrong(Spot, String),
}

/// A reader of tokens.
pub(super) struct Scanner<R> {
    reader: R,
    buffer: Vec<u8>,
    at: usize,
    end: usize,
    /// Bytes before the buffer.
    before: u64,
    line: u32,
    /// Where the line begins, as if every character were one byte.
    line_start: u64,
    /// Memory for the bytes of a string, until it is known how long it is.
    raw: Vec<u8>,
}

impl<R: Read> Scanner<R> {
    pub(super) fn new(reader: R) -> Self {
        Self { reader, buffer: vec![0; BUFFER], at: 0, end: 0, before: 0, line: 1, line_start: 0, raw: Vec::new() }
    }

    /// Where the next byte is.
    pub(super) fn spot(&self) -> Spot {
        let column = (self.before + self.at as u64).saturating_sub(self.line_start) + 1;
        Spot { line: self.line, column: u32::try_from(column).unwrap_or(u32::MAX - 1) }
    }

    pub(super) fn wrong(&self, message: impl Into<String>) -> Fault {
        Fault::Wrong(self.spot(), message.into())
    }

    /// The bytes that are there and not read yet; none at the end.
    fn rest(&mut self) -> Result<&[u8], Fault> {
        while self.at == self.end {
            self.before += self.end as u64;
            (self.at, self.end) = (0, 0);
            match self.reader.read(&mut self.buffer) {
                Ok(0) => break,
                Ok(length) => self.end = length,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(Fault::Unreadable(error)),
            }
        }
        Ok(&self.buffer[self.at..self.end])
    }

    /// The next byte behind white space, which is not taken; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<u8>, Fault> {
        loop {
            let rest = self.rest()?;
            if rest.is_empty() {
                return Ok(None);
            }
            let spaces = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r')).count();
            let found = rest.get(spaces).copied();
            self.at += spaces;
            match found {
                Some(b'\n') => self.end_line(),
                Some(byte) => return Ok(Some(byte)),
                None => {}
            }
        }
    }

    /// Takes a line's end, which is the next byte.
    fn end_line(&mut self) {
        self.at += 1;
        self.line = self.line.saturating_add(1);
        self.line_start = self.before + self.at as u64;
    }

    /// Takes the next byte, which was looked at.
    pub(super) fn take(&mut self) {
        self.at += 1;
    }

    /// Takes the byte that must be next behind white space.
    pub(super) fn expect(&mut self, wanted: u8, expected: &str) -> Result<(), Fault> {
        match self.next()? {
            Some(byte) if byte == wanted => {
                self.take();
                Ok(())
            }
            Some(byte) => Err(self.wrong(format!("expected {expected}, found `{}`", char::from(byte)))),
            None => Err(self.wrong(format!("expected {expected}, and the text ends"))),
        }
    }

    /// The string that begins here, and how many characters it takes with its quotes.
    pub(super) fn string(&mut self) -> Result<(String, u32), Fault> {
        let start = self.spot();
        let mut raw = std::mem::take(&mut self.raw);
        raw.clear();
        raw.push(b'"');
        let escapes = self.pass_string(Some(&mut raw))?;
        let length = self.spot().column.saturating_sub(start.column);
        let text = if escapes {
            serde_json::from_slice(&raw).map_err(|error| Fault::Wrong(start, format!("this is no text: {error}")))?
        } else {
            let text = str::from_utf8(&raw[1..raw.len() - 1]);
            text.map_err(|_| Fault::Wrong(start, "this text is not UTF-8: save the file as UTF-8".into()))?.to_owned()
        };
        self.raw = raw;
        Ok((text, length))
    }

    /// Passes over the string that begins here, and adds its bytes behind the first quote to `kept`. Says whether it has escapes.
    fn pass_string(&mut self, mut kept: Option<&mut Vec<u8>>) -> Result<bool, Fault> {
        self.take();
        let (mut escapes, mut escaped) = (false, false);
        loop {
            let rest = self.rest()?;
            if rest.is_empty() {
                return Err(self.wrong("a text is not closed by a quote"));
            }
            let mut taken = 0;
            let mut continued = 0;
            let mut end = None;
            for byte in rest {
                if *byte < b' ' {
                    end = Some(*byte);
                    break;
                }
                taken += 1;
                continued += u64::from(byte & 0xc0 == 0x80);
                match byte {
                    _ if escaped => escaped = false,
                    b'\\' => (escapes, escaped) = (true, true),
                    b'"' => {
                        end = Some(b'"');
                        break;
                    }
                    _ => {}
                }
            }
            if let Some(kept) = &mut kept {
                kept.extend_from_slice(&rest[..taken]);
            }
            self.at += taken;
            // A character of several bytes takes one column.
            self.line_start += continued;
            match end {
                Some(b'"') => return Ok(escapes),
                Some(_) => return Err(self.wrong("a text is not closed by a quote in its line")),
                None => {}
            }
        }
    }

    /// The number, or the word, that begins here.
    pub(super) fn bare(&mut self) -> Result<String, Fault> {
        let start = self.spot();
        let mut raw = Vec::new();
        loop {
            let rest = self.rest()?;
            let length = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte)).count();
            let all = length == rest.len() && length > 0;
            raw.extend_from_slice(&rest[..length]);
            self.at += length;
            if !all {
                break;
            }
        }
        let text = String::from_utf8_lossy(&raw).into_owned();
        match serde_json::from_slice::<serde::de::IgnoredAny>(&raw) {
            Ok(_) => Ok(text),
            Err(_) if text.is_empty() => Err(self.wrong("a value is missing here")),
            Err(_) => Err(Fault::Wrong(start, format!("`{text}` is neither a number nor true, false or null"))),
        }
    }

    /// Passes over the value that begins here.
    pub(super) fn skip(&mut self) -> Result<(), Fault> {
        match self.next()? {
            Some(b'"') => self.pass_string(None).map(|_| ()),
            Some(b'{' | b'[') => self.skip_brackets(),
            _ => self.bare().map(|_| ()),
        }
    }

    /// Passes over what stands between brackets.
    fn skip_brackets(&mut self) -> Result<(), Fault> {
        let mut open = 0_usize;
        loop {
            let rest = self.rest()?;
            if rest.is_empty() {
                return Err(self.wrong("a list or a map is not closed"));
            }
            let plain =
                rest.iter().take_while(|byte| !matches!(byte, b'"' | b'\n' | b'{' | b'}' | b'[' | b']')).count();
            let found = rest.get(plain).copied();
            self.at += plain;
            match found {
                Some(b'"') => drop(self.pass_string(None)?),
                Some(b'\n') => self.end_line(),
                Some(b'{' | b'[') => {
                    self.take();
                    open += 1;
                }
                Some(_) => {
                    self.take();
                    open -= 1;
                    if open == 0 {
                        return Ok(());
                    }
                }
                None => {}
            }
        }
    }
}
