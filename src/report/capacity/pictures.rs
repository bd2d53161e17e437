//! The charts of the answer.

use super::phrases::{name, name_of, short};
use super::supply::{amount_of, called, demand_of, unit};
use super::table::rows;
use crate::analysis::capacity::{Capacity, Fit, OverTime, Supply, Trial};
use crate::report::chart::by_number::{Bar, ByNumber};
use crate::report::chart::courses::{Course, Courses};
use crate::report::chart::stacked::{LAYERS, Layer, Stacked};
use crate::report::chart::{Chart, ChartTable, by_number, courses, stacked};
use crate::report::format;
use crate::scenario::{Order, World};

/// The pictures of the page.
pub(super) struct Pictures {
    /// What is asked for by number at a time.
    pub(super) by_number: Option<Chart>,
    /// Who asks for it over time, of the trial with the most at once.
    pub(super) drivers: Option<Chart>,
    /// The course of several trials.
    pub(super) turns: Option<Chart>,
}

impl Pictures {
    pub(super) fn of(world: &World, capacity: &Capacity) -> Self {
        Self {
            by_number: by_number::chart("capacity.svg", &numbers(capacity)),
            drivers: drivers(world, capacity).and_then(|one| stacked::chart("capacity-drivers.svg", &one)),
            turns: courses::chart("capacity-turns.svg", &turns(capacity)),
        }
    }

    /// All that are there.
    pub(super) fn all(&self) -> impl Iterator<Item = &Chart> {
        [&self.by_number, &self.drivers, &self.turns].into_iter().flatten()
    }
}

/// What is left of what binds, in the units of the pictures, and how it is called there.
fn room(capacity: &Capacity) -> (Option<f64>, String) {
    let supply = capacity.driven();
    let left = capacity.trials.first().and_then(|trial| demand_of(capacity, trial, supply).1);
    let (one, _) = unit(capacity, supply);
    match left {
        Some(left) if left > 0 => {
            (Some(left as f64 / one), format!("left: {}", amount_of(capacity, supply, left as f64)))
        }
        Some(_) => (Some(0.0), "nothing is left".into()),
        None => (None, String::new()),
    }
}

/// `CPU`, `memory, in GiB`
fn what(capacity: &Capacity) -> String {
    let supply = capacity.driven();
    let (name, (_, unit)) = (called(capacity, supply), unit(capacity, supply));
    if name == unit || name.ends_with(')') && unit == "pods" { name } else { format!("{name}, in {unit}") }
}

fn numbers(capacity: &Capacity) -> ByNumber {
    let supply = capacity.driven();
    let (one, _) = unit(capacity, supply);
    let bar = |(place, trial): (usize, &Trial)| {
        let levels = demand_of(capacity, trial, supply).0.map(|demand| [demand.p50, demand.p95, demand.p99]);
        Bar {
            label: match trial.order {
                Order::Waves(_) => "waves".into(),
                _ => format::count(trial.at_once as u64),
            },
            below: trial.done_p95.value.map_or("–".into(), format::time),
            levels: levels.map_or([None; 3], |levels| levels.map(|level| level.value.map(|value| value / one))),
            fits: match trial.fit {
                Fit::Fits | Fit::Waits => Some(true),
                Fit::Not(_) => Some(false),
                Fit::Open(_) | Fit::Unknown => None,
            },
            is_best: capacity.best == Some(place),
        }
    };
    let bars: Vec<Bar> = capacity.trials.iter().enumerate().rev().map(bar).collect();
    let (room, room_label) = room(capacity);
    ByNumber {
        title: format!("Extra {} at the highest moment, by rollouts at a time", what(capacity)),
        bars,
        room,
        room_label,
        note: "Beside the pods that ran before. Below each number: within which time 95 of 100 releases are done."
            .into(),
        table: table(capacity),
    }
}

/// The table of the terminal, which says more than one supply.
fn table(capacity: &Capacity) -> ChartTable {
    let all = rows(capacity, false);
    let mut group = "";
    let mut headings: Vec<String> = Vec::new();
    for [above, own] in all.headings {
        group = if above.is_empty() { group } else { above };
        headings.push(match own {
            "rollouts" | "room" => own.to_owned(),
            own => format!("{group} {own}"),
        });
    }
    let mut table = ChartTable::new(headings);
    table.rows = all.rows;
    table
}

/// What each instant has above what ran before; `None` where a release is too rare for the quantile.
fn above(levels: &[Option<f64>], found: f64, one: f64) -> Option<Vec<f64>> {
    levels.iter().map(|level| level.map(|level| ((level - found) / one).max(0.0))).collect()
}

fn found(capacity: &Capacity, supply: Supply) -> f64 {
    let found = match supply {
        Supply::Resource(place) => capacity.resources.get(place).map(|resource| resource.found),
        Supply::Quota(place) => capacity.quotas.get(place).map(|quota| quota.found),
    };
    found.unwrap_or(0) as f64
}

/// What each workload takes over time beside its pods that were there before.
fn extra_by_workload(world: &World, capacity: &Capacity, course: &OverTime) -> Vec<Layer> {
    let (supply, (one, _)) = (capacity.driven(), unit(capacity, capacity.driven()));
    let each = supply.each(world, &capacity.resources);
    let of = |(number, own): (u16, &Vec<f64>)| {
        let workload = &world.workloads[usize::from(number)];
        let before = f64::from(world.found(number)) * each.get(usize::from(workload.old)).copied().unwrap_or(0) as f64;
        let amounts = own.iter().map(|amount| ((amount - before) / one).max(0.0)).collect();
        Layer { name: short(&workload.name), amounts }
    };
    let mut layers: Vec<Layer> = (0..).zip(&course.by_workload).map(of).collect();
    let most = |layer: &Layer| layer.amounts.iter().copied().fold(0.0, f64::max);
    layers.retain(|layer| most(layer) > 0.0);
    layers.sort_by(|one, other| most(other).total_cmp(&most(one)).then_with(|| one.name.cmp(&other.name)));
    layers
}

fn drivers(world: &World, capacity: &Capacity) -> Option<Stacked> {
    let trial = capacity.trials.first()?;
    let course = trial.course()?;
    let mut layers = extra_by_workload(world, capacity, course);
    let table = drivers_table(capacity, trial);
    if layers.len() > LAYERS + 1 {
        let others = layers.split_off(LAYERS);
        let sum = |instant: usize| others.iter().filter_map(|layer| layer.amounts.get(instant)).sum();
        let amounts = (0..course.seconds.len()).map(sum).collect();
        layers.push(Layer { name: format!("{} others", format::count(others.len() as u64)), amounts });
    }
    let (one, found) = (unit(capacity, capacity.driven()).0, found(capacity, capacity.driven()));
    let quantiles = [("99 of 100", &course.p99), ("95 of 100", &course.p95)];
    let most = quantiles.into_iter().find_map(|(name, levels)| {
        Some((format!("{name} releases need no more at this moment"), above(levels, found, one)?))
    });
    let (room, room_label) = room(capacity);
    Some(Stacked {
        title: format!("Extra {} over time, {}", what(capacity), name(trial)),
        seconds: course.seconds.clone(),
        layers,
        most,
        room,
        room_label,
        note: format!(
            "Areas: mean of {}. Pods that are Terminating or wait for a node are counted.",
            format::plural(u64::from(course.releases), "release")
        ),
        table,
    })
}

fn drivers_table(capacity: &Capacity, trial: &Trial) -> ChartTable {
    let (one, word) = unit(capacity, capacity.driven());
    let mut table = ChartTable::new(["Deployment".to_owned(), format!("extra {word} at the peak, mean")]);
    for driver in trial.drivers.iter().filter(|driver| driver.amount != 0.0) {
        table.rows.push(vec![format::printable(&driver.workload), format::number(driver.amount / one)]);
    }
    table
}

fn turns(capacity: &Capacity) -> Courses {
    let (one, found) = (unit(capacity, capacity.driven()).0, found(capacity, capacity.driven()));
    let mut table = ChartTable::new(["rollouts", "most at any moment: median", "95th percentile", "all done p95"]);
    let mut courses = Vec::new();
    for trial in &capacity.trials {
        let Some(course) = trial.course() else { continue };
        let (Some(p50), Some(p95)) = (above(&course.p50, found, one), above(&course.p95, found, one)) else { continue };
        let done = trial.done_p95.value.map_or("–".into(), format::time);
        let name = name_of(&trial.order, trial.at_once);
        let most = |levels: &[f64]| format::number(levels.iter().copied().fold(0.0, f64::max));
        table.rows.push(vec![name.clone(), most(&p50), most(&p95), done.clone()]);
        courses.push(Course {
            name: format!("{name}: all done within {done} (p95)"),
            seconds: course.seconds.clone(),
            p50,
            p95,
        });
    }
    let (room, room_label) = room(capacity);
    Courses {
        title: format!("Extra {} over time", what(capacity)),
        courses,
        room,
        room_label,
        note: "The axes are the same. The next rollout begins when one is complete, in the order of the input.".into(),
        table,
    }
}
