//! Which instruction set the kernels run on: found once, or forced by `LATENTS_SIMD`.

use super::Kernel;
use super::float_mode::StandardMode;
use crate::Real;
use std::sync::OnceLock;

/// An instruction set that the kernels are compiled for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Isa {
    /// Plain Rust, one element at a time; the oracle of every other path.
    Portable,
    /// 256-bit vectors with fused multiply-add (x86-64).
    Avx2,
    /// As [`Isa::Avx2`], with 512-bit vectors in the matrix product (x86-64).
    Avx512,
}

impl Isa {
    /// Every instruction set that this machine can run, the portable one first.
    pub fn available() -> &'static [Isa] {
        #[cfg(target_arch = "x86_64")]
        {
            use std::arch::is_x86_feature_detected as has;
            if has!("avx2") && has!("fma") {
                let wide = has!("avx512f") && has!("avx512dq") && has!("avx512bw") && has!("avx512vl");
                let all = const { &[Isa::Portable, Isa::Avx2, Isa::Avx512] };
                return if wide { all } else { &all[..2] };
            }
        }
        &[Isa::Portable]
    }

    /// The instruction set in use: the best one of the machine, or the one that the environment variable
    /// `LATENTS_SIMD` names (`portable`, `avx2`, `avx512`). Read once, at the first kernel.
    ///
    /// # Panics
    /// If `LATENTS_SIMD` names a set that does not exist or that this machine lacks.
    pub fn active() -> Isa {
        static ACTIVE: OnceLock<Isa> = OnceLock::new();
        *ACTIVE.get_or_init(|| match std::env::var("LATENTS_SIMD") {
            Err(_) => *Isa::available().last().unwrap_or(&Isa::Portable),
            Ok(name) => match Isa::available()
                .iter()
                .find(|isa| isa.name() == name.to_lowercase())
            {
                Some(isa) => *isa,
                None => panic!(
                    "LATENTS_SIMD={name}: not an instruction set of this machine; it has {}",
                    Isa::available()
                        .iter()
                        .map(|isa| isa.name())
                        .collect::<Vec<_>>()
                        .join(", ")
                ),
            },
        })
    }

    /// The name that `LATENTS_SIMD` takes.
    pub fn name(self) -> &'static str {
        match self {
            Isa::Portable => "portable",
            Isa::Avx2 => "avx2",
            Isa::Avx512 => "avx512",
        }
    }

    /// Runs `kernel` compiled for this instruction set.
    ///
    /// # Panics
    /// If the machine lacks the instruction set.
    #[inline]
    pub fn run<T: Real, K: Kernel<T>>(self, kernel: K) -> K::Output {
        let _mode = StandardMode::enter();
        T::dispatch(self, kernel)
    }

    /// As [`Isa::run`], with the widest vectors that the instruction set has: for the few kernels that gain by them.
    ///
    /// # Panics
    /// If the machine lacks the instruction set.
    #[inline]
    pub fn run_wide<T: Real, K: Kernel<T>>(self, kernel: K) -> K::Output {
        let _mode = StandardMode::enter();
        T::dispatch_wide(self, kernel)
    }
}
