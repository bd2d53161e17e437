//! Blocks of YAML are experiments that can be run, or parts of them.

use std::fs;
use std::process::{Command, Stdio};

use super::page::pages;
use crate::cli::{root, text};

#[test]
fn experiments_in_documents_run() {
    let place = tempfile::tempdir().expect("a temporary directory");
    fs::create_dir(place.path().join("manifests")).expect("room on the disk");
    fs::copy(root().join("experiments/manifests/checkout.yaml"), place.path().join("manifests/checkout.yaml"))
        .expect("room on the disk");
    let file = place.path().join("document.yaml");
    for page in pages() {
        for block in page.blocks().iter().filter(|block| block.language == "yaml" && block.mark.is_empty()) {
            let whole = ["deployment:", "apiVersion:"].iter().any(|key| block.body.lines().any(|l| l.starts_with(key)));
            let before = if whole { "" } else { "deployment: manifests/checkout.yaml\n" };
            fs::write(&file, format!("{before}{}", block.body)).expect("room on the disk");
            let output = Command::new(env!("CARGO_BIN_EXE_rollcast"))
                .args(["run", "document.yaml", "--quiet", "--replications", "3"])
                .current_dir(place.path())
                .stdin(Stdio::null())
                .output()
                .expect("the program starts");
            assert!(output.status.success(), "{}:{}: {}", page.path, block.line, text(&output.stderr));
        }
    }
}
