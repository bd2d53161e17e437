//! ResourceQuota objects.

use crate::input::kubernetes::machine::pod_count;
use crate::input::tree::error::InputError;
use crate::input::tree::fields::Map;
use crate::input::tree::quantity::{cpu_millis, memory_bytes};
use crate::input::tree::yaml::Node;

/// What a ResourceQuota allows a namespace; nothing where it says nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Quota {
    pub(crate) pods: Option<u64>,
    pub(crate) cpu_millis: Option<u64>,
    pub(crate) memory_bytes: Option<u64>,
}

/// Hard limits of a ResourceQuota. What the namespace uses otherwise is not known here.
pub(crate) fn quota(object: &Map<'_>) -> Result<Option<Quota>, InputError> {
    let Some(spec) = object.map("spec")? else { return Ok(None) };
    if spec.get("scopes").is_some() || spec.get("scopeSelector").is_some() {
        // The report on what is not modelled names it (`border`).
        return Ok(None);
    }
    let Some(hard) = spec.map("hard")? else { return Ok(None) };
    let least = |keys: [&str; 2], amount: fn(&Node) -> Result<u64, InputError>| {
        let amounts: Vec<u64> = keys.iter().filter_map(|key| hard.get(key)).map(amount).collect::<Result<_, _>>()?;
        Ok::<_, InputError>(amounts.into_iter().min())
    };
    Ok(Some(Quota {
        pods: least(["pods", "count/pods"], pod_count)?,
        cpu_millis: least(["cpu", "requests.cpu"], cpu_millis)?,
        memory_bytes: least(["memory", "requests.memory"], memory_bytes)?,
    }))
}
