//! `rollcast fit`.

use std::io::Write;

use super::answer::{Answer, CommandError};
use super::output::{self, print_notes};
use super::terminal::terminal_width;
use crate::cli;
use crate::input::measured::{self, Choice, Measurements, Sample};
use crate::input::with_pods;
use crate::report::fit::{self as report, Found};
use crate::stats::fit::{FEWEST, Outcome, Resolution, fit as fit_families};

/// With fewer values that are no lower bounds, a note says that the fit rests on little.
const FEW: u64 = 30;
/// A note asks about a lower bound that is more than this many times the largest value.
const STUCK: f64 = 3.0;

/// `rollcast fit`: distributions of measured latencies, as YAML for an experiment.
///
/// # Errors
/// See [`CommandError`].
pub fn fit(options: &cli::Fit) -> Result<Answer, CommandError> {
    let choice = Choice {
        columns: &options.column,
        censored: options.censored.as_deref(),
        whole_seconds: options.whole_seconds,
        metric: options.metric.as_deref(),
        unit: options.unit.as_deref().map(Choice::unit_of).transpose()?,
    };
    let Measurements { samples, of_pods, mut notes } = measured::measured(&options.file, &choice)?;
    let fitted = |sample: Sample| Found { outcome: fit_families(&sample.lengths), sample };
    let (found, useless): (Vec<Found>, Vec<Found>) = samples.into_iter().map(fitted).partition(usable);
    let problems: Vec<String> = useless.iter().map(|one| format!("{}: {}", one.sample.name, problem(one))).collect();
    if found.is_empty() {
        // The notes say how the values were read, which may explain why there are too few.
        print_notes(&notes, options.quiet);
        return Err(CommandError::Input(format!("{}: {}", options.file.display(), problems.join("; "))));
    }
    notes.extend_from_slice(&problems);
    notes.extend(found.iter().filter_map(too_few_note));
    notes.extend(found.iter().filter_map(stuck));
    print_notes(&notes, options.quiet);
    let blocks = report::blocks(&found, of_pods);
    let mut out = output::out();
    if let Some(experiment) = &options.into {
        let [block] = &blocks[..] else {
            return Err(CommandError::Input(
                "there is not one part `pods` to write into an experiment: choose with --column".into(),
            ));
        };
        write!(out, "{}", with_pods(experiment, block)?)?;
        return Ok(Answer::Yes);
    }
    match options.format {
        cli::FitFormat::Yaml => write!(out, "{}", blocks.join("\n"))?,
        cli::FitFormat::Text => write!(out, "{}", report::text(&found, &blocks, usize::from(terminal_width())))?,
        cli::FitFormat::Json => write!(out, "{}", report::json(&found, &blocks, &notes))?,
    }
    Ok(Answer::Yes)
}

fn usable(found: &Found) -> bool {
    !matches!(found.outcome, Outcome::TooFew | Outcome::OneBucket)
}

fn problem(found: &Found) -> String {
    let lengths = &found.sample.lengths;
    match found.outcome {
        Outcome::OneBucket => "all lie in one bucket, which tells nothing of their shape: use finer buckets".into(),
        _ => format!(
            "{} values, {} of them lower bounds, are too few: a fit needs {FEWEST} that are none, better {FEW}",
            lengths.count(),
            lengths.censored()
        ),
    }
}

fn too_few_note(found: &Found) -> Option<String> {
    let lengths = &found.sample.lengths;
    let known = lengths.count() - lengths.censored();
    (known < FEW).then(|| {
        format!("{}: {known} values are little; {FEW} or more would tell the families apart", found.sample.name)
    })
}

/// A pod that is not over long after all others have finished is probably stuck and not slow, and makes every fit wide.
fn stuck(found: &Found) -> Option<String> {
    let (largest, open) = (found.sample.lengths.largest(), found.sample.lengths.last_censored());
    (found.sample.lengths.resolution() != Resolution::Buckets && open > STUCK * largest).then(|| {
        format!(
            "{}: a lower bound of {open} s is far above the largest value, {largest} s, and makes every fit wide: if that one is \
             stuck and not slow, take it out of the file and let pods.neverReady or pods.crash stand for it",
            found.sample.name
        )
    })
}
