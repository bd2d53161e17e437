//! Typed access to located nodes.

use crate::input::error::{InputError, quoted};
use crate::input::plain;
use crate::input::yaml::{At, Entry, Node, Value};

/// A map whose keys are asked for by name.
#[derive(Clone, Copy)]
pub(crate) struct Map<'a> {
    pub(crate) at: &'a At,
    pub(crate) entries: &'a [Entry],
}

impl<'a> Map<'a> {
    /// The value of a key; `None` where it is absent or null, as the Kubernetes API has it.
    pub(crate) fn get(&self, key: &str) -> Option<&'a Node> {
        let entry = self.entries.iter().find(|entry| entry.key == key)?;
        (!matches!(entry.value.value, Value::Null)).then_some(&entry.value)
    }

    /// The value of a key that must be there.
    pub(crate) fn require(&self, key: &str) -> Result<&'a Node, InputError> {
        self.get(key).ok_or_else(|| self.at.error(format!("the key {} is missing here: add it", quoted(key))))
    }

    /// The map under a key; `None` where it is absent.
    pub(crate) fn map(&self, key: &str) -> Result<Option<Map<'a>>, InputError> {
        self.get(key).map(Node::map).transpose()
    }

    /// The list under a key; empty where it is absent.
    pub(crate) fn list(&self, key: &str) -> Result<&'a [Node], InputError> {
        self.get(key).map_or(Ok(&[]), Node::list)
    }

    /// The value of a key, read by `read`; `None` where it is absent.
    pub(crate) fn read<T>(
        &self,
        key: &str,
        read: impl Fn(&'a Node) -> Result<T, InputError>,
    ) -> Result<Option<T>, InputError> {
        self.get(key).map(read).transpose()
    }

    /// Refuses keys other than `valid`, naming the nearest.
    pub(crate) fn only(&self, valid: &[&str]) -> Result<(), InputError> {
        match self.entries.iter().find(|entry| !valid.contains(&entry.key.as_str())) {
            None => Ok(()),
            Some(entry) => Err(entry.at.error(unknown("key", &entry.key, valid))),
        }
    }
}

impl Node {
    pub(crate) fn map(&self) -> Result<Map<'_>, InputError> {
        match &self.value {
            Value::Map(entries) => Ok(Map { at: &self.at, entries }),
            _ => Err(self.wrong("a map of keys and values")),
        }
    }

    pub(crate) fn list(&self) -> Result<&[Node], InputError> {
        match &self.value {
            Value::List(items) => Ok(items),
            _ => Err(self.wrong("a list")),
        }
    }

    /// The text of a scalar, quoted or not.
    pub(crate) fn text(&self) -> Result<&str, InputError> {
        match &self.value {
            Value::Scalar(scalar) => Ok(&scalar.text),
            _ => Err(self.wrong("text")),
        }
    }

    /// The text of a scalar without quotes, which may be a number.
    pub(crate) fn plain_text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(scalar) if scalar.plain => Some(&scalar.text),
            _ => None,
        }
    }

    pub(crate) fn i32(&self) -> Result<i32, InputError> {
        let read = self.plain_text().and_then(plain::integer).and_then(|number| i32::try_from(number).ok());
        read.ok_or_else(|| self.wrong("a whole number from -2147483648 to 2147483647, without quotes"))
    }

    /// A whole number from `low` to `high`.
    pub(crate) fn integer(&self, low: u64, high: u64) -> Result<u64, InputError> {
        let read = self.plain_text().and_then(plain::integer).and_then(|number| u64::try_from(number).ok());
        let in_range = read.filter(|number| (low..=high).contains(number));
        in_range.ok_or_else(|| self.wrong(&format!("a whole number from {low} to {high}")))
    }

    /// A finite number.
    pub(crate) fn number(&self) -> Result<f64, InputError> {
        let read = self.plain_text().and_then(|text| text.parse::<f64>().ok());
        read.filter(|number| number.is_finite()).ok_or_else(|| self.wrong("a number"))
    }

    /// A boolean as kubectl reads it (YAML 1.1).
    pub(crate) fn bool(&self) -> Result<bool, InputError> {
        match self.plain_text().map(str::to_ascii_lowercase).as_deref() {
            Some("true" | "yes" | "on" | "y") => Ok(true),
            Some("false" | "no" | "off" | "n") => Ok(false),
            _ => Err(self.wrong("true or false")),
        }
    }

    /// The error that something else was expected here.
    pub(crate) fn wrong(&self, expected: &str) -> InputError {
        self.at.error(format!("expected {expected}, found {}", self.describe()))
    }

    fn describe(&self) -> String {
        match &self.value {
            Value::Null => "nothing".into(),
            Value::Scalar(scalar) if scalar.plain => quoted(&scalar.text),
            Value::Scalar(scalar) => quoted(&format!("\"{}\"", scalar.text)),
            Value::List(_) => "a list".into(),
            Value::Map(_) => "a map".into(),
        }
    }
}

/// Words of other tools, plain, and the key that has their meaning here.
pub(crate) const MEANT: &[(&str, &str)] = &[
    ("replicacount", "deployment.replicas"),
    ("replicas", "deployment.replicas"),
    ("maxsurge", "deployment.maxSurge"),
    ("maxunavailable", "deployment.maxUnavailable"),
    ("minreadyseconds", "deployment.minReadySeconds"),
    ("progressdeadlineseconds", "deployment.progressDeadlineSeconds"),
    ("revisionhistorylimit", "deployment.revisionHistoryLimit"),
    ("strategy", "deployment.strategy"),
    ("spec", "deployment.spec"),
    ("manifest", "deployment.manifest"),
    ("matrix", "sweep"),
    ("grid", "sweep"),
    ("scenarios", "sweep"),
    ("parameters", "sweep"),
    ("params", "sweep"),
    ("variations", "sweep"),
    ("slo", "objectives"),
    ("slos", "objectives"),
    ("sla", "objectives"),
    ("thresholds", "objectives"),
    ("threshold", "objectives"),
    ("goals", "objectives"),
    ("criteria", "objectives"),
    ("metrics", "objectives"),
    ("successcriteria", "objectives"),
    ("availability", "objectives.availability"),
    ("failures", "pods.crash"),
    ("failure", "pods.crash"),
    ("failurerate", "pods.crash"),
    ("crashrate", "pods.crash"),
    ("crashes", "pods.crash"),
    ("nodeloss", "cluster.loss"),
    ("nodefailures", "cluster.loss"),
    ("rps", "traffic.rate"),
    ("qps", "traffic.rate"),
    ("tps", "traffic.rate"),
    ("requestrate", "traffic.rate"),
    ("requestspersecond", "traffic.rate"),
    ("load", "traffic.rate"),
    ("warmup", "pods.warmUp"),
    ("warmuptime", "pods.warmUp"),
    ("warmupseconds", "pods.warmUp"),
    ("startup", "pods.start"),
    ("startuptime", "pods.start"),
    ("starttime", "pods.start"),
    ("startlatency", "pods.start"),
    ("nodecount", "cluster.nodes"),
    ("poddisruptionbudget", "cluster.disruptionBudget"),
    ("pdb", "cluster.disruptionBudget"),
    ("resourcequota", "cluster.quota"),
    ("hpa", "horizontalPodAutoscaler"),
    ("autoscaling", "horizontalPodAutoscaler"),
    ("events", "timeline"),
    ("steps", "timeline"),
    ("runs", "replications"),
    ("iterations", "replications"),
    ("repetitions", "replications"),
    ("trials", "replications"),
    ("randomseed", "seed"),
    ("rngseed", "seed"),
    ("standarddeviation", "sd"),
    ("deviation", "sd"),
    ("average", "mean"),
    ("avg", "mean"),
];

/// Words, plain, and the keys that have their meaning in a map that has such a key.
const LOCAL: &[(&str, &[&str])] = &[
    ("min", &["low", "minimum", "minAvailable", "minReplicas"]),
    ("max", &["high", "maxNodes", "maxReplicas", "maxUnavailable"]),
    ("lower", &["low", "minimum"]),
    ("upper", &["high"]),
    ("autoscaling", &["autoscaler"]),
    ("capacity", &["allocatable"]),
    ("cpu", &["allocatable", "targetCPUUtilizationPercentage"]),
    ("memory", &["allocatable"]),
    ("resources", &["allocatable"]),
    ("failures", &["crash", "loss"]),
    ("failure", &["crash", "loss"]),
    ("qps", &["controllerQps"]),
    ("burst", &["controllerBurst"]),
    ("period", &["periodSeconds"]),
    ("delay", &["initialDelaySeconds"]),
    ("timeout", &["timeoutSeconds"]),
    ("maxsurge", &["atOnce"]),
    ("parallel", &["atOnce"]),
    ("replicas", &["scale"]),
];

/// The message that `word` is none of `valid`. A key of the same meaning is named before one of similar letters, and a key
/// elsewhere only where the whole experiment is meant: at its top, or in a path.
pub(crate) fn unknown(what: &str, word: &str, valid: &[&str]) -> String {
    let of_all = what == "parameter" || (what == "key" && valid == crate::input::experiment::KEYS);
    let is_key = matches!(what, "key" | "parameter");
    let near =
        nearest(word, valid).filter(|near| !(is_opposite(word, near) || what == "statistic" && is_numbered(word)));
    let same = near.filter(|near| plain(near) == plain(word));
    let local = || local(word, valid).filter(|_| is_key);
    let path = || meant(word).filter(|_| of_all);
    let two = ["replicas", "replications"];
    let found = match same.or_else(local).or_else(path).or(near) {
        Some(near) if of_all && two.contains(&near) && plain(word) == "replicates" => {
            let replicas = if valid.contains(&two[0]) { two[0] } else { "deployment.replicas" };
            Some(format!("`{replicas}` or `{}`", two[1]))
        }
        Some(near) => Some(format!("`{near}`")),
        None => elsewhere(word).filter(|_| of_all),
    };
    let advice = match found {
        Some(found) => format!("did you mean {found}?"),
        None => format!("valid here: {}", valid.join(", ")),
    };
    format!("unknown {what} {}; {advice}", quoted(word))
}

/// The key of the same meaning in the map itself.
fn local<'v>(word: &str, valid: &[&'v str]) -> Option<&'v str> {
    let word = plain(word);
    let find = |own: &str| valid.iter().find(|key| **key == own).copied();
    let synonym =
        LOCAL.iter().find(|(other, _)| *other == word).and_then(|(_, keys)| keys.iter().find_map(|key| find(key)));
    synonym
        .or_else(|| MEANT.iter().find(|(other, _)| *other == word).and_then(|(_, path)| find(path.rsplit('.').next()?)))
}

/// The path from the top of an experiment to the key of the same meaning.
fn meant(word: &str) -> Option<&'static str> {
    let word = plain(word);
    let of_a_distribution = |path: &str| matches!(path, "sd" | "mean");
    MEANT.iter().find(|(other, path)| *other == word && !of_a_distribution(path)).map(|(_, path)| *path)
}

/// Whether one is a minimum and the other a maximum.
fn is_opposite(a: &str, b: &str) -> bool {
    let (a, b) = (plain(a), plain(b));
    let differ = |low: &str, high: &str| a.contains(low) && b.contains(high) && !b.contains(low);
    differ("min", "max") || differ("max", "min")
}

/// `p90`: another number is another statistic.
fn is_numbered(word: &str) -> bool {
    word.strip_prefix(['p', 'P']).is_some_and(|digits| digits.starts_with(|c: char| c.is_ascii_digit()))
}

/// Where else in an experiment there is a key of that name.
fn elsewhere(word: &str) -> Option<String> {
    const MOST: usize = 3;
    let paths = crate::input::schema::paths();
    let found: Vec<String> = paths
        .iter()
        .filter(|path| path.rsplit('.').next().is_some_and(|key| plain(key) == plain(word)))
        .map(|path| if path.contains('.') { format!("`{path}`") } else { format!("`{path}` at the top of the file") })
        .collect();
    ((1..=MOST).contains(&found.len()) && !plain(word).is_empty()).then(|| found.join(" or "))
}

/// A word without case and signs.
fn plain(word: &str) -> String {
    word.chars().take(80).filter(|c| c.is_alphanumeric() || *c == '.' || *c == '/').collect::<String>().to_lowercase()
}

/// The word of `valid` that was probably meant: one slip of the keys, and one more for each six letters.
pub(crate) fn nearest<'v>(word: &str, valid: &[&'v str]) -> Option<&'v str> {
    let word = plain(word);
    let distance = |candidate: &str| strsim::damerau_levenshtein(&word, &plain(candidate));
    let (near, best) = valid.iter().map(|candidate| (*candidate, distance(candidate))).min_by_key(|pair| pair.1)?;
    (best <= 1 + near.len() / 6 && best < near.len()).then_some(near)
}

#[cfg(test)]
mod tests {
    use crate::input::yaml::node;

    #[test]
    fn an_unknown_key_names_the_nearest() {
        let tree = node("deployment:\n  max_surge: 1\n");
        let error = tree.map().unwrap().map("deployment").unwrap().unwrap().only(&["maxSurge", "maxUnavailable"]);
        assert_eq!(
            error.unwrap_err().to_string(),
            "test.yaml:2:3: unknown key `max_surge`; did you mean `maxSurge`?\n  |\n2 |   max_surge: 1\n  |   ^^^^^^^^^"
        );
        let far = node("colour: 1").map().unwrap().only(&["seed", "name"]).unwrap_err();
        assert_eq!(far.message, "unknown key `colour`; valid here: seed, name");
        let far = node("traffic: 1").map().unwrap().only(&["seed", "name"]).unwrap_err();
        assert_eq!(far.message, "unknown key `traffic`; valid here: seed, name");
    }

    /// Every key that a hint names exists.
    #[test]
    fn hints_name_keys_of_experiments() {
        let paths = crate::input::schema::paths();
        for (word, path) in super::MEANT {
            let of_a_distribution = ["sd", "mean"].contains(path);
            let known = paths.iter().any(|known| known == path);
            assert!(known || of_a_distribution, "{word}: there is no {path}");
            assert_eq!(super::plain(word), *word);
        }
    }

    #[test]
    fn hints_keep_the_meaning() {
        let root = crate::input::experiment::KEYS;
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
            let told = super::unknown("key", word, root);
            assert!(told.contains(advice), "{told}");
        }
        for (word, valid, advice) in [
            ("minNodes", crate::input::upkeep::AUTOSCALER_FIELDS, "valid here: maxNodes"),
            ("max", crate::input::upkeep::AUTOSCALER_FIELDS, "did you mean `maxNodes`?"),
            ("maxSurge", crate::input::upkeep::UPGRADE_FIELDS, "did you mean `atOnce`?"),
            ("min", crate::input::upkeep::BUDGET_FIELDS, "did you mean `minAvailable`?"),
            ("autoscaling", crate::input::cluster::FIELDS, "did you mean `autoscaler`?"),
            ("capacity", crate::input::cluster::FIELDS, "did you mean `allocatable`?"),
            ("failures", crate::input::cluster::FIELDS, "did you mean `loss`?"),
            ("replicas", crate::input::cluster::FIELDS, "valid here: nodes"),
            ("rate", crate::input::cluster::LOSS_FIELDS, "valid here: timeToLoss, meanTimeToLoss"),
            ("cpu", crate::input::cluster::POOL_FIELDS, "did you mean `allocatable`?"),
            ("rate", &["shape", "scale", "mean"], "valid here: shape, scale, mean"),
            ("rate", &["mean"], "valid here: mean"),
            ("min", &["low", "high", "mean"], "did you mean `low`?"),
            ("max", &["low", "high", "mean"], "did you mean `high`?"),
            ("min", &["minimum", "shape", "mean"], "did you mean `minimum`?"),
            ("max", crate::input::horizontal::FIELDS, "did you mean `maxReplicas`?"),
            ("cpu", crate::input::horizontal::FIELDS, "did you mean `targetCPUUtilizationPercentage`?"),
            ("qps", crate::input::control_plane::FIELDS, "did you mean `controllerQps`?"),
            ("period", &["httpGet", "periodSeconds", "timeoutSeconds"], "did you mean `periodSeconds`?"),
            ("replicas", &["at", "scale", "pause"], "did you mean `scale`?"),
            ("readyTime", crate::input::pods::FIELDS, "valid here: start"),
        ] {
            let told = super::unknown("key", word, valid);
            assert!(told.contains(advice), "{told}");
        }
        assert!(super::unknown("statistic", "p90", &["p50", "p95"]).ends_with("valid here: p50, p95"));
        let told = super::unknown("parameter", "replicates", &["replicas", "replications"]);
        assert!(told.ends_with("did you mean `replicas` or `replications`?"), "{told}");
        let told = super::unknown("key", "standardDeviation", &["median", "sigma", "mean", "sd"]);
        assert!(told.ends_with("did you mean `sd`?"), "{told}");
        assert!(super::unknown("key", "failures", &["crash", "start"]).ends_with("did you mean `crash`?"));
        assert!(super::unknown("metric", "load", &["duration_s"]).contains("valid here"));
    }

    #[test]
    fn types_are_those_of_the_api() {
        let cases = [("3", true), ("\"3\"", false), ("3.5", false), ("2147483648", false), ("-1", true), ("[]", false)];
        assert_eq!((node("010").i32().unwrap(), node("1_000").integer(0, 1000).unwrap()), (8, 1000));
        for (text, good) in cases {
            assert_eq!(node(text).i32().is_ok(), good, "{text}");
        }
        assert!(node("yes").bool().unwrap());
        assert!(node("\"yes\"").bool().is_err());
        assert!(node("nan").number().is_err());
        assert_eq!(
            node("{}").i32().unwrap_err().message,
            "expected a whole number from -2147483648 to 2147483647, without quotes, found a map"
        );
    }
}
