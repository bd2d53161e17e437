//! The scripts of the GitHub Action and of the GitLab job, run on a repository of git without a network, and the files that call
//! them.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use crate::cli::{root, text};

const OBJECTIVES: &str = "--set 'objectives=[availability: 90%, stalled_rate <= 5%]' --replications 400";

/// A repository with a manifest that is worse on its second commit than on its first.
struct Repository {
    place: tempfile::TempDir,
}

impl Repository {
    fn new() -> Self {
        let repository = Self { place: tempfile::tempdir().expect("a temporary directory") };
        repository.git(&["init", "--quiet", "--initial-branch", "main"]);
        repository.commit("new.yaml");
        repository.git(&["tag", "good"]);
        repository.commit("old.yaml");
        repository.git(&["tag", "bad"]);
        repository
    }

    fn path(&self) -> &Path {
        self.place.path()
    }

    fn git(&self, arguments: &[&str]) -> String {
        let identity = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"];
        let mut command = Command::new("git");
        let command = command.args(identity).args(arguments).current_dir(self.path());
        let output = command.env("GIT_CONFIG_GLOBAL", "/dev/null").output().expect("git");
        assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
        text(&output.stdout)
    }

    /// Commits a fixture as the manifest, in two files that a command joins.
    fn commit(&self, fixture: &str) {
        let manifest = fs::read(root().join("tests/fixtures/versions").join(fixture)).expect("a manifest");
        fs::create_dir_all(self.path().join("k8s")).expect("room on the disk");
        fs::write(self.path().join("k8s/orders.yaml"), manifest).expect("room on the disk");
        fs::write(self.path().join("k8s/quota.yaml"), "---\n").expect("room on the disk");
        fs::write(self.path().join("forecast.yaml"), "deployment: rendered.yaml\nobjectives: [availability: 90%]\n")
            .expect("room on the disk");
        self.git(&["add", "."]);
        self.git(&["commit", "--quiet", "--message", fixture]);
    }

    fn compare(&self, variables: &[(&str, &str)]) -> Output {
        let mut command = Command::new(root().join("packaging/ci/compare.sh"));
        command.current_dir(self.path()).env("ROLLCAST", env!("CARGO_BIN_EXE_rollcast")).env("ROLLCAST_OUT", "out");
        command.env("ROLLCAST_ARGUMENTS", OBJECTIVES).envs(variables.iter().copied());
        command.output().expect("a shell")
    }

    fn comment(&self) -> String {
        fs::read_to_string(self.path().join("out/comment.md")).expect("a comment")
    }
}

#[test]
fn two_revisions_are_rendered_and_compared() {
    let repository = Repository::new();
    let render = ("ROLLCAST_RENDER", "cat k8s/*.yaml");
    let better = repository.compare(&[("ROLLCAST_BASE", "bad"), ("ROLLCAST_HEAD", "good"), render]);
    assert_eq!(better.status.code(), Some(0), "{}", text(&better.stderr));
    assert!(
        repository.comment().starts_with("### rollcast: `orders` meets its objectives ✅\n"),
        "{}",
        repository.comment()
    );
    assert!(repository.comment().contains("| changed | base | this change |"));
    assert!(text(&better.stdout).contains("This change is better"), "{}", text(&better.stdout));
    let worse = [("ROLLCAST_BASE", "good"), render];
    assert_eq!(repository.compare(&worse).status.code(), Some(0), "nobody asks for a check");
    let checked = repository.compare(&[&worse[..], &[("ROLLCAST_CHECK", "true")]].concat());
    assert_eq!(checked.status.code(), Some(1), "{}", text(&checked.stderr));
    assert!(repository.comment().contains("does not meet its objectives ❌"), "{}", repository.comment());
    assert!(repository.comment().contains("**Instead:**"), "{}", repository.comment());
    let answer = fs::read(repository.path().join("out/answer.json")).expect("an answer");
    let answer: Value = serde_json::from_slice(&answer).expect("JSON");
    assert_eq!((&answer["met"], &answer["format"]), (&false.into(), &1.into()));
    assert_eq!(repository.git(&["worktree", "list"]).lines().count(), 1, "nothing is left");
    assert_eq!(repository.git(&["status", "--short"]), "?? out/\n", "the working copy is as it was");
}

#[test]
fn files_experiments_and_new_files_are_compared_too() {
    let repository = Repository::new();
    let plain = [("ROLLCAST_BASE", "bad"), ("ROLLCAST_HEAD", "good"), ("ROLLCAST_FILE", "k8s/orders.yaml")];
    assert_eq!(repository.compare(&plain).status.code(), Some(0));
    let experiment = [
        ("ROLLCAST_BASE", "good"),
        ("ROLLCAST_RENDER", "cat k8s/orders.yaml"),
        ("ROLLCAST_FILE", "rendered.yaml"),
        ("ROLLCAST_EXPERIMENT", "forecast.yaml"),
        ("ROLLCAST_ARGUMENTS", "--replications 100"),
        ("ROLLCAST_CHECK", "true"),
    ];
    let output = repository.compare(&experiment);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    assert!(repository.comment().contains("`availability: 90%`"), "{}", repository.comment());
    // A file that is not there before the change is checked all the same.
    fs::rename(repository.path().join("k8s/orders.yaml"), repository.path().join("k8s/first.yaml")).expect("a file");
    repository.git(&["add", "--all"]);
    repository.git(&["commit", "--quiet", "--message", "another name"]);
    let new = [("ROLLCAST_BASE", "good"), ("ROLLCAST_FILE", "k8s/first.yaml"), ("ROLLCAST_CHECK", "true")];
    let output = repository.compare(&new);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    assert!(repository.comment().starts_with("### rollcast: `k8s/first.yaml` is new\n"), "{}", repository.comment());
}

#[test]
fn what_cannot_be_compared_is_said() {
    let repository = Repository::new();
    for (variables, words) in [
        (vec![], "ROLLCAST_BASE is empty"),
        (vec![("ROLLCAST_BASE", "good")], "name a file to compare"),
        (vec![("ROLLCAST_BASE", "none"), ("ROLLCAST_FILE", "k8s/orders.yaml")], "there is no revision none"),
        (vec![("ROLLCAST_BASE", "good"), ("ROLLCAST_FILE", "none.yaml")], "none.yaml is not in HEAD"),
        (vec![("ROLLCAST_BASE", "good"), ("ROLLCAST_RENDER", "exit 1")], "the command failed on HEAD: exit 1"),
        (vec![("ROLLCAST_BASE", "good"), ("ROLLCAST_RENDER", "true")], "the command printed nothing"),
        (
            vec![("ROLLCAST_BASE", "good"), ("ROLLCAST_FILE", "k8s/orders.yaml"), ("ROLLCAST", "no-such")],
            "not installed",
        ),
    ] {
        let output = repository.compare(&variables);
        let said = text(&output.stderr);
        assert!(output.status.code() == Some(2) && said.contains(words), "{words}: {said}");
    }
    let wrong =
        [("ROLLCAST_BASE", "good"), ("ROLLCAST_FILE", "k8s/orders.yaml"), ("ROLLCAST_ARGUMENTS", "--set maxSurg=1")];
    assert_eq!(repository.compare(&wrong).status.code(), Some(2));
    assert_eq!(repository.git(&["worktree", "list"]).lines().count(), 1, "nothing is left");
}

/// Writes a program that a script calls in the place of the real one.
fn stand_in(folder: &Path, name: &str, script: &str) {
    let file = folder.join(name);
    fs::write(&file, format!("#!/bin/sh\n{script}\n")).expect("room on the disk");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).expect("permissions");
}

/// Runs a script that writes a comment, twice, with programs that note what they are asked; the second time a comment is there.
fn comments(script: &str, programs: &[(&str, &str)], variables: &[(&str, &str)]) -> [String; 2] {
    let place = tempfile::tempdir().expect("a temporary directory");
    let file = place.path().join("comment.md");
    fs::write(&file, "the comment").expect("room on the disk");
    programs.iter().for_each(|(name, script)| stand_in(place.path(), name, script));
    let path = format!("{}:{}", place.path().display(), std::env::var("PATH").expect("a path"));
    [("", "empty"), ("17", "there")].map(|(found, _)| {
        let log = place.path().join("log");
        let _ = fs::remove_file(&log);
        let mut command = Command::new(root().join(script));
        command.arg(&file).env("PATH", &path).env("FOUND", found).env("LOG", &log).envs(variables.iter().copied());
        let output = command.output().expect("a shell");
        assert!(output.status.success(), "{}", text(&output.stderr));
        fs::read_to_string(&log).expect("what was asked")
    })
}

const NOTES_WHAT_IT_IS_ASKED: &str = r#"
echo "$@" >>"$LOG"
for word in "$@"; do
  case $word in
    body=@*) cat "${word#body=@}" >>"$LOG" ;;
    "body=<"*) cat "${word#body=<}" >>"$LOG" ;;
  esac
done
case "$*" in *POST*|*PATCH*|*PUT*) ;; *) echo "$FOUND" ;; esac"#;

#[test]
fn a_comment_on_github_is_written_once_and_then_anew() {
    let variables = [("GITHUB_REPOSITORY", "o/r"), ("ROLLCAST_PULL_REQUEST", "5"), ("ROLLCAST_COMMENT_ID", "x")];
    let [first, second] = comments("packaging/ci/comment-github.sh", &[("gh", NOTES_WHAT_IT_IS_ASKED)], &variables);
    assert!(first.contains("--method POST repos/o/r/issues/5/comments"), "{first}");
    assert!(first.contains("<!-- rollcast x -->\nthe comment"), "{first}");
    assert!(second.contains("--method PATCH repos/o/r/issues/comments/17"), "{second}");
}

#[test]
fn a_note_on_gitlab_is_written_once_and_then_anew() {
    let variables = [
        ("ROLLCAST_TOKEN", "t"),
        ("CI_API_V4_URL", "https://git.example/api/v4"),
        ("CI_PROJECT_ID", "3"),
        ("CI_MERGE_REQUEST_IID", "5"),
    ];
    let programs = [("curl", NOTES_WHAT_IT_IS_ASKED), ("jq", "cat")];
    let [first, second] = comments("packaging/ci/comment-gitlab.sh", &programs, &variables);
    let notes = "https://git.example/api/v4/projects/3/merge_requests/5/notes";
    assert!(first.contains("--request POST") && first.contains(notes), "{first}");
    assert!(first.contains("<!-- rollcast  -->\nthe comment"), "{first}");
    assert!(second.contains("--request PUT --form body=<") && second.contains(&format!("{notes}/17")), "{second}");
}

fn yaml(path: &str) -> (String, Value) {
    let text = fs::read_to_string(root().join(path)).expect("a file");
    let value = serde_saphyr::from_str(&text).expect("YAML");
    (text, value)
}

#[test]
fn the_action_and_the_job_call_what_is_there() {
    let (text, action) = yaml("packaging/github-action/action.yml");
    let declared: Vec<&String> = action["inputs"].as_object().expect("inputs").keys().collect();
    for part in text.split("inputs.").skip(1) {
        let name: String = part.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
        assert!(declared.contains(&&name), "{name} is not declared");
    }
    for name in declared {
        assert!(text.contains(&format!("inputs.{name}")), "{name} is not used");
    }
    assert_eq!(action["runs"]["using"], "composite");
    let (job, _) = yaml("packaging/gitlab/rollcast.gitlab-ci.yml");
    let script = fs::read_to_string(root().join("packaging/ci/compare.sh")).expect("the script");
    for text in [&text, &job] {
        for name in ["compare.sh", "comment-github.sh", "comment-gitlab.sh"].iter().filter(|name| text.contains(**name))
        {
            let path: PathBuf = root().join("packaging/ci").join(name);
            assert!(fs::metadata(&path).expect("the script").permissions().mode() & 0o111 != 0, "{name} can be run");
        }
        for variable in text.split("ROLLCAST_").skip(1) {
            let name: String = variable.chars().take_while(|c| c.is_ascii_uppercase() || *c == '_').collect();
            let elsewhere = ["PULL_REQUEST", "COMMENT_ID", "TOKEN", "REPOSITORY", "REVISION"];
            assert!(script.contains(&format!("ROLLCAST_{name}")) || elsewhere.contains(&name.as_str()), "{name}");
        }
    }
}
