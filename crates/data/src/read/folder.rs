//! A folder of IDX files, the format of MNIST and similar data sets.

use crate::format::{FolderReader, Format, LabelSource, Reader};
use crate::read::idx;
use crate::read::input::Input;
use crate::{DataError, Dataset, Loaded, OpenOptions};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

pub(crate) static FORMAT: Format = Format {
    name: "IDX files",
    help: "`train-images…` with `train-labels…`, and `t10k-…` or `test-…` as validation rows",
    extensions: &[],
    labels: LabelSource::Included("separate files"),
    images: true,
    keys: false,
    feature: None,
    reader: Reader::Folder(FolderReader {
        holds,
        missing,
        read: Some(read),
    }),
};

fn missing() -> String {
    "no IDX file named like train-images-idx3-ubyte or train-images-idx3-ubyte.gz in this folder".to_owned()
}

/// The purpose of a file, derived from its name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Role {
    part: Part,
    labels: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Training,
    Validation,
}

/// Whether a folder contains IDX files.
fn holds(path: &Path) -> Result<bool, DataError> {
    Ok(!files_by_role(path, &path.display().to_string())?.is_empty())
}

/// Reads `train-images…` with `train-labels…`, and for validation `t10k-images…` with `t10k-labels…` (also `test-…`). Labels
/// and validation files are optional, and files may be gzipped.
fn read(path: &Path, _: &OpenOptions) -> Result<Loaded, DataError> {
    let place = path.display().to_string();
    let files = files_by_role(path, &place)?;
    let part = |part| {
        let file = |labels| files.get(&Role { part, labels });
        file(false).map(|images| dataset(images, file(true))).transpose()
    };
    let Some(train) = part(Part::Training)? else {
        let hint = "give the folder that contains the files of the data set";
        return Err(DataError::malformed(&place, missing(), hint));
    };
    Loaded::new(train, part(Part::Validation)?)
}

fn dataset(images: &Path, labels: Option<&PathBuf>) -> Result<Dataset, DataError> {
    let data = idx::read(Input::open(images)?)?.into_dataset(&images.display().to_string())?;
    match labels {
        None => Ok(data),
        Some(path) => {
            let place = path.display().to_string();
            let labels = idx::read(Input::open(path)?)?.into_labels(&place)?;
            if labels.len() != data.rows() {
                let reason = format!(
                    "{} labels for the {} rows of {}",
                    labels.len(),
                    data.rows(),
                    data.name()
                );
                return Err(DataError::Labels { place, reason });
            }
            data.with_labels(labels)
        }
    }
}

fn files_by_role(path: &Path, place: &str) -> Result<BTreeMap<Role, PathBuf>, DataError> {
    let io = |error| DataError::io(place, "read", error);
    let mut files: BTreeMap<Role, PathBuf> = BTreeMap::new();
    for entry in fs::read_dir(path).map_err(io)? {
        let file = entry.map_err(io)?.path();
        let Some(role) = role_of(&file).filter(|_| file.is_file()) else {
            continue;
        };
        let plain = |path: &Path| path.extension().is_none_or(|extension| extension != "gz");
        match files.get(&role) {
            // If a file exists both compressed and uncompressed, read the uncompressed one.
            Some(known) if known.with_extension("") == file || file.with_extension("") == *known => {
                if plain(&file) {
                    files.insert(role, file);
                }
            }
            Some(known) => {
                let reason = format!("{} and {} have the same role", known.display(), file.display());
                let hint = "remove one of them, or give a folder with one data set";
                return Err(DataError::malformed(place, reason, hint));
            }
            None => {
                files.insert(role, file);
            }
        }
    }
    Ok(files)
}

fn role_of(path: &Path) -> Option<Role> {
    let name = path.file_name()?.to_str()?.to_lowercase();
    if !name.contains("idx") && !name.contains("ubyte") {
        return None;
    }
    let labels = match (name.contains("images"), name.contains("labels")) {
        (true, false) => false,
        (false, true) => true,
        _ => return None,
    };
    let held_out = ["t10k", "test", "valid"].iter().any(|word| name.contains(word));
    let part = if held_out {
        Part::Validation
    } else {
        Part::Training
    };
    Some(Role { part, labels })
}
