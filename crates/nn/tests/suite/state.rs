//! Files of models and optimisers: PyTorch's names, exact round trips, and every kind of bad file.

use crate::common;

use common::{Reference, network, parameters, path};
use latents_autograd::{Reduction, Tape, Var};
use latents_nn::{
    Activation, Adam, Dropout, Linear, Module, Optimizer, Parameter, RmsProp, Sequential, Sgd, Snapshot,
    StateError, TensorFile, apply_state, join, load_state, parameters_sha256, save_state, state_file,
};
use latents_tensor::random::Key;
use latents_tensor::{Real, Tensor};

/// The `Autoencoder` of `make.py`.
struct Autoencoder {
    encoder: Sequential<f64>,
    decoder: Sequential<f64>,
}

impl Autoencoder {
    fn new(seed: u64) -> Self {
        let key = |number| Key::new(seed).index(number);
        let tail = Sequential::new()
            .then(Linear::new(16, 64, key(3)))
            .then(Activation::Sigmoid);
        let mut model = Self {
            encoder: Sequential::new()
                .then(Linear::new(64, 16, key(0)))
                .then(Activation::Relu)
                .then(Dropout::new(0.5))
                .then(Linear::new(16, 4, key(1)).without_bias()),
            decoder: Sequential::new()
                .then(Linear::new(4, 16, key(2)))
                .then(Activation::Relu)
                .then(tail),
        };
        model.name_parameters("");
        model
    }
}

impl Module<f64> for Autoencoder {
    fn forward<'t>(&self, x: Var<'t, f64>) -> Var<'t, f64> {
        self.decoder.forward(self.encoder.forward(x))
    }
    fn visit(&self, f: &mut dyn FnMut(&Parameter<f64>)) {
        self.encoder.visit(f);
        self.decoder.visit(f);
    }
    fn visit_mut(&mut self, f: &mut dyn FnMut(&mut Parameter<f64>)) {
        self.encoder.visit_mut(f);
        self.decoder.visit_mut(f);
    }
    fn name_parameters(&mut self, prefix: &str) {
        self.encoder.name_parameters(&join(prefix, "encoder"));
        self.decoder.name_parameters(&join(prefix, "decoder"));
    }
}

fn values<T: Real>(module: &dyn Module<T>) -> Vec<Vec<T>> {
    parameters(module)
        .into_iter()
        .map(|(_, value)| value.to_vec())
        .collect()
}

fn bytes(module: &dyn Module<f64>) -> Vec<u8> {
    state_file(module).unwrap().to_bytes().unwrap()
}

#[test]
fn names_and_shapes_are_pytorchs() {
    let text = std::fs::read_to_string(path("names.json")).unwrap();
    let expected: std::collections::BTreeMap<String, Vec<usize>> = serde_json::from_str(&text).unwrap();
    let got = parameters(&Autoencoder::new(1))
        .into_iter()
        .map(|(name, value)| (name, value.shape().to_vec()))
        .collect();
    assert_eq!(expected, got);
}

#[test]
fn a_model_comes_back_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("model.safetensors");
    let (first, mut second) = (Autoencoder::new(1), Autoencoder::new(2));
    save_state(&first, &file).unwrap();
    assert_ne!(parameters_sha256(&first), parameters_sha256(&second));
    load_state(&mut second, &file).unwrap();
    assert_eq!(values(&first), values(&second));
    assert_eq!(parameters_sha256(&first), parameters_sha256(&second));
    save_state(&second, folder.path().join("again.safetensors")).unwrap();
    let read = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
    assert_eq!(
        read("model.safetensors"),
        read("again.safetensors"),
        "the same model gives the same bytes"
    );
}

/// PyTorch's files, in every type, into both of ours.
#[test]
fn pytorchs_files_are_read_in_every_type() {
    fn check<T: Real>(kind: &str, tolerance: f64) {
        let reference = Reference::of::<f64>("optimizers");
        let expected = network::<f64>(&reference, "start");
        let single = Reference::of::<T>("optimizers");
        let mut model = network::<T>(&single, "sgd.20");
        load_state(&mut model, path(&format!("model_{kind}.safetensors"))).unwrap();
        for (got, expected) in values(&model).concat().iter().zip(values(&expected).concat()) {
            assert!(
                (got.to_f64() - expected).abs() <= tolerance,
                "{kind} into {}: {got} {expected}",
                T::NAME
            );
        }
    }
    check::<f64>("f64", 0.0);
    for (kind, tolerance) in [("f64", 6e-8), ("f32", 6e-8), ("f16", 5e-4), ("bf16", 4e-3)] {
        check::<f32>(kind, tolerance);
        check::<f64>(kind, tolerance);
    }
}

/// `make.py check FILE` loads what this file holds with `strict=True`.
#[test]
fn a_file_that_pytorch_wrote_comes_back_from_the_same_model() {
    let reference = Reference::of::<f64>("optimizers");
    let ours = state_file(&network::<f64>(&reference, "start"))
        .unwrap()
        .to_bytes()
        .unwrap();
    let golden = TensorFile::load(path("model_f64.safetensors"))
        .unwrap()
        .to_bytes()
        .unwrap();
    assert_eq!(ours, golden);
}

#[test]
fn every_difference_is_told_and_nothing_changes() {
    let mut model = Sequential::<f64>::new()
        .then(Linear::new(3, 2, Key::new(1)))
        .then(Linear::new(2, 2, Key::new(2)));
    let before = values(&model);
    let mut file = TensorFile::new();
    file.insert("0.weight", &Tensor::<f64>::zeros([3, 2]));
    file.insert("0.bias", &Tensor::<f64>::zeros([2]));
    file.insert("1.weight", &Tensor::<f64>::zeros([2, 2]));
    file.insert("extra.bias", &Tensor::<f64>::zeros([7]));
    let message = apply_state(&mut model, &file).unwrap_err().to_string();
    let told = [
        "0.weight: the file has shape [3, 2], the model [2, 3]",
        "missing: 1.bias of shape [2]",
        "unexpected: extra.bias of shape [7]",
    ];
    for line in told {
        assert!(message.contains(line), "{message}");
    }
    assert_eq!(values(&model), before);
}

#[test]
fn integers_are_no_weights() {
    let view = safetensors::tensor::TensorView::new(safetensors::Dtype::I64, vec![2], &[0; 16]).unwrap();
    let bytes = safetensors::serialize([("weight", view)], None).unwrap();
    let file = TensorFile::from_bytes(&bytes, "integers.safetensors").unwrap();
    let mut model = Linear::<f32>::from_tensors(Tensor::zeros([1, 2]), None);
    let message = apply_state(&mut model, &file).unwrap_err().to_string();
    assert!(
        message.contains("integers.safetensors") && message.contains("shape [2]"),
        "{message}"
    );
    let message = file.tensor::<f32>("weight").unwrap_err().to_string();
    assert!(
        message.contains("weight: elements of type I64; expected F16, BF16, F32 or F64"),
        "{message}"
    );
}

#[test]
fn two_parameters_of_one_name_are_refused() {
    struct Twice([Linear<f64>; 2]);
    impl Module<f64> for Twice {
        fn forward<'t>(&self, x: Var<'t, f64>) -> Var<'t, f64> {
            x
        }
        fn visit(&self, f: &mut dyn FnMut(&Parameter<f64>)) {
            self.0.iter().for_each(|layer| layer.visit(f));
        }
        fn visit_mut(&mut self, f: &mut dyn FnMut(&mut Parameter<f64>)) {
            self.0.iter_mut().for_each(|layer| layer.visit_mut(f));
        }
        fn name_parameters(&mut self, _: &str) {}
    }
    let mut model = Twice([Linear::new(1, 1, Key::new(1)), Linear::new(1, 1, Key::new(2))]);
    assert!(matches!(state_file(&model), Err(StateError::SameName { name }) if name == "weight"));
    assert!(matches!(
        apply_state(&mut model, &TensorFile::new()),
        Err(StateError::SameName { .. })
    ));
}

#[test]
fn missing_and_foreign_files_are_errors() {
    let mut model = Autoencoder::new(1);
    let message = load_state(&mut model, "no/such/model.safetensors")
        .unwrap_err()
        .to_string();
    assert!(
        message.starts_with("cannot read no/such/model.safetensors"),
        "{message}"
    );
    for bytes in [&b""[..], b"PK\x03\x04 not this", &[0xff; 64], &[0; 8]] {
        let message = TensorFile::from_bytes(bytes, "foreign.bin")
            .unwrap_err()
            .to_string();
        assert!(
            message.starts_with("foreign.bin is not a complete safetensors file"),
            "{message}"
        );
    }
}

/// Every truncation is refused; every flipped bit is refused, told as a difference, or changes a number.
#[test]
fn damaged_files_never_panic() {
    let mut model = Linear::<f64>::from_tensors(Tensor::ones([2, 1]), Some(Tensor::ones([2])));
    let mut state = state_file(&model).unwrap();
    state.set_metadata(serde_json::json!({ "rows": 3 }));
    let good = state.to_bytes().unwrap();
    for length in 0..good.len() {
        assert!(
            TensorFile::from_bytes(&good[..length], "cut").is_err(),
            "cut to {length} bytes"
        );
    }
    let mut loaded = 0;
    for place in 0..good.len() {
        for flip in (0..8).map(|bit| 1u8 << bit).chain([0xff]) {
            let mut bad = good.clone();
            bad[place] ^= flip;
            let outcome =
                TensorFile::from_bytes(&bad, "flipped").and_then(|file| apply_state(&mut model, &file));
            loaded += usize::from(outcome.is_ok());
        }
    }
    // Only flips in the numbers, in blanks, and in the metadata's own text can pass.
    assert!(
        loaded >= 4 * 8 * 9 && loaded < good.len() * 9 / 2,
        "{loaded} of {}",
        good.len() * 9
    );
}

#[test]
fn metadata_comes_back() {
    let mut file = TensorFile::new();
    assert!(file.metadata().is_null());
    file.set_metadata(serde_json::json!({ "epoch": 3, "a \"quoted\" name": [1.5, null] }));
    let bytes = file.to_bytes().unwrap();
    assert_eq!(
        TensorFile::from_bytes(&bytes, "").unwrap().metadata(),
        file.metadata()
    );
}

// ---- optimisers -----------------------------------------------------------------------------------------------

fn train(model: &mut Autoencoder, optimizer: &mut dyn Optimizer<f64>, steps: std::ops::Range<u64>) {
    let mut tape = Tape::new();
    for step in steps {
        tape.set_key(Key::new(9).step(step));
        let x = tape.input(&Key::new(4).step(step).uniform([6, 64]));
        let gradients = model.forward(x).mse(x, Reduction::Mean).backward();
        tape.reset();
        optimizer.step(model, &gradients);
    }
}

#[test]
fn a_resumed_run_has_the_same_bits() {
    type Make = fn() -> Box<dyn Optimizer<f64>>;
    let optimizers: [Make; 3] = [
        || Box::new(Adam::new(0.01)),
        || Box::new(RmsProp::new(0.01)),
        || Box::new(Sgd::new(0.1)),
    ];
    for make in optimizers {
        let folder = tempfile::tempdir().unwrap();
        let (weights, moments) = (folder.path().join("model"), folder.path().join("moments"));
        let (mut model, mut optimizer) = (Autoencoder::new(1), make());
        train(&mut model, &mut *optimizer, 0..7);
        save_state(&model, &weights).unwrap();
        optimizer.save_state(&model, &moments).unwrap();
        train(&mut model, &mut *optimizer, 7..15);

        let (mut again, mut optimizer) = (Autoencoder::new(2), make());
        load_state(&mut again, &weights).unwrap();
        optimizer.load_state(&again, &moments).unwrap();
        train(&mut again, &mut *optimizer, 7..15);
        assert_eq!(bytes(&model), bytes(&again));
    }
}

#[test]
fn the_state_of_another_optimizer_or_model_is_refused() {
    let (mut model, mut adam) = (Autoencoder::new(1), Adam::new(0.01));
    train(&mut model, &mut adam, 0..2);
    let file = adam.state(&model).unwrap();
    let message = RmsProp::new(0.01)
        .set_state(&model, &file)
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("not a state of rmsprop: it is the state of adam"),
        "{message}"
    );
    let weights = state_file(&model).unwrap();
    let message = adam.set_state(&model, &weights).unwrap_err().to_string();
    assert!(
        message.contains("not a state of adam: its metadata names no optimizer"),
        "{message}"
    );
    let other = Linear::<f64>::new(2, 2, Key::new(1));
    let message = Adam::new(0.01).set_state(&other, &file).unwrap_err().to_string();
    assert!(
        message.contains("the model has no parameter") && message.contains("encoder.0.weight"),
        "{message}"
    );
    assert_eq!(
        adam.state(&model).unwrap().to_bytes().unwrap(),
        file.to_bytes().unwrap(),
        "nothing has changed"
    );
}

#[test]
fn a_step_count_that_no_training_reaches_is_refused() {
    let (mut model, mut adam) = (Autoencoder::new(1), Adam::new(0.01));
    train(&mut model, &mut adam, 0..1);
    let mut file = adam.state(&model).unwrap();
    for (count, good) in [((1u64 << 53) - 1, true), (1 << 53, false), (u64::MAX, false)] {
        let mut metadata = file.metadata().clone();
        let steps = metadata["steps"].as_object_mut().unwrap();
        steps.values_mut().for_each(|steps| *steps = count.into());
        file.set_metadata(metadata);
        assert_eq!(adam.set_state(&model, &file).is_ok(), good, "{count}");
    }
    let message = adam.set_state(&model, &file).unwrap_err().to_string();
    assert!(message.contains("is 18446744073709551615"), "{message}");
}

#[test]
#[should_panic(expected = "adam: learning_rate is NaN; it must be a finite number, 0 or more")]
fn a_learning_rate_that_is_no_number_is_refused() {
    Optimizer::<f32>::set_learning_rate(&mut Adam::new(0.01), f64::NAN);
}

#[test]
fn damaged_optimizer_states_never_panic() {
    let mut model = Linear::<f64>::from_tensors(Tensor::ones([1, 1]), None);
    let (mut adam, tape) = (Adam::new(0.01), Tape::new());
    let gradients = model
        .forward(tape.input(&Tensor::ones([1, 1])))
        .sum_all()
        .backward();
    adam.step(&mut model, &gradients);
    let good = adam.state(&model).unwrap().to_bytes().unwrap();
    for place in 0..good.len() {
        for flip in (0..8).map(|bit| 1u8 << bit) {
            let mut bad = good.clone();
            bad[place] ^= flip;
            if let Ok(file) = TensorFile::from_bytes(&bad, "flipped")
                && Optimizer::<f64>::set_state(&mut adam, &model, &file).is_ok()
            {
                adam.step(&mut model, &gradients);
            }
        }
    }
}

// ---- snapshots ------------------------------------------------------------------------------------------------

#[test]
fn a_snapshot_brings_the_values_back() {
    let (mut model, mut sgd) = (Autoencoder::new(1), Sgd::new(0.1));
    let (before, snapshot) = (values(&model), Snapshot::of(&model));
    train(&mut model, &mut sgd, 0..3);
    assert_ne!(values(&model), before);
    snapshot.restore(&mut model);
    assert_eq!(values(&model), before);
}

#[test]
fn a_snapshot_taken_again_holds_the_new_values_apart_from_the_model() {
    let (mut model, mut sgd) = (Autoencoder::new(1), Sgd::new(0.1));
    let mut snapshot = Snapshot::of(&model);
    train(&mut model, &mut sgd, 0..3);
    snapshot.retake(&model);
    let kept = values(&model);
    train(&mut model, &mut sgd, 3..6);
    snapshot.restore(&mut model);
    assert_eq!(values(&model), kept);
    train(&mut model, &mut sgd, 6..9);
    snapshot.restore(&mut model);
    assert_eq!(
        values(&model),
        kept,
        "the model's steps do not reach the snapshot"
    );
}

#[test]
#[should_panic(expected = "the model has fewer parameters than the snapshot")]
fn a_snapshot_of_another_model_is_refused() {
    let (mut small, mut large) = (Sequential::<f64>::new(), Sequential::<f64>::new());
    small.push(Box::new(Linear::new(2, 2, Key::new(1))));
    large.push(Box::new(Linear::new(2, 2, Key::new(1))));
    large.push(Box::new(Linear::new(2, 2, Key::new(2))));
    Snapshot::of(&large).restore(&mut small);
}

#[test]
fn a_fingerprint_sees_names_shapes_and_numbers_but_not_the_bits_of_a_nan() {
    let of = |weight: Tensor<f64>, prefix: &str| {
        let mut model = Linear::from_tensors(weight, None);
        model.name_parameters(prefix);
        parameters_sha256(&model)
    };
    let row = || Tensor::from_slice(&[1.0, 2.0], [1, 2]);
    let first = of(row(), "a");
    assert_eq!(first.len(), 64);
    assert_eq!(first, of(row(), "a"));
    assert_ne!(first, of(row(), "b"));
    assert_ne!(first, of(row().reshape([2, 1]), "a"));
    assert_ne!(first, of(Tensor::from_slice(&[1.0, -2.0], [1, 2]), "a"));
    let nan = |bits: u64| of(Tensor::full([1, 1], f64::from_bits(bits)), "a");
    assert_eq!(nan(0x7ff8_0000_0000_0000), nan(0xfff8_0000_0000_0001));
}
