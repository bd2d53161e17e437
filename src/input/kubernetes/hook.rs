//! How long a hook's command takes, as far as its text says: the sleeps that are certain to happen, and whether that is all.

use crate::input::tree::error::InputError;
use crate::input::tree::fields::Map;
use crate::input::tree::yaml::Node;
use crate::time::SimDuration;

/// What the text of a command says.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Hook {
    /// It takes at least this.
    pub(crate) least: SimDuration,
    /// It takes that and no more.
    pub(crate) known: bool,
}

const SHELLS: [&str; 6] = ["sh", "bash", "dash", "ash", "ksh", "zsh"];
/// What runs the command that follows.
const WRAPPERS: [&str; 6] = ["exec", "command", "busybox", "env", "time", "nohup"];
/// Commands that take negligible time and never fail.
const INSTANT: [&str; 8] = ["true", ":", "set", "echo", "printf", "export", "date", "cd"];
/// Commands that take negligible time; their exit codes are unknown.
const CHECKS: [&str; 6] = ["test", "[", "[[", "kill", "touch", "false"];
const OPENING: [&str; 5] = ["if", "while", "until", "for", "case"];
const CLOSING: [&str; 3] = ["fi", "done", "esac"];

/// What a container's hook of this name says of its own length; `None`: it has none.
pub(crate) fn handler(container: &Map<'_>, name: &str) -> Result<Option<Hook>, InputError> {
    let lifecycle = container.map("lifecycle")?;
    let Some(own) = lifecycle.map(|map| map.map(name)).transpose()?.flatten() else { return Ok(None) };
    Ok(Some(match (own.map("sleep")?, own.map("exec")?) {
        (Some(sleep), _) => {
            let seconds = sleep.require("seconds")?.integer(0, i32::MAX as u64)?;
            Hook { least: SimDuration::from_secs(seconds), known: true }
        }
        (None, Some(exec)) => hook(&exec.list("command")?.iter().map(Node::text).collect::<Result<Vec<_>, _>>()?),
        (None, None) => Hook::default(),
    }))
}

/// Reads the words of `exec.command`.
pub(crate) fn hook(command: &[&str]) -> Hook {
    let mut words = command;
    while let [first, rest @ ..] = words
        && WRAPPERS.contains(&base(first))
    {
        words = rest;
    }
    match words {
        [shell, rest @ ..] if SHELLS.contains(&base(shell)) => script_of(rest).map_or(Hook::default(), script),
        [sleep, times @ ..] if base(sleep) == "sleep" => slept(times.iter().copied()).map_or(Hook::default(), exactly),
        _ => Hook::default(),
    }
}

fn exactly(least: SimDuration) -> Hook {
    Hook { least, known: true }
}

/// The name of a program without its folder.
fn base(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}

/// What follows `-c`, alone or among other flags such as `-ec`.
fn script_of<'a>(arguments: &[&'a str]) -> Option<&'a str> {
    let position =
        arguments.iter().position(|word| word.starts_with('-') && !word.starts_with("--") && word.ends_with('c'))?;
    arguments.get(position + 1).copied()
}

/// The sum of the arguments of `sleep`.
fn slept<'a>(times: impl Iterator<Item = &'a str>) -> Option<SimDuration> {
    let mut total = None;
    for time in times {
        total = Some(total.unwrap_or(SimDuration::ZERO) + length(time)?);
    }
    total
}

/// `5`, `2.5s`, `1m`, `0.5h`, `1d` or `infinity`.
fn length(text: &str) -> Option<SimDuration> {
    const LONGEST: f64 = i32::MAX as f64;
    let (number, unit) = match text.char_indices().last()? {
        (at, 's') => (&text[..at], 1.0),
        (at, 'm') => (&text[..at], 60.0),
        (at, 'h') => (&text[..at], 3600.0),
        (at, 'd') => (&text[..at], 86_400.0),
        _ => (text, 1.0),
    };
    if ["infinity", "inf"].contains(&text) {
        return Some(SimDuration::from_secs_f64(LONGEST));
    }
    let digits = number.chars().all(|c| c.is_ascii_digit() || c == '.');
    let seconds = number.parse::<f64>().ok().filter(|_| digits)? * unit;
    Some(SimDuration::from_secs_f64(seconds.min(LONGEST)))
}

/// What stands between two commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Link {
    /// `;` or a new line.
    Then,
    And,
    Or,
    Pipe,
    /// `&`: the shell does not wait for the command before it.
    Background,
}

/// A simple command and what follows it.
#[derive(Debug)]
struct Command {
    words: Vec<String>,
    after: Link,
}

/// How a command ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Succeeds,
    Unknown,
}

/// Reads a script: commands in a row. Inside `if`, loops and the like nothing is certain.
fn script(text: &str) -> Hook {
    let Some(commands) = commands(text) else { return Hook::default() };
    let (mut total, mut known, mut depth) = (exactly(SimDuration::ZERO), true, 0_usize);
    let (mut before, mut last) = (Link::Then, Outcome::Succeeds);
    for command in &commands {
        let mut words: &[String] = &command.words;
        while let [first, rest @ ..] = words
            && (is_assignment(first) || ["{", "}", "then", "do", "else", "!"].contains(&first.as_str()))
        {
            words = rest;
        }
        let Some(first) = words.first() else { continue };
        let runs = match before {
            Link::Then | Link::Background => Some(true),
            Link::And if last == Outcome::Succeeds => Some(true),
            Link::Or if last == Outcome::Succeeds => Some(false),
            Link::And | Link::Or | Link::Pipe => None,
        };
        before = command.after;
        if OPENING.contains(&first.as_str()) {
            depth += 1;
            (known, last) = (false, Outcome::Unknown);
            continue;
        }
        if CLOSING.contains(&first.as_str()) {
            depth = depth.saturating_sub(1);
            continue;
        }
        if runs == Some(false) {
            continue;
        }
        let certain = runs == Some(true) && depth == 0 && command.after != Link::Pipe;
        let ends = first == "exec" || (first == "exit" && certain);
        let (took, outcome) = simple(words);
        last = if certain { outcome } else { Outcome::Unknown };
        if command.after == Link::Background {
            last = Outcome::Succeeds;
        } else {
            match took {
                Some(took) if certain => total.least += took,
                Some(SimDuration::ZERO) => {}
                _ => known = false,
            }
        }
        if first == "exit" && !certain {
            // Whether anything after it happens is not known.
            known = false;
            break;
        }
        if ends {
            break;
        }
    }
    Hook { known, ..total }
}

/// How long a simple command takes, if that is known, and how it ends.
fn simple(words: &[String]) -> (Option<SimDuration>, Outcome) {
    let mut words = words;
    while let [first, rest @ ..] = words
        && WRAPPERS.contains(&base(first))
    {
        words = rest;
    }
    let Some(name) = words.first().map(|word| base(word)) else { return (Some(SimDuration::ZERO), Outcome::Succeeds) };
    match name {
        "sleep" => (slept(words[1..].iter().map(String::as_str)), Outcome::Succeeds),
        name if INSTANT.contains(&name) => (Some(SimDuration::ZERO), Outcome::Succeeds),
        name if CHECKS.contains(&name) || name == "exit" => (Some(SimDuration::ZERO), Outcome::Unknown),
        _ => (None, Outcome::Unknown),
    }
}

fn is_assignment(word: &str) -> bool {
    let name = word.split_once('=').map_or("", |(name, _)| name);
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// The simple commands of a script; `None` where it has what is not read here: subshells, functions, here-documents.
fn commands(text: &str) -> Option<Vec<Command>> {
    let mut script = Script::default();
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\'' | '"' => script.quoted(c, &mut rest)?,
            '\\' => script.escaped(rest.next()),
            '#' if !script.in_word => while rest.next_if(|c| *c != '\n').is_some() {},
            '(' | ')' | '`' => return None,
            '<' if rest.peek() == Some(&'<') => return None,
            ';' | '\n' => script.separator(Link::Then),
            // `2>&1`, `>&2` and `&>` are no separators.
            '&' if script.word.ends_with('>') || rest.peek() == Some(&'>') => script.add(c),
            '&' => script.separator(if rest.next_if_eq(&'&').is_some() { Link::And } else { Link::Background }),
            '|' => script.separator(if rest.next_if_eq(&'|').is_some() { Link::Or } else { Link::Pipe }),
            c if c.is_whitespace() => script.end_word(),
            c => script.add(c),
        }
    }
    Some(script.end())
}

/// The commands of a script that have been read so far, and the word that is being read.
#[derive(Default)]
struct Script {
    found: Vec<Command>,
    words: Vec<String>,
    word: String,
    in_word: bool,
}

impl Script {
    fn add(&mut self, c: char) {
        self.word.push(c);
        self.in_word = true;
    }

    /// Reads up to the quote that closes; `None` where there is none.
    fn quoted(&mut self, quote: char, rest: &mut impl Iterator<Item = char>) -> Option<()> {
        self.in_word = true;
        loop {
            match rest.next()? {
                end if end == quote => return Some(()),
                '\\' if quote == '"' => self.word.push(rest.next()?),
                inner => self.word.push(inner),
            }
        }
    }

    /// Reads what follows a backslash. An escaped end of line joins two lines.
    fn escaped(&mut self, next: Option<char>) {
        if let Some(next) = next.filter(|next| *next != '\n') {
            self.add(next);
        }
    }

    fn end_word(&mut self) {
        if std::mem::take(&mut self.in_word) {
            self.words.push(std::mem::take(&mut self.word));
        }
    }

    fn separator(&mut self, after: Link) {
        self.end_word();
        if !self.words.is_empty() {
            self.found.push(Command { words: std::mem::take(&mut self.words), after });
        }
    }

    /// The commands without their redirections. The last one may be empty.
    fn end(mut self) -> Vec<Command> {
        self.end_word();
        self.found.push(Command { words: self.words, after: Link::Then });
        for command in &mut self.found {
            command.words.retain(|word| !is_redirection(word));
        }
        self.found
    }
}

/// `>/dev/null`, `2>&1` and the like, written in one word.
fn is_redirection(word: &str) -> bool {
    let rest = word.trim_start_matches(|c: char| c.is_ascii_digit() || c == '&');
    rest.starts_with('>') && rest.len() > 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn scripts() {
        for (text, seconds, known) in [
            ("sleep 5", 5.0, true),
            ("sleep 1m", 60.0, true),
            ("sleep 0.5h", 1800.0, true),
            ("sleep 1m 30s", 90.0, true),
            ("exec sleep 20", 20.0, true),
            ("exec sleep 20; sleep 5", 20.0, true),
            ("set -e; sleep 10", 10.0, true),
            ("date; sleep 10", 10.0, true),
            ("sleep 5 && sleep 6", 11.0, true),
            ("sleep 5 || sleep 6", 5.0, true),
            ("echo \"bye; sleep 99\" && sleep 3", 3.0, true),
            ("# sleep 9\nsleep 3\n", 3.0, true),
            ("sleep 3 >/dev/null 2>&1", 3.0, true),
            ("X=1 /bin/sleep 3", 3.0, true),
            ("sleep 5; exit 0; sleep 9", 5.0, true),
            ("sleep 5; nginx -s quit; sleep 25", 30.0, false),
            ("sleep 5 && /drain.sh", 5.0, false),
            ("/drain.sh && sleep 5", 0.0, false),
            ("/drain.sh; sleep 5", 5.0, false),
            ("[ -f ready ] && sleep 5", 0.0, false),
            ("[ -f ready ] && sleep 5; sleep 2", 2.0, false),
            ("if [ -f ready ]; then sleep 5; fi; sleep 2", 2.0, false),
            ("while pgrep nginx; do sleep 1; done", 0.0, false),
            ("for i in 1 2 3; do sleep 1; done; sleep 4", 4.0, false),
            ("timeout 20 /drain.sh", 0.0, false),
            ("timeout 20 sleep 30", 0.0, false),
            ("sleep $DRAIN", 0.0, false),
            ("sleep 5 &", 0.0, true),
            ("sleep 5 & wait", 0.0, false),
            ("sleep 5 | cat", 0.0, false),
            ("(sleep 5)", 0.0, false),
            ("sleep `cat /x`", 0.0, false),
            ("kill -QUIT 1; sleep 3", 3.0, true),
            ("sleep -1", 0.0, false),
            ("", 0.0, true),
        ] {
            let expected = Hook { least: SimDuration::from_secs_f64(seconds), known };
            assert_eq!(script(text), expected, "{text}");
        }
    }

    #[test]
    fn commands_without_and_with_a_shell() {
        for (words, seconds, known) in [
            (&["sleep", "5"][..], 5.0, true),
            (&["/bin/sleep", "1m"], 60.0, true),
            (&["/bin/sh", "-c", "sleep 5; sleep 6"], 11.0, true),
            (&["/usr/bin/env", "bash", "-ec", "sleep 5"], 5.0, true),
            (&["bash", "-x", "-c", "sleep 5"], 5.0, true),
            (&["/wait-shutdown"], 0.0, false),
            (&["sh", "/drain.sh"], 0.0, false),
            (&["sleep"], 0.0, false),
            (&["timeout", "20", "sleep", "30"], 0.0, false),
            (&[], 0.0, false),
        ] {
            let expected = Hook { least: SimDuration::from_secs_f64(seconds), known };
            assert_eq!(hook(words), expected, "{words:?}");
        }
    }

    proptest! {
        #[test]
        fn no_script_panics(text in "[a-z0-9 ;&|'\"\\\\\n(){}$#><.-]{0,40}") {
            let _ = script(&text);
        }
    }
}
