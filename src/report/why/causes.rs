//! How often rollouts stall, and for which causes.

use crate::metrics::StallCause;
use crate::report::format;
use crate::scenario::Scenario;
use crate::why::Why;

/// The words for people, for what most of the pods wait that hold a rollout up.
pub(super) const fn words(cause: StallCause) -> &'static str {
    match cause {
        StallCause::Capacity => "no node has room",
        StallCause::Quota => "the quota refuses pods",
        StallCause::Volume => "a volume is elsewhere",
        StallCause::ImagePull => "the image is not there",
        StallCause::Crash => "containers keep exiting",
        StallCause::StartupProbe => "the startup probe fails",
        StallCause::LivenessProbe => "the liveness probe fails",
        StallCause::Readiness => "pods run and are not Ready",
        StallCause::NodeLoss => "a node is lost",
        StallCause::ControlPlane => "controllers and their limits",
    }
}

/// How often rollouts stall, and why.
pub(super) fn text(why: &Why, scenario: &Scenario) -> String {
    let stalled: u32 = why.causes.iter().map(|(_, count)| count).sum();
    if stalled == 0 {
        return String::new();
    }
    let all = format::count(u64::from(why.n));
    let asked = why.asked().and_then(|shown| shown.record.stall).filter(|_| why.is_about_stalls());
    let mut text = match asked {
        Some((_, cause)) => how_often(why, stalled, cause),
        None => {
            let causes: Vec<String> = why
                .causes
                .iter()
                .map(|(cause, count)| format!("{} in {}", words(*cause), format::count(u64::from(*count))))
                .collect();
            format!(
                "{} of {all} rollouts stalled: {}. See --stalled.",
                format::count(u64::from(stalled)),
                causes.join("; ")
            )
        }
    };
    if let Some(expected) = expected(why, scenario) {
        text.push(' ');
        text.push_str(&expected);
    }
    text.push('\n');
    text
}

fn how_often(why: &Why, stalled: u32, asked: StallCause) -> String {
    let count = |number: u32| format::count(u64::from(number));
    let with = why.causes.iter().find(|(cause, _)| *cause == asked).map_or(0, |(_, count)| *count);
    let others: Vec<String> = why
        .causes
        .iter()
        .filter(|(cause, _)| *cause != asked)
        .map(|(cause, number)| format!("in {} {}", count(*number), words(*cause)))
        .collect();
    match (with == stalled, others.is_empty()) {
        (true, _) | (_, true) if stalled == 1 => "How often: this is the only one that stalled.".to_owned(),
        (true, _) | (_, true) => format!("How often: all {} that stalled have this cause.", count(stalled)),
        _ => format!(
            "How often: {} of the {} that stalled have this cause; {}.",
            count(with),
            count(stalled),
            others.join("; ")
        ),
    }
}

/// How many pods are expected never to become Ready, where that is at least one: a small share of the pods becomes a certainty
/// where there are many.
fn expected(why: &Why, scenario: &Scenario) -> Option<String> {
    let share = scenario.pods.last()?.never_ready;
    let probes = [StallCause::StartupProbe, StallCause::LivenessProbe, StallCause::Readiness];
    let about = why.causes.first().is_some_and(|(cause, _)| probes.contains(cause));
    let pods = scenario.target().desired;
    let expected = share * f64::from(pods);
    (about && expected >= 0.95).then(|| {
        format!(
            "Of {} pods {} are expected never to become Ready ({} of the pods): at this size nearly every rollout has one.",
            format::count(u64::from(pods)),
            format::number(expected),
            format::share(share)
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why(causes: Vec<(StallCause, u32)>) -> Why {
        Why { n: 20, completed: 0, causes, matching: None, shown: Vec::new(), effects: Vec::new() }
    }

    fn scenario(replicas: i32, never_ready: f64) -> Scenario {
        Scenario::builder(replicas).unwrap().pods(|model| model.never_ready = never_ready).build()
    }

    #[test]
    fn a_share_of_many_pods_is_a_certainty() {
        let stalled = why(vec![(StallCause::Readiness, 20)]);
        let said = text(&stalled, &scenario(20_000, 0.0005));
        assert!(said.contains("Of 20,000 pods 10 are expected never to become Ready (0.05% of the pods)"), "{said}");
        assert!(!text(&stalled, &scenario(12, 0.0005)).contains("expected"), "12 pods mostly have none");
        let room = why(vec![(StallCause::Capacity, 20)]);
        assert!(!text(&room, &scenario(20_000, 0.0005)).contains("expected"), "another cause");
        assert_eq!(text(&why(Vec::new()), &scenario(20_000, 0.0005)), "");
    }

    #[test]
    fn causes_are_counted() {
        let all = why(vec![(StallCause::NodeLoss, 7), (StallCause::Readiness, 1)]);
        let said = text(&all, &scenario(3, 0.0));
        assert_eq!(
            said,
            "8 of 20 rollouts stalled: a node is lost in 7; pods run and are not Ready in 1. See --stalled.\n"
        );
        assert!(
            how_often(&all, 8, StallCause::NodeLoss).contains("7 of the 8 that stalled have this cause; in 1 pods run")
        );
    }
}
