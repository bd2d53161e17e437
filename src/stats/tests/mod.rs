//! Tests that cover several kinds of estimates together.

mod coverage;
