//! Pairs of normal numbers from pairs of uniform ones.

use crate::simd::{Isa, Kernel, Lanes};
use crate::{Algebra, Real};

/// Uniform numbers: on entry radii in (0, 1] and angles in [0, 1) turns, on return the two normals of each pair.
pub(crate) struct Words<T, const N: usize> {
    pub(crate) radii: [T; N],
    pub(crate) angles: [T; N],
}

/// √(−2 ln u)·cos 2πv in place of each radius u, √(−2 ln u)·sin 2πv in place of its angle v.
///
/// Computes whole vectors, so a few pairs past `pairs` may change too; `N` must be a multiple of 16.
pub(crate) fn box_muller<T: Real, const N: usize>(values: &mut Words<T, N>, pairs: usize) {
    Isa::active().run(BoxMuller { values, pairs });
}

struct BoxMuller<'a, T, const N: usize> {
    values: &'a mut Words<T, N>,
    pairs: usize,
}

impl<T: Real, const N: usize> Kernel<T> for BoxMuller<'_, T, N> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes<Elem = T>>(self) {
        assert!(N.is_multiple_of(L::WIDTH) && self.pairs <= N);
        let radii = self.values.radii.as_mut_ptr();
        let angles = self.values.angles.as_mut_ptr();
        for start in (0..self.pairs).step_by(L::WIDTH) {
            // SAFETY: start < N and both are multiples of WIDTH, so WIDTH elements lie in both arrays.
            unsafe {
                let radius = L::load(radii.add(start)).ln();
                let radius = (radius * L::splat(T::from_f64(-2.0))).sqrt();
                let (sine, cosine) = T::sin_cos_of_turns_lanes(L::load(angles.add(start)));
                (radius * cosine).store(radii.add(start));
                (radius * sine).store(angles.add(start));
            }
        }
    }
}
