//! The arrays of an archive, and which of them are rows and labels.

use crate::format::OpenedFile;
use crate::read::array::Array;
use crate::read::input::{Input, explain, unpacked_limit};
use crate::read::npy;
use crate::read::npy_header::Header;
use crate::{DataError, Dataset, Labels, Loaded};
use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use zip::ZipArchive;
use zip::result::ZipError;

/// Reads an array, its labels, and the validation arrays if there are any.
///
/// Without a key, the rows are the first of: `x_train`; the only array; `X`; the only array with more than one axis. The labels
/// are the array named by `label`, otherwise `y` (for `x_train`, `y_train`) if it has one element per row.
pub(super) fn read(file: OpenedFile<'_>) -> Result<Loaded, DataError> {
    let label = file.options.label.as_deref();
    let mut archive = Archive::open(file.path)?;
    let key = archive.choose(file.key)?;
    let (train_label, validation) = match key.as_str() {
        "x_train" => ("y_train", archive.has("x_test").then_some(("x_test", "y_test"))),
        _ => ("y", None),
    };
    let train = archive.dataset(&key, train_label, label)?;
    let validation = validation
        .map(|(key, implied)| archive.dataset(key, implied, None))
        .transpose()?;
    Loaded::new(train, validation)
}

struct Archive {
    zip: ZipArchive<BufReader<File>>,
    place: String,
    length: u64,
    /// The keys of the arrays (file names without `.npy`) and their indices in the archive.
    keys: Vec<(String, usize)>,
}

impl Archive {
    fn open(path: &Path) -> Result<Self, DataError> {
        let place = path.display().to_string();
        let file = File::open(path).map_err(|error| DataError::io(&place, "read", error))?;
        let length = file
            .metadata()
            .map_err(|error| DataError::io(&place, "read", error))?
            .len();
        if length == 0 {
            return Err(DataError::Empty { place });
        }
        let zip = ZipArchive::new(BufReader::new(file)).map_err(|error| damaged(error, &place))?;
        let keys = (0..zip.len())
            .filter_map(|index| {
                let name = zip.name_for_index(index)?.ok()?;
                Some((name.strip_suffix(".npy")?.to_owned(), index))
            })
            .collect();
        Ok(Self {
            zip,
            place,
            length,
            keys,
        })
    }

    fn has(&self, key: &str) -> bool {
        self.keys.iter().any(|(known, _)| known == key)
    }

    fn choose(&mut self, key: Option<&str>) -> Result<String, DataError> {
        if let Some(key) = key {
            return Ok(key.strip_suffix(".npy").unwrap_or(key).to_owned());
        }
        if self.has("x_train") {
            return Ok("x_train".to_owned());
        }
        if let [(only, _)] = &self.keys[..] {
            return Ok(only.clone());
        }
        if self.has("X") {
            return Ok("X".to_owned());
        }
        let keys: Vec<String> = self.keys.iter().map(|(key, _)| key.clone()).collect();
        let mut tables = keys
            .into_iter()
            .filter(|key| self.header(key).is_ok_and(|header| header.shape.len() > 1));
        match (tables.next(), tables.next()) {
            (Some(only), None) => Ok(only),
            (Some(_), Some(_)) => Err(self.unknown("several arrays could be the data".to_owned())),
            (None, _) => Err(self.unknown("no array has more than one axis".to_owned())),
        }
    }

    /// The bytes of an array's file.
    fn input(&mut self, key: &str) -> Result<Input<'_>, DataError> {
        let Some(&(_, index)) = self.keys.iter().find(|(known, _)| known == key) else {
            return Err(self.unknown(format!("no array {key:?}")));
        };
        let place = format!("{}:{key}", self.place);
        let entry = match self.zip.by_index(index) {
            Ok(entry) => entry,
            Err(error) => return Err(damaged(error, &place)),
        };
        // The directory of the archive is as untrusted as the rest.
        let limit = unpacked_limit(entry.compressed_size().min(self.length));
        if entry.size() > limit {
            return Err(DataError::TooLarge { place, limit });
        }
        let size = entry.size();
        Input::new(Box::new(entry), place, size, Some(size))
    }

    fn header(&mut self, key: &str) -> Result<Header, DataError> {
        Header::read(&mut self.input(key)?)
    }

    fn array(&mut self, key: &str) -> Result<Array, DataError> {
        npy::read(self.input(key)?)
    }

    /// The rows of one array with the labels of another: `wanted`, otherwise `implied` if it fits.
    fn dataset(&mut self, key: &str, implied: &str, wanted: Option<&str>) -> Result<Dataset, DataError> {
        let data = self.array(key)?.into_dataset(&format!("{}:{key}", self.place))?;
        match wanted {
            Some(label) => data.with_labels(self.labels(label)?),
            None if implied != key && self.fits(implied, data.rows()) => {
                data.with_labels(self.labels(implied)?)
            }
            None => Ok(data),
        }
    }

    fn labels(&mut self, key: &str) -> Result<Labels, DataError> {
        let place = format!("{}:{key}", self.place);
        self.array(key)?.into_labels(&place)
    }

    fn fits(&mut self, key: &str, rows: usize) -> bool {
        let shape = self.header(key).map(|header| header.shape);
        shape.is_ok_and(|shape| matches!(shape[..], [count] | [count, 1] if count == rows))
    }

    /// An error that lists the available arrays.
    fn unknown(&mut self, problem: String) -> DataError {
        let keys: Vec<String> = self.keys.iter().map(|(key, _)| key.clone()).collect();
        let listed = keys.into_iter().take(50).map(|key| match self.header(&key) {
            Ok(header) => format!("{key} {:?}", header.shape),
            Err(_) => format!("{key} (not readable)"),
        });
        let keys: Vec<String> = listed.collect();
        if keys.is_empty() {
            return DataError::malformed(
                &self.place,
                "an archive without .npy arrays",
                "write the archive with numpy.savez",
            );
        }
        DataError::UnknownKey {
            place: self.place.clone(),
            problem,
            keys,
        }
    }
}

fn damaged(error: ZipError, place: &str) -> DataError {
    match error {
        ZipError::Io(error) => explain(error, place),
        other => DataError::malformed(
            place,
            format!("damaged archive ({other})"),
            "copy or download it again",
        ),
    }
}
