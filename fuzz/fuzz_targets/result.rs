#![no_main]

#[macro_use]
mod shared;

fuzzer!("result");
