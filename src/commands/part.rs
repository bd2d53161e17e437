//! `rollcast part`: one part of a study, as a task of an engine of jobs.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::answer::{Answer, CommandError};
use super::result_directory::simulate_blocks;
use super::{interrupt, output};
use crate::blocks::{PartFile, PartWriter, Saved};
use crate::cli;
use crate::plan::Plan;
use crate::report::folder::FolderError;
use crate::report::format;
use crate::report::study::{self, Store, Study};

/// Variables in which engines of jobs give the number of a task, and the number of their first task.
const VARIABLES: [(&str, u32); 7] = [
    ("SLURM_ARRAY_TASK_ID", 0),
    ("JOB_COMPLETION_INDEX", 0),
    // Grid Engine counts its tasks from 1.
    ("SGE_TASK_ID", 1),
    ("PBS_ARRAY_INDEX", 0),
    ("HQ_TASK_ID", 0),
    ("AWS_BATCH_JOB_ARRAY_INDEX", 0),
    ("BATCH_TASK_INDEX", 0),
];

/// `rollcast part`: writes the file of a part, unless it is there.
///
/// # Errors
/// When the plan is unusable, there is no such part, or something cannot be written. See [`CommandError`].
pub fn part(options: &cli::Part) -> Result<Answer, CommandError> {
    interrupt::stop_after(options.stop_after);
    let (study, place) = study::read(&options.plan)?;
    let number = number(options.number, |name| std::env::var(name).ok(), study.parts)?;
    let store = Store::new(&place, &study, number);
    let tell = |what: &str, rollouts: u64| {
        if options.quiet {
            return Ok(());
        }
        let (rollouts, path, of) = (format::plural(rollouts, "rollout"), store.path(), study.parts);
        writeln!(output::err(), "Part {number} of {of} {what}: {rollouts} in {}.", path.display())
    };
    if let Some(there) = store.whole()? {
        tell("is there already", there.replications)?;
        return Ok(Answer::Yes);
    }
    let plan = plan_of(&study, &place, number)?;
    let rollouts = Work::new(&store)?.run(&plan, options)?;
    tell("is done", rollouts)?;
    Ok(Answer::Yes)
}

/// What a part runs.
fn plan_of(study: &Study, place: &Path, number: u32) -> Result<Plan, CommandError> {
    let mut plan = study.plan(place)?;
    plan.keep(study.header(number).pieces);
    Ok(plan)
}

/// A part that is being written, and what others have begun of it.
struct Work<'s> {
    store: &'s Store,
    begun: Vec<PartFile>,
    saved: Saved,
    path: PathBuf,
    writer: PartWriter,
}

impl<'s> Work<'s> {
    fn new(store: &'s Store) -> Result<Self, CommandError> {
        let begun = store.unfinished()?;
        let mut saved = Saved::default();
        for part in &begun {
            saved.add_part(part);
        }
        let (file, path) = store.begin()?;
        let writer = PartWriter::begin(file, store.header()).map_err(|source| unwritable(&path, source))?;
        Ok(Self { store, begun, saved, path, writer })
    }

    /// Runs what is not there yet; gives the number of rollouts.
    fn run(self, plan: &Plan, options: &cli::Part) -> Result<u64, CommandError> {
        let Self { store, begun, saved, path, mut writer } = self;
        let deferred = interrupt::defer();
        if saved.replications() > 0 {
            deferred.note_kept(&path);
            if !options.quiet {
                output::note(format_args!("going on after {} rollouts that are done", saved.replications()));
            }
        }
        let mut done = 0;
        let run = simulate_blocks(plan, (options.threads, options.quiet), &saved, |block| {
            let id = plan.scenarios[block.scenario].id;
            let written = writer.write((id, block.first), &block.records, &block.bands, &block.cluster);
            written.map_err(|source| unwritable(&path, source))?;
            done += block.records.len() as u64;
            deferred.note_kept(&path);
            Ok::<(), FolderError>(())
        });
        // Whoever has more than the others keeps it, and the rest goes.
        let old = begun.iter().map(|part| part.path.clone());
        if let Err(error) = run {
            if done >= saved.replications() {
                remove(old);
            } else {
                remove([path.clone()].into_iter());
            }
            let done = done.max(saved.replications());
            return Err(match error {
                CommandError::Interrupted if done > 0 => {
                    let all = plan.rollouts().to_string();
                    CommandError::Paused { done, all, place: path.parent().unwrap_or(&path).into() }
                }
                error => error,
            });
        }
        writer.finish().map_err(|source| unwritable(&path, source))?;
        store.put(&path)?;
        remove(old);
        Ok(done)
    }
}

/// Removes what nobody needs any more. Whoever still writes there finds the part finished, or begins again.
fn remove(paths: impl Iterator<Item = PathBuf>) {
    for path in paths {
        let _ = std::fs::remove_file(path);
    }
}

fn unwritable(path: &Path, source: std::io::Error) -> FolderError {
    FolderError::Io { action: "write", path: path.into(), source }
}

/// The number of the part: the one that was given, else the one that the engine gives.
fn number(given: Option<u32>, variable: impl Fn(&str) -> Option<String>, parts: u32) -> Result<u32, CommandError> {
    let (number, said) = match given {
        Some(number) => (number, format!("part {number}")),
        None => by_engine(variable)?,
    };
    if number < parts {
        return Ok(number);
    }
    Err(CommandError::Input(format!("{said}: the plan has parts 0 to {}", parts - 1)))
}

/// The number that an engine gives, and how it says it.
fn by_engine(variable: impl Fn(&str) -> Option<String>) -> Result<(u32, String), CommandError> {
    let names: Vec<String> = VARIABLES.iter().map(|(name, _)| (*name).to_owned()).collect();
    let mut found: Vec<(u32, String)> = Vec::new();
    for (name, first) in VARIABLES {
        // Grid Engine says `undefined` in a job that is no array.
        let Some(text) = variable(name).filter(|text| !text.is_empty() && text != "undefined") else { continue };
        let said = format!("{name}={text}");
        let number = text.parse::<u32>().ok().and_then(|number| number.checked_sub(first));
        let number = number.ok_or_else(|| CommandError::Input(format!("{said} is not the number of a part")))?;
        found.push((number, said));
    }
    let Some(first) = found.first() else {
        return Err(CommandError::Input(format!(
            "which part? Name its number, as in `rollcast part study/plan.json 0`, or start this as a task of an array: none of {} is set",
            format::listed(&names)
        )));
    };
    match found.iter().find(|other| other.0 != first.0) {
        None => Ok(first.clone()),
        Some(other) => Err(CommandError::Input(format!(
            "{} and {} are both set and differ: name the number of the part",
            first.1, other.1
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variables: &[(&str, &str)], parts: u32) -> Result<u32, String> {
        let variable =
            |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        number(None, variable, parts).map_err(|error| error.to_string())
    }

    #[test]
    fn the_engine_gives_the_number() {
        assert_eq!(of(&[("SLURM_ARRAY_TASK_ID", "7"), ("SLURM_ARRAY_TASK_COUNT", "2")], 8), Ok(7));
        assert_eq!(of(&[("JOB_COMPLETION_INDEX", "0")], 1), Ok(0));
        assert_eq!(of(&[("SGE_TASK_ID", "8")], 8), Ok(7));
        assert_eq!(of(&[("SGE_TASK_ID", "undefined"), ("HQ_TASK_ID", "3"), ("PBS_ARRAY_INDEX", "")], 8), Ok(3));
        assert_eq!(of(&[("SLURM_ARRAY_TASK_ID", "3"), ("HQ_TASK_ID", "3")], 8), Ok(3));
        assert_eq!(number(Some(2), |_| Some("9".into()), 3).map_err(|error| error.to_string()), Ok(2));
    }

    #[test]
    fn a_number_that_is_none_is_refused() {
        for (variables, words) in [
            (&[][..], "none of SLURM_ARRAY_TASK_ID"),
            (&[("SLURM_ARRAY_TASK_ID", "8")], "SLURM_ARRAY_TASK_ID=8: the plan has parts 0 to 7"),
            (&[("SGE_TASK_ID", "0")], "SGE_TASK_ID=0 is not the number of a part"),
            (&[("HQ_TASK_ID", "-1")], "HQ_TASK_ID=-1 is not"),
            (&[("SLURM_ARRAY_TASK_ID", "1"), ("HQ_TASK_ID", "2")], "are both set and differ"),
        ] {
            let message = of(variables, 8).unwrap_err();
            assert!(message.contains(words), "{message}");
        }
    }
}
