//! Options of the commands that read what a cluster has recorded.

use std::path::PathBuf;

use clap::Args;

use super::super::shared::Format;
use super::super::values::{assignment, threads};

/// `rollcast replay`
#[derive(Debug, Args)]
pub struct Replay {
    /// Recordings, or directories of them.
    #[arg(value_name = "TRACE.json|DIR", required = true)]
    pub paths: Vec<PathBuf>,
    /// What if: play the same pods, with their recorded times, under another setting too, such as `maxUnavailable=1`, and compare the two;
    /// may be given more than once.
    #[arg(long = "set", value_name = "SETTING=VALUE", value_parser = assignment)]
    pub set: Vec<(String, String)>,
    /// Form of the answer.
    #[arg(long, short = 'o', value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Exit with 1 also for a recording that asks for what is not modelled.
    #[arg(long)]
    pub strict: bool,
    /// Only the recordings that do not match, and the closing line.
    #[arg(long, short)]
    pub quiet: bool,
}

/// `rollcast record`
#[derive(Debug, Args)]
pub struct Record {
    /// The workload: deploy/NAME, sts/NAME or ds/NAME.
    #[arg(value_name = "KIND/NAME")]
    pub workload: String,
    /// What the cluster told: audit logs of the API server, what `kubectl get -o json --watch` printed, events, objects; `-` is
    /// standard input. What a file is, its content says. May be given more than once.
    #[arg(long = "filename", short = 'f', value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// A Deployment of the same namespace that is recorded with it, deploy/NAME: its rollout shares nodes, quota and controllers.
    /// May be given more than once.
    #[arg(long, value_name = "KIND/NAME")]
    pub beside: Vec<String>,
    /// Its namespace.
    #[arg(long, short, value_name = "NAMESPACE", default_value = "default")]
    pub namespace: String,
    /// Where the recording is written; without it on standard output, and what it rests on goes to standard error.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// The instant 0 of the recording, such as 2026-01-31T09:30:00Z; without it the first change of the workload.
    #[arg(long, value_name = "INSTANT")]
    pub since: Option<String>,
    /// Leave out what came later.
    #[arg(long, value_name = "INSTANT")]
    pub until: Option<String>,
    /// Put a hash in place of the names in the recording: of the workload, its namespace, quotas, budgets and claims. Pods, nodes and versions are
    /// numbered in any case. The same key gives the same hashes;
    /// without one they are new each time, and nobody can find the names by trying.
    #[arg(long, value_name = "KEY", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub anonymise: Option<String>,
    /// Only the recording.
    #[arg(long, short)]
    pub quiet: bool,
    /// Form of the account of what the recording rests on.
    #[arg(long, short = 'o', value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// `rollcast validate`
#[derive(Debug, Args)]
pub struct Validate {
    /// The experiment, as it was written before the rollouts.
    #[arg(long, short, value_name = "FILE")]
    pub experiment: PathBuf,
    /// The rollouts that followed: a CSV table with the column `duration_s`, or with `started` and `completed`, and if wanted `workload`,
    /// `followed_s` (of those that were not complete) and `start_up_s`; or a directory of recordings.
    #[arg(long, value_name = "FILE|DIR")]
    pub observed: PathBuf,
    /// Set a field of the experiment; may be given more than once.
    #[arg(long = "set", value_name = "PATH=VALUE", value_parser = assignment)]
    pub set: Vec<(String, String)>,
    /// Replications, instead of the experiment's.
    #[arg(long, value_name = "N")]
    pub replications: Option<u32>,
    /// Worker threads; 0 means one for each core. Results do not depend on it.
    #[arg(long, default_value_t = 0, value_name = "N", value_parser = threads)]
    pub threads: usize,
    /// No notes on standard error.
    #[arg(long, short)]
    pub quiet: bool,
    /// Form of the answer.
    #[arg(long, short = 'o', value_enum, default_value_t = Format::Text)]
    pub format: Format,
}
