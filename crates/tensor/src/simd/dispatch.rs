//! From an [`Isa`] to a kernel compiled for it.

use super::{Isa, Kernel};
#[cfg(target_arch = "x86_64")]
use super::{Lanes, avx2};
#[cfg(target_arch = "x86_64")]
use crate::Real;

/// # Safety
/// The machine must have AVX2 and FMA.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn with_avx2<T: Real, L: Lanes<Elem = T>, K: Kernel<T>>(kernel: K) -> K::Output {
    kernel.run::<L>()
}

macro_rules! dispatch {
    ($t:ident, $avx2:ident) => {
        #[inline]
        pub(crate) fn $t<K: Kernel<$t>>(isa: Isa, kernel: K) -> K::Output {
            match isa {
                Isa::Portable => kernel.run::<$t>(),
                #[cfg(target_arch = "x86_64")]
                Isa::Avx2 => {
                    assert!(
                        Isa::available().contains(&isa),
                        "this machine lacks AVX2 or FMA"
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
    };
}

dispatch!(f32, F32x8);
dispatch!(f64, F64x4);
