//! Every operation, checked by property: its gradients of order 1 and 2 on drawn shapes, layouts and values, its fused rule
//! against the recorded one, and f32 against f64. An operation without a law, or whose law never records it, fails.

mod composed;
mod conv;
mod index;
mod layout;
mod loss;
mod pointwise;
mod products;
mod reduce;

use latents_autograd::catalogue::ALL;
use latents_autograd::testing::{Strided, check_op, for_all, seen_through};
use latents_autograd::{Tape, Var};
use latents_tensor::{Real, Tensor};
use proptest::prelude::*;
use std::fmt;
use std::rc::Rc;

pub(crate) type Run<T> = Rc<dyn for<'t> Fn(&[Var<'t, T>]) -> Var<'t, T>>;

/// Holds a closure to the signature, whatever the lifetime of the tape.
pub(crate) fn run<T: Real>(f: impl for<'t> Fn(&[Var<'t, T>]) -> Var<'t, T> + 'static) -> Run<T> {
    Rc::new(f)
}

/// An operation with its parameters, at a point.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) parameters: String,
    pub(crate) operands: Vec<Strided>,
    pub(crate) double: Run<f64>,
    pub(crate) single: Run<f32>,
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}on {:#?}", self.parameters, self.operands)
    }
}

/// A case of operands, of parameters that are shown where it fails, and of an expression in both element types.
macro_rules! case {
    ($operands:expr, [$($parameter:ident),*], |$x:ident| $body:expr) => {{
        let operands: Vec<latents_autograd::testing::Strided> = $operands.into();
        let parameters: &[String] = &[$(format!("{} = {:?} ", stringify!($parameter), $parameter)),*];
        $crate::laws::Case {
            parameters: parameters.concat(),
            operands,
            double: {
                $(let $parameter = Clone::clone(&$parameter);)*
                $crate::laws::run::<f64>(move |$x| $body)
            },
            single: {
                $(let $parameter = Clone::clone(&$parameter);)*
                $crate::laws::run::<f32>(move |$x| $body)
            },
        }
    }};
}
pub(crate) use case;

/// What is drawn for an operation.
pub(crate) struct Law {
    operation: &'static str,
    cases: BoxedStrategy<Case>,
}

pub(crate) fn law(operation: &'static str, cases: impl Strategy<Value = Case> + 'static) -> Law {
    Law {
        operation,
        cases: cases.boxed(),
    }
}

fn gradients_are_right(laws: Vec<Law>) {
    for Law { operation, cases } in laws {
        let cases = cases.prop_map(|case| (case.operands.clone(), case));
        check_op(operation, cases, |x, case| (case.double)(x));
    }
}

/// f32 gives what f64 gives, up to its precision: the value and the gradient.
fn singles_follow_doubles(laws: Vec<Law>) {
    for Law { operation, cases } in laws {
        for_all(operation, cases, |case| {
            let (double, single) = (answers(case, &case.double), answers(case, &case.single));
            for (double, single) in double.iter().zip(&single) {
                let near = (double - single).abs() <= 5e-4 * double.abs().max(1.0);
                assert!(
                    near || double == single,
                    "{operation}: {single} in f32, {double} in f64"
                );
            }
            Ok(())
        });
    }
}

/// The result of a case and its gradients.
fn answers<T: Real>(case: &Case, f: &Run<T>) -> Vec<f64> {
    let tape = Tape::new();
    let leaf = |operand: &Strided| tape.variable(&Strided::plain(operand.base.clone()).tensor::<T>());
    let leaves: Vec<_> = case.operands.iter().map(leaf).collect();
    let seen = case
        .operands
        .iter()
        .zip(&leaves)
        .map(|(operand, &x)| seen_through(&operand.views, x));
    let y = f(&seen.collect::<Vec<_>>());
    let gradients = y.sum_all().backward();
    let gradient = |leaf: &Var<'_, T>| {
        gradients
            .get(*leaf)
            .map_or(vec![T::zero(); leaf.len()], Tensor::to_vec)
    };
    let all = [y.value().to_vec(), leaves.iter().flat_map(gradient).collect()].concat();
    all.into_iter().map(T::to_f64).collect()
}

/// Two tests for the laws of each file, and one for their completeness.
macro_rules! tests {
    ($($file:ident $gradients:ident $precision:ident),+ $(,)?) => {
        $(
            #[test]
            fn $gradients() {
                gradients_are_right($file::laws());
            }

            #[test]
            fn $precision() {
                singles_follow_doubles($file::laws());
            }
        )+

        #[test]
        fn every_operation_has_a_law() {
            let laws = [$($file::laws()),+].into_iter().flatten().map(|law| law.operation);
            // A law of a row names the method that records it.
            let rows = pointwise::rows().map(|entry| entry.operation);
            let lawful: Vec<_> = laws.chain(rows).collect();
            for operation in ALL {
                assert!(lawful.contains(operation), "{operation} has no law");
            }
        }
    };
}

tests! {
    composed composed_gradients composed_singles,
    conv conv_gradients conv_singles,
    index index_gradients index_singles,
    layout layout_gradients layout_singles,
    loss loss_gradients loss_singles,
    pointwise pointwise_gradients pointwise_singles,
    products products_gradients products_singles,
    reduce reduce_gradients reduce_singles,
}
