//! Files that are too large to be kept: of JSON the objects are read one by one, without what nothing reads.

use std::cell::RefCell;
use std::io::{Cursor, Read};
use std::rc::Rc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle};

use sha2::{Digest, Sha256};

use crate::input::tree::error::InputError;
use crate::input::tree::json::reader::{Most, read};
use crate::input::tree::json::unread::Unread;
use crate::input::tree::yaml::{Node, Source, Value};

/// Largest file whose objects are read one by one.
const MAX_LIST_BYTES: u64 = 2 << 30;
/// Most objects of it.
const MAX_OBJECTS: usize = 1_000_000;
/// Most values of it that are kept.
const MAX_KEPT_VALUES: usize = 10_000_000;

const MARK: &[u8] = "\u{feff}".as_bytes();

/// What is kept of a large file.
pub(crate) struct Large {
    /// Its name; its text is not kept.
    pub(crate) source: Rc<Source>,
    pub(crate) documents: Vec<Node>,
    /// SHA-256 of its bytes, in hexadecimal.
    pub(crate) sha256: String,
    /// Size in bytes.
    pub(crate) bytes: u64,
    /// Its bytes, where they were asked for.
    pub(crate) kept: Vec<u8>,
}

/// Whether the first bytes of a file are those of JSON.
pub(crate) fn may_be_read(start: &[u8]) -> bool {
    let start = start.strip_prefix(MARK).unwrap_or(start).trim_ascii_start();
    start.starts_with(b"{") || start.starts_with(b"[")
}

/// Reads a file that begins with `start`, of which `rest` is not read yet. `keep`: its bytes are kept too.
///
/// # Errors
/// When it is no JSON, or larger than any may be.
pub(crate) fn read_large(
    name: &str,
    start: Vec<u8>,
    rest: impl Read,
    unread: &Unread,
    keep: bool,
) -> Result<Large, InputError> {
    let hashing = Hashing::begin().map_err(|error| InputError::in_file(name, format!("cannot be read: {error}")))?;
    let seen = RefCell::new(Seen { hashing, bytes: 0, kept: keep.then(Vec::new) });
    let mark = if start.starts_with(MARK) { MARK.len() } else { 0 };
    seen.borrow_mut().take(&start[..mark]);
    let mut start = Cursor::new(start);
    start.set_position(mark as u64);
    let bytes = Watched { inner: start.chain(rest).take(MAX_LIST_BYTES + 1), seen: &seen };
    let source = Rc::new(Source { name: name.into(), text: String::new() });
    let most = Most { objects: MAX_OBJECTS, values: MAX_KEPT_VALUES };
    let documents = read(&source, bytes, unread, most);
    let Seen { hashing, bytes, kept } = seen.into_inner();
    let sha256 = hashing.end();
    if bytes > MAX_LIST_BYTES {
        let most = MAX_LIST_BYTES >> 30;
        let message = format!("is larger than {most} GiB, the most that is read of a list in JSON: split it");
        return Err(InputError::in_file(name, message));
    }
    let mut documents = documents?;
    documents.retain(|node| !matches!(node.value, Value::Null));
    Ok(Large { source, documents, sha256, bytes, kept: kept.unwrap_or_default() })
}

/// What was read so far.
struct Seen {
    hashing: Hashing,
    bytes: u64,
    kept: Option<Vec<u8>>,
}

impl Seen {
    fn take(&mut self, bytes: &[u8]) {
        self.hashing.take(bytes);
        self.bytes += bytes.len() as u64;
        self.kept.iter_mut().for_each(|kept| kept.extend_from_slice(bytes));
    }
}

/// Pieces that wait for the hash at most: reading waits where it is faster.
const PIECES: usize = 16;

/// The hash of what is read, by a thread of its own, because it takes a tenth of the time of reading.
struct Hashing {
    pieces: SyncSender<Vec<u8>>,
    thread: JoinHandle<Sha256>,
}

impl Hashing {
    fn begin() -> std::io::Result<Self> {
        let (pieces, taken) = sync_channel::<Vec<u8>>(PIECES);
        let hash = move || taken.into_iter().fold(Sha256::new(), Sha256::chain_update);
        Ok(Self { pieces, thread: Builder::new().name("hash".into()).spawn(hash)? })
    }

    fn take(&self, bytes: &[u8]) {
        // The thread takes pieces until there are no more.
        let _ = self.pieces.send(bytes.to_vec());
    }

    /// SHA-256 of all pieces, in hexadecimal.
    fn end(self) -> String {
        drop(self.pieces);
        let hash = self.thread.join().expect("hashing does not panic");
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// A reader that says what was read of it.
struct Watched<'a, R> {
    inner: R,
    seen: &'a RefCell<Seen>,
}

impl<R: Read> Read for Watched<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let length = self.inner.read(buffer)?;
        self.seen.borrow_mut().take(&buffer[..length]);
        Ok(length)
    }
}
