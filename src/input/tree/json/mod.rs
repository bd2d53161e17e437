//! JSON as trees of located nodes, in one pass over bytes that need not all be in memory.
//!
//! `serde_json` says no places of values, which every message needs, and the parser of YAML keeps the whole text. What is read here is JSON
//! alone: texts between braces that are YAML and no JSON are left to the parser of YAML. Strings and numbers are judged by `serde_json`.

pub(crate) mod unread;

mod scanner;

pub(crate) mod reader;

#[cfg(test)]
mod tests;
