//! `rollcast serve`: a page on this machine whose controls change a forecast.

use std::io::Write;

use super::answer::{Answer, CommandError};
use super::output;
use super::source::{given, overrides};
use crate::cli;
use crate::serve::{Basis, Forecaster, bind};

/// `rollcast serve`: reads the input once, prints the address of the page, and answers until the process ends.
///
/// # Errors
/// See [`CommandError`].
pub fn serve(options: &cli::Serve) -> Result<Answer, CommandError> {
    let forecaster = Forecaster::read(Basis {
        files: given(&options.source)?,
        overrides: overrides(&options.source, Some(options.replications))?,
        scenario: options.scenario,
        replications: options.replications,
        threads: options.threads,
    })?;
    let bound = bind(options.port)?;
    let mut out = output::out();
    writeln!(out, "{}", bound.url())?;
    out.flush()?;
    if !options.quiet {
        output::note("open this address in a browser on this machine; Ctrl-C ends the page");
    }
    bound.serve(&forecaster)?;
    Ok(Answer::Yes)
}
