//! The forms in which answers are printed.

use clap::ValueEnum;

/// Form of an answer that people also read elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum AnswerFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// For comments and documents.
    Markdown,
}

/// Form of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TableFormat {
    /// For programs.
    Json,
    /// For terminals.
    Text,
    /// For documents.
    Markdown,
}
