//! What would take too much is refused, or told before it begins; and what a name may do to those who read it.

use std::fs;

use serde_json::Value;

use crate::cli::{refuses, rollcast, succeeds, text};

const CHECKOUT: &str = "experiments/manifests/checkout.yaml";
const FIRST_LOOK: &str = "experiments/first-look.yaml";

#[test]
fn no_command_runs_more_replications_than_one_process_holds() {
    for command in [
        &["run", CHECKOUT][..],
        &["recommend", FIRST_LOOK],
        &["why", CHECKOUT],
        &["compare", FIRST_LOOK, "1", "2"],
        &["compare", CHECKOUT, CHECKOUT],
        &["capacity", "experiments/fleet-capacity.yaml"],
        &["sensitivity", FIRST_LOOK, "--scenario", "1"],
    ] {
        let arguments = [command, &["--replications", "1000001"]].concat();
        refuses(&arguments, &["replications: 1,000,001", "rollcast plan"]);
    }
}

#[test]
fn a_sweep_that_takes_long_says_so_before_it_runs() {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("long").display().to_string();
    let long = [
        "sweep",
        FIRST_LOOK,
        "--replications",
        "1000000",
        "--set",
        "sweep={minReadySeconds: {from: 0, to: 19, step: 1}}",
    ];
    let stopped = ["--stop-after", "1s", "--threads", "1", "--out", &out];
    let output = rollcast(&[&long[..], &stopped].concat());
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(75), "{said}");
    assert!(
        said.contains("note: this takes long: about ") && said.contains(" events in 20,000,000 rollouts, "),
        "{said}"
    );
    let short = rollcast(&["run", CHECKOUT, "--replications", "100"]);
    assert!(!text(&short.stderr).contains("takes long"), "{}", text(&short.stderr));
}

#[test]
fn a_name_does_not_turn_the_text_of_a_data_package() {
    let place = tempfile::tempdir().unwrap();
    let (experiment, out) = (place.path().join("turned.yaml"), place.path().join("out"));
    let manifest = fs::canonicalize(crate::cli::root().join(CHECKOUT)).unwrap();
    fs::write(&experiment, format!("name: \"a\u{202e}b\"\ndeployment: {}\n", manifest.display())).unwrap();
    let names = [experiment.display().to_string(), out.display().to_string()];
    succeeds(&["sweep", &names[0], "--replications", "10", "--out", &names[1], "--quiet"]);
    let package = fs::read_to_string(out.join("datapackage.json")).unwrap();
    assert!(!package.contains('\u{202e}') && package.contains("\"title\": \"a\\u202eb\""), "{package}");
    assert_eq!(serde_json::from_str::<Value>(&package).unwrap()["title"], "a\u{202e}b");
    succeeds(&["verify", &names[1]]);
}
