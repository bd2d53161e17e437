//! The answer for documents.

use super::Answered;
use super::sentences::{below, outage, situation, title};
use super::table::rows;

/// The answer as Markdown.
#[must_use]
pub fn markdown(one: Answered<'_>) -> String {
    let table = rows(one.capacity, false);
    let mut group = "";
    let mut headings: Vec<String> = Vec::new();
    for [above, own] in &table.headings {
        group = if above.is_empty() { group } else { above };
        let plain = matches!(*own, "rollouts" | "room");
        headings.push(if plain { (*own).to_owned() } else { format!("{group} {own}") });
    }
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let mut text = format!("**{}**\n\n{}\n\n", title(one.capacity), situation(one));
    text.push_str(&line(&headings));
    text.push_str(&format!("|---|{}\n", "---:|".repeat(headings.len().saturating_sub(1))));
    table.rows.iter().for_each(|row| text.push_str(&line(row)));
    let [before, after] = below(one);
    let outages = one.capacity.outages.iter().map(|own| format!("**Outage:** {}", outage(one, own)));
    for sentence in before.into_iter().chain(outages).chain(after) {
        text.push_str(&format!("\n{}\n", sentence.replace('|', "\\|")));
    }
    text
}
