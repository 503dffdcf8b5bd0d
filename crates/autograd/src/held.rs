//! Values that a gradient check keeps fixed while it varies the inputs.
//!
//! Some values depend on the inputs but are treated as constants by the rules: stopped gradients, the indices of the largest
//! elements, the mask of a comparison. A finite difference of the unmodified program would see them change. A check therefore
//! records these values at its base point and replays them, in the same order, in every run at a moved point. Outside a check,
//! nothing is recorded or allocated.

use crate::{Tape, Var};
use latents_tensor::Real;
use std::any::Any;
use std::cell::RefCell;
use std::rc::Rc;

/// A value recorded at the base point.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) name: &'static str,
    /// Whether it is a stopped gradient, which the check must declare.
    pub(crate) stop: bool,
    value: Rc<dyn Any>,
}

/// How a tape treats a value to be held.
#[derive(Default)]
pub(crate) enum Holding {
    /// Computes the value: no check is running.
    #[default]
    Off,
    /// Computes and records the value.
    Record(Vec<Entry>),
    /// Replays the value of the base point: the entries, and the index of the next one.
    Replay(Rc<[Entry]>, usize),
}

impl<T: Real> Tape<T> {
    /// Computes a discrete value with `compute`: indices, a mask, a count. A gradient check keeps the value that it has at the
    /// check's point, since the derivative is that of the piece selected by these choices.
    ///
    /// The methods of [`Var`] that make such choices ([`Var::topk`], [`Var::argmin`], [`Var::less`], for example) call this
    /// themselves; choices made on tensors need it. Never hold a value that changes continuously: this would hide a wrong rule.
    /// To stop a gradient, use [`Var::stop`].
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
    /// In a check, if a run at a moved point holds other values than the base point, or holds them in another order.
    pub fn hold<V: Clone + 'static>(&self, name: &'static str, compute: impl FnOnce() -> V) -> V {
        held!(self, name, compute())
    }

    /// In a replay, returns the next value of the base point.
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

    /// Records a value if a check records its base point.
    pub(crate) fn remember<V: Clone + 'static>(&self, name: &'static str, stop: bool, value: V) -> V {
        if let Holding::Record(entries) = &mut *self.holding.borrow_mut() {
            let value = Rc::new(value.clone());
            entries.push(Entry { name, stop, value });
        }
        value
    }
}

/// Holds a value during a check. It passes no closure, so that a panic in `compute` points at the line of the caller's caller.
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

/// Returns the entries of a recording and stops recording.
pub(crate) fn recorded(holding: &RefCell<Holding>) -> Rc<[Entry]> {
    match holding.take() {
        Holding::Record(entries) => entries.into(),
        _ => Rc::default(),
    }
}

impl<T: Real> Var<'_, T> {
    /// Returns the value as a constant: no gradient passes. `name` identifies this stop.
    ///
    /// A gradient check holds the value at its base point if it declares the name ([`Check::stops`](crate::Check::stops)).
    /// [`detach`](Var::detach) is not held, so a check detects the derivative that it hides.
    ///
    /// ```
    /// use latents_autograd::{Check, Operand};
    /// use latents_tensor::Tensor;
    /// // Straight-through rounding: rounds down in the forward pass, with the gradient of the identity.
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
