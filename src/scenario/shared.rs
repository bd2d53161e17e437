//! What scenarios have in common stands in memory once.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

/// A value that is copied when it is changed, not when it is cloned: a sweep of thousands of scenarios has its nodes once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shared<T>(Arc<T>);

impl<T> Shared<T> {
    /// A value that nobody shares yet.
    pub fn new(value: T) -> Self {
        Self(Arc::new(value))
    }

    /// Whether both are one value in memory.
    #[must_use]
    pub fn is_one_with(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl<T: PartialEq> Shared<T> {
    /// Becomes one with `other` where the two are equal.
    pub(crate) fn join(&mut self, other: &Self) {
        if !self.is_one_with(other) && *self.0 == *other.0 {
            self.0 = Arc::clone(&other.0);
        }
    }
}

impl<T> From<T> for Shared<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Clone> DerefMut for Shared<T> {
    fn deref_mut(&mut self) -> &mut T {
        Arc::make_mut(&mut self.0)
    }
}

impl<T> FromIterator<T> for Shared<Vec<T>> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        Self::new(values.into_iter().collect())
    }
}

impl<'a, T> IntoIterator for &'a Shared<Vec<T>> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_become_one_and_a_changed_one_is_its_own_again() {
        let first = Shared::new(vec![1, 2]);
        let mut second = Shared::new(vec![1, 2]);
        assert!(first == second && !first.is_one_with(&second));
        second.join(&first);
        assert!(first.is_one_with(&second));
        second.push(3);
        assert_eq!((&*first, &*second), (&vec![1, 2], &vec![1, 2, 3]));
        second.join(&first);
        assert!(!first.is_one_with(&second));
    }
}
