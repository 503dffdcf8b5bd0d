//! Every layer, checked by property: gradients of order 1 and 2, by inputs and parameters, with sizes that are drawn.

use latents_autograd::{Tape, Var};
use latents_nn::testing::{Case, check_module, tensors};
use latents_nn::{
    Activation, Conv2d, Conv2dOptions, ConvTranspose2d, Dropout, Flatten, Linear, Module, Parameter,
    Sequential, Unflatten,
};
use latents_tensor::Tensor;
use latents_tensor::random::Key;
use latents_testing::panic_message;
use proptest::prelude::*;
use proptest::sample::select;

/// Cases of a module that is made of a key, at inputs of a shape.
fn at<M: Module<f64> + 'static>(
    shape: Vec<usize>,
    module: impl Fn(Key) -> M + 'static,
) -> impl Strategy<Value = Case<M>> {
    (tensors(shape.as_slice(), &[-2.0..2.0]), any::<u64>()).prop_map(move |(input, seed)| {
        let key = Key::new(seed);
        let mut module = module(key);
        // Biases start at 0: move all parameters off their initial values.
        let mut index = 100;
        module.visit_mut(&mut |parameter| {
            index += 1;
            let noise: Tensor<f64> = key.index(index).normal(parameter.shape());
            parameter.set_value(parameter.value() + noise * 0.3);
        });
        module.name_parameters("");
        Case { module, input }
    })
}

fn rows() -> impl Strategy<Value = usize> {
    prop_oneof![1 => Just(0usize), 5 => 1..4usize]
}

#[test]
fn linear() {
    let sizes = (rows(), 1..4usize, 1..4usize, any::<bool>());
    let cases = sizes.prop_flat_map(|(rows, inputs, outputs, bias)| {
        at(vec![rows, inputs], move |key| {
            let layer = Linear::new(inputs, outputs, key);
            if bias { layer } else { layer.without_bias() }
        })
    });
    check_module("Linear", cases, &[]);
}

fn activation() -> impl Strategy<Value = Activation> {
    let names: Vec<_> = Activation::names().collect();
    select(names).prop_map(|name| name.parse().unwrap_or_default())
}

#[test]
fn activations() {
    for name in Activation::names() {
        let activation: Activation = name.parse().unwrap();
        let cases = (rows(), 1..4usize)
            .prop_flat_map(move |(rows, width)| at(vec![rows, width], move |_| activation));
        check_module(name, cases, &[]);
    }
}

#[test]
fn dropout() {
    let sizes = (rows(), 1..5usize, 0.0..0.9);
    let cases = sizes.prop_flat_map(|(rows, width, p)| at(vec![rows, width], move |_| Dropout::new(p)));
    check_module("Dropout", cases, &[]);
}

/// Stride, padding, dilation, groups, and channels of a group.
fn windows() -> impl Strategy<Value = (Conv2dOptions, [usize; 2], usize)> {
    (
        1..3usize,
        0..2usize,
        1..3usize,
        1..3usize,
        [1..3usize, 1..3usize],
        1..3usize,
    )
        .prop_map(|(stride, padding, dilation, groups, channels, kernel)| {
            let options = Conv2dOptions::default()
                .stride(stride)
                .padding(padding)
                .dilation(dilation);
            (
                Conv2dOptions { groups, ..options },
                channels.map(|channels| channels * groups),
                kernel,
            )
        })
}

#[test]
fn convolutions() {
    let forwards = (windows(), rows()).prop_flat_map(|((options, [inputs, outputs], kernel), rows)| {
        at(vec![rows.min(1), inputs, 3, 4], move |key| {
            Conv2d::new(inputs, outputs, [kernel; 2], options, key)
        })
    });
    check_module("Conv2d", forwards, &[]);
    let backwards = (windows(), rows()).prop_flat_map(|((options, [inputs, outputs], kernel), rows)| {
        let padding = options.stride.map(|stride| stride - 1);
        at(vec![rows.min(1), inputs, 3, 3], move |key| {
            ConvTranspose2d::new(inputs, outputs, [kernel; 2], options, padding, key)
        })
    });
    check_module("ConvTranspose2d", backwards, &[]);
}

#[test]
fn networks() {
    let sizes = (
        rows(),
        [1..4usize, 1..4usize, 1..4usize],
        activation(),
        activation(),
        0.0..0.5,
    );
    let cases = sizes.prop_flat_map(|(rows, [inputs, hidden, outputs], first, last, p)| {
        at(vec![rows, inputs], move |key| {
            Sequential::new()
                .then(Linear::new(inputs, hidden, key.index(0)))
                .then(first)
                .then(Dropout::new(p))
                .then(
                    Sequential::new()
                        .then(Linear::new(hidden, outputs, key.index(1)).without_bias())
                        .then(last),
                )
        })
    });
    check_module("Sequential", cases, &[]);
    let images = (rows(), 1..3usize, activation()).prop_flat_map(|(rows, channels, activation)| {
        at(vec![rows.min(2), 9], move |key| {
            Sequential::new()
                .then(Unflatten::new([1, 3, 3]))
                .then(Conv2d::new(
                    1,
                    channels,
                    [2; 2],
                    Conv2dOptions::default(),
                    key.index(0),
                ))
                .then(activation)
                .then(Flatten)
                .then(Linear::new(4 * channels, 2, key.index(1)))
        })
    });
    check_module("a convolutional network", images, &[]);
}

/// x · w, with a part of the gradient of w hidden, or w not used at all, or a stopped gradient.
#[derive(Clone, Copy)]
enum Fault {
    Detached,
    Unused,
    Stopped,
}

struct Faulty {
    weight: Parameter<f64>,
    fault: Fault,
}

impl Module<f64> for Faulty {
    fn forward<'t>(&self, x: Var<'t, f64>) -> Var<'t, f64> {
        let weight = self.weight.on(x.tape());
        match self.fault {
            Fault::Detached => x * weight + weight.detach(),
            Fault::Unused => x * 2.0,
            Fault::Stopped => x * weight + x.stop("input"),
        }
    }
    fn visit(&self, f: &mut dyn FnMut(&Parameter<f64>)) {
        f(&self.weight);
    }
    fn visit_mut(&mut self, f: &mut dyn FnMut(&mut Parameter<f64>)) {
        f(&mut self.weight);
    }
    fn name_parameters(&mut self, prefix: &str) {
        self.weight.set_name(latents_nn::join(prefix, "weight"));
    }
}

#[test]
fn faults_of_a_module_are_found() {
    let cases = |fault| {
        (rows(), 1..4usize).prop_flat_map(move |(rows, width)| {
            at(vec![rows + 1, width], move |key| Faulty {
                weight: Parameter::new("weight", key.normal([width])),
                fault,
            })
        })
    };
    let text = panic_message(|| check_module("faulty", cases(Fault::Detached), &[]));
    assert!(
        text.contains("order 1: parameter weight, element 0: expected"),
        "{text}"
    );
    let text = panic_message(|| check_module("faulty", cases(Fault::Unused), &[]));
    assert!(
        text.contains("the result does not depend on parameter weight"),
        "{text}"
    );
    let text = panic_message(|| check_module("faulty", cases(Fault::Stopped), &[]));
    assert!(text.contains("the gradient is stopped at \"input\""), "{text}");
    check_module("declared", cases(Fault::Stopped), &["input"]);
}

/// Every activation stays between the ends of its range and comes near to both.
#[test]
fn activations_fill_their_range() {
    // Beside a 0, for softmax.
    let x = Tensor::from_fn([24_001, 2], |i| {
        if i % 2 == 0 {
            (i / 2) as f64 / 200.0 - 60.0
        } else {
            0.0
        }
    });
    let more = ["leaky_relu(0)", "leaky_relu(-0.5)", "elu(2)"];
    for name in Activation::names().chain(more) {
        let activation: Activation = name.parse().unwrap();
        let tape = Tape::new();
        let y = activation.apply(tape.input(&x)).value().narrow(1, 0, 1).to_vec();
        let (low, high) = y
            .iter()
            .fold((f64::MAX, f64::MIN), |(low, high), &y| (low.min(y), high.max(y)));
        let range = activation.range();
        let reaches = |found: f64, end: f64| match end.is_finite() {
            true => (found - end).abs() < 1e-6,
            false => found.abs() > 0.5 && found.signum() == end.signum(),
        };
        assert!(
            reaches(low, range.0) && reaches(high, range.1),
            "{name}: {low} {high} {range:?}"
        );
    }
}
