//! The tape: an arena of recorded operations in the order in which they ran.
//!
//! A node holds its operation, the ids of its inputs and its value; never a reference. Ids grow as operations are
//! recorded, so id order is a topological order, and the reverse sweep (`engine.rs`) is one loop from high to low.
//! `reset` forgets the nodes and keeps the memory: the next step of a training loop allocates nothing.

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
    /// Where in `Arena::edges` the ids of the inputs start.
    first_edge: u32,
    arity: u32,
    pub(crate) value: Tensor<T>,
    /// Whether a variable or parameter is among its ancestors (or itself).
    pub(crate) needs_gradient: bool,
    pub(crate) name: Option<Arc<str>>,
    pub(crate) location: &'static Location<'static>,
}

pub(crate) struct Arena<T: Real> {
    pub(crate) nodes: Vec<Node<T>>,
    edges: Vec<u32>,
    /// Parameters on this recording: their key and their leaf, by rising leaf.
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
/// A reset makes every handle that is still around a compile error:
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
    /// Keys of parameters that are data in the recordings to come.
    frozen: RefCell<Vec<u64>>,
    pub(crate) holding: RefCell<Holding>,
    pub(crate) scratch: RefCell<Scratch>,
    /// For the inputs of a custom operation, whether its rule has said what their gradients are.
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
    /// An empty tape in training mode, with the random key of seed 0.
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

    /// A tensor that takes part as data: [`Var::backward`] computes no gradient for it.
    #[track_caller]
    pub fn input(&self, value: &Tensor<T>) -> Var<'_, T> {
        self.leaf(Recorded::Input, value.clone(), false, None)
    }

    /// A tensor whose gradient [`Var::backward`] computes.
    #[track_caller]
    pub fn variable(&self, value: &Tensor<T>) -> Var<'_, T> {
        self.leaf(Recorded::Variable, value.clone(), true, None)
    }

    /// A number that takes part as data.
    #[track_caller]
    pub fn scalar(&self, value: f64) -> Var<'_, T> {
        self.leaf(
            Recorded::Constant,
            Tensor::scalar(T::from_f64(value)),
            false,
            None,
        )
    }

    /// A tensor that an operation computed and that gradients do not pass.
    #[track_caller]
    pub(crate) fn constant(&self, value: Tensor<T>) -> Var<'_, T> {
        self.leaf(Recorded::Constant, value, false, None)
    }

    /// The leaf of a parameter: the first call in a recording puts `value` on the tape, later calls with the same
    /// `key` return the same leaf, so that a parameter that is used twice gets one gradient.
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

    /// Appends an operation that has run.
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

    /// Panics if a variable is of another tape: its number would mean another node here.
    #[track_caller]
    pub(crate) fn refuse_strangers(&self, operation: &str, variables: &[Var<'_, T>]) {
        let own = variables
            .iter()
            .all(|variable| std::ptr::eq(variable.tape(), self));
        assert!(own, "{operation}: variables of two tapes");
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

    /// Forgets every node from `id` on, and the parameters among them.
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

    /// Forgets everything recorded and keeps the memory. Takes the tape exclusively, so no [`Var`] survives.
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

    /// Whether layers such as dropout behave as in training.
    pub fn is_training(&self) -> bool {
        self.training.get()
    }

    /// Makes the parameters with these keys data in the recordings to come, and all others parameters again: nothing is
    /// computed for the frozen ones in a reverse sweep.
    pub fn set_frozen(&self, keys: &[u64]) {
        let mut frozen = self.frozen.borrow_mut();
        frozen.clear();
        frozen.extend_from_slice(keys);
    }

    /// Chooses training (the default) or evaluation mode.
    pub fn set_training(&self, training: bool) {
        self.training.set(training);
    }

    /// Sets the random key of this step; see [`Tape::next_key`].
    pub fn set_key(&self, key: Key) {
        self.key.set(key);
        self.draws.set(0);
    }

    /// A random key of its own for each call since [`Tape::set_key`], the same in every run of the same program.
    pub fn next_key(&self) -> Key {
        let draw = self.draws.replace(self.draws.get() + 1);
        self.key.get().index(draw)
    }

    // ---- reading --------------------------------------------------------------------------------------------

    /// The number of recorded nodes.
    pub fn len(&self) -> usize {
        self.arena.borrow().nodes.len()
    }

    /// Whether nothing is recorded.
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

    /// Where a node was recorded, for messages: `lesson.rs:14`.
    pub(crate) fn location(&self, id: u32) -> String {
        let location = self.arena.borrow().nodes[id as usize].location;
        format!("{}:{}", location.file(), location.line())
    }

    /// What a node is, for messages: `parameter encoder.0.weight`, `input`, `result of matmul at lesson.rs:14`.
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

    /// A value, or a panic at the caller's line that says what every operand is.
    #[track_caller]
    pub(crate) fn or_raise<V>(&self, result: Result<V, ShapeError>, operands: &[Var<'_, T>]) -> V {
        match result {
            Ok(value) => value,
            Err(error) => self.raise(error, operands),
        }
    }

    /// Panics at the caller's line with a shape error that says what every operand is.
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
