//! The unit that the name of a column or metric says: `startMs`, `ready (ms)`, `request_duration_seconds`.

use crate::input::tables::unit::{LETTERS, PREFIXES, Unit, is_seconds};
use crate::input::tables::unit_words::{BEFORE, COUNTED, MS_WORDS, NO_TIMES, OTHER_PREFIXES, OTHER_UNITS, STATISTICS};
use crate::input::tree::error::quoted;

/// What a name says of the unit of its numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    /// It says this unit.
    Unit(Unit),
    /// It ends in `min`: minutes, or the minimum.
    MinutesOrMinimum,
    /// It ends in a letter that may be a unit, or says two.
    Unclear(String),
    /// The name contains this word, so the values are not times.
    NoTime(String),
    /// It is a statistic of lengths, such as `p95`, and says no unit.
    Statistic(String),
    /// It says none.
    Nothing,
}

/// A word of a name.
struct Word {
    text: String,
    /// Whether brackets or a slash set it apart as a unit.
    apart: bool,
    /// Whether a slash stands before it.
    slash: bool,
    /// Whether only a capital letter separates it from the word before.
    glued: bool,
}

/// What `name` says of the unit of its numbers, whatever its capitals and separators: `startMs`, `READY_MS`, `ready (ms)`.
pub(crate) fn named(name: &str) -> Named {
    let words = words(name);
    let is_statistic = |word: &Word| STATISTICS.contains(&word.text.as_str()) || is_percentile(&word.text);
    if let Some(rate) = rate(&words) {
        return Named::NoTime(rate);
    }
    let digit = |word: &Word| word.apart && word.text.starts_with(|c: char| c.is_ascii_digit());
    let scaled = |pair: &[Word]| digit(&pair[0]) && (digit(&pair[1]) || Unit::parse(&pair[1].text).is_some());
    if words.windows(2).any(scaled) || words.iter().any(|word| digit(word) && ends_in_unit(&word.text)) {
        return Named::Unclear("it says a multiple or a part of a unit".into());
    }
    // `n_seconds` may be a number of seconds as well as nanoseconds.
    let letter = |pair: &&[Word]| {
        ["m", "u", "µ", "μ", "n", "c", "d", "k"].contains(&pair[0].text.as_str()) && is_seconds(&pair[1].text)
    };
    if let Some([letter, seconds]) = words.windows(2).find(letter) {
        return Named::Unclear(format!(
            "{} may stand for a part of a second",
            quoted(&format!("{} {}", letter.text, seconds.text))
        ));
    }
    if let Some(unit) = words.iter().filter(|word| word.apart).find_map(|word| Unit::parse(&word.text)) {
        return Named::Unit(unit);
    }
    let last = words.iter().rposition(|word| !is_statistic(word) && word.text != "bucket");
    let is_min = words.last().is_some_and(|word| word.text == "min");
    let mut found: Vec<Unit> = Vec::new();
    for (position, word) in words.iter().enumerate() {
        let Some(unit) = Unit::parse(&word.text).or_else(|| attached(&word.text)) else { continue };
        let weak =
            ["s", "m", "h", "d", "min", "us", "ns", "second", "nano", "micro", "milli"].contains(&word.text.as_str());
        if (!weak || last == Some(position)) && !found.contains(&unit) {
            let alone = words.len() == 1 && ["h", "day", "hour", "minute", "second"].contains(&word.text.as_str());
            if matches!(word.text.as_str(), "m" | "d") || alone {
                return Named::Unclear(format!("{} may be {} or something else", quoted(&word.text), unit.long()));
            }
            found.push(unit);
        }
    }
    if words.iter().any(|word| word.text == "per") {
        return Named::NoTime("per".into());
    }
    if let (true, Some(why)) = (found.is_empty(), last.and_then(|last| no_unit(&words, last))) {
        return Named::Unclear(why);
    }
    match (&found[..], last) {
        ([unit], _) => Named::Unit(*unit),
        ([], _) if is_min => Named::MinutesOrMinimum,
        ([], Some(last)) if NO_TIMES.contains(&words[last].text.as_str()) => Named::NoTime(words[last].text.clone()),
        ([], _) => match words.iter().find(|word| is_statistic(word)) {
            Some(word) if word.text != "total" => Named::Statistic(word.text.clone()),
            _ => Named::Nothing,
        },
        (several, _) => {
            let units: Vec<&str> = several.iter().map(|unit| unit.long()).collect();
            Named::Unclear(format!("it says {}", units.join(" and ")))
        }
    }
}

/// The name in lower case without its unit, its words joined by `_`: `warmUpMs` is `warm_up`.
pub(crate) fn without_unit(name: &str) -> String {
    let mut words = words(name);
    words.retain(|word| !(word.apart && Unit::parse(&word.text).is_some()));
    if words.len() > 1 && words.last().is_some_and(|word| Unit::parse(&word.text).is_some()) {
        words.pop();
    }
    words.into_iter().map(|word| word.text).collect::<Vec<_>>().join("_")
}

/// Whether the name is, or ends in, a statistic: `max`, `ready_p95`.
pub(crate) fn is_statistic(name: &str) -> bool {
    let is = |word: &Word| STATISTICS.contains(&word.text.as_str()) || is_percentile(&word.text);
    let words = words(name);
    // `mean_ms`, but not `total_ms`.
    let before = words.iter().rev().find(|word| word.text == "min" || Unit::parse(&word.text).is_none());
    // `Median Response Time`.
    let first = words.first().filter(|_| words.len() > 1).is_some_and(|word| {
        ["median", "average", "avg", "mean", "min", "max", "minimum", "maximum", "std", "stddev", "sd"]
            .contains(&word.text.as_str())
    });
    first
        || words.last().is_some_and(is)
        || before.is_some_and(|word| is(word) && !["total", "sum", "min"].contains(&word.text.as_str()))
}

/// `p95`, `perc99`, `q50`.
fn is_percentile(word: &str) -> bool {
    let digits = ["perc", "p", "q"].iter().find_map(|start| word.strip_prefix(start)).unwrap_or("");
    !digits.is_empty() && digits.trim_end_matches("th").bytes().all(|byte| byte.is_ascii_digit())
}

/// A unit at the end of a word without a separator before it: `readyms`, `durationsec`.
fn attached(word: &str) -> Option<Unit> {
    let after = |before: &&str| word.strip_prefix(*before).filter(|rest| rest.len() > 1 && *rest != "min");
    let rest = |from: usize| Some(&word[from..]).filter(|rest| rest.len() >= 6 && from > 0);
    BEFORE.iter().filter_map(after).find_map(Unit::parse).or_else(|| {
        word.char_indices().filter_map(|(from, _)| rest(from)).find_map(|rest| {
            let whole = !rest.is_ascii() || PREFIXES.iter().any(|(prefix, _)| rest.starts_with(prefix));
            Unit::parse(rest).filter(|unit| whole || unit.seconds() > 1.0).filter(|unit| *unit != Unit::Seconds)
        })
    })
}

/// What is counted by time, such as `pods/s`.
fn rate(words: &[Word]) -> Option<String> {
    let counted = |word: &str| COUNTED.contains(&word) || NO_TIMES.contains(&word);
    let is_rate = |pair: &&[Word]| pair[1].slash && counted(&pair[0].text) && Unit::parse(&pair[1].text).is_some();
    words.windows(2).find(is_rate).map(|pair| format!("{}/{}", pair[0].text, pair[1].text))
}

/// `10ms`, `100ns`.
fn ends_in_unit(word: &str) -> bool {
    Unit::parse(word.trim_start_matches(|c: char| c.is_ascii_digit())).is_some()
}

/// Why a name without a known unit may contain one: by its last word, or by one that ends in seconds.
fn no_unit(words: &[Word], last: usize) -> Option<String> {
    let unknown = |word: &str| format!("{} is no unit that is known here", quoted(word));
    let last = words[last].text.as_str();
    if OTHER_UNITS.contains(&last) {
        return Some(unknown(last));
    }
    let seconds = [
        "second",
        "seconds",
        "sekunde",
        "sekunden",
        "seconde",
        "secondes",
        "segundo",
        "segundos",
        "秒",
        "초",
        "секунд",
    ];
    if let Some(word) =
        words.iter().find(|word| seconds.iter().any(|end| word.text.ends_with(end) && word.text != *end))
    {
        return Some(unknown(&word.text));
    }
    (last.len() > 2 && last.ends_with("ms") && !MS_WORDS.contains(&last))
        .then(|| format!("{} may end in ms, milliseconds", quoted(last)))
}

/// The words of a name in lower case: at signs, spaces, and where a capital follows a small letter, but a unit and its prefix
/// are one word: `mSec`, `milli seconds`.
fn words(name: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    for word in split(name) {
        match words.last_mut() {
            Some(before) if is_prefix(before, &word) => {
                before.text.push_str(&word.text);
                before.apart |= word.apart;
            }
            _ => words.push(word),
        }
    }
    words
}

/// Whether a word is the prefix of the unit after it.
fn is_prefix(before: &Word, word: &Word) -> bool {
    let seconds = is_seconds(&word.text);
    let text = before.text.as_str();
    let spelled = PREFIXES.iter().any(|(prefix, _)| *prefix == text) || OTHER_PREFIXES.contains(&text);
    let letter = LETTERS.iter().any(|(letter, _)| text == *letter) || ["c", "d", "k"].contains(&text);
    // `durationmSec`: the letter stands at the end of the word before.
    let joined =
        || LETTERS.iter().any(|(letter, _)| text.strip_suffix(letter).is_some_and(|text| BEFORE.contains(&text)));
    let unit = seconds || word.text == "s";
    (spelled && unit) || (word.glued && letter && unit) || (word.glued && seconds && joined())
}

/// The words as they stand.
fn split(name: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let (mut open, mut small) = (false, false);
    let (mut apart, mut slash) = (false, false);
    for c in name.chars() {
        if c.is_alphanumeric() {
            if !open || (small && c.is_uppercase()) {
                words.push(Word { text: String::new(), apart, slash, glued: open });
                slash = false;
            }
            let word = words.last_mut().map(|word| &mut word.text);
            if let Some(word) = word {
                word.extend(c.to_lowercase());
            }
            (open, small) = (true, c.is_lowercase());
            continue;
        }
        (open, small) = (false, false);
        slash = c == '/';
        apart = matches!(c, '(' | '[' | '{' | '/') || (apart && !matches!(c, ')' | ']' | '}'));
    }
    words
}

/// The unit that a comment says: `unit: ms`.
pub(crate) fn unit_in(comment: &str) -> Option<Unit> {
    let (key, word) = comment.split_once([':', '='])?;
    let key = key.trim().to_lowercase();
    let is_unit = ["unit", "units", "einheit", "time unit"].contains(&key.as_str());
    let parsed = || {
        Unit::parse(word.trim()).or_else(|| match named(word) {
            Named::Unit(unit) => Some(unit),
            _ => None,
        })
    };
    is_unit.then(parsed)?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_their_unit() {
        for (unit, names) in [
            (
                Unit::Milliseconds,
                &[
                    "startMs",
                    "READY_MS",
                    "ready (ms)",
                    "Ready [ms]",
                    "ready_milliseconds",
                    "latency_msec",
                    "startms",
                    "ms",
                    "ready ms",
                    "Ready time, ms",
                    "readyMillis",
                    "ready-millis",
                    "ready/ms",
                    "startup{ms}",
                    "ms_to_ready",
                    "ready_ms_p50",
                    "request_duration_ms_bucket",
                    "durationMS",
                    "Startzeit (Millisekunden)",
                    "pod.ready.ms",
                    "second_run_ms",
                    "readymilliseconds",
                    "Ready (mSec)",
                    "Elapsed(mSec)",
                    "t [mS]",
                    "MilliSeconds",
                    "durationInMilliSeconds",
                    "milli seconds",
                    "milli_sec",
                    "mSec",
                    "durationmSec",
                    "ready_mseconds",
                    "Milisekunden",
                    "initms",
                    "loadms",
                    "Zeit (мс)",
                    "启动时间毫秒",
                    "起動 (ミリ秒)",
                    "app_start_milliSeconds_bucket",
                ][..],
            ),
            (
                Unit::Microseconds,
                &[
                    "ready_micros",
                    "ready_us",
                    "readyUs",
                    "ready (µs)",
                    "ready_usec",
                    "ready_microseconds",
                    "start (μs)",
                    "MicroSeconds",
                    "micro-seconds",
                    "uSec",
                    "ready_useconds",
                    "Mikrosekunden",
                ],
            ),
            (Unit::Nanoseconds, &["ready_ns", "readyNanos", "ready_nanoseconds", "ns"]),
            (
                Unit::Seconds,
                &[
                    "ready_s",
                    "ready_seconds",
                    "Ready (s)",
                    "ready sec",
                    "readySecs",
                    "READY_S",
                    "Dauer in Sekunden",
                    "t/s",
                    "ready_seconds_total",
                ],
            ),
            (Unit::Minutes, &["minutes", "ready_minutes", "ready_mins", "ready (min)", "Ready [m]", "ready (m)"]),
            (Unit::Hours, &["hours", "ready_h", "ready (h)", "ready_hrs"]),
            (Unit::Days, &["days", "age [d]"]),
        ] {
            for name in names {
                assert_eq!(named(name), Named::Unit(unit), "{name}");
            }
        }
    }

    #[test]
    fn names_that_say_none_or_too_much() {
        for name in [
            "ready",
            "start",
            "warmUp",
            "params",
            "terms",
            "us_east",
            "startTime",
            "items",
            "",
            "elapsed",
            "warm_up",
            "pod's start",
        ] {
            assert_eq!(named(name), Named::Nothing, "{name}");
        }
        for name in ["min", "ready_min", "readyMin", "READY MIN"] {
            assert_eq!(named(name), Named::MinutesOrMinimum, "{name}");
        }
        for name in [
            "ready_m",
            "ready_d",
            "d",
            "hour",
            "day",
            "ready_seconds_ms",
            "ms or seconds",
            "centiseconds",
            "deciSeconds",
            "kilo-seconds",
            "ready_cs",
            "ready (1/10 s)",
            "ready (10ms)",
            "ready_ticks",
            "jiffies",
            "podms",
            "tms",
            "alarmseconds",
            "ready_c_sec",
            "m sec",
            "n_seconds",
            "启动时间秒",
            "weeks",
        ] {
            assert!(matches!(named(name), Named::Unclear(_)), "{name}");
        }
        for name in ["size_bytes", "memory", "restarts", "pod_id", "pods_per_s", "replica", "pods/s", "req/s"] {
            assert!(matches!(named(name), Named::NoTime(_)), "{name}: {:?}", named(name));
        }
        for name in ["max", "p95", "ready_mean", "Perc99"] {
            assert!(matches!(named(name), Named::Statistic(_)), "{name}");
        }
    }

    #[test]
    fn names_without_their_unit() {
        for (name, plain) in [
            ("warmUpMs", "warm_up"),
            ("ready (ms)", "ready"),
            ("start_seconds", "start"),
            ("seconds", "seconds"),
            ("READY_MS", "ready"),
        ] {
            assert_eq!(without_unit(name), plain, "{name}");
        }
    }
}
