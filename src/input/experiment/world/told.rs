//! What several workloads say the same is said once; where they differ, the sentence names them.

use crate::distribution::Distribution;
use crate::input::experiment::scenario::Resolved;
use crate::input::keys::defaults::TABLE;
use crate::input::premise::PremiseSource;
use crate::scenario::ControlPlane;

/// Most workloads that a sentence names.
const NAMED: usize = 5;

/// Puts the sentences of the members together, with those about the world; the first of the members says them all.
pub(super) fn together(found: &mut [Resolved], names: &[&str], of_world: Vec<String>) {
    let assumed = merged(found.iter_mut().map(|one| std::mem::take(&mut one.assumed)).collect(), names);
    let notes = merged(found.iter_mut().map(|one| std::mem::take(&mut one.notes)).collect(), names);
    if let Some(first) = found.first_mut() {
        first.assumed = of_world.into_iter().chain(assumed).collect();
        first.notes = notes;
    }
}

/// The latencies that several workloads have by default, in place of those that one alone has.
pub(super) fn rest_on(found: &mut [Resolved], control_plane: &ControlPlane) {
    let latencies = [
        ("controlPlane.apiLatency", &control_plane.api_latency),
        ("controlPlane.watchLatency", &control_plane.watch_latency),
    ];
    for (key, latency) in latencies {
        let Some(row) = TABLE.iter().find(|row| row.field == format!("[{key}: several workloads]")) else { continue };
        let seconds = |times: &Distribution| [0.5, 0.99].map(|share| times.quantile(share).as_secs_f64());
        for premise in found.iter_mut().flat_map(|one| &mut one.premises).map(|ranked| &mut ranked.premise) {
            if premise.key == key && premise.source == PremiseSource::Assumed {
                premise.value = row.value.to_owned();
                premise.from = row.source.to_owned();
                premise.seconds = Some(seconds(latency));
            }
        }
    }
}

/// Every sentence once, in the order in which they come up.
fn merged(by_member: Vec<Vec<String>>, names: &[&str]) -> Vec<String> {
    let all = by_member.len();
    let mut found: Vec<(String, Vec<usize>)> = Vec::new();
    for (number, sentences) in by_member.into_iter().enumerate() {
        for sentence in sentences {
            match found.iter_mut().find(|(known, _)| *known == sentence) {
                Some((_, members)) if members.last() == Some(&number) => {}
                Some((_, members)) => members.push(number),
                None => found.push((sentence, vec![number])),
            }
        }
    }
    let told = |(sentence, members): (String, Vec<usize>)| {
        let whose: Vec<&str> = members.iter().map(|number| names[*number]).collect();
        if members.len() == all { sentence } else { format!("{}: {sentence}", listed(&whose)) }
    };
    found.into_iter().map(told).collect()
}

fn listed(names: &[&str]) -> String {
    match names.len().checked_sub(NAMED) {
        Some(more @ 1..) => format!("{} and {more} more", names[..NAMED].join(", ")),
        _ => names.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_all_say_names_nobody() {
        let of = |sentences: &[&str]| sentences.iter().map(|one| (*one).to_owned()).collect();
        let all = merged(vec![of(&["same", "own"]), of(&["same"]), of(&["same", "two", "two"])], &["a", "b", "c"]);
        assert_eq!(all, ["same", "a: own", "c: two"]);
        let names = ["a", "b", "c", "d", "e", "f", "g"];
        assert_eq!(listed(&names), "a, b, c, d, e and 2 more");
        assert_eq!(listed(&names[..5]), "a, b, c, d, e");
    }
}
