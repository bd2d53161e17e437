//! The word that was probably meant, for messages about words that are not known.

use crate::input::tree::error::quoted;
use crate::input::tree::synonyms::{KEYS, LOCAL};

/// What was probably meant by a word that is not known.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Near<'v> {
    /// A valid word of the same letters, or a valid key of the same meaning.
    pub(crate) same: Option<&'v str>,
    /// A valid word of similar letters.
    pub(crate) similar: Option<&'v str>,
}

/// The message that `word` is none of `valid`. A key of the same meaning is named before one of similar letters.
pub(crate) fn unknown(what: &str, word: &str, valid: &[&str]) -> String {
    let near = near(what, word, valid);
    message(what, word, valid, near.same.or(near.similar).map(|near| format!("`{near}`")))
}

/// The message that `word` is none of `valid`, with what was probably `meant`.
pub(crate) fn message(what: &str, word: &str, valid: &[&str], meant: Option<String>) -> String {
    let advice = match meant {
        Some(meant) => format!("did you mean {meant}?"),
        None => format!("valid here: {}", valid.join(", ")),
    };
    format!("unknown {what} {}; {advice}", quoted(word))
}

/// Looks for `word` among `valid`; `what` says what kind of word it is.
pub(crate) fn near<'v>(what: &str, word: &str, valid: &[&'v str]) -> Near<'v> {
    let is_key = matches!(what, "key" | "parameter");
    let similar =
        nearest(word, valid).filter(|near| !(is_opposite(word, near) || what == "statistic" && is_numbered(word)));
    let same = similar.filter(|near| plain(near) == plain(word));
    Near { same: same.or_else(|| local(word, valid).filter(|_| is_key)), similar }
}

/// The key of the same meaning in the map itself.
fn local<'v>(word: &str, valid: &[&'v str]) -> Option<&'v str> {
    let word = plain(word);
    let find = |own: &str| valid.iter().find(|key| **key == own).copied();
    let synonym =
        LOCAL.iter().find(|(other, _)| *other == word).and_then(|(_, keys)| keys.iter().find_map(|key| find(key)));
    synonym
        .or_else(|| KEYS.iter().find(|(other, _)| *other == word).and_then(|(_, path)| find(path.rsplit('.').next()?)))
}

/// Whether one is a minimum and the other a maximum.
fn is_opposite(a: &str, b: &str) -> bool {
    let (a, b) = (plain(a), plain(b));
    let differ = |low: &str, high: &str| a.contains(low) && b.contains(high) && !b.contains(low);
    differ("min", "max") || differ("max", "min")
}

/// `p90`: another number is another statistic.
fn is_numbered(word: &str) -> bool {
    word.strip_prefix(['p', 'P']).is_some_and(|digits| digits.starts_with(|c: char| c.is_ascii_digit()))
}

/// A word in lower case and without signs.
pub(crate) fn plain(word: &str) -> String {
    word.chars().take(80).filter(|c| c.is_alphanumeric() || *c == '.' || *c == '/').collect::<String>().to_lowercase()
}

/// The word of `valid` that was probably meant: one typing error is allowed, and one more for each six letters.
pub(crate) fn nearest<'v>(word: &str, valid: &[&'v str]) -> Option<&'v str> {
    let word = plain(word);
    let distance = |candidate: &str| strsim::damerau_levenshtein(&word, &plain(candidate));
    let (near, best) = valid.iter().map(|candidate| (*candidate, distance(candidate))).min_by_key(|pair| pair.1)?;
    (best <= 1 + near.len() / 6 && best < near.len()).then_some(near)
}
