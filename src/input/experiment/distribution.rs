//! Latency distributions as they are written in an experiment.

use crate::distribution::{Distribution, DistributionError, Family, Measured, ParameterErrors, Shape};
use crate::input::keys::distributions::{
    COMPONENT, DISTRIBUTION, FAMILIES, MEASURED, MODIFIERS, SPREADS, TRUNCATE, own_section, parameters,
};
use crate::input::tables::cell;
use crate::input::tables::programs;
use crate::input::tables::unit::Unit;
use crate::input::tree::error::{InputError, quoted};
use crate::input::tree::fields::Map;
use crate::input::tree::files::Files;
use crate::input::tree::near::{nearest, unknown};
use crate::input::tree::quantity::{duration, parse_ratio, seconds};
use crate::input::tree::yaml::{At, Entry, Node, Value};

/// Most values of an empirical distribution.
const MAX_VALUES: usize = 1_000_000;

/// Reads a distribution: a plain duration, or a map of one family and, if wanted, `shift` and `truncate`.
pub(crate) fn distribution(node: &Node, files: &Files) -> Result<Distribution, InputError> {
    let map = match &node.value {
        Value::Map(_) => node.map()?.with_names(&DISTRIBUTION),
        Value::Scalar(_) => return Ok(Distribution::constant(duration(node)?)),
        _ => return Err(node.wrong("a duration such as 8s, or a distribution such as lognormal: {p50: 8s, p99: 30s}")),
    };
    let family = family(&map)?;
    let shape = shape(&family.key, &family.value, files)?;
    let shift = map.read("shift", seconds)?.unwrap_or(0.0);
    let truncate = map.map("truncate")?.map(|limits| truncation(&limits)).transpose()?;
    let made = Distribution::new(shape, shift, truncate).map_err(|error| impossible(&family.value.at, &error))?;
    match map.map("measured")? {
        None => Ok(made),
        Some(known) => made.measured_on(measured(&known)?).map_err(|error| known.at.error(error.to_string())),
    }
}

/// What a distribution was fitted to.
fn measured(known: &Map<'_>) -> Result<Measured, InputError> {
    let known = known.of(&MEASURED)?;
    let (least, most) = MEASURED.bounds("values");
    let values = known.require("values")?.integer(least, most)? as u32;
    let correlation = known.read("correlation", Node::number)?;
    let errors = match (known.read("timeError", error)?, known.read("shapeError", error)?) {
        (Some(scale), width) => {
            Some(ParameterErrors { scale, width: width.unwrap_or(0.0), correlation: correlation.unwrap_or(0.0) })
        }
        (None, Some(_)) => {
            return Err(known.at.error("timeError is missing beside shapeError: add it, or leave both out"));
        }
        (None, None) if correlation.is_some() => {
            return Err(known
                .at
                .error("timeError and shapeError are missing beside correlation: add them, or leave it out"));
        }
        (None, None) => None,
    };
    Ok(Measured { values, errors })
}

/// A relative standard error.
fn error(node: &Node) -> Result<f64, InputError> {
    let share = parse_ratio(node.text().unwrap_or_default()).filter(|share| (0.0..=10.0).contains(share));
    share.ok_or_else(|| node.wrong("a relative error from 0 to 1000%, such as 6.5%"))
}

fn impossible(at: &At, error: &DistributionError) -> InputError {
    at.error(format!("no such distribution: {error}"))
}

fn family<'a>(map: &Map<'a>) -> Result<&'a Entry, InputError> {
    let mut families = map.entries.iter().filter(|entry| MODIFIERS.key(&entry.key).is_none());
    let Some(family) = families.next() else {
        return Err(map.at.error(format!("the family is missing: add one of {}", FAMILIES.names().join(", "))));
    };
    for entry in std::iter::once(family).chain(families.clone()) {
        if FAMILIES.key(&entry.key).is_none() {
            return Err(entry.at.error(no_family(map, &entry.key)));
        }
    }
    match families.next() {
        Some(second) => Err(second.at.error("a second family: write one, or a mixture of both")),
        None => Ok(family),
    }
}

fn truncation(limits: &Map<'_>) -> Result<(f64, f64), InputError> {
    let limits = limits.of(&TRUNCATE)?;
    Ok((limits.read("low", seconds)?.unwrap_or(0.0), limits.read("high", seconds)?.unwrap_or(f64::INFINITY)))
}

fn shape(family: &str, node: &Node, files: &Files) -> Result<Shape, InputError> {
    if family == "mixture" {
        return mixture(node, files);
    }
    let map = own_map(family, node)?;
    if family == "empirical" {
        return empirical(&map, files);
    }
    let time = |key: &str| map.require(key).and_then(seconds);
    let number = |key: &str| map.require(key).and_then(Node::number);
    let own = || map.only(&parameters(family));
    let by_percentiles = |kind: Family| match moments(kind, &map)? {
        Some(shape) => Ok(Some(shape)),
        None => percentiles(kind, node, &parameters(family)),
    };
    Ok(match family {
        "exponential" => {
            own()?;
            Shape::Exponential { mean: time("mean")? }
        }
        "triangular" => {
            own()?;
            Shape::Triangular { low: time("low")?, mode: time("mode")?, high: time("high")? }
        }
        "uniform" => match by_percentiles(Family::Uniform)? {
            Some(shape) => shape,
            None => Shape::Uniform { low: time("low")?, high: time("high")? },
        },
        "normal" => match by_percentiles(Family::Normal)? {
            Some(shape) => shape,
            None => return Err(map.at.error(format!("write {}", forms("normal")))),
        },
        "lognormal" => log_normal(node)?,
        "gamma" => match by_percentiles(Family::Gamma)? {
            Some(shape) => shape,
            None => Shape::Gamma { shape: number("shape")?, scale: time("scale")? },
        },
        "weibull" => match by_percentiles(Family::Weibull)? {
            Some(shape) => shape,
            None => Shape::Weibull { shape: number("shape")?, scale: time("scale")? },
        },
        "pareto" => match by_percentiles(Family::Pareto)? {
            Some(shape) => shape,
            None => Shape::Pareto { minimum: time("minimum")?, shape: number("shape")? },
        },
        other => return Err(map.at.error(unknown("distribution", other, &FAMILIES.names()))),
    })
}

/// The message on a key that is no family. Percentiles without one are what people measure, and most often lognormal.
fn no_family(map: &Map<'_>, key: &str) -> String {
    let is_percentile = |key: &str| {
        key == "median" || key.strip_prefix('p').is_some_and(|rest| rest.starts_with(|one: char| one.is_ascii_digit()))
    };
    if !is_percentile(key) {
        return unknown("distribution", key, &DISTRIBUTION.names());
    }
    let written: Vec<String> =
        map.entries.iter().map(|entry| format!("{}: {}", entry.key, entry.value.flow())).collect();
    format!(
        "{} stands without a family of distributions: write such as {{lognormal: {{{}}}}}",
        quoted(key),
        written.join(", ")
    )
}

/// The parameters of a family, from which a reader takes no others than the family has.
fn own_map<'a>(family: &str, node: &'a Node) -> Result<Map<'a>, InputError> {
    let map = node.map()?;
    Ok(own_section(family).map_or(map, |section| map.with_names(section)))
}

/// The shape with the mean and standard deviation in the map; `None` where neither stands there.
fn moments(family: Family, map: &Map<'_>) -> Result<Option<Shape>, InputError> {
    let spreads: Vec<&str> = SPREADS.iter().copied().filter(|key| map.get(key).is_some()).collect();
    match (map.get("mean"), &spreads[..]) {
        (None, []) => Ok(None),
        (Some(mean), [spread]) => {
            map.only(&["mean", spread])?;
            let (mean, sd) = (positive(mean)?, map.require(spread).and_then(positive)?);
            Shape::from_mean_and_sd(family, mean, sd).map(Some).map_err(|error| impossible(map.at, &error))
        }
        (Some(_), []) => Err(map.at.error("sd, the standard deviation, is missing beside mean: add it")),
        (None, [spread]) => Err(map.at.error(format!("mean is missing beside {spread}: add it"))),
        (_, [_, second, ..]) => {
            let entry = map.entries.iter().find(|entry| entry.key == **second);
            Err(entry.map_or(map.at, |entry| &entry.at).error("a second standard deviation: write one"))
        }
    }
}

/// `{mu, sigma}` of the logarithm of seconds, `{median, sigma}`, `{mean, sigma}`, `{mean, sd}`, `{median, sd}`, or two percentiles.
fn log_normal(node: &Node) -> Result<Shape, InputError> {
    let map = own_map("lognormal", node)?;
    let number = |key: &str| map.require(key).and_then(Node::number);
    if map.get("sigma").is_some() {
        let sigma = number("sigma")?;
        let mu = match (map.get("median"), map.get("mean")) {
            (Some(median), _) => {
                map.only(&["median", "sigma"])?;
                libm::log(positive(median)?)
            }
            (None, Some(mean)) => {
                map.only(&["mean", "sigma"])?;
                libm::log(positive(mean)?) - sigma * sigma / 2.0
            }
            (None, None) => {
                map.only(&["mu", "sigma"])?;
                number("mu")?
            }
        };
        return Ok(Shape::LogNormal { mu, sigma });
    }
    if let (Some(median), None, Some(spread)) =
        (map.get("median"), map.get("mean"), SPREADS.iter().find(|key| map.get(key).is_some()))
    {
        map.only(&["median", spread])?;
        let (median, sd) = (positive(median)?, map.require(spread).and_then(positive)?);
        // The variance is median² y (y - 1) with y = exp(sigma²).
        let y = (1.0 + libm::sqrt(1.0 + 4.0 * (sd / median) * (sd / median))) / 2.0;
        return Ok(Shape::LogNormal { mu: libm::log(median), sigma: libm::sqrt(libm::log(y)) });
    }
    if let Some(shape) = moments(Family::LogNormal, &map)? {
        return Ok(shape);
    }
    match percentiles(Family::LogNormal, node, &parameters("lognormal"))? {
        Some(shape) => Ok(shape),
        None => Err(map.at.error(format!("sigma is missing: write {}", forms("lognormal")))),
    }
}

/// How a family may be written.
fn forms(family: &str) -> &'static str {
    match family {
        "lognormal" => "{mean, sd}, {median, sigma}, {median, sd}, {mu, sigma}, or two percentiles",
        "normal" => "{mean, sd}, or two percentiles",
        "uniform" => "{low, high}, {mean, sd}, or two percentiles",
        "pareto" => "{minimum, shape}, {mean, sd}, or two percentiles",
        _ => "{shape, scale}, {mean, sd}, or two percentiles",
    }
}

/// Share of a normal distribution below 0 from which on the user is warned. The distribution is cut at 0, and the mean and
/// standard deviation that were written are those before the cut.
const WARNED: f64 = 0.01;

/// Warnings about the normal distributions in a tree that are written by moments and lose more than that to the cut at 0.
pub(crate) fn cut_normals(tree: &Node) -> Vec<String> {
    match &tree.value {
        Value::Map(entries) => {
            entries.iter().flat_map(|entry| cut_normal(entry).into_iter().chain(cut_normals(&entry.value))).collect()
        }
        Value::List(items) => items.iter().flat_map(cut_normals).collect(),
        _ => Vec::new(),
    }
}

fn cut_normal(entry: &Entry) -> Option<String> {
    let map = entry.value.map().ok().filter(|_| entry.key == "normal")?;
    let spread = SPREADS.iter().find_map(|key| map.get(key))?;
    let (mean, sd) = (seconds(map.get("mean")?).ok()?, seconds(spread).ok()?);
    let share = 0.5 * libm::erfc(mean / (sd * std::f64::consts::SQRT_2));
    (share > WARNED).then(|| {
        format!(
            "normal: {}: mean and sd are those before the cut at 0, which takes {:.0} % of it off; two percentiles would count after it",
            entry.value.flow(),
            share * 100.0
        )
    })
}

fn positive(node: &Node) -> Result<f64, InputError> {
    let value = seconds(node)?;
    if value > 0.0 { Ok(value) } else { Err(node.at.error("must be greater than 0 here")) }
}

/// The shape with the percentiles in the map; `None` where only keys of `own` stand there.
fn percentiles(family: Family, node: &Node, own: &[&str]) -> Result<Option<Shape>, InputError> {
    let map = node.map()?;
    let mut found = Vec::new();
    for entry in map.entries {
        if let Some(percent) = percent(&entry.key) {
            found.push((percent / 100.0, seconds(&entry.value)?));
        }
    }
    if found.is_empty() {
        map.only(own)?;
        return Ok(None);
    }
    if let Some(entry) = map.entries.iter().find(|entry| percent(&entry.key).is_none()) {
        let family = FAMILIES.names().into_iter().find(|family| parameters(family) == own).unwrap_or("");
        let near = nearest(&entry.key, own).filter(|near| *near != entry.key);
        let near = near.map_or(String::new(), |near| format!("did you mean `{near}`? "));
        let message = format!("{} does not go with percentiles: {near}write {}", quoted(&entry.key), forms(family));
        return Err(entry.at.error(message));
    }
    let [first, second] = found[..] else {
        return Err(map.at.error(format!("two percentiles are needed, found {}: such as p50 and p99", found.len())));
    };
    if first.0 < 0.01 && second.0 < 0.01 {
        let keys: Vec<&str> = map.entries.iter().map(|entry| entry.key.as_str()).collect();
        let meant: Vec<String> =
            found.iter().map(|(share, _)| format!("p{}", libm::round(share * 1e6) / 100.0)).collect();
        let message = format!(
            "{} are percentiles below 1 %: if shares are meant, write {}",
            keys.join(" and "),
            meant.join(" and ")
        );
        return Err(map.at.error(message));
    }
    Shape::from_percentiles(family, first, second).map(Some).map_err(|error| impossible(&node.at, &error))
}

/// `99.9` of `p99.9`; the median is `p50`.
pub(crate) fn percent(key: &str) -> Option<f64> {
    match key {
        "median" => Some(50.0),
        _ => key.strip_prefix('p')?.parse().ok().filter(|percent| (0.0..=100.0).contains(percent)),
    }
}

fn mixture(node: &Node, files: &Files) -> Result<Shape, InputError> {
    let items =
        node.list().map_err(|_| node.wrong("a list such as [{weight: 0.9, of: 2s}, {weight: 0.1, of: 60s}]"))?;
    let mut components = Vec::new();
    for item in items {
        let map = item.map()?.of(&COMPONENT)?;
        let weight = map.require("weight")?;
        let value = match weight.text()?.strip_suffix('%') {
            Some(percent) => Node::plain(weight.at.clone(), percent).number()?,
            None => weight.number()?,
        };
        components.push((value, distribution(map.require("of")?, files)?));
    }
    Ok(Shape::Mixture(components))
}

fn empirical(map: &Map<'_>, files: &Files) -> Result<Shape, InputError> {
    map.only(&parameters("empirical"))?;
    let unit = map.read("unit", |node| {
        let refused =
            |text| node.at.error(format!("{} is no unit of time: write ns, us, ms, s, m, h or d", quoted(text)));
        node.text().and_then(|text| Unit::parse(text).ok_or_else(|| refused(text)))
    })?;
    let mut values = match (map.get("values"), map.get("csv")) {
        (Some(list), None) => list.list()?.iter().map(|value| listed(value, unit)).collect::<Result<Vec<_>, _>>()?,
        (None, Some(csv)) => column(csv, map.require("column")?, unit, files)?,
        _ => return Err(map.at.error("write either values: [..], or csv: FILE and column: NAME")),
    };
    if values.is_empty() || values.len() > MAX_VALUES {
        return Err(map.at.error(format!("{} values: give 1 to {MAX_VALUES}", values.len())));
    }
    files.charge(values.len())?;
    values.sort_by(f64::total_cmp);
    Ok(Shape::Empirical(values))
}

fn listed(node: &Node, unit: Option<Unit>) -> Result<f64, InputError> {
    match unit {
        Some(unit) => cell(node.text()?, unit).map_err(|problem| node.at.error(problem)),
        None => seconds(node),
    }
}

/// A number in `unit`, or a length with a unit of its own, in seconds.
fn cell(text: &str, unit: Unit) -> Result<f64, String> {
    cell::cell(text).map(|cell| cell.seconds(unit))
}

/// A column of a table, its plain numbers in `unit`, else in that of its name, else in seconds.
fn column(csv: &Node, column: &Node, unit: Option<Unit>, files: &Files) -> Result<Vec<f64>, InputError> {
    let (name, wanted) = (csv.text()?, column.text()?);
    let source = files.named(name, &csv.at)?;
    let table = programs::read(name, &source.text)?;
    let Some(index) = table.position(wanted) else {
        let names: Vec<&str> = table.headers.iter().map(String::as_str).take(50).collect();
        return Err(column.at.error(unknown("column", wanted, &names)));
    };
    let lengths = table.lengths(index, unit).map_err(|(line, problem)| match line {
        Some(line) => InputError::in_file(&format!("{name}:{line}"), problem),
        None => column.at.error(format!("column {}: {problem}", quoted(wanted))),
    })?;
    Ok(lengths.values.into_iter().flatten().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::tree::yaml::node;
    use proptest::prelude::*;
    use std::path::Path;

    fn read(text: &str) -> Result<Distribution, InputError> {
        distribution(&node(text), &Files::new(Path::new("/nonexistent")))
    }

    fn made(shape: Shape, shift: f64, truncate: Option<(f64, f64)>) -> Distribution {
        Distribution::new(shape, shift, truncate).unwrap()
    }

    #[test]
    fn shares_for_percentiles_are_asked_about() {
        let error = read("lognormal: {p0.5: 8s, p0.99: 30s}").unwrap_err().message;
        assert_eq!(error, "p0.5 and p0.99 are percentiles below 1 %: if shares are meant, write p50 and p99");
        assert!(read("lognormal: {p0.1: 1s, p99: 30s}").is_ok());
    }

    #[test]
    fn the_cut_of_normals_is_noted_where_it_matters() {
        let tree = node("pods: {start: {normal: {mean: 5s, sd: 4s}}, warmUp: [{normal: {mean: 5s, sd: 2s}}]}");
        let notes = cut_normals(&tree);
        assert_eq!(notes.len(), 1, "{notes:?}");
        assert!(
            notes[0]
                .starts_with("normal: {mean: 5s, sd: 4s}: mean and sd are those before the cut at 0, which takes 11 %")
        );
    }

    #[test]
    fn every_family_by_its_own_parameters() {
        let cases = [
            ("8s", Shape::Constant(8.0)),
            ("exponential: {mean: 8s}", Shape::Exponential { mean: 8.0 }),
            ("uniform: {low: 1s, high: 2s}", Shape::Uniform { low: 1.0, high: 2.0 }),
            ("triangular: {low: 1s, mode: 2s, high: 4s}", Shape::Triangular { low: 1.0, mode: 2.0, high: 4.0 }),
            ("normal: {mean: 5s, sd: 500ms}", Shape::Normal { mean: 5.0, sd: 0.5 }),
            ("lognormal: {mu: 0.69, sigma: 0.35}", Shape::LogNormal { mu: 0.69, sigma: 0.35 }),
            ("lognormal: {median: 1s, sigma: 0.35}", Shape::LogNormal { mu: 0.0, sigma: 0.35 }),
            ("gamma: {shape: 2, scale: 3s}", Shape::Gamma { shape: 2.0, scale: 3.0 }),
            ("weibull: {shape: 2, scale: 3s}", Shape::Weibull { shape: 2.0, scale: 3.0 }),
            ("pareto: {minimum: 1s, shape: 1.5}", Shape::Pareto { minimum: 1.0, shape: 1.5 }),
            ("empirical: {values: [3s, 1s, 2s]}", Shape::Empirical(vec![1.0, 2.0, 3.0])),
            ("empirical: {values: [3, 1, 500us], unit: ms}", Shape::Empirical(vec![0.0005, 0.001, 0.003])),
        ];
        for (text, shape) in cases {
            assert_eq!(read(text).unwrap(), made(shape, 0.0, None), "{text}");
        }
    }

    #[test]
    fn shift_truncation_and_mixture() {
        let shape = Shape::Exponential { mean: 8.0 };
        let both = "exponential: {mean: 8s}\nshift: 2s\ntruncate: {high: 60s}";
        assert_eq!(read(both).unwrap(), made(shape.clone(), 2.0, Some((0.0, 60.0))));
        let mixture = "mixture: [{weight: 0.9, of: 2s}, {weight: 10%, of: {exponential: {mean: 8s}}}]";
        let parts = vec![(0.9, made(Shape::Constant(2.0), 0.0, None)), (10.0, made(shape, 0.0, None))];
        assert_eq!(read(mixture).unwrap(), made(Shape::Mixture(parts), 0.0, None));
    }

    /// The standard deviation in its spellings, by mean or median.
    #[test]
    fn means_and_standard_deviations() {
        let by_mean = |family| Shape::from_mean_and_sd(family, 2.0, 1.0).unwrap();
        for spelling in SPREADS {
            for (name, family) in [
                ("lognormal", Family::LogNormal),
                ("gamma", Family::Gamma),
                ("weibull", Family::Weibull),
                ("normal", Family::Normal),
                ("uniform", Family::Uniform),
                ("pareto", Family::Pareto),
            ] {
                let text = format!("{name}: {{mean: 2s, {spelling}: 1s}}");
                assert_eq!(read(&text).unwrap(), made(by_mean(family), 0.0, None), "{text}");
            }
        }
        let near = |text: &str, mu: f64, sigma: f64| {
            let (a, b) = (read(text).unwrap(), made(Shape::LogNormal { mu, sigma }, 0.0, None));
            for q in [0.1, 0.5, 0.95] {
                assert!((a.quantile(q).as_secs_f64() / b.quantile(q).as_secs_f64() - 1.0).abs() < 1e-6, "{text}");
            }
        };
        near("lognormal: {mean: 2s, sigma: 0.5}", 2.0_f64.ln() - 0.125, 0.5);
        let sd = (0.25_f64.exp() * 0.25_f64.exp_m1()).sqrt() * 3.0;
        near(&format!("lognormal: {{median: 3s, sd: {sd:.9}s}}"), 3.0_f64.ln(), 0.5);
    }

    #[test]
    fn percentile_names() {
        assert_eq!(percent("p99.9"), Some(99.9));
        assert_eq!(percent("median"), Some(50.0));
        assert_eq!(percent("pNaN"), None);
        assert_eq!(percent("p101"), None);
    }

    #[test]
    fn mistakes_are_reported() {
        let cases = [
            ("logNormal: {p50: 1s}", "test.yaml:1:1: unknown distribution `logNormal`; did you mean `lognormal`?"),
            ("lognormal: {p50: 8s}", "two percentiles are needed, found 1: such as p50 and p99"),
            (
                "lognormal: {p50: 8s, sgma: 1}",
                "`sgma` does not go with percentiles: did you mean `sigma`? write {mean, sd}, {median, sigma}",
            ),
            ("lognormal: {mean: 2s}", "sd, the standard deviation, is missing beside mean"),
            ("lognormal: {mean: 2s, p95: 5s, sd: 1s}", "unknown key `p95`"),
            ("gamma: {sd: 1s}", "mean is missing beside sd"),
            ("weibull: {mean: 2s, sd: 1s, std: 1s}", "a second standard deviation"),
            ("exponential: {mean: 8}", "test.yaml:1:21: the duration `8` has no unit: write 8s for seconds"),
            ("exponential: {maen: 8s}", "unknown key `maen`; did you mean `mean`?"),
            ("exponential: {mean: 8s}\nuniform: {low: 1s, high: 2s}", "test.yaml:2:1: a second family"),
            ("shift: 2s", "the family is missing"),
            ("empirical: {values: []}", "0 values: give 1 to 1000000"),
            ("empirical: {csv: a.csv, column: b}", "test.yaml:1:18: `a.csv`: cannot be read"),
            ("[8s]", "expected a duration such as 8s, or a distribution"),
        ];
        for (text, expected) in cases {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    #[test]
    fn a_csv_column() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.csv"), "pod,ready\nx,250\ny,\nz,100\n").unwrap();
        let files = Files::new(folder.path());
        let good = distribution(&node("empirical: {csv: a.csv, column: ready, unit: ms}"), &files).unwrap();
        assert_eq!(good, made(Shape::Empirical(vec![0.1, 0.25]), 0.0, None));
        let bad = distribution(&node("empirical: {csv: a.csv, column: pod}"), &files).unwrap_err().to_string();
        assert!(bad.starts_with("a.csv:2: `x` is no duration"), "{bad}");
        std::fs::write(folder.path().join("b.csv"), "ready\r\n1\r\n\r\nsoon\r\n").unwrap();
        let bad = distribution(&node("empirical: {csv: b.csv, column: ready}"), &files).unwrap_err().to_string();
        assert!(bad.starts_with("b.csv:4: `soon` is no duration"), "{bad}");
        std::fs::write(folder.path().join("c.csv"), "pod;ready_ms\nx;250,5\ny;NA\nz;100,25\n").unwrap();
        let named = distribution(&node("empirical: {csv: c.csv, column: ready_ms}"), &files).unwrap();
        assert_eq!(named, made(Shape::Empirical(vec![0.10025, 0.2505]), 0.0, None));
        std::fs::write(folder.path().join("d.csv"), "ready\n3,021\n").unwrap();
        let bad = distribution(&node("empirical: {csv: d.csv, column: ready}"), &files).unwrap_err().to_string();
        assert!(bad.starts_with("d.csv:2: 2 fields in this row, but 1 in the header"), "{bad}");
        let missing = distribution(&node("empirical: {csv: a.csv, column: redy}"), &files).unwrap_err().to_string();
        assert!(missing.contains("did you mean `ready`?"), "{missing}");
    }

    proptest! {
        #[test]
        fn no_parameters_panic(
            family in "(uniform|normal|lognormal|gamma|weibull|pareto|mixture|empirical)",
            keys in prop::collection::btree_map("(p50|p9[0-9.]{0,3}|mean|sd|low|high|shape|sigma|median)", "-?[0-9.]{1,6}(s|ms|)", 0..3),
        ) {
            let fields: Vec<String> = keys.iter().map(|(key, value)| format!("{key}: {value}")).collect();
            drop(read(&format!("{family}: {{{}}}", fields.join(", "))));
        }
    }
}
