//! Tools that wait for a rollout, of which is asked when they say that it is done.

use crate::input::keys::root::DONE;
use crate::input::tree::error::InputError;
use crate::input::tree::near::unknown;
use crate::input::tree::quantity::duration;
use crate::input::tree::yaml::{Node, Value};
use crate::k8s::tools::Tool;
use crate::scenario::{AskedTool, MeasuredEvent};

/// Reads `done`. They wait for a change of the workload, so that without one there is nothing to say; `among_others`: others change.
pub(super) fn asked_tools(
    node: Option<&Node>,
    event: &MeasuredEvent,
    among_others: bool,
) -> Result<Vec<AskedTool>, InputError> {
    let Some(node) = node else { return Ok(Vec::new()) };
    if !among_others && !matches!(event, MeasuredEvent::Rollout | MeasuredEvent::Scale { .. }) {
        return Err(node.at.error(
            "these tools wait for a change of the workload, and the event is none: leave done out, or write event: rollout",
        ));
    }
    let mut asked = match &node.value {
        Value::Map(_) => with_timeouts(node)?,
        Value::List(items) => items.iter().map(by_name).collect::<Result<_, _>>()?,
        _ => vec![by_name(node)?],
    };
    asked.sort_by_key(|asked| asked.tool);
    asked.dedup_by_key(|asked| asked.tool);
    Ok(asked)
}

fn with_timeouts(node: &Node) -> Result<Vec<AskedTool>, InputError> {
    let map = node.map()?.of(&DONE)?;
    let mut asked = Vec::new();
    for tool in Tool::ALL {
        let Some(written) = map.get(tool.as_str()) else { continue };
        let timeout = duration(written)?;
        if timeout.is_zero() {
            return Err(written.wrong("how long the tool waits, such as 5m"));
        }
        asked.push(AskedTool { tool, timeout: Some(timeout) });
    }
    Ok(asked)
}

fn by_name(node: &Node) -> Result<AskedTool, InputError> {
    let word = node.text()?;
    let found = Tool::ALL.into_iter().find(|tool| tool.as_str() == word);
    let tool = found.ok_or_else(|| node.at.error(unknown("tool", word, &Tool::ALL.map(Tool::as_str))))?;
    Ok(AskedTool { tool, timeout: tool.timeout() })
}
