//! `open`: from what a person types to data.

use crate::describe::{counted, grouped};
use crate::read::input::Input;
use crate::read::{csv, folder, idx, images, npy, npz, picture};
use crate::{Color, DataError, Dataset, ImageSize, digits};
use std::path::Path;

/// What [`open`] shall look for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenOptions {
    /// The column of a CSV file (its name, or its number from 0; negative from the end), or the array of an `.npz`
    /// file, that holds the labels.
    pub label: Option<String>,
    /// The size that images are resized to, whatever their proportions; without it all must have the same. Only image
    /// files heed this option and those below.
    pub image_size: Option<ImageSize>,
    /// Whether images become grey or coloured; without it they become coloured if one of them is.
    pub color: Option<Color>,
    /// Whether images of a folder that cannot be read are left out; without it they are an error.
    pub skip_bad: bool,
}

/// An image of a folder that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Its path.
    pub place: String,
    /// What is wrong with it.
    pub reason: String,
}

/// What was read.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The rows to train on; all of them where the source has no parts.
    pub train: Dataset,
    /// The rows that the source keeps for validation.
    pub validation: Option<Dataset>,
    /// The images that were left out because they cannot be read, see [`OpenOptions::skip_bad`].
    pub skipped: Vec<Skipped>,
}

impl Loaded {
    /// Training rows and the validation rows that the source keeps, which must be as wide.
    pub(crate) fn new(train: Dataset, validation: Option<Dataset>) -> Result<Self, DataError> {
        match &validation {
            Some(other) if other.columns() != train.columns() => Err(DataError::Width {
                place: other.name().to_owned(),
                found: other.columns(),
                expected: train.columns(),
                reason: "columns of the training data",
            }),
            _ => Ok(Self {
                train,
                validation,
                skipped: Vec::new(),
            }),
        }
    }

    /// A line for each part, see [`Dataset::describe`], and one for what was left out.
    pub fn describe(&self) -> String {
        let mut text = self.train.describe();
        if let Some(validation) = &self.validation {
            text += &format!("\n{} (validation)", validation.describe());
        }
        if let Some(left_out) = self.left_out() {
            text += &format!("\n{left_out}");
        }
        text
    }

    /// A line on what was left out, if something was.
    pub fn left_out(&self) -> Option<String> {
        let all = self.train.rows() + self.skipped.len();
        let some = !self.skipped.is_empty();
        some.then(|| format!("left out: {}", unreadable(&self.skipped, all)))
    }
}

/// How many images cannot be read, and which.
pub(crate) fn unreadable(bad: &[Skipped], images: usize) -> String {
    const NAMED: usize = 3;
    let named: Vec<String> = bad
        .iter()
        .take(NAMED)
        .map(|Skipped { place, reason }| format!("{place} ({reason})"))
        .collect();
    let more = match bad.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(", and {} more", grouped(more)),
    };
    format!(
        "{} of {} cannot be read: {}{more}",
        grouped(bad.len()),
        counted(images, "image"),
        named.join(", ")
    )
}

/// Reads data by name or path.
///
/// | `spec` | what is read |
/// |---|---|
/// | `digits` | the embedded digits, see [`digits`] |
/// | a folder | IDX files: `train-images…`, `train-labels…`, and `t10k-…` as validation; or else images |
/// | a PNG or JPEG file | one row |
/// | an IDX file | rows along the first axis |
/// | a `.npy` file | the same, in every numeric type, byte order and layout |
/// | `file.npz`, `file.npz:key` | an array of an archive, `y` as labels; `x_train` and `x_test` as training and validation |
/// | anything else | CSV with comma, semicolon or tab; a header is detected; a first column `file` of texts names the rows |
///
/// Of a folder with images, those whose names end in `.png`, `.jpg` or `.jpeg` are read in the order of their names. Where
/// they lie in sub-folders, the names of these are the labels (folders further down are not looked into). They become
/// bytes, grey or red, green and blue: 16 bits are cut to 8, opacity is laid on white, and turns that a camera notes in
/// its EXIF data are not made. Resizing averages where it shrinks and interpolates where it grows.
///
/// IDX, `.npy` and CSV files may be gzipped. Formats are told apart by content. Bytes of pictures are scaled by 1/255
/// (see [`Dataset::with_scaling`] for another choice), all else is left as it is.
///
/// # Errors
/// Says what is wrong with the data, where, and what to do.
pub fn open(spec: &str, options: &OpenOptions) -> Result<Loaded, DataError> {
    let label = options.label.as_deref();
    if spec == "digits" {
        refuse_label(label, spec, "the digits have their labels")?;
        return Ok(alone(digits()));
    }
    let (path, key) = split_key(spec);
    if key.is_none() && path.is_dir() {
        return read_folder(path, spec, options);
    }
    let input = Input::open(path)?;
    if npz::recognises(input.head()) {
        drop(input);
        return npz::read(path, key, label);
    }
    if key.is_some() {
        return Err(DataError::malformed(
            &path.display().to_string(),
            "a key is given, and this is no .npz archive",
            "leave out the key, or give an .npz archive",
        ));
    }
    if npy::recognises(input.head()) {
        refuse_label(
            label,
            spec,
            "an .npy file holds one array; use .npz or CSV for labels",
        )?;
        return npy::read(input)?.into_dataset(spec).map(alone);
    }
    if idx::recognises(input.head()) {
        refuse_label(
            label,
            spec,
            "labels of IDX data lie in a file of their own; give their folder",
        )?;
        return idx::read(input)?.into_dataset(spec).map(alone);
    }
    if picture::recognises(input.head()) {
        refuse_label(
            label,
            spec,
            "an image has none; give a folder with a sub-folder for each label",
        )?;
        return images::read_one(input, options).map(alone);
    }
    let misnamed = |reason| {
        let hint = "save it again in that format, or let its name end in what it is, such as .csv";
        Err(DataError::malformed(spec, reason, hint))
    };
    match extension(path).as_str() {
        "npy" => misnamed("not an npy file: it does not start with \\x93NUMPY"),
        "npz" => misnamed("not an npz file: it is no zip archive"),
        "png" => misnamed("not a PNG file: it does not start with \\x89PNG"),
        "jpg" | "jpeg" => misnamed("not a JPEG file: it does not start with \\xff\\xd8"),
        _ if looks_like_text(input.head()) => csv::read(input, label).map(alone),
        _ => Err(DataError::UnknownFormat {
            place: spec.to_owned(),
            start: input.head().escape_ascii().to_string(),
        }),
    }
}

fn read_folder(path: &Path, spec: &str, options: &OpenOptions) -> Result<Loaded, DataError> {
    let label = options.label.as_deref();
    if !folder::recognises(path)? {
        let files = images::find(path)?;
        if !files.is_empty() {
            refuse_label(label, spec, "labels of images are the names of their sub-folders")?;
            return images::read(path, &files, options);
        }
    }
    refuse_label(label, spec, "labels of IDX data lie in a file of their own")?;
    folder::read(path)
}

fn alone(train: Dataset) -> Loaded {
    Loaded {
        train,
        validation: None,
        skipped: Vec::new(),
    }
}

/// `file.npz:key` as path and key.
fn split_key(spec: &str) -> (&Path, Option<&str>) {
    match spec.rfind(".npz:") {
        Some(place) if !Path::new(spec).exists() => {
            let end = place + ".npz".len();
            (Path::new(&spec[..end]), Some(&spec[end + 1..]))
        }
        _ => (Path::new(spec), None),
    }
}

fn refuse_label(label: Option<&str>, spec: &str, reason: &str) -> Result<(), DataError> {
    match label {
        None => Ok(()),
        Some(label) => Err(DataError::LabelColumn {
            place: spec.to_owned(),
            label: label.to_owned(),
            known: reason.to_owned(),
        }),
    }
}

/// The extension in lower case, that of the packed file for `.gz`.
fn extension(path: &Path) -> String {
    let lower = |path: &Path| path.extension().map(|text| text.to_string_lossy().to_lowercase());
    match lower(path) {
        Some(gz) if gz == "gz" => lower(&path.with_extension("")).unwrap_or_default(),
        other => other.unwrap_or_default(),
    }
}

fn looks_like_text(head: &[u8]) -> bool {
    head.iter()
        .all(|&byte| byte >= 0x20 || matches!(byte, b'\t' | b'\n' | b'\r'))
}
