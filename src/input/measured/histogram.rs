//! Histograms in the text format of Prometheus.

use std::collections::BTreeMap;

use crate::input::error::{InputError, quoted};
use crate::input::fields::nearest;
use crate::input::measured::{Choice, Measurements, Sample, field, plausible};
use crate::input::quantity::parse_duration;
use crate::input::yaml::Source;
use crate::stats::fit::{Lengths, Resolution, Seen};

/// Most names that a message lists.
const MOST: usize = 20;

/// A line of one: how many lie at or below a bound.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    bound: f64,
    count: u64,
    line: usize,
}

/// Series of one metric, by their other labels.
type Series<'a> = BTreeMap<String, Vec<Bucket>>;

/// Whether a line counts a bucket.
pub(super) fn is_bucket(line: &str) -> bool {
    let name = line.split('{').next().unwrap_or("");
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    line.contains("le=\"") && name.ends_with("_bucket") && name.chars().all(plain)
}

pub(super) fn read(source: &Source, choice: &Choice<'_>) -> Result<Measurements, InputError> {
    let metrics = metrics(source)?;
    let (name, series) = chosen(source, &metrics, choice.metric)?;
    let unit = parse_duration(&format!("1{}", choice.unit())).map_or(1.0, |unit| unit.as_secs_f64());
    let buckets = total(source, name, series)?;
    let mut seen = Vec::new();
    let (mut low, mut below) = (0.0, 0);
    for bucket in buckets {
        let high = bucket.bound * unit;
        let count = bucket.count - below;
        if high <= 0.0 && count > 0 {
            return Err(at(
                source,
                bucket.line,
                "some values are 0 or less, which no length of time is: leave them out",
            ));
        }
        seen.push((Seen::Between(low, high), count));
        (low, below) = (high.max(0.0), bucket.count);
    }
    let longest = seen.iter().filter(|(_, count)| *count > 0).map(|(seen, _)| match seen {
        Seen::Between(low, f64::INFINITY) | Seen::Between(_, low) => *low,
        _ => 0.0,
    });
    plausible(longest.fold(0.0, f64::max)).map_err(|problem| InputError::in_file(&source.name, problem))?;
    let lengths = Lengths::new(Resolution::Buckets, seen);
    let mut notes = Vec::new();
    if series.len() > 1 {
        notes.push(format!("{name}: its {} series are added up; keep the lines of those that you mean", series.len()));
    }
    let odd_unit = ["_milliseconds", "_ms", "_microseconds", "_us"].iter().any(|ending| name.ends_with(ending));
    if odd_unit && choice.unit.is_none() {
        notes.push(format!("{name}: its bounds are read as seconds; --unit ms says otherwise"));
    }
    let sample = Sample { name: name.to_owned(), field: field(name), lengths, column: None };
    Ok(Measurements { samples: vec![sample], notes, ..Measurements::default() })
}

fn at(source: &Source, line: usize, problem: &str) -> InputError {
    InputError::in_file(&format!("{}:{line}", source.name), problem)
}

fn metrics(source: &Source) -> Result<BTreeMap<String, Series<'_>>, InputError> {
    let mut metrics: BTreeMap<String, Series<'_>> = BTreeMap::new();
    for (number, line) in source.text.lines().enumerate().filter(|(_, line)| is_bucket(line)) {
        let line_number = number + 1;
        let (name, rest) = line.split_once("_bucket{").unwrap_or((line, ""));
        let unreadable = || at(source, line_number, "this is no bucket: write name_bucket{le=\"0.5\"} 17");
        let (labels, value) = labels(rest).ok_or_else(unreadable)?;
        let (bounds, others): (Vec<_>, Vec<_>) = labels.into_iter().partition(|(key, _)| key == "le");
        let bound = bounds.first().and_then(|(_, bound)| number_of(bound)).ok_or_else(unreadable)?;
        let value = value.split_whitespace().next().and_then(number_of).ok_or_else(unreadable)?;
        if !((0.0..9e15).contains(&value) && value.trunc() == value) {
            let problem = "a count must be a whole number of 0 or more: give the counter itself, not its rate";
            return Err(at(source, line_number, problem));
        }
        let mut key: Vec<String> = others.into_iter().map(|(key, value)| format!("{key}={value}")).collect();
        key.sort();
        let bucket = Bucket { bound, count: value as u64, line: line_number };
        metrics.entry(name.to_owned()).or_default().entry(key.join(",")).or_default().push(bucket);
    }
    Ok(metrics)
}

fn number_of(text: &str) -> Option<f64> {
    match text {
        "+Inf" | "Inf" | "inf" | "+inf" => Some(f64::INFINITY),
        _ => text.parse::<f64>().ok().filter(|number| number.is_finite()),
    }
}

/// The labels up to the closing brace, and what follows it. Values may hold anything, quotes as `\"`.
fn labels(mut text: &str) -> Option<(Vec<(String, String)>, &str)> {
    let mut labels = Vec::new();
    loop {
        text = text.trim_start_matches([' ', ',']);
        if let Some(rest) = text.strip_prefix('}') {
            return Some((labels, rest));
        }
        let (key, rest) = text.split_once("=\"")?;
        let mut escaped = false;
        let end = rest.find(|c: char| {
            let closes = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            closes
        })?;
        labels.push((key.trim().to_owned(), rest[..end].to_owned()));
        text = &rest[end + 1..];
    }
}

fn chosen<'a>(
    source: &Source,
    metrics: &'a BTreeMap<String, Series<'a>>,
    wanted: Option<&str>,
) -> Result<(&'a str, &'a Series<'a>), InputError> {
    let fail = |problem: String| Err(InputError::in_file(&source.name, problem));
    let names: Vec<&str> = metrics.keys().map(String::as_str).collect();
    let more = if names.len() > MOST { format!(" and {} more", names.len() - MOST) } else { String::new() };
    let listed = names.iter().take(MOST).copied().collect::<Vec<_>>().join(", ") + &more;
    let Some(wanted) = wanted else {
        return match metrics.iter().collect::<Vec<_>>()[..] {
            [] => fail("no histogram is here: its lines look like name_bucket{le=\"0.5\"} 17".into()),
            [(name, series)] => Ok((name, series)),
            _ => fail(format!("several histograms are here: choose with --metric NAME: {listed}")),
        };
    };
    let wanted = wanted.strip_suffix("_bucket").unwrap_or(wanted);
    match metrics.get_key_value(wanted) {
        Some((name, series)) => Ok((name, series)),
        None => match nearest(wanted, &names) {
            Some(near) => fail(format!("no histogram {} is here; did you mean `{near}`?", quoted(wanted))),
            None => fail(format!("no histogram {} is here; there are: {listed}", quoted(wanted))),
        },
    }
}

/// The buckets of all series together.
fn total(source: &Source, name: &str, series: &Series<'_>) -> Result<Vec<Bucket>, InputError> {
    let mut total: Vec<Bucket> = Vec::new();
    for buckets in series.values() {
        let mut buckets = buckets.clone();
        buckets.sort_by(|a, b| a.bound.total_cmp(&b.bound));
        for pair in buckets.windows(2) {
            if pair[0].bound == pair[1].bound {
                return Err(at(source, pair[1].line, "this bucket stands here twice: keep one scrape in the file"));
            }
            if pair[0].count > pair[1].count {
                let problem = format!(
                    "the count {} is less than {} of the bucket below: buckets are cumulative",
                    pair[1].count, pair[0].count
                );
                return Err(at(source, pair[1].line, &problem));
            }
        }
        let last = buckets.last().copied();
        if let Some(last) = last.filter(|last| last.bound.is_finite()) {
            let problem = format!("{}: the bucket le=\"+Inf\" is missing after this one: add it", quoted(name));
            return Err(at(source, last.line, &problem));
        }
        if total.is_empty() {
            total = buckets;
            continue;
        }
        let same = total.len() == buckets.len() && total.iter().zip(&buckets).all(|(a, b)| a.bound == b.bound);
        if !same {
            let line = buckets.first().map_or(1, |bucket| bucket.line);
            return Err(at(source, line, "this series has other bounds than the first: keep series with equal ones"));
        }
        total.iter_mut().zip(buckets).for_each(|(sum, bucket)| sum.count = sum.count.saturating_add(bucket.count));
    }
    Ok(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str, metric: Option<&str>) -> Result<Measurements, String> {
        let source = Source { name: "m.txt".into(), text: text.into() };
        read(&source, &Choice { metric, ..Choice::default() }).map_err(|error| error.to_string())
    }

    const TWO: &str = "# TYPE a_seconds histogram\n\
        a_seconds_bucket{node=\"x\",le=\"0.5\"} 1\na_seconds_bucket{node=\"x\",le=\"+Inf\"} 3 1700000000\n\
        a_seconds_bucket{node=\"y \\\" }\",le=\"0.5\",} 10 # {trace=\"q\"} 0.3\na_seconds_bucket{le=\"+Inf\", node=\"y \\\" }\"} 1.0e1\n\
        a_seconds_sum 7\n";

    #[test]
    fn series_are_added_up() {
        let found = read_text(TWO, None).unwrap();
        let rows = [(Seen::Between(0.0, 0.5), 11), (Seen::at_least(0.5), 2)];
        assert_eq!(found.samples[0].lengths.rows(), rows);
        assert!(found.notes[0].contains("2 series"), "{:?}", found.notes);
    }

    #[test]
    fn one_of_several_is_chosen() {
        let text = format!("{TWO}b_bucket{{le=\"+Inf\"}} 3\n");
        assert!(read_text(&text, None).unwrap_err().contains("--metric NAME: a_seconds, b"));
        assert_eq!(read_text(&text, Some("a_seconds_bucket")).unwrap().samples[0].name, "a_seconds");
        assert!(read_text(&text, Some("a_second")).unwrap_err().contains("did you mean `a_seconds`?"));
    }

    #[test]
    fn slips_are_told_with_their_line() {
        for (text, expected) in [
            (
                "a_bucket{le=\"1\"} 5\na_bucket{le=\"2\"} 4\na_bucket{le=\"+Inf\"} 5",
                "m.txt:2: the count 4 is less than 5",
            ),
            ("a_bucket{le=\"1\"} 5\n", "m.txt:1: `a`: the bucket le=\"+Inf\" is missing"),
            ("a_bucket{le=\"1\"} NaN\n", "m.txt:1: this is no bucket"),
            ("a_bucket{le=\"one\"} 1\n", "m.txt:1: this is no bucket"),
            ("a_bucket{le=\"1\" 1\n", "m.txt:1: this is no bucket"),
            ("a_bucket{le=\"1\"} 0.5\n", "m.txt:1: a count must be a whole number"),
            ("a_bucket{le=\"1\"} -5\n", "m.txt:1: a count must be a whole number"),
            ("a_bucket{le=\"1\"} 1\na_bucket{le=\"1\"} 1\n", "m.txt:2: this bucket stands here twice"),
            ("a_bucket{le=\"0\"} 1\na_bucket{le=\"+Inf\"} 9\n", "m.txt:1: some values are 0 or less"),
            ("a_bucket{x=\"1\",le=\"+Inf\"} 1\na_bucket{le=\"1\"} 1\na_bucket{le=\"+Inf\"} 9\n", "other bounds"),
            ("# TYPE a counter\na 3\n", "m.txt: no histogram is here"),
            ("a_bucket{le=\"1e12\"} 9\na_bucket{le=\"+Inf\"} 9\n", "longer than 31 years"),
        ] {
            let error = read_text(text, None).unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
