//! What a larger value of a key does to rollouts, all else being as it is: only where that is known.

/// A key, and what a larger value of it does.
struct Direction {
    /// Paths from the top of an experiment, for all versions of the pods.
    keys: &'static [&'static str],
    larger: &'static str,
}

/// Each of them is held by runs with two values (see the tests).
const DIRECTIONS: [Direction; 13] = [
    Direction { keys: &["pods.start"], larger: "Rollouts take longer." },
    Direction { keys: &["pods.warmUp"], larger: "Rollouts take longer wherever a probe waits for the warm-up." },
    Direction {
        keys: &["pods.pull", "pods.imageSize"],
        larger: "Rollouts take longer wherever the image is not on the node yet.",
    },
    Direction {
        keys: &["pods.termination"],
        larger: "Old pods keep their room longer, so that rollouts take longer wherever new pods wait for it.",
    },
    Direction { keys: &["pods.neverReady"], larger: "More rollouts stall." },
    Direction { keys: &["pods.crash"], larger: "More containers start again, so that rollouts take longer or stall." },
    Direction {
        keys: &["cluster.nodes", "cluster.quota.pods"],
        larger: "There is more room, so that fewer rollouts wait or stall for it.",
    },
    Direction {
        keys: &["cluster.loss.meanTimeToLoss"],
        larger: "Fewer nodes are lost during a rollout, so that fewer pods are missing.",
    },
    Direction {
        keys: &["deployment.maxSurge"],
        larger: "Rollouts take less time wherever there is room, and have more extra pods at once.",
    },
    Direction {
        keys: &["deployment.maxUnavailable"],
        larger: "Rollouts take less time, and fewer pods are available meanwhile.",
    },
    Direction { keys: &["deployment.minReadySeconds"], larger: "Rollouts take longer." },
    Direction {
        keys: &["deployment.progressDeadlineSeconds"],
        larger: "Fewer rollouts count as stalled, and one that fails is noticed later.",
    },
    Direction {
        keys: &["deployment.replicas"],
        larger: "Rollouts need more room, and take longer wherever maxSurge and maxUnavailable are numbers of pods.",
    },
];

/// What a larger value of the key at `path` does to rollouts, in a sentence; `None` where that is not known, or depends.
#[must_use]
pub fn larger(path: &str) -> Option<&'static str> {
    let of_all = path.replacen("pods.new.", "pods.", 1);
    let of_all = if of_all == "pods.old.termination" { "pods.termination" } else { of_all.as_str() };
    DIRECTIONS.iter().find(|one| one.keys.contains(&of_all)).map(|one| one.larger)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::analysis::headlines::{AVAILABLE_P05, DIP_POD_SECONDS, PODS_P95, STALLED};
    use crate::analysis::{Assumption, Scope, Statistics};
    use crate::metrics::{Figure, Statistic, metric};
    use crate::plan::{Overrides, Plan};
    use crate::recommend::Replicator;
    use crate::what_if::assumption::keys;

    const TIME: Figure = Figure::of(&metric::DURATION, Statistic::RestrictedMean);
    const FULL: &[&str] = &["cluster.nodes=1", "cluster.allocatable.pods=3", "maxUnavailable=1"];

    /// A key, a smaller and a larger value of it, what is set besides, and whether the figure is then larger.
    type Case = (&'static str, [&'static str; 2], &'static [&'static str], Figure, bool);

    const CASES: [Case; 16] = [
        ("pods.start", ["2s", "20s"], &[], TIME, true),
        ("pods.warmUp", ["2s", "20s"], &[], TIME, true),
        ("pods.pull", ["2s", "20s"], &[], TIME, true),
        ("pods.imageSize", ["40MB", "4GB"], &[], TIME, true),
        ("pods.termination", ["2s", "25s"], FULL, TIME, true),
        ("pods.neverReady", ["1%", "30%"], &[], STALLED.figure, true),
        ("pods.crash", ["1%", "40%"], &[], TIME, true),
        ("cluster.nodes", ["1", "4"], &["cluster.allocatable.pods=3", "maxUnavailable=0"], STALLED.figure, false),
        ("cluster.quota.pods", ["3", "9"], &["maxUnavailable=0"], STALLED.figure, false),
        ("cluster.loss.meanTimeToLoss", ["1h", "30d"], &["cluster.nodes=3"], DIP_POD_SECONDS.figure, false),
        ("deployment.maxSurge", ["1", "100%"], &[], TIME, false),
        ("deployment.maxSurge", ["1", "100%"], &[], PODS_P95.figure, true),
        ("deployment.maxUnavailable", ["0", "2"], &[], AVAILABLE_P05.figure, false),
        ("deployment.minReadySeconds", ["0", "30"], &[], TIME, true),
        ("deployment.progressDeadlineSeconds", ["20", "600"], &["pods.warmUp=25s"], STALLED.figure, false),
        ("deployment.replicas", ["3", "12"], &["maxSurge=1", "maxUnavailable=0"], TIME, true),
    ];

    fn value(setting: &str, others: &[&str], figure: Figure) -> f64 {
        let text = "deployment: {spec: {replicas: 3, template: {spec: {containers: [{name: app, image: app, readinessProbe: {httpGet: {port: 80}}}]}}}}\nname: a";
        let settings = others.iter().copied().chain([setting]);
        let set = settings.filter_map(|one| one.split_once('=')).map(|(path, value)| (path.into(), value.into()));
        let overrides = Overrides { set: set.collect(), ..Overrides::default() };
        let plan = Plan::parse(text, Path::new(""), &overrides).unwrap_or_else(|error| panic!("{setting}: {error}"));
        let run = Replicator::new(1, 1, 1, 100).unwrap();
        let records = run.records_of(&plan.scenarios[0], 0..100);
        Statistics::of(&records, &Scope::of(&plan.scenarios[0])).value(figure).unwrap()
    }

    #[test]
    fn a_larger_value_does_what_is_said() {
        for (key, [small, large], others, figure, is_more) in CASES {
            let [small, large] = [small, large].map(|one| value(&format!("{key}={one}"), others, figure));
            assert!(if is_more { large > small } else { large < small }, "{key}: {} {small} {large}", figure.text());
        }
    }

    #[test]
    fn every_sentence_is_held_and_every_assumption_has_one() {
        for key in DIRECTIONS.iter().flat_map(|one| one.keys) {
            assert!(CASES.iter().any(|case| case.0 == *key), "{key} has no case");
            assert!(crate::input::explain(key).is_ok(), "{key} is no key");
        }
        for assumption in Assumption::ALL {
            assert!(keys(assumption).iter().any(|key| larger(key).is_some()), "{}", assumption.as_str());
        }
        assert_eq!(larger("pods.new.warmUp"), larger("pods.warmUp"));
        assert_eq!([larger("pods.old.warmUp"), larger("seed")], [None, None]);
    }
}
