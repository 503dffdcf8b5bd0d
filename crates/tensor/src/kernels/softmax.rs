//! Softmax of rows, its logarithm, and the logarithm of its denominator: a row is read from memory once.
//!
//! The sums have one order, for every width of a vector. A row is cut into blocks of [`BLOCK`] elements. Within a block, element
//! `i` joins virtual lane `i mod 32`, and the lanes are folded as a tree, lane `j` with lane `j + 16`, then with `j + 8`, `j + 4`,
//! `j + 2` and `j + 1`. The sums of the blocks are added in pairs, then the sums of the pairs, and so on: no chain of additions
//! grows with the row.
//!
//! A long row lies along vectors (`long.rs`). Of short ones, which classes have, a vector takes one element of several rows
//! (`short.rs`): then a tree is a few vertical additions.

mod long;
mod short;

use crate::kernels::reduce::LANES;
use crate::simd::{Kernel, Lanes};
use crate::{Algebra, Real};

/// Elements of a row that are summed before their sum joins those of other blocks.
const BLOCK: usize = 1024;

/// What is computed of a row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Form {
    /// ln Σ eˣ: one number a row.
    LogSumExp,
    /// eˣ / Σ eˣ: as many numbers as the row has.
    Softmax,
    /// Its logarithm.
    LogSoftmax,
}

impl Form {
    /// Results of a row of this length.
    pub(crate) fn results(self, length: usize) -> usize {
        if self == Self::LogSumExp { 1 } else { length }
    }
}

/// Rows of `length` elements, at least one.
pub(crate) struct SoftmaxOfRows<'a, T> {
    pub(crate) rows: &'a [T],
    pub(crate) length: usize,
    pub(crate) form: Form,
    /// What is computed of the rows, one after the other.
    pub(crate) out: &'a mut [T],
}

impl<T: Real> Kernel<T> for SoftmaxOfRows<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes<Elem = T>>(self) {
        if self.length <= LANES {
            short::run::<T, L>(self);
        } else {
            long::run::<T, L>(self);
        }
    }
}

/// ln Σ eˣ, from the largest element and ln Σ e^(x − largest).
#[inline(always)]
fn logsumexp<A: Algebra>(largest: A, logarithm: A) -> A {
    let infinite = largest.abs().equal(largest.lit(f64::INFINITY));
    infinite.choose(largest, largest + logarithm)
}

/// Half of the lanes that a row of this length reaches; the others hold what changes nothing.
#[inline(always)]
fn first_half(length: usize) -> usize {
    length.min(LANES).next_power_of_two() / 2
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::Isa;

    fn evaluate<T: Real>(isa: Isa, form: Form, rows: &[T], length: usize, wide: bool) -> Vec<T> {
        let mut out = vec![T::zero(); rows.len() / length * form.results(length)];
        let kernel = SoftmaxOfRows {
            rows,
            length,
            form,
            out: &mut out,
        };
        if wide {
            isa.run_wide(kernel)
        } else {
            isa.run(kernel)
        }
        out
    }

    fn paths_agree<T: Real>() {
        let special = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 3.0, 3.0, 1e-310];
        for length in (1..=70).chain([128, 1000, 2100, 5000]) {
            let number = |i: usize| match i % 97 {
                place if i > 40 * length && place < special.len() => special[place],
                _ => ((i * 7919) % 1013) as f64 * 0.05 - 25.0,
            };
            let rows: Vec<T> = (0..(50 * length).min(40_000) / length * length)
                .map(|i| T::from_f64(number(i)))
                .collect();
            for form in [Form::LogSumExp, Form::Softmax, Form::LogSoftmax] {
                let expected = evaluate(Isa::Portable, form, &rows, length, false);
                for &isa in Isa::available() {
                    for wide in [false, true] {
                        let got = evaluate(isa, form, &rows, length, wide);
                        let same = |(a, b): (&T, &T)| {
                            a.to_f64().to_bits() == b.to_f64().to_bits()
                                || a.to_f64().is_nan() && b.to_f64().is_nan()
                        };
                        assert!(
                            got.iter().zip(&expected).all(same),
                            "{form:?} of {length} on {}",
                            isa.name()
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn paths_give_the_same_bits() {
        paths_agree::<f32>();
        paths_agree::<f64>();
    }
}
