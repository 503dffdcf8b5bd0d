//! Ourselves and the peers behind one signature. (A peer's entry is an unsafe function, so this file is not part of
//! the library, which forbids them.)

use latents_benches::shapes::Product;
use latents_tensor::gemm::{self, MatMut, MatRef, Nothing, Start};
use latents_tensor::simd::Isa;
use latents_tensor::{Real, Tensor};

/// Who multiplies.
pub(crate) const NAMES: [&str; 3] = ["latents", "gemm", "matrixmultiply"];

/// Operands of one product. Tensors, for all contenders: their memory starts at a cache line, as it does in use.
pub(crate) struct Operands<T: Real> {
    a: Tensor<T>,
    b: Tensor<T>,
    c: Tensor<T>,
}

impl<T: Real> Operands<T> {
    pub(crate) fn new(product: &Product) -> Self {
        let numbers = |rows: usize, columns: usize| {
            Tensor::from_fn([rows * columns], |i| {
                T::from_f64(((i * 7919) % 1000) as f64 / 500.0 - 1.0)
            })
        };
        Self {
            a: numbers(product.m, product.k),
            b: numbers(product.k, product.n),
            c: numbers(product.m, product.n),
        }
    }

    /// A and B to read, C to write.
    fn slices(&mut self) -> (&[T], &[T], &mut [T]) {
        let row_major = "made in row-major order";
        let (a, b) = (self.a.as_slice(), self.b.as_slice());
        (a.expect(row_major), b.expect(row_major), self.c.make_mut())
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
                let (a, b, c) = operands.slices();
                let (a, b, c, n) = (a.as_ptr(), b.as_ptr(), c.as_mut_ptr(), product.n as isize);
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
    let (a, b, c) = operands.slices();
    let a = MatRef::new(a, 0, [product.m, product.k], product.a_strides());
    let b = MatRef::new(b, 0, [product.k, product.n], product.b_strides());
    let c = MatMut::row_major(c, product.m, product.n);
    gemm::gemm(Isa::active(), a, b, c, Start::Zero, &Nothing);
}

fn gemm_crate<T: Real>(product: &Product, operands: &mut Operands<T>, threads: usize) {
    let ([ra, ca], [rb, cb]) = (product.a_strides(), product.b_strides());
    let parallelism = if threads > 1 {
        ::gemm::Parallelism::Rayon(threads)
    } else {
        ::gemm::Parallelism::None
    };
    let (a, b, c) = operands.slices();
    // SAFETY: the operands have the elements that the sizes and strides reach.
    unsafe {
        ::gemm::gemm(
            product.m,
            product.n,
            product.k,
            c.as_mut_ptr(),
            1,
            product.n as isize,
            false,
            a.as_ptr(),
            ca,
            ra,
            b.as_ptr(),
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
