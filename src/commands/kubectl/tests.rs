//! Which words of `kubectl rollcast` are whose.

use super::*;

fn read(words: &str) -> Option<Called> {
    let words: Vec<OsString> = words.split(' ').map(OsString::from).collect();
    Called::read(&words).unwrap()
}

fn rollcast_words(words: &str) -> String {
    let called = read(words).unwrap();
    let words = called.rollcast_words(Path::new("c.json"));
    words.iter().map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_workload_becomes_a_file_and_its_name() {
    for (words, expected) in [
        ("run deploy/orders -n shop", "rollcast run c.json --deployment orders --namespace shop"),
        (
            "sweep --set seed=3 deployment.apps/orders --context=prod --namespace shop --out d",
            "rollcast sweep --set seed=3 c.json --deployment orders --namespace shop --out d",
        ),
        (
            "compare Deployments/orders new.yaml -nshop",
            "rollcast compare c.json --deployment orders --namespace shop new.yaml",
        ),
        ("eta sts/ledger -n pay -o json", "rollcast eta c.json sts/ledger --namespace pay -o json"),
        ("capacity -n shop --at-once 3", "rollcast capacity c.json --namespace shop --at-once 3"),
    ] {
        assert_eq!(rollcast_words(words), expected);
    }
}

#[test]
fn what_names_no_workload_is_left_to_rollcast() {
    for words in ["verify out", "run --help", "run Cargo.toml", "run -", "run -f manifests", "fit pods.json"] {
        assert!(read(words).is_none(), "{words}");
    }
    let plugin = |words: &str| {
        let words: Vec<OsString> = words.split(' ').map(OsString::from).collect();
        of_plugin(&words).map(<[OsString]>::to_vec)
    };
    assert_eq!(plugin("/usr/bin/kubectl-rollcast run x"), Some(vec!["run".into(), "x".into()]));
    assert_eq!(plugin("rollcast kubectl run x"), Some(vec!["run".into(), "x".into()]));
    assert_eq!(plugin("rollcast run x"), None);
}

#[test]
fn options_of_kubectl_are_passed_on_to_it_alone() {
    let called = read("run deploy/orders --context prod --as=jane -n shop --kubeconfig a b --replications 9").unwrap();
    let calls = all_calls();
    assert_eq!(
        calls[0].shown(&called),
        "get deployments.apps --all-namespaces -o json --context=prod --as=jane --kubeconfig=a --request-timeout=60s"
    );
    assert_eq!(
        calls[3].shown(&called),
        "get replicasets.apps --namespace shop -o json --context=prod --as=jane --kubeconfig=a --request-timeout=60s"
    );
    let words = called.rollcast_words(Path::new("c.json"));
    assert!(words.ends_with(&["b".into(), "--replications".into(), "9".into()]), "{words:?}");
    let words = ["run", "-n"].map(OsString::from);
    assert_eq!(Called::read(&words).unwrap_err().to_string(), "-n needs a value behind it");
}

#[test]
fn secrets_are_never_asked_for() {
    for call in all_calls() {
        assert!(!call.resource.contains("secret") && !call.resource.contains("configmap"), "{}", call.resource);
    }
}
