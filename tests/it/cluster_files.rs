//! What several workloads take of their cluster together: numbers added up by hand, in the files that a sweep writes and in the
//! answer of `run`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::cli::{files, refuses, rollcast, succeeds, text};
use crate::golden_file::golden;

const CALM: &str = "tests/fixtures/release/calm.yaml";
const SHORT: &str = "tests/fixtures/release/short.yaml";

/// A row of a table, by column.
type Row = BTreeMap<String, String>;

fn table(path: &Path) -> Vec<Row> {
    let mut reader = csv::Reader::from_path(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let header = reader.headers().expect("a header").clone();
    let row =
        |record: csv::StringRecord| header.iter().map(str::to_owned).zip(record.iter().map(str::to_owned)).collect();
    reader.records().map(|record| row(record.expect("a row"))).collect()
}

fn number(row: &Row, column: &str) -> f64 {
    row[column].parse().unwrap_or_else(|_| panic!("{column} is {:?}", row[column]))
}

/// The tables of a sweep of `experiment`.
fn swept(experiment: &str, more: &[&str], use_of: impl FnOnce(&Path)) {
    let place = tempfile::tempdir().expect("a temporary directory");
    let out = place.path().join("out");
    succeeds(&[&["sweep", experiment, "--quiet", "--out", &out.display().to_string()], more].concat());
    use_of(&out);
}

fn holds(row: &Row, wanted: &[(&str, f64)]) {
    for (column, value) in wanted {
        assert_eq!(number(row, column), *value, "{column}");
    }
}

/// cart has 2 replicas of 0.5 CPU and 256 MiB, front 3 of 0.25 CPU and 1 GiB; both have maxSurge 1 and maxUnavailable 0. A start
/// takes 10 s and a stop 5 s. From 0 s on both have one pod more; from 10 s to 15 s one that stops and a second new one: 4 and 5
/// pods. cart is done at 20 s, front at 30 s.
#[test]
fn the_joint_demand_of_two_rollouts_is_what_a_hand_adds_up() {
    swept(CALM, &[], |out| {
        let rows = table(&out.join("cluster.csv"));
        assert_eq!(rows.len(), 20);
        for (replication, row) in rows.iter().enumerate() {
            assert_eq!((row["replication"].as_str(), row["outcome"].as_str()), (&*replication.to_string(), "all_done"));
            let gib = f64::from(1 << 30);
            holds(row, &[("scenario", 0.0), ("duration_s", 30.0), ("peak_pods", 9.0), ("extra_pods", 4.0)]);
            holds(row, &[("peak_cpu_cores", 3.25), ("extra_cpu_cores", 1.5), ("peak_placed_cpu_cores", 3.25)]);
            holds(row, &[("peak_memory_bytes", 6.0 * gib), ("extra_memory_bytes", 2.5 * gib)]);
            // 0.75 CPU for 10 s, 1.5 for 5 s, 0.75 for 5 s, 1 for 5 s and 0.25 for 5 s.
            holds(row, &[("extra_cpu_core_s", 25.0), ("unschedulable_pods", 0.0), ("peak_nodes", 2.0)]);
            holds(row, &[("peak_quota cluster.quota of shop pods", 9.0)]);
            holds(row, &[("peak_quota cluster.quota of shop requests.cpu", 3.25)]);
            assert!(!row.contains_key("workload"), "a release is of all workloads");
        }
        let room: BTreeMap<_, _> = table(&out.join("cluster-room.csv"))
            .iter()
            .map(|row| (row["series"].clone(), (number(row, "found"), number(row, "room"))))
            .collect();
        assert_eq!((room["pods"], room["cpu"], room["nodes"]), ((5.0, 220.0), (1.75, 8.0), (2.0, 2.0)));
        assert_eq!(room["quota cluster.quota of shop requests.cpu"], (1.75, 8.0));
        let statistics = table(&out.join("cluster-statistics.csv"));
        let of = |metric: &str, statistic: &str| {
            let is = |row: &&Row| row["metric"] == metric && row["statistic"] == statistic;
            statistics.iter().find(is).unwrap_or_else(|| panic!("no {statistic} of {metric}")).clone()
        };
        holds(&of("extra_pods", "p50"), &[("value", 4.0), ("low", 4.0), ("high", 4.0), ("n", 20.0)]);
        assert_eq!(of("extra_pods", "p99")["value"], "", "20 releases say nothing of one in a hundred");
        assert_eq!(
            of("extra_pods", "mean")["high"],
            "",
            "releases that are all alike do not bound those that were not run"
        );
        let rate = of("all_done_rate", "rate");
        holds(&rate, &[("value", 1.0), ("high", 1.0)]);
        assert!(number(&rate, "low") < 0.9);
    });
}

#[test]
fn the_demand_over_time_is_what_a_hand_adds_up() {
    swept(CALM, &[], |out| {
        let rows = table(&out.join("cluster-timeline.csv"));
        let at = |series: &str, seconds: f64| {
            let is = |row: &&Row| row["series"] == series && number(row, "t_s") <= seconds;
            let row = rows.iter().rfind(is).unwrap_or_else(|| panic!("no {series} at {seconds}"));
            let levels = ["p05", "p50", "p99"].map(|quantile| number(row, quantile));
            assert!(levels.iter().all(|level| *level == levels[0]), "nothing varies: {levels:?}");
            levels[0]
        };
        // CPU is rounded down to a 512th of all that both take at their largest, 1.75 CPU.
        let cpu = |seconds: f64| (at("cpu", seconds) * 100.0).ceil() / 100.0;
        for (seconds, pods, available, cores) in [
            (5.0, 7.0, 5.0, 2.5),
            (12.0, 9.0, 5.0, 3.25),
            (17.0, 7.0, 5.0, 2.5),
            (22.0, 8.0, 5.0, 2.75),
            (29.0, 6.0, 5.0, 2.0),
        ] {
            assert_eq!(
                (at("pods", seconds), at("available", seconds), cpu(seconds)),
                (pods, available, cores),
                "{seconds}"
            );
            assert_eq!(at("quota cluster.quota of shop pods", seconds), pods);
            assert_eq!((at("pending", seconds), at("placed", seconds), at("nodes", seconds)), (0.0, pods, 2.0));
        }
    });
}

/// In turn the second begins when the first is done; its pods that stop are there for 5 s more.
#[test]
fn in_turn_less_is_asked_for_at_once_and_all_takes_longer() {
    swept(CALM, &["--set", "release.order=inTurn"], |out| {
        for row in table(&out.join("cluster.csv")) {
            holds(&row, &[("duration_s", 50.0), ("peak_pods", 7.0), ("extra_cpu_cores", 1.0)]);
        }
    });
}

/// Of every release the joint peak is no more than the sum of the workloads' own peaks and no less than the largest of them.
#[test]
fn a_joint_peak_lies_between_the_largest_peak_and_the_sum_of_all() {
    let more = [
        "pods.start={lognormal: {median: 9s, sigma: 0.8}}",
        "pods.termination={exponential: {mean: 20s}}",
        "pods.new.crash=15%",
        "replications=150",
        "sweep={release.atOnce: [1, 2]}",
    ];
    let more: Vec<&str> = more.iter().flat_map(|setting| ["--set", setting]).collect();
    swept(CALM, &more, |out| {
        let joint = table(&out.join("cluster.csv"));
        assert_eq!(joint.len(), 300);
        let own = table(&out.join("replications.csv"));
        for row in &joint {
            let of_it = |other: &&Row| {
                other["replication"] == row["replication"] && other["release.atOnce"] == row["release.atOnce"]
            };
            let peaks: Vec<f64> = own.iter().filter(of_it).map(|other| number(other, "peak_footprint")).collect();
            let (largest, sum) = (peaks.iter().copied().fold(0.0, f64::max), peaks.iter().sum::<f64>());
            let peak = number(row, "peak_placed");
            assert_eq!(peaks.len(), 2);
            assert!(largest <= peak && peak <= sum, "{largest} <= {peak} <= {sum}: {row:?}");
            assert!(peak <= number(row, "peak_pods"));
            let longest = own.iter().filter(of_it).map(|other| number(other, "duration_s")).fold(0.0, f64::max);
            assert!(row["outcome"] != "all_done" || number(row, "duration_s") >= longest);
        }
    });
}

/// The new pod of cart is never Ready and keeps its room, so that front, where it comes second, waits for a node in vain.
#[test]
fn who_took_the_room_that_a_stalled_rollout_lacks_is_told() {
    swept(SHORT, &[], |out| {
        let stalls = table(&out.join("cluster-stalls.csv"));
        let own = table(&out.join("replications.csv"));
        let for_room =
            own.iter().filter(|row| row["workload"] == "shop/front" && row["stall_cause"] == "capacity").count();
        assert!((1..20).contains(&for_room), "{for_room}");
        let rows: Vec<_> = stalls.iter().filter(|row| row["workload"] == "shop/front").collect();
        assert_eq!(rows.iter().map(|row| row["other"].as_str()).collect::<Vec<_>>(), ["", "shop/cart"]);
        for row in rows {
            assert_eq!(row["stall_cause"], "capacity");
            holds(row, &[("releases", for_room as f64), ("with_more", for_room as f64), ("more_pods", 1.0)]);
        }
    });
    let said = succeeds(&["run", SHORT, "--quiet"]);
    assert!(said.contains("on average: shop/cart 1."), "{said}");
}

/// One Deployment has no file of a cluster.
#[test]
fn one_deployment_has_no_cluster() {
    swept("experiments/first-look.yaml", &["--replications", "80"], |out| {
        let names = files(out);
        assert!(names.iter().all(|name| !name.contains("cluster")), "{names:?}");
    });
}

/// Rows above the limit are left out, and checked all the same.
#[test]
fn rows_of_the_cluster_are_left_out_where_they_are_too_many() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let out = place.path().join("out").display().to_string();
    let rows = ["cluster.csv", "replications.csv"];
    succeeds(&["sweep", CALM, "--quiet", "--out", &out]);
    let [smaller, larger] = rows.map(|name| fs::metadata(Path::new(&out).join(name)).expect("rows").len());
    assert!(smaller < larger, "two workloads have twice as many rows");
    for (limit, kept) in [(smaller - 1, [false, false]), (smaller, [true, false]), (larger, [true, true])] {
        succeeds(&["sweep", CALM, "--quiet", "--replications-limit", &limit.to_string(), "--out", &out]);
        let names = files(Path::new(&out));
        assert_eq!(rows.map(|name| names.contains(&name.to_owned())), kept, "{names:?}");
        succeeds(&["verify", "--quiet", &out]);
        succeeds(&["report", &out]);
    }
}

#[test]
fn run_says_what_all_workloads_take_together() {
    golden("tests/golden/run-release.txt", &succeeds(&["run", CALM, "--quiet", "--replications", "400"]));
    golden("tests/golden/run-release-short.txt", &succeeds(&["run", SHORT, "--quiet"]));
}

/// What happens to one workload is said of that one, and one to which nothing happens does not name what is measured.
#[test]
fn what_happens_to_single_workloads_is_said_of_these() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let file = |name: &str, text: &str| fs::write(place.path().join(name), text).expect("room on the disk");
    let manifest = fs::read_to_string(crate::cli::root().join("tests/fixtures/release/two.yaml")).expect("a manifest");
    file("two.yaml", &manifest);
    let run = |name: &str, entries: &str| {
        file(
            name,
            &format!(
                "workloads: [{entries}]\ncluster: {{nodes: [{{count: 2, allocatable: {{cpu: 4, memory: 8Gi, pods: 110}}}}]}}\nreplications: 20\n"
            ),
        );
        succeeds(&["run", &place.path().join(name).display().to_string(), "--quiet"])
    };
    let cart = "{deployment: {manifest: two.yaml, name: shop/cart}}";
    let beside = run("beside.yaml", &format!("{cart}, {{rest: {{manifest: two.yaml}}}}"));
    assert!(beside.contains("None of 40 rollouts stalled.") && !beside.contains("No event"), "{beside}");
    let scaled = run(
        "scaled.yaml",
        &format!("{cart}, {{deployment: {{manifest: two.yaml, name: shop/front}}, event: {{scale: {{from: 1}}}}}}"),
    );
    assert!(scaled.contains("\nshop/front: Scaling from 1 to 3\n"), "{scaled}");
}

#[test]
fn json_has_the_cluster_beside_the_first_workload() {
    let answer = succeeds(&["run", CALM, "--quiet", "--format", "json"]);
    let lines: Vec<Value> = answer.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(lines.len(), 2);
    assert!(lines[1]["cluster"].is_null());
    let cluster = &lines[0]["cluster"];
    assert_eq!(cluster["releases"], 20);
    let of = |list: &str, key: &str, value: &str| {
        let found = cluster[list].as_array().expect("a list").iter().find(|one| one[key] == value);
        found.unwrap_or_else(|| panic!("no {value}")).clone()
    };
    assert_eq!(of("room", "series", "memory")["unit"], "bytes");
    assert_eq!(
        (of("room", "series", "cpu")["found"].as_f64(), of("room", "series", "cpu")["room"].as_f64()),
        (Some(1.75), Some(8.0))
    );
    assert_eq!(of("statistics", "metric", "extra_cpu_cores")["unit"], "cores");
    // One workload by itself has its own answer.
    let one = succeeds(&["run", CALM, "--quiet", "--scenario", "1", "--format", "json"]);
    let one: Value = serde_json::from_str(&one).expect("JSON");
    assert_eq!((one["parameters"]["workload"].as_str(), one["cluster"].is_null()), (Some("shop/front"), true));
    assert_eq!(one["statistics"], lines[1]["statistics"], "alone it is simulated in the same world");
}

/// The page answers for the release: it recommends no workload, and shows what all ask for beside what there is.
#[test]
fn the_page_of_a_release_is_about_all_workloads() {
    let objectives = ["--set", "objectives=[p95 duration_s <= 25s]", "--replications", "400"];
    swept(CALM, &objectives, |out| {
        let page = fs::read_to_string(out.join("report.html")).expect("the page");
        let title = page.split("<h1>").nth(1).and_then(|rest| rest.split("</h1>").next()).expect("a title");
        assert_eq!(
            title,
            "calm release: all rollouts complete within 30s, with up to 1.5 CPU and 2.5 GiB beside what runs"
        );
        for said in [
            "1 of 2 rollouts are shown to meet the objective.",
            "2 workloads, 400 simulated releases",
            "<th scope=\"row\" class=\"l\">extra CPU</th>",
            "What all workloads ask for together over time",
            "Every rollout completed in all 400 releases",
        ] {
            assert!(page.contains(said), "the page says nothing of {said}");
        }
        for wrong in ["recommended: ", "What to use in each world", "The choice: ", "Apply it"] {
            assert!(!page.contains(wrong), "the page says {wrong}");
        }
        assert!(files(out).contains(&"charts/cluster.svg".to_owned()));
    });
    swept(
        CALM,
        &["--set", "sweep={workloads.*.maxSurge: [1, 2]}", "--set", "objectives=[p95 duration_s <= 25s]"],
        |out| {
            let page = fs::read_to_string(out.join("report.html")).expect("the page");
            assert!(
                page.contains("2 releases of 2 workloads") && page.contains("Each release in full"),
                "a row for each point"
            );
            assert!(
                !page.contains("Which strategies meet the objectives?")
                    && !files(out).contains(&"what-if.csv".to_owned())
            );
        },
    );
}

/// What takes workloads for alternatives says so, and what to do instead.
#[test]
fn workloads_of_a_release_are_no_alternatives() {
    refuses(
        &["compare", CALM, "0", "1"],
        &["shop/cart", "shop/front", "no alternatives", "sweep={workloads.*.maxSurge"],
    );
    let points = ["--set", "sweep={release.atOnce: [1, 2]}"];
    refuses(&[&["compare", CALM, "0", "1"], &points[..]].concat(), &["at another point, such as 0 2"]);
    let same = succeeds(&[&["compare", CALM, "0", "2", "--quiet"], &points[..]].concat());
    assert!(same.contains("(atOnce 2, workload shop/cart) less scenario 0"), "{same}");
    refuses(
        &[&["sweep", CALM, "--set", "baseline=0", "--out", "unused"], &points[..]].concat(),
        &["workload shop/cart", "{release.atOnce: 1}"],
    );
    refuses(&["serve", CALM], &["one Deployment", "rollcast run", "in place of `workloads`"]);
    refuses(&["recommend", CALM], &["several workloads", "in place of `workloads`"]);
    // What helps one workload is not tried: its world would stay as it is.
    let why = succeeds(&["why", CALM, "--quiet"]);
    assert!(!why.contains("makes no difference"), "{why}");
}

/// A baseline is compared workload by workload.
#[test]
fn each_workload_is_compared_with_itself() {
    let more = ["--set", "sweep={release.atOnce: [1, 2]}", "--set", "baseline={release.atOnce: 1}"];
    swept(CALM, &more, |out| {
        let pairs: std::collections::BTreeSet<_> = table(&out.join("comparisons.csv"))
            .iter()
            .map(|row| (row["baseline"].clone(), row["scenario"].clone()))
            .collect();
        let wanted = [("0", "2"), ("1", "3")].map(|(one, other)| (one.to_owned(), other.to_owned()));
        assert_eq!(pairs, wanted.into_iter().collect());
    });
}

#[test]
fn a_check_is_of_all_workloads_of_a_release() {
    let check = |objective: &str| {
        let output = rollcast(&["run", CALM, "--quiet", "--check", "--replications", "400", "--set", objective]);
        (output.status.code(), text(&output.stdout))
    };
    assert_eq!(check("objectives=[p95 duration_s <= 31s]").0, Some(0));
    let (code, said) = check("objectives=[p95 duration_s <= 25s]");
    assert_eq!(code, Some(1), "front takes 30 s");
    assert!(said.contains("met by 1 of 2"), "{said}");
}
