//! Ourselves and the peers behind one signature. (A peer's entry is an unsafe function, so this file is not part of
//! the library, which forbids them.)

use latents_benches::shapes::Product;
use latents_tensor::Real;
use latents_tensor::gemm::{self, MatMut, MatRef, Nothing, Start};
use latents_tensor::simd::Isa;

/// Who multiplies.
pub(crate) const NAMES: [&str; 3] = ["latents", "gemm", "matrixmultiply"];

/// Operands of one product.
pub(crate) struct Operands<T> {
    pub(crate) a: Vec<T>,
    pub(crate) b: Vec<T>,
    pub(crate) c: Vec<T>,
}

impl<T: Real> Operands<T> {
    pub(crate) fn new(product: &Product) -> Self {
        let numbers =
            |length: usize| (0..length).map(|i| T::from_f64(((i * 7919) % 1000) as f64 / 500.0 - 1.0));
        Self {
            a: numbers(product.m * product.k).collect(),
            b: numbers(product.k * product.n).collect(),
            c: numbers(product.m * product.n).collect(),
        }
    }
}

/// An element type that the peers know.
pub(crate) trait Element: Real {
    /// `matrixmultiply`'s entry for this type.
    fn matrixmultiply(product: &Product, operands: &mut Operands<Self>);
}

macro_rules! element {
    ($t:ident, $entry:path) => {
        impl Element for $t {
            fn matrixmultiply(product: &Product, operands: &mut Operands<Self>) {
                let ([ra, ca], [rb, cb]) = (product.a_strides(), product.b_strides());
                let (a, b) = (operands.a.as_ptr(), operands.b.as_ptr());
                let (c, n) = (operands.c.as_mut_ptr(), product.n as isize);
                // SAFETY: the operands have the elements that the sizes and strides reach.
                unsafe {
                    $entry(
                        product.m, product.k, product.n, 1.0, a, ra, ca, b, rb, cb, 0.0, c, n, 1,
                    )
                }
            }
        }
    };
}

element!(f32, matrixmultiply::sgemm);
element!(f64, matrixmultiply::dgemm);

/// `C = A·B` by the one of [`NAMES`] at `who`.
pub(crate) fn multiply<T: Element>(
    who: usize,
    product: &Product,
    operands: &mut Operands<T>,
    threads: usize,
) {
    match who {
        0 => latents(product, operands),
        1 => gemm_crate(product, operands, threads),
        _ => T::matrixmultiply(product, operands),
    }
}

fn latents<T: Real>(product: &Product, operands: &mut Operands<T>) {
    let a = MatRef::new(&operands.a, 0, [product.m, product.k], product.a_strides());
    let b = MatRef::new(&operands.b, 0, [product.k, product.n], product.b_strides());
    let c = MatMut::row_major(&mut operands.c, product.m, product.n);
    gemm::gemm(Isa::active(), a, b, c, Start::Zero, &Nothing);
}

fn gemm_crate<T: Real>(product: &Product, operands: &mut Operands<T>, threads: usize) {
    let ([ra, ca], [rb, cb]) = (product.a_strides(), product.b_strides());
    let parallelism = if threads > 1 {
        ::gemm::Parallelism::Rayon(threads)
    } else {
        ::gemm::Parallelism::None
    };
    // SAFETY: the operands have the elements that the sizes and strides reach.
    unsafe {
        ::gemm::gemm(
            product.m,
            product.n,
            product.k,
            operands.c.as_mut_ptr(),
            1,
            product.n as isize,
            false,
            operands.a.as_ptr(),
            ca,
            ra,
            operands.b.as_ptr(),
            cb,
            rb,
            T::zero(),
            T::one(),
            false,
            false,
            false,
            parallelism,
        );
    }
}
