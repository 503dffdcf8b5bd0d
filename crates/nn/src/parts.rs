//! `parts!`: generates the methods of a module that only visit its fields.

use crate::{Buffer, Module, Parameter};
use latents_tensor::Real;

/// Generates `visit`, `visit_mut`, `visit_buffers`, `visit_buffers_mut` and `name_parameters` inside an `impl Module<T> for …`
/// from the names of the fields that hold parameters, buffers or other modules, in the order of the state dict. Write `..field`
/// to name the parts of a field as if they were this module's own.
///
/// The element type precedes the colon. For a struct that is a part of modules but not a module itself, put a visibility before
/// the type and use the macro in an inherent `impl`.
///
/// ```
/// use latents_autograd::Var;
/// use latents_nn::{Linear, Module, Parameter, parts};
/// use latents_tensor::{Real, Tensor, random::Key};
///
/// /// scale · linear(x) + x
/// struct Residual<T: Real> {
///     inner: Linear<T>,
///     scale: Parameter<T>,
/// }
///
/// impl<T: Real> Module<T> for Residual<T> {
///     fn forward<'t>(&self, x: Var<'t, T>) -> Var<'t, T> {
///         self.inner.forward(x) * self.scale.on(x.tape()) + x
///     }
///     parts! { T: inner, scale }
/// }
///
/// let mut model = Residual::<f32> {
///     inner: Linear::new(4, 4, Key::new(1)),
///     scale: Parameter::new("scale", Tensor::ones([4])),
/// };
/// model.name_parameters("block");
/// assert_eq!(model.parameter_names(), ["block.inner.weight", "block.inner.bias", "block.scale"]);
/// ```
#[macro_export]
macro_rules! parts {
    ($visible:vis $T:ty : $($fields:tt)*) => {
        $visible fn visit(&self, f: &mut dyn FnMut(&$crate::Parameter<$T>)) {
            $crate::each_part!(self.visit(f): $($fields)*);
        }

        $visible fn visit_mut(&mut self, f: &mut dyn FnMut(&mut $crate::Parameter<$T>)) {
            $crate::each_part!(self.visit_mut(f): $($fields)*);
        }

        $visible fn visit_buffers(&self, f: &mut dyn FnMut(&$crate::Buffer<$T>)) {
            $crate::each_part!(self.visit_buffers(f): $($fields)*);
        }

        $visible fn visit_buffers_mut(&mut self, f: &mut dyn FnMut(&mut $crate::Buffer<$T>)) {
            $crate::each_part!(self.visit_buffers_mut(f): $($fields)*);
        }

        $visible fn name_parameters(&mut self, prefix: &str) {
            $crate::each_part!(self.name_parameters[prefix]: $($fields)*);
        }
    };
}

/// Calls a method on each field of [`parts!`](crate::parts).
#[doc(hidden)]
#[macro_export]
macro_rules! each_part {
    ($self:ident.$method:ident($f:ident):) => {};
    ($self:ident.$method:ident($f:ident): $(..)? $field:ident $(, $($rest:tt)*)?) => {
        {
            #[allow(unused_imports)]
            use $crate::{Module as _, PartsOfMany as _};
            $self.$field.$method($f);
        }
        $crate::each_part!($self.$method($f): $($($rest)*)?);
    };
    ($self:ident.$method:ident[$prefix:ident]:) => {};
    ($self:ident.$method:ident[$prefix:ident]: ..$field:ident $(, $($rest:tt)*)?) => {
        {
            #[allow(unused_imports)]
            use $crate::{Module as _, PartsOfMany as _};
            $self.$field.$method($prefix);
        }
        $crate::each_part!($self.$method[$prefix]: $($($rest)*)?);
    };
    ($self:ident.$method:ident[$prefix:ident]: $field:ident $(, $($rest:tt)*)?) => {
        {
            #[allow(unused_imports)]
            use $crate::{Module as _, PartsOfMany as _};
            $self.$field.$method(&$crate::join($prefix, stringify!($field)));
        }
        $crate::each_part!($self.$method[$prefix]: $($($rest)*)?);
    };
}

/// The methods of [`parts!`](crate::parts) for optional and repeated fields.
#[doc(hidden)]
pub trait PartsOfMany<T: Real> {
    fn visit(&self, f: &mut dyn FnMut(&Parameter<T>));
    fn visit_mut(&mut self, f: &mut dyn FnMut(&mut Parameter<T>));
    fn visit_buffers(&self, f: &mut dyn FnMut(&Buffer<T>));
    fn visit_buffers_mut(&mut self, f: &mut dyn FnMut(&mut Buffer<T>));
    fn name_parameters(&mut self, prefix: &str);
}

impl<T: Real> PartsOfMany<T> for Option<Parameter<T>> {
    fn visit(&self, f: &mut dyn FnMut(&Parameter<T>)) {
        self.iter().for_each(f);
    }
    fn visit_mut(&mut self, f: &mut dyn FnMut(&mut Parameter<T>)) {
        self.iter_mut().for_each(f);
    }
    fn visit_buffers(&self, _: &mut dyn FnMut(&Buffer<T>)) {}
    fn visit_buffers_mut(&mut self, _: &mut dyn FnMut(&mut Buffer<T>)) {}
    fn name_parameters(&mut self, prefix: &str) {
        self.iter_mut().for_each(|parameter| parameter.set_name(prefix));
    }
}

impl<T: Real, M: Module<T>> PartsOfMany<T> for Vec<M> {
    fn visit(&self, f: &mut dyn FnMut(&Parameter<T>)) {
        self.iter().for_each(|module| module.visit(f));
    }
    fn visit_mut(&mut self, f: &mut dyn FnMut(&mut Parameter<T>)) {
        self.iter_mut().for_each(|module| module.visit_mut(f));
    }
    fn visit_buffers(&self, f: &mut dyn FnMut(&Buffer<T>)) {
        self.iter().for_each(|module| module.visit_buffers(f));
    }
    fn visit_buffers_mut(&mut self, f: &mut dyn FnMut(&mut Buffer<T>)) {
        self.iter_mut().for_each(|module| module.visit_buffers_mut(f));
    }
    fn name_parameters(&mut self, prefix: &str) {
        for (index, module) in self.iter_mut().enumerate() {
            module.name_parameters(&crate::join(prefix, &index.to_string()));
        }
    }
}
