#![doc = include_str!("../README.md")]

mod algebra;
mod buffer;
mod compare;
mod concrete;
pub mod conv;
mod create;
mod cumulative;
mod display;
mod elementwise;
mod error;
pub mod gemm;
mod index;
mod indices;
mod inplace;
mod join;
mod kernels;
mod norm;
pub mod parallel;
pub mod pool;
pub mod random;
mod real;
mod reduce;
mod rows;
mod shape;
pub mod simd;
mod softmax;
mod sort;
mod sparse;
mod tensor;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod view;

pub use algebra::Algebra;
#[doc(hidden)]
pub use algebra::sealed;
pub use concrete::Concrete;
#[doc(hidden)]
pub use elementwise::Compiled;
pub use elementwise::formula;
pub use error::{OrRaise, ShapeError};
pub use indices::Indices;
pub use kernels::pointwise::{Pointwise, pointwise, pointwise_into};
pub use kernels::update::{Update, update_in_place};
#[doc(hidden)]
pub use norm::{range_scale, square_scale};
pub use real::Real;
pub use reduce::{column_sums_of, map_with_column_sums, sum_of};
pub use rows::{Rows, Spread, for_each_batch};
pub use shape::{MAX_RANK, Shape, Strides};
pub use tensor::Tensor;

/// The version of everything that determines bits: the order of sums, the elementary functions, the random draws.
///
/// For a given version, seed and data, training gives the same bits on any number of threads and any instruction set. Every
/// change of a result, however small, increments it; runs record it with their parameters.
pub const NUMERICS_VERSION: u32 = 3;
