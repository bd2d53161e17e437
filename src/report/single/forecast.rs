//! What the answer about one scenario is made of.

use crate::analysis::{ScenarioResult, Verdict};
use crate::plan::Plan;
use crate::scenario::Scenario;

/// What an answer is made of.
#[derive(Clone, Copy, Debug)]
pub struct Forecast<'a> {
    /// The plan with this scenario alone, and with the objectives that decide.
    pub plan: &'a Plan,
    /// The scenario.
    pub scenario: &'a Scenario,
    /// Its results.
    pub result: &'a ScenarioResult,
    /// What is shown of its objectives.
    pub verdicts: &'a [Verdict<'a>],
    /// What is said of objectives that nobody wrote; empty where there are none such.
    pub remark: &'a str,
    /// The caveats as a block.
    pub caveats: &'a str,
    /// What the command line has after the name of the command: the file and what changes it.
    pub arguments: &'a str,
    /// What a slower start-up would change, where the start-up is assumed.
    pub start_up: Option<StartUp>,
}

/// What a slower start-up would change.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StartUp {
    /// How many times as slow.
    pub times: f64,
    /// p95 of the duration as it is, in seconds.
    pub p95_s: f64,
    /// p95 of the duration then.
    pub slower_s: f64,
}
