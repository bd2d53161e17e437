//! The table of the workloads on the page.

use minijinja::{Value, context};

use super::phrases::name;
use super::supply::{called, unit};
use crate::analysis::capacity::{Capacity, Trial, WorkloadResult};
use crate::k8s::objects::Strategy;
use crate::report::format;
use crate::scenario::{Room, Workload, World};

/// The workloads that move, those first that take most of what binds when the most roll at once.
pub(super) fn workloads(world: &World, capacity: &Capacity) -> Value {
    let Some(trial) = capacity.trials.first() else { return context!(rows => Vec::<Value>::new()) };
    let supply = capacity.driven();
    let (_, unit) = unit(capacity, supply);
    let headings = vec![
        "pods".to_owned(),
        "maxSurge / maxUnavailable".into(),
        "CPU of a pod".into(),
        "memory of a pod".into(),
        "extra pods p50".into(),
        "extra pods p99".into(),
        format!("extra {unit} at the peak"),
        "available at worst".into(),
        "complete p95".into(),
    ];
    let own = |place: usize| trial.workloads.iter().find(|own| own.place == place);
    let of = |place: usize, amount: f64| Some(row((world, capacity), trial, own(place)?, amount));
    let rows: Vec<Value> = trial.drivers.iter().filter_map(|driver| of(driver.place, driver.amount)).collect();
    let note = format!(
        "{}. Ordered by what they take of what {} at the peak of all together, mean. Available at worst: 95 of 100 releases have at \
         least this many pods available at any time.",
        format::capital(&name(trial)),
        if trial.binding.is_some() {
            format!("binds, {},", called(capacity, supply))
        } else {
            "CPU they ask for".into()
        },
    );
    context!(headings, rows, note)
}

fn row((world, capacity): (&World, &Capacity), trial: &Trial, own: &WorkloadResult, amount: f64) -> Value {
    let workload = &world.workloads[own.place];
    let asked = world.room.asked_by(workload.new);
    let number = |value: Option<f64>| value.map_or("–".to_owned(), format::number);
    let available = own
        .available_p05
        .value
        .map_or("–".to_owned(), |pods| format!("{} of {}", format::number(pods), format::count(own.desired.into())));
    let is_down = own.available_p05.value == Some(0.0) && own.desired > 0;
    let plain = |text: String| context!(text, is_bad => false);
    let (one, _) = unit(capacity, trial.driven());
    context! {
        name => format::printable(&own.workload),
        cells => vec![
            plain(format::count(own.desired.into())),
            plain(strategy(workload)),
            plain(format::cpu(asked[Room::CPU])),
            plain(format::memory(asked[Room::MEMORY])),
            plain(number(own.extra_pods.p50.value)),
            plain(number(own.extra_pods.p99.value)),
            plain(format::number(amount / one)),
            context!(text => available, is_bad => is_down),
            plain(own.duration_p95.value.map_or("–".into(), format::time)),
        ],
    }
}

fn strategy(workload: &Workload) -> String {
    match workload.deployment.strategy {
        _ if workload.stateful_set.is_some() => "StatefulSet".into(),
        Strategy::Recreate => "Recreate".into(),
        Strategy::RollingUpdate { max_surge, max_unavailable } => format!("{max_surge} / {max_unavailable}"),
    }
}
