//! The tables as other programs read them. Skipped with a message where pandas or R is not installed; `PYTHON` and
//! `RSCRIPT` name other programs than `python3` and `Rscript`.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::cli::{root, text};

/// Runs `code`; `None` where the program does not exist or lacks `needs`.
fn run(variable: &str, usual: &str, option: &str, needs: &str, code: &str) -> Option<String> {
    let program = std::env::var(variable).unwrap_or_else(|_| usual.to_owned());
    let run = |code: &str| Command::new(&program).args([option, code]).current_dir(root()).output();
    if !run(needs).is_ok_and(|output| output.status.success()) {
        println!("skipped: no {program} with `{needs}` here");
        return None;
    }
    let output = run(code).expect("it has just run");
    assert!(output.status.success(), "{code}\n{}", text(&output.stderr));
    Some(text(&output.stdout))
}

fn python(needs: &str, code: &str) -> Option<String> {
    run("PYTHON", "python3", "-c", needs, code)
}

fn r(needs: &str, code: &str) -> Option<String> {
    run("RSCRIPT", "Rscript", "-e", needs, code)
}

/// The block of code in the guide in that language.
fn guide(language: &str) -> String {
    let page = fs::read_to_string(root().join("docs/guide/reading-the-report.md")).expect("the page");
    let block = page.split(&format!("```{language}\n")).nth(1).expect("a block of code");
    block.split("```").next().expect("its end").to_owned()
}

#[test]
fn pandas_reads_what_the_guide_says() {
    let check = r#"
assert len(rows) == 5000 and rows["stalled"].dtype == bool and not rows["duration_s"].isna().any()
summary = pd.read_csv("results/first-look/summary.csv")
means = rows.groupby("scenario")["dip_depth"].mean()
assert (means - summary["dip_depth_mean"]).abs().max() < 1e-12
"#;
    if let Some(output) = python("import pandas", &(guide("python") + check)) {
        assert!(output.contains("25%") && output.contains("1000.0"), "{output}");
    }
}

/// The replications of a sweep that mixes `1` and `25%`, and their description.
fn mixed(place: &Path) -> (String, serde_json::Value) {
    let out = place.join("out").display().to_string();
    let sweep = "sweep={maxSurge: [1, 25%]}";
    let arguments = [
        "sweep",
        "experiments/first-look.yaml",
        "--set",
        sweep,
        "--set",
        "maxUnavailable=0",
        "--replications",
        "50",
        "--out",
        &out,
    ];
    crate::cli::succeeds(&arguments);
    let package = fs::read(place.join("out/datapackage.json")).expect("a description");
    let rows = fs::read_to_string(place.join("out/replications.csv")).expect("a table");
    (rows, serde_json::from_slice(&package).expect("JSON"))
}

#[test]
fn a_parameter_that_mixes_counts_and_percentages_is_said_to_be_text() {
    let place = tempfile::tempdir().unwrap();
    let (rows, package) = mixed(place.path());
    let mut reader = csv::Reader::from_reader(rows.as_bytes());
    assert_eq!(reader.headers().unwrap().iter().take(3).collect::<Vec<_>>(), ["scenario", "maxSurge", "replication"]);
    let mut found: Vec<String> = reader.records().map(|row| row.unwrap()[1].to_owned()).collect();
    assert_eq!(found.len(), 100);
    found.dedup();
    assert_eq!(found, ["1", "25%"]);
    let mut described = 0;
    for resource in package["resources"].as_array().expect("resources") {
        let fields = resource["schema"]["fields"].as_array();
        for field in fields.into_iter().flatten().filter(|field| field["name"] == "maxSurge") {
            assert_eq!(field["type"], "string", "{}", resource["path"]);
            described += 1;
        }
    }
    assert!(described >= 3, "{described}");
}

/// pandas guesses types block by block: the statements of the guide must hold for files of many blocks.
#[test]
fn pandas_reads_a_large_table_as_the_guide_says() {
    let place = tempfile::tempdir().unwrap();
    let (rows, _) = mixed(place.path());
    let (header, rows) = rows.split_once('\n').expect("a header");
    let (first, second) = rows.split_at(rows.find("\n1,25%").expect("the second scenario") + 1);
    let file = place.path().join("large.csv");
    let large = format!("{header}\n{}{}{}", first.repeat(1000), second.repeat(2000), first.repeat(1000));
    assert_eq!(large.lines().count(), 200_001);
    fs::write(&file, large).unwrap();
    let code = guide("python").replace("results/first-look/replications.csv", &file.display().to_string());
    let code = code.replace(r#"["maxSurge", "maxUnavailable"]"#, r#"["maxSurge"]"#);
    let check = r#"
sizes = rows.groupby(parameters).size()
assert parameters == ["maxSurge"] and sizes.to_dict() in ({"1": 100000, "25%": 100000}, {("1",): 100000, ("25%",): 100000}), sizes
"#;
    python("import pandas", &(code + check));
}

/// `examples/read.py` groups right what plain `read_csv` splits, in a file of many blocks.
#[test]
fn the_example_for_pandas_reads_a_large_table() {
    let place = tempfile::tempdir().unwrap();
    let (rows, _) = mixed(place.path());
    let (header, rows) = rows.split_once('\n').expect("a header");
    let (first, second) = rows.split_at(rows.find("\n1,25%").expect("the second scenario") + 1);
    let large = format!("{header}\n{}{}{}", first.repeat(1000), second.repeat(2000), first.repeat(1000));
    fs::write(place.path().join("out/replications.csv"), large).unwrap();
    let out = place.path().join("out").display().to_string();
    let code = format!(
        r#"
import sys
sys.path.insert(0, "examples")
import read
rows = read.table({out:?}, "replications")
sizes = rows.groupby(read.parameters(rows)).size()
assert list(sizes) == [100000, 100000], sizes
assert rows["stalled"].dtype == "boolean" and rows["duration_s"].dtype == "float64"
guessed = pd.read_csv({out:?} + "/replications.csv")
assert len(set(map(repr, guessed["maxSurge"]))) == 3, "pandas does not guess any more: simplify the guide"
"#
    );
    python("import pandas", &format!("import pandas as pd{code}"));
}

#[test]
fn the_examples_print_a_row_for_every_scenario() {
    let script = |name: &str| root().join("examples").join(name).display().to_string();
    let of_python = format!(
        "import runpy, sys\nsys.argv = ['read.py', 'results/first-look']\nrunpy.run_path({:?}, run_name='__main__')",
        script("read.py")
    );
    let of_r = format!("commandArgs <- function(...) 'results/first-look'\nsource({:?})", script("read.R"));
    if let Some(output) = python("import pandas", &of_python) {
        assert_eq!(output.matches("1000.0").count(), 5, "{output}");
    }
    if let Some(output) = r("1", &of_r) {
        assert_eq!(output.matches("25%").count(), 5, "{output}");
    }
}

#[test]
fn r_reads_what_the_guide_says() {
    let check = r#"
stopifnot(nrow(rows) == 5000, is.numeric(rows$duration_s), !anyNA(rows$duration_s))
summary <- read.csv("results/first-look/summary.csv")
means <- aggregate(dip_depth ~ scenario, rows, mean)
stopifnot(max(abs(means$dip_depth - summary$dip_depth_mean)) < 1e-12)
"#;
    if let Some(output) = r("1", &(guide("r") + check)) {
        assert!(output.contains("25%"), "{output}");
    }
}

#[cfg(not(feature = "parquet"))]
#[test]
fn parquet_is_refused_where_it_is_not_built_in() {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("out").display().to_string();
    let arguments = ["sweep", "experiments/first-look.yaml", "--format", "parquet", "--out", &out];
    crate::cli::refuses(&arguments, &["without Parquet", "--features parquet"]);
    assert!(!Path::new(&out).exists());
}

#[cfg(feature = "parquet")]
mod parquet {
    use super::*;
    use crate::cli::{files, rollcast, succeeds};

    const TABLES: [&str; 4] = ["replications", "summary", "statistics", "timeline"];

    fn sweep(out: &Path, more: &[&str]) -> String {
        let out = out.display().to_string();
        let arguments = ["sweep", "experiments/first-look.yaml", "--replications", "300", "--quiet", "--out", &out];
        succeeds(&[&arguments[..], more].concat());
        out
    }

    #[test]
    fn csv_and_parquet_hold_the_same_values() {
        let place = tempfile::tempdir().unwrap();
        let (csv, parquet) = (place.path().join("csv"), place.path().join("parquet"));
        // Some rollouts stall, so that there are columns with and without values.
        let stalling = ["--set", "pods.new.badVersion=30%"];
        sweep(&csv, &stalling);
        let out = sweep(&parquet, &[&stalling[..], &["--format", "parquet"]].concat());
        for table in TABLES {
            let typed = fs::File::open(parquet.join(format!("{table}.parquet"))).unwrap();
            let again = rollcast::report::parquet::to_csv(typed).unwrap();
            assert!(again == fs::read(csv.join(format!("{table}.csv"))).unwrap(), "{table} differs");
        }
        assert!(files(&parquet).iter().all(|name| !name.ends_with(".csv")));
        let code = format!(
            r#"
import pandas as pd
for table in {TABLES:?}:
    text, typed = pd.read_csv({csv:?} + f"/{{table}}.csv"), pd.read_parquet({parquet:?} + f"/{{table}}.parquet")
    assert list(text.columns) == list(typed.columns) and len(text) == len(typed) > 0
    for column in text:
        a, b = text[column], typed[column]
        assert (a.isna() == b.isna()).all(), (table, column)
        assert (a.dropna().astype(object) == b.dropna().astype(object)).all(), (table, column)
"#
        );
        python("import pandas, pyarrow", &code);
        let code = format!(
            r#"
for (table in c("replications", "summary", "statistics", "timeline")) {{
    text <- read.csv(paste0({csv:?}, "/", table, ".csv"), na.strings = "")
    typed <- nanoparquet::read_parquet(paste0({parquet:?}, "/", table, ".parquet"))
    stopifnot(identical(names(text), names(typed)), nrow(text) == nrow(typed))
}}
"#
        );
        r("stopifnot(requireNamespace('nanoparquet'))", &code);
        succeeds(&["verify", "--quiet", &out]);
        succeeds(&["verify", "--quiet", &out, "--sample", "2"]);
    }

    #[test]
    fn a_changed_table_is_reported_with_its_row() {
        let place = tempfile::tempdir().unwrap();
        let (one, two) = (place.path().join("one"), place.path().join("two"));
        let out = sweep(&one, &["--format", "parquet"]);
        sweep(&two, &["--format", "parquet", "--seed", "77"]);
        fs::copy(two.join("replications.parquet"), one.join("replications.parquet")).unwrap();
        let output = rollcast(&["verify", "--quiet", &out]);
        let message = text(&output.stdout);
        assert_eq!(output.status.code(), Some(1), "{message}");
        assert!(
            message.contains("replications.parquet: was changed") && message.contains("row 1 (line 2)"),
            "{message}"
        );
    }

    #[test]
    fn shards_join_to_the_same_parquet() {
        let place = tempfile::tempdir().unwrap();
        let whole = place.path().join("whole");
        sweep(&whole, &["--format", "parquet"]);
        let parts: Vec<String> =
            ["0/2", "1/2"].map(|k| sweep(&place.path().join(k.replace('/', "-")), &["--shard", k])).to_vec();
        let joined = place.path().join("joined");
        let out = joined.display().to_string();
        succeeds(&["merge", &parts[0], &parts[1], "--format", "parquet", "--quiet", "--out", &out]);
        for name in files(&whole) {
            assert!(fs::read(whole.join(&name)).unwrap() == fs::read(joined.join(&name)).unwrap(), "{name} differs");
        }
    }
}
