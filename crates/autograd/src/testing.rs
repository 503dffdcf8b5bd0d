//! Property-based gradient checks, for tests of crates that add operations, layers or losses. Requires the feature `testing`.
//!
//! [`check_op`] checks an operation on random shapes, layouts and values. [`for_all`] runs any gradient check on random cases.
//! The strategies come from `latents_tensor::testing`.
//!
//! `PROPTEST_CASES` sets the number of cases of each check (default 16), `PROPTEST_RNG_SEED` the seed of the cases.

use crate::catalogue::operations_of;
use crate::check::numbered;
use crate::{Check, CheckError, Tape, Var};
pub use latents_tensor::testing::*;
use latents_tensor::{Real, Tensor};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestError, TestRunner};
use std::cell::Cell;
use std::fmt::Debug;

/// Applies views to a variable, one after the other.
pub fn seen_through<'t, T: Real>(views: &[View], x: Var<'t, T>) -> Var<'t, T> {
    views.iter().fold(x, |x, view| match view {
        View::Permuted(order) => x.permute(order),
        View::Flipped(axis) => x.flip(*axis as isize),
        View::Narrowed { axis, start, end } => x.narrow(*axis as isize, *start, *end),
        View::Broadcast(shape) => x.broadcast_to(*shape),
    })
}

/// Runs `check` on random cases. Cases whose point is on a kink are counted and drawn again.
///
/// # Panics
/// If a check fails, with the smallest failing case, or if more than a fifth of the points are on kinks.
#[track_caller]
pub fn for_all<S: Strategy>(what: &str, cases: S, check: impl Fn(&S::Value) -> Result<(), CheckError>) {
    let (drawn, unclear, failed) = (Cell::new(0u32), Cell::new(0u32), Cell::new(false));
    let mut runner = TestRunner::new(config());
    let run = runner.run(&cases, |case| {
        // After a failure, proptest shrinks the case: these runs do not count.
        let count = u32::from(!failed.get());
        drawn.set(drawn.get() + count);
        // A panic is a failure too, and leaves the flag set.
        let before = failed.replace(true);
        let checked = check(&case);
        failed.set(before);
        match checked {
            Ok(()) => Ok(()),
            Err(error) if error.is_of_the_point() => {
                unclear.set(unclear.get() + count);
                Err(TestCaseError::reject(error.to_string()))
            }
            Err(error) => {
                failed.set(true);
                Err(TestCaseError::fail(error.to_string()))
            }
        }
    });
    match run {
        Err(TestError::Fail(reason, case)) => panic!("{what}: {reason}\nthe smallest case: {case:?}"),
        Err(TestError::Abort(reason)) => panic!("{what}: no cases: {reason}"),
        Ok(()) => {}
    }
    let (drawn, unclear) = (drawn.get(), unclear.get());
    assert!(
        unclear * 5 <= drawn,
        "{what}: {unclear} of {drawn} points are on kinks; draw them from further away"
    );
}

/// The number of cases and their seed, from proptest's own variables; by default a few cases, always the same.
fn config() -> Config {
    let mut config = Config {
        failure_persistence: None,
        ..Config::default()
    };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = 16;
    }
    if std::env::var_os("PROPTEST_MAX_SHRINK_ITERS").is_none() {
        config.max_shrink_iters = 1 << 12;
    }
    if matches!(config.rng_seed, RngSeed::Random) {
        config.rng_seed = RngSeed::Fixed(0);
    }
    config
}

/// Checks the gradients of an operation, of order 1 and 2, on random operands and a random parameter (`()` if there is none). `f`
/// applies the operation to the operands, each seen through its views.
///
/// In addition to the finite differences, it checks that `f` records an operation named `operation` between the operands and its
/// result, and that a fused rule agrees with the recorded one.
///
/// ```
/// use latents_autograd::testing::{check_op, shape, strided};
/// use latents_autograd::{Op, Rule, Tape, Var};
/// use proptest::prelude::*;
/// use std::rc::Rc;
///
/// struct Cube;
/// impl Op<f64> for Cube {
///     fn name(&self) -> &'static str {
///         "cube"
///     }
///     fn vjp<'t>(&self, rule: &mut Rule<'t, '_, f64>) {
///         let (x, g) = (rule.input(0), rule.gradient());
///         rule.give(0, g * x * x * 3.0);
///     }
/// }
///
/// let operands = shape().prop_flat_map(|shape| strided(shape, &[-2.0..2.0]));
/// check_op("cube", operands.prop_map(|x| (vec![x], ())), |x, ()| {
///     let value = x[0].value();
///     x[0].tape().custom(Rc::new(Cube), x, &value * &value * &value)
/// });
/// ```
///
/// # Panics
/// As in [`for_all`].
#[track_caller]
pub fn check_op<P: Debug>(
    operation: &str,
    cases: impl Strategy<Value = (Vec<Strided>, P)>,
    f: impl for<'t> Fn(&[Var<'t, f64>], &P) -> Var<'t, f64>,
) {
    for_all(operation, cases, |(operands, parameter)| {
        let inputs: Vec<Tensor<f64>> = operands.iter().map(|operand| operand.base.clone()).collect();
        let y = function(|x| {
            let seen = operands
                .iter()
                .zip(x)
                .map(|(operand, &x)| seen_through(&operand.views, x));
            f(&seen.collect::<Vec<_>>(), parameter)
        });
        is_recorded(operation, &inputs, &y);
        sweeps_agree(operation, &inputs, &y);
        // A linear operation has no second derivative; the added curvature lets its second-order rule be checked.
        Check::new().order(2).run(&numbered(&inputs), |_, x| {
            let y = y(x);
            y + y.square() * 0.5
        })
    });
}

type Function<'f> = dyn for<'t> Fn(&[Var<'t, f64>]) -> Var<'t, f64> + 'f;

/// Coerces a closure to the signature of an operation on any tape.
fn function<F: for<'t> Fn(&[Var<'t, f64>]) -> Var<'t, f64>>(f: F) -> F {
    f
}

/// Checks that the sample exercises the operation: the result depends on the inputs through it.
fn is_recorded(operation: &str, inputs: &[Tensor<f64>], f: &Function<'_>) {
    let tape = Tape::new();
    let leaves: Vec<_> = inputs.iter().map(|input| tape.variable(input)).collect();
    let found = operations_of(f(&leaves));
    assert!(
        found.contains(operation),
        "{operation} is not recorded between the operands and the result, only {found:?}"
    );
}

/// Compares `backward`, which may use fused kernels and repeated gradients, with `grad`, which records the composed rule.
fn sweeps_agree(operation: &str, inputs: &[Tensor<f64>], f: &Function<'_>) {
    let tape = Tape::new();
    let leaves: Vec<_> = inputs.iter().map(|input| tape.variable(input)).collect();
    let y = f(&leaves).sum_all();
    let fused = y.backward();
    for (index, (leaf, recorded)) in leaves.iter().zip(tape.grad(y, &leaves)).enumerate() {
        let (recorded, nothing) = (recorded.value(), Tensor::zeros(leaf.shape()));
        let fused = fused.get(*leaf).unwrap_or(&nothing);
        assert_eq!(
            fused.shape(),
            leaf.shape(),
            "{operation}: the gradient of operand {index}"
        );
        for (element, (fused, recorded)) in fused.to_vec().iter().zip(recorded.to_vec()).enumerate() {
            assert!(
                (fused - recorded).abs() <= 1e-12 * recorded.abs().max(1.0),
                "{operation}: operand {index}, element {element}: {fused} by backward, {recorded} by grad"
            );
        }
    }
}
