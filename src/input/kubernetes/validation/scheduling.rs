//! Where pods may go (`pkg/apis/core/validation/validation.go: ValidateTolerations, validateAffinity,
//! validateTopologySpreadConstraints`).

use std::collections::BTreeSet;

use super::labels::{check_labels, check_requirement, check_selector};
use super::require::{one_of, required};
use crate::input::kubernetes::label_selector::{maps, text};
use crate::input::tree::error::{InputError, quoted};
use crate::input::tree::fields::Map;

const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";
const OPERATORS: &[&str] = &["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"];

pub(super) fn check(spec: &Map<'_>, path: &str) -> Result<(), InputError> {
    check_labels(spec.map("nodeSelector")?.as_ref(), &format!("{path}.nodeSelector"))?;
    for (number, toleration) in maps(spec.list("tolerations")?)?.iter().enumerate() {
        check_toleration(toleration, &format!("{path}.tolerations[{number}]"))?;
    }
    if let Some(affinity) = spec.map("affinity")? {
        check_affinity(&affinity, &format!("{path}.affinity"))?;
    }
    let mut pairs = BTreeSet::new();
    for (number, constraint) in maps(spec.list("topologySpreadConstraints")?)?.iter().enumerate() {
        let path = format!("{path}.topologySpreadConstraints[{number}]");
        let key = required(constraint, "topologyKey", &path)?.text()?;
        required(constraint, "maxSkew", &path)?.integer(1, i32::MAX as u64)?;
        let otherwise = required(constraint, "whenUnsatisfiable", &path)?;
        one_of(otherwise, &format!("{path}.whenUnsatisfiable"), &["DoNotSchedule", "ScheduleAnyway"])?;
        if let Some(least) = constraint.get("minDomains").filter(|_| otherwise.text().ok() != Some("DoNotSchedule")) {
            let message = format!("{path}.minDomains goes with whenUnsatisfiable: DoNotSchedule alone: leave it out");
            return Err(least.at.error(message));
        }
        if let Some(selector) = constraint.map("labelSelector")? {
            check_selector(&selector, &format!("{path}.labelSelector"))?;
        }
        if !pairs.insert((key, otherwise.text()?)) {
            let message = format!("{path}: there is another with {} and the same whenUnsatisfiable", quoted(key));
            return Err(constraint.at.error(message));
        }
    }
    Ok(())
}

fn check_toleration(toleration: &Map<'_>, path: &str) -> Result<(), InputError> {
    let operator = toleration.get("operator").filter(|node| node.text().ok() != Some(""));
    if let Some(operator) = operator {
        one_of(operator, &format!("{path}.operator"), &["Equal", "Exists", "Gt", "Lt"])?;
    }
    let written = |field| text(toleration, field).filter(|text| !text.is_empty());
    if let Some(effect) = toleration.get("effect").filter(|_| written("effect").is_some()) {
        one_of(effect, &format!("{path}.effect"), &["NoSchedule", "PreferNoSchedule", "NoExecute"])?;
    }
    let exists = written("operator") == Some("Exists");
    if exists && written("value").is_some() {
        return Err(toleration.at.error(format!("{path}: the operator Exists takes no value: leave it out")));
    }
    if !exists && written("key").is_none() {
        return Err(toleration.at.error(format!("{path}: without a key the operator must be Exists")));
    }
    match toleration.get("tolerationSeconds") {
        Some(node) if written("effect") != Some("NoExecute") => {
            Err(node.at.error(format!("{path}.tolerationSeconds goes with the effect NoExecute alone: leave it out")))
        }
        _ => Ok(()),
    }
}

fn check_affinity(affinity: &Map<'_>, path: &str) -> Result<(), InputError> {
    if let Some(node) = affinity.map("nodeAffinity")? {
        let path = format!("{path}.nodeAffinity");
        if let Some(choice) = node.map(REQUIRED)? {
            let terms = required(&choice, "nodeSelectorTerms", &format!("{path}.{REQUIRED}"))?.list()?;
            if terms.is_empty() {
                return Err(choice.at.error(format!("{path}.{REQUIRED}.nodeSelectorTerms is empty: write a term")));
            }
            maps(terms)?.iter().try_for_each(|term| check_node_term(term, &path))?;
        }
        for preferred in maps(node.list(PREFERRED)?)? {
            required(&preferred, "weight", &path)?.integer(1, 100)?;
            check_node_term(&required(&preferred, "preference", &path)?.map()?, &path)?;
        }
    }
    for kind in ["podAffinity", "podAntiAffinity"] {
        let path = format!("{path}.{kind}");
        let Some(own) = affinity.map(kind)? else { continue };
        maps(own.list(REQUIRED)?)?.iter().try_for_each(|term| check_pod_term(term, &path))?;
        for preferred in maps(own.list(PREFERRED)?)? {
            required(&preferred, "weight", &path)?.integer(1, 100)?;
            check_pod_term(&required(&preferred, "podAffinityTerm", &path)?.map()?, &path)?;
        }
    }
    Ok(())
}

fn check_node_term(term: &Map<'_>, path: &str) -> Result<(), InputError> {
    for field in ["matchExpressions", "matchFields"] {
        for expression in maps(term.list(field)?)? {
            required(&expression, "key", path)?;
            check_requirement(&expression, OPERATORS, path)?;
        }
    }
    Ok(())
}

fn check_pod_term(term: &Map<'_>, path: &str) -> Result<(), InputError> {
    let key = required(term, "topologyKey", path)?;
    if key.text()?.is_empty() {
        return Err(key.at.error(format!("{path}: topologyKey is empty: write a label of nodes")));
    }
    match term.map("labelSelector")? {
        Some(selector) => check_selector(&selector, &format!("{path}.labelSelector")),
        None => Ok(()),
    }
}
