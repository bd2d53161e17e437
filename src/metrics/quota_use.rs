//! How much of each ResourceQuota the pods of a world use, and the most of it.
//!
//! Admission decides at an instant, so that the most of any instant counts: a quota that is too small for a state that lasts no time
//! refuses a pod all the same.

use crate::scenario::{Quota, Template};

/// What the quotas of a world count at an instant.
#[derive(Debug, Default)]
pub(super) struct QuotaUse {
    /// By quota, then by its resources.
    used: Vec<u64>,
    /// The most of each since the beginning.
    most: Vec<u64>,
    /// What one pod adds to each of these, by template; an empty list: nothing.
    charged: Vec<Vec<u64>>,
}

impl QuotaUse {
    /// Nothing is used of `quotas` yet.
    pub(super) fn begin(&mut self, quotas: &[Quota]) {
        let width = quotas.iter().map(|quota| quota.resources.len()).sum();
        self.used.clear();
        self.used.resize(width, 0);
        self.most.clone_from(&self.used);
        let templates = quotas.iter().map(|quota| quota.charged.len()).max().unwrap_or(0);
        self.charged.clear();
        self.charged.extend((0..templates).map(|template| charged(quotas, template)));
    }

    /// What is used, quota by quota.
    pub(super) fn used(&self) -> &[u64] {
        &self.used
    }

    /// The most that was used at any instant, quota by quota.
    pub(super) fn most(&self) -> &[u64] {
        &self.most
    }

    /// A pod of `template` is created.
    pub(super) fn add(&mut self, template: Template) {
        let each = self.charged.get(usize::from(template)).map_or(&[][..], Vec::as_slice);
        for ((used, most), each) in self.used.iter_mut().zip(&mut self.most).zip(each) {
            *used += each;
            *most = (*most).max(*used);
        }
    }

    /// A pod of `template` is gone, or has failed.
    pub(super) fn remove(&mut self, template: Template) {
        let each = self.charged.get(usize::from(template)).map_or(&[][..], Vec::as_slice);
        self.used.iter_mut().zip(each).for_each(|(used, each)| *used -= each);
    }
}

/// What a pod of `template` adds to each resource of each quota.
fn charged(quotas: &[Quota], template: usize) -> Vec<u64> {
    let of = |quota: &Quota| -> Vec<u64> {
        let own = quota.charged.get(template).map_or(&[][..], Vec::as_slice);
        (0..quota.resources.len()).map(|place| own.get(place).copied().unwrap_or(0)).collect()
    };
    quotas.iter().flat_map(of).collect()
}
