//! Runs tests: each alone to see which mutants it reaches, and then each mutant with the tests that reach it.

use crate::list::{Mutant, State};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::error::Error;
use std::io::Write;
use std::process::{Command, Output};
use std::time::Instant;
use std::{env, fs};

/// A test that passes without a mutant.
#[derive(Deserialize, Serialize)]
struct Test {
    binary: String,
    name: String,
    passes: bool,
    seconds: f64,
    reached: Vec<u32>,
}

#[derive(Clone, Copy, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
enum Fate {
    Caught,
    Timeout,
    Survived,
    /// No test reaches it, so that none can catch it.
    Unreached,
}

#[derive(Deserialize, Serialize)]
struct Outcome {
    id: u32,
    name: String,
    fate: Fate,
    by: Option<String>,
}

type Done = Result<(), Box<dyn Error>>;

/// What tests of a surviving mutant may take in all, in seconds without a mutant: what is slower is not tried.
const MOST_SECONDS: f64 = 30.0;

/// The lines of a file of JSON values; of none where there is no such file.
fn lines<T: DeserializeOwned>(path: &str) -> Result<Vec<T>, serde_json::Error> {
    fs::read_to_string(path).unwrap_or_default().lines().map(serde_json::from_str).collect()
}

fn append(path: &str, value: &impl Serialize) -> Done {
    let mut file = fs::File::options().create(true).append(true).open(path)?;
    Ok(file.write_all(format!("{}\n", serde_json::to_string(value)?).as_bytes())?)
}

/// Whether the seconds that MUTANTS_SECONDS allows are over.
fn is_over(start: Instant) -> bool {
    let allowed = env::var("MUTANTS_SECONDS").ok().and_then(|seconds| seconds.parse().ok());
    allowed.is_some_and(|seconds| start.elapsed().as_secs_f64() > seconds)
}

/// Runs tests of one binary, with limits on processor time and memory: a mutant may loop for ever, or allocate.
fn run(copy: &str, binary: &str, tests: &[&str], limit: f64, variable: (&str, &str)) -> std::io::Result<Output> {
    let script = "ulimit -v 6000000; ulimit -t $0; exec timeout -k 5 $1 \"${@:2}\"";
    let wall = 20.0 + 6.0 * limit;
    Command::new("bash")
        .args(["-c", script, &format!("{limit:.0}"), &format!("{wall:.0}"), binary])
        .args(["--exact", "--test-threads", "2"])
        .args(tests)
        .current_dir(copy)
        .env("CARGO_MANIFEST_DIR", copy)
        .env(variable.0, variable.1)
        .output()
}

/// Runs each test alone, and notes the mutants that it reaches and how long it takes.
pub fn reach(copy: &str, binaries: [&str; 2], reach: &str) -> Done {
    let (start, known) = (Instant::now(), lines::<Test>(reach)?);
    let known: BTreeSet<_> = known.into_iter().map(|test| (test.binary, test.name)).collect();
    let numbers = env::temp_dir().join(format!("mutants-reached-{}", std::process::id()));
    let numbers = numbers.to_str().ok_or("the name of the temporary folder is no text")?;
    for binary in binaries {
        let listed = Command::new(binary).args(["--list", "--format", "terse"]).current_dir(copy).output()?;
        for name in String::from_utf8(listed.stdout)?.lines().filter_map(|line| line.strip_suffix(": test")) {
            if known.contains(&(binary.to_owned(), name.to_owned())) {
                continue;
            }
            if is_over(start) {
                return Err("the time is over: run it again to go on".into());
            }
            let (_, begun) = (fs::remove_file(numbers), Instant::now());
            let passes = run(copy, binary, &[name], 60.0, ("MUTANTS_REACHED", numbers))?.status.success();
            let seconds = begun.elapsed().as_secs_f64();
            let reached: BTreeSet<u32> = lines(numbers)?.into_iter().collect();
            let reached = reached.into_iter().collect();
            append(reach, &Test { binary: binary.into(), name: name.into(), passes, seconds, reached })?;
        }
    }
    Ok(())
}

/// Tries the mutants of a folder that have no outcome yet.
pub fn try_all(mutants: &[Mutant], copy: &str, reach: &str, outcomes: &str, folder: &str) -> Done {
    let start = Instant::now();
    let tests: Vec<Test> = lines(reach)?;
    let known: BTreeSet<u32> = lines::<Outcome>(outcomes)?.into_iter().map(|outcome| outcome.id).collect();
    let mut catches: HashMap<(&str, String), u32> = HashMap::new();
    let in_folder = mutants.iter().filter(|mutant| mutant.folder() == folder && mutant.state == State::Woven);
    for mutant in in_folder.filter(|mutant| !known.contains(&mutant.id)) {
        if is_over(start) {
            break;
        }
        let reaching = tests.iter().filter(|test| test.passes && test.reached.binary_search(&mutant.id).is_ok());
        let mut reaching: Vec<&Test> = reaching.collect();
        let module = mutant.file["src/".len()..].trim_end_matches(".rs").trim_end_matches("/mod").replace('/', "::");
        // What caught others of this file stands first, then the tests of this file, then what is fast.
        let order = |test: &&Test| {
            let caught = catches.get(&(mutant.file.as_str(), test.name.clone())).copied().unwrap_or(0);
            let elsewhere = !test.name.starts_with(&module);
            (std::cmp::Reverse(caught), elsewhere, (test.seconds * 1000.0) as u64)
        };
        reaching.sort_by_cached_key(order);
        let (fate, by) = try_one(copy, mutant, &reaching)?;
        if let Some(test) = &by {
            *catches.entry((&mutant.file, test.clone())).or_default() += 1;
        }
        append(outcomes, &Outcome { id: mutant.id, name: mutant.name.clone(), fate, by })?;
    }
    Ok(())
}

/// Runs the tests in portions, each of which takes longer than the one before, until one fails.
fn try_one(copy: &str, mutant: &Mutant, mut tests: &[&Test]) -> Result<(Fate, Option<String>), Box<dyn Error>> {
    if tests.is_empty() {
        return Ok((Fate::Unreached, None));
    }
    let (mut portion, mut spent) = (0.3, 0.0);
    while tests.first().is_some_and(|test| spent + test.seconds < MOST_SECONDS) {
        let mut seconds = tests[0].seconds;
        let mut end = 1;
        while end < tests.len() && tests[end].binary == tests[0].binary && seconds + tests[end].seconds < portion {
            seconds += tests[end].seconds;
            end += 1;
        }
        let (now, later) = tests.split_at(end);
        let names: Vec<&str> = now.iter().map(|test| test.name.as_str()).collect();
        let id = mutant.id.to_string();
        let output = run(copy, &now[0].binary, &names, (4.0 * seconds).max(8.0), ("MUTANT", &id))?;
        if !output.status.success() {
            let text = String::from_utf8_lossy(&output.stdout);
            let failed = text.lines().find_map(|line| line.strip_prefix("test ")?.strip_suffix(" ... FAILED"));
            let fate = if failed.is_some() || output.status.code() == Some(101) { Fate::Caught } else { Fate::Timeout };
            return Ok((fate, Some(failed.unwrap_or(names[0]).to_owned())));
        }
        (tests, spent, portion) = (later, spent + seconds, portion * 3.0);
    }
    Ok((Fate::Survived, None))
}

/// Prints a line for each folder, and each mutant that was not caught.
pub fn report(mutants: &[Mutant], outcomes: &str) -> Done {
    let outcomes: Vec<Outcome> = lines(outcomes)?;
    let fates: BTreeMap<u32, Fate> = outcomes.iter().map(|outcome| (outcome.id, outcome.fate)).collect();
    let folders: BTreeSet<&str> = mutants.iter().map(Mutant::folder).collect();
    println!("folder, listed, drawn, unviable, constant, unfit, tried, caught, timeouts, not caught, share caught");
    for folder in folders {
        let inside: Vec<&Mutant> = mutants.iter().filter(|mutant| mutant.folder() == folder).collect();
        let of = |state| inside.iter().filter(|mutant| mutant.state == state).count();
        let with = |fate| inside.iter().filter(|mutant| fates.get(&mutant.id) == Some(&fate)).count();
        let (caught, timeouts) = (with(Fate::Caught), with(Fate::Timeout));
        let not = with(Fate::Survived) + with(Fate::Unreached);
        let (unviable, constant, unfit) =
            (of(State::Unviable), of(State::Constant), of(State::Unfit) + of(State::Unplaced));
        let (all, drawn, tried) = (inside.len(), inside.len() - of(State::Undrawn), caught + timeouts + not);
        let share = 100.0 * (caught + timeouts) as f64 / tried.max(1) as f64;
        println!(
            "{folder}, {all}, {drawn}, {unviable}, {constant}, {unfit}, {tried}, {caught}, {timeouts}, {not}, \
             {share:.1} %"
        );
    }
    for mutant in mutants {
        match fates.get(&mutant.id) {
            Some(Fate::Survived) => println!("survived {} {}", mutant.id, mutant.name),
            Some(Fate::Unreached) => println!("unreached {} {}", mutant.id, mutant.name),
            _ => {}
        }
    }
    Ok(())
}
