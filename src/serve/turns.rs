//! Whose turn it is: a newer question of a page makes its older ones stop.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Of more pages than this the one that asked longest ago is forgotten, so that memory does not grow.
const PAGES: usize = 64;

/// The last question of each page.
#[derive(Debug, Default)]
pub(super) struct Turns(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// Questions of all pages so far.
    asked: u64,
    pages: BTreeMap<String, Turn>,
}

#[derive(Debug)]
struct Turn {
    /// Number of the question, which the page counts.
    number: u64,
    /// When it came, in questions of all pages.
    asked: u64,
    stop: Arc<AtomicBool>,
}

impl Turns {
    /// Takes question `number` of a page: stops the older one, and gives the flag that stops this one. `None`: a newer one
    /// has come already.
    pub(super) fn take(&self, page: &str, number: u64) -> Option<Arc<AtomicBool>> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(older) = state.pages.get(page) {
            if older.number > number {
                return None;
            }
            older.stop.store(true, Ordering::Relaxed);
        }
        state.asked += 1;
        let (stop, asked) = (Arc::new(AtomicBool::new(false)), state.asked);
        state.pages.insert(page.to_owned(), Turn { number, asked, stop: Arc::clone(&stop) });
        if state.pages.len() > PAGES {
            let oldest = state.pages.iter().min_by_key(|(_, turn)| turn.asked).map(|(page, _)| page.clone());
            oldest.map(|page| state.pages.remove(&page));
        }
        Some(stop)
    }
}
