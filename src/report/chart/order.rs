//! The values of a parameter in the order of what they mean.

/// Distinct values in ascending order where they can be compared: counts and percentages of pods by the number of pods that they
/// mean for `replicas` (those of every world there is), numbers of one unit by size; else as the sweep lists them.
pub(super) fn ordered<'a>(values: impl Iterator<Item = &'a str>, replicas: &[u32]) -> Vec<&'a str> {
    let mut distinct: Vec<&str> = Vec::new();
    for value in values {
        if !distinct.contains(&value) {
            distinct.push(value);
        }
    }
    let is_count = |value: &&str| value.strip_suffix('%').unwrap_or(value).parse::<u32>().is_ok();
    let percent = |value: &&str| value.ends_with('%');
    let keys: Option<Vec<f64>> = if distinct.iter().all(is_count) && distinct.iter().any(percent) {
        distinct.iter().map(|value| pods(value, replicas)).collect()
    } else {
        numbers(&distinct).map(|numbers| numbers.to_vec())
    };
    let Some(keys) = keys else { return distinct };
    let mut keyed: Vec<_> = keys.into_iter().zip(distinct).collect();
    keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
    keyed.into_iter().map(|(_, value)| value).collect()
}

/// The pods that a count or a percentage is, in all worlds together.
fn pods(value: &str, replicas: &[u32]) -> Option<f64> {
    let Some(percent) = value.strip_suffix('%') else {
        return Some(value.parse::<f64>().ok()? * replicas.len() as f64);
    };
    let all = replicas.iter().copied().map(f64::from).sum::<f64>();
    Some(percent.parse::<f64>().ok()? / 100.0 * all)
}

/// The values as numbers, where all are numbers of one unit.
pub(super) fn numbers(values: &[&str]) -> Option<Vec<f64>> {
    let parts: Option<Vec<(f64, &str)>> = values.iter().map(|value| parts(value)).collect();
    let parts = parts?;
    let mut units = parts.iter().filter(|(number, _)| *number != 0.0).map(|(_, unit)| unit);
    let first = units.next();
    units.all(|unit| Some(unit) == first).then(|| parts.iter().map(|(number, _)| *number).collect())
}

/// The unit of values, which [`numbers`] found to be one.
pub(super) fn unit<'a>(values: &[&'a str]) -> &'a str {
    values.iter().filter_map(|value| parts(value)).find(|(number, _)| *number != 0.0).map_or("", |(_, unit)| unit)
}

fn parts(value: &str) -> Option<(f64, &str)> {
    let end = value.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(value.len());
    Some((value[..end].parse().ok()?, &value[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_in_order_of_what_they_mean() {
        let order = |values: &[&'static str], replicas: &[u32]| ordered(values.iter().copied(), replicas).join(" ");
        assert_eq!(order(&["10", "2", "10", "0"], &[20]), "0 2 10");
        assert_eq!(order(&["100%", "3", "25%"], &[20]), "3 25% 100%");
        assert_eq!(order(&["10%", "25%", "1", "50%"], &[3, 10, 50, 200]), "1 10% 25% 50%");
        assert_eq!(order(&["10%", "25%", "1", "50%"], &[2]), "10% 25% 1 50%", "one of two pods is half of them");
        assert_eq!(order(&["30s", "5s", "0"], &[3]), "0 5s 30s");
        assert_eq!(order(&["b", "3", "a"], &[20]), "b 3 a");
        assert_eq!((numbers(&["500m", "2"]), numbers(&["4Gi", "16Gi"])), (None, Some(vec![4.0, 16.0])));
        assert_eq!(unit(&["0", "30s"]), "s");
    }
}
