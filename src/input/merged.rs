//! Fitted latencies written into the text of an experiment, in which all else stays as it is, comments too.

use std::path::Path;
use std::rc::Rc;

use crate::input::kubernetes::object::is_manifest;
use crate::input::tree::error::{InputError, quoted};
use crate::input::tree::files::read_text;
use crate::input::tree::yaml::{Entry, Node, Source, Value, documents};

/// The text of the experiment at `path` with the lines of `block` under its `pods`. `block` begins with the line `pods:`, and each
/// further line is a key, or a comment, two spaces deep.
///
/// # Errors
/// When the file is no experiment, when it writes one of the keys already, or when its `pods` is on one line.
pub fn with_pods(path: &Path, block: &str) -> Result<String, InputError> {
    let name = path.display().to_string();
    let text = read_text(path).map_err(|problem| InputError::in_file(&name, problem))?;
    merged(&name, text, block)
}

fn merged(name: &str, text: String, block: &str) -> Result<String, InputError> {
    let source = Rc::new(Source { name: name.into(), text });
    let documents = documents(&source)?;
    if is_manifest(&documents) {
        let advice = "is a manifest, which has no `pods`: name an experiment, such as one that `rollcast new` writes";
        return Err(InputError::in_file(name, advice));
    }
    let root = documents.first().map(Node::map).transpose()?;
    let pods = root.and_then(|map| map.entries.iter().find(|entry| entry.key == "pods"));
    let mut lines: Vec<String> = source.text.lines().map(str::to_owned).collect();
    let Some(pods) = pods else {
        return Ok(format!("{}\n\n{}", source.text.trim_end(), block));
    };
    let (at, indent) = place(pods)?;
    refuse_written(pods, block)?;
    let added = block.lines().skip(1).map(|line| format!("{}{}", " ".repeat(indent), line.trim_start()));
    let at = at.min(lines.len());
    lines.splice(at..at, added);
    Ok(lines.join("\n") + "\n")
}

/// Behind which line new keys of `pods` stand, and how deep.
fn place(pods: &Entry) -> Result<(usize, usize), InputError> {
    let line = pods.at.line() as usize;
    match &pods.value.value {
        Value::Null => Ok((line, 2)),
        Value::Map(entries) => {
            let first = entries.first().filter(|first| first.at.line() as usize > line);
            let Some(first) = first else {
                let advice = "stands on one line, into which nothing can be written: give each of its keys a line";
                return Err(pods.at.error(format!("`pods` {advice}")));
            };
            Ok((line, first.at.column() as usize - 1))
        }
        _ => Err(pods.value.wrong("a map of keys and values")),
    }
}

/// Keys that are written already stay as they are: which of the two is meant only the user knows.
fn refuse_written(pods: &Entry, block: &str) -> Result<(), InputError> {
    let Value::Map(entries) = &pods.value.value else { return Ok(()) };
    let keys = block.lines().skip(1).map(str::trim_start).filter(|line| !line.starts_with('#'));
    for key in keys.filter_map(|line| line.split(':').next()) {
        if let Some(written) = entries.iter().find(|entry| entry.key == key) {
            return Err(written
                .at
                .error(format!("{} is written here already: take this line away first", quoted(key))));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCK: &str = "pods:\n  start: 3s   # 5 values\n  # other; write the field\n";

    fn of(text: &str) -> Result<String, String> {
        merged("exp.yaml", text.into(), BLOCK).map_err(|error| error.to_string())
    }

    #[test]
    fn all_else_stays_as_it_is() {
        let added = "start: 3s   # 5 values\n";
        let comment = "# other; write the field\n";
        assert_eq!(of("deployment: a.yaml # mine\n").unwrap(), format!("deployment: a.yaml # mine\n\n{BLOCK}"));
        assert_eq!(
            of("pods:\n    # Mine.\n    warmUp: 9s\nseed: 2\n").unwrap(),
            format!("pods:\n    {added}    {comment}    # Mine.\n    warmUp: 9s\nseed: 2\n")
        );
        assert_eq!(of("pods:\nseed: 2\n").unwrap(), format!("pods:\n  {added}  {comment}seed: 2\n"));
    }

    #[test]
    fn what_cannot_be_merged_is_refused_with_its_place() {
        for (text, message) in [
            ("pods: {warmUp: 9s}\n", "exp.yaml:1:1: `pods` stands on one line"),
            ("pods:\n  start: 1s\n", "exp.yaml:2:3: `start` is written here already"),
            ("kind: Deployment\n", "exp.yaml: is a manifest"),
        ] {
            let error = of(text).unwrap_err();
            assert!(error.starts_with(message), "{error}");
        }
    }
}
