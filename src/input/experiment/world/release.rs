//! `release`: in which order workloads roll.

use crate::input::experiment::fields::{Context, Fields};
use crate::input::experiment::world::named::named;
use crate::input::keys::workloads::{ON_STALL, ORDER, ORDERS, RELEASE};
use crate::input::tree::error::InputError;
use crate::input::tree::fields::Map;
use crate::input::tree::near::unknown;
use crate::input::tree::yaml::Node;
use crate::scenario::{OnStall, Order, Release, WorkloadId};

/// Reads `release` for workloads with these full names, of which those that are `moving` roll.
pub(super) fn release(
    map: Option<Map<'_>>,
    context: Context<'_>,
    names: &[&str],
    moving: &[bool],
) -> Result<Release, InputError> {
    let fields = Fields::read(map, &RELEASE, "release", context)?;
    let on_stall = fields.or_default("onStall");
    Ok(Release {
        order: order(fields.or_default("order"), names, moving)?,
        pause: fields.duration("pause")?,
        on_stall: match on_stall.text()? {
            "stop" => OnStall::Stop,
            "continue" => OnStall::Continue,
            "undo" => OnStall::Undo,
            other => return Err(on_stall.at.error(unknown("value of onStall", other, ON_STALL))),
        },
    })
}

fn order(node: &Node, names: &[&str], moving: &[bool]) -> Result<Order, InputError> {
    match node.plain_text() {
        Some("together") => return Ok(Order::Together),
        Some("inTurn") => return Ok(Order::AtOnce(1)),
        Some(word) => {
            let valid: Vec<&str> = ORDERS.iter().copied().chain(ORDER.names()).collect();
            return Err(node.at.error(unknown("order", word, &valid)));
        }
        None => {}
    }
    let map = node.map()?.of(&ORDER)?;
    match (map.get("atOnce"), map.get("waves")) {
        (Some(number), None) => {
            let (least, most) = ORDER.bounds("atOnce");
            Ok(Order::AtOnce(number.integer(least, most)? as u32))
        }
        (None, Some(waves)) => waves_of(waves, names, moving),
        _ => Err(map.at.error("an order is together, inTurn, {atOnce: NUMBER}, or {waves: [[NAME, NAME], [NAME]]}")),
    }
}

fn waves_of(node: &Node, names: &[&str], moving: &[bool]) -> Result<Order, InputError> {
    let mut seen: Vec<WorkloadId> = Vec::new();
    let mut waves = Vec::new();
    for wave in node.list()? {
        let mut members = Vec::new();
        for name in
            wave.list().map_err(|_| wave.wrong("a list of names of workloads, such as [shop/cart, shop/front]"))?
        {
            let number = named(names.iter().copied(), name.text()?).map_err(|message| name.at.error(message))?;
            if !moving[number] {
                let advice =
                    "its event is none, so that it cannot be in a wave: leave it out of the waves, or give it an event";
                return Err(name.at.error(format!("{}: {advice}", names[number])));
            }
            let workload = number as WorkloadId;
            if seen.contains(&workload) {
                return Err(name.at.error(format!("{} is in a wave already: write it once", names[number])));
            }
            seen.push(workload);
            members.push(workload);
        }
        if members.is_empty() {
            return Err(wave.at.error("the wave is empty: name a workload, or leave it out"));
        }
        waves.push(members);
    }
    if waves.is_empty() {
        return Err(node.at.error("there are no waves: write one at least, such as [[shop/cart]]"));
    }
    Ok(Order::Waves(waves))
}
