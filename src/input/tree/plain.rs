//! What kubectl takes an unquoted YAML scalar for: it reads YAML 1.1.
//!
//! Upstream: `sigs.k8s.io/yaml/goyaml.v2/resolve.go: resolve`, with Go's `strconv.ParseInt` of base 0.

/// Booleans, beside their forms with a capital or all in capitals.
const BOOLEANS: [&str; 8] = ["y", "yes", "true", "on", "n", "no", "false", "off"];

/// Largest number whose neighbours a double still distinguishes.
const LARGEST_EXACT: f64 = 9_007_199_254_740_992.0;

/// The whole number that `text` is: `010` is 8, `0x10` is 16, `1_000` is 1000, and `3.0` is 3, as it becomes JSON's 3.
pub(crate) fn integer(text: &str) -> Option<i128> {
    if !text.starts_with(|c: char| c.is_ascii_digit() || c == '+' || c == '-' || c == '.') {
        return None;
    }
    let plain = text.replace('_', "");
    let (sign, rest) = match plain.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, plain.strip_prefix('+').unwrap_or(&plain)),
    };
    let (radix, digits) = radix(rest);
    let valid = !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix));
    match valid.then(|| i128::from_str_radix(digits, radix).ok()).flatten() {
        Some(number) => Some(sign * number),
        None => whole(&plain),
    }
}

/// Whether `text` is a string rather than a number, a boolean or null.
pub(crate) fn is_string(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let as_written = |word: &str| text == word || text == word.to_ascii_uppercase() || text == capital(word);
    let null = text.is_empty() || text == "~" || as_written("null");
    let special = [".inf", "-.inf", "+.inf", ".nan"].contains(&lower.as_str());
    !null && !special && !BOOLEANS.iter().any(|word| as_written(word)) && integer(text).is_none() && !is_float(text)
}

fn capital(word: &str) -> String {
    word[..1].to_ascii_uppercase() + &word[1..]
}

fn radix(text: &str) -> (u32, &str) {
    let Some(rest) = text.strip_prefix('0').filter(|rest| !rest.is_empty()) else { return (10, text) };
    match rest.chars().next() {
        Some('x' | 'X') => (16, &rest[1..]),
        Some('o' | 'O') => (8, &rest[1..]),
        Some('b' | 'B') => (2, &rest[1..]),
        _ => (8, rest),
    }
}

fn whole(text: &str) -> Option<i128> {
    let number = text.parse::<f64>().ok().filter(|_| is_float(text))?;
    (number.abs() < LARGEST_EXACT && number % 1.0 == 0.0).then_some(number as i128)
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`, underscores left out.
fn is_float(text: &str) -> bool {
    let plain = text.replace('_', "");
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = |text: &str| !text.starts_with(['-', '+']);
    let bare = plain.strip_prefix(['-', '+']).unwrap_or(&plain);
    let (number, exponent) = match bare.split_once(['e', 'E']) {
        Some((number, exponent)) => (number, exponent.strip_prefix(['-', '+']).unwrap_or(exponent)),
        None => (bare, "0"),
    };
    let (before, after) = number.split_once('.').unwrap_or((number, ""));
    let some_digit = !before.is_empty() || !after.is_empty();
    some_digit && !exponent.is_empty() && unsigned(bare) && [before, after, exponent].into_iter().all(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_those_of_yaml_1_1() {
        let cases = [
            ("12", Some(12)),
            ("+5", Some(5)),
            ("-010", Some(-8)),
            ("010", Some(8)),
            ("0o10", Some(8)),
            ("0x1F", Some(31)),
            ("0b101", Some(5)),
            ("1_000", Some(1000)),
            ("0", Some(0)),
            ("00", Some(0)),
            ("08", Some(8)),
            ("3.0", Some(3)),
            ("1e3", Some(1000)),
            ("3.5", None),
            ("_1", None),
            ("0x", None),
            ("1:30", None),
            ("--1", None),
            ("+-1", None),
            ("", None),
            ("-", None),
            ("25%", None),
            ("1e400", None),
        ];
        for (text, number) in cases {
            assert_eq!(integer(text), number, "{text}");
        }
    }

    #[test]
    fn strings_are_what_is_nothing_else() {
        for text in
            ["web", "1.2.3", "v1", "25%", "1:30", "2026-01-01", "tRue", "yEs", "0x", "e5", "-", ".", "1e", "nan"]
        {
            assert!(is_string(text), "{text}");
        }
        for text in ["1", "1.0", ".5", "-1e3", "true", "Yes", "OFF", "n", "null", "~", "", "0x1f", ".inf", "1_000.5"] {
            assert!(!is_string(text), "{text}");
        }
    }
}
