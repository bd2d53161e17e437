//! What is made from the tables of keys for people and editors: the JSON Schema, and an experiment to start from.

pub(crate) mod schema;
pub(crate) mod starter;
