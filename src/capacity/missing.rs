//! What would have to be there so that the release with the most at once fits: greater quotas, more nodes. Every amount is simulated.

use super::added::{usual_node, with_more_nodes};
use super::driver::{Driver, Failure};
use crate::analysis::capacity::{
    Capacity, Demand, Fit, Missing, MoreNodes, QuotaNeed, Resource, Trial, needs_of_quotas, resources,
};
use crate::scenario::{Order, Quota, Room, World};

/// The fewest nodes that are tried at most, and more where the cluster has more.
const MOST_NEW_NODES: u32 = 16;

/// What is missing for the first trial; `None` where that fits and no pod waits.
pub(super) fn missing(driver: &Driver<'_>, world: &World, capacity: &Capacity) -> Result<Option<Missing>, Failure> {
    let Some(trial) = capacity.trials.first() else { return Ok(None) };
    if matches!(trial.fit, Fit::Fits | Fit::Open(_) | Fit::Unknown) {
        return Ok(None);
    }
    let (order, at_once) = (trial.order.clone(), trial.at_once);
    let (greater, quotas) = greater_quotas(driver, world, trial)?;
    let asked = Asked { driver, order: &order, capacity };
    let buys = !world.room.guessed && world.shared.cluster.autoscaler.is_none();
    let alone = if quotas.is_empty() { None } else { Some(asked.fit(&greater)?) };
    let suffices = alone.as_ref().map(|fit| fit.holds() || *fit == Fit::Unknown);
    let nodes = if buys && alone != Some(Fit::Fits) { Some(asked.nodes(&greater)?) } else { None };
    Ok(Some(Missing { order, at_once, quotas, nodes, quotas_suffice: suffices }))
}

/// The world with quotas that refuse nothing, and by how much they are greater.
fn greater_quotas(driver: &Driver<'_>, world: &World, trial: &Trial) -> Result<(World, Vec<QuotaNeed>), Failure> {
    if trial.troubles.refused.value.is_none_or(|share| share == 0.0) {
        return Ok((world.clone(), Vec::new()));
    }
    let unlimited = |quota: &Quota| Quota { hard: vec![Room::UNLIMITED; quota.hard.len()], ..quota.clone() };
    let without = World { quotas: world.quotas.iter().map(unlimited).collect(), ..world.clone() };
    let needs = needs_of_quotas(world, &driver.run(&without, &trial.order)?.all);
    let mut greater = world.clone();
    for quota in &mut greater.quotas {
        for (resource, hard) in quota.resources.iter().zip(&mut quota.hard) {
            let own = needs.iter().find(|need| need.quota == quota.name && need.resource == *resource);
            *hard += own.map_or(0, |need| need.more);
        }
    }
    Ok((greater, needs))
}

/// What is simulated.
struct Asked<'a, 'd> {
    driver: &'a Driver<'d>,
    order: &'a Order,
    capacity: &'a Capacity,
}

impl Asked<'_, '_> {
    fn fit(&self, world: &World) -> Result<Fit, Failure> {
        let run = self.driver.run(world, self.order)?;
        Ok(Trial::of(world, &resources(world), &run.releases()).fit)
    }

    /// How many more nodes are enough.
    fn nodes(&self, world: &World) -> Result<MoreNodes, Failure> {
        let like = usual_node(world);
        let [cpu_millis, memory_bytes] = world.room.allocatable[like];
        let standing = self.driver.standing(world);
        let most = MOST_NEW_NODES.max(self.capacity.nodes as u32);
        let mut known: Vec<(u32, Fit)> = Vec::new();
        let mut fit = |count: u32| -> Result<Fit, Failure> {
            if let Some((_, fit)) = known.iter().find(|(of, _)| *of == count) {
                return Ok(fit.clone());
            }
            let fit = self.fit(&with_more_nodes(world, like, count, &standing))?;
            known.push((count, fit.clone()));
            Ok(fit)
        };
        let fits_already = self.capacity.trials.first().is_some_and(|trial| trial.fit.holds());
        let enough = match fits_already {
            true => Some(0),
            false => fewest(self.least([cpu_millis, memory_bytes]), most, |count| Ok(fit(count)?.holds()))?,
        };
        let without_wait = match enough {
            Some(enough) => fewest(enough.max(1), most, |count| Ok(fit(count)? == Fit::Fits))?,
            None => None,
        };
        Ok(MoreNodes { cpu_millis, memory_bytes, enough, without_wait, tried: most })
    }

    /// So many must be bought at least, because the sum is short of that much.
    fn least(&self, each: [u64; 2]) -> u32 {
        let Some(trial) = self.capacity.trials.first() else { return 1 };
        let all = self.capacity.resources.iter().zip(&trial.demand);
        let of = |(resource, demand): (&Resource, &Demand)| {
            let each = each.get(resource.place).copied().filter(|each| *each > 0)?;
            let short = demand.p99.value? - resource.left? as f64;
            Some(((short / each as f64).ceil().max(1.0)) as u32)
        };
        all.filter_map(of).max().unwrap_or(1)
    }
}

/// The fewest from `least` to `most` that suffice: steps that double, then halves. It takes for granted that more suffice where fewer do.
fn fewest(
    least: u32,
    most: u32,
    mut suffices: impl FnMut(u32) -> Result<bool, Failure>,
) -> Result<Option<u32>, Failure> {
    let (mut below, mut step, mut count) = (least.saturating_sub(1), 1, least);
    loop {
        if count > most {
            return Ok(None);
        }
        if suffices(count)? {
            break;
        }
        below = count;
        count += step;
        step *= 2;
    }
    while count - below > 1 {
        let middle = u32::midpoint(below, count);
        if suffices(middle)? {
            count = middle;
        } else {
            below = middle;
        }
    }
    Ok(Some(count))
}
