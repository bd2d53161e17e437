//! What else happens during a rollout.

use crate::input::experiment::deployment::check_size;
use crate::input::experiment::pods::Pods;
use crate::input::keys::timeline::{ACTIONS, API_SLOW, CONSOLIDATE, STEP};
use crate::input::kubernetes::deployment_spec::strategy;
use crate::input::tree::error::{InputError, Problem};
use crate::input::tree::fields::Map;
use crate::input::tree::near::unknown;
use crate::input::tree::quantity::duration;
use crate::input::tree::yaml::Node;
use crate::k8s::objects::DeploymentSpec;
use crate::scenario::{PodModel, Step, StepAction};

const MAX_STEPS: usize = 1000;

/// Reads `timeline`, in order of time; further templates are appended to `models`.
pub(crate) fn timeline<'a>(
    items: &'a [Node],
    pods: &Pods<'a>,
    models: &mut Vec<PodModel>,
) -> Result<Vec<Step>, Problem> {
    if let Some(item) = items.get(MAX_STEPS) {
        Err(item.at.error(format!("the timeline has more than {MAX_STEPS} steps: leave some out")))?;
    }
    let mut steps = Vec::new();
    for item in items {
        let map = item.map()?.with_names(&STEP);
        let at = duration(map.require("at")?)?;
        steps.push(Step { at, action: action(&map, pods, models)? });
    }
    steps.sort_by_key(|step| step.at);
    Ok(steps)
}

fn action<'a>(map: &Map<'a>, pods: &Pods<'a>, models: &mut Vec<PodModel>) -> Result<StepAction, Problem> {
    map.only(&STEP.names())?;
    let mut written = map.entries.iter().filter(|entry| entry.key != "at");
    let (Some(entry), None) = (written.next(), written.next()) else {
        let message = format!("a step has `at` and one action: {}", ACTIONS.names().join(", "));
        return Err(map.at.error(message).into());
    };
    let node = &entry.value;
    Ok(match entry.key.as_str() {
        "scale" => {
            check_size(node.i32()?, node)?;
            StepAction::Scale(node.i32()?)
        }
        "pause" => flag(node, StepAction::Pause)?,
        "resume" => flag(node, StepAction::Resume)?,
        "undo" => flag(node, StepAction::Undo)?,
        "strategy" => StepAction::SetStrategy(strategy(node)?),
        "drain" => StepAction::Drain(whole("drain", node)? as u32),
        "consolidate" => consolidate(node)?,
        "controllersDown" => StepAction::ControllersDown(duration(node)?),
        "schedulerDown" => StepAction::SchedulerDown(duration(node)?),
        "apiSlow" => {
            let slow = node.map()?.of(&API_SLOW)?;
            StepAction::ApiSlow { by: duration(slow.require("by")?)?, length: duration(slow.require("for")?)? }
        }
        "quota" => StepAction::SetPodQuota(match node.plain_text() {
            Some("none") => None,
            _ => Some(whole("quota", node)? as u32),
        }),
        "minReadySeconds" => StepAction::SetMinReadySeconds(node.i32()?),
        "template" => {
            let template = u16::try_from(models.len()).unwrap_or(u16::MAX);
            models.push(pods.further_version(node.map()?)?);
            StepAction::SetTemplate(template)
        }
        other => return Err(entry.at.error(unknown("action", other, &ACTIONS.names())).into()),
    })
}

fn consolidate(node: &Node) -> Result<StepAction, InputError> {
    let map = node.map()?.of(&CONSOLIDATE)?;
    let number = map.require("node")?;
    let (least, most) = CONSOLIDATE.bounds("node");
    Ok(StepAction::Consolidate {
        node: number.integer(least, most)? as u32,
        replacement: map.read("replacement", Node::bool)?.unwrap_or(false),
    })
}

/// A whole number within the bounds of an action.
fn whole(action: &str, node: &Node) -> Result<u64, InputError> {
    let (least, most) = ACTIONS.bounds(action);
    node.integer(least, most)
}

fn flag(node: &Node, action: StepAction) -> Result<StepAction, InputError> {
    if node.bool()? { Ok(action) } else { Err(node.at.error("write true, or leave the step out")) }
}

/// The specs that the timeline leads through, the first one included, for checking.
pub(crate) fn specs(mut spec: DeploymentSpec, steps: &[Step]) -> Vec<DeploymentSpec> {
    let mut specs = vec![spec];
    for step in steps {
        match step.action {
            StepAction::Scale(replicas) => spec.replicas = replicas,
            StepAction::SetStrategy(strategy) => spec.strategy = strategy,
            StepAction::SetMinReadySeconds(seconds) => spec.min_ready_seconds = seconds,
            StepAction::Patch(patch) => spec = patch.applied_to(spec),
            StepAction::Pause
            | StepAction::Resume
            | StepAction::Undo
            | StepAction::UndoTo(_)
            | StepAction::SetTemplate(_)
            | StepAction::ControllersDown(_)
            | StepAction::SchedulerDown(_)
            | StepAction::ApiSlow { .. }
            | StepAction::Drain(_)
            | StepAction::Consolidate { .. }
            | StepAction::SetPodQuota(_)
            | StepAction::Scripted(_) => continue,
        }
        specs.push(spec);
    }
    specs
}
