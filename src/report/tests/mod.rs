//! A whole result folder, and the made-up results that the tests of this folder share.

pub(super) mod fixture;

use std::path::PathBuf;

use super::folder::{Folder, Staging};
use super::provenance::Provenance;
use super::{chart, finish, replications};

/// With `RESULTS=DIR` in the environment the folder is written there, for other tools to check.
#[test]
fn finished_folder_describes_every_file_in_it() {
    let (plan, results) = fixture::sweep(&["0", "25%"], &["0", "1"], &[]);
    let scratch = tempfile::tempdir().unwrap();
    let place = std::env::var_os("RESULTS").map_or_else(|| scratch.path().join("out"), PathBuf::from);
    let mut folder = Folder::create(Staging::open(&place, b"").unwrap(), None).unwrap();
    folder.write_replications(&replications::header(&plan)).unwrap();
    for scenario in &plan.scenarios {
        let records: Vec<_> = (0..5).map(fixture::record).collect();
        folder.write_replications(&replications::rows(scenario, 0, &records)).unwrap();
    }
    finish(folder, &plan, &results).unwrap();
    let package = std::fs::read(place.join("datapackage.json")).unwrap();
    let package: serde_json::Value = serde_json::from_slice(&package).unwrap();
    let resources = package["resources"].as_array().unwrap();
    assert_eq!(resources.len(), 8 + chart::charts(&Provenance::of(&plan), &results, &chart::Marks::default()).len());
    for resource in resources {
        let bytes = std::fs::read(place.join(resource["path"].as_str().unwrap())).unwrap();
        assert_eq!(resource["bytes"], bytes.len());
        if let Some(fields) = resource["schema"]["fields"].as_array() {
            let names: Vec<_> = fields.iter().map(|field| field["name"].as_str().unwrap()).collect();
            let header = csv::Reader::from_reader(bytes.as_slice()).headers().unwrap().clone();
            assert_eq!(header, names);
        }
    }
}
