//! Reading the reference values that `reference/make.py` wrote, and holding results to them.
#![allow(dead_code, reason = "each test file uses its part")]

use latents_nn::{Activation, Linear, Module, Sequential, TensorFile};
use latents_tensor::{Real, Tensor};
use std::path::{Path, PathBuf};

pub(crate) fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/reference")
        .join(name)
}

/// One file of reference values in the element type `T`.
pub(crate) struct Reference {
    file: TensorFile,
    tolerance: f64,
}

impl Reference {
    pub(crate) fn of<T: Real>(name: &str) -> Self {
        let file = TensorFile::load(path(&format!("{name}_{}.safetensors", T::NAME))).unwrap();
        Self {
            file,
            tolerance: if T::NAME == "f64" { 1e-10 } else { 1e-5 },
        }
    }

    pub(crate) fn get<T: Real>(&self, name: &str) -> Tensor<T> {
        self.file.tensor(name).unwrap()
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.file.names()
    }

    /// Every element within the tolerance (10⁻¹⁰ for f64, 10⁻⁵ for f32) of the expected one, relative to the
    /// largest expected magnitude of the tensor.
    #[track_caller]
    pub(crate) fn check<T: Real>(&self, name: &str, got: &Tensor<T>) {
        let expected = self.get::<T>(name);
        assert_eq!(got.shape(), expected.shape(), "{name}: shape");
        let expected = expected.to_vec();
        let scale = expected
            .iter()
            .fold(0.0f64, |most, x| most.max(x.to_f64().abs()))
            .max(f64::MIN_POSITIVE);
        for (index, (got, expected)) in got.to_vec().iter().zip(&expected).enumerate() {
            let (got, expected) = (got.to_f64(), expected.to_f64());
            let error = (got - expected).abs() / scale;
            let same = got == expected || error <= self.tolerance;
            assert!(
                same,
                "{} {name}[{index}]: got {got}, expected {expected}: off by {error:e}",
                T::NAME
            );
        }
    }
}

/// The model of `make.py`, with the values that `prefix` names.
pub(crate) fn network<T: Real>(reference: &Reference, prefix: &str) -> Sequential<T> {
    let linear = |index: usize| {
        let part = |name: &str| reference.get::<T>(&format!("{prefix}.{index}.{name}"));
        Linear::from_tensors(part("weight"), Some(part("bias")))
    };
    let activations = [Activation::Tanh, Activation::Relu, Activation::Sigmoid];
    let layers = activations.into_iter().enumerate();
    layers.fold(Sequential::new(), |model, (index, activation)| {
        model.then(linear(2 * index)).then(activation)
    })
}

/// Name and value of every parameter.
pub(crate) fn parameters<T: Real>(module: &dyn Module<T>) -> Vec<(String, Tensor<T>)> {
    let mut all = Vec::new();
    module.visit(&mut |parameter| all.push((parameter.name().to_string(), parameter.value().clone())));
    all
}
