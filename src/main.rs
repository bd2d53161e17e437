//! The `rollcast` command.

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use rollcast::cli::{Cli, Command};
use rollcast::commands::{self, Answer};

fn main() -> ExitCode {
    let command = Cli::parse().command;
    commands::listen();
    let answer = match command {
        Command::Sweep(options) => commands::sweep(&options),
        Command::Run(options) => commands::run(&options),
        Command::Compare(options) => commands::compare(&options),
        Command::Capacity(options) => commands::capacity(&options),
        Command::Trace(options) => commands::trace(&options),
        Command::Why(options) => commands::why(&options),
        Command::Replay(options) => commands::replay(&options),
        Command::Verify(options) => commands::verify(&options),
        Command::Merge(options) => commands::merge(&options),
        Command::Report(options) => commands::report(&options),
        Command::Recommend(options) => commands::recommend(&options),
        Command::Serve(options) => commands::serve(&options),
        Command::Fit(options) => commands::fit(&options),
        Command::New(options) => commands::new(&options),
        Command::Schema(options) => commands::schema(&options),
        Command::Completions(options) => commands::completions(&options),
        Command::Man(options) => commands::man(&options),
        Command::Explain(options) => commands::explain(&options),
        Command::Defaults(options) => commands::defaults(&options),
    };
    match answer {
        Ok(Answer::Yes) => ExitCode::SUCCESS,
        Ok(Answer::No) => ExitCode::from(1),
        Err(error) => {
            // Where standard error is closed too, the program cannot report the error to anybody.
            let _ = writeln!(anstream::stderr(), "rollcast: {error}");
            ExitCode::from(if error.is_usage() { 2 } else { 3 })
        }
    }
}
