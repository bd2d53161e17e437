//! What brings a rare event about, in words.

use crate::report::format::plural;
use crate::scenario::Scenario;
use crate::tail::{Cause, Caused, Kind, Whose};

/// What is unusual, as a sentence without its full stop: `1 new pod never becomes Ready`.
pub(super) fn sentence(caused: &Caused, scenario: &Scenario) -> String {
    let first = of_one(&caused.cause, (caused.entities, caused.times), scenario);
    match &caused.also {
        None => first,
        Some((cause, entities)) => format!("{first}, and {}", of_one(cause, (*entities, 1), scenario)),
    }
}

fn of_one(cause: &Cause, (entities, times): (u32, u32), scenario: &Scenario) -> String {
    let one = entities == 1;
    let verb = |single: &'static str, many: &'static str| if one { single } else { many };
    let what = |noun: &str| plural(u64::from(entities), noun);
    let pods = match cause.whose {
        Whose::New(workload) => format!("{}{}", what("new pod"), of(scenario, workload)),
        Whose::Old(workload) => format!("{}{}", what("old pod"), of(scenario, workload)),
        Whose::Cluster => what("node"),
    };
    let again = if times > 1 { format!(" {times} times in a row") } else { String::new() };
    match cause.kind {
        Kind::NeverReady => format!("{pods} never {} Ready", verb("becomes", "become")),
        Kind::Crash => format!("the container of {pods} exits{again}"),
        Kind::PullFailure => format!("the image pull of {pods} fails{again}"),
        Kind::Refused => format!("the kubelet refuses {pods}"),
        Kind::Evicted => format!("the kubelet evicts {pods}"),
        Kind::Flap => format!("{pods} {} readiness again", verb("loses", "lose")),
        Kind::FlapFor => format!("{pods} {} long until Ready again", verb("needs", "need")),
        Kind::BadVersion => "the whole new version is bad".into(),
        Kind::Start => format!("the containers of {pods} start very slowly"),
        Kind::WarmUp => format!("{pods} {} up very slowly", verb("warms", "warm")),
        Kind::Pull => format!("the image pull of {pods} takes very long"),
        Kind::PullCheck => format!("the registry answers very slowly for {pods}"),
        Kind::PostStart => format!("the postStart hooks of {pods} take very long"),
        Kind::ReadinessGate => format!("the readiness gates of {pods} take very long"),
        Kind::Termination => format!("{pods} {} very long to end", verb("takes", "take")),
        Kind::BadNode => format!("{pods} {} bad", verb("is", "are")),
        Kind::SlowNode => format!("{pods} {} slow", verb("is", "are")),
        Kind::NodeLoss => format!("{pods} {} lost", verb("is", "are")),
        Kind::ZoneLoss => format!("{} {} lost", what("zone"), verb("is", "are")),
        Kind::Provisioning => format!("{} {} very long to come", what("new node"), verb("takes", "take")),
    }
}

/// The name of a workload, where there are several.
fn of(scenario: &Scenario, workload: u16) -> String {
    let world = scenario.world.as_ref().map(|own| &own.world.workloads);
    match world.filter(|all| all.len() > 1).and_then(|all| all.get(usize::from(workload))) {
        Some(one) => format!(" of {}", one.name),
        None => String::new(),
    }
}
