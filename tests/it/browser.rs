//! `report.html` in a real browser, driven over the DevTools protocol on a pipe, which needs no port and no further crate.
//!
//! Skipped with a message where there is no Chromium; `CHROMIUM=PATH` names one that is not on the path.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

pub(crate) fn browser() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("CHROMIUM") {
        return Some(named.into());
    }
    let folders: Vec<PathBuf> = std::env::split_paths(&std::env::var_os("PATH")?).collect();
    let names = ["chromium", "chromium-browser", "google-chrome"];
    names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name))).find(|path| path.is_file())
}

/// A page in a browser without a window.
pub(crate) struct Page {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    session: Option<String>,
    sent: u64,
    /// Errors and warnings that the page reported.
    pub(crate) complaints: Vec<Value>,
    /// Every address that the page requested.
    pub(crate) requests: Vec<String>,
    loaded: bool,
}

impl Page {
    fn open(browser: &Path, profile: &Path, page: &Path) -> Self {
        Self::visit(browser, profile, &format!("file://{}", page.display()))
    }

    pub(crate) fn visit(browser: &Path, profile: &Path, address: &str) -> Self {
        // The protocol uses the file descriptors 3 and 4.
        let script = r#"exec "$0" "$@" 3<&0 4>&1 0</dev/null 1>&2"#;
        let mut child = Command::new("sh")
            .args(["-c", script])
            .arg(browser)
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--remote-debugging-pipe"])
            .arg(format!("--user-data-dir={}", profile.display()))
            .arg("about:blank")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("a shell");
        // After this time without an answer the browser is taken to have failed.
        let id = child.id().to_string();
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_secs(120));
            let _ = Command::new("kill").arg(id).stderr(Stdio::null()).status();
        });
        let (to, from) = (child.stdin.take().expect("a pipe"), child.stdout.take().expect("a pipe"));
        let from = BufReader::new(from);
        let mut this = Self {
            child,
            to,
            from,
            session: None,
            sent: 0,
            complaints: Vec::new(),
            requests: Vec::new(),
            loaded: false,
        };
        let target = this.ask("Target.createTarget", json!({"url": "about:blank"}));
        let target = json!({"targetId": target["targetId"], "flatten": true});
        let session = this.ask("Target.attachToTarget", target);
        this.session = session["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Runtime", "Log", "Network"] {
            this.ask(&format!("{domain}.enable"), json!({}));
        }
        this.ask("Page.navigate", json!({"url": address}));
        while !this.loaded {
            this.hear();
        }
        this
    }

    pub(crate) fn ask(&mut self, method: &str, parameters: Value) -> Value {
        let answer = self.answer(method, parameters);
        assert!(answer["error"].is_null(), "{method}: {answer}");
        answer["result"].clone()
    }

    fn answer(&mut self, method: &str, parameters: Value) -> Value {
        self.sent += 1;
        let mut message = json!({"id": self.sent, "method": method, "params": parameters});
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        self.to.write_all(&bytes).expect("the browser listens");
        loop {
            let answer = self.hear();
            if answer["id"] == self.sent {
                return answer;
            }
        }
    }

    /// As [`Self::ask`]; `None` where the browser has no such thing.
    fn ask_for(&mut self, method: &str, parameters: Value) -> Option<Value> {
        let answer = self.answer(method, parameters);
        answer["error"].is_null().then(|| answer["result"].clone())
    }

    /// Gives the window this many pixels.
    fn screen(&mut self, width: u32, height: u32, mobile: bool) {
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile});
        self.ask("Emulation.setDeviceMetricsOverride", size);
    }

    fn hear(&mut self) -> Value {
        let mut bytes = Vec::new();
        self.from.read_until(0, &mut bytes).expect("readable");
        assert_eq!(bytes.pop(), Some(0), "the browser went away");
        let message: Value = serde_json::from_slice(&bytes).expect("JSON");
        let complains = match message["method"].as_str() {
            Some("Runtime.exceptionThrown") => true,
            Some("Runtime.consoleAPICalled") => message["params"]["type"] == "error",
            Some("Log.entryAdded") => message["params"]["entry"]["level"] == "error",
            Some("Network.requestWillBeSent") => {
                self.requests.push(message["params"]["request"]["url"].as_str().unwrap_or("?").to_owned());
                false
            }
            Some("Page.loadEventFired") => {
                self.loaded = true;
                false
            }
            _ => false,
        };
        if complains {
            self.complaints.push(message.clone());
        }
        message
    }

    /// The value of an expression in the page.
    pub(crate) fn value(&mut self, expression: &str) -> Value {
        let answer = self.ask("Runtime.evaluate", json!({"expression": expression, "returnByValue": true}));
        assert!(answer["exceptionDetails"].is_null(), "{expression}: {answer}");
        answer["result"]["value"].clone()
    }

    pub(crate) fn press(&mut self, key: &str, code: u32) {
        for kind in ["keyDown", "keyUp"] {
            let mut message = json!({"type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code});
            // A button is pressed by the character that the key produces.
            if (key, kind) == ("Enter", "keyDown") {
                message["text"] = json!("\r");
            }
            self.ask("Input.dispatchKeyEvent", message);
        }
    }

    /// The numbers that an expression in the page returns.
    pub(crate) fn numbers(&mut self, expression: &str) -> Vec<f64> {
        serde_json::from_value(self.value(expression)).expect("numbers")
    }

    /// Checks that the browser fetched nothing except the page itself, and that there were no errors.
    #[track_caller]
    fn is_alone_and_content(&self) {
        let others: Vec<_> = self.requests.iter().filter(|url| !url.starts_with("file:")).collect();
        assert!(others.is_empty() && self.requests.len() == 1, "{:?}", self.requests);
        assert!(self.complaints.is_empty(), "{:?}", self.complaints);
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The column of `summary.csv` for the scenario with these parameters.
fn summary(folder: &Path, parameters: &[(&str, &str)], column: &str) -> f64 {
    let mut reader = csv::Reader::from_path(folder.join("summary.csv")).expect("a summary");
    let header = reader.headers().expect("a header").clone();
    let place = |name: &str| header.iter().position(|column| column == name).expect("a column");
    let rows: Vec<csv::StringRecord> = reader.records().map(|row| row.expect("a row")).collect();
    let row = rows.iter().find(|row| parameters.iter().all(|(name, value)| &row[place(name)] == *value));
    row.expect("a scenario")[place(column)].parse().expect("a number")
}

/// The number of a figure of the scenario that the explorer shows.
fn shown(page: &mut Page, column: &str) -> f64 {
    let cell = format!("document.querySelector('#readout [data-column={column}]')");
    let number = format!("((cell) => cell.dataset.v ?? cell.firstChild.textContent)({cell})");
    page.value(&number).as_str().expect("a text").parse().expect("a number")
}

/// Whether the page has a number of the summary, to the six digits by which rows are sorted.
fn is_same(on_page: f64, of_summary: f64) -> bool {
    (on_page - of_summary).abs() <= 5e-6 * of_summary.abs()
}

/// An expression for the numbers of a column of the table, from its first row to its last.
fn cells(column: &str) -> String {
    format!(
        "(() => {{ const place = document.querySelector('#table [data-column={column}]').cellIndex; \
         const number = (cell) => Number(cell.dataset.v ?? cell.firstChild.textContent); \
         return [...document.querySelectorAll('#table tbody tr')].map((row) => number(row.cells[place])); }})()"
    )
}

/// The directory of a small sweep.
fn swept(place: &Path) -> PathBuf {
    let out = place.join("out");
    let swept = Command::new(env!("CARGO_BIN_EXE_rollcast"))
        .args(["sweep", "experiments/first-look.yaml", "--replications", "200", "--quiet", "--out"])
        .arg(&out)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdout(Stdio::null())
        .status();
    assert!(swept.expect("the program starts").success());
    out
}

/// Decodes base64.
fn from_base64(text: &str) -> Vec<u8> {
    let digit = |c: u8| match c {
        b'A'..=b'Z' => u32::from(c - b'A'),
        b'a'..=b'z' => u32::from(c - b'a') + 26,
        b'0'..=b'9' => u32::from(c - b'0') + 52,
        b'+' => 62,
        _ => 63,
    };
    let groups = text.trim_end_matches('=').as_bytes().chunks(4);
    let bytes = groups.flat_map(|group| {
        let bits = group.iter().fold(0, |bits, c| bits << 6 | digit(*c)) << (6 * (4 - group.len()));
        bits.to_be_bytes()[1..group.len()].to_vec()
    });
    bytes.collect()
}

#[test]
fn base64_is_read() {
    assert_eq!(from_base64("JVBERi0x"), b"%PDF-1");
    assert_eq!(from_base64("YWI="), b"ab");
    assert_eq!(from_base64("+/8="), [0xfb, 0xff]);
}

#[test]
fn the_table_is_sorted_from_the_keyboard() {
    let Some(browser) = browser() else {
        eprintln!("skipped: no Chromium found to open report.html in");
        return;
    };
    let place = tempfile::tempdir().expect("a temporary directory");
    let out = swept(place.path());
    let mut page = Page::open(&browser, &place.path().join("profile"), &out.join("report.html"));
    let p95 = cells("duration_s_p95");
    let p95 = p95.as_str();
    let before = page.numbers(p95);
    page.value("document.querySelector('#table thead [data-column=duration_s_p95] button').focus()");
    page.press("Tab", 9);
    let column = "document.activeElement.closest('th').dataset.column";
    assert_eq!(page.value(column), "min_available_p05", "Tab goes from heading to heading");
    page.value("document.querySelector('#table thead [data-column=duration_s_p95] button').focus()");
    page.press("Enter", 13);
    let up = page.numbers(p95);
    assert!(up != before && up.is_sorted(), "{before:?} {up:?}");
    assert_eq!(page.value("document.activeElement.closest('th').ariaSort"), "ascending");
    page.press("Enter", 13);
    assert!(page.numbers(p95).is_sorted_by(|a, b| a >= b));
    assert_eq!(page.value("document.activeElement.closest('th').ariaSort"), "descending");
    // The element with the focus can be seen.
    assert!(page.value("getComputedStyle(document.activeElement).outlineStyle") == "solid");
    page.is_alone_and_content();
}

/// A page of strategies of which one is recommended, and what runs now is another.
fn answered(place: &Path) -> PathBuf {
    let out = place.join("answered");
    let swept = Command::new(env!("CARGO_BIN_EXE_rollcast"))
        .args(["sweep", "tests/fixtures/orders-experiment.yaml", "--replications", "400", "--quiet", "--out"])
        .arg(&out)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdout(Stdio::null())
        .status();
    assert!(swept.expect("the program starts").success());
    out.join("report.html")
}

#[test]
fn the_page_fits_the_dark_narrow_screens_and_paper() {
    let Some(browser) = browser() else {
        eprintln!("skipped: no Chromium found to open report.html in");
        return;
    };
    let place = tempfile::tempdir().expect("a temporary directory");
    let mut page = Page::open(&browser, &place.path().join("profile"), &answered(place.path()));

    // The answer is on the first screen, and the table shows its verdicts without scrolling sideways.
    page.screen(1280, 1000, false);
    let answer = "document.getElementById('answer').getBoundingClientRect().bottom";
    assert!(page.value(answer).as_f64().expect("a number") <= 1000.0, "the answer ends below the first screen");
    let verdict = "(() => { const box = document.querySelector('#scenarios .wide').getBoundingClientRect(); \
                   const head = document.querySelector('#table [data-column=objectives]').getBoundingClientRect(); \
                   return [head.left - box.left, box.right - head.right, innerWidth - box.right]; })()";
    let room = page.numbers(verdict);
    assert!(room.iter().all(|pixels| *pixels >= 0.0), "{room:?}");
    let third = "document.querySelector('#table [data-column=objectives]').cellIndex";
    assert_eq!(page.value(third), 2, "the verdict stands in the third column");

    // Text has enough contrast with its background, light and dark, in the charts too.
    let contrast = "(() => {
        const part = (c) => { c /= 255; return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; };
        const light = (colour) => { const [r, g, b] = colour.match(/[0-9.]+/g).map(Number); return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b); };
        const ratio = (a, b) => { const [x, y] = [light(a), light(b)].sort((p, q) => q - p); return (x + 0.05) / (y + 0.05); };
        const ground = (element) => { for (let e = element; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor; if (!/, 0\\)$/.test(c)) return c; } return 'rgb(255, 255, 255)'; };
        const texts = [...document.querySelectorAll('h1, h2, p, li, dt, dd, a, small, span.yes, span.no, pre b, th, td, summary')].filter((e) => e.checkVisibility());
        const least = Math.min(...texts.map((e) => ratio(getComputedStyle(e).color, ground(e))));
        return [least, texts.length, light(getComputedStyle(document.body).backgroundColor)];
    })()";
    let light = page.numbers(contrast);
    page.ask("Emulation.setEmulatedMedia", json!({"features": [{"name": "prefers-color-scheme", "value": "dark"}]}));
    let dark = page.numbers(contrast);
    assert!(light[2] > 0.9 && dark[2] < 0.05, "light {light:?}, dark {dark:?}");
    assert!(light[0] >= 4.5 && dark[0] >= 4.5 && light[1] > 100.0, "light {light:?}, dark {dark:?}");
    page.ask("Emulation.setEmulatedMedia", json!({"features": []}));

    // The printed page has several sheets, and the charts are on them.
    let pdf = page.ask("Page.printToPDF", json!({"printBackground": true}));
    let pdf = from_base64(pdf["data"].as_str().expect("a text"));
    assert!(pdf.starts_with(b"%PDF-"));
    let pages = String::from_utf8_lossy(&pdf).matches("/Type /Page\n").count();
    assert!((3..20).contains(&pages), "{pages} pages");
    page.ask("Emulation.setEmulatedMedia", json!({"media": "print"}));
    let shown =
        |name: &str| format!("document.querySelector('{name}').checkVisibility({{contentVisibilityAuto: true}})");
    assert_eq!(page.value(&shown("#method p")), true, "what is folded is printed");
    assert_eq!(page.value(&shown("#explorer")), false, "the explorer is not printed");
    page.ask("Emulation.setEmulatedMedia", json!({"media": ""}));

    // On a telephone only what scrolls by itself is wider than the screen.
    page.screen(390, 800, true);
    let width = page.value("document.documentElement.scrollWidth").as_f64().expect("a number");
    assert!(width <= 390.0, "{width} pixels wide");
    page.value("for (const part of document.querySelectorAll('.figure')) part.style.contentVisibility = 'visible'");
    let readable = "Math.min(...[...document.querySelectorAll('figure > svg text')].filter((t) => t.textContent.trim() && t.closest('svg').getBoundingClientRect().height > 0).map((t) => t.getBoundingClientRect().height))";
    let least = page.value(readable).as_f64().expect("a number");
    assert!(least >= 8.0, "charts shrink to letters of {least} pixels");
    page.is_alone_and_content();
}

/// What a screen reader is told of the page.
#[test]
fn the_page_has_its_parts_in_order() {
    let Some(browser) = browser() else {
        eprintln!("skipped: no Chromium found to open report.html in");
        return;
    };
    let place = tempfile::tempdir().expect("a temporary directory");
    let mut page = Page::open(&browser, &place.path().join("profile"), &answered(place.path()));
    let levels = page.numbers("[...document.querySelectorAll('h1, h2, h3, h4')].map((h) => Number(h.tagName[1]))");
    assert_eq!(levels.iter().filter(|level| **level == 1.0).count(), 1);
    assert!(levels[0] == 1.0 && levels.windows(2).all(|pair| pair[1] <= pair[0] + 1.0), "{levels:?}");
    let title = page.value("document.querySelector('h1').textContent");
    assert!(title.as_str().is_some_and(|title| title.starts_with("orders: use maxSurge ")), "{title}");
    for landmark in ["header", "nav[aria-label]", "main"] {
        assert_eq!(page.value(&format!("document.querySelectorAll('{landmark}').length")), 1, "{landmark}");
    }
    let unnamed = "[...document.querySelectorAll('svg')].filter((s) => s.getAttribute('aria-hidden') !== 'true' && !s.getAttribute('aria-label')).length";
    assert_eq!(page.value(unnamed), 0, "every picture has a name, or is hidden from those who cannot see it");
    let lost = "[...document.querySelectorAll('a[href^=\"#\"]')].filter((a) => !document.getElementById(a.hash.slice(1))).length";
    assert_eq!(page.value(lost), 0, "every link leads to a part of the page");
    // The explorer opens from the keyboard, at what is recommended.
    page.value("document.querySelector('#explorer-fold summary').focus()");
    page.press("Enter", 13);
    assert_eq!(page.value("document.getElementById('explorer-fold').open"), true);
    let recommended = page.value("document.querySelector('#table tr.rec').id.replace('scenario-', '')");
    let said = page.value("document.getElementById('said').textContent");
    let begins = format!("scenario {}:", recommended.as_str().expect("a number"));
    assert!(said.as_str().is_some_and(|said| said.starts_with(&begins)), "{said}");
    page.is_alone_and_content();
}

/// Without scripts everything is there but the explorer.
#[test]
fn the_page_is_whole_without_scripts() {
    let Some(browser) = browser() else {
        eprintln!("skipped: no Chromium found to open report.html in");
        return;
    };
    let place = tempfile::tempdir().expect("a temporary directory");
    let file = answered(place.path());
    let profile = place.path().join("profile");
    let mut page = Page::open(&browser, &profile, &file);
    page.ask("Emulation.setScriptExecutionDisabled", json!({"value": true}));
    page.loaded = false;
    page.ask("Page.reload", json!({}));
    while !page.loaded {
        page.hear();
    }
    let text = page.ask("DOM.getDocument", json!({"depth": 0}))["root"]["nodeId"].clone();
    let shown = |page: &mut Page, selector: &str| {
        let found = page.ask("DOM.querySelector", json!({"nodeId": text, "selector": selector}));
        page.ask_for("DOM.getBoxModel", json!({"nodeId": found["nodeId"]})).is_some()
    };
    for part in ["h1", "#answer", "#which svg", "#table tbody tr", "#method summary"] {
        assert!(shown(&mut page, part), "{part} is not there without scripts");
    }
    assert!(!shown(&mut page, "#explorer"), "the explorer needs scripts");
}

#[test]
fn the_explorer_shows_what_the_summary_says() {
    let Some(browser) = browser() else {
        eprintln!("skipped: no Chromium found to open report.html in");
        return;
    };
    let place = tempfile::tempdir().expect("a temporary directory");
    let out = swept(place.path());
    let mut page = Page::open(&browser, &place.path().join("profile"), &out.join("report.html"));
    // A link to a scenario opens the explorer.
    page.value("location.hash = '#scenario-0'");
    while page.value(
        "document.getElementById('explorer-fold').open && document.querySelectorAll('#plots canvas').length == 2",
    ) != true
    {}
    let first = [("maxSurge", "0"), ("maxUnavailable", "25%")];
    let columns =
        ["duration_s_p50", "duration_s_p95", "dip_pod_seconds_mean", "surge_pod_seconds_mean", "peak_footprint_p95"];
    for column in columns {
        assert!(is_same(shown(&mut page, column), summary(&out, &first, column)), "{column} at first");
    }

    // The slider, moved with the keyboard: maxSurge 0, 25%, 100%.
    page.value("document.querySelector('#parameter-0').focus()");
    page.press("ArrowRight", 39);
    page.press("ArrowRight", 39);
    let moved = [("maxSurge", "100%"), ("maxUnavailable", "25%")];
    for column in columns {
        assert!(is_same(shown(&mut page, column), summary(&out, &moved, column)), "{column} after the slider moved");
    }
    assert_ne!(summary(&out, &first, "duration_s_p95"), summary(&out, &moved, "duration_s_p95"));
    assert!(page.value("location.hash") == "#scenario-4");
    assert!(page.value("document.querySelectorAll('#plots canvas').length") == 2);

    // The page reports a point that Kubernetes refuses, and shows a neighbour.
    page.value(
        "for (const id of ['parameter-0', 'parameter-1']) { const e = document.getElementById(id); e.value = 0; \
         e.dispatchEvent(new Event('input')); }",
    );
    let said = page.value("document.getElementById('said').textContent");
    assert!(said.as_str().is_some_and(|said| said.contains("is refused")), "{said}");

    // Sorting by p95 duration, and back; the rows that the filter leaves.
    let column = cells("duration_s_p95");
    let column = column.as_str();
    page.value("document.querySelector('#table [data-column=duration_s_p95] button').click()");
    let up: Vec<f64> = serde_json::from_value(page.value(column)).expect("numbers");
    assert!(up.len() == 5 && up.is_sorted(), "{up:?}");
    page.value("document.querySelector('#table [data-column=duration_s_p95] button').click()");
    let down: Vec<f64> = serde_json::from_value(page.value(column)).expect("numbers");
    assert!(down.is_sorted_by(|a, b| a >= b), "{down:?}");
    page.value("{ const e = document.getElementById('words'); e.value = 'maxSurge=100%'; e.dispatchEvent(new Event('input')); }");
    assert!(page.value("document.querySelectorAll('#table tbody tr:not([hidden])').length") == 2);

    // The download is the file itself.
    let link = page.value("decodeURIComponent(document.querySelector('a[download]').href.split(/,(.*)/s)[1])");
    assert_eq!(link.as_str().expect("a text"), std::fs::read_to_string(out.join("summary.csv")).expect("a summary"));
    page.is_alone_and_content();
}

#[test]
fn a_large_page_is_ready_soon() {
    let Some(browser) = browser() else {
        eprintln!("skipped: no Chromium found to open report.html in");
        return;
    };
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("results/strategy-sweep/report.html");
    assert!(std::fs::metadata(&file).expect("the committed page").len() < 3_000_000);
    let place = tempfile::tempdir().expect("a temporary directory");
    let mut page = Page::open(&browser, place.path(), &file);
    let ready = page.value("performance.getEntriesByType('navigation')[0].domComplete").as_f64().expect("milliseconds");
    eprintln!("results/strategy-sweep/report.html is interactive after {ready:.0} ms");
    // The page takes 1 s on an idle machine; tests share theirs with others.
    assert!(ready < 3000.0, "{ready} ms");
    assert!(page.value("document.querySelectorAll('#table tbody tr').length") == 464);
    page.is_alone_and_content();
}
