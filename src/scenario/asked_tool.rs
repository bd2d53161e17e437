//! Tools that wait for a rollout, where somebody asks what they say.

use crate::k8s::tools::Tool;
use crate::time::SimDuration;

/// A tool, and how long it waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AskedTool {
    /// The tool.
    pub tool: Tool,
    /// Its timeout; `None`: it waits without end.
    pub timeout: Option<SimDuration>,
}
