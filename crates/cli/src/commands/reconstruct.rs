//! `latents reconstruct`: what a model makes of data.

use super::written::Written;
use crate::args::ReconstructArgs;
use crate::console::Console;
use crate::failure::Outcome;
use latents_autoencoders::Registry;
use latents_run::{Drawing, RowsFormat, Run, check_picture, reconstructions, refuse_source, write_rows};
use latents_tensor::Tensor;

pub(crate) fn run(args: &ReconstructArgs, registry: &Registry, console: &Console) -> Outcome {
    let out = &args.picture.out;
    let format = RowsFormat::of(out)?;
    let run = Run::open_with(registry, &args.run)?;
    refuse_source(&run, args.data.data.as_deref(), out)?;
    let data = console.noted(args.data.choice().read(&run)?);
    let rows = data.rows().min(format.limit(args.picture.rows));
    check_picture(format, rows, 2, &run)?;
    let data = data.select(&(0..rows).collect::<Vec<_>>());
    let copies = reconstructions(&*run.model, &data);
    let originals: Tensor;
    let drawing = match format {
        RowsFormat::Png => {
            originals = data.to_tensor();
            Drawing::Pairs(&originals, &copies)
        }
        _ => Drawing::Rows(&copies),
    };
    write_rows(out, format, drawing, Some(&data), &run)?;
    Written::new(out, copies.size(0), copies.size(1)).tell("reconstructed row", console);
    Ok(())
}
