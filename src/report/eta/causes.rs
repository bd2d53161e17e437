//! What a rollout waits for, in words.

use crate::eta::{Cause, CauseKind, Eta};
use crate::report::format;

/// Most names that a sentence lists.
const NAMES: usize = 3;

/// A cause as a sentence without its full stop, and what the snapshot says word for word.
pub(super) fn of_cause(eta: &Eta, cause: &Cause) -> (String, Vec<String>) {
    let at = eta.snapshot.at;
    let ago = cause.since.map(|since| format::time((at - since).max(0) as f64));
    let since = ago.as_ref().map_or(String::new(), |ago| format!(", for {ago}"));
    let count = cause.pods.len() as u64;
    let (pods, do_not) = (format::plural(count, "new pod"), if count == 1 { "does not" } else { "do not" });
    let until = |until: i64| format!("{} UTC", format::clock(until));
    let text = match cause.kind {
        CauseKind::Paused => "the rollout is paused, until somebody resumes it".to_owned(),
        CauseKind::OnDelete => "pods are replaced only when somebody deletes them (OnDelete)".into(),
        CauseKind::Quota => format!("a ResourceQuota leaves no room for another pod{since}{}", again(at, cause)),
        CauseKind::CannotCreate => format!("the API server refuses another pod{since}{}", again(at, cause)),
        CauseKind::Image => format!("{pods} {do_not} get the image{since}"),
        CauseKind::Config => format!("the container of {pods} cannot be made{since}"),
        CauseKind::Crash => format!("the container of {pods} exits again and again{since}"),
        CauseKind::NotReady => {
            format!("{pods} {} and {do_not} become Ready{since}: the readiness probe fails", runs(count))
        }
        CauseKind::AntiAffinity => {
            format!("no node takes {pods}{since}: other pods are there that the anti-affinity keeps them from")
        }
        CauseKind::Taint => format!("no node takes {pods}{since}: nodes have taints that the pods do not tolerate"),
        CauseKind::Volume => format!("the volumes of {pods} are not there{since}"),
        CauseKind::NoNode => format!("no node takes {pods}{since}"),
        CauseKind::Gated => format!("the scheduling gates of {pods} are not lifted{since}"),
        CauseKind::LostNode => format!("{} on a node that does not report{since}", format::plural(count, "pod")),
        CauseKind::Room => format!(
            "the room of {} on the way out{}",
            format::plural(going(eta), "pod"),
            cause.until.map_or(String::new(), |until_at| format!(", until {} at the latest", until(until_at)))
        ),
        CauseKind::Stopping => format!(
            "{} on the way out{since}{}",
            format::plural(count, "pod"),
            cause.until.map_or(String::new(), |until_at| format!(", until {} at the latest", until(until_at)))
        ),
        CauseKind::Scheduling => format!("{pods} without a node yet{since}"),
        CauseKind::Starting => format!("{pods} that {}{since}", if count == 1 { "starts" } else { "start" }),
        CauseKind::MinReady => format!(
            "{pods} Ready, but not long enough (minReadySeconds {}){}",
            eta.snapshot.workload.min_ready_seconds,
            cause.until.map_or(String::new(), |until_at| format!(": until {}", until(until_at)))
        ),
        CauseKind::NotSeen => "the controller has not seen the last change yet".into(),
    };
    let names = names(&cause.pods);
    let text = if names.is_empty() { text } else { format!("{text} ({names})") };
    (format::printable(&text), cause.evidence.iter().map(|text| format::printable(text)).collect())
}

/// When the controller tries again.
fn again(at: i64, cause: &Cause) -> String {
    match cause.until.filter(|until| *until > at) {
        Some(until) => {
            format!("; the controller tries again at about {} UTC, and then after twice as long", format::clock(until))
        }
        None => String::new(),
    }
}

const fn runs(count: u64) -> &'static str {
    if count == 1 { "runs" } else { "run" }
}

/// Pods that are being deleted.
fn going(eta: &Eta) -> u64 {
    eta.snapshot.pods.iter().filter(|pod| pod.told.is_some()).count() as u64
}

fn names(pods: &[String]) -> String {
    let more = pods.len().saturating_sub(NAMES);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    pods.iter().take(NAMES).cloned().collect::<Vec<_>>().join(", ") + &more
}
