//! A strategy as lines of a manifest, and as the command that sets it.

use minijinja::{Value, context};
use serde_json::{Map, json};

use crate::plan::{POLICY, Present};
use crate::report::{format, kubectl};

/// The field of the spec that has the limits of a rolling update.
fn section(present: Option<&Present>) -> &'static str {
    match present.map(Present::kind) {
        Some("StatefulSet" | "DaemonSet") => "updateStrategy",
        _ => "strategy",
    }
}

/// The lines of `strategy`, whose parameters are names or paths with their values. Of a line that sets a value the value stands
/// apart. What `other` has in another way is marked.
pub(super) fn lines(
    present: Option<&Present>,
    strategy: &[(String, String)],
    other: &[(String, String)],
) -> Vec<Value> {
    let name = |path: &str| path.rsplit('.').next().unwrap_or(path).to_owned();
    let differs = |path: &str, value: &str| {
        let known = other.iter().find(|(other, _)| name(other) == name(path));
        known.is_none_or(|(_, other)| other != value)
    };
    let line = |indent: usize, key: &str, value: &str, marked: bool| {
        let text = format!("{}{key}:", " ".repeat(indent));
        context!(text, value => format::printable(value), marked)
    };
    let mut inner = Vec::new();
    let mut outer = Vec::new();
    for (path, value) in strategy {
        let marked = differs(path, value);
        match name(path).as_str() {
            key @ ("maxSurge" | "maxUnavailable") => inner.push(line(4, key, value, marked)),
            "strategy" => outer.extend([line(0, "strategy", "", false), line(2, "type", value, marked)]),
            key => outer.push(line(0, key, value, marked)),
        }
    }
    let mut lines = Vec::new();
    if !inner.is_empty() {
        lines.extend([line(0, section(present), "", false), line(2, "rollingUpdate", "", false)]);
        lines.extend(inner);
    }
    lines.extend(outer);
    lines
}

/// The command that sets `strategy`; `None` where it is what runs now, or where nothing is known of the manifest.
pub(super) fn command(present: Option<&Present>, strategy: &[(String, String)]) -> Option<String> {
    let present = present?;
    let value = |text: &str| text.parse::<u64>().map_or_else(|_| json!(text), |number| json!(number));
    let (mut spec, mut limits, mut kind) = (Map::new(), Map::new(), None);
    for (path, text) in strategy {
        let name = path.rsplit('.').next().unwrap_or(path);
        let is_kept = present.strategy.iter().any(|(known, old)| known == name && old == text);
        match name {
            "maxSurge" | "maxUnavailable" => drop(limits.insert(name.into(), value(text))),
            "strategy" if !is_kept => kind = Some(text.clone()),
            "strategy" => {}
            _ if is_kept => {}
            _ => drop(spec.insert(name.into(), value(text))),
        }
    }
    let was_rolling = present.strategy.iter().all(|(name, _)| name != "strategy");
    let are_kept = was_rolling
        && present.strategy.iter().filter(|(name, _)| name.starts_with("max")).all(|(name, old)| {
            strategy.iter().any(|(path, text)| path.rsplit('.').next() == Some(name) && text == old)
        });
    let section = section(Some(present));
    match kind {
        // A change of type must clear the limits of a rolling update, or the API server refuses it.
        Some(kind) if limits.is_empty() => {
            drop(spec.insert(section.into(), json!({ "type": kind, "rollingUpdate": null })))
        }
        _ if limits.is_empty() || are_kept => {}
        _ if was_rolling => drop(spec.insert(section.into(), json!({ "rollingUpdate": limits }))),
        _ => drop(spec.insert(section.into(), json!({ "type": "RollingUpdate", "rollingUpdate": limits }))),
    }
    if spec.is_empty() || spec.contains_key(POLICY) {
        return None;
    }
    let patch = json!({ "spec": spec });
    Some(format!(
        "kubectl patch {} -p '{}'",
        object(present),
        format::printable(&patch.to_string()).replace('\'', "'\\''")
    ))
}

/// What is to be done where `strategy` changes a field that the API server lets nobody change; `None` where it changes none.
pub(super) fn by_hand(present: Option<&Present>, strategy: &[(String, String)]) -> Option<String> {
    let present = present?;
    let is_policy = |path: &str| path.rsplit('.').next() == Some(POLICY);
    let policy =
        |list: &[(String, String)]| list.iter().find(|(path, _)| is_policy(path)).map(|(_, value)| value.clone());
    (policy(strategy) != policy(&present.strategy)).then(|| kubectl::with_other_policy(&object(present)))
}

fn object(present: &Present) -> String {
    kubectl::object(present.kind(), &present.deployment, &present.namespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strategy(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_patch_sets_what_changes() {
        let limits = [("maxSurge", "25%"), ("maxUnavailable", "25%")];
        let of = |now: &[(&str, &str)], new: &[(&str, &str)]| {
            let (deployment, namespace) = ("web".to_owned(), "shop".to_owned());
            let present = Present {
                kind: None,
                deployment,
                namespace,
                cpu_millis: 0,
                memory_bytes: 0,
                strategy: strategy(now),
                scenarios: vec![],
            };
            command(Some(&present), &strategy(new))
        };
        let patch = |spec: &str| Some(format!("kubectl patch deployment web -n shop -p '{{\"spec\":{spec}}}'"));
        assert_eq!(
            of(&limits, &[("maxSurge", "75%"), ("deployment.maxUnavailable", "0")]),
            patch(r#"{"strategy":{"rollingUpdate":{"maxSurge":"75%","maxUnavailable":0}}}"#)
        );
        assert_eq!(of(&limits, &limits), None);
        let slower = [limits[0], limits[1], ("minReadySeconds", "5")];
        assert_eq!(of(&limits, &slower), patch(r#"{"minReadySeconds":5}"#));
        let recreate = [("strategy", "Recreate")];
        assert_eq!(of(&limits, &recreate), patch(r#"{"strategy":{"type":"Recreate","rollingUpdate":null}}"#));
        assert_eq!(
            of(&recreate, &limits),
            patch(r#"{"strategy":{"type":"RollingUpdate","rollingUpdate":{"maxSurge":"25%","maxUnavailable":"25%"}}}"#)
        );
        assert_eq!(command(None, &strategy(&limits)), None);
    }

    #[test]
    fn a_set_has_its_own_paths_and_a_field_that_no_patch_changes() {
        let present = |kind: &str, now: &[(&str, &str)]| Present {
            kind: Some(kind.into()),
            deployment: "db".into(),
            namespace: "default".into(),
            cpu_millis: 0,
            memory_bytes: 0,
            strategy: strategy(now),
            scenarios: vec![],
        };
        let agent = present("DaemonSet", &[("maxSurge", "0"), ("maxUnavailable", "1")]);
        assert_eq!(
            command(Some(&agent), &strategy(&[("maxSurge", "0"), ("maxUnavailable", "10%")])).as_deref(),
            Some(
                r#"kubectl patch daemonset db -p '{"spec":{"updateStrategy":{"rollingUpdate":{"maxSurge":0,"maxUnavailable":"10%"}}}}'"#
            )
        );
        let set = present("StatefulSet", &[("podManagementPolicy", "OrderedReady")]);
        let parallel = strategy(&[("podManagementPolicy", "Parallel")]);
        assert_eq!(command(Some(&set), &parallel), None);
        assert!(
            by_hand(Some(&set), &parallel).is_some_and(|text| text.contains("delete statefulset db --cascade=orphan"))
        );
        assert_eq!(by_hand(Some(&set), &set.strategy), None);
    }
}
