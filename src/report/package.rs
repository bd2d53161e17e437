//! `datapackage.json` read back: how a result folder was made, and which files it has.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::build::Build;
use super::datapackage::Asked;
use super::hash::sha256_of;
use super::staging::PACKAGE;
use crate::plan::{Caveats, InputCopy, InputError, Overrides, Plan, Premise, Shard};

/// A result folder as its `datapackage.json` describes it.
#[derive(Clone, Debug)]
pub struct Package {
    /// The directory.
    pub place: PathBuf,
    /// Version of the program that made it.
    pub version: String,
    /// The build that made it; `None` where it does not say so, as an older version wrote it.
    pub build: Option<Build>,
    /// What the command line changed in the experiment.
    pub overrides: Overrides,
    /// Which part of a divided sweep it is; `None` for a whole one.
    pub shard: Option<Shard>,
    /// What another command than a sweep was asked; `None`: a sweep made it.
    pub asked: Option<Asked>,
    /// How the random numbers of its replications depend on one another, as JSON; null where they do not.
    pub sampling: serde_json::Value,
    /// The inputs of the sweep, the file on the command line first.
    pub inputs: Vec<PackageInput>,
    /// The notes that the sweep printed.
    pub notes: Vec<String>,
    /// The caveats of the answer.
    pub caveats: Caveats,
    /// The values that the results rest on.
    pub premises: Vec<Premise>,
    /// The files in it and those that were left out, without the inputs and `datapackage.json` itself.
    pub files: Vec<PackageFile>,
}

/// An input and its copy in the folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageInput {
    /// Path as it was written.
    pub path: String,
    /// Path of the copy in the folder.
    #[serde(default)]
    pub copy: String,
    /// SHA-256 of the input in hexadecimal.
    pub sha256: String,
    /// Size of the input in bytes.
    #[serde(default)]
    pub bytes: u64,
    /// SHA-256 of the copy where that is not the whole input.
    #[serde(rename = "copySha256", skip_serializing_if = "Option::is_none", default)]
    pub copy_sha256: Option<String>,
}

/// A file of a result folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageFile {
    /// Path in the folder.
    pub path: String,
    /// SHA-256 in hexadecimal.
    pub sha256: String,
    /// Size in bytes.
    pub bytes: u64,
    /// The file was left out, and only its hash is known.
    pub omitted: bool,
}

/// Why a folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    /// The operating system refused.
    #[error("cannot read {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// No result of a sweep.
    #[error("{} is not a result directory: {why}", place.display())]
    Foreign {
        /// The directory.
        place: PathBuf,
        /// What is wrong with it.
        why: String,
    },
}

#[derive(Deserialize)]
struct Description {
    rollcast: RollcastObject,
    resources: Vec<ListedResource>,
}

#[derive(Deserialize)]
struct RollcastObject {
    version: String,
    build: Option<Build>,
    #[serde(default)]
    overrides: Overrides,
    shard: Option<Shard>,
    asked: Option<Asked>,
    #[serde(default)]
    sampling: serde_json::Value,
    inputs: Vec<PackageInput>,
    #[serde(default)]
    notes: Vec<String>,
    #[serde(default)]
    caveats: Caveats,
    #[serde(default)]
    sources: Vec<Premise>,
    #[serde(default)]
    omitted: Vec<ListedResource>,
}

#[derive(Deserialize)]
struct ListedResource {
    path: String,
    hash: String,
    #[serde(default)]
    bytes: u64,
}

impl Package {
    /// Reads the description of the folder at `place`.
    ///
    /// # Errors
    /// When there is none, when it is not from a sweep, or when it names a file outside the folder.
    pub fn read(place: &Path) -> Result<Self, PackageError> {
        let path = place.join(PACKAGE);
        let foreign = |why: String| PackageError::Foreign { place: place.into(), why };
        let bytes = match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound && place.is_dir() => {
                return Err(foreign(format!(
                    "it has no {PACKAGE}; name the directory that `rollcast sweep --out` wrote"
                )));
            }
            Err(source) => return Err(PackageError::Io { path, source }),
            Ok(bytes) => bytes,
        };
        let description: Description =
            serde_json::from_slice(&bytes).map_err(|error| foreign(format!("{PACKAGE} is not rollcast's: {error}")))?;
        let Description { rollcast, resources } = description;
        let present = resources.into_iter().map(|resource| (resource, false));
        let omitted = rollcast.omitted.into_iter().map(|resource| (resource, true));
        let mut files = Vec::new();
        for (ListedResource { path, hash, bytes }, omitted) in present.chain(omitted) {
            let sha256 = hash.strip_prefix("sha256:").map(str::to_owned);
            let sha256 = sha256.ok_or_else(|| foreign(format!("{PACKAGE} gives no SHA-256 of {path}")))?;
            files.push(PackageFile { path, sha256, bytes, omitted });
        }
        if rollcast.inputs.is_empty() || rollcast.inputs.iter().any(|input| input.copy.is_empty()) {
            return Err(foreign("it has no copies of its inputs, as an older rollcast wrote it; sweep again".into()));
        }
        let copies = rollcast.inputs.iter().map(|input| &input.copy);
        if let Some(outside) = files.iter().map(|file| &file.path).chain(copies).find(|path| !is_inside(path)) {
            return Err(foreign(format!("{PACKAGE} names `{outside}`, which is not in the directory")));
        }
        if rollcast.shard.is_some_and(|shard| shard.number >= shard.of) {
            return Err(foreign(format!("{PACKAGE} gives an impossible shard")));
        }
        let RollcastObject {
            version, build, overrides, shard, asked, sampling, inputs, notes, caveats, sources, ..
        } = rollcast;
        let (place, premises) = (place.into(), sources);
        Ok(Self { place, version, build, overrides, shard, asked, sampling, inputs, notes, caveats, premises, files })
    }

    /// Where the copies of the inputs are.
    #[must_use]
    pub fn copies(&self) -> Vec<InputCopy> {
        let copy = |input: &PackageInput| InputCopy {
            path: input.path.clone(),
            place: self.place.join(&input.copy),
            whole: input.copy_sha256.as_ref().map(|_| (input.sha256.clone(), input.bytes)),
        };
        self.inputs.iter().map(copy).collect()
    }

    /// The plan of the whole sweep, also for a shard. Where the copies of inputs are not whole, notes, caveats and
    /// what the results rest on are taken from the package, because some are about what was left out of the copies.
    ///
    /// # Errors
    /// As for [`Plan::load`].
    pub fn plan(&self) -> Result<Plan, InputError> {
        let mut plan = Plan::reload(&self.copies(), &self.overrides)?;
        if self.inputs.iter().any(|input| input.copy_sha256.is_some()) {
            plan.notes.clone_from(&self.notes);
            plan.caveats.clone_from(&self.caveats);
            plan.premises.clone_from(&self.premises);
        }
        Ok(plan)
    }

    /// Copies of inputs that somebody has changed since the sweep.
    ///
    /// # Errors
    /// When one cannot be read.
    pub fn changed_inputs(&self) -> Result<Vec<&str>, PackageError> {
        let mut changed = Vec::new();
        for input in &self.inputs {
            let path = self.place.join(&input.copy);
            let sha256 = sha256_of(&path).map_err(|source| PackageError::Io { path, source })?;
            if sha256 != *input.copy_sha256.as_ref().unwrap_or(&input.sha256) {
                changed.push(input.copy.as_str());
            }
        }
        Ok(changed)
    }
}

pub(super) fn is_inside(path: &str) -> bool {
    let mut parts = Path::new(path).components();
    !path.is_empty() && parts.all(|part| matches!(part, Component::Normal(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(package: &str) -> Result<Package, PackageError> {
        let place = tempfile::tempdir().unwrap();
        fs::write(place.path().join(PACKAGE), package).unwrap();
        Package::read(place.path())
    }

    fn package(path: &str, copy: &str) -> String {
        format!(
            r#"{{"resources": [{{"path": "{path}", "hash": "sha256:ab"}}], "rollcast": {{"version": "1", "shard":
            {{"number": 1, "of": 2}}, "overrides": {{"seed": 3}}, "inputs": [{{"path": "/x/e.yaml", "copy": "{copy}",
            "sha256": "cd"}}], "omitted": [{{"path": "b.csv", "hash": "sha256:ef"}}]}}}}"#
        )
    }

    #[test]
    fn a_description_is_read_back() {
        let recorded = read(&package("a.csv", "inputs/e.yaml")).unwrap();
        assert_eq!((recorded.overrides.seed, recorded.shard), (Some(3), Some(Shard { number: 1, of: 2 })));
        assert_eq!(recorded.build, None);
        let built = package("a.csv", "inputs/e.yaml")
            .replace(r#""version": "1""#, r#""version": "1", "build": {"commit": "c"}"#);
        assert_eq!(read(&built).unwrap().build, Some(Build { commit: "c".into(), ..Build::default() }));
        let files: Vec<_> = recorded.files.iter().map(|f| (f.path.as_str(), f.sha256.as_str(), f.omitted)).collect();
        assert_eq!(files, [("a.csv", "ab", false), ("b.csv", "ef", true)]);
        let copy = |whole| InputCopy { path: "/x/e.yaml".into(), place: recorded.place.join("inputs/e.yaml"), whole };
        assert_eq!(recorded.copies(), [copy(None)]);
        let reduced = package("a.csv", "inputs/e.yaml")
            .replace(r#""sha256": "cd""#, r#""bytes": 9, "sha256": "cd", "copySha256": "ab""#);
        assert_eq!(read(&reduced).unwrap().copies()[0].whole, Some(("cd".to_owned(), 9)));
    }

    #[test]
    fn foreign_descriptions_are_refused() {
        let cases = [
            ("", "not rollcast's"),
            (r#"{"resources": []}"#, "missing field `rollcast`"),
            (&package("../../etc/passwd", "inputs/e.yaml"), "`../../etc/passwd`, which is not in the directory"),
            (&package("a.csv", "/etc/passwd"), "`/etc/passwd`, which is not"),
            (&package("a.csv", ""), "no copies of its inputs"),
            (&package("a.csv", "e").replace("sha256:ab", "md5:ab"), "no SHA-256 of a.csv"),
            (&package("a.csv", "e").replace("\"of\": 2", "\"of\": 1"), "impossible shard"),
        ];
        for (text, why) in cases {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }
}
