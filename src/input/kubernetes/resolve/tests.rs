use super::*;
use crate::input::kubernetes::namespaces::{Namespaces, owned};
use crate::input::kubernetes::node_affinity::NodeChoice;
use crate::input::kubernetes::placement::PodNamespace;
use crate::input::tree::yaml::node;
use crate::k8s::scheduler::{least_in_domain, spread_allows, spread_allows_other};
use crate::scenario::Refusal;

/// What is read of a spec, and what nodes without Node objects make of it.
struct Read {
    one_per_node: bool,
    assumed: Vec<String>,
    spread_by_default: bool,
    constraints: Vec<Constraint>,
    preferences: Vec<Preference>,
    unknown_keys: Vec<UnknownKey>,
}

fn placement(spec: &str) -> Read {
    placement_beside(spec, None)
}

fn placement_beside(spec: &str, namespace: Option<&str>) -> Read {
    let object = namespace.map(|labels| node(&format!("metadata: {{name: shop, {labels}}}")));
    let namespaces = Namespaces::read(object.as_slice()).unwrap();
    let read = read_in(spec, &namespaces);
    let places: Vec<Place> =
        (0..4).map(|number| Place { machine: None, added: false, zone: number % 2, full: Refusal::Room }).collect();
    let choice = NodeChoice::default();
    let ground = Ground { places: &places, machines: &[], neighbours: &[], namespaces: &namespaces, choice: &choice };
    let Resolved { constraints, preferences, topology, unknown_keys, .. } = resolve(&read, &ground);
    assert_eq!(topology, None);
    let Placement { one_per_node, assumed, spread_by_default, .. } = read;
    Read { one_per_node, assumed, spread_by_default, constraints, preferences, unknown_keys }
}

fn read_in(spec: &str, namespaces: &Namespaces) -> Placement {
    let (spec, labels) = (node(spec), node("{app: web, tier: front}"));
    let home = PodNamespace { name: "shop", all: namespaces };
    Placement::read(&spec.map().unwrap(), Some(labels.map().unwrap()), home).unwrap()
}

#[test]
fn spread_constraints() {
    let of = |fields: &str| {
        placement(&format!(
            "topologySpreadConstraints: [{{maxSkew: 2, labelSelector: {{matchLabels: {{app: web}}}}, {fields}}}]"
        ))
    };
    let zone = of("topologyKey: topology.kubernetes.io/zone, whenUnsatisfiable: DoNotSchedule");
    let skew = |min_domains| Constraint {
        domain: Domain::Zone,
        limit: Limit::Skew { most: 2, min_domains },
        own_revision: false,
    };
    assert_eq!((zone.constraints, zone.assumed.len(), zone.spread_by_default), (vec![skew(1)], 0, false));
    let domains = of("topologyKey: topology.kubernetes.io/zone, whenUnsatisfiable: DoNotSchedule, minDomains: 3");
    assert_eq!(domains.constraints, [skew(3)]);
    let own = of(
        "topologyKey: kubernetes.io/hostname, whenUnsatisfiable: DoNotSchedule, matchLabelKeys: [pod-template-hash]",
    );
    assert_eq!(own.constraints, [Constraint { domain: Domain::Node, own_revision: true, ..skew(1) }]);
    let soft = of("topologyKey: kubernetes.io/hostname, whenUnsatisfiable: ScheduleAnyway");
    let wish = Preference { domain: Domain::Node, wish: Wish::Spread { max_skew: 2 }, own_revision: false };
    assert_eq!((soft.constraints, soft.preferences, soft.assumed.len()), (vec![], vec![wish], 0));
    let rack = of("topologyKey: rack, whenUnsatisfiable: DoNotSchedule");
    assert_eq!((rack.constraints.len(), rack.spread_by_default), (0, false));
    assert_eq!(rack.unknown_keys, [UnknownKey { key: "rack".to_owned(), field: SPREAD, decides: true }]);
    assert!(placement("containers: []").spread_by_default);
}

#[test]
fn anti_affinity() {
    let of = |terms: &str| placement(&format!("affinity: {{podAntiAffinity: {{{terms}}}}}"));
    let required = |selector: &str, key: &str| {
        of(&format!(
            "requiredDuringSchedulingIgnoredDuringExecution: [{{labelSelector: {selector}, topologyKey: {key}}}]"
        ))
    };
    assert!(required("{matchLabels: {app: web}}", HOSTNAME).one_per_node);
    assert!(required("{matchExpressions: [{key: app, operator: In, values: [web]}]}", HOSTNAME).one_per_node);
    assert!(!required("{matchLabels: {app: db}}", HOSTNAME).one_per_node);
    let zone = required("{}", ZONE);
    let one = Constraint { domain: Domain::Zone, limit: Limit::One, own_revision: false };
    assert_eq!((zone.one_per_node, zone.constraints), (false, vec![one]));
    let rack = required("{}", "rack");
    assert_eq!((rack.one_per_node, rack.constraints), (false, vec![]));
    let preferred =
        of("preferredDuringSchedulingIgnoredDuringExecution: [{weight: 40, podAffinityTerm: {labelSelector: \
         {matchLabels: {app: web}}, topologyKey: kubernetes.io/hostname}}]");
    let wish = Preference { domain: Domain::Node, wish: Wish::Apart { weight: 40 }, own_revision: false };
    assert_eq!(preferred.preferences, [wish]);
}
#[test]
fn an_anti_affinity_holds_in_the_namespaces_that_it_names() {
    let term = |fields: &str| {
        format!(
            "affinity: {{podAntiAffinity: {{requiredDuringSchedulingIgnoredDuringExecution: [{{labelSelector: \
             {{matchLabels: {{app: web}}}}, topologyKey: kubernetes.io/hostname{fields}}}]}}}}"
        )
    };
    let cases = [
        ("", true),
        (", namespaces: []", true),
        (", namespaces: [shop]", true),
        (", namespaces: [other, shop]", true),
        (", namespaces: [other]", false),
        (", namespaceSelector: {}", true),
        (", namespaces: [other], namespaceSelector: {}", true),
        (", namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: shop}}", true),
        (", namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: other}}", false),
    ];
    for (fields, own) in cases {
        let read = placement(&term(fields));
        assert_eq!((read.one_per_node, read.assumed.len()), (own, 0), "{fields}");
    }
    let by_label = term(", namespaceSelector: {matchLabels: {team: front}}");
    let unknown = placement(&by_label);
    assert!(!unknown.one_per_node && unknown.assumed[0].contains("labels of namespace shop"), "{:?}", unknown.assumed);
    let of = |labels: &str| placement_beside(&by_label, Some(&format!("labels: {labels}")));
    assert!(of("{team: front}").one_per_node && of("{team: front}").assumed.is_empty());
    assert!(!of("{team: back}").one_per_node && of("{team: back}").assumed.is_empty());
}

/// Node objects, pods of others, and what a pod makes of them.
struct World {
    machines: Vec<Machine>,
    neighbours: Vec<Neighbour>,
    namespaces: Namespaces,
}

impl World {
    /// Two nodes in each of two racks, and one in none; every rack has a zone of its own.
    fn racks() -> Self {
        let racks = ["a", "a", "b", "b", ""];
        let machine = |(number, rack): (usize, &&str)| {
            let rack = if rack.is_empty() { String::new() } else { format!("rack: {rack}, ") };
            machine(&format!("{{metadata: {{name: n{number}, labels: {{{rack}disk: d{number}}}}}}}"))
        };
        let machines = racks.iter().enumerate().map(machine).collect();
        Self { machines, neighbours: Vec::new(), namespaces: Namespaces::default() }
    }

    fn with(mut self, node_of: usize, namespace: &str, labels: &str, spec: &str) -> Self {
        let (labels, spec) = (node(labels), node(spec));
        let pod = Seen { namespace: namespace.into(), labels: owned(Some(labels.map().unwrap())) };
        let neighbour = Neighbour::read(pod, Some(&spec.map().unwrap()), node_of, false).unwrap();
        self.neighbours.push(neighbour);
        self
    }

    fn resolve(&self, spec: &str) -> Resolved {
        let placement = read_in(spec, &self.namespaces);
        let choice = NodeChoice::read(&node(spec).map().unwrap()).unwrap();
        self.resolve_as(&placement, &choice)
    }

    fn resolve_as(&self, placement: &Placement, choice: &NodeChoice) -> Resolved {
        let place = |number| Place { machine: Some(number), added: false, zone: 0, full: Refusal::Room };
        let places: Vec<Place> = (0..self.machines.len()).map(place).collect();
        let Self { machines, neighbours, namespaces } = self;
        resolve(placement, &Ground { places: &places, machines, neighbours, namespaces, choice })
    }

    /// The rules that there are, and the counts of others' pods by domain.
    fn rules(&self, spec: &str) -> Vec<(Own, Vec<u32>, Demand)> {
        let topology = self.resolve(spec).topology.map(|topology| topology.rules).unwrap_or_default();
        topology.into_iter().map(|rule| (rule.group.own, rule.group.standing, rule.demand)).collect()
    }

    fn points(&self, spec: &str) -> NodePoints {
        self.resolve(spec).topology.map(|topology| topology.points).unwrap_or_default()
    }
}

fn machine(object: &str) -> Machine {
    let object = object.replacen('{', "{status: {allocatable: {cpu: 4, memory: 8Gi, pods: 110}}, ", 1);
    Machine::read(&node(&object).map().unwrap()).unwrap().unwrap()
}

fn required(kind: &str, fields: &str) -> String {
    format!(
        "affinity: {{{kind}: {{requiredDuringSchedulingIgnoredDuringExecution: [{{topologyKey: rack, {fields}}}]}}}}"
    )
}

fn preferred(kind: &str, fields: &str) -> String {
    format!(
        "affinity: {{{kind}: {{preferredDuringSchedulingIgnoredDuringExecution: [{{weight: 10, podAffinityTerm: \
         {{topologyKey: rack, {fields}}}}}]}}}}"
    )
}

const DB: &str = "labelSelector: {matchLabels: {app: db}}";
const WEB: &str = "labelSelector: {matchLabels: {app: web}}";

#[test]
fn every_label_of_nodes_has_domains() {
    let world = World::racks();
    let topology = world.resolve(&required("podAntiAffinity", WEB)).topology.unwrap();
    assert_eq!(topology.domains, [[0, 0, 1, 1, Topology::NO_DOMAIN]]);
    assert_eq!(world.rules(&required("podAntiAffinity", WEB)), [(Own::All, vec![0, 0], Demand::Apart)]);
    let by_template = format!("{WEB}, matchLabelKeys: [pod-template-hash]");
    let rules = world.rules(&required("podAntiAffinity", &by_template));
    assert_eq!(rules, [(Own::SameTemplate, vec![0, 0], Demand::Apart)]);
    let others = format!("{WEB}, mismatchLabelKeys: [pod-template-hash]");
    let rules = world.rules(&required("podAntiAffinity", &others));
    assert_eq!(rules, [(Own::OtherTemplates, vec![0, 0], Demand::Apart)]);
    assert_eq!(world.rules(&required("podAntiAffinity", &format!("{WEB}, mismatchLabelKeys: [app]"))), []);
}

#[test]
fn pods_of_others_are_counted_by_term_and_namespace() {
    let world = World::racks().with(0, "shop", "{app: db}", "{}").with(2, "shop", "{app: db}", "{}");
    let world = world.with(3, "data", "{app: db}", "{}").with(4, "shop", "{app: db}", "{}");
    let counts = |fields: &str| {
        let rules = world.rules(&required("podAntiAffinity", &format!("{DB}{fields}")));
        rules.first().map(|(own, standing, _)| (*own, standing.clone()))
    };
    assert_eq!(counts(""), Some((Own::None, vec![1, 1])), "one on a node without the label is in no domain");
    assert_eq!(counts(", namespaces: [data]"), Some((Own::None, vec![0, 1])));
    assert_eq!(counts(", namespaceSelector: {}"), Some((Own::None, vec![1, 2])));
    assert_eq!(counts(", matchLabelKeys: [tier]"), None, "the others have no such label");
    let affinity = world.rules(&required("podAffinity", DB));
    assert_eq!(affinity, [(Own::None, vec![1, 1], Demand::Beside)]);
    let both = "affinity: {podAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: rack, \
        labelSelector: {matchLabels: {app: db}}}, {topologyKey: rack, labelSelector: {}, namespaces: [data]}]}}";
    let counts: Vec<_> = world.rules(both).into_iter().map(|(own, standing, _)| (own, standing)).collect();
    assert_eq!(counts, [(Own::None, vec![0, 0]), (Own::None, vec![0, 0])], "no pod is in both namespaces");
}

#[test]
fn pods_that_are_there_keep_others_away() {
    let world = World::racks().with(1, "shop", "{app: db}", &required("podAntiAffinity", WEB));
    assert_eq!(world.rules("{}"), [(Own::None, vec![1, 0], Demand::KeptOut)]);
    let world = World::racks().with(1, "data", "{app: db}", &required("podAntiAffinity", WEB));
    assert_eq!(world.rules("{}"), [], "a term is about pods of its own namespace");
    let unknown = format!("{WEB}, namespaceSelector: {{matchLabels: {{team: a}}}}");
    let world = World::racks().with(1, "data", "{app: db}", &required("podAntiAffinity", &unknown));
    let assumed = world.resolve("{}").assumed;
    assert!(assumed.len() == 1 && assumed[0].contains("labels of namespace shop"), "{assumed:?}");
}

#[test]
fn wishes_of_both_sides_make_points() {
    let world = World::racks().with(0, "shop", "{app: db}", "{}").with(1, "shop", "{app: db}", "{}");
    assert_eq!(world.points(&preferred("podAntiAffinity", DB)).neighbours, [20, 20, 0, 0, 0]);
    assert_eq!(world.points(&preferred("podAffinity", DB)).neighbours, [-20, -20, 0, 0, 0]);
    let world = World::racks().with(2, "shop", "{app: db}", &preferred("podAntiAffinity", WEB));
    assert_eq!(world.points(&preferred("podAffinity", DB)).neighbours, [0; 5], "-10 of one side, 10 of the other");
    assert_eq!(world.points("{}").neighbours, [0, 0, 10, 10, 0]);
    let world = World::racks().with(2, "shop", "{app: db}", &required("podAffinity", WEB));
    assert_eq!(world.points("{}").neighbours, [0, 0, -1, -1, 0]);
    let wishes = World::racks().resolve(&preferred("podAffinity", WEB)).topology.unwrap().wishes;
    assert_eq!((wishes[0].group.own, wishes[0].aim), (Own::All, Aim::Apart { points: -20 }));
}

#[test]
fn nodes_have_points_of_their_own() {
    let affinity = "affinity: {nodeAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [\
        {weight: 30, preference: {matchExpressions: [{key: rack, operator: In, values: [a]}]}}, \
        {weight: 5, preference: {matchExpressions: [{key: disk, operator: In, values: [d1, d2]}]}}]}}";
    assert_eq!(World::racks().points(affinity).preferred, [30, 35, 5, 0, 0]);
    let mut world = World::racks();
    let taints = "{metadata: {name: n0}, spec: {taints: [{key: spot, effect: PreferNoSchedule}, \
        {key: old, value: x, effect: PreferNoSchedule}, {key: gpu, effect: NoSchedule}]}}";
    world.machines[0] = machine(taints);
    assert_eq!(world.points("{}").taints, [2, 0, 0, 0, 0]);
    assert_eq!(world.points("tolerations: [{key: spot, operator: Exists}]").taints, [1, 0, 0, 0, 0]);
    assert_eq!(world.points("tolerations: [{operator: Exists}]").taints, [0; 0]);
}

/// Upstream's table of the filter for `DoNotSchedule`.
#[test]
fn spread_constraints_leave_the_nodes_that_upstream_s_table_leaves() {
    let cases: serde_json::Value =
        serde_json::from_str(include_str!("../../../../tests/vectors/topology_spread_filter.json")).unwrap();
    for case in cases["cases"].as_array().unwrap() {
        let expected: Vec<bool> = case["input"]["nodes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|node| case["expected"]["nodeStatus"][node["name"].as_str().unwrap()] == "Success")
            .collect();
        assert_eq!(left_by_spread(&case["input"]), expected, "{}", case["name"]);
    }
}

fn left_by_spread(input: &serde_json::Value) -> Vec<bool> {
    let list = |value: &serde_json::Value| value.as_array().cloned().unwrap_or_default();
    let mut world = World { machines: Vec::new(), neighbours: Vec::new(), namespaces: Namespaces::default() };
    for one in list(&input["nodes"]) {
        let taints = if one["tainted"] == true { "[{key: k, effect: NoSchedule}]" } else { "[]" };
        let (name, labels) = (&one["name"], &one["labels"]);
        world
            .machines
            .push(machine(&format!("{{metadata: {{name: {name}, labels: {labels}}}, spec: {{taints: {taints}}}}}")));
    }
    let home = |pod: &serde_json::Value| match pod["namespace"].as_str() {
        None | Some("") => "home".to_owned(),
        Some(name) => name.to_owned(),
    };
    let seen = |pod: &serde_json::Value| {
        let labels = node(&pod["labels"].to_string());
        Seen { namespace: home(pod), labels: owned(labels.map().ok()) }
    };
    for pod in list(&input["existingPods"]) {
        let number = world.machines.iter().position(|machine| Some(machine.name()) == pod["node"].as_str());
        let terminating = pod["terminating"] == true;
        world.neighbours.extend(number.map(|number| Neighbour::read(seen(&pod), None, number, terminating).unwrap()));
    }
    let pod = &input["pod"];
    let constraints: Vec<String> = list(&pod["constraints"]).iter().map(constraint).collect();
    let terms: Vec<String> = list(&pod["nodeAffinity"])
        .iter()
        .map(|one| {
            format!(
                "{{matchExpressions: [{{key: {}, operator: {}, values: {}}}]}}",
                one["key"], one["op"], one["values"]
            )
        })
        .collect();
    let affinity = if terms.is_empty() {
        String::new()
    } else {
        let terms = terms.join(", ");
        format!(
            ", affinity: {{nodeAffinity: {{requiredDuringSchedulingIgnoredDuringExecution: {{nodeSelectorTerms: [{terms}]}}}}}}"
        )
    };
    let selector =
        if pod["nodeSelector"].is_null() { String::new() } else { format!(", nodeSelector: {}", pod["nodeSelector"]) };
    let spec = node(&format!("{{topologySpreadConstraints: [{}]{affinity}{selector}}}", constraints.join(", ")));
    let labels = node(&pod["labels"].to_string());
    let namespace = PodNamespace { name: "home", all: &world.namespaces };
    let placement = Placement::read(&spec.map().unwrap(), labels.map().ok(), namespace).unwrap();
    let choice = NodeChoice::read(&spec.map().unwrap()).unwrap();
    let topology = world.resolve_as(&placement, &choice).topology.unwrap_or_default();
    (0..world.machines.len()).map(|node| topology.rules.iter().all(|rule| leaves(rule, &topology, node))).collect()
}

fn constraint(one: &serde_json::Value) -> String {
    let mut text = format!(
        "{{maxSkew: {}, topologyKey: {}, whenUnsatisfiable: {}",
        one["maxSkew"], one["topologyKey"], one["whenUnsatisfiable"]
    );
    for key in ["minDomains", "nodeAffinityPolicy", "nodeTaintsPolicy"] {
        if !one[key].is_null() {
            text += &format!(", {key}: {}", one[key]);
        }
    }
    if let Some(selector) = one["labelSelector"].as_object() {
        let exists = selector["exists"].as_array().unwrap().iter();
        let expressions: Vec<String> = exists.map(|key| format!("{{key: {key}, operator: Exists}}")).collect();
        text += &format!(", labelSelector: {{matchExpressions: [{}]}}", expressions.join(", "));
    }
    text + "}"
}

/// Whether a rule about a skew leaves a node, where no pod of the Deployment is there.
fn leaves(rule: &Rule, topology: &Topology, node: usize) -> bool {
    let Demand::Skew { most, min_domains, counted, .. } = &rule.demand else { panic!("only skews") };
    let (domains, standing) = (&topology.domains[rule.group.key], &rule.group.standing);
    let of_node = |node: &usize| standing.get(domains[*node] as usize).map(|count| (domains[*node], *count));
    let counts = (0..domains.len()).filter(|node| counted.get(*node) != Some(&false));
    let there: std::collections::BTreeMap<u32, u32> = counts.filter_map(|node| of_node(&node)).collect();
    let fewest = there.values().copied().min().unwrap_or(u32::MAX);
    let least = least_in_domain(fewest, there.len() as u32, *min_domains);
    of_node(&node).is_some_and(|(_, count)| match rule.group.own {
        Own::None => spread_allows_other(count, least, *most),
        _ => spread_allows(count, least, *most),
    })
}
