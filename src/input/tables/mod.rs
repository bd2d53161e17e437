//! Tables of numbers (CSV) and the lengths of time in them.

pub(crate) mod unit;
mod unit_words;

pub(crate) mod cell;
pub(crate) mod instant;
pub(crate) mod unit_name;

pub(crate) mod rows;

pub(crate) mod table;

pub(crate) mod programs;
pub(crate) mod pulled;
