//! Operations composed of the listed ones: operators, activations, and `Var` as an [`Algebra`].

use crate::Var;
use crate::held::held;
use latents_tensor::{Algebra, Real, Tensor, algebra_methods};
use std::ops::{Add, Div, Mul, Neg, Sub};

macro_rules! operators {
    ($($trait:ident $method:ident),+) => {$(
        impl<'t, T: Real> $trait for Var<'t, T> {
            type Output = Self;
            #[track_caller]
            fn $method(self, other: Self) -> Self {
                Var::$method(self, other)
            }
        }

        /// With a number on the right-hand side.
        impl<'t, T: Real> $trait<T> for Var<'t, T> {
            type Output = Self;
            #[track_caller]
            fn $method(self, other: T) -> Self {
                Var::$method(self, self.tape().scalar(other.to_f64()))
            }
        }

        operators!(@left $trait $method f32);
        operators!(@left $trait $method f64);
    )+};
    (@left $trait:ident $method:ident $number:ident) => {
        /// With a number on the left-hand side.
        impl<'t> $trait<Var<'t, $number>> for $number {
            type Output = Var<'t, $number>;
            #[track_caller]
            fn $method(self, other: Var<'t, $number>) -> Var<'t, $number> {
                Var::$method(other.tape().scalar(self.to_f64()), other)
            }
        }
    };
}
operators!(Add add, Sub sub, Mul mul, Div div);

impl<T: Real> Neg for Var<'_, T> {
    type Output = Self;
    #[track_caller]
    fn neg(self) -> Self {
        Var::neg(self)
    }
}

macro_rules! comparison {
    ($($(#[$doc:meta])* $method:ident at $example:tt is $result:literal),+) => {$(
        $(#[$doc])*
        ///
        /// Made by `comparison!`.
        ///
        /// ```
        /// # use latents_autograd::Tape;
        /// # let tape = Tape::<f64>::new();
        #[doc = concat!("let [a, b] = ", stringify!($example), ".map(|x| tape.scalar(x));")]
        #[doc = concat!("assert_eq!(a.", stringify!($method), "(b).item(), ", stringify!($result), ");")]
        /// ```
        #[track_caller]
        #[must_use]
        pub fn $method(self, other: Self) -> Self {
            let compared = held!(self.tape(), stringify!($method), Tensor::$method(&self.value(), &other.value()));
            self.tape().constant(compared)
        }
    )+};
}

impl<'t, T: Real> Var<'t, T> {
    comparison! {
        /// 1 where `self < other`, otherwise 0. The result is a constant: no gradient passes.
        less at [1.0, 2.0] is 1.0,
        /// 1 where `self <= other`, otherwise 0. The result is a constant: no gradient passes.
        less_equal at [1.0, 2.0] is 1.0,
        /// 1 where `self > other`, otherwise 0. The result is a constant: no gradient passes.
        greater at [1.0, 2.0] is 0.0,
        /// 1 where `self >= other`, otherwise 0. The result is a constant: no gradient passes.
        greater_equal at [1.0, 2.0] is 0.0,
        /// 1 where `self == other`, otherwise 0. The result is a constant: no gradient passes.
        equal at [1.0, 2.0] is 0.0,
        /// 1 where `self != other`, otherwise 0. The result is a constant: no gradient passes.
        not_equal at [1.0, 2.0] is 1.0
    }

    /// Rounds down to an integer. The result is a constant: no gradient passes.
    ///
    /// ```
    /// # use latents_autograd::Tape;
    /// assert_eq!(Tape::<f64>::new().scalar(-1.5).floor().item(), -2.0);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn floor(self) -> Self {
        self.tape()
            .constant(held!(self.tape(), "floor", self.value().floor()))
    }

    /// Returns the constant `value` on this variable's tape.
    ///
    /// ```
    /// # use latents_autograd::Tape;
    /// assert_eq!(Tape::<f64>::new().scalar(3.0).lit(0.5).item(), 0.5);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn lit(self, value: f64) -> Self {
        self.tape().scalar(value)
    }

    /// xᶜ for a number c.
    ///
    /// ```
    /// # use latents_autograd::Tape;
    /// assert_eq!(Tape::<f64>::new().scalar(3.0).powf(2.0).item(), 9.0);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn powf(self, exponent: f64) -> Self {
        self.pow(self.lit(exponent))
    }

    /// Clamps to the range from `low` to `high`. The gradient is 0 outside and at the bounds, as in PyTorch 2.15.
    ///
    /// ```
    /// # use latents_autograd::Tape;
    /// assert_eq!(Tape::<f64>::new().scalar(3.0).clamp(0.0, 1.0).item(), 1.0);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn clamp(self, low: f64, high: f64) -> Self {
        let inside = self.lit(low).less(self) * self.less(self.lit(high));
        let held = self.value().clamp(T::from_f64(low), T::from_f64(high));
        inside.choose(self, self.tape().constant(held))
    }

    /// x if x > 0, otherwise `slope` · x. The gradient at 0 is `slope`.
    ///
    /// ```
    /// # use latents_autograd::Tape;
    /// assert_eq!(Tape::<f64>::new().scalar(-2.0).leaky_relu(0.5).item(), -1.0);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn leaky_relu(self, slope: f64) -> Self {
        self.lit(0.0).less(self).choose(self, self * self.lit(slope))
    }

    /// x if x > 0, otherwise α(eˣ − 1) (Clevert et al. 2016). The gradient at 0 is α.
    ///
    /// ```
    /// # use latents_autograd::Tape;
    /// assert_eq!(Tape::<f64>::new().scalar(2.0).elu(1.0).item(), 2.0);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn elu(self, alpha: f64) -> Self {
        let (zero, positive) = (self.lit(0.0), self.lit(0.0).less(self));
        // The exponential never sees a positive number, so it cannot overflow in the branch not taken.
        let below = positive.choose(zero, self).expm1() * self.lit(alpha);
        positive.choose(self, below)
    }

    /// x · Φ(x) with the normal distribution function Φ (Hendrycks & Gimpel 2016), accurate also in the tail.
    ///
    /// ```
    /// # use latents_autograd::Tape;
    /// assert!((Tape::<f64>::new().scalar(1.0).gelu().item() - 0.841345).abs() < 1e-6);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn gelu(self) -> Self {
        self * self.normal_cdf()
    }

    /// x · sigmoid(x) (Elfwing et al. 2018), also called swish.
    ///
    /// ```
    /// # use latents_autograd::Tape;
    /// assert!((Tape::<f64>::new().scalar(1.0).silu().item() - 0.731059).abs() < 1e-6);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn silu(self) -> Self {
        self * self.sigmoid()
    }
}

macro_rules! recorded {
    ($($(#[$doc:meta])* $method:ident($x:ident $(, $operand:ident)*) => $on_lanes:expr;)+) => {
        impl<T: Real> latents_tensor::sealed::Algebra for Var<'_, T> {}

        impl<T: Real> Algebra for Var<'_, T> {
            #[track_caller]
            fn lit(self, value: f64) -> Self {
                Var::lit(self, value)
            }
            $(
                #[track_caller]
                fn $method(self $(, $operand: Self)*) -> Self {
                    Var::$method(self $(, $operand)*)
                }
            )+
        }
    };
}
algebra_methods!(recorded);
