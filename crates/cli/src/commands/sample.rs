//! `latents sample`: new rows, and how far they are from those that were learnt.

use super::write_rows::{Format, PictureOf, Sheet, Written, check_picture, refuse_source, write};
use crate::args::{DensityKind, SampleArgs};
use crate::console::Console;
use crate::density::{self, GAUSSIANS};
use crate::failure::{Failure, Outcome};
use crate::numbers::{grouped, short};
use crate::page;
use crate::rows::Split;
use crate::run_folder::Run;
use latents_autoencoders::Registry;
use latents_classical::KNearest;
use latents_data::Dataset;
use latents_tensor::Tensor;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Held-out rows whose neighbours are looked for at most.
const HELD_OUT: usize = 1000;

/// What `--json` prints.
#[derive(Serialize)]
struct Sampled {
    #[serde(flatten)]
    written: Written,
    /// The picture of samples above their nearest training rows; null where there is none beside `out`.
    neighbours: Option<String>,
    density: String,
    seed: u64,
    /// Null where the data of the run cannot be read.
    nearest: Option<Nearest>,
}

/// Euclidean distances to the nearest training row, in the units that the model sees.
#[derive(Clone, Copy, Serialize)]
struct Nearest {
    samples_mean: f64,
    samples_least: f64,
    /// Null where no rows were held out.
    held_out_mean: Option<f64>,
}

pub(crate) fn run(args: &SampleArgs, registry: &Registry, console: &Console) -> Outcome {
    let format = Format::of(&args.out)?;
    if args.neighbours && format != Format::Png {
        return Err(Failure::usage("--neighbours are drawn, and --out is no picture")
            .hint("let the name of --out end in .png, or leave out --neighbours"));
    }
    let run = Run::open(&args.run, registry)?;
    refuse_source(&run, args.own.run_data.as_deref(), &args.out)?;
    check_picture(format, args.count, 1 + usize::from(args.neighbours), &run)?;
    check_count(args.count, &run)?;
    let beside = neighbours_beside(args, format, &run);
    if let Some(place) = &beside {
        refuse_source(&run, args.own.run_data.as_deref(), place)?;
    }
    let kind = density(&run, args)?;
    let split = match Split::beside(&run, &args.own) {
        Err(failure) if kind == DensityKind::Prior && !args.neighbours => {
            console.note(format!("distances to training rows are left out: {failure}"));
            None
        }
        split => Some(split?),
    };
    let (codes, kind) = match (kind, &split) {
        (DensityKind::Mixture(components), Some(split)) => {
            from_density(&run, &split.train, components, args, console)?
        }
        _ => (from_prior(&run, args)?, kind),
    };
    let samples = run.model.decode_data(&codes);
    let found = split
        .as_ref()
        .map(|split| neighbours(&samples, split))
        .transpose()?;
    let training = split.as_ref().map(|split| &split.train);
    let draw_neighbours = |out: &Path, nearest_rows: &Tensor| {
        let layers = [&samples, nearest_rows];
        let sheet = Sheet { layers: &layers };
        write(out, format, PictureOf::Sheet(&samples, sheet), training, &run)
    };
    let written = match &found {
        Some((_, nearest_rows)) if args.neighbours => draw_neighbours(&args.out, nearest_rows)?,
        _ => write(&args.out, format, PictureOf::Rows(&samples), training, &run)?,
    };
    let neighbours = match (&found, beside) {
        (Some((_, nearest_rows)), Some(place)) => {
            draw_neighbours(&place, nearest_rows)?;
            Some(place.display().to_string())
        }
        _ => None,
    };
    let sampled = Sampled {
        written,
        neighbours,
        density: kind.to_string(),
        seed: args.seed,
        nearest: found.map(|(nearest, _)| nearest),
    };
    console.finish(&sampled, sampled.text());
    Ok(())
}

/// Numbers of all samples at most: 8 GiB.
const MOST_NUMBERS: usize = 1 << 31;

/// Refuses more samples than a machine holds before they are drawn.
fn check_count(count: usize, run: &Run) -> Outcome {
    let model = &run.config.model;
    let most = MOST_NUMBERS / model.input_dim().max(model.latent_dim());
    match count > most {
        true => Err(
            Failure::usage(format!("{} samples are too many", grouped(count))).hint(format!(
                "take {} or fewer, with another --seed each time",
                grouped(most)
            )),
        ),
        false => Ok(()),
    }
}

/// Where samples are drawn above their nearest training rows, beside the picture of all: `grid-neighbours.png` for
/// `grid.png`. Only of rows that are pictures, and only of so many that a picture holds both.
fn neighbours_beside(args: &SampleArgs, format: Format, run: &Run) -> Option<PathBuf> {
    let fits = check_picture(format, args.count, 2, run).is_ok();
    let wanted = format == Format::Png && !args.neighbours && fits;
    page::image(&run.config).filter(|_| wanted)?;
    let stem = args.out.file_stem()?.to_string_lossy();
    Some(args.out.with_file_name(format!("{stem}-neighbours.png")))
}

/// What codes are drawn from: what was asked for, or what fits the model.
fn density(run: &Run, args: &SampleArgs) -> Outcome<DensityKind> {
    let has_prior = run.model.prior().is_some();
    match args.density {
        Some(DensityKind::Prior) if !has_prior => Err(no_prior(run)),
        Some(kind) => Ok(kind),
        None if has_prior => Ok(DensityKind::Prior),
        None => Ok(DensityKind::Mixture(GAUSSIANS)),
    }
}

fn no_prior(run: &Run) -> Failure {
    Failure::usage(format!(
        "{}: {} has no prior to draw from",
        run.path().display(),
        run.config.model.title()
    ))
    .hint("fit a density to its codes with --density gaussian or mixture:10")
}

fn from_prior(run: &Run, args: &SampleArgs) -> Outcome<Tensor> {
    let prior = run.model.prior().ok_or_else(|| no_prior(run))?;
    Ok(prior.draw(args.count, density::key(args.seed)))
}

/// Draws from a density over the codes of the training rows. Also says how many Gaussians it has: where nobody asked for
/// more, not more than rows.
fn from_density(
    run: &Run,
    training: &Dataset,
    components: usize,
    args: &SampleArgs,
    console: &Console,
) -> Outcome<(Tensor, DensityKind)> {
    // Some seconds.
    const WORK: usize = 1 << 28;
    let most = density::most_rows(run.model.latent_dim(), components, WORK);
    let chosen = evenly(training, most);
    if chosen.rows() < training.rows() {
        let rows = [chosen.rows(), training.rows()].map(grouped);
        console.note(format!(
            "the density is fitted to {} of {} rows",
            rows[0], rows[1]
        ));
    }
    let components = match args.density {
        Some(_) => components,
        None => components.min(chosen.rows()),
    };
    let drawn = density::drawn(&*run.model, &chosen, components, args.count, args.seed).map_err(|error| {
        Failure::new(format!(
            "{}: no density of its codes: {error}",
            run.path().display()
        ))
        .hint("give another --density")
    })?;
    Ok((drawn, DensityKind::Mixture(components)))
}

fn evenly(data: &Dataset, most: usize) -> Dataset {
    let count = most.min(data.rows());
    let rows: Vec<usize> = (0..count).map(|index| index * data.rows() / count).collect();
    data.select(&rows)
}

/// How far samples and held-out rows are from the training row nearest to each, and those of the samples.
fn neighbours(samples: &Tensor, split: &Split) -> Outcome<(Nearest, Tensor)> {
    let known = KNearest::new(&split.train, &vec![0; split.train.rows()], 1)?;
    let mean = |distances: &[f64]| distances.iter().sum::<f64>() / distances.len() as f64;
    let (rows, distances) = known.nearest(samples, 1);
    let distances = distances.to_vec();
    let held_out = split.validation.as_ref().map(|rows| {
        let rows = evenly(rows, HELD_OUT);
        mean(&known.nearest(&rows, 1).1.to_vec())
    });
    let nearest = Nearest {
        samples_mean: mean(&distances),
        samples_least: distances.iter().copied().fold(f64::INFINITY, f64::min),
        held_out_mean: held_out,
    };
    Ok((nearest, split.train.gather(&rows)))
}

impl Sampled {
    fn text(&self) -> String {
        let mut lines = vec![format!(
            "{}, codes from {}",
            self.written.text("sample"),
            self.density
        )];
        if let Some(place) = &self.neighbours {
            lines.push(format!(
                "{place}: each sample above the training row nearest to it"
            ));
        }
        if let Some(nearest) = self.nearest {
            let held_out = nearest.held_out_mean.map_or(String::new(), |mean| {
                format!("; of held-out rows {} on average", short(mean))
            });
            lines.push(format!(
                "distance to the nearest training row: {} on average, {} at least{held_out}",
                short(nearest.samples_mean),
                short(nearest.samples_least)
            ));
        }
        lines.join("\n")
    }
}
