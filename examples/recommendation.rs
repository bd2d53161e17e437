//! The best strategy for a manifest: `cargo run --release --example recommendation`.
//!
//! The manifest sweeps no strategy, so rollcast tries the manifest's own strategy and some variations of it.

use std::error::Error;

use rollcast::recommend::Standing;
use rollcast::{Criterion, Experiment, Overrides, Strategy};

const MANIFEST: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop}
spec:
  replicas: 4
  selector: {matchLabels: {app: shop}}
  template:
    metadata: {labels: {app: shop}}
    spec:
      containers:
        - name: app
          image: example/shop
          readinessProbe: {httpGet: {port: 80}}
";

fn main() -> Result<(), Box<dyn Error>> {
    let overrides = Overrides { replications: Some(500), ..Overrides::default() };
    let experiment = Experiment::from_yaml_in(MANIFEST, ".".as_ref(), &overrides)?
        .with_objective("availability: 75%")?
        .with_objective("p95 duration_s <= 900")?;

    for answer in experiment.recommend(Criterion::Duration)? {
        println!("{}: {} strategies tried", answer.deployment, answer.strategies.len());
        for strategy in &answer.strategies {
            let met = strategy.assessments.iter().filter(|one| one.standing == Standing::Met).count();
            println!(
                "  {:<50} {met} of {} objectives shown, mean {:.0} s",
                limits(&strategy.spec.strategy),
                strategy.assessments.len(),
                strategy.criterion
            );
        }
        match &answer.choice {
            Some(choice) => println!("best: {}", limits(&answer.strategies[choice.best].spec.strategy)),
            None => println!("no strategy is shown to meet every objective"),
        }
    }
    Ok(())
}

fn limits(strategy: &Strategy) -> String {
    match strategy {
        Strategy::Recreate => "Recreate".into(),
        Strategy::RollingUpdate { max_surge, max_unavailable } => {
            format!("maxSurge {max_surge}, maxUnavailable {max_unavailable}")
        }
    }
}
