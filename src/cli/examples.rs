//! The commands in groups, and examples of each command, for the helps.

/// Columns of a help.
pub(super) const WIDTH: usize = 80;

/// The commands by what a reader wants, in the order of a first day.
const GROUPS: &[(&str, &[&str])] = &[
    ("Start here", &["run", "eta", "recommend", "why", "new", "explain"]),
    ("Choose and compare", &["sweep", "compare", "capacity", "sensitivity", "serve", "trace", "tail"]),
    ("Your own numbers", &["fit", "defaults", "record", "replay", "validate"]),
    ("Results", &["report", "verify"]),
    ("Many machines", &["plan", "part", "status", "merge"]),
    ("Tools", &["schema", "completions", "man"]),
];

/// Examples of each command: what it is for, and what is typed.
const EXAMPLES: &[(&str, &[(&str, &str)])] = &[
    (
        "sweep",
        &[
            (
                "Every scenario of an experiment, with tables, charts and report.html",
                "rollcast sweep experiment.yaml --out results",
            ),
            ("Two values of a setting", "rollcast sweep deployment.yaml --set 'sweep={maxSurge: [1, 2]}' --out two"),
        ],
    ),
    (
        "run",
        &[
            ("What a rollout of this Deployment will be like", "rollcast run deployment.yaml"),
            (
                "What if start-up takes 45s and three nodes are free?",
                "rollcast run deployment.yaml --set pods.warmUp=45s --set cluster.spare=3",
            ),
            ("A directory of manifests", "rollcast run -f manifests -n shop --deployment checkout"),
            ("Fail a pipeline", "rollcast run deployment.yaml --check --set 'objectives=[stalled_rate <= 1%]'"),
        ],
    ),
    (
        "compare",
        &[
            ("Is a change better or worse?", "rollcast compare deployment.yaml changed.yaml"),
            ("Two scenarios of an experiment", "rollcast compare experiment.yaml 0 1"),
        ],
    ),
    (
        "capacity",
        &[
            ("How many of these rollouts may run at once?", "rollcast capacity -f manifests"),
            ("Three numbers at a time", "rollcast capacity release.yaml --at-once 12,5,1"),
            ("A page for the planning meeting", "rollcast capacity release.yaml --out results/release"),
        ],
    ),
    (
        "eta",
        &[
            ("When will it be done, and what does it wait for?", "rollcast eta snapshot.json deploy/checkout -n shop"),
            (
                "With the start-up time of your pods",
                "rollcast eta snapshot.json deploy/checkout -n shop --set pods.warmUp=20s",
            ),
            (
                "A stream of snapshots, one line each",
                "cat snapshot.json | rollcast eta --watch deploy/checkout -n shop",
            ),
        ],
    ),
    (
        "sensitivity",
        &[
            ("What is worth measuring?", "rollcast sensitivity deployment.yaml"),
            ("One thing, over a range of its own", "rollcast sensitivity deployment.yaml --factor pods.start=0.5..4"),
            ("A page, and points that SALib reads", "rollcast sensitivity deployment.yaml --out results/sensitivity"),
        ],
    ),
    (
        "trace",
        &[
            ("The event log of the slowest rollout", "rollcast trace deployment.yaml --slowest"),
            ("What each pod did when, as a picture", "rollcast trace deployment.yaml --chart pods.svg"),
        ],
    ),
    ("why", &[("Where the time goes, and what stalls", "rollcast why deployment.yaml")]),
    (
        "tail",
        &[
            ("How probable is it that a rollout stalls?", "rollcast tail deployment.yaml --event stalled"),
            ("Or that one takes longer than 10 minutes?", "rollcast tail deployment.yaml --event 'duration_s > 10m'"),
        ],
    ),
    (
        "replay",
        &[
            ("Does the simulated controller do what a real one did?", "rollcast replay incident.json"),
            ("What if one pod might have been missing?", "rollcast replay incident.json --set maxUnavailable=1"),
        ],
    ),
    (
        "record",
        &[(
            "An incident from the API server's audit log",
            "rollcast record deploy/checkout -n shop -f audit.log --out recording.json",
        )],
    ),
    (
        "validate",
        &[(
            "Do the last weeks' rollouts bear out the forecast?",
            "rollcast validate --experiment deployment.yaml --observed rollouts.csv",
        )],
    ),
    ("verify", &[("Do the recorded inputs give the recorded files?", "rollcast verify results")]),
    (
        "plan",
        &[
            ("For a Slurm array of 64 tasks", "rollcast plan experiment.yaml --parts 64 --engine slurm --out study"),
            (
                "For many processes of this machine",
                "rollcast plan experiment.yaml --parts 8 --engine parallel --out eight",
            ),
        ],
    ),
    ("part", &[("What a task does; the engine gives the number", "rollcast part study/plan.json 0 --threads 1")]),
    ("status", &[("How many parts are there, and which are missing?", "rollcast status study")]),
    (
        "merge",
        &[(
            "A sweep in two parts, and their whole",
            "rollcast sweep experiment.yaml --shard 0/2 --out part-0\n  rollcast sweep experiment.yaml --shard 1/2 --out part-1\n  \
             rollcast merge part-0 part-1 --out results",
        )],
    ),
    ("report", &[("Charts and page again, also for print", "rollcast report results --png")]),
    (
        "recommend",
        &[
            ("Which strategy?", "rollcast recommend deployment.yaml"),
            (
                "With another setting, as the lines to change",
                "rollcast recommend deployment.yaml -o yaml --set minReadySeconds=5",
            ),
        ],
    ),
    ("serve", &[("Move the settings and see what changes", "rollcast serve deployment.yaml")]),
    (
        "fit",
        &[
            ("From live pods", "kubectl get pods -l app=checkout -o json | rollcast fit -"),
            ("From a table of measured times", "rollcast fit times.csv --column ready"),
        ],
    ),
    ("new", &[("An experiment to change", "rollcast new my-service.yaml")]),
    ("schema", &[("For an editor that knows JSON Schema", "rollcast schema > schema.json")]),
    ("completions", &[("For the next shell", "rollcast completions bash > rollcast.bash")]),
    ("man", &[("To read with man -l", "rollcast man --out man")]),
    ("explain", &[("One key", "rollcast explain pods.warmUp"), ("All keys of a group", "rollcast explain cluster")]),
    ("defaults", &[("What a manifest alone runs with", "rollcast defaults")]),
];

/// The examples of a command, as its help shows them.
pub(super) fn of(command: &str) -> String {
    let mut text = String::from("Examples:");
    for (about, line) in EXAMPLES.iter().filter(|(name, _)| *name == command).flat_map(|(_, examples)| *examples) {
        text.push_str(&format!("\n  # {about}\n  {line}"));
    }
    text
}

/// The commands of `all` in groups, each with its sentence; those of no group come last.
pub(super) fn groups(all: &clap::Command) -> String {
    let about = |name: &str| all.find_subcommand(name).and_then(|one| one.get_about()).map(ToString::to_string);
    let grouped: Vec<&str> = GROUPS.iter().flat_map(|(_, names)| *names).copied().collect();
    let others: Vec<&str> =
        all.get_subcommands().map(clap::Command::get_name).filter(|one| !grouped.contains(one)).collect();
    let mut text = String::new();
    for (title, names) in GROUPS.iter().map(|(title, names)| (*title, names.to_vec())).chain([("Others", others)]) {
        let lines: Vec<String> = names.iter().filter_map(|name| Some(entry(name, &about(name)?))).collect();
        if !lines.is_empty() {
            text.push_str(&format!("{title}:\n{}\n", lines.concat()));
        }
    }
    text.trim_end().to_owned()
}

/// A command and its sentence, in lines that are not too wide.
fn entry(name: &str, about: &str) -> String {
    const COLUMN: usize = 15;
    let (mut text, mut line) = (String::new(), format!("  {name:<13}"));
    for word in about.split(' ') {
        if line.chars().count() + 1 + word.chars().count() > WIDTH && line.trim() != name {
            text.push_str(&format!("{}\n", line.trim_end()));
            line = " ".repeat(COLUMN);
        }
        if line.chars().count() > COLUMN {
            line.push(' ');
        }
        line.push_str(word);
    }
    text + &line + "\n"
}
