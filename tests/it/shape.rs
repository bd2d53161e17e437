//! The shape of the code: `src/lib.rs` lists the modules in order of dependency, and no file imports one below it.

use std::fs;
use std::path::{Path, PathBuf};

/// What the order alone would allow but must not be.
const NEVER: [(&str, &[&str]); 4] = [
    ("k8s", &["random", "engine", "distribution", "stats"]),
    ("stats", &["random", "engine"]),
    ("analysis", &["sim", "engine", "random", "k8s"]),
    ("report", &["sim", "engine", "random", "sweep"]),
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Modules in the order in which a `lib.rs` or `mod.rs` lists them.
fn listed(file: &Path) -> Vec<String> {
    let text = fs::read_to_string(file).expect("the module list is readable");
    let module = |line: &str| {
        let line = line.strip_prefix("pub ").unwrap_or(line);
        line.strip_prefix("mod ")?.strip_suffix(';').map(str::to_owned)
    };
    text.lines().filter_map(module).collect()
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> =
        fs::read_dir(folder).expect("a source folder").map(|e| e.expect("an entry").path()).collect();
    entries.sort();
    for entry in entries {
        if entry.is_dir() {
            sources(&entry, found);
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            found.push(entry);
        }
    }
}

/// The module of `prefix` that a line of code names first after each `prefix::`.
fn imports<'a>(line: &'a str, prefix: &str) -> Vec<&'a str> {
    let code = line.split("//").next().unwrap_or("");
    code.match_indices(prefix)
        .map(|(at, _)| {
            let rest = &code[at + prefix.len()..];
            &rest[..rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())]
        })
        .collect()
}

fn module_of<'a>(file: &'a Path, folder: &Path) -> &'a str {
    let inside = file.strip_prefix(folder).expect("a file of the folder");
    let first = inside.components().next().expect("a name").as_os_str().to_str().expect("plain names");
    first.strip_suffix(".rs").unwrap_or(first)
}

/// Modules that exist only in tests: what they import does not matter.
fn test_modules(files: &[PathBuf]) -> Vec<String> {
    let text = |file: &PathBuf| fs::read_to_string(file).expect("a readable source file");
    let named = |text: String| {
        let after =
            text.split("#[cfg(test)]\n").skip(1).filter_map(|rest| rest.strip_prefix("mod ")?.split(';').next());
        after.map(str::to_owned).collect::<Vec<_>>()
    };
    files.iter().map(text).flat_map(named).filter(|name| !name.contains('{')).collect()
}

fn check(folder: &Path, list: &str, prefix: &str) -> Vec<String> {
    let order = listed(&folder.join(list));
    let place = |module: &str| order.iter().position(|listed| listed == module);
    let mut files = Vec::new();
    sources(folder, &mut files);
    let mut faults = Vec::new();
    let tests = test_modules(&files);
    for file in &files {
        if file.file_stem().and_then(|stem| stem.to_str()).is_some_and(|stem| tests.iter().any(|test| test == stem)) {
            continue;
        }
        let module = module_of(file, folder);
        let Some(own) = place(module) else { continue };
        let text = fs::read_to_string(file).expect("a readable source file");
        let code = text.split("#[cfg(test)]").next().unwrap_or("");
        for import in code.lines().flat_map(|line| imports(line, prefix)) {
            let below = place(import).is_some_and(|other| other > own);
            let never = prefix == "crate::" && NEVER.iter().any(|(from, to)| *from == module && to.contains(&import));
            if below || never {
                faults.push(format!("{} imports {import}", file.display()));
            }
        }
    }
    assert!(files.len() > 3 && order.len() > 3, "nothing was checked in {}", folder.display());
    faults
}

#[test]
fn every_module_imports_only_those_above_it() {
    let source = root().join("src");
    assert_eq!(check(&source, "lib.rs", "crate::"), Vec::<String>::new());
    assert_eq!(check(&source.join("k8s"), "mod.rs", "crate::k8s::"), Vec::<String>::new());
}

#[test]
fn imports_are_found() {
    assert_eq!(imports("use crate::k8s::objects; // crate::sim", "crate::"), ["k8s"]);
    assert_eq!(imports("let x = crate::random::Draws::new(1) + crate::time::NOW;", "crate::"), ["random", "time"]);
}

/// Results must not depend on the order of a hash map, a clock, or a generator without a seed.
#[test]
fn nothing_that_varies_can_reach_a_result() {
    let mut files = Vec::new();
    sources(&root().join("src"), &mut files);
    let banned = ["HashMap", "HashSet", "Instant::now", "SystemTime", "rand::rng()", "thread_rng", "from_os_rng"];
    for file in files {
        let text = fs::read_to_string(&file).expect("a readable source file");
        for word in banned {
            assert!(!text.contains(word), "{} uses {word}", file.display());
        }
    }
}

/// What the standard library takes from the machine's own mathematics differs in the last digit from one to another; `libm`
/// does not. Square roots are exact everywhere.
#[test]
fn mathematics_comes_from_one_portable_library() {
    let mut files = Vec::new();
    sources(&root().join("src"), &mut files);
    let tests = test_modules(&files);
    let banned = [
        "ln", "ln_1p", "log2", "log10", "exp", "exp2", "exp_m1", "powf", "powi", "sin", "cos", "tan", "sin_cos",
        "asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "hypot", "cbrt", "mul_add",
        "ln_gamma",
    ];
    let mut checked = 0;
    for file in files {
        let is_test =
            file.iter().any(|part| tests.iter().any(|test| Path::new(part).file_stem() == Path::new(test).file_stem()));
        if is_test {
            continue;
        }
        checked += 1;
        let text = fs::read_to_string(&file).expect("a readable source file");
        for line in text.split("#[cfg(test)]").next().unwrap_or("").lines() {
            let calls = line.split('.').skip(1).filter_map(|rest| rest.split_once('(')).map(|(name, _)| name);
            let found = calls.chain(line.split("f64::").skip(1).filter_map(|rest| Some(rest.split_once('(')?.0)));
            for name in found {
                assert!(!banned.contains(&name), "{} calls f64::{name}: use libm::{name}", file.display());
            }
        }
    }
    assert!(checked > 100, "{checked} files");
}

/// `statrs` computes with the machine's own mathematics. What it says may be rounded for people, as the p-values of `fit` are,
/// but must never reach a result.
#[test]
fn only_the_tests_of_fit_use_statrs() {
    let mut files = Vec::new();
    sources(&root().join("src"), &mut files);
    let allowed = root().join("src/stats/fit");
    let tests = test_modules(&files);
    for file in files.iter().filter(|file| !file.starts_with(&allowed)) {
        if file.file_stem().and_then(|stem| stem.to_str()).is_some_and(|stem| tests.iter().any(|test| test == stem)) {
            continue;
        }
        let text = fs::read_to_string(file).expect("a readable source file");
        let code = text.split("#[cfg(test)]").next().unwrap_or("");
        assert!(!code.contains("statrs::"), "{} uses statrs", file.display());
    }
}
