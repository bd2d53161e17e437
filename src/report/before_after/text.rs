//! The comparison for terminals.

use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, LineStyle, Table, TableStyle};

use super::changed::{self, LISTED};
use super::judgement::sentence;
use super::{Answer, Versions, figures};
use crate::report::{caveats, format, premises};

/// The comparison in text of at most `width` columns, the verdict last.
#[must_use]
pub fn text(versions: &Versions, width: u16) -> String {
    let mut text = String::new();
    let say = |text: &mut String, sentence: &str| {
        format::wrap(sentence, width.into()).iter().for_each(|line| text.push_str(&format!("{line}\n")));
    };
    for answer in &versions.answers {
        say(&mut text, &heading(answer, versions));
        text.push('\n');
        if let Some(table) = changes(answer, versions, width) {
            text.push_str(&format!("{table}\n"));
        }
        let remarks: Vec<String> =
            changed::nothing(answer).map(str::to_owned).into_iter().chain(changed::others(answer)).collect();
        remarks.iter().for_each(|sentence| say(&mut text, sentence));
        if !remarks.is_empty() {
            text.push('\n');
        }
        text.push_str(&format!("{}\n", rows(answer, versions, width)));
        text.push_str(&format!("{}\n", objectives(answer, versions, width)));
        if let Some(instead) = &answer.instead {
            let words = format::parameters(&instead.parameters);
            say(&mut text, &format!("Instead: {words} meets all objectives ({}).", instead.figures.join(", ")));
            text.push('\n');
        }
        let caveats = caveats::text(&answer.caveats, None, width);
        text.push_str(caveats.trim_start_matches('\n'));
        if !caveats.is_empty() {
            text.push('\n');
        }
        let assumed: Vec<String> =
            premises::assumed(&answer.premises, None).into_iter().map(premises::phrase).collect();
        if !assumed.is_empty() {
            say(&mut text, &format!("Assumed, because nobody gave it: {}.", assumed.join(", ")));
            text.push('\n');
        }
        if versions.answers.len() == 1 {
            remarks_on_all(versions).iter().for_each(|remark| say(&mut text, remark));
        }
        say(&mut text, &sentence(answer, &versions.labels));
        text.push('\n');
    }
    if versions.answers.len() != 1 {
        remarks_on_all(versions).iter().for_each(|remark| say(&mut text, remark));
        say(&mut text, &closing(versions));
    }
    format!("{}\n", text.trim_end())
}

/// What is said once, before the verdict.
fn remarks_on_all(versions: &Versions) -> Vec<String> {
    let alone =
        versions.gone.iter().map(|name| format!("{name} is in {} alone: it is not compared.", versions.labels[0]));
    alone.chain(versions.notes.iter().cloned()).chain(versions.remark.clone()).collect()
}

/// What the answers come to where there are several.
fn closing(versions: &Versions) -> String {
    let missed: Vec<String> = versions
        .answers
        .iter()
        .filter(|answer| super::judgement::standing(answer, 1).is_some())
        .map(|answer| answer.name.clone())
        .collect();
    let new = &versions.labels[1];
    match missed.len() {
        0 => format!("{}: all {} Deployments meet their objectives.", new, versions.answers.len()),
        some => format!(
            "{new}: {some} of {} Deployments are not shown to meet all objectives: {}.",
            versions.answers.len(),
            missed.join(", ")
        ),
    }
}

fn heading(answer: &Answer, versions: &Versions) -> String {
    let Answer { name, old, new, .. } = answer;
    let plural = |number: u64| format::plural(number, &versions.noun);
    let Some(old) = old else {
        let only = &versions.labels[1];
        return format!("{name}, {} replicas, is in {only} alone. {}.", new.replicas, plural(new.replications));
    };
    let replicas = if old.replicas == new.replicas {
        format!("{} replicas", new.replicas)
    } else {
        format!("{} and {} replicas", old.replicas, new.replicas)
    };
    let runs = if old.replications == new.replications {
        format!("{} of each", plural(new.replications))
    } else {
        format!("{} and {}", plural(old.replications), plural(new.replications))
    };
    let numbers = if old.seed == new.seed {
        "same random numbers".to_owned()
    } else {
        format!("independent random numbers (seeds {} and {})", old.seed, new.seed)
    };
    format!("{name}, {replicas}. {runs}, {numbers}.")
}

fn changes(answer: &Answer, versions: &Versions, width: u16) -> Option<String> {
    let used = changed::used(answer);
    let [old, new] = &versions.labels;
    let mut table = table(["changed", old, new], width);
    for change in used.iter().take(LISTED) {
        table.add_row(changed::cells(change));
    }
    if used.len() > LISTED {
        table.add_row([format!("{} more", used.len() - LISTED), String::new(), String::new()]);
    }
    // The names of fields stay whole where there is room: a word that is broken cannot be searched for.
    let longest = used.iter().map(|change| changed::field(change).chars().count() + 2).max().unwrap_or(0);
    if let Some(names) = table.column_mut(0).filter(|_| longest <= usize::from(width) * 6 / 10) {
        names.set_constraint(ColumnConstraint::ContentWidth);
    }
    (!used.is_empty() && answer.old.is_some()).then(|| lines(&table))
}

fn rows(answer: &Answer, versions: &Versions, width: u16) -> String {
    let [old, new] = &versions.labels;
    if answer.old.is_none() {
        let mut table = table(["", new], width);
        answer.rows.iter().for_each(|row| {
            table.add_row([figures::name(row), figures::value(row, 1, answer)]);
        });
        return lines(&table);
    }
    let mut table = table(["", old, new, "difference (95% limits)", ""], width);
    for row in &answer.rows {
        table.add_row([
            figures::name(row),
            figures::value(row, 0, answer),
            figures::value(row, 1, answer),
            figures::difference(row),
            figures::meaning(row.effect).into(),
        ]);
    }
    lines(&table)
}

fn objectives(answer: &Answer, versions: &Versions, width: u16) -> String {
    let [old, new] = &versions.labels;
    let two = answer.old.is_some();
    let heads: Vec<&str> = if two { vec!["objective", old, new] } else { vec!["objective", new] };
    let mut table = table(heads, width);
    for (place, one) in answer.held.iter().enumerate() {
        let default = if place < answer.written { "" } else { " (default)" };
        let name = format!("{}{default}", one.objective.text);
        let [before, after] = one.met.map(figures::met);
        table.add_row(if two { vec![name.as_str(), before, after] } else { vec![name.as_str(), after] });
    }
    lines(&table)
}

fn table<'a>(heads: impl IntoIterator<Item = &'a str>, width: u16) -> Table {
    let mut table = Table::new();
    table.load_style(TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─')));
    table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    table.set_header(heads);
    for column in table.column_iter_mut() {
        column.set_cell_alignment(CellAlignment::Left);
        column.set_padding((1, 1));
    }
    table
}

fn lines(table: &Table) -> String {
    table.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}
