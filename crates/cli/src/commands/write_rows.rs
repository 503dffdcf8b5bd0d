//! Rows as a file: `.npy` in the units of the data, or a picture.

use crate::console::Console;
use crate::failure::{Failure, Outcome};
use crate::numbers::{counted, grouped};
use crate::page;
use crate::run_folder::Run;
use latents_report::pictures::{self, Grid, Palette, Range};
use latents_tensor::Tensor;
use serde::Serialize;
use std::path::Path;

/// Rows in a picture, if nobody says how many.
const SHOWN: usize = 64;

/// What a file is, by its extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Npy,
    Png,
}

impl Format {
    pub(super) fn of(path: &Path) -> Outcome<Self> {
        let extension = path
            .extension()
            .map(|extension| extension.to_string_lossy().to_lowercase());
        match extension.as_deref() {
            Some("npy") => Ok(Self::Npy),
            Some("png") => Ok(Self::Png),
            _ => Err(
                Failure::usage(format!("{}: cannot tell what to write", path.display()))
                    .hint("let the name of --out end in .npy or .png"),
            ),
        }
    }

    pub(super) fn only_npy(self) -> Outcome {
        match self {
            Self::Npy => Ok(()),
            Self::Png => {
                Err(Failure::usage("codes are no picture").hint("let the name of --out end in .npy"))
            }
        }
    }

    /// How many rows are written at most.
    pub(super) fn limit(self, asked: Option<usize>) -> usize {
        match self {
            Self::Npy => asked.unwrap_or(usize::MAX),
            Self::Png => asked.unwrap_or(SHOWN),
        }
    }
}

/// Refuses to write over what is read: `source` is a path, or a name of data.
pub(super) fn refuse_same_file(source: &Path, out: &Path) -> Outcome {
    match (source.canonicalize(), out.canonicalize()) {
        (Ok(read), Ok(written)) if read == written => Err(Failure::usage(format!(
            "{}: the file is read, and would be overwritten by what is made of it",
            out.display()
        ))
        .hint("choose another --out")),
        _ => Ok(()),
    }
}

/// Refuses to write over the data that are read: those of the call, else those of the run.
pub(super) fn refuse_source(run: &Run, data: Option<&str>, out: &Path) -> Outcome {
    refuse_same_file(Path::new(data.unwrap_or(&run.config.data.source)), out)
}

/// Pixels of a picture at most: more is no picture that anybody looks at, and takes gigabytes.
const LARGEST: usize = 1 << 25;
/// About as many pixels is the strip of a row of a table.
const STRIP: usize = 640 * 16;

/// Refuses a picture of too many rows before they are computed; `images` is how many are drawn of each row.
pub(super) fn check_picture(format: Format, rows: usize, images: usize, run: &Run) -> Outcome {
    let pixels = match page::image(&run.config) {
        Some(image) => image.height * image.width,
        None => STRIP.max(16 * run.config.model.network().input),
    };
    let most = (LARGEST / (pixels * images)).max(1);
    match format == Format::Png && rows > most {
        true => Err(
            Failure::usage(format!("{} rows are too many for a picture", grouped(rows))).hint(format!(
                "give --rows {most} or fewer, or let the name of --out end in .npy"
            )),
        ),
        false => Ok(()),
    }
}

/// Rows as the model sees them, alone or below their originals.
#[derive(Clone, Copy)]
pub(super) enum PictureOf<'a> {
    Rows(&'a Tensor),
    Pairs(&'a Tensor, &'a Tensor),
}

/// Writes rows that a model made: all or nothing.
pub(super) fn write(path: &Path, format: Format, rows: PictureOf<'_>, run: &Run) -> Outcome<Written> {
    let (PictureOf::Rows(made) | PictureOf::Pairs(_, made)) = rows;
    match format {
        Format::Npy => {
            let mut stored = made.clone();
            run.config.data.scaling.invert(&mut stored);
            latents_data::write_npy(path, &stored)?;
        }
        Format::Png => latents_durable::write(path, &draw(rows, run))?,
    }
    Ok(Written::new(path, made.size(0), made.size(1)))
}

fn draw(rows: PictureOf<'_>, run: &Run) -> Vec<u8> {
    let image = page::image(&run.config);
    match (rows, image) {
        (PictureOf::Pairs(originals, copies), image) => pictures::reconstructions(originals, copies, image),
        (PictureOf::Rows(made), Some(image)) => pictures::image_grid(made, image, &Grid::default()),
        (PictureOf::Rows(made), None) => pictures::heat_map(made, Palette::Viridis, Range::Data),
    }
}

/// What was written, as `--json` prints it.
#[derive(Serialize)]
pub(super) struct Written {
    out: String,
    rows: usize,
    columns: usize,
}

impl Written {
    pub(super) fn new(path: &Path, rows: usize, columns: usize) -> Self {
        Self {
            out: path.display().to_string(),
            rows,
            columns,
        }
    }

    pub(super) fn tell(&self, what: &str, console: &Console) {
        console.finish(
            self,
            format!(
                "{}: {} of {}",
                self.out,
                counted(self.rows, what),
                counted(self.columns, "number")
            ),
        );
    }
}
