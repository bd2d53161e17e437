//! Fitted latencies on the terminal, as YAML to paste, and for programs.

use comfy_table::{CellAlignment, LineStyle, Table, TableStyle};
use serde_json::{Map, Value, json};

use super::format;
use super::json::versioned;
use crate::distribution::{Distribution, Lifetime, MOST_MEASURED};
use crate::input::measured::Sample;
use crate::input::{Unit, UnitFrom};
use crate::stats::fit::{ChiSquare, Errors, Fit, Fitted, Measured, Outcome, Resolution, Seen};

/// A p-value below this contradicts a family.
const SIGNIFICANT: f64 = 0.05;

/// The most values that an `empirical` distribution is written with.
const MOST_VALUES: u64 = 200;

/// A sample and the outcome of its fit.
#[derive(Clone, Debug)]
pub struct Found {
    /// What was measured.
    pub sample: Sample,
    /// The outcome of the fit.
    pub outcome: Outcome,
}

/// The `pods:` block for `found`. Samples whose field is known stand under it. The others are comments, since only the user
/// knows their field; where there is one sample alone, it stands under `start`. `of_pods` says that the start contains pulls.
#[must_use]
pub fn blocks(found: &[Found], of_pods: bool) -> Vec<String> {
    let (mut known, mut others) = (Vec::new(), Vec::new());
    let mut taken: Vec<&str> = Vec::new();
    for one in found {
        let Some((distribution, remark)) = distribution(one) else { continue };
        let about = format!("{}{remark}", count(one));
        // The measured start of a pod contains its image pull, and so does the time until it is Ready.
        let free = |field: &&str| !(taken.contains(field) || of_pods && *field == "pull");
        match one.sample.field.filter(free) {
            Some(field) => {
                taken.push(field);
                known.push(format!("  {field}: {distribution}   # {about}\n"));
                if of_pods && field == "start" {
                    known.push("  pull: 0s   # the measured start contains it\n".into());
                }
            }
            None => others.push((one, distribution, about)),
        }
    }
    if known.is_empty()
        && let [(one, distribution, about)] = &others[..]
    {
        return vec![format!("pods:\n{}", unplaced(one, distribution, about))];
    }
    let commented = |(one, distribution, about): &(&Found, String, String)| {
        let name = format::printable(&one.sample.name);
        format!("  # {name}; {}\n  # FIELD: {distribution}   # {about}\n", advice(one))
    };
    known.extend(others.iter().map(commented));
    if known.is_empty() { Vec::new() } else { vec![format!("pods:\n{}", known.concat())] }
}

/// The line of the only sample, whose field is not known.
fn unplaced(found: &Found, distribution: &str, about: &str) -> String {
    let name = format::printable(&found.sample.name);
    if !found.sample.to_ready {
        return format!("  # {name}; {}\n  start: {distribution}   # {about}\n", advice(found));
    }
    format!(
        "  # {name}: if it counts from scheduling to Ready, it is start, pull and warmUp in one\n  start: {distribution}   # {about}\n  \
         pull: 0s   # the measured time contains it\n  warmUp: 0s   # the measured time contains it\n"
    )
}

const fn advice(found: &Found) -> &'static str {
    if found.sample.to_ready {
        "from scheduling to Ready it is start, pull and warmUp in one"
    } else {
        "write the field that it is of: start, warmUp, pull, termination"
    }
}

/// The distribution as an experiment writes it, and a remark on it.
fn distribution(found: &Found) -> Option<(String, String)> {
    match &found.outcome {
        Outcome::TooFew | Outcome::OneBucket => None,
        Outcome::Constant(value) => Some((duration(*value), ", as good as all the same".into())),
        Outcome::Fitted(fitted) => Some(match (fitted.chosen(), empirical(&found.sample)) {
            (Some(fit), _) => (written(fit, &found.sample), String::new()),
            (None, Some(values)) => (values, "; no family fits".into()),
            (None, None) => {
                let nearest = fitted.nearest()?;
                (
                    written(nearest, &found.sample),
                    format!("; does not fit, off by {} of them", format::share(nearest.distance)),
                )
            }
        }),
    }
}

fn written(fit: &Fit, sample: &Sample) -> String {
    let parameters: Vec<String> =
        parameters(fit.member).iter().map(|(name, value)| format!("{name}: {value}")).collect();
    format!("{{{}: {{{}}}{}}}", fit.family.name(), parameters.join(", "), measured(fit, sample))
}

/// What the values know of the parameters, so that the limits of a forecast hold it; nothing where they do not tell.
fn measured(fit: &Fit, sample: &Sample) -> String {
    let Some(Errors { scale, width, correlation }) = fit.errors.filter(|_| sample.percentiles.is_empty()) else {
        return String::new();
    };
    let values = sample.lengths.count() - sample.lengths.censored();
    let of_shape = width.map_or(String::new(), |width| format!(", shapeError: {}", percent(width)));
    let both = correlation.map_or(String::new(), |correlation| format!(", correlation: {}", hundredths(correlation)));
    format!(
        ", measured: {{values: {}, timeError: {}{of_shape}{both}}}",
        values.min(u64::from(MOST_MEASURED)),
        percent(scale)
    )
}

/// A relative error: `6.23%`.
fn percent(share: f64) -> String {
    format!("{}%", digits(share * 100.0))
}

/// A correlation to two decimals, without a sign where it is 0.
fn hundredths(value: f64) -> String {
    let rounded = libm::round(value * 100.0) / 100.0;
    format!("{}", if rounded == 0.0 { 0.0 } else { rounded })
}

fn parameters(member: Lifetime) -> Vec<(&'static str, String)> {
    match member {
        Lifetime::Exponential { mean } => vec![("mean", duration(mean))],
        Lifetime::LogNormal { mu, sigma } => vec![("median", duration(libm::exp(mu))), ("sigma", digits(sigma))],
        Lifetime::Gamma { shape, scale } | Lifetime::Weibull { shape, scale } => {
            vec![("shape", digits(shape)), ("scale", duration(scale))]
        }
    }
}

/// An `empirical` distribution: the values, or the file and column that hold them.
fn empirical(sample: &Sample) -> Option<String> {
    let column = sample.column.as_ref()?;
    if column.file != "-" {
        let unit =
            if column.unit == Unit::Seconds { String::new() } else { format!(", unit: {}", column.unit.short()) };
        return Some(format!(
            "{{empirical: {{csv: {}, column: {}{unit}}}}}",
            scalar(&column.file),
            scalar(&column.name)
        ));
    }
    let rows = || sample.lengths.rows().iter();
    let values: Vec<String> = (sample.lengths.count() <= MOST_VALUES)
        .then(|| rows().flat_map(|(seen, count)| (0..*count).map(move |_| value(*seen))).collect())?;
    Some(format!("{{empirical: {{values: [{}], unit: s}}}}", values.join(", ")))
}

fn value(seen: Seen) -> String {
    match seen {
        Seen::Exactly(value) | Seen::Whole(value) | Seen::Between(value, _) => format!("{value}"),
    }
}

/// `text` as YAML reads it back as that text.
fn scalar(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-');
    let word = text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(plain);
    let reserved = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"];
    if word && !reserved.contains(&text.to_ascii_lowercase().as_str()) { text.into() } else { json!(text).to_string() }
}

/// Four significant digits.
fn digits(value: f64) -> String {
    let magnitude = if value > 0.0 { libm::floor(libm::log10(value)) as i32 } else { 0 };
    let decimals = usize::try_from(3 - magnitude).unwrap_or(0);
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// A duration as experiments have it.
fn duration(seconds: f64) -> String {
    let units = [(1.0, "s"), (1e3, "ms"), (1e6, "us")];
    let found = units.iter().find(|(factor, _)| seconds * factor >= 1.0 || seconds == 0.0).unwrap_or(&(1e9, "ns"));
    format!("{}{}", digits(seconds * found.0), found.1)
}

/// The number of values, and what kind of values they are.
fn count(found: &Found) -> String {
    let lengths = &found.sample.lengths;
    if !found.sample.percentiles.is_empty() {
        let shares: Vec<String> = found.sample.percentiles.iter().map(|percent| format!("p{percent}")).collect();
        return format!("only {} are known", shares.join(", "));
    }
    let how = match lengths.resolution() {
        Resolution::Exact => "",
        Resolution::WholeSeconds => ", to the second",
        Resolution::Buckets => ", in buckets",
    };
    let bounds = match lengths.censored() {
        0 => String::new(),
        some => format!(", {} of them lower bounds", format::count(some)),
    };
    format!("{}{bounds}{how}", format::plural(lengths.count(), "value"))
}

/// Tables and YAML for the terminal, sentences at most `width` wide.
#[must_use]
pub fn text(found: &[Found], blocks: &[String], width: usize) -> String {
    let mut text = String::new();
    for one in found {
        text.push_str(&format!("{}: {}\n", format::printable(&one.sample.name), count(one)));
        if let Outcome::Fitted(fitted) = &one.outcome {
            text.extend(table(one, fitted).lines().map(|line| line.trim_end().to_owned() + "\n"));
        }
        for line in format::wrap(&verdict(one), width) {
            text.push_str(&line);
            text.push('\n');
        }
        text.push('\n');
    }
    text + &blocks.join("\n")
}

fn table(found: &Found, fitted: &Fitted) -> Table {
    let mut table = Table::new();
    table.load_style(TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─')));
    table.set_header(["", "parameters", "AIC\ndifference", "largest\ndistance", "p50", "p95"]);
    let [p50, p95] = [0.5, 0.95].map(|q| quantile(found.sample.lengths.quantile(q)));
    table.add_row(["measured", "", "", "", &p50, &p95]);
    let least = fitted.fits.first().map_or(0.0, |fit| fit.aic);
    for fit in &fitted.fits {
        let parameters: Vec<String> =
            parameters(fit.member).iter().map(|(name, value)| format!("{name} {value}")).collect();
        let [p50, p95] = [0.5, 0.95].map(|q| format::duration(at(fit.member, q)));
        let row = [
            fit.family.name(),
            &parameters.join(", "),
            &format::number(fit.aic - least),
            &format::number(fit.distance),
        ];
        table.add_row(row.into_iter().chain([p50.as_str(), &p95]));
    }
    for (position, column) in table.column_iter_mut().enumerate() {
        column.set_cell_alignment(if position < 2 { CellAlignment::Left } else { CellAlignment::Right });
        column.set_padding((1, 0));
    }
    table
}

fn at(member: Lifetime, q: f64) -> f64 {
    Distribution::new(member.shape(), 0.0, None).map_or(f64::NAN, |one| one.quantile(q).as_secs_f64())
}

fn quantile(measured: Measured) -> String {
    match measured {
        Measured::At(value) => format::duration(value),
        Measured::Between(low, high) => format!("{} to {}", format::duration(low), format::duration(high)),
        Measured::Above(low) => format!("over {}", format::duration(low)),
    }
}

fn verdict(found: &Found) -> String {
    let fitted = match &found.outcome {
        Outcome::TooFew => return "Too few values that are no lower bounds to fit anything: 5 are needed.".into(),
        Outcome::OneBucket => {
            return "All lie in one bucket, which tells nothing of their shape: finer buckets would.".into();
        }
        Outcome::Constant(value) => {
            let value = duration(*value);
            return format!("As good as all the same: a constant {value} is all that they tell.");
        }
        Outcome::Fitted(fitted) => fitted,
    };
    let limit = format::number(fitted.limit);
    let mut text = match (fitted.chosen(), fitted.nearest()) {
        (Some(fit), _) => format!(
            "{} fits: the largest distance is {}, the limit for so many values {limit}; {}.",
            format::capital(fit.family.name()),
            format::number(fit.distance),
            why_chosen(fit, fitted)
        ),
        (None, Some(nearest)) => {
            let instead = if found.sample.column.is_some() { "; the values themselves are better" } else { "" };
            format!(
                "No family fits: the best by AIC, {}, has the largest distance {}, above the {limit} for so many values{instead}.",
                nearest.family.name(),
                format::number(nearest.distance)
            )
        }
        (None, None) => String::new(),
    };
    if let Some(fit) = fitted.nearest().filter(|_| found.sample.percentiles.is_empty()) {
        text.push_str(&fit.test.map_or(String::new(), |test| format!(" {}", tested(test))));
        text.push_str(&fit.errors.map_or(String::new(), |errors| format!(" {}", known(fit, &errors))));
    }
    for same in fitted.left_out.chunk_by(|a, b| a.1 == b.1) {
        let names: Vec<&str> = same.iter().map(|(family, _)| family.name()).collect();
        let reason = same.first().map_or("", |(_, reason)| reason);
        text.push_str(&format!(" Left out: {} ({reason}).", names.join(", ")));
    }
    text
}

/// Why it is this one of those that fit.
fn why_chosen(fit: &Fit, fitted: &Fitted) -> String {
    match fitted.best().filter(|best| best.family != fit.family) {
        None => "of those within it, it has the least AIC".into(),
        Some(best) => format!(
            "the AIC of {} is less by {}, which does not tell the two apart, and of such families the one with the longest tail is chosen",
            best.family.name(),
            format::number(fit.aic - best.aic)
        ),
    }
}

/// How well the values know the parameters.
fn known(fit: &Fit, errors: &Errors) -> String {
    let names: Vec<&str> = match fit.member {
        Lifetime::Exponential { .. } => vec!["the mean"],
        Lifetime::LogNormal { .. } => vec!["the median", "sigma"],
        Lifetime::Gamma { .. } | Lifetime::Weibull { .. } => vec!["the scale", "the shape"],
    };
    let shares = [Some(errors.scale), errors.width].into_iter().flatten();
    let all: Vec<String> =
        shares.zip(names).map(|(error, name)| format!("{} of {name}", format::share(error))).collect();
    format!("The standard errors are {}; with `measured` the limits of a forecast hold them.", format::listed(&all))
}

/// The sentence about the chi-square test of the family that the sentence before named.
fn tested(ChiSquare { cells, p_low, p_high }: ChiSquare) -> String {
    let written = |p: f64| if p < 0.1 { format!("{p:.3}") } else { format!("{p:.2}") };
    let (low, high) = (written(p_low), written(p_high));
    let says = match (p_low >= SIGNIFICANT, p_high >= SIGNIFICANT) {
        (true, _) => format!("does not contradict it: the p-value is at least {low}"),
        (false, true) => format!("leaves it open: the p-value lies between {low} and {high}"),
        (false, false) if p_high < 0.0005 => "contradicts it: the p-value is below 0.001".to_owned(),
        (false, false) => format!("contradicts it: the p-value is at most {high}"),
    };
    format!("A chi-square test over {cells} cells {says}.")
}

/// The same for programs, as one JSON object on one line.
#[must_use]
pub fn json(found: &[Found], blocks: &[String], notes: &[String]) -> String {
    let samples: Vec<Value> = found.iter().map(sample).collect();
    format!("{}\n", versioned(json!({"samples": samples, "yaml": blocks, "notes": notes})))
}

fn sample(found: &Found) -> Value {
    let lengths = &found.sample.lengths;
    let measured = |q: f64| match lengths.quantile(q) {
        Measured::At(value) => json!({"low": value, "high": value}),
        Measured::Between(low, high) => json!({"low": low, "high": high}),
        Measured::Above(low) => json!({"low": low, "high": null}),
    };
    let stated = !found.sample.percentiles.is_empty();
    let counted = |count: u64| if stated { Value::Null } else { json!(count) };
    let from = found.sample.unit.map(|(_, from)| match from {
        UnitFrom::Option => "option",
        UnitFrom::Name => "name",
        UnitFrom::Format => "format",
        UnitFrom::Assumed => "assumed",
    });
    let mut object = json!({
        "name": found.sample.name, "field": found.sample.field, "unit": found.sample.unit.map(|(unit, _)| unit.short()),
        "unit_from": from, "n": counted(lengths.count()), "censored": counted(lengths.censored()),
        "resolution": match lengths.resolution() {
            _ if stated => "percentiles",
            Resolution::Exact => "exact",
            Resolution::WholeSeconds => "whole_seconds",
            Resolution::Buckets => "buckets",
        },
        "p50_s": measured(0.5), "p95_s": measured(0.95),
        "distribution": distribution(found).map(|(text, _)| text),
    });
    match &found.outcome {
        Outcome::Fitted(fitted) => {
            let least = fitted.fits.first().map_or(0.0, |fit| fit.aic);
            object["outcome"] = json!(if fitted.chosen().is_some() { "fits" } else { "no_family_fits" });
            object["chosen"] = json!(fitted.chosen().map(|fit| fit.family.name()));
            object["distance_limit"] = json!(fitted.limit);
            object["fits"] = fitted.fits.iter().map(|fit| family(fit, least, stated)).collect();
            object["left_out"] = fitted
                .left_out
                .iter()
                .map(|(family, why)| (family.name().to_owned(), json!(why)))
                .collect::<Map<_, _>>()
                .into();
        }
        Outcome::Constant(value) => {
            object["outcome"] = json!("constant");
            object["constant_s"] = json!(value);
        }
        Outcome::TooFew => object["outcome"] = json!("too_few"),
        Outcome::OneBucket => object["outcome"] = json!("one_bucket"),
    }
    object
}

/// One family as JSON. `stated` means that the lengths are percentiles stated by the user, which cannot be tested.
fn family(fit: &Fit, least: f64, stated: bool) -> Value {
    let parameters = match fit.member {
        Lifetime::Exponential { mean } => json!({"mean_s": mean}),
        Lifetime::LogNormal { mu, sigma } => json!({"mu": mu, "sigma": sigma}),
        Lifetime::Gamma { shape, scale } | Lifetime::Weibull { shape, scale } => {
            json!({"shape": shape, "scale_s": scale})
        }
    };
    let test = fit.test.filter(|_| !stated).map(
        |test| json!({"cells": test.cells, "p_low": three_decimals(test.p_low), "p_high": three_decimals(test.p_high)}),
    );
    json!({
        "family": fit.family.name(), "parameters": parameters, "aic": fit.aic, "aic_difference": fit.aic - least,
        "distance": fit.distance, "p50_s": at(fit.member, 0.5), "p95_s": at(fit.member, 0.95),
        "chi_square": test, "standard_errors": fit.errors.filter(|_| !stated).map(|errors| standard(fit.member, errors)),
        "correlation": fit.errors.filter(|_| !stated).and_then(|errors| errors.correlation),
    })
}

/// The standard errors of the parameters, under their names.
fn standard(member: Lifetime, Errors { scale: of_scale, width, .. }: Errors) -> Value {
    let width = width.unwrap_or(0.0);
    match member {
        Lifetime::Exponential { mean } => json!({"mean_s": mean * of_scale}),
        Lifetime::LogNormal { sigma, .. } => json!({"mu": of_scale, "sigma": sigma * width}),
        Lifetime::Gamma { shape, scale } | Lifetime::Weibull { shape, scale } => {
            json!({"shape": shape * width, "scale_s": scale * of_scale})
        }
    }
}

/// Rounds a p-value to three decimals. Further digits differ between platforms and carry no information.
fn three_decimals(p: f64) -> f64 {
    (p * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_four_digits() {
        for (seconds, text) in [
            (0.0, "0s"),
            (1.6, "1.6s"),
            (12.345_67, "12.35s"),
            (123_456.7, "123457s"),
            (0.25, "250ms"),
            (0.000_012_346, "12.35us"),
            (2.5e-8, "25ns"),
        ] {
            assert_eq!(duration(seconds), text);
        }
    }

    #[test]
    fn names_are_quoted_where_yaml_needs_it() {
        assert_eq!(scalar("data/times-2.csv"), "data/times-2.csv");
        assert_eq!(scalar("no"), "\"no\"");
        assert_eq!(scalar("ready: s"), "\"ready: s\"");
        assert_eq!(scalar("17"), "\"17\"");
    }
}
