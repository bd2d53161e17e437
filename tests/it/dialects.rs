//! Files of measurements as programs and people write them: the reader reads each correctly, or refuses it and names
//! the place.

use std::fs;
use std::path::Path;

use rollcast::input::measured::{Choice, Measurements, measured};
use rollcast::stats::fit::{Lengths, Seen};

/// The values that all of the files contain, in seconds.
const SECONDS: [f64; 6] = [3.021, 3.578, 4.915, 13.612, 6.965, 0.015];

fn read(bytes: &[u8], choice: &Choice<'_>) -> Result<Measurements, String> {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let file = folder.path().join("times");
    fs::write(&file, bytes).expect("room on the disk");
    let place = folder.path().display().to_string() + "/";
    measured(Path::new(&file), choice).map_err(|error| error.to_string().replace(&place, ""))
}

fn values(lengths: &Lengths) -> Vec<f64> {
    let value = |seen: &Seen| match seen {
        Seen::Exactly(value) | Seen::Whole(value) | Seen::Between(value, _) => *value,
    };
    lengths.rows().iter().flat_map(|(seen, count)| (0..*count).map(move |_| value(seen))).collect()
}

#[track_caller]
fn holds(what: &str, bytes: &[u8], expected: &[f64]) -> Measurements {
    let found = read(bytes, &Choice::default()).unwrap_or_else(|problem| panic!("{what}: {problem}"));
    let mut expected = expected.to_vec();
    expected.sort_by(f64::total_cmp);
    let mut found_values = values(&found.samples[0].lengths);
    found_values.sort_by(f64::total_cmp);
    let near =
        found_values.len() == expected.len() && found_values.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-6);
    assert!(near, "{what}: {found_values:?}, not {expected:?}; {:?}", found.notes);
    found
}

/// A column of the values, each times `factor` and written by `write`, below `header`.
fn column(header: &str, factor: f64, write: impl Fn(f64) -> String) -> String {
    let rows: Vec<String> = SECONDS.iter().map(|value| write(value * factor) + "\n").collect();
    format!("{header}\n{}", rows.concat())
}

#[test]
fn units_in_names() {
    for (factor, names) in [
        (
            1e3,
            &[
                "startMs",
                "READY_MS",
                "ready (ms)",
                "Ready [ms]",
                "ready_milliseconds",
                "latency_msec",
                "ready ms",
                "readyMillis",
                "startms",
                "warm-up.ms",
                "durationMS",
                "ready_ms_mean",
                "Elapsed(mSec)",
                "t [mS]",
                "durationInMilliSeconds",
                "milli_sec",
                "ready_mseconds",
                "Milisekunden",
                "initms",
                "Zeit (мс)",
            ][..],
        ),
        (
            1e6,
            &[
                "ready_micros",
                "ready_us",
                "Ready (µs)",
                "ready_usec",
                "ready_microseconds",
                "micro-seconds",
                "uSec",
                "Mikrosekunden",
            ],
        ),
        (1e9, &["ready_ns", "readyNanos", "ready_nanoseconds"]),
        (1.0, &["ready", "ready_s", "ready_seconds", "Ready (s)", "ready sec", "SECONDS", "start", "t [s]"]),
        (1.0 / 60.0, &["minutes", "ready_minutes", "ready_min", "Ready (min)", "readyMins"]),
        (1.0 / 3600.0, &["hours", "ready (h)"]),
    ] {
        for name in names {
            let text = column(name, factor, |value| format!("{value:.12}"));
            let columns = [(*name).to_owned()];
            let chosen = Choice { columns: &columns, ..Choice::default() };
            let found = read(text.as_bytes(), &chosen).unwrap_or_else(|problem| panic!("{name}: {problem}"));
            let sum: f64 = values(&found.samples[0].lengths).iter().sum();
            assert!((sum - SECONDS.iter().sum::<f64>()).abs() < 1e-6, "{name}: {sum}");
            let noted = found.notes.iter().any(|note| note.contains("as its name says"));
            assert_eq!(noted, factor != 1.0, "{name}: {:?}", found.notes);
        }
    }
}

#[test]
fn an_option_outweighs_a_name_and_that_is_reported() {
    let text = column("ready_ms", 1.0, |value| value.to_string());
    let unit = Choice::unit_of("seconds").ok();
    let found = read(text.as_bytes(), &Choice { unit, ..Choice::default() }).expect("lengths");
    assert!((values(&found.samples[0].lengths)[1] - 3.021).abs() < 1e-9);
    assert!(
        found.notes.iter().any(|note| note.contains("its name says milliseconds, --unit says seconds")),
        "{:?}",
        found.notes
    );
}

#[test]
fn numbers_separators_and_headers() {
    let plain = |header: &str| column(header, 1.0, |value| value.to_string());
    let comma = |value: f64| value.to_string().replace('.', ",");
    let rows = |separator: &str, head: &str, write: &dyn Fn(f64) -> String| {
        let row = |(number, value): (usize, &f64)| format!("web-{number}{separator}{}\n", write(*value));
        head.to_owned() + &SECONDS.iter().enumerate().map(row).collect::<String>()
    };
    let utf16 = |text: &str, big: bool| -> Vec<u8> {
        let mark = if big { vec![0xfe, 0xff] } else { vec![0xff, 0xfe] };
        mark.into_iter()
            .chain(text.encode_utf16().flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }))
            .collect()
    };
    let latin: Vec<u8> = "Gerät;Zeit (s)\n".chars().map(|c| c as u8).chain(rows(";", "", &comma).bytes()).collect();
    let clock = |value: f64| format!("00:00:{value:06.3}");
    for (what, bytes) in [
        ("plain", plain("ready").into_bytes()),
        ("CR LF", plain("ready").replace('\n', "\r\n").into_bytes()),
        ("byte order mark", format!("\u{feff}{}", plain("ready")).into_bytes()),
        ("UTF-16 LE", utf16(&plain("ready"), false)),
        ("UTF-16 BE", utf16(&plain("ready"), true)),
        ("Latin-1", latin),
        ("semicolons, decimal commas", rows(";", "pod;ready\n", &comma).into_bytes()),
        ("semicolons, points", rows(";", "pod;ready\n", &|value| value.to_string()).into_bytes()),
        ("tabs, points", rows("\t", "pod\tready\n", &|value| value.to_string()).into_bytes()),
        ("tabs, decimal commas", rows("\t", "pod\tready\n", &comma).into_bytes()),
        ("one column, decimal commas in quotes", column("ready", 1.0, |value| format!("\"{}\"", comma(value))).into_bytes()),
        ("thousands in quotes", column("ready_us", 1e6, |value| {
            let whole = libm::round(value) as u64;
            if whole < 1_000_000 { format!("\"{},{:03}\"", whole / 1000, whole % 1000) } else { format!("\"{},{:03},{:03}\"", whole / 1_000_000, whole / 1000 % 1000, whole % 1000) }
        }).into_bytes()),
        ("sep=", ("sep=;\n".to_owned() + &rows(";", "pod;ready\n", &comma)).into_bytes()),
        ("comments", ("# from the load test\n".to_owned() + &plain("ready") + "# the end\n").into_bytes()),
        ("a header in a comment", rows(",", "# pod,ready\n", &|value| value.to_string()).into_bytes()),
        ("blank lines", ("\n\n".to_owned() + &plain("ready").replace('\n', "\n\n")).into_bytes()),
        ("no header", plain("").trim_start().as_bytes().to_vec()),
        ("no header, two columns", rows(",", "", &|value| value.to_string()).into_bytes()),
        ("no header, decimal commas", rows(";", "", &comma).into_bytes()),
        ("no value", (plain("ready") + "NA\nNaN\nnull\n-\nN/A\n\"\"\n").into_bytes()),
        ("units in cells", column("ready", 1.0, |value| format!("{value} s")).into_bytes()),
        ("units in cells, long", column("ready", 1.0, |value| format!("{value} sec")).into_bytes()),
        ("units in cells, milliseconds", column("ready", 1e3, |value| format!("{value:.3}ms")).into_bytes()),
        ("units in cells, decimal commas", rows(";", "pod;ready\n", &|value| comma(value) + " s").into_bytes()),
        ("clocks", column("ready", 1.0, clock).into_bytes()),
        ("pandas", column("ready", 1.0, |value| format!("0 days {}", clock(value))).into_bytes()),
        ("ISO 8601", column("ready", 1.0, |value| format!("PT{value}S")).into_bytes()),
        ("row numbers of pandas", ",ready\n0,3.021\n1,3.578\n2,4.915\n3,13.612\n4,6.965\n5,0.015\n".into()),
        ("replica numbers and milliseconds of three digits", "replica,start_s,extra_ms\n1,3.021,302\n2,3.578,302\n3,4.915,415\n4,13.612,302\n5,6.965,302\n6,0.015,302\n".into()),
        ("a column of units", "pod,ready,unit\na,3021,ms\nb,3578,ms\nc,4915,ms\nd,13612,ms\ne,6965,ms\nf,15,ms\n".into()),
        ("a unit in a comment", ("# unit: ms\n".to_owned() + &column("ready", 1e3, |value| format!("{value:.0}"))).into_bytes()),
        ("JMeter", SECONDS.iter().fold("timeStamp,elapsed,label,bytes,grpThreads,Latency\n".to_owned(), |text, value| text + &format!("1769851800000,{:.0},GET,300,1,136\n", value * 1e3)).into_bytes()),
        ("kube-burner's CSV", SECONDS.iter().fold("schedulingLatency,podReadyLatency,metricName,podName\n4,0,podLatencyMeasurement,never\n4,77,jobSummary,x\n".to_owned(), |text, value| text + &format!("4,{:.0},podLatencyMeasurement,a\n", value * 1e3)).into_bytes()),
        ("kube-burner's services", SECONDS.iter().fold("{\"metricName\": \"jobSummary\", \"jobConfig\": {\"name\": \"x\"}, \"elapsedTime\": 12}\n".to_owned(), |text, value| text + &format!("{{\"ready\": {:.0}, \"metricName\": \"svcLatencyMeasurement\", \"service\": \"a\"}}\n", value * 1e3)).into_bytes()),
        ("an index of pandas with gaps", "Unnamed: 0,ready_s\n4,3.021\n9,3.578\n2,4.915\n31,13.612\n7,6.965\n5,0.015\n".into()),
        ("an index without a name", ",ready_s\n40,3.021\n9,3.578\n20,4.915\n31,13.612\n7,6.965\n5,0.015\n".into()),
        ("nanoseconds as large as instants", "ready_ns\n3021000000\n3578000000\n4915000000\n13612000000\n6965000000\n15000000\n".into()),
        ("other columns of percentages", SECONDS.iter().fold("pod,cpu,ready_s\n".to_owned(), |text, value| text + &format!("a,99%,{value}\n")).into_bytes()),
        ("other columns of numbers", "pod_id,node,ready,restarts,memory_bytes,seen\n7,a,3.021,0,99,1\n9,a,3.578,1,99,1\n4,b,4.915,0,98,0\n5,b,13.612,0,97,1\n6,b,6.965,0,97,1\n3,b,0.015,0,97,1\n".into()),
        ("JSON numbers", format!("{SECONDS:?}").into_bytes()),
        ("JSON lines", column("", 1e3, |value| format!("{{\"pod\": \"a\", \"readyMs\": {value}}}")).into_bytes()),
        ("JSON records", format!("[{}]", column("", 1.0, |value| format!("{{\"ready_seconds\": {value}}},")).trim_end_matches(",\n")).into_bytes()),
    ] {
        holds(what, &bytes, &SECONDS);
    }
}

#[test]
fn no_values_are_counted_and_names_of_columns_without_header_are_numbers() {
    let found = holds("no value", b"ready\n1.5\nNA\n2.5\n\n-\n", &[1.5, 2.5]);
    assert!(found.notes.iter().any(|note| note.contains("2 of 4 rows hold no value")), "{:?}", found.notes);
    let columns = ["2".to_owned()];
    let found = read(b"a,1.5\nb,2.5\n", &Choice { columns: &columns, ..Choice::default() }).expect("lengths");
    assert_eq!(found.samples[0].name, "column 2");
    assert!(
        found.notes.iter().any(|note| note.contains("taken for seconds, since nothing says a unit")),
        "{:?}",
        found.notes
    );
}

/// The column `event` of lifelines is the inverse of a mark for lower bounds.
#[test]
fn marks_that_look_inverse_are_asked_about() {
    let text = b"ready_ms,event\n3000,1\n4000,1\n5000,0\n";
    let found = read(text, &Choice { censored: Some("event"), ..Choice::default() }).expect("lengths");
    assert!(
        found.notes.iter().any(|note| note.contains("2 of 3 rows are") && note.contains("lifelines")),
        "{:?}",
        found.notes
    );
    assert_eq!(found.samples[0].lengths.censored(), 2);
    let found =
        read(b"ready,open\n3,0\n4,1\n5,0\n", &Choice { censored: Some("open"), ..Choice::default() }).expect("lengths");
    assert!(!found.notes.iter().any(|note| note.contains("lifelines")), "{:?}", found.notes);
}

#[test]
fn differences_of_instants() {
    let seconds = [3.0, 4.0, 11.0];
    for (what, text) in [
        (
            "ISO",
            "pod,scheduled,ready\na,2026-01-31T09:30:00Z,2026-01-31T09:30:03Z\nb,2026-01-31T09:30:58Z,2026-01-31T09:31:02Z\nc,2026-01-31T23:59:55Z,2026-02-01T00:00:06Z\n",
        ),
        (
            "the later first",
            "ready,scheduled\n2026-01-31T09:30:03Z,2026-01-31T09:30:00Z\n2026-01-31T09:31:02Z,2026-01-31T09:30:58Z\n2026-02-01T00:00:06Z,2026-01-31T23:59:55Z\n",
        ),
        (
            "blanks and zones",
            "a,b\n2026-01-31 09:30:00+01:00,2026-01-31 08:30:03+00:00\n2026-01-31 09:30:58+01:00,2026-01-31 08:31:02+00:00\n2026-01-31 09:30:00+01:00,2026-01-31 08:30:11+00:00\n",
        ),
        ("epoch", "created,started\n1769851800,1769851803\n1769851900,1769851904\n1769852000,1769852011\n"),
        (
            "epoch in milliseconds",
            "created;started\n1769851800000;1769851803000\n1769851900000;1769851904000\n1769852000000;1769852011000\n",
        ),
        (
            "epoch with fractions",
            "a,b\n1769851800.25,1769851803.25\n1769851900.5,1769851904.5\n1769852000.125,1769852011.125\n",
        ),
        ("clocks", "scheduled,ready\n09:30:00,09:30:03\n09:30:58,09:31:02\n10:00:00,10:00:11\n"),
        (
            "one end is missing",
            "scheduled,ready\n2026-01-31T09:30:00Z,2026-01-31T09:30:03Z\n2026-01-31T09:30:00Z,\n2026-01-31T09:30:58Z,2026-01-31T09:31:02Z\n2026-01-31T09:30:00Z,2026-01-31T09:30:11Z\n",
        ),
    ] {
        let found = holds(what, text.as_bytes(), &seconds);
        assert!(
            found.notes.iter().any(|note| note.contains("their differences are fitted")),
            "{what}: {:?}",
            found.notes
        );
    }
    let stages = "created,scheduled,started,ready\n2026-01-31T09:30:00Z,2026-01-31T09:30:01Z,2026-01-31T09:30:04Z,2026-01-31T09:30:24Z\n";
    let found = read(stages.as_bytes(), &Choice::default()).expect("lengths");
    let fields: Vec<_> = found.samples.iter().map(|sample| (sample.field, values(&sample.lengths))).collect();
    assert_eq!(fields, [(Some("start"), vec![3.0]), (Some("warmUp"), vec![20.0])]);
    let three = "created,scheduled,ready\n2026-01-31T09:30:00Z,2026-01-31T09:30:01Z,2026-01-31T09:30:24Z\n";
    let found = read(three.as_bytes(), &Choice::default()).expect("lengths");
    assert_eq!(
        (found.samples.len(), values(&found.samples[0].lengths), found.samples[0].to_ready),
        (1, vec![23.0], true)
    );
    let columns = ["created".to_owned(), "ready".to_owned()];
    let found = read(stages.as_bytes(), &Choice { columns: &columns, ..Choice::default() }).expect("lengths");
    assert_eq!((values(&found.samples[0].lengths), found.samples[0].to_ready), (vec![24.0], true));
}

/// The reader refuses a file that it cannot read, with the line where one is wrong, and never reads a part of it.
#[test]
fn what_may_be_read_in_two_ways_is_refused() {
    for (text, words) in [
        ("ready\n3,021\n3,578\n", &["times:2", "2 fields in this row, but 1 in the header", "decimal commas"][..]),
        ("3,021\n3,578\n13,612\n", &["times:1", "`3,021`", "decimal comma"]),
        ("web-0,3,021\nweb-1,13,578\n", &["times:1", "`3,021`", "decimal comma"]),
        ("# ready\n3,021\n3,578\n", &["times:2", "`3,021`", "decimal comma"]),
        ("3,5\n4,9\n13,6\n", &["times:1", "`3,5`", "decimal comma"]),
        ("ready,\n3,021\n3,578\n", &["times:2", "`3,021`", "decimal comma"]),
        ("pod,ready,node\nweb-0,3,021\nweb-1,3,578\n", &["times:2", "`3,021`", "decimal comma"]),
        ("pod,ready,node\nweb-0,3,421\nweb-1,3,578\n", &["times:2", "`3,421`", "decimal comma"]),
        ("[3,021, 3,578, 13,612]", &["times:1", "021", "decimal comma"]),
        ("[3,421, 3,578, 13,612]", &["times:1", "421", "decimal comma"]),
        ("pod;Startzeit (ms)\nweb-0;3.021\nweb-1;13.578\n", &["times:2", "`3.021`", "3021 ms"]),
        ("pod\tStartzeit (ms)\nweb-0\t950\nweb-1\t13.578\n", &["times:3", "`13.578`", "13578 ms"]),
        ("ready_centiseconds\n302\n357\n", &["centiseconds", "--unit"]),
        ("ready (1/10 s)\n30\n35\n", &["a part of a unit", "--unit"]),
        ("ready_ticks\n30\n35\n", &["ticks", "--unit"]),
        ("podms\n3021\n3578\n", &["podms", "--unit"]),
        ("ready\n302100\n357800\n", &["nothing says the unit", "a day", "--unit"]),
        ("ready,unit\n3021,ms\n3,s\n", &["times:3", "`ms` and `s`", "same unit"]),
        ("ready,unit\n3021,parsec\n", &["times:2", "`parsec`"]),
        ("# unit: ms\nready_s\n3021\n", &["column `ready_s`", "its name says seconds, the file says milliseconds"]),
        ("metric_name,timestamp,metric_value,status\nhttp_req_duration,1769851000,3021.0,200\n", &["k6", "--unit ms"]),
        (
            "command,mean,stddev,median,user,system,min,max\na,3.0,0.1,3.0,0.4,0.3,2.9,3.1\n",
            &["hyperfine", "--export-json", ".results[].times"],
        ),
        ("percentile,value\n50,3.0\n99,9.0\n", &["`percentile`", "a share or for several values"]),
        ("le,count\n1,0\n2,3\n", &["`le`", "a share or for several values"]),
        ("ready_s,count\n3,5\n4,10\n", &["`count`", "a share or for several values"]),
        (",ready\ncount,12.0\nmean,5.3\nstd,1.8\n25%,4.2\n", &["times:2", "`count`", "statistic"]),
        ("pod,ready\nweb-0,3.0\nweb-1,4.0\nTotal,7.0\n", &["times:4", "`Total`", "statistic"]),
        (
            "scheduled,ready\n31.01.2026 09:30:00,31.01.2026 09:30:03\n",
            &["`31.01.2026 09:30:00`", "2026-01-31T09:30:00Z"],
        ),
        ("ready\n1/31/2026 09:30\n", &["is a date", "2026-01-31T09:30:00Z"]),
        ("[[0,3.0],[1,3.5]]", &["times:1", "2 values", "jq '.[][1]'"]),
        (
            "{\"results\": [{\"command\": \"a\", \"mean\": 3.0, \"times\": [3.0, 3.1]}]}",
            &["a list of records or numbers", "jq '.results[].times[]'"],
        ),
        ("{\"results\": [{\"pod\": \"a\", \"ready_ms\": 3021}]}", &["a list of records or numbers", "jq '.results[]'"]),
        ("{\"latencies_ms\": [3021, 3578]}", &["a list of records or numbers", "jq '.latencies_ms[]'"]),
        ("{\"version\": 1, \"latencies_ms\": [3021, 3578]}", &["a list of records or numbers", "jq '.latencies_ms[]'"]),
        (
            "{\"pod\": {\"0\": \"a\", \"1\": \"b\"}, \"ready\": {\"0\": 3.0, \"1\": 3.5}}",
            &["a list of records or numbers", "jq '.ready[]'"],
        ),
        ("{\"metrics\": {\"http_req_duration\": {\"avg\": 3.0, \"max\": 4.0}}}", &["a list of records or numbers"]),
        (
            "[{\"pod\": \"a\", \"t\": {\"ready_ms\": 3021}}, {\"pod\": \"b\", \"t\": {\"ready_ms\": 3578}}]",
            &["nested below `t` is left out"],
        ),
        (
            "Name,Median Response Time,Max Response Time\na,3021,4000\nb,3578,4100\n",
            &["`Median Response Time`", "statistic"],
        ),
        ("mean_ms,sd_ms\n3021,10\n3578,12\n", &["`mean_ms`", "statistic"]),
        ("pods/s\n3\n4\n", &["no length of time"]),
        ("pod,ready\na,3,021\n", &["times:2", "3 fields in this row, but 2"]),
        ("pod,ready,node\na,3.0,x\nb,4.0\n", &["times:3", "2 fields in this row, but 3"]),
        ("ready\n\"3,021\"\n\"3,578\"\n", &["times:2", "column `ready`", "3.021", "3021"]),
        ("ready_ms;start\n3,021;1\n3,578;2\n", &["times:2", "column `ready_ms`", "may be 3.021 or 3021"]),
        ("a;b\n3,021;1\n950;1\n", &["times:2", "column `a`", "may be"]),
        ("a;b\n3,5;1\n9.5;1\n", &["times:2", "column `a`", "stand in one column"]),
        ("ready\n1\n2\n-1\n4\n", &["times:4", "column `ready`", "`-1`", "NA"]),
        ("pod,ready\na,1\nb,2\nc,soon\n", &["times:4", "column `ready`", "`soon`"]),
        ("ready_m\n3\n4\n", &["column `ready_m`", "--unit"]),
        ("min\n3\n4\n", &["column `min`", "minimum"]),
        ("min,max,mean\n3,4,3.5\n", &["statistic"]),
        ("ready_min,ready_max\n3,4\n", &["minimum"]),
        ("pod,size_bytes\na,30\nb,40\n", &["no length of time"]),
        ("ready_at\n2026-01-31T09:30:00Z\n2026-01-31T09:30:01Z\n", &["column `ready_at`", "instants"]),
        (
            "scheduled,ready\n1.76985E+12,1.76985E+12\n1.76985E+12,1.76985E+12\n",
            &["times:2", "`1.76985E+12`", "lost its last digits"],
        ),
        ("scheduled,ready\n46053.395834757,46053.395869722\n46053.4,46053.5\n", &["times:2", "Excel"]),
        ("scheduled;ready\n46053,395834757;46053,395869722\n46053,4;46053,5\n", &["times:2", "Excel"]),
        ("scheduled,ready\n00:30:00.123,00:30:03.144\n00:30:58,00:31:02\n", &["times:2", "after midnight"]),
        ("scheduled,ready\n23:59:58,00:00:03\n23:50:00,23:50:04\n", &["times:2", "after midnight"]),
        (
            "scheduled_ms,ready_ms\n1769851800,1769851803.021\n1769851801,1769851804\n",
            &["times:2", "seconds since 1970"],
        ),
        ("ready\n1769851800\n1769851801\n", &["column `ready`", "instants"]),
        ("scheduled,ready\n2026-01-31T09:30:00Z,2026-01-31T09:29:00Z\n", &["times:2", "is before"]),
        ("a,b\n2026-01-31T09:30:00Z,2026-01-31T09:30:00\n", &["written in two ways"]),
        ("a,b,c\n1769851800,1769851801,1769851801\n1769851800,1769851801,1769851801\n", &["instants", "--column"]),
        ("censored,event\n0,1\n1,0\n", &["only 0 and 1"]),
        ("0\n3.5\n4.5\n", &["times:1", "names of columns or values"]),
        ("ready\n00:03\n00:04\n", &["minutes and seconds"]),
        ("NAME   READY   STATUS    RESTARTS   AGE\nweb-1   1/1   Running   0   3s\n", &["kubectl get pods", "-o json"]),
        ("NAMESPACE   NAME   READY   STATUS\nshop   web-1   1/1   Running\n", &["-o json"]),
        (
            "LAST SEEN   TYPE   REASON   OBJECT   MESSAGE\n3s   Normal   Started   pod/a   x\n",
            &["kubectl get events -o json"],
        ),
        ("pod ready\na 3.0\nb 4.0\n", &["separated by blanks"]),
        ("\0r\0e\0a", &["zero bytes"]),
    ] {
        let message = match read(text.as_bytes(), &Choice::default()) {
            Err(message) => message,
            Ok(found) => panic!("{text}: read as {:?}", found.samples),
        };
        for word in words {
            assert!(message.contains(word), "{text}: {word} is not in: {message}");
        }
    }
}

/// Cumulative buckets with bounds in a unit, and the same in other formats.
#[test]
fn metrics_in_their_formats() {
    let rows = |found: &Measurements| found.samples[0].lengths.rows().to_vec();
    let expected = [(Seen::Between(0.0, 2.0), 10), (Seen::Between(2.0, 5.0), 80), (Seen::at_least(5.0), 10)];
    let buckets = |name: &str, factor: f64| {
        format!(
            "{name}_bucket{{le=\"{}\"}} 10\n{name}_bucket{{le=\"{}\"}} 90\n{name}_bucket{{le=\"+Inf\"}} 100\n",
            2.0 * factor,
            5.0 * factor
        )
    };
    for (what, text) in [
        ("seconds", buckets("web_start_seconds", 1.0)),
        ("no unit", buckets("web_start", 1.0)),
        ("millis", buckets("web_start_millis", 1e3)),
        ("milliseconds", buckets("web_start_milliseconds", 1e3)),
        ("Ms", buckets("webStartMs", 1e3)),
        ("microseconds", buckets("web_start_microseconds", 1e6)),
        ("UNIT", "# TYPE web_start histogram\n# UNIT web_start milliseconds\n".to_owned() + &buckets("web_start", 1e3) + "# EOF\n"),
        ("HELP", "# HELP web_start Time until it served in milliseconds.\n# TYPE web_start histogram\n".to_owned() + &buckets("web_start", 1e3)),
        ("blanks before lines", buckets("  web_start_seconds", 1.0).replace('\n', "\n\n  ")),
        ("UTF-8", "{\"web.start.seconds_bucket\",le=\"2\"} 10\n{\"web.start.seconds_bucket\",le=\"5\"} 90\n{\"web.start.seconds_bucket\",le=\"+Inf\"} 100\n".into()),
        ("UTF-8 without its ending", "{\"web.start\", \"http.method\"=\"GET\", le=\"2\"} 10\n{\"web.start\", \"http.method\"=\"GET\", le=\"5\"} 90\n{\"web.start\", \"http.method\"=\"GET\", le=\"+Inf\"} 100\n".into()),
        ("UTF-8 unit", "# TYPE \"web.start\" histogram\n# UNIT \"web.start\" ms\n{\"web.start_bucket\", le=\"2000\"} 10\n{\"web.start_bucket\", le=\"5000\"} 90\n{\"web.start_bucket\", le=\"+Inf\"} 100\n".into()),
        ("vmrange", "web_start_seconds_bucket{vmrange=\"0...2\"} 10\nweb_start_seconds_bucket{vmrange=\"2.000e+00...5.000e+00\"} 80\nweb_start_seconds_bucket{vmrange=\"5...+Inf\"} 10\n".into()),
        ("API", r#"{"status":"success","data":{"resultType":"vector","result":[
            {"metric":{"__name__":"web_start_seconds_bucket","le":"2"},"value":[1769851800.1,"10"]},
            {"metric":{"__name__":"web_start_seconds_bucket","le":"5"},"value":[1769851800.1,"90"]},
            {"metric":{"__name__":"web_start_seconds_bucket","le":"+Inf"},"value":[1769851800.1,"100"]}]}}"#.into()),
        ("API, a range", r#"{"status":"success","data":{"resultType":"matrix","result":[
            {"metric":{"le":"2"},"values":[[1769851700,"1"],[1769851800,"10"]]},
            {"metric":{"le":"5"},"values":[[1769851700,"2"],[1769851800,"90"]]},
            {"metric":{"le":"+Inf"},"values":[[1769851700,"3"],[1769851800,"100"]]}]}}"#.into()),
        ("API, native", r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{"__name__":"web_start_seconds"},"histogram":[1769851800,
            {"count":"100","sum":"333","buckets":[[3,"-0.001","2","10"],[0,"2","5","80"],[0,"5","+Inf","10"]]}]}]}}"#.into()),
        ("API, native, below zero", r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{"__name__":"web_start_seconds"},"histogram":[1769851800,
            {"count":"100","sum":"333","buckets":[[3,"-Inf","2","10"],[0,"2","5","80"],[0,"5","+Inf","10"]]}]}]}}"#.into()),
        ("promtool, native", "web_start_seconds{job=\"a\"} => {count:100, sum:333, [-0.001,2]:10, (2,5]:80, (5,+Inf]:10} @[1769851800]\n".into()),
    ] {
        let found = read(text.as_bytes(), &Choice::default()).unwrap_or_else(|problem| panic!("{what}: {problem}\n{text}"));
        let near = rows(&found).iter().zip(&expected).all(|(a, b)| match (a, b) {
            ((Seen::Between(a, b), n), (Seen::Between(c, d), m)) => (a - c).abs() < 1e-9 && (b == d || (b - d).abs() < 1e-9) && n == m,
            _ => false,
        });
        assert!(near && rows(&found).len() == 3, "{what}: {:?}", rows(&found));
    }
}

#[test]
fn gauges_of_instances_are_a_sample() {
    let gauge = |name: &str| {
        SECONDS.iter().enumerate().map(|(pod, value)| format!("{name}{{pod=\"{pod}\"}} {value}\n")).collect::<String>()
    };
    let found = holds("gauges", gauge("application_ready_time_seconds").as_bytes(), &SECONDS);
    assert_eq!(found.samples[0].field, Some("warmUp"));
    let both = "# TYPE application_ready_time_seconds gauge\n".to_owned()
        + &gauge("application_ready_time_seconds")
        + &gauge("application_started_time_seconds");
    assert_eq!(holds("both", both.as_bytes(), &SECONDS).samples[0].name, "application_ready_time_seconds");
    holds("several scrapes", gauge("application_ready_time_seconds").replace("pod=", "main=").as_bytes(), &SECONDS);
    let result: Vec<String> =
        SECONDS.iter().map(|value| format!("{{\"metric\":{{\"pod\":\"a\"}},\"value\":[1,\"{value}\"]}}")).collect();
    holds(
        "API",
        format!(
            "{{\"status\":\"success\",\"data\":{{\"resultType\":\"vector\",\"result\":[{}]}}}}",
            result.join(",\n")
        )
        .as_bytes(),
        &SECONDS,
    );
    holds("promtool", format!("[{}]", result.join(",\n")).as_bytes(), &SECONDS);
    for (text, words) in [
        ("application_ready_time_seconds 3.5\n", &["one value for each instance", "1 is here"][..]),
        ("# UNIT mem bytes\nmem_bucket{le=\"1\"} 1\nmem_bucket{le=\"+Inf\"} 2\n", &["no unit of time"]),
        ("mem_bytes_bucket{le=\"1\"} 1\nmem_bytes_bucket{le=\"+Inf\"} 2\n", &["no length of time"]),
        ("{\"status\":\"error\",\"errorType\":\"bad_data\",\"error\":\"parse error\"}", &["times:1", "parse error"]),
        ("{\"status\":\"success\",\"data\":{\"resultType\":\"scalar\",\"result\":[1,\"3\"]}}", &["scalar"]),
        (
            "# HELP web_start_seconds Time in milliseconds\nweb_start_seconds_bucket{le=\"1\"} 1\nweb_start_seconds_bucket{le=\"+Inf\"} 2\n",
            &["its name says seconds, its help says milliseconds"],
        ),
        (
            "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[{\"metric\":{\"__name__\":\"up\"},\"value\":[1,\"1\"]}]}}",
            &["up:", "counts or sums"],
        ),
        (
            "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[{\"metric\":{\"__name__\":\"a_seconds_sum\"},\"value\":[1,\"9\"]}]}}",
            &["a_seconds_sum:", "a_seconds_bucket"],
        ),
        ("a{quantile=\"0.5\",pod=\"x\"} 1\na{quantile=\"0.5\",pod=\"y\"} 1\n", &["2 series"]),
    ] {
        let message = read(text.as_bytes(), &Choice::default()).expect_err(text);
        assert!(words.iter().all(|word| message.contains(word)), "{text}: {message}");
    }
}

#[test]
fn percentiles_and_records_of_load_tests() {
    let shares = |found: &Measurements| {
        found.samples.iter().map(|sample| (sample.name.clone(), sample.percentiles.clone())).collect::<Vec<_>>()
    };
    let two = |found: &Measurements| values(&found.samples[0].lengths).last().copied();
    let loader = r#"{"version": "1.0", "dataItems": [
        {"data": {"Perc50": 0, "Perc90": 0, "Perc99": 0}, "unit": "ms", "labels": {"Metric": "create_to_schedule"}},
        {"data": {"Perc50": 1100, "Perc90": 2200, "Perc99": 3300}, "unit": "ms", "labels": {"Metric": "schedule_to_run"}},
        {"data": {"Perc50": 1500, "Perc90": 2500, "Perc99": 4000}, "unit": "ms", "labels": {"Metric": "pod_startup"}}]}"#;
    let found = read(loader.as_bytes(), &Choice::default()).expect("percentiles");
    assert_eq!(
        shares(&found),
        [("pod_startup".to_owned(), vec![50.0, 90.0, 99.0]), ("schedule_to_run".to_owned(), vec![50.0, 90.0, 99.0])]
    );
    assert_eq!((two(&found), found.samples[1].field), (Some(4.0), Some("start")));
    let burner = r#"[{"quantileName": "Ready", "P99": 4000, "P95": 3000, "P50": 1500, "max": 5000, "avg": 2000, "metricName": "podLatencyQuantilesMeasurement"}]"#;
    let found = read(burner.as_bytes(), &Choice::default()).expect("percentiles");
    assert_eq!((shares(&found)[0].1.clone(), two(&found)), (vec![50.0, 95.0, 99.0], Some(4.0)));
    let summary = "# TYPE a_seconds summary\na_seconds{quantile=\"0.5\"} 1.5\na_seconds{quantile=\"0.99\"} 4\na_seconds_sum 9\na_seconds_count 5\n";
    assert_eq!(shares(&read(summary.as_bytes(), &Choice::default()).expect("percentiles"))[0].1, [50.0, 99.0]);
    let records: Vec<String> = SECONDS
        .iter()
        .map(|value| {
            format!(
                "{{\"timestamp\": \"2026-01-31T09:30:00Z\", \"schedulingLatency\": 4, \"containersReadyLatency\": {0:.0}, \"podReadyLatency\": {0:.0}, \
                 \"metricName\": \"podLatencyMeasurement\", \"podName\": \"a\", \"jobIteration\": 3}}",
                value * 1e3
            )
        })
        .collect();
    let found = holds("kube-burner", format!("[{}]", records.join(",\n")).as_bytes(), &SECONDS);
    assert_eq!((found.samples.len(), found.samples[0].name.as_str()), (1, "podReadyLatency"));
}

#[test]
fn events_give_start_and_pull() {
    let event = |reason: &str, pod: &str, at: &str, message: &str| {
        format!(
            "{{\"kind\": \"Event\", \"involvedObject\": {{\"kind\": \"Pod\", \"namespace\": \"a\", \"name\": \"{pod}\"}}, \"reason\": \"{reason}\", \
             \"message\": \"{message}\", {at}, \"count\": 1}}"
        )
    };
    let first = |second: u32| format!("\"firstTimestamp\": \"2026-01-31T09:30:{second:02}Z\"");
    let events = [
        event("Scheduled", "x", "\"firstTimestamp\": null, \"eventTime\": \"2026-01-31T09:30:00.400000Z\"", ""),
        event(
            "Pulled",
            "x",
            &first(3),
            "Successfully pulled image \\\"web\\\" in 2.5s (2.75s including waiting). Image size: 9 bytes.",
        ),
        event("Started", "x", &first(4), "Started container a"),
        event("Started", "x", &first(6), "Started container b"),
        event("Scheduled", "y", &first(10), ""),
        event("Pulled", "y", &first(11), "Container image \\\"web\\\" already present on machine"),
        event("Started", "y", &first(13), ""),
        event("Scheduled", "z", &first(20), ""),
        event("Scheduled", "repeated", &first(20), ""),
        event("Started", "repeated", "\"eventTime\": \"2026-01-31T09:30:59Z\", \"series\": {\"count\": 2}", "")
            .replace(", \"count\": 1", ""),
        event("BackOff", "z", &first(25), ""),
        event("Started", "z", &first(26), ""),
    ];
    let list = format!("{{\"kind\": \"List\", \"items\": [{}]}}", events.join(",\n"));
    for text in [list, events.join("\n"), format!("[{}]", events.join(","))] {
        let found = holds("events", text.as_bytes(), &[6.0, 3.0]);
        assert_eq!((found.samples[0].field, values(&found.samples[1].lengths)), (Some("start"), vec![2.5]));
        assert!(found.of_pods && found.notes.iter().any(|note| note.contains("do not tell when a pod became Ready")));
    }
}

/// jq's array of pods, its stream of pods, and pods without a kind are the pods.
#[test]
fn pods_in_other_wrappings() {
    let pods =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/pods.json")).expect("readable");
    let tree: serde_json::Value = serde_json::from_str(&pods).expect("JSON");
    let items = tree["items"].as_array().expect("items");
    let stream: String = items.iter().map(|item| format!("{item:#}\n")).collect();
    let without_kind: Vec<_> = items
        .iter()
        .cloned()
        .map(|mut item| {
            item.as_object_mut().expect("an object").remove("kind");
            item
        })
        .collect();
    let usual = read(pods.as_bytes(), &Choice::default()).expect("pods");
    // A watch prints each state of a pod; the last state counts.
    let (mut watch, mut changes) = (String::new(), String::new());
    for (number, item) in items.iter().enumerate() {
        let mut pending = item.clone();
        pending["status"] = serde_json::json!({"phase": "Pending"});
        for (kind, state) in [("ADDED", &pending), ("MODIFIED", item)] {
            let mut state = state.clone();
            state["metadata"]["uid"] = serde_json::json!(format!("uid-{number}"));
            watch += &format!("{state:#}\n");
            changes += &format!("{}\n", serde_json::json!({"type": kind, "object": state}));
        }
    }
    let watched = read(watch.as_bytes(), &Choice::default()).expect("pods");
    let expected = format!("{} earlier states are left out", items.len());
    assert!(watched.notes.iter().any(|note| note.contains(&expected)), "{:?}", watched.notes);
    for text in [
        watch,
        changes,
        tree["items"].to_string(),
        stream,
        serde_json::json!({"kind": "List", "items": without_kind}).to_string(),
    ] {
        let found = read(text.as_bytes(), &Choice::default()).expect("pods");
        assert_eq!(found.samples, usual.samples);
    }
}
