//! Makes the forecasts: from the values of a page to a plan, its result, and the answer.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::atomic::AtomicBool;

use serde_json::{Value, json};

use super::answer::{Shown, answer, values};
use super::controls::Controls;
use super::settings::{Change, Question, Unusable, pools};
use crate::blocks::Saved;
use crate::experiment::{Effort, Forecast, run_plan};
use crate::plan::{InputError, NodesAsWritten, Overrides, Plan, ReadOnce};
use crate::report::format;
use crate::sweep::SweepError;

/// The most replications of a forecast: more take longer than a page that answers at once.
const MOST_REPLICATIONS: u32 = 20_000;

/// What the page is about.
#[derive(Clone, Debug)]
pub struct Basis {
    /// Experiment or manifests; `-` is standard input.
    pub files: Vec<std::path::PathBuf>,
    /// What the command line changes in it.
    pub overrides: Overrides,
    /// Which scenario of a sweep the page begins with; without one the values outside of the sweep.
    pub scenario: Option<u32>,
    /// Replications of each forecast.
    pub replications: u32,
    /// Worker threads; 0 means one for each core.
    pub threads: usize,
}

/// Makes forecasts of one input under any settings.
pub struct Forecaster {
    written: ReadOnce,
    /// What is set before any control moves.
    base: Overrides,
    /// The scenario as written.
    plan: Plan,
    nodes: NodesAsWritten,
    controls: Controls,
    basis: Basis,
    notes: Vec<String>,
    /// The values of the figures as written.
    figures: Vec<String>,
}

impl Forecaster {
    /// Reads the input, once.
    ///
    /// # Errors
    /// Where the input is no use, as for [`Plan::load`], where it has no such scenario, and where there are too many
    /// replications.
    pub fn read(basis: Basis) -> Result<Self, InputError> {
        if basis.replications > MOST_REPLICATIONS {
            let (asked, most) = (format::count(basis.replications.into()), format::count(MOST_REPLICATIONS.into()));
            let advice = "`rollcast run` takes more";
            return Err(InputError::new(format!("--replications {asked}: a page takes at most {most}: {advice}")));
        }
        let written = ReadOnce::read(&basis.files)?;
        let whole = written.plan(&basis.overrides)?;
        if whole.world(0).is_some() {
            return Err(InputError::new(
                "the live page is about one Deployment, and the experiment is about several workloads: `rollcast run` and `rollcast sweep` \
                 answer for all of them; or write deployment: {manifest: FILE, name: NAMESPACE/NAME} in place of `workloads`",
            ));
        }
        let (set, notes) = beginning(&whole, basis.scenario)?;
        let mut base = basis.overrides.clone();
        base.set.extend(set);
        base.replications = Some(basis.replications.into());
        let plan = written.plan(&base)?;
        let nodes = written.nodes(&base)?;
        let scenario = &plan.scenarios[0];
        let start_up = written.start_up(&base, scenario, 1.0).map(|settings| {
            let parts = settings.iter().map(|(path, value)| format!("{path} {value}"));
            parts.collect::<Vec<_>>().join(", ")
        });
        let controls = Controls::of(scenario, &nodes, start_up.map_err(|error| error.message));
        let as_written = forecast(&plan, basis.threads, &AtomicBool::new(false));
        let as_written = as_written.map_err(|error| InputError::new(error.to_string()))?;
        let figures = as_written.map(|forecast| values(&forecast.result)).unwrap_or_default();
        Ok(Self { written, base, plan, nodes, controls, basis, notes, figures })
    }

    /// What the page is told before its first question.
    pub(super) fn start(&self) -> Value {
        json!({
            "name": format::printable(&self.plan.name),
            "replications": self.basis.replications,
            "controls": self.controls.json(),
            "missing": self.controls.missing,
            "notes": self.notes,
        })
    }

    /// The answer to a question. Whoever sets `stop` gets none.
    pub(super) fn answer(&self, question: &Question, stop: &AtomicBool) -> Value {
        match self.settings(question) {
            Ok(settings) => self.answer_to(&settings, stop),
            Err(Unusable { control, message }) => json!({"error": {"control": control, "message": message}}),
        }
    }

    fn answer_to(&self, settings: &[(String, String)], stop: &AtomicBool) -> Value {
        let mut overrides = self.base.clone();
        overrides.set.extend_from_slice(settings);
        let plan = match self.written.plan(&overrides) {
            Ok(plan) => plan,
            Err(error) => {
                let control = self.controls.of_option(error.place.as_ref().map_or("", |place| &place.file));
                return json!({"error": {"control": control, "message": error.to_string()}});
            }
        };
        match forecast(&plan, self.basis.threads, stop) {
            Ok(Some(forecast)) => {
                let command = self.command(&overrides);
                answer(&plan, &forecast, &Shown { command, settings, written: &self.figures })
            }
            Ok(None) => json!({"superseded": true}),
            Err(SweepError::Interrupted) => json!({"superseded": true}),
            Err(SweepError::Threads(message)) => json!({"error": {"message": message}}),
            Err(SweepError::Consumer(never)) => match never {},
        }
    }

    /// The settings that the values of the controls mean.
    fn settings(&self, question: &Question) -> Result<Settings, Unusable> {
        let (mut settings, mut counts) = (Vec::new(), BTreeMap::new());
        for change in question.changes(&self.controls)? {
            match change {
                Change::Set(path, value) => settings.push((path, value)),
                Change::Pool(number, count) => {
                    counts.insert(number, count);
                }
                Change::StartUp(factor) => {
                    let slower = self.written.start_up(&self.base, &self.plan.scenarios[0], factor);
                    let unusable =
                        |error: InputError| Unusable { control: "startUp".into(), message: error.to_string() };
                    settings.extend(slower.map_err(unusable)?);
                }
            }
        }
        if let NodesAsWritten::Pools(written) = &self.nodes {
            settings.extend(pools(written, &counts));
        }
        Ok(settings)
    }

    /// The command that gives the same numbers.
    fn command(&self, overrides: &Overrides) -> String {
        let mut words = vec!["rollcast run".to_owned()];
        words.extend(self.basis.files.iter().map(|file| format::shell_word(&file.display().to_string())));
        words.extend(overrides.deployment.iter().map(|name| format!("--deployment {}", format::shell_word(name))));
        words.extend(
            overrides
                .set
                .iter()
                .map(|(path, value)| format!("--set {}", format::shell_word(&format!("{path}={value}")))),
        );
        words.extend(overrides.assume.iter().map(|field| format!("--assume {}", format::shell_word(field))));
        words.extend(overrides.seed.map(|seed| format!("--seed {seed}")));
        words.push(format!("--replications {}", self.basis.replications));
        words.join(" ")
    }
}

/// Paths and values, as `--set` takes them.
type Settings = Vec<(String, String)>;

/// The settings that leave one scenario of a sweep, and what is said of it.
fn beginning(plan: &Plan, scenario: Option<u32>) -> Result<(Settings, Vec<String>), InputError> {
    let none = |path: &str| (path.to_owned(), "null".to_owned());
    match scenario {
        Some(id) => {
            let chosen = plan.scenarios.iter().find(|one| one.id == id).ok_or_else(|| {
                let last = plan.scenarios.len().saturating_sub(1);
                InputError::new(format!("no scenario {id}: the experiment has scenarios 0 to {last}"))
            })?;
            let note =
                format!("The page begins with scenario {id} of the sweep: {}.", format::parameters(&chosen.parameters));
            let baseline = plan.has_baseline().then(|| none("baseline"));
            Ok((chosen.parameters.iter().cloned().chain(baseline).collect(), vec![note]))
        }
        None if plan.parameters.is_empty() => Ok((Vec::new(), Vec::new())),
        None => {
            let paths = format::names(plan.parameters.iter().map(String::as_str)).join(", ");
            let note = format!(
                "The experiment sweeps {paths}. The page begins with the values that are written outside of the sweep; --scenario ID \
                 begins with one of its scenarios."
            );
            let baseline = plan.has_baseline().then(|| none("baseline"));
            Ok((baseline.into_iter().chain([none("sweep")]).collect(), vec![note]))
        }
    }
}

/// The only scenario of `plan`, forecast as `rollcast run` does.
fn forecast(plan: &Plan, threads: usize, stop: &AtomicBool) -> Result<Option<Forecast>, SweepError<Infallible>> {
    let mut found = None;
    let effort = Effort { threads, stop };
    run_plan(plan, effort, &Saved::default(), |_, _, _| Vec::new(), |_| Ok(()), |forecast| found = Some(forecast))?;
    Ok(found)
}
