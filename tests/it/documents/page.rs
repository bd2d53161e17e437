//! Documents and their blocks of code.

use std::fs;

use crate::cli::{files, root};

/// A document of the repository.
pub(super) struct Page {
    /// Path from the root of the repository.
    pub(super) path: String,
    pub(super) text: String,
}

/// A block of code between fences.
pub(super) struct Block {
    /// The number of the line of its first fence.
    pub(super) line: usize,
    pub(super) language: String,
    /// The text after the language.
    pub(super) mark: String,
    pub(super) body: String,
}

/// Documents outside of `docs/` and `.github/`.
const OTHERS: [&str; 9] = [
    "README.md",
    "CONTRIBUTING.md",
    "RELEASING.md",
    "SECURITY.md",
    "CHANGELOG.md",
    "benches/peers/README.md",
    "experiments/validation/README.md",
    "tests/recordings/README.md",
    "tests/vectors/README.md",
];

/// All documents of the repository.
pub(super) fn pages() -> Vec<Page> {
    let mut paths: Vec<String> = OTHERS.iter().map(|&path| path.to_owned()).collect();
    for folder in ["docs", ".github"] {
        let found = files(&root().join(folder)).into_iter().filter(|path| path.ends_with(".md"));
        paths.extend(found.map(|path| format!("{folder}/{}", path.replace('\\', "/"))));
    }
    let read = |path: String| Page { text: fs::read_to_string(root().join(&path)).expect("a document"), path };
    paths.into_iter().map(read).collect()
}

impl Page {
    pub(super) fn blocks(&self) -> Vec<Block> {
        let mut blocks: Vec<Block> = Vec::new();
        let mut open = false;
        for (number, line) in self.text.lines().enumerate() {
            match line.strip_prefix("```") {
                Some(_) if open => open = false,
                Some(info) => {
                    open = true;
                    let (language, mark) = info.split_once(' ').unwrap_or((info, ""));
                    blocks.push(Block {
                        line: number + 1,
                        language: language.to_owned(),
                        mark: mark.to_owned(),
                        body: String::new(),
                    });
                }
                None if open => {
                    let block = blocks.last_mut().expect("an open block");
                    block.body.push_str(line);
                    block.body.push('\n');
                }
                None => {}
            }
        }
        assert!(!open, "{}: the last block of code is not closed", self.path);
        blocks
    }

    /// The lines outside of blocks of code, with their numbers.
    pub(super) fn prose(&self) -> Vec<(usize, &str)> {
        let mut open = false;
        let mut prose = Vec::new();
        for (number, line) in self.text.lines().enumerate() {
            if line.starts_with("```") {
                open = !open;
            } else if !open {
                prose.push((number + 1, line));
            }
        }
        prose
    }
}
