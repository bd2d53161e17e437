//! Many numbers in ascending order, in memory that does not grow with how many there are.
//!
//! Numbers are counted: equal ones are kept once. What does not fit in memory is written to a scratch file in sorted runs, which are
//! merged when the numbers are read (Knuth, The Art of Computer Programming 3, section 5.4).

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::io;
use std::sync::Arc;

use super::mean::Middle;
use super::scratch::{Run, RunReader, Scratch};

const SIGN: u64 = 1 << 63;

/// A number whose order among others is that of the value ([`f64::total_cmp`]).
#[must_use]
pub const fn ordered(value: f64) -> u64 {
    let bits = value.to_bits();
    if bits & SIGN == 0 { bits | SIGN } else { !bits }
}

/// The value of an [`ordered`] number.
#[must_use]
pub const fn value_of(ordered: u64) -> f64 {
    f64::from_bits(if ordered & SIGN == 0 { !ordered } else { ordered & !SIGN })
}

/// Numbers that are gathered, and then read in ascending order.
#[derive(Debug)]
pub struct Tally {
    scratch: Arc<Scratch>,
    /// Most numbers that wait to be counted.
    room: usize,
    waiting: Vec<u64>,
    /// Numbers and how often they came, ascending; of those that came since the last run.
    counted: Vec<(u64, u64)>,
    runs: Vec<Run>,
    n: u64,
    ends: Option<(u64, u64)>,
}

impl Tally {
    /// Bytes that one has in memory for each number of its room, at most.
    pub const BYTES: usize = 40;

    /// None yet; about `room` of them stay in memory, the others go to `scratch`.
    #[must_use]
    pub fn new(scratch: Arc<Scratch>, room: usize) -> Self {
        let room = room.max(16);
        Self { scratch, room, waiting: Vec::new(), counted: Vec::new(), runs: Vec::new(), n: 0, ends: None }
    }

    /// Takes one more.
    ///
    /// # Errors
    /// When the scratch file cannot be written.
    pub fn push(&mut self, number: u64) -> io::Result<()> {
        self.n += 1;
        let (least, most) = self.ends.unwrap_or((number, number));
        self.ends = Some((least.min(number), most.max(number)));
        self.waiting.push(number);
        if self.waiting.len() < self.room {
            return Ok(());
        }
        self.count();
        if self.counted.len() > self.room / 2 {
            self.runs.push(self.scratch.write(&self.counted)?);
            self.counted.clear();
        }
        Ok(())
    }

    /// How many there are.
    #[must_use]
    pub const fn n(&self) -> u64 {
        self.n
    }

    /// The least and the greatest; `None` where there are none.
    #[must_use]
    pub const fn ends(&self) -> Option<(u64, u64)> {
        self.ends
    }

    /// Counts those that wait.
    fn count(&mut self) {
        self.waiting.sort_unstable();
        let earlier = std::mem::take(&mut self.counted);
        let new = self.waiting.chunk_by(|a, b| a == b).map(|equal| (equal[0], equal.len() as u64));
        let mut earlier = earlier.into_iter().peekable();
        for (number, mut times) in new {
            while let Some(before) = earlier.next_if(|(known, _)| *known < number) {
                self.counted.push(before);
            }
            if let Some((_, known)) = earlier.next_if(|(known, _)| *known == number) {
                times += known;
            }
            self.counted.push((number, times));
        }
        self.counted.extend(earlier);
        self.waiting.clear();
    }

    /// No more come: they can be read now, again and again.
    pub fn close(&mut self) {
        self.count();
        self.waiting = Vec::new();
    }

    /// The numbers, ascending, each with how often it came. Those that came after [`Self::close`] are left out.
    ///
    /// # Errors
    /// When the scratch file cannot be read.
    pub fn ascending(&self) -> io::Result<Ascending<'_>> {
        let mut ascending = Ascending { memory: &self.counted, runs: Vec::new(), heads: BinaryHeap::new() };
        for run in &self.runs {
            ascending.runs.push(self.scratch.read(*run));
            ascending.advance(ascending.runs.len() - 1)?;
        }
        Ok(ascending)
    }

    /// The numbers at some `ranks` (from 1), with how many are less and how often the number itself came.
    ///
    /// # Errors
    /// When the scratch file cannot be read.
    pub fn at(&self, ranks: &[u64]) -> io::Result<BTreeMap<u64, Ranked>> {
        let mut wanted: Vec<u64> = ranks.iter().copied().filter(|rank| (1..=self.n).contains(rank)).collect();
        wanted.sort_unstable();
        let (mut found, mut ascending, mut less) = (BTreeMap::new(), self.ascending()?, 0);
        let mut wanted = wanted.into_iter().peekable();
        while wanted.peek().is_some() {
            let Some((number, times)) = ascending.next_number()? else { break };
            while let Some(rank) = wanted.next_if(|rank| *rank <= less + times) {
                found.insert(rank, Ranked { number, less, times });
            }
            less += times;
        }
        Ok(found)
    }
}

/// A number at a rank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ranked {
    /// The number.
    pub number: u64,
    /// How many are less.
    pub less: u64,
    /// How often it came.
    pub times: u64,
}

impl Ranked {
    /// This number as the median of `n` values.
    #[must_use]
    pub fn middle(&self, n: u64) -> Middle {
        Middle { median: value_of(self.number), apart: n - self.times }
    }
}

/// The numbers of a tally, ascending.
#[derive(Debug)]
pub struct Ascending<'a> {
    memory: &'a [(u64, u64)],
    runs: Vec<RunReader<'a>>,
    /// The next of each run: number, run and how often it came.
    heads: BinaryHeap<Reverse<(u64, usize, u64)>>,
}

impl Ascending<'_> {
    /// The next number, and how often it came.
    ///
    /// # Errors
    /// When the scratch file cannot be read.
    pub fn next_number(&mut self) -> io::Result<Option<(u64, u64)>> {
        let in_memory = self.memory.first().map(|(number, _)| *number);
        let in_runs = self.heads.peek().map(|Reverse((number, ..))| *number);
        let Some(number) = in_memory.into_iter().chain(in_runs).min() else { return Ok(None) };
        let mut all = 0;
        if let [(first, times), rest @ ..] = self.memory
            && *first == number
        {
            all += times;
            self.memory = rest;
        }
        while let Some(Reverse((head, run, times))) = self.heads.peek().copied()
            && head == number
        {
            self.heads.pop();
            all += times;
            self.advance(run)?;
        }
        Ok(Some((number, all)))
    }

    fn advance(&mut self, run: usize) -> io::Result<()> {
        if let Some((number, times)) = self.runs[run].next()? {
            self.heads.push(Reverse((number, run, times)));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(seed: u64, n: u64, kinds: u64) -> Vec<u64> {
        (0..n).map(|k| (k.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ seed).rotate_left(17) % kinds).collect()
    }

    /// Whatever has room, the numbers come as sorting all of them would give them.
    #[test]
    fn numbers_come_sorted_and_counted_from_memory_and_disk() {
        let folder = tempfile::tempdir().unwrap();
        for (n, kinds) in [(0, 1), (1, 1), (17, 3), (5000, 7), (5000, u64::MAX), (5000, 900), (4096, 20)] {
            for room in [16, 100, 1 << 20] {
                let scratch = Arc::new(Scratch::new(folder.path().to_owned()));
                let mut tally = Tally::new(Arc::clone(&scratch), room);
                let mut all = numbers(n, n, kinds);
                all.iter().for_each(|number| tally.push(*number).unwrap());
                tally.close();
                all.sort_unstable();
                let wanted: Vec<_> = all.chunk_by(|a, b| a == b).map(|equal| (equal[0], equal.len() as u64)).collect();
                for _ in 0..2 {
                    let mut ascending = tally.ascending().unwrap();
                    let got: Vec<_> = std::iter::from_fn(|| ascending.next_number().unwrap()).collect();
                    assert_eq!(got, wanted, "{n} of {kinds}, room for {room}");
                }
                assert_eq!((tally.n(), tally.ends()), (n, all.first().copied().zip(all.last().copied())));
                let ranks = [0, 1, n / 2, n, n + 1];
                let at = tally.at(&ranks).unwrap();
                for rank in ranks {
                    let wanted = rank.checked_sub(1).and_then(|place| all.get(place as usize)).copied();
                    assert_eq!(at.get(&rank).map(|found| found.number), wanted, "{n} of {kinds} at {rank}");
                }
                let spilled = n > 16 && room == 16 && kinds > 8;
                assert_eq!(scratch.bytes() > 0, spilled || (room == 100 && kinds > 800), "{n} of {kinds}, {room}");
            }
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "a scratch file is left");
    }
}
