//! Metrics as Prometheus has them, from whichever format: histograms, gauges of several instances, and quantiles.

use std::collections::BTreeMap;

use crate::input::measured::percentiles;
use crate::input::measured::sample::{Choice, Measurements, Sample, field, is_time_to_ready, plausible};
use crate::input::tables::table::{DAY, UnitFrom, too_long_without_unit};
use crate::input::tables::unit::Unit;
use crate::input::tables::unit_name::{Named, named};
use crate::input::tree::error::{InputError, quoted};
use crate::input::tree::near::nearest;
use crate::stats::fit::{FEWEST, Lengths, Resolution, Seen};

/// Most names that a message lists.
const MOST: usize = 20;
/// Gauges of Micrometer that hold how long an instance took to start.
const STARTS: &[&str] = &[
    "application_ready_time_seconds",
    "application_started_time_seconds",
    "application.ready.time",
    "application.started.time",
];
/// Endings of the names of what is no sample.
const COUNTERS: &[&str] = &["_sum", "_count", "_total", "_created", "_bucket", "_max", "_info"];
/// Seconds since 1970 that are taken for an instant.
const INSTANTS: f64 = 1e9;

/// A line of one: how many lie at or below a bound.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    bound: f64,
    count: u64,
    line: usize,
}

/// How many lie above the first and at or below the second bound.
#[derive(Clone, Copy, Debug)]
struct Range {
    low: f64,
    high: f64,
    count: u64,
    line: usize,
}

/// What a metric has; one kind of them is used.
#[derive(Clone, Debug, Default)]
struct Metric {
    /// As the format says it.
    unit: Option<String>,
    /// What its help says, where its name says another.
    contradicted: Option<Unit>,
    /// Cumulative buckets by the other labels.
    series: BTreeMap<String, Vec<Bucket>>,
    ranges: Vec<Range>,
    gauges: Vec<f64>,
    /// Shares and their values, by the other labels.
    quantiles: BTreeMap<String, Vec<(f64, f64)>>,
}

impl Metric {
    fn is_histogram(&self) -> bool {
        !self.series.is_empty() || !self.ranges.is_empty()
    }
}

/// All metrics of a file.
#[derive(Debug, Default)]
pub(super) struct Scrape {
    metrics: BTreeMap<String, Metric>,
    units: BTreeMap<String, String>,
    helps: BTreeMap<String, Unit>,
    /// Whether the file is the answer to a query, so that all that is in it is meant.
    pub(super) queried: bool,
}

impl Scrape {
    /// Takes what the format says of a metric's unit.
    pub(super) fn say_unit(&mut self, name: &str, unit: &str) {
        self.units.insert(name.into(), unit.into());
    }

    /// Takes what a metric's help says of its unit, such as `in milliseconds`.
    pub(super) fn say_help(&mut self, name: &str, help: &str) {
        let words: Vec<&str> = help.split(|c: char| !c.is_alphanumeric()).collect();
        let long = |word: &str| Unit::parse(word).filter(|_| word.len() > 3 || word.eq_ignore_ascii_case("ms"));
        let mut found: Vec<Unit> = words
            .windows(2)
            .filter(|pair| pair[0].eq_ignore_ascii_case("in"))
            .filter_map(|pair| long(pair[1]))
            .collect();
        found.extend(
            help.rsplit_once(['(', '[']).and_then(|(_, unit)| Unit::parse(unit.trim_end_matches([')', ']', '.', ' ']))),
        );
        if let Some(unit) = found.first().filter(|first| found.iter().all(|unit| unit == *first)) {
            self.helps.insert(name.into(), *unit);
        }
    }

    fn metric(&mut self, name: &str) -> &mut Metric {
        self.metrics.entry(name.to_owned()).or_default()
    }

    /// Takes one sample; `file` and `line` are where it is from.
    pub(super) fn take(
        &mut self,
        file: &str,
        name: &str,
        labels: Vec<(String, String)>,
        value: f64,
        line: usize,
    ) -> Result<(), InputError> {
        let (own, others): (Vec<_>, Vec<_>) =
            labels.into_iter().partition(|(key, _)| ["le", "vmrange", "quantile"].contains(&key.as_str()));
        let mut key: Vec<String> = others.into_iter().map(|(key, value)| format!("{key}={value}")).collect();
        key.sort();
        let key = key.join(",");
        let base = name.strip_suffix("_bucket").unwrap_or(name);
        let unreadable = || at(file, line, "this is no bucket: write name_bucket{le=\"0.5\"} 17");
        match own.first().map(|(key, value)| (key.as_str(), value.as_str())) {
            Some(("le", bound)) => {
                let bound = number_of(bound).filter(|bound| !bound.is_nan()).ok_or_else(unreadable)?;
                let count =
                    count(value).ok_or_else(|| if value.is_nan() { unreadable() } else { no_count(file, line) })?;
                self.metric(base).series.entry(key).or_default().push(Bucket { bound, count, line });
            }
            Some(("vmrange", range)) => {
                let (low, high) = range.split_once("...").ok_or_else(unreadable)?;
                let (low, high) = (number_of(low).ok_or_else(unreadable)?, number_of(high).ok_or_else(unreadable)?);
                let count = count(value).ok_or_else(|| no_count(file, line))?;
                self.metric(base).ranges.push(Range { low, high, count, line });
            }
            Some((_, share)) => {
                let share = number_of(share).ok_or_else(|| at(file, line, "this quantile is no number"))?;
                if value.is_finite() {
                    self.metric(name).quantiles.entry(key).or_default().push((share, value));
                }
            }
            None if value.is_finite() && (self.queried || !COUNTERS.iter().any(|ending| name.ends_with(ending))) => {
                self.metric(name).gauges.push(value);
            }
            None => {}
        }
        Ok(())
    }

    /// Takes a native histogram: bounds and counts.
    pub(super) fn take_ranges(&mut self, name: &str, ranges: Vec<(f64, f64, f64)>, line: usize) {
        let ranges =
            ranges.into_iter().map(|(low, high, count)| Range { low, high, count: count.max(0.0) as u64, line });
        self.metric(name).ranges.extend(ranges);
    }
}

/// A whole number that a counter can have.
pub(super) fn count(value: f64) -> Option<u64> {
    ((0.0..9e15).contains(&value) && value.trunc() == value).then_some(value as u64)
}

pub(super) fn no_count(file: &str, line: usize) -> InputError {
    at(file, line, "a count must be a whole number of 0 or more: give the counter itself, not its rate")
}

pub(super) fn at(file: &str, line: usize, problem: &str) -> InputError {
    InputError::in_file(&format!("{file}:{line}"), problem)
}

/// A number as Prometheus writes it.
pub(super) fn number_of(text: &str) -> Option<f64> {
    match text {
        "+Inf" | "Inf" | "inf" | "+inf" => Some(f64::INFINITY),
        "-Inf" | "-inf" => Some(f64::NEG_INFINITY),
        "NaN" => Some(f64::NAN),
        _ => text.parse::<f64>().ok().filter(|number| number.is_finite()),
    }
}

pub(super) fn read(file: &str, mut scrape: Scrape, choice: &Choice<'_>) -> Result<Measurements, InputError> {
    for (name, unit) in std::mem::take(&mut scrape.units) {
        if let Some(metric) = scrape.metrics.get_mut(&name) {
            metric.unit = Some(unit);
        }
    }
    for (name, unit) in std::mem::take(&mut scrape.helps) {
        let Some(metric) = scrape.metrics.get_mut(&name).filter(|metric| metric.unit.is_none()) else { continue };
        match named(&name) {
            Named::Unit(own) if own != unit => metric.contradicted = Some(unit),
            Named::Unit(_) => {}
            _ => metric.unit = Some(unit.short().into()),
        }
    }
    let (name, metric) = chosen(file, &scrape, choice.metric)?;
    let (unit, from, note) = unit(file, name, metric, choice.unit)?;
    let mut notes: Vec<String> = note.into_iter().collect();
    let mut sample = if metric.is_histogram() {
        if metric.series.len() > 1 {
            let series = metric.series.len();
            notes.push(format!("{name}: its {series} series are added up; keep the lines of those that you mean"));
        }
        Sample::new(name, histogram(file, name, metric, unit)?)
    } else if !metric.gauges.is_empty() {
        Sample::new(name, gauges(file, name, &metric.gauges, unit)?)
    } else {
        quantiles(file, name, metric, unit)?
    };
    let longest = longest(&sample.lengths);
    if from == UnitFrom::Assumed && longest > DAY {
        return Err(InputError::in_file(file, format!("{name}: {}", too_long_without_unit(longest))));
    }
    sample.unit = Some((unit, from));
    sample.field = field(name);
    if STARTS.contains(&name) {
        sample.field = Some("warmUp");
        notes.push(format!(
            "{name} counts from the start of the program: the start of its runtime before that and the wait for the next probe come on top"
        ));
    } else {
        sample.to_ready = is_time_to_ready(name);
    }
    Ok(Measurements { samples: vec![sample], notes, ..Measurements::default() })
}

/// The longest that is known, in seconds.
fn longest(lengths: &Lengths) -> f64 {
    let longest = lengths.rows().iter().filter(|(_, count)| *count > 0).map(|(seen, _)| match seen {
        Seen::Between(low, f64::INFINITY) | Seen::Between(_, low) | Seen::Exactly(low) | Seen::Whole(low) => *low,
    });
    longest.fold(0.0, f64::max)
}

/// The unit of a metric, where it is from, and the note on it.
fn unit(
    file: &str,
    name: &str,
    metric: &Metric,
    said: Option<Unit>,
) -> Result<(Unit, UnitFrom, Option<String>), InputError> {
    let fail = |problem: String| Err(InputError::in_file(file, problem));
    let read = |unit: Unit, why: &str| Some(format!("{name}: its values are read in {}, as {why} says", unit.long()));
    let own = match (&metric.unit, named(name)) {
        (Some(word), _) => match Unit::parse(word) {
            Some(unit) => Some((unit, UnitFrom::Format)),
            None if said.is_none() => {
                return fail(format!("{name}: its unit is {}, which is no unit of time", quoted(word)));
            }
            None => None,
        },
        (None, Named::Unit(unit)) => match metric.contradicted {
            Some(help) if said.is_none() => {
                let (own, help) = (unit.long(), help.long());
                return fail(format!("{name}: its name says {own}, its help says {help}: say the unit with --unit"));
            }
            _ => Some((unit, UnitFrom::Name)),
        },
        (None, Named::NoTime(word)) if said.is_none() => {
            return fail(format!(
                "{name}: its name ({}) says that it is no length of time; if it is one, say the unit with --unit",
                quoted(&word)
            ));
        }
        (None, Named::MinutesOrMinimum | Named::Unclear(_)) if said.is_none() => {
            return fail(format!("{name}: its unit is not clear from its name: say it with --unit"));
        }
        _ => None,
    };
    Ok(match (said, own) {
        (Some(said), Some((own, _))) if said != own => {
            let note =
                format!("{name}: it is in {} by its own word, --unit says {}: --unit counts", own.long(), said.long());
            (said, UnitFrom::Option, Some(note))
        }
        (Some(said), _) => (said, UnitFrom::Option, None),
        (None, Some((Unit::Seconds, from))) => (Unit::Seconds, from, None),
        (None, Some((unit, UnitFrom::Format))) => (unit, UnitFrom::Format, read(unit, "the file")),
        (None, Some((unit, from))) => (unit, from, read(unit, "its name")),
        (None, None) => (
            Unit::Seconds,
            UnitFrom::Assumed,
            Some(format!("{name}: nothing says its unit, so its values are taken for seconds")),
        ),
    })
}

fn chosen<'a>(file: &str, scrape: &'a Scrape, wanted: Option<&str>) -> Result<(&'a str, &'a Metric), InputError> {
    let fail = |problem: String| Err(InputError::in_file(file, problem));
    let all = || scrape.metrics.iter().map(|(name, metric)| (name.as_str(), metric));
    let usable = |(name, metric): &(&str, &Metric)| {
        metric.is_histogram() || (!metric.gauges.is_empty() && (scrape.queried || STARTS.contains(name)))
    };
    let mut candidates: Vec<(&str, &Metric)> = all().filter(usable).collect();
    if candidates.is_empty() {
        candidates = all().filter(|(_, metric)| !metric.quantiles.is_empty()).collect();
    }
    let listed = |names: &[&str]| {
        let more = if names.len() > MOST { format!(" and {} more", names.len() - MOST) } else { String::new() };
        names.iter().take(MOST).copied().collect::<Vec<_>>().join(", ") + &more
    };
    let names: Vec<&str> = candidates.iter().map(|(name, _)| *name).collect();
    let Some(wanted) = wanted else {
        // Both gauges of Micrometer stand in one scrape; the later instant is when the instance serves.
        if let [(first, _), (second, _)] = candidates[..]
            && STARTS.contains(&first)
            && STARTS.contains(&second)
        {
            return Ok(candidates[0]);
        }
        return match candidates[..] {
            [] => fail("no histogram is here: its lines look like name_bucket{le=\"0.5\"} 17; --metric NAME takes a gauge of several instances".into()),
            [one] => Ok(one),
            _ => fail(format!("several histograms are here: choose with --metric NAME: {}", listed(&names))),
        };
    };
    let wanted = wanted.strip_suffix("_bucket").unwrap_or(wanted);
    if let Some(found) = all().find(|(name, _)| *name == wanted) {
        return Ok(found);
    }
    let every: Vec<&str> = all().map(|(name, _)| name).collect();
    match nearest(wanted, &every) {
        Some(near) => fail(format!("no metric {} is here; did you mean `{near}`?", quoted(wanted))),
        None => fail(format!(
            "no metric {} is here; there are: {}",
            quoted(wanted),
            listed(if names.is_empty() { &every } else { &names })
        )),
    }
}

fn histogram(file: &str, name: &str, metric: &Metric, unit: Unit) -> Result<Lengths, InputError> {
    let mut ranges = metric.ranges.clone();
    let (mut low, mut below) = (0.0, 0);
    for bucket in total(file, name, &metric.series)? {
        ranges.push(Range { low, high: bucket.bound, count: bucket.count - below, line: bucket.line });
        (low, below) = (bucket.bound, bucket.count);
    }
    ranges.retain(|range| range.count > 0 || metric.ranges.is_empty());
    ranges.sort_by(|a, b| a.low.total_cmp(&b.low).then(a.high.total_cmp(&b.high)));
    let overlap = ranges
        .windows(2)
        .find(|pair| pair[1].low < pair[0].high && (pair[0].low, pair[0].high) != (pair[1].low, pair[1].high));
    if let Some(pair) = overlap.filter(|_| !metric.ranges.is_empty()) {
        return Err(at(file, pair[1].line, "this series has other bounds than the first: keep series with equal ones"));
    }
    let mut seen = Vec::new();
    for range in &ranges {
        let (low, high) = (range.low * unit.seconds(), range.high * unit.seconds());
        if high <= 0.0 && range.count > 0 {
            return Err(at(file, range.line, "some values are 0 or less, which no length of time is: leave them out"));
        }
        seen.push((Seen::Between(low.max(0.0), high), range.count));
    }
    let longest = seen.iter().filter(|(_, count)| *count > 0).map(|(seen, _)| match seen {
        Seen::Between(low, f64::INFINITY) | Seen::Between(_, low) => *low,
        _ => 0.0,
    });
    plausible(longest.fold(0.0, f64::max)).map_err(|problem| InputError::in_file(file, problem))?;
    Ok(Lengths::new(Resolution::Buckets, seen))
}

/// One value of each instance.
fn gauges(file: &str, name: &str, values: &[f64], unit: Unit) -> Result<Lengths, InputError> {
    let fail = |problem: String| Err(InputError::in_file(file, problem));
    if name == "up" || COUNTERS.iter().any(|ending| *ending != "_max" && name.ends_with(ending)) {
        return fail(format!(
            "{name}: its values are counts or sums, not lengths of time: ask for its histogram, {}_bucket",
            COUNTERS.iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or("NAME")
        ));
    }
    if let Some(bad) = values.iter().find(|value| **value < 0.0) {
        return fail(format!("{name}: {bad} is no length of time"));
    }
    let seconds: Vec<f64> = values.iter().map(|value| value * unit.seconds()).collect();
    if seconds.iter().all(|value| *value >= INSTANTS) {
        return fail(format!(
            "{name}: its values are instants, not lengths of time: ask Prometheus for the difference of two such metrics"
        ));
    }
    if (values.len() as u64) < FEWEST {
        return fail(format!(
            "{name}: a gauge has one value for each instance, and {} is here: give those of {FEWEST} instances or more, such as the \
             answer of Prometheus' HTTP API to query={name}",
            values.len()
        ));
    }
    plausible(seconds.iter().copied().fold(0.0, f64::max)).map_err(|problem| InputError::in_file(file, problem))?;
    Ok(Lengths::new(Resolution::Exact, seconds.into_iter().map(|value| (Seen::Exactly(value), 1)).collect()))
}

fn quantiles(file: &str, name: &str, metric: &Metric, unit: Unit) -> Result<Sample, InputError> {
    let fail = |problem: String| Err(InputError::in_file(file, problem));
    let [quantiles] = &metric.quantiles.values().collect::<Vec<_>>()[..] else {
        return fail(format!(
            "{name}: quantiles of {} series cannot be put together: keep the lines of one, or give a histogram",
            metric.quantiles.len()
        ));
    };
    let known: Vec<(f64, f64)> = quantiles.iter().map(|(share, value)| (*share, value * unit.seconds())).collect();
    percentiles::sample(name, &known).map_err(|problem| InputError::in_file(file, format!("{name}: {problem}")))
}

/// The buckets of all series together.
fn total(file: &str, name: &str, series: &BTreeMap<String, Vec<Bucket>>) -> Result<Vec<Bucket>, InputError> {
    let mut total: Vec<Bucket> = Vec::new();
    for buckets in series.values() {
        let mut buckets = buckets.clone();
        buckets.sort_by(|a, b| a.bound.total_cmp(&b.bound));
        for pair in buckets.windows(2) {
            if pair[0].bound == pair[1].bound {
                return Err(at(file, pair[1].line, "this bucket stands here twice: keep one scrape in the file"));
            }
            if pair[0].count > pair[1].count {
                let problem = format!(
                    "the count {} is less than {} of the bucket below: buckets are cumulative",
                    pair[1].count, pair[0].count
                );
                return Err(at(file, pair[1].line, &problem));
            }
        }
        let last = buckets.last().copied();
        if let Some(last) = last.filter(|last| last.bound.is_finite()) {
            let problem = format!("{}: the bucket le=\"+Inf\" is missing after this one: add it", quoted(name));
            return Err(at(file, last.line, &problem));
        }
        if total.is_empty() {
            total = buckets;
            continue;
        }
        let same = total.len() == buckets.len() && total.iter().zip(&buckets).all(|(a, b)| a.bound == b.bound);
        if !same {
            let line = buckets.first().map_or(1, |bucket| bucket.line);
            return Err(at(file, line, "this series has other bounds than the first: keep series with equal ones"));
        }
        total.iter_mut().zip(buckets).for_each(|(sum, bucket)| sum.count = sum.count.saturating_add(bucket.count));
    }
    Ok(total)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::measured::exposition;
    use crate::input::tree::yaml::Source;

    fn read_text(text: &str, metric: Option<&str>) -> Result<Measurements, String> {
        let source = Source { name: "m.txt".into(), text: text.into() };
        let scrape = exposition::read(&source).map_err(|error| error.to_string())?;
        read("m.txt", scrape, &Choice { metric, ..Choice::default() }).map_err(|error| error.to_string())
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
    fn mistakes_are_reported_with_their_line() {
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
            ("# TYPE a counter\na_total 3\n", "m.txt: no histogram is here"),
            ("a_bucket{le=\"1e12\"} 9\na_bucket{le=\"+Inf\"} 9\n", "longer than 31 years"),
        ] {
            let error = read_text(text, None).unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
