//! An observer whose type the simulator does not know.

use crate::sim::observation::{Fact, Observer};
use crate::time::SimTime;

/// Calls a function with each fact. The simulator is compiled for the four of its kinds in place of every observer: it is most of
/// what a build compiles.
pub(crate) struct Called<'a, const DETAIL: bool, const MANY: bool>(pub(crate) &'a mut dyn FnMut(SimTime, Fact));

impl<const DETAIL: bool, const MANY: bool> Observer for Called<'_, DETAIL, MANY> {
    const COMPILED_IN: bool = true;
    const DETAIL: bool = DETAIL;
    const MANY: bool = MANY;

    #[inline(always)]
    fn fact(&mut self, at: SimTime, fact: Fact) {
        (self.0)(at, fact);
    }
}
