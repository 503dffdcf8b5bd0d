//! The trait that kernels are written against.

use crate::Real;
use std::ops::{Add, BitAnd, BitOr, BitXor, Div, Mul, Neg, Not, Sub};

/// A function compiled once for each instruction set; see [`Isa::run`](super::Isa::run).
pub trait Kernel<T: Real> {
    /// The result of the kernel.
    type Output;

    /// The body. Mark the implementation `#[inline(always)]`, so that it is compiled inside the function that
    /// enables the instructions.
    fn run<L: Lanes<Elem = T>>(self) -> Self::Output;
}

/// The result of a comparison, one truth value per lane.
pub trait Mask: Copy + BitAnd<Output = Self> + BitOr<Output = Self> + Not<Output = Self> {}

/// The bit patterns of a vector: unsigned integers as wide as the elements. Arithmetic wraps.
///
/// The elementary functions use these to split and assemble floating-point numbers.
pub trait Bits: Copy + BitAnd<Output = Self> + BitOr<Output = Self> + BitXor<Output = Self> {
    /// Sets all lanes to `pattern`; 32-bit lanes take the lower half.
    fn constant(pattern: u64) -> Self;

    /// The sum, modulo 2 to the power of the width.
    fn plus(self, other: Self) -> Self;

    /// The difference, modulo 2 to the power of the width.
    fn minus(self, other: Self) -> Self;

    /// Shifts towards the sign bit; `count` should be a constant.
    fn shift_left(self, count: u32) -> Self;

    /// Shifts away from the sign bit and fills with zeros; `count` should be a constant.
    fn shift_right(self, count: u32) -> Self;
}

/// Elements of the widest vector: `f32` with AVX-512.
pub(crate) const MOST_LANES: usize = 16;

/// `count` elements of each of several operands, from element `start` on: `steps` is 1 for
/// elements that lie one behind the other, and 0 for a vector that repeats.
///
/// (`map` of an array may stay a call of its own, which loses the instruction set, and with it every intrinsic becomes a
/// call. It also takes several times as long to compile.)
///
/// # Safety
/// An operand with step 1 must have the elements, and one with step 0 a whole vector at its start. `count ≤ WIDTH`.
#[inline(always)]
pub(crate) unsafe fn load_each<L: Lanes, const N: usize>(
    starts: &[*const L::Elem; N],
    steps: &[usize; N],
    start: usize,
    count: usize,
) -> [L; N] {
    let mut loaded = [L::splat(num_traits::Zero::zero()); N];
    for (operand, loaded) in loaded.iter_mut().enumerate() {
        // SAFETY: the caller's promises.
        *loaded = unsafe {
            let place = starts[operand].add(start * steps[operand]);
            if count == L::WIDTH {
                L::load(place)
            } else {
                L::load_first(place, count)
            }
        };
    }
    loaded
}

/// The start of each of several slices.
#[inline(always)]
pub(crate) fn pointers<T, const N: usize>(slices: &[&[T]; N]) -> [*const T; N] {
    let mut pointers = [std::ptr::null(); N];
    for (pointer, slice) in pointers.iter_mut().zip(slices) {
        *pointer = slice.as_ptr();
    }
    pointers
}

/// Restricts implementations of [`Lanes`] to the vectors of this crate.
pub(super) mod sealed {
    pub trait Sealed {}
}

/// A vector of `WIDTH` elements. `f32` and `f64` themselves are the vectors of width one.
///
/// Only [`Isa::run`](super::Isa::run) provides wider ones, after checking that the machine has the instructions, so all methods
/// but the pointer ones are safe. The trait is sealed: kernels are tested for exactly these vectors.
pub trait Lanes:
    sealed::Sealed
    + Copy
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
{
    /// The element type.
    type Elem: Real;
    /// The result of a comparison.
    type Mask: Mask;
    /// The bit patterns.
    type Bits: Bits;
    /// The number of elements in a vector.
    const WIDTH: usize;

    /// Sets all lanes to `value`.
    fn splat(value: Self::Elem) -> Self;

    /// # Safety
    /// `WIDTH` elements must be readable at `source` (any alignment).
    unsafe fn load(source: *const Self::Elem) -> Self;

    /// # Safety
    /// `WIDTH` elements must be writable at `target` (any alignment).
    unsafe fn store(self, target: *mut Self::Elem);

    /// Loads the first `count < WIDTH` lanes and zeros the rest, touching no memory past them.
    ///
    /// # Safety
    /// `count` elements must be readable at `source`.
    unsafe fn load_first(source: *const Self::Elem, count: usize) -> Self;

    /// Stores the first `count < WIDTH` lanes, touching no memory past them.
    ///
    /// # Safety
    /// `count` elements must be writable at `target`.
    unsafe fn store_first(self, target: *mut Self::Elem, count: usize);

    /// Writes the transpose of a square of `WIDTH` rows of `WIDTH` elements; steps are those between rows.
    ///
    /// # Safety
    /// Both squares must be in bounds, and must not overlap.
    #[inline(always)]
    unsafe fn transpose(
        source: *const Self::Elem,
        source_step: isize,
        target: *mut Self::Elem,
        target_step: isize,
    ) {
        for row in 0..Self::WIDTH as isize {
            for column in 0..Self::WIDTH as isize {
                // SAFETY: both places lie in squares that the caller says are in bounds.
                unsafe {
                    *target.offset(column * target_step + row) = *source.offset(row * source_step + column);
                }
            }
        }
    }

    /// `self * factor + term`, rounded once.
    fn fused_mul_add(self, factor: Self, term: Self) -> Self;

    /// The square root, exactly rounded.
    fn square_root(self) -> Self;

    /// Clears the sign bit.
    fn absolute(self) -> Self;

    /// Rounds to the nearest integer, ties to even.
    fn round_even(self) -> Self;

    /// The largest integer that is not greater.
    fn floor_lanes(self) -> Self;

    /// `if self > other { self } else { other }`: `other` where either is NaN.
    fn larger(self, other: Self) -> Self;

    /// `if self < other { self } else { other }`: `other` where either is NaN.
    fn smaller(self, other: Self) -> Self;

    /// The bit pattern of each element.
    fn as_bits(self) -> Self::Bits;

    /// The elements with these bit patterns.
    fn of_bits(bits: Self::Bits) -> Self;

    /// `self < other`; false where either is NaN.
    fn is_less(self, other: Self) -> Self::Mask;

    /// `self <= other`; false where either is NaN.
    fn is_less_equal(self, other: Self) -> Self::Mask;

    /// `self == other`; false where either is NaN.
    fn is_equal(self, other: Self) -> Self::Mask;

    /// `if_true` where the mask holds, else `if_false`.
    fn select(mask: Self::Mask, if_true: Self, if_false: Self) -> Self;
}
