//! A folder of images, or one image: one row of bytes per image.
//!
//! All headers are read before any pixels, so that different sizes are reported immediately and each image is decoded directly
//! into the table.

use crate::format::{FolderReader, Format, LabelSource, OpenedFile, Reader, if_feature};
use crate::image::{Color, ImageShape, ImageSize};
use crate::read::input::unpacked_limit;
use crate::read::picture::{self, About, Picture};
use crate::{DataError, Dataset, Labels, Loaded, OpenOptions, Scaling, Skipped};
use latents_tensor::parallel;
use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};

pub(crate) static FORMAT: Format = Format {
    name: "images",
    help: "images in order of their names, all of the same size or resized",
    extensions: &[],
    labels: LabelSource::Included("names of the sub-folders"),
    images: true,
    keys: false,
    feature: Some("images"),
    reader: Reader::Folder(FolderReader {
        holds,
        missing,
        read: if_feature!("images", read),
    }),
};

fn missing() -> String {
    let extensions: Vec<&str> = picture::extensions().collect();
    format!(
        "no {} file in it or its sub-folders",
        Format::dotted(&extensions, "or")
    )
}

/// Whether a folder or one of its sub-folders contains an image.
fn holds(folder: &Path) -> Result<bool, DataError> {
    let (images, folders) = entries(folder)?;
    if !images.is_empty() {
        return Ok(true);
    }
    for folder in folders {
        if !entries(&folder)?.0.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A file with the extension of an image.
struct ImageFile {
    path: PathBuf,
    /// Its sub-folder, which is its class.
    class: Option<String>,
}

impl ImageFile {
    fn name_within(&self, folder: &Path) -> String {
        let name = self.path.strip_prefix(folder).unwrap_or(&self.path);
        name.to_string_lossy().into_owned()
    }
}

/// The images of a folder in order of their names: those directly in it, otherwise those in its sub-folders. Hidden files and
/// other files are ignored.
fn find(folder: &Path) -> Result<Vec<ImageFile>, DataError> {
    let (images, folders) = entries(folder)?;
    let own = images.into_iter().map(|path| ImageFile { path, class: None });
    let mut files: Vec<ImageFile> = own.collect();
    let beside = files.len();
    for folder in folders {
        let class = folder.file_name().map(|name| name.to_string_lossy().into_owned());
        let (images, _) = entries(&folder)?;
        files.extend(images.into_iter().map(|path| ImageFile {
            path,
            class: class.clone(),
        }));
    }
    match (beside > 0).then(|| files.get(beside)).flatten() {
        None => Ok(files),
        Some(below) => {
            let reason = format!(
                "there are images both in the folder itself ({}) and in sub-folders ({})",
                files[0].path.display(),
                below.path.display()
            );
            let hint = "use only one of the two; the names of sub-folders are the labels of their images";
            Err(DataError::malformed(&folder.display().to_string(), reason, hint))
        }
    }
}

/// The images and the sub-folders of a folder, each sorted by name.
fn entries(folder: &Path) -> Result<(Vec<PathBuf>, Vec<PathBuf>), DataError> {
    let place = folder.display().to_string();
    let io = |error| DataError::io(&place, "read", error);
    let (mut images, mut folders) = (Vec::new(), Vec::new());
    for entry in fs::read_dir(folder).map_err(io)? {
        let entry = entry.map_err(io)?;
        let path = entry.path();
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        if path.is_dir() {
            folders.push(path);
        } else if is_image(&path) {
            images.push(path);
        }
    }
    images.sort_unstable();
    folders.sort_unstable();
    Ok((images, folders))
}

fn is_image(path: &Path) -> bool {
    let extension = path.extension().map(|text| text.to_string_lossy().to_lowercase());
    extension.is_some_and(|extension| picture::extensions().any(|known| known == extension))
}

/// The header of a file and its length, or why it cannot be read.
type Outcome = Result<(About, u64), String>;

/// Reads a folder of images, one row each.
fn read(folder: &Path, options: &OpenOptions) -> Result<Loaded, DataError> {
    let place = folder.display().to_string();
    let files = find(folder)?;
    let mut outcomes = headers(&files);
    let shape = common_shape(&place, &files, &outcomes, options)?;
    let values = decode(&place, &files, &mut outcomes, shape, options)?;
    let skipped = skipped(&files, &outcomes);
    if !skipped.is_empty() && (!options.skip_bad || values.is_empty()) {
        let images = files.len();
        return Err(DataError::BadImages {
            place,
            images,
            bad: skipped,
        });
    }
    let good = files.iter().zip(&outcomes).filter(|(_, outcome)| outcome.is_ok());
    let classes: Option<Vec<&str>> = good.clone().map(|(file, _)| file.class.as_deref()).collect();
    let names = good.map(|(file, _)| file.name_within(folder)).collect();
    let data = dataset(&place, values, shape)?.with_file_names(names);
    let train = match classes {
        Some(classes) => data.with_labels(Labels::from_texts(classes))?,
        None => data,
    };
    Ok(Loaded {
        train,
        validation: None,
        skipped,
    })
}

/// Reads a single image as one row.
pub(crate) fn read_one(file: OpenedFile<'_>) -> Result<Loaded, DataError> {
    let OpenedFile { input, options, .. } = file;
    let place = input.place().to_owned();
    let bytes = input.into_bytes()?;
    let bad = |reason| DataError::malformed(&place, reason, "export or download it again");
    let picture = picture::decode(&bytes).map_err(bad)?;
    let (color, size) = (
        options.color.unwrap_or(picture.color()),
        options.image_size.unwrap_or(picture.size()),
    );
    let shape = shape(color, size);
    let mut values = zeros(&place, shape.len())?;
    picture.fit_into(color, size, &mut values);
    dataset(&place, values, shape).map(Loaded::from)
}

fn headers(files: &[ImageFile]) -> Vec<Outcome> {
    let mut outcomes: Vec<Outcome> = vec![Err(String::new()); files.len()];
    parallel::chunks_mut(&mut outcomes, 1, |index, outcome| {
        outcome[0] = header(&files[index].path)
    });
    outcomes
}

fn header(path: &Path) -> Outcome {
    let cannot = |error| format!("cannot read: {error}");
    let file = File::open(path).map_err(cannot)?;
    let about = file.metadata().map_err(cannot)?;
    match about.is_file() {
        true => Ok((
            picture::about(&mut BufReader::new(file), about.len())?,
            about.len(),
        )),
        false => Err("is a pipe or a device".to_owned()),
    }
}

/// The size and colour mode of all rows: as requested, otherwise those of the images. If any image has colours, all are RGB.
fn common_shape(
    place: &str,
    files: &[ImageFile],
    outcomes: &[Outcome],
    options: &OpenOptions,
) -> Result<ImageShape, DataError> {
    let mut good = files
        .iter()
        .zip(outcomes)
        .filter_map(|(file, outcome)| outcome.as_ref().ok().map(|(about, _)| (file, about)));
    let found = match good.clone().all(|(_, about)| about.grey) {
        true => Color::Grey,
        false => Color::Rgb,
    };
    let color = options.color.unwrap_or(found);
    let (Some((first, about)), None) = (good.next(), options.image_size) else {
        // Without a readable image there is no shape.
        return Ok(shape(color, options.image_size.unwrap_or(ImageSize::found(1, 1))));
    };
    match good.find(|(_, other)| other.size != about.size) {
        None => Ok(shape(color, about.size)),
        Some((other, other_about)) => Err(DataError::MixedSizes {
            place: place.to_owned(),
            first: first.path.display().to_string(),
            first_size: about.size,
            other: other.path.display().to_string(),
            other_size: other_about.size,
        }),
    }
}

fn shape(color: Color, size: ImageSize) -> ImageShape {
    ImageShape {
        height: size.height(),
        width: size.width(),
        channels: color.channels(),
    }
}

/// The destination of an image.
struct Slot<'a> {
    index: usize,
    row: &'a mut [u8],
    outcome: Result<(), String>,
}

/// Decodes all readable files in order. Files that fail get their reason.
fn decode(
    place: &str,
    files: &[ImageFile],
    outcomes: &mut [Outcome],
    shape: ImageShape,
    options: &OpenOptions,
) -> Result<Vec<u8>, DataError> {
    let good: Vec<usize> = (0..files.len())
        .filter(|&index| outcomes[index].is_ok())
        .collect();
    let length = good.len().saturating_mul(shape.len());
    let packed = outcomes.iter().flatten().map(|(_, length)| length).sum();
    let limit = unpacked_limit(packed);
    if options.image_size.is_none() && length as u64 > limit {
        let place = place.to_owned();
        return Err(DataError::TooLarge { place, limit });
    }
    let mut values = zeros(place, length)?;
    let (color, size) = (Color::of(shape), ImageSize::found(shape.height, shape.width));
    let rows = values.chunks_exact_mut(shape.len());
    let slot = |(row, &index)| Slot {
        index,
        row,
        outcome: Ok(()),
    };
    let mut slots: Vec<Slot<'_>> = rows.zip(&good).map(slot).collect();
    parallel::chunks_mut(&mut slots, 1, |_, slot| {
        let Slot { index, row, outcome } = &mut slot[0];
        *outcome = picture(&files[*index].path).map(|picture| picture.fit_into(color, size, row));
    });
    for slot in slots {
        if let Err(reason) = slot.outcome {
            outcomes[slot.index] = Err(reason);
        }
    }
    let mut rows = 0;
    for (place, &index) in good.iter().enumerate() {
        if outcomes[index].is_ok() {
            let start = place * shape.len();
            values.copy_within(start..start + shape.len(), rows * shape.len());
            rows += 1;
        }
    }
    values.truncate(rows * shape.len());
    Ok(values)
}

fn picture(path: &Path) -> Result<Picture, String> {
    let bytes = fs::read(path).map_err(|error| format!("cannot read: {error}"))?;
    picture::decode(&bytes)
}

fn zeros(place: &str, length: usize) -> Result<Vec<u8>, DataError> {
    let mut values = Vec::new();
    if values.try_reserve_exact(length).is_err() {
        let reason = format!("not enough memory for {length} bytes of images");
        let hint =
            "set a smaller size with --image-size HxW (`OpenOptions::image_size`), or give fewer images";
        return Err(DataError::malformed(place, reason, hint));
    }
    values.resize(length, 0);
    Ok(values)
}

fn skipped(files: &[ImageFile], outcomes: &[Outcome]) -> Vec<Skipped> {
    let bad = files.iter().zip(outcomes).filter_map(|(file, outcome)| {
        let reason = outcome.as_ref().err()?.clone();
        let place = file.path.display().to_string();
        Some(Skipped { place, reason })
    });
    bad.collect()
}

fn dataset(place: &str, values: Vec<u8>, shape: ImageShape) -> Result<Dataset, DataError> {
    Dataset::new(place, values, shape.len())?
        .with_image_shape(shape)?
        .with_scaling(Scaling::Divide { by: 255.0 })
}
