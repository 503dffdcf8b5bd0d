//! Synthetic data sets: rows drawn from a known process, with what each was drawn from.
//!
//! `synthetic:NAME:ROWS:SEED` is 1000 rows of the seed 0 unless it says otherwise. A longer set begins with the rows of a
//! shorter one of the same seed. Uniform draws are the same bits everywhere; normal and exponential ones agree to about
//! 10⁻¹² between machines.

mod clusters;
mod dictionary;
mod generator;
mod manifolds;
mod series;
mod sprites;

pub use generator::{Generator, Synthetic};

use crate::format::{Format, LabelSource, Reader};
use crate::{DataError, Dataset};
use generator::Random;
use latents_text::list;

/// What the name of synthetic data begins with.
const PREFIX: &str = "synthetic:";
const DEFAULT_ROWS: u64 = 1000;
/// More bytes than these are a slip of the finger.
const MOST_BYTES: usize = 1 << 30;

/// All generators of synthetic data.
pub static GENERATORS: &[Generator] = &[
    manifolds::TWO_MOONS,
    manifolds::SWISS_ROLL,
    manifolds::S_CURVE,
    clusters::GAUSSIANS,
    sprites::SPRITES,
    dictionary::DICTIONARY,
    series::SERIES,
];

pub(crate) static FORMAT: Format = Format {
    name: "synthetic:NAME:ROWS:SEED",
    help: "rows drawn from a known process: two-moons, swiss-roll, s-curve, gaussians, sprites, dictionary, series",
    extensions: &[],
    labels: LabelSource::Included("part of the data set, where rows have classes"),
    images: true,
    keys: false,
    feature: None,
    reader: Reader::Embedded {
        is_named: |spec| spec.starts_with(PREFIX),
        load: open,
    },
};

/// Draws a synthetic data set.
///
/// ```
/// let moons = latents_data::synthetic("two-moons", 200, 7)?;
/// assert_eq!((moons.rows(), moons.columns()), (200, 2));
/// assert_eq!(moons.name(), "synthetic:two-moons:200:7");
/// # Ok::<(), latents_data::DataError>(())
/// ```
///
/// # Errors
/// If there is no such generator, `rows` is 0, or the rows would take more than 1 GiB.
pub fn synthetic(name: &str, rows: usize, seed: u64) -> Result<Dataset, DataError> {
    open(&format!("{PREFIX}{name}:{rows}:{seed}"))
}

/// As [`synthetic`], with what every row was drawn from.
///
/// ```
/// let sprites = latents_data::synthetic_with_truth("sprites", 100, 7)?;
/// assert_eq!(sprites.factor_names, ["shape", "scale", "orientation", "x", "y"]);
/// assert_eq!(sprites.factors.shape()[..], [100, 5]);
/// let sums = latents_data::synthetic_with_truth("dictionary", 100, 7)?;
/// let atoms = sums.components.unwrap();
/// assert_eq!(atoms.shape()[..], [64, 32]);
/// # Ok::<(), latents_data::DataError>(())
/// ```
///
/// # Errors
/// As [`synthetic`].
pub fn synthetic_with_truth(name: &str, rows: usize, seed: u64) -> Result<Synthetic, DataError> {
    draw(&format!("{PREFIX}{name}:{rows}:{seed}"))
}

/// All generators as a table in Markdown, for a book.
pub fn generators_table() -> String {
    let row = |generator: &Generator| {
        let Generator {
            name, help, truth, ..
        } = generator;
        format!("| `{name}` | {help} | {truth} |\n")
    };
    let rows: String = GENERATORS.iter().map(row).collect();
    format!("| name | rows | factors and components |\n|---|---|---|\n{rows}")
}

fn open(spec: &str) -> Result<Dataset, DataError> {
    Ok(draw(spec)?.data)
}

fn draw(spec: &str) -> Result<Synthetic, DataError> {
    let wrong = |reason: String, hint: String| DataError::malformed(spec, reason, hint);
    let form = || format!("give {}", FORMAT.name);
    let mut parts = spec.strip_prefix(PREFIX).unwrap_or(spec).split(':');
    let name = parts.next().unwrap_or_default();
    let Some(generator) = GENERATORS.iter().find(|generator| generator.name == name) else {
        let known = list(GENERATORS.iter().map(|generator| generator.name), "or");
        return Err(wrong(format!("no generator `{name}`"), format!("give {known}")));
    };
    let mut number = |what: &str, default: u64| match parts.next() {
        None => Ok(default),
        Some(text) => text
            .parse::<u64>()
            .map_err(|_| wrong(format!("`{text}` is not a number for {what}"), form())),
    };
    let (rows, seed) = (number("ROWS", DEFAULT_ROWS)?, number("SEED", 0)?);
    if let Some(further) = parts.next() {
        return Err(wrong(format!("`{further}` after the seed"), form()));
    }
    let most = MOST_BYTES / generator.row_bytes;
    if rows == 0 || rows > most as u64 {
        let hint = format!("give a number from 1 to {most}, which takes 1 GiB");
        return Err(wrong(format!("{rows} rows"), hint));
    }
    let name = format!("{PREFIX}{name}:{rows}:{seed}");
    (generator.draw)(&name, rows as usize, &mut Random::new(seed))
}
