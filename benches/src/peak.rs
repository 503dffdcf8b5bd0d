//! The peak of a core: how many multiply-adds a second it does when nothing else is in the way.

use latents_tensor::Real;
use latents_tensor::simd::{Isa, Kernel, Lanes};
use std::hint::black_box;
use std::time::Instant;

/// Chains that a core needs to keep two units busy for four cycles of latency, and some more.
const CHAINS: usize = 12;

/// Independent chains of fused multiply-adds in registers.
struct Chains<T> {
    steps: usize,
    factor: T,
}

impl<T: Real> Kernel<T> for Chains<T> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes<Elem = T>>(self) {
        let factor = L::splat(self.factor);
        let mut sums: [L; CHAINS] = std::array::from_fn(|chain| L::splat(T::from_f64(chain as f64)));
        for _ in 0..self.steps {
            sums.iter_mut()
                .for_each(|sum| *sum = sum.fused_mul_add(factor, factor));
        }
        black_box(sums);
    }
}

/// The width of an instruction set's vectors.
struct Width;

impl<T: Real> Kernel<T> for Width {
    type Output = usize;

    #[inline(always)]
    fn run<L: Lanes<Elem = T>>(self) -> usize {
        L::WIDTH
    }
}

/// Floating point operations a second of this core with the vectors of `isa`, from one short run; take the best of
/// many.
pub fn sample<T: Real>(isa: Isa) -> f64 {
    let steps = 20_000;
    let chains = Chains {
        steps: black_box(steps),
        factor: black_box(T::from_f64(0.5)),
    };
    let start = Instant::now();
    isa.run_wide(chains);
    let operations = 2 * CHAINS * steps * isa.run_wide::<T, _>(Width);
    operations as f64 / start.elapsed().as_secs_f64()
}
