//! `rollcast merge` of a study: from the files of its parts to the result, round by round.

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::answer::{Answer, CommandError};
use super::merged::{Merged, check_followed, put_together};
use super::plan::foreseen;
use super::{interrupt, output};
use crate::blocks::Saved;
use crate::plan::{Piece, Plan};
use crate::report::format::{listed, plural};
use crate::report::study::{self, PLAN, Proved, Standing, Study, array};
use crate::{cli, sweep};

/// How often `--watch` looks, and how often it looks whether it was interrupted.
const WATCH: Duration = Duration::from_secs(5);
const LOOK: Duration = Duration::from_millis(100);

/// The study that the command line names: its plan, and the files of its parts where it names those.
pub(super) struct Named {
    plan: PathBuf,
    only: Option<Vec<PathBuf>>,
}

/// The study that `places` name: by its directory, its plan, or files of its parts. `None`: they are shards.
pub(super) fn named(places: &[PathBuf]) -> Result<Option<Named>, CommandError> {
    let is_part = |path: &&PathBuf| path.extension() == Some(OsStr::new("blocks"));
    if let [one] = places
        && (one.join(PLAN).is_file() || one.file_name() == Some(OsStr::new(PLAN)))
    {
        return Ok(Some(Named { plan: one.clone(), only: None }));
    }
    let Some(first) = places.iter().find(is_part) else { return Ok(None) };
    if let Some(other) = places.iter().find(|path| !is_part(path)) {
        let other = other.display();
        return Err(CommandError::Input(format!(
            "{other} is no part of a study: name parts alone (STUDY/parts/*.blocks), or the directory of the study"
        )));
    }
    let of = |part: &Path| part.parent().unwrap_or(Path::new("")).join("..").join(PLAN);
    if let Some(other) = places.iter().find(|path| path.parent() != first.parent()) {
        let message = format!("{} and {} are not in one directory of a study", first.display(), other.display());
        return Err(CommandError::Input(message));
    }
    Ok(Some(Named { plan: of(first), only: Some(places.to_vec()) }))
}

/// Merges a study: the result, or the plan of its next round.
pub(super) fn merge(named: &Named, options: &cli::Merge) -> Result<Answer, CommandError> {
    let (study, place) = study::read(&named.plan)?;
    let proved = if options.watch { watch(&place, &study)? } else { Proved::default() };
    let mut saved = Saved::default();
    for part in study::parts(&place, &study, named.only.as_deref(), proved)? {
        saved.add_part(&part);
    }
    let plan = study.plan(&place)?;
    if options.check {
        check_followed(&plan)?;
    }
    match put_together(plan.clone(), &saved, options)? {
        Merged::Result(answer) => Ok(answer),
        Merged::Lacking(wanted) if plan.precision.is_some() => {
            next_round((&study, &place), &plan, &wanted, options.quiet)
        }
        Merged::Lacking(wanted) => {
            let scenario = wanted.first().map_or(0, |piece| piece.scenario);
            Err(CommandError::Input(format!("the parts lack replications of scenario {scenario}")))
        }
    }
}

/// Writes the plan of the next round, in which the parts run what is `wanted`.
fn next_round(
    (study, place): (&Study, &Path),
    plan: &Plan,
    wanted: &[Piece],
    quiet: bool,
) -> Result<Answer, CommandError> {
    let pieces = sweep::divide(plan, &study.costs, wanted, study.parts);
    let takes: Vec<_> = pieces.iter().map(|pieces| foreseen(plan, &study.costs, pieces)).collect();
    let rollouts = takes.iter().map(|takes| takes.rollouts).sum();
    let busy: Vec<u32> = (0..).zip(&pieces).filter(|(_, pieces)| !pieces.is_empty()).map(|(part, _)| part).collect();
    let next = study.next_round(pieces, takes);
    study::save(place, &next)?;
    if !quiet {
        let (all, round) = (plan.scenarios.len(), next.round);
        let (verb, rollouts) = (if wanted.len() == 1 { "is" } else { "are" }, plural(rollouts, "rollout"));
        writeln!(
            output::err(),
            "{} of {all} scenarios {verb} not precise enough yet. Round {round} is planned, {rollouts}: run the parts again, \
             --array={}, and then merge again.",
            wanted.len(),
            array(&busy)
        )?;
    }
    Ok(Answer::NextRound)
}

/// Waits until every part of the round is there, and says how far it is and how fast it goes on. Reads the parts as they come.
fn watch(place: &Path, study: &Study) -> Result<Proved, CommandError> {
    let (mut said, mut proved) = (String::new(), Proved::default());
    // What was done when something was said last, and for how long it has waited since then.
    let (mut before, mut since) = (None, Duration::ZERO);
    loop {
        let standing = Standing::look(place, study)?;
        let done = standing.done + standing.begun;
        let text = standing.text();
        if text != said {
            let more = before.map_or(0, |before| done.saturating_sub(before));
            let speed = plural((more as f64 / since.as_secs_f64().max(1.0)) as u64, "rollout");
            let speed = if more > 0 { format!(", about {speed} a second") } else { String::new() };
            writeln!(output::err(), "{text}{speed}")?;
            (said, before, since) = (text, Some(done), Duration::ZERO);
        }
        if standing.is_whole() {
            return Ok(proved);
        }
        proved.look(place, study);
        let mut waited = Duration::ZERO;
        while waited < WATCH {
            if interrupt::stop().load(Ordering::Relaxed) {
                return Err(CommandError::Interrupted);
            }
            std::thread::sleep(LOOK);
            waited += LOOK;
            since += LOOK;
        }
    }
}

/// The places that hold something finished: a shard that is being written, or was interrupted, is none.
pub(super) fn finished(places: &[PathBuf], quiet: bool) -> Vec<PathBuf> {
    let is_unfinished = |path: &&PathBuf| {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        name.ends_with(".unfinished") || name.ends_with(".tmp")
    };
    let unfinished: Vec<String> = places.iter().filter(is_unfinished).map(|path| path.display().to_string()).collect();
    if !unfinished.is_empty() && !quiet {
        output::note(format_args!("{} left out, which no run has finished", listed(&unfinished)));
    }
    places.iter().filter(|path| !is_unfinished(path)).cloned().collect()
}
