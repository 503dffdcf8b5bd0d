//! In-place arithmetic. If the buffer is shared, the result goes to a new one.

use crate::{
    Algebra, OrRaise, Pointwise, Real, Shape, ShapeError, Tensor, Update, concrete, formula, pointwise,
    update_in_place,
};
use std::ops::{AddAssign, MulAssign, SubAssign};

/// x + factor · y.
#[derive(Clone, Copy)]
struct AddScaled(f64);

impl Pointwise<2> for AddScaled {
    #[inline(always)]
    fn eval<A: Algebra>(&self, [x, y]: [A; 2]) -> A {
        x + x.lit(self.0) * y
    }
}

#[derive(Clone, Copy)]
struct Scaled(f64);

impl Pointwise<1> for Scaled {
    #[inline(always)]
    fn eval<A: Algebra>(&self, [x]: [A; 1]) -> A {
        x * x.lit(self.0)
    }
}

/// A formula whose result replaces its first operand.
#[derive(Clone, Copy)]
struct Into0<P>(P);

impl<P: Pointwise<1> + Copy> Update<1, 0> for Into0<P> {
    #[inline(always)]
    fn eval<A: Algebra>(&self, changed: [A; 1], _: [A; 0]) -> [A; 1] {
        [self.0.eval(changed)]
    }
}

impl<P: Pointwise<2> + Copy> Update<1, 1> for Into0<P> {
    #[inline(always)]
    fn eval<A: Algebra>(&self, [x]: [A; 1], [y]: [A; 1]) -> [A; 1] {
        [self.0.eval([x, y])]
    }
}

concrete! {
    fn add_to<'a, T>(x: &'a mut Tensor<T>, y: &'a Tensor<T>) = x.assign("add_assign", &formula::Sum, y);
    fn subtract_from<'a, T>(x: &'a mut Tensor<T>, y: &'a Tensor<T>) =
        x.assign("sub_assign", &formula::Difference, y);
    fn multiply<'a, T>(x: &'a mut Tensor<T>, y: &'a Tensor<T>) = x.assign("mul_assign", &formula::Product, y);
    fn add_scaled_to<'a, T>(x: &'a mut Tensor<T>, factor: T, y: &'a Tensor<T>) =
        x.assign("axpy", &AddScaled(factor.to_f64()), y);
    fn scale<'a, T>(x: &'a mut Tensor<T>, factor: T) = x.scale_generic(factor);
}

impl<T: Real> Tensor<T> {
    /// Replaces `self` by `formula(self, other)`.
    #[track_caller]
    fn assign<P: Pointwise<2> + Copy>(&mut self, operation: &'static str, formula: &P, other: &Self) {
        let shape = self.shape();
        if other.shape() != shape {
            let joined = Shape::broadcast(operation, &[shape, other.shape()]).or_raise();
            if joined != shape {
                let reason = format!("the result {joined} does not fit the tensor that it is written to");
                ShapeError::new(operation, reason, &[shape, other.shape()])
                    .hint("only the second operand may be repeated")
                    .raise();
            }
        }
        match (self.unshared_mut(), other.as_slice()) {
            (Some(elements), Some(others)) if others.len() == elements.len() => {
                update_in_place(&Into0(*formula), [elements], [others]);
            }
            _ => *self = pointwise(operation, formula, [self, other]),
        }
    }

    /// Adds `other`, broadcast to this tensor's shape, in place. The bits are those of `self + other`.
    ///
    /// ```
    /// use latents_tensor::Tensor;
    /// let mut total = Tensor::<f32>::zeros([2, 2]);
    /// total.add_assign(&Tensor::from_slice(&[1.0, 2.0], [2]));
    /// assert_eq!(total.to_vec(), [1.0, 2.0, 1.0, 2.0]);
    /// ```
    ///
    /// # Panics
    /// If `other` does not broadcast to this tensor's shape.
    #[track_caller]
    pub fn add_assign(&mut self, other: &Self) {
        add_to(self, other);
    }

    /// Adds `factor · other`, broadcast to this tensor's shape, in place. The product is rounded before the sum.
    ///
    /// # Panics
    /// If `other` does not broadcast to this tensor's shape.
    ///
    /// ```
    /// # use latents_tensor::Tensor;
    /// let mut x = Tensor::<f32>::ones([2]);
    /// x.axpy(-0.5, &Tensor::from_slice(&[2.0, 4.0], [2]));
    /// assert_eq!(x.to_vec(), [0.0, -1.0]);
    /// ```
    #[track_caller]
    pub fn axpy(&mut self, factor: T, other: &Self) {
        add_scaled_to(self, factor, other);
    }

    /// Multiplies by `factor` in place.
    ///
    /// ```
    /// # use latents_tensor::Tensor;
    /// let mut x = Tensor::<f32>::ones([2]);
    /// x.scale_assign(3.0);
    /// assert_eq!(x.to_vec(), [3.0, 3.0]);
    /// ```
    pub fn scale_assign(&mut self, factor: T) {
        scale(self, factor);
    }

    fn scale_generic(&mut self, factor: T) {
        let formula = Scaled(factor.to_f64());
        match self.unshared_mut() {
            Some(elements) => {
                update_in_place(&Into0(formula), [elements], []);
            }
            None => *self = pointwise("scale_assign", &formula, [self]),
        }
    }
}

impl<T: Real> AddAssign<&Tensor<T>> for Tensor<T> {
    #[track_caller]
    fn add_assign(&mut self, other: &Tensor<T>) {
        Tensor::add_assign(self, other);
    }
}

impl<T: Real> SubAssign<&Tensor<T>> for Tensor<T> {
    #[track_caller]
    fn sub_assign(&mut self, other: &Tensor<T>) {
        subtract_from(self, other);
    }
}

impl<T: Real> MulAssign<&Tensor<T>> for Tensor<T> {
    #[track_caller]
    fn mul_assign(&mut self, other: &Tensor<T>) {
        multiply(self, other);
    }
}

impl<T: Real> MulAssign<T> for Tensor<T> {
    fn mul_assign(&mut self, factor: T) {
        self.scale_assign(factor);
    }
}
