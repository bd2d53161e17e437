//! Tests of studies.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;

use super::*;
use crate::blocks::{PartFile, PartWriter};
use crate::plan::{Cost, Costs, Piece};
use crate::report::tests::fixture::{self, golden, names};

fn study() -> (Study, crate::plan::Plan) {
    let (plan, _) = fixture::sweep(&["0", "25%"], &["0", "1"], &[]);
    let costs: Costs = BTreeMap::from([(0, Cost { replications: 4, events: 4000, bytes: 2000 })]);
    let pieces = vec![vec![Piece { scenario: 0, first: 0, end: 256 }], Vec::new(), Vec::new()];
    let foreseen = [600_000_000, 0, 0].map(|events| Foreseen { rollouts: 256, events, bytes: 9 });
    (Study::new(&plan, costs, pieces, foreseen.to_vec()), plan)
}

#[test]
fn what_engines_get() {
    let (mut study, _) = study();
    study.version = "VERSION".into();
    for (engine, name) in [
        (Engine::Slurm, "slurm"),
        (Engine::Kubernetes, "kubernetes"),
        (Engine::Dask, "dask"),
        (Engine::Parallel, "parallel"),
    ] {
        let files = files(engine, &study, 1000);
        let text: String = files.iter().map(|file| format!("==> {} <==\n{}", file.path, file.text)).collect();
        golden(&format!("study-{name}.txt"), text.as_bytes());
    }
}

#[test]
fn a_plan_is_read_back_and_changes_are_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("study");
    let (study, plan) = study();
    write(&place, &study, &plan.inputs, &[]).unwrap();
    assert_eq!(names(&place), ["inputs", "parts", "plan.json"]);
    assert_eq!(read(&place).unwrap(), (study.clone(), place.clone()));
    assert_eq!(read(&place.join("plan.json")).unwrap().0, study);
    write(&place, &study, &plan.inputs, &[]).unwrap();
    let next = study.next_round(study.pieces.clone(), study.foreseen.clone());
    save(&place, &next).unwrap();
    assert_eq!((read(&place).unwrap().0.round, next.part_name(2)), (2, study.part_name(2).replace("-r1-", "-r2-")));

    let text = fs::read_to_string(place.join("plan.json")).unwrap();
    let refused = |from: &str, to: &str, words: &str| {
        assert!(text.contains(from), "{from} is not in {text}");
        fs::write(place.join("plan.json"), text.replace(from, to)).unwrap();
        let error = read(&place).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    };
    refused("\"parts\":3", "\"parts\":2", "not as `rollcast plan` wrote it");
    refused("\"events\":4000", "\"events\":4001", "not as `rollcast plan` wrote it");
    refused(&study.build, "0000000000000000", "by build 0000000000000000 of rollcast");
    refused("\"digest\"", "\"digets\"", "not a plan of a study");
    let error = write(&place, &Study { digest: "x".into(), ..study }, &plan.inputs, &[]).unwrap_err().to_string();
    assert!(error.contains("another study is planned here"), "{error}");
    fs::write(folder.path().join("mine"), "").unwrap();
    let (study, plan) = super::tests::study();
    assert!(write(folder.path(), &study, &plan.inputs, &[]).is_err(), "somebody else's files are there");
}

/// A file of a part in the store, with its trailer or without.
fn begin(store: &Store) -> (PartWriter, std::path::PathBuf) {
    let (file, path) = store.begin().unwrap();
    (PartWriter::begin(file, store.header()).unwrap(), path)
}

#[test]
fn two_writers_of_a_part_do_no_harm() {
    let folder = tempfile::tempdir().unwrap();
    let (study, _) = study();
    let store = Store::new(folder.path(), &study, 1);
    assert!(store.whole().unwrap().is_none() && store.unfinished().unwrap().is_empty());
    let ((first, a), (second, b)) = (begin(&store), begin(&store));
    assert_ne!(a, b);
    assert_eq!(store.unfinished().unwrap().len(), 2);
    first.finish().unwrap();
    store.put(&a).unwrap();
    let bytes = fs::read(store.path()).unwrap();
    second.finish().unwrap();
    store.put(&b).unwrap();
    assert_eq!(fs::read(store.path()).unwrap(), bytes);
    let (third, c) = begin(&store);
    fs::remove_file(&c).unwrap();
    third.finish().unwrap();
    store.put(&c).unwrap();
    assert_eq!(store.whole().unwrap().unwrap().header, study.header(1));
    assert_eq!(names(&folder.path().join("parts")), [study.part_name(1)]);
}

#[test]
fn what_is_damaged_or_of_something_else_is_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let (study, _) = study();
    let store = Store::new(folder.path(), &study, 0);
    let other = Store::new(folder.path(), &study, 2);
    let (writer, path) = begin(&other);
    writer.finish().unwrap();
    fs::rename(&path, store.path()).unwrap();
    assert!(PartFile::read(&store.path()).is_ok() && store.whole().unwrap().is_none(), "it is another part");
    let (writer, path) = begin(&store);
    writer.finish().unwrap();
    store.put(&path).unwrap();
    assert!(store.whole().unwrap().is_some());
    fs::OpenOptions::new().append(true).open(store.path()).unwrap().write_all(b"x").unwrap();
    assert!(store.whole().unwrap().is_none() && Path::new(&store.path()).exists());
}
