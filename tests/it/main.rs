//! Every integration test, in one binary.
//!
//! - `admission`: what the API server admits and what nodes have room for, each alone deciding
//! - `anonymise`: results that show no names
//! - `any_way`: random small experiments on any threads, divided in any way and interrupted anywhere
//! - `border`: the program reports what is not modelled, and what matters makes an answer conditional
//! - `browser`: report.html as a browser shows it
//! - `ci`: the scripts of the GitHub Action and of the GitLab job, on a repository of git
//! - `capacity`: how many rollouts may run at once, reckoned by hand
//! - `capacity_folder`: the same as a result folder, with its page
//! - `choices`: what `rollcast recommend` answers to the questions that people arrive with
//! - `cli`: the program as a user sees it
//! - `comparison`: pairs with the same random numbers, and as many replications as the results need
//! - `closed_forms`: times against formulas that can be computed by hand
//! - `cluster_files`: what several workloads take of their cluster together, in files and answers
//! - `cluster_objectives`: what is asked of the cluster that several workloads share
//! - `determinism`: the same bytes for any number of threads, the same random numbers under every strategy
//! - `documents`: every command, experiment and link in a document
//! - `eta`: recorded snapshots of a real control plane, with what came next
//! - `eta_kinds`: kinds of trouble that no recorded snapshot has
//! - `eta_sets`: StatefulSets and DaemonSets in the middle of their rollouts
//! - `events`: what follows a rollout, and what happens without one, against formulas
//! - `failures`: pods and nodes that fail, one way at a time
//! - `fill`: scenarios of a grid that are predicted from the others
//! - `fit`: distributions fitted to measured latencies
//! - `final_placement`: where the pods stand at the end, counted by hand
//! - `found`: runs that start from a snapshot of a rollout in progress
//! - `fuzzed`: the fuzz targets, on mutated bundled files
//! - `gates`: exit codes that answer a question, and programs that are interrupted
//! - `golden`: event logs that people can read
//! - `helps`: the helps, and their examples as they are shown
//! - `inputs`: several files and directories as one input
//! - `kubernetes_versions`: the version of Kubernetes, where a forecast shows it
//! - `kubectl`: the plugin of kubectl, with a kubectl that serves files
//! - `large`: lists of objects that are read object by object
//! - `library`: the examples, and the library's public interface compared with the commands
//! - `licences`: the licences of dependencies
//! - `lifecycle`: a pod between its binding and its end, one mechanism at a time
//! - `links`: the program does not write through symbolic links
//! - `live_page`: the page of `rollcast serve` as a browser shows it
//! - `manifests`: manifests as users have them, read or refused
//! - `measured`: limits that hold what the measurements of latencies leave open
//! - `mechanisms`: one mechanism at a time, which alone decides the outcome
//! - `methods`: the methods page compared with the program's output
//! - `mid_rollout`: recordings that begin in the middle of a rollout
//! - `mistakes`: all mistakes of an input in one message
//! - `out_of_proportion`: what would take too much, and names that would mislead who reads them
//! - `pictures`: charts as PNG, and plots on the terminal
//! - `random_worlds`: all failures at once, at random
//! - `reference`: the reference pages compared with the program and the sources
//! - `record_volumes`: what `record` writes of persistent volumes and budgets, from streams made by hand
//! - `release`: the version, the list of changes, the citation and the tag say the same
//! - `replay_budgets`: several budgets in one recording, by hand
//! - `replay_volumes`: persistent volumes of recordings, by hand
//! - `repeat`: verify, resuming after a kill, shards and how they are joined
//! - `schema`: the JSON Schema of experiments compared with the reader of experiments
//! - `secrets`: the program writes nothing private of a manifest
//! - `sensitivity`: what moves a forecast, against functions that are known, and its result folder
//! - `serve`: `rollcast serve` over its port
//! - `set_choices`: what is recommended for StatefulSets and DaemonSets, and what the live page moves of them
//! - `shape`: the direction of imports, and the libraries and calls that are forbidden
//! - `conformance`: recordings of a real control plane, decision for decision
//! - `small_sets`: every small rollout of a DaemonSet and of a StatefulSet, against invariants
//! - `small_worlds`: every small rollout, against invariants
//! - `stateful_set_answers`: what the commands answer about StatefulSets
//! - `stateful_set_replay`: recordings of StatefulSets by hand
//! - `stateful_sets`: StatefulSets against recordings, by hand, and against invariants
//! - `controlled`: a control variate for the mean duration
//! - `stratified`: random numbers that are stratified over groups of replications
//! - `study`: parts for many machines: what they hold, stopped and started again
//! - `tables`: the tables as pandas and R read them, and as Parquet (under that feature)
//! - `tail`: rare events, against closed forms and plain rollouts
//! - `traffic`: requests that a rollout loses, against sums computed by hand
//! - `validation`: published rollouts, predicted from the inputs published with them
//! - `versions`: an input before and after a change, and the gate
//! - `volumes`: persistent volumes, one rule at a time
//! - `who_says_done`: when tools that wait for a rollout say that it is done
//! - `why`: where the time of a rollout goes, by hand and as the program says it

mod admission;
mod anonymise;
mod any_way;
mod assumptions;
mod border;
mod browser;
mod capacity;
mod capacity_folder;
mod choices;
#[cfg(unix)]
mod ci;
mod cli;
mod closed_forms;
mod cluster_files;
mod cluster_objectives;
mod comparison;
mod conformance;
mod controlled;
mod daemon_sets;
mod determinism;
mod dialects;
mod documents;
mod eta;
mod eta_kinds;
mod eta_sets;
mod events;
mod failures;
mod fill;
mod final_placement;
mod fit;
mod found;
mod fuzzed;
mod gates;
mod golden;
#[path = "../support/golden_file.rs"]
mod golden_file;
mod golden_part;
mod helps;
mod inputs;
#[cfg(unix)]
mod kubectl;
mod kubernetes_versions;
mod large;
mod library;
mod licences;
mod lifecycle;
#[cfg(unix)]
mod links;
mod live_page;
mod manifests;
mod measured;
mod mechanisms;
mod methods;
mod mid_rollout;
mod mistakes;
mod neighbours;
mod node_removal;
mod out_of_proportion;
mod pictures;
mod placement;
mod random_worlds;
mod record;
mod record_volumes;
mod reference;
mod release;
mod repeat;
mod replay;
mod replay_beside;
mod replay_budgets;
mod replay_volumes;
mod schema;
mod secrets;
mod sensitivity;
mod serve;
mod set_choices;
mod shape;
mod small_sets;
mod small_worlds;
mod stateful_set_answers;
mod stateful_set_replay;
mod stateful_sets;
mod stratified;
mod studies_merged;
mod study;
mod tables;
mod tail;
mod traffic;
mod validate;
mod validation;
mod versions;
mod volumes;
mod who_says_done;
mod why;
mod workloads;
mod world;
mod world_limits;
mod world_meter;
mod world_rules;
mod worlds;
