//! The verdicts and the words of differences, case by case.

use super::judgement::sentence;
use super::{Answer, Judgement, Version, Versions, figures, judgement, text};
use crate::analysis::before_after::{Effect, Held, Row};
use crate::analysis::headlines::{AVAILABLE_P05, DURATION_P95, Headline, PODS_P95, STALLED, SURGE};
use crate::plan::{Caveats, Change, Objective, Role};
use crate::stats::{Estimate, Paired};

fn version(seed: u64) -> Version {
    Version { scenario: 0, parameters: Vec::new(), replicas: 12, replications: 1000, seed }
}

fn row(headline: Headline, effect: Effect, (old, new): (f64, f64), limits: (f64, f64)) -> Row {
    let difference = Estimate { low: Some(limits.0), high: Some(limits.1), ..Estimate::point(new - old, 1000) };
    Row {
        figure: headline.figure,
        headline: Some(headline),
        estimates: [old, new].map(|value| Some(Estimate::point(value, 1000))),
        paired: Some(Paired { values: Some((old, new)), difference, ..Paired::unknown(1000) }),
        p_holm: Some(0.01),
        effect,
    }
}

/// An answer where the versions stand like this to two objectives, with rows of these effects.
fn answer(met: [[Option<bool>; 2]; 2], effects: &[(Headline, Effect)]) -> Answer {
    let texts = ["availability: 90%", "p95 duration_s <= 5m"];
    let held = texts.into_iter().zip(met).map(|(text, met)| Held { objective: Objective::parse(text).unwrap(), met });
    Answer {
        name: "orders".into(),
        old: Some(version(1)),
        new: version(1),
        changes: Vec::new(),
        is_same_forecast: false,
        rows: effects.iter().map(|(headline, effect)| row(*headline, *effect, (10.0, 20.0), (9.0, 11.0))).collect(),
        held: held.collect(),
        written: 2,
        caveats: Caveats::default(),
        premises: Vec::new(),
        what_if: Vec::new(),
        instead: None,
    }
}

fn labels() -> [String; 2] {
    ["main".into(), "branch".into()]
}

const MET: [Option<bool>; 2] = [Some(true); 2];

#[test]
fn objectives_decide_first_and_figures_then() {
    use Effect::{Better, CostsMore, NotShown, Worse};
    let (fixed, broken) = ([Some(false), Some(true)], [Some(true), Some(false)]);
    let slower = &[(DURATION_P95, Worse)];
    for (met, effects, judged, said) in [
        (
            [fixed, MET],
            slower,
            Judgement::Better,
            "Branch is better: it meets all objectives, main does not meet availability: 90%.",
        ),
        (
            [broken, MET],
            &[(DURATION_P95, Better)],
            Judgement::Worse,
            "Branch is worse: it does not meet availability: 90%; main meets all objectives.",
        ),
        (
            [MET, [Some(true), None]],
            slower,
            Judgement::Worse,
            "Branch is worse: it is not shown to meet p95 duration_s <= 5m; main meets all objectives.",
        ),
        ([MET, MET], slower, Judgement::Worse, "Branch is worse (duration); both meet all objectives."),
        (
            [MET, MET],
            &[(AVAILABLE_P05, Better)],
            Judgement::Better,
            "Branch is better (available at worst); both meet all objectives.",
        ),
        (
            [MET, MET],
            &[(STALLED, NotShown)],
            Judgement::NoDifference,
            "No difference is shown between main and branch; both meet all objectives.",
        ),
        (
            [MET, MET],
            &[(PODS_P95, CostsMore)],
            Judgement::NoDifference,
            "No difference but in room is shown between main and branch; both meet all objectives.",
        ),
        (
            [broken, fixed],
            slower,
            Judgement::Worse,
            "Branch is worse (duration); neither is shown to meet all objectives: branch does not meet availability: 90%.",
        ),
    ] {
        let answer = answer(met, effects);
        assert_eq!((judgement(&answer), sentence(&answer, &labels()).as_str()), (judged, said));
    }
    let mixed = answer([MET, MET], &[(DURATION_P95, Better), (STALLED, Worse)]);
    assert_eq!(
        sentence(&mixed, &labels()),
        "Branch is better (duration) and worse (stalled); both meet all objectives."
    );
    let alone = Answer { old: None, ..answer([[None, Some(true)], [None, Some(true)]], &[]) };
    assert_eq!(
        (judgement(&alone), sentence(&alone, &labels()).as_str()),
        (Judgement::New, "Branch meets all objectives.")
    );
    let same = Answer { is_same_forecast: true, ..answer([MET, MET], &[]) };
    assert_eq!(sentence(&same, &labels()), "Main and branch are the same to the forecast, and meet all objectives.");
}

fn versions(answers: Vec<Answer>) -> Versions {
    Versions {
        labels: labels(),
        answers,
        releases: Vec::new(),
        gone: Vec::new(),
        remark: None,
        noun: "rollout".into(),
        notes: Vec::new(),
        command: String::new(),
    }
}

/// No column is dropped where the terminal is narrow: cells wrap.
#[test]
fn nothing_is_lost_on_a_narrow_terminal() {
    let effects = [(DURATION_P95, Effect::Better), (AVAILABLE_P05, Effect::Better), (SURGE, Effect::CostsMore)];
    let change = Change {
        object: String::new(),
        field: "containers[app].readinessProbe.periodSeconds".into(),
        old: Some("lognormal: {median: 5s, sigma: 0.67} (default)".into()),
        new: Some("lognormal: {median: 45s, sigma: 0.25}".into()),
        role: Role::Used,
    };
    let answer = Answer { changes: vec![change], ..answer([MET, MET], &effects) };
    for width in [50_u16, 80, 120] {
        let text = text(&versions(vec![answer.clone()]), width);
        assert!(text.lines().all(|line| line.chars().count() <= width.into()), "{width}: {text}");
        for word in ["periodSeconds", "(default)", "better", "costs more", "10s more", "(9", "main", "branch"] {
            let found = text.split_whitespace().collect::<Vec<_>>().join(" ").contains(word);
            assert!(found || width < 80, "{word} at {width}: {text}");
        }
        assert!(text.trim_end().ends_with("both meet all objectives."), "{text}");
    }
}

#[test]
fn a_gate_wants_every_objective_of_every_deployment_shown() {
    let good = || answer([[Some(false), Some(true)], MET], &[]);
    assert!(versions(vec![good(), good()]).is_met());
    assert!(!versions(vec![good(), answer([MET, [Some(true), None]], &[])]).is_met());
    assert!(!versions(Vec::new()).is_met(), "nothing was compared");
    assert!(!versions(vec![Answer { held: Vec::new(), ..good() }]).is_met(), "nothing was asked for");
}

#[test]
fn differences_are_said_in_the_unit_of_the_figure() {
    for (headline, effect, values, limits, text) in [
        (DURATION_P95, Effect::Better, (165.0, 135.0), (-32.0, -28.0), "30s less (28s to 32s)"),
        (DURATION_P95, Effect::Better, (54.4, 43.6), (-15.2, -2.5), "10s less (2.5s to 15s)"),
        (DURATION_P95, Effect::Worse, (8.2, 8.9), (-0.1, 1.4), "0.7s more (0.1s less to 1.4s more)"),
        (AVAILABLE_P05, Effect::Better, (9.0, 12.0), (3.0, 3.0), "3 more"),
        (STALLED, Effect::Worse, (0.01, 0.022), (0.004, 0.02), "1.2 points more (0.4 points to 2 points)"),
        (STALLED, Effect::NotShown, (0.01, 0.011), (-0.01, 0.01), "no difference shown"),
        (SURGE, Effect::CostsMore, (480.0, 858.0), (360.0, 396.0), "6.3 more (6 to 6.6)"),
    ] {
        assert_eq!(figures::difference(&row(headline, effect, values, limits)), text);
    }
    let unknown = Row { paired: Some(Paired::unknown(10)), ..row(STALLED, Effect::NotShown, (0.0, 0.0), (0.0, 0.0)) };
    assert_eq!(figures::difference(&unknown), "unknown");
    let none = Row { paired: None, ..unknown };
    assert_eq!(figures::difference(&none), "–");
}
