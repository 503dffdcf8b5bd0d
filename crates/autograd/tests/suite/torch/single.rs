//! Every expression in `f32`, compared with its own values in `f64` at the same numbers.

use super::expressions::expressions;
use super::reference::{self, Case, Operand};
use super::{QUANTITIES, evaluate};
use latents_autograd::Tape;
use latents_testing::Tolerance;

/// Rounded to `f32`, as both evaluations see them.
fn rounded(operand: &Operand) -> Operand {
    Operand {
        values: operand.values.iter().map(|&x| f64::from(x as f32)).collect(),
        ..operand.clone()
    }
}

/// How far off `f32` may be: a few units of the result, or of the largest number that its terms may have.
fn tolerance(case: &Case, largest: f64) -> Tolerance {
    let _ = case;
    Tolerance::relative(2e-6).or_absolute(2e-6 * largest)
}

#[test]
fn single_precision_is_double_precision_rounded() {
    let table = expressions();
    let mut wrong = Vec::new();
    for case in reference::cases() {
        let operands: Vec<Operand> = case.operands.iter().map(rounded).collect();
        let (single, double) = (Tape::<f32>::new(), Tape::<f64>::new());
        let expression = &table[case.expression];
        let (_, got) = evaluate(&single, &operands, &expression.single);
        let (_, exact) = evaluate(&double, &operands, &expression.double);
        for (order, quantity) in QUANTITIES.into_iter().enumerate() {
            for (place, (&got, &exact)) in got[order].iter().zip(&exact[order]).enumerate() {
                // What f32 has no number for is infinite.
                let expected = f64::from(exact as f32);
                if !tolerance(&case, 0.0).is_near(got, expected) {
                    wrong.push(format!("{case}: {quantity:?} {place} is {got:e}, not {exact:e}"));
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
}
