//! How many rollouts may run at once: simulates the releases of one order after the other, and judges them.
//!
//! Every order has the random numbers of the others (the same seed and the same replications), so that what differs is the order
//! alone. So have the worlds with more nodes, a greater quota or another assumption.

mod added;
mod driver;
mod missing;
mod over_time;
mod peaks;
mod search;
mod turns;
mod watch;

use std::cmp::Reverse;

use driver::Driver;
pub use driver::{Failure, Question};
use search::Search;

use crate::analysis::capacity::{Capacity, Supply, resources};
use crate::plan::Plan;
use crate::scenario::{Order, Release, Scenario, World};

/// Answers the question for the world of `plan`.
///
/// # Errors
/// Where the plan has no world or several that differ in more than their order, when somebody set `stop`, or when the operating
/// system gives no threads.
pub fn answer(plan: &Plan, question: &Question<'_>) -> Result<Capacity, Failure> {
    let (world, orders) = asked(plan, question)?;
    let members: Vec<&Scenario> = plan.scenarios.iter().take(world.workloads.len()).collect();
    let driver = Driver::new(plan, members, question)?;
    let resources = resources(world);
    let mut search = Search { driver: &driver, world, resources: &resources, runs: Vec::new(), is_asked: true };
    for order in &orders {
        search.fit(order)?;
    }
    if question.at_once.is_empty() && orders == [Order::Together] {
        search.all()?;
    }
    let mut runs = search.runs;
    runs.sort_by_key(|run| Reverse(width(&run.order)));
    let tried: Vec<_> = runs.iter().map(driver::Run::releases).collect();
    let mut capacity = Capacity::of(world, &tried);
    follow(&driver, world, &mut capacity)?;
    capacity.missing = missing::missing(&driver, world, &capacity)?;
    capacity.turns = turns::turns(&driver, world, &capacity)?;
    Ok(capacity)
}

/// The world, and the orders that are asked for.
fn asked<'a>(plan: &'a Plan, question: &Question<'_>) -> Result<(&'a World, Vec<Order>), Failure> {
    let Some(first) = plan.world(0) else { return Err(Failure::NoWorld) };
    let moving = first.workloads.iter().filter(|workload| workload.moves()).count();
    if moving == 0 {
        return Err(Failure::NothingMoves);
    }
    let mut orders: Vec<Order> = Vec::new();
    for world in (0..).map_while(|point| plan.world(point)) {
        let alike =
            World { release: Release { order: first.release.order.clone(), ..world.release }, ..(**world).clone() };
        if alike != **first {
            return Err(Failure::Sweep);
        }
        orders.push(world.release.order.clone());
    }
    if !question.at_once.is_empty() {
        orders = question.at_once.iter().map(|number| Order::AtOnce(*number)).collect();
    }
    for order in &mut orders {
        if matches!(order, Order::AtOnce(number) if *number as usize >= moving) {
            *order = Order::Together;
        }
    }
    orders.sort_by_key(|order| Reverse(width(order)));
    orders.dedup();
    Ok((first, orders))
}

/// How many roll at once, for the order of the rows; all at once before waves.
fn width(order: &Order) -> usize {
    match order {
        Order::AtOnce(number) => *number as usize,
        Order::Waves(waves) => waves.iter().map(Vec::len).max().unwrap_or(0),
        _ => usize::MAX,
    }
}

/// Follows the demand over time of the recommended order, and of those with the most and the fewest at once: of CPU, and of what
/// binds in that with the most, where it is something else.
fn follow(driver: &Driver<'_>, world: &World, capacity: &mut Capacity) -> Result<(), Failure> {
    let driven = capacity.driven();
    let (best, last) = (capacity.best, capacity.trials.len().saturating_sub(1));
    let resources = capacity.resources.clone();
    let each = |supply: Supply| supply.each(world, &resources);
    for (place, trial) in capacity.trials.iter_mut().enumerate() {
        let is_shown = place == 0 || place == last || Some(place) == best;
        let Some(until) = trial.done_p95.value.filter(|_| is_shown) else { continue };
        trial.over_time = Some(driver.over_time(world, &trial.order, until, &each(Supply::CPU))?);
        if driven != Supply::CPU {
            trial.binding_over_time = Some(driver.over_time(world, &trial.order, until, &each(driven))?);
        }
    }
    Ok(())
}
