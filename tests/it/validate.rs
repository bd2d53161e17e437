//! Observed rollouts against a forecast: right forecasts are not contradicted, wrong ones are, and the input that is off is named.

use rollcast::validate::{Rollout, Verdict, judge};
use rollcast::{Experiment, RunOptions};

use crate::cli::{rollcast, text};

fn experiment(start: &str) -> Experiment {
    let text = format!(
        "deployment: {{spec: {{replicas: 4, template: {{spec: {{containers: [{{name: app, image: app}}]}}}}}}}}\n\
         pods: {{start: {{lognormal: {{median: {start}, sigma: 0.4}}}}, pull: 0s, warmUp: 0s}}"
    );
    Experiment::from_yaml(&text).expect("an experiment")
}

/// Rollouts as they are when start-up is as in `start`: of an experiment with another seed.
fn observed(start: &str, count: u32) -> Vec<Rollout> {
    let forecasts =
        experiment(start).with_seed(77).run_with(RunOptions::new().replications(count.max(100))).expect("rollouts");
    let records = forecasts[0].records.iter().take(count as usize);
    let rollout = |record: &rollcast::Record| Rollout {
        workload: None,
        duration: Some(record.duration.as_secs_f64()),
        followed: None,
        start_up: None,
    };
    records.map(rollout).collect()
}

fn verdict(forecast: &str, observed: &[Rollout]) -> (Verdict, rollcast::validate::Judged) {
    let experiment = experiment(forecast);
    let forecasts = experiment.run_with(RunOptions::new().replications(400)).expect("a forecast");
    let judged = judge(&forecasts, experiment.scenarios(), observed).expect("a judgement");
    (judged[0].verdict, judged[0].clone())
}

#[test]
fn a_right_forecast_is_not_contradicted_and_a_wrong_one_is() {
    let real = observed("8s", 60);
    for (forecast, expected) in [("8s", Verdict::NotContradicted), ("5s", Verdict::Slower), ("12s", Verdict::Quicker)] {
        let (said, judged) = verdict(forecast, &real);
        assert_eq!(said, expected, "{forecast}: {judged:?}");
    }
    let (_, judged) = verdict("8s", &real);
    assert!(judged.p50.low < 0.5 && judged.p50.high > 0.5 && judged.p95.high > 0.95, "{judged:?}");
}

#[test]
fn what_was_not_complete_is_a_lower_bound() {
    // Followed for a second, a rollout tells nothing; followed for an hour, it contradicts a forecast of half a minute.
    let followed =
        |seconds: f64| vec![Rollout { workload: None, duration: None, followed: Some(seconds), start_up: None }; 10];
    assert_eq!(verdict("8s", &followed(1.0)).0, Verdict::NotContradicted);
    let (said, judged) = verdict("8s", &followed(3600.0));
    assert_eq!((said, judged.not_complete), (Verdict::Slower, 10));
    assert_eq!(verdict("8s", &followed(3600.0)[..4]).0, Verdict::TooFew);
}

#[test]
fn the_start_up_that_is_off_is_named() {
    let mut real = observed("8s", 20);
    for rollout in &mut real {
        rollout.start_up = Some(8.1);
    }
    let (_, judged) = verdict("5s", &real);
    let start_up = judged.start_up.expect("start-up");
    assert!(start_up.off && start_up.longer == 20 && (start_up.model_s - 5.0).abs() < 0.1, "{start_up:?}");
    let (_, judged) = verdict("8.1s", &real);
    assert!((judged.start_up.expect("start-up").model_s - 8.1).abs() < 0.1);
}

#[test]
fn tables_that_are_wrong_say_what_to_do() {
    let place = tempfile::tempdir().expect("a directory");
    let table: [(&str, &str); 5] = [
        ("workload\ncheckout\n", "neither a column `duration_s`"),
        ("duration_s\nsoon\n", "line 2: duration_s `soon` is no number of seconds"),
        ("started,completed\n2026-03-02T09:00:00Z,2026-03-02T08:00:00Z\n", "completed is before started"),
        ("duration_s\n", "the table is empty"),
        ("workload,duration_s\na,3\nb,4\n", "the table has several (a, b)"),
    ];
    for (content, expected) in table {
        let file = place.path().join("observed.csv");
        std::fs::write(&file, content).expect("room on the disk");
        let manifest = "experiments/manifests/checkout.yaml";
        let observed = file.to_str().expect("text");
        let output = rollcast(&["validate", "--experiment", manifest, "--observed", observed, "--replications", "20"]);
        assert_eq!(output.status.code(), Some(2), "{content}");
        assert!(text(&output.stderr).contains(expected), "{content}: {}", text(&output.stderr));
    }
}

/// Recordings of two workloads of one name are not taken for those of one.
#[test]
fn a_name_in_two_namespaces_is_two_workloads() {
    let folder = tempfile::tempdir().expect("a folder");
    for namespace in ["a", "b"] {
        let recording = serde_json::json!({
            "name": "orders", "namespace": namespace, "actions": [], "ended_at": 30,
            "expect": {"outcome": "complete", "complete_at": [12, 12]},
        });
        std::fs::write(folder.path().join(format!("{namespace}.json")), recording.to_string()).expect("written");
    }
    let words = ["validate", "--experiment", "experiments/manifests/checkout.yaml", "--quiet", "--replications", "20"];
    let output = crate::cli::rollcast(&[&words[..], &["--observed", folder.path().to_str().expect("text")]].concat());
    let said = crate::cli::text(&output.stderr);
    assert!(said.contains("the table has several (a/orders, b/orders)"), "{said}");
}
