//! Where the numbers of an approximated rollout come from.

use crate::random::{Draws, Hypercube, Purpose};
use crate::scenario::Template;

/// Uniform numbers of pods.
pub(super) trait Numbers {
    /// The number of a pod's attempt, from 0.
    fn number(&mut self, purpose: Purpose, attempt: u32, pod: usize) -> f64;
}

/// Those that the simulator draws in a replication.
#[derive(Debug)]
pub(super) struct Addressed<'a> {
    draws: &'a mut Draws,
    template: Template,
}

impl<'a> Addressed<'a> {
    pub(super) const fn new(draws: &'a mut Draws, template: Template) -> Self {
        Self { draws, template }
    }
}

impl Numbers for Addressed<'_> {
    fn number(&mut self, purpose: Purpose, attempt: u32, pod: usize) -> f64 {
        self.draws.uniform(self.template, purpose, u64::from(attempt) << 32 | pod as u64)
    }
}

/// Those of a Latin hypercube sample: first attempts are stratified, later ones and what is seldom asked for are independent.
#[derive(Debug)]
pub(super) struct Sampled {
    hypercube: Hypercube,
    point: usize,
    phases: Vec<u16>,
    /// The place of each purpose in `strata`, where it is stratified.
    places: [Option<u8>; Purpose::COUNT],
    /// The strata of the points, for each purpose and pod.
    strata: Vec<Vec<Vec<u16>>>,
}

impl Sampled {
    pub(super) fn new(purposes: &[Purpose], pods: usize) -> Self {
        let mut places = [None; Purpose::COUNT];
        for (place, purpose) in purposes.iter().enumerate() {
            places[*purpose as usize] = u8::try_from(place).ok();
        }
        let strata = vec![vec![Vec::new(); pods]; purposes.len()];
        Self { hypercube: Hypercube::new(0, 0, 1), point: 0, phases: Vec::new(), places, strata }
    }

    /// Changes to another sample.
    pub(super) fn fill(&mut self, hypercube: Hypercube) {
        self.hypercube = hypercube;
        self.hypercube.coordinate(&mut self.phases);
        self.strata.iter_mut().flatten().for_each(|strata| self.hypercube.coordinate(strata));
    }

    /// Changes to a point of the sample, and gives the part of a second at which its rollout starts.
    pub(super) fn go_to(&mut self, point: usize) -> f64 {
        self.point = point;
        self.hypercube.within(self.phases[point])
    }
}

impl Numbers for Sampled {
    fn number(&mut self, purpose: Purpose, attempt: u32, pod: usize) -> f64 {
        match self.places[purpose as usize] {
            Some(place) if attempt == 0 => {
                let stratum = self.strata[usize::from(place)][pod][self.point];
                self.hypercube.within(stratum)
            }
            _ => self.hypercube.uniform(),
        }
    }
}
