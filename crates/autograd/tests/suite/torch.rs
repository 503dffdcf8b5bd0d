//! Every operation compared with PyTorch in float64: value, gradient and second derivative, on views, scalars, single elements,
//! nothing, zeros of both signs, infinities, NaN, ties and subnormal numbers. `reference/torch_values.py` writes the values and
//! says what they are. An operation without a reference fails, and so does a difference that is not listed with its reason and the
//! number that is right. The same expressions in `f32` are compared with those in `f64`.

mod differences;
mod expressions;
mod reference;
mod single;

use differences::{DIFFERENCES, Place};
use expressions::{Expression, expressions};
use latents_autograd::catalogue::{ALL, operations_of, pointwise};
use latents_autograd::{Tape, Var};
use latents_tensor::{Real, Shape, Tensor};
use latents_testing::Tolerance;
use reference::{Case, Operand};
use std::collections::{BTreeSet, HashMap};

/// What the gradient of the result, and those of the gradients, are made of.
const C: [f64; 5] = [0.5, 0.75, 1.0, 1.25, 1.5];
const V: [f64; 4] = [1.0, 0.625, 0.25, -0.125];

/// Up to rounding, or up to a few of the smallest subnormal numbers.
const CLOSE: Tolerance = Tolerance::relative(1e-13).or_absolute(2e-323);

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Quantity {
    Value,
    Gradient,
    Second,
}
const QUANTITIES: [Quantity; 3] = [Quantity::Value, Quantity::Gradient, Quantity::Second];

fn seen<'t, T: Real>(x: Var<'t, T>, view: &str) -> Var<'t, T> {
    match view {
        "transposed" => x.transpose(),
        "flipped" => (0..x.shape().rank()).fold(x, |x, axis| x.flip(axis as isize)),
        "sliced" => x.slice(0, 0..x.shape()[0], 2),
        "narrowed" => x.narrow(0, 1, x.shape()[0] - 1),
        "broadcast" => x.broadcast_to([2, 3]),
        _ => panic!("no view {view}"),
    }
}

/// A tensor of this shape, with elements that repeat.
fn repeated<T: Real>(values: &[f64], shape: Shape) -> Tensor<T> {
    Tensor::from_fn(shape, |i| T::from_f64(values[i % values.len()]))
}

/// Σ weights · terms over several variables.
fn weighted<'t, T: Real>(terms: &[Var<'t, T>], weights: &[f64]) -> Var<'t, T> {
    let tape = terms[0].tape();
    let sums = terms
        .iter()
        .map(|&term| (term * tape.input(&repeated(weights, term.shape()))).sum_all());
    sums.fold(tape.scalar(0.0), |total, sum| total + sum)
}

fn elements<T: Real>(variables: &[Var<'_, T>]) -> Vec<f64> {
    let of_one = |x: &Var<'_, T>| x.value().to_vec().into_iter().map(T::to_f64).collect::<Vec<_>>();
    variables.iter().flat_map(of_one).collect()
}

/// Value, gradients and second derivatives of an expression on a tape.
fn evaluate<'t, T: Real>(
    tape: &'t Tape<T>,
    operands: &[Operand],
    f: impl Fn(&[Var<'t, T>]) -> Var<'t, T>,
) -> (Var<'t, T>, [Vec<f64>; 3]) {
    let leaf = |operand: &Operand| {
        let values = operand.values.iter().map(|&x| T::from_f64(x)).collect();
        tape.variable(&Tensor::from_vec(values, &operand.shape[..]))
    };
    let leaves: Vec<_> = operands.iter().map(leaf).collect();
    let views = operands.iter().zip(&leaves);
    let x: Vec<_> = views
        .map(|(operand, &leaf)| operand.views.iter().fold(leaf, |x, view| seen(x, view)))
        .collect();
    let y = f(&x);
    let first = tape.grad(weighted(&[y], &C), &leaves);
    let second = tape.grad(weighted(&first, &V), &leaves);
    (y, [elements(&[y]), elements(&first), elements(&second)])
}

/// The differences of a case that are not listed; marks those that are.
fn unexplained(case: &Case, got: &[Vec<f64>; 3], used: &mut [bool]) -> Vec<String> {
    let mut wrong = Vec::new();
    for (order, quantity) in QUANTITIES.into_iter().enumerate() {
        assert_eq!(got[order].len(), case.expected[order].len(), "{case}");
        for (index, (&got, &torch)) in got[order].iter().zip(&case.expected[order]).enumerate() {
            if CLOSE.is_near(got, torch) {
                continue;
            }
            let place = Place::of(case, quantity, index, torch);
            match DIFFERENCES
                .iter()
                .position(|difference| difference.explains(&place, got))
            {
                Some(listed) => used[listed] = true,
                None => wrong.push(format!("{case}: {got:e} instead of {place}")),
            }
        }
    }
    wrong
}

#[test]
fn values_and_derivatives_are_those_of_pytorch() {
    let table = expressions();
    let (mut used, mut wrong) = (vec![false; DIFFERENCES.len()], Vec::new());
    for case in reference::cases() {
        let tape = Tape::new();
        let (_, got) = evaluate(&tape, &case.operands, &table[case.expression].double);
        wrong.extend(unexplained(&case, &got, &mut used));
    }
    assert!(
        wrong.is_empty(),
        "{} differences:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    for (difference, used) in DIFFERENCES.iter().zip(used) {
        assert!(used, "{difference:?} is listed and does not occur");
    }
}

#[test]
fn every_operation_has_a_reference() {
    let table = expressions();
    let (mut reached, mut evaluated) = (BTreeSet::new(), BTreeSet::new());
    for case in reference::cases() {
        let tape = Tape::new();
        let (y, _) = evaluate(&tape, &case.operands, &of(&table, case.expression).double);
        reached.extend(operations_of(y));
        evaluated.insert(case.expression);
    }
    for expression in table.keys() {
        assert!(
            evaluated.contains(expression),
            "{expression} has no reference; add it to torch_values.py"
        );
    }
    let rows = pointwise().into_iter().flatten().map(|entry| entry.method);
    for operation in rows.chain(ALL.iter().copied()) {
        assert!(
            reached.contains(operation),
            "{operation} has no reference; add it to torch_values.py"
        );
    }
}

fn of<'a>(table: &'a HashMap<&str, Expression>, name: &str) -> &'a Expression {
    let found = table.get(name);
    found.unwrap_or_else(|| panic!("{name} has no expression here"))
}
