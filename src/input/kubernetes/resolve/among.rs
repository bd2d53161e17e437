//! The pods of other Deployments that are simulated together with one: those that a term of either side is about.

use crate::input::kubernetes::placement::Placement;
use crate::scenario::{Group, Own, Template, Topology};

/// Another Deployment that is simulated.
#[derive(Clone, Copy)]
pub(crate) struct Other<'a> {
    pub(crate) placement: &'a Placement,
    /// The numbers of its old and of its new version.
    pub(crate) templates: [Template; 2],
}

/// What is simulated together with a Deployment.
#[derive(Clone, Copy, Default)]
pub(crate) struct Among<'a> {
    /// The Deployments of the world, itself included; empty: it is alone.
    pub(crate) all: &'a [Other<'a>],
    /// Its own place among them.
    pub(crate) own: usize,
}

impl<'a> Among<'a> {
    /// Whether it is one of several, so that pods are counted by their templates.
    pub(super) fn is_world(&self) -> bool {
        !self.all.is_empty()
    }

    pub(super) fn others(&self) -> impl Iterator<Item = Other<'a>> + use<'a> {
        let (all, own) = (self.all, self.own);
        all.iter().enumerate().filter(move |(number, _)| *number != own).map(|(_, other)| *other)
    }

    /// The rules and wishes for the pods of the version `number`: its own Deployment's templates that count are named too.
    pub(super) fn for_version(&self, number: usize, topology: &Topology) -> Topology {
        let mut topology = topology.clone();
        let Some(own) = self.all.get(self.own) else { return topology };
        let rules = topology.rules.iter_mut().map(|rule| &mut rule.group);
        let wishes = topology.wishes.iter_mut().map(|wish| &mut wish.group);
        rules.chain(wishes).for_each(|group| add_own(group, own.templates, number));
        topology
    }
}

fn add_own(group: &mut Group, [old, new]: [Template; 2], number: usize) {
    let (same, other) = if number == 0 { (old, new) } else { (new, old) };
    match group.own {
        Own::None => {}
        Own::All => group.templates.extend([old, new]),
        Own::SameTemplate => group.templates.push(same),
        Own::OtherTemplates => group.templates.push(other),
    }
    group.templates.sort_unstable();
}
