//! Generic functions that are compiled once for `f32` and once for `f64`, in the crate that defines them.
//!
//! The compiler instantiates a generic function in the crate that calls it, so a program of two lines would compile every kernel
//! that it uses, and again after every edit. Functions listed in [`concrete!`](crate::concrete!) are instantiated in their own
//! crate, and callers compile only a call.
//!
//! `Real` is sealed, so there are two instances, and [`Real::concrete`] chooses between them: a type that implements
//! [`Concrete`] provides a function for each element type, with the types of arguments and result as functions of the element
//! type. The choice is safe code, resolved at compile time.

use crate::Real;

/// Two functions of the same form, for `f32` and for `f64`. [`concrete!`](crate::concrete!) generates them from a generic
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
/// Each line consists of the signature, `=`, and a call of the generic function that implements it. References in the signature
/// share one lifetime.
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
