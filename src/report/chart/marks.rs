//! Which scenarios stand for a sweep in its pictures, and what they are called there.

use plotters::style::RGBColor;

use super::canvas::Canvas;
use super::colour::{NOW, RECOMMENDED};
use super::sheet::Sign;
use crate::analysis::headlines::{AVAILABLE_P05, DURATION_P95, STALLED};
use crate::analysis::{ScenarioResult, cases, is_release, least, most, pick_of, spread, verdicts};
use crate::report::format;
use crate::report::provenance::Provenance;

/// Why the fastest scenario is shown. Among workloads it says nothing.
const FASTEST: &str = "fastest";

/// Panels at most.
pub(super) const PANELS: usize = 6;

/// Which scenarios have a mark of their own in every picture. A sweep over several worlds has one of each in every world.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// The recommended ones, with a star.
    pub recommended: Vec<u32>,
    /// Those with the strategy of the manifest, with a ring.
    pub now: Vec<u32>,
    /// The fastest of those that meet all objectives.
    pub fastest: Vec<u32>,
    /// Those that meet all objectives with the fewest pods at once.
    pub least_room: Vec<u32>,
    /// The scenarios are workloads that roll on one cluster, none of which is an alternative to another.
    pub of_release: bool,
}

/// What a scenario is in a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Recommended,
    Now,
    Both,
    Other,
}

/// A scenario in a picture.
#[derive(Clone, Debug)]
pub(super) struct Shown<'a> {
    pub(super) result: &'a ScenarioResult,
    pub(super) role: Role,
    /// Why it is shown, in a few words; empty where it is the only one.
    pub(super) why: String,
}

impl Marks {
    /// The marks of a sweep: the rule of choice applied in each of its worlds.
    #[must_use]
    pub fn of(provenance: &Provenance, results: &[ScenarioResult]) -> Self {
        let verdicts = verdicts(&provenance.objectives, results);
        let all: Vec<_> = results.iter().collect();
        let present = provenance.present.iter().flat_map(|present| &present.scenarios).copied().collect::<Vec<_>>();
        if is_release(results) {
            return Self { of_release: true, ..Self::default() };
        }
        let mut marks = Self { now: present.clone(), ..Self::default() };
        for case in cases(&all) {
            let own = case.alternatives.iter().map(|result| result.scenario).find(|id| present.contains(id));
            let pick = pick_of(&case.alternatives, &verdicts, &provenance.objectives, own);
            let id = |place: Option<usize>| place.map(|place| case.alternatives[place].scenario);
            // Where there is nothing to choose between, nothing is recommended.
            if case.alternatives.len() > 1 {
                marks.recommended.extend(id(pick.recommended));
                marks.fastest.extend(id(pick.fastest));
                marks.least_room.extend(id(pick.least_room));
            }
        }
        marks
    }

    pub(super) fn role(&self, scenario: u32) -> Role {
        match (self.recommended.contains(&scenario), self.now.contains(&scenario)) {
            (true, true) => Role::Both,
            (true, false) => Role::Recommended,
            (false, true) => Role::Now,
            (false, false) => Role::Other,
        }
    }

    /// Up to [`PANELS`] scenarios: what runs now and what is recommended, world by world; without either the fastest, and those
    /// with the most and the fewest pods at worst and the most stalls.
    pub(super) fn panels<'a>(&self, results: &[&'a ScenarioResult]) -> Vec<Shown<'a>> {
        if self.of_release {
            return self.workloads(results);
        }
        let mut shown: Vec<Shown<'a>> = Vec::new();
        let worlds = cases(results);
        let marked: Vec<_> = worlds
            .iter()
            .filter(|case| case.alternatives.iter().any(|one| self.role(one.scenario) != Role::Other))
            .collect();
        for case in spread(&marked, PANELS / 2) {
            for now in [true, false] {
                let wanted = |result: &&&ScenarioResult| match self.role(result.scenario) {
                    Role::Now | Role::Both => now,
                    Role::Recommended => !now,
                    Role::Other => false,
                };
                if let Some(result) = case.alternatives.iter().copied().find(|result| wanted(&result)) {
                    shown.push(self.shown(result, ""));
                }
            }
        }
        if shown.iter().all(|one| one.role == Role::Now) {
            for (why, result) in extremes(results) {
                add(&mut shown, self.shown(result, why));
            }
        }
        if let [only] = shown.as_mut_slice()
            && only.role == Role::Other
        {
            only.why.clear();
        }
        shown.truncate(PANELS);
        shown
    }

    /// The scenarios of [`Self::panels`], and the others that the text names, up to [`PANELS`].
    pub(super) fn named<'a>(&self, results: &[&'a ScenarioResult]) -> Vec<Shown<'a>> {
        let mut shown = self.panels(results);
        let named = [("fastest of those that meet all", &self.fastest), ("least room", &self.least_room)];
        if self.recommended.len() <= 1 {
            for (why, ids) in named {
                for result in results.iter().filter(|result| ids.contains(&result.scenario)) {
                    add(&mut shown, self.shown(result, why));
                }
            }
        }
        if results.len() > 1 && shown.len() < 3 && !self.of_release {
            for (why, result) in extremes(results) {
                add(&mut shown, self.shown(result, why));
            }
        }
        shown.truncate(PANELS);
        shown
    }

    /// All workloads, or where they are too many those that stand out.
    fn workloads<'a>(&self, results: &[&'a ScenarioResult]) -> Vec<Shown<'a>> {
        if results.len() <= PANELS {
            return results.iter().map(|result| self.shown(result, "")).collect();
        }
        let mut shown = Vec::new();
        for (why, result) in extremes(results).into_iter().filter(|(why, _)| *why != FASTEST) {
            add(&mut shown, self.shown(result, why));
        }
        shown
    }

    fn shown<'a>(&self, result: &'a ScenarioResult, why: &str) -> Shown<'a> {
        Shown { result, role: self.role(result.scenario), why: why.to_owned() }
    }
}

/// Adds a scenario, or the reason for one that is there.
fn add<'a>(shown: &mut Vec<Shown<'a>>, one: Shown<'a>) {
    match shown.iter_mut().find(|other| other.result.scenario == one.result.scenario) {
        Some(known) if known.why.is_empty() => known.why = one.why,
        Some(known) => known.why.push_str(&format!(", {}", one.why)),
        None => shown.push(one),
    }
}

fn extremes<'a>(results: &[&'a ScenarioResult]) -> Vec<(&'static str, &'a ScenarioResult)> {
    let stalling = most(results, STALLED.figure).filter(|result| result.value(STALLED.figure) > Some(0.0));
    let candidates = [
        (FASTEST, least(results, DURATION_P95.figure)),
        ("slowest", most(results, DURATION_P95.figure)),
        ("most stalled", stalling),
        ("fewest available", least(results, AVAILABLE_P05.figure)),
    ];
    let known: Vec<_> = candidates.into_iter().filter_map(|(why, result)| Some((why, result?))).collect();
    if known.is_empty() { results.first().map(|first| ("", *first)).into_iter().collect() } else { known }
}

impl Shown<'_> {
    /// The colour of its lines; `other` where it is neither recommended nor runs now.
    pub(super) const fn colour(&self, other: RGBColor) -> RGBColor {
        match self.role {
            Role::Recommended | Role::Both => RECOMMENDED,
            Role::Now => NOW,
            Role::Other => other,
        }
    }

    /// `recommended`, `now`, or why it is shown.
    pub(super) fn label(&self) -> String {
        let mark = match self.role {
            Role::Recommended => "recommended",
            Role::Now => "now",
            Role::Both => "now and recommended",
            Role::Other => "",
        };
        [mark, &self.why].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
    }

    /// `recommended: maxSurge 75%, maxUnavailable 0`
    pub(super) fn name(&self) -> String {
        let parameters = format::parameters(&self.result.parameters);
        let parts = [self.label(), parameters];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(": ")
    }

    /// Its mark at a point: a star, a ring, both, or a disc of a colour.
    pub(super) fn mark(&self, canvas: &mut Canvas, at: (i32, i32), other: RGBColor) {
        mark(canvas, at, self.role, other);
    }
}

/// The mark of a role at a point.
pub(super) fn mark(canvas: &mut Canvas, at: (i32, i32), role: Role, other: RGBColor) {
    match role {
        Role::Recommended => canvas.star(at, 8),
        Role::Now => canvas.ring(at, 6),
        Role::Both => {
            canvas.ring(at, 10);
            canvas.star(at, 6);
        }
        Role::Other => canvas.disc(at, 4, other),
    }
}

/// The entries of a legend for the roles that are there.
pub(super) fn legend(roles: impl Iterator<Item = Role>) -> Vec<(Sign, String)> {
    let roles: Vec<_> = roles.collect();
    let has = |wanted: [Role; 2]| roles.iter().any(|role| wanted.contains(role));
    let mut entries = Vec::new();
    if has([Role::Recommended, Role::Both]) {
        entries.push((Sign::Star, "recommended".to_owned()));
    }
    if has([Role::Now, Role::Both]) {
        entries.push((Sign::Ring, "now".to_owned()));
    }
    entries
}
