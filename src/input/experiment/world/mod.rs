//! `workloads`: several Deployments that share one cluster. Each is read as if it were alone, and then they are put together.

mod overlay;
mod unsupported;

mod named;

mod entries;

mod release;
mod settings;

mod told;

mod member;

mod groups;
mod quotas;
mod room;
mod volumes;

mod join;

use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

use crate::input::experiment::beside::Beside;
use crate::input::experiment::cluster::Reader;
use crate::input::experiment::deployment::Manifests;
use crate::input::experiment::event::Event;
use crate::input::experiment::fields::Context;
use crate::input::experiment::placing::size;
use crate::input::experiment::scenario::{Resolved, Sources, sizes};
use crate::input::keys::cluster::CLUSTER;
use crate::input::keys::defaults::Defaults;
use crate::input::keys::root::ROOT;
use crate::input::snapshot::Snapshot;
use crate::input::tree::error::Problem;
use crate::input::tree::fields::Map;
use crate::input::tree::files::Files;
use crate::input::tree::yaml::Node;
use crate::scenario::{Membership, WorkloadId};
use entries::{Entry, entries};
use join::{Joined, join};
use member::Member;

#[cfg(feature = "cli")]
pub(crate) use named::named;
pub(crate) use settings::{Setting, selected};

/// Where the parts of a world are read from.
pub(super) struct World<'a> {
    pub(super) tree: &'a Node,
    pub(super) files: &'a Files,
    pub(super) manifests: &'a Manifests<'a>,
    pub(super) defaults: &'a Defaults,
    /// What `--set` and the sweep change in single workloads.
    pub(super) settings: &'a [Setting],
    /// The snapshot that a run starts from, of the only workload.
    pub(super) snapshot: Option<Rc<Snapshot>>,
}

impl World<'_> {
    /// Reads the scenario of every workload, in the order of the world. `availability` is the share of the replicas that should be
    /// available.
    pub(super) fn members(&self, availability: Option<f64>) -> Result<Vec<Resolved>, Problem> {
        let map = self.tree.map()?.with_names(&ROOT);
        let context = Context { defaults: self.defaults, files: self.files };
        unsupported::check(&map)?;
        let mut entries = entries(&map, self.manifests)?;
        settings::apply(self.settings, &mut entries)?;
        let names: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
        let moving: Vec<bool> = entries.iter().map(Entry::moves).collect();
        let release = release::release(map.map("release")?, context, &names, &moving)?;
        let trees = entries.iter().map(|entry| entry.tree(&map)).collect::<Result<Vec<_>, _>>()?;
        let beside = self.beside(&entries, &trees)?;
        let mut members = Vec::new();
        for (entry, tree) in entries.iter().zip(&trees) {
            let read = self.sources(tree, &beside).scenario_and_part(availability);
            let (resolved, part) = read.map_err(|problem| of(problem, &entry.name))?;
            unsupported::check_member(&entry.name, &resolved.scenario)?;
            members.push(Member::of(entry, resolved, part, members.is_empty()));
        }
        let Joined { world, assumed } = join(&map, &mut members, release, context)?;
        self.files.charge(world.room.free.len() / 3 + world.shared.pods.iter().map(size).sum::<usize>())?;
        let world = Arc::new(world);
        let mut found: Vec<Resolved> = members.into_iter().map(|member| member.resolved).collect();
        told::together(&mut found, &names, assumed);
        told::rest_on(&mut found, &world.shared.control_plane);
        for (number, resolved) in found.iter_mut().enumerate() {
            let workload = WorkloadId::try_from(number).unwrap_or(WorkloadId::MAX);
            resolved.scenario.world = Some(Membership { world: Arc::clone(&world), workload });
        }
        Ok(found)
    }

    fn sources<'s>(&'s self, tree: &'s Node, beside: &'s Beside) -> Sources<'s> {
        let Self { files, manifests, defaults, .. } = *self;
        Sources { tree, files, manifests, defaults, beside }
    }

    /// What each of the Deployments must know of the others before it is read.
    fn beside(&self, entries: &[Entry], trees: &[Node]) -> Result<Beside, Problem> {
        let simulated: BTreeSet<String> = entries.iter().map(Entry::identity).collect();
        let alone = Beside { simulated, snapshot: self.snapshot.clone(), ..Beside::default() };
        let mut beside = alone.clone();
        let context = Context { defaults: self.defaults, files: self.files };
        for (entry, tree) in entries.iter().zip(trees) {
            let map = tree.map()?.with_names(&ROOT);
            let sources = self.sources(tree, &alone);
            let mut workload = sources.workload(&map).map_err(|problem| of(problem, &entry.name))?;
            beside.largest.raise(&workload.template.requests);
            let event = Event::read(map.get("event"), &mut workload.spec, context);
            let (replicas, most) = sizes(&event.map_err(|problem| of(problem, &entry.name))?, &workload.spec, None);
            let reader = Reader {
                template: &workload.template,
                machines: &workload.machines,
                found_on: &[],
                admission: &workload.admission,
                budget: workload.budget,
                replicas,
                most,
                beside: &alone,
                context,
            };
            let cluster: Option<Map<'_>> = map.map("cluster")?.map(|cluster| cluster.with_names(&CLUSTER));
            if let Some(nodes) = reader.default_nodes(cluster)? {
                beside.nodes = Some(beside.nodes.unwrap_or(0).saturating_add(nodes));
            }
        }
        Ok(beside)
    }
}

/// A problem of one workload.
fn of(problem: Problem, name: &str) -> Problem {
    match problem {
        Problem::Refused(reason) => Problem::Refused(format!("{name}: {reason}")),
        input @ Problem::Input(_) => input,
    }
}
