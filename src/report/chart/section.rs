//! A question about a sweep with the pictures and sentences that answer it.

use super::drawn::Chart;

/// What a question is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// What the workloads of a release ask for together.
    Release,
    /// Which strategies meet the objectives.
    Decision,
    /// How the two limits of a rolling update act.
    Settings,
    /// How a swept number acts.
    Numbers,
    /// How many pods are available over time, and when rollouts are complete.
    Availability,
    /// Where the time of single rollouts goes, pod by pod.
    Pods,
    /// How often rollouts stall, and why.
    Stalls,
    /// How many pods are on nodes.
    Room,
    /// Which assumptions would change the answer.
    WhatIf,
}

/// A question, answered. What is the same in all scenarios is said in a sentence and not drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Section {
    /// What it is about.
    pub topic: Topic,
    /// The question, as a heading.
    pub question: &'static str,
    /// What the pictures show, and what is not worth a picture, in sentences.
    pub takeaways: Vec<String>,
    /// The pictures.
    pub charts: Vec<Chart>,
}

impl Section {
    pub(super) const fn new(topic: Topic, question: &'static str) -> Self {
        Self { topic, question, takeaways: Vec::new(), charts: Vec::new() }
    }

    /// Takes a chart, or what is said in its place.
    pub(super) fn take(&mut self, answer: Result<Chart, Option<String>>) {
        match answer {
            Ok(chart) => self.charts.push(chart),
            Err(sentence) => self.takeaways.extend(sentence),
        }
    }

    pub(super) fn says_something(&self) -> bool {
        !self.takeaways.is_empty() || !self.charts.is_empty()
    }
}
