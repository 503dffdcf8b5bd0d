//! `latents interpolate`: what lies between two rows.

use super::write_rows::{Format, PictureOf, check_picture, refuse_source, write};
use crate::args::InterpolateArgs;
use crate::console::Console;
use crate::failure::Outcome;
use crate::run_folder::Run;
use crate::{model, rows};
use latents_autoencoders::{Registry, interpolate};

pub(crate) fn run(args: &InterpolateArgs, registry: &Registry, console: &Console) -> Outcome {
    let format = Format::of(&args.out)?;
    let run = Run::open(&args.run, registry)?;
    refuse_source(&run, args.data.data.as_deref(), &args.out)?;
    check_picture(format, args.steps, 1, &run)?;
    let data = rows::numbered(&run, &args.data, console)?;
    console.say(data.describe());
    let ends = [rows::place(&data, args.from)?, rows::place(&data, args.to)?];
    let codes = model::codes(&*run.model, &data.select(&ends));
    let way = interpolate(&*run.model, &codes.select(0, 0), &codes.select(0, 1), args.steps);
    let rows = PictureOf::Lines(&way, args.steps);
    write(&args.out, format, rows, Some(&data), &run)?.tell("decoded row", console);
    Ok(())
}
