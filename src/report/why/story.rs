//! What happened in a rollout that stalled.

use super::page::wrapped;
use crate::diagnosis::{Account, Incident, Life, Phase, Stalled};
use crate::k8s::prober::{KillingProbe, Probe};
use crate::metrics::StallCause;
use crate::report::format;
use crate::scenario::Scenario;
use crate::time::SimTime;
use crate::trace::explained;
use crate::why::Shown;

/// Columns of the instants.
const INSTANT: usize = 11;
/// Of more incidents of one pod than this the rest is counted.
const INCIDENTS: usize = 6;

/// What happened, in sentences and in order of time.
pub(super) fn text(shown: &Shown, scenario: &Scenario, width: usize) -> String {
    let account = &shown.account;
    let Some(stalled) = account.stalled else {
        return wrapped("It did not stall, and it was not complete at the horizon.\n", width);
    };
    let seconds = |at: SimTime| format::time(at.since(account.start).as_secs_f64());
    let gap = format::time(stalled.at.since(stalled.progress).as_secs_f64());
    let mut text = wrapped(
        &format!("Stalled at {}: {gap} without progress since {}.", seconds(stalled.at), seconds(stalled.progress)),
        width,
    );
    text.push_str(&wrapped(&format!("Cause: {}\n", cause(account, &stalled, scenario)), width));
    for (at, what) in events(account, &stalled) {
        let lines = format::wrap(&what, width.saturating_sub(INSTANT + 2));
        for (place, line) in lines.iter().enumerate() {
            let instant = if place == 0 { seconds(at) } else { String::new() };
            text.push_str(&format!("  {instant:<INSTANT$}{line}\n"));
        }
    }
    text.push('\n');
    text.push_str(&wrapped(&(serving(shown, &stalled) + "\n"), width));
    text
}

/// The pod that held the rollout up first.
fn holder<'a>(account: &'a Account, stalled: &Stalled) -> Option<&'a Life> {
    let pods = account.holding();
    let lives = || pods.iter().filter_map(|pod| account.pod(*pod));
    let of_cause =
        |life: &&Life| life.phase_at(stalled.at).is_some_and(|phase| causes_of(phase).contains(&stalled.cause));
    lives().find(of_cause).or_else(|| lives().next())
}

/// The causes that pods in a phase can have.
const fn causes_of(phase: Phase) -> &'static [StallCause] {
    match phase {
        Phase::Scheduling | Phase::Waiting | Phase::WaitingForOld => &[StallCause::Capacity, StallCause::Volume],
        Phase::Volume => &[StallCause::Volume],
        Phase::Pulling => &[StallCause::ImagePull],
        Phase::Lost => &[StallCause::NodeLoss],
        _ => &[StallCause::Crash, StallCause::StartupProbe, StallCause::LivenessProbe, StallCause::Readiness],
    }
}

fn cause(account: &Account, stalled: &Stalled, scenario: &Scenario) -> String {
    let resources = &scenario.cluster.explanation.resources;
    let said = explained(stalled.cause, stalled.held, stalled.of, &stalled.refusals, resources);
    let general = said.split_once(": ").map_or(said.as_str(), |(_, sentence)| sentence).to_owned();
    let general = format::capital(&general);
    let (1, Some(life)) = (stalled.held, holder(account, stalled)) else { return format!("{general}.") };
    let probes = scenario.pods.get(usize::from(life.version)).map(|model| model.probes).unwrap_or_default();
    let on = life.node.map_or(String::new(), |node| format!(" on node-{node}"));
    let never = life.first(Phase::Ready).is_none_or(|ready| ready > stalled.at);
    let was = if never { "never became Ready" } else { "is not Ready any more" };
    match stalled.cause {
        StallCause::StartupProbe => {
            format!("pod {}{on} {was}. {}", life.name(), killed(life, stalled, probes.startup, KillingProbe::Startup))
        }
        StallCause::LivenessProbe => {
            format!("pod {}{on} {was}. {}", life.name(), killed(life, stalled, probes.liveness, KillingProbe::Liveness))
        }
        StallCause::Crash => {
            let times = life.incidents.iter().filter(|(at, one)| *at <= stalled.at && *one == Incident::Exited).count();
            format!(
                "pod {}{on} {was}. Its container exited {}, and was restarted each time.",
                life.name(),
                times_of(times)
            )
        }
        StallCause::Readiness => format!("pod {}{on} {was}. It runs, and no container was restarted.", life.name()),
        StallCause::NodeLoss => format!("pod {} was{on}, which was lost.", life.name()),
        StallCause::ImagePull => format!("pod {}{on} waits for its image.", life.name()),
        _ => format!("{general}: pod {}{on}.", life.name()),
    }
}

fn killed(life: &Life, stalled: &Stalled, probe: Option<Probe>, by: KillingProbe) -> String {
    let times = life.incidents.iter().filter(|(at, one)| *at <= stalled.at && *one == Incident::Killed(by)).count();
    let set = probe.map_or(String::new(), |probe| {
        format!(" ({} times, every {})", probe.failure_threshold, format::time(probe.period.as_secs_f64()))
    });
    format!("Its {} probe{set} gave up {}, and the container was restarted each time.", by.as_str(), times_of(times))
}

fn times_of(times: usize) -> String {
    match times {
        1 => "once".into(),
        2 => "twice".into(),
        times => format!("{times} times"),
    }
}

/// What happened until the stall, in order of time.
fn events(account: &Account, stalled: &Stalled) -> Vec<(SimTime, String)> {
    let new = |life: &&Life| life.version == account.version && !life.found;
    let created: Vec<SimTime> = account.pods.iter().filter(new).map(Life::created).collect();
    let mut events = Vec::new();
    if let Some(first) = created.first() {
        let at_once = created.iter().filter(|at| at.since(*first).as_secs_f64() < 1.0 && **at <= stalled.at).count();
        let verb = if at_once == 1 { "is" } else { "are" };
        events.push((*first, format!("{} {verb} created", format::plural(at_once as u64, "new pod"))));
    }
    let available: Vec<SimTime> = account
        .pods
        .iter()
        .filter(new)
        .filter_map(|life| life.first(Phase::Available))
        .filter(|at| *at <= stalled.at)
        .collect();
    if let Some(first) = available.iter().min() {
        events.push((*first, "first new pod available".to_owned()));
    }
    let by = available.iter().filter(|at| **at <= stalled.progress).count();
    if stalled.progress > account.start {
        let all = account.pods.iter().filter(new).filter(|life| life.created() <= stalled.at).count();
        events.push((stalled.progress, format!("{by} of {all} new pods available: last progress")));
    }
    if let Some(life) = holder(account, stalled) {
        events.extend(of_pod(life, stalled));
    }
    events.push((stalled.at, "Progressing=False, ProgressDeadlineExceeded".to_owned()));
    if let Some(end) = account.end {
        events.push((end, "the rollout ends all the same".to_owned()));
    }
    events.sort_by_key(|(at, _)| *at);
    events
}

/// What happened to the pod that holds the rollout up.
fn of_pod(life: &Life, stalled: &Stalled) -> Vec<(SimTime, String)> {
    let name = life.name();
    let mut events = Vec::new();
    if let Some(started) = life.first(Phase::WarmingUp) {
        events.push((started, format!("{name} starts")));
    }
    let before: Vec<_> = life.incidents.iter().filter(|(at, _)| *at <= stalled.at).collect();
    for (place, (at, incident)) in before.iter().enumerate().take(INCIDENTS) {
        let what = match incident {
            Incident::Killed(by) => format!("{} probe gives up, container restarted", by.as_str()),
            Incident::Exited => "container exits, and is restarted".to_owned(),
            Incident::Unschedulable(_) => "no node takes it".to_owned(),
            Incident::VolumeElsewhere(node) => format!("its volume is attached to node-{node}"),
            Incident::NodeLost(node) => format!("node-{node} is lost"),
            Incident::NotReady => "Ready no longer".to_owned(),
        };
        let more = before.len() - INCIDENTS.min(before.len());
        let more = if place + 1 == INCIDENTS && more > 0 { format!(" (and {more} times more)") } else { String::new() };
        events.push((*at, format!("{name}: {what}{more}")));
    }
    events
}

/// Which pods serve when the rollout stalls.
fn serving(shown: &Shown, stalled: &Stalled) -> String {
    let account = &shown.account;
    let serves = |new: bool| {
        let of = |life: &&Life| (life.version == account.version && !life.found) == new;
        account.pods.iter().filter(of).filter(|life| life.phase_at(stalled.at) == Some(Phase::Available)).count() as u64
    };
    let (new, old) = (serves(true), serves(false));
    let desired = shown.record.desired;
    let least = shown.record.min_available;
    let then = new + old;
    let worst = if least == desired { " throughout".to_owned() } else { format!(" then, {least} at worst") };
    format!(
        "{} and {} serve: {then} of {desired} available{worst}.",
        format::plural(new, "new pod"),
        format::plural(old, "old pod")
    )
}
