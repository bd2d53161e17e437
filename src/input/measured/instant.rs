//! Instants as the Kubernetes API writes them.

use crate::input::error::InputError;
use crate::input::yaml::Node;

/// Seconds since 1970 of an RFC 3339 instant; fractions are cut, as the API cuts them.
pub(super) fn instant(node: &Node) -> Result<i64, InputError> {
    let text = node.text().unwrap_or_default();
    parse(text).ok_or_else(|| node.wrong("an instant such as 2026-01-31T09:30:00Z"))
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
