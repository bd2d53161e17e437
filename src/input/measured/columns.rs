//! Columns of a CSV file.

use crate::input::distribution::{MAX_VALUES, cell, line_of};
use crate::input::error::{InputError, quoted};
use crate::input::fields::unknown;
use crate::input::measured::{Choice, Column, Measurements, Sample, field, plausible};
use crate::input::yaml::Source;
use crate::stats::fit::{Lengths, Resolution, Seen};

/// The rows of a file.
struct Rows {
    headers: Vec<String>,
    rows: Vec<csv::StringRecord>,
}

/// Why a column is none of lengths of time: the line to blame and what is wrong.
type Fault = (Option<usize>, String);

/// With more columns than this it is said how one is chosen.
const MANY: usize = 3;

pub(super) fn read(source: &Source, choice: &Choice<'_>) -> Result<Measurements, InputError> {
    let rows = rows(source)?;
    let place = |name: &str| {
        let names: Vec<&str> = rows.headers.iter().map(String::as_str).take(50).collect();
        let found = rows.headers.iter().position(|header| header == name);
        found.ok_or_else(|| InputError::in_file(&source.name, unknown("column", name, &names)))
    };
    let marks = match choice.censored {
        Some(name) => Some(marks(source, &rows, place(name)?)?),
        None => None,
    };
    let named = choice.columns.iter().map(|name| place(name)).collect::<Result<Vec<_>, _>>()?;
    let mut found = Measurements::default();
    let all = (0..rows.headers.len()).filter(|index| choice.censored != Some(&rows.headers[*index]));
    for index in if named.is_empty() { all.collect() } else { named.clone() } {
        match column(source, &rows, index, marks.as_deref(), choice) {
            Ok(sample) => found.samples.extend(sample),
            Err((line, problem)) if named.is_empty() => {
                let line = line.map_or(String::new(), |line| format!("line {line}: "));
                found.notes.push(format!("column {} is left out: {line}{problem}", quoted(&rows.headers[index])));
            }
            Err((line, problem)) => {
                let file = line.map_or(source.name.clone(), |line| format!("{}:{line}", source.name));
                return Err(InputError::in_file(&file, format!("column {}: {problem}", quoted(&rows.headers[index]))));
            }
        }
    }
    if found.samples.is_empty() {
        return Err(InputError::in_file(&source.name, nothing(&rows, &found.notes)));
    }
    if named.is_empty() && found.samples.len() > MANY {
        found
            .notes
            .push(format!("all {} columns of numbers are taken for times; --column NAME chooses", found.samples.len()));
    } else {
        found.notes.extend(found.samples.iter().filter_map(|sample| doubt(sample, choice)));
    }
    Ok(found)
}

const NOTHING: &str = "neither pods nor a histogram, and as CSV no column holds lengths of time, such as 8 (seconds) or 250ms, below \
                       its header";

fn nothing(rows: &Rows, notes: &[String]) -> String {
    let separator = rows.headers.len() == 1 && rows.headers[0].contains([';', '\t']);
    match notes.first() {
        _ if separator => "columns must be separated by commas".into(),
        Some(note) => format!("{NOTHING}; {note}"),
        None => NOTHING.into(),
    }
}

/// What the numbers themselves make doubtful.
fn doubt(sample: &Sample, choice: &Choice<'_>) -> Option<String> {
    let name = quoted(&sample.name);
    if choice.unit.is_none() && ["ms", "_us", "_ns", "millis"].iter().any(|ending| sample.name.ends_with(ending)) {
        return Some(format!("column {name} is read as seconds; --unit ms says otherwise"));
    }
    let whole = |seen: &Seen| matches!(seen, Seen::Exactly(value) if value.trunc() == *value);
    let small = |seen: &Seen| matches!(seen, Seen::Exactly(value) if *value < 60.0);
    let rows = || sample.lengths.rows().iter().map(|(seen, _)| seen).filter(|seen| !seen.is_censored());
    (rows().all(whole) && rows().any(small) && rows().count() > 1).then(|| {
        format!("column {name} has whole seconds only: --whole-seconds if they are differences of instants without fractions")
    })
}

fn rows(source: &Source) -> Result<Rows, InputError> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(source.text.as_bytes());
    let unreadable = |error: csv::Error| InputError::in_file(&source.name, format!("this is not CSV: {error}"));
    let headers = reader.headers().map_err(unreadable)?.iter().map(|header| header.trim().to_owned()).collect();
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(unreadable)?;
        rows.push(record);
        if rows.len() > MAX_VALUES {
            return Err(InputError::in_file(
                &source.name,
                format!("more than {MAX_VALUES} rows: take a sample of them"),
            ));
        }
    }
    Ok(Rows { headers, rows })
}

/// Which rows are lower bounds.
fn marks(source: &Source, rows: &Rows, index: usize) -> Result<Vec<bool>, InputError> {
    let mark = |record: &csv::StringRecord| match record.get(index).unwrap_or("").trim() {
        "1" | "true" | "True" | "TRUE" => Ok(true),
        "" | "0" | "false" | "False" | "FALSE" => Ok(false),
        other => {
            let problem =
                format!("{} marks nothing: write 1 or true for a lower bound, else 0 or false", quoted(other));
            Err(InputError::in_file(&format!("{}:{}", source.name, line_of(&source.text, record)), problem))
        }
    };
    rows.rows.iter().map(mark).collect()
}

/// The sample in a column; `None` where all its cells are empty.
fn column(
    source: &Source,
    rows: &Rows,
    index: usize,
    marks: Option<&[bool]>,
    choice: &Choice<'_>,
) -> Result<Option<Sample>, Fault> {
    let mut seen = Vec::new();
    let mut longest = 0.0_f64;
    for (row, record) in rows.rows.iter().enumerate() {
        let line = || Some(line_of(&source.text, record));
        let text = record.get(index).unwrap_or("").trim();
        if text.is_empty() {
            continue;
        }
        let value = cell(text, choice.unit()).map_err(|problem| (line(), problem))?;
        longest = longest.max(value);
        let censored = marks.is_some_and(|marks| marks[row]);
        let one = match (choice.whole_seconds, censored) {
            (true, _) if value.trunc() != value => {
                return Err((
                    line(),
                    format!("{} is no whole number of seconds: leave --whole-seconds out", quoted(text)),
                ));
            }
            (false, false) => Seen::Exactly(value),
            (true, false) => Seen::Whole(value),
            (false, true) => Seen::at_least(value),
            (true, true) => Seen::at_least((value - 1.0).max(0.0)),
        };
        seen.push((one, 1));
    }
    plausible(longest).map_err(|problem| (None, problem))?;
    if seen.is_empty() {
        return Ok(None);
    }
    let resolution = if choice.whole_seconds { Resolution::WholeSeconds } else { Resolution::Exact };
    let name = rows.headers[index].clone();
    let lengths = Lengths::new(resolution, seen);
    let reference = resolution == Resolution::Exact && lengths.censored() == 0;
    let column = Column { file: source.name.clone(), name: name.clone(), unit: choice.unit().to_owned() };
    Ok(Some(Sample { field: field(&name), name, lengths, column: reference.then_some(column) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str, choice: &Choice<'_>) -> Result<Measurements, String> {
        let source = Source { name: "a.csv".into(), text: text.into() };
        read(&source, choice).map_err(|error| error.to_string())
    }

    #[test]
    fn numeric_columns_are_samples_and_others_are_noted() {
        let found = read_text("pod,start,warm_up\na,1.5,2s\nb,,250ms\nc,3,1m\n", &Choice::default()).unwrap();
        let rows = |index: usize| found.samples[index].lengths.rows().to_vec();
        assert_eq!(rows(0), [(Seen::Exactly(1.5), 1), (Seen::Exactly(3.0), 1)]);
        assert_eq!(rows(1), [0.25, 2.0, 60.0].map(|value| (Seen::Exactly(value), 1)));
        assert_eq!([found.samples[0].field, found.samples[1].field], [Some("start"), Some("warmUp")]);
        assert!(
            found.notes[0].starts_with("column `pod` is left out: line 2: `a` is no duration"),
            "{:?}",
            found.notes
        );
    }

    #[test]
    fn units_marks_and_whole_seconds() {
        let columns = ["ready".to_owned()];
        let choice = Choice { columns: &columns, censored: Some("open"), unit: Some("ms"), ..Choice::default() };
        let found = read_text("ready,open\n1500,\n9000,true\n", &choice).unwrap();
        assert_eq!(found.samples[0].lengths.rows(), [(Seen::Exactly(1.5), 1), (Seen::at_least(9.0), 1)]);
        assert_eq!(found.samples[0].column, None);
        let choice = Choice { whole_seconds: true, ..Choice::default() };
        let found = read_text("ready\n0\n4\n", &choice).unwrap();
        assert_eq!(found.samples[0].lengths.rows(), [(Seen::Whole(0.0), 1), (Seen::Whole(4.0), 1)]);
    }

    #[test]
    fn slips_are_told() {
        let columns = ["ready".to_owned()];
        let named = Choice { columns: &columns, ..Choice::default() };
        for (text, expected) in [
            ("ready\n1\n-2\n", "a.csv:3: column `ready`: `-2` is no length of time: write 0 or more"),
            ("ready\nNaN\n", "a.csv:2: column `ready`: `NaN` is no length of time"),
            ("redy\n1\n", "a.csv: unknown column `ready`; did you mean `redy`?"),
            ("ready\n1e12\n", "a.csv: column `ready`: values up to 1000000000000 s"),
            ("ready\n", "a.csv: neither pods nor a histogram, and as CSV no column holds"),
        ] {
            let error = read_text(text, &named).unwrap_err();
            assert!(error.starts_with(expected), "{text}: {error}");
        }
        let any = |text: &str| read_text(text, &Choice::default()).unwrap_err();
        assert!(any("").contains("no column holds"));
        assert!(any("a;b\n1;2\n").contains("separated by commas"));
        let marked = Choice { censored: Some("open"), ..Choice::default() };
        assert!(read_text("ready,open\n1,maybe\n", &marked).unwrap_err().contains("a.csv:2: `maybe` marks nothing"));
        let whole = Choice { whole_seconds: true, ..named };
        assert!(read_text("ready\n1.5\n", &whole).unwrap_err().contains("no whole number of seconds"));
    }
}
