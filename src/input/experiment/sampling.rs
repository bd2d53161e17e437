//! How the random numbers of replications depend on one another: `sampling`.

use std::num::NonZeroU32;

use crate::input::experiment::replications::Precision;
use crate::input::keys::root::SAMPLINGS;
use crate::input::tree::error::InputError;
use crate::input::tree::near::unknown;
use crate::input::tree::yaml::Node;
use crate::random::Sampling;

/// Fewest groups of stratified replications: limits come from the spread of the groups.
pub(crate) const FEWEST_GROUPS: u32 = 20;

/// Most replications in a group. In larger ones the figures gain little, and fewer groups make their limits less sure.
pub(crate) const MAX_GROUP: u32 = 1024;

/// Replications in a group where precision targets decide how many groups there are.
const GROUP_OF_TARGETS: u32 = 64;

/// Why there is no control variate with precision targets.
const CONTROLLED_WITH_TARGETS: &str = "`sampling: controlled` is for a fixed number of replications, and there are targets: ask for a number, or write `sampling: plain`";

/// Reads `sampling` for this number of replications, or the most and the precision.
pub(crate) fn sampling(
    node: &Node,
    replications: u32,
    precision: Option<&mut Precision>,
) -> Result<Sampling, InputError> {
    match node.text()? {
        "plain" => Ok(Sampling::Plain),
        "stratified" => stratified(replications, precision).map_err(|problem| node.at.error(problem)),
        "controlled" if precision.is_some() => Err(node.at.error(CONTROLLED_WITH_TARGETS)),
        "controlled" => Ok(Sampling::Controlled),
        other => Err(node.at.error(unknown("sampling", other, SAMPLINGS))),
    }
}

/// Stratified sampling for this number of replications, or the most and the precision.
///
/// A fixed number is divided into at least [`FEWEST_GROUPS`] equal groups of at most [`MAX_GROUP`] replications; what is left
/// over, fewer than there are groups, makes a last and smaller one. Where precision targets decide, groups have a fixed size,
/// so that the random numbers do not depend on `max`; the first look comes when there are enough of them.
///
/// # Errors
/// In a sentence, when there are too few replications.
pub(crate) fn stratified(replications: u32, precision: Option<&mut Precision>) -> Result<Sampling, String> {
    let advice = "ask for more, or write `sampling: plain`";
    let group = if let Some(precision) = precision {
        let least = FEWEST_GROUPS * GROUP_OF_TARGETS;
        if replications < least {
            return Err(format!("stratified sampling looks at {least} replications first, but max is less: {advice}"));
        }
        precision.minimum = precision.minimum.max(least);
        GROUP_OF_TARGETS
    } else {
        replications / FEWEST_GROUPS.max(replications.div_ceil(MAX_GROUP))
    };
    let least = 2 * FEWEST_GROUPS;
    match NonZeroU32::new(group) {
        Some(group) if group.get() > 1 => Ok(Sampling::Stratified { group }),
        _ => Err(format!(
            "stratified sampling needs {least} replications ({FEWEST_GROUPS} groups of two), and there are {replications}: \
             {advice}"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_as_large_as_twenty_of_them_allow() {
        for (replications, group) in
            [(40, 2), (59, 2), (400, 20), (1000, 50), (1039, 51), (20_480, 1024), (20_481, 975), (100_000, 1020)]
        {
            let sampling = stratified(replications, None).expect("enough");
            assert_eq!(sampling.group(), Some(group), "{replications}");
            let (groups, rest) = (replications / group, replications % group);
            assert!(groups >= FEWEST_GROUPS && rest < groups, "{replications}");
        }
        let error = stratified(39, None).expect_err("too few");
        assert!(error.contains("needs 40 replications (20 groups of two), and there are 39"), "{error}");
    }
}
