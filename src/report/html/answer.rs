//! The answer block: figures against objectives, the change, why, what is gained and given up, and how sure it is.

use minijinja::{Value, context};

use crate::analysis::{ScenarioResult, Verdict, all_met};
use crate::report::html::figures::{Shown, tiles};
use crate::report::html::{reasons, yaml};
use crate::report::provenance::Provenance;
use crate::report::subject::{Choice, Subject, strategy};
use crate::report::words;
use crate::report::{event, format};

/// The block; `None` where the page is about several worlds or values, of which no single scenario is the answer.
pub(super) fn answer(provenance: &Provenance, subject: &Subject<'_>, verdicts: &[Verdict<'_>]) -> Option<Value> {
    let say = |sentences: Vec<String>| -> Vec<String> {
        sentences.into_iter().map(|sentence| event::say(sentence, &provenance.noun)).collect()
    };
    let objectives = &provenance.objectives;
    let shown = |result, now, is_choice| {
        let noun = &provenance.noun;
        tiles(&Shown { result, now, is_choice, verdicts, objectives, noun })
    };
    match subject {
        Subject::One(result) => Some(context! {
            figures => shown(*result, None, false),
            is_forecast => true,
            sure => say(reasons::sure(result, None, objectives.len())),
        }),
        Subject::Strategies(choice) => match choice.recommended() {
            Some(best) => {
                let now = choice.now().filter(|now| now.scenario != best.scenario);
                let (gain, loss) =
                    now.map(|now| reasons::gain_and_loss(best, now, provenance.present.as_ref())).unwrap_or_default();
                Some(context! {
                    figures => shown(best, now, true),
                    change => change(provenance, choice, best),
                    why => say(reasons::why(choice, objectives.len())),
                    others => say(reasons::others(choice)),
                    apply => yaml::command(provenance.present.as_ref(), &whole(provenance, best)),
                    by_hand => yaml::by_hand(provenance.present.as_ref(), &whole(provenance, best)),
                    gain => say(gain),
                    loss => say(loss),
                    compared => now.is_some(),
                    keeps => choice.now().is_some_and(|now| now.scenario == best.scenario),
                    not_swept => choice.now().is_none(),
                    sure => say(reasons::sure(best, Some(choice), objectives.len())),
                })
            }
            None if objectives.is_empty() => None,
            None => Some(context! {
                present => choice.now().map(words::called),
                figures => choice.now().map(|now| shown(now, None, false)),
                decides => say(reasons::what_decides(choice, objectives, verdicts)),
            }),
        },
        _ => None,
    }
}

/// The strategy of now and the recommended one, as lines of a manifest.
fn change(provenance: &Provenance, choice: &Choice<'_>, best: &ScenarioResult) -> Value {
    let present = provenance.present.as_ref();
    let own = present.map_or_else(Vec::new, |present| present.strategy.clone());
    let new = whole(provenance, best);
    let is_default = own.len() == 2 && own.iter().all(|(_, value)| value == "25%");
    context! {
        now => (!own.is_empty() && choice.now() != Some(best)).then(|| yaml::lines(present, &own, &new)),
        recommended => yaml::lines(present, &new, &own),
        is_default,
    }
}

/// A strategy as a whole: what the sweep does not set is as it is now.
fn whole(provenance: &Provenance, result: &ScenarioResult) -> Vec<(String, String)> {
    let own = provenance.present.iter().flat_map(|present| &present.strategy);
    let swept = strategy(result);
    let name = |path: &str| path.rsplit('.').next().unwrap_or(path).to_owned();
    let is_replaced =
        |path: &str| swept.iter().any(|(other, _)| name(other) == name(path) || name(other) == "strategy");
    let kept = own.filter(|(path, _)| !is_replaced(path)).cloned();
    let mut all: Vec<_> = kept.chain(swept.clone()).collect();
    let order = |path: &str| ["maxSurge", "maxUnavailable"].iter().position(|known| *known == name(path)).unwrap_or(2);
    all.sort_by_key(|(path, _)| order(path));
    all
}

/// One row for each world: what to use there, and what comes of it.
pub(super) fn worlds(subject: &Subject<'_>, verdicts: &[Verdict<'_>]) -> Option<Value> {
    let Subject::Worlds(choices) = subject else { return None };
    let first = choices.first().filter(|_| !verdicts.is_empty())?;
    let strategies = first.alternatives.first().map(|one| words::names(one));
    let row = |choice: &Choice<'_>| {
        let met = choice.alternatives.iter().filter(|one| all_met(one, verdicts) == Some(true)).count();
        let best = choice.recommended();
        let now = choice.now();
        context! {
            world => choice.world.iter().map(|(_, value)| format::printable(value)).collect::<Vec<_>>(),
            scenario => best.map(|best| best.scenario),
            strategy => best.map(words::values),
            none_does => choice.none_does(verdicts),
            duration => best.map(words::duration),
            available => best.map(words::available),
            met => format!("{} of {}", format::count(met as u64), format::count(choice.alternatives.len() as u64)),
            now => now.map(words::values),
            now_met => now.map(|now| words::verdict(all_met(now, verdicts))),
            now_duration => now.map(words::duration),
            now_available => now.map(words::available),
            has_now => now.is_some(),
            keeps => now.is_some() && now == best,
        }
    };
    Some(context! {
        names => first.world.iter().map(|(path, _)| words::world(path)).collect::<Vec<_>>(),
        strategies,
        has_now => choices.iter().any(|choice| choice.now().is_some()),
        rows => choices.iter().map(row).collect::<Vec<_>>(),
    })
}
