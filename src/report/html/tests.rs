use super::*;
use crate::analysis::headlines::{AVAILABLE_P05, COMPLETED, DURATION_P95, PODS_P95, STALLED};
use crate::analysis::{StatisticsLine, verdicts};
use crate::metrics::{Figure, Statistic, metric};
use crate::plan::{Objective, Plan, Present};
use crate::report::tests::fixture::{self, golden};
use crate::report::{chart, summary};
use crate::stats::Estimate;

fn page_of(plan: &Plan, results: &[ScenarioResult]) -> String {
    let provenance = Provenance::of(plan);
    let verdicts = verdicts(&provenance.objectives, results);
    let subject = Subject::of(&provenance, results, &verdicts);
    let pictures = chart::sections(&provenance, results, &chart::Marks::of(&provenance, results));
    let summary = summary::summary(plan, results);
    String::from_utf8(page(&provenance, results, &verdicts, &subject, &pictures, &summary)).unwrap()
}

/// The page without the parts that have golden files of their own or come from elsewhere.
fn frame(page: &str) -> String {
    let version = concat!("rollcast ", env!("CARGO_PKG_VERSION"));
    let mut text = page.replace(version, "rollcast VERSION");
    for asset in [STYLE, UPLOT, EXPLORER] {
        text = text.replace(asset, "[asset]");
    }
    let mut frame = String::new();
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once("<svg") {
        let (_, after) = after.split_once("</svg>").unwrap();
        frame.push_str(before);
        frame.push_str("[svg]");
        rest = after;
    }
    frame + rest
}

#[test]
fn page_is_as_it_was() {
    let (mut plan, results) = fixture::sweep(&["0", "25%", "100%"], &["0", "25%"], &[]);
    plan.objectives = vec![Objective::parse("p95 duration_s <= 1m").unwrap()];
    golden("report.html", frame(&page_of(&plan, &results)).as_bytes());
}

#[test]
fn names_from_outside_stay_text() {
    let hostile = "</script><script>alert(1)</script><img src=x onerror='alert(2)'>\"&{{ seed }}";
    let (mut plan, mut results) = fixture::sweep(&["0", "1"], &["0", "1"], &[]);
    plan.name = hostile.into();
    plan.notes = vec![hostile.into()];
    plan.inputs[0].path = hostile.into();
    plan.skipped[0].reason = hostile.into();
    plan.parameters.push(hostile.into());
    plan.objectives = vec![Objective { text: hostile.into(), ..Objective::parse("stalled_rate <= 1%").unwrap() }];
    for result in &mut results {
        result.parameters.push((hostile.into(), hostile.into()));
    }
    let page = page_of(&plan, &results);
    assert_eq!(page.matches("<script").count(), 3, "the page's own three");
    assert_eq!(page.matches("</script").count(), 3);
    assert!(!page.contains("<img"));
    assert!(page.contains("{{ seed }}"), "no template in a name is run");
}

#[test]
fn nothing_is_fetched() {
    let (plan, results) = fixture::sweep(&["0", "1"], &["0", "1"], &[]);
    let page = page_of(&plan, &results).replace(UPLOT, "").replace("http://www.w3.org/2000/svg", "");
    for fetch in ["src=", "@import", "url(", "fetch(", "XMLHttpRequest", "<link"] {
        assert!(!page.contains(fetch), "{fetch}");
    }
    let addresses: Vec<_> = page.match_indices("http").map(|(at, _)| &page[at..(at + 40).min(page.len())]).collect();
    assert!(
        addresses.iter().all(|a| a.starts_with("http-equiv") || a.starts_with("https://github.com")),
        "{addresses:?}"
    );
}

#[test]
fn two_thousand_scenarios_stay_small() {
    let counts: Vec<String> = (1..=32).map(|n| n.to_string()).collect();
    let counts: Vec<&str> = counts.iter().map(String::as_str).collect();
    let (plan, results) = fixture::sweep(&counts, &counts, &["0", "30"]);
    assert!(results.len() >= 2000);
    let bytes = page_of(&plan, &results).len();
    assert!(bytes < 5_000_000, "{bytes} bytes");
}

#[test]
fn pages_without_results_or_sweep_are_pages() {
    let (plan, results) = fixture::one();
    assert!(page_of(&plan, &results).contains("</html>"));
    assert!(page_of(&plan, &[]).contains("</html>"));
    let (plan, mut results) = fixture::sweep(&["0", "1"], &["0", "1"], &[]);
    for result in &mut results {
        result.statistics.lines.clear();
        result.statistics.completion.clear();
        result.timeline.clear();
    }
    assert!(page_of(&plan, &results).contains("</html>"));
}

/// Strategies under three objectives of which some are met; `now` runs now.
fn strategies(objectives: &[&str], now: [&str; 2]) -> (Plan, Vec<ScenarioResult>) {
    let (mut plan, results) = fixture::sweep(&["0", "1", "25%", "50%", "100%"], &["0", "1", "25%"], &[]);
    plan.objectives = objectives.iter().map(|text| Objective::parse(text).unwrap()).collect();
    let is_now = |one: &&ScenarioResult| one.parameters.iter().map(|(_, value)| value.as_str()).eq(now);
    plan.present = Some(Present {
        kind: None,
        deployment: "web".into(),
        namespace: "shop".into(),
        cpu_millis: 600,
        memory_bytes: 1 << 30,
        strategy: ["maxSurge", "maxUnavailable"].into_iter().map(String::from).zip(now.map(String::from)).collect(),
        scenarios: results.iter().filter(is_now).map(|one| one.scenario).collect(),
    });
    (plan, results)
}

/// As [`strategies`], in worlds that differ in the value of `parameter`.
fn with(parameter: &str, surges: &[&str], unavailable: &[&str], values: &[&str]) -> (Plan, Vec<ScenarioResult>) {
    let (mut plan, mut results) = fixture::sweep(surges, unavailable, values);
    plan.parameters[2] = parameter.into();
    for result in &mut results {
        result.parameters[2].0 = parameter.into();
    }
    plan.objectives = THREE.iter().map(|text| Objective::parse(text).unwrap()).collect();
    (plan, results)
}

/// One scenario with these values of figures.
fn forecast(replicas: u32, values: &[(Figure, f64)]) -> (Plan, Vec<ScenarioResult>) {
    let (mut plan, mut results) = fixture::one();
    plan.objectives = THREE.iter().map(|text| Objective::parse(text).unwrap()).collect();
    let result = &mut results[0];
    result.replicas = replicas;
    result.bounds.objective = (0.9 * f64::from(replicas)).ceil() as u32;
    for (figure, value) in values {
        result.statistics.lines.retain(|line| line.figure != *figure);
        let estimate = match value.is_nan() {
            true => Estimate::unknown(1000),
            false => Estimate { low: Some(*value), high: Some(*value), ..Estimate::point(*value, 1000) },
        };
        result.statistics.lines.push(StatisticsLine { figure: *figure, estimate });
    }
    (plan, results)
}

/// The same, where no rollout ever completes, as after a version that everybody rolls back.
fn never_complete((plan, mut results): (Plan, Vec<ScenarioResult>)) -> (Plan, Vec<ScenarioResult>) {
    for line in results.iter_mut().flat_map(|result| &mut result.statistics.lines) {
        if line.figure == COMPLETED.figure {
            line.estimate.value = Some(0.0);
        }
    }
    (plan, results)
}

const THREE: [&str; 3] = ["availability: 90%", "p95 duration_s <= 3m", "stalled_rate <= 2%"];

/// The cases that a page must have an answer for.
fn states() -> Vec<(&'static str, (Plan, Vec<ScenarioResult>))> {
    let outage = |statistic| Figure::of(&metric::DIP_TIME, statistic);
    let (mut numbers, mut sizes) = with("cluster.nodes", &["1", "2", "5", "10"], &["0"], &["0"]);
    numbers.parameters = vec!["cluster.nodes".into()];
    for (result, nodes) in sizes.iter_mut().zip(["10", "11", "12", "13"]) {
        result.parameters = vec![("cluster.nodes".into(), nodes.into())];
    }
    let (mut present, both) = with("replicas", &["1", "25%", "100%"], &["0", "25%"], &["20", "30"]);
    let (strategy, is_now) = (strategies(&THREE, ["25%", "25%"]).0.present, |one: &&ScenarioResult| {
        one.parameters[..2].iter().all(|(_, value)| value == "25%")
    });
    let scenarios = both.iter().filter(is_now).map(|one| one.scenario).collect();
    present.present = strategy.map(|strategy| Present { scenarios, ..strategy });
    vec![
        ("use another", strategies(&THREE, ["25%", "25%"])),
        ("keep", strategies(&THREE, ["100%", "0"])),
        ("now is not swept", strategies(&THREE, ["30%", "30%"])),
        ("none meets", strategies(&["availability: 90%", "p95 duration_s <= 10s"], ["25%", "25%"])),
        ("none is shown to meet", strategies(&["availability: 90%", "stalled_rate <= 0.5%"], ["25%", "25%"])),
        ("none completes", never_complete(strategies(&["availability: 50%"], ["25%", "25%"]))),
        ("no objectives", strategies(&[], ["25%", "25%"])),
        ("worlds", with("replicas", &["1", "25%", "100%"], &["0", "25%"], &["20", "30"])),
        ("worlds and what runs now", (present, both)),
        ("worlds in which none completes", never_complete(with("replicas", &["1", "100%"], &["0"], &["20", "30"]))),
        ("a number", (numbers, sizes)),
        ("one scenario", forecast(20, &[])),
        (
            "one replica",
            forecast(1, &[(AVAILABLE_P05.figure, 0.0), (outage(Statistic::P50), 20.0), (outage(Statistic::P95), 36.0)]),
        ),
        (
            "nothing completes",
            forecast(
                12,
                &[
                    (COMPLETED.figure, 0.0),
                    (STALLED.figure, 1.0),
                    (DURATION_P95.figure, f64::NAN),
                    (AVAILABLE_P05.figure, 9.0),
                ],
            ),
        ),
        ("100,000 replicas", forecast(100_000, &[(AVAILABLE_P05.figure, 75_000.0), (PODS_P95.figure, 125_000.0)])),
        ("no scenario", (fixture::one().0, Vec::new())),
    ]
}

/// The text of the head of a page, and of its answer.
fn answer_of(page: &str) -> String {
    let (_, rest) = page.split_once("<p class=\"eyebrow\">").unwrap();
    let head = rest.split_once("<nav").unwrap().0;
    let block = rest
        .split_once("<section class=\"full answer\"")
        .map_or("", |(_, rest)| rest.split_once("</section>").unwrap().0);
    let block = block.split_once('>').map_or("", |(_, block)| block);
    let mut text = String::new();
    let mut rest = head.to_owned() + block;
    for (tag, mark) in [("<use href=\"#star\"/>", "★"), ("class=\"m-now\"/></svg>", ">○")] {
        rest = rest.replace(tag, mark);
    }
    for end in ["</p>", "</h1>", "</h2>", "</li>", "</dt>", "</dd>", "</pre>", "</tr>"] {
        rest = rest.replace(end, "\n");
    }
    let mut within = false;
    for c in rest.chars() {
        match c {
            '<' => within = true,
            '>' => within = false,
            c if !within => text.push(c),
            _ => {}
        }
    }
    let lines = text.lines().map(str::trim_end).filter(|line| !line.trim().is_empty());
    lines.map(|line| format!("{line}\n")).collect()
}

/// With `PAGES=DIR` in the environment the pages are written there, to be looked at.
#[test]
fn every_state_has_its_answer() {
    let mut text = String::new();
    for (name, (plan, results)) in states() {
        let page = page_of(&plan, &results);
        text.push_str(&format!("== {name} ==\n{}\n", answer_of(&page)));
        if let Some(directory) = std::env::var_os("PAGES") {
            let file = std::path::Path::new(&directory).join(format!("{}.html", name.replace(' ', "-")));
            std::fs::write(file, &page).unwrap();
        }
    }
    golden("page-answers.txt", text.as_bytes());
}

/// The style guide, as far as a text can be held to it.
#[test]
fn pages_keep_the_style_guide() {
    for (name, (plan, results)) in states() {
        let page = page_of(&plan, &results);
        let text = without_pictures(&page);
        for word in ["dip", "footprint", "surge", "luck", "fleet"] {
            let is_part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '-');
            let found = text.match_indices(word).find(|(at, _)| {
                let (before, after) = (text[..*at].chars().next_back(), text[at + word.len()..].chars().next());
                !is_part(before) && !is_part(after)
            });
            let around = found.map(|(at, _)| &text[at.saturating_sub(40)..(at + 40).min(text.len())]);
            assert!(around.is_none(), "{name}: {word}: {around:?}");
        }
        for (low, high) in pairs(&text) {
            assert_ne!(low, high, "{name}: limits that say nothing");
        }
        let is_odd = |odd: &str| text.find(odd).map(|at| &text[at.saturating_sub(60)..at + odd.len()]);
        assert_eq!([" %", "(-", " to -", "NaN", "inf)"].map(is_odd), [None; 5], "{name}");
    }
}

/// The text of the page without scripts, styles, pictures and the file to download.
fn without_pictures(page: &str) -> String {
    let mut text = page.to_owned();
    for (begin, end) in [("<svg", "</svg>"), ("<script", "</script>"), ("<style", "</style>"), (" href=\"data:", "\"")]
    {
        while let Some(from) = text.find(begin) {
            let to = text[from + begin.len()..].find(end).unwrap() + from + begin.len() + end.len();
            text.replace_range(from..to, "");
        }
    }
    text
}

/// What stands before and after ` to ` in small print.
fn pairs(text: &str) -> Vec<(String, String)> {
    let inner = text.split("<small>").skip(1).filter_map(|rest| rest.split_once("</small>"));
    inner.filter_map(|(inner, _)| inner.split_once(" to ")).map(|(a, b)| (a.to_owned(), b.to_owned())).collect()
}

/// Every text on its ground, as the Web Content Accessibility Guidelines measure contrast: `4.5` for text, 3 for marks.
#[test]
fn colours_have_contrast_in_both_modes() {
    const TEXT: [(&str, &str); 21] = [
        ("ink", "bg"),
        ("ink", "panel"),
        ("ink", "meet"),
        ("ink", "mark"),
        ("muted", "bg"),
        ("muted", "panel"),
        ("muted", "meet"),
        ("rec", "bg"),
        ("rec", "panel"),
        ("rec", "meet"),
        ("now", "bg"),
        ("now", "panel"),
        ("bad", "bg"),
        ("bad", "panel"),
        ("ok", "bg"),
        ("ok", "panel"),
        ("ok", "meet"),
        ("celltext", "g2"),
        ("celltext", "b1"),
        ("lt", "l0"),
        ("on3", "l3"),
    ];
    const MARKS: [(&str, &str); 8] = [
        ("rec", "bg"),
        ("now", "bg"),
        ("term", "bg"),
        ("warm", "bg"),
        ("pull", "bg"),
        ("new", "bg"),
        ("old", "bg"),
        ("wait", "waitbg"),
    ];
    let style = include_str!("style.css");
    let blocks: Vec<&str> = style.split(":root {").skip(1).map(|rest| rest.split_once('}').unwrap().0).collect();
    let colour = |blocks: &[&str], name: &str| -> f64 {
        let key = format!("--{name}: #");
        let value = blocks.iter().rev().find_map(|block| Some(block.split_once(&key)?.1.split_once(';')?.0.to_owned()));
        luminance(&value.unwrap_or_else(|| panic!("no colour {name}")))
    };
    let modes = [("light", &blocks[..1]), ("dark", &blocks[..2]), ("print", &[blocks[0], blocks[2]][..])];
    for (mode, blocks) in modes {
        let pairs = TEXT.iter().map(|pair| (pair, 4.5)).chain(MARKS.iter().map(|pair| (pair, 3.0)));
        for ((front, ground), least) in pairs {
            let (a, b) = (colour(blocks, front), colour(blocks, ground));
            let ratio = (a.max(b) + 0.05) / (a.min(b) + 0.05);
            assert!(ratio >= least, "{mode}: {front} on {ground} has {ratio:.2}, and needs {least}");
        }
    }
}

/// The relative luminance of a colour in hexadecimal.
fn luminance(hex: &str) -> f64 {
    let hex = if hex.len() == 3 { hex.chars().flat_map(|c| [c, c]).collect() } else { hex.to_owned() };
    let part = |at: usize| {
        let c = f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap()) / 255.0;
        if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * part(0) + 0.7152 * part(2) + 0.0722 * part(4)
}
