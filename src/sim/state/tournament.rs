//! A tournament tree: the place with the least key, kept up to date in logarithmic time.
//!
//! Why not a heap: the keys of nodes and of their candidates change in place, at a place that is known. A heap would have to
//! find the entry first, or to keep old entries and skip them. Up to 16 keys are compared one after the other instead: they
//! lie in a few lines of the cache.

/// Keys by place, and who is least.
#[derive(Debug, Default)]
pub(crate) struct Tournament<K> {
    keys: Vec<K>,
    /// `winners[1]` is the place with the least key; the winners below `n` meet at `n / 2`. Leaves are implied.
    winners: Vec<u32>,
    leaves: usize,
}

/// Up to this number of keys no tree is kept.
const FEW: usize = 16;

impl<K: Copy + Ord> Tournament<K> {
    /// Starts over with these keys. `last` must follow every key that is ever set.
    pub(crate) fn rebuild(&mut self, keys: impl Iterator<Item = K>, last: K) {
        self.keys.clear();
        self.keys.extend(keys);
        if self.keys.len() <= FEW {
            if self.keys.is_empty() {
                self.keys.push(last);
            }
            return;
        }
        self.leaves = self.keys.len().next_power_of_two().max(2);
        self.keys.resize(self.leaves, last);
        self.winners.clear();
        self.winners.resize(self.leaves, 0);
        for game in (1..self.leaves).rev() {
            self.winners[game] = self.play(game);
        }
    }

    /// Becomes what `other` is, in the memory that it has.
    pub(crate) fn copy_from(&mut self, other: &Self) {
        let Self { keys, winners, leaves } = self;
        keys.clone_from(&other.keys);
        winners.clone_from(&other.winners);
        *leaves = other.leaves;
    }

    /// The place with the least key and that key; of equal keys the lowest place.
    pub(crate) fn least(&self) -> (usize, K) {
        if self.keys.len() <= FEW {
            let (mut least, mut least_key) = (0, self.keys[0]);
            for (place, &key) in self.keys.iter().enumerate() {
                if key < least_key {
                    (least, least_key) = (place, key);
                }
            }
            return (least, least_key);
        }
        let place = self.winners[1] as usize;
        (place, self.keys[place])
    }

    /// The key of a place.
    pub(crate) fn key(&self, place: usize) -> K {
        self.keys[place]
    }

    /// Changes the key of a place.
    pub(crate) fn set(&mut self, place: usize, key: K) {
        self.keys[place] = key;
        if self.keys.len() <= FEW {
            return;
        }
        let mut game = (self.leaves + place) / 2;
        while game > 0 {
            let (before, after) = (self.winners[game], self.play(game));
            if before == after && before as usize != place {
                // Another one won here and still does: nothing changes further up.
                return;
            }
            self.winners[game] = after;
            game /= 2;
        }
    }

    fn play(&self, game: usize) -> u32 {
        let (left, right) = (self.contestant(2 * game), self.contestant(2 * game + 1));
        if self.keys[right as usize] < self.keys[left as usize] { right } else { left }
    }

    fn contestant(&self, seat: usize) -> u32 {
        if seat >= self.leaves { (seat - self.leaves) as u32 } else { self.winners[seat] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_a_scan_after_every_change() {
        for size in 1..40_usize {
            let mut tree = Tournament::default();
            let mut model: Vec<u32> = (0..size as u32).map(|k| (k * 7) % 11).collect();
            tree.rebuild(model.iter().copied(), u32::MAX);
            for step in 0..200 {
                let least = (0..size).min_by_key(|&place| (model[place], place)).unwrap();
                assert_eq!(tree.least(), (least, model[least]));
                let place = (step * 5) % size;
                model[place] = (step * 31 % 17) as u32;
                tree.set(place, model[place]);
            }
        }
    }
}
