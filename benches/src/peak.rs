//! The peak performance of the cores, in multiply-adds per second without any other work.

use latents_tensor::Real;
use latents_tensor::simd::{Isa, Kernel, Lanes};
use std::hint::black_box;
use std::time::Instant;

/// Enough independent chains to keep two units busy for four cycles of latency, with some to spare.
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

/// Floating point operations per second of this core with the vectors of `isa`, from one run of a few milliseconds.
fn sample<T: Real>(isa: Isa) -> f64 {
    let steps = 1_000_000;
    let chains = Chains {
        steps: black_box(steps),
        factor: black_box(T::from_f64(0.5)),
    };
    let start = Instant::now();
    isa.run_wide(chains);
    let operations = 2 * CHAINS * steps * isa.run_wide::<T, _>(Width);
    operations as f64 / start.elapsed().as_secs_f64()
}

/// Rates of many runs. Their median is the sustained peak. (The best runs are a tenth faster, in the first moments after
/// idling; no long computation can reach that.)
#[derive(Debug, Default)]
pub struct Peak(Vec<f64>);

impl Peak {
    /// Measures one run on each of `threads` threads at the same time.
    pub fn sample<T: Real>(&mut self, isa: Isa, threads: usize) {
        let rates: Vec<f64> = std::thread::scope(|scope| {
            let others: Vec<_> = (1..threads)
                .map(|_| scope.spawn(move || sample::<T>(isa)))
                .collect();
            let own = sample::<T>(isa);
            let others = others.into_iter().map(|other| other.join().unwrap_or(0.0));
            std::iter::once(own).chain(others).collect()
        });
        self.0.push(rates.iter().sum());
    }

    /// Floating point operations per second of all threads together.
    pub fn rate(&self) -> f64 {
        crate::program::median(self.0.clone())
    }

    /// The peak from `count` samples.
    pub fn measured<T: Real>(isa: Isa, threads: usize, count: usize) -> f64 {
        let mut peak = Self::default();
        (0..count).for_each(|_| peak.sample::<T>(isa, threads));
        peak.rate()
    }
}
