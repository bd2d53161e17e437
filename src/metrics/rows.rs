//! Tables in code whose rows also have names of their own.

/// Defines a table as a constant slice and each of its rows as a constant, so that a row is written once and a misspelt
/// reference to one does not compile.
macro_rules! rows {
    ($(#[$about:meta])* $table:ident: $row:ty; $($name:ident = $value:expr;)*) => {
        $(
            #[doc = concat!("A row of [`", stringify!($table), "`].")]
            pub const $name: $row = $value;
        )*

        $(#[$about])*
        pub const $table: &[$row] = &[$($name),*];
    };
}

pub(crate) use rows;
