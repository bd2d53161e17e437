//! Strategies side by side, and the worst rollout of each: `cargo run --release --example sweep`.

use std::error::Error;
use std::ops::ControlFlow;

use rollcast::metrics::metric;
use rollcast::{Experiment, Figure, Forecast, RunOptions, Statistic};

const EXPERIMENT: &str = "
deployment:
  spec:
    replicas: 12
    template:
      spec:
        containers:
          - name: app
            image: example/app
            readinessProbe: {httpGet: {port: 80}, periodSeconds: 5}
pods:
  start: {lognormal: {median: 10s, sigma: 0.5}}
  new: {crash: 2%}
sweep:
  maxSurge: [0, 1, 25%]
  maxUnavailable: [0, 1]
objectives:
  - p95 duration_s <= 600
";

fn main() -> Result<(), Box<dyn Error>> {
    let experiment = Experiment::from_yaml(EXPERIMENT)?;
    let options = RunOptions::new().replications(300).on_progress(|progress| {
        eprint!("\r{} of {} rollouts", progress.done, progress.most);
        ControlFlow::Continue(())
    });
    let forecasts = experiment.run_with(options)?;
    eprintln!();

    println!("{:<36} {:>8} {:>8} {:>8}  worst rollout", "strategy", "p50", "p95", "dip p95");
    for forecast in &forecasts {
        println!("{}", row(forecast));
    }
    Ok(())
}

fn row(forecast: &Forecast) -> String {
    let strategy: Vec<String> =
        forecast.result.parameters.iter().map(|(path, value)| format!("{path}: {value}")).collect();
    let seconds = |statistic| {
        let value = forecast.value(Figure::of(&metric::DURATION, statistic));
        value.map_or("-".to_owned(), |value| format!("{value:.0} s"))
    };
    let dip = forecast.value(Figure::of(&metric::DIP_DEPTH, Statistic::P95));
    let dip = dip.map_or("-".to_owned(), |share| format!("{:.0} %", 100.0 * share));
    let worst = forecast.records.iter().enumerate().max_by_key(|(_, record)| record.duration);
    let worst = worst.map_or(String::new(), |(number, record)| {
        format!("{number}, {:.0} s, {:?}", record.duration.as_secs_f64(), record.outcome)
    });
    format!(
        "{:<36} {:>8} {:>8} {dip:>8}  {worst}",
        strategy.join(", "),
        seconds(Statistic::P50),
        seconds(Statistic::P95),
    )
}
