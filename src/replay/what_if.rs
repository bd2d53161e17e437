//! What would have happened to the same pods under other settings, beside what happened.

use std::fmt::Write as _;

use serde::Serialize;

use super::observe::Observed;
use super::outcome::seconds_text;
use super::recording::Recording;

/// What a row of the table says of a course.
type Cell = fn(&Course) -> String;

/// How a rollout went.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Course {
    /// `complete`, `progress-deadline-exceeded`, `incomplete` or `rejected`.
    pub outcome: String,
    /// When its status became complete for good, in seconds from the start.
    pub complete_at: Option<f64>,
    /// Least number of Ready pods.
    pub min_ready: Option<i64>,
    /// Least number of available pods.
    pub min_available: Option<i64>,
    /// Most pods that the ReplicaSets asked for at once; of a StatefulSet none.
    pub max_spec_replicas_sum: Option<i64>,
    /// When it last exceeded its progress deadline, in seconds from the start, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stalled: Option<(f64, String)>,
}

/// What happened, and what would have happened.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WhatIf {
    /// The recording's name.
    pub name: String,
    /// The other settings.
    pub settings: Vec<String>,
    /// What was recorded; `None`: the recording does not say.
    pub recorded: Option<Course>,
    /// What is simulated of it.
    pub as_it_was: Course,
    /// What is simulated with the other settings.
    pub with_settings: Course,
    /// New pods with the other settings for which no time was recorded: they took what is usual for their version.
    pub without_time: usize,
}

impl Course {
    pub(super) fn of(observed: &Observed, has_sets: bool) -> Self {
        Self {
            outcome: observed.outcome.clone(),
            complete_at: observed.complete_at.map(rounded),
            min_ready: Some(observed.min_ready),
            min_available: Some(observed.min_available),
            max_spec_replicas_sum: has_sets.then_some(observed.max_spec_replicas_sum),
            stalled: observed.stalled.as_ref().map(|(at, why)| (rounded(*at), why.clone())),
        }
    }

    /// What the recording says.
    pub(super) fn recorded(recording: &Recording) -> Option<Self> {
        let expect = recording.expect.as_ref()?;
        let one = |range: Option<(i64, i64)>| range.map(|(low, _)| low);
        Some(Self {
            outcome: expect.outcome.clone()?,
            complete_at: expect.complete_at.flatten().map(|(_, last)| rounded(last)),
            min_ready: one(expect.min_ready),
            min_available: one(expect.min_available),
            max_spec_replicas_sum: expect.max_spec_replicas_sum,
            stalled: None,
        })
    }
}

fn rounded(seconds: f64) -> f64 {
    (seconds * 1e3).round() / 1e3
}

/// How many new pods of a run had no time of their own in the recording.
pub(super) fn without_time(recording: &Recording, observed: &Observed) -> usize {
    let listed = |template: &str| {
        let own = recording.pods.ready_after_seconds.get(template).map_or(0, Vec::len);
        own.max(
            recording
                .start
                .as_ref()
                .filter(|start| start.template == template)
                .map_or(0, |start| start.replicas.map_or(0, |replicas| replicas as usize)),
        )
    };
    let is_new = |name: &&String| {
        let parts = name.rsplit_once('-').and_then(|(template, place)| Some((template, place.parse::<usize>().ok()?)));
        parts.is_some_and(|(template, place)| place >= listed(template))
    };
    observed.lives.keys().filter(is_new).count()
}

impl WhatIf {
    /// The answer as text.
    #[must_use]
    pub fn to_text(&self) -> String {
        let settings = self.settings.join(", ");
        let mut text = format!("{}: what if {settings}?\n", self.name);
        let mut columns = vec![("simulated", &self.as_it_was), (settings.as_str(), &self.with_settings)];
        if let Some(recorded) = &self.recorded {
            columns.insert(0, ("recorded", recorded));
        }
        let rows: [(&str, Cell); 5] = [
            ("outcome", |course| course.outcome.replace('-', " ")),
            ("complete at", |course| course.complete_at.map_or_else(|| "never".into(), seconds_text)),
            ("fewest Ready pods", |course| count(course.min_ready)),
            ("fewest available pods", |course| count(course.min_available)),
            ("most pods asked for", |course| count(course.max_spec_replicas_sum)),
        ];
        let cells = |row: Cell| columns.iter().map(|(_, course)| row(course)).collect::<Vec<_>>();
        let of_sets = self.as_it_was.max_spec_replicas_sum.is_some();
        let rows = rows.iter().filter(|(name, _)| of_sets || *name != "most pods asked for");
        let table: Vec<(&str, Vec<String>)> = rows.map(|(name, row)| (*name, cells(*row))).collect();
        let width = |place: usize| {
            let inside = table.iter().map(|(_, cells)| cells[place].chars().count()).max().unwrap_or(0);
            inside.max(columns[place].0.chars().count())
        };
        let line = |name: &str, cells: &[String]| {
            let cells = cells.iter().enumerate().map(|(place, cell)| format!("  {cell:<0$}", width(place)));
            format!("  {name:<22}{}", cells.collect::<String>()).trim_end().to_owned()
        };
        let heads: Vec<String> = columns.iter().map(|(head, _)| (*head).to_owned()).collect();
        let _ = writeln!(text, "{}", line("", &heads));
        for (name, cells) in &table {
            let _ = writeln!(text, "{}", line(name, cells));
        }
        let _ = writeln!(text, "  {}", self.verdict());
        for (head, course) in columns {
            if let Some((at, why)) = &course.stalled {
                let _ = writeln!(text, "  Stalled ({head}) at {}: {why}.", seconds_text(*at));
            }
        }
        if self.without_time > 0 {
            let _ = writeln!(
                text,
                "  {} without a recorded time took what is usual for their version.",
                pods(self.without_time)
            );
        }
        text
    }

    /// The difference in a sentence: both sides are simulated, so that it is of the settings alone.
    fn verdict(&self) -> String {
        let (was, now) = (&self.as_it_was, &self.with_settings);
        let least = match (was.min_available, now.min_available) {
            (Some(was), Some(now)) if was != now => format!("with at least {now} pods available instead of {was}"),
            (_, Some(now)) => format!("with at least {now} pods available as before"),
            _ => String::new(),
        };
        match (was.complete_at, now.complete_at) {
            (Some(was), Some(now)) if (was - now).abs() < 0.05 => {
                format!("The rollout would have been complete at the same time, {least}.")
            }
            (Some(was), Some(now)) => {
                let word = if now < was { "earlier" } else { "later" };
                format!("The rollout would have been complete {} {word}, {least}.", seconds_text((now - was).abs()))
            }
            (None, Some(now)) => format!("The rollout would have been complete at {}, {least}.", seconds_text(now)),
            (Some(_), None) => {
                format!("The rollout would not have been complete an hour after the recording's end, {least}.")
            }
            (None, None) => format!("The rollout would not have been complete either, {least}."),
        }
    }
}

fn count(pods: Option<i64>) -> String {
    pods.map_or_else(|| "not known".into(), |pods| pods.to_string())
}

fn pods(count: usize) -> String {
    if count == 1 { "1 pod".into() } else { format!("{count} pods") }
}
