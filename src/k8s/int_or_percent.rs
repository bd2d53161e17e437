//! A count or a percentage, as `maxSurge` and `maxUnavailable` are written.
//!
//! Upstream: `apimachinery/pkg/util/intstr/intstr.go: Parse, GetScaledValueFromIntOrPercent, getIntOrPercentValueSafely`.

/// An integer or a percentage, as `maxSurge` and `maxUnavailable` are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntOrPercent {
    /// A count of pods.
    Int(i32),
    /// A percentage of `replicas`.
    Percent(i32),
}

/// Text that is neither a count nor a percentage.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is neither a count of pods such as 3 nor a percentage such as 25%")]
pub struct ParseIntOrPercentError(String);

impl IntOrPercent {
    /// Reads text such as `3` or `25%`, as on a command line.
    ///
    /// # Errors
    ///
    /// Where the text is neither a 32-bit integer nor digits with a percent sign.
    pub fn parse(text: &str) -> Result<Self, ParseIntOrPercentError> {
        match text.parse() {
            Ok(count) => Ok(Self::Int(count)),
            Err(_) => Self::parse_percent(text),
        }
    }

    /// Reads a percentage such as `25%`: the only form that the API takes as a string. `"3"` in quotes is refused.
    ///
    /// # Errors
    ///
    /// Where the text is not digits with a percent sign.
    pub fn parse_percent(text: &str) -> Result<Self, ParseIntOrPercentError> {
        text.strip_suffix('%')
            .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
            .and_then(|digits| digits.parse().ok())
            .map(Self::Percent)
            .ok_or_else(|| ParseIntOrPercentError(text.to_owned()))
    }

    /// The count of pods for a Deployment of `total`; a percentage is rounded up or down to a whole pod.
    #[must_use]
    pub fn scaled(self, total: i32, round_up: bool) -> i32 {
        match self {
            Self::Int(count) => count,
            Self::Percent(percent) => {
                let hundredths = i64::from(percent) * i64::from(total);
                let floor = hundredths.div_euclid(100);
                let scaled = floor + i64::from(round_up && hundredths != floor * 100);
                scaled.clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32
            }
        }
    }

    /// The number as written, in pods or in percent, without a percent sign.
    #[must_use]
    pub const fn literal(self) -> i32 {
        match self {
            Self::Int(number) | Self::Percent(number) => number,
        }
    }
}

impl std::fmt::Display for IntOrPercent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Int(count) => write!(f, "{count}"),
            Self::Percent(percent) => write!(f, "{percent}%"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    fn cases(text: &str) -> Vec<Value> {
        let file: Value = serde_json::from_str(text).unwrap();
        file["cases"].as_array().unwrap().clone()
    }

    // staging/src/k8s.io/apimachinery/pkg/util/intstr/intstr_test.go: TestParse. Upstream keeps any other text as a
    // string, which validation refuses later; here the parser refuses it at once.
    #[test]
    fn text_from_a_command_line() {
        for case in cases(include_str!("../../tests/vectors/intstr_parse_text.json")) {
            let parsed = IntOrPercent::parse(case["input"]["text"].as_str().unwrap());
            match &case["expected"]["value"] {
                Value::Number(count) => {
                    assert_eq!(parsed, Ok(IntOrPercent::Int(count.as_i64().unwrap() as i32)), "{case}");
                }
                text => {
                    assert_eq!(parsed.is_ok(), text.as_str().unwrap().ends_with('%'), "{case}");
                }
            }
        }
    }

    fn value(value: &Value) -> Result<IntOrPercent, ()> {
        match value {
            Value::Number(count) => Ok(IntOrPercent::Int(count.as_i64().unwrap() as i32)),
            Value::String(text) => IntOrPercent::parse_percent(text).map_err(|_| ()),
            _ => Err(()),
        }
    }

    // intstr_test.go: TestGetIntFromIntOrString
    #[test]
    fn values_from_a_manifest() {
        for case in cases(include_str!("../../tests/vectors/intstr_parse_value.json")) {
            let parsed = value(&case["input"]["value"]);
            let expected = &case["expected"];
            assert_eq!(parsed.is_err(), expected["error"].as_bool().unwrap(), "{case}");
            if let Ok(parsed) = parsed {
                assert_eq!(i64::from(parsed.literal()), expected["value"].as_i64().unwrap(), "{case}");
                assert_eq!(matches!(parsed, IntOrPercent::Percent(_)), expected["isPercent"].as_bool().unwrap());
            }
        }
    }

    // intstr_test.go: TestGetIntFromIntOrPercent, TestGetValueFromIntOrPercentNil
    #[test]
    fn scaled_values() {
        for case in cases(include_str!("../../tests/vectors/intstr_scaled_value.json")) {
            let (input, expected) = (&case["input"], &case["expected"]);
            let parsed = value(&input["value"]);
            assert_eq!(parsed.is_err(), expected["error"].as_bool().unwrap(), "{case}");
            if let Ok(parsed) = parsed {
                let total = input["total"].as_i64().unwrap() as i32;
                let scaled = parsed.scaled(total, input["roundUp"].as_bool().unwrap());
                assert_eq!(i64::from(scaled), expected["result"].as_i64().unwrap(), "{case}");
            }
        }
    }

    proptest! {
        #[test]
        fn no_text_panics_and_what_is_written_is_read(text in "\\PC*", number in 0i32.., percent: bool) {
            let _ = IntOrPercent::parse(&text);
            let value = if percent { IntOrPercent::Percent(number) } else { IntOrPercent::Int(number) };
            prop_assert_eq!(IntOrPercent::parse(&value.to_string()), Ok(value));
            let _ = value.scaled(i32::MAX, true);
        }
    }
}
