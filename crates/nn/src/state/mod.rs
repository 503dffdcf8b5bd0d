//! The state of a model: saving, loading, hashing, remembering.
//!
//! Names and layouts are PyTorch's, so `model.load_state_dict(load_file("model.safetensors"), strict=True)` takes
//! our file, and we take its.

mod bytes;
mod error;
mod file;

pub use error::{Problem, StateError};
pub use file::TensorFile;

use crate::{Buffer, Module};
use latents_tensor::{Real, Shape, Tensor, concrete};
use sha2::{Digest, Sha256};
use std::path::Path;

concrete! {
    fn file_of<'a, T>(module: &'a dyn Module<T>, optional: bool) -> Result<TensorFile, StateError> =
        file_of_generic(module, optional);
    fn apply<'a, T>(module: &'a mut dyn Module<T>, file: &'a TensorFile) -> Result<(), StateError> =
        apply_generic(module, file);
    fn sha256<'a, T>(module: &'a dyn Module<T>) -> String = sha256_generic(module);
}

/// The parameters and buffers of a model as a [`TensorFile`], without the buffers that a file may lack.
///
/// # Errors
/// If two of them have one name.
pub fn state_file<T: Real>(module: &dyn Module<T>) -> Result<TensorFile, StateError> {
    file_of(module, false)
}

/// As [`state_file`], with all buffers.
///
/// # Errors
/// As [`state_file`].
pub fn complete_state_file<T: Real>(module: &dyn Module<T>) -> Result<TensorFile, StateError> {
    file_of(module, true)
}

fn file_of_generic<T: Real>(module: &dyn Module<T>, optional: bool) -> Result<TensorFile, StateError> {
    let mut file = TensorFile::new();
    let mut twice = None;
    module.visit(&mut |parameter| {
        if !file.insert(&**parameter.name(), parameter.value()) {
            twice.get_or_insert(parameter.name().to_string());
        }
    });
    module.visit_buffers(&mut |buffer| {
        let written = optional || !buffer.is_optional();
        if written && !file.insert(&**buffer.name(), buffer.value()) {
            twice.get_or_insert(buffer.name().to_string());
        }
    });
    twice.map_or(Ok(file), |name| Err(StateError::SameName { name }))
}

/// Puts the tensors of a file into a model: all of them, or, on an error, none.
///
/// # Errors
/// If a tensor is missing, unexpected, of another shape, or not of floating-point numbers.
pub fn apply_state<T: Real>(module: &mut dyn Module<T>, file: &TensorFile) -> Result<(), StateError> {
    apply(module, file)
}

fn apply_generic<T: Real>(module: &mut dyn Module<T>, file: &TensorFile) -> Result<(), StateError> {
    let mut wanted: Vec<(String, Shape)> = Vec::new();
    module.visit(&mut |parameter| wanted.push((parameter.name().to_string(), parameter.shape())));
    module.visit_buffers(&mut |buffer| {
        if is_read(buffer, file) {
            wanted.push((buffer.name().to_string(), buffer.shape()));
        }
    });
    let mut names: Vec<&String> = wanted.iter().map(|(name, _)| name).collect();
    names.sort();
    if let Some(pair) = names.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(StateError::SameName {
            name: pair[0].clone(),
        });
    }
    let mut tensors = file.read_exactly(&wanted)?.into_iter();
    module.visit_mut(&mut |parameter| {
        if let Some(tensor) = tensors.next() {
            parameter.set_value(tensor);
        }
    });
    module.visit_buffers_mut(&mut |buffer| {
        if is_read(buffer, file)
            && let Some(tensor) = tensors.next()
        {
            buffer.set_value(tensor);
        }
    });
    Ok(())
}

/// Whether a buffer comes from a file: the file of another version may lack an optional one.
fn is_read<T: Real>(buffer: &Buffer<T>, file: &TensorFile) -> bool {
    !buffer.is_optional() || file.contains(buffer.name())
}

/// Writes [`state_file`] to a safetensors file: the same model gives the same bytes.
///
/// # Errors
/// If two parameters have one name or the file cannot be written.
pub fn save_state<T: Real>(module: &dyn Module<T>, path: impl AsRef<Path>) -> Result<(), StateError> {
    state_file(module)?.save(path)
}

/// Reads the parameters and buffers of a model from a safetensors file; see [`apply_state`].
///
/// # Errors
/// If the file cannot be read, is damaged, or does not fit the model; the model is then unchanged.
pub fn load_state<T: Real>(module: &mut dyn Module<T>, path: impl AsRef<Path>) -> Result<(), StateError> {
    apply_state(module, &TensorFile::load(path)?)
}

/// A fingerprint of a model: SHA-256, in hexadecimal, over names, shapes and elements of its parameters, and of its buffers but
/// the optional ones, in order.
///
/// For each: the length of its name, the name, the name of the element type, the rank, the axes (numbers
/// as 8 bytes, little-endian), and the elements as [`save_state`] writes them.
pub fn parameters_sha256<T: Real>(module: &dyn Module<T>) -> String {
    sha256(module)
}

fn sha256_generic<T: Real>(module: &dyn Module<T>) -> String {
    let mut hash = Sha256::new();
    let mut elements = Vec::new();
    let mut add = |name: &str, value: &Tensor<T>| {
        hash.update((name.len() as u64).to_le_bytes());
        hash.update(name.as_bytes());
        hash.update(T::NAME.as_bytes());
        hash.update((value.shape().rank() as u64).to_le_bytes());
        let axes = value.shape();
        axes.iter()
            .for_each(|&axis| hash.update((axis as u64).to_le_bytes()));
        elements.clear();
        bytes::append(value, &mut elements);
        hash.update(&elements);
    };
    module.visit(&mut |parameter| add(parameter.name(), parameter.value()));
    module.visit_buffers(&mut |buffer| {
        if !buffer.is_optional() {
            add(buffer.name(), buffer.value());
        }
    });
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The values of a model's parameters and buffers at one moment, to go back to: best weights, last good weights.
///
/// It holds a copy of its own, made once: taking the values again and giving them back allocates nothing.
#[derive(Clone, Debug)]
pub struct Snapshot<T: Real = f32> {
    values: Vec<Tensor<T>>,
}

impl<T: Real> Snapshot<T> {
    /// The values now.
    pub fn of(module: &dyn Module<T>) -> Self {
        let mut values = Vec::new();
        module.visit(&mut |parameter| values.push(parameter.value().copied()));
        module.visit_buffers(&mut |buffer| values.push(buffer.value().copied()));
        Self { values }
    }

    /// The values as a file, numbered in the order of the model's parameters and buffers.
    pub fn to_file(&self) -> TensorFile {
        let mut file = TensorFile::new();
        for (index, value) in self.values.iter().enumerate() {
            file.insert(index.to_string(), value);
        }
        file
    }

    /// Takes the values of a file that [`Snapshot::to_file`] gave.
    ///
    /// # Errors
    /// If it is that of another model; the snapshot is then unchanged.
    pub fn set_from_file(&mut self, file: &TensorFile) -> Result<(), StateError> {
        let wanted = self.values.iter().enumerate();
        let wanted: Vec<(String, Shape)> = wanted
            .map(|(index, value)| (index.to_string(), value.shape()))
            .collect();
        self.values = file.read_exactly(&wanted)?;
        Ok(())
    }

    /// Puts the values of now in place of those it holds.
    ///
    /// # Panics
    /// If the model has other parameters than when the snapshot was made.
    #[track_caller]
    pub fn retake(&mut self, module: &dyn Module<T>) {
        let mut kept = self.values.iter_mut();
        module.visit(&mut |parameter| match kept.next() {
            Some(kept) => copy_into(kept, parameter.value()),
            None => panic!("Snapshot::retake: the model has more parameters than the snapshot"),
        });
        module.visit_buffers(&mut |buffer| match kept.next() {
            Some(kept) => copy_into(kept, buffer.value()),
            None => panic!("Snapshot::retake: the model has more buffers than the snapshot"),
        });
        assert!(
            kept.next().is_none(),
            "Snapshot::retake: the model has fewer parameters than the snapshot"
        );
    }

    /// Gives the model the values back.
    ///
    /// # Panics
    /// If the model has other parameters than when the snapshot was made.
    #[track_caller]
    pub fn restore(&self, module: &mut dyn Module<T>) {
        let mut values = self.values.iter();
        module.visit_mut(&mut |parameter| match values.next() {
            Some(value) => copy_into(parameter.value_mut(), value),
            None => panic!("Snapshot::restore: the model has more parameters than the snapshot"),
        });
        module.visit_buffers_mut(&mut |buffer| match values.next() {
            Some(value) => copy_into(buffer.value_mut(), value),
            None => panic!("Snapshot::restore: the model has more buffers than the snapshot"),
        });
        assert!(
            values.next().is_none(),
            "Snapshot::restore: the model has fewer parameters than the snapshot"
        );
    }
}

/// Copies elements where they lie, unless `to` shares its buffer.
#[track_caller]
fn copy_into<T: Real>(to: &mut Tensor<T>, from: &Tensor<T>) {
    let (is, was) = (from.shape(), to.shape());
    assert!(
        is == was,
        "Snapshot: a parameter of shape {is} had shape {was} when the snapshot was made"
    );
    to.make_mut().copy_from_slice(&from.elements());
}
