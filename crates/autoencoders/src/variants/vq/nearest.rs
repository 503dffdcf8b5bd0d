//! Finding the nearest entry to a vector.
//!
//! For a vector z and an entry e, both relative to the mean entry, the score ‖e‖²/2 − z·e orders entries by distance. Computed
//! from n rounded products, its error is at most about n·ε·‖e‖·(‖z‖ + ‖e‖/2) (Higham 2002, section 3.1). If that leaves more
//! than one entry, their distances are computed in `f64` from the original values.

use latents_tensor::{Indices, Real, Tensor, parallel};

/// Vectors compared with all entries at once.
const AT_ONCE: usize = 4096;
/// Scores computed together.
const LANES: usize = 16;
/// Scores that one thread searches at a time.
const CHUNK: usize = 1 << 15;

/// Entries of a book, prepared for the search.
pub(super) struct Nearest<T: Real> {
    /// (entries, width).
    entries: Tensor<T>,
    mean: Tensor<T>,
    /// Relative to their mean: (width, entries).
    centred: Tensor<T>,
    /// ‖e‖² / 2, and the error bound of the score for a vector of length 0 and per unit of length.
    half_squares: Tensor<T>,
    errors: Tensor<T>,
    errors_a_unit: Tensor<T>,
}

impl<T: Real> Nearest<T> {
    /// Prepares entries (entries, width).
    pub(super) fn of(entries: &Tensor<T>) -> Self {
        let mean = entries.mean(&[0], false);
        let centred = entries - &mean;
        let lengths = centred.norm(&[1], false);
        let epsilon = if T::NAME == "f32" {
            f64::from(f32::EPSILON)
        } else {
            f64::EPSILON
        };
        let bound = T::from_f64((entries.size(1) + 4) as f64 * epsilon);
        let half_squares = &lengths * &lengths * T::from_f64(0.5);
        Self {
            entries: entries.contiguous(),
            mean,
            centred: centred.transpose(),
            errors: &half_squares * bound,
            errors_a_unit: lengths * bound,
            half_squares,
        }
    }

    /// The nearest entry of each vector (vectors, width); ties choose the first.
    pub(super) fn to(&self, vectors: &Tensor<T>) -> Indices {
        let (count, width, entries) = (vectors.size(0), vectors.size(1), self.entries.size(0));
        let scores = &Scores {
            half_squares: &self.half_squares.elements(),
            errors: &self.errors.elements(),
            errors_a_unit: &self.errors_a_unit.elements(),
            entries: &self.entries.elements(),
        };
        Indices::build([count].into(), |out| {
            for (start, out) in (0..count).step_by(AT_ONCE).zip(out.chunks_mut(AT_ONCE)) {
                let some = vectors.narrow(0, start, start + out.len()).contiguous();
                let around = &some - &self.mean;
                let (products, lengths) = (around.matmul(&self.centred), around.norm(&[1], false));
                let (some, products, lengths) = (some.elements(), products.elements(), lengths.elements());
                let rows = (CHUNK / entries).max(1);
                parallel::chunks_mut(out, rows, |chunk, out| {
                    for (row, out) in (chunk * rows..).zip(out) {
                        let vector = &some[row * width..][..width];
                        *out = scores.of_row(vector, lengths[row], &products[row * entries..][..entries]);
                    }
                });
            }
        })
    }
}

/// The numbers of [`Nearest`], entry by entry.
struct Scores<'a, T> {
    half_squares: &'a [T],
    errors: &'a [T],
    errors_a_unit: &'a [T],
    entries: &'a [T],
}

impl<T: Real> Scores<'_, T> {
    /// The entry nearest to a vector with this length and these products relative to the mean.
    fn of_row(&self, vector: &[T], length: T, products: &[T]) -> usize {
        let end = self.least_end(length, products);
        let mut left = (0..products.len()).step_by(LANES).flat_map(|first| {
            let last = products.len().min(first + LANES);
            let any = self.reach(length, products, end, first..last);
            let range = if any { first..last } else { 0..0 };
            range.filter(move |&entry| self.reach(length, products, end, entry..entry + 1))
        });
        let first = left.next().unwrap_or(0);
        let mut best = None;
        for entry in left {
            let (nearest, distance) = best.get_or_insert_with(|| (first, self.distance(vector, first)));
            let other = self.distance(vector, entry);
            if other < *distance {
                (*nearest, *distance) = (entry, other);
            }
        }
        best.map_or(first, |(nearest, _)| nearest)
    }

    /// The smallest upper bound of any score.
    fn least_end(&self, length: T, products: &[T]) -> T {
        let mut least = [T::max_value(); LANES];
        for first in (0..products.len()).step_by(LANES) {
            let last = products.len().min(first + LANES);
            let places = first..last;
            let scores = self.half_squares[places.clone()]
                .iter()
                .zip(&products[places.clone()]);
            let errors = self.errors[places.clone()]
                .iter()
                .zip(&self.errors_a_unit[places]);
            for (least, ((&half, &product), (&error, &unit))) in least.iter_mut().zip(scores.zip(errors)) {
                let end = (half - product) + (error + unit * length);
                *least = if end < *least { end } else { *least };
            }
        }
        least.iter().fold(
            T::max_value(),
            |least, &end| if end < least { end } else { least },
        )
    }

    /// Whether the true score of one of these entries may be as small as `end`; NaN may be.
    fn reach(&self, length: T, products: &[T], end: T, entries: std::ops::Range<usize>) -> bool {
        let scores = self.half_squares[entries.clone()]
            .iter()
            .zip(&products[entries.clone()]);
        let errors = self.errors[entries.clone()]
            .iter()
            .zip(&self.errors_a_unit[entries]);
        let mut any = false;
        for ((&half, &product), (&error, &unit)) in scores.zip(errors) {
            let begin = (half - product) - (error + unit * length);
            let is_ruled_out = begin > end;
            any |= !is_ruled_out;
        }
        any
    }

    /// The squared distance to an entry.
    fn distance(&self, vector: &[T], entry: usize) -> f64 {
        let pairs = vector.iter().zip(&self.entries[entry * vector.len()..]);
        let differences = pairs.map(|(x, y)| x.to_f64() - y.to_f64());
        differences.map(|difference| difference * difference).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use latents_tensor::random::Key;

    fn by_hand(entries: &Tensor, vectors: &Tensor) -> Vec<usize> {
        let width = entries.size(1);
        let (entries, vectors) = (entries.to_vec(), vectors.to_vec());
        let distance = |a: &[f32], b: &[f32]| -> f64 {
            let differences = a.iter().zip(b).map(|(&a, &b)| f64::from(a) - f64::from(b));
            differences.map(|difference| difference * difference).sum()
        };
        let nearest = |vector: &[f32]| {
            let distances = entries
                .chunks_exact(width)
                .map(|entry| distance(entry, vector))
                .enumerate();
            distances
                .fold(
                    (0, f64::INFINITY),
                    |best, now| if now.1 < best.1 { now } else { best },
                )
                .0
        };
        vectors.chunks_exact(width).map(nearest).collect()
    }

    fn check(entries: &Tensor, vectors: &Tensor) {
        let found = Nearest::of(entries).to(vectors);
        assert_eq!(found.as_slice(), by_hand(entries, vectors));
    }

    #[test]
    fn entries_that_lie_close_together_are_told_apart() {
        let close = Tensor::from_slice(&[1000.00, 1000.01, 1000.02, 1000.03], [4, 1]);
        assert_eq!(Nearest::of(&close).to(&close).as_slice(), [0, 1, 2, 3]);
        // One far away makes the mean no help.
        for far in [1e4, -1e8, 1e19, 3e38] {
            let entries = Tensor::from_slice(&[0.0, 0.001, 0.002, far, 0.003, 0.003], [6, 1]);
            check(&entries, &entries);
        }
    }

    #[test]
    fn the_nearest_are_those_of_the_definition() {
        for (entries, width, vectors, offset) in [
            (1, 1, 3, 0.0),
            (17, 3, 50, 0.0),
            (100, 8, 5000, 1e5),
            (300, 20, 90, 1.0),
        ] {
            let shifted = |mut table: Tensor| {
                table.add_assign(&Tensor::scalar(offset));
                table
            };
            let entries = shifted(Key::new(1).normal([entries, width]));
            check(&entries, &shifted(Key::new(2).normal([vectors, width])));
            // Of a view, as a group's numbers are one.
            let wide = shifted(Key::new(3).normal([vectors, 2 * width]));
            check(&entries, &wide.narrow(1, width, 2 * width));
        }
    }
}
