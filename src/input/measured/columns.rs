//! Columns of a table: lengths of time, instants, and what is neither.

use crate::input::measured::instants::{Instants, Stage, between, field_between, instants, stage};
use crate::input::measured::sample::{Choice, Column, Measurements, Sample, field, is_time_to_ready, plausible};
use crate::input::tables::cell::cell;
use crate::input::tables::table::{ColumnLengths, Fault, Table, UnitFrom};
use crate::input::tables::unit::Unit;
use crate::input::tables::unit_name::{Named, is_statistic, named};
use crate::input::tree::error::{InputError, quoted};
use crate::input::tree::near::unknown;
use crate::stats::fit::{Lengths, Resolution, Seen};

/// With more columns than this it is said how one is chosen.
const MANY: usize = 3;
/// Values above this many seconds make the reader ask whether the unit is seconds, where the file does not state the
/// unit.
const LONG: f64 = 600.0;
/// Names of columns whose 1 stands for what was seen to end, the inverse of a lower bound.
const SEEN_TO_END: &[&str] = &[
    "event",
    "events",
    "observed",
    "seen",
    "dead",
    "death",
    "status",
    "e",
    "completed",
    "done",
    "finished",
    "ready",
    "uncensored",
    "failed",
];

/// What a column holds.
enum Kind {
    Empty,
    Lengths(ColumnLengths),
    Instants(Instants),
    /// Something else, and why.
    Other(String),
}

/// A column and its instants.
type Dated<'a> = (usize, &'a Instants);

/// Where a table is from.
pub(super) struct Origin<'a> {
    /// The file as it was named.
    pub(super) name: &'a str,
    /// Whether an experiment can read its columns.
    pub(super) readable: bool,
}

struct Reader<'a> {
    origin: &'a Origin<'a>,
    table: &'a Table,
    choice: &'a Choice<'a>,
    marks: Option<Vec<bool>>,
    found: Measurements,
}

pub(super) fn read(origin: &Origin<'_>, table: &Table, choice: &Choice<'_>) -> Result<Measurements, InputError> {
    let place = |name: &str| {
        let names: Vec<&str> = table.headers.iter().map(String::as_str).take(50).collect();
        table.position(name).ok_or_else(|| InputError::in_file(origin.name, unknown("column", name, &names)))
    };
    let mark = choice.censored.map(place).transpose()?;
    let marks = mark.map(|index| marks(origin, table, index)).transpose()?;
    let columns = if choice.columns.is_empty() { &table.usual } else { choice.columns };
    let wanted = columns.iter().map(|name| place(name)).collect::<Result<Vec<_>, _>>()?;
    let found = Measurements { notes: table.notes.clone(), ..Measurements::default() };
    let mut reader = Reader { origin, table, choice, marks, found };
    reader.read(&wanted, mark)?;
    reader.found.notes.extend(mark.and_then(|index| reader.inverse(index)));
    Ok(reader.found)
}

impl Reader<'_> {
    fn name(&self, index: usize) -> String {
        quoted(&self.table.headers[index])
    }

    fn fault(&self, index: usize, (line, problem): Fault) -> InputError {
        let file = line.map_or(self.origin.name.to_owned(), |line| format!("{}:{line}", self.origin.name));
        InputError::in_file(&file, format!("column {}: {problem}", self.name(index)))
    }

    fn read(&mut self, wanted: &[usize], mark: Option<usize>) -> Result<(), InputError> {
        let all: Vec<usize> = (0..self.table.headers.len()).filter(|index| mark != Some(*index)).collect();
        let mut kinds = Vec::new();
        for index in &all {
            let chosen = wanted.contains(index);
            let kind = if wanted.is_empty() || chosen {
                self.kind(*index, chosen)
            } else {
                // Not asked for, but perhaps the other end of what is.
                instants(self.table, *index, None)
                    .map(|found| found.map_or(Kind::Empty, Kind::Instants))
                    .or(Ok(Kind::Empty))
            };
            kinds.push((*index, kind.map_err(|fault| self.fault(*index, fault))?));
        }
        let dated: Vec<(usize, &Instants)> = kinds
            .iter()
            .filter_map(|(index, kind)| if let Kind::Instants(found) = kind { Some((*index, found)) } else { None })
            .collect();
        let mut reported = false;
        for (index, kind) in &kinds {
            let chosen = wanted.is_empty() || wanted.contains(index);
            match kind {
                Kind::Lengths(lengths) => self.take_lengths(*index, lengths)?,
                Kind::Instants(_) if chosen && !reported => {
                    reported = true;
                    self.take_instants(&dated, wanted)?;
                }
                Kind::Other(problem) if wanted.contains(index) => {
                    return Err(self.fault(*index, (None, problem.clone())));
                }
                Kind::Other(problem) => {
                    self.found.notes.push(format!("column {} is left out: {problem}", self.name(*index)))
                }
                Kind::Empty | Kind::Instants(_) => {}
            }
        }
        if self.found.samples.is_empty() {
            return Err(InputError::in_file(self.origin.name, self.nothing()));
        }
        if wanted.is_empty() && self.found.samples.len() > MANY {
            let count = self.found.samples.len();
            self.found.notes.push(format!("all {count} columns of numbers are taken for times; --column NAME chooses"));
        }
        Ok(())
    }

    fn nothing(&self) -> String {
        const NOTHING: &str = "neither pods nor a metric, and as a table no column holds lengths of time, such as 8 (seconds) or \
                               250ms, below its header";
        let blanks = |text: &str| text.split_whitespace().count();
        let rows = || (0..self.table.rows.len()).map(|row| self.table.cell(row, 0));
        if let [header] = &self.table.headers[..]
            && blanks(header) > 1
            && rows().count() > 0
            && rows().all(|row| blanks(row) == blanks(header))
        {
            return "its columns are separated by blanks: write commas, semicolons or tabs between them".into();
        }
        let reported: Vec<&str> = self.found.notes.iter().map(String::as_str).take(5).collect();
        if reported.is_empty() { NOTHING.into() } else { format!("{NOTHING}; {}", reported.join("; ")) }
    }

    fn kind(&self, index: usize, chosen: bool) -> Result<Kind, Fault> {
        let table = self.table;
        let cells: Vec<(usize, &str)> = table.filled(index).collect();
        if cells.is_empty() {
            return if chosen { Err((None, "no cell holds a value".into())) } else { Ok(Kind::Empty) };
        }
        if let Some(found) = instants(table, index, self.choice.unit)? {
            return Ok(Kind::Instants(found));
        }
        if !chosen && let Some(why) = self.no_length(index, &cells) {
            return Ok(Kind::Other(why));
        }
        match table.lengths(index, self.choice.unit) {
            Ok(lengths) => self.statistic(index, chosen).map_or(Ok(Kind::Lengths(lengths)), |why| Ok(Kind::Other(why))),
            Err(fault) if chosen => Err(fault),
            // Mostly numbers: the column matters, and what cannot be read in it is an error.
            Err((line, problem)) => {
                let read = cells.iter().filter(|(_, text)| cell(&text.replacen(',', ".", 1)).is_ok()).count();
                if line.is_some() && 2 * read > cells.len() {
                    return Err((line, problem));
                }
                let line = line.map_or(String::new(), |line| format!("line {line}: "));
                Ok(Kind::Other(format!("{line}{problem}")))
            }
        }
    }

    /// Why a column of numbers that the user did not name holds no lengths of time.
    fn no_length(&self, index: usize, cells: &[(usize, &str)]) -> Option<String> {
        let header = &self.table.headers[index];
        let says_unit = matches!(named(header), Named::Unit(_));
        let all = |words: &[&str]| cells.iter().all(|(_, text)| words.contains(&text.to_lowercase().as_str()));
        let marks = all(&["0", "1", "0.0", "1.0"]) && !says_unit && field(header).is_none();
        if cells.len() > 1 && (marks || all(&["true", "false"])) {
            return Some(format!("it holds only 0 and 1: if these mark lower bounds, --censored {header}"));
        }
        let numbers: Vec<f64> = self.table.numbers(index)?.into_iter().flatten().collect();
        let first = *numbers.first()?;
        let counts = numbers.iter().enumerate().all(|(row, number)| *number == first + row as f64)
            && (first == 0.0 || first == 1.0);
        let unnamed = !header.chars().any(char::is_alphabetic) || header.to_lowercase().starts_with("unnamed");
        let alone = self.table.headers.len() == 1;
        let whole = |number: &f64| number.trunc() == *number;
        let mut sorted = numbers.clone();
        sorted.sort_by(f64::total_cmp);
        if unnamed && !alone && numbers.iter().all(whole) && sorted.windows(2).all(|pair| pair[0] < pair[1]) {
            return Some("it has no name and holds different whole numbers, as an index does".into());
        }
        if counts
            && numbers.len() > 2
            && !says_unit
            && !alone
            && (unnamed || field(header).is_none() && !is_time_to_ready(header))
        {
            return Some("it counts the rows".into());
        }
        None
    }

    /// Why a column is none of single lengths.
    fn statistic(&self, index: usize, chosen: bool) -> Option<String> {
        let header = &self.table.headers[index];
        let others = self
            .table
            .headers
            .iter()
            .enumerate()
            .filter(|(other, header)| *other != index && is_statistic(header))
            .count();
        let minutes =
            matches!(self.table.unit(index, self.choice.unit), Ok((Unit::Minutes, UnitFrom::Name))) && others == 0;
        (is_statistic(header) && !chosen && !minutes).then(|| {
            "its name says that it is a statistic; a fit needs the single values (--column takes it all the same)"
                .into()
        })
    }

    fn take_lengths(&mut self, index: usize, lengths: &ColumnLengths) -> Result<(), InputError> {
        let name = self.table.headers[index].clone();
        let longest = lengths.values.iter().flatten().copied().fold(0.0, f64::max);
        plausible(longest).map_err(|problem| self.fault(index, (None, problem)))?;
        let resolution = if self.choice.whole_seconds { Resolution::WholeSeconds } else { Resolution::Exact };
        let seen =
            Lengths::new(resolution, self.seen(&lengths.values, resolution).map_err(|fault| self.fault(index, fault))?);
        let notes = self.remarks(index, lengths, &seen);
        self.found.notes.extend(notes);
        let reference = resolution == Resolution::Exact && seen.censored() == 0;
        let file = if self.origin.readable { self.origin.name.to_owned() } else { "-".into() };
        let column = Column { file, name: name.clone(), unit: lengths.unit };
        self.found.samples.push(Sample {
            field: field(&name),
            unit: lengths.plain.then_some((lengths.unit, lengths.from)),
            column: reference.then_some(column),
            to_ready: is_time_to_ready(&name),
            ..Sample::new(&name, seen)
        });
        Ok(())
    }

    /// What is known of each row's length.
    fn seen(&self, values: &[Option<f64>], resolution: Resolution) -> Result<Vec<(Seen, u64)>, Fault> {
        let mut seen = Vec::new();
        for (row, value) in values.iter().enumerate().filter_map(|(row, value)| Some((row, (*value)?))) {
            let censored = self.marks.as_ref().is_some_and(|marks| marks[row]);
            let whole = resolution == Resolution::WholeSeconds;
            if whole && value.trunc() != value {
                let problem = format!("{value} is no whole number of seconds: leave --whole-seconds out");
                return Err((Some(self.table.rows[row].line), problem));
            }
            seen.push((
                match (whole, censored) {
                    (false, false) => Seen::Exactly(value),
                    (true, false) => Seen::Whole(value),
                    (false, true) => Seen::at_least(value),
                    (true, true) => Seen::at_least((value - 1.0).max(0.0)),
                },
                1,
            ));
        }
        Ok(seen)
    }

    /// How the numbers of a column were read, and what they make doubtful.
    fn remarks(&self, index: usize, lengths: &ColumnLengths, seen: &Lengths) -> Vec<String> {
        let name = self.name(index);
        let unit = lengths.unit.long();
        let mut notes = Vec::new();
        let mut note = |text: String| notes.push(format!("column {name}: {text}"));
        let values = || lengths.values.iter().flatten();
        match (lengths.from, named(&self.table.headers[index])) {
            _ if !lengths.plain => {}
            (UnitFrom::Option, Named::Unit(other)) if other != lengths.unit => {
                note(format!("its name says {}, --unit says {unit}: its numbers are read in {unit}", other.long()));
            }
            (UnitFrom::Name, _) if lengths.unit != Unit::Seconds => {
                note(format!("its numbers are read in {unit}, as its name says"))
            }
            (UnitFrom::Assumed, _) => {
                let long = values().filter(|value| **value > LONG).count();
                let most = if 2 * long > values().count() {
                    format!(", and most are over {LONG:.0}: --unit ms if they are milliseconds")
                } else {
                    String::new()
                };
                note(format!("its numbers are taken for seconds, since nothing says a unit{most}"));
            }
            _ => {}
        }
        if lengths.decimal_comma {
            note("its commas are read as decimal signs".into());
        }
        let missing = lengths.values.iter().filter(|value| value.is_none()).count();
        if missing > 0 {
            note(format!("{missing} of {} rows hold no value and are left out", lengths.values.len()));
        }
        let known = || seen.rows().iter().map(|(seen, _)| seen).filter(|seen| !seen.is_censored());
        let whole = |seen: &Seen| matches!(seen, Seen::Exactly(value) if value.trunc() == *value);
        let small = |seen: &Seen| matches!(seen, Seen::Exactly(value) if *value < 60.0);
        if known().all(whole) && known().any(small) && known().count() > 1 {
            note("whole seconds only: --whole-seconds if they are differences of instants without fractions".into());
        }
        notes
    }

    /// The lengths between columns of instants: between the only two or the two that are `wanted`, else those whose names say
    /// what lies between.
    fn take_instants(&mut self, dated: &[(usize, &Instants)], wanted: &[usize]) -> Result<(), InputError> {
        let asked: Vec<(usize, &Instants)> =
            dated.iter().filter(|(index, _)| wanted.contains(index)).copied().collect();
        let first = asked.first().or(dated.first()).map_or(0, |(index, _)| *index);
        let pairs = match (&asked[..], dated) {
            ([a, b], _) | ([], [a, b]) | ([_], [a, b]) => vec![(*a, *b)],
            ([], [_]) => {
                let why = "it holds instants, not lengths of time: add the instants from which they count, or give the differences";
                self.found.notes.push(format!("column {} is left out: {why}", self.name(first)));
                return Ok(());
            }
            ([] | [_, _, _, ..], _) => by_stage(self.table, if asked.is_empty() { dated } else { &asked }),
            ([_], _) => Vec::new(),
        };
        if pairs.is_empty() {
            let names: Vec<String> = dated.iter().map(|(index, _)| self.name(*index)).collect();
            let problem = format!(
                "it holds instants, not lengths of time; there are {}: name the two whose difference you mean, each with --column",
                names.join(", ")
            );
            return Err(self.fault(first, (None, problem)));
        }
        pairs.into_iter().try_for_each(|(a, b)| self.take_between(a, b))
    }

    fn take_between(&mut self, a: (usize, &Instants), b: (usize, &Instants)) -> Result<(), InputError> {
        let found = between(self.table, a, b).map_err(|fault| self.fault(b.0, fault))?;
        let [begin, end] = [found.begin, found.end].map(|index| self.table.headers[index].clone());
        let name = format!("{begin} to {end}");
        let longest = found.values.iter().flatten().copied().fold(0.0, f64::max);
        plausible(longest).map_err(|problem| self.fault(found.end, (None, problem)))?;
        let whole = found.whole_seconds || self.choice.whole_seconds;
        let resolution = if whole { Resolution::WholeSeconds } else { Resolution::Exact };
        let seen = self.seen(&found.values, resolution).map_err(|fault| self.fault(found.end, fault))?;
        let how = if found.whole_seconds { ", both to the second" } else { "" };
        let open = if found.open > 0 {
            format!("; {} rows lack one of them and are left out", found.open)
        } else {
            String::new()
        };
        self.found.notes.push(format!(
            "columns {} and {} hold instants: their differences are fitted{how}{open}",
            quoted(&begin),
            quoted(&end)
        ));
        let field = field_between(stage(&begin), stage(&end));
        let seen = Lengths::new(resolution, seen);
        let inline = resolution == Resolution::Exact && seen.censored() == 0;
        let column = Column { file: "-".into(), name: name.clone(), unit: Unit::Seconds };
        let to_ready = field.is_none() && is_time_to_ready(&end);
        self.found.samples.push(Sample {
            field,
            column: inline.then_some(column),
            to_ready,
            ..Sample::new(&name, seen)
        });
        Ok(())
    }

    /// Whether marks look like the inverse of what they are taken for.
    fn inverse(&self, index: usize) -> Option<String> {
        let header = &self.table.headers[index];
        let marks = self.marks.as_ref()?;
        let (marked, all) = (marks.iter().filter(|mark| **mark).count(), marks.len());
        let named = SEEN_TO_END.contains(&header.to_lowercase().as_str());
        (named || 2 * marked > all).then(|| {
            format!(
                "--censored {header}: 1 stands for a lower bound, which {marked} of {all} rows are; in columns such as lifelines' event, \
                 1 stands for what was seen to end: turn such marks round first"
            )
        })
    }
}

/// Neighbours in the order of a pod's life, where every column's name says its place there.
fn by_stage<'a>(table: &Table, dated: &[Dated<'a>]) -> Vec<(Dated<'a>, Dated<'a>)> {
    let mut staged: Vec<_> = dated.iter().filter_map(|one| Some((stage(&table.headers[one.0])?, *one))).collect();
    staged.sort_by_key(|(stage, _)| *stage);
    let pairs =
        staged.iter().enumerate().flat_map(|(position, a)| staged[position + 1..].iter().map(move |b| (*a, *b)));
    let found: Vec<_> =
        pairs.filter(|(a, b)| field_between(Some(a.0), Some(b.0)).is_some()).map(|(a, b)| (a.1, b.1)).collect();
    // Without the start of containers between them: the whole time until Ready, from the scheduling where that is known.
    let [.., (_, last)] = staged[..] else { return found };
    let wanted = |wanted: Stage| staged.iter().find(|(stage, _)| *stage == wanted).map(|(_, one)| *one);
    match wanted(Stage::Scheduled).or_else(|| wanted(Stage::Created)) {
        Some(first) if found.is_empty() && wanted(Stage::Ready).is_some_and(|ready| ready.0 == last.0) => {
            vec![(first, last)]
        }
        _ => found,
    }
}

/// Which rows are lower bounds.
fn marks(origin: &Origin<'_>, table: &Table, index: usize) -> Result<Vec<bool>, InputError> {
    let mark = |row: usize| match table.cell(row, index) {
        "1" | "1.0" | "true" | "True" | "TRUE" => Ok(true),
        "" | "0" | "0.0" | "false" | "False" | "FALSE" => Ok(false),
        other => {
            let problem =
                format!("{} marks nothing: write 1 or true for a lower bound, else 0 or false", quoted(other));
            Err(InputError::in_file(&format!("{}:{}", origin.name, table.rows[row].line), problem))
        }
    };
    (0..table.rows.len()).map(mark).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str, choice: &Choice<'_>) -> Result<Measurements, String> {
        let origin = Origin { name: "a.csv", readable: true };
        let table = crate::input::tables::programs::read("a.csv", text).map_err(|error| error.to_string())?;
        read(&origin, &table, choice).map_err(|error| error.to_string())
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
        let choice =
            Choice { columns: &columns, censored: Some("open"), unit: Some(Unit::Milliseconds), ..Choice::default() };
        let found = read_text("ready,open\n1500,\n9000,true\n", &choice).unwrap();
        assert_eq!(found.samples[0].lengths.rows(), [(Seen::Exactly(1.5), 1), (Seen::at_least(9.0), 1)]);
        assert_eq!(found.samples[0].column, None);
        let choice = Choice { whole_seconds: true, ..Choice::default() };
        let found = read_text("ready\n0\n4\n", &choice).unwrap();
        assert_eq!(found.samples[0].lengths.rows(), [(Seen::Whole(0.0), 1), (Seen::Whole(4.0), 1)]);
    }

    #[test]
    fn mistakes_are_reported() {
        let columns = ["ready".to_owned()];
        let named = Choice { columns: &columns, ..Choice::default() };
        for (text, expected) in [
            ("ready\n1\n-2\n", "a.csv:3: column `ready`: `-2` is no length of time: write 0 or more"),
            ("ready\nNaN\n", "a.csv: column `ready`: no cell holds a value"),
            ("ready\ninf\n", "a.csv:2: column `ready`: `inf` is no length of time"),
            ("redy\n1\n", "a.csv: unknown column `ready`; did you mean `redy`?"),
            ("ready\n1e10\n", "a.csv:2: column `ready`: `1e10` may be a count since 1970 that lost its last digits"),
            ("ready\n99000\n", "a.csv: column `ready`: nothing says the unit of its numbers"),
            ("ready\n100000000000\n", "a.csv: column `ready`: nothing says the unit of its numbers"),
            ("ready\n", "a.csv: column `ready`: no cell holds a value"),
        ] {
            let error = read_text(text, &named).unwrap_err();
            assert!(error.starts_with(expected), "{text}: {error}");
        }
        let any = |text: &str| read_text(text, &Choice::default()).unwrap_err();
        assert!(any("").contains("no column holds"));
        let marked = Choice { censored: Some("open"), ..Choice::default() };
        assert!(read_text("ready,open\n1,maybe\n", &marked).unwrap_err().contains("a.csv:2: `maybe` marks nothing"));
        let whole = Choice { whole_seconds: true, ..named };
        assert!(read_text("ready\n1.5\n", &whole).unwrap_err().contains("no whole number of seconds"));
    }
}
