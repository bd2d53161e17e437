//! Every integration test, in one binary.
//!
//! - `any_way`: random small experiments on any threads, divided in any way and interrupted anywhere
//! - `border`: what is not modelled is told, and what decides makes an answer conditional
//! - `browser`: report.html as a browser shows it
//! - `cli`: the program as a user meets it
//! - `comparison`: pairs under the same luck, and as many replications as the results need
//! - `closed_forms`: timing against formulas that can be worked out by hand
//! - `determinism`: the same bytes for any number of threads, the same luck under every strategy
//! - `documents`: every command, experiment and link in a document
//! - `failures`: pods and nodes that fail, one way at a time
//! - `fit`: measured latencies in, distributions out
//! - `gates`: exit codes that answer a question, and programs that are told to stop
//! - `golden`: event logs that people can read
//! - `library`: the examples, and the front door of the library beside the commands
//! - `licences`: what dependencies may be used under
//! - `links`: nothing is written through symbolic links
//! - `manifests`: manifests as people have them, read or refused
//! - `mechanisms`: one trouble at a time, which alone decides the outcome
//! - `methods`: the methods page beside what the program says
//! - `pictures`: charts as PNG, and plots on the terminal
//! - `random_worlds`: everything that can go wrong at once, by chance
//! - `reference`: the reference pages beside the program and the sources
//! - `repeat`: verify, resuming after a kill, shards and their joining
//! - `schema`: the JSON Schema of experiments beside the reader of experiments
//! - `secrets`: what is private in a manifest is in nothing that is written
//! - `shape`: the direction of imports, and what must not be used
//! - `conformance`: recordings of a real control plane, decision for decision
//! - `small_worlds`: every small rollout, against what must always hold
//! - `tables`: the tables as pandas and R read them, and as Parquet (under that feature)
//! - `traffic`: requests that a rollout loses, against sums made by hand
//! - `validation`: published rollouts, predicted from the inputs published with them

mod any_way;
mod border;
mod browser;
mod cli;
mod closed_forms;
mod comparison;
mod conformance;
mod determinism;
mod dialects;
mod documents;
mod failures;
mod fit;
mod gates;
mod golden;
#[path = "../support/golden_file.rs"]
mod golden_file;
mod golden_part;
mod library;
mod licences;
#[cfg(unix)]
mod links;
mod manifests;
mod mechanisms;
mod methods;
mod pictures;
mod random_worlds;
mod reference;
mod repeat;
mod replay;
mod schema;
mod secrets;
mod shape;
mod small_worlds;
mod tables;
mod traffic;
mod validation;
mod world;
