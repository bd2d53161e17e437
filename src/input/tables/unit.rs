//! Units of time and their spellings in several languages.

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
pub(super) const PREFIXES: &[(&str, Unit)] = &[
    ("milli", Unit::Milliseconds),
    ("mili", Unit::Milliseconds),
    ("micro", Unit::Microseconds),
    ("mikro", Unit::Microseconds),
    ("nano", Unit::Nanoseconds),
];
pub(super) const LETTERS: &[(&str, Unit)] = &[
    ("m", Unit::Milliseconds),
    ("u", Unit::Microseconds),
    ("µ", Unit::Microseconds),
    ("μ", Unit::Microseconds),
    ("n", Unit::Nanoseconds),
];

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
pub(super) fn is_seconds(word: &str) -> bool {
    word.len() > 2
        && word.is_ascii()
        && SPELLINGS.iter().any(|(unit, all)| *unit == Unit::Seconds && all.contains(&word))
}
