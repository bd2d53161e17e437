//! From the text of a table to rows of cells: comments, the separator, and whether the first line is a header.

use crate::input::tables::cell::cell;
use crate::input::tables::instant::is_instant;
use crate::input::tables::unit::Unit;
use crate::input::tables::unit_name::unit_in;
use crate::input::tree::error::InputError;

/// Most rows that are read.
pub(crate) const MAX_ROWS: usize = 1_000_000;

/// The first words of what kubectl prints for people.
const KUBECTL: &[(&[&str], &str)] = &[
    (&["NAME", "READY", "STATUS"], "kubectl get pods -l app=NAME -o json"),
    (&["LAST", "SEEN", "TYPE", "REASON"], "kubectl get events -o json"),
    (&["NAME", "CPU(cores)"], "kubectl get pods -l app=NAME -o json"),
    (&["Name:"], "kubectl get pods -l app=NAME -o json"),
];

/// A row and the line on which it begins.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) line: usize,
    pub(crate) cells: csv::StringRecord,
}

/// A text without what is no table.
pub(super) struct Cleaned {
    /// With blank lines for comments and for a line `sep=;`, so that lines keep their numbers.
    pub(super) text: String,
    /// What that line says.
    pub(super) separator: Option<u8>,
    /// The last comment before the data.
    pub(super) last_comment: Option<String>,
    /// The unit that a comment says.
    pub(super) unit: Option<Unit>,
}

pub(super) fn cleaned(text: &str) -> Cleaned {
    let (mut cleaned, mut said, mut comment) = (String::with_capacity(text.len()), None, None);
    let mut unit = None;
    let (mut quotes, mut begun) = (0_usize, false);
    for line in text.split_inclusive('\n') {
        let bare = line.trim();
        let inside = quotes % 2 == 1;
        let is_comment = !inside
            && bare.starts_with('#')
            && !bare[1..].starts_with([',', ';', '\t'])
            && bare.len() > 1
            && !bare.starts_with("#N/A");
        let separator = bare.strip_prefix("sep=").or_else(|| bare.strip_prefix("SEP=")).filter(|_| !begun && !inside);
        if is_comment || separator.is_some() {
            said = said.or_else(|| separator.map(|text| text.bytes().next().unwrap_or(b'\t')));
            let remark = bare.trim_start_matches('#').trim();
            match unit_in(remark).filter(|_| is_comment) {
                Some(found) => unit = Some(found),
                None if is_comment && !begun => comment = Some(remark.to_owned()),
                None => {}
            }
            cleaned.push_str(if line.ends_with('\n') { "\n" } else { "" });
            continue;
        }
        quotes += line.matches('"').count();
        begun |= !bare.is_empty();
        // A line of blanks is no row.
        cleaned.push_str(if bare.is_empty() && !inside && !line.contains('\t') { "\n" } else { line });
    }
    Cleaned { text: cleaned, separator: said, last_comment: comment, unit }
}

/// What to give instead of a table for people.
pub(super) fn for_people(text: &str) -> Option<String> {
    let first = text.lines().find(|line| !line.trim().is_empty())?;
    if first.contains([',', ';', '\t']) {
        return None;
    }
    let words: Vec<&str> = first.split_whitespace().filter(|word| *word != "NAMESPACE").collect();
    let (_, command) = KUBECTL.iter().find(|(start, _)| words.starts_with(start))?;
    Some(format!("this is kubectl's table for people, which has no instants: give what `{command}` prints"))
}

/// The separator: a tab or semicolon that the first line holds, else a comma.
pub(super) fn separator(text: &str) -> u8 {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).take(20).collect();
    let count = |line: &str, separator: char| {
        let mut quoted = false;
        line.chars()
            .filter(|c| {
                quoted ^= *c == '"';
                *c == separator && !quoted
            })
            .count()
    };
    let Some(first) = lines.first() else { return b',' };
    let even = |separator: char| {
        count(first, separator) > 0 && lines.iter().all(|line| count(line, separator) == count(first, separator))
    };
    let all = ['\t', ';', ','];
    let found = all
        .iter()
        .find(|separator| even(**separator))
        .or_else(|| all.iter().find(|separator| count(first, **separator) > 0));
    found.map_or(b',', |separator| *separator as u8)
}

pub(super) fn records(name: &str, text: &str, separator: u8) -> Result<Vec<Row>, InputError> {
    let mut reader =
        csv::ReaderBuilder::new().flexible(true).has_headers(false).delimiter(separator).from_reader(text.as_bytes());
    let mut rows = Vec::new();
    let (mut line, mut counted) = (1, 0);
    for record in reader.records() {
        let record = record.map_err(|error| InputError::in_file(name, format!("this is not CSV: {error}")))?;
        // The reader's own count is one short where lines end in CR and LF: it stops between the two.
        let mut begin = record.position().map_or(0, |position| position.byte() as usize).min(text.len());
        begin += text.as_bytes()[begin..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        line += text.as_bytes()[counted..begin].iter().filter(|byte| **byte == b'\n').count();
        counted = begin;
        rows.push(Row { line, cells: record });
        if rows.len() > MAX_ROWS + 1 {
            return Err(InputError::in_file(name, format!("more than {MAX_ROWS} rows: take a sample of them")));
        }
    }
    Ok(rows)
}

/// Whether the first line holds values: a number, length or instant above another.
pub(super) fn is_data(records: &[Row], other_separator: bool) -> bool {
    let value = |text: &str| {
        let text = text.trim();
        let text = if other_separator { text.replacen(',', ".", 1) } else { text.to_owned() };
        let digit = text.starts_with(|c: char| c.is_ascii_digit());
        text.parse::<f64>().is_ok_and(f64::is_finite) || (digit && (cell(&text).is_ok() || is_instant(&text)))
    };
    records[0].cells.iter().any(value)
}

/// Refuses `0` or `,0,1` above other numbers: names that a program gave, or values.
pub(super) fn refuse_numbered_header(name: &str, records: &[Row]) -> Result<(), InputError> {
    let cells: Vec<&str> = records[0].cells.iter().map(str::trim).filter(|cell| !cell.is_empty()).collect();
    let numbered = cells.iter().enumerate().all(|(number, cell)| *cell == number.to_string());
    let same = records.iter().skip(1).any(|row| row.cells.iter().any(|cell| cell.trim() == "0"));
    if numbered && !same && records.len() > 1 {
        let at = format!("{name}:{}", records[0].line);
        return Err(InputError::in_file(
            &at,
            "this line may be names of columns or values: write names that are no numbers",
        ));
    }
    Ok(())
}

/// The names that a comment gives, where it has as many as there are columns.
pub(super) fn header_in(comment: &str, separator: u8, columns: usize) -> Option<Vec<String>> {
    let names: Vec<String> = comment.split(separator as char).map(|name| name.trim().to_owned()).collect();
    let said = names.len() == columns && names.iter().all(|name| !name.is_empty() && name.parse::<f64>().is_err());
    (said && (columns > 1 || !names[0].contains(' '))).then_some(names)
}
