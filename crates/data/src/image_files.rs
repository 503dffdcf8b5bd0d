//! Rows as PNG files.

use crate::{DataError, ImageShape};
use latents_tensor::{Real, Tensor};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};

/// Writes one image as PNG. `values` is laid out as `shape` describes, from 0 (black) to 1; values outside are clamped, and NaN
/// becomes 0. The write is atomic: after a failure the previous file is unchanged.
///
/// # Errors
/// If the file cannot be written.
///
/// # Panics
/// If the number of values does not match `shape`, or if the number of channels is not 1, 3 or 4.
///
/// ```no_run
/// # use latents_data::ImageShape;
/// latents_data::write_image("grey.png", ImageShape::grey(2, 2), &[0.0f32, 0.5, 0.5, 1.0])?;
/// # Ok::<(), latents_data::DataError>(())
/// ```
#[track_caller]
pub fn write_image<T: Real>(
    path: impl AsRef<Path>,
    shape: ImageShape,
    values: &[T],
) -> Result<(), DataError> {
    check(shape, values.len());
    Ok(latents_durable::write(path, &png(shape, values))?)
}

/// Writes each row of a tensor (rows, values of an image) as a PNG file to a new folder; see [`write_image`]. The files are
/// named `0.png`, … with leading zeros, so that [`open`](crate::open) reads them in row order. Returns the number of files. The
/// folder is created atomically: after a failure it does not exist.
///
/// # Errors
/// If the folder exists and is not empty, or cannot be written.
///
/// # Panics
/// Like [`write_image`].
///
/// ```no_run
/// # use latents_data::{ImageShape, digits};
/// latents_data::write_images("digits", ImageShape::grey(8, 8), &digits().to_tensor::<f32>())?;
/// # Ok::<(), latents_data::DataError>(())
/// ```
#[track_caller]
pub fn write_images<T: Real>(
    folder: impl AsRef<Path>,
    shape: ImageShape,
    rows: &Tensor<T>,
) -> Result<usize, DataError> {
    let count = rows.shape().first().copied().unwrap_or(0);
    let digits = count.saturating_sub(1).to_string().len();
    let names: Vec<String> = (0..count).map(|row| format!("{row:0digits$}.png")).collect();
    write_named_images(folder, shape, rows, &names)
}

/// Like [`write_images`], with a name for each file: a path relative to the folder, such as `cat/1.png`.
///
/// # Errors
/// Like [`write_images`], and if two names are equal or if a name leads outside the folder.
///
/// # Panics
/// Like [`write_images`], and if the numbers of names and rows differ.
///
/// ```no_run
/// # use latents_data::{ImageShape, digits};
/// let rows = digits().gather::<f32>(&[0, 1]);
/// latents_data::write_named_images("digits", ImageShape::grey(8, 8), &rows, &["zero.png", "one.png"])?;
/// # Ok::<(), latents_data::DataError>(())
/// ```
#[track_caller]
pub fn write_named_images<T: Real>(
    folder: impl AsRef<Path>,
    shape: ImageShape,
    rows: &Tensor<T>,
    names: &[impl AsRef<Path>],
) -> Result<usize, DataError> {
    let columns = if rows.shape().rank() == 2 { rows.size(1) } else { 0 };
    check(shape, columns);
    assert_eq!(
        names.len(),
        rows.size(0),
        "write_named_images: one name for each row"
    );
    let folder = folder.as_ref();
    let place = folder.display().to_string();
    check_names(names, &place)?;
    let write = |source| DataError::io(&place, "write", source);
    let replaced = claim(folder, &place)?;
    let values = rows.elements();
    let stage = stage(folder);
    let count = values.len() / columns;
    let staged = fill(&stage, shape, &values, names).and_then(|()| {
        if replaced {
            fs::remove_dir(folder)?;
        }
        fs::rename(&stage, folder)
    });
    if staged.is_err() {
        // If removal fails too, the folder stays; report the first failure.
        let _ = fs::remove_dir_all(&stage);
    }
    staged.map(|()| count).map_err(write)
}

/// Whether there is an empty folder at this place. A folder with contents is rejected.
fn claim(folder: &Path, place: &str) -> Result<bool, DataError> {
    match fs::read_dir(folder).map(|mut entries| entries.next().is_none()) {
        Ok(true) => Ok(true),
        Ok(false) => {
            let reason = "the folder is not empty, and its images would be mixed with the new ones";
            Err(DataError::malformed(
                place,
                reason,
                "give a new folder, or empty this one",
            ))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(DataError::io(place, "write", error)),
    }
}

/// The temporary location of the files until all are written.
fn stage(folder: &Path) -> PathBuf {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    folder.with_file_name(format!(".{name}.{}.partial", std::process::id()))
}

fn fill<T: Real>(
    stage: &Path,
    shape: ImageShape,
    values: &[T],
    names: &[impl AsRef<Path>],
) -> io::Result<()> {
    fs::create_dir(stage)?;
    for (name, values) in names.iter().zip(values.chunks_exact(shape.len())) {
        let place = stage.join(name);
        place.parent().map_or(Ok(()), fs::create_dir_all)?;
        let mut file = File::create_new(place)?;
        file.write_all(&png(shape, values))?;
        file.sync_all()?;
    }
    Ok(())
}

fn check_names(names: &[impl AsRef<Path>], place: &str) -> Result<(), DataError> {
    let is_normal = |part: Component| matches!(part, Component::Normal(_));
    let stays_within = |name: &Path| {
        let mut parts = name.components().filter(|part| *part != Component::CurDir);
        parts.next().is_some_and(is_normal) && parts.all(is_normal)
    };
    match names.iter().map(AsRef::as_ref).find(|name| !stays_within(name)) {
        None => Ok(()),
        Some(name) => Err(DataError::malformed(
            place,
            format!(
                "an image named {:?} would lie outside of the folder",
                name.display().to_string()
            ),
            "give names such as cat/1.png",
        )),
    }
}

#[track_caller]
fn check(shape: ImageShape, values: usize) {
    assert!(
        matches!(shape.channels, 1 | 3 | 4) && !shape.is_empty(),
        "images of shape {shape:?}: there must be pixels, with 1, 3 or 4 channels"
    );
    assert!(
        values == shape.len(),
        "images need {} values, but the rows have {values}",
        shape.len()
    );
}

fn png<T: Real>(shape: ImageShape, values: &[T]) -> Vec<u8> {
    let pixels: Vec<u8> = values.iter().map(|value| byte(value.to_f64())).collect();
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, shape.width as u32, shape.height as u32);
    encoder.set_color(match shape.channels {
        1 => png::ColorType::Grayscale,
        3 => png::ColorType::Rgb,
        _ => png::ColorType::Rgba,
    });
    encoder.set_depth(png::BitDepth::Eight);
    encoder
        .write_header()
        .and_then(|mut writer| writer.write_image_data(&pixels))
        .expect("an image with pixels is encoded into memory");
    bytes
}

/// Maps 0…1 to 0…255; the cast takes NaN to 0.
fn byte(value: f64) -> u8 {
    (value.clamp(0.0, 1.0) * 255.0).round() as u8
}
