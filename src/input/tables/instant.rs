//! Instants as the Kubernetes API writes them.

use crate::input::tree::error::InputError;
use crate::input::tree::yaml::Node;

/// Whether text is an instant that is read here.
pub(crate) fn is_instant(text: &str) -> bool {
    stamp(text).is_some()
}

/// Seconds since 1970 of an RFC 3339 instant; fractions are cut, as the API cuts them.
pub(crate) fn instant(node: &Node) -> Result<i64, InputError> {
    let text = node.text().unwrap_or_default();
    parse(text).ok_or_else(|| node.wrong("an instant such as 2026-01-31T09:30:00Z"))
}

/// An instant in a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    /// Nanoseconds since 1970, in UTC where no zone is written.
    pub(crate) nanos: i128,
    /// Whether a zone is written.
    pub(crate) zoned: bool,
}

/// Reads a date and a clock as programs write them: RFC 3339, a blank for the T, no zone, `+0000`, `UTC`, `+0000 UTC`.
pub(crate) fn stamp(text: &str) -> Option<Stamp> {
    let text = text.trim();
    let (date, rest) = text.split_once(['T', 't', ' '])?;
    let end = rest.find(|c: char| !(c.is_ascii_digit() || matches!(c, ':' | '.' | ','))).unwrap_or(rest.len());
    let (clock, zone) = rest.split_at(end);
    let (clock, fraction) = clock.split_once(['.', ',']).unwrap_or((clock, ""));
    let [year, month, day] = three(date, '-')?;
    let [hour, minute, second] = three(clock, ':')?;
    let valid = (1..=12).contains(&month) && (1..=31).contains(&day) && hour < 24 && minute < 60 && second <= 60;
    if !valid || date.find('-') != Some(4) || fraction.len() > 12 || !fraction.bytes().all(|byte| byte.is_ascii_digit())
    {
        return None;
    }
    let seconds = days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset(zone.trim())?;
    let digits: String = fraction.chars().chain("000000000".chars()).take(9).collect();
    Some(Stamp {
        nanos: i128::from(seconds) * 1_000_000_000 + digits.parse::<i128>().ok()?,
        zoned: !zone.trim().is_empty(),
    })
}

/// Nanoseconds since 1970 of an instant that is written with its date.
pub(crate) fn nanos(text: &str) -> Option<i128> {
    stamp(text).map(|stamp| stamp.nanos)
}

/// Seconds east of Greenwich.
fn offset(zone: &str) -> Option<i64> {
    let zone = ["UTC", "GMT"].iter().find_map(|name| zone.strip_suffix(name)).unwrap_or(zone).trim();
    if matches!(zone, "" | "Z" | "z") {
        return Some(0);
    }
    let sign = match zone.chars().next()? {
        '+' => 1,
        '-' => -1,
        _ => return None,
    };
    let digits: String = zone[1..].chars().filter(|c| *c != ':').collect();
    let (hours, minutes) = match digits.len() {
        2 => (digits.as_str(), "0"),
        4 => digits.split_at_checked(2)?,
        _ => return None,
    };
    Some(sign * (whole(hours)? * 3600 + whole(minutes)? * 60))
}

fn parse(text: &str) -> Option<i64> {
    let (date, rest) = text.split_once(['T', 't'])?;
    let at = rest.find(['Z', 'z', '+', '-'])?;
    let (clock, zone) = rest.split_at(at);
    let [year, month, day] = three(date, '-')?;
    let [hour, minute, second] = three(clock.split('.').next()?, ':')?;
    let valid = (1..=12).contains(&month) && (1..=31).contains(&day) && hour < 24 && minute < 60 && second <= 60;
    let offset = match zone.split_at(1) {
        ("Z" | "z", "") => 0,
        (sign, zone) => {
            let (hours, minutes) = zone.split_once(':')?;
            let minutes = whole(hours)? * 60 + whole(minutes)?;
            if sign == "-" { -minutes } else { minutes }
        }
    };
    (valid && year <= 9999).then(|| days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset * 60)
}

fn three(text: &str, separator: char) -> Option<[i64; 3]> {
    let mut parts = text.splitn(3, separator).map(whole);
    Some([parts.next()??, parts.next()??, parts.next()??])
}

fn whole(text: &str) -> Option<i64> {
    (text.len() <= 4 && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

/// Days from 1970 to a date of the Gregorian calendar. A year begins in March here, so that the leap day is its last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month <= 2 { (year - 1, month + 9) } else { (year, month - 3) };
    let leaps = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    365 * year + leaps + (153 * month + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_in_tables() {
        let second = 1_769_851_800_000_000_000_i128;
        for (text, nanos, zoned) in [
            ("2026-01-31T09:30:00Z", second, true),
            ("2026-01-31 09:30:00", second, false),
            ("2026-01-31 09:30:00.250", second + 250_000_000, false),
            ("2026-01-31T10:30:00,5+01:00", second + 500_000_000, true),
            ("2026-01-31 04:30:00 -0500", second, true),
            ("2026-01-31 09:30:00.000001 +0000 UTC", second + 1000, true),
            ("2026-01-31 09:30:00 UTC", second, true),
        ] {
            assert_eq!(stamp(text), Some(Stamp { nanos, zoned }), "{text}");
        }
        for text in [
            "2026-01-31",
            "31-01-2026 09:30:00",
            "2026-01-31 09:30",
            "09:30:00",
            "2026-01-31 09:30:00 CET",
            "web 1",
            "",
            "2026-01-31 09:30:00 +1",
            "2026-01-31 09:30:00 +0é0",
        ] {
            assert_eq!(stamp(text), None, "{text}");
        }
    }

    #[test]
    fn instants() {
        for (text, seconds) in [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("2000-02-29T12:00:00Z", Some(951_825_600)),
            ("2026-01-31T09:30:00Z", Some(1_769_851_800)),
            ("2026-01-31T09:30:00.987654Z", Some(1_769_851_800)),
            ("2026-01-31T10:30:00+01:00", Some(1_769_851_800)),
            ("2026-01-31", None),
            ("2026-13-31T09:30:00Z", None),
            ("2026-01-31T09:30:00", None),
            ("2026-01-31T09:30:00Zz", None),
            ("yesterday", None),
            ("-1-01-01T00:00:00Z", None),
            ("2026-01-31T09:30:00é", None),
            ("", None),
        ] {
            assert_eq!(parse(text), seconds, "{text}");
        }
    }
}
