//! The PodDisruptionBudgets of a recorded incident, which come and go.

use crate::k8s::disruption::Budget;
use crate::scenario::{ScriptedBudget, WorkloadId};

/// Those that there are.
#[derive(Debug, Default)]
pub(crate) struct Budgets {
    list: Vec<(WorkloadId, u16, Budget)>,
}

/// The budgets that select the pods of a workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Selecting {
    None,
    One(Budget),
    /// More than one: the API server refuses every eviction of a pod that runs.
    Several,
}

impl Budgets {
    /// Begins a run.
    pub(crate) fn reset(&mut self) {
        self.list.clear();
    }

    /// A budget is created, changed or deleted.
    pub(crate) fn set(&mut self, one: ScriptedBudget) {
        let known =
            |(workload, number, _): &(WorkloadId, u16, Budget)| (*workload, *number) == (one.workload, one.number);
        self.list.retain(|entry| !known(entry));
        self.list.extend(one.budget.map(|budget| (one.workload, one.number, budget)));
    }

    /// Those that select the pods of a workload.
    pub(crate) fn of(&self, workload: WorkloadId) -> Selecting {
        let mut own = self.list.iter().filter(|(of, ..)| *of == workload).map(|(.., budget)| *budget);
        match (own.next(), own.next()) {
            (None, _) => Selecting::None,
            (Some(budget), None) => Selecting::One(budget),
            (Some(_), Some(_)) => Selecting::Several,
        }
    }
}
