//! The comparison as Markdown, for the comment of a pull request.

use super::changed::{self, LISTED};
use super::judgement::{sentence, standing};
use super::{Answer, Judgement, Release, Versions, figures, judgement};
use crate::analysis::before_after::{Effect, Row};
use crate::metrics::{Measure, metric};
use crate::plan::{Premise, PremiseSource};
use crate::report::{caveats, format, markdown, premises, what_if};

/// The comparison as Markdown.
#[must_use]
pub fn markdown(versions: &Versions) -> String {
    let mut text = String::new();
    for answer in &versions.answers {
        text.push_str(&section(answer, versions));
    }
    versions.releases.iter().for_each(|release| text.push_str(&of_release(release, versions)));
    for name in &versions.gone {
        text.push_str(&format!(
            "`{name}` is in {} alone: it is not compared.\n\n",
            markdown::escaped(&versions.labels[0])
        ));
    }
    for note in versions.notes.iter().chain(&versions.remark) {
        text.push_str(&format!("{}\n\n", markdown::escaped(note)));
    }
    text.push_str(&format!("To repeat: `{}`, rollcast {}.\n", versions.command, env!("CARGO_PKG_VERSION")));
    text
}

fn section(answer: &Answer, versions: &Versions) -> String {
    let mut text = format!("### rollcast: {}\n\n", title(answer));
    text.push_str(&format!("{}\n\n", markdown::escaped(&sentence(answer, &versions.labels))));
    if answer.old.is_some() {
        let used = changed::used(answer);
        if !used.is_empty() {
            let rows = used
                .iter()
                .take(LISTED)
                .map(|change| changed::cells(change).map(|cell| markdown::code(&cell)).to_vec());
            let [before, after] = &versions.labels;
            text.push_str(&markdown::table(&["changed", before, after], "lrr", &rows.collect::<Vec<_>>()));
            if used.len() > LISTED {
                text.push_str(&format!("\nand {} more.\n", used.len() - LISTED));
            }
            text.push('\n');
        }
        let remarks = changed::nothing(answer).map(str::to_owned).into_iter().chain(changed::others(answer));
        remarks.for_each(|remark| text.push_str(&format!("{}\n\n", markdown::escaped(&remark))));
    }
    text.push_str(&table(answer, versions));
    if let Some(instead) = &answer.instead {
        let words = instead.parameters.iter().map(|(path, value)| format!("`{path}: {value}`")).collect::<Vec<_>>();
        text.push_str(&format!(
            "\n**Instead:** {} meets all objectives ({}).\n",
            words.join(", "),
            instead.figures.join(", ")
        ));
        text.push_str(&suggestion(&instead.parameters));
    }
    text.push_str(&details(answer));
    text
}

/// What the workloads of a world take together.
fn of_release(release: &Release, versions: &Versions) -> String {
    let [old, new] = &versions.labels;
    let sign = if release.is_met(1) { "" } else { " ❌" };
    let mut text =
        format!("### rollcast: all workloads together{sign}\n\n{}\n\n", markdown::escaped(&release.heading()));
    let rows: Vec<Vec<String>> = release.rows().into_iter().map(Vec::from).collect();
    text.push_str(&markdown::table(&["", old, new], "lrr", &rows));
    let held = release.objectives().into_iter().map(|(name, values, met)| {
        let side = |side: usize| figures::standing(met[side], &values[side]);
        vec![markdown::code(&name), side(0), side(1)]
    });
    let held: Vec<Vec<String>> = held.collect();
    if !held.is_empty() {
        text.push('\n');
        text.push_str(&markdown::table(&["objective", old, new], "lrr", &held));
    }
    text + "\n"
}

/// What the change does to the Deployment, with a sign.
fn title(answer: &Answer) -> String {
    let name = markdown::code(&answer.name);
    if answer.caveats.is_conditional(None) {
        return format!("the answer about {name} is conditional ❌");
    }
    match (judgement(answer), standing(answer, 1)) {
        (_, Some(_)) if answer.held.iter().any(|one| one.met[1] == Some(false)) => {
            format!("{name} does not meet its objectives ❌")
        }
        (_, Some(_)) => format!("{name} is not shown to meet its objectives ❌"),
        (Judgement::Worse | Judgement::Mixed, None) => {
            format!("{name} meets its objectives, and rolls out differently ✅")
        }
        (_, None) => format!("{name} meets its objectives ✅"),
    }
}

/// The figures with the objectives that they are held against. Objectives without a figure of their own stand below.
fn table(answer: &Answer, versions: &Versions) -> String {
    let [old, new] = &versions.labels;
    let two = answer.old.is_some();
    let mut rows = Vec::new();
    for row in &answer.rows {
        let mine: Vec<_> = answer.held.iter().filter(|one| is_about(row, one.objective.figure.measure)).collect();
        let objective = mine.iter().map(|one| markdown::code(&one.objective.text)).collect::<Vec<_>>().join(", ");
        let met = mine.iter().map(|one| sign(one.met[1])).collect::<Vec<_>>().join(", ");
        let mut cells = vec![figures::name(row), if objective.is_empty() { "–".into() } else { objective }];
        if two {
            cells.push(figures::value(row, 0, answer));
        }
        cells.push(format!("**{}**", figures::value(row, 1, answer)));
        if two {
            let meaning = figures::meaning(row.effect);
            let mean = if meaning.is_empty() { String::new() } else { format!(", {meaning}") };
            cells.push(format!("{}{mean}", figures::difference(row)));
        }
        cells.push(met);
        rows.push(cells);
    }
    let heads: Vec<&str> = if two {
        vec!["", "objective", old, new, "difference (95% limits)", ""]
    } else {
        vec!["", "objective", new, ""]
    };
    markdown::table(&heads, if two { "llrrll" } else { "llrl" }, &rows)
}

fn sign(met: Option<bool>) -> String {
    let sign = if met == Some(true) { "✅" } else { "❌" };
    format!("{sign} {}", figures::met(met))
}

/// Whether an objective about `measure` stands in the row. That of available pods is about time below a share of them.
fn is_about(row: &Row, measure: Measure) -> bool {
    let is =
        |one: Measure, metrics: &[&metric::Metric]| matches!(one, Measure::Metric(metric) if metrics.contains(&metric));
    let pods = is(row.figure.measure, &[&metric::MIN_AVAILABLE, &metric::DIP_DEPTH]);
    row.figure.measure == measure
        || (pods && is(measure, &[&metric::BELOW_OBJECTIVE, &metric::WATCHED_BELOW_OBJECTIVE]))
}

/// The lines that a reviewer can take over.
fn suggestion(parameters: &[(String, String)]) -> String {
    let value = |name: &str| parameters.iter().find(|(path, _)| path == name).map(|(_, value)| value);
    let Some((surge, unavailable)) = value("maxSurge").zip(value("maxUnavailable")) else { return String::new() };
    format!(
        "\n```suggestion\n  strategy:\n    rollingUpdate:\n      maxSurge: {surge}\n      maxUnavailable: {unavailable}\n```\n"
    )
}

/// The values that the forecast rests on and somebody gave, then those that nobody gave.
fn rests_on(answer: &Answer) -> String {
    let given = |one: &&Premise| one.source != PremiseSource::Assumed && !one.off && !one.key.starts_with("deployment");
    let given = answer.premises.iter().filter(given);
    let rows: Vec<Vec<String>> = given
        .chain(premises::assumed(&answer.premises, None))
        .map(|one| {
            let source = markdown::escaped(&premises::source(one));
            let source = if one.source == PremiseSource::Assumed { format!("**{source}**") } else { source };
            vec![markdown::escaped(&one.name()), markdown::escaped(&premises::value(one)), source]
        })
        .collect();
    if rows.is_empty() { String::new() } else { markdown::table(&["value", "", "from"], "lrl", &rows) + "\n" }
}

/// What the answer rests on, folded.
fn details(answer: &Answer) -> String {
    let mut text = String::from("\n<details><summary>What this rests on</summary>\n\n");
    for (heading, sentences) in caveats::parts(&answer.caveats, None) {
        text.push_str(&format!("{}\n\n", markdown::escaped(&heading)));
        sentences.iter().for_each(|sentence| text.push_str(&format!("- {}\n", markdown::escaped(sentence))));
        text.push('\n');
    }
    text.push_str(&rests_on(answer));
    let changes = what_if::markdown(&answer.what_if);
    text.push_str(&if changes.is_empty() { changes } else { changes + "\n" });
    let shown = answer.rows.iter().any(|row| row.effect != Effect::NotShown);
    let numbers = match &answer.old {
        Some(old) if old.seed == answer.new.seed => ", both with the same random numbers",
        Some(_) => ", with independent random numbers",
        None => "",
    };
    let rollouts = format::plural(answer.new.replications, "simulated rollout");
    text.push_str(&format!(
        "{rollouts}, seed {}{numbers}. An objective counts as met where a limit of the 95% interval says so.",
        answer.new.seed
    ));
    if answer.old.is_some() {
        let how = if shown { "Differences are called better or worse" } else { "A difference would be called one" };
        text.push_str(&format!(" {how} where chance alone would show any of them in 5 of 100 comparisons (Holm)."));
    }
    text.push_str("\n</details>\n\n");
    text
}
