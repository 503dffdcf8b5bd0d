//! The reverse sweep. Read this file to see how automatic differentiation works.
//!
//! The tape holds y = fₙ(… f₂(f₁(x))) as nodes in the order in which they ran. By the chain rule, once the gradient ḡ of a
//! node is complete, it contributes ḡ times the Jacobian of the node to the gradient of each of its inputs. Every user of a
//! node has a higher id, so visiting the ids in descending order reaches each node after all its users:
//!
//! ```text
//! gradient[y] = 1
//! for id in y, y−1, …, 0:
//!     if gradient[id] is wanted and exists:
//!         for (input, part) in rule(op[id], gradient[id]):
//!             gradient[input] += part          summed over axes that were broadcast
//! ```
//!
//! The rules are written in the same differentiable operations as any program, so running a rule records nodes. The two modes
//! differ in how they treat these nodes. `Discard` takes the value of each part and cuts the tape back after every rule:
//! first-order gradients in constant memory. `Keep` leaves the nodes on the tape, so that the gradients are variables and can be
//! differentiated again.

use crate::gradients::Gradients;
use crate::{Rule, Tape, Var};
use latents_tensor::{Real, Shape, ShapeError, Tensor, concrete};

/// How a sweep treats the nodes that rules record.
trait Mode<T: Real> {
    /// An accumulated gradient whose node has not been visited yet.
    type Gradient;
    const RECORDED: bool;

    fn accept(part: Var<'_, T>) -> Self::Gradient;
    fn add(tape: &Tape<T>, sum: &mut Self::Gradient, part: Self::Gradient);
    fn open<'t>(tape: &'t Tape<T>, gradient: Self::Gradient) -> Var<'t, T>;
    fn close(tape: &Tape<T>, watermark: u32);
}

/// First order: gradients are tensors, and the nodes of the rules are dropped.
struct Discard;

impl<T: Real> Mode<T> for Discard {
    type Gradient = Tensor<T>;
    const RECORDED: bool = false;

    fn accept(part: Var<'_, T>) -> Tensor<T> {
        part.value()
    }
    fn add(_: &Tape<T>, sum: &mut Tensor<T>, part: Tensor<T>) {
        sum.add_assign(&part);
    }
    fn open<'t>(tape: &'t Tape<T>, gradient: Tensor<T>) -> Var<'t, T> {
        tape.constant(gradient)
    }
    fn close(tape: &Tape<T>, watermark: u32) {
        tape.truncate(watermark);
    }
}

/// Higher order: gradients are nodes of the tape, stored by id.
struct Keep;

impl<T: Real> Mode<T> for Keep {
    type Gradient = u32;
    const RECORDED: bool = true;

    fn accept(part: Var<'_, T>) -> u32 {
        part.id()
    }
    fn add(tape: &Tape<T>, sum: &mut u32, part: u32) {
        *sum = (Var::new(tape, *sum) + Var::new(tape, part)).id();
    }
    fn open(tape: &Tape<T>, gradient: u32) -> Var<'_, T> {
        Var::new(tape, gradient)
    }
    fn close(_: &Tape<T>, _: u32) {}
}

fn sweep<T: Real, M: Mode<T>>(
    tape: &Tape<T>,
    from: u32,
    gradients: &mut [Option<M::Gradient>],
    wanted: &dyn Fn(u32) -> bool,
    keep: &dyn Fn(u32) -> bool,
) {
    let mut settled = tape.settled.take();
    for id in (0..=from).rev() {
        let slot = &mut gradients[id as usize];
        if tape.arity(id) == 0 || slot.is_none() || !wanted(id) {
            continue;
        }
        // A gradient that the caller asked for is kept and also passed to the rule.
        let watermark = tape.len() as u32;
        let Some(gradient) = slot.take() else { continue };
        let gradient = M::open(tape, gradient);
        if keep(id) {
            gradients[id as usize] = Some(M::accept(gradient));
        }
        let (op, inputs) = (tape.op(id), tape.arity(id));
        settled.clear();
        settled.resize(if op.is_custom() { inputs } else { 0 }, false);
        let mut give = |index: usize, part: Option<Var<'_, T>>| {
            if let Some(settled) = settled.get_mut(index) {
                *settled = true;
            }
            let Some(part) = part else { return };
            let input = tape.input_of(id, index);
            let part = M::accept(sum_broadcast(tape, id, index, part));
            match &mut gradients[input.id() as usize] {
                Some(sum) => M::add(tape, sum, part),
                none => *none = Some(part),
            }
        };
        op.vjp(&mut Rule {
            output: Var::new(tape, id),
            gradient,
            wanted: &|index| wanted(tape.input_of(id, index).id()),
            give: &mut give,
            recorded: M::RECORDED,
        });
        for (index, _) in settled.iter().enumerate().filter(|(_, settled)| !**settled) {
            if wanted(tape.input_of(id, index).id()) {
                let wrong = format!("its rule gave operand {index} no gradient");
                refuse_rule(
                    tape,
                    id,
                    &wrong,
                    &format!("call give({index}, …), or no_gradient({index}) where it has none"),
                );
            }
        }
        M::close(tape, watermark);
    }
    tape.settled.replace(settled);
}

/// Panics for a rule that breaks its contract; the message describes the operation and its operands, and where it was recorded.
#[cold]
fn refuse_rule<T: Real>(tape: &Tape<T>, id: u32, wrong: &str, hint: &str) -> ! {
    let inputs: Vec<_> = (0..tape.arity(id))
        .map(|index| tape.input_of(id, index))
        .collect();
    let shapes: Vec<Shape> = inputs.iter().map(|input| input.shape()).collect();
    let reason = format!("{wrong}; it was recorded at {}", tape.location(id));
    let error = ShapeError::new(tape.op(id).name(), reason, &shapes);
    tape.raise(error.hint(hint), &inputs)
}

/// Sums a part over the axes along which its input was broadcast, and checks its shape.
fn sum_broadcast<'t, T: Real>(tape: &'t Tape<T>, id: u32, index: usize, part: Var<'t, T>) -> Var<'t, T> {
    let shape = tape.input_of(id, index).shape();
    if part.shape() == shape {
        return part;
    }
    match Shape::broadcast("gradient", &[shape, part.shape()]) {
        Ok(joined) if joined == part.shape() => part.sum_to(shape),
        // A part that is constant along axes of the input (such as the gradient of a sum) may be given unexpanded.
        Ok(joined) if joined == shape => part.broadcast_to(shape),
        _ => {
            let wrong = format!(
                "its rule gave operand {index} a gradient of shape {}",
                part.shape()
            );
            refuse_rule(
                tape,
                id,
                &wrong,
                "a gradient has the shape of its operand, or broadcasts from or to it",
            )
        }
    }
}

concrete! {
    fn backward<'t, T>(y: Var<'t, T>) -> Gradients<T> = y.backward_generic();
    fn grad<'a, T>(tape: &'a Tape<T>, y: Var<'a, T>, xs: &'a [Var<'a, T>], ids: &'a mut [u32]) =
        tape.grad_generic(y, xs, ids);
}

impl<'t, T: Real> Var<'t, T> {
    /// Computes the gradients of this scalar with respect to every variable and parameter that it depends on.
    ///
    /// # Panics
    /// If the variable is not a single number.
    ///
    /// ```
    /// # use latents_autograd::Tape; use latents_tensor::Tensor;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.variable(&Tensor::from_slice(&[1.0, 2.0], [2]));
    /// assert_eq!(x.square().sum_all().backward().get(x).unwrap().to_vec(), [2.0, 4.0]);
    /// ```
    #[track_caller]
    pub fn backward(self) -> Gradients<T> {
        backward(self)
    }

    #[track_caller]
    fn backward_generic(self) -> Gradients<T> {
        if self.shape().count() != 1 {
            let error = ShapeError::new("backward", "starts from a single number", &[self.shape()]);
            self.tape()
                .raise(error.hint("reduce with sum_all() or mean_all() first"), &[self]);
        }
        let tape = self.tape();
        let mut gradients = Gradients::new(tape, tape.len());
        gradients.nodes()[self.id() as usize] = Some(Tensor::ones(self.shape()));
        let wanted = |id: u32| tape.arena.borrow().nodes[id as usize].needs_gradient;
        sweep::<T, Discard>(tape, self.id(), gradients.nodes(), &wanted, &|_| false);
        gradients
    }
}

impl<T: Real> Tape<T> {
    /// Computes the gradients of `y` with respect to each of `xs` and records them, so that they can be differentiated again. If
    /// `y` is not a single number, the gradient is that of the sum of its elements. `xs` may contain any variables, including
    /// inputs and results of operations; the gradient is zero if `y` does not depend on a variable.
    ///
    /// # Panics
    /// If a variable belongs to another tape.
    ///
    /// ```
    /// # use latents_autograd::Tape; use latents_tensor::Tensor;
    /// let tape = Tape::<f64>::new();
    /// let (x, y) = (tape.variable(&Tensor::scalar(2.0)), tape.variable(&Tensor::scalar(5.0)));
    /// let gradients = tape.grad(x * x * y, &[x, y]);
    /// assert_eq!((gradients[0].item(), gradients[1].item()), (20.0, 4.0));
    /// ```
    #[track_caller]
    pub fn grad<'t>(&'t self, y: Var<'t, T>, xs: &[Var<'t, T>]) -> Vec<Var<'t, T>> {
        let mut ids = vec![0; xs.len()];
        grad(self, y, xs, &mut ids);
        ids.into_iter().map(|id| Var::new(self, id)).collect()
    }

    /// Like [`Tape::grad`], with respect to one variable. A tape that has been used before allocates nothing.
    ///
    /// # Panics
    /// If a variable belongs to another tape.
    ///
    /// ```
    /// # use latents_autograd::Tape; use latents_tensor::Tensor;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.variable(&Tensor::scalar(2.0));
    /// let slope = tape.gradient(x.powf(3.0), x);
    /// assert_eq!((slope.item(), tape.gradient(slope, x).item()), (12.0, 12.0)); // 3x², 6x
    /// ```
    #[track_caller]
    pub fn gradient<'t>(&'t self, y: Var<'t, T>, x: Var<'t, T>) -> Var<'t, T> {
        let mut id = [0];
        grad(self, y, &[x], &mut id);
        Var::new(self, id[0])
    }

    /// Implements [`Tape::grad`] with ids.
    #[track_caller]
    fn grad_generic(&self, y: Var<'_, T>, xs: &[Var<'_, T>], ids: &mut [u32]) {
        self.refuse_strangers("grad", &[y]);
        self.refuse_strangers("grad", xs);
        // Taken from the tape and put back, so that sweeps of later recordings allocate nothing.
        let Scratch {
            mut depends,
            mut gradients,
        } = self.scratch.take();
        self.find_dependants(y, xs, &mut depends);
        gradients.clear();
        gradients.resize(y.id() as usize + 1, None);
        gradients[y.id() as usize] = Some(self.constant(Tensor::ones(y.shape())).id());
        let asked = |id: u32| xs.iter().any(|x| x.id() == id);
        sweep::<T, Keep>(self, y.id(), &mut gradients, &|id| depends[id as usize], &asked);
        for (id, x) in ids.iter_mut().zip(xs) {
            *id = match gradients.get(x.id() as usize) {
                Some(Some(id)) if depends[x.id() as usize] => *id,
                _ => self.constant(Tensor::zeros(x.shape())).id(),
            };
        }
        self.scratch.replace(Scratch { depends, gradients });
    }

    /// Marks the nodes up to `y` that are one of `xs` or depend on one.
    fn find_dependants(&self, y: Var<'_, T>, xs: &[Var<'_, T>], depends: &mut Vec<bool>) {
        let arena = self.arena.borrow();
        depends.clear();
        for id in 0..=y.id() {
            let asked = xs.iter().any(|x| x.id() == id);
            depends.push(asked || arena.inputs(id).iter().any(|&input| depends[input as usize]));
        }
    }
}

/// The buffers of a recorded sweep, one entry per node.
#[derive(Default)]
pub(crate) struct Scratch {
    depends: Vec<bool>,
    gradients: Vec<Option<u32>>,
}
