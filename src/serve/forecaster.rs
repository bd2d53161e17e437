//! Makes the forecasts: from the values of a page to a plan, its result, and the answer.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::atomic::AtomicBool;

use serde_json::{Value, json};

use super::answer::{Shown, answer, values};
use super::controls::Controls;
use super::settings::{Change, Question, Unusable, pools};
use crate::experiment::{Effort, Forecast, run_plan};
use crate::plan::{InputError, NodesAsWritten, Overrides, Plan, ReadOnce, WORKLOAD};
use crate::report::format;
use crate::scenario::Scenario;
use crate::sweep::{KnownBlocks, SweepError};

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
        if whole.scenarios.iter().any(Scenario::has_neighbours) {
            return Err(InputError::new(
                "the live page is about one Deployment, and the experiment is about several workloads: `rollcast run` and `rollcast sweep` \
                 answer for all of them; or write deployment: {manifest: FILE, name: NAMESPACE/NAME} in place of `workloads`",
            ));
        }
        on_delete(&whole)?;
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
            Err(error @ (SweepError::Missing { .. } | SweepError::Scratch(_))) => {
                json!({"error": {"message": error.to_string()}})
            }
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

/// Refuses a set whose pods nobody replaces: nothing that the page moves would change anything.
fn on_delete(plan: &Plan) -> Result<(), InputError> {
    match plan.scenarios.iter().filter_map(Scenario::set).any(|set| set.is_on_delete()) {
        false => Ok(()),
        true => Err(InputError::new(
            "updateStrategy is OnDelete: no pod is replaced before somebody deletes it, so that there is no rollout to show; write --set \
             updateStrategy=RollingUpdate",
        )),
    }
}

/// The settings that leave one scenario of a sweep, and what is said of it.
fn beginning(plan: &Plan, scenario: Option<u32>) -> Result<(Settings, Vec<String>), InputError> {
    let none = |path: &str| (path.to_owned(), "null".to_owned());
    let swept = || plan.parameters.iter().map(String::as_str).filter(|path| *path != WORKLOAD);
    match scenario {
        Some(id) => {
            let chosen = plan.scenarios.iter().find(|one| one.id == id).ok_or_else(|| {
                let last = plan.scenarios.len().saturating_sub(1);
                InputError::new(format!("no scenario {id}: the experiment has scenarios 0 to {last}"))
            })?;
            let note =
                format!("The page begins with scenario {id} of the sweep: {}.", format::parameters(&chosen.parameters));
            let baseline = plan.has_baseline().then(|| none("baseline"));
            let set = chosen.parameters.iter().filter(|(path, _)| path != WORKLOAD).cloned();
            Ok((set.chain(baseline).collect(), vec![note]))
        }
        None if swept().next().is_none() => Ok((Vec::new(), Vec::new())),
        None => {
            let paths = format::names(swept()).join(", ");
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
    run_plan(
        plan,
        effort,
        KnownBlocks::default(),
        |_, _, _| Vec::new(),
        |_| Ok(()),
        |forecast| found = Some(forecast),
    )?;
    Ok(found)
}
