//! Weaves all mutants into the copied tree, and leaves out those that do not compile.

use crate::list::{Mutant, State};
use crate::weave::{around, weave};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;
use std::{error::Error, fs, io};

/// Rewrites the tree in `copy`, whose sources are those of `original`, until `cargo check` finds no error in it.
pub fn build(original: &Path, copy: &Path, mutants: &mut [Mutant]) -> Result<(), Box<dyn Error>> {
    fs::write(copy.join("src/mutants.rs"), include_str!("switch.rs"))?;
    let top = fs::read_to_string(original.join("src/lib.rs"))?;
    fs::write(copy.join("src/lib.rs"), top + "\nmod mutants;\n")?;
    for round in 1.. {
        let mut files: BTreeMap<String, Vec<&mut Mutant>> = BTreeMap::new();
        for mutant in mutants.iter_mut() {
            files.entry(mutant.file.clone()).or_default().push(mutant);
        }
        for (file, mutants) in &mut files {
            let text = weave(&fs::read_to_string(original.join(file))?, mutants)?;
            write_changed(&copy.join(file), &text)?;
        }
        let errors = errors(copy)?;
        println!("round {round}: {} errors", errors.len());
        if errors.is_empty() {
            return Ok(());
        }
        if !leave_out(copy, mutants, &errors)? {
            return Err(format!("these errors lead to no mutant: {errors:#?}").into());
        }
    }
    Ok(())
}

fn write_changed(path: &Path, text: &str) -> io::Result<()> {
    if fs::read_to_string(path)? == text { Ok(()) } else { fs::write(path, text) }
}

/// What the compiler refuses, as it says it.
fn errors(copy: &Path) -> Result<Vec<Value>, Box<dyn Error>> {
    let arguments = ["check", "--lib", "--message-format", "json", "--quiet"];
    let output = Command::new("cargo").args(arguments).current_dir(copy).output()?;
    let lines = String::from_utf8(output.stdout)?;
    let messages = lines.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let errors: Vec<Value> = messages
        .map(|message| message["message"].clone())
        .filter(|message| {
            message["level"] == "error" && message["spans"].as_array().is_some_and(|spans| !spans.is_empty())
        })
        .collect();
    if errors.is_empty() && !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    Ok(errors)
}

/// Takes the mutants out that an error stands in: the main place of it decides, then the other places, then its function.
fn leave_out(copy: &Path, mutants: &mut [Mutant], errors: &[Value]) -> Result<bool, Box<dyn Error>> {
    let mut out: BTreeSet<(u32, bool)> = BTreeSet::new();
    for error in errors {
        let mut spans: Vec<&Value> = error["spans"].as_array().into_iter().flatten().collect();
        spans.sort_by_key(|span| span["is_primary"] != true);
        let mut found = Vec::new();
        for span in &spans {
            let (file, start) =
                (span["file_name"].as_str().unwrap_or_default(), span["byte_start"].as_u64().unwrap_or(0));
            found = around(&fs::read_to_string(copy.join(file))?, usize::try_from(start)?);
            if !found.is_empty() {
                break;
            }
        }
        let alone = !found.is_empty() && !found.contains(&0);
        if found.is_empty() {
            found = in_function(mutants, spans[0]);
        }
        out.extend(found.into_iter().map(|id| (id, alone)));
    }
    let mut any = false;
    for mutant in mutants.iter_mut().filter(|mutant| mutant.state == State::Woven) {
        for alone in [false, true] {
            if out.contains(&(mutant.id, alone)) {
                mutant.state = if alone { State::Unviable } else { State::Unfit };
                any = true;
            }
        }
    }
    Ok(any)
}

fn in_function(mutants: &[Mutant], span: &Value) -> Vec<u32> {
    let (file, line) = (span["file_name"].as_str(), span["line_start"].as_u64().unwrap_or(0));
    let holds = |mutant: &&Mutant| {
        Some(mutant.file.as_str()) == file
            && mutant.function.as_ref().is_some_and(|function| {
                (function.span.start.line..=function.span.end.line).contains(&usize::try_from(line).unwrap_or(0))
            })
    };
    mutants.iter().filter(holds).map(|mutant| mutant.id).collect()
}
