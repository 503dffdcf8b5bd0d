//! The tape: an arena of recorded operations in the order in which they ran.
//!
//! A node holds its operation, the ids of its inputs and its value, but no references. Ids grow as operations are recorded, so
//! id order is a topological order, and the reverse sweep (`engine.rs`) is one loop from high to low. `reset` drops the nodes but
//! keeps the memory, so the next step of a training loop allocates nothing.

use crate::Var;
use crate::engine::Scratch;
use crate::gradients::Home;
use crate::held::Holding;
use crate::ops::Recorded;
use latents_tensor::random::Key;
use latents_tensor::{Real, Shape, ShapeError, Tensor, concrete};
use std::cell::{Cell, RefCell};
use std::fmt;
use std::panic::Location;
use std::rc::Rc;
use std::sync::Arc;

/// One recorded operation.
pub(crate) struct Node<T: Real> {
    pub(crate) op: Recorded<T>,
    /// The position in `Arena::edges` of the first input id.
    first_edge: u32,
    arity: u32,
    pub(crate) value: Tensor<T>,
    /// Whether the node is, or depends on, a variable or parameter.
    pub(crate) needs_gradient: bool,
    pub(crate) name: Option<Arc<str>>,
    pub(crate) location: &'static Location<'static>,
}

pub(crate) struct Arena<T: Real> {
    pub(crate) nodes: Vec<Node<T>>,
    edges: Vec<u32>,
    /// The parameters of this recording: key and leaf, sorted by leaf.
    pub(crate) keyed: Vec<(u64, u32)>,
}

impl<T: Real> Arena<T> {
    pub(crate) fn inputs(&self, id: u32) -> &[u32] {
        let node = &self.nodes[id as usize];
        &self.edges[node.first_edge as usize..][..node.arity as usize]
    }
}

/// Records operations on [`Var`]s so that they can be differentiated.
///
/// ```
/// use latents_autograd::Tape;
/// use latents_tensor::Tensor;
/// let tape = Tape::<f64>::new();
/// let x = tape.variable(&Tensor::from_slice(&[1.0, 2.0, 3.0], [3]));
/// let y = (x * x).sum_all();
/// assert_eq!(y.backward().get(x).unwrap().to_vec(), [2.0, 4.0, 6.0]);
/// ```
///
/// A reset makes every use of an existing handle a compile error:
///
/// ```compile_fail
/// use latents_autograd::Tape;
/// use latents_tensor::Tensor;
/// let mut tape = Tape::<f64>::new();
/// let x = tape.variable(&Tensor::scalar(1.0));
/// tape.reset();
/// let y = x * x;
/// ```
pub struct Tape<T: Real = f32> {
    pub(crate) arena: RefCell<Arena<T>>,
    pub(crate) home: Rc<Home<T>>,
    recording: Cell<u64>,
    training: Cell<bool>,
    key: Cell<Key>,
    draws: Cell<u64>,
    /// Keys of parameters that are treated as constants in later recordings.
    frozen: RefCell<Vec<u64>>,
    pub(crate) holding: RefCell<Holding>,
    pub(crate) scratch: RefCell<Scratch>,
    /// For each input of a custom operation, whether its rule has settled the gradient.
    pub(crate) settled: RefCell<Vec<bool>>,
}

concrete! {
    fn record<'a, T>(tape: &'a Tape<T>, op: Recorded<T>, inputs: &'a [Var<'a, T>], value: Tensor<T>) -> u32 =
        tape.record_generic(op, inputs, value);
    fn push_leaf<'a, T>(
        tape: &'a Tape<T>,
        op: Recorded<T>,
        value: Tensor<T>,
        needs_gradient: bool,
        name: Option<Arc<str>>,
    ) -> u32 = tape.push(op, &[], value, needs_gradient, name);
    fn truncate<'a, T>(tape: &'a Tape<T>, id: u32) = tape.truncate_generic(id);
    fn reset<'a, T>(tape: &'a mut Tape<T>) = tape.reset_generic();
    fn describe<'a, T>(tape: &'a Tape<T>, id: u32) -> String = tape.describe_generic(id);
}

impl<T: Real> Default for Tape<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Real> fmt::Debug for Tape<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tape")
            .field("operations", &self.len())
            .field("training", &self.training.get())
            .finish_non_exhaustive()
    }
}

impl<T: Real> Tape<T> {
    /// Creates an empty tape in training mode, with the random key of seed 0.
    ///
    /// ```
    /// # use latents_autograd::Tape;
    /// let tape = Tape::<f32>::new();
    /// assert!(tape.is_empty() && tape.is_training());
    /// ```
    pub fn new() -> Self {
        Self {
            arena: RefCell::new(Arena {
                nodes: Vec::new(),
                edges: Vec::new(),
                keyed: Vec::new(),
            }),
            home: Rc::default(),
            recording: Cell::new(0),
            training: Cell::new(true),
            key: Cell::new(Key::new(0)),
            draws: Cell::new(0),
            frozen: RefCell::default(),
            holding: RefCell::default(),
            scratch: RefCell::default(),
            settled: RefCell::default(),
        }
    }

    // ---- leaves ---------------------------------------------------------------------------------------------

    /// Adds a tensor as a constant: [`Var::backward`] computes no gradient for it.
    ///
    /// ```
    /// # use latents_autograd::Tape; use latents_tensor::Tensor;
    /// let tape = Tape::<f32>::new();
    /// let x = tape.input(&Tensor::ones([2]));
    /// assert!(x.sum_all().backward().get(x).is_none());
    /// ```
    #[track_caller]
    pub fn input(&self, value: &Tensor<T>) -> Var<'_, T> {
        self.leaf(Recorded::Input, value.clone(), false, None)
    }

    /// Adds a tensor whose gradient [`Var::backward`] computes.
    ///
    /// ```
    /// # use latents_autograd::Tape; use latents_tensor::Tensor;
    /// let tape = Tape::<f32>::new();
    /// let x = tape.variable(&Tensor::ones([2]));
    /// assert_eq!(x.sum_all().backward().get(x).unwrap().to_vec(), [1.0, 1.0]);
    /// ```
    #[track_caller]
    pub fn variable(&self, value: &Tensor<T>) -> Var<'_, T> {
        self.leaf(Recorded::Variable, value.clone(), true, None)
    }

    /// Adds a number as a constant.
    ///
    /// ```
    /// # use latents_autograd::Tape;
    /// let tape = Tape::<f32>::new();
    /// assert_eq!((tape.scalar(2.0) * 3.0).item(), 6.0);
    /// ```
    #[track_caller]
    pub fn scalar(&self, value: f64) -> Var<'_, T> {
        self.leaf(
            Recorded::Constant,
            Tensor::scalar(T::from_f64(value)),
            false,
            None,
        )
    }

    /// Adds a tensor computed by an operation that no gradient passes through.
    #[track_caller]
    pub(crate) fn constant(&self, value: Tensor<T>) -> Var<'_, T> {
        self.leaf(Recorded::Constant, value, false, None)
    }

    /// Returns the leaf of a parameter. The first call in a recording puts `value` on the tape; later calls with the same `key`
    /// return the same leaf, so that a parameter that is used twice gets one gradient.
    ///
    /// ```
    /// # use latents_autograd::Tape; use latents_tensor::Tensor;
    /// let (tape, weight) = (Tape::<f32>::new(), Tensor::scalar(3.0));
    /// let name = "weight".into();
    /// let y = tape.keyed_leaf(1, &name, &weight) * tape.keyed_leaf(1, &name, &weight);
    /// assert_eq!(y.backward().of_key(1).unwrap().item(), 6.0);
    /// ```
    #[track_caller]
    pub fn keyed_leaf(&self, key: u64, name: &Arc<str>, value: &Tensor<T>) -> Var<'_, T> {
        let known = self
            .arena
            .borrow()
            .keyed
            .iter()
            .find(|(known, _)| *known == key)
            .map(|(_, id)| *id);
        if let Some(id) = known {
            return Var::new(self, id);
        }
        let leaf = self.leaf(
            Recorded::Parameter,
            value.clone(),
            !self.frozen.borrow().contains(&key),
            Some(name.clone()),
        );
        self.arena.borrow_mut().keyed.push((key, leaf.id()));
        leaf
    }

    #[track_caller]
    fn leaf(
        &self,
        op: Recorded<T>,
        value: Tensor<T>,
        needs_gradient: bool,
        name: Option<Arc<str>>,
    ) -> Var<'_, T> {
        Var::new(self, push_leaf(self, op, value, needs_gradient, name))
    }

    // ---- recording ------------------------------------------------------------------------------------------

    /// Appends an operation that has been computed.
    #[track_caller]
    pub(crate) fn record(
        &self,
        op: impl Into<Recorded<T>>,
        inputs: &[Var<'_, T>],
        value: Tensor<T>,
    ) -> Var<'_, T> {
        Var::new(self, record(self, op.into(), inputs, value))
    }

    #[track_caller]
    fn record_generic(&self, op: Recorded<T>, inputs: &[Var<'_, T>], value: Tensor<T>) -> u32 {
        self.refuse_strangers(op.name(), inputs);
        let needs_gradient = {
            let nodes = &self.arena.borrow().nodes;
            inputs
                .iter()
                .any(|input| nodes[input.id() as usize].needs_gradient)
        };
        self.push(op, inputs, value, needs_gradient, None)
    }

    /// Panics if a variable belongs to another tape, where its number denotes another node.
    #[track_caller]
    pub(crate) fn refuse_strangers(&self, operation: &str, variables: &[Var<'_, T>]) {
        let own = variables
            .iter()
            .all(|variable| std::ptr::eq(variable.tape(), self));
        assert!(own, "{operation}: the variables belong to different tapes");
    }

    #[track_caller]
    fn push(
        &self,
        op: Recorded<T>,
        inputs: &[Var<'_, T>],
        value: Tensor<T>,
        needs_gradient: bool,
        name: Option<Arc<str>>,
    ) -> u32 {
        let arena = &mut *self.arena.borrow_mut();
        let first_edge = arena.edges.len() as u32;
        arena.edges.extend(inputs.iter().map(|input| input.id()));
        let arity = inputs.len() as u32;
        let id = u32::try_from(arena.nodes.len())
            .unwrap_or_else(|_| panic!("a tape holds at most 2³² operations"));
        let location = Location::caller();
        arena.nodes.push(Node {
            op,
            first_edge,
            arity,
            value,
            needs_gradient,
            name,
            location,
        });
        id
    }

    /// Drops all nodes from `id` on, and the parameters among them.
    pub(crate) fn truncate(&self, id: u32) {
        truncate(self, id);
    }

    fn truncate_generic(&self, id: u32) {
        let arena = &mut *self.arena.borrow_mut();
        if let Some(node) = arena.nodes.get(id as usize) {
            arena.edges.truncate(node.first_edge as usize);
            arena.nodes.truncate(id as usize);
            let kept = arena.keyed.partition_point(|&(_, leaf)| leaf < id);
            arena.keyed.truncate(kept);
        }
    }

    /// Drops the recording but keeps the memory. It borrows the tape mutably, so no [`Var`] survives.
    ///
    /// ```
    /// # use latents_autograd::Tape;
    /// let mut tape = Tape::<f32>::new();
    /// tape.scalar(1.0);
    /// tape.reset();
    /// assert!(tape.is_empty());
    /// ```
    pub fn reset(&mut self) {
        reset(self);
    }

    fn reset_generic(&mut self) {
        let arena = self.arena.get_mut();
        arena.nodes.clear();
        arena.edges.clear();
        arena.keyed.clear();
        self.recording.set(self.recording.get() + 1);
    }

    // ---- the step's context ---------------------------------------------------------------------------------

    /// Returns whether layers such as dropout are in training mode.
    pub fn is_training(&self) -> bool {
        self.training.get()
    }

    /// Freezes the parameters with these keys in later recordings and unfreezes all others. Frozen parameters are constants:
    /// reverse sweeps compute nothing for them.
    pub fn set_frozen(&self, keys: &[u64]) {
        let mut frozen = self.frozen.borrow_mut();
        frozen.clear();
        frozen.extend_from_slice(keys);
    }

    /// Selects training mode (the default) or evaluation mode.
    ///
    /// ```
    /// # use latents_autograd::Tape;
    /// let tape = Tape::<f32>::new();
    /// tape.set_training(false);
    /// assert!(!tape.is_training());
    /// ```
    pub fn set_training(&self, training: bool) {
        self.training.set(training);
    }

    /// Sets the random key of this step; see [`Tape::next_key`].
    pub fn set_key(&self, key: Key) {
        self.key.set(key);
        self.draws.set(0);
    }

    /// Returns a new random key at each call since [`Tape::set_key`]; every run of the same program gets the same keys.
    ///
    /// ```
    /// # use latents_autograd::Tape; use latents_tensor::random::Key;
    /// let tape = Tape::<f32>::new();
    /// tape.set_key(Key::new(7));
    /// let noise = tape.next_key().normal::<f32>([3]).to_vec();
    /// tape.set_key(Key::new(7));
    /// assert_eq!(tape.next_key().normal::<f32>([3]).to_vec(), noise);
    /// ```
    pub fn next_key(&self) -> Key {
        let draw = self.draws.replace(self.draws.get() + 1);
        self.key.get().index(draw)
    }

    // ---- reading --------------------------------------------------------------------------------------------

    /// Returns the number of recorded nodes.
    pub fn len(&self) -> usize {
        self.arena.borrow().nodes.len()
    }

    /// Returns whether nothing is recorded.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn recording(&self) -> u64 {
        self.recording.get()
    }

    pub(crate) fn value(&self, id: u32) -> Tensor<T> {
        self.arena.borrow().nodes[id as usize].value.clone()
    }

    pub(crate) fn shape(&self, id: u32) -> Shape {
        self.arena.borrow().nodes[id as usize].value.shape()
    }

    pub(crate) fn arity(&self, id: u32) -> usize {
        self.arena.borrow().nodes[id as usize].arity as usize
    }

    pub(crate) fn input_of(&self, id: u32, index: usize) -> Var<'_, T> {
        Var::new(self, self.arena.borrow().inputs(id)[index])
    }

    pub(crate) fn op(&self, id: u32) -> Recorded<T> {
        self.arena.borrow().nodes[id as usize].op.clone()
    }

    /// Returns where a node was recorded, for messages: `lesson.rs:14`.
    pub(crate) fn location(&self, id: u32) -> String {
        let location = self.arena.borrow().nodes[id as usize].location;
        format!("{}:{}", location.file(), location.line())
    }

    /// Describes a node for messages: `parameter encoder.0.weight`, `input`, `result of matmul at lesson.rs:14`.
    pub(crate) fn describe(&self, id: u32) -> String {
        describe(self, id)
    }

    fn describe_generic(&self, id: u32) -> String {
        let at = self.location(id);
        let arena = self.arena.borrow();
        let node = &arena.nodes[id as usize];
        match (&node.name, node.arity) {
            (Some(name), _) => format!("{} {name}", node.op.name()),
            (None, 0) => format!("{} at {at}", node.op.name()),
            (None, _) => format!("result of {} at {at}", node.op.name()),
        }
    }

    /// Returns the value, or panics at the caller's line with a description of every operand.
    #[track_caller]
    pub(crate) fn or_raise<V>(&self, result: Result<V, ShapeError>, operands: &[Var<'_, T>]) -> V {
        match result {
            Ok(value) => value,
            Err(error) => self.raise(error, operands),
        }
    }

    /// Panics at the caller's line with a shape error that describes every operand.
    #[cold]
    #[track_caller]
    pub(crate) fn raise(&self, error: ShapeError, operands: &[Var<'_, T>]) -> ! {
        error
            .labels(
                operands
                    .iter()
                    .map(|operand| operand.tape().describe(operand.id())),
            )
            .raise()
    }
}
