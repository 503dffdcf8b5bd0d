//! `latents reconstruct`: what a model makes of data.

use super::write_rows::{Format, PictureOf, check_picture, refuse_source, write};
use crate::args::ReconstructArgs;
use crate::console::Console;
use crate::failure::Outcome;
use crate::run_folder::Run;
use crate::{model, rows};
use latents_autoencoders::Registry;
use latents_tensor::Tensor;

pub(crate) fn run(args: &ReconstructArgs, registry: &Registry, console: &Console) -> Outcome {
    let format = Format::of(&args.picture.out)?;
    let run = Run::open(&args.run, registry)?;
    refuse_source(&run, args.data.data.as_deref(), &args.picture.out)?;
    let data = rows::for_model(&run, &args.data, console)?;
    console.say(data.describe());
    let rows = data.rows().min(format.limit(args.picture.rows));
    check_picture(format, rows, 2, &run)?;
    let chosen: Vec<usize> = (0..rows).collect();
    let data = data.select(&chosen);
    let copies = model::reconstructions(&*run.model, &data);
    let originals: Tensor;
    let rows = match format {
        Format::Png => {
            originals = data.to_tensor();
            PictureOf::Pairs(&originals, &copies)
        }
        _ => PictureOf::Rows(&copies),
    };
    let written = write(&args.picture.out, format, rows, Some(&data), &run)?;
    written.tell("reconstructed row", console);
    Ok(())
}
