//! A recommendation in words and for programs.

mod misses;
mod patch;
mod words;

use comfy_table::{CellAlignment, LineStyle, Table, TableStyle};
use serde_json::{Map, Value, json};

use super::human;
use crate::plan::{Objective, Plan};
use crate::recommend::{Assessment, Choice, Origin, Question, Recommendation, Standing, Strategy};
use crate::stats::Estimate;

/// More strategies than this are cut to the trade-off front, the recommended one and the manifest's own.
const ROWS: usize = 20;
/// Strategies of the front that are then shown.
const FRONT: usize = 15;

/// A recommendation, `width` columns wide at most where that is possible.
#[must_use]
pub fn text(plan: &Plan, question: &Question, recommendation: &Recommendation, width: u16) -> String {
    let report = Report { plan, question, recommendation };
    let width = usize::from(width);
    let mut text = String::new();
    if !recommendation.case.is_empty() {
        let pairs: Vec<_> = recommendation.case.iter().map(|(path, value)| format!("{path} {value}")).collect();
        text.push_str(&format!("With {}:\n\n", human::printable(&pairs.join(", "))));
    }
    paragraph(&mut text, &report.intention(), width, "");
    text.push('\n');
    text.push_str(&report.table(width));
    paragraph(&mut text, &report.legend(), width, "");
    text.push('\n');
    match &recommendation.choice {
        Some(choice) => {
            paragraph(&mut text, &words::answer(&report, choice), width, "");
            if let Some(patch) = patch::of(recommendation, choice.best) {
                let name = human::printable(&recommendation.deployment);
                text.push_str(&format!("\n  kubectl patch deployment {name} -p '{patch}'\n"));
            }
            text.push_str("\nFor the pull request:\n\n");
            for sentences in words::pull_request(&report, choice) {
                paragraph(&mut text, &sentences, width - 2, "  ");
            }
            text.push_str("\nHow it was chosen:\n\n");
            for sentences in words::method(&report, choice) {
                paragraph(&mut text, &sentences, width - 2, "  ");
            }
        }
        None => misses::sentences(&report).iter().for_each(|sentence| paragraph(&mut text, sentence, width, "")),
    }
    text
}

/// A recommendation as a JSON object.
#[must_use]
pub fn json(plan: &Plan, question: &Question, recommendation: &Recommendation) -> Value {
    let report = Report { plan, question, recommendation };
    let strategies: Vec<Value> = recommendation.strategies.iter().map(|one| report.strategy(one)).collect();
    json!({
        "case": object(&recommendation.case),
        "deployment": recommendation.deployment,
        "strategies_from": match recommendation.origin { Origin::Swept => "sweep", Origin::Around => "manifest" },
        "criterion": words::criterion(&question.criterion).name,
        "confidence": question.confidence,
        "replications": question.replications,
        "seed": plan.seed,
        "manifest_strategy": recommendation.own,
        "strategies": strategies,
        "recommended": recommendation.choice.as_ref().map(|choice| report.choice(choice)),
        "unmet": if recommendation.choice.is_none() { misses::json(&report) } else { Value::Null },
    })
}

/// All that the words are made from.
struct Report<'a> {
    plan: &'a Plan,
    question: &'a Question,
    recommendation: &'a Recommendation,
}

impl Report<'_> {
    fn objectives(&self) -> &[Objective] {
        &self.plan.objectives
    }

    fn eligible(&self) -> usize {
        self.recommendation.strategies.iter().filter(|one| one.eligible).count()
    }

    fn name(&self, strategy: usize) -> String {
        name(&self.recommendation.strategies[strategy])
    }

    fn intention(&self) -> String {
        let from = match self.recommendation.origin {
            Origin::Swept => "of the sweep".to_owned(),
            Origin::Around => {
                "around the manifest's own, because no strategy is swept (its own, and maxSurge 0, 1, 25%, \
                50%, 100% with maxUnavailable 0, 1, 25%, 50%, as far as they differ in pods)"
                    .to_owned()
            }
        };
        let strategies = match self.eligible() {
            1 => "1 strategy".to_owned(),
            count => format!("{count} strategies"),
        };
        let asked = match self.objectives() {
            [] => "no objectives are set: every strategy qualifies".to_owned(),
            list => {
                let texts: Vec<_> = list.iter().map(|objective| human::printable(&objective.text)).collect();
                format!("wanted: {}", texts.join("; "))
            }
        };
        format!(
            "{strategies} {from}; {asked}; then the least {}.",
            words::criterion(&self.question.criterion).description
        )
    }

    fn rows(&self) -> Vec<usize> {
        let strategies = &self.recommendation.strategies;
        if strategies.len() <= ROWS {
            return (0..strategies.len()).collect();
        }
        let front: Vec<usize> = (0..strategies.len()).filter(|&n| strategies[n].on_front).collect();
        let mut rows = super::select::spread(&front, FRONT);
        rows.extend(self.recommendation.own);
        rows.extend(self.recommendation.choice.as_ref().map(|choice| choice.best));
        rows.sort_unstable();
        rows.dedup();
        rows
    }

    /// The table, without its less important columns where it would not fit otherwise.
    fn table(&self, width: usize) -> String {
        let mut columns = vec![Column::Duration, Column::Depth, Column::Dip, Column::Surge];
        columns.extend((words::criterion(&self.question.criterion).name == "cost").then_some(Column::Cost));
        columns.extend((!self.objectives().is_empty()).then_some(Column::Objectives));
        let mut text = self.table_of(&columns);
        for less in [Column::Depth, Column::Surge, Column::Dip] {
            if text.lines().all(|line| line.chars().count() <= width) {
                break;
            }
            columns.retain(|column| *column != less);
            text = self.table_of(&columns);
        }
        text
    }

    fn table_of(&self, columns: &[Column]) -> String {
        let mut table = Table::new();
        table.load_style(TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─')));
        let headings = columns.iter().map(|column| column.heading());
        table.set_header(["strategy"].into_iter().chain(headings).chain(["front", ""]).collect::<Vec<_>>());
        for n in self.rows() {
            let one = &self.recommendation.strategies[n];
            let cells = columns.iter().map(|column| column.cell(one));
            let front = if one.on_front { "*" } else { "" };
            let ends = [front.to_owned(), self.mark(n).to_owned()];
            table.add_row([name(one)].into_iter().chain(cells).chain(ends).collect::<Vec<_>>());
        }
        for (index, column) in table.column_iter_mut().enumerate() {
            let left = index == 0;
            column.set_cell_alignment(if left { CellAlignment::Left } else { CellAlignment::Right });
            column.set_padding((1, 0));
        }
        table.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
    }

    fn mark(&self, n: usize) -> &'static str {
        let best = self.recommendation.choice.as_ref().is_some_and(|choice| choice.best == n);
        match (best, self.recommendation.own == Some(n)) {
            (true, true) => "best, now",
            (true, false) => "best",
            (false, true) => "now",
            (false, false) => "",
        }
    }

    fn legend(&self) -> String {
        let shown = self.rows().len();
        let all = self.recommendation.strategies.len();
        let cut = if shown < all { format!(" {shown} of {all} strategies are shown.") } else { String::new() };
        let whose = if self.recommendation.choice.is_some() { " of those that qualify" } else { "" };
        format!("* no other{whose} beats it in p95 duration, dip and surge at once.{cut}")
    }

    fn strategy(&self, one: &Strategy) -> Value {
        let assessed = self.objectives().iter().zip(&one.assessments).map(|(objective, assessment)| {
            json!({
                "objective": objective.text,
                "standing": word(assessment.standing),
                "value": assessment.value,
                "shown": assessment.shown,
            })
        });
        let statistic = |metric, name| one.statistics.get(metric, name).map_or(Value::Null, estimate);
        json!({
            "parameters": object(&one.parameters),
            "eligible": one.eligible,
            "qualifies": one.qualifies(),
            "on_front": one.on_front,
            "criterion": one.criterion,
            "duration_s_p95": statistic("duration_s", "p95"),
            "dip_depth_mean": statistic("dip_depth", "mean"),
            "dip_pod_seconds_mean": statistic("dip_pod_seconds", "mean"),
            "surge_pod_seconds_mean": statistic("surge_pod_seconds", "mean"),
            "stalled_rate": statistic("stalled_rate", "rate"),
            "unfinished_rate": statistic("unfinished_rate", "rate"),
            "objectives": assessed.collect::<Vec<_>>(),
        })
    }

    fn choice(&self, choice: &Choice) -> Value {
        let differences: Map<String, Value> = choice
            .evidence
            .differences
            .iter()
            .map(|(name, paired)| {
                let mut value = estimate(&paired.difference);
                value["variance_ratio"] = json!(paired.variance_ratio);
                ((*name).to_owned(), value)
            })
            .collect();
        json!({
            "strategy": choice.best,
            "conditional": self.plan.caveats.is_conditional(None),
            "parameters": object(&self.recommendation.strategies[choice.best].parameters),
            "patch": patch::of(self.recommendation, choice.best),
            "pull_request": words::pull_request(self, choice).join("\n\n"),
            "procedure": words::KN,
            "decided": choice.decided,
            "probability_of_correct_selection": choice.decided.then_some(choice.probability),
            "indifference_zone": choice.indifference,
            "qualified": choice.qualified,
            "not_told_apart": choice.undecided,
            "batch": choice.batch,
            "selection_replications": choice.replications,
            "evidence_replications": [choice.evidence.replications.start, choice.evidence.replications.end],
            "horizon_s": choice.evidence.horizon_s,
            "differences_from_manifest": differences,
        })
    }
}

/// A column of the table of strategies.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Column {
    Duration,
    Depth,
    Dip,
    Surge,
    Cost,
    Objectives,
}

impl Column {
    const fn heading(self) -> &'static str {
        match self {
            Self::Duration => "p95\nduration",
            Self::Depth => "mean\ndip",
            Self::Dip => "dip,\npod-s",
            Self::Surge => "surge,\npod-s",
            Self::Cost => "cost",
            Self::Objectives => "objectives",
        }
    }

    fn cell(self, one: &Strategy) -> String {
        let value = |metric, statistic, show: fn(f64) -> String| {
            one.statistics.get(metric, statistic).and_then(|one| one.value).map_or("–".into(), show)
        };
        match self {
            Self::Duration => value("duration_s", "p95", human::duration),
            Self::Depth => value("dip_depth", "mean", human::percent),
            Self::Dip => value("dip_pod_seconds", "mean", human::number),
            Self::Surge => value("surge_pod_seconds", "mean", human::number),
            Self::Cost => human::number(one.criterion),
            Self::Objectives => standing(&one.assessments).into(),
        }
    }
}

fn name(strategy: &Strategy) -> String {
    human::parameters(&strategy.parameters)
}

fn standing(assessments: &[Assessment]) -> &'static str {
    let any = |standing| assessments.iter().any(|one| one.standing == standing);
    word(if any(Standing::Missed) {
        Standing::Missed
    } else if any(Standing::Open) {
        Standing::Open
    } else {
        Standing::Met
    })
}

const fn word(standing: Standing) -> &'static str {
    match standing {
        Standing::Met => "met",
        Standing::Missed => "not met",
        Standing::Open => "cannot tell",
    }
}

fn estimate(estimate: &Estimate) -> Value {
    json!({"value": estimate.value, "low": estimate.low, "high": estimate.high, "n": estimate.n})
}

fn object(parameters: &[(String, String)]) -> Map<String, Value> {
    parameters.iter().map(|(path, value)| (path.clone(), json!(value))).collect()
}

fn paragraph(text: &mut String, sentences: &str, width: usize, indent: &str) {
    for line in human::wrap(sentences, width) {
        text.push_str(indent);
        text.push_str(&line);
        text.push('\n');
    }
}

#[cfg(test)]
mod tests;
