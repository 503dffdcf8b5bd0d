//! The matrix products to measure.

/// `C = A·B` for A m×k and B k×n, either of which may be transposed.
#[derive(Clone, Copy, Debug)]
pub struct Product {
    /// Rows of C.
    pub m: usize,
    /// The length of the sums.
    pub k: usize,
    /// Columns of C.
    pub n: usize,
    /// Whether A is stored column by column.
    pub a_transposed: bool,
    /// Whether B is stored column by column.
    pub b_transposed: bool,
    /// Where the product occurs.
    pub note: &'static str,
}

const fn product(sizes: [usize; 3], [a_transposed, b_transposed]: [bool; 2], note: &'static str) -> Product {
    let [m, k, n] = sizes;
    Product {
        m,
        k,
        n,
        a_transposed,
        b_transposed,
        note,
    }
}

const NN: [bool; 2] = [false, false];
const NT: [bool; 2] = [false, true];
const TN: [bool; 2] = [true, false];
const TT: [bool; 2] = [true, true];

/// Squares, and the products of a 784-32-784 autoencoder on batches of 256.
pub const PRODUCTS: &[Product] = &[
    product([256, 256, 256], NN, ""),
    product([512, 512, 512], NN, ""),
    product([512, 512, 512], NT, ""),
    product([512, 512, 512], TN, ""),
    product([512, 512, 512], TT, ""),
    product([1024, 1024, 1024], NN, ""),
    product([1024, 1024, 1024], NT, ""),
    product([1024, 1024, 1024], TN, ""),
    product([256, 784, 32], NT, "x·w1ᵀ"),
    product([256, 32, 784], NT, "h·w2ᵀ"),
    product([784, 256, 32], TN, "gᵀ·h"),
    product([256, 784, 32], NN, "g·w2"),
    product([32, 256, 784], TN, "ghᵀ·x"),
    product([256, 32, 784], NN, ""),
    product([784, 256, 32], NN, ""),
    product([256, 784, 32], TN, ""),
];

impl Product {
    /// Floating point operations: one multiplication and one addition per term.
    pub fn operations(&self) -> f64 {
        2.0 * self.m as f64 * self.n as f64 * self.k as f64
    }

    /// Strides (row, column) of A.
    pub fn a_strides(&self) -> [isize; 2] {
        strides(self.m, self.k, self.a_transposed)
    }

    /// Strides (row, column) of B.
    pub fn b_strides(&self) -> [isize; 2] {
        strides(self.k, self.n, self.b_transposed)
    }

    /// A name such as `256×784·784×32 NT`.
    pub fn name(&self) -> String {
        let Product { m, k, n, .. } = self;
        let direction = |transposed| if transposed { 'T' } else { 'N' };
        let (a, b) = (direction(self.a_transposed), direction(self.b_transposed));
        format!("{m}×{k}·{k}×{n} {a}{b}")
    }
}

fn strides(rows: usize, columns: usize, transposed: bool) -> [isize; 2] {
    if transposed {
        [1, rows as isize]
    } else {
        [columns as isize, 1]
    }
}
