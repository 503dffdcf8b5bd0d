//! `Target`: where cleaned rows are written, a file or a folder of images.

use crate::error::{Outcome, RunError};
use crate::rows_file::{Drawing, RowsFormat, refuse_source, write_rows};
use crate::run::Run;
use crate::text::setting::OUT;
use crate::tones::Tones;
use latents_data::Dataset;
use latents_tensor::Tensor;
use std::collections::HashSet;
use std::path::Path;

/// Where cleaned rows go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A file; one image where there is one row of one.
    File(RowsFormat),
    /// A folder of images.
    Folder,
}

impl Target {
    /// By the name: a file, or where it has no extension or is there already as a folder, a folder.
    ///
    /// # Errors
    /// If the extension is unknown.
    pub fn of(out: &Path) -> Outcome<Self> {
        match out.is_dir() || out.extension().is_none() {
            true => Ok(Self::Folder),
            false => RowsFormat::of(out).map(Self::File).map_err(|error| {
                error.hint(format!(
                    "let the name of {OUT} end in .npy, .csv or .png, or give a new folder for images"
                ))
            }),
        }
    }

    /// Refuses to write over what is read, and a folder of images where rows are none. `source` is what is cleaned, if that
    /// is not the run's own.
    ///
    /// # Errors
    /// With what is refused.
    pub fn check(self, out: &Path, source: Option<&str>, run: &Run) -> Outcome {
        refuse_source(run, source, out)?;
        if self != Self::Folder {
            return Ok(());
        }
        if run.config.data.image_shape().is_none() {
            let what = format!(
                "{}: a folder of images, and the rows of {} are not images",
                out.display(),
                run.path().display()
            );
            return Err(RunError::misuse(what).hint(format!("let the name of {OUT} end in .npy or .csv")));
        }
        // Images in a folder within that of the data would be read with them the next time.
        let parent = out.parent().filter(|parent| !parent.as_os_str().is_empty());
        let source = source.unwrap_or(&run.config.data.source);
        match (
            Path::new(source).canonicalize(),
            parent.unwrap_or(Path::new(".")).canonicalize(),
        ) {
            (Ok(read), Ok(parent)) if read.is_dir() && parent.starts_with(&read) => Err(RunError::misuse(format!(
                "{}: a folder within {source}, which is read: what is written there would be data the next time",
                out.display()
            ))
            .hint(format!("choose another {OUT}"))),
            _ => Ok(()),
        }
    }

    /// Writes cleaned rows. `layers` are tables whose first `shown` rows a sheet shows below each other, the cleaned rows
    /// last.
    ///
    /// # Errors
    /// If the files cannot be written.
    pub fn write(self, out: &Path, layers: &[&Tensor], shown: usize, data: &Dataset, run: &Run) -> Outcome {
        let cleaned = layers[layers.len() - 1];
        let image = run.config.data.image_shape();
        let image = image.filter(|shape| matches!(shape.channels, 1 | 3 | 4));
        let pixels = || Tones::of_run(run, Some(data)).pixels(cleaned);
        match (self, image) {
            (Self::Folder, Some(shape)) => {
                match data.file_names() {
                    Some(files) => {
                        latents_data::write_named_images(out, shape, &pixels(), &png_names(&files))?
                    }
                    None => latents_data::write_images(out, shape, &pixels())?,
                };
                Ok(())
            }
            (Self::File(RowsFormat::Png), Some(shape)) if cleaned.size(0) == 1 => {
                latents_data::write_image(out, shape, &pixels().to_vec())?;
                Ok(())
            }
            (Self::File(RowsFormat::Png), _) => {
                let parts: Vec<Tensor> = layers.iter().map(|layer| layer.narrow(0, 0, shown)).collect();
                let layers: Vec<&Tensor> = parts.iter().collect();
                let sheet = Drawing::Sheet(&parts[parts.len() - 1], &layers);
                write_rows(out, RowsFormat::Png, sheet, Some(data), run)
            }
            (Self::File(format), _) => write_rows(out, format, Drawing::Rows(cleaned), Some(data), run),
            (Self::Folder, None) => Err(RunError::misuse(format!(
                "{}: images of this many channels cannot be written",
                out.display()
            ))
            .hint(format!("let the name of {OUT} end in .npy"))),
        }
    }
}

/// The names of the files with the extension `.png` in place of their own; numbered where files would then share one.
fn png_names(files: &[&str]) -> Vec<String> {
    let mut taken = HashSet::new();
    let mut free = |name: &String| taken.insert(name.to_lowercase());
    files
        .iter()
        .map(|file| {
            let stem = Path::new(file).with_extension("").display().to_string();
            let numbered = (2..).map(|number| format!("{stem}-{number}.png"));
            let mut names = std::iter::once(format!("{stem}.png")).chain(numbered);
            names.find(&mut free).unwrap_or_default()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_never_share_a_name() {
        let files = ["a.jpg", "b/a.png", "A.png", "a.jpg.png", "a-2.jpg", "a.gif"];
        let names = ["a.png", "b/a.png", "A-2.png", "a.jpg.png", "a-2-2.png", "a-3.png"];
        assert_eq!(png_names(&files), names);
    }
}
