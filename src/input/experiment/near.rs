//! The key that was probably meant where any key of an experiment may stand: at its top, and in a path.

use crate::input::keys::paths::paths;
use crate::input::tree::near::{message, near, plain};
use crate::input::tree::synonyms::KEYS;

/// The message that `word` is none of the keys `valid`. Beside what [`crate::input::tree::near::unknown`] names, it names
/// paths to keys below.
pub(crate) fn unknown_in_experiment(what: &str, word: &str, valid: &[&str]) -> String {
    let near = near(what, word, valid);
    let two = ["replicas", "replications"];
    let meant = match near.same.or_else(|| path_of(word)).or(near.similar) {
        Some(near) if two.contains(&near) && plain(word) == "replicates" => {
            let replicas = if valid.contains(&two[0]) { two[0] } else { "deployment.replicas" };
            Some(format!("`{replicas}` or `{}`", two[1]))
        }
        Some(near) => Some(format!("`{near}`")),
        None => elsewhere(word),
    };
    message(what, word, valid, meant)
}

/// The path from the top of an experiment to the key of the same meaning.
fn path_of(word: &str) -> Option<&'static str> {
    let word = plain(word);
    let of_a_distribution = |path: &str| matches!(path, "sd" | "mean");
    KEYS.iter().find(|(other, path)| *other == word && !of_a_distribution(path)).map(|(_, path)| *path)
}

/// Where else in an experiment there is a key of that name.
fn elsewhere(word: &str) -> Option<String> {
    const MOST: usize = 3;
    let mut paths: Vec<String> = paths().into_iter().map(|(path, _)| path).collect();
    paths.sort();
    let found: Vec<String> = paths
        .iter()
        .filter(|path| path.rsplit('.').next().is_some_and(|key| plain(key) == plain(word)))
        .map(|path| if path.contains('.') { format!("`{path}`") } else { format!("`{path}` at the top of the file") })
        .collect();
    ((1..=MOST).contains(&found.len()) && !plain(word).is_empty()).then(|| found.join(" or "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::keys::cluster::{AUTOSCALER, BUDGET, CLUSTER, LOSS, POOL, UPGRADE};
    use crate::input::keys::control_plane::CONTROL_PLANE;
    use crate::input::keys::horizontal::HORIZONTAL;
    use crate::input::keys::pods::POD;
    use crate::input::keys::root::ROOT;
    use crate::input::tree::near::unknown;

    /// Every key that a hint names exists.
    #[test]
    fn hints_name_keys_of_experiments() {
        let paths = paths();
        for (word, path) in KEYS {
            let of_a_distribution = ["sd", "mean"].contains(path);
            let known = paths.iter().any(|(known, _)| known == path);
            assert!(known || of_a_distribution, "{word}: there is no {path}");
            assert_eq!(plain(word), *word);
        }
    }

    #[test]
    fn hints_keep_the_meaning() {
        let root = &ROOT.names();
        for (word, advice) in [
            ("replicaCount", "did you mean `deployment.replicas`?"),
            ("warmUp", "did you mean `pods.warmUp`?"),
            ("matrix", "did you mean `sweep`?"),
            ("slo", "did you mean `objectives`?"),
            ("thresholds", "did you mean `objectives`?"),
            ("failures", "did you mean `pods.crash`?"),
            ("rps", "did you mean `traffic.rate`?"),
            ("nodes", "did you mean `cluster.nodes`?"),
            ("resources", "valid here: name, deployment"),
            ("image", "valid here: name, deployment"),
            ("replication", "did you mean `replications`?"),
            ("replicates", "did you mean `deployment.replicas` or `replications`?"),
            ("metrics", "did you mean `objectives`?"),
            ("readyTime", "valid here: name, deployment"),
        ] {
            let message = unknown_in_experiment("key", word, root);
            assert!(message.contains(advice), "{message}");
        }
        for (word, valid, advice) in [
            ("minNodes", &AUTOSCALER.names()[..], "valid here: maxNodes"),
            ("max", &AUTOSCALER.names(), "did you mean `maxNodes`?"),
            ("maxSurge", &UPGRADE.names(), "did you mean `atOnce`?"),
            ("min", &BUDGET.names(), "did you mean `minAvailable`?"),
            ("autoscaling", &CLUSTER.names(), "did you mean `autoscaler`?"),
            ("capacity", &CLUSTER.names(), "did you mean `allocatable`?"),
            ("failures", &CLUSTER.names(), "did you mean `loss`?"),
            ("replicas", &CLUSTER.names(), "valid here: nodes"),
            ("rate", &LOSS.names(), "valid here: timeToLoss, meanTimeToLoss"),
            ("cpu", &POOL.names(), "did you mean `allocatable`?"),
            ("rate", &["shape", "scale", "mean"], "valid here: shape, scale, mean"),
            ("rate", &["mean"], "valid here: mean"),
            ("min", &["low", "high", "mean"], "did you mean `low`?"),
            ("max", &["low", "high", "mean"], "did you mean `high`?"),
            ("min", &["minimum", "shape", "mean"], "did you mean `minimum`?"),
            ("max", &HORIZONTAL.names(), "did you mean `maxReplicas`?"),
            ("cpu", &HORIZONTAL.names(), "did you mean `targetCPUUtilizationPercentage`?"),
            ("qps", &CONTROL_PLANE.names(), "did you mean `controllerQps`?"),
            ("period", &["httpGet", "periodSeconds", "timeoutSeconds"], "did you mean `periodSeconds`?"),
            ("replicas", &["at", "scale", "pause"], "did you mean `scale`?"),
            ("readyTime", &POD.names(), "valid here: start"),
        ] {
            let message = unknown("key", word, valid);
            assert!(message.contains(advice), "{message}");
        }
        assert!(unknown("statistic", "p90", &["p50", "p95"]).ends_with("valid here: p50, p95"));
        let message = unknown_in_experiment("parameter", "replicates", &["replicas", "replications"]);
        assert!(message.ends_with("did you mean `replicas` or `replications`?"), "{message}");
        let message = unknown("key", "standardDeviation", &["median", "sigma", "mean", "sd"]);
        assert!(message.ends_with("did you mean `sd`?"), "{message}");
        assert!(unknown("key", "failures", &["crash", "start"]).ends_with("did you mean `crash`?"));
        assert!(unknown("metric", "load", &["duration_s"]).contains("valid here"));
    }
}
