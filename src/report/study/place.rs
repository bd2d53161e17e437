//! The directory of a study.

use std::fs;
use std::path::{Path, PathBuf};

use super::engine::ScriptFile;
use super::fault::StudyError;
use super::plan_file::{MOST_PARTS, Study};
use crate::plan::{Input, Plan};
use crate::report::build::Build;
use crate::report::folder::{FolderError, refuse_link};
use crate::report::json::FORMAT;
use crate::report::package::Package;
use crate::report::staging::{failed, refuse_links_to};

/// Name of the plan in the directory of a study.
pub const PLAN: &str = "plan.json";
/// Where the finished parts are.
pub(super) const PARTS: &str = "parts";

/// Reads the plan at `path`, or in the directory `path`; gives the directory of the study too. The plan must be one of this build of
/// rollcast.
///
/// # Errors
/// When it cannot be read, is none, was changed by hand, or is of another build.
pub fn read(path: &Path) -> Result<(Study, PathBuf), StudyError> {
    let path = if path.is_dir() { path.join(PLAN) } else { path.to_owned() };
    let unusable = |why: String| StudyError::Unusable { path: path.clone(), why };
    let bytes = fs::read(&path).map_err(|source| StudyError::Reading { path: path.clone(), source })?;
    let study: Study = serde_json::from_slice(&bytes)
        .map_err(|error| unusable(format!("not a plan of a study, which `rollcast plan` writes: {error}")))?;
    if study.format != FORMAT || study.build != Build::id() {
        let (theirs, version, ours) = (&study.build, &study.version, Build::id());
        return Err(unusable(format!(
            "the plan is by build {theirs} of rollcast (version {version}), and this is build {ours} (version {}): use that one, or plan again",
            env!("CARGO_PKG_VERSION")
        )));
    }
    let parts = study.parts as usize;
    let is_ours = study.digest == study.own_digest() && (study.pieces.len(), study.foreseen.len()) == (parts, parts);
    if !is_ours || !(1..=MOST_PARTS).contains(&study.parts) || study.round == 0 || study.inputs.is_empty() {
        return Err(unusable("it is not as `rollcast plan` wrote it: plan again".into()));
    }
    if let Some(input) = study.inputs.iter().find(|input| !crate::report::package::is_inside(&input.copy)) {
        return Err(unusable(format!("it names `{}`, which is not in the directory", input.copy)));
    }
    let place = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Ok((study, place.to_owned()))
}

impl Study {
    /// The whole experiment, from the copies of its inputs in the directory `place`.
    ///
    /// # Errors
    /// When a copy cannot be read, or is not what was planned.
    pub fn plan(&self, place: &Path) -> Result<Plan, StudyError> {
        let package = Package {
            place: place.to_owned(),
            version: self.version.clone(),
            build: None,
            overrides: self.overrides.clone(),
            shard: None,
            asked: None,
            sampling: serde_json::Value::Null,
            inputs: self.inputs.clone(),
            notes: self.notes.clone(),
            caveats: self.caveats.clone(),
            premises: self.sources.clone(),
            files: Vec::new(),
        };
        if let Some(changed) = package.changed_inputs()?.first() {
            let why = "not the input that was planned: bring it back, or plan again".into();
            return Err(StudyError::Unusable { path: place.join(changed), why });
        }
        Ok(package.plan()?)
    }
}

/// Writes the directory of a study: copies of the inputs, the plan, and the files of an engine.
///
/// # Errors
/// When another study is there, or something cannot be written.
pub fn write(place: &Path, study: &Study, inputs: &[Input], scripts: &[ScriptFile]) -> Result<(), StudyError> {
    refuse_link(place)?;
    let plan = place.join(PLAN);
    match fs::read(&plan) {
        Ok(bytes) => {
            let same = serde_json::from_slice::<Study>(&bytes).is_ok_and(|other| other.digest == study.digest);
            if !same {
                let why = "another study is planned here: choose another directory, or remove it".into();
                return Err(StudyError::Unusable { path: plan, why });
            }
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && is_empty(place)? => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(FolderError::Foreign(place.into()).into());
        }
        Err(error) => return Err(failed("read", &plan)(error).into()),
    }
    for (input, recorded) in inputs.iter().zip(&study.inputs) {
        put(place, &recorded.copy, &input.copy, false)?;
    }
    for ScriptFile { path, text, runs } in scripts {
        put(place, path, text.as_bytes(), *runs)?;
    }
    let parts = place.join(PARTS);
    fs::create_dir_all(&parts).map_err(failed("create", &parts))?;
    save(place, study)
}

/// Replaces the plan of a study, such as by that of its next round.
///
/// # Errors
/// When it cannot be written.
pub fn save(place: &Path, study: &Study) -> Result<(), StudyError> {
    let plan = place.join(PLAN);
    let mut bytes = serde_json::to_vec(study).map_err(|error| failed("write", &plan)(error.into()))?;
    bytes.push(b'\n');
    put(place, PLAN, &bytes, false)
}

/// Whether nothing is there.
fn is_empty(place: &Path) -> Result<bool, FolderError> {
    match fs::read_dir(place) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::NotADirectory => {
            Err(FolderError::NotADirectory(place.into()))
        }
        Err(error) => Err(failed("read", place)(error)),
    }
}

/// Puts a file in place whole, or not at all.
fn put(place: &Path, path: &str, bytes: &[u8], runs: bool) -> Result<(), StudyError> {
    refuse_links_to(place, path)?;
    let full = place.join(path);
    let parent = full.parent().unwrap_or(place);
    fs::create_dir_all(parent).map_err(failed("create", parent))?;
    let new = parent.join(format!(".{}.{}.tmp", file_name(&full), std::process::id()));
    refuse_link(&new)?;
    fs::write(&new, bytes).map_err(failed("write", &new))?;
    if runs {
        let_run(&new).map_err(failed("write", &new))?;
    }
    fs::rename(&new, &full).map_err(failed("write", &full))?;
    Ok(())
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Lets a script be started by its name.
#[cfg(unix)]
fn let_run(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn let_run(_: &Path) -> std::io::Result<()> {
    Ok(())
}
