//! Why the scheduler found no node for a pod, and whether the files tell what replay needs to find the same.

/// Reasons that follow from the workload's own rules and pods.
const OWN: [&str; 3] = ["pod anti-affinity rules", "pod affinity rules", "pod topology spread constraints"];

/// Reasons that the objects of nodes, with the pods on them, tell.
const OF_NODES: [&str; 8] = [
    "node affinity/selector",
    "free ports",
    "Insufficient cpu",
    "Insufficient memory",
    "Too many pods",
    "untolerated taint",
    "unschedulable",
    "unreachable",
];

/// Reasons that claims and their volumes tell.
const OF_VOLUMES: [&str; 2] = ["ReadWriteOncePod access mode", "volume node affinity conflict"];

/// Whether everything that a message of the scheduler names is known; `has_room`: of the nodes that is how much room they have, and
/// `has_claims`: of the volumes, whose they are and where they can be.
pub(super) fn is_told(message: &str, has_room: bool, has_claims: bool) -> bool {
    let known = |reason: &str| {
        let names = |known: &[&str]| known.iter().any(|own| reason.contains(own));
        names(&OWN) || has_room && names(&OF_NODES) || has_claims && names(&OF_VOLUMES)
    };
    let reasons = reasons(message);
    !reasons.is_empty() && reasons.into_iter().all(known)
}

/// The reasons in `0/6 nodes are available: 2 Insufficient cpu, 4 node(s) had untolerated taint(s). preemption: ...`.
fn reasons(message: &str) -> Vec<&str> {
    let Some((_, rest)) = message.split_once("nodes are available: ") else { return Vec::new() };
    let end = [". ", ".\n"].iter().filter_map(|stop| rest.find(stop)).min().unwrap_or(rest.len());
    rest[..end].split(", ").map(|reason| reason.trim_end_matches('.')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_depends_on_the_reasons() {
        let room = "0/6 nodes are available: 2 Insufficient cpu, 4 node(s) had untolerated taint(s). no new claims to deallocate, \
                    preemption: 0/6 nodes are available: 6 Preemption is not helpful for scheduling.";
        let apart = "0/6 nodes are available: 6 node(s) didn't match pod anti-affinity rules.";
        let volume = "0/3 nodes are available: 1 Insufficient cpu, 2 node(s) had volume node affinity conflict.";
        let gpu = "0/3 nodes are available: 3 Insufficient nvidia.com/gpu. preemption: not eligible";
        for (message, without, with) in
            [(room, false, true), (apart, true, true), (volume, false, false), (gpu, false, false), ("", false, false)]
        {
            assert!(message != volume || is_told(message, true, true) && !is_told(message, false, true));
            let told = (is_told(message, false, false), is_told(message, true, false));
            assert_eq!(told, (without, with), "{message}");
        }
    }
}
