//! Values that a gradient check holds while it moves the inputs.
//!
//! A rule treats some values as constants although they depend on the inputs: where a gradient is stopped on purpose, the
//! indices of the largest elements, the mask of a comparison. A finite difference of the program as it stands would see
//! them change. So a check records these values at its base point, and hands the same values out again, in the same order,
//! to every run at a moved point. Outside of a check nothing is recorded, and nothing is allocated.

use crate::{Tape, Var};
use latents_tensor::Real;
use std::any::Any;
use std::cell::RefCell;
use std::rc::Rc;

/// One value of the base point.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) name: &'static str,
    /// Whether it is a stopped gradient, which a loss has to declare.
    pub(crate) stop: bool,
    value: Rc<dyn Any>,
}

/// What a tape does where a value is to be held.
#[derive(Default)]
pub(crate) enum Holding {
    /// Computes it: no check is running.
    #[default]
    Off,
    /// Computes it, and remembers it.
    Record(Vec<Entry>),
    /// Takes it from the base point: the entries, and the place of the next one.
    Replay(Rc<[Entry]>, usize),
}

impl<T: Real> Tape<T> {
    /// A discrete value that `compute` finds: indices, a mask, a count. A gradient check holds it at what it is at the
    /// check's own point, since the derivative is that of the piece which these choices select.
    ///
    /// The methods of [`Var`] that choose ([`Var::topk`], [`Var::argmin`], [`Var::less`] and so on) call this themselves;
    /// a choice that is made on tensors needs it. A value that changes continuously must not be held: that would hide the
    /// error of a wrong rule. To stop a gradient, use [`Var::stop`].
    ///
    /// ```
    /// use latents_autograd::{Tape, gradcheck};
    /// use latents_tensor::Tensor;
    /// let x = Tensor::from_slice(&[0.3, -1.2, 0.7], [3]);
    /// gradcheck(
    ///     |x| {
    ///         let positive = x[0].tape().hold("positive", || {
    ///             x[0].value().to_vec().iter().filter(|&&x| x > 0.0).count()
    ///         });
    ///         x[0].square() * positive as f64
    ///     },
    ///     &[x],
    /// )
    /// .unwrap();
    /// ```
    ///
    /// # Panics
    /// In a check, if a run at a moved point holds other values than the base point, or in another order.
    pub fn hold<V: Clone + 'static>(&self, name: &'static str, compute: impl FnOnce() -> V) -> V {
        held!(self, name, compute())
    }

    /// In a replay, the value of the base point whose turn it is.
    pub(crate) fn replayed<V: Clone + 'static>(&self, name: &'static str) -> Option<V> {
        let mut holding = self.holding.borrow_mut();
        let Holding::Replay(entries, place) = &mut *holding else {
            return None;
        };
        let entry = entries.get(*place);
        *place += 1;
        let value = entry
            .filter(|entry| entry.name == name)
            .and_then(|entry| entry.value.downcast_ref());
        assert!(
            value.is_some(),
            "gradient check: a run at a moved point holds {name:?} where the base point holds {:?}",
            entry.map(|entry| entry.name)
        );
        value.cloned()
    }

    /// Remembers a value, if a check records its base point.
    pub(crate) fn remember<V: Clone + 'static>(&self, name: &'static str, stop: bool, value: V) -> V {
        if let Holding::Record(entries) = &mut *self.holding.borrow_mut() {
            let value = Rc::new(value.clone());
            entries.push(Entry { name, stop, value });
        }
        value
    }
}

/// A value that a check holds. No closure: a mistake in `compute` panics at the line of the caller's caller.
macro_rules! held {
    ($tape:expr, $name:expr, $compute:expr) => {
        held!($tape, $name, $compute, false)
    };
    ($tape:expr, $name:expr, $compute:expr, $stop:expr) => {
        match $tape.replayed($name) {
            Some(value) => value,
            None => {
                let value = $compute;
                $tape.remember($name, $stop, value)
            }
        }
    };
}
pub(crate) use held;

/// The entries of a recording, and no more recording.
pub(crate) fn recorded(holding: &RefCell<Holding>) -> Rc<[Entry]> {
    match holding.take() {
        Holding::Record(entries) => entries.into(),
        _ => Rc::default(),
    }
}

impl<T: Real> Var<'_, T> {
    /// The same value as a constant, on purpose: gradients do not pass. `name` says which stop this is.
    ///
    /// A gradient check holds the value at its base point, if the check declares the name
    /// ([`Check::stops`](crate::Check::stops)). A [`detach`](Var::detach) is not held, so that a check finds the derivative
    /// that it hides.
    ///
    /// ```
    /// use latents_autograd::{Check, Operand};
    /// use latents_tensor::Tensor;
    /// // A straight-through rounding: forwards the integer below, backwards the identity.
    /// let operands = [Operand::input("x", &Tensor::from_slice(&[0.3, 1.6], [2]))];
    /// let check = Check::new().stops(&["rounding"]);
    /// check.run(&operands, |_, x| x[0] + (x[0].floor() - x[0]).stop("rounding")).unwrap();
    /// assert!(check.run(&operands, |_, x| x[0] + (x[0].floor() - x[0]).detach()).is_err());
    /// ```
    #[track_caller]
    #[must_use]
    pub fn stop(self, name: &'static str) -> Self {
        let value = held!(self.tape(), name, self.value(), true);
        self.tape().constant(value)
    }
}
