//! All mistakes of an input at once: what a mistake is about is left out, and the input is read again.
//!
//! Readers stop at the first mistake. Leaving its value out gives that key its default, so that reading goes on behind it. An
//! error that may only follow from what was left out is not reported: the user would look for a mistake that is not there.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use crate::input::tree::error::InputError;
use crate::input::tree::yaml::{At, Entry, Node, Value};

/// Most mistakes that are reported together.
const MOST_REPORTED: usize = 20;
/// Most readings of an input, errors that are not reported included.
const MOST_READINGS: usize = 60;
/// How often one place is left out: the innermost entry there, then the whole value that starts there.
const MOST_AT_ONE_PLACE: u8 = 2;

/// File, line and column.
type Spot = (String, u32, u32);

/// What is left out of an input because something is wrong with it.
#[derive(Debug, Default)]
pub(crate) struct LeftOut(RefCell<State>);

#[derive(Debug, Default)]
struct State {
    /// What was wrong at each place.
    spots: BTreeMap<Spot, Wrong>,
    /// Keys and values around what is left out, and keys beside it.
    around: BTreeSet<Spot>,
    /// Starts of the documents that something was left out of.
    starts: BTreeSet<Spot>,
    /// Paths of what is left out, and whether each names a key that has a meaning.
    paths: BTreeSet<String>,
    /// Places that were found in the input.
    met: BTreeSet<Spot>,
}

impl LeftOut {
    /// `documents` without what is wrong.
    pub(crate) fn of<'d>(&self, mut documents: Cow<'d, [Node]>) -> Cow<'d, [Node]> {
        let state = &mut *self.0.borrow_mut();
        if !state.spots.is_empty() {
            for document in documents.to_mut() {
                if state.prune(document, "") == Found::Whole {
                    document.value = Value::Null;
                }
            }
        }
        documents
    }

    /// Leaves nothing out any more: the input is read for another purpose.
    pub(crate) fn forget(&self) {
        self.0.replace(State::default());
    }

    /// Whether what is written at the place is left out, as what an option sets is.
    pub(crate) fn holds(&self, at: &At) -> bool {
        self.0.borrow_mut().wrong(at).times > 0
    }

    /// Reads with `read` until nothing more is wrong, or nothing more can be left out. The error has all others with it.
    pub(crate) fn read_all<T>(&self, read: impl Fn() -> Result<T, InputError>) -> Result<T, InputError> {
        let first = match read() {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        let mut found = vec![first.clone()];
        let mut last = first;
        let mut noted = false;
        for _ in 0..MOST_READINGS {
            if found.len() == MOST_REPORTED || !(noted || self.leave_out(&last)) {
                break;
            }
            noted = true;
            match read() {
                Ok(_) => break,
                Err(_) if !self.was_met(&last) => break,
                Err(error) => {
                    let follows = self.may_follow(&error);
                    if follows && is_missing(&error) && self.stand_in(&last) {
                        continue;
                    }
                    if !follows && !found.contains(&error) {
                        found.push(error.clone());
                    }
                    last = error;
                    noted = false;
                }
            }
        }
        Err(InputError::all(found))
    }

    /// Puts a text in place of what was left out, which must be there; once for each place.
    fn stand_in(&self, error: &InputError) -> bool {
        let mut state = self.0.borrow_mut();
        let wrong = spot_of(error).and_then(|spot| state.spots.get_mut(&spot));
        wrong.is_some_and(|wrong| wrong.times == 1 && !std::mem::replace(&mut wrong.stands, true))
    }

    /// Notes the place of an error. `false`: there is none, or it was left out already.
    fn leave_out(&self, error: &InputError) -> bool {
        let Some(spot) = spot_of(error) else { return false };
        let mut state = self.0.borrow_mut();
        let wrong = state.spots.entry(spot).or_default();
        wrong.times += 1;
        wrong.unknown_key = error.message.starts_with("unknown key");
        wrong.times <= MOST_AT_ONE_PLACE
    }

    fn was_met(&self, error: &InputError) -> bool {
        spot_of(error).is_some_and(|spot| self.0.borrow().met.contains(&spot))
    }

    /// Whether an error may be there only because something was left out.
    fn may_follow(&self, error: &InputError) -> bool {
        let state = self.0.borrow();
        let at = spot_of(error);
        let near = at.is_none_or(|spot| {
            let is_start = is_missing(error) && state.starts.contains(&spot);
            is_start || state.around.contains(&spot) || state.spots.contains_key(&spot)
        });
        near || words(&error.message).any(|word| state.paths.iter().any(|path| is_about(word, path)))
    }
}

/// What was wrong at a place.
#[derive(Clone, Copy, Debug, Default)]
struct Wrong {
    times: u8,
    /// It is a key without a meaning.
    unknown_key: bool,
    /// A text stands in its place.
    stands: bool,
}

/// What of a node is wrong.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Found {
    Nothing,
    /// Something in it, which was taken out.
    Inside,
    /// All of it.
    Whole,
}

impl State {
    /// What was wrong at the place.
    fn wrong(&mut self, at: &At) -> Wrong {
        let spot = spot(at);
        let wrong = self.spots.get(&spot).copied().unwrap_or_default();
        if wrong.times > 0 {
            self.met.insert(spot);
        }
        wrong
    }

    fn prune(&mut self, node: &mut Node, path: &str) -> Found {
        let mut found = Found::Nothing;
        match &mut node.value {
            Value::Map(entries) => {
                let before: Vec<Spot> = entries.iter().map(|entry| spot(&entry.at)).collect();
                let all = entries.len();
                entries.retain_mut(|entry| {
                    let inner = self.prune_entry(entry, path);
                    found = if inner == Found::Nothing { found } else { Found::Inside };
                    inner != Found::Whole
                });
                // What keys a map may have can depend on those that it has, as in a distribution.
                let known = before.iter().any(|spot| self.spots.get(spot).is_some_and(|wrong| wrong.unknown_key));
                if entries.len() < all && !known {
                    self.around.extend(before);
                }
            }
            Value::List(items) => {
                let mut number = 0;
                items.retain_mut(|item| {
                    let inner = self.prune(item, &format!("{path}[{number}]"));
                    number += 1;
                    found = if inner == Found::Nothing { found } else { Found::Inside };
                    inner != Found::Whole
                });
            }
            Value::Null | Value::Scalar(_) => {}
        }
        // A map starts where its first key stands: what is inside goes first.
        let least = if found == Found::Inside { MOST_AT_ONE_PLACE } else { 1 };
        let wrong = self.wrong(&node.at);
        if wrong.stands && wrong.times == 1 {
            node.value = Node::plain(node.at.clone(), "x").value;
            return Found::Inside;
        }
        if wrong.times >= least {
            return Found::Whole;
        }
        if found == Found::Inside {
            let around = if path.is_empty() { &mut self.starts } else { &mut self.around };
            around.insert(spot(&node.at));
        }
        found
    }

    fn prune_entry(&mut self, entry: &mut Entry, path: &str) -> Found {
        let path = if path.is_empty() { entry.key.clone() } else { format!("{path}.{}", entry.key) };
        let inner = if self.wrong(&entry.at).times > 0 { Found::Whole } else { self.prune(&mut entry.value, &path) };
        match inner {
            Found::Whole => drop(self.paths.insert(path)),
            Found::Inside => drop(self.around.insert(spot(&entry.at))),
            Found::Nothing => {}
        }
        inner
    }
}

/// Whether an error is about something that is not there.
fn is_missing(error: &InputError) -> bool {
    error.message.contains("missing")
}

fn spot(at: &At) -> Spot {
    (at.file().to_owned(), at.line(), at.column())
}

fn spot_of(error: &InputError) -> Option<Spot> {
    let place = error.place.as_ref()?;
    place.position.map(|(line, column, _)| (place.file.clone(), line, column))
}

/// The words of a message that may be names or paths of keys: those in backticks, and those with dots in them.
fn words(message: &str) -> impl Iterator<Item = &str> {
    let quoted = message.split('`').skip(1).step_by(2);
    let dotted = message.split([' ', ',', ';', ':', '(', ')', '`', '\n']).map(|word| word.trim_end_matches('.'));
    quoted.chain(dotted.filter(|word| word.contains('.')))
}

/// Whether a word names the key at `path`, or what is around it.
fn is_about(word: &str, path: &str) -> bool {
    let last = path.rsplit('.').next().unwrap_or(path);
    word == last || path.strip_prefix(word).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::tree::fields::Map;
    use crate::input::tree::yaml::{documents, source};

    const TEXT: &str = "a: 1\nb:\n  c: x\n  d: [2, y, 4]\n  e: {f: z, g: 3}\nh: w\n";

    /// Reads whole numbers everywhere, and that `b.c` and `b.e.f` are there.
    fn read(left_out: &LeftOut) -> Result<(), InputError> {
        fn numbers(node: &Node) -> Result<(), InputError> {
            match &node.value {
                Value::Map(entries) => entries.iter().try_for_each(|entry| numbers(&entry.value)),
                Value::List(items) => items.iter().try_for_each(numbers),
                _ => node.integer(0, 9).map(drop),
            }
        }
        let tree = left_out.of(Cow::Owned(documents(&source(TEXT))?)).into_owned().remove(0);
        let map = tree.map()?;
        numbers(&tree)?;
        let inner: Map<'_> = map.require("b")?.map()?;
        inner.require("e")?.map()?.require("f")?;
        Err(map.require("a")?.at.error("there is no `c` to go by"))
    }

    #[test]
    fn all_mistakes_are_reported_in_order_of_lines_and_what_follows_from_them_is_not() {
        let text = LeftOut::default();
        let error = text.read_all(|| read(&text)).unwrap_err();
        let lines: Vec<String> = error.to_string().lines().map(str::to_owned).collect();
        let starts: Vec<&str> = lines.iter().map(String::as_str).filter(|line| line.starts_with("test.yaml")).collect();
        let wrong = |place: &str, found: &str| {
            format!("test.yaml:{place}: expected a whole number from 0 to 9, found `{found}`")
        };
        assert_eq!(starts, [wrong("3:6", "x"), wrong("4:10", "y"), wrong("5:10", "z"), wrong("6:4", "w")]);
        assert_eq!(error.others.len(), 3);
    }

    #[test]
    fn words_of_a_message_name_what_is_left_out() {
        let message = "spec.selector does not match spec.template.metadata.labels, so there is no `traffic`.";
        let about = |path: &str| words(message).any(|word| is_about(word, path));
        assert!(about("spec.template.metadata.labels.app") && about("traffic") && about("traffic.rate"));
        assert!(!about("spec.template.spec.containers[0].name"));
    }
}
