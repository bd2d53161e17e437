//! The caveats under every answer: the condition on which the answer holds, what is not modelled, and what is assumed.

use serde_json::{Value, json};

use super::format;
use crate::plan::{Caveats, Unmodelled};

/// The terminal lists at most this many sentences of one kind and counts the rest. JSON has all of them.
const MOST: usize = 12;

/// The caveats of `scenario` (of all scenarios for `None`) for the terminal. The text is empty where there are none.
#[must_use]
pub fn text(caveats: &Caveats, scenario: Option<u32>, width: u16) -> String {
    let mut text = String::new();
    for (heading, sentences) in parts(caveats, scenario) {
        text.push_str(&format!("\n{heading}\n"));
        for sentence in &sentences {
            for (number, line) in format::wrap(sentence, usize::from(width).saturating_sub(4)).iter().enumerate() {
                text.push_str(if number == 0 { "  - " } else { "    " });
                text.push_str(line);
                text.push('\n');
            }
        }
    }
    text
}

/// The headings with their sentences. The condition comes first.
#[must_use]
pub fn parts(caveats: &Caveats, scenario: Option<u32>) -> Vec<(String, Vec<String>)> {
    let condition: Vec<_> = caveats.open(scenario).map(condition).collect();
    let others = caveats.of(scenario).filter(|one| !one.is_open());
    let sentences =
        others.map(|one| if one.assumed { accepted(one) } else { format::printable(&one.sentence()) }).collect();
    let assumed = caveats.assumed.iter().map(|sentence| format::printable(sentence)).collect();
    let parts = [
        ("This answer is CONDITIONAL: what follows is not modelled and can turn it around.", condition),
        ("Not modelled, though set in the input:", sentences),
        ("Taken to be so:", assumed),
    ];
    let parts = parts.into_iter().filter(|(_, sentences): &(&str, Vec<String>)| !sentences.is_empty());
    parts.map(|(heading, sentences)| (heading.to_owned(), cut(sentences))).collect()
}

fn condition(one: &Unmodelled) -> String {
    let name = format::printable(short(&one.field));
    format!("{} (--assume {name} accepts it)", format::printable(&one.sentence()))
}

fn accepted(one: &Unmodelled) -> String {
    format!("{} (accepted with --assume)", format::printable(&one.sentence()))
}

/// The end of a field's path, which is enough to name the field. A resource's name may itself contain dots.
fn short(field: &str) -> &str {
    if let Some(at) = field.find(".used.") {
        return &field[at + 1..];
    }
    for map in [".hard.", ".annotations.", ".labels.", ".resources.limits.", ".resources.requests."] {
        if let Some((_, key)) = field.split_once(map) {
            return key;
        }
    }
    field.rsplit('.').next().unwrap_or(field)
}

fn cut(mut sentences: Vec<String>) -> Vec<String> {
    let more = sentences.len().saturating_sub(MOST);
    if more > 0 {
        sentences.truncate(MOST);
        sentences.push(format!("{more} more of this kind; --format json has all of them"));
    }
    sentences
}

/// Writes the caveats of `scenario` (of all for `None`) into an answer for programs.
pub fn extend(object: &mut Value, caveats: &Caveats, scenario: Option<u32>) {
    let unmodelled: Vec<Value> = caveats
        .of(scenario)
        .map(|one| {
            json!({
                "object": one.object, "field": one.field, "effect": one.effect, "direction": one.direction,
                "decides": one.decides, "assumed": one.assumed,
            })
        })
        .collect();
    object["conditional"] = caveats.is_conditional(scenario).into();
    object["unmodelled"] = unmodelled.into();
    object["assumed"] = json!(caveats.assumed);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Direction;

    fn caveats() -> Caveats {
        let one = |field: &str, decides, scenario| Unmodelled {
            object: "Deployment web".into(),
            field: field.into(),
            effect: "nobody counts it".into(),
            direction: Direction::TooGood,
            decides,
            assumed: false,
            scenarios: vec![scenario],
        };
        let unmodelled = vec![one("spec.containers.resources.limits.nvidia.com/gpu", true, 1), one("spec.a", false, 0)];
        Caveats { unmodelled, assumed: vec!["Secret tls is taken to exist".into()] }
    }

    #[test]
    fn the_condition_comes_first_and_says_how_to_accept_it() {
        let text = text(&caveats(), None, 100);
        let expected = "
This answer is CONDITIONAL: what follows is not modelled and can turn it around.
  - Deployment web: spec.containers.resources.limits.nvidia.com/gpu is not modelled: nobody counts
    it; the real rollout may be slower, dip deeper or stall (--assume nvidia.com/gpu accepts it)

Not modelled, though set in the input:
  - Deployment web: spec.a is not modelled: nobody counts it; the real rollout may be slower, dip
    deeper or stall

Taken to be so:
  - Secret tls is taken to exist
";
        assert_eq!(text, expected);
    }

    #[test]
    fn a_scenario_shows_its_own_caveats_and_none_where_there_are_none() {
        assert!(!text(&caveats(), Some(0), 100).contains("CONDITIONAL"));
        assert!(text(&caveats(), Some(1), 100).contains("CONDITIONAL"));
        assert_eq!(text(&Caveats::default(), None, 100), "");
        let many = Caveats { assumed: (0..20).map(|n| format!("s{n}")).collect(), ..Caveats::default() };
        assert!(text(&many, None, 100).ends_with("  - 8 more of this kind; --format json has all of them\n"));
    }

    #[test]
    fn programs_get_all_of_it() {
        let mut object = json!({});
        extend(&mut object, &caveats(), Some(1));
        assert_eq!(object["conditional"], true);
        assert_eq!(object["unmodelled"][0]["direction"], "too-good");
        assert_eq!(object["unmodelled"].as_array().unwrap().len(), 1);
        assert_eq!(object["assumed"][0], "Secret tls is taken to exist");
    }
}
