//! Rows as a file: `.npy` or `.csv` in the units of the data, or an image.

use crate::error::{Outcome, RunError};
use crate::run::Run;
use crate::text::setting::OUT;
use crate::tones::Tones;
use latents_data::{DataError, Dataset, OpenOptions, Scaling, open};
use latents_report::pictures::{self, Grid, ImageShape, Palette, Range};
use latents_tensor::{Real, Tensor};
use latents_text::number;
use std::path::Path;

/// Rows in an image, if nobody says how many.
const SHOWN: usize = 64;

/// What a file is, by its extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowsFormat {
    /// An array (rows, columns) of 32-bit floats; of 64-bit floats for rows whose scaling shifts columns.
    Npy,
    /// A table with a header.
    Csv,
    /// An image.
    Png,
}

impl RowsFormat {
    /// By the extension.
    ///
    /// # Errors
    /// If it is none of these.
    pub fn of(path: &Path) -> Outcome<Self> {
        let extension = path
            .extension()
            .map(|extension| extension.to_string_lossy().to_lowercase());
        match extension.as_deref() {
            Some("npy") => Ok(Self::Npy),
            Some("csv") => Ok(Self::Csv),
            Some("png") => Ok(Self::Png),
            _ => Err(
                RunError::misuse(format!("{}: cannot tell what to write", path.display()))
                    .hint(format!("let the name of {OUT} end in .npy, .csv or .png")),
            ),
        }
    }

    /// Of codes, which are not an image.
    ///
    /// # Errors
    /// As [`RowsFormat::of`], and of an image.
    pub fn of_codes(path: &Path) -> Outcome<Self> {
        let hint = format!("let the name of {OUT} end in .npy or .csv");
        match Self::of(path).map_err(|error| error.hint(hint.clone()))? {
            Self::Png => Err(RunError::misuse("codes are not an image").hint(hint)),
            format => Ok(format),
        }
    }

    /// How many rows are written at most.
    pub fn limit(self, asked: Option<usize>) -> usize {
        match self {
            Self::Npy | Self::Csv => asked.unwrap_or(usize::MAX),
            Self::Png => asked.unwrap_or(SHOWN),
        }
    }
}

/// Whether writing `out` would change what `source` is, a path or a name of data.
fn is_part_of(source: &Path, out: &Path) -> bool {
    // Of a folder with pictures all are read.
    let is_picture =
        |path: &Path| path.is_dir() || RowsFormat::of(path).is_ok_and(|format| format == RowsFormat::Png);
    match (source.canonicalize(), out.canonicalize()) {
        (Ok(read), Ok(written)) => read == written || (written.starts_with(&read) && is_picture(&written)),
        _ => false,
    }
}

fn refuse(out: &Path, is_taken: bool, what: &str) -> Outcome {
    match is_taken {
        true => {
            Err(RunError::misuse(format!("{}: {what}", out.display())).hint(format!("choose another {OUT}")))
        }
        false => Ok(()),
    }
}

/// Refuses to write over what is read.
///
/// # Errors
/// If the two are one file, or the one is in the folder that is the other.
pub fn refuse_same_file(source: &Path, out: &Path) -> Outcome {
    let what = "the file is read, and would be overwritten by what is made of it";
    refuse(out, is_part_of(source, out), what)
}

/// Refuses to write over the data of the call, over those of the run, and over the run itself.
///
/// # Errors
/// As [`refuse_same_file`].
pub fn refuse_source(run: &Run, data: Option<&str>, out: &Path) -> Outcome {
    let own = &run.config.data.source;
    refuse_same_file(Path::new(data.unwrap_or(own)), out)?;
    let learnt = "the run has learnt from it, and it would be overwritten";
    refuse(out, is_part_of(Path::new(own), out), learnt)?;
    let file = "the file belongs to the run, and would be overwritten";
    refuse(out, run.has_file(out), file)
}

/// Pixels of an image at most: nobody looks at a larger one, and it takes gigabytes.
const LARGEST: usize = 1 << 25;
/// About as many pixels is the strip of a row of a table.
const STRIP: usize = 640 * 16;

/// Refuses an image of too many rows before they are computed; `images` is how many are drawn of each row.
///
/// # Errors
/// If they are too many.
pub fn check_picture(format: RowsFormat, rows: usize, images: usize, run: &Run) -> Outcome {
    let pixels = match run.config.data.drawable_image() {
        Some(image) => image.height * image.width,
        None => STRIP.max(16 * run.config.model.input_dim()),
    };
    let most = (LARGEST / (pixels * images)).max(1);
    match format == RowsFormat::Png && rows > most {
        true => Err(
            RunError::misuse(format!("{} rows are too many for an image", number::count(rows))).hint(
                format!("take {most} rows or fewer, or let the name of {OUT} end in .npy"),
            ),
        ),
        false => Ok(()),
    }
}

/// Rows as the model sees them, and how an image shows them.
#[derive(Clone, Copy, Debug)]
pub enum Drawing<'a> {
    /// Alone.
    Rows(&'a Tensor),
    /// Below their originals, which come first.
    Pairs(&'a Tensor, &'a Tensor),
    /// In lines of this many.
    Lines(&'a Tensor, usize),
    /// The rows of the same place of several tables of one shape below each other; files of numbers hold the first alone.
    Sheet(&'a Tensor, &'a [&'a Tensor]),
}

impl<'a> Drawing<'a> {
    /// The rows that a file of numbers holds.
    fn made(self) -> &'a Tensor {
        match self {
            Self::Rows(made) | Self::Pairs(_, made) | Self::Lines(made, _) | Self::Sheet(made, _) => made,
        }
    }
}

/// Writes rows that a model made, in the units of the data: all or nothing. Numbers are those of `f32`, or of `f64` where the
/// scaling shifts columns. The header of a table is that of `data`, else of the training data.
///
/// # Errors
/// If the file cannot be written.
pub fn write_rows(
    path: &Path,
    format: RowsFormat,
    rows: Drawing<'_>,
    data: Option<&Dataset>,
    run: &Run,
) -> Outcome {
    let made = rows.made();
    match format {
        RowsFormat::Png => Ok(latents_durable::write(path, &draw(rows, data, run))?),
        _ => {
            let (scaling, names) = (&run.config.data.scaling, names(data, made.size(1), run));
            let stored = scaling.invert(made);
            match scaling {
                // A shifted column, such as a time in seconds, may need more digits than f32 has.
                Scaling::MinMax(_) | Scaling::Standard(_) => write_table(path, format, &names, &stored),
                Scaling::None | Scaling::Divide { .. } => {
                    let values = stored.to_vec();
                    let single = Tensor::from_fn(stored.shape(), |i| values[i] as f32);
                    write_table(path, format, &names, &single)
                }
            }
        }
    }
}

fn write_table<T: Real>(path: &Path, format: RowsFormat, names: &[String], rows: &Tensor<T>) -> Outcome {
    match format {
        RowsFormat::Npy => Ok(latents_data::write_npy(path, rows)?),
        _ => Ok(latents_data::write_csv(path, names, rows)?),
    }
}

/// Writes codes: `.npy`, or `.csv` with a header z1, z2, … and, where `data` come from files, their names.
///
/// # Errors
/// If the file cannot be written, or has another extension.
pub fn write_codes(path: &Path, codes: &Tensor, data: &Dataset) -> Outcome {
    if RowsFormat::of_codes(path)? == RowsFormat::Npy {
        return Ok(latents_data::write_npy(path, codes)?);
    }
    let names = numbered('z', codes.size(1));
    match data.file_names() {
        Some(files) => latents_data::write_csv_of_files(path, &names, &files, codes)?,
        None => latents_data::write_csv(path, &names, codes)?,
    }
    Ok(())
}

/// Reads codes of the run's model from a file that [`write_codes`] wrote: (rows, latent).
///
/// # Errors
/// If the file cannot be read, or holds none of its codes.
pub fn read_codes(path: &Path, run: &Run) -> Outcome<Tensor> {
    let (place, latent) = (path.display(), run.config.model.latent_dim());
    let is_csv = RowsFormat::of(path).is_ok_and(|format| format == RowsFormat::Csv);
    let read = match is_csv {
        true => open(&place.to_string(), &OpenOptions::default()).map(|loaded| loaded.train.to_tensor()),
        false => latents_data::read_npy::<f32>(path),
    };
    let codes: Tensor = read.map_err(|error| match error {
        DataError::Missing { place, .. } => {
            RunError::new(format!("{place}: no such file")).hint("give the file that `latents encode` wrote")
        }
        other => other.into(),
    })?;
    if codes.rank() != 2 || codes.size(1) != latent {
        let what = format!(
            "{place}: an array of shape {}, and the codes of {} have {latent} numbers",
            codes.shape(),
            run.path().display()
        );
        return Err(RunError::new(what).hint(format!(
            "give an array (rows, {latent}), as `latents encode` writes it"
        )));
    }
    match codes.size(0) {
        0 => Err(RunError::new(format!("{place}: no rows of codes"))
            .hint("give the file that `latents encode` wrote")),
        _ => Ok(codes),
    }
}

fn names(data: Option<&Dataset>, columns: usize, run: &Run) -> Vec<String> {
    let own = data.and_then(Dataset::column_names);
    let learnt = run.config.data.columns.as_deref();
    match own.or(learnt.filter(|names| names.len() == columns)) {
        Some(names) => names.to_vec(),
        None => numbered('x', columns),
    }
}

/// `x1`, `x2`, …
pub(crate) fn numbered(letter: char, columns: usize) -> Vec<String> {
    (1..=columns).map(|column| format!("{letter}{column}")).collect()
}

/// Images in the tones of the data, tables as the model sees them, where columns are alike.
fn draw(rows: Drawing<'_>, data: Option<&Dataset>, run: &Run) -> Vec<u8> {
    match run.config.data.drawable_image() {
        Some(image) => draw_images(rows, image, &Tones::of_run(run, data)),
        None => draw_table(rows),
    }
}

fn draw_images(rows: Drawing<'_>, image: ImageShape, tones: &Tones) -> Vec<u8> {
    let in_lines = |rows: &Tensor, columns| {
        let range = Range::Fixed(0.0, 1.0);
        let grid = Grid {
            columns,
            range,
            ..Grid::default()
        };
        pictures::image_grid(rows, image, &grid)
    };
    match rows {
        Drawing::Pairs(originals, copies) => {
            pictures::reconstructions(&tones.pixels(originals), &tones.shares(copies), Some(image))
        }
        Drawing::Rows(made) => in_lines(&tones.shares(made), None),
        Drawing::Lines(made, columns) => in_lines(&tones.shares(made), Some(columns)),
        Drawing::Sheet(_, layers) => {
            let layers: Vec<Tensor> = layers.iter().map(|layer| tones.shares(layer)).collect();
            let rows = layers[0].size(0);
            let columns = (2 * rows * layers.len()).isqrt().clamp(1, rows);
            in_lines(
                &in_turns(&layers.iter().collect::<Vec<_>>(), columns),
                Some(columns),
            )
        }
    }
}

fn draw_table(rows: Drawing<'_>) -> Vec<u8> {
    let heat_map = |rows: &Tensor| pictures::heat_map(rows, Palette::Viridis, Range::Data);
    match rows {
        Drawing::Pairs(originals, copies) => pictures::reconstructions(originals, copies, None),
        Drawing::Sheet(_, layers) => match *layers {
            [above, below] => pictures::reconstructions(above, below, None),
            _ => heat_map(&in_turns(layers, 1)),
        },
        Drawing::Rows(made) | Drawing::Lines(made, _) => heat_map(made),
    }
}

/// A line of this many rows of the first table, then that of the others; lines that are not full end in ones, which are
/// white.
fn in_turns(layers: &[&Tensor], line: usize) -> Tensor {
    let (rows, width) = (layers[0].size(0), layers[0].size(1));
    let tables: Vec<Vec<f32>> = layers.iter().map(|layer| layer.to_vec()).collect();
    let white = vec![1.0; width];
    let mut values = Vec::new();
    for start in (0..rows).step_by(line) {
        for table in &tables {
            for row in start..start + line {
                values.extend(match row < rows {
                    true => &table[row * width..][..width],
                    false => &white,
                });
            }
        }
    }
    Tensor::from_vec(values, [rows.div_ceil(line) * line * tables.len(), width])
}
