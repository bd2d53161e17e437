//! How far a study is: which of its parts are there.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::fault::StudyError;
use super::place::PARTS;
use super::plan_file::Study;
use crate::blocks::{PartFault, PartFile, PartHeader};
use crate::report::format::{count, plural, share};
use crate::report::json::versioned;
use crate::report::staging::failed;

/// How far the round of a study is. A part with nothing to do need not be there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// The round, from 1.
    pub round: u32,
    /// Parts that have something to do in it.
    pub parts: u32,
    /// Those that are not there, by number.
    pub missing: Vec<u32>,
    /// Rollouts of all parts.
    pub rollouts: u64,
    /// Rollouts of the parts that are there.
    pub done: u64,
    /// Rollouts of parts that are begun.
    pub begun: u64,
}

impl Standing {
    /// Looks at the parts of `study`, whose directory is `place`. Whether a part is as it was written turns out when it is merged.
    ///
    /// # Errors
    /// When the directory cannot be listed.
    pub fn look(place: &Path, study: &Study) -> Result<Self, StudyError> {
        let folder = place.join(PARTS);
        let names = names(&folder)?;
        let mut standing = Self { round: study.round, ..Self::default() };
        for part in 0..study.parts {
            let header = study.header(part);
            if header.pieces.is_empty() {
                continue;
            }
            let name = study.part_name(part);
            let rollouts = study.foreseen.get(part as usize).map_or(0, |foreseen| foreseen.rollouts);
            standing.parts += 1;
            standing.rollouts += rollouts;
            let is_there = || PartFile::read_header(&folder.join(&name)).is_ok_and(|found| found == header);
            if names.contains(&name) && is_there() {
                standing.done += rollouts;
            } else {
                standing.missing.push(part);
                standing.begun += begun(&folder, &names, &name).min(rollouts);
            }
        }
        Ok(standing)
    }

    /// Parts that are there.
    #[must_use]
    pub fn there(&self) -> u32 {
        self.parts - u32::try_from(self.missing.len()).unwrap_or(self.parts)
    }

    /// Whether every part is there.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.missing.is_empty()
    }

    /// One line for people.
    #[must_use]
    pub fn text(&self) -> String {
        let all = plural(u64::from(self.parts), "part");
        let done = if self.rollouts == 0 { 1.0 } else { (self.done + self.begun) as f64 / self.rollouts as f64 };
        let round = if self.round > 1 { format!("round {}: ", self.round) } else { String::new() };
        let missing =
            if self.is_whole() { String::new() } else { format!(", missing --array={}", array(&self.missing)) };
        let there = count(u64::from(self.there()));
        format!("{round}{there} of {all}, {} of the rollouts{missing}", share(done))
    }

    /// The answer for programs, ending in a newline.
    #[must_use]
    pub fn json(&self, study: &Study) -> String {
        let answer: Value = json!({
            "study": study.digest, "round": self.round, "parts": self.parts, "there": self.there(),
            "rollouts": self.rollouts, "done": self.done, "begun": self.begun,
            "missing": self.missing, "array": array(&self.missing),
        });
        format!("{}\n", versioned(answer))
    }
}

/// The names in a folder; none where there is no folder.
fn names(folder: &Path) -> Result<BTreeSet<String>, StudyError> {
    let listed = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeSet::new()),
        listed => listed.and_then(Iterator::collect::<io::Result<Vec<_>>>).map_err(failed("read", folder))?,
    };
    Ok(listed.iter().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect())
}

/// Rollouts of a part that somebody has begun; of several who have, the most.
fn begun(folder: &Path, names: &BTreeSet<String>, name: &str) -> u64 {
    let begins = format!(".{name}.");
    let of_part = names.range(begins.clone()..).take_while(|other| other.starts_with(&begins));
    let rollouts = of_part.filter_map(|other| PartFile::read_unfinished(&folder.join(other)).ok());
    rollouts.map(|part| part.replications).max().unwrap_or(0)
}

/// Numbers as an array of jobs takes them: `2,7,90-99`.
#[must_use]
pub fn array(numbers: &[u32]) -> String {
    let runs = numbers.chunk_by(|a, b| *b == a + 1);
    let texts = runs.filter_map(|run| match run {
        [] => None,
        [one] => Some(one.to_string()),
        [first, .., last] => Some(format!("{first}-{last}")),
    });
    texts.collect::<Vec<_>>().join(",")
}

/// Parts of a study that were read and proved whole while others were still running.
#[derive(Debug, Default)]
pub struct Proved(BTreeMap<(u32, u32), PartFile>);

impl Proved {
    /// Reads the parts of this round that have come since the last time. What is not whole is left to [`parts`], which says so.
    pub fn look(&mut self, place: &Path, study: &Study) {
        for part in 0..study.parts {
            let key = (study.round, part);
            if self.0.contains_key(&key) || study.header(part).pieces.is_empty() {
                continue;
            }
            let read = PartFile::read(&place.join(PARTS).join(study.part_name(part)));
            if let Some(file) = read.ok().filter(|file| is_of(&file.header, study, key)) {
                self.0.insert(key, file);
            }
        }
    }
}

/// The parts that a study needs, read and proved whole: those of this round, and what there is of earlier ones. `only`: the files that
/// the command line names; `proved` are not read again.
///
/// # Errors
/// When parts are missing, damaged or of something else: all of them are named, with what to do.
pub fn parts(
    place: &Path,
    study: &Study,
    only: Option<&[PathBuf]>,
    mut proved: Proved,
) -> Result<Vec<PartFile>, StudyError> {
    let folder = place.join(PARTS);
    let wanted = |path: &Path| only.is_none_or(|only| only.iter().any(|named| named.file_name() == path.file_name()));
    refuse_strangers(study, only.unwrap_or_default())?;
    let (mut found, mut missing, mut faults) = (Vec::new(), Vec::new(), Vec::new());
    for (round, part) in (1..=study.round).flat_map(|round| (0..study.parts).map(move |part| (round, part))) {
        let path = folder.join(study.name_of(round, part));
        let needed = round == study.round && !study.header(part).pieces.is_empty();
        let read = match proved.0.remove(&(round, part)) {
            Some(file) => Ok(file),
            None if wanted(&path) => PartFile::read(&path),
            None => Err(io::Error::from(io::ErrorKind::NotFound).into()),
        };
        match read {
            Ok(file) if is_of(&file.header, study, (round, part)) => found.push(file),
            Ok(_) => faults.push((part, format!("{}: not part {part} of this study", path.display()))),
            Err(PartFault::Io(error)) if error.kind() == io::ErrorKind::NotFound => {
                if needed {
                    missing.push(part);
                }
            }
            Err(PartFault::Io(source)) => return Err(StudyError::Reading { path, source }),
            Err(fault) => faults.push((part, format!("{}: {fault}", path.display()))),
        }
    }
    if missing.is_empty() && faults.is_empty() {
        return Ok(found);
    }
    let again: BTreeSet<u32> = missing.iter().copied().chain(faults.iter().map(|(part, _)| *part)).collect();
    let again = array(&again.into_iter().collect::<Vec<_>>());
    let mut said: Vec<String> = faults.into_iter().map(|(_, fault)| fault).collect();
    if !missing.is_empty() {
        let (count, of) = (plural(missing.len() as u64, "part"), study.parts);
        let are = if missing.len() == 1 { "is" } else { "are" };
        said.push(format!("{count} of {of} {are} missing"));
    }
    Err(StudyError::Lacking(format!("{}; run them again: --array={again}", said.join("\n"))))
}

/// Whether a part belongs to this study, and is the one that its name says.
fn is_of(header: &PartHeader, study: &Study, (round, part): (u32, u32)) -> bool {
    let ours = (&study.digest, &study.build, round, part, study.parts);
    let same = (&header.plan, &header.build, header.round, header.part, header.parts) == ours;
    same && (round != study.round || header.pieces == study.header(part).pieces)
}

/// Refuses files that are no parts of this study, by name.
fn refuse_strangers(study: &Study, named: &[PathBuf]) -> Result<(), StudyError> {
    for path in named {
        let unusable = |why: String| StudyError::Unusable { path: path.clone(), why };
        let header = match PartFile::read_header(path) {
            Ok(header) => header,
            Err(PartFault::Io(source)) => return Err(StudyError::Reading { path: path.clone(), source }),
            Err(fault) => return Err(unusable(fault.to_string())),
        };
        if header.build != study.build {
            let why = format!("by build {} of rollcast, and the study is of build {}", header.build, study.build);
            return Err(unusable(format!("{why}: all parts must be by one build")));
        }
        if header.plan != study.digest || header.round > study.round {
            return Err(unusable("a part of another study: name those of one study alone".into()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_arrays_take_them() {
        for (numbers, text) in [(&[][..], ""), (&[2], "2"), (&[2, 7, 90, 91, 92], "2,7,90-92"), (&[0, 1, 3], "0-1,3")] {
            assert_eq!(array(numbers), text);
        }
    }

    #[test]
    fn a_line_says_what_is_there_and_what_is_not() {
        let mut standing =
            Standing { round: 1, parts: 1000, missing: vec![2, 7], rollouts: 10_000, done: 4000, begun: 100 };
        assert_eq!(standing.text(), "998 of 1,000 parts, 41% of the rollouts, missing --array=2,7");
        standing = Standing { round: 2, missing: Vec::new(), done: 10_000, begun: 0, ..standing };
        assert_eq!(standing.text(), "round 2: 1,000 of 1,000 parts, 100% of the rollouts");
    }
}
