//! Finished blocks of replications on disk: a sweep that was killed continues from them, and `rollcast merge` joins shards
//! and the parts of a study from them.
//!
//! A file of blocks is only appended to. Each block is one frame: length, checksum, and the block in postcard's encoding. The
//! reader stops at the first frame that is cut off or does not match its checksum, so that a crash of the process or of the
//! machine costs only the last writes; their blocks are simulated again. Such a file does not say which experiment the blocks
//! are of; the caller makes sure of that.
//!
//! The file of a part of a study has a header before its blocks, which says of which study and which part they are, and a
//! trailer behind them, which proves that nothing is missing.

mod frame;

mod part;

mod files;

mod journal;

mod saved;

mod writer;

mod part_writer;

pub use frame::encoded_bytes;
pub use journal::Journal;
pub use part::{PartFault, PartFile, PartHeader};
pub use part_writer::PartWriter;
pub use saved::Saved;
pub use writer::Writer;

#[cfg(test)]
mod tests;
