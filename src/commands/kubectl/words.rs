//! The words of `kubectl rollcast`: which are kubectl's, which are of the plugin itself, and which are rollcast's.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use crate::commands::answer::CommandError;

/// Commands that are about a workload.
const COMMANDS: [&str; 9] = ["run", "sweep", "recommend", "capacity", "compare", "why", "trace", "eta", "serve"];
/// The command that watches.
pub(super) const RECORD: &str = "record";
/// Options of kubectl that are passed on, each with a value.
const PASSED_ON: [&str; 7] =
    ["--context", "--kubeconfig", "--cluster", "--user", "--as", "--as-group", "--request-timeout"];
/// How long kubectl waits for an answer where the user says nothing.
const TIMEOUT: &str = "--request-timeout=60s";

/// Names of kinds, and the resource that kubectl lists them as.
const KINDS: [(&str, &str); 9] = [
    ("deploy", DEPLOYMENTS),
    ("deployment", DEPLOYMENTS),
    ("deployments", DEPLOYMENTS),
    ("sts", STATEFUL_SETS),
    ("statefulset", STATEFUL_SETS),
    ("statefulsets", STATEFUL_SETS),
    ("ds", DAEMON_SETS),
    ("daemonset", DAEMON_SETS),
    ("daemonsets", DAEMON_SETS),
];
const DEPLOYMENTS: &str = "deployments.apps";
const STATEFUL_SETS: &str = "statefulsets.apps";
const DAEMON_SETS: &str = "daemonsets.apps";

/// A command about a workload of a cluster.
#[derive(Debug)]
pub(super) struct Called {
    /// The command.
    pub(super) verb: String,
    /// The workload; `None`: all of the namespace.
    pub(super) target: Option<Target>,
    /// `None` where none is written.
    pub(super) namespace: Option<String>,
    /// Whether each call is printed.
    pub(super) verbose: bool,
    /// Whether the calls are printed, and none is made.
    pub(super) dry_run: bool,
    /// Where what was read is kept.
    pub(super) save: Option<PathBuf>,
    /// For how long is recorded.
    pub(super) length: Option<String>,
    passed_on: Vec<String>,
    /// What is left for rollcast, and where the workload stood among it.
    rest: Vec<OsString>,
    place: usize,
}

/// `KIND/NAME`
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    kind: String,
    name: String,
}

impl Target {
    fn read(word: &OsStr) -> Option<Self> {
        let (kind, name) = word.to_str()?.split_once('/')?;
        let is_name = !name.is_empty() && !name.contains('/');
        (is_name && resource(kind).is_some()).then(|| Self { kind: kind.to_ascii_lowercase(), name: name.into() })
    }

    /// What kubectl lists such workloads as.
    pub(super) fn resource(&self) -> &'static str {
        resource(&self.kind).unwrap_or(DEPLOYMENTS)
    }
}

fn resource(kind: &str) -> Option<&'static str> {
    let kind = kind.to_ascii_lowercase();
    let short = kind.strip_suffix(".apps").or(kind.strip_suffix(".v1.apps")).unwrap_or(&kind);
    KINDS.iter().find(|(known, _)| *known == short).map(|(_, resource)| *resource)
}

impl Called {
    /// Reads the words behind the program's name; `None` where nothing is to be read from a cluster.
    pub(super) fn read(words: &[OsString]) -> Result<Option<Self>, CommandError> {
        let Some((verb, words)) = words.split_first() else { return Ok(None) };
        let is_one = |verb: &&str| COMMANDS.contains(verb) || *verb == RECORD;
        let Some(verb) = verb.to_str().filter(is_one) else { return Ok(None) };
        if words.iter().any(|word| word == "--help" || word == "-h") {
            return Ok(None);
        }
        let mut called = Self {
            verb: verb.to_owned(),
            target: None,
            namespace: None,
            verbose: false,
            dry_run: false,
            save: None,
            length: None,
            passed_on: Vec::new(),
            rest: Vec::new(),
            place: 0,
        };
        let mut names_a_file = false;
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if called.take(word, &mut words)? {
                continue;
            }
            if let (None, Some(target)) = (&called.target, Target::read(word)) {
                (called.target, called.place) = (Some(target), called.rest.len());
                continue;
            }
            let by_option = word == "-f" || word == "--filename";
            names_a_file |= by_option || called.verb != RECORD && (word == "-" || Path::new(word).exists());
            called.rest.push(word.clone());
        }
        if names_a_file && (called.target.is_none() || called.verb == RECORD) {
            called.refuse_own_options()?;
            return Ok(None);
        }
        Ok(Some(called))
    }

    /// Takes an option of kubectl's or of the plugin's; says whether it is one.
    fn take<'w>(&mut self, word: &OsStr, words: &mut impl Iterator<Item = &'w OsString>) -> Result<bool, CommandError> {
        let text = word.to_string_lossy();
        let (name, value) = text.split_once('=').map_or((&*text, None), |(name, value)| (name, Some(value.to_owned())));
        match name {
            "--dry-run" => self.dry_run = true,
            "--verbose" => {
                self.verbose = true;
                // The event log has such an option too.
                return Ok(self.verb != "trace");
            }
            "--for" if self.verb != RECORD => return Ok(false),
            _ if ["-n", "--namespace", "--save", "--for"].contains(&name) || PASSED_ON.contains(&name) => {
                let value = value.or_else(|| words.next().map(|word| word.to_string_lossy().into_owned()));
                let Some(value) = value.filter(|value| !value.is_empty()) else {
                    return Err(CommandError::Input(format!("{name} needs a value behind it")));
                };
                match name {
                    "--save" => self.save = Some(value.into()),
                    "--for" => self.length = Some(value),
                    "-n" | "--namespace" => self.namespace = Some(value),
                    _ => self.passed_on.push(format!("{name}={value}")),
                }
            }
            _ => match text.strip_prefix("-n").filter(|name| !name.is_empty() && !text.starts_with("--")) {
                Some(namespace) => self.namespace = Some(namespace.into()),
                None => return Ok(false),
            },
        }
        Ok(true)
    }

    /// A file is read, and no cluster.
    fn refuse_own_options(&self) -> Result<(), CommandError> {
        if self.dry_run || self.save.is_some() || !self.passed_on.is_empty() {
            return Err(CommandError::Input(
                "a file is named, so that no cluster is read: leave the options of kubectl out, or name a workload as KIND/NAME".into(),
            ));
        }
        Ok(())
    }

    /// The options of kubectl that the user gave, and how long it waits.
    pub(super) fn passed_on(&self) -> Vec<String> {
        let mut words = self.passed_on.clone();
        if !words.iter().any(|word| word.starts_with("--request-timeout")) {
            words.push(TIMEOUT.into());
        }
        words
    }

    /// The options of kubectl that the user gave.
    pub(super) fn passed_on_by_user(&self) -> &[String] {
        &self.passed_on
    }

    /// The words as `rollcast record` takes them, about the lines in `file`.
    pub(super) fn record_words(&self, file: &Path) -> Vec<OsString> {
        let mut words: Vec<OsString> = vec!["rollcast".into(), RECORD.into(), "-f".into(), file.into()];
        if let Some(Target { kind, name }) = &self.target {
            words.push(format!("{kind}/{name}").into());
        }
        words.extend(["--namespace".into(), self.namespace.clone().unwrap_or_default().into()]);
        words.extend(self.rest.iter().cloned());
        words
    }

    /// Whether notes are not wanted.
    pub(super) fn quiet(&self) -> bool {
        self.rest.iter().any(|word| word == "-q" || word == "--quiet")
    }

    /// The words as `rollcast` takes them, about the objects in `file`.
    pub(super) fn rollcast_words(&self, file: &Path) -> Vec<OsString> {
        let mut words: Vec<OsString> = vec!["rollcast".into(), self.verb.clone().into()];
        words.extend(self.rest[..self.place].iter().cloned());
        words.push(file.into());
        let namespace = self.namespace.clone().unwrap_or_default();
        match &self.target {
            Some(Target { kind, name }) if self.verb == "eta" => words.push(format!("{kind}/{name}").into()),
            Some(target) if target.resource() == DEPLOYMENTS => {
                words.extend(["--deployment".into(), target.name.clone().into()]);
            }
            Some(Target { kind, name }) => words.extend(["--deployment".into(), format!("{kind}/{name}").into()]),
            None => {}
        }
        if !namespace.is_empty() {
            words.extend(["--namespace".into(), namespace.into()]);
        }
        words.extend(self.rest[self.place..].iter().cloned());
        words
    }
}
