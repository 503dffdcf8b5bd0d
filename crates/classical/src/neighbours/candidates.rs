//! `Candidates`: the rows that rounded products cannot rule out.
//!
//! For a query x and a row y, both around the mean, the score ‖y‖²/2 − x·y orders rows as their distances do. Computed in
//! `f32` from n rounded products it is off by at most about n·ε·‖y‖·(‖x‖ + ‖y‖/2) (Higham 2002, section 3.1), so that every
//! row has an interval that its true score lies in. A row whose interval begins above the ends of as many others as are
//! asked for is not among the nearest.

/// How far a score of rows of a length may be off, relative to the norms.
#[derive(Clone, Copy)]
pub(super) struct Bound(f32);

impl Bound {
    /// For rows of so many features. Twice the textbook's bound, with what centring and norms round.
    pub(super) fn of(features: usize) -> Self {
        Self((features + 4) as f32 * f32::EPSILON)
    }
}

/// What may be among the nearest of one query.
pub(super) struct Candidates {
    count: usize,
    bound: Bound,
    /// ‖x‖.
    norm: f32,
    /// The smallest ends of intervals so far, at most `count`, in order.
    ends: Vec<f32>,
    /// Beginnings of intervals and their rows.
    kept: Vec<(f32, usize)>,
    /// How many are kept before those that were ruled out are dropped.
    limit: usize,
}

impl Candidates {
    /// For the `count` nearest of a query with this ‖x‖² / 2.
    pub(super) fn new(count: usize, bound: Bound, half_norm: f32) -> Self {
        Self {
            count,
            bound,
            norm: (2.0 * half_norm).sqrt(),
            ends: Vec::with_capacity(count + 1),
            kept: Vec::new(),
            limit: 4 * count + 64,
        }
    }

    /// Takes rows from `start` on into account, of which `left_out` (counted from `start`) does not count: their products
    /// with the query and their ‖y‖² / 2.
    pub(super) fn offer(&mut self, products: &[f32], half_norms: &[f32], start: usize, left_out: usize) {
        for (place, (product, &half_norm)) in products.iter().zip(half_norms).enumerate() {
            let (begin, end) = self.interval(half_norm - product, half_norm);
            if place != left_out && !self.is_ruled_out(begin) {
                self.keep(begin, end, start + place);
            }
        }
    }

    /// What the true score lies in. Of one that overflowed nothing is known.
    fn interval(&self, score: f32, half_norm: f32) -> (f32, f32) {
        let error = self.bound.0 * ((2.0 * half_norm).sqrt() * self.norm + half_norm) + f32::MIN_POSITIVE;
        if score.is_finite() && error.is_finite() {
            (score - error, score + error)
        } else {
            (f32::NEG_INFINITY, f32::INFINITY)
        }
    }

    /// Whether a row whose interval begins here is not among the nearest.
    fn is_ruled_out(&self, begin: f32) -> bool {
        self.ends.len() == self.count && self.ends.last().is_some_and(|&end| begin > end)
    }

    fn keep(&mut self, begin: f32, end: f32, row: usize) {
        let at = self.ends.partition_point(|&kept| kept <= end);
        self.ends.insert(at, end);
        self.ends.truncate(self.count);
        self.kept.push((begin, row));
        if self.kept.len() == self.limit {
            self.drop_ruled_out();
            self.limit = self.limit.max(2 * self.kept.len());
        }
    }

    fn drop_ruled_out(&mut self) {
        let mut kept = std::mem::take(&mut self.kept);
        kept.retain(|&(begin, _)| !self.is_ruled_out(begin));
        self.kept = kept;
    }

    /// The rows that are left.
    pub(super) fn into_rows(mut self) -> impl Iterator<Item = usize> {
        self.drop_ruled_out();
        self.kept.into_iter().map(|(_, row)| row)
    }
}
