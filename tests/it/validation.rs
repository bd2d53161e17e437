//! Rollouts that others have measured and published: predicted from the inputs published with them, and compared.
//!
//! `UPDATE_EXPECT=1 cargo test --test it validation` writes the tables of `experiments/validation/README.md` anew; read
//! the difference before you commit it. This file states which figures must be met, so it is not updated by that.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use rollcast::metrics::{Outcome, Record};
use rollcast::plan::{Overrides, Plan};
use rollcast::sim::{Fact, Observer, Simulator};
use rollcast::stats::OrderStatistic;
use rollcast::time::SimTime;

use crate::golden_part::golden_part;
use crate::world::replicate_with;

/// How far the client's own time and whole-second timestamps may move a figure, in seconds.
const CLOCK: f64 = 1.0;
/// The largest share of a figure that this may be.
const SHARE: f64 = 0.05;
/// When V12 undoes the rollout, in seconds, as in its experiment.
const UNDO_AT: f64 = 130.0;

/// A published rollout.
struct Row {
    id: &'static str,
    file: &'static str,
    tests: &'static str,
    times: &'static [Time],
    counts: &'static [Count],
}

/// A published time in seconds.
struct Time {
    what: &'static str,
    published: f64,
    of: fn(&Record) -> Option<f64>,
    tolerance: f64,
    verdict: Verdict,
    evidence: &'static str,
}

/// A published number of pods.
struct Count {
    what: Pods,
    published: u32,
    /// Whether the number occurs in every replication; otherwise in nearly all.
    always: bool,
}

#[derive(Clone, Copy)]
enum Pods {
    Most,
    MostWithTerminating,
    LeastReady,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Verdict {
    /// Between the 5th and the 95th percentile.
    Agrees,
    /// Outside them by no more than the tolerance.
    Near,
    Missed,
}

use Pods::{LeastReady, Most, MostWithTerminating};
use Verdict::{Agrees, Missed, Near};

const fn time(
    what: &'static str,
    of: fn(&Record) -> Option<f64>,
    published: f64,
    verdict: Verdict,
    evidence: &'static str,
) -> Time {
    Time { what, published, of, tolerance: CLOCK.min(SHARE * published), verdict, evidence }
}

const fn duration(published: f64, verdict: Verdict, evidence: &'static str) -> Time {
    time("duration", whole, published, verdict, evidence)
}

const fn stall(published: f64, verdict: Verdict) -> Time {
    time("time to stall", stalled_at, published, verdict, "independent")
}

const fn met(what: Pods, published: u32) -> Count {
    Count { what, published, always: true }
}

const fn nearly_met(what: Pods, published: u32) -> Count {
    Count { what, published, always: false }
}

fn whole(record: &Record) -> Option<f64> {
    (record.outcome == Outcome::Completed).then(|| record.duration.as_secs_f64())
}

fn stalled_at(record: &Record) -> Option<f64> {
    record.stall.map(|(at, _)| at.as_secs_f64())
}

/// As in the objective of the experiment: fewer than one pod.
fn without_pods(record: &Record) -> Option<f64> {
    Some(record.below_objective.as_secs_f64())
}

fn after_undo(record: &Record) -> Option<f64> {
    (record.outcome == Outcome::RolledBack).then(|| record.duration.as_secs_f64() - UNDO_AT)
}

const OTHER_RUNS: &str = "independent: start-up from other runs";
const SAME_RUN: &str = "partly circular: start-up from the same run";

#[allow(clippy::approx_constant, reason = "V7 took 3.14 s")]
const ROWS: &[Row] = &[
    Row {
        id: "V1",
        file: "v01-min-ready-seconds.yaml",
        tests: "minReadySeconds, one pod after the other",
        times: &[duration(32.82, Agrees, OTHER_RUNS)],
        counts: &[met(Most, 4), met(LeastReady, 3)],
    },
    Row {
        id: "V2",
        file: "v02-go-service.yaml",
        tests: "the same on a cloud; termination adds nothing",
        times: &[duration(25.94, Near, SAME_RUN)],
        counts: &[],
    },
    Row {
        id: "V3",
        file: "v03-cold-image.yaml",
        tests: "an image pulled once for each node",
        times: &[duration(17.52, Near, "partly circular: pull from the same run")],
        counts: &[met(Most, 4), met(LeastReady, 3)],
    },
    Row {
        id: "V4",
        file: "v04-rolling-four.yaml",
        tests: "surge and unavailability together",
        times: &[duration(4.9, Missed, OTHER_RUNS)],
        counts: &[met(Most, 5), met(LeastReady, 3)],
    },
    Row {
        id: "V5",
        file: "v05-no-surge.yaml",
        tests: "unavailability alone",
        times: &[duration(4.9, Missed, OTHER_RUNS)],
        counts: &[met(Most, 4), met(LeastReady, 3)],
    },
    Row {
        id: "V6",
        file: "v06-recreate.yaml",
        tests: "Recreate waits for the old pods",
        times: &[duration(2.8, Agrees, OTHER_RUNS), time("no pod available", without_pods, 2.0, Near, OTHER_RUNS)],
        counts: &[met(Most, 4), met(LeastReady, 0)],
    },
    Row {
        id: "V7",
        file: "v07-rolling-ten.yaml",
        tests: "rounding of percentages; Terminating pods on top",
        times: &[duration(3.14, Missed, OTHER_RUNS)],
        counts: &[nearly_met(Most, 13), nearly_met(MostWithTerminating, 18), met(LeastReady, 8)],
    },
    Row {
        id: "V10",
        file: "v10-bad-image.yaml",
        tests: "deadline of 30 s, nothing rolled back by itself",
        times: &[stall(30.6, Agrees)],
        counts: &[met(Most, 4), met(LeastReady, 3)],
    },
    Row {
        id: "V11",
        file: "v11-never-ready.yaml",
        tests: "deadline of 120 s on a cloud",
        times: &[stall(120.71, Agrees)],
        counts: &[met(Most, 4), met(LeastReady, 3)],
    },
    Row {
        id: "V12",
        file: "v12-undo.yaml",
        tests: "undo of a stalled rollout starts nothing",
        times: &[time("undo to end", after_undo, 0.71, Missed, "weak: half of it is the client's own time")],
        counts: &[],
    },
    Row {
        id: "V13",
        file: "v13-long-min-ready.yaml",
        tests: "waves of a long minReadySeconds",
        times: &[Time {
            what: "duration",
            published: 1650.0,
            of: whole,
            tolerance: 33.0,
            verdict: Near,
            evidence: "a calculation, not a measurement",
        }],
        counts: &[],
    },
];

/// Predictions of one quantity: median, 5th and 95th percentile, least and most.
struct Predicted {
    median: f64,
    low: f64,
    high: f64,
    least: f64,
    most: f64,
}

impl Predicted {
    fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let quantile = |q| OrderStatistic::new(values.len(), q).estimate(&values).value.expect("enough replications");
        let (median, low, high) = (quantile(0.5), quantile(0.05), quantile(0.95));
        Self { median, low, high, least: values[0], most: values[values.len() - 1] }
    }

    /// By how many seconds a figure lies outside the 5th and 95th percentile; negative inside.
    fn outside(&self, time: &Time) -> f64 {
        (self.low - time.published).max(time.published - self.high)
    }

    fn verdict(&self, time: &Time) -> Verdict {
        match self.outside(time) {
            outside if outside <= 0.0 => Agrees,
            outside if outside <= time.tolerance => Near,
            _ => Missed,
        }
    }

    fn verdict_text(&self, time: &Time) -> String {
        let outside = self.outside(time);
        match self.verdict(time) {
            Agrees => "agrees".into(),
            Near => format!("near: {outside:.2} s outside"),
            Missed => format!("**missed**: {outside:.2} s outside"),
        }
    }
}

impl Pods {
    fn name(self) -> &'static str {
        match self {
            Most => "most pods",
            MostWithTerminating => "most pods with Terminating",
            LeastReady => "least Ready",
        }
    }

    fn of(self, record: &Record) -> u32 {
        match self {
            Most => record.peak_pods,
            MostWithTerminating => unreachable!("no metric counts all pods that kubectl lists"),
            LeastReady => record.min_ready,
        }
    }

    /// The figure of every replication.
    fn all(self, row: &Row, records: &[Record]) -> Vec<u32> {
        match self {
            MostWithTerminating => most_listed(row),
            _ => records.iter().map(|record| self.of(record)).collect(),
        }
    }
}

/// Counts pods as kubectl lists them, whether or not they are on a node.
struct Listed {
    now: u32,
    most: u32,
}

impl Observer for Listed {
    const DETAIL: bool = false;

    fn fact(&mut self, _: SimTime, fact: Fact) {
        match fact {
            Fact::PodCreated { .. } => self.now += 1,
            Fact::PodGone(_) => self.now -= 1,
            _ => {}
        }
        self.most = self.most.max(self.now);
    }
}

/// The most pods of each replication, Pending and Terminating ones too.
fn most_listed(row: &Row) -> Vec<u32> {
    let plan = plan(row);
    let (scenario, mut simulator) = (&plan.scenarios[0], Simulator::new(plan.seed));
    let most = |replication| {
        let replicas = scenario.deployment.replicas.max(0) as u32;
        let mut listed = Listed { now: replicas, most: replicas };
        simulator.run(scenario, replication, &mut listed);
        listed.most
    };
    (0..plan.replications).map(most).collect()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("experiments/validation")
}

fn plan(row: &Row) -> Plan {
    Plan::load(&folder().join(row.file), &Overrides::default()).expect("an experiment")
}

fn records(row: &Row) -> Vec<Record> {
    let plan = plan(row);
    replicate_with(plan.seed, &plan.scenarios[0], plan.replications)
}

fn predicted(time: &Time, records: &[Record]) -> Predicted {
    let values: Vec<f64> = records.iter().filter_map(time.of).collect();
    assert_eq!(values.len(), records.len(), "{} is missing in some replications", time.what);
    Predicted::of(values)
}

#[test]
fn published_pod_counts_are_met() {
    for row in ROWS {
        let records = records(row);
        for count in row.counts {
            let values = count.what.all(row, &records);
            let equal = values.iter().filter(|value| **value == count.published).count();
            let found = format!("{} {}: equal in {equal}", row.id, count.what.name());
            assert_eq!(equal == records.len(), count.always, "{found}");
            assert!(equal >= records.len() * 95 / 100, "{found}");
        }
    }
}

#[test]
fn published_times_are_met_or_missed_as_documented() {
    for row in ROWS {
        let records = records(row);
        for time in row.times {
            let found = predicted(time, &records);
            let range = format!("{:.2}-{:.2}", found.low, found.high);
            assert_eq!(found.verdict(time), time.verdict, "{} {}: {range}", row.id, time.what);
        }
    }
}

fn times_table() -> String {
    let mut table = String::from(
        "| row | tests | quantity | published, s | predicted, s: median (5 %–95 %) | least–most | median less published \
         | verdict | evidence |\n|---|---|---|---:|---:|---:|---:|---|---|\n",
    );
    for row in ROWS {
        let records = records(row);
        for time in row.times {
            let found = predicted(time, &records);
            let Predicted { median, low, high, least, most } = found;
            let difference = median - time.published;
            let share = 100.0 * difference / time.published;
            let _ = writeln!(
                table,
                "| [{}]({}) | {} | {} | {:.2} | {median:.2} ({low:.2}–{high:.2}) | {least:.2}–{most:.2} | {difference:+.2} \
                 ({share:+.1} %) | {} | {} |",
                row.id,
                row.file,
                row.tests,
                time.what,
                time.published,
                found.verdict_text(time),
                time.evidence
            );
        }
    }
    table
}

fn counts_table() -> String {
    let mut table = String::from("| row | quantity | published | predicted | verdict |\n|---|---|---:|---:|---|\n");
    for row in ROWS {
        let records = records(row);
        for count in row.counts {
            let values = count.what.all(row, &records);
            let equal = values.iter().filter(|value| **value == count.published).count();
            let (least, most) =
                values.iter().fold((u32::MAX, 0), |(least, most), &value| (least.min(value), most.max(value)));
            let range = if least == most { least.to_string() } else { format!("{least}–{most}") };
            let verdict = match equal {
                _ if equal == records.len() => "equal in every replication".into(),
                _ => format!("equal in {:.1} % of replications", 100.0 * equal as f64 / records.len() as f64),
            };
            let name = count.what.name();
            let _ = writeln!(table, "| {} | {name} | {} | {range} | {verdict} |", row.id, count.published);
        }
    }
    table
}

/// The results in one sentence.
fn headline() -> String {
    let times: Vec<Verdict> = ROWS.iter().flat_map(|row| row.times).map(|time| time.verdict).collect();
    let of = |verdict| times.iter().filter(|found| **found == verdict).count();
    let counts: Vec<&Count> = ROWS.iter().flat_map(|row| row.counts).collect();
    format!(
        "Of {} published times {} agree with the prediction, {} are near it and {} are missed; of {} published counts of \
         pods {} are equal in every replication.",
        times.len(),
        of(Agrees),
        of(Near),
        of(Missed),
        counts.len(),
        counts.iter().filter(|count| count.always).count()
    )
}

#[test]
fn the_written_tables_are_what_is_simulated() {
    let page = "experiments/validation/README.md";
    golden_part(page, "headline", &format!("{}\n", headline()));
    golden_part(page, "times", &times_table());
    golden_part(page, "counts", &counts_table());
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).expect("a README");
    assert!(readme.contains(&headline()), "the README does not say: {}", headline());
}
