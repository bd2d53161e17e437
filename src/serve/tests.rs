use super::request::{Asked, Head, Refusal, check};
use super::settings::pools;
use super::turns::Turns;
use crate::report::format;
use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

const PORT: u16 = 7070;

fn ask(method: &'static str, target: &'static str, headers: &[(&'static str, &'static str)]) -> Result<Asked, Refusal> {
    check(&Head { method, target, headers: headers.to_vec() }, PORT)
}

const HERE: (&str, &str) = ("Host", "127.0.0.1:7070");
const JSON: (&str, &str) = ("Content-Type", "application/json");
const SHORT: (&str, &str) = ("Content-Length", "20");

#[test]
fn the_page_and_its_questions_are_answered() {
    for (method, target, asked) in [
        ("GET", "/", Asked::Page),
        ("GET", "/?x=1", Asked::Page),
        ("GET", "/page.css", Asked::Style),
        ("GET", "/page.js", Asked::Script),
        ("GET", "/start", Asked::Start),
    ] {
        assert_eq!(ask(method, target, &[HERE]), Ok(asked), "{target}");
    }
    assert_eq!(ask("POST", "/forecast", &[HERE, JSON, SHORT]), Ok(Asked::Forecast));
    let charset = ("content-type", "application/json; charset=utf-8");
    assert_eq!(ask("POST", "/forecast", &[HERE, charset, SHORT]), Ok(Asked::Forecast));
}

#[test]
fn other_hosts_are_refused() {
    for host in ["localhost:7070", "LOCALHOST:7070", "[::1]:7070", "127.0.0.1:7070"] {
        assert_eq!(ask("GET", "/", &[("host", host)]), Ok(Asked::Page), "{host}");
    }
    for host in [
        "example.com",
        "example.com:7070",
        "127.0.0.1",
        "127.0.0.1:80",
        "127.0.0.1:70700",
        "127.0.0.1.example.com:7070",
        "localhost.:7070",
        "127.0.0.2:7070",
        "[::1]",
        "",
        "localhost:7070, example.com",
        "user@127.0.0.1:7070",
    ] {
        assert_eq!(ask("GET", "/", &[("Host", host)]), Err(Refusal::Host), "{host}");
    }
    assert_eq!(ask("GET", "/", &[]), Err(Refusal::Host));
    assert_eq!(ask("GET", "/", &[HERE, HERE]), Err(Refusal::Host), "twice");
    assert_eq!(check(&Head { method: "GET", target: "/", headers: vec![("Host", "localhost")] }, 80), Ok(Asked::Page));
}

#[test]
fn other_origins_are_refused() {
    for origin in ["http://127.0.0.1:7070", "http://localhost:7070", "http://[::1]:7070"] {
        assert_eq!(ask("POST", "/forecast", &[HERE, JSON, SHORT, ("Origin", origin)]), Ok(Asked::Forecast), "{origin}");
    }
    for origin in [
        "https://example.com",
        "http://example.com:7070",
        "null",
        "",
        "https://127.0.0.1:7070",
        "http://127.0.0.1:7071",
    ] {
        assert_eq!(
            ask("POST", "/forecast", &[HERE, JSON, SHORT, ("Origin", origin)]),
            Err(Refusal::Origin),
            "{origin}"
        );
        assert_eq!(ask("GET", "/start", &[HERE, ("origin", origin)]), Err(Refusal::Origin), "{origin}");
    }
    for (site, taken) in
        [("same-origin", true), ("none", true), ("cross-site", false), ("same-site", false), ("", false)]
    {
        assert_eq!(ask("GET", "/start", &[HERE, ("Sec-Fetch-Site", site)]).is_ok(), taken, "{site}");
    }
}

#[test]
fn other_methods_paths_and_bodies_are_refused() {
    for (method, target) in [
        ("POST", "/"),
        ("PUT", "/forecast"),
        ("GET", "/forecast"),
        ("OPTIONS", "/forecast"),
        ("HEAD", "/"),
        ("get", "/"),
    ] {
        assert_eq!(ask(method, target, &[HERE, JSON, SHORT]), Err(Refusal::Method), "{method} {target}");
    }
    for target in ["/page.html", "/../etc/passwd", "//", "", "*", "http://127.0.0.1:7070/", "/forecast/"] {
        assert_eq!(ask("GET", target, &[HERE]), Err(Refusal::Path), "{target}");
    }
    for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""] {
        assert_eq!(ask("POST", "/forecast", &[HERE, SHORT, ("Content-Type", kind)]), Err(Refusal::Kind), "{kind}");
    }
    for length in ["1025", "-1", "x", "99999999999999999999999"] {
        assert_eq!(
            ask("POST", "/forecast", &[HERE, JSON, ("Content-Length", length)]),
            Err(Refusal::Length),
            "{length}"
        );
    }
    assert_eq!(ask("POST", "/forecast", &[HERE, JSON]), Err(Refusal::Length));
    assert_eq!(ask("POST", "/forecast", &[HERE, JSON, ("Content-Length", "1024")]), Ok(Asked::Forecast));
    for waits in
        [("Content-Length", "1025"), ("Expect", "100-continue"), ("Connection", "Upgrade"), ("Transfer-Encoding", "x")]
    {
        assert_eq!(ask("GET", "/", &[HERE, waits]), Err(Refusal::Length), "{waits:?}");
    }
    assert_eq!(ask("POST", "/forecast", &[HERE, JSON, SHORT, ("Transfer-Encoding", "chunked")]), Err(Refusal::Length));
}

#[test]
fn a_newer_question_stops_the_older_one_of_its_page_alone() {
    let turns = Turns::default();
    let first = turns.take("a", 1).unwrap();
    let other = turns.take("b", 1).unwrap();
    let second = turns.take("a", 2).unwrap();
    let stopped = [&first, &other, &second].map(|stop| stop.load(Ordering::Relaxed));
    assert_eq!(stopped, [true, false, false]);
    assert!(turns.take("a", 1).is_none(), "it came too late");
    for page in 0..1000 {
        assert!(turns.take(&format!("page {page}"), 1).is_some());
    }
    assert!(turns.take("a", 1).is_some(), "the page that asked longest ago is forgotten");
}

#[test]
fn a_pool_without_nodes_is_left_out() {
    let written = [(6, "used: {cpu: 2600m}".to_owned()), (3, String::new())];
    let set = |changes: &[(usize, u64)]| pools(&written, &changes.iter().copied().collect::<BTreeMap<_, _>>());
    let setting = |path: &str, value: &str| vec![(path.to_owned(), value.to_owned())];
    assert_eq!(set(&[]), []);
    assert_eq!(set(&[(1, 5)]), setting("cluster.nodes.1.count", "5"));
    assert_eq!(set(&[(1, 0)]), setting("cluster.nodes", "[{count: 6, used: {cpu: 2600m}}]"));
    assert_eq!(set(&[(0, 2), (1, 0)]), setting("cluster.nodes", "[{count: 2, used: {cpu: 2600m}}]"));
    assert_eq!(set(&[(0, 0)]), setting("cluster.nodes", "[{count: 3}]"));
}

#[test]
fn words_are_quoted_for_a_shell() {
    for (word, written) in [
        ("maxSurge=25%", "maxSurge=25%"),
        ("pods.new.start={a: 1}", "'pods.new.start={a: 1}'"),
        ("it's", r"'it'\''s'"),
        ("", "''"),
        ("$HOME", "'$HOME'"),
    ] {
        assert_eq!(format::shell_word(word), written);
    }
}
