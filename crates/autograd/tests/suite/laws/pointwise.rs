//! The rows of the table of pointwise operations, on operands that broadcast, drawn from the rows' own ranges.

use super::{Case, Law, law, run};
use latents_autograd::catalogue::{Entry, pointwise};
use latents_autograd::testing::{Strided, broadcastable, strided};
use latents_autograd::{Tape, Var};
use latents_tensor::{Real, Tensor};
use proptest::prelude::*;

pub(crate) fn rows() -> impl Iterator<Item = &'static Entry> {
    pointwise().into_iter().flatten()
}

pub(crate) fn laws() -> Vec<Law> {
    rows().map(|entry| law(entry.method, cases(entry))).collect()
}

/// Operands of a row in any shapes that broadcast and any layouts.
pub(crate) fn operands(entry: &'static Entry) -> impl Strategy<Value = Vec<Strided>> {
    broadcastable::<3>().prop_flat_map(|shapes| {
        let places = 0..entry.operands.len();
        places
            .map(|place| strided(shapes[place], entry.domain[place]))
            .collect::<Vec<_>>()
    })
}

/// A row on operands. Those without a gradient are constants, not operands of the case.
fn cases(entry: &'static Entry) -> impl Strategy<Value = Case> {
    fn call<'t, T: Real>(
        (entry, all): &(&'static Entry, Vec<Strided>),
        method: fn(&[Var<'t, T>]) -> Var<'t, T>,
        x: &[Var<'t, T>],
    ) -> Var<'t, T> {
        let mut given = x.iter();
        let operand = |(place, constant): (usize, &Strided)| match entry.ruled.contains(&place) {
            true => given.next().copied(),
            false => Some(x[0].tape().input(&constant.tensor())),
        };
        method(&all.iter().enumerate().filter_map(operand).collect::<Vec<_>>())
    }
    operands(entry).prop_map(move |all| {
        let constants: Vec<_> = (0..all.len())
            .filter(|place| !entry.ruled.contains(place))
            .collect();
        let (double, single) = ((entry, all.clone()), (entry, all.clone()));
        Case {
            parameters: format!(
                "constants {:?} ",
                constants.iter().map(|&place| &all[place]).collect::<Vec<_>>()
            ),
            operands: entry.ruled.iter().map(|&place| all[place].clone()).collect(),
            double: run::<f64>(move |x| call(&double, entry.double, x)),
            single: run::<f32>(move |x| call(&single, entry.single, x)),
        }
    })
}

/// Every row says on vectors of any layout what its formula says on plain numbers, bit by bit.
#[test]
fn rows_on_plain_numbers_say_the_same() {
    for entry in rows() {
        latents_autograd::testing::for_all(entry.method, operands(entry), |operands| {
            let tape = Tape::new();
            let values: Vec<Tensor<f64>> = operands.iter().map(Strided::tensor).collect();
            let xs: Vec<_> = values.iter().map(|value| tape.input(value)).collect();
            let y = (entry.double)(&xs);
            let wide: Vec<_> = values
                .iter()
                .map(|value| value.broadcast_to(y.shape()).to_vec())
                .collect();
            for (element, got) in y.value().to_vec().into_iter().enumerate() {
                let numbers: Vec<f64> = wide.iter().map(|values| values[element]).collect();
                let expected = (entry.number)(&numbers);
                assert_eq!(got.to_bits(), expected.to_bits(), "{}{numbers:?}", entry.method);
            }
            Ok(())
        });
    }
}
