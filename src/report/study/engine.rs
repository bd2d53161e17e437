//! What engines of jobs need to run the parts: scripts and manifests, as texts.

use minijinja::{Environment, context};

use super::plan_file::Study;

/// An engine of jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Slurm.
    Slurm,
    /// Indexed Jobs of Kubernetes.
    Kubernetes,
    /// Dask.
    Dask,
    /// GNU parallel.
    Parallel,
}

/// A file for an engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptFile {
    /// Its path in the directory of the study.
    pub path: &'static str,
    /// What it says.
    pub text: String,
    /// Whether it is started by its name.
    pub runs: bool,
}

/// Path, template, and whether it is started by its name. The first one is what a user begins with.
type Template = (&'static str, &'static str, bool);

const SLURM: &[Template] = &[
    ("submit.sh", include_str!("templates/slurm-submit.sh"), true),
    ("part.sh", include_str!("templates/slurm-part.sh"), false),
    ("merge.sh", include_str!("templates/slurm-merge.sh"), false),
];
const KUBERNETES: &[Template] = &[
    ("job.yaml", include_str!("templates/job.yaml"), false),
    ("merge-job.yaml", include_str!("templates/merge-job.yaml"), false),
];
const DASK: &[Template] = &[("run.py", include_str!("templates/dask.py"), false)];
const PARALLEL: &[Template] = &[("run.sh", include_str!("templates/parallel.sh"), true)];

/// Memory that a part is given [MiB]. 14 MiB were measured for ten pods on one thread, and 15 MiB on eight.
const MEMORY_MIB: u64 = 512;
/// Bytes that a part is given besides for each pod of a rollout. 750 bytes were measured for each of 20,000.
const BYTES_OF_POD: u64 = 2048;
/// Events that one core handles in a second: a tenth of what was measured, so that a slow machine has the time too.
const SLOWEST_EVENTS: u64 = 1_000_000;
/// Time for starting [minutes].
const STARTING_MINUTES: u64 = 10;
/// Most pods of a Job that run at a time unless the user says otherwise.
const PARALLELISM: u32 = 50;

/// The files for `engine`; `most_pods` is the greatest number of pods of a scenario.
#[must_use]
pub fn files(engine: Engine, study: &Study, most_pods: u64) -> Vec<ScriptFile> {
    let templates = match engine {
        Engine::Slurm => SLURM,
        Engine::Kubernetes => KUBERNETES,
        Engine::Dask => DASK,
        Engine::Parallel => PARALLEL,
    };
    let events = study.foreseen.iter().map(|part| part.events).max().unwrap_or(0);
    let values = context! {
        job => job_name(&study.name),
        version => study.version.clone(),
        parts => study.parts,
        last => study.parts - 1,
        parallelism => study.parts.min(PARALLELISM),
        memory_mib => MEMORY_MIB + most_pods * BYTES_OF_POD / (1 << 20),
        minutes => STARTING_MINUTES + events / (SLOWEST_EVENTS * 60),
    };
    let rendered = |(path, template, runs): &Template| {
        // Without the last newline, which rendering takes away.
        let text = Environment::empty().render_str(template, &values).expect("the templates are tested");
        ScriptFile { path, text: text + "\n", runs: *runs }
    };
    templates.iter().map(rendered).collect()
}

/// The name of a job: what Kubernetes allows as the name of an object.
fn job_name(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let name: String = name.chars().map(plain).take(40).collect();
    let name = name.trim_matches('-');
    if name.is_empty() { "rollcast-study".into() } else { format!("rollcast-{name}") }
}
