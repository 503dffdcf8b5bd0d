//! `Codebook`: entries that follow the vectors which choose them.
//!
//! A code is split into groups of latent dimensions, its vectors. Each group has its own codebook, or all share one; entry k of
//! book b is row b · entries + k of all buffers. In a step in which n vectors with sum s choose an entry, its averages become N
//! ← γ N + (1 − γ) n and m ← γ m + (1 − γ) s, and the entry m / N. k-means initialises N and m, so that no average starts at 0
//! or needs bias correction.

use super::nearest::Nearest;
use latents_nn::{Buffer, parts};
use latents_tensor::random::Key;
use latents_tensor::{Algebra, Indices, Real, Tensor};
use latents_train::{Parts, Statistics};

/// Lloyd iterations before a training.
const ITERATIONS: usize = 10;
/// An entry is idle if fewer vectors than this fraction of an equal share chose it in an epoch.
const IDLE: f64 = 0.01;
/// The statistics of a step: the number of vectors that chose each entry, and their sums.
const ROWS: &str = "entry rows";
const SUMS: &str = "entry sums";

pub(super) struct Codebook<T: Real> {
    sizes: Sizes,
    /// (books · entries, width).
    vectors: Buffer<T>,
    /// N (books · entries).
    counts: Buffer<T>,
    /// m (books · entries, width).
    sums: Buffer<T>,
    /// Number of vectors in this epoch that chose each entry (books · entries).
    used: Buffer<T>,
    /// Whether k-means has been run (1).
    begun: Buffer<T>,
}

/// The sizes of a codebook.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizes {
    /// Vectors per code.
    pub(super) groups: usize,
    /// Number of codebooks: one per group, or one.
    pub(super) books: usize,
    /// Entries per codebook.
    pub(super) entries: usize,
    /// Dimensions of an entry.
    pub(super) width: usize,
}

/// How the entries of a codebook are used.
pub(super) struct Use {
    /// Number of entries that were chosen.
    pub(super) entries: usize,
    /// exp of the entropy of use.
    pub(super) perplexity: f64,
}

impl<T: Real> Codebook<T> {
    /// Entries drawn from the standard normal distribution, until a training begins.
    pub(super) fn new(sizes: Sizes, key: Key) -> Self {
        let all = sizes.books * sizes.entries;
        Self {
            sizes,
            vectors: Buffer::new("vectors", key.normal([all, sizes.width])),
            counts: Buffer::new("counts", Tensor::zeros([all])),
            sums: Buffer::new("sums", Tensor::zeros([all, sizes.width])),
            used: Buffer::new("used", Tensor::zeros([all])),
            begun: Buffer::new("begun", Tensor::zeros([1])),
        }
    }

    parts! { pub(super) T: vectors, counts, sums, used, begun }

    /// Whether no training has started.
    pub(super) fn is_new(&self) -> bool {
        self.begun.value().item() == T::zero()
    }

    /// The vectors of codes (rows, groups · width) that choose from a book, (vectors, width): those of a group, or all of them,
    /// row by row.
    fn vectors_of(&self, codes: &Tensor<T>, book: usize) -> Tensor<T> {
        let Sizes {
            books, groups, width, ..
        } = self.sizes;
        if books == groups {
            return codes.narrow(1, book * width, (book + 1) * width);
        }
        codes.reshape([codes.size(0) * groups, width])
    }

    /// The nearest entries to codes (rows, groups · width), as indices within their books: (rows, groups).
    pub(super) fn choose(&self, codes: &Tensor<T>) -> Indices {
        let Sizes { books, groups, .. } = self.sizes;
        Indices::build([codes.size(0), groups].into(), |out| {
            for book in 0..books {
                let places = out.iter_mut().skip(book).step_by(books);
                self.choose_in(book, &self.vectors_of(codes, book), places);
            }
        })
    }

    /// The entries of a book nearest to vectors (vectors, width).
    fn choose_in<'a>(&self, book: usize, vectors: &Tensor<T>, places: impl Iterator<Item = &'a mut usize>) {
        let Sizes { entries, .. } = self.sizes;
        let entries = self
            .vectors
            .value()
            .narrow(0, book * entries, (book + 1) * entries);
        let nearest = Nearest::of(&entries).to(vectors);
        places
            .zip(nearest.as_slice())
            .for_each(|(place, &entry)| *place = entry);
    }

    /// The vectors of chosen entries, concatenated: (rows, groups · width).
    #[track_caller]
    pub(super) fn entries_of(&self, chosen: &Indices) -> Tensor<T> {
        let vectors = self.vectors.value().elements();
        let Sizes {
            groups,
            entries,
            width,
            ..
        } = self.sizes;
        assert!(
            chosen.as_slice().iter().all(|&entry| entry < entries),
            "Vq: an entry is out of range; a codebook has {entries} entries"
        );
        Tensor::build([chosen.len() / groups, groups * width], |out| {
            for (place, out) in out.chunks_exact_mut(width).enumerate() {
                let vector = self.place(chosen, place) * width;
                out.copy_from_slice(&vectors[vector..][..width]);
            }
        })
    }

    /// The row of the buffers for a position of (rows, groups).
    fn place(&self, chosen: &Indices, place: usize) -> usize {
        place % self.sizes.books * self.sizes.entries + chosen.as_slice()[place]
    }

    /// How often each entry was chosen (books · entries).
    pub(super) fn counted(&self, chosen: &Indices) -> Tensor<T> {
        Tensor::build([self.sizes.books * self.sizes.entries], |counts| {
            counts.fill(T::zero());
            (0..chosen.len()).for_each(|place| counts[self.place(chosen, place)] += T::one());
        })
    }

    /// The sums of the vectors that chose each entry (books · entries, width).
    fn summed(&self, codes: &Tensor<T>, chosen: &Indices) -> Tensor<T> {
        let Sizes {
            books,
            entries,
            width,
            ..
        } = self.sizes;
        let codes = codes.elements();
        Tensor::build([books * entries, width], |sums| {
            sums.fill(T::zero());
            for (place, code) in codes.chunks_exact(width).enumerate() {
                let sum = &mut sums[self.place(chosen, place) * width..][..width];
                sum.iter_mut().zip(code).for_each(|(sum, &x)| *sum += x);
            }
        })
    }

    /// exp of the entropy of the entries' use (see [`Codebook::counted`]), averaged over books.
    pub(super) fn perplexity(&self, counts: &Tensor<T>) -> f64 {
        let counts = counts.elements();
        self.uses(&counts).map(|book| book.perplexity).sum::<f64>() / self.sizes.books as f64
    }

    /// How the entries of each book are used (see [`Codebook::counted`]).
    pub(super) fn uses(&self, counts: &[T]) -> impl Iterator<Item = Use> {
        let books = counts.chunks_exact(self.sizes.entries);
        books.map(|counts| {
            let all = counts.iter().map(|count| count.to_f64()).sum::<f64>().max(1.0);
            let shares = counts.iter().map(|count| count.to_f64() / all);
            let used = shares.filter(|share| *share > 0.0);
            let entropy: f64 = used.clone().map(|share| -share * Algebra::ln(share)).sum();
            Use {
                entries: used.count(),
                perplexity: Algebra::exp(entropy),
            }
        })
    }

    /// Records the statistics of a step.
    pub(super) fn note(&self, codes: &Tensor<T>, chosen: &Indices, counts: Tensor<T>, parts: &mut Parts<T>) {
        parts.statistic(ROWS, counts);
        parts.statistic(SUMS, self.summed(codes, chosen));
    }

    /// Updates the averages, and with them the entries, from the statistics of a step.
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

    /// m / N. An entry whose N has decayed to 0 stays unchanged.
    fn set_vectors(&mut self) {
        let width = self.sizes.width;
        let (counts, sums) = (self.counts.value(), self.sums.value());
        let (counts, sums) = (counts.elements(), sums.elements());
        let vectors = self.vectors.value_mut().make_mut().chunks_exact_mut(width);
        for ((vector, sum), &count) in vectors.zip(sums.chunks_exact(width)).zip(&*counts) {
            if count > T::from_f64(1e-6) {
                vector.iter_mut().zip(sum).for_each(|(x, &sum)| *x = sum / count);
            }
        }
    }

    /// The rows of the buffers whose entries were rarely chosen in the previous epoch; none before the first epoch ends.
    pub(super) fn idle(&self) -> Vec<usize> {
        let used: Vec<f64> = self.used.value().to_vec().into_iter().map(T::to_f64).collect();
        let even = used.iter().sum::<f64>() / used.len() as f64;
        let idle = used
            .iter()
            .enumerate()
            .filter(|(_, vectors)| **vectors < IDLE * even);
        idle.map(|(entry, _)| entry).collect()
    }

    /// Resets the counts for a new epoch.
    pub(super) fn begin_epoch(&mut self) {
        self.used.value_mut().make_mut().fill(T::zero());
    }

    /// Moves entries to vectors of a sample of codes (rows, groups · width), each as if one vector per step chose it.
    pub(super) fn replace(&mut self, entries: &[usize], sample: &Tensor<T>, key: Key) {
        for &entry in entries {
            let vectors = self.vectors_of(sample, entry / self.sizes.entries);
            let vector = key.index(entry as u64).below(vectors.size(0));
            self.put(entry, &vectors, vector);
        }
    }

    /// Moves one entry to one of the vectors (vectors, width).
    fn put(&mut self, entry: usize, vectors: &Tensor<T>, vector: usize) {
        let width = self.sizes.width;
        let vector = vectors.narrow(0, vector, vector + 1).to_vec();
        for buffer in [&mut self.vectors, &mut self.sums] {
            buffer.value_mut().make_mut()[entry * width..][..width].copy_from_slice(&vector);
        }
        self.counts.value_mut().make_mut()[entry] = T::one();
    }

    /// k-means on the vectors of codes (rows, groups · width), initialised from distinct vectors if there are enough (Lloyd
    /// 1982).
    pub(super) fn begin_with(&mut self, codes: &Tensor<T>, key: Key) {
        let Sizes {
            books,
            groups,
            entries,
            ..
        } = self.sizes;
        let all = codes.size(0) * groups / books;
        for book in 0..books {
            let vectors = self.vectors_of(codes, book);
            let order = key.purpose("first").index(book as u64).permutation(all);
            for entry in 0..entries {
                self.put(book * entries + entry, &vectors, order[entry % all]);
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
        // From here on N is per step: one vector per entry on average.
        let of_step = T::from_f64(entries as f64 / all as f64);
        self.counts.value_mut().scale_assign(of_step);
        self.sums.value_mut().scale_assign(of_step);
        self.begun.value_mut().make_mut().fill(T::one());
    }
}
