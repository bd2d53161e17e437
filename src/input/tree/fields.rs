//! Typed access to located nodes.

use crate::input::tree::error::{InputError, quoted};
use crate::input::tree::near::unknown;
use crate::input::tree::plain;
use crate::input::tree::yaml::{At, Entry, Node, Value};

/// The keys that a map may have.
pub(crate) trait Names {
    /// Their names, in the order in which they are listed for users.
    fn names(&self) -> Vec<&'static str>;

    /// Whether `key` is one of them.
    fn take(&self, key: &str) -> bool {
        self.names().contains(&key)
    }
}

/// A map whose keys are asked for by name.
#[derive(Clone, Copy)]
pub(crate) struct Map<'a> {
    pub(crate) at: &'a At,
    pub(crate) entries: &'a [Entry],
    /// The keys that a reader may ask for; `None`: any.
    names: Option<&'static dyn Names>,
}

impl<'a> Map<'a> {
    /// The value of a key; `None` where it is absent or null, as the Kubernetes API has it.
    pub(crate) fn get(&self, key: &str) -> Option<&'a Node> {
        debug_assert!(self.names.is_none_or(|names| names.take(key)), "{key} has no row in the table of keys");
        let entry = self.entries.iter().find(|entry| entry.key == key)?;
        (!matches!(entry.value.value, Value::Null)).then_some(&entry.value)
    }

    /// The value of a key that must be there.
    pub(crate) fn require(&self, key: &str) -> Result<&'a Node, InputError> {
        self.get(key).ok_or_else(|| self.at.error(format!("the key {} is missing here: add it", quoted(key))))
    }

    /// The map under a key; `None` where it is absent.
    pub(crate) fn map(&self, key: &str) -> Result<Option<Map<'a>>, InputError> {
        self.get(key).map(Node::map).transpose()
    }

    /// The list under a key; empty where it is absent.
    pub(crate) fn list(&self, key: &str) -> Result<&'a [Node], InputError> {
        self.get(key).map_or(Ok(&[]), Node::list)
    }

    /// The value of a key, read by `read`; `None` where it is absent.
    pub(crate) fn read<T>(
        &self,
        key: &str,
        read: impl Fn(&'a Node) -> Result<T, InputError>,
    ) -> Result<Option<T>, InputError> {
        self.get(key).map(read).transpose()
    }

    /// A map without keys at the same place.
    pub(crate) fn emptied(self) -> Self {
        Self { entries: &[], ..self }
    }

    /// The same map, which a reader asks for no other keys than `names`.
    pub(crate) fn with_names(self, names: &'static dyn Names) -> Self {
        Self { names: Some(names), ..self }
    }

    /// The same, and the user may write no other keys than these either.
    pub(crate) fn of(self, names: &'static dyn Names) -> Result<Self, InputError> {
        match self.entries.iter().find(|entry| !names.take(&entry.key)) {
            None => Ok(self.with_names(names)),
            Some(entry) => Err(entry.at.error(unknown("key", &entry.key, &names.names()))),
        }
    }

    /// Refuses keys other than `valid`, naming the nearest.
    pub(crate) fn only(&self, valid: &[&str]) -> Result<(), InputError> {
        match self.entries.iter().find(|entry| !valid.contains(&entry.key.as_str())) {
            None => Ok(()),
            Some(entry) => Err(entry.at.error(unknown("key", &entry.key, valid))),
        }
    }
}

impl Node {
    pub(crate) fn map(&self) -> Result<Map<'_>, InputError> {
        match &self.value {
            Value::Map(entries) => Ok(Map { at: &self.at, entries, names: None }),
            _ => Err(self.wrong("a map of keys and values")),
        }
    }

    pub(crate) fn list(&self) -> Result<&[Node], InputError> {
        match &self.value {
            Value::List(items) => Ok(items),
            _ => Err(self.wrong("a list")),
        }
    }

    /// The text of a scalar, quoted or not.
    pub(crate) fn text(&self) -> Result<&str, InputError> {
        match &self.value {
            Value::Scalar(scalar) => Ok(&scalar.text),
            _ => Err(self.wrong("text")),
        }
    }

    /// The text of a scalar without quotes, which may be a number.
    pub(crate) fn plain_text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(scalar) if scalar.plain => Some(&scalar.text),
            _ => None,
        }
    }

    pub(crate) fn i32(&self) -> Result<i32, InputError> {
        let read = self.plain_text().and_then(plain::integer).and_then(|number| i32::try_from(number).ok());
        read.ok_or_else(|| self.wrong("a whole number from -2147483648 to 2147483647, without quotes"))
    }

    /// A whole number from `low` to `high`.
    pub(crate) fn integer(&self, low: u64, high: u64) -> Result<u64, InputError> {
        let read = self.plain_text().and_then(plain::integer).and_then(|number| u64::try_from(number).ok());
        let in_range = read.filter(|number| (low..=high).contains(number));
        in_range.ok_or_else(|| self.wrong(&format!("a whole number from {low} to {high}")))
    }

    /// A finite number.
    pub(crate) fn number(&self) -> Result<f64, InputError> {
        let read = self.plain_text().and_then(|text| text.parse::<f64>().ok());
        read.filter(|number| number.is_finite()).ok_or_else(|| self.wrong("a number"))
    }

    /// A boolean as kubectl reads it (YAML 1.1).
    pub(crate) fn bool(&self) -> Result<bool, InputError> {
        match self.plain_text().map(str::to_ascii_lowercase).as_deref() {
            Some("true" | "yes" | "on" | "y") => Ok(true),
            Some("false" | "no" | "off" | "n") => Ok(false),
            _ => Err(self.wrong("true or false")),
        }
    }

    /// The error that something else was expected here.
    pub(crate) fn wrong(&self, expected: &str) -> InputError {
        self.at.error(format!("expected {expected}, found {}", self.describe()))
    }

    fn describe(&self) -> String {
        match &self.value {
            Value::Null => "nothing".into(),
            Value::Scalar(scalar) if scalar.plain => quoted(&scalar.text),
            Value::Scalar(scalar) => quoted(&format!("\"{}\"", scalar.text)),
            Value::List(_) => "a list".into(),
            Value::Map(_) => "a map".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Names;
    use crate::input::tree::yaml::node;

    /// A section whose only key is `start`.
    struct OnlyStart;

    impl Names for OnlyStart {
        fn names(&self) -> Vec<&'static str> {
            vec!["start"]
        }
    }

    #[test]
    #[should_panic(expected = "startJitter has no row in the table of keys")]
    fn a_reader_cannot_ask_for_a_key_without_a_row() {
        let tree = node("start: 1s");
        let map = tree.map().unwrap().of(&OnlyStart).unwrap();
        assert!(map.get("start").is_some());
        map.get("startJitter");
    }

    #[test]
    fn an_unknown_key_names_the_nearest() {
        let tree = node("deployment:\n  max_surge: 1\n");
        let error = tree.map().unwrap().map("deployment").unwrap().unwrap().only(&["maxSurge", "maxUnavailable"]);
        assert_eq!(
            error.unwrap_err().to_string(),
            "test.yaml:2:3: unknown key `max_surge`; did you mean `maxSurge`?\n  |\n2 |   max_surge: 1\n  |   ^^^^^^^^^"
        );
        let far = node("colour: 1").map().unwrap().only(&["seed", "name"]).unwrap_err();
        assert_eq!(far.message, "unknown key `colour`; valid here: seed, name");
        let far = node("traffic: 1").map().unwrap().only(&["seed", "name"]).unwrap_err();
        assert_eq!(far.message, "unknown key `traffic`; valid here: seed, name");
    }

    #[test]
    fn types_are_those_of_the_api() {
        let cases = [("3", true), ("\"3\"", false), ("3.5", false), ("2147483648", false), ("-1", true), ("[]", false)];
        assert_eq!((node("010").i32().unwrap(), node("1_000").integer(0, 1000).unwrap()), (8, 1000));
        for (text, good) in cases {
            assert_eq!(node(text).i32().is_ok(), good, "{text}");
        }
        assert!(node("yes").bool().unwrap());
        assert!(node("\"yes\"").bool().is_err());
        assert!(node("nan").number().is_err());
        assert_eq!(
            node("{}").i32().unwrap_err().message,
            "expected a whole number from -2147483648 to 2147483647, without quotes, found a map"
        );
    }
}
