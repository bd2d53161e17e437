//! What the workloads of a world take of their cluster together, before and after.

use serde_json::{Map, Value, json};

use crate::analysis::{ClusterResult, cluster_held};
use crate::metrics::{ClusterUnit, Statistic};
use crate::plan::{ClusterObjective, WORKLOAD};
use crate::report::cluster::words::{COMPARED, amount, compared};
use crate::report::format;
use crate::scenario::Scenario;

/// What the workloads of a world take of their cluster together, before and after.
#[derive(Clone, Debug, PartialEq)]
pub struct Release {
    /// The swept parameters of the later version's world.
    pub parameters: Vec<(String, String)>,
    /// The earlier version and the later one; `None`: it is no world.
    pub clusters: [Option<ClusterResult>; 2],
    /// The objectives about the cluster, and whether each version is shown to meet them.
    pub held: Vec<(ClusterObjective, [Option<bool>; 2])>,
}

impl Release {
    /// The world that `first` is a scenario of, with what its `clusters` are held against; `None` where the later version is no world.
    #[must_use]
    pub fn of(first: &Scenario, objectives: &[ClusterObjective], clusters: [Option<ClusterResult>; 2]) -> Option<Self> {
        clusters[1].as_ref()?;
        let held = cluster_held(objectives, [clusters[0].as_ref(), clusters[1].as_ref()]);
        let parameters = first.parameters.iter().filter(|(path, _)| path != WORKLOAD).cloned().collect();
        Some(Self { parameters, held: objectives.iter().cloned().zip(held).collect(), clusters })
    }

    /// Whether a version is shown to meet every objective about the cluster.
    #[must_use]
    pub fn is_met(&self, side: usize) -> bool {
        self.held.iter().all(|(_, met)| met[side] == Some(true))
    }

    /// What the rows are of.
    pub(super) fn heading(&self) -> String {
        let point = match &self.parameters[..] {
            [] => String::new(),
            some => format!(" ({})", format::parameters(some)),
        };
        format!("All workloads together{point}, the most at once beside what runs, in 95 of 100 releases:")
    }

    /// A row for each figure: its name, then both versions. Figures that neither version has are left out.
    pub(super) fn rows(&self) -> Vec<[String; 3]> {
        let cells = |side: usize| self.clusters[side].as_ref().map(compared);
        let [old, new] = [cells(0), cells(1)];
        let cell =
            |cells: &Option<[String; 5]>, place: usize| cells.as_ref().map_or("–".into(), |all| all[place].clone());
        let rows =
            COMPARED.iter().enumerate().map(|(place, name)| [(*name).into(), cell(&old, place), cell(&new, place)]);
        rows.filter(|[_, old, new]| old != "–" || new != "–").collect()
    }

    /// A row for each objective about the cluster: as it was written, and the figure of both versions.
    pub(super) fn objectives(&self) -> Vec<(String, [String; 2], [Option<bool>; 2])> {
        let value = |objective: &ClusterObjective, side: usize| {
            let found = self.clusters[side].as_ref().and_then(|one| one.value(objective.name, objective.statistic));
            found.map_or_else(|| "–".into(), |value| amount(objective.unit, value))
        };
        let row = |(objective, met): &(ClusterObjective, [Option<bool>; 2])| {
            (format::printable(&objective.text), [value(objective, 0), value(objective, 1)], *met)
        };
        self.held.iter().map(row).collect()
    }

    /// The objectives about the cluster that the later version is not shown to meet.
    pub(super) fn missed(&self) -> Vec<String> {
        self.held.iter().filter(|(_, met)| met[1] != Some(true)).map(|(one, _)| format::printable(&one.text)).collect()
    }

    /// The release for programs.
    pub(super) fn json(&self) -> Value {
        let parameters: Map<String, Value> =
            self.parameters.iter().map(|(path, value)| (path.clone(), json!(value))).collect();
        let objectives =
            self.held.iter().map(|(one, met)| json!({"objective": one.text, "old": met[0], "new": met[1]}));
        json!({
            "parameters": parameters,
            "releases": self.clusters[1].as_ref().map_or(0, |one| one.n),
            "figures": self.figures(),
            "objectives": objectives.collect::<Vec<_>>(),
        })
    }

    /// Every statistic of the cluster that either version has, with both estimates.
    fn figures(&self) -> Vec<Value> {
        let mut known: Vec<(&str, ClusterUnit, Statistic)> = Vec::new();
        for line in self.clusters.iter().flatten().flat_map(|one| &one.lines) {
            if !known.iter().any(|(name, _, statistic)| (*name, *statistic) == (&*line.name, line.statistic)) {
                known.push((&line.name, line.unit, line.statistic));
            }
        }
        let estimate = |side: usize, name: &str, statistic: Statistic| {
            let one = self.clusters[side].as_ref()?.get(name, statistic)?;
            Some(json!({"value": one.value, "low": one.low, "high": one.high, "n": one.n}))
        };
        let figure = |(name, unit, statistic): (&str, ClusterUnit, Statistic)| {
            json!({
                "metric": name, "unit": unit.as_str(), "statistic": statistic.as_str(),
                "old": estimate(0, name, statistic), "new": estimate(1, name, statistic),
            })
        };
        known.into_iter().map(figure).collect()
    }
}
