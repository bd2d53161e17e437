//! What is tested of several kinds of estimates together.

mod coverage;
