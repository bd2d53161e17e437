//! The text formats of Prometheus and OpenMetrics, and what `promtool query instant` prints.

use crate::input::measured::metrics::{Scrape, at, count, no_count, number_of};
use crate::input::tree::error::InputError;
use crate::input::tree::yaml::Source;

/// A line of a metric.
struct Line<'a> {
    name: String,
    labels: Vec<(String, String)>,
    /// What follows the labels.
    rest: &'a str,
}

/// Whether a line belongs to no other kind of file.
pub(super) fn belongs_to_format(line: &str) -> bool {
    let line = line.trim();
    if ["# TYPE ", "# HELP ", "# UNIT "].iter().any(|start| line.starts_with(start)) {
        return true;
    }
    let Some(parsed) = parse(line) else { return false };
    let value = value_of(parsed.rest).is_some() || parsed.rest.trim_start().starts_with("=>");
    let bare = parsed.name.contains('_') && parsed.rest.split_whitespace().count() <= 2;
    value && (!parsed.labels.is_empty() || line.contains('{') || bare)
}

/// Whether a line is a sample whose name stands among its labels: `{"my.metric", le="1"} 3`.
pub(super) fn is_utf8_sample(line: &str) -> bool {
    let line = line.trim();
    line.starts_with('{') && parse(line).is_some_and(|parsed| value_of(parsed.rest).is_some())
}

pub(super) fn read(source: &Source) -> Result<Scrape, InputError> {
    let mut scrape = Scrape::default();
    for (number, line) in source.text.lines().enumerate() {
        let (number, line) = (number + 1, line.trim());
        if let Some(comment) = line.strip_prefix('#') {
            take_comment(&mut scrape, comment);
            continue;
        }
        if line.is_empty() {
            continue;
        }
        let is_bucket = line.contains("le=\"") || line.contains("vmrange=\"");
        let unreadable = || at(&source.name, number, "this is no bucket: write name_bucket{le=\"0.5\"} 17");
        let Some(parsed) = parse(line) else {
            if is_bucket {
                return Err(unreadable());
            }
            continue;
        };
        let rest = parsed.rest.trim_start();
        let rest = rest.strip_prefix("=>").unwrap_or(rest).trim_start();
        if let Some(native) = rest.strip_prefix('{') {
            let ranges = native_ranges(native).ok_or_else(|| {
                let advice =
                    "this native histogram has no bounds: give the answer of Prometheus' HTTP API, which has them";
                at(&source.name, number, advice)
            })?;
            if ranges.iter().any(|(_, _, many)| count(*many).is_none()) {
                return Err(no_count(&source.name, number));
            }
            scrape.take_ranges(&parsed.name, ranges, number);
            continue;
        }
        match value_of(rest) {
            Some(value) => scrape.take(&source.name, &parsed.name, parsed.labels, value, number)?,
            None if is_bucket => return Err(unreadable()),
            None => {}
        }
    }
    Ok(scrape)
}

/// `# UNIT name seconds`: a name of other characters is in quotes.
fn take_comment(scrape: &mut Scrape, comment: &str) {
    let comment = comment.trim();
    if let Some((name, help)) =
        comment.strip_prefix("HELP ").and_then(|rest| rest.trim().split_once(char::is_whitespace))
    {
        scrape.say_help(name.trim_matches('"'), help);
    }
    let Some(rest) = comment.strip_prefix("UNIT ") else { return };
    let rest = rest.trim();
    let (name, unit) = match rest.strip_prefix('"').and_then(|rest| rest.split_once('"')) {
        Some((name, unit)) => (name, unit.trim()),
        None => rest.split_once(char::is_whitespace).map_or((rest, ""), |(name, unit)| (name, unit.trim())),
    };
    if !unit.is_empty() {
        scrape.say_unit(name, unit);
    }
}

fn value_of(rest: &str) -> Option<f64> {
    let rest = rest.trim_start();
    number_of(rest.strip_prefix("=>").unwrap_or(rest).split_whitespace().next()?)
}

fn parse(line: &str) -> Option<Line<'_>> {
    let end = line.find(|c: char| c == '{' || c.is_whitespace())?;
    let (name, rest) = line.split_at(end);
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    if !name.chars().all(plain) || name.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let after = rest.trim_start();
    let (own, labels, rest) = match after.strip_prefix('{') {
        Some(inner) => labels(inner)?,
        None => (None, Vec::new(), rest),
    };
    let name = own.unwrap_or_else(|| name.to_owned());
    (!name.is_empty()).then_some(Line { name, labels, rest })
}

/// The metric's name where it stands among the labels, the labels, and what follows the closing brace.
type Labels<'a> = (Option<String>, Vec<(String, String)>, &'a str);

fn labels(mut text: &str) -> Option<Labels<'_>> {
    let (mut name, mut labels) = (None, Vec::new());
    loop {
        text = text.trim_start_matches([' ', ',', '\t']);
        if let Some(rest) = text.strip_prefix('}') {
            return Some((name, labels, rest));
        }
        let (key, rest) = match text.strip_prefix('"') {
            Some(quoted) => string(quoted)?,
            None => {
                let (key, rest) = text.split_at(text.find('=')?);
                (key.trim().to_owned(), rest)
            }
        };
        let Some(value) = rest.trim_start().strip_prefix('=') else {
            name = Some(key);
            text = rest;
            continue;
        };
        let (value, rest) = string(value.trim_start().strip_prefix('"')?)?;
        labels.push((key, value));
        text = rest;
    }
}

/// The text up to the closing quotation mark, which may hold `\"`, and what follows.
fn string(text: &str) -> Option<(String, &str)> {
    let mut escaped = false;
    let end = text.find(|c: char| {
        let closes = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        closes
    })?;
    Some((text[..end].to_owned(), &text[end + 1..]))
}

/// `count:3, sum:1.5, [-0.001,0.001]:1, (0.7,1]:2}`: each a range and how many lie in it; `None` where no range is written.
fn native_ranges(text: &str) -> Option<Vec<(f64, f64, f64)>> {
    let mut ranges = Vec::new();
    let mut rest = text.split('}').next().unwrap_or("");
    while let Some(open) = rest.find(['(', '[']) {
        let (bounds, after) = rest[open + 1..].split_once([')', ']'])?;
        let (low, high) = bounds.split_once(',')?;
        let count = after.strip_prefix(':')?;
        let end = count.find(',').unwrap_or(count.len());
        ranges.push((number_of(low.trim())?, number_of(high.trim())?, number_of(count[..end].trim())?));
        rest = &count[end..];
    }
    (!ranges.is_empty()).then_some(ranges)
}
