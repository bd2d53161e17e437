//! Durations, shares, counts or percentages, and Kubernetes resource quantities.

use crate::input::tree::error::{InputError, quoted};
use crate::input::tree::plain;
use crate::input::tree::yaml::Node;
pub(crate) use crate::k8s::int_or_percent::IntOrPercent;
use crate::time::SimDuration;

/// Units of time in nanoseconds, longest first.
const TIME_UNITS: [(&str, u128); 8] = [
    ("d", 86_400_000_000_000),
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("µs", 1_000),
    ("ns", 1),
];

/// Suffixes of resource quantities in units of 10^-9 (`apimachinery/pkg/api/resource/suffix.go`).
const QUANTITY_UNITS: [(&str, u128); 16] = [
    ("", NANO),
    ("n", 1),
    ("u", 1_000),
    ("m", 1_000_000),
    ("k", NANO * 1_000),
    ("M", NANO * 1_000_000),
    ("G", NANO * 1_000_000_000),
    ("T", NANO * 1_000_000_000_000),
    ("P", NANO * 1_000_000_000_000_000),
    ("E", NANO * 1_000_000_000_000_000_000),
    ("Ki", NANO << 10),
    ("Mi", NANO << 20),
    ("Gi", NANO << 30),
    ("Ti", NANO << 40),
    ("Pi", NANO << 50),
    ("Ei", NANO << 60),
];
const NANO: u128 = 1_000_000_000;

/// A length of time such as `250ms`, `1.5s`, `1h30m`; 0 needs no unit.
pub(crate) fn duration(node: &Node) -> Result<SimDuration, InputError> {
    let text = node.text().map_err(|_| node.wrong("a duration such as 8s"))?;
    parse_duration(text).map_err(|problem| node.at.error(problem))
}

/// A length of time in seconds.
pub(crate) fn seconds(node: &Node) -> Result<f64, InputError> {
    duration(node).map(SimDuration::as_secs_f64)
}

pub(crate) fn parse_duration(text: &str) -> Result<SimDuration, String> {
    let text = text.trim();
    let problem = || {
        let units = "a number and one of ns, us, ms, s, m, h, d";
        format!("{} is no duration: write {units}, such as 250ms, 8s or 1h30m", quoted(text))
    };
    if let Ok(number) = text.parse::<f64>() {
        return match number {
            0.0 => Ok(SimDuration::ZERO),
            _ if number < 0.0 => Err(negative(text)),
            // Only what would be taken is advised: not 1e9s, nor infs.
            _ if parse_duration(&format!("{text}s")).is_ok() => {
                Err(format!("the duration {} has no unit: write {text}s for seconds", quoted(text)))
            }
            _ => Err(problem()),
        };
    }
    if text.starts_with('-') {
        return Err(negative(text));
    }
    let (mut rest, mut total, mut allowed) = (text, 0_u128, &TIME_UNITS[..]);
    while !rest.is_empty() {
        let (number, after) = rest.split_at(numeric_prefix(rest));
        let end = after.find(|c: char| c.is_ascii_digit() || c == '.' || c == ' ').unwrap_or(after.len());
        let (unit, after) = after.split_at(end);
        // Units must descend and stand once each, so that a mistake such as `5m1h` is refused.
        let position = allowed.iter().position(|(name, _)| *name == unit).ok_or_else(problem)?;
        let nanos = scaled(number, allowed[position].1).ok_or_else(problem)?;
        total = total.saturating_add(nanos);
        allowed = &allowed[position + 1..];
        rest = after.trim_start();
    }
    match u64::try_from(total) {
        Ok(nanos) if !text.is_empty() && nanos < u64::MAX / 2 => Ok(SimDuration::from_nanos(nanos)),
        Ok(_) if text.is_empty() => Err(problem()),
        _ => Err(format!("the duration {} is longer than 290 years: write a shorter one", quoted(text))),
    }
}

fn negative(text: &str) -> String {
    format!("the duration {} is negative: write 0 or more", quoted(text))
}

/// Bytes of leading digits and decimal points.
fn numeric_prefix(text: &str) -> usize {
    text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len())
}

/// The decimal number `text` times `unit`, rounded up to a whole number; `None` where it is no number.
fn scaled(text: &str, unit: u128) -> Option<u128> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.len() <= 18 && text.bytes().all(|byte| byte.is_ascii_digit());
    if (whole.is_empty() && fraction.is_empty()) || !digits(whole) || !digits(fraction) {
        return None;
    }
    let read = |text: &str| if text.is_empty() { Some(0) } else { text.parse::<u128>().ok() };
    let power = 10_u128.pow(u32::try_from(fraction.len()).ok()?);
    let units = read(whole)?.checked_mul(unit)?;
    units.checked_add(read(fraction)?.checked_mul(unit)?.div_ceil(power))
}

/// A share or probability in [0, 1], written `2%` or `0.02`.
pub(crate) fn share(node: &Node) -> Result<f64, InputError> {
    let text = node.text().map_err(|_| node.wrong("a share such as 2% or 0.02"))?;
    parse_share(text).map_err(|problem| node.at.error(problem))
}

pub(crate) fn parse_share(text: &str) -> Result<f64, String> {
    match parse_ratio(text) {
        Some(share) if (0.0..=1.0).contains(&share) => Ok(share),
        Some(number) if (1.0..=100.0).contains(&number) && !text.contains('%') => {
            Err(format!("{} is not between 0 and 1: write {}% for that percentage", quoted(text), text.trim()))
        }
        Some(_) => Err(format!("{} is not between 0 and 1: write a percentage from 0% to 100%", quoted(text))),
        None => Err(format!("{} is no share: write a percentage such as 2%, or 0.02", quoted(text))),
    }
}

/// A number, or a percentage; what it may be is for the caller to say.
pub(crate) fn parse_ratio(text: &str) -> Option<f64> {
    let (number, divisor) = text.strip_suffix('%').map_or((text, 1.0), |percent| (percent.trim_end(), 100.0));
    number.parse::<f64>().ok().map(|number| number / divisor)
}

/// A count or a percentage, as the Kubernetes API takes them: a number, or text such as `25%`; `"25"` is refused.
pub(crate) fn int_or_percent(node: &Node) -> Result<IntOrPercent, InputError> {
    let count = node.plain_text().and_then(plain::integer);
    if let Some(count) = count.and_then(|count| i32::try_from(count).ok()) {
        return Ok(IntOrPercent::Int(count));
    }
    let text = node.text().map_err(|_| node.wrong("a count such as 3 or a percentage such as 25%"))?;
    match IntOrPercent::parse_percent(text) {
        Ok(percentage) => Ok(percentage),
        Err(_) if text.parse::<i32>().is_ok() => {
            let text = quoted(&format!("\"{text}\""));
            Err(node.at.error(format!("{text} in quotes is refused by Kubernetes: leave the quotes out, or add a %")))
        }
        Err(_) => Err(node.wrong("a count such as 3 or a percentage such as 25%")),
    }
}

/// CPU in thousandths of a core, rounded up as the scheduler does.
pub(crate) fn cpu_millis(node: &Node) -> Result<u64, InputError> {
    quantity(node, "CPU such as 100m or 0.5", 1_000_000)
}

/// An amount of memory in bytes, rounded up.
pub(crate) fn memory_bytes(node: &Node) -> Result<u64, InputError> {
    quantity(node, "memory such as 64Mi or 1G", NANO)
}

/// The same of a text.
pub(crate) fn parse_bytes(text: &str) -> Result<u64, String> {
    let bytes = nano_units(text).and_then(|nanos| u64::try_from(nanos.div_ceil(NANO)).ok());
    bytes.ok_or_else(|| format!("{} is no amount of memory: write such as 64Gi, or a number of bytes", quoted(text)))
}

/// Any amount, in units of 10^-9: good for comparing two of a kind.
pub(crate) fn amount(node: &Node) -> Result<u128, InputError> {
    let text = node.text().map_err(|_| node.wrong("an amount such as 100m, 2 or 64Mi"))?;
    let number = node.plain_text().and_then(plain::integer).map(|number| number.to_string());
    nano_units(number.as_deref().unwrap_or(text)).ok_or_else(|| node.wrong("an amount such as 100m, 2 or 64Mi"))
}

fn quantity(node: &Node, example: &str, unit: u128) -> Result<u64, InputError> {
    let whole = amount(node).ok().and_then(|nanos| u64::try_from(nanos.div_ceil(unit)).ok());
    whole.ok_or_else(|| node.wrong(&format!("an amount of {example}")))
}

pub(crate) fn nano_units(text: &str) -> Option<u128> {
    let (number, suffix) = text.split_at(numeric_prefix(text));
    if let Some(exponent) = suffix.strip_prefix(['e', 'E']).and_then(|digits| digits.parse::<i32>().ok()) {
        let power = 10_u128.checked_pow(exponent.unsigned_abs())?;
        return if exponent < 0 {
            scaled(number, NANO).map(|nanos| nanos.div_ceil(power))
        } else {
            scaled(number, NANO.checked_mul(power)?)
        };
    }
    let (_, unit) = QUANTITY_UNITS.iter().find(|(name, _)| *name == suffix)?;
    scaled(number, *unit)
}

/// A size in bytes such as `150MB` or `1.2GiB`.
pub(crate) fn byte_size(node: &Node) -> Result<u64, InputError> {
    let text = node.text().map_err(|_| node.wrong("a size such as 150MB"))?;
    let amount = text.strip_suffix('B').map(|text| text.replace('K', "k").replace("ki", "Ki"));
    let unit = amount.as_deref().and_then(nano_units).filter(|_| !text.ends_with(['m', 'u', 'n']));
    let bytes = unit.and_then(|nanos| u64::try_from(nanos.div_ceil(NANO)).ok());
    bytes.ok_or_else(|| node.wrong("a size in bytes such as 150MB or 1.2GiB"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::tree::yaml::node;
    use proptest::prelude::*;

    #[test]
    fn durations() {
        let cases = [
            ("250ms", 250_000_000),
            ("8s", 8_000_000_000),
            ("10m", 600_000_000_000),
            ("1h30m", 5_400_000_000_000),
            ("1h 30m", 5_400_000_000_000),
            ("30d", 2_592_000_000_000_000),
            ("1.5s", 1_500_000_000),
            (".5s", 500_000_000),
            ("0", 0),
            ("0s", 0),
            ("7µs", 7_000),
        ];
        for (text, nanos) in cases {
            assert_eq!(parse_duration(text), Ok(SimDuration::from_nanos(nanos)), "{text}");
        }
        let refused =
            ["8", "-8s", "", "s", "8 parsecs", "5m1h", "8s8s", "1.2.3s", "PT8S", "99999999999d", "1e3s", "inf"];
        for text in refused {
            assert!(parse_duration(text).is_err(), "{text}");
        }
        assert_eq!(parse_duration("8").unwrap_err(), "the duration `8` has no unit: write 8s for seconds");
        for odd in ["1e999", "1e3", "inf", "NaN", "infinity", "99999999999999999999"] {
            let refused = parse_duration(odd).unwrap_err();
            assert!(!refused.contains("for seconds") && refused.contains("is no duration"), "{refused}");
        }
    }

    #[test]
    fn shares() {
        for (text, value) in [("2%", 0.02), ("0.02", 0.02), ("0", 0.0), ("100%", 1.0), ("1", 1.0), ("0.5 %", 0.005)] {
            assert_eq!(parse_share(text), Ok(value), "{text}");
        }
        for text in ["2", "-1%", "101%", "NaN", "two", ""] {
            assert!(parse_share(text).is_err(), "{text}");
        }
    }

    #[test]
    fn counts_and_percentages_as_in_the_api() {
        let cases = [
            ("3", Some(IntOrPercent::Int(3))),
            ("-1", Some(IntOrPercent::Int(-1))),
            ("25%", Some(IntOrPercent::Percent(25))),
            ("\"25%\"", Some(IntOrPercent::Percent(25))),
            ("\"25\"", None),
            ("2.5", None),
            ("2.5%", None),
            ("-5%", None),
            ("'%'", None),
            ("[]", None),
        ];
        for (text, expected) in cases {
            assert_eq!(int_or_percent(&node(text)).ok(), expected, "{text}");
        }
    }

    #[test]
    fn resource_quantities() {
        for (text, millis) in
            [("100m", 100), ("0.5", 500), ("4", 4000), ("\"2\"", 2000), ("1u", 1), ("1e2", 100_000), ("010", 8000)]
        {
            assert_eq!(cpu_millis(&node(text)).ok(), Some(millis), "{text}");
        }
        let memory = [("64Mi", 64 << 20), ("1G", 1_000_000_000), ("4", 4), ("1.5Gi", 3 << 29), ("128e6", 128_000_000)];
        for (text, bytes) in memory {
            assert_eq!(memory_bytes(&node(text)).ok(), Some(bytes), "{text}");
        }
        for text in ["64MB", "-1", "1 Gi", "", "Mi", "1e99", "9999999999999999E"] {
            assert!(memory_bytes(&node(&format!("'{text}'"))).is_err(), "{text}");
        }
        for (text, bytes) in [("150MB", 150_000_000), ("1.2GiB", 1_288_490_189), ("10kB", 10_000), ("1KiB", 1024)] {
            assert_eq!(byte_size(&node(text)).ok(), Some(bytes), "{text}");
        }
        assert!(byte_size(&node("150")).is_err());
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[-+0-9.eEmskKMGTiB% dhnuµ]{0,24}") {
            drop(parse_duration(&text));
            drop(parse_share(&text));
            let _ = nano_units(&text);
        }
    }
}
