//! `open`: reads data by name or path.

use crate::format::{Form, Format, OpenedFile, ReadFile, Reader, Recognition};
use crate::formats::{self, formats, formats_summary};
use crate::read::images;
use crate::read::input::Input;
use crate::{DataError, Loaded, OpenOptions};
use std::path::Path;

/// Reads data by name or path: an embedded data set, a folder, a file, or `file.npz:key`. The table at the [top](crate) lists
/// the supported formats.
///
/// In a folder of images, files with the extensions `.png`, `.jpg` and `.jpeg` are read in order of their names. If they are in
/// sub-folders, the names of the sub-folders are the labels (deeper folders are ignored). Images are stored as bytes, grey or
/// RGB: 16-bit values are reduced to 8 bits, transparent pixels are blended with white, and EXIF rotations are ignored.
/// Resizing averages when shrinking and interpolates when enlarging.
///
/// All files except archives may be gzipped. Formats are recognised by content. Bytes of images are scaled by 1/255 (see
/// [`Dataset::with_scaling`](crate::Dataset::with_scaling) to change this); all other data is not scaled.
///
/// # Errors
/// The problem, its place, and a hint.
///
/// ```
/// let data = latents_data::open("synthetic:two-moons:500", &Default::default())?.train;
/// assert_eq!(data.rows(), 500);
/// # Ok::<(), latents_data::DataError>(())
/// ```
pub fn open(spec: &str, options: &OpenOptions) -> Result<Loaded, DataError> {
    if let Some(format) = formats::embedded(spec)
        && let Reader::Embedded { load, .. } = format.reader
    {
        format.check_label(spec, options)?;
        return Ok(load(spec)?.into());
    }
    let (path, key) = split_key(spec);
    if matches!(path.try_exists(), Ok(false)) {
        return Err(DataError::Missing {
            place: path.display().to_string(),
            hint: format!("give {}", formats_summary()),
        });
    }
    match key {
        None if path.is_dir() => open_folder(path, spec, options),
        _ => open_file(path, key, spec, options),
    }
}

fn open_folder(path: &Path, spec: &str, options: &OpenOptions) -> Result<Loaded, DataError> {
    let mut missing = Vec::new();
    for format in formats() {
        let Reader::Folder(reader) = &format.reader else {
            continue;
        };
        if (reader.holds)(path)? {
            let read = format.enabled(spec, reader.read)?;
            format.check_label(spec, options)?;
            return read(path, options);
        }
        missing.push((reader.missing)());
    }
    let hint = "give the folder that contains the files of the data set";
    Err(DataError::malformed(spec, missing.join(", and "), hint))
}

fn open_file(path: &Path, key: Option<&str>, spec: &str, options: &OpenOptions) -> Result<Loaded, DataError> {
    let input = Input::open(path)?;
    let format = format_of(path, spec, input.head())?;
    if key.is_some() && !format.keys {
        let keyed = formats::of(Form::File).filter(|format| format.keys);
        let names = latents_text::list(keyed.map(|format| format.name), "or");
        return Err(DataError::malformed(
            &path.display().to_string(),
            format!("a key was given, but this is not an {names} archive"),
            format!("remove the key, or give an {names} archive"),
        ));
    }
    let read = match format.reader {
        Reader::Image(_) => cfg!(feature = "images").then_some(images::read_one as ReadFile),
        Reader::File(_, read) => read,
        Reader::Embedded { .. } | Reader::Folder(_) => unreachable!("a file has a format of files"),
    };
    let read = format.enabled(spec, read)?;
    format.check_label(spec, options)?;
    read(OpenedFile {
        input,
        path,
        spec,
        key,
        options,
    })
}

/// The format of a file that starts with `head`: determined by the first bytes, then by the name, then by whether it is text.
fn format_of(path: &Path, spec: &str, head: &[u8]) -> Result<&'static Format, DataError> {
    let starts = |format: &Format| match format.recognition() {
        Some(Recognition::Start { matches, .. }) => matches(head),
        _ => false,
    };
    if let Some(format) = formats().find(|format| starts(format)) {
        return Ok(format);
    }
    let extension = extension(path);
    let mut promised = formats().filter(|format| format.has_extension(&extension));
    if let Some(Recognition::Start { misnamed, .. }) = promised.find_map(Format::recognition) {
        let hint =
            "save it again in that format, or give it the extension of its actual format, such as .csv";
        return Err(DataError::malformed(spec, *misnamed, hint));
    }
    let mut texts = formats().filter(|format| matches!(format.recognition(), Some(Recognition::Text)));
    match texts.next().filter(|_| looks_like_text(head)) {
        Some(format) => Ok(format),
        None => Err(DataError::UnknownFormat {
            place: spec.to_owned(),
            start: head.escape_ascii().to_string(),
            known: formats::file_names("nor"),
        }),
    }
}

/// Splits a path and the key of an array in it: `x.npz:features` is `x.npz` and `features`.
///
/// ```
/// use latents_data::split_key;
/// assert_eq!(split_key("data/x.npz:features").1, Some("features"));
/// assert_eq!(split_key("data/x.csv").1, None);
/// ```
pub fn split_key(spec: &str) -> (&Path, Option<&str>) {
    let extensions = formats::of(Form::File)
        .filter(|format| format.keys)
        .flat_map(|format| format.extensions);
    let end = |extension: &&str| {
        let mark = format!(".{extension}:");
        Some(spec.rfind(&mark)? + mark.len() - 1)
    };
    match extensions.filter_map(end).max() {
        Some(end) if !Path::new(spec).exists() => (Path::new(&spec[..end]), Some(&spec[end + 1..])),
        _ => (Path::new(spec), None),
    }
}

/// The extension in lower case; for `.gz`, that of the compressed file.
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
