//! Small crates that break one rule each, with the guard's report on them.

use super::crate_tree::Sources;
use super::rules::faults;

const LIB: &str = "pub mod random;\n\npub mod k8s;\n\npub mod sim;\n\npub mod report;\n";

fn said(files: &[(&str, &str)]) -> Vec<String> {
    let mut sources: Sources =
        ["random.rs", "k8s.rs", "sim.rs", "report.rs"].map(|file| (file.to_owned(), String::new())).into();
    sources.insert("lib.rs".into(), LIB.into());
    for (file, text) in files {
        if let Some(folder) = file.strip_suffix("/mod.rs") {
            sources.remove(&format!("{folder}.rs"));
        }
        sources.insert((*file).into(), (*text).into());
    }
    faults(&sources).iter().map(|fault| fault.lines().next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn a_clean_crate_has_no_faults() {
    assert_eq!(said(&[("sim.rs", "use crate::random::Draws;\nuse crate::k8s;\nfn f() { k8s::g(); }\n")]), [""; 0]);
}

#[test]
fn an_import_of_what_is_below_is_found_wherever_it_stands() {
    let fault = ["k8s.rs:3: k8s must not import sim"];
    for code in [
        "use crate::sim::Simulator;",
        "use crate::{time, sim::{self, Simulator}};",
        "fn f() { crate::sim::run() }",
        "fn f() { use crate::sim::Simulator; }",
        "fn f() { assert!(crate::sim::RUNS, \"{}\", 1); }",
        "fn f() { println!(\"{}\", crate::sim::run()); }",
        "type T = Option<crate::sim::Run>;",
        "use super::sim; fn f() { sim::run() }",
        "use super::sim as other; fn f() { other::run() }",
        "use crate::sim::*;",
        "mod inner { use crate::sim::Simulator; }",
        "pub use crate::sim::Simulator;",
        "#[cfg(any(test, feature = \"x\"))] use crate::sim::Simulator;",
    ] {
        // Items for tests stand before the code, and must not hide it.
        let file = format!("#[cfg(test)]\nmod tests {{ use crate::report::Page; }}\n{code}\n");
        assert_eq!(said(&[("k8s.rs", &file)]), fault, "{code}");
    }
}

#[test]
fn what_only_tests_import_does_not_matter() {
    for code in [
        "#[cfg(test)]\nmod tests { use crate::sim::Simulator; }",
        "#[cfg(test)]\nuse crate::sim::Simulator;",
        "#[cfg(all(test, unix))]\nfn f() { crate::sim::run() }",
        "struct S; impl S { #[cfg(test)] fn f() { crate::sim::run() } }",
        "fn f() { #[cfg(test)] crate::sim::run(); }",
        "#[test]\nfn f() { crate::sim::run() }",
    ] {
        assert_eq!(said(&[("k8s.rs", code)]), [""; 0], "{code}");
    }
}

#[test]
fn what_the_order_allows_may_still_be_forbidden() {
    assert_eq!(said(&[("report.rs", "use crate::sim::Run;")]), ["report.rs:1: report must not import sim"]);
    assert_eq!(said(&[("k8s.rs", "use crate::random::Draws;")]), ["k8s.rs:1: k8s must not import random"]);
    // What the root passes on is no way around.
    let root = format!("{LIB}pub use sim::Run;\n");
    assert_eq!(
        said(&[("lib.rs", &root), ("report.rs", "use crate::Run;")]),
        ["report.rs:1: report must not import sim"]
    );
}

/// Modules between which there is an empty line are listed in order of dependency.
#[test]
fn an_import_against_the_list_of_a_folder_is_found() {
    let files = [
        ("sim/mod.rs", "mod b;\n\nmod a;\n"),
        ("sim/a.rs", "pub struct A;\n"),
        ("sim/b.rs", "use super::a::A;\npub struct B(A);\n"),
    ];
    assert_eq!(said(&files), ["sim/b.rs:1: sim::b must not import sim::a"]);
    let sorted = [
        ("sim/mod.rs", "mod a;\nmod b;\n"),
        ("sim/b.rs", "pub struct B;\n"),
        ("sim/a.rs", "use super::b::B;\npub struct A(B);\n"),
    ];
    assert_eq!(said(&sorted), [""; 0]);
}

#[test]
fn circles_of_files_are_found_in_any_folder() {
    let two = [
        ("sim/mod.rs", "mod a;\nmod b;\n"),
        ("sim/a.rs", "use super::b::B;\npub struct A(B);\n"),
        ("sim/b.rs", "pub struct B;\nfn f(_: super::a::A) {}\n"),
    ];
    assert_eq!(said(&two), ["files in a circle: sim::a, sim::b"]);
    let with_its_folder = [
        ("sim/mod.rs", "mod a;\nuse a::A;\npub struct S(A);\n"),
        ("sim/a.rs", "use super::S;\npub struct A;\nfn f(_: S) {}\n"),
    ];
    assert_eq!(said(&with_its_folder), ["files in a circle: sim, sim::a"]);
}

/// An item that `mod.rs` only re-exports is followed to the file that defines it.
#[test]
fn a_door_is_no_circle() {
    let passed_on = [
        ("sim/mod.rs", "mod a;\nmod b;\npub use a::A;\npub use b::B;\n"),
        ("sim/a.rs", "pub struct A;\n"),
        ("sim/b.rs", "use super::A;\npub struct B(A);\n"),
    ];
    assert_eq!(said(&passed_on), [""; 0]);
    let around = [passed_on[0], ("sim/a.rs", "use crate::sim::B;\npub struct A;\nfn f(_: B) {}\n"), passed_on[2]];
    assert_eq!(said(&around), ["files in a circle: sim::a, sim::b"]);
}

/// Each file alone is in no circle, but the folders are.
#[test]
fn circles_of_folders_are_found() {
    let files = [
        ("sim/mod.rs", "mod far;\nmod near;\n"),
        ("sim/near/mod.rs", "pub mod a;\npub mod b;\n"),
        ("sim/near/a.rs", "pub struct A;\n"),
        ("sim/near/b.rs", "use crate::sim::far::c::C;\npub struct B(C);\n"),
        ("sim/far/mod.rs", "pub mod c;\n"),
        ("sim/far/c.rs", "use crate::sim::near::a::A;\npub struct C(A);\n"),
    ];
    assert_eq!(said(&files), ["parts in a circle: sim::far, sim::near"]);
}

#[test]
fn what_varies_and_what_is_not_portable_is_found() {
    for (code, fault) in [
        ("use std::collections::HashMap;", "sim.rs:1: HashMap varies from run to run"),
        ("fn f() { std::time::Instant::now(); }", "sim.rs:1: Instant::now varies from run to run"),
        ("fn f() { vec![rand::rng()]; }", "sim.rs:1: rand::rng varies from run to run"),
        ("fn f(x: f64) -> f64 { x.powf(0.5) }", "sim.rs:1: f64::powf: use libm::powf"),
        ("fn f(x: f64) { assert!(\nx.sqrt().ln() > 1.0); }", "sim.rs:2: f64::ln: use libm::ln"),
        ("fn f() { [1.0].map(f64::exp); }", "sim.rs:1: f64::exp: use libm::exp"),
        ("use statrs::distribution::Normal;", "sim.rs:1: statrs is for answers that are rounded"),
    ] {
        assert_eq!(said(&[("sim.rs", code)]), [fault], "{code}");
        assert_eq!(said(&[("sim.rs", &format!("#[cfg(test)]\nmod tests {{ {code} }}"))]), [""; 0], "{code}");
    }
    assert_eq!(said(&[("sim.rs", "fn f(x: f64) -> f64 { libm::exp(x).sqrt() }")]), [""; 0]);
}

#[test]
fn long_functions_are_found() {
    let long = format!("fn f() {{\n{}}}\n", "    g();\n".repeat(69));
    assert_eq!(said(&[("sim.rs", &long)]), ["sim.rs:1: f has 71 lines of 70"]);
    let method = format!("struct S;\nimpl S {{\n{long}}}\n");
    assert_eq!(said(&[("sim.rs", &method)]), ["sim.rs:3: f has 71 lines of 70"]);
    let just = format!("fn f() {{\n{}}}\n", "    g();\n".repeat(68));
    assert_eq!(said(&[("sim.rs", &just)]), [""; 0]);
}

#[test]
fn files_stand_where_their_kind_says() {
    let fixture = [("sim/mod.rs", "#[cfg(test)]\nmod fixture;\n"), ("sim/fixture.rs", "")];
    assert_eq!(said(&fixture), ["sim/fixture.rs: code for tests alone is called tests.rs or stands in tests/"]);
    let hidden = [("sim/mod.rs", "mod tests;\n"), ("sim/tests.rs", "")];
    assert_eq!(said(&hidden), ["sim/tests.rs: production code among tests"]);
    let mixed = [("sim.rs", "mod a;\n"), ("sim/a.rs", "")];
    assert_eq!(said(&mixed), ["sim.rs: a module with children is sim/mod.rs"]);
}
