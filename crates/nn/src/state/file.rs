//! `TensorFile`: named tensors and JSON metadata, stored as a safetensors file.

use super::bytes::{append, decode, dtype_of, is_known};
use super::{Problem, StateError};
use latents_tensor::{Real, Shape, Tensor};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

/// The only key of the file's metadata: safetensors writes several keys in random order.
const METADATA_KEY: &str = "latents";

/// Named tensors and JSON metadata, in memory; [`TensorFile::save`] and [`TensorFile::load`] write and read safetensors files.
///
/// The same tensors give the same bytes. Elements are little-endian and in row-major order; all NaNs are written as the same one.
///
/// ```
/// # use latents_nn::TensorFile; use latents_tensor::Tensor;
/// let mut file = TensorFile::new();
/// file.insert("weight", &Tensor::<f32>::ones([2, 3]));
/// let read = TensorFile::from_bytes(&file.to_bytes()?, "model.safetensors")?;
/// assert_eq!(read.tensor::<f32>("weight")?.to_vec(), [1.0; 6]);
/// # Ok::<(), latents_nn::StateError>(())
/// ```
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
    /// Creates a file without tensors.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a tensor, replacing any tensor with the same name. Returns whether the name was new.
    ///
    /// ```
    /// # use latents_nn::TensorFile; use latents_tensor::Tensor;
    /// let mut file = TensorFile::new();
    /// assert!(file.insert("weight", &Tensor::<f32>::ones([2])));
    /// assert!(!file.insert("weight", &Tensor::<f32>::zeros([2])));
    /// ```
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

    /// Returns the names of all tensors, sorted.
    ///
    /// ```
    /// # use latents_nn::TensorFile; use latents_tensor::Tensor;
    /// let mut file = TensorFile::new();
    /// file.insert("weight", &Tensor::<f32>::ones([2]));
    /// file.insert("bias", &Tensor::<f32>::ones([1]));
    /// assert_eq!(file.names().collect::<Vec<_>>(), ["bias", "weight"]);
    /// ```
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// Returns whether the file has a tensor with this name.
    pub fn contains(&self, name: &str) -> bool {
        self.tensors.contains_key(name)
    }

    /// Adds all tensors of another file, with names `section/name`.
    ///
    /// ```
    /// # use latents_nn::TensorFile; use latents_tensor::Tensor;
    /// let (mut file, mut moments) = (TensorFile::new(), TensorFile::new());
    /// moments.insert("exp_avg", &Tensor::<f32>::ones([2]));
    /// file.insert_section("adam", &moments);
    /// assert!(file.contains("adam/exp_avg") && file.section("adam").contains("exp_avg"));
    /// ```
    pub fn insert_section(&mut self, section: &str, other: &Self) {
        let named = |(name, entry): (&String, &Entry)| (format!("{section}/{name}"), entry.clone());
        self.tensors.extend(other.tensors.iter().map(named));
    }

    /// Returns the tensors that [`TensorFile::insert_section`] added, under their original names and without metadata.
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

    /// Returns the total number of elements of all tensors.
    pub fn elements(&self) -> usize {
        let shapes = self.tensors.values().map(|entry| &entry.shape);
        shapes.map(|shape| shape.iter().product::<usize>()).sum()
    }

    /// Returns the metadata, or null if there is none.
    pub fn metadata(&self) -> &serde_json::Value {
        &self.metadata
    }

    /// Sets the metadata.
    ///
    /// ```
    /// # use latents_nn::TensorFile;
    /// let mut file = TensorFile::new();
    /// file.set_metadata(serde_json::json!({ "epoch": 3 }));
    /// assert_eq!(file.metadata()["epoch"], 3);
    /// ```
    pub fn set_metadata(&mut self, metadata: serde_json::Value) {
        self.metadata = metadata;
    }

    /// Returns the path that the file was loaded from, or an empty path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns a tensor by its name, with any shape.
    ///
    /// # Errors
    /// If there is no such tensor, it has more than six axes, or its elements are not floating-point numbers.
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

    /// Returns the tensors with exactly these names and shapes, in this order; like PyTorch's strict `load_state_dict`, it
    /// accepts neither missing nor additional tensors. F16, BF16, F32 and F64 are read, and rounded if `T` is narrower.
    ///
    /// # Errors
    /// If anything differs; the error lists every difference.
    ///
    /// ```
    /// # use latents_nn::TensorFile; use latents_tensor::{Shape, Tensor};
    /// let mut file = TensorFile::new();
    /// file.insert("weight", &Tensor::<f32>::ones([2]));
    /// assert!(file.read_exactly::<f32>(&[("weight".to_owned(), Shape::from([2]))]).is_ok());
    /// assert!(file.read_exactly::<f32>(&[("weight".to_owned(), Shape::from([3]))]).is_err());
    /// ```
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

    /// Encodes the file as bytes.
    ///
    /// # Errors
    /// If the names make a header of more than 100 MB, the limit of the format.
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

    /// Decodes a file from bytes; `path` is used in messages.
    ///
    /// # Errors
    /// If the bytes are not a complete safetensors file.
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

    /// Writes the file atomically: after a crash, the file has either its old or its new content; see
    /// [`latents_durable::write()`].
    ///
    /// # Errors
    /// If the file cannot be written.
    ///
    /// ```
    /// # use latents_nn::TensorFile;
    /// # let folder = tempfile::tempdir().unwrap();
    /// let path = folder.path().join("model.safetensors");
    /// TensorFile::new().save(&path)?;
    /// assert_eq!(TensorFile::load(&path)?.elements(), 0);
    /// # Ok::<(), latents_nn::StateError>(())
    /// ```
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), StateError> {
        Ok(latents_durable::write(path, &self.to_bytes()?)?)
    }

    /// Reads a file.
    ///
    /// # Errors
    /// If the file cannot be read or is not a complete safetensors file.
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
    /// The parser has checked that the number of bytes matches the shape and the type.
    fn decode_into<T: Real>(&self, out: &mut [T]) {
        decode(self.dtype, &self.bytes, out);
    }
}
