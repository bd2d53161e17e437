//! How often the limits that the product prints hold the truth.
//!
//! `cargo bench --bench coverage -- --seeds 150` runs the command itself, `run` and `compare` with `--format json`, on the
//! experiments of `benches/coverage/` with seeds 1 to 150 and 100, 400 and 1,000 replications. The truth is one run of
//! 1,000,000 replications with a seed that is used for nothing else. A limit that is empty excludes nothing; where both are
//! empty nothing is promised, and the sample does not count. The standard error of a coverage of 95 % is
//! sqrt(0.95 * 0.05 / seeds): 1.8 points with 150 seeds, 0.9 with 600.
//!
//! Cases with a word after the name, such as `A0-controlled`, are run with that `sampling`; their truth is sampled plainly.
//!
//! Options: `--only A0,C0-1` (some of the experiments), `--least 80` (fail where a coverage is below 80 %), `--all` (every
//! figure instead of the worst), `--program PROGRAM` (a build instead of this one), `--against PROGRAM` (the same with another
//! build, and the ratio of the median widths).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use rollcast::metrics::Metric;
use rollcast::{Experiment, RunOptions};
use serde_json::Value;

/// An experiment and its scenario, or the two scenarios that are compared.
struct Case {
    name: &'static str,
    file: &'static str,
    scenarios: &'static [u32],
    sampling: &'static str,
}

impl Case {
    const fn plain(name: &'static str, file: &'static str, scenarios: &'static [u32]) -> Self {
        Self { name, file, scenarios, sampling: "plain" }
    }

    const fn controlled(name: &'static str, file: &'static str, scenarios: &'static [u32]) -> Self {
        Self { name, file, scenarios, sampling: "controlled" }
    }
}

const CASES: [Case; 13] = [
    Case::plain("A0", "A.yaml", &[0]),
    Case::plain("A1", "A.yaml", &[1]),
    Case::plain("B0", "B.yaml", &[0]),
    Case::plain("C0", "C.yaml", &[0]),
    Case::plain("C1", "C.yaml", &[1]),
    Case::plain("D0-1", "D.yaml", &[0, 1]),
    Case::plain("A0-2", "A.yaml", &[0, 2]),
    Case::plain("C0-1", "C.yaml", &[0, 1]),
    Case::controlled("A0-controlled", "A.yaml", &[0]),
    Case::controlled("C0-controlled", "C.yaml", &[0]),
    Case::controlled("D0-controlled", "D.yaml", &[0]),
    Case::controlled("workload-controlled", "../workload.yaml", &[0]),
    Case::controlled("first-look-controlled", "../../experiments/first-look.yaml", &[2]),
];
const SIZES: [u32; 3] = [100, 400, 1_000];
/// Coverage below this counts as a fault of limits at 95 %.
const LEAST: f64 = 0.93;
/// Replications and seed of the truth.
const TRUTH: (u32, u32) = (1_000_000, 987_654_321);
/// Replications for the share of rollouts that carry a metric.
const CARRYING: u32 = 20_000;
/// The least share of rollouts that carry a metric whose widths are compared in the short table.
const FREQUENT: f64 = 0.05;

/// An estimate as the program prints it.
#[derive(Clone, Copy, Default)]
struct Estimate {
    value: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
}

/// Estimates by metric and statistic.
type Answer = BTreeMap<(String, String), Estimate>;

fn file(case: &Case) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/coverage").join(case.file)
}

fn answer(program: &Path, case: &Case, sampling: &str, (replications, seed): (u32, u32), threads: u32) -> Answer {
    let mut command = Command::new(program);
    match case.scenarios {
        [one] => command.arg("run").arg(file(case)).args(["--scenario", &one.to_string()]),
        [one, other] => command.arg("compare").arg(file(case)).args([one.to_string(), other.to_string()]),
        _ => unreachable!("a case has one scenario or two"),
    };
    let (replications, seed, threads) = (replications.to_string(), seed.to_string(), threads.to_string());
    command.args(["--replications", &replications, "--seed", &seed, "--threads", &threads]);
    if sampling != "plain" {
        command.args(["--set", &format!("sampling={sampling}")]);
    }
    let output = command.args(["--quiet", "--format", "json"]).output().expect("the program starts");
    let answer: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{}: {error}: {}", case.name, String::from_utf8_lossy(&output.stderr)));
    let (list, value) = if case.scenarios.len() == 1 { ("statistics", "value") } else { ("differences", "difference") };
    let row = |row: &Value| {
        let name = |key: &str| row[key].as_str().expect("a name").to_owned();
        let number = |key: &str| row[key].as_f64();
        let estimate = Estimate { value: number(value), low: number("low"), high: number("high") };
        ((name("metric"), name("statistic")), estimate)
    };
    answer[list].as_array().expect("a list").iter().map(row).collect()
}

/// The answers of seeds 1 to `seeds`, on all cores.
fn answers(program: &Path, case: &Case, replications: u32, seeds: u32) -> Vec<Answer> {
    let next = AtomicU32::new(1);
    let work = || {
        let mut answers = Vec::new();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed > seeds {
                return answers;
            }
            answers.push(answer(program, case, case.sampling, (replications, seed), 1));
        }
    };
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("a worker ends")).collect()
    })
}

/// What the limits of one figure came to.
struct Coverage {
    /// Samples with at least one limit.
    told: u32,
    held: u32,
    above: u32,
    below: u32,
    one_sided: u32,
    width: Option<f64>,
}

impl Coverage {
    /// `None`: no sample has a limit.
    fn of(truth: f64, samples: impl Iterator<Item = Estimate>) -> Option<Self> {
        let rounding = 1e-12 * truth.abs().max(1.0);
        let mut found = Self { told: 0, held: 0, above: 0, below: 0, one_sided: 0, width: None };
        let mut widths = Vec::new();
        for Estimate { low, high, .. } in samples.filter(|sample| sample.low.is_some() || sample.high.is_some()) {
            found.told += 1;
            if low.is_some_and(|low| low > truth + rounding) {
                found.above += 1;
            } else if high.is_some_and(|high| high < truth - rounding) {
                found.below += 1;
            } else {
                found.held += 1;
            }
            match (low, high) {
                (Some(low), Some(high)) => widths.push(high - low),
                _ => found.one_sided += 1,
            }
        }
        widths.sort_by(f64::total_cmp);
        found.width = widths.get(widths.len() / 2).copied();
        (found.told > 0).then_some(found)
    }

    fn share(&self) -> f64 {
        f64::from(self.held) / f64::from(self.told)
    }
}

/// A figure of a case: what is true of it, and what each program's limits came to.
struct Row {
    name: String,
    truth: f64,
    carried: Option<f64>,
    ours: Coverage,
    theirs: Option<Coverage>,
}

impl Row {
    /// Median width as a multiple of the other program's.
    fn ratio(&self) -> Option<f64> {
        let (ours, theirs) = (self.ours.width?, self.theirs.as_ref()?.width?);
        (theirs > 0.0).then(|| ours / theirs)
    }
}

/// The share of rollouts whose value of a metric is not the most frequent one; of two scenarios, whose difference is not.
fn carried(case: &Case) -> BTreeMap<String, f64> {
    let experiment = Experiment::from_file(file(case)).expect("the experiment is valid");
    let forecasts = experiment.run_with(RunOptions::new().replications(CARRYING)).expect("it can be run");
    let chosen: Vec<_> = case.scenarios.iter().map(|&scenario| &forecasts[scenario as usize].records).collect();
    let mut shares = BTreeMap::new();
    for metric in rollcast::METRICS {
        let of = |scenario: usize, row: usize| (metric.get)(&chosen[scenario][row]);
        let value = |row| Some(if chosen.len() == 1 { of(0, row)? } else { of(1, row)? - of(0, row)? });
        let values: Option<Vec<f64>> = (0..chosen[0].len()).map(value).collect();
        let Some(mut values) = values else { continue };
        values.sort_by(f64::total_cmp);
        let mode = values.chunk_by(|a, b| a == b).map(<[f64]>::len).max().unwrap_or_default();
        shares.insert(metric.name.to_owned(), 1.0 - mode as f64 / values.len() as f64);
    }
    shares
}

fn rows(case: &Case, size: u32, options: &Options, truth: &Answer, carried: &BTreeMap<String, f64>) -> Vec<Row> {
    let ours = answers(&options.program, case, size, options.seeds);
    let theirs = options.against.as_ref().map(|program| answers(program, case, size, options.seeds));
    let mut rows = Vec::new();
    for (key @ (metric, statistic), estimate) in truth {
        let Some(truth) = estimate.value else { continue };
        let samples = |answers: &[Answer]| -> Vec<Estimate> {
            answers.iter().map(|answer| answer.get(key).copied().unwrap_or_default()).collect()
        };
        let Some(ours) = Coverage::of(truth, samples(&ours).into_iter()) else { continue };
        let theirs = theirs.as_ref().and_then(|answers| Coverage::of(truth, samples(answers).into_iter()));
        let name = if Metric::named(metric).is_some() { format!("{metric} {statistic}") } else { metric.clone() };
        rows.push(Row { name, truth, carried: carried.get(metric).copied(), ours, theirs });
    }
    rows
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

fn or_dash<T>(value: Option<T>, text: impl FnOnce(T) -> String) -> String {
    value.map_or_else(|| "-".to_owned(), text)
}

fn print_worst(case: &Case, size: u32, rows: &[Row]) {
    let Some(worst) = rows.iter().min_by(|a, b| a.ours.share().total_cmp(&b.ours.share())) else { return };
    let below = rows.iter().filter(|row| row.ours.share() < LEAST).count();
    let frequent = rows.iter().filter(|row| row.carried.is_some_and(|share| share >= FREQUENT));
    let widest = frequent.filter_map(|row| Some((row.ratio()?, &row.name))).max_by(|a, b| a.0.total_cmp(&b.0));
    let widest = or_dash(widest, |(ratio, name)| format!("{ratio:.2} ({name})"));
    let (name, share, carried) = (&worst.name, percent(worst.ours.share()), or_dash(worst.carried, percent));
    println!("| {} | {size} | {name} | {carried} | {share} | {below} of {} | {widest} |", case.name, rows.len());
}

fn print_all(case: &Case, size: u32, rows: &[Row]) {
    for row in rows {
        let ours = &row.ours;
        let missed = |count: u32| percent(f64::from(count) / f64::from(ours.told));
        println!(
            "| {} | {size} | {} | {} | {:.6} | {} | {} | {} | {} | {} | {} | {} |",
            case.name,
            row.name,
            or_dash(row.carried, percent),
            row.truth,
            percent(ours.share()),
            missed(ours.above),
            missed(ours.below),
            missed(ours.one_sided),
            or_dash(ours.width, |width| format!("{width:.6}")),
            or_dash(row.theirs.as_ref(), |theirs| percent(theirs.share())),
            or_dash(row.ratio(), |ratio| format!("{ratio:.2}")),
        );
    }
}

/// What the command line asks for.
struct Options {
    program: PathBuf,
    against: Option<PathBuf>,
    seeds: u32,
    /// No figure that every sample has limits of may have a coverage below.
    least: f64,
    all: bool,
    only: Vec<String>,
}

fn options() -> Result<Options, String> {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_rollcast"));
    let mut options = Options { program, against: None, seeds: 150, least: 0.0, all: false, only: Vec::new() };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or(format!("{word} needs a value"));
        match word.as_str() {
            // What cargo adds.
            "--bench" => {}
            "--all" => options.all = true,
            "--seeds" => options.seeds = value()?.parse().map_err(|error| format!("--seeds: {error}"))?,
            "--least" => options.least = value()?.parse::<f64>().map_err(|error| format!("--least: {error}"))? / 100.0,
            "--program" => options.program = value()?.into(),
            "--against" => options.against = Some(value()?.into()),
            "--only" => options.only = value()?.split(',').map(str::to_owned).collect(),
            other => return Err(format!("{other} is no option: see the head of {}", file!())),
        }
    }
    match options.only.iter().find(|name| CASES.iter().all(|case| case.name != **name)) {
        Some(name) => Err(format!("--only: there is no experiment {name}")),
        None => Ok(options),
    }
}

fn main() -> Result<(), String> {
    let options = options()?;
    if options.all {
        println!(
            "| experiment | n | figure | carried by | truth | coverage | limits above the truth | below it | one-sided | \
             median width | coverage of the other | width, other = 1 |"
        );
        println!("|---|---:|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
    } else {
        println!(
            "| experiment | n | worst figure | carried by | its coverage | figures below {:.0} % | widest, other = 1 |",
            LEAST * 100.0
        );
        println!("|---|---:|---|---:|---:|---:|---|");
    }
    for case in CASES.iter().filter(|case| options.only.is_empty() || options.only.iter().any(|name| name == case.name))
    {
        let truth = answer(&options.program, case, "plain", TRUTH, 0);
        let carried = carried(case);
        for size in SIZES {
            let rows = rows(case, size, &options, &truth, &carried);
            if options.all {
                print_all(case, size, &rows)
            } else {
                print_worst(case, size, &rows)
            }
            if let Some(row) =
                rows.iter().find(|row| row.ours.told == options.seeds && row.ours.share() < options.least)
            {
                let (name, share) = (&row.name, percent(row.ours.share()));
                return Err(format!("{}, n = {size}: the limits of {name} hold the truth in {share}", case.name));
            }
        }
    }
    Ok(())
}
