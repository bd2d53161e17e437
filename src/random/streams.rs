//! The streams of random numbers, and where they begin.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::purpose::Purpose;

/// The distance of two templates in the address of a stream: there is room for as many purposes as a byte counts.
const PURPOSES_OF_A_TEMPLATE: u64 = 1 << 8;

const _: () = assert!(Purpose::COUNT as u64 <= PURPOSES_OF_A_TEMPLATE, "another template's numbers begin there");

/// Numbers at positions below this are kept once drawn, which takes memory for all positions before them. The few positions
/// beyond (mostly those of restarts) are looked up one by one, which costs a generator each.
pub(super) const KEPT: u64 = 1 << 22;
/// Numbers that one refill of the generator yields.
const BLOCK: usize = 32;

/// Random bits as a number on the open interval (0, 1).
pub(super) fn as_uniform(bits: u64) -> f64 {
    const UNIT: f64 = 1.0 / (1_u64 << 53) as f64;
    ((bits >> 11) as f64 + 0.5) * UNIT
}

/// The streams of one replication, or of one group of them.
#[derive(Debug, Default)]
pub(super) struct Streams {
    /// The part of their addresses that they share.
    pub(super) base: u64,
    pub(super) kept: Vec<Stream>,
    /// The places in `kept` of the streams that have been drawn from.
    drawn_from: Vec<usize>,
}

/// The stream of one template's purpose: the numbers drawn from its beginning so far, by whole blocks.
#[derive(Debug, Default)]
pub(super) struct Stream {
    drawn: Vec<u64>,
}

impl Streams {
    /// Changes to the streams whose addresses begin with `base`.
    pub(super) fn start(&mut self, base: u64) {
        self.base = base;
        for slot in self.drawn_from.drain(..) {
            self.kept[slot].drawn.clear();
        }
    }

    /// A number that has been drawn already.
    #[inline]
    pub(super) fn drawn(&self, template: u16, purpose: Purpose, position: u64) -> Option<u64> {
        self.kept.get(slot(template, purpose))?.drawn.get(position as usize).copied()
    }

    /// A number; `place` is a generator of its key and the number that its template has there.
    pub(super) fn bits(
        &mut self,
        template: u16,
        purpose: Purpose,
        position: u64,
        place: (&mut ChaCha8Rng, u16),
    ) -> u64 {
        let slot = slot(template, purpose);
        if self.kept.len() <= slot {
            self.kept.resize_with(slot + 1, Stream::default);
        }
        let stream = &mut self.kept[slot];
        if stream.drawn.is_empty() && position < KEPT {
            self.drawn_from.push(slot);
        }
        let (generator, template) = place;
        stream.look_up(generator, self.base | address(template, purpose), position)
    }
}

/// The generator of these words; those of other words are independent of it.
pub(super) fn keyed(words: [u64; 3]) -> ChaCha8Rng {
    let mut bytes = [0; 32];
    for (bytes, word) in bytes.as_chunks_mut().0.iter_mut().zip(words) {
        *bytes = word.to_le_bytes();
    }
    ChaCha8Rng::from_seed(bytes)
}

/// Where in memory the stream of a template's purpose is kept while a replication runs. Results do not depend on it.
pub(super) fn slot(template: u16, purpose: Purpose) -> usize {
    usize::from(template) * Purpose::COUNT + purpose as usize
}

/// Where the addresses of a replication's streams begin. Those of groups of replications begin beyond all of them.
pub(super) const fn base(replication: u64) -> u64 {
    replication << 24
}

/// The address of the ChaCha stream of a template's purpose among those of its replication. It does not depend on how many
/// purposes there are.
pub(super) fn address(template: u16, purpose: Purpose) -> u64 {
    (u64::from(template) * PURPOSES_OF_A_TEMPLATE) | purpose as u64
}

impl Stream {
    /// The generator is moved to the stream before each use. That costs nothing, because it gives whole refills only: no number
    /// is left in its buffer, which another stream's would have to replace.
    fn look_up(&mut self, generator: &mut ChaCha8Rng, address: u64, position: u64) -> u64 {
        if position >= KEPT {
            go_to(generator, address, position);
            let bits = generator.next_u64();
            generator.set_word_pos(0);
            return bits;
        }
        if self.drawn.len() as u64 <= position {
            go_to(generator, address, self.drawn.len() as u64);
        }
        while self.drawn.len() as u64 <= position {
            let mut block = [0; 8 * BLOCK];
            generator.fill_bytes(&mut block);
            self.drawn.extend(block.as_chunks().0.iter().map(|bytes| u64::from_le_bytes(*bytes)));
        }
        self.drawn[position as usize]
    }
}

/// Has a generator with an empty buffer give the number at `position` of a stream next.
pub(super) fn go_to(generator: &mut ChaCha8Rng, address: u64, position: u64) {
    const WORDS_OF_A_NUMBER: u128 = 2;
    generator.set_stream(address);
    generator.set_word_pos(u128::from(position) * WORDS_OF_A_NUMBER);
}
