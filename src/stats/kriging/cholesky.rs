//! Factors of symmetric positive definite matrices.

/// The lower triangle L of a matrix L Lᵀ, row by row: row i has i + 1 numbers.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Cholesky {
    rows: Vec<Vec<f64>>,
}

impl Cholesky {
    /// The factor of the matrix of `size` whose lower triangle `entry` gives; `None` where it is not positive definite.
    pub(super) fn of(size: usize, entry: impl Fn(usize, usize) -> f64) -> Option<Self> {
        let mut rows: Vec<Vec<f64>> = Vec::with_capacity(size);
        for i in 0..size {
            let mut row: Vec<f64> = Vec::with_capacity(i + 1);
            for (j, other) in rows.iter().enumerate() {
                let sum: f64 = row.iter().zip(other).map(|(a, b)| a * b).sum();
                row.push((entry(i, j) - sum) / other[j]);
            }
            let rest = entry(i, i) - row.iter().map(|a| a * a).sum::<f64>();
            if rest.is_nan() || rest <= 0.0 {
                return None;
            }
            row.push(rest.sqrt());
            rows.push(row);
        }
        Some(Self { rows })
    }

    /// The logarithm of the determinant of the matrix.
    pub(super) fn log_determinant(&self) -> f64 {
        2.0 * self.rows.iter().filter_map(|row| row.last()).map(|diagonal| libm::log(*diagonal)).sum::<f64>()
    }

    /// x with L x = `right`.
    pub(super) fn forward(&self, right: &[f64]) -> Vec<f64> {
        let mut solved: Vec<f64> = Vec::with_capacity(right.len());
        for (row, value) in self.rows.iter().zip(right) {
            let sum: f64 = row.iter().zip(&solved).map(|(a, b)| a * b).sum();
            solved.push((value - sum) / row[solved.len()]);
        }
        solved
    }

    /// x with L Lᵀ x = `right`.
    pub(super) fn solve(&self, right: &[f64]) -> Vec<f64> {
        let mut solved = self.forward(right);
        for i in (0..solved.len()).rev() {
            let value = solved[i] / self.rows[i][i];
            solved[i] = value;
            for (other, entry) in solved.iter_mut().zip(&self.rows[i]).take(i) {
                *other -= entry * value;
            }
        }
        solved
    }

    /// The diagonal of the inverse of the matrix.
    pub(super) fn inverse_diagonal(&self) -> Vec<f64> {
        let size = self.rows.len();
        let mut diagonal = vec![0.0; size];
        for column in 0..size {
            // The column of the inverse of L, of which the inverse of the matrix is made.
            let mut inverse = vec![0.0; size];
            for i in column..size {
                let unit = if i == column { 1.0 } else { 0.0 };
                let sum: f64 = self.rows[i][column..i].iter().zip(&inverse[column..i]).map(|(a, b)| a * b).sum();
                inverse[i] = (unit - sum) / self.rows[i][i];
            }
            diagonal[column] = inverse.iter().map(|value| value * value).sum();
        }
        diagonal
    }
}
