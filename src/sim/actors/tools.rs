//! Tools that wait for a rollout, where an experiment asks what they say: they look at what the API server has whenever that changes.
//! How often each looks is for those who hear it.

use crate::k8s::tools::{Seen, Verdict};
use crate::scenario::WorkloadId;
use crate::sim::observation::{Fact, Observer};
use crate::sim::run::Run;

/// What the API server has of a workload has changed.
#[inline(always)]
pub(crate) fn look<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId) {
    if !run.scenario.tools.is_empty() {
        judge(run, w);
    }
}

/// Reports each tool that has come to another verdict.
#[cold]
#[inline(never)]
fn judge<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId) {
    let tools = &run.scenario.tools;
    let (set, daemon_set) = (run.stateful_set_object(w), run.daemon_set_object(w));
    for asked in tools {
        let own = run.workload(w);
        let verdict = match (&set, &daemon_set, &own.deployment) {
            (Some(set), ..) => asked.tool.judge(Seen::StatefulSet(&set.spec, set.generation, &set.status)),
            (None, Some(set), _) => asked.tool.judge(Seen::DaemonSet(&set.spec, set.generation, &set.status)),
            (None, None, Some(deployment)) => {
                let new = own.replica_sets.iter().find(|set| set.template == deployment.spec.template);
                asked.tool.judge(Seen::Deployment(deployment, new))
            }
            (None, None, None) => Verdict::Waiting,
        };
        let before = std::mem::replace(&mut own.said[asked.tool as usize], verdict);
        if before != verdict {
            run.emit(Fact::Said { workload: w, tool: asked.tool, verdict });
        }
    }
}
