//! `latents interpolate`: what lies between two rows.

use super::written::Written;
use crate::args::InterpolateArgs;
use crate::console::Console;
use crate::failure::Outcome;
use latents_autoencoders::Registry;
use latents_run::{Drawing, RowsFormat, Run, between, check_picture, refuse_source, write_rows};

pub(crate) fn run(args: &InterpolateArgs, registry: &Registry, console: &Console) -> Outcome {
    let format = RowsFormat::of(&args.out)?;
    let run = Run::open_with(registry, &args.run)?;
    refuse_source(&run, args.data.data.as_deref(), &args.out)?;
    check_picture(format, args.steps, 1, &run)?;
    let data = console.noted(args.data.choice().read_numbered(&run)?);
    let way = between(&run, &data, args.from, args.to, args.steps)?;
    let rows = Drawing::Lines(&way, args.steps);
    write_rows(&args.out, format, rows, Some(&data), &run)?;
    Written::new(&args.out, way.size(0), way.size(1)).tell("decoded row", console);
    Ok(())
}
