//! The files that input is read from: each once, hashed, and never more than fits.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::input::tree::documents::documents;
use crate::input::tree::error::{InputError, is_passing, quoted};
use crate::input::tree::json::unread::Unread;
use crate::input::tree::large::{may_be_read, read_large};
use crate::input::tree::mistakes::LeftOut;
use crate::input::tree::yaml::{At, Node, Source};

/// Largest file that is read.
const MAX_BYTES: u64 = 64 << 20;

/// Most cells (about 24 bytes each) that all scenarios together may take.
const MAX_CELLS: usize = 30_000_000;

/// What messages call the text that a program gave.
const TEXT: &str = "experiment";

/// A file that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// Path as it was written in the file that names it; of the file on the command line the name alone, since where it
    /// lies is no part of the experiment.
    pub path: String,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// Size in bytes.
    pub bytes: u64,
    /// What of it is copied to a result.
    pub copy: Arc<[u8]>,
    /// The copy is not the whole file: what no forecast depends on was left out.
    pub reduced: bool,
}

/// Where an input was copied to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputCopy {
    /// Path as in [`Input::path`].
    pub path: String,
    /// Where the copy is.
    pub place: PathBuf,
    /// SHA-256 and size of the input where the copy is not the whole of it.
    pub whole: Option<(String, u64)>,
}

/// A file, and what is written in it.
type Written = (Rc<Source>, Rc<Vec<Node>>);

/// Reader of files, relative to one folder, and keeper of the memory that what is read may take.
pub(crate) struct Files {
    folder: PathBuf,
    /// Copies of the files by the path they are named with; nothing else is read then.
    copies: Option<BTreeMap<String, InputCopy>>,
    read: RefCell<BTreeMap<String, Rc<Source>>>,
    /// What is written in the files that were asked for it.
    documents: RefCell<Vec<Written>>,
    /// What is not kept of large manifests; `None`: large files are refused.
    unread: Option<Unread>,
    /// Where the files of the command line are, by what they are called among the inputs.
    roots: RefCell<BTreeMap<String, PathBuf>>,
    /// What was read, with what it is called in messages.
    inputs: RefCell<Vec<(Rc<Source>, Input)>>,
    cells: Cell<usize>,
    /// Whether text in other encodings than UTF-8 is taken too.
    any_text: bool,
    decoded: Cell<Option<&'static str>>,
    /// What is wrong in what was read, and is left out to find what else is.
    pub(crate) left_out: LeftOut,
}

impl Files {
    /// Files are looked for in `folder`.
    pub(crate) fn new(folder: &Path) -> Self {
        Self {
            folder: folder.into(),
            copies: None,
            read: RefCell::default(),
            documents: RefCell::default(),
            unread: None,
            roots: RefCell::default(),
            inputs: RefCell::default(),
            cells: Cell::default(),
            any_text: false,
            decoded: Cell::default(),
            left_out: LeftOut::default(),
        }
    }

    /// As [`Self::new`], and files in UTF-16 or Latin-1 are decoded.
    pub(crate) fn of_any_text(folder: &Path) -> Self {
        Self { any_text: true, ..Self::new(folder) }
    }

    /// The same, and large manifests in JSON are read without what is `unread`.
    pub(crate) fn with_large_manifests(self, unread: Unread) -> Self {
        Self { unread: Some(unread), ..self }
    }

    /// The encoding of the file that was decoded last; `None` where all were UTF-8.
    pub(crate) fn decoded(&self) -> Option<&'static str> {
        self.decoded.get()
    }

    /// Files are looked for among `copies`, by the path that they are named with.
    pub(crate) fn of_copies(copies: &[InputCopy]) -> Self {
        let copies = copies.iter().map(|copy| (copy.path.clone(), copy.clone())).collect();
        Self { copies: Some(copies), ..Self::new(Path::new("")) }
    }

    /// Files that others name are looked for in `folder`.
    pub(crate) fn look_in(&mut self, folder: &Path) {
        self.folder = folder.into();
    }

    /// A file that the user gave on the command line, and what it is called among the inputs.
    pub(crate) fn root(&self, path: &Path, recorded: &str) -> Result<Rc<Source>, InputError> {
        let name = path.display().to_string();
        let source = self.load(&name, recorded, path).map_err(|problem| problem.in_file(&name))?;
        self.insert(recorded, &source);
        self.roots.borrow_mut().insert(recorded.into(), path.into());
        Ok(source)
    }

    /// What a result calls the file that messages call `name`, where it was given on the command line.
    pub(crate) fn recorded(&self, name: &str) -> Option<String> {
        let roots = self.roots.borrow();
        roots.iter().find(|(_, path)| path.display().to_string() == name).map(|(recorded, _)| recorded.clone())
    }

    /// Text that a program gave in place of the file on the command line.
    pub(crate) fn root_text(&self, text: &str) -> Result<Rc<Source>, InputError> {
        self.keep(TEXT, TEXT, None, text.as_bytes().to_vec()).map_err(|problem| problem.in_file(TEXT))
    }

    /// A file that is named inside another, at `at`; `-` is standard input.
    pub(crate) fn named(&self, name: &str, at: &At) -> Result<Rc<Source>, InputError> {
        let source = self.manifest(name, at)?;
        if self.is_large(&source) {
            return Err(at.error(format!("{}: {}", quoted(name), too_large())));
        }
        Ok(source)
    }

    /// Whether the text of a file is not kept, but only what is written in it.
    pub(crate) fn is_large(&self, source: &Rc<Source>) -> bool {
        let kept = self.documents.borrow();
        source.text.is_empty() && kept.iter().any(|(large, kept)| Rc::ptr_eq(large, source) && !kept.is_empty())
    }

    /// The same of a manifest, which may be large.
    pub(crate) fn manifest(&self, name: &str, at: &At) -> Result<Rc<Source>, InputError> {
        let path = self.folder.join(name);
        let given = self.roots.borrow().get(name).filter(|_| self.copies.is_none()).cloned();
        if given.is_some_and(|given| is_another(&given, &path)) {
            let message = "is the name of a file of the command line too, which is another one: rename one of them";
            return Err(at.error(format!("{} {message}", quoted(name))));
        }
        if let Some(source) = self.read.borrow().get(name) {
            return Ok(Rc::clone(source));
        }
        self.load(name, name, &path).map_err(|problem| match problem {
            Problem::Whole(problem) => at.error(format!("{}: {problem}", quoted(name))),
            Problem::Passing(problem) => {
                InputError { passing: true, ..at.error(format!("{}: {problem}", quoted(name))) }
            }
            Problem::Within(error) => error,
        })
    }

    /// The documents of `source`, without what is wrong in them.
    pub(crate) fn documents(&self, source: &Rc<Source>) -> Result<Rc<Vec<Node>>, InputError> {
        let all = self.all_documents(source)?;
        Ok(match self.left_out.of(Cow::Borrowed(&all)) {
            Cow::Borrowed(_) => Rc::clone(&all),
            Cow::Owned(documents) => Rc::new(documents),
        })
    }

    /// All documents of `source`; those of files are read once.
    pub(crate) fn all_documents(&self, source: &Rc<Source>) -> Result<Rc<Vec<Node>>, InputError> {
        let known = self.documents.borrow().iter().find(|(known, _)| Rc::ptr_eq(known, source)).cloned();
        if let Some((_, documents)) = known {
            return Ok(documents);
        }
        let documents = Rc::new(documents(source)?);
        if self.inputs.borrow().iter().any(|(input, _)| Rc::ptr_eq(input, source)) {
            self.documents.borrow_mut().push((Rc::clone(source), Rc::clone(&documents)));
        }
        Ok(documents)
    }

    /// Takes `source` as if it had been read.
    pub(crate) fn insert(&self, name: &str, source: &Rc<Source>) {
        self.read.borrow_mut().insert(name.into(), Rc::clone(source));
    }

    /// Counts `cells` of memory; refuses what would be too much, since all scenarios are kept.
    pub(crate) fn charge(&self, cells: usize) -> Result<(), InputError> {
        self.cells.set(self.cells.get().saturating_add(cells));
        if self.cells.get() > MAX_CELLS {
            return Err(InputError::new(
                "the scenarios together take too much memory: sweep fewer points, or give them fewer nodes, steps or \
                 empirical values",
            ));
        }
        Ok(())
    }

    /// What was counted belongs to scenarios that are gone, and what was wrong may be right under other settings.
    pub(crate) fn begin_anew(&self) {
        self.cells.set(0);
        self.left_out.forget();
    }

    /// What was read, in order, the file of the command line first.
    pub(crate) fn inputs(&self) -> Vec<(Rc<Source>, Input)> {
        self.inputs.borrow().clone()
    }

    /// How many of them were given on the command line.
    pub(crate) fn given(&self) -> usize {
        self.roots.borrow().len().max(1)
    }

    /// Whether copies are read, which are as they should be copied again.
    pub(crate) fn are_copies(&self) -> bool {
        self.copies.is_some()
    }

    fn load(&self, name: &str, recorded: &str, path: &Path) -> Result<Rc<Source>, Problem> {
        let copy = match &self.copies {
            Some(copies) => Some(copies.get(name).ok_or("is not among the recorded inputs")?),
            None => None,
        };
        let reader: std::io::Result<Box<dyn Read>> = match copy {
            Some(copy) => open(&copy.place).map(|file| Box::new(file) as Box<dyn Read>),
            None if name == "-" => Ok(Box::new(std::io::stdin().lock())),
            None => open(path).map(|file| Box::new(file) as Box<dyn Read>),
        };
        let bad = |error: std::io::Error| match is_passing(&error) {
            true => Problem::Passing(format!("cannot be read now ({error}): try again")),
            false => Problem::Whole(unreadable(name, path, &error)),
        };
        let mut reader = reader.map_err(bad)?;
        let bytes = limited(&mut reader).map_err(bad)?;
        match &self.unread {
            Some(unread) if bytes.len() as u64 > MAX_BYTES && may_be_read(&bytes) => {
                self.keep_large((name, recorded), copy, (bytes, reader), unread)
            }
            _ => self.keep(name, recorded, copy, bytes),
        }
    }

    /// Keeps what is read of the objects of a file that is too large to be kept, of which the first bytes are read.
    fn keep_large(
        &self,
        (name, recorded): (&str, &str),
        copy: Option<&InputCopy>,
        (start, rest): (Vec<u8>, impl Read),
        unread: &Unread,
    ) -> Result<Rc<Source>, Problem> {
        let large = read_large(name, start, rest, unread, copy.is_some()).map_err(Problem::Within)?;
        let whole = copy.and_then(|copy| copy.whole.clone());
        let (sha256, bytes) = whole.unwrap_or((large.sha256, large.bytes));
        let input = Input { path: recorded.into(), sha256, bytes, copy: large.kept.into(), reduced: true };
        let source = large.source;
        self.documents.borrow_mut().push((Rc::clone(&source), Rc::new(large.documents)));
        self.inputs.borrow_mut().push((Rc::clone(&source), input));
        self.insert(name, &source);
        Ok(source)
    }

    /// Keeps `bytes` as an input and decodes them.
    fn keep(
        &self,
        name: &str,
        recorded: &str,
        copy: Option<&InputCopy>,
        bytes: Vec<u8>,
    ) -> Result<Rc<Source>, Problem> {
        if bytes.len() as u64 > MAX_BYTES {
            return Err(too_large().into());
        }
        let whole = copy.and_then(|copy| copy.whole.clone());
        let reduced = whole.is_some();
        let (sha256, size) = whole.unwrap_or_else(|| (sha256(&bytes), bytes.len() as u64));
        let input = Input { path: recorded.into(), sha256, bytes: size, copy: bytes.as_slice().into(), reduced };
        let other = self.any_text.then(|| decode_other(&bytes)).transpose()?.flatten();
        let text = match other {
            Some((encoding, text)) => {
                self.decoded.set(Some(encoding));
                text
            }
            None => decode(bytes)?,
        };
        let source = Rc::new(Source { name: name.into(), text });
        self.inputs.borrow_mut().push((Rc::clone(&source), input));
        self.insert(name, &source);
        Ok(source)
    }
}

/// Why a file is not read: a sentence about the file as a whole, without its name, or an error at a place in it.
enum Problem {
    Whole(String),
    /// The same, for a reason that passes.
    Passing(String),
    Within(InputError),
}

impl Problem {
    fn in_file(self, name: &str) -> InputError {
        match self {
            Self::Whole(problem) => InputError::in_file(name, problem),
            Self::Passing(problem) => InputError { passing: true, ..InputError::in_file(name, problem) },
            Self::Within(error) => error,
        }
    }
}

impl From<String> for Problem {
    fn from(problem: String) -> Self {
        Self::Whole(problem)
    }
}

impl From<&str> for Problem {
    fn from(problem: &str) -> Self {
        Self::Whole(problem.into())
    }
}

/// What is said of a file that is too large.
pub(crate) fn too_large() -> String {
    format!("is larger than {} MiB, and no list of Kubernetes objects in JSON: split it", MAX_BYTES >> 20)
}

/// Whether two paths lead to two files that are there.
fn is_another(given: &Path, named: &Path) -> bool {
    matches!((given.canonicalize(), named.canonicalize()), (Ok(given), Ok(named)) if given != named)
}

/// SHA-256 in hexadecimal.
fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Why a file cannot be read, and what to do.
fn unreadable(name: &str, path: &Path, error: &std::io::Error) -> String {
    if name.starts_with("http://") || name.starts_with("https://") {
        return format!("is a URL, and files alone are read: `curl -fsSL {name} | rollcast run -`");
    }
    if path.is_dir() {
        let name = name.trim_end_matches('/');
        return format!(
            "is a directory: give a file, or `-f {name}` for all of its files; of a kustomization `kubectl kustomize {name} | rollcast run -`, of a chart `helm template {name} | \
             rollcast run -`"
        );
    }
    format!("cannot be read ({error}): check the path")
}

fn open(path: &Path) -> std::io::Result<std::fs::File> {
    std::fs::File::open(path)
}

/// The text of a file that is no larger than any input may be, or a sentence on why it cannot be had, without its name.
pub(crate) fn read_text(path: &Path) -> Result<String, String> {
    let bytes = open(path).and_then(limited).map_err(|error| format!("cannot be read ({error}): check the path"))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(format!("is larger than {} MiB, the most that is read", MAX_BYTES >> 20));
    }
    decode(bytes)
}

fn limited(reader: impl Read) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn decode(bytes: Vec<u8>) -> Result<String, String> {
    if bytes.starts_with(&[0x1f, 0x8b]) {
        return Err(
            "is compressed: unpack it with `gunzip`, or give `-` and pipe `gunzip -c FILE` into the command".into()
        );
    }
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err("is UTF-16: save it as UTF-8".into());
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let line = 1 + error.as_bytes()[..good].iter().filter(|byte| **byte == b'\n').count();
        format!("line {line} is not UTF-8: save the file as UTF-8 text")
    })?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// Text in UTF-16 with its mark or in Latin-1, and what it is; `None` where it is UTF-8.
fn decode_other(bytes: &[u8]) -> Result<Option<(&'static str, String)>, String> {
    let units =
        |read: fn([u8; 2]) -> u16| bytes[2..].chunks_exact(2).map(|pair| read([pair[0], pair[1]])).collect::<Vec<_>>();
    let units = match bytes {
        [0xff, 0xfe, ..] => units(u16::from_le_bytes),
        [0xfe, 0xff, ..] => units(u16::from_be_bytes),
        _ if bytes.contains(&0) => return Err("holds zero bytes, which text does not: save it as UTF-8".into()),
        _ if std::str::from_utf8(bytes).is_ok() => return Ok(None),
        _ => return Ok(Some(("Latin-1, since it is no UTF-8", bytes.iter().map(|byte| char::from(*byte)).collect()))),
    };
    String::from_utf16(&units)
        .map(|text| Some(("UTF-16", text)))
        .map_err(|_| "is broken UTF-16: save it as UTF-8".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_decoded_or_refused() {
        assert_eq!(decode(b"\xef\xbb\xbfa: 1\r\n".to_vec()).unwrap(), "a: 1\r\n");
        assert_eq!(decode(b"a\nb\xff".to_vec()).unwrap_err(), "line 2 is not UTF-8: save the file as UTF-8 text");
        assert!(decode(b"\xff\xfea\0".to_vec()).unwrap_err().contains("UTF-16"));
    }

    #[test]
    fn directories_and_urls_are_refused_with_a_remedy() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::new(folder.path());
        let message = |path: &Path| files.root(path, "").unwrap_err().to_string();
        let name = folder.path().display();
        assert!(message(folder.path()).starts_with(&format!("{name}: is a directory: give a file, or `-f {name}`")));
        let url = message(Path::new("https://example.com/web.yaml"));
        assert!(url.contains("`curl -fsSL https://example.com/web.yaml | rollcast run -`"), "{url}");
        assert!(message(Path::new("none.yaml")).contains("check the path"));
    }

    #[test]
    fn a_file_is_read_and_hashed_once() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.yaml"), "abc").unwrap();
        let files = Files::new(folder.path());
        let at = At::start(&crate::input::tree::yaml::source(""));
        assert_eq!(files.named("a.yaml", &at).unwrap().text, "abc");
        files.named("a.yaml", &at).unwrap();
        let inputs = files.inputs();
        assert_eq!(inputs.len(), 1);
        let (_, input) = &inputs[0];
        assert_eq!((&*input.copy, input.reduced), (b"abc".as_slice(), false));
        assert_eq!(input.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        let error = files.named("b.yaml", &at).unwrap_err().to_string();
        assert!(error.starts_with("test.yaml:1:1: `b.yaml`: cannot be read ("), "{error}");
    }

    #[test]
    fn copies_stand_in_for_files_and_nothing_else_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let copy = folder.path().join("copy");
        std::fs::write(&copy, "abc").unwrap();
        let of = |path: &str, place: PathBuf, whole| InputCopy { path: path.into(), place, whole };
        let whole = ("12".to_owned(), 34);
        let none = of("-", folder.path().join("none"), None);
        let files = Files::of_copies(&[of("/etc/hostname", copy, Some(whole)), none]);
        let at = At::start(&crate::input::tree::yaml::source(""));
        assert_eq!(files.named("/etc/hostname", &at).unwrap().text, "abc");
        let (_, input) = files.inputs().remove(0);
        assert_eq!(
            (input.sha256.as_str(), input.bytes, &*input.copy, input.reduced),
            ("12", 34, b"abc".as_slice(), true)
        );
        assert!(files.named("-", &at).unwrap_err().to_string().contains("cannot be read"));
        assert!(files.named("/etc/passwd", &at).unwrap_err().to_string().contains("not among the recorded inputs"));
    }
}
