//! ResourceQuotas, which the pods of all workloads of a namespace share.

use std::collections::BTreeMap;

use crate::input::experiment::world::member::Member;
use crate::input::keys::cluster::QUOTA;
use crate::input::kubernetes::amounts::{Amounts, written};
use crate::input::kubernetes::resource_quota::{Quota as Object, base, usage};
use crate::input::tree::error::InputError;
use crate::input::tree::fields::Map;
use crate::scenario::Quota;

/// The quotas of a world, and what is assumed about their use.
#[derive(Default)]
pub(super) struct Quotas {
    pub(super) list: Vec<Quota>,
    pub(super) assumed: Vec<String>,
}

impl Quotas {
    /// Those that count pods of the members: `cluster.quota` as it is written, or the objects of their namespaces.
    pub(super) fn of(cluster: Option<Map<'_>>, members: &[Member<'_>]) -> Result<Self, InputError> {
        let mut quotas = Self::default();
        match cluster.and_then(|cluster| cluster.get("quota")) {
            Some(node) if node.plain_text() == Some("none") => {}
            Some(node) => {
                let object = Object::of(&node.map()?.of(&QUOTA)?)?;
                quotas.written(&object, members);
            }
            None => quotas.objects(members),
        }
        quotas.refusals(members);
        // Pods of other versions, which only a workload alone has, are counted as those of the old one.
        let others = members.first().map_or(0, Member::others);
        for quota in &mut quotas.list {
            let of_pod = quota.charged.first().cloned().unwrap_or_default();
            quota.charged.extend(std::iter::repeat_n(of_pod, usize::from(others)));
        }
        Ok(quotas)
    }

    fn written(&mut self, object: &Object, members: &[Member<'_>]) {
        let mut namespaces: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (number, member) in members.iter().enumerate() {
            namespaces.entry(&member.part.workload.namespace).or_default().push(number);
        }
        for (namespace, counted) in &namespaces {
            self.take(format!("cluster.quota of {namespace}"), object, counted, members);
        }
        if members.len() > 1 {
            let each = if namespaces.len() > 1 { "in each namespace " } else { "" };
            self.assumed
                .push(format!("cluster.quota is taken to hold {each}for the pods of all workloads there together"));
        }
    }

    fn objects(&mut self, members: &[Member<'_>]) {
        let mut found: Vec<(&str, &Object, Vec<usize>)> = Vec::new();
        for (number, member) in members.iter().enumerate() {
            for (title, object) in &member.part.workload.admission.counting {
                match found.iter_mut().find(|(known, ..)| known == title) {
                    Some((.., counted)) => counted.push(number),
                    None => found.push((title, object, vec![number])),
                }
            }
        }
        for (title, object, counted) in found {
            self.tell(title, object, &counted, members);
            self.take(title.to_owned(), object, &counted, members);
        }
    }

    /// What is assumed about the use of a quota.
    fn tell(&mut self, title: &str, object: &Object, counted: &[usize], members: &[Member<'_>]) {
        let Some(used) = object.used() else {
            self.assumed.push(format!("{title} has no status.used: nothing but the workloads is taken to use it"));
            return;
        };
        let own = own_use(counted, members);
        let amount = |name: &str, amount: u64| written(base(name), amount);
        let part = |(name, _): (&str, u64)| {
            let whole = used.get(name);
            format!("{} of the {} of {name}", amount(name, own.get(name).min(whole)), amount(name, whole))
        };
        let parts: Vec<String> = object.hard().iter().map(part).collect();
        self.assumed.push(format!("{title}: the running pods of the workloads are taken to use {}", parts.join(", ")));
    }

    /// Adds a quota that counts the pods of the members `counted`.
    fn take(&mut self, name: String, object: &Object, counted: &[usize], members: &[Member<'_>]) {
        let own = own_use(counted, members);
        let left = |(name, hard): (&str, u64)| {
            let by_others = object.used().map_or(0, |used| used.get(name).saturating_sub(own.get(name)));
            hard.saturating_sub(by_others)
        };
        let resources: Vec<String> = object.hard().iter().map(|(name, _)| name.to_owned()).collect();
        let charged = members.iter().enumerate().flat_map(|(number, member)| {
            let each = usage(&member.part.workload.template.resources);
            let of_pod: Vec<u64> = match counted.contains(&number) {
                true => resources.iter().map(|name| each.get(name)).collect(),
                false => Vec::new(),
            };
            [of_pod.clone(), of_pod]
        });
        let charged = charged.collect();
        self.list.push(Quota { name, hard: object.hard().iter().map(left).collect(), charged, resources });
    }

    /// Pods that the API server refuses whatever there is of them: a quota that allows none.
    fn refusals(&mut self, members: &[Member<'_>]) {
        for (number, member) in members.iter().enumerate().filter(|(_, member)| member.part.refused) {
            let charged =
                (0..2 * members.len()).map(|template| if template / 2 == number { vec![1] } else { Vec::new() });
            let name = format!("admission of {}", member.entry.name);
            self.list.push(Quota { name, resources: vec!["pods".into()], hard: vec![0], charged: charged.collect() });
        }
    }
}

/// What the pods that a run finds of the members `counted` use.
fn own_use(counted: &[usize], members: &[Member<'_>]) -> Amounts {
    let mut sum = Amounts::default();
    for number in counted {
        let member = &members[*number];
        let found = u64::from(member.resolved.scenario.counts_at_start().all);
        let each = usage(&member.part.workload.template.resources);
        sum.add(&each.iter().map(|(name, amount)| (name.to_owned(), amount.saturating_mul(found))).collect());
    }
    sum
}
