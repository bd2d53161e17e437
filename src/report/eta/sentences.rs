//! The answer in sentences.

use crate::eta::{Action, Eta, Forecast, Help, StartUp, State};
use crate::input::snapshot::{Kind, Rule};
use crate::report::format;

use super::causes::of_cause;

/// What the answer is about: `Deployment shop/checkout, 8 replicas: maxSurge 2, maxUnavailable 2`.
pub(super) fn subject(eta: &Eta) -> String {
    let workload = &eta.snapshot.workload;
    let size = match workload.kind {
        Kind::DaemonSet => format::plural(u64::from(workload.desired), "node"),
        _ => format::plural(u64::from(workload.desired), "replica"),
    };
    let rule = match workload.rule {
        Rule::Recreate => ": Recreate".to_owned(),
        Rule::Rolling { surge, unavailable } | Rule::PerNode { surge, unavailable } => {
            format!(": maxSurge {surge}, maxUnavailable {unavailable}")
        }
        Rule::Ordered { partition: 0, unavailable } => format!(": maxUnavailable {unavailable}"),
        Rule::Ordered { partition, unavailable } => {
            format!(": maxUnavailable {unavailable}, partition {partition}")
        }
        Rule::OnDelete => ": OnDelete".to_owned(),
    };
    format::printable(&format!("{} {}, {size}{rule}", workload.kind.as_str(), workload.full_name()))
}

/// When the snapshot was taken.
pub(super) fn read_at(eta: &Eta) -> String {
    let at = format::instant(eta.snapshot.at);
    match eta.snapshot.at_is_given {
        true => format!("Snapshot of {at}"),
        false => format!("Snapshot of {at} or a little later: the newest instant in the file (--at gives another)"),
    }
}

/// The answer in one sentence.
pub(super) fn title(eta: &Eta) -> String {
    let forecast = eta.forecast.as_ref();
    let target = eta.snapshot.target();
    let pods = format::plural(u64::from(eta.snapshot.workload.desired), "pod");
    match (eta.state, forecast) {
        (State::AtRest, None) => format!("Nothing is rolling: all {pods} are available."),
        (State::AtRest, Some(forecast)) => {
            let takes = takes(eta, forecast);
            format!("Nothing is rolling: all {pods} are available. A rollout would {takes}.")
        }
        (State::OnDelete, _) => {
            let old = eta.snapshot.live().filter(|pod| !eta.snapshot.is_new(pod)).count() as u64;
            format!(
                "It does not go on by itself: {} of an older version stay until somebody deletes them.",
                format::plural(old, "pod")
            )
        }
        (State::Paused, _) => "It does not complete by itself: the rollout is paused.".into(),
        (State::Stalled(since), forecast) => {
            let ago = format::time((eta.snapshot.at - since).max(0) as f64);
            let passed = format!(
                "Stalled: the progress deadline passed at {} UTC, {ago} before the snapshot",
                format::clock(since)
            );
            match forecast {
                Some(forecast) if forecast.completes() => {
                    format!("{passed}. It may complete all the same, {}.", done(eta, forecast))
                }
                _ => format!("{passed}, and it does not complete by itself: {}.", first_cause(eta)),
            }
        }
        (State::Rolling, None) => {
            let updated = eta.snapshot.workload.updated;
            format!("In progress: {updated} of {target} pods are of the new version.")
        }
        (State::Rolling, Some(forecast)) if forecast.completes() => {
            let done = done(eta, forecast);
            let never = forecast.never.value.unwrap_or(0.0);
            let likely = if never >= 0.1 {
                format!(", if it completes: {} do not", format::share(never))
            } else {
                String::new()
            };
            format!("Complete {done}{likely}.")
        }
        (State::Rolling, Some(_)) => format!("It does not complete by itself: {}.", first_cause(eta)),
    }
}

/// `at about 11:55:02 UTC, in 14s (9s to 31s)`.
fn done(eta: &Eta, forecast: &Forecast) -> String {
    let Some(middle) = forecast.p50.value else { return "later than it is followed".into() };
    let clock = format::clock(eta.snapshot.at + middle.round() as i64);
    let range = range(forecast).map_or(String::new(), |range| format!(" ({range})"));
    format!("at about {clock} UTC, in {}{range}", format::time(middle))
}

/// `take about 24s (15s to 52s)`; where present and assumed times are mixed the middle says little.
fn takes(eta: &Eta, forecast: &Forecast) -> String {
    let range = range(forecast);
    match (forecast.p50.value, &eta.start_up, range) {
        (Some(_), Some(StartUp::Present { .. }), Some(range)) => format!("take {range}"),
        (Some(middle), _, Some(range)) => format!("take about {} ({range})", format::time(middle)),
        (Some(middle), _, None) => format!("take about {}", format::time(middle)),
        (None, ..) => "not complete".into(),
    }
}

/// The times that 90 of 100 rollouts lie between.
pub(super) fn range(forecast: &Forecast) -> Option<String> {
    let low = forecast.p05.value?;
    let high = forecast.p95.value.map_or_else(|| "longer than it is followed".to_owned(), format::time);
    Some(format!("{} to {high}", format::time(low)))
}

/// The first cause as the rest of a sentence.
fn first_cause(eta: &Eta) -> String {
    match eta.causes.first() {
        Some(cause) => of_cause(eta, cause).0,
        None => "nothing in the snapshot says why".into(),
    }
}

/// What would help.
pub(super) fn help(eta: &Eta, one: &Help) -> String {
    let workload = &eta.snapshot.workload;
    let object = format!("{}/{} -n {}", workload.kind.resource(), workload.name, workload.namespace);
    let act = match one.action {
        Action::Resume => format!("`kubectl rollout resume {object}`"),
        Action::RaiseQuota => "a larger quota".into(),
        Action::OldPodFirst => "to let an old pod go first (maxSurge 0, maxUnavailable 1)".into(),
        Action::Undo => format!("`kubectl rollout undo {object}`, or a version whose pods become Ready"),
        Action::Taints => "to take the taints from the nodes, or to tolerate them in the template".into(),
        Action::MakeRoom => "room on the nodes: more nodes, or fewer pods of others".into(),
        Action::DeletePods => "to delete the pods of the older version, one after the other".into(),
    };
    let Some(forecast) = &one.forecast else { return format::printable(&format!("{}.", format::capital(&act))) };
    let then = match forecast.p50.value {
        Some(middle) => {
            let range = range(forecast).map_or(String::new(), |range| format!(" ({range})"));
            let never = forecast.never.value.filter(|share| *share >= 0.05);
            let never = never.map_or(String::new(), |share| format!("; {} do not complete", format::share(share)));
            format!("done at once it completes in about {}{range}{never}", format::time(middle))
        }
        None => "done at once it does not complete either".into(),
    };
    format::printable(&format!("{}: {then}.", format::capital(&act)))
}

/// Where the start-up times come from.
pub(super) fn start_up(eta: &Eta) -> Option<String> {
    let text = source_of_start_up(eta)?;
    let seen = &eta.snapshot.start_up;
    let is_used = !matches!(eta.start_up, None | Some(StartUp::Written)) && seen.has_pulls();
    let mut pulls: Vec<f64> = seen.pulls.iter().filter_map(|pull| pull.seconds).filter(|_| is_used).collect();
    pulls.sort_by(f64::total_cmp);
    Some(match pulls.get(pulls.len() / 2) {
        None => text,
        Some(middle) => {
            let events = format::plural(pulls.len() as u64, "pod");
            format!("{text} Pulls: fitted to what events say of {events}, in the middle {}.", format::time(*middle))
        }
    })
}

fn source_of_start_up(eta: &Eta) -> Option<String> {
    let of = |complete: &usize, running: &usize| {
        let seen = |count: usize, what: &str| format!("{} {what}", format::plural(count as u64, "new pod"));
        match (complete, running) {
            (0, running) => seen(*running, "not Ready yet"),
            (complete, 0) => seen(*complete, "Ready"),
            (complete, running) => format!("{} and {running} not Ready yet", seen(*complete, "Ready")),
        }
    };
    Some(match eta.start_up.as_ref()? {
        StartUp::Written => "Start-up: as it is written.".into(),
        StartUp::Fitted { complete, running, median_s, .. } => {
            format!("Start-up: fitted to {}, in the middle {}.", of(complete, running), format::time(*median_s))
        }
        StartUp::Present { complete, median_s, .. } => format!(
            "Start-up of the next version: for one half of the rollouts that of the {} that run now, {} in the middle; for the other \
             half assumed (rollcast defaults). Give yours with --set pods.warmUp=20s.",
            format::plural(*complete as u64, "pod"),
            format::time(*median_s)
        ),
        StartUp::Assumed { complete: 0, running: 0 } => {
            "Start-up: assumed (rollcast defaults), taken to be right to within three times, because no new pod has started. Give \
             yours with --set pods.warmUp=20s."
                .into()
        }
        StartUp::Assumed { complete, running } => format!(
            "Start-up: assumed (rollcast defaults), taken to be right to within three times, and weighed by {}. Give yours with \
             --set pods.warmUp=20s.",
            of(complete, running)
        ),
    })
}

/// What the snapshot does not hold and is taken to be so.
pub(super) fn missing(eta: &Eta) -> Vec<String> {
    let one = |missing: &crate::input::snapshot::Missing| {
        format!("The file has {} (`kubectl get {}` would add them).", missing.consequence(), missing.resource())
    };
    let known = eta.snapshot.missing.iter().map(one);
    let stopping = eta.forecast.as_ref().filter(|_| {
        let old = eta.snapshot.pods.iter().any(|pod| pod.told.is_some() || !eta.snapshot.is_new(pod));
        old && eta.state != State::AtRest
    });
    let stopping = stopping.map(|_| {
        "How long stopping takes is assumed: a snapshot has when pods were told to stop, and not when they were gone.".to_owned()
    });
    known.chain(stopping).collect()
}
