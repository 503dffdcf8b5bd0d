//! Rows as a file: `.npy` or `.csv` in the units of the data, or a picture.

use crate::console::Console;
use crate::failure::{Failure, Outcome};
use crate::numbers::{counted, grouped};
use crate::page::{self, Tones};
use crate::run_folder::Run;
use latents_data::Dataset;
use latents_report::pictures::{self, Grid, ImageShape, Palette, Range};
use latents_tensor::Tensor;
use serde::Serialize;
use std::path::Path;

/// Rows in a picture, if nobody says how many.
const SHOWN: usize = 64;

/// What a file is, by its extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Npy,
    Csv,
    Png,
}

impl Format {
    pub(super) fn of(path: &Path) -> Outcome<Self> {
        let extension = path
            .extension()
            .map(|extension| extension.to_string_lossy().to_lowercase());
        match extension.as_deref() {
            Some("npy") => Ok(Self::Npy),
            Some("csv") => Ok(Self::Csv),
            Some("png") => Ok(Self::Png),
            _ => Err(
                Failure::usage(format!("{}: cannot tell what to write", path.display()))
                    .hint("let the name of --out end in .npy, .csv or .png"),
            ),
        }
    }

    /// Of codes, which are no picture.
    pub(super) fn of_codes(path: &Path) -> Outcome<Self> {
        const HINT: &str = "let the name of --out end in .npy or .csv";
        match Self::of(path).map_err(|failure| failure.hint(HINT))? {
            Self::Png => Err(Failure::usage("codes are no picture").hint(HINT)),
            format => Ok(format),
        }
    }

    /// How many rows are written at most.
    pub(super) fn limit(self, asked: Option<usize>) -> usize {
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
        |path: &Path| path.is_dir() || Format::of(path).is_ok_and(|format| format == Format::Png);
    match (source.canonicalize(), out.canonicalize()) {
        (Ok(read), Ok(written)) => read == written || (written.starts_with(&read) && is_picture(&written)),
        _ => false,
    }
}

fn refuse(out: &Path, is_taken: bool, what: &str) -> Outcome {
    match is_taken {
        true => Err(Failure::usage(format!("{}: {what}", out.display())).hint("choose another --out")),
        false => Ok(()),
    }
}

/// Refuses to write over what is read.
pub(super) fn refuse_same_file(source: &Path, out: &Path) -> Outcome {
    let what = "the file is read, and would be overwritten by what is made of it";
    refuse(out, is_part_of(source, out), what)
}

/// Refuses to write over the data of the call, over those of the run, and over the run itself.
pub(super) fn refuse_source(run: &Run, data: Option<&str>, out: &Path) -> Outcome {
    let own = &run.config.data.source;
    refuse_same_file(Path::new(data.unwrap_or(own)), out)?;
    let learnt = "the run has learnt from it, and it would be overwritten";
    refuse(out, is_part_of(Path::new(own), out), learnt)?;
    let file = "the file belongs to the run, and would be overwritten";
    refuse(out, run.has_file(out), file)
}

/// Pixels of a picture at most: more is no picture that anybody looks at, and takes gigabytes.
const LARGEST: usize = 1 << 25;
/// About as many pixels is the strip of a row of a table.
const STRIP: usize = 640 * 16;

/// Refuses a picture of too many rows before they are computed; `images` is how many are drawn of each row.
pub(super) fn check_picture(format: Format, rows: usize, images: usize, run: &Run) -> Outcome {
    let pixels = match page::image(&run.config) {
        Some(image) => image.height * image.width,
        None => STRIP.max(16 * run.config.model.input_dim()),
    };
    let most = (LARGEST / (pixels * images)).max(1);
    match format == Format::Png && rows > most {
        true => Err(
            Failure::usage(format!("{} rows are too many for a picture", grouped(rows))).hint(format!(
                "take {most} rows or fewer, or let the name of --out end in .npy"
            )),
        ),
        false => Ok(()),
    }
}

/// Rows as the model sees them: alone, below their originals, in lines of so many, or in a sheet.
#[derive(Clone, Copy)]
pub(super) enum PictureOf<'a> {
    Rows(&'a Tensor),
    Pairs(&'a Tensor, &'a Tensor),
    Lines(&'a Tensor, usize),
    Sheet(&'a Tensor, Sheet<'a>),
}

/// Tables of one shape, whose rows of the same place are drawn below each other.
#[derive(Clone, Copy)]
pub(super) struct Sheet<'a> {
    pub(super) layers: &'a [&'a Tensor],
}

/// Writes rows that a model made: all or nothing. `data` have the names of their columns, where there are some.
pub(super) fn write(
    path: &Path,
    format: Format,
    rows: PictureOf<'_>,
    data: Option<&Dataset>,
    run: &Run,
) -> Outcome<Written> {
    let (PictureOf::Rows(made)
    | PictureOf::Pairs(_, made)
    | PictureOf::Lines(made, _)
    | PictureOf::Sheet(made, _)) = rows;
    match format {
        Format::Npy => latents_data::write_npy(path, &stored(made, run))?,
        Format::Csv => latents_data::write_csv(path, &names(data, made.size(1)), &stored(made, run))?,
        Format::Png => latents_durable::write(path, &draw(rows, data, run))?,
    }
    Ok(Written::new(path, made.size(0), made.size(1)))
}

/// Rows in the units of the data.
pub(super) fn stored(made: &Tensor, run: &Run) -> Tensor {
    let mut stored = made.contiguous();
    run.config.data.scaling.invert(&mut stored);
    stored
}

fn names(data: Option<&Dataset>, columns: usize) -> Vec<String> {
    match data.and_then(Dataset::column_names) {
        Some(names) => names.to_vec(),
        None => numbered('x', columns),
    }
}

/// `x1`, `x2`, …
pub(super) fn numbered(letter: char, columns: usize) -> Vec<String> {
    (1..=columns).map(|column| format!("{letter}{column}")).collect()
}

/// Images in the tones of the data, tables as the model sees them, where columns are alike.
fn draw(rows: PictureOf<'_>, data: Option<&Dataset>, run: &Run) -> Vec<u8> {
    match page::image(&run.config) {
        Some(image) => draw_images(rows, image, &Tones::of_run(run, data)),
        None => draw_table(rows),
    }
}

fn draw_images(rows: PictureOf<'_>, image: ImageShape, tones: &Tones) -> Vec<u8> {
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
        PictureOf::Pairs(originals, copies) => {
            pictures::reconstructions(&tones.pixels(originals), &tones.shares(copies), Some(image))
        }
        PictureOf::Rows(made) => in_lines(&tones.shares(made), None),
        PictureOf::Lines(made, columns) => in_lines(&tones.shares(made), Some(columns)),
        PictureOf::Sheet(_, sheet) => {
            let layers: Vec<Tensor> = sheet.layers.iter().map(|layer| tones.shares(layer)).collect();
            let rows = layers[0].size(0);
            let columns = (2 * rows * layers.len()).isqrt().clamp(1, rows);
            in_lines(
                &in_turns(&layers.iter().collect::<Vec<_>>(), columns),
                Some(columns),
            )
        }
    }
}

fn draw_table(rows: PictureOf<'_>) -> Vec<u8> {
    let heat_map = |rows: &Tensor| pictures::heat_map(rows, Palette::Viridis, Range::Data);
    match rows {
        PictureOf::Pairs(originals, copies) => pictures::reconstructions(originals, copies, None),
        PictureOf::Sheet(_, sheet) => match *sheet.layers {
            [above, below] => pictures::reconstructions(above, below, None),
            _ => heat_map(&in_turns(sheet.layers, 1)),
        },
        PictureOf::Rows(made) | PictureOf::Lines(made, _) => heat_map(made),
    }
}

/// A line of so many rows of the first table, then that of the others; lines that are not full end in ones, which are
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
        console.finish(self, self.text(what));
    }

    pub(super) fn text(&self, what: &str) -> String {
        format!(
            "{}: {} of {}",
            self.out,
            counted(self.rows, what),
            counted(self.columns, "number")
        )
    }
}
