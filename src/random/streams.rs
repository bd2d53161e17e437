//! The streams of random numbers, and where they begin.

use rand::Rng;
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
}

/// The stream of one template's purpose, with the numbers drawn from its beginning so far.
#[derive(Debug)]
pub(super) struct Stream {
    /// Stands behind the last number drawn; `None` before the first draw of a replication.
    generator: Option<ChaCha8Rng>,
    drawn: Vec<u64>,
}

impl Streams {
    /// Changes to the streams whose addresses begin with `base`.
    pub(super) fn start(&mut self, base: u64) {
        self.base = base;
        for stream in &mut self.kept {
            stream.generator = None;
            stream.drawn.clear();
        }
    }

    /// A number that has been drawn already.
    #[inline]
    pub(super) fn drawn(&self, template: u16, purpose: Purpose, position: u64) -> Option<u64> {
        self.kept.get(slot(template, purpose))?.drawn.get(position as usize).copied()
    }

    /// A number; `place` is the generator of its stream and the number that its template has there.
    pub(super) fn bits(&mut self, template: u16, purpose: Purpose, position: u64, place: (&ChaCha8Rng, u16)) -> u64 {
        let slot = slot(template, purpose);
        while self.kept.len() <= slot {
            self.kept.push(Stream { generator: None, drawn: Vec::new() });
        }
        let stream = &mut self.kept[slot];
        if let Some(&bits) = stream.drawn.get(position as usize) {
            return bits;
        }
        let (origin, template) = place;
        stream.look_up(origin, self.base | address(template, purpose), position)
    }
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
    fn look_up(&mut self, origin: &ChaCha8Rng, address: u64, position: u64) -> u64 {
        if position >= KEPT {
            let mut far = at_stream(origin, address);
            far.set_word_pos(u128::from(position) * 2);
            return far.next_u64();
        }
        let generator = self.generator.get_or_insert_with(|| at_stream(origin, address));
        while self.drawn.len() as u64 <= position {
            let mut block = [0; 8 * BLOCK];
            generator.fill_bytes(&mut block);
            self.drawn.extend(block.as_chunks().0.iter().map(|bytes| u64::from_le_bytes(*bytes)));
        }
        self.drawn[position as usize]
    }
}

/// A generator at the start of a stream. `origin` must be untouched: then choosing the stream costs no block.
pub(super) fn at_stream(origin: &ChaCha8Rng, address: u64) -> ChaCha8Rng {
    let mut generator = origin.clone();
    generator.set_stream(address);
    generator
}
