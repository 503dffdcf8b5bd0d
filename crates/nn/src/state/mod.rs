//! The state of a model: saving, loading, hashing and snapshots.
//!
//! Names and layouts are PyTorch's: `model.load_state_dict(load_file("model.safetensors"), strict=True)` reads our files, and
//! we read files saved from PyTorch.

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

/// Collects the parameters and buffers of a model in a [`TensorFile`], without optional buffers.
///
/// # Errors
/// If two of them have the same name.
///
/// ```
/// # use latents_nn::{Linear, state_file}; use latents_tensor::random::Key;
/// let file = state_file(&Linear::<f32>::new(3, 2, Key::new(1)))?;
/// assert_eq!(file.names().collect::<Vec<_>>(), ["bias", "weight"]);
/// # Ok::<(), latents_nn::StateError>(())
/// ```
pub fn state_file<T: Real>(module: &dyn Module<T>) -> Result<TensorFile, StateError> {
    file_of(module, false)
}

/// Like [`state_file`], including optional buffers.
///
/// # Errors
/// As in [`state_file`].
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

/// Sets the parameters and buffers of a model from a file. If an error is returned, the model is unchanged.
///
/// # Errors
/// If a tensor is missing, unexpected, of another shape, or not of floating-point numbers.
///
/// ```
/// # use latents_nn::{Linear, apply_state, state_file}; use latents_tensor::random::Key;
/// let (trained, mut model) = (Linear::<f32>::new(3, 2, Key::new(1)), Linear::<f32>::new(3, 2, Key::new(2)));
/// apply_state(&mut model, &state_file(&trained)?)?;
/// assert_eq!(model.weight().value().to_vec(), trained.weight().value().to_vec());
/// # Ok::<(), latents_nn::StateError>(())
/// ```
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

/// Whether a buffer is read from the file: a file of another version may lack an optional one.
fn is_read<T: Real>(buffer: &Buffer<T>, file: &TensorFile) -> bool {
    !buffer.is_optional() || file.contains(buffer.name())
}

/// Writes [`state_file`] to a safetensors file. The same model gives the same bytes.
///
/// # Errors
/// If two parameters have the same name, or the file cannot be written.
///
/// ```
/// # use latents_nn::{Linear, load_state, save_state}; use latents_tensor::random::Key;
/// # let folder = tempfile::tempdir().unwrap();
/// let path = folder.path().join("model.safetensors");
/// let mut model = Linear::<f32>::new(3, 2, Key::new(1));
/// save_state(&model, &path)?;
/// load_state(&mut model, &path)?;
/// # Ok::<(), latents_nn::StateError>(())
/// ```
pub fn save_state<T: Real>(module: &dyn Module<T>, path: impl AsRef<Path>) -> Result<(), StateError> {
    state_file(module)?.save(path)
}

/// Reads the parameters and buffers of a model from a safetensors file; see [`apply_state`] and the example of [`save_state`].
///
/// # Errors
/// If the file cannot be read, is damaged, or does not match the model, which is then unchanged.
pub fn load_state<T: Real>(module: &mut dyn Module<T>, path: impl AsRef<Path>) -> Result<(), StateError> {
    apply_state(module, &TensorFile::load(path)?)
}

/// Returns a fingerprint of a model: SHA-256, in hexadecimal, over the names, shapes and elements of its parameters and
/// non-optional buffers, in order.
///
/// For each of them it hashes the length of the name, the name, the name of the element type, the rank, the axes (numbers as
/// 8 bytes, little-endian), and the elements as [`save_state`] writes them.
///
/// ```
/// # use latents_nn::{Linear, parameters_sha256}; use latents_tensor::random::Key;
/// let model = Linear::<f32>::new(3, 2, Key::new(1));
/// assert_eq!(parameters_sha256(&model), parameters_sha256(&model.clone()));
/// ```
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

/// A copy of the values of a model's parameters and buffers, for restoring the best or the last good weights.
///
/// The copy is allocated once: updating and restoring it allocate nothing.
///
/// ```
/// # use latents_nn::{Linear, Snapshot, parameters_sha256}; use latents_tensor::random::Key;
/// let mut model = Linear::<f32>::new(3, 2, Key::new(1));
/// let best = Snapshot::of(&model);
/// model.visit_mut(&mut |parameter| parameter.value_mut().scale_assign(0.0));
/// best.restore(&mut model);
/// assert_eq!(parameters_sha256(&model), parameters_sha256(&Linear::<f32>::new(3, 2, Key::new(1))));
/// # use latents_nn::Module;
/// ```
#[derive(Clone, Debug)]
pub struct Snapshot<T: Real = f32> {
    values: Vec<Tensor<T>>,
}

impl<T: Real> Snapshot<T> {
    /// Copies the current values of a model.
    pub fn of(module: &dyn Module<T>) -> Self {
        let mut values = Vec::new();
        module.visit(&mut |parameter| values.push(parameter.value().copied()));
        module.visit_buffers(&mut |buffer| values.push(buffer.value().copied()));
        Self { values }
    }

    /// Returns the values as a file, numbered in the order of the model's parameters and buffers.
    ///
    /// ```
    /// # use latents_nn::{Linear, Snapshot}; use latents_tensor::random::Key;
    /// let mut snapshot = Snapshot::of(&Linear::<f32>::new(3, 2, Key::new(1)));
    /// let file = snapshot.to_file();
    /// assert_eq!(file.names().collect::<Vec<_>>(), ["0", "1"]);
    /// snapshot.set_from_file(&file)?;
    /// # Ok::<(), latents_nn::StateError>(())
    /// ```
    pub fn to_file(&self) -> TensorFile {
        let mut file = TensorFile::new();
        for (index, value) in self.values.iter().enumerate() {
            file.insert(index.to_string(), value);
        }
        file
    }

    /// Replaces the values by those of a file made by [`Snapshot::to_file`].
    ///
    /// # Errors
    /// If the file belongs to another model; the snapshot is then unchanged.
    pub fn set_from_file(&mut self, file: &TensorFile) -> Result<(), StateError> {
        let wanted = self.values.iter().enumerate();
        let wanted: Vec<(String, Shape)> = wanted
            .map(|(index, value)| (index.to_string(), value.shape()))
            .collect();
        self.values = file.read_exactly(&wanted)?;
        Ok(())
    }

    /// Replaces the values by the model's current ones.
    ///
    /// # Panics
    /// If the model has other parameters than when the snapshot was created.
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

    /// Sets the model's parameters and buffers to the values of the snapshot.
    ///
    /// # Panics
    /// If the model has other parameters than when the snapshot was created.
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

/// Copies the elements in place, unless `to` shares its memory.
#[track_caller]
fn copy_into<T: Real>(to: &mut Tensor<T>, from: &Tensor<T>) {
    let (is, was) = (from.shape(), to.shape());
    assert!(
        is == was,
        "Snapshot: a parameter of shape {is} had shape {was} when the snapshot was created"
    );
    to.make_mut().copy_from_slice(&from.elements());
}
