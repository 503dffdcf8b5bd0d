//! `Codebook`: entries that follow the vectors which choose them.
//!
//! Every group of numbers of a code has as many entries; entry k of group g is row g · entries + k of all buffers. In a step
//! with n rows that chose an entry, and their sum s, the entry's averages become N ← γ N + (1 − γ) n and m ← γ m + (1 − γ) s,
//! and the entry m / N. k-means gives the first N and m, so that no average begins at 0 and none has to be corrected.

use latents_nn::{Buffer, parts};
use latents_tensor::random::Key;
use latents_tensor::{Algebra, Indices, Real, Tensor};
use latents_train::{Parts, Statistics};

/// Lloyd's iterations before a training.
const ITERATIONS: usize = 10;
/// The statistics of a step: rows that chose each entry, and their sums.
const ROWS: &str = "entry rows";
const SUMS: &str = "entry sums";

pub(super) struct Codebook<T: Real> {
    groups: usize,
    /// Entries of a group.
    entries: usize,
    /// Numbers of an entry.
    width: usize,
    /// (groups · entries, width).
    vectors: Buffer<T>,
    /// N (groups · entries).
    counts: Buffer<T>,
    /// m (groups · entries, width).
    sums: Buffer<T>,
    /// Rows of this epoch that chose each entry (groups · entries).
    used: Buffer<T>,
    /// Whether k-means has been done (1).
    begun: Buffer<T>,
}

/// How the entries of a group are used.
pub(super) struct Use {
    /// Entries that some row chose.
    pub(super) entries: usize,
    /// exp of the entropy of the choices.
    pub(super) perplexity: f64,
}

impl<T: Real> Codebook<T> {
    /// Entries drawn from the standard normal distribution, until a training begins.
    pub(super) fn new(groups: usize, entries: usize, width: usize, key: Key) -> Self {
        let all = groups * entries;
        Self {
            groups,
            entries,
            width,
            vectors: Buffer::new("vectors", key.normal([all, width])),
            counts: Buffer::new("counts", Tensor::zeros([all])),
            sums: Buffer::new("sums", Tensor::zeros([all, width])),
            used: Buffer::new("used", Tensor::zeros([all])),
            begun: Buffer::new("begun", Tensor::zeros([1])),
        }
    }

    parts! { pub(super) T: vectors, counts, sums, used, begun }

    /// Whether no training has begun.
    pub(super) fn is_new(&self) -> bool {
        self.begun.value().item() == T::zero()
    }

    /// The entries nearest to codes (rows, groups · width), each counted within its group: (rows, groups).
    pub(super) fn choose(&self, codes: &Tensor<T>) -> Indices {
        let rows = codes.size(0);
        let nearest = |group: usize| {
            let code = codes.narrow(1, group * self.width, (group + 1) * self.width);
            let entries = self
                .vectors
                .value()
                .narrow(0, group * self.entries, (group + 1) * self.entries);
            // ‖z − e‖² without ‖z‖², which all entries share.
            let lengths = (&entries * &entries).sum(&[1], false);
            let products = code.matmul(&entries.transpose());
            (&lengths - &(&products + &products)).argmin(1)
        };
        Indices::build([rows, self.groups].into(), |out| {
            for group in 0..self.groups {
                let nearest = nearest(group);
                for (row, &entry) in nearest.as_slice().iter().enumerate() {
                    out[row * self.groups + group] = entry;
                }
            }
        })
    }

    /// The vectors of chosen entries, side by side: (rows, groups · width).
    #[track_caller]
    pub(super) fn entries_of(&self, chosen: &Indices) -> Tensor<T> {
        let vectors = self.vectors.value().contiguous();
        let vectors = vectors.as_slice().unwrap_or(&[]);
        let rows = chosen.len() / self.groups;
        assert!(
            chosen.as_slice().iter().all(|&entry| entry < self.entries),
            "Vq: an entry is not below the {} of a codebook",
            self.entries
        );
        Tensor::build([rows, self.groups * self.width], |out| {
            for (place, out) in out.chunks_exact_mut(self.width).enumerate() {
                let vector = self.place(chosen, place) * self.width;
                out.copy_from_slice(&vectors[vector..][..self.width]);
            }
        })
    }

    /// The row of the buffers that a place of (rows, groups) chose.
    fn place(&self, chosen: &Indices, place: usize) -> usize {
        place % self.groups * self.entries + chosen.as_slice()[place]
    }

    /// How often each entry was chosen (groups · entries).
    pub(super) fn counted(&self, chosen: &Indices) -> Tensor<T> {
        Tensor::build([self.groups * self.entries], |counts| {
            counts.fill(T::zero());
            (0..chosen.len()).for_each(|place| counts[self.place(chosen, place)] += T::one());
        })
    }

    /// The sums of the codes that chose each entry (groups · entries, width).
    fn summed(&self, codes: &Tensor<T>, chosen: &Indices) -> Tensor<T> {
        let codes = codes.contiguous();
        let codes = codes.as_slice().unwrap_or(&[]);
        Tensor::build([self.groups * self.entries, self.width], |sums| {
            sums.fill(T::zero());
            for (place, code) in codes.chunks_exact(self.width).enumerate() {
                let sum = &mut sums[self.place(chosen, place) * self.width..][..self.width];
                sum.iter_mut().zip(code).for_each(|(sum, &x)| *sum += x);
            }
        })
    }

    /// exp of the entropy of the entries' use (see [`Codebook::counted`]), the mean over groups.
    pub(super) fn perplexity(&self, counts: &Tensor<T>) -> f64 {
        self.uses(counts).map(|group| group.perplexity).sum::<f64>() / self.groups as f64
    }

    /// How each group's entries are used (see [`Codebook::counted`]).
    pub(super) fn uses(&self, counts: &Tensor<T>) -> impl Iterator<Item = Use> {
        let groups = counts.as_slice().unwrap_or(&[]).chunks_exact(self.entries);
        groups.map(|counts| {
            let rows = counts.iter().map(|count| count.to_f64()).sum::<f64>().max(1.0);
            let shares = counts.iter().map(|count| count.to_f64() / rows);
            let used = shares.filter(|share| *share > 0.0);
            let entropy: f64 = used.clone().map(|share| -share * Algebra::ln(share)).sum();
            Use {
                entries: used.count(),
                perplexity: Algebra::exp(entropy),
            }
        })
    }

    /// Leaves the statistics of a step.
    pub(super) fn note(&self, codes: &Tensor<T>, chosen: &Indices, counts: Tensor<T>, parts: &mut Parts<T>) {
        parts.statistic(ROWS, counts);
        parts.statistic(SUMS, self.summed(codes, chosen));
    }

    /// Moves the averages, and the entries with them, by a step's statistics.
    pub(super) fn move_towards(&mut self, statistics: &Statistics<T>, decay: f64) {
        let (Some(rows), Some(step_sums)) = (statistics.get(ROWS), statistics.get(SUMS)) else {
            return;
        };
        self.used.value_mut().add_assign(rows);
        let (stay, come) = (T::from_f64(decay), T::from_f64(1.0 - decay));
        for (average, step) in [(&mut self.counts, rows), (&mut self.sums, step_sums)] {
            let average = average.value_mut();
            average.scale_assign(stay);
            average.axpy(come, step);
        }
        self.set_vectors();
    }

    /// m / N. An entry that has not been chosen for so long that nothing is left of N stays where it is.
    fn set_vectors(&mut self) {
        let (counts, sums) = (self.counts.value(), self.sums.value());
        let (counts, sums) = (counts.as_slice().unwrap_or(&[]), sums.as_slice().unwrap_or(&[]));
        let vectors = self.vectors.value_mut().make_mut().chunks_exact_mut(self.width);
        for ((vector, sum), &count) in vectors.zip(sums.chunks_exact(self.width)).zip(counts) {
            if count > T::from_f64(1e-6) {
                vector.iter_mut().zip(sum).for_each(|(x, &sum)| *x = sum / count);
            }
        }
    }

    /// The rows of the buffers whose entries no row of the epoch before chose; none before the first epoch is over.
    pub(super) fn unused(&self) -> Vec<usize> {
        let used = self.used.value().to_vec();
        if used.iter().all(|&rows| rows == T::zero()) {
            return Vec::new();
        }
        let unused = used.iter().enumerate().filter(|(_, rows)| **rows == T::zero());
        unused.map(|(entry, _)| entry).collect()
    }

    /// Counts the uses of a new epoch.
    pub(super) fn begin_epoch(&mut self) {
        self.used.value_mut().make_mut().fill(T::zero());
    }

    /// Puts entries where codes of a sample (rows, groups · width) are, each as if one row a step chose it.
    pub(super) fn replace(&mut self, entries: &[usize], sample: &Tensor<T>, key: Key) {
        for &entry in entries {
            let row = key.index(entry as u64).below(sample.size(0));
            self.put(entry, sample, row);
        }
    }

    /// Puts one entry where its group's part of a row of codes is.
    fn put(&mut self, entry: usize, codes: &Tensor<T>, row: usize) {
        let first = entry / self.entries * self.width;
        let code = codes
            .narrow(0, row, row + 1)
            .narrow(1, first, first + self.width)
            .to_vec();
        for buffer in [&mut self.vectors, &mut self.sums] {
            buffer.value_mut().make_mut()[entry * self.width..][..self.width].copy_from_slice(&code);
        }
        self.counts.value_mut().make_mut()[entry] = T::one();
    }

    /// k-means of codes (rows, groups · width), from distinct rows where there are enough (Lloyd 1982).
    pub(super) fn begin_with(&mut self, codes: &Tensor<T>, key: Key) {
        let rows = codes.size(0);
        for group in 0..self.groups {
            let order = key.purpose("first").index(group as u64).permutation(rows);
            for entry in 0..self.entries {
                self.put(group * self.entries + entry, codes, order[entry % rows]);
            }
        }
        for iteration in 0..ITERATIONS {
            let chosen = self.choose(codes);
            self.counts.set_value(self.counted(&chosen));
            self.sums.set_value(self.summed(codes, &chosen));
            self.set_vectors();
            let empty = self.counts.value().to_vec();
            let empty = empty.iter().enumerate().filter(|(_, count)| **count == T::zero());
            let empty: Vec<usize> = empty.map(|(entry, _)| entry).collect();
            self.replace(&empty, codes, key.purpose("empty").step(iteration as u64));
        }
        // From here on N is of a step: a row for each entry on average.
        let of_step = T::from_f64(self.entries as f64 / rows as f64);
        self.counts.value_mut().scale_assign(of_step);
        self.sums.value_mut().scale_assign(of_step);
        self.begun.value_mut().make_mut().fill(T::one());
    }
}
