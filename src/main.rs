//! The `rollcast` command.

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use rollcast::cli::{Cli, Command};
use rollcast::commands::{self, Answer, Asked, CommandError};

fn main() -> ExitCode {
    commands::listen();
    let code = answered();
    commands::clean_up();
    code
}

fn answered() -> ExitCode {
    let words = match commands::kubectl(std::env::args_os().collect()) {
        Ok(Asked::Run(words)) => words,
        Ok(Asked::Done) => return ExitCode::SUCCESS,
        Err(error) => return failed(&error),
    };
    match Cli::try_parse_from(words) {
        Ok(cli) => code(run(cli.command)),
        Err(error) => {
            // Where the output is closed too, nobody reads it.
            let _ = error.print();
            ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
        }
    }
}

fn run(command: Command) -> Result<Answer, CommandError> {
    match command {
        Command::Sweep(options) => commands::sweep(&options),
        Command::Run(options) => commands::run(&options),
        Command::Compare(options) => commands::compare(&options),
        Command::Eta(options) => commands::eta(&options),
        Command::Capacity(options) => commands::capacity(&options),
        Command::Sensitivity(options) => commands::sensitivity(&options),
        Command::Tail(options) => commands::tail(&options),
        Command::Trace(options) => commands::trace(&options),
        Command::Why(options) => commands::why(&options),
        Command::Replay(options) => commands::replay(&options),
        Command::Record(options) => commands::record(&options),
        Command::Validate(options) => commands::validate(&options),
        Command::Verify(options) => commands::verify(&options),
        Command::Plan(options) => commands::plan(&options),
        Command::Part(options) => commands::part(&options),
        Command::Status(options) => commands::status(&options),
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
    }
}

fn code(answer: Result<Answer, CommandError>) -> ExitCode {
    match answer {
        Ok(Answer::Yes) => ExitCode::SUCCESS,
        Ok(Answer::No) => ExitCode::from(1),
        Ok(Answer::NextRound) => ExitCode::from(4),
        Err(error) => failed(&error),
    }
}

fn failed(error: &CommandError) -> ExitCode {
    // Where standard error is closed too, the program cannot report the error to anybody.
    let _ = writeln!(anstream::stderr(), "rollcast: {error}");
    ExitCode::from(error.exit_code())
}
