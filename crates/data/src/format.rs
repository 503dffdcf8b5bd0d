//! `Format`: what one kind of data is called, how it is recognised, and how it is read.
//!
//! Each is a `static` in the file of its reader, and a line in the list of `formats.rs`. Dispatch, refusals, hints, help
//! and tables come from there.

use crate::read::input::Input;
use crate::{DataError, Dataset, Loaded, OpenOptions};
use latents_text::list;
use std::path::Path;

/// A kind of data that [`open`](crate::open) reads. [`formats`](crate::formats()) lists them all.
#[derive(Debug)]
pub struct Format {
    /// What it is called: `digits`, `IDX`, `.npy`; of a folder, what lies in it.
    pub name: &'static str,
    /// What is read, in a line.
    pub help: &'static str,
    /// What the names of such files end in, in lower case and without the dot or `.gz`; none where content alone decides.
    pub extensions: &'static [&'static str],
    /// Where the labels of rows come from.
    pub labels: LabelSource,
    /// Whether rows can be images.
    pub images: bool,
    /// Whether a file holds several arrays, of which `file:key` names one.
    pub keys: bool,
    /// The cargo feature of this crate that reading needs.
    pub feature: Option<&'static str>,
    pub(crate) reader: Reader,
}

/// Where data of a format lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// In this crate, under a name.
    Embedded,
    /// In a folder of files.
    Folder,
    /// In one file.
    File,
}

/// Where the labels of rows come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabelSource {
    /// [`OpenOptions::label`] names them: what it names.
    Named(&'static str),
    /// The data have them: what they are. [`OpenOptions::label`] is refused.
    Included(&'static str),
    /// There are none: why, and where to put them. [`OpenOptions::label`] is refused.
    None(&'static str),
}

#[derive(Debug)]
pub(crate) enum Reader {
    /// Made by this crate.
    Embedded {
        /// Whether what a person typed names such data.
        is_named: fn(&str) -> bool,
        load: fn(&str) -> Result<Dataset, DataError>,
    },
    Folder(FolderReader),
    /// Without a function where the feature is off.
    File(Recognition, Option<ReadFile>),
    /// One image, which the readers of images decode.
    Image(Recognition),
}

#[derive(Debug)]
pub(crate) struct FolderReader {
    /// Whether such files lie in the folder.
    pub(crate) holds: fn(&Path) -> Result<bool, DataError>,
    /// What was missed where they do not.
    pub(crate) missing: fn() -> String,
    /// None where the feature is off.
    pub(crate) read: Option<ReadFolder>,
}

/// Reads a folder.
pub(crate) type ReadFolder = fn(&Path, &OpenOptions) -> Result<Loaded, DataError>;

/// Reads a file.
pub(crate) type ReadFile = fn(OpenedFile<'_>) -> Result<Loaded, DataError>;

/// How a file is known to have a format.
#[derive(Debug)]
pub(crate) enum Recognition {
    /// By its first bytes.
    Start {
        /// Whether these can be them.
        matches: fn(&[u8]) -> bool,
        /// What is wrong with a file whose name promises the format, and whose first bytes do not match.
        misnamed: &'static str,
    },
    /// By being text, unless its name promises another format.
    Text,
}

/// A file to read, and what was asked for.
pub(crate) struct OpenedFile<'a> {
    pub(crate) input: Input<'static>,
    pub(crate) path: &'a Path,
    /// As it was given, for messages.
    pub(crate) spec: &'a str,
    pub(crate) key: Option<&'a str>,
    pub(crate) options: &'a OpenOptions,
}

/// A function, or nothing where a cargo feature is off.
macro_rules! if_feature {
    ($feature:tt, $function:expr) => {{
        #[cfg(feature = $feature)]
        {
            Some($function)
        }
        #[cfg(not(feature = $feature))]
        {
            None
        }
    }};
}
pub(crate) use if_feature;

impl Format {
    /// Where the data lie.
    pub fn form(&self) -> Form {
        match self.reader {
            Reader::Embedded { .. } => Form::Embedded,
            Reader::Folder(_) => Form::Folder,
            Reader::File(..) | Reader::Image(_) => Form::File,
        }
    }

    /// What it is called in a sentence: `` `digits` ``, `folder of IDX files`, `.npy file`.
    pub fn title(&self) -> String {
        match self.form() {
            Form::Embedded => format!("`{}`", self.name),
            Form::Folder => format!("folder of {}", self.name),
            Form::File => format!("{} file", self.name),
        }
    }

    /// How a file of the format is known.
    pub(crate) fn recognition(&self) -> Option<&Recognition> {
        match &self.reader {
            Reader::File(recognition, _) | Reader::Image(recognition) => Some(recognition),
            Reader::Embedded { .. } | Reader::Folder(_) => None,
        }
    }

    /// Whether a file name ends in one of the extensions.
    pub(crate) fn has_extension(&self, extension: &str) -> bool {
        self.extensions.contains(&extension)
    }

    /// The extensions with their dots, as a sentence lists them.
    pub(crate) fn dotted(extensions: &[&str], conjunction: &str) -> String {
        list(
            extensions.iter().map(|extension| format!(".{extension}")),
            conjunction,
        )
    }

    /// Refuses a label where none can be chosen. The one place that decides.
    pub(crate) fn check_label(&self, spec: &str, options: &OpenOptions) -> Result<(), DataError> {
        let (Some(label), place) = (&options.label, spec.to_owned()) else {
            return Ok(());
        };
        let known = match self.labels {
            LabelSource::Named(_) => return Ok(()),
            LabelSource::Included(what) => format!("the labels are {what}"),
            LabelSource::None(why) => why.to_owned(),
        };
        let label = label.clone();
        Err(DataError::LabelColumn { place, label, known })
    }

    /// The reader, or the error that names the feature which is off.
    pub(crate) fn enabled<R: Copy>(&self, place: &str, reader: Option<R>) -> Result<R, DataError> {
        reader.ok_or_else(|| DataError::FeatureOff {
            place: place.to_owned(),
            what: self.name,
            feature: self.feature.unwrap_or_default(),
        })
    }
}
