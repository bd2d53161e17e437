//! Changes of a file that a seed decides, of the kinds that mistakes are: numbers at which arithmetic turns, values of another kind,
//! lines that are missing or stand twice.

use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::corpus::LONGEST;

/// Numbers at which arithmetic and bounds turn.
const NUMBERS: [&str; 9] =
    ["0", "2147483647", "2147483648", "4294967295", "18446744073709551615", "1e308", "1e-308", "1e9", "999999"];
/// What stands where something else belongs.
const VALUES: [&str; 16] = [
    "-1",
    "-2147483648",
    "-0.0",
    "NaN",
    ".inf",
    "100%",
    "0%",
    "101%",
    "1ns",
    "30d",
    "\"\"",
    "null",
    "[]",
    "{}",
    "\u{202e}",
    "true",
];

/// One of the files, changed: number `input` of a seed.
#[must_use]
pub fn numbered(corpus: &[Vec<u8>], seed: u64, input: u64) -> Vec<u8> {
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    chance.set_stream(input);
    let bytes = corpus.choose(&mut chance).expect("a corpus").clone();
    changed(bytes, corpus, &mut chance)
}

/// These bytes changed as the seed says, for a fuzzer that chooses by itself what it changes.
#[must_use]
pub fn again(bytes: &[u8], corpus: &[Vec<u8>], seed: u64) -> Vec<u8> {
    changed(bytes.to_vec(), corpus, &mut ChaCha8Rng::seed_from_u64(seed))
}

/// One to six changes of a file, at places and of kinds that chance chooses.
fn changed(mut bytes: Vec<u8>, corpus: &[Vec<u8>], chance: &mut ChaCha8Rng) -> Vec<u8> {
    // Mostly one or two: what is broken in many places is refused at the first.
    let changes =
        1 + u32::from(chance.random_bool(0.5)) + chance.random_range(0..4) * u32::from(chance.random_bool(0.2));
    for _ in 0..changes {
        match chance.random_range(0..20) {
            0..10 => replace_number(&mut bytes, chance),
            10..13 => replace_value(&mut bytes, chance),
            13..15 => lines(&mut bytes, chance),
            15 => drop(bytes.drain(range(&bytes, chance))),
            16 => repeat(&mut bytes, chance),
            17 => splice(&mut bytes, corpus.choose(chance).expect("a corpus"), chance),
            _ => flip(&mut bytes, chance),
        }
    }
    bytes.truncate(LONGEST);
    bytes
}

/// A stretch of at most 200 bytes.
fn range(bytes: &[u8], chance: &mut ChaCha8Rng) -> std::ops::Range<usize> {
    let from = chance.random_range(0..=bytes.len());
    from..(from + chance.random_range(0..200)).min(bytes.len())
}

/// Puts a value of the list in place of a number or word after a colon.
fn replace_value(bytes: &mut Vec<u8>, chance: &mut ChaCha8Rng) {
    let colons: Vec<usize> =
        bytes.iter().enumerate().filter(|(_, byte)| **byte == b':').map(|(at, _)| at + 1).collect();
    if let Some(from) = colons.choose(chance) {
        let end =
            bytes[*from..].iter().position(|byte| b",}]\n".contains(byte)).map_or(bytes.len(), |length| from + length);
        let value = VALUES.choose(chance).expect("a value");
        bytes.splice(*from..end, [b" ", value.as_bytes()].concat());
    }
}

/// Puts another number in place of one.
fn replace_number(bytes: &mut Vec<u8>, chance: &mut ChaCha8Rng) {
    let starts: Vec<usize> =
        (1..bytes.len()).filter(|at| bytes[*at].is_ascii_digit() && b" :[,-".contains(&bytes[*at - 1])).collect();
    if let Some(from) = starts.choose(chance) {
        let length = bytes[*from..].iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'.').count();
        let number = match chance.random_range(0..4) {
            0 => chance.random_range(0..4).to_string(),
            1 => chance.random_range(0..2_000).to_string(),
            2 => format!("0.{}", chance.random_range(0..1_000)),
            _ => (*NUMBERS.choose(chance).expect("a number")).to_owned(),
        };
        bytes.splice(*from..from + length, number.into_bytes());
    }
}

/// Swaps two lines, leaves one out or writes one twice.
fn lines(bytes: &mut Vec<u8>, chance: &mut ChaCha8Rng) {
    let mut lines: Vec<Vec<u8>> = bytes.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    let (one, other) = (chance.random_range(0..lines.len()), chance.random_range(0..lines.len()));
    match chance.random_range(0..3) {
        0 => lines.swap(one, other),
        1 => drop(lines.remove(one)),
        _ => lines.insert(other, lines[one].clone()),
    }
    *bytes = lines.join(&b'\n');
}

fn repeat(bytes: &mut Vec<u8>, chance: &mut ChaCha8Rng) {
    let part = bytes[range(bytes, chance)].to_vec();
    let at = chance.random_range(0..=bytes.len());
    bytes.splice(at..at, part);
}

fn splice(bytes: &mut Vec<u8>, other: &[u8], chance: &mut ChaCha8Rng) {
    let part = other[range(other, chance)].to_vec();
    let place = range(bytes, chance);
    bytes.splice(place, part);
}

fn flip(bytes: &mut [u8], chance: &mut ChaCha8Rng) {
    if !bytes.is_empty() {
        let at = chance.random_range(0..bytes.len());
        bytes[at] ^= 1 << chance.random_range(0..8);
    }
}
