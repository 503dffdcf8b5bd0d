//! Convolutional layers beside PyTorch's, and in a model from rows to rows.

use crate::common;

use common::Reference;
use latents_autograd::{Gradients, Tape};
use latents_nn::{
    Activation, Conv2d, Conv2dOptions, ConvTranspose2d, Flatten, Linear, Module, Parameter, Reduction,
    Sequential, Unflatten,
};
use latents_tensor::random::Key;
use latents_tensor::{Real, Shape, Tensor};

/// Down and across.
type Pair = [usize; 2];

/// Name, (stride, padding, dilation), groups and output padding of each case in `reference/make.py`.
const CASES: [(&str, [Pair; 3], usize, Pair); 7] = [
    ("plain", [[1, 1], [0, 0], [1, 1]], 1, [0, 0]),
    ("stride", [[2, 2], [1, 1], [1, 1]], 1, [1, 1]),
    ("uneven", [[3, 2], [2, 0], [1, 2]], 1, [1, 0]),
    ("dilation", [[1, 1], [1, 2], [3, 2]], 1, [0, 0]),
    ("groups", [[2, 1], [1, 1], [1, 1]], 2, [0, 0]),
    ("depthwise", [[1, 1], [1, 1], [2, 2]], 4, [0, 0]),
    ("all", [[2, 3], [2, 1], [2, 3]], 2, [1, 2]),
];

fn check<T: Real>(reference: &Reference, case: &str, layer: &dyn Module<T>) {
    let get = |name: &str| reference.get::<T>(&format!("{case}.{name}"));
    let tape = Tape::new();
    let (x, seed) = (tape.variable(&get("x")), tape.input(&get("seed")));
    let y = layer.forward(x);
    reference.check(&format!("{case}.y"), &y.value());
    let gradients = (y * seed).sum_all().backward();
    reference.check(&format!("{case}.gradient.x"), gradients.get(x).unwrap());
    layer.visit(&mut |parameter: &Parameter<T>| {
        let name = format!("{case}.gradient.{}", parameter.name());
        reference.check(&name, gradients.of_key(parameter.id()).unwrap());
    });
}

fn convolutions<T: Real>() {
    let reference = &Reference::of::<T>("convolutions");
    for (name, [stride, padding, dilation], groups, output_padding) in CASES {
        let options = Conv2dOptions {
            stride,
            padding,
            dilation,
            groups,
        };
        let part = |case: &str, name: &str| reference.get::<T>(&format!("{case}.{name}"));
        let case = &*format!("conv.{name}");
        let layer = Conv2d::from_tensors(part(case, "weight"), Some(part(case, "bias")), options);
        check(reference, case, &layer);
        let case = &*format!("transposed.{name}");
        let (weight, bias) = (part(case, "weight"), Some(part(case, "bias")));
        let layer = ConvTranspose2d::from_tensors(weight, bias, options, output_padding);
        check(reference, case, &layer);
    }
}

#[test]
fn values_and_gradients_are_those_of_pytorch() {
    convolutions::<f64>();
    convolutions::<f32>();
}

/// From rows of 64 to a code of 4 and back.
fn model<T: Real>() -> Sequential<T> {
    let key = Key::new(5);
    let window = Conv2dOptions::default().stride(2).padding(1);
    Sequential::new()
        .then(Unflatten::new([1, 8, 8]))
        .then(Conv2d::new(1, 3, [3; 2], window, key.index(0)))
        .then(Activation::Relu)
        .then(Conv2d::new(3, 5, [3; 2], window, key.index(1)))
        .then(Activation::Relu)
        .then(Flatten)
        .then(Linear::new(20, 4, key.index(2)))
        .then(Linear::new(4, 20, key.index(3)))
        .then(Activation::Relu)
        .then(Unflatten::new([5, 2, 2]))
        .then(ConvTranspose2d::new(5, 3, [3; 2], window, [1; 2], key.index(4)))
        .then(Activation::Relu)
        .then(ConvTranspose2d::new(3, 1, [3; 2], window, [1; 2], key.index(5)))
        .then(Flatten)
        .then(Activation::Sigmoid)
}

fn autoencoder<T: Real>() {
    let reference = &Reference::of::<T>("autoencoder");
    let mut model = model::<T>();
    model.visit_mut(&mut |parameter| {
        let name = format!("start.{}", parameter.name());
        parameter.set_value(reference.get(&name));
    });
    let tape = Tape::new();
    let x = tape.input(&reference.get("x"));
    let y = model.forward(x);
    reference.check("y", &y.value());
    let loss = y.mse(x, Reduction::Mean);
    reference.check("loss", &loss.value());
    let gradients: Gradients<T> = loss.backward();
    let mut count = 0;
    model.visit(&mut |parameter| {
        let name = format!("gradient.{}", parameter.name());
        reference.check(&name, gradients.of_key(parameter.id()).unwrap());
        count += 1;
    });
    let expected = reference
        .names()
        .filter(|name| name.starts_with("start."))
        .count();
    assert_eq!(count, expected);
}

#[test]
fn an_autoencoder_has_pytorchs_state_loss_and_gradients() {
    autoencoder::<f64>();
    autoencoder::<f32>();
}

#[test]
fn the_table_of_layers_shows_shapes_and_options() {
    let rows = model::<f32>().layers(Shape::from([2, 64]));
    let table: Vec<_> = rows
        .iter()
        .map(|row| (&*row.kind, &row.output_shape[..], row.parameters))
        .collect();
    let expected: [(&str, &[usize], usize); 15] = [
        ("Unflatten([1, 8, 8])", &[2, 1, 8, 8], 0),
        ("Conv2d(1, 3, 3×3, stride 2, padding 1)", &[2, 3, 4, 4], 30),
        ("Relu", &[2, 3, 4, 4], 0),
        ("Conv2d(3, 5, 3×3, stride 2, padding 1)", &[2, 5, 2, 2], 140),
        ("Relu", &[2, 5, 2, 2], 0),
        ("Flatten", &[2, 20], 0),
        ("Linear(20, 4)", &[2, 4], 84),
        ("Linear(4, 20)", &[2, 20], 100),
        ("Relu", &[2, 20], 0),
        ("Unflatten([5, 2, 2])", &[2, 5, 2, 2], 0),
        (
            "ConvTranspose2d(5, 3, 3×3, stride 2, padding 1, output padding 1)",
            &[2, 3, 4, 4],
            138,
        ),
        ("Relu", &[2, 3, 4, 4], 0),
        (
            "ConvTranspose2d(3, 1, 3×3, stride 2, padding 1, output padding 1)",
            &[2, 1, 8, 8],
            28,
        ),
        ("Flatten", &[2, 64], 0),
        ("Sigmoid", &[2, 64], 0),
    ];
    assert_eq!(table, expected);
}

#[test]
fn fused_and_separate_activations_agree() {
    let key = Key::new(9);
    let options = Conv2dOptions::default().padding(1);
    let conv = Conv2d::<f64>::new(2, 3, [3; 2], options, key.index(0));
    let transposed = ConvTranspose2d::<f64>::new(3, 2, [2, 3], options, [0; 2], key.index(1)).without_bias();
    for activation in [Activation::Relu, Activation::Sigmoid, Activation::Tanh] {
        let tape = Tape::new();
        let x = tape.input(&Tensor::from_fn([4, 2, 5, 3], |i| {
            (i as f64 * 0.37).fract() - 0.5
        }));
        let separate = activation.forward(transposed.forward(activation.forward(conv.forward(x))));
        let before = tape.len();
        let fused = Sequential::new()
            .then(conv.clone())
            .then(activation)
            .then(transposed.clone())
            .then(activation)
            .forward(x);
        // Three leaves and two operations.
        assert_eq!(tape.len() - before, 5);
        assert_eq!(separate.value().to_vec(), fused.value().to_vec());
    }
}

#[test]
#[should_panic(expected = "cannot have 3 groups")]
fn groups_that_do_not_divide_the_channels() {
    drop(Conv2d::<f32>::new(
        4,
        6,
        [3; 2],
        Conv2dOptions::default().groups(3),
        Key::new(0),
    ));
}

#[test]
#[should_panic(expected = "must be less than the stride")]
fn an_output_padding_of_a_whole_stride() {
    let options = Conv2dOptions::default().stride(2);
    drop(ConvTranspose2d::<f32>::new(
        4,
        6,
        [3; 2],
        options,
        [1, 2],
        Key::new(0),
    ));
}
