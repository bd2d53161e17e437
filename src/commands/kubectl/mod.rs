//! `kubectl rollcast`: the same commands about a cluster that `kubectl` reads.
//!
//! There is no client and there are no credentials here: every call is a child process `kubectl get`, with the user's context and
//! rights. [`calls`] has them all. What came back is a file as `kubectl get -o json` prints it, which the command then reads like any other.

mod calls;
mod child;
mod clock;
mod fetch;
mod watch;
mod words;

use std::ffi::OsString;
use std::io::Write;
use std::path::Path;

use calls::{all_calls, calls_of_a_workload};
use words::{Called, RECORD, Target};

use super::answer::CommandError;
use super::output;
use crate::report::format::shell_word;

/// How the program is called as a plugin of kubectl.
const PLUGIN: &str = "kubectl-rollcast";
/// The word that does the same as the first one of `rollcast`.
const WORD: &str = "kubectl";

/// What is to be done with the words that the program was called with.
pub enum Asked {
    /// They are rollcast's own.
    Run(Vec<OsString>),
    /// All is done already.
    Done,
}

/// Reads the words that the program was called with; where it was called as `kubectl rollcast`, what the command needs is read from
/// the cluster first, and the words name the file that it was written to.
///
/// # Errors
/// When kubectl cannot be run, or may not read the workload, or when a word is missing.
pub fn kubectl(words: Vec<OsString>) -> Result<Asked, CommandError> {
    let Some(own) = of_plugin(&words) else { return Ok(Asked::Run(words)) };
    if own.first().is_none_or(|word| word == "--help" || word == "-h" || word == "help") {
        write!(output::out(), "{}", help())?;
        return Ok(Asked::Done);
    }
    let Some(mut called) = Called::read(own)? else { return Ok(Asked::Run(rollcast(own))) };
    if called.namespace.is_none() && !called.dry_run {
        called.namespace = Some(fetch::namespace(&called)?);
    }
    if called.verb == RECORD {
        return record(&called);
    }
    let calls = match called.verb.as_str() {
        "compare" => calls_of_a_workload(called.target.as_ref().map_or("deployments.apps", Target::resource)),
        _ => all_calls(),
    };
    if called.dry_run {
        for call in &calls {
            writeln!(output::out(), "kubectl {}", call.shown(&called))?;
        }
        return Ok(Asked::Done);
    }
    let file = fetch::fetch(&called, &calls)?;
    Ok(Asked::Run(called.rollcast_words(&file)))
}

/// Watches a workload, and names the file of what came to rollcast.
fn record(called: &Called) -> Result<Asked, CommandError> {
    if !called.dry_run {
        return watch::record(called).map(Asked::Run);
    }
    let workload = called.target.as_ref().map_or("deployments.apps", Target::resource);
    for (_, words) in watch::watched(called, workload) {
        let words: Vec<_> = words.iter().map(|word| shell_word(word)).collect();
        writeln!(output::out(), "kubectl {}", words.join(" "))?;
    }
    Ok(Asked::Done)
}

/// The words of the plugin behind its name; `None` where rollcast itself was called.
fn of_plugin(words: &[OsString]) -> Option<&[OsString]> {
    let (program, rest) = words.split_first()?;
    if Path::new(program).file_stem().is_some_and(|name| name == PLUGIN) {
        return Some(rest);
    }
    rest.split_first().filter(|(first, _)| *first == WORD).map(|(_, rest)| rest)
}

/// The words as `rollcast` takes them.
fn rollcast(own: &[OsString]) -> Vec<OsString> {
    [OsString::from("rollcast")].into_iter().chain(own.iter().cloned()).collect()
}

fn help() -> String {
    let calls: String = all_calls().iter().map(|call| format!("  kubectl get {} -o json\n", call.selected())).collect();
    format!(
        "Forecasts rollouts of a cluster that kubectl reads\n\n\
         Usage: kubectl rollcast COMMAND KIND/NAME [-n NAMESPACE] [OPTIONS]\n\n  \
         kubectl rollcast run deploy/orders -n shop          what a rollout will be like\n  \
         kubectl rollcast recommend deploy/orders -n shop    which strategy to take\n  \
         kubectl rollcast capacity -n shop                   how many may roll at once\n  \
         kubectl rollcast record deploy/orders -n shop --out incident.json    record a rollout until Ctrl-C\n\n\
         The commands and their options are those of rollcast: `rollcast COMMAND --help`.\n\n\
         Options of their own:\n  \
         --context, --kubeconfig, --cluster, --user, --as, --as-group, --request-timeout   passed on to kubectl\n  \
         --save FILE   keep what was read, for further commands\n  \
         --verbose     print each call\n  \
         --dry-run     print the calls, and make none\n\n\
         What is read, each kind by a call of its own, and Secrets and ConfigMaps never:\n{calls}"
    )
}

#[cfg(test)]
mod tests;
