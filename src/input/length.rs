//! Lengths of time as people and programs write them in tables, and the unit that the name of a column or metric says.

use crate::input::error::quoted;
use crate::input::quantity::parse_duration;

/// A unit of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// `ns`
    Nanoseconds,
    /// `us`
    Microseconds,
    /// `ms`
    Milliseconds,
    /// `s`
    Seconds,
    /// `m`
    Minutes,
    /// `h`
    Hours,
    /// `d`
    Days,
}

/// Spellings of units in lower case: of each the short form of experiments first, then what names and cells write. A prefix
/// before a word for seconds makes more of them.
const SPELLINGS: &[(Unit, &[&str])] = &[
    (Unit::Nanoseconds, &["ns", "nano", "nanos", "нс", "纳秒", "ナノ秒", "나노초"]),
    (Unit::Microseconds, &["us", "µs", "μs", "micro", "micros", "мкс", "微秒", "マイクロ秒", "마이크로초"]),
    (
        Unit::Milliseconds,
        &["ms", "milli", "millis", "мс", "мсек", "миллисекунд", "миллисекунды", "毫秒", "ミリ秒", "밀리초"],
    ),
    (
        Unit::Seconds,
        &[
            "s",
            "sec",
            "secs",
            "second",
            "seconds",
            "sek",
            "sekunde",
            "sekunden",
            "seconde",
            "secondes",
            "segundo",
            "segundos",
            "secondi",
            "с",
            "сек",
            "секунд",
            "секунды",
            "秒",
            "초",
        ],
    ),
    (Unit::Minutes, &["m", "min", "mins", "minute", "minutes", "minuten", "minuto", "minutos", "minuti"]),
    (Unit::Hours, &["h", "hr", "hrs", "hour", "hours", "stunde", "stunden", "heure", "heures", "horas"]),
    (Unit::Days, &["d", "day", "days", "tage", "jour", "jours", "dias"]),
];

/// Prefixes of seconds that are words, and those that are letters.
const PREFIXES: &[(&str, Unit)] = &[
    ("milli", Unit::Milliseconds),
    ("mili", Unit::Milliseconds),
    ("micro", Unit::Microseconds),
    ("mikro", Unit::Microseconds),
    ("nano", Unit::Nanoseconds),
];
const LETTERS: &[(&str, Unit)] = &[
    ("m", Unit::Milliseconds),
    ("u", Unit::Microseconds),
    ("µ", Unit::Microseconds),
    ("μ", Unit::Microseconds),
    ("n", Unit::Nanoseconds),
];
/// Prefixes of seconds that no unit here has.
const OTHER_PREFIXES: &[&str] = &["centi", "deci", "deca", "hecto", "kilo", "mega", "pico", "femto"];
/// Units that no unit here is, as the last word of a name.
const OTHER_UNITS: &[&str] = &[
    "cs",
    "csec",
    "csecs",
    "ds",
    "dsec",
    "ks",
    "ksec",
    "ps",
    "fs",
    "tick",
    "ticks",
    "jiffy",
    "jiffies",
    "cycles",
    "frames",
    "hundredths",
    "tenths",
    "thousandths",
    "week",
    "weeks",
    "wochen",
    "month",
    "months",
    "year",
    "years",
];
/// Words that end in `ms` and say no unit.
const MS_WORDS: &[&str] = &[
    "items",
    "params",
    "terms",
    "forms",
    "systems",
    "problems",
    "rooms",
    "vms",
    "rms",
    "sms",
    "cms",
    "histograms",
    "programs",
    "teams",
    "streams",
    "platforms",
    "algorithms",
    "alarms",
    "claims",
    "dims",
    "elems",
    "nums",
    "sums",
    "grams",
    "kilograms",
    "randoms",
    "customs",
    "volumes",
];
/// What is counted in rates such as `req/s`.
const COUNTED: &[&str] = &[
    "req",
    "reqs",
    "request",
    "ops",
    "op",
    "events",
    "images",
    "containers",
    "packets",
    "bit",
    "bits",
    "messages",
    "queries",
    "calls",
    "pod",
    "updates",
    "hits",
    "tx",
];

/// Words after which a name may still have its unit before it: `ready_ms_p50`.
const STATISTICS: &[&str] = &[
    "avg",
    "average",
    "mean",
    "median",
    "max",
    "maximum",
    "min",
    "minimum",
    "std",
    "stddev",
    "sd",
    "var",
    "variance",
    "count",
    "sum",
    "total",
    "quantile",
    "percentile",
];

/// Last words of names that are no times.
const NO_TIMES: &[&str] = &[
    "byte",
    "bytes",
    "kb",
    "mb",
    "gb",
    "kib",
    "mib",
    "gib",
    "percent",
    "pct",
    "ratio",
    "cpu",
    "cores",
    "millicores",
    "memory",
    "mem",
    "replica",
    "replicas",
    "restarts",
    "restart",
    "requests",
    "rps",
    "qps",
    "port",
    "pid",
    "index",
    "idx",
    "id",
    "uid",
    "number",
    "nr",
    "iteration",
    "generation",
    "revision",
    "attempt",
    "attempts",
    "size",
    "version",
    "code",
    "nodes",
    "pods",
    "row",
    "seed",
    "line",
    "errors",
    "failures",
    "celsius",
    "volts",
    "meters",
    "joules",
    "grams",
];

/// What a name says of the unit of its numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    /// It says this unit.
    Unit(Unit),
    /// It ends in `min`: minutes, or the minimum.
    MinutesOrMinimum,
    /// It ends in a letter that may be a unit, or says two.
    Unclear(String),
    /// It is of something else: this word says so.
    NoTime(String),
    /// It is a statistic of lengths, such as `p95`, and says no unit.
    Statistic(String),
    /// It says none.
    Nothing,
}

impl Unit {
    /// As experiments write it.
    #[must_use]
    pub const fn short(self) -> &'static str {
        match self {
            Self::Nanoseconds => "ns",
            Self::Microseconds => "us",
            Self::Milliseconds => "ms",
            Self::Seconds => "s",
            Self::Minutes => "m",
            Self::Hours => "h",
            Self::Days => "d",
        }
    }

    /// In words.
    #[must_use]
    pub const fn long(self) -> &'static str {
        match self {
            Self::Nanoseconds => "nanoseconds",
            Self::Microseconds => "microseconds",
            Self::Milliseconds => "milliseconds",
            Self::Seconds => "seconds",
            Self::Minutes => "minutes",
            Self::Hours => "hours",
            Self::Days => "days",
        }
    }

    /// How many seconds it has.
    #[must_use]
    pub const fn seconds(self) -> f64 {
        match self {
            Self::Nanoseconds => 1e-9,
            Self::Microseconds => 1e-6,
            Self::Milliseconds => 1e-3,
            Self::Seconds => 1.0,
            Self::Minutes => 60.0,
            Self::Hours => 3600.0,
            Self::Days => 86_400.0,
        }
    }

    /// The unit that `word` spells.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        let word = word.to_lowercase();
        let known = SPELLINGS.iter().find(|(_, spellings)| spellings.contains(&word.as_str())).map(|(unit, _)| *unit);
        known.or_else(|| {
            let prefixes = PREFIXES.iter().chain(LETTERS);
            prefixes
                .filter(|(prefix, _)| word.strip_prefix(prefix).is_some_and(is_seconds))
                .map(|(_, unit)| *unit)
                .next()
        })
    }
}

/// Whether a word is one for seconds that prefixes go with.
fn is_seconds(word: &str) -> bool {
    word.len() > 2
        && word.is_ascii()
        && SPELLINGS.iter().any(|(unit, all)| *unit == Unit::Seconds && all.contains(&word))
}

/// A word of a name.
struct Word {
    text: String,
    /// Whether brackets or a slash set it apart as a unit.
    apart: bool,
    /// Whether a slash stands before it.
    slash: bool,
    /// Whether only a capital tells it from the word before.
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

/// Words that a unit may follow without a separator.
const BEFORE: &[&str] = &[
    "start",
    "startup",
    "ready",
    "readiness",
    "warmup",
    "pull",
    "boot",
    "time",
    "duration",
    "latency",
    "elapsed",
    "termination",
    "took",
    "uptime",
    "wait",
    "delay",
    "runtime",
    "init",
    "load",
    "deploy",
    "response",
    "request",
    "rollout",
];

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

/// Why a name without a known unit may say one all the same: by its last word, or by one that ends in seconds.
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

/// What stands in a cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Cell {
    /// A number, in the unit of its column.
    Number(f64),
    /// A length of time in seconds: it has a unit of its own.
    Seconds(f64),
}

impl Cell {
    /// In seconds, a plain number in `unit`.
    pub(crate) fn seconds(self, unit: Unit) -> f64 {
        match self {
            Self::Number(number) => number * unit.seconds(),
            Self::Seconds(seconds) => seconds,
        }
    }
}

/// Reads a number, or a length with a unit of its own: `3.0 s`, `1m30s`, `00:00:03.021`, `PT3.021S`, `0 days 00:00:03`.
pub(crate) fn cell(text: &str) -> Result<Cell, String> {
    let text = text.trim();
    if let Ok(number) = text.parse::<f64>() {
        return match number {
            _ if number.is_finite() && number >= 0.0 => Ok(Cell::Number(number)),
            -1.0 => Err(format!(
                "{} is no length of time: if it stands for no value, write NA or leave the cell empty",
                quoted(text)
            )),
            _ => Err(format!("{} is no length of time: write 0 or more", quoted(text))),
        };
    }
    if let Some(seconds) = clock(text).or_else(|| spelled(text)) {
        return Ok(Cell::Seconds(seconds));
    }
    if text.split(':').count() == 2 && text.chars().all(|c| c.is_ascii_digit() || c == ':') {
        return Err(format!(
            "{} may be minutes and seconds or hours and minutes: write 00:03:21 or 3m21s",
            quoted(text)
        ));
    }
    if is_date(text) {
        return Err(format!(
            "{} is a date in a form that is not read: write instants as 2026-01-31T09:30:00Z",
            quoted(text)
        ));
    }
    parse_duration(text).map(|time| Cell::Seconds(time.as_secs_f64()))
}

/// Whether text begins as dates do: `31.01.2026`, `1/31/26 09:30`, `2026-01-31`.
fn is_date(text: &str) -> bool {
    let date = text.split([' ', 'T']).next().unwrap_or("");
    ['.', '/', '-'].iter().any(|sign| {
        let parts: Vec<&str> = date.split(*sign).collect();
        let digits = |part: &&str| matches!(part.len(), 1 | 2 | 4) && part.bytes().all(|byte| byte.is_ascii_digit());
        parts.len() == 3 && parts.iter().all(digits)
    })
}

/// Whether text is a clock's, `09:30:00`, which may be a length or a time of day.
pub(crate) fn is_clock(text: &str) -> bool {
    text.trim().split(':').count() == 3 && clock(text.trim()).is_some()
}

/// `[N days ]HH:MM:SS[.fff]`, or `MM:SS.fff`: only seconds have fractions.
fn clock(text: &str) -> Option<f64> {
    let (days, clock) = match text.split_once(" day") {
        Some((days, rest)) => (whole(days)?, rest.trim_start_matches('s').trim_start_matches(',').trim()),
        None => (0.0, text),
    };
    let parts: Vec<&str> = clock.split(':').collect();
    let (hours, minutes, seconds) = match parts[..] {
        [hours, minutes, seconds] => (whole(hours)?, whole(minutes)?, seconds),
        [minutes, seconds] if seconds.contains('.') => (0.0, whole(minutes)?, seconds),
        _ => return None,
    };
    let plain = seconds.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let seconds = plain.then(|| seconds.parse::<f64>().ok())??;
    (minutes < 60.0 && seconds < 60.0).then_some(days * 86_400.0 + hours * 3600.0 + minutes * 60.0 + seconds)
}

fn whole(text: &str) -> Option<f64> {
    let digits = !text.is_empty() && text.len() <= 6 && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok())?
}

/// `3.0 sec`, `1 min 30 s`, `PT1M30S`: numbers and units, from long to short.
fn spelled(text: &str) -> Option<f64> {
    let iso = text.strip_prefix("PT").map(str::to_lowercase);
    let (mut rest, mut total, mut last) = (iso.as_deref().unwrap_or(text).trim(), 0.0, f64::INFINITY);
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').filter(|end| *end > 0)?;
        let number: f64 = rest[..end].parse().ok()?;
        let after = rest[end..].trim_start();
        let end = after.find(|c: char| !c.is_alphabetic()).unwrap_or(after.len());
        let word = &after[..end];
        // A capital letter alone is more likely mega or months.
        let unit = Unit::parse(word).filter(|_| word.chars().count() > 1 || word.chars().all(char::is_lowercase))?;
        if unit.seconds() >= last {
            return None;
        }
        last = unit.seconds();
        total += number * last;
        rest = after[end..].trim_start_matches(['.', ',']).trim_start();
    }
    Some(total)
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

    #[test]
    fn cells() {
        for (text, seconds) in [
            ("3.0 s", 3.0),
            ("3.0 sec", 3.0),
            ("3021ms", 3.021),
            ("3021 ms", 3.021),
            ("00:00:03.021", 3.021),
            ("0:00:03", 3.0),
            ("03:21.5", 201.5),
            ("1m30s", 90.0),
            ("1 min 30 s", 90.0),
            ("1.5 mins", 90.0),
            ("PT3.5S", 3.5),
            ("PT1M30S", 90.0),
            ("0 days 00:00:03.500000", 3.5),
            ("1 day, 0:00:01", 86_401.0),
            ("250µs", 250e-6),
            ("2 hours", 7200.0),
        ] {
            let Ok(Cell::Seconds(read)) = cell(text) else { panic!("{text}: {:?}", cell(text)) };
            assert!((read - seconds).abs() < 1e-9, "{text}: {read}");
        }
        assert_eq!(cell("3e0"), Ok(Cell::Number(3.0)));
        for text in
            ["5M", "web-1", "3,021", "00:03", "30s1m", "3 parsecs", "-1", "-2", "inf", "NaN", "1:99:00", "", "s", "10%"]
        {
            assert!(cell(text).is_err(), "{text}");
        }
        assert!(cell("-1").unwrap_err().contains("NA"));
    }
}
