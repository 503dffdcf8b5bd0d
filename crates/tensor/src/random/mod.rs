//! Random numbers by address: a draw depends only on (seed, purpose, step, element).
//!
//! The generator is ChaCha with 8 rounds (D. J. Bernstein, 2008), which computes block *i* of its stream directly from *i*. The
//! address is the 256-bit key of the cipher, and the number of an element its position in the stream. So noise does not depend on
//! the number of threads, the split of a batch, or whether a run was resumed, and there is no generator state to keep or save.
//! Different purposes and steps read unrelated streams.
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
//! A key gives one draw of each kind: using the same key twice gives the same numbers. Kinds (uniform, normal, integers, …) read
//! separate streams.

mod fill;
mod order;

use crate::{Real, Shape, Tensor};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// The address of a draw: seed, purpose and step. Cheap to copy; every method returns a new key.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Key {
    seed: u64,
    purpose: u64,
    step: u64,
}

/// The kinds of draws. Their numbers determine the streams: never change one.
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
    /// Creates the root key of a run.
    ///
    /// ```
    /// # use latents_tensor::random::Key;
    /// assert_eq!(Key::new(7).normal::<f32>([3]).to_vec(), Key::new(7).normal::<f32>([3]).to_vec());
    /// ```
    pub const fn new(seed: u64) -> Self {
        Self {
            seed,
            purpose: FNV_BASIS,
            step: 0,
        }
    }

    /// Derives a key for a named purpose within this one: `key.purpose("encoder").purpose("dropout")`.
    ///
    /// The step is reset to 0.
    ///
    /// ```
    /// # use latents_tensor::random::Key;
    /// let key = Key::new(7);
    /// assert_ne!(key.purpose("init").permutation(9), key.purpose("shuffle").permutation(9));
    /// ```
    #[must_use]
    pub const fn purpose(self, name: &str) -> Self {
        // Each name ends in a byte that UTF-8 never uses, so that "a", "bc" and "ab", "c" differ.
        self.inside(name.as_bytes(), 0xff)
    }

    /// Like [`Key::purpose`], with a number instead of a name, such as that of a layer.
    ///
    /// ```
    /// # use latents_tensor::random::Key;
    /// let key = Key::new(7);
    /// assert_ne!(key.index(0).permutation(9), key.index(1).permutation(9));
    /// ```
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

    /// Derives the key of step (epoch, batch, …) `step` for the same seed and purpose.
    ///
    /// ```
    /// # use latents_tensor::random::Key;
    /// let key = Key::new(7);
    /// assert_ne!(key.step(0).permutation(9), key.step(1).permutation(9));
    /// ```
    #[must_use]
    pub const fn step(self, step: u64) -> Self {
        Self { step, ..self }
    }

    /// Returns the generator of a kind of draw, at the first word of its stream.
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

    /// Draws uniform numbers in [0, 1): multiples of 2⁻²⁴ (`f32`) or 2⁻⁵³ (`f64`).
    ///
    /// ```
    /// # use latents_tensor::random::Key;
    /// let mut numbers = [0.0f32; 100];
    /// Key::new(7).uniform_into(&mut numbers);
    /// assert!(numbers.iter().all(|x| (0.0..1.0).contains(x)));
    /// ```
    pub fn uniform_into<T: Real>(&self, out: &mut [T]) {
        self.uniform_into_from(0, out);
    }

    /// Like [`Key::uniform_into`], starting at element `first` of the draw.
    pub fn uniform_into_from<T: Real>(&self, first: usize, out: &mut [T]) {
        fill::uniform(self, first, out);
    }

    /// Like [`Key::uniform_into`], returning a new tensor.
    ///
    /// ```
    /// # use latents_tensor::random::Key;
    /// assert_eq!(Key::new(7).uniform::<f32>([2, 3]).shape()[..], [2, 3]);
    /// ```
    pub fn uniform<T: Real>(&self, shape: impl Into<Shape>) -> Tensor<T> {
        Tensor::build(shape, |out| self.uniform_into(out))
    }

    /// Draws normal numbers with mean 0 and variance 1, by the transform of G. E. P. Box and M. E. Muller (1958).
    ///
    /// Their magnitude is bounded: 6.8 for `f32`, 8.7 for `f64`.
    ///
    /// ```
    /// # use latents_tensor::random::Key;
    /// let mut noise = [0.0f32; 4];
    /// Key::new(7).normal_into(&mut noise);
    /// assert_eq!(Key::new(7).normal::<f32>([4]).to_vec(), noise);
    /// ```
    pub fn normal_into<T: Real>(&self, out: &mut [T]) {
        self.normal_into_from(0, out);
    }

    /// Like [`Key::normal_into`], starting at element `first` of the draw.
    ///
    /// ```
    /// # use latents_tensor::random::Key;
    /// let mut tail = [0.0f32; 2];
    /// Key::new(7).normal_into_from(3, &mut tail);
    /// assert_eq!(Key::new(7).normal::<f32>([5]).to_vec()[3..], tail);
    /// ```
    pub fn normal_into_from<T: Real>(&self, first: usize, out: &mut [T]) {
        fill::normal(self, first, out);
    }

    /// Like [`Key::normal_into`], returning a new tensor.
    ///
    /// ```
    /// # use latents_tensor::random::Key;
    /// assert_eq!(Key::new(7).normal::<f32>([2, 3]).shape()[..], [2, 3]);
    /// ```
    pub fn normal<T: Real>(&self, shape: impl Into<Shape>) -> Tensor<T> {
        Tensor::build(shape, |out| self.normal_into(out))
    }

    /// Draws a mask: 1 with the given probability (in steps of 2⁻³²), otherwise 0. The mask is the same for `f32` and `f64`.
    ///
    /// # Panics
    /// If the probability is not between 0 and 1.
    ///
    /// ```
    /// # use latents_tensor::random::Key;
    /// let mut mask = [0.0f32; 100];
    /// Key::new(7).bernoulli_into(0.5, &mut mask);
    /// assert!(mask.iter().all(|&x| x == 0.0 || x == 1.0));
    /// ```
    #[track_caller]
    pub fn bernoulli_into<T: Real>(&self, probability: f64, out: &mut [T]) {
        self.bernoulli_into_from(probability, 0, out);
    }

    /// Like [`Key::bernoulli_into`], starting at element `first` of the draw.
    ///
    /// # Panics
    /// If the probability is not between 0 and 1.
    #[track_caller]
    pub fn bernoulli_into_from<T: Real>(&self, probability: f64, first: usize, out: &mut [T]) {
        assert!(
            (0.0..=1.0).contains(&probability),
            "bernoulli: the probability is {probability}, not in [0, 1]"
        );
        fill::bernoulli(self, probability, first, out);
    }

    /// Like [`Key::bernoulli_into`], returning a new tensor.
    ///
    /// # Panics
    /// If the probability is not between 0 and 1.
    ///
    /// ```
    /// # use latents_tensor::random::Key;
    /// assert_eq!(Key::new(7).bernoulli::<f32>(1.0, [2]).to_vec(), [1.0, 1.0]);
    /// ```
    #[track_caller]
    pub fn bernoulli<T: Real>(&self, probability: f64, shape: impl Into<Shape>) -> Tensor<T> {
        assert!(
            (0.0..=1.0).contains(&probability),
            "bernoulli: the probability is {probability}, not in [0, 1]"
        );
        Tensor::build(shape, |out| fill::bernoulli(self, probability, 0, out))
    }

    /// Draws integers in 0 .. `limit`, all equally likely.
    ///
    /// # Panics
    /// If `limit` is 0.
    ///
    /// ```
    /// # use latents_tensor::random::Key;
    /// let mut rows = [0; 10];
    /// Key::new(7).below_into(3, &mut rows);
    /// assert!(rows.iter().all(|&row| row < 3));
    /// ```
    #[track_caller]
    pub fn below_into(&self, limit: usize, out: &mut [usize]) {
        assert!(limit > 0, "below: no integer is below 0");
        order::below(self, limit as u64, out);
    }

    /// Draws one integer in 0 .. `limit`, the first of [`Key::below_into`].
    ///
    /// # Panics
    /// If `limit` is 0.
    ///
    /// ```
    /// # use latents_tensor::random::Key;
    /// assert!(Key::new(7).below(3) < 3);
    /// ```
    #[track_caller]
    pub fn below(&self, limit: usize) -> usize {
        assert!(limit > 0, "below: no integer is below 0");
        let mut out = [0];
        order::below(self, limit as u64, &mut out);
        out[0]
    }

    /// Draws a permutation of 0 .. `out.len()`, all equally likely (up to the 256 bits of the key).
    pub fn permutation_into(&self, out: &mut [usize]) {
        order::permutation(self, out);
    }

    /// Like [`Key::permutation_into`], returning a new vector.
    ///
    /// ```
    /// # use latents_tensor::random::Key;
    /// let mut order = Key::new(7).permutation(4);
    /// order.sort();
    /// assert_eq!(order, [0, 1, 2, 3]);
    /// ```
    pub fn permutation(&self, count: usize) -> Vec<usize> {
        let mut out = vec![0; count];
        self.permutation_into(&mut out);
        out
    }
}
