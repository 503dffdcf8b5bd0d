//! The floating-point modes of the thread: kernels run in the default modes of IEEE 754, regardless of the host program's.
//!
//! A host may have enabled flush-to-zero or denormals-are-zero (audio software and the fast-math start-up code of some compilers
//! do), another rounding direction, or traps. Each would change bits, so a region of kernels begins with
//! [`StandardMode::enter`], which reads the control register and changes it if it differs; dropping the value restores the host's
//! modes. Reading takes about a nanosecond, writing about ten. `parallel::team`, `parallel::chunks` and `Isa::run` do this on
//! entry, so every kernel is covered and none does it per element.
//!
//! Only x86-64 is handled; on other architectures the modes are left unchanged.

/// While this value exists, the thread rounds to nearest, keeps subnormal numbers and traps no exceptions.
pub(crate) struct StandardMode {
    #[cfg(target_arch = "x86_64")]
    host: Option<u32>,
    /// The register belongs to the thread: not `Send`.
    _thread: std::marker::PhantomData<*const ()>,
}

#[cfg(not(target_arch = "x86_64"))]
impl StandardMode {
    #[inline(always)]
    pub(crate) fn enter() -> Self {
        Self {
            _thread: std::marker::PhantomData,
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod x86_64 {
    use super::StandardMode;
    use std::arch::asm;

    /// The flags of past exceptions, which are not a mode.
    const FLAGS: u32 = 0x3f;
    /// Every exception masked, round to nearest, no flush-to-zero (bit 15), no denormals-are-zero (bit 6).
    const STANDARD: u32 = 0x1f80;

    #[inline(always)]
    pub(super) fn read() -> u32 {
        let mut register = 0u32;
        // SAFETY: stores the 32-bit control register to the local variable; every x86-64 has it.
        unsafe { asm!("stmxcsr [{}]", in(reg) &raw mut register, options(nostack, preserves_flags)) };
        register
    }

    /// # Safety
    /// `register` must have no reserved bit set: a value that `read` returned, with known bits changed.
    pub(super) unsafe fn write(register: u32) {
        // SAFETY: loads the control register from the local variable; the caller vouches for the value.
        unsafe { asm!("ldmxcsr [{}]", in(reg) &raw const register, options(nostack, preserves_flags)) };
    }

    impl StandardMode {
        #[inline(always)]
        pub(crate) fn enter() -> Self {
            let register = read();
            let host = if register & !FLAGS == STANDARD {
                None
            } else {
                Some(change(register))
            };
            Self {
                host,
                _thread: std::marker::PhantomData,
            }
        }
    }

    #[cold]
    fn change(register: u32) -> u32 {
        // SAFETY: the architecture's value at start, with the flags as they are.
        unsafe { write(STANDARD | (register & FLAGS)) };
        register
    }

    impl Drop for StandardMode {
        #[inline(always)]
        fn drop(&mut self) {
            if let Some(host) = self.host {
                // SAFETY: the value that was read on entry.
                unsafe { write(host) };
            }
        }
    }
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use super::x86_64::{read, write};
    use crate::random::Key;
    use crate::simd::Isa;
    use crate::{Pointwise, Tensor, pointwise};

    /// Flush-to-zero, denormals-are-zero, round towards +∞.
    const HOSTILE: u32 = 0x1f80 | 1 << 15 | 1 << 6 | 2 << 13;

    fn in_hostile_mode<R>(f: impl FnOnce() -> R) -> R {
        let before = read();
        // SAFETY: defined bits alone.
        unsafe { write(HOSTILE) };
        let result = std::hint::black_box(f)();
        let after = read();
        // SAFETY: the value that was read above.
        unsafe { write(before) };
        assert_eq!(after & !0x3f, HOSTILE, "the host's modes must come back");
        result
    }

    struct Formula;

    impl Pointwise<2> for Formula {
        fn eval<A: crate::Algebra>(&self, [x, y]: [A; 2]) -> A {
            (x * y).exp() / y.lit(3.0) + (-x.abs() * y.lit(90.0)).sigmoid() + x * y.lit(1e-38)
        }
    }

    /// Bits that depend on subnormal numbers and on the rounding of every operation.
    fn work() -> Vec<u32> {
        let key = Key::new(1);
        let x: Tensor = key.normal([40, 30]);
        let y: Tensor = key.index(1).normal([30, 50]);
        let products = x.matmul(&y);
        let product_row = products.narrow(0, 0, 1);
        let formula = pointwise("formula", &Formula, [&products, &product_row]);
        let tiny: Tensor = Tensor::full([30, 50], 1e-39);
        let tiny_products = x.matmul(&pointwise("product", &Product, [&y, &tiny]));
        let parts = [
            formula.to_vec(),
            tiny_products.to_vec(),
            x.sum(&[0], false).to_vec(),
        ];
        parts.concat().into_iter().map(f32::to_bits).collect()
    }

    struct Product;

    impl Pointwise<2> for Product {
        fn eval<A: crate::Algebra>(&self, [x, y]: [A; 2]) -> A {
            x * y
        }
    }

    #[test]
    fn a_host_that_flushes_to_zero_gets_the_same_bits() {
        let expected = work();
        assert!(
            expected.iter().any(|bits| f32::from_bits(*bits).is_subnormal()),
            "the work must meet subnormal numbers"
        );
        assert_eq!(in_hostile_mode(work), expected);
        assert_eq!(in_hostile_mode(|| crate::parallel::team(work)), expected);
    }

    #[test]
    fn threads_that_were_born_in_a_foreign_mode_give_the_same_bits() {
        let expected = work();
        // A new thread inherits the control register.
        let got = in_hostile_mode(|| latents_testing::in_pool(3, || [work(), crate::parallel::team(work)]));
        assert_eq!(got, [expected.clone(), expected]);
    }

    #[test]
    fn the_modes_come_back_after_a_panic() {
        struct Panics;
        impl crate::simd::Kernel<f32> for Panics {
            type Output = ();
            fn run<L: crate::simd::Lanes<Elem = f32>>(self) {
                panic!("as it should");
            }
        }
        in_hostile_mode(|| assert!(std::panic::catch_unwind(|| Isa::active().run(Panics)).is_err()));
    }
}
