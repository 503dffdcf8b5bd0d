//! Synthetic data sets: rows drawn from a known process, with known answers.
//!
//! `synthetic:NAME:ROWS:SEED` is 1000 rows of the seed 0 unless it says otherwise. A longer set begins with the rows of a
//! shorter one of the same seed. Uniform draws are the same bits everywhere; normal and exponential ones agree to about
//! 10⁻¹² between machines.

mod clusters;
mod dictionary;
mod manifolds;
mod series;
mod sprites;

use crate::format::{Format, LabelSource, Reader};
use crate::{DataError, Dataset};
use latents_text::list;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// What the name of synthetic data begins with.
const PREFIX: &str = "synthetic:";
const DEFAULT_ROWS: usize = 1000;
/// More rows than these are a slip of the finger.
const MOST_ROWS: usize = 10_000_000;

/// A process that rows are drawn from.
#[derive(Clone, Copy, Debug)]
pub struct Generator {
    /// As in `synthetic:NAME`.
    pub name: &'static str,
    /// What is drawn, in a line.
    pub help: &'static str,
    draw: fn(rows: usize, random: &mut Random) -> Result<Dataset, DataError>,
}

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
/// # Ok::<(), latents_data::DataError>(())
/// ```
///
/// # Errors
/// If there is no such generator, or `rows` is 0 or more than 10 million.
pub fn synthetic(name: &str, rows: usize, seed: u64) -> Result<Dataset, DataError> {
    open(&format!("{PREFIX}{name}:{rows}:{seed}"))
}

fn open(spec: &str) -> Result<Dataset, DataError> {
    let wrong = |reason: String, hint: String| DataError::malformed(spec, reason, hint);
    let form = || format!("give {}", FORMAT.name);
    let mut parts = spec.trim_start_matches(PREFIX).split(':');
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
    let (rows, seed) = (number("ROWS", DEFAULT_ROWS as u64)?, number("SEED", 0)?);
    if let Some(further) = parts.next() {
        return Err(wrong(format!("`{further}` after the seed"), form()));
    }
    if rows == 0 || rows > MOST_ROWS as u64 {
        let hint = format!("give a number from 1 to {MOST_ROWS}");
        return Err(wrong(format!("{rows} rows"), hint));
    }
    (generator.draw)(rows as usize, &mut Random::new(seed))
}

/// The draws of a data set, one after the other.
struct Random(ChaCha8Rng);

impl Random {
    fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// From a distribution.
    fn draw<X>(&mut self, distribution: impl rand_distr::Distribution<X>) -> X {
        distribution.sample(&mut self.0)
    }

    /// Uniform in [0, 1).
    fn unit(&mut self) -> f64 {
        self.draw(rand_distr::StandardUniform)
    }

    /// Standard normal.
    fn normal(&mut self) -> f64 {
        self.draw(rand_distr::StandardNormal)
    }

    /// One of `count` numbers from 0, each as likely.
    fn below(&mut self, count: usize) -> usize {
        ((self.unit() * count as f64) as usize).min(count - 1)
    }
}

/// Columns with these names.
fn named(data: Dataset, names: &[&str]) -> Result<Dataset, DataError> {
    data.with_column_names(names.iter().map(|&name| name.to_owned()).collect())
}
