//! To which nodes a template's pods may go by the nodes' labels.

use serde_json::Value;

use super::source::text_at;

/// Whether a template says anything about labels of nodes.
pub(super) fn is_choosy(template: &Value) -> bool {
    template.pointer("/spec/nodeSelector").and_then(Value::as_object).is_some_and(|wanted| !wanted.is_empty())
        || terms(template).is_some()
}

/// Whether a node has the labels that a template asks for.
///
/// Upstream: `component-helpers/scheduling/corev1/nodeaffinity/nodeaffinity.go: GetRequiredNodeAffinity`.
pub(super) fn takes(template: &Value, node: &Value) -> bool {
    let wanted = template.pointer("/spec/nodeSelector").and_then(Value::as_object);
    let selects = wanted.is_none_or(|wanted| wanted.iter().all(|(key, value)| label(node, key) == value.as_str()));
    // The terms are alternatives; an empty one selects nothing.
    selects && terms(template).is_none_or(|terms| terms.iter().any(|term| holds(term, node)))
}

fn terms(template: &Value) -> Option<&Vec<Value>> {
    let path = "/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms";
    template.pointer(path).and_then(Value::as_array)
}

fn label<'a>(node: &'a Value, key: &str) -> Option<&'a str> {
    node.pointer("/metadata/labels")?.get(key)?.as_str()
}

fn holds(term: &Value, node: &Value) -> bool {
    let list = |name: &str| term.get(name).and_then(Value::as_array).map_or(&[] as &[Value], Vec::as_slice);
    let (labels, fields) = (list("matchExpressions"), list("matchFields"));
    let of_label = |one: &Value| matches(one, text_at(one, "/key").and_then(|key| label(node, key)));
    // The only field that Kubernetes knows here is the node's name.
    let of_field = |one: &Value| matches(one, text_at(node, "/metadata/name"));
    !(labels.is_empty() && fields.is_empty()) && labels.iter().all(of_label) && fields.iter().all(of_field)
}

fn matches(requirement: &Value, value: Option<&str>) -> bool {
    let values = requirement.get("values").and_then(Value::as_array);
    let mut listed = values.into_iter().flatten().filter_map(Value::as_str);
    let number = |text: &str| text.parse::<i64>().ok();
    match text_at(requirement, "/operator") {
        Some("In") => value.is_some_and(|value| listed.any(|one| one == value)),
        Some("NotIn") => value.is_none_or(|value| listed.all(|one| one != value)),
        Some("Exists") => value.is_some(),
        Some("DoesNotExist") => value.is_none(),
        Some("Gt") => {
            value.and_then(number).zip(listed.next().and_then(number)).is_some_and(|(own, limit)| own > limit)
        }
        Some("Lt") => {
            value.and_then(number).zip(listed.next().and_then(number)).is_some_and(|(own, limit)| own < limit)
        }
        _ => false,
    }
}

/// The ports of the host that a template's pods take, in order.
pub(super) fn host_ports(template: &Value) -> Vec<u64> {
    let of_host = template.pointer("/spec/hostNetwork") == Some(&Value::Bool(true));
    let containers = template.pointer("/spec/containers").and_then(Value::as_array).into_iter().flatten();
    let ports = containers.flat_map(|one| one.get("ports").and_then(Value::as_array).into_iter().flatten());
    let own = ports.filter_map(|port| port.get("hostPort").or(port.get("containerPort").filter(|_| of_host))?.as_u64());
    let mut own: Vec<u64> = own.filter(|port| *port > 0).collect();
    own.sort_unstable();
    own.dedup();
    own
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn labels_choose_nodes() {
        let node = json!({"metadata": {"name": "a", "labels": {"zone": "1", "disk": "ssd", "gen": "7"}}});
        let affinity = |term: Value| {
            json!({"spec": {"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution":
                {"nodeSelectorTerms": [term]}}}}})
        };
        let by = |key: &str, operator: &str, values: Value| {
            affinity(json!({"matchExpressions": [{"key": key, "operator": operator, "values": values}]}))
        };
        let table = [
            (json!({"spec": {}}), true),
            (json!({"spec": {"nodeSelector": {"disk": "ssd"}}}), true),
            (json!({"spec": {"nodeSelector": {"disk": "ssd", "zone": "2"}}}), false),
            (by("zone", "In", json!(["1", "2"])), true),
            (by("zone", "NotIn", json!(["1"])), false),
            (by("arch", "NotIn", json!(["arm"])), true),
            (by("arch", "Exists", json!([])), false),
            (by("arch", "DoesNotExist", json!([])), true),
            (by("gen", "Gt", json!(["6"])), true),
            (by("gen", "Lt", json!(["6"])), false),
            (affinity(json!({"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["b"]}]})), false),
            (affinity(json!({})), false),
        ];
        for (template, expected) in table {
            assert_eq!(takes(&template, &node), expected, "{template}");
        }
    }

    #[test]
    fn ports_of_the_host() {
        let of = |network: bool| {
            json!({"spec": {"hostNetwork": network, "containers": [
                {"ports": [{"containerPort": 80, "hostPort": 8080}, {"containerPort": 90}]}]}})
        };
        assert_eq!((host_ports(&of(false)), host_ports(&of(true))), (vec![8080], vec![90, 8080]));
    }
}
