//! The gradient check itself: what it must find, and what it must not take for an error.

use latents_autograd::testing::{check_op, for_all, shapes, strided};
use latents_autograd::{Check, CheckError, Operand, Var, gradcheck, gradcheck2};
use latents_tensor::Tensor;
use latents_testing::panic_message;
use proptest::prelude::*;
use std::sync::Arc;

fn at(values: &[f64]) -> [Tensor<f64>; 1] {
    [Tensor::from_slice(values, [values.len()])]
}

#[test]
fn a_wrong_rule_is_named_by_operand_element_expected_and_got() {
    // The detached factor hides half of the derivative of x².
    let error = gradcheck(|x| x[0] * x[0].detach(), &at(&[1.0, 3.0])).unwrap_err();
    let text = error.to_string();
    assert!(
        text.starts_with("derivative of order 1: input 0, element 0: expected "),
        "{text}"
    );
    let CheckError::Mismatch {
        place, expected, got, ..
    } = error
    else {
        panic!("{text}");
    };
    assert_eq!((place.order, &*place.operand, place.element), (1, "input 0", 0));
    assert!((expected - 2.0 * got).abs() < 1e-9, "{text}");
    assert!(gradcheck2(|x| x[0] * x[0], &at(&[1.0, 3.0])).is_ok());
}

#[test]
fn small_derivatives_are_held_to_the_same_relative_error() {
    for scale in [1e-7, 1e-30, 1e12] {
        let x = at(&[0.3, -1.2]);
        assert!(gradcheck2(|x| x[0] * scale, &x).is_ok(), "{scale}");
        assert!(gradcheck2(|x| x[0].tanh() * scale, &x).is_ok(), "{scale}");
        assert!(gradcheck(|x| x[0].detach() * scale, &x).is_err(), "{scale}");
        // A millionth of the derivative is missing.
        let slightly = gradcheck(|x| (x[0] * (1.0 - 1e-6) + x[0].detach() * 1e-6) * scale, &x);
        assert!(slightly.is_err(), "{scale}");
    }
    // One small wrong part beside a large right one, of another element.
    let wrong = gradcheck(
        |x| x[0] * 1e6 + x[1].detach() * 1e-3,
        &[at(&[0.3])[0].clone(), at(&[0.7])[0].clone()],
    );
    assert!(wrong.is_err());
}

#[test]
fn wrong_second_derivatives_are_found_where_the_first_are_right() {
    struct Twice;
    impl latents_autograd::Op<f64> for Twice {
        fn name(&self) -> &'static str {
            "square_whose_rule_is_a_constant"
        }
        fn vjp<'t>(&self, rule: &mut latents_autograd::Rule<'t, '_, f64>) {
            let slope = rule.tape().input(&(rule.input(0).value() * 2.0));
            rule.give(0, rule.gradient() * slope);
        }
    }
    fn apply<'t>(x: &[Var<'t, f64>]) -> Var<'t, f64> {
        let value = &x[0].value() * &x[0].value();
        x[0].tape().custom(std::rc::Rc::new(Twice), x, value)
    }
    assert!(gradcheck(apply, &at(&[1.3])).is_ok());
    let Err(CheckError::Mismatch { place, .. }) = gradcheck2(apply, &at(&[1.3])) else {
        panic!("the second derivative is 0 by the rule");
    };
    assert_eq!(place.order, 2);
}

#[test]
fn rounding_is_not_taken_for_an_error() {
    let x = at(&[0.3, -1.2, 20.0]);
    // Saturated, far from 0, cancelling, zero.
    gradcheck2(|x| x[0].tanh(), &x).unwrap();
    gradcheck2(|x| (x[0] + 1e8) * 1e-4, &x).unwrap();
    // All of this is rounding: it may not be resolved, but it is not wrong.
    let nothing = gradcheck2(|x| x[0].softmax(0).sum_all() - 1.0, &x);
    assert!(
        nothing.as_ref().err().is_none_or(CheckError::is_of_the_point),
        "{nothing:?}"
    );
    gradcheck2(|x| (x[0] + 1e6) - 1e6, &x).unwrap();
    gradcheck2(|x| x[0] * 0.0 + 3.0, &x).unwrap();
    gradcheck2(|x| x[0] - x[0].lit(1.0) * x[0], &x).unwrap();
    gradcheck2(|x| (x[0] * 1e-3).exp() * 1e5, &x).unwrap();
}

#[test]
fn a_point_on_a_kink_is_named_and_is_no_error_of_the_rule() {
    let error = gradcheck(|x| x[0].relu(), &at(&[-1.0, 0.0])).unwrap_err();
    let CheckError::Kink { place, left, right } = &error else {
        panic!("{error}");
    };
    assert_eq!(
        (place.element, left.abs() < 1e-9, right.abs() > 0.1),
        (1, true, true)
    );
    assert!(
        error.is_of_the_point() && error.to_string().contains("on a kink"),
        "{error}"
    );
    // Near a kink a smaller step does.
    gradcheck2(|x| x[0].relu() + x[0].abs(), &at(&[-1e-4, 1e-4])).unwrap();
    // A wrong rule is told first, whatever else is on a kink.
    let error = gradcheck(|x| x[0].relu() * x[0].detach() + x[0].abs(), &at(&[0.0, 2.0])).unwrap_err();
    assert!(!error.is_of_the_point(), "{error}");
}

#[test]
fn values_that_are_not_finite_are_told() {
    assert_eq!(gradcheck(|x| x[0].ln(), &at(&[-1.0])), Err(CheckError::NotFinite));
    let error = gradcheck(|x| x[0].sqrt(), &at(&[0.0])).unwrap_err();
    assert!(error.is_of_the_point(), "{error}");
}

/// A straight-through estimator: forwards the nearest of two numbers, backwards the identity.
fn straight_through<'t>(x: Var<'t, f64>, stop: fn(Var<'t, f64>) -> Var<'t, f64>) -> Var<'t, f64> {
    let nearest = x.less(x.lit(0.5)).choose(x.lit(0.0), x.lit(1.0));
    (x + stop(nearest - x)).square() + x.square() * stop(x)
}

#[test]
fn declared_stops_are_held_and_everything_else_is_not() {
    let x = [Operand::input("x", &at(&[0.2, 0.9, 1.4])[0])];
    let check = Check::new().order(2);
    let declared = check.clone().stops(&["nearest"]);
    declared
        .run(&x, |_, x| straight_through(x[0], |x| x.stop("nearest")))
        .unwrap();
    let undeclared = check.run(&x, |_, x| straight_through(x[0], |x| x.stop("nearest")));
    assert_eq!(undeclared, Err(CheckError::Undeclared { name: "nearest" }));
    let detached = declared.run(&x, |_, x| straight_through(x[0], Var::detach));
    assert!(
        matches!(detached, Err(CheckError::Mismatch { .. })),
        "{detached:?}"
    );
    // A declared stop excuses no wrong rule beside it.
    let both = declared.run(&x, |_, x| x[0].stop("nearest") * x[0] * x[0].detach());
    assert!(matches!(both, Err(CheckError::Mismatch { .. })), "{both:?}");
}

#[test]
fn discrete_choices_are_held() {
    // Just beside ties, where a choice that is made anew would jump.
    let x = at(&[1.0, 1.0 + 1e-9, -3.0, 0.5]);
    gradcheck2(|x| x[0].topk(1, 0).0.square(), &x).unwrap();
    gradcheck2(
        |x| x[0].sort(0, true).0 * x[0].tape().input(&Tensor::arange(1.0, 5.0, 1.0)),
        &x,
    )
    .unwrap();
    gradcheck2(|x| x[0].keep_top_k(2).square(), &x).unwrap();
    gradcheck2(|x| x[0].gather(0, &x[0].argmax(0).reshape([1])).square(), &x).unwrap();
    gradcheck2(
        |x| x[0].less(x[0].lit(1.0 + 0.5e-9)).choose(x[0], x[0].square()),
        &x,
    )
    .unwrap();
    gradcheck2(|x| x[0] * (x[0] * 1e9).floor(), &x).unwrap();
    let codes = [
        Tensor::from_slice(&[0.3, -0.8], [1, 2]),
        Tensor::from_slice(&[1.0, 0.0, 1.0, 1e-9], [2, 2]),
    ];
    gradcheck2(|x| x[0].linear_top_k(x[1], None, 1).0.square(), &codes).unwrap();
    gradcheck2(
        |x| {
            let nearest = x[0]
                .tape()
                .hold("nearest", || x[1].value().argmin(0).as_slice()[0]);
            (x[1].select(0, nearest) - x[0]).square()
        },
        &codes,
    )
    .unwrap();
}

#[test]
fn another_path_at_a_moved_point_is_refused() {
    let text = panic_message(|| {
        let x = at(&[0.5]);
        let calls = std::cell::Cell::new(0);
        _ = gradcheck(
            |x| {
                calls.set(calls.get() + 1);
                let name = if calls.get() == 1 { "first" } else { "later" };
                x[0] * x[0].tape().hold(name, || 2.0)
            },
            &x,
        );
    });
    assert_eq!(
        text,
        "gradient check: a run at a moved point holds \"later\" where the base point holds Some(\"first\")"
    );
}

#[test]
fn noise_is_the_same_in_every_run_and_parameters_are_moved_on_the_tape() {
    let name: Arc<str> = "decoder.weight".into();
    let stored = Tensor::from_slice(&[0.5, -0.3], [2]);
    let operands = [
        Operand::input("x", &at(&[1.0, 2.0])[0]),
        Operand::parameter(7, &name, &stored),
    ];
    let loss = |hide: bool| {
        Check::new().order(2).run(&operands, |tape, x| {
            let noise = tape.input(&tape.next_key().normal(x[0].shape()));
            let weight = tape.keyed_leaf(7, &name, &stored);
            let weight = if hide { weight.detach() } else { weight };
            ((x[0] + noise) * weight).tanh()
        })
    };
    loss(false).unwrap();
    let error = loss(true).unwrap_err();
    assert!(error.to_string().contains("decoder.weight, element 0"), "{error}");
}

#[test]
fn a_wrong_operation_is_shrunk_and_one_that_is_not_recorded_refused() {
    let operands = || shapes(0..=3, 0..=4).prop_flat_map(|shape| strided(shape, &[-2.0..2.0]));
    let one = || operands().prop_map(|x| (vec![x], ()));
    check_op("tanh", one(), |x, ()| x[0].tanh());
    let text = panic_message(|| check_op("tanh", one(), |x, ()| x[0].tanh() + x[0].detach()));
    assert!(
        text.starts_with("tanh: derivative of order 1: input 0, element 0: expected"),
        "{text}"
    );
    assert!(text.contains("views: []"), "{text}");
    let text = panic_message(|| check_op("exp", one(), |x, ()| x[0].tanh()));
    assert!(
        text.contains("exp is not recorded between the operands and the result, only {"),
        "{text}"
    );
    // An operation that is recorded, and of which the result does not depend on the operands.
    let text = panic_message(|| check_op("exp", one(), |x, ()| x[0].tanh() + x[0].detach().exp()));
    assert!(text.contains("exp is not recorded"), "{text}");
}

#[test]
fn too_many_kinks_are_refused() {
    let on_kinks = |share: f64| {
        let points = (0.0..1.0).prop_map(move |place: f64| if place < share { 0.0 } else { 1.0 + place });
        for_all("abs", points, |&x| {
            gradcheck(|x| x[0].abs(), &[Tensor::scalar(x)])
        })
    };
    on_kinks(0.0);
    let text = panic_message(|| on_kinks(0.6));
    assert!(text.contains("points are on kinks"), "{text}");
}
