//! `latents traverse`: what each number of a code does.

use super::write_rows::{Format, PictureOf, Written, check_picture, refuse_source, write};
use crate::args::TraverseArgs;
use crate::console::Console;
use crate::failure::{Failure, Outcome};
use crate::numbers::short;
use crate::run_folder::Run;
use crate::{model, rows, tables};
use latents_autoencoders::{LatentEffect, Registry, Sweep, latent_effects, traverse};
use latents_tensor::Tensor;
use serde::Serialize;

/// Lines of a picture, if nobody says which latents.
const SHOWN: usize = 10;

/// What `--json` prints.
#[derive(Serialize)]
struct Traversed {
    #[serde(flatten)]
    written: Written,
    steps: usize,
    /// One a line of the picture; `steps` rows of a table.
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
    let format = Format::of(&args.out)?;
    let run = Run::open(&args.run, registry)?;
    refuse_source(&run, args.data.data.as_deref(), &args.out)?;
    check_latents(args, &run)?;
    let data = rows::numbered(&run, &args.data, console)?;
    console.say(data.describe());
    let row = args.row.map(|row| rows::place(&data, row)).transpose()?;
    let codes = model::codes(&*run.model, &data);
    let effects = chosen(latent_effects(&*run.model, &codes), args);
    check_picture(format, effects.len() * args.steps, 1, &run)?;
    let code = match row {
        Some(row) => codes.select(0, row),
        None => mean(&codes),
    };
    let sweeps: Vec<Sweep> = effects.iter().map(|effect| effect.sweep(args.range)).collect();
    let moved = traverse(&*run.model, &code, &sweeps, args.steps);
    let rows = PictureOf::Lines(&moved, args.steps);
    let written = write(&args.out, format, rows, Some(&data), &run)?;
    let line = |(effect, sweep): (&LatentEffect, &Sweep)| Line {
        latent: effect.latent + 1,
        from: sweep.from,
        to: sweep.to,
        effect: effect.effect,
    };
    let traversed = Traversed {
        written,
        steps: args.steps,
        latents: effects.iter().zip(&sweeps).map(line).collect(),
    };
    console.finish(&traversed, traversed.text());
    Ok(())
}

fn check_latents(args: &TraverseArgs, run: &Run) -> Outcome {
    let latent = run.model.latent_dim();
    let asked = args.latents.iter().flat_map(|latents| &latents.0);
    match asked.into_iter().find(|&&number| number > latent) {
        None => Ok(()),
        Some(number) => Err(Failure::usage(format!(
            "--latents has {number}, and the codes of {} have {latent} numbers",
            run.path().display()
        ))
        .hint(format!("give numbers between 1 and {latent}"))),
    }
}

/// Those asked for in their order, else the strongest.
fn chosen(effects: Vec<LatentEffect>, args: &TraverseArgs) -> Vec<LatentEffect> {
    let Some(asked) = &args.latents else {
        return effects.into_iter().take(SHOWN).collect();
    };
    let of = |number: &usize| {
        effects
            .iter()
            .find(|effect| effect.latent + 1 == *number)
            .copied()
    };
    asked.0.iter().filter_map(of).collect()
}

fn mean(codes: &Tensor) -> Tensor {
    let latent = codes.size(1);
    let mut sums = vec![0.0; latent];
    for row in codes.to_vec().chunks_exact(latent) {
        sums.iter_mut()
            .zip(row)
            .for_each(|(sum, &z)| *sum += f64::from(z));
    }
    Tensor::from_fn([latent], |i| (sums[i] / codes.size(0) as f64) as f32)
}

impl Traversed {
    fn text(&self) -> String {
        let cells = |line: &Line| {
            vec![
                format!("z{}", line.latent),
                short(line.from),
                short(line.to),
                short(line.effect),
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
