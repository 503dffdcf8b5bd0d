//! Operations on elements of C once their sums are complete, while they are still in the first cache.

use crate::simd::{Isa, Kernel, Lanes};
use crate::{Pointwise, Real};

/// A formula applied to every finished element of C.
pub trait Epilogue<T: Real>: Sync {
    /// Whether the formula is the identity, so that the pass can be omitted.
    const IDENTITY: bool = false;

    /// The operands of some columns, loaded once for many rows (a bias, for example).
    type Column<L: Lanes<Elem = T>>: Copy;

    /// Loads the operands for the `count ≤ WIDTH` columns from `first` on.
    fn column<L: Lanes<Elem = T>>(&self, first: usize, count: usize) -> Self::Column<L>;

    /// Computes the results for finished sums in these columns. Mark it `#[inline(always)]`.
    fn apply<L: Lanes<Elem = T>>(&self, column: Self::Column<L>, sums: L) -> L;
}

/// Leaves the product unchanged.
#[derive(Debug)]
pub struct Nothing;

impl<T: Real> Epilogue<T> for Nothing {
    const IDENTITY: bool = true;
    type Column<L: Lanes<Elem = T>> = ();

    #[inline(always)]
    fn column<L: Lanes<Elem = T>>(&self, _: usize, _: usize) {}

    #[inline(always)]
    fn apply<L: Lanes<Elem = T>>(&self, (): (), sums: L) -> L {
        sums
    }
}

/// `formula(sum)`, for one operand: an activation without a bias.
#[derive(Debug)]
pub struct Finished<'a, P>(pub &'a P);

impl<T: Real, P: Pointwise<1>> Epilogue<T> for Finished<'_, P> {
    const IDENTITY: bool = P::IDENTITY;
    type Column<L: Lanes<Elem = T>> = ();

    #[inline(always)]
    fn column<L: Lanes<Elem = T>>(&self, _: usize, _: usize) {}

    #[inline(always)]
    fn apply<L: Lanes<Elem = T>>(&self, (): (), sums: L) -> L {
        self.0.eval([sums])
    }
}

/// `formula(sum + bias[column])`.
#[derive(Debug)]
pub struct BiasThen<'a, T, P> {
    /// One element per column of C.
    pub bias: &'a [T],
    /// The activation.
    pub formula: &'a P,
}

impl<T: Real, P: Pointwise<1>> Epilogue<T> for BiasThen<'_, T, P> {
    type Column<L: Lanes<Elem = T>> = L;

    #[inline(always)]
    fn column<L: Lanes<Elem = T>>(&self, first: usize, count: usize) -> L {
        let bias = &self.bias[first..first + count];
        // SAFETY: `count` elements are readable by the line above; the plain load needs and has WIDTH of them.
        unsafe {
            if count == L::WIDTH {
                L::load(bias.as_ptr())
            } else {
                L::load_first(bias.as_ptr(), count)
            }
        }
    }

    #[inline(always)]
    fn apply<L: Lanes<Elem = T>>(&self, bias: L, sums: L) -> L {
        self.formula.eval([sums + bias])
    }
}

/// An [`Epilogue`] behind a pointer, so that the product is compiled once, not once per formula.
pub(super) trait Finish<T>: Sync {
    /// Applies the formula to `rows` × `columns` elements from `c` on, which are C's columns from `first` on.
    ///
    /// # Safety
    /// Those elements must be ours to write.
    unsafe fn finish(&self, isa: Isa, c: *mut T, c_row: isize, rows: usize, first: usize, columns: usize);
}

/// Returns the epilogue, unless it leaves the product unchanged.
pub(super) fn needed<T: Real, E: Epilogue<T>>(epilogue: &E) -> Option<&dyn Finish<T>> {
    (!E::IDENTITY).then_some(epilogue)
}

impl<T: Real, E: Epilogue<T>> Finish<T> for E {
    unsafe fn finish(&self, isa: Isa, c: *mut T, c_row: isize, rows: usize, first: usize, columns: usize) {
        isa.run_wide(Pass {
            epilogue: self,
            c,
            c_row,
            rows,
            first,
            columns,
        });
    }
}

struct Pass<'a, T, E> {
    epilogue: &'a E,
    c: *mut T,
    c_row: isize,
    rows: usize,
    first: usize,
    columns: usize,
}

impl<T: Real, E: Epilogue<T>> Kernel<T> for Pass<'_, T, E> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes<Elem = T>>(self) {
        for start in (0..self.columns).step_by(L::WIDTH) {
            let count = L::WIDTH.min(self.columns - start);
            let column = self.epilogue.column::<L>(self.first + start, count);
            for row in 0..self.rows {
                // SAFETY: `count` elements of a row that is ours (see `Finish::finish`).
                unsafe {
                    let place = self.c.offset(row as isize * self.c_row).add(start);
                    if count == L::WIDTH {
                        self.epilogue.apply(column, L::load(place)).store(place);
                    } else {
                        self.epilogue
                            .apply(column, L::load_first(place, count))
                            .store_first(place, count);
                    }
                }
            }
        }
    }
}
