//! `Candidates`: the rows that rounded products cannot exclude.
//!
//! For a query x and a row y, both centred, the score ‖y‖²/2 − x·y orders rows by distance. Computed in `f32` from n rounded
//! products, its error is at most about n·ε·‖y‖·(‖x‖ + ‖y‖/2) (Higham 2002, section 3.1), so the true score of each row lies in
//! a known interval. A row is not among the nearest if its interval begins above the ends of as many others as are requested.

/// The largest error of a score, relative to the norms.
#[derive(Clone, Copy)]
pub(super) struct Bound(f32);

impl Bound {
    /// The bound for rows with this number of features: twice the textbook's, to cover the rounding of centring and norms.
    pub(super) fn of(features: usize) -> Self {
        Self((features + 4) as f32 * f32::EPSILON)
    }
}

/// The candidates for the nearest rows of one query.
pub(super) struct Candidates {
    count: usize,
    bound: Bound,
    /// ‖x‖.
    norm: f32,
    /// The smallest interval ends so far, at most `count`, sorted.
    ends: Vec<f32>,
    /// Interval beginnings and their rows.
    kept: Vec<(f32, usize)>,
    /// The number of candidates at which excluded ones are dropped.
    limit: usize,
}

impl Candidates {
    /// Candidates for the `count` nearest rows of a query with this ‖x‖² / 2.
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

    /// Adds rows from `start` on, given their products with the query and their ‖y‖² / 2. `left_out` (relative to `start`) is
    /// skipped.
    pub(super) fn offer(&mut self, products: &[f32], half_norms: &[f32], start: usize, left_out: usize) {
        for (place, (product, &half_norm)) in products.iter().zip(half_norms).enumerate() {
            let (begin, end) = self.interval(half_norm - product, half_norm);
            if place != left_out && !self.is_ruled_out(begin) {
                self.keep(begin, end, start + place);
            }
        }
    }

    /// The interval that contains the true score; unbounded if the score overflowed.
    fn interval(&self, score: f32, half_norm: f32) -> (f32, f32) {
        let error = self.bound.0 * ((2.0 * half_norm).sqrt() * self.norm + half_norm) + f32::MIN_POSITIVE;
        if score.is_finite() && error.is_finite() {
            (score - error, score + error)
        } else {
            (f32::NEG_INFINITY, f32::INFINITY)
        }
    }

    /// Whether a row whose interval begins here cannot be among the nearest.
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

    /// The remaining rows.
    pub(super) fn into_rows(mut self) -> impl Iterator<Item = usize> {
        self.drop_ruled_out();
        self.kept.into_iter().map(|(_, row)| row)
    }
}
