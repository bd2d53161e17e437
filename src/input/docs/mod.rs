//! What is made from the rows of the keys for people and editors: the JSON Schema, an experiment to start from, and the
//! reference page.

pub(crate) mod reference;

pub(crate) mod explain;
pub(crate) mod schema;
pub(crate) mod starter;
