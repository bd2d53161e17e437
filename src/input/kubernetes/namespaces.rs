//! Namespaces and their labels, as far as the files say them.

use std::collections::BTreeMap;

use crate::input::kubernetes::label_selector::Selector;
use crate::input::kubernetes::object::name_of;
use crate::input::tree::error::InputError;
use crate::input::tree::fields::Map;
use crate::input::tree::yaml::Node;

/// Labels by key.
pub(crate) type Labels = BTreeMap<String, String>;

/// The labels of an object.
pub(crate) fn labels_of(object: &Map<'_>) -> Result<Labels, InputError> {
    let metadata = object.map("metadata")?;
    Ok(owned(metadata.map(|metadata| metadata.map("labels")).transpose()?.flatten()))
}

/// Labels, kept apart from the file.
pub(crate) fn owned(labels: Option<Map<'_>>) -> Labels {
    let entries = labels.map_or(&[][..], |labels| labels.entries);
    entries.iter().filter_map(|entry| Some((entry.key.clone(), entry.value.text().ok()?.to_owned()))).collect()
}

/// The labels and annotations of each Namespace object, by its name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Namespaces {
    labels: BTreeMap<String, Labels>,
    annotations: BTreeMap<String, Labels>,
}

impl Namespaces {
    /// The label that every namespace has.
    const NAME_LABEL: &'static str = "kubernetes.io/metadata.name";

    /// Reads Namespace objects.
    pub(crate) fn read(objects: &[Node]) -> Result<Self, InputError> {
        let mut namespaces = Self::default();
        for object in objects {
            let object = object.map()?;
            let name = name_of(&object).unwrap_or_default().to_owned();
            let metadata = object.map("metadata")?;
            let annotations = owned(metadata.map(|metadata| metadata.map("annotations")).transpose()?.flatten());
            namespaces.annotations.insert(name.clone(), annotations);
            namespaces.labels.insert(name, labels_of(&object)?);
        }
        Ok(namespaces)
    }

    /// The labels of a namespace, where they are known.
    pub(crate) fn labels(&self, name: &str) -> Option<&Labels> {
        self.labels.get(name)
    }

    /// The annotations of a namespace, where they are known.
    pub(crate) fn annotations(&self, name: &str) -> Option<&Labels> {
        self.annotations.get(name)
    }

    /// Whether a `namespaceSelector` selects the namespace `name`; `None` where that depends on labels that are not known.
    pub(crate) fn is_selected(&self, name: &str, selector: &Selector) -> Option<bool> {
        let known = self.labels.get(name);
        let label = |key: &str| match key {
            Self::NAME_LABEL => Some(name),
            key => known.and_then(|labels| labels.get(key)).map(String::as_str),
        };
        let by_name_alone = selector.keys().all(|key| key == Self::NAME_LABEL);
        (by_name_alone || known.is_some()).then(|| selector.matches(label))
    }
}
