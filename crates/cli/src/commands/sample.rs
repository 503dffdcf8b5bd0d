//! `latents sample`: new rows, and how far they are from those that were learnt.

use super::written::Written;
use crate::args::SampleArgs;
use crate::console::Console;
use crate::failure::{Failure, Outcome};
use latents_autoencoders::Registry;
use latents_run::{
    Drawing, Nearest, RowsFormat, Run, SampleOptions, Sampling, check_picture, refuse_source, write_rows,
};
use latents_text::number::figure;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// What `--json` prints.
#[derive(Serialize)]
struct Sampled {
    #[serde(flatten)]
    written: Written,
    /// The image of samples above their nearest training rows; null where there is no other file than `out`.
    neighbours: Option<String>,
    density: String,
    seed: u64,
    /// Null where the data of the run cannot be read.
    nearest: Option<Nearest>,
}

pub(crate) fn run(args: &SampleArgs, registry: &Registry, console: &Console) -> Outcome {
    let format = RowsFormat::of(&args.out)?;
    if args.neighbours && format != RowsFormat::Png {
        return Err(
            Failure::misuse("--neighbours are drawn, and --out is not an image")
                .hint("let the name of --out end in .png, or leave out --neighbours"),
        );
    }
    let run = Run::open_with(registry, &args.run)?;
    let data = args.own.run_data.as_deref();
    refuse_source(&run, data, &args.out)?;
    check_picture(format, args.count, 1 + usize::from(args.neighbours), &run)?;
    let beside = neighbours_beside(args, format, &run);
    beside
        .iter()
        .try_for_each(|place| refuse_source(&run, data, place))?;
    let drawn = Sampling::of(
        &run,
        &SampleOptions::default()
            .count(args.count)
            .density(args.density)
            .seed(args.seed)
            .needs_training_rows(args.neighbours)
            .run_data(args.own.run_data.clone()),
    )?;
    console.notes(&drawn.notes);
    let write = |place: &Path, drawing| write_rows(place, format, drawing, drawn.training.as_ref(), &run);
    let mut neighbours = None;
    match &drawn.nearest_rows {
        Some(nearest_rows) => {
            let layers = [&drawn.samples, nearest_rows];
            let sheet = Drawing::Sheet(&drawn.samples, &layers);
            if args.neighbours {
                write(&args.out, sheet)?;
            } else {
                write(&args.out, Drawing::Rows(&drawn.samples))?;
            }
            if let Some(place) = beside {
                write(&place, sheet)?;
                neighbours = Some(place.display().to_string());
            }
        }
        None => write(&args.out, Drawing::Rows(&drawn.samples))?,
    }
    let sampled = Sampled {
        written: Written::new(&args.out, drawn.samples.size(0), drawn.samples.size(1)),
        neighbours,
        density: drawn.density.to_string(),
        seed: args.seed,
        nearest: drawn.nearest,
    };
    console.finish(&sampled, sampled.text());
    Ok(())
}

/// Where samples are drawn above their nearest training rows, next to the image of all: `grid-neighbours.png` for
/// `grid.png`. For rows that are images only, and no more than fit one image with their neighbours.
fn neighbours_beside(args: &SampleArgs, format: RowsFormat, run: &Run) -> Option<PathBuf> {
    let fits = check_picture(format, args.count, 2, run).is_ok();
    let wanted = format == RowsFormat::Png && !args.neighbours && fits;
    run.config.data.drawable_image().filter(|_| wanted)?;
    let stem = args.out.file_stem()?.to_string_lossy();
    Some(args.out.with_file_name(format!("{stem}-neighbours.png")))
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
                format!("; of held-out rows {} on average", figure(mean))
            });
            lines.push(format!(
                "distance to the nearest training row: {} on average, {} at least{held_out}",
                figure(nearest.samples_mean),
                figure(nearest.samples_least)
            ));
        }
        lines.join("\n")
    }
}
