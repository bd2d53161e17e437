//! What the sentences, the table and the JSON object about a recommendation are made from.

use serde_json::{Map, Value, json};

use crate::analysis::headlines::{HEADLINES, Headline, STALLED, UNFINISHED};
use crate::metrics::Figure;
use crate::plan::{Asked, Objective, Plan};
use crate::recommend::{Criterion, Question, Recommendation, Standing, Strategy};
use crate::report::format;
use crate::what_if::OfChoice;

/// A recommendation with the plan and the question that it answers.
pub(super) struct Report<'a> {
    pub(super) plan: &'a Plan,
    pub(super) asked: &'a Asked,
    pub(super) question: &'a Question,
    /// What is said of the objectives that nobody wrote.
    pub(super) remark: Option<&'a str>,
    pub(super) recommendation: &'a Recommendation,
    /// What would change it.
    pub(super) what_if: &'a OfChoice,
}

impl Report<'_> {
    pub(super) fn objectives(&self) -> &[Objective] {
        &self.asked.objectives
    }

    /// How many strategies there are to choose from.
    pub(super) fn eligible(&self) -> usize {
        self.recommendation.strategies.iter().filter(|one| one.eligible).count()
    }

    /// What else is swept, and is so in this case; `None` where there is one case.
    pub(super) fn case(&self) -> Option<String> {
        let pairs: Vec<_> = self.recommendation.case.iter().map(|(path, value)| format!("{path} {value}")).collect();
        (!pairs.is_empty()).then(|| format::printable(&pairs.join(", ")))
    }

    /// The answer in a line.
    pub(super) fn line(&self) -> String {
        let Recommendation { kind, deployment, namespace, own, choice, .. } = self.recommendation;
        let case = self.case().map_or(String::new(), |case| format!(" with {case}"));
        let subject = format!("{kind} {deployment}, namespace {namespace}{case}");
        let condition = if self.plan.caveats.is_conditional(None) { ", on a condition" } else { "" };
        match choice {
            None => format!("{subject}: no strategy is shown to meet all objectives"),
            Some(choice) if *own == Some(choice.best) => {
                format!("{subject}: keep {}, there is nothing to change{condition}", self.name(choice.best))
            }
            Some(choice) => format!("{subject}: use {}{condition}", self.name(choice.best)),
        }
    }

    /// Whether a rollout can stall, which only those of a Deployment with a progress deadline do.
    pub(super) fn can_stall(&self) -> bool {
        self.recommendation.strategies.iter().any(|one| one.set.is_none())
    }

    /// The share of rollouts that go wrong without an end: that of stalled ones, or of unfinished ones where none can stall.
    pub(super) fn failed(&self) -> Headline {
        if self.can_stall() { STALLED } else { UNFINISHED }
    }

    /// What the strategy with this place is called.
    pub(super) fn name(&self, strategy: usize) -> String {
        name(&self.recommendation.strategies[strategy])
    }
}

/// What a criterion is called.
pub(super) struct Called {
    /// The word on the command line.
    pub(super) name: &'static str,
    /// In a sentence.
    pub(super) description: String,
    /// How its values are shown.
    pub(super) show: fn(f64) -> String,
}

pub(super) fn criterion(criterion: &Criterion) -> Called {
    match criterion {
        Criterion::Duration => {
            Called { name: "duration", description: "mean time to completion".into(), show: format::duration }
        }
        Criterion::Surge => Called { name: "surge", description: "extra pods over time".into(), show: pod_seconds },
        Criterion::Cost(weights) => {
            let terms: Vec<_> = weights.iter().map(|one| format!("{} x {}", one.factor, one.metric.name)).collect();
            Called { name: "cost", description: format!("mean cost ({})", terms.join(" + ")), show: format::number }
        }
    }
}

fn pod_seconds(value: f64) -> String {
    format!("{} pod-seconds", format::number(value))
}

/// What a strategy is called.
pub(super) fn name(strategy: &Strategy) -> String {
    format::parameters(&strategy.parameters)
}

pub(super) const fn word(standing: Standing) -> &'static str {
    match standing {
        Standing::Met => "met",
        Standing::Missed => "not met",
        Standing::Open => "cannot tell",
    }
}

/// A figure as sentences name it: `p95 duration`.
pub(super) fn text_of(figure: Figure) -> String {
    let known = HEADLINES.iter().find(|headline| headline.figure == figure);
    match known {
        Some(headline) if !headline.column.is_empty() => headline.column.replace('\n', " "),
        Some(headline) => headline.phrase.to_owned(),
        None => figure.text(),
    }
}

/// An objective in a word.
pub(super) fn short(objective: &Objective) -> String {
    if objective.text.starts_with("availability:") {
        return "availability".into();
    }
    let name = objective.figure.measure.name();
    let name = name.strip_suffix("_rate").or_else(|| name.strip_suffix("_s")).unwrap_or(name);
    name.replace('_', " ")
}

/// Parameters as a JSON object.
pub(super) fn object(parameters: &[(String, String)]) -> Map<String, Value> {
    parameters.iter().map(|(path, value)| (path.clone(), json!(value))).collect()
}
