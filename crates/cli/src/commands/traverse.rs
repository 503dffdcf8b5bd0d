//! `latents traverse`: what each latent dimension does.

use super::written::Written;
use crate::args::{Sizes, TraverseArgs};
use crate::console::Console;
use crate::failure::Outcome;
use crate::tables;
use latents_autoencoders::{LatentEffect, Registry, Sweep};
use latents_run::{
    Drawing, RowsFormat, Run, TraverseOptions, along, check_latents, check_picture, refuse_source, write_rows,
};
use latents_text::number::figure;
use serde::Serialize;

/// What `--json` prints.
#[derive(Serialize)]
struct Traversed {
    #[serde(flatten)]
    written: Written,
    steps: usize,
    /// One a line of the image; `steps` rows of a table.
    latents: Vec<Line>,
}

#[derive(Serialize)]
struct Line {
    /// From 1.
    latent: usize,
    from: f64,
    to: f64,
    /// The mean squared difference of rows decoded one standard deviation to either side.
    effect: f64,
}

pub(crate) fn run(args: &TraverseArgs, registry: &Registry, console: &Console) -> Outcome {
    let format = RowsFormat::of(&args.out)?;
    let run = Run::open_with(registry, &args.run)?;
    refuse_source(&run, args.data.data.as_deref(), &args.out)?;
    let options = TraverseOptions::default()
        .row(args.row)
        .latents(args.latents.as_ref().map(|Sizes(latents)| latents.clone()))
        .range(args.range)
        .steps(args.steps);
    check_latents(&run, &options)?;
    let data = console.noted(args.data.choice().read_numbered(&run)?);
    let found = along(&run, &data, &options, |rows| check_picture(format, rows, 1, &run))?;
    let rows = Drawing::Lines(&found.rows, args.steps);
    write_rows(&args.out, format, rows, Some(&data), &run)?;
    let line = |(effect, sweep): (&LatentEffect, &Sweep)| Line {
        latent: effect.latent + 1,
        from: sweep.from,
        to: sweep.to,
        effect: effect.effect,
    };
    let traversed = Traversed {
        written: Written::new(&args.out, found.rows.size(0), found.rows.size(1)),
        steps: args.steps,
        latents: found.effects.iter().zip(&found.sweeps).map(line).collect(),
    };
    console.finish(&traversed, traversed.text());
    Ok(())
}

impl Traversed {
    fn text(&self) -> String {
        let cells = |line: &Line| {
            vec![
                format!("z{}", line.latent),
                figure(line.from),
                figure(line.to),
                figure(line.effect),
            ]
        };
        let lines: Vec<Vec<String>> = self.latents.iter().map(cells).collect();
        let head = ["Line by line", "from", "to", "squared change"];
        format!(
            "{}\n{}",
            tables::rows(&head, 1, &lines),
            self.written.text("decoded row")
        )
    }
}
