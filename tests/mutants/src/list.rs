//! The mutants as `cargo mutants --list --json` gives them, and what became of each.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A place in a file: line and column count from 1, columns in characters.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub struct Place {
    pub line: usize,
    pub column: usize,
}

#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub struct Span {
    pub start: Place,
    pub end: Place,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Function {
    pub span: Span,
}

/// Whether a mutant can be tried.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub enum State {
    /// Not looked at yet: nothing in the tree was found where the list says.
    #[default]
    Unplaced,
    /// It is not among those that are tried.
    Undrawn,
    /// It is compiled, beside the original.
    Woven,
    /// It does not compile, as with cargo-mutants.
    Unviable,
    /// It stands in a function that is evaluated at compile time, where no switch can be.
    Constant,
    /// The original does not compile in the form that holds both.
    Unfit,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Mutant {
    /// Counts from 1, in the order of the list.
    #[serde(default)]
    pub id: u32,
    pub name: String,
    pub file: String,
    pub function: Option<Function>,
    pub genre: String,
    pub replacement: String,
    pub span: Span,
    #[serde(default)]
    pub state: State,
}

impl Mutant {
    /// The folder below `src` that it is counted in: what runs the actors is counted with the engine.
    pub fn folder(&self) -> &str {
        match self.file.split('/').nth(1).unwrap_or_default() {
            "engine" | "sim" => "engine+sim",
            folder => folder,
        }
    }
}

/// Numbers the mutants, and draws `sample` of each folder at random: the others are left out.
pub fn draw(mutants: &mut [Mutant], sample: usize, seed: u64) {
    let mut by_folder: BTreeMap<String, Vec<(u64, &mut Mutant)>> = BTreeMap::new();
    for (mutant, id) in mutants.iter_mut().zip(1..) {
        mutant.id = id;
        let folder = by_folder.entry(mutant.folder().to_owned()).or_default();
        folder.push((mixed(seed ^ (u64::from(id) << 32)), mutant));
    }
    for folder in by_folder.values_mut() {
        folder.sort_by_key(|(order, _)| *order);
        folder.iter_mut().skip(sample).for_each(|(_, mutant)| mutant.state = State::Undrawn);
    }
}

/// SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): a number that looks random.
fn mixed(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}
