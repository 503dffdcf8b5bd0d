//! `Gradients`: the result of a reverse sweep, independent of the tape.

use crate::{Tape, Var};
use latents_tensor::{Real, Tensor};
use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

/// The storage of one sweep's gradients.
pub(crate) struct Slots<T: Real> {
    /// Gradients by node id.
    pub(crate) nodes: Vec<Option<Tensor<T>>>,
    /// The parameters of the recording.
    keyed: Vec<(u64, u32)>,
}

impl<T: Real> Default for Slots<T> {
    fn default() -> Self {
        Self {
            nodes: Vec::new(),
            keyed: Vec::new(),
        }
    }
}

/// Storage of dropped gradients, kept for the next sweep.
pub(crate) struct Home<T: Real>(RefCell<Vec<Slots<T>>>);

impl<T: Real> Default for Home<T> {
    fn default() -> Self {
        Self(RefCell::default())
    }
}

/// The gradients of one [`Var::backward`]: one tensor for each variable and parameter that the result depends on.
///
/// They do not borrow the tape, which may be reset while they are in use.
pub struct Gradients<T: Real = f32> {
    slots: Slots<T>,
    home: Rc<Home<T>>,
    recording: u64,
}

impl<T: Real> fmt::Debug for Gradients<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nodes = self.slots.nodes.iter().enumerate();
        let present = nodes.filter_map(|(id, gradient)| Some((id, gradient.as_ref()?.shape())));
        f.debug_map().entries(present).finish()
    }
}

impl<T: Real> Gradients<T> {
    pub(crate) fn new(tape: &Tape<T>, nodes: usize) -> Self {
        let mut slots = tape.home.0.borrow_mut().pop().unwrap_or_default();
        slots.nodes.resize(nodes, None);
        slots.keyed.extend_from_slice(&tape.arena.borrow().keyed);
        Self {
            slots,
            home: tape.home.clone(),
            recording: tape.recording(),
        }
    }

    pub(crate) fn nodes(&mut self) -> &mut [Option<Tensor<T>>] {
        &mut self.slots.nodes
    }

    /// Returns the gradient of a variable or parameter, or `None` if the result does not depend on it.
    ///
    /// # Panics
    /// If the variable belongs to another tape or was recorded after a reset.
    ///
    /// ```
    /// # use latents_autograd::Tape; use latents_tensor::Tensor;
    /// let tape = Tape::<f32>::new();
    /// let x = tape.variable(&Tensor::from_slice(&[1.0, 2.0], [2]));
    /// let gradients = x.square().sum_all().backward();
    /// assert_eq!(gradients.get(x).unwrap().to_vec(), [2.0, 4.0]);
    /// ```
    #[track_caller]
    pub fn get(&self, var: Var<'_, T>) -> Option<&Tensor<T>> {
        assert!(
            self.recording == var.tape().recording() && Rc::ptr_eq(&self.home, &var.tape().home),
            "these gradients belong to another tape, or to a recording before its reset"
        );
        self.slots.nodes.get(var.id() as usize)?.as_ref()
    }

    /// Returns the gradient of the parameter with this key, or `None` if the result does not depend on it.
    ///
    /// ```
    /// # use latents_autograd::Tape; use latents_tensor::Tensor;
    /// let tape = Tape::<f32>::new();
    /// let weight = tape.keyed_leaf(1, &"weight".into(), &Tensor::scalar(3.0));
    /// let gradients = weight.square().backward();
    /// assert_eq!(gradients.of_key(1).unwrap().item(), 6.0);
    /// assert!(gradients.of_key(2).is_none());
    /// ```
    pub fn of_key(&self, key: u64) -> Option<&Tensor<T>> {
        let (_, id) = self.slots.keyed.iter().find(|(known, _)| *known == key)?;
        self.slots.nodes.get(*id as usize)?.as_ref()
    }

    /// Adds the gradients of the parameters of another recording, for example of another part of the batch.
    ///
    /// ```
    /// # use latents_autograd::Tape; use latents_tensor::Tensor;
    /// let (tape, name) = (Tape::<f32>::new(), "weight".into());
    /// let weight = tape.keyed_leaf(1, &name, &Tensor::scalar(3.0));
    /// let mut sum = weight.square().backward();
    /// sum.add_assign(&weight.square().backward());
    /// assert_eq!(sum.of_key(1).unwrap().item(), 12.0);
    /// ```
    pub fn add_assign(&mut self, other: &Self) {
        other.for_each(|key, gradient| match self.place(key) {
            Some(Some(sum)) => sum.add_assign(gradient),
            Some(none) => *none = Some(gradient.copied()),
            None => {
                self.slots.keyed.push((key, self.slots.nodes.len() as u32));
                self.slots.nodes.push(Some(gradient.copied()));
            }
        });
    }

    fn place(&mut self, key: u64) -> Option<&mut Option<Tensor<T>>> {
        let (_, id) = self.slots.keyed.iter().find(|(known, _)| *known == key)?;
        self.slots.nodes.get_mut(*id as usize)
    }

    /// Calls `body` with the key and the gradient of every parameter that has one, in the order of first use.
    ///
    /// ```
    /// # use latents_autograd::Tape; use latents_tensor::Tensor;
    /// let tape = Tape::<f32>::new();
    /// let weight = tape.keyed_leaf(7, &"weight".into(), &Tensor::scalar(3.0));
    /// let mut keys = Vec::new();
    /// weight.square().backward().for_each(|key, _| keys.push(key));
    /// assert_eq!(keys, [7]);
    /// ```
    pub fn for_each(&self, mut body: impl FnMut(u64, &Tensor<T>)) {
        for (key, id) in &self.slots.keyed {
            if let Some(Some(gradient)) = self.slots.nodes.get(*id as usize) {
                body(*key, gradient);
            }
        }
    }

    /// Like [`Gradients::for_each`], with mutable access, for example to clip gradients.
    pub fn for_each_mut(&mut self, mut body: impl FnMut(u64, &mut Tensor<T>)) {
        for (key, id) in &self.slots.keyed {
            if let Some(Some(gradient)) = self.slots.nodes.get_mut(*id as usize) {
                body(*key, gradient);
            }
        }
    }
}

impl<T: Real> Drop for Gradients<T> {
    fn drop(&mut self) {
        let mut slots = std::mem::take(&mut self.slots);
        slots.nodes.clear();
        slots.keyed.clear();
        self.home.0.borrow_mut().push(slots);
    }
}
