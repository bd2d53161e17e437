//! A recording of what was running already: its pods come up before the instant 0, in a time that nothing is told of.

use serde_json::Value;

use super::began::Start;
use super::found_objects;
use super::observe::Observed;
use super::recording::{Action, Delay, Recording, Seconds};
use super::stop::{MOST_PODS, Result, unsupported, wrong};

/// The least time for pods to come up [s], and for each of them one after the other.
const LEAST: f64 = 60.0;
const EACH: f64 = 0.2;

/// The recording that is played: where something ran already, it is created before the instant 0. With it how long before that is [s].
pub(super) fn come_up(recording: &Recording) -> Result<(Recording, f64)> {
    let modelled = recording.unmodelled.is_none();
    let Some(start) = recording.start.as_ref().filter(|_| modelled) else { return Ok((recording.clone(), 0.0)) };
    if recording.actions.iter().any(|action| action.what == "create" && action.name.is_none()) {
        return wrong("start", "stands beside the action create: what was running is not created");
    }
    if found_objects::start(recording).is_some() {
        return Ok((found(recording, start)?, 0.0));
    }
    let fields = recording.stateful_set.as_ref().or(recording.daemon_set.as_ref()).unwrap_or(&recording.deployment);
    let whole = |name: &str| fields.get(name).and_then(Value::as_f64);
    let each_node = recording.daemon_set.as_ref().map(|_| f64::from(recording.cluster.nodes));
    let wanted = each_node.or(whole("replicas")).unwrap_or(1.0);
    let replicas = start.replicas.map_or(wanted, f64::from);
    if replicas != wanted {
        return unsupported(format!(
            "start.replicas {replicas} where {wanted} are wanted: pods that were missing at the beginning"
        ));
    }
    if !(0.0..=MOST_PODS as f64).contains(&replicas) {
        return unsupported(format!("{replicas} replicas"));
    }
    let wait = whole("minReadySeconds").unwrap_or(0.0).max(0.0);
    let waits = if recording.stateful_set.is_some() { replicas * (wait + 1.0) } else { wait };
    // The second in which the recording begins has gone as far as it had gone: the controllers count from whole seconds.
    let lead = (LEAST + 2.0 * waits + EACH * replicas).ceil() + recording.within_second;
    Ok((earlier(recording, start, lead, replicas as usize), lead))
}

/// The recording of what the run finds there. That it is created says which templates and which actions are its own, and changes nothing.
fn found(recording: &Recording, start: &Start) -> Result<Recording> {
    let mut played = recording.clone();
    played.actions.insert(0, Action::create(None, &start.template));
    for (name, own) in &start.deployments {
        let path = format!("start.deployments.{name}");
        if !recording.others.contains_key(name) {
            return wrong(path, format!("is no Deployment of extra.deployments: write what {name} is there"));
        }
        if recording.actions.iter().any(|action| action.what == "create" && action.name.as_ref() == Some(name)) {
            return wrong(path, "stands beside the action create: what was running is not created");
        }
        if !own.deployments.is_empty() {
            return wrong(path, "has deployments of its own: they stand in start.deployments");
        }
        played.actions.insert(1, Action::create(Some(name), &own.template));
    }
    Ok(played)
}

/// The recording with all its instants `lead` later, and what ran created at the beginning.
fn earlier(recording: &Recording, start: &Start, lead: f64, replicas: usize) -> Recording {
    let mut played = recording.clone();
    for action in &mut played.actions {
        action.at = Seconds(action.at.0 + lead);
    }
    // Other Deployments of the recording are created when it says so.
    played.actions.insert(0, Action::create(None, &start.template));
    played.ended_at += lead;
    for seen in played.expect.iter_mut().flat_map(|expect| expect.nodes.iter_mut().flatten()) {
        seen.t += lead;
    }
    for (at, ..) in played.expect.iter_mut().flat_map(|expect| expect.moves.iter_mut().flatten()) {
        *at += lead;
    }
    if played.daemon_set.is_some() {
        let comes = |node: u32| (0.0, "create".to_owned(), node, start.template.clone());
        let moves = played.expect.iter_mut().flat_map(|expect| &mut expect.moves);
        moves.for_each(|moves| moves.splice(0..0, (0..played.cluster.nodes).map(comes)).for_each(drop));
    }
    for (at, _) in played.beside.cpu.iter_mut().filter(|(at, _)| *at > 0.0) {
        *at += lead;
    }
    let at_once = Delay(Some(Seconds(0.0)));
    if played.stateful_set.is_some() {
        let times = played.pods.ready_by_incarnation.entry(start.template.clone()).or_default();
        let rest = played.pods.default_ready_after_seconds.get(&start.template).copied();
        times.resize(times.len().max(replicas), Vec::new());
        for own in &mut times[..replicas] {
            let later = own.get(1..).map(<[Delay]>::to_vec).filter(|later| !later.is_empty());
            *own = std::iter::once(at_once).chain(later.unwrap_or_else(|| rest.into_iter().collect())).collect();
        }
    } else {
        let times = played.pods.ready_after_seconds.entry(start.template.clone()).or_default();
        times.resize(times.len().max(replicas), at_once);
        times[..replicas].fill(at_once);
    }
    played
}

impl Observed {
    /// What was observed, without what was so before the recording began.
    pub(super) fn without_the_past(mut self) -> Self {
        self.progressing.retain(|(at, _)| *at >= 0.0);
        self
    }

    /// What was observed, with instants from the instant 0 of a recording that began `lead` seconds after the run. What came before is
    /// left out.
    pub(super) fn since(mut self, lead: f64) -> Self {
        if lead == 0.0 {
            return self;
        }
        let is_later = |at: &mut f64| {
            *at -= lead;
            *at >= 0.0
        };
        self.scaling.retain_mut(|one| is_later(&mut one.at));
        self.moves.retain_mut(|one| is_later(&mut one.at));
        self.deletions.retain_mut(|(at, _)| is_later(at));
        self.progressing.retain_mut(|(at, _)| is_later(at));
        self.stalled = self.stalled.map(|(at, why)| (at - lead, why)).filter(|(at, _)| *at >= 0.0);
        let ends =
            std::iter::once(&mut self.complete_at).chain(self.others.iter_mut().map(|other| &mut other.complete_at));
        for at in ends.flatten() {
            *at = (*at - lead).max(0.0);
        }
        if let Some(low) = &mut self.low_point {
            low.at = (low.at - lead).max(0.0);
            low.until = low.until.map(|until| until - lead);
        }
        for life in self.lives.values_mut() {
            life.created -= lead;
            let instants = life.bound.iter_mut().chain(&mut life.deleted);
            instants.chain(life.ready.iter_mut().map(|(at, _)| at)).for_each(|at| *at -= lead);
        }
        self
    }
}
