//! Lengths of time as people and programs write them in the cells of tables.

use crate::input::tables::unit::Unit;
use crate::input::tree::error::quoted;
use crate::input::tree::quantity::parse_duration;

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
