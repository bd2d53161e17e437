//! What is copied of a container: nothing that configures the program, and of commands their sleeps.

use super::fields::{field, items, remove};
use crate::input::kubernetes::hook::{Hook, hook};
use crate::input::tree::error::InputError;
use crate::input::tree::fields::Map;
use crate::input::tree::yaml::{Entry, Node, Value};
use crate::time::SimDuration;

/// What stands in a copy for a command that no forecast depends on.
const LEFT_OUT: &str = "left-out";

/// Fields of a container that carry the program's own configuration.
const CONFIGURATION: &[&str] = &["args", "command", "env", "envFrom"];

pub(super) fn reduce_container(container: &mut Node) -> bool {
    remove(container, CONFIGURATION) | reduce_lifecycle(container)
}

/// The command of an init container: only the sleep that is certain to happen is used, and whether there is more.
pub(super) fn reduce_command(container: &mut Node) -> bool {
    let Ok(map) = container.map() else { return false };
    let words = |key: &str| map.list(key)?.iter().map(Node::text).collect::<Result<Vec<_>, _>>();
    let (Ok(command), Ok(arguments)) = (words("command"), words("args")) else { return false };
    let whole: Vec<&str> = command.iter().chain(&arguments).copied().collect();
    let is_sidecar = map.get("restartPolicy").is_some_and(|policy| policy.text() == Ok("Always"));
    let read = if command.is_empty() || is_sidecar { Hook::default() } else { hook(&whole) };
    let seconds = in_seconds(read.least);
    let kept: Vec<String> = match read {
        Hook { known: true, .. } => vec!["sleep".into(), seconds],
        Hook { least: SimDuration::ZERO, .. } => Vec::new(),
        Hook { .. } => vec!["sh".into(), "-c".into(), format!("sleep {seconds}; {LEFT_OUT}")],
    };
    if whole == kept {
        return false;
    }
    remove(container, &["command", "args"]);
    if !kept.is_empty() {
        set_command(container, &kept);
    }
    true
}

pub(super) fn reduce_lifecycle(container: &mut Node) -> bool {
    let mut left_out = false;
    for key in ["startupProbe", "readinessProbe", "livenessProbe"] {
        left_out |= reduce_handler(field(container, key));
    }
    let Some(lifecycle) = field(container, "lifecycle") else { return left_out };
    for key in ["postStart", "preStop"] {
        left_out |= field(lifecycle, key).is_some_and(reduce_hook);
    }
    left_out
}

/// Of what a probe or a hook does only its kind is kept: no command, no header, and no query after the path.
fn reduce_handler(handler: Option<&mut Node>) -> bool {
    let Some(handler) = handler else { return false };
    field(handler, "exec").is_some_and(leave_command_out) | reduce_request(handler)
}

/// The request that a probe or a hook sends.
fn reduce_request(handler: &mut Node) -> bool {
    let Some(get) = field(handler, "httpGet") else { return false };
    let left_out = remove(get, &["httpHeaders"]);
    let Some(Value::Scalar(path)) = field(get, "path").map(|path| &mut path.value) else { return left_out };
    let Some(query) = path.text.find('?') else { return left_out };
    path.text.truncate(query);
    true
}

/// A hook: the sleep of its command is used, so that stays.
fn reduce_hook(hook: &mut Node) -> bool {
    let left_out = reduce_request(hook);
    let Some(exec) = field(hook, "exec") else { return left_out };
    let read = |exec: &Node| Some((only_sleeps(&exec.map().ok()?).ok()?, least(&exec.map().ok()?).ok()?));
    let (only, least) = read(exec).unwrap_or_default();
    if only {
        return left_out;
    }
    if least.is_zero() {
        return leave_command_out(exec) | left_out;
    }
    remove(exec, &["command"]);
    set_command(exec, &["sleep".to_owned(), in_seconds(least)]);
    true
}

/// How long a command takes at least.
fn least(exec: &Map<'_>) -> Result<SimDuration, InputError> {
    Ok(hook(&exec.list("command")?.iter().map(Node::text).collect::<Result<Vec<_>, _>>()?).least)
}

/// Whether a command is `sleep N`, run directly or by a shell, and nothing else.
fn only_sleeps(exec: &Map<'_>) -> Result<bool, InputError> {
    let command = exec.list("command")?.iter().map(Node::text).collect::<Result<Vec<_>, _>>()?.join(" ");
    let mut words = command.split(' ').peekable();
    let name = |word: &str| word.strip_prefix("/usr/bin/").or(word.strip_prefix("/bin/")).unwrap_or(word).to_owned();
    if words.next_if(|word| ["sh", "bash", "ash", "dash"].contains(&name(word).as_str())).is_some() {
        words.next_if(|word| ["-c", "-ec", "-lc"].contains(word));
    }
    let sleeps = words.next().is_some_and(|word| name(word) == "sleep");
    let length = words.next().is_some_and(|word| {
        word.len() <= 20 && word.strip_suffix('s').unwrap_or(word).chars().all(|c| c.is_ascii_digit() || c == '.')
    });
    Ok(sleeps && length && words.next().is_none())
}

/// Puts a word in the place of a command, which the API server requires.
fn leave_command_out(exec: &mut Node) -> bool {
    let words = items(field(exec, "command")).iter().map(|word| word.text().map(str::to_owned));
    if words.collect::<Vec<_>>() == [Ok(LEFT_OUT.to_owned())] {
        return false;
    }
    let is_there = remove(exec, &["command"]);
    if is_there {
        set_command(exec, &[LEFT_OUT.to_owned()]);
    }
    is_there
}

fn in_seconds(length: SimDuration) -> String {
    let seconds = format!("{}.{:09}", length.as_nanos() / 1_000_000_000, length.as_nanos() % 1_000_000_000);
    seconds.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn set_command(exec: &mut Node, words: &[String]) {
    let at = exec.at.clone();
    let words = words.iter().map(|word| {
        let mut node = Node::plain(at.clone(), word.as_str());
        if let Value::Scalar(scalar) = &mut node.value {
            scalar.plain = false;
        }
        node
    });
    let words = words.collect();
    if let Value::Map(entries) = &mut exec.value {
        entries.push(Entry { key: "command".into(), at: at.clone(), value: Node { at, value: Value::List(words) } });
    }
}
