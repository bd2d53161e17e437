//! The answer of a comparison as text for people.

use std::fmt::Write as _;

use super::answer::{Answer, ScalingLine};
use super::outcome;

impl Answer {
    /// The answer as text: verdict, first difference, and the scalings side by side.
    #[must_use]
    pub fn to_text(&self) -> String {
        let verdict = match (&self.unsupported, self.matched) {
            (Some(what), _) => return format!("{}: unsupported: {what}\n", self.name),
            (None, Some(true)) => "matched",
            (None, Some(false)) => "differed",
            (None, None) => "simulated, nothing to compare with",
        };
        let mut text = format!("{}: {verdict}\n", self.name);
        if let Some(difference) = &self.first_difference {
            let _ = writeln!(text, "  first difference: {difference}");
        }
        let _ = writeln!(text, "  {}", outcome::outcome_text(self));
        if self.matched.is_none() {
            let _ = writeln!(text, "  {}", outcome::figures(self));
        }
        self.write_scalings(&mut text);
        text
    }

    fn write_scalings(&self, text: &mut String) {
        let line = |scaling: Option<&ScalingLine>| {
            scaling.map_or_else(String::new, |(at, template, from, to)| {
                format!("{at:8.3} s {template:>4} {from:>4} -> {to:<4}")
            })
        };
        let none = Vec::new();
        let (expected, got) = (self.scaling.expected.as_ref().unwrap_or(&none), &self.scaling.got);
        if self.scaling.expected.is_none() {
            got.iter().for_each(|scaling| {
                let _ = writeln!(text, "  {}", line(Some(scaling)).trim_end());
            });
            return;
        }
        let _ = writeln!(text, "  {:<30}    simulated", "observed");
        for place in 0..expected.len().max(got.len()) {
            let (left, right) = (expected.get(place), got.get(place));
            let same = left.map(|s| (&s.1, s.2, s.3)) == right.map(|s| (&s.1, s.2, s.3));
            let mark = if same || self.matched.is_none() { ' ' } else { '!' };
            let _ = writeln!(text, "  {:<30} {mark}  {}", line(left), line(right).trim_end());
        }
    }
}
