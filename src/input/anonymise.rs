//! Names in the objects of manifests replaced by hashes, so that a result can be shown to others.
//!
//! A name gives the same hash wherever it stands, so that selectors select what they selected. What is no name stays: amounts, counts,
//! instants, kinds, keys of labels, the numbers of ordinals.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::input::kubernetes::object::is_manifest;
use crate::input::kubernetes::unread::unread;
use crate::input::kubernetes::volumes::DEFAULT_CLASS;
use crate::input::tree::error::InputError;
use crate::input::tree::files::Files;
use crate::input::tree::yaml::{Entry, Node, Scalar, Value};
use crate::input::tree::yaml_text::{json, text};

/// Digits of a hash that stands for a name: few enough for the shortest names, which are those of ports.
const DIGITS: usize = 12;

/// Fields whose text is a name, wherever they stand.
const NAMES: [&str; 23] = [
    "claimName",
    "container",
    "containerName",
    "generateName",
    "host",
    "hostname",
    "name",
    "namespace",
    "nodeName",
    "nominatedNodeName",
    "persistentVolumeName",
    "port",
    "priorityClassName",
    "runtimeClassName",
    "secretName",
    "serviceAccount",
    "serviceAccountName",
    "serviceName",
    "storageClassName",
    "subdomain",
    "uid",
    "volumeHandle",
    "volumeName",
];
/// Lists whose texts are names or values of labels.
const LISTS: [&str; 2] = ["namespaces", "values"];
/// Maps whose values are values of labels.
const LABELS: [&str; 4] = ["labels", "matchLabels", "nodeSelector", "selector"];
/// Fields that hold addresses, and that no forecast reads.
const REMOVED: [&str; 10] = [
    "addresses",
    "hostAliases",
    "hostIP",
    "hostIPs",
    "imageID",
    "podCIDR",
    "podCIDRs",
    "podIP",
    "podIPs",
    "providerID",
];
/// Annotations that a forecast reads, by how they begin.
const ANNOTATIONS: [&str; 6] = [
    "config.linkerd.io/proxy-",
    "deployment.kubernetes.io/",
    "linkerd.io/inject",
    "sidecar.istio.io/inject",
    "sidecar.istio.io/proxy",
    DEFAULT_CLASS,
];
/// Names and values that every cluster has.
const COMMON: [&str; 12] = [
    "amd64",
    "arm64",
    "default",
    "default-scheduler",
    "false",
    "kube-node-lease",
    "kube-public",
    "kube-system",
    "latest",
    "linux",
    "true",
    "windows",
];
/// Kinds that stand before a workload's name.
const KINDS: [&str; 9] =
    ["deploy", "deployment", "deployments", "sts", "statefulset", "statefulsets", "ds", "daemonset", "daemonsets"];

/// Hashes of names under a key.
pub(crate) struct Names {
    key: [u8; 32],
    /// The names that were replaced.
    seen: RefCell<BTreeSet<String>>,
}

impl Names {
    /// Under the same key a name has the same hash.
    pub(crate) fn new(key: &[u8]) -> Self {
        Self { key: Sha256::digest(key).into(), seen: RefCell::default() }
    }

    /// What stands for a name.
    pub(crate) fn of(&self, name: &str) -> String {
        if !stays(name) {
            self.seen.borrow_mut().insert(name.to_owned());
        }
        self.stands_for(name)
    }

    fn stands_for(&self, name: &str) -> String {
        if stays(name) {
            return name.to_owned();
        }
        // The ordinal of a StatefulSet's pod has a meaning.
        let ordinal = name.rsplit_once('-').filter(|(front, last)| {
            !front.is_empty() && (1..=5).contains(&last.len()) && last.bytes().all(|byte| byte.is_ascii_digit())
        });
        match ordinal {
            Some((front, number)) => format!("{}-{number}", self.hash(front)),
            None => self.hash(name),
        }
    }

    /// The same of `[KIND/]NAME` and `[NAMESPACE/]NAME`, part by part.
    pub(crate) fn of_path(&self, path: &str) -> String {
        let parts = path.split('/').enumerate().map(|(number, part)| {
            if number == 0 && path.contains('/') && KINDS.contains(&part) { part.to_owned() } else { self.of(part) }
        });
        parts.collect::<Vec<_>>().join("/")
    }

    fn hash(&self, name: &str) -> String {
        let digest = Sha256::new_with_prefix(self.key).chain_update(name).finalize();
        let digits: String = digest.iter().map(|byte| format!("{byte:02x}")).take(DIGITS / 2).collect();
        format!("h{digits}")
    }

    fn of_image(&self, image: &str) -> String {
        self.seen.borrow_mut().insert(image.to_owned());
        self.stands_for_image(image)
    }

    /// The tag stays `latest` where it is that, since such an image is pulled always.
    fn stands_for_image(&self, image: &str) -> String {
        let (place, digest) = image.split_once('@').map_or((image, None), |(place, digest)| (place, Some(digest)));
        let last = place.rfind('/').map_or(0, |slash| slash + 1);
        let (name, tag) = match place[last..].split_once(':') {
            Some((_, tag)) => (&place[..place.len() - tag.len() - 1], Some(tag)),
            None => (place, None),
        };
        let tag = tag.map_or(String::new(), |tag| format!(":{}", self.stands_for(tag)));
        let digest = digest.map_or(String::new(), |digest| {
            let digest = Sha256::new_with_prefix(self.key).chain_update(digest).finalize();
            format!("@sha256:{}", digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
        });
        format!("{}{tag}{digest}", self.hash(name))
    }

    /// A sentence of Kubernetes, in which every name that stands elsewhere too is replaced.
    fn of_message(&self, message: &str) -> String {
        let seen = &*self.seen.borrow();
        let is_part = |c: char| c.is_ascii_alphanumeric() || "-._/:@".contains(c);
        let mut out = String::new();
        let mut rest = message;
        while let Some(start) = rest.find(is_part) {
            let (before, word) = rest.split_at(start);
            let (word, behind) = word.split_at(word.find(|c| !is_part(c)).unwrap_or(word.len()));
            out.push_str(before);
            let bare = word.trim_end_matches(['.', ':']);
            out.push_str(&self.of_word(bare, seen));
            out.push_str(&word[bare.len()..]);
            rest = behind;
        }
        out + rest
    }

    fn of_word(&self, word: &str, seen: &BTreeSet<String>) -> String {
        if word.parse::<std::net::IpAddr>().is_ok() {
            return self.hash(word);
        }
        if seen.contains(word) {
            let is_image = word.contains(['/', ':']);
            return if is_image { self.stands_for_image(word) } else { self.stands_for(word) };
        }
        let parts =
            word.split('/').map(|part| if seen.contains(part) { self.stands_for(part) } else { part.to_owned() });
        parts.collect::<Vec<_>>().join("/")
    }

    /// Replaces the names in what stands under `field` of a map that stands under `parent`.
    fn replace(&self, parent: &str, field: &str, node: &mut Node) {
        match &mut node.value {
            Value::Null => {}
            Value::Scalar(scalar) => self.replace_text(parent, field, scalar),
            Value::List(items) if LISTS.contains(&field) => {
                items.iter_mut().filter_map(text_of).for_each(|text| *text = self.of(text));
            }
            Value::List(items) => items.iter_mut().for_each(|item| self.replace(parent, field, item)),
            Value::Map(entries) if LABELS.contains(&field) && is_flat(entries) => {
                entries.iter_mut().filter_map(|entry| text_of(&mut entry.value)).for_each(|text| *text = self.of(text));
            }
            Value::Map(entries) => {
                entries.retain(|entry| {
                    !REMOVED.contains(&entry.key.as_str())
                        && (field != "annotations" || ANNOTATIONS.iter().any(|start| entry.key.starts_with(start)))
                });
                let taints = field == "taints" || field == "tolerations";
                for entry in entries {
                    if taints && entry.key == "value" {
                        text_of(&mut entry.value).into_iter().for_each(|text| *text = self.of(text));
                    }
                    self.replace(field, &entry.key, &mut entry.value);
                }
            }
        }
    }

    fn replace_text(&self, parent: &str, field: &str, scalar: &mut Scalar) {
        let text = &mut scalar.text;
        match field {
            "image" => *text = self.of_image(text),
            "path" => *text = format!("/{}", self.hash(text)),
            "name" if names_a_resource(parent) => {}
            _ if NAMES.contains(&field) => *text = self.of(text),
            _ => {}
        }
    }

    /// Replaces the names in the sentences of what stands under `field`.
    fn replace_in_messages(&self, field: &str, node: &mut Node) {
        match &mut node.value {
            Value::Scalar(scalar) if matches!(field, "message" | "note" | "fieldPath") => {
                scalar.text = self.of_message(&scalar.text);
            }
            Value::List(items) => items.iter_mut().for_each(|item| self.replace_in_messages(field, item)),
            Value::Map(entries) => {
                entries.iter_mut().for_each(|entry| self.replace_in_messages(&entry.key, &mut entry.value));
            }
            _ => {}
        }
    }
}

/// Whether the `name` of a map under `parent` is that of a resource, such as `cpu`, or of a driver.
fn names_a_resource(parent: &str) -> bool {
    matches!(parent, "containerResource" | "csi" | "drivers" | "resource")
}

/// Whether a text is no name, or one that every cluster has.
fn stays(name: &str) -> bool {
    COMMON.contains(&name) || name.starts_with("system-") || name.bytes().all(|byte| byte.is_ascii_digit())
}

fn text_of(node: &mut Node) -> Option<&mut String> {
    match &mut node.value {
        Value::Scalar(scalar) => Some(&mut scalar.text),
        _ => None,
    }
}

/// Whether a map is one of labels: it has texts alone.
fn is_flat(entries: &[Entry]) -> bool {
    entries.iter().all(|entry| matches!(entry.value.value, Value::Scalar(_) | Value::Null))
}

/// The files at `paths` with hashes in place of names, each with the name that it gets. What no forecast reads is left out of them.
///
/// # Errors
/// When a file cannot be read, or is an experiment that names workloads itself.
pub(crate) fn anonymised(paths: &[PathBuf], names: &Names) -> Result<Vec<(String, String)>, InputError> {
    let files = Files::new(Path::new("")).with_large_manifests(unread());
    let mut read = Vec::new();
    for path in paths {
        let source = files.root(path, &path.display().to_string())?;
        let mut documents = files.all_documents(&source)?.to_vec();
        if is_manifest(&documents) {
            documents.iter_mut().for_each(|document| remove_unread(document, None));
            documents.iter_mut().for_each(|document| names.replace("", "", document));
            read.push((documents, None));
        } else {
            refuse_named(&documents)?;
            read.push((documents, Some(source.text.clone())));
        }
    }
    let written = read.into_iter().enumerate().map(|(number, (mut documents, experiment))| {
        if let Some(text) = experiment {
            return (format!("experiment-{number}.yaml"), text);
        }
        documents.iter_mut().for_each(|document| names.replace_in_messages("", document));
        match json(documents.len(), &documents) {
            Some(text) => (format!("input-{number}.json"), text),
            None => (format!("input-{number}.yaml"), text(&documents)),
        }
    });
    Ok(written.collect())
}

/// Takes what no forecast reads out of the objects of a document, as it is done with large files.
fn remove_unread(node: &mut Node, of_list: Option<&str>) {
    match &mut node.value {
        Value::List(items) => items.iter_mut().for_each(|item| remove_unread(item, of_list)),
        Value::Map(entries) => {
            let kind = entries.iter().find(|entry| entry.key == "kind").and_then(|entry| entry.value.text().ok());
            let kind = kind.or(of_list).map(str::to_owned);
            let of_items = kind.as_deref().and_then(|kind| kind.strip_suffix("List")).filter(|item| !item.is_empty());
            let items = entries.iter_mut().find(|entry| entry.key == "items");
            items.into_iter().for_each(|items| remove_unread(&mut items.value, of_items));
            unread().of(kind.as_deref()).remove_from(node);
        }
        _ => {}
    }
}

/// An experiment that names workloads or files would still hold their names.
fn refuse_named(documents: &[Node]) -> Result<(), InputError> {
    const NAMING: [&str; 3] = ["deployment", "statefulSet", "workloads"];
    for document in documents {
        let Value::Map(entries) = &document.value else { continue };
        if let Some(entry) = entries.iter().find(|entry| NAMING.contains(&entry.key.as_str())) {
            return Err(entry.at.error(
                "names in an experiment are not replaced: give the manifests on the command line beside it, and take this key out",
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::tree::yaml::node;

    fn replaced(text: &str) -> String {
        let names = Names::new(b"key");
        let mut node = node(text);
        names.replace("", "", &mut node);
        names.replace_in_messages("", &mut node);
        node.flow()
    }

    #[test]
    fn a_name_has_one_hash_under_a_key() {
        let (one, other) = (Names::new(b"a"), Names::new(b"b"));
        assert_eq!(one.of("orders"), Names::new(b"a").of("orders"));
        assert_ne!(one.of("orders"), other.of("orders"));
        assert_eq!(one.of("orders").len(), 13);
        assert_eq!(one.of("ledger-2"), format!("{}-2", one.of("ledger")));
        assert_eq!(
            (one.of("default"), one.of("17"), one.of("system-node-critical")),
            ("default".into(), "17".into(), "system-node-critical".into())
        );
        assert_eq!(one.of_path("sts/ledger"), format!("sts/{}", one.of("ledger")));
        assert_eq!(one.of_path("shop/orders"), format!("{}/{}", one.of("shop"), one.of("orders")));
    }

    #[test]
    fn names_labels_images_and_sentences_are_replaced_and_all_else_stays() {
        let names = Names::new(b"key");
        let h = |name: &str| names.of(name);
        assert_eq!(
            replaced(
                "{kind: Pod, metadata: {name: web-a1, namespace: shop, labels: {app: web, tier: '2'}, annotations: {note: x}}, \
                 spec: {replicas: 3, containers: [{name: web, image: 'reg.example/team/web:latest', env: [{name: A}], \
                 resources: {requests: {cpu: 250m}}}], nodeName: node-7, topologySpreadConstraints: [{topologyKey: zone, \
                 labelSelector: {matchExpressions: [{key: app, operator: In, values: [web]}]}}]}, \
                 status: {message: 'pod web-a1 of shop/web: 0/5 nodes'}}"
            ),
            format!(
                "{{kind: Pod, metadata: {{name: {}, namespace: {}, labels: {{app: {}, tier: 2}}, annotations: {{}}}}, \
                 spec: {{replicas: 3, containers: [{{name: {}, image: {}:latest, env: [{{name: {}}}], resources: {{requests: {{cpu: 250m}}}}}}], \
                 nodeName: {}-7, \
                 topologySpreadConstraints: [{{topologyKey: zone, labelSelector: {{matchExpressions: [{{key: app, operator: In, values: [{}]}}]}}}}]}}, \
                 status: {{message: pod {} of {}/{}: 0/5 nodes}}}}",
                h("web-a1"),
                h("shop"),
                h("web"),
                h("web"),
                h("reg.example/team/web"),
                h("A"),
                h("node"),
                h("web"),
                h("web-a1"),
                h("shop"),
                h("web")
            )
        );
        assert_eq!(
            replaced(
                "{metrics: [{resource: {name: cpu, target: {averageUtilization: 50}}}], scaleTargetRef: {kind: Deployment, name: web}}"
            ),
            format!(
                "{{metrics: [{{resource: {{name: cpu, target: {{averageUtilization: 50}}}}}}], scaleTargetRef: {{kind: Deployment, name: {}}}}}",
                h("web")
            )
        );
    }
}
