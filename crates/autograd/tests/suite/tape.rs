//! The tape and the sweep, as a user meets them.

use latents_autograd::{Op, Rule, Tape, Var, gradcheck2};
use latents_tensor::{Indices, Tensor};
use latents_testing::panic_message;
use proptest::prelude::*;
use std::rc::Rc;
use std::sync::Arc;

#[test]
fn a_parameter_that_is_used_twice_gets_one_gradient() {
    let tape = Tape::<f64>::new();
    let name: Arc<str> = "weight".into();
    let w = Tensor::scalar(3.0);
    let (a, b) = (tape.keyed_leaf(7, &name, &w), tape.keyed_leaf(7, &name, &w));
    let gradients = (a * b).backward();
    assert_eq!(gradients.of_key(7).unwrap().item(), 6.0);
    assert!(gradients.of_key(8).is_none());
}

#[test]
fn inputs_have_no_gradient_and_results_keep_none() {
    let tape = Tape::<f64>::new();
    let x = tape.input(&Tensor::scalar(3.0));
    let w = tape.variable(&Tensor::scalar(2.0));
    let y = x * w;
    let gradients = (y * y).backward();
    assert!(gradients.get(x).is_none());
    assert_eq!(gradients.get(w).unwrap().item(), 36.0);
}

#[test]
fn gradients_outlive_a_reset() {
    let mut tape = Tape::<f64>::new();
    let w = tape.keyed_leaf(1, &"w".into(), &Tensor::scalar(2.0));
    let gradients = (w * w).backward();
    tape.reset();
    assert_eq!(gradients.of_key(1).unwrap().item(), 4.0);
    assert!(tape.is_empty());
}

#[test]
#[should_panic(expected = "before its reset")]
fn gradients_of_another_recording_are_refused() {
    let mut tape = Tape::<f64>::new();
    let gradients = tape.variable(&Tensor::scalar(2.0)).exp().backward();
    tape.reset();
    let _ = gradients.get(tape.variable(&Tensor::scalar(1.0)));
}

#[test]
fn grad_asks_for_inputs_and_results_too_and_is_zero_where_nothing_depends() {
    let tape = Tape::<f64>::new();
    let x = tape.input(&Tensor::from_slice(&[1.0, 2.0], [2]));
    let other = tape.variable(&Tensor::scalar(5.0));
    let h = x * x;
    let y = (h * h).sum_all();
    let g = tape.grad(y, &[x, h, other, y]);
    assert_eq!(g[0].value().to_vec(), [4.0, 32.0]);
    assert_eq!(g[1].value().to_vec(), [2.0, 8.0]);
    assert_eq!(g[2].item(), 0.0);
    assert_eq!(g[3].item(), 1.0);
}

#[test]
fn third_derivative() {
    let tape = Tape::<f64>::new();
    let x = tape.variable(&Tensor::scalar(2.0));
    let y = x * x * x * x;
    let first = tape.grad(y, &[x])[0];
    let second = tape.grad(first, &[x])[0];
    let third = tape.grad(second, &[x])[0];
    assert_eq!((first.item(), second.item(), third.item()), (32.0, 48.0, 48.0));
}

#[test]
fn jacobian_and_hessian_vector_product() {
    let tape = Tape::<f64>::new();
    let a = Tensor::from_slice(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [2, 3]);
    let x = tape.variable(&Tensor::from_slice(&[0.5, -1.0, 2.0], [3]));
    let y = tape.input(&a).matmul(x);
    assert_eq!(tape.jacobian(y, x).to_vec(), a.to_vec());
    // ½‖A x‖² has the Hessian AᵀA.
    let v = Tensor::from_slice(&[1.0, 0.0, -1.0], [3]);
    let half = y.square().sum_all() * 0.5;
    let product = tape.hessian_vector_product(half, x, &v).value().to_vec();
    assert_eq!(product, a.transpose().matmul(&a.matmul(&v)).to_vec());
}

#[test]
fn relu_has_gradient_zero_at_zero() {
    let tape = Tape::<f64>::new();
    let x = tape.variable(&Tensor::from_slice(&[-1.0, 0.0, -0.0, 2.0], [4]));
    let g = x.relu().sum_all().backward();
    assert_eq!(g.get(x).unwrap().to_vec(), [0.0, 0.0, 0.0, 1.0]);
}

/// The derivatives of `f` of order 1 to 3 at the elements of `at`.
fn derivatives(f: impl for<'t> Fn(Var<'t, f64>) -> Var<'t, f64>, at: &[f64]) -> [Vec<f64>; 3] {
    let tape = Tape::new();
    let x = tape.variable(&Tensor::from_slice(at, [at.len()]));
    let mut y = f(x);
    std::array::from_fn(|_| {
        y = tape.grad(y, &[x])[0];
        y.value().to_vec()
    })
}

/// The gradient of `backward`, whose kernels are fused.
fn gradient(f: impl for<'t> Fn(Var<'t, f64>) -> Var<'t, f64>, at: &[f64]) -> Vec<f64> {
    let tape = Tape::new();
    let x = tape.variable(&Tensor::from_slice(at, [at.len()]));
    f(x).sum_all().backward().get(x).unwrap().to_vec()
}

#[test]
fn elu_has_gradient_alpha_at_zero() {
    for alpha in [1.0, 0.5] {
        let at = [-0.0, 0.0, 1000.0];
        let expected = vec![alpha, alpha, 1.0];
        assert_eq!(gradient(|x| x.elu(alpha), &at), expected);
        assert_eq!(derivatives(|x| x.elu(alpha), &at)[0], expected);
    }
}

#[test]
fn clamp_stops_the_gradient_at_its_bounds() {
    let at = [-1.5, -1.0, 0.0, 2.0, 2.5, f64::NAN];
    let expected = [0.0, 0.0, 1.0, 0.0, 0.0, 0.0];
    assert_eq!(gradient(|x| x.clamp(-1.0, 2.0), &at), expected);
    let zeros = [0.0, -0.0];
    assert_eq!(gradient(|x| x.clamp(0.0, 1.0), &zeros), [0.0, 0.0]);
}

#[test]
fn powers_at_zero() {
    for (exponent, expected) in [
        (0.0, [0.0, 0.0, 0.0]),
        (1.0, [1.0, 0.0, 0.0]),
        (2.0, [0.0, 2.0, 0.0]),
        (3.0, [0.0, 0.0, 6.0]),
    ] {
        for zero in [0.0, -0.0, 1e-320] {
            let got = derivatives(|x| x.powf(exponent), &[zero]).map(|order| order[0]);
            let near = got
                .iter()
                .zip(expected)
                .all(|(got, expected)| (got - expected).abs() < 1e-300);
            assert!(near, "order 1 to 3 of x^{exponent} at {zero}: {got:?}");
            let got = gradient(|x| x.powf(exponent), &[zero])[0];
            assert!(
                (got - expected[0]).abs() < 1e-300,
                "backward of x^{exponent} at {zero}: {got}"
            );
        }
    }
    // 0ᵇ is 0 for every b > 0: flat, at every order.
    let flat = derivatives(|b| b.lit(0.0).pow(b), &[1.0, 2.5]);
    assert_eq!(flat, [vec![0.0; 2], vec![0.0; 2], vec![0.0; 2]]);
    // The mixed derivative of aᵇ at b = 0 is 1/a.
    let tape = Tape::<f64>::new();
    let (a, b) = (
        tape.variable(&Tensor::scalar(4.0)),
        tape.variable(&Tensor::scalar(0.0)),
    );
    let by_a = tape.gradient(a.pow(b), a);
    assert_eq!(tape.gradient(by_a, b).item(), 0.25);
}

#[test]
fn ties_share_the_gradient() {
    let tape = Tape::<f64>::new();
    let x = tape.variable(&Tensor::from_slice(&[3.0, 3.0, 1.0], [3]));
    assert_eq!(
        x.max(&[0], false).backward().get(x).unwrap().to_vec(),
        [0.5, 0.5, 0.0]
    );
}

#[test]
fn the_listing_names_operations_shapes_parameters_and_lines() {
    let tape = Tape::<f32>::new();
    let x = tape.input(&Tensor::zeros([2, 3]));
    let w = tape.keyed_leaf(1, &"encoder.0.weight".into(), &Tensor::zeros([3, 4]));
    let _ = x.matmul(w);
    let listing = tape.to_string();
    assert!(
        listing.contains("%2 f32[2, 4] = matmul(%0 input, %1 encoder.0.weight)   tape.rs:"),
        "{listing}"
    );
    assert!(tape.to_dot().contains("n1 -> n2;"));
}

#[test]
fn the_first_bad_operation_is_named() {
    let tape = Tape::<f32>::new();
    let x = tape.input(&Tensor::from_slice(&[-1.0, 1.0], [2]));
    let _ = x.exp().sum_all() + x.ln().sum_all();
    assert!(
        tape.first_not_finite().unwrap().starts_with("ln (%"),
        "{:?}",
        tape.first_not_finite()
    );
}

#[test]
fn shape_mistakes_say_what_every_operand_is() {
    let text = panic_message(|| {
        let tape = Tape::<f32>::new();
        let x = tape.input(&Tensor::zeros([2, 3]));
        let w = tape.keyed_leaf(1, &"encoder.0.weight".into(), &Tensor::zeros([4, 5]));
        let _ = x.tanh().matmul(w);
    });
    assert!(text.starts_with("matmul: the inner axes differ"), "{text}");
    assert!(text.contains("operand 0: [2, 3] (result of tanh at "), "{text}");
    assert!(
        text.contains("operand 1: [4, 5] (parameter encoder.0.weight)"),
        "{text}"
    );
    let text = panic_message(|| {
        let tape = Tape::<f32>::new();
        let _ = tape.input(&Tensor::zeros([2, 3])) + tape.input(&Tensor::zeros([2]));
    });
    assert!(
        text.starts_with("add: axis 1 from the end is 3 in one operand and 2 in another"),
        "{text}"
    );
    let text = panic_message(|| {
        let tape = Tape::<f32>::new();
        let _ = tape.variable(&Tensor::zeros([2, 3])).backward();
    });
    assert!(text.contains("sum_all()"), "{text}");
}

#[test]
fn variables_of_two_tapes_are_refused_in_every_order() {
    fn refused(operation: &str, f: impl FnOnce(Var<'_, f64>, Var<'_, f64>)) {
        let (tape, other) = (Tape::new(), Tape::new());
        let x = tape.variable(&Tensor::ones([1, 1]));
        let y = other.variable(&Tensor::ones([1, 1]));
        let text = panic_message(|| f(x, y));
        assert_eq!(
            text,
            format!("{operation}: the variables belong to different tapes")
        );
    }
    refused("add", |x, y| _ = x + y);
    refused("add", |x, y| _ = y + x);
    refused("matmul", |x, y| _ = x.matmul(y));
    refused("concat", |x, y| _ = x.tape().concat(&[x, y], 0));
    refused("grad", |x, y| _ = x.tape().grad(x, &[y]));
    refused("grad", |x, y| _ = x.tape().grad(y, &[x]));
    refused("jacobian", |x, y| _ = x.tape().jacobian(x, y));
    refused("jacobian", |x, y| _ = x.tape().jacobian(y, x));
    let one = Tensor::ones([1, 1]);
    refused("hessian_vector_product", |x, y| {
        _ = x.tape().hessian_vector_product(x, y, &one)
    });
}

#[test]
fn structural_mistakes_say_what_the_operand_is() {
    fn says(expected: &str, f: impl for<'t> FnOnce(Var<'t, f64>)) {
        let text = panic_message(|| {
            let tape = Tape::new();
            f(tape.keyed_leaf(1, &"decoder.weight".into(), &Tensor::zeros([2, 3])));
        });
        assert!(text.starts_with(expected), "{text}");
        assert!(
            text.contains("operand 0: [2, 3] (parameter decoder.weight)"),
            "{text}"
        );
    }
    says("sum: axis 2 of a tensor with 2 axes", |x| _ = x.sum(&[2], false));
    says("max: axis -1 is named twice in [1, -1]", |x| {
        _ = x.max(&[1, -1], false)
    });
    says("narrow: 1..4 does not lie in axis 1", |x| _ = x.narrow(1, 1, 4));
    says("narrow: 1..4 does not lie in axis 1", |x| _ = x.slice(1, 1..4, 2));
    says("slice: the step is 0", |x| _ = x.slice(1, 0..2, 0));
    says("narrow: 3..4 does not lie in axis 1", |x| _ = x.select(1, 3));
    says("permute: [0, 0] is no order", |x| _ = x.permute(&[0, 0]));
    says("flip: axis 5", |x| _ = x.flip(5));
    says("pad: 1 pairs for 2 axes", |x| _ = x.pad(&[(0, 1)], 0.0));
    says("cumsum: axis -3", |x| _ = x.cumsum(-3));
    says("index_select: index 2 (number 0)", |x| {
        _ = x.index_select(0, &[2])
    });
    says("index_add: 1 indices", |x| _ = x.index_add(0, &[1], x));
    says("gather: indices of shape [2]", |x| {
        _ = x.gather(0, &Indices::from(&[0, 1][..]))
    });
    says("concat: shapes differ outside axis 0", |x| {
        _ = x.tape().concat(&[x, x.transpose()], 0)
    });
    says("item: not exactly one element", |x| _ = x.item());
    says("squeeze: axis 1 has length 3, not 1", |x| _ = x.squeeze(1));
    says("squeeze: axis 2 of a tensor with 2 axes", |x| _ = x.squeeze(2));
    says(
        "unsqueeze: no place 3 for a new axis of a tensor with 2 axes",
        |x| _ = x.unsqueeze(3),
    );
    says("sum_to: ", |x| _ = x.sum_to([2, 2]));
    let text = panic_message(|| _ = Tape::<f64>::new().scalar(1.0).transpose());
    assert!(text.starts_with("transpose: needs two axes"), "{text}");
}

#[test]
fn numbers_stand_on_either_side() {
    let tape = Tape::<f32>::new();
    let x = tape.variable(&Tensor::from_slice(&[1.0, 4.0], [2]));
    assert_eq!((2.0 * x).value().to_vec(), [2.0, 8.0]);
    assert_eq!((2.0 - x).value().to_vec(), [1.0, -2.0]);
    assert_eq!((2.0 / x).value().to_vec(), [2.0, 0.5]);
    assert_eq!((2.0 + x).value().to_vec(), [3.0, 6.0]);
    let (two, nan) = (x.lit(2.0), x.lit(f64::NAN));
    assert_eq!(
        (
            x.greater(two).value().to_vec(),
            x.greater_equal(x).value().to_vec()
        ),
        (vec![0.0, 1.0], vec![1.0; 2])
    );
    assert_eq!(
        (x.not_equal(nan).value().to_vec(), x.not_equal(x).value().to_vec()),
        (vec![1.0; 2], vec![0.0; 2])
    );
}

/// x · w, with a rule that takes the parameter w from the tape.
struct Scaled(Arc<str>);

impl Op<f64> for Scaled {
    fn name(&self) -> &'static str {
        "scaled"
    }
    fn vjp<'t>(&self, rule: &mut Rule<'t, '_, f64>) {
        let weight = rule.tape().keyed_leaf(7, &self.0, &Tensor::scalar(3.0));
        rule.give(0, rule.gradient() * weight);
    }
}

/// An operation of two operands, with a rule of one's own.
struct Ruled(for<'t> fn(&mut Rule<'t, '_, f64>));

impl Op<f64> for Ruled {
    fn name(&self) -> &'static str {
        "ruled"
    }
    fn vjp<'t>(&self, rule: &mut Rule<'t, '_, f64>) {
        (self.0)(rule);
    }
}

/// What a sweep through the rule says, after the file and line where the operation was recorded.
fn refusal(
    rule: for<'t> fn(&mut Rule<'t, '_, f64>),
    sweep: for<'t> fn(Var<'t, f64>, Var<'t, f64>),
) -> [String; 2] {
    let line = std::cell::Cell::new(0);
    let text = panic_message(|| {
        let tape = Tape::new();
        let x = tape.variable(&Tensor::ones([2]));
        let w = tape.keyed_leaf(3, &"decoder.weight".into(), &Tensor::ones([2]));
        line.set(line!() + 1);
        let y = tape.custom(Rc::new(Ruled(rule)), &[x, w], Tensor::ones([2]));
        sweep(y.sum_all(), w);
    });
    [text, format!("it was recorded at {}:{}", file!(), line.get())]
}

#[test]
fn a_rule_that_forgets_an_operand_is_refused() {
    let sweeps: [for<'t> fn(Var<'t, f64>, Var<'t, f64>); 2] =
        [|y, _| _ = y.backward(), |y, w| _ = y.tape().gradient(y, w)];
    for sweep in sweeps {
        let [text, recorded] = refusal(|rule| rule.give(0, rule.gradient()), sweep);
        assert!(
            text.starts_with(&format!("ruled: its rule gave operand 1 no gradient; {recorded}")),
            "{text}"
        );
        assert!(
            text.contains("operand 1: [2] (parameter decoder.weight)"),
            "{text}"
        );
        assert!(
            text.contains("hint: call give(1, …), or no_gradient(1) where it has none"),
            "{text}"
        );
        let wrong = |rule: &mut Rule<'_, '_, f64>| {
            rule.give(0, rule.gradient());
            rule.give(1, rule.tape().input(&Tensor::ones([3])));
        };
        let [text, recorded] = refusal(wrong, sweep);
        let expected = format!("ruled: its rule gave operand 1 a gradient of shape [3]; {recorded}");
        assert!(text.starts_with(&expected), "{text}");
        assert!(
            text.contains("operand 1: [2] (parameter decoder.weight)"),
            "{text}"
        );
    }
}

#[test]
fn a_rule_may_say_that_an_operand_has_no_gradient() {
    let tape = Tape::new();
    let [x, w] = [1.0, 2.0].map(|x| tape.variable(&Tensor::full([2], x)));
    let rule: for<'t> fn(&mut Rule<'t, '_, f64>) = |rule| {
        rule.give(0, rule.gradient());
        rule.no_gradient(1);
    };
    let y = tape
        .custom(Rc::new(Ruled(rule)), &[x, w], Tensor::ones([2]))
        .sum_all();
    let gradients = y.backward();
    assert_eq!(gradients.get(x).map(Tensor::to_vec), Some(vec![1.0; 2]));
    assert!(gradients.get(w).is_none());
    assert_eq!(tape.gradient(y, w).value().to_vec(), [0.0; 2]);
    // An operand that nobody wants need not be mentioned.
    let constant = tape.input(&Tensor::ones([2]));
    let y = tape.custom(
        Rc::new(Ruled(|rule| rule.give(0, rule.gradient()))),
        &[x, constant],
        Tensor::ones([2]),
    );
    assert_eq!(
        y.sum_all().backward().get(x).map(Tensor::to_vec),
        Some(vec![1.0; 2])
    );
}

#[test]
fn a_parameter_that_a_rule_puts_on_the_tape_goes_with_the_rule() {
    let tape = Tape::new();
    let x = tape.variable(&Tensor::scalar(2.0));
    let scaled = |x| tape.custom(Rc::new(Scaled("w".into())), &[x], Tensor::scalar(6.0));
    assert_eq!(scaled(scaled(x)).backward().get(x).unwrap().item(), 9.0);
    // The leaf was forgotten: its number would now be the number of another node, or of none.
    let weight = tape.keyed_leaf(7, &"w".into(), &Tensor::scalar(3.0));
    let gradients = (weight * x).backward();
    assert_eq!(gradients.of_key(7).unwrap().item(), 2.0);
}

proptest! {
    /// Random small networks of random depth: the whole chain is checked, to order 2.
    #[test]
    fn random_compositions(seed in 0u64..1000, depth in 1usize..5, rows in 1usize..4, width in 1usize..5) {
        let value = |i: usize| ((i as u64 * 2654435761 + seed * 40503) % 1009) as f64 / 1009.0 - 0.5;
        let x = Tensor::from_fn([rows, width], value);
        let w = Tensor::from_fn([width, width], |i| value(i + 100));
        let checked = gradcheck2(|v| {
            (0..depth).fold(v[0], |h, level| match (level as u64 + seed) % 4 {
                0 => h.matmul(v[1]).tanh(),
                1 => (h * h).softplus(),
                2 => h.sigmoid() - h.mean(&[1], true),
                _ => h.linear(v[1], None, latents_autograd::FusedActivation::Sigmoid),
            })
        }, &[x, w]);
        prop_assert!(checked.is_ok(), "{}", checked.unwrap_err());
    }
}
