//! The answer as tables of a result folder.

use super::json::name;
use crate::analysis::capacity::{Capacity, Demand, Fit, OverTime, Supply, Trial};
use crate::metrics::unit_of;
use crate::report::datapackage::{Field, FieldType};
use crate::report::table::Table;
use crate::scenario::{Order, World};
use crate::stats::Estimate;

/// A table with its file, its title and its columns.
pub(super) struct CapacityTable {
    pub(super) file: &'static str,
    pub(super) title: &'static str,
    pub(super) fields: Vec<Field>,
    pub(super) bytes: Vec<u8>,
}

/// Every table.
pub(super) fn tables(world: &World, capacity: &Capacity) -> Vec<CapacityTable> {
    vec![
        trials(capacity),
        demand(capacity),
        drivers(capacity),
        workloads(capacity),
        timeline(capacity),
        by_workload(world, capacity),
        outages(capacity),
        needs(capacity),
        turns(capacity),
    ]
}

fn integer(name: &str, what: &str) -> Field {
    Field::new(name, FieldType::Integer, "", what)
}

fn text(name: &str, what: &str) -> Field {
    Field::new(name, FieldType::String, "", what)
}

fn number(name: &str, unit: &str, what: &str) -> Field {
    Field::new(name, FieldType::Number, unit, what)
}

/// The columns that say which trial a row is of.
fn of_trial() -> Vec<Field> {
    vec![
        integer("trial", "Place of what was tried, from 0: the most at once first"),
        integer("at_once", "How many roll at once at most"),
    ]
}

fn begin_row(table: &mut Table, place: usize, trial: &Trial) {
    table.integer(place as u64);
    table.integer(trial.at_once as u64);
}

/// The columns of an estimate.
fn limits(name: &str, unit: &str, what: &str) -> [Field; 3] {
    [
        number(name, unit, &format!("{what}; empty where the releases support none")),
        number(&format!("{name}_low"), unit, "Lower 95 % limit of it"),
        number(&format!("{name}_high"), unit, "Upper 95 % limit of it"),
    ]
}

fn estimate(table: &mut Table, one: &Estimate, scale: f64) {
    [one.value, one.low, one.high].into_iter().for_each(|value| table.optional(value.map(|value| value / scale)));
}

fn made(file: &'static str, title: &'static str, fields: Vec<Field>, fill: impl FnOnce(&mut Table)) -> CapacityTable {
    let mut table = Table::header(&fields);
    fill(&mut table);
    CapacityTable { file, title, fields, bytes: table.into_bytes() }
}

/// The unit of a supply's amounts, and how many of what is counted are one.
fn unit(capacity: &Capacity, supply: Supply) -> (&'static str, f64) {
    let name = match supply {
        Supply::Resource(place) => capacity.resources.get(place).map(|resource| resource.name.as_str()),
        Supply::Quota(place) => capacity.quotas.get(place).map(|quota| quota.resource.as_str()),
    };
    let (unit, in_one) = unit_of(name.unwrap_or_default());
    (unit.as_str(), in_one)
}

/// The word for whether a trial fits.
const fn fit(fit: &Fit) -> &'static str {
    match fit {
        Fit::Fits => "fits",
        Fit::Waits => "waits",
        Fit::Not(_) => "no",
        Fit::Open(_) => "open",
        Fit::Unknown => "unknown",
    }
}

const fn order(order: &Order) -> &'static str {
    match order {
        Order::AtOnce(_) => "at_once",
        Order::Waves(_) => "waves",
        _ => "together",
    }
}

fn trials(capacity: &Capacity) -> CapacityTable {
    let mut fields = of_trial();
    fields.extend([
        text("order", "How the rollouts follow one another").one_of(&["together", "at_once", "waves"]),
        integer("releases", "Simulated releases"),
        Field::new("recommended", FieldType::Boolean, "", "Whether it is the one that is recommended"),
        text("fits", "fits; waits: it fits, but pods wait for a node; no; open: the releases cannot decide; unknown: nobody wrote what the nodes have")
            .one_of(&["fits", "waits", "no", "open", "unknown"]),
        text("binding", "What the releases are nearest to run out of: a resource or `quota NAME RESOURCE`; empty: nothing says how much there is"),
    ]);
    let shares = [
        ("all_done", "Share of the releases in which all rollouts are complete"),
        ("stopped", "Share that a stalled rollout stopped"),
        ("stalled", "Share with a stalled rollout"),
        ("pods_wait", "Share in which a pod found no node at first"),
        ("no_node", "Share in which a rollout stalled for want of a node, or was never complete for that"),
        ("quota_refused", "Share in which a ResourceQuota refused a pod"),
    ];
    fields.extend(limits("done_p50_s", "s", "Start of the release until the last rollout is complete, median"));
    fields.extend(limits("done_p95_s", "s", "The same, 95th percentile"));
    fields.extend(limits(
        "longest_wait_p99_s",
        "s",
        "Longest wait of a pod that found no node at first, 99th percentile",
    ));
    fields.extend(limits("over_room_p95_s", "s", "How long more was asked for than the nodes have, 95th percentile"));
    shares.into_iter().for_each(|(name, what)| fields.extend(limits(name, "", what)));
    made("capacity.csv", "One row per number at a time", fields, |table| {
        for (place, trial) in capacity.trials.iter().enumerate() {
            begin_row(table, place, trial);
            table.text(order(&trial.order));
            table.integer(trial.releases);
            table.text(if capacity.best == Some(place) { "true" } else { "false" });
            table.text(fit(&trial.fit));
            table.text(&trial.binding.map_or(String::new(), |supply| name(capacity, supply)));
            let troubles = &trial.troubles;
            let all = [
                &trial.done_p50,
                &trial.done_p95,
                &trial.longest_wait_p99,
                &trial.over_room_p95,
                &trial.all_done,
                &trial.stopped,
                &trial.stalled,
                &troubles.waits,
                &troubles.no_node,
                &troubles.refused,
            ];
            all.into_iter().for_each(|one| estimate(table, one, 1.0));
            table.end_row();
        }
    })
}

fn demand(capacity: &Capacity) -> CapacityTable {
    let mut fields = of_trial();
    fields.extend([
        text("supply", "What is asked for: a resource, or `quota NAME RESOURCE` for what a quota counts"),
        text("unit", "What its amounts are counted in"),
        number("found", "", "What the pods take that a release finds"),
        number("left", "", "What there is beside that; empty where nothing says how much there is"),
    ]);
    for (name, what) in [("p50", "median"), ("p95", "95th percentile"), ("p99", "99th percentile")] {
        fields.extend(limits(name, "", &format!("The most that a release takes more at once, {what}")));
    }
    fields.push(number(
        "sum_of_p99",
        "",
        "The sum of what each rollout takes more at its own 99th percentile; empty for quotas",
    ));
    made("capacity-demand.csv", "What is asked for, by number at a time", fields, |table| {
        for (place, trial) in capacity.trials.iter().enumerate() {
            let resources = capacity.resources.iter().zip(&trial.demand).zip(&trial.sum_of_p99).enumerate();
            for (number, ((resource, demand), sum)) in resources {
                let amounts = (resource.found, resource.left, *sum);
                demand_row(table, capacity, (place, trial), Supply::Resource(number), demand, amounts);
            }
            for (number, (quota, demand)) in capacity.quotas.iter().zip(&trial.charged).enumerate() {
                let amounts = (quota.found, Some(quota.left), None);
                demand_row(table, capacity, (place, trial), Supply::Quota(number), demand, amounts);
            }
        }
    })
}

fn demand_row(
    table: &mut Table,
    capacity: &Capacity,
    (place, trial): (usize, &Trial),
    supply: Supply,
    demand: &Demand,
    (found, left, sum): (u64, Option<i64>, Option<f64>),
) {
    let (word, in_one) = unit(capacity, supply);
    begin_row(table, place, trial);
    table.text(&name(capacity, supply));
    table.text(word);
    table.number(found as f64 / in_one);
    table.optional(left.map(|left| left as f64 / in_one));
    [&demand.p50, &demand.p95, &demand.p99].into_iter().for_each(|one| estimate(table, one, in_one));
    table.optional(sum.map(|sum| sum / in_one));
    table.end_row();
}

fn drivers(capacity: &Capacity) -> CapacityTable {
    let mut fields = of_trial();
    fields.extend([
        text("supply", "What binds, CPU where nothing does"),
        text("workload", "Namespace and name, the one that takes most more first"),
        number("amount", "", "What it takes more at the instant at which all together take most, mean, in the unit of capacity-demand.csv"),
    ]);
    made("capacity-drivers.csv", "Who takes what binds at the peak", fields, |table| {
        for (place, trial) in capacity.trials.iter().enumerate() {
            let (_, in_one) = unit(capacity, trial.driven());
            for driver in &trial.drivers {
                begin_row(table, place, trial);
                table.text(&name(capacity, trial.driven()));
                table.text(&driver.workload);
                table.number(driver.amount / in_one);
                table.end_row();
            }
        }
    })
}

fn workloads(capacity: &Capacity) -> CapacityTable {
    let mut fields = of_trial();
    fields.extend([
        text("workload", "Namespace and name of a workload that moves"),
        Field::new("desired", FieldType::Integer, "pods", "Most wanted pods"),
        Field::new("pods_wait", FieldType::Integer, "", "Releases in which a pod of it found no node at first"),
    ]);
    for (name, what) in [("p50", "median"), ("p95", "95th percentile"), ("p99", "99th percentile")] {
        fields.extend(limits(
            &format!("extra_pods_{name}"),
            "pods",
            &format!("Most pods on nodes beside those found, {what}"),
        ));
    }
    fields.extend(limits(
        "available_p05",
        "pods",
        "Available pods at worst: 95 of 100 releases have at least this many",
    ));
    fields.extend(limits("duration_p50_s", "s", "Beginning of its rollout until that is complete, median"));
    fields.extend(limits("duration_p95_s", "s", "The same, 95th percentile"));
    fields.extend(limits("completed", "", "Share of the releases in which it is complete"));
    fields.extend(limits("stalled", "", "Share in which it stalls"));
    made("capacity-workloads.csv", "What becomes of each workload", fields, |table| {
        for (place, trial) in capacity.trials.iter().enumerate() {
            for own in &trial.workloads {
                begin_row(table, place, trial);
                table.text(&own.workload);
                table.integer(own.desired.into());
                table.integer(own.waits);
                let pods = &own.extra_pods;
                let all = [
                    &pods.p50,
                    &pods.p95,
                    &pods.p99,
                    &own.available_p05,
                    &own.duration_p50,
                    &own.duration_p95,
                    &own.completed,
                    &own.stalled,
                ];
                all.into_iter().for_each(|one| estimate(table, one, 1.0));
                table.end_row();
            }
        }
    })
}

/// The trials that were followed over time.
fn followed(capacity: &Capacity) -> impl Iterator<Item = (usize, &Trial, &OverTime)> {
    capacity.trials.iter().enumerate().filter_map(|(place, trial)| Some((place, trial, trial.course()?)))
}

fn timeline(capacity: &Capacity) -> CapacityTable {
    let mut fields = of_trial();
    fields.push(text("supply", "What binds in the first trial, CPU where nothing does"));
    fields.push(number("t_s", "s", "Time since the start of the release"));
    for (name, what) in [("p50", "Median"), ("p95", "95th percentile"), ("p99", "99th percentile")] {
        let what = format!(
            "{what} of what all pods take, those that were there before too, in the unit of capacity-demand.csv"
        );
        fields.push(number(name, "", &what));
    }
    made("capacity-timeline.csv", "What all take over time", fields, |table| {
        let (supply, (_, in_one)) = (capacity.driven(), unit(capacity, capacity.driven()));
        for (place, trial, course) in followed(capacity) {
            for (instant, second) in course.seconds.iter().enumerate() {
                begin_row(table, place, trial);
                table.text(&name(capacity, supply));
                table.number(*second);
                for levels in [&course.p50, &course.p95, &course.p99] {
                    table.optional(levels.get(instant).copied().flatten().map(|level| level / in_one));
                }
                table.end_row();
            }
        }
    })
}

fn by_workload(world: &World, capacity: &Capacity) -> CapacityTable {
    let mut fields = of_trial();
    fields.extend([
        text("supply", "What binds in the first trial, CPU where nothing does"),
        text("workload", "Namespace and name"),
        number("t_s", "s", "Time since the start of the release"),
        number(
            "mean",
            "",
            "Mean of what its pods take, those that were there before too, in the unit of capacity-demand.csv",
        ),
    ]);
    made("capacity-timeline-workloads.csv", "What each takes over time", fields, |table| {
        let (supply, (_, in_one)) = (capacity.driven(), unit(capacity, capacity.driven()));
        for (place, trial, course) in followed(capacity) {
            for (workload, own) in world.workloads.iter().zip(&course.by_workload) {
                for (second, mean) in course.seconds.iter().zip(own) {
                    begin_row(table, place, trial);
                    table.text(&name(capacity, supply));
                    table.text(&workload.name);
                    table.number(*second);
                    table.number(mean / in_one);
                    table.end_row();
                }
            }
        }
    })
}

fn outages(capacity: &Capacity) -> CapacityTable {
    let mut fields = vec![
        text(
            "workload",
            "A workload without any available pod during its rollout, in the recommended trial or else the first",
        ),
        Field::new("desired", FieldType::Integer, "pods", "Most wanted pods"),
    ];
    fields.extend(limits("share", "", "Share of the releases in which that is so"));
    fields.extend(limits("p50_s", "s", "How long none is available in these, median"));
    fields.extend(limits("p95_s", "s", "The same, 95th percentile"));
    made("capacity-outages.csv", "Rollouts that are outages", fields, |table| {
        for own in &capacity.outages {
            table.text(&own.workload);
            table.integer(own.desired.into());
            [&own.share, &own.p50, &own.p95].into_iter().for_each(|one| estimate(table, one, 1.0));
            table.end_row();
        }
    })
}

fn needs(capacity: &Capacity) -> CapacityTable {
    let kinds = ["quota", "nodes_enough", "nodes_without_wait"];
    let fields = vec![
        integer("at_once", "How many roll at once then: all that were tried at the most"),
        text("need", "quota: it must allow more; nodes_enough: more empty nodes with which it fits, though pods may wait; nodes_without_wait: with which none waits")
            .one_of(&kinds),
        text("name", "The quota; empty for nodes"),
        text("resource", "What the quota counts; empty for nodes"),
        number("more", "", "How much more, or how many nodes; empty: not even the most that were tried are enough"),
        text("unit", "What that is counted in"),
        number("node_cpu", "cores", "CPU of each node"),
        Field::new("node_memory", FieldType::Integer, "bytes", "Memory of each node"),
        integer("tried", "The most nodes that were tried"),
    ];
    made("capacity-needs.csv", "What to buy, or to ask for", fields, |table| {
        let Some(missing) = &capacity.missing else { return };
        for need in &missing.quotas {
            let (unit, in_one) = unit_of(&need.resource);
            table.integer(missing.at_once as u64);
            [kinds[0], &need.quota, &need.resource].into_iter().for_each(|word| table.text(word));
            table.number(need.more as f64 / in_one);
            table.text(unit.as_str());
            (0..3).for_each(|_| table.text(""));
            table.end_row();
        }
        let Some(nodes) = &missing.nodes else { return };
        for (kind, count) in [(kinds[1], nodes.enough), (kinds[2], nodes.without_wait)] {
            table.integer(missing.at_once as u64);
            [kind, "", ""].into_iter().for_each(|word| table.text(word));
            table.optional(count.map(f64::from));
            table.text("nodes");
            table.number(nodes.cpu_millis as f64 / 1000.0);
            table.integer(nodes.memory_bytes);
            table.integer(nodes.tried.into());
            table.end_row();
        }
    })
}

fn turns(capacity: &Capacity) -> CapacityTable {
    let fields = vec![
        text("assumption", "What takes longer"),
        number(
            "times",
            "",
            "How many times as long: the nearest level at which the recommended number is not shown to fit, or the farthest that was tried",
        ),
        Field::new("turns", FieldType::Boolean, "", "Whether it does not fit then"),
        integer("then", "How many at a time fit then; empty: not even one, or it still fits"),
        integer("releases", "Simulated releases at each level"),
    ];
    made("capacity-what-if.csv", "What would change the answer", fields, |table| {
        for turn in &capacity.turns {
            table.text(turn.assumption.as_str());
            table.number(turn.times);
            table.text(if turn.turns { "true" } else { "false" });
            table.optional(turn.then.map(|then| then as f64));
            table.integer(turn.releases);
            table.end_row();
        }
    })
}
