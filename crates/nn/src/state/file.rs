//! `TensorFile`: named tensors and a JSON value, as a safetensors file.

use super::bytes::{append, decode, dtype_of, is_known};
use super::{Problem, StateError};
use latents_tensor::{Real, Shape, Tensor};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

/// The one key of the file's metadata. safetensors orders several keys at random, so one holds everything.
const METADATA_KEY: &str = "latents";

/// Named tensors and a JSON value, in memory; [`TensorFile::save`] and [`TensorFile::load`] are the file.
///
/// The same tensors give the same bytes. Elements are little-endian and in row-major order; NaNs are all written
/// as one.
#[derive(Clone, Debug, Default)]
pub struct TensorFile {
    path: PathBuf,
    tensors: BTreeMap<String, Entry>,
    metadata: serde_json::Value,
}

#[derive(Clone, Debug)]
struct Entry {
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl TensorFile {
    /// No tensors yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a tensor. Returns whether the name was free; if not, the tensor is replaced.
    pub fn insert<T: Real>(&mut self, name: impl Into<String>, tensor: &Tensor<T>) -> bool {
        let mut bytes = Vec::new();
        append(tensor, &mut bytes);
        let entry = Entry {
            dtype: dtype_of::<T>(),
            shape: tensor.shape().to_vec(),
            bytes,
        };
        self.tensors.insert(name.into(), entry).is_none()
    }

    /// The names of all tensors, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// Whether there is a tensor of this name.
    pub fn contains(&self, name: &str) -> bool {
        self.tensors.contains_key(name)
    }

    /// Adds all tensors of another file, as `section/name`.
    pub fn insert_section(&mut self, section: &str, other: &Self) {
        let named = |(name, entry): (&String, &Entry)| (format!("{section}/{name}"), entry.clone());
        self.tensors.extend(other.tensors.iter().map(named));
    }

    /// The tensors that [`TensorFile::insert_section`] added, by their own names; no metadata.
    #[must_use]
    pub fn section(&self, section: &str) -> Self {
        let prefix = format!("{section}/");
        let inside =
            |(name, entry): (&String, &Entry)| Some((name.strip_prefix(&prefix)?.to_owned(), entry.clone()));
        Self {
            path: self.path.clone(),
            tensors: self.tensors.iter().filter_map(inside).collect(),
            metadata: serde_json::Value::Null,
        }
    }

    /// The number of elements of all tensors.
    pub fn elements(&self) -> usize {
        let shapes = self.tensors.values().map(|entry| &entry.shape);
        shapes.map(|shape| shape.iter().product::<usize>()).sum()
    }

    /// What stands beside the tensors; null where there is nothing.
    pub fn metadata(&self) -> &serde_json::Value {
        &self.metadata
    }

    /// Puts a JSON value beside the tensors.
    pub fn set_metadata(&mut self, metadata: serde_json::Value) {
        self.metadata = metadata;
    }

    /// The file that it was loaded from; empty where there is none.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A tensor by its name, whatever its shape.
    ///
    /// # Errors
    /// If there is none, it has more than six axes, or its elements are not floating-point numbers.
    pub fn tensor<T: Real>(&self, name: &str) -> Result<Tensor<T>, StateError> {
        let shape = match self.tensors.get(name) {
            Some(entry) => {
                Shape::new(&entry.shape).map_err(|error| self.damaged(format!("{name}: {error}")))?
            }
            None => Shape::SCALAR,
        };
        match self.problem(name, &shape) {
            Some(problem) => Err(StateError::Mismatch {
                path: self.path.clone(),
                problems: vec![problem],
            }),
            None => Ok(Tensor::build(shape, |out| self.tensors[name].decode_into(out))),
        }
    }

    /// The tensors with these names and shapes, in this order, and no others: strict, as PyTorch's
    /// `load_state_dict`. F16, BF16, F32 and F64 are read, and rounded where `T` is narrower.
    ///
    /// # Errors
    /// With every difference if there is one.
    pub fn read_exactly<T: Real>(&self, wanted: &[(String, Shape)]) -> Result<Vec<Tensor<T>>, StateError> {
        let mut problems: Vec<Problem> = wanted
            .iter()
            .filter_map(|(name, shape)| self.problem(name, shape))
            .collect();
        let names: BTreeSet<&str> = wanted.iter().map(|(name, _)| name.as_str()).collect();
        let unexpected = self
            .tensors
            .iter()
            .filter(|(name, _)| !names.contains(name.as_str()));
        problems.extend(unexpected.map(|(name, entry)| Problem::Unexpected {
            name: name.clone(),
            shape: entry.shape.clone(),
        }));
        if !problems.is_empty() {
            return Err(StateError::Mismatch {
                path: self.path.clone(),
                problems,
            });
        }
        let tensor = |(name, shape): &(String, Shape)| {
            Tensor::build(*shape, |out| self.tensors[name].decode_into(out))
        };
        Ok(wanted.iter().map(tensor).collect())
    }

    fn problem(&self, name: &str, shape: &Shape) -> Option<Problem> {
        let name = name.to_owned();
        match self.tensors.get(&name) {
            None => Some(Problem::Missing {
                name,
                shape: shape.to_vec(),
            }),
            Some(entry) if entry.shape[..] != shape[..] => Some(Problem::Shape {
                name,
                file: entry.shape.clone(),
                model: shape.to_vec(),
            }),
            Some(entry) if !is_known(entry.dtype) => Some(Problem::Dtype {
                name,
                dtype: format!("{:?}", entry.dtype),
            }),
            Some(_) => None,
        }
    }

    // ---- bytes and files ------------------------------------------------------------------------------------

    /// The file's bytes.
    ///
    /// # Errors
    /// If the format cannot hold the tensors: names that make a header of more than 100 MB.
    pub fn to_bytes(&self) -> Result<Vec<u8>, StateError> {
        let failed = |error: safetensors::SafeTensorError| self.damaged(error.to_string());
        let views = self.tensors.iter().map(|(name, entry)| {
            let view = TensorView::new(entry.dtype, entry.shape.clone(), &entry.bytes).map_err(failed)?;
            Ok((name, view))
        });
        let views: Vec<_> = views.collect::<Result<_, StateError>>()?;
        let metadata = (!self.metadata.is_null())
            .then(|| HashMap::from([(METADATA_KEY.to_owned(), self.metadata.to_string())]));
        safetensors::serialize(views, metadata).map_err(failed)
    }

    /// Reads a file's bytes; `path` is for messages.
    ///
    /// # Errors
    /// If they are no complete safetensors file.
    pub fn from_bytes(bytes: &[u8], path: impl AsRef<Path>) -> Result<Self, StateError> {
        let mut file = Self {
            path: path.as_ref().to_owned(),
            ..Self::default()
        };
        let parsed = SafeTensors::deserialize(bytes).map_err(|error| file.damaged(error.to_string()))?;
        let (_, header) =
            SafeTensors::read_metadata(bytes).map_err(|error| file.damaged(error.to_string()))?;
        if let Some(text) = header
            .metadata()
            .as_ref()
            .and_then(|metadata| metadata.get(METADATA_KEY))
        {
            file.metadata =
                serde_json::from_str(text).map_err(|error| file.damaged(format!("its metadata: {error}")))?;
        }
        for (name, view) in parsed.iter() {
            let entry = Entry {
                dtype: view.dtype(),
                shape: view.shape().to_vec(),
                bytes: view.data().to_vec(),
            };
            file.tensors.insert(name.to_owned(), entry);
        }
        Ok(file)
    }

    /// Writes the file so that a crash leaves the old one or the new one; see [`latents_durable::write()`].
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), StateError> {
        Ok(latents_durable::write(path, &self.to_bytes()?)?)
    }

    /// Reads a file.
    ///
    /// # Errors
    /// If it cannot be read or is no complete safetensors file.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, StateError> {
        let path = path.as_ref();
        let bytes = std::fs::read(path).map_err(|source| StateError::Read {
            path: path.to_owned(),
            source,
        })?;
        Self::from_bytes(&bytes, path)
    }

    fn damaged(&self, reason: String) -> StateError {
        StateError::Format {
            path: self.path.clone(),
            reason,
        }
    }
}

impl Entry {
    /// The parser made sure that there are as many bytes as the shape and the type say.
    fn decode_into<T: Real>(&self, out: &mut [T]) {
        decode(self.dtype, &self.bytes, out);
    }
}
