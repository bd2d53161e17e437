//! Parsers of option values.

use crate::input::parse_duration;
use crate::plan::{Shard, WHOLE};
use crate::report::study::MOST_PARTS;
use crate::sensitivity::Asked;
use crate::sweep::MOST_THREADS;
use crate::time::SimDuration;

pub(super) fn assignment(text: &str) -> Result<(String, String), String> {
    match text.split_once('=').map(|(path, value)| (path, value.trim())) {
        // An unset shell variable leaves an empty value.
        Some((path, "")) if !path.trim().is_empty() => {
            Err(format!("there is no value for {0}: write one, or `{0}=null` for none", path.trim()))
        }
        Some((path, value)) if !path.trim().is_empty() => Ok((path.trim().into(), value.into())),
        _ => Err("expected PATH=VALUE, such as maxSurge=1".into()),
    }
}

/// Two names with a comma between them.
pub(super) fn labels(text: &str) -> Result<[String; 2], String> {
    match text.split_once(',').map(|(old, new)| (old.trim(), new.trim())) {
        Some((old, new)) if !old.is_empty() && !new.is_empty() && old != new => Ok([old.into(), new.into()]),
        _ => Err("expected two different names with a comma between them, such as `main,this branch`".into()),
    }
}

pub(super) fn shard(text: &str) -> Result<Shard, String> {
    let (number, of) = text.split_once('/').ok_or("expected K/N, such as 0/4")?;
    let whole = |text: &str| text.parse::<u32>().map_err(|_| format!("`{text}` is not a whole number"));
    let (number, of) = (whole(number)?, whole(of)?);
    if of == 0 {
        return Err("there are no shards of 0: write such as 0/4".into());
    }
    if number >= of {
        return Err(format!("shards are counted from 0: the last of {of} is {}/{of}", of - 1));
    }
    Ok(Shard { number, of })
}

/// A share of the scenarios, in thousandths.
pub(super) fn fill(text: &str) -> Result<u32, String> {
    let (number, divisor) = text.strip_suffix('%').map_or((text, 1.0), |number| (number, 100.0));
    let share = number.trim().parse::<f64>().ok().map(|number| number / divisor);
    let share = share.filter(|share| (0.01..=0.9).contains(share));
    share
        .map(|share| (share * f64::from(WHOLE)).round() as u32)
        .ok_or_else(|| "expected a share from 0.01 to 0.9, such as 0.2 or 20%".into())
}

/// A factor with its range, which stays as it is written.
pub(super) fn factor(text: &str) -> Result<String, String> {
    Asked::parse(text).map(|_| text.trim().to_owned())
}

pub(super) fn parts(text: &str) -> Result<u32, String> {
    let number = text.parse::<u32>().ok().filter(|number| (1..=MOST_PARTS).contains(number));
    number.ok_or_else(|| format!("expected a whole number from 1 to {MOST_PARTS}"))
}

pub(super) fn duration(text: &str) -> Result<SimDuration, String> {
    parse_duration(text).and_then(|time| {
        if time > SimDuration::ZERO { Ok(time) } else { Err("expected more than no time, such as 55m".into()) }
    })
}

pub(super) fn threads(text: &str) -> Result<usize, String> {
    let number = text.parse::<usize>().ok().filter(|number| *number <= MOST_THREADS);
    number.ok_or_else(|| format!("expected a whole number from 0 (one for each core) to {MOST_THREADS}"))
}

/// Bytes, such as `500MB`, in steps of a thousand.
pub(super) fn memory(text: &str) -> Result<u64, String> {
    const UNITS: [(&str, u64); 3] = [("GB", 1_000_000_000), ("MB", 1_000_000), ("", 1)];
    let unit = UNITS.iter().find_map(|(unit, bytes)| Some((text.strip_suffix(unit)?, bytes)));
    let bytes = unit.and_then(|(number, bytes)| number.trim().parse::<u64>().ok()?.checked_mul(*bytes));
    bytes.filter(|bytes| *bytes > 0).ok_or_else(|| "expected a size such as 500MB or 2GB".into())
}

pub(super) fn positive(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite() && *number > 0.0);
    number.ok_or_else(|| "expected a number greater than 0".into())
}

pub(super) fn confidence(text: &str) -> Result<f64, String> {
    let (number, divisor) = text.strip_suffix('%').map_or((text, 1.0), |number| (number, 100.0));
    let share = number.trim().parse::<f64>().ok().map(|number| number / divisor);
    share
        .filter(|share| (0.5..=0.9999).contains(share))
        .ok_or_else(|| "expected a share from 0.5 to 0.9999, such as 0.95 or 95%".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assignments_split_at_the_first_equals_sign() {
        assert_eq!(assignment("a.b=c=d"), Ok(("a.b".into(), "c=d".into())));
        assert!(assignment("=x").is_err());
        assert!(assignment("replicas= ").unwrap_err().contains("no value for replicas"));
        assert!(assignment("x").is_err());
    }

    #[test]
    fn threads_are_bounded() {
        assert_eq!((threads("0"), threads("1024")), (Ok(0), Ok(1024)));
        for wrong in ["1025", "-1", "1.5", ""] {
            assert!(threads(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn sizes_have_units() {
        for (text, bytes) in [("1GB", 1_000_000_000), ("500 MB", 500_000_000), ("300000", 300_000)] {
            assert_eq!(memory(text), Ok(bytes));
        }
        for wrong in ["", "0", "-1", "1 kB", "MB", "99999999999GB"] {
            assert!(memory(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn there_is_a_part_and_a_time() {
        assert_eq!((parts("1"), parts("100000")), (Ok(1), Ok(100_000)));
        assert!(parts("0").is_err() && parts("100001").is_err() && parts("x").is_err());
        assert_eq!(duration("55m"), Ok(SimDuration::from_secs(3300)));
        assert!(duration("0s").is_err() && duration("5").unwrap_err().contains("5s"));
    }

    #[test]
    fn shards_are_counted_from_zero() {
        assert_eq!(shard("3/4"), Ok(Shard { number: 3, of: 4 }));
        for wrong in ["4/4", "0/0", "1", "-1/2", "a/b", "1/2/3", ""] {
            assert!(shard(wrong).is_err(), "{wrong}");
        }
    }
}
