//! Generic functions that are compiled once for `f32` and once for `f64`, in the crate that writes them.
//!
//! The compiler instantiates a generic function in the crate that calls it, so a program of two lines would compile
//! every kernel that they reach, again after every edit. A function that [`concrete!`](crate::concrete!) lists is
//! instantiated where it is written instead, and what its callers compile is a call.
//!
//! `Real` is sealed, so there are two instances, and [`Real::concrete`] chooses between them: a type that implements
//! [`Concrete`] is a function of each element type, by name, with the types of arguments and result as a function of
//! it. The choice is safe code, resolved at compile time.

use crate::Real;

/// A function of `f32` and one of `f64`, of the same form. [`concrete!`](crate::concrete!) makes one of a generic
/// function.
pub trait Concrete {
    /// The arguments.
    type Input<'a, T: Real>;
    /// The result.
    type Output<'a, T: Real>;

    /// The function for `f32`.
    #[track_caller]
    fn single<'a>(input: Self::Input<'a, f32>) -> Self::Output<'a, f32>;

    /// The function for `f64`.
    #[track_caller]
    fn double<'a>(input: Self::Input<'a, f64>) -> Self::Output<'a, f64>;
}

/// Functions that are generic over the element type and compiled in this crate for both.
///
/// A line reads: signature, `=`, a call of the generic function behind it. References in the signature share one
/// lifetime.
///
/// ```
/// use latents_tensor::{Real, Tensor, concrete};
///
/// fn sum_of_squares_of<T: Real>(x: &Tensor<T>) -> T {
///     (x * x).sum_all()
/// }
///
/// concrete! {
///     /// Σ x².
///     pub fn sum_of_squares<'a, T>(x: &'a Tensor<T>) -> T = sum_of_squares_of(x);
/// }
///
/// assert_eq!(sum_of_squares(&Tensor::from_slice(&[1.0f32, 2.0], [2])), 5.0);
/// ```
#[macro_export]
macro_rules! concrete {
    ($(
        $(#[$attribute:meta])*
        $visibility:vis fn $name:ident<$lifetime:lifetime, $T:ident>(
            $($argument:ident: $Argument:ty),* $(,)?
        ) $(-> $Output:ty)? = $body:expr;
    )+) => {$(
        $(#[$attribute])*
        #[inline]
        #[track_caller]
        $visibility fn $name<$lifetime, $T: $crate::Real>($($argument: $Argument),*) $(-> $Output)? {
            enum Instances {}
            impl $crate::Concrete for Instances {
                type Input<$lifetime, $T: $crate::Real> = ($($Argument,)*);
                type Output<$lifetime, $T: $crate::Real> = $crate::concrete!(@result $($Output)?);
                #[inline(never)]
                fn single<$lifetime>(($($argument,)*): Self::Input<$lifetime, f32>) -> Self::Output<$lifetime, f32> {
                    $body
                }
                #[inline(never)]
                fn double<$lifetime>(($($argument,)*): Self::Input<$lifetime, f64>) -> Self::Output<$lifetime, f64> {
                    $body
                }
            }
            <$T as $crate::Real>::concrete::<Instances>(($($argument,)*))
        }
    )+};
    (@result) => { () };
    (@result $Output:ty) => { $Output };
}
