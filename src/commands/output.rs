//! The streams that commands write to. A failure to write neither stops a command nor changes its exit code.
//!
//! An exit code is an answer, so that it must not depend on who reads the text. Where the reader has closed the pipe (`| head`)
//! the program says nothing. It reports any other failure, such as a full disk, once on standard error.

use std::io::{self, ErrorKind, Write};

/// A stream whose failures the command does not notice. What the command writes after the first failure is dropped.
#[derive(Debug)]
pub(super) struct Output<W: Write> {
    /// `None` after the first failure.
    stream: Option<io::BufWriter<W>>,
    /// What a message about a failure calls the stream; `None` where no message is printed.
    name: Option<&'static str>,
}

/// Standard output, for the answer.
pub(super) fn out() -> Output<anstream::AutoStream<io::Stdout>> {
    Output::new(anstream::stdout(), Some("the answer"))
}

/// Standard output for scripts that a shell reads: no colours are added or removed.
pub(super) fn raw() -> Output<io::Stdout> {
    Output::new(io::stdout(), Some("the answer"))
}

/// Standard error, for notes.
pub(super) fn err() -> Output<anstream::AutoStream<io::Stderr>> {
    Output::new(anstream::stderr(), None)
}

/// Prints a note on standard error.
pub(super) fn note(text: impl std::fmt::Display) {
    // Writing to an `Output` never fails.
    let _ = writeln!(err(), "note: {text}");
}

/// Prints notes on standard error, unless the user asked for quiet: what was ignored without a consequence comes last.
pub(super) fn print_notes(notes: &[String], quiet: bool) {
    if !quiet {
        let (idle, telling): (Vec<&String>, Vec<&String>) =
            notes.iter().partition(|note| note.starts_with("ignored: "));
        telling.into_iter().chain(idle).for_each(note);
    }
}

impl<W: Write> Output<W> {
    fn new(stream: W, name: Option<&'static str>) -> Self {
        Self { stream: Some(io::BufWriter::new(stream)), name }
    }

    fn attempt(&mut self, act: impl FnOnce(&mut io::BufWriter<W>) -> io::Result<()>) {
        let Some(Err(error)) = self.stream.as_mut().map(act) else { return };
        // A `BufWriter` that is dropped with bytes in it would try to write them once more.
        let _ = self.stream.take().map(io::BufWriter::into_parts);
        if let Some(name) = self.name.filter(|_| error.kind() != ErrorKind::BrokenPipe) {
            // Where standard error fails too, the program cannot report that to anybody.
            let _ = writeln!(anstream::stderr(), "rollcast: cannot write {name}: {error}");
        }
    }
}

impl<W: Write> Write for Output<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.attempt(|stream| stream.write_all(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.attempt(Write::flush);
        Ok(())
    }
}

impl<W: Write> Drop for Output<W> {
    fn drop(&mut self) {
        self.attempt(Write::flush);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes `room` bytes, then fails.
    struct Full {
        room: usize,
        calls: usize,
    }

    impl Write for &mut Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.calls += 1;
            let taken = bytes.len().min(self.room);
            self.room -= taken;
            if taken > 0 { Ok(taken) } else { Err(ErrorKind::StorageFull.into()) }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_stream_that_fails_stops_nobody_and_is_tried_no_more() {
        let mut full = Full { room: 3, calls: 0 };
        let mut output = Output::new(&mut full, None);
        for _ in 0..4 {
            assert!(writeln!(output, "{}", "x".repeat(5000)).and_then(|()| output.flush()).is_ok());
        }
        drop(output);
        assert_eq!((full.room, full.calls), (0, 2), "once with room, once without");
    }

    #[test]
    fn everything_is_written_at_the_end() {
        let mut full = Full { room: 100, calls: 0 };
        writeln!(Output::new(&mut full, None), "12345").unwrap();
        assert_eq!(full.room, 94);
    }
}
