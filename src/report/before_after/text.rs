//! The comparison for terminals.

use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, LineStyle, Table, TableStyle};

use super::changed::{self, LISTED};
use super::judgement::sentence;
use super::{Answer, Release, Versions, figures};
use crate::analysis::before_after::Effect;
use crate::plan::{Change, WORKLOAD};
use crate::report::event::listed;
use crate::report::{caveats, format, premises};

/// The comparison in text of at most `width` columns, the verdict last.
#[must_use]
pub fn text(versions: &Versions, width: u16) -> String {
    let mut text = Lines { text: String::new(), width };
    let is_quiet = |answer: &&Answer| !versions.releases.is_empty() && is_quiet(answer);
    let (quiet, told): (Vec<&Answer>, Vec<&Answer>) = versions.answers.iter().partition(is_quiet);
    if told.is_empty() {
        quiet.first().into_iter().for_each(|first| what_changed(&mut text, first, versions, &mut Vec::new()));
    }
    let mut rests = String::new();
    let mut listed: Vec<&Change> = Vec::new();
    for answer in told {
        section(&mut text, answer, versions, &mut listed);
        let now = rests_on(answer, width);
        if now != rests {
            text.text.push_str(&now);
            rests = now;
        }
        if versions.answers.len() == 1 {
            remarks_on_all(versions).iter().for_each(|remark| text.say(remark));
        }
        text.say(&sentence(answer, &versions.labels));
        text.text.push('\n');
    }
    versions.releases.iter().for_each(|release| of_release(&mut text, release, versions));
    if !quiet.is_empty() {
        text.say(&alike(&quiet, versions));
        text.text.push('\n');
    }
    if versions.answers.len() != 1 {
        remarks_on_all(versions).iter().for_each(|remark| text.say(remark));
        text.say(&closing(versions));
    }
    format!("{}\n", text.text.trim_end())
}

/// A text whose sentences are wrapped.
struct Lines {
    text: String,
    width: u16,
}

impl Lines {
    fn say(&mut self, sentence: &str) {
        for line in format::wrap(sentence, self.width.into()) {
            self.text.push_str(&format!("{line}\n"));
        }
    }
}

/// What changed about one workload, and its figures.
fn section<'a>(text: &mut Lines, answer: &'a Answer, versions: &Versions, listed: &mut Vec<&'a Change>) {
    let width = text.width;
    text.say(&heading(answer, versions));
    text.text.push('\n');
    what_changed(text, answer, versions, listed);
    text.text.push_str(&format!("{}\n", rows(answer, versions, width)));
    text.text.push_str(&format!("{}\n", objectives(answer, versions, width)));
    if let Some(instead) = &answer.instead {
        let words = format::parameters(&instead.parameters);
        text.say(&format!("Instead: {words} meets all objectives ({}).", instead.figures.join(", ")));
        text.text.push('\n');
    }
}

/// What changed about one workload. Changes of what the workloads have in common are `listed` once.
fn what_changed<'a>(text: &mut Lines, answer: &'a Answer, versions: &Versions, listed: &mut Vec<&'a Change>) {
    let width = text.width;
    let mut used = changed::used(answer);
    used.retain(|change| !listed.contains(change));
    listed.extend(&used);
    if let Some(table) = changes(&used, answer, versions, width) {
        text.text.push_str(&format!("{table}\n"));
    }
    let remarks: Vec<String> =
        changed::nothing(answer).map(str::to_owned).into_iter().chain(changed::others(answer)).collect();
    remarks.iter().for_each(|sentence| text.say(sentence));
    if !remarks.is_empty() {
        text.text.push('\n');
    }
}

/// What the answer about one workload rests on; empty where there is nothing to say.
fn rests_on(answer: &Answer, width: u16) -> String {
    let mut text = Lines { text: caveats::text(&answer.caveats, None, width).trim_start_matches('\n').into(), width };
    if !text.text.is_empty() {
        text.text.push('\n');
    }
    let assumed: Vec<String> = premises::assumed(&answer.premises, None).into_iter().map(premises::phrase).collect();
    if !assumed.is_empty() {
        text.say(&format!("Assumed, because nobody gave it: {}.", assumed.join(", ")));
        text.text.push('\n');
    }
    text.text
}

/// Whether both versions have a workload and no figure of it shows a difference but in room, which the figures of all workloads
/// together show.
fn is_quiet(answer: &Answer) -> bool {
    let is_shown = |effect: Effect| matches!(effect, Effect::Better | Effect::Worse);
    answer.old.is_some() && !answer.rows.iter().any(|row| is_shown(row.effect))
}

/// Which workloads show no difference.
fn alike(quiet: &[&Answer], versions: &Versions) -> String {
    let names: Vec<String> = quiet.iter().map(|answer| answer.name.clone()).collect();
    let of = versions.answers.len();
    match versions.releases.len() {
        1 if names.len() == of => format!("No workload shows a difference ({}).", names.join(", ")),
        1 => format!("No difference is shown for {}.", listed(&names)),
        points => format!("No difference is shown in {} of the {of} workloads of {points} releases.", names.len()),
    }
}

/// What the workloads of a world take together.
fn of_release(text: &mut Lines, release: &Release, versions: &Versions) {
    let [old, new] = &versions.labels;
    text.say(&release.heading());
    text.text.push('\n');
    let mut figures = table(["", old, new], text.width);
    for row in release.rows() {
        figures.add_row(row);
    }
    text.text.push_str(&format!("{}\n", lines(&figures)));
    let objectives = release.objectives();
    if !objectives.is_empty() {
        let mut held = table(["objective", old, new], text.width);
        for (name, values, met) in objectives {
            let [old, new] = [0, 1].map(|side| figures::standing(met[side], &values[side]));
            held.add_row([name, old, new]);
        }
        text.text.push_str(&format!("{}\n", lines(&held)));
    }
}

/// What is said once, before the verdict.
fn remarks_on_all(versions: &Versions) -> Vec<String> {
    let alone =
        versions.gone.iter().map(|name| format!("{name} is in {} alone: it is not compared.", versions.labels[0]));
    alone.chain(versions.notes.iter().cloned()).chain(versions.remark.clone()).collect()
}

/// What the answers come to where there are several.
fn closing(versions: &Versions) -> String {
    let missed: Vec<String> =
        versions.answers.iter().filter(|answer| super::judgement::standing(answer, 1).is_some()).map(called).collect();
    let new = &versions.labels[1];
    let noun = if versions.releases.is_empty() { "Deployments" } else { "workloads" };
    let of = versions.answers.len();
    let workloads = match missed.len() {
        0 => format!("{new}: all {of} {noun} meet their objectives."),
        some => {
            format!("{new}: {some} of {of} {noun} are not shown to meet all objectives: {}.", missed.join(", "))
        }
    };
    let of_cluster: Vec<String> = versions.releases.iter().flat_map(Release::missed).collect();
    match &of_cluster[..] {
        [] => workloads,
        some => format!("{workloads} All workloads together are not shown to meet {}.", listed(some)),
    }
}

fn heading(answer: &Answer, versions: &Versions) -> String {
    let Answer { old, new, .. } = answer;
    let name = &called(answer);
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

/// The name of a workload, with the point of the sweep where both versions have the same.
fn called(answer: &Answer) -> String {
    let Answer { name, old, new, .. } = answer;
    let swept: Vec<_> = new.parameters.iter().filter(|(path, _)| path != WORKLOAD).cloned().collect();
    let is_same = old.as_ref().is_none_or(|old| old.parameters == new.parameters);
    if swept.is_empty() || !is_same { name.clone() } else { format!("{name} ({})", format::parameters(&swept)) }
}

fn changes(used: &[&Change], answer: &Answer, versions: &Versions, width: u16) -> Option<String> {
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
