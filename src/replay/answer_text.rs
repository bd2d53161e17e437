//! The answer of a comparison as text for people.

use std::fmt::Write as _;

use super::answer::{Answer, Field};
use super::outcome;

impl Answer {
    /// The answer as text: verdict, first difference, and the scalings side by side.
    #[must_use]
    pub fn to_text(&self) -> String {
        let verdict = match (&self.unsupported, self.matched) {
            (Some(what), _) => return format!("{}: unsupported: {what}\n", self.name),
            (None, Some(true)) => match &self.replays {
                None => "matched".to_owned(),
                Some(replays) => format!("matched in {} of {} replays", replays.matched, replays.of),
            },
            (None, Some(false)) => "differed".to_owned(),
            (None, None) => "simulated, nothing to compare with".to_owned(),
        };
        let mut text = format!("{}: {verdict}\n", self.name);
        if let Some(difference) = &self.first_difference {
            let _ = writeln!(text, "  first difference: {difference}");
            if let Some(agree) = outcome::agree(self) {
                let _ = writeln!(text, "  {agree}");
            }
        }
        let _ = writeln!(text, "  {}", outcome::outcome_text(self));
        for other in &self.others {
            let _ = writeln!(text, "  {}", outcome::of_other(other, self.ended_at));
        }
        if self.matched.is_none() || self.was_running {
            let _ = writeln!(text, "  {}", outcome::figures(self));
            if let Some(low) = &self.low_point {
                let _ = writeln!(text, "  {}", low.text());
            }
        }
        if self.unknown_times > 0 {
            let _ = writeln!(text, "  {}", outcome::unknown(self.unknown_times));
        }
        let sentences = [outcome::placement(&self.placement), outcome::replays(self.replays.as_ref())];
        for sentence in sentences.into_iter().flatten() {
            let _ = writeln!(text, "  {sentence}");
        }
        self.write_scalings(&mut text);
        text
    }

    fn write_scalings(&self, text: &mut String) {
        if let Some(moves) = &self.moves {
            return write_side_by_side(text, self.matched.is_none(), moves, |(at, what, ordinal, template)| {
                (format!("{at:8.3} s {what} {ordinal:>3} {template:>4}"), format!("{what} {ordinal} {template}"))
            });
        }
        write_side_by_side(text, self.matched.is_none(), &self.scaling, |(at, template, from, to)| {
            let what = format!("{template:>4} {from:>4} -> {to:<4}");
            (format!("{at:8.3} s {what}"), what)
        });
    }
}

/// Writes what was observed beside what was simulated, or where nothing was observed that alone. `line` gives the line of an entry, and
/// the part of it that must be the same.
fn write_side_by_side<T>(
    text: &mut String,
    only_simulated: bool,
    field: &Field<Vec<T>, Vec<T>>,
    line: impl Fn(&T) -> (String, String),
) {
    let Some(expected) = &field.expected else {
        for entry in &field.got {
            let _ = writeln!(text, "  {}", line(entry).0.trim_end());
        }
        return;
    };
    let _ = writeln!(text, "  {:<30}    simulated", "observed");
    for place in 0..expected.len().max(field.got.len()) {
        let (left, right) = (expected.get(place).map(&line), field.got.get(place).map(&line));
        let same = left.as_ref().map(|(_, what)| what) == right.as_ref().map(|(_, what)| what);
        let mark = if same || only_simulated { ' ' } else { '!' };
        let [left, right] = [left, right].map(|side| side.unwrap_or_default().0);
        let _ = writeln!(text, "  {left:<30} {mark}  {}", right.trim_end());
    }
}
