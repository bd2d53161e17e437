//! What the sentences, the table and the JSON object about a recommendation are made from.

use serde_json::{Map, Value, json};

use crate::plan::{Objective, Plan};
use crate::recommend::{Criterion, Question, Recommendation, Standing, Strategy};
use crate::report::format;

/// A recommendation with the plan and the question that it answers.
pub(super) struct Report<'a> {
    pub(super) plan: &'a Plan,
    pub(super) question: &'a Question,
    pub(super) recommendation: &'a Recommendation,
}

impl Report<'_> {
    pub(super) fn objectives(&self) -> &[Objective] {
        &self.plan.objectives
    }

    /// How many strategies there are to choose from.
    pub(super) fn eligible(&self) -> usize {
        self.recommendation.strategies.iter().filter(|one| one.eligible).count()
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
        Criterion::Surge => Called { name: "surge", description: "mean surge".into(), show: pod_seconds },
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

/// Parameters as a JSON object.
pub(super) fn object(parameters: &[(String, String)]) -> Map<String, Value> {
    parameters.iter().map(|(path, value)| (path.clone(), json!(value))).collect()
}
