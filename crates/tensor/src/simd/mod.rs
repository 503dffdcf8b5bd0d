//! The vectors of the machine behind one trait.
//!
//! A kernel is written once, generic over [`Lanes`], and [`Isa::run`] instantiates it for the best instruction set of the
//! machine. Two rules ensure that every path gives the same bits:
//!
//! * lanes are never combined: vectorise along independent elements, never across a sum (see `kernels/reduce.rs` for the
//!   fixed virtual lanes of reductions);
//! * every operation of `Lanes` is exactly rounded (`+ − × ÷ √`, fused multiply-add) or a selection, so one lane
//!   of a wide vector and the scalar path agree by IEEE 754.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
pub(crate) mod dispatch;
pub(crate) mod float_mode;
mod isa;
mod lanes;
mod math;
mod prefetch;
mod scalar;
#[cfg(target_arch = "x86_64")]
mod transpose;

pub use isa::{Isa, UnknownIsa};
pub use lanes::{Bits, Kernel, Lanes, Mask};
pub(crate) use lanes::{MOST_LANES, load_each, pointers};
pub use math::Math;
pub(crate) use prefetch::prefetch;
pub use prefetch::prefetch_slice;
