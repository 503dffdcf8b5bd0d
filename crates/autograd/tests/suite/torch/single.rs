//! Every expression in `f32`, compared with its own values in `f64` at the same numbers.

use super::differences::is_of_rows;
use super::expressions::expressions;
use super::reference::{self, Case, Operand};
use super::{QUANTITIES, evaluate};
use latents_autograd::Tape;
use latents_tensor::Algebra;
use latents_testing::Tolerance;

/// Rounded to `f32`, as both evaluations see them.
fn rounded(operand: &Operand) -> Operand {
    Operand {
        values: operand.values.iter().map(|&x| f64::from(x as f32)).collect(),
        ..operand.clone()
    }
}

/// How far off `f32` may be: a few units of a number that goes element by element; of another a few units of the largest in its
/// row too, and of 1, as its terms may cancel.
fn tolerance(case: &Case, row: &[f64]) -> Tolerance {
    let results = case.expected[0].len();
    let elementwise = case
        .operands
        .iter()
        .all(|operand| operand.values.len() == results);
    if elementwise && !is_of_rows(case.expression) {
        // Derivatives of these are computed from a result that is rounded next to 1.
        let of_result = ["sigmoid", "silu", "softplus", "tanh"].contains(&case.expression);
        return Tolerance::relative(4e-6).or_absolute(if of_result { 4e-7 } else { 1e-44 });
    }
    let finite = row.iter().map(|x| x.abs()).filter(|x| x.is_finite());
    let largest = finite.fold(1.0, f64::max);
    Tolerance::relative(4e-6).or_absolute(5e-7 * largest)
}

/// e⁻¹⁰⁰ lies among the subnormal numbers, so that the clamped logarithm of a target's gradient is −99.98 in `f32`.
fn of_clamped(case: &Case, order: usize, index: usize) -> f64 {
    let probabilities = &case.operands[0].values;
    let is_of_target = order == 1 && index >= probabilities.len();
    if case.expression != "binary_cross_entropy" || !is_of_target {
        return 1.0;
    }
    let p = probabilities[index - probabilities.len()] as f32;
    if p == 0.0 || p == 1.0 {
        Algebra::ln(f64::from(3.8e-44_f32)) / -100.0
    } else {
        1.0
    }
}

fn wrong(case: &Case, got: &[Vec<f64>; 3], exact: &[Vec<f64>; 3]) -> Vec<String> {
    let last = case.operands[0].shape.last().copied().unwrap_or(1).max(1);
    let mut wrong = Vec::new();
    for (order, quantity) in QUANTITIES.into_iter().enumerate() {
        for (index, (&got, &exact_number)) in got[order].iter().zip(&exact[order]).enumerate() {
            let row = exact[order].chunks(last).nth(index / last).unwrap_or_default();
            // What f32 has no number for is infinite.
            let expected = f64::from(exact_number as f32) * of_clamped(case, order, index);
            if !tolerance(case, row).is_near(got, expected) {
                wrong.push(format!(
                    "{case}: {quantity:?} {index} is {got:e}, not {exact_number:e}"
                ));
            }
        }
    }
    wrong
}

#[test]
fn single_precision_is_double_precision_rounded() {
    let table = expressions();
    let mut differences = Vec::new();
    for case in reference::cases() {
        let operands: Vec<Operand> = case.operands.iter().map(rounded).collect();
        let (single, double) = (Tape::<f32>::new(), Tape::<f64>::new());
        let expression = &table[case.expression];
        let (_, got) = evaluate(&single, &operands, &expression.single);
        let (_, exact) = evaluate(&double, &operands, &expression.double);
        differences.extend(wrong(&case, &got, &exact));
    }
    assert!(
        differences.is_empty(),
        "{} differences:\n{}",
        differences.len(),
        differences.join("\n")
    );
}
