//! Random numbers by address: a draw depends on (seed, purpose, step, element) and on nothing else.
//!
//! The generator is ChaCha with 8 rounds (D. J. Bernstein, 2008), which computes block *i* of its stream directly
//! from *i*. The address is the 256-bit key of the cipher, an element's number its place in the stream, so noise
//! does not depend on the number of threads, on how a batch is split, or on whether a run was resumed; there is no
//! generator state to carry along or to save. Reading two purposes or two steps reads two unrelated streams.
//!
//! ```
//! use latents_tensor::random::Key;
//! let key = Key::new(7);
//! let epoch_3 = key.purpose("shuffle").step(3).permutation(5);
//! assert_eq!(epoch_3, key.purpose("shuffle").step(3).permutation(5));
//!
//! let noise = key.purpose("noise").step(12);
//! let (whole, mut tail) = (noise.normal::<f32>([100]), [0.0; 20]);
//! noise.normal_into_from(80, &mut tail);
//! assert_eq!(whole.to_vec()[80..], tail);
//! ```
//!
//! One key gives one draw of each kind: ask the same key twice and the same numbers come. Kinds (uniform, normal,
//! integers…) read streams of their own.

mod fill;
mod order;

use crate::{Real, Shape, Tensor};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// The address of a draw: seed, purpose and step. Cheap to copy; every method makes a new key.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Key {
    seed: u64,
    purpose: u64,
    step: u64,
}

/// What a stream of words is read as. The numbers are part of the numerics: never change one.
#[derive(Clone, Copy)]
enum Kind {
    Uniform = 0,
    Normal = 1,
    Bernoulli = 2,
    Below = 3,
    Permutation = 4,
}

/// FNV-1a (G. Fowler, L. C. Noll and K.-P. Vo): prime and offset basis of 64 bits.
const FNV_PRIME: u64 = 0x100_0000_01b3;
const FNV_BASIS: u64 = 0xcbf2_9ce4_8422_2325;

const fn hash(mut state: u64, bytes: &[u8]) -> u64 {
    let mut i = 0;
    while i < bytes.len() {
        state = (state ^ bytes[i] as u64).wrapping_mul(FNV_PRIME);
        i += 1;
    }
    state
}

impl Key {
    /// The root of a run's keys.
    pub const fn new(seed: u64) -> Self {
        Self {
            seed,
            purpose: FNV_BASIS,
            step: 0,
        }
    }

    /// A key for a purpose inside this one's, told apart by name: `key.purpose("encoder").purpose("dropout")`.
    ///
    /// The step starts again at 0.
    #[must_use]
    pub const fn purpose(self, name: &str) -> Self {
        // A byte that UTF-8 never has ends each name, so that "a", "bc" and "ab", "c" differ.
        self.inside(name.as_bytes(), 0xff)
    }

    /// As [`Key::purpose`], told apart by a number: the layer, the call in a step.
    #[must_use]
    pub const fn index(self, number: u64) -> Self {
        self.inside(&number.to_le_bytes(), 0xfe)
    }

    const fn inside(self, name: &[u8], end: u8) -> Self {
        let outer = hash(self.purpose, &self.step.to_le_bytes());
        Self {
            seed: self.seed,
            purpose: hash(hash(outer, name), &[end]),
            step: 0,
        }
    }

    /// The key of step (epoch, batch, …) `step` for the same seed and purpose.
    #[must_use]
    pub const fn step(self, step: u64) -> Self {
        Self { step, ..self }
    }

    /// The generator of a kind of draw, at the first word of its stream.
    fn generator(&self, kind: Kind, attempt: u64) -> ChaCha8Rng {
        let mut address = [0; 32];
        let words = [
            self.seed,
            self.purpose,
            self.step,
            u64::from_le_bytes(*b"latents1"),
        ];
        for (bytes, word) in address.chunks_exact_mut(8).zip(words) {
            bytes.copy_from_slice(&word.to_le_bytes());
        }
        let mut generator = ChaCha8Rng::from_seed(address);
        generator.set_stream(kind as u64 | attempt << 8);
        generator
    }

    /// Uniform numbers in [0, 1): multiples of 2⁻²⁴ (`f32`) or 2⁻⁵³ (`f64`).
    pub fn uniform_into<T: Real>(&self, out: &mut [T]) {
        self.uniform_into_from(0, out);
    }

    /// As [`Key::uniform_into`], from element `first` of the draw on.
    pub fn uniform_into_from<T: Real>(&self, first: usize, out: &mut [T]) {
        fill::uniform(self, first, out);
    }

    /// As [`Key::uniform_into`], into a new tensor.
    pub fn uniform<T: Real>(&self, shape: impl Into<Shape>) -> Tensor<T> {
        Tensor::build(shape, |out| self.uniform_into(out))
    }

    /// Normal numbers with mean 0 and variance 1, by the transform of G. E. P. Box and M. E. Muller (1958).
    ///
    /// Their size is bounded: 6.8 for `f32`, 8.7 for `f64`.
    pub fn normal_into<T: Real>(&self, out: &mut [T]) {
        self.normal_into_from(0, out);
    }

    /// As [`Key::normal_into`], from element `first` of the draw on.
    pub fn normal_into_from<T: Real>(&self, first: usize, out: &mut [T]) {
        fill::normal(self, first, out);
    }

    /// As [`Key::normal_into`], into a new tensor.
    pub fn normal<T: Real>(&self, shape: impl Into<Shape>) -> Tensor<T> {
        Tensor::build(shape, |out| self.normal_into(out))
    }

    /// A mask: 1 with the given probability (in steps of 2⁻³²), else 0. The same for `f32` and `f64`.
    ///
    /// # Panics
    /// If the probability is not in [0, 1].
    #[track_caller]
    pub fn bernoulli_into<T: Real>(&self, probability: f64, out: &mut [T]) {
        self.bernoulli_into_from(probability, 0, out);
    }

    /// As [`Key::bernoulli_into`], from element `first` of the draw on.
    ///
    /// # Panics
    /// If the probability is not in [0, 1].
    #[track_caller]
    pub fn bernoulli_into_from<T: Real>(&self, probability: f64, first: usize, out: &mut [T]) {
        assert!(
            (0.0..=1.0).contains(&probability),
            "bernoulli: the probability is {probability}, not in [0, 1]"
        );
        fill::bernoulli(self, probability, first, out);
    }

    /// As [`Key::bernoulli_into`], into a new tensor.
    ///
    /// # Panics
    /// If the probability is not in [0, 1].
    #[track_caller]
    pub fn bernoulli<T: Real>(&self, probability: f64, shape: impl Into<Shape>) -> Tensor<T> {
        assert!(
            (0.0..=1.0).contains(&probability),
            "bernoulli: the probability is {probability}, not in [0, 1]"
        );
        Tensor::build(shape, |out| fill::bernoulli(self, probability, 0, out))
    }

    /// Integers in 0 .. `limit`, all equally likely.
    ///
    /// # Panics
    /// If `limit` is 0.
    #[track_caller]
    pub fn below_into(&self, limit: usize, out: &mut [usize]) {
        assert!(limit > 0, "below: no integer is below 0");
        order::below(self, limit as u64, out);
    }

    /// One integer in 0 .. `limit`, the first of [`Key::below_into`].
    ///
    /// # Panics
    /// If `limit` is 0.
    #[track_caller]
    pub fn below(&self, limit: usize) -> usize {
        assert!(limit > 0, "below: no integer is below 0");
        let mut out = [0];
        order::below(self, limit as u64, &mut out);
        out[0]
    }

    /// The integers 0 .. `out.len()` in random order, all orders equally likely (but for the 256 bits of the key).
    pub fn permutation_into(&self, out: &mut [usize]) {
        order::permutation(self, out);
    }

    /// As [`Key::permutation_into`], into a new vector.
    pub fn permutation(&self, count: usize) -> Vec<usize> {
        let mut out = vec![0; count];
        self.permutation_into(&mut out);
        out
    }
}
