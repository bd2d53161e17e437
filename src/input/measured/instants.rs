//! Columns of instants, and the lengths between two of them.

use crate::input::tables::cell::is_clock;
use crate::input::tables::instant::stamp;
use crate::input::tables::table::{Fault, Table};
use crate::input::tables::unit::Unit;
use crate::input::tables::unit_name::{Named, named, without_unit};
use crate::input::tree::error::quoted;

/// Seconds since 1970 that are taken for an instant: from 2001 to 2100.
const EPOCH: std::ops::Range<f64> = 1e9..4.2e9;
const NANOS: i128 = 1_000_000_000;

/// How instants are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// A date and a clock; whether a zone is written.
    Date { zoned: bool },
    /// A count since 1970.
    Epoch,
    /// A clock alone.
    Clock,
}

/// The instants of a column in nanoseconds, one for each row.
#[derive(Clone, Debug)]
pub(super) struct Instants {
    pub(super) form: Form,
    pub(super) values: Vec<Option<i128>>,
}

/// The lengths between two columns.
#[derive(Debug)]
pub(super) struct Between {
    pub(super) begin: usize,
    pub(super) end: usize,
    /// In seconds, one for each row.
    pub(super) values: Vec<Option<f64>>,
    /// Whether both are to the second.
    pub(super) whole_seconds: bool,
    /// Rows in which one of both is missing.
    pub(super) open: usize,
}

/// The stages of a pod's start, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    Created,
    Scheduled,
    Pulling,
    Pulled,
    Started,
    Ready,
}

/// The instants of a column; `None` where it holds something else.
pub(super) fn instants(table: &Table, index: usize, said: Option<Unit>) -> Result<Option<Instants>, Fault> {
    let filled: Vec<(usize, &str)> = table.filled(index).collect();
    let Some(first) = filled.first() else { return Ok(None) };
    if stamp(first.1).is_some() {
        return dates(table, index).map(Some);
    }
    let hours = |text: &str| text.split(':').next().and_then(|hours| hours.parse::<u32>().ok());
    let is_hour = |text: &str| is_clock(text) && hours(text).is_some_and(|hours| hours < 24);
    if filled.iter().all(|(_, text)| is_hour(text)) {
        let Some((line, text)) = filled.iter().find(|(_, text)| hours(text) == Some(0)) else {
            return Ok(Some(Instants { form: Form::Clock, values: clocks(table, index) }));
        };
        if says_instants(&table.headers[index]) && beside_clocks(table, index) {
            return Err((
                Some(*line),
                format!(
                    "{} may be a clock after midnight or a length of time: write instants with their date, such as \
                     2026-01-31T00:30:00Z",
                    quoted(text)
                ),
            ));
        }
        return Ok(None);
    }
    if let Some(found) = table.numbers(index) {
        refuse_lost_digits(table, index, &found)?;
    }
    Ok(epoch(table, index, said))
}

/// Whether a name is one of an end rather than of a length.
fn says_instants(name: &str) -> bool {
    let plain = without_unit(name);
    let word = |word: &str| ["begin", "end", "from", "to", "at", "since", "until", "finished"].contains(&word);
    stage(name).is_some() || plain.split('_').any(word)
}

/// Whether another column with a name of an end holds clocks too.
fn beside_clocks(table: &Table, index: usize) -> bool {
    let clocks =
        |other: usize| table.filled(other).next().is_some() && table.filled(other).all(|(_, text)| is_clock(text));
    table.headers.iter().enumerate().any(|(other, _)| other != index && clocks(other))
}

/// Refuses counts since 1970 or 1900 that are no lengths, and that have lost digits: `1.76985E+12`, `46053.39583`.
fn refuse_lost_digits(table: &Table, index: usize, numbers: &[Option<f64>]) -> Result<(), Fault> {
    let iso = "give instants such as 2026-01-31T09:30:00Z";
    let filled = || table.filled(index).zip(numbers.iter().flatten());
    let short = |text: &str| {
        let exponent = text.to_ascii_lowercase();
        let digits = exponent.split('e').next().unwrap_or("").bytes().filter(u8::is_ascii_digit).count();
        exponent.contains('e') && digits < 10
    };
    if let Some(((line, text), _)) = filled().find(|((_, text), number)| **number >= EPOCH.start && short(text)) {
        let problem = format!(
            "{} may be a count since 1970 that lost its last digits: {iso}, or all digits of the numbers",
            quoted(text)
        );
        return Err((Some(line), problem));
    }
    // From 2009 to 2064, with a time of the day.
    let serial = |text: &str, number: f64| (40_000.0..60_000.0).contains(&number) && text.contains(['.', ',']);
    let unit = match named(&table.headers[index]) {
        Named::Unit(unit) => Some(unit),
        _ => None,
    };
    refuse_seconds_in_another_unit(table, index, unit, numbers)?;
    let says_unit = unit.is_some();
    let mut all = filled().peekable();
    if let Some(((line, text), _)) = all.peek().copied()
        && !says_unit
        && all.all(|((_, text), number)| serial(text, *number))
    {
        return Err((Some(line), format!("{} may be a date as Excel counts days: {iso}", quoted(text))));
    }
    Ok(())
}

/// Refuses counts of seconds since 1970 below a name that says another unit.
fn refuse_seconds_in_another_unit(
    table: &Table,
    index: usize,
    unit: Option<Unit>,
    numbers: &[Option<f64>],
) -> Result<(), Fault> {
    let Some(unit) = unit.filter(|unit| *unit != Unit::Seconds) else { return Ok(()) };
    let (low, high) =
        numbers.iter().flatten().fold((f64::INFINITY, 0.0_f64), |(low, high), one| (low.min(*one), high.max(*one)));
    let instants = EPOCH.contains(&low) && EPOCH.contains(&high);
    // So many nanoseconds are a few seconds, which are never so near to each other.
    let near = high - low < 1e6 && high > low;
    if instants && (unit.seconds() >= 1e-3 || near) {
        let problem = format!(
            "its numbers may be seconds since 1970, but its name says {}: give instants such as 2026-01-31T09:30:00Z, or a name that \
             says their unit",
            unit.long()
        );
        return Err((table.filled(index).next().map(|(line, _)| line), problem));
    }
    Ok(())
}

/// Of a column whose first cell is a date.
fn dates(table: &Table, index: usize) -> Result<Instants, Fault> {
    let mut zones = None;
    for (line, text) in table.filled(index) {
        let stamp = stamp(text)
            .ok_or_else(|| (Some(line), format!("{} is no instant such as 2026-01-31T09:30:00Z", quoted(text))))?;
        if *zones.get_or_insert(stamp.zoned) != stamp.zoned {
            return Err((
                Some(line),
                format!("{}: some instants of this column have a time zone and some have none", quoted(text)),
            ));
        }
    }
    let value = |row: usize| stamp(table.cell(row, index)).map(|stamp| stamp.nanos);
    Ok(Instants {
        form: Form::Date { zoned: zones.unwrap_or(false) },
        values: (0..table.rows.len()).map(value).collect(),
    })
}

fn clocks(table: &Table, index: usize) -> Vec<Option<i128>> {
    let value = |row: usize| stamp(&format!("1970-01-01 {}", table.cell(row, index))).map(|stamp| stamp.nanos);
    (0..table.rows.len()).map(value).collect()
}

/// Numbers of a size that only counts since 1970 have.
fn epoch(table: &Table, index: usize, said: Option<Unit>) -> Option<Instants> {
    let numbers = table.numbers(index)?;
    let unit = said.or(match named(&table.headers[index]) {
        Named::Unit(unit) => Some(unit),
        _ => None,
    });
    let units = [Unit::Seconds, Unit::Milliseconds, Unit::Microseconds, Unit::Nanoseconds];
    let fits = |unit: &Unit| numbers.iter().flatten().all(|number| EPOCH.contains(&(number * unit.seconds())));
    let unit = units.into_iter().filter(|one| unit.is_none_or(|unit| unit == *one)).find(fits)?;
    // Whole counts have more digits than a product of fractions.
    let per = libm::round(1e9 * unit.seconds()) as i128;
    let nanos = |number: f64| number.trunc() as i128 * per + libm::round(number.fract() * per as f64) as i128;
    numbers
        .iter()
        .any(Option::is_some)
        .then(|| Instants { form: Form::Epoch, values: numbers.iter().map(|number| number.map(nanos)).collect() })
}

/// The lengths between two columns, whichever comes first.
pub(super) fn between(table: &Table, a: (usize, &Instants), b: (usize, &Instants)) -> Result<Between, Fault> {
    if a.1.form != b.1.form {
        let both = [a.0, b.0].map(|index| quoted(&table.headers[index]));
        return Err((None, format!("{} and {} are instants written in two ways: write both alike", both[0], both[1])));
    }
    let pairs = || a.1.values.iter().zip(&b.1.values);
    let signs =
        |wanted: std::cmp::Ordering| pairs().filter(|(a, b)| a.is_some() && b.is_some() && b.cmp(a) == wanted).count();
    let (ahead, behind) = (signs(std::cmp::Ordering::Greater), signs(std::cmp::Ordering::Less));
    let [first, second] = [a.0, b.0].map(|index| stage(&table.headers[index]));
    let swapped = match (first, second) {
        (Some(first), Some(second)) if first != second => first > second,
        _ => behind > ahead,
    };
    let (begin, end) = if swapped { (b, a) } else { (a, b) };
    let mut values = Vec::with_capacity(table.rows.len());
    let mut open = 0;
    for (row, pair) in begin.1.values.iter().zip(&end.1.values).enumerate() {
        let (Some(from), Some(to)) = pair else {
            open += 1;
            values.push(None);
            continue;
        };
        if to < from {
            let names = [begin.0, end.0].map(|index| quoted(&table.headers[index]));
            let problem =
                format!("{} is before {} here, which no length of time can be: take this row out", names[1], names[0]);
            return Err((Some(table.rows[row].line), problem));
        }
        values.push(Some((to - from) as f64 / NANOS as f64));
    }
    let whole = |instants: &Instants| instants.values.iter().flatten().all(|nanos| nanos % NANOS == 0);
    Ok(Between { begin: begin.0, end: end.0, values, whole_seconds: whole(begin.1) && whole(end.1), open })
}

/// What the name of a column says of its instants.
pub(super) fn stage(name: &str) -> Option<Stage> {
    let plain = without_unit(name);
    let has = |words: &[&str]| plain.split('_').any(|word| words.contains(&word));
    [
        (Stage::Ready, &["ready", "podready"][..]),
        (Stage::Started, &["started", "running"]),
        (Stage::Pulled, &["pulled"]),
        (Stage::Pulling, &["pulling"]),
        (Stage::Scheduled, &["scheduled", "podscheduled", "bound"]),
        (Stage::Created, &["created", "creation"]),
    ]
    .into_iter()
    .find(|(_, words)| has(words))
    .map(|(stage, _)| stage)
}

/// The field of `pods:` that lies between two stages.
pub(super) fn field_between(begin: Option<Stage>, end: Option<Stage>) -> Option<&'static str> {
    match (begin?, end?) {
        (Stage::Scheduled, Stage::Started) => Some("start"),
        (Stage::Started, Stage::Ready) => Some("warmUp"),
        (Stage::Pulling, Stage::Pulled) => Some("pull"),
        _ => None,
    }
}
