//! `rollcast serve` over its port: the numbers of `run`, the errors of `run`, and no answer to anybody but its own page.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::cli::{refuses, rollcast, root, text};

pub(crate) const ORDERS: &str = "tests/fixtures/serve/orders.yaml";

/// A server that is ended with the value.
pub(crate) struct Server {
    child: Child,
    pub(crate) port: u16,
}

/// Status, headers and body of an answer.
struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Server {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::read_from(arguments, Stdio::null())
    }

    fn read_from(arguments: &[&str], input: Stdio) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_rollcast"))
            .args(["serve", "--port", "0", "--quiet"])
            .args(arguments)
            .current_dir(root())
            .stdin(input)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().expect("a pipe")).read_line(&mut line).expect("a line");
        let port = line.trim().strip_prefix("http://127.0.0.1:").and_then(|rest| rest.strip_suffix('/'));
        let port = port.and_then(|port| port.parse().ok()).unwrap_or_else(|| panic!("no address: {line}"));
        Self { child, port }
    }

    fn send(&self, request: &str) -> Answer {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("a connection");
        stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a limit");
        stream.write_all(request.as_bytes()).expect("the server reads");
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).expect("the server closes the connection");
        let whole = text(&bytes);
        let (head, body) = whole.split_once("\r\n\r\n").expect("head and body");
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        Answer { status, head: head.to_lowercase(), body: body.into() }
    }

    fn get(&self, target: &str, headers: &str) -> Answer {
        let host = format!("Host: 127.0.0.1:{}\r\n", self.port);
        self.send(&format!("GET {target} HTTP/1.1\r\n{host}{headers}Connection: close\r\n\r\n"))
    }

    fn post(&self, body: &str, headers: &str) -> Answer {
        self.send(&format!(
            "POST /forecast HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n{headers}\
             Connection: close\r\n\r\n{body}",
            self.port,
            body.len()
        ))
    }

    /// What a page is told before its first question.
    pub(crate) fn begin(&self) -> Value {
        serde_json::from_str(&self.get("/start", "").body).expect("JSON")
    }

    /// The answer of question `number` of a page.
    pub(crate) fn ask(&self, page: &str, number: u64, values: &[(&str, &str)]) -> (u16, Value) {
        let values: serde_json::Map<String, Value> =
            values.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
        let answer = self.post(&json!({"page": page, "number": number, "values": values}).to_string(), "");
        (answer.status, serde_json::from_str(&answer.body).expect("JSON"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What the command that the page shows prints as JSON.
pub(crate) fn printed_by(command: &str) -> Value {
    let program = env!("CARGO_BIN_EXE_rollcast");
    let rest = command.strip_prefix("rollcast run").expect("a command");
    let line = format!("'{program}' run{rest} --format json --quiet");
    let output = Command::new("sh").args(["-c", &line]).current_dir(root()).output().expect("a shell");
    assert!(output.status.success(), "{line}: {}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[test]
fn the_numbers_are_those_of_run_to_the_digit() {
    let server = Server::start(&[ORDERS, "--replications", "100"]);
    let settings: [&[(&str, &str)]; 6] = [
        &[],
        &[("maxSurge", "75%"), ("maxUnavailable", "0")],
        &[("minReadySeconds", "20"), ("replicas", "8")],
        &[("startUp", "2.1")],
        &[("nodes2", "5")],
        &[("nodes2", "0"), ("nodes1", "7"), ("maxSurge", "1")],
    ];
    let mut seen = Vec::new();
    for (number, values) in (0..).zip(settings) {
        let (status, answer) = server.ask("page", number, values);
        assert_eq!(status, 200, "{values:?}: {answer}");
        let command = answer["command"].as_str().expect("a command");
        assert_eq!(answer["result"], printed_by(command), "{command}");
        let drawn = |picture: &str| {
            let svg = answer[picture]["wide"].as_str()?;
            assert!(svg.starts_with("<svg") && svg.ends_with("</svg>"), "{picture}");
            Some(())
        };
        assert!(drawn("pods").is_some());
        // What is the same all the time is said in a sentence.
        let said = answer["levels_said"].as_str().is_some_and(|said| said.contains("stay available"));
        assert!(drawn("levels").is_some() != said, "{answer}");
        assert!(!seen.contains(&answer["result"]), "{command} changes nothing");
        assert_eq!(answer["figures"][1]["written"], if values.is_empty() { Value::Null } else { json!("9") });
        seen.push(answer["result"].clone());
    }
}

#[test]
fn a_sweep_begins_outside_of_it_or_with_one_of_its_scenarios() {
    let experiment = "experiments/first-look.yaml";
    for (more, maximum) in [(&[][..], "25%"), (&["--scenario", "4"][..], "100%")] {
        let server = Server::start(&[&[experiment, "--replications", "50"], more].concat());
        let start: Value = serde_json::from_str(&server.get("/start", "").body).expect("JSON");
        assert_eq!(start["controls"][0]["written"], maximum, "{start}");
        assert!(start["notes"][0].as_str().is_some_and(|note| note.contains("scenario") || note.contains("sweep")));
        let (_, answer) = server.ask("page", 1, &[("maxUnavailable", "1"), ("nodes", "9")]);
        let command = answer["command"].as_str().expect("a command");
        assert_eq!(answer["result"], printed_by(command), "{command}");
    }
    refuses(&["serve", experiment, "--scenario", "40"], &["no scenario 40", "0 to 4"]);
}

#[test]
fn what_cannot_be_moved_is_said() {
    let start = |arguments: &[&str]| -> Value {
        let server = Server::start(&[arguments, &["--replications", "20"]].concat());
        serde_json::from_str(&server.get("/start", "").body).expect("JSON")
    };
    let names = |start: &Value| -> Vec<String> {
        let names = start["controls"].as_array().expect("controls").iter().map(|one| one["name"].as_str());
        names.map(|name| name.expect("a name").to_owned()).collect()
    };
    let recreate = start(&[ORDERS, "--set", "strategy=Recreate"]);
    assert!(recreate["missing"][0].as_str().is_some_and(|said| said.contains("strategy is Recreate")), "{recreate}");
    assert!(!names(&recreate).iter().any(|name| name == "maxSurge"));

    let place = tempfile::tempdir().expect("a temporary directory");
    let cluster = place.path().join("cluster.yaml");
    let node = |number: u32| {
        format!(
            "---\napiVersion: v1\nkind: Node\nmetadata: {{name: n{number}}}\n\
             status: {{allocatable: {{cpu: \"8\", memory: 32Gi, pods: \"110\"}}}}\n"
        )
    };
    let deployment = std::fs::read_to_string(root().join("tests/fixtures/web.yaml")).expect("a manifest");
    std::fs::write(&cluster, deployment + "\n" + &node(1) + &node(2) + &node(3)).expect("room on the disk");
    let objects = start(&[&cluster.display().to_string()]);
    assert!(objects["missing"][0].as_str().is_some_and(|said| said.contains("Node objects")), "{objects}");
    assert!(!names(&objects).iter().any(|name| name.starts_with("nodes")), "{objects}");
    let counted = start(&[&cluster.display().to_string(), "--set", "cluster.nodes=7"]);
    assert_eq!(counted["controls"].as_array().and_then(|all| all.last()).map(|one| &one["written"]), Some(&json!("7")));

    let measured = r#"pods.new.warmUp={empirical: {csv: ../latencies.csv, column: warm_up}}"#;
    let elsewhere = start(&[ORDERS, "--set", measured]);
    assert!(elsewhere["missing"][0].as_str().is_some_and(|said| said.contains("another file")), "{elsewhere}");
    assert!(!names(&elsewhere).iter().any(|name| name == "startUp"));
}

#[test]
fn standard_input_is_read_once_and_asked_often() {
    let manifest = std::fs::File::open(root().join("tests/fixtures/web.yaml")).expect("a manifest");
    let server = Server::read_from(&["-", "--replications", "20"], Stdio::from(manifest));
    let ask = |number, surge| server.ask("page", number, &[("maxSurge", surge)]);
    let (first, second, third) = (ask(1, "1"), ask(2, "100%"), ask(3, "1"));
    assert_eq!([first.0, second.0, third.0], [200; 3], "{}", second.1);
    assert!(first.1["result"] != second.1["result"] && first.1["result"] == third.1["result"]);
}

/// Settings of a page, and what the same are on the command line.
type Case = (&'static [(&'static str, &'static str)], &'static [&'static str]);

#[test]
fn values_of_no_use_get_the_sentence_of_run_and_leave_nothing_behind() {
    let server = Server::start(&[ORDERS, "--replications", "20"]);
    let (_, before) = server.ask("page", 1, &[]);
    let cases: [Case; 4] = [
        (&[("maxSurge", "0"), ("maxUnavailable", "0")], &["--set", "maxSurge=0", "--set", "maxUnavailable=0"]),
        (&[("maxSurge", "x")], &["--set", "maxSurge=x"]),
        (&[("minReadySeconds", "-1")], &["--set", "minReadySeconds=-1"]),
        (&[("replicas", "500")], &["--set", "replicas=500"]),
    ];
    for (number, (values, arguments)) in (2..).zip(cases) {
        let (status, answer) = server.ask("page", number, values);
        assert_eq!(status, 422, "{answer}");
        let message = answer["error"]["message"].as_str().expect("a sentence");
        let run = rollcast(&[&["run", ORDERS, "--replications", "20"], arguments].concat());
        assert_eq!(run.status.code(), Some(2));
        assert_eq!(format!("rollcast: {message}\n"), text(&run.stderr));
    }
    let (_, after) = server.ask("page", 9, &[]);
    assert_eq!(before["result"], after["result"], "what was wrong is forgotten");
    // What only the page itself bounds.
    for (number, (control, value)) in (20..).zip([
        ("replicas", "1000000"),
        ("nodes1", "1000000"),
        ("startUp", "0"),
        ("nothing", "1"),
        ("maxSurge", ""),
    ]) {
        let (status, answer) = server.ask("page", number, &[(control, value)]);
        assert_eq!((status, answer["error"]["control"].as_str()), (422, Some(control)), "{answer}");
    }
    let answer = server.post("{", "");
    assert!(answer.status == 400 && answer.body.contains("no JSON"), "{}", answer.body);
}

#[test]
fn nobody_but_the_page_is_answered() {
    let server = Server::start(&[ORDERS, "--replications", "20"]);
    let page = server.get("/", "");
    assert!(page.status == 200 && page.body.contains("<title>rollcast serve</title>"));
    for header in [
        "content-security-policy: default-src 'none'; script-src 'self'",
        "x-content-type-options: nosniff",
        "x-frame-options: deny",
    ] {
        assert!(page.head.contains(header), "{header}: {}", page.head);
    }
    assert!(!page.head.contains("access-control-allow"), "{}", page.head);
    let question = r#"{"page": "page", "number": 1, "values": {}}"#;
    let host = |host: &str| server.send(&format!("GET /start HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"));
    let port = server.port;
    assert_eq!(host(&format!("localhost:{port}")).status, 200);
    let refused = [
        (host("example.com"), 421),
        (host(&format!("example.com:{port}")), 421),
        (host(&format!("127.0.0.1:{}", port ^ 1)), 421),
        (server.get("/start", "Origin: https://example.com\r\n"), 403),
        (server.get("/start", "Sec-Fetch-Site: cross-site\r\n"), 403),
        (server.post(question, "Origin: null\r\n"), 403),
        (server.post(question, &format!("Origin: http://localhost:{}\r\n", port ^ 1)), 403),
        (server.get("/etc/passwd", ""), 404),
        (server.get("/forecast", ""), 405),
        (server.post(&" ".repeat(9000), ""), 413),
    ];
    for (place, (answer, status)) in refused.iter().enumerate() {
        assert_eq!(answer.status, *status, "{place}: {}", answer.body);
        assert!(!answer.body.contains("orders"), "{place}: {}", answer.body);
    }
    let own = format!("Origin: http://127.0.0.1:{port}\r\nSec-Fetch-Site: same-origin\r\n");
    assert_eq!(server.post(question, &own).status, 200);
}

/// Each address has more clients of every kind than a small pool of threads has threads.
#[test]
fn clients_that_neither_send_nor_read_do_not_stop_the_page() {
    let server = Server::start(&[ORDERS, "--replications", "20"]);
    let host = format!("Host: 127.0.0.1:{}\r\n", server.port);
    let announced = |line: &str, headers: &str| {
        format!("{line} HTTP/1.1\r\n{host}Content-Type: application/json\r\n{headers}\r\n\r\n")
    };
    let silent = [
        announced("POST /forecast", "Content-Length: 1000"),
        announced("POST /forecast", "Content-Length: 1000\r\nExpect: 100-continue"),
        announced("POST /forecast", "Content-Length: 8000"),
        announced("POST /nothing", "Content-Length: 8000000"),
        announced("POST /forecast", "Transfer-Encoding: chunked"),
        announced("GET /", "Connection: upgrade"),
        "GET / HTTP/1.1\r\n".into(),
        // Asks for much more than the connection holds, and takes nothing.
        format!("GET /page.js HTTP/1.1\r\n{host}\r\n").repeat(2000),
    ];
    let mut clients = Vec::new();
    for request in &silent {
        for _ in 0..9 {
            let mut stream = TcpStream::connect(("127.0.0.1", server.port)).expect("a connection");
            stream.set_nonblocking(true).expect("a setting");
            // Of the many requests the connection takes what it holds.
            assert!(stream.write(request.as_bytes()).is_ok_and(|written| written > 0));
            clients.push(stream);
        }
    }
    // The HTTP library may give a connection that comes in the same instant to a thread that one of these holds.
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(server.get("/", "").status, 200);
    assert_eq!(server.ask("page", 1, &[("maxSurge", "1")]).0, 200);
    drop(clients);
    assert_eq!(server.get("/start", "").status, 200);
}

#[test]
fn only_the_loopback_addresses_listen() {
    let server = Server::start(&[ORDERS, "--replications", "20"]);
    let listening = std::fs::read_to_string("/proc/net/tcp").unwrap_or_default();
    let port = format!(":{:04X}", server.port);
    let state = "0A";
    let open: Vec<&str> = listening
        .lines()
        .filter_map(|line| match line.split_whitespace().collect::<Vec<_>>()[..] {
            [_, local, _, own, ..] if own == state && local.ends_with(&port) => local.split(':').next(),
            _ => None,
        })
        .collect();
    // Elsewhere than on Linux the system does not tell it like this.
    if !listening.is_empty() {
        assert_eq!(open, ["0100007F"]);
    }
}

#[test]
fn a_newer_question_stops_the_older_one() {
    let server = Server::start(&[ORDERS, "--replications", "20000"]);
    std::thread::scope(|scope| {
        let older = scope.spawn(|| server.ask("page", 1, &[]));
        std::thread::sleep(Duration::from_millis(100));
        let (status, answer) = server.ask("page", 2, &[("maxSurge", "0"), ("maxUnavailable", "0")]);
        assert_eq!(status, 422, "{answer}");
        let (status, answer) = older.join().expect("an answer");
        assert_eq!((status, answer), (409, json!({"superseded": true})));
    });
    assert_eq!(server.ask("page", 1, &[]).0, 409, "it came too late");
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_it_at_once_also_within_a_forecast() {
    let mut server = Server::start(&[ORDERS, "--replications", "20000"]);
    let mut stream = TcpStream::connect(("127.0.0.1", server.port)).expect("a connection");
    let body = r#"{"page": "page", "number": 1, "values": {}}"#;
    let head =
        format!("Host: 127.0.0.1:{}\r\nContent-Type: application/json\r\nContent-Length: {}", server.port, body.len());
    stream.write_all(format!("POST /forecast HTTP/1.1\r\n{head}\r\n\r\n{body}").as_bytes()).expect("the server reads");
    std::thread::sleep(Duration::from_millis(200));
    let id = server.child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().expect("an end").success());
    let ended = (0..100).find_map(|_| {
        std::thread::sleep(Duration::from_millis(20));
        server.child.try_wait().expect("a state")
    });
    assert_eq!(ended.expect("it ends within 2 s").code(), Some(3));
}

#[test]
fn a_port_that_is_taken_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port().to_string();
    refuses(&["serve", ORDERS, "--port", &port], &[&format!("port {port} is in use"), "--port 0"]);
    refuses(&["serve", "no-such.yaml"], &["no-such.yaml"]);
    refuses(&["serve", ORDERS, "--replications", "1000000"], &["at most 20,000"]);
}
