//! Every operation beside PyTorch in float64: value, gradient and second derivative, on views, scalars, single elements, nothing,
//! zeros of both signs, infinities, NaN, ties and subnormal numbers. `reference/torch_values.py` writes the values and says
//! what they are. An operation without a reference fails, and so does a difference that is not listed with its reason.

mod differences;
mod expressions;

use differences::{DIFFERENCES, Difference};
use expressions::expressions;
use latents_autograd::catalogue::{ALL, operations_of, pointwise};
use latents_autograd::{Tape, Var};
use latents_tensor::{Shape, Tensor};
use std::collections::{BTreeSet, HashMap};

const FILE: &str = include_str!("../reference/torch_values.tsv");

/// What the gradient of the result, and those of the gradients, are made of.
const C: [f64; 5] = [0.5, 0.75, 1.0, 1.25, 1.5];
const V: [f64; 4] = [1.0, 0.625, 0.25, -0.125];

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Quantity {
    Value,
    Gradient,
    Second,
}

struct Case<'a> {
    expression: &'a str,
    operands: Vec<&'a str>,
    expected: [Vec<f64>; 3],
}

fn numbers(text: &str) -> Vec<f64> {
    text.split_whitespace()
        .map(|number| number.parse().unwrap())
        .collect()
}

fn read() -> (HashMap<&'static str, Tensor<f64>>, Vec<Case<'static>>) {
    let (mut operands, mut cases) = (HashMap::new(), Vec::new());
    for line in FILE.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        match fields[0] {
            "operand" => {
                let lengths = fields[2].split('x').filter(|length| !length.is_empty());
                let shape: Vec<usize> = lengths.map(|length| length.parse().unwrap()).collect();
                operands.insert(fields[1], Tensor::from_vec(numbers(fields[3]), &shape[..]));
            }
            "case" => cases.push(Case {
                expression: fields[1],
                operands: fields[2].split(' ').collect(),
                expected: [3, 4, 5].map(|field| numbers(fields[field])),
            }),
            _ => {}
        }
    }
    (operands, cases)
}

fn seen<'t>(x: Var<'t, f64>, view: &str) -> Var<'t, f64> {
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
fn repeated(values: &[f64], shape: Shape) -> Tensor<f64> {
    Tensor::from_fn(shape, |i| values[i % values.len()])
}

/// Σ weights · terms over several variables.
fn weighted<'t>(terms: &[Var<'t, f64>], weights: &[f64]) -> Var<'t, f64> {
    let tape = terms[0].tape();
    let sums = terms
        .iter()
        .map(|&term| (term * tape.input(&repeated(weights, term.shape()))).sum_all());
    sums.fold(tape.scalar(0.0), |total, sum| total + sum)
}

fn elements(variables: &[Var<'_, f64>]) -> Vec<f64> {
    variables.iter().flat_map(|x| x.value().to_vec()).collect()
}

/// Value, gradients and second derivatives, and the operations that were recorded.
fn evaluate(
    operands: &[(&Tensor<f64>, Vec<&str>)],
    f: &expressions::Expression,
) -> ([Vec<f64>; 3], BTreeSet<&'static str>) {
    let tape = Tape::new();
    let leaves: Vec<_> = operands.iter().map(|(value, _)| tape.variable(value)).collect();
    let views = operands.iter().zip(&leaves);
    let x: Vec<_> = views
        .map(|((_, views), &leaf)| views.iter().fold(leaf, |x, view| seen(x, view)))
        .collect();
    let y = f(&x);
    let first = tape.grad(weighted(&[y], &C), &leaves);
    let second = tape.grad(weighted(&first, &V), &leaves);
    (
        [elements(&[y]), elements(&first), elements(&second)],
        operations_of(y),
    )
}

/// Equal up to rounding, or up to a few of the smallest subnormal numbers.
fn agree(got: f64, expected: f64) -> bool {
    let near = (got - expected).abs() <= 1e-13 * expected.abs() + f64::from_bits(4);
    near || got == expected || got.is_nan() && expected.is_nan()
}

/// The operands' elements at a place of the value, if all have as many; of a gradient, at its place in the operand.
fn at(operands: &[(&Tensor<f64>, Vec<&str>)], place: usize) -> Vec<f64> {
    let length = operands[0].0.len();
    let elementwise = operands
        .iter()
        .all(|(value, views)| value.len() == length && views.is_empty());
    if elementwise && length > 0 {
        operands
            .iter()
            .map(|(value, _)| value.to_vec()[place % length])
            .collect()
    } else {
        Vec::new()
    }
}

#[test]
fn values_and_derivatives_are_those_of_pytorch() {
    let (operands, cases) = read();
    let table = expressions();
    let (mut reached, mut evaluated) = (BTreeSet::new(), BTreeSet::new());
    let (mut used, mut wrong) = (vec![false; DIFFERENCES.len()], Vec::new());
    for case in &cases {
        let Some(f) = table.get(case.expression) else {
            panic!("{} has no expression here", case.expression);
        };
        let given: Vec<(&Tensor<f64>, Vec<&str>)> = case
            .operands
            .iter()
            .map(|operand| {
                let mut parts = operand.split('|');
                (&operands[parts.next().unwrap()], parts.collect())
            })
            .collect();
        let (got, recorded) = evaluate(&given, f);
        evaluated.insert(case.expression);
        reached.extend(recorded);
        for (quantity, (got, expected)) in [Quantity::Value, Quantity::Gradient, Quantity::Second]
            .into_iter()
            .zip(got.iter().zip(&case.expected))
        {
            assert_eq!(
                got.len(),
                expected.len(),
                "{} of {:?}",
                case.expression,
                case.operands
            );
            for (place, (&got, &expected)) in got.iter().zip(expected).enumerate() {
                if agree(got, expected) {
                    continue;
                }
                let x = at(&given, place);
                let listed = DIFFERENCES
                    .iter()
                    .position(|d: &Difference| d.explains(case.expression, quantity, &x, got, expected));
                match listed {
                    Some(listed) => used[listed] = true,
                    None => wrong.push(format!(
                        "{} of {:?}: {quantity:?} {place} is {got:e}, PyTorch's {expected:e}, at {x:?}",
                        case.expression, case.operands
                    )),
                }
            }
        }
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
