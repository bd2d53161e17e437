use super::*;
use crate::input::tree::yaml::{documents, source};

/// A list of pods in YAML, each its conditions as `type: instant` (`-` before it: status False), when its containers
/// started, and what stands beside that.
fn list(pods: &[(&str, &str, &str)]) -> String {
    let mut text = "apiVersion: v1\nkind: PodList\nitems:\n".to_owned();
    for (number, (conditions, started, more)) in pods.iter().enumerate() {
        let condition = |word: &str| {
            let (kind, at) = word.split_once('=').expect("type=second");
            let (status, at) = at.strip_prefix('-').map_or(("True", at), |at| ("False", at));
            format!("{{type: {kind}, status: \"{status}\", lastTransitionTime: \"{}\"}}", time(at))
        };
        let conditions: Vec<String> = conditions.split_whitespace().map(condition).collect();
        let container = |at: &str| match at {
            "-" => "{restartCount: 0, state: {waiting: {reason: ContainerCreating}}}".to_owned(),
            at => format!("{{restartCount: 0, state: {{running: {{startedAt: \"{}\"}}}}}}", time(at)),
        };
        let containers: Vec<String> = started.split_whitespace().map(container).collect();
        text.push_str(&format!(
            "- metadata: {{name: web-{number}}}\n  {more}\n  status:\n    conditions: [{}]\n    containerStatuses: [{}]\n",
            conditions.join(", "),
            containers.join(", ")
        ));
    }
    text
}

fn read_source(source: &Rc<Source>) -> Result<Measurements, InputError> {
    read(source, &documents(source)?)
}

fn time(second: &str) -> String {
    format!("2026-01-01T00:00:{second:0>2}Z")
}

const PROBED: &str = "spec: {containers: [{readinessProbe: {periodSeconds: 5}}]}";

fn read_list(pods: &[(&str, &str, &str)]) -> Measurements {
    read_source(&source(&list(pods))).expect("pods")
}

fn rows(found: &Measurements, field: &str) -> Vec<(Seen, u64)> {
    let sample = found.samples.iter().find(|sample| sample.name == field);
    sample.map_or_else(Vec::new, |sample| sample.lengths.rows().to_vec())
}

#[test]
fn start_and_warm_up() {
    let two = "spec: {containers: [{readinessProbe: {}}, {startupProbe: {periodSeconds: 20}}]}";
    let found = read_list(&[("PodScheduled=1 Ready=30", "3", PROBED), ("PodScheduled=2 Ready=40", "5 9", two)]);
    assert_eq!(rows(&found, "start"), [(Seen::Whole(2.0), 1), (Seen::Whole(7.0), 1)]);
    assert_eq!(rows(&found, "warmUp"), [(Seen::Whole(27.0), 1), (Seen::Whole(31.0), 1)]);
    assert!(found.notes.iter().any(|note| note.contains("up to a period, 5 to 20 s")), "{:?}", found.notes);
}

/// The latest instant of the file is the 50th second; a second less is sure.
#[test]
fn what_is_not_there_yet_is_followed_to_the_end_of_the_file() {
    let two = "spec: {containers: [{readinessProbe: {}}, {}]}";
    let found = read_list(&[
        ("PodScheduled=10 Ready=-10", "20", PROBED),
        ("PodScheduled=15 Ready=-15", "-", PROBED),
        ("PodScheduled=16 Ready=-16", "17 -", two),
        ("PodScheduled=17 Ready=-17", "18", two),
        ("PodScheduled=1 Ready=50", "2", PROBED),
    ]);
    let bound = |low| (Seen::at_least(low), 1);
    let start = [(Seen::Whole(1.0), 1), (Seen::Whole(10.0), 1), bound(32.0), bound(33.0), bound(34.0)];
    assert_eq!(rows(&found, "start"), start);
    assert_eq!(rows(&found, "warmUp"), [bound(29.0), (Seen::Whole(48.0), 1)]);
}

#[test]
fn pods_without_information_are_left_out_and_counted() {
    let restarted = list(&[("PodScheduled=1 Ready=9", "2", PROBED)]).replace("restartCount: 0", "restartCount: 1");
    let deleted =
        restarted.replace("restartCount: 1", "restartCount: 0").replace("name:", "deletionTimestamp: x, name:");
    let ended = list(&[("PodScheduled=1", "2", PROBED)])
        .replace("status:\n    cond", "status:\n    phase: Succeeded\n    cond");
    let pending = list(&[("PodScheduled=-1", "", PROBED)]);
    let sidecar = list(&[("PodScheduled=1 Ready=9", "2", PROBED)])
        .replace("    containerStatuses", "    initContainerStatuses: [{restartCount: 3}]\n    containerStatuses");
    for (text, reason) in [
        (&restarted, "1 with a container that was restarted"),
        (&deleted, "1 being deleted"),
        (&ended, "1 that ended"),
        (&pending, "1 not scheduled yet"),
        (&sidecar, "1 with a container that was restarted"),
    ] {
        let error = read_source(&source(text)).unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
    }
}

#[test]
fn readiness_that_came_and_went_or_that_no_probe_decides() {
    let found = read_list(&[
        ("PodScheduled=1 Ready=-30", "2", PROBED),
        ("PodScheduled=1 Ready=2", "2", "spec: {containers: [{}]}"),
        ("PodScheduled=9 Ready=30", "8", PROBED),
    ]);
    assert_eq!(rows(&found, "start"), [(Seen::Whole(1.0), 2)]);
    assert_eq!(rows(&found, "warmUp"), [(Seen::Whole(22.0), 1)]);
    let message = found.notes.join("\n");
    for words in
        ["1 pod: Ready once and no longer", "1 pod: Ready without a readiness", "1 pod: an end before its beginning"]
    {
        assert!(message.contains(words), "{message}");
    }
}

#[test]
fn several_owners_are_reported_and_slow_ones_asked_about() {
    let owned = |name: &str, hash: &str| {
        format!(
            "labels: {{pod-template-hash: {hash}}}, ownerReferences: [{{kind: ReplicaSet, name: {name}-{hash}}}], name"
        )
    };
    let pods = [("PodScheduled=1 Ready=9", "2", PROBED); 3];
    let text = list(&pods).replace("name: web-0", &format!("{}: a", owned("web", "x1")));
    let same = text.replace("name: web-1", &format!("{}: b", owned("web", "x2")));
    let same = same.replace("name: web-2", &format!("{}: c", owned("web", "x3")));
    assert!(!read_source(&source(&same)).unwrap().notes.join("\n").contains("owners"));
    let other = same.replace("name: web-x3", "name: cart-x3");
    assert!(
        read_source(&source(&other))
            .unwrap()
            .notes
            .join("\n")
            .contains("pods of 2 owners are taken together (default/cart, default/web)")
    );
    let late = list(&pods).replacen("00:00:09Z", "01:00:00Z", 1);
    assert!(
        read_source(&source(&late)).unwrap().notes.join("\n").contains("pod web-0 became Ready 3598 s after its start")
    );
}
