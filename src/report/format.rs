//! How values are written for people. Files keep full precision; only the terminal, the page and the charts round.

use crate::input::steers;
use crate::metrics::Unit;

/// Seconds as `4.35s`, `32.8s`, `3m 12s`, `1h 02m`.
#[must_use]
pub fn duration(seconds: f64) -> String {
    if seconds < 9.995 {
        return format!("{}s", trimmed(seconds, 2));
    }
    if seconds < 59.95 {
        return format!("{}s", trimmed(seconds, 1));
    }
    let whole = seconds.round() as u64;
    let (hours, minutes) = (whole / 3600, whole / 60 % 60);
    if hours == 0 { format!("{minutes}m {:02}s", whole % 60) } else { format!("{hours}h {minutes:02}m") }
}

/// A value as tables and sentences write it: a share in percent, seconds as a length of time, and everything else, also
/// counts, as a plain number.
#[must_use]
pub fn value(unit: Unit, value: f64) -> String {
    match unit {
        Unit::Seconds => duration(value),
        Unit::Share => share(value),
        Unit::Pods | Unit::PodSeconds | Unit::Nodes | Unit::Requests | Unit::Count(_) => number(value),
    }
}

/// A length of time as pages write it: `8.2s`, `43s`, `2m 15s`, `1h 05m`; no decimals from 10 seconds on.
#[must_use]
pub fn time(seconds: f64) -> String {
    if seconds < 9.95 {
        return format!("{}s", trimmed(seconds, 1));
    }
    let whole = seconds.round() as u64;
    let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60);
    match (hours, minutes) {
        (0, 0) => format!("{rest}s"),
        (0, _) => format!("{minutes}m {rest:02}s"),
        _ => format!("{hours}h {minutes:02}m"),
    }
}

/// A share in [0, 1] as Kubernetes writes it: `75%`, `0.65%`, `99.96%`; two significant digits below 10, three from there on. What
/// rounds to 0 or 100 without being so gets `<` or `>`.
#[must_use]
pub fn share(share: f64) -> String {
    let percent = share * 100.0;
    match percent {
        _ if percent > 0.0 && percent < 0.005 => "<0.01%".into(),
        _ if (99.995..100.0).contains(&percent) => ">99.99%".into(),
        _ if (99.95..100.0).contains(&percent) => format!("{}%", trimmed(percent, 2)),
        _ if percent.abs() < 0.995 => format!("{}%", trimmed(percent, 2)),
        _ => format!("{}%", trimmed(percent, 1)),
    }
}

/// A probability: as [`share`] where that shows digits, else with its power of ten: `1.71e-6`.
#[must_use]
pub fn probability(probability: f64) -> String {
    if probability == 0.0 || probability >= 1e-4 { share(probability) } else { format!("{probability:.2e}") }
}

/// A number of which only the size matters, to three significant digits: `547,000`, `299,000,000`.
#[must_use]
pub fn rough(value: f64) -> String {
    if value < 1000.0 {
        return number(value);
    }
    let step = libm::pow(10.0, libm::floor(libm::log10(value)) - 2.0);
    if value < 1e15 { count(((value / step).round() * step).round() as u64) } else { format!("{value:.2e}") }
}

/// The time of day in UTC of an instant in seconds since 1970: `11:55:02`.
#[must_use]
pub fn clock(at: i64) -> String {
    let second = at.rem_euclid(86_400);
    format!("{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60)
}

/// An instant in seconds since 1970 as the Kubernetes API writes it: `2026-11-29T11:55:02Z`.
#[must_use]
pub fn instant(at: i64) -> String {
    // A year begins in March here, so that the leap day is its last; 400 years have 146,097 days.
    let days = at.div_euclid(86_400) + 719_468;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (year, month) = (400 * era + year, if month < 10 { month + 3 } else { month - 9 });
    let year = if month <= 2 { year + 1 } else { year };
    format!("{year:04}-{month:02}-{day:02}T{}Z", clock(at))
}

/// A value as pages write it: see [`time`]; everything else as [`value`] does.
#[must_use]
pub fn shown(unit: Unit, value: f64) -> String {
    match unit {
        Unit::Seconds => time(value),
        _ => self::value(unit, value),
    }
}

/// A limit as pages write it: as [`shown`], but `5m` and `1h` where nothing is left.
#[must_use]
pub fn limit(unit: Unit, value: f64) -> String {
    let text = shown(unit, value);
    let whole = text.strip_suffix(" 00s").or_else(|| text.strip_suffix(" 00m"));
    whole.map_or_else(|| text.clone(), str::to_owned)
}

/// CPU in thousandths of a core as cores: `2.4 CPU`.
#[must_use]
pub fn cpu(millis: u64) -> String {
    format!("{} CPU", number(millis as f64 / 1000.0))
}

/// Memory in bytes: `4.5 GiB`; in `MiB` below one GiB.
#[must_use]
pub fn memory(bytes: u64) -> String {
    const MEBI: f64 = 1_048_576.0;
    let mebi = bytes as f64 / MEBI;
    if mebi < 1024.0 { format!("{} MiB", number(mebi)) } else { format!("{} GiB", number(mebi / 1024.0)) }
}

/// A value with what it counts: `4.9%`, `0.364 restarts`, `3m 05s`, `12 pods`.
#[must_use]
pub fn amount(unit: Unit, value: f64) -> String {
    let text = self::value(unit, value);
    match unit {
        Unit::Seconds | Unit::Share => text,
        Unit::Count(things) => format!("{text} {things}"),
        Unit::Pods | Unit::PodSeconds | Unit::Nodes | Unit::Requests => format!("{text} {}", unit.as_str()),
    }
}

/// A difference of two values, with its sign; of two shares in percentage points.
#[must_use]
pub fn difference(unit: Unit, value: f64) -> String {
    let size = self::value(unit, value.abs());
    let size = if unit == Unit::Share { size.replace('%', " pp") } else { size };
    match is_nought(&size) {
        false if value > 0.0 => format!("+{size}"),
        false if value < 0.0 => format!("-{size}"),
        _ => size,
    }
}

/// Whether a text of a number has no digit but 0.
fn is_nought(text: &str) -> bool {
    !text.chars().any(|c| c.is_ascii_digit() && c != '0')
}

/// A number to three significant digits, thousands grouped: `0.125`, `12.5`, `1,250`.
#[must_use]
pub fn number(value: f64) -> String {
    let size = value.abs();
    if (999.5..1e15).contains(&size) {
        let sign = if value < 0.0 { "-" } else { "" };
        return format!("{sign}{}", count(size.round() as u64));
    }
    if size >= 99.95 {
        return trimmed(value, 0);
    }
    if size >= 9.995 {
        return trimmed(value, 1);
    }
    if size >= 0.9995 { trimmed(value, 2) } else { trimmed(value, 3) }
}

/// A count with its thousands grouped: `1,000,000`.
#[must_use]
pub fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `a, b and c`
#[must_use]
pub fn listed(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// `1 scenario`, `2 scenarios`.
#[must_use]
pub fn plural(number: u64, noun: &str) -> String {
    format!("{} {noun}{}", count(number), if number == 1 { "" } else { "s" })
}

/// Swept parameters in one line: `maxSurge 25%, maxUnavailable 0`.
#[must_use]
pub fn parameters(parameters: &[(String, String)]) -> String {
    let names = names(parameters.iter().map(|(path, _)| path.as_str()));
    let pairs: Vec<_> = names.iter().zip(parameters).map(|(name, (_, value))| format!("{name} {value}")).collect();
    printable(&pairs.join(", "))
}

/// The last parts of paths: `pods.new.crash` is `crash`. A resource's name may itself contain dots. All stay whole where two
/// would be called the same.
#[must_use]
pub fn names<'a>(paths: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let paths: Vec<&str> = paths.collect();
    let short: Vec<&str> = paths.iter().map(|path| last_part(path)).collect();
    let mut distinct = short.clone();
    distinct.sort_unstable();
    distinct.dedup();
    if distinct.len() == short.len() { short } else { paths }
}

fn last_part(path: &str) -> &str {
    let of_resources = [".allocatable.", ".used.", ".quota."];
    let resource = of_resources.iter().find_map(|map| path.split_once(map)).map(|(_, name)| name);
    resource.or(path.rsplit('.').next()).unwrap_or(path)
}

/// A word as a POSIX shell takes it. Names of objects and most settings need no quotes; what does must do no harm.
#[must_use]
pub fn shell_word(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._/=:,%+@".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", printable(word).replace('\'', "'\\''"))
}

/// `text` without characters that would control a terminal, change the direction of what follows, or make a picture
/// invalid.
#[must_use]
pub fn printable(text: &str) -> String {
    text.replace(|c: char| steers(c) || matches!(c, '\u{fffe}' | '\u{ffff}'), "\u{fffd}")
}

/// At most `limit` characters of `text`, the last one an ellipsis where something was cut.
#[must_use]
pub fn shorten(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(limit.saturating_sub(1)).collect();
    short.push('…');
    short
}

/// `text` in lines of at most `columns` characters, where words allow. A percent sign stays with its number.
#[must_use]
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.replace(" %", "\u{a0}%").split(' ').filter(|word| !word.is_empty()) {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= columns => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines.iter().map(|line| line.replace('\u{a0}', " ")).collect()
}

/// `value` with this number of decimals, without the zeros at the end.
fn trimmed(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    if text == "-0" { "0".into() } else { text.into() }
}

/// `text` with its first letter in upper case.
#[must_use]
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::{METRICS, metric};

    #[test]
    fn durations_round_up_into_the_next_unit() {
        for (seconds, text) in [
            (0.0, "0s"),
            (4.354, "4.35s"),
            (9.999, "10s"),
            (32.8, "32.8s"),
            (59.97, "1m 00s"),
            (192.4, "3m 12s"),
            (3599.7, "1h 00m"),
            (3725.0, "1h 02m"),
        ] {
            assert_eq!(duration(seconds), text);
        }
    }

    #[test]
    fn instants_are_those_of_the_calendar() {
        for (at, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_769_851_800, "2026-01-31T09:30:00Z"),
            (1_798_761_599, "2026-12-31T23:59:59Z"),
            (-1, "1969-12-31T23:59:59Z"),
        ] {
            assert_eq!(instant(at), text);
        }
    }

    #[test]
    fn pages_write_whole_seconds_and_percentages_without_a_space() {
        for (seconds, text) in [
            (0.0, "0s"),
            (8.24, "8.2s"),
            (9.97, "10s"),
            (43.4, "43s"),
            (59.7, "1m 00s"),
            (135.2, "2m 15s"),
            (3599.7, "1h 00m"),
            (3900.0, "1h 05m"),
        ] {
            assert_eq!(time(seconds), text);
        }
        for (part, text) in [
            (0.0, "0%"),
            (0.000_02, "<0.01%"),
            (0.0065, "0.65%"),
            (0.0226, "2.3%"),
            (0.123, "12.3%"),
            (0.75, "75%"),
            (0.9993, "99.9%"),
            (0.9996, "99.96%"),
            (0.999_99, ">99.99%"),
            (1.0, "100%"),
        ] {
            assert_eq!(share(part), text);
        }
    }

    #[test]
    fn numbers_have_three_digits_and_grouped_thousands() {
        for (value, text) in [
            (0.0, "0"),
            (-0.000_1, "0"),
            (0.1254, "0.125"),
            (3.0, "3"),
            (12.54, "12.5"),
            (125.4, "125"),
            (999.7, "1,000"),
            (-1_234_567.0, "-1,234,567"),
        ] {
            assert_eq!(number(value), text);
        }
    }

    #[test]
    fn resources_have_their_units() {
        for (millis, text) in [(0, "0 CPU"), (600, "0.6 CPU"), (2400, "2.4 CPU"), (19_460, "19.5 CPU")] {
            assert_eq!(cpu(millis), text);
        }
        for (mebibytes, text) in [(0, "0 MiB"), (384, "384 MiB"), (1536, "1.5 GiB"), (4608, "4.5 GiB")] {
            assert_eq!(memory(mebibytes << 20), text);
        }
    }

    #[test]
    fn only_shares_are_written_in_percent() {
        for metric in METRICS {
            let shown = value(metric.unit, 0.4);
            let share = ["dip_depth", "lost_fraction", "one_zone"].contains(&metric.name)
                || (metric.name.ends_with("_failed") && !metric.name.ends_with("pods_failed"));
            assert_eq!(shown.contains('%'), share, "{}: {shown}", metric.name);
            assert_eq!(shown.contains('s'), metric.unit.as_str() == "s", "{}: {shown}", metric.name);
        }
    }

    #[test]
    fn amounts_say_what_they_count() {
        for (metric, number, text) in [
            (&metric::RESTARTS, 0.364, "0.364 restarts"),
            (&metric::DIP_COUNT, 0.049, "0.049 dips"),
            (&metric::DIP_DEPTH, 0.049, "4.9%"),
            (&metric::DURATION, 185.0, "3m 05s"),
            (&metric::PEAK_PODS, 1.5, "1.5 pods"),
            (&metric::NODES_LOST, 0.25, "0.25 nodes"),
            (&metric::SURGE_POD_SECONDS, 1234.0, "1,234 pod s"),
            (&metric::LOST_REQUESTS, 12.0, "12 requests"),
        ] {
            assert_eq!(amount(metric.unit, number), text);
        }
    }

    #[test]
    fn differences_have_a_sign_and_shares_percentage_points() {
        for (unit, value, text) in [
            (Unit::Share, -0.04, "-4 pp"),
            (Unit::Share, 0.25, "+25 pp"),
            (Unit::Seconds, -64.0, "-1m 04s"),
            (Unit::Count("dips"), 0.25, "+0.25"),
            (Unit::Pods, 0.0, "0"),
            (Unit::Pods, 1234.0, "+1,234"),
        ] {
            assert_eq!(difference(unit, value), text);
        }
    }

    #[test]
    fn wrapping_loses_nothing_and_keeps_percentages_whole() {
        assert_eq!(wrap("a bb ccc", 80), ["a bb ccc"]);
        assert_eq!(wrap("aaaa bbbb cccc", 5), ["aaaa", "bbbb", "cccc"]);
        assert_eq!(wrap("aaa 100 %", 8), ["aaa", "100 %"]);
        assert!(wrap("", 0).is_empty());
    }

    #[test]
    fn paths_are_short_where_that_is_clear() {
        assert_eq!(names(["maxSurge", "pods.new.crash"].into_iter()), ["maxSurge", "crash"]);
        let resources = ["cluster.nodes.0.allocatable.nvidia.com/gpu", "cluster.quota.requests.cpu"];
        assert_eq!(names(resources.into_iter()), ["nvidia.com/gpu", "requests.cpu"]);
        assert_eq!(names(["pods.old.crash", "pods.new.crash"].into_iter()), ["pods.old.crash", "pods.new.crash"]);
    }

    #[test]
    fn control_characters_do_not_get_through() {
        assert_eq!(printable("a\u{1b}[2Jb"), "a\u{fffd}[2Jb");
        assert_eq!(parameters(&[("image".into(), "\n".into())]), "image \u{fffd}");
    }

    #[test]
    fn long_labels_are_cut_at_a_character() {
        assert_eq!(shorten("größer", 6), "größer");
        assert_eq!(shorten("größer", 4), "grö…");
        assert_eq!(shorten("", 0), "");
    }
}
