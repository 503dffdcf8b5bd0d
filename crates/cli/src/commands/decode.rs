//! `latents decode`: from codes back to data.

use super::written::Written;
use crate::args::DecodeArgs;
use crate::console::Console;
use crate::failure::Outcome;
use latents_autoencoders::Registry;
use latents_run::{
    Drawing, RowsFormat, Run, check_picture, read_codes, refuse_same_file, refuse_source, write_rows,
};

pub(crate) fn run(args: &DecodeArgs, registry: &Registry, console: &Console) -> Outcome {
    let out = &args.picture.out;
    let format = RowsFormat::of(out)?;
    let run = Run::open_with(registry, &args.run)?;
    refuse_same_file(&args.codes, out)?;
    refuse_source(&run, None, out)?;
    let codes = read_codes(&args.codes, &run)?;
    let rows = format.limit(args.picture.rows).min(codes.size(0));
    check_picture(format, rows, 1, &run)?;
    let decoded = run.model.decode_data(&codes.narrow(0, 0, rows));
    write_rows(out, format, Drawing::Rows(&decoded), None, &run)?;
    Written::new(out, decoded.size(0), decoded.size(1)).tell("decoded row", console);
    Ok(())
}
