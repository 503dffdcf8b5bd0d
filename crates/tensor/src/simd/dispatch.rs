//! Runs a kernel compiled for an [`Isa`].
//!
//! Kernels are entered through functions that are never inlined: the compiler assumes the default floating-point modes, and could
//! otherwise move arithmetic ahead of the place where `Isa::run` sets them.

use super::{Isa, Kernel};
#[cfg(target_arch = "x86_64")]
use super::{Lanes, avx2, avx512};
use crate::Real;

/// # Safety
/// The machine must have AVX2 and FMA.
#[cfg(target_arch = "x86_64")]
#[inline(never)]
#[target_feature(enable = "avx2,fma")]
unsafe fn with_avx2<T: Real, L: Lanes<Elem = T>, K: Kernel<T>>(kernel: K) -> K::Output {
    kernel.run::<L>()
}

/// # Safety
/// The machine must have AVX-512 F, DQ, BW and VL.
#[cfg(target_arch = "x86_64")]
#[inline(never)]
#[target_feature(enable = "avx2,fma,avx512f,avx512dq,avx512bw,avx512vl")]
unsafe fn with_avx512<T: Real, L: Lanes<Elem = T>, K: Kernel<T>>(kernel: K) -> K::Output {
    kernel.run::<L>()
}

#[inline(never)]
fn with_scalars<T: Real, K: Kernel<T>>(kernel: K) -> K::Output {
    kernel.run::<T>()
}

macro_rules! dispatch {
    ($t:ident, $avx2:ident, $wide:ident, $avx512:ident) => {
        #[inline]
        pub(crate) fn $t<K: Kernel<$t>>(isa: Isa, kernel: K) -> K::Output {
            match isa {
                Isa::Portable => with_scalars(kernel),
                #[cfg(target_arch = "x86_64")]
                Isa::Avx2 | Isa::Avx512 => {
                    assert!(
                        Isa::available().contains(&isa),
                        "this machine lacks {}",
                        isa.name()
                    );
                    // SAFETY: the line above made sure that the machine has the instructions.
                    unsafe { with_avx2::<$t, avx2::$avx2, K>(kernel) }
                }
                #[allow(
                    unreachable_patterns,
                    reason = "reached on machines that are not x86-64"
                )]
                _ => unreachable!("{} kernels do not exist for this architecture", isa.name()),
            }
        }

        /// Like the other, with the widest vectors; every kernel that uses it is compiled once more.
        #[inline]
        pub(crate) fn $wide<K: Kernel<$t>>(isa: Isa, kernel: K) -> K::Output {
            match isa {
                #[cfg(target_arch = "x86_64")]
                Isa::Avx512 => {
                    assert!(
                        Isa::available().contains(&isa),
                        "this machine lacks {}",
                        isa.name()
                    );
                    // SAFETY: the line above made sure that the machine has the instructions.
                    unsafe { with_avx512::<$t, avx512::$avx512, K>(kernel) }
                }
                _ => $t(isa, kernel),
            }
        }
    };
}

dispatch!(f32, F32x8, f32_wide, F32x16);
dispatch!(f64, F64x4, f64_wide, F64x8);
