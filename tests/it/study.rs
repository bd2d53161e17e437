//! Studies in parts: what the parts hold is what one machine gives, whoever runs them, how often, and however they are stopped.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use rollcast::blocks::{PartFile, Saved};
use rollcast::plan::{Overrides, Plan};
use rollcast::sweep;

use crate::cli::{files, refuses, rollcast, root, succeeds, text};

const FIRST_LOOK: &str = "experiments/first-look.yaml";

fn path(path: &Path) -> String {
    path.display().to_string()
}

/// A study of the first look in `place`.
fn study(place: &Path, name: &str, parts: &str, more: &[&str]) -> PathBuf {
    let out = place.join(name);
    succeeds(&[&["plan", FIRST_LOOK, "--quiet", "--parts", parts, "--out", &path(&out)], more].concat());
    out
}

/// The program, without the variables that engines set.
fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rollcast"));
    for name in ["SLURM_ARRAY_TASK_ID", "JOB_COMPLETION_INDEX", "SGE_TASK_ID", "PBS_ARRAY_INDEX", "HQ_TASK_ID"] {
        command.env_remove(name);
    }
    command.args(arguments).current_dir(root());
    command
}

fn task(study: &Path, (variable, number): (&str, u32), more: &[&str]) -> Output {
    let plan = path(study);
    let mut command = command(&[&["part", &plan], more].concat());
    command.env(variable, number.to_string()).output().expect("the program starts")
}

/// The finished parts of a study.
fn parts(study: &Path) -> Vec<PartFile> {
    let mut names = files(&study.join("parts"));
    names.sort();
    names.iter().map(|name| PartFile::read(&study.join("parts").join(name)).expect("a whole part")).collect()
}

#[test]
fn the_parts_hold_what_one_machine_gives() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let study = study(place.path(), "study", "8", &["--replications", "600"]);
    for number in 0..8 {
        let output = task(&study, ("SLURM_ARRAY_TASK_ID", number), &["--threads", "2"]);
        let said = text(&output.stderr);
        assert!(output.status.success() && said.contains(&format!("Part {number} of 8 is done")), "{said}");
        let again = task(&study, ("JOB_COMPLETION_INDEX", number), &[]);
        assert!(again.status.success() && text(&again.stderr).contains("is there already"), "{}", text(&again.stderr));
        assert!(task(&study, ("SGE_TASK_ID", number + 1), &[]).status.success());
    }
    let mut saved = Saved::default();
    let parts = parts(&study);
    assert_eq!(parts.len(), 8);
    assert_eq!(parts.iter().map(|part| part.replications).sum::<u64>(), 5 * 600);
    parts.iter().for_each(|part| saved.add_part(part));
    let plan = Plan::load(&root().join(FIRST_LOOK), &Overrides { replications: Some(600), ..Overrides::default() });
    let plan = plan.expect("a plan");
    let mut blocks = BTreeSet::new();
    let no_text = |_: &_, _: u32, _: &[_]| Vec::new();
    let run = sweep::run(&plan, 2, &AtomicBool::new(false), no_text, |block| {
        let (scenario, count) = (plan.scenarios[block.scenario].id, block.records.len() as u32);
        let (records, bands, _) = saved.block(scenario, block.first, count).expect("the block is in a part");
        assert!(records == block.records && bands == block.bands, "scenario {scenario} from {}", block.first);
        assert!(blocks.insert((scenario, block.first, count)));
        Ok::<(), Infallible>(())
    });
    assert!(run.is_ok());
    let in_parts: Vec<_> = parts.iter().flat_map(PartFile::blocks).collect();
    assert_eq!(in_parts.len(), blocks.len(), "no block is in two parts");
    assert_eq!(in_parts.into_iter().collect::<BTreeSet<_>>(), blocks);
}

#[test]
fn there_may_be_more_parts_than_scenarios_and_more_replications_than_one_process_runs() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let many = study(place.path(), "many", "9", &["--replications", "100"]);
    for number in 0..9 {
        assert!(task(&many, ("HQ_TASK_ID", number), &["--quiet"]).status.success());
    }
    let rollouts: Vec<u64> = parts(&many).iter().map(|part| part.replications).collect();
    assert_eq!(rollouts.iter().sum::<u64>(), 500);
    assert_eq!(rollouts.iter().filter(|rollouts| **rollouts == 0).count(), 4, "{rollouts:?}");

    let out = path(&place.path().join("large"));
    let said = succeeds(&["plan", FIRST_LOOK, "--parts", "20", "--replications", "10000000", "--out", &out, "--quiet"]);
    assert!(said.contains("5 scenarios, 50,000,000 rollouts in 20 parts"), "{said}");
    assert!(said.contains("the largest part is 1.0"), "{said}");
    let out = path(&place.path().join("out"));
    refuses(&["sweep", FIRST_LOOK, "--replications", "10000000", "--out", &out], &["10,000,000", "rollcast plan"]);
    refuses(&["run", FIRST_LOOK, "--replications", "1000001"], &["1,000,001", "rollcast plan"]);
}

/// A part that runs for a while, when it has kept some blocks.
fn begun(study: &Path) -> std::process::Child {
    let plan = path(study);
    let mut command = command(&["part", &plan, "0", "--threads", "1"]);
    let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the program starts");
    let own = format!(".{}.tmp", child.id());
    let has_some = |name: &String| {
        name.ends_with(&own) && fs::metadata(study.join("parts").join(name)).is_ok_and(|file| file.len() > 40_000)
    };
    for _ in 0..60_000 {
        if files(&study.join("parts")).iter().any(has_some) {
            break;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    child
}

#[cfg(unix)]
#[test]
fn a_part_that_is_killed_or_stopped_goes_on_and_gives_the_same_bytes() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let more = ["--replications", "6000"];
    let [stopped, whole] = ["stopped", "whole"].map(|name| study(place.path(), name, "2", &more));
    assert!(task(&whole, ("SLURM_ARRAY_TASK_ID", 0), &["--quiet"]).status.success());

    let mut killed = begun(&stopped);
    killed.kill().and_then(|()| killed.wait()).expect("its end");
    assert!(parts_unfinished(&stopped) == 1 && !stopped.join("parts").join(name(&whole)).exists());

    let child = begun(&stopped);
    // Engines often signal twice: the process, and its group.
    for _ in 0..2 {
        let sent = Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
        assert!(sent.expect("kill").success());
    }
    let output = child.wait_with_output().expect("its end");
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(75), "{said}");
    for words in ["going on after", "interrupted", "the same command goes on from there"] {
        assert!(said.contains(words), "no {words} in {said}");
    }

    let output = task(&stopped, ("SLURM_ARRAY_TASK_ID", 0), &[]);
    assert!(output.status.success() && text(&output.stderr).contains("going on after"), "{}", text(&output.stderr));
    let bytes = |study: &Path| fs::read(study.join("parts").join(name(&whole))).expect("the part");
    assert!(bytes(&stopped) == bytes(&whole), "what was stopped has other bytes");
    assert_eq!(files(&stopped.join("parts")), [name(&whole)], "nothing else is left");
}

/// An engine that starts a part again must not be told that the input is at fault, or that the part failed.
#[cfg(unix)]
#[test]
fn what_passes_by_itself_ends_with_75() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let study = study(place.path(), "study", "1", &["--replications", "900000"]);
    let plan = path(&study);
    let input = root().join(FIRST_LOOK).display().to_string();
    for (file, arguments) in
        [(&plan, "part \"$1\" 0 --threads 1 --stop-after 100ms"), (&input, "run \"$1\" --replications 10 --threads 1")]
    {
        // Few open files are allowed: some are too few to start at all, and some for the file.
        let met = (3..12).filter(|most| {
            let words = format!("ulimit -n {most}; exec \"$0\" {arguments}");
            let limited = Command::new("sh").args(["-c", &words, env!("CARGO_BIN_EXE_rollcast"), file]).output();
            let output = limited.expect("sh");
            let said = text(&output.stderr);
            assert!(output.status.code() != Some(2), "{most} files: {said}");
            let too_many = said.contains(file.as_str()) && said.contains("Too many open files");
            assert!(!too_many || output.status.code() == Some(75), "{most} files: {said}");
            too_many
        });
        assert!(met.count() > 0, "no limit hit the reading of {file}");
    }
    for wait in [0, 300, 1000, 3000, 9000, 20_000] {
        let mut child =
            command(&["part", &plan, "0", "--threads", "1"]).stderr(Stdio::null()).spawn().expect("a process");
        std::thread::sleep(Duration::from_micros(wait));
        let sent = Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
        assert!(sent.expect("kill").success());
        // Before the program has begun, the system ends it by the signal itself.
        let code = child.wait().expect("its end").code();
        assert!(matches!(code, None | Some(75)), "after {wait} µs: {code:?}");
    }
}

fn parts_unfinished(study: &Path) -> usize {
    files(&study.join("parts")).iter().filter(|name| name.ends_with(".tmp")).count()
}

/// The name of the one part that is finished.
fn name(study: &Path) -> String {
    files(&study.join("parts")).into_iter().find(|name| name.ends_with(".blocks")).expect("a part")
}

#[cfg(unix)]
#[test]
fn a_part_and_a_sweep_stop_by_themselves() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let study = study(place.path(), "study", "1", &["--replications", "900000"]);
    let output = task(&study, ("SLURM_ARRAY_TASK_ID", 0), &["--stop-after", "1s", "--threads", "1"]);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(75), "{said}");
    assert!(said.contains("--stop-after: 1s are over") && said.contains("interrupted"), "{said}");
    let out = path(&place.path().join("out"));
    let sweep =
        ["sweep", FIRST_LOOK, "--replications", "900000", "--stop-after", "1s", "--threads", "1", "--out", &out];
    let output = rollcast(&sweep);
    assert_eq!(output.status.code(), Some(75), "{}", text(&output.stderr));
}

#[test]
fn what_is_not_as_it_was_planned_is_refused() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let study = study(place.path(), "study", "2", &["--engine", "slurm"]);
    let mut names = files(&study);
    names.sort();
    let wanted = ["inputs/first-look.yaml", "inputs/manifests/checkout.yaml", "merge.sh", "part.sh", "plan.json"];
    assert!(wanted.iter().all(|name| names.contains(&(*name).to_owned())), "{names:?}");
    let plan = path(&study);
    refuses(&["part", &plan, "2"], &["part 2: the plan has parts 0 to 1"]);
    refuses(&["part", &path(place.path()), "0"], &["plan.json"]);
    let other = ["plan", FIRST_LOOK, "--parts", "3", "--quiet", "--out", &plan];
    refuses(&other, &["another study is planned here"]);
    let copy = study.join("inputs/first-look.yaml");
    let changed = fs::read_to_string(&copy).expect("the copy") + "# another\n";
    fs::write(&copy, changed).expect("room on the disk");
    refuses(&["part", &plan, "0"], &["first-look.yaml", "not the input that was planned"]);
    let file = study.join("plan.json");
    let text = fs::read_to_string(&file).expect("the plan");
    let build = text.split("\"build\":\"").nth(1).and_then(|rest| rest.get(..16)).expect("a build");
    fs::write(&file, text.replace(build, "0123456789abcdef")).expect("room on the disk");
    refuses(&["part", &plan, "0"], &["by build 0123456789abcdef", "use that one, or plan again"]);
}

/// Every field of the manifests is one that the API knows, at its place: what it does not know is lost on the way.
#[test]
fn the_manifests_of_kubernetes_have_the_fields_of_its_api() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let study = study(place.path(), "study", "70", &["--engine", "kubernetes", "--replications", "40"]);
    for name in ["job.yaml", "merge-job.yaml"] {
        let text = fs::read_to_string(study.join(name)).expect("a manifest");
        let written: serde_json::Value = serde_saphyr::from_str(&text).expect("YAML");
        let job: k8s_openapi::api::batch::v1::Job = serde_json::from_value(written.clone()).expect("a Job");
        assert_eq!(serde_json::to_value(&job).expect("JSON"), written, "{name}");
    }
    let text = fs::read_to_string(study.join("job.yaml")).expect("a manifest");
    assert!(text.contains("completions: 70\n") && text.contains("parallelism: 50\n"), "{text}");
}
