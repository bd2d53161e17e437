//! Text as trees of located nodes, and typed access to them. Nothing here knows Kubernetes or experiments.

pub(crate) mod error;
pub(crate) mod json_stream;
pub(crate) mod plain;
pub(crate) mod synonyms;

pub(crate) mod near;
pub(crate) mod yaml;

pub(crate) mod json;

pub(crate) mod documents;

pub(crate) mod large;

pub(crate) mod fields;
pub(crate) mod mistakes;

pub(crate) mod files;
pub(crate) mod yaml_text;

pub(crate) mod quantity;
