//! Where a result folder keeps the copies of its inputs, from which `rollcast verify` repeats it.

use std::path::{Component, Path};

use crate::plan::Input;

const FOLDER: &str = "inputs";

/// The path in the result folder of each input's copy: as the inputs lie to each other where they are named by relative
/// paths that lead downwards, numbered where not. Inputs with the same path and contents share a copy.
pub(super) fn places(inputs: &[Input]) -> Vec<String> {
    let mut places: Vec<String> = Vec::new();
    for (number, input) in inputs.iter().enumerate() {
        let place = downwards(&input.path).map(|path| format!("{FOLDER}/{path}")).filter(|place| {
            let mut taken = inputs.iter().zip(&places).filter(|(_, other)| overlap(place, other));
            taken.all(|(other, at)| at == place && other.copy == input.copy)
        });
        places.push(place.unwrap_or_else(|| format!("{FOLDER}/{number}-elsewhere/{}", file_name(&input.path))));
    }
    places
}

/// Whether two files cannot exist together on every file system: their paths differ in case only, or one would be the
/// folder of the other.
fn overlap(one: &str, other: &str) -> bool {
    let [one, other] = [one, other].map(|path| format!("{}/", path.to_lowercase()));
    one.starts_with(&other) || other.starts_with(&one)
}

/// A relative path with `/` that cannot lead out of the folder that it is put in.
fn downwards(path: &str) -> Option<String> {
    let plain = |part: Component<'_>| match part {
        Component::Normal(name) => name.to_str().filter(|name| portable(name)).map(|name| Some(name.to_owned())),
        Component::CurDir => Some(None),
        _ => None,
    };
    let parts: Option<Vec<_>> = Path::new(path).components().map(plain).collect();
    let parts: Vec<String> = parts?.into_iter().flatten().collect();
    (!parts.is_empty() && path != "-").then(|| parts.join("/"))
}

fn portable(name: &str) -> bool {
    name.len() <= 100 && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | ' ' | '+'))
}

fn file_name(path: &str) -> String {
    let name = Path::new(path).file_name().and_then(|name| name.to_str()).filter(|name| portable(name));
    name.filter(|name| *name != "-").unwrap_or("input.yaml").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(inputs: &[(&str, &str)]) -> Vec<String> {
        let input = |(path, sha256): &(&str, &str)| Input {
            path: (*path).into(),
            sha256: (*sha256).into(),
            bytes: 1,
            copy: sha256.as_bytes().into(),
            reduced: false,
        };
        places(&inputs.iter().map(input).collect::<Vec<_>>())
    }

    #[test]
    fn relative_paths_are_kept() {
        let places = of(&[("exp.yaml", "a"), ("manifests/web.yaml", "b"), ("./delays.csv", "c")]);
        assert_eq!(places, ["inputs/exp.yaml", "inputs/manifests/web.yaml", "inputs/delays.csv"]);
    }

    #[test]
    fn no_path_leads_out_of_the_folder() {
        let places = of(&[("-", "a"), ("/etc/web.yaml", "b"), ("../web.yaml", "c"), ("a/../../b", "d"), ("..", "e")]);
        let expected = [
            "inputs/0-elsewhere/input.yaml",
            "inputs/1-elsewhere/web.yaml",
            "inputs/2-elsewhere/web.yaml",
            "inputs/3-elsewhere/b",
            "inputs/4-elsewhere/input.yaml",
        ];
        assert_eq!(places, expected);
        assert_eq!(of(&[("a\nb.yaml", "a"), ("c:d", "b")])[0], "inputs/0-elsewhere/input.yaml");
    }

    #[test]
    fn files_that_would_overwrite_each_other_are_parted() {
        let places = of(&[("web", "a"), ("web", "a"), ("WEB", "b"), ("web/x", "c")]);
        assert_eq!(places, ["inputs/web", "inputs/web", "inputs/2-elsewhere/WEB", "inputs/3-elsewhere/x"]);
    }
}
