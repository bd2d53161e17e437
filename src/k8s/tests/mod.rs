//! Code that the tests of several files of this folder share.

pub(crate) mod vectors;
