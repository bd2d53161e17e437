//! Tables of measurements in text: commas, semicolons or tabs between the cells, with or without a header, comments and
//! decimal commas.

use crate::input::tables::cell::{Cell, cell};
use crate::input::tables::rows::{
    Cleaned, Row, cleaned, for_people, header_in, is_data, records, refuse_numbered_header, separator,
};
use crate::input::tables::unit::Unit;
use crate::input::tables::unit_name::{Named, is_statistic, named};
use crate::input::tree::error::{InputError, quoted};

/// Seconds above which a number without a unit is not taken for seconds.
pub(crate) const DAY: f64 = 86_400.0;

/// Cells that say that there is no value, in lower case.
const NO_VALUE: &[&str] = &[
    "",
    "na",
    "n/a",
    "#n/a",
    "nan",
    "null",
    "nil",
    "none",
    "<none>",
    "<nil>",
    "nat",
    "-",
    "--",
    "?",
    ".",
    "undefined",
    "<unset>",
    "<unknown>",
];

/// Why a column cannot be read: the line to blame and what is wrong.
pub(crate) type Fault = (Option<usize>, String);

/// What a file holds.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    /// Names of the columns; `column 1` and so on where the file has no header.
    pub(crate) headers: Vec<String>,
    pub(crate) rows: Vec<Row>,
    /// Whether commas may stand in numbers without quotes.
    pub(crate) other_separator: bool,
    /// What was decided on reading it.
    pub(crate) notes: Vec<String>,
    /// Unit of all plain numbers, where the format has one.
    pub(crate) unit: Option<Unit>,
    /// The columns that are meant where none is named; none: all.
    pub(crate) usual: Vec<String>,
}

/// How numbers are written in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Marks {
    /// `1234.5`
    Point,
    /// `1234,5`, `1.234,5`
    DecimalComma,
    /// `1,234.5`
    ThousandsComma,
}

/// Where the unit of plain numbers is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnitFrom {
    /// The user said so.
    Option,
    /// The name of the column or metric states the unit.
    Name,
    /// Another part of the file states it, or the program that wrote the file always uses it.
    Format,
    /// Nothing states it: seconds.
    Assumed,
}

/// The lengths of time in a column.
#[derive(Clone, Debug)]
pub(crate) struct ColumnLengths {
    /// In seconds, one for each row; `None` where the cell holds no value.
    pub(crate) values: Vec<Option<f64>>,
    /// Unit of plain numbers.
    pub(crate) unit: Unit,
    pub(crate) from: UnitFrom,
    /// Whether any cell is a plain number, so that the unit matters.
    pub(crate) plain: bool,
    pub(crate) decimal_comma: bool,
}

impl Table {
    /// Reads a table in text.
    pub(super) fn parse(name: &str, text: &str) -> Result<Self, InputError> {
        let Cleaned { text: cleaned, separator: said, last_comment, unit } = cleaned(text);
        if let Some(advice) = for_people(&cleaned) {
            return Err(InputError::in_file(name, advice));
        }
        let separator = said.unwrap_or_else(|| separator(&cleaned));
        let mut records = records(name, &cleaned, separator)?;
        let mut notes = Vec::new();
        if records.is_empty() {
            return Ok(Self {
                headers: Vec::new(),
                rows: Vec::new(),
                other_separator: separator != b',',
                notes,
                unit: None,
                usual: Vec::new(),
            });
        }
        let other_separator = separator != b',';
        let headers = if is_data(&records, other_separator) {
            refuse_numbered_header(name, &records)?;
            let of_comment = last_comment.and_then(|comment| header_in(&comment, separator, records[0].cells.len()));
            if of_comment.is_none() {
                notes.push(
                    "the first line holds values, so the columns have no names: they are column 1, column 2 and so on"
                        .into(),
                );
            }
            of_comment
                .unwrap_or_else(|| (1..=records[0].cells.len()).map(|number| format!("column {number}")).collect())
        } else {
            records.remove(0).cells.iter().map(|header| header.trim().to_owned()).collect()
        };
        let table = Self { headers, rows: records, other_separator, notes, unit, usual: Vec::new() };
        table.rectangular(name)?;
        Ok(table)
    }

    /// The column of that name; without a header its number will do.
    pub(crate) fn position(&self, wanted: &str) -> Option<usize> {
        let exact = self.headers.iter().position(|header| header == wanted);
        exact.or_else(|| self.headers.iter().position(|header| *header == format!("column {wanted}")))
    }

    pub(crate) fn cell(&self, row: usize, index: usize) -> &str {
        self.rows.get(row).and_then(|row| row.cells.get(index)).unwrap_or("").trim()
    }

    /// The cells of a column that hold a value, each with its line.
    pub(crate) fn filled(&self, index: usize) -> impl Iterator<Item = (usize, &str)> {
        self.rows
            .iter()
            .map(move |row| (row.line, row.cells.get(index).unwrap_or("").trim()))
            .filter(|(_, text)| !no_value(text))
    }

    /// Refuses rows that have more or fewer cells than the header; nobody can say which column a cell belongs to.
    fn rectangular(&self, name: &str) -> Result<(), InputError> {
        let width = self.headers.len();
        for row in &self.rows {
            let at = || format!("{name}:{}", row.line);
            if row.cells.iter().skip(width).any(|cell| !cell.trim().is_empty()) {
                let commas = if self.other_separator {
                    ""
                } else {
                    ": if its numbers have decimal commas, write points, put quotes around them or separate the columns by ;"
                };
                let found = row.cells.len();
                return Err(InputError::in_file(
                    &at(),
                    format!("{found} fields in this row, but {width} in the header{commas}"),
                ));
            }
            if self.headers.iter().skip(row.cells.len()).any(|header| !header.is_empty()) {
                let found = row.cells.len();
                let problem = format!(
                    "{found} fields in this row, but {width} in the header: leave a field empty where there is no value"
                );
                return Err(InputError::in_file(&at(), problem));
            }
        }
        Ok(())
    }

    /// Refuses columns that may be one whose decimal commas were taken for separators: whole numbers, and in the column after
    /// them always three digits, or as many with zeros before.
    pub(super) fn refuse_split_numbers(&self, name: &str) -> Result<(), InputError> {
        if self.other_separator {
            return Ok(());
        }
        match (1..self.headers.len()).find(|index| self.is_split(*index)) {
            None => Ok(()),
            Some(index) => {
                let [left, right] = [index - 1, index].map(|index| self.cell(0, index));
                let problem = format!(
                    "`{left},{right}` may be one number with a decimal comma or two columns: write points, put quotes around such \
                     numbers or separate the columns by ; (if they are two columns, name the unit of each in the header)"
                );
                Err(InputError::in_file(&format!("{name}:{}", self.rows[0].line), problem))
            }
        }
    }

    /// Whether a column may be the fractions of the numbers before it.
    fn is_split(&self, index: usize) -> bool {
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let pairs: Vec<(&str, &str)> = (0..self.rows.len())
            .map(|row| (self.cell(row, index - 1), self.cell(row, index)))
            .filter(|(left, right)| !(no_value(left) && no_value(right)))
            .collect();
        // Longer numbers are no seconds, but instants such as JMeter's.
        let whole = |left: &str| digits(left) && left.len() < 7 && (left == "0" || !left.starts_with('0'));
        if pairs.is_empty() || !pairs.iter().all(|(left, right)| whole(left) && digits(right)) {
            return false;
        }
        let widths = |width: usize| pairs.iter().all(|(_, right)| right.len() == width);
        let zeros = pairs.iter().any(|(_, right)| right.len() > 1 && right.starts_with('0'));
        let [left, right] = [index - 1, index].map(|index| self.headers[index].as_str());
        let unnamed = |header: &str| header.is_empty() || header.starts_with("column ");
        if unnamed(right) {
            let counts =
                pairs.iter().enumerate().all(|(row, (left, _))| left.parse() == Ok(row) || left.parse() == Ok(row + 1));
            return zeros || widths(3) || (widths(pairs[0].1.len()) && !(counts && pairs.len() > 2));
        }
        let says = |header: &str| matches!(named(header), Named::Unit(_) | Named::NoTime(_));
        zeros || (widths(3) && !says(right) && !matches!(named(left), Named::NoTime(_)))
    }

    /// Reads a column as lengths of time; `unit` is what the user says of plain numbers.
    pub(crate) fn lengths(&self, index: usize, unit: Option<Unit>) -> Result<ColumnLengths, Fault> {
        let (unit, from) = self.unit(index, unit)?;
        let marks = self.marks(index, unit)?;
        let mut plain = false;
        let mut values = Vec::with_capacity(self.rows.len());
        for row in &self.rows {
            let text = row.cells.get(index).unwrap_or("").trim();
            if no_value(text) {
                values.push(None);
                continue;
            }
            let read = cell(&with_point(text, marks))
                .map_err(|problem| (Some(row.line), problem.replace(&with_point(text, marks), text)))?;
            plain |= matches!(read, Cell::Number(number) if number != 0.0);
            values.push(Some(read.seconds(unit)));
        }
        let longest = values.iter().flatten().copied().fold(0.0, f64::max);
        if plain && from == UnitFrom::Assumed && longest > DAY {
            return Err((None, too_long_without_unit(longest)));
        }
        Ok(ColumnLengths { values, unit, from, plain, decimal_comma: marks == Marks::DecimalComma })
    }

    /// The plain numbers of a column, whatever they are of; `None` where it holds anything else.
    pub(crate) fn numbers(&self, index: usize) -> Option<Vec<Option<f64>>> {
        let marks = self.marks(index, Unit::Seconds).ok()?;
        let number = |row: &Row| {
            let text = row.cells.get(index).unwrap_or("").trim();
            if no_value(text) { Some(None) } else { with_point(text, marks).parse::<f64>().ok().map(Some) }
        };
        self.rows.iter().map(number).collect()
    }

    /// The unit of a column's plain numbers: as the user says, or as its name does.
    pub(crate) fn unit(&self, index: usize, said: Option<Unit>) -> Result<(Unit, UnitFrom), Fault> {
        if let Some(unit) = said {
            return Ok((unit, UnitFrom::Option));
        }
        let name = &self.headers[index];
        if let Some(unit) = self.unit {
            return match named(name) {
                Named::Unit(other) if other != unit => {
                    let (own, file) = (other.long(), unit.long());
                    Err((
                        None,
                        format!(
                            "its name says {own}, the file says {file}: say which with --unit (in an experiment: unit)"
                        ),
                    ))
                }
                _ => Ok((unit, UnitFrom::Format)),
            };
        }
        let say = "say the unit with --unit (in an experiment: unit)";
        match named(name) {
            Named::Unit(unit) => Ok((unit, UnitFrom::Name)),
            Named::Nothing | Named::Statistic(_) => Ok((Unit::Seconds, UnitFrom::Assumed)),
            Named::MinutesOrMinimum if name.to_lowercase() != "min" && !self.beside_statistics(index) => {
                Ok((Unit::Minutes, UnitFrom::Name))
            }
            Named::MinutesOrMinimum => Err((None, format!("`min` in its name may be minutes or the minimum: {say}"))),
            Named::Unclear(why) => Err((None, format!("the unit is not clear from its name ({why}): {say}"))),
            Named::NoTime(word) => Err((
                None,
                format!("its name ({}) says that it is no length of time; if it is one, {say}", quoted(&word)),
            )),
        }
    }

    /// Whether another column is a statistic, such as `max` beside `min`.
    fn beside_statistics(&self, index: usize) -> bool {
        self.headers.iter().enumerate().any(|(other, header)| other != index && is_statistic(header))
    }

    /// Refuses points that are always before three digits, where commas may be decimal signs and three decimals are finer than
    /// a unit below a second usually has.
    fn refuse_points_for_thousands(&self, index: usize, unit: Unit) -> Result<(), Fault> {
        if !self.other_separator || unit.seconds() >= 1.0 {
            return Ok(());
        }
        let mut pointed = self.filled(index).filter(|(_, text)| text.contains('.')).peekable();
        let Some((line, text)) = pointed.peek().copied() else { return Ok(()) };
        let group = |text: &str| in_groups(&text.replace(',', " ").replace('.', ","));
        if !pointed.all(|(_, text)| group(text)) {
            return Ok(());
        }
        Err((
            Some(line),
            format!(
                "{} may be {} {unit} or {} {unit}: write neither points nor commas for thousands, and two decimals or four",
                quoted(text),
                text,
                text.replace('.', ""),
                unit = unit.short()
            ),
        ))
    }

    /// How the numbers of a column are written, where commas stand in any. What may be read in two ways is refused.
    fn marks(&self, index: usize, unit: Unit) -> Result<Marks, Fault> {
        let (mut decimal, mut thousands, mut unclear, mut points, mut plain) = (None, None, None, None, false);
        for (line, text) in self.filled(index) {
            let end = text.find(|c: char| !c.is_ascii_digit() && c != '.' && c != ',').unwrap_or(text.len());
            let number = &text[..end];
            let first = |slot: &mut Option<(usize, String)>| {
                slot.get_or_insert_with(|| (line, text.to_owned()));
            };
            match (number.rfind(','), number.rfind('.')) {
                (None, None) => plain |= !number.is_empty(),
                (None, Some(_)) => first(&mut points),
                (Some(comma), Some(point)) if comma > point => first(&mut decimal),
                (Some(_), Some(_)) => first(&mut thousands),
                (Some(_), None) => match in_groups(number) {
                    true if number.matches(',').count() > 1 => first(&mut thousands),
                    true => first(&mut unclear),
                    false => first(&mut decimal),
                },
            }
        }
        if decimal.is_none() && thousands.is_none() && unclear.is_none() {
            self.refuse_points_for_thousands(index, unit)?;
            return Ok(Marks::Point);
        }
        let both = |(line, text): (usize, String), other: &str| {
            Err((
                Some(line),
                format!(
                    "{} and {} stand in one column, of which the comma is a decimal sign in one only: write points",
                    quoted(&text),
                    quoted(other)
                ),
            ))
        };
        if let (true, Some(comma), Some((_, other))) = (self.other_separator, &unclear, &points) {
            return both(comma.clone(), other);
        }
        match (decimal, thousands.or(points), unclear) {
            (Some(comma), Some((_, other)), _) => both(comma, &other),
            (Some(_), None, _) => Ok(Marks::DecimalComma),
            (None, Some(_), _) => Ok(Marks::ThousandsComma),
            // Three digits after each comma: thousands as well as thousandths, unless commas are no separators.
            (None, None, Some((line, text))) => {
                let fine = unit.seconds() < 1.0;
                if self.other_separator && !plain && !fine {
                    return Ok(Marks::DecimalComma);
                }
                let problem = format!(
                    "{} may be {} or {}: write a point for decimals, and nothing for thousands",
                    quoted(&text),
                    text.replacen(',', ".", 1),
                    text.replace(',', "")
                );
                Err((Some(line), problem))
            }
            (None, None, None) => Ok(Marks::Point),
        }
    }
}

/// Why numbers without a unit are not taken for seconds.
pub(crate) fn too_long_without_unit(longest: f64) -> String {
    format!(
        "nothing says the unit of its numbers, and {longest:.0} seconds are longer than a day: say it with --unit, such as ms (in an \
         experiment: unit)"
    )
}

/// Whether `text` stands for no value.
pub(crate) fn no_value(text: &str) -> bool {
    text.len() <= 10 && NO_VALUE.contains(&text.to_lowercase().as_str())
}

/// `1,234,567` or `3,021`: groups of three digits, and no leading 0.
fn in_groups(number: &str) -> bool {
    let mut groups = number.split(',');
    let first = groups.next().unwrap_or("");
    (1..=3).contains(&first.len()) && !first.starts_with('0') && groups.all(|group| group.len() == 3)
}

fn with_point(text: &str, marks: Marks) -> String {
    match marks {
        Marks::Point => text.to_owned(),
        Marks::DecimalComma => text.replace('.', "").replacen(',', ".", 1),
        Marks::ThousandsComma => text.replace(',', ""),
    }
}
